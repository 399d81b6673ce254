"""What a figure can show: one table, `VIEWS`.

A new view is one entry here, which draws the still picture, and one of the same name in the table
``VIEWS`` of ``views.js``, which draws in the reader's browser (some of them in files of their own,
such as ``population.js``). The words of both are `WORDS`.
"""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np
import torch

from ..backends import Run
from ..neuron import BaseNode
from ..visualizing import MEMBRANE, SPIKE, plot_1d_spikes, plot_one_neuron_v_s
from .account import Account, account, plain

if TYPE_CHECKING:
    from matplotlib.figure import SubFigure

__all__ = ["INPUT", "VIEWS", "WORDS", "Scene", "View", "accounted", "filled", "literal", "panels"]
__all__ += ["rounded"]

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
    "point": "Point at the trace or tap it, or choose it and press ← and →: each step in numbers.",
    "not_yet": "no spike yet: H reaches {most}, V heads for {goal}",
    "silent": "no spike: H reaches {most}, v_threshold is {threshold}",
    "nothing": "no spike",
    "lost": "from step {step} on the potential is not a number",
    "flat": "no spike, whatever {name} is",
    "leaves": "{name}: the potential leaves the picture, to {value}",
    "above": "{value} ↑",
    "below": "{value} ↓",
    "together": "potential",
    "account": "where the input went",
    "account_input": "input {value}",
    "account_paid": "{value} paid",
    "account_kept": "{value} kept",
    "account_lost": "{value} lost",
    "account_leaked": "{value} leaked",
    "account_empty": "no input",
    "neuron": "spikes of each neuron, number 0 on top",
    "columns": "{name}: spikes at each {against}, step t upwards",
    "rate": "firing rate, in spikes per step",
    "rates": "rate",
    "bell": "input X[t]: how often each value comes",
    "outside": "{count} {count:number lies|numbers lie} outside",
    "fraction": "{name}: fraction of the neurons that fire",
    "sort": "Sort by rate",
    "rows": "spikes, neuron 0 on top",
    "sorted": "spikes, highest rate on top",
    "one": "{name}, neuron {n}",
    "row": "neuron {n}: firing rate {rate}",
    "point_row": "Point at a row, or choose the rows and press ↑ and ↓: that neuron's trace. "
    "A click keeps it.",
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
    "toggle_reset": "reset() at the cut",
    "toggle_feedback": "feedback",
    "cell": "One cell",
    "steps": "step t",
    "order_s": "mode 's', step by step: {calls} {calls:call|calls}",
    "order_m": "mode 'm', layer by layer: {calls} {calls:call|calls}",
    "held": "{held} {held:number|numbers} held",
    "cut": "cut",
    "goes_on": "V goes on",
    "forgets": "reset()",
    "called": "Mode '{name}': {calls} {calls:call|calls}, {done} of {cells} cells done, {held} "
    "{held:number|numbers} held.",
    "waits": "The next call takes {steps} cells at once, and waits for {more} more.",
    "changed": "The reset has changed {changed} {changed:cell|cells} (dashed).",
    "no_cut": "There is no cut yet, so there is no place for reset().",
    "future": "It can't go on: the next call needs X[{t}], and that needs the output of step "
    "{before}. The future is needed.",
    "alike": "The {both} {both:cell|cells} that both have done are the same.",
    "unlike": "Of {both} cells that both have done {differ} differ.",
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
    return f"{four.normalize() + 0:f}"  # no negative zero


def accounted(words: Mapping[str, str], name: str, value: float) -> str:
    """Return an entry of an account in words."""
    return filled(words, f"account_{name}", {"value": rounded(value).replace("-", "−")})


@dataclass(frozen=True)
class Scene:
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

    def accounts(self) -> dict[str, Account]:
        """Return where the input of each layer's first neuron went."""
        return {n: account(one, self.x_seq, self.done[n]) for n, one in self.layers.items()}

    @cached_property
    def along(self) -> dict[float, Mapping[str, Any]]:
        """The runs at values of the slider that is drawn against, over its range, by value."""
        against = self.spec["against"]
        (slider,) = (slider for slider in self.spec["sliders"] if slider["name"] == against)
        low, high, here = slider["low"], slider["high"], self.values[against]
        values = sorted({*np.linspace(low, high, 61).tolist(), here})
        return {value: self.run({**self.values, against: value}) for value in values}


INPUT = "#007A5A"
"""The colour of an input; potentials and spikes have those of `visualizing`."""
_BESIDE = (7, 1)
"""The widths of a raster and of what stands beside it."""
_LINES = ("-", "--", ":")
"""The styles of the lines of several layers."""
_BLOCKS: Mapping[str, Mapping[str, Any]] = {
    "paid": {"color": SPIKE},
    "kept": {"color": MEMBRANE},
    "lost": {"facecolor": "white", "edgecolor": SPIKE, "hatch": "//"},
    "leaked": {"facecolor": "white", "edgecolor": "gray", "hatch": ".."},
}
"""How each part of an account is drawn."""

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
    layer, run, title = scene.layers[name], scene.done[name], literal(name)
    if "population" in scene.spec["show"]:
        title = filled(scene.spec["words"], "one", {"name": title, "n": 0})
    levels = [float(v) for v in (layer.v_threshold, layer.v_reset) if v is not None]
    most = 4 * max(1.0, *map(abs, levels))
    seqs = torch.stack([run.h_seq, run.s_seq, run.v_seq])[..., 0]
    T = _finite(seqs)
    h, s, v = seqs[:, :T].clamp(-most, most)
    axes = part.subplots(2, 1, sharex=True, height_ratios=(3, 1))
    if T:
        values = (v, s, layer.v_threshold, layer.v_reset, title)
        plot_one_neuron_v_s(*values, h=h, axes=axes, xlabel=scene.spec["words"]["step"])
    else:
        axes[0].set_title(title)
    axes[0].set_xlim(-0.5, len(run.s_seq) - 0.5)


def _raster(part: "SubFigure", scene: Scene, name: str, rates: bool = False) -> None:
    """The spikes of all neurons of a layer, a row each; with rates a bar beside each row."""
    words = scene.spec["words"]
    axes = part.subplots(1, 2, sharey=True, width_ratios=_BESIDE) if rates else part.subplots()
    labels = f"{literal(name)}: {words['neuron']}", words["step"], ""
    options = {"plot_firing_rate": rates, "firing_rate_map_title": words["rates"]}
    plot_1d_spikes(scene.done[name].s_seq, *labels, **options, axes=axes)


def _bell(part: "SubFigure", scene: Scene, name: str) -> None:
    """How often each value of the input comes, of all neurons at all steps."""
    ax, x = part.subplots(), scene.x_seq[scene.x_seq.isfinite()]
    ax.hist(x.numpy(), bins=60, color=INPUT)
    ax.set(title=scene.spec["words"]["bell"], xlabel="$X[t]$")


def _fraction(part: "SubFigure", scene: Scene, name: str) -> None:
    """The fraction of a layer's neurons that fire at each step."""
    words, share = scene.spec["words"], scene.done[name].s_seq.mean(1)
    ax, beside = part.subplots(1, 2, width_ratios=_BESIDE)
    beside.set_axis_off()  # there the rates stand in the raster above
    ax.bar(range(len(share)), share.numpy(), 1, color=SPIKE)
    title = filled(words, "fraction", {"name": literal(name)})
    ax.set(title=title, xlabel=words["step"], xlim=(-0.5, len(share) - 0.5), ylim=(0, 1))
    ax.xaxis.get_major_locator().set_params(integer=True)


def _columns(part: "SubFigure", scene: Scene, name: str) -> None:
    """The spikes of the first neuron of a layer at each value of one slider: time goes up."""
    ax, against = part.subplots(), scene.spec["against"]
    spikes = {value: run[name].s_seq[:, 0].nan_to_num() for value, run in scene.along.items()}
    steps = {value: seq.nonzero()[:, 0].tolist() for value, seq in spikes.items()}
    points, here = [*steps], scene.values[against]
    ax.eventplot(
        [*steps.values()],
        orientation="vertical",
        lineoffsets=points,
        linelengths=(points[-1] - points[0]) / 60,
        linewidths=1.2,
        colors=SPIKE,
    )
    ax.plot(len(steps[here]) * [here], steps[here], "o", color=SPIKE, markersize=4, clip_on=False)
    title = filled(scene.spec["words"], "columns", {"name": literal(name), "against": against})
    ax.set(xlabel=against, title=title, xlim=points[:: len(points) - 1])
    ax.set_ylim(-0.5, len(scene.x_seq) - 0.5)
    ax.locator_params(axis="y", integer=True)


def _rate(part: "SubFigure", scene: Scene, name: str) -> None:
    """The firing rate of the first neuron of every layer against one slider's value: stairs."""
    ax, against = part.subplots(), scene.spec["against"]
    here, points, runs = scene.values[against], [*scene.along], [*scene.along.values()]
    for k, layer in enumerate(scene.done):
        style, rates = _LINES[k % 3], [_mean(run[layer]) for run in runs]
        inside = "white" if k % 3 else SPIKE
        ax.step(points, rates, style, where="mid", color=SPIKE, label=literal(layer))
        dot = here, _mean(scene.done[layer])
        ax.plot(*dot, "o", color=SPIKE, markerfacecolor=inside, clip_on=False)
    ax.set(xlabel=against, xlim=points[:: len(points) - 1], title=scene.spec["words"]["rate"])
    if len(scene.done) > 1:
        ax.legend()


def _account(part: "SubFigure", scene: Scene, name: str) -> None:
    """H[t] and V[t] of the first neuron of every layer, and where the input of each went."""
    frame, bars = part.subplots(1, 2, width_ratios=(3, 2))
    levels = [x for one in scene.layers.values() for x in (one.v_threshold, one.v_reset)]
    most = 4 * max(1.0, *(abs(plain(x)) for x in levels if x is not None))
    for k, (title, run) in enumerate(scene.done.items()):
        seqs = torch.stack([run.h_seq, run.v_seq])[..., 0]
        steps = _finite(seqs)
        heights = seqs[:, :steps].clamp(-most, most).T.flatten().tolist()
        times = [t for t in range(steps) for _ in seqs]
        frame.plot(times, heights, _LINES[k % 3], color=MEMBRANE, label=literal(title))
    for level in sorted({plain(one.v_threshold) for one in scene.layers.values()}):
        frame.axhline(level, color="black", linestyle="--", linewidth=0.8)
    frame.set(xlim=(-0.5, len(scene.x_seq) - 0.5), xlabel=scene.spec["words"]["step"])
    frame.xaxis.get_major_locator().set_params(integer=True)
    frame.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=3, frameon=False)
    for k, entry in enumerate(scene.accounts().values()):
        ends = {True: 0.0, False: 0.0}  # of what went, and of what came in from elsewhere
        for part_name, value in entry.parts().items():
            bars.bar(k, value, 0.4, ends[value >= 0], **_BLOCKS[part_name])
            middle = ends[value >= 0] + value / 2
            told = accounted(scene.spec["words"], part_name, round(value, 2)) if value else ""
            bars.text(k + 0.25, middle, told, verticalalignment="center")
            ends[value >= 0] += value
    bars.set(xlim=(-0.4, len(scene.done) - 0.2), title=scene.spec["words"]["account"])
    bars.set_xticks(range(len(scene.done)), [*map(literal, scene.done)])


VIEWS: Mapping[str, View] = {
    "input": View(1.2, False, _input),
    "trace": View(3.0, True, _trace),
    "raster": View(3.2, True, _raster),
    "columns": View(2.6, True, _columns),
    "rate": View(2.6, False, _rate),
    "account": View(3.0, False, _account),
    "bell": View(1.8, False, _bell),
    "population": View(3.2, True, partial(_raster, rates=True)),
    "fraction": View(1.6, True, _fraction),
}
"""For each view's name the view."""


def panels(show: tuple[str, ...], layers: int) -> list[tuple[str, int]]:
    """Return what stands below each other: the name of a view, and the number of a layer."""
    return [(name, k) for name in show for k in range(layers if VIEWS[name].each else 1)]


def _finite(seqs: torch.Tensor) -> int:
    """Return the number of steps before one that is infinite or not a number, of ``[*, T]``."""
    return int(seqs.isfinite().all(0).cumprod(0).sum())


def _mean(run: Run) -> float:
    """Return the firing rate of the first neuron."""
    return float(run.s_seq[:, 0].mean())


def literal(name: str) -> str:
    """Return a name such that matplotlib takes no part of it for a formula."""
    return name.replace("$", r"\$")
