"""One step of a neuron as a list of operations, and its derivative: what kernels are made from.

A fused kernel is one loop over time around such a list. To get it, the reference itself takes one
step with stand-ins (`Variable`) instead of tensors, which write down each operation. So a kernel
does what PyTorch would do, in the same order, and rounds alike. What the equations make from plain
numbers alone, such as ``1 - 1 / tau``, Python has then computed already, in double precision; a
kernel is given the result. The derivative is the chain rule, operation by operation.

Nothing here depends on the compiler: a backend writes the operations for Numba, Triton, ….
"""

import contextlib
import functools
import hashlib
import math
import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType, SimpleNamespace
from typing import Any, NamedTuple

import torch

from .. import equation as library
from ..equation import EquationError, cos, exp, log, register_library, sign, sin, where
from ..surrogate import Surrogate
from . import Dynamics, reference

# --- stand-ins -----------------------------------------------------------------------------------


class Variable:
    """Stands for a value that differs from neuron to neuron, and writes down what is done with it.

    Args:
        written: the list in which the operations are written down, in their order.
        operation: its name: ``add``, ``exp``, …, or ``given`` for what the step starts from.
        operands: variables and numbers; of a given value its name.
    """

    def __init__(self, written: "list[Variable]", operation: str, *operands: Any) -> None:
        self.written = written
        self.operation = operation
        self.operands = operands
        written.append(self)

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
        return Variable(self.written, operation, *operands)

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
        literally_one = type(other) is not Number and other == 1
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
_CONDITIONS = {"lt", "le", "gt", "ge", "eq", "ne", "and", "or"}


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
for _name in _CONDITIONS:
    _define(_name, _name)


class Number(float):
    """A parameter that is a plain number, or what is made from such: not a part of the text."""


def _number_method(name: str) -> Callable[..., Any]:
    method = getattr(float, name)

    def apply(self: Number, *others: Any) -> Any:
        result = method(self, *others)
        return Number(result) if isinstance(result, float) else result

    return apply


for _name in ("add", "sub", "mul", "truediv", "pow", "radd", "rsub", "rmul", "rtruediv", "rpow"):
    setattr(Number, f"__{_name}__", _number_method(f"__{_name}__"))
for _name in ("neg", "pos", "abs"):
    setattr(Number, f"__{_name}__", _number_method(f"__{_name}__"))


def _of_variables(name: str) -> Callable[..., Any]:
    def apply(*values: Any) -> Any:
        if name == "where" and not isinstance(values[0], Variable):
            return values[1] if values[0] else values[2]
        one = next(value for value in values if isinstance(value, Variable))
        return one.done(name, *values)

    return apply


def _of_numbers(name: str) -> Callable[..., Any]:
    function = getattr(library._NUMBERS, name)

    def apply(*values: Any) -> Any:
        result = function(*values)
        return Number(result) if isinstance(result, float) else result

    return apply


for _kind, _apply in ((Variable, _of_variables), (Number, _of_numbers)):
    register_library(_kind, SimpleNamespace(**{name: _apply(name) for name in library._FUNCTIONS}))

# --- the chain rule ------------------------------------------------------------------------------


def _inverse(b: Any) -> Any:
    return 1 / b if isinstance(b, Variable) or b != 0 else math.copysign(math.inf, b)


def _power_rule(g: Any, z: Any, a: Any, b: Any) -> tuple[Any, Any]:
    """Return the gradients of z = a ** b, whose exponent or base may be a number."""
    logarithm = log(a) if isinstance(a, Variable) or a > 0 else math.nan
    return where(b == 0, 0, g * (b * a ** (b - 1))), where(a == 0, 0, g * z * logarithm)


RULES: dict[str, Callable[..., tuple[Any, ...]]] = {
    "spike": lambda g, z, s, p: (None, g),  # the primitive's derivative stands in for that of Θ
    "add": lambda g, z, a, b: (g, g),
    "sub": lambda g, z, a, b: (g, -g),
    "mul": lambda g, z, a, b: (g * b, g * a),
    "div": lambda g, z, a, b: (g * _inverse(b), -(g * z) * _inverse(b)),
    "neg": lambda g, z, a: (-g,),
    "abs": lambda g, z, a: (g * sign(a),),
    "pow": _power_rule,
    "exp": lambda g, z, a: (g * z,),
    "log": lambda g, z, a: (g / a,),
    "sqrt": lambda g, z, a: (g / (2 * z),),
    "sin": lambda g, z, a: (g * cos(a),),
    "cos": lambda g, z, a: (-(g * sin(a)),),
    "tanh": lambda g, z, a: (g * (1 - z * z),),
    "atan": lambda g, z, a: (g / (1 + a * a),),
    "erf": lambda g, z, a: (g * (2 / math.sqrt(math.pi) * exp(-(a * a))),),
    "sigmoid": lambda g, z, a: (g * (z * (1 - z)),),
    "relu": lambda g, z, a: (where(a > 0, g, 0),),
    "where": lambda g, z, c, a, b: (None, where(c, g, 0), where(c, 0, g)),
}
"""For each operation z = f(a, …) the gradients by its operands, from g, the gradient by z.

An operation that isn't here lets no gradient through.
"""


def _gradients(seeds: Iterable[tuple[Variable, Variable]]) -> dict[Variable, Any]:
    """Return the gradient by each variable, given those by some (pairs of variable and gradient).

    The operations that make them are written down after those of the step.
    """
    found: dict[Variable, Any] = {}

    def add(variable: Any, g: Any) -> None:
        if isinstance(variable, Variable) and g is not None:
            found[variable] = found[variable] + g if variable in found else g

    for variable, g in seeds:
        add(variable, g)
    for z in [*next(iter(found)).written][::-1]:
        if z in found and z.operation in RULES:
            gradients = RULES[z.operation](found[z], z, *z.operands)
            for operand, g in zip(z.operands, gradients, strict=True):
                add(operand, g)
    return found


# --- lists of operations, ready to be written ----------------------------------------------------


class Line(NamedTuple):
    """``target = operation(operands)``, in words."""

    target: str
    operation: str
    operands: tuple[str, ...]


class Lines:
    """The operations that some results need, in their order, and no other.

    Args:
        operations: all operations.
        results: the results by the names that they are to have.
        known: variables that need not be computed, by their names.
        prefix: what the names of intermediate results and plain numbers begin with.

    Attributes:
        lines: the operations. Literal numbers are written ``number(2)``.
        reads: the names of the given values and of the known ones that they read.
        numbers: the plain numbers that they read, by the names ``c0``, ``c1``, ….
    """

    def __init__(
        self,
        operations: Sequence[Variable],
        results: Mapping[str, Any],
        known: Mapping[str, Variable] = MappingProxyType({}),
        prefix: str = "",
    ) -> None:
        self.prefix = prefix
        self.lines: list[Line] = []
        self.reads: set[str] = set()
        self.numbers: dict[str, float] = {}
        self._words: dict[Any, str] = {}
        names = {variable: name for name, variable in known.items()}
        live: set[Variable] = set()
        todo = [*results.values()]
        while todo:
            one = todo.pop()
            if isinstance(one, Variable) and one not in live:
                live.add(one)
                todo += [] if one in names else _read(one)
        for z in operations:
            if z not in live:
                continue
            if z in names or z.operation == "given":
                self._words[z] = names.get(z) or z.operands[0]
                self.reads.add(self._words[z])
            else:
                self._add(z, f"{prefix}t{len(self.lines)}")
        self.lines += [Line(name, "copy", (self._word(r),)) for name, r in results.items()]

    def _add(self, z: Variable, name: str) -> None:
        operands = tuple(self._word(operand) for operand in _read(z))
        self.lines.append(Line(name, z.operation, operands))
        self._words[z] = name

    def _word(self, operand: Any) -> str:
        if isinstance(operand, Variable):
            return self._words[operand]
        if type(operand) is not Number and math.isfinite(operand):
            return f"number({float(operand)!r})".replace(".0)", ")")
        name = self._words.setdefault(id(operand), f"{self.prefix}c{len(self.numbers)}")
        self.numbers[name] = float(operand)
        return name


def written(lines: Iterable[Line], forms: Mapping[str, str]) -> list[str]:
    """Return lines as text; `forms` says how an operation is written, if not as a call."""
    text = []
    for target, operation, operands in lines:
        call = f"{operation}({', '.join('{}' for _ in operands)})"
        text.append(f"{target} = {forms.get(operation, call).format(*operands)}")
    return text


FORMS = {
    **dict.fromkeys(("copy", "detach", "spike"), "{}"),
    "neg": "-{}",
    **{
        name: f"{{}} {sign} {{}}"
        for name, sign in zip(
            ("add", "sub", "mul", "div", "lt", "le", "gt", "ge", "eq", "ne", "and", "or"),
            ("+", "-", "*", "/", "<", "<=", ">", ">=", "==", "!=", "&", "|"),
            strict=True,
        )
    },
}
"""How operations are written in Python."""


def _read(z: Variable) -> list[Any]:
    """Return the operands that an operation reads; the primitive is there for its derivative."""
    return [*z.operands[:1]] if z.operation == "spike" else [*z.operands]


# --- the program of a neuron ---------------------------------------------------------------------


class Program:
    """One step of a neuron, and its derivative.

    In the lines ``x`` is the input and ``s`` the spikes. A state ``v`` is ``z_v`` before the step
    and ``z_v_next`` after it; the tensor ``tau`` is ``p_tau``; ``g_x`` is the gradient by ``x``.
    An underscore in a name is doubled, so that a state ``v_next`` is another variable.

    Args:
        neuron: the equations. Which parameters are tensors is asked only now.
        states: the names of the states.

    Attributes:
        states: the variables of the states before the step.
        parameters: the names of the parameters that are tensors, in the order of `tensors`.
        scalars: the variables of those that hold one number, on the CPU.
        vectors: the variables of the others.
        learned: the variables of the tensors that want a gradient.
        forward: lines that give ``s``, ``h`` and the states after the step.
        advance: lines that give ``h`` and the states after the step.

    Raises:
        EquationError: an equation can't be compiled.
    """

    def __init__(self, neuron: Dynamics, states: Sequence[str]) -> None:
        tensors = {n: p for n, p in neuron.parameters.items() if isinstance(p, torch.Tensor)}
        self.states = tuple(variable("z", name) for name in states)
        scalars = [n for n, p in tensors.items() if _is_scalar(p)]
        vectors = [n for n, p in tensors.items() if not _is_scalar(p)]
        self.parameters = (*scalars, *vectors)
        self.scalars = tuple(variable("p", name) for name in scalars)
        self.vectors = tuple(variable("p", name) for name in vectors)
        self.learned = tuple(variable("p", n) for n, p in tensors.items() if p.requires_grad)
        self._written: list[Variable] = []
        self._given: dict[str, Any] = {name: self._new(name) for name in ("x", *self.states)}
        self._given |= {name: self._new(name) for name in self.tensors}
        plain = {n: _plain(p) for n, p in neuron.parameters.items() if n not in tensors}
        stand_ins = plain | {name: self._given[variable("p", name)] for name in tensors}
        neuron = neuron._replace(parameters=stand_ins)
        state = {name: self._given[variable("z", name)] for name in states}
        self._results = one_step(neuron, self._given["x"], state)
        self.forward = Lines(self._written, self._results)
        advance = {name: value for name, value in self._results.items() if name != "s"}
        self.advance = Lines(self._written, advance)
        self._backward: dict[bool, Lines] = {}

    def _new(self, name: str) -> Any:
        return Variable(self._written, "given", name)

    @property
    def tensors(self) -> tuple[str, ...]:
        """The variables of all parameters that are tensors."""
        return self.scalars + self.vectors

    @property
    def final(self) -> dict[str, str]:
        """For the variable of each state before the step the one after it."""
        return {name: f"{name}_next" for name in self.states}

    def backward(self, traced: bool) -> Lines:
        """Return the lines of one step of the backward pass.

        They read ``g_s`` and the gradient of each state after the step, ``g_z_v_next``, and where
        `traced` that of H too, ``g_h``; besides, ``h``, ``x`` and the states before the step,
        where they need them. They give ``g_x``, ``g_z_v`` for each state and ``g_p_tau`` for each
        learned parameter.
        """
        with _tracing:
            if traced not in self._backward:
                self._backward[traced] = self._differentiated(traced)
        return self._backward[traced]

    def _differentiated(self, traced: bool) -> Lines:
        seeds = [(v, self._new(f"g_{n}")) for n, v in self._results.items() if n != "h" or traced]
        gradients = _gradients(seeds)
        wanted = ("x", *self.states, *self.learned)
        results = {f"g_{name}": gradients.get(self._given[name], 0) for name in wanted}
        return Lines(self._written, results, {"h": self._results["h"]}, prefix="b")


def variable(kind: str, name: str) -> str:
    """Return the variable of a state (kind "z") or a parameter ("p")."""
    return f"{kind}_{name.replace('_', '__')}"


_tracing = threading.Lock()


def one_step(neuron: Dynamics, x: Variable, state: Mapping[str, Variable]) -> dict[str, Variable]:
    """Take the reference's step with stand-ins.

    Args:
        neuron: the equations; a parameter is a stand-in, a `Number`, or True or False.
        x: the input.
        state: the state before the step.

    Returns:
        H and the spikes as ``h`` and ``s``, and each state after the step as ``z_NAME_next``.

    Raises:
        EquationError: an equation or the surrogate function can't be compiled.
    """
    neuron = neuron._replace(surrogate=_stand_in(checked(neuron.surrogate)))
    with explained():
        h, state_then = reference.charge(neuron, x, state)  # type: ignore[arg-type]
        s = reference.fire(neuron, h, state_then)
        after = reference.reset(neuron, h, s, state_then)
    results: dict[str, Any] = {"h": h, "s": s}
    results |= {f"{variable('z', name)}_next": after[name] for name in state}
    for name, value in results.items():
        if not isinstance(value, Variable):
            raise EquationError(
                f"the step gives the number {value!r} for {name}, not a value for each neuron"
            )
    return results


def _is_scalar(tensor: torch.Tensor) -> bool:
    return tensor.ndim == 0 and tensor.device.type == "cpu"


def _plain(value: Any) -> Any:
    """Return what stands for a parameter that is not a tensor: only True and False themselves."""
    return value if isinstance(value, bool) else Number(value)


def _stand_in(theta: Any) -> Callable[[Any], Any]:
    """Return Θ for stand-ins: its spikes, with the derivative of its primitive."""
    numbers = {name: getattr(theta, name) for name in theta.primitive.arguments[1:]}
    if any(isinstance(number, torch.Tensor) for number in numbers.values()):
        raise EquationError(f"a value of the surrogate function {theta!r} is a tensor")
    numbers = {name: _plain(number) for name, number in numbers.items()}

    def fire(u: Variable) -> Variable:
        primitive: Variable = theta.primitive(u, **numbers)
        return u.done("spike", u.done("step", u), primitive) if theta.spiking else primitive

    return fire


@contextlib.contextmanager
def explained() -> Iterator[None]:
    """Turn what goes wrong when an equation is called with stand-ins into advice."""
    try:
        yield
    except (TypeError, AttributeError) as error:
        where = " ".join(getattr(error, "__notes__", ()))
        raise EquationError(
            f"an equation can't be compiled: {error}. {where} An equation uses + - * / **, abs "
            "and the functions of snnbook.equation. Use these, or backend='torch'."
        ) from error


@functools.lru_cache(maxsize=1024)
def _kept(key: Any) -> list[Program]:
    """Return the place for the program that belongs to a key."""
    return []


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


def of(neuron: Dynamics, states: Collection[str]) -> Program:
    """Return the program of `neuron`; it is made anew when anything that it depends on changes.

    Raises:
        EquationError: the surrogate function is not one of `snnbook.surrogate`'s kind, or an
            equation or a parameter can't be compiled.
    """
    theta = checked(neuron.surrogate)
    primitive = theta.primitive
    key = [*states, neuron.detach_reset, theta.spiking, primitive.captured()]
    key += [neuron.charge.captured(), neuron.fire.captured(), neuron.reset.captured()]
    for name, equation in (*neuron.before.items(), *neuron.after.items()):
        key += [name, equation.captured()]
    for name, value in neuron.parameters.items():
        key += [name, value if type(value) is float else _trait(name, value)]
    for name in primitive.arguments[1:]:
        value = getattr(theta, name)
        key.append(value if type(value) is float else _trait(name, value))
    place = _kept(tuple(key))
    if not place:
        place.append(Program(neuron, tuple(states)))
    return place[0]


def _trait(name: str, value: Any) -> Any:
    """Return what a program depends on in a parameter that is not a float."""
    if isinstance(value, torch.Tensor):
        return _is_scalar(value), value.requires_grad
    if isinstance(value, (int, float)):
        return type(value), value
    raise EquationError(
        f"the attribute {name} is {value!r}; a compiled equation takes numbers, tensors, True and "
        "False. Use these, or backend='torch'."
    )


def digest(text: str) -> str:
    """Return a short name for a text."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]
