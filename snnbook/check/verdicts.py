"""What the reader sees: a verdict in words, and a picture of what is wanted beside what was given.

The sentences escape what the reader wrote. Nothing depends on a colour, a script or a stylesheet.
"""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

import torch

from ..visualizing import plot_1d_spikes, plot_one_neuron_v_s
from .sentences import say

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["Drawing", "Run", "Verdict", "side_by_side"]

EDGES = {"RIGHT": "#009E73", "NOT_YET": "#D55E00", "YOUR_TURN": "#808080"}
BOX = "border-left: 0.3em solid {edge}; padding: 0.3em 0 0.3em 0.9em; overflow-wrap: anywhere"


@dataclass(frozen=True)
class Drawing:
    """A picture that is drawn when it is shown.

    Attributes:
        draw: makes the figure.
        alt: says in words what there is to see.
    """

    draw: Callable[[], Figure]
    alt: str

    def html(self) -> str:
        """Return the picture as an HTML element that holds its own data."""
        from matplotlib import style

        file = io.BytesIO()
        with style.context("default"):  # a reader's dark style, or LaTeX, is not the checker's
            self.draw().savefig(file, format="png")
        data = base64.b64encode(file.getvalue()).decode()
        css = "display: block; max-width: 100%; height: auto; margin-top: 0.6em"
        return f'<img src="data:image/png;base64,{data}" alt="{escape(self.alt)}" style="{css}">'


@dataclass(frozen=True, repr=False)
class Verdict:
    """What the checker says about an answer. A notebook displays it.

    Attributes:
        name: the exercise's name.
        kind: "RIGHT", "NOT_YET" or "YOUR_TURN": the key of the heading in `sentences`.
        message: what is right or wrong, and where. `Backquotes` mark code.
        drawing: a picture of it, or None.
    """

    name: str
    kind: str
    message: str
    drawing: Drawing | None = None

    @property
    def passed(self) -> bool:
        """Whether the answer is right; the verdict's own truth value."""
        return self.kind == "RIGHT"

    @property
    def heading(self) -> str:
        """The verdict in a word or two."""
        return say(self.kind)

    def __bool__(self) -> bool:
        return self.passed

    def __repr__(self) -> str:
        return f"{self.heading} ({self.name}). {self.message}"

    def _repr_html_(self) -> str:
        text = re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(self.message))
        style = BOX.format(edge=EDGES[self.kind])
        picture = self.drawing.html() if self.drawing else ""
        words = f'<p style="margin: 0"><strong>{escape(self.heading)}.</strong> {text}</p>'
        return f'<div class="snn-check" style="{style}">{words}{picture}</div>'


Run = dict[str, torch.Tensor]
"""What a neuron did: "S", spikes, shape [T, N]; and perhaps "V" and "H", its potentials."""


def side_by_side(wanted: Run, given: Run, index: tuple[int, ...]) -> Drawing:
    """Return a picture of two runs: the potentials of one neuron, or else the spikes of all.

    Args:
        wanted: what is wanted.
        given: what was given, in the same shapes.
        index: where they first differ: the step, then the neuron.
    """
    T, *N = wanted["S"].shape
    if "V" not in wanted:
        alt = say("ALT_RASTER", N=torch.Size(N).numel(), T=T, t=index[0])
        return Drawing(lambda: _rasters(wanted, given, index[0]), alt)
    alt = say("ALT_TRACE", T=T, t=index[0], neuron=", ".join(map(str, index[1:])))
    runs = _of_neuron(wanted, index), _of_neuron(given, index)
    return Drawing(lambda: _traces(*runs, index[0]), alt)


def _of_neuron(run: Run, index: tuple[int, ...]) -> Run:
    return {name: values.movedim(0, -1)[index[1:]] for name, values in run.items()}


def _figure() -> Figure:
    from matplotlib.figure import Figure

    return Figure(figsize=(6.4, 3.2), dpi=150, layout="constrained", facecolor="white")


def _mark(figure: Figure, t: int) -> Figure:
    for ax in figure.axes:
        ax.axvline(t, color="0.4", linestyle=":", linewidth=1.5, zorder=0.5)
    return figure


def _traces(wanted: Run, given: Run, t: int) -> Figure:
    figure = _figure()
    axes = figure.subplots(2, 2, sharex=True, sharey="row", height_ratios=(3, 1))
    panels = ((say("WANTED_PANEL"), wanted), (say("GIVEN_PANEL"), given))
    for pair, (title, run) in zip(axes.T, panels, strict=True):
        style: dict[str, Any] = {"xlabel": say("TIME_AXIS"), "threshold_label": "", "v_reset": None}
        plot_one_neuron_v_s(run["V"], run["S"], h=run.get("H"), title=title, axes=pair, **style)
    return _mark(figure, t)


def _rasters(wanted: Run, given: Run, t: int) -> Figure:
    figure = _figure()
    panels = ((say("WANTED_PANEL"), wanted), (say("GIVEN_PANEL"), given))
    axes = figure.subplots(1, 2, sharex=True, sharey=True)
    for ax, (title, run) in zip(axes, panels, strict=True):
        labels = (title, say("TIME_AXIS"), say("NEURON_AXIS"))
        plot_1d_spikes(run["S"].flatten(1), *labels, plot_firing_rate=False, axes=ax)
    return _mark(figure, t)
