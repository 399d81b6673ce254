"""What networks need besides neurons: time folded into the batch, feedback, synapses, dropout."""

from collections.abc import Callable
from typing import Annotated, Any, ClassVar, cast

import torch
from torch import nn

from .backends import Run
from .fields import TimeConstant, number, one_of, read, shown
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
        _stateless(nn.ModuleDict({name: cast(nn.Module, module)}))
        super().add_module(name, module)

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "step_mode":
            value = read("SeqToANNContainer: step_mode", one_of("s", "m"), value)
        super().__setattr__(name, value)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Apply the modules to all steps of ``[T, N, *]``, or in step mode 's' to one.

        Raises:
            ValueError: in step mode 'm', fewer than two dimensions, or T = 0; a module that has a
                state, or that gives something else than one output for each sample.
        """
        if self.step_mode == "s":
            return cast(torch.Tensor, super().forward(x))
        _stateless(self)
        if not isinstance(x, torch.Tensor) or x.ndim < 2 or not len(x):
            raise ValueError(
                f"SeqToANNContainer: the input is {shown(x)}; wanted a sequence "
                "[T, N, *] with T >= 1, or step_mode='s' for a single step"
            )
        return fold_time("SeqToANNContainer", super().forward, x)


def _stateless(net: nn.Module) -> None:
    for path, inner in net.named_modules():
        if isinstance(inner, MemoryModule):
            raise ValueError(
                f"SeqToANNContainer: {path} is {type(inner).__name__}, which has a state, so "
                "it must see the time steps one after the other; put it behind the container"
            )


def fold_time(name: str, function: Callable[..., Any], x_seq: torch.Tensor) -> torch.Tensor:
    """Apply a function to all steps of ``[T, N, *]`` at once, as if time were part of the batch.

    Raises:
        ValueError: it gives something else than one output for each sample of each step.
    """
    T, N = x_seq.shape[:2]
    y = function(x_seq.flatten(0, 1))
    if not isinstance(y, torch.Tensor) or y.shape[:1] != (T * N,):
        raise ValueError(f"{name}: the modules gave {shown(y)}; wanted a tensor [{T * N}, *]")
    return y.reshape(T, N, *y.shape[1:])


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

    def _parts(self) -> list[Any]:
        return [m for m in self.modules() if m is not self and hasattr(m, "step_mode")]

    def reset(self) -> None:
        """Forget the past, that of the modules inside too."""
        for module in (super(), *self._parts()):
            getattr(module, "reset", bool)()

    def detach(self) -> None:
        """Cut the states out of the autograd graph, those of the modules inside too."""
        for module in (super(), *self._parts()):
            getattr(module, "detach", bool)()

    def _steps(self, x_seq: torch.Tensor) -> Run:
        y = self._state_for(step_of(x_seq))["y"]
        before = [(m, {**m.__dict__, "step_mode": m.step_mode}) for m in self._parts()]
        outputs = []
        try:
            for module, _ in before:  # each sees one step, so that a BatchNorm beside it does too
                module.__dict__["step_mode"] = "s"
            for x in x_seq.unbind(0):
                back = out = self.feedback(y.to(x.dtype))
                if getattr(back, "shape", None) == x.shape:
                    out = self.layer(x + back)
                if [getattr(z, "shape", None) for z in (back, out)] != [x.shape, x.shape]:
                    raise ValueError(
                        f"Recurrent: an input of shape {list(x.shape)} became {shown(back)} in "
                        f"the feedback and {shown(out)} at the end; both must keep the shape"
                    )
                y = out.to(y.dtype)
                outputs.append(out)
        except BaseException:
            for module, was in before:
                module.__dict__.update(was)
            raise
        for module, was in before:
            module.__dict__["step_mode"] = was["step_mode"]
        return Run(torch.stack(outputs), {"y": y})


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
        y_seq = (x_seq * mask.to(x_seq.dtype)).masked_fill(mask == 0, 0.0)  # 0 · inf is NaN
        return Run(y_seq, {"mask": mask})
