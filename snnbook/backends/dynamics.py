"""What goes into a backend and what comes out: equations, states, runs."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeAlias

import torch

from ..equation import Equation
from ..surrogate import transformed

__all__ = ["Dynamics", "Run", "Runner", "State"]
__all__ += ["alike", "is_traced", "membrane_dtype", "saved", "transformed"]

State = Mapping[str, torch.Tensor]
"""The state between two steps: for each state's name a tensor of shape ``[N, *]``."""


class Dynamics(NamedTuple):
    """One neuron's equations and the numbers in them: all that a backend needs.

    Attributes:
        charge: H[t] from the states and the input ``x``.
        fire: u[t], the argument of Θ, from ``h``; the neuron fires where u[t] >= 0. None: nothing
            fires, and H[t] itself is the output.
        reset: V[t] from ``h`` and ``s``; None where nothing fires: V[t] is H[t].
        before: equations of further states, evaluated before `charge`, in their order.
        after: equations of further states that read ``h`` or ``s``, evaluated after `fire`.
        surrogate: Θ, with a surrogate gradient.
        parameters: the value of every other argument of the equations.
        detach_reset: let no gradient through the spikes that `reset` uses.
        steep: a slope of `charge` or of an update may be infinite, as `trace.marked` finds out.
    """

    charge: Equation
    fire: Equation | None
    reset: Equation | None
    before: Mapping[str, Equation]
    after: Mapping[str, Equation]
    surrogate: Callable[[torch.Tensor], torch.Tensor]
    parameters: Mapping[str, Any]
    detach_reset: bool
    steep: bool = False

    @property
    def states(self) -> tuple[str, ...]:
        """The names of the states, the membrane potential first."""
        return ("v", *self.before, *self.after)

    def equations(self) -> tuple[Equation, ...]:
        """Return all equations, in the order of a step."""
        step = (*self.before.values(), self.charge, self.fire, *self.after.values(), self.reset)
        return tuple(e for e in step if e is not None)


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


Runner: TypeAlias = Callable[[torch.Tensor, State, bool], Run]
"""``(x_seq, state, trace)``: input ``[T, N, *]``, the state before it, whether H and V are kept."""


def membrane_dtype(dtype: torch.dtype) -> torch.dtype:
    """Return the dtype of the states for input of `dtype`: at least float32.

    A float16 or bfloat16 membrane would lose small inputs, so it is kept in float32.
    """
    return dtype if dtype is torch.float32 else torch.promote_types(dtype, torch.float32)


def alike(value: Any, wanted: torch.Tensor) -> bool:
    """Whether a value is a tensor of the shape, dtype and device of another one."""
    return (
        hasattr(value, "shape")  # stand-ins have one too
        and value.shape == wanted.shape
        and value.dtype == wanted.dtype
        and value.device == wanted.device
        and value.layout == wanted.layout
    )


def saved(node: Any, name: str = "saved_tensors") -> Any:
    """Return what a function's node in the autograd graph has saved, by the attribute's name.

    Raises:
        RuntimeError: a backward pass has freed it; a note says what a layer's user can do.
    """
    try:
        return getattr(node, name)
    except RuntimeError as error:
        error.add_note(
            "A layer's state leads from this call back to an earlier one, whose backward pass is "
            "done. Call functional.reset_net(net) before an input that doesn't continue the last "
            "one, or functional.detach_net(net) to go on from the values of the state alone."
        )
        raise


def is_traced() -> bool:
    """Whether torch.jit.trace, or an export by way of it, writes down what is done."""
    return bool(torch.jit.is_tracing())  # type: ignore[attr-defined, no-untyped-call]
