"""`explore` makes a figure with sliders, an `Explorer`."""

import copy
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import torch

from ..backends import Run
from ..equation import Equation
from ..neuron import BaseNode
from .account import Account
from .figure import SCRIPT, Figure, bounded, written
from .network import read_node
from .noise import SEEDS, normal
from .script import GIVEN, fill_script
from .sliders import (
    Range,
    nearest,
    ranges,
    read,
    read_input,
    read_layers,
    read_names,
    read_whole,
    speaker,
    speaks,
)
from .steps import step_lines
from .still import picture, words
from .views import VIEWS, WORDS, Scene, panels

__all__ = ["Explorer", "Goal", "explore", "neuron_entry", "read_goal"]

_EXPLORE = "\n".join(
    Path(__file__).with_name(name).read_text("utf-8")
    for name in ("columns.js", "population.js", "explore.js")
)
_LONGEST, _MOST = 100_000, 5_000_000
"""The most steps or neurons, and steps times neurons: the page runs them anew at each move."""

Input: TypeAlias = float | Callable[..., Any]


class Goal(NamedTuple):
    """A question that a figure knows the answer to: it says so when the reader has found it.

    Attributes:
        found: an equation that holds where the answer is found: a condition on sliders, by their
            names, on ``spikes``, how many there are, and on two numbers of the first neuron: ``v``,
            its last potential, and ``lost``, as in `Account`. Of several layers they are
            ``spikes_0``, ``v_0``, ``lost_0``, ``spikes_1``, ….
        says: one sentence, which stands below the figure then; ``{x}`` in it is the slider's value.
        asks: the question, which stands there until then, where the text around does not ask it.
    """

    found: Callable[..., Any]
    says: str
    asks: str = ""


class Explorer(Figure):
    """A figure with sliders; `explore` makes one.

    Attributes:
        values: for each slider's name its value. What the reader sets arrives here, and a dict that
            you set here moves the sliders. It is refused with a TraitError unless it has a number
            for each slider, within its range.
    """

    kind, mounted = "explore", "mountExplorer"
    script = SCRIPT + _EXPLORE
    _words, _picture = words, picture

    def __init__(
        self,
        layers: Mapping[str, BaseNode],
        source: Equation,
        noise: torch.Tensor | None,
        spec: Mapping[str, Any],
    ) -> None:
        self._layers, self._source, self._noise = layers, source, noise
        super().__init__(spec)

    def _counts(self) -> dict[str, float]:
        scene = self._scene()
        return _counted(scene.done, scene.accounts())

    def run(self, values: Mapping[str, float] | None = None) -> dict[str, Run]:
        """Run the layers in PyTorch on the CPU, with H and V of each step, without gradients.

        Args:
            values: a value for each slider, also beyond its range; None means the present ones.

        Returns:
            For each layer's name what it did; each sequence has shape ``[T, N]``.

        Raises:
            TypeError: no dict of numbers by name.
            ValueError: a slider that there isn't, or that has no value; a value that isn't finite,
                or that a layer refuses.
        """
        values = self._read(values)
        x_seq, layers = self._input(values), dict(self._set(values))
        for layer in layers.values():
            layer.backend = "torch"
        with torch.no_grad():
            return {name: layer.run(x_seq, trace=True) for name, layer in layers.items()}

    def account(self, values: Mapping[str, float] | None = None) -> dict[str, Account]:
        """Return where the input of each layer's first neuron went, in a run on the CPU.

        Args:
            values: as in `run`.

        Raises:
            TypeError, ValueError: as `run` does.
        """
        values = self._read(values)
        return self._scene(values).accounts()

    @property
    def x_seq(self) -> torch.Tensor:
        r"""The input at the present values, shape ``[T, N]``, float32, on the CPU."""
        return self._input(self.values)

    @property
    def layers(self) -> dict[str, BaseNode]:
        """For each layer's name a copy with the present values, reset, on the CPU."""
        return dict(self._set(self.values))

    @property
    def layer(self) -> BaseNode:
        """A copy of the layer with the present values, reset, on the CPU.

        Raises:
            ValueError: there are several layers; see `layers`.
        """
        if len(self._layers) > 1:
            raise ValueError(f"there are several layers: use layers[name], of {[*self._layers]}")
        return next(iter(self.layers.values()))

    def _input(self, values: Mapping[str, float]) -> torch.Tensor:
        T, N = self.spec["T"], self.spec["N"]
        t, i = (torch.arange(n, dtype=torch.float32, device="cpu") for n in (T, N))
        given = {"t": t[:, None], "i": i, "noise": self._noise, **self.spec["fixed"], **values}
        x = torch.as_tensor(self._source.evaluate(given), dtype=torch.float32, device="cpu")
        return x.expand(T, N).clone()

    def _set(self, values: Mapping[str, float]) -> Iterator[tuple[str, BaseNode]]:
        for (name, layer), entry in zip(self._layers.items(), self.spec["layers"], strict=True):
            layer = copy.deepcopy(layer)
            for slider in entry["follows"]:
                setattr(layer, slider, values[slider])
            yield name, layer

    def _scene(self, values: Mapping[str, float] | None = None) -> Scene:
        values = self.values if values is None else values
        layers, x_seq = dict(self._set(values)), self._input(values)
        return Scene(self.spec, values, layers, x_seq, self.run(values), self.run)


# --- making it -----------------------------------------------------------------------------------


@speaks
def explore(
    layers: BaseNode | Mapping[str, BaseNode],
    x: Input = 0.5,
    T: int = 100,
    N: int = 1,
    *,
    sliders: Mapping[str, Range | None] | Collection[str] | None = None,
    show: Collection[str] | None = None,
    against: str = "x",
    play: bool = False,
    seed: int = 0,
    goal: Goal | None = None,
) -> Explorer:
    r"""Make a figure in which the reader moves a layer's numbers and its input.

    A slider moves the field of its name in every layer where an equation or the state reads it, and
    the input's argument of that name.

    Args:
        layers: a layer, or several by name, which all get the same input. Their parameters are
            single numbers. Where a layer's `step_mode` is 's', `play` goes through its steps.
        x: the input X[t] of every step: a number, which the slider x moves; or an equation of
            ``t`` (the step), ``i`` (the number of the neuron), ``noise`` (standard normal numbers,
            one for each step and neuron) and the names of sliders.
        T: number of time steps, at most 100,000.
        N: number of neurons, at most 100,000; only "raster", "bell", "population" and "fraction"
            show more than the first. ``T * N`` is at most 5,000,000.
        sliders: the names of the sliders, or for each name its range, ``(low, high)``,
            ``(low, high, start)`` or None for the usual one. By default x, the arguments of the
            input, and tau, v_threshold and v_reset where a layer has them. A field called t, i or
            noise can have none.
        show: what to show, one below the other: "input", "trace" (H, V and the spikes of the first
            neuron of each layer), "raster" (the spikes of all), "columns" (the spikes of the first
            neuron at every value of one slider, a column for each), "rate" (the firing rate of the
            first neuron against one slider's value), "account" (the potentials of all layers in
            one frame, and beside them where the input went: see `Explorer.account`), "bell" (how
            often each value of the input comes; two of the input's sliders are handles on it: one
            that moves the value of a noise of 0, and one that moves how far that of 1 is from it),
            "population" (the raster, and beside it the firing rate of each row; it can be sorted by
            them, and the trace is that of the row that the reader chooses), "fraction" (of the
            neurons of a layer that fire at each step). By default the trace, or the raster of
            several neurons, below an input that changes with time.
        against: the slider of "columns" and "rate".
        play: let the reader play and step through time.
        seed: of the noise, from 0 to 2**32 - 1. A page makes the same numbers from it.
        goal: what there is to find. The figure says so below the picture when the reader has found
            it; for the next cell it is `Explorer.found`.

    Raises:
        TypeError: an argument of another type; a layer that overrides a step's methods.
        ValueError: no layers or views, an unknown slider or view, a slider that moves nothing, an
            input that isn't finite at the start, a
            range that isn't two to four finite numbers, doesn't hold the first value or holds one
            that a layer refuses, a number out of its range, a parameter that isn't one finite
            number, or is a float64 tensor, a goal that names something else or is reached at the
            start, or a figure that would take more than 500 kB of a page.
        EquationError: an equation can't be printed as JavaScript.
    """
    layers = read_layers(layers)
    source, number = read_input(x)
    T, N = read_whole("T", T, 1, _LONGEST), read_whole("N", N, 1, _LONGEST)
    read("T * N", T * N, int, f"wanted at most {_MOST}", lambda count: count <= _MOST)
    seed = read_whole("seed", seed, 0, SEEDS - 1)
    play = read("play", play, bool, "wanted True or False")

    fill = fill_script(source)
    entries = [neuron_entry(name, layer) for name, layer in layers.items()]
    moved = {} if number is None else {"x": number}
    for entry in entries:
        moved = {**entry["moved"], **moved}
    asked = {n: n in fill.reads for n in source.arguments if n not in GIVEN and number is None}
    chosen = ranges(layers, moved, asked, sliders)
    for entry, layer in zip(entries, layers.values(), strict=True):
        own = entry.pop("moved")
        entry["follows"] = _followed(layer, [name for name in chosen if name in own], chosen)

    timed = bool({"t", "noise"} & fill.reads)
    usual = ("input",) * (timed and N == 1) + (("trace",) if N == 1 else ("raster",))
    show = usual if show is None else read_names("show", show)
    if unknown := [view for view in show if view not in VIEWS]:
        raise ValueError(f"{speaker()}: show has {unknown}; {nearest(unknown[0], VIEWS)}")
    read("show", show, tuple, f"there is nothing to show; {nearest('', VIEWS)}", len)
    read("against", against, str, "wanted the name of a slider")
    if against not in chosen and ({"rate", "columns"} & {*show} or against != "x"):
        raise ValueError(
            f"{speaker()}: against={against!r} is no slider; {nearest(against, chosen)}"
        )
    spec = {
        "T": T,
        "N": N,
        "layers": entries,
        "input": fill.text,
        "inputs": [name for name in chosen if name in fill.reads],
        "steady": not timed,
        "alike": not {"t", "i"} & fill.reads,
        "fixed": {"x": number} if number is not None and "x" not in chosen else {},
        "seed": seed if "noise" in fill.reads else None,
        "sliders": [*chosen.values()],
        "show": show,
        "panels": panels(show, len(layers)),
        "against": against,
        "play": play,
        "start": {name: slider["start"] for name, slider in chosen.items()},
        "words": dict(WORDS),
    }
    if goal is not None:
        found, spec["goal"] = read_goal(goal, chosen, _counted(dict.fromkeys(layers)))
    bounded(written(spec))
    noise = torch.from_numpy(normal(seed, T, N)) if "noise" in source.arguments else None
    explorer = Explorer(layers, source, noise, spec)
    x_seq = explorer.x_seq
    if not bool(x_seq.isfinite().all()):
        t, i = (~x_seq.isfinite()).nonzero()[0].tolist()
        raise ValueError(
            f"{speaker()}: x is {x_seq[t, i]:g} at step {t} of neuron {i} with the sliders' first "
            "values; wanted finite numbers: t begins at 0, as in 1 / (t + 1)"
        )
    if goal is not None:
        explorer._ask(goal, found)
    return explorer


def read_goal(
    goal: Any, sliders: Collection[str], counted: Collection[str]
) -> tuple[Equation, dict[str, str]]:
    """Return the condition of a goal, and what the page needs to know of it.

    Args:
        goal: the goal.
        sliders: the names of the sliders.
        counted: the names of what is known of a run.

    Raises:
        TypeError: no `Goal`, or one without a text.
        ValueError: an empty text, or a text or a condition that names something else.
        EquationError: the condition can't be printed as JavaScript.
    """
    wanted = "wanted Goal(found, says), such as Goal(lambda spikes: spikes == 0, 'It is silent.')"
    read("goal", goal, Goal, wanted)
    read("goal.says", goal.says, str, "wanted a sentence", str.strip)
    read("goal.asks", goal.asks, str, "wanted a question, or '' for none")
    named = re.findall(r"\{(\w*)", goal.says)
    if unknown := [name for name in named if name not in sliders]:
        raise ValueError(f"{speaker()}: goal.says has {unknown}; {nearest(unknown[0], sliders)}")
    source, known = Equation(goal.found), [*sliders, *counted]
    if unknown := [name for name in source.arguments if name not in known]:
        raise ValueError(f"{speaker()}: goal.found has {unknown}; {nearest(unknown[0], known)}")
    script = fill_script(source, {name: f"data.{name}" for name in counted})
    return source, {"code": script.text, "says": goal.says, "asks": goal.asks}


def _counted(
    runs: Mapping[str, Run | None], accounts: Mapping[str, Account] | None = None
) -> dict[str, float]:
    """Return what a goal may name of some runs and their accounts; it is 0 where there are none."""
    found = {}
    for k, (name, run) in enumerate(runs.items()):
        end = f"_{k}" if len(runs) > 1 else ""
        found[f"spikes{end}"] = float(run.s_seq.sum()) if run else 0.0
        found[f"v{end}"] = float(run.v_seq[-1, 0]) if run else 0.0  # type: ignore[index]
        found[f"lost{end}"] = accounts[name].lost if accounts else 0.0
    return found


def neuron_entry(name: str, layer: BaseNode) -> dict[str, Any]:
    """Return what the page needs to know of a layer, and what a slider can move in it."""
    entry, reads = read_node(type(layer).__name__, layer)
    fields = {n: getattr(layer, n) for n in layer._fields if n in reads}
    return {
        "name": name,
        **entry,
        "soft": layer.v_reset is None,
        "mode": layer.step_mode,
        "steps": step_lines(layer),
        "moved": {n: value for n, value in fields.items() if isinstance(value, float)},
    }


def _followed(
    layer: BaseNode, names: list[str], sliders: Mapping[str, Mapping[str, Any]]
) -> list[str]:
    """Return the names of the sliders that move a layer; it refuses a range that it can't have."""
    layer = copy.deepcopy(layer)
    for name in names:
        for end in ("low", "high"):
            setattr(layer, name, sliders[name][end])
    return names
