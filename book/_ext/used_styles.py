"""Send of the theme's stylesheets only the rules that some page of the book can use.

A rule is left out where each of its selectors asks for a class that stands in no page and in no
script. Whoever adds a page or a script has its rules with the next build.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

# The theme's own; the book's sheets are short and say what they are for.
SHEETS = (
    "styles/pydata-sphinx-theme.css",
    "styles/sphinx-book-theme.css",
    "mystnb.*.css",
    "basic.css",
    "pygments.css",
)
TOKEN = re.compile(
    r"""/\*.*?\*/|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|[{};]|[^{};"'/]+|/""", re.DOTALL
)
CLASS = re.compile(r"\.(-?[a-zA-Z_][\w-]*)")
# Blocks that hold rules; others, such as @font-face and @keyframes, stay as they are.
NESTING = re.compile(r"@(media|supports|layer|container)\b")


def asked_for(selector: str) -> Iterator[str]:
    """Yield the classes that an element must have; what stands in brackets may be one of many."""
    while selector != (selector := re.sub(r"\([^()]*\)|\[[^\]]*\]", "", selector)):
        pass
    yield from CLASS.findall(selector)


def possible(selectors: str, words: set[str]) -> str:
    """Return those of the selectors that can match."""
    parts, depth, start = [], 0, 0
    for i, letter in enumerate(selectors + ","):
        depth += (letter in "([") - (letter in ")]")
        if letter == "," and not depth:
            parts.append(selectors[start:i])
            start = i + 1
    return ",".join(part for part in parts if words.issuperset(asked_for(part)))


def used(sheet: str, words: set[str]) -> str:
    """Return a stylesheet without the rules that can't match.

    Args:
        sheet: The stylesheet.
        words: All words of the pages and scripts, class names among them.
    """
    tokens = [token[0] for token in TOKEN.finditer(sheet) if not token[0].startswith("/*")]

    def block(i: int) -> int:
        """Return the place behind the block that opens at i."""
        depth = 0
        while True:
            depth += (tokens[i] == "{") - (tokens[i] == "}")
            i += 1
            if not depth:
                return i

    written, head, i = [], "", 0
    while i < len(tokens):
        if tokens[i] == "{":
            end = block(i)
            body = "".join(tokens[i + 1 : end - 1])
            if NESTING.match(head.strip()):
                body = used(body, words)
                written.append(f"{head}{{{body}}}" if body.strip() else "")
            elif head.strip().startswith("@") or (head := possible(head, words)).strip():
                written.append(f"{head}{{{body}}}")
            head, i = "", end
        elif tokens[i] == ";":
            written.append(f"{head};")
            head, i = "", i + 1
        else:
            head, i = head + tokens[i], i + 1
    return "".join(written)


def trim(app: Sphinx, exception: Exception | None) -> None:
    """Trim the sheets when all pages and scripts are written."""
    if exception is not None or app.builder.format != "html":
        return
    out = Path(app.outdir)
    texts = [path.read_text("utf-8") for kind in ("html", "js") for path in out.rglob(f"*.{kind}")]
    words = set(re.findall(r"[\w-]+", "".join(texts)))
    for pattern in SHEETS:
        for sheet in (out / "_static").glob(pattern):
            sheet.write_text(used(sheet.read_text("utf-8"), words), "utf-8")


def setup(app: Sphinx) -> dict[str, Any]:
    """Work behind `page_fonts`, which writes one of the sheets."""
    app.connect("build-finished", trim, priority=900)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
