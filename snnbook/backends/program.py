"""One step of a neuron as a straight-line program, and its derivative: what kernels are made from.

A fused kernel is one loop over time around this program. The equations themselves are compiled, so
the forward pass rounds as PyTorch does; the partial derivatives in the backward pass are SymPy's.
Nothing here depends on the compiler: a backend gives the text to Numba, Triton, ….
"""

import ast
import dis
import functools
import hashlib
import inspect
import textwrap
import types
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import torch

from .. import equation as library
from ..equation import Equation, EquationError
from ..surrogate import Surrogate
from . import Dynamics

_PRIMITIVES = {function: name for name, function in library._FUNCTIONS.items()}


@dataclass(frozen=True)
class Statement:
    """``target = equation(arguments)``, on the variables of one step.

    Attributes:
        target: the variable that is set.
        equation: its equation; None is the step function Θ.
        arguments: for each argument of the equation the variable it takes.
        slope: the equation that stands for the derivative by the first argument, if not its own.
    """

    target: str
    equation: Equation | None
    arguments: Mapping[str, str]
    slope: Equation | None = None


@dataclass(frozen=True)
class Program:
    """The statements of one step, in order. Each variable is set once.

    ``x``, ``h``, ``u`` and ``s`` are as in the equations. A state ``v`` is ``z_v`` before the step
    and ``z_v_next`` after it; a parameter ``tau`` is ``p_tau``, and Θ's ``alpha`` is ``a_alpha``.

    Attributes:
        statements: the step.
        final: for the variable of each state before the step the one after it.
        fixed: the parameters that are True or False; they are built into the text.
        scalars: the variables of the parameters that are one number, with the number.
        vectors: the variables of the parameters that are tensors, with the tensor.
    """

    statements: tuple[Statement, ...]
    final: Mapping[str, str]
    fixed: Mapping[str, bool]
    scalars: Mapping[str, float]
    vectors: Mapping[str, torch.Tensor]

    @property
    def key(self) -> tuple[Any, ...]:
        """What the text of a kernel depends on."""
        steps = (
            (s.target, s.equation and s.equation.captured(), *s.arguments.items(), s.slope)
            for s in self.statements
        )
        names = (*self.fixed.items(), *self.scalars, None, *self.vectors, None, *self.learned)
        return (*steps, *self.final.items(), *names)

    @property
    def learned(self) -> tuple[str, ...]:
        """The variables of the parameters that want a gradient."""
        return tuple(name for name, tensor in self.vectors.items() if tensor.requires_grad)


def trace(neuron: Dynamics, states: Iterable[str]) -> Program:
    """Return the program of one step of `neuron`, which does what the reference's `run` does.

    Raises:
        EquationError: the surrogate function is not one of `snnbook.surrogate`'s kind.
    """
    theta: Any = neuron.surrogate
    own = {getattr(type(theta), name, None) for name in ("forward", "gradient")}
    if own != {Surrogate.forward, Surrogate.gradient}:
        raise EquationError(
            f"the surrogate function {theta!r} is not just an equation, so it can't be compiled; "
            "write it as a snnbook.surrogate.Surrogate, or use backend='torch'"
        )
    values = {f"p_{name}": value for name, value in neuron.parameters.items()}
    values |= {f"a_{name}": getattr(theta, name) for name in theta.primitive.arguments[1:]}
    scalars, vectors = {}, {}
    for name, value in values.items():
        is_tensor = isinstance(value, torch.Tensor)
        if is_tensor and (value.requires_grad or value.ndim > 0 or value.device.type != "cpu"):
            vectors[name] = value
        elif isinstance(value, (int, float, torch.Tensor)) and not isinstance(value, bool):
            scalars[name] = float(value)
        elif not isinstance(value, bool):
            raise EquationError(
                f"the attribute {name[2:]} is {value!r}; a compiled equation takes numbers, "
                "tensors, True and False. Use these, or backend='torch'."
            )
    fixed = {name: value for name, value in neuron.parameters.items() if isinstance(value, bool)}
    where = {name: f"p_{name}" for name in neuron.parameters} | {"x": "x"}
    where |= {name: f"z_{name}" for name in states}
    final = {f"z_{name}": f"z_{name}_next" for name in states}
    statements: list[Statement] = []

    def add(target: str, equation: Equation, where: Mapping[str, str]) -> str:
        arguments = {name: where[name] for name in equation.arguments if name not in fixed}
        statements.append(Statement(target, equation, arguments))
        return target

    for name, update in neuron.before.items():
        where[name] = add(f"z_{name}_next", update, where)
    where["h"] = add("h", neuron.charge, where)
    add("u", neuron.fire, where)
    arguments = {"u": "u"} | {name: f"a_{name}" for name in theta.primitive.arguments[1:]}
    value = None if theta.spiking else theta.primitive
    statements.append(Statement("s", value, arguments, theta.slope))
    where["s"] = "s"
    for name, update in neuron.after.items():
        add(f"z_{name}_next", update, where)
    where["s"] = "s_reset" if neuron.detach_reset else "s"
    add("z_v_next", neuron.reset, where)
    return Program(tuple(statements), final, fixed, scalars, vectors)


class Writer:
    """Writes equations as functions of one source text, each once."""

    def __init__(self) -> None:
        self.functions: dict[Any, str] = {}
        self.text: list[str] = []

    def function(self, equation: Any, fixed: Mapping[str, bool]) -> str:
        """Return the name under which the text has an equation or a plain helper function."""
        function = equation.function if isinstance(equation, Equation) else equation
        static = {n: v for n, v in fixed.items() if n in inspect.signature(function).parameters}
        key = (function, tuple(static.items()))
        if key not in self.functions:
            name = f"f{len(self.functions)}_{equation_name(function)}"
            self.functions[key] = name
            self.text.append(self._written(function, name, static))
        return self.functions[key]

    def _written(self, function: Callable[..., Any], name: str, static: Mapping[str, bool]) -> str:
        tree = _parsed(function)
        tree.name = name
        tree.decorator_list = []
        tree.returns = None
        for argument in tree.args.args:
            argument.annotation = None
        tree.args.args = [a for a in tree.args.args if a.arg not in static]
        if "number" in [argument.arg for argument in tree.args.args]:
            raise EquationError(
                f"{name} has an argument 'number', a word that kernels need: rename it"
            )
        if isinstance(tree.body[0], ast.Expr) and isinstance(tree.body[0].value, ast.Constant):
            tree.body = tree.body[1:]  # the docstring
        local = {a.arg for a in tree.args.args} | {
            node.id
            for node in ast.walk(tree)
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
        }
        tree = _Rewriter(self, function, static, local).visit(tree)
        return "@device\n" + ast.unparse(ast.fix_missing_locations(tree))


def equation_name(function: Callable[..., Any]) -> str:
    """Return a function's name as an identifier."""
    return function.__name__ if function.__name__.isidentifier() else "equation"


def _parsed(function: Callable[..., Any]) -> ast.FunctionDef:
    """Return the syntax tree of a function's definition, which must be the one that runs."""
    name = equation_name(function)
    try:
        source = textwrap.dedent(inspect.getsource(function))
        definition = ast.parse(source).body[0]
    except (OSError, SyntaxError) as error:
        raise EquationError(f"the source of {name} can't be read: {error}") from error
    if not isinstance(definition, ast.FunctionDef):
        raise EquationError(
            f"{name} is not written as `def name(…): return …`, so it can't be compiled; write it "
            "so, or use backend='torch'"
        )
    # Its outer variables are the arguments of a function around it, so that it compiles alike.
    outer = f"def outer({', '.join(function.__code__.co_freevars)}):\n"
    code = compile(outer + textwrap.indent(source, " "), "<source>", "exec")
    if _doing(function.__code__) not in [_doing(inner) for inner in _codes(code)]:
        raise EquationError(
            f"the source of {name} has changed since it was defined; define it again (restart "
            "the kernel), or use backend='torch'"
        )
    return definition


def _codes(code: types.CodeType) -> Iterator[types.CodeType]:
    """Yield a code object and all those inside it."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _codes(constant)


def _doing(code: types.CodeType) -> tuple[Any, ...]:
    """Return what arithmetic does in a code object: its operations, names and numbers."""
    steps = [
        (step.opname, step.argrepr)
        for step in dis.get_instructions(code)
        if step.opname.startswith(("BINARY", "COMPARE", "UNARY"))
    ]
    values = [c for c in code.co_consts if isinstance(c, (int, float))]
    return steps, code.co_names, code.co_varnames, code.co_freevars, values


class _Rewriter(ast.NodeTransformer):
    """Turns an equation's own names and numbers into those of the kernel's text."""

    def __init__(
        self, writer: Writer, function: Any, static: Mapping[str, bool], local: set[str]
    ) -> None:
        self.writer = writer
        self.static = static
        self.local = local
        closure = inspect.getclosurevars(function)
        self.globals = {**function.__globals__, **closure.nonlocals, **closure.builtins}

    def visit_Constant(self, node: ast.Constant) -> ast.expr:
        if isinstance(node.value, bool) or not isinstance(node.value, (int, float)):
            return node
        return ast.Call(ast.Name("number", ast.Load()), [node], [])

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        power = node.right if isinstance(node.op, ast.Pow) else None
        if isinstance(power, ast.Constant) and isinstance(power.value, int):  # x**2 is x * x
            node.left = self.visit(node.left)
            return node
        folded = _constant(node)
        if folded is not None:  # 1 / 2 is rounded once, as Python does it
            return self.visit_Constant(ast.Constant(folded))
        return self.generic_visit(node)  # type: ignore[return-value]

    def visit_Name(self, node: ast.Name) -> ast.expr:
        if node.id in self.local or not isinstance(node.ctx, ast.Load):
            return node
        if node.id in self.static:
            return ast.Constant(self.static[node.id])
        return self._resolved(node, self.globals.get(node.id, node))

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        path, root = [node.attr], node.value
        while isinstance(root, ast.Attribute):
            path.append(root.attr)
            root = root.value
        value = self.globals.get(root.id, node) if isinstance(root, ast.Name) else node
        for name in reversed(path):
            value = getattr(value, name, node)
        return self._resolved(node, value)

    def _resolved(self, node: ast.expr, value: Any) -> ast.expr:
        """Return what stands in the text for a global value that an equation names."""
        if isinstance(value, (bool, int, float)):
            return self.visit_Constant(ast.Constant(value))
        if isinstance(value, (Equation, types.FunctionType)) and value not in _PRIMITIVES:
            return ast.Name(self.writer.function(value, {}), ast.Load())
        name = "abs" if value is abs else _PRIMITIVES.get(value)
        if name is None:
            raise EquationError(
                f"`{ast.unparse(node)}` can't be compiled: an equation uses + - * / **, abs and "
                "the functions of snnbook.equation. Use these, or backend='torch'."
            )
        return ast.Name(name, ast.Load())


def _constant(node: ast.expr) -> float | int | None:
    """Return the value of arithmetic on literal numbers, or None."""
    if all(
        isinstance(n, (ast.BinOp, ast.UnaryOp, ast.Constant, ast.operator, ast.unaryop))
        for n in ast.walk(node)
    ):
        value = eval(compile(ast.fix_missing_locations(ast.Expression(node)), "<constant>", "eval"))
        return value if isinstance(value, (int, float)) else None
    return None


def forward_lines(program: Program, writer: Writer) -> list[str]:
    """Return the lines of one step: from the states, ``x`` and the parameters to all the rest."""
    lines = []
    for step in program.statements:
        arguments = ", ".join(step.arguments.values())
        if step.equation is None:
            lines.append(f"{step.target} = step({arguments.split(',')[0]})")
        else:
            lines.append(
                f"{step.target} = {writer.function(step.equation, program.fixed)}({arguments})"
            )
        if step.target == "s":
            lines.append("s_reset = s")
    return lines


def backward_lines(program: Program, writer: Writer) -> list[str]:
    """Return the lines of one step of the backward pass, to follow the lines of the step itself.

    Before them the gradients of what the step gives are set: ``g_s``, ``g_h`` and ``g_z_v_next``
    for each state. After them those of what it was given are: ``g_x``, ``g_z_v`` for each state,
    ``g_p_tau`` for each learned parameter.
    """
    given = {"s", "h", *program.final.values()}
    active = {"x", "u", *program.final, *given, *program.learned}
    lines = [f"g_{name} = number(0)" for name in sorted(active - given)]
    for step in reversed(program.statements):
        for argument, variable in step.arguments.items():
            if variable not in active:
                continue
            slope = step.slope or _slope(step.equation, argument, program.fixed)
            if slope is None:
                continue
            call = f"{writer.function(slope, {})}({', '.join(step.arguments.values())})"
            lines.append(f"g_{variable} = g_{variable} + g_{step.target} * {call}")
    return lines


@functools.cache
def _cached_slope(
    equation: Equation, argument: str, fixed: tuple[tuple[str, bool], ...], captured: Any
) -> Equation | None:
    slope = equation.derivative(argument, **dict(fixed))
    return None if slope.expression() == 0 else slope


def _slope(equation: Equation | None, argument: str, fixed: Mapping[str, bool]) -> Equation | None:
    """Return the partial derivative of an equation, or None where it is 0."""
    if equation is None:
        return None
    known = tuple((name, value) for name, value in fixed.items() if name in equation.arguments)
    return _cached_slope(equation, argument, known, equation.captured())


def digest(text: str) -> str:
    """Return a short name for a text."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]
