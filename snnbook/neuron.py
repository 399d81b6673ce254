"""The neurons: each is one equation, its fields and where it comes from.

What they share, the threshold, the reset, the state and the step mode, is `node.BaseNode`.
"""

import math
from typing import Annotated, ClassVar

import torch
from torch import nn

from .equation import exp, relu, sigmoid
from .fields import First, Fraction, Number, OptionalNumber, TimeConstant, number
from .node import BaseNode, Node

__all__ = ["ALIFNode", "BaseNode", "CUBALIFNode", "EIFNode", "IFNode", "IzhikevichNode"]
__all__ += ["KLIFNode", "LIFNode", "LINode", "ParametricLIFNode", "QIFNode"]


class IFNode(BaseNode):
    """Integrate-and-fire: the membrane adds up its input and forgets nothing.

    Source: Lapicque 1907, without the leak; see doi:10.1007/s00422-007-0190-0.
    """

    def charge(v, x):
        """H[t]."""
        return v + x


class LIFNode(BaseNode):
    """Leaky integrate-and-fire: the membrane decays towards its resting value, `v_reset`.

    Source: Gerstner et al. 2014, Neuronal Dynamics, chapter 1.3, doi:10.1017/CBO9781107447615.

    Args:
        tau: membrane time constant, in steps, at least 1.
        decay_input: divide the input by `tau` too. With True, a constant input x settles at
            v_reset + x; with False, at v_reset + tau x.
    """

    tau: TimeConstant = 2.0
    decay_input: bool = True

    def charge(v, x, tau, v_reset, decay_input):
        """H[t]."""
        if decay_input:
            return v + (x - (v - v_reset)) / tau
        return v - (v - v_reset) / tau + x


_leaky_charge = LIFNode.charge


class ParametricLIFNode(BaseNode):
    """Leaky integrate-and-fire with a learned time constant, one for the whole layer.

    Source: Fang et al. 2021, doi:10.1109/ICCV48922.2021.00266.

    Args:
        init_tau: the time constant to start from, in steps, above 1.
        decay_input: as in `LIFNode`.

    Attributes:
        w: the learned parameter, shape []; 1/tau = sigmoid(w).
    """

    init_tau: Annotated[float, number(above=1.0, tensor=False), First("w")] = 2.0
    decay_input: bool = True

    def __post_init__(self) -> None:
        """Create the parameter."""
        self.w = nn.Parameter(torch.tensor(-math.log(self.init_tau - 1)))

    def charge(v, x, w, v_reset, decay_input):
        """H[t]."""
        if decay_input:
            return v + (x - (v - v_reset)) * sigmoid(w)
        return v - (v - v_reset) * sigmoid(w) + x


class QIFNode(BaseNode):
    """Quadratic integrate-and-fire: above `v_c` the membrane drives itself upwards.

    Source: Gerstner et al. 2014, chapter 5.3; Latham et al. 2000, doi:10.1152/jn.2000.83.2.808.

    Args:
        tau: membrane time constant, in steps, at least 1.
        v_c: critical potential, above which the potential rises by itself.
        a0: strength of the quadratic term.
        v_rest: resting potential.
    """

    tau: TimeConstant = 2.0
    v_c: Number = 0.8
    a0: Number = 1.0
    v_threshold: Number = 1.0
    v_rest: Number = 0.0
    v_reset: OptionalNumber = -0.1

    def charge(v, x, tau, v_c, a0, v_rest):
        """H[t]."""
        return v + (x + a0 * (v - v_rest) * (v - v_c)) / tau


class EIFNode(BaseNode):
    """Exponential integrate-and-fire: the upstroke of a spike as an exponential.

    Source: Fourcaud-Trocmé et al. 2003, doi:10.1523/JNEUROSCI.23-37-11628.2003.

    Args:
        tau: membrane time constant, in steps, at least 1.
        delta_T: sharpness of the upstroke, above 0.
        theta_rh: rheobase threshold, where the upstroke sets in.
        v_rest: resting potential.
    """

    tau: TimeConstant = 2.0
    delta_T: Annotated[float | torch.Tensor, number(above=0.0)] = 1.0
    theta_rh: Number = 0.8
    v_threshold: Number = 1.0
    v_rest: Number = 0.0
    v_reset: OptionalNumber = -0.1

    def charge(v, x, tau, delta_T, theta_rh, v_rest):
        """H[t]."""
        return v + (x + v_rest - v + delta_T * exp((v - theta_rh) / delta_T)) / tau


class IzhikevichNode(BaseNode):
    """A quadratic neuron with a second state, `w`, that adapts to its own firing.

    With ``a = b = 0``, the defaults, nothing adapts. Source: Izhikevich 2003,
    doi:10.1109/TNN.2003.820440, in the discrete form of SpikingJelly.

    Args:
        tau: membrane time constant, in steps, at least 1.
        v_c: critical potential.
        a0: strength of the quadratic term.
        v_rest: resting potential.
        w_rest: first value of the adaptation w.
        tau_w: time constant of the adaptation, in steps, at least 1.
        a: how strongly w follows the membrane potential.
        b: what each spike adds to w.
    """

    tau: TimeConstant = 2.0
    v_c: Number = 0.8
    a0: Number = 1.0
    v_threshold: Number = 1.0
    v_reset: OptionalNumber = 0.0
    v_rest: Number = -0.1
    w_rest: Number = 0.0
    tau_w: TimeConstant = 2.0
    a: Number = 0.0
    b: Number = 0.0

    states: ClassVar = {"w": "w_rest"}

    def charge(v, x, w, tau, v_c, a0, v_rest):
        """H[t]."""
        return v + (x + a0 * (v - v_rest) * (v - v_c) - w) / tau

    def update_w(w, h, s, a, b, tau_w, v_rest):
        """W[t]: it follows the membrane potential, and each spike adds to it."""
        return w + (a * (h - v_rest) - w) / tau_w + b * s


class KLIFNode(BaseNode):
    """Leaky integrate-and-fire with a learned gain k before firing.

    Source: Jiang & Zhang 2023, arXiv:2302.09238.

    Args:
        tau: membrane time constant, in steps, at least 1.
        decay_input: as in `LIFNode`.
        scale_reset: divide the potential by k again at reset.

    Attributes:
        k: the learned gain, shape [], 1 at first.
    """

    tau: TimeConstant = 2.0
    decay_input: bool = True
    scale_reset: bool = False

    def __post_init__(self) -> None:
        """Create the parameter."""
        self.k = nn.Parameter(torch.tensor(1.0))

    def charge(v, x, k, tau, v_reset, decay_input):
        """H[t], which is never negative."""
        return relu(k * _leaky_charge(v, x, tau, v_reset, decay_input))

    def hard_reset(h, s, k, v_reset, scale_reset):
        """V[t] where `v_reset` is a number."""
        return s * v_reset + (1 - s) * (h / k if scale_reset else h)

    def soft_reset(h, s, k, v_threshold, scale_reset):
        """V[t] where `v_reset` is None."""
        return (h - v_threshold * s) / k if scale_reset else h - v_threshold * s


class CUBALIFNode(BaseNode):
    """Current-based leaky integrate-and-fire: a synaptic current `i` filters the input.

    SnnTorch calls it Synaptic, with alpha for c_decay and beta for v_decay. Source: Neftci, Mostafa
    & Zenke 2019, doi:10.1109/MSP.2019.2931595.

    Args:
        c_decay: what the current keeps from one step to the next, from 0 to 1.
        v_decay: what the membrane keeps from one step to the next, from 0 to 1.
    """

    c_decay: Fraction = 0.5
    v_decay: Fraction = 0.5

    states: ClassVar = {"i": 0.0}

    def update_i(i, x, c_decay):
        """I[t], the synaptic current."""
        return c_decay * i + x

    def charge(v, i, v_decay):
        """H[t]."""
        return v_decay * v + i


class ALIFNode(LIFNode):
    """Leaky integrate-and-fire with an adaptive threshold: each spike makes the next one harder.

    The neuron fires at v_threshold + beta a, where the trace `a` grows by 1 with each spike and
    decays. Source: Bellec et al. 2020, doi:10.1038/s41467-020-17236-y, with the Euler step of the
    other neurons here.

    Args:
        tau: membrane time constant, in steps, at least 1.
        decay_input: as in `LIFNode`.
        beta: how much a spike lifts the threshold.
        tau_a: time constant of the trace, in steps, at least 1.
    """

    tau: TimeConstant = 2.0
    decay_input: bool = True
    beta: Number = 0.5
    tau_a: TimeConstant = 20.0

    states: ClassVar = {"a": 0.0}

    def fire(h, a, beta, v_threshold):
        """The argument of Θ."""
        return h - (v_threshold + beta * a)

    def update_a(a, s, tau_a):
        """A[t], the trace of the spikes."""
        return a - a / tau_a + s


class LINode(Node):
    """Leaky integrator: it never fires, and its output is its potential. The usual readout.

    Source: Neftci, Mostafa & Zenke 2019, doi:10.1109/MSP.2019.2931595.

    Args:
        tau: membrane time constant, in steps, at least 1.
        decay_input: divide the input by `tau` too. With True, a constant input x settles at x; with
            False, at tau x.
    """

    tau: TimeConstant = 2.0
    decay_input: bool = True

    def charge(v, x, tau, decay_input):
        """V[t]."""
        return v + (x - v) / tau if decay_input else v - v / tau + x
