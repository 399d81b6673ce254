"""What answers are tried on: inputs with the same numbers on every device, and runs of layers."""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import nn

from ..device import book_device
from .comparing import like
from .sentences import Misfit, Unwritten

__all__ = ["constant", "sixty_fourths", "spike_steps", "step_by_step", "steps", "traced", "written"]


def sixty_fourths(*shape: int, high: float = 1.0, seed: int = 0) -> torch.Tensor:
    """Return multiples of 1/64 from 0 to `high`, which a computer adds without rounding.

    They are drawn on the CPU and moved to the book's device; dtype float32.
    """
    generator = torch.Generator().manual_seed(seed)
    most = int(64 * high) + 1
    return (torch.randint(0, most, shape, generator=generator) / 64).to(book_device())


def constant(
    x: float | Sequence[float], T: int, dtype: torch.dtype = torch.float32
) -> torch.Tensor:
    """Return T steps of a constant input, shape ``[T, N]``, on the book's device."""
    return torch.tensor(x, dtype=dtype, device=book_device()).reshape(-1).expand(T, -1)


def traced(layer: Any, x_seq: torch.Tensor) -> dict[str, torch.Tensor]:
    """Run a layer as a pure function: its spikes S and its potentials V and H, ``[T, N, *]``."""
    done = layer.to(x_seq.device).run(x_seq, trace=True)
    return {"S": done.s_seq, "V": done.v_seq, "H": done.h_seq}


def spike_steps(layer: Any, x_seq: torch.Tensor) -> list[int]:
    """Return the steps in which a layer of one neuron fires; the input has the shape ``[T, 1]``."""
    spikes = traced(layer, x_seq)["S"][:, 0]
    return [t for t, s in enumerate(spikes.tolist()) if s]


def steps(call: Callable[[torch.Tensor], Any], x_seq: torch.Tensor) -> torch.Tensor:
    """Return what a reader's layer gives for each step of a sequence, shape ``[T, N, *]``.

    Raises:
        Unwritten: a step gives ``...``.
        Misfit: a step gives no tensor of the input's shape and dtype.
    """
    return torch.stack([like(x, call(x)) for x in x_seq])


def step_by_step(module: nn.Module, ndim: int, key: str) -> nn.Module:
    """Let a module tell the reader's code where it takes a sequence for one step.

    Args:
        module: a layer or a network in step mode 's'.
        ndim: how many dimensions the input of one step has.
        key: the sentence's key, for the Misfit that a call with several such inputs raises. With
            another step mode, the module is called as ever.
    """

    def look(module: nn.Module, inputs: tuple[Any, ...]) -> None:
        single = any(getattr(part, "step_mode", "m") == "s" for part in module.modules())
        several = (isinstance(x, torch.Tensor) and x.ndim > ndim and len(x) > 1 for x in inputs)
        if single and any(several):
            raise Misfit(key)

    module.register_forward_pre_hook(look)
    return module


def written(equation: Any) -> None:
    """Try a reader's equation with ones.

    Raises:
        Unwritten: it returns ``...``.
        Misfit: it returns None.
    """
    value = equation(*[torch.ones(()) for _ in equation.arguments])
    if value is ...:
        raise Unwritten
    if value is None:
        raise Misfit("RETURNED_NONE")
