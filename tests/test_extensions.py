"""The book's own Sphinx extensions."""

import re
from importlib.metadata import distribution

import carriage_returns
import cover
import drawing
import edition
import folded
import one_equation
import page_fonts
import page_head
import pytest
import short_tracebacks
import used_styles
from bs4 import BeautifulSoup
from docutils.core import publish_doctree
from fontTools.ttLib import TTFont
from sphinx.testing.util import SphinxTestApp

PAGE = r"""
Title
=====

A potential :math:`V_{\text{threshold}}` in a sentence, see :eq:`sum`.

.. math:: H[t] = V[t-1] + \frac{X[t]}{\tau}
   :label: sum

.. math::

   a &= b \\
     &= c

.. math::
   :nowrap:

   \begin{align}
   d &= e \\
     &= f
   \end{align}
"""


@pytest.fixture
def build(tmp_path):
    """Build pages with the book's extensions; return the first page and the warnings."""

    def built(text, **others):
        source = tmp_path / "source"
        source.mkdir()
        (source / "conf.py").write_text(
            "extensions = ['mathml', 'cover', 'term_lists', 'cited']\n"
            "html_math_renderer = 'mathml'\nhtml_theme = 'basic'\n"
        )
        for name, content in {"index": text, **others}.items():
            (source / f"{name}.rst").write_text(content)
        app = SphinxTestApp("html", srcdir=source, freshenv=True)
        try:
            app.build()
            page = (app.outdir / "index.html").read_text("utf-8")
            return BeautifulSoup(page, "html.parser"), app.warning.getvalue()
        finally:
            app.cleanup()

    return built


def test_formulas_become_mathml(build):
    page, warnings = build(PAGE)
    assert warnings == ""
    inline, displayed, lines, environment = page.select("math")
    assert inline.msub.mtext.text == "threshold"
    assert displayed["display"] == "block"
    assert displayed.mfrac.find_all("mi")[-1].text == "τ"
    assert len(lines.select("mtr")) == len(environment.select("mtr")) == 2
    assert not page.select("script[src*=mathjax i]")


def test_a_labelled_formula_has_its_number_once(build):
    page, _ = build(PAGE)
    assert [number.text.rstrip("¶") for number in page.select(".eqno")] == ["(1)"]
    assert page.select_one("a[href='#equation-sum']").text == "(1)"
    # An environment that numbers its lines itself must not.
    assert "(1)" not in page.select("math")[-1].text


def test_a_mark_stays_on_the_line_of_its_formula(build):
    page, _ = build("Title\n=====\n\nFirst :math:`a`, then (:math:`b`). Last :math:`c` -- ends.\n")
    assert [formula.math.next_sibling for formula in page.select("span.math")] == [",", ").", None]
    # Nothing is said twice or lost.
    for annotation in page.select("annotation"):
        annotation.decompose()
    assert page.p.text == "First a, then (b). Last c – ends."


def test_a_tag_is_the_number_of_its_formula_and_a_place_to_link_to(build):
    page, warnings = build("Title\n=====\n\n.. math:: a = b \\tag{2.10}\n")
    assert warnings == ""
    formula = page.select_one("div.math#equation-2-10")
    assert formula.select_one(".eqno").text.rstrip("¶") == "(2.10)"
    assert formula.math.annotation.text == "a = b"


def test_the_latex_stays_in_the_page(build):
    page, _ = build(PAGE)
    assert page.select("annotation")[0].text == r"V_{\text{threshold}}"


def test_latex_that_is_not_known_is_a_warning_with_its_line(build):
    page, warnings = build("Title\n=====\n\nA formula :math:`\\nonsense < 1`.\n")
    assert "index.rst:4: WARNING: cannot render" in warnings
    assert r"\nonsense" in warnings
    assert r"\nonsense < 1" in page.text


COVER = """
Cover
=====

.. toctree::
   :numbered:

   first
   second

.. chapter-cards::
"""
CHAPTER = """
One
===

**A claim about** :math:`V`.

You need: nothing · Reading: about 45 minutes · Running:
about 10 seconds.
"""


def test_a_chapter_has_a_card_with_its_own_words(build):
    page, warnings = build(COVER, first=CHAPTER, second="Two\n===\n\nNo claim.\n\nNo times.\n")
    assert warnings == ""
    (card,) = page.select(".chapter-cards > li")  # the second page says no times: it is no chapter
    title, claim, times = card.select("p")
    assert title.text == "1 One"
    assert title.a["href"] == "first.html"
    assert claim.strong.text == "A claim about"
    assert claim.math.mi.text == "V"
    assert times.text == "45 min to read · 10 s to run"


FIGURE = """
Title
=====

.. live-figure::

   from IPython.display import HTML
   words = "<b>{}</b>".format(2 + 3)
   HTML(words)
"""


def test_a_live_figure_is_what_its_last_line_gives(build):
    page, warnings = build(FIGURE)
    assert warnings == ""
    assert page.select_one(".live-figure > b").text == "5"
    assert "words" not in page.text


def test_a_live_figure_without_html_is_an_error_with_its_line(build):
    _, warnings = build(FIGURE.replace("HTML(words)", "len(words)"))
    assert "index.rst:5: ERROR: 8 has no HTML" in warnings


@pytest.mark.parametrize("code", ["", "x = 1"])
def test_a_live_figure_must_give_something(code):
    with pytest.raises(ValueError, match="the last line must give a figure"):
        cover.result(code)


TERMS = """
Title
=====

**Terms**, in the :doc:`glossary`: charge, time
constant, reset().

Not in the :doc:`glossary`: charge
"""
GLOSSARY = """
:orphan:

Glossary
========

.. glossary::

   charge
      One.

   time constant
      Two.
"""


def test_a_list_of_terms_links_to_the_glossary(build):
    text = TERMS.replace(", reset()", "")
    page, warnings = build(text, glossary=GLOSSARY)
    assert warnings == ""
    terms, other = page.select("section > p")
    links = [link["href"] for link in terms.select("a")]
    assert links == [
        "glossary.html",
        "glossary.html#term-charge",
        "glossary.html#term-time-constant",
    ]
    assert terms.text == "Terms, in the Glossary: charge, time constant."
    assert len(other.select("a")) == 1


def test_a_term_that_the_glossary_lacks_is_a_warning(build):
    _, warnings = build(TERMS, glossary=GLOSSARY)
    assert "term not in glossary: 'reset()'" in warnings


USES = """
Chapter
=======

A charge in the claim is no use of the term.

First section
-------------

Before its charges, a **soft reset** and ``reset()``.

A **charge** is the one in bold, the time
constant is here.

See :doc:`glossary`
"""
SUMMARY = """
**Terms**, in the :doc:`glossary`: charge, time constant.
"""


def test_the_first_use_of_a_term_leads_to_the_glossary_and_back(build):

    page, warnings = build(USES + SUMMARY, glossary=GLOSSARY)
    assert warnings == ""
    charge, constant = page.select(".term-use")
    assert charge.parent.parent.name == "strong"
    assert charge["data-sentence"] == "One."
    assert constant["data-sentence"] == "Two."
    assert constant.text.split() == ["time", "constant"]
    assert [use.find_parent("a")["href"] for use in (charge, constant)] == [
        "glossary.html#term-charge",
        "glossary.html#term-time-constant",
    ]


WORKS = """
Chapter
=======

Section
-------

See `Ada (1843) <https://doi.org/10.1/ADA>`_, twice: `here <https://doi.org/10.1/ada>`_.

Works
-----

See [Ada]_ and [Bea]_.
"""


def test_a_work_leads_back_to_the_section_that_cites_it(build):
    other = ":orphan:\n\n" + WORKS.replace("Chapter\n=======", "Other\n=====").replace(
        "[Ada]_ and [Bea]_", "nothing"
    )
    works = ".. [Ada] The first. `doi <https://doi.org/10.1/ada>`__\n.. [Bea] The second.\n"
    page, warnings = build(WORKS + "\n" + works, other=other)
    assert warnings == ""
    (line,) = page.select(".citation .way-back")
    assert line.text == "Cited in Section."
    assert line.a["href"] == "other.html#section"


CELL = """\
x = run()  # the run

for name in x:
    print(name)
# It stays below.
assert x.ok
for part in x:
    assert part > 0
"""


@pytest.mark.parametrize(
    ("source", "shown", "hidden", "summary"),
    [
        (
            CELL,
            "x = run()  # the run\n\nfor name in x:\n    print(name)",
            "# It stays",
            "✓ 2 claims",
        ),
        ("assert a\nprint(a)", "print(a)", "assert a", "✓ 1 claim checked"),
        # Between two steps an assertion is part of the story.
        ("assert layer.v == 1\nlayer.reset()", None, "", ""),
        ("for x in xs:\n    later = x\n    assert x", None, "", ""),
        ("for x in xs:\n    assert x\n    print(x)", None, "", ""),
        ("assert a\nassert b", "", "assert a\nassert b", "✓ 2 claims checked"),
        ("import torch\n\ndevice = book_device()\ntorch.manual_seed(0)", "", "import", "Imports"),
        ("def draw(ax):\n    ax.plot(x)", "", "def draw", "How it is drawn"),
        ("import torch\n\nx = torch.zeros(2)", None, "", ""),
        ("x = 1", None, "", ""),
    ],
)
def test_what_only_checks_or_draws_is_folded(source, shown, hidden, summary):
    parts = folded.split(source, {"later"})
    assert parts.shown == (source if shown is None else shown)
    assert parts.folded.startswith(hidden)
    assert bool(parts.folded) == bool(hidden)
    assert parts.summary.startswith(summary)


def test_the_code_of_a_drawn_figure_is_folded():
    assert folded.split("plt.plot(x)", set(), figure=True).summary == "How it is drawn"


def test_a_neuron_stands_in_both_spellings():
    from snnbook import neuron

    line = one_equation.returned(neuron.LIFNode)
    assert line == "v + (x - (v - v_reset)) / tau"
    assert one_equation.formula_of(line) == one_equation.formula(neuron.LIFNode)
    assert one_equation.formula_of("v + x") != one_equation.formula(neuron.LIFNode)


@pytest.fixture
def figure():
    """A figure with small letters, and words on a picture."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6, 3))
    left, right = figure.subplots(1, 2)
    left.plot([0, 1], color="#0072B2")
    left.set_title("small", fontsize=5)
    right.imshow([[0, 1], [1, 0]])
    right.text(0, 0, "on it", color="black")
    return figure


def points(svg):
    """Return the sizes of a drawing's letters."""
    return [100 * float(s) for s in re.findall(r"scale\((0\.\d+) -0\.\d+\)", svg)]


@pytest.mark.parametrize(("width", "least"), [drawing.WIDE, drawing.NARROW])
def test_a_drawing_has_its_width_and_no_small_letters(figure, width, least):
    svg = drawing.drawn(figure, width, least)
    assert f'viewBox="0 0 {72 * width:g} 216"' in svg
    assert min(points(svg)) == pytest.approx(least)


def test_a_figure_is_afterwards_as_it_was(figure):
    drawing.drawn(figure, *drawing.NARROW)
    assert figure.get_size_inches().tolist() == [6, 3]
    assert figure.axes[0].title.get_size() == 5
    assert figure.get_layout_engine() is None


def test_a_narrow_drawing_makes_room_for_words():
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 2))
    panels = figure.subplots(1, 5)
    for axes in panels:
        axes.set_title("two long words here")
        axes.set(xticks=range(0, 1000, 100), xlim=(0, 1000))
    with drawing.resized(figure, *drawing.NARROW):
        assert panels[0].title.get_text() == "two\nlong\nwords\nhere"
        shown = [label.get_text() for label in panels[0].get_xticklabels()]
        assert shown == ["0", "200", "400", "600", "800"]
    assert panels[0].title.get_text() == "two long words here"
    assert len(panels[0].get_xticklabels()) == 10


def test_two_panels_stand_below_each_other_where_there_is_no_room_beside():
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 3), layout="constrained")
    left, right = figure.subplots(1, 2, sharey=True)
    left.set_ylabel("rate")

    def below():
        figure.draw_without_rendering()
        return left.get_window_extent().y0 > right.get_window_extent().y1

    before = points(drawing.drawn(figure, *drawing.WIDE))
    with drawing.resized(figure, *drawing.WIDE):
        assert not below()
    with drawing.resized(figure, *drawing.NARROW):
        assert below()
        assert right.get_ylabel() == "rate"
        assert right.get_yticklabels()
    assert not below()
    assert right.get_ylabel() == ""
    assert points(drawing.drawn(figure, *drawing.WIDE)) == before


def test_a_drawing_has_the_colours_of_its_page(figure):
    svg = drawing.drawn(figure, *drawing.WIDE)
    assert "prefers-color-scheme:dark" in svg
    assert "stroke: var(--potential)" in svg
    # All that matplotlib draws black or white follows the page, but for words on a picture.
    assert not re.search(r"(fill|stroke): #(000000|ffffff|0072b2)", svg)
    assert 'id="kept-1-0"' in svg


def test_a_formula_needs_its_characters_and_their_slanted_forms():
    formula = "<math><mi>h</mi><mo>&lt;</mo><annotation>\\gamma</annotation></math>"
    assert page_fonts.math_characters(f"<p>abc</p>{formula}") == {"h", "ℎ", "<"}
    root = "<math><msqrt><mn>2</mn></msqrt></math>"
    assert page_fonts.math_characters(root) == {"2", "√"}


@pytest.mark.parametrize(
    ("sheet", "kept"),
    [
        (".on{a:b}.off{a:b}", ".on{a:b}"),
        (".on,.off .on,p{a:b}", ".on,p{a:b}"),
        # One of many, or none: such an element can be there.
        (":is(.on,.off){a:b}p:not(.off){a:b}[x='.off']{a:b}", None),
        ("@media print{.off{a:b}}@media (x){.off{a:b}.on{a:url('{.off}')}}",
         "@media (x){.on{a:url('{.off}')}}"),
        ("@charset 'x';@font-face{a:.5}@keyframes off{to{a:b}}/* .off{ */", None),
        (".on{a:1.5;b:c}", None),
    ],
)  # fmt: skip
def test_only_the_rules_in_use_stay(sheet, kept):
    wanted = sheet.partition("/*")[0] if kept is None else kept
    assert used_styles.used(sheet, {"on", "p"}) == wanted


def test_only_the_icons_in_use_stay():
    mark = '.fa-close:before,.fa-xmark:before{content:"\\f00d"}'
    others = '.fa-sun:before{content:"\\f185"}', '.fa-x:before{content:"\\58"}'
    sheet = f"@media print{{{others[0]}{mark}a{{color:red}}}}{others[1]}"
    kept, characters = page_fonts.icons_in_use(sheet, '<i class="fa-solid fa-xmark">')
    assert kept == f"@media print{{{mark}a{{color:red}}}}"
    assert characters == {"\uf00d"}


def test_a_part_of_a_font_draws_what_was_asked_for(tmp_path):
    font = distribution("ziamath").locate_file(page_fonts.MATH_FONT)
    page_fonts.cut(font, {"τ", "("}, tmp_path / "part.woff2")
    with TTFont(tmp_path / "part.woff2") as part:
        assert set(part.getBestCmap()) == set(map(ord, "τ()"))  # a bracket brings its mirror
        # Larger brackets, and the pieces of the largest.
        assert "parenleft" in part["MATH"].table.MathVariants.VertGlyphCoverage.glyphs


TRACEBACK = """\
---------------------------------------------------------------------------
RuntimeError                              Traceback (most recent call last)
Cell In[5], line 2
      1 y = (x**2).sum()
----> 2 y.backward()

File /somewhere/torch/_tensor.py:623, in Tensor.backward(self)
    622 )
--> 623 torch.autograd.backward(

File /somewhere/torch/autograd/__init__.py:395, in backward(tensors)
--> 395     raise RuntimeError("again")

RuntimeError: again

Two paragraphs."""

SHORT = """\
---------------------------------------------------------------------------
RuntimeError                              Traceback (most recent call last)
Cell In[5], line 2
      1 y = (x**2).sum()
----> 2 y.backward()

(calls inside the libraries)

RuntimeError: again

Two paragraphs."""


def test_calls_inside_libraries_become_one_line():
    assert short_tracebacks.shortened(TRACEBACK) == SHORT


def test_of_a_progress_bar_the_last_state_stays():
    bar = "\r  0%|  |\r 50%|█ |\r100%|██|\nvalidation: 98 %\n"
    assert carriage_returns.overwritten(bar) == "100%|██|\nvalidation: 98 %\n"
    assert carriage_returns.overwritten("one\r\ntwo\n") == "one\ntwo\n"
    pieces = [
        {"output_type": "stream", "name": "stdout", "text": text} for text in ("a\r", "b", "c")
    ]
    shown = {"output_type": "display_data"}
    assert carriage_returns.joined([pieces[0], shown, *pieces[1:]]) == [
        {"output_type": "stream", "name": "stdout", "text": "bc\n"},
        shown,
    ]


def test_a_call_back_into_the_notebook_stays():
    back = "Cell In[4], line 1, in charge(v, x)\n----> 1 return v + x\n\nRuntimeError: again"
    there = TRACEBACK.replace("RuntimeError: again", back)
    assert short_tracebacks.shortened(there) == SHORT.replace("RuntimeError: again", back)


@pytest.mark.parametrize("text", [SHORT, "SyntaxError: invalid syntax", ""])
def test_other_messages_stay_as_they_are(text):
    assert short_tracebacks.shortened(text) == text


@pytest.fixture
def repository(tmp_path, monkeypatch):
    """A git repository with one commit of one file."""
    for name in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{name}_NAME", "A. Author")
        monkeypatch.setenv(f"GIT_{name}_EMAIL", "author@example.org")
        monkeypatch.setenv(f"GIT_{name}_DATE", "2026-01-02T03:04:05Z")
    # A hook that runs the tests may have set these for its own repository.
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "page.md").write_text("# Page")
    edition.git(tmp_path, "init", "--quiet")
    edition.git(tmp_path, "add", "page.md")
    edition.git(tmp_path, "commit", "--quiet", "--message", "first")
    return tmp_path


def test_the_foot_names_the_commit(repository):
    commit = edition.git(repository, "rev-parse", "--short", "HEAD")
    told = edition.edition(repository, anew=True)
    assert told == f"Executed and built at commit {commit} of 2026-01-02."
    # With outputs of an earlier run, nobody knows at which commit they were executed.
    assert "Executed" not in edition.edition(repository, anew=False)


def test_the_foot_tells_of_changes_since_the_commit(repository):
    (repository / "page.md").write_text("# Another page")
    assert "with changes since then" in edition.edition(repository, anew=True)


def test_the_foot_says_why_the_commit_is_not_known(repository, monkeypatch, tmp_path):
    inside = repository / "copy"
    inside.mkdir()
    assert "outside its git repository" in edition.edition(inside, anew=True)
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "nowhere"))
    assert "outside a git repository" in edition.edition(repository, anew=True)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "without git" in edition.edition(repository, anew=True)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("Title\n=====\n\n**One claim; for v 0.1 of**\n*it*. More.", "One claim; for v 0.1 of it."),
        ("Title\n=====\n\nNo end", "No end"),
        ("Title\n=====\n", ""),
    ],
)
def test_a_page_is_described_by_its_first_sentence(text, sentence):
    assert page_head.description(publish_doctree(text)) == sentence
