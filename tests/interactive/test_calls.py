"""A figure of calls: what is drawn is what PyTorch computes, wherever the reader's hand is."""

import itertools
import re

import pytest
import torch
from live import PAGE, settled
from test_page import WIDGET
from torch import nn

from snnbook import functional
from snnbook.interactive import WORDS, Caller, explore_calls
from snnbook.interactive.views import filled
from snnbook.neuron import ALIFNode, EIFNode, IFNode, LIFNode, LINode

T, LAYERS, WIDTHS = 5, 4, [3, 4, 4, 3, 3]
CELLS = T * LAYERS
FREE = {"cells": range(CELLS + 1), "cut": range(1, T + 1), "reset": (0, 1), "feedback": (0, 1)}
EVERY = [dict(zip(FREE, chosen, strict=True)) for chosen in itertools.product(*FREE.values())]
ALL = {"cells": CELLS, "cut": T, "reset": 0, "feedback": 0}


@pytest.fixture(autouse=True)
def _no_still(monkeypatch):
    """Make no still pictures: they take longer than all the rest."""
    monkeypatch.setattr(Caller, "_picture", lambda scene: b"")


def net_of(first=IFNode, last=IFNode):
    torch.manual_seed(27)
    net = nn.Sequential(nn.Linear(3, 4), first(), nn.Linear(4, 3), last())
    with torch.no_grad():
        for weight in net.parameters():
            weight.abs_()
    return net


@pytest.fixture(scope="module")
def net():
    return net_of()


@pytest.fixture(scope="module")
def x_seq():
    net_of()  # the random numbers after its weights: all layers fire, and a reset is seen
    return torch.rand(T, 3)


@pytest.fixture(scope="module")
def figure(net, x_seq):
    return explore_calls(net, x_seq, strength=-1.0)


@pytest.fixture(scope="module")
def truth(figure):
    """What PyTorch does at every position of all that can be moved."""
    return [figure.run(values) for values in EVERY]


# ------------------------------------------------------------------------------------- in Python


def test_the_calls_are_those_of_the_network_itself(net, x_seq, figure):
    """A hook sees them, and a network of one's own gives the same."""
    ours = net_of().double()
    calls = {"s": [], "m": []}
    outputs = {}
    for mode, seen in calls.items():
        functional.reset_net(ours)
        functional.set_step_mode(ours, mode)
        hooks = [
            layer.register_forward_hook(lambda *_, k=k, seen=seen: seen.append(k))
            for k, layer in enumerate(ours)
        ]
        x = x_seq.double()[:, None]
        with torch.no_grad():
            outputs[mode] = torch.stack([ours(one) for one in x]) if mode == "s" else ours(x)
        for hook in hooks:
            hook.remove()
    done = figure.run(ALL)
    for mode, seen in calls.items():
        assert done[mode].made == len(seen) == {"s": 20, "m": 4}[mode]
        assert torch.equal(done[mode].rows[-1], outputs[mode][:, 0])
        assert torch.equal(done[mode].states[3], ours[3].v[0])
    assert 0.2 < done["s"].rows[2].mean() < 0.8
    assert 0.2 < done["s"].rows[4].mean() < 0.8


def test_both_orders_give_the_same(truth):
    for done in truth:
        for one, other in zip(done["s"].rows, done["m"].rows, strict=True):
            both = min(len(one), len(other))
            torch.testing.assert_close(one[:both], other[:both], rtol=0, atol=1e-12)
            assert torch.equal(one[:both] == 1, other[:both] == 1)
    ends = [d for d, v in zip(truth, EVERY, strict=True) if v["cells"] == CELLS]
    assert all(d["s"].done == CELLS for d in ends)


def test_a_cut_changes_nothing_and_a_reset_at_it_changes_what_comes_later(figure):
    whole, changed = figure.run(ALL), {}
    for cut, mode in itertools.product(range(1, T), "sm"):
        handed = figure.run({**ALL, "cut": cut})[mode]
        assert all(map(torch.equal, handed.rows, whole[mode].rows))
        assert handed.changed == set()
        fresh = figure.run({**ALL, "cut": cut, "reset": 1})[mode]
        assert fresh.changed
        assert {t for t, _ in fresh.changed} <= {*range(cut, T)}
        assert 0 not in {k for _, k in fresh.changed}, "the first layer has no state"
        for k, (one, other) in enumerate(zip(fresh.rows[1:], whole[mode].rows[1:], strict=True)):
            differ = ((one - other).abs() > 1e-9).any(1).nonzero()[:, 0].tolist()
            assert {(t, k) for t in differ} == {cell for cell in fresh.changed if cell[1] == k}
        changed[cut, mode] = fresh.changed
    assert all(changed[cut, "s"] == changed[cut, "m"] for cut in range(1, T))
    assert any(len(one) < 3 * (T - cut) for (cut, _), one in changed.items()), "not all of them"


def test_what_is_held_is_v_and_what_the_next_call_is_given(figure):
    def held(mode, **values):
        done = figure.run({**ALL, **values})[mode]
        return done.memory, done.given

    assert [held("s", cells=c) for c in (0, 1, 2, 3, 4)] == [(0, 3), (0, 4), (4, 4), (4, 3), (7, 3)]
    assert [held("m", cells=c * T) for c in range(5)] == [
        (0, 15),
        (0, 20),
        (4, 20),
        (4, 15),
        (7, 0),
    ]
    assert held("s") == held("m") == (7, 0), "after all of it they keep the same"
    assert held("m", cells=T - 1) == (0, 15), "a call is whole, or it wasn't made"
    assert held("m", cells=8, cut=2) == (7, 9), "the second block goes on from V"
    assert held("m", cells=8, cut=2, reset=1) == (0, 9), "reset"


def test_feedback_needs_steps_that_are_blocks(figure, truth):
    for values, done in zip(EVERY, truth, strict=True):
        m = done["m"]
        longer = [end - first for first, end in ((0, values["cut"]), (values["cut"], T))]
        if not values["feedback"]:
            assert not m.stuck
        elif longer[0] > 1:
            assert (m.stuck, m.made, m.done, len(m.rows[0])) == (True, 0, 0, 1)
        else:  # the first block is one step: it can be called
            assert m.done == min(values["cells"], LAYERS)
            assert m.stuck == (values["cells"] >= LAYERS)
        assert not done["s"].stuck
    one, other = (figure.run({**ALL, "feedback": n})["s"].rows for n in (0, 1))
    assert torch.equal(other[0][1:], one[0][1:] - other[4][:-1])
    assert not torch.equal(one[4], other[4])


# ---------------------------------------------------------------------------------- in the page

RUN = """(cases) => cases.map((values) =>
  document.querySelector(".snn-explore").snnbook.run(values).modes.map((one) => ({
    made: one.made, done: one.done, memory: one.memory, given: one.given, stuck: one.stuck,
    next: one.next && [one.next.first, one.next.end, one.next.layer],
    rows: one.rows.map((row) => row.map((numbers) => [...numbers])), states: one.states,
    changed: one.changed.map(({ t, layer }) => [t, layer]),
  })))"""


def agree(page, wanted, cases):
    """What the page computes is what PyTorch does."""
    for found, done in zip(page.evaluate(RUN, cases), wanted, strict=True):
        for one, calls in zip(found, done.values(), strict=True):
            for name in ("made", "done", "memory", "given", "stuck"):
                assert one[name] == getattr(calls, name), name
            assert one["next"] == (calls.next and list(calls.next))
            assert {tuple(cell) for cell in one["changed"]} == calls.changed
            for row, numbers in zip(one["rows"], calls.rows, strict=True):
                assert len(row) == len(numbers)
                if row:
                    row = torch.tensor(row, dtype=torch.float64)
                    torch.testing.assert_close(row, numbers, rtol=1e-10, atol=1e-12)
            for state, v in zip(one["states"], calls.states, strict=True):
                assert (state is None) == (v is None)
                if v is not None:
                    state = torch.tensor(state, dtype=torch.float64)
                    torch.testing.assert_close(state, v, rtol=1e-10, atol=1e-12)


def test_the_page_calls_what_pytorch_calls(show, figure, truth):
    agree(show(figure), truth, EVERY)


@pytest.mark.parametrize(
    "kinds",
    [(ALIFNode, LIFNode), (lambda: LIFNode(4.0, v_reset=None), EIFNode), (IFNode, LINode)],
    ids=["adaptive", "soft", "readout"],
)
def test_other_neurons_are_called_too(show, x_seq, kinds):
    figure = explore_calls(net_of(*kinds), 2 * x_seq)
    some = EVERY[::11]
    agree(show(figure), map(figure.run, some), some)


def test_a_network_that_changes_the_width_has_no_feedback(show, x_seq):
    figure = explore_calls(net_of()[:2], x_seq)
    assert [slider["name"] for slider in figure.spec["sliders"]] == ["cells", "cut", "reset"]
    page = show(figure)
    assert page.get_by_role("button", name="feedback").count() == 0
    agree(
        page, [figure.run({"cells": 4, "cut": 2, "reset": 1})], [{"cells": 4, "cut": 2, "reset": 1}]
    )


# --------------------------------------------------------------------------------- what is drawn

READ = """(cases) => {
  const { snnbook } = document.querySelector(".snn-explore");
  return cases.map((values) => {
    snnbook.set(values);
    snnbook.draw();
    const panels = [...document.querySelectorAll(".snn-live g.panel")].map((panel) => {
      const at = (e, name) => Number(e.getAttribute(name)), kind = (e) => e.getAttribute("class");
      const rects = (name) => [...panel.querySelectorAll(`rect.${name}`)].map((e) =>
        [kind(e), ...["x", "y", "width", "height"].map((one) => at(e, one))]);
      const path = (name) => panel.querySelector(`path.${name}`)?.getAttribute("d") ?? "";
      return {
        mode: panel.dataset.mode, boxes: rects("box"), calls: rects("call"), tokens: rects("token"),
        title: panel.querySelector(".made").textContent,
        sum: panel.querySelector(".sum").textContent,
        number: path("number"), spike: path("spike"), silent: path("silent"), kept: path("kept"),
        memory: path("held.memory"), given: path("held.number"), cut: path("cut"),
        fed: path("fed:not(.stuck)"), never: path("fed.stuck"),
        unknown: [...panel.querySelectorAll("text.stuck")].map((e) => at(e, "x")),
        words: [...panel.querySelectorAll("text.cut-words")].map((e) => e.textContent),
      };
    });
    return [panels, document.querySelector(".snn-status").textContent];
  });
}"""


def bars(path):
    """The bars of a path: place, where each begins, how far it goes up."""
    found = re.findall(r"M(\S+) ([^vh]+)[vh](-?[\d.]+)", path)
    return [(float(x), float(y), -float(length)) for x, y, length in found]


class Grid:
    """One grid of a picture, read back into cells."""

    def __init__(self, drawn):
        self.drawn, self.boxes = drawn, drawn["boxes"]
        self.columns = sorted({x for _, x, *_ in self.boxes})
        self.rows = sorted({y for _, _, y, *_ in self.boxes}, reverse=True)
        _, _, _, self.wide, self.high = self.boxes[0]

    def column(self, x):
        """The step of a place, and how far into its cell it lies, from 0 to 1."""
        t = max(k for k, left in enumerate(self.columns) if left <= x + 0.06)
        return t, (x - self.columns[t]) / self.wide

    def row(self, y):
        """The row of a height: 0 is the input."""
        (k,) = (k for k, top in enumerate(self.rows) if top - 0.06 <= y <= top + self.high + 0.06)
        return k

    def marks(self, name):
        """For each cell the bars in it: for the number of a neuron, where it begins, how high."""
        found = {}
        for x, y, up in bars(self.drawn[name]):
            (t, into), k = self.column(x), self.row(y)
            found.setdefault((t, k), {})[round(into * WIDTHS[k] - 0.5)] = (y, up)
        return found

    def kinds(self, kind):
        """The cells whose box is of a kind."""
        return {
            (self.column(x)[0], self.row(y + 1))
            for name, x, y, *_ in self.boxes
            if kind in name.split()
        }

    def call(self, rect):
        """The steps and the layer that a call's outline covers."""
        _, x, y, width, _ = rect
        return self.column(x)[0], self.column(x + width)[0] + 1, self.row(y + 1) - 1


def check_scale(scales, key, value, up):
    """A bar is as high as its number, in the scale of its row, which never changes."""
    if abs(value) > 0.05:
        scale = scales.setdefault(key, up / value)
        assert up == pytest.approx(scale * value, abs=0.25), key
    else:
        assert abs(up) < 2.5, key


def check_grid(grid, calls, values, scales):
    """What is drawn in one grid is what one mode has come to."""
    drawn, mode = grid.drawn, grid.drawn["mode"]
    known = {(t, k) for k, row in enumerate(calls.rows) for t in range(len(row))}
    assert grid.kinds("done") | grid.kinds("changed") == known
    assert grid.kinds("changed") == {(t, k + 1) for t, k in calls.changed}
    spikes, silent, numbers = map(grid.marks, ("spike", "silent", "number"))
    for t, k in known:
        row = calls.rows[k][t].tolist()
        if k in (2, 4):
            assert {i for i, s in enumerate(row) if s == 1} == spikes.pop((t, k), {}).keys()
            assert {i for i, s in enumerate(row) if s == 0} == silent.pop((t, k), {}).keys()
        else:
            for i, (_, up) in numbers.pop((t, k)).items():
                check_scale(scales, f"row {k}", row[i], up)
    assert not spikes
    assert not silent
    assert not numbers

    # The tokens: one for each state, on the edge behind the last step of its layer.
    tokens, kept = {}, bars(drawn["kept"])
    for _, x, y, width, _ in drawn["tokens"]:
        k = grid.row(y + 15) - 1
        before = [t for t, left in enumerate(grid.columns) if left + grid.wide <= x + 1]
        inside = [bar for bar in kept if x <= bar[0] <= x + width and abs(bar[1] - y - 15) < 16]
        tokens[k] = len(before), inside
    assert tokens.keys() == {k for k, v in enumerate(calls.states) if v is not None}
    for k, (steps, inside) in tokens.items():
        assert steps == len(calls.rows[k + 1])
        for (_, _, up), v in zip(sorted(inside), calls.states[k].tolist(), strict=True):
            check_scale(scales, f"state {k}", v, up)

    # The calls: the last one, and the next where it is under way, or can't be made.
    outlines = {rect[0]: grid.call(rect) for rect in drawn["calls"]}
    assert ("call" in outlines) == (calls.made > 0)
    if calls.made:
        first, end, k = outlines["call"]
        assert len(calls.rows[k + 1]) == end
        assert end - first == (
            1 if mode == "s" else values["cut"] if end == values["cut"] else T - first
        )
    begun = calls.next is not None and not calls.stuck and values["cells"] > calls.done
    assert outlines.get("call begun") == (tuple(calls.next) if begun else None)
    assert outlines.get("call stuck") == (tuple(calls.next) if calls.stuck else None)
    unknown = {grid.column(x)[0] for x in drawn["unknown"]}
    assert unknown == ({*range(calls.next.first + 1, calls.next.end)} if calls.stuck else set())

    # What is said and shown above.
    assert drawn["title"] == filled(WORDS, f"order_{mode}", {"calls": calls.made})
    assert drawn["sum"] == f"{calls.held} numbers held = {calls.memory} V + {calls.given} X"
    for name, count in (("memory", calls.memory), ("given", calls.given)):
        length = float(drawn[name].split("h")[1])
        check_scale(scales, "held", count, length)

    # The cut, and the feedback.
    place = float(re.match(r"M(\S+) ", drawn["cut"])[1])
    gaps = [left for left in grid.columns if left > place]
    assert len(gaps) == T - values["cut"]
    shown = "cut" if values["cut"] == T else "reset()" if values["reset"] else "V goes on"
    assert drawn["words"] == [shown]
    ends = [float(x) for x in re.findall(r"H([\d.]+)m", drawn["fed"])]
    assert [grid.column(x + 1)[0] for x in ends] == (
        [t for t in range(1, T) if t <= len(calls.rows[-1])] if values["feedback"] else []
    )
    ends = [float(x) for x in re.findall(r"H([\d.]+)m", drawn["never"])]
    assert {grid.column(x + 1)[0] for x in ends} == unknown


def test_what_is_drawn_is_what_was_computed(show, figure, truth):
    """At every position of the call, the cut, the reset and the feedback."""
    page, scales = show(figure), {}
    for values, done, (panels, words) in zip(EVERY, truth, page.evaluate(READ, EVERY), strict=True):
        assert [panel["mode"] for panel in panels] == ["s", "m"]
        grids = [Grid(panel) for panel in panels]
        for grid, calls in zip(grids, done.values(), strict=True):
            check_grid(grid, calls, values, scales)
        scene = figure._scene()._replace(values=values, done=done)
        assert words == type(figure)._words(scene)
        assert ("The future is needed." in words) == done["m"].stuck
        assert (WORDS["no_cut"] in words) == (values["reset"] == 1 and values["cut"] == T)
    assert {"row 0", "row 1", "row 3", "state 1", "state 3", "held"} <= scales.keys()


@pytest.mark.parametrize(
    ("values", "done", "waits"),
    [
        ({"cells": 7}, 5, (5, 3)),
        ({"cells": 5}, 5, None),
        ({"cells": 10, "cut": 3}, 9, (3, 2)),
        ({"cells": 13, "cut": 3}, 12, (2, 1)),
        ({"cells": 7, "feedback": 1}, 0, None),
    ],
)
def test_a_call_that_waits_says_for_how_many_cells(figure, values, done, waits):
    """Whoever asks for one more cell, and gets none, reads why."""
    values = {**ALL, **values}
    calls = figure.run(values)
    assert (calls["s"].done, calls["m"].done) == (values["cells"], done)
    said = Caller._words(figure._scene()._replace(values=values, done=calls)).splitlines()
    assert "waits" not in said[0]
    if waits:
        numbers = dict(zip(("steps", "more"), waits, strict=True))
        assert said[1].endswith(filled(WORDS, "waits", numbers))
    else:
        assert "waits" not in said[1]


def test_only_what_a_reset_has_changed_is_dashed(show, figure):
    page = show(figure)
    dashes = "(e) => getComputedStyle(e).strokeDasharray"
    page.evaluate("document.querySelector('.snn-explore').snnbook.set({ cells: 7 })")
    settled(page)
    assert page.locator("rect.call.begun").evaluate(dashes) == "none"
    page.evaluate(
        "document.querySelector('.snn-explore').snnbook.set({ cells: 20, cut: 2, reset: 1 })"
    )
    settled(page)
    framed = page.locator(".snn-live rect").evaluate_all(
        "(all) => all.map((e) => [e.getAttribute('class'), getComputedStyle(e).strokeDasharray])"
    )
    assert {kind for kind, dash in framed if dash != "none"} == {"box changed"}


def test_on_a_phone_the_grids_lie_below_each_other(show, figure):
    page = show(figure, viewport={"width": 390, "height": 844})
    boxes = [panel.bounding_box() for panel in page.locator("g.panel").all()]
    assert boxes[1]["y"] > boxes[0]["y"] + boxes[0]["height"]
    assert all(box["x"] >= 0 and box["x"] + box["width"] <= 390 for box in boxes)


# ------------------------------------------------------------------------------- what a hand does


def values_of(page):
    return page.evaluate("({ ...document.querySelector('.snn-explore').snnbook.values })")


def cell(page, mode, t, k):
    """The middle of a cell in the window; row 0 is the input."""
    return page.evaluate(
        """([mode, k]) => {
          const box = document.querySelectorAll(`g[data-mode=${mode}] rect.box`)[k]
            .getBoundingClientRect();
          return [box.x + box.width / 2, box.y + box.height / 2];
        }""",
        [mode, k * T + t],
    )


def field(page, mode):
    return page.locator(".snn-field").nth("sm".index(mode))


def knob(page, mode):
    box = field(page, mode).locator(".snn-knob").bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_a_click_on_a_cell_calls_up_to_it(show, figure):
    page = show(figure)
    for t, k in itertools.product(range(T), range(1, LAYERS + 1)):
        for mode, cells in (("s", t * LAYERS + k), ("m", k * T)):
            page.mouse.click(*cell(page, mode, t, k))
            settled(page)
            assert values_of(page)["cells"] == cells
    page.mouse.click(*cell(page, "s", 3, 0))  # an input: all before it
    settled(page)
    assert values_of(page)["cells"] == 3 * LAYERS
    page.evaluate("document.querySelector('.snn-explore').snnbook.set({ cut: 2 })")
    settled(page)
    for t, k, cells in ((0, 1, 2), (1, 4, 8), (2, 1, 11), (4, 3, 17), (3, 0, 8)):
        page.mouse.click(*cell(page, "m", t, k))
        settled(page)
        assert values_of(page)["cells"] == cells


def test_the_knob_of_a_call_follows_the_mouse(show, figure):
    page = show(figure)
    x, y = knob(page, "s")
    step = cell(page, "s", 1, 0)[0] - cell(page, "s", 0, 0)[0]
    page.mouse.move(x, y)
    page.mouse.down()
    for cells in (1, 7, 12, CELLS, 3, 0):
        page.mouse.move(x + cells / LAYERS * step, y)
        settled(page)
        assert values_of(page)["cells"] == cells
        assert knob(page, "s")[0] == pytest.approx(x + cells / LAYERS * step, abs=1)
    page.mouse.up()
    x, _ = knob(page, "m")
    page.mouse.move(*knob(page, "m"))
    page.mouse.down()
    for k in (2, 4, 1, 0):
        page.mouse.move(x, cell(page, "m", 0, k)[1])
        settled(page)
        assert values_of(page)["cells"] == k * T
        assert knob(page, "m")[1] == pytest.approx(cell(page, "m", 0, k)[1], abs=1)
    page.mouse.up()


def test_keys_make_the_next_call_of_their_mode(show, figure):
    page = show(figure)
    assert field(page, "s").get_attribute("role") == "slider"
    for mode, pressed in (
        ("s", [("Home", 0), ("ArrowRight", 1), ("ArrowUp", 2), ("PageUp", 12), ("ArrowLeft", 11)]),
        ("m", [("Home", 0), ("ArrowUp", 5), ("ArrowRight", 10), ("ArrowDown", 5), ("End", CELLS)]),
    ):
        one = field(page, mode)
        one.focus()
        for key, cells in pressed:
            page.keyboard.press(key)
            settled(page)
            assert values_of(page)["cells"] == cells
            assert one.get_attribute("aria-valuenow") == str(cells)
        calls = figure.run({**ALL, "cells": cells})[mode]
        assert one.get_attribute("aria-valuetext").startswith(f"Mode '{mode}': {calls.made} ")


@pytest.mark.parametrize("mode", "sm")
def test_the_cut_is_drawn_along_the_steps(show, figure, mode):
    page = show(figure)
    hand = page.locator(".snn-hand.across").nth("sm".index(mode))
    box = hand.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    step = cell(page, mode, 1, 0)[0] - cell(page, mode, 0, 0)[0]
    page.mouse.move(x, y)
    page.mouse.down()
    for cut in (4, 2, 1):
        page.mouse.move(x - (T - cut) * step, y)
        settled(page)
        assert values_of(page)["cut"] == cut
        line = page.locator(f"g[data-mode={mode}] path.cut").bounding_box()
        assert line["x"] == pytest.approx(x - (T - cut) * step, abs=1)
    page.mouse.up()
    hand.focus()
    for key, cut in (("ArrowRight", 2), ("End", T), ("ArrowLeft", T - 1), ("Home", 1)):
        page.keyboard.press(key)
        settled(page)
        assert values_of(page)["cut"] == cut
        assert hand.get_attribute("aria-valuenow") == str(cut)


def test_buttons_reset_and_feed_back(show, figure):
    page = show(figure)
    for name, words in (("reset", WORDS["toggle_reset"]), ("feedback", WORDS["toggle_feedback"])):
        button = page.get_by_role("button", name=words)
        for pressed in (1, 0):
            button.click()
            settled(page)
            assert button.get_attribute("aria-pressed") == str(bool(pressed)).lower()
            assert values_of(page)[name] == pressed
    page.get_by_role("button", name=WORDS["toggle_feedback"]).press("Enter")
    settled(page)
    assert "The future is needed." in page.locator(".snn-status").inner_text()


def test_a_finger_chooses_a_cell_drags_the_calls_and_scrolls_the_page(show, figure):
    page = show(
        figure,
        '<p style="height: 900px">The page goes on.</p>',
        viewport={"width": 390, "height": 500},
        has_touch=True,
        is_mobile=True,
    )
    page.touchscreen.tap(*cell(page, "s", 1, 2))
    settled(page)
    assert values_of(page)["cells"] == LAYERS + 2
    touch = page.context.new_cdp_session(page)

    def drag(*points):
        kinds = ["touchStart", *["touchMove"] * (len(points) - 1), "touchEnd"]
        for kind, places in zip(kinds, [[one] for one in points] + [[]], strict=True):
            touch.send(
                "Input.dispatchTouchEvent",
                {"type": kind, "touchPoints": [{"x": x, "y": y} for x, y in places]},
            )
            settled(page)

    x, y = cell(page, "s", 0, 2)
    end = cell(page, "s", 3, 2)[0]
    drag((x, y), (x + 15, y), (end - 5, y), (end, y))
    assert values_of(page)["cells"] == 3 * LAYERS + 2
    field(page, "m").locator(".snn-knob").scroll_into_view_if_needed()
    x, y = knob(page, "m")
    before, up = page.evaluate("scrollY"), cell(page, "m", 0, 4)[1]
    drag((x, y), (x, y - 10), (x, up + 3), (x, up))
    assert values_of(page)["cells"] == CELLS
    assert page.evaluate("scrollY") == before, "on its knob a finger drags the calls"
    page.evaluate("scrollTo(0, 0)")
    x, y = cell(page, "s", 0, 2)
    drag(*((x, y - far) for far in range(0, 100, 10)))
    page.wait_for_function("scrollY > 40")
    assert values_of(page)["cells"] == CELLS, "a finger that scrolls chooses nothing"


def test_play_makes_all_calls_and_stops(show, figure):
    page = show(figure)
    page.get_by_role("button", name=WORDS["cell"]).click()
    settled(page)
    assert values_of(page)["cells"] == 1
    page.evaluate("document.querySelector('.snn-explore').snnbook.set({ cells: 17 })")
    page.get_by_role("button", name=WORDS["play"]).click()
    page.wait_for_function("document.querySelector('.snn-explore').snnbook.values.cells === 20")
    page.get_by_role("button", name=WORDS["play"]).wait_for()
    page.get_by_role("button", name=WORDS["start"]).click()
    settled(page)
    assert values_of(page) == figure.spec["start"]


def test_only_what_is_asked_for_can_be_moved(show, net, x_seq):
    figure = explore_calls(net, x_seq, sliders=["cells"], start={"cells": 7})
    page = show(figure)
    assert page.locator("input[type=range]").count() == 1
    assert page.locator(".snn-hand").count() == page.locator("path.cut").count() == 0
    assert page.locator("button[aria-pressed]").count() == 0
    assert page.locator(".snn-status").inner_text() == figure.describe()
    assert figure.values == {"cells": 7}
    assert figure.run()["s"].made == 7


def test_in_a_notebook_it_tells_python_and_listens_to_it(show, figure):
    page = show()
    page.set_content(PAGE.format('<div id="place"></div>'))
    page.evaluate(WIDGET, [figure._esm, figure.spec, figure.values])
    page.mouse.click(*cell(page, "s", 2, 3))
    settled(page)
    assert page.evaluate("saved") == {**figure.values, "cells": 2 * LAYERS + 3}
    page.get_by_role("button", name=WORDS["toggle_reset"]).click()
    settled(page)
    assert page.evaluate("saved.reset") == 1
    page.evaluate("model.set('values', {...saved, cut: 2})")
    page.wait_for_function("document.querySelector('[aria-label=cut]').value === '2'")
    assert "reset()" in page.locator("text.cut-words").first.inner_html()


# ----------------------------------------------------------------------------------- what is given


def test_the_network_stays_as_it_is(x_seq):
    net = net_of()
    net[1](torch.ones(2, 4))
    figure = explore_calls(net, x_seq)
    figure.run({**ALL, "reset": 1, "cut": 2})
    assert net[1].v.shape == (2, 4)
    assert net[1].step_mode == "s"
    assert net[0].weight.dtype == torch.float32


DOUBLE = {"dtype": torch.float64}


def enormous():
    layer = nn.Linear(1, 1, bias=False, **DOUBLE)
    nn.init.constant_(layer.weight, 1e200)
    return layer


@pytest.mark.parametrize(
    ("wrong", "error", "words"),
    [
        ({"net": 3}, TypeError, "wanted a torch.nn.Sequential"),
        ({"net": nn.Sequential(nn.Conv2d(1, 1, 1))}, TypeError, "wanted torch.nn.Linear"),
        ({"net": nn.Sequential(*(IFNode() for _ in range(9)))}, ValueError, "at most 8 layers"),
        ({"net": nn.Sequential(nn.Linear(3, 13))}, ValueError, "from 1 to 12 numbers"),
        ({"net": nn.Sequential(nn.Linear(4, 2))}, ValueError, "takes 4 numbers, and is given 3"),
        ({"x_seq": torch.ones(1, 3)}, ValueError, "T from 2 to 12"),
        ({"x_seq": torch.ones(4, 1, 3)}, ValueError, r"shape \[T, inputs\]"),
        ({"x_seq": torch.full((4, 3), torch.nan)}, ValueError, "finite"),
        ({"x_seq": [1]}, TypeError, "wanted a tensor"),
        ({"sliders": ["calls"]}, ValueError, "there are"),
        ({"sliders": "cells"}, TypeError, "wanted a list"),
        ({"sliders": ["cells"], "start": {"cut": 2}}, ValueError, "a slider that there is"),
        ({"start": {"cells": 21}}, ValueError, "from 0 to 20"),
        ({"start": {"cut": 0}}, ValueError, "from 1 to 5"),
        ({"start": {"cells": 2.5}}, TypeError, "whole number"),
        ({"start": ["cells"]}, TypeError, "first value"),
        ({"strength": torch.inf}, ValueError, "strength"),
        (
            {"net": nn.Sequential(enormous()), "x_seq": torch.full((3, 1), 1e200, **DOUBLE)},
            ValueError,
            "can't be drawn",
        ),
    ],
)
def test_what_does_not_fit_is_refused(net, x_seq, wrong, error, words):
    with pytest.raises(error, match=words):
        explore_calls(**{"net": net, "x_seq": x_seq, **wrong})
