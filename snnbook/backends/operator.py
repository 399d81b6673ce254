"""The compiled kernels as two operators that torch.compile can place in a graph.

PyTorch's compiler can't look into a kernel, and an operator can't be given an equation. So it is
given a key, under which it finds the equations; numbers and tensors it is given as they are.
"""

import copy
from collections.abc import Sequence
from importlib import import_module
from typing import Any, NamedTuple

import torch
from torch import Tensor

from ..compiling import really
from .dynamics import Dynamics, Run, Runner, State, membrane_dtype
from .fused import Compiled
from .trace import checked, settings

__all__ = ["run"]


class _Structure(NamedTuple):
    """A neuron but for its numbers and tensors, which stand in `neuron` as empty ones."""

    prepare: Any
    neuron: Dynamics
    numbers: tuple[str, ...]
    tensors: tuple[str, ...]


_known: dict[str, _Structure] = {}


def _key(backend: str, names: Any, flags: Any, traits: Any, *objects: Any) -> str:
    """Return the key of a neuron. It runs for real while torch.compile follows the code.

    What is given is guarded: names, flags and traits by their values, each object by its identity.
    """
    before, after, numbers, detach_reset = names
    charge, fire, reset, theta, *updates = objects
    tensors = {n: torch.empty(() if scalar else (1,), requires_grad=g) for n, scalar, g in traits}
    split = len(before)
    neuron = Dynamics(
        charge,
        fire,
        reset,
        dict(zip(before, updates[:split], strict=True)),
        dict(zip(after, updates[split:], strict=True)),
        theta,
        {**dict.fromkeys(numbers, 0.0), **dict(flags), **tensors},
        detach_reset,
    )
    prepare = import_module(f".{backend}", __package__).prepare
    text = (backend, names, flags, traits, [id(one) for one in objects])
    _known[repr(text)] = _Structure(prepare, neuron, numbers, tuple(tensors))
    return repr(text)


def run(backend: str, neuron: Dynamics, x_seq: Tensor, state: State, trace: bool) -> Run:
    """Run a neuron on the compiled backend of that name, while torch.compile traces."""
    given = neuron.parameters
    tensors = {n: p for n, p in given.items() if isinstance(p, Tensor)}
    flags = {n: p for n, p in given.items() if isinstance(p, bool)}
    numbers = {n: p for n, p in given.items() if n not in tensors and n not in flags}
    theta: Any = neuron.surrogate
    key = really(
        __name__,
        "_key",
        backend,
        (tuple(neuron.before), tuple(neuron.after), tuple(numbers), neuron.detach_reset),
        tuple(flags.items()),
        tuple(
            [
                (n, p.ndim == 0 and p.device.type == "cpu", p.requires_grad)
                for n, p in tensors.items()
            ]
        ),
        neuron.charge,
        neuron.fire,
        neuron.reset,
        theta,
        *neuron.before.values(),
        *neuron.after.values(),
    )
    values = [*numbers.values()]
    if neuron.fire is not None:
        values += [getattr(theta, name) for name in settings(theta)]
    x = x_seq.to(membrane_dtype(x_seq.dtype))
    states = [state[name] for name in neuron.states]
    s_seq, *rest = forward(key, trace, values, x, states, [*tensors.values()])
    ends = dict(zip(neuron.states, rest, strict=False))
    return Run(s_seq.to(x_seq.dtype), ends, *rest[len(states) :])


def _compiled(key: str, values: Sequence[float]) -> Compiled:
    """Return the neuron with its numbers as they were when the graph ran, ready to be run."""
    kept = _known[key]
    count = len(kept.numbers)
    neuron = kept.neuron
    if neuron.fire is not None:
        theta = copy.copy(checked(neuron.surrogate))
        names = settings(theta)
        theta.__dict__.update(zip(names, map(float, values[count:]), strict=True))
        neuron = neuron._replace(surrogate=theta)
    numbers = dict(zip(kept.numbers, map(float, values[:count]), strict=True))
    runner: Runner = kept.prepare(neuron._replace(parameters={**neuron.parameters, **numbers}))
    assert isinstance(runner, Compiled)
    return runner


def _tensors(
    key: str, compiled: Compiled, x: Tensor, states: Sequence[Tensor], parameters: Sequence[Tensor]
) -> list[Tensor]:
    """Return the tensors in the order in which the kernels take them."""
    named = dict(zip(_known[key].tensors, parameters, strict=True))
    return [x, *states, *(named[name] for name in compiled.program.parameters)]


def _learned(key: str) -> list[str]:
    neuron = _known[key].neuron
    return [name for name in _known[key].tensors if neuron.parameters[name].requires_grad]


@torch.library.custom_op("snnbook::forward", mutates_args=())
def forward(
    key: str,
    traced: bool,
    values: Sequence[float],
    x: Tensor,
    states: Sequence[Tensor],
    parameters: Sequence[Tensor],
) -> list[Tensor]:
    """Return S, the final states and, where `traced`, H and V."""
    compiled = _compiled(key, values)
    return list(compiled.forward(traced, _tensors(key, compiled, x, states, parameters)))


@forward.register_fake
def _(key: Any, traced: Any, values: Any, x: Any, states: Any, parameters: Any) -> list[Tensor]:
    rows = [x.new_empty(x.shape) for _ in range(3 if traced else 1)]
    return [rows[0], *(z.new_empty(z.shape) for z in states), *rows[1:]]


@torch.library.custom_op("snnbook::backward", mutates_args=())
def backward(
    key: str,
    traced: bool,
    values: Sequence[float],
    x: Tensor,
    states: Sequence[Tensor],
    parameters: Sequence[Tensor],
    grads: Sequence[Tensor | None],
) -> list[Tensor]:
    """Return the gradients of x, of the states and of the learned parameters."""
    compiled = _compiled(key, values)
    tensors = _tensors(key, compiled, x, states, parameters)
    g_x, *rest = compiled.backward(traced, tensors, grads, True)
    count = len(states)
    named = dict(zip(compiled.program.parameters, rest[count:], strict=True))
    found = [g_x, *rest[:count], *(named[name] for name in _learned(key))]
    return [g.clone() if any(g is t for t in tensors) else g for g in found if g is not None]


@backward.register_fake
def _(
    key: Any, traced: Any, values: Any, x: Any, states: Any, parameters: Any, grads: Any
) -> list[Tensor]:
    named = dict(zip(_known[key].tensors, parameters, strict=True))
    return [z.new_empty(z.shape) for z in (x, *states, *(named[n] for n in _learned(key)))]


def _setup(ctx: Any, inputs: Any, output: Any) -> None:
    ctx.key, ctx.traced, ctx.values, x, states, parameters = inputs
    ctx.count = len(states)
    ctx.save_for_backward(x, *states, *parameters)
    ctx.set_materialize_grads(False)


def _backward(ctx: Any, grads: Sequence[Tensor | None]) -> Any:
    x, *rest = ctx.saved_tensors
    states, parameters = rest[: ctx.count], rest[ctx.count :]
    found = backward(ctx.key, ctx.traced, ctx.values, x, states, parameters, list(grads))
    learned = dict(zip(_learned(ctx.key), found[1 + ctx.count :], strict=True))
    g_parameters = [learned.get(name) for name in _known[ctx.key].tensors]
    return None, None, None, found[0], list(found[1 : 1 + ctx.count]), g_parameters


forward.register_autograd(_backward, setup_context=_setup)
