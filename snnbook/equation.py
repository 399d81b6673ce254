"""What an equation is: plain arithmetic, written once as a Python function.

A neuron's equation is called with numbers or tensors to *run* it, and with stand-ins to write down
what it does: `symbolic` prints it and takes its derivative, `backends` compile it. This module
knows nothing of PyTorch; the floors above register what they compute with (`register_library`).

Besides ``+ - * / **`` and `abs`, an equation may use this module's number `pi` and functions
`exp`, `log`, `sqrt`, `sin`, `cos`, `tanh`, `atan`, `erf`, `sigmoid`, `relu`, `sign` and `where`.
It reads its arguments and calls functions, and nothing else: a number from outside could change,
and no compiled copy would see it.
"""

from __future__ import annotations

import builtins
import dis
import inspect
import math
import types
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias

__all__ = ["FUNCTIONS", "Equation", "EquationError", "Value"]
__all__ += ["atan", "cos", "equation", "erf", "exp", "log", "pi", "register_library", "relu"]
__all__ += ["sigmoid", "sign", "sin", "sqrt", "tanh", "where"]

Value: TypeAlias = Any
"""What an equation computes with: a number, a tensor or a SymPy expression."""

pi = math.pi

# --- functions that work on numbers, tensors and symbols alike -----------------------------------

_NUMBERS = types.SimpleNamespace(
    **{name: getattr(math, name) for name in ("exp", "log", "sqrt", "sin", "cos", "tanh")},
    atan=math.atan,
    erf=math.erf,
    sigmoid=lambda x: (1 + math.tanh(x / 2)) / 2,
    relu=lambda x: max(x, 0.0),
    sign=lambda x: float((x > 0) - (x < 0)),
    where=lambda condition, yes, no: yes if condition else no,
)
_LIBRARIES: list[tuple[type, Any]] = []


def register_library(kind: type, library: Any) -> None:
    """Make the functions of this module work on another kind of value.

    Args:
        kind: the type of the values, for example ``torch.Tensor``.
        library: an object with the functions ``exp``, ``log``, … for them, for example ``torch``.
    """
    if (kind, library) not in _LIBRARIES:
        _LIBRARIES.append((kind, library))


def _function(name: str, doc: str) -> Callable[..., Value]:
    """Return the function `name`, which looks up its library by the type of its arguments."""

    def apply(*values: Value) -> Value:
        for kind, library in _LIBRARIES:
            if any(isinstance(value, kind) for value in values):
                return getattr(library, name)(*values)
        return getattr(_NUMBERS, name)(*values)

    apply.__name__ = apply.__qualname__ = name
    apply.__doc__ = f"{doc} Works elementwise on numbers, tensors and symbols."
    return apply


exp = _function("exp", "The exponential function.")
log = _function("log", "The natural logarithm.")
sqrt = _function("sqrt", "The square root.")
sin = _function("sin", "The sine.")
cos = _function("cos", "The cosine.")
tanh = _function("tanh", "The hyperbolic tangent.")
atan = _function("atan", "The inverse tangent.")
erf = _function("erf", "The error function.")
sigmoid = _function("sigmoid", "The logistic function 1 / (1 + exp(-x)).")
relu = _function("relu", "The larger of x and 0.")
sign = _function("sign", "-1, 0 or 1.")
_where = _function("where", "")


def where(condition: Value, yes: Value, no: Value) -> Value:
    """``where(condition, a, b)``: a where the condition holds, else b. Works elementwise."""
    if isinstance(condition, bool):  # known for all elements, such as decay_input or tau > 2
        return yes if condition else no
    return _where(condition, yes, no)


FUNCTIONS: dict[str, Callable[..., Value]] = {
    function.__name__: function
    for function in (exp, log, sqrt, sin, cos, tanh, atan, erf, sigmoid, relu, sign, where)
}
"""The functions of an equation by their names."""


# --- the equation --------------------------------------------------------------------------------


class EquationError(TypeError):
    """An equation uses something that is not plain arithmetic."""


class Equation:
    """One equation, written as a function of named values.

    Args:
        function: plain arithmetic on its arguments. Each argument is a single name without a
            default. An argument that is a Python `bool` may be tested with ``if``.

    Raises:
        EquationError: it is no function that Python compiled from a ``def`` or ``lambda``; it
            takes ``self``, ``*args``, ``**kwargs`` or default values; it changes a value in place.

    Example:
        >>> @equation
        ... def charge(v, x, tau):
        ...     return v + (x - v) / tau
        >>> charge(0.0, 1.0, 2.0)
        0.5
    """

    def __init__(self, function: Callable[..., Value]) -> None:
        if not isinstance(function, types.FunctionType):
            raise EquationError(
                f"an equation is {function!r}; wanted a function: def charge(v, x, …): return …"
            )
        self.function = function
        self.name = function.__name__ if function.__name__.isidentifier() else "equation"
        self.__doc__ = function.__doc__ or self.__doc__
        parameters = inspect.signature(function).parameters.values()
        self.arguments: tuple[str, ...] = tuple(p.name for p in parameters)
        if "self" in self.arguments:
            raise EquationError(
                f"the equation {self.name} has the argument 'self', but an equation has none: it "
                "names the values that it uses. Write v, x and the layer's fields instead."
            )
        for p in parameters:
            if p.kind is not p.POSITIONAL_OR_KEYWORD or p.default is not p.empty:
                raise EquationError(
                    f"the equation {self.name} has the argument '{p}', but an equation's arguments "
                    "are plain names: the states, the input and the layer's fields. "
                    "Give the value as a field of the layer instead."
                )
        for step in _steps(function):
            if _changes_something(step):
                raise EquationError(
                    f"the equation {self.name} changes a value in place "
                    f"({step.argrepr.split(' + ')[0]}), which would change the layer's state or "
                    "its input too. Write v = v + x, not v += x."
                )
        self._places: list[tuple[Any, str, Any]] = []
        self._meaning: tuple[Any, ...] = ()

    def __call__(self, *values: Value, **named: Value) -> Value:
        """Evaluate the equation. Values broadcast as their own type does."""
        return self.function(*values, **named)

    def __repr__(self) -> str:
        return f"Equation {self.name}({', '.join(self.arguments)})"

    def evaluate(self, values: Mapping[str, Value]) -> Value:
        """Evaluate the equation, picking its arguments by name out of `values`."""
        try:
            return self.function(**{name: values[name] for name in self.arguments})
        except Exception as error:
            hint = " Use where(a > b, x, y) of snnbook.equation for `if`, `and`, min and max."
            error.add_note(f"This happened in {self!r}.{hint * isinstance(error, RuntimeError)}")
            raise

    def meaning(self) -> tuple[Any, ...]:
        """Return the functions that the equation is made of just now: itself and what it calls.

        It is the same object as long as none of them is defined anew. Whoever keeps something made
        from the equation keeps this beside it.

        Raises:
            EquationError: the equation, or a function that it calls, reads a value from outside.
        """
        for at, name, was in self._places:  # asked at each call: a plain loop is the fastest
            if (at.get(name) if type(at) is dict else getattr(at, name, None)) is not was:
                self._meaning = ()
        if not self._meaning:
            self._places = list(_read_outside(self.function, self, [self.function]))
            self._meaning = tuple(value for _, _, value in self._places)
        return self._meaning


def equation(function: Callable[..., Value]) -> Equation:
    """Decorate a function as an `Equation`; inside a class body a bare ``def`` is one already."""
    return Equation(function)


# --- what an equation does and reads, seen in its compiled code ----------------------------------


def _codes(code: types.CodeType) -> Iterator[types.CodeType]:
    """Yield a code object and those of the functions inside it."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _codes(constant)


def _steps(function: types.FunctionType) -> Iterator[dis.Instruction]:
    for code in _codes(function.__code__):
        yield from dis.get_instructions(code)


def _changes_something(step: dis.Instruction) -> bool:
    """Whether a step changes an object: ``v += x``, ``v[0] = x``, ``x.mul_(2)``."""
    if step.opname in ("LOAD_ATTR", "LOAD_METHOD"):
        return step.argval.endswith("_") and not step.argval.endswith("__")
    stores = ("STORE_SUBSCR", "STORE_SLICE", "STORE_ATTR", "STORE_GLOBAL")
    return step.opname in stores or (step.opname == "BINARY_OP" and step.argrepr.endswith("="))


def compares_for_equality(equation: Equation) -> bool:
    """Whether an equation uses ``==`` or ``!=``, which symbols answer at once with False."""
    compared = (s.argrepr for s in _steps(equation.function) if s.opname == "COMPARE_OP")
    return any("==" in sign or "!=" in sign for sign in compared)


def _now(at: Any, name: str) -> Any:
    """Return what a name means in a dict of globals, or as an attribute of an object."""
    own = getattr(builtins, name, None)  # one of Python's own names
    return at.get(name, own) if isinstance(at, dict) else getattr(at, name, None)


def _read_outside(
    function: types.FunctionType, asked: Equation, known: list[Any]
) -> Iterator[tuple[Any, str, Any]]:
    """Yield what a function and those that it calls read from outside: where, by which name, what.

    Raises:
        EquationError: something that is no function.
    """
    yield function, "__code__", function.__code__
    yield function, "__defaults__", function.__defaults__
    cells = dict(zip(function.__code__.co_freevars, function.__closure__ or (), strict=True))
    for code in _codes(function.__code__):
        steps = [*dis.get_instructions(code)]
        for k, step in enumerate(steps):
            at: Any = function.__globals__ if step.opname == "LOAD_GLOBAL" else None
            name = step.argval
            if step.opname == "IMPORT_NAME":
                raise EquationError(f"{asked!r} imports {name}; import it outside of the equation")
            if step.opname == "LOAD_DEREF" and name in cells:
                at, name = cells[name], "cell_contents"
            if at is None or (value := _now(at, name)) is None:
                continue
            yield at, name, value
            path = str(step.argval)
            while isinstance(value, (types.ModuleType, type)):  # a name in a module or a class
                step = steps[k := k + 1]
                if step.opname not in ("LOAD_ATTR", "LOAD_METHOD"):
                    break
                at, name = value, step.argval
                value = _now(at, name)
                path += f".{name}"
                yield at, name, value
            helper = value.function if isinstance(value, Equation) else value
            plain = isinstance(helper, types.FunctionType) and not helper.__kwdefaults__
            if plain and {bool, float, int} >= {*map(type, helper.__defaults__ or ())}:
                if helper not in known and not _is_of_a_library(helper):
                    known.append(helper)
                    yield from _read_outside(helper, asked, known)
            elif value is not pi and not _is_of_a_library(value):
                raise EquationError(_advice(asked, path, value))


_KNOWN = ("_operator", "builtins", "math", "numpy", "snnbook", "torch")
# Python's own functions that hide what is read.
_HIDING = {"__import__", "eval", "exec", "getattr", "globals", "hash", "id", "input", "locals"}
_HIDING |= {"bernoulli", "empty", "multinomial", "normal", "open", "poisson", "vars"}


def _is_of_a_library(value: Any) -> bool:
    """Whether a value is a function or a class of Python, torch, NumPy or this package."""
    free = isinstance(getattr(value, "__self__", None), types.ModuleType | type | None)
    home = "numpy" if type(value).__name__ == "ufunc" else str(getattr(value, "__module__", ""))
    name = getattr(value, "__name__", "")
    known = home.split(".")[0] in _KNOWN and name not in _HIDING and "rand" not in home + name
    return callable(value) and free and known


def _advice(asked: Equation, path: str, value: Any) -> str:
    if callable(value):
        return (
            f"{asked!r} calls {path}, which may give another value each time or change unseen. "
            "Noise belongs in the input: make it with a torch.Generator and add it to x. "
            "Or use backend='torch'."
        )
    return (
        f"{asked!r} reads {path} = {value!r:.60} from outside, where it may change unseen. Make "
        f"it a field of the layer ({path.split('.')[-1]}: Number = …) and an argument of the "
        "equation, or use backend='torch'."
    )
