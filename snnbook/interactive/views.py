"""What a figure can show: one table, `VIEWS`.

A new view is one entry here, which draws the still picture, and one of the same name in the table
``VIEWS`` of ``views.js``, which draws in the reader's browser. The words of both are `WORDS`.
"""

import math
import re
from collections.abc import Callable, Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np
import torch

from ..backends import Run
from ..neuron import BaseNode
from ..visualizing import SPIKE, plot_1d_spikes, plot_one_neuron_v_s

if TYPE_CHECKING:
    from matplotlib.figure import SubFigure

__all__ = ["INPUT", "VIEWS", "WORDS", "Scene", "View", "filled", "literal", "panels", "rounded"]

WORDS = {
    "plural": "10" + 198 * "1",
    "play": "Play",
    "pause": "Pause",
    "forward": "One step",
    "start": "Start values",
    "step": "time step t",
    "given_x": "input X[t]",
    "potential": "{name}: potential, H[t] and then V[t]",
    "heads": "V heads for {value}",
    "point": "Point at the trace, or choose it and press ← and →: each step in numbers.",
    "silent": "no spike: H reaches {most}, v_threshold is {threshold}",
    "nothing": "no spike",
    "lost": "from step {step} on the potential is not a number",
    "flat": "no spike, whatever {name} is",
    "leaves": "{name}: the potential leaves the picture, to {value}",
    "above": "{value} ↑",
    "below": "{value} ↓",
    "neuron": "spikes of each neuron, number 0 on top",
    "rate": "firing rate, in spikes per step",
    "count": "{name}: {spikes} {spikes:spike|spikes} in {steps} {steps:step|steps}, "
    "firing rate {rate}",
    "now": "{name}, t = {t}: X = {x}, H = {h}, S = {s}, V = {v}",
    "told": "{name}, {steps} {steps:step|steps}: {spikes} {spikes:spike|spikes}, error {error}",
    "given": "the picture",
    "back": "what its spikes tell",
    "label": "A figure with sliders",
    "learn": "Learn",
    "once": "One step of learning",
    "again": "First weights",
    "input": "input",
    "weights": "{name}: weights; arrows lead downhill",
    "loss": "loss after each step of learning",
    "round": "step of learning",
    "learned": "{name}, after {round} {round:step|steps} of learning: wanted is a spike in step "
    "{target}, there are spikes in {spikes}; loss {loss}.",
    "none": "none",
    "stuck": "The gradient is 0: nothing is learned.",
    "draw": "Draw a digit here, with a finger or the mouse. With the keyboard: the arrow keys "
    "choose a pixel, the space bar blackens it, Backspace clears it.",
    "clear": "Clear",
    "seen": "what the network sees",
    "shares": "probability of each class",
    "hidden": "hidden spikes, one row for each neuron",
    "outputs": "outputs, on their way to the answer",
    "empty": "Nothing is drawn.",
    "says": "The network says {best}, with the probability {share}. Hidden spikes: {spikes}.",
    "unsure": "The network is not sure that this is a digit: it gives {best} the probability "
    "{share}, and {second} {other}. Hidden spikes: {spikes}.",
    "hard": "hard reset",
    "soft": "soft reset",
    "detached": ", detached",
    "credit": "credit of X[t]; that of the last input is 1",
    "traced": "{name}; spikes: {spikes}; 1 % of the credit reaches {reach} {reach:step|steps} "
    "back.",
    "layer": "layer {number}",
    "depth": "number of the layer",
    "potentials": "{name}: potentials H; firing rate {rate}",
    "probed": "Firing rates: {rates}. {verdict}",
    "firing": "Every layer fires.",
    "first_silent": "The first silent one is {name}.",
    "first_saturated": "The first saturated one is {name}.",
    "painting": "input X[t]: paint it",
    "paint": "input, a column for each step",
    "pile": "{name}: the potential H[t], a pile of bricks",
    "point_pile": "Paint the columns. Point at a column or a pile to see what lies there.",
    "gradient": "gradient dH[{t}]/dX[t]",
    "hollow": "gradient dH[{t}]/dX[t]; hollow bricks: 0",
    "idle": "drag it between two steps",
    "before": "before step {t}",
    "nowhere": "nowhere",
    "painted": "{name}: {spikes} {spikes:spike|spikes} in {steps} {steps:step|steps}; at the end "
    "{bricks} {bricks:brick lies|bricks lie} there, V = {v}.",
    "reached": "The gradient of H[{last}] reaches {reach} {reach:input|inputs}.",
    "no_brick": "X[{s}] = 0 lays no brick.",
    "life_stays": "X[{s}] = {x}: its brick lies there from step {s} on, to the end.",
    "life_sent": "X[{s}] = {x}: its brick lies there from step {s} on; the spike of step {end} "
    "sends it off.",
    "life_reset": "X[{s}] = {x}: its brick lies there from step {s} on; reset() takes it away "
    "before step {end}.",
    "life_behind": "From step {cut} on no gradient reaches it.",
    "broken": "This figure doesn't work: {why}",
}
"""Every word in a figure; a translated edition changes them here, before it makes figures.

``{name}`` stands for a value. ``{count:spike|spikes}`` stands for the form of a word that fits a
count. Which of the forms that is, counted from 0, ``"plural"`` says for a whole number n: its
character n where n is less than 100, else its character 100 + n % 100. A language's own rule makes
it, as ``"".join(str(form(n)) for n in range(200))``. Other numbers take the last form.
"""


def filled(words: Mapping[str, str], sentence: str, values: Mapping[str, Any]) -> str:
    """Return a sentence of some words with the values in it, as ``views.js`` does."""

    def fill(match: re.Match[str]) -> str:
        name, forms = match.groups()
        if forms is None:
            return str(values[name])
        n, known = values[name], forms.split("|")
        if not isinstance(n, int) or n < 0:
            return str(known[-1])
        number = int(words["plural"][n if n < 100 else 100 + n % 100])
        return str(known[min(number, len(known) - 1)])

    return re.sub(r"\{(\w+)(?::([^}]*))?\}", fill, words[sentence])


def rounded(value: float) -> str:
    """Return a number with at most four decimals, as JavaScript rounds it."""
    if not math.isfinite(value):
        return str(value)
    four = Decimal(value).quantize(Decimal("0.0001"), ROUND_HALF_UP)
    return f"{four.normalize():f}"


class Scene(NamedTuple):
    """A figure at some values of its sliders: what a view draws.

    Attributes:
        spec: the figure, as its page gets it.
        values: for each slider its value.
        layers: for each layer's name the layer with these values.
        x_seq: the input, shape ``[T, N]``.
        done: for each layer's name what it did; each sequence has shape ``[T, N]``.
        run: what the layers do at other values.
    """

    spec: Mapping[str, Any]
    values: Mapping[str, float]
    layers: Mapping[str, BaseNode]
    x_seq: torch.Tensor
    done: Mapping[str, Any]
    run: Callable[[Mapping[str, float]], Mapping[str, Any]]


INPUT = "#007A5A"
"""The colour of an input; potentials and spikes have those of `visualizing`."""

Draw: TypeAlias = Callable[["SubFigure", Scene, str], None]


class View(NamedTuple):
    """One thing that a figure can show.

    Attributes:
        height: in the still picture, in inches.
        each: whether each layer has a panel of its own; otherwise one shows them all.
        draw: draws a panel of the still picture: ``draw(part, scene, name)``, where `name` is the
            layer's where each has its own, else that of the first.
    """

    height: float
    each: bool
    draw: Draw


def _input(part: "SubFigure", scene: Scene, name: str) -> None:
    """X[t] of the first neuron."""
    ax, x = part.subplots(), scene.x_seq[:, 0].tolist()
    ax.step(range(len(x)), x, where="mid", color=INPUT)
    ax.axhline(0, color="black", linewidth=0.8)
    ax.set(ylabel="$X[t]$", xlim=(-0.5, len(x) - 0.5), xticks=[])


def _trace(part: "SubFigure", scene: Scene, name: str) -> None:
    """H[t], V[t] and the spikes of the first neuron of a layer."""
    layer, run = scene.layers[name], scene.done[name]
    levels = [float(v) for v in (layer.v_threshold, layer.v_reset) if v is not None]
    most = 4 * max(1.0, *map(abs, levels))
    seqs = torch.stack([run.h_seq, run.s_seq, run.v_seq])[..., 0]
    T = int(seqs.isfinite().all(0).cumprod(0).sum())  # infinite or not a number: it ends there
    h, s, v = seqs[:, :T].clamp(-most, most)
    axes = part.subplots(2, 1, sharex=True, height_ratios=(3, 1))
    if T:
        values = (v, s, layer.v_threshold, layer.v_reset, literal(name))
        plot_one_neuron_v_s(*values, h=h, axes=axes, xlabel=scene.spec["words"]["step"])
    else:
        axes[0].set_title(literal(name))
    axes[0].set_xlim(-0.5, len(run.s_seq) - 0.5)


def _raster(part: "SubFigure", scene: Scene, name: str) -> None:
    """The spikes of all neurons of a layer, a row each."""
    words, ax = scene.spec["words"], part.subplots()
    title = f"{literal(name)}: {words['neuron']}"
    spikes = scene.done[name].s_seq
    plot_1d_spikes(spikes, title, words["step"], "", plot_firing_rate=False, axes=ax)


def _rate(part: "SubFigure", scene: Scene, name: str) -> None:
    """The firing rate of the first neuron of every layer against one slider's value: stairs."""
    ax, against = part.subplots(), scene.spec["against"]
    (slider,) = (slider for slider in scene.spec["sliders"] if slider["name"] == against)
    here = scene.values[against]
    points = sorted({*np.linspace(slider["low"], slider["high"], 61).tolist(), here})
    runs = [scene.run({**scene.values, against: value}) for value in points]
    styles = (("-", SPIKE), ("--", "white"), (":", "white"))
    for k, layer in enumerate(scene.done):
        (style, inside), rates = styles[k % 3], [_mean(run[layer]) for run in runs]
        ax.step(points, rates, style, where="mid", color=SPIKE, label=literal(layer))
        ax.plot(here, _mean(scene.done[layer]), "o", color=SPIKE, markerfacecolor=inside)
    ax.set(xlabel=against, title=scene.spec["words"]["rate"])
    if len(scene.done) > 1:
        ax.legend()


VIEWS: Mapping[str, View] = {
    "input": View(1.2, False, _input),
    "trace": View(3.0, True, _trace),
    "raster": View(3.2, True, _raster),
    "rate": View(2.6, False, _rate),
}
"""For each view's name the view."""


def panels(show: tuple[str, ...], layers: int) -> list[tuple[str, int]]:
    """Return what stands below each other: the name of a view, and the number of a layer."""
    return [(name, k) for name in show for k in range(layers if VIEWS[name].each else 1)]


def _mean(run: Run) -> float:
    """Return the firing rate of the first neuron."""
    return float(run.s_seq[:, 0].mean())


def literal(name: str) -> str:
    """Return a name such that matplotlib takes no part of it for a formula."""
    return name.replace("$", r"\$")
