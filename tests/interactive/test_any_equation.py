"""Random arithmetic in the language of equations: every way to run it, and to write it, agrees.

Hypothesis writes neurons of three equations. The reference, Numba, Triton (its interpreter where
there is no GPU) and the page's JavaScript give the same values and gradients, and the formula, read
as a reader reads it, and SymPy's derivative give them too.
"""

import math

import sympy
import torch
from formulas import value_of
from hypothesis import HealthCheck, Phase, given
from hypothesis import strategies as st
from laws import law
from test_network import Case, compare, engine  # noqa: F401
from test_triton import _interpreter, outcome  # noqa: F401
from torch import nn

from snnbook import surrogate, symbolic
from snnbook.fields import Number
from snnbook.neuron import BaseNode
from snnbook.symbolic import from_source

NUMBERS = ("0.1", "0.25", "0.3", "0.5", "1.5", "2", "3")
ONE = ("-({})", "abs({})", "exp(-abs({}))", "exp(sin({}))", "log(1 + abs({}))", "sqrt(1 + ({})**2)")
ONE += ("sin({})", "cos({})", "tanh({})", "atan({})", "erf({})", "sigmoid({})", "relu({})")
ONE += ("({})**2", "({})**3", "(1 + abs({}))**-1", "(2 + abs({}))**0.5", "2**sin({})")
TWO = ("({}) + ({})", "({}) - ({})", "({}) * ({})", "({}) / (2 + abs({}))")
TWO += ("(1 + abs({}))**sigmoid({})", "({}) - ({}) / 3")
# They ask the input alone, which is the same number everywhere: no rounding decides. One of two
# cases is a tensor: to PyTorch a choice of two plain numbers has the default precision.
CASES = ("where(x > {c}, {}, x + ({}))", "where((x > {c}) & (x <= 1.2) | (x < -0.1), x * ({}), {})")
CASES += ("sign(x - {c}) * ({}) + ({})",)


def texts(*names):
    """Equations of some names as text."""
    leaves = st.sampled_from([*names, "b", "x"] * 2 + [*NUMBERS])

    def larger(parts):
        one = st.builds(lambda form, a: form.format(a), st.sampled_from(ONE), parts)
        two = st.builds(lambda form, a, b: form.format(a, b), st.sampled_from(TWO), parts, parts)
        cases = st.builds(
            lambda form, c, a, b: form.format(a, b, c=c),
            *(st.sampled_from(CASES), st.sampled_from(["0.3", "b", "0.7"]), parts, parts),
        )
        return one | two | two | cases

    return st.recursive(leaves, larger, max_leaves=6)


class Learning(BaseNode):
    """A neuron with a plain number, and one that is learned."""

    b: Number = 0.6

    def __init__(self, **options):
        super().__init__(**options)
        self.a = nn.Parameter(torch.tensor(0.7))

    def charge(v, x):
        return v + x


ARGUMENTS = {
    "charge": ("v", "w", "u", "x", "a", "b"),
    "update_w": ("w", "u", "x", "a", "b"),
    "update_u": ("u", "w", "x", "h", "s", "a", "b"),
}


def neuron(texts, soft):
    """A neuron of three equations, whose output is smooth."""
    body = {
        name: from_source(name, arguments, f"{arguments[0]} / 2 + a * x + ({text})")
        for (name, arguments), text in zip(ARGUMENTS.items(), texts, strict=True)
    }
    kind = type("Random", (Learning,), {**body, "states": {"w": 0.3, "u": -0.4}})
    theta = surrogate.ATan(spiking=False)
    return kind(v_reset=None if soft else 0.2, step_mode="m", surrogate_function=theta)


def number(value):
    """A number in double precision."""
    return torch.tensor(float(value), dtype=torch.float64)


def same(given, wanted, what):
    """1e-9 of the greatest; NaN and infinity in the same places."""
    size = wanted[wanted.isfinite()].abs().max().clamp(min=1) if wanted.isfinite().any() else 1.0
    torch.testing.assert_close(
        *(given, wanted),
        **{"rtol": 1e-9, "atol": 1e-9 * float(size), "equal_nan": True},
        msg=lambda text: f"{what}: {text}",
    )


@given(text=texts("v", "a"))
@law(40)
def test_the_formula_and_its_derivative_are_those_of_the_equation(text):
    equation = from_source("charge", ("v", "x", "a", "b"), text)
    letters = dict(zip("vxab", map(symbolic.symbol, "vxab"), strict=True))
    formula, expression = symbolic.latex(equation), symbolic.expression(equation)
    slopes = {n: expression.diff(sympy.Symbol(n, real=True)) for n in "vxab"}
    helpers = [{"sigmoid": lambda x: (1 + math.tanh(x / 2)) / 2, "relu": lambda x: max(x, 0.0)}]
    helpers += [{"DiracDelta": lambda *_: 0.0}, "math"]
    symbols = [sympy.Symbol(n, real=True) for n in "vxab"]
    found = {n: sympy.lambdify(symbols, slope, helpers) for n, slope in slopes.items()}
    for numbers in ((0.4, 0.9, 0.7, 0.6), (-1.3, 0.45, 0.7, 0.6), (1.7, -0.35, 0.7, 0.6)):
        values = dict(zip("vxab", numbers, strict=True))
        tensors = {n: torch.tensor(z, dtype=torch.float64) for n, z in values.items()}
        leaves = {n: z.requires_grad_() for n, z in tensors.items()}
        result = torch.as_tensor(equation.evaluate(leaves), dtype=torch.float64)
        same(number(equation(**values)), result.detach(), f"{text} in numbers")
        read = value_of(formula, {letters[n]: z for n, z in values.items()})
        same(number(read), result.detach(), f"{text} as {formula}")
        if not result.requires_grad:
            continue
        gradients = torch.autograd.grad(
            *(result, [*leaves.values()]), allow_unused=True, materialize_grads=True
        )
        for name, gradient in zip(leaves, gradients, strict=True):
            same(number(found[name](*numbers)), gradient, f"{text} by {name}: {slopes[name]}")


@given(
    equations=st.tuples(texts("v", "w", "u", "a"), texts("w", "u", "a"), texts("u", "h", "s", "a")),
    soft=st.booleans(),
    seed=st.integers(0, 99),
)
@law(4, suppress_health_check=[*HealthCheck], phases=[Phase.generate])  # each one is compiled
def test_all_ways_to_run_an_equation_agree(engine, equations, soft, seed):  # noqa: F811
    layer = neuron(equations, soft).double()
    generator = torch.Generator().manual_seed(seed)
    x_seq = torch.rand(2, 5, generator=generator, dtype=torch.float64) * 2.4 - 0.4
    wanted = outcome(layer, x_seq, "torch")
    for backend in ("numba", "triton"):
        for given_, right in zip(outcome(layer, x_seq, backend), wanted, strict=True):
            for name, value in right.items():
                same(given_[name], value, f"{name} of {equations} on {backend}")
    compare(engine, [Case(layer, x=x_seq[:, None])])
