"""What SymPy makes of an equation: its formula as LaTeX, and its derivative, an equation again.

SymPy is loaded when the first of these functions is called.
"""

from __future__ import annotations

import functools
import linecache
import math
import types
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from .equation import FUNCTIONS, Equation, EquationError, compares_for_equality, register_library

if TYPE_CHECKING:
    import sympy

__all__ = ["Formulas", "derivative", "expression", "from_source", "latex", "symbol"]


def expression(equation: Equation, *, keep_form: bool = False, **fixed: Any) -> sympy.Expr:
    """Return an equation as a SymPy expression in real symbols named like its arguments.

    Args:
        keep_form: keep the terms as they are written, instead of SymPy's canonical order.
        **fixed: arguments to replace by a value, for example ``decay_input=True``.

    Raises:
        EquationError: the function does something else than plain arithmetic.
    """
    import sympy

    _check_equation(equation)
    if compares_for_equality(equation):
        raise EquationError(
            f"{equation!r} compares with == or !=, which symbols answer at once with False. "
            "Use where(x > a, …), or `if` on an attribute that is True or False."
        )
    register_library(sympy.Basic, _sympy_library())
    written = equation.function
    outside = {**written.__globals__, "pi": sympy.pi}
    function = types.FunctionType(
        written.__code__, outside, equation.name, closure=written.__closure__
    )
    symbols = {name: sympy.Symbol(name, real=True) for name in equation.arguments}
    try:
        with sympy.evaluate(not keep_form):
            value = sympy.sympify(function(**{**symbols, **fixed}))
        if not isinstance(value, sympy.Expr):
            raise TypeError(f"it gives {value}, no number")
        return value
    except (TypeError, AttributeError) as error:
        raise EquationError(
            f"{equation!r} can't be traced with symbols ({error}). An equation is plain "
            "arithmetic: use the functions of snnbook.equation (exp, relu, where, …) instead "
            "of torch's or math's, and where(condition, a, b) instead of `if` on a value."
        ) from error


def _check_equation(value: Any) -> None:
    if not isinstance(value, Equation):
        raise TypeError(f"{value!r:.80} is no equation; wanted equation(f) of a function f")


def derivative(equation: Equation, argument: str, **fixed: Any) -> Equation:
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
    _check_equation(equation)
    if argument not in equation.arguments:
        raise ValueError(f"{equation!r} has no argument '{argument}' to differentiate by")
    import sympy

    try:
        slope = expression(equation, **fixed).diff(sympy.Symbol(argument, real=True))
        slope = slope.replace(sympy.DiracDelta, lambda *_: sympy.S.Zero)  # a jump of sign()
        unknown = _functions_in(slope) - _PRINTED
    except RecursionError:
        unknown = {"a function"}
    if unknown:
        raise EquationError(
            f"{equation!r} can't be differentiated by '{argument}': its derivative has "
            f"{', '.join(sorted(unknown))}, which is not plain arithmetic"
        )
    names = tuple(name for name in equation.arguments if name not in fixed)
    source = str(_python_printer().doprint(_steady(_simplified(slope))))
    return from_source(f"{equation.name}_by_{argument}", names, source)


def latex(equation: Equation, symbols: Mapping[str, str] | None = None, **fixed: Any) -> str:
    """Print an equation's right-hand side as LaTeX, with the terms in the order written.

    Args:
        symbols: LaTeX for some arguments; the others are printed by `symbol`.
        **fixed: arguments to replace by a value first, for example ``decay_input=True``.
    """
    import sympy

    tidied = _tidy(expression(equation, keep_form=True, **fixed))
    letters = {**{name: symbol(name) for name in equation.arguments}, **(symbols or {})}
    names = {sympy.Symbol(name, real=True): letter for name, letter in letters.items()}
    return str(sympy.latex(tidied, order="none", inv_trig_style="full", symbol_names=names))


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


class Formulas(tuple[tuple[str, str], ...]):
    r"""Some formulas, one below the other; a notebook shows them typeset.

    A tuple of pairs of LaTeX, the left-hand side and the right-hand side of each formula.
    """

    def __repr__(self) -> str:
        return "\n".join(f"{left} = {right}" for left, right in self)

    def _repr_latex_(self) -> str:
        lines = r" \\ ".join(f"{left} &= {right}" for left, right in self)
        return rf"$$\begin{{aligned}} {lines} \end{{aligned}}$$"


# --- SymPy, and back to Python -------------------------------------------------------------------


@functools.cache
def _sympy_library() -> Any:
    """Return this module's functions for SymPy expressions."""
    import sympy

    def function(name: str, letters: str, slope: Callable[[Any], Any]) -> Any:
        """Return a function of one argument that SymPy lacks, with the slope of a value of it."""

        def in_latex(value: Any, printer: Any, exp: str = "") -> str:
            power = f"^{{{exp}}}" if exp else ""
            return rf"{letters}{power}\left({printer._print(value.args[0])}\right)"

        own = {"fdiff": lambda value, argument=1: slope(value), "_latex": in_latex}
        return type(name, (sympy.Function,), own)

    def cases(condition: Any, yes: Any, no: Any) -> Any:
        return sympy.Piecewise((yes, condition), (no, True))

    direct = ("exp", "log", "sqrt", "sin", "cos", "tanh", "atan", "erf", "sign")
    return types.SimpleNamespace(
        **{name: getattr(sympy, name) for name in direct},
        sigmoid=function("sigmoid", r"\sigma", lambda s: s * (1 - s)),
        relu=function("relu", r"\operatorname{ReLU}", lambda r: cases(r.args[0] > 0, 1, 0)),
        where=cases,
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
        if expression.is_Mul:  # numbers first, and no factor 1
            factors = [factor for factor in args if factor != 1]
            ordered = sorted(factors, key=lambda factor: not factor.is_number)
            return sympy.Integer(0) if 0 in args else sympy.Mul(*ordered)
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


def _steady(expression: sympy.Expr) -> sympy.Expr:
    """Write 1 / (1 + exp(z)) as sigmoid(-z): a quotient of infinities would be NaN."""
    import sympy

    s, exp = _sympy_library().sigmoid, sympy.exp
    found = expression.replace(lambda e: e.is_Pow and e.exp == -1, lambda e: 1 / e.base.factor())
    zs = [e.args[0] for e in found.atoms(exp) if 1 + e in found.atoms(sympy.Add)]
    sums = [(1 + exp(z), 1 / s(-z)) for z in zs]
    return found.subs([*sums, *((exp(z), s(z) / s(-z)) for z in zs)])


_PRINTED = {*FUNCTIONS, "Abs", "Piecewise"}
"""The SymPy functions that an equation may have."""


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

        def _print_Float(self, expression: Any) -> str:
            return repr(float(expression))

    return Printer()


def from_source(name: str, arguments: tuple[str, ...], source: str) -> Equation:
    """Return the equation ``name(arguments) = source``; debuggers and `inspect` see its text."""
    text = f"def {name}({', '.join(arguments)}):\n    return {source}\n"
    filename = f"<snnbook {name} {hash(text):x}>"
    linecache.cache[filename] = (len(text), None, text.splitlines(keepends=True), filename)
    namespace: dict[str, Any] = {**FUNCTIONS, "pi": math.pi}
    exec(compile(text, filename, "exec"), namespace)
    return Equation(namespace[name])
