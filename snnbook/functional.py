"""Helpers for whole networks, and the pure form of a layer."""

import threading
from collections.abc import Iterator, Sequence
from typing import Any, TypeAlias

import torch
from torch import nn

from . import backends
from .backends.dynamics import State, alike
from .fields import one_of, read, shown
from .layer import fold_time
from .memory import MemoryModule
from .node import Node

__all__ = ["detach_net", "multi_step_forward", "reset_net", "run", "seq_to_ann_forward"]
__all__ += ["set_backend", "set_step_mode", "spiking_layers"]

Layers: TypeAlias = nn.Module | Sequence[nn.Module]


def run(layer: Node, x_seq: torch.Tensor, state: State | None = None) -> tuple[torch.Tensor, State]:
    r"""Run a layer's equations as a pure function: nothing is stored in the layer.

    Args:
        layer: gives the equations and their parameters; its own state is neither read nor changed.
        x_seq: input, shape ``[T, N, *]``, whatever the layer's step mode is.
        state: the state before the first step, ``{"v": tensor, …}``, each of shape
            ``[N, *]``; None means the layer's `initial_state`.

    Returns:
        The output, shape ``[T, N, *]``, and the state after the last step, to be handed to the next
        call. Gradients flow through both.

    Raises:
        TypeError: layer is no single layer with equations, x_seq isn't a real tensor, or the layer
            overrides a step's methods.
        ValueError: a wrong rank, T = 0, or a state with other names than the layer's.
        RuntimeError: a state or a parameter doesn't fit the input.
    """
    if not isinstance(layer, Node):
        raise TypeError(
            f"functional.run: the first argument is {_kind(layer)}; wanted one layer of "
            "snnbook.neuron, then its input: run(layer, x_seq). For a whole net call the net."
        )
    done = layer.run(x_seq, state)
    return done.s_seq, done.state


def reset_net(net: nn.Module) -> None:
    """Call ``reset()`` of every module in `net` that has one, `net` included.

    The modules are looked up at each call, so a layer that was added later is reset too. A module's
    own ``reset`` may call ``reset_net(self)``.

    Raises:
        TypeError: `net` is no module.
    """
    _call_each(net, "reset")


def detach_net(net: nn.Module) -> None:
    """Call ``detach()`` of every module in `net` that has one, `net` included (truncated BPTT).

    A layer's states are cut out of the autograd graph; their values stay.

    Raises:
        TypeError: `net` is no module.
    """
    _call_each(net, "detach")


_calling = threading.local()


def _call_each(net: nn.Module, method: str) -> None:
    """Call a method of each module in `net` that has it, but of none that is in it already."""
    inside: set[tuple[int, str]] = _calling.__dict__.setdefault("inside", set())
    for module in _module(net, f"{method}_net").modules():
        call, place = getattr(module, method, None), (id(module), method)
        if callable(call) and place not in inside:
            inside.add(place)
            try:
                call()
            finally:
                inside.discard(place)


def set_step_mode(
    net: nn.Module, step_mode: str, instance: type | tuple[type, ...] = nn.Module
) -> None:
    """Set the step mode of every module in `net` that has one; where one refuses, of none.

    Args:
        net: any module.
        step_mode: 's' (one step a call) or 'm' (a whole sequence a call).
        instance: only modules of this class, or of one of these.

    Raises:
        TypeError: `net` is no module, or `instance` no class.
        ValueError: another step mode.

    In step mode 'm', modules that know a batch but no time, such as Conv2d, BatchNorm and Flatten,
    would take the time of ``[T, N, *]`` for the batch or for channels: put them into
    `layer.SeqToANNContainer`.
    """
    read("set_step_mode: step_mode", one_of("s", "m"), step_mode)
    modules = _module(net, "set_step_mode", instance).modules()
    _set_all("step_mode", step_mode, [m for m in modules if isinstance(m, instance)])


def set_backend(
    net: nn.Module, backend: str, instance: type | tuple[type, ...] = nn.Module
) -> None:
    """Set the backend of every layer in `net`; where one doesn't support it, of none.

    Args:
        net: any module.
        backend: one of the layers' `supported_backends`.
        instance: only layers of this class, or of one of these.

    Raises:
        TypeError: `net` is no module, or `instance` no class.
        ValueError: there is no such backend, or some layer doesn't support it.
    """
    named = _module(net, "set_backend", instance).named_modules()
    layers = {n: m for n, m in named if isinstance(m, Node) and isinstance(m, instance)}
    read("set_backend: backend", one_of(*backends.NAMES), backend)
    for name, layer in layers.items():
        place = f"set_backend: backend of {name or type(layer).__name__}"
        read(place, one_of(*layer.supported_backends), backend)
    _set_all("backend", backend, [*layers.values()])


def _set_all(name: str, value: Any, modules: Sequence[nn.Module]) -> None:
    """Set an attribute of all modules that have it, or, where one refuses, of none."""
    before = [(module, getattr(module, name)) for module in modules if hasattr(module, name)]
    try:
        for module, _ in before:
            setattr(module, name, value)
    except BaseException:
        for module, old in before:
            setattr(module, name, old)
        raise


def spiking_layers(net: nn.Module) -> Iterator[tuple[str, Node]]:
    """Yield the name and the layer of every `Node` in `net`, in `net.modules()`' order.

    The name is the path from `net`; where `net` itself is the layer, it is the name of its class.

    Raises:
        TypeError: `net` is no module.
    """
    for name, module in _module(net, "spiking_layers").named_modules():
        if isinstance(module, Node):
            yield name or type(module).__name__, module


def multi_step_forward(x_seq: torch.Tensor, layers: Layers) -> torch.Tensor:
    r"""Apply modules in step mode 's' to each step of a sequence.

    Args:
        x_seq: input, shape ``[T, N, *]``.
        layers: a module, or several that are applied one after the other at each step.

    Returns:
        The outputs of all steps, shape ``[T, N, *]``.

    Raises:
        TypeError: `layers` is neither a module nor a list of modules, or x_seq no tensor.
        ValueError: x_seq has fewer than two dimensions or T = 0, or a module is in step mode 'm'.
    """

    why = "is in step mode 'm', but it would be given single steps: use set_step_mode(net, 's')"
    net = _chain("multi_step_forward", x_seq, layers, "m", why)
    outputs = [net(x) for x in x_seq.unbind(0)]
    if odd := [y for y in outputs if not alike(y, outputs[0])]:
        raise ValueError(f"multi_step_forward: a step gave {shown(odd[0])}; wanted tensors alike")
    return torch.stack(outputs)


def seq_to_ann_forward(x_seq: torch.Tensor, layers: Layers) -> torch.Tensor:
    r"""Apply stateless modules to all steps at once, as if time were part of the batch.

    Args:
        x_seq: input, shape ``[T, N, *]``.
        layers: a module, or several that are applied one after the other, without any state: they
            see the shape [T·N, \*].

    Returns:
        The outputs, shape ``[T, N, *]``.

    Raises:
        TypeError: `layers` is neither a module nor a list of modules, or x_seq no tensor.
        ValueError: x_seq has fewer than two dimensions or T = 0, or a module has a state: it would
            take time for part of the batch.
    """

    why = "has a state, so it must see the steps one after the other, outside of this function"
    net = _chain("seq_to_ann_forward", x_seq, layers, "sm", why)
    return fold_time("seq_to_ann_forward", net, x_seq)


def _chain(caller: str, x_seq: Any, layers: Any, modes: str, why: str) -> nn.Module:
    """Return the layers as one module; say `why` where one has a state and is in one of `modes`."""
    if not isinstance(x_seq, torch.Tensor):
        raise TypeError(
            f"{caller}: the input is {_kind(x_seq)}; wanted a tensor [T, N, *], and then the layers"
        )
    if x_seq.ndim < 2 or x_seq.shape[0] == 0:
        raise ValueError(
            f"the input has shape {list(x_seq.shape)}; wanted a sequence [T, N, *] with T >= 1"
        )
    if isinstance(layers, (nn.ModuleList, Sequence)) and not isinstance(layers, str):
        if not all(isinstance(layer, nn.Module) for layer in layers):
            raise TypeError(f"{caller}: wanted a list of modules, got {[*map(_kind, layers)]}")
        layers = nn.Sequential(*layers)
    if not isinstance(layers, nn.Module) or type(layers).forward is nn.Module.forward:
        raise TypeError(
            f"{caller}: wanted a module that can be called, or a list of some, not {_kind(layers)}"
        )
    for name, module in _module(layers, caller).named_modules():
        if isinstance(module, MemoryModule) and module.step_mode in modes:
            raise ValueError(f"{caller}: layer {name or type(module).__name__} {why}")
    return layers


def _module(net: Any, caller: str, kinds: Any = ()) -> nn.Module:
    if not all(isinstance(kind, type) for kind in (kinds if isinstance(kinds, tuple) else [kinds])):
        raise TypeError(f"{caller}: instance={shown(kinds)}; wanted a class, or several in a tuple")
    if not isinstance(net, nn.Module):
        raise TypeError(f"{caller}: wanted a module such as nn.Sequential(…), not {_kind(net)}")
    for chain in net.modules():
        inside = [*_in_order(chain)] if isinstance(chain, nn.Sequential) else []
        if len(inside) > len({*inside}):
            raise ValueError(
                f"{caller}: one {type(inside[0]).__name__} stands at two places of a Sequential, "
                "which would share its state; give each place its own: copy.deepcopy(layer)"
            )
    return net


def _in_order(chain: nn.Sequential) -> Iterator[MemoryModule]:
    """Yield the modules with a state that a chain calls, those of the chains in it too."""
    for module in chain:
        if isinstance(module, nn.Sequential):
            yield from _in_order(module)
        elif isinstance(module, MemoryModule):
            yield module


def _kind(value: Any) -> str:
    return shown(value) if isinstance(value, torch.Tensor) else type(value).__name__
