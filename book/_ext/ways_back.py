"""What extensions share that lead from an entry back to the sections which use it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment


class Place(NamedTuple):
    """A place in a section: the section's id and title, and the id to go to."""

    section: str
    title: str
    target: str


def place(node: nodes.Element, target: str = "") -> Place:
    """Return where a node stands; without a target, the beginning of its section.

    Raises:
        ValueError: it stands in no section.
    """
    section: Any = node.parent
    while section is not None and not isinstance(section, nodes.section):
        section = section.parent
    if section is None:
        raise ValueError(f"{node.astext()!r} stands in no section")
    name = section["ids"][0]
    return Place(name, section.next_node(nodes.title).astext(), target or name)


def noted(env: BuildEnvironment, name: str) -> dict[str, Any]:
    """Return what an extension has noted about each page; the environment keeps it."""
    if not hasattr(env, name):
        setattr(env, name, {})
    found: dict[str, Any] = getattr(env, name)
    return found


def pages_in_order(env: BuildEnvironment) -> list[str]:
    """Return the pages of the book in its order."""
    return env.toctree_includes.get(env.config.root_doc, []) or sorted(env.all_docs)


def line(
    app: Sphinx, page: str, words: str, places: Iterable[tuple[str, Place]]
) -> nodes.paragraph:
    """Return a line with links to places: words, then each section's number and title.

    Args:
        app: Sphinx.
        page: The page on which the line stands.
        words: What the line begins with.
        places: The page of each place, and the place.
    """
    written = nodes.paragraph("", f"{words} ", classes=["way-back"])
    for i, (other, there) in enumerate(dict.fromkeys(places)):
        number = app.env.toc_secnumbers.get(other, {}).get(f"#{there.section}", ())
        shown = f"{'.'.join(map(str, number))} {there.title}".strip()
        address = f"{app.builder.get_relative_uri(page, other)}#{there.target}"
        written += [nodes.Text(", ")] * bool(i)
        written += nodes.reference("", "", nodes.inline("", shown), internal=True, refuri=address)
    written += nodes.Text(".")
    return written
