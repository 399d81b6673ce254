"""A population: the bell of its input in the reader's hand, a chosen row, and rows in order."""

import numpy as np
import pytest
import torch
from live import settled
from matplotlib.figure import Figure
from pictures import figures_of_the_book, number, panels, pieces
from test_hands import handle, middle, values_of
from test_true import check_raster, check_rates, trace_of

from snnbook.equation import exp
from snnbook.interactive import explore
from snnbook.interactive.views import VIEWS
from snnbook.neuron import IzhikevichNode, LIFNode

PLAY = figures_of_the_book("visualization")["visualization"]
START = dict(PLAY.spec["start"])
SHOW = PLAY.spec["show"]
no_still = pytest.mark.usefixtures("no_still")


def drawn(page, values=None):
    """The page's panels by the name of their view."""
    return {panel.view: panel for panel in panels(page, values)}


def grip(page, name):
    """Where the knob of a handle lies on the axis of the bell, and the value written beside it."""
    panel, picture = drawn(page)["bell"], page.locator("svg[role=img]").bounding_box()
    x, _ = middle(page.locator(f".snn-hand[aria-label^='{name}, '] .snn-knob").bounding_box())
    (words,) = [t[3] for t in panel.texts if t[0] == "grip" and t[3].startswith(f"{name} ")]
    return float(panel.x(x - picture["x"])), number(words.removeprefix(f"{name} "))


def rows_of(page):
    """Where the rows of the raster lie in the window."""
    return page.locator(".snn-trace").first.bounding_box()


def point(page, row, t=50, N=32, T=120):
    """Point at a step of a row of the raster."""
    box = rows_of(page)
    x, y = box["x"] + (t + 0.5) * box["width"] / T, box["y"] + (row + 0.5) * box["height"] / N
    page.mouse.move(x, y)
    settled(page)
    return x, y


def shows(page, n):
    """Whether the trace is that of a neuron, and says so."""
    panel, run = drawn(page)["trace"], PLAY.run(values_of(page))["LIFNode"]
    h, v, _ = trace_of(panel)
    room = panel.resolution
    assert any(words.startswith(f"LIFNode, neuron {n}: ") for *_, words in panel.texts)
    low, high = (end(tick for *_, tick in panel.ticks) for end in (min, max))
    for seen, true in ((h, run.h_seq[:, n]), (v, run.v_seq[:, n])):
        assert np.allclose(np.clip(seen, low, high), true.clamp(low, high), atol=room)


# --- the bell ------------------------------------------------------------------------------------


@no_still
def test_the_bell_follows_the_mouse(show):
    page, before = show(PLAY), START
    for name in ("mean", "spread"):
        x, y = middle(handle(page, name).bounding_box())
        first = drawn(page)["bell"]
        page.mouse.move(x, y)
        page.mouse.down()
        for far in (25, -14):
            page.mouse.move(x + far, y + 3)
            settled(page)
            bell, values = drawn(page)["bell"], values_of(page)
            place, told = grip(page, name)
            assert told == pytest.approx(values[name], abs=1e-3)
            wanted = values["mean"] + (values["spread"] if name == "spread" else 0)
            near = 0.8 * abs(bell._x[0])  # as fine as the slider's steps
            assert place == pytest.approx(wanted, abs=near)
            assert middle(handle(page, name).bounding_box())[0] == pytest.approx(x + far, abs=0.8)
            assert bell.steps == first.steps
            assert bell.paths["ghost"] == first.paths["curve"] != bell.paths["curve"]
        page.mouse.up()
        settled(page)
        assert "ghost" not in drawn(page)["bell"].paths
        assert [n for n, value in values_of(page).items() if value != before[n]] == [name]
        before = values_of(page)


@no_still
def test_keys_move_the_bell(show):
    page = show(PLAY)
    for name, moves in (
        ("mean", [("ArrowRight", 1.12), ("PageDown", 0.92)]),
        ("spread", [("ArrowUp", 0.51), ("Home", 0)]),
    ):
        one = handle(page, name)
        assert one.get_attribute("aria-orientation") == "horizontal"
        for key, value in moves:
            one.press(key)
            settled(page)
            assert values_of(page)[name] == pytest.approx(value)
            assert float(one.get_attribute("aria-valuenow")) == pytest.approx(value)
            assert grip(page, name)[1] == pytest.approx(value)


@no_still
def test_without_spread_both_handles_can_be_taken(show):
    page = show(PLAY)
    for name in ("mean", "spread"):
        now = drawn(page, {"mean": 0.8, "spread": 0.0})
        assert now["bell"].paths["histogram"][0].count("M") == 1
        assert now["population"].words("why") == ["no spike: H reaches 0.8, v_threshold is 1"]
        x, y = middle(handle(page, name).bounding_box())
        page.mouse.move(x, y)
        page.mouse.down()
        page.mouse.move(x + 40, y)
        page.mouse.up()
        settled(page)
        before = {**START, "mean": 0.8, "spread": 0.0}
        assert [n for n, value in values_of(page).items() if value != before[n]] == [name]
    page.get_by_text("✓ The mean alone would not make them fire.").first.wait_for(state="attached")


@no_still
def test_a_readers_own_law_has_its_own_bell(show):
    """Any input of noise and two numbers, whatever they are called: the handles find them."""
    layer, sliders = IzhikevichNode(), {"width": (0, 0.3, 0.2), "size": (-0.5, 0.5, 0.2)}
    figure = explore(
        layer,
        lambda noise, size, width: exp(size + width * noise),
        60,
        20,
        sliders=sliders,
        show=SHOW,
    )
    page = show(figure)
    panel = drawn(page)["bell"]
    bars = panel.paths["histogram"][0].split("M")[1:]
    corners = [[found for _, found in pieces(f"M{bar}")] for bar in bars]
    ends = panel.x([(left, right) for (left, _), _, (right,), _ in corners])
    (step,) = {round(float(right - left), 2) for left, right in ends}
    counts = np.unique(np.floor(figure.x_seq.double().numpy() / step + 0.5), return_counts=True)[1]
    foot = corners[0][0][1]
    heights = np.array([foot - top for _, (top,), *_ in corners])
    one = heights.sum() / counts.sum()  # exp is not exact: a number may lie beyond a bin's end
    assert np.allclose(heights, counts * one, atol=2 * one)
    x, y = np.array([found for _, found in pieces(panel.paths["curve"][0])]).T
    ends = panel.x(x)[:, None] + [-step / 2, step / 2]
    z = torch.from_numpy((np.log(np.maximum(ends, 1e-9)) - 0.2) / 0.2)
    share = np.diff(torch.special.ndtr(z).numpy())[:, 0]
    assert np.allclose(foot - y, share * heights.sum(), atol=1)
    assert grip(page, "size")[0] == pytest.approx(np.exp(0.2), abs=0.02)
    assert grip(page, "width")[0] == pytest.approx(np.exp(0.4), abs=0.02)
    x, y = middle(handle(page, "width").bounding_box())
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - 20, y)
    page.mouse.up()
    settled(page)
    now, _ = middle(handle(page, "width").bounding_box())
    assert now == pytest.approx(x - 20, abs=1)
    assert values_of(page)["width"] < 0.2
    assert values_of(page)["size"] == 0.2


@no_still
def test_an_input_that_changes_has_bars_alone(show):
    sliders = {"x": (0, 1, 0.5), "spread": (0, 1, 0.2)}
    figure = explore(
        LIFNode(),
        lambda t, noise, x, spread: x * (t < 9) + spread * noise,
        30,
        3,
        sliders=sliders,
        show=SHOW,
    )
    page = show(figure)
    assert "M" in drawn(page)["bell"].paths["histogram"][0]
    assert drawn(page)["bell"].paths["curve"] == [""]
    assert page.locator(".snn-hand[aria-label*='how often']").count() == 0


# --- rows ----------------------------------------------------------------------------------------


@no_still
def test_a_row_shows_its_neuron(show):
    page = show(PLAY)
    shows(page, 0)
    point(page, 7)
    shows(page, 7)
    h = PLAY.run(START)["LIFNode"].h_seq[50]
    panel = drawn(page)["trace"]
    dashes = [numbers[1] for letter, numbers in pieces(panel.paths["others"][0]) if letter == "M"]
    assert np.allclose(panel.y(dashes), h, atol=panel.resolution)
    told = page.locator(".snn-reading").inner_text().split("\n")[0]
    assert told.startswith("H[50] = ")
    assert float(told.rsplit(" = ", 1)[1].replace("−", "-")) == pytest.approx(float(h[7]), rel=1e-3)
    page.mouse.move(0, 0)
    settled(page)
    shows(page, 0)
    page.mouse.click(*point(page, 12))
    point(page, 20)
    shows(page, 20)
    page.mouse.move(0, 0)
    settled(page)
    shows(page, 12)
    handle(page, "mean").press("PageUp")
    settled(page)
    shows(page, 12)


@no_still
def test_keys_choose_a_row(show):
    page = show(PLAY)
    rows = page.locator(".snn-trace").first
    for key, n in [("PageDown", 10), ("ArrowUp", 9), ("End", 31), ("Home", 0), ("ArrowDown", 1)]:
        rows.press(key)
        settled(page)
        assert rows.get_attribute("aria-valuenow") == str(n)
    rate = float(PLAY.run(START)["LIFNode"].s_seq[:, 1].double().mean())
    name, told = rows.get_attribute("aria-valuetext").split(": firing rate ")
    assert (name, float(told)) == ("neuron 1", pytest.approx(rate, abs=1e-4))
    rows.blur()
    settled(page)
    shows(page, 1)


@no_still
def test_rows_in_the_order_of_their_rates(show):
    page = show(PLAY)
    button = page.get_by_role("button", name="Sort by rate")
    page.mouse.click(*point(page, 3))
    button.click()
    settled(page)
    assert button.get_attribute("aria-pressed") == "true"
    s_seq = PLAY.run(START)["LIFNode"].s_seq
    order = (-s_seq.sum(0)).argsort(stable=True)
    now = drawn(page)
    panel = now["population"]
    assert not panel.ticks  # a row's place is no number of a neuron
    (top, height), steps = (rows_of(page)[n] for n in ("y", "height")), now["fraction"]
    top -= page.locator("svg[role=img]").bounding_box()["y"]
    panel._y = 32 / height, -0.5 - top * 32 / height
    check_raster(panel, s_seq[:, order], steps)
    check_rates(panel, s_seq[:, order])
    shows(page, 3)  # it stays chosen
    band = panel.y(pieces(panel.paths["picked"][0])[0][1][1])
    assert round(float(band)) == order.tolist().index(3)
    point(page, 0)
    shows(page, int(order[0]))
    button.click()
    settled(page)
    assert drawn(page)["population"].ticks


@no_still
def test_the_axis_of_the_rates_stands_still_in_the_hand(show):
    page = show(PLAY)
    x, y = middle(handle(page, "mean").bounding_box())

    def axis():
        return [words for kind, *_, words in drawn(page)["population"].texts if kind == "rates"]

    first = axis()
    assert drawn(page)["population"].paths["leaves"] == [""]
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 60, y)
    settled(page)
    assert axis() == first
    rates = PLAY.run(values_of(page))["LIFNode"].s_seq.double().mean(0)
    arrows = drawn(page)["population"].paths["leaves"][0]
    assert arrows.count("M") == int((rates > float(first[1])).sum()) > 0
    page.mouse.up()
    settled(page)
    assert float(axis()[1]) >= float(rates.max())


@no_still
def test_on_a_phone(show):
    page = show(PLAY, viewport={"width": 390, "height": 900}, has_touch=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.locator(".snn-explore").bounding_box()["height"] <= 920
    texts = page.locator(".snn-live svg text")
    ends = texts.evaluate_all("(all) => all.map((e) => e.getBoundingClientRect().right)")
    sizes = texts.evaluate_all("(all) => all.map((e) => parseFloat(getComputedStyle(e).fontSize))")
    assert max(ends) <= 390
    assert min(sizes) >= 11
    box = rows_of(page)
    page.touchscreen.tap(box["x"] + 90, box["y"] + 5.5 * box["height"] / 32)
    settled(page)
    shows(page, 5)


# --- without a script ----------------------------------------------------------------------------


def test_the_still_picture_has_the_same_numbers():
    scene, sheet = PLAY._scene(), Figure()
    for view in SHOW:
        VIEWS[view].draw(sheet.subfigures(), scene, "LIFNode")
    bell, raster, rates, fraction, _, trace, _ = sheet.axes
    s_seq = scene.done["LIFNode"].s_seq
    counts = [bar.get_height() for bar in bell.patches]
    assert counts == np.histogram(PLAY.x_seq.numpy(), 60)[0].tolist()
    assert raster.get_title().startswith("LIFNode: spikes of each neuron")
    bars = [path.vertices[:, 0].max() for path in rates.collections[0].get_paths()]
    assert bars == pytest.approx(s_seq.mean(0).tolist())
    heights = [bar.get_height() for bar in fraction.patches]
    assert heights == pytest.approx(s_seq.mean(1).tolist())
    assert trace.get_title() == "LIFNode, neuron 0"
