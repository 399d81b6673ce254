"""What the cover shows: a card for each chapter, and a figure that lives in the page.

    ```{chapter-cards}
    ```

A card holds a chapter's title, claim and times, as the chapter's own first lines have them, and its
first figure.

    ```{live-figure}
    from snnbook import interactive, neuron

    interactive.explore(neuron.LIFNode())
    ```

The lines run when the book is built; what the last one gives stands in the page as HTML. The
option `:caption:` says what it shows.
"""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Iterator
from typing import Any, ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from figures import picture
from IPython.core.formatters import DisplayFormatter
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util.docutils import SphinxDirective

# A chapter's second paragraph, in which it says how long it takes.
TIMES = re.compile(r"Reading:\s+about\s+(\d+)\s+minutes\s+·\s+Running:\s+about\s+(\d+)\s+seconds")


class LiveFigure(SphinxDirective):
    """Run the lines of Python, and put what the last one gives into the page."""

    has_content = True
    option_spec: ClassVar = {"caption": directives.unchanged_required}

    def run(self) -> list[nodes.Node]:
        """Return the figure's HTML as a node, with its caption."""
        figure = result("\n".join(self.content))
        data, _ = DisplayFormatter().format(figure, include={"text/html"})
        if "text/html" not in data:
            raise self.error(f"{figure!r} has no HTML; the last line gives the figure")
        html = nodes.raw("", data["text/html"], format="html")
        if not (caption := self.options.get("caption")):
            return [nodes.container("", html, classes=["live-figure"])]
        words, messages = self.parse_inline(caption)
        shown = nodes.figure("", html, nodes.caption(caption, "", *words), classes=["live-figure"])
        return [shown, *messages]


def result(code: str) -> Any:
    """Run lines of Python in a namespace of their own; return what the last one gives."""
    lines = ast.parse(code)
    if not lines.body or not isinstance(lines.body[-1], ast.Expr):
        raise ValueError(f"the last line must give a figure: {code!r}")
    last = ast.Expression(lines.body.pop().value)
    names: dict[str, Any] = {}
    exec(compile(lines, "<live-figure>", "exec"), names)
    return eval(compile(last, "<live-figure>", "eval"), names)


class chapter_cards(nodes.General, nodes.Element):
    """Stands where the cards will be, until all chapters are read."""


class ChapterCards(SphinxDirective):
    """A card for each chapter."""

    def run(self) -> list[nodes.Node]:
        """Return the place of the cards."""
        return [chapter_cards()]


def chapters(env: BuildEnvironment) -> Iterator[tuple[str, nodes.paragraph, tuple[str, str]]]:
    """Yield each page that says how long it takes: its name, its claim, and its two times."""
    for page in env.toctree_includes.get(env.config.root_doc, []):
        paragraphs = env.get_doctree(page).findall(nodes.paragraph)
        claim, needs = next(paragraphs, nodes.paragraph()), next(paragraphs, nodes.paragraph())
        if times := TIMES.search(needs.astext()):
            yield page, claim, times.groups()


def fill(app: Sphinx, doctree: nodes.document, page: str) -> None:
    """Put the cards in their places."""
    for place in list(doctree.findall(chapter_cards)):
        cards = nodes.bullet_list(classes=["chapter-cards"])
        for chapter, claim, (minutes, seconds) in chapters(app.env):
            title = nodes.paragraph(classes=["card-title"])
            address = app.builder.get_relative_uri(page, chapter)
            number = app.env.toc_secnumbers.get(chapter, {}).get("")
            title += nodes.reference("", "", internal=True, refuri=address)
            title[0] += nodes.inline("", f"{number[0]} " if number else "", classes=["number"])
            title[0] += [child.deepcopy() for child in app.env.titles[chapter].children]
            times = f"{minutes} min to read · {seconds} s to run"
            drawings = app.env.get_doctree(chapter).findall(picture)
            first = [figure.deepcopy() for figure in itertools.islice(drawings, 1)]
            for figure in first:
                figure["thumbnail"] = True
            cards += nodes.list_item(
                "",
                *first,
                title,
                nodes.paragraph("", "", *(part.deepcopy() for part in claim.children)),
                nodes.paragraph("", times, classes=["card-times"]),
            )
        place.replace_self(cards)


def write_again(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Name the cover, for it shows what other pages say."""
    return [env.config.root_doc]


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the two directives."""
    app.add_node(chapter_cards)
    app.add_directive("chapter-cards", ChapterCards)
    app.add_directive("live-figure", LiveFigure)
    app.connect("doctree-resolved", fill)
    app.connect("env-updated", write_again)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
