"""The exercises of the chapter Reset modes."""

import math
from typing import Any

import torch

from ...neuron import IFNode, LIFNode
from ..engine import Exercise
from ..patterns import either, near, other_text
from ..sentences import Misfit
from ..trials import constant, sixty_fourths, spike_steps, traced, written

__all__ = ["EXERCISES"]

# --- derive: another starting point --------------------------------------------------------------


def _from_start(v_0: float, x: float, T: int) -> dict[str, int]:
    """Run the soft reset from a potential set by hand, and count."""
    state = {"v": constant(v_0, 1)[0]}
    s_seq = IFNode(v_reset=None).run(constant(x, T), state).s_seq
    return {COUNT: int(s_seq.sum()), FIRST: int(s_seq.argmax())}


def _hard(v_0: float, x: float, T: int) -> tuple[int, int]:
    first = math.ceil((1 - v_0) / x)
    return 1 + (T - first) // math.ceil(1 / x), first - 1


COUNT, FIRST = "the number of spikes", "the step of the first spike"

# --- build: a reset between hard and soft --------------------------------------------------------


def _partial(**equations: Any) -> type:
    """Return a class like a reader's, with the attribute `keep`."""
    body = {"__annotations__": {"keep": float}, "keep": 0.5, "__module__": __name__, **equations}
    return type("PartialResetNode", (IFNode,), body)


def _right_reset(h: Any, s: Any, v_threshold: Any, keep: Any) -> Any:
    return s * keep * (h - v_threshold) + (1 - s) * h


def _run_with(
    answer: Any, keep: float | None, v_threshold: float, x_seq: torch.Tensor
) -> dict[str, torch.Tensor]:
    written(answer.hard_reset)
    layer = answer(v_threshold=v_threshold)
    if not hasattr(layer, "keep"):
        raise Misfit("no-keep")
    if keep is None and layer.keep != 0.5:
        raise Misfit("default")
    layer.keep = 0.5 if keep is None else keep
    return traced(layer, x_seq)


# --- choose: two losses, two resets --------------------------------------------------------------


def _after_the_last_reset() -> int:
    """Return the first step that nothing resets before step 19 has charged."""
    return spike_steps(IFNode(), constant(0.3, 19))[-1] + 1


A, B, REACHED, C, D = "A", "B", "first step", "C", "D"

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


def _same_step_rate(k: float) -> float:
    """Return the rate, in Hz at 1 ms a step, of a hard reset in the same step."""
    return 1000 / (1 + spike_steps(LIFNode(tau=1 / k), constant(1.5, 100, torch.float64))[0])


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
        kinds={HARD: "count", SOFT: "count"},
        wrong={
            "exchanged": (
                {HARD: 9, SOFT: 6},
                "You have exchanged the two: the soft reset keeps the excess and fires more often.",
            ),
            "rates": (
                {HARD: 0.5, SOFT: 0.75},
                "These are rates, spikes divided by steps. Wanted are the numbers of spikes.",
            ),
            "hard-keeps": (
                {HARD: 9},
                "You let the hard reset keep the excess. But after a spike it starts again from 0.",
            ),
            "soft-loses": (
                {SOFT: 6},
                "You let the soft reset lose the excess. But after 1.5 it goes on from 0.5.",
            ),
            "hard-always": (
                {HARD: 12},
                "You let the neuron with the hard reset fire in every step. But 0.75 is less than "
                "the threshold.",
            ),
            "soft-always": (
                {SOFT: 12},
                "You let the neuron with the soft reset fire in every step. But the whole input is "
                "9 thresholds.",
            ),
        },
    ),
    "derive": Exercise(
        wanted="Wanted is a function of v_0, x and T that returns two numbers: how many spikes, "
        "and the step of the first one. The threshold is 1.",
        passed="Both formulas agree with the neuron, for many starts and inputs.",
        right=_from_start,
        kinds={COUNT: "whole", FIRST: "whole"},
        cases=lambda: [
            (0.5, 0.125, 40),
            (0.0, 0.25, 16),
            (0.75, 0.25, 10),
            (0.875, 0.5, 7),
            (0.25, 0.3125, 30),
            (0.625, 1.0, 5),
            (0.0, 1.0, 6),
            (0.9375, 0.015625, 200),
            (0.125, 0.75, 9),
            (0.3125, 0.6875, 1),
            (0.5, 0.375, 33),
        ],
        wrong={
            "start-forgotten": (
                lambda v_0, x, T: (math.floor(T * x), math.ceil(1 / x) - 1),
                "You start from 0. Where in the sum over all steps does v_0 stand?",
            ),
            "from-one": (
                lambda v_0, x, T: (math.floor(v_0 + T * x), math.ceil((1 - v_0) / x)),
                "Your number of spikes is right. But you count the steps from 1: the n-th step has "
                "the index n - 1.",
            ),
            "start-not-counted": (
                lambda v_0, x, T: (math.floor(T * x), math.ceil((1 - v_0) / x) - 1),
                "Your first spike is right. But v_0 counts for the number of spikes too.",
            ),
            "start-not-in-step": (
                lambda v_0, x, T: (math.floor(v_0 + T * x), math.ceil(1 / x) - 1),
                "Your number of spikes is right. But v_0 brings the first spike forward too.",
            ),
            "rounded-up": (
                lambda v_0, x, T: (math.ceil(v_0 + T * x), math.ceil((1 - v_0) / x) - 1),
                "You round the number of spikes up. But a spike that is not complete yet does not "
                "count.",
            ),
            "rounded-down": (
                lambda v_0, x, T: (math.floor(v_0 + T * x), math.floor((1 - v_0) / x)),
                "Your first spike is one step late where the sum is exactly the threshold. Round "
                "the number of steps up, and then take 1 away: the first step is step 0.",
            ),
            "not-rounded": (
                lambda v_0, x, T: (v_0 + T * x, (1 - v_0) / x - 1),
                "Spikes and steps are whole numbers. Round both: which one up, which one down?",
            ),
            "strict": (
                lambda v_0, x, T: (math.ceil(v_0 + T * x) - 1, math.floor((1 - v_0) / x)),
                "You wait until the sum is above the threshold. To reach it is enough.",
            ),
            "rate": (
                lambda v_0, x, T: (math.floor(v_0 + T * x) / T, math.ceil((1 - v_0) / x) - 1),
                "You return a rate. Wanted is the number of spikes, not divided by T.",
            ),
            "hard": (
                _hard,
                "This is a hard reset: it loses what is above the threshold. A soft reset keeps "
                "it.",
            ),
            "negative": (
                lambda v_0, x, T: (math.floor(T * x - v_0), math.ceil((1 + v_0) / x) - 1),
                "Your v_0 has the wrong sign: it is a lead, and not a debt.",
            ),
        },
    ),
    "build": Exercise(
        wanted="Wanted is a class derived from `neuron.IFNode`, with the attribute `keep` and an "
        "equation for its reset.",
        passed="With c = 0 it is the hard reset, with c = 1 the soft one, and between them it is "
        "right too.",
        right=_partial(hard_reset=_right_reset),
        run=_run_with,
        cases=lambda: [
            *((keep, 1.0, sixty_fourths(40, 3)) for keep in (0.5, 0.0, 1.0)),
            (0.25, 0.75, sixty_fourths(30, 4, high=1.5, seed=1).double()),
            (0.75, 1.5, sixty_fourths(30, 2, high=2.0, seed=2) - 0.5),
            (None, 1.0, sixty_fourths(20, 2, seed=3)),
        ],
        says={
            "default": "Your reset is right, but the default of `keep` is another one than 0.5.",
            "no-keep": "Your class has no attribute `keep`. It is the c of the formula.",
        },
        wrong={
            "nothing": (
                _partial(),
                "Your neuron still has the hard reset to 0. Is your equation called `hard_reset`? "
                "It is used as long as `v_reset` is a number.",
            ),
            "threshold-typed-in": (
                _partial(hard_reset=lambda h, s, keep: s * keep * (h - 1.0) + (1 - s) * h),
                "In your reset the threshold is always 1. Make `v_threshold` an argument of the "
                "equation.",
            ),
            "keep-typed-in": (
                _partial(
                    hard_reset=lambda h, s, v_threshold: s * 0.5 * (h - v_threshold) + (1 - s) * h
                ),
                "In your reset c is always 1/2. Make `keep` an argument of the equation.",
            ),
            "soft": (
                _partial(hard_reset=lambda h, s, v_threshold: h - s * v_threshold),
                "This is the soft reset: it keeps the whole excess. Only the part c is to be kept.",
            ),
            "lowered": (
                _partial(hard_reset=lambda h, s, v_threshold, keep: h - s * keep * v_threshold),
                "Your reset subtracts a part of the threshold. It should keep a part of the "
                "excess, H - V_threshold.",
            ),
            "part-of-h": (
                _partial(hard_reset=lambda h, s, keep: s * keep * h + (1 - s) * h),
                "Your reset keeps a part of H. It should keep a part of the excess, "
                "H - V_threshold.",
            ),
            "brackets": (
                _partial(
                    hard_reset=lambda h, s, v_threshold, keep: (
                        s * (keep * h - v_threshold) + (1 - s) * h
                    )
                ),
                "Your reset multiplies H by c, and not the whole excess, H - V_threshold. Brackets "
                "are missing.",
            ),
            "sum": (
                _partial(
                    hard_reset=lambda h, s, v_threshold, keep: (
                        s * keep * (h + v_threshold) + (1 - s) * h
                    )
                ),
                "There is a wrong sign: the excess is H minus the threshold.",
            ),
            "lost": (
                _partial(
                    hard_reset=lambda h, s, v_threshold, keep: (
                        s * (1 - keep) * (h - v_threshold) + (1 - s) * h
                    )
                ),
                "Your c says which part is lost. It should say which part is kept.",
            ),
            "always": (
                _partial(
                    hard_reset=lambda h, s, v_threshold, keep: (
                        keep * (h - v_threshold) + (1 - s) * h
                    )
                ),
                "Your reset adds its term where the neuron is silent too. A factor S is missing.",
            ),
            "no-silence": (
                _partial(hard_reset=lambda h, s, v_threshold, keep: s * keep * (h - v_threshold)),
                "Your neuron forgets its potential where it is silent. There V must be H: the term "
                "(1 - S) H is missing.",
            ),
            "exchanged": (
                _partial(
                    hard_reset=lambda h, s, v_threshold, keep: (
                        (1 - s) * keep * (h - v_threshold) + s * h
                    )
                ),
                "You have exchanged S and 1 - S: the excess is kept after a spike, and H without "
                "one.",
            ),
        },
    ),
    "choose": Exercise(
        wanted="Wanted are True or False for A and for B, which is their `detach_reset`, the first "
        "step that the gradient reaches, and 'hard' or 'soft' for C and for D.",
        passed="A rate needs the way through the reset; a memory needs it cut. A soft reset keeps "
        "the excess for the rate; a hard one forgets.",
        right={A: False, B: True, REACHED: _after_the_last_reset(), C: "soft", D: "hard"},
        kinds={A: "truth", B: "truth", REACHED: "step", C: "text", D: "text"},
        wrong={
            "words": (
                either({C: other_text("hard", "soft")}, {D: other_text("hard", "soft")}),
                "A reset is called 'hard' or 'soft' here, and nothing else.",
            ),
            "resets-exchanged": (
                {C: "hard", D: "soft"},
                "You have exchanged the resets of C and D: which of the two throws something away?",
            ),
            "excess-lost": (
                {C: "hard"},
                "Look at neuron C: a hard reset throws the excess away, and the rate is too low.",
            ),
            "excess-kept": (
                {D: "soft"},
                "Look at neuron D: a soft reset keeps the excess, which is made of what came "
                "before the spike.",
            ),
            "exchanged": (
                {A: True, B: False},
                "You have exchanged the two. Detached, the slope of the rate of neuron A is far "
                "too steep; not detached, neuron B gets next to nothing.",
            ),
            "detached": (
                {A: True},
                "You detach the reset of neuron A. Then the slope of its rate is too steep, by a "
                "factor that grows with T.",
            ),
            "not-detached": (
                {B: False},
                "You do not detach the reset of neuron B. Then the gradient fades on its way back "
                "to step 0: look at the figure.",
            ),
            "all": (
                {REACHED: 0},
                "You let the gradient reach step 0, as with a soft reset. But a detached hard "
                "reset closes the way at each spike.",
            ),
            "at-the-spike": (
                {REACHED: 15},
                "In step 15 the neuron fires, so its reset stands between that input and H[19].",
            ),
            "last": (
                {REACHED: 19},
                "You let the gradient reach step 19 alone. But the last reset before H[19] lies "
                "further back.",
            ),
            "none": (
                {REACHED: 20},
                "You let the gradient reach no step. But H[19] stands before the reset of step 19.",
            ),
            "earlier-spike": (
                {REACHED: either(*(near(t, 0) for t in (3, 7, 8, 11, 12)))},
                "Between your step and H[19] the neuron fires once more, and its reset closes the "
                "way.",
            ),
            "length": (
                {REACHED: 4},
                "The gradient reaches four steps. Wanted is the first of them.",
            ),
            "from-one": (
                {REACHED: 17},
                "Do you count the steps from 1? The first step is step 0.",
            ),
        },
    ),
    "measure": Exercise(
        wanted="Wanted is a number: the firing rate in Hz, to two decimals.",
        passed="Two errors of opposite sign cancel in part.",
        right=EULER,
        kinds="finite",
        tolerance=2e-4,
        wrong={
            "exact": (
                near(EXACT, 0.01),
                "This is the rate with k = 1 - exp(-Δt/τ), as in the chapter. Take k = Δt/τ.",
            ),
            "analytic": (
                near(ANALYTIC, 0.01),
                "This is the analytic rate. Measure the one of the delayed reset.",
            ),
            "same-step": (
                near(_same_step_rate(1 / 10), 0.01),
                "This is the rate of a hard reset in the same step. Measure the delayed one.",
            ),
            "difference": (
                either(near(EULER - ANALYTIC, 0.01), near(ANALYTIC - EULER, 0.01)),
                "This is the difference from the analytic rate. Hand in the rate itself.",
            ),
            "per-step": (
                near(EULER / 1000, 1e-4),
                "This is the rate per step, or per millisecond. Hz are spikes per second.",
            ),
            "interval": (
                near(1000 / EULER, 0.01),
                "This is the mean interval in milliseconds. The rate is 1000 divided by it.",
            ),
            "ten-steps": (
                near(100, 0.01),
                "A rate of 100 Hz is an interval of 10 steps. Measure the intervals: are they so "
                "short?",
            ),
            "too-coarse": (
                near(EULER, 1),
                "This is near, but not right to two decimals. Take the mean interval of a long "
                "run, and do not round before.",
            ),
        },
    ),
    "break": Exercise(
        wanted="Wanted is a list: the steps in which the neuron fires.",
        passed="It starts above its threshold, and each reset puts it there again.",
        right=spike_steps(IFNode(v_threshold=1.0, v_reset=1.5), constant(0.0, 10)),
        kinds="steps",
        wrong={
            "never": (
                [],
                "You wait for an input. But where is the potential before the first input?",
            ),
            "once": (
                [0],
                "You let it fire once. But where does the reset put it after this spike?",
            ),
            "from-zero": (
                list(range(1, 10)),
                "You let it start at 0, so that step 0 is silent. But a new layer starts at "
                "`v_reset`.",
            ),
            "from-one": (
                list(range(1, 11)),
                "You count the steps from 1. The first of the ten steps is step 0.",
            ),
            "one-less": (
                list(range(9)),
                "The last of the ten steps is missing: it is step 9.",
            ),
            "one-more": (
                list(range(11)),
                "There are only ten steps. The last one is step 9.",
            ),
            "second": (
                list(range(0, 10, 2)),
                "You let it fire in every second step. But each reset puts it above the threshold.",
            ),
        },
    ),
}
