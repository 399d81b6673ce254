"""A network as a page gets it: dense layers and neurons, one after the other.

In the page ``network.js`` makes of it what runs, and learns where `read_network` is told so.
"""

import base64
import copy
import math
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import nn

from ..backends import Dynamics
from ..backends.trace import settings
from ..functional import reset_net, set_backend, set_step_mode
from ..node import BaseNode, Node
from .script import gradient_script, run_script
from .sliders import read, read_number, speaks

__all__ = ["NETWORK", "packed", "power_of_two", "read_network", "read_node"]
__all__ += ["reference_copy", "set_numbers"]

NETWORK = Path(__file__).with_name("network.js").read_text("utf-8")
"""The script that a page needs for it, below ``figure.js``."""


@speaks
def read_network(net: nn.Sequential, *, learns: bool = False) -> list[dict[str, Any]]:
    """Return a network as its page gets it: for each layer an entry, ready for JSON.

    The page computes in double precision, as ``net.double()`` does, from the weights as they are.
    They take 4 bytes each where float32 holds them exactly, else 8, and a third more as text; whole
    numbers of 8 or 16 bits times a power of two take 1 or 2.

    Args:
        net: layers of the kinds `torch.nn.Linear` and `snnbook.node.Node`: neurons, readouts,
            synapses. They start from their first states, whatever their states are now.
        learns: write the way back too. What learns is each parameter that requires a gradient.

    Raises:
        TypeError: no Sequential, a layer of another kind, or a neuron that overrides a step's
            methods.
        ValueError: no layers; a parameter that isn't finite, or of a neuron, one number.
        EquationError: an equation or a surrogate function can't be printed.
    """
    wanted = "wanted a torch.nn.Sequential of Linear layers and neurons"
    read("net", net, nn.Sequential, wanted)
    read("net", net, nn.Sequential, f"it has no layers; {wanted}", len)
    entries = []
    for number, layer in enumerate(net):
        place = f"net[{number}]"
        read(place, layer, (nn.Linear, Node), "wanted torch.nn.Linear, a neuron or a readout")
        entries.append(_dense(place, layer) if isinstance(layer, nn.Linear) else {})
        if isinstance(layer, Node):
            entries[-1] = read_node(place, layer, learns=learns, double=True)[0]
    return entries


def reference_copy(net: nn.Sequential) -> nn.Sequential:
    """Return a copy of a network as a page runs it: in float64 on the CPU, by the reference.

    It is reset, and its step mode is 'm'.
    """
    ours: nn.Sequential = copy.deepcopy(net).cpu().double()
    reset_net(ours)
    set_step_mode(ours, "m")
    set_backend(ours, "torch")
    return ours


def set_numbers(layer: BaseNode, values: Mapping[str, float]) -> None:
    """Give a neuron and its surrogate function the numbers of the sliders of their names.

    Raises:
        ValueError: the neuron refuses one.
    """
    for name, value in values.items():
        if name in layer._fields and isinstance(getattr(layer, name), float):
            setattr(layer, name, value)
        if isinstance(getattr(layer.surrogate_function, name, None), float):
            setattr(layer.surrogate_function, name, value)


def read_node(
    place: str,
    layer: Node,
    *,
    learns: bool = False,
    double: bool = False,
    first: Mapping[str, str | float] | None = None,
) -> tuple[dict[str, Any], frozenset[str]]:
    """Return what a page needs to know of a neuron, and the names of what its run depends on.

    Args:
        place: how an error calls the layer.
        layer: the neuron; its parameters are single numbers.
        learns: write the way back too.
        double: the page will compute in double precision, not in float32.
        first: for each state's name its first value, or a name under which the page will give it;
            None means the layer's own.

    Raises:
        TypeError: the neuron overrides a step's methods.
        ValueError: a parameter that isn't one finite number, or is a float64 tensor for float32.
        EquationError: an equation or the surrogate function can't be printed.
    """
    neuron = layer.dynamics()
    soft = getattr(layer, "v_reset", None) is None
    first = {"v": 0.0 if soft else "v_reset", **layer.states} if first is None else {**first}
    names = [*(value for value in first.values() if isinstance(value, str)), "v_threshold"]
    values = {name: getattr(layer, name) for name in names if hasattr(layer, name)}
    values |= {n: value for n, value in neuron.parameters.items() if not isinstance(value, bool)}
    tensors = {n: value for n, value in values.items() if isinstance(value, torch.Tensor)}
    script = run_script(neuron, first, tensors)
    entry: dict[str, Any] = {
        "code": script.text,
        "first": first,
        "values": {n: _single(f"{place}.{n}", v, double) for n, v in values.items()},
    }
    if neuron.fire is not None:
        entry["values"]["surrogate_function"] = _settings(neuron)
    if learns:
        learned = [name for name, value in tensors.items() if value.requires_grad]
        entry |= {"back": gradient_script(neuron, first, learned).text, "learned": learned}
    return entry, script.reads


def _settings(neuron: Dynamics) -> Mapping[str, float]:
    theta: Any = neuron.surrogate
    names: Collection[str] = settings(theta) if hasattr(theta, "primitive") else ()
    return {name: float(getattr(theta, name)) for name in names}


def _single(place: str, value: Any, double: bool) -> float:
    """Return a parameter of a neuron as one number."""
    if isinstance(value, torch.Tensor):
        remedy = "a figure runs in float32: use layer.float()"
        read(
            place, value.dtype, torch.dtype, remedy, lambda dtype: double or dtype != torch.float64
        )
        remedy = "a figure runs neurons whose parameters are single numbers"
        read(place, value, torch.Tensor, remedy, lambda tensor: tensor.numel() == 1)
        value = value.detach().reshape(())
    return read_number(place, value)


def _dense(place: str, layer: nn.Linear) -> dict[str, Any]:
    named: Mapping[str, torch.Tensor | None] = {"weight": layer.weight, "bias": layer.bias}
    numbers = {n: packed(f"{place}.{n}", p) for n, p in named.items() if p is not None}
    learned = [name for name, p in named.items() if p is not None and p.requires_grad]
    return {"inputs": layer.in_features, **numbers, "learned": learned}


def packed(place: str, tensor: torch.Tensor) -> dict[str, Any]:
    """Return the numbers of a tensor as text, without a loss, in as few bytes as that takes.

    Whole numbers of up to 8 or 16 bits times a power of two take 1 or 2 bytes each.
    """
    wanted = "wanted finite numbers"
    read(place, tensor, torch.Tensor, wanted, lambda numbers: bool(numbers.isfinite().all()))
    numbers = tensor.detach().double().cpu().contiguous()
    for bits, kind in ((8, "Int8Array"), (16, "Int16Array")):
        step = power_of_two(numbers, bits)
        if torch.equal((whole := numbers / step).round(), whole):
            return _as_text(kind, f"<i{bits // 8}", whole, step)
    exact = torch.equal(numbers.float().double(), numbers)
    kind, code = ("Float32Array", "<f4") if exact else ("Float64Array", "<f8")
    return _as_text(kind, code, numbers, 1.0)


def power_of_two(numbers: torch.Tensor, bits: int) -> float:
    """Return the least power of two of which no number is more than ``2**(bits-1) - 1`` times."""
    most = float(numbers.abs().max()) if numbers.numel() else 0.0
    return 2.0 ** max(-126, math.ceil(math.log2(most / (2 ** (bits - 1) - 1)))) if most else 1.0


def _as_text(kind: str, code: str, numbers: torch.Tensor, step: float) -> dict[str, Any]:
    text = base64.b64encode(numbers.numpy().astype(code).tobytes()).decode()
    return {"type": kind, "numbers": text, "step": step}
