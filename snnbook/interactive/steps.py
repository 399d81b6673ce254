"""A step of a neuron in words: its equations, with places for numbers.

They are written from the equations that run. A place is ``{V[t-1]}``, ``{X[t]}`` or ``{tau}``: the
page fills it with the number that stood there.
"""

from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any

from ..backends import Dynamics
from ..equation import FUNCTIONS, Equation, register_library
from ..node import Node

__all__ = ["step_lines"]

_LOOSE, _SUM, _PRODUCT, _SIGNED, _POWER, _CLOSED = range(6)
"""How firmly a text holds together: what is looser than its surroundings needs parentheses."""


class _Text:
    """Stands for a value of an equation, and is what is written there."""

    def __init__(self, text: str, hold: int = _CLOSED) -> None:
        self.text, self.hold = text, hold

    def inside(self, hold: int) -> str:
        """Return the text as a part of another one, which holds as firmly as this."""
        return self.text if self.hold >= hold else f"({self.text})"

    def detach(self) -> "_Text":
        """Return the text itself: it is about values, not about gradients."""
        return self

    def __neg__(self) -> "_Text":
        return _Text(f"−{self.inside(_SIGNED)}", _SIGNED)

    def __pos__(self) -> "_Text":
        return self

    def __abs__(self) -> "_Text":
        return _Text(f"|{self.text}|")

    def __bool__(self) -> bool:
        raise TypeError("`if` and the like can't depend on a value: use where(condition, a, b)")

    __hash__ = object.__hash__
    __array_ufunc__ = None


def _text(value: Any) -> _Text:
    if isinstance(value, _Text):
        return value
    text = f"{value:.6g}".replace("-", "−")
    return _Text(text, _SIGNED if text.startswith("−") else _CLOSED)


def _define(name: str, sign: str, hold: int, left: int, right: int) -> None:
    def write(first: Any, second: Any) -> _Text:
        return _Text(f"{_text(first).inside(left)}{sign}{_text(second).inside(right)}", hold)

    def swapped(second: Any, first: Any) -> _Text:
        return write(first, second)

    setattr(_Text, f"__{name}__", write)
    setattr(_Text, f"__r{name}__", swapped)


for _name, _sign, *_holds in (
    ("add", " + ", _SUM, _SUM, _SUM),
    ("sub", " − ", _SUM, _SUM, _PRODUCT),
    ("mul", " · ", _PRODUCT, _PRODUCT, _SIGNED),
    ("truediv", "/", _PRODUCT, _PRODUCT, _POWER),
    ("pow", "^", _POWER, _CLOSED, _CLOSED),
    ("lt", " < ", _LOOSE, _SUM, _SUM),
    ("le", " ≤ ", _LOOSE, _SUM, _SUM),
    ("gt", " > ", _LOOSE, _SUM, _SUM),
    ("ge", " ≥ ", _LOOSE, _SUM, _SUM),
    ("eq", " = ", _LOOSE, _SUM, _SUM),
    ("ne", " ≠ ", _LOOSE, _SUM, _SUM),
    ("and", " and ", _LOOSE, _SUM, _SUM),
    ("or", " or ", _LOOSE, _SUM, _SUM),
):
    _define(_name, _sign, *_holds)


def _function(name: str) -> Callable[..., _Text]:
    return lambda *values: _Text(f"{name}({', '.join(_text(value).text for value in values)})")


register_library(_Text, SimpleNamespace(**{name: _function(name) for name in FUNCTIONS}))


def step_lines(layer: Node) -> list[tuple[str, str]]:
    """Return a step's equations in their order: the left-hand side, and the text of the right one.

    Raises:
        TypeError: the layer overrides a step's methods, or an equation needs a value to go on.
    """
    neuron = layer.dynamics()
    letters = {name: name.upper() if len(name) == 1 else name for name in neuron.states}
    places = {name: f"{letter}[t-1]" for name, letter in letters.items()}
    places |= {"x": "X[t]", "h": "H[t]", "s": "S[t]"}
    lines = []
    for name, update in neuron.before.items():
        lines.append((f"{letters[name]}[t]", _written(update, neuron, places)))
        places[name] = f"{letters[name]}[t]"  # what follows reads the new value
    lines.append(("H[t]", _written(neuron.charge, neuron, places)))
    if neuron.fire is not None:
        theta: Any = neuron.surrogate
        name = "Θ" if getattr(theta, "spiking", True) else type(theta).__name__
        lines.append(("S[t]", f"{name}({_written(neuron.fire, neuron, places)})"))
    after = []
    for name, update in neuron.after.items():
        after.append((f"{letters[name]}[t]", _written(update, neuron, places)))
        places[name] = f"{letters[name]}[t]"
    if neuron.reset is not None:
        lines.append(("V[t]", _written(neuron.reset, neuron, places)))
    return lines + after


def _written(equation: Equation, neuron: Dynamics, places: Mapping[str, str]) -> str:
    """Return the text of an equation; what is True or False chooses, as it does in the run."""

    def given(name: str) -> Any:
        value = neuron.parameters.get(name)
        return value if isinstance(value, bool) else _Text(f"{{{places.get(name, name)}}}")

    return _text(equation(**{name: given(name) for name in equation.arguments})).text
