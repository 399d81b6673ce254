"""A figure of depth: in the page what PyTorch computes, and what a reader sees of it."""

from itertools import product

import pytest
import torch
from torch import nn

from snnbook.diagnosis import RULES
from snnbook.interactive import WORDS, explore_depth
from snnbook.neuron import ALIFNode, EIFNode, IFNode, LIFNode, LINode

T, N, WIDTH, DEPTH = 20, 3, 24, 5
SLIDERS = {"scale": (0, 30, 8), "v_threshold": (0.1, 4), "tau": (1, 20)}


def net_of(*neurons, inputs=WIDTH, bias=True):
    torch.manual_seed(0)
    layers = []
    for neuron in neurons:
        layers += [nn.Linear(inputs, WIDTH, bias=bias), neuron]
        inputs = WIDTH
    return nn.Sequential(*layers)


def spikes(inputs=WIDTH):
    generator = torch.Generator().manual_seed(1)
    return (torch.rand(T, N, inputs, generator=generator) < 0.3).float()


@pytest.fixture(scope="module")
def figure():
    return explore_depth(net_of(*(LIFNode() for _ in range(DEPTH))), spikes(), sliders=SLIDERS)


RUN = """(values) => document.querySelector(".snn-explore").snnbook.run(values).map(
  (layer) => ({ ...layer, h: [...layer.h].map(String), s: [...layer.s] }))"""
DRAWN = """() => [...document.querySelectorAll(".snn-explore svg path")].map(
  (path) => [path.getAttribute("class"), path.getAttribute("d")])"""


def counts_of(figure, h):
    """How often H lies in each bin of a histogram."""
    bins, (low, high) = figure.spec["bins"], figure.spec["limits"]
    places = ((h[~h.isnan()] - low) / (high - low) * bins).floor().clamp(0, bins - 1)
    return places.long().bincount(minlength=bins).tolist()


def agree(page, figure, **values):
    """What the page runs is what PyTorch does, H, spikes, rates and histograms."""
    values = {**figure.values, **values}
    found, wanted = page.evaluate(RUN, values), figure.run(values)
    assert [layer["name"] for layer in found] == [*wanted]
    for layer, done in zip(found, wanted.values(), strict=True):
        h = torch.tensor([float(x) for x in layer["h"]], dtype=torch.float64)
        torch.testing.assert_close(h, done.h_seq.flatten(), rtol=1e-10, atol=1e-12, equal_nan=True)
        assert layer["s"] == done.s_seq.flatten().tolist()
        assert abs(layer["rate"] - done.s_seq.mean().item()) < 1e-12
        assert layer["counts"] == counts_of(figure, done.h_seq)
    return [done.s_seq.mean().item() for done in wanted.values()]


def test_the_page_runs_what_pytorch_runs(show, figure):
    page, rates = show(figure), set()
    for scale, v_threshold, tau in product((0, 8, 30), (0.1, 4), (1, 5.5, 20)):
        rates.add(tuple(agree(page, figure, scale=scale, v_threshold=v_threshold, tau=tau)))
    assert len(rates) > 9, "the sliders move it"


NETS = {
    "soft": (net_of(IFNode(v_reset=None), IFNode(v_reset=None)), ["scale", "v_threshold"]),
    "readout": (net_of(LIFNode(4.0, decay_input=False), LINode(3.0), bias=False), ["tau"]),
    "another": (net_of(EIFNode(), ALIFNode()), {"v_threshold": (0.5, 2), "scale": (0, 3)}),
    "doubles": (net_of(LIFNode()).double(), ["scale"]),
    "neurons alone": (nn.Sequential(LIFNode(v_threshold=0.4), LIFNode()), {"tau": (1, 9)}),
}


@pytest.mark.parametrize("name", NETS)
def test_other_networks_run_too(show, name):
    net, sliders = NETS[name]
    figure = explore_depth(net, 2 * spikes() + 0.25, sliders=sliders)
    page = show(figure)
    for end in ("low", "high"):
        moved = {slider["name"]: slider[end] for slider in figure.spec["sliders"]}
        assert any(rate > 0 for rate in agree(page, figure)) or name == "soft"
        agree(page, figure, **moved)


def test_the_network_is_the_readers_own():
    net = net_of(LIFNode(), LIFNode())
    net[1](torch.ones(2, WIDTH))
    figure = explore_depth(net, spikes(), sliders={"scale": (0, 9, 5), "tau": (1, 9)})
    done = figure.run()
    assert net[1].v.shape == (2, WIDTH)
    assert (net[1].tau, net[1].step_mode) == (2.0, "s")
    y = spikes()
    for k in (0, 2):
        layer = LIFNode(step_mode="m")
        y = layer(5 * net[k](y))
        assert y.mean().item() == pytest.approx(done[f"layer {k // 2 + 1}"].s_seq.mean().item())


def test_a_slider_moves_the_picture_and_the_words(show, figure):
    page = show(figure)
    assert page.locator(".snn-status").inner_text() == figure.describe()
    assert WORDS["firing"] in figure.describe()
    before = page.evaluate(DRAWN)
    for key, verdict in (("Home", "The first silent one is layer 1."), ("End", WORDS["firing"])):
        page.get_by_label("scale").press(key)
        page.wait_for_function(
            "(said) => document.querySelector('.snn-status').textContent.endsWith(said)",
            arg=verdict,
        )
        after = page.evaluate(DRAWN)
        assert after != before
        before = after
    page.get_by_role("button", name="Start values").click()
    page.wait_for_function(
        "(words) => document.querySelector('.snn-status').textContent === words",
        arg=figure.describe(),
    )


def test_the_bars_are_the_rates(show, figure):
    page = show(figure)
    rates = [done.s_seq.mean().item() for done in figure.run().values()]
    (drawn,) = [d for kind, d in page.evaluate(DRAWN) if kind == "bar rates"]
    heights = []
    for bar in drawn.split("M")[1:]:
        start, end = bar.split(" ")[1].split("V")
        heights.append(float(start) - float(end))
    assert len(heights) == DEPTH
    scale = heights[0] / rates[0]
    for height, rate in zip(heights, rates, strict=True):
        assert abs(height - scale * rate) < 0.3  # places are rounded to tenths of a pixel


@pytest.mark.parametrize(
    ("values", "verdict"),
    [
        ({"scale": 1}, "The first silent one is layer 1."),
        ({"v_threshold": 0.1, "scale": 0}, "The first silent one is layer 1."),
        ({"scale": 30, "v_threshold": 0.1}, WORDS["firing"]),
    ],
)
def test_it_says_which_layer_is_sick(show, figure, values, verdict):
    start = dict(figure.values)
    figure.values = {**start, **values}
    try:
        assert figure.describe().endswith(verdict)
        assert show(figure).locator(".snn-status").inner_text() == figure.describe()
    finally:
        figure.values = start


def test_it_calls_sick_what_diagnose_calls_sick(figure):
    silent, saturated = figure.spec["sick"]
    signs = {(rule.illness, rule.sign) for rule in RULES["layer"]}
    assert {("silent", f"rate < {silent}"), ("saturated", f"rate > {saturated}")} <= signs


def test_a_saturated_layer_behind_a_healthy_one(show):
    net = net_of(LIFNode(), LIFNode(), LIFNode())
    with torch.no_grad():
        net[0].weight *= 8
        net[2].bias += 5
        net[4].weight *= 0
        net[4].bias *= 0
    figure = explore_depth(net, spikes(), sliders={"scale": (0, 2)})
    assert figure.describe().endswith("The first saturated one is layer 2.")
    assert show(figure).locator(".snn-status").inner_text() == figure.describe()


@pytest.mark.parametrize(
    ("wrong", "error", "words"),
    [
        ({"net": LIFNode()}, TypeError, "wanted a torch.nn.Sequential"),
        ({"net": nn.Sequential(nn.Linear(WIDTH, 2))}, ValueError, "no neuron that fires"),
        ({"net": nn.Sequential(nn.ReLU())}, TypeError, "wanted torch.nn.Linear, a neuron"),
        ({"x_seq": [1.0]}, TypeError, r"wanted a tensor of shape \[T, N, 24\]"),
        ({"x_seq": torch.ones(3, WIDTH)}, ValueError, r"wanted a tensor of shape \[T, N, 24\]"),
        ({"x_seq": torch.ones(3, 2, 5)}, ValueError, r"wanted a tensor of shape \[T, N, 24\]"),
        ({"x_seq": torch.ones(0, 2, WIDTH)}, ValueError, "without a 0"),
        ({"x_seq": torch.full((1, 1, WIDTH), torch.inf)}, ValueError, "finite numbers"),
        ({"x_seq": torch.ones(1000, 9, WIDTH)}, ValueError, "at most 4000000 products"),
        ({"sliders": ["taw"]}, ValueError, "'taw' moves nothing.* Did you mean 'tau'"),
        ({"sliders": {"tau": (0, 5, 2)}}, ValueError, "tau"),
    ],
)
def test_what_does_not_fit_is_refused(wrong, error, words):
    with pytest.raises(error, match=f"(?s){words}"):
        explore_depth(**{"net": net_of(LIFNode()), "x_seq": spikes(), **wrong})


def test_values_that_do_not_fit_are_refused(figure):
    with pytest.raises(ValueError, match="no slider"):
        figure.run({**figure.values, "taw": 3})
