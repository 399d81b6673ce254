"""`explore_depth` makes a figure of what each layer of a network does, a `Prober`."""

import copy
from collections.abc import Collection, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import torch
from torch import nn

from ..backends import Run
from ..node import BaseNode
from .figure import SCRIPT, Figure, bounded, written
from .network import NETWORK, packed, read_network, reference_copy, set_numbers
from .sliders import Range, ranges, read, read_names, speaks
from .still import stacked
from .views import WORDS, filled, literal

if TYPE_CHECKING:
    from matplotlib.figure import SubFigure

__all__ = ["Prober", "explore_depth"]

_DEPTH = Path(__file__).with_name("depth.js").read_text("utf-8")
_MOST = 4_000_000
"""The most products of weights: the page computes all of them anew at each move."""
_BINS, _THRESHOLDS = 100, 5
"""The bins of a histogram, and how many thresholds it reaches to both sides."""
_SICK = (0.005, 0.7)
"""A layer with a lower rate is called silent, one with a higher one saturated, as by `diagnose`."""


class Scene(NamedTuple):
    """A figure at the present values: what the still picture is drawn from."""

    spec: Mapping[str, Any]
    done: Mapping[str, Run]
    thresholds: Mapping[str, float]


def _words(scene: Scene) -> str:
    """Return a figure in words."""
    said, (silent, saturated) = scene.spec["words"], scene.spec["sick"]
    rates = {name: float(done.s_seq.mean()) for name, done in scene.done.items()}
    sick = next((n for n, rate in rates.items() if not silent <= rate <= saturated), "")
    kind = "silent" if rates.get(sick, 0) < silent else "saturated"
    verdict = filled(said, f"first_{kind}" if sick else "firing", {"name": sick})
    shown = ", ".join(f"{rate:.3f}" for rate in rates.values())
    return filled(said, "probed", {"rates": shown, "verdict": verdict})


def _picture(scene: Scene) -> bytes:
    """Return a figure as a WebP picture: the rates, and the potentials of each layer."""
    rows = [partial(_draw_potentials, scene, name) for name in scene.done]
    return stacked([2.2, *[1.2] * len(rows)], [partial(_draw_rates, scene), *rows])


def _draw_rates(scene: Scene, part: "SubFigure") -> None:
    ax, said = part.subplots(), scene.spec["words"]
    numbers = range(1, len(scene.done) + 1)
    ax.bar(numbers, [float(done.s_seq.mean()) for done in scene.done.values()], 0.5)
    ax.set(title=said["rate"], xlabel=said["depth"], xticks=numbers, ylim=(0, 1))


def _draw_potentials(scene: Scene, name: str, part: "SubFigure") -> None:
    ax, (low, high), done = part.subplots(), scene.spec["limits"], scene.done[name]
    potentials: Any = done.h_seq
    ax.hist(potentials.flatten().clamp(low, high).tolist(), _BINS, range=(low, high))
    ax.axvline(scene.thresholds[name], color="black", linestyle="--")
    rate = f"{float(done.s_seq.mean()):.4f}"
    title = filled(scene.spec["words"], "potentials", {"name": name, "rate": rate})
    ax.set(title=literal(title), xlim=(low, high), yticks=[])


class Prober(Figure):
    """A figure of what each layer of a network does; `explore_depth` makes one.

    Attributes:
        values: for each slider's name its value, as in `Explorer`.
    """

    kind, mounted = "depth", "mountProber"
    script = SCRIPT + NETWORK + _DEPTH
    _words, _picture = _words, _picture

    def __init__(self, net: nn.Sequential, x_seq: torch.Tensor, spec: Mapping[str, Any]) -> None:
        self._net, self._x_seq = net, x_seq
        super().__init__(spec)

    @speaks
    def run(self, values: Mapping[str, float] | None = None) -> dict[str, Run]:
        """Run the network in PyTorch, in float64 on the CPU, as the page does.

        Args:
            values: a value for each slider, also beyond its range; None means the present ones.

        Returns:
            For the name of each layer that fires, "layer 1" and so on, what it did; each sequence
            has shape ``[T, N, neurons]``.

        Raises:
            TypeError: no dict of numbers by name.
            ValueError: a slider that there isn't, or that has no value; a value that isn't finite,
                or that a neuron refuses.
        """
        values = self._read(values)
        y, found = self._x_seq, {}
        with torch.no_grad():
            for name, layer in zip(self.spec["names"], self._set(values), strict=True):
                if name:
                    found[name] = layer.run(y, trace=True)  # type: ignore[operator]
                    y = found[name].s_seq
                else:
                    y = layer(y)
                    y = values.get("scale", 1.0) * y if isinstance(layer, nn.Linear) else y
        return found

    def _set(self, values: Mapping[str, float]) -> nn.Sequential:
        """Return the network with the numbers of the sliders."""
        net = copy.deepcopy(self._net)
        for layer in net:
            if isinstance(layer, BaseNode):
                set_numbers(layer, {n: x for n, x in values.items() if n != "scale"})
        return net

    def _scene(self) -> Scene:
        layers = zip(self.spec["names"], self._set(self.values), strict=True)
        thresholds = {name: float(layer.v_threshold) for name, layer in layers if name}  # type: ignore[arg-type]
        return Scene(self.spec, self.run(), thresholds)


@speaks
def explore_depth(
    net: nn.Sequential,
    x_seq: torch.Tensor,
    *,
    sliders: Mapping[str, Range | None] | Collection[str] = ("scale", "v_threshold", "tau"),
) -> Prober:
    r"""Make a figure of the firing rates of a network's layers.

    It shows the rate of each layer that fires, and below it how often each potential H occurs in
    the layer, beside the threshold; it says which layer is the first silent or saturated one. The
    page runs the network anew at each move, in double precision, as PyTorch does in float64.

    Args:
        net: Linear layers and neurons; see `read_network`.
        x_seq: the input, shape ``[T, N, inputs]``: numbers, or spikes of 0 and 1. The page
            multiplies at most 4,000,000 times for it.
        sliders: the names of the sliders, or for each name its range, as in `explore`. "scale"
            multiplies the weights and biases of all Linear layers; each other slider moves the
            field of its name in every neuron that fires.

    Raises:
        TypeError: an argument of another type, or a network with other layers.
        ValueError: a network without a neuron that fires, or that doesn't fit the input; an input
            that isn't finite or is too large; a slider that moves nothing, or a range that a
            neuron refuses; a parameter that isn't one finite number.
        EquationError: an equation can't be printed as JavaScript.
    """
    read("net", net, nn.Sequential, "wanted a torch.nn.Sequential of Linear layers and neurons")
    entries = read_network(net)
    ours = reference_copy(net)
    neurons = [layer for layer in ours if isinstance(layer, BaseNode)]
    read("net", net, nn.Sequential, "it has no neuron that fires", lambda _: neurons)
    dense = [layer for layer in ours if isinstance(layer, nn.Linear)]
    inputs = dense[0].in_features if dense else None
    wanted = f"wanted a tensor of shape [T, N, {inputs or 'neurons'}], without a 0"
    read("x_seq", x_seq, torch.Tensor, wanted, lambda x: x.ndim == 3 and x.numel() > 0)
    read("x_seq", x_seq, torch.Tensor, wanted, lambda x: inputs in (None, x.shape[2]))
    x, (T, N, _) = x_seq.detach().cpu().double(), x_seq.shape
    products = T * N * sum(layer.weight.numel() for layer in dense)
    wanted = f"wanted at most {_MOST} products of weights and inputs, here {products}"
    read("x_seq", x_seq, torch.Tensor, wanted, lambda _: products <= _MOST)
    moved = {"scale": 1.0}
    for layer, entry in zip(ours, entries, strict=True):
        if isinstance(layer, BaseNode):
            fields = {n: getattr(layer, n) for n in entry["values"] if n in layer._fields}
            moved = {n: x for n, x in fields.items() if isinstance(x, float)} | moved
    names = read_names("sliders", sliders)
    given = {name: sliders[name] if isinstance(sliders, Mapping) else None for name in names}
    usual = {n: (0.0, 10.0) for n in names if (n, given[n]) == ("scale", None)}
    named = {str(number): layer for number, layer in enumerate(neurons)}
    chosen = ranges(named, moved, {}, {**given, **usual})
    for layer in neurons:
        for end in ("low", "high"):
            set_numbers(copy.deepcopy(layer), {n: s[end] for n, s in chosen.items()})
    numbers = iter(range(1, len(neurons) + 1))
    reach = _THRESHOLDS * max(abs(float(layer.v_threshold)) for layer in neurons)
    spec = {
        "T": T,
        "N": N,
        "entries": entries,
        "names": [
            WORDS["layer"].format(number=next(numbers)) if isinstance(layer, BaseNode) else ""
            for layer in ours
        ],
        "x": packed("x_seq", x),
        "bins": _BINS,
        "limits": (-reach, reach),
        "sick": _SICK,
        "sliders": [*chosen.values()],
        "start": {name: slider["start"] for name, slider in chosen.items()},
        "words": dict(WORDS),
    }
    bounded(written(spec))
    return Prober(ours, x, spec)
