"""Fold on the page what a reader need not read to follow: the checks, the drawing, the imports.

A cell of a notebook keeps all its lines. On the page, its assertions stand folded below its other
code, under a line that counts them; the code of a figure, of a function that only draws, and of
the imports is folded as a whole. Cells in a row that only import are one on the page. A cell with
the tag `show-code` is left as it is.

A statement is a check where it is an `assert`, or a loop or block around one which prints nothing
and sets no name that later cells use. Only those are folded after which the cell does nothing but
check and print: an assertion between two steps is part of the story.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

OPEN, IMPORTS = "show-code", "Imports"
BLOCKS = ast.For | ast.While | ast.With | ast.If
# What draws: a name of pyplot's, a figure, axes, or a plot of the package.
DRAWS = re.compile(r"(plt|fig(ure)?|ax(es|s)?|above|below)(_\w+|\d+)?(\[.*\])?\.|(\w+\.)?plot_\w+$")


@dataclass
class Parts:
    """A cell's source: what a page shows, what it folds, and the line to open that."""

    shown: str
    folded: str
    summary: str


def names(tree: Iterable[ast.AST], context: type) -> set[str]:
    """Return the names that are set, or read, in these statements."""
    found = (node for top in tree for node in ast.walk(top) if isinstance(node, ast.Name))
    return {node.id for node in found if isinstance(node.ctx, context)}


def calls(tree: ast.AST) -> Iterator[str]:
    """Yield what is called, as it is written."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func)


def claims(tree: ast.AST) -> int:
    """Return the number of assertions in a statement."""
    return sum(isinstance(node, ast.Assert) for node in ast.walk(tree))


def is_check(statement: ast.stmt, needed: set[str]) -> bool:
    """Return whether a statement only checks."""
    if isinstance(statement, ast.Assert):
        return True
    if not isinstance(statement, BLOCKS) or not claims(statement):
        return False
    return "print" not in calls(statement) and not names([statement], ast.Store) & needed


def prints(statement: ast.stmt) -> bool:
    """Return whether a statement only prints, alone or in a loop."""
    if isinstance(statement, ast.For):
        return all(map(prints, statement.body))
    return isinstance(statement, ast.Expr) and next(calls(statement), "") == "print"


def draws(statement: ast.stmt) -> bool:
    """Return whether a statement is a function that draws."""
    return isinstance(statement, ast.FunctionDef) and any(map(DRAWS.match, calls(statement)))


def is_import(statement: ast.stmt) -> bool:
    """Return whether a statement belongs to what every chapter begins with."""
    if isinstance(statement, ast.Import | ast.ImportFrom):
        return True
    return any("book_device" in c or "manual_seed" in c or c == "print" for c in calls(statement))


def split(source: str, later: set[str], *, figure: bool = False) -> Parts:
    """Return the parts of a cell.

    Args:
        source: The cell's code.
        later: The names that the cells below read.
        figure: Whether the cell shows a figure.
    """
    lines, body = source.splitlines(), ast.parse(source).body
    if body and isinstance(body[0], ast.Import | ast.ImportFrom) and all(map(is_import, body)):
        return Parts("", source, IMPORTS)
    if figure or (body and all(map(draws, body))):
        return Parts("", source, "How it is drawn")
    needed = later
    first = len(body)  # from here on, the cell only checks and prints
    for statement in reversed(body):
        if not (is_check(statement, needed) or prints(statement)):
            break
        first -= 1
    checks = [statement for statement in body[first:] if is_check(statement, needed)]
    count = sum(map(claims, checks))
    if not checks:
        return Parts(source, "", "")
    ends = [statement.end_lineno or 0 for statement in body]
    shown, folded = [], []
    for statement, start, end in zip(body, [0, *ends[:-1]], ends, strict=True):
        # A statement has the comments and the blank lines above it.
        (folded if statement in checks else shown).extend(lines[start:end])
    (shown if body[-1] not in checks else folded).extend(lines[ends[-1] :])
    summary = f"✓ {count} claim{'s' * (count > 1)} checked"
    return Parts("\n".join(shown).strip("\n"), "\n".join(folded).strip("\n"), summary)


def fold(app: Sphinx, doctree: nodes.document) -> None:
    """Fold the cells of a notebook."""
    cells = [c for c in doctree.findall(nodes.container) if c.get("nb_element") == "cell_code"]
    later: set[str] = set()
    for cell in reversed(cells):
        for place in cell.findall(nodes.container):
            if place.get("nb_element") == "cell_code_source":
                (block,) = place.findall(nodes.literal_block)
                later = later | fold_block(place, block, cell["cell_metadata"], later)
    join_imports(cells)


def join_imports(cells: list[nodes.container]) -> None:
    """Make one cell of cells that stand in a row, only import, and show nothing."""
    for first, second in reversed(list(pairwise(cells))):
        adjacent = first.next_node(siblings=True, descend=False, ascend=False) is second
        blocks = [list(cell.findall(nodes.literal_block)) for cell in (first, second)]
        if adjacent and all(len(b) == 1 and b[0].get("summary") == IMPORTS for b in blocks):
            (one,), (other,) = blocks
            one.rawsource = f"{one.astext()}\n{other.astext()}"
            one.children = [nodes.Text(one.rawsource)]
            second.parent.remove(second)


def fold_block(
    place: nodes.Element, block: nodes.literal_block, metadata: dict[str, Any], later: set[str]
) -> set[str]:
    """Fold one cell's code; return the names that the cell reads."""
    source = block.astext()
    try:
        reads = names(ast.parse(source).body, ast.Load)
    except SyntaxError:
        return set()
    if {OPEN, "raises-exception"} & set(metadata.get("tags", [])) or "check(" in source:
        return reads
    parts = split(source, later, figure="image" in metadata.get("mystnb", {}))
    if not parts.folded:
        return reads
    hidden = block.deepcopy()
    hidden["summary"] = parts.summary
    for written, text in ((hidden, parts.folded), (block, parts.shown)):
        written.rawsource = text
        written.children = [nodes.Text(text)]
    start = f'<details class="folded-code"><summary>{parts.summary}</summary>'
    if not parts.shown:
        place.remove(block)
    place += [
        nodes.raw("", start, format="html"),
        hidden,
        nodes.raw("", "</details>", format="html"),
    ]
    place["classes"].append("with-folded" if parts.shown else "all-folded")
    return reads


def setup(app: Sphinx) -> dict[str, Any]:
    """Fold when a page has been read."""
    app.connect("doctree-read", fold)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
