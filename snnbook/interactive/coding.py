"""`explore_codes` makes a figure of codes: a picture becomes spikes, and spikes a picture again."""

import inspect
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import torch

from ..equation import Equation
from ..neuron import BaseNode
from .explore import neuron_entry
from .figure import SCRIPT, Figure, bounded, written
from .script import fill_script
from .sliders import Range, nearest, read, read_whole, speaks
from .still import picture
from .views import VIEWS, WORDS, Scene, View, filled

if TYPE_CHECKING:
    from matplotlib.figure import SubFigure

__all__ = ["Code", "Coder", "Sent", "explore_codes"]

_CODING = Path(__file__).with_name("coding.js").read_text("utf-8")
_GIVEN = {"x": "data.x[i]", "t": "t", "uniform": "data.uniform[t * columns + i]"}
"""The arguments of a code's equations, besides T, and what they are in JavaScript."""
_ARGUMENTS = {"signal": ("x", "t", "T", "uniform"), "worth": ("t", "T"), "silence": ("T",)}
_MOST, _LONGEST, _SEEDS = 1024, 1000, 100
"""The most pixels, and the most steps and seeds that a slider has."""


def _nothing() -> float:
    return 0.0


class Code(NamedTuple):
    """A code for numbers from 0 to 1, as equations: what goes in, and what a spike is worth.

    Attributes:
        signal: the input of the neuron, or without a neuron the spikes themselves: an equation of
            x (the number), t (the step), T (the number of steps) and uniform (a random number from
            0 to 1, for each number and step), or of some of them.
        neuron: what makes the spikes, or None.
        worth: what a spike tells, an equation of t and T.
        silence: what is told without any spike, an equation of T.
    """

    signal: Callable[..., Any]
    neuron: BaseNode | None = None
    worth: Callable[..., Any] = _nothing
    silence: Callable[..., Any] = _nothing

    @property
    def draws(self) -> bool:
        """Whether the signal has the argument uniform."""
        return "uniform" in inspect.signature(self.signal).parameters

    def encode(
        self, x: torch.Tensor, T: int, generator: torch.Generator | None = None
    ) -> torch.Tensor:
        """Return the spikes ``[T, *]`` of numbers ``[*]``, in x's dtype and on its device.

        Args:
            x: numbers from 0 to 1.
            T: number of time steps.
            generator: of the random numbers, on the CPU.

        Raises:
            ValueError: the signal has the argument uniform, and there is no generator.
        """
        t = torch.arange(T, dtype=x.dtype, device=x.device).reshape(T, *[1] * x.ndim)
        given = {"x": x, "t": t, "T": T}
        if self.draws:
            if generator is None:
                raise ValueError("the code draws random numbers; wanted a torch.Generator")
            drawn = torch.rand(T, *x.shape, dtype=x.dtype, device="cpu", generator=generator)
            given["uniform"] = drawn.to(x.device)
        x_seq = Equation(self.signal).evaluate(given).expand(T, *x.shape)
        s_seq: torch.Tensor = x_seq if self.neuron is None else self.neuron.run(x_seq).s_seq
        return s_seq

    def decode(self, s_seq: torch.Tensor) -> torch.Tensor:
        """Return the numbers ``[*]`` that spikes ``[T, *]``, floating point, tell.

        They are the worths of the spikes, added up, and that of silence.
        """
        T = len(s_seq)
        t = torch.arange(T, dtype=s_seq.dtype, device=s_seq.device)
        given: Mapping[str, Any] = {"t": t, "T": T}
        worth = torch.as_tensor(Equation(self.worth).evaluate(given)).to(s_seq).expand(T)
        silence = Equation(self.silence).evaluate(given)
        told: torch.Tensor = torch.tensordot(worth, s_seq, 1) + silence
        return told


class Sent(NamedTuple):
    """What was sent of a picture, and what came back.

    Attributes:
        s_seq: the spikes, shape ``[T, N]``, a neuron for each pixel, row by row.
        told: the decoded picture, in its shape.
    """

    s_seq: torch.Tensor
    told: torch.Tensor


def _pictures(part: "SubFigure", scene: Scene, name: str) -> None:
    """The picture that goes in, and the one that the spikes tell."""
    words, drawn = scene.spec["words"], (scene.x_seq, scene.done[name].told)
    for ax, image, word in zip(part.subplots(1, 2), drawn, ("given", "back"), strict=True):
        ax.imshow(image.tolist(), cmap="gray_r", vmin=0, vmax=1)
        ax.set(title=words[word], xticks=[], yticks=[])


def _words(scene: Scene) -> str:
    """Return a figure in words."""
    ((name, sent),) = scene.done.items()
    error = (sent.told - scene.x_seq).square().mean().sqrt()
    values = {"name": name, "steps": len(sent.s_seq), "spikes": int(sent.s_seq.sum())}
    return filled(scene.spec["words"], "told", {**values, "error": f"{error:.4f}"})


def _picture(scene: Scene) -> bytes:
    """Return a figure as a WebP picture: the pictures, and the spikes."""
    return picture(scene, {**VIEWS, "pictures": View(2.4, False, _pictures)})


class Coder(Figure):
    """A figure in which a picture becomes spikes; `explore_codes` makes one."""

    kind, mounted = "codes", "mountCoder"
    whole = "T", "seed", "code"
    script = SCRIPT + _CODING
    _words, _picture = _words, _picture

    def __init__(self, x: torch.Tensor, codes: Mapping[str, Code], spec: Mapping[str, Any]) -> None:
        self._x, self._codes = x, codes
        super().__init__(spec)

    def run(self, values: Mapping[str, float] | None = None) -> dict[str, Sent]:
        """Send the picture, in PyTorch on the CPU.

        Args:
            values: T, seed and the number of the code; None means the present ones.

        Returns:
            What was sent, under the name of the code.

        Raises:
            TypeError: no dict of numbers by name.
            ValueError: a slider that there isn't, or that has no value; a value out of its range.
        """
        values = self._read(values)
        name = [*self._codes][int(values.get("code", 0))]
        generator = torch.Generator("cpu").manual_seed(int(values.get("seed", 0)))
        with torch.no_grad():
            s_seq = self._codes[name].encode(self._x, int(values["T"]), generator)
            return {name: Sent(s_seq.flatten(1), self._codes[name].decode(s_seq))}

    def _scene(self) -> Scene:
        return Scene(self.spec, self.values, {}, self._x, self.run(), self.run)


@speaks
def explore_codes(
    x: torch.Tensor, codes: Mapping[str, Code], T: Range = (2, 64, 16), *, seed: int = 0
) -> Coder:
    """Make a figure in which the reader sends a picture by spikes.

    It shows the picture, the spikes and what they tell, with sliders for T, for the seed of the
    random numbers where a code draws some, and for the code where there are several. A page makes
    the random numbers of PyTorch from the seed, so that its spikes are those of `Code.encode`.

    Args:
        x: the picture, numbers from 0 to 1, shape ``[H, W]``, at most 1,024 pixels.
        codes: the codes by name.
        T: the range of the number of steps: ``(low, high, start)``, from 2 to 1,000.
        seed: the first seed, from 0 to 99.

    Raises:
        TypeError: an argument of another type; a neuron that overrides a step's methods.
        ValueError: x isn't of two dimensions, too large, or has values out of 0 to 1; no codes; an
            equation with another argument; a range that isn't three whole numbers in order; a
            neuron's parameter that isn't one number.
        EquationError: an equation can't be printed as JavaScript.
    """
    read("x", x, torch.Tensor, "wanted a picture, a tensor of numbers from 0 to 1")
    wanted = f"wanted a picture [H, W] of 1 to {_MOST} numbers from 0 to 1"
    fits = x.ndim == 2 and 0 < x.numel() <= _MOST and x.is_floating_point() and not x.is_meta
    read("x", x, torch.Tensor, wanted, lambda x: fits and bool(((x >= 0) & (x <= 1)).all()))
    sent = x.detach().to("cpu", torch.float32)
    read("codes", codes, Mapping, "wanted codes by name, such as {'latency': Code(…)}", len)
    for name, code in codes.items():
        read(f"codes[{name!r}]", code, Code, f"wanted a Code; {nearest(name, [*codes])}")
    read("T", T, (tuple, list), "wanted (low, high, start)", lambda T: len(T) == 3)
    low, high = read_whole("T[0]", T[0], 2, _LONGEST), read_whole("T[1]", T[1], 2, _LONGEST)
    start = {"T": read_whole("T[2]", T[2], low, high)}
    sliders: list[dict[str, Any]] = [{"name": "T", "low": low, "high": high}]
    if any(code.draws for code in codes.values()):
        start["seed"] = read_whole("seed", seed, 0, _SEEDS - 1)
        sliders.append({"name": "seed", "low": 0, "high": _SEEDS - 1})
    if len(codes) > 1:
        start["code"] = 0
        sliders.append({"name": "code", "low": 0, "high": len(codes) - 1, "names": [*codes]})
    rows, columns = sent.shape
    spec = {
        "T": high,
        "N": sent.numel(),
        "layers": [],
        "codes": [_entry(name, code) for name, code in codes.items()],
        "picture": {"rows": rows, "columns": columns, "values": sent.flatten().tolist()},
        "sliders": [{**slider, "step": 1, "start": start[slider["name"]]} for slider in sliders],
        "panels": [("pictures", 0), ("raster", 0)],
        "play": False,
        "start": start,
        "words": dict(WORDS),
    }
    bounded(written(spec))
    return Coder(sent, dict(codes), spec)


def _entry(name: str, code: Code) -> dict[str, Any]:
    """Return what the page needs to know of a code."""
    texts = {}
    for part, known in _ARGUMENTS.items():
        source = Equation(getattr(code, part))
        if unknown := [argument for argument in source.arguments if argument not in known]:
            raise ValueError(
                f"explore_codes: the {part} of {name!r} has the argument {unknown[0]!r}; "
                f"{nearest(unknown[0], known)}"
            )
        texts[part] = fill_script(source, _GIVEN).text
    neuron = None if code.neuron is None else neuron_entry(name, code.neuron)
    return {"name": name, "random": code.draws, "neuron": neuron, **texts}
