"""What other libraries do, recorded from their own runs: the book's sentences rest on it.

`make test-peers` makes the libraries' environment, runs this file in it, and compares with the
records in tests/peers. `.venv-peers/bin/python tools/peers.py --write` writes the records anew.
A fact is a function that runs a library and returns numbers, words, lists and dictionaries of
them. Beside each value a record keeps a hash of the function, so that tests/test_in_the_wild.py
notices a fact that was changed and not run again.
"""

import argparse
import hashlib
import importlib.metadata
import inspect
import json
import math
import os
import platform
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
RECORDS = ROOT / "tests" / "peers"
ENVIRONMENT = ROOT / ".venv-peers"
PEERS = (
    ("spikingjelly", "0.0.0.0.14"),
    ("spikingjelly", "2.0.0"),
    ("snntorch", "1.0.0"),
    ("norse", "1.1.0"),
)

Fact = Callable[[], Any]
FACTS: dict[str, dict[str, Fact]] = {library: {} for library, _ in PEERS}


def fact(library: str) -> Callable[[Fact], Fact]:
    """Register a function as a fact of a library; its name without the library names the fact."""

    def register(function: Fact) -> Fact:
        FACTS[library][function.__name__.removeprefix(f"{library}_")] = function
        return function

    return register


def outcome(call: Callable[[], Any]) -> Any:
    """What a call returns, or the kind and the text of its error."""
    try:
        return call()
    except Exception as error:  # noqa: BLE001 - any error is the answer
        return {"error": type(error).__name__, "text": str(error).split("\n")[0]}


def through_reset(step: Callable[[Any, Any], tuple[Any, Any]], state: Any) -> list[float]:
    """d v[2] / d x for x = 0.6, 0.7, 0.9, where a step takes (x, state) and gives (v, state)."""
    import torch

    x_seq = torch.tensor([[0.6], [0.7], [0.9]], requires_grad=True)
    for x in x_seq:
        v, state = step(x, state)
    (slope,) = torch.autograd.grad(v.sum(), x_seq)
    return slope.flatten().tolist()


# ------------------------------------------------------------------------------------ SpikingJelly


@fact("spikingjelly")
def spikingjelly_defaults():
    """What a layer has that nobody has told anything."""
    from spikingjelly.activation_based import neuron

    layer = neuron.LIFNode()
    names = ("tau", "decay_input", "v_threshold", "v_reset", "detach_reset", "step_mode", "backend")
    values = {name: getattr(layer, name, None) for name in names}
    return values | {"surrogate": type(layer.surrogate_function).__name__}


@fact("spikingjelly")
def spikingjelly_default_slopes():
    """The surrogate gradient of a LIFNode at u = -1, 0, 1, and its alpha."""
    import torch
    from spikingjelly.activation_based import neuron

    theta = neuron.LIFNode().surrogate_function
    u = torch.tensor([-1.0, 0.0, 1.0], requires_grad=True)
    theta(u).sum().backward()
    return {"alpha": theta.alpha, "slopes": u.grad.tolist()}


@fact("spikingjelly")
def spikingjelly_names():
    """Where the functions live whose names this book has taken over."""
    from spikingjelly import visualizing
    from spikingjelly.activation_based import functional, neuron

    helpers = ("set_step_mode", "multi_step_forward", "seq_to_ann_forward", "reset_net")
    pictures = ("plot_2d_heatmap", "plot_1d_spikes", "plot_one_neuron_v_s", "plot_2d_feature_map")
    return {
        "functional": [name for name in (*helpers, "detach_net") if hasattr(functional, name)],
        "visualizing": {
            name: list(inspect.signature(getattr(visualizing, name)).parameters)
            for name in (*pictures, "plot_2d_bar_in_3d")
        },
        "layer": [
            name for name in ("step_mode", "supported_backends") if hasattr(neuron.LIFNode(), name)
        ],
        "first argument of multi_step_forward": next(
            iter(inspect.signature(functional.multi_step_forward).parameters)
        ),
    }


@fact("spikingjelly")
def spikingjelly_state():
    """The potential before and after an input, and what is saved."""
    import torch
    from spikingjelly.activation_based import neuron

    layer = neuron.IFNode()
    before = layer.v
    layer(torch.full((2, 3), 0.25))
    return {
        "before": torch.as_tensor(before).tolist(),
        "after": layer.v.tolist(),
        "state_dict": list(layer.state_dict()),
    }


@fact("spikingjelly")
def spikingjelly_another_batch():
    """A batch of 5 after one of 8 and after one of 1, each 0.25, without a reset."""
    import torch
    from spikingjelly.activation_based import neuron

    def after(first):
        layer = neuron.IFNode()
        layer(torch.full((first, 3), 0.25))
        layer(torch.full((5, 3), 0.25))
        return layer.v.tolist()

    return {str(first): outcome(lambda first=first: after(first)) for first in (8, 1)}


@fact("spikingjelly")
def spikingjelly_a_layer_added_later():
    """Whether reset_net has reset each of two layers; the second came after the first call."""
    import torch
    from spikingjelly.activation_based import functional, neuron

    net = torch.nn.Sequential(neuron.IFNode())
    net(torch.full((1, 1), 0.25))
    functional.reset_net(net)
    net.append(neuron.IFNode(v_threshold=9.0))
    for _ in range(5):
        net(torch.full((1, 1), 0.25))
    functional.reset_net(net)
    return [bool((torch.as_tensor(layer.v) == 0).all()) for layer in net]


@fact("spikingjelly")
def spikingjelly_integers():
    """The potential and its dtype for the whole number 1 in each of four steps, tau = 2."""
    import torch
    from spikingjelly.activation_based import neuron

    def run():
        layer = neuron.LIFNode()
        rows = []
        for _ in range(4):
            layer(torch.tensor([1, 1]))
            rows.append([layer.v.tolist(), str(layer.v.dtype)])
        return rows

    return outcome(run)


@fact("spikingjelly")
def spikingjelly_at_the_threshold():
    """The steps of twelve in which an IF neuron fires, input 0.5."""
    import torch
    from spikingjelly.activation_based import neuron

    layer = neuron.IFNode()
    return [t for t in range(12) if layer(torch.tensor([[0.5]])).item()]


@fact("spikingjelly")
def spikingjelly_leak():
    """What is left of the potential 0.5 after a step without input, tau = 4."""
    import torch
    from spikingjelly.activation_based import neuron

    left = {}
    for decay_input in (True, False):
        layer = neuron.LIFNode(tau=4.0, decay_input=decay_input)
        layer(torch.tensor([[0.5 * 4 if decay_input else 0.5]]))
        first = layer.v.item()
        layer(torch.tensor([[0.0]]))
        left[str(decay_input)] = [first, layer.v.item()]
    return left


@fact("spikingjelly")
def spikingjelly_shared_surrogate():
    """Which layers have the surrogate function's object of an IFNode."""
    from spikingjelly.activation_based import neuron

    one = neuron.IFNode().surrogate_function
    return {
        "IFNode": one is neuron.IFNode().surrogate_function,
        "LIFNode": one is neuron.LIFNode().surrogate_function,
    }


@fact("spikingjelly")
def spikingjelly_eval():
    """Whether a gradient passes after eval()."""
    import torch
    from spikingjelly.activation_based import neuron

    return {
        f"{kind}, {mode}": getattr(neuron, kind)(step_mode=mode)
        .eval()(torch.full((2, 1), 0.4, requires_grad=True))
        .requires_grad
        for kind in ("IFNode", "LIFNode")
        for mode in "sm"
    }


@fact("spikingjelly")
def spikingjelly_whole_tau():
    """LIFNode(tau=2), where 2 isn't a float."""
    from spikingjelly.activation_based import neuron

    return outcome(lambda: neuron.LIFNode(tau=2).tau)


@fact("spikingjelly")
def spikingjelly_own_charge():
    """A neuron that overrides neuronal_charge, as the tutorial of 0.0.0.0.14 writes it."""
    import torch
    from spikingjelly.activation_based import neuron

    class SquareIFNode(neuron.BaseNode):
        def neuronal_charge(self, x):
            self.v = self.v + x**2

    def run():
        layer = SquareIFNode()
        return [layer(torch.tensor([[0.8]])).item() for _ in range(4)]

    return outcome(run)


@fact("spikingjelly")
def spikingjelly_greatest_slopes():
    """The greatest gradient of each surrogate function with its own parameters."""
    import torch
    from spikingjelly.activation_based import surrogate

    def greatest(name):
        x = torch.linspace(-1.5, 1.5, 3001, requires_grad=True)
        getattr(surrogate, name)()(x).sum().backward()
        return x.grad.max().item()

    names = ("Sigmoid", "ATan", "SoftSign", "Erf", "SuperSpike", "PiecewiseQuadratic")
    names += ("PiecewiseExp", "Rect", "LeakyKReLU")
    return {
        name: outcome(lambda name=name: greatest(name))
        for name in names
        if hasattr(surrogate, name)
    }


@fact("spikingjelly")
def spikingjelly_through_the_reset():
    """d v[2] / d x for both resets, detached and not."""
    from spikingjelly.activation_based import neuron

    def slope(v_reset, detach_reset):
        layer = neuron.IFNode(v_reset=v_reset, detach_reset=detach_reset)

        def step(x, state):
            layer(x)
            return layer.v, state

        return through_reset(step, None)

    cases = [(v_reset, cut) for v_reset in (0.0, None) for cut in (False, True)]
    return {f"{v_reset}, {cut}": slope(v_reset, cut) for v_reset, cut in cases}


@fact("spikingjelly")
def spikingjelly_resets():
    """V for the input 0.3 in 12 steps."""
    import torch
    from spikingjelly.activation_based import neuron

    def run(v_reset):
        layer, v = neuron.IFNode(v_reset=v_reset), []
        for _ in range(12):
            layer(torch.tensor([[0.3]]))
            v.append(layer.v.item())
        return v

    return {str(v_reset): run(v_reset) for v_reset in (0.0, None)}


@fact("spikingjelly")
def spikingjelly_pictures():
    """The heat map's sides with x_max=T, and the steps of the raster's marks for graded spikes."""
    import numpy as np
    from matplotlib import pyplot as plt
    from spikingjelly import visualizing

    def heatmap():
        visualizing.plot_2d_heatmap(np.zeros((50, 32)), "", "", "", x_max=50)
        return list(map(float, plt.gcf().axes[0].images[0].get_extent()))

    def marks(spikes):
        visualizing.plot_1d_spikes(np.array(spikes), "", "", "", plot_firing_rate=False)
        axes = plt.gcf().axes
        return sorted(
            float(x) for ax in axes for row in ax.collections for x in row.get_positions()
        )

    def one_neuron():
        visualizing.plot_one_neuron_v_s(np.array([0.5, 0.0]), np.array([0.0, 1.0]))
        lines = [list(map(float, line.get_ydata())) for line in plt.gcf().axes[0].lines]
        return [line for line in lines if line == [0.5, 0.0]]

    results = {}
    for name, call in (
        ("heatmap", heatmap),
        ("ones", lambda: marks([[1.0], [0.0], [1.0]])),
        ("graded", lambda: marks([[0.5], [0.0], [-1.0]])),
        ("one neuron", one_neuron),
    ):
        plt.close("all")
        plt.figure()
        results[name] = outcome(call)
    plt.close("all")
    return results


@fact("spikingjelly")
def spikingjelly_recording():
    """V of three steps, by store_v_seq and by a monitor."""
    import torch
    from spikingjelly.activation_based import monitor, neuron

    layer = neuron.IFNode(step_mode="m", store_v_seq=True)
    layer(torch.full((3, 1), 0.25))
    stored = layer.v_seq.flatten().tolist()
    net = torch.nn.Sequential(neuron.IFNode(step_mode="m", store_v_seq=True))
    watch = monitor.AttributeMonitor("v_seq", False, net, neuron.IFNode)
    net(torch.full((3, 1), 0.25))
    return {"store_v_seq": stored, "monitor": watch.records[0].flatten().tolist()}


@fact("spikingjelly")
def spikingjelly_ranks():
    """What a layer makes of an input whose rank doesn't fit its step mode."""
    import torch
    from spikingjelly.activation_based import neuron

    return {
        "m, [5]": outcome(lambda: list(neuron.IFNode(step_mode="m")(torch.rand(5)).shape)),
        "s, [8, 4, 10]": outcome(lambda: list(neuron.IFNode()(torch.rand(8, 4, 10)).shape)),
    }


@fact("spikingjelly")
def spikingjelly_full_size_gradients():
    """How many gradients of the size of the whole sequence a backward pass makes, T = 8, 16."""
    import torch
    from spikingjelly.activation_based import neuron
    from torch.utils._python_dispatch import TorchDispatchMode

    class Count(TorchDispatchMode):
        made = 0

        def __torch_dispatch__(self, operation, types, args=(), kwargs=None):
            result = operation(*args, **(kwargs or {}))
            if operation is torch.ops.aten.select_backward.default:
                self.made += result.shape == shape
            return result

    counts = {}
    for kind in ("IFNode", "SimpleIFNode"):
        for T in (8, 16):
            if not hasattr(neuron, kind):
                continue
            shape = (T, 10)
            loss = getattr(neuron, kind)(step_mode="m")(torch.rand(shape, requires_grad=True)).sum()
            with Count() as count:
                loss.backward()
            counts[f"{kind}, {T}"] = count.made
    return counts


@fact("spikingjelly")
def spikingjelly_encoders():
    """Numbers beyond 0 to 1, a noise of 0, two numbers in a row, and what a call is given."""
    from unittest import mock

    import torch
    from spikingjelly.activation_based import encoding

    x = torch.tensor([-1.0, 0.0, 1.0, 3.0])
    poisson, later = encoding.PoissonEncoder(), encoding.LatencyEncoder(3)
    with mock.patch.object(torch, "rand_like", torch.zeros_like):
        at_zero = poisson(torch.zeros(1)).tolist()
    return {
        "rates": torch.stack([poisson(x) for _ in range(50)]).mean(0).tolist(),
        "one call": list(poisson(x).shape),
        "at a noise of 0": at_zero,
        "1, then 0": [[later(torch.tensor([x])).item() for _ in range(3)] for x in (1.0, 0.0)],
        "arguments": [
            list(inspect.signature(encoder).parameters)
            for encoder in (encoding.PoissonEncoder, encoding.PoissonEncoder.forward)
        ],
    }


# ---------------------------------------------------------------------------------------- snnTorch


def steps_of_leaky(T, x, **options):
    """The steps in which a Leaky fires, and its potentials."""
    import snntorch
    import torch

    layer, mem = snntorch.Leaky(**options), torch.zeros(1)
    fired, potentials = [], []
    for t in range(T):
        spk, mem = layer(torch.full((1,), x), mem)
        fired += [t] if spk.item() else []
        potentials.append(mem.item())
    return {"fired": fired, "mem": potentials}


@fact("snntorch")
def snntorch_defaults():
    """What Leaky(beta=0.9) has that nobody has told anything else."""
    import snntorch

    layer = snntorch.Leaky(beta=0.9)
    return {
        "threshold": layer.threshold.item(),
        "reset_mechanism": layer.reset_mechanism,
        "reset_delay": layer.reset_delay,
        "init_hidden": layer.init_hidden,
        "surrogate": layer.spike_grad.__qualname__,
        "signature": list(inspect.signature(snntorch.Leaky).parameters),
    }


@fact("snntorch")
def snntorch_default_slopes():
    """The surrogate gradient of Leaky(beta=0.9) at u = -1, 0, 1."""
    import snntorch
    import torch

    u = torch.tensor([-1.0, 0.0, 1.0], requires_grad=True)
    snntorch.Leaky(beta=0.9).spike_grad(u).sum().backward()
    return u.grad.tolist()


@fact("snntorch")
def snntorch_state():
    """What is saved, and what a call returns; with init_hidden the potential is an attribute."""
    import snntorch
    import torch

    inside, outside = snntorch.Leaky(beta=0.9, init_hidden=True), snntorch.Leaky(beta=0.9)
    inside(torch.full((1,), 0.25))
    spk, mem = outside(torch.full((1,), 0.25), torch.zeros(1))
    return {
        "inside": inside.mem.tolist(),
        "outside": [spk.tolist(), mem.tolist()],
        "state_dict": [list(layer.state_dict()) for layer in (inside, outside)],
    }


@fact("snntorch")
def snntorch_another_batch():
    """A batch of 5 after one of 8, each 0.25, without a reset: the potentials of the second."""
    import snntorch
    import torch

    def inside():
        layer = snntorch.Leaky(beta=1.0, init_hidden=True)
        layer(torch.full((8, 3), 0.25))
        layer(torch.full((5, 3), 0.25))
        return layer.mem.tolist()

    def outside():
        layer = snntorch.Leaky(beta=1.0)
        _, mem = layer(torch.full((8, 3), 0.25), torch.zeros(8, 3))
        return layer(torch.full((5, 3), 0.25), mem)[1].tolist()

    return {"inside": outcome(inside), "outside": outcome(outside)}


@fact("snntorch")
def snntorch_at_the_threshold():
    """The steps of twelve in which a neuron without leak fires, input 0.5."""
    return {
        "default": steps_of_leaky(12, 0.5, beta=1.0)["fired"],
        "zero": steps_of_leaky(12, 0.5, beta=1.0, reset_mechanism="zero")["fired"],
        "zero, now": steps_of_leaky(12, 0.5, beta=1.0, reset_mechanism="zero", reset_delay=False)[
            "fired"
        ],
    }


@fact("snntorch")
def snntorch_leak():
    """The potential for the input 0.3 with beta = 0.9 and the threshold out of reach."""
    return steps_of_leaky(30, 0.3, beta=0.9, threshold=100.0)["mem"]


@fact("snntorch")
def snntorch_resets():
    """Spikes and potentials for the input 0.3 in 12 steps, without leak."""
    return {
        f"{mechanism}, {delay}": steps_of_leaky(
            12, 0.3, beta=1.0, reset_mechanism=mechanism, reset_delay=delay
        )
        for mechanism in ("subtract", "zero", "none")
        for delay in (True, False)
    }


@fact("snntorch")
def snntorch_cost_of_a_spike():
    """With beta = 0.8: the first potential above the threshold, and the one after it, input 0.3."""
    costs = {}
    for delay in (True, False):
        done = steps_of_leaky(30, 0.3, beta=0.8, reset_delay=delay)
        t = done["fired"][0]
        costs[str(delay)] = done["mem"][t - 1 : t + 2]
    return costs


@fact("snntorch")
def snntorch_through_the_reset():
    """d mem[2] / d x, with the reset at the next step and at once."""
    import snntorch
    import torch

    def slope(mechanism, delay):
        layer = snntorch.Leaky(beta=0.9, reset_mechanism=mechanism, reset_delay=delay)
        return through_reset(lambda x, mem: (layer(x, mem)[1],) * 2, torch.zeros(1))

    cases = [(mechanism, delay) for mechanism in ("subtract", "zero") for delay in (True, False)]
    return {f"{mechanism}, {delay}": slope(mechanism, delay) for mechanism, delay in cases}


@fact("snntorch")
def snntorch_whole_sequences():
    """The shape that each neuron for whole sequences gives back for one of [5, 2, 3]."""
    import snntorch
    import torch

    calls = {
        "LeakyParallel": lambda: snntorch.LeakyParallel(input_size=3, hidden_size=3),
        "StateLeaky": lambda: snntorch.StateLeaky(beta=0.9, channels=3),
        "LinearLeaky": lambda: snntorch.LinearLeaky(beta=0.9, in_features=3, out_features=3),
        "AssociativeLeaky": lambda: snntorch.AssociativeLeaky(3, 2, 2, num_spiking_neurons=4),
    }

    def shape(make):
        torch.manual_seed(0)
        result = make()(torch.rand(5, 2, 3))
        return list((result[0] if isinstance(result, tuple) else result).shape)

    return {name: outcome(lambda make=make: shape(make)) for name, make in calls.items()}


@fact("snntorch")
def snntorch_pictures():
    """What traces draws for spikes of 1, and where raster puts marks for graded spikes."""
    import torch
    from matplotlib import pyplot as plt
    from snntorch import spikeplot

    plt.close("all")
    mem, spk = torch.tensor([[0.5], [0.0]]), torch.tensor([[0.0], [1.0]])
    spikeplot.traces(mem, spk, dim=(1, 1))
    drawn = plt.gca().lines[0].get_ydata().tolist()
    _, ax = plt.subplots()
    marks = spikeplot.raster(torch.tensor([[0.5], [0.0], [-1.0]]), ax)
    steps = marks.get_offsets()[:, 0].tolist()
    plt.close("all")
    public = [name for name in dir(spikeplot) if inspect.isfunction(getattr(spikeplot, name))]
    return {"traces": drawn, "raster": steps, "functions": public}


@fact("snntorch")
def snntorch_encoders():
    """Numbers beyond 0 to 1, a slow ramp, and what a call is given."""
    import torch
    from snntorch import spikegen

    x = torch.tensor([-1.0, 0.0, 1.0, 3.0])
    ramp = torch.arange(129) / 128
    return {
        "rates": spikegen.rate(x, num_steps=50).mean(0).tolist(),
        "shapes": [
            list(encode(torch.full((4,), 0.5), num_steps=50).shape)
            for encode in (spikegen.rate, spikegen.latency)
        ],
        "spikes of a ramp": spikegen.delta(ramp, threshold=0.125).sum().item(),
        "arguments": list(inspect.signature(spikegen.rate).parameters),
    }


# ------------------------------------------------------------------------------------------- Norse


@fact("norse")
def norse_defaults():
    """The parameters of a LIFCell, and its step."""
    import torch
    from norse.torch import LIFCell

    cell = LIFCell()
    p = cell.p
    values = {
        name: getattr(p, name).item() for name in ("tau_mem_inv", "tau_syn_inv", "v_th", "alpha")
    }
    return values | {
        "dt": cell.dt,
        "method": p.method,
        "state": list(cell(torch.zeros(1))[1]._fields),
    }


@fact("norse")
def norse_state():
    """What is saved, and what a cell leaves in itself."""
    import torch
    from norse.torch import LIFCell

    cell = LIFCell()
    before = dict(vars(cell))
    first = cell(torch.full((1,), 0.25))[1]
    return {
        "state_dict": list(cell.state_dict()),
        "unchanged": vars(cell) == before,
        "the same again": torch.equal(cell(torch.full((1,), 0.25))[1].v, first.v),
    }


@fact("norse")
def norse_another_batch():
    """A state of 8 samples, and of 1, given to a batch of 5."""
    import torch
    from norse.torch import LIFCell

    def after(first):
        cell = LIFCell()
        _, state = cell(torch.full((first, 3), 0.25))
        return list(cell(torch.full((5, 3), 0.25), state)[1].v.shape)

    return {str(first): outcome(lambda first=first: after(first)) for first in (8, 1)}


@fact("norse")
def norse_at_the_threshold():
    """The spike of a sum that is the threshold, and the steps of an IAF neuron, input 0.5."""
    import torch
    from norse.torch.functional.iaf import IAFFeedForwardState, iaf_feed_forward_step
    from norse.torch.functional.threshold import threshold

    state, fired = IAFFeedForwardState(v=torch.zeros(1)), []
    for t in range(12):
        z, state = iaf_feed_forward_step(torch.tensor([0.5]), state)
        fired += [t] if z.item() else []
    return {"theta(0)": threshold(torch.zeros(1), "super", 100.0).item(), "IAF": fired}


@fact("norse")
def norse_leak():
    """What is left of the potential 0.5 after a step of LIFCell, and how an input arrives."""
    import torch
    from norse.torch import LIFCell, LIFParameters
    from norse.torch.functional.lif import LIFFeedForwardState

    cell = LIFCell(LIFParameters(tau_mem_inv=torch.as_tensor(50.0)))
    state = LIFFeedForwardState(v=torch.tensor([0.5]), i=torch.zeros(1))
    left = cell(torch.zeros(1), state)[1].v.item()
    i_seq, state = [], None
    for x in (1.0, 0.0, 0.0):
        _, state = cell(torch.tensor([x]), state)
        i_seq.append(state.i.item())
    return {"v": left, "i": i_seq}


@fact("norse")
def norse_superspike():
    """The gradient at u = -1, 0, 1 for three values of alpha."""
    import torch
    from norse.torch.functional.threshold import threshold

    def slope(alpha):
        u = torch.tensor([-1.0, 0.0, 1.0], requires_grad=True)
        threshold(u, "super", alpha).sum().backward()
        return u.grad.tolist()

    return {str(alpha): slope(alpha) for alpha in (1.0, 10.0, 100.0)}


@fact("norse")
def norse_resets():
    """V for the input 1.3 in 12 steps with each reset, tau = 2, and the length of their file."""
    import torch
    from norse.torch.functional import reset
    from norse.torch.functional.lif_box import (
        LIFBoxFeedForwardState,
        LIFBoxParameters,
        lif_box_feed_forward_step,
    )

    def run(method):
        p = LIFBoxParameters(tau_mem_inv=torch.as_tensor(0.5), reset_method=method)
        state, v = LIFBoxFeedForwardState(v=torch.zeros(1)), []
        for _ in range(12):
            _, state = lif_box_feed_forward_step(torch.tensor([1.3]), state, p, dt=1.0)
            v.append(state.v.item())
        return v

    return {
        "reset_value": run(reset.reset_value),
        "reset_subtract": run(reset.reset_subtract),
        "lines": len(inspect.getsource(reset).splitlines()),
        "statements": [
            len(inspect.getsource(getattr(reset, name)).split(":\n")[-1].strip().splitlines())
            for name in ("reset_value", "reset_subtract")
        ],
    }


@fact("norse")
def norse_through_the_reset():
    """d v[2] / d x: the two functions, the feed-forward LIF, and the step of a recurrent LIF."""
    import torch
    from norse.torch.functional import reset
    from norse.torch.functional.lif import (
        LIFFeedForwardState,
        LIFParameters,
        LIFState,
        lif_feed_forward_step,
        lif_step,
    )
    from norse.torch.functional.threshold import threshold

    one, zero = torch.ones(1), torch.zeros(1)

    def by_function(method):
        def step(x, v):
            h = v + x
            v = method(threshold(h - 1.0, "super", 100.0), h, zero, one)
            return v, v

        return step

    p = LIFParameters(tau_syn_inv=one, tau_mem_inv=one / 2)

    def feed_forward(x, state):
        _, state = lif_feed_forward_step(4 * x, state, p, dt=1.0)
        return state.v, state

    def recurrent(x, state):
        weight = torch.eye(1)
        _, state = lif_step(4 * x[None], state, weight, 0 * weight, p, dt=1.0)
        return state.v, state

    start = torch.zeros(1, 1)
    return {
        "reset_value": through_reset(by_function(reset.reset_value), zero),
        "reset_subtract": through_reset(by_function(reset.reset_subtract), zero),
        "lif_feed_forward_step": through_reset(feed_forward, LIFFeedForwardState(v=zero, i=zero)),
        "lif_step": through_reset(recurrent, LIFState(z=start, v=start, i=start)),
    }


@fact("norse")
def norse_whole_sequences():
    """Shapes of LIF and of a lifted Linear on [5, 2, 3], and whether LIF equals its cell."""
    import torch
    from norse.torch import LIF, LIFCell, Lift

    x_seq = 40 * torch.rand(5, 2, 3, generator=torch.Generator().manual_seed(0))
    s_seq, _ = LIF()(x_seq)
    cell, state, steps = LIFCell(), None, []
    for x in x_seq:
        s, state = cell(x, state)
        steps.append(s)
    lifted = Lift(torch.nn.Linear(3, 4))(x_seq)
    lifted = lifted[0] if isinstance(lifted, tuple) else lifted
    return {
        "LIF": list(s_seq.shape),
        "equal to LIFCell": torch.equal(s_seq, torch.stack(steps)),
        "Lift": list(lifted.shape),
    }


@fact("norse")
def norse_pictures():
    """The plot functions and their arguments; what plot_neuron_states draws."""
    import torch
    from matplotlib import pyplot as plt
    from norse.torch import LIF
    from norse.torch.utils.plot import plot

    plt.close("all")
    with torch.no_grad():
        _, states = LIF(record_states=True)(torch.ones(4, 1))
    _, ax = plt.subplots()
    plot.plot_neuron_states(states, "v", axes=ax)
    drawn = ax.lines[0].get_ydata().tolist()
    plt.close("all")
    functions = {name: f for name, f in vars(plot).items() if name.startswith("plot_")}
    return {
        "functions": {name: list(inspect.signature(f).parameters) for name, f in functions.items()},
        "plot_neuron_states": drawn,
        "v": states.v.flatten().tolist(),
    }


@fact("norse")
def norse_encoders():
    """Numbers beyond 0 to 1, and what a call is given; the first spike of a strong current."""
    import torch
    from norse.torch.functional import encode

    x = torch.tensor([-1.0, 0.0, 1.0, 3.0]).repeat(1000, 1)
    current = torch.full((1,), 50.0)
    return {
        "rates": encode.poisson_encode(x, seq_length=100).mean((0, 1)).tolist(),
        "shape": list(encode.poisson_encode(x, seq_length=100).shape),
        "spikes of a current": encode.spike_latency_lif_encode(current, 100).sum().item(),
        "arguments": list(inspect.signature(encode.poisson_encode).parameters),
    }


# ----------------------------------------------------------------------------- records of the facts


def hash_of(function: Fact) -> str:
    """A short hash of a function's text."""
    return hashlib.sha256(inspect.getsource(function).encode()).hexdigest()[:12]


def path_of(library: str, version: str) -> Path:
    """Where the record of a library lies."""
    return RECORDS / f"{library}-{version}.json"


def record(library: str) -> dict[str, Any]:
    """Run every fact of the library that is installed here."""
    warnings.simplefilter("ignore")
    import matplotlib
    import torch

    matplotlib.use("agg")
    torch.set_num_threads(1)
    facts = {}
    for name, function in FACTS[library].items():
        torch.manual_seed(0)
        facts[name] = {"code": hash_of(function), "value": function()}
    return {
        "library": library,
        "version": importlib.metadata.version(library),
        "made by": "tools/peers.py --write, in the environment of `make test-peers`",
        "torch": torch.__version__,
        "python": platform.python_version(),
        "facts": facts,
    }


def run_elsewhere(library: str, version: str) -> dict[str, Any]:
    """Record one library in a process of its own; an older version lies in a folder of its own."""
    older = ENVIRONMENT / f"{library}-{version}"
    search = {"PYTHONPATH": str(older)} if older.is_dir() else {}
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        [sys.executable, __file__, "--record", library],
        env=environment | search,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise RuntimeError(f"{library} {version} could not be recorded:\n{done.stderr[-2000:]}")
    made: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    if made["version"] != version:
        found = made["version"]
        raise RuntimeError(f"{library} is {found}, wanted {version}: remove {ENVIRONMENT.name}")
    return made


def differences(stored: Any, made: Any, where: str = "") -> Iterator[str]:
    """Where two values differ; floats may differ in their last digits."""
    if isinstance(stored, float) and isinstance(made, float):
        if not math.isclose(stored, made, rel_tol=1e-5, abs_tol=1e-7):
            yield f"{where}: recorded is {stored}, now it is {made}"
    elif type(stored) is not type(made):
        yield f"{where}: recorded is {stored!r}, now it is {made!r}"
    elif isinstance(stored, dict):
        for name in stored.keys() | made.keys():
            yield from differences(stored.get(name), made.get(name), f"{where}/{name}")
    elif isinstance(stored, list) and len(stored) == len(made):
        for number, pair in enumerate(zip(stored, made, strict=True)):
            yield from differences(*pair, f"{where}/{number}")
    elif stored != made:
        yield f"{where}: recorded is {stored!r}, now it is {made!r}"


def main() -> int:
    """Compare the records with what the libraries do now, or write them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--write", action="store_true", help="write the records")
    parser.add_argument("--record", metavar="LIBRARY", help="print the record of one library")
    options = parser.parse_args()
    if options.record:
        print(json.dumps(record(options.record)))
        return 0
    faults = 0
    for library, version in PEERS:
        path, made = path_of(library, version), run_elsewhere(library, version)
        if options.write:
            text = json.dumps(made, indent=1, ensure_ascii=False) + "\n"
            path.write_text(text, "utf-8")
            print(f"wrote {path.relative_to(ROOT)}")
            continue
        stored = json.loads(path.read_text("utf-8"))
        found = sorted(differences(stored["facts"], made["facts"], f"{library} {version}"))
        print("\n".join(found) or f"{library} {version}: {len(made['facts'])} facts as recorded")
        faults += len(found)
    return min(faults, 1)


if __name__ == "__main__":
    sys.exit(main())
