"""A figure that knows its question answers when the reader has found it."""

import itertools

import pytest
from live import noisy
from pictures import figures_of_the_book

from snnbook.equation import EquationError
from snnbook.interactive import Goal, explore
from snnbook.neuron import IFNode, LIFNode

pytestmark = pytest.mark.usefixtures("no_still")
FIGURES = {name: f for name, f in figures_of_the_book().items() if f.spec.get("goal")}
SILENT = Goal(lambda spikes: spikes == 0, "At {x} it is silent.")


def said(page, values):
    """What a page answers at some values."""
    code = """(values) => {
      const { snnbook } = document.querySelector(".snn-explore");
      snnbook.set(values);
      snnbook.draw();
      return document.querySelector(".snn-found").textContent;
    }"""
    return page.evaluate(code, values)


def test_it_answers_when_it_is_found(show):
    figure = explore(LIFNode(tau=10.0), 1.2, goal=SILENT)
    page, slider = show(figure), figure.spec["sliders"][0]
    assert page.locator(".snn-found").inner_text() == ""
    for x in (1.5, 1.02, 1.0, 0.5, 1.2):
        figure.values = {**figure.values, slider["name"]: x}
        assert figure.found == (x <= 1.0)
        assert said(page, figure.values) == (f"✓ At {x:g} it is silent." if figure.found else "")


def test_the_question_stands_there_until_it_is_answered(show):
    goal = Goal(lambda spikes: spikes == 0, "At {x} it is silent.", asks="When is it silent?")
    page = show(explore(LIFNode(tau=10.0), 1.2, goal=goal))
    assert said(page, {}) == "When is it silent?"
    assert said(page, {"x": 0.5}) == "✓ At 0.5 it is silent."
    assert said(page, {"x": 1.5}) == "When is it silent?"
    page.locator("input[aria-label=x]").press("ArrowLeft")
    spoken = page.get_by_role("status").filter(has_text="spikes in")
    spoken.wait_for()
    assert "When" not in spoken.inner_text()


def test_a_screen_reader_hears_the_answer(show):
    page = show(explore(LIFNode(tau=10.0), 1.2, goal=SILENT))
    page.locator("input[aria-label=x]").press("Home")
    page.get_by_role("status").filter(has_text="✓ At 0 it is silent.").wait_for()


@pytest.mark.parametrize("name", FIGURES)
def test_a_question_of_the_book_has_an_answer_in_its_sliders(show, name):
    """And the page and Python agree on where it is."""
    figure = FIGURES[name]
    grids = []
    for slider in figure.spec["sliders"]:
        count = round((slider["high"] - slider["low"]) / slider["step"])
        every = max(1, count // (12 if grids else 60))  # the first slider is what is asked for
        ks = range(0, count + 1, every)
        grids.append([(slider["name"], round(slider["low"] + k * slider["step"], 9)) for k in ks])
    page, found = show(figure), []
    start = figure.spec["start"]
    for change in itertools.chain(*grids):
        figure.values = {**start, **dict([change])}
        found.append(figure.found)
        assert said(page, figure.values).startswith("✓") == figure.found
    assert any(found)
    assert not all(found)


def test_several_layers_are_counted_one_by_one(show):
    same = Goal(lambda spikes_0, spikes_1, v_1: (spikes_0 == spikes_1) & (v_1 == 0), "Equal.")
    figure = explore({"hard": IFNode(), "soft": IFNode(v_reset=None)}, 0.3, goal=same)
    page = show(figure)
    for x in (0.5, 0.7, 1.0):
        figure.values = {**figure.values, "x": x}
        assert figure.found == (x != 0.7)
        assert said(page, figure.values).startswith("✓") == figure.found


def test_what_was_lost_is_known(show):
    whole = Goal(lambda spikes, lost: (spikes > 0) & (lost < 1e-4), "Nothing is lost.")
    figure = explore(IFNode(), 0.3, 20, goal=whole)
    page = show(figure)
    for x in (0.5, 0.7, 0.25, 0.0):
        figure.values = {**figure.values, "x": x}
        assert figure.found == (x in (0.5, 0.25))
        assert said(page, figure.values).startswith("✓") == figure.found


def test_all_neurons_are_counted(show):
    some = Goal(lambda spikes, mean: (spikes > 0) & (mean < 0.5), "Noise alone.")
    sliders = {"mean": (0, 1, 0.0), "spread": (0, 2, 0.0)}
    figure = explore(LIFNode(), noisy, 50, 20, sliders=sliders, goal=some)
    page = show(figure)
    for spread in (0.0, 0.5, 2.0):
        figure.values = {"mean": 0.0, "spread": spread}
        assert said(page, figure.values).startswith("✓") == figure.found
    assert figure.found


def test_a_figure_without_a_goal_finds_nothing(show):
    figure = explore(IFNode(), 0.5)
    assert not figure.found
    assert said(show(figure), figure.values) == ""


@pytest.mark.parametrize(
    ("goal", "error", "words"),
    [
        ("x > 1", TypeError, "wanted Goal"),
        (Goal(lambda x: x > 1, ""), ValueError, "wanted a sentence"),
        (Goal(lambda x: x > 1, 3), TypeError, "wanted a sentence"),
        (Goal(lambda spiks: spiks > 1, "a"), ValueError, "Did you mean 'spikes'"),
        (Goal(lambda x: x < 1, "a"), ValueError, "the start values answer it already"),
        (Goal(3, "a"), EquationError, "wanted a function"),
    ],
)
def test_a_goal_that_does_not_fit_is_refused(goal, error, words):
    with pytest.raises(error, match=words):
        explore(IFNode(), 0.5, goal=goal)
