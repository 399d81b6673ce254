"""Show what a terminal would show of a line that was written over and over, such as a progress bar.

A program that writes a carriage return begins its line anew, and only the last state of the line
stays. What a cell prints arrives in pieces. MyST-NB ends a line after each piece, before it looks
for carriage returns; here the pieces are joined as they are.
"""

from __future__ import annotations

from typing import Any

from myst_nb.core import render
from sphinx.application import Sphinx


def overwritten(text: str) -> str:
    """Return a text with each line as it was when the last carriage return had begun it anew."""
    return "\n".join(line.rstrip("\r").rpartition("\r")[2] for line in text.split("\n"))


def joined(outputs: list[Any]) -> list[Any]:
    """Return a cell's outputs with all that went to one stream in one."""
    streams: dict[str, Any] = {}
    kept = []
    for output in outputs:
        if output["output_type"] != "stream":
            kept.append(output)
        elif output["name"] in streams:
            streams[output["name"]]["text"] += output["text"]
        else:
            streams[output["name"]] = output
            kept.append(output)
    for output in streams.values():
        output["text"] = overwritten(output["text"]).rstrip() + "\n"
    return kept


def setup(app: Sphinx) -> dict[str, Any]:
    """Put this way to join streams in the place of MyST-NB's."""
    render.coalesce_streams = joined
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
