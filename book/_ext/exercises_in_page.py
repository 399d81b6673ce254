"""Exercises that are done in the page.

A notebook's cell that ends in ``check("CHAPTER/NAME", answer)`` belongs to an exercise. Where the
checker knows all right answers as data, since a number, a list, a word or a formula is wanted, the
page gets a form below the exercise's text in place of that cell, with all that is known about the
answer. `exercises.js` judges it. Every other exercise has a link that downloads the chapter's
notebook; where there are no scripts, they all have. Nothing is to be done for each exercise.
"""

from __future__ import annotations

import base64
import json
import re
from html import escape
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

from snnbook.check import exercises, sentences
from snnbook.check.engine import Exercise
from snnbook.check.formulas import Formula, formula_of
from snnbook.check.values import Sheet, sheet_of, words

FUNCTION = re.compile(r"^def (\w+)\(", re.MULTILINE)
CHECK = re.compile(r"""^check\(\s*["'](?P<chapter>\w+)/(?P<name>[\w-]+)["']""", re.MULTILINE)

# What the keyboard of a phone shows, where digits are all that is needed.
KEYBOARDS = {"count": "numeric", "step": "numeric"}
ANSWER = "Your answer"
READ_AS = "Read as {values}."
NO_FORMULA = "This is no formula in one line: it can't be read at `{why}`."
FORMULAS = (
    "Write a formula in one line, as in Python, with floor, ceil, exp, log, sqrt, min or max."
)
LISTS = "Write a list as 1, 2, 3 and an empty one as []."
KEPT = "A short answer is typed here: it is judged in this page, and stays in your browser."
CLEAR = "Clear my answers on this page"


def packed(data: Any) -> str:
    """Return data as a text that can't be read at a glance.

    That is all it is for: whoever decodes it finds the answers, as in the folded solutions.
    """
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return base64.b64encode(text.encode()).decode()


def line(label: str, name: str, place: str, keyboard: str = "text") -> str:
    """Return the HTML of a line to write on."""
    return (
        f'<label for="{place}">{escape(label)}</label><input type="text" id="{place}" '
        f'name="{name}" inputmode="{keyboard}" autocapitalize="none" autocomplete="off" '
        'autocorrect="off" spellcheck="false">'
    )


def field(label: str, kind: str, name: str, place: str) -> str:
    """Return the HTML of the field for a part of an answer: a choice, or a line to write on."""
    if kind != "truth":
        return line(label, name, place, KEYBOARDS.get(kind, "text"))
    buttons = "".join(
        f'<label><input type="radio" name="{name}" value="{value}"> {value}</label>'
        for value in (True, False)
    )
    return (
        f'<span id="{place}">{escape(label)}</span>'
        f'<div class="snn-choice" role="radiogroup" aria-labelledby="{place}">{buttons}</div>'
    )


def form(exercise: str, title: str, sheet: Sheet | Formula, function: str = "f") -> str:
    """Return the HTML of the form for an answer; it is hidden until the script runs."""
    place, how = f"answer-{exercise.replace('/', '-')}", ""
    if isinstance(sheet, Formula):
        label, how = f"{function}({', '.join(sheet.names)}) =", FORMULAS
        fields = line(label, "part-0", f"{place}-0")
    else:
        fields = "".join(
            field(ANSWER if sheet.single else part.name, part.kind, f"part-{i}", f"{place}-{i}")
            for i, part in enumerate(sheet.parts)
        )
        if any(isinstance(part.wanted, list) for part in sheet.parts):
            how = LISTS
    return f"""<form class="snn-answer" id="{place}" aria-label="Exercise: {escape(title)}"
  data-exercise="{exercise}" data-sheet="{packed(sheet.data())}" hidden>
<p class="snn-wanted">{code(sheet.exercise.sentences["wanted"])} {how}</p>
<div class="snn-parts">{fields}</div>
<button type="submit">Check</button>
<output></output>
</form>"""


def code(text: str) -> str:
    """Return a sentence of the checker as HTML."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text))


def to_notebook(docname: str, what_for: str) -> str:
    """Return the HTML of the link that downloads a chapter's notebook."""
    address = f"{'../' * docname.count('/')}_sources/{docname}.ipynb"
    link = f'<a href="{address}" download>Download this chapter\'s notebook</a>'
    return f'<p class="snn-notebook">{link} {what_for}</p>'


def html_of(
    exercise: str, title: str, sheet: Sheet | Formula, docname: str, function: str = "f"
) -> str:
    """Return the HTML of an exercise that is done in a page: its form, and the other way.

    Args:
        exercise: its name, "chapter/exercise".
        title: its heading.
        sheet: what is known about its answer.
        docname: the page's name, from which the notebook's address follows.
        function: how the function is called that a formula stands for.
    """
    return form(exercise, title, sheet, function) + to_notebook(docname, "to try it in code.")


def control() -> str:
    """Return the HTML of the line that says where answers stay, and clears them."""
    data = packed({**words(), "READ_AS": READ_AS, "NO_FORMULA": NO_FORMULA})
    return (
        f'<p class="snn-answers" data-words="{data}" hidden>'
        f'{KEPT} <button type="button">{CLEAR}</button></p>'
    )


def raw(html: str) -> nodes.raw:
    """Return HTML as a node."""
    return nodes.raw("", html, format="html")


def source_of(cell: nodes.container) -> str:
    """Return the code of a notebook's cell."""
    return next((block.astext() for block in cell.findall(nodes.literal_block)), "")


def exercise_of(cell: nodes.container) -> tuple[str, Exercise] | None:
    """Return the exercise that a notebook's cell checks, and its name."""
    source = source_of(cell)
    found = CHECK.search(source)
    if cell.get("nb_element") != "cell_code" or not found:
        return None
    name = f"{found['chapter']}/{found['name']}"
    return name, exercises(found["chapter"])[name]


def nothing_yet(node: nodes.Node) -> bool:
    """Whether a node is the output of a checker that has been given nothing."""
    heading = f"<strong>{sentences.YOUR_TURN}.</strong>"
    return any(heading in html.astext() for html in node.findall(nodes.raw))


def place(app: Sphinx, doctree: nodes.document) -> None:
    """Give each exercise of a chapter its form or its link."""
    docname = app.env.docname
    first = True
    for cell in list(doctree.findall(nodes.container)):
        if not (found := exercise_of(cell)):
            continue
        name, exercise = found
        section = cell.parent
        title = section.next_node(nodes.title)
        sheet = sheet_of(exercise) or formula_of(exercise)
        outputs = [part for part in cell if nothing_yet(part)]
        if sheet is None:
            link = to_notebook(docname, "and answer there: the checker needs to run your code.")
            section.insert(section.index(title) + 1, raw(link))
            for output in outputs:
                cell.remove(output)
            continue
        function = FUNCTION.search(source_of(cell))
        called = function[1] if function else "f"
        html = html_of(name, title.astext(), sheet, docname, called)
        folded = (i for i, node in enumerate(section) if "<details>" in node.astext())
        section.insert(next(folded, section.index(cell)), raw(html))
        if outputs:
            section.remove(cell)
        if first:
            section.parent.insert(section.parent.index(section), raw(control()))
            first = False


def load(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Load script and style on pages that have such an exercise, and on no other."""
    html = [node.astext() for node in doctree.findall(nodes.raw)] if doctree else []
    if any("snn-notebook" in text for text in html):
        app.add_css_file("exercises.css")
    if any("snn-answers" in text for text in html):
        app.add_js_file("exercises.js", loading_method="defer")


def setup(app: Sphinx) -> dict[str, Any]:
    """Place the forms when a page has been read, and the script when it is written."""
    app.connect("doctree-read", place)
    app.connect("html-page-context", load)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
