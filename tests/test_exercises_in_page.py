"""Exercises that are done in the page: the page says what the checker says.

The forms stand here in pages of their own, under the strictest rules that a site can give: no
script or style in the page, nothing loaded or sent but the two files.
"""

import ast
import inspect
import math
import numbers
import random
import re
import textwrap
from pathlib import Path

import answers
import exercises_in_page as in_page
import numpy as np
import pytest
import torch
from consoles import END, hear_all
from exercises import ALL

from snnbook.check import check
from snnbook.check.formulas import formula_of
from snnbook.check.patterns import Pattern
from snnbook.check.sentences import Misfit
from snnbook.check.values import sheet_of

STATIC = Path(__file__).parents[1] / "book" / "_static"
SHEETS = {name: sheet for name, one in ALL.items() if (sheet := sheet_of(one))}
SITE = "http://book.test"
RULES = "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; form-action 'none'"
PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>A page</title>
<link rel="icon" href="data:,"><link rel="stylesheet" href="/exercises.css">
<link rel="stylesheet" href="/print.css" media="print">
<script defer src="/exercises.js"></script></head><body>{}</body></html>"""

# Types into the fields what stands in each list, asks for the verdict, and returns what it is.
JUDGE = """(all) => {
    const form = document.querySelector("form")
    return all.map(typed => {
        form.reset()
        typed.forEach((text, i) => form.elements[`part-${i}`].value = text)
        form.requestSubmit()
        const output = form.querySelector("output")
        return [output.dataset.verdict, ...[...output.children].map(p => p.textContent)]
    })
}"""


class Desk:
    """A page with the forms of some exercises, in a browser of its own."""

    def __init__(self, browser, names, **options):
        self.context = browser.new_context(**options)
        forms = [
            in_page.html_of(name, name, SHEETS.get(name) or FORMULAS[name], "book/page")
            for name in names
        ]
        self.html = PAGE.format(in_page.control() + "".join(forms))
        self.faults, self.asked = [], []
        self.context.route(f"{SITE}/**", self.serve)
        self.page = self.context.new_page()
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on("console", self.heard)
        self.page.goto(f"{SITE}/book/page.html")

    def heard(self, message):
        """Keep all that the page says, but for our own word."""
        if message.text != END:
            self.faults.append(message.text)

    def serve(self, route):
        """Answer with the page or with one of the two files."""
        file = STATIC / route.request.url.rpartition("/")[2]
        text = file.read_text("utf-8") if file.exists() else self.html
        kinds = {".js": "text/javascript", ".css": "text/css"}
        headers = {"content-security-policy": RULES}
        kind = kinds.get(file.suffix, "text/html")
        route.fulfill(body=text, content_type=f"{kind}; charset=utf-8", headers=headers)

    def judge(self, typed):
        """What the page says about each list of texts: the verdict's key, and paragraphs."""
        return self.page.evaluate(JUDGE, typed)


@pytest.fixture
def desk(chromium):
    """A function that opens a page with the forms of exercises."""
    opened = []

    def opens(*names, **options):
        opened.append(Desk(chromium, names, **options))
        return opened[-1]

    yield opens
    for one in opened:
        hear_all(one.page)
        one.context.close()
        assert not one.faults
        assert {url.partition("#")[0] for url in one.asked} <= {
            f"{SITE}/{file}"
            for file in ("book/page.html", "exercises.js", "exercises.css", "print.css")
        }


def values_of(sheet, answer):
    """The plain values of an answer's parts, or None where the form has no fields for them."""
    names = [part.name for part in sheet.parts]
    if sheet.single:
        return sheet.read(answer)
    if isinstance(answer, np.ndarray | torch.Tensor | list | tuple) and len(answer) == len(names):
        answer = dict(zip(names, answer, strict=True))
    if not isinstance(answer, dict) or not answer.keys() >= set(names):
        return None
    return sheet.read(answer)


LISTS = {"steps", "train", "potentials", "shape", "list"}


def typed(value, kind):
    """What a reader types for a value, or None where the field doesn't take it."""
    if kind == "truth":  # two buttons
        return str(value) if isinstance(value, bool) else None
    if isinstance(value, str):
        return f"'{value}'" if "'" not in value and len(value) < 100 else None
    # What else is typed in place of a word is one, and a number in place of a list is its entry.
    fits = kind != "text" and (isinstance(value, list) or kind not in LISTS)
    return written(value) if fits else None


def written(value):
    """A value in the notation of Python, or None where it is no plain one."""
    if isinstance(value, list):
        entries = [written(x) for x in value]
        return None if None in entries else f"[{', '.join(entries)}]"
    if value is None or isinstance(value, bool | int):
        return str(value)
    if isinstance(value, numbers.Real):
        return repr(float(value))
    return f"'{value}'" if isinstance(value, str) and not re.search(r"[\s',]", value) else None


def typed_answer(sheet, answer):
    """What a reader types for an answer, a text for each part; None where that can't be."""
    values = values_of(sheet, answer)
    if values is None:
        return None
    texts = [typed(value, part.kind) for value, part in zip(values, sheet.parts, strict=True)]
    return None if None in texts else texts


def from_values(sheet, values):
    """Values as they are handed in to the checker."""
    if sheet.single:
        return values[0]
    return dict(zip((part.name for part in sheet.parts), values, strict=True))


def as_page(verdict):
    """A verdict's key and its text as the page shows it."""
    return [verdict.kind, f"{verdict.heading}. {verdict.message}".replace("`", "")]


def agree(name, said, verdict):
    """Whether page and checker say the same. Of a run, the checker also shows where it differs."""
    (kind, text), (key, whole) = (x.replace("`", "") for x in said[:2]), as_page(verdict)
    return kind == key and (whole.startswith(text) if ALL[name].run else whole == text)


def differing(desk, name, tried):
    """Those answers of which page and checker say different things."""
    sheet = SHEETS[name]
    page = desk(name).judge([typed_answer(sheet, answer) for answer in tried])
    plain = (from_values(sheet, values_of(sheet, answer)) for answer in tried)
    verdicts = [check(name, answer) for answer in plain]
    return [
        (answer, said, as_page(verdict))
        for answer, said, verdict in zip(tried, page, verdicts, strict=True)
        if not agree(name, said, verdict)
    ]


# --- the same verdicts and sentences -------------------------------------------------------------


def known(name):
    """Answers to an exercise that are in the book's tests, and those that the exercise knows."""
    exercise = ALL[name]
    for answer in answers.ANSWERS:
        if answer.exercise == name:
            yield answer.value
    yield exercise.right
    for wrong, _ in exercise.wrong.values():
        parts = wrong.values() if isinstance(wrong, dict) else [wrong]
        if not any(isinstance(part, Pattern) for part in parts):
            yield {**exercise.right, **wrong} if isinstance(wrong, dict) else wrong


def readable(name):
    """Those of them that can be typed."""
    for answer in known(name):
        try:
            if typed_answer(SHEETS[name], answer) is not None:
                yield answer
        except Misfit:
            continue  # a value whose own methods raise errors


@pytest.mark.parametrize("name", SHEETS)
def test_on_every_trial_answer_page_and_checker_agree(desk, name):
    tried = list(readable(name))
    assert differing(desk, name, tried) == []
    passed = [bool(check(name, answer)) for answer in tried]
    assert sum(passed) >= 2
    assert len(passed) - sum(passed) >= 5


NUMBERS = [0, 1, -1, 0.5, 2.5, 1e-7, 123456, 1234567.5, 1 / 3, 7, math.inf, -math.inf, math.nan]


def changed(value, dice):
    """Another value, near to one or far from it."""
    if isinstance(value, list):
        other = [changed(x, dice) if dice.random() < 0.3 else x for x in value]
        return dice.choice(
            [
                other,
                value[::-1],
                sorted(flat(value), key=str),
                value[1:],
                [0, *value[:-1]],
                [*value[1:], 0],
                [*value, *value[:1]],
                [value],
                [],
                flat(value) or [1],
                [-x if isinstance(x, int | float) else x for x in value],
                [x + 1 if isinstance(x, int | float) else x for x in value],
                dice.choice(NUMBERS),
                "a word",
                None,
            ]
        )
    if value is None or isinstance(value, bool):
        return not value
    if isinstance(value, str):
        return dice.choice(["hard", "soft", "m", "s", "cpu", "CPU", "0.5", "", "a word"])
    near = [value + 1, value - 1, -value, value * (1 + 1e-7), value + 1e-3, value / 2, value * 10]
    return dice.choice([*near, *NUMBERS, [value], [1, 2], True, None, "a word"])


def flat(value):
    """The numbers of a nested list."""
    return [x for part in value for x in flat(part)] if isinstance(value, list) else [value]


@pytest.mark.parametrize("name", SHEETS)
def test_on_random_answers_page_and_checker_agree(desk, name):
    sheet, dice = SHEETS[name], random.Random(name)
    starts = [values for answer in readable(name) if (values := values_of(sheet, answer))]
    tried = []
    for _ in range(150):
        values = [
            dice.choice([value, right.wanted, changed(right.wanted, dice), changed(value, dice)])
            for value, right in zip(dice.choice(starts), sheet.parts, strict=True)
        ]
        answer = from_values(sheet, values)
        if answer is not None and typed_answer(sheet, answer) is not None:
            tried.append(answer)
    assert len(tried) > 50
    assert differing(desk, name, tried) == []


EDGES = (0.0, 1 / 12, 0.25, 1 / 3, 0.4, 0.5, 1.0)


@pytest.mark.parametrize("name", [name for name in SHEETS if ALL[name].run])
def test_the_right_answers_of_a_run_are_known(name):
    (part,) = SHEETS[name].parts
    edges = [
        x for value in EDGES for x in (value, math.nextafter(value, 9), math.nextafter(value, -9))
    ]
    dice = random.Random(0)
    for x in [*edges, *(dice.uniform(-1, 2) for _ in range(100))]:
        assert check(name, x).passed == part.right.fits(x), x


# --- formulas ------------------------------------------------------------------------------------

FORMULAS = {name: formula for name, one in ALL.items() if (formula := formula_of(one))}
CALLED = {"math", "floor", "ceil", "exp", "expm1", "log", "log1p", "sqrt", "inf", "e", "pi"}
CALLED |= {"max", "min", "round", "abs", "int", "float", "sum", "range"}


UNTYPED = ast.Lambda | ast.ListComp | ast.Tuple | ast.List | ast.Subscript | ast.JoinedStr


def one_line(function, names):
    """What a function of numbers returns, in these names; None where it takes more than a line."""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(function)).strip().rstrip(","))
    except (OSError, SyntaxError, TypeError):
        return None
    kinds = ast.Lambda | ast.FunctionDef
    made = next((node for node in ast.walk(tree) if isinstance(node, kinds)), None)
    if made is None:
        return None
    body = made.body
    if isinstance(body, list):
        if len(body) != 1 or not isinstance(body[0], ast.Return):
            return None
        body = body[0].value
    own = [argument.arg for argument in made.args.args]
    if len(own) != len(names) or body is None:
        return None
    renamed = dict(zip(own, names, strict=True))
    loops = [loop.target for loop in ast.walk(body) if isinstance(loop, ast.comprehension)]
    counted = {target.id for target in loops if isinstance(target, ast.Name)}
    for node in ast.walk(body):
        if isinstance(node, ast.Name) and node.id in renamed:
            node.id = renamed[node.id]
        elif (
            (isinstance(node, ast.Name) and node.id not in CALLED | counted)
            or (isinstance(node, ast.Attribute) and node.attr not in CALLED)
            or isinstance(node, UNTYPED)
            or (isinstance(node, ast.Constant) and not isinstance(node.value, int | float))
        ):
            return None
    return ast.unparse(body)


def python(text, names):
    """The function of a formula."""
    known = {name: getattr(math, name) for name in ("floor", "ceil", "exp", "log", "sqrt", "inf")}
    return eval(f"lambda {', '.join(names)}: {text}", {"math": math, **known})


# Right ones where those among the answers take more than a line, or call the chapter's functions.
MORE = {
    "spikes/derive-interval": (
        "ceil(log(1 - 1 / (tau * x)) / log(1 - 1 / tau)) if tau * x > 1 else inf"
    ),
    "visualization/derive": "sum(max(0, 1 - d / (T // m)) for m in range(1, T + 1))",
}


def lines_of(name):
    """The one-line formulas among the answers to an exercise, and others made of them."""
    names = FORMULAS[name].names
    wrong = [answer for answer, _ in ALL[name].wrong.values()]
    tried = [answer.value for answer in answers.ANSWERS if answer.exercise == name]
    lines = [one_line(function, names) for function in [ALL[name].right, *tried, *wrong]]
    lines = dict.fromkeys(filter(None, [*lines, MORE.get(name)]))
    return [line for line in lines if "^" not in line]  # which the page takes for a power


CHANGES = """
{} + 1
{} - 0.25
-({})
2 * ({})
({}) / 3
1 / ({})
({}) * 0 + 2
math.floor({})
round({}, 2)
({}) ** 2
({}) * 1.000001
({}) * 1.01
max({}, 1)
({}) if ({}) > 2 else 0
({}) % 3
({}) // 2
""".strip().splitlines()


def same_error(text, whole):
    """Whether both tell an error of the same type; their words differ between Python's releases."""
    found = [re.search(r"raised an error, (\w+):", words) for words in (text, whole)]
    return None not in found and found[0][1] == found[1][1]


@pytest.mark.parametrize("name", FORMULAS)
def test_page_and_checker_agree_on_formulas(desk, name):
    formula = FORMULAS[name]
    lines = lines_of(name)
    lines += [change.replace("{}", line) for line in lines[:4] for change in CHANGES]
    lines += [str(x) for x in (0, 1, 2.5)] + list(formula.names)
    page = desk(name).judge([[line] for line in lines])
    verdicts = [as_page(check(name, python(line, formula.names))) for line in lines]
    assert [
        (line, said, verdict)
        for line, said, verdict in zip(lines, page, verdicts, strict=True)
        if said != verdict and not (said[0] == verdict[0] and same_error(said[1], verdict[1]))
    ] == []
    assert len(lines) > 50
    assert sum(kind == "RIGHT" for kind, _ in verdicts) >= 1


@pytest.mark.parametrize(
    "text",
    [
        "1 / (2 * c)",
        "return 0.5 / c",
        "1 ÷ (2·c)",
        "(2 × c)^−1",
        "0.5 * c**-1",
        "c**-1 / 2 if 0 < c < 100 else 0",
        "sum(0.125 / c for m in range(1, 5))",
        "max(0, 1 / (2 * c))",
        "math.exp(-math.log(2 * c))",
    ],
)
def test_a_formula_may_be_written_in_many_ways(desk, text):
    assert desk("surrogate_gradients/derive").judge([[text]])[0][0] == "RIGHT"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("1 / (2 * c", "the end"),
        ("1 / 2c", "`c`"),
        ("1 / (2 * c))", "`)`"),
        ("def alpha(c): return 1", "`alpha`"),
        ("1 / $c", "`$c`"),
        ("[c]", "`[c]`"),
        ("lambda c: c", "`c`"),
        ("1 / (2 * d)", "NameError: name 'd' is not defined"),
        ("beta(c)", "NameError: name 'beta' is not defined"),
        ("constructor(c)", "NameError"),
        ("constructor", "NameError"),
        ("1 / (c - c)", "ZeroDivisionError"),
        ("log(-c)", "ValueError"),
        ("exp(1000 * c + 1000)", "OverflowError"),
        ("c > 1", "True or False"),
        ("sum(3)", "TypeError"),
        ("(" * 20_000 + "c", "no formula"),
        ("min(c for c in c)", "TypeError"),
        ("range(3)", "a list"),
        ("sum(c for m in range(1e9))", "MemoryError"),
    ],
)
def test_what_is_no_formula_is_told(desk, text, words):
    kind, said = desk("surrogate_gradients/derive").judge([[text]])[0]
    assert kind == "NOT_YET"
    assert words.replace("`", "") in said


def test_an_empty_formula_is_no_answer(desk):
    said = desk("surrogate_gradients/derive").judge([[" "]])[0]
    assert said == as_page(check("surrogate_gradients/derive"))


# --- what a reader types -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("0.4", None),
        (" 0.4 ", None),
        ("0,4", "0.4"),
        ("2/5", "0.4"),
        ("2 / 5", "0.4"),
        (".4", "0.4"),
        ("4e-1", "0.4"),
        ("+0.4", "0.4"),
        ("(0.4)", None),
    ],
)
def test_a_number_may_be_written_in_many_ways(desk, text, read):
    verdict, _, *more = desk("setup/one-third").judge([[text]])[0]
    assert (verdict, more) == ("RIGHT", [f"Read as {read}."] if read else [])


@pytest.mark.parametrize("text", ["−0,4", "- 0.4", "–2/5"])
def test_each_minus_is_one(desk, text):
    said = desk("setup/one-third").judge([[text]])[0]
    assert "negative" in said[1]


@pytest.mark.parametrize("text", ["", "   ", "\t"])
def test_an_empty_field_is_no_answer(desk, text):
    verdict, said = desk("setup/one-third").judge([[text]])[0]
    assert [verdict, said] == as_page(check("setup/one-third"))


def test_what_is_missing_is_named(desk):
    said = desk("reset/warm-up").judge([["6", ""]])[0]
    assert said == as_page(check("reset/warm-up", [6, ...]))


@pytest.mark.parametrize("text", ["abc", "0.4 V", "1/0", "0.4.1", "1/2/3", "<b>", "0x4", "1 2"])
def test_nonsense_is_not_right_and_breaks_nothing(desk, text):
    verdict, said, *_ = desk("setup/one-third").judge([[text]])[0]
    assert verdict == "NOT_YET"
    assert len(said) > 20


@pytest.mark.parametrize(
    "text",
    ["[0, 1, 0, 1, 0]", "0, 1, 0, 1, 0", "0 1 0 1 0", "0; 1; 0; 1; 0", "01010", "(0, 1, 0, 1, 0)"],
)
def test_a_list_may_be_written_in_many_ways(desk, text):
    said = desk("setup/run-it-again").judge([[text, "[1, 0, 1, 0, 1]"]])[0]
    assert said[0] == "RIGHT"


def test_a_list_may_have_decimal_commas_between_semicolons(desk):
    text = "1,5; 3; 4,5; 6; 7,5; 9; 10,5; 12; 13,5; 15"
    verdict, _, read = desk("visualization/break").judge([[text]])[0]
    assert verdict == "RIGHT"
    assert read == "Read as [1.5, 3, 4.5, 6, 7.5, 9, 10.5, 12, 13.5, 15]."


def test_a_whole_number_may_be_grouped(desk):
    shapes = ["[5, 32, 784]", "[5, 32, 300]", "[32, 10]"]
    for number in ("238510", "238,510", "238_510"):
        assert desk("classifier/warm-up").judge([[*shapes, number, "1,500"]])[0][0] == "RIGHT"


# --- the page ------------------------------------------------------------------------------------

CHOOSE = "reset/choose"


def fill(page):
    """Answer reset/choose by mouse and keyboard."""
    for label, choice in (("A", "False"), ("B", "True")):
        page.get_by_role("radiogroup", name=label, exact=True).get_by_label(choice).check()
    page.get_by_label("first step").fill("16")
    page.get_by_label("C", exact=True).fill("soft")
    page.get_by_label("D", exact=True).fill("hard")
    page.get_by_label("D", exact=True).press("Enter")


def test_an_answer_lasts_until_it_is_cleared(desk):
    page = desk(CHOOSE, "reset/break").page
    fill(page)
    form = page.locator("form").first
    said = form.locator("output").inner_text()
    assert said == "Right. " + ALL[CHOOSE].sentences["passed"]
    page.get_by_label("Your answer").fill("0, 1")
    page.reload()
    assert form.locator("output").inner_text() == said
    assert page.get_by_label("first step").input_value() == "16"
    assert page.get_by_role("radiogroup", name="A", exact=True).get_by_label("False").is_checked()
    # What was typed and not handed in is there too, without a verdict.
    assert page.get_by_label("Your answer").input_value() == "0, 1"
    assert page.locator("output").last.inner_text() == ""
    page.get_by_role("button", name=in_page.CLEAR).click()
    for _ in range(2):
        assert page.evaluate("localStorage.length") == 0
        assert page.locator("output").all_inner_texts() == ["", ""]
        assert page.get_by_label("first step").input_value() == ""
        assert page.locator(":checked").count() == 0
        page.reload()


def test_each_exercise_keeps_its_own(desk):
    page = desk(CHOOSE, "reset/break").page
    page.get_by_label("Your answer").fill("7")
    assert page.evaluate("Object.keys(localStorage)") == ["snnbook/answer/reset/break"]


@pytest.mark.parametrize("kept", ["{", "null", "7", '{"typed": ["1", "2"]}', '{"typed": null}'])
def test_what_is_kept_may_be_anything(desk, kept):
    page = desk("reset/break").page
    page.evaluate("kept => localStorage.setItem('snnbook/answer/reset/break', kept)", kept)
    page.reload()
    page.get_by_label("Your answer").fill("0")
    page.get_by_role("button", name="Check").click()
    assert page.locator("output").inner_text().startswith("Not yet.")


def test_a_browser_may_keep_nothing(desk):
    opened = desk("reset/break")
    opened.context.add_init_script(
        "Object.defineProperty(window, 'localStorage', {get() { throw new Error('forbidden') }})"
    )
    opened.page.reload()
    assert opened.judge([["0 1 2 3 4 5 6 7 8 9"]])[0][0] == "RIGHT"


def test_a_verdict_goes_when_the_answer_changes(desk):
    page = desk("reset/break").page
    page.get_by_label("Your answer").fill("0")
    page.get_by_role("button", name="Check").click()
    assert page.locator("output").inner_text()
    page.get_by_label("Your answer").press_sequentially("1")
    assert page.locator("output").inner_text() == ""


def test_the_keyboard_is_enough(desk):
    page = desk("setup/draw-again").page
    page.get_by_role("button", name=in_page.CLEAR).focus()
    for arrow in ("ArrowLeft", "ArrowRight", "ArrowRight"):  # the last of two, or the first
        page.keyboard.press("Tab")
        page.keyboard.press("Space")
        page.keyboard.press(arrow)
        page.keyboard.press(arrow)
        page.keyboard.press("ArrowRight" if arrow == "ArrowRight" else "Space")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.locator("output").inner_text().startswith("Right.")


@pytest.mark.parametrize("name", SHEETS)
def test_no_answer_is_readable_at_a_glance(name):
    html = in_page.html_of(name, "A title", SHEETS[name], "book/page")
    exercise = ALL[name]
    sentences = [exercise.sentences[key] for key in ("passed", *exercise.wrong)]
    assert not [sentence for sentence in sentences if sentence in html]


def test_without_scripts_there_is_the_notebook(desk):
    page = desk("reset/break", java_script_enabled=False).page
    assert not page.locator("form").is_visible()
    assert not page.locator(".snn-answers").is_visible()
    link = page.get_by_role("link", name="Download this chapter's notebook")
    assert link.is_visible()
    assert link.get_attribute("href") == "../_sources/book/page.ipynb"


@pytest.mark.parametrize("scripts", [True, False])
def test_on_paper_there_is_a_line_to_write_on(desk, scripts):
    page = desk("reset/break", CHOOSE, java_script_enabled=scripts).page
    page.emulate_media(media="print")
    field = page.locator("input[type=text]").first
    assert field.is_visible()
    assert (
        not page.locator("button, output, .snn-notebook, .snn-answers").filter(visible=True).all()
    )
    looks = "e => [e.clientWidth, getComputedStyle(e).borderWidth, getComputedStyle(e).borderColor]"
    width, border, colour = field.evaluate(looks)
    assert (width > 300, border, colour) == (True, "0px 0px 1px", "rgb(0, 0, 0)")
