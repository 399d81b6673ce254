"""Tests of snnbook.visualizing: what the artists of each picture say about the data."""

import io
import itertools
import pickle
import subprocess
import sys
from decimal import Decimal

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
    MANY,
    MEMBRANE,
    NEGATIVE,
    SPIKE,
    book_look,
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


def rates(ax):
    """Return the length of each horizontal bar in `ax`, from row 0 on, and its colour."""
    (areas,) = ax.collections
    corners = np.concatenate(areas.get_segments()).reshape(-1, 4, 2)
    corners = corners[corners[:, 0, 1].argsort()]
    rows = np.arange(len(corners))
    low, high = rows - 0.4, rows + 0.4
    assert corners[:, :, 1] == pytest.approx(np.column_stack([low, low, high, high]))
    assert (corners[:, [0, 3], 0] == 0).all()
    assert (corners[:, 1, 0] == corners[:, 2, 0]).all()
    return corners[:, 1, 0], areas.get_facecolors()


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


CALLS = {  # each function with small data and all its words
    "one_neuron": (plot_one_neuron_v_s, {"v": np.zeros(9), "s": np.eye(9)[3]}),
    "heatmap": (plot_2d_heatmap, {"array": np.eye(9, 4), **WORDS}),
    "spikes": (plot_1d_spikes, {"spikes": np.eye(9, 4), **WORDS}),
    "bars": (plot_2d_bar_in_3d, {"array": np.eye(9, 4), **WORDS_3D}),
    "maps": (
        plot_2d_feature_map,
        {"x3d": np.ones((6, 4, 5)), "nrows": 2, "ncols": 3, "space": 1, "title": ""},
    ),
}


def caller(function, words):
    return lambda **extra: function(**{**words, **extra})


DRAW = {name: caller(*call) for name, call in CALLS.items()}  # it only needs what is different


def given_axes(name):
    """Return new axes to draw into, as the argument of a function."""
    _, axes = plt.subplots(1, 2, subplot_kw={"projection": "3d"} if name == "bars" else {})
    return {"axes": axes} if name in ("one_neuron", "spikes") else {"ax": axes[0]}


def png(fig, **options):
    file = io.BytesIO()
    fig.savefig(file, format="png", **options)
    return file.getvalue()


def pixels(fig):
    """Return the red, green and blue of a figure's dots, row 0 at the bottom."""
    fig.canvas.draw()
    return np.asarray(fig.canvas.buffer_rgba())[::-1, :, :3].astype(int)


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
    given = given_axes(name)
    axes = np.ravel(list(given.values()))
    fig, other = axes[0].figure, plt.figure()  # the other one is now pyplot's current figure
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


SETTINGS = {
    "dark": "dark_background",
    "wild": {
        "text.usetex": True,
        "text.color": "red",
        "text.parse_math": False,
        "font.size": 30,
        "xtick.labelsize": 2,
        "xtick.direction": "in",
        "ytick.minor.visible": True,
        "axes.grid": True,
        "axes.spines.top": False,
        "axes.titley": 0.5,
        "axes.formatter.limits": (-1, 1),
        "axes.formatter.use_mathtext": True,
        "lines.linewidth": 9,
        "lines.marker": "x",
        "path.sketch": (1, 100, 2),
        "image.origin": "lower",
        "image.cmap": "jet",
        "figure.autolayout": True,
        "figure.facecolor": "blue",
        "figure.dpi": 30,
        "savefig.facecolor": "red",
        "savefig.edgecolor": "red",
    },
}


@pytest.mark.parametrize("settings", SETTINGS.values(), ids=SETTINGS)
@pytest.mark.parametrize("draw", DRAW.values(), ids=DRAW)
def test_settings_of_the_reader_do_not_spoil_a_new_figure(draw, settings):
    expected, before = png(draw(dpi=50)[0]), draw(dpi=50)[0]
    with plt.style.context(settings):
        assert png(draw(dpi=50)[0]) == expected
        assert png(before) == expected
        within = draw(dpi=50)[0]
    assert png(within) == expected


@pytest.mark.parametrize("name", DRAW)
def test_given_axes_keep_the_look_of_the_reader(name):
    with plt.style.context(["dark_background", {"font.size": 17, "axes.grid": False}]):
        fig, *axes = DRAW[name](**given_axes(name))
        shown = words(fig)
        assert png(fig) != png(DRAW[name]()[0])
    assert same_color(fig.get_facecolor(), "black")
    assert all(same_color(ax.get_facecolor(), "black") for ax in axes)
    assert all(same_color(text.get_color(), "white") for text in shown)
    titles = {ax.title.get_fontsize() for ax in axes}
    assert titles == {1.2 * 17}


def test_fonts_of_the_reader_stay_for_the_words_of_a_translation():
    with plt.style.context({"font.family": ["serif"]}):
        fig, _ = DRAW["heatmap"]()
    assert {tuple(text.get_fontfamily()) for text in words(fig)} == {("serif",)}


def test_book_look_for_a_figure_of_ones_own():
    reader = {"figure.facecolor": "red", "font.serif": ["a font"], "text.usetex": True}
    with mpl.rc_context(reader):
        with book_look():
            assert mpl.rcParams["font.serif"] == ["a font"]
            assert mpl.rcParams["text.usetex"] is False
            fig, ax = plt.subplots()
            ax.set_title("$V$")
            png(fig)
        assert mpl.rcParams["figure.facecolor"] == "red"
    assert same_color(fig.get_facecolor(), "white")


def test_a_file_is_saved_as_the_reader_asks():
    fig, _ = DRAW["heatmap"]()
    image = plt.imread(io.BytesIO(png(fig, transparent=True)))
    assert image[0, 0, 3] == 0
    image = plt.imread(io.BytesIO(png(fig, facecolor="lime", dpi=50)))
    assert image[0, 0].tolist() == [0, 1, 0, 1]
    assert image.shape[:2] == (220, 315)


@pytest.mark.parametrize("draw", DRAW.values(), ids=DRAW)
def test_a_figure_can_be_pickled(draw):
    fig = pickle.loads(pickle.dumps(draw(dpi=50)[0]))
    with plt.style.context("dark_background"):
        assert png(fig) == png(draw(dpi=50)[0])


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
            r"array is nan at \[0, 1\]; values not finite: 2, or beyond 1e\+100",
        ),
        (
            lambda: plot_2d_heatmap([torch.zeros(2), torch.zeros(3)], **WORDS),
            "array is not an array of real numbers: .*inhomogeneous.* a list of these",
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


class Nameless:
    def __repr__(self):
        raise AssertionError("no words for it")


ALL = object()
HUGE = 10**400
HOSTILE = [  # (functions, one argument or more, what the message says)
    # data of a wrong kind
    *[
        (
            ALL,
            {"data": data},
            "is not an array of real numbers: .*wanted .*T|C.*: numbers, an array",
        )
        for data in (
            {},
            {"a": 1},
            "abc",
            b"abc",
            None,
            ...,
            object(),
            Nameless(),
            {1, 2},
            [[1, 2], [3]],
            [1, [2]],
            [[1, None]],
            [["1", "2"]],
            [[HUGE, 1]],
            [[Decimal(1)]],
            [[1j]],
            np.array([["2020"]], "M8[Y]"),
            np.array([[1]], "m8[s]"),
            np.zeros(3, [("a", float)]),
            np.ma.masked_array(np.eye(9, 4), np.eye(9, 4) > 0),
            [np.ma.masked_array([1.0, 2.0], [0, 1])] * 2,
            torch.ones(3, 4, dtype=torch.complex64),
            torch.ones(3, 4, device="meta"),
            torch.nn.Linear(2, 2),
            [torch.zeros(2), 0.0],
            (number for number in [1.0]),
        )
    ],
    (ALL, {"data": np.ma.masked_array([[1.0]], [[True]])}, "masked cells.*fill them: .filled"),
    # data of a wrong shape, or out of range
    (ALL, {"data": 3.0}, "stack the steps: torch.stack"),
    (ALL, {"data": []}, "is empty: it has shape"),
    (ALL, {"data": np.zeros((0, 4))}, "is empty: it has shape"),
    (ALL, {"data": np.zeros((2, 2, 2, 2))}, "has shape .*, wanted"),
    ("maps", {"data": np.zeros(4)}, r"x3d\[None, None\]"),
    ("heatmap spikes bars", {"data": [[1e308, -1e308]]}, "values not finite: 2, or beyond"),
    ("heatmap spikes bars", {"data": [[0, -np.inf]]}, r"is -inf at \[0, 1\]"),
    ("heatmap spikes bars", {"data": [[np.longdouble("1e4000")]]}, "is inf at"),
    ("one_neuron", {"s": "0001"}, "s is not an array of real numbers"),
    ("one_neuron", {"h": [None] * 9}, "h is not an array of real numbers"),
    # one number
    *[
        ("one_neuron", {"v_threshold": value}, f"v_threshold {words}")
        for value, words in [
            ("high", "is not a real number: .*; wanted one number"),
            (None, "is not a real number"),
            (True, "is not a real number: True holds bool"),
            (HUGE, "is not a real number"),
            (1j, "is not a real number"),
            ({}, "is not a real number"),
            (Nameless(), "is not a real number"),
            (np.nan, "is nan"),
            (-np.inf, "is -inf"),
            (1e101, r"is 1e\+101"),
            ([], "is empty"),
            ([1, 2], r"has shape \[2\], wanted one number; index it: v_threshold\[0\]"),
        ]
    ],
    ("one_neuron", {"v_reset": "none"}, "v_reset is not a real number"),
    ("heatmap", {"x_max": "10"}, "x_max is not a real number: '10' holds <U2"),
    ("heatmap", {"x_max": True}, "x_max is not a real number"),
    ("heatmap", {"x_max": HUGE}, "x_max is not a real number"),
    ("heatmap", {"x_max": [20, 30]}, "x_max has shape"),
    ("heatmap", {"x_max": np.nan}, "x_max is nan"),
    ("heatmap", {"x_max": -1}, "x_max=-1 would hide some of T=9 steps"),
    # words, switches, counts
    *[
        (ALL, {"title": title}, f"title=.*: got {kind}, wanted str, as str")
        for title, kind in [(None, "NoneType"), (3, "int"), (b"a", "bytes"), (["a"], "list")]
    ],
    (ALL, {"title": Nameless()}, "title=<Nameless instance.*: got Nameless, wanted str"),
    (ALL, {"title": "$\\frac$"}, "title=.*Expected"),
    (ALL, {"title": "a word\n$x_$"}, "title=.*Expected"),
    ("one_neuron", {"threshold_label": 1.0}, "threshold_label=1.0: got float, wanted str"),
    ("one_neuron", {"v_label": "$\\nope$"}, "v_label=.*Unknown symbol"),
    ("one_neuron", {"v_label": 3}, "v_label=3: got int"),
    ("heatmap", {"colorbar_y_label": []}, r"colorbar_y_label=\[\]: got list"),
    ("spikes", {"firing_rate_map_title": 0}, "firing_rate_map_title=0: got int"),
    ("bars", {"zlabel": None}, "zlabel=None: got NoneType"),
    ("spikes", {"plot_firing_rate": "no"}, "plot_firing_rate='no': got str, wanted bool"),
    ("heatmap", {"plot_colorbar": 1}, "plot_colorbar=1: got int, wanted bool"),
    ("heatmap", {"int_x_ticks": None}, "int_x_ticks=None: got NoneType"),
    ("bars", {"int_z_ticks": "yes"}, "int_z_ticks='yes': got str"),
    *[
        ("maps", {name: value}, f"{name}=.*: got {type(value).__name__}, wanted int, as int")
        for name in ("nrows", "ncols", "space")
        for value in (2.5, 2.0, "2", True, None, [2], torch.tensor(2))
    ],
    ("maps", {"nrows": 10**9}, "nrows=1000000000, ncols=3, space=1: .*more than .* pixels"),
    ("maps", {"space": HUGE}, "space=1000.*more than .* pixels"),
    ("maps", {"space": -1}, "space=-1 is negative"),
    ("maps", {"ncols": 0}, "nrows=2 x ncols=0 has no room"),
    # arguments that there are not
    (ALL, {"sizes": 3}, "unexpected keyword argument 'sizes'; its arguments are .*title.*figsize"),
    ("spikes", {"x_max": "10"}, "plot_1d_spikes: .*'x_max'; its arguments are spikes, title"),
]
OF_A_NEW_FIGURE = [
    *[
        (ALL, {"dpi": dpi}, words)
        for dpi, words in [
            (0, r"figsize=\[6.3, 4.4\] with dpi=0, wanted"),
            (-5, "with dpi=-5, wanted"),
            (1e-9, "with dpi=1e-09"),
            (1e9, r"with dpi=1e\+09"),
            (HUGE, "dpi is not a real number"),
            (True, "dpi is not a real number: True holds bool"),
            ("200", "dpi is not a real number: '200' holds <U3"),
            (np.nan, "dpi is nan"),
            ([200, 300], "dpi has shape"),
        ]
    ],
    *[
        (ALL, {"figsize": size}, words)
        for size, words in [
            (6, r"figsize=\[6.0\] with dpi=200, wanted \(width, height\) in inches"),
            ((6, 4, 2), "figsize="),
            ([], "figsize="),
            ((0, 4), r"figsize=\[0.0, 4.0\]"),
            ((-6, -4), r"figsize=\[-6.0, -4.0\]"),
            ((1e9, 1e9), "each 50 to 16000 dots"),
            ("6,4", "figsize is not a real number"),
            (("6", "4"), "figsize is not a real number"),
            ((True, 4), "figsize is not a real number"),
            ((None, 4), "figsize is not a real number"),
            ({6: 4}, "figsize is not a real number"),
            ((np.nan, 4), "figsize is nan"),
        ]
    ],
]


def each(rows, *names):
    """Return a test's parameters for each row and each of its functions, or of those in `names`."""
    found = []
    for functions, arguments, message in rows:
        for name in DRAW if functions is ALL else functions.split():
            data = next(iter(CALLS[name][1]))  # the name of its data
            words = {data if key == "data" else key: value for key, value in arguments.items()}
            label = "-".join(f"{key}={type(value).__name__}" for key, value in words.items())
            if not names or name in names:
                found.append(pytest.param(name, words, message, id=f"{name}-{label}"))
    return found


def state(axes):
    """Return what can be seen of axes, and what they share."""
    return [
        (
            [*map(id, ax.get_children())],
            [text.get_text() for text in ax.findobj(mpl.text.Text)],
            (ax.get_xlim(), ax.get_ylim(), ax.get_position().bounds),
            (id(ax.xaxis.get_major_locator()), id(ax.yaxis.get_major_locator())),
            (len(ax.get_shared_x_axes().get_siblings(ax)), ax.axison),
            len(ax.get_shared_y_axes().get_siblings(ax)),
        )
        for ax in axes
    ]


def test_there_are_many_hostile_inputs():
    assert len(HOSTILE) + len(OF_A_NEW_FIGURE) > 100


@pytest.mark.parametrize(("name", "arguments", "message"), each(HOSTILE + OF_A_NEW_FIGURE))
def test_what_is_refused_leaves_no_figure(name, arguments, message):
    with pytest.raises((TypeError, ValueError), match=f"(?s){message}") as caught:
        DRAW[name](**arguments)
    assert plt.get_fignums() == []
    assert [word for word in arguments if word in str(caught.value)]


@pytest.mark.parametrize("name", DRAW)
def test_what_is_refused_leaves_given_axes_as_they_were(name):
    given = given_axes(name)
    axes = np.ravel(list(given.values()))
    axes[0].plot([1, 2], [3, 4])
    axes[0].set(title="mine", xlabel="time")
    before = state(axes)
    for _, arguments, message in (row.values for row in each(HOSTILE, name)):
        with pytest.raises((TypeError, ValueError), match=f"(?s){message}"):
            DRAW[name](**given, **arguments)
        assert state(axes) == before, arguments


def removed_axes():
    ax = plt.figure().add_subplot()
    ax.remove()
    return ax


AXES = {  # made of two ordinary Axes
    "text": lambda one, two: "ax",
    "number": lambda one, two: 3,
    "dict": lambda one, two: {"ax": one},
    "figure": lambda one, two: one.figure,
    "module": lambda one, two: plt,
    "class": lambda one, two: type(one),
    "none": lambda one, two: [],
    "None": lambda one, two: [one, None],
    "three": lambda one, two: [one, two, plt.figure().add_subplot()],
    "twice": lambda one, two: [one, one],
    "removed": lambda one, two: removed_axes(),
    "polar": lambda one, two: [plt.figure().add_subplot(projection="polar")],
    "polar and plain": lambda one, two: [plt.figure().add_subplot(projection="polar"), two],
}


@pytest.mark.parametrize("make", AXES.values(), ids=AXES)
@pytest.mark.parametrize("name", DRAW)
def test_wrong_axes_are_refused_and_left_as_they_were(name, make):
    _, axes = plt.subplots(2)
    word = "axes" if name in ("one_neuron", "spikes") else "ax"
    given = make(*axes)
    before, figures = state(axes), plt.get_fignums()
    with pytest.raises(ValueError, match=r"axes: wanted .*ax.* to draw into, got \d.*subplots\("):
        DRAW[name](**{word: given})
    assert state(axes) == before
    assert plt.get_fignums() == figures


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda ax: DRAW["one_neuron"](axes=ax), r"wanted \(ax_v, ax_s\) to draw into, got 1 Axes"),
        (lambda ax: DRAW["spikes"](axes=ax), r"wanted \(ax_raster, ax_rate\) to draw into, got 1"),
        (lambda ax: DRAW["spikes"](axes=[ax] * 2, plot_firing_rate=False), "wanted one Axes"),
        (lambda ax: DRAW["heatmap"](ax=[ax] * 2), "wanted ax to draw into, got 2 Axes"),
        (lambda ax: DRAW["bars"](ax=ax), "got 1 Axes; use .*'projection': '3d'"),
    ],
)
def test_errors_about_axes(call, message):
    _, ax = plt.subplots()
    with pytest.raises(ValueError, match=message):
        call(ax)
    assert not ax.has_data()


def test_remedy_for_wrong_axes_works():
    _, ax = plt.subplots()
    for name, word in [("one_neuron", "axes"), ("spikes", "axes"), ("bars", "ax")]:
        with pytest.raises(ValueError, match="use") as caught:
            DRAW[name](**{word: ax})
        _, axes = eval(str(caught.value).partition("use ")[2], {"plt": plt})
        DRAW[name](**{word: axes})


@pytest.mark.parametrize(("name", "along"), [("one_neuron", "sharex"), ("spikes", "sharey")])
def test_axes_that_share_with_others_are_refused(name, along):
    _, (one, two, three) = plt.subplots(3)
    getattr(two, along)(three)
    before = state((one, two, three))
    with pytest.raises(ValueError, match=f"axes: .*{along[-1]}-axis is already shared; use"):
        DRAW[name](axes=(one, two))
    assert state((one, two, three)) == before


def test_a_drawing_that_fails_closes_its_figure(monkeypatch):
    current = plt.figure()

    def imshow(*args, **kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr(mpl.axes.Axes, "imshow", imshow)
    with pytest.raises(KeyboardInterrupt):
        DRAW["heatmap"]()
    assert plt.get_fignums() == [current.number]
    assert plt.gcf() is current


def test_arguments_that_are_missing_or_too_many_are_named():
    for arguments in ((), (np.eye(3),), (np.eye(3),) * 20):
        with pytest.raises(TypeError, match=r"plot_2d_heatmap: .*; its arguments are array, title"):
            plot_2d_heatmap(*arguments)


@pytest.mark.parametrize("size", [(6, 4), [6, 4.0], np.array([6, 4]), torch.tensor([6.0, 4.0])])
def test_sizes_that_can_be_read(size):
    fig, _ = DRAW["heatmap"](figsize=size, dpi=torch.tensor(50))
    assert fig.get_size_inches().tolist() == [6, 4]
    assert fig.dpi == 50


def test_switches_and_counts_of_numpy_can_be_read():
    _, ax = DRAW["heatmap"](plot_colorbar=np.bool_(False), x_max=torch.tensor(12.0))
    assert ax.child_axes == []
    assert ax.get_xlim() == (-0.5, 11.5)
    nrows = np.int8(100)  # 100 * 100 does not fit
    assert DRAW["maps"](nrows=nrows, ncols=nrows)[1].images[0].get_array().shape == (499, 599)


def test_sparse_and_small_floats_can_be_read():
    for array in (
        torch.eye(3).to_sparse(),
        torch.eye(3).to(torch.float8_e4m3fn),
        torch.eye(3).to_sparse()[None][0].requires_grad_(),
        torch.complex(torch.zeros(3, 3), -torch.eye(3)).conj().imag,  # a view that is negated
    ):
        assert DRAW["heatmap"](array=array)[1].images[0].get_array().tolist() == np.eye(3).tolist()


def test_a_dollar_and_latex_of_the_reader_are_no_faulty_formulas():
    for title in ("$5", r"\$5 and \$6", "one\n$5", "$V$\n$H$"):
        png(DRAW["heatmap"](title=title, dpi=50)[0])
    with plt.style.context({"text.usetex": True}):  # not for mathtext to judge
        _, ax = plt.subplots()
        DRAW["heatmap"](title=r"$\text{}$", ax=ax)
    assert ax.get_title() == r"$\text{}$"


@pytest.mark.parametrize("size", [1e-200, 1e99])
@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("name", DRAW)
def test_the_greatest_and_the_smallest_values_are_drawn(name, size, sign):
    _, words = CALLS[name]
    names = ("v", "s") if name == "one_neuron" else [next(iter(words))]
    png(DRAW[name](**{word: sign * size * words[word] for word in names}, dpi=50)[0])


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
    widths, colors = rates(ax_rate)
    assert widths == pytest.approx(s.double().mean(dim=0).tolist())
    assert [same_color(color, NEGATIVE) for color in colors] == [row == 3 for row in range(8)]
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
        ([1e-9, 0], ["1e-09", "0"]),
        ([1e-320, 0], ["1e-320", "0"]),
        ([-2.5e7, 3], ["-2.5e+07", "3"]),
    ],
)
def test_rate_labels_adapt(rates, labels):
    _, _, ax_rate = plot_1d_spikes(np.tile(rates, (5, 1)), **WORDS)
    assert [text.get_text() for text in ax_rate.texts] == labels


def test_silent_neurons():
    _, ax, ax_rate = plot_1d_spikes(np.zeros((50, 8)), **WORDS)
    assert len(segments(ax)[0]) == 0
    assert ax_rate.get_xlim() == (0, 1.1)


@pytest.mark.parametrize("signs", [1, -1], ids=["positive", "signed"])
def test_ten_thousand_neurons_are_few_artists_with_every_spike(signs):
    s = np.random.default_rng(0).random((200, 10_000)) < 0.05
    s = s * np.where(np.arange(10_000) % 3, 1, signs)
    fig, ax, ax_rate = plot_1d_spikes(s, **WORDS)
    for panel in (ax, ax_rate):  # quick, since there is little to make and to draw
        (marks,) = panel.collections
        assert marks.get_rasterized()
        assert len(marks.get_paths()) < np.count_nonzero(s) / 50
        assert len(panel.findobj()) < 200

    (marks,) = ax.collections
    bundles = marks.get_segments()
    ends = np.concatenate(bundles).reshape(-1, 2, 2)
    assert (ends[:, 0, 0] == ends[:, 1, 0]).all()
    low, high = ends[:, 0, 1], ends[:, 1, 1]
    least = 0.5 * 10_000 / (ax.get_window_extent().height * 72 / fig.dpi)  # half a point
    assert low - high == pytest.approx(least / (2 if signs < 0 else 1), rel=1e-3)
    colors = np.repeat(marks.get_colors(), [len(bundle) // 2 for bundle in bundles], axis=0)
    negative = (colors == to_rgba(NEGATIVE)).all(axis=1)
    row = np.where(negative, high, low if signs < 0 else (low + high) / 2)
    drawn = np.zeros_like(s)
    drawn[ends[:, 0, 0].astype(int), row.round().astype(int)] = np.where(negative, -1, 1)
    assert len(ends) == np.count_nonzero(s)
    assert np.array_equal(drawn, s)

    widths, _ = rates(ax_rate)
    assert widths == pytest.approx(s.mean(axis=0))
    assert not ax_rate.texts


def test_few_spikes_are_lines_in_a_file_of_lines():
    for panel in plot_1d_spikes(spikes_of(8), **WORDS)[1:]:
        assert not panel.collections[0].get_rasterized()
    s = np.ones((MANY // 8, 8))
    assert len(plot_1d_spikes(s, **WORDS)[1].collections[0].get_paths()) == MANY
    s = np.ones((MANY // 8 + 1, 8))
    fig, ax, _ = plot_1d_spikes(s, **WORDS)
    assert len(ax.collections[0].get_paths()) < MANY / 50
    for kind in ("svg", "pdf"):
        file = io.BytesIO()
        fig.savefig(file, format=kind, dpi=50)
        assert file.tell() < 100_000


@pytest.mark.parametrize("dpi", [72, 100, 200])
@pytest.mark.parametrize("row", [100, 1234, 5678, 9900])
def test_the_one_spike_of_ten_thousand_neurons_is_seen(row, dpi):
    s = np.zeros((50, 10_000))
    s[20, row] = 1
    fig, ax, _ = plot_1d_spikes(s, **WORDS, dpi=dpi)
    red, _, blue = np.moveaxis(pixels(fig), -1, 0)
    x, y = ax.transData.transform((20, row)).astype(int)
    assert (red - blue)[y - 2 : y + 3, x - 3 : x + 4].max() > 40  # orange


def test_a_neuron_with_many_spikes_is_few_artists():
    t = np.arange(20_000)
    _, ax_v, ax_s = plot_one_neuron_v_s(t / 20_000, t % 2 - t % 3, h=t / 10_000)
    for ax in (ax_v, ax_s):
        assert len(ax.collections[0].get_paths()) < 300
    ends = np.concatenate(ax_s.collections[0].get_segments()).reshape(-1, 2, 2)
    ends = ends[ends[:, 0, 0].argsort()]
    fired = t[t % 2 != t % 3]
    assert ends[:, :, 0].tolist() == np.column_stack([fired, fired]).tolist()
    assert ends[:, 1, 1].tolist() == (fired % 2 - fired % 3).tolist()
    assert (ends[:, 0, 1] == 0).all()


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
