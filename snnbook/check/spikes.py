"""The exercises of the chapter Spikes."""

import math
from typing import Any

import torch

from ..equation import Value, equation, sqrt
from ..neuron import IFNode, LIFNode
from ..surrogate import Surrogate
from .engine import Exercise
from .trials import constant, spike_steps, written

# --- derive: the interval with decay_input=False -------------------------------------------------


def _measured_interval(x: float, tau: float) -> float:
    """Run the neuron, and count the steps to its first spike."""
    layer = LIFNode(tau, decay_input=False)
    fired = spike_steps(layer, constant(x, 400, torch.float64))
    return fired[0] + 1 if fired else math.inf


def _interval(x: float, tau: float) -> float:
    """The interval for an input that is divided by tau; infinite where the neuron is silent."""
    return math.ceil(math.log(1 - 1 / x) / math.log(1 - 1 / tau)) if x > 1 else math.inf


def _rounded_down(x: float, tau: float) -> float:
    n = _interval(tau * x, tau)
    return n - 1 if math.isfinite(n) else n


# --- build: a surrogate function of one's own ----------------------------------------------------


class _Algebraic(Surrogate):
    alpha: float = 2.0

    @equation
    def primitive(u: Value, alpha: Value) -> Value:
        return (1 + alpha * u / sqrt(1 + (alpha * u) ** 2)) / 2


class _Unshifted(Surrogate):
    alpha: float = 2.0

    @equation
    def primitive(u: Value, alpha: Value) -> Value:
        return alpha * u / sqrt(1 + (alpha * u) ** 2) / 2


class _Unscaled(Surrogate):
    alpha: float = 2.0

    @equation
    def primitive(u: Value, alpha: Value) -> Value:
        return 1 / 2 + alpha * u / sqrt(1 + (alpha * u) ** 2)


class _Slope(Surrogate):
    alpha: float = 2.0

    @equation
    def primitive(u: Value, alpha: Value) -> Value:
        return alpha / 2 / (1 + (alpha * u) ** 2) ** 1.5


class _Fixed(Surrogate):
    alpha: float = 2.0

    @equation
    def primitive(u: Value) -> Value:
        return (1 + 2 * u / sqrt(1 + (2 * u) ** 2)) / 2


class _OneAlpha(Surrogate):
    alpha: float = 2.0

    @equation
    def primitive(u: Value, alpha: Value) -> Value:
        return (1 + u / sqrt(1 + (alpha * u) ** 2)) / 2


def _value_and_gradient(answer: Any, u: float, alpha: float) -> dict[str, float]:
    written(answer.primitive)
    function = answer(alpha=alpha, spiking=False)
    point = torch.tensor(u, dtype=torch.float64)
    return {"p(u)": function(point).item(), "g(u)": function.gradient(point).item()}


# --- break: an input that is exactly the threshold -----------------------------------------------


def _first_spike(dtype: torch.dtype) -> int:
    return spike_steps(LIFNode(), constant(1.0, 150, dtype))[0]


A, B, C, D = "neuron 1", "neuron 2", "neuron 3", "neuron 4"
SINGLE, DOUBLE = "the first spike in float32", "the first spike in float64"

EXERCISES = {
    "warm-up": Exercise(
        wanted="Wanted is a list of four lists: the steps in which each neuron fires.",
        passed="All four are the steps in which the neurons of the package fire.",
        right={
            A: spike_steps(IFNode(), constant(0.3, 12)),
            B: spike_steps(IFNode(), constant(0.75, 12)),
            C: spike_steps(LIFNode(), constant(1.5, 12)),
            D: spike_steps(LIFNode(), constant(0.99, 12)),
        },
        wrong=(
            (
                {A: [4, 8, 12]},
                "You count the steps of neuron 1 from 1. The first step is step 0.",
            ),
            (
                {B: [1, 2, 3, 5, 6, 7, 9, 10, 11]},
                "You let neuron 2 keep what is above the threshold. A hard reset throws it away.",
            ),
            (
                {A: [3, 6, 9]},
                "You let neuron 1 keep what is above the threshold. A hard reset throws it away.",
            ),
            (
                {C: list(range(12))},
                "You let neuron 3 fire at once, as if it were an IF neuron. But it takes only half "
                "of the way to its input in a step.",
            ),
            (
                {D: [1, 3, 5, 7, 9, 11]},
                "You let neuron 4 add up like an IF neuron. But a leaky neuron settles at its "
                "input, and 0.99 is below the threshold.",
            ),
        ),
    ),
    "derive-decay": Exercise(
        wanted="Wanted is a function of tau that returns the corrected one, τ'.",
        passed="With this τ' a step of `LIFNode` leaves exactly exp(-1/tau).",
        right=lambda tau: 1 / (1 - math.exp(-1 / tau)),
        cases=lambda: [(2.0,), (5.0,), (10.0,), (20.0,)],
        wrong=(
            (
                lambda tau: tau,
                "This is tau itself: with it, the dots lie below the curves.",
            ),
            (
                lambda tau: tau + 0.5,
                "This is near, and nearer for a larger tau. But you are asked for the exact value.",
            ),
            (
                lambda tau: math.exp(-1 / tau),
                "This is what a step should leave. Which τ' makes 1 - 1/τ' equal to it?",
            ),
            (
                lambda tau: 1 - math.exp(-1 / tau),
                "This is 1/τ'. One step is left to do.",
            ),
            (
                lambda tau: -1 / math.log(1 - 1 / tau),
                "You solved it the other way round: this is the time constant with which "
                "`LIFNode(tau)` decays.",
            ),
        ),
    ),
    "derive-interval": Exercise(
        wanted="Wanted is a function of x and tau that returns the interval, and `math.inf` where "
        "the neuron never fires.",
        passed="It agrees with the intervals that `LIFNode` has, and with its silence.",
        right=_measured_interval,
        cases=lambda: [
            *((x, 5.0) for x in (0.19, 0.21, 0.3, 0.45, 0.9, 1.7)),
            *((x, 20.0) for x in (0.049, 0.06, 0.3)),
        ],
        wrong=(
            (
                _interval,
                "This is the interval of a neuron whose input is divided by tau. Here it is not: "
                "where does the potential settle now?",
            ),
            (
                _rounded_down,
                "You are one step early: the interval is rounded up, and it counts the step of the "
                "spike too.",
            ),
            (
                lambda x, tau: math.ceil(1 / x),
                "Your neuron has no leak: this is the interval of an IF neuron.",
            ),
            (
                lambda x, tau: _interval(x / tau, tau),
                "You divided the input by tau. But with `decay_input=False` it acts tau times as "
                "strongly as before.",
            ),
        ),
    ),
    "build": Exercise(
        wanted="Wanted is a class derived from `surrogate.Surrogate`, with the field `alpha` and "
        "the equation `primitive`.",
        passed="The primitive and its gradient are right, and they follow alpha.",
        right=_Algebraic,
        run=_value_and_gradient,
        cases=lambda: [(u, alpha) for alpha in (2.0, 0.5) for u in (0.0, -1.5, 0.25, 3.0)],
        wrong=(
            (
                _Unshifted,
                "Your primitive runs from -1/2 to 1/2. The term 1/2 in front is missing.",
            ),
            (
                _Unscaled,
                "Your primitive runs from -1/2 to 3/2. The 2 in the denominator is missing.",
            ),
            (
                _Slope,
                "This is the gradient. Write the primitive: the gradient is derived from it.",
            ),
            (
                _Fixed,
                "Your primitive has the fixed value alpha = 2. Make `alpha` an argument of the "
                "equation.",
            ),
            (
                _OneAlpha,
                "In your primitive alpha is missing in the numerator.",
            ),
        ),
    ),
    "break": Exercise(
        wanted="Wanted are two steps: the first spike in `float32`, and the first in `float64`.",
        passed="Rounding makes both fire: `float32` after 25 steps, `float64` after 54.",
        right={SINGLE: _first_spike(torch.float32), DOUBLE: _first_spike(torch.float64)},
        wrong=(
            (
                {SINGLE: math.inf, DOUBLE: math.inf},
                "In exact arithmetic it never fires. But a computer keeps a limited number of "
                "digits.",
            ),
            (
                {SINGLE: 25, DOUBLE: 54},
                "Your numbers of steps are right. But the first step is step 0.",
            ),
            (
                {SINGLE: 23, DOUBLE: 52},
                "You are one step early: with all its digits, `float32` can still hold the "
                "potential of step 23, and `float64` that of step 52.",
            ),
            (
                {SINGLE: 24, DOUBLE: 24},
                "You give the same step for both. But `float64` keeps more than twice as many "
                "digits.",
            ),
        ),
    ),
}
