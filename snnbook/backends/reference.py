"""The reference, backend 'torch': the equations on PyTorch tensors, step by step.

It is plain Python on purpose, so that a reader can step through it with a debugger.
The other backends are right where they agree with this one.
"""

import torch

from . import Dynamics, Run, State, membrane_dtype


def charge(neuron: Dynamics, x: torch.Tensor, state: State) -> tuple[torch.Tensor, State]:
    """Return H[t], and the state with the states that are updated before charging.

    Args:
        neuron: the equations.
        x: input of one step, shape ``[N, *]``, in the dtype of the state.
        state: the state of the step before, each of shape ``[N, *]``.
    """
    values = {**neuron.parameters, **state, "x": x}
    for name, update in neuron.before.items():
        values[name] = update.evaluate(values)
    return neuron.charge.evaluate(values), {name: values[name] for name in state}


def fire(neuron: Dynamics, h: torch.Tensor, state: State) -> torch.Tensor:
    """Return the spikes S[t] = Θ(u[t]) for H[t], given the state that `charge` returned."""
    return neuron.surrogate(neuron.fire.evaluate({**neuron.parameters, **state, "h": h}))


def reset(neuron: Dynamics, h: torch.Tensor, s: torch.Tensor, state: State) -> State:
    """Return the state after the step, given H[t], S[t] and the state that `charge` returned."""
    values = {**neuron.parameters, **state, "h": h, "s": s}
    after = {name: update.evaluate(values) for name, update in neuron.after.items()}
    if neuron.detach_reset:
        values["s"] = s.detach()
    return {**state, **after, "v": neuron.reset.evaluate(values)}


def run(neuron: Dynamics, x_seq: torch.Tensor, state: State, *, trace: bool = False) -> Run:
    """Run a neuron over time: charge, fire, reset, once for each step.

    Args:
        neuron: the equations and their parameters.
        x_seq: input, shape ``[T, N, *]``, floating point, T >= 1.
        state: the state before the first step, each of shape ``[N, *]``.
        trace: keep H and V of every step too.

    Returns:
        The spikes, the state after the last step and, with `trace`, H and V.
    """
    s_list, h_list, v_list = [], [], []
    for x in x_seq.unbind(0):  # not x_seq[t]: its backward pass takes time that grows with T²
        h, state = charge(neuron, x.to(membrane_dtype(x.dtype)), state)
        s = fire(neuron, h, state)
        state = reset(neuron, h, s, state)
        s_list.append(s.to(x.dtype))
        if trace:
            h_list.append(h)
            v_list.append(state["v"])
    s_seq = torch.stack(s_list)
    if not trace:
        return Run(s_seq, state)
    return Run(s_seq, state, torch.stack(h_list), torch.stack(v_list))
