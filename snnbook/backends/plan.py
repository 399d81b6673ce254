"""What a layer's call needs and what stays the same from call to call: made once, kept, looked at.

This makes calls quick and nothing else. Without it each call would check the parameters anew, ask
the backend for the neuron's run, and spread the first values over the input's shape.
"""

from collections.abc import Callable
from typing import Any

import torch

from . import prepare
from .dynamics import Runner, State, membrane_dtype, transformed
from .trace import marked

__all__ = ["Plan", "plan_for"]

_PLAIN = (torch.Tensor, torch.nn.Parameter)


class Plan:
    """All that a call needs and that stays the same from call to call, as long as it `fits`."""

    def __init__(self, layer: Any, x_seq: torch.Tensor) -> None:
        like = x_seq[0].detach().to(membrane_dtype(x_seq.dtype))
        neuron = layer.dynamics()
        tensors = [(n, p) for n, p in neuron.parameters.items() if isinstance(p, torch.Tensor)]
        parameters = dict(neuron.parameters)
        for name, value in tensors:
            layer._check_parameter(name, value, like)
            # Else a part of an equation is less precise than the membrane.
            parameters[name] = value.to(like.dtype)
        ready = marked(neuron._replace(parameters=parameters))
        self.run: Runner = prepare(layer.backend, ready, x_seq.device)
        first = {name: layer._first_value(name) for name in layer._first}
        fixed = not any(isinstance(value, torch.Tensor) for value in first.values())
        self.first = {n: layer._spread(n, v, like) for n, v in first.items()} if fixed else None
        """The state before the first step; None where it has to be made anew."""
        self.left: State | None = None
        """The state that the last run left."""
        self.still: Callable[[], bool] = getattr(self.run, "still", lambda: True)
        self.step = x_seq.shape[1:], x_seq.dtype, x_seq.device, torch.is_inference_mode_enabled()
        self.changes = layer._changes, getattr(neuron.surrogate, "_changes", 0)
        self.kind, self.theta = type(layer), neuron.surrogate
        self.equations = [(name, e) for name, e in layer._equations().items()]
        self.tensors = [(name, value, _traits(value)) for name, value in tensors]
        made = [*parameters.values(), *(self.first or {}).values()]
        self.lasts = (
            not transformed()
            and all(type(v) in _PLAIN for v in made if isinstance(v, torch.Tensor))
            and all(parameters[name] is value for name, value in tensors)
        )

    def fits(self, layer: Any, x_seq: torch.Tensor) -> bool:
        """Whether nothing that the plan was made from has changed."""
        shape, dtype, device, mode = self.step
        kind = type(layer)
        return (
            x_seq.dtype is dtype
            and x_seq.shape[1:] == shape
            and x_seq.device == device
            and (layer._changes, getattr(self.theta, "_changes", 0)) == self.changes
            and kind is self.kind
            and torch.is_inference_mode_enabled() is mode
            and all(getattr(kind, name) is e for name, e in self.equations)
            and all(getattr(layer, n) is p and _traits(p) == t for n, p, t in self.tensors)
            and self.still()
        )


def plan_for(layer: Any, x_seq: torch.Tensor) -> Plan:
    """Return the plan that a `Node` has kept, or where something has changed a new one."""
    kept: Plan | None = layer._plan
    if kept is not None and type(x_seq) in _PLAIN and kept.fits(layer, x_seq):
        return kept
    plan = Plan(layer, x_seq)
    layer.__dict__["_plan"] = plan if plan.lasts else None
    return plan


def _traits(p: torch.Tensor) -> tuple[Any, ...]:
    return p.shape, p.dtype, p.device, p.requires_grad
