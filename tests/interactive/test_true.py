"""A live picture says what the numbers say: each figure of the book, over its sliders' ranges.

What is drawn is read back from the picture: paths, dots, ticks and words. The truth is PyTorch's.
"""

import random

import numpy as np
import pytest
import torch
from live import noisy, pulse
from pictures import (
    corners,
    figures_of_the_book,
    height_at,
    number,
    panels,
    pieces,
    trace_of,
)

from snnbook.interactive import WORDS, explore
from snnbook.interactive.views import filled, rounded
from snnbook.neuron import IFNode, LIFNode

pytestmark = pytest.mark.usefixtures("no_still")
PULSE = {"x": (0, 1, 0.3), "until": (0, 20, 7, 1)}
NOISE = {"mean": (0, 2, 1.1), "spread": (0, 2, 0.5)}
FIGURES = {
    **figures_of_the_book(),
    "input": explore(IFNode(), pulse, 20, sliders=PULSE, show=["input", "trace"]),
    "raster": explore(LIFNode(), noisy, 30, 5, sliders=NOISE, show=["raster"]),
}


def settings(figure):
    """Each slider over its whole range, and all of them anywhere."""
    start, dice = figure.spec["start"], random.Random(0)
    for slider in figure.spec["sliders"]:
        low, high, step = slider["low"], slider["high"], slider["step"]
        for part in np.linspace(0, 1, 5):
            steps = round(part * (high - low) / step)
            yield {**start, slider["name"]: min(high, round(low + steps * step, 9))}
    for _ in range(6):
        yield {s["name"]: dice.uniform(s["low"], s["high"]) for s in figure.spec["sliders"]}


def same(drawn, true, panel, limits):
    """Whether heights are the numbers; what leaves the axes is drawn outside of them."""
    low, high = limits
    inside = (true >= low) & (true <= high)
    assert np.allclose(drawn[inside], true[inside], atol=panel.resolution, rtol=0)
    assert (drawn[true > high] >= high - panel.resolution).all()
    assert (drawn[true < low] <= low + panel.resolution).all()


def shown(value):
    """A number as the picture writes it."""
    return f"{float(f'{value:.4g}'):g}".replace("-", "−")


def check_potential(panel, run, T, k=None):
    """Potentials and spikes."""
    h, s, v = (seq[:, 0].double().numpy() for seq in (run.h_seq, run.s_seq, run.v_seq))
    limits = min(t[2] for t in panel.ticks), max(t[2] for t in panel.ticks)
    drawn_h, drawn_v, fired = trace_of(panel, k)
    same(drawn_h, h, panel, limits)
    same(drawn_v, v, panel, limits)
    assert len(drawn_h) == T
    assert len(fired) == np.count_nonzero(s)
    return h, v, limits, fired


def check_trace(panel, layer, run, T):
    """Potentials, spikes and levels."""
    h, v, limits, fired = check_potential(panel, run, T)
    assert panel.level("v_threshold") == pytest.approx(layer.v_threshold, abs=panel.resolution)
    assert ("level v_reset" in panel.paths) == (layer.v_reset is not None)
    if layer.v_reset is not None:
        assert panel.level("v_reset") == pytest.approx(layer.v_reset, abs=panel.resolution)
    potentials = np.concatenate([h, v])
    said = panel.words("leaves")
    room, wanted = 1e-6 * (limits[1] - limits[0]), []
    if potentials.max() > limits[1] + room:
        wanted.append(f"{shown(potentials.max())} ↑")
    if potentials.min() < limits[0] - room:
        wanted.append(f"{shown(potentials.min())} ↓")
    assert said == wanted
    assert ("leaves" in panel.paths) == bool(wanted)
    return fired


def check_input(panel, x_seq):
    """The input: a height for each step."""
    (path,) = panel.paths["input"]
    heights = [part.split("V")[-1].split()[-1] for part in path.split("H")[:-1]]
    limits = min(t[2] for t in panel.ticks), max(t[2] for t in panel.ticks)
    assert not panel.words("leaves")
    same(panel.y([float(y) for y in heights]), x_seq[:, 0].double().numpy(), panel, limits)


def check_raster(panel, s_seq, axis=None):
    """A mark for each spike; its time axis may be that of the panel below."""
    (path,) = panel.paths["spike"]
    marks = [part.split("v")[0].split() for part in path.split("M")[1:]]
    places = np.array([[float(x), float(y)] for x, y in marks]).reshape(-1, 2)
    steps = np.round((axis or panel).x(places[:, 0])).astype(int)
    rows = np.round(panel.y(places[:, 1]) + 0.4).astype(int)
    drawn = torch.zeros_like(s_seq)
    drawn[steps, rows] = 1.0
    assert torch.equal(drawn, s_seq)
    assert len(marks) == s_seq.sum()


def check_bell(panel, x_seq, mean, spread, size=0.1):
    """Bars count the very numbers; a curve says what a bin around each value can expect."""
    bars = panel.paths["histogram"][0].split("M")[1:]
    numbers = [[n for _, found in pieces(f"M{bar}") for n in found] for bar in bars]
    left, foot, top, right, _ = np.array(numbers).T
    bins = np.floor(x_seq.flatten().double().numpy() / size + 0.5)
    values, counts = np.unique(bins, return_counts=True)
    near = abs(panel._x[0]) / 10  # what a tenth of a pixel is worth
    assert np.allclose(panel.x((left + right) / 2), values * size, atol=near)
    scale = (foot - top).sum()  # of all numbers
    assert np.allclose(foot - top, counts / counts.sum() * scale, atol=0.2)

    (curve,) = panel.paths["curve"]
    x, y = np.array([found for _, found in pieces(curve)]).T
    z = (panel.x(x)[:, None, None] + [[-near], [near]] + [-size / 2, size / 2] - mean) / max(
        spread, 1e-9
    )
    share = np.diff(torch.special.ndtr(torch.from_numpy(z)).numpy())[..., 0] * scale
    assert (foot[0] - y > share.min(1) - 0.5).all()
    assert (foot[0] - y < share.max(1) + 0.5).all()
    assert (foot[0] - y).sum() / 4 == pytest.approx(scale, rel=0.02)


def check_rates(panel, s_seq):
    """A bar beside each row, as long as the neuron's firing rate."""
    (bars,) = panel.paths["rate rows"]
    ends = sorted((x, number(words)) for kind, x, _, words in panel.texts if kind == "rates")
    drawn = np.zeros(s_seq.shape[1])
    for bar in bars.split("M")[1:]:
        (_, (_, y)), (_, (long,)) = pieces(f"M{bar}")
        drawn[round(float(panel.y(y)))] = long / (ends[1][0] - ends[0][0]) * ends[1][1]
    assert np.allclose(drawn, s_seq.double().mean(0).numpy(), atol=0.1 * ends[1][1] / 50)


def check_fraction(panel, s_seq):
    """A height for each step."""
    (path,) = panel.paths["share"]
    heights = [numbers[0] for letter, numbers in pieces(path) if letter == "V"][:-1]
    assert np.allclose(panel.y(heights), s_seq.double().mean(1).numpy(), atol=panel.resolution)


def check_rate(panel, figure, values, runs):
    """Stairs, a dot on each, and the dots are the rates."""
    for k, run in enumerate(runs.values()):
        (path,) = panel.paths[f"rate style{k % 3}"]
        _, x, y = panel.dots[k]
        rate = float(run.s_seq[:, 0].double().mean())
        assert panel.x(x) == pytest.approx(values[figure.spec["against"]], abs=0.01)
        assert panel.y(y) == pytest.approx(rate, abs=panel.resolution)
        assert "L" not in path
        assert height_at(path, x) == pytest.approx(y, abs=0.11)


def check_excesses(panel, layers, runs):
    """A block for what a spike has above the threshold, and for what the next step starts from.

    Those of the first of two layers stand left of their step, those of the other one right of it.
    """
    drawn, wanted, near = [], [], 2 * panel.resolution
    for kind, d in panel.excesses:
        left, top, right, bottom = corners(d)
        place = float(panel.x((left + right) / 2))
        drawn.append((kind, round(place), int(place > round(place)), *panel.y([bottom, top])))
    for k, (layer, run) in enumerate(zip(layers, runs, strict=True)):
        h, s, v = (seq[:, 0].tolist() for seq in (run.h_seq, run.s_seq, run.v_seq))
        level = layer.v_threshold
        for t in np.flatnonzero(s):
            kept = min(max(v[t], 0), h[t] - level)
            wanted += [
                ("block kept-on", t, k, level, level + kept),
                ("block lost", t, k, level + kept, h[t]),
                ("block kept-on", t, k, 0.0, v[t]),
            ]

    def among(block, others):
        alike = [one for one in others if one[:3] == block[:3]]
        return any(np.allclose(one[3:], block[3:], atol=near, rtol=0) for one in alike)

    assert all(among(block, wanted) for block in drawn)
    assert all(among(block, drawn) for block in wanted if block[4] - block[3] > near)


def check_balances(panel, accounts, words):
    """The bars of the accounts: as high as the entries, in one scale, with their numbers."""
    scales = set()
    for (blocks, texts), account in zip(panel.balances, accounts.values(), strict=True):
        entries = {"came": account.input, **account.parts()}
        told = {kind.split()[-1]: word for kind, word in texts if kind.startswith("entry")}
        ends, heights = {}, dict.fromkeys(entries, 0.0)
        for kind, d in blocks:
            left, top, _, bottom = corners(d)
            assert ends.get(left, bottom) == pytest.approx(bottom, abs=0.11)  # one upon the other
            ends[left] = top
            heights[kind.split()[1]] += bottom - top
        if not account.input:
            assert not blocks
            continue
        assert len({round(top) for top in ends.values()}) == 1  # what came went
        scale = heights["came"] / abs(account.input)
        scales.add(scale)
        assert heights == {
            name: pytest.approx(abs(value) * scale, abs=0.25) for name, value in entries.items()
        }
        for name, value in entries.items():
            word = filled(words, f"account_{name.replace('came', 'input')}", {"value": "X"})
            assert told[name] == word.replace("X", f"{float(f'{value:.3g}'):g}".replace("-", "−"))
    assert max(scales, default=1) == pytest.approx(min(scales, default=1), rel=0.01)


@pytest.mark.parametrize("name", FIGURES)
def test_what_is_drawn_is_what_the_layer_does(show, name):
    figure = FIGURES[name]
    page, spec = show(figure), figure.spec
    for count, values in enumerate(settings(figure)):
        figure.values = values
        runs, layers, x_seq = figure.run(), [*figure.layers.values()], figure.x_seq
        drawn = panels(page, values)
        for panel, (view, k) in zip(drawn, spec["panels"], strict=True):
            assert panel.view == view
            run = [*runs.values()][k]
            if view == "trace":
                fired = check_trace(panel, layers[k], run, spec["T"])
                if k == len(layers) - 1:
                    steps = np.round(panel.x(fired)).astype(int).tolist()
                    assert steps == run.s_seq[:, 0].nonzero()[:, 0].tolist()
            elif view == "input":
                check_input(panel, x_seq)
            elif view == "account":
                for layer, done in enumerate(runs.values()):
                    fired = check_potential(panel, done, spec["T"], layer)[-1]
                    steps = np.round(panel.x(fired)).astype(int).tolist()
                    assert steps == done.s_seq[:, 0].nonzero()[:, 0].tolist()
                assert panel.level("v_threshold") == pytest.approx(
                    layers[0].v_threshold, abs=panel.resolution
                )
                check_excesses(panel, layers, runs.values())
                check_balances(panel, figure.account(), spec["words"])
            elif view == "raster":
                check_raster(panel, run.s_seq)
            elif view == "bell":
                check_bell(panel, x_seq, values["mean"], values["spread"])
            elif view == "population":
                check_raster(panel, run.s_seq, drawn[spec["show"].index("fraction")])
                check_rates(panel, run.s_seq)
            elif view == "fraction":
                check_fraction(panel, run.s_seq)
            else:
                check_rate(panel, figure, values, runs)
        if count % 5 == 0 and not spec["play"]:
            said = page.locator(".snn-status").inner_text()
            assert said == figure.describe().replace(". ", "\n")


def test_each_view_is_in_one_of_the_figures():
    assert {view for f in FIGURES.values() for view, _ in f.spec["panels"]} == {
        "input",
        "trace",
        "raster",
        "rate",
        "account",
        "bell",
        "population",
        "fraction",
    }
    assert len(FIGURES) == 7


# --- what moves, and what stands still -----------------------------------------------------------


@pytest.mark.parametrize("name", FIGURES)
def test_the_thing_moved_is_the_thing_that_moves(show, name):
    figure = FIGURES[name]
    page, first, lines = show(figure), None, {}
    for values in settings(figure):
        drawn = [p for p in panels(page, values) if p.view != "rate"]
        axes = [(panel.ticks, panel.steps) for panel in drawn]
        first = first or axes
        assert axes == first, values
        for k, panel in enumerate(drawn):
            for level in ("v_threshold", "v_reset"):
                if f"level {level}" in panel.paths:
                    lines.setdefault((level, k), set()).add(panel.paths[f"level {level}"][0])
    moved = {slider["name"] for slider in figure.spec["sliders"]}
    for (level, _), places in lines.items():
        assert (len(places) > 1) == (level in moved)


def test_a_threshold_that_is_lifted_rises(show):
    page = show(FIGURES["cover"])
    heights = []
    for value in np.arange(20, 201, 5) / 100:
        (panel,) = panels(page, {"v_threshold": value})
        heights.append(float(panel.paths["level v_threshold"][0].split("H")[0].split()[1]))
    steps = np.diff(heights)
    assert (steps < 0).all()
    assert steps.max() - steps.min() <= 0.2


@pytest.mark.parametrize("against", ["x", "tau", "v_threshold", "v_reset"])
def test_each_value_of_the_slider_lies_on_the_stairs(show, against):
    layers = {"hard": LIFNode(tau=4.0), "soft": LIFNode(tau=4.0, v_reset=None)}
    figure = explore(layers, 0.9, T=60, show=["rate"], against=against)
    page = show(figure)
    (slider,) = (s for s in figure.spec["sliders"] if s["name"] == against)
    count = round((slider["high"] - slider["low"]) / slider["step"])
    (panel,) = panels(page)
    for k in range(0, count + 1, 3):
        value = round(slider["low"] + k * slider["step"], 9)
        place = (value - panel._x[1]) / panel._x[0]
        for style, run in enumerate(figure.run({**figure.values, against: value}).values()):
            (path,) = panel.paths[f"rate style{style}"]
            rate = float(run.s_seq.double().mean())
            assert panel.y(height_at(path, place)) == pytest.approx(rate, abs=panel.resolution)


def test_the_stairs_have_each_step_at_its_place(show):
    figure = explore(IFNode(), 0.33, T=120, sliders={"x": (0, 1.25, 0.33, 0.01)}, show=["rate"])
    (panel,) = panels(show(figure))
    (path,) = panel.paths["rate style0"]
    for x in (0.4999, 0.5001, 0.3332, 0.3334, 0.33, 0.2499, 0.2501):  # the counts change between
        place = (x - panel._x[1]) / panel._x[0]
        done = IFNode().run(torch.full((120, 1), x))
        if abs(x - round(1 / round(1 / x), 9)) * 500 > 0.5:  # at least half a pixel from the riser
            rate = float(done.s_seq.double().mean())
            assert panel.y(height_at(path, place)) == pytest.approx(rate, abs=panel.resolution)


def test_the_axis_of_the_rates_stands_still_while_a_hand_is_on_the_figure(show):
    page = show(FIGURES["spikes"])

    def ticks():
        return next(p.ticks for p in panels(page) if p.view == "rate")

    slider = page.locator("input[aria-label=tau]")
    box, first = slider.bounding_box(), ticks()
    page.mouse.move(box["x"] + 0.2 * box["width"], box["y"] + box["height"] / 2)
    page.mouse.down()
    for part in (0.15, 0.1, 0.05, 0.0):
        page.mouse.move(box["x"] + part * box["width"], box["y"] + box["height"] / 2)
        page.wait_for_timeout(40)
        drawn = next(p for p in panels(page) if p.view == "rate")
        assert drawn.ticks == first
    assert drawn.words("leaves") == ["1 ↑"]
    page.mouse.up()
    page.wait_for_function("document.querySelectorAll('g.rate text.leaves').length === 0")
    assert ticks()[-1][2] == 1.0


def test_a_false_level_is_never_drawn(show):
    """A soft reset that gets more than it pays out rises for ever: it leaves the picture."""
    pair = {"hard reset": IFNode(), "soft reset": IFNode(v_reset=None)}
    page = show(explore(pair, 0.3, 120, sliders={"x": (0, 1.25)}))
    drawn = panels(page, {"x": 1.25})
    soft = [p for p in drawn if p.view == "trace"][1]
    assert soft.words("leaves") == ["31 ↑"]
    assert (
        page.locator("svg[role=img]")
        .get_attribute("aria-label")
        .endswith("soft reset: the potential leaves the picture, to 31")
    )
    (line,) = soft.paths["potential"]
    assert len(set(line.split("L"))) == 120


# --- words ---------------------------------------------------------------------------------------


def test_names_stand_at_their_lines(show):
    for figure in FIGURES.values():
        for panel in panels(show(figure)):
            texts = {words: y for _, _, y, words in panel.texts}
            for level in ("v_threshold", "v_reset"):
                for path in panel.paths.get(f"level {level}", ()):
                    line = float(path.split("H")[0].split()[1])
                    assert abs(texts[level] - 4 - line) < 14


def test_one_meaning_for_each_colour(show):
    figure = explore(
        {"a": IFNode(), "b": LIFNode()},
        lambda t, x: x,
        T=20,
        sliders={"x": (0, 1, 0.6)},
        show=["input", "trace", "raster", "rate"],
    )
    page = show(figure)
    strokes = page.evaluate(
        """() => [...document.querySelectorAll("g.panel :is(path, circle)[class]")].map(
             (e) => [e.getAttribute("class").split(" ")[0], getComputedStyle(e).stroke])"""
    )
    green, blue, orange = "rgb(0, 122, 90)", "rgb(0, 114, 178)", "rgb(213, 94, 0)"
    wanted = {"input": green, "potential": blue, "step": blue, "spike": orange, "rate": orange}
    for kind, color in wanted.items():
        assert {c for k, c in strokes if k == kind} == {color}
    others = {k for k, c in strokes if c in (green, blue, orange)} - set(wanted)
    assert others == {"level"}  # what the potential heads for
    styles = page.evaluate(
        """() => [...document.querySelectorAll("path.rate")].map(
             (e) => getComputedStyle(e).strokeDasharray)"""
    )
    assert len(set(styles)) == 2
    dots = page.evaluate(
        "() => [...document.querySelectorAll('circle')].map((e) => getComputedStyle(e).fill)"
    )
    assert len(set(dots)) == 2


def test_a_figure_is_a_figure(show):
    page = show(FIGURES["cover"])
    assert page.get_by_role("figure", name=WORDS["label"]).count() == 1


@pytest.mark.parametrize(("x", "words"), [(0.05, "0 spikes"), (0.15, "1 spike"), (0.2, "2 spikes")])
def test_a_count_and_its_noun_agree(show, x, words):
    figure = explore(IFNode(), x, T=10)
    assert figure.describe().startswith(f"IFNode: {words} in 10 steps, firing rate ")
    assert show(figure).locator(".snn-status").inner_text() == figure.describe()


def test_a_language_has_its_own_forms(show, monkeypatch):
    def polish(n):
        if n == 1:
            return 0
        return 1 if n % 10 in (2, 3, 4) and n % 100 not in (12, 13, 14) else 2

    monkeypatch.setitem(WORDS, "plural", "".join(str(polish(n)) for n in range(200)))
    monkeypatch.setitem(WORDS, "count", "{spikes} {spikes:impuls|impulsy|impulsów}")
    for count in (0, 1, 3, 5, 12, 22, 101, 104, 112, 125):
        figure = explore(IFNode(), 1.0, T=max(1, count))
        figure.values = {**figure.values, "x": float(count > 0)}
        form = ("impuls", "impulsy", "impulsów")[polish(count)]
        assert figure.describe() == f"{count} {form}"
        assert show(figure).locator(".snn-status").inner_text() == f"{count} {form}"


def test_what_is_no_count_takes_the_last_form():
    assert filled(WORDS, "count", {"name": "a", "spikes": 0.5, "steps": 1, "rate": 0.5}) == (
        "a: 0.5 spikes in 1 step, firing rate 0.5"
    )


@pytest.mark.parametrize(
    ("value", "words"), [(1 / 32, "0.0313"), (0.05, "0.05"), (1.0, "1"), (0.0, "0"), (1e-5, "0")]
)
def test_a_rate_has_as_many_digits_as_it_needs(show, value, words):
    assert rounded(value) == words
    page = show(explore(IFNode(), 0.0))
    assert page.evaluate("(value) => String(Number(value.toFixed(4)))", value) == words
