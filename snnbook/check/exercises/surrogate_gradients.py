"""The exercises of the chapter Surrogate gradients."""

import math
from typing import Any

import torch

from ...device import book_device
from ...layer import SynapseFilter
from ...neuron import LIFNode
from ...surrogate import Sigmoid
from ..comparing import like
from ..engine import Exercise
from ..sentences import Misfit

__all__ = ["EXERCISES"]

# --- build: one step of learning -----------------------------------------------------------------


def _task(seed: int, target: int) -> tuple[torch.Tensor, ...]:
    """Return weights, an input and the wanted spikes, in float64."""
    generator = torch.Generator().manual_seed(seed)
    x_seq = (torch.rand(40, 20, generator=generator) < 0.2).double()
    w = torch.rand(20, generator=generator, dtype=torch.float64) / 4
    wanted = torch.zeros(40, 1, dtype=torch.float64)
    wanted[target] = 1
    return tuple(tensor.to(book_device()) for tensor in (w, x_seq, wanted))


def _gradient(
    w: torch.Tensor,
    x_seq: torch.Tensor,
    wanted: torch.Tensor,
    alpha: float = 1.0,
    filtered: bool = True,
    **options: Any,
) -> torch.Tensor:
    """Return the gradient of the loss by the weights."""
    settings = {"decay_input": False, "surrogate_function": Sigmoid(alpha), "step_mode": "m"}
    leaf = w.detach().clone().requires_grad_()
    difference = LIFNode(10.0, **{**settings, **options})((x_seq @ leaf)[:, None]) - wanted
    difference = SynapseFilter(5.0, step_mode="m")(difference) if filtered else difference
    return torch.autograd.grad(difference.square().sum(), leaf)[0]


def _learned(rate: float = 0.001, **options: Any) -> Any:
    """Return a step of learning."""
    return lambda w, x_seq, wanted: w - rate * _gradient(w, x_seq, wanted, **options)


def _one_step(
    answer: Any, w: torch.Tensor, x_seq: torch.Tensor, wanted: torch.Tensor
) -> torch.Tensor:
    return like(w, answer(w, x_seq, wanted)).detach()


# --- break: a spike without a class --------------------------------------------------------------


def _p(u: torch.Tensor) -> torch.Tensor:
    return torch.sigmoid(4 * u)


def _spike(u: torch.Tensor) -> torch.Tensor:
    return (u >= 0).to(u.dtype) + (_p(u) - _p(u).detach())


def _spikes_and_gradient(answer: Any, u: torch.Tensor) -> dict[str, torch.Tensor]:
    """Return the spikes, 0 or 1 to the last bit, and their gradient, whatever comes from above."""
    leaf = u.clone().requires_grad_()
    s = like(u, answer(leaf))
    if not s.requires_grad:
        raise Misfit("no-gradient")
    above = torch.linspace(0.5, 2, len(u)).to(u)
    (gradient,) = torch.autograd.grad(s, leaf, above)
    s = s.detach()
    near = (s - s.round()).abs().max().item()
    if 0 < near < 1e-3:
        raise Misfit("inexact")
    return {"the spikes": s, "the gradient": gradient}


def _points(dtype: torch.dtype) -> tuple[torch.Tensor]:
    u = torch.cat([torch.linspace(-2, 2, 1001), torch.tensor([-1.0, -0.75, 0.0, 0.25, 1.0])])
    return (u.to(book_device(), dtype),)


# --- numbers -------------------------------------------------------------------------------------

QUADRATIC, RECT, SUPER, EXP = "PiecewiseQuadratic", "Rect", "SuperSpike", "PiecewiseExp"
LOGISTIC, TANGENT = "Sigmoid", "ATan"

EXERCISES = {
    "warm-up": Exercise(
        wanted="Wanted is a list of four numbers: the gradient by H with each of the functions.",
        passed="These are g(-0.8) of the four, times the gradient 1 by the spike.",
        right={QUADRATIC: 0.2, RECT: 0.0, SUPER: 1 / 1.8**2, EXP: math.exp(-1.6)},
        kinds=dict.fromkeys((QUADRATIC, RECT, SUPER, EXP), "finite"),
        tolerance=2e-3,
        wrong={
            "potential": (
                {QUADRATIC: 0.8, SUPER: 1 / 1.2**2},
                "You took H for u. But u is the distance from the threshold, H - 1.",
            ),
            "signed": (
                {QUADRATIC: 1.8},
                "With the first function you forgot the absolute value: u is negative, |u| is 0.8.",
            ),
            "box": (
                {RECT: 1.0},
                "With the second function you gave the height of the box. But its half width is "
                "1/(2 alpha) = 0.5, and the neuron lies outside.",
            ),
            "not-squared": (
                {SUPER: 1 / 1.8},
                "With the third function the square is missing.",
            ),
            "primitive": (
                {SUPER: -0.8 / 1.8},
                "You gave values of the primitive. Wanted is its slope, g.",
            ),
            "no-alpha": (
                {EXP: math.exp(-0.8)},
                "With the fourth function alpha is missing in the exponent.",
            ),
            "half": (
                {EXP: math.exp(-1.6) / 2},
                "With the fourth function you forgot that alpha is 2, so alpha/2 is 1.",
            ),
            "growing": (
                {EXP: math.exp(1.6)},
                "With the fourth function the exponent has the wrong sign: a gradient falls with "
                "the distance.",
            ),
        },
    ),
    "build": Exercise(
        wanted="Wanted is a function of w, x_seq and wanted that returns the new weights, in w's "
        "shape.",
        passed="It is one step of gradient descent, for every input and every wanted step.",
        right=_learned(),
        run=_one_step,
        cases=lambda: [_task(0, 20), _task(1, 5), _task(2, 33)],
        tolerance=1e-9,
        wrong={
            "uphill": (
                _learned(-0.001),
                "You went up: your step adds the gradient. To make the loss smaller, subtract it.",
            ),
            "whole": (
                _learned(1.0),
                "Your step is the whole gradient. It is to be multiplied by 0.001.",
            ),
            "too-long": (
                _learned(0.01),
                "Your step is ten times as long: the factor is 0.001.",
            ),
            "unchanged": (
                lambda w, x_seq, wanted: w.clone(),
                "Your weights are the ones that came, unchanged.",
            ),
            "gradient": (
                _gradient,
                "This is the gradient itself. Wanted are the new weights.",
            ),
            "direction": (
                lambda w, x_seq, wanted: -0.001 * _gradient(w, x_seq, wanted),
                "This is the step alone. Add it to the weights.",
            ),
            "steep": (
                _learned(alpha=4.0),
                "Your surrogate function has alpha = 4, its default. Here it is 1.",
            ),
            "divided": (
                _learned(decay_input=True),
                "Your neuron divides its input by tau: `decay_input=False` is missing.",
            ),
            "bare": (
                _learned(filtered=False),
                "You compare the bare spikes. The loss is the `distance`, which compares their "
                "traces.",
            ),
            "detached": (
                _learned(detach_reset=True),
                "Your gradient leaves out the way through the reset: `detach_reset` is False here.",
            ),
            "soft": (
                _learned(v_reset=None),
                "Your neuron has a soft reset. Here it is a hard one, the default.",
            ),
        },
    ),
    "derive": Exercise(
        wanted="Wanted is a function of c that returns alpha.",
        passed="With this alpha the gradient of `Rect` is the density of the noise.",
        right=lambda c: 1 / (2 * c),
        cases=lambda: [(c,) for c in (0.3, 0.5, 1.0, 2.0, 0.125, 3.7)],
        wrong={
            "half-width": (
                lambda c: 1 / c,
                "Check the area of your box: from -c to c it is 2c wide, so with this height its "
                "area is 2, and that of a density is 1.",
            ),
            "width": (
                lambda c: 2 * c,
                "This is the width of the box. How high is it, if its area is 1?",
            ),
            "half": (
                lambda c: c / 2,
                "More noise must give a gentler slope. Yours grows with c.",
            ),
            "itself": (
                lambda c: c,
                "More noise must give a gentler slope. Yours grows with c.",
            ),
            "normal": (
                lambda c: math.sqrt(1.5) / c,
                "This is the alpha of `Erf` for normal noise of the same standard deviation. But "
                "the density of uniform noise is a box.",
            ),
            "quarter": (
                lambda c: 1 / (4 * c),
                "Your box is too low: from -c to c its area is 1/2, and that of a density is 1.",
            ),
            "fixed": (
                lambda c: 1.0,
                "Your alpha is the same for all c. But more noise gives a wider and lower density.",
            ),
        },
    ),
    "break": Exercise(
        wanted="Wanted is a function of u that returns spikes, 0 or 1, with the gradient of "
        "sigmoid(4u).",
        passed="Each spike is 0 or 1 to the last bit, and the gradient is the surrogate's.",
        right=_spike,
        run=_spikes_and_gradient,
        cases=lambda: [_points(torch.float32), _points(torch.float64)],
        tolerance=1e-5,
        says={
            "inexact": "Some of your spikes are not exactly 0 or 1: in which order are the three "
            "numbers added, and where is a partial sum rounded?",
            "no-gradient": "No gradient flows through your spikes. One of the two p must keep it.",
        },
        wrong={
            "smooth": (
                lambda u: torch.sigmoid(4 * u),
                "Your function returns p itself, a number between 0 and 1. Forward, it must be a "
                "spike.",
            ),
            "twice": (
                lambda u: (u >= 0).to(u.dtype) + torch.sigmoid(4 * u) + torch.sigmoid(4 * u),
                "You add p. It must be taken away again, so that only the spike is left.",
            ),
            "falling": (
                lambda u: (u >= 0).to(u.dtype) + (torch.sigmoid(4 * u).detach() - _p(u)),
                "Your gradient has the wrong sign: the p that is taken away must be the one "
                "without a gradient.",
            ),
            "open": (
                lambda u: torch.where(u >= 0, 1 + (_p(u) - _p(u).detach()), 0 * u),
                "Your gradient is 0 where the neuron is silent. It must flow there too.",
            ),
            "strict": (
                lambda u: (u > 0).to(u.dtype) + (_p(u) - _p(u).detach()),
                "At u = 0 the neuron fires: Θ(0) = 1.",
            ),
            "gentle": (
                lambda u: (u >= 0).to(u.dtype) + (torch.sigmoid(u) - torch.sigmoid(u).detach()),
                "Your gradient is that of sigmoid(u). The 4 is missing.",
            ),
        },
    ),
    "choose": Exercise(
        wanted="Wanted is a list of three numbers: the largest alpha of each function.",
        passed="With these, the neurons at u = -1 get a hundredth.",
        right={
            QUADRATIC: 0.99,
            LOGISTIC: 2 * math.acosh(10),
            TANGENT: 2 * math.sqrt(99) / math.pi,
        },
        kinds=dict.fromkeys((QUADRATIC, LOGISTIC, TANGENT), "finite"),
        tolerance=2e-4,
        wrong={
            "absolute": (
                {TANGENT: 20.244},
                "You set g(-1) itself to 1/100. Wanted is its share of g(0), which grows with "
                "alpha too.",
            ),
            "a-tenth": (
                {QUADRATIC: 0.9},
                "You left a tenth. Wanted is a hundredth.",
            ),
            "at-the-end": (
                {QUADRATIC: 1.0},
                "With alpha = 1 the triangle ends at u = -1: nothing is left there.",
            ),
            "half-arcosh": (
                {LOGISTIC: math.acosh(10)},
                "With `Sigmoid` you found alpha/2. Wanted is alpha.",
            ),
            "exponential": (
                {LOGISTIC: math.log(100)},
                "With `Sigmoid` you took the tail alone, exp(-alpha). But g is sech² of alpha u/2, "
                "which is about four times as large there.",
            ),
            "no-pi": (
                {TANGENT: math.sqrt(99)},
                "With `ATan` the factor π/2 in front of alpha u is missing.",
            ),
            "not-rooted": (
                {TANGENT: 2 * 99 / math.pi},
                "With `ATan` you forgot the root: (π alpha/2)² is 99.",
            ),
            "a-hundred": (
                {TANGENT: 2 * math.sqrt(100) / math.pi},
                "With `ATan` the 1 in the denominator counts too: (π alpha/2)² is 99, not 100.",
            ),
        },
    ),
}
