"""Where the input of a neuron went: an account, right to the number."""

from typing import NamedTuple

import torch

from ..backends import Run
from ..fields import Fraction
from ..neuron import BaseNode, IFNode

__all__ = ["Account", "KeepingIFNode", "account", "plain"]


class KeepingIFNode(IFNode):
    """An integrate-and-fire neuron that lies between a hard and a soft reset.

    The excess of a spike is what H[t] has above the threshold.

    Args:
        keep: the part of the excess that a hard reset keeps, from 0 to 1. With 0 it is a hard
            reset, and with 1 and ``v_reset=0.0`` a soft one.
    """

    keep: Fraction = 0.0

    def hard_reset(h, s, v_threshold, v_reset, keep):
        """V[t] where `v_reset` is a number."""
        return s * (v_reset + keep * (h - v_threshold)) + (1 - s) * h


class Account(NamedTuple):
    """Where the input of a neuron went, over a run: ``input = paid + kept + lost + leaked``.

    An entry below 0 is one that came in: the neuron took it from elsewhere.

    Attributes:
        input: the sum of X.
        paid: the threshold, once for each spike.
        kept: what the potential is higher than at the beginning.
        lost: what the resets took beyond the thresholds: the sum of H - V, less what is paid.
        leaked: what charging did not put into the potential: the sum of V[t-1] + X[t] - H[t]. For
            an integrate-and-fire neuron it is 0.
    """

    input: float
    paid: float
    kept: float
    lost: float
    leaked: float

    def parts(self) -> dict[str, float]:
        """Return where the input went, by name: what was leaked too where anything was.

        What is less than 1e-5 of all entries together is taken for rounding, and is 0.
        """
        least = 1e-5 * sum(map(abs, self))
        parts = {n: x if abs(x) >= least else 0.0 for n, x in self._asdict().items()}
        del parts["input"]
        return parts if parts["leaked"] else {n: x for n, x in parts.items() if n != "leaked"}


def plain(value: float | torch.Tensor) -> float:
    """Return a number, or a tensor or a parameter of one number, as a float."""
    return float(value.detach() if isinstance(value, torch.Tensor) else value)


def account(layer: BaseNode, x_seq: torch.Tensor, run: Run) -> Account:
    r"""Return the account of the first neuron of a layer, in double precision.

    Args:
        layer: the layer, whose parameters are single numbers.
        x_seq: its input, shape ``[T, N]``.
        run: what it did, from its first state on, with H and V of each step.
    """
    seqs = (x_seq, run.h_seq, run.s_seq, run.v_seq)
    x, h, s, v = (seq[:, 0].detach().double().cpu() for seq in seqs)  # type: ignore[index]
    first = plain(layer.initial_state(x_seq[0, :1])["v"])
    before = torch.cat([v.new_tensor([first]), v[:-1]])
    paid = plain(layer.v_threshold) * float(s.sum())
    lost, leaked = float((h - v).sum()) - paid, float((before + x - h).sum())
    return Account(float(x.sum()), paid, float(v[-1]) - first, lost, leaked)
