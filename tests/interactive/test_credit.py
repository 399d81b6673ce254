"""A figure of credit: in the page what PyTorch's backpropagation gives, and what a reader does."""

import pytest
import torch

from snnbook.equation import where
from snnbook.interactive import WORDS, explore_credit
from snnbook.interactive.views import filled
from snnbook.neuron import EIFNode, IFNode, LIFNode, ParametricLIFNode, QIFNode
from snnbook.surrogate import ATan

T = 40


def struck(t, x, blow):
    return x + where((t >= 20) & (t < 21), blow, 0.0)


def rough(noise, mean):
    return mean + noise


@pytest.fixture(scope="module")
def figure():
    sliders = {"tau": (1, 50), "x": (0, 2, 0.3), "blow": (0, 40, 0), "alpha": (1, 25)}
    return explore_credit(LIFNode(20.0), struck, T, sliders=sliders)


TRACE = """(values) => {
  const { trace, values: now } = document.querySelector(".snn-explore").snnbook;
  const { run, credit, reach } = trace({ ...now, ...values });
  return { s: [...run.s], h: [...run.h], credit: [...credit].map(String), reach };
}"""


def agree(page, figure, **values):
    """What the page traces is what PyTorch does."""
    values = {**figure.values, **values}
    found, wanted = page.evaluate(TRACE, values), figure.traced(values)
    credit = torch.tensor([float(c) for c in found["credit"]], dtype=torch.float64)
    torch.testing.assert_close(credit, wanted.credit, rtol=1e-9, atol=1e-12, equal_nan=True)
    h = torch.tensor(found["h"], dtype=torch.float64)
    torch.testing.assert_close(h, wanted.run.h_seq[:, 0], rtol=1e-10, atol=1e-12)
    assert found["s"] == wanted.run.s_seq[:, 0].tolist()
    assert found["reach"] == wanted.reach
    return wanted


@pytest.mark.parametrize("detach_reset", [0, 1])
@pytest.mark.parametrize("reset", [0, 1])
def test_the_page_goes_back_as_pytorch_does(show, figure, reset, detach_reset):
    page = show(figure)
    for numbers in ({}, {"blow": 22.5}, {"x": 1.4, "tau": 5}, {"x": 2, "tau": 2, "alpha": 20}):
        agree(page, figure, reset=reset, detach_reset=detach_reset, **numbers)


def test_the_credit_is_the_closed_form(show, figure):
    back = torch.arange(T - 1, -1, -1, dtype=torch.float64)
    quiet = agree(show(figure), figure, detach_reset=1, tau=8)
    torch.testing.assert_close(quiet.credit, (1 - 1 / 8) ** back)
    assert quiet.reach == 34  # (7/8) ** 34 > 0.01 > (7/8) ** 35
    struck = figure.traced({**figure.values, "detach_reset": 1, "blow": 22})
    assert struck.name == "hard reset, detached"
    assert struck.run.s_seq[:, 0].nonzero().tolist() == [[20]]
    assert (struck.credit[:21] == 0).all()
    assert struck.reach == 18


NEURONS = [
    IFNode(v_reset=None),
    LIFNode(6.0, decay_input=False, v_reset=-0.25, surrogate_function=ATan(3.0)),
    ParametricLIFNode(7.0),
    QIFNode(),
    EIFNode(),
]


@pytest.mark.parametrize("layer", NEURONS, ids=lambda layer: type(layer).__name__)
def test_other_neurons_and_noise_are_traced_too(show, layer):
    figure = explore_credit(layer, rough, T, sliders={"mean": (-1, 2, 0.4)}, seed=3)
    page = show(figure)
    for reset in (0, 1):
        for detach_reset in (0, 1):
            agree(page, figure, reset=reset, detach_reset=detach_reset)


def test_where_the_surrogate_has_no_slope_nothing_is_drawn(show):
    figure = explore_credit(LIFNode(20.0), 0.0, T, sliders={"x": (-500, 1), "alpha": (1, 10)})
    page = show(figure)
    lost = agree(page, figure, x=-500, alpha=10)
    assert lost.credit.isnan().all()
    assert lost.reach == 0
    page.evaluate("document.querySelector('.snn-explore').snnbook.set({ x: -500, alpha: 10 })")
    page.wait_for_function(
        "document.querySelector('.snn-status').textContent.includes('reaches 0')"
    )
    assert page.locator("path.credit").get_attribute("d") == ""


def test_it_is_the_credit_for_the_potential(figure):
    values = {**figure.values, "x": 1.4, "tau": 5}
    layer = LIFNode(5.0).double()
    x_seq = torch.full((T, 1), 1.4, dtype=torch.float64, requires_grad=True)
    done = layer.run(x_seq, trace=True)
    (slope,) = torch.autograd.grad(done.h_seq[-1].sum(), x_seq)
    assert done.s_seq.sum() > 2
    torch.testing.assert_close(figure.traced(values).credit, slope[:, 0] * 5)


def test_a_slider_moves_the_picture_and_the_words(show, figure):
    page = show(figure)
    assert page.locator(".snn-status").inner_text() == figure.describe()
    page.get_by_label("detach_reset").press("End")
    page.get_by_label("reset", exact=True).press("End")
    page.wait_for_function("document.querySelector('.snn-status').textContent.startsWith('soft')")
    done = figure.traced({**figure.values, "reset": 1, "detach_reset": 1})
    said = filled(WORDS, "traced", {"name": done.name, "spikes": 0, "reach": done.reach})
    assert page.locator(".snn-status").inner_text() == said
    page.get_by_role("button", name="Start values").click()
    page.wait_for_function("document.querySelector('.snn-status').textContent.startsWith('hard')")
    page.wait_for_function(
        "(words) => document.querySelector('.snn-status').textContent === words",
        arg=figure.describe(),
    )


@pytest.mark.parametrize("v_reset", [0.0, None])
@pytest.mark.parametrize("detached", [False, True])
def test_it_starts_with_the_reset_of_the_neuron(show, v_reset, detached):
    figure = explore_credit(LIFNode(5.0, v_reset=v_reset, detach_reset=detached), 1.4, T)
    assert figure.values["reset"] == (v_reset is None)
    assert figure.values["detach_reset"] == detached
    page = show(figure)
    agree(page, figure)
    level = page.locator("path.level.v_reset").count()
    assert level == (v_reset is not None)


def test_the_layer_stays_as_it_is():
    layer = LIFNode(20.0, v_reset=None, detach_reset=True)
    layer(torch.ones(1, 3))
    figure = explore_credit(layer, sliders=["tau"])
    figure.traced({"tau": 5.0, "reset": 0, "detach_reset": 0})
    assert (layer.tau, layer.v_reset, layer.detach_reset) == (20.0, None, True)
    assert layer.v.shape == (1, 3)
    assert layer.v.dtype == torch.float32


@pytest.mark.parametrize(
    ("wrong", "error", "words"),
    [
        ({"layer": 3}, TypeError, "wanted a layer of snnbook.neuron"),
        ({"T": 1}, ValueError, "T"),
        ({"seed": -1}, ValueError, "seed"),
        ({"sliders": ["taw"]}, ValueError, "'taw' moves nothing"),
        ({"sliders": {"tau": (0, 5, 2)}}, ValueError, "tau"),
        ({"sliders": {"alpha": (-1, 5, 4)}}, ValueError, "alpha"),
        ({"x": struck}, ValueError, "give each of them a slider"),
    ],
)
def test_what_does_not_fit_is_refused(wrong, error, words):
    with pytest.raises(error, match=words):
        explore_credit(**{"layer": LIFNode(20.0), **wrong})


def test_values_that_do_not_fit_are_refused(figure):
    with pytest.raises(ValueError, match="no slider"):
        figure.traced({**figure.values, "taw": 3})


def test_the_switches_say_what_they_choose(show, figure):
    page, heard = show(figure), "document.querySelector('[aria-label={}]').ariaValueText === '{}'"
    for name, said in (
        ("reset", ["hard reset", "soft reset"]),
        ("detach_reset", ["False", "True"]),
    ):
        slider = page.get_by_role("slider", name=name, exact=True)
        for key, word in zip(("End", "Home"), reversed(said), strict=True):
            slider.press(key)
            page.wait_for_function(heard.format(name, word))
