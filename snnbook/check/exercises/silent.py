"""The exercises of the chapter When the network is silent."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import nn

from ...functional import run
from ...neuron import BaseNode, IFNode, LIFNode
from ..engine import Exercise
from ..kinds import check_kind, is_unwritten, readable
from ..sentences import YOUR_ANSWER, Misfit, Unwritten
from ..trials import sixty_fourths

__all__ = ["EXERCISES"]

# --- derive: PyTorch's first weights -------------------------------------------------------------


def _std(
    r: float, tau: float, *, variance: float = 1 / 3, noise: bool = True, spread: bool = True
) -> float:
    """The standard deviation of a potential whose weights have this variance times the fan-in."""
    total = noise * r * (1 - r) / (2 * tau - 1) + spread * r**2
    return math.sqrt(variance * total)


# --- build: what a layer shows -------------------------------------------------------------------


def _measured(
    h_seq: torch.Tensor, v_threshold: float, width: float, over: tuple[int, ...] = (0, 1)
) -> list[float]:
    fires = h_seq >= v_threshold
    near = (h_seq - v_threshold).abs() < width
    parts = (fires, ~fires.any(over[0]) if len(over) == 1 else ~fires.any(0).any(0), near)
    return [part.double().mean().item() for part in parts]


def _instead(**parts: Callable[[torch.Tensor, float, float], torch.Tensor]) -> Any:
    """Return an answer with one of its three shares taken of something else."""
    places = {"rate": 0, "never": 1, "near": 2}

    def measured(h_seq: torch.Tensor, v_threshold: float, width: float) -> list[float]:
        shares = _measured(h_seq, v_threshold, width)
        for name, part in parts.items():
            shares[places[name]] = part(h_seq, v_threshold, width).double().mean().item()
        return shares

    return measured


def _potentials(T: int, N: int, neurons: int, low: float, seed: int) -> torch.Tensor:
    """Potentials that often hit the threshold and the ends of the support exactly."""
    h_seq = (4 * sixty_fourths(T, N, neurons, high=2.0, seed=seed)).round() / 4
    quiet = torch.linspace(0, 1, neurons, device=h_seq.device)  # the first ones stay low
    return ((h_seq - low) * (0.25 + quiet)).double()


# --- choose: the first sick layer ----------------------------------------------------------------

Rows = Sequence[tuple[float, float]]


def _cure(rate: float, near: float) -> int:
    return 1 if rate < 0.01 else 2 if rate > 0.8 else 3 if near < 0.01 else 0


def _by(cure: Callable[[float, float], int], rows: Rows, order: Sequence[int]) -> list[int]:
    """Return the first sick layer in some order, and its cure."""
    return next(([k, cure(*rows[k])] for k in order if cure(*rows[k])), [-1, 0])


def _treat(rows: Rows, cure: Callable[[float, float], int] = _cure) -> list[int]:
    return _by(cure, rows, range(len(rows)))


def _by_measure(rows: Rows) -> list[int]:
    """Look at all rates before any support."""
    for one in ((1, 2), (3,)):
        for k, row in enumerate(rows):
            if _cure(*row) in one:
                return [k, _cure(*row)]
    return [-1, 0]


# --- break: one factor for each layer ------------------------------------------------------------

Search = Callable[[BaseNode, torch.Tensor], torch.Tensor]


def _fresh(layer: BaseNode, current: torch.Tensor) -> torch.Tensor:
    return run(layer, current)[0]


def _remembers(layer: BaseNode, current: torch.Tensor) -> torch.Tensor:
    return layer(current)  # type: ignore[no-any-return]


def _pairs(net: nn.Sequential) -> list[tuple[nn.Module, BaseNode]]:
    """Each Linear layer with the neurons after it."""
    layers: list[Any] = [*net]
    return list(zip(layers[0::2], layers[1::2], strict=True))


def _factors(
    net: nn.Sequential,
    x_seq: torch.Tensor,
    rate: float,
    *,
    call: Search = _fresh,
    passed: str = "scaled",
    upside_down: bool = False,
) -> list[float]:
    """For each Linear layer the factor with which the neurons after it fire at a rate."""
    found, s_seq = [], x_seq
    for linear, layer in _pairs(net):
        current, factor = linear(s_seq), 50.0
        first = call(layer, current)
        for k in range(2, 20):
            fired = call(layer, factor * current)
            factor += 100 / 2**k * (1 if bool(fired.mean() < rate) != upside_down else -1)
        found.append(factor)
        s_seq = {"scaled": fired, "first": first, "input": x_seq}[passed]
    return found


def _with(**faults: Any) -> Callable[[nn.Sequential, torch.Tensor, float], list[float]]:
    return lambda net, x_seq, rate: _factors(net, x_seq, rate, **faults)


def _net(seed: int, kind: Callable[[], BaseNode]) -> nn.Sequential:
    """Three layers of 24 neurons, in float64 and step mode 'm'."""
    layers: list[nn.Module] = []
    for k in range(3):
        linear = nn.Linear(24, 24, bias=False).double()
        with torch.no_grad():
            linear.weight.copy_(sixty_fourths(24, 24, high=2.0, seed=10 * seed + k) - 0.875)
        layers += [linear, kind()]
    net = nn.Sequential(*layers).to(sixty_fourths(1).device)
    for _, layer in _pairs(net):
        layer.step_mode = "m"
    return net


def _rates(answer: Any, seed: int, kind: Callable[[], BaseNode], T: int, rate: float) -> Any:
    """The rates that the layers have with the factors that an answer gives."""
    x_seq = (sixty_fourths(T, 40, 24, seed=seed) < 0.25).double()
    given = answer(_net(seed, kind), x_seq, rate)
    if given is None:
        raise Misfit("RETURNED_NONE")
    if is_unwritten(given):
        raise Unwritten
    given = check_kind("list", readable(given), YOUR_ANSWER)
    if len(given) != 3:
        raise Misfit("count", given=len(given))
    factors = [float(check_kind("finite", factor, "a factor")) for factor in given]
    net = _net(seed, kind)
    rates = []
    for factor, (linear, layer) in zip(factors, _pairs(net), strict=True):
        x_seq = run(layer, factor * linear(x_seq))[0]
        rates.append(x_seq.mean().item())
    return rates


def _adds_up() -> BaseNode:
    return IFNode()


def _slow() -> BaseNode:
    return LIFNode(20.0, decay_input=False)


MEAN, NOISE = "the mean", "the variance in time"
SPREAD, DISTANCE = "the variance from neuron to neuron", "how many standard deviations"

EXERCISES = {
    "warm-up": Exercise(
        wanted="Wanted is a list of four numbers: the mean of the potential, its variance in time, "
        "the variance of its mean from neuron to neuron, and how many standard deviations the mean "
        "lies below the threshold.",
        passed="More than three standard deviations: such a layer is silent.",
        right={MEAN: -2.0, NOISE: 1.6 / 3, SPREAD: 0.36, DISTANCE: 3 / math.sqrt(1.6 / 3 + 0.36)},
        kinds=dict.fromkeys((MEAN, NOISE, SPREAD, DISTANCE), "finite"),
        tolerance=2e-3,
        wrong={
            "not-divided": (
                {MEAN: -4.0},
                "Your mean is that of `decay_input=False`. Here the input is divided by tau.",
            ),
            "no-rate": (
                {MEAN: -10.0},
                "Your mean is that of inputs which always spike. They do in a fifth of the steps.",
            ),
            "no-mean-square": (
                {NOISE: 0.48},
                "In the variance in time you left out the mean of the weights: wanted is μ² + σ².",
            ),
            "no-leak": (
                {NOISE: 1.6},
                "In the variance in time the leak is missing: divide by 2 tau - 1.",
            ),
            "by-tau": (
                {NOISE: 0.8},
                "You divide the variance in time by tau. The sum of a geometric series of squares "
                "gives 2 tau - 1.",
            ),
            "poisson": (
                {NOISE: 2 / 3},
                "Your inputs have the variance r. That of a 0 or a 1 is r(1 - r).",
            ),
            "rate-not-squared": (
                {SPREAD: 1.8},
                "In the variance from neuron to neuron the rate is squared: a weight meets the "
                "mean of its input.",
            ),
            "decays-too": (
                {SPREAD: 0.12},
                "You divide the variance from neuron to neuron by 2 tau - 1. But what stands still "
                "isn't averaged out: it goes through the leak like the mean.",
            ),
            "deviations": (
                {NOISE: math.sqrt(1.6 / 3)},
                "You gave standard deviations. Wanted are variances, their squares.",
            ),
            "from-zero": (
                {DISTANCE: 1 / math.sqrt(1.6 / 3 + 0.36)},
                "You measure from 0 to the threshold. The mean lies below 0.",
            ),
            "noise-alone": (
                {DISTANCE: 3 / math.sqrt(1.6 / 3)},
                "You count the noise alone. The two variances add up.",
            ),
            "deviations-added": (
                {DISTANCE: 3 / (math.sqrt(1.6 / 3) + 0.6)},
                "You add the standard deviations. It is the variances that add up.",
            ),
            "by-variance": (
                {DISTANCE: 3 / (1.6 / 3 + 0.36)},
                "You divide by the variance. Wanted is the number of standard deviations.",
            ),
        },
    ),
    "derive": Exercise(
        wanted="Wanted is a function of r and tau that returns a standard deviation.",
        passed="The number of inputs has dropped out: a wider layer is as silent as a narrow one.",
        right=_std,
        cases=lambda: [(r, tau) for r in (0.125, 0.5, 0.03, 1.0) for tau in (1.0, 2.0, 10.0, 3.5)],
        wrong={
            "half-width": (
                lambda r, tau: _std(r, tau, variance=1),
                "You took 1/√n for the standard deviation of the weights. That is half the width "
                "of their range; the variance of uniform numbers is a third of its square.",
            ),
            "whole-width": (
                lambda r, tau: _std(r, tau, variance=1 / 12),
                "You took 1/√n for the width of the weights' range. They lie from -1/√n to 1/√n, "
                "so it is twice as wide.",
            ),
            "variance": (
                lambda r, tau: _std(r, tau) ** 2,
                "This is the variance. Wanted is its root.",
            ),
            "noise-alone": (
                lambda r, tau: _std(r, tau, spread=False),
                "You left out what differs from neuron to neuron. The two variances add up.",
            ),
            "spread-alone": (
                lambda r, tau: _std(r, tau, noise=False),
                "You left out the noise, what changes in time. The two variances add up.",
            ),
            "not-divided": (
                lambda r, tau: tau * _std(r, tau),
                "This is the potential with `decay_input=False`. By default the input is divided "
                "by tau.",
            ),
            "poisson": (
                lambda r, tau: math.sqrt((r / (2 * tau - 1) + r * r) / 3),
                "Your inputs have the variance r. That of a 0 or a 1 is r(1 - r).",
            ),
            "deviations-added": (
                lambda r, tau: _std(r, tau, spread=False) + _std(r, tau, noise=False),
                "You add two standard deviations. It is the variances that add up.",
            ),
            "spread-unsquared": (
                lambda r, tau: math.sqrt((r * (1 - r) / (2 * tau - 1) + r) / 3),
                "From neuron to neuron, a weight meets the mean of its input: its square is r².",
            ),
            "by-tau": (
                lambda r, tau: math.sqrt((r * (1 - r) / tau + r * r) / 3),
                "You divide the noise by tau. The sum of a geometric series of squares gives "
                "2 tau - 1.",
            ),
        },
    ),
    "build": Exercise(
        wanted="Wanted is a function of h_seq, v_threshold and width that returns a list of three "
        "shares: rate, never, near.",
        passed="These three numbers find half of the illnesses.",
        right=_measured,
        kinds="list",
        cases=lambda: [
            (_potentials(12, 5, 9, 1.0, 1), 1.0, 0.5),
            (_potentials(3, 4, 30, 1.5, 2), 0.25, 0.25),
            (_potentials(9, 2, 16, 0.5, 3), 1.5, 1.0),
            (_potentials(1, 6, 7, 1.0, 4), 0.5, 2.0),
        ],
        tolerance=1e-6,
        wrong={
            "above": (
                _instead(rate=lambda h, v, width: h > v),
                "A neuron that reaches the threshold exactly fires too: compare with `>=`.",
            ),
            "per-sample": (
                lambda h, v, width: _measured(h, v, width, over=(0,)),
                "You count a neuron once for each sample. It never fires only if it is silent for "
                "all samples, in all steps.",
            ),
            "never-count": (
                lambda h, v, width: [
                    *(parts := _measured(h, v, width))[:1],
                    parts[1] * h.shape[-1],
                    parts[2],
                ],
                "You count the neurons that never fire. Wanted is their share.",
            ),
            "ever": (
                _instead(never=lambda h, v, width: (h >= v).any(0).any(0)),
                "You give the share of neurons that fire at some time. Wanted is that of the "
                "others.",
            ),
            "below-only": (
                _instead(near=lambda h, v, width: h - v < width),
                "Potentials far below the threshold are not near it: take the absolute value of "
                "the distance.",
            ),
            "around-zero": (
                _instead(near=lambda h, v, width: h.abs() < width),
                "You measure the distance from 0. Wanted is that from the threshold.",
            ),
            "half": (
                _instead(near=lambda h, v, width: (h - v).abs() < width / 2),
                "You halve the width. It reaches that far to each side.",
            ),
            "closed": (
                _instead(near=lambda h, v, width: (h - v).abs() <= width),
                "A potential at the very end of the support is not in it: compare with `<`.",
            ),
            "of-spikes": (
                _instead(near=lambda h, v, width: (h >= v) & ((h - v).abs() < width)),
                "You look only above the threshold. The support reaches to both sides.",
            ),
        },
    ),
    "choose": Exercise(
        wanted="Wanted is a function of a list of pairs (rate, near) that returns a pair: the "
        "number of the first sick layer, and of its cure; (-1, 0) if none is sick.",
        passed="From the input to the readout, and rates before supports: so it is read.",
        right=_treat,
        kinds="list",
        cases=lambda: [
            ([(0.2, 0.4), (0.004, 0.3), (0.0, 0.0), (0.0, 0.0)],),
            ([(0.2, 0.4), (0.1, 0.3)],),
            ([(0.1, 0.002), (0.2, 0.001), (0.0, 0.3)],),
            ([(0.3, 0.2), (0.95, 0.0), (0.99, 0.0)],),
            ([(0.01, 0.01), (0.8, 0.5), (0.05, 0.005)],),
            ([(0.2, 0.5), (0.1, 0.4), (0.15, 0.4), (0.009, 0.009)],),
            ([(0.85, 0.3), (0.0, 0.2)],),
            ([(0.2, 0.4), (0.85, 0.3), (0.001, 0.3), (0.9, 0.3)],),
        ],
        wrong={
            "last": (
                lambda rows: _by(_cure, rows, range(len(rows) - 1, -1, -1)),
                "You name the last sick layer. Those behind the first one may only suffer from it.",
            ),
            "by-measure": (
                _by_measure,
                "You look at all rates first, then at the supports. Go from layer to layer: the "
                "first sick one may be the one whose surrogate is too narrow.",
            ),
            "lowest": (
                lambda rows: _by(_cure, rows, sorted(range(len(rows)), key=lambda k: rows[k][0])),
                "You begin with the layer of the lowest rate. Begin at the input: the layers "
                "behind a silent one are silent too.",
            ),
            "near-first": (
                lambda rows: _treat(rows, lambda r, near: 3 if near < 0.01 else _cure(r, near)),
                "In a layer that is silent or saturated hardly any potential is near the "
                "threshold, whatever the surrogate. Look at its rate first.",
            ),
            "from-one": (
                lambda rows: [_treat(rows)[0] + (_treat(rows)[1] > 0), _treat(rows)[1]],
                "Count the layers from 0.",
            ),
            "silent-only": (
                lambda rows: _treat(rows, lambda r, near: int(r < 0.01)),
                "You look for silent layers alone. A layer can also be saturated, or have too "
                "narrow a surrogate.",
            ),
            "rates-only": (
                lambda rows: _treat(rows, lambda r, near: 1 if r < 0.01 else 2 if r > 0.8 else 0),
                "You look at the rates alone. In your healthy nets there is one with too narrow a "
                "surrogate.",
            ),
            "never-saturated": (
                lambda rows: _treat(
                    rows, lambda r, near: 1 if r < 0.01 else 3 if near < 0.01 else 0
                ),
                "A rate above 0.8 is an illness as well.",
            ),
            "inclusive": (
                lambda rows: _treat(
                    rows, lambda r, near: 1 if r <= 0.01 else 2 if r >= 0.8 else _cure(r, near)
                ),
                "A rate of exactly 0.01 or 0.8 still counts as healthy: compare with `<` and `>`.",
            ),
            "exchanged": (
                lambda rows: _treat(rows)[::-1],
                "The number of the layer comes first, then that of the cure.",
            ),
        },
    ),
    "break": Exercise(
        wanted="Wanted is a function of net, x_seq and rate that returns a list: for each Linear "
        "layer the factor with which the neurons after it fire at this rate.",
        passed="Each layer is measured from its first state, on the spikes that it will get.",
        right=_with(),
        run=_rates,
        kinds="list",
        cases=lambda: [
            (1, _adds_up, 6, 0.2),
            (2, _slow, 8, 0.125),
            (3, _adds_up, 10, 0.3),
        ],
        tolerance=0.02,
        says={
            "count": "You return {given} factors. Wanted are 3, one for each Linear layer.",
        },
        wrong={
            "as-it-stands": (
                _with(call=_remembers, passed="first"),
                "Both faults are still there: a layer begins with the potentials of its last "
                "call, and the next layer is measured on spikes that it will not get.",
            ),
            "no-reset": (
                _with(call=_remembers),
                "Each call of a layer begins with the potentials of the call before. Reset it, or "
                "use `functional.run`.",
            ),
            "first-spikes": (
                _with(passed="first"),
                "You pass on the spikes that a layer has without its factor. The next layer will "
                "get those that it has with it.",
            ),
            "input": (
                _with(passed="input"),
                "You measure each layer on the network's input. It gets the spikes of the layer "
                "before.",
            ),
            "upside-down": (
                _with(upside_down=True),
                "Your search runs away from the rate: where a layer fires too much, the factor is "
                "too large.",
            ),
            "weights": (
                lambda net, x_seq, rate: [1.0] * 3,
                "Your factors are 1: they leave the weights as they are.",
            ),
        },
    ),
}
