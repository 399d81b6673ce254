"""The exercises of the chapter Encoding and decoding."""

import math
from typing import Any

import torch

from ...encoding import bernoulli, first_spike, from_latency, latency, phase, rate
from ...neuron import IFNode
from ..comparing import like
from ..engine import Exercise
from ..patterns import either, near, other_text, same
from ..trials import constant

__all__ = ["EXERCISES"]

# --- warm-up: 0.75 in three codes ----------------------------------------------------------------

COUNT, STEP, DIGITS = "the number of spikes", "the step", "the phase spikes"
X = torch.tensor([0.75])

# --- derive: steps for a standard deviation ------------------------------------------------------


def _steps(x: float, error: float) -> int:
    return max(1, math.ceil(x * (1 - x) / error**2))


# --- build: read the first spike -----------------------------------------------------------------


def _trains(T: int, N: int, dtype: torch.dtype = torch.float32, high: float = 0.4) -> torch.Tensor:
    """Return trains of spikes; the first neuron is silent, and the second fires at once."""
    numbers = torch.linspace(0, high, N, dtype=dtype)
    s_seq = bernoulli(numbers, T, generator=torch.Generator().manual_seed(T))
    s_seq[0, 1] = 1
    return s_seq.to(constant(0.0, 1).device)


def _told(answer: Any, s_seq: torch.Tensor) -> dict[str, Any]:
    return {"the numbers": like(s_seq[0], answer(s_seq)).tolist()}


def _first(s_seq: torch.Tensor) -> torch.Tensor:
    return first_spike(s_seq).to(s_seq.dtype)


def _last(s_seq: torch.Tensor) -> torch.Tensor:
    return len(s_seq) - 1 - _first(s_seq.flip(0))


def _every(s_seq: torch.Tensor) -> torch.Tensor:
    """Add up what all spikes are worth."""
    worth: torch.Tensor = torch.linspace(1, 0, len(s_seq)).to(s_seq)
    return worth @ s_seq


# --- break: the same grain -----------------------------------------------------------------------

LEVELS = torch.tensor([0.0, 0.25, 0.5, 0.75, 1.0])
MET_ZERO = 2313
"""A seed: one of the first 4,096 numbers of `torch.rand` is 0, which is seldom."""


def _noisy(*lost: int, seed: int | None = None, fires: Any = torch.lt) -> Any:
    """Return an encoder whose noise is shared over some dimensions of ``[T, N, C]``."""

    def encode(x: torch.Tensor, T: int, generator: torch.Generator) -> torch.Tensor:
        shape = [1 if k in lost else n for k, n in enumerate((T, *x.shape))]
        generator = generator if seed is None else torch.Generator().manual_seed(seed)
        noise = torch.rand(shape, generator=generator).to(x.device)
        s_seq: torch.Tensor = fires(noise, x).to(x.dtype)
        return s_seq.expand(T, *x.shape)

    return encode


def _forgetful(x: torch.Tensor, T: int, generator: torch.Generator) -> torch.Tensor:
    return (torch.rand(T, *x.shape).to(x.device) < x).to(x.dtype)


def _without_chance(x: torch.Tensor, T: int, generator: torch.Generator) -> torch.Tensor:
    """Fire wherever the sum of the steps passes a whole number."""
    sums = torch.arange(T + 1).to(x)[:, None, None] * x
    return sums.floor().diff(dim=0)


def _traits(answer: Any, T: int, N: int) -> dict[str, str]:
    """Say what can be said of an encoder, whatever random numbers it draws."""
    x = LEVELS.repeat(N, 40).to(constant(0.0, 1).device)  # [N, C]

    def encoded(x: torch.Tensor, drawn: int | torch.Generator) -> torch.Tensor:
        seeded = torch.Generator().manual_seed(drawn) if isinstance(drawn, int) else drawn
        return like(x.expand(T, *x.shape), answer(x.clone(), T, seeded))

    s_seq, again, other = (encoded(x, seed) for seed in (1, 1, 2))
    generator = torch.Generator().manual_seed(1)
    first, second = encoded(x, generator), encoded(x, generator)
    none = encoded(torch.zeros_like(x[:, :64]), MET_ZERO)
    shares = s_seq.double().mean((0, 1)).reshape(40, len(LEVELS)).mean(0).cpu()
    inner = s_seq[:, :, 2::5]  # the pixels of 0.5
    sure = shares[0] == 0 and shares[-1] == 1
    rates = {
        "x": sure and (shares - LEVELS).abs().max() < 0.15,
        "1 - x": (shares + LEVELS - 1).abs().max() < 0.15,
        "others": True,
    }
    noises = {
        SAMPLES: _noise(inner.movedim(1, 0)),
        TIMES: _noise(inner),
        PIXELS: _noise(inner.movedim(2, 0)),
        PAIRS: _noise(inner.flatten(1).T),
    }
    seldom = encoded(torch.full((40, 50), 0.03, dtype=torch.float64, device=x.device), 1).mean()
    given = x.clone()
    answer(given, T, torch.Generator().manual_seed(1))
    return {
        GIVES: "spikes" if ((s_seq == 0) | (s_seq == 1)).all() else "other numbers",
        RATES: next(value for value, so in rates.items() if so),
        **noises,
        # The share of spikes tells the probability only where all noise is its own.
        SELDOM: "0.03" if "shared" in noises.values() or abs(seldom - 0.03) < 0.01 else "another",
        SEED: "the same spikes" if torch.equal(s_seq, again) else "other spikes",
        SEEDS: "the same spikes" if torch.equal(s_seq, other) else "other spikes",
        TWICE: "the same spikes" if torch.equal(first, second) else "other spikes",
        ZERO: "fires" if none.any() else "is silent",
        GIVEN: "as it was" if torch.equal(given, x) else "changed",
    }


def _noise(parts: torch.Tensor) -> str:
    return "its own" if len(parts.flatten(1).unique(dim=0)) == len(parts) else "shared"


GIVES, RATES, SAMPLES = "what is returned", "the firing rates", "the noise of a sample"
TIMES, PIXELS = "the noise of a step", "the noise of a pixel"
PAIRS, SELDOM = "the noise of a pixel of another sample", "the firing rate of a pixel of 0.03"
SEED, SEEDS, TWICE = "the same seed again", "another seed", "the same generator again"
ZERO, GIVEN = "a pixel of 0", "the batch, after the call"

# --- choose: three budgets -----------------------------------------------------------------------

A, B, C = "A", "B", "C"
STEPS_A, STEPS_B, STEPS_C = "T of A", "T of B", "T of C"
CODES = ("Bernoulli", "soft reset", "hard reset", "latency", "phase")

EXERCISES = {
    "warm-up": Exercise(
        wanted="Wanted are three parts: a number of spikes, a step, and a list of four spikes.",
        passed="The count rounds down, the latency to the nearest step, and the digits are exact.",
        right={
            COUNT: int(IFNode(v_reset=None).run(X.expand(10, 1)).s_seq.sum()),
            STEP: int(first_spike(latency(X, 10))),
            DIGITS: phase(X, 4).flatten().int().tolist(),
        },
        kinds={COUNT: "count", STEP: "step", DIGITS: "train"},
        wrong={
            "rounded-up": (
                {COUNT: 8},
                "Your number of spikes is rounded up. But the last half of a spike stays in the "
                "membrane.",
            ),
            "hard": (
                {COUNT: 5},
                "This is the number of spikes of a hard reset, which throws the excess of 0.5 "
                "away. The soft reset keeps it.",
            ),
            "always": (
                {COUNT: 10},
                "You let the neuron fire in every step. But 0.75 alone does not reach the "
                "threshold.",
            ),
            "weak-first": (
                {COUNT: 7, STEP: 7},
                "Your step is that of 0.25: you let a large number fire late. It fires early.",
            ),
            "late": (
                {STEP: 3},
                "Your step is one too late. The last of ten steps is step 9, so take the step "
                "that is nearest to 9 times 0.25.",
            ),
            "early": (
                {STEP: 1},
                "Your step is one too early. The steps are counted from 0, and 9 times 0.25 is "
                "more than 2.",
            ),
            "backwards": (
                {DIGITS: [0, 0, 1, 1]},
                "Your phase spikes come last digit first. The first spike is the largest digit, "
                "worth 1/2.",
            ),
            "three-of-four": (
                {DIGITS: [1, 1, 1, 0]},
                "Three spikes of four steps are a rate of 0.75. In the phase code the spikes are "
                "digits: 1/2, 1/4, 1/8, 1/16.",
            ),
            "whole-digit": (
                {DIGITS: [0, 1, 1, 0]},
                "Your digits begin with 1 before the point. The first spike is worth 1/2.",
            ),
        },
    ),
    "derive": Exercise(
        wanted="Wanted is a function of x and error that returns the smallest number of steps.",
        passed="Half of the error costs four times as many steps.",
        right=_steps,
        kinds="number",
        cases=lambda: [
            # Only where the root of x (1 - x) is exact, T may be whole before it is rounded up.
            (0.5, 0.125),
            (0.5, 0.5),
            (0.25, 0.12),
            (0.75, 0.07),
            (0.125, 0.06),
            (0.5, 0.3),
            (0.0625, 0.05),
            (0.25, 0.03),
            (0.5, 0.75),
            (0.0, 0.125),
            (1.0, 0.0625),
        ],
        wrong={
            "no-square": (
                lambda x, error: max(1, math.ceil(x * (1 - x) / error)),
                "You divide by the error. But T stands under a root: square the error.",
            ),
            "root": (
                lambda x, error: max(1, math.ceil(math.sqrt(x * (1 - x)) / error)),
                "You take the root of x (1 - x) and divide by the error. Square both sides before "
                "you solve for T.",
            ),
            "poisson": (
                lambda x, error: max(1, math.ceil(x / error**2)) if 0 < x < 1 else None,
                "Your variance is x. That of a spike that comes with probability x is x (1 - x).",
            ),
            "worst": (
                lambda x, error: max(1, math.ceil(0.25 / error**2)) if 0 < x < 1 else None,
                "You take the variance at x = 1/2, the largest one. Take that of x.",
            ),
            "soft": (
                lambda x, error: max(1, math.ceil(1 / error)),
                "This is the law of the soft reset, whose error is less than 1/T. Take that of "
                "Bernoulli.",
            ),
            "none": (
                lambda x, error: math.ceil(x * (1 - x) / error**2),
                "Your formula is right. But a pixel of 0 or 1 needs 1 step, and not 0.",
            ),
            "formula": (
                lambda x, error: x * (1 - x) / error**2,
                "Your formula is right, but steps are whole numbers, and at least one. Round: up "
                "or down?",
            ),
            "floor": (
                lambda x, error: max(1, math.floor(x * (1 - x) / error**2)),
                "You round down. Then the error is a little too large: round up.",
            ),
            "one-more": (
                lambda x, error: max(1, math.floor(x * (1 - x) / error**2) + 1),
                "You take one step more than you need where the division leaves no rest.",
            ),
            "fraction": (
                lambda x, error: max(1, x * (1 - x) / error**2),
                "Steps are whole numbers. Round: up or down?",
            ),
            "deviation": (
                lambda x, error: math.sqrt(x * (1 - x)) if x * (1 - x) else 0.0,
                "This is the standard deviation in one step. How many steps make it `error`?",
            ),
            "turned": (
                lambda x, error: math.ceil(error**2 / (x * (1 - x))) if x * (1 - x) else 1,
                "Your fraction stands upside down: a smaller error needs more steps.",
            ),
        },
    ),
    "build": Exercise(
        wanted="Wanted is a function of spikes [T, N] that returns N numbers, in their dtype.",
        passed="Only the first spike counts, and silence tells 0.",
        right=lambda s_seq: from_latency(s_seq, silent=0.0),
        run=_told,
        cases=lambda: [
            (_trains(9, 6),),
            (_trains(5, 4, torch.float64),),
            (_trains(2, 3),),
            (_trains(40, 12, high=0.1),),
            (1 - _trains(7, 5),),
        ],
        wrong={
            "argmax": (
                lambda s_seq: 1 - s_seq.argmax(0).to(s_seq.dtype) / (len(s_seq) - 1),
                "Your function takes a neuron that never fires for one that fires in step 0: "
                "`argmax` of zeros is 0. Silence should tell 0.",
            ),
            "negative": (
                lambda s_seq: 1 - _first(s_seq) / (len(s_seq) - 1),
                "Your silence tells a number below 0. It should tell 0.",
            ),
            "half": (
                lambda s_seq: from_latency(s_seq, silent=0.5),
                "Your silence tells 1/2. It should tell 0.",
            ),
            "T": (
                lambda s_seq: 1 - _first(s_seq) / len(s_seq),
                "You divide by T. But from step 0 to step T - 1 there are T - 1 steps.",
            ),
            "from-one": (
                lambda s_seq: (1 - (_first(s_seq) + 1) / len(s_seq)).clamp(min=0),
                "You count the steps from 1. A spike in step 0 should tell 1.",
            ),
            "last": (
                lambda s_seq: 1 - _last(s_seq).clamp(min=0) / (len(s_seq) - 1),
                "You read the last spike of each neuron. Only the first one counts.",
            ),
            "last-of-none": (
                lambda s_seq: torch.where(
                    s_seq.any(0), 1 - _last(s_seq) / (len(s_seq) - 1), torch.zeros_like(s_seq[0])
                ),
                "You read the last spike of each neuron, and silence as 0. Only the first spike "
                "counts.",
            ),
            "every": (
                _every,
                "You add up what all spikes are worth. After the first one, none counts.",
            ),
            "rate": (
                rate,
                "This is the rate. How often a neuron fires does not matter here, only when it "
                "begins.",
            ),
            "turned": (
                lambda s_seq: _first(s_seq).clamp(max=len(s_seq) - 1) / (len(s_seq) - 1),
                "Your numbers grow with the step. An early spike tells a large number.",
            ),
            "step": (
                _first,
                "You return the step of the first spike. Make it a number from 0 to 1.",
            ),
        },
    ),
    "break": Exercise(
        wanted="Wanted is a function of x, T and generator that returns spikes, [T, N, C].",
        passed="Each sample, each step and each pixel has noise of its own.",
        right=_noisy(),
        run=_traits,
        cases=lambda: [(64, 16), (64, 3)],
        wrong={
            "samples": (
                _noisy(1),
                "Samples of a batch share the same noise. Draw random numbers of the shape "
                "[T, N, C], so that each sample has its own.",
            ),
            "samples-and-pixels": (
                _noisy(1, 2),
                "There is one random number for a whole step: all samples and all pixels share it.",
            ),
            "times": (
                _noisy(0),
                "All steps have the same noise, so a pixel fires always or never. Draw anew in "
                "each step.",
            ),
            "pixels": (
                _noisy(2),
                "All pixels of a sample have the same noise. Draw a number for each pixel.",
            ),
            "seeded": (
                _noisy(seed=0),
                "You set a seed of your own, so that each call gives the same noise. Take the "
                "generator that you are given, as it comes.",
            ),
            "ignored": (
                _forgetful,
                "You draw without the generator, so nobody can make the same spikes again. Hand "
                "it to `torch.rand`.",
            ),
            "inverted": (
                _noisy(fires=torch.gt),
                "You fire where the noise is above x, with the probability 1 - x.",
            ),
            "at-most": (
                _noisy(fires=torch.le),
                "You fire where the noise is at most x. It can be 0, so that a pixel of 0 fires, "
                "seldom as it is. Compare with `<`.",
            ),
            "without-chance": (
                _without_chance,
                "Your spikes are the same for every seed: they come without chance. Draw a random "
                "number for each of them.",
            ),
            "direct": (
                lambda x, T, generator: x.expand(T, *x.shape),
                "You return the numbers themselves. Wanted are spikes: compare with the noise.",
            ),
        },
    ),
    "choose": Exercise(
        wanted="Wanted are three names of codes and three whole numbers of steps.",
        passed="The laws say it all: digits for few steps, one spike for few spikes, a rate where "
        "it must not matter when a spike comes.",
        right={A: "phase", B: "latency", C: "soft reset", STEPS_A: 7, STEPS_B: 101, STEPS_C: 200},
        kinds={
            **dict.fromkeys((A, B, C), "text"),
            **dict.fromkeys((STEPS_A, STEPS_B, STEPS_C), "whole"),
        },
        wrong={
            "words": (
                either(*({name: other_text(*CODES)} for name in (A, B, C))),
                "Call each code by its name in `codes`, as it is written there: 'Bernoulli', "
                "'soft reset', 'hard reset', 'latency' or 'phase'.",
            ),
            "exchanged": (
                {A: "latency", B: "phase"},
                "You have exchanged the codes of A and B: which of them needs few steps, and which "
                "sends a single spike?",
            ),
            "chance": (
                either(*({name: "Bernoulli"} for name in (A, B, C))),
                "Bernoulli's spikes come by chance. No T promises that a number is off by at most "
                "0.005, and for such a standard deviation it takes 10,000 steps.",
            ),
            "biased": (
                either(*({name: "hard reset"} for name in (A, B, C))),
                "A hard reset is biased: no T makes its error small.",
            ),
            "slow": (
                {A: either(same("latency"), same("soft reset"))},
                "Look at A: the error of your code falls as 1/T. Which one halves its error with "
                "each further step?",
            ),
            "many-spikes": (
                {B: either(same("phase"), same("soft reset"))},
                "Look at B: your code sends several spikes for most numbers. Which one sends a "
                "single spike?",
            ),
            "early": (
                {C: "latency"},
                "Look at C: if the spike of your code comes late, it tells a smaller number.",
            ),
            "digits": (
                {C: "phase"},
                "Look at C: a digit of your code that comes a step late is worth half as much.",
            ),
            "one-percent": (
                either({STEPS_B: 51}, {STEPS_A: 6, STEPS_C: 100}),
                "You have taken the steps for an error of 0.01. Wanted is 0.005.",
            ),
            "a-quarter-percent": (
                {STEPS_A: 8, STEPS_B: 201, STEPS_C: 400},
                "You have taken the steps for an error of 0.0025. But a number may be off by 0.005 "
                "upwards, and by as much downwards.",
            ),
            "steps-exchanged": (
                {STEPS_B: 200, STEPS_C: 101},
                "You have exchanged the steps of B and C.",
            ),
            "without-half-a-digit": (
                {STEPS_A: 8},
                "Your T of A is one too large. The decoder adds half of the last digit, so the "
                "error is at most half of that digit.",
            ),
            "log": (
                {STEPS_A: 6},
                "Your T of A is one too small: 6 steps leave an error of up to 1/128, which is "
                "0.0078.",
            ),
            "intervals": (
                {STEPS_B: 100},
                "Your T of B is one too small: from step 0 to step T - 1 there are T - 1 steps.",
            ),
            "nearest": (
                {STEPS_B: either(near(200, 0), near(201, 0))},
                "Your T of B is about twice too large. The spike stands in the nearest step, so "
                "the error is at most half of the distance of two steps.",
            ),
            "equal": (
                {STEPS_C: 199},
                "Your T of C is one too small: in 199 steps the error comes up to 1/199, which is "
                "more than 0.005.",
            ),
            "strict": (
                {STEPS_C: 201},
                "Your T of C is one too large: the error is less than 1/T, so 200 steps do.",
            ),
            "half": (
                {STEPS_C: either(near(100, 0), near(101, 0))},
                "Your T of C leaves an error of nearly 0.01: the neuron rounds down, not to the "
                "nearest, so its error comes up to 1/T.",
            ),
        },
    ),
}
