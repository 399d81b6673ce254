"""What stands in the head of a page.

Each page is described to search engines and to other sites in its own first sentence. What no
browser needs is left out, and so is on each page what only others use.
"""

from __future__ import annotations

import html
import re
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

# What only some pages use, and what such a page has in its text. The others don't load it.
NEEDED_BY = {
    "cover.css": 'class="chapter-cards"',
    "exercise.css": 'class="exercise',
    "copybutton.css": 'class="highlight',
    "copybutton.js": 'class="highlight',
    "clipboard.min.js": 'class="highlight',
    "mystnb": 'class="cell ',
    "terms.js": 'class="term-use"',
}
FIRST_SENTENCE = re.compile(r".*?[.!?](?=\s|$)|.*", re.DOTALL)


def description(doctree: nodes.document) -> str:
    """Return the first sentence of a page: a chapter's claim."""
    paragraph = next(doctree.findall(nodes.paragraph), nodes.paragraph())
    sentence = FIRST_SENTENCE.match(paragraph.astext())
    return " ".join(sentence[0].split()) if sentence else ""


def describe(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Put the description into a page's head, before sphinxext.opengraph looks for one."""
    if doctree is None:
        return
    text = description(doctree)
    context["metatags"] += f'<meta name="description" content="{html.escape(text)}">\n'
    context["meta"] = (context["meta"] or {}) | {"og:description": html.escape(text)}


def tidy(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Remove what the head has twice, an address that is not a full one, and the widgets' state.

    That state is for widgets that a script from elsewhere would revive. The book's live figures
    carry what they need.
    """
    unwanted = ['<meta content="[^"]*" name="viewport" />', '<meta name="viewport" [^>]*>']
    if not app.config.ogp_site_url:
        unwanted.append('<meta property="og:url" [^>]*>')
    context["metatags"] = re.sub(rf"({'|'.join(unwanted)})\s*", "", context.get("metatags", ""))
    context["script_files"] = [
        script
        for script in context["script_files"]
        if script.attributes.get("type") != "application/vnd.jupyter.widget-state+json"
    ]


def load_what_is_used(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Leave out the styles and scripts that this page has no use for."""
    body = context.get("body", "")
    for kind in ("css_files", "script_files"):
        context[kind] = [
            file
            for file in context[kind]
            if all(mark in body for name, mark in NEEDED_BY.items() if name in str(file.filename))
        ]


def setup(app: Sphinx) -> dict[str, Any]:
    """Work before and after sphinxext.opengraph and MyST-NB, which have the priority 500."""
    app.connect("html-page-context", describe, priority=400)
    app.connect("html-page-context", tidy, priority=600)
    app.connect("html-page-context", load_what_is_used, priority=900)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
