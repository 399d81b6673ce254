"""The exercises of the chapter State."""

import io
from typing import Any

import torch
from torch import nn

from ..functional import reset_net
from ..neuron import IFNode
from .engine import Exercise, NothingReturned, steps
from .trials import sixty_fourths

# --- derive: how far back does the gradient reach? -----------------------------------------------


def _gradient(T: int, k: int) -> float:
    """Return dV[T-1]/dw by running the neuron, detached before the steps k, 2k, 3k, …"""
    w = torch.tensor(0.5, requires_grad=True)
    layer = IFNode(v_threshold=1000.0)
    for t in range(T):
        if t > 0 and t % k == 0:
            layer.detach()
        layer(w.reshape(1))
    layer.v.sum().backward()
    assert w.grad is not None
    return w.grad.item()


# --- build: a layer around `if_step` -------------------------------------------------------------


class _Right(nn.Module):
    """A right answer; the wrong ones below change one thing each."""

    def __init__(self) -> None:
        super().__init__()
        self.reset()

    def reset(self) -> None:
        self.v: Any = 0.0

    def remembered(self, x: torch.Tensor) -> Any:
        if isinstance(self.v, torch.Tensor) and self.v.shape != x.shape:
            raise RuntimeError("v has another shape than x: call reset()")
        return self.v

    def fired(self, h: torch.Tensor) -> torch.Tensor:
        return (h >= 1.0).to(h.dtype)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        h = self.remembered(x) + x
        s = self.fired(h)
        self.v = (1 - s) * h
        return s


class _Forgetful(_Right):
    def remembered(self, x: torch.Tensor) -> Any:
        return torch.zeros_like(x)


class _Silent(_Right):
    def remembered(self, x: torch.Tensor) -> Any:
        return self.v


class _Restarting(_Right):
    def remembered(self, x: torch.Tensor) -> Any:
        fits = isinstance(self.v, torch.Tensor) and self.v.shape == x.shape
        return self.v if fits else 0.0


class _Late(_Right):
    def fired(self, h: torch.Tensor) -> torch.Tensor:
        return (h > 1.0).to(h.dtype)


class _Endless(_Right):
    started = False

    def reset(self) -> None:
        if not self.started:
            self.v = 0.0
        self.started = True


class _Unreset(_Right):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        self.v = self.remembered(x) + x
        return self.fired(self.v)


def _life_of_a_layer(answer: Any, x_seq: torch.Tensor) -> dict[str, Any]:
    layer = answer()
    done = {"S": steps(layer, x_seq)}
    reset_net(nn.Sequential(layer))
    done["S after reset_net"] = steps(layer, x_seq)
    one, more = x_seq[0, :1], torch.cat([x_seq[0]] * 2)
    return done | {
        "a RuntimeError for a batch of 1": _refuses(layer, one),
        "a RuntimeError for a larger batch": _refuses(layer, more),
    }


def _refuses(layer: Any, x: torch.Tensor) -> bool:
    try:
        layer(x)
    except RuntimeError:
        return True
    return False


# --- break: save in the middle of a sequence -----------------------------------------------------

SAVE, LOAD = "save", "load"


def _go_on(answer: dict[str, Any], x_seq: torch.Tensor) -> dict[str, torch.Tensor]:
    """Run ten steps, save, load, and run the rest."""
    layer = IFNode().to(x_seq.device)
    head = steps(layer, x_seq[:10])
    file = io.BytesIO()
    torch.save(answer[SAVE](layer), file)
    file.seek(0)
    loaded = answer[LOAD](torch.load(file, map_location=x_seq.device, weights_only=False))
    if loaded is None:
        raise NothingReturned
    return {"S": torch.cat([head, steps(loaded, x_seq[10:])])}


def _loaded(v: Any) -> IFNode:
    layer = IFNode()
    layer.v = v
    return layer


LINE_1, LINE_2, LINE_3, LINE_4, LINE_5 = (f"v after line {number}" for number in range(1, 6))

EXERCISES = {
    "warm-up": Exercise(
        wanted="Wanted is a list of five: what `layer.v` is after each line, a number or a list.",
        passed="The first input gives v its shape, and `reset()` makes it a number again.",
        right={
            LINE_1: 0.0,
            LINE_2: [1.0, 1.0, 1.0],
            LINE_3: [0.0, 0.0, 0.0],
            LINE_4: 0.0,
            LINE_5: [[0.5, 0.5], [0.5, 0.5]],
        },
        wrong=(
            (
                {LINE_3: [2.0, 2.0, 2.0]},
                "Your neurons do not fire in line 3. But the sum 2 reaches the threshold 2, and to "
                "reach it is enough.",
            ),
            (
                {LINE_3: [1.0, 1.0, 1.0]},
                "Your neurons forget line 2, or they do not add up: in line 3 the second input is "
                "added to the first.",
            ),
            (
                {LINE_4: [0.0, 0.0, 0.0]},
                "After your `reset()` v still has three entries. But `reset()` forgets the shape "
                "too: v is a number again.",
            ),
            (
                {LINE_5: [0.5, 0.5, 0.5]},
                "In line 5 your v has the shape of the earlier input. But after `reset()` the new "
                "input gives it a new shape.",
            ),
            (
                {LINE_1: [0.0, 0.0, 0.0]},
                "Before any input your v has three entries. But the layer does not know yet how "
                "many neurons it has: v is a number.",
            ),
        ),
    ),
    "derive": Exercise(
        wanted="Wanted is a function of T and k that returns dL/dw, a number.",
        passed="It agrees with the gradient that PyTorch computes, for many T and k.",
        right=_gradient,
        cases=lambda: [(10, k) for k in range(1, 11)] + [(7, 3), (12, 4), (9, 20)],
        wrong=(
            (
                lambda T, k: T,
                "Your gradient reaches back to the first step. But the last `detach()` cuts it off "
                "from all that came before.",
            ),
            (
                lambda T, k: k,
                "You always count k steps. But how many steps come after the last `detach()`? It "
                "may have been a moment ago.",
            ),
            (
                lambda T, k: min(T, k),
                "You count k steps. But how many steps come after the last `detach()`? It may have "
                "been a moment ago.",
            ),
            (
                lambda T, k: T % k,
                "Your formula gives 0 where k divides T. But there is no `detach()` after the last "
                "step, so at least one step always counts.",
            ),
            (
                lambda T, k: 1,
                "You count the last step only. That is right for k = 1; for a larger k, more steps "
                "can come after the last `detach()`.",
            ),
        ),
    ),
    "build": Exercise(
        wanted="Wanted is a class derived from `nn.Module`; `forward(x)` returns the spikes.",
        passed="Spikes, reset and the refusal of another shape are those of `neuron.IFNode`.",
        right=_Right,
        run=_life_of_a_layer,
        cases=lambda: [(sixty_fourths(30, 2, 3),)],
        wrong=(
            (
                _Forgetful,
                "Your layer starts each call from 0. It must keep v in `self.v` from call to call.",
            ),
            (
                _Silent,
                "Your layer accepts an input of another shape in silence: PyTorch stretches the "
                "smaller of the two. Compare the shapes, and raise a `RuntimeError`.",
            ),
            (
                _Restarting,
                "Where the shape changes, your layer starts again from 0 in silence. Raise a "
                "`RuntimeError` instead: whoever calls it must decide.",
            ),
            (
                _Late,
                "Your neuron does not fire where the sum is exactly the threshold. To reach it is "
                "enough: `>=`.",
            ),
            (
                _Endless,
                "`functional.reset_net` does not reset your layer. It calls the method `reset()`, "
                "which must set `self.v` back to 0.",
            ),
            (
                _Unreset,
                "Your neuron keeps its potential after a spike. A spike must put it back to 0.",
            ),
        ),
    ),
    "break": Exercise(
        wanted="Wanted are two functions: `save(layer)` and `load(saved)`, which returns a layer.",
        passed="The loaded layer goes on exactly where the saved one had stopped.",
        right={SAVE: lambda layer: layer.v, LOAD: _loaded},
        run=_go_on,
        cases=lambda: [(sixty_fourths(20, 6, seed=1),)],
        wrong=(
            (
                {SAVE: lambda layer: layer.state_dict(), LOAD: lambda saved: IFNode()},
                "Your loaded layer starts from 0: `state_dict()` holds what is learned, and not "
                "what is remembered. Save `layer.v` too, and set it again.",
            ),
            (
                {SAVE: lambda layer: layer.v.mean().item(), LOAD: _loaded},
                "Your loaded layer has one potential for all neurons. Each neuron needs its own.",
            ),
        ),
    ),
}
