"""Pictures of what spiking neurons did: potentials, spikes, firing rates, feature maps.

All functions follow the same rules.

- **Data**: a torch tensor (any device, any real dtype, with or without a gradient), a NumPy array,
  or a list with one of these per time step. Time comes first, counted in steps.
- **Time**: step ``t`` fills the interval from ``t - 0.5`` to ``t + 0.5`` in every picture, so
  pictures that share their x axis line up to the step.
- **Axes**: without ``ax`` (or ``axes``) a new pyplot figure is made, in the look of the book (see
  `book_look`), ``figsize`` inches large at ``dpi`` dots per inch, by default 6.3 x 4.4 inches at
  200. With ``ax`` the picture goes into your axes, in their look, and ``figsize`` and ``dpi`` are
  an error. The figure always comes back first.
- **Words**: every word in a picture is an argument, so a translated edition can replace it.
  ``int_x_ticks``, ``int_y_ticks``, ``int_z_ticks`` ask for whole numbers only on an axis.
- **Colours**, safe for colour-blind readers: potentials blue, spikes orange, negative spikes blue
  and pointing down, magnitudes from dark violet (low) to yellow (high).
- **Errors** name the argument. A TypeError: a word, a switch or a count of another type. A
  ValueError: data of a wrong shape, empty, masked, not finite or not real; a number out of range;
  a faulty formula; Axes of a wrong kind. Everything is read before anything is drawn: what is
  refused leaves no figure behind, and your axes as they were.

Nothing here changes matplotlib's settings or shows a figure: a notebook shows it by itself, a
script calls ``matplotlib.pyplot.show()``.
"""

from __future__ import annotations

import sys
from contextlib import AbstractContextManager, contextmanager
from functools import partial, wraps
from inspect import signature
from reprlib import repr as short
from typing import TYPE_CHECKING, Any, TypeVar, cast

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import ArrayLike, NDArray

__all__ = ["book_look", "plot_1d_spikes", "plot_2d_bar_in_3d", "plot_2d_feature_map"]
__all__ += ["plot_2d_heatmap", "plot_one_neuron_v_s"]

Plot = TypeVar("Plot", bound="Callable[..., Any]")

MEMBRANE, SPIKE, NEGATIVE = "#0072B2", "#D55E00", "#0072B2"  # Okabe and Ito's blue and vermilion
MAGNITUDE = "viridis"
SPIKE_WIDTH, SPIKE_HEIGHT = (0.5, 2.5), 0.5  # points: from and to, less than a step; at least
MANY, BUNDLE = 5000, 100  # more marks than this are drawn in bundles of so many
FIGSIZE, DPI, SIDES = (6.3, 4.4), 200, (50, 16000)  # inches; dots an inch; dots a side
GREATEST = 1e100  # beyond it matplotlib's own sums become infinite

# What each layout wants from an array with too few or too many dimensions.
_REMEDIES = {
    "one number": ("", "index it: {name}[{zero}]"),
    "[T]": ("stack the steps: torch.stack({name}_list)", "index one neuron: {name}[:, {zero}]"),
    "[T, N]": ("give it a column: {name}[:, None]", "flatten it: {name}.reshape(len({name}), -1)"),
    "[C, H, W]": ("add the missing dimension: {name}[{none}]", "index one sample: {name}[{zero}]"),
}
_TYPES = {"bool": (bool, np.bool_), "int": (int, np.integer), "str": (str,)}  # by annotation


def _mpl() -> Any:
    """Return matplotlib with all its parts; it loads when a picture is first drawn."""
    import matplotlib.pyplot

    return matplotlib


def book_look() -> AbstractContextManager[None]:
    """Draw in the look of the book: matplotlib's own settings, and the fonts of the reader.

    A picture keeps the look in which it is drawn; a file has the look in which it is saved.
    """
    fonts = _mpl().rcParams.find_all(r"^font\.(family|sans-serif|serif|monospace)$")
    look: AbstractContextManager[None] = _mpl().style.context(["default", fonts])
    return look


def _plot(draw: Plot) -> Plot:
    """Have the words, switches and counts of a plot read, as annotated, before it begins."""
    wanted = signature(draw)

    @wraps(draw)
    def plot(*args: Any, **kwargs: Any) -> Any:
        try:
            given = wanted.bind(*args, **kwargs)
        except TypeError as error:
            names = ", ".join(wanted.parameters)
            raise TypeError(f"{draw.__name__}: {error}; its arguments are {names}") from None
        for name, value in given.arguments.items():
            kind, *others = wanted.parameters[name].annotation.split(" | ")
            if kind in _TYPES and not (others and value is None):
                try:
                    given.arguments[name] = _read(value, kind)
                except (TypeError, ValueError) as error:
                    raise type(error)(f"{name}={short(value)}: {error}") from None
        return draw(*given.args, **given.kwargs)

    plot.__doc__ = f"{draw.__doc__}\n    Raises:\n        TypeError, ValueError: see the rules.\n"
    return cast("Plot", plot)


def _read(value: Any, kind: str) -> Any:
    types: Any = _TYPES[kind]
    if not isinstance(value, types) or (isinstance(value, bool) and kind != "bool"):
        raise TypeError(f"got {type(value).__name__}, wanted {kind}, as {kind}() makes it")
    if kind == "str" and not _mpl().rcParams["text.usetex"]:
        for line in filter(_mpl().cbook.is_math_text, value.split("\n")):  # it has a formula
            _mpl().mathtext.MathTextParser("path").parse(line)
    return types[0](value)


@_plot
def plot_one_neuron_v_s(
    v: ArrayLike,
    s: ArrayLike,
    v_threshold: ArrayLike = 1.0,
    v_reset: ArrayLike | None = 0.0,
    title: str = "$V[t]$ and $S[t]$",
    figsize: tuple[float, float] | None = None,
    dpi: float | None = None,
    *,
    h: ArrayLike | None = None,
    axes: Sequence[Axes] | None = None,
    xlabel: str = "time step",
    v_label: str | None = None,
    s_label: str = "$S[t]$",
    threshold_label: str = "$V_{threshold}$",
    reset_label: str = "$V_{reset}$",
) -> tuple[Figure, Axes, Axes]:
    r"""Draw the membrane potential of one neuron above its spikes.

    ``v`` is the potential *after* reset, so on its own it hides why the neuron fired: at a spike
    it shows where the reset left it, never the crossing of the threshold. Give ``h`` too and the
    trace rises to H[t], reaches or passes the threshold at every spike, and drops to V[t].

    Args:
        v: V[t], potential after reset, shape [T] or [T, 1].
        s: S[t], spikes, shape [T] or [T, 1]; any value but 0 is drawn, as high as it is great.
        v_threshold: one number, drawn as a dashed line named ``threshold_label``.
        v_reset: one number, drawn as a dotted line named ``reset_label``; None (soft reset): none.
        h: H[t], potential after charging and before firing, shape [T] or [T, 1].
        axes: ``(ax_v, ax_s)`` to draw into, whose x axes are then shared.
        v_label: label of the potential; None means V[t], or H[t] \to V[t] where ``h`` is given.
    """
    potential, spikes = _numbers(v, "v", "[T]"), _numbers(s, "s", "[T]")
    charged = potential if h is None else _numbers(h, "h", "[T]")
    T = len(potential)
    for name, other in (("s", spikes), ("h", charged)):
        if len(other) != T:
            raise ValueError(f"v has {T} steps but {name} has {len(other)}")
    lines = [(_numbers(v_threshold, "v_threshold", "one number"), threshold_label, "--")]
    if v_reset is not None:
        lines.append((_numbers(v_reset, "v_reset", "one number"), reset_label, ":"))
    if v_label is None:
        v_label = "$V[t]$" if h is None else r"$H[t] \to V[t]$"
    t, fired = np.arange(T), spikes != 0
    at, sent = t[fired], spikes[fired]
    panels = {"nrows": 2, "sharex": True, "height_ratios": (3, 1)}
    with _sheet(axes, "(ax_v, ax_s)", figsize, dpi, **panels) as (figure, ax_v, ax_s):
        _dress(ax_v, (True, False), title, "", v_label)
        _dress(ax_s, (True, bool((spikes % 1 == 0).all())), "", xlabel, s_label)
        ax_v.set_xlim(-0.5, T - 0.5)
        width = np.clip(0.7 * _room(ax_v, T)[0], *SPIKE_WIDTH)
        if h is None:
            x, y = t, potential
        else:  # at every step the trace visits H[t], then V[t]
            x, y = np.repeat(t, 2), np.column_stack([charged, potential]).ravel()
            ends = at, potential[fired], at, charged[fired]
            _draw_marks(ax_v, ends, np.abs(sent), linewidth=width, zorder=3)
        dots = "o" if width == SPIKE_WIDTH[1] else ""  # one dot a step, where there is room
        ax_v.plot(x, y, color=MEMBRANE, linewidth=0.75 * width, marker=dots, markersize=3)
        for rank, (level, label, dashes) in enumerate(sorted(lines, reverse=True)):
            ax_v.axhline(level, color=_ink(ax_v), linestyle=dashes, linewidth=1, zorder=1)
            _write_beside(ax_v, level, label, va="top" if rank else "bottom")
        _draw_marks(ax_s, (at, 0, at, sent), sent, linewidth=width)
        # A dot where the line is too short to see.
        ax_s.scatter(at, sent, width**2, color=np.where(sent < 0, NEGATIVE, SPIKE), zorder=3)
        ax_s.axhline(0, color=_ink(ax_v), linewidth=0.8)
        ax_s.set_ylim(_span(spikes))
    return figure, ax_v, ax_s


@_plot
def plot_2d_heatmap(
    array: ArrayLike,
    title: str,
    xlabel: str,
    ylabel: str,
    int_x_ticks: bool = True,
    int_y_ticks: bool = True,
    plot_colorbar: bool = True,
    colorbar_y_label: str = "magnitude",
    x_max: float | None = None,
    figsize: tuple[float, float] | None = None,
    dpi: float | None = None,
    *,
    ax: Axes | None = None,
) -> tuple[Figure, Axes]:
    """Draw one coloured cell per time step (x) and neuron (y, neuron 0 on top).

    Args:
        array: values, shape [T, N].
        plot_colorbar: draw the scale of colours, with its label ``colorbar_y_label``, to the right
            of the axes, whose own width stays.
        x_max: number of steps for which the x axis has room, at least T; None means T. The axis
            ends at ``x_max - 0.5``; the columns are never stretched.
    """
    values = _numbers(array, "array", "[T, N]")
    T, N = values.shape
    room = T if x_max is None else _numbers(x_max, "x_max", "one number")
    if room < T:
        raise ValueError(f"x_max={room:g} would hide some of T={T} steps; slice: array[:{room:g}]")
    with _sheet(ax, "ax", figsize, dpi) as (figure, ax):
        _dress(ax, (int_x_ticks, int_y_ticks), title, xlabel, ylabel)
        style: Any = {"cmap": MAGNITUDE, "interpolation": "antialiased", "aspect": "auto"}
        image = ax.imshow(values.T, origin="upper", extent=(-0.5, T - 0.5, N - 0.5, -0.5), **style)
        ax.set_xlim(-0.5, room - 0.5)
        if plot_colorbar:  # an inset leaves the axes as wide as those above and below
            bar = figure.colorbar(image, cax=ax.inset_axes((1.02, 0, 0.03, 1)))
            bar.set_label(colorbar_y_label, color=_ink(ax))
            bar.ax.tick_params(colors=_ink(ax))
    return figure, ax


@_plot
def plot_1d_spikes(
    spikes: ArrayLike,
    title: str,
    xlabel: str,
    ylabel: str,
    int_x_ticks: bool = True,
    int_y_ticks: bool = True,
    plot_firing_rate: bool = True,
    firing_rate_map_title: str = "firing rate",
    figsize: tuple[float, float] | None = None,
    dpi: float | None = None,
    *,
    axes: Axes | Sequence[Axes] | None = None,
) -> tuple[Figure, Axes, Axes | None]:
    """Draw the spikes of many neurons, one row each, neuron 0 on top (a raster).

    Any value but 0 is a spike. Its height is its size against the greatest one; where there are
    negative spikes, they hang below the middle of the row and positive ones stand above it.

    Args:
        spikes: S[t], shape [T, N].
        plot_firing_rate: draw the firing rate of each neuron, its mean over time, in spikes per
            step, as a bar beside its row, with the number where the rows leave room for it.
        firing_rate_map_title: title of the bars.
        axes: ``(ax_raster, ax_rate)`` to draw into, whose y axes are then shared, or one Axes if
            ``plot_firing_rate`` is False; then None comes back in place of ``ax_rate``.
    """
    values = _numbers(spikes, "spikes", "[T, N]")
    T, N = values.shape
    t, row = np.nonzero(values)
    size, names, panels = values[t, row], "one Axes", {}
    if plot_firing_rate:
        names, panels = "(ax_raster, ax_rate)", {"ncols": 2, "sharey": True, "width_ratios": (4, 1)}
    with _sheet(axes, names, figsize, dpi, **panels) as (figure, ax, *others):
        _dress(ax, (int_x_ticks, int_y_ticks), title, xlabel, ylabel)
        ax.set(xlim=(-0.5, T - 0.5), ylim=(N - 0.5, -0.5))
        step, height = _room(ax, T, N)
        half = 0.15 + 0.25 * np.abs(size) / np.abs(values).max()  # of a spike's height, in rows,
        half = np.maximum(half, SPIKE_HEIGHT / 2 / height)  # never too low to be seen
        top = row - np.where(size < 0, 0, half)
        bottom = row + np.where((size > 0) & (size < 0).any(), 0, half)
        snap = None if height > 1 else False  # rounded to whole dots, thin marks vanish by luck
        width = np.clip(0.7 * step, *SPIKE_WIDTH)
        _draw_marks(ax, (t, bottom, t, top), size, linewidth=width, snap=snap)
        for other in others:
            _dress(other, (False, int_y_ticks), firing_rate_map_title, "", "")
            rows, rates = np.arange(N), values.mean(axis=0)
            low, high = rows - 0.4, rows + 0.4
            bars = 0, low, rates, low, rates, high, 0, high
            _draw_marks(other, bars, rates, linewidth=0, snap=snap)
            other.set_xlim(_span(rates))
            other.tick_params(axis="x", labelsize="small")
            fontsize = min(9, 0.8 * _room(other, T, N)[1])
            greatest = np.abs(rates).max() or 1
            digits = max(2, 1 - int(np.floor(np.log10(greatest))))  # two of the greatest rate
            style = f"z.{digits}f" if digits < 7 and greatest < 1e6 else ".2g"
            for i, rate in enumerate(rates if fontsize >= 5 else ()):
                _write_beside(other, i, format(rate, style), va="center", fontsize=fontsize)
    return figure, ax, others[0] if others else None


@_plot
def plot_2d_bar_in_3d(
    array: ArrayLike,
    title: str,
    xlabel: str,
    ylabel: str,
    zlabel: str,
    int_x_ticks: bool = True,
    int_y_ticks: bool = True,
    int_z_ticks: bool = False,
    figsize: tuple[float, float] | None = None,
    dpi: float | None = None,
    *,
    ax: Axes | None = None,
) -> tuple[Figure, Axes]:
    """Draw one bar per neuron (x) and step or epoch (y), as high, and coloured, by its value.

    Args:
        array: values, shape [T, N].
        ax: axes to draw into, made with ``projection="3d"``.
    """
    values = _numbers(array, "array", "[T, N]")
    (T, N), height = values.shape, values.ravel()
    t, n = np.indices(values.shape).reshape(2, -1)
    colors = _mpl().cm.ScalarMappable(cmap=MAGNITUDE).to_rgba(height)
    with _sheet(ax, "ax", figsize, dpi, subplot_kw={"projection": "3d"}) as (figure, ax3d):
        whole = int_x_ticks, int_y_ticks, int_z_ticks
        _dress(ax3d, whole, title, xlabel, ylabel, zlabel)
        with np.errstate(divide="ignore"):  # the shade of bars that are next to nothing
            ax3d.bar3d(n - 0.3, t - 0.3, 0, 0.6, 0.6, height, color=colors)
        ax3d.set(xlim=(-0.5, N - 0.5), ylim=(-0.5, T - 0.5), zlim=_span(height))
    return figure, ax3d


@_plot
def plot_2d_feature_map(
    x3d: ArrayLike,
    nrows: int,
    ncols: int,
    space: int,
    title: str,
    figsize: tuple[float, float] | None = None,
    dpi: float | None = None,
    *,
    ax: Axes | None = None,
) -> tuple[Figure, Axes]:
    """Draw C feature maps, row by row, as one sheet with white gaps between them.

    Args:
        x3d: values, shape [C, H, W]; all maps share one scale of colours, brighter is greater.
        nrows: rows of maps, ``ncols`` in each; places left over stay white.
        space: width of the gaps, in pixels of a map, 0 or more.
    """
    maps = _numbers(x3d, "x3d", "[C, H, W]")
    C, H, W = maps.shape
    if min(nrows, ncols) < 1 or nrows * ncols < C:
        raise ValueError(f"nrows={nrows} x ncols={ncols} has no room for C = {C} feature maps")
    if space < 0:
        raise ValueError(f"space={space} is negative")
    if nrows * ncols * (H + space) * (W + space) > 10**8:
        places = f"nrows={short(nrows)}, ncols={short(ncols)}, space={short(space)}"
        raise ValueError(f"{places}: the sheet would have more than 10**8 pixels")
    sheet = np.pad(maps, ((0, nrows * ncols - C), *[(0, space)] * 2), constant_values=np.nan)
    sheet = sheet.reshape(nrows, ncols, H + space, W + space).swapaxes(1, 2)
    sheet = sheet.reshape(nrows * (H + space), -1)[: -space or None, : -space or None]
    with _sheet(ax, "ax", figsize, dpi) as (figure, ax):
        _dress(ax, (), title, "", "")
        ax.imshow(sheet, cmap=MAGNITUDE, origin="upper", interpolation="nearest")
        ax.set_axis_off()
    return figure, ax


def _numbers(data: Any, name: str, layout: str) -> Any:
    """Return `data` in float64, in the given layout, or say what is wrong with it."""
    number = layout == "one number"
    kind = "a real number" if number else "an array of real numbers"
    try:
        array = np.asarray(_plain(data))
        real = np.can_cast(array.dtype, np.float64, "same_kind")
        if not real or (number and array.dtype == bool):
            raise TypeError(f"{short(data)} holds {array.dtype}")
    except (TypeError, ValueError, RuntimeError) as error:
        remedy = f"wanted {layout}: numbers, an array, a tensor, or a list of these, of one shape"
        raise ValueError(f"{name} is not {kind}: {error}; {remedy}") from error
    shape = list(array.shape)
    if array.size == 0:
        raise ValueError(f"{name} is empty: it has shape {shape}, wanted {layout} with no 0 in it")
    wanted = sum(map(str.isupper, layout))
    if wanted < 2 and shape[wanted:] == [1] * (len(shape) - wanted):  # one neuron, as [T, 1]
        array = array.reshape(shape[:wanted])
    if extra := array.ndim - wanted:
        index = {"zero": ", ".join("0" * extra), "none": ", ".join(["None"] * -extra)}
        remedy = _REMEDIES[layout if shape else "[T]"][extra > 0].format(name=name, **index)
        raise ValueError(f"{name} has shape {shape}, wanted {layout}; {remedy}")
    with np.errstate(over="ignore"):  # a long double may become infinite
        array = array.astype(np.float64)
    if bad := np.argwhere(~(np.abs(array) <= GREATEST)).tolist():
        at = f"{array[tuple(bad[0])]} at {bad[0]}" if bad[0] else f"{array}"
        raise ValueError(f"{name} is {at}; values not finite: {len(bad)}, or beyond {GREATEST:g}")
    return array[()]  # one number as a number


def _plain(data: Any) -> Any:
    """Turn tensors, alone or in a list, into NumPy arrays, without importing torch."""
    if isinstance(data, (list, tuple)):
        return [_plain(item) for item in data]
    if np.ma.is_masked(data):
        raise ValueError("it has masked cells, which have no value; fill them: .filled(0)")
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(data, torch.Tensor):
        data = data.to_dense()
        return (data.double() if data.is_floating_point() else data).numpy(force=True)
    return data


@contextmanager
def _sheet(given: Any, names: str, figsize: Any, dpi: Any, **grid: Any) -> Iterator[list[Any]]:
    """Yield the figure and the axes to draw into: those given, else new ones, as `grid` says."""
    if given is not None:
        if figsize is not None or dpi is not None:
            raise ValueError("figsize and dpi are for a new figure: leave them out, or the axes")
        axes = list(np.ravel(np.asarray(given, dtype=object)))
        count = grid.get("nrows", 1) * grid.get("ncols", 1)
        kind, Axes = grid.get("subplot_kw", {}).get("projection", "rectilinear"), _mpl().axes.Axes
        fit = {id(x) for x in axes if isinstance(x, Axes) and x.name == kind and x.figure}
        try:
            if not count == len(axes) == len(fit):
                raise ValueError(f"got {len(axes)} {', '.join({type(ax).__name__ for ax in axes})}")
            for along in [key[-1] for key in grid if key.startswith("share")]:
                if not getattr(axes[0], f"get_shared_{along}_axes")().joined(*axes):
                    getattr(axes[1], f"share{along}")(axes[0])
        except ValueError as error:
            how = f"plt.subplots({', '.join(f'{key}={value!r}' for key, value in grid.items())})"
            raise ValueError(f"axes: wanted {names} to draw into, {error}; use {how}") from None
        yield [axes[0].figure.figure, *axes]  # of a subfigure: the figure it is in
        return
    sides = np.ravel(np.array(_plain(FIGSIZE if figsize is None else figsize), dtype=object))
    size = [float(_numbers(side, "figsize", "one number")) for side in sides]
    dots = DPI if dpi is None else _numbers(dpi, "dpi", "one number")
    least, most = SIDES
    if len(size) != 2 or dots < 0 or not least <= min(size) * dots <= max(size) * dots <= most:
        wanted = f"(width, height) in inches; times dpi, each {least} to {most} dots"
        raise ValueError(f"figsize={size} with dpi={dots:g}, wanted {wanted}")
    with book_look():
        figure = _mpl().pyplot.figure(figsize=size, dpi=dots, layout="constrained")
        try:
            yield [figure, *figure.subplots(squeeze=False, **grid).flat]
            for axis in figure.findobj(_mpl().axis.Axis):  # what is made when it is shown is a copy
                axis.set_tick_params(labelsize=axis.get_major_ticks(1)[0].label1.get_size())
        except BaseException:
            _mpl().pyplot.close(figure)
            raise
    figure.savefig = partial(_save, figure)


def _save(figure: Any, *args: Any, **kwargs: Any) -> None:
    """Save a figure on its own ground: the reader's style may have another one for files."""
    with _mpl().rc_context({"savefig.facecolor": "auto", "savefig.edgecolor": "auto"}):
        type(figure).savefig(figure, *args, **kwargs)


def _ink(ax: Axes) -> Any:
    return ax.yaxis.label.get_color()


def _dress(ax: Any, whole: tuple[bool, ...], *words: str) -> None:
    """Write title and labels, and set ticks, whole numbers only where that is asked."""
    ax.set(**dict(zip(("title", "xlabel", "ylabel", "zlabel"), words, strict=False)))
    for along, only in zip("xyz", whole, strict=False):
        style = {"steps": (1, 2, 5, 10), "integer": only, "min_n_ticks": 1 if only else 2}
        getattr(ax, f"{along}axis").set_major_locator(_mpl().ticker.MaxNLocator("auto", **style))


def _span(values: NDArray[np.float64]) -> tuple[float, float]:
    """Return limits for bars that start at 0, with a little room beyond the longest."""
    low, high = min(float(values.min()), 0), max(float(values.max()), 0)
    return (1.1 * low, 1.1 * high) if low < high else (0, 1.1)


def _room(ax: Any, T: int, N: int = 1) -> tuple[float, float]:
    """Return the width of a step and the height of a row, in points, in a finished layout."""
    figure = ax.figure.figure
    if engine := figure.get_layout_engine():
        engine.execute(figure)
    box = ax.get_window_extent()
    return box.width * 72 / figure.dpi / T, box.height * 72 / figure.dpi / N


def _draw_marks(ax: Axes, corners: Any, values: NDArray[np.float64], **style: Any) -> None:
    """Draw lines or areas through `corners` (x, y, x, y, ...), coloured by sign, in one collection.

    Each is a path. Many are drawn quicker as bundles, one path with NaN between the marks.
    """
    N, many = len(values), len(values) > MANY
    order = np.argsort(values < 0, kind="stable") if many else np.arange(N)
    marks = np.stack(np.broadcast_arrays(*corners, np.nan, np.nan), -1)
    marks = marks.reshape(N, len(corners) // 2 + 1, 2)[order, : None if many else -1]
    bundles = np.arange(N) % (BUNDLE if many else 1) == 0
    starts = np.flatnonzero(bundles | np.diff(values[order] < 0, prepend=False))
    paths = [marks[i:j].reshape(-1, 2) for i, j in zip(starts, [*starts[1:], N], strict=False)]
    colors = np.where(values[order][starts] < 0, NEGATIVE, SPIKE)
    style |= {"colors": colors, "facecolors": colors, "rasterized": many}
    ax.add_collection(_mpl().collections.LineCollection(paths, **style))


def _write_beside(ax: Axes, y: float, text: str, **style: Any) -> None:
    """Write `text` in the margin right of the axes; it is gone when `y` leaves the view."""
    where: Any = (0.999, y), (4, 0), ("axes fraction", "data"), "offset points", None, True
    ax.annotate(text, *where, color=_ink(ax), **style)
