"""What a figure is given: one way to read an argument, and the ranges of the sliders.

`read` and what stands on it return a value that fits, or say what came and what was wanted.
"""

import copy
import functools
import inspect
import math
import reprlib
from collections.abc import Callable, Collection, Mapping
from contextvars import ContextVar
from numbers import Integral, Real
from typing import Any, NamedTuple, ParamSpec, TypeAlias, TypeVar

import torch

from ..equation import Equation
from ..fields import meant
from ..neuron import BaseNode
from .script import GIVEN

__all__ = [
    "RANGES",
    "Range",
    "Slider",
    "Values",
    "nearest",
    "ranges",
    "read",
    "read_input",
    "read_layers",
    "read_names",
    "read_number",
    "read_values",
    "read_whole",
    "speaker",
    "speaks",
]

RANGES = {"x": (0.0, 2.0), "tau": (1.0, 50.0), "v_threshold": (0.2, 2.0), "v_reset": (-1.0, 0.8)}
RANGES |= {"tau_w": (1.0, 50.0), "tau_a": (1.0, 50.0), "delta_T": (0.1, 2.0)}
"""The usual range of a slider."""
Range: TypeAlias = tuple[Any, ...]
P = ParamSpec("P")
R = TypeVar("R")
_USUAL = ("tau", "v_threshold", "v_reset")
"""The sliders of a figure for which none are named, below those that its input asks for."""
_LEAST, _GREATEST = torch.finfo(torch.float32).tiny, torch.finfo(torch.float32).max


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


class Values(dict[str, float]):
    """For each slider its value. It is set as a whole: a change inside would reach no page."""

    def _refuse(self, *_: Any, **__: Any) -> Any:
        raise TypeError(
            "a figure's values are set as a whole: explorer.values = {**explorer.values, 'x': 1.0}"
        )

    __setitem__ = __delitem__ = __ior__ = _refuse
    update = setdefault = pop = popitem = clear = _refuse

    def __reduce__(self) -> Any:
        return dict, (dict(self),)  # a copy is a plain dict


# --- reading -------------------------------------------------------------------------------------


_speaker = ContextVar("speaker", default="")


def speaker() -> str:
    """Return the name of the function that a message is about."""
    return _speaker.get() or "explore"


def speaks(function: Callable[P, R]) -> Callable[P, R]:
    """Let the messages of `read`, and of what stands on it, begin with the name of a function."""

    @functools.wraps(function)
    def named(*values: P.args, **options: P.kwargs) -> R:
        token = _speaker.set(_speaker.get() or function.__name__)  # the one that the reader called
        try:
            return function(*values, **options)
        finally:
            _speaker.reset(token)

    return named


def read(
    name: str,
    value: Any,
    kinds: type | tuple[type, ...],
    wanted: str,
    fits: Callable[[Any], Any] = lambda value: True,
) -> Any:
    """Return a value of one of some kinds that fits. True and False are no numbers.

    Raises:
        TypeError: it is of another kind.
        ValueError: it doesn't fit.
    """
    right = isinstance(value, kinds) and (kinds is bool or not isinstance(value, bool))
    if not right or not fits(value):
        raise (ValueError if right else TypeError)(f"{speaker()}: {name}={_shown(value)}; {wanted}")
    return value


def read_number(
    name: str, value: Any, low: float = -_GREATEST, high: float = _GREATEST, wanted: str = ""
) -> float:
    """Return a number, or that in a tensor of shape [], as a float.

    Raises:
        TypeError: no real number.
        ValueError: not a number, or out of the range; by default, infinite in float32.
    """
    if isinstance(value, torch.Tensor) and value.ndim == 0 and not value.is_meta:
        value = value.item()
    bounds = "" if high == _GREATEST else f" from {low:g} to {high:g}"
    wanted = wanted or f"wanted a finite number{bounds}"
    return float(read(name, value, Real, wanted, lambda value: low <= value <= high))


def read_whole(name: str, value: Any, low: int, high: int) -> int:
    """Return a whole number as an int.

    Raises:
        TypeError: no whole number.
        ValueError: out of the range.
    """
    wanted = f"wanted a whole number from {low} to {high}"
    return int(read(name, value, Integral, wanted, lambda value: low <= value <= high))


def read_names(name: str, given: Any) -> tuple[str, ...]:
    """Return the names in a list.

    Raises:
        TypeError: no list of texts.
    """
    text = isinstance(given, str)
    read(name, given, () if text else Collection, f"wanted a list{f', [{given!r}]' * text}")
    return tuple(read(f"a name in {name}", one, str, "wanted a text") for one in given)


def read_layers(given: Any) -> dict[str, BaseNode]:
    """Return copies of one layer, or of several by name, reset and on the CPU.

    Raises:
        TypeError: something else than a layer of `snnbook.neuron`, or a name that is no text.
        ValueError: no layers, or a parameter on the device 'meta', which has no value.
    """
    wanted = "wanted a layer of snnbook.neuron, such as neuron.LIFNode(), or a dict of some by name"
    layers = {type(given).__name__: given} if isinstance(given, BaseNode) else given
    read("layers", layers, Mapping, wanted)
    read("layers", layers, Mapping, f"there are no layers; {wanted}", len)
    return {
        read("a name in layers", name, str, "wanted a printable text", str.isprintable): _copied(
            name, layer, wanted
        )
        for name, layer in layers.items()
    }


def _copied(name: str, layer: Any, wanted: str) -> BaseNode:
    place = f"layers[{name!r}]"
    node: BaseNode = read(place, layer, BaseNode, wanted)
    for parameter, tensor in (*node.named_parameters(), *node.named_buffers()):
        remedy = "wanted a value; make the layer on another device than 'meta'"
        read(f"{place}.{parameter}", tensor, torch.Tensor, remedy, lambda t: not t.is_meta)
    try:
        node = copy.deepcopy(node).cpu()
    except RuntimeError as error:  # PyTorch's, for a tensor in the middle of a graph
        raise ValueError(f"{speaker()}: {place} can't be copied: {error}") from error
    node.reset()
    return node


def read_input(x: Any) -> tuple[Equation, float | None]:
    """Return the input's equation, and where it is a number, this number.

    Raises:
        TypeError: neither a number nor a function.
        ValueError: a number that isn't finite.
        EquationError: a function that is no equation.
    """
    if inspect.isfunction(x) or isinstance(x, Equation):
        return (x if isinstance(x, Equation) else Equation(x)), None
    wanted = "wanted a finite number, or a function such as lambda t, x: x * (t < 50)"
    return Equation(lambda x: x), read_number("x", x, wanted=wanted)


def read_values(
    values: Any,
    sliders: Collection[Mapping[str, Any]],
    *,
    within: bool = False,
    whole: Collection[str] = (),
) -> Values:
    """Return a value for each slider as floats.

    Args:
        values: for each slider's name its value.
        sliders: as `ranges` returns them.
        within: refuse a value that its slider can't show.
        whole: sliders that count or choose something: their values are whole, and within.

    Raises:
        TypeError: no dict of numbers by name.
        ValueError: an unknown or missing name, a value that isn't finite or out of range.
    """
    read("values", values, Mapping, "wanted a value for each slider, by name")
    bounded = {s["name"] for s in sliders if within or s["name"] in whole}
    limits = {s["name"]: (s["low"], s["high"]) if s["name"] in bounded else () for s in sliders}
    for name in values:
        if name not in limits:
            raise ValueError(
                f"{speaker()}: no slider is called {name!r}; {nearest(str(name), limits)}"
            )
    if missing := [name for name in limits if name not in values]:
        raise ValueError(
            f"{speaker()}: the values lack {missing}; wanted one for each slider. "
            "To set one: explorer.values = {**explorer.values, 'x': 1.0}"
        )
    found = Values({n: read_number(f"values[{n!r}]", values[n], *limits[n]) for n in limits})
    for name in found.keys() & {*whole}:
        read(f"values[{name!r}]", found[name], Real, "wanted one of the whole numbers", _is_whole)
    return found


def _is_whole(value: float) -> bool:
    return value % 1 == 0


def nearest(name: str, known: Collection[str]) -> str:
    """Return the names that there are, and the one that may be meant, as the end of a message."""
    return f"there are {[*known]}{meant(name, known)}"


_SHORT = reprlib.Repr()
_SHORT.maxother = _SHORT.maxstring = 80


def _shown(value: Any) -> str:
    """Return a value as it is written, in one line of at most about 80 characters."""
    return " ".join(_SHORT.repr(value).split())


# --- the sliders ---------------------------------------------------------------------------------


def ranges(
    layers: Mapping[str, BaseNode],
    moved: Mapping[str, float],
    asked: Mapping[str, bool],
    given: Mapping[str, Range | None] | Collection[str] | None,
) -> dict[str, dict[str, Any]]:
    """Return the sliders, each with all its numbers.

    Args:
        layers: the layers by name.
        moved: the numbers that a slider can move, as they are: those of the layers' fields that an
            equation or the state reads, and that of a constant input.
        asked: for each further argument of the input whether its result depends on it.
        given: the names of the sliders, or for each name its range; None means the usual ones.

    Raises:
        TypeError: no dict and no list of names.
        ValueError: a slider that moves nothing, a wrong range, an argument without a slider.
    """
    for name, used in asked.items():
        if not used and name not in moved:
            raise ValueError(
                f"{speaker()}: the input has the argument {name!r}, but doesn't use it; take it out"
            )
    if given is None:
        given = [*asked, *(n for n in ("x", *_USUAL) if n in moved and n not in asked)]
    names = read_names("sliders", given)
    wanted = {n: given[n] if isinstance(given, Mapping) else None for n in names}
    if missing := [name for name in asked if name not in wanted]:
        raise ValueError(f"{speaker()}: the input names {missing}; give each of them a slider")
    return {name: _slider(name, wanted[name], layers, moved, asked) for name in wanted}


def _slider(
    name: str,
    given: Range | None,
    layers: Mapping[str, BaseNode],
    moved: Mapping[str, float],
    asked: Collection[str],
) -> dict[str, Any]:
    if name in GIVEN:
        raise ValueError(
            f"{speaker()}: a slider can't be called {name!r}, since {', '.join(GIVEN)} mean "
            "something else in an input; give the layer's field another name"
        )
    if name not in moved and name not in asked:
        raise ValueError(
            f"{speaker()}: the slider {name!r} moves nothing: {_why_nothing(name, layers)}; "
            f"{nearest(name, sorted({*moved, *asked}))}"
        )
    slider = _read_range(name, _usual(name, moved) if given is None else given)
    start = slider.start
    if start is None:
        start = moved.get(name, (slider.low + slider.high) / 2)
    if not slider.low <= start <= slider.high or slider.high - slider.low < _LEAST:
        raise ValueError(
            f"{speaker()}: the slider {name!r} goes from {slider.low:g} to {slider.high:g} and "
            f"starts at {start}; write {name!r}: (low, high, start) with low <= start <= high"
        )
    step = _usual_step(slider.high - slider.low) if slider.step is None else slider.step
    return {**slider._asdict(), "name": name, "start": start, "step": float(f"{step:.6g}")}


def _why_nothing(name: str, layers: Mapping[str, BaseNode]) -> str:
    """Return why a slider of this name moves nothing."""
    for layer in layers.values():
        if name in layer._fields:
            kind, value = type(layer).__name__, getattr(layer, name)
            if isinstance(value, float):
                return f"no equation of {kind} reads it"
            return f"in {kind} it is {_shown(value)}, and a slider moves plain numbers"
    return "no layer has a field of that name, and no input an argument"


def _usual(name: str, moved: Mapping[str, float]) -> Range:
    """Return the range of a slider for which none is given; it holds the layer's own value."""
    value = moved.get(name, 0.5)
    size = min(2 * abs(value), _GREATEST) if abs(value) >= _LEAST else 1.0
    low, high = RANGES.get(name, (-size if value < 0 else 0.0, size))
    value = moved.get(name, low)
    return min(low, value), max(high, value)


def _read_range(name: str, given: Any) -> Slider:
    """Return a range as floats."""
    place = f"sliders[{name!r}]"
    wanted = "wanted (low, high), (low, high, start) or (low, high, start, step), finite numbers"
    read(place, given, (tuple, list), wanted, lambda given: 2 <= len(given) <= 4)
    low, high, *rest = (
        None if number is None and k > 1 else read_number(f"{place}[{k}]", number, wanted=wanted)
        for k, number in enumerate(given)
    )
    slider = Slider(low, high, *rest)  # type: ignore[arg-type]
    if slider.step is not None:
        wanted = "wanted a step above 0, and at most from one end of the range to the other"
        fits = 0 < slider.step <= slider.high - slider.low
        read(f"{place}[3]", slider.step, float, wanted, lambda step: fits)
    return slider


def _usual_step(length: float) -> float:
    """Return 1, 2 or 5 times a power of ten, such that a range has about 200 steps."""
    power = 10.0 ** math.floor(math.log10(length / 100))
    return max(m * power for m in (0.5, 1, 2, 5, 10) if m * power <= 1.000001 * length / 100)
