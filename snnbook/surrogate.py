r"""Θ, the Heaviside step function, with a surrogate gradient for the backward pass.

A neuron fires where its membrane potential reaches the threshold: :math:`S = \Theta(u)` with
:math:`u = H - V_{threshold}` and :math:`\Theta(0) = 1`. The derivative of Θ is 0 almost everywhere,
so nothing can be learned through it. In the backward pass the derivative of a smoother function,
the *primitive*, stands in (Neftci, Mostafa & Zenke 2019, doi:10.1109/MSP.2019.2931595).

Each class here is one equation, its primitive. Its gradient is derived from it.
"""

import functools
from typing import Any, ClassVar

import torch
from torch.autograd import forward_ad

from .equation import Equation, atan, erf, exp, pi, register_library, sigmoid, where
from .fields import FLOATS, Declared, Number, Positive, shown
from .symbolic import Formulas, derivative, latex

__all__ = ["ATan", "Erf", "FastSigmoid", "LeakyKReLU", "PiecewiseExp", "PiecewiseQuadratic"]
__all__ += ["Rect", "Sigmoid", "SoftSign", "SuperSpike", "Surrogate"]
__all__ += ["heaviside", "in_forward_mode", "transformed"]

register_library(torch.Tensor, torch)


def heaviside(u: torch.Tensor) -> torch.Tensor:
    """Return Θ(u): 1 where u >= 0, 0 where u < 0, NaN where u is NaN. It has no gradient.

    NaN stays visible: a spike that is 0 there would hide that something went wrong.
    """
    _check_floats("heaviside", u)
    # In place it is quicker, without a tensor of truth values; function transforms can't have it.
    fired = u >= 0 if transformed() else u.clone().ge_(0)
    return torch.maximum(fired, u.clamp(max=0))


def _check_floats(name: str, u: Any) -> None:
    if not isinstance(u, torch.Tensor) or u.dtype not in FLOATS or u.layout != torch.strided:
        raise TypeError(f"{name}: u is {shown(u)}; wanted a tensor of floating-point numbers")


class _WithSlope(torch.autograd.Function):
    """The value of one function in the forward pass, the slope of another in the backward pass.

    The numbers of both come as tensors, which torch.compile can follow when they change.
    """

    @staticmethod
    def forward(ctx: Any, u: torch.Tensor, value: Any, slope: Any, *numbers: torch.Tensor) -> Any:
        """Return value(u), and save u, from which the slope is computed."""
        ctx.save_for_backward(u, *numbers)
        ctx.slope = slope
        return value(u, *numbers)

    @staticmethod
    def backward(ctx: Any, *grads: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        """Return the upstream gradient times slope(u)."""
        saved = ctx.saved_tensors
        return grads[0] * ctx.slope(*saved), None, None, *(None for _ in saved[1:])


class _Transformable(_WithSlope):
    """The same for function transforms and forward mode; PyTorch is slower to call it."""

    generate_vmap_rule = True

    @staticmethod
    def forward(u: torch.Tensor, value: Any, slope: Any, *numbers: torch.Tensor) -> Any:
        """Return value(u)."""
        return value(u, *numbers)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: torch.Tensor) -> None:
        """Save u for both directions."""
        u, _, ctx.slope, *numbers = inputs
        ctx.save_for_backward(u, *numbers)
        ctx.save_for_forward(u, *numbers)

    @staticmethod
    def jvp(ctx: Any, *tangents: Any) -> Any:
        """Return the tangent of u times slope(u)."""
        return tangents[0] * ctx.slope(*ctx.saved_tensors)


def transformed() -> bool:
    """Whether a function transform (torch.func) is active; PyTorch has no public word for it."""
    return bool(torch._C._are_functorch_transforms_active())


def in_forward_mode() -> bool:
    """Whether derivatives are taken forwards; PyTorch has no public word for it."""
    return forward_ad._current_level >= 0


class Surrogate(Declared):
    """Base of the surrogate functions: Θ forward, the slope of `primitive` backward.

    A subclass is one equation, ``primitive(u, …)``; its further arguments are its declared values.

    Attributes:
        spiking: True gives Θ(u); False gives the primitive itself, which is differentiable, so
            that `torch.autograd.gradcheck` can compare its slope with its values.

    Raises:
        TypeError: in a class body, a primitive with an argument that isn't declared.
    """

    primitive: ClassVar[Equation]
    spiking: bool = True

    def __post_init__(self) -> None:
        if not hasattr(self, "primitive") and type(self).forward is Surrogate.forward:
            raise TypeError(f"{type(self).__name__} has no equation; define primitive(u, …)")

    _kept: ClassVar[tuple[Any, tuple[torch.Tensor, ...]]] = (None, ())
    """The numbers that the last call read, as tensors, with what they were made for."""

    def __init_subclass__(cls, **options: Any) -> None:
        written = cls.__dict__.get("primitive")
        if written is not None and not isinstance(written, Equation):
            cls.primitive = Equation(written)
        super().__init_subclass__(**options)
        for name in getattr(cls, "primitive", Equation(lambda u: u)).arguments[1:]:
            if name not in cls._fields:
                raise TypeError(
                    f"class {cls.__name__}: its primitive names {name!r}, which is not declared; "
                    f"write {name}: Positive = 1.0 in the class, or another number"
                )

    def _check(self, name: str, value: Any) -> Any:
        if isinstance(value, torch.Tensor):
            kind = type(self).__name__
            raise TypeError(f"{kind}: {name} is a tensor; wanted a number, for it is not learned")
        return super()._check(name, value)

    def forward(self, u: torch.Tensor) -> torch.Tensor:
        """Return the spikes Θ(u), or primitive(u) where `spiking` is False.

        Args:
            u: floating-point tensor of any shape, H - V_threshold.

        Returns:
            A tensor in the shape and dtype of `u`.

        Raises:
            TypeError: u is no floating-point tensor.
        """
        function: Any = _WithSlope
        if torch.compiler.is_compiling():
            from .compiling import really

            really(__name__, "_derive_now", self)
        elif transformed() or in_forward_mode():
            function = _Transformable
        spikes: torch.Tensor = function.apply(u, self._value_at, self._slope_at, *self._numbers(u))
        return spikes

    def gradient(self, u: torch.Tensor) -> torch.Tensor:
        """Return the surrogate gradient g(u), in the shape and dtype of `u`."""
        return self._slope_at(u, *self._numbers(u))

    @property
    def derivative(self) -> Equation:
        """The equation of the surrogate gradient: the derivative of `primitive` by u."""
        return _slope(self.primitive, *self.primitive.meaning())

    def _value_at(self, u: torch.Tensor, *numbers: torch.Tensor) -> torch.Tensor:
        return heaviside(u) if self.spiking else _like(u, self.primitive(u, *numbers))

    def _slope_at(self, u: torch.Tensor, *numbers: torch.Tensor) -> torch.Tensor:
        slope: Any = self._derived if torch.compiler.is_compiling() else self.derivative
        return _like(u, slope(u, *numbers))

    def _numbers(self, u: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """Return the values of the primitive's further arguments, in the dtype and place of u."""
        _check_floats(type(self).__name__, u)
        names = self.primitive.arguments[1:]
        if torch.compiler.is_compiling():
            return tuple(u.new_tensor(getattr(self, name)) for name in names)
        now = self._changes, u.dtype, u.device
        if self._kept[0] != now:
            values = [getattr(self, name) for name in names]
            with torch.inference_mode(False):
                made = [torch.tensor(value, dtype=u.dtype, device=u.device) for value in values]
            self.__dict__["_kept"] = now, tuple(made)
        return self._kept[1]

    def equations(self) -> Formulas:
        """Return Θ, the primitive and the gradient as formulas; a notebook typesets them."""
        step = r"\begin{cases} 1 & u \ge 0 \\ 0 & u < 0 \end{cases}"
        p, g = latex(self.primitive), latex(self.derivative)
        return Formulas([(r"\Theta(u)", step), ("p(u)", p), ("g(u) = p'(u)", g)])


def _like(u: torch.Tensor, value: Any) -> torch.Tensor:
    """Return a value in the shape, dtype and device of u; it may be one number for all."""
    return torch.as_tensor(value, dtype=u.dtype, device=u.device).expand_as(u)


@functools.lru_cache(maxsize=256)
def _slope(primitive: Equation, *meaning: Any) -> Equation:
    return derivative(primitive, primitive.arguments[0])


def _derive_now(theta: Surrogate) -> None:
    theta.__dict__["_derived"] = theta.derivative


class Sigmoid(Surrogate):
    """A logistic step; gradient αs(1 - s), where s is the logistic function of αu."""

    alpha: Positive = 4.0

    def primitive(u, alpha):
        """The logistic function of αu."""
        return sigmoid(alpha * u)


class ATan(Surrogate):
    """A step from the inverse tangent; gradient (α/2) / (1 + (παu/2)²).

    Source: Fang et al. 2021, doi:10.1109/ICCV48922.2021.00266.
    """

    alpha: Positive = 2.0

    def primitive(u, alpha):
        """The inverse tangent, scaled to run from 0 to 1."""
        return atan(pi / 2 * alpha * u) / pi + 1 / 2


class SoftSign(Surrogate):
    """A step from softsign; gradient ``α / (2 (1 + α|u|)²)``."""

    alpha: Positive = 2.0

    def primitive(u, alpha):
        """Softsign of αu, scaled to run from 0 to 1."""
        return (alpha * u / (1 + abs(alpha * u)) + 1) / 2


class PiecewiseQuadratic(Surrogate):
    """A step of two parabolas; its gradient is the triangle ``max(0, α - α²|u|)``."""

    alpha: Positive = 1.0

    def primitive(u, alpha):
        """0, then two parabolas that meet at u = 0, then 1."""
        z = alpha * u
        rising = where(u < 0, 1 / 2 + z + z**2 / 2, 1 / 2 + z - z**2 / 2)
        return where(u < -1 / alpha, 0, where(u > 1 / alpha, 1, rising))


class PiecewiseExp(Surrogate):
    """A step of two exponentials; gradient ``(α/2) exp(-α|u|)``."""

    alpha: Positive = 1.0

    def primitive(u, alpha):
        """Two exponentials that meet at u = 0."""
        return where(u < 0, exp(alpha * u) / 2, 1 - exp(-alpha * u) / 2)


class Erf(Surrogate):
    """The normal distribution function; its gradient is the bell curve (α/√π) exp(-(αu)²)."""

    alpha: Positive = 2.0

    def primitive(u, alpha):
        """The error function of αu, scaled to run from 0 to 1."""
        return (1 + erf(alpha * u)) / 2


class FastSigmoid(Surrogate):
    """The fast sigmoid with a steepness; gradient ``1 / (1 + slope |u|)²``.

    Source: Zenke & Ganguli 2018, doi:10.1162/neco_a_01086, whose β is `slope`; snnTorch's
    ``fast_sigmoid(slope=25)``.
    """

    slope: Positive = 25.0

    def primitive(u, slope):
        """``u / (1 + slope |u|)``, written for each sign of u."""
        return where(u < 0, u / (1 - slope * u), u / (1 + slope * u))


class SuperSpike(Surrogate):
    """The fast sigmoid with a height; gradient ``α / (1 + |u|)²``.

    SpikingJelly's: α scales the height, where SuperSpike itself (Zenke & Ganguli 2018) has a
    steepness, as `FastSigmoid` does.
    """

    alpha: Positive = 1.0

    def primitive(u, alpha):
        """``αu / (1 + |u|)``, written for each sign of u."""
        return where(u < 0, alpha * u / (1 - u), alpha * u / (1 + u))


class Rect(Surrogate):
    """A ramp; its gradient is the box: α where ``|u| < 1/(2α)``, else 0."""

    alpha: Positive = 1.0

    def primitive(u, alpha):
        """0, then a line of slope α through (0, 1/2), then 1."""
        ramp = where(u < 1 / (2 * alpha), alpha * u + 1 / 2, 1)
        return where(u <= -1 / (2 * alpha), 0, ramp)


class LeakyKReLU(Surrogate):
    """Two lines; the gradient is `k` where u >= 0 and `leak` where u < 0."""

    leak: Number = 0.0
    k: Number = 1.0

    def primitive(u, leak, k):
        """A line of slope `leak` to the left of 0 and one of slope `k` to the right."""
        return where(u < 0, leak * u, k * u)
