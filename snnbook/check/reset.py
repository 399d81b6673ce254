"""The exercises of the chapter Reset modes."""

import math
from typing import Any

import torch

from ..equation import Value, equation
from ..neuron import IFNode
from .engine import Exercise
from .trials import constant, sixty_fourths, spike_steps, traced, written

# --- derive: another starting point --------------------------------------------------------------


def _from_start(v_0: float, x: float, T: int) -> dict[str, int]:
    """Run the soft reset from a potential set by hand, and count."""
    state = {"v": constant(v_0, 1)[0]}
    s_seq = IFNode(v_reset=None).run(constant(x, T), state).s_seq
    return {COUNT: int(s_seq.sum()), FIRST: int(s_seq.argmax())}


COUNT, FIRST = "the number of spikes", "the step of the first spike"

# --- build: a reset between hard and soft --------------------------------------------------------


class _Right(IFNode):
    keep = 0.5

    @equation
    def hard_reset(h: Value, s: Value, v_threshold: Value, keep: Value) -> Value:
        return s * keep * (h - v_threshold) + (1 - s) * h


class _Nothing(IFNode):
    keep = 0.5


class _Lowered(IFNode):
    keep = 0.5

    @equation
    def hard_reset(h: Value, s: Value, v_threshold: Value, keep: Value) -> Value:
        return h - s * keep * v_threshold


class _Potential(IFNode):
    keep = 0.5

    @equation
    def hard_reset(h: Value, s: Value, keep: Value) -> Value:
        return s * keep * h + (1 - s) * h


class _Lost(IFNode):
    keep = 0.5

    @equation
    def hard_reset(h: Value, s: Value, v_threshold: Value, keep: Value) -> Value:
        return s * (1 - keep) * (h - v_threshold) + (1 - s) * h


class _Always(IFNode):
    keep = 0.5

    @equation
    def hard_reset(h: Value, s: Value, v_threshold: Value, keep: Value) -> Value:
        return keep * (h - v_threshold) + (1 - s) * h


class _NoSilence(IFNode):
    keep = 0.5

    @equation
    def hard_reset(h: Value, s: Value, v_threshold: Value, keep: Value) -> Value:
        return s * keep * (h - v_threshold)


def _run_with(answer: Any, keep: float, x_seq: torch.Tensor) -> dict[str, torch.Tensor]:
    written(answer.hard_reset)
    layer = answer()
    layer.keep = keep
    return traced(layer, x_seq)


# --- measure: a second error ---------------------------------------------------------------------


def _delayed_rate(k: float, T: int = 5006) -> float:
    """Return the rate, in Hz at 1 ms a step, of the delayed reset with the step k.

    T is such that with k = 1/10 the run has as many intervals of 11 as of 12 steps.
    """
    v, s, fired = 0.0, 0.0, []
    for t in range(T):
        v = v + k * (1.5 - v) - s
        s = float(v >= 1.0)
        fired += [t] if s else []
    return 1000 * (len(fired) - 1) / (fired[-1] - fired[0])


ANALYTIC = 1000 / (10 * math.log(3))  # Hz
EULER, EXACT = _delayed_rate(1 / 10), _delayed_rate(1 - math.exp(-1 / 10))
HARD, SOFT = "hard reset", "soft reset"

EXERCISES = {
    "warm-up": Exercise(
        wanted="Wanted are two numbers of spikes: hard reset, soft reset.",
        passed="The hard reset loses the excess of 0.5 each time; the soft reset loses nothing.",
        right={
            HARD: len(spike_steps(IFNode(v_reset=0.0), constant(0.75, 12))),
            SOFT: len(spike_steps(IFNode(v_reset=None), constant(0.75, 12))),
        },
        wrong=(
            (
                {HARD: 9, SOFT: 6},
                "You have exchanged the two: the soft reset keeps the excess and fires more often.",
            ),
            (
                {HARD: 9},
                "You let the hard reset keep the excess. But after a spike it starts again from 0.",
            ),
            (
                {SOFT: 6},
                "You let the soft reset lose the excess. But after 1.5 it goes on from 0.5.",
            ),
            (
                {HARD: 12},
                "You let the neuron with the hard reset fire in every step. But 0.75 is less than "
                "the threshold.",
            ),
            (
                {SOFT: 12},
                "You let the neuron with the soft reset fire in every step. But the whole input is "
                "9 thresholds.",
            ),
        ),
    ),
    "derive": Exercise(
        wanted="Wanted is a function of v_0, x and T that returns two numbers: how many spikes, "
        "and the step of the first one. The threshold is 1.",
        passed="Both formulas agree with the neuron, for many starts and inputs.",
        right=_from_start,
        cases=lambda: [
            (0.5, 0.125, 40),
            (0.0, 0.25, 16),
            (0.75, 0.25, 10),
            (0.875, 0.5, 7),
            (0.25, 0.3125, 30),
            (0.625, 1.0, 5),
        ],
        wrong=(
            (
                lambda v_0, x, T: (math.floor(T * x), math.ceil(1 / x) - 1),
                "You start from 0. Where in the sum over all steps does v_0 stand?",
            ),
            (
                lambda v_0, x, T: (math.floor(v_0 + T * x), math.ceil((1 - v_0) / x)),
                "Your number of spikes is right. But you count the steps from 1: the n-th step has "
                "the index n - 1.",
            ),
            (
                lambda v_0, x, T: (math.floor(T * x), math.ceil((1 - v_0) / x) - 1),
                "Your first spike is right. But v_0 counts for the number of spikes too.",
            ),
            (
                lambda v_0, x, T: (math.ceil(v_0 + T * x), math.ceil((1 - v_0) / x) - 1),
                "You round the number of spikes up. But a spike that is not complete yet does not "
                "count.",
            ),
            (
                lambda v_0, x, T: (math.floor(T * x - v_0), math.ceil((1 + v_0) / x) - 1),
                "Your v_0 has the wrong sign: it is a lead, and not a debt.",
            ),
        ),
    ),
    "build": Exercise(
        wanted="Wanted is a class derived from `neuron.IFNode`, with the attribute `keep` and an "
        "equation for its reset.",
        passed="With c = 0 it is the hard reset, with c = 1 the soft one, and between them it is "
        "right too.",
        right=_Right,
        run=_run_with,
        cases=lambda: [(keep, sixty_fourths(40, 3)) for keep in (0.5, 0.0, 1.0)],
        wrong=(
            (
                _Nothing,
                "Your neuron still has the hard reset to 0. Is your equation called `hard_reset`? "
                "It is used as long as `v_reset` is a number.",
            ),
            (
                _Lowered,
                "Your reset subtracts a part of the threshold. It should keep a part of the "
                "excess, H - V_threshold.",
            ),
            (
                _Potential,
                "Your reset keeps a part of H. It should keep a part of the excess, "
                "H - V_threshold.",
            ),
            (
                _Lost,
                "Your c says which part is lost. It should say which part is kept.",
            ),
            (
                _Always,
                "Your reset adds its term where the neuron is silent too. A factor S is missing.",
            ),
            (
                _NoSilence,
                "Your neuron forgets its potential where it is silent. There V must be H: the term "
                "(1 - S) H is missing.",
            ),
        ),
    ),
    "measure": Exercise(
        wanted="Wanted is a number: the firing rate in Hz.",
        passed="Two errors of opposite sign cancel in part.",
        right=EULER,
        tolerance=1e-3,
        wrong=(
            (
                EXACT,
                "This is the rate with k = 1 - exp(-Δt/τ), as in the chapter. Take k = Δt/τ.",
            ),
            (
                ANALYTIC,
                "This is the analytic rate. Measure the one of the delayed reset.",
            ),
            (
                EULER - ANALYTIC,
                "This is the difference from the analytic rate. Hand in the rate itself.",
            ),
            (
                EULER / 1000,
                "This is the rate per millisecond. Hz are spikes per second.",
            ),
            (
                1000 / EULER,
                "This is the mean interval in milliseconds. The rate is 1000 divided by it.",
            ),
            (
                1000 / 10,
                "This is the rate of a reset in the same step. Measure the delayed one.",
            ),
        ),
    ),
    "break": Exercise(
        wanted="Wanted is a list: the steps in which the neuron fires.",
        passed="It starts above its threshold, and each reset puts it there again.",
        right=spike_steps(IFNode(v_threshold=1.0, v_reset=1.5), constant(0.0, 10)),
        wrong=(
            (
                [],
                "You wait for an input. But where is the potential before the first input?",
            ),
            (
                [0],
                "You let it fire once. But where does the reset put it after this spike?",
            ),
            (
                list(range(1, 10)),
                "You let it start at 0. But a new layer starts at `v_reset`.",
            ),
            (
                list(range(1, 11)),
                "You count the steps from 1. The first of the ten steps is step 0.",
            ),
        ),
    ),
}
