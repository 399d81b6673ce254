"""Answers to the exercises of the chapter Visualization."""

import math

import matplotlib.pyplot as plt
import numpy as np
import torch

from snnbook.visualizing import plot_1d_spikes

from . import right, wrong

# --- warm-up -------------------------------------------------------------------------------------

WARM_UP = "visualization/warm-up"

right(WARM_UP)([0.25, 0.25, False])
right(WARM_UP)((1 / 4, torch.tensor(0.25), np.bool_(False)))
right(WARM_UP)([0.25, 0.25, torch.tensor(False)])

wrong(WARM_UP, "input")([0.26, 0.30, True])
wrong(WARM_UP, "spikes|count|rate")([25, 25, False])
wrong(WARM_UP, "raster")([0.25, 0.25, True])
wrong(WARM_UP, "strong|0.30|0.9")([0.25, 1 / 3, True])
wrong(WARM_UP, "interval|rate")([4, 4, False])
wrong(WARM_UP, "True or False")([0.25, 0.25, "no"])
wrong(WARM_UP, "True or False")([0.25, 0.25, 0])
wrong(WARM_UP, "None")([0.25, 0.25, None])
wrong(WARM_UP, "small|weak|0.26")([0.2, 0.25, True])
wrong(WARM_UP, "parts")([0.25, 0.25])
wrong(WARM_UP, "number")([[0.25] * 100, [0.25] * 100, False])
wrong(WARM_UP, "text")(["1/4", "1/4", False])
wrong(WARM_UP, "small|zero|0")([0, 0, False])
wrong(WARM_UP, "large|rate")([1.0, 1.0, False])


# --- derive --------------------------------------------------------------------------------------

DERIVE = "visualization/derive"


@right(DERIVE)
def the_solution(d, T):
    return sum(max(0, 1 - d / (T // m)) for m in range(1, T + 1))


@right(DERIVE)
def by_intervals(d, T):
    total, below = 0.0, 0.0
    for k in range(1, T + 1):
        share = max(0.0, 1 - d / k)
        total, below = total + (share - below) * (T // k), share
    return total


@right(DERIVE)
def with_torch(d, T):
    m = torch.arange(1, T + 1)
    return (1 - d / (T // m).double()).clamp(min=0).sum()


@wrong(DERIVE, "whole|floor|large")
def without_floors(d, T):
    return sum(max(0, 1 - d * m / T) for m in range(1, T + 1))


@wrong(DERIVE, "negative|below 0|max")
def without_the_maximum(d, T):
    return sum(1 - d / (T // m) for m in range(1, T + 1))


@wrong(DERIVE, "mean input")
def the_mean_input(d, T):
    return T / (2 * d)


@wrong(DERIVE, "rate|T")
def the_rate(d, T):
    return sum(max(0, 1 - d / (T // m)) for m in range(1, T + 1)) / T


@wrong(DERIVE, "ZeroDivisionError")
def from_zero(d, T):
    return sum(max(0, 1 - d / (T // m)) for m in range(T))[0]


@wrong(DERIVE, "last term")
def without_the_last(d, T):
    return sum(max(0, 1 - d / (T // m)) for m in range(1, T))


@wrong(DERIVE, "fewer than m")
def the_complement(d, T):
    return sum(min(1, d / (T // m)) for m in range(1, T + 1))


@wrong(DERIVE, "whole|round")
def rounded(d, T):
    return round(sum(max(0, 1 - d / (T // m)) for m in range(1, T + 1)))


@wrong(DERIVE, "depend|same")
def only_for_fifty(d, T):
    return sum(max(0, 1 - d / (50 // m)) for m in range(1, 51))


@wrong(DERIVE, "again|random|each time")
def by_chance(d, T):
    u = torch.rand(10_000)
    return (T // torch.ceil(d / u)).mean()


@wrong(DERIVE, "first|one term|at least")
def at_least_one(d, T):
    return max(0, 1 - d / T)


@wrong(DERIVE, "exchang|order")
def swapped(T, d):
    return sum(max(0, 1 - d / (T // m)) for m in range(1, T + 1))


@wrong(DERIVE, "list")
def the_terms(d, T):
    return [max(0, 1 - d / (T // m)) for m in range(1, T + 1)]


@wrong(DERIVE, "print")
def prints(d, T):
    print(sum(max(0, 1 - d / (T // m)) for m in range(1, T + 1)))


@wrong(DERIVE, "one|1")
def one_more(d, T):
    return 1 + sum(max(0, 1 - d / (T // m)) for m in range(1, T + 1))


@wrong(DERIVE, "TypeError")
def whole_d_only(d, T):
    return sum(max(0, 1 - d / (T // m)) for m in range(1, T + d)[:T])


# --- build ---------------------------------------------------------------------------------------

BUILD = "visualization/build"


def panels(**style):
    return plt.subplots(2, 1, sharex=True, **style)


def raster(s_seq, ax):
    plot_1d_spikes(s_seq, "spikes", "", "neuron", plot_firing_rate=False, axes=ax)


def bars(s_seq, ax):
    ax.bar(np.arange(len(s_seq)), s_seq.mean(dim=1).tolist(), width=1)


@right(BUILD)
def the_figure(s_seq):
    _, (top, low) = panels(height_ratios=(3, 1))
    raster(s_seq, top)
    bars(s_seq, low)
    return top, low


def marks(s_seq):
    t, n = s_seq.cpu().nonzero(as_tuple=True)
    return t.numpy(), n.numpy()


@right(BUILD)
def by_scatter(s_seq):
    _, (top, low) = panels()
    top.scatter(*marks(s_seq), marker="|")
    bars(s_seq, low)
    return [top, low]


@right(BUILD)
def by_eventplot(s_seq):
    fig = plt.figure()
    top = fig.add_subplot(2, 1, 1)
    low = fig.add_subplot(2, 1, 2, sharex=top)
    top.eventplot([column.nonzero().flatten().tolist() for column in s_seq.cpu().T])
    low.bar(range(len(s_seq)), s_seq.float().mean(1).tolist(), width=1)
    return top, low


@right(BUILD)
def by_plot(s_seq):
    _, axes = plt.subplots(2, sharex="col")
    axes[0].plot(*marks(s_seq), "k|")
    bars(s_seq, axes[1])
    return axes


@right(BUILD)
def by_vlines(s_seq):
    _, (top, low) = panels()
    t, n = marks(s_seq)
    top.vlines(t, n - 0.4, n + 0.4)
    bars(s_seq, low)
    return top, low


@right(BUILD)
def by_histogram(s_seq):
    _, (top, low) = panels()
    t, n = marks(s_seq)
    top.scatter(t, n, s=4)
    T, N = s_seq.shape
    low.hist(t, bins=np.arange(T + 1) - 0.5, weights=np.full(len(t), 1 / N))
    return top, low


@wrong(BUILD, "fraction|sum|number of neurons")
def sums(s_seq):
    _, (top, low) = panels()
    raster(s_seq, top)
    low.bar(np.arange(len(s_seq)), s_seq.sum(dim=1).tolist(), width=1)
    return top, low


@wrong(BUILD, "over the neurons|dimension|one bar|step")
def mean_over_time(s_seq):
    _, (top, low) = panels()
    raster(s_seq, top)
    low.bar(np.arange(s_seq.shape[1]), s_seq.mean(dim=0).tolist(), width=1)
    return top, low


@wrong(BUILD, "bars")
def a_line(s_seq):
    _, (top, low) = panels()
    raster(s_seq, top)
    low.plot(s_seq.mean(dim=1).tolist())
    return top, low


@wrong(BUILD, "bars")
def nothing_below(s_seq):
    _, (top, low) = panels()
    raster(s_seq, top)
    return top, low


@wrong(BUILD, "order|exchang|raster")
def in_the_other_order(s_seq):
    top, low = the_figure(s_seq)
    return low, top


@wrong(BUILD, "below|above")
def raster_below(s_seq):
    _, (top, low) = panels()
    raster(s_seq, low)
    bars(s_seq, top)
    return low, top


@wrong(BUILD, "not below")
def side_by_side(s_seq):
    _, (left, right) = plt.subplots(1, 2, sharex=True)
    raster(s_seq, left)
    bars(s_seq, right)
    return left, right


@wrong(BUILD, "all steps in sight")
def cut_off(s_seq):
    _, (top, low) = panels()
    raster(s_seq, top)
    bars(s_seq, low)
    low.set_xlim(-0.5, len(s_seq) - 1.5)
    return top, low


@wrong(BUILD, "exchang|transpos|time")
def transposed(s_seq):
    _, (top, low) = panels()
    t, n = marks(s_seq)
    top.scatter(n, t)
    bars(s_seq, low)
    return top, low


@wrong(BUILD, "last step|step 2|last")
def without_the_last_step(s_seq):
    _, (top, low) = panels()
    raster(s_seq[:-1], top)
    bars(s_seq, low)
    return top, low


@wrong(BUILD, "first step|step 0|spike")
def without_the_first_step(s_seq):
    _, (top, low) = panels()
    t, n = marks(s_seq)
    top.scatter(t[t > 0], n[t > 0])
    bars(s_seq, low)
    return top, low


@wrong(BUILD, "late|shift|one step|from 0")
def one_step_late(s_seq):
    _, (top, low) = panels()
    t, n = marks(s_seq)
    top.scatter(t + 1, n)
    low.bar(np.arange(len(s_seq)) + 1, s_seq.mean(dim=1).tolist(), width=1)
    return top, low


@wrong(BUILD, "late|shift|one step|bars")
def bars_one_step_late(s_seq):
    _, (top, low) = panels()
    raster(s_seq, top)
    low.bar(np.arange(len(s_seq)) + 1, s_seq.mean(dim=1).tolist(), width=1)
    return top, low


@wrong(BUILD, "same time axis|share")
def other_time_axes(s_seq):
    _, (top, low) = plt.subplots(2, 1)
    raster(s_seq, top)
    bars(s_seq, low)
    low.set_xlim(0, 5)
    return top, low


@wrong(BUILD, "Axes")
def returns_the_figure(s_seq):
    return the_figure(s_seq)[0].figure


@wrong(BUILD, "return")
def returns_nothing(s_seq):
    the_figure(s_seq)


@wrong(BUILD, "two|twice|same Axes|same")
def one_axes_twice(s_seq):
    _, ax = plt.subplots()
    raster(s_seq, ax)
    bars(s_seq, ax)
    return ax, ax


@wrong(BUILD, "percent|100|factor|fraction")
def percent(s_seq):
    _, (top, low) = panels()
    raster(s_seq, top)
    low.bar(np.arange(len(s_seq)), (100 * s_seq.mean(dim=1)).tolist(), width=1)
    return top, low


@wrong(BUILD, "bars")
def horizontal_bars(s_seq):
    _, (top, low) = panels()
    raster(s_seq, top)
    low.barh(np.arange(len(s_seq)), s_seq.mean(dim=1).tolist())
    return top, low


@wrong(BUILD, "narrower")
def narrow_bars(s_seq):
    _, (top, low) = panels()
    raster(s_seq, top)
    low.bar(np.arange(len(s_seq)), s_seq.mean(dim=1).tolist())
    return top, low


@wrong(BUILD, "silent|fraction")
def fraction_that_is_silent(s_seq):
    _, (top, low) = panels()
    raster(s_seq, top)
    low.bar(np.arange(len(s_seq)), (1 - s_seq.mean(dim=1)).tolist(), width=1)
    return top, low


@wrong(BUILD, "raster|mark")
def no_raster(s_seq):
    _, (top, low) = panels()
    bars(s_seq, low)
    return top, low


@wrong(BUILD, "in place|changes")
def changes_the_spikes(s_seq):
    axes = the_figure(s_seq)
    s_seq.zero_()
    return axes


@wrong(BUILD, "Axes|list|number")
def returns_the_numbers(s_seq):
    return s_seq, s_seq.mean(dim=1)


@wrong(BUILD, "neuron|every")
def only_the_first_neurons(s_seq):
    _, (top, low) = panels()
    raster(s_seq[:, :2], top)
    bars(s_seq, low)
    return top, low


@wrong(BUILD, "fraction|fire|active")
def divided_by_the_active(s_seq):
    _, (top, low) = panels()
    raster(s_seq, top)
    active = (s_seq.sum(dim=0) > 0).sum().clamp(min=1)
    low.bar(np.arange(len(s_seq)), (s_seq.sum(dim=1) / active).tolist(), width=1)
    return top, low


@wrong(BUILD, "raster|mark|dot")
def a_mark_for_every_neuron(s_seq):
    _, (top, low) = panels()
    T, N = s_seq.shape
    t, n = np.meshgrid(np.arange(T), np.arange(N))
    top.scatter(t, n)
    bars(s_seq, low)
    return top, low


@wrong(BUILD, "Error")
def raises(s_seq):
    _, (top, low) = panels()
    raster(s_seq, top)
    low.bar(np.arange(len(s_seq)), s_seq.mean(dim=2).tolist(), width=1)
    return top, low


@right(BUILD)
def by_cells(s_seq):
    _, (top, low) = panels()
    top.pcolormesh(s_seq.cpu().T.numpy(), cmap="gray_r")
    bars(s_seq, low)
    return top, low


@right(BUILD)
def by_a_dark_heat_map(s_seq):
    _, (top, low) = panels()
    top.imshow(1 - s_seq.cpu().T.numpy(), aspect="auto", cmap="gray")
    bars(s_seq, low)
    return top, low


@right(BUILD)
def without_empty_bars(s_seq):
    _, (top, low) = panels()
    raster(s_seq, top)
    fraction = s_seq.mean(dim=1)
    steps = fraction.nonzero()[:, 0]
    low.bar(steps.tolist(), fraction[steps].tolist(), width=1)
    return top, low


@right(BUILD)
def by_heat_map(s_seq):
    _, (top, low) = panels()
    top.imshow(s_seq.cpu().T.numpy(), aspect="auto", origin="lower", interpolation="nearest")
    bars(s_seq, low)
    return top, low


# --- break ---------------------------------------------------------------------------------------

BREAK = "visualization/break"

right(BREAK)([1.5 * (t + 1) for t in range(10)])
right(BREAK)(np.arange(1, 11) * 1.5)
right(BREAK)(torch.arange(1, 11) * 1.5)
right(BREAK)((torch.arange(1, 11) * 1.5).reshape(10, 1))

wrong(BREAK, "hard|lost|0")([0.0] * 10)
wrong(BREAK, "before|H|charg")([2.5 + 1.5 * t for t in range(10)])
wrong(BREAK, "before|after|first|late")([1.5 * t for t in range(10)])
wrong(BREAK, "subtract|reset|minus")([2.5 * (t + 1) for t in range(10)])
wrong(BREAK, "spikes")([1.0] * 10)
wrong(BREAK, "once|at most|stays|below")([0.5] * 10)
wrong(BREAK, "9|ten")([1.5 * (t + 1) for t in range(9)])
wrong(BREAK, "list")(15.0)
wrong(BREAK, "begins at 0")([1.5] * 10)
wrong(BREAK, "text")([f"{1.5 * (t + 1)}" for t in range(10)])
wrong(BREAK, "None")([None] * 10)
wrong(BREAK, "sign|negative")([-1.5 * (t + 1) for t in range(10)])
wrong(BREAK, "infinite or none")([math.nan] * 10)
wrong(BREAK, "order")([1.5 * (t + 1) for t in range(10)][::-1])
