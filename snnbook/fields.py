"""A module declares its values; its constructor, its checks and its printed form follow.

The class body ::

    class LIFNode(BaseNode):
        tau: TimeConstant = 2.0
        decay_input: bool = True

declares two fields. ``LIFNode(tau=3)`` and ``layer.tau = 3`` check the value in the same way.
"""

import copy
import inspect
import math
import numbers
from collections.abc import Callable
from typing import Annotated, Any, ClassVar, NamedTuple, TypeAlias, cast, dataclass_transform

import torch
from torch import nn

Check: TypeAlias = Callable[[Any], Any]
"""Takes a value and returns it as it is to be kept; raises TypeError or ValueError otherwise."""


def number(low: float = -math.inf, high: float = math.inf, *, above: float = -math.inf) -> Check:
    """Return a check for a number or a floating-point tensor from `low` to `high`, over `above`.

    A Python or NumPy number is kept as a float; a tensor or a parameter is kept as it is.
    """
    limits = [("of at least", low), ("above", above), ("of at most", high)]
    bounds = " and ".join(f"{word} {limit:g}" for word, limit in limits if math.isfinite(limit))
    wanted = f"a number or a floating-point tensor {bounds}".strip()

    def within(value: Any) -> Any:
        return (value >= low) & (value <= high) & (value > above)

    def check(value: Any) -> float | torch.Tensor:
        if isinstance(value, torch.Tensor):
            if not value.is_floating_point():
                raise TypeError(f"wanted {wanted}; the tensor's dtype is {value.dtype}")
            fits = value.is_meta or bool(within(value).all())
        elif isinstance(value, numbers.Real) and not isinstance(value, bool):
            value = float(value)
            fits = bool(within(value))
        else:
            raise TypeError(f"wanted {wanted}, not {type(value).__name__}")
        if not fits:
            raise ValueError(f"wanted {wanted}")
        return cast(float | torch.Tensor, value)

    return check


def optional(check: Check) -> Check:
    """Return a check that lets None pass and hands all else to `check`."""

    def check_or_none(value: Any) -> Any:
        try:
            return None if value is None else check(value)
        except (TypeError, ValueError) as error:
            raise type(error)(f"{error}; None is possible too") from None

    return check_or_none


def one_of(*choices: str) -> Check:
    """Return a check for one of several words."""

    def check(value: Any) -> str:
        if not (isinstance(value, str) and value in choices):
            raise ValueError(f"wanted one of {', '.join(map(repr, choices))}")
        return value

    return check


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError(f"wanted True or False, not {type(value).__name__}")
    return value


Number = Annotated[float | torch.Tensor, number()]
"""A number, or a floating-point tensor or parameter that broadcasts to the shape of a step."""
OptionalNumber = Annotated[float | torch.Tensor | None, optional(number())]
"""A `Number`, or None."""
Positive = Annotated[float, number(above=0.0)]
"""A number above 0."""
Fraction = Annotated[float | torch.Tensor, number(0.0, 1.0)]
"""A number from 0 to 1, or a tensor of them."""
TimeConstant = Annotated[float | torch.Tensor, number(low=1.0)]
"""A time constant in steps. Below one step the difference equation overshoots its target."""


class Field(NamedTuple):
    """A declared value: its default, and the check that every value must pass."""

    default: Any
    check: Check


def _field(annotation: Any, default: Any) -> Field:
    """Return the field for ``name: annotation = default``."""
    for note in getattr(annotation, "__metadata__", ()):
        if callable(note):
            return Field(default, note)
    if annotation is bool:
        return Field(default, _flag)
    if annotation in (float, int):
        return Field(default, number())
    return Field(default, lambda value: value)


@dataclass_transform(eq_default=False)
class Declared(nn.Module):
    """An `nn.Module` whose constructor takes the values that its class declares.

    The constructor's order is: the class's own declarations from top to bottom, then those of its
    base classes. A subclass that declares a name again changes its default and its place; a plain
    ``name = value`` changes the default. A tensor becomes a buffer and a `Parameter` a parameter of
    the module, so both follow ``.to(device)``. What an optimizer does to a parameter isn't checked.

    Raises:
        TypeError: an unknown argument, or a value of the wrong type.
        ValueError: a value out of its range.
    """

    _fields: ClassVar[dict[str, Field]] = {}

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        try:
            annotations = inspect.get_annotations(cls, eval_str=True)
        except NameError as error:
            raise NameError(f"{cls.__name__}: an annotation in the class body: {error}") from None
        fields = {
            name: _field(annotation, cls.__dict__[name])
            for name, annotation in annotations.items()
            if name in cls.__dict__ and "ClassVar" not in str(annotation)
        }
        for base in cls.__mro__[1:]:
            for name, inherited in getattr(base, "_fields", {}).items():
                new = cls.__dict__.get(name, inherited.default)  # a plain value: a new default
                fields.setdefault(name, inherited._replace(default=new))
        for name in fields.keys() & cls.__dict__.keys():
            delattr(cls, name)  # else it would hide a parameter of that name
        cls._fields = fields
        shown = inspect.signature(cls.__init__) if "__init__" in cls.__dict__ else cls._signature()
        cls.__signature__ = shown.replace(  # type: ignore[attr-defined]
            parameters=[p for name, p in shown.parameters.items() if name != "self"]
        )

    @classmethod
    def _signature(cls) -> inspect.Signature:
        kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
        return inspect.Signature(
            [inspect.Parameter(n, kind, default=f.default) for n, f in cls._fields.items()]
        )

    def __init__(self, *values: Any, **named: Any) -> None:
        super().__init__()
        try:
            bound = self._signature().bind(*values, **named)
        except TypeError as error:
            known = ", ".join(self._fields)
            raise TypeError(f"{type(self).__name__}: {error}; it takes {known}") from None
        for name, field in self._fields.items():  # a default is copied: no two modules share it
            given = name in bound.arguments
            setattr(self, name, bound.arguments[name] if given else copy.deepcopy(field.default))
        self.__post_init__()

    def __post_init__(self) -> None:
        """Set up what follows from the fields; called at the end of the constructor."""

    def __setattr__(self, name: str, value: Any) -> None:
        if name not in self._fields:
            super().__setattr__(name, value)
            return
        if "_parameters" not in self.__dict__:
            raise AttributeError(
                f"{type(self).__name__}: call super().__init__() before {name} = …"
            )
        try:
            value = self._fields[name].check(value)
        except (TypeError, ValueError) as error:
            given = f"{type(self).__name__}: {name}={value!r}: {error}"
            raise type(error)(given) from None
        for place in ("_parameters", "_buffers", "_modules"):
            self.__dict__[place].pop(name, None)
        self.__dict__.pop(name, None)
        if isinstance(value, torch.Tensor) and not isinstance(value, nn.Parameter):
            self.register_buffer(name, value)
        else:
            super().__setattr__(name, value)

    def _load_from_state_dict(
        self, state_dict: Any, prefix: str, local_metadata: Any, strict: bool, *rest: Any
    ) -> None:
        """Load the tensors, and check the declared ones like any other value."""
        super()._load_from_state_dict(state_dict, prefix, local_metadata, strict, *rest)
        for name, field in self._fields.items():
            if prefix + name in state_dict:
                try:
                    field.check(getattr(self, name))
                except (TypeError, ValueError) as error:
                    rest[-1].append(f"{prefix}{name} was loaded, but is wrong: {error}")

    def extra_repr(self) -> str:
        """Return the declared values as they would be written in a constructor call."""
        return ", ".join(
            f"{name}={value!r}"
            for name in self._fields
            if not isinstance(value := getattr(self, name), nn.Module)
        )


def own_copy(value: Any) -> Any:
    """Return a copy, so that no two modules share one object; functions have no state to copy."""
    return copy.deepcopy(value)
