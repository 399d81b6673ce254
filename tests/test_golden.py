"""Traces recorded from SpikingJelly 0.0.0.0.14, which this book's neurons must reproduce."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from snnbook import neuron, surrogate
from snnbook.neuron import BaseNode

GOLDEN = Path(__file__).parent / "golden"
CASES = json.loads((GOLDEN / "visible.json").read_text())


@pytest.fixture(scope="module")
def arrays():
    with np.load(GOLDEN / "visible.npz") as file:
        return {name: torch.from_numpy(file[name]) for name in file.files}


def build(case, arrays) -> BaseNode:
    theta = getattr(surrogate, case["surrogate"])(**case["surrogate_kwargs"])
    layer = getattr(neuron, case["neuron"])(
        **case["kwargs"], surrogate_function=theta, step_mode="m", store_v_seq=True
    ).double()
    with torch.no_grad():
        for name, parameter in layer.named_parameters():
            parameter.copy_(arrays[f"{case['id']}/p_{name}"])
    return layer


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['id']}-{case['neuron']}")
def test_trace(case, arrays):
    layer = build(case, arrays)
    x, s, v, gs, gx = (arrays[f"{case['id']}/{name}"] for name in ("x", "s", "v", "gs", "gx"))
    x = x.clone().requires_grad_()
    spikes = layer(x)
    (spikes * gs).sum().backward()

    def close(given, wanted):
        torch.testing.assert_close(given, wanted, rtol=1e-9, atol=1e-13)

    assert torch.equal(spikes, s)
    close(layer.v_seq.detach(), v)
    close(x.grad, gx)
    for name, parameter in layer.named_parameters():
        close(parameter.grad, arrays[f"{case['id']}/gp_{name}"])


def test_the_traces_cover_the_neurons():
    covered = {case["neuron"] for case in CASES}
    others = {
        "BaseNode",
        "ALIFNode",
        "CUBALIFNode",
        "LINode",
    }  # SpikingJelly 0.14 has none of these
    assert covered == {*neuron.__all__} - others
    assert all(0 < case["firing_rate"] < 1 for case in CASES)
