"""Lead from each work in the bibliography back to the sections that cite it.

A chapter cites a work by its DOI, as a link. A work without one has no way back.
"""

from __future__ import annotations

import re
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from ways_back import line, noted, pages_in_order, place

NOTES = "snnbook_cited"
DOI = re.compile(r"https?://(?:dx\.)?doi\.org/(?P<doi>10\..+)")


def cited(node: nodes.Element) -> str | None:
    """Return the DOI that a link leads to, in small letters."""
    found = DOI.fullmatch(node.get("refuri", ""))
    return found["doi"].lower() if found else None


def collect(app: Sphinx, doctree: nodes.document) -> None:
    """Note what a page cites."""
    noted(app.env, NOTES)[app.env.docname] = [
        (doi, place(link)) for link in doctree.findall(nodes.reference) if (doi := cited(link))
    ]


def forget(app: Sphinx, env: BuildEnvironment, page: str) -> None:
    """Forget a page that is read anew."""
    noted(env, NOTES).pop(page, None)


def lead_back(app: Sphinx, doctree: nodes.document, page: str) -> None:
    """Add to each work the sections that cite it, in the order of the book."""
    notes = noted(app.env, NOTES)
    for work in doctree.findall(nodes.citation):
        own = {doi for link in work.findall(nodes.reference) if (doi := cited(link))}
        there = [
            (other, where)
            for other in pages_in_order(app.env)
            for doi, where in notes.get(other, ())
            if doi in own and other != page
        ]
        if there:
            work += line(app, page, "Cited in", there)


def write_again(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Name the pages with a bibliography, for they show what other pages say."""
    domain = env.domains.get("cite")
    return sorted({key.docname for key in domain.bibliographies}) if domain else []


def setup(app: Sphinx) -> dict[str, Any]:
    """Collect while pages are read; lead back when all are."""
    app.connect("doctree-read", collect)
    app.connect("env-purge-doc", forget)
    app.connect("env-updated", write_again)
    app.connect("doctree-resolved", lead_back)
    return {"version": "1", "parallel_read_safe": False, "parallel_write_safe": True}
