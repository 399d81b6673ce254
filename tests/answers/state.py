"""Answers to the exercises of the chapter State."""

import copy
import io
import json
import pickle

import numpy as np
import torch
from torch import nn

from snnbook import functional, neuron
from snnbook.device import book_device

from . import right, wrong

device = book_device()


def if_step(x, v, v_threshold=1.0, v_reset=0.0):
    h = v + x
    s = (h >= v_threshold).to(x.dtype)
    v = s * v_reset + (1.0 - s) * h
    return s, v


# --- warm-up -------------------------------------------------------------------------------------

WARM_UP = "state/warm-up"
HALVES = [[0.5, 0.5], [0.5, 0.5]]

right(WARM_UP)([0.0, [1, 1, 1], [0, 0, 0], 0.0, HALVES])
right(WARM_UP, "integers")([0, [1.0, 1.0, 1.0], (0, 0, 0), 0, HALVES])
right(WARM_UP, "tensors")(
    [torch.tensor(0.0), torch.ones(3), torch.zeros(3), 0.0, torch.full((2, 2), 0.5)]
)
right(WARM_UP, "arrays")([np.float64(0), np.ones(3), np.zeros(3), 0.0, np.full((2, 2), 0.5)])

wrong(WARM_UP, "threshold")([0.0, [1, 1, 1], [2, 2, 2], 0.0, HALVES])
wrong(WARM_UP, "None")([None, [1, 1, 1], [0, 0, 0], None, HALVES])
wrong(WARM_UP, "spikes")([0.0, [0, 0, 0], [1, 1, 1], 0.0, [[0, 0], [0, 0]]])
wrong(WARM_UP, "list")([0.0, 1.0, 0.0, 0.0, 0.5])
wrong(WARM_UP, "number")([[0, 0, 0], [1, 1, 1], [0, 0, 0], [0, 0, 0], HALVES])
wrong(WARM_UP, "number")([0.0, [1, 1, 1], [0, 0, 0], [0, 0, 0], HALVES])
wrong(WARM_UP, "shape|2 x 2|2 × 2")([0.0, [1, 1, 1], [0, 0, 0], 0.0, [0.5, 0.5, 0.5, 0.5]])
wrong(WARM_UP, "reset")([0.0, [1, 1, 1], [0, 0, 0], [0, 0, 0], [0.5, 0.5, 0.5]])
wrong(WARM_UP, "parts")([0.0, [1, 1, 1], [0, 0, 0]])
wrong(WARM_UP, "text")(["0", "1", "0", "0", "0.5"])
wrong(WARM_UP, "shape|list|number")([[], [3], [3], [], [2, 2]])
wrong(WARM_UP, "line 2")([0.0, [0.5, 0.5, 0.5], [0, 0, 0], 0.0, HALVES])
wrong(WARM_UP, "line 5.* too large")([0.0, [1, 1, 1], [0, 0, 0], 0.0, [[1.5, 1.5], [1.5, 1.5]]])


# --- derive --------------------------------------------------------------------------------------

DERIVE = "state/derive"


@right(DERIVE)
def the_formula(T, k):
    return T - k * ((T - 1) // k)


@right(DERIVE)
def remainder(T, k):
    return (T - 1) % k + 1


@right(DERIVE)
def a_loop(T, k):
    slope = 0
    for t in range(T):
        slope = 1 if t % k == 0 else slope + 1
    return slope


@right(DERIVE)
def as_a_float(T, k):
    return float(T % k or k)


@right(DERIVE)
def by_autograd(T, k):
    w = torch.tensor(0.5, requires_grad=True)
    v = torch.zeros(())
    for t in range(T):
        v = (v.detach() if t % k == 0 else v) + w
    v.backward()
    return w.grad


@wrong(DERIVE, "multiple|after the last")
def zero_at_multiples(T, k):
    return T % k


@wrong(DERIVE, "T|depend")
def only_k(T, k):
    return k


@wrong(DERIVE, "detach|depend")
def no_detaching(T, k):
    return T


@wrong(DERIVE, "how often")
def how_often_it_detaches(T, k):
    return T // k


@wrong(DERIVE, "count k steps")
def the_smaller(T, k):
    return min(T, k)


@wrong(DERIVE, "one too|1 less|one less|smaller by 1")
def one_step_short(T, k):
    return (T - 1) % k


@wrong(DERIVE, "one too|1 more|one more|larger by 1")
def one_step_long(T, k):
    return (T - 1) % k + 2


@wrong(DERIVE, "multiple|after the last")
def detaches_after_the_last(T, k):
    return T - k * (T // k)


@wrong(DERIVE, "`//`, k cancels")
def without_the_floor(T, k):
    return T - k * ((T - 1) / k)


@wrong(DERIVE, "1 for every T and k")
def always_one(T, k):
    return 1


@wrong(DERIVE, "order|exchang|swap")
def arguments_swapped(k, T):
    return T - k * ((T - 1) // k)


@wrong(DERIVE, "sign")
def wrong_sign(T, k):
    return k * ((T - 1) // k) - T


@wrong(DERIVE, "print")
def prints(T, k):
    print(T - k * ((T - 1) // k))


@wrong(DERIVE, "text")
def a_text(T, k):
    return str((T - 1) % k + 1)


@wrong(DERIVE, "list")
def a_list(T, k):
    return [(T - 1) % k + 1]


@wrong(DERIVE, "arguments")
def one_argument(T):
    return T


@wrong(DERIVE, "NameError")
def an_unknown_name(T, k):
    return T - k * steps  # noqa: F821


@wrong(DERIVE, "ValueError")
def returns_an_error(T, k):
    return ValueError("k is too large")


@wrong(DERIVE, "True|truth")
def a_truth_value(T, k):
    return k < T


@wrong(DERIVE, "k is greater|k > T|T=.*k=|error")
def fails_for_large_k(T, k):
    if k > T:
        raise ValueError("k is greater than T")
    return (T - 1) % k + 1


calls = []


@wrong(DERIVE, "again|same arguments")
def counts_its_calls(T, k):
    calls.append(T)
    return (T - 1) % k + 1 if len(calls) < 40 else len(calls)


wrong(DERIVE, "result|place of a function", "called")(3)
wrong(DERIVE, "place of a function", "a formula")("T - k * ((T - 1) // k)")


# --- build ---------------------------------------------------------------------------------------

BUILD = "state/build"


@right(BUILD)
class TheSolution(nn.Module):
    def __init__(self):
        super().__init__()
        self.reset()

    def reset(self):
        self.v = 0.0

    def forward(self, x):
        if isinstance(self.v, torch.Tensor) and self.v.shape != x.shape:
            raise RuntimeError(f"v is {list(self.v.shape)}, x is {list(x.shape)}: call reset()")
        s, self.v = if_step(x, self.v)
        return s


@right(BUILD)
class BeginsWithNone(nn.Module):
    def __init__(self):
        super().__init__()
        self.state = None

    def reset(self):
        self.state = None

    def forward(self, x):
        if self.state is None:
            self.state = torch.zeros_like(x)
        elif self.state.size() != x.size():
            raise RuntimeError("another shape")
        s, self.state = if_step(x, self.state)
        return s


@right(BUILD)
class WithABuffer(nn.Module):
    def __init__(self, v_threshold=1.0):
        super().__init__()
        self.v_threshold = v_threshold
        self.register_buffer("v", None)

    def reset(self):
        self.v = None

    def forward(self, x):
        if self.v is None:
            self.v = torch.zeros_like(x)
        if x.shape != self.v.shape:
            raise RuntimeError(f"{x.shape} after {self.v.shape}")
        spike, self.v = if_step(x, self.v, self.v_threshold)
        return spike


@right(BUILD)
class WritesTheStepOut(nn.Module):
    v = 0.0

    def reset(self):
        self.v = 0.0

    def forward(self, x):
        if torch.is_tensor(self.v) and tuple(self.v.shape) != tuple(x.shape):
            raise RuntimeError("reset first")
        h = self.v + x
        s = (h >= 1).to(x)
        self.v = torch.where(s > 0, torch.zeros_like(h), h)
        return s


@wrong(BUILD, "shape")
class ComparesTheNumber(TheSolution):
    def forward(self, x):
        if isinstance(self.v, torch.Tensor) and self.v.numel() != x.numel():
            raise RuntimeError("another number of neurons")
        self.v = self.v if isinstance(self.v, float) else self.v.reshape(x.shape)
        s, self.v = if_step(x, self.v)
        return s


@wrong(BUILD, "shape")
class ComparesTheBatch(TheSolution):
    def forward(self, x):
        if isinstance(self.v, torch.Tensor) and len(self.v) != len(x):
            raise RuntimeError("another batch")
        s, self.v = if_step(x, self.v)
        return s


@wrong(BUILD, "shape")
class ComparesTheLastDimension(TheSolution):
    def forward(self, x):
        if isinstance(self.v, torch.Tensor) and self.v.shape[-1] != x.shape[-1]:
            raise RuntimeError("other features")
        s, self.v = if_step(x, self.v)
        return s


@wrong(BUILD, "shape")
class ComparesNothing(TheSolution):
    def forward(self, x):
        s, self.v = if_step(x, self.v)
        return s


@wrong(BUILD, "goes on from another state")
class ComparesTooLate(TheSolution):
    def forward(self, x):
        before = self.v
        s, self.v = if_step(x, before)
        if isinstance(before, torch.Tensor) and before.shape != x.shape:
            raise RuntimeError("another shape")
        return s


@wrong(BUILD, "wanted is 0, yours is 1")
class FiresALittleEarly(TheSolution):
    def forward(self, x):
        if isinstance(self.v, torch.Tensor) and self.v.shape != x.shape:
            raise RuntimeError("another shape")
        h = self.v + x
        s = (h > 0.9999).to(x.dtype)
        self.v = (1 - s) * h
        return s


@wrong(BUILD, "Only some of your neurons")
class ComputesInFloat32(TheSolution):
    def forward(self, x):
        return super().forward(x.float()).to(x.dtype)


@wrong(BUILD, "shape")
class ResetsByItself(TheSolution):
    def forward(self, x):
        if isinstance(self.v, torch.Tensor) and self.v.shape != x.shape:
            self.reset()
        s, self.v = if_step(x, self.v)
        return s


@wrong(BUILD, "reset")
class ResetsToZerosOfTheShape(TheSolution):
    def reset(self):
        v = getattr(self, "v", 0.0)
        self.v = torch.zeros_like(v) if torch.is_tensor(v) else 0.0


@wrong(BUILD, "reset")
class ResetDoesNothing(TheSolution):
    def __init__(self):
        super().__init__()
        self.v = 0.0

    def reset(self):
        pass


@wrong(BUILD, "reset")
class HasNoReset(nn.Module):
    def __init__(self):
        super().__init__()
        self.v = 0.0

    def forward(self, x):
        if isinstance(self.v, torch.Tensor) and self.v.shape != x.shape:
            raise RuntimeError("another shape")
        s, self.v = if_step(x, self.v)
        return s


@wrong(BUILD, "reset")
class NamesItOtherwise(HasNoReset):
    def reset_state(self):
        self.v = 0.0


@wrong(BUILD, "gradient")
class WithoutGradients(TheSolution):
    @torch.no_grad()
    def forward(self, x):
        return super().forward(x)


@wrong(BUILD, "gradient")
class Detaches(TheSolution):
    def forward(self, x):
        s = super().forward(x)
        self.v = self.v.detach()
        return s


@wrong(BUILD, "gradient")
class DetachesBefore(TheSolution):
    def forward(self, x):
        if isinstance(self.v, torch.Tensor):
            self.v = self.v.detach()
        return super().forward(x)


@wrong(BUILD, "derived from `neuron.IFNode`")
class Inherits(neuron.IFNode):
    pass


wrong(BUILD, "class of the library")(neuron.IFNode)


@right(BUILD)
class AroundAnotherLayer(nn.Module):
    def __init__(self):
        super().__init__()
        self.node = neuron.IFNode()

    def reset(self):
        self.node.reset()

    def forward(self, x):
        return self.node(x)


@wrong(BUILD, "share their state")
class KeepsTheStateInTheClass(nn.Module):
    v = 0.0

    def __init__(self):
        super().__init__()
        self.reset()

    def reset(self):
        type(self).v = 0.0

    def forward(self, x):
        cls = type(self)
        if isinstance(cls.v, torch.Tensor) and cls.v.shape != x.shape:
            raise RuntimeError("another shape")
        s, cls.v = if_step(x, cls.v)
        return s


potential = 0.0


@wrong(BUILD, "share their state")
class KeepsTheStateInAGlobal(nn.Module):
    def __init__(self):
        super().__init__()
        self.reset()

    def reset(self):
        global potential
        potential = 0.0

    def forward(self, x):
        global potential
        if isinstance(potential, torch.Tensor) and potential.shape != x.shape:
            raise RuntimeError("another shape")
        s, potential = if_step(x, potential)
        return s


@wrong(BUILD, "ValueError")
class RaisesAnotherError(TheSolution):
    def forward(self, x):
        if isinstance(self.v, torch.Tensor) and self.v.shape != x.shape:
            raise ValueError("another shape")
        s, self.v = if_step(x, self.v)
        return s


@wrong(BUILD, "AssertionError")
class Asserts(TheSolution):
    def forward(self, x):
        if isinstance(self.v, torch.Tensor):
            assert self.v.shape == x.shape, "another shape"
        s, self.v = if_step(x, self.v)
        return s


@wrong(BUILD, "return.*raise")
class ReturnsTheError(TheSolution):
    def forward(self, x):
        if isinstance(self.v, torch.Tensor) and self.v.shape != x.shape:
            return RuntimeError("another shape")
        s, self.v = if_step(x, self.v)
        return s


@wrong(BUILD, "raise|print|shape")
class PrintsTheError(TheSolution):
    def forward(self, x):
        if isinstance(self.v, torch.Tensor) and self.v.shape != x.shape:
            print("another shape!")
            return None
        s, self.v = if_step(x, self.v)
        return s


@wrong(BUILD, "potential")
class ReturnsThePotential(TheSolution):
    def forward(self, x):
        super().forward(x)
        return self.v


@wrong(BUILD, "tuple of 2 tensors")
class ReturnsBoth(TheSolution):
    def forward(self, x):
        return super().forward(x), self.v


@wrong(BUILD, "threshold")
class FiresAboveOnly(TheSolution):
    def forward(self, x):
        if isinstance(self.v, torch.Tensor) and self.v.shape != x.shape:
            raise RuntimeError("another shape")
        h = self.v + x
        s = (h > 1.0).to(x.dtype)
        self.v = (1 - s) * h
        return s


@wrong(BUILD, "soft|subtract")
class ResetsSoftly(TheSolution):
    def forward(self, x):
        if isinstance(self.v, torch.Tensor) and self.v.shape != x.shape:
            raise RuntimeError("another shape")
        h = self.v + x
        s = (h >= 1.0).to(x.dtype)
        self.v = h - s
        return s


@wrong(BUILD, "dtype")
class AlwaysFloat32(TheSolution):
    def forward(self, x):
        return super().forward(x).float()


@wrong(BUILD, "True|bool")
class TruthValues(TheSolution):
    def forward(self, x):
        return super().forward(x).bool()


@wrong(BUILD, "keep|forget|between calls")
class Forgets(TheSolution):
    def forward(self, x):
        s, _ = if_step(x, 0.0)
        return s


@wrong(BUILD, "in place|changes")
class AddsInPlace(TheSolution):
    def forward(self, x):
        if isinstance(self.v, torch.Tensor) and self.v.shape != x.shape:
            raise RuntimeError("another shape")
        x += self.v
        s = (x >= 1.0).to(x.dtype)
        self.v = (1 - s) * x
        return s


@wrong(BUILD, "reset")
class NeverResetsAfterASpike(TheSolution):
    def forward(self, x):
        if isinstance(self.v, torch.Tensor) and self.v.shape != x.shape:
            raise RuntimeError("another shape")
        self.v = self.v + x
        return (self.v >= 1.0).to(x.dtype)


@wrong(BUILD, "arguments|x")
class TakesTheStateAsAnArgument(nn.Module):
    def reset(self):
        pass

    def forward(self, x, v):
        return if_step(x, v)


@wrong(BUILD, "derived|nn.Module|Module")
class IsNoModule:
    def __init__(self):
        self.v = 0.0

    def reset(self):
        self.v = 0.0

    def __call__(self, x):
        if isinstance(self.v, torch.Tensor) and self.v.shape != x.shape:
            raise RuntimeError("another shape")
        s, self.v = if_step(x, self.v)
        return s


@wrong(BUILD, "AttributeError")
class ForgetsSuper(nn.Module):
    def __init__(self):
        self.layer = nn.Identity()
        self.v = 0.0

    def reset(self):
        self.v = 0.0

    def forward(self, x):
        s, self.v = if_step(x, self.v)
        return s


@wrong(BUILD, "argument")
class NeedsAnArgument(TheSolution):
    def __init__(self, shape):
        super().__init__()
        self.shape = shape


@wrong(BUILD, "print|nothing")
class PrintsTheSpikes(TheSolution):
    def forward(self, x):
        print(super().forward(x))


wrong(BUILD, "object", "an object")(TheSolution())
wrong(BUILD, "place of a class", "a function")(if_step)


# --- break ---------------------------------------------------------------------------------------

BREAK = "state/break"


def save(layer):
    return {"weights": layer.state_dict(), "v": layer.v}


def load(saved):
    layer = neuron.IFNode().to(device)
    layer.load_state_dict(saved["weights"])
    layer.v = saved["v"]
    return layer


def plain_save(layer):
    return layer.state_dict()


def plain_load(saved):
    layer = neuron.IFNode().to(device)
    layer.load_state_dict(saved)
    return layer


def load_potential(saved):
    layer = neuron.IFNode().to(device)
    layer.v = saved
    return layer


right(BREAK, "the solution")([save, load])
right(BREAK, "the potential alone")([lambda layer: layer.v, load_potential])
right(BREAK, "a clone")([lambda layer: layer.v.detach().clone(), load_potential])


def load_list(saved):
    return load_potential(torch.tensor(saved, device=device))


right(BREAK, "a list")([lambda layer: layer.v.tolist(), load_list])
right(BREAK, "an array")([lambda layer: layer.v.cpu().numpy(), load_list])
right(BREAK, "JSON")(
    [lambda layer: json.dumps(layer.v.tolist()), lambda s: load_list(json.loads(s))]
)


def save_with_mode(layer):
    return dict(layer.state_dict(), v=layer.v, mode=layer.step_mode)


def load_with_mode(saved):
    layer = neuron.IFNode(step_mode=saved.pop("mode")).to(device)
    layer.v = saved.pop("v")
    layer.load_state_dict(saved)
    return layer


right(BREAK, "in the state_dict")([save_with_mode, load_with_mode])

wrong(BREAK, "reset|starts|from 0|potential", "as given")([plain_save, plain_load])
wrong(BREAK, "file", "the layer itself")([lambda layer: layer, lambda saved: saved])
wrong(BREAK, "file", "a copy of the layer")([copy.deepcopy, lambda saved: saved])
wrong(BREAK, "file", "the layer in a dict")([lambda layer: {"layer": layer}, lambda s: s["layer"]])


def load_forgetting(saved):
    layer = neuron.IFNode().to(device)
    layer.load_state_dict(saved["weights"])
    return layer


wrong(BREAK, "starts|from 0|potential", "saved and not loaded")([save, load_forgetting])


def load_then_reset(saved):
    layer = load(saved)
    layer.reset()
    return layer


wrong(BREAK, "starts|from 0|potential|reset", "reset after loading")([save, load_then_reset])


def save_after_reset(layer):
    layer.reset()
    return save(layer)


wrong(BREAK, "starts|from 0|potential|reset", "reset before saving")([save_after_reset, load])


def save_then_reset(layer):
    saved = save(layer)
    layer.reset()
    return saved


wrong(BREAK, "reset|changes", "reset after saving")([save_then_reset, load])

kept = {}


def save_in_a_global(layer):
    kept["v"] = layer.v
    return layer.state_dict()


def load_from_a_global(saved):
    layer = plain_load(saved)
    layer.v = kept["v"]
    return layer


wrong(BREAK, "global|outside|another", "in a global")([save_in_a_global, load_from_a_global])


def load_without_return(saved):
    load(saved)


wrong(BREAK, "nothing|None", "load returns nothing")([save, load_without_return])


def save_without_return(layer):
    torch.save(save(layer), io.BytesIO())


wrong(BREAK, "nothing|None", "save returns nothing")([save_without_return, load])
wrong(BREAK, "functions|parts", "one function")(save)
wrong(BREAK, "parts|2", "one function in a list")([save])
wrong(BREAK, "Error", "swapped")([load, save])


def load_mean(saved):
    layer = neuron.IFNode().to(device)
    layer.v = saved["v"].mean().expand_as(saved["v"]).clone()
    return layer


wrong(BREAK, "differ|other spikes|potential", "the mean potential")([save, load_mean])


def load_rounded(saved):
    layer = neuron.IFNode().to(device)
    layer.v = saved["v"].mul(10).round().div(10)
    return layer


wrong(BREAK, "differ|other spikes|potential", "rounded")([save, load_rounded])

right(BREAK, "float64")([lambda layer: layer.v.double(), lambda v: load_potential(v.float())])
wrong(BREAK, "Only some of your neurons", "four digits")(
    [lambda layer: layer.v.round(decimals=4), load_potential]
)


def save_spikes(layer):
    return {"weights": layer.state_dict(), "v": (layer.v >= 1).float()}


wrong(BREAK, "differ|other spikes|potential|from 0", "spikes saved")([save_spikes, load])


def load_soft(saved):
    layer = neuron.IFNode(v_reset=None).to(device)
    layer.v = saved["v"]
    return layer


wrong(BREAK, "differ|soft|other spikes", "another reset")([save, load_soft])
wrong(BREAK, "layer", "load returns the potential")([save, lambda saved: saved["v"]])


def load_and_run(saved):
    return functional.multi_step_forward(torch.zeros(10, 6, device=device), load(saved))


wrong(BREAK, "layer", "load runs it")([save, load_and_run])
wrong(BREAK, "KeyError", "another key")([lambda layer: {"V": layer.v}, load])
wrong(BREAK, "file", "a function")(
    [lambda layer: lambda: layer.v, lambda saved: load_potential(saved())]
)


def save_bytes(layer):
    return pickle.dumps(layer.v.cpu())


right(BREAK, "bytes")([save_bytes, lambda saved: load_potential(pickle.loads(saved).to(device))])
