"""Let the search lead to sections: write which words stand in which section of which page.

Sphinx's own index knows the words of a page. `sections.js` adds those of its sections, with the
same stems, and `find.js` puts the best sections in the place of the page that has them.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.search.en import SearchEnglish

# Not what a reader reads: the code behind a live figure, pictures.
SKIPPED = (nodes.raw, nodes.image, nodes.comment)


def own_text(section: nodes.section) -> Iterator[str]:
    """Yield the text of a section, without that of the sections in it."""
    waiting = list(reversed(section.children))
    while waiting:
        node = waiting.pop()
        if isinstance(node, nodes.Text):
            yield node.astext()
        elif not isinstance(node, (nodes.section, *SKIPPED)):
            waiting += reversed(node.children)


def index(app: Sphinx) -> dict[str, Any]:
    """Return the sections, and for each stem the sections that have it and how often."""
    english = SearchEnglish({})
    places: list[tuple[str, str, str]] = []
    words: dict[str, list[int]] = defaultdict(list)
    for page in sorted(app.env.found_docs):
        doctree = app.env.get_doctree(page)
        numbers = app.env.toc_secnumbers.get(page, {})
        for section in doctree.findall(nodes.section):
            anchor = f"#{section['ids'][0]}"
            title = section.next_node(nodes.title).astext()
            number = ".".join(map(str, numbers.get(anchor, ())))
            stems = Counter(
                english.stem(word.lower())
                for text in own_text(section)
                for word in english.split(text)
                if english.word_filter(word.lower())
            )
            for stem, often in stems.items():
                words[stem] += [len(places), often]
            places.append((page, anchor, f"{number} {title}".strip()))
    return {"places": places, "words": words}


def write(app: Sphinx, exception: Exception | None) -> None:
    """Write the index when all pages are written."""
    if exception is None and app.builder.format == "html":
        data = json.dumps(index(app), ensure_ascii=False, separators=(",", ":"))
        Path(app.outdir, "_static", "sections.js").write_text(
            f"const SECTIONS = {data};\n", "utf-8"
        )


def setup(app: Sphinx) -> dict[str, Any]:
    """Write at the end of a build."""
    app.connect("build-finished", write)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
