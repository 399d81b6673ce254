"""A module declares its values; its constructor, its checks and its printed form follow.

The class body ::

    class LIFNode(BaseNode):
        tau: TimeConstant = 2.0
        decay_input: bool = True

declares two fields. ``LIFNode(tau=3)`` and ``layer.tau = 3`` check the value in the same way.
A value is a field because it is annotated, there or in a base class.
"""

import copy
import difflib
import inspect
import keyword
import math
import numbers
import types
from collections.abc import Callable, Collection
from typing import Annotated, Any, ClassVar, Literal, NamedTuple, Union, get_args, get_origin

import torch
from torch import nn
from torch.nn.utils import parametrize

__all__ = ["AtLeast", "Check", "Declared", "Field", "Fraction", "Number", "OptionalNumber"]
__all__ += ["Positive", "TimeConstant", "either", "meant", "number", "one_of", "shown"]

Check = Callable[[Any], Any]
"""Takes a value and returns it as it is to be kept; raises TypeError or ValueError otherwise."""

FLOATS = (torch.float16, torch.bfloat16, torch.float32, torch.float64)
"""The dtypes of tensors that layers compute with."""

_GREATEST = torch.finfo(torch.float32).max  # what is larger is infinite to most layers


def number(
    low: float = -math.inf, high: float = math.inf, *, above: float = -math.inf, tensor: bool = True
) -> Check:
    """Return a check for a number from `low` to `high`, over `above`, that is finite in float32.

    A Python or NumPy number is kept as a float. Where `tensor` is True, a dense floating-point
    tensor or parameter will do too, and is kept as it is.
    """
    limits = [("of at least", low), ("above", above), ("of at most", high)]
    bounds = " and ".join(f"{word} {limit:g}" for word, limit in limits if math.isfinite(limit))
    kinds = "or a floating-point tensor" if tensor else "(no tensor)"
    wanted = f"a number {kinds} {bounds}".strip()

    def check(value: Any) -> Any:
        if isinstance(value, torch.Tensor) and tensor:
            if value.dtype not in FLOATS or value.layout is not torch.strided:
                raise TypeError(f"wanted {wanted}, dense, not {shown(value)}")
        elif isinstance(value, numbers.Real) and not isinstance(value, bool):
            value = float(value) if abs(value) <= _GREATEST else math.inf  # type: ignore[operator]
        else:
            raise TypeError(f"wanted {wanted}, not {type(value).__name__}")
        fits = (value >= low) & (value <= high) & (value > above) & (abs(value) < math.inf)
        if not (fits if isinstance(value, float) else value.is_meta or fits.all()):
            raise ValueError(f"wanted {wanted}, not infinite and not NaN")
        return value

    return check


def either(*checks: Check, none: bool = False) -> Check:
    """Return a check for what passes one of several; the first that it passes keeps it.

    Where `none` is True, None passes too.
    """

    def check(value: Any) -> Any:
        refused = []
        for one in checks:
            try:
                return None if none and value is None else one(value)
            except (TypeError, ValueError) as error:
                refused.append(error)
        refused.sort(key=lambda error: isinstance(error, TypeError))
        raise type(refused[0])("; or ".join(map(str, refused)) + "; None is possible too" * none)

    return check


def one_of(*choices: Any) -> Check:
    """Return a check for one of several words or numbers."""

    def check(value: Any) -> Any:
        if not any(type(value) is type(choice) and value == choice for choice in choices):
            words = ", ".join(map(repr, choices))
            raise ValueError(f"wanted one of {words}{meant(value, choices)}")
        return value

    return check


def _instance(kind: type, wanted: str = "") -> Check:
    """Return a check for a value of this kind."""

    def check(value: Any) -> Any:
        if not isinstance(value, kind):
            raise TypeError(f"wanted {wanted or kind.__name__}, not {type(value).__name__}")
        return value

    return check


def _whole(value: Any) -> int:
    if not isinstance(value, numbers.Integral) or isinstance(value, bool):
        raise TypeError(f"wanted a whole number, not {type(value).__name__}")
    return int(value)


Number = Annotated[float | torch.Tensor, number()]
"""A number, or a floating-point tensor or parameter that broadcasts to the shape of a step."""
OptionalNumber = Annotated[float | torch.Tensor | None, either(number(), none=True)]
"""A `Number`, or None."""
Positive = Annotated[float, number(above=0.0, tensor=False)]
"""A plain number above 0."""
Fraction = Annotated[float | torch.Tensor, number(0.0, 1.0)]
"""A number from 0 to 1, or a tensor of them."""
TimeConstant = Annotated[float | torch.Tensor, number(low=1.0)]
"""A time constant in steps. Below one step the difference equation overshoots its target."""


class Field(NamedTuple):
    """A declared value.

    Attributes:
        default: what it is unless another value is given.
        check: what every value must pass.
        first: the name of what it is only the first value of; then it can't be set later.
    """

    default: Any
    check: Check
    first: str = ""


class First(str):
    """Marks a field in its annotation as the first value of another attribute, by its name."""


_CHECKS: dict[Any, Check] = {
    bool: _instance(bool, wanted="True or False"),
    int: _whole,
    float: number(tensor=False),
    Any: lambda value: value,
}
"""The checks of annotations that are a plain type."""


def _check_of(annotation: Any) -> Check:
    """Return the check that an annotation asks for."""
    kind, inner = get_origin(annotation) or annotation, get_args(annotation)
    if kind is Annotated:
        return next(filter(callable, inner[1:]), None) or _check_of(inner[0])
    if kind is Literal:
        return one_of(*inner)
    if kind in (Union, types.UnionType):
        parts = [_check_of(part) for part in inner if part is not types.NoneType]
        return either(*parts, none=types.NoneType in inner)
    if isinstance(kind, type) and not (inner and issubclass(kind, Collection)):
        return _CHECKS.get(kind) or _instance(kind)
    raise TypeError(f"the annotation {annotation!r} says nothing that a value can be checked for")


class Declared(nn.Module):
    """An `nn.Module` whose constructor takes the values that its class declares.

    The constructor's order is: the class's own declarations from top to bottom, then those of its
    base classes. A subclass that declares a name again changes its default and its place; a plain
    ``name = value`` changes the default of a field that a base class declares. A tensor becomes a
    buffer and a `Parameter` a parameter of the module, so both follow ``.to(device)``. What an
    optimizer does to a parameter isn't checked.

    A ``state_dict`` carries the plain numbers too, beside its tensors, in the metadata that PyTorch
    saves with it, so that a layer that is loaded computes what the saved one did. Where they are
    missing, as in a plain dict or a checkpoint of another library, the layer keeps its own. The
    numbers of another class are refused.

    Raises:
        TypeError: an unknown argument, or a value of the wrong type; in a class body an annotation
            that can't be checked, or a field that would hide something else.
        ValueError: a value out of its range.
    """

    _fields: ClassVar[dict[str, Field]] = {}
    _signature: ClassVar[inspect.Signature] = inspect.Signature()
    _changes: int = 0
    """How often an attribute was set; whoever keeps what was made from them compares it."""

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        try:
            annotations = inspect.get_annotations(cls, eval_str=True)
        except NameError as error:
            raise NameError(f"{cls.__name__}: an annotation in the class body: {error}") from None
        inherited: dict[str, Field] = {}
        for base in cls.__mro__[1:]:
            for name, field in vars(base).get("_fields", {}).items():
                inherited.setdefault(name, field)
        fields = {}
        for name, annotation in annotations.items():
            if name not in cls.__dict__ or "ClassVar" in str(annotation):
                continue
            first = next((note for note in get_args(annotation) if isinstance(note, First)), "")
            try:
                check = _check_of(annotation)
            except TypeError as error:
                raise TypeError(f"class {cls.__name__}: {name}: {error}") from None
            fields[name] = Field(cls.__dict__[name], check, first)
            if name not in inherited and taken(cls, name):
                raise TypeError(
                    f"class {cls.__name__}: a field can't be called {name!r}, which means "
                    "something else already; choose another name"
                )
        for name, field in inherited.items():
            fields.setdefault(name, field._replace(default=cls.__dict__.get(name, field.default)))
        for name in fields.keys() & cls.__dict__.keys():
            delattr(cls, name)  # else it would hide a parameter of that name
        cls._fields = fields
        kind, own = inspect.Parameter.POSITIONAL_OR_KEYWORD, cls.__dict__.get("__init__")
        cls._signature = inspect.Signature(
            [inspect.Parameter(name, kind, default=f.default) for name, f in fields.items()]
        )
        cls.__signature__ = (  # type: ignore[attr-defined]
            inspect.signature(own.__get__(cls)) if own else cls._signature
        )

    def __init__(self, *values: Any, **named: Any) -> None:
        super().__init__()
        try:
            bound = self._signature.bind(*values, **named)
        except TypeError as error:
            known, unknown = ", ".join(self._fields), [*(named.keys() - self._fields.keys()), ""]
            remedy = f"it takes {known}{meant(unknown[0], self._fields)}"
            raise TypeError(f"{type(self).__name__}: {error}; {remedy}") from None
        for name, field in self._fields.items():  # a default is copied: no two modules share it
            value = bound.arguments.get(name, copy.deepcopy(field.default))
            self._keep(name, self._check(name, value))
        self.__post_init__()

    def __post_init__(self) -> None:
        """Set up what follows from the fields; called at the end of the constructor."""

    def _check(self, name: str, value: Any) -> Any:
        """Return a field's value as it is to be kept, or say what is wrong with it."""
        return read(f"{type(self).__name__}: {name}", self._fields[name].check, value)

    def __setattr__(self, name: str, value: Any) -> None:
        self.__dict__["_changes"] = self._changes + 1
        field, kind = self._fields.get(name), type(self).__name__
        if field is None:
            super().__setattr__(name, value)
        elif "_parameters" not in self.__dict__:
            raise AttributeError(f"{kind}: call super().__init__() before {name} = …")
        elif field.first:
            raise AttributeError(f"{kind}: {name} is the first value of {field.first}; set that")
        else:
            self._keep(name, self._check(name, value))

    def _keep(self, name: str, value: Any) -> None:
        if isinstance(getattr(type(self), name, None), property):  # see parametrize
            old = getattr(self, name)
            super().__setattr__(name, torch.as_tensor(value, dtype=old.dtype, device=old.device))
            return
        if hasattr(self, name):
            super().__delattr__(name)
        if isinstance(value, torch.Tensor) and not isinstance(value, nn.Parameter):
            self.register_buffer(name, value)
        else:
            super().__setattr__(name, value)

    def __delattr__(self, name: str) -> None:
        # torch.nn.utils.parametrize takes a parameter away before it puts its own in place.
        self.__dict__["_changes"] = self._changes + 1
        super().__delattr__(name)

    def _plain(self) -> dict[str, Any]:
        """Return the fields that are plain numbers, True, False or None, by name."""
        values = {name: self.__dict__.get(name, self) for name in self._fields}
        return {n: v for n, v in values.items() if isinstance(v, int | float | None)}

    def _save_to_state_dict(self, destination: Any, prefix: str, keep_vars: bool) -> None:
        super()._save_to_state_dict(destination, prefix, keep_vars)
        if hasattr(destination, "_metadata"):
            kind = parametrize.type_before_parametrizations(self).__name__
            destination._metadata[prefix[:-1]].update(kind=kind, numbers=self._plain())

    def _load_from_state_dict(self, state_dict: Any, prefix: str, found: Any, *rest: Any) -> None:
        """Load tensors and plain numbers, each checked like any other value before it is kept."""
        numbers = (found.get("numbers") or {}).items()
        good = {name: value for name, value in numbers if name in self._plain()}
        tensors = {n: state_dict[prefix + n] for n in self._fields if prefix + n in state_dict}
        kind, errors = found.get("kind"), []
        if kind not in (None, *(one.__name__ for one in type(self).__mro__)):
            what = (
                f"{prefix[:-1] or 'the module'} is {type(self).__name__}, {kind} in the checkpoint;"
            )
            errors = [f"{what} to keep this one's own numbers, load dict(checkpoint)"]
        for name, value in {**good, **tensors}.items():
            try:
                self._fields[name].check(value)
            except (TypeError, ValueError) as error:
                errors.append(f"{prefix}{name} in the checkpoint is wrong: {error}")
        rest[-1].extend(errors)
        if not errors:  # all or nothing
            self.__dict__.update(good, _changes=self._changes + 1)
            super()._load_from_state_dict(state_dict, prefix, found, *rest)

    def __getstate__(self) -> dict[str, Any]:
        """Return what a copy or a pickle keeps: all but what can be made again."""
        return {k: v for k, v in self.__dict__.items() if k not in ("_derived", "_kept")}

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        """Return a copy; parametrize makes a class that can be copied but not pickled."""
        kind: Any = parametrize.type_before_parametrizations(self)
        replica = memo[id(self)] = type(self).__new__(type(self))
        replica.__dict__.update(copy.deepcopy(kind.__getstate__(self), memo))
        return replica

    def extra_repr(self) -> str:
        """Return the declared values as they would be written in a constructor call."""
        return ", ".join(
            f"{name}={value!r}"
            for name in self._fields
            if not isinstance(value := getattr(self, name), nn.Module)
        )


_MODULE = nn.Module()


def taken(kind: type, name: Any) -> bool:
    """Whether a name can't be a value's: it means something already, or is private."""
    if not isinstance(name, str):
        return True
    means = (hasattr(b, name) or name in inspect.get_annotations(b) for b in kind.__mro__[1:])
    private = name.startswith("_") or keyword.iskeyword(name) or not name.isidentifier()
    return private or hasattr(_MODULE, name) or any(means)


def read(name: str, check: Check, value: Any) -> Any:
    """Return a value as its check gives it; a message of the check begins with `name` and it."""
    try:
        return check(value)
    except (TypeError, ValueError) as error:
        raise type(error)(f"{name}={shown(value)}: {error}") from None


def shown(value: Any) -> str:
    """Return a value in a few words, for a message: a tensor by its shape, dtype and device."""
    if isinstance(value, torch.Tensor):
        traits = (value.dtype, value.device, value.layout)[: 2 + (value.layout != torch.strided)]
        return f"{list(value.shape)} ({', '.join(map(str, traits)).replace('torch.', '')})"
    text = " ".join(repr(value).split())
    return text if len(text) <= 80 else f"{text[:77]}..."


def meant(name: Any, known: Collection[Any]) -> str:
    """Return the end of a message that asks for the known name nearest to a wrong one, or ""."""
    by_lower = {str(one).lower(): one for one in known}
    near = difflib.get_close_matches(str(name)[:100].lower(), by_lower, 1)
    return f". Did you mean {by_lower[near[0]]!r}?" if near else ""


class AtLeast(Declared):
    """Keep a learned value at `low` or above, whatever the optimizer does to it.

    A parametrization for `torch.nn.utils.parametrize`; what is learned is a number w without
    bounds, and the layer sees low + softplus(w) = low + ln(1 + exp(w))::

        layer = neuron.LIFNode(tau=nn.Parameter(torch.tensor(2.0)))
        parametrize.register_parametrization(layer, "tau", AtLeast(1.0))

    Args:
        low: the bound; the value itself is always above it.
    """

    low: float = 1.0

    def forward(self, w: torch.Tensor) -> torch.Tensor:
        """Return the value for w, in its shape."""
        return self.low + nn.functional.softplus(w)

    def right_inverse(self, value: torch.Tensor) -> torch.Tensor:
        """Return the w of a value above `low`, or raise a ValueError."""
        value = read("AtLeast: the value", number(above=self.low), value)
        above = torch.as_tensor(value, device=getattr(value, "device", None)) - self.low
        return above + (-(-above).expm1()).log()
