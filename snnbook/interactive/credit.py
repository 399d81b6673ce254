"""`explore_credit` makes a figure of how far back the gradient of a neuron reaches, a `Tracer`."""

import copy
from collections.abc import Callable, Collection, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import torch

from ..backends import Run
from ..equation import Equation
from ..neuron import BaseNode
from ..visualizing import plot_one_neuron_v_s
from .figure import SCRIPT, Figure, bounded, written
from .network import NETWORK, read_node, set_numbers
from .noise import SEEDS, normal
from .script import GIVEN, fill_script
from .sliders import (
    Range,
    ranges,
    read,
    read_input,
    read_layers,
    read_names,
    read_whole,
    speaks,
)
from .still import stacked
from .views import INPUT, WORDS, filled, literal

if TYPE_CHECKING:
    from matplotlib.figure import SubFigure

__all__ = ["Traced", "Tracer", "explore_credit"]

_CREDIT = Path(__file__).with_name("credit.js").read_text("utf-8")
_LONGEST = 10_000
"""The most steps: the page runs them anew, and goes back, at each move."""
_SWITCHES = ("reset", "detach_reset")
"""The sliders that choose a variant: its number is 2 * reset + detach_reset."""


class Traced(NamedTuple):
    """How far back a gradient reaches.

    Attributes:
        name: the variant's name, such as "hard reset".
        run: what the neuron did; each sequence has shape ``[T, 1]``.
        credit: the derivative of H[T-1] by the input of each step, divided by that of the last
            step, shape ``[T]``. It is that of S[T-1] too, since the surrogate function's slope
            cancels out; where that is 0, there is no number.
        reach: how many steps before the last one the earliest lies that has 1 % of its credit.
    """

    name: str
    run: Run
    credit: torch.Tensor
    reach: int


class Scene(NamedTuple):
    """A figure that was traced: what the still picture is drawn from."""

    spec: Mapping[str, Any]
    layer: BaseNode
    traced: Traced


def _words(scene: Scene) -> str:
    """Return a figure in words, a sentence."""
    name, run, _, reach = scene.traced
    values = {"name": name, "spikes": int(run.s_seq.sum()), "reach": reach}
    return filled(scene.spec["words"], "traced", values)


def _picture(scene: Scene) -> bytes:
    """Return a figure as a WebP picture: what the neuron does, and the credit of each input."""
    return stacked([3.0, 2.0], [partial(_draw_trace, scene), partial(_draw_credit, scene)])


def _draw_trace(scene: Scene, part: "SubFigure") -> None:
    axes, (name, run, _, _) = part.subplots(2, 1, sharex=True, height_ratios=(3, 1)), scene.traced
    s, h, v = torch.stack([run.s_seq, run.h_seq, run.v_seq])[..., 0]  # type: ignore[list-item]
    values: Any = (v, s, scene.layer.v_threshold, scene.layer.v_reset, literal(name))
    plot_one_neuron_v_s(*values, h=h, axes=axes, xlabel="")
    axes[0].set_xlim(-0.5, len(s) - 0.5)


def _draw_credit(scene: Scene, part: "SubFigure") -> None:
    ax, credit, said = part.subplots(), scene.traced.credit, scene.spec["words"]
    ax.bar(range(len(credit)), credit.nan_to_num().tolist(), color=INPUT)
    ax.set(xlim=(-0.5, len(credit) - 0.5), xlabel=said["step"], title=said["credit"])


class Tracer(Figure):
    """A figure of how far back a gradient reaches; `explore_credit` makes one.

    Attributes:
        values: for each slider's name its value, as in `Explorer`.
    """

    kind, mounted = "credit", "mountTracer"
    whole = _SWITCHES
    script = SCRIPT + NETWORK + _CREDIT
    _words, _picture = _words, _picture

    def __init__(
        self,
        layers: Mapping[str, BaseNode],
        source: Equation,
        noise: torch.Tensor | None,
        spec: Mapping[str, Any],
    ) -> None:
        self._layers, self._source, self._noise = layers, source, noise
        super().__init__(spec)

    @speaks
    def traced(self, values: Mapping[str, float] | None = None) -> Traced:
        """Run the neuron in PyTorch, in float64 on the CPU, and go back from its last potential.

        Args:
            values: a value for each slider, also beyond its range, but for the two switches; None
                means the present ones.

        Raises:
            TypeError: no dict of numbers by name.
            ValueError: a slider that there isn't, or that has no value; a value that isn't finite,
                or that the neuron refuses.
        """
        values = self._read(values)
        name, layer = self._variant(values)
        t, i = torch.arange(self.spec["T"], dtype=torch.float64)[:, None], torch.zeros(1).double()
        numbers = {**self.spec["fixed"], **values}
        doubles = {n: torch.tensor(x, dtype=torch.float64) for n, x in numbers.items()}
        given = {"t": t, "i": i, "noise": self._noise, **doubles}
        x: Any = torch.as_tensor(self._source.evaluate(given), dtype=torch.float64)
        x = x.expand(len(t), 1).clone().requires_grad_()
        done = layer.run(x, trace=True)
        (slope,) = torch.autograd.grad(done.s_seq[-1].sum(), x)
        credit = slope[:, 0] / slope[-1, 0]
        found = (credit.abs() >= 0.01).nonzero()[:, 0].tolist()
        seqs: Any = [s.detach() for s in (done.s_seq, done.h_seq, done.v_seq)]  # type: ignore[union-attr]
        run = Run(seqs[0], done.state, *seqs[1:])
        return Traced(name, run, credit, len(t) - 1 - found[0] if found else 0)

    def _variant(self, values: Mapping[str, float]) -> tuple[str, BaseNode]:
        """Return the neuron that the sliders choose, with its numbers."""
        number = 2 * int(values["reset"]) + int(values["detach_reset"])
        name, layer = [*self._layers.items()][number]
        layer = copy.deepcopy(layer)
        set_numbers(layer, {**values})
        return name, layer

    def _scene(self) -> Scene:
        return Scene(self.spec, self._variant(self.values)[1], self.traced())


@speaks
def explore_credit(
    layer: BaseNode,
    x: float | Callable[..., Any] = 0.5,
    T: int = 60,
    *,
    sliders: Mapping[str, Range | None] | Collection[str] = ("tau", "x"),
    seed: int = 0,
) -> Tracer:
    r"""Make a figure of the credit that each input has for a neuron's last potential.

    The page runs the neuron and goes back through time, in double precision, as PyTorch does in
    float64. Besides the sliders that are named there are `reset` (0 is hard, 1 is soft) and
    `detach_reset` (0 or 1); they start as the neuron has them.

    Args:
        layer: the neuron. With a hard reset its `v_reset` is used, or 0 where it has None.
        x: the input, as in `explore`.
        T: number of time steps, at most 10,000.
        sliders: the names of the sliders, or for each name its range, as in `explore`: fields of
            the neuron, numbers of its surrogate function, arguments of the input.
        seed: of the noise, as in `explore`.

    Raises:
        TypeError: an argument of another type, or a neuron that overrides a step's methods.
        ValueError: a slider that moves nothing, or a range that the neuron refuses; a parameter
            that isn't one finite number.
        EquationError: an equation can't be printed as JavaScript.
    """
    read("layer", layer, BaseNode, "wanted a layer of snnbook.neuron, such as neuron.LIFNode()")
    (ours,) = read_layers({"layer": layer}).values()
    source, number = read_input(x)
    T = read_whole("T", T, 2, _LONGEST)
    seed = read_whole("seed", seed, 0, SEEDS - 1)
    layers = _variants(ours.double())
    fill, nets = fill_script(source), []
    moved = {} if number is None else {"x": number}
    for one in layers.values():
        entry, reads = read_node("layer", one, learns=True, double=True)
        nets.append(entry)
        fields = {n: getattr(one, n) for n in one._fields if n in reads}
        moved |= {n: value for n, value in fields.items() if isinstance(value, float)}
        moved |= entry["values"].get("surrogate_function", {})
    asked = {n: n in fill.reads for n in source.arguments if n not in GIVEN and number is None}
    names = read_names("sliders", sliders)
    given = {name: sliders[name] if isinstance(sliders, Mapping) else None for name in names}
    switches = {"reset": float(ours.v_reset is None), "detach_reset": float(ours.detach_reset)}
    ends = {name: (0, 1, value, 1) for name, value in switches.items()}
    chosen = ranges(layers, {**moved, **switches}, asked, {**given, **ends})
    for one in layers.values():
        for end in ("low", "high"):
            set_numbers(
                copy.deepcopy(one), {n: chosen[n][end] for n in chosen if n not in switches}
            )
    chosen["reset"]["names"] = [WORDS["hard"], WORDS["soft"]]
    chosen["detach_reset"]["names"] = ["False", "True"]
    spec = {
        "T": T,
        "nets": nets,
        "layers": [{"name": n, "soft": one.v_reset is None} for n, one in layers.items()],
        "input": fill.text,
        "fixed": {"x": number} if number is not None and "x" not in chosen else {},
        "seed": seed if "noise" in fill.reads else None,
        "sliders": [*chosen.values()],
        "start": {name: slider["start"] for name, slider in chosen.items()},
        "words": dict(WORDS),
    }
    bounded(written(spec))
    noise = torch.from_numpy(normal(seed, T, 1)).double() if "noise" in source.arguments else None
    return Tracer(layers, source, noise, spec)


def _variants(layer: BaseNode) -> dict[str, BaseNode]:
    """Return a neuron with both resets, each as it is and detached, run by the reference."""
    layers, hard = {}, 0.0 if layer.v_reset is None else layer.v_reset
    for name, v_reset in (("hard", hard), ("soft", None)):
        for detached in (False, True):
            one = copy.deepcopy(layer)
            one.v_reset, one.detach_reset, one.backend = v_reset, detached, "torch"
            one.reset()
            layers[WORDS[name] + (WORDS["detached"] if detached else "")] = one
    return layers
