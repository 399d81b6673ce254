"""`explore_calls` makes a figure of the order in which layers are called, a `Caller`."""

import copy
from collections.abc import Collection, Mapping
from functools import partial
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import torch
from torch import nn

from ..functional import reset_net, set_step_mode
from ..node import BaseNode
from ..visualizing import SPIKE
from .figure import SCRIPT, Figure, bounded, written
from .network import NETWORK, packed, read_network, reference_copy
from .sliders import nearest, ranges, read, read_names, read_number, read_whole, speaks
from .still import stacked
from .views import INPUT, WORDS, filled

if TYPE_CHECKING:
    from matplotlib.figure import SubFigure

__all__ = ["Call", "Caller", "Calls", "explore_calls"]

_CALLS = Path(__file__).with_name("calls.js").read_text("utf-8")
_LONGEST, _DEEPEST, _WIDEST = 12, 8, 12
"""The most steps, layers, and numbers that a layer takes or gives: each of them is drawn."""
_MODES = ("s", "m")
_ROUNDING = 1e-9
"""Numbers that differ less are alike: PyTorch may add them up in another order."""


class Call(NamedTuple):
    """A call of one layer, over the steps from one up to another one, which isn't part of it."""

    first: int
    end: int
    layer: int


class Calls(NamedTuple):
    """How far a network has come in one step mode.

    Attributes:
        made: how many calls of a layer were made.
        done: how many cells were computed: a cell is one layer at one step.
        memory: how many numbers the states of the layers are that were called, since their reset.
        given: how many numbers the next call is given; 0 where all calls were made.
        rows: the input that was given, and the output of each layer, shape ``[steps, neurons]``.
        states: for each layer V, shape ``[neurons]``, or None where it has none.
        next: the next call; None where all were made.
        stuck: the next call can't be made: its input depends on its own output.
        changed: the cells ``(step, layer)`` whose output the reset at the cut has changed.
    """

    made: int
    done: int
    memory: int
    given: int
    rows: list[torch.Tensor]
    states: list[torch.Tensor | None]
    next: Call | None
    stuck: bool
    changed: set[tuple[int, int]]

    @property
    def held(self) -> int:
        """How many numbers must be kept, so that it can go on."""
        return self.memory + self.given


class Scene(NamedTuple):
    """A figure at the present values: what the still picture is drawn from."""

    spec: Mapping[str, Any]
    values: Mapping[str, float]
    done: Mapping[str, Calls]


def _order(mode: str, T: int, layers: int, cut: int) -> list[Call]:
    """Return the calls in their order: block by block; in mode 's' a step is a block."""
    blocks = [(t, t + 1) for t in range(T)] if mode == "s" else [(0, cut), (cut, T)]
    return [Call(a, b, k) for a, b in blocks if a < b for k in range(layers)]


def _differ(one: torch.Tensor, other: torch.Tensor) -> list[bool]:
    """Return for each step that both have whether it differs."""
    return [bool((a - b).abs().max() > _ROUNDING) for a, b in zip(one, other, strict=False)]


def _words(scene: Scene) -> str:
    """Return a figure in words, a sentence or two for each mode, and how they compare."""
    said, values, sentences = scene.spec["words"], scene.values, []
    T, L = scene.spec["T"], len(scene.spec["entries"])
    for mode, calls in scene.done.items():
        numbers = {"name": mode, "calls": calls.made, "done": calls.done, "cells": T * L}
        line = [filled(said, "called", {**numbers, "held": calls.held})]
        if values["reset"] and values["cut"] < T:
            line.append(filled(said, "changed", {"changed": len(calls.changed)}))
        if calls.stuck and calls.next is not None:
            first = calls.next.first
            line.append(filled(said, "future", {"t": first + 1, "before": first}))
        elif calls.next is not None and values["cells"] > calls.done:
            steps = calls.next.end - calls.next.first
            more = calls.done + steps - int(values["cells"])
            line.append(filled(said, "waits", {"steps": steps, "more": more}))
        sentences.append(" ".join(line))
    one, other = (scene.done[mode].rows[1:] for mode in _MODES)
    both = [d for a, b in zip(one, other, strict=True) for d in _differ(a, b)]
    if both:
        kind = "unlike" if any(both) else "alike"
        sentences.append(filled(said, kind, {"both": len(both), "differ": sum(both)}))
    if values["reset"] and values["cut"] == T:
        sentences.append(said["no_cut"])
    return "\n".join(sentences)


def _picture(scene: Scene) -> bytes:
    """Return a figure as a WebP picture: the cells that each mode has computed."""
    return stacked([0.6 * len(scene.spec["names"]) + 1.4], [partial(_draw, scene)])


def _draw(scene: Scene, part: "SubFigure") -> None:
    said, names, T = scene.spec["words"], scene.spec["names"], scene.spec["T"]
    for ax, (mode, calls) in zip(part.subplots(1, 2), scene.done.items(), strict=True):
        for k, row in enumerate(calls.rows):
            fires = k > 0 and scene.spec["fires"][k - 1]
            all_numbers = [0.0, *row.flatten().tolist()]
            low, unit = min(all_numbers), 0.8 / max(1e-9, max(all_numbers) - min(all_numbers))
            for t, numbers in enumerate(row.tolist()):
                ax.bar(t, 0.9, 0.9, k - 0.45, fill=False, edgecolor="0.6")
                for i, y in enumerate(numbers):
                    place, zero = t - 0.4 + 0.8 * (i + 0.5) / len(numbers), k - 0.4 - unit * low
                    ax.vlines(place, zero, zero + unit * y, color=SPIKE if fires else INPUT)
        title = filled(said, f"order_{mode}", {"calls": calls.made})
        ax.set(title=title, xlabel=said["step"], xlim=(-0.6, T - 0.4), xticks=range(T))
        ax.set(ylim=(-0.6, len(names) - 0.4), yticks=range(len(names)), yticklabels=names)


class Caller(Figure):
    """A figure of the order in which layers are called; `explore_calls` makes one.

    Attributes:
        values: for each slider's name its value, as in `Explorer`.
    """

    kind, mounted = "calls", "mountCaller"
    whole = "cells", "cut", "reset", "feedback"
    script = SCRIPT + NETWORK + _CALLS
    _words, _picture = _words, _picture

    def __init__(self, net: nn.Sequential, x_seq: torch.Tensor, spec: Mapping[str, Any]) -> None:
        self._net, self._x_seq = net, x_seq
        super().__init__(spec)

    @speaks
    def run(self, values: Mapping[str, float] | None = None) -> dict[str, Calls]:
        """Call the layers in PyTorch in both step modes, in float64 on the CPU, as the page does.

        Args:
            values: a value for each slider; None means the present ones.

        Returns:
            For each step mode, ``"s"`` and ``"m"``, how far it has come.

        Raises:
            TypeError: no dict of numbers by name.
            ValueError: a slider that there isn't, or that has no value; a value that isn't a whole
                number within its range.
        """
        values = {**self.spec["fixed"], **self._read(values)}
        return {mode: self._called(mode, values) for mode in _MODES}

    def _called(self, mode: str, values: Mapping[str, float]) -> Calls:
        done = self._made(mode, values)
        if not values["reset"]:
            return done
        kept = self._made(mode, {**values, "reset": 0})
        pairs = enumerate(zip(done.rows[1:], kept.rows[1:], strict=True))
        found = {(t, k) for k, pair in pairs for t, other in enumerate(_differ(*pair)) if other}
        return done._replace(changed=found)

    def _made(self, mode: str, values: Mapping[str, float]) -> Calls:
        """Make as many calls as the cells allow."""
        net, x_seq, T, cut = copy.deepcopy(self._net), self._x_seq, self.spec["T"], values["cut"]
        set_step_mode(net, mode)
        rows: list[list[torch.Tensor]] = [[] for _ in range(len(net) + 1)]
        todo, made, done, stuck = _order(mode, T, len(net), int(cut)), 0, 0, False
        while todo:
            first, end, k = todo[0]
            stuck = bool(values["feedback"]) and end - first > 1
            for t in range(len(rows[0]), first + 1 if stuck else end):
                back = self.spec["strength"] * rows[-1][t - 1] if values["feedback"] and t else 0
                rows[0].append(x_seq[t] + back)
            if stuck or done + end - first > values["cells"]:
                break
            given = torch.stack(rows[k][first:end])[:, None]  # [T, N, inputs] with N = 1
            with torch.no_grad():
                y = net[k](given[0])[None] if mode == "s" else net[k](given)
            rows[k + 1].extend(y[:, 0])
            made, done, todo = made + 1, done + end - first, todo[1:]
            if values["reset"] and end == cut < T and k == len(net) - 1:
                reset_net(net)
        states = [_states(layer, e) for layer, e in zip(net, self.spec["entries"], strict=True)]
        return Calls(
            made,
            done,
            memory=sum(one.numel() for state in states for one in state.values()),
            given=(end - first) * self.spec["widths"][k] if todo else 0,
            rows=[
                torch.stack(row) if row else x_seq.new_empty(0, width)
                for row, width in zip(rows, self.spec["widths"], strict=True)
            ],
            states=[state["v"][0] if state else None for state in states],
            next=todo[0] if todo else None,
            stuck=bool(todo) and stuck,
            changed=set(),
        )

    def _finite(self) -> bool:
        """Return whether all numbers can be drawn, wherever the sliders are."""
        free = {name: (value,) for name, value in self.spec["fixed"].items()}
        free |= {s["name"]: range(int(s["low"]), int(s["high"]) + 1) for s in self.spec["sliders"]}
        free |= {name: free[name][-1:] for name in ("cells", "reset")}
        for chosen in product(*free.values()):
            done = self._made("s", dict(zip(free, chosen, strict=True)))
            drawn = [*done.rows, *(v for v in done.states if v is not None)]
            if not all(numbers.isfinite().all() for numbers in drawn):
                return False
        return True

    def _scene(self) -> Scene:
        return Scene(self.spec, {**self.spec["fixed"], **self.values}, self.run())


def _states(layer: nn.Module, entry: Mapping[str, Any]) -> dict[str, torch.Tensor]:
    """Return the states of a layer: none if it wasn't called since it was reset."""
    found = {name: getattr(layer, name) for name in entry.get("first", ())}
    return {name: one for name, one in found.items() if isinstance(one, torch.Tensor)}


@speaks
def explore_calls(
    net: nn.Sequential,
    x_seq: torch.Tensor,
    *,
    sliders: Collection[str] | None = None,
    start: Mapping[str, int] | None = None,
    strength: float = 1.0,
) -> Caller:
    r"""Make a figure of the order in which the layers of a network are called.

    It shows a grid for each step mode, the steps across and the layers upward. A cell is one layer
    at one step, and holds what the layer gave there. Step by step, a call computes one cell; in
    mode 'm' it computes a row. The state V is carried over the edges between steps. The page calls
    the layers anew at each move, in double precision, as PyTorch does in float64.

    Args:
        net: Linear layers and neurons, at most 8; see `read_network`. At most 12 numbers go into a
            layer, or come out.
        x_seq: the input, shape ``[T, inputs]``, for one sample; T is from 2 to 12.
        sliders: what the reader can move: "cells", how many cells are computed so far; "cut", after
            how many steps the sequence is cut into two; "reset", whether the layers are reset
            there; "feedback", whether the output of a step is added to the input of the next one.
            By default all of them; no feedback where the output isn't as wide as the input.
        start: the first values of some of them; of others they are 0, and for the cut T: none.
        strength: by which the output is multiplied in the feedback.

    Raises:
        TypeError: an argument of another type, or a network with other layers.
        ValueError: a network that doesn't fit the input, or is too large to be drawn; an input that
            isn't finite; an unknown slider or value; a parameter that isn't one finite number.
        EquationError: an equation can't be printed as JavaScript.
    """
    entries, ours = read_network(net), reference_copy(net)
    wanted = f"wanted at most {_DEEPEST} layers, here {len(ours)}"
    read("net", net, nn.Sequential, wanted, lambda net: len(net) <= _DEEPEST)
    widths = _read_widths(net, x_seq)
    x, T = x_seq.detach().cpu().double(), len(x_seq)
    chosen = _read_sliders(T, widths, sliders, start or {})
    usual = {"cells": T * len(ours), "cut": T, "reset": 0, "feedback": 0}
    spec: dict[str, Any] = {
        "T": T,
        "entries": entries,
        "names": ["X[t]", *(type(layer).__name__ for layer in ours)],
        "fires": [isinstance(layer, BaseNode) for layer in ours],
        "widths": widths,
        "x": packed("x_seq", x),
        "strength": read_number("strength", strength),
        "fixed": {n: value for n, value in usual.items() if n not in chosen},
        "sliders": [*chosen.values()],
        "start": {name: slider["start"] for name, slider in chosen.items()},
        "words": dict(WORDS),
    }
    bounded(written(spec))
    caller = Caller(ours, x, spec)
    wanted = "one of its numbers becomes infinite or NaN, and can't be drawn"
    read("net", net, nn.Sequential, wanted, lambda _: caller._finite())
    return caller


def _read_widths(net: nn.Sequential, x_seq: Any) -> list[int]:
    """Return how many numbers each layer is given, and how many the last one gives."""
    wanted = f"wanted a tensor of shape [T, inputs], T from 2 to {_LONGEST}"
    read("x_seq", x_seq, torch.Tensor, wanted, lambda x: x.ndim == 2 and 2 <= len(x) <= _LONGEST)
    widths = [x_seq.shape[1]]
    for number, layer in enumerate(net):
        if isinstance(layer, nn.Linear):
            wanted = f"net[{number}] takes {layer.in_features} numbers, and is given {widths[-1]}"
            read("x_seq", x_seq, torch.Tensor, wanted, lambda _: layer.in_features == widths[-1])  # noqa: B023
        widths.append(layer.out_features if isinstance(layer, nn.Linear) else widths[-1])
    wanted = f"wanted from 1 to {_WIDEST} numbers into each layer and out of it, here {widths}"
    read("net", net, nn.Sequential, wanted, lambda _: 0 < min(widths) <= max(widths) <= _WIDEST)
    return widths


def _read_sliders(
    T: int,
    widths: list[int],
    sliders: Collection[str] | None,
    start: Any,
) -> dict[str, dict[str, Any]]:
    """Return what the reader can move, with all its numbers."""
    cells = T * (len(widths) - 1)
    ends = {"cells": (0, cells), "cut": (1, T), "reset": (0, 1), "feedback": (0, 1)}
    firsts = {"cells": 0, "cut": T, "reset": 0, "feedback": 0}
    if widths[0] != widths[-1]:  # the output doesn't fit the input
        del ends["feedback"]
    names = ends if sliders is None else read_names("sliders", sliders)
    read("start", start, Mapping, "wanted a first value for some sliders, by name")
    for name in (*names, *start):
        read("a slider", name, str, nearest(name, ends), lambda name: name in ends)
    for name in start:
        wanted = "wanted the first value of a slider that there is"
        read("start", name, str, wanted, lambda name: name in names)
        firsts[name] = read_whole(f"start[{name!r}]", start[name], *ends[name])
    chosen = ranges({}, firsts, {}, {n: (*ends[n], firsts[n], 1) for n in names})
    if "cut" in chosen:
        chosen["cut"]["names"] = ["", *map(str, range(1, T)), WORDS["none"]]
    for name in chosen.keys() & {"reset", "feedback"}:
        chosen[name]["toggle"] = WORDS[f"toggle_{name}"]
    return chosen
