"""Figures that a reader plays with: sliders move a neuron's numbers, and the picture follows.

A figure works in three places, with the same numbers to the bit where only + - * / are used:

- in a notebook it is a widget (anywidget), and what the reader sets is there for the next cell;
- in a built page, without a kernel, a script in the page runs the neuron in the reader's browser,
  as JavaScript printed from the layer's own equations, in float32 as the layer does;
- where no script runs, and in print, a still picture of the first values stands in its place.
"""

import base64
import copy
import html
import io
import json
import math
from collections.abc import Callable, Collection, Iterator, Mapping
from numbers import Real
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import anywidget
import torch
import traitlets

from .backends import Run
from .backends.javascript import fill_script, run_script
from .equation import Equation, Value
from .neuron import BaseNode
from .visualizing import plot_1d_spikes, plot_one_neuron_v_s

if TYPE_CHECKING:
    from matplotlib.figure import SubFigure

__all__ = ["RANGES", "WORDS", "Explorer", "Slider", "explore"]

_SCRIPT = Path(__file__).with_suffix(".js").read_text("utf-8")
_MOUNT = """
for (const root of document.querySelectorAll(".snn-explore:not(.snn-alive)")) {
  const { spec, values } = JSON.parse(root.querySelector("script").textContent);
  mount(root, spec, values);
}
"""
RANGES = {"x": (0.0, 2.0), "tau": (1.0, 50.0), "v_threshold": (0.2, 2.0), "v_reset": (-1.0, 0.8)}
RANGES |= {"tau_w": (1.0, 50.0), "delta_T": (0.1, 2.0)}
"""The usual range of a slider."""
WORDS = {
    "play": "Play",
    "pause": "Pause",
    "forward": "One step",
    "start": "Start values",
    "step": "time step t",
    "neuron": "spikes of each neuron, number 0 on top",
    "rate": "firing rate, in spikes per step",
    "count": "{name}: {spikes} spikes in {steps} steps, firing rate {rate}",
    "now": "{name}, t = {t}: X = {x}, H = {h}, S = {s}, V = {v}",
    "label": "A figure with sliders",
}
"""Every word in a figure; a translated edition changes them here, before it makes figures."""

Input: TypeAlias = float | Callable[..., Value]
Range: TypeAlias = tuple[Any, ...]
_GIVEN = ("t", "i", "noise")
"""The arguments of an input that are not sliders."""
_USUAL = ("x", "tau", "v_threshold", "v_reset")
"""The sliders of a figure for which none are named."""
_GREATEST = torch.finfo(torch.float32).max


class Slider(NamedTuple):
    """The range of a slider. A tuple will do: ``(0, 2)`` or ``(0, 2, 0.5)``.

    Attributes:
        low: the least value.
        high: the greatest value.
        start: the first value; None means the layer's own, and for an input the middle.
        step: the distance between two values; None means about 200 steps in the range.
    """

    low: float
    high: float
    start: float | None = None
    step: float | None = None


class Explorer(anywidget.AnyWidget):
    """A figure with sliders; `explore` makes one.

    Attributes:
        values: for each slider's name its value. What the reader sets arrives here, and a dict that
            you set here moves the sliders.
    """

    _esm = _SCRIPT
    spec = traitlets.Dict().tag(sync=True)
    values = traitlets.Dict().tag(sync=True)

    def __init__(
        self,
        layers: Mapping[str, BaseNode],
        source: Equation,
        noise: torch.Tensor,
        spec: Mapping[str, Any],
        values: Mapping[str, float],
    ) -> None:
        super().__init__(spec=dict(spec), values=dict(values))
        self._layers, self._source, self._noise = layers, source, noise

    @traitlets.validate("values")
    def _checked(self, proposal: Any) -> dict[str, float]:
        wanted = {slider["name"] for slider in self.spec["sliders"]}
        if set(proposal["value"]) != wanted:
            raise traitlets.TraitError(
                f"the values are for {sorted(proposal['value'])}; wanted one for each slider: "
                f"{sorted(wanted)}. To set one: explorer.values = {{**explorer.values, 'x': 1.0}}"
            )
        return {name: float(value) for name, value in proposal["value"].items()}

    def run(self, values: Mapping[str, float] | None = None) -> dict[str, Run]:
        """Run the layers in PyTorch on the CPU, with H and V of each step, without gradients.

        Args:
            values: a value for each slider; None means the present ones.

        Returns:
            For each layer's name what it did; each sequence has shape ``[T, N]``.
        """
        values = self.values if values is None else values
        x_seq = self._input(values)
        layers = {name: layer.cpu() for name, layer in self._set(values)}
        with torch.no_grad():
            return {name: layer.run(x_seq, trace=True) for name, layer in layers.items()}

    @property
    def x_seq(self) -> torch.Tensor:
        r"""The input at the present values, shape ``[T, N]``, float32, on the CPU."""
        return self._input(self.values)

    @property
    def layers(self) -> dict[str, BaseNode]:
        """For each layer's name a copy with the present values, reset."""
        return dict(self._set(self.values))

    @property
    def layer(self) -> BaseNode:
        """A copy of the layer with the present values, reset.

        Raises:
            ValueError: there are several layers; see `layers`.
        """
        if len(self._layers) > 1:
            raise ValueError(f"there are several layers: use layers[name], of {[*self._layers]}")
        return next(iter(self.layers.values()))

    def _input(self, values: Mapping[str, float]) -> torch.Tensor:
        T, N = self.spec["T"], self.spec["N"]
        given = {"t": torch.arange(T)[:, None].float(), "i": torch.arange(N).float()}
        x = self._source.evaluate({**given, "noise": self._noise, **values})
        return torch.as_tensor(x, dtype=torch.float32).expand(T, N).clone()

    def _set(self, values: Mapping[str, float]) -> Iterator[tuple[str, BaseNode]]:
        for (name, layer), entry in zip(self._layers.items(), self.spec["layers"], strict=True):
            layer = copy.deepcopy(layer)
            layer.reset()
            for slider in entry["follows"]:
                setattr(layer, slider, values[slider])
            yield name, layer

    def describe(self) -> str:
        """Return the figure at the present values in words, one sentence for each layer."""
        sentences = []
        for name, done in self.run().items():
            spikes, steps, rate = int(done.s_seq.sum()), len(done.s_seq), float(done.s_seq.mean())
            sentences.append(
                WORDS["count"].format(name=name, spikes=spikes, steps=steps, rate=f"{rate:.4f}")
            )
        return ". ".join(sentences)

    def _repr_mimebundle_(self, **options: Any) -> Any:
        """Return the widget for a notebook, and a page of its own for where there is no kernel."""
        widget = super()._repr_mimebundle_(**options)
        data, metadata = widget if isinstance(widget, tuple) else (widget, {})
        return {
            **(data or {}),
            "text/plain": self.describe(),
            "text/html": self.to_html(),
        }, metadata

    def to_html(self) -> str:
        """Return the figure as HTML that needs no kernel and no other file."""
        data = json.dumps({"spec": self.spec, "values": self.values}).replace("<", "\\u003c")
        still = base64.b64encode(self._still()).decode()
        words, label = (html.escape(text) for text in (self.describe(), WORDS["label"]))
        return (
            f'<div class="snn-explore" role="group" aria-label="{label}">'
            '<div class="snn-live"></div>'
            f'<img class="snn-still" alt="{words}" src="data:image/webp;base64,{still}">'
            f'<script type="application/json">{data}</script></div>'
            f'<script type="module">{_SCRIPT}{_MOUNT}</script>'
        )

    def _still(self) -> bytes:
        """Return the figure at the present values as a WebP picture."""
        from matplotlib.figure import Figure

        done = self.run()
        panels = [(v, n) for v in self.spec["show"] for n in (done if v in _EACH else [""])]
        heights = [_HEIGHTS[view] for view, _ in panels]
        figure = Figure(figsize=(7.6, sum(heights)), dpi=100, layout="constrained")
        parts = figure.subfigures(len(panels), 1, height_ratios=heights, squeeze=False)
        for (view, name), part in zip(panels, parts.flat, strict=True):
            getattr(self, f"_draw_{view}")(part, name, done)
        file = io.BytesIO()
        figure.savefig(file, format="webp", pil_kwargs={"lossless": True})
        return file.getvalue()

    def _draw_input(self, part: "SubFigure", name: str, done: Mapping[str, Run]) -> None:
        ax, x = part.subplots(), self.x_seq[:, 0]
        ax.step(range(len(x)), x, where="mid", color="black")
        ax.axhline(0, color="black", linewidth=0.8)
        ax.set(ylabel="$X[t]$", xlim=(-0.5, len(x) - 0.5), xticks=[])

    def _draw_trace(self, part: "SubFigure", name: str, done: Mapping[str, Run]) -> None:
        layer, run = self.layers[name], done[name]
        levels = [v for v in (layer.v_threshold, layer.v_reset) if v is not None]
        most = 4 * max(1.0, *(abs(torch.as_tensor(level).item()) for level in levels))
        seqs = torch.stack([run.h_seq, run.s_seq, run.v_seq])[..., 0]  # type: ignore[list-item]
        T = int(seqs.isfinite().all(0).cumprod(0).sum())  # infinite or not a number: it ends there
        h, s, v = seqs[:, :T].clamp(-most, most)
        axes = part.subplots(2, 1, sharex=True, height_ratios=(3, 1))
        if T:
            values = (v, s, layer.v_threshold, layer.v_reset, _literal(name))
            plot_one_neuron_v_s(*values, h=h, axes=axes, xlabel=WORDS["step"])
        else:
            axes[0].set_title(_literal(name))
        axes[0].set_xlim(-0.5, len(run.s_seq) - 0.5)

    def _draw_raster(self, part: "SubFigure", name: str, done: Mapping[str, Run]) -> None:
        title = f"{_literal(name)}: {WORDS['neuron']}"
        spikes = done[name].s_seq
        plot_1d_spikes(
            spikes, title, WORDS["step"], "", plot_firing_rate=False, axes=part.subplots()
        )

    def _draw_rate(self, part: "SubFigure", name: str, done: Mapping[str, Run]) -> None:
        ax, against = part.subplots(), self.spec["against"]
        (slider,) = (slider for slider in self.spec["sliders"] if slider["name"] == against)
        points = torch.linspace(slider["low"], slider["high"], 61).tolist()
        runs = [self.run({**self.values, against: value}) for value in points]
        for layer, style in zip(done, ("-", "--", ":") * len(done), strict=False):
            rates = [run[layer].s_seq[:, 0].mean() for run in runs]
            ax.plot(points, rates, style, label=_literal(layer))
            ax.plot(self.values[against], done[layer].s_seq[:, 0].mean(), "ko")
        ax.set(xlabel=against, title=WORDS["rate"])
        if len(done) > 1:
            ax.legend()


_HEIGHTS = {"input": 1.2, "trace": 3.0, "raster": 3.2, "rate": 2.6}
"""What a figure can show, one below the other, with its height in inches."""
_EACH = ("trace", "raster")
"""Of these, what it shows for each layer on its own."""


def _literal(name: str) -> str:
    """Return a name such that matplotlib takes no part of it for a formula."""
    return name.replace("$", r"\$")


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

    A slider moves the attribute of its name in every layer that has one, and the input's argument
    of that name.

    Args:
        layers: a layer, or several by name, which all get the same input. Their parameters are
            single numbers. Where a layer's `step_mode` is 's', `play` goes through its steps.
        x: the input X[t] of every step: a number, which the slider x moves; or an equation of
            ``t`` (the step), ``i`` (the number of the neuron), ``noise`` (standard normal numbers,
            one for each step and neuron) and the names of sliders.
        T: number of time steps.
        N: number of neurons; only a raster shows more than the first.
        sliders: the names of the sliders, or for each name its range, ``(low, high)``,
            ``(low, high, start)`` or None for the usual one. By default x, the arguments of the
            input, and tau, v_threshold and v_reset where a layer has them. An attribute called t, i
            or noise can have none.
        show: what to show, one below the other: "input", "trace" (H, V and the spikes of the first
            neuron of each layer), "raster" (the spikes of all), "rate" (the firing rate of the
            first neuron against one slider's value). By default the trace, or the raster of
            several neurons, below an input that changes with time.
        against: the slider of "rate".
        play: let the reader play and step through time.
        seed: of the noise.

    Raises:
        TypeError: a layer that is no `BaseNode`, or overrides a step's methods; T or N is no int;
            a text where a list of names was wanted.
        ValueError: no layers, an unknown slider or view, a range that isn't two to four finite
            numbers, doesn't hold the first value or holds one that a layer refuses, T or N below 1,
            a parameter that isn't one finite number, or is a float64 tensor.
        EquationError: an equation can't be printed as JavaScript.
    """
    layers = {type(layers).__name__: layers} if isinstance(layers, BaseNode) else dict(layers)
    for name, layer in layers.items():
        if not isinstance(layer, BaseNode):
            raise TypeError(
                f"explore: {name} is {type(layer).__name__}; wanted a layer of snnbook.neuron"
            )
    if not layers:
        raise ValueError("explore: there are no layers; wanted one, or a dict of some by name")
    _check_counts(T, N)
    for argument, given in (("sliders", sliders), ("show", show)):
        if isinstance(given, str):
            raise TypeError(f"explore: {argument}={given!r}; wanted a list, [{given!r}]")
    if not callable(x) and not math.isfinite(x):
        raise ValueError(f"explore: x={x}; wanted a finite number")
    layers = {name: copy.deepcopy(layer) for name, layer in layers.items()}
    fixed = sliders is not None and "x" not in sliders
    source = Equation(x if callable(x) else (lambda: x) if fixed else (lambda x: x))
    entries = [_layer_spec(name, layer) for name, layer in layers.items()]
    ranges = _ranges(layers, source, x, sliders)
    for entry, layer in zip(entries, layers.values(), strict=True):
        entry["follows"] = _followed(layer, ranges)
    timed = bool({"t", "noise"} & {*source.arguments})
    usual = ("input",) * (timed and N == 1) + (("trace",) if N == 1 else ("raster",))
    show = usual if show is None else tuple(show)
    if unknown := [view for view in show if view not in _HEIGHTS]:
        raise ValueError(f"explore: show has {unknown}; there are {[*_HEIGHTS]}")
    if "rate" in show and against not in ranges:
        raise ValueError(f"explore: against={against!r} is no slider; there are {[*ranges]}")
    noise = torch.randn(T, N, generator=torch.Generator().manual_seed(seed))
    start = {name: slider["start"] for name, slider in ranges.items()}
    spec: dict[str, Any] = {
        "T": T,
        "N": N,
        "layers": entries,
        "input": fill_script(source, source.arguments),
        "noise": None,
        "sliders": [*ranges.values()],
        "show": show,
        "against": against,
        "play": play,
        "start": start,
        "words": WORDS,
    }
    if "noise" in source.arguments:
        spec["noise"] = base64.b64encode(noise.numpy().tobytes()).decode()
    return Explorer(layers, source, noise, spec, start)


def _check_counts(*counts: Any) -> None:
    """Raise an error where T and N aren't both an int of at least 1."""
    given = "explore: T={!r}, N={!r}".format(*counts)
    if not all(isinstance(count, int) for count in counts):
        raise TypeError(f"{given}; wanted whole numbers, as int() makes them")
    if min(counts) < 1:
        raise ValueError(f"{given}; wanted at least one step and one neuron")


def _layer_spec(name: str, layer: BaseNode) -> dict[str, Any]:
    """Return what the page needs to know of a layer."""
    neuron = layer.dynamics()
    first = {"v": 0.0 if layer.v_reset is None else "v_reset", **layer.states}
    read = ["v_threshold", *(value for value in first.values() if isinstance(value, str))]
    values = {name: getattr(layer, name) for name in read}
    values |= {n: value for n, value in neuron.parameters.items() if not isinstance(value, bool)}
    for parameter, value in values.items():
        place, tensor = f"explore: {type(layer).__name__}.{parameter}", torch.as_tensor(value)
        if tensor.numel() != 1:
            raise ValueError(
                f"{place} has shape {list(tensor.shape)}; a figure runs neurons whose parameters "
                "are single numbers"
            )
        if isinstance(value, torch.Tensor) and value.dtype == torch.float64:
            raise ValueError(f"{place} is float64; figures run in float32: use layer.float()")
        if not tensor.isfinite():
            raise ValueError(f"{place} is {tensor.item()}; a figure wants finite numbers")
    tensors = [name for name, value in values.items() if isinstance(value, torch.Tensor)]
    return {
        "name": name,
        "code": run_script(neuron, first, tensors),
        "values": {n: torch.as_tensor(v).detach().double().item() for n, v in values.items()},
        "soft": layer.v_reset is None,
        "mode": layer.step_mode,
    }


def _numbers(layer: BaseNode) -> dict[str, float]:
    """Return the attributes of a layer that are plain numbers: those that a slider can move."""
    values = {name: getattr(layer, name) for name in layer._fields}
    return {name: value for name, value in values.items() if isinstance(value, float)}


def _followed(layer: BaseNode, sliders: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Return the names of the sliders that move a layer; it refuses a range that it can't have."""
    names = [name for name in sliders if name in _numbers(layer)]
    layer = copy.deepcopy(layer)
    for name in names:
        for end in ("low", "high"):
            setattr(layer, name, sliders[name][end])
    return names


# --- the sliders ---------------------------------------------------------------------------------


def _ranges(
    layers: Mapping[str, BaseNode],
    source: Equation,
    x: Input,
    given: Mapping[str, Range | None] | Collection[str] | None,
) -> dict[str, dict[str, Any]]:
    """Return the sliders, each with all its numbers."""
    own = {} if callable(x) else {"x": float(x)}
    for layer in layers.values():
        own = {**_numbers(layer), **own}
    asked = [name for name in source.arguments if name not in _GIVEN]
    if given is None:
        given = [*asked, *(n for n in _USUAL if n in own and n not in asked)]
    wanted = given if isinstance(given, Mapping) else dict.fromkeys(given)
    if missing := [name for name in asked if name not in wanted]:
        raise ValueError(f"explore: the input names {missing}; give each of them a slider")
    return {name: _slider(name, range_, own, asked) for name, range_ in wanted.items()}


def _slider(
    name: str, given: Range | None, own: Mapping[str, float], asked: Collection[str]
) -> dict[str, Any]:
    if name not in own and name not in asked:
        raise ValueError(
            f"explore: the slider {name!r} moves nothing; a layer or the input must have a number "
            f"of that name. There are {sorted({*own, *asked})}."
        )
    if name in _GIVEN:
        raise ValueError(
            f"explore: a slider can't be called {name!r}, since {', '.join(_GIVEN)} mean something "
            "else in an input; give the layer's attribute another name"
        )
    slider = _checked_range(name, _usual(name, own) if given is None else given)
    start = slider.start
    if start is None:
        start = own.get(name, (slider.low + slider.high) / 2)
    if not slider.low <= start <= slider.high or slider.low == slider.high:
        raise ValueError(
            f"explore: the slider {name!r} goes from {slider.low:g} to {slider.high:g} and starts "
            f"at {start}; write {name!r}: (low, high, start) with low <= start <= high"
        )
    step = _usual_step(slider.high - slider.low) if slider.step is None else slider.step
    return {**slider._asdict(), "name": name, "start": start, "step": float(f"{step:.6g}")}


def _usual(name: str, own: Mapping[str, float]) -> Range:
    """Return the range of a slider for which none is given; it holds the layer's own value."""
    value = own.get(name, 0.5)
    size = 2 * abs(value) or 1.0
    low, high = RANGES.get(name, (-size if value < 0 else 0.0, size))
    value = own.get(name, low)
    return min(low, value), max(high, value)


def _checked_range(name: str, given: Any) -> Slider:
    """Return a range as floats.

    Raises:
        ValueError: it isn't two to four finite numbers (start and step may be None), or the step
            is 0 or less.
    """
    fits = isinstance(given, (tuple, list)) and 2 <= len(given) <= 4
    numbers = [n for k, n in enumerate(given) if n is not None or k < 2] if fits else []
    fits = fits and all(isinstance(number, Real) for number in numbers)
    if not fits or any(not abs(number) <= _GREATEST for number in numbers):
        raise ValueError(
            f"explore: the range of the slider {name!r} is {given!r}; wanted (low, high), "
            "(low, high, start) or (low, high, start, step), finite numbers"
        )
    floats: list[Any] = [None if number is None else float(number) for number in given]
    slider = Slider(*floats)
    if slider.step is not None and slider.step <= 0:
        raise ValueError(
            f"explore: the step of the slider {name!r} is {slider.step:g}; wanted more than 0"
        )
    return slider


def _usual_step(length: float) -> float:
    """Return 1, 2 or 5 times a power of ten, such that a range has about 200 steps."""
    power = 10.0 ** math.floor(math.log10(length / 100))
    return max(m * power for m in (0.5, 1, 2, 5, 10) if m * power <= 1.000001 * length / 100)
