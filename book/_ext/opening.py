"""Open a chapter with a figure that its notebook can show only at the end.

The figure of a network needs the network, which the chapter trains first. On the built page it can
stand at the beginning too: there `<!-- opens: NAME -->`, which a notebook hides, becomes a copy of
the figure of that name. The copy reads the figure's own data, so it adds little to the page.
"""

from __future__ import annotations

import re
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

PLACE = re.compile(r"<!-- opens: ([\w-]+) -->\s*")
SCRIPT = re.compile(r"<script.*?</script>", re.DOTALL)


def copied(figure: nodes.figure) -> nodes.figure:
    """Return a copy of a live figure without data, and with an id of its own."""
    copy = figure.deepcopy()
    for node in copy.findall(nodes.Element):
        node["ids"], node["names"] = [], []
    copy["ids"] = [f"{figure['ids'][0]}-opening"]
    for raw in copy.findall(nodes.raw):
        text = SCRIPT.sub("", raw.astext())
        raw.rawsource, raw.children = text, []
        raw += nodes.Text(text)
    return copy


def open_with_figure(app: Sphinx, doctree: nodes.document, page: str) -> None:
    """Put the copies where a page asks for them.

    Raises:
        ExtensionError: there is no figure of that name on the page.
    """
    for raw in [*doctree.findall(nodes.raw)]:
        asked = PLACE.fullmatch(raw.astext())
        if not asked or raw.get("format") != "html":
            continue
        named = (f for f in doctree.findall(nodes.figure) if asked[1] in f["ids"])
        figure = next(named, None)
        if figure is None:
            raise ExtensionError(f"{page} opens with {asked[1]}, but no figure there has this name")
        raw.replace_self(copied(figure))


def setup(app: Sphinx) -> dict[str, Any]:
    """Copy figures when a page is resolved: by then each output has its form."""
    app.connect("doctree-resolved", open_with_figure)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
