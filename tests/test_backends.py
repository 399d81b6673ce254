"""`snnbook.backends`: the reference, called without a layer."""

import pytest
import torch
from neurons import inputs

from snnbook import backends
from snnbook.neuron import IFNode, LIFNode


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
