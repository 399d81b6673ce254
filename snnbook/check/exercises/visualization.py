"""The exercises of the chapter Visualization."""

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch

from ...neuron import IFNode
from ...visualizing import plot_1d_spikes
from ..engine import Exercise
from ..kinds import thing
from ..sentences import Misfit, Unwritten
from ..trials import constant, sixty_fourths, traced

__all__ = ["EXERCISES"]

# --- derive: how many spikes on average? ---------------------------------------------------------


def _average(d: float, T: int) -> float:
    """Integrate floor(T / ceil(d / u)) over u from 0 to 1, piece by piece."""
    total = 0.0
    for k in range(max(1, math.ceil(d)), T + 1):  # from d / k to d / (k - 1) the interval is k
        upper = min(1.0, d / (k - 1)) if k > 1 else 1.0
        total += (T // k) * max(0.0, upper - d / k)
    return total


def _sum_over(d: float, T: int, term: Any) -> Any:
    return sum(term(d, T, m) for m in range(1, T + 1))


def _right_term(d: float, T: int, m: int) -> float:
    return max(0, 1 - d / (T // m))


# --- build: the whole layer at once --------------------------------------------------------------


def _draw(s_seq: torch.Tensor, heights: Any, sharex: bool = True, width: float = 1) -> Any:
    from matplotlib import pyplot as plt

    _, (ax_raster, ax_fraction) = plt.subplots(2, 1, sharex=sharex)
    plot_1d_spikes(s_seq, "", "", "", plot_firing_rate=False, axes=ax_raster)
    ax_fraction.bar(np.arange(len(heights)), heights.tolist(), width=width)
    return ax_raster, ax_fraction


def _marks(ax: Any) -> Iterator[tuple[float, float]]:
    """Yield the places of the marks in an Axes, however they were drawn."""
    for collection in ax.collections:
        if hasattr(collection, "get_segments"):  # short lines
            yield from (np.mean(line, axis=0) for line in collection.get_segments())
        elif hasattr(collection, "get_coordinates"):  # the cells of a mesh
            corners = collection.get_coordinates()
            middles = (corners[:-1, :-1] + corners[1:, 1:]) / 2
            yield from middles[_marked(np.reshape(collection.get_array(), middles.shape[:2]))]
        else:  # dots
            yield from collection.get_offsets()
    for line in ax.lines:
        if line.get_marker() not in ("", " ", "None", None):
            yield from np.column_stack(line.get_data())
    for image in ax.images:
        left, right, bottom, top = image.get_extent()
        cells = np.asarray(image.get_array())
        rows, columns = cells.shape[:2]
        low, high = (bottom, top) if image.origin == "lower" else (top, bottom)
        for y, x in np.argwhere(_marked(cells)):
            yield left + (x + 0.5) * (right - left) / columns, low + (y + 0.5) * (high - low) / rows


def _marked(cells: Any) -> Any:
    """Return which cells have another value, or colour, than most."""
    colours = cells.reshape(*cells.shape[:2], -1).sum(-1)
    values, counts = np.unique(colours, return_counts=True)
    return colours != values[counts.argmax()]


def _two_axes(axes: Any) -> tuple[Any, Any]:
    """Return the two Axes that a reader's function gave, or say what it gave instead."""
    from matplotlib.axes import Axes

    if axes is ...:
        raise Unwritten
    pair = list(axes.flat) if isinstance(axes, np.ndarray) else axes
    if not isinstance(pair, (list, tuple)):
        raise Misfit("RETURNED_NONE") if axes is None else Misfit("no-axes", given=thing(axes))
    if any(ax is ... for ax in pair):
        raise Unwritten
    strange = [ax for ax in pair if not isinstance(ax, Axes)]
    if strange or len(pair) != 2:
        raise Misfit("no-axes", given=thing(strange[0] if strange else pair))
    if pair[0] is pair[1]:
        raise Misfit("one-axes")
    return pair[0], pair[1]


def _read_back(answer: Any, s_seq: torch.Tensor) -> dict[str, Any]:
    """Draw with the reader's function, and read the numbers back out of its picture."""
    ax_raster, ax_fraction = _two_axes(answer(s_seq))
    if ax_raster.patches and not ax_fraction.patches:
        raise Misfit("axes-exchanged")
    raster, outside = torch.zeros_like(s_seq), 0
    places = {(_step(t), _step(neuron)) for t, neuron in _marks(ax_raster)}
    spikes = {(t, n) for t, n in s_seq.nonzero().tolist()}
    if places != spikes and places == {(n, t) for t, n in spikes}:
        raise Misfit("transposed")
    for t, n in places:
        if 0 <= t < len(s_seq) and 0 <= n < s_seq.shape[1]:
            raster[t, n] = 1
        else:
            outside += 1
    if not raster.any():
        raise Misfit("no-raster")
    if not ax_fraction.patches:
        raise Misfit("no-bars")
    bars = ax_fraction.patches
    if not all(hasattr(bar, "get_height") for bar in bars):
        raise Misfit("no-bars")
    if len({bar.get_x() for bar in bars}) < len(bars):
        raise Misfit("lying-bars")
    heights, beside = [0.0] * len(s_seq), 0
    for bar in bars:
        centre = bar.get_x() + bar.get_width() / 2
        if abs(centre - _step(centre)) > 0.1 or not 0 <= centre < len(s_seq):
            beside += 1
        else:
            heights[_step(centre)] = bar.get_height()
    if min(ax.get_position().height for ax in (ax_raster, ax_fraction)) <= 0:
        raise Misfit("flat")
    if ax_raster.get_position().y0 <= ax_fraction.get_position().y0:
        raise Misfit("raster-below")
    left, right = ax_raster.get_xlim()
    return {
        "the raster": raster,
        "the number of marks where there is no neuron or step": outside,
        "the heights of the bars": heights,
        "the number of bars that stand beside the steps": beside,
        "the width of the narrowest bar": min(bar.get_width() for bar in bars),
        "one time axis for both": bool((left, right) == ax_fraction.get_xlim()),
        "all steps in sight": bool(left <= 0 and len(s_seq) - 1 <= right),
    }


def _step(place: float) -> int:
    """Return the step, or the neuron, at a place. What fills the cell from t to t + 1 is at t."""
    return math.ceil(float(place) - 0.5)


def _spikes(T: int, N: int, seed: int, dtype: torch.dtype = torch.float32) -> torch.Tensor:
    """Spikes with a first and a last step in which some fire, and with silent ones between."""
    s_seq = (sixty_fourths(T, N, seed=seed) > 0.6).to(dtype)
    s_seq[0, 0], s_seq[0, -1], s_seq[-1, 0], s_seq[-1, -1] = 1, 0, 0, 1
    s_seq[T // 2] = 0
    s_seq[:, N // 2] = 0
    return s_seq


# --- break: a potential that stays above the threshold -------------------------------------------


def _potentials(v_reset: float | None) -> list[float]:
    done = traced(IFNode(v_reset=v_reset), constant(2.5, 10))
    v: list[float] = done["V"][:, 0].tolist()
    return v


def _rate(x: float) -> float:
    return traced(IFNode(), constant(x, 100))["S"].mean().item()


WEAK, STRONG, TOLD_APART = (
    "the rate for 0.26",
    "the rate for 0.30",
    "whether a raster tells them apart",
)

EXERCISES = {
    "warm-up": Exercise(
        wanted="Wanted are two firing rates, and True or False: can a raster tell them apart?",
        passed="Both neurons need four steps, so their spikes are the same; only H differs.",
        right={WEAK: _rate(0.26), STRONG: _rate(0.30), TOLD_APART: False},
        kinds={WEAK: "rate", STRONG: "rate", TOLD_APART: "truth"},
        wrong={
            "soft": (
                {WEAK: 0.26, STRONG: 0.30},
                "These are the inputs, and the rates of a soft reset. A hard reset needs a whole "
                "number of steps, always the same one.",
            ),
            "strong-early": (
                {STRONG: 1 / 3},
                "You let the stronger input fire after three steps. But three of it are 0.9.",
            ),
            "weak-early": (
                {WEAK: 1 / 3},
                "You let the weaker input fire after three steps. But three of it are 0.78.",
            ),
            "counts": (
                {WEAK: 25, STRONG: 25},
                "These are numbers of spikes. A rate is divided by the number of steps.",
            ),
            "intervals": (
                {WEAK: 4, STRONG: 4},
                "These are intervals, in steps. A rate is 1 divided by the interval.",
            ),
            "told-apart": (
                {WEAK: 0.25, STRONG: 0.25, TOLD_APART: True},
                "Your rates are right, and they are the same. In which step could the two rasters "
                "differ?",
            ),
        },
    ),
    "derive": Exercise(
        wanted="Wanted is a function of d and T that returns the expected number of spikes.",
        passed="It agrees with the exact integral over u, for many d and T.",
        right=_average,
        kinds="number",
        cases=lambda: [
            *((8, 50), (10, 50), (2, 7), (1, 4), (60, 50), (2.5, 30), (0.5, 6), (1, 1)),
            *((0.75, 1), (7, 120), (8, 51), (3, 3), (1.25, 20)),
        ],
        wrong={
            "negative": (
                lambda d, T: _sum_over(d, T, lambda d, T, m: 1 - d / (T // m)),
                "Your sum contains probabilities below 0. A neuron that can never fire m times "
                "counts 0.",
            ),
            "mean-input": (
                lambda d, T: T / (2 * d),
                "This is T times the mean input. But what is above the threshold is lost at each "
                "spike, so there are fewer spikes.",
            ),
            "not-whole": (
                lambda d, T: _sum_over(d, T, lambda d, T, m: max(0, 1 - d * m / T)),
                "You forgot that an interval is a whole number of steps: `T // m` in place of "
                "T / m.",
            ),
            "one-spike": (
                lambda d, T: max(0, 1 - d / T),
                "This is the probability of at least one spike. Add those of at least two, three, "
                "and so on.",
            ),
            "rate": (
                lambda d, T: _sum_over(d, T, _right_term) / T,
                "This is the mean firing rate. Wanted is the number of spikes, not divided by T.",
            ),
            "complement": (
                lambda d, T: _sum_over(d, T, lambda d, T, m: min(1, d / (T // m))),
                "You add up the probabilities that a neuron fires fewer than m times. Take 1 minus "
                "each of them.",
            ),
            "last-missing": (
                lambda d, T: sum(_right_term(d, T, m) for m in range(1, T)),
                "The last term of your sum is missing: with d < 1 a neuron can fire T times.",
            ),
            "spikes-of-the-mean": (
                lambda d, T: T // math.ceil(2 * d),
                "This is the number of spikes of the mean input. The mean of the numbers is "
                "another thing.",
            ),
        },
    ),
    "build": Exercise(
        wanted="Wanted is a function of the spikes, [T, N], that draws and returns two Axes: the "
        "raster and the bars.",
        passed="Raster, bars and time axis hold the right numbers: they were read back.",
        right=lambda s_seq: _draw(s_seq, s_seq.mean(dim=1)),
        run=_read_back,
        cases=lambda: [
            (_spikes(12, 5, 0),),
            (_spikes(7, 11, 1),),
            (_spikes(30, 3, 2, torch.float64),),
        ],
        says={
            "no-axes": "Your function returned {given}, in place of two Axes.",
            "one-axes": "Your function returned the same Axes twice. Wanted are two of them, one "
            "below the other.",
            "axes-exchanged": "You have exchanged the two Axes: the raster comes first.",
            "no-raster": "No marks of a raster were found in your first Axes: a mark at step t and "
            "neuron n, for each spike.",
            "no-bars": "No bars were found in your second Axes. Draw them with `ax.bar`.",
            "lying-bars": "Your bars lie on their side. Time runs from left to right: `ax.bar` in "
            "place of `ax.barh`.",
            "flat": "One of your Axes has no height, so nothing can be seen in it.",
            "raster-below": "Your bars are not below your raster, as with `plt.subplots(2, 1)`.",
            "transposed": "Your raster has steps and neurons exchanged: time comes first.",
        },
        wrong={
            "rates": (
                lambda s_seq: _draw(s_seq, s_seq.mean(dim=0)),
                "Your bars are the firing rates, one for each neuron. Take the mean over the "
                "neurons, dimension 1: one bar for each step.",
            ),
            "counts": (
                lambda s_seq: _draw(s_seq, s_seq.sum(dim=1)),
                "Your bars are numbers of spikes. The fraction is divided by the number of "
                "neurons.",
            ),
            "percent": (
                lambda s_seq: _draw(s_seq, 100 * s_seq.mean(dim=1)),
                "Your bars are percentages. A fraction lies between 0 and 1.",
            ),
            "silent": (
                lambda s_seq: _draw(s_seq, 1 - s_seq.mean(dim=1)),
                "Your bars are the fraction that is silent. Wanted is the fraction that fires.",
            ),
            "active": (
                lambda s_seq: _draw(s_seq, s_seq.sum(1) / (s_seq.sum(0) > 0).sum()),
                "You divide by the number of neurons that fire at all. The fraction is that of all "
                "neurons, and the silent ones count too.",
            ),
            "two-time-axes": (
                lambda s_seq: _draw(s_seq, s_seq.mean(dim=1), sharex=False),
                "Your two pictures have different time axes. Make them with `sharex=True`.",
            ),
            "narrow": (
                lambda s_seq: _draw(s_seq, s_seq.mean(dim=1), width=0.8),
                "Your bars are narrower than a step. Give them `width=1`.",
            ),
        },
    ),
    "break": Exercise(
        wanted="Wanted is a list of ten numbers: V after each step.",
        passed="V stays above the threshold and grows by 1.5 in each step.",
        right=_potentials(None),
        kinds="potentials",
        wrong={
            "hard": (
                _potentials(0.0),
                "This is the hard reset. A soft reset subtracts the threshold.",
            ),
            "spikes": (
                [1.0] * 10,
                "These are the spikes: it fires in every step. Wanted are the potentials.",
            ),
            "no-memory": (
                [1.5] * 10,
                "Each of your steps begins at 0. But what is left after a step is there in the "
                "next one.",
            ),
            "below": (
                [0.5] * 10,
                "You subtract the threshold until V is below it. But a step has one reset, and the "
                "reset subtracts the threshold once.",
            ),
            "no-reset": (
                [2.5 * (t + 1) for t in range(10)],
                "You add up the input without any reset. Each spike takes 1 away.",
            ),
            "early": (
                [1.5 * t for t in range(10)],
                "Your list begins one step early: the first value is V after the first step.",
            ),
            "charged": (
                [1.5 * t + 2.5 for t in range(10)],
                "This is H, before the reset. V is what the reset leaves.",
            ),
        },
    ),
}
