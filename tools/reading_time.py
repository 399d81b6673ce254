"""How long a chapter takes: counted, and written into its first lines.

`python tools/reading_time.py` counts and says what it found, `--write` writes it into the chapters.

    reading    200 words a minute, 15 lines of code a minute, half a minute to look at a figure or
               at a formula that stands alone, 3 minutes to play with a figure that has sliders
    exercises  5 minutes each, hint and solution included
    optional   sections whose title begins with "Optional:"; not in the reading time

Brysbaert (2019, doi:10.1016/j.jml.2019.104047) finds 238 words a minute for adults who read English
non-fiction in silence; many readers of this book have another first language. A figure's caption
counts as text, and so does what is folded, since a folded answer is read too.
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
MINUTES_A_LOOK = 0.5
MINUTES_A_PLAY = 3
MINUTES_AN_EXERCISE = 5
BOOK = Path(__file__).resolve().parents[1] / "book"
TIMES = re.compile(r"Reading:\s+about \d+ minutes(?= ·)")
MORE = re.compile(r"(Running:\s+about \d+ seconds)[^.\n]*\.")

Cell = dict[str, Any]


def parts(cells: list[Cell]) -> Iterator[tuple[str, Cell]]:
    """Each cell with the part of the chapter that it belongs to: reading, exercises, optional."""
    section = part = "reading"
    for cell in cells:
        text = "".join(cell["source"])
        if cell["id"] == "install":
            continue
        if cell["cell_type"] == "markdown":
            for level, title in re.findall(r"^(##|###) (.*)", text, re.MULTILINE):
                part = "optional" if title.startswith("Optional:") else "reading"
                if level == "##":
                    section = "exercises" if title in ("Exercises", "Warm-up") else part
                if section != "reading":
                    part = section
        yield part, cell


def minutes_of(cell: Cell) -> float:
    """How long a cell takes to read."""
    text = "".join(cell["source"])
    if cell["cell_type"] == "code":
        caption = cell["metadata"].get("mystnb", {}).get("figure", {}).get("caption", "")
        minutes = len(caption.split()) / WORDS_A_MINUTE + (MINUTES_A_LOOK if caption else 0)
        if re.search(r"\b(explore\w*|learn)\(.*\n(.*\n)*(explorer|learner)$", text):
            minutes += MINUTES_A_PLAY
        return minutes + sum(1 for line in text.splitlines() if line.strip()) / LINES_A_MINUTE
    text = text.split("**Sources**")[0]
    text, formulas = re.subn(r"\$\$.*?\$\$", " ", text, flags=re.DOTALL)
    text = re.sub(r"</?(details|summary)>", " ", text)
    words = [word for word in text.split() if re.search(r"\w", word)]
    return len(words) / WORDS_A_MINUTE + formulas * MINUTES_A_LOOK


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
        raise ValueError(
            f"no line 'Reading: about … minutes · Running: about … seconds.' in {text!r}"
        )
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
