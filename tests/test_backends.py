"""`snnbook.backends`: the reference, called without a layer."""

from pathlib import Path

import pytest
import torch
from neurons import inputs
from torch import nn

from snnbook import backends
from snnbook.backends import program
from snnbook.equation import exp
from snnbook.fields import Number
from snnbook.neuron import BaseNode, IFNode, LIFNode


def test_names():
    assert backends.NAMES == ("torch", "numba", "triton", "auto")
    with pytest.raises(ValueError, match="no backend 'cupy'; there are 'torch', 'numba'"):
        backends.get("cupy")


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (torch.float16, torch.float32),
        (torch.bfloat16, torch.float32),
        (torch.float32, torch.float32),
        (torch.float64, torch.float64),
    ],
)
def test_membrane_dtype(given, kept):
    assert backends.dynamics.membrane_dtype(given) == kept


def test_run_is_pure():
    neuron, x_seq = LIFNode().dynamics(), inputs(5, 3)
    state = {"v": torch.full((3,), 0.25)}
    first = backends.get("torch").run(neuron, x_seq, state, trace=True)
    second = backends.get("torch").run(neuron, x_seq, state, trace=False)
    assert torch.equal(first.s_seq, second.s_seq)
    assert torch.equal(state["v"], torch.full((3,), 0.25))
    assert torch.equal(first.v_seq[-1], second.state["v"])
    assert first.h_seq.shape == (5, 3)
    assert second.h_seq is second.v_seq is None


def test_detach_reset_cuts_the_gradient_of_the_reset_only():
    """Two steps by hand: X = 1 fires, X = 0.5 doesn't; g is the surrogate gradient."""
    slopes = {}
    for detach in (False, True):
        layer = IFNode(detach_reset=detach, step_mode="m")
        x_seq = torch.tensor([[1.25], [0.5]], requires_grad=True)
        layer(x_seq).sum().backward()
        slopes[detach] = x_seq.grad.flatten()
    g1, g2 = (layer.surrogate_function.gradient(torch.tensor(u)) for u in (0.25, -0.5))
    # V[1] = (1 - S[1]) H[1], so dV[1]/dX[1] = 1 - S[1] - g1 H[1], without the reset 1 - S[1] = 0.
    torch.testing.assert_close(slopes[True], torch.stack([g1, g2]))
    torch.testing.assert_close(slopes[False], torch.stack([g1 - g2 * g1 * 1.25, g2]))


class PowerNode(BaseNode):
    """A neuron whose input is raised to a power, which may be learned."""

    power: Number = 2.0

    def charge(v, x, power):
        return v + x**power


class DividingNode(BaseNode):
    """A neuron whose input is divided by a number."""

    by: float = 2.0

    def charge(v, x, by):
        return v + x / by


class ExplodingNode(BaseNode):
    """A neuron whose charge leaves the range of its numbers where x is large."""

    def charge(v, x):
        return v + exp(50 * x)


@pytest.mark.parametrize("backend", ["torch", "numba"])
def test_a_power_of_0_has_no_slope_by_its_exponent(backend):
    layer = PowerNode(nn.Parameter(torch.tensor(2.0)), step_mode="m", backend=backend)
    x = torch.tensor([[0.0, 0.5]], requires_grad=True)
    (layer(x).sum() + layer.v.sum()).backward()
    assert torch.isfinite(layer.power.grad)
    assert layer.power.grad != 0
    assert torch.isfinite(x.grad).all()
    assert x.grad[0, 0] == 0


@pytest.mark.parametrize("backend", ["torch", "numba"])
@pytest.mark.parametrize("by", [-1.0, 1.0, 0.3])
def test_the_slope_of_a_quotient_by_a_number(by, backend):
    layer = DividingNode(by, v_threshold=100.0, step_mode="m", backend=backend)
    x = torch.tensor([[0.5, -2.0]], requires_grad=True)
    layer(x)
    layer.v.sum().backward()
    torch.testing.assert_close(x.grad, torch.full((1, 2), 1 / by))


@pytest.mark.parametrize("backend", ["torch", "numba"])
def test_no_gradient_comes_through_a_charge_that_has_stopped(backend):
    layer = ExplodingNode(v_reset=None, step_mode="m", backend=backend)
    x = torch.tensor([[3.0, -0.1]], requires_grad=True)
    (layer(x).sum() + layer.v.sum()).backward()
    assert x.grad[0, 0] == 0
    assert x.grad[0, 1] > 0


def test_one_kernel_serves_every_number():
    programs = [
        program.Program(LIFNode(tau=tau, v_threshold=level).dynamics(), ("v",))
        for tau, level in ((3.3, 1.1), (5.7, 0.7))
    ]
    assert programs[0].digest(False) == programs[1].digest(False) != programs[0].digest(True)


def test_other_code_writes_other_kernels(monkeypatch):
    monkeypatch.setattr(program, "version", lambda library: f"{library} 1")
    written = program._code.__wrapped__
    before = written()
    monkeypatch.setattr(Path, "read_text", lambda *_: "another version")
    assert written() != before
