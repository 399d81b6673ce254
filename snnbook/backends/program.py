"""One step of a neuron as a straight-line program, and its derivative: ready to be compiled.

A fused kernel is one loop over time around such a list of operations, which `trace` wrote down. The
derivative is the chain rule, operation by operation. Nothing here depends on the compiler: a
backend writes the operations for Numba, Triton, ….
"""

import functools
import hashlib
import math
import threading
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import torch

from ..equation import EquationError, cos, exp, log, sign, sin, where
from .dynamics import Dynamics
from .trace import (
    Constant,
    Variable,
    checked,
    explained,
    has_steep,
    one_step,
    plain,
    settings,
    variable,
)

__all__ = ["FORMS", "RULES", "Line", "Lines", "Program", "digest", "of", "source"]

# --- the chain rule ------------------------------------------------------------------------------


def _quotient_rule(g: Any, z: Any, a: Any, b: Any) -> tuple[Any, Any]:
    """Return the gradients of z = a / b. A number's inverse is known: a product is quicker."""
    if not isinstance(b, Variable):
        return g * (1 / b if b != 0 else math.copysign(math.inf, b)), None
    g = g / b
    return g, -(g * z)


def _power_rule(g: Any, z: Any, a: Any, b: Any) -> tuple[Any, Any]:
    """Return the gradients of z = a ** b, whose exponent or base may be a number."""
    logarithm = log(a) if isinstance(a, Variable) or a > 0 else math.nan
    return where(b == 0, 0, g * (b * a ** (b - 1))), where(a == 0, 0, g * z * logarithm)


RULES: dict[str, Callable[..., tuple[Any, ...]]] = {
    "spike": lambda g, z, value, u, *q: (None, g * u.done("slope", u, *q), *(None for _ in q)),
    "saturate": lambda g, z, a: (where(z.done("inside", z), g, 0),),
    "add": lambda g, z, a, b: (g, g),
    "sub": lambda g, z, a, b: (g, -g),
    "mul": lambda g, z, a, b: (g * b, g * a),
    "div": _quotient_rule,
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


def _gradients(
    seeds: Iterable[tuple[Variable, Variable]], within: Collection[Variable] | None = None
) -> dict[Variable, Any]:
    """Return the gradient by each variable, given those by some (pairs of variable and gradient).

    The operations that make them are written down after those of the step.

    Args:
        seeds: the pairs.
        within: the operations to go back through; by default all.
    """
    found: dict[Variable, Any] = {}

    def add(variable: Any, g: Any) -> None:
        if isinstance(variable, Variable) and g is not None:
            found[variable] = found[variable] + g if variable in found else g

    for seeded, g in seeds:
        add(seeded, g)
    for z in [*next(iter(found)).tape][::-1]:
        if z not in found or z.operation not in RULES or (within is not None and z not in within):
            continue
        if z.operation == "saturate" and has_steep(inner := _inside(z)):
            # No gradient comes through a value that has stopped, not even 0 times infinity.
            (a,), stays = z.operands, z.done("inside", z)
            through = _gradients([(a, where(stays, found[z], 0))], inner)
            for start, g in through.items():
                if start not in inner:
                    add(start, where(stays, g, 0))
            continue
        gradients = RULES[z.operation](found[z], z, *z.operands)
        for operand, g in zip(z.operands, gradients, strict=True):
            add(operand, g)
    return found


def _inside(z: Variable) -> set[Variable]:
    """Return the operations of the one equation that a value comes from."""
    inside: set[Variable] = set()
    todo: list[Any] = [*z.operands]
    while todo:
        one = todo.pop()
        ends = not isinstance(one, Variable) or one.operation in ("given", "saturate", "spike")
        if not ends and one not in inside:
            inside.add(one)
            todo += one.operands
    return inside


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
        exact = type(operand) is not Constant or math.frexp(operand)[0] in (-0.5, 0.0, 0.5)
        if exact and math.isfinite(operand):  # 0 or a power of two: x / 2 becomes a product
            return f"number({float(operand)!r})".replace(".0)", ")")
        name = self._words.setdefault(id(operand), f"{self.prefix}c{len(self.numbers)}")
        self.numbers[name] = float(operand)
        return name


def source(lines: Iterable[Line], forms: Mapping[str, str]) -> list[str]:
    """Return lines as text; `forms` says how an operation is written, if not as a call."""
    text = []
    for target, operation, operands in lines:
        call = f"{operation}({', '.join('{}' for _ in operands)})"
        text.append(f"{target} = {forms.get(operation, call).format(*operands)}")
    return text


FORMS = {
    **dict.fromkeys(("copy", "detach", "spike"), "{0}"),
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
    """Return the operands that an operation reads; of a spike, u is there for the slope."""
    return [*z.operands[:1]] if z.operation == "spike" else [*z.operands]


# --- the program of a neuron ---------------------------------------------------------------------


class Program:
    """One step of a neuron, and its derivative.

    In the lines ``x`` is the input and ``s`` the spikes. A state ``v`` is ``z_v`` before the step
    and ``z_v_next`` after it; the tensor ``tau`` is ``p_tau``, the surrogate function's number
    ``alpha`` is ``q_alpha``; ``g_x`` is the gradient by ``x``. An underscore in a name is doubled,
    so that a state ``v_next`` is another variable.

    Args:
        neuron: the equations. Which parameters are tensors is asked only now.
        states: the names of the states.

    Attributes:
        states: the variables of the states before the step.
        parameters: the names of the parameters that are tensors, those of `scalars` first.
        scalars: the variables of those that hold one number, on the CPU.
        vectors: the variables of the others.
        settings: the variables of the surrogate function's numbers.
        given_numbers: the variables of `scalars` and `settings`.
        learned: the variables of the tensors that want a gradient.
        forward: lines that give ``s``, ``h`` and the states after the step.
        advance: lines that give ``h`` and the states after the step.

    Raises:
        EquationError: an equation can't be compiled.
    """

    def __init__(self, neuron: Dynamics, states: Sequence[str]) -> None:
        tensors = {n: p for n, p in neuron.parameters.items() if isinstance(p, torch.Tensor)}
        self.states = tuple(variable("z", name) for name in states)
        self.final = {name: f"{name}_next" for name in self.states}
        scalars = [n for n, p in tensors.items() if _is_scalar(p)]
        vectors = [n for n, p in tensors.items() if not _is_scalar(p)]
        self.parameters = (*scalars, *vectors)
        self.scalars = tuple(variable("p", name) for name in scalars)
        self.vectors = tuple(variable("p", name) for name in vectors)
        self.learned = tuple(variable("p", n) for n, p in tensors.items() if p.requires_grad)
        self._theta: Any = None if neuron.fire is None else checked(neuron.surrogate)
        self.settings = tuple(
            variable("q", name) for name in (settings(self._theta) if self._theta else ())
        )
        self.given_numbers = (*self.scalars, *self.settings)
        self._tape: list[Variable] = []
        given = (*self.states, *self.scalars, *self.vectors)
        self._given: dict[str, Any] = {name: self._new(name) for name in ("x", *given)}
        stand_ins = {n: plain(p) for n, p in neuron.parameters.items() if n not in tensors}
        stand_ins |= {name: self._given[variable("p", name)] for name in tensors}
        neuron = neuron._replace(parameters=stand_ins)
        state = {name: self._given[variable("z", name)] for name in states}
        self._results = one_step(neuron, self._given["x"], state)
        self.forward = Lines(self._tape, self._results)
        advance = {name: value for name, value in self._results.items() if name != "s"}
        self.advance = Lines(self._tape, advance)
        self._backward: dict[bool, Lines] = {}

    def _new(self, name: str) -> Any:
        return Variable(self._tape, "given", name)

    def backward(self, traced: bool) -> Lines:
        """Return the lines of one step of the backward pass.

        They read ``g_s`` and the gradient of each state after the step, ``g_z_v_next``, and where
        `traced` that of H too, ``g_h``; besides, ``h``, ``x`` and the states before the step,
        where they need them. They give ``g_x``, ``g_z_v`` for each state and ``g_p_tau`` for each
        learned parameter. The slope of the surrogate function is one operation; see `opened`.
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
        return Lines(self._tape, results, {"h": self._results["h"]}, prefix="b")

    def opened(self, lines: Sequence[Line]) -> list[Line]:
        """Return lines in which the slope of the surrogate function is written out.

        It is SymPy's derivative of the primitive, on every backend. A kernel that is there already
        doesn't need it, so that SymPy isn't loaded for it.
        """
        opened: list[Line] = []
        for line in lines:
            if line.operation != "slope":
                opened.append(line)
                continue
            tape: list[Variable] = []
            given = [Variable(tape, "given", word) for word in line.operands]
            with explained():
                value = self._theta.derivative(*given)
            opened += Lines(tape, {line.target: value}, prefix=f"{line.target}_").lines
        return opened

    def digest(self, traced: bool) -> str:
        """Return a short name for all that the text of the kernels depends on."""
        tape: list[Variable] = []
        given = [Variable(tape, "given", name) for name in ("u", *self.settings)]
        smooth = self._theta.primitive(*given) if self._theta else given[0]
        primitive = Lines(tape, {"p": smooth}).lines
        lines = (self.forward.lines, self.advance.lines, self.backward(traced).lines, primitive)
        names = (self.states, self.scalars, self.vectors, self.settings, self.learned, traced)
        return digest(repr((lines, names, _code())))


_tracing = threading.Lock()


def _is_scalar(tensor: torch.Tensor) -> bool:
    return tensor.ndim == 0 and tensor.device.type == "cpu"


@functools.lru_cache(maxsize=1024)
def _kept(key: Any) -> list[Program]:
    """Return the place for the program that belongs to a key."""
    return []


def of(neuron: Dynamics, states: Collection[str]) -> Program:
    """Return the program of `neuron`; it is made anew when anything that it depends on changes.

    Raises:
        EquationError: the surrogate function is not one of `snnbook.surrogate`'s kind, or an
            equation or a parameter can't be compiled.
    """
    key = [*states, neuron.detach_reset, *neuron.before, *neuron.after]
    if neuron.fire is not None:
        theta = checked(neuron.surrogate)
        key += [theta.spiking, theta.primitive, theta.primitive.meaning()]
    for one in neuron.equations():
        key += [one, one.meaning()]
    key += [(name, _trait(name, value)) for name, value in neuron.parameters.items()]
    place = _kept(tuple(key))
    if not place:
        place.append(Program(neuron, tuple(states)))
    return place[0]


def _trait(name: str, value: Any) -> Any:
    """Return what a program depends on in a parameter."""
    if isinstance(value, torch.Tensor):
        return _is_scalar(value), value.requires_grad
    if isinstance(value, (int, float)):
        return type(value), value
    raise EquationError(
        f"the attribute {name} is {value!r}; a compiled equation takes numbers, tensors, True and "
        "False. Use these, or backend='torch'."
    )


@functools.cache
def _code() -> str:
    """Return a short name for the code that writes kernels: another version, other kernels."""
    folder = Path(__file__).parent
    files = [
        *sorted(folder.glob("*.py")),
        folder.parent / "equation.py",
        folder.parent / "symbolic.py",
    ]
    return digest("".join(file.read_text("utf-8") for file in files) + version("sympy"))


def digest(text: str) -> str:
    """Return a short name for a text."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]
