"""A figure of bricks: what is drawn is what PyTorch computes, and the reader paints it."""

import itertools
import re
from pathlib import Path

import nbformat
import pytest
import torch
from live import PAGE, settled
from matplotlib.figure import Figure
from pictures import fitted, number
from test_page import WIDGET

from snnbook import neuron
from snnbook.equation import EquationError
from snnbook.interactive import WORDS, Goal, explore_bricks
from snnbook.interactive.views import filled
from snnbook.neuron import ALIFNode, BaseNode, EIFNode, IFNode, LIFNode, ParametricLIFNode

CHAPTER = Path(__file__).parents[2] / "book" / "state.ipynb"
IF = IFNode(detach_reset=True)


def figures_of_the_chapter():
    """The figures of the chapter State, by the names of their cells."""
    found = {}
    for cell in nbformat.read(CHAPTER, as_version=4).cells:
        if cell.cell_type == "code" and "explore_bricks(" in cell.source:
            names = {"neuron": neuron, "Goal": Goal, "explore_bricks": explore_bricks}
            exec(cell.source, names)
            found[cell.id] = names["explorer"]
    return found


CHAPTERS = figures_of_the_chapter()


@pytest.fixture(autouse=True)
def no_still(monkeypatch):
    monkeypatch.setattr("snnbook.interactive.Painter._picture", lambda scene: b"")


@pytest.fixture(scope="module")
def figure():
    return explore_bricks(IF, 7 * [0.3])


def values_of(figure, x=(), **cuts):
    """The values at which some inputs are painted, and no others."""
    painted = {f"x{t}": x[t] if t < len(x) else 0.0 for t in range(figure.spec["T"])}
    return {**figure.spec["start"], **painted, **cuts}


def painted_at_random(figure, seed):
    """Values that a reader may paint."""
    generator = torch.Generator().manual_seed(seed)
    T, high, step = (figure.spec[name] for name in ("T", "high", "step"))
    levels = torch.randint(0, round(high / step) + 1, (T,), generator=generator)
    zero = torch.rand(T, generator=generator) < 0.3 * (seed % 3)
    x = [round(step * level, 9) for level in torch.where(zero, 0, levels).tolist()]
    cuts = torch.randint(0, T, (2,), generator=generator).tolist()
    return values_of(figure, x, **dict(zip(figure.spec["cuts"], cuts, strict=False)))


# --- what it computes ----------------------------------------------------------------------------


def by_hand(layer, charge, values, T):
    """H, S, V, and for each step dH[t]/dX by torch.autograd, of calls as a reader writes them."""
    x = torch.tensor([values[f"x{t}"] for t in range(T)], requires_grad=True)
    rows, slopes = [], []
    layer.reset()
    for t in range(T):
        for name in ("reset", "detach"):
            if t and values.get(name) == t:
                getattr(layer, name)()
        h = charge(layer.v, x[t])
        s = layer(x[t].reshape(1))
        rows.append([h.item(), s.item(), layer.v.item()])
        slopes.append(torch.autograd.grad(h.sum(), x, retain_graph=True)[0])
    return torch.tensor(rows).T, torch.stack(slopes)


LAY = """(values) => {
  const { lay } = document.querySelector(".snn-explore").snnbook;
  const { h, s, v, bricks, gradient, reach } = lay(values);
  return { h: [...h], s: [...s], v: [...v], bricks: bricks.map((row) => [...row]),
    gradient: gradient.map((row) => [...row]), reach };
}"""


def agree(page, figure, values):
    """What the page computes is what PyTorch does: to the bit, but for sums that are ordered."""
    found, wanted = page.evaluate(LAY, values), figure.run(values)
    for name in ("h", "s", "v"):
        assert found[name] == getattr(wanted, f"{name}_seq")[:, 0].tolist()
    gradient, bricks = (torch.tensor(found[name]).float() for name in ("gradient", "bricks"))
    assert torch.equal(gradient != 0, wanted.gradient != 0)
    torch.testing.assert_close(gradient, wanted.gradient, rtol=1e-5, atol=1e-7)
    torch.testing.assert_close(bricks, wanted.bricks, rtol=1e-5, atol=1e-7)
    torch.testing.assert_close(wanted.bricks.sum(1), wanted.h_seq[:, 0], rtol=1e-5, atol=1e-6)
    assert found["reach"] == int((wanted.gradient[-1] != 0).sum())
    return wanted


LAYERS = {
    "IF": (IF, lambda v, x: v + x),
    "IF, 4": (IFNode(v_threshold=4.0, detach_reset=True), lambda v, x: v + x),
    "LIF": (LIFNode(tau=4.0, v_threshold=0.4, detach_reset=True), lambda v, x: v + (x - v) / 4),
    "LIF, other": (
        LIFNode(tau=8.0, decay_input=False, detach_reset=True),
        lambda v, x: v + x - v / 8,
    ),
}


@pytest.mark.parametrize("name", LAYERS)
def test_the_page_lays_what_the_layer_adds(show, name):
    layer, charge = LAYERS[name]
    figure = explore_bricks(layer, [0.5])
    page, T, spikes = show(figure), figure.spec["T"], 0
    for seed in range(9):
        values = painted_at_random(figure, seed)
        done = agree(page, figure, values)
        (h, s, v), slopes = by_hand(figure.layer, charge, values, T)
        torch.testing.assert_close(done.h_seq[:, 0], h)
        assert (done.s_seq[:, 0].tolist(), done.v_seq[:, 0].tolist()) == (s.tolist(), v.tolist())
        assert torch.equal(done.gradient != 0, slopes != 0)
        torch.testing.assert_close(done.gradient, slopes)
        spikes += int(s.sum())
    assert spikes > 5


def test_bricks_of_an_if_neuron_are_the_inputs_since_the_last_spike(show, figure):
    for seed in range(6):
        done = figure.run(painted_at_random(figure, seed))
        x, since = done.x_seq[:, 0], 0
        reset = int(painted_at_random(figure, seed)["reset"])
        for t in range(len(x)):
            since = max(since, reset if reset <= t else 0)
            wanted = torch.where(
                (torch.arange(len(x)) >= since) & (torch.arange(len(x)) <= t), x, 0
            )
            assert torch.equal(done.bricks[t], wanted)
            since = t + 1 if done.s_seq[t] else since


@pytest.mark.parametrize("cut", range(20))
def test_every_place_of_a_cut(show, figure, cut):
    page = show(figure) if cut % 7 == 0 else None
    for cuts in ({"reset": cut}, {"detach": cut}, {"reset": cut, "detach": 6}):
        values = values_of(figure, 20 * [0.2], **{"reset": 0, "detach": 0, **cuts})
        done = figure.run(values)
        if page:
            agree(page, figure, values)
        _, slopes = by_hand(figure.layer, lambda v, x: v + x, values, 20)
        assert torch.equal(done.gradient, slopes)


def test_a_sum_of_tenths_that_is_1_fires():
    """Else a reader would see a pile that reaches the threshold and no spike."""
    run, layer = torch.zeros(1), IFNode(step_mode="m")
    for parts in range(10):
        for ends in itertools.combinations(range(1, 10), parts):
            edges = [0, *ends, 10]
            x = [round(0.1 * (b - a), 9) for a, b in itertools.pairwise(edges)]
            run = layer.run(torch.tensor(x)[:, None]).s_seq
            assert run[:, 0].tolist() == [0.0] * parts + [1.0]


def test_an_equation_of_the_readers_own_has_bricks(show):
    class Doubled(BaseNode):
        def charge(v, x):
            return 0.5 * v + 2 * x

    figure = explore_bricks(Doubled(detach_reset=True), [0.2, 0.1], high=0.5)
    assert agree(show(figure), figure, figure.values).bricks[1].tolist()[:2] == pytest.approx(
        [0.2, 0.2]
    )
    assert figure.spec["most"] == 2.0


# --- what is drawn -------------------------------------------------------------------------------

READ = """(values) => {
  const { snnbook } = document.querySelector(".snn-explore");
  if (values) { snnbook.set(values); snnbook.draw(); }
  const at = (e, name) => Number(e.getAttribute(name)), kind = (e) => e.getAttribute("class") ?? "";
  const lines = (all) => [...all].map((e) => [kind(e), e.getAttribute("d")]);
  const panels = [...document.querySelectorAll(".snn-live g.panel")].map((panel) => [
    panel.classList[1], {
      texts: [...panel.querySelectorAll("text")].map(
        (e) => [kind(e), at(e, "x"), at(e, "y"), e.textContent]),
      paths: lines(panel.querySelectorAll("path")),
      rects: [...panel.querySelectorAll("rect")].map((e) => ({
        kind: kind(e).split(" "), s: Number(e.dataset.s), t: Number(e.dataset.t),
        x: at(e, "x"), y: at(e, "y"), width: at(e, "width"), height: at(e, "height") })),
    }]);
  const cuts = lines(document.querySelectorAll(".snn-live .cut"));
  return { ...Object.fromEntries(panels), cuts };
}"""


def axis(panel, steps):
    """The lines from a place to a value, across and up, by the numbers at the axes."""
    ups = [(y - 4, number(words)) for kind, _, y, words in panel["texts"] if kind == "y"]
    marks = [(x, number(words)) for kind, x, _, words in steps["texts"] if kind == "x"]
    return fitted(*zip(*marks, strict=True)), fitted(*zip(*ups, strict=True))


def drawn(page, values=None):
    """The bricks, the columns, the gradient, the spikes, the cuts, as a reader sees them."""
    read = page.evaluate(READ, values)
    found = {}
    for name in ("input", "pile", "reach"):
        if name not in read:
            continue
        (across, start), (up, zero) = axis(read[name], read["steps"])
        found[name] = []
        for rect in read[name]["rects"]:
            low, high = (up * y + zero for y in (rect["y"] + rect["height"], rect["y"]))
            step = across * (rect["x"] + rect["width"] / 2) + start
            found[name].append((rect["s"], rect["t"], step, low, high, rect["kind"]))
        found[f"{name} pixel"] = abs(up)
    (across, start), _ = axis(read["pile"], read["steps"])
    sent = [d for kind, d in read["pile"]["paths"] if kind == "spike sent"]
    found["spikes"] = [across * float(re.match(r"M(\S+)", d)[1]) + start for d in sent]
    answers = [(x, words) for kind, x, _, words in read["pile"]["texts"] if "answer" in kind]
    found["answers"] = [float(words) for _, words in sorted(answers)]
    found["cuts"] = {
        kind.split()[1]: across * float(re.match(r"M(\S+)", d)[1]) + start
        for kind, d in read["cuts"]
    }
    return found


def check_drawn(page, figure, values):
    """The picture says what the numbers say: each brick, each spike, each cut, and nothing else."""
    done, seen, T = figure.run(values), drawn(page, values), figure.spec["T"]
    near = 0.15 * seen["pile pixel"]
    columns = {s: (step, low, high) for s, _, step, low, high, _ in seen["input"]}
    assert columns.keys() == {t for t in range(T) if values[f"x{t}"] > 0}
    for s, (step, low, high) in columns.items():
        assert step == pytest.approx(s, abs=0.02)
        assert (low, high) == pytest.approx((0, values[f"x{s}"]), abs=0.15 * seen["input pixel"])
    tops = [0.0] * T
    assert len(seen["pile"]) == int((done.bricks > 0).sum())
    for s, t, step, low, high, kind in seen["pile"]:
        assert step == pytest.approx(t, abs=0.02)
        assert low == pytest.approx(tops[t], abs=near)  # it lies on those below it
        tops[t] += float(done.bricks[t, s])
        assert high == pytest.approx(tops[t], abs=near)
        assert ("sent" in kind) == bool(done.s_seq[t])
        assert ("behind" in kind) == (done.gradient[t, s] == 0)
    assert tops == pytest.approx(done.h_seq[:, 0].tolist(), abs=1e-5)
    fired = done.s_seq[:, 0].nonzero()[:, 0].tolist()
    assert seen["spikes"] == pytest.approx(fired, abs=0.02)
    assert seen["answers"] == done.s_seq[:, 0].tolist()
    cuts = {name: values[name] - 0.5 for name in figure.spec["cuts"] if values[name] > 0}
    assert seen["cuts"] == pytest.approx(cuts, abs=0.02)
    if figure.spec["cuts"]:
        slopes = {s: (step, high) for s, _, step, _, high, _ in seen["reach"]}
        assert slopes.keys() == set((done.gradient[-1] != 0).nonzero()[:, 0].tolist())
        for s, (step, high) in slopes.items():
            assert step == pytest.approx(s, abs=0.02)
            wanted = float(done.gradient[-1, s])
            assert high == pytest.approx(wanted, abs=0.15 * seen["reach pixel"])
    figure.values = values
    assert page.locator(".snn-status").inner_text() == figure.describe()
    answer = figure.spec["goal"]["says"] if figure.found else ""
    assert page.locator(".snn-found").inner_text() == (f"✓ {answer}" if answer else "")


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("name", [*CHAPTERS, "leaky"])
def test_the_picture_is_the_numbers(show, name, width):
    layer = LIFNode(tau=3.0, decay_input=False, detach_reset=True)
    figure = CHAPTERS.get(name) or explore_bricks(layer, [0.7], T=12)
    start = dict(figure.values)
    page = show(figure, viewport={"width": width, "height": 900})
    try:
        check_drawn(page, figure, start)
        for seed in range(6):
            check_drawn(page, figure, painted_at_random(figure, seed))
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    finally:
        figure.values = start


@pytest.mark.parametrize("name", CHAPTERS)
def test_a_question_of_the_chapter_is_answered_when_it_is_found(name):
    figure, start = CHAPTERS[name], dict(CHAPTERS[name].values)
    found = {
        "predict-play": values_of(figure, [0.6, 0.6]),
        "play-memory": values_of(figure, [0.3, 0, 0.3, 0, 0.3, 0.3]),
        "play-cuts": {**start, "detach": 9},
    }[name]
    assert not figure.found
    try:
        figure.values = found
        assert figure.found
    finally:
        figure.values = start


def test_fewer_inputs_than_wanted_are_no_answer(show):
    """Whoever clears all columns and paints one spike has not taken away as few as possible."""
    figure = CHAPTERS["play-memory"]
    page, start = show(figure), dict(figure.values)
    try:
        for x in ([1.0], [0.6, 0.6], [0.3, 0.3, 0.3, 0.3]):
            check_drawn(page, figure, values_of(figure, x))
            assert figure.run().s_seq.sum() == 1
            assert figure.run().v_seq[-1] == 0
            assert figure.found == (len(x) == 4)
    finally:
        figure.values = start


def test_the_still_picture_is_the_numbers(figure, monkeypatch):
    monkeypatch.undo()
    kept, savefig = [], Figure.savefig
    monkeypatch.setattr(Figure, "savefig", lambda f, *a, **k: (kept.append(f), savefig(f, *a, **k)))
    figure.values = values_of(figure, [0.5, 0.7, 0.2, 0, 0.4], reset=0, detach=3)
    done = figure.run()
    figure.to_html()
    figure.values = figure.spec["start"]
    inputs, piles, slopes = kept[0].axes
    assert [bar.get_height() for bar in inputs.patches] == done.x_seq[:, 0].tolist()
    assert [bar.get_height() for bar in slopes.patches] == done.gradient[-1].tolist()
    heights = done.bricks[done.bricks > 0].tolist()
    assert [bar.get_height() for bar in piles.patches] == pytest.approx(heights)
    hollow = [bar.get_facecolor()[3] == 0 for bar in piles.patches]
    assert hollow == (done.gradient[done.bricks > 0] == 0).tolist()
    assert any(hollow)


# --- hands ---------------------------------------------------------------------------------------


def inputs_of(page):
    """What is painted, as the page knows it."""
    now = page.evaluate("({...document.querySelector('.snn-explore').snnbook.values})")
    return [now[name] for name in now if name.startswith("x")]


def place_of(page, t, value, T=20, high=1.0):
    """Where in the window the top of a column is."""
    box = page.locator(".snn-paint").bounding_box()  # ten pixels more than the axes, up and down
    height = box["height"] - 20
    return box["x"] + (t + 0.5) * box["width"] / T, box["y"] + 10 + height * (1 - value / high)


def test_one_sweep_of_the_mouse_paints(show, figure):
    page = show(figure)
    page.mouse.move(*place_of(page, 0, 0.0))
    page.mouse.down()
    page.mouse.move(*place_of(page, 10, 1.0))  # in one leap: no column is left out
    settled(page)
    assert inputs_of(page) == pytest.approx([0.1 * min(t, 10) for t in range(11)] + [0.0] * 9)
    assert page.locator(".snn-live path.ghost").count() == 2
    for t in (12, 11, 14):
        page.mouse.move(*place_of(page, t, 0.42))
    page.mouse.up()
    settled(page)
    assert inputs_of(page)[11:] == [pytest.approx(x) for x in [0.4] * 4 + [0.0] * 5]
    assert page.locator(".snn-live path.ghost").count() == 0
    check_drawn(page, figure, values_of(figure, inputs_of(page), reset=0, detach=0))
    figure.values = figure.spec["start"]


def test_the_brush_stays_within_the_picture(show, figure):
    page = show(figure)
    x, y = place_of(page, 19, 1.0)
    page.mouse.move(*place_of(page, 18, 0.5))
    page.mouse.down()
    page.mouse.move(x + 200, y - 200)
    settled(page)
    assert inputs_of(page)[18:] == [0.5, 1.0]
    page.mouse.move(x, y + 500)
    page.mouse.up()
    settled(page)
    assert inputs_of(page)[18:] == [0.5, 0.0]


def test_a_finger_paints_and_moves_the_scissors(show, figure):
    page = show(figure, viewport={"width": 390, "height": 900}, has_touch=True)
    touch = page.context.new_cdp_session(page)

    def send(kind, *place):
        points = [{"x": place[0], "y": place[1]}] if place else []
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    send("touchStart", *place_of(page, 2, 0.8))
    send("touchMove", *place_of(page, 8, 0.2))
    send("touchEnd")
    settled(page)
    wanted = [0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2]
    assert inputs_of(page)[2:9] == pytest.approx(wanted)
    assert not [1 for *_, kind in drawn(page)["pile"] if "faint" in kind]
    chip = page.get_by_role("slider", name="detach()")
    box = chip.bounding_box()
    assert box["height"] >= 24
    assert box["width"] >= 24
    wide = page.locator(".snn-paint").bounding_box()["width"] / 20
    x, y = box["x"] + box["width"] / 2, box["y"] + 16
    send("touchStart", x, y)
    send("touchMove", x + 3 * wide, y)
    send("touchMove", x + 7 * wide, y)
    send("touchEnd")
    settled(page)
    assert chip.get_attribute("aria-valuenow") == "7"


def test_scissors_follow_the_mouse(show, figure):
    page = show(figure)
    wide = page.locator(".snn-paint").bounding_box()["width"] / 20
    for name in ("reset", "detach"):
        chip = page.get_by_role("slider", name=f"{name}()")
        box = chip.bounding_box()
        x, y = box["x"] + box["width"] / 2, box["y"] + 16
        page.mouse.move(x, y)
        page.mouse.down()
        for steps in (1, 5, 30, 12, -3, 9):
            page.mouse.move(x + steps * wide, y + 40)
            settled(page)
            wanted = min(max(steps, 0), 19)
            assert chip.get_attribute("aria-valuenow") == str(wanted)
            assert ("idle" in chip.get_attribute("class")) == (wanted == 0)
            assert drawn(page)["cuts"].get(name, -0.5) == pytest.approx(wanted - 0.5, abs=0.02)
        page.mouse.up()


def test_keys_paint_and_cut(show, figure):
    page = show(figure)
    page.keyboard.press("Tab")
    focused = page.locator(":focus")
    assert focused.get_attribute("aria-label") == "X[0]"
    assert focused.get_attribute("role") == "slider"
    for key in ("ArrowRight", "ArrowRight", "ArrowLeft", "ArrowUp", "ArrowUp"):
        page.keyboard.press(key)
    settled(page)
    assert focused.get_attribute("aria-label") == "X[1]"
    assert focused.get_attribute("aria-valuenow") == "0.5"
    assert inputs_of(page)[:3] == [0.3, 0.5, 0.3]
    for key, value in (("End", 1), ("ArrowDown", 0.9), ("Home", 0)):
        page.keyboard.press(key)
        settled(page)
        assert inputs_of(page)[1] == value
    assert focused.get_attribute("aria-valuetext") == "0; X[1] = 0 lays no brick."
    page.keyboard.press("Tab")  # the columns are one stop
    assert "X[" not in page.locator(":focus").get_attribute("aria-label")
    chip = page.get_by_role("slider", name="reset()")
    chip.focus()
    for key, place in (
        ("ArrowRight", 1),
        ("PageUp", 11),
        ("End", 19),
        ("ArrowLeft", 18),
        ("Home", 0),
    ):
        page.keyboard.press(key)
        settled(page)
        assert chip.get_attribute("aria-valuenow") == str(place)
    assert chip.get_attribute("aria-valuetext") == WORDS["nowhere"]
    assert chip.get_attribute("aria-orientation") == "horizontal"


def test_a_column_lights_its_brick_wherever_it_lies(show, figure):
    page = show(figure)
    page.mouse.move(*place_of(page, 4, 0.5))
    settled(page)
    seen = drawn(page)
    lit = {(s, t) for s, t, *_, kind in seen["pile"] if "faint" not in kind}
    assert lit == {(4, t) for t in range(4, 20)}
    assert {s for s, *_, kind in seen["input"] if "faint" not in kind} == {4}
    assert page.locator(".snn-reading").inner_text() == filled(
        WORDS, "life_stays", {"s": 4, "x": 0.3}
    )
    page.mouse.move(1, 1)
    settled(page)
    assert not [1 for *_, kind in drawn(page)["pile"] if "faint" in kind]


def at_pile(page, t, T=20):
    """Point at the pile of a step."""
    box = page.locator(".snn-trace").bounding_box()
    page.mouse.move(box["x"] + (t + 0.5) * box["width"] / T, box["y"] + box["height"] - 4)
    settled(page)


def test_a_pile_lights_its_columns_and_is_told_in_numbers(show, figure):
    page = show(figure)
    page.evaluate(READ, values_of(figure, 7 * [0.3], reset=0, detach=6))
    at_pile(page, 6)
    seen = drawn(page)
    assert {t for _, t, *_, kind in seen["pile"] if "faint" not in kind} == {6}
    assert {s for s, *_, kind in seen["input"] if "faint" not in kind} == {4, 5, 6}
    assert {s for s, *_ in seen["reach"]} == {6}
    assert page.locator(".snn-reading").inner_text().split("\n") == [
        "H[6] = 0.3 + 0.3 + 0.3 = 0.9",
        "S[6] = Θ(0.9 − 1) = 0",
        "V[6] = 0 · 0 + (1 − 0) · 0.9 = 0.9",
        "The gradient of H[6] reaches 1 input.",
    ]
    at_pile(page, 3)
    lines = page.locator(".snn-reading").inner_text().split("\n")
    assert lines[0] == "H[3] = 0.3 + 0.3 + 0.3 + 0.3 = 1.2"
    assert lines[2] == "V[3] = 1 · 0 + (1 − 1) · 1.2 = 0"


@pytest.mark.parametrize(
    ("s", "cuts", "kind", "numbers"),
    [
        (0, {}, "life_sent", {"end": 3}),
        (3, {"detach": 2}, "life_sent", {"end": 3}),
        (1, {"reset": 3}, "life_reset", {"end": 3}),
        (5, {"reset": 9}, "life_reset", {"end": 9}),
        (5, {"detach": 9}, "life_stays", {"cut": 9}),
        (0, {"detach": 3}, "life_sent", {"end": 3, "cut": 3}),
        (0, {"detach": 4}, "life_sent", {"end": 3}),
        (5, {"reset": 9, "detach": 9}, "life_reset", {"end": 9}),
        (12, {}, "no_brick", {}),
    ],
)
def test_the_life_of_an_input_in_words(show, figure, s, cuts, kind, numbers):
    """And it is the one that the piles show."""
    page, values = show(figure), values_of(figure, 7 * [0.3], **{"reset": 0, "detach": 0, **cuts})
    page.evaluate(READ, values)
    page.mouse.move(*place_of(page, s, 0.5))
    settled(page)
    wanted = [filled(WORDS, kind, {"s": s, "x": 0.3, **numbers})]
    wanted += [filled(WORDS, "life_behind", numbers)] if "cut" in numbers else []
    assert page.locator(".snn-reading").inner_text() == " ".join(wanted)
    done = figure.run(values)
    there = (done.bricks[:, s] > 0).nonzero()[:, 0].tolist()
    assert there == [] if kind == "no_brick" else there[0] == s
    if "end" in numbers:
        assert there[-1] == numbers["end"] - (kind == "life_reset")
    behind = [t for t in there if done.gradient[t, s] == 0]
    assert behind[:1] == ([numbers["cut"]] if "cut" in numbers else [])


def test_keys_go_through_the_piles(show, figure):
    page = show(figure)
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    trace = page.locator(".snn-trace")
    trace.focus()
    for key, t in (("ArrowRight", 1), ("End", 19), ("ArrowLeft", 18), ("Home", 0)):
        page.keyboard.press(key)
        settled(page)
        assert page.locator(".snn-reading").inner_text().startswith(f"H[{t}] = ")
        assert trace.get_attribute("aria-valuetext").startswith(f"H[{t}] = ")


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("name", CHAPTERS)
def test_the_page_does_not_jump(show, name, width):
    figure, T = CHAPTERS[name], CHAPTERS[name].spec["T"]
    page = show(figure, viewport={"width": width, "height": 900})
    height = "document.querySelector('.snn-reading').getBoundingClientRect().height"
    before = page.evaluate(height)
    assert before > 40
    for t in (0, 3, 5, T - 1):
        at_pile(page, t, T)
        assert page.evaluate(height) == before
        page.mouse.move(*place_of(page, t, 0.5, T))
        settled(page)
        assert page.evaluate(height) == before


def test_buttons_clear_and_begin_again(show, figure):
    page = show(figure)
    page.get_by_role("slider", name="reset()").press("End")
    page.get_by_role("button", name="Clear").click()
    settled(page)
    assert set(inputs_of(page)) == {0}
    page.get_by_role("button", name="Start values").click()
    settled(page)
    now = page.evaluate("({...document.querySelector('.snn-explore').snnbook.values})")
    assert now == figure.spec["start"]


def test_in_a_notebook_a_painted_column_tells_python(show, figure):
    page = show()
    page.set_content(PAGE.format('<div id="place"></div>'))
    page.evaluate(WIDGET, [figure._esm, figure.spec, figure.values])
    page.mouse.move(*place_of(page, 10, 0.8))
    page.mouse.down()
    page.mouse.up()
    settled(page)
    assert page.evaluate("saved") == {**figure.spec["start"], "x10": 0.8}
    page.evaluate("model.set('values', {...saved, detach: 4})")
    page.wait_for_function(
        "document.querySelector('[aria-label=\"detach()\"]').getAttribute('aria-valuenow') === '4'"
    )
    page.evaluate("leave()")


# --- the door ------------------------------------------------------------------------------------


def test_the_layer_is_the_readers_own():
    layer = IFNode(step_mode="m")
    layer(torch.full((3, 1), 0.2))
    figure = explore_bricks(layer, [0.5], cuts=())
    assert layer.v.item() == pytest.approx(0.6)
    assert figure.layer.v == 0.0
    assert figure.layer.step_mode == "m"
    assert figure.x_seq.shape == (20, 1)
    assert figure.x_seq[:2, 0].tolist() == [0.5, 0.0]
    assert (
        figure.describe() == "IFNode: 0 spikes in 20 steps; at the end 1 brick lies there, V = 0.5."
    )


def test_a_learned_leak_is_one_number(show):
    figure = explore_bricks(ParametricLIFNode(3.0, detach_reset=True), [1.0, 0.4])
    done = agree(show(figure), figure, figure.values)
    assert done.bricks[0, 0].item() == pytest.approx(1 / 3)
    assert done.bricks[1, 0].item() == pytest.approx(2 / 9)


class Jumping(BaseNode):
    def charge(v, x):
        return v + x + 0.1


@pytest.mark.parametrize(
    ("wrong", "error", "words"),
    [
        ({"layer": torch.nn.ReLU()}, TypeError, "wanted a layer of snnbook.neuron"),
        ({"layer": IFNode()}, ValueError, "detach_reset=False; with True no gradient"),
        ({"layer": IFNode(v_reset=None)}, ValueError, "a soft reset leaves a part of a brick"),
        ({"layer": IFNode(v_reset=-0.5)}, ValueError, "v_reset=-0.5; wanted v_reset=0.0"),
        ({"layer": EIFNode(v_reset=0.0)}, ValueError, "EIFNode doesn't pile up bricks"),
        ({"layer": Jumping()}, ValueError, "isn't a [*] v [+] b [*] x"),
        ({"layer": ALIFNode()}, ValueError, "it remembers more than V: v, a"),
        ({"x": 0.3}, TypeError, "wanted a list of numbers"),
        ({"x": "0.3"}, ValueError, "wanted a list of numbers"),
        ({"x": [0.3, "a"]}, TypeError, r"x\[1\]='a'"),
        ({"x": [0.3, 1.1]}, ValueError, r"x\[1\]=1.1; wanted a finite number from 0 to 1"),
        ({"x": [0.25]}, ValueError, "wanted a multiple of step=0.1"),
        ({"x": 21 * [0.1]}, ValueError, "wanted at most T=20 numbers"),
        ({"T": 41}, ValueError, "from 2 to 40"),
        ({"step": 0.3}, ValueError, "wanted a part of high=1"),
        ({"step": 0.001}, ValueError, "from 0.01 to 1"),
        ({"high": 0}, ValueError, "high=0"),
        ({"cuts": ["detatch"]}, ValueError, "Did you mean 'detach'"),
        ({"cuts": "detach"}, TypeError, r"wanted a list, \['detach'\]"),
        ({"cuts": {"reset": 20}}, ValueError, "from 0 to 19"),
        ({"cuts": {"reset": 2.5}}, TypeError, "wanted a whole number"),
        ({"goal": Goal(lambda reach: reach == 20, "a")}, ValueError, "answer it already"),
        ({"goal": Goal(lambda rech: rech == 2, "a")}, ValueError, "Did you mean 'reach'"),
        ({"goal": Goal(3, "a")}, EquationError, "wanted a function"),
    ],
)
def test_what_does_not_fit_is_refused(wrong, error, words):
    with pytest.raises(error, match=f"(?s)^explore_bricks: .*{words}|{words}"):
        explore_bricks(**{"layer": IF, **wrong})


def test_values_that_do_not_fit_are_refused(figure):
    for wrong in ({"x20": 0.1}, {"detach": 2.5}, {"reset": 20}):
        with pytest.raises(ValueError, match=r"^run: |^explore"):
            figure.run({**figure.values, **wrong})
