"""`explore` makes a figure with sliders, an `Explorer`."""

import base64
import copy
import html
import json
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeAlias

import anywidget
import torch
import traitlets
from IPython import get_ipython

from ..backends import Run
from ..equation import Equation
from ..neuron import BaseNode
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
    read_values,
    read_whole,
)
from .still import picture, words
from .views import VIEWS, WORDS, Scene, panels

__all__ = ["SCRIPT", "Explorer", "explore"]

_STYLE, _FIGURE = (
    Path(__file__).with_name(f"figure.{kind}").read_text("utf-8") for kind in ("css", "js")
)
SCRIPT = f"const STYLE = {json.dumps(_STYLE)};\n{_FIGURE}"
_LONGEST, _MOST = 100_000, 5_000_000
"""The most steps or neurons, and steps times neurons: the page runs them anew at each move."""
_LARGEST = 500_000
"""The greatest size of a figure in a page, in bytes."""

Input: TypeAlias = float | Callable[..., Any]


class Explorer(anywidget.AnyWidget):
    """A figure with sliders; `explore` makes one.

    Attributes:
        values: for each slider's name its value. What the reader sets arrives here, and a dict that
            you set here moves the sliders. It is refused with a TraitError unless it has a number
            for each slider, within its range.
    """

    _esm = SCRIPT
    spec = traitlets.Dict(read_only=True).tag(sync=True)
    values = traitlets.Dict().tag(sync=True)

    def __init__(
        self,
        layers: Mapping[str, BaseNode],
        source: Equation,
        noise: torch.Tensor | None,
        spec: Mapping[str, Any],
    ) -> None:
        self._layers, self._source, self._noise = layers, source, noise
        self.set_trait("spec", dict(spec))
        super().__init__(values=spec["start"])

    @traitlets.validate("values")
    def _checked(self, proposal: Any) -> dict[str, float]:
        try:
            return read_values(proposal["value"], self.spec["sliders"], within=True)
        except (TypeError, ValueError) as error:
            raise traitlets.TraitError(str(error)) from None

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
        values = read_values(self.values if values is None else values, self.spec["sliders"])
        x_seq, layers = self._input(values), dict(self._set(values))
        for layer in layers.values():
            layer.backend = "torch"
        with torch.no_grad():
            return {name: layer.run(x_seq, trace=True) for name, layer in layers.items()}

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

    def _scene(self) -> Scene:
        return Scene(self.spec, self.values, self.layers, self.x_seq, self.run(), self.run)

    def describe(self) -> str:
        """Return the figure at the present values in words, one sentence for each layer."""
        return words(self._scene())

    # --- showing it ------------------------------------------------------------------------------

    def to_html(self) -> str:
        """Return the figure as HTML that needs no kernel and no other file.

        Raises:
            ValueError: it would take more than 500 kB of a page.
        """
        return self._html(self._scene())

    def _html(self, scene: Scene) -> str:
        data = {"spec": self.spec, "values": scene.values}
        still = base64.b64encode(picture(scene)).decode()
        texts = words(scene), self.spec["words"]["label"], self.spec["words"]["broken"]
        shown, label, broken = map(html.escape, texts)
        return _bounded(
            f'<div class="snn-explore" role="group" aria-label="{label}" data-broken="{broken}">'
            '<div class="snn-live"></div>'
            f'<img class="snn-still" alt="{shown}" src="data:image/webp;base64,{still}">'
            f'<script type="application/json">{_written(data)}</script></div>'
            f'<script type="module">{SCRIPT}mountAll();</script>'
        )

    def open(self) -> None:
        """Connect the widget with the notebook, where somebody is there to move its sliders."""
        if not _nobody_is_there():
            super().open()

    @property
    def model_id(self) -> str:
        """The widget's name in the notebook; who asks for it wants the widget connected."""
        super().open()
        return str(super().model_id)

    def _repr_mimebundle_(self, **options: Any) -> Any:
        """Return a page of its own and, where somebody can move its sliders, the widget."""
        self.open()
        scene = self._scene()
        page = {"text/plain": words(scene), "text/html": self._html(scene)}
        if self.comm is None:
            return page, {}
        data, metadata = super()._repr_mimebundle_(**options) or ({}, {})
        return {**data, **page}, metadata


def _nobody_is_there() -> bool:
    """Return whether the kernel runs a notebook for a program: nbconvert, or a book's build.

    Where a reader sits in front of it, each request allows the kernel to ask for input; a program
    forbids it. It would keep the widget, and put that into its page, where nothing revives it.
    """
    kernel = getattr(get_ipython(), "kernel", None)
    request: Mapping[str, Any] = getattr(kernel, "get_parent", dict)()
    return request.get("content", {}).get("allow_stdin") is False


def _written(data: Any) -> str:
    """Return data as JSON that may stand in a page; it has no infinity and no NaN."""
    return json.dumps(data, allow_nan=False).replace("<", "\\u003c")


def _bounded(text: str) -> str:
    """Return what is to stand in a page, or refuse it for its size."""
    size = len(text.encode())
    if size > _LARGEST:
        raise ValueError(
            f"explore: the figure would take {size / 1000:.0f} kB of a page; at most "
            f"{_LARGEST / 1000:.0f} kB. Show fewer layers, or less of them."
        )
    return text


# --- making it -----------------------------------------------------------------------------------


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
        N: number of neurons, at most 100,000; only a raster shows more than the first. ``T * N`` is
            at most 5,000,000.
        sliders: the names of the sliders, or for each name its range, ``(low, high)``,
            ``(low, high, start)`` or None for the usual one. By default x, the arguments of the
            input, and tau, v_threshold and v_reset where a layer has them. A field called t, i or
            noise can have none.
        show: what to show, one below the other: "input", "trace" (H, V and the spikes of the first
            neuron of each layer), "raster" (the spikes of all), "rate" (the firing rate of the
            first neuron against one slider's value). By default the trace, or the raster of
            several neurons, below an input that changes with time.
        against: the slider of "rate".
        play: let the reader play and step through time.
        seed: of the noise, from 0 to 2**32 - 1. A page makes the same numbers from it.

    Raises:
        TypeError: an argument of another type; a layer that overrides a step's methods.
        ValueError: no layers or views, an unknown slider or view, a slider that moves nothing, a
            range that isn't two to four finite numbers, doesn't hold the first value or holds one
            that a layer refuses, a number out of its range, a parameter that isn't one finite
            number, or is a float64 tensor, or a figure that would take more than 500 kB of a page.
        EquationError: an equation can't be printed as JavaScript.
    """
    layers = read_layers(layers)
    source, number = read_input(x)
    T, N = read_whole("T", T, 1, _LONGEST), read_whole("N", N, 1, _LONGEST)
    read("T * N", T * N, int, f"wanted at most {_MOST}", lambda count: count <= _MOST)
    seed = read_whole("seed", seed, 0, SEEDS - 1)
    play = read("play", play, bool, "wanted True or False")

    fill = fill_script(source)
    entries = [_entry(name, layer) for name, layer in layers.items()]
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
        raise ValueError(f"explore: show has {unknown}; {nearest(unknown[0], VIEWS)}")
    read("show", show, tuple, f"there is nothing to show; {nearest('', VIEWS)}", len)
    read("against", against, str, "wanted the name of a slider")
    if against not in chosen and ("rate" in show or against != "x"):
        raise ValueError(f"explore: against={against!r} is no slider; {nearest(against, chosen)}")
    spec = {
        "T": T,
        "N": N,
        "layers": entries,
        "input": fill.text,
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
    _bounded(_written(spec))
    noise = torch.from_numpy(normal(seed, T, N)) if "noise" in source.arguments else None
    return Explorer(layers, source, noise, spec)


def _entry(name: str, layer: BaseNode) -> dict[str, Any]:
    """Return what the page needs to know of a layer, and what a slider can move in it."""
    entry, reads = read_node(type(layer).__name__, layer)
    fields = {n: getattr(layer, n) for n in layer._fields if n in reads}
    return {
        "name": name,
        **entry,
        "soft": layer.v_reset is None,
        "mode": layer.step_mode,
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
