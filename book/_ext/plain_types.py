"""Leave out of the reference what says nothing.

The types of declared values are written as types: ``float | Tensor`` for a `TimeConstant`. Such a
value's annotation also holds its check, which Sphinx would print with its address in memory. And a
named tuple's fields, which its own text explains, have no entries that only count them.
"""

from __future__ import annotations

import typing
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.typing import stringify_annotation


def plain_types(app: Sphinx, kind: str, name: str, documented: Any, *rest: Any) -> None:
    """Replace the types that autodoc has recorded, where checks are among them."""
    recorded = app.env.temp_data.get("annotations", {}).get(name, {})
    if any("Annotated[" in text for text in recorded.values()):
        hints = typing.get_type_hints(documented)
        recorded |= {n: stringify_annotation(hints[n]) for n in recorded.keys() & hints.keys()}


def leave_out_aliases(app: Sphinx, domain: str, kind: str, content: nodes.Element) -> None:
    """Take away the line that says what such a type is an alias of; its text says it in words."""
    for line in [*content.findall(nodes.paragraph)]:
        if line.astext().startswith("alias of Annotated["):
            line.parent.remove(line)


def skip_counted(
    app: Sphinx, kind: str, name: str, documented: Any, skip: bool, options: Any
) -> bool | None:
    """Skip a field of a named tuple that has no words of its own; None: as autodoc would do."""
    return True if "Alias for field number" in (documented.__doc__ or "") else None


def setup(app: Sphinx) -> dict[str, Any]:
    """Follow autodoc's own recording of types, which has priority 500."""
    app.connect("autodoc-process-signature", plain_types, priority=600)
    app.connect("autodoc-skip-member", skip_counted)
    app.connect("object-description-transform", leave_out_aliases)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
