"""Ways to run a neuron's equations over time.

Each backend is a module with one pure function, `run`. The results of the reference, backend
'torch', define what is right; the others compile the same equations to one loop over time.
"""

import functools
import importlib
import warnings
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, Protocol, cast

import torch

from ..equation import Equation, EquationError

_MODULES = {"torch": "reference", "numba": "numba", "triton": "triton"}
_AUTOMATIC = {"cpu": "numba", "cuda": "triton"}
NAMES: tuple[str, ...] = (*_MODULES, "auto")
"""The names of the backends. 'auto' takes the fastest one that there is for the input's device."""

State = Mapping[str, torch.Tensor]
"""The state between two steps: for each state's name a tensor of shape ``[N, *]``."""


class Dynamics(NamedTuple):
    """One neuron's equations and the numbers in them: all that a backend needs.

    Attributes:
        charge: H[t] from the states and the input ``x``.
        fire: u[t], the argument of Θ, from ``h``; the neuron fires where u[t] >= 0.
        reset: V[t] from ``h`` and ``s``.
        before: equations of further states, evaluated before `charge`.
        after: equations of further states that read ``h`` or ``s``, evaluated after `fire`.
        surrogate: Θ, with a surrogate gradient.
        parameters: the value of every other argument of the equations.
        detach_reset: let no gradient through the spikes that `reset` uses.
    """

    charge: Equation
    fire: Equation
    reset: Equation
    before: Mapping[str, Equation]
    after: Mapping[str, Equation]
    surrogate: Callable[[torch.Tensor], torch.Tensor]
    parameters: Mapping[str, Any]
    detach_reset: bool


class Run(NamedTuple):
    """What a run did.

    Attributes:
        s_seq: spikes, shape ``[T, N, *]``, in the dtype of the input.
        state: the state after the last step.
        h_seq: membrane potential before firing, shape ``[T, N, *]``; None unless asked for.
        v_seq: membrane potential after reset, shape ``[T, N, *]``; None unless asked for.
    """

    s_seq: torch.Tensor
    state: State
    h_seq: torch.Tensor | None = None
    v_seq: torch.Tensor | None = None


class Backend(Protocol):
    """What a backend's module offers."""

    def run(self, neuron: Dynamics, x_seq: torch.Tensor, state: State, *, trace: bool) -> Run:
        """Run `neuron` over the T steps of `x_seq`."""


def get(name: str) -> Backend:
    """Import and return the backend called `name`.

    Raises:
        ValueError: there is no such backend.
        ImportError: its library is missing or broken.
    """
    if name not in _MODULES:
        raise ValueError(f"no backend {name!r}; there are {', '.join(map(repr, NAMES))}")
    if name == "torch":
        from . import reference

        return reference
    try:
        return cast(Backend, importlib.import_module(f"{__name__}.{_MODULES[name]}"))
    except ImportError as error:
        raise ImportError(
            f"backend {name!r} can't be imported: {error}. Install it (pip install {name}), or use "
            "backend='torch'.",
            name=error.name,
        ) from error


def run(name: str, neuron: Dynamics, x_seq: torch.Tensor, state: State, *, trace: bool) -> Run:
    """Run `neuron` over time on the backend called `name`.

    The kernels of the other backends can't be looked into by ``torch.compile`` or ``torch.func``.
    Under these the reference runs instead, and a warning says so.

    Args:
        name: one of `NAMES`.
        neuron: the equations and their parameters.
        x_seq: input, shape ``[T, N, *]``.
        state: the state before the first step, each of shape ``[N, *]``.
        trace: keep H and V of each step too.

    Raises:
        ValueError: there is no such backend, or it doesn't run on the input's device.
        ImportError: the backend's library is missing.
        EquationError: the backend can't compile an equation.
    """
    chosen = _automatic(x_seq.device.type) if name == "auto" else name
    if chosen != "torch" and (reason := _no_kernels_here(x_seq)):
        warnings.warn(f"backend {chosen!r} {reason}; backend 'torch' runs instead", stacklevel=2)
        chosen = "torch"
    try:
        return get(chosen).run(neuron, x_seq, state, trace=trace)
    except EquationError as error:
        if name != "auto":
            raise
        warnings.warn(f"backend 'auto' runs 'torch' instead of {chosen!r}: {error}", stacklevel=2)
        return get("torch").run(neuron, x_seq, state, trace=trace)


def _no_kernels_here(x_seq: torch.Tensor) -> str:
    """Return why no compiled kernel can be called just now, or ''."""
    if torch.compiler.is_compiling():
        return "can't be used inside torch.compile"
    if torch._C._functorch.maybe_current_level() is not None:
        return "can't be used inside a function transform (torch.func)"
    tracer = torch._C._get_dispatch_mode(torch._C._TorchDispatchModeKey.PROXY)
    if tracer is not None or torch._C._get_tracing_state() is not None:
        return "can't be traced (make_fx, torch.jit.trace)"
    if torch.autograd.forward_ad._current_level >= 0:
        return "has no derivative in forward mode"
    if type(x_seq) not in (torch.Tensor, torch.nn.Parameter):
        return f"can't read the memory of a {type(x_seq).__name__}"
    return ""


@functools.cache
def _automatic(device: str) -> str:
    """Return the backend that 'auto' means on a device; say once where it is not the fast one."""
    name = _AUTOMATIC.get(device, "torch")
    try:
        get(name)
    except ImportError as error:
        warnings.warn(f"backend 'auto' chose 'torch': {error}", stacklevel=3)
        return "torch"
    return name


def membrane_dtype(dtype: torch.dtype) -> torch.dtype:
    """Return the dtype of the states for input of `dtype`: at least float32.

    A float16 or bfloat16 membrane would lose small inputs, so it is kept in float32.
    """
    return dtype if dtype is torch.float32 else torch.promote_types(dtype, torch.float32)
