"""`explore_bricks` makes a figure of what lies in a potential, a pile of bricks, a `Painter`."""

import copy
from collections.abc import Collection, Mapping, Sequence
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import torch

from ..equation import Equation
from ..neuron import BaseNode
from ..surrogate import LeakyKReLU
from ..symbolic import expression
from ..visualizing import MEMBRANE, SPIKE
from .explore import Goal, read_goal
from .figure import SCRIPT, Figure, bounded, written
from .network import read_node
from .sliders import (
    nearest,
    ranges,
    read,
    read_layers,
    read_names,
    read_number,
    read_whole,
    speaker,
    speaks,
)
from .steps import step_lines
from .still import stacked
from .views import INPUT, WORDS, filled, rounded

if TYPE_CHECKING:
    from matplotlib.figure import SubFigure

__all__ = ["Painted", "Painter", "explore_bricks"]

_BRICKS = Path(__file__).with_name("bricks.js").read_text("utf-8")
_LONGEST, _LEVELS = 40, 100
"""The most steps, and the most heights of a column: each has to be seen and to be hit."""
_CUTS = ("reset", "detach")


class Painted(NamedTuple):
    """What a neuron did with a painted input.

    Attributes:
        x_seq: the input, shape ``[T, 1]``, as the next three.
        h_seq: the potential before firing: the pile of each step.
        s_seq: the spikes.
        v_seq: the potential after the reset.
        bricks: what the input of step s has added to H[t]: dH[t]/dX[s] times X[s], without regard
            to a `detach`, shape ``[T, T]``; row t is the pile of step t, and sums up to H[t].
        gradient: dH[t]/dX[s] as `backward` finds it, shape ``[T, T]``: 0 where a cut lies
            between the two.
    """

    x_seq: torch.Tensor
    h_seq: torch.Tensor
    s_seq: torch.Tensor
    v_seq: torch.Tensor
    bricks: torch.Tensor
    gradient: torch.Tensor


class Scene(NamedTuple):
    """A figure at the present values: what the still picture is drawn from."""

    spec: Mapping[str, Any]
    values: Mapping[str, float]
    done: Painted


def _words(scene: Scene) -> str:
    """Return a figure in words."""
    said, spec, done = scene.spec["words"], scene.spec, scene.done
    counted = _counted(done)
    lie = 0 if done.s_seq[-1] else int((done.bricks[-1] > 0).sum())
    values = {"name": spec["layer"]["name"], "spikes": int(counted["spikes"]), "steps": spec["T"]}
    values |= {"bricks": lie, "v": rounded(counted["v"]), "last": spec["T"] - 1}
    values["reach"] = int(counted["reach"])
    sentences = ["painted", *["reached"] * bool(spec["cuts"])]
    return " ".join(filled(said, sentence, values) for sentence in sentences)


def _picture(scene: Scene) -> bytes:
    """Return a figure as a WebP picture: the input, the piles, and what the gradient reaches."""
    heights = (1.3, 2.8, 0.9) if scene.spec["cuts"] else (1.3, 2.8)
    return stacked([sum(heights)], [partial(_draw, scene, heights)])


def _draw(scene: Scene, heights: Sequence[float], part: "SubFigure") -> None:
    spec, done, said = scene.spec, scene.done, scene.spec["words"]
    axes: Any = part.subplots(len(heights), 1, sharex=True, height_ratios=heights)
    axes[0].bar(range(spec["T"]), done.x_seq[:, 0].tolist(), 0.84, color=INPUT)
    axes[0].set(ylabel="$X[t]$", ylim=(0, spec["high"]))
    for t, (bricks, slopes) in enumerate(zip(done.bricks, done.gradient, strict=True)):
        color, base = SPIKE if done.s_seq[t] else MEMBRANE, 0.0
        for height, slope in zip(bricks.tolist(), slopes.tolist(), strict=True):
            if height > 0:
                inside, edge = (color, "white") if slope else ("none", color)
                axes[1].bar(t, height, 0.84, base, color=inside, edgecolor=edge)
            base += height
    level = spec["layer"]["values"]["v_threshold"]
    axes[1].axhline(level, color="black", linestyle="--", linewidth=0.8)
    axes[1].set(ylabel="$H[t]$", ylim=(0, spec["most"]))
    if spec["cuts"]:
        axes[2].bar(range(spec["T"]), done.gradient[-1].tolist(), 0.84, color=INPUT)
        last = spec["T"] - 1
        axes[2].set_title(filled(said, "gradient", {"t": last}), fontsize="medium")
    for ax in axes:
        for name, style in zip(_CUTS, ("-", ":"), strict=True):
            if scene.values.get(name):
                ax.axvline(scene.values[name] - 0.5, color="black", linestyle=style)
    axes[-1].set(xlabel=said["step"], xlim=(-0.5, spec["T"] - 0.5))
    axes[-1].locator_params(axis="x", integer=True)


def _counted(done: Painted) -> dict[str, float]:
    """Return what a goal may name of a run."""
    return {
        "spikes": float(done.s_seq.sum()),
        "v": float(done.v_seq[-1, 0]),
        "reach": float((done.gradient[-1] != 0).sum()),
        "inputs": float((done.x_seq > 0).sum()),
    }


class Painter(Figure):
    """A figure of what lies in a neuron's potential; `explore_bricks` makes one.

    Attributes:
        values: the input of each step, ``"x0"``, ``"x1"``, …, and for each cut, ``"reset"`` and
            ``"detach"``, the step before which it stands; 0 means that nothing is cut.
    """

    kind, mounted = "bricks", "mountPainter"
    whole = _CUTS
    script = SCRIPT + _BRICKS
    _words, _picture = _words, _picture

    def __init__(self, layer: BaseNode, spec: Mapping[str, Any]) -> None:
        self._layer = layer
        super().__init__(spec)

    def _counts(self) -> dict[str, float]:
        return _counted(self.run())

    @property
    def x_seq(self) -> torch.Tensor:
        """The input as it is painted, shape ``[T, 1]``, float32, on the CPU."""
        return torch.tensor([[self.values[f"x{t}"]] for t in range(self.spec["T"])])

    @property
    def layer(self) -> BaseNode:
        """A copy of the layer, reset, on the CPU."""
        return copy.deepcopy(self._layer)

    @speaks
    def run(self, values: Mapping[str, float] | None = None) -> Painted:
        """Run the neuron in PyTorch, in float32 on the CPU, and go back from the pile of each step.

        Args:
            values: as `Painter.values`; None means the present ones.

        Raises:
            TypeError: no dict of numbers by name.
            ValueError: a name that there isn't, or that has no value; a value that isn't finite, or
                a cut that is no whole number within its range.
        """
        values, T = self._read(values), self.spec["T"]
        x = torch.tensor([[values[f"x{t}"]] for t in range(T)], requires_grad=True)
        cut = {name: int(values.get(name, 0)) for name in _CUTS}
        gradient, seqs = self._back(x, **cut)
        whole, _ = self._back(x, **{**cut, "detach": 0})
        h, s, v = (seq.detach() for seq in seqs)
        x = x.detach()
        return Painted(x, h, s, v, whole * x[:, 0], gradient)

    def _back(self, x: torch.Tensor, reset: int, detach: int) -> tuple[torch.Tensor, Any]:
        """Return dH[t]/dX[s], shape ``[T, T]``, and H, S and V, with the cuts before two steps."""
        layer, state, parts = self.layer, None, []
        layer.backend, layer.detach_reset = "torch", True
        edges = sorted({0, reset, detach, len(x)})
        for begin, end in pairwise(edges):
            if state is not None and begin == detach:
                state = {name: value.detach() for name, value in state.items()}
            done = layer.run(x[begin:end], None if begin == reset else state, trace=True)
            state = done.state
            parts.append((done.h_seq, done.s_seq, done.v_seq))
        h, s, v = (torch.cat(part) for part in zip(*parts, strict=True))
        rows = [torch.autograd.grad(one, x, retain_graph=True)[0][:, 0] for one in h[:, 0]]
        return torch.stack(rows), (h, s, v)

    def _scene(self) -> Scene:
        return Scene(self.spec, self.values, self.run())


@speaks
def explore_bricks(
    layer: BaseNode,
    x: Sequence[float] = (),
    T: int = 20,
    *,
    high: float = 1.0,
    step: float = 0.1,
    cuts: Mapping[str, int] | Collection[str] = _CUTS,
    goal: Goal | None = None,
) -> Painter:
    r"""Make a figure in which the reader paints the input, and sees what of it a neuron keeps.

    Each input lays a brick into the potential, as high as what it adds: dH[t]/dX[s] times X[s]. A
    spike sends the pile off. The page runs the layer's equation and its derivative, in float32 as
    the layer does. Two cuts can be set between two steps, where the neuron's methods are called:
    `reset` empties the pile; `detach` leaves it, but no gradient reaches the bricks before it.

    Args:
        layer: a neuron whose potential is a sum of what its inputs have added: one state, a charge
            that is linear in V and X, a hard reset to 0. IFNode is one, and LIFNode, whose bricks
            shrink from step to step.
        x: the inputs of the first steps, to begin with; those after them are 0.
        T: number of time steps, 2 to 40.
        high: the greatest input that can be painted; the least is 0.
        step: the distance between two inputs; at most 100 of them make `high`.
        cuts: "reset", "detach", or both; or for each name the step before which it stands at first,
            0 for nowhere. Where there is one, the figure shows the gradient too. Then the layer's
            `detach_reset` is to be True: else a gradient goes through the spikes as well.
        goal: what there is to find, as in `explore`: a condition on the values by their names, on
            ``spikes``, on ``v``, the last potential, on ``reach``, how many inputs the gradient of
            the last H reaches, and on ``inputs``, how many are painted, so greater than 0.

    Raises:
        TypeError: an argument of another type, or a neuron that overrides a step's methods.
        ValueError: a neuron of another kind, an input that can't be painted, a number out of its
            range, an unknown cut, a goal that names something else or is reached at the start.
        EquationError: an equation can't be printed as JavaScript.
    """
    read("layer", layer, BaseNode, "wanted a layer of snnbook.neuron, such as neuron.IFNode()")
    (ours,) = read_layers({"layer": layer}).values()
    T = read_whole("T", T, 2, _LONGEST)
    high = read_number("high", high, 1e-3, 1e3)
    entry = _entry(ours)
    most = _highest(ours, entry["values"], high)
    step = read_number("step", step, high / _LEVELS, high)
    remedy = f"wanted a part of high={high:g}, such as {high / 10:g}"
    read("step", step, float, remedy, lambda step: _is_multiple(high, step))
    read("x", x, Sequence, "wanted a list of numbers", lambda x: not isinstance(x, str))
    read("x", x, Sequence, f"wanted at most T={T} numbers", lambda x: len(x) <= T)
    first = [read_number(f"x[{t}]", one, 0.0, high) for t, one in enumerate(x)]
    for t, one in enumerate(first):
        remedy = f"wanted a multiple of step={step:g}"
        read(f"x[{t}]", one, float, remedy, lambda one: _is_multiple(one, step))
    names = read_names("cuts", cuts)
    if unknown := [name for name in names if name not in _CUTS]:
        raise ValueError(f"{speaker()}: cuts has {unknown}; {nearest(unknown[0], _CUTS)}")
    places = {n: cuts[n] if isinstance(cuts, Mapping) else 0 for n in _CUTS if n in names}
    places = {n: read_whole(f"cuts[{n!r}]", place, 0, T - 1) for n, place in places.items()}
    remedy = "with True no gradient goes through a spike; or leave the cuts out, cuts=()"
    read("layer.detach_reset", ours.detach_reset, bool, remedy, lambda known: known or not names)

    given: dict[str, Any] = {
        f"x{t}": (0.0, high, first[t] if t < len(first) else 0.0, step) for t in range(T)
    }
    given |= {name: (0, T - 1, place, 1) for name, place in places.items()}
    chosen = ranges({}, dict.fromkeys(given, 0.0), {}, given)
    for slider in chosen.values():
        slider["inside"] = True  # the reader takes hold of it in the picture
    spec = {
        "T": T,
        "high": high,
        "most": most,
        "step": step,
        "layer": entry,
        "cuts": [*places],
        "inputs": [f"x{t}" for t in range(T)],
        "sliders": [*chosen.values()],
        "start": {name: slider["start"] for name, slider in chosen.items()},
        "words": dict(WORDS),
    }
    if goal is not None:
        found, spec["goal"] = read_goal(goal, chosen, ("spikes", "v", "reach", "inputs"))
    bounded(written(spec))
    painter = Painter(ours, spec)
    if goal is not None:
        painter._ask(goal, found)
    return painter


def _entry(layer: BaseNode) -> dict[str, Any]:
    """Return what the page needs to know of a layer: forward, and back from H.

    The slope of this surrogate function is 1, so what comes back from S is what comes from H.
    """
    layer = copy.deepcopy(layer)
    layer.surrogate_function, layer.detach_reset = LeakyKReLU(leak=1.0, k=1.0), True
    entry, _ = read_node(
        type(layer).__name__, layer, learns=True, first={**layer.states, "v": "v_start"}
    )
    return {"name": type(layer).__name__, **entry, "steps": step_lines(layer)}


def _is_multiple(number: float, step: float) -> bool:
    return abs(number / step - round(number / step)) < 1e-6


def _highest(layer: BaseNode, values: Mapping[str, Any], high: float) -> float:
    """Return how high a pile can be; refuse a neuron whose potential isn't a pile of bricks.

    H is ``a * v + b * x`` for two numbers, ``a >= 0`` and ``b > 0``, and a spike leaves nothing.
    """
    neuron, why = layer.dynamics(), ""
    known = {n: x for n, x in neuron.parameters.items() if isinstance(x, bool)} | {**values}
    slopes = _slopes(neuron.charge, known) or {}
    if neuron.states != ("v",):
        why = f"it remembers more than V: {', '.join(neuron.states)}"
    elif layer.v_reset is None:
        why = "a soft reset leaves a part of a brick; wanted v_reset=0.0"
    elif neuron.reset is None or _slopes(neuron.reset, {**known, "s": 1.0}) != {}:
        why = f"a spike leaves more than nothing, v_reset={known['v_reset']:g}; wanted v_reset=0.0"
    elif _slopes(neuron.reset, {**known, "s": 0.0}) != {"h": 1.0}:
        why = "where it doesn't fire, V isn't H"
    elif not slopes.keys() <= {"v", "x"} or slopes.get("v", 0) < 0 or slopes.get("x", 0) <= 0:
        why = "its charge isn't a * v + b * x, so what an input adds has no height of its own"
    if why:
        kind = type(layer).__name__
        raise ValueError(
            f"{speaker()}: {kind} doesn't pile up bricks: {why}. IFNode does, and LIFNode."
        )
    return max(1.0, slopes.get("v", 0.0)) * float(values["v_threshold"]) + slopes["x"] * high


def _slopes(equation: Equation, known: Mapping[str, Any]) -> dict[str, float] | None:
    """Return what each unknown is multiplied by in a sum of products; None where it is no such."""
    rest = expression(equation, **{n: x for n, x in known.items() if n in equation.arguments})
    slopes = {one: rest.diff(one) for one in rest.free_symbols}
    nothing = rest.subs(dict.fromkeys(slopes, 0))
    if nothing != 0 or any(slope.free_symbols for slope in slopes.values()):
        return None
    return {one.name: float(slope) for one, slope in slopes.items() if slope != 0}
