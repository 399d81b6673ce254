"""The exercises of the chapter Step modes."""

from typing import Any

import torch

from ..functional import run
from ..neuron import IFNode
from .engine import Exercise, like
from .trials import sixty_fourths

# --- break: batch first --------------------------------------------------------------------------


def _spikes(x_seq: torch.Tensor) -> torch.Tensor:
    return run(IFNode(), x_seq)[0]


# --- build: a neuron that inhibits itself --------------------------------------------------------


def _inhibited(layer: Any, x_seq: torch.Tensor, feedback: float) -> torch.Tensor:
    s, s_list = torch.zeros_like(x_seq[0]), []
    for x in x_seq:
        s = layer(x - feedback * s)
        s_list.append(s)
    return torch.stack(s_list)


def _lasting(layer: Any, x_seq: torch.Tensor, feedback: float) -> torch.Tensor:
    """The inhibition grows with each spike, and it never ends."""
    s_sum, s_list = torch.zeros_like(x_seq[0]), []
    for x in x_seq:
        s_list.append(layer(x - feedback * s_sum))
        s_sum = s_sum + s_list[-1]
    return torch.stack(s_list)


def _across(layer: Any, x_seq: torch.Tensor, feedback: float) -> torch.Tensor:
    """Each neuron is inhibited by the mean of all."""
    s, s_list = torch.zeros_like(x_seq[0]), []
    for x in x_seq:
        s = layer(x - feedback * s.mean())
        s_list.append(s)
    return torch.stack(s_list)


def _self_inhibition(answer: Any, x_seq: torch.Tensor, feedback: float) -> dict[str, torch.Tensor]:
    return {"S": like(x_seq, answer(IFNode(v_reset=None), x_seq, feedback))}


SEQUENCE, STEP, STATE, WRONG_STATE = "the sequence", "one step", "v", "v in mode 's'"

EXERCISES = {
    "warm-up": Exercise(
        wanted="Wanted is a list of four shapes: the input in mode 'm', one step, v, and v where a "
        "layer in mode 's' is given the whole tensor.",
        passed="Time first, then the batch; and the state has the shape of one step.",
        right={
            SEQUENCE: [16, 8, 3, 32, 32],
            STEP: [8, 3, 32, 32],
            STATE: [8, 3, 32, 32],
            WRONG_STATE: [16, 8, 3, 32, 32],
        },
        wrong=(
            (
                {SEQUENCE: [8, 16, 3, 32, 32]},
                "Your sequence has the batch first. Time comes first.",
            ),
            (
                {STATE: [16, 8, 3, 32, 32]},
                "Your state v has a time dimension. But it is the potential now, of one step.",
            ),
            (
                {STATE: [3, 32, 32]},
                "Your state v has no batch. But each sample has potentials of its own.",
            ),
            (
                {STEP: [3, 32, 32]},
                "Your step has no batch. One step brings one frame of each of the 8 videos.",
            ),
            (
                {WRONG_STATE: [8, 3, 32, 32]},
                "In mode 's' the layer does not know about time: it takes the whole tensor for one "
                "step.",
            ),
        ),
    ),
    "break": Exercise(
        wanted="Wanted is a function of an input [N, T, C] that returns the spikes, [T, N, C].",
        passed="Each sample runs on its own, through its own steps.",
        right=lambda batch_first: _spikes(batch_first.transpose(0, 1)),
        cases=lambda: [(sixty_fourths(5, 12, 3),)],
        wrong=(
            (
                _spikes,
                "The samples are taken for steps: the layer runs over the dimension N. Exchange "
                "the first two dimensions before the layer sees them.",
            ),
            (
                lambda batch_first: _spikes(batch_first).transpose(0, 1),
                "The output has the right shape. But you exchange the dimensions after the run: "
                "the layer still took the samples for steps.",
            ),
            (
                lambda batch_first: _spikes(batch_first.reshape(12, 5, 3)),
                "`reshape` gives the right shape and mixes the numbers: it does not exchange "
                "dimensions. `transpose(0, 1)` does.",
            ),
            (
                lambda batch_first: _spikes(batch_first.transpose(0, 1)).transpose(0, 1),
                "The run is right. But the spikes are wanted time first, [T, N, C].",
            ),
        ),
    ),
    "derive": Exercise(
        wanted="Wanted is a function of T and N that returns how many numbers are written.",
        passed="T tensors and T - 1 sums, each of T N numbers.",
        right=lambda T, N: (2 * T - 1) * T * N,
        cases=lambda: [(8, 10), (16, 10), (1, 3)],
        wrong=(
            (
                lambda T, N: T * T * N,
                "You count the gradients. The sums are written too.",
            ),
            (
                lambda T, N: 2 * T * T * N,
                "You count T additions. But to add up T tensors takes one addition less.",
            ),
            (
                lambda T, N: (T - 1) * T * N,
                "You count the sums. The gradients are written too.",
            ),
            (
                lambda T, N: (2 * T - 1) * N,
                "You count N numbers for each tensor. But each of them has the size of the whole "
                "sequence, [T, N].",
            ),
            (
                lambda T, N: T * N,
                "This is what `unbind` writes. With an index there are T tensors of this size.",
            ),
        ),
    ),
    "build": Exercise(
        wanted="Wanted is a function of a layer, x_seq and feedback that returns the spikes, in "
        "the shape of x_seq.",
        passed="Each spike inhibits its own neuron in the next step, and only there.",
        right=_inhibited,
        run=_self_inhibition,
        cases=lambda: [(sixty_fourths(40, 4), feedback) for feedback in (0.5, 0.0)],
        wrong=(
            (
                lambda layer, x_seq, feedback: _inhibited(layer, x_seq, 0.0),
                "Your spikes are those without feedback. Is s the output of the step before, and "
                "is it subtracted?",
            ),
            (
                lambda layer, x_seq, feedback: _inhibited(layer, x_seq, -feedback),
                "Your feedback has the wrong sign: it excites the neuron. Subtract it.",
            ),
            (
                lambda layer, x_seq, feedback: _inhibited(layer, x_seq, 1.0 if feedback else 0.0),
                "You subtract the whole spike. It should be multiplied by `feedback`.",
            ),
            (
                _lasting,
                "Your inhibition adds up over all spikes so far. A spike should act in the next "
                "step only.",
            ),
            (
                _across,
                "Your neurons inhibit one another. Each should be inhibited by its own spike only.",
            ),
        ),
    ),
}
