"""The exercises of the chapter State."""

import io
import pickle
from collections.abc import Iterator
from typing import Any

import torch
from torch import nn

from ...device import book_device
from ...functional import reset_net, run
from ...neuron import IFNode
from ..engine import Exercise
from ..kinds import check_kind, thing
from ..sentences import Misfit, Unwritten
from ..trials import sixty_fourths, steps
from ..watching import kept

__all__ = ["EXERCISES"]

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

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if isinstance(self.v, torch.Tensor) and self.v.shape != x.shape:
            raise RuntimeError("v has another shape than x: call reset()")
        h = self.charged(x)
        s = self.fired(h)
        self.v = self.left(h, s)
        return s

    def charged(self, x: torch.Tensor) -> torch.Tensor:
        h: torch.Tensor = self.v + x
        return h

    def fired(self, h: torch.Tensor) -> torch.Tensor:
        return (h >= 1.0).to(h.dtype)

    def left(self, h: torch.Tensor, s: torch.Tensor) -> torch.Tensor:
        return (1 - s) * h


class _Forgetful(_Right):
    def charged(self, x: torch.Tensor) -> torch.Tensor:
        return x


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
    def left(self, h: torch.Tensor, s: torch.Tensor) -> torch.Tensor:
        return h


class _Soft(_Right):
    def left(self, h: torch.Tensor, s: torch.Tensor) -> torch.Tensor:
        return h - s


class _Potential(_Right):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        super().forward(x)
        v: torch.Tensor = self.v
        return v


SPIKES, RESET, TWO, SHAPES, GRADIENT = "spikes", "reset", "two layers", "shapes", "gradient"


def _life_of_a_layer(answer: Any, x_seq: torch.Tensor, look_at: str) -> dict[str, torch.Tensor]:
    """Run a layer, and look at one of the things that it must do."""
    if issubclass(answer, IFNode):
        raise Misfit("inherited")
    layer, other = answer(), answer()
    done = {"S": steps(layer, x_seq)}
    if look_at == RESET:
        if not callable(getattr(layer, "reset", None)):
            raise Misfit("no-reset")
        for _ in range(2):
            reset_net(nn.Sequential(layer))
            done["S after reset_net"] = steps(layer, x_seq)
    elif look_at == TWO:
        layer, alone = answer(), done["S"]
        in_turn = torch.stack([(layer(x), other(2 * x))[0] for x in x_seq])
        if not torch.equal(in_turn, alone):
            raise Misfit("shared")
    elif look_at == SHAPES:
        _refuse_other_shapes(answer, x_seq[0])
    elif look_at == GRADIENT:
        _keep_the_gradient(answer, x_seq)
    return done


def _others(shape: torch.Size) -> Iterator[tuple[int, ...]]:
    """Shapes that are near to one: other dimensions, as many numbers, more or fewer of them."""
    for i, n in enumerate(shape):
        yield (*shape[:i], 2 * n, *shape[i + 1 :])
        if n > 1:
            yield (*shape[:i], 1, *shape[i + 1 :])
    yield (1, *shape)
    yield (*shape, 1)
    yield (shape.numel(),) if len(shape) > 1 else (1, shape.numel())
    if tuple(shape) != tuple(shape[::-1]):
        yield tuple(shape[::-1])


def _refuse_other_shapes(answer: Any, x: torch.Tensor) -> None:
    for shape in _others(x.shape):
        layer, strange = answer(), x.new_full(shape, 0.25)
        layer(x)
        try:
            given = layer(strange)
        except RuntimeError:
            pass
        except Exception as error:
            raise Misfit("another-error", type=type(error).__name__) from error
        else:
            if not isinstance(given, torch.Tensor):
                raise Misfit("not-raised", given=thing(given))
            raise Misfit("accepted", shape=list(shape), before=list(x.shape))
        if not torch.equal(layer(x), _second(x)):
            raise Misfit("moved")
        layer.reset()
        try:
            layer(strange)
        except RuntimeError:
            raise Misfit("stuck", shape=list(shape), before=list(x.shape)) from None


def _second(x: torch.Tensor) -> torch.Tensor:
    """Return the spikes of a second step with the same input."""
    layer = _Right()
    layer(x)
    return layer.forward(x)


def _near(dtype: torch.dtype, bits: int) -> torch.Tensor:
    """Return inputs that bring neurons to their threshold, or so many binary digits beside it."""
    below, at, above = 1 - 2.0**-bits, 1.0, 1 + 2.0**-bits
    rows = [[below, at, above, 0.5], [1 - below, below, at, 0.5], [0.25, 0.25, below, at]]
    return torch.tensor(rows, dtype=dtype, device=book_device())


def _keep_the_gradient(answer: Any, x_seq: torch.Tensor) -> None:
    """Look for the state among what the layer keeps; a gradient must flow through it."""
    layer, x = answer(), x_seq.detach().clone().requires_grad_()
    reference = _Right()
    for step in x:
        layer(step)
        reference(step)
    found = [v for v in _tensors(layer) if v.shape == x[0].shape and torch.equal(v, reference.v)]
    reached = _reached(reference.v, x)
    if found and not any((_reached(v, x) | ~reached).all() for v in found):
        raise Misfit("cut")


def _reached(v: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    """Return to which inputs a gradient flows from the state."""
    if not v.requires_grad:
        return torch.zeros_like(x, dtype=torch.bool)
    one = torch.autograd.grad(v.sum(), x, retain_graph=True, materialize_grads=True)
    return one[0] != 0


def _tensors(value: Any) -> Iterator[torch.Tensor]:
    """Yield the tensors that something keeps."""
    value = vars(value) if isinstance(value, nn.Module) else value
    if isinstance(value, torch.Tensor):
        yield value
    elif isinstance(value, (dict, list, tuple)):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _tensors(part)


# --- break: save in the middle of a sequence -----------------------------------------------------

SAVE, LOAD = "save", "load"


def _through_a_file(saved: Any, device: torch.device) -> Any:
    """Return what `torch.load` reads, or `pickle` where it reads less; no layer, no code."""
    try:
        file = io.BytesIO()
        torch.save(saved, file)
        file.seek(0)
        return torch.load(file, map_location=device, weights_only=True)
    except Exception as error:
        if isinstance(saved, nn.Module) or callable(saved) or _holds_a_module(saved):
            raise Misfit("no-data", given=thing(saved)) from error
    try:
        return pickle.loads(pickle.dumps(saved))
    except Exception as error:
        raise Misfit("no-data", given=thing(saved)) from error


def _holds_a_module(value: Any) -> bool:
    parts = value.values() if isinstance(value, dict) else value
    inside = isinstance(value, (dict, list, tuple, set)) and any(map(_holds_a_module, parts))
    return isinstance(value, nn.Module) or inside


def _at_the_threshold(x_seq: torch.Tensor, pause: int) -> torch.Tensor:
    """Return the input, changed so that the first step after the pause ends at the threshold.

    Every other neuron stays a little below it: so each potential must be loaded exactly.
    """
    x_seq = x_seq.clone()
    v = run(IFNode(), x_seq[:pause])[1]["v"]
    x_seq[pause] = 1 - v
    x_seq[pause].flatten()[::2] -= 2.0**-20
    return x_seq


def _go_on(answer: dict[str, Any], x_seq: torch.Tensor, pause: int) -> dict[str, torch.Tensor]:
    """Run two layers, save both, load both, and run the rest of each."""
    sequences = x_seq, x_seq.flip(0, 1)
    heads, files = [], []
    for sequence in sequences:
        layer = IFNode().to(x_seq.device)
        heads.append(steps(layer, sequence[:pause]))
        before = kept(layer.v)
        saved = answer[SAVE](layer)
        if saved is ...:
            raise Unwritten
        if saved is None:
            raise Misfit("saves-nothing")
        if not isinstance(layer.v, torch.Tensor) or not torch.equal(before, layer.v):
            raise Misfit("disturbed")
        files.append(_through_a_file(saved, x_seq.device))
    layers = [answer[LOAD](file) for file in files]
    if any(layer is ... for layer in layers):
        raise Unwritten
    if any(layer is None for layer in layers):
        raise Misfit("loads-nothing")
    for layer in layers:
        check_kind("layer", layer, LOAD)
    tails = [steps(layer, seq[pause:]) for layer, seq in zip(layers, sequences, strict=True)]
    first, second = (torch.cat(pair) for pair in zip(heads, tails, strict=True))
    return {"S": first, "S of a second layer": second}


def _loaded(v: Any) -> IFNode:
    layer = IFNode()
    layer.v = v
    return layer


def _loaded_soft(v: Any) -> IFNode:
    layer = IFNode(v_reset=None)
    layer.v = v
    return layer


def _other_than(v: torch.Tensor) -> IFNode:
    return _loaded(v.mul(10).round().div(10))


_seen: list[Any] = []


def _remember(layer: Any) -> dict[str, Any]:
    _seen.append(layer.v)
    return {}


def _remembered(saved: Any) -> IFNode:
    return _loaded(_seen[-1])


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
        wrong={
            "spikes": (
                {LINE_2: [0.0, 0.0, 0.0], LINE_3: [1.0, 1.0, 1.0]},
                "These are the spikes that the calls return. `layer.v` is the potential that is "
                "left after them.",
            ),
            "strict": (
                {LINE_3: [2.0, 2.0, 2.0]},
                "Your neurons do not fire in line 3. But the sum 2 reaches the threshold 2, and to "
                "reach it is enough.",
            ),
            "no-sum": (
                {LINE_3: [1.0, 1.0, 1.0]},
                "Your neurons forget line 2, or they do not add up: in line 3 the second input is "
                "added to the first.",
            ),
            "reset-keeps-shape": (
                {LINE_4: [0.0, 0.0, 0.0]},
                "After your `reset()` v still has three entries. But `reset()` forgets the shape "
                "too: v is a number again.",
            ),
            "old-shape": (
                {LINE_5: [0.5, 0.5, 0.5]},
                "In line 5 your v has the shape of the earlier input. But after `reset()` the new "
                "input gives it a new shape.",
            ),
            "shape-at-once": (
                {LINE_1: [0.0, 0.0, 0.0]},
                "Before any input your v has three entries. But the layer does not know yet how "
                "many neurons it has: v is a number.",
            ),
        },
    ),
    "derive": Exercise(
        wanted="Wanted is a function of T and k that returns dL/dw, a number.",
        passed="It agrees with the gradient that PyTorch computes, for many T and k.",
        right=_gradient,
        kinds="number",
        cases=lambda: [
            *((10, k) for k in range(1, 11)),
            *((T, 3) for T in range(1, 10)),
            *((12, 4), (9, 20), (1, 1), (40, 7), (61, 11), (32, 32)),
        ],
        wrong={
            "all": (
                lambda T, k: T,
                "Your gradient reaches back to the first step. But the last `detach()` cuts it off "
                "from all that came before.",
            ),
            "always-k": (
                lambda T, k: k,
                "You always count k steps. But how many steps come after the last `detach()`? It "
                "may have been a moment ago.",
            ),
            "k-at-most": (
                lambda T, k: min(T, k),
                "You count k steps. But how many steps come after the last `detach()`? It may have "
                "been a moment ago.",
            ),
            "zero": (
                lambda T, k: T % k,
                "Your formula gives 0 where k divides T. But there is no `detach()` after the last "
                "step, so at least one step always counts.",
            ),
            "last-only": (
                lambda T, k: 1,
                "Your result is 1 for every T and k, so you count the last step only. More steps "
                "can come after the last `detach()`. (With `/` in place of `//`, k cancels.)",
            ),
            "blocks": (
                lambda T, k: T // k,
                "You count how often k steps fit into T. But the steps after the last `detach()` "
                "are wanted.",
            ),
            "up-to-the-cut": (
                lambda T, k: k * ((T - 1) // k),
                "You count the steps before the last `detach()`. Those after it are wanted.",
            ),
        },
    ),
    "build": Exercise(
        wanted="Wanted is a class derived from `nn.Module`; `forward(x)` returns the spikes.",
        passed="Spikes, reset and the refusal of another shape are those of `neuron.IFNode`.",
        right=_Right,
        run=_life_of_a_layer,
        cases=lambda: [
            (x_seq, look_at)
            for look_at in (SPIKES, RESET, TWO, SHAPES, GRADIENT)
            for x_seq in (
                sixty_fourths(30, 2, 3),
                sixty_fourths(12, 4, seed=1).double(),
                sixty_fourths(9, 2, 1, 3, high=2.0, seed=2) - 0.5,
                _near(torch.float32, 20),
                _near(torch.float64, 40),
            )
        ],
        says={
            "inherited": "Your class is derived from `neuron.IFNode`, which does all this already. "
            "Derive it from `nn.Module`, and keep the state of `if_step` yourself.",
            "no-reset": "Your layer has no method `reset()`, so `functional.reset_net` passes by.",
            "shared": "Two layers of your class share their state: when they run in turn, one gets "
            "the other's. Keep it in `self`, and not in the class or in a global name.",
            "accepted": "Your layer accepts an input of another shape in silence: {shape} after "
            "{before}. Compare the whole shapes, and raise a `RuntimeError`. To start again from 0 "
            "is no help: whoever calls it must decide.",
            "not-raised": "Where the shape changes, your layer returns {given}. Raise the error: "
            "`raise RuntimeError(…)`, and not `return` or `print`.",
            "another-error": "Where the shape changes, your layer raises `{type}`. Wanted is a "
            "`RuntimeError`.",
            "moved": "After your layer has refused an input, it goes on from another state than "
            "before. Compare the shapes first, and change `self.v` only then.",
            "stuck": "After `reset()` your layer still refuses an input of another shape: {shape} "
            "after {before}. `reset()` forgets the shape too, as with `self.v = 0.0`.",
            "cut": "Your layer cuts the gradient off at its state, with `detach()`, `no_grad` or "
            "the like. The potential of a step must depend on all inputs before it.",
        },
        wrong={
            "forgetful": (
                _Forgetful,
                "Your layer starts each call from 0. It must keep v in `self.v` from call to call.",
            ),
            "strict": (
                _Late,
                "Your neuron does not fire where the sum is exactly the threshold. To reach it is "
                "enough: `>=`.",
            ),
            "endless": (
                _Endless,
                "`functional.reset_net` does not reset your layer. It calls the method `reset()`, "
                "which must set `self.v` back to 0.",
            ),
            "unreset": (
                _Unreset,
                "Your neuron keeps its potential after a spike. A spike must reset it to 0.",
            ),
            "soft": (
                _Soft,
                "Your spike subtracts the threshold, a soft reset. `if_step` resets to 0.",
            ),
            "potential": (
                _Potential,
                "Your layer returns its potential. Wanted are the spikes.",
            ),
        },
    ),
    "break": Exercise(
        wanted="Wanted are two functions: `save(layer)` and `load(saved)`, which returns a layer.",
        passed="The loaded layer goes on exactly where the saved one had stopped.",
        right={SAVE: lambda layer: layer.v, LOAD: _loaded},
        run=_go_on,
        cases=lambda: [
            (sixty_fourths(20, 6, seed=1), 10),
            (sixty_fourths(25, 2, 4, seed=3), 3),
            (_at_the_threshold(sixty_fourths(16, 8, seed=5), 7), 7),
        ],
        says={
            "no-data": "What your `save` returns can't be written into a file as data: it is "
            "{given}. Save numbers, tensors and texts, alone or in lists and dicts. `torch.load` "
            "refuses a layer and other code, and `load` makes a new layer.",
            "disturbed": "Your `save` changes the layer that it saves: its potential is another "
            "one afterwards, or it was reset.",
            "saves-nothing": "Your `save` returned `None`. What it returns is written into the "
            "file.",
            "loads-nothing": "Your `load` returned `None`. It must return the new layer.",
        },
        wrong={
            "weights-only": (
                {SAVE: lambda layer: layer.state_dict(), LOAD: lambda saved: IFNode()},
                "Your loaded layer starts from 0: `state_dict()` holds what is learned, and not "
                "what is remembered. Save `layer.v` too, set it again, and do not reset it.",
            ),
            "mean": (
                {SAVE: lambda layer: layer.v.mean().item(), LOAD: _loaded},
                "Your loaded layer has one potential for all neurons. Each neuron needs its own.",
            ),
            "global": (
                {SAVE: _remember, LOAD: _remembered},
                "What your `load` needs is not in the file: it lies in a global name, which is "
                "gone when the program stops, and which another layer may have written.",
            ),
            "rounded": (
                {SAVE: lambda layer: layer.v, LOAD: _other_than},
                "Your loaded layer has other potentials than the saved one. Save them unrounded.",
            ),
            "soft": (
                {SAVE: lambda layer: layer.v, LOAD: _loaded_soft},
                "Your loaded layer has a soft reset. Make it as the saved one: `neuron.IFNode()`.",
            ),
        },
    ),
}
