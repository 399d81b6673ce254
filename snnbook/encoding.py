"""Numbers to spikes and back: pure functions, time first.

==================== ====================== ====================================================
encoder              decoder                elsewhere
==================== ====================== ====================================================
`direct`             `rate`                 constant current
`bernoulli`          `rate`, `count`        snnTorch rate, SpikingJelly PoissonEncoder, Norse
                                            poisson_encode
`latency`            `from_latency`,        snnTorch latency, SpikingJelly LatencyEncoder
                     `first_spike`
`phase`              `from_phase`           SpikingJelly WeightedPhaseEncoder
`population`         `population_vector`    Norse population_encode
`delta`              `from_delta`           send on delta; snnTorch delta compares neighbours only
==================== ====================== ====================================================

An encoder takes `x`, numbers from 0 to 1, floating point, of any shape ``[*]``, and the number of
steps `T`, an int; it returns spikes 0 or 1, shape ``[T, *]``, in x's dtype. A decoder takes spikes
``[T, *]`` of any real dtype and returns numbers ``[*]``. All compute in float32, or in float64
where the input has it, and decoders return that: half precision is decoded to float32. The errors
that they promise hold up to the rounding of these dtypes.

All read the values that they are given, so they stay outside of `torch.compile`. Nothing is
clipped: each raises TypeError where an argument has another type or dtype (integers for numbers,
sparse, complex), ValueError where a number is NaN or out of its range, or a shape doesn't fit.
"""

import math
import numbers

import torch

from .fields import FLOATS

__all__ = ["bernoulli", "count", "delta", "direct", "first_spike", "from_delta", "from_latency"]
__all__ += ["from_phase", "latency", "phase", "population", "population_vector", "rate"]

_REAL = (*FLOATS, torch.bool, torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64)
_LONGEST = 2**24  # so far float32 counts exactly
_TINY, _HUGE = torch.finfo(torch.float32).tiny, torch.finfo(torch.float32).max


def direct(x: torch.Tensor, T: int) -> torch.Tensor:
    """Repeat x in every step: a constant current ``[T, *]``, not yet spikes.

    `rate` gives x back. A gradient flows to x. (A current outside 0 to 1 needs no encoder:
    ``x.expand(T, *x.shape)``.)
    """
    _read("x", x)
    return x.repeat(_whole("T", T), *[1] * x.ndim)


def bernoulli(x: torch.Tensor, T: int, *, generator: torch.Generator) -> torch.Tensor:
    r"""Fire in each step with probability x, every number and every step on its own.

    `rate` gives x back with standard deviation :math:`\sqrt{x (1 - x) / T}`. 0 never fires, 1
    always does. No gradient flows. The randomness comes from `generator`, which is on x's device:
    ``torch.Generator(x.device).manual_seed(0)``.
    """
    p, T = _read("x", x), _whole("T", T)
    remedy = f"wanted torch.Generator({str(x.device)!r}).manual_seed(0), with a seed of yours"
    if not isinstance(generator, torch.Generator):
        raise TypeError(f"generator is of type {type(generator).__name__}; {remedy}")
    place = generator.device
    if place.type != x.device.type or place.index not in (None, x.device.index):
        raise ValueError(f"generator is on {place}, x on {x.device}; {remedy}")
    noise = torch.rand((T, *x.shape), dtype=p.dtype, device=x.device, generator=generator)
    return noise.lt(p).to(x.dtype)  # not <=: the noise can be 0, never 1


def latency(x: torch.Tensor, T: int) -> torch.Tensor:
    r"""Fire once, the earlier the larger x: in step :math:`\lfloor (T-1)(1-x) + 1/2 \rfloor`.

    T is at least 2; 1 fires in step 0 and 0 in step T - 1. `from_latency` gives x back with an
    error of at most 1 / (2 (T - 1)). No gradient flows.
    """
    level, T = _read("x", x), _whole("T", T, 2)
    step = ((T - 1) * (1 - level) + 0.5).long()
    return x.new_zeros((T, *x.shape)).scatter(0, step.unsqueeze(0), 1.0)


def phase(x: torch.Tensor, K: int) -> torch.Tensor:
    r"""Fire the first K binary digits of x, 1 to 62: a spike in step k is worth 2^-(k+1).

    Returns ``[K, *]``; 1 fires in every step. `from_phase` gives x back with an error of at most
    2^-(K+1). No gradient flows.

    Source: Kim, Kim, Huh, Lee & Choi, Neurocomputing 311 (2018), doi:10.1016/j.neucom.2018.05.087.
    """
    level, K = _read("x", x), _whole("K", K, 1, 62)
    digits = (level * 2**K).long().clamp(max=2**K - 1)  # the last of the 2^K intervals includes 1
    return torch.stack([digits >> k & 1 for k in reversed(range(K))]).to(x.dtype)


def population(x: torch.Tensor, N: int, width: float, *, pad: float = 3.0) -> torch.Tensor:
    r"""Spread x over N neurons: values from 0 to 1, ``[*, N]``, for `bernoulli` or `latency`.

    Neuron i has the value :math:`\exp(-(x - c_i)^2 / (2 \, \mathrm{width}^2))`. The centres c are
    evenly spaced from -pad·width to 1 + pad·width, at most two widths apart; width is at most 1.
    `population_vector` gives x back with an error of at most 0.05·width (0.005·width if the centres
    are at most one width apart); with a pad below 3, numbers near 0 and 1 are drawn to the middle,
    which no T mends. A gradient flows to x.

    Source: Bohte, La Poutré & Kok, IEEE Trans. Neural Netw. 13 (2002), doi:10.1109/72.991428.
    """
    level = _read("x", x)
    distance = level.unsqueeze(-1) - _centres(N, width, pad, level)
    return (-0.5 * (distance / width).square()).exp().to(x.dtype)


def delta(x_seq: torch.Tensor, threshold: float) -> torch.Tensor:
    """Fire 1 or -1 where x has moved by `threshold` or more from what the spikes so far tell.

    Takes finite numbers of any size, ``[T, *]``, and returns spikes -1, 0 or 1, ``[T, *]``. What
    they tell begins with ``x_seq[0]``; a spike moves it by one threshold. `from_delta` gives x_seq
    back with an error below `threshold`, as long as no step changes x by more than that; after a
    larger jump it follows by one threshold a step. No gradient flows. For neurons that want 0 or
    1, take ``s_seq == 1`` and ``s_seq == -1`` as two channels.

    Source: Miskowicz, Sensors 6 (2006), doi:10.3390/s6010049.
    """
    levels = _in_time("x_seq", _read("x_seq", x_seq, -math.inf, math.inf)).detach()
    threshold = _number("threshold", threshold, _TINY, _HUGE)
    total, s_seq = torch.zeros_like(levels[0]), torch.zeros_like(levels)
    for level, s in zip(levels, s_seq, strict=True):
        error = level - (levels[0] + threshold * total)  # to the bit what from_delta tells
        s.copy_(error.sign() * (error.abs() >= threshold))
        total += s
    return s_seq.to(x_seq.dtype)


def count(s_seq: torch.Tensor) -> torch.Tensor:
    """Return the number of spikes of each neuron; values between 0 and 1 count as they are.

    A gradient flows to s_seq.
    """
    return _in_time("s_seq", _read("s_seq", s_seq, spikes=True)).sum(0)


def rate(s_seq: torch.Tensor) -> torch.Tensor:
    """Return the spikes a neuron and step, `count` / T. A gradient flows to s_seq."""
    return count(s_seq) / s_seq.shape[0]


def first_spike(s_seq: torch.Tensor) -> torch.Tensor:
    """Return the step of each neuron's first spike, T if there is none; int64. No gradient."""
    return (_spikes(s_seq).cumsum(0) == 0).sum(0)


def from_latency(s_seq: torch.Tensor, *, silent: float | None = None) -> torch.Tensor:
    """Decode `latency`: 1 - `first_spike` / (T - 1), T at least 2. No gradient flows.

    A neuron that never fires tells no number. It becomes the number `silent`; without that it is a
    ValueError.
    """
    spikes = _spikes(s_seq, 2)
    step, last = first_spike(spikes), len(spikes) - 1
    return _or_silent(1 - step.to(spikes.dtype) / last, step > last, silent)


def from_phase(s_seq: torch.Tensor) -> torch.Tensor:
    """Decode `phase`: the middle of the interval that K digits tell, K from 1 to 62.

    A gradient flows to s_seq. A neuron that never fires tells 2^-(K+1).
    """
    spikes = _spikes(s_seq, 1, 62)
    digits = torch.stack([s * 2.0**-k for k, s in enumerate(spikes, 1)])
    return digits.sum(0) + 0.5 ** (len(spikes) + 1)


def population_vector(
    activity: torch.Tensor, width: float, *, pad: float = 3.0, silent: float | None = None
) -> torch.Tensor:
    """Decode `population`: the mean of the centres, weighted by the neurons' activity.

    Takes counts, rates or values of at least 0, floating point, ``[*, N]``; of spikes ``[T, *, N]``
    their `count`. `width` and `pad` are those of the encoder. A gradient flows to activity. N
    neurons that are all 0 tell no number. It becomes the number `silent`; without that it is a
    ValueError.
    """
    weights = _read("activity", activity, 0.0, math.inf)
    if activity.ndim == 0:
        raise ValueError("activity has shape []; wanted [*, N]")
    centres = _centres(activity.shape[-1], width, pad, weights)
    peak = weights.detach().amax(-1, keepdim=True)
    shares = weights / peak.where(peak > 0, 1.0)  # sums of them don't overflow
    mean = (shares * centres).sum(-1) / shares.sum(-1).clamp(min=1.0)
    return _or_silent(mean, peak.squeeze(-1) == 0, silent)


def from_delta(s_seq: torch.Tensor, threshold: float, start: torch.Tensor) -> torch.Tensor:
    """Decode `delta`: start + threshold · (sum of the spikes so far), ``[T, *]``.

    `start` is ``x_seq[0]``, ``[*]``, on s_seq's device. A gradient flows to s_seq and start.
    """
    spikes = _spikes(s_seq, low=-1.0)
    begin = _read("start", start, -math.inf, math.inf)
    given, wanted = (f"{list(x.shape)} on {x.device}" for x in (begin, spikes[0]))
    if given != wanted:
        raise ValueError(f"start has shape {given}; wanted x_seq[0], {wanted}")
    return begin + _number("threshold", threshold, _TINY, _HUGE) * spikes.cumsum(0)


def _read(
    name: str, x: torch.Tensor, low: float = 0.0, high: float = 1.0, *, spikes: bool = False
) -> torch.Tensor:
    """Read a tensor of finite numbers from `low` to `high`; return it in float32 or float64."""
    wanted = f"finite numbers from {low:.8g} to {high:.8g}"
    if not isinstance(x, torch.Tensor):
        raise TypeError(f"{name} is of type {type(x).__name__}; wanted a tensor of {wanted}")
    if x.dtype not in (_REAL if spikes else FLOATS):
        remedy = "spikes" if spikes else "floating point, such as pixels.float() / 255"
        raise TypeError(f"{name} has dtype {x.dtype}; wanted {wanted}, {remedy}")
    if x.layout != torch.strided or x.is_nested or x.is_meta:
        raise TypeError(f"{name} is sparse, nested or on device meta; wanted a dense tensor")
    wide = x.to(torch.promote_types(x.dtype, torch.float32))
    if not bool((wide.isfinite() & (wide >= low) & (wide <= high)).all()):
        least, most = (limit.item() for limit in wide.detach().aminmax())
        raise ValueError(f"{name} is from {least} to {most}, which isn't clipped; wanted {wanted}")
    return wide


def _in_time(name: str, x_seq: torch.Tensor, least: int = 1, most: int = _LONGEST) -> torch.Tensor:
    """Return a sequence whose first axis has `least` to `most` steps."""
    if x_seq.ndim == 0:
        raise ValueError(f"{name} has shape []; wanted [T, *], time first")
    _whole(f"{name}.shape[0], the number of steps,", x_seq.shape[0], least, most)
    return x_seq


def _spikes(
    s_seq: torch.Tensor, least: int = 1, most: int = _LONGEST, low: float = 0.0
) -> torch.Tensor:
    """Read spikes: 0 and 1, or from `low` on; return them in float32 or float64."""
    spikes = _in_time("s_seq", _read("s_seq", s_seq, low, spikes=True), least, most)
    if bool((spikes != spikes.round()).any()):
        raise ValueError(f"s_seq has fractions between {low:g} and 1; wanted spikes")
    return spikes


def _number(name: str, value: float, low: float, high: float, kind: type = numbers.Real) -> float:
    """Read a number from `low` to `high`."""
    what = "a number" if kind is numbers.Real else "an int"
    wanted = f"wanted {what} from {low:.8g} to {high:.8g}"
    if not isinstance(value, kind) or isinstance(value, bool):
        raise TypeError(f"{name} is of type {type(value).__name__}; {wanted}")
    if not low <= value <= high:
        raise ValueError(f"{name} is {value}; {wanted}")
    return float(value)


def _whole(name: str, value: int, least: int = 1, most: int = _LONGEST) -> int:
    """Read a number of steps or neurons."""
    return int(_number(name, value, least, most, numbers.Integral))


def _centres(N: int, width: float, pad: float, like: torch.Tensor) -> torch.Tensor:
    """Return the centres of N tuning curves, ``[N]``, in dtype and on device of `like`."""
    N, width = _whole("N", N, 2), _number("width", width, 0.0, 1.0)
    reach = _number("pad", pad, 0.0, _LONGEST) * width
    if (spacing := (1 + 2 * reach) / (N - 1)) > 2 * width:
        raise ValueError(
            f"N={N} centres are {spacing:.3g} apart, and width={width:g} leaves gaps between "
            "them; wanted at most two widths: more neurons, wider curves or less pad"
        )
    return torch.linspace(-reach, 1 + reach, N, dtype=like.dtype, device=like.device)


def _or_silent(x: torch.Tensor, mute: torch.Tensor, silent: float | None) -> torch.Tensor:
    """Put the number `silent` where there was no spike to decode."""
    if silent is not None:
        return x.masked_fill(mute, _number("silent", silent, -_HUGE, _HUGE))
    if quiet := int(mute.sum()):
        raise ValueError(f"{quiet} of {mute.numel()} never fired; say with silent= what they tell")
    return x
