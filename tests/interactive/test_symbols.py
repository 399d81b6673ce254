"""Symbols have the colour of their marks and light up with them; what is empty says why."""

import pytest
import torch
from live import noisy
from pictures import panels

from snnbook import equation as eq
from snnbook.interactive import explore
from snnbook.neuron import BaseNode, IFNode, LIFNode

pytestmark = pytest.mark.usefixtures("no_still")

SECTION = """<section><p>The input <code>x</code> moves
<math><mi>V</mi></math> to <math><msub><mi>V</mi><mtext>threshold</mtext></msub></math>;
<code>tau</code>, <code>print</code>.</p>
<div class="highlight"><pre><span class="n">v</span> + <span class="n">x</span></pre></div>
{}</section>"""
COLOR = "(e) => getComputedStyle(e).color"


def test_symbols_around_a_figure_have_its_colours(show):
    page = show(SECTION.format(explore(LIFNode(tau=10.0), 1.2).to_html()))
    found = page.evaluate(
        """() => [...document.querySelectorAll("p .snn-symbol, pre .snn-symbol")].map(
             (e) => [e.textContent, e.dataset.symbol])"""
    )
    assert found == [
        ["x", "x"],
        ["V", "v"],
        ["Vthreshold", "v_threshold"],
        ["tau", "tau"],
        ["v", "v"],
        ["x", "x"],
    ]
    code = page.locator("p code").first.evaluate(COLOR)
    assert code == page.locator("pre span.n").last.evaluate(COLOR)
    assert code != page.locator("p code").last.evaluate(COLOR)


def test_what_is_pointed_at_lights_up_everywhere(show):
    page = show(SECTION.format(explore(LIFNode(tau=10.0), 1.2).to_html()))
    width = "getComputedStyle(document.querySelector('path.potential')).strokeWidth"
    before = page.evaluate(width)
    page.locator("math .snn-symbol").first.hover()
    assert page.evaluate(width) > before
    lit = "[...new Set([...document.querySelectorAll('.snn-lit')].map((e) => e.dataset.symbol))]"
    assert page.evaluate(lit) == ["v"]
    page.locator("p code").first.hover()
    assert page.evaluate(lit) == ["x"]
    assert page.evaluate(width) == before
    page.locator("label code", has_text="v_threshold").hover()
    assert page.evaluate(lit) == ["v_threshold"]


def why(page, values=None):
    """What a picture says where it is empty."""
    return [words for panel in panels(page, values) for words in panel.words("why")]


def test_a_silent_neuron_says_why(show):
    figure = explore(LIFNode(tau=10.0), 0.8, show=["trace", "rate"], against="tau")
    page, (run,) = show(figure), figure.run().values()
    most = f"{float(run.h_seq.max()):.4g}"
    assert why(page) == [
        f"no spike: H reaches {most}, v_threshold is 1",
        "no spike, whatever tau is",
    ]
    assert why(page, {"x": 1.5}) == []
    words = why(page, {"x": 1.0, "tau": 10.0})[0]  # as near as that: more digits
    assert 0.9999 < float(words.split()[4].rstrip(",")) < 1


def test_a_neuron_that_needs_more_steps_says_so(show):
    figure = explore(LIFNode(tau=50.0), 1.08, 100, show=["trace"])
    page, (run,) = show(figure), figure.run().values()
    most = f"{float(run.h_seq.max()):.4g}"
    assert why(page) == [f"no spike yet: H reaches {most}, V heads for 1.08"]


def test_a_silent_population_says_why(show):
    sliders = {"mean": (0, 2, 0.8), "spread": (0, 2, 0.0)}
    page = show(explore(LIFNode(tau=10.0), noisy, 50, 8, sliders=sliders))
    (words,) = why(page)
    assert words.startswith("no spike: H reaches 0.79")
    assert why(page, {"mean": 1.2}) == []


class Log(BaseNode):
    """A neuron whose potential is not a number after a negative input."""

    def charge(v, x):
        return v + 0 * eq.log(x)


def test_a_potential_that_is_lost_says_where(show):
    figure = explore(Log(), lambda t, x: x - t, T=20, sliders={"x": (3.5, 9.5)})
    page, (run,) = show(figure), figure.run().values()
    lost = int(torch.isnan(run.h_seq[:, 0]).nonzero()[0])
    assert why(page) == [f"from step {lost} on the potential is not a number"]


def test_what_is_not_yet_shown_is_not_said_to_be_silent(show):
    page = show(explore(IFNode(), 0.5, T=20, play=True))
    page.get_by_role("button", name="One step").click()
    page.wait_for_function("document.querySelector('.snn-status').textContent.includes('t = 0')")
    assert why(page) == []
