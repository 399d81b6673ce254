"""Helpers for whole networks, and the pure form of a layer."""

from collections.abc import Iterator, Sequence
from typing import TypeAlias

import torch
from torch import nn

from .backends import State
from .neuron import BaseNode

Layers: TypeAlias = nn.Module | Sequence[nn.Module]


def run(
    layer: BaseNode, x_seq: torch.Tensor, state: State | None = None
) -> tuple[torch.Tensor, State]:
    r"""Run a layer's equations as a pure function: nothing is stored in the layer.

    Args:
        layer: gives the equations and their parameters; its own state is neither read nor changed.
        x_seq: input, shape ``[T, N, *]``, whatever the layer's step mode is.
        state: the state before the first step, ``{"v": tensor, …}``, each of shape
            ``[N, *]``; None means the layer's `initial_state`.

    Returns:
        The spikes, shape ``[T, N, *]``, and the state after the last step, to be handed to the next
        call. Gradients flow through both.

    Raises:
        TypeError: x_seq isn't a real tensor, or the layer overrides a step's methods.
        ValueError: a wrong rank, T = 0, or a state with other names than the layer's.
        RuntimeError: a state or a parameter doesn't fit the input.
    """
    done = layer.run(x_seq, state)
    return done.s_seq, done.state


def reset_net(net: nn.Module) -> None:
    """Call ``reset()`` of every module in `net` that has one, `net` included.

    The modules are looked up at each call, so a layer that was added later is reset too.
    """
    for module in net.modules():
        if callable(reset := getattr(module, "reset", None)):
            reset()


def detach_net(net: nn.Module) -> None:
    """Cut the states of all spiking layers in `net` out of the autograd graph (truncated BPTT)."""
    for _, layer in spiking_layers(net):
        layer.detach()


def set_step_mode(net: nn.Module, step_mode: str) -> None:
    """Set the step mode of every module in `net` that has one.

    Args:
        net: any module.
        step_mode: 's' (one step a call) or 'm' (a whole sequence a call).

    Raises:
        ValueError: another step mode.
    """
    if step_mode not in ("s", "m"):
        raise ValueError(f"set_step_mode: no step mode {step_mode!r}; there are 's' and 'm'")
    for module in net.modules():
        if hasattr(module, "step_mode"):
            module.step_mode = step_mode  # type: ignore[assignment]


def set_backend(net: nn.Module, backend: str) -> None:
    """Set the backend of every spiking layer in `net`.

    Args:
        net: any module.
        backend: one of the layers' `supported_backends`.

    Raises:
        ValueError: a backend that some layer doesn't support; then no layer is changed.
    """
    layers = list(spiking_layers(net))
    for name, layer in layers:
        if backend not in layer.supported_backends:
            raise ValueError(
                f"set_backend: {name} supports {', '.join(map(repr, layer.supported_backends))}, "
                f"not {backend!r}"
            )
    for _, layer in layers:
        layer.backend = backend


def spiking_layers(net: nn.Module) -> Iterator[tuple[str, BaseNode]]:
    """Yield the name and the layer of every spiking layer in `net`, in `net.modules()`' order.

    The name is the path from `net`; where `net` itself is the layer, it is the name of its class.
    """
    for name, module in net.named_modules():
        if isinstance(module, BaseNode):
            yield name or type(module).__name__, module


def multi_step_forward(x_seq: torch.Tensor, layers: Layers) -> torch.Tensor:
    r"""Apply modules in step mode 's' to each step of a sequence.

    Args:
        x_seq: input, shape ``[T, N, *]``.
        layers: a module, or several that are applied one after the other at each step.

    Returns:
        The outputs of all steps, shape ``[T, N, *]``.

    Raises:
        TypeError: `layers` is neither a module nor a list of modules.
        ValueError: x_seq has fewer than two dimensions or T = 0, or a spiking layer is in step
            mode 'm'.
    """
    net = _chain(x_seq, layers)
    for name, layer in spiking_layers(net):
        if layer.step_mode != "s":
            raise ValueError(
                f"multi_step_forward: layer {name} is in step mode 'm', but it would be given "
                "single steps. Call it on the whole sequence, or use set_step_mode(net, 's')."
            )
    return torch.stack([net(x) for x in x_seq.unbind(0)])


def seq_to_ann_forward(x_seq: torch.Tensor, layers: Layers) -> torch.Tensor:
    r"""Apply stateless modules to all steps at once, as if time were part of the batch.

    Args:
        x_seq: input, shape ``[T, N, *]``.
        layers: a module, or several that are applied one after the other, without any state: they
            see the shape [T·N, \*].

    Returns:
        The outputs, shape ``[T, N, *]``.

    Raises:
        TypeError: `layers` is neither a module nor a list of modules.
        ValueError: x_seq has fewer than two dimensions or T = 0, or there is a spiking layer,
            which would take time for part of the batch.
    """
    net = _chain(x_seq, layers)
    for name, _ in spiking_layers(net):
        raise ValueError(
            f"seq_to_ann_forward: layer {name} has a state, so it must see the time steps one "
            "after the other. Call it in step mode 'm', outside of seq_to_ann_forward."
        )
    y: torch.Tensor = net(x_seq.flatten(0, 1))
    return y.reshape(*x_seq.shape[:2], *y.shape[1:])


def _chain(x_seq: torch.Tensor, layers: Layers) -> nn.Module:
    """Return the layers as one module, after a look at the sequence that they will be given."""
    if x_seq.ndim < 2 or x_seq.shape[0] == 0:
        raise ValueError(
            f"the input has shape {list(x_seq.shape)}; wanted a sequence [T, N, *] with T >= 1"
        )
    if isinstance(layers, nn.Module):
        return layers
    if not isinstance(layers, Sequence):
        raise TypeError(f"wanted a module or a list of modules, not {type(layers).__name__}")
    return nn.Sequential(*layers)
