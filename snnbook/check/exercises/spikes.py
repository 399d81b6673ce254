"""The exercises of the chapter Spikes."""

import math
from collections.abc import Callable
from typing import Any

import torch

from ...equation import sqrt
from ...neuron import IFNode, LIFNode
from ...surrogate import Surrogate
from ..engine import Exercise
from ..patterns import above, below, every, no, some
from ..sentences import Misfit
from ..trials import constant, spike_steps, written

__all__ = ["EXERCISES"]

# --- derive: the interval with decay_input=False -------------------------------------------------


def _measured_interval(x: float, tau: float) -> float:
    """Run the neuron, and count the steps to its first spike.

    An input that settles exactly at the threshold fires only by rounding, so that isn't asked.
    """
    layer = LIFNode(tau, decay_input=False)
    fired = spike_steps(layer, constant(x, 400, torch.float64)) if x * tau != 1 else []
    return fired[0] + 1 if fired else math.inf


def _interval(x: float, tau: float) -> float:
    """The interval for an input that is divided by tau; infinite where the neuron is silent."""
    return math.ceil(math.log(1 - 1 / x) / math.log(1 - 1 / tau)) if x > 1 else math.inf


def _but(others: Callable[[float], float]) -> Callable[[float, float], float]:
    """The right interval, changed by a function where it is finite."""
    return lambda x, tau: others(n) if math.isfinite(n := _interval(tau * x, tau)) else n


def _silent_as(value: float) -> Callable[[float, float], float]:
    """The right interval, and a value of one's own where the neuron is silent."""
    return lambda x, tau: n if math.isfinite(n := _interval(tau * x, tau)) else value


def _without_the_border(x: float, tau: float) -> float:
    return math.ceil(math.log(1 - 1 / (tau * x)) / math.log(1 - 1 / tau))


# --- build: a surrogate function of one's own ----------------------------------------------------


def _surrogate(primitive: Any) -> type[Surrogate]:
    """Return a class like a reader's, of one equation."""
    body = {"__annotations__": {"alpha": float}, "alpha": 2.0, "primitive": primitive}
    return type("Algebraic", (Surrogate,), {**body, "__module__": __name__})


def _right_primitive(u: Any, alpha: Any) -> Any:
    return (1 + alpha * u / sqrt(1 + (alpha * u) ** 2)) / 2


def _value_and_gradient(answer: Any, u: float, alpha: float | None) -> dict[str, float]:
    """Return p and g at a point; None stands for the default of alpha."""
    written(answer.primitive)
    function = answer(spiking=False)
    if not hasattr(function, "alpha"):
        raise Misfit("no-alpha")
    if alpha is None:
        function.equations()
        if function.alpha != 2:
            raise Misfit("default")
        if answer()(torch.tensor([-0.5, 0.0, 0.5])).tolist() != [0, 1, 1]:
            raise Misfit("no-step")
    function.alpha = 2.0 if alpha is None else alpha
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
        kinds=dict.fromkeys((A, B, C, D), "steps"),
        wrong={
            "from-one": (
                {A: [4, 8, 12]},
                "You count the steps of neuron 1 from 1. The first step is step 0.",
            ),
            "soft-2": (
                {B: [1, 2, 3, 5, 6, 7, 9, 10, 11]},
                "You let neuron 2 keep what is above the threshold. A hard reset throws it away.",
            ),
            "soft-1": (
                {A: [3, 6, 9]},
                "You let neuron 1 keep what is above the threshold. A hard reset throws it away.",
            ),
            "unreset": (
                {A: list(range(3, 12))},
                "You let neuron 1 fire on and on. But after a spike it starts again from 0.",
            ),
            "no-leak-3": (
                {C: list(range(12))},
                "You let neuron 3 fire at once, as if it were an IF neuron. But it takes only half "
                "of the way to its input in a step.",
            ),
            "no-leak-4": (
                {D: [1, 3, 5, 7, 9, 11]},
                "You let neuron 4 add up like an IF neuron. But a leaky neuron settles at its "
                "input, and 0.99 is below the threshold.",
            ),
            "fires-4": (
                {D: every(some(above(1)), no(some(below(0))))},
                "You let neuron 4 fire. But a leaky neuron settles at its input, and 0.99 is below "
                "the threshold: it never reaches it.",
            ),
        },
    ),
    "derive-decay": Exercise(
        wanted="Wanted is a function of tau that returns the corrected one, τ'.",
        passed="With this τ' a step of `LIFNode` leaves exactly exp(-1/tau).",
        right=lambda tau: 1 / (1 - math.exp(-1 / tau)),
        cases=lambda: [(2.0,), (5,), (10.0,), (20.0,), (1.0,), (0.5,), (3.7,), (40.0,)],
        wrong={
            "unchanged": (
                lambda tau: tau,
                "This is tau itself, unchanged: with it, the dots lie below the curves.",
            ),
            "near": (
                lambda tau: tau + 0.5,
                "This is near, and nearer for a larger tau. But you are asked for the exact value.",
            ),
            "what-is-left": (
                lambda tau: math.exp(-1 / tau),
                "This is what a step should leave. Which τ' makes 1 - 1/τ' equal to it?",
            ),
            "reciprocal": (
                lambda tau: 1 - math.exp(-1 / tau),
                "This is 1/τ', the reciprocal. One step is left to do.",
            ),
            "other-way": (
                lambda tau: -1 / math.log(1 - 1 / tau),
                "You solved it the other way round: this is the time constant with which "
                "`LIFNode(tau)` decays.",
            ),
            "upside-down": (
                lambda tau: 1 / (1 - math.exp(-tau)),
                "The exponent is upside down: a step leaves exp(-1/tau).",
            ),
            "plus": (
                lambda tau: 1 / (1 + math.exp(-1 / tau)),
                "There is a wrong sign. From 1 - 1/τ' = exp(-1/tau), what follows for 1/τ'?",
            ),
            "growing": (
                lambda tau: 1 / (1 - math.exp(1 / tau)),
                "The exponent has the wrong sign: a step leaves exp(-1/tau), which is less than 1.",
            ),
        },
    ),
    "derive-interval": Exercise(
        wanted="Wanted is a function of x and tau that returns the interval, and `math.inf` where "
        "the neuron never fires.",
        passed="It agrees with the intervals that `LIFNode` has, and with its silence.",
        right=_measured_interval,
        kinds="number",
        cases=lambda: [
            *((x, 5.0) for x in (0.21, 0.3, 0.45, 0.9, 1.7)),
            *((x, 20.0) for x in (0.06, 0.3)),
            *((x, 2.0) for x in (0.7, 1.1, 3.0)),
            *((0.19, 5.0), (0.049, 20.0), (0.2, 5.0), (0.5, 2), (0.25, 4.0), (0.1, 10.0)),
            *((0.0, 5.0), (-0.3, 3.0)),
        ],
        wrong={
            "divided": (
                _interval,
                "This is the interval of a neuron whose input is divided by tau. Here it is not: "
                "where does the potential settle now?",
            ),
            "rounded-down": (
                _but(lambda n: n - 1),
                "You are one step early: the interval is rounded up, and it counts the step of the "
                "spike too.",
            ),
            "one-more": (
                _but(lambda n: n + 1),
                "You are one step late: the number of steps is the interval already.",
            ),
            "no-leak": (
                lambda x, tau: math.ceil(1 / x),
                "Your neuron has no leak: this is the interval of an IF neuron.",
            ),
            "no-leak-or-silent": (
                lambda x, tau: math.ceil(1 / x) if x > 0 else math.inf,
                "Your neuron has no leak: this is the interval of an IF neuron.",
            ),
            "divided-twice": (
                lambda x, tau: _interval(x / tau, tau),
                "You divided the input by tau. But with `decay_input=False` it acts tau times as "
                "strongly as before.",
            ),
            "other-border": (
                lambda x, tau: _interval(tau * x, tau) if x > 1 else math.inf,
                "Your formula is right, but your border of silence is that of an input which is "
                "divided by tau. Where does the potential settle now?",
            ),
            "border": (
                lambda x, tau: _without_the_border(x, tau) if tau * x >= 1 else math.inf,
                "Look at the border: an input that settles exactly at the threshold never reaches "
                "it, so the interval is infinite there too.",
            ),
            "never-infinite": (
                _without_the_border,
                "Where the potential settles at the threshold or below it, the neuron never fires, "
                "and the formula has no value. Return `math.inf` there.",
            ),
            "minus-one": (
                _silent_as(-1),
                "Where the neuron never fires, wanted is `math.inf`, and not -1.",
            ),
            "zero": (
                _silent_as(0),
                "Where the neuron never fires, wanted is `math.inf`, and not 0.",
            ),
        },
    ),
    "build": Exercise(
        wanted="Wanted is a class derived from `surrogate.Surrogate`, with the field `alpha` and "
        "the equation `primitive`.",
        passed="The primitive and its gradient are right, and they follow alpha.",
        right=_surrogate(_right_primitive),
        run=_value_and_gradient,
        cases=lambda: (
            [(u, alpha) for alpha in (2.0, 0.5, 3.0) for u in (0.0, -1.5, 0.25, 3.0, -0.125, 20.0)]
            + [(0.25, None)]
        ),
        says={
            "default": "Your primitive is right, but the default of `alpha` is another one than 2.",
            "no-step": "A call of your class does not give spikes, 0 below the threshold and 1 "
            "from it on. `surrogate.Surrogate` does that, so leave it as it is.",
            "no-alpha": "Your class has no field `alpha`. Declare it: `alpha: float = 2.0`.",
        },
        wrong={
            "unshifted": (
                _surrogate(lambda u, alpha: alpha * u / sqrt(1 + (alpha * u) ** 2) / 2),
                "Your primitive runs from -1/2 to 1/2. The term 1/2 in front is missing.",
            ),
            "unscaled": (
                _surrogate(lambda u, alpha: 1 / 2 + alpha * u / sqrt(1 + (alpha * u) ** 2)),
                "Your primitive runs from -1/2 to 3/2. The 2 in the denominator is missing.",
            ),
            "gradient": (
                _surrogate(lambda u, alpha: alpha / 2 / (1 + (alpha * u) ** 2) ** 1.5),
                "This is the gradient. Write the primitive: the gradient is derived from it.",
            ),
            "fixed": (
                _surrogate(lambda u: (1 + 2 * u / sqrt(1 + (2 * u) ** 2)) / 2),
                "Your primitive has the fixed value alpha = 2. Make `alpha` an argument of the "
                "equation.",
            ),
            "no-alpha-above": (
                _surrogate(lambda u, alpha: (1 + u / sqrt(1 + (alpha * u) ** 2)) / 2),
                "In your primitive alpha is missing in the numerator.",
            ),
            "no-alpha-below": (
                _surrogate(lambda u, alpha: (1 + alpha * u / sqrt(1 + u**2)) / 2),
                "In your primitive alpha is missing under the root.",
            ),
            "alpha-not-squared": (
                _surrogate(lambda u, alpha: (1 + alpha * u / sqrt(1 + alpha * u**2)) / 2),
                "Under your root only u is squared. The square is that of alpha u.",
            ),
            "falling": (
                _surrogate(lambda u, alpha: (1 - alpha * u / sqrt(1 + (alpha * u) ** 2)) / 2),
                "Your primitive falls, so it has the wrong sign: more potential is less spike.",
            ),
            "no-root": (
                _surrogate(lambda u, alpha: (1 + alpha * u / (1 + (alpha * u) ** 2)) / 2),
                "In your primitive the root, `sqrt`, is missing.",
            ),
        },
    ),
    "break": Exercise(
        wanted="Wanted are two steps: the first spike in `float32`, and the first in `float64`.",
        passed="Rounding makes both fire: `float32` after 25 steps, `float64` after 54.",
        right={SINGLE: _first_spike(torch.float32), DOUBLE: _first_spike(torch.float64)},
        kinds={SINGLE: "step", DOUBLE: "step"},
        wrong={
            "never": (
                {SINGLE: math.inf, DOUBLE: math.inf},
                "In exact arithmetic it never fires. But a computer keeps a limited number of "
                "digits.",
            ),
            "from-one": (
                {SINGLE: 25, DOUBLE: 54},
                "Your numbers of steps are right. But the first step is step 0.",
            ),
            "early": (
                {SINGLE: 23, DOUBLE: 52},
                "You are one step early: with all its digits, `float32` can still hold the "
                "potential of step 23, and `float64` that of step 52.",
            ),
            "same-single": (
                {SINGLE: 24, DOUBLE: 24},
                "You give the same step for both. But `float64` keeps more than twice as many "
                "digits.",
            ),
            "same-double": (
                {SINGLE: 53, DOUBLE: 53},
                "You give the same step for both. But `float32` keeps less than half as many "
                "digits.",
            ),
            "bits": (
                {SINGLE: 32, DOUBLE: 64},
                "A number has 32 or 64 bits. But not all of them are digits of it: some hold its "
                "sign and its exponent.",
            ),
            "counts": (
                {SINGLE: 6, DOUBLE: 2},
                "These are numbers of spikes. Wanted are the steps of the first ones.",
            ),
        },
    ),
}
