"""How long a chapter takes: counted, and written into its first lines.

`python tools/reading_time.py` counts and says what it found, `--write` writes it into the chapters.

    reading    200 words a minute, 15 lines of code a minute, half a minute a figure
    exercises  5 minutes each, its hint and its solution included
    optional   sections whose title begins with "Optional:", not in the reading time

Brysbaert (2019, doi:10.1016/j.jml.2019.104047) finds 238 words a minute for adults who read English
non-fiction in silence; here the text has formulas, and many readers have another first language.
A word is what stands between two blanks, in a formula too; a figure's caption counts as text. What
is folded counts like what is not, since a folded answer is read too.
"""

import argparse
import json
import math
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

WORDS_A_MINUTE = 200
LINES_A_MINUTE = 15
MINUTES_A_FIGURE = 0.5
MINUTES_AN_EXERCISE = 5
BOOK = Path(__file__).resolve().parents[1] / "book"
TIMES = re.compile(r"Reading:\s+about \d+ minutes(?= ·)")
MORE = re.compile(r"(Running:\s+about \d+ seconds)[^.\n]*\.")

Cell = dict[str, Any]


def parts(cells: list[Cell]) -> Iterator[tuple[str, Cell]]:
    """Each cell with the part of the chapter that it belongs to: reading, exercises, optional."""
    part = "reading"
    for cell in cells:
        text = "".join(cell["source"])
        if cell["id"] == "install":
            continue
        if cell["cell_type"] == "markdown" and (title := re.search(r"^## (.*)", text, re.MULTILINE)):
            exercises = title[1] in ("Exercises", "Warm-up")
            optional = title[1].startswith("Optional:")
            part = "exercises" if exercises else "optional" if optional else "reading"
        yield part, cell


def minutes_of(cell: Cell) -> float:
    """How long a cell takes to read."""
    text = "".join(cell["source"])
    if cell["cell_type"] == "code":
        lines = sum(1 for line in text.splitlines() if line.strip())
        figure = cell["metadata"].get("mystnb", {}).get("figure")
        caption = len(figure["caption"].split()) / WORDS_A_MINUTE if figure else 0
        return lines / LINES_A_MINUTE + (MINUTES_A_FIGURE + caption if figure else 0)
    words = re.sub(r"</?(details|summary)>|[|\s-]+(?=[|\s])", " ", text.split("**Sources**")[0])
    return len(words.split()) / WORDS_A_MINUTE


def times(notebook: dict[str, Any]) -> dict[str, int]:
    """The minutes of each part of a chapter, rounded up to five; a part that isn't there has 0."""
    minutes = dict.fromkeys(("reading", "exercises", "optional"), 0.0)
    for part, cell in parts(notebook["cells"]):
        if part != "exercises":
            minutes[part] += minutes_of(cell)
        elif cell["id"].startswith("exercise-"):
            minutes[part] += MINUTES_AN_EXERCISE
    return {part: 5 * math.ceil(number / 5) for part, number in minutes.items()}


def written(text: str, found: dict[str, int]) -> str:
    """The chapter's first lines with its times."""
    if not TIMES.search(text) or not MORE.search(text):
        raise ValueError(f"no line 'Reading: about … minutes · Running: about … seconds.' in {text!r}")
    text = TIMES.sub(f"Reading: about {found['reading']} minutes", text)
    more = f" · Exercises: about {found['exercises']} minutes" if found["exercises"] else ""
    if found["optional"]:
        more += f" · Optional sections: about {found['optional']} minutes"
    return MORE.sub(rf"\1{more}.", text)


def main() -> int:
    """Count, and say or write what was found."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--write", action="store_true", help="write the times into the chapters")
    write = parser.parse_args().write
    for path in sorted(BOOK.glob("*.ipynb")):
        notebook = json.loads(path.read_text("utf-8"))
        found = times(notebook)
        print(path.name, ", ".join(f"{part} {minutes}" for part, minutes in found.items()))
        if write:
            title = notebook["cells"][0]
            title["source"] = written("".join(title["source"]), found).splitlines(keepends=True)
            text = json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"
            path.write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
