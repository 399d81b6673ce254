"""Networks that read digits, healthy ones and ones with a fault that was made on purpose."""

import copy
import functools
import random
from typing import NamedTuple

import torch
from sklearn.datasets import load_digits
from torch import nn

from snnbook import functional, neuron, surrogate
from snnbook.diagnosis import fit_rates_
from snnbook.layer import SeqToANNContainer
from snnbook.neuron import BaseNode, LIFNode

NEURONS = [
    LIFNode,
    functools.partial(LIFNode, tau=4.0, decay_input=False),
    functools.partial(LIFNode, tau=8.0, decay_input=False),
    neuron.IFNode,
    functools.partial(neuron.ParametricLIFNode, init_tau=3.0),
    neuron.CUBALIFNode,
    functools.partial(neuron.ALIFNode, tau=3.0, beta=0.2),
    neuron.KLIFNode,
]
SURROGATES = [
    surrogate.ATan(),
    surrogate.ATan(4.0),
    surrogate.Sigmoid(),
    surrogate.SoftSign(),
    surrogate.PiecewiseQuadratic(),
    surrogate.PiecewiseExp(),
    surrogate.Erf(),
    surrogate.FastSigmoid(10.0),
    surrogate.SuperSpike(),
]


class Patient(NamedTuple):
    """A network with the batch that it is examined with."""

    net: nn.Sequential
    x: torch.Tensor  # [T, N, 64], or [T, N, 1, 8, 8]
    target: torch.Tensor  # [N]

    @property
    def spiking(self):
        """The names of the layers of spiking neurons."""
        return [name for name, m in self.net.named_modules() if isinstance(m, BaseNode)]

    def feeding(self, name):
        """The layer with weights before one of spiking neurons."""
        weighted = None
        for other, module in self.net.named_modules():
            if other == name:
                return weighted
            weighted = module if isinstance(module, (nn.Linear, nn.Conv2d)) else weighted
        raise KeyError(name)

    def replaced(self, **changes):
        """A copy with another batch."""
        return self._replace(**changes)


@functools.cache
def _digits():
    pictures, target = load_digits(return_X_y=True)
    return torch.tensor(pictures / 16, dtype=torch.float32), torch.tensor(target)


def _net(rng, make, width):
    readout = [nn.Linear(width, 10), *([neuron.LINode(4.0)] if rng.random() < 0.3 else [])]
    if rng.random() < 0.25:
        first = [SeqToANNContainer(nn.Conv2d(1, 6, 3, padding=1)), make()]
        second = [SeqToANNContainer(nn.AvgPool2d(2), nn.Conv2d(6, 12, 3, padding=1)), make()]
        third = [SeqToANNContainer(nn.Flatten(), nn.Linear(12 * 16, width)), make()]
        return nn.Sequential(*first, *second, *third, *readout)
    layers, inputs = [], 64
    for _ in range(rng.choice([2, 3, 4, 5])):
        layers += [nn.Linear(inputs, width), make()]
        inputs = width
    return nn.Sequential(*layers, *readout)


@functools.cache
def healthy(seed):
    """A network with a firing rate of 0.1 to 0.25 in each layer; all else is drawn by the seed."""
    rng = random.Random(seed)
    torch.manual_seed(seed)
    steps, width = rng.choice([8, 12, 16]), rng.choice([32, 48, 64])
    options = {"v_reset": rng.choice([0.0, None]), "detach_reset": rng.random() < 0.5}
    options |= {"surrogate_function": rng.choice(SURROGATES), "step_mode": "m"}
    net = _net(rng, functools.partial(rng.choice(NEURONS), **options), width)
    functional.set_step_mode(net, "m")
    pictures, target = _digits()
    chosen = torch.tensor(rng.sample(range(len(target)), 32))
    x = pictures[chosen].expand(steps, -1, -1)
    if rng.random() < 0.5:
        x = torch.bernoulli(x)
    if isinstance(net[0], SeqToANNContainer):
        x = x.unflatten(2, (1, 8, 8))
    fit_rates_(net, x, rng.choice([0.1, 0.15, 0.2, 0.25]))
    return Patient(net, x, target[chosen])


def trained(seed, steps=15):
    """A healthy network after some steps of training on its batch."""
    patient = copy.deepcopy(healthy(seed))
    optimizer = torch.optim.Adam(patient.net.parameters(), 2e-3)
    for _ in range(steps):
        functional.reset_net(patient.net)
        loss = nn.functional.cross_entropy(patient.net(patient.x).mean(0), patient.target)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    functional.reset_net(patient.net)
    return patient


# --- faults: each changes a patient, in the layer of a name where it is one of a layer ------------


def _threshold(patient, name):
    patient.net.get_submodule(name).v_threshold = 30.0


def _small_weights(patient, name):
    with torch.no_grad():
        patient.feeding(name).weight *= 0.02
        patient.feeding(name).bias *= 0.02


def _leak(patient, name):
    old = patient.net.get_submodule(name)
    shared = {n: getattr(old, n) for n in ("v_reset", "detach_reset", "surrogate_function")}
    new = LIFNode(tau=1000.0, decay_input=True, step_mode="m", **shared)
    patient.net.set_submodule(name, new)


def _dead(patient, name):
    nn.init.zeros_(patient.feeding(name).weight)


def _saturated(patient, name):
    with torch.no_grad():
        patient.feeding(name).bias += 30.0


def _surrogate(theta):
    def change(patient, name):
        patient.net.get_submodule(name).surrogate_function = theta

    return change


def _deaf(patient, name):
    readout = [m for m in patient.net if isinstance(m, nn.Linear)][-1]
    with torch.no_grad():
        readout.weight *= 1e-4


def _times(factor):
    def change(patient, name):
        return patient.replaced(x=patient.x * factor)

    return change


def _not_reset(patient, name):
    with torch.no_grad():
        patient.net(patient.x)


FAULTS = {
    "threshold": (_threshold, "silent", "here"),
    "small weights": (_small_weights, "silent", "here"),
    "leak": (_leak, "silent", "here"),
    "dead": (_dead, "dead", "here"),
    "bias": (_saturated, "saturated", "here"),
    "flat surrogate": (_surrogate(surrogate.ATan(0.02)), "vanishing", "here"),
    "narrow surrogate": (_surrogate(surrogate.Rect(500.0)), "narrow surrogate", "here"),
    "steep surrogate": (_surrogate(surrogate.LeakyKReLU(3.0, 3.0)), "exploding", "here"),
    "readout": (_deaf, "deaf readout", "readout"),
    "input 0..16": (_times(16), "input scale", "input"),
    "input / 255": (_times(1 / 255), "input scale", "input"),
    "no reset": (_not_reset, "not reset", "first"),
}
"""What is done, the illness that it is, and where."""


def sick(fault, seed):
    """A healthy network with one fault: the patient, the illness and the name of the sick layer."""
    patient = copy.deepcopy(healthy(seed))
    change, illness, where = FAULTS[fault]
    name = random.Random(f"{fault} {seed}").choice(patient.spiking)
    patient = change(patient, name) or patient
    places = {"here": name, "first": patient.spiking[0]}
    return patient, illness, places.get(where, where)
