"""`snnbook.interactive`: the same figure in Python, in a page without a kernel, and as a widget."""

import random
import re

import pytest
import torch
import traitlets
from matplotlib.figure import Figure
from neurons import OWN, AdaptiveNode, OldStyleNode, SquareIFNode

from snnbook import equation as eq
from snnbook import neuron, surrogate
from snnbook.equation import EquationError, where
from snnbook.interactive import Explorer, Slider, explore
from snnbook.neuron import BaseNode, IFNode, LIFNode

PAGE = """<!doctype html><html lang="en" data-theme="light"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width"><title>A figure</title></head>
<body>{}</body></html>"""


def noisy(noise, mean, spread):
    """An input of one random number for each step and neuron."""
    return mean + spread * noise


def pulse(t, i, x, until):
    """An input that stops after some steps, twice as strong for each further neuron."""
    return where(t < until, x * 2**i, 0.0)


@pytest.fixture(scope="module")
def context(chromium):
    """A window as wide as a laptop's, whose errors are the test's."""
    context = chromium.new_context(viewport={"width": 800, "height": 900})
    yield context
    context.close()


@pytest.fixture
def show(context):
    """A function that opens figures in a page; an error in the page is an error here."""
    pages, faults = [], []

    def show(*figures, context=context):
        page = context.new_page()
        pages.append(page)
        page.on("pageerror", lambda error: faults.append(error))
        page.on(
            "console", lambda message: faults.extend([message.text] * (message.type == "error"))
        )
        page.set_content(PAGE.format("".join(figure.to_html() for figure in figures)))
        return page

    yield show
    for page in pages:
        page.close()
    assert faults == []


def in_browser(page, values):
    """What the page's own code computes for some values: H, S and V of each layer."""
    answer = page.evaluate(
        """(values) => document.querySelector(".snn-explore").snnbook.run(values).layers.map(
             ({h, s, v}) => [h, s, v].map((seq) => [...seq].map(String)))""",
        values,
    )
    return [[torch.tensor([float(x) for x in seq]) for seq in layer] for layer in answer]


# --- agreement -----------------------------------------------------------------------------------

EXACT = (
    IFNode,
    LIFNode,
    neuron.QIFNode,
    neuron.IzhikevichNode,
    neuron.KLIFNode,
    neuron.CUBALIFNode,
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

    scale = 0.5

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


class Timed(BaseNode):
    """A neuron with attributes that are called as the step and the noise of an input."""

    t = 1.0
    noise = 0.5

    def charge(v, x, t, noise):
        return v + t * x + noise


def test_a_surrogate_that_does_not_spike(show):
    figure = explore(LIFNode(surrogate_function=surrogate.ATan(spiking=False)), x=1.4, T=30)
    ((_, s, _),) = in_browser(show(figure), {})
    torch.testing.assert_close(s, figure.run()["LIFNode"].s_seq.flatten())


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
    page.get_by_role("slider", name="v_threshold").press("End")
    figure.values = {**figure.values, "v_threshold": 2.0}
    page.wait_for_function(
        "(words) => document.querySelector('[role=status]').textContent === words",
        arg=figure.describe(),
    )
    assert page.get_by_role("slider", name="v_threshold").get_attribute("aria-valuetext") == "2"


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
    page.get_by_role("slider", name="time step t").press("End")
    page.wait_for_function("document.querySelector('.snn-status').textContent.includes('t = 19')")
    assert page.evaluate(lengths) == [20, 20]


def test_play_stops_at_the_end(show):
    page = show(explore(IFNode(), 0.5, T=8, play=True))
    page.get_by_role("button", name="Play").click()
    page.get_by_role("button", name="Pause").wait_for()
    page.get_by_role("button", name="Play").wait_for()
    assert page.get_by_role("slider", name="time step t").input_value() == "7"


def test_nothing_moves_by_itself_where_motion_is_unwelcome(show, chromium):
    context = chromium.new_context(reduced_motion="reduce")
    page = show(explore(IFNode(), play=True), context=context)
    assert page.get_by_role("button").all_inner_texts() == ["One step", "Start values"]
    page.close()
    context.close()


def test_touch_moves_a_slider_on_a_phone(show, chromium):
    context = chromium.new_context(viewport={"width": 390, "height": 800}, has_touch=True)
    page = show(explore(LIFNode(tau=10.0), 1.2), context=context)
    slider = page.get_by_role("slider", name="tau")
    box = slider.bounding_box()
    assert box["height"] >= 24
    page.touchscreen.tap(box["x"] + box["width"] * 0.9, box["y"] + box["height"] / 2)
    assert float(slider.input_value()) > 40
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.close()
    context.close()


def test_a_still_picture_stands_where_no_script_runs(show, chromium):
    figure = explore(
        {"a": IFNode(), "b": LIFNode()},
        noisy,
        50,
        6,
        sliders=dict.fromkeys(("mean", "spread"), (0, 1)),
    )
    context = chromium.new_context(java_script_enabled=False)
    page = show(figure, context=context)
    picture = page.get_by_role("img")
    assert picture.get_attribute("alt") == figure.describe()
    assert picture.bounding_box()["width"] > 500
    page.close()
    context.close()
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


# --- in Python -----------------------------------------------------------------------------------


def test_the_next_cell_has_the_readers_values():
    figure = explore(LIFNode(tau=10.0, step_mode="m"), 1.2, T=80)
    figure.values = {**figure.values, "x": 1.5, "tau": 20}
    assert figure.layer.tau == 20.0
    assert (figure.x_seq == 1.5).all()
    spikes = figure.layer(figure.x_seq)
    assert torch.equal(spikes, figure.run()["LIFNode"].s_seq)
    assert figure.describe() == (
        f"LIFNode: {int(spikes.sum())} spikes in 80 steps, firing rate {spikes.mean():.4f}"
    )
    with pytest.raises(traitlets.TraitError, match="one for each slider"):
        figure.values = {"x": 1.0}


def test_the_figure_keeps_its_own_layers():
    layer = LIFNode(tau=10.0)
    layer(torch.ones(3))
    figure = explore(layer)
    layer.tau = 3.0
    assert figure.layer.tau == 10.0
    assert figure.layer.v == 0.0
    assert figure.layer is not figure.layer


def test_several_layers_by_name():
    figure = explore({"hard": IFNode(), "soft": IFNode(v_reset=None)}, 0.3)
    figure.values = {**figure.values, "v_reset": 0.5}
    assert figure.layers["hard"].v_reset == 0.5
    assert figure.layers["soft"].v_reset is None
    with pytest.raises(ValueError, match="several layers"):
        _ = figure.layer


def test_a_notebook_gets_the_widget_and_the_page():
    figure = explore(IFNode(), 0.5)
    data, _ = figure._repr_mimebundle_()
    assert set(data) == {"application/vnd.jupyter.widget-view+json", "text/plain", "text/html"}
    assert data["text/plain"] == "IFNode: 50 spikes in 100 steps, firing rate 0.5000"
    assert "</script" not in re.search(r'json">(.*?)</script>', data["text/html"])[1]


def test_usual_sliders_and_views():
    figure = explore(LIFNode(tau=80.0), 3.0)
    ranges = {s["name"]: (s["low"], s["high"]) for s in figure.spec["sliders"]}
    assert ranges == {"x": (0, 3), "tau": (1, 80), "v_threshold": (0.2, 2), "v_reset": (-1, 0.8)}
    assert figure.spec["show"] == ("trace",)
    assert explore(IFNode(), N=3).spec["show"] == ("raster",)
    sliders = {"x": Slider(0, 2, 1), "until": (0, 50)}
    assert explore(IFNode(), pulse, sliders=sliders).spec["show"] == ("input", "trace")
    assert explore(neuron.QIFNode(), sliders=["v_rest", "v_c"]).values == {"v_rest": 0, "v_c": 0.8}


@pytest.mark.parametrize(
    ("low", "high", "step"),
    [
        (-1, -0.9, 0.001),
        (0.1, 0.11, 1e-4),
        (0, 1e-7, 1e-9),
        (0, 1, 0.01),
        (0, 2, 0.02),
        (0, 4.9, 0.02),
        (0, 1e30, 1e28),
    ],
)
def test_a_range_has_about_a_hundred_steps_or_more(low, high, step):
    figure = explore(IFNode(), low, sliders={"x": (low, high)})
    assert figure.spec["sliders"][0]["step"] == pytest.approx(step)


@pytest.mark.parametrize("kind", [*EXACT, *ROUNDED])
def test_every_number_of_a_neuron_has_a_usual_range(kind):
    names = [n for n in kind._fields if isinstance(getattr(kind(), n), float) and n != "init_tau"]
    assert set(explore(kind(), sliders=names).values) == {*names}


def still_of(figure, monkeypatch):
    """The matplotlib figure of the still picture."""
    kept = []
    savefig = Figure.savefig
    monkeypatch.setattr(Figure, "savefig", lambda f, *a, **k: (kept.append(f), savefig(f, *a, **k)))
    figure.to_html()
    return kept[0]


@pytest.mark.parametrize(
    ("x", "options"), [(3.0, {"v_reset": None}), (3.6, {"v_threshold": 5.0})], ids=["soft", "hard"]
)
def test_an_infinite_neuron_is_drawn_up_to_its_last_finite_step(show, monkeypatch, x, options):
    figure = explore(neuron.EIFNode(delta_T=0.01, **options), x=x, T=20)
    page = show(figure)
    h = figure.run()["EIFNode"].h_seq[:, 0]
    finite = int(h.isfinite().cumprod(0).sum())
    assert 0 < finite < 20
    steps = re.findall(r"[ML]", page.locator("path.potential").get_attribute("d"))
    assert len(steps) == finite
    ax = still_of(figure, monkeypatch).axes[0]
    assert len(ax.lines[0].get_xdata()) == 2 * finite
    assert max(abs(ax.lines[0].get_ydata())) <= 4 * figure.layer.v_threshold
    assert ax.get_xlim() == (-0.5, 19.5)


def test_a_neuron_that_is_never_finite_has_an_empty_picture(show, monkeypatch):
    figure = explore(neuron.EIFNode(delta_T=0.001, v_reset=2.0), x=0.0, T=20)
    assert not figure.run()["EIFNode"].h_seq[0].isfinite()
    ax = still_of(figure, monkeypatch).axes[0]
    assert (ax.get_title(), ax.get_xlim(), len(ax.lines)) == ("EIFNode", (-0.5, 19.5), 0)
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
    assert page.locator("svg text", has_text="100").count() == 1


def test_an_input_without_a_value_leaves_a_gap(show):
    page = show(explore(IFNode(), lambda t, x: x / (t - 5), T=11))
    assert page.locator("path.input").get_attribute("d").count("M") == 2


@pytest.mark.parametrize("T", [1, 2])
def test_the_time_axis_shows_whole_steps_only(show, T):
    page = show(explore(IFNode(), T=T, show=["rate", "trace", "raster"]))
    words = page.evaluate("[...document.querySelectorAll('svg text')].map((t) => t.textContent)")
    ends = [k for k, word in enumerate(words) if word == "time step t"]
    assert len(ends) == 2
    for end in ends:
        assert words[end - T : end] == [str(t) for t in range(T)]
        assert "−0.5" not in words[end - T - 1]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"layers": torch.nn.ReLU()}, "not iterable"),
        ({"layers": {"a": torch.nn.ReLU()}}, "a is ReLU; wanted a layer"),
        ({"layers": OldStyleNode()}, "overrides"),
        ({"T": 0}, "at least one step"),
        ({"show": ["traces"]}, r"show has \['traces'\]; there are"),
        ({"show": ["rate"], "sliders": ["v_reset"]}, "against='x' is no slider"),
        ({"sliders": ["tau"]}, "the slider 'tau' moves nothing"),
        ({"sliders": {"x": (1, 2)}}, "goes from 1 to 2 and starts at 0.5"),
        ({"x": pulse, "sliders": ["x"]}, r"the input names \['until'\]"),
        ({"layers": IFNode(v_threshold=torch.ones(2))}, r"v_threshold has shape \[2\]"),
        ({"x": lambda t: t if t > 1 else 0}, "where"),
        ({"layers": {}}, "there are no layers"),
        ({"T": 2.5}, r"T=2.5, N=1; wanted whole numbers"),
        ({"N": "3"}, r"T=100, N='3'; wanted whole numbers"),
        ({"show": "trace"}, r"show='trace'; wanted a list, \['trace'\]"),
        ({"sliders": "tau"}, r"sliders='tau'; wanted a list, \['tau'\]"),
        ({"x": float("nan")}, "x=nan; wanted a finite number"),
        ({"layers": IFNode(v_threshold=float("inf"))}, "IFNode.v_threshold is inf"),
        ({"layers": IFNode(v_threshold=torch.tensor(float("inf")))}, "v_threshold is inf"),
        ({"layers": neuron.ParametricLIFNode().double()}, r"w is float64; .* layer.float\(\)"),
        ({"layers": Timed(), "sliders": ["t"]}, "a slider can't be called 't'"),
        ({"layers": Timed(), "sliders": ["noise"]}, "a slider can't be called 'noise'"),
        ({"layers": LIFNode(), "sliders": {"tau": (0, 5, 2)}}, "tau.* wanted .* of at least 1"),
        ({"sliders": {"x": (0, 2, 1, 0)}}, "the step of the slider 'x' is 0; wanted more"),
        ({"sliders": {"x": (0, 2, 1, -0.5)}}, "the step of the slider 'x' is -0.5"),
        *(
            ({"sliders": {"x": wrong}}, "range of the slider 'x' is .* finite numbers")
            for wrong in [
                (),
                (1,),
                (0, 1, 2, 3, 4),
                ("0", "1"),
                "01",
                3,
                (0, float("inf")),
                (float("nan"), 1),
                (0, 10**400),
                (None, 1),
            ]
        ),
    ],
)
def test_bad_arguments(arguments, message):
    with pytest.raises((TypeError, ValueError, EquationError), match=message):
        explore(**{"layers": IFNode(), **arguments})


def test_every_kind_of_neuron_is_tried():
    assert {*EXACT, *ROUNDED, OldStyleNode} == {
        *OWN,
        *(
            k
            for k in vars(neuron).values()
            if isinstance(k, type) and issubclass(k, BaseNode) and k is not BaseNode
        ),
    }
    assert issubclass(Explorer, traitlets.HasTraits)
