"""A figure that learns: in the page what PyTorch does in float64, and what a reader does."""

import pytest
import torch
from torch import nn

from snnbook.equation import where
from snnbook.interactive import learn
from snnbook.layer import SynapseFilter
from snnbook.neuron import LIFNode, LINode, ParametricLIFNode
from snnbook.surrogate import ATan, Sigmoid, Surrogate

T, INPUTS = 40, 20


class Step(Surrogate):
    """Θ itself: its own slope, which is 0."""

    def primitive(u):
        return where(u < 0, 0.0, 1.0)


def spikes(seed=0):
    dice = torch.rand(T, INPUTS, generator=torch.Generator().manual_seed(seed))
    return (dice < 0.2).double()


def net(theta, seed=0, **options):
    made = nn.Sequential(
        nn.Linear(INPUTS, 1, bias=False),
        LIFNode(10.0, decay_input=False, surrogate_function=theta, **options),
    )
    generator = torch.Generator().manual_seed(seed)
    made[0].weight.data = torch.rand(1, INPUTS, generator=generator) / 4
    return made


@pytest.fixture(scope="module")
def figure():
    return learn(
        {"Sigmoid": net(Sigmoid(1.0)), "ATan": net(ATan(1.0)), "Θ alone": net(Step())},
        spikes(),
        20,
        sliders={"alpha": (0.5, 8.0, 1.0)},
    )


STATE = """() => document.querySelector(".snn-explore").snnbook.nets.map((one) => ({
  losses: one.losses, s: [...one.s], stuck: !one.learns && one.loss > 0,
  parameters: one.net.parameters.map(({ value }) => [...value]),
}))"""
STEPS = """([values, count]) => {
  const figure = document.querySelector(".snn-explore").snnbook;
  figure.set(values);
  figure.draw();
  figure.step(count);
}"""


def agree(page, done):
    """What the page has learned is what PyTorch has."""
    for found, wanted in zip(page.evaluate(STATE), done.values(), strict=True):
        numbers = [found["losses"], *found["parameters"]]
        ours = [torch.tensor(wanted.losses, dtype=torch.float64), *wanted.net.parameters()]
        for theirs, own in zip(numbers, ours, strict=True):
            theirs = torch.tensor(theirs, dtype=torch.float64)
            torch.testing.assert_close(theirs, own.detach().flatten(), rtol=1e-10, atol=1e-12)
        assert found["s"] == wanted.run.s_seq[:, 0].tolist()
        assert found["stuck"] == wanted.stuck


@pytest.mark.parametrize("values", [{}, {"target": 5}, {"target": 33, "alpha": 2.5}], ids=str)
def test_the_page_learns_what_pytorch_learns(show, figure, values):
    page = show(figure)
    values = {**figure.values, **values}
    page.evaluate(STEPS, [values, 25])
    done = figure.learned(25, values)
    assert done["Sigmoid"].losses[-1] < done["Sigmoid"].losses[0] / 4
    agree(page, done)


def test_further_layers_and_numbers_of_neurons_learn_too(show):
    torch.manual_seed(1)
    deep = nn.Sequential(
        nn.Linear(INPUTS, 6),
        LIFNode(5.0, decay_input=False, v_reset=None, surrogate_function=ATan(1.0)),
        nn.Linear(6, 1),
        ParametricLIFNode(10.0, decay_input=False, surrogate_function=Sigmoid(1.0)),
    )
    deep[0].weight.data *= 6
    figure = learn(deep, spikes(), 12, readout=LINode(4.0), lr=0.01)
    page = show(figure)
    page.evaluate(STEPS, [figure.values, 12])
    done = figure.learned(12)
    assert done["net"].losses[-1] != done["net"].losses[0]
    assert done["net"].net[-1].w != deep[-1].w
    agree(page, done)


def test_learn_moves_the_spike_to_where_the_reader_puts_it(show, figure):
    page = show(figure)
    assert page.locator(".snn-status").inner_text().count("after 0 steps") == 3
    page.get_by_role("button", name="One step of learning").click()
    page.wait_for_function("document.querySelector('.snn-status').textContent.includes('after 1 ')")
    page.get_by_role("button", name="First weights").click()
    page.wait_for_function("document.querySelector('.snn-status').textContent.includes('after 0 ')")
    page.get_by_role("button", name="Learn", exact=True).click()
    page.get_by_role("button", name="Pause").wait_for()
    page.get_by_role("button", name="Learn", exact=True).wait_for()
    page.wait_for_function(
        "(words) => document.querySelector('.snn-status').textContent === words",
        arg=figure.describe(),
    )
    lines = figure.describe().splitlines()
    assert "there are spikes in 20; loss 0.000" in lines[0]
    assert lines[2].endswith("The gradient is 0: nothing is learned.")
    # Another step is wanted: a click into the picture, in the middle of the time axis's 30th step.
    box = page.locator(".snn-picture > svg").bounding_box()
    x = 46 + (30.5 / T) * (box["width"] - 60)
    page.locator(".snn-picture > svg").click(position={"x": x, "y": 300})
    page.wait_for_function("document.querySelector('[aria-label=target]').value === '30'")
    page.get_by_role("button", name="Learn", exact=True).click()
    page.get_by_role("button", name="Learn", exact=True).wait_for()
    page.wait_for_function(
        "document.querySelector('.snn-status').textContent.includes('there are spikes in 30; loss')"
    )


def test_learning_does_not_move_where_motion_is_unwelcome(show, figure):
    page = show(figure, reduced_motion="reduce")
    page.get_by_role("button", name="Learn", exact=True).click()
    page.wait_for_function(
        "(words) => document.querySelector('.snn-status').textContent === words",
        arg=figure.describe(),
    )


def test_the_first_networks_stay_as_they_are(figure):
    first = net(Sigmoid(1.0))
    other = learn(first, spikes(), 7)
    weight = first[0].weight.clone()
    other.learned(3)
    assert torch.equal(first[0].weight, weight)
    assert first[0].weight.dtype == torch.float32
    assert first[0].weight.grad is None
    assert other.learned(2)["net"].losses == other.learned(3)["net"].losses[:3]


def test_what_does_not_fit_is_refused():
    good, frozen, x = net(Sigmoid()), net(Sigmoid()).requires_grad_(False), spikes()
    for change, kind, words in [
        ({"nets": LIFNode()}, TypeError, "learn: nets=.*wanted a torch.nn.Sequential"),
        ({"nets": {}}, ValueError, "learn: nets="),
        ({"nets": nn.Sequential(nn.Linear(20, 1))}, ValueError, "last layer must be a neuron"),
        ({"nets": nn.Sequential(nn.Linear(3, 1), LIFNode())}, ValueError, "from 3 inputs"),
        ({"nets": nn.Sequential(nn.Linear(20, 2), LIFNode())}, ValueError, "to 2 neurons"),
        ({"nets": nn.Sequential(nn.ReLU(), LIFNode())}, ValueError, "first layer must be"),
        ({"nets": frozen}, ValueError, "first layer must be .* that learns"),
        ({"x_seq": x[:, None]}, ValueError, r"shape \[T, inputs\]"),
        ({"x_seq": x.tolist()}, TypeError, r"shape \[T, inputs\]"),
        ({"x_seq": x / 0}, ValueError, "finite"),
        ({"target": 40}, ValueError, "target=40.*from 0 to 39"),
        ({"target": 1.5}, TypeError, "target=1.5"),
        ({"lr": 0.0}, ValueError, "lr=0.0"),
        ({"readout": nn.Identity()}, TypeError, "readout=.*SynapseFilter"),
        ({"rounds": 0}, ValueError, "rounds=0"),
        ({"sliders": ["beta"]}, ValueError, "'beta' moves nothing"),
        ({"sliders": {"alpha": (-1.0, 2.0)}}, ValueError, "alpha"),
    ]:
        given = {"nets": good, "x_seq": x, "target": 3, **change}
        with pytest.raises(kind, match=words):
            learn(**given)
    with pytest.raises(ValueError, match="learned: no slider is called 'lr'"):
        learn(good, x, 3).learned(1, {"target": 3, "lr": 1})


def test_a_readout_of_ones_own():
    done = [
        learn(net(Sigmoid(1.0)), spikes(), 20, readout=readout).learned(0)["net"].losses
        for readout in (None, SynapseFilter(5.0), SynapseFilter(2.0))
    ]
    assert done[0] == done[1] != done[2]


def test_on_a_phone_the_sliders_stay_above_a_picture_that_is_taller(figure, show):
    page = show("<p>before</p>", figure, "<p style='height: 2000px'>after</p>")
    page.set_viewport_size({"width": 390, "height": 844})
    page.wait_for_function("document.querySelector('svg[role=img]').viewBox.baseVal.width < 400")
    slider, picture = page.locator("input[type=range]").first, page.locator("svg[role=img]")
    top = slider.bounding_box()["y"]
    for down in (0, 200, 500):
        page.evaluate(f"window.scrollTo(0, {down})")
        box = slider.bounding_box()
        assert box["y"] == pytest.approx(max(0, top - down), abs=4)
        middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        assert page.evaluate("([x, y]) => document.elementFromPoint(x, y).type", middle) == "range"
    assert picture.bounding_box()["height"] < 1250  # of three networks
