"""What a reader may do wrong, and what it gets: the page `book/misuse.md`.

    python tools/misuse.py            say where the page isn't what the package does today
    python tools/misuse.py --write    write it

Each line of MISUSES is one misuse. `tests/test_misuse.py` runs them all. A line sees what the
page's head names.
"""

import argparse
import math
import sys
import textwrap
import traceback
import warnings
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
import torch.utils.checkpoint
from torch import nn

import snnbook
from snnbook import (
    diagnosis,
    encoding,
    functional,
    kernelspecs,
    layer,
    neuron,
    surrogate,
    symbolic,
    visualizing,
)
from snnbook.equation import equation

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "book" / "misuse.md"
PACKAGE = Path(snnbook.__file__).parent
WIDTH = 84

HEAD = """\
# Wrong Use and What It Gets

Each line of code below is a misuse, and the comment under it is the error that it gets.
An error says what came and what was wanted, and where it isn't plain, what to do.
After a refused call the state of a layer is what it was.

This page is written by running the lines: `python tools/misuse.py --write`.
The names are those of the package, as in `from snnbook import encoding, functional`.
The neurons stand under their own names. Two layers are in the middle of a run:

```python
one = LIFNode()
one(torch.ones(2))
seq = LIFNode(step_mode="m")
seq(torch.ones(4, 2))
```
"""

MISUSES = {
    "Input": """
        one([1.0, 2.0])
        one(0.5)
        one(None)
        one("spikes")
        one(np.ones(2))
        one(torch.ones(2, dtype=torch.complex64))
        one(torch.ones(2).to_sparse())
        one(torch.ones(3))
        one(torch.ones(2, 2))
        one(torch.ones(2, dtype=torch.float64))
        one(torch.ones(2, device="meta"))
        one(torch.tensor(1.0))
        seq(torch.tensor(1.0))
        seq(torch.ones(0, 2))
        seq([torch.ones(2)])
        seq(torch.ones(4, 3))
        seq(torch.ones(4, 2, dtype=torch.float64))
        seq(torch.ones(4, 2, dtype=torch.complex64))
        functional.run(one, torch.ones(0, 2))
        functional.run(one, torch.tensor(1.0))
        functional.run(one, [1.0])
        functional.run(one, torch.ones(3, 2), {"v": torch.zeros(3)})
        functional.run(one, torch.ones(3, 2), {"w": torch.zeros(2)})
        functional.run(one, torch.ones(3, 2), torch.zeros(2))
        functional.run(one, torch.ones(3, 2), {"v": torch.zeros(2).to_sparse()})
        functional.run(nn.Linear(2, 2), torch.ones(3, 2))
        functional.run(torch.ones(3, 2), one)
    """,
    "Values of a layer": """
        LIFNode(tau=0.5)
        LIFNode(tau=0)
        LIFNode(tau=-2.0)
        LIFNode(tau=nan)
        LIFNode(tau=inf)
        LIFNode(tau="2.0")
        LIFNode(tau=None)
        LIFNode(tau=True)
        LIFNode(tau=[2.0])
        LIFNode(tau=2 + 1j)
        LIFNode(tau=torch.tensor([2, 3]))
        LIFNode(tau=torch.tensor([2.0, nan]))
        LIFNode(tau=torch.tensor([2.0, 0.5]))
        LIFNode(tau=torch.tensor([2.0 + 1j]))
        LIFNode(v_threshold=nan)
        LIFNode(v_threshold=inf)
        LIFNode(v_threshold=1e300)
        LIFNode(v_threshold="1")
        LIFNode(v_threshold=None)
        LIFNode(v_reset=inf)
        LIFNode(v_reset=nan)
        LIFNode(v_reset="None")
        LIFNode(v_reset=False)
        LIFNode(tua=2.0)
        LIFNode(2.0, 1.0, 0.0)
        LIFNode(treshold=2.0)
        LIFNode(detach_reset=1)
        LIFNode(detach_reset="yes")
        LIFNode(store_v_seq=None)
        LIFNode(decay_input=0)
        LIFNode(surrogate_function=3)
        LIFNode(surrogate_function=surrogate.ATan)
        LIFNode(step_mode="multi")
        LIFNode(step_mode=None)
        LIFNode(step_mode="M")
        LIFNode(backend="cupy")
        LIFNode(backend="nmba")
        LIFNode(backend=None)
        EIFNode(delta_T=0.0)
        EIFNode(delta_T=-1.0)
        EIFNode(theta_rh=nan)
        QIFNode(a0=inf)
        QIFNode(v_c="0.8")
        IzhikevichNode(tau_w=0.5)
        IzhikevichNode(a=nan)
        CUBALIFNode(c_decay=1.5)
        CUBALIFNode(c_decay=-0.1)
        CUBALIFNode(v_decay=nan)
        ALIFNode(tau_a=0.1)
        ALIFNode(beta=None)
        ParametricLIFNode(init_tau=1.0)
        ParametricLIFNode(init_tau=0.5)
        ParametricLIFNode(init_tau=nan)
        LINode(tau=0.5)
        LINode(v_threshold=1.0)
        one.tau = 0.5
        one.tau = nan
        one.tau = "2"
        one.v_threshold = None
        one.v_reset = inf
        one.detach_reset = "no"
        one.step_mode = "x"
        one.backend = "numbo"
        one.surrogate_function = surrogate.ATan
    """,
    "State": """
        one.v = "0"; one(torch.ones(2))
        one.v = None; one(torch.ones(2))
        one.v = torch.zeros(3); one(torch.ones(2))
        one.v = torch.zeros(2, dtype=torch.int64); one(torch.ones(2))
        one.v = torch.zeros(2, dtype=torch.float64); one(torch.ones(2))
        one.v = torch.zeros(2, dtype=torch.complex64); one(torch.ones(2))
        one.v = [0.0, 0.0]; one(torch.ones(2))
        one.v = True; one(torch.ones(2))
        one.v = torch.zeros(2).to_sparse(); one(torch.ones(2))
        new = LIFNode(); torch.func.vmap(new)(torch.ones(3, 2)); new(torch.ones(2))
        y = checkpoint(one, torch.ones(2).requires_grad_()); y.sum().backward()
        del one.v
        one.register_memory("tau", 1.0)
        one.register_memory("run", 1.0)
        one.register_memory("a b", 1.0)
        one.register_memory(3, 1.0)
        torch.export.export(one, (torch.ones(2),))
    """,
    "Whole nets": """
        functional.reset_net(3)
        functional.reset_net(None)
        functional.reset_net(LIFNode)
        functional.reset_net([one])
        functional.detach_net("net")
        functional.detach_net(LIFNode)
        functional.set_step_mode(one, "t")
        functional.set_step_mode(one, None)
        functional.set_step_mode(3, "m")
        functional.set_step_mode(one, "m", instance=3)
        functional.set_step_mode(one, "m", instance="LIFNode")
        functional.set_backend(one, "cupy")
        functional.set_backend(one, None)
        functional.set_backend(nn.Linear(2, 2), "cupi")
        functional.set_backend(3, "torch")
        functional.set_backend(one, "torch", instance=nn.Linear(2, 2))
        list(functional.spiking_layers(3))
        functional.multi_step_forward([torch.ones(2)], one)
        functional.multi_step_forward(torch.ones(0, 2), one)
        functional.multi_step_forward(torch.ones(3, 2), 3)
        functional.multi_step_forward(torch.ones(3, 2), [3])
        functional.multi_step_forward(one, torch.ones(3, 2))
        functional.seq_to_ann_forward(3, nn.Linear(2, 2))
        functional.seq_to_ann_forward(torch.ones(3), nn.Linear(2, 2))
        functional.seq_to_ann_forward(torch.ones(0, 1, 2), nn.Linear(2, 2))
        functional.seq_to_ann_forward(torch.ones(3, 1, 2), one)
        functional.seq_to_ann_forward(torch.ones(3, 1, 2), 3)
        functional.seq_to_ann_forward(torch.ones(3, 1, 2), nn.Flatten(0))
        layer.SeqToANNContainer(one)
        layer.SeqToANNContainer(nn.Linear(2, 2))(torch.ones(3))
        net = layer.SeqToANNContainer(nn.Linear(2, 2)); net[0] = LIFNode(); net(torch.ones(3, 1, 2))
        layer.SeqToANNContainer(nn.Linear(2, 2)).step_mode = "x"
        layer.Recurrent(3)
        layer.Recurrent(one, 3)
        layer.Recurrent(LIFNode(), nn.Linear(2, 3))(torch.ones(2))
        layer.Dropout(p=1.5)
        layer.Dropout(p=-0.1)
        layer.Dropout(p=nan)
        layer.Dropout(p="half")
        layer.SynapseFilter(tau=0.5)
        layer.SynapseFilter(tau=nan)
        layer.SynapseFilter(tau="2")
    """,
    "Records": """
        Recorder(3)
        Recorder(None)
        Recorder(LIFNode)
        Recorder([one])
        Recorder(nn.Linear(2, 2))
        Recorder(nn.Sequential())
        Recorder(one, layers=3)
        Recorder(one, layers="v")
        Recorder(one, layers=["0"])
        Recorder(one, quantities=3)
        Recorder(one, quantities=["u"])
        Recorder(one, quantities="v")
        Recorder(one)["1"]
        Recorder(nn.Sequential(LIFNode(), LIFNode())).only
        Recorder(one).only.s
        Recorder(one).only.w
        Recorder(one, layers=[["0"]])
        record = Recorder(one).__enter__(); record.__enter__()
    """,
    "Diagnosis": """
        diagnosis.diagnose(3, torch.ones(2, 3))
        diagnosis.diagnose(nn.Linear(3, 3), torch.ones(2, 3))
        diagnosis.diagnose(seq, [1.0])
        diagnosis.diagnose(seq, torch.ones(4, 1, 3))
        diagnosis.diagnose(seq, torch.ones(4, 2, 3), 3)
        diagnosis.diagnose(seq, torch.ones(4, 2, 3), lambda out: out)
        diagnosis.diagnose(seq, torch.ones(4, 2, 3), lambda out: torch.tensor(1.0))
        diagnosis.fit_rates_(seq, torch.ones(4, 2, 3))
        diagnosis.fit_rates_(seq, torch.ones(4, 2, 3), rate=2)
        diagnosis.fit_rates_(nn.Sequential(nn.Linear(3, 3), seq), torch.zeros(4, 2, 3), rate=0.5)
        diagnosis.diagnose(seq, torch.ones(4, 2, 3), nn.CrossEntropyLoss())
        diagnosis.rate_normal_(torch.ones(3), 0.1, seq)
        diagnosis.rate_normal_(nn.Linear(3, 3), 0.1, seq)
        diagnosis.rate_normal_(torch.ones(3, 3), 0.0, seq)
        diagnosis.rate_normal_(torch.ones(3, 3), 0.9, seq)
        diagnosis.rate_normal_(torch.ones(3, 3), 0.1, nn.Linear(3, 3))
        diagnosis.rate_normal_(torch.ones(3, 3), 0.1, seq, input_rate=-1)
        diagnosis.free_membrane(9, 0.1, 0.1, nn.Linear(3, 3))
        diagnosis.free_membrane(9, 0.1, 0.1, QIFNode())
        diagnosis.free_membrane(0, 0.1, 0.1, LIFNode())
        diagnosis.free_membrane(9, 1.5, 0.1, LIFNode())
        diagnosis.free_membrane(9, 0.1, -0.1, LIFNode())
        diagnosis.free_membrane(9, 0.1, 0.1, LIFNode(), mean=inf)
        diagnosis.free_membrane(9, 0.1, 0.1, LIFNode(), steps=0)
        diagnosis.free_membrane("9", 0.1, 0.1, LIFNode())
    """,
    "Surrogate functions": """
        surrogate.Sigmoid(alpha=0.0)
        surrogate.Sigmoid(alpha=-4.0)
        surrogate.Sigmoid(alpha=nan)
        surrogate.Sigmoid(alpha=inf)
        surrogate.Sigmoid(alpha="4")
        surrogate.Sigmoid(alpha=None)
        surrogate.Sigmoid(alpha=True)
        surrogate.Sigmoid(beta=1.0)
        surrogate.ATan(alfa=2.0)
        surrogate.ATan(spiking="no")
        surrogate.ATan(spiking=1)
        surrogate.SoftSign(alpha=0.0)
        surrogate.PiecewiseQuadratic(alpha=0.0)
        surrogate.PiecewiseExp(alpha=-1.0)
        surrogate.Erf(alpha=nan)
        surrogate.FastSigmoid(0.0)
        surrogate.SuperSpike(alpha=0.0)
        surrogate.Rect(alpha=0.0)
        surrogate.LeakyKReLU(leak="0")
        surrogate.LeakyKReLU(k=None)
        surrogate.ATan()(3)
        surrogate.ATan()("u")
        surrogate.ATan()([1.0])
        surrogate.ATan()(torch.ones(2).to_sparse())
        type("Own", (surrogate.Surrogate,), {})()
        surrogate.ATan()(torch.ones(2, dtype=torch.complex64))
        surrogate.ATan().gradient(torch.tensor([1, 2]))
        surrogate.ATan().gradient("u")
    """,
    "Encoders and decoders": """
        encoding.bernoulli(torch.tensor([1.5]), 4, generator=torch.Generator())
        encoding.bernoulli(torch.tensor([-0.1]), 4, generator=torch.Generator())
        encoding.bernoulli(torch.tensor([nan]), 4, generator=torch.Generator())
        encoding.bernoulli(torch.tensor([inf]), 4, generator=torch.Generator())
        encoding.bernoulli(torch.tensor([1]), 4, generator=torch.Generator())
        encoding.bernoulli(torch.ones(2).cfloat(), 4, generator=torch.Generator())
        encoding.bernoulli([0.5], 4, generator=torch.Generator())
        encoding.bernoulli(torch.ones(2), 0, generator=torch.Generator())
        encoding.bernoulli(torch.ones(2), -1, generator=torch.Generator())
        encoding.bernoulli(torch.ones(2), 4.0, generator=torch.Generator())
        encoding.bernoulli(torch.ones(2), True, generator=torch.Generator())
        encoding.bernoulli(torch.ones(2), 4, generator=0)
        encoding.bernoulli(torch.ones(2), 4, generator=None)
        encoding.direct(torch.ones(2), 0)
        encoding.direct("x", 4)
        encoding.direct(torch.ones(2), "4")
        encoding.direct(torch.tensor([nan]), 4)
        encoding.latency(torch.tensor([1.5]), 4)
        encoding.latency(torch.tensor([-0.5]), 4)
        encoding.latency(torch.tensor([nan]), 4)
        encoding.latency(torch.ones(2), 1)
        encoding.latency(torch.ones(2), 2.5)
        encoding.latency(0.5, 4)
        encoding.phase(torch.tensor([2.0]), 8)
        encoding.phase(torch.ones(2), 0)
        encoding.phase(torch.ones(2), 63)
        encoding.phase(torch.ones(2), None)
        encoding.population(torch.tensor([1.1]), 8, 0.1)
        encoding.population(torch.ones(2), 1, 0.1)
        encoding.population(torch.ones(2), 8, 0.0)
        encoding.population(torch.ones(2), 8, 2.0)
        encoding.population(torch.ones(2), 8, nan)
        encoding.population(torch.ones(2), 8, "0.1")
        encoding.population(torch.ones(2), 100, 0.1, pad=-1.0)
        encoding.population(torch.ones(2), 3, 0.01)
        encoding.delta(torch.ones(4, 2), 0.0)
        encoding.delta(torch.ones(4, 2), -0.5)
        encoding.delta(torch.ones(4, 2), nan)
        encoding.delta(torch.ones(4, 2), "0.5")
        encoding.delta(torch.tensor([[nan]]), 0.5)
        encoding.delta(torch.tensor(1.0), 0.5)
        encoding.delta(torch.ones(0, 2), 0.5)
        encoding.count(torch.ones(0, 2))
        encoding.count(torch.tensor(1.0))
        encoding.count([1.0, 0.0])
        encoding.rate(torch.ones(0, 2))
        encoding.rate(torch.full((2, 2), nan))
        encoding.rate(3)
        encoding.first_spike(torch.ones(0, 2))
        encoding.first_spike("s")
        encoding.from_latency(torch.ones(1, 2))
        encoding.from_latency(torch.zeros(4, 2))
        encoding.from_latency(torch.ones(4, 2), silent="0")
        encoding.from_phase(torch.ones(63, 2))
        encoding.from_phase(torch.full((4, 2), 0.5))
        encoding.population_vector(torch.zeros(4, 2, 8), 0.1)
        encoding.population_vector(torch.ones(4, 2, 8), 0.0)
        encoding.from_delta(torch.ones(4, 2), 0.5, torch.ones(3))
        encoding.from_delta(torch.ones(4, 2), -0.5, torch.ones(2))
        encoding.from_delta(torch.ones(4, 2), 0.5, 0.0)
    """,
    "Plots": """
        visualizing.plot_one_neuron_v_s(np.ones((3, 2)), np.ones(3))
        visualizing.plot_one_neuron_v_s(np.ones(3), np.ones(4))
        visualizing.plot_one_neuron_v_s([], [])
        visualizing.plot_one_neuron_v_s("v", "s")
        visualizing.plot_one_neuron_v_s(np.ones(3), np.ones(3), v_threshold="1")
        visualizing.plot_one_neuron_v_s(np.ones(3), np.ones(3), title=3)
        visualizing.plot_one_neuron_v_s(np.ones(3), np.ones(3), figsize=3)
        visualizing.plot_one_neuron_v_s(np.ones(3), np.ones(3), dpi="high")
        visualizing.plot_one_neuron_v_s(np.ones(3))
        visualizing.plot_one_neuron_v_s(np.ones(3), np.ones(3), tilte="v")
        visualizing.plot_2d_heatmap(np.ones(3), "", "", "")
        visualizing.plot_2d_heatmap(np.ones((2, 3, 4)), "", "", "")
        visualizing.plot_2d_heatmap(np.ones((0, 3)), "", "", "")
        visualizing.plot_2d_heatmap("array", "", "", "")
        visualizing.plot_2d_heatmap(np.ones((2, 3), complex), "", "", "")
        visualizing.plot_2d_heatmap(np.ones((2, 3)), 3, "", "")
        visualizing.plot_2d_heatmap(np.ones((2, 3)), "", "", "", int_x_ticks="no")
        visualizing.plot_2d_heatmap(np.ones((2, 3)), "", "", "", x_max="10")
        visualizing.plot_2d_heatmap(np.ones((2, 3)), "", "", "", ax=3)
        visualizing.plot_1d_spikes(np.ones(3), "", "", "")
        visualizing.plot_1d_spikes(np.full((2, 3), nan), "", "", "")
        visualizing.plot_1d_spikes(np.ones((0, 3)), "", "", "")
        visualizing.plot_1d_spikes(np.ones((2, 3)), "", "", "", x_max="10")
        visualizing.plot_1d_spikes(np.ones((2, 3)), "", "", "", plot_firing_rate=1)
        visualizing.plot_2d_bar_in_3d(np.ones(3), "", "", "", "")
        visualizing.plot_2d_bar_in_3d(np.ones((0, 2)), "", "", "", "")
        visualizing.plot_2d_bar_in_3d(np.full((2, 2), nan), "", "", "", "")
        visualizing.plot_2d_feature_map(np.ones((2, 3)), 1, 2, 1, "")
        visualizing.plot_2d_feature_map(np.ones((3, 4, 4)), 1, 2, 1, "")
        visualizing.plot_2d_feature_map(np.ones((2, 4, 4)), 0, 2, 1, "")
        visualizing.plot_2d_feature_map(np.ones((2, 4, 4)), 1, 2, -1, "")
        visualizing.plot_2d_feature_map(np.ones((2, 4, 4)), 1.0, 2, 1, "")
    """,
    "Live figures": """
        explore(3)
        explore(LIFNode)
        explore({})
        explore([LIFNode()])
        explore(LIFNode(), x="strong")
        explore(LIFNode(), x=nan)
        explore(LIFNode(), x=inf)
        explore(LIFNode(), x=lambda t: 1 / t)
        explore(LIFNode(), T=0)
        explore(LIFNode(), T=2.5)
        explore(LIFNode(), T="100")
        explore(LIFNode(), N=0)
        explore(LIFNode(), N=True)
        explore(LIFNode(), sliders=["tua"])
        explore(LIFNode(), sliders={"tau": 3})
        explore(LIFNode(), sliders={"tau": (0.5, 3.0)})
        explore(LIFNode(), sliders={"tau": (3.0, 2.0)})
        explore(LIFNode(), sliders={"tau": (2.0, nan)})
        explore(LIFNode(), sliders=3)
        explore(LIFNode(), show=["spiks"])
        explore(LIFNode(), show=3)
        explore(LIFNode(), against="tua")
        explore(LIFNode(), seed="zero")
        explore(LIFNode(), seed=-1)
        explore(LIFNode(), play="yes")
        explore(LIFNode()).run({"tua": 30.0})
        e = explore(LIFNode()); e.values = {**e.values, "x": nan}
        e = explore(LIFNode()); e.values = {"x": 1.0}
    """,
    "Equations and classes": """
        type("Own", (BaseNode,), {})()
        type("Own", (BaseNode,), {"charge": 3})()
        type("Own", (BaseNode,), {"charge": lambda v, x: None})()(torch.ones(2))
        type("Own", (BaseNode,), {"charge": lambda v, x: x > v})()(torch.ones(2))
        type("Own", (BaseNode,), {"charge": lambda v, x: 1.0})()(torch.ones(2))
        type("Own", (BaseNode,), {"charge": lambda v, x: (v + x).sum()})()(torch.ones(2))
        type("Own", (BaseNode,), {"charge": lambda v, x: x.mul_(0.5)})()(torch.ones(2))
        type("Own", (BaseNode,), {"charge": lambda v, x: min(v, 1) + x})()(torch.ones(2))
        type("Own", (BaseNode,), {"charge": lambda v, x, h: v + x})
        type("Own", (BaseNode,), {"charge": lambda v, x, reset: v + x})()(torch.ones(2))
        type("Own", (LIFNode,), {"fire": lambda h, s: h - s})
        type("Own", (LIFNode,), {"states": {"tau": 1.5}})
        type("Own", (LIFNode,), {"states": {3: 1.5}})
        type("Own", (LIFNode,), {"states": {"run": 1.5}})
        type("Own", (LIFNode,), {"states": {"training": 1.5}})
        type("Own", (LIFNode,), {"states": {"a b": 1.5}})
        type("Own", (LIFNode,), {"update_w": lambda w, x: w + x})
        type("Own", (LIFNode,), {"neuronal_reset": lambda self, s: self.v})()(torch.ones(2))
        type("Own", (LIFNode,), {"neuronal_fire": lambda self: self.v >= 1})()(torch.ones(2))
        type("Own", (LIFNode,), {"fire": lambda h: 1.0})()(torch.ones(2))
        one.neuronal_charge = print
        equation(3)
        equation("v + x")
        symbolic.derivative(LIFNode.charge, "u")
    """,
    "The checker, devices and kernels": """
        check(3)
        check("state")
        check("state/biuld", 1)
        check("sate/build", 1)
        check(None)
        kernelspecs.kernelspec("snnbook-tpu")
        kernelspecs.install("a", user=True)
        kernelspecs.install(3)
    """,
}


class Row(NamedTuple):
    """A misuse: where it stands on the page, and the line of code."""

    group: str
    code: str


class Outcome(NamedTuple):
    """What a misuse got."""

    error: str  # its type and message
    ours: bool  # the package itself raised it
    kept: bool  # the layers' states are what they were


def rows() -> list[Row]:
    """Return all misuses in the order of the page."""
    return [
        Row(group, line)
        for group, text in MISUSES.items()
        for line in textwrap.dedent(text).strip().splitlines()
    ]


def scope() -> dict[str, Any]:
    """Return the names that a line sees; each has layers of its own."""
    one, seq = neuron.LIFNode(), neuron.LIFNode(step_mode="m")
    one(torch.ones(2))
    seq(torch.ones(4, 2))
    neurons = {name: getattr(neuron, name) for name in neuron.__all__}
    modules = [
        diagnosis,
        encoding,
        functional,
        kernelspecs,
        layer,
        surrogate,
        symbolic,
        visualizing,
    ]
    return {
        **neurons,
        **{module.__name__.rpartition(".")[2]: module for module in modules},
        **{"torch": torch, "nn": nn, "np": np, "inf": math.inf, "nan": math.nan},
        **{"Recorder": snnbook.Recorder, "explore": snnbook.explore, "equation": equation},
        **{"checkpoint": partial(torch.utils.checkpoint.checkpoint, use_reentrant=False)},
        **{"check": snnbook.check.check, "one": one, "seq": seq},
    }


def outcome(row: Row) -> Outcome | None:
    """Run a misuse; None where it is no error. What stands before the last ; prepares it."""
    names = scope()
    *preparation, misuse = row.code.split("; ")
    exec("; ".join(preparation), names)
    before = repr([names["one"].v, names["seq"].v])
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            exec(misuse, names)
    except Exception as error:  # noqa: BLE001  whichever it is, the page says it
        frames = traceback.extract_tb(error.__traceback__)
        raised = Path(frames[-1].filename).is_relative_to(PACKAGE)
        notes = " ".join(getattr(error, "__notes__", []))
        said = " ".join(f"{type(error).__name__}: {error} {notes}".split())
        kept = before == repr([names["one"].v, names["seq"].v])
        return Outcome(said, raised or "snnbook" in notes, kept)
    return None


def entry(row: Row, got: Outcome | None) -> str:
    """Return what the page says of a misuse: the code, and as a comment what it gets."""
    said = textwrap.wrap(got.error if got else "no error", WIDTH, break_long_words=False)
    return "\n".join([row.code, *(f"# {line}" for line in said)]) + "\n"


def page() -> str:
    """Return the page as the package is today."""

    def parts() -> Iterator[str]:
        yield HEAD
        group = None
        for row in rows():
            if row.group != group:
                yield "" if group is None else "```\n"
                yield f"## {row.group}\n\n```python"
                group = row.group
            yield entry(row, outcome(row))
        yield "```"

    return "\n".join(parts()) + "\n"


def main() -> int:
    """Write the page, or say that it is an old one."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--write", action="store_true", help="write the page")
    if parser.parse_args().write:
        PAGE.write_text(page(), "utf-8")
        return 0
    if PAGE.read_text("utf-8") == page():
        return 0
    print(f"{PAGE} is not what the package does today: python tools/misuse.py --write")
    return 1


if __name__ == "__main__":
    sys.exit(main())
