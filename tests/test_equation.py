"""`snnbook.equation`: evaluate, derive, print."""

import inspect
import math

import numpy as np
import pytest
import sympy
import torch

from snnbook import equation as eq
from snnbook.equation import Equation, EquationError, equation
from snnbook.symbolic import Formulas, derivative, expression, latex, symbol


@equation
def leaky(v, x, tau, v_reset, decay_input):
    if decay_input:
        return v + (x - (v - v_reset)) / tau
    return v - (v - v_reset) / tau + x


@equation
def everything(x, y):
    powers = eq.exp(x) + eq.log(y) + eq.sqrt(y) + eq.tanh(x) + eq.sigmoid(x) + eq.erf(x)
    angles = eq.sin(x) + eq.cos(y) + eq.atan(x) + eq.pi * x
    return powers + angles + eq.relu(x) + eq.sign(y) + abs(x) + eq.where(x < y, x**2, y / 3)


def test_evaluates_on_numbers_and_tensors_alike():
    values = {"x": [-1.5, 0.0, 0.25, 2.0], "y": [0.5, 1.0, 2.0, 0.125]}
    tensors = {name: torch.tensor(v, dtype=torch.float64) for name, v in values.items()}
    whole = everything.evaluate(tensors)
    single = [everything(x, y) for x, y in zip(values["x"], values["y"], strict=True)]
    torch.testing.assert_close(whole, torch.tensor(single, dtype=torch.float64), rtol=1e-14, atol=0)


@pytest.mark.parametrize("argument", ["x", "y"])
def test_derivative_agrees_with_autograd(argument):
    generator = torch.Generator().manual_seed(1)
    values = {
        name: torch.rand(50, generator=generator, dtype=torch.float64) + 0.1 for name in ("x", "y")
    }
    values[argument].requires_grad_()
    (wanted,) = torch.autograd.grad(everything.evaluate(values).sum(), values[argument])
    given = derivative(everything, argument).evaluate(values)
    torch.testing.assert_close(given.detach(), wanted)


def test_derivative_is_an_equation_with_readable_source():
    slope = derivative(leaky, "v", decay_input=True)
    assert slope.arguments == ("v", "x", "tau", "v_reset")
    assert slope(0.3, 0.1, 4.0, 0.0) == 0.75
    assert inspect.getsource(slope.function).startswith("def leaky_by_v(v, x, tau, v_reset):")
    assert derivative(slope, "tau")(0.3, 0.1, 4.0, 0.0) == 1 / 16


def test_derivative_is_simplified():
    slope = derivative(Equation(lambda x: x * (eq.sin(x) ** 2 + eq.cos(x) ** 2)), "x")
    assert inspect.getsource(slope.function).endswith("return 1\n")


def test_a_plain_condition_chooses_for_all():
    x = torch.ones(2)
    assert eq.where(True, x, 0) is x
    assert eq.where(np.float64(1.0) < 2.0, 3.0, 4.0) == 3.0
    assert eq.where(2.0 > 3.0, x, 0) == 0


def test_derivative_by_an_unknown_argument():
    with pytest.raises(ValueError, match="no argument 'u'"):
        derivative(leaky, "u")


def test_derivative_of_cases_takes_the_right_side_at_the_edge():
    ramp = Equation(lambda u: eq.where(u < 0, 0, eq.where(u < 1, u, 1)))
    slope = derivative(ramp, "u")
    assert [slope(u) for u in (-0.5, 0.0, 0.5, 1.0)] == [0, 1, 1, 0]


@pytest.mark.parametrize("name", ["tanh", "sin", "cos", "sqrt", "log", "erf", "atan", "exp"])
def test_derivative_uses_only_functions_that_an_equation_has(name):
    function = getattr(eq, name)
    equation = Equation(_of(lambda u: function(u) ** 2 / (1 + function(u))))
    u = torch.linspace(0.3, 2.0, 7, dtype=torch.float64, requires_grad=True)
    (wanted,) = torch.autograd.grad(equation(u).sum(), u)
    torch.testing.assert_close(derivative(equation, "u")(u).detach(), wanted)


def test_an_equation_has_no_self():
    with pytest.raises(EquationError, match="an equation has none"):
        Equation(lambda self, v: v)


def test_latex_of_simple_fractions():
    assert latex(Equation(lambda v: v / 4 + 1 / 2 + 2.0)) == r"\frac{V}{4} + \frac{1}{2} + 2"
    assert latex(Equation(lambda v: 0.1 * v)) == "0.1 V"


def test_derivative_doesnt_divide_by_zero_at_a_kink():
    square = Equation(lambda u: abs(u) * u)
    slope = derivative(square, "u")
    assert [slope(u) for u in (-2.0, 0.0, 2.0)] == [4, 0, 4]


def test_derivative_that_still_has_the_function():
    slope = derivative(Equation(lambda u: eq.relu(u) ** 2), "u")
    assert [slope(u) for u in (-3.0, 0.0, 3.0)] == [0, 0, 6]


def test_numbers_keep_all_their_digits():
    slope = derivative(Equation(lambda u: u * (0.1 + 0.2)), "u")
    assert slope(1.0) == 0.1 + 0.2


def test_relu_and_sigmoid_are_stable_far_from_zero():
    u = torch.tensor([-1e4, 1e4], dtype=torch.float64)
    for function, wanted in ((eq.sigmoid, [0.0, 0.0]), (eq.relu, [0.0, 1.0])):
        assert derivative(Equation(_of(function)), "u")(u).tolist() == wanted
    assert eq.sigmoid(-1e4) == 0.0
    assert eq.sigmoid(0.0) == 0.5
    assert eq.sign(-3.0) == -1.0
    assert math.isnan(eq.relu(math.nan))


def _of(function):
    def applied(u):
        return function(u) + 0 * u

    return applied


def test_latex_of_a_power_of_each_function():
    square = Equation(lambda u: eq.sigmoid(u) ** 2 + eq.relu(u) ** 2)
    assert latex(square) == (r"\sigma^{2}\left(u\right) + \operatorname{ReLU}^{2}\left(u\right)")


def test_latex_keeps_the_order_that_was_written():
    assert latex(leaky, decay_input=True) == (
        r"V + \frac{x - \left(V - V_{\text{reset}}\right)}{\tau}"
    )
    assert latex(leaky, {"v": "V[t-1]", "x": "X[t]"}, decay_input=False) == (
        r"V[t-1] - \frac{V[t-1] - V_{\text{reset}}}{\tau} + X[t]"
    )


def test_latex_drops_zero_terms():
    assert latex(leaky, decay_input=True, v_reset=0) == r"V + \frac{x - V}{\tau}"
    assert latex(Equation(lambda v, b: v + b * v), b=0) == "V"


def test_latex_of_cases_is_flat():
    cases = Equation(lambda u: eq.where(u < 0, 0, eq.where(u < 1, u, 1)))
    assert latex(cases).count(r"\begin{cases}") == 1
    assert r"\operatorname{ReLU}" in latex(Equation(_of(eq.relu)))
    assert r"\sigma\left(u\right)" in latex(Equation(_of(eq.sigmoid)))
    assert r"\arctan" in latex(Equation(lambda u: eq.atan(eq.pi * u)))


def test_latex_is_valid_for_a_reader():
    """The printed formula, read back by SymPy, is the equation."""
    parsed = sympy.sympify("v + (x - (v - v_reset))/tau", locals={})
    traced = expression(leaky, decay_input=True)
    names = {symbol: sympy.Symbol(symbol.name) for symbol in traced.free_symbols}
    assert sympy.simplify(traced.subs(names) - parsed) == 0


@pytest.mark.parametrize(
    ("name", "latex"),
    [
        ("v_threshold", r"V_{\text{threshold}}"),
        ("tau", r"\tau"),
        ("tau_w", r"\tau_{w}"),
        ("delta_T", r"\Delta_{T}"),
        ("a0", "a_{0}"),
        ("k", "k"),
        ("leak", r"\text{leak}"),
    ],
)
def test_symbol(name, latex):
    assert symbol(name) == latex


@pytest.mark.parametrize(
    "function",
    [lambda v, x=1.0: v + x, lambda *values: values[0], lambda v, **named: v],
    ids=["default", "star", "double-star"],
)
def test_arguments_must_be_plain_names(function):
    with pytest.raises(EquationError, match="plain names"):
        Equation(function)


@pytest.mark.parametrize(
    "function",
    [lambda v: torch.exp(v), lambda v: math.exp(v), lambda v: v if v > 0 else 0, lambda v: v.exp()],
    ids=["torch", "math", "if", "method"],
)
def test_what_is_not_plain_arithmetic_gets_a_remedy(function):
    with pytest.raises(EquationError, match=r"use the functions of snnbook\.equation"):
        latex(Equation(function))


def test_formulas():
    formulas = Formulas([("a", "b"), ("c", "d")])
    assert repr(formulas) == "a = b\nc = d"
    assert list(formulas) == [("a", "b"), ("c", "d")]
    assert formulas._repr_latex_() == r"$$\begin{aligned} a &= b \\ c &= d \end{aligned}$$"


def test_repr_and_doc():
    assert repr(leaky) == "Equation leaky(v, x, tau, v_reset, decay_input)"
    assert "elementwise" in eq.exp.__doc__


def test_another_library_can_be_registered(monkeypatch):
    monkeypatch.setattr(eq, "_LIBRARIES", list(eq._LIBRARIES))
    with pytest.raises(TypeError):
        eq.exp(np.zeros(2))
    eq.register_library(np.ndarray, np)
    eq.register_library(np.ndarray, np)
    assert eq._LIBRARIES.count((np.ndarray, np)) == 1
    assert eq.exp(np.zeros(2)).tolist() == [1.0, 1.0]


@pytest.mark.parametrize(
    "body", ["v += x", "v *= 2", "v -= x", "x.mul_(2)", "x[0] = 1", "x.data = v", "v.add_(x)"]
)
def test_an_equation_changes_nothing_in_place(body):
    scope = {}
    exec(f"def charge(v, x):\n    {body}\n    return v", scope)
    with pytest.raises(EquationError, match=r"in place .*Write v = v \+ x"):
        Equation(scope["charge"])


@pytest.mark.parametrize(
    "function", [lambda v, x: v if x == 1 else -v, lambda v, x: eq.where(x != 0.0, v, x)]
)
def test_equality_is_not_traced(function):
    with pytest.raises(EquationError, match="compares with == or !="):
        latex(Equation(function))


@pytest.mark.parametrize("function", [lambda x: x // 0.3, lambda x: x % 0.3])
def test_a_derivative_that_is_not_plain_arithmetic(function):
    with pytest.raises(EquationError, match=r"can.t be (differentiated|traced)"):
        derivative(Equation(function), "x")


def test_meaning_follows_the_functions_that_are_called():
    scope = {"helper": lambda x: 2 * x, "other": leaky}
    exec("def charge(v, x):\n    return v + helper(x) + other(v, x, 2, 0, True)", scope)
    made = Equation(scope["charge"])
    first = made.meaning()
    assert made.meaning() is first
    scope["helper"] = lambda x: 3 * x
    second = made.meaning()
    scope["helper"].__defaults__ = (3,)
    third = made.meaning()
    scope["other"] = everything
    assert len({first, second, third, made.meaning()}) == 4


def test_meaning_follows_functions_inside_and_modules():
    scope = {"eq": eq, "Helpers": Helpers}
    exec("def charge(v, x):\n    return (lambda a: eq.exp(Helpers.half(a)))(x)\n", scope)
    made = Equation(scope["charge"])
    found = {made.meaning()}
    assert made.meaning() in found
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Helpers, "half", staticmethod(lambda x: x / 4))
        found.add(made.meaning())
    assert len(found) == 2


def test_meaning_follows_the_functions_around():
    def made(second, first):  # Python keeps them in the order of the alphabet
        def charge(v, x):
            y = second(x)
            return first(v) + (lambda z: z + y)(x)

        return Equation(charge)

    pairs = [(abs, eq.exp), (eq.exp, abs), (eq.exp, eq.exp)]
    meanings = {made(*pair).meaning() for pair in pairs}
    assert len(meanings) == 3
    assert made(*pairs[0]).meaning() in meanings


class Helpers:
    gain = 1.0

    @staticmethod
    def half(x):
        return x / 2


OUTSIDE = {"gains": [1.0], "tensor": torch.ones(())}


@pytest.mark.parametrize(
    "function",
    [
        lambda v: v * Helpers.gain,
        lambda v: v * OUTSIDE["gains"][0],
        lambda v: v * float(OUTSIDE["tensor"]),
        lambda v: v * (lambda a: a * OUTSIDE["gains"][0])(1.0),
    ],
)
def test_a_value_from_outside_is_refused_where_it_would_be_kept(function):
    made = Equation(function)
    assert made(2.0) == 2.0
    with pytest.raises(EquationError, match="from outside, where it may change unseen"):
        made.meaning()


def test_meaning_of_functions_that_call_each_other():
    scope = {}
    exec("def f(x):\n    return g(x)\ndef g(x):\n    return f(x)", scope)
    assert Equation(scope["f"]).meaning() == Equation(scope["f"]).meaning()


def test_pi_never_changes():
    assert Equation(lambda v: v * eq.pi + math.pi).meaning()


def test_latex_puts_numbers_first_and_drops_ones():
    assert latex(Equation(lambda v, tau: v * 2 + 1 * v / tau)) == r"2 V + \frac{V}{\tau}"
    assert symbol("tau_m_exc") == r"\tau_{\text{m exc}}"
    assert symbol("sigma") == r"\sigma"


def test_a_constant_has_the_slope_0():
    assert derivative(Equation(lambda v, x: 2.0), "x")(1.0, 1.0) == 0


def test_a_slope_with_functions_is_simplified_too():
    slope = derivative(Equation(lambda u: eq.exp(u) * (u**2 - 2 * u + 2)), "u")
    u = sympy.Symbol("u", real=True)
    assert expression(slope) == u**2 * sympy.exp(u)


def test_cases_within_cases_are_one_list():
    ramp = Equation(lambda u: eq.where(u < 0, 0.0, eq.where(u < 1, u, 1.0)))
    assert latex(ramp).count(r"\begin{cases}") == 1
    assert latex(ramp).count(r"\text{for}") == 2


def test_the_sign_of_a_number_is_a_float():
    assert [eq.sign(x) for x in (-2.0, 0.0, 3.0)] == [-1.0, 0.0, 1.0]
    assert type(eq.sign(2.0)) is float
