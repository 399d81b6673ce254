"""One step of a neuron, written down: what kernels and scripts are made from.

The reference itself takes one step with stand-ins (`Variable`) instead of tensors, which write down
each operation. So a kernel does what PyTorch would do, in the same order, and rounds alike. What
the equations make from plain numbers alone, such as ``1 - 1 / tau``, Python has then computed
already, in double precision; a kernel is given the result.
"""

import contextlib
import functools
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import SimpleNamespace
from typing import Any

import torch

from .. import equation as library
from ..equation import FUNCTIONS, Equation, EquationError, register_library
from ..surrogate import Surrogate
from . import reference
from .dynamics import Dynamics

__all__ = [
    "Constant",
    "Variable",
    "checked",
    "explained",
    "has_steep",
    "is_steep",
    "marked",
    "one_step",
    "plain",
    "settings",
    "variable",
]

# --- stand-ins -----------------------------------------------------------------------------------


class Variable:
    """Stands for a value that differs from neuron to neuron, and writes down what is done with it.

    Args:
        tape: the list in which the operations are written down, in their order.
        operation: its name: ``add``, ``exp``, …, or ``given`` for what the step starts from.
        operands: variables and numbers; of a given value its name.
    """

    def __init__(self, tape: "list[Variable]", operation: str, *operands: Any) -> None:
        self.tape = tape
        self.operation = operation
        self.operands = operands
        tape.append(self)

    def done(self, operation: str, *operands: Any) -> "Variable":
        """Write down an operation and return its result."""
        conditions = [isinstance(o, Variable) and o.operation in _CONDITIONS for o in operands]
        if operation in ("and", "or"):
            if not all(conditions):
                raise TypeError("`&` and `|` combine two conditions on values, such as v > 0")
        else:
            if len(operands) > 1 and operation in _ARITHMETIC and all(conditions):
                raise TypeError("a condition is no number: write where(condition, 1, 0)")
            first = 1 if operation == "where" else 0
            operands = (*operands[:first], *(_valued(value) for value in operands[first:]))
        return Variable(self.tape, operation, *operands)

    dtype = None  # that of the kernel
    requires_grad = False  # the chain rule comes later

    def clamp(self) -> "Variable":
        """Return the value, at most the largest number of its dtype and at least the least."""
        return self.done("saturate", self)

    def detach(self) -> "Variable":
        """Return the same value, through which no gradient flows."""
        return self.done("detach", self)

    def __neg__(self) -> "Variable":
        return self.done("neg", self)

    def __pos__(self) -> "Variable":
        return self

    def __abs__(self) -> "Variable":
        return self.done("abs", self)

    def __truediv__(self, other: Any) -> "Variable":
        return self.done("div", self, other)

    def __rtruediv__(self, other: Any) -> "Variable":
        inverse = self.done("div", 1, self)
        literally_one = type(other) is not Constant and other == 1
        return inverse if literally_one else other * inverse  # as PyTorch does it

    def __pow__(self, other: Any) -> "Variable":
        if not isinstance(other, Variable) and float(other) in _POWERS:  # as PyTorch does it
            return _POWERS[float(other)](self)  # type: ignore[no-any-return]
        return self.done("pow", self, other)

    def __rpow__(self, other: Any) -> "Variable":
        return self.done("pow", other, self)

    def __bool__(self) -> bool:
        raise TypeError("`if` and the like can't depend on a value: use where(condition, a, b)")

    __hash__ = object.__hash__
    __array_ufunc__ = None  # NumPy's numbers leave the operation to this class


_POWERS: dict[float, Callable[[Any], Any]] = {
    2.0: lambda x: x * x,
    3.0: lambda x: x * x * x,
    0.5: lambda x: x.done("sqrt", x),
    -1.0: lambda x: 1 / x,
    -2.0: lambda x: 1 / (x * x),
}
_ARITHMETIC = {"add", "sub", "mul", "div", "pow"}
_CONDITIONS = {"lt", "le", "gt", "ge", "eq", "ne", "and", "or", "inside"}


def _valued(value: Any) -> Any:
    """Return a number or a variable that is no condition: 1 where it holds, 0 elsewhere."""
    if not isinstance(value, (Variable, int, float)):
        raise TypeError(f"{value!r} is neither a number nor made from the equation's arguments")
    if isinstance(value, Variable) and value.operation in _CONDITIONS:
        return value.done("where", value, 1, 0)
    return value


def _define(name: str, operation: str, *, swapped: bool = False) -> None:
    def method(self: Variable, other: Any) -> Variable:
        operands = (other, self) if swapped else (self, other)
        return self.done(operation, *operands)

    setattr(Variable, f"__{name}__", method)


for _name in ("add", "sub", "mul"):
    _define(_name, _name)
    _define(f"r{_name}", _name, swapped=True)
for _name in _CONDITIONS - {"inside"}:
    _define(_name, _name)


class Constant(float):
    """A parameter that is a plain number, or what is made from such: not a part of the text."""


def _constant_method(name: str) -> Callable[..., Any]:
    method = getattr(float, name)

    def apply(self: Constant, *others: Any) -> Any:
        result = method(self, *others)
        return Constant(result) if isinstance(result, float) else result

    return apply


for _name in ("add", "sub", "mul", "truediv", "pow", "radd", "rsub", "rmul", "rtruediv", "rpow"):
    setattr(Constant, f"__{_name}__", _constant_method(f"__{_name}__"))
for _name in ("neg", "pos", "abs"):
    setattr(Constant, f"__{_name}__", _constant_method(f"__{_name}__"))


def _of_variables(name: str) -> Callable[..., Any]:
    def apply(*values: Any) -> Any:
        if name == "where" and not isinstance(values[0], Variable):
            return values[1] if values[0] else values[2]
        one = next(value for value in values if isinstance(value, Variable))
        return one.done(name, *values)

    return apply


def _of_constants(name: str) -> Callable[..., Any]:
    function = getattr(library._NUMBERS, name)

    def apply(*values: Any) -> Any:
        result = function(*values)
        return Constant(result) if isinstance(result, float) else result

    return apply


for _kind, _apply in ((Variable, _of_variables), (Constant, _of_constants)):
    register_library(_kind, SimpleNamespace(**{name: _apply(name) for name in FUNCTIONS}))


def variable(kind: str, name: str) -> str:
    """Return the variable of a state (kind "z") or a parameter ("p")."""
    return f"{kind}_{name.replace('_', '__')}"


def one_step(neuron: Dynamics, x: Variable, state: Mapping[str, Variable]) -> dict[str, Variable]:
    """Take the reference's step with stand-ins.

    Args:
        neuron: the equations; a parameter is a stand-in, a `Constant`, or True or False.
        x: the input.
        state: the state before the step.

    Returns:
        H and the spikes as ``h`` and ``s``, and each state after the step as ``z_NAME_next``.

    Raises:
        EquationError: an equation or the surrogate function can't be compiled.
    """
    for one in neuron.equations():
        one.meaning()
    if neuron.fire is not None:
        neuron = neuron._replace(surrogate=_stand_in(checked(neuron.surrogate), x.tape))
    with explained():
        h, state_then = reference.charge(neuron, x, state)  # type: ignore[arg-type]
        s = reference.fire(neuron, x, h, state_then)  # type: ignore[arg-type]
        after = reference.reset(neuron, x, h, s, state_then)  # type: ignore[arg-type]
    results: dict[str, Any] = {"h": h, "s": s}
    results |= {f"{variable('z', name)}_next": after[name] for name in state}
    for name, value in results.items():
        if not isinstance(value, Variable):
            raise EquationError(f"the step gives {value!r} for {name}, not a value for each neuron")
    return results


_STEEP = {"exp", "log", "sqrt", "sin", "cos", "pow", "div", "mul"}


def has_steep(operations: Iterable[Variable]) -> bool:
    """Whether a slope of an operation depends on its operands, so that it may be infinite."""
    return any(
        z.operation in _STEEP
        and (z.operation != "div" or isinstance(z.operands[1], Variable))
        and (z.operation != "mul" or all(isinstance(one, Variable) for one in z.operands))
        for z in operations
    )


def marked(neuron: Dynamics) -> Dynamics:
    """Return a neuron that says whether a slope of its equations may be infinite."""
    given = [(n, p) for n, p in neuron.parameters.items() if not isinstance(p, torch.Tensor)]
    kinds = tuple([(name, p if isinstance(p, bool) else None) for name, p in given])
    equations = (*neuron.before.values(), neuron.charge, *neuron.after.values())
    if torch.compiler.is_compiling():
        from ..compiling import really

        return neuron._replace(steep=really(__name__, "is_steep", kinds, *equations))
    return neuron._replace(steep=is_steep(kinds, *equations))


@functools.lru_cache(maxsize=1024)
def is_steep(kinds: tuple[tuple[str, bool | None], ...], *equations: Equation) -> bool:
    """Whether a slope of equations may be infinite; of those that can't be traced it is not known.

    Args:
        kinds: for the name of each parameter that is no tensor None, or True or False.
        equations: the equations. Their other arguments differ from neuron to neuron.
    """
    tape: list[Variable] = []
    numbers = {name: Constant(math.e) if flag is None else flag for name, flag in kinds}
    for equation in equations:
        given = {name: Variable(tape, "given", name) for name in equation.arguments}
        with contextlib.suppress(TypeError, AttributeError, ValueError, ArithmeticError):
            equation.evaluate({**given, **numbers})
    return has_steep(tape)


@contextlib.contextmanager
def explained(remedy: str = "Use these, or backend='torch'.") -> Iterator[None]:
    """Turn what goes wrong when an equation is called with stand-ins into advice."""
    try:
        yield
    except (TypeError, AttributeError) as error:
        where = " ".join(getattr(error, "__notes__", ()))
        raise EquationError(
            f"an equation can't be compiled: {error}. {where} An equation uses + - * / **, abs "
            f"and the functions of snnbook.equation. {remedy}"
        ) from error


def checked(theta: Any) -> Any:
    """Return a surrogate function, or raise an EquationError if it is more than an equation."""
    kind = type(theta)
    if (
        isinstance(theta, Surrogate)
        and kind.forward is Surrogate.forward
        and kind.gradient is Surrogate.gradient
    ):
        return theta
    raise EquationError(
        f"the surrogate function {theta!r} is not just an equation, so it can't be compiled; "
        "write it as a snnbook.surrogate.Surrogate, or use backend='torch'"
    )


def plain(value: Any) -> Any:
    """Return what stands for a parameter that is not a tensor: only True and False themselves."""
    return value if isinstance(value, bool) else Constant(value)


def _stand_in(theta: Surrogate, tape: list[Variable]) -> Callable[[Any], Any]:
    """Return Θ for stand-ins: its value, with the operands from which its slope is computed."""
    numbers = [Variable(tape, "given", variable("q", name)) for name in settings(theta)]
    theta.primitive.meaning()

    def fire(u: Variable) -> Variable:
        value = u.done("step", u) if theta.spiking else theta.primitive(u, *numbers)
        return u.done("spike", value, u, *numbers)

    return fire


def settings(theta: Surrogate) -> tuple[str, ...]:
    """Return the names of the numbers of a surrogate function: given as ``q_alpha``, …."""
    return theta.primitive.arguments[1:]
