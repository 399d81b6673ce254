"""All values of a slider at once: a column for each, a mark for each spike."""

import numpy as np
import pytest
from live import noisy, settled
from neurons import SquareIFNode
from pictures import columns_of, height_at, panels, run_along, values_along
from test_hands import values_of
from test_page import still_of

from snnbook.interactive import explore
from snnbook.neuron import ALIFNode, IFNode, LIFNode

T = 40
LAYERS = {
    "LIF": LIFNode(tau=10.0),
    "IF, soft reset": IFNode(v_reset=None),
    "adaptation": ALIFNode(tau=5.0),
    "a reader's": SquareIFNode(),
}
X = {"x": (0, 2, 1.2, 0.01)}


def places_of(panel, xs):
    """Where values lie on a panel's x axis."""
    return (xs - panel._x[1]) / panel._x[0]


def field(page):
    """The columns, to take hold of."""
    return page.locator(".snn-field")


@pytest.fixture
def three(show):
    """A page with a trace, the columns and the firing rate, and its figure."""
    sliders = {**X, "tau": None, "v_threshold": None}
    figure = explore(LIFNode(tau=10.0), 1.2, T, sliders=sliders, show=["trace", "columns", "rate"])
    return show(figure), figure


@pytest.mark.usefixtures("no_still")
@pytest.mark.parametrize("name", LAYERS)
def test_each_mark_is_a_spike_of_the_layer(show, name):
    layer, fired = LAYERS[name], []
    others = {n: None for n in ("tau", "v_threshold") if n in layer._fields}
    figure = explore(layer, 1.2, T, sliders={**X, **others}, show=["columns"])
    page, xs = show(figure), values_along(figure.spec["sliders"][0])
    assert len(xs) == 201
    ends = [{s["name"]: s[end]} for s in figure.spec["sliders"][1:] for end in ("low", "high")]
    for values in ({}, {"x": 2.0}, *ends):
        figure.values = {**figure.spec["start"], **values}
        (panel,) = panels(page, figure.values)
        wanted = run_along(figure.layer, xs, T)
        assert np.array_equal(columns_of(panel, places_of(panel, xs), T), wanted)
        (own,) = panel.paths["spike own"]
        dots = np.array([one.split() for one in own.replace("h0", "").split("M")[1:]], float)
        (run,) = figure.run().values()
        steps = run.s_seq[:, 0].nonzero()[:, 0].tolist()
        assert np.round(panel.y(dots.reshape(-1, 2)[:, 1])).astype(int).tolist() == steps
        assert np.allclose(
            dots.reshape(-1, 2)[:, 0], places_of(panel, figure.values["x"]), atol=0.1
        )
        fired.append(wanted.sum())
    assert len(set(fired)) > 1
    assert page.locator("g.columns path").count() < 15


@pytest.mark.usefixtures("no_still")
def test_columns_of_any_slider_and_any_input(show):
    layers = {"hard": LIFNode(), "soft": LIFNode(v_reset=None)}
    sliders = {"mean": (0, 1, 0.8), "spread": (0, 1, 0.5), "tau": (1, 5, 2, 0.5)}
    figure = explore(layers, noisy, 40, 3, sliders=sliders, show=["columns"], against="tau")
    taus, drawn = np.arange(1, 5.1, 0.5), panels(show(figure))
    runs = [figure.run({**figure.values, "tau": tau}) for tau in taus]
    for name, panel in zip(layers, drawn, strict=True):
        wanted = np.stack([run[name].s_seq[:, 0].numpy() for run in runs], 1)
        centres = places_of(drawn[-1], taus)  # the last panel has the axis
        assert np.array_equal(columns_of(panel, centres, 40), wanted)
        assert 0 < wanted.mean() < 1


@pytest.mark.usefixtures("no_still")
def test_the_firing_rate_counts_the_columns_on_their_axis(three):
    page, figure = three
    xs = values_along(figure.spec["sliders"][0])
    for x in (0.0, 0.5, 1.3, 2.0):
        _, columns, rate = panels(page, {"x": x})
        assert (
            columns.paths["here"][0].split("V")[0].split()[0]
            == (rate.paths["here"][0].split("V")[0].split()[0])
        )
        box = field(page).bounding_box()
        (hand,) = page.locator(".snn-hand.dot").all()
        middle = hand.bounding_box()["x"] + hand.bounding_box()["width"] / 2
        assert middle == pytest.approx(box["x"] + x / 2 * box["width"], abs=0.2)
    assert not [t for t in columns.texts if t[0] == "x"]
    centres = places_of(rate, xs)
    counts = columns_of(columns, centres, T).sum(0)
    (stairs,) = rate.paths["rate style0"]
    heights = [float(rate.y(height_at(stairs, place))) for place in centres]
    assert np.allclose(heights, counts / T, atol=rate.resolution)


@pytest.mark.usefixtures("no_still")
def test_a_column_is_taken_hold_of(three):
    page, _ = three
    box = field(page).bounding_box()
    y, old = box["y"] + box["height"] / 3, panels(page)
    page.mouse.move(box["x"] + 0.4 * box["width"], y)
    page.mouse.down()
    for part, x in ((0.4, 0.8), (0.7, 1.4), (0.555, 1.11), (1.2, 2.0)):
        page.mouse.move(box["x"] + part * box["width"], y)
        settled(page)
        assert values_of(page)["x"] == pytest.approx(x)
        trace, columns, rate = panels(page)
        assert trace.paths["ghost"] == old[0].paths["potential"]
        assert columns.paths["spike"] == old[1].paths["spike"]
        assert columns.paths["here"] != old[1].paths["here"]
        assert rate.paths["rate style0"] == old[2].paths["rate style0"]
    page.mouse.up()
    settled(page)
    assert not [p for p in panels(page) if "ghost" in p.paths]


@pytest.mark.usefixtures("no_still")
def test_keys_go_from_column_to_column(three):
    page, figure = three
    one = field(page)
    assert one.get_attribute("role") == "slider"
    assert one.get_attribute("aria-orientation") == "horizontal"
    one.focus()
    for key, x in (("ArrowRight", 1.21), ("ArrowDown", 1.2), ("PageDown", 1.1), ("End", 2.0)):
        page.keyboard.press(key)
        settled(page)
        assert values_of(page)["x"] == pytest.approx(x)
        assert float(one.get_attribute("aria-valuenow")) == pytest.approx(x)
    figure.values = {**figure.values, "x": 2.0}
    assert one.get_attribute("aria-valuetext") == f"2; {figure.describe()}"


@pytest.mark.usefixtures("no_still")
def test_what_was_before_stays_as_a_ghost(three):
    page, _ = three
    (old,) = panels(page)[1].paths["spike"]
    tau = page.get_by_role("slider", name="tau", exact=True)
    tau.press("PageUp")
    settled(page)
    columns = panels(page)[1]
    assert columns.paths["ghost"] == [old]
    assert columns.paths["spike"] != [old]
    tau.blur()
    settled(page)
    assert "ghost" not in panels(page)[1].paths


@pytest.mark.usefixtures("no_still")
def test_a_step_of_the_trace_is_marked_in_the_columns(three):
    page, _ = three
    box = page.locator(".snn-trace").bounding_box()
    page.mouse.move(box["x"] + (17 + 0.5) * box["width"] / T, box["y"] + 5)
    settled(page)
    columns = panels(page)[1]
    (line,) = columns.paths["looked"]
    assert float(columns.y(float(line.split("H")[0].split()[1]))) == pytest.approx(17, abs=0.1)


@pytest.mark.usefixtures("no_still")
def test_columns_without_a_spike_say_so(show):
    page = show(explore(LIFNode(), 0.5, T, sliders={"x": (0, 0.9)}, show=["columns"]))
    (panel,) = panels(page)
    assert panel.paths["spike"] == [""]
    assert panel.words("why") == ["no spike, whatever x is"]


@pytest.mark.usefixtures("no_still")
def test_of_a_thousand_values_every_fifth_has_a_column(show):
    figure = explore(IFNode(), 0.5, T, sliders={"x": (0, 1, 0.5, 0.001)}, show=["columns"])
    (panel,), xs = panels(show(figure)), values_along(figure.spec["sliders"][0])[::5]
    wanted = run_along(figure.layer, xs, T)
    assert np.array_equal(columns_of(panel, places_of(panel, xs), T), wanted)
    assert len(xs) == 201


def test_the_still_picture_has_the_columns(monkeypatch):
    figure = explore(LIFNode(tau=10.0), 1.2, 30, sliders=X, show=["columns"])
    (ax,) = still_of(figure, monkeypatch).axes
    xs = np.array(sorted({*np.linspace(0, 2, 61), 1.2}))
    wanted = run_along(figure.layer, xs, 30)
    for k, column in enumerate(ax.collections):
        assert list(column.get_positions()) == wanted[:, k].nonzero()[0].tolist()
        assert column.get_lineoffset() == pytest.approx(xs[k])
    assert len(ax.collections) == len(xs)


def test_columns_of_no_slider_are_refused():
    with pytest.raises(ValueError, match="against='x' is no slider"):
        explore(IFNode(), lambda t: t / 9, show=["columns"])
