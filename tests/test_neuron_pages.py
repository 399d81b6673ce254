"""The reference's pages of neurons, and the links to them: all that they say is the class's own."""

import re
from pathlib import Path

import neuron_pages
import pytest
import torch
from bs4 import BeautifulSoup
from sphinx.testing.util import SphinxTestApp

from snnbook import neuron
from snnbook.fields import Fraction, Number, TimeConstant
from snnbook.neuron import BaseNode

HTML = Path(__file__).parents[1] / "_build" / "html"
KINDS = neuron_pages.neurons()
each = pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
built = pytest.mark.skipif(
    not (HTML / "index.html").exists(), reason="the book is not built; `make book` builds it"
)


class SquareNode(BaseNode):
    """It squares its input.

    Then it goes on. Source: Nobody 2000, doi:10.1000/nobody.1.

    Args:
        gain: how strongly.
        rise: what `b` is at first.
        b_tau: how slowly `b` forgets.
    """

    gain: Fraction = 0.5
    rise: Number = 0.0
    b_tau: TimeConstant = 4.0

    states = {"b": "rise"}  # noqa: RUF012

    def charge(v, x, b, gain):
        """H[t]."""
        return v + gain * x**2 - b

    def update_b(b, s, b_tau):
        """B[t]."""
        return b - b / b_tau + s


class SilentNode(SquareNode):
    """A neuron that says nothing of where it is from."""


class MeaninglessNode(SquareNode):
    """A neuron with a field that nobody explains.

    Source: the book's own.
    """

    more: Number = 1.0

    def charge(v, x, more):
        """H[t]."""
        return v + more * x


# --- what is read from a class -------------------------------------------------------------------


def test_every_neuron_is_found():
    classes = {name for name, one in vars(neuron).items() if hasattr(one, "charge")}
    assert set(KINDS) == classes
    assert len(KINDS) > 9


@each
def test_the_fields_are_those_of_the_class(kind):
    rows = {row.name: row for row in neuron_pages.rows(kind)}
    assert all(row.default == repr(kind._fields[name].default) for name, row in rows.items())
    assert all(len(row.meaning) > 5 for row in rows.values())
    shared = re.findall(r"`(\w+)`", neuron_pages.shared(kind))
    assert sorted([*rows, *shared]) == sorted(kind._fields)
    numbers = [v for one in kind().dynamics().equations() for v in one.arguments]
    assert {name for name in numbers if name in kind._fields} <= set(rows)


@each
def test_a_field_may_be_what_the_page_says(kind):
    for row in neuron_pages.rows(kind):
        check = kind._fields[row.name].check
        if row.wanted == "True or False":
            assert check(True) is True
            continue
        assert row.wanted.startswith("number")
        bounds = re.search(r", (at least|above|from) (\S+?)(?: to (\S+))?(?:,|$)", row.wanted)
        for value in (-1e6, 1e6):
            if not bounds:
                assert check(value) == value
        if bounds:
            word, low, high = bounds[1], float(bounds[2]), float(bounds[3] or 1e6)
            assert check(high) == high
            assert check(low + 0.001) == low + 0.001
            for wrong in (low - 0.001, *[low] * (word == "above"), *[high + 1] * (word == "from")):
                with pytest.raises(ValueError, match="wanted"):
                    check(wrong)
        if "tensor" in row.wanted:
            assert isinstance(check(torch.tensor(1.0)), torch.Tensor)
        else:
            with pytest.raises(TypeError):
                check(torch.tensor(1.5))
        if row.wanted.endswith("or None"):
            assert check(None) is None
        else:
            with pytest.raises(TypeError):
                check(None)


@each
def test_the_lines_of_code_run_and_give_the_default_layer(kind):
    names = {"x": torch.ones(2), "x_seq": torch.ones(3, 2)}
    exec(neuron_pages.call(kind), names)
    out = "s" if issubclass(kind, BaseNode) else "v"
    assert names[out].shape == (2,)
    assert names[f"{out}_seq"].shape == (3, 2)
    assert type(names["layer"]) is kind
    names["layer"].step_mode = "s"
    assert names["layer"].extra_repr() == kind().extra_repr()


@each
def test_the_class_as_it_is_written_is_the_class(kind):
    text = neuron_pages.written(kind)
    assert '"""' not in text
    names = dict(vars(neuron))
    exec(text, names)
    again = names[kind.__name__]
    assert again is not kind
    assert again().equations() == kind().equations()
    assert again().extra_repr() == kind().extra_repr()


@each
def test_each_setting_that_changes_the_formulas_is_named(kind):
    named = dict(neuron_pages.variants(kind))
    for setting, changed in named.items():
        (other,) = [eval(f"kind({setting})", {"kind": kind})]
        assert set(changed) == set(other.equations()) - set(kind().equations()) != set()
    flags = [row.name for row in neuron_pages.rows(kind) if row.wanted == "True or False"]
    assert [setting.partition("=")[0] for setting in named] == [
        *flags,
        *["v_reset"] * issubclass(kind, BaseNode),
    ]


@each
def test_each_neuron_has_a_source(kind):
    source = neuron_pages.told(kind).source
    assert neuron_pages.dois(source) or "the book's own" in source


@pytest.mark.parametrize(
    ("source", "doi"),
    [
        ("A 2000, doi:10.1/a(b)-c. More.", "10.1/a(b)-c"),
        ("A 2000, doi:10.1/a;", "10.1/a"),
        ("A 2023, arXiv:2302.09238.", "10.48550/arxiv.2302.09238"),
    ],
)
def test_a_doi_ends_before_the_mark(source, doi):
    assert neuron_pages.dois(source) == [doi]


def test_the_equation_of_the_step_says_its_number():
    live = neuron_pages.live(SquareNode)
    x = live.step.x_seq[:, 0]
    assert not x[: neuron_pages.BEGINS].any()
    assert (x[neuron_pages.BEGINS :] == live.step.values["x"]).all()
    assert len(x) == neuron_pages.STEPS


def test_a_slider_that_would_move_nothing_is_woken_or_left_out():
    live = neuron_pages.live(neuron.IzhikevichNode)
    assert live.woken == {"a": ["tau_w"]}
    assert live.step.values["a"] == neuron_pages.AWAKE
    for figure in live[:2]:
        names = [slider["name"] for slider in figure.spec["sliders"]]
        assert all(neuron_pages.moved(figure, name) for name in names)


@pytest.mark.parametrize("kind", [k for k in KINDS.values() if issubclass(k, BaseNode)])
def test_a_figure_begins_where_the_neuron_fires(kind):
    x = neuron_pages.first_x(kind())
    rate = neuron_pages.rates(kind(), torch.tensor([x]))
    assert 0 < float(rate) < 1


@each
def test_a_broken_formula_is_the_printed_one(kind):
    for _, right in kind().equations():
        lines = neuron_pages.broken(right)
        whole = re.sub(r" \\\\ &(?:\\quad)?", "", lines)
        whole = re.sub(r"\\begin\{aligned\} & (.*) \\end\{aligned\}", r"\1", whole)
        assert whole == right
        assert (lines == right) == (
            neuron_pages.length(right) <= neuron_pages.LETTERS or "ReLU" in right
        )


# --- a small book --------------------------------------------------------------------------------


@pytest.fixture
def build(tmp_path):
    """Build a small book with these extensions; return a page by its name, and the warnings."""

    def built(text, **settings):
        source = tmp_path / "source"
        source.mkdir(exist_ok=True)
        extensions = ["sphinx.ext.autodoc", "mathml", "cover", "figures"]
        lines = [
            f"extensions = {[*extensions, 'neuron_pages', 'code_links']}",
            "html_math_renderer = 'mathml'\nhtml_theme = 'basic'\ndefault_role = 'code'",
            *(f"{name} = {value!r}" for name, value in settings.items()),
        ]
        (source / "conf.py").write_text("\n".join(lines))
        (source / "index.rst").write_text(text)
        app = SphinxTestApp("html", srcdir=source, freshenv=True)
        try:
            app.build()
            pages = {
                str(path.relative_to(app.outdir)): BeautifulSoup(
                    path.read_text("utf-8"), "html.parser"
                )
                for path in Path(app.outdir).rglob("*.html")
            }
            return pages, app.warning.getvalue()
        finally:
            app.cleanup()

    return built


INDEX = """
Reference
=========

.. py:class:: snnbook.node.BaseNode
.. py:class:: snnbook.node.Node

.. toctree::
   :glob:

   neurons/*

.. neuron-list::

After `LIFNode` there is `SquareNode` and again `SquareNode`, and `neuron.SquareNode(gain=1)`.
"""


@pytest.fixture
def one_neuron(monkeypatch):
    """Have one neuron in the package: a new one."""

    def only(kind):
        monkeypatch.setattr(neuron, "__all__", ["BaseNode", kind.__name__])
        monkeypatch.setattr(neuron, kind.__name__, kind, raising=False)

    return only


def test_a_new_neuron_has_a_page_by_itself(build, one_neuron):
    one_neuron(SquareNode)
    pages, warnings = build(INDEX)
    assert warnings == ""
    page = pages["neurons/SquareNode.html"]
    assert page.h1.text.startswith("SquareNode")
    assert page.select_one("[id='snnbook.neuron.SquareNode']")
    first, *others = page.select("math annotation")
    assert first.text == neuron_pages.aligned(SquareNode().equations())
    assert len(others) == len(list(neuron_pages.variants(SquareNode)))
    head, *rows = [[c.text.strip() for c in row.select("th, td")] for row in page.select("tr")]
    assert head == ["Field", "Default", "May be", "Meaning"]
    assert [tuple(row) for row in rows] == [
        ("gain", "0.5", "number or tensor, from 0 to 1", "how strongly."),
        ("rise", "0.0", "number or tensor", "what b is at first."),
        ("b_tau", "4.0", "number or tensor, at least 1", "how slowly b forgets."),
        ("v_threshold", "1.0", "number or tensor", rows[3][3]),
        ("v_reset", "0.0", "number or tensor, or None", rows[4][3]),
    ]
    assert [
        len(f.select(".snn-explore img.snn-still[alt]")) for f in page.select("figure.live-figure")
    ] == [1, 1]
    assert (
        page.select_one("a[href='https://doi.org/10.1000/nobody.1']").text == "doi:10.1000/nobody.1"
    )
    codes = [code.text.strip() for code in page.select("div.highlight pre")]
    assert codes == [neuron_pages.call(SquareNode), neuron_pages.written(SquareNode)]
    index = pages["index.html"]
    assert index.select_one("dl.neuron-list dt a[href='neurons/SquareNode.html']")
    # A name leads to its page, once; what the package hasn't leads nowhere.
    (link,) = index.select("section > p a.reference")
    assert link["href"] == "neurons/SquareNode.html#snnbook.neuron.SquareNode"
    assert link.code.text == "SquareNode"


def test_a_neuron_without_spikes_has_a_picture(build, one_neuron):
    one_neuron(neuron.LINode)
    pages, warnings = build(INDEX)
    assert warnings == ""
    picture = pages["neurons/LINode.html"].select_one("figure.live-figure picture img[alt]")
    assert picture["alt"].startswith("X is 0 for 10 steps, then 1.")


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        (SilentNode, "the docstring of SilentNode names no source"),
        (MeaninglessNode, "the docstring of MeaninglessNode doesn't say what more means"),
    ],
)
def test_a_docstring_that_lacks_something_is_an_error(build, one_neuron, kind, error):
    one_neuron(kind)
    _, warnings = build(INDEX)
    assert error in warnings


def test_the_source_of_a_neuron_that_is_no_more_goes(tmp_path, build, one_neuron):
    old = tmp_path / "source" / "neurons" / "GoneNode.rst"
    old.parent.mkdir(parents=True)
    old.write_text("GoneNode\n========\n\n.. neuron:: GoneNode\n")
    one_neuron(neuron.LINode)
    pages, _ = build(INDEX)
    assert not old.exists()
    assert "neurons/GoneNode.html" not in pages


# --- the built book ------------------------------------------------------------------------------


@built
@each
def test_what_stands_on_the_page_is_the_class(kind):
    path = HTML / "book" / "neurons" / f"{kind.__name__}.html"
    page = BeautifulSoup(path.read_text("utf-8"), "html.parser").article
    assert page.math.annotation.text == neuron_pages.aligned(kind().equations())
    rows = [[c.text.strip() for c in row.select("td")] for row in page.select("tbody tr")]
    assert [row[:3] for row in rows] == [list(row[:3]) for row in neuron_pages.rows(kind)]
    live = page.select(".snn-explore img.snn-still[alt]")
    assert len(live) == (2 if issubclass(kind, BaseNode) else 0)
    links = {link["href"].lower() for link in page.select("a[href]")}
    for doi in neuron_pages.dois(neuron_pages.told(kind).source):
        assert f"https://doi.org/{doi}" in links


@built
def test_the_chapters_lead_to_the_neurons():
    led = set()
    for path in (HTML / "book").glob("*.html"):
        if not path.name.startswith("api"):
            page = BeautifulSoup(path.read_text("utf-8"), "html.parser")
            found = [link["href"] for link in page.select("article a[href^='neurons/']")]
            assert len(found) == len(set(found)), "the first use suffices"
            led |= set(found)
    assert {
        "neurons/LIFNode.html#snnbook.neuron.LIFNode",
        "neurons/IFNode.html#snnbook.neuron.IFNode",
    } <= led
