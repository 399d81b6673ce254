r"""Θ, the Heaviside step function, with a surrogate gradient for the backward pass.

A neuron fires where its membrane potential reaches the threshold: :math:`S = \Theta(u)` with
:math:`u = H - V_{threshold}` and :math:`\Theta(0) = 1`. The derivative of Θ is 0 almost everywhere,
so nothing can be learned through it. In the backward pass the derivative of a smoother function,
the *primitive*, stands in (Neftci, Mostafa & Zenke 2019, doi:10.1109/MSP.2019.2931595).

Each class here is one equation, its primitive. Its gradient is derived from it.
"""

import functools
from collections.abc import Callable
from typing import Any, ClassVar

import torch

from .equation import (
    Equation,
    Formulas,
    Value,
    atan,
    equation,
    erf,
    exp,
    pi,
    register_library,
    sigmoid,
    where,
)
from .fields import Declared, Number, Positive

register_library(torch.Tensor, torch)


def heaviside(u: torch.Tensor) -> torch.Tensor:
    """Return Θ(u): 1 where u >= 0, else 0, in the shape and dtype of u. It has no gradient."""
    return (u >= 0).to(u.dtype)


class _WithSlope(torch.autograd.Function):
    """The value of one function in the forward pass, the slope of another in the backward pass."""

    generate_vmap_rule = True

    @staticmethod
    def forward(u: torch.Tensor, value: Callable[..., Any], slope: Callable[..., Any]) -> Any:
        """Return value(u)."""
        return value(u)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: torch.Tensor) -> None:
        """Save u, from which the slope is computed."""
        u, _, ctx.slope = inputs
        ctx.save_for_backward(u)

    @staticmethod
    def backward(ctx: Any, *grads: torch.Tensor) -> tuple[torch.Tensor, None, None]:
        """Return the upstream gradient times slope(u)."""
        (u,) = ctx.saved_tensors
        return grads[0] * ctx.slope(u), None, None


class Surrogate(Declared):
    """Base of the surrogate functions: Θ forward, the slope of `primitive` backward.

    A subclass is one equation, ``primitive(u, …)``; its further arguments are its declared values.

    Attributes:
        spiking: True gives Θ(u); False gives the primitive itself, which is differentiable, so
            that `torch.autograd.gradcheck` can compare its slope with its values.
    """

    primitive: ClassVar[Equation]
    spiking: bool = True

    def __init_subclass__(cls, **options: Any) -> None:
        if not isinstance(cls.__dict__.get("primitive"), (Equation, type(None))):
            cls.primitive = Equation(cls.__dict__["primitive"])
        super().__init_subclass__(**options)

    def __setattr__(self, name: str, value: Any) -> None:
        if name in self._fields and isinstance(value, torch.Tensor):
            raise TypeError(
                f"{type(self).__name__}: {name} is a tensor; wanted a number, for the values of a "
                "surrogate function are not learned"
            )
        super().__setattr__(name, value)

    def forward(self, u: torch.Tensor) -> torch.Tensor:
        """Return the spikes Θ(u), or primitive(u) where `spiking` is False.

        Args:
            u: floating-point tensor of any shape, H - V_threshold.

        Returns:
            A tensor in the shape and dtype of `u`.
        """
        value = heaviside if self.spiking else functools.partial(self._evaluate, self.primitive)
        spikes: torch.Tensor = _WithSlope.apply(u, value, self.gradient)  # type: ignore[no-untyped-call]
        return spikes

    def gradient(self, u: torch.Tensor) -> torch.Tensor:
        """Return the surrogate gradient g(u), in the shape and dtype of `u`."""
        return self._evaluate(self.slope, u)

    @property
    def slope(self) -> Equation:
        """The equation of the surrogate gradient: the derivative of `primitive` by u."""
        return _slope(self.primitive, self.primitive.captured())

    def _evaluate(self, function: Equation, u: torch.Tensor) -> torch.Tensor:
        numbers = {name: u.new_tensor(getattr(self, name)) for name in function.arguments[1:]}
        result = torch.as_tensor(function(u, **numbers), dtype=u.dtype, device=u.device)
        return result.expand_as(u)

    def equations(self) -> Formulas:
        """Return Θ, the primitive and the gradient as formulas; a notebook typesets them."""
        return Formulas(
            [
                (r"\Theta(u)", r"\begin{cases} 1 & u \ge 0 \\ 0 & u < 0 \end{cases}"),
                ("p(u)", self.primitive.latex()),
                ("g(u) = p'(u)", self.slope.latex()),
            ]
        )


@functools.lru_cache(maxsize=256)
def _slope(primitive: Equation, captured: tuple[Any, ...]) -> Equation:
    return primitive.derivative(primitive.arguments[0])


class Sigmoid(Surrogate):
    """A logistic step; gradient αs(1 - s), where s is the logistic function of αu."""

    alpha: Positive = 4.0

    @equation
    def primitive(u: Value, alpha: Value) -> Value:
        """The logistic function of αu."""
        return sigmoid(alpha * u)


class ATan(Surrogate):
    """A step from the inverse tangent; gradient (α/2) / (1 + (παu/2)²).

    Source: Fang et al. 2021, doi:10.1109/ICCV48922.2021.00266.
    """

    alpha: Positive = 2.0

    @equation
    def primitive(u: Value, alpha: Value) -> Value:
        """The inverse tangent, scaled to run from 0 to 1."""
        return atan(pi / 2 * alpha * u) / pi + 1 / 2


class SoftSign(Surrogate):
    """A step from softsign; gradient ``α / (2 (1 + α|u|)²)``."""

    alpha: Positive = 2.0

    @equation
    def primitive(u: Value, alpha: Value) -> Value:
        """Softsign of αu, scaled to run from 0 to 1."""
        return (alpha * u / (1 + abs(alpha * u)) + 1) / 2


class PiecewiseQuadratic(Surrogate):
    """A step of two parabolas; its gradient is the triangle ``max(0, α - α²|u|)``."""

    alpha: Positive = 1.0

    @equation
    def primitive(u: Value, alpha: Value) -> Value:
        """0, then two parabolas that meet at u = 0, then 1."""
        rising = where(
            u < 0,
            1 / 2 + alpha * u + (alpha * u) ** 2 / 2,
            1 / 2 + alpha * u - (alpha * u) ** 2 / 2,
        )
        return where(u < -1 / alpha, 0, where(u > 1 / alpha, 1, rising))


class PiecewiseExp(Surrogate):
    """A step of two exponentials; gradient ``(α/2) exp(-α|u|)``."""

    alpha: Positive = 1.0

    @equation
    def primitive(u: Value, alpha: Value) -> Value:
        """Two exponentials that meet at u = 0."""
        return where(u < 0, exp(alpha * u) / 2, 1 - exp(-alpha * u) / 2)


class Erf(Surrogate):
    """The normal distribution function; its gradient is the bell curve (α/√π) exp(-(αu)²)."""

    alpha: Positive = 2.0

    @equation
    def primitive(u: Value, alpha: Value) -> Value:
        """The error function of αu, scaled to run from 0 to 1."""
        return (1 + erf(alpha * u)) / 2


class SuperSpike(Surrogate):
    """The fast sigmoid of SuperSpike; gradient ``α / (1 + |u|)²``.

    Source: Zenke & Ganguli 2018, doi:10.1162/neco_a_01086.
    """

    alpha: Positive = 1.0

    @equation
    def primitive(u: Value, alpha: Value) -> Value:
        """``αu / (1 + |u|)``, written for each sign of u."""
        return where(u < 0, alpha * u / (1 - u), alpha * u / (1 + u))


class Rect(Surrogate):
    """A ramp; its gradient is the box: α where ``|u| < 1/(2α)``, else 0."""

    alpha: Positive = 1.0

    @equation
    def primitive(u: Value, alpha: Value) -> Value:
        """0, then a line of slope α through (0, 1/2), then 1."""
        ramp = where(u < 1 / (2 * alpha), alpha * u + 1 / 2, 1)
        return where(u <= -1 / (2 * alpha), 0, ramp)


class LeakyKReLU(Surrogate):
    """Two lines; the gradient is `k` where u >= 0 and `leak` where u < 0."""

    leak: Number = 0.0
    k: Number = 1.0

    @equation
    def primitive(u: Value, leak: Value, k: Value) -> Value:
        """A line of slope `leak` to the left of 0 and one of slope `k` to the right."""
        return where(u < 0, leak * u, k * u)
