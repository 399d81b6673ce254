"""The reference, backend 'torch': the equations on PyTorch tensors, step by step.

It is plain Python on purpose, so that a reader can step through it with a debugger.
The other backends are right where they agree with this one.
"""

import functools
from typing import Any

import torch

from ..equation import Equation
from ..fields import FLOATS, shown
from .dynamics import Dynamics, Run, Runner, State, alike, membrane_dtype

__all__ = ["capped", "charge", "checked", "fire", "prepare", "reset", "run"]


def charge(neuron: Dynamics, x: torch.Tensor, state: State) -> tuple[torch.Tensor, State]:
    """Return H[t], and the state with the states that are updated before charging.

    H and the further states stop at the largest number of their dtype, so a neuron that runs away,
    or has an infinite input, isn't NaN for ever: it fires, and is reset as usual. Where a value
    stops, no gradient flows back. NaN stays NaN, in the spikes too.

    Args:
        neuron: the equations.
        x: input of one step, shape ``[N, *]``, in the dtype of the state.
        state: the state of the step before, each of shape ``[N, *]``.

    Raises:
        TypeError: `charge` gives no tensor.
    """
    values = {**neuron.parameters, **state, "x": x}
    for name, update in neuron.before.items():
        values[name] = _bounded(neuron, update, values)
    h = _bounded(neuron, neuron.charge, values)
    if not hasattr(h, "clamp") or h.dtype not in _LIMITS:
        raise TypeError(
            f"{neuron.charge!r} gave {shown(h)}; it must return a value for each neuron"
        )
    return h, {name: values[name] for name in state}


def capped(value: Any) -> Any:
    """Return a value, at most the largest number of its dtype; what has no limits as it is."""
    limited = hasattr(value, "clamp") and value.dtype in _LIMITS
    return value.clamp(*_LIMITS[value.dtype]) if limited else value


def _bounded(neuron: Dynamics, equation: Equation, values: State) -> Any:
    """Return what an equation gives, at most the largest number of its dtype.

    Where it stops its slope may be infinite, and 0 times that is NaN: such elements of what a steep
    equation reads are taken out of the graph.
    """
    value: Any = equation.evaluate(values)
    if neuron.steep and getattr(value, "requires_grad", False):
        inside = abs(value) < _LIMITS[value.dtype][1]
        graph = {n: values[n] for n in equation.arguments if getattr(values[n], "requires_grad", 0)}
        kept = {n: torch.where(inside, z, z.detach()) for n, z in graph.items()}
        value = equation.evaluate({**values, **kept})
    return capped(value)


def fire(neuron: Dynamics, x: torch.Tensor, h: torch.Tensor, state: State) -> torch.Tensor:
    """Return the output S[t] = Θ(u[t]) for H[t], given the state that `charge` returned.

    Raises:
        TypeError: Θ or its argument isn't one value for each neuron.
    """
    if neuron.fire is None:
        return h
    u = neuron.fire.evaluate({**neuron.parameters, **state, "x": x, "h": h})
    s: Any = neuron.surrogate(u)
    if any(getattr(s, trait, None) != getattr(h, trait, None) for trait in ("shape", "dtype")):
        raise TypeError(
            f"{neuron.fire!r} and {neuron.surrogate!r} gave {shown(s)} for a membrane of "
            f"{shown(h)}; each must return a value for each neuron, in its dtype"
        )
    return s  # type: ignore[no-any-return]


def reset(
    neuron: Dynamics, x: torch.Tensor, h: torch.Tensor, s: torch.Tensor, state: State
) -> State:
    """Return the state after the step, given H[t], S[t] and the state that `charge` returned."""
    if neuron.reset is None:
        return {**state, "v": h}
    values = {**neuron.parameters, **state, "x": x, "h": h, "s": s}
    for name, update in neuron.after.items():
        values[name] = _bounded(neuron, update, values)
    after = {name: values[name] for name in state}
    if neuron.detach_reset:
        values["s"] = s.detach()
    return {**after, "v": neuron.reset.evaluate(values)}


def run(neuron: Dynamics, x_seq: torch.Tensor, state: State, trace: bool = False) -> Run:
    """Run a neuron over time: charge, fire, reset, once for each step.

    Args:
        neuron: the equations and their parameters.
        x_seq: input, shape ``[T, N, *]``, floating point, T >= 1.
        state: the state before the first step, each of shape ``[N, *]``.
        trace: keep H and V of every step too.

    Returns:
        The spikes, the state after the last step and, with `trace`, H and V.
    """
    s_list: list[torch.Tensor] = []
    h_list: list[torch.Tensor] = []
    v_list: list[torch.Tensor] = []
    before = state
    for x in x_seq.unbind(0):  # not x_seq[t]: its backward pass takes time that grows with T²
        x_now = x.to(membrane_dtype(x.dtype))
        h, state = charge(neuron, x_now, state)
        s = fire(neuron, x_now, h, state)
        state = reset(neuron, x_now, h, s, state)
        s_list.append(s.to(x.dtype))
        if trace:
            h_list.append(h)
            v_list.append(state["v"])
    rows = [torch.stack(rows) for rows in (s_list, h_list, v_list) if rows]
    return checked(before, Run(rows[0], state, *rows[1:]), x_now, s, *neuron.parameters.values())


def checked(before: State, done: Run, *given: Any) -> Run:
    """Return what a run did, each state in memory of its own.

    Args:
        before: the state before the first step.
        done: what the run did.
        given: other values whose memory a state must not share; the first is the last input.

    Raises:
        RuntimeError: it gave a state another shape, dtype or device.
    """
    taken, left = [*before.values(), *given], {}
    for name, value in done.state.items():
        if not alike(value, was := before.get(name, given[0])):  # a method may register a state
            raise RuntimeError(
                f"a step turned the state {name} from {shown(was)} into {shown(value)}, "
                "but a step keeps shape, dtype and device"
            )
        shared = value._base is not None or any(value is other for other in taken)
        left[name] = value.clone() if shared else value
        taken.append(left[name])
    return done._replace(state=left)


def prepare(neuron: Dynamics) -> Runner:
    """Return the run of a neuron, ready to be called again and again."""
    return functools.partial(run, neuron)


_LIMITS: dict[Any, tuple[float, ...]] = {None: ()}  # stand-ins know their own
_LIMITS |= {dtype: (torch.finfo(dtype).min, torch.finfo(dtype).max) for dtype in FLOATS}
