"""Show what a terminal would show of a line that was written over and over, such as a progress bar.

A program that writes a carriage return begins its line anew. In a page each of these beginnings
would be a line of its own; only the last one stays.
"""

from __future__ import annotations

from typing import Any

from docutils import nodes
from sphinx.application import Sphinx


def overwritten(text: str) -> str:
    """Return a text with each line as it was when the last carriage return had begun it anew."""
    return "\n".join(line.rstrip("\r").rpartition("\r")[2] for line in text.split("\n"))


def show_last(app: Sphinx, doctree: nodes.document) -> None:
    """Show the last state of each line that a cell of a page printed."""
    for block in doctree.findall(nodes.literal_block):
        if "stream" in block.get("classes", []) and "\r" in block.astext():
            text = overwritten(block.astext())
            block.rawsource = text
            block.children = [nodes.Text(text)]


def setup(app: Sphinx) -> dict[str, Any]:
    """Look at the lines when a page has been read."""
    app.connect("doctree-read", show_last)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
