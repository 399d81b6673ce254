"""`snnbook.surrogate`: Θ forward, the slope of the primitive backward."""

import math

import pytest
import torch
from torch.autograd import forward_ad
from torch.autograd.gradcheck import GradcheckError

from snnbook import surrogate
from snnbook.equation import Equation, where
from snnbook.surrogate import Surrogate

ALL = tuple(
    kind
    for kind in map(surrogate.__dict__.get, surrogate.__all__)
    if isinstance(kind, type) and issubclass(kind, Surrogate) and kind is not Surrogate
)
# The gradients as they stand in the literature, written by hand, with the default parameters.
GRADIENTS = {
    surrogate.Sigmoid: lambda u: 4 / (2 + (4 * u).exp() + (-4 * u).exp()),
    surrogate.ATan: lambda u: 1 / (1 + (math.pi * u) ** 2),
    surrogate.SoftSign: lambda u: 1 / (4 * (0.5 + u.abs()) ** 2),
    surrogate.PiecewiseQuadratic: lambda u: (1 - u.abs()).clamp(min=0),
    surrogate.PiecewiseExp: lambda u: (-u.abs()).exp() / 2,
    surrogate.Erf: lambda u: 2 / math.sqrt(math.pi) * (-((2 * u) ** 2)).exp(),
    surrogate.FastSigmoid: lambda u: 1 / (1 + 25 * u.abs()) ** 2,
    surrogate.SuperSpike: lambda u: 1 / (1 + u.abs()) ** 2,
    surrogate.Rect: lambda u: (u.abs() < 0.5).double(),
    surrogate.LeakyKReLU: lambda u: (u >= 0).double(),
}
each = pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.__name__)


def points(**options):
    return torch.tensor(
        [-3.0, -1.25, -0.75, -0.3, -0.01, 0.02, 0.2, 0.7, 0.9, 1.6], dtype=torch.float64, **options
    )


def test_all_surrogates_are_tested():
    found = {
        v for v in vars(surrogate).values() if isinstance(v, type) and issubclass(v, Surrogate)
    }
    assert found == {*ALL, Surrogate} == {*GRADIENTS, Surrogate}


@each
def test_forward_is_the_step_function(kind):
    u = torch.tensor([-1.0, -1e-30, 0.0, 1e-30, 1.0])
    assert torch.equal(kind()(u), torch.tensor([0.0, 0.0, 1.0, 1.0, 1.0]))


@each
def test_gradient_is_the_one_of_the_literature(kind):
    u = torch.cat([points(), torch.zeros(1, dtype=torch.float64)]).requires_grad_()
    kind()(u).sum().backward()
    torch.testing.assert_close(u.grad, GRADIENTS[kind](u.detach()), rtol=1e-12, atol=1e-15)
    torch.testing.assert_close(kind().gradient(u.detach()), u.grad)


@each
@pytest.mark.parametrize("scale", [0.5, 1.0, 3.0])
def test_gradient_is_the_slope_of_the_primitive(kind, scale):
    values = {n: scale * f.default for n, f in kind._fields.items() if n != "spiking"}
    assert torch.autograd.gradcheck(kind(**values, spiking=False), points(requires_grad=True))


@each
def test_a_wrong_derivative_would_be_noticed(kind, monkeypatch):
    """The check above can fail: with a derivative that is 1 % off, it does."""
    right = kind._slope_at
    monkeypatch.setattr(kind, "_slope_at", lambda self, u, *q: right(self, u, *q) * 1.01)
    with pytest.raises(GradcheckError):
        torch.autograd.gradcheck(kind(spiking=False), points(requires_grad=True))


@each
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
def test_dtype_and_shape_stay_and_nothing_overflows(kind, dtype):
    u = torch.tensor([[-6e4, -80.0], [0.0, 6e4]], dtype=dtype, requires_grad=True)
    s = kind()(u)
    s.sum().backward()
    assert s.dtype == u.grad.dtype == dtype
    assert s.shape == u.grad.shape == (2, 2)
    assert u.grad.isfinite().all()


@each
def test_gradient_keeps_double_precision(kind):
    u = points()
    narrow = kind().gradient(u.float().double())
    wanted = GRADIENTS[kind](u.float().double())
    torch.testing.assert_close(narrow, wanted, rtol=1e-12, atol=1e-15)
    if "alpha" in kind._fields:  # 0.1 is not a float32 number
        assert kind(alpha=0.1).gradient(u).dtype == torch.float64
    if kind is surrogate.Rect:
        assert kind(alpha=0.1).gradient(u)[4].item() == 0.1


@each
def test_function_transforms(kind):
    u = points().reshape(5, 2)
    theta = kind()
    per_row = torch.func.vmap(torch.func.grad(lambda row: theta(row).sum()))(u)
    torch.testing.assert_close(per_row, theta.gradient(u))


@each
@pytest.mark.filterwarnings("ignore:.*torch.jit:DeprecationWarning")  # of PyTorch's own code
def test_forward_mode(kind):
    u, direction, theta = points(), points().flip(0), kind()
    with forward_ad.dual_level():
        tangent = forward_ad.unpack_dual(theta(forward_ad.make_dual(u, direction))).tangent
    torch.testing.assert_close(tangent, direction * theta.gradient(u))


@each
def test_the_value_is_the_integral_of_the_gradient(kind):
    number = kind.primitive.arguments[-1]
    theta = kind(**{number: 1.5 * getattr(kind(), number)}, spiking=False)
    u = torch.linspace(-5, 5, 20_001, dtype=torch.float64)
    rises = torch.cumulative_trapezoid(theta.gradient(u), u)
    middle = theta(torch.zeros(1, dtype=torch.float64))
    torch.testing.assert_close(theta(u)[1:] - theta(u)[0], rises, rtol=0, atol=1e-3)
    from_zero = {surrogate.FastSigmoid, surrogate.SuperSpike, surrogate.LeakyKReLU}
    assert middle.item() == (0.0 if kind in from_zero else 0.5)


@each
def test_formulas(kind):
    rows = list(kind().equations())
    assert [left for left, _ in rows] == [r"\Theta(u)", "p(u)", "g(u) = p'(u)"]
    assert "u" in rows[1][1]
    assert repr(kind()).startswith(kind.__name__)


def test_a_readers_own_surrogate():
    class Triangle(Surrogate):
        width: float = 2.0

        def primitive(u, width):
            return where(u < 0, u * width, u * width / 3)

    u = torch.tensor([-1.0, 1.0], requires_grad=True)
    Triangle(width=3.0)(u).sum().backward()
    assert u.grad.tolist() == [3.0, 1.0]
    assert isinstance(Triangle.primitive, Equation)


@pytest.mark.parametrize("body", [{}, {"width": 2.0}])
def test_a_primitive_names_declared_numbers(body):
    with pytest.raises(TypeError, match="names 'width', which is not declared; write width: Pos"):
        type("Own", (Surrogate,), {**body, "primitive": lambda u, width: u * width})


@pytest.mark.parametrize(
    ("bad", "error", "message"),
    [
        ({"alpha": 0}, ValueError, r"ATan: alpha=0: wanted a number .* above 0"),
        ({"alpha": -1.0}, ValueError, "above 0"),
        ({"alpha": "2"}, TypeError, "not str"),
        ({"alpha": True}, TypeError, "not bool"),
        ({"spiking": 1}, TypeError, "wanted True or False, not int"),
        ({"beta": 1.0}, TypeError, "unexpected keyword argument 'beta'; it takes alpha, spiking"),
    ],
)
def test_bad_values(bad, error, message):
    with pytest.raises(error, match=message):
        surrogate.ATan(**bad)


def test_the_tutorials_claim_about_the_greatest_gradient_is_false():
    greatest = {kind.__name__: kind().gradient(torch.zeros(1)).item() for kind in ALL}
    assert greatest["PiecewiseExp"] == 0.5
    assert greatest["Erf"] == pytest.approx(1.128, abs=1e-3)
    assert {n for n, g in greatest.items() if g == 1.0} == {k.__name__ for k in ALL} - {
        "PiecewiseExp",
        "Erf",
    }


@pytest.mark.parametrize("alpha", [torch.tensor(2.0), torch.nn.Parameter(torch.tensor(2.0))])
def test_values_are_not_learned(alpha):
    with pytest.raises(TypeError, match="ATan: alpha is a tensor; wanted a number"):
        surrogate.ATan(alpha=alpha)


def test_a_constant_slope():
    class Straight(Surrogate):
        def primitive(u):
            return u

    u = points(requires_grad=True)
    Straight()(u).sum().backward()
    assert torch.equal(u.grad, torch.ones_like(u))
