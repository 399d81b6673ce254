"""Link the terms of a chapter with the glossary, in both directions.

A chapter's summary lists its terms: `**Terms**, in the [glossary](glossary.md): charge, fire.`

- Each of them is a link to its entry. A term that the glossary lacks is a warning, which the build
  treats as an error.
- So is the term's first use in the chapter's sections, where the chapter sets it in bold, or else
  where it first stands; there the page also has the entry's first sentence, for `terms.js` to show.
- The entry links back to the first use in the book.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.writers.html5 import HTML5Translator
from ways_back import Place, line, noted, pages_in_order, place

NOTES = "snnbook_terms"
LIST = re.compile(r":\s+(?P<terms>.+)\.", re.DOTALL)
SENTENCE = re.compile(r".+?[.](?=\s|$)", re.DOTALL)
# Where no term is made a link: it is one, or is no running text.
CLOSED = (nodes.title, nodes.reference, addnodes.pending_xref, nodes.literal_block, nodes.caption)
CLOSED += (nodes.math, nodes.math_block, nodes.raw, nodes.thead, nodes.image)
# What a formula in a sentence becomes where only text can stand.
PLAIN = {r"\Theta": "Θ", r"\tau": "τ", r"\ge": "≥", r"\text": "", "{": "", "}": "", "-": "−"}


class term_use(nodes.inline):
    """The first use of a term; `sentence` is what the glossary says first of it."""


def term_list(paragraph: nodes.paragraph) -> tuple[list[nodes.Node], list[str]]:
    """Return the nodes that list terms, and the terms; both are empty in another paragraph."""
    links = [node for node in paragraph.children if isinstance(node, addnodes.pending_xref)]
    if len(links) != 1 or not links[0]["reftarget"].endswith("glossary"):
        return [], []
    tail = paragraph.children[paragraph.index(links[0]) + 1 :]
    listed = LIST.fullmatch("".join(node.astext() for node in tail))
    return (tail, re.split(r",\s+", " ".join(listed["terms"].split()))) if listed else ([], [])


def reference(page: str, term: str, shown: nodes.Node) -> addnodes.pending_xref:
    """Return a link to a term, as something else shows it."""
    how = {"refdomain": "std", "reftype": "term", "refexplicit": False, "refwarn": True}
    return addnodes.pending_xref("", shown, refdoc=page, reftarget=term, **how)


def running_text(doctree: nodes.document) -> Iterator[nodes.Text]:
    """Yield the text of a chapter's sections, less what is folded or stands in a closed node."""
    folded = 0
    for node in doctree.findall():
        if isinstance(node, nodes.raw):
            folded += node.astext().count("<details") - node.astext().count("</details")
        above, parent = [], node.parent
        while parent is not None:
            above.append(parent)
            parent = parent.parent
        sections = sum(isinstance(other, nodes.section) for other in above)
        closed = any(isinstance(other, CLOSED) for other in above)
        if isinstance(node, nodes.Text) and sections > 1 and not folded and not closed:
            yield node


def first_use(doctree: nodes.document, term: str) -> tuple[nodes.Text, re.Match[str]] | None:
    """Return the text in which a term is first used, and where: the first in bold, or the first."""
    space = r"\s+".join(map(re.escape, term.split()))
    pattern = re.compile(rf"(?<![\w.-]){space}s?(?![\w(-])", re.IGNORECASE)
    first = None
    for text in running_text(doctree):
        code = isinstance(text.parent, nodes.literal)
        match = re.fullmatch(re.escape(term), text) if code else pattern.search(text)
        if match is None:
            continue
        if isinstance(text.parent, nodes.strong):
            return text, match
        first = first or (text, match)
    return first


def mark(page: str, term: str, text: nodes.Text, match: re.Match[str]) -> term_use:
    """Make the use of a term a link, with an id that the glossary leads back to."""
    name = re.sub(r"\W+", "-", term.lower()).strip("-")
    use = term_use("", match[0], ids=[f"use-of-{name}{'-call' * term.endswith('()')}"])
    parent = text.parent
    link = reference(page, term, use)
    if isinstance(parent, nodes.literal):
        parent.parent.replace(parent, link)
        use.children = []
        use += nodes.literal("", "", nodes.Text(match[0]))
        return use
    parts = [nodes.Text(text[: match.start()]), link, nodes.Text(text[match.end() :])]
    parent.replace(text, [part for part in parts if part.astext()])
    return use


def link(app: Sphinx, doctree: nodes.document) -> None:
    """Turn each listed term, and its first use, into a link."""
    page, listed = app.env.docname, []
    for paragraph in list(doctree.findall(nodes.paragraph)):
        tail, terms = term_list(paragraph)
        listed += terms
        for node in tail:
            paragraph.remove(node)
        for i, term in enumerate(terms):
            paragraph += nodes.Text(", " if i else ": ")
            paragraph += reference(page, term, nodes.inline("", term))
        if terms:
            paragraph += nodes.Text(".")
    uses = {}
    # Long terms first: a `soft reset` is no `reset`.
    for term in sorted(listed, key=len, reverse=True):
        if found := first_use(doctree, term):
            use = mark(page, term, *found)
            uses[term] = place(use, use["ids"][0])
    noted(app.env, NOTES)[page] = uses


def forget(app: Sphinx, env: BuildEnvironment, page: str) -> None:
    """Forget a page that is read anew."""
    noted(env, NOTES).pop(page, None)


def plain(node: nodes.Element) -> str:
    """Return the text of an entry with its formulas as plain as they can be."""
    text = ""
    for part in node.findall():
        if isinstance(part, nodes.Text):
            words = part.astext()
            if isinstance(part.parent, nodes.math):
                for latex, letters in PLAIN.items():
                    words = words.replace(latex, letters)
            text += words
    return " ".join(text.split())


def sentences(env: BuildEnvironment) -> dict[str, str]:
    """Return for each term of the glossary, in small letters, the first sentence of its entry."""
    objects = env.get_domain("std").get_objects()
    pages = {page for _, _, kind, page, _, _ in objects if kind == "term"}
    found = {}
    for page in pages:
        for item in env.get_doctree(page).findall(nodes.definition_list_item):
            entry = plain(item.next_node(nodes.paragraph))
            sentence = SENTENCE.match(entry)
            for term in item.findall(nodes.term):
                found[term.astext().lower()] = sentence[0] if sentence else entry
    return found


def complete(app: Sphinx, doctree: nodes.document, page: str) -> None:
    """Give each first use its sentence, and each entry of the glossary its way back."""
    env = app.env
    uses = list(doctree.findall(term_use))
    known = sentences(env) if uses else {}
    by_id = {use.target: term for term, use in noted(env, NOTES).get(page, {}).items()}
    for use in uses:
        use["sentence"] = known.get(by_id[use["ids"][0]].lower(), "")
    for glossary in doctree.findall(addnodes.glossary):
        for item in glossary.findall(nodes.definition_list_item):
            if first := first_in_book(env, item.next_node(nodes.term).astext()):
                item.children[-1] += line(app, page, "First in", [first])


def first_in_book(env: BuildEnvironment, term: str) -> tuple[str, Place] | None:
    """Return the first page that uses a term, and where."""
    for page in pages_in_order(env):
        for name, use in noted(env, NOTES).get(page, {}).items():
            if name.lower() == term.lower():
                return page, use
    return None


def write_again(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Name the glossary, for it shows what other pages say."""
    return sorted({p for _, _, k, p, _, _ in env.get_domain("std").get_objects() if k == "term"})


def visit_use(self: HTML5Translator, node: term_use) -> None:
    """Write the start of a term's first use."""
    told = {"data-sentence": node["sentence"]} if node.get("sentence") else {}
    self.body.append(self.starttag(node, "span", "", CLASS="term-use", **told))


def depart_use(self: HTML5Translator, node: term_use) -> None:
    """Write its end."""
    self.body.append("</span>")


def setup(app: Sphinx) -> dict[str, Any]:
    """Link the terms when a page has been read; the ways back when all have."""
    app.add_node(term_use, html=(visit_use, depart_use))
    app.connect("doctree-read", link)
    app.connect("env-purge-doc", forget)
    app.connect("env-updated", write_again)
    app.connect("doctree-resolved", complete)
    return {"version": "1", "parallel_read_safe": False, "parallel_write_safe": True}
