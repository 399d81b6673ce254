"""Link each term that a chapter's summary lists to its entry in the glossary.

A chapter writes `**Terms**, in the [glossary](glossary.md): charge, fire, reset.` A term that the
glossary does not have is a warning, which the build treats as an error.
"""

from __future__ import annotations

import re
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx

LIST = re.compile(r":\s+(?P<terms>.+)\.", re.DOTALL)


def term_list(paragraph: nodes.paragraph) -> tuple[list[nodes.Node], list[str]]:
    """Return the nodes that list terms, and the terms; both are empty in another paragraph."""
    links = [node for node in paragraph.children if isinstance(node, addnodes.pending_xref)]
    if len(links) != 1 or not links[0]["reftarget"].endswith("glossary"):
        return [], []
    tail = paragraph.children[paragraph.index(links[0]) + 1 :]
    listed = LIST.fullmatch("".join(node.astext() for node in tail))
    return (tail, re.split(r",\s+", " ".join(listed["terms"].split()))) if listed else ([], [])


def link(app: Sphinx, doctree: nodes.document) -> None:
    """Turn each listed term into a link."""
    for paragraph in doctree.findall(nodes.paragraph):
        tail, terms = term_list(paragraph)
        for node in tail:
            paragraph.remove(node)
        for i, term in enumerate(terms):
            paragraph += nodes.Text(", " if i else ": ")
            paragraph += addnodes.pending_xref(
                "",
                nodes.inline("", term),
                refdomain="std",
                reftype="term",
                reftarget=term,
                refdoc=app.env.docname,
                refexplicit=False,
                refwarn=True,
            )
        if terms:
            paragraph += nodes.Text(".")


def setup(app: Sphinx) -> dict[str, Any]:
    """Link the terms when a page has been read."""
    app.connect("doctree-read", link)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
