"""A figure in a page, in a real browser: the same numbers as PyTorch, and what a reader does."""

import random
import re

import pytest
import torch
from live import PAGE, in_browser, noisy, pulse
from matplotlib.figure import Figure
from neurons import LIBRARY, OWN, AdaptiveNode, OldStyleNode, SquareIFNode
from playwright.sync_api import expect

from snnbook import equation as eq
from snnbook import neuron, surrogate
from snnbook.equation import where
from snnbook.interactive import explore
from snnbook.interactive.views import VIEWS
from snnbook.neuron import BaseNode, IFNode, LIFNode

# --- agreement -----------------------------------------------------------------------------------

EXACT = (
    IFNode,
    LIFNode,
    neuron.QIFNode,
    neuron.IzhikevichNode,
    neuron.KLIFNode,
    neuron.CUBALIFNode,
    neuron.ALIFNode,
)
EXACT += (SquareIFNode,)
ROUNDED = (neuron.EIFNode, neuron.ParametricLIFNode, AdaptiveNode)  # they use exp or sigmoid


@pytest.mark.parametrize("soft", [False, True], ids=["hard", "soft"])
@pytest.mark.parametrize("kind", [*EXACT, *ROUNDED])
def test_the_page_computes_what_the_layer_computes(show, kind, soft):
    layer = kind(v_reset=None) if soft else kind()
    names = [n for n in layer._fields if isinstance(getattr(layer, n), float) and n != "init_tau"]
    usual = {n: (1.0, 20.0) if n.startswith("tau") else None for n in names}
    figure = explore(layer, noisy, 60, 5, sliders={"mean": (-1, 2), "spread": (0, 2), **usual})
    page, dice, fired = show(figure), random.Random(0), 0
    for _ in range(12):
        values = {
            slider["name"]: dice.uniform(slider["low"], slider["high"])
            for slider in figure.spec["sliders"]
        }
        (done,) = figure.run(values).values()
        ((h, s, v),) = in_browser(page, values)
        wanted = [seq.flatten() for seq in (done.h_seq, done.s_seq, done.v_seq)]
        if kind in EXACT:
            assert torch.equal(h.nan_to_num(), wanted[0].nan_to_num())
            assert torch.equal(v.nan_to_num(), wanted[2].nan_to_num())
        else:  # until a neuron that comes as near as this to the threshold goes another way
            near = ((done.h_seq - values["v_threshold"]).abs() < 1e-4).cumsum(0) > 0
            near |= (done.h_seq.abs() > 1e3).cumsum(0) > 0
            keep = ~near.flatten()
            torch.testing.assert_close(h[keep], wanted[0][keep], rtol=1e-3, atol=1e-5)
            s, wanted[1] = s[keep], wanted[1][keep]
        assert torch.equal(s, wanted[1])
        fired += int(s.sum())
    assert fired > 50


def test_the_page_computes_in_float32(show):
    figure = explore(IFNode(), x=0.02, T=150)
    ((_, s, _),) = in_browser(show(figure), {})
    assert s.nonzero().flatten().tolist() == [50, 101]  # exact numbers would give 49, 99, 149


def test_an_input_of_step_and_neuron(show):
    figure = explore(LIFNode(), pulse, 40, 4, sliders={"x": (0, 2, 0.7), "until": (0, 40, 20)})
    x = figure.x_seq
    assert x.shape == (40, 4)
    assert torch.equal(x[19], 0.7 * 2 ** torch.arange(4.0))
    assert (x[20:] == 0).all()
    ((h, _, _),) = in_browser(show(figure), {})
    assert torch.equal(h, figure.run()["LIFNode"].h_seq.flatten())


class Everything(BaseNode):
    """A neuron that uses all that an equation may use."""

    scale: float = 0.5

    def charge(v, x, scale):
        small = eq.exp(-abs(x)) + eq.log(1 + x**2) + eq.sqrt(abs(x)) + eq.tanh(x) + eq.sigmoid(-x)
        angles = eq.sin(x) * eq.cos(x) + eq.atan(x) / eq.pi + eq.erf(x) + eq.erf(4 * x)
        parts = eq.relu(x) - eq.sign(x) + x**3 + 1 / (2 + x) + abs(x) ** 1.5 + (+x)
        mixed = (1 - scale / 3) * v + where(x >= scale, 2**scale, eq.exp(scale))
        return eq.where(x < 2, where(x <= 1, 1.0, 0.5), mixed) * (small + angles + parts) + mixed


def test_the_page_knows_every_function(show):
    figure = explore(
        Everything(), noisy, 20, 5, sliders={"mean": (0, 1), "spread": (0, 1), "scale": None}
    )
    values = {"mean": 0.2, "spread": 0.6, "scale": 0.7}
    ((h, s, _),) = in_browser(show(figure), values)
    done = figure.run(values)["Everything"]
    torch.testing.assert_close(h, done.h_seq.flatten(), rtol=1e-4, atol=1e-5)
    assert torch.equal(s, done.s_seq.flatten())


def test_a_surrogate_that_does_not_spike(show):
    figure = explore(LIFNode(surrogate_function=surrogate.ATan(spiking=False)), x=1.4, T=30)
    ((_, s, _),) = in_browser(show(figure), {})
    torch.testing.assert_close(s, figure.run()["LIFNode"].s_seq.flatten())


@pytest.mark.parametrize("seed", [0, 1, 2**31, 2**32 - 1])
def test_the_page_makes_the_same_noise(show, seed):
    figure = explore(IFNode(), lambda noise: noise, 400, 50, sliders=[], seed=seed)
    code = "[...document.querySelector('.snn-explore').snnbook.run({}).x]"
    x = torch.tensor(show(figure).evaluate(code), dtype=torch.float64)
    assert torch.equal(x, figure.x_seq.flatten().double())


# --- in the reader's hands -----------------------------------------------------------------------


def test_a_slider_moves_the_picture(show):
    figure = explore({"hard": IFNode(), "soft": IFNode(v_reset=None)}, 0.3, show=["trace", "rate"])
    page = show(figure)
    slider = page.get_by_role("slider", name="x", exact=True)
    picture = page.get_by_role("img")
    assert picture.get_attribute("aria-label") == figure.describe().replace(". ", "\n")
    before = picture.inner_html()
    slider.focus()
    for key, x in [
        ("ArrowRight", 0.32),
        ("ArrowDown", 0.3),
        ("PageUp", 0.5),
        ("End", 2),
        ("Home", 0),
    ]:
        page.keyboard.press(key)
        assert float(slider.input_value()) == x
    assert picture.inner_html() != before
    box = slider.bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    assert abs(float(slider.input_value()) - 1) < 0.05
    figure.values = {**figure.values, "x": float(slider.input_value())}
    page.wait_for_function(
        "(words) => document.querySelector('.snn-status').textContent === words",
        arg=figure.describe().replace(". ", "\n"),
    )
    page.get_by_role("button", name="Start values").click()
    page.wait_for_function("document.querySelector('[aria-label=x]').value === '0.3'")


def test_a_screen_reader_hears_what_changed(show):
    figure = explore(IFNode(), 0.5)
    page = show(figure)
    page.get_by_role("slider", name="v_threshold", exact=True).press("End")
    figure.values = {**figure.values, "v_threshold": 2.0}
    page.wait_for_function(
        "(words) => document.querySelector('[role=status]').textContent === words",
        arg=figure.describe(),
    )
    assert (
        page.get_by_role("slider", name="v_threshold", exact=True).get_attribute("aria-valuetext")
        == "2"
    )


def test_step_mode_s_knows_the_past_and_m_all(show):
    layers = {"step by step": IFNode(step_mode="s"), "whole": IFNode(step_mode="m")}
    page = show(explore(layers, 0.5, T=20, play=True))
    lengths = """() => [...document.querySelectorAll("path.potential")].map(
        (path) => path.getAttribute("d").match(/[ML]/g).length)"""
    assert page.evaluate(lengths) == [20, 20]
    for _ in range(4):  # from the last step to the first, and on
        page.get_by_role("button", name="One step").click()
    page.wait_for_function("document.querySelector('.snn-status').textContent.includes('t = 3')")
    assert page.evaluate(lengths) == [4, 20]
    assert (
        "step by step, t = 3: X = 0.5, H = 1, S = 1, V = 0"
        in page.locator(".snn-status").inner_text()
    )
    page.get_by_role("slider", name="time step t", exact=True).press("End")
    page.wait_for_function("document.querySelector('.snn-status').textContent.includes('t = 19')")
    assert page.evaluate(lengths) == [20, 20]


def test_play_stops_at_the_end(show):
    page = show(explore(IFNode(), 0.5, T=8, play=True))
    page.get_by_role("button", name="Play").click()
    page.get_by_role("button", name="Pause").wait_for()
    page.get_by_role("button", name="Play").wait_for()
    assert page.get_by_role("slider", name="time step t", exact=True).input_value() == "7"


def test_nothing_moves_by_itself_where_motion_is_unwelcome(show):
    page = show(explore(IFNode(), play=True), reduced_motion="reduce")
    assert page.get_by_role("button").all_inner_texts() == ["One step", "Start values"]


def test_touch_moves_a_slider_on_a_phone(show):
    page = show(
        explore(LIFNode(tau=10.0), 1.2), viewport={"width": 390, "height": 800}, has_touch=True
    )
    slider = page.get_by_role("slider", name="tau", exact=True)
    box = slider.bounding_box()
    assert box["height"] >= 24
    page.touchscreen.tap(box["x"] + box["width"] * 0.9, box["y"] + box["height"] / 2)
    assert float(slider.input_value()) > 40
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_a_still_picture_stands_where_no_script_runs(show):
    figure = explore(
        {"a": IFNode(), "b": LIFNode()},
        noisy,
        50,
        6,
        sliders=dict.fromkeys(("mean", "spread"), (0, 1)),
    )
    page = show(figure, java_script_enabled=False)
    picture = page.get_by_role("img")
    assert picture.get_attribute("alt") == figure.describe()
    assert picture.bounding_box()["width"] > 500
    page = show(figure)
    assert not page.locator(".snn-still").is_visible()
    page.emulate_media(media="print")
    assert page.locator(".snn-still").is_visible()
    assert not page.locator(".snn-live").is_visible()


def test_colours_follow_the_page(show):
    page = show(explore(IFNode()))
    color = "getComputedStyle(document.querySelector('.snn-explore')).color"
    light = page.evaluate(color)
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    page.wait_for_function(f"{color} !== {light!r}")


@pytest.mark.parametrize(
    "harm",
    [
        ('"start": {', '"start": {"x": NaN, '),
        ('"words": {', '"wörter": {'),
        ("const t0 = ", "const t0 = nothing + "),
        ("const FUNCTIONS = {f0", "const FUNCTIONS = {none"),
        ('"trace"', '"no such view"'),
    ],
    ids=["invalid JSON", "missing words", "error in a run", "no such function", "unknown view"],
)
def test_a_broken_figure_says_so_and_the_others_live(show, harm):
    good, bad = explore(IFNode(), 0.5), explore(LIFNode(), 0.5).to_html()
    assert harm[0] in bad
    page = show(good, bad.replace(*harm), good)
    assert page.locator(".snn-alive").count() == 2
    broken = page.locator(".snn-broken")
    assert broken.get_by_role("alert").inner_text().startswith("This figure doesn't work: ")
    assert broken.locator(".snn-still").is_visible()
    page.get_by_role("slider", name="v_threshold", exact=True).last.press("End")
    figure = page.locator(".snn-alive").last
    assert figure.get_by_role("slider", name="v_threshold", exact=True).input_value() == "2"


def test_a_figure_that_breaks_later_says_so(show):
    page = show(
        explore(LIFNode(), 0.5)
        .to_html()
        .replace("const t0 = ", "if (x > 1 && p.tau > 40) throw x; const t0 = ")
    )
    assert page.locator(".snn-alive").count() == 1
    page.get_by_role("slider", name="x", exact=True).press("End")
    page.get_by_role("slider", name="tau", exact=True).press("End")
    page.get_by_role("alert").wait_for()
    assert page.locator(".snn-still").is_visible()


@pytest.mark.parametrize("view", VIEWS)
def test_python_and_the_page_know_the_same_views(show, view):
    figure = explore({"a": IFNode(), "b": LIFNode()}, T=8, show=[view])
    assert len(figure.spec["panels"]) == (2 if VIEWS[view].each else 1)
    page = show(figure)
    assert page.locator(".snn-alive svg path").count() > 0
    assert page.locator(".snn-broken").count() == 0


WIDGET = """async ([script, spec, values]) => {
  const url = URL.createObjectURL(new Blob([script], { type: "text/javascript" }));
  const { render } = (await import(url)).default;
  const listeners = new Set(), state = { spec, values };
  window.saved = null;
  window.model = {
    get: (name) => state[name],
    set: (name, value) => { state[name] = value; for (const heard of listeners) heard(); },
    save_changes: () => { window.saved = state.values; },
    on: (_, heard) => listeners.add(heard),
    off: (_, heard) => listeners.delete(heard),
  };
  window.leave = render({ model: window.model, el: document.querySelector("#place") });
  window.listeners = listeners;
}"""


def test_a_widget_tells_python_and_listens_to_it(show):
    figure = explore(LIFNode(tau=10.0), 1.2)
    page = show()
    page.set_content(PAGE.format('<div id="place"></div>'))
    page.evaluate(WIDGET, [figure._esm, figure.spec, figure.values])
    page.get_by_role("slider", name="x", exact=True).press("PageUp")
    assert page.evaluate("saved") == {**figure.values, "x": pytest.approx(1.4)}
    page.evaluate("model.set('values', {...saved, tau: 30})")
    page.wait_for_function("document.querySelector('[aria-label=tau]').value === '30'")
    page.evaluate("leave()")
    assert page.evaluate("listeners.size") == 0


# --- the picture ----------------------------------------------------------------------------------


def still_of(figure, monkeypatch):
    """The matplotlib figure of the still picture."""
    kept = []
    savefig = Figure.savefig
    monkeypatch.setattr(Figure, "savefig", lambda f, *a, **k: (kept.append(f), savefig(f, *a, **k)))
    figure.to_html()
    return kept[0]


def test_a_neuron_that_runs_away_is_drawn(show, monkeypatch):
    figure = explore(neuron.EIFNode(delta_T=0.01, v_reset=None), x=3.0, T=20)
    page = show(figure)
    h = figure.run()["EIFNode"].h_seq[:, 0]
    assert h.isfinite().all()
    assert h.max() > 1e38
    steps = re.findall(r"[ML]", page.locator("path.potential").get_attribute("d"))
    assert len(steps) == 20
    ax = still_of(figure, monkeypatch).axes[0]
    assert len(ax.lines[0].get_xdata()) == 2 * 20
    assert max(abs(ax.lines[0].get_ydata())) <= 4 * figure.layer.v_threshold
    assert ax.get_xlim() == (-0.5, 19.5)


class Lost(BaseNode):
    """A neuron whose potential is not a number where its input is negative."""

    def charge(v, x):
        return v + eq.log(x)


def test_a_neuron_that_is_never_a_number_has_an_empty_picture(show, monkeypatch):
    figure = explore(Lost(), x=-1.0, T=20, sliders={"x": (-1.0, 1.0)})
    assert figure.run()["Lost"].s_seq.isnan().all()
    ax = still_of(figure, monkeypatch).axes[0]
    assert (ax.get_title(), ax.get_xlim(), len(ax.lines)) == ("Lost", (-0.5, 19.5), 0)
    assert show(figure).locator("path.potential").get_attribute("d") == ""


def test_names_are_shown_as_they_are(show, monkeypatch):
    names = ["a $ and $& and {t}", "$x^$"]
    layers = {name: IFNode() for name in names}
    figure = explore(layers, 0.5, T=8, show=["trace", "raster", "rate"], play=True)
    assert show(figure).locator(".snn-status").inner_text().startswith(f"{names[0]}, t = 7")
    figure = explore(layers, 0.5, T=8, show=["trace", "raster", "rate"])
    assert show(figure).locator(".snn-status").inner_text().startswith(f"{names[0]}: 4 spikes")
    assert r"a \$ and \$& and {t}" in [ax.get_title() for ax in still_of(figure, monkeypatch).axes]


def test_a_large_input_stays_in_its_own_axes(show):
    figure = explore(IFNode(), lambda t, x: x * t, T=11, sliders={"x": (0, 10, 10)})
    page = show(figure)
    box = page.evaluate(
        "(({ y, height }) => [y, height])(document.querySelector('path.input').getBBox())"
    )
    assert box == [20, 56]
    assert page.locator("g.input text", has_text="100").count() == 1


def test_an_input_without_a_value_leaves_a_gap(show):
    page = show(explore(IFNode(), lambda t, x: 1 / (t - x), T=11, sliders={"x": (4, 5, 4.5)}))
    assert page.locator("path.input").get_attribute("d").count("M") == 1
    page.locator("input[type=range]").first.press("End")
    expect(page.locator("path.input")).to_have_attribute("d", re.compile("M[^M]*M[^M]*$"))


@pytest.mark.parametrize("T", [1, 2])
def test_the_time_axis_shows_whole_steps_only(show, T):
    page = show(explore(IFNode(), T=T, show=["rate", "trace", "raster"]))
    words = page.evaluate("[...document.querySelectorAll('svg text')].map((t) => t.textContent)")
    ends = [k for k, word in enumerate(words) if word == "time step t"]
    assert len(ends) == 2
    for end in ends:
        assert words[end - T : end] == [str(t) for t in range(T)]
        assert "−0.5" not in words[end - T - 1]


def test_every_kind_of_neuron_is_tried():
    assert {*EXACT, *ROUNDED, OldStyleNode} == {
        *OWN,
        *LIBRARY,
    }
