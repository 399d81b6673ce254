"""The exercises of the chapter Visualization."""

import math
from typing import Any

import numpy as np
import torch

from ..neuron import IFNode
from ..visualizing import plot_1d_spikes
from .engine import Exercise, Misfit, NothingReturned, is_missing
from .trials import constant, sixty_fourths, traced

# --- derive: how many spikes on average? ---------------------------------------------------------


def _average(d: float, T: int) -> float:
    """Integrate floor(T / ceil(d / u)) over u from 0 to 1, piece by piece."""
    total = 0.0
    for k in range(math.ceil(d), T + 1):  # between d / k and d / (k - 1) the interval is k steps
        upper = min(1.0, d / (k - 1)) if k > 1 else 1.0
        total += (T // k) * max(0.0, upper - d / k)
    return total


def _sum_over(d: float, T: int, term: Any) -> Any:
    return sum(term(d, T, m) for m in range(1, T + 1))


# --- build: the whole layer at once --------------------------------------------------------------


def _draw(s_seq: torch.Tensor, heights: Any, sharex: bool = True, width: float = 1) -> Any:
    from matplotlib import pyplot as plt

    _, (ax_raster, ax_fraction) = plt.subplots(2, 1, sharex=sharex)
    plot_1d_spikes(s_seq, "", "", "", plot_firing_rate=False, axes=ax_raster)
    ax_fraction.bar(np.arange(len(heights)), heights.tolist(), width=width)
    return ax_raster, ax_fraction


def _read_back(answer: Any, s_seq: torch.Tensor) -> dict[str, Any]:
    """Draw with the reader's function, and read the numbers back out of its picture."""
    from matplotlib import pyplot as plt

    open_before = set(plt.get_fignums())
    try:
        axes = answer(s_seq)
    finally:
        for number in set(plt.get_fignums()) - open_before:
            plt.close(number)
    if axes is not None and axes is not ... and np.size(axes) != 2:
        raise Misfit(NO_AXES.format(given=axes))
    if is_missing(axes):
        raise NothingReturned
    ax_raster, ax_fraction = axes
    raster = torch.zeros_like(s_seq)
    for marks in (c for c in ax_raster.collections if hasattr(c, "get_segments")):
        for (t, top), (_, bottom) in marks.get_segments():
            place = (round(t), round((top + bottom) / 2))
            if place in np.ndindex(*s_seq.shape):
                raster[place] = 1
    bars = sorted((bar.get_x() + bar.get_width() / 2, bar) for bar in ax_fraction.patches)
    return {
        "the raster": raster,
        "the heights of the bars": [bar.get_height() for _, bar in bars],
        "the centres of the bars": [centre for centre, _ in bars],
        "the widths of the bars": [bar.get_width() for _, bar in bars],
        "one time axis for both": bool(ax_raster.get_xlim() == ax_fraction.get_xlim()),
    }


# --- break: a potential that stays above the threshold -------------------------------------------


def _potentials(v_reset: float | None) -> list[float]:
    done = traced(IFNode(v_reset=v_reset), constant(2.5, 10))
    v: list[float] = done["V"][:, 0].tolist()
    return v


def _rate(x: float) -> float:
    return traced(IFNode(), constant(x, 100))["S"].mean().item()


NO_AXES = "Your function returned `{given}` in place of two Axes."
WEAK, STRONG, TOLD_APART = "the rate for 0.26", "the rate for 0.30", "the raster tells them apart"

EXERCISES = {
    "warm-up": Exercise(
        wanted="Wanted are two firing rates, and True or False: can a raster tell them apart?",
        passed="Both neurons need four steps, so their spikes are the same; only H differs.",
        right={WEAK: _rate(0.26), STRONG: _rate(0.30), TOLD_APART: False},
        wrong=(
            (
                {WEAK: 0.26, STRONG: 0.30},
                "These are the rates of a soft reset. A hard reset needs a whole number of steps, "
                "always the same one.",
            ),
            (
                {STRONG: 1 / 3},
                "You let the stronger input fire after three steps. But three of it are 0.9.",
            ),
            (
                {WEAK: 1 / 3},
                "You let the weaker input fire after three steps. But three of it are 0.78.",
            ),
            (
                {WEAK: 25, STRONG: 25},
                "These are numbers of spikes. A rate is divided by the number of steps.",
            ),
            (
                {WEAK: 0.25, STRONG: 0.25, TOLD_APART: True},
                "Your rates are right, and they are the same. In which step could the two rasters "
                "differ?",
            ),
        ),
    ),
    "derive": Exercise(
        wanted="Wanted is a function of d and T that returns the expected number of spikes.",
        passed="It agrees with the exact integral over u, for many d and T.",
        right=_average,
        cases=lambda: [(8, 50), (10, 50), (2, 7), (1, 4), (60, 50)],
        wrong=(
            (
                lambda d, T: _sum_over(d, T, lambda d, T, m: 1 - d / (T // m)),
                "Your sum contains probabilities below 0. A neuron that can never fire m times "
                "counts 0.",
            ),
            (
                lambda d, T: T / (2 * d),
                "This is T times the mean input. But what is above the threshold is lost at each "
                "spike, so there are fewer spikes.",
            ),
            (
                lambda d, T: _sum_over(d, T, lambda d, T, m: max(0, 1 - d * m / T)),
                "You forgot that an interval is a whole number of steps: `T // m` in place of "
                "T / m.",
            ),
            (
                lambda d, T: max(0, 1 - d / T),
                "This is the probability of at least one spike. Add those of at least two, three, "
                "and so on.",
            ),
            (
                lambda d, T: T // math.ceil(2 * d),
                "This is the number of spikes of the mean input. The mean of the numbers is "
                "another thing.",
            ),
        ),
    ),
    "build": Exercise(
        wanted="Wanted is a function of the spikes, [T, N], that draws and returns two Axes: the "
        "raster and the bars.",
        passed="Raster, bars and time axis hold the right numbers: they were read back.",
        right=lambda s_seq: _draw(s_seq, s_seq.mean(dim=1)),
        run=_read_back,
        cases=lambda: [((sixty_fourths(12, 5) > 0.6).float(),)],
        wrong=(
            (
                lambda s_seq: _draw(s_seq, s_seq.mean(dim=0)),
                "Your bars are the firing rates, one for each neuron. Take the mean over the "
                "neurons, dimension 1: one bar for each step.",
            ),
            (
                lambda s_seq: _draw(s_seq, s_seq.sum(dim=1)),
                "Your bars are numbers of spikes. The fraction is divided by the number of "
                "neurons.",
            ),
            (
                lambda s_seq: _draw(s_seq, s_seq.mean(dim=1), sharex=False),
                "Your two pictures have different time axes. Make them with `sharex=True`.",
            ),
            (
                lambda s_seq: _draw(s_seq, s_seq.mean(dim=1), width=0.8),
                "Your bars are narrower than a step. Give them `width=1`.",
            ),
            (
                lambda s_seq: _draw(s_seq.T, s_seq.mean(dim=1)),
                "Your raster has steps and neurons exchanged: time comes first.",
            ),
        ),
    ),
    "break": Exercise(
        wanted="Wanted is a list of ten numbers: V after each step.",
        passed="V stays above the threshold and grows by 1.5 in each step.",
        right=_potentials(None),
        wrong=(
            (
                _potentials(0.0),
                "This is the hard reset. A soft reset subtracts the threshold.",
            ),
            (
                [1.5] * 10,
                "Each of your steps begins at 0. But what is left after a step is there in the "
                "next one.",
            ),
            (
                [0.5] * 10,
                "You subtract the threshold until V is below it. But a step has one reset, and the "
                "reset subtracts the threshold once.",
            ),
            (
                [2.5 * (t + 1) for t in range(10)],
                "You add up the input without any reset. Each spike takes 1 away.",
            ),
            (
                [1.5 * t for t in range(10)],
                "Your list begins one step early: the first value is V after the first step.",
            ),
            (
                [1.5 * t + 2.5 for t in range(10)],
                "This is H, before the reset. V is what the reset leaves.",
            ),
        ),
    ),
}
