"""The neurons that many tests run over."""

import torch

from snnbook import neuron
from snnbook.equation import equation, exp
from snnbook.neuron import BaseNode

LIBRARY = (
    neuron.IFNode,
    neuron.LIFNode,
    neuron.ParametricLIFNode,
    neuron.QIFNode,
    neuron.EIFNode,
    neuron.IzhikevichNode,
    neuron.KLIFNode,
    neuron.CUBALIFNode,
)


class SquareIFNode(BaseNode):
    """A reader's neuron: one bare equation."""

    def charge(v, x):
        return v + x**2


class AdaptiveNode(BaseNode):
    """A reader's neuron with two further states and parameters of each kind."""

    rise = 0.25
    strict = True
    states = {"slow": "rise", "trace": 0.0}  # noqa: RUF012

    def update_slow(slow, x, rise):
        return slow + rise * (x - slow)

    @equation
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


def inputs(*shape, seed=0, dtype=torch.float32):
    """Return input that makes every neuron fire at some steps and stay silent at others."""
    generator = torch.Generator().manual_seed(seed)
    return (torch.rand(shape, generator=generator, dtype=torch.float64) * 2.4 - 0.4).to(dtype)
