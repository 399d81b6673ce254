"""Ways to run a neuron's equations over time.

Each backend is a module with one pure function, `run`; see `snnbook.backends.reference`,
whose results define what is right.
"""

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol, cast

import torch

from ..equation import Equation

_MODULES = {"torch": "reference"}
NAMES: tuple[str, ...] = tuple(_MODULES)
"""The names of the backends."""

State = Mapping[str, torch.Tensor]
"""The state between two steps: for each state's name a tensor of shape [N, *]."""


@dataclass(frozen=True)
class Dynamics:
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
        s_seq: spikes, shape [T, N, *], in the dtype of the input.
        state: the state after the last step.
        h_seq: membrane potential before firing, shape [T, N, *]; None unless asked for.
        v_seq: membrane potential after reset, shape [T, N, *]; None unless asked for.
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
    """
    if name not in NAMES:
        raise ValueError(f"no backend {name!r}; there are {', '.join(map(repr, NAMES))}")
    return cast(Backend, importlib.import_module(f"{__name__}.{_MODULES[name]}"))


def membrane_dtype(dtype: torch.dtype) -> torch.dtype:
    """Return the dtype of the states for input of `dtype`: at least float32.

    A float16 or bfloat16 membrane would lose small inputs, so it is kept in float32.
    """
    return torch.promote_types(dtype, torch.float32)
