"""What an equation is: plain arithmetic, written once as a Python function.

A neuron's equation is called with numbers or tensors to *run* it, with SymPy symbols to *print* it,
and its derivative, taken by SymPy, is an equation again. This module knows nothing of PyTorch;
the floors above register the tensors they compute with (`register_library`).

Besides ``+ - * / **`` and `abs`, an equation may use this module's number `pi` and functions
`exp`, `log`, `sqrt`, `sin`, `cos`, `tanh`, `atan`, `erf`, `sigmoid`, `relu`, `sign` and `where`.
"""

from __future__ import annotations

import dis
import functools
import inspect
import linecache
import math
import types
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    import sympy

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


_FUNCTIONS: dict[str, Callable[..., Value]] = {
    function.__name__: function
    for function in (exp, log, sqrt, sin, cos, tanh, atan, erf, sigmoid, relu, sign, where)
}


# --- the equation --------------------------------------------------------------------------------


class EquationError(TypeError):
    """An equation can't be traced: it uses something that is not plain arithmetic."""


class Equation:
    """One equation, written as a function of named values.

    Args:
        function: plain arithmetic on its arguments. Each argument is a single name without a
            default. An argument that is a Python `bool` may be tested with ``if``.

    Raises:
        EquationError: the function takes ``self``, ``*args``, ``**kwargs`` or default values.

    Example:
        >>> @equation
        ... def charge(v, x, tau):
        ...     return v + (x - v) / tau
        >>> charge(0.0, 1.0, 2.0)
        0.5
    """

    def __init__(self, function: Callable[..., Value]) -> None:
        self.function = function
        self.name = function.__name__ if function.__name__.isidentifier() else "equation"
        self.__doc__ = function.__doc__ or self.__doc__
        parameters = inspect.signature(function).parameters.values()
        if "self" in inspect.signature(function).parameters:
            raise EquationError(
                f"the equation {self.name} has the argument 'self', but an equation has none: it "
                "names the values that it uses. Write v, x and the layer's attributes instead."
            )
        for p in parameters:
            if p.kind is not p.POSITIONAL_OR_KEYWORD or p.default is not p.empty:
                raise EquationError(
                    f"the equation {self.name} has the argument '{p}', but an equation's arguments "
                    "are plain names: the states, the input and the layer's attributes. "
                    "Give the value as an attribute of the layer instead."
                )
        for step in dis.get_instructions(function):
            if step.opname == "BINARY_OP" and step.argrepr.endswith("="):
                raise EquationError(
                    f"the equation {self.name} changes a value in place ({step.argrepr}), which "
                    "would change the layer's state or its input too. Write v = v + x, not v += x."
                )
        self.arguments: tuple[str, ...] = tuple(p.name for p in parameters)

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
            error.add_note(f"This happened in {self!r}.")
            raise

    def captured(self) -> tuple[Any, ...]:
        """Return what the equation's outer names mean just now.

        Whoever keeps something derived from the equation keeps this too: in a notebook a number
        or a helper function may change.
        """
        code = self.function.__code__
        if not code.co_names and not code.co_freevars and not any(map(_is_code, code.co_consts)):
            return (self.function, code)
        return _captured(self.function)

    def expression(self, *, keep_form: bool = False, **fixed: Value) -> sympy.Expr:
        """Return the equation as a SymPy expression in real symbols named like its arguments.

        Args:
            keep_form: keep the terms as they are written, instead of SymPy's canonical order.
            **fixed: arguments to replace by a value, for example ``decay_input=True``.

        Raises:
            EquationError: the function does something else than plain arithmetic.
        """
        import sympy

        for step in dis.get_instructions(self.function):
            if step.opname == "COMPARE_OP" and ("==" in step.argrepr or "!=" in step.argrepr):
                raise EquationError(
                    f"{self!r} compares with == or !=, which symbols answer at once with False. "
                    "Use where(x > a, …), or `if` on an attribute that is True or False."
                )
        register_library(sympy.Basic, _sympy_library())
        function = types.FunctionType(
            self.function.__code__,
            {**self.function.__globals__, "pi": sympy.pi},
            self.name,
            closure=self.function.__closure__,
        )
        symbols = {name: sympy.Symbol(name, real=True) for name in self.arguments}
        try:
            with sympy.evaluate(not keep_form):
                return sympy.sympify(function(**{**symbols, **fixed}))
        except (TypeError, AttributeError) as error:
            raise EquationError(
                f"{self!r} can't be traced with symbols ({error}). An equation is plain "
                "arithmetic: use the functions of snnbook.equation (exp, relu, where, …) instead "
                "of torch's or math's, and where(condition, a, b) instead of `if` on a value."
            ) from error

    def derivative(self, argument: str, **fixed: Value) -> Equation:
        """Return the derivative with respect to `argument`, as an equation of the same arguments.

        At a jump or a kink it is finite, as in PyTorch: the slope on one side, or 0 for `abs`.

        Args:
            argument: the name of the argument to differentiate by.
            **fixed: arguments to replace by a value first; the result no longer has them.

        Raises:
            ValueError: the equation has no such argument.
            EquationError: the equation can't be traced with symbols, or its derivative isn't plain
                arithmetic.
        """
        if argument not in self.arguments:
            raise ValueError(f"{self!r} has no argument '{argument}' to differentiate by")
        import sympy

        try:
            slope = self.expression(**fixed).diff(sympy.Symbol(argument, real=True))
            slope = slope.replace(sympy.DiracDelta, lambda *_: sympy.S.Zero)  # a jump of sign()
            unknown = _functions_in(slope) - _PRINTED
        except RecursionError:
            unknown = {"a function"}
        if unknown:
            raise EquationError(
                f"{self!r} can't be differentiated by '{argument}': its derivative has "
                f"{', '.join(sorted(unknown))}, which is not plain arithmetic"
            )
        names = tuple(name for name in self.arguments if name not in fixed)
        return _compiled(f"{self.name}_by_{argument}", names, _python(_simplified(slope)))

    def latex(self, symbols: Mapping[str, str] | None = None, **fixed: Value) -> str:
        """Print the right-hand side as LaTeX, with the terms in the order they are written in.

        Args:
            symbols: LaTeX for some arguments; the others are printed by `symbol`.
            **fixed: arguments to replace by a value first, for example ``decay_input=True``.
        """
        import sympy

        expression = _tidy(self.expression(keep_form=True, **fixed))
        names = {
            sympy.Symbol(name, real=True): (symbols or {}).get(name, symbol(name))
            for name in self.arguments
        }
        return str(sympy.latex(expression, order="none", inv_trig_style="full", symbol_names=names))


def _captured(function: Any, around: tuple[Any, ...] = ()) -> tuple[Any, ...]:
    code = function.__code__
    names = {name: None for inner in _codes(code) for name in inner.co_names}
    cells = zip(code.co_freevars, function.__closure__ or (), strict=True)
    todo = [(name, function.__globals__.get(name)) for name in names]
    todo += [(name, cell.cell_contents) for name, cell in cells]
    found: list[Any] = [function, code, _identity(function.__defaults__)]
    for name, value in todo:
        helper = value.function if isinstance(value, Equation) else value
        used = [attribute for attribute in names if hasattr(value, attribute)]
        if isinstance(helper, types.FunctionType):
            known = helper is function or helper in around or _never_changes(helper)
            found.append((name, helper if known else _captured(helper, (*around, function))))
        elif isinstance(value, (types.ModuleType, type)) or (used and not _is_plain(value)):
            if name.count(".") < 3:  # a number in a module, a class or an object
                todo += [(f"{name}.{attribute}", getattr(value, attribute)) for attribute in used]
        elif not _never_changes(value):
            found.append((name, _identity(value)))
    return tuple(found)


def _is_code(value: Any) -> bool:
    return isinstance(value, types.CodeType)


def _codes(code: types.CodeType) -> Iterator[types.CodeType]:
    """Yield a code object and those of the functions inside it."""
    yield code
    for constant in code.co_consts:
        if _is_code(constant):
            yield from _codes(constant)


def _never_changes(value: Any) -> bool:
    """Whether a value is a function of Python's own or of a library."""
    if isinstance(value, types.FunctionType):
        return str(value.__module__).split(".")[0] in ("snnbook", "torch", "numpy")
    return isinstance(value, types.BuiltinFunctionType) and isinstance(
        value.__self__, (types.ModuleType, type)
    )


def _is_plain(value: Any) -> bool:
    return value is None or isinstance(value, (bool, int, float, str, list, tuple, dict))


def _identity(value: Any) -> Any:
    """Return what is equal only as long as a value is; of an object that hides it, nothing is."""
    if isinstance(value, dict):
        return tuple((key, _identity(part)) for key, part in value.items())
    if isinstance(value, (list, tuple)):
        return tuple(map(_identity, value))
    return (type(value), value) if _is_plain(value) else object()


def equation(function: Callable[..., Value]) -> Equation:
    """Decorate a function as an `Equation`; inside a class body it needs no ``self``."""
    return Equation(function)


_GREEK = {"alpha", "beta", "gamma", "epsilon", "eta", "theta", "kappa", "lambda", "mu", "nu"}
_GREEK |= {"rho", "sigma", "tau", "phi", "omega"}
_LETTERS = {**{name: f"\\{name}" for name in _GREEK}, "delta": r"\Delta", "v": "V"}


def symbol(name: str) -> str:
    r"""Return the LaTeX symbol of an attribute: ``v_threshold`` gives ``V_{\text{threshold}}``."""
    head, _, index = name.partition("_")
    if not index:
        bare = head.rstrip("0123456789")
        head, index = bare, head[len(bare) :]
    letter = _LETTERS.get(head, head if len(head) == 1 else rf"\text{{{head}}}")
    if len(index) > 1:
        index = rf"\text{{{index.replace('_', ' ')}}}"
    return f"{letter}_{{{index}}}" if index else letter


class Formulas:
    r"""Some formulas, one below the other; a notebook shows them typeset.

    Args:
        rows: pairs of LaTeX, the left-hand side and the right-hand side of each formula.
    """

    def __init__(self, rows: Iterable[tuple[str, str]]) -> None:
        self.rows: tuple[tuple[str, str], ...] = tuple(rows)

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self.rows)

    def __repr__(self) -> str:
        return "\n".join(f"{left} = {right}" for left, right in self.rows)

    def _repr_latex_(self) -> str:
        lines = r" \\ ".join(f"{left} &= {right}" for left, right in self.rows)
        return rf"$$\begin{{aligned}} {lines} \end{{aligned}}$$"


# --- SymPy, and back to Python -------------------------------------------------------------------


@functools.cache
def _sympy_library() -> Any:
    """Return this module's functions for SymPy expressions."""
    import sympy

    class Sigmoid(sympy.Function):  # type: ignore[misc]
        """The logistic function, whose derivative is written with the function itself."""

        def fdiff(self, argindex: int = 1) -> sympy.Expr:
            """Return its derivative."""
            return self * (1 - self)

        def _latex(self, printer: Any) -> str:
            return rf"\sigma\left({printer._print(self.args[0])}\right)"

    class Relu(sympy.Function):  # type: ignore[misc]
        """The larger of x and 0; its derivative at 0 is 0, as in PyTorch."""

        def fdiff(self, argindex: int = 1) -> sympy.Expr:
            """Return its derivative."""
            return sympy.Piecewise((1, self.args[0] > 0), (0, True))

        def _latex(self, printer: Any) -> str:
            return rf"\operatorname{{ReLU}}\left({printer._print(self.args[0])}\right)"

    direct = ("exp", "log", "sqrt", "sin", "cos", "tanh", "atan", "erf", "sign")
    return types.SimpleNamespace(
        **{name: getattr(sympy, name) for name in direct},
        sigmoid=Sigmoid,
        relu=Relu,
        where=lambda condition, yes, no: sympy.Piecewise((yes, condition), (no, True)),
    )


def _tidy(expression: sympy.Expr) -> sympy.Expr:
    """Drop zero terms and needless nesting, and print 0.5 as 1/2, without reordering anything."""
    import sympy

    if expression.is_Float:  # 1/2 is 0.5 to Python; print it as it was meant
        above, below = float(expression).as_integer_ratio()
        return sympy.Rational(above, below) if below <= 16 else expression
    if not expression.args:
        return expression
    args = [_tidy(argument) for argument in expression.args]
    with sympy.evaluate(False):
        if expression.is_Add:
            args = [term for term in args if term != 0]
            if args and args[0].is_Add:
                args = [*args[0].args, *args[1:]]
            return sympy.Add(*args) if len(args) != 1 else args[0]
        if expression.is_Mul and any(factor == 0 for factor in args):
            return sympy.Integer(0)
        if expression.is_Mul:  # numbers first, and no factor 1
            factors = [f for f in args if f != 1] or [sympy.Integer(1)]
            args = sorted(factors, key=lambda factor: not factor.is_number)
            return sympy.Mul(*args) if len(args) != 1 else args[0]
        if isinstance(expression, sympy.Piecewise) and isinstance(args[-1][0], sympy.Piecewise):
            return sympy.Piecewise(*args[:-1], *args[-1][0].args)
        return expression.func(*args)


def _simplified(expression: sympy.Expr) -> sympy.Expr:
    """Simplify an expression, case by case where it has cases: no condition is added."""
    import sympy

    folded = sympy.piecewise_fold(expression)
    if isinstance(folded, sympy.Piecewise):
        return sympy.Piecewise(*((_simplified(case), when) for case, when in folded.args))
    simple = folded.simplify()
    return simple if _functions_in(simple) <= _PRINTED - {"Piecewise"} else folded


_PRINTED = {*_FUNCTIONS, "Abs", "Sigmoid", "Relu", "Piecewise"}
"""The SymPy functions that `_python_printer` can print."""


def _functions_in(expression: sympy.Expr) -> set[str]:
    import sympy

    found = expression.atoms(sympy.Function, sympy.Derivative, sympy.Subs)
    return {type(function).__name__ for function in found}


@functools.cache
def _python_printer() -> Any:
    """Return a printer from SymPy to Python source that uses this module's functions."""
    from sympy.printing.str import StrPrinter

    class Printer(StrPrinter):  # type: ignore[misc]
        """Prints what `Equation.derivative` needs."""

        def _print_Piecewise(self, expression: Any) -> str:
            *cases, (last, _) = expression.args
            source = self._print(last)
            for value, condition in reversed(cases):
                source = f"where({self._print(condition)}, {self._print(value)}, {source})"
            return str(source)

        def _print_Abs(self, expression: Any) -> str:
            return f"abs({self._print(expression.args[0])})"

        def _print_Sigmoid(self, expression: Any) -> str:
            return f"sigmoid({self._print(expression.args[0])})"

        def _print_Relu(self, expression: Any) -> str:
            return f"relu({self._print(expression.args[0])})"

        def _print_Float(self, expression: Any) -> str:
            return repr(float(expression))

    return Printer()


def _python(expression: sympy.Expr) -> str:
    """Print a SymPy expression as Python source."""
    return str(_python_printer().doprint(expression))


def _compiled(name: str, arguments: tuple[str, ...], source: str) -> Equation:
    """Return the equation ``name(arguments) = source``; debuggers and `inspect` see its text."""
    text = f"def {name}({', '.join(arguments)}):\n    return {source}\n"
    filename = f"<snnbook {name} {hash(text):x}>"
    linecache.cache[filename] = (len(text), None, text.splitlines(keepends=True), filename)
    namespace: dict[str, Any] = {**_FUNCTIONS, "pi": pi}
    exec(compile(text, filename, "exec"), namespace)
    return Equation(namespace[name])
