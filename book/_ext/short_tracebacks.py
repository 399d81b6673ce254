"""Shorten the error messages on a page to what the reader wrote and what went wrong.

A traceback also shows the lines of PyTorch and of this package that were passed on the way, with
the paths of the machine that built the book. On a page, these calls become one line.
"""

from __future__ import annotations

import re
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

LEFT_OUT = "(calls inside the libraries)\n\n"


def shortened(traceback: str) -> str:
    """Return an IPython traceback with each run of calls outside the notebook as one line."""
    name = re.search(r"^(\S+)\s+Traceback \(most recent call last\)$", traceback, re.MULTILINE)
    if name is None:
        return traceback
    # A call in a file begins with "File ..." and ends where the notebook or the message follows.
    calls = rf"^File .*?(?=^Cell In|^{re.escape(name[1])}\b)"
    return re.sub(calls, LEFT_OUT, traceback, flags=re.MULTILINE | re.DOTALL)


def shorten_page(app: Sphinx, doctree: nodes.document) -> None:
    """Shorten every traceback of a page."""
    for block in doctree.findall(nodes.literal_block):
        if "traceback" in block.get("classes", []):
            text = shortened(block.rawsource)
            block.rawsource = text
            block.children = [nodes.Text(text)]


def setup(app: Sphinx) -> dict[str, Any]:
    """Shorten the tracebacks when a page has been read."""
    app.connect("doctree-read", shorten_page)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
