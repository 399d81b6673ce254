"""Tables and references that a screen reader reads out right, and that a phone can show.

What docutils writes is mended where it is written:

- a column's header says that it heads a column, and an empty corner of a table is no header;
- a table too wide for a phone may be shown there as one block a row: each cell knows its header;
- code in a table breaks where its parts meet, and never within a name's part or a number;
- what unfolds the pages below a page, in the contents, has a name;
- a work in the bibliography is an item of its list, and no longer has a role that ARIA dropped.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from itertools import zip_longest
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.writers.html5 import HTML5Translator

PAGES_BELOW = "The pages below this one"
# A line on a phone has about so many characters of a table's size.
PHONE = 38
# Where code may be broken: after these, but not within a number.
JOINT = re.compile(r"(?<=[(,=/])(?=\S)|(?<=[._])(?=[A-Za-z])|(?<=[a-z])(?=[A-Z][a-z])")


def rows(table: nodes.table) -> list[nodes.row]:
    """Return all rows of a table, those of its head first."""
    return list(table.findall(nodes.row))


def least_width(table: nodes.table) -> int:
    """Return the characters of a table whose lines are broken at every space."""
    columns = zip_longest(*([*row] for row in rows(table)))
    return sum(max((len(w) for cell in c if cell for w in words(cell)), default=0) for c in columns)


def words(cell: nodes.entry) -> Iterator[str]:
    """Yield what can't be broken in a cell: its words, the parts of its code, its formulas."""
    for text in cell.findall(nodes.Text):
        if isinstance(text.parent, nodes.literal):
            yield from (part for word in text.split() for part in JOINT.split(word))
        elif isinstance(text.parent, nodes.math):
            yield re.sub(r"\\[a-z]+|[\\{}_^\s]", "", text)
        else:
            yield from text.split()


def prepare_tables(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Give each cell the text that heads its column, where the table is too wide for a phone."""
    for table in doctree.findall(nodes.table):
        heads = [row for row in rows(table) if isinstance(row.parent, nodes.thead)]
        if len(heads) != 1 or least_width(table) <= PHONE:
            continue
        table["classes"].append("stack-on-phone")
        for row in rows(table):
            for entry, head in zip(row, heads[0], strict=False):
                entry["header"] = head.astext()


def mark_code(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Mark code in tables, which breaks at its joints."""
    for entry in doctree.findall(nodes.entry):
        for literal in entry.findall(nodes.literal):
            literal["in_table"] = True


def visit_literal(self: HTML5Translator, node: nodes.literal) -> None:
    """Write code within a line; in a table, with the places where it may be broken."""
    if not node.get("in_table"):
        HTML5Translator.visit_literal(self, node)
        return
    code = "<wbr>".join(map(html.escape, JOINT.split(node.astext())))
    self.body.append(self.starttag(node, "code", "", CLASS="docutils literal notranslate"))
    self.body.append(f'<span class="pre">{code}</span></code>')
    raise nodes.SkipNode


def depart_literal(self: HTML5Translator, node: nodes.literal) -> None:
    """Write its end."""
    HTML5Translator.depart_literal(self, node)


def visit_entry(self: HTML5Translator, node: nodes.entry) -> None:
    """Write the start of a cell."""
    HTML5Translator.visit_entry(self, node)
    tag = self.body[-1]
    if isinstance(node.parent.parent, nodes.thead):
        if not node.astext():
            self.context[-1] = "</td>\n"
            tag = tag.replace("<th", "<td", 1)
        else:
            tag = tag.replace("<th", '<th scope="col"', 1)
    elif node.get("header"):
        tag = tag.replace("<td", f'<td data-header="{html.escape(node["header"])}"', 1)
    self.body[-1] = tag


def depart_entry(self: HTML5Translator, node: nodes.entry) -> None:
    """Write the end of a cell."""
    HTML5Translator.depart_entry(self, node)


def visit_citation(self: HTML5Translator, node: nodes.citation) -> None:
    """Write the start of a work in the bibliography."""
    HTML5Translator.visit_citation(self, node)
    self.body[-1] = self.body[-1].replace('role="doc-biblioentry"', 'role="listitem"')


def depart_citation(self: HTML5Translator, node: nodes.citation) -> None:
    """Write the end of a work in the bibliography."""
    HTML5Translator.depart_citation(self, node)


def name_toggles(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Name what unfolds the pages below a page: the theme gives it a sign alone."""
    if (written := context.get("generate_toctree_html")) is None:
        return

    def named(*values: Any, **options: Any) -> str:
        return str(written(*values, **options)).replace(
            "<summary>", f'<summary aria-label="{PAGES_BELOW}">'
        )

    context["generate_toctree_html"] = named


def setup(app: Sphinx) -> dict[str, Any]:
    """Put these writers in the place of docutils' own."""
    app.connect("doctree-resolved", prepare_tables)
    app.connect("doctree-resolved", mark_code)
    app.connect("html-page-context", name_toggles, priority=900)
    app.add_node(nodes.literal, override=True, html=(visit_literal, depart_literal))
    app.add_node(nodes.entry, override=True, html=(visit_entry, depart_entry))
    app.add_node(nodes.citation, override=True, html=(visit_citation, depart_citation))
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
