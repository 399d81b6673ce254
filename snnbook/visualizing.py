"""Pictures of what spiking neurons did: potentials, spikes, firing rates, feature maps.

All functions follow the same rules.

- **Data**: a torch tensor (any device, any real dtype, with or without a gradient), a NumPy array,
  or a list with one of these per time step. Time comes first, counted in steps.
- **Time**: step ``t`` fills the interval from ``t - 0.5`` to ``t + 0.5`` in every picture, so
  pictures that share their x axis line up to the step.
- **Axes**: without ``ax`` (or ``axes``) a new pyplot figure is made, on opaque white, ``figsize``
  inches large at ``dpi`` dots per inch, by default 6.3 x 4.4 inches at 200. With ``ax`` the picture
  goes into your axes, and ``figsize`` and ``dpi`` are an error. The figure always comes back first.
- **Words**: every word in a picture is an argument, so a translated edition can replace it.
  ``int_x_ticks``, ``int_y_ticks``, ``int_z_ticks`` ask for whole numbers only on an axis.
- **Colours**, safe for colour-blind readers: potentials blue, spikes orange, negative spikes blue
  and pointing down, magnitudes from dark violet (low) to yellow (high).
- **Errors**: data of a wrong shape, empty, or not finite raise a ValueError that says so.

Nothing here changes matplotlib's settings or shows a figure: a notebook shows it by itself, a
script calls ``matplotlib.pyplot.show()``.
"""

from __future__ import annotations

from math import floor, log10
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure
    from numpy.typing import ArrayLike, NDArray

__all__ = [
    "plot_1d_spikes",
    "plot_2d_bar_in_3d",
    "plot_2d_feature_map",
    "plot_2d_heatmap",
    "plot_one_neuron_v_s",
]

MEMBRANE, SPIKE, NEGATIVE = "#0072B2", "#D55E00", "#0072B2"  # Okabe and Ito's blue and vermilion
MAGNITUDE = "viridis"
SPIKE_WIDTH = 2.5  # points, less where the steps are narrow
FIGSIZE, DPI = (6.3, 4.4), 200  # 1260 x 880 dots; a notebook adds a margin

# What each layout wants from an array with too few or too many dimensions.
_REMEDIES = {
    "[T]": ("stack the steps: torch.stack(v_list)", "index one neuron: {name}[:, {zeros}]"),
    "[T, N]": (
        "give the one neuron a column: {name}[:, None]",
        "flatten the neurons: {name}.reshape(len({name}), -1)",
    ),
    "[C, H, W]": ("add the missing dimension: {name}[None]", "index one sample: {name}[{zeros}]"),
}


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
        v_threshold: one number, drawn as a dashed line.
        v_reset: one number, drawn as a dotted line; None (soft reset) draws none.
        h: H[t], potential after charging and before firing, shape [T] or [T, 1].
        axes: ``(ax_v, ax_s)`` to draw into, whose x axes are then shared; None makes a new
            figure, ``figsize`` inches at ``dpi``.
        v_label: label of the potential; None means V[t], or H[t] \to V[t] where ``h`` is given.
        s_label: label of the spikes.
        threshold_label: name written beside the line of the threshold.
        reset_label: name written beside the line of the reset potential.

    Returns:
        The figure, the axes of the potential, the axes of the spikes.

    Raises:
        ValueError: a wrong shape, an empty or non-finite array, or different lengths.
    """
    potential, spikes = _numbers(v, "v", "[T]"), _numbers(s, "s", "[T]")
    charged = potential if h is None else _numbers(h, "h", "[T]")
    T = len(potential)
    for name, other in (("s", spikes), ("h", charged)):
        if len(other) != T:
            raise ValueError(f"v has {T} steps but {name} has {len(other)}")
    lines = [(_number(v_threshold, "v_threshold"), threshold_label, "--")]
    if v_reset is not None:
        lines.append((_number(v_reset, "v_reset"), reset_label, ":"))

    names = "(ax_v, ax_s)"
    ax_v, ax_s = _axes(axes, names, figsize, dpi, nrows=2, sharex=True, height_ratios=(3, 1))
    if not ax_v.get_shared_x_axes().joined(ax_v, ax_s):
        ax_s.sharex(ax_v)
    if v_label is None:
        v_label = "$V[t]$" if h is None else r"$H[t] \to V[t]$"
    _dress(ax_v, title, "", v_label, True, False)
    _dress(ax_s, "", xlabel, s_label, True, bool((spikes % 1 == 0).all()))
    ax_v.set_xlim(-0.5, T - 0.5)

    t, fired = np.arange(T), spikes != 0
    width = _tick_width(ax_v, T)
    if h is None:
        x, y = t, potential
    else:  # at every step the trace visits H[t], then V[t]
        x, y = np.repeat(t, 2), np.column_stack([charged, potential]).ravel()
        ax_v.vlines(t[fired], potential[fired], charged[fired], SPIKE, linewidth=width, zorder=3)
    dots = "o" if width == SPIKE_WIDTH else ""  # one dot a step, where there is room
    ax_v.plot(x, y, color=MEMBRANE, linewidth=0.75 * width, marker=dots, markersize=3)
    ink = _ink(ax_v)
    for rank, (level, label, style) in enumerate(sorted(lines, reverse=True)):
        ax_v.axhline(level, color=ink, linestyle=style, linewidth=1, zorder=1)
        _write_beside(ax_v, level, label, va="top" if rank else "bottom")
    t, sent = t[fired], spikes[fired]
    colors = _sign_colors(sent)
    ax_s.vlines(t, 0, sent, colors, linewidth=width)
    ax_s.scatter(t, sent, width**2, colors, zorder=3)  # a dot where the line is too short to see
    ax_s.axhline(0, color=ink, linewidth=0.8)
    ax_s.set_ylim(_span(spikes))
    return _figure(ax_v), ax_v, ax_s


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
        plot_colorbar: draw the scale of colours, to the right of the axes, whose own width stays.
        colorbar_y_label: label of that scale.
        x_max: number of steps for which the x axis has room, at least T; None means T. The axis
            ends at ``x_max - 0.5``; the columns are never stretched.
        ax: axes to draw into; None makes a new figure, ``figsize`` inches at ``dpi``.

    Returns:
        The figure and the axes.

    Raises:
        ValueError: a wrong shape, an empty or non-finite array, or ``x_max`` below T.
    """
    values = _numbers(array, "array", "[T, N]")
    T, N = values.shape
    if x_max is not None and x_max < T:
        raise ValueError(f"x_max={x_max} would hide some of T={T} steps; slice: array[:{x_max}]")
    (ax,) = _axes(ax, "ax", figsize, dpi)
    _dress(ax, title, xlabel, ylabel, int_x_ticks, int_y_ticks)
    image = ax.imshow(
        values.T,
        cmap=MAGNITUDE,
        aspect="auto",
        origin="upper",
        interpolation="antialiased",
        extent=(-0.5, T - 0.5, N - 0.5, -0.5),
    )
    ax.set_xlim(-0.5, (T if x_max is None else x_max) - 0.5)
    if plot_colorbar:  # an inset leaves the axes as wide as those above and below
        bar = _figure(ax).colorbar(image, cax=ax.inset_axes((1.02, 0, 0.03, 1)))
        bar.set_label(colorbar_y_label, color=_ink(ax))
        bar.ax.tick_params(colors=_ink(ax))
    return _figure(ax), ax


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
        axes: ``(ax_raster, ax_rate)`` to draw into, or one Axes if ``plot_firing_rate`` is False;
            None makes a new figure, ``figsize`` inches at ``dpi``.

    Returns:
        The figure, the axes of the raster, the axes of the bars (None without them).

    Raises:
        ValueError: a wrong shape, or an empty or non-finite array.
    """
    values = _numbers(spikes, "spikes", "[T, N]")
    T, N = values.shape
    if plot_firing_rate:
        names, grid = "(ax_raster, ax_rate)", {"ncols": 2, "sharey": True, "width_ratios": (4, 1)}
    else:
        names, grid = "one Axes", {}
    ax, *others = _axes(axes, names, figsize, dpi, **grid)
    for other in others:
        if not ax.get_shared_y_axes().joined(ax, other):
            other.sharey(ax)
        _dress(other, firing_rate_map_title, "", "", False, int_y_ticks)
    _dress(ax, title, xlabel, ylabel, int_x_ticks, int_y_ticks)
    ax.set_xlim(-0.5, T - 0.5)
    ax.set_ylim(N - 0.5, -0.5)

    t, row = np.nonzero(values)
    size = values[t, row]
    half = 0.15 + 0.25 * np.abs(size) / np.abs(values).max()  # in rows, never too low to be seen
    top = row - np.where(size < 0, 0, half)
    bottom = row + np.where((size > 0) & (size < 0).any(), 0, half)
    ax.vlines(t, bottom, top, _sign_colors(size), linewidth=_tick_width(ax, T))
    for other in others:
        _draw_rates(other, values.mean(axis=0))
    return _figure(ax), ax, others[0] if others else None


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
        ax: axes to draw into, made with ``projection="3d"``; None makes a new figure,
            ``figsize`` inches at ``dpi``.

    Returns:
        The figure and the axes.

    Raises:
        ValueError: a wrong shape, an empty or non-finite array, or axes that are not 3D.
    """
    from matplotlib import colormaps
    from matplotlib.colors import Normalize

    values = _numbers(array, "array", "[T, N]")
    ax3d: Any
    (ax3d,) = _axes(ax, "ax", figsize, dpi, subplot_kw={"projection": "3d"})
    if ax3d.name != "3d":
        raise ValueError("ax is not 3D; make it with plt.figure().add_subplot(projection='3d')")
    _dress(ax3d, title, xlabel, ylabel, int_x_ticks, int_y_ticks)
    _ticks(ax3d.zaxis, int_z_ticks)
    ax3d.set_zlabel(zlabel, color=_ink(ax3d))
    t, n = np.indices(values.shape).reshape(2, -1)
    height = values.ravel()
    colors = colormaps[MAGNITUDE](Normalize()(height))
    ax3d.bar3d(n - 0.3, t - 0.3, 0, 0.6, 0.6, height, color=colors)
    T, N = values.shape
    ax3d.set(xlim=(-0.5, N - 0.5), ylim=(-0.5, T - 0.5), zlim=_span(height))
    return _figure(ax3d), ax3d


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
        nrows: rows of maps.
        ncols: maps in a row; ``nrows * ncols`` is at least C, places left over stay white.
        space: width of the gaps, in pixels of a map, 0 or more.
        ax: axes to draw into; None makes a new figure, ``figsize`` inches at ``dpi``.

    Returns:
        The figure and the axes.

    Raises:
        ValueError: a wrong shape, an empty or non-finite array, or a sheet that is too small.
    """
    maps = _numbers(x3d, "x3d", "[C, H, W]")
    C, H, W = maps.shape
    if min(nrows, ncols) < 1 or nrows * ncols < C:
        raise ValueError(f"nrows={nrows} x ncols={ncols} has no room for C = {C} feature maps")
    if space < 0:
        raise ValueError(f"space={space} is negative")
    (ax,) = _axes(ax, "ax", figsize, dpi)
    _dress(ax, title, "", "", True, True)
    height, width = H + space, W + space
    sheet = np.full((nrows * ncols, height, width), np.nan)
    sheet[:C, :H, :W] = maps
    sheet = sheet.reshape(nrows, ncols, height, width).swapaxes(1, 2)
    sheet = sheet.reshape(nrows * height, ncols * width)[: -space or None, : -space or None]
    ax.imshow(sheet, cmap=MAGNITUDE, origin="upper", interpolation="nearest")
    ax.set_axis_off()
    return _figure(ax), ax


def _numbers(data: Any, name: str, layout: str) -> NDArray[np.float64]:
    """Return `data` as a float64 array of the given layout, or say what is wrong with it."""
    try:
        array = np.asarray(_plain(data)).astype(np.float64, casting="same_kind")
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name} is not an array of real numbers: {error}") from error
    shape = list(array.shape)
    if array.size == 0:
        raise ValueError(f"{name} is empty: it has shape {shape}, wanted {layout} with no 0 in it")
    if layout == "[T]" and shape[1:] == [1]:  # one neuron, given as [T, 1]
        array = array[:, 0]
    extra = array.ndim - layout.count(",") - 1
    if extra:
        remedy = _REMEDIES[layout][extra > 0].format(name=name, zeros=", ".join("0" * extra))
        raise ValueError(f"{name} has shape {shape}, wanted {layout}; {remedy}")
    bad = np.argwhere(~np.isfinite(array)).tolist()
    if bad:
        value = array[tuple(bad[0])]
        raise ValueError(f"{name} is {value} at {bad[0]}; values not finite: {len(bad)}")
    return array


def _plain(data: Any) -> Any:
    """Turn tensors, alone or in a list, into NumPy arrays, without importing torch."""
    if isinstance(data, (list, tuple)):
        return [_plain(item) for item in data]
    if hasattr(data, "detach"):
        data = data.detach().cpu()
        return (data.double() if data.is_floating_point() else data).numpy()  # for bfloat16
    return data


def _number(data: Any, name: str) -> float:
    array = np.asarray(_plain(data))
    if array.size != 1:
        raise ValueError(f"{name} has shape {list(array.shape)}, wanted one number")
    return float(_numbers(array.reshape(1), name, "[T]")[0])


def _axes(
    given: Any, names: str, figsize: tuple[float, float] | None, dpi: float | None, **grid: Any
) -> list[Axes]:
    """Return the axes to draw into: those given, else new ones, laid out as `grid` says."""
    if given is not None:
        if figsize is not None or dpi is not None:
            raise ValueError("figsize and dpi are for a new figure: leave them out, or the axes")
        axes = list(np.ravel(np.asarray(given, dtype=object)))
        if len(axes) != grid.get("nrows", 1) * grid.get("ncols", 1):
            raise ValueError(f"wanted {names} to draw into, got {len(axes)} Axes")
        return axes
    from matplotlib import pyplot as plt

    size, dots = FIGSIZE if figsize is None else figsize, DPI if dpi is None else dpi
    grid |= {"figsize": size, "dpi": dots, "facecolor": "white", "layout": "constrained"}
    axes = list(plt.subplots(squeeze=False, **grid)[1].flat)
    for ax in axes:  # black on white, even where the reader's own style is a dark one
        ax.set_facecolor("white")
        ax.tick_params(colors="black")
        ax.spines[:].set_color("black")
        for text in (ax.title, ax.xaxis.label, ax.yaxis.label):
            text.set_color("black")
    return axes


def _figure(ax: Axes) -> Figure:
    return ax.figure.figure  # of a subfigure: the figure it is in


def _ink(ax: Axes) -> Any:
    return ax.yaxis.label.get_color()


def _dress(ax: Axes, title: str, xlabel: str, ylabel: str, int_x: bool, int_y: bool) -> None:
    ax.set(title=title, xlabel=xlabel, ylabel=ylabel)
    _ticks(ax.xaxis, int_x)
    _ticks(ax.yaxis, int_y)


def _ticks(axis: Axis, whole: bool) -> None:
    from matplotlib.ticker import MaxNLocator

    steps, least = (1, 2, 5, 10), 1 if whole else 2
    axis.set_major_locator(MaxNLocator("auto", steps=steps, integer=whole, min_n_ticks=least))


def _span(values: NDArray[np.float64]) -> tuple[float, float]:
    """Return limits for bars that start at 0, with a little room beyond the longest."""
    low, high = min(float(values.min()), 0), max(float(values.max()), 0)
    return (1.1 * low, 1.1 * high) if low < high else (0, 1.1)


def _size(ax: Axes) -> tuple[float, float]:
    """Return the width and height of the axes, in points, once their figure is laid out."""
    figure = _figure(ax)
    engine = figure.get_layout_engine()
    if engine is not None:
        engine.execute(figure)
    box = ax.get_window_extent()
    return box.width * 72 / figure.dpi, box.height * 72 / figure.dpi


def _tick_width(ax: Axes, T: int) -> float:
    """Return the line width of a spike: less than its step, but always visible."""
    return float(np.clip(0.7 * _size(ax)[0] / T, 0.5, SPIKE_WIDTH))


def _sign_colors(values: NDArray[np.float64]) -> list[str]:
    return [NEGATIVE if value < 0 else SPIKE for value in values]


def _write_beside(ax: Axes, y: float, text: str, **style: Any) -> None:
    """Write `text` in the margin to the right of the axes, where no data can hide it."""
    ax.annotate(
        text,
        (0.999, y),
        xytext=(4, 0),
        annotation_clip=True,  # gone when `y` leaves the view
        xycoords=("axes fraction", "data"),
        textcoords="offset points",
        color=_ink(ax),
        **style,
    )


def _draw_rates(ax: Axes, rates: NDArray[np.float64]) -> None:
    """Draw one horizontal bar per neuron, and its value where the rows are high enough."""
    ax.barh(np.arange(len(rates)), rates, color=_sign_colors(rates))
    ax.set_xlim(_span(rates))
    ax.tick_params(axis="x", labelsize="small")
    fontsize = min(9, 0.8 * _size(ax)[1] / len(rates))
    if fontsize < 5:
        return
    digits = max(2, 1 - floor(log10(np.abs(rates).max() or 1)))  # two digits of the greatest
    for row, rate in enumerate(rates):
        text = f"{round(rate, digits) + 0.0:.{digits}f}"  # + 0.0 turns -0.0 into 0.0
        _write_beside(ax, row, text, va="center", fontsize=fontsize)
