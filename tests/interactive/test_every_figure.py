"""What holds for every kind of figure: whole numbers, and a still picture without a script."""

import random
from collections import Counter

import pytest
import torch
import traitlets
from torch import nn

from snnbook.interactive import (
    Code,
    explore,
    explore_bricks,
    explore_calls,
    explore_codes,
    explore_credit,
    explore_depth,
    learn,
    sketch,
)
from snnbook.interactive.figure import Figure
from snnbook.neuron import IFNode, LIFNode, LINode

torch.manual_seed(0)
CODES = {"one": Code(lambda x, uniform: x - uniform), "two": Code(lambda x: x)}
READER = nn.Sequential(nn.Linear(64, 6), LIFNode(), nn.Linear(6, 10), LINode())
FIGURES = {
    "explore": explore(IFNode()),
    "bricks": explore_bricks(IFNode(detach_reset=True), [0.6, 0.6]),
    "learn": learn(nn.Sequential(nn.Linear(3, 1), LIFNode()), torch.ones(9, 3), 4),
    "codes": explore_codes(torch.rand(2, 2), CODES),
    "credit": explore_credit(LIFNode(5.0), T=20),
    "depth": explore_depth(nn.Sequential(nn.Linear(3, 2), LIFNode()), torch.ones(4, 1, 3)),
    "calls": explore_calls(nn.Sequential(nn.Linear(2, 2), LIFNode()), torch.ones(3, 2)),
    "sketch": sketch(READER, torch.randint(0, 17, (3, 64)) / 16, T=4),
}
WHOLE = [(kind, name) for kind, figure in FIGURES.items() for name in figure.whole]


def test_every_kind_of_figure_is_here():
    assert {kind.kind for kind in Figure.__subclasses__()} == FIGURES.keys()
    assert len(WHOLE) == 14


@pytest.mark.parametrize(("kind", "name"), WHOLE)
def test_a_count_is_a_whole_number_within_its_range(kind, name):
    figure = FIGURES[kind]
    (slider,) = (s for s in figure.spec["sliders"] if s["name"] == name)
    before = dict(figure.values)
    for wrong in (slider["low"] + 0.5, slider["high"] - 0.25, slider["high"] + 1, -1):
        with pytest.raises(traitlets.TraitError, match=r"whole numbers|from \S+ to \S+"):
            figure.values = {**before, name: wrong}
        run = next((r for r in ("run", "traced", "learned") if hasattr(figure, r)), None)
        if run:
            values = {"values": {**before, name: wrong}}
            with pytest.raises(ValueError, match=r"whole numbers|from \S+ to \S+"):
                getattr(figure, run)(**values)
    assert figure.values == before


MOVE = """(moves) => {
  const { snnbook } = document.querySelector(".snn-explore");
  const first = document.querySelector("svg[role=img]").firstElementChild;
  for (const values of moves) { snnbook.set(values); snnbook.draw(); }
  return first === document.querySelector("svg[role=img]").firstElementChild;
}"""
SAME = """(picture, markup) => {
  const copy = picture.cloneNode();
  copy.innerHTML = markup;
  return copy.isEqualNode(picture);
}"""


def anywhere(low, high, step, draw, **_):
    """A value that a slider can have."""
    return low + step * draw.randint(0, round((high - low) / step))


@pytest.mark.parametrize("kind", FIGURES)
def test_a_picture_that_was_moved_is_the_one_drawn_anew(kind, show):
    figure, draw = FIGURES[kind], random.Random(0)
    before, page = dict(figure.values), show(figure)
    first = page.get_by_role("img").inner_html()
    sliders = {one["name"]: one for one in figure.spec["sliders"]}
    for _ in range(12):
        moved = {name: anywhere(**one, draw=draw) for name, one in sliders.items()}
        page.evaluate(MOVE, [moved])
    markup = page.get_by_role("img").inner_html()
    assert markup != first
    figure.values = {**before, **moved}
    assert show(figure).get_by_role("img").evaluate(SAME, markup)
    figure.values = before


def test_what_does_not_change_in_a_picture_stays(show):
    page = show(FIGURES["explore"])
    assert page.evaluate(MOVE, [{"x": 0.5}, {"x": 0.6}])


@pytest.mark.parametrize("kind", FIGURES)
def test_a_still_picture_stands_where_no_script_runs(kind, show):
    page = show(FIGURES[kind], java_script_enabled=False)
    assert page.get_by_role("img").get_attribute("alt") == FIGURES[kind].describe()


# Where a rule of the style finds something to draw.
REACHED = """() => document.adoptedStyleSheets.flatMap((sheet) => [...sheet.cssRules]).filter(
  (rule) => rule.selectorText?.includes(" svg ") && document.querySelector(rule.selectorText)
).map((rule) => rule.selectorText)"""


# What these rules style means the same in all figures.
FOR_ALL = {"path", "text", ".axis", ".bar", ".grid", ".input", ".level", ".level.v_reset", ".step"}
FOR_ALL |= {
    ".potential",
    ":is(.spike, .rate:not(g))",
    ":is(.spike, .rate:not(g)):not([stroke-width])",
    "text.why",
}


def test_a_rule_of_one_kind_of_figure_reaches_no_other(show):
    account = explore(IFNode(), 0.3, 20, show=["input", "account", "raster", "columns", "rate"])
    cut = explore_bricks(IFNode(detach_reset=True), [0.6], cuts={"reset": 3, "detach": 2})
    reached = Counter()
    for one in (account, cut, *(f for kind, f in FIGURES.items() if kind != "explore")):
        found = show(one).evaluate(REACHED)
        reached.update({(one.kind, rule) for rule in found})
    several = Counter(rule for _, rule in reached)
    assert {rule.split(" svg ")[1] for rule, kinds in several.items() if kinds > 1} == FOR_ALL
