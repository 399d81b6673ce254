"""The neurons that many tests run over."""

import torch

from snnbook import neuron
from snnbook.equation import exp
from snnbook.fields import Number
from snnbook.neuron import BaseNode
from snnbook.symbolic import from_source

LIBRARY = tuple(
    kind
    for kind in map(neuron.__dict__.get, neuron.__all__)
    if issubclass(kind, BaseNode) and kind is not BaseNode
)
"""The spiking neurons of the library, whichever there are."""


class SquareIFNode(BaseNode):
    """A reader's neuron: one bare equation."""

    def charge(v, x):
        return v + x**2


class AdaptiveNode(BaseNode):
    """A reader's neuron with two further states and parameters of each kind."""

    rise: Number = 0.25
    strict: bool = True
    states = {"slow": "rise", "trace": 0.0}  # noqa: RUF012

    def update_slow(slow, x, rise):
        return slow + rise * (x - slow)

    def charge(v, slow, trace, strict):
        if strict:
            return v + slow - trace
        return v + exp(slow)

    def update_trace(trace, s):
        return trace / 2 + s / 4


class OldStyleNode(BaseNode):
    """A neuron in the manner of SpikingJelly 0.0.0.0.14."""

    def neuronal_charge(self, x: torch.Tensor):
        self.v = self.v + x**2


OWN = (SquareIFNode, AdaptiveNode, OldStyleNode)


def _learned(value):
    return torch.nn.Parameter(torch.tensor(value))


RUNAWAYS = {
    "EIF": lambda: neuron.EIFNode(v_reset=None),
    "EIF that learns": lambda: neuron.EIFNode(2.0, _learned(1.5), v_reset=None),
    "EIF that learns tau": lambda: neuron.EIFNode(tau=_learned(2.0), v_reset=None),
    "QIF that learns": lambda: neuron.QIFNode(tau=_learned(2.0), a0=3.0, v_reset=None),
    "Izhikevich": lambda: neuron.IzhikevichNode(a0=2.0, a=3.0, b=0.5, tau_w=4.0, v_reset=None),
    "parametric LIF": neuron.ParametricLIFNode,
    "square IF": lambda: SquareIFNode(v_reset=None),
}
"""Neurons whose potential grows beyond all bounds; of the parametric LIF only with its input."""


def runaway_input(dtype=torch.float32):
    """Return an input of four neurons: a calm one, one that rises, a very large one, infinity."""
    x_seq = torch.full((12, 4), 0.1, dtype=dtype)
    x_seq[:, 1], x_seq[2, 2], x_seq[3, 3] = 1.0, 1e20, torch.inf
    return x_seq


def inputs(*shape, seed=0, dtype=torch.float32):
    """Return input that makes every neuron fire at some steps and stay silent at others."""
    generator = torch.Generator().manual_seed(seed)
    return (torch.rand(shape, generator=generator, dtype=torch.float64) * 2.4 - 0.4).to(dtype)


ROUNDINGS = (
    "v * (1 - 1 / tau) + x",
    "v + x / tau",
    "v + x * (tau - 1)",
    "v / 2 + tau / (3 + abs(v)) + x",
    "v / 3 + 0.1 * x + 1 / 3",
    "v + 2 ** (1 / tau) * x + exp(-tau)",
    "v * exp(-1 / tau) + x * tau**0.5 / 9",
    "(x + tau * v) / (tau + 1)",
    "where(x > 1 / tau, v + x / 3, v / 7 + 1 / tau)",
    "v + tau**2 / 999 * x**2 - x**3 * tau / 99 + x**-1 * 1e-3",
    "v + 0.7 / (1.1 + x**2) - tau * 0.1 / (2 + (x > 0.3))",
)
"""Equations whose numbers, if computed in single precision, give other bits."""


def with_tau(source, tau):
    """Return a neuron whose charge is an equation of v, x and tau, given as text."""

    class Rounding(BaseNode):
        tau: Number = 2.0
        charge = from_source("charge", ("v", "x", "tau"), source)

    return Rounding(tau=tau)
