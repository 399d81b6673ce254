"""The same layer in each library: LIF, τ = 2, hard reset to 0, threshold 1, ATan with α = 2.

H[t] = V[t-1] + (X[t] - V[t-1]) / 2 from V = 0, spikes where H[t] >= 1. A contestant is made for
one input x and one gradient g of the loss with respect to the spikes, both of shape [T, N, *]. It
has three calls without arguments: `spikes` and `gradient` return tensors to check; `forward` (no
gradient asked for) and `training` (forward, then backward with respect to x) are what is timed.
"""

import importlib.util
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch


@dataclass(frozen=True)
class Contestant:
    """A layer of one library with its input."""

    forward: Callable[[], Any]
    training: Callable[[], Any]
    spikes: Callable[[], torch.Tensor]
    gradient: Callable[[], torch.Tensor]


Layer = Callable[[torch.Tensor], torch.Tensor]
"""Runs a sequence from a fresh state: x_seq to s_seq."""


def of_layer(layer: Layer, x: torch.Tensor, g: torch.Tensor, scale: float = 1.0) -> Contestant:
    """Make a contestant of a PyTorch layer.

    Args:
        layer: from x_seq to s_seq.
        x: input.
        g: gradient of the loss with respect to the spikes.
        scale: the layer is given ``scale * x``, made before the clock starts.
    """
    x = (scale * x).requires_grad_()

    def forward() -> torch.Tensor:
        with torch.no_grad():
            return layer(x)

    def training() -> torch.Tensor:
        (gradient,) = torch.autograd.grad(layer(x), x, g)
        return gradient

    return Contestant(forward, training, forward, lambda: scale * training())


def snnbook(backend: str) -> Layer:
    """Our own layer with one of its backends."""
    from snnbook.neuron import LIFNode
    from snnbook.surrogate import ATan

    layer = LIFNode(tau=2.0, surrogate_function=ATan(), step_mode="m", backend=backend)

    def run(x_seq: torch.Tensor) -> torch.Tensor:
        layer.reset()
        return layer(x_seq)

    return run


def spikingjelly(implementation: str = "auto") -> Layer:
    """SpikingJelly's layer in its multi-step mode.

    Args:
        implementation: on a GPU 'torch', 'cuda' or 'triton'. SpikingJelly 2.0 chooses one for
            the whole process; this sets its choice for the next call.
    """
    from spikingjelly._ops import lif
    from spikingjelly.activation_based import neuron, surrogate

    layer = neuron.LIFNode(tau=2.0, surrogate_function=surrogate.ATan(), step_mode="m")
    selection = lif._selection

    def run(x_seq: torch.Tensor) -> torch.Tensor:
        if selection._requested != implementation:
            selection._requested = implementation
            selection._selections.clear()
        layer.reset()
        return layer(x_seq)

    return run


def spikingjelly_unbind() -> Layer:
    """SpikingJelly's layer, one step at a time over the unbound sequence: linear in T."""
    from spikingjelly.activation_based import neuron, surrogate

    layer = neuron.LIFNode(tau=2.0, surrogate_function=surrogate.ATan(), step_mode="s")

    def run(x_seq: torch.Tensor) -> torch.Tensor:
        layer.reset()
        return torch.stack([layer(x) for x in x_seq.unbind(0)])

    return run


def spikingjelly_simple() -> Layer:
    """SpikingJelly's layer for custom neurons, whose backward pass is left to autograd."""
    from spikingjelly.activation_based import neuron, surrogate

    layer = neuron.SimpleLIFNode(
        tau=2.0, decay_input=True, surrogate_function=surrogate.ATan(), step_mode="m"
    )

    def run(x_seq: torch.Tensor) -> torch.Tensor:
        layer.reset()
        return layer(x_seq)

    return run


def snntorch() -> Layer:
    """snnTorch's layer; it has no τ for its input, so it is given x / 2."""
    import snntorch
    from snntorch import surrogate

    layer = snntorch.Leaky(
        beta=0.5, spike_grad=surrogate.atan(2.0), reset_mechanism="zero", reset_delay=False
    )

    def run(x_seq: torch.Tensor) -> torch.Tensor:
        v, steps = torch.zeros_like(x_seq[0]), []
        for x in x_seq.unbind(0):
            s, v = layer(x, v)
            steps.append(s)
        return torch.stack(steps)

    return run


def norse() -> Layer:
    """Norse's layer; it has no ATan, so it takes its own default, SuperSpike."""
    from norse.torch.functional.lif_box import (
        LIFBoxFeedForwardState,
        LIFBoxParameters,
        lif_box_feed_forward_step,
    )

    parameters = LIFBoxParameters(tau_mem_inv=torch.as_tensor(0.5), alpha=torch.as_tensor(1.0))

    def run(x_seq: torch.Tensor) -> torch.Tensor:
        state, steps = LIFBoxFeedForwardState(torch.zeros_like(x_seq[0])), []
        for x in x_seq.unbind(0):
            s, state = lif_box_feed_forward_step(x, state, parameters, dt=1.0)
            steps.append(s)
        return torch.stack(steps)

    return run


def jax_scan(x: torch.Tensor, g: torch.Tensor) -> Contestant:
    """A compiled ``jax.lax.scan`` with a Θ of our own; there is no library between."""
    import jax
    import jax.numpy as jnp
    import numpy as np

    @jax.custom_vjp
    def theta(u: Any) -> Any:
        return (u >= 0).astype(u.dtype)

    theta.defvjp(lambda u: (theta(u), u), lambda u, grad: (grad / (1 + (jnp.pi * u) ** 2),))

    def lif(x_seq: Any) -> Any:
        def step(v: Any, x: Any) -> Any:
            h = v + (x - v) / 2
            s = theta(h - 1)
            return (1 - s) * h, s

        return jax.lax.scan(step, jnp.zeros_like(x_seq[0]), x_seq)[1]

    def both(x_seq: Any, grad: Any) -> Any:
        s_seq, back = jax.vjp(lif, x_seq)
        return s_seq, back(grad)[0]

    if x.is_cuda and jax.default_backend() != "gpu":
        raise RuntimeError("this JAX has no GPU support")
    x_, g_ = jnp.asarray(x.cpu().numpy()), jnp.asarray(g.cpu().numpy())
    run, run_both = jax.jit(lif), jax.jit(both)

    def tensor(array: Any) -> torch.Tensor:
        return torch.from_numpy(np.array(array)).to(x.device)

    return Contestant(
        forward=lambda: run(x_).block_until_ready(),
        training=lambda: jax.block_until_ready(run_both(x_, g_)),
        spikes=lambda: tensor(run_both(x_, g_)[0]),
        gradient=lambda: tensor(run_both(x_, g_)[1]),
    )


def clone(x: torch.Tensor, g: torch.Tensor) -> Contestant:
    """A copy of the input: not a layer, but the least that an output of this size costs."""
    return Contestant(x.clone, x.clone, x.clone, g.clone)


OURS = {
    "snnbook torch": lambda: snnbook("torch"),
    "snnbook numba": lambda: snnbook("numba"),
    "snnbook triton": lambda: snnbook("triton"),
}
PEERS = {
    "SpikingJelly": spikingjelly,
    "SpikingJelly, unbind": spikingjelly_unbind,
    "SpikingJelly, simple": spikingjelly_simple,
    "SpikingJelly, cuda": lambda: spikingjelly("cuda"),
    "SpikingJelly, triton": lambda: spikingjelly("triton"),
    "snnTorch": snntorch,
    "Norse": norse,
}
SCALE = {"snnTorch": 0.5}
"""What a layer is given instead of x, as a multiple of it."""
NEEDS = {
    "snnbook numba": "numba",
    "snnbook triton": "triton",
    "SpikingJelly": "spikingjelly",
    "SpikingJelly, unbind": "spikingjelly",
    "SpikingJelly, simple": "spikingjelly",
    "SpikingJelly, cuda": "spikingjelly",
    "SpikingJelly, triton": "spikingjelly",
    "snnTorch": "snntorch",
    "Norse": "norse",
    "JAX scan": "jax",
}


def available(device: str, *, ours_only: bool = False) -> list[str]:
    """Return the names of the contestants that can run here, ours first."""
    names = [*OURS, *([] if ours_only else [*PEERS, "JAX scan"]), "clone"]
    elsewhere = {
        "cpu": {"snnbook triton", "SpikingJelly, cuda", "SpikingJelly, triton"},
        "cuda": {"snnbook numba"},
    }[device]
    return [
        name
        for name in names
        if name not in elsewhere
        and (name not in NEEDS or importlib.util.find_spec(NEEDS[name]) is not None)
    ]


def working(names: Sequence[str], device: str) -> list[str]:
    """Return those of the contestants that run; say of each of the others why it doesn't."""
    found = []
    x = torch.ones(2, 8, device=device)
    for name in names:
        try:
            make(name, x, x).training()
        except (ImportError, OSError, RuntimeError, ValueError) as error:
            print(f"{name} doesn't run here: {error}")
        else:
            found.append(name)
    return found


def make(name: str, x: torch.Tensor, g: torch.Tensor) -> Contestant:
    """Make the contestant called `name` for an input and a gradient of the spikes."""
    if name == "clone":
        return clone(x, g)
    if name == "JAX scan":
        return jax_scan(x, g)
    return of_layer({**OURS, **PEERS}[name](), x, g, SCALE.get(name, 1.0))
