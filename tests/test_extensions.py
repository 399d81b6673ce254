"""The book's own Sphinx extensions."""

from importlib.metadata import distribution

import carriage_returns
import cover
import edition
import no_inline
import page_fonts
import page_head
import pytest
import short_tracebacks
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
            "extensions = ['mathml', 'cover', 'term_lists']\n"
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


def test_a_formula_needs_its_characters_and_their_slanted_forms():
    formula = "<math><mi>h</mi><mo>&lt;</mo><annotation>\\gamma</annotation></math>"
    assert page_fonts.math_characters(f"<p>abc</p>{formula}") == {"h", "ℎ", "<"}
    root = "<math><msqrt><mn>2</mn></msqrt></math>"
    assert page_fonts.math_characters(root) == {"2", "√"}


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


# --- no_inline -----------------------------------------------------------------------------------

INLINE = """<head><script data-a="1">let a = 1 < 2;</script><script src="b.js"></script>
<style>p { color: red }</style></head><body><!-- <p style="x"> -->
<p class="one" style="margin: 0">x</p><p style='margin: 0' alt="a style='b'">y</p>
<button type="button" onclick="go(&quot;x&quot;)">go</button>
<script type="application/json">{"style": "<p style=''>"}</script>
<script type="module">const own = "<p style='a'>";</script><br style="clear: both" /></body>"""


@pytest.fixture
def moved(tmp_path):
    """A page without code of its own, and the folder that has it now."""
    files = no_inline.Files(tmp_path)
    page = files.page(INLINE, "../_static")
    files.write()
    return BeautifulSoup(page, "html.parser"), tmp_path


def test_what_a_page_had_of_its_own_is_in_files(moved):
    page, folder = moved
    inline = [s for s in page.select("script:not([src])") if s["type"] != "application/json"]
    assert not inline
    assert not page.select("style, [style], [onclick]")
    first, other, module = page.select("script[src]")
    assert other["src"] == "b.js"
    assert first["data-a"] == "1"
    assert not first.has_attr("defer")
    assert module.has_attr("defer")
    assert not module.has_attr("type")
    read = {
        tag: (folder.parent / tag[3:].replace("_static", folder.name)).read_text()
        for tag in (first["src"], module["src"], page.select_one("link")["href"])
    }
    assert read[first["src"]] == "let a = 1 < 2;"
    assert "const own = \"<p style='a'>\";" in read[module["src"]]
    assert [*read.values()][2] == "p { color: red }"
    data = page.select_one("script[type='application/json']")
    assert data.string == """{"style": "<p style=''>"}"""
    assert "<!-- <p style" in str(page)


def test_styles_and_handlers_become_classes(moved):
    page, folder = moved
    one, two = page.select("p")
    assert one["class"] == ["one", *two["class"]]
    assert two["alt"] == "a style='b'"
    rules = (folder / "inline.css").read_text().splitlines()
    assert rules[0] == f".{two['class'][0]}:not(#a#b#c) {{ margin: 0 }}"
    assert len(rules) == 2
    (handler,) = (folder / "inline.js").read_text().splitlines()
    assert f".{page.button['class'][0]}" in handler
    assert 'addEventListener("click", function (event) { go("x") })' in handler


def test_a_page_without_code_stays_as_it_is_and_others_keep_their_rules(moved):
    page, folder = moved
    before = (folder / "inline.css").read_text()
    files = no_inline.Files(folder)
    assert files.page(str(page), "../_static") == str(page)
    files.write()
    assert (folder / "inline.css").read_text() == before
