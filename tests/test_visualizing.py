"""Tests of snnbook.visualizing: what the artists of each picture say about the data."""

import itertools
import subprocess
import sys

import matplotlib as mpl
import numpy as np
import pytest
import torch
from matplotlib import colormaps
from matplotlib import pyplot as plt
from matplotlib.collections import LineCollection
from matplotlib.colors import same_color, to_rgb, to_rgba
from matplotlib.text import Annotation
from mpl_toolkits.mplot3d import Axes3D

from snnbook import visualizing
from snnbook.visualizing import (
    MEMBRANE,
    NEGATIVE,
    SPIKE,
    plot_1d_spikes,
    plot_2d_bar_in_3d,
    plot_2d_feature_map,
    plot_2d_heatmap,
    plot_one_neuron_v_s,
)

WORDS = {"title": "a title", "xlabel": "steps", "ylabel": "neurons"}
WORDS_3D = {**WORDS, "zlabel": "height"}


@pytest.fixture(autouse=True)
def polite(monkeypatch):
    """Each test starts without a figure; nothing may show one or change matplotlib's settings."""

    def show(*args, **kwargs):
        raise AssertionError("pyplot.show was called")

    monkeypatch.setattr(plt, "show", show)
    plt.close("all")
    before = dict(mpl.rcParams)
    yield
    assert dict(mpl.rcParams) == before
    plt.close("all")


def integrate(x, v_threshold=1.0, soft=False):
    """Return H, S, V of an integrate-and-fire neuron."""
    v, steps = torch.zeros(x.shape[1:]), []
    for x_t in x:
        h = v + x_t
        s = (h >= v_threshold).to(h)
        v = h - v_threshold * s if soft else h * (1 - s)
        steps.append((h, s, v))
    return tuple(torch.stack(column) for column in zip(*steps, strict=True))


def spikes_of(N, T=50):
    return (torch.rand(T, N, generator=torch.Generator().manual_seed(N)) < 0.3).float()


def segments(ax):
    """Return the (x, lower y, upper y) of each vertical line in `ax`, and its colours."""
    (lines,) = (c for c in ax.collections if isinstance(c, LineCollection))
    ends = np.array(lines.get_segments()).reshape(-1, 2, 2)
    assert (ends[:, 0, 0] == ends[:, 1, 0]).all()
    colors = np.resize(lines.get_colors(), (len(ends), 4))
    return np.column_stack([ends[:, 0, 0], ends[:, :, 1]]), colors


def lightness(colors):
    return np.asarray(colors)[:, :3] @ [0.21, 0.72, 0.07]


def boxes(texts):
    return [text.get_window_extent() for text in texts]


def words(fig):
    """Return every text artist that a picture shows: not the tick labels beyond its axes."""
    fig.draw_without_rendering()
    beyond = []
    for axis in fig.findobj(mpl.axis.Axis):
        low, high = sorted(axis.get_view_interval())
        ticks = [tick for tick in axis.get_major_ticks() if not low <= tick.get_loc() <= high]
        beyond += [label for tick in ticks for label in (tick.label1, tick.label2)]
    shown = [text for text in fig.findobj(mpl.text.Text) if text not in beyond]
    shown = [text for text in shown if text.get_visible() and text.get_text()]
    return [text for text in shown if text.get_window_extent().width > 1]


def overlap(texts):
    return [(a, b) for a, b in itertools.combinations(boxes(texts), 2) if a.overlaps(b)]


def reference_lines(ax):
    return {line.get_ydata()[0]: line.get_linestyle() for line in ax.lines[1:]}


def feature_maps(x3d, *, title="", **extra):
    return plot_2d_feature_map(x3d, 2, 3, 1, title, **extra)


DRAW = {  # each function with small data and all its words: a call that only needs extra arguments
    "one_neuron": lambda **extra: plot_one_neuron_v_s(np.zeros(9), np.eye(9)[3], **extra),
    "heatmap": lambda **extra: plot_2d_heatmap(np.eye(9, 4), **WORDS, **extra),
    "spikes": lambda **extra: plot_1d_spikes(np.eye(9, 4), **WORDS, **extra),
    "bars": lambda **extra: plot_2d_bar_in_3d(np.eye(9, 4), **WORDS_3D, **extra),
    "maps": lambda **extra: feature_maps(np.ones((6, 4, 5)), **extra),
}


# Rules that all functions share


@pytest.mark.parametrize("draw", DRAW.values(), ids=DRAW)
def test_new_figure_is_white_wide_enough_and_not_too_wide(draw):
    fig, *axes = draw()
    assert plt.get_fignums() == [fig.number]
    assert same_color(fig.get_facecolor(), (1, 1, 1, 1))
    assert 1000 <= fig.get_figwidth() * fig.dpi <= 1300
    assert fig.axes[: len(axes)] == axes
    fig.canvas.draw()  # no warning
    inside = fig.bbox.padded(1)
    for box in boxes(words(fig)):
        assert inside.contains(box.x0, box.y0)
        assert inside.contains(box.x1, box.y1)


@pytest.mark.parametrize("draw", DRAW.values(), ids=DRAW)
def test_figsize_and_dpi_of_a_new_figure(draw):
    fig, *_ = draw(figsize=(5, 3), dpi=80)
    assert fig.get_size_inches().tolist() == [5, 3]
    assert fig.dpi == 80


@pytest.mark.parametrize("name", DRAW)
def test_draws_into_given_axes_only(name):
    kind = {"projection": "3d"} if name == "bars" else {}
    fig, axes = plt.subplots(1, 2, subplot_kw=kind)
    other = plt.figure()  # now pyplot's current figure
    given = {"axes": axes} if name in ("one_neuron", "spikes") else {"ax": axes[0]}
    got, *drawn = DRAW[name](**given)
    assert got is fig
    assert drawn == list(axes)[: len(drawn)]
    assert plt.gcf() is other
    assert other.axes == []
    assert len(plt.get_fignums()) == 2
    for extra in ({"figsize": (4, 3)}, {"dpi": 100}):
        with pytest.raises(ValueError, match="figsize and dpi are for a new figure"):
            DRAW[name](**given, **extra)


def test_figure_of_axes_in_a_subfigure_is_the_whole_figure():
    fig = plt.figure(layout="constrained")
    left, _ = fig.subfigures(1, 2)
    assert DRAW["heatmap"](ax=left.subplots())[0] is fig


@pytest.mark.parametrize("draw", DRAW.values(), ids=DRAW)
def test_dark_style_of_the_reader_leaves_black_on_white(draw):
    with plt.style.context("dark_background"):
        fig, *axes = draw()
        texts = words(fig)
    assert same_color(fig.get_facecolor(), "white")
    assert all(same_color(ax.get_facecolor(), "white") for ax in axes)
    assert all(same_color(text.get_color(), "black") for text in texts)
    frames = [spine for ax in axes for spine in ax.spines.values()]
    assert all(same_color(spine.get_edgecolor(), "black") for spine in frames)


def test_import_does_not_load_matplotlib():
    code = (
        "import importlib.util, sys;"
        f"spec = importlib.util.spec_from_file_location('viz', {visualizing.__file__!r});"
        "module = importlib.util.module_from_spec(spec); spec.loader.exec_module(module);"
        "assert not {'matplotlib', 'torch'} & set(sys.modules), 'too much is loaded'"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_colours_differ_for_every_reader():
    """Blue and orange differ in blue, which red-green colour-blind readers see; viridis rises."""
    assert abs(to_rgb(SPIKE)[2] - to_rgb(NEGATIVE)[2]) > 0.5
    assert MEMBRANE != SPIKE
    assert (np.diff(lightness(colormaps[visualizing.MAGNITUDE](np.linspace(0, 1, 20)))) > 0).all()


# What counts as data


T_N = [[0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]


@pytest.mark.parametrize(
    "array",
    [
        T_N,
        np.array(T_N, dtype=np.float16),
        np.array(T_N, dtype=bool),
        torch.tensor(T_N, dtype=torch.bfloat16),
        torch.tensor(T_N, dtype=torch.int64),
        torch.tensor(T_N, requires_grad=True),
        [torch.tensor(row, requires_grad=True) for row in T_N],
        tuple(np.array(row) for row in T_N),
    ],
    ids=["list", "half", "bool", "bfloat16", "int", "grad", "tensors", "arrays"],
)
def test_accepts_what_learners_have(array):
    _, ax = plot_2d_heatmap(array, **WORDS)
    assert ax.images[0].get_array().tolist() == np.transpose(T_N).tolist()
    _, ax, _ = plot_1d_spikes(array, **WORDS)
    lines, _ = segments(ax)
    assert [(t, round(a + b) / 2) for t, a, b in lines] == [(0, 1), (1, 0), (2, 0), (2, 1)]


@pytest.mark.parametrize(
    "v",
    [
        torch.tensor([0.25, 0.5]),
        torch.tensor([[0.25], [0.5]]),
        [torch.tensor(0.25), torch.tensor(0.5)],
        [torch.tensor([0.25]), torch.tensor([0.5])],
        [0.25, 0.5],
    ],
    ids=["[T]", "[T, 1]", "scalars", "one-element", "floats"],
)
def test_accepts_one_neuron(v):
    _, ax_v, _ = plot_one_neuron_v_s(v, v)
    assert ax_v.lines[0].get_ydata().tolist() == [0.25, 0.5]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: plot_one_neuron_v_s(np.zeros((9, 4)), np.zeros(9)),
            r"v has shape \[9, 4\], wanted \[T\]; index one neuron: v\[:, 0\]",
        ),
        (
            lambda: plot_one_neuron_v_s(np.zeros(9), np.zeros((9, 4, 2))),
            r"s has shape \[9, 4, 2\], wanted \[T\]; index one neuron: s\[:, 0, 0\]",
        ),
        (
            lambda: plot_one_neuron_v_s(0.5, np.zeros(9)),
            r"v has shape \[\], wanted \[T\]; stack the steps: torch.stack\(v_list\)",
        ),
        (
            lambda: plot_2d_heatmap(np.zeros(9), **WORDS),
            r"array has shape \[9\], wanted \[T, N\]; give .* a column: array\[:, None\]",
        ),
        (
            lambda: plot_1d_spikes(np.zeros((9, 4, 2)), **WORDS),
            r"spikes has shape \[9, 4, 2\].* flatten .*: spikes.reshape\(len\(spikes\), -1\)",
        ),
        (
            lambda: plot_2d_bar_in_3d(np.zeros((9, 4, 2)), **WORDS_3D),
            r"array has shape \[9, 4, 2\], wanted \[T, N\]",
        ),
        (
            lambda: feature_maps(np.zeros((5, 7, 6, 4, 4))),
            r"x3d has shape .*, wanted \[C, H, W\]; index one sample: x3d\[0, 0\]",
        ),
        (lambda: feature_maps(np.zeros((4, 4))), r"add the missing dimension: x3d\[None\]"),
        (lambda: plot_one_neuron_v_s([], []), r"v is empty: it has shape \[0\], wanted \[T\]"),
        (lambda: plot_1d_spikes(np.zeros((0, 4)), **WORDS), r"spikes is empty: .* \[0, 4\]"),
        (
            lambda: plot_2d_heatmap([[0, np.nan], [np.inf, 0]], **WORDS),
            r"array is nan at \[0, 1\]; values not finite: 2",
        ),
        (
            lambda: plot_2d_heatmap([torch.zeros(2), torch.zeros(3)], **WORDS),
            "array is not an array of real numbers: .*inhomogeneous",
        ),
        (
            lambda: plot_2d_heatmap(np.zeros((3, 2), dtype=complex), **WORDS),
            "array is not an array of real numbers: .*complex",
        ),
        (
            lambda: plot_one_neuron_v_s(np.zeros(9), np.zeros(8)),
            "v has 9 steps but s has 8",
        ),
        (
            lambda: plot_one_neuron_v_s(np.zeros(9), np.zeros(9), h=np.zeros(10)),
            "v has 9 steps but h has 10",
        ),
        (
            lambda: plot_one_neuron_v_s(np.zeros(9), np.zeros(9), v_threshold=torch.ones(3)),
            r"v_threshold has shape \[3\], wanted one number",
        ),
        (
            lambda: plot_one_neuron_v_s(np.zeros(9), np.zeros(9), v_reset=float("nan")),
            "v_reset is nan",
        ),
        (
            lambda: plot_2d_heatmap(np.zeros((9, 4)), **WORDS, x_max=8),
            r"x_max=8 would hide some of T=9 steps; slice: array\[:8\]",
        ),
        (
            lambda: plot_2d_feature_map(np.zeros((7, 4, 4)), 2, 3, 1, ""),
            "nrows=2 x ncols=3 has no room for C = 7 feature maps",
        ),
        (lambda: plot_2d_feature_map(np.zeros((6, 4, 4)), -2, -3, 1, ""), "nrows=-2 x ncols=-3"),
        (lambda: plot_2d_feature_map(np.zeros((6, 4, 4)), 2, 3, -1, ""), "space=-1 is negative"),
    ],
)
def test_errors_name_the_fault_and_leave_no_figure(call, message):
    with pytest.raises(ValueError, match=message):
        call()
    assert plt.get_fignums() == []


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda ax: DRAW["one_neuron"](axes=ax), r"wanted \(ax_v, ax_s\) to draw into, got 1"),
        (lambda ax: DRAW["spikes"](axes=ax), r"wanted \(ax_raster, ax_rate\) to draw into, got 1"),
        (lambda ax: DRAW["spikes"](axes=[ax] * 2, plot_firing_rate=False), "wanted one Axes"),
        (lambda ax: DRAW["heatmap"](ax=[ax] * 2), "wanted ax to draw into, got 2 Axes"),
        (lambda ax: DRAW["bars"](ax=ax), "ax is not 3D; make it with .*projection='3d'"),
    ],
)
def test_errors_about_axes(call, message):
    _, ax = plt.subplots()
    with pytest.raises(ValueError, match=message):
        call(ax)
    assert not ax.has_data()


# One neuron


@pytest.mark.parametrize("soft", [False, True], ids=["hard", "soft"])
def test_trace_rises_to_h_and_drops_to_v(soft):
    h, s, v = integrate(torch.full((40, 1), 0.3), soft=soft)
    _, ax_v, ax_s = plot_one_neuron_v_s(v, s, v_reset=None if soft else 0.0, h=h)
    x, y = ax_v.lines[0].get_data()
    assert x.tolist() == [t for t in range(40) for _ in "HV"]
    assert y[::2].tolist() == h[:, 0].tolist()
    assert y[1::2].tolist() == v[:, 0].tolist()

    drops, colors = segments(ax_v)
    t = torch.nonzero(s[:, 0])[:, 0]
    assert len(t) > 5
    expected = torch.column_stack([t, v[t, 0], h[t, 0]]).numpy()
    assert np.array_equal(drops, expected.astype(np.float64))
    assert (drops[:, 2] >= 1).all()  # the crossing can be seen
    assert all(same_color(color, SPIKE) for color in colors)

    sent, colors = segments(ax_s)
    assert sent.tolist() == [[step, 0, 1] for step in t.tolist()]
    assert all(same_color(color, SPIKE) for color in colors)


def test_without_h_the_trace_is_v():
    _, s, v = integrate(torch.full((40, 1), 0.3))
    _, ax_v, _ = plot_one_neuron_v_s(v, s)
    x, y = ax_v.lines[0].get_data()
    assert x.tolist() == list(range(40))
    assert y.tolist() == v[:, 0].tolist()
    assert same_color(ax_v.lines[0].get_color(), MEMBRANE)
    assert not ax_v.collections
    assert ax_v.get_ylabel() == "$V[t]$"


def test_panels_share_their_x_axis():
    _, ax_v, ax_s = DRAW["one_neuron"]()
    assert ax_v.get_xlim() == ax_s.get_xlim() == (-0.5, 8.5)
    ax_s.set_xlim(2, 4)
    assert ax_v.get_xlim() == (2, 4)


@pytest.mark.parametrize("shared", [False, True])
def test_given_panels_share_their_x_axis_too(shared):
    _, axes = plt.subplots(2, sharex=shared)
    _, ax_v, ax_s = DRAW["one_neuron"](axes=tuple(axes))
    ax_v.set_xlim(2, 4)
    assert ax_s.get_xlim() == (2, 4)


@pytest.mark.parametrize(
    ("threshold", "reset", "lines"),
    [
        (1.0, 0.0, {1.0: "--", 0.0: ":"}),
        (torch.nn.Parameter(torch.tensor(0.5)), torch.tensor(-0.25), {0.5: "--", -0.25: ":"}),
        (np.float32(2), None, {2.0: "--"}),
        (torch.tensor([3], dtype=torch.int32), 4, {3.0: "--", 4.0: ":"}),
    ],
)
def test_reference_lines(threshold, reset, lines):
    fig, ax_v, _ = plot_one_neuron_v_s(np.zeros(9), np.zeros(9), threshold, reset)
    assert reference_lines(ax_v) == lines
    labels = ["$V_{threshold}$", "$V_{reset}$"][: len(lines)]
    heights = {text.get_text(): text.xy[1] for text in ax_v.texts}
    assert heights == dict(zip(labels, lines, strict=True))
    assert not overlap(words(fig))


def test_reference_labels_never_overlap():
    fig, ax_v, _ = plot_one_neuron_v_s(np.full(9, 1000.0), np.zeros(9))
    fig.draw_without_rendering()
    assert not overlap(ax_v.texts)
    assert all(text.get_window_extent().x0 >= ax_v.bbox.x1 for text in ax_v.texts)


def test_every_word_of_one_neuron_can_be_replaced():
    fig, ax_v, ax_s = plot_one_neuron_v_s(
        np.zeros(9),
        np.zeros(9),
        title="1",
        h=np.zeros(9),
        xlabel="2",
        v_label="3",
        s_label="4",
        threshold_label="5",
        reset_label="6",
    )
    ax_v.set(xticks=[], yticks=[])
    ax_s.set(xticks=[], yticks=[])
    assert sorted(text.get_text() for text in words(fig)) == list("123456")


def test_default_words_are_symbols():
    fig, ax_v, ax_s = DRAW["one_neuron"](h=np.zeros(9))
    assert ax_v.get_title() == "$V[t]$ and $S[t]$"
    assert (ax_v.get_ylabel(), ax_s.get_ylabel()) == (r"$H[t] \to V[t]$", "$S[t]$")
    assert (ax_v.get_xlabel(), ax_s.get_xlabel()) == ("", "time step")
    assert len(fig.axes) == 2


def test_one_step():
    fig, ax_v, ax_s = plot_one_neuron_v_s([0.0], [1.0], h=[1.5])
    assert ax_v.get_xlim() == (-0.5, 0.5)
    assert segments(ax_s)[0].tolist() == [[0, 0, 1]]
    assert ax_v.lines[0].get_marker() == "o"
    fig.draw_without_rendering()
    assert {t.get_text() for t in ax_s.get_xticklabels() if t.get_text()} <= {"−1", "0", "1"}


def test_dots_only_where_steps_have_room():
    assert plot_one_neuron_v_s(np.zeros(50), np.zeros(50))[1].lines[0].get_marker() == "o"
    assert plot_one_neuron_v_s(np.zeros(1000), np.zeros(1000))[1].lines[0].get_marker() == ""


def test_graded_spikes_of_one_neuron_stand_as_high_as_they_are_great():
    s = np.array([0, 0.5, 0, -2, 1e-6])
    _, _, ax_s = plot_one_neuron_v_s(np.zeros(5), s)
    lines, colors = segments(ax_s)
    assert lines.tolist() == [[1, 0, 0.5], [3, 0, -2], [4, 0, 1e-6]]
    assert [tuple(color) for color in colors] == [to_rgba(c) for c in (SPIKE, NEGATIVE, SPIKE)]
    low, high = ax_s.get_ylim()
    assert low < -2
    assert high > 0.5


def test_smallest_spike_is_seen():
    fig, _, ax_s = plot_one_neuron_v_s(np.zeros(5), [0, 0, 1e-6, 0, 1])
    fig.canvas.draw()
    red, _, blue, _ = np.moveaxis(np.asarray(fig.canvas.buffer_rgba())[::-1].astype(int), -1, 0)
    x, y = ax_s.transData.transform((2, 0)).astype(int)
    assert (red - blue)[y : y + 5, x - 3 : x + 4].max() > 100  # orange


def test_silent_neuron_has_an_empty_panel_from_0_to_1():
    _, _, ax_s = plot_one_neuron_v_s(np.zeros(9), np.zeros(9))
    assert len(segments(ax_s)[0]) == 0
    assert ax_s.get_ylim() == (0, 1.1)


# Heat map


@pytest.mark.parametrize("x_max", [None, 9, 12])
def test_columns_are_never_stretched(x_max):
    array = np.arange(36.0).reshape(9, 4)
    _, ax = plot_2d_heatmap(array, **WORDS, x_max=x_max)
    (image,) = ax.images
    assert list(image.get_extent()) == [-0.5, 8.5, 3.5, -0.5]
    assert image.get_array().tolist() == array.T.tolist()
    assert ax.get_xlim() == (-0.5, (x_max or 9) - 0.5)
    assert ax.get_ylim() == (3.5, -0.5)
    assert image.get_cmap().name == "viridis"
    assert (ax.get_title(), ax.get_xlabel(), ax.get_ylabel()) == tuple(WORDS.values())


def test_heatmap_as_the_tutorial_calls_it():
    fig, ax = plot_2d_heatmap(
        array=np.zeros((50, 32)),
        title="membrane potentials",
        xlabel="simulating step",
        ylabel="neuron index",
        int_x_ticks=True,
        x_max=50,
        figsize=(12, 8),
        dpi=200,
    )
    assert fig.get_size_inches().tolist() == [12, 8]
    assert ax.get_xlim() == (-0.5, 49.5)


def test_colorbar():
    _, ax = plot_2d_heatmap(np.eye(9, 4), **WORDS, colorbar_y_label="potential")
    (bar,) = ax.child_axes
    assert bar.get_ylabel() == "potential"
    assert bar.get_ylim() == (0, 1)
    _, ax = plot_2d_heatmap(np.eye(9, 4), **WORDS, plot_colorbar=False)
    assert ax.child_axes == []


@pytest.mark.parametrize("layout", [None, "constrained"])
def test_heatmap_above_raster_lines_up_to_the_step(layout):
    s = spikes_of(8)
    fig, (upper, lower) = plt.subplots(2, sharex=True, layout=layout)
    plot_2d_heatmap(s, **WORDS, x_max=50, ax=upper)
    plot_1d_spikes(s, **WORDS, plot_firing_rate=False, axes=lower)
    fig.draw_without_rendering()
    assert upper.get_xlim() == lower.get_xlim() == (-0.5, 49.5)
    assert upper.bbox.x0 == pytest.approx(lower.bbox.x0)
    assert upper.bbox.x1 == pytest.approx(lower.bbox.x1)
    to_pixel = lower.transData.transform
    column = upper.images[0].get_window_extent().width / 50
    for t, row, _ in segments(lower)[0]:
        left = upper.images[0].get_window_extent().x0 + t * column
        assert left < to_pixel((t, row))[0] < left + column


# Raster and firing rates


def test_raster_draws_each_spike_in_its_step_and_row():
    s = spikes_of(8)
    _, ax, _ = plot_1d_spikes(s, **WORDS)
    lines, colors = segments(ax)
    rows = lines[:, 1:].mean(axis=1)
    assert np.column_stack([lines[:, 0], rows]) == pytest.approx(torch.nonzero(s).numpy())
    assert lines[:, 1] - lines[:, 2] == pytest.approx(0.8)
    assert all(same_color(color, SPIKE) for color in colors)
    assert ax.get_xlim() == (-0.5, 49.5)
    assert ax.get_ylim() == (7.5, -0.5)
    assert (ax.get_title(), ax.get_xlabel(), ax.get_ylabel()) == tuple(WORDS.values())


def test_spike_is_narrower_than_its_step():
    for T in (5, 50, 400):
        fig, ax, _ = plot_1d_spikes(spikes_of(8, T), **WORDS)
        fig.draw_without_rendering()
        step = ax.get_window_extent().width * 72 / fig.dpi / T
        (lines,) = ax.collections
        assert 0.5 <= lines.get_linewidth()[0] <= max(0.8 * step, 0.5)


def test_graded_spikes_in_the_raster():
    s = np.array([[0, 0.5], [1e-9, 2]])
    lines, colors = segments(plot_1d_spikes(s, **WORDS)[1])
    assert lines[:, 0].tolist() == [0, 1, 1]
    assert lines[:, 1] - lines[:, 2] == pytest.approx([0.425, 0.3, 0.8])  # 0.3 to 0.8 of a row
    assert all(same_color(color, SPIKE) for color in colors)


def test_negative_spikes_hang_and_are_blue():
    s = np.array([[-1.0, 0.5], [0, -0.5]])
    lines, colors = segments(plot_1d_spikes(s, **WORDS)[1])
    # x, lower end, upper end; y grows downward
    assert lines == pytest.approx(np.array([[0, 0.4, 0], [0, 1, 0.725], [1, 1.275, 1]]))
    assert [tuple(color) for color in colors] == [to_rgba(c) for c in (NEGATIVE, SPIKE, NEGATIVE)]


def test_firing_rate_is_the_mean_over_time():
    s = spikes_of(8)
    s[:, 3] *= -1
    fig, ax, ax_rate = plot_1d_spikes(s, **WORDS, firing_rate_map_title="rate")
    widths = [bar.get_width() for bar in ax_rate.patches]
    assert widths == pytest.approx(s.double().mean(dim=0).tolist())
    assert [bar.get_y() + bar.get_height() / 2 for bar in ax_rate.patches] == list(range(8))
    assert same_color(ax_rate.patches[3].get_facecolor(), NEGATIVE)
    assert same_color(ax_rate.patches[4].get_facecolor(), SPIKE)
    assert ax_rate.get_title() == "rate"
    assert [text.get_text() for text in ax_rate.texts] == [f"{width:.2f}" for width in widths]
    ax.set_ylim(5.5, 1.5)  # look at fewer neurons: the panels stay together, labels in the picture
    assert ax_rate.get_ylim() == (5.5, 1.5)
    labels = [text for text in words(fig) if text in ax_rate.texts]
    assert labels == ax_rate.texts[2:6]
    assert not overlap(words(fig))


@pytest.mark.parametrize("N", [1, 8, 32, 64, 200])
def test_rates_are_legible(N):
    fig, _, ax_rate = plot_1d_spikes(spikes_of(N), **WORDS)
    texts = words(fig)
    assert not overlap(texts)
    labels = [text for text in ax_rate.texts if isinstance(text, Annotation)]
    assert len(labels) == (N if N <= 32 else 0)
    for label in labels:  # on the white margin, in black, and large enough
        assert same_color(label.get_color(), "black")
        assert label.get_window_extent().x0 >= ax_rate.bbox.x1
        assert label.get_fontsize() * fig.dpi / 72 >= 14  # of 1280 dots: 9 px at 800 px
    assert len([tick for tick in ax_rate.get_xticks() if tick >= 0]) >= 2  # an axis to read


@pytest.mark.parametrize(
    ("rates", "labels"),
    [
        ([0.5, 0, 1], ["0.50", "0.00", "1.00"]),
        ([0.004, 0.0001], ["0.0040", "0.0001"]),
        ([-0.001, 0.5], ["0.00", "0.50"]),
        ([0, 0], ["0.00", "0.00"]),
        ([30.25, -2], ["30.25", "-2.00"]),
    ],
)
def test_rate_labels_adapt(rates, labels):
    _, _, ax_rate = plot_1d_spikes(np.tile(rates, (5, 1)), **WORDS)
    assert [text.get_text() for text in ax_rate.texts] == labels


def test_silent_neurons():
    _, ax, ax_rate = plot_1d_spikes(np.zeros((50, 8)), **WORDS)
    assert len(segments(ax)[0]) == 0
    assert ax_rate.get_xlim() == (0, 1.1)


def test_raster_without_rates():
    fig, ax, ax_rate = plot_1d_spikes(spikes_of(8), **WORDS, plot_firing_rate=False)
    assert ax_rate is None
    assert fig.axes == [ax]


@pytest.mark.parametrize("layout", [None, "constrained"])
def test_rates_in_given_axes_share_the_rows_and_stay_legible(layout):
    fig, axes = plt.subplots(1, 2, figsize=(6, 3), layout=layout)
    words = {**WORDS, "title": "a\ntitle\nof\nfive\nlines"}  # a layout makes room for it
    _, ax, ax_rate = plot_1d_spikes(spikes_of(16), **words, axes=axes)
    fig.draw_without_rendering()
    assert len(ax_rate.texts) == 16
    assert not overlap(ax_rate.texts)
    ax.set_ylim(5, 2)
    assert ax_rate.get_ylim() == (5, 2)


# Bars in 3D


def test_bars_are_as_high_and_as_bright_as_their_values(monkeypatch):
    calls = []

    def bar3d(self, *args, color, _bar3d=Axes3D.bar3d):
        calls.append((np.column_stack(np.broadcast_arrays(*args)), color))
        return _bar3d(self, *args, color=color)

    monkeypatch.setattr(Axes3D, "bar3d", bar3d)
    array = np.array([[0.5, -0.25], [1, 0], [0.25, 0.75]])  # T = 3, N = 2
    _, ax = plot_2d_bar_in_3d(array, **WORDS_3D)
    ((bars, colors),) = calls
    x, y, z, dx, dy, dz = bars.T
    assert x + dx / 2 == pytest.approx([0, 1, 0, 1, 0, 1])
    assert y + dy / 2 == pytest.approx([0, 0, 1, 1, 2, 2])
    assert z.tolist() == [0] * 6
    assert dz.tolist() == array.ravel().tolist()
    bottom, top = ax.get_zlim()
    assert bottom < -0.25
    assert top > 1
    assert np.argsort(lightness(colors)).tolist() == np.argsort(dz).tolist()
    labels = (ax.get_title(), ax.get_xlabel(), ax.get_ylabel(), ax.get_zlabel())
    assert labels == tuple(WORDS_3D.values())


def test_bars_draw_zeros_and_a_given_3d_axes():
    fig = plt.figure()
    ax = fig.add_subplot(projection="3d")
    assert plot_2d_bar_in_3d(np.zeros((3, 2)), **WORDS_3D, ax=ax) == (fig, ax)
    fig.canvas.draw()


@pytest.mark.parametrize("whole", [False, True])
def test_whole_ticks(whole):
    ticks = {f"int_{axis}_ticks": whole for axis in "xyz"}
    fig, ax = plot_2d_bar_in_3d(np.ones((2, 2)), **WORDS_3D, **ticks)
    fig.draw_without_rendering()
    for values in (ax.get_xticks(), ax.get_yticks(), ax.get_zticks()):
        assert (values % 1 == 0).all() == whole


# Feature maps


@pytest.mark.parametrize("space", [0, 1, 2])
def test_maps_lie_row_by_row_with_gaps(space):
    maps = np.arange(5 * 3 * 4.0).reshape(5, 3, 4)
    _, ax = plot_2d_feature_map(maps, 2, 3, space, "maps")
    sheet = ax.images[0].get_array()
    assert sheet.shape == (2 * 3 + space, 3 * 4 + 2 * space)
    left = np.ma.getmaskarray(sheet).copy()
    for c in range(6):
        i, j = c // 3 * (3 + space), c % 3 * (4 + space)
        if c < 5:
            assert sheet[i : i + 3, j : j + 4].tolist() == maps[c].tolist()
            left[i : i + 3, j : j + 4] = True
        else:  # no sixth map: its place stays empty
            assert np.ma.getmaskarray(sheet)[i : i + 3, j : j + 4].all()
    assert left.all()  # all that is not a map is a gap
    assert ax.get_title() == "maps"
    assert not ax.axison


def test_gaps_are_white():
    fig, ax = plot_2d_feature_map(np.zeros((2, 4, 4)), 1, 2, 4, "")
    fig.canvas.draw()
    pixels = np.asarray(fig.canvas.buffer_rgba())[::-1]
    x, y = ax.transData.transform((5.5, 2)).astype(int)  # between the two maps
    assert pixels[y, x].tolist() == [255, 255, 255, 255]
    x, y = ax.transData.transform((2, 2)).astype(int)
    assert pixels[y, x].tolist() != [255, 255, 255, 255]
