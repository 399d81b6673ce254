"""Render mathematics to MathML at build time, so that a page needs no script and no other host.

The conversion is done by the library math-core, which raises an error for LaTeX that it does not
know. Here that becomes a warning that names the source line; the build treats it as an error.

A displayed formula with `\\tag{2.1}`, which notebooks show as its number, is equation (2.1): a link
leads to it by `#equation-2-1` on its own page, and by `page.ipynb#equation-2-1` from others.
Today's browsers draw MathML themselves, with the font that `page_fonts` delivers.
"""

from __future__ import annotations

import html
import re
from typing import Any

from docutils import nodes
from math_core import LatexError, LatexToMathML
from sphinx.application import Sphinx
from sphinx.locale import _
from sphinx.util import logging
from sphinx.util.math import get_node_equation_number
from sphinx.writers.html5 import HTML5Translator

logger = logging.getLogger(__name__)
# The annotation keeps the LaTeX in the page, for those who copy a formula.
converter = LatexToMathML(annotation=True, fancy_error=False)

# Environments that number their lines themselves: the number is Sphinx's business.
NUMBERED = re.compile(r"\\(begin|end)\{(align|alignat|equation|gather|multline)\}")
# What must not begin a line.
MARKS = re.compile(r"[.,;:!?)\]…’”]+")
# A number that the author gave.
TAG = re.compile(r"\\tag\{([\d.]+)\}")


def to_mathml(latex: str, node: nodes.Element, *, display: bool) -> str:
    """Return the MathML of a formula.

    Args:
        latex: The formula, without delimiters.
        node: Where it stands, for the warning.
        display: Whether it is a displayed formula.

    Returns:
        A `<math>` element; for LaTeX that cannot be converted, its source in a `<code>` element,
        and a warning is logged.
    """
    latex = NUMBERED.sub(r"\\\1{\2*}", latex.strip())
    if display and r"\\" in latex and not latex.startswith(r"\begin"):
        # Several lines without an environment: align them at `&`, as LaTeX writers of Sphinx do.
        latex = rf"\begin{{aligned}}{latex}\end{{aligned}}"
    try:
        return converter.convert_with_local_state(latex, displaystyle=display)
    except LatexError as error:
        logger.warning("cannot render %r: %s", latex, error, location=node, type="mathml")
        return f"<code>{html.escape(latex)}</code>"


def visit_inline(self: HTML5Translator, node: nodes.math) -> None:
    """Write an inline formula."""
    mathml = to_mathml(node.astext(), node, display=False) + node.get("after", "")
    self.body.append(f"{self.starttag(node, 'span', '', CLASS='math notranslate')}{mathml}</span>")
    raise nodes.SkipNode


def visit_display(self: HTML5Translator, node: nodes.math_block) -> None:
    """Write a displayed formula, with its number where it has a label."""
    mathml = to_mathml(TAG.sub("", node.astext()), node, display=True)
    self.body.append(self.starttag(node, "div", CLASS="math notranslate"))
    number = get_node_equation_number(self, node) if node["number"] else node.get("tag")
    if number:
        # First, as Sphinx has it: the theme puts it to the right of the formula.
        self.body.append(f'<span class="eqno">({number})')
        self.add_permalink_ref(node, _("Link to this equation"))
        self.body.append("</span>")
    # The formula scrolls inside this box where the screen is too narrow for it.
    self.body.append(f'<div class="math-scroll">{mathml}</div>')
    self.body.append("</div>\n")
    raise nodes.SkipNode


def note_tags(app: Sphinx, doctree: nodes.document) -> None:
    """Make each formula with a tag a place that links lead to."""
    page = app.env.docname
    for node in doctree.findall(nodes.math_block):
        if tag := TAG.search(node.astext()):
            name = f"equation-{tag[1].replace('.', '-')}"
            node["tag"] = tag[1]
            node["ids"].append(name)
            # Links on the same page, and links that name the page.
            app.env.get_domain("std").anonlabels[name] = page, name
            app.env.metadata[page].setdefault("myst_slugs", {})[name] = None, name, f"({tag[1]})"


def keep_marks(app: Sphinx, doctree: nodes.document, page: str) -> None:
    """Hold a full stop or the like on the line of the formula before it.

    A browser may break a line on both sides of a formula, whatever follows. A mark that stands in
    the formula's own element, which does not wrap, stays.
    """
    for node in list(doctree.findall(nodes.math)):
        text = node.next_node(descend=False, siblings=True)
        if isinstance(text, nodes.Text) and (marks := MARKS.match(text)):
            node["after"] = marks[0]
            node.parent.replace(text, nodes.Text(text[marks.end() :]))


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the renderer; `html_math_renderer: mathml` chooses it."""
    app.add_html_math_renderer("mathml", (visit_inline, None), (visit_display, None))
    app.connect("doctree-read", note_tags)
    app.connect("doctree-resolved", keep_marks)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
