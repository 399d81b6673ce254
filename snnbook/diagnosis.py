"""What is wrong with a network that doesn't learn, and first weights that let it fire.

`diagnose` looks at a whole network: it takes one batch through it, forward and backward, and judges
what it measures by the table `RULES`. The sentences it says are in `SENTENCES`, each whole, so that
it can be translated as it stands. `rate_normal_`, `fit_rates_` and `free_membrane` are about the
weights to begin with.
"""

import copy
import dataclasses
import functools
import html
import math
import numbers
import operator
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, NamedTuple, cast

import torch
from torch import nn

from .backends import Run
from .fields import FLOATS, shown
from .functional import reset_net, spiking_layers
from .memory import MemoryModule
from .node import BaseNode, Node, Theta
from .record import LayerRecord, Recorder

__all__ = ["ILLNESSES", "RULES", "SENTENCES", "Diagnosis", "LayerReport", "Membrane", "Rule"]
__all__ += ["diagnose", "fit_rates_", "free_membrane", "rate_normal_"]

_NAN = math.nan


class Rule(NamedTuple):
    """One line of the judgement.

    Attributes:
        illness: what is wrong where the sign is met.
        sign: what shows it, such as "rate < 0.005": a field of `LayerReport`, of `Diagnosis` for
            what is wrong with the input or the readout, against a threshold; or several with "and".
        why: the reason for the threshold.
    """

    illness: str
    sign: str
    why: str

    def met(self, measured: Any) -> bool:
        """Whether what was measured shows the sign; what wasn't measured (NaN) never does."""
        for part in self.sign.split(" and "):
            measure, compare, bound = part.split()
            value = operator.attrgetter(measure)(measured)
            if not (value < float(bound) if compare == "<" else value > float(bound)):
                return False
        return True


RULES = {
    "input": (
        Rule("not finite", "input_finite < 1", "infinity and NaN spoil what they meet"),
        Rule(
            "input scale",
            "input_largest < 0.1 and first.signal < 0.02",
            "0..1 is meant, and 1/50 of a threshold doesn't choose between spike and no spike",
        ),
        Rule(
            "input scale",
            "input_largest > 4 and first.overshoot > 1",
            "0..1 is meant, and an overshoot of a whole threshold is lost at the reset",
        ),
    ),
    "layer": (
        Rule("not finite", "finite < 1", "infinity and NaN spoil what they meet"),
        Rule("dead", "signal < 1e-6", "rounding makes about 1e-7 of a current that never changes"),
        Rule("silent", "rate < 0.005", "with some ten steps, 19 of 20 samples have no spike"),
        Rule("silent", "never > 0.9", "less than a tenth of the neurons must carry it all"),
        Rule("saturated", "rate > 0.7", "more spikes than not, for whatever sample"),
        Rule("saturated", "always > 0.5", "half of the neurons say the same, come what may"),
        Rule("overdriven", "overshoot > 5", "the reset takes away six thresholds for one spike"),
        Rule(
            "narrow surrogate", "near < 0.01", "of 100 potentials not one has a slope to speak of"
        ),
        Rule("exploding", "slope > 1.5", "Θ rises by 1, so over spread potentials the mean is < 1"),
        Rule("exploding", "gain > 100", "three such layers make a millionfold gradient"),
        Rule("vanishing", "slope_rms < 0.02", "three such layers leave less than 1e-5 of it"),
    ),
    "readout": (
        Rule("deaf readout", "logits_std < 0.01", "no class is 1 % likelier for any sample"),
    ),
}
"""The judgement. First the input is judged, then each layer from the first on, then the readout.

A rule of a layer looks at this layer only, and not at what comes from another or goes back to it.
"""

_CAUSES = {
    "threshold": Rule("silent", "threshold > 3", "a threshold is 1, if no one says otherwise"),
    "leak": Rule("silent", "divisor > 20", "a step's input counts for less than a twentieth"),
    "slope": Rule("silent", "slope < 1e-12", "nothing is learned where every slope is 0"),
}
"""Signs that tell why a layer is ill; its activity alone doesn't tell them from small weights."""

SENTENCES = {
    "not reset": (
        "Before the batch, {name} still had the state of an earlier one.",
        "No one called reset() in between.",
        "Call functional.reset_net(net) before each batch.",
    ),
    "not finite": (
        "In {name}, {row.finite:.1%} of the potentials are finite numbers.",
        "Something before it gave an infinite number, or none (NaN).",
        "Look at the input and at the weights before it; a smaller learning rate may be the cure.",
    ),
    "not finite: input": (
        "Of the input, {d.input_finite:.1%} are finite numbers.",
        "The others are infinite or no numbers (NaN), and spoil what they meet.",
        "Clean the data.",
    ),
    "dead": (
        "Layer {name} gets the same current from every sample in every step.",
        "The weights before it are 0, or what they multiply never changes.",
        "Draw the weights anew: nn.init.kaiming_normal_, then fit_rates_(net, x).",
    ),
    "silent": (
        "Layer {name} fires at a rate of {row.rate:.4f}, and {row.never:.0%} of its neurons never.",
        "H - v_threshold is {row.mean:.2g} ± {row.std:.2g} thresholds: the weights before it are "
        "too small.",
        "Enlarge them: fit_rates_(net, x) does it for a wanted rate.",
    ),
    "silent: slope": (
        "Layer {name} fires at a rate of {row.rate:.4f}, and {row.never:.0%} of its neurons never.",
        "Its surrogate's slope is 0 wherever its potentials are: no learning can wake it.",
        "Take a surrogate that has no end, such as surrogate.ATan(), and fit_rates_(net, x).",
    ),
    "silent: threshold": (
        "Layer {name} fires at a rate of {row.rate:.4f}, and {row.never:.0%} of its neurons never.",
        "From the reset to its threshold it is {row.threshold:.3g}, out of H's reach.",
        "Lower v_threshold to 1, or enlarge the weights with fit_rates_(net, x).",
    ),
    "silent: leak": (
        "Layer {name} fires at a rate of {row.rate:.4f}, and {row.never:.0%} of its neurons never.",
        "With decay_input=True its input is divided by tau = {row.divisor:.3g}.",
        "Set decay_input=False or a smaller tau, or enlarge the weights with fit_rates_(net, x).",
    ),
    "saturated": (
        "Layer {name} fires at a rate of {row.rate:.2f}, and {row.always:.0%} of its neurons "
        "nearly always.",
        "Its current is too large and positive: a bias, perhaps, or weights with a positive mean.",
        "Set the biases to 0, and scale the weights with fit_rates_(net, x).",
    ),
    "overdriven": (
        "In layer {name} a potential that fires is {row.overshoot:.2g} thresholds above the "
        "threshold.",
        "The weights before it are too large, so the reset takes away most of what came in.",
        "Make them smaller: fit_rates_(net, x) does it for a wanted rate.",
    ),
    "input scale": (
        "The first layer, {name}, fires at a rate of {row.rate:.4f}.",
        "The largest input is {d.input_largest:.3g}; data from 0 to 1 are meant.",
        "Divide the input by what its scale really is, for example by its largest value.",
    ),
    "narrow surrogate": (
        "In layer {name}, {row.near:.2%} of the potentials are near enough to the threshold for "
        "the surrogate's slope.",
        "The surrogate is too narrow: {name} hardly learns, and lets hardly any gradient through.",
        "Take a wider one, such as surrogate.ATan() with alpha=2.",
    ),
    "exploding": (
        "Layer {name} multiplies the gradient by {row.gain:.3g} on its way back.",
        "The surrogate's mean slope is {row.slope:.3g}; over {row.steps} steps it adds up.",
        "Take a surrogate that is flatter, such as surrogate.ATan(), or detach_reset=True.",
    ),
    "vanishing": (
        "The surrogate of layer {name} multiplies the gradient's norm by {row.slope_rms:.2g}.",
        "Its slope is too small at nearly all potentials, so the layers before hardly learn.",
        "Take a surrogate that is steeper near the threshold, such as surrogate.ATan().",
    ),
    "deaf readout": (
        "The logits differ by {d.logits_std:.2g} (std) from sample to sample.",
        "The readout's weights are too small, so the loss can't tell the samples apart.",
        "Draw them anew: nn.init.kaiming_normal_(readout.weight).",
    ),
    "": ("No layer is sick.", "", ""),
}
"""The symptom, the cause and the remedy of each illness, for some of each of its causes."""

ILLNESSES = tuple(dict.fromkeys(key.split(":")[0] for key in SENTENCES if key))
"""What `Diagnosis.illness` may be, besides None."""

HEADS = {"name": "layer", "rate": "rate", "never": "never", "always": "always"}
HEADS |= {"mean": "mean u", "std": "std u", "near": "near", "slope": "slope", "gain": "gain"}
HEADS |= {"gradient": "gradient"}
"""The columns of the printed table: fields of `LayerReport`, and what is written above them."""
WHOLE = (
    "input: largest {d.input_largest:.3g}, rms {d.input_rms:.3g}; logits: std {d.logits_std:.3g}"
)
"""The line below the table."""


@dataclass(frozen=True)
class LayerReport:
    """What a layer of spiking neurons did with the batch. What wasn't measured is NaN.

    Attributes:
        name: its path in the net.
        rate: spikes for each neuron and step.
        never: the share of the neurons that don't fire once.
        always: the share of the neurons with a rate above .9.
        mean: mean of u = H - v_threshold, in thresholds. (One threshold is the way from `v_reset`
            to `v_threshold`; from 0 where the reset is soft.)
        std: standard deviation of u, in thresholds.
        near: the share of u where the surrogate's slope is at least a tenth of that at 0.
        slope: the mean of the surrogate's slope at u.
        slope_rms: the root of its mean square: what the surrogate alone makes of a gradient's norm.
        gain: norm of the gradient at the layer's input by the norm at its output; without a loss
            NaN.
        gradient: norm of the loss's gradient with respect to the layer's input current; without a
            loss NaN.
        overshoot: the median of u where the neuron fires, in thresholds; 0 where none does.
        signal: standard deviation of a neuron's input over samples and steps, after the division by
            `divisor`, in thresholds; mean over the neurons.
        finite: the share of H that is a finite number.
        threshold: one threshold, see `mean`; the mean, if the neurons have different ones.
        divisor: what the neuron divides its input by: `tau`, or 1 without `decay_input`.
        steps: T, how many time steps were seen.
    """

    name: str
    rate: float
    never: float
    always: float
    mean: float
    std: float
    near: float
    slope: float
    slope_rms: float
    gain: float
    gradient: float
    overshoot: float
    signal: float
    finite: float
    threshold: float
    divisor: float
    steps: int


@dataclass(frozen=True, repr=False)
class Diagnosis:
    """What `diagnose` found. Printed, it is a table and one to three sentences.

    Attributes:
        layers: one `LayerReport` for each layer of spiking neurons, in the order of the pass.
        unreset: the names of the modules whose state wasn't their first one before the pass.
        input_largest: the largest absolute value of the input.
        input_rms: the root of the input's mean square.
        input_finite: the share of the input that is a finite number.
        logits_std: standard deviation of the net's output over the samples, mean over the
            outputs; the mean over time, where the output is ``[T, N, *]``. NaN where the output is
            that of the last spiking layer, or is no tensor.
        loss: the loss; without one NaN.
        sick: the name of the first sick layer, or 'input' or 'readout'; None: nothing found.
        illness: one of `ILLNESSES`, or None.
        symptom: a sentence: what was measured.
        cause: a sentence: why that is so.
        remedy: a sentence: what to do.
    """

    layers: list[LayerReport]
    unreset: list[str]
    input_largest: float
    input_rms: float
    input_finite: float
    logits_std: float
    loss: float
    sick: str | None = None
    illness: str | None = None
    symptom: str = ""
    cause: str = ""
    remedy: str = ""

    @property
    def first(self) -> LayerReport:
        """The report of the first layer."""
        return self.layers[0]

    def _rows(self) -> list[list[str]]:
        rows = [[*HEADS.values()]]
        for row in self.layers:
            rows.append([_number(getattr(row, name)) for name in HEADS])
        return rows

    def _said(self) -> list[str]:
        return [
            WHOLE.format(d=self),
            " ".join(filter(None, [self.symptom, self.cause])),
            self.remedy,
        ]

    def __str__(self) -> str:
        rows = self._rows()
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = [
            "  ".join([row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])])
            for row in rows
        ]
        return "\n".join([*lines, *filter(None, self._said())])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        head, *rows = ([html.escape(cell) for cell in row] for row in self._rows())
        top = "".join(f'<th scope="col">{cell}</th>' for cell in head)
        lines = (f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
        said = (f"<p>{html.escape(line)}</p>" for line in self._said() if line)
        table = f"<table><thead><tr>{top}</tr></thead><tbody>{''.join(lines)}</tbody></table>"
        return "".join([table, *said])


def _number(value: Any) -> str:
    return value if isinstance(value, str) else "-" if math.isnan(value) else f"{value:.3g}"


def diagnose(
    net: nn.Module,
    x: torch.Tensor,
    loss: Callable[[Any], Any] | torch.Tensor | None = None,
) -> Diagnosis:
    """Take one batch through a net, forward and backward, and say what is wrong with the net.

    The pass is taken on a copy, after a reset, in the mode that the net is in (`train` or `eval`):
    state, gradients, buffers, mode and random numbers are afterwards what they were. A layer that
    the pass doesn't run isn't reported.

    Args:
        net: any module with layers of spiking neurons, `node.BaseNode`, in it.
        x: the batch, as `net` takes it, of two samples or more: ``[T, N, *]`` in step mode 'm',
            or whatever a net takes that makes the time steps itself.
        loss: a function of the net's output that gives one number, or the right class of each
            sample, int64 of shape ``[N]``: the cross entropy of the output then, of its mean over
            time if it is ``[T, N, C]``. None: no backward pass, and `gain` and `gradient` are NaN.

    Raises:
        TypeError: net is no module, x no tensor, loss neither a function nor a tensor.
        ValueError: no layer of spiking neurons, or none that the pass runs; one sample only; a loss
            that isn't one number, or that doesn't depend on what the layers do.

    Example:
        >>> print(diagnose(net, x_seq, target))
    """
    if not (loss is None or callable(loss) or isinstance(loss, torch.Tensor)):
        raise TypeError(
            f"diagnose: loss={shown(loss)}; wanted a function of the output, or the classes [N]"
        )
    _spiking(net, x, "diagnose")
    spread, cost, ends = _NAN, None, _Ends()
    with _aside(net, x), torch.inference_mode(False), torch.set_grad_enabled(loss is not None):
        trial = copy.deepcopy(net)
        layers = _spiking(trial, x, "diagnose")
        unreset = [n or type(m).__name__ for n, m in trial.named_modules() if _has_moved_on(m)]
        reset_net(trial)
        for name, layer in layers.items():
            layer._observers.append(functools.partial(ends.watch, name))
        batch = x.detach().clone()
        if loss is not None and batch.is_floating_point():
            batch = batch.requires_grad_().clone()  # a copy: a net may change its input in place
        with Recorder(trial, layers, ("x", "h", "s")) as record:
            logits = out = trial(batch)
        if not ends.outputs:
            raise ValueError(f"diagnose: the pass ran none of the layers {', '.join(layers)}")
        steps, samples = record[next(iter(ends.outputs))].s.shape[:2]
        if samples < 2:
            raise ValueError(
                "diagnose: a batch of one sample; wanted two or more that differ, to see what "
                "depends on the input"
            )
        if isinstance(out, torch.Tensor):
            if out.ndim > 2 and out.shape[:2] == (steps, samples):
                logits = out.mean(0)
            if not ends.gave(out):
                spread = logits.detach().double().std(0).mean().item()
        if loss is not None:
            cost = _cost(loss, out) if callable(loss) else nn.functional.cross_entropy(logits, loss)
            if not (isinstance(cost, torch.Tensor) and cost.numel() == 1 and cost.requires_grad):
                raise ValueError(
                    f"diagnose: the loss is {shown(cost)}; wanted one number that depends on what "
                    "the net's layers give"
                )
            cost.backward()
        reports = [_report(n, layers[n], record[n], *ends.norms(n)) for n in ends.outputs]
    size = x.detach().double().abs()
    return _judged(
        Diagnosis(
            reports,
            unreset,
            input_largest=size.max().item(),
            input_rms=size.square().mean().sqrt().item(),
            input_finite=size.isfinite().double().mean().item(),
            logits_std=spread,
            loss=_NAN if cost is None else cost.item(),
        )
    )


class _Ends:
    """Where layers begin and end in the graph: their outputs, and the gradients that pass there."""

    def __init__(self) -> None:
        self.outputs: dict[str, torch.Tensor] = {}
        self.squares: dict[tuple[str, int], float] = {}

    def watch(self, name: str, layer: Node, x_seq: torch.Tensor, done: Run) -> None:
        self.outputs[name] = done.s_seq
        for end, tensor in enumerate((x_seq, done.s_seq)):
            if tensor.requires_grad:
                tensor.register_hook(functools.partial(self._add, (name, end)))

    def _add(self, place: tuple[str, int], gradient: torch.Tensor) -> None:
        square = gradient.double().square().sum().item()
        self.squares[place] = self.squares.get(place, 0.0) + square

    def norms(self, name: str) -> Iterator[float]:
        """Yield the norm of the loss's gradient at a layer's input, then at its output."""
        return (math.sqrt(self.squares.get((name, end), _NAN)) for end in (0, 1))

    def gave(self, out: torch.Tensor) -> bool:
        """Whether a layer's own output is what the net gave."""
        memory = out.untyped_storage().data_ptr()
        return any(s.untyped_storage().data_ptr() == memory for s in self.outputs.values())


def _cost(loss: Callable[[Any], Any], out: Any) -> Any:
    try:
        return loss(out)
    except Exception as error:
        error.add_note(
            "This happened in the loss that snnbook's diagnose was given. It is called with the "
            "net's output alone; give the classes [N], or lambda out: criterion(out, target)."
        )
        raise


def _report(
    name: str, layer: BaseNode, record: LayerRecord, gradient: float, back: float
) -> LayerReport:
    """Return one layer's measures; the gradient's norms are those at its input and its output."""
    rest = 0.0 if layer.v_reset is None else layer.v_reset
    place = record.h.device  # and not the default one
    threshold, rest = (
        torch.as_tensor(v, device=place).detach().to(record.h) for v in (layer.v_threshold, rest)
    )
    unit = torch.where(threshold == rest, 1.0, (threshold - rest).abs())
    u, rates = record.h - threshold, record.s.double().mean((0, 1))
    slopes, steepest = _slope(layer, u), _slope(layer, u.new_zeros(1))
    u, fired = u.double() / unit, record.s > 0
    gain = gradient / back if back else _NAN
    divisor = torch.as_tensor(getattr(layer, "tau", 1.0), device=place).detach().to(record.h)
    if not getattr(layer, "decay_input", False):
        divisor = torch.ones_like(divisor)
    values: dict[str, Any] = {
        "rate": rates.mean(),
        "never": (rates == 0).double().mean(),
        "always": (rates > 0.9).double().mean(),
        "mean": u.mean(),
        "std": u.std(),
        "near": ((slopes > 0) & (slopes >= 0.1 * steepest)).double().mean(),
        "slope": slopes.double().mean(),
        "slope_rms": slopes.double().square().mean().sqrt(),
        "gradient": gradient,
        "gain": math.inf if math.isfinite(back) and not math.isfinite(gradient) else gain,
        "overshoot": u[fired].median() if fired.any() else 0.0,
        "signal": (record.x / divisor / unit).double().std((0, 1)).mean(),
        "finite": u.isfinite().double().mean(),
        "threshold": unit.mean(),
        "divisor": divisor.mean(),
    }
    return LayerReport(name, steps=len(u), **{key: float(value) for key, value in values.items()})


def _slope(layer: BaseNode, u: torch.Tensor) -> torch.Tensor:
    """Return the slope that the backward pass sees at u, whatever Θ is."""
    with torch.enable_grad():
        u = u.detach().requires_grad_()
        s = cast(Theta, layer.surrogate_function)(u)
        if not s.requires_grad:
            return torch.zeros_like(u)
        return torch.autograd.grad(s.sum(), u)[0]


def _judged(found: Diagnosis) -> Diagnosis:
    """Return the diagnosis with what the rules say, in words."""
    order: list[tuple[str, str, Any]] = [("input", "input", found)]
    order += [("layer", row.name, row) for row in found.layers]
    order += [("readout", "readout", found)]
    met = [(n, m, rule.illness) for kind, n, m in order for rule in RULES[kind] if rule.met(m)]
    met = [(name, found, "not reset") for name in found.unreset] + met
    sick, measured, illness = met[0] if met else (None, found, None)
    row = found.first if measured is found else measured
    causes = [why for why, sign in _CAUSES.items() if sign.illness == illness and sign.met(row)]
    keys = [f"{illness}: {why}" for why in (sick, *causes)]
    said = SENTENCES[next((key for key in keys if key in SENTENCES), illness or "")]
    name = found.first.name if sick == "input" else sick
    symptom, cause, remedy = (one.format(name=name, row=row, d=found) for one in said)
    return dataclasses.replace(
        found, sick=sick, illness=illness, symptom=symptom, cause=cause, remedy=remedy
    )


def _spiking(net: nn.Module, x: Any, caller: str) -> dict[str, BaseNode]:
    if not isinstance(x, torch.Tensor):
        raise TypeError(f"{caller}: the batch is {type(x).__name__}; wanted a torch.Tensor")
    layers = {name: one for name, one in spiking_layers(net) if isinstance(one, BaseNode)}
    if not layers:
        raise ValueError(f"{caller}: there is no layer of spiking neurons in {type(net).__name__}")
    return layers


def _has_moved_on(module: nn.Module) -> bool:
    """Whether a module remembers something else than what `reset` gives it."""
    if not isinstance(module, MemoryModule):
        return False
    pairs = [(value, module._first_value(name)) for name, value in module._memory.items()]
    return any(
        bool((torch.as_tensor(one, device="cpu") != torch.as_tensor(first, device="cpu")).any())
        for one, first in pairs
    )


def _aside(net: nn.Module, x: torch.Tensor) -> AbstractContextManager[None]:
    """Leave the random numbers of the net's devices as they are."""
    used = {t.device for t in (*net.parameters(), *net.buffers(), x) if t.is_cuda}
    return torch.random.fork_rng([*used])


# --- weights to begin with -----------------------------------------------------------------------


class Membrane(NamedTuple):
    """The potential of a neuron that doesn't fire, see `free_membrane`.

    Attributes:
        mean: over neurons and samples.
        noise: the variance over samples, mean over neurons: it comes with the spikes.
        spread: the variance over neurons of their means: it is frozen in the weights.
    """

    mean: float
    noise: float
    spread: float


_MOST = sys.float_info.max
_MOMENTS: dict[str, tuple[Any, float, float, str]] = {
    "fan_in": (
        numbers.Integral,
        1,
        _MOST,
        "how many inputs a neuron has, a whole number of at least 1: weight[0].numel()",
    ),
    "rate": (
        numbers.Real,
        0,
        1,
        "spikes for each input and step, from 0 to 1: divide the number of spikes by that of steps",
    ),
    "std": (
        numbers.Real,
        0,
        _MOST,
        "the weights' standard deviation, a finite number of at least 0; their sign is in mean",
    ),
    "mean": (numbers.Real, -_MOST, _MOST, "the weights' mean, a finite number"),
    "steps": (
        numbers.Integral,
        1,
        _MOST,
        "a whole number of steps of at least 1; 100 is long for a tau below 20",
    ),
}
"""What the numbers that `free_membrane` is given may be: kind, least, most, and this in words."""


def free_membrane(
    fan_in: int, rate: float, std: float, layer: Node, mean: float = 0.0, steps: int = 100
) -> Membrane:
    r"""Return the moments of V after some steps, for random weights and no threshold.

    The input is `fan_in` spike trains of one rate, each step drawn anew. With κ[s], what is left of
    a unit input after s steps, of the layer's own equations,

    - mean: :math:`n\,r\,\mu \sum κ`, and V of no input;
    - noise: :math:`n\,r(1-r)(\mu^2+\sigma^2) \sum κ^2`;
    - spread: :math:`n\,r^2 \sigma^2 (\sum κ)^2`.

    Mean and noise are those of Rossbroich, Gygax & Zenke 2022, doi:10.1088/2634-4386/ac97bb, whose
    trains are Poisson: there r stands for r(1-r). The spread isn't in their law. With mean 0 and in
    the long run, it is larger than the noise where a LIF layer's input rate is above 1 / (2 tau).

    Args:
        fan_in: n, the number of inputs.
        rate: r, spikes for each input and step.
        std: σ, standard deviation of the weights.
        layer: a neuron, whose potential must be linear in its input, as long as it doesn't fire.
        mean: μ, the weights' mean.
        steps: after how many steps, from the first state on.

    Raises:
        TypeError: layer is no `node.Node`, or has no equations; a number that is none.
        ValueError: its potential isn't linear in its input; a number out of its range.
    """
    if not isinstance(layer, Node):
        raise TypeError(f"free_membrane: layer is {type(layer).__name__}; wanted a neuron")
    given = {"fan_in": fan_in, "rate": rate, "std": std, "mean": mean, "steps": steps}
    for name, value in given.items():
        kind, low, high, wanted = _MOMENTS[name]
        if not isinstance(value, kind) or not low <= value <= high:
            fault = ValueError if isinstance(value, kind) else TypeError
            raise fault(f"free_membrane: {name}={shown(value)}; wanted {wanted}")
    free = copy.deepcopy(layer).double().cpu()
    free.backend = "torch"
    if isinstance(free, BaseNode):
        free.v_threshold = torch.finfo(torch.float32).max
    wave = 3 * torch.arange(float(steps), dtype=torch.float64, device="cpu").cos()
    pulse = torch.eye(steps, 1, dtype=torch.float64, device="cpu")[:, 0]
    with torch.no_grad():
        v = free.run(torch.stack([0 * wave, pulse, wave], 1).unsqueeze(1), trace=True).v_seq
    assert v is not None
    rest, pulsed, waved = v[:, 0].unbind(1)
    kernel = pulsed - rest
    if not torch.isclose(rest[-1] + kernel.flip(0) @ wave, waved[-1], rtol=1e-6, atol=1e-6):
        raise ValueError(
            f"free_membrane: the potential of {type(layer).__name__} isn't linear in its input, so "
            "these moments aren't its own; rate_normal_ finds its weights by trying"
        )
    drive, squares = kernel.sum().item(), kernel.square().sum().item()
    return Membrane(
        rest[-1].item() + fan_in * rate * mean * drive,
        fan_in * rate * (1 - rate) * (mean**2 + std**2) * squares,
        fan_in * (rate * std * drive) ** 2,
    )


@torch.no_grad()
def rate_normal_(
    weight: torch.Tensor,
    rate: float,
    layer: BaseNode,
    input_rate: float | torch.Tensor | None = None,
    steps: int = 100,
    generator: torch.Generator | None = None,
) -> torch.Tensor:
    r"""Fill a weight with normal numbers of mean 0 that let a layer fire at a wanted rate.

    The standard deviation is found by bisection on a mean field: 10,000 neurons with the layer's
    own equations, its reset too. Their current has the moments that n spike trains give it through
    such weights: a part of variance :math:`n \sigma^2 \overline{r^2}` is frozen in the weights, and
    one of variance :math:`n \sigma^2 (\overline{r} - \overline{r^2})` is new in each step. Weights
    from the membrane's fluctuations are the idea of Rossbroich, Gygax & Zenke 2022,
    doi:10.1088/2634-4386/ac97bb; their closed form sets how far the threshold is from a membrane
    without reset, in standard deviations.

    Args:
        weight: is changed; shape ``[outputs, inputs, *]``, as `nn.Linear` and `nn.Conv2d` have it.
        rate: spikes for each neuron and step, above 0 and below 1. With mean 0, half of the neurons
            are driven downwards, so that a rate above .3 or so may be out of reach.
        layer: the neurons that the weights feed; its state is neither read nor changed. A bias
            before it is taken for 0.
        input_rate: spikes for each input and step, one number for all or one for each input; None
            means `rate`.
        steps: how many time steps the net is going to run for.
        generator: draws the weights.

    Returns:
        `weight`.

    Raises:
        TypeError: layer is no layer of spiking neurons.
        ValueError: a rate out of its range, or one that no weights reach; a weight that has fewer
            than two dimensions.
    """
    _check_rate("rate_normal_", rate)
    if not isinstance(layer, BaseNode):
        raise TypeError(
            f"rate_normal_: layer is {type(layer).__name__}; wanted a layer of spiking neurons"
        )
    dense = getattr(weight, "layout", None) is torch.strided
    if not dense or weight.dtype not in FLOATS or weight.ndim < 2 or not weight.numel():
        raise (ValueError if dense else TypeError)(
            f"rate_normal_: the weight is {shown(weight)}; wanted a floating-point tensor "
            "[outputs, inputs, *], such as linear.weight"
        )
    rates = rate if input_rate is None else input_rate
    rates = torch.as_tensor(rates, device=weight.device).double()
    if not bool(((rates >= 0) & (rates <= 1)).all()):
        raise ValueError(f"rate_normal_: input_rate={shown(input_rate)}; wanted 0 to 1 of each")
    square = rates.square().mean()
    own = torch.Generator(weight.device).manual_seed(0)
    draw = functools.partial(torch.randn, device=weight.device, generator=own)
    current = draw(1, 1, 10_000) * square.sqrt().item()
    current = current + draw(steps, 1, 10_000) * (rates.mean() - square).sqrt().item()

    def measured(scale: float) -> float:
        return layer.run(current * scale).s_seq.mean().item()

    scale = _scale(rate, measured)
    _check_reached("rate_normal_", "the layer", rate, measured(scale))
    return weight.normal_(0, scale / math.sqrt(weight[0].numel()), generator=generator)


@torch.no_grad()
def fit_rates_(net: nn.Module, x: torch.Tensor, rate: float = 0.15) -> nn.Module:
    """Scale the weights of a net until each layer of spiking neurons fires at a wanted rate.

    Layer by layer, from the input on, the weights that feed it are multiplied by one number, found
    by bisection: those of all modules (Linear, Conv2d, BatchNorm, feedback) that the pass runs
    between the layer before and this one. The biases stay.

    Args:
        net: any module; only its weights are changed.
        x: a batch, as `diagnose` takes it. Its mean rate over samples, steps and neurons counts.
        rate: spikes for each neuron and step, above 0 and below 1.

    Returns:
        `net`.

    Raises:
        TypeError: net is no module, or x no tensor.
        ValueError: a rate out of its range; no layer of spiking neurons; a layer that no weights of
            its own feed, or whose rate isn't reached, whatever their scale. The net is then what it
            was.
    """
    _check_rate("fit_rates_", rate)
    _spiking(net, x, "fit_rates_")
    if not bool(x.isfinite().all()):
        raise ValueError("fit_rates_: the batch holds infinity or NaN; clean the data first")
    trial = copy.deepcopy(net)

    def measured(
        name: str, weights: list[torch.Tensor], first: list[torch.Tensor], scale: float
    ) -> float:
        for weight, was in zip(weights, first, strict=True):
            weight.copy_(was * scale)
        reset_net(trial)
        with _aside(trial, x), Recorder(trial, [name], ("s",)) as record:
            trial(x)
        return record[name].s.mean().item()

    feeding = _feeding(trial, _spiking(trial, x, "fit_rates_"), x)
    for name, weights in feeding.items():
        if not weights:
            raise ValueError(
                f"fit_rates_: no weights of its own feed layer {name}, so there is nothing to "
                "scale; put a layer with a weight, such as nn.Linear, before it"
            )
        measure = functools.partial(measured, name, weights, [w.clone() for w in weights])
        _scale(rate, measure)  # the weights stay as they were tried last
    for name in feeding:  # at the end, since layers that feed each other might have changed
        _check_reached("fit_rates_", f"layer {name}", rate, measured(name, [], [], 1.0))
    for weight, fitted in zip(net.parameters(), trial.parameters(), strict=True):
        weight.copy_(fitted)
    return net


def _feeding(
    net: nn.Module, layers: dict[str, BaseNode], x: torch.Tensor
) -> dict[str, list[torch.Tensor]]:
    """Return the weights that the pass uses before each layer, each where it is used first."""
    found: dict[str, list[torch.Tensor]] = {}
    waiting: dict[int, torch.Tensor] = {}
    used: set[int] = set()

    def weighted(module: Any, *_: Any) -> None:
        if id(module.weight) not in used:
            waiting[id(module.weight)] = module.weight
            used.add(id(module.weight))

    def spiked(name: str, *_: Any) -> None:
        if name not in found:
            found[name] = [*waiting.values()]
            waiting.clear()

    hooks = [
        module.register_forward_pre_hook(weighted)
        for module in net.modules()
        if isinstance(getattr(module, "weight", None), nn.Parameter)
    ]
    for name, layer in layers.items():
        layer._observers.append(functools.partial(spiked, name))
    reset_net(net)
    with _aside(net, x):
        net(x)
    for hook in hooks:
        hook.remove()
    return found


def _scale(rate: float, measured: Callable[[float], float]) -> float:
    """Return the number between 1e-4 and 1e4 that gives a wanted rate, to 1 %."""
    low, high = 1e-4, 1e4
    for _ in range(16):
        scale = math.sqrt(low * high)
        reached = measured(scale)
        if abs(reached - rate) < 0.01 * rate:
            break
        low, high = (scale, high) if reached < rate else (low, scale)
    return scale


def _check_rate(caller: str, rate: Any) -> None:
    if not isinstance(rate, (int, float)) or not 0 < rate < 1:
        raise ValueError(
            f"{caller}: rate={shown(rate)}; wanted spikes for each neuron and step, a number above "
            "0 and below 1"
        )


def _check_reached(caller: str, what: str, rate: float, reached: float) -> None:
    if not abs(reached - rate) <= max(0.01, 0.1 * rate):  # it may be NaN
        raise ValueError(
            f"{caller}: {what} fires at a rate of {reached:.3g}, not {rate:.3g}, however its "
            "weights are scaled. Wanted are weights that aren't all 0 or of one sign, and a rate "
            "that the layer can reach"
        )
