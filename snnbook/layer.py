"""What networks need besides neurons: time folded into the batch, feedback, synapses, dropout."""

from typing import Annotated, Any, ClassVar, cast

import torch
from torch import nn

from .backends import Run
from .fields import TimeConstant, number, one_of, shown
from .memory import MemoryModule, step_of
from .node import Node

__all__ = ["Dropout", "Recurrent", "SeqToANNContainer", "SynapseFilter"]


class SeqToANNContainer(nn.Sequential):
    r"""Modules without a state that see all steps at once, as if time were part of the batch.

    So Conv2d, BatchNorm2d or Flatten stand in an ordinary Sequential beside neurons in step mode
    'm'. They see ``[T·N, *]``: BatchNorm takes its mean over the samples of all steps, and Dropout
    draws each step anew. SpikingJelly's name.

    Args:
        modules: what is applied, one after the other.

    Attributes:
        step_mode: 'm', the input is ``[T, N, *]``; or 's', it is one step, ``[N, *]``, and passed
            on as it is. 'm' unless `functional.set_step_mode` says otherwise.

    Raises:
        TypeError: something that is no module.
        ValueError: a module with a state, which would take time for part of the batch.
    """

    step_mode: str = "m"

    def add_module(self, name: str, module: nn.Module | None) -> None:
        """Add a module, unless it has a state; the constructor and `append` do it this way."""
        super().add_module(name, module)
        for path, inner in self.named_modules():
            if isinstance(inner, MemoryModule):
                del self._modules[name]
                raise ValueError(
                    f"SeqToANNContainer: {path} is {type(inner).__name__}, which has a state, so "
                    "it must see the time steps one after the other; put it behind the container"
                )

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(name, one_of("s", "m")(value) if name == "step_mode" else value)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Apply the modules to all steps of ``[T, N, *]``, or in step mode 's' to one.

        Raises:
            ValueError: fewer than two dimensions, or T = 0, in step mode 'm'.
        """
        if self.step_mode == "s":
            return cast(torch.Tensor, super().forward(x))
        if not isinstance(x, torch.Tensor) or x.ndim < 2 or not len(x):
            raise ValueError(
                f"SeqToANNContainer: the input is {shown(x)}; wanted a sequence "
                "[T, N, *] with T >= 1, or step_mode='s' for a single step"
            )
        y = cast(torch.Tensor, super().forward(x.flatten(0, 1)))
        return y.reshape(*x.shape[:2], *y.shape[1:])


class Recurrent(MemoryModule):
    """A layer whose output comes back through `feedback`, one step later.

    ``Y[t] = layer(X[t] + feedback(Y[t-1]))``, with Y = 0 before the first step; SpikingJelly's
    LinearRecurrentContainer. In both step modes one step is taken after the other.

    Args:
        layer: a neuron, or another module whose output has the shape of its input.
        feedback: keeps that shape too, for example ``nn.Linear(N, N)``.
        step_mode: see `MemoryModule`; that of the modules inside may be the same or not.

    Attributes:
        y: the output of the last step; 0.0 before the first.

    Raises:
        TypeError: an argument that is no module.
    """

    layer: nn.Module = nn.Identity()
    feedback: nn.Module = nn.Identity()

    states: ClassVar = {"y": 0.0}

    def _steps(self, x_seq: torch.Tensor) -> Run:
        y = self._state_for(step_of(x_seq))["y"]
        inside = [m for m in self.modules() if isinstance(m, MemoryModule) and m is not self]
        before = [dict(module.__dict__) for module in inside]
        outputs = []
        try:
            for x in x_seq.unbind(0):
                out = z = x + _one_step(self.feedback, y.to(x.dtype))
                if z.shape == x.shape:
                    out = _one_step(self.layer, z)
                if not isinstance(out, torch.Tensor) or out.shape != x.shape:
                    raise ValueError(
                        f"Recurrent: an input of shape {list(x.shape)} became {list(z.shape)} with "
                        f"the feedback and {shown(out)} in the layer; both must keep the shape"
                    )
                y = out.to(y.dtype)
                outputs.append(out)
        except BaseException:
            for module, was in zip(inside, before, strict=True):
                module.__dict__.update(was)
            raise
        return Run(torch.stack(outputs), {"y": y})


def _one_step(module: nn.Module, x: torch.Tensor) -> torch.Tensor:
    """Apply a module to one step, whichever step mode what is in it has."""
    inside = (m for m in module.modules() if isinstance(m, MemoryModule))
    if any(m.step_mode == "m" for m in inside):
        return cast(torch.Tensor, module(x.unsqueeze(0))[0])
    return cast(torch.Tensor, module(x))


class SynapseFilter(Node):
    """A synapse: each input leaves a current that decays, ``V[t] = V[t-1] - V[t-1] / tau + X[t]``.

    Source: Gerstner et al. 2014, Neuronal Dynamics, chapter 3.1, doi:10.1017/CBO9781107447615, with
    the Euler step of the neurons. Its output is the current, which here is called V.

    Args:
        tau: time constant of the current, in steps, at least 1.
    """

    tau: TimeConstant = 2.0

    def charge(v, x, tau):
        """V[t], the current."""
        return v - v / tau + x


class Dropout(MemoryModule):
    """Dropout with one mask for all steps, until `reset`: a neuron is there or not for a sample.

    `nn.Dropout` draws anew at each step, so that over many steps it is little more than noise.
    After `eval` the input is passed on. SpikingJelly's name.

    Args:
        p: the share of the elements that are 0; the others are multiplied by 1 / (1 - p).

    Attributes:
        mask: what the input is multiplied by, shape ``[N, *]``; 1.0 until the first input.
    """

    p: Annotated[float, number(0.0, 1.0, tensor=False)] = 0.5

    states: ClassVar = {"mask": 1.0}

    def _steps(self, x_seq: torch.Tensor) -> Run:
        if not self.training:
            return Run(x_seq, self._memory)
        mask = self._state_for(step_of(x_seq))["mask"]
        if "mask" not in self._memory:
            kept = torch.rand_like(mask) >= self.p
            mask = kept / (1 - self.p) if self.p < 1 else torch.zeros_like(mask)
        return Run(x_seq * mask.to(x_seq.dtype), {"mask": mask})
