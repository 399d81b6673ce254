"""The exercises of the chapter Step modes."""

from typing import Any

import torch
from torch import nn

from ...functional import run, seq_to_ann_forward, spiking_layers
from ...neuron import BaseNode, IFNode, LIFNode
from ..comparing import like
from ..engine import Exercise
from ..patterns import either, other_text
from ..sentences import Misfit
from ..trials import sixty_fourths

__all__ = ["EXERCISES"]

# --- break: batch first --------------------------------------------------------------------------


def _spikes(x_seq: torch.Tensor) -> torch.Tensor:
    return run(IFNode(), x_seq)[0]


def _transposed(batch_first: torch.Tensor) -> torch.Tensor:
    return batch_first.transpose(0, 1)


def _reshaped(batch_first: torch.Tensor) -> torch.Tensor:
    N, T, *rest = batch_first.shape
    return batch_first.reshape(T, N, *rest)


# --- build: a neuron that inhibits itself --------------------------------------------------------


def _inhibited(
    layer: Any, x_seq: torch.Tensor, feedback: float, first: float = 0.0
) -> torch.Tensor:
    s, s_list = torch.full_like(x_seq[0], first), []
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


def _across(layer: Any, x_seq: torch.Tensor, feedback: float, mean: bool = True) -> torch.Tensor:
    """Each neuron is inhibited by the mean, or the sum, of all."""
    s, s_list = torch.zeros_like(x_seq[0]), []
    for x in x_seq:
        s = layer(x - feedback * (s.mean(-1, keepdim=True) if mean else s.sum(-1, keepdim=True)))
        s_list.append(s)
    return torch.stack(s_list)


def _forgetful(layer: Any, x_seq: torch.Tensor, feedback: float) -> torch.Tensor:
    s, s_list = torch.zeros_like(x_seq[0]), []
    for x in x_seq:
        layer.reset()
        s = layer(x - feedback * s)
        s_list.append(s)
    return torch.stack(s_list)


def _two_runs(layer: Any, x_seq: torch.Tensor, feedback: float) -> torch.Tensor:
    """The feedback is that of a first run, in which there was none."""
    s_seq = torch.stack([layer(x) for x in x_seq])
    layer.reset()
    late = torch.cat([torch.zeros_like(s_seq[:1]), s_seq[:-1]])
    return torch.stack([layer(x) for x in x_seq - feedback * late])


def _two_steps_late(layer: Any, x_seq: torch.Tensor, feedback: float) -> torch.Tensor:
    s_list = [torch.zeros_like(x_seq[0])] * 2
    for x in x_seq:
        s_list.append(layer(x - feedback * s_list[-2]))
    return torch.stack(s_list[2:])


def _multiplied(layer: Any, x_seq: torch.Tensor, feedback: float) -> torch.Tensor:
    s, s_list = torch.zeros_like(x_seq[0]), []
    for x in x_seq:
        s = layer(x * (1 - feedback * s))
        s_list.append(s)
    return torch.stack(s_list)


def _self_inhibition(
    answer: Any, layer: BaseNode, x_seq: torch.Tensor, feedback: float
) -> dict[str, torch.Tensor]:
    s_seq = answer(layer.to(x_seq.device), x_seq, feedback)
    floating = isinstance(s_seq, torch.Tensor) and s_seq.is_floating_point()
    return {"S": like(x_seq, s_seq.to(x_seq.dtype) if floating else s_seq)}


# --- convert: a network of your own --------------------------------------------------------------


class _Whole(nn.Module):
    """A right answer; the wrong ones below change one thing each."""

    pooling: Any = nn.AvgPool2d
    thresholds = 0.5, 2.0
    modes = "m", "m"
    v_reset: float | None = 0.0

    def __init__(self) -> None:
        super().__init__()
        self.pool = self.pooling(2)
        self.one, self.two = (
            IFNode(v_threshold, self.v_reset, step_mode=mode)
            for v_threshold, mode in zip(self.thresholds, self.modes, strict=True)
        )

    def forward(self, x_seq: torch.Tensor) -> torch.Tensor:
        s_seq: torch.Tensor = self.two(self.one(self.pooled(x_seq)))
        return s_seq

    def pooled(self, x_seq: torch.Tensor) -> torch.Tensor:
        return seq_to_ann_forward(x_seq, self.pool).flatten(2)


class _BatchFirst(_Whole):
    def forward(self, x_seq: torch.Tensor) -> torch.Tensor:
        return super().forward(x_seq.transpose(0, 1)).transpose(0, 1)


class _SecondOnly(_Whole):
    def forward(self, x_seq: torch.Tensor) -> torch.Tensor:
        s_seq: torch.Tensor = self.two(self.pooled(x_seq))
        return s_seq


class _FirstOnly(_Whole):
    def forward(self, x_seq: torch.Tensor) -> torch.Tensor:
        s_seq: torch.Tensor = self.one(self.pooled(x_seq))
        return s_seq


class _Potentials(_Whole):
    def forward(self, x_seq: torch.Tensor) -> torch.Tensor:
        done = self.two.run(self.one(self.pooled(x_seq)), trace=True)
        v_seq: torch.Tensor = done.v_seq
        return v_seq


def _but(**changes: Any) -> type:
    return type("WholeNet", (_Whole,), {**changes, "__module__": __name__})


def _in_one_call(answer: Any, x_seq: torch.Tensor) -> dict[str, torch.Tensor]:
    """Run a network on a sequence, and count how often its spiking layers are called."""
    net, calls = answer().to(x_seq.device), []
    layers = [layer for _, layer in spiking_layers(net)]
    for layer in layers:
        layer.register_forward_hook(lambda *call: calls.append(call[0]))
    s_seq = net(x_seq)
    if len(calls) > len(layers):
        raise Misfit("step-by-step")
    T, N, C, height, width = x_seq.shape
    wanted = x_seq.new_empty(T, N, C * (height // 2) * (width // 2))
    return {"S": like(wanted, s_seq)}


A, B, C, D = "a", "b", "c", "d"
SINGLE, MULTI = "numbers in 's'", "numbers in 'm'"

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
        kinds=dict.fromkeys((SEQUENCE, STEP, STATE, WRONG_STATE), "shape"),
        wrong={
            "batch-first": (
                {SEQUENCE: [8, 16, 3, 32, 32]},
                "Your sequence has the batch first. Time comes first.",
            ),
            "channels-last": (
                {SEQUENCE: [16, 8, 32, 32, 3]},
                "Your sequence has the channels last. In PyTorch they come before the pixels.",
            ),
            "sequence-without-batch": (
                {SEQUENCE: [16, 3, 32, 32]},
                "Your sequence has no batch. There are 8 videos.",
            ),
            "state-with-time": (
                {STATE: [16, 8, 3, 32, 32]},
                "Your state v has a time dimension. But it is the potential now, of one step.",
            ),
            "state-without-batch": (
                {STATE: [3, 32, 32]},
                "Your state v has no batch. But each sample has potentials of its own.",
            ),
            "step-without-batch": (
                {STEP: [3, 32, 32]},
                "Your step has no batch. One step brings one frame of each of the 8 videos.",
            ),
            "step-with-time": (
                {STEP: [1, 8, 3, 32, 32]},
                "Your step still has a time dimension. One step has none: it is `video[t]`.",
            ),
            "mode-s-knows-time": (
                {WRONG_STATE: [8, 3, 32, 32]},
                "In mode 's' the layer does not know about time: it takes the whole tensor for one "
                "step.",
            ),
        },
    ),
    "break": Exercise(
        wanted="Wanted is a function of an input [N, T, C] that returns the spikes, [T, N, C].",
        passed="Each sample runs on its own, through its own steps.",
        right=lambda batch_first: _spikes(_transposed(batch_first)),
        cases=lambda: [
            (sixty_fourths(5, 12, 3),),
            (sixty_fourths(4, 4, 4, seed=1),),
            (sixty_fourths(1, 30, 2, seed=2).double(),),
            (sixty_fourths(3, 9, 1, high=1.5, seed=3) - 0.25,),
        ],
        wrong={
            "as-it-stands": (
                _spikes,
                "The samples are taken for steps: the layer runs over the dimension N. Exchange "
                "the first two dimensions before the layer sees them.",
            ),
            "after-the-run": (
                lambda batch_first: _transposed(_spikes(batch_first)),
                "The output has the right shape. But you exchange the dimensions after the run: "
                "the layer still took the samples for steps.",
            ),
            "reshaped": (
                lambda batch_first: _spikes(_reshaped(batch_first)),
                "`reshape` gives the right shape and mixes the numbers: it does not exchange "
                "dimensions. `transpose(0, 1)` does.",
            ),
            "twice": (
                lambda batch_first: _transposed(_spikes(_transposed(batch_first))),
                "The run is right. But the spikes are wanted time first, [T, N, C].",
            ),
            "one-step": (
                lambda batch_first: IFNode()(_transposed(batch_first)),
                "Your layer is in step mode 's' and takes the whole input for one step. Run it "
                "over time: `functional.run`, or a layer in mode 'm'.",
            ),
            "soft": (
                lambda batch_first: run(IFNode(v_reset=None), _transposed(batch_first))[0],
                "Your layer has a soft reset. Only the order of the dimensions was wrong.",
            ),
            "backwards": (
                lambda batch_first: _spikes(_transposed(batch_first).flip(0)),
                "Your layer runs backwards through time, from the last step to the first.",
            ),
            "potential": (
                lambda batch_first: run(IFNode(), _transposed(batch_first))[1]["v"],
                "You return the potential after the last step. Wanted are the spikes of all steps.",
            ),
        },
    ),
    "derive": Exercise(
        wanted="Wanted is a function of T and N that returns how many numbers are written.",
        passed="T tensors and T - 1 sums, each of T N numbers.",
        right=lambda T, N: (2 * T - 1) * T * N,
        kinds="number",
        cases=lambda: [(8, 10), (16, 10), (1, 3), (2, 2), (3, 10), (8, 1), (100, 7)],
        wrong={
            "gradients-only": (
                lambda T, N: T * T * N,
                "You count the gradients. The additions write their sums too.",
            ),
            "one-sum-more": (
                lambda T, N: 2 * T * T * N,
                "You count T additions. But to add up T tensors takes one addition less.",
            ),
            "one-tensor-more": (
                lambda T, N: (2 * T + 1) * T * N,
                "There is a wrong sign: T tensors take T - 1 additions, one less and not one more.",
            ),
            "sums-only": (
                lambda T, N: (T - 1) * T * N,
                "You count the additions only. The gradients are written too.",
            ),
            "rows": (
                lambda T, N: (2 * T - 1) * N,
                "You count N numbers for each tensor. But each of them has the size of the whole "
                "sequence, [T, N].",
            ),
            "one-neuron": (
                lambda T, N: (2 * T - 1) * T,
                "You count T numbers for each tensor. But each of them has the size of the whole "
                "sequence, [T, N], with N neurons.",
            ),
            "tensors": (
                lambda T, N: 2 * T - 1,
                "This is the number of tensors. How many numbers does each of them hold?",
            ),
            "once": (
                lambda T, N: T * N,
                "This is what `unbind` writes. With an index there are T tensors of this size.",
            ),
            "growth": (
                lambda T, N: 2 * (4 * T - 1) / (2 * T - 1),
                "This is the factor by which it grows when T doubles. Return how many numbers.",
            ),
        },
    ),
    "build": Exercise(
        wanted="Wanted is a function of a layer, x_seq and feedback that returns the spikes, in "
        "the shape of x_seq.",
        passed="Each spike inhibits its own neuron in the next step, and only there.",
        right=_inhibited,
        run=_self_inhibition,
        cases=lambda: [
            (IFNode(v_reset=None, v_threshold=0.75), sixty_fourths(40, 4), 0.5),
            (IFNode(v_reset=None), sixty_fourths(40, 4), 0.0),
            (IFNode(v_threshold=1.25, v_reset=0.25), sixty_fourths(30, 3, seed=1).double(), 0.25),
            (IFNode(), torch.full((6, 2), 0.5 - 2.0**-40, dtype=torch.float64), 0.0),
            (LIFNode(tau=1.5, v_threshold=0.5), sixty_fourths(25, 1, high=2.0, seed=2), 2.0),
            (IFNode(v_threshold=0.5), sixty_fourths(20, 5, high=0.8, seed=3), 1.0),
            (IFNode(v_threshold=0.5), sixty_fourths(1, 3, seed=4), 0.5),
        ],
        wrong={
            "none": (
                lambda layer, x_seq, feedback: _inhibited(layer, x_seq, 0.0),
                "Your spikes are those without feedback. Is s the output of the step before, and "
                "is it subtracted?",
            ),
            "excited": (
                lambda layer, x_seq, feedback: _inhibited(layer, x_seq, -feedback),
                "Your feedback has the wrong sign: it excites the neuron. Subtract it.",
            ),
            "whole-spike": (
                lambda layer, x_seq, feedback: _inhibited(layer, x_seq, 1.0),
                "You subtract the whole spike. It should be multiplied by `feedback`.",
            ),
            "typed-in": (
                lambda layer, x_seq, feedback: _inhibited(layer, x_seq, 0.5),
                "Your feedback is always 0.5. Multiply by the argument `feedback`.",
            ),
            "first-spike": (
                lambda layer, x_seq, feedback: _inhibited(layer, x_seq, feedback, 1.0),
                "You begin as if there had been a spike before the first step. Begin with s = 0.",
            ),
            "lasting": (
                _lasting,
                "Your inhibition adds up over all spikes so far. A spike should act in the next "
                "step only.",
            ),
            "mean": (
                _across,
                "Your neurons inhibit one another. Each should be inhibited by its own spike only.",
            ),
            "sum": (
                lambda layer, x_seq, feedback: _across(layer, x_seq, feedback, mean=False),
                "Your neurons inhibit one another. Each should be inhibited by its own spike only.",
            ),
            "forgetful": (
                _forgetful,
                "Your layer forgets its potential in every step. Do not reset it in the loop.",
            ),
            "two-runs": (
                _two_runs,
                "Your feedback is that of a run without feedback, taken from a first call on the "
                "whole input. Each spike must act on the very next step.",
            ),
            "two-steps": (
                _two_steps_late,
                "Your feedback comes two steps late. It is the spike of step t - 1 that acts at "
                "step t.",
            ),
            "multiplied": (
                _multiplied,
                "Your feedback multiplies the input. It should be subtracted from it.",
            ),
        },
    ),
    "convert": Exercise(
        wanted="Wanted is a class derived from `nn.Module`; `forward(x_seq)` returns the spikes of "
        "all steps, [T, N, *].",
        passed="One call, and the spikes of the network as it was.",
        right=_Whole,
        run=_in_one_call,
        cases=lambda: [
            (sixty_fourths(6, 4, 2, 8, 8),),
            (sixty_fourths(5, 5, 1, 4, 6, seed=1).double(),),
            (sixty_fourths(9, 2, 3, 6, 4, high=2.0, seed=2) - 0.5,),
            (sixty_fourths(1, 3, 2, 4, 4, seed=3),),
        ],
        says={
            "step-by-step": "The spikes may be right, but your network still runs step by step: "
            "its neurons are called more than once. Give each of them the whole sequence, in step "
            "mode 'm'.",
        },
        wrong={
            "both-single": (
                _but(modes=("s", "s")),
                "Your second neuron never gets two spikes together. It takes all steps for one, or "
                "both do, and remembers nothing from step to step: they need the step mode 'm'.",
            ),
            "first-single": (
                _but(modes=("s", "m")),
                "Your first neuron is still in step mode 's': it remembers nothing from step to "
                "step.",
            ),
            "batch-first": (
                _BatchFirst,
                "Your neurons run over the samples, and not over the steps: you have exchanged T "
                "and N.",
            ),
            "thresholds": (
                _but(thresholds=(1.0, 1.0)),
                "Your neurons have the threshold 1. Keep those of the network: 0.5 and 2.",
            ),
            "first-only": (
                _FirstOnly,
                "You return the spikes of the first neuron. The second one comes after them.",
            ),
            "second-only": (
                _SecondOnly,
                "Your first neuron is left out: the second one is given what was pooled.",
            ),
            "potentials": (
                _Potentials,
                "You return the potentials of the second neuron. Wanted are its spikes.",
            ),
            "maximum": (
                _but(pooling=nn.MaxPool2d),
                "Your pooling takes the maximum. That of the network takes the mean.",
            ),
            "soft": (
                _but(v_reset=None),
                "Your neurons have a soft reset. Only the step mode was to change.",
            ),
        },
    ),
    "choose": Exercise(
        wanted="Wanted are four step modes, 's' or 'm', and two whole numbers.",
        passed="The mode follows from what is known when, and a training keeps the one it has.",
        right={A: "m", B: "s", C: "s", D: "m", SINGLE: 16, MULTI: 8 * 16},
        kinds={**dict.fromkeys((A, B, C, D), "text"), **dict.fromkeys((SINGLE, MULTI), "whole")},
        wrong={
            "words": (
                either(*({name: other_text("s", "m")} for name in (A, B, C, D))),
                "A step mode is written 's' or 'm', and in no other way.",
            ),
            "all-exchanged": (
                {A: "s", B: "m", C: "m", D: "s"},
                "You have exchanged 's' and 'm' in all four: 's' is one step a call, and 'm' a "
                "whole sequence.",
            ),
            "slow": (
                {A: "s"},
                "Look at a: the videos are there as a whole, and fewer calls are faster.",
            ),
            "live": (
                {B: "m"},
                "Look at b: a call in mode 'm' needs all steps before it begins, and nobody knows "
                "which will be the last step.",
            ),
            "feedback": (
                {C: "m"},
                "Look at c: in mode 'm' the first layer takes all steps before the last one has "
                "taken any, so nothing is known yet that could come back.",
            ),
            "another-training": (
                {D: "s"},
                "Look at d: step by step the normalization gets other means, so this would be "
                "another training.",
            ),
            "numbers-exchanged": (
                {SINGLE: 128, MULTI: 16},
                "You have exchanged the two numbers: in mode 's' each step has means of its own.",
            ),
            "one-mean-for-all": (
                {SINGLE: 128},
                "In mode 's' each step has means of its own, over the samples of this step only.",
            ),
            "each-step-alone": (
                {MULTI: 16},
                "In mode 'm' all steps and samples are one batch of T·N rows.",
            ),
            "steps": (
                {SINGLE: 8},
                "You count the steps. In mode 's' the mean is taken over the samples of one step.",
            ),
            "one-number": (
                {SINGLE: 1},
                "A mean of one number is no mean. In mode 's' it is taken over the samples of one "
                "step.",
            ),
        },
    ),
}
