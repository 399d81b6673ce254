"""Make names of the package in running text links to the reference: `LIFNode`.

The first use of a name on a page suffices. Not linked are titles, links, tables and blocks of code,
nor what stands in a section on other libraries, whose names are often the same.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.domains.python import ObjectEntry
from sphinx.environment import BuildEnvironment

NAME = re.compile(r"(?:snnbook\.)?(?P<name>(?:\w+\.)*\w+)(?:\(\))?")
CLOSED = (nodes.title, nodes.reference, addnodes.pending_xref, nodes.table, addnodes.desc_signature)
OTHERS = re.compile(r"in the wild|other librar|spell it", re.IGNORECASE)
KINDS = {"class", "function", "exception"}


def known(env: BuildEnvironment) -> dict[str, ObjectEntry]:
    """Return what a name leads to: the name with its module, and a class's name alone.

    A function's name alone says too little, unless it has several words: `reset_net`. A name that
    two modules have leads nowhere.
    """
    found: dict[str, dict[str, ObjectEntry]] = defaultdict(dict)
    for full, entry in env.get_domain("py").objects.items():  # type: ignore[attr-defined]
        if entry.objtype in KINDS and full.startswith("snnbook."):
            *modules, name = full.split(".")[1:]
            found[".".join([*modules, name])][full] = entry
            if modules and (entry.objtype != "function" or "_" in name):
                found[name][full] = entry
    return {name: next(iter(e.values())) for name, e in found.items() if len(e) == 1}


def above(node: nodes.Node) -> Iterator[nodes.Element]:
    """Yield the elements around a node, from inside to outside."""
    while (node := node.parent) is not None:
        yield node


def closed(literal: nodes.literal) -> bool:
    """Whether a name stays as it is for the place where it stands."""
    around = list(above(literal))
    titles = (n.next_node(nodes.title).astext() for n in around if isinstance(n, nodes.section))
    return any(isinstance(n, CLOSED) for n in around) or any(map(OTHERS.search, titles))


def link(app: Sphinx, doctree: nodes.document, page: str) -> None:
    """Link the first use of each name."""
    targets, done = known(app.env), set()
    for literal in list(doctree.findall(nodes.literal)):
        match = NAME.fullmatch(literal.astext())
        entry = targets.get(match["name"]) if match else None
        if entry is None or entry in done or entry.docname == page or closed(literal):
            continue
        done.add(entry)
        address = f"{app.builder.get_relative_uri(page, entry.docname)}#{entry.node_id}"
        reference = nodes.reference("", "", internal=True, refuri=address)
        literal.replace_self(reference)
        reference += literal


def setup(app: Sphinx) -> dict[str, Any]:
    """Link when all pages are read."""
    app.connect("doctree-resolved", link)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
