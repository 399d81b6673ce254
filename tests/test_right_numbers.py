"""Numbers that were once wrong, or state that was lost, in silence: each kind with its value."""

import copy
import itertools
import os
import pickle
import random
from types import SimpleNamespace

import pytest
import torch
from neurons import AdaptiveNode, OldStyleNode, inputs
from torch import nn
from torch.nn.utils import parametrize
from torch.utils.checkpoint import checkpoint

from snnbook import functional, layer, neuron, surrogate
from snnbook.equation import EquationError, exp, where
from snnbook.fields import AtLeast, Number, Positive
from snnbook.neuron import BaseNode, IFNode, LIFNode, ParametricLIFNode
from snnbook.surrogate import Surrogate


class Bump(Surrogate):
    """A reader's own surrogate: both branches overflow where they are not taken."""

    width: Positive = 1.0

    def primitive(u, width):
        return where(u < 0, exp(u / width) / 2, where(u > 3 * width, 1, 1 - exp(-u / width) / 2))


THETAS = [
    kind
    for kind in map(surrogate.__dict__.get, surrogate.__all__)
    if isinstance(kind, type) and issubclass(kind, Surrogate) and kind is not Surrogate
]
BACKENDS = ["torch", "numba", "triton"]


@pytest.fixture(autouse=True)
def _interpreter(monkeypatch):
    if not torch.cuda.is_available():
        monkeypatch.setenv("TRITON_INTERPRET", "1")


def needs(backend):
    if backend != "torch":
        pytest.importorskip(backend)
    return "cuda" if backend == "triton" and torch.cuda.is_available() else "cpu"


def extremes(theta, dtype):
    """Return 0, ±1e-30 … ±1e30 and the kinks, where one function meets another."""
    sizes = [10.0**k for k in range(-30, 31, 2)] + [88.0, 89.0, 104.0, 710.0, 746.0]
    for name in theta.primitive.arguments[1:]:
        if value := abs(getattr(theta, name)):
            sizes += [1 / value, 1 / (2 * value), 3 * value, 88 / value, 89 / value]
    return torch.tensor([0.0, *sizes, *(-size for size in sizes)], dtype=dtype)


def gradients(layer, x_seq, upstream):
    x = x_seq.clone().requires_grad_()
    done = layer.run(x)
    results = (done.s_seq.double(), done.state["v"].double())
    ((results[0] * upstream).sum() + results[1].sum()).backward()
    return results[0].detach().cpu(), x.grad.double().cpu()


@pytest.mark.parametrize("v_reset", [0.0, None], ids=["hard", "soft"])
@pytest.mark.parametrize("spiking", [True, False], ids=["spiking", "smooth"])
@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("kind", [*THETAS, Bump], ids=lambda kind: kind.__name__)
def test_every_surrogate_has_one_slope_on_every_backend(kind, backend, spiking, v_reset):
    device = needs(backend)
    theta = kind(spiking=spiking)
    u = extremes(theta, torch.float32)
    numbers = [float(getattr(theta, name)) for name in theta.primitive.arguments[1:]]
    exact = torch.as_tensor(theta.derivative(u.double(), *numbers)).double().expand_as(u)
    assert exact.isfinite().all()
    # A threshold of 0, so that u is the input; the second step sees what the reset left.
    net = IFNode(0.0, v_reset, theta, step_mode="m")
    x_seq = torch.stack([u, u.flip(0)])
    upstream = torch.tensor([[1.0], [0.5]], dtype=torch.float64, device=device)
    wanted_s, wanted = gradients(net, x_seq, upstream.cpu())
    net.backend = backend
    s, found = gradients(net.to(device), x_seq.to(device), upstream)
    torch.testing.assert_close(s, wanted_s, rtol=1e-6, atol=1e-6)
    finite = wanted.isfinite()
    assert finite.float().mean() > 0.9
    torch.testing.assert_close(found[finite], wanted[finite], rtol=2e-5, atol=1e-30)
    # One step, detached: nothing but the slope.
    net = IFNode(0.0, v_reset, theta, detach_reset=True, step_mode="m", backend=backend)
    x = u.to(device)[None].requires_grad_()
    net.to(device)(x).sum().backward()
    torch.testing.assert_close(x.grad[0].double().cpu(), exact, rtol=2e-5, atol=1e-30)
