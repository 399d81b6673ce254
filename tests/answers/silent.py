"""Answers to the exercises of the chapter When the network is silent."""

import copy
import math

import torch

from snnbook import functional, neuron

from . import right, wrong

# ---------------------------------------------------------------------------------------- warm-up

right("silent/warm-up", "numbers")([-2, 0.533, 0.36, 3.174])
right("silent/warm-up", "as they are calculated")(
    (100 * 0.2 * -0.1, 100 * 0.2 * 0.8 * (0.1**2 + 0.3**2) / 3, 0.6**2, 3 / 0.8933**0.5)
)
right("silent/warm-up", "a tensor")(torch.tensor([-2.0, 0.5333, 0.36, 3.1741]))
wrong("silent/warm-up", "decay_input=False", "not divided by tau")([-4, 0.533, 0.36, 3.174])
wrong("silent/warm-up", "2 tau - 1", "no leak in the noise")([-2, 1.6, 0.36, 3.174])
wrong("silent/warm-up", "μ² \\+ σ²", "only sigma")([-2, 0.48, 0.36, 3.174])
wrong("silent/warm-up", "the rate is squared", "frozen without a square")([-2, 0.533, 1.8, 3.174])
wrong("silent/warm-up", "from 0 to the threshold", "without the mean")([-2, 0.533, 0.36, 1.058])
wrong("silent/warm-up", "noise alone", "one of two variances")([-2, 0.533, 0.36, 4.108])
wrong("silent/warm-up", "wanted are 4", "three parts")([-2, 0.533, 0.36])

# ----------------------------------------------------------------------------------------- derive

right("silent/derive", "as derived")(
    lambda r, tau: math.sqrt((r * (1 - r) / (2 * tau - 1) + r**2) / 3)
)


@right("silent/derive")
def by_geometric_series(r, tau):
    a, b = 1 - 1 / tau, 1 / tau
    noise = b**2 / (1 - a**2) * r * (1 - r)
    frozen = (b / (1 - a) * r) ** 2 if tau > 1 else r**2
    return torch.tensor((noise + frozen) / 3).sqrt()


@right("silent/derive")
def tried_out(r, tau):
    """The kernel of the layer itself."""
    x_seq = torch.zeros(2000, 1, 1, dtype=torch.float64)
    x_seq[0] = 1
    layer = neuron.LIFNode(tau, v_threshold=1e9)
    kernel = layer.run(x_seq, trace=True).v_seq
    return (r * (1 - r) * kernel.square().sum() / 3 + (r * kernel.sum()) ** 2 / 3).sqrt().item()


@wrong("silent/derive", "half the width")
def sigma_is_the_bound(r, tau):
    return math.sqrt(r * (1 - r) / (2 * tau - 1) + r**2)


@wrong("silent/derive", "Wanted is its root")
def a_variance(r, tau):
    return (r * (1 - r) / (2 * tau - 1) + r**2) / 3


@wrong("silent/derive", "differs from neuron to neuron")
def only_noise(r, tau):
    return math.sqrt(r * (1 - r) / (2 * tau - 1) / 3)


@wrong("silent/derive", "what changes in time")
def only_frozen(r, tau):
    return r / math.sqrt(3)


@wrong("silent/derive", "decay_input=False")
def input_not_divided(r, tau):
    return tau * math.sqrt((r * (1 - r) / (2 * tau - 1) + r**2) / 3)


@wrong("silent/derive", "r\\(1 - r\\)")
def variance_of_poisson(r, tau):
    return math.sqrt((r / (2 * tau - 1) + r**2) / 3)


# ------------------------------------------------------------------------------------------ build


@right("silent/build")
def with_means(h_seq, v_threshold, width):
    s_seq = (h_seq >= v_threshold).float()
    never = (s_seq.sum((0, 1)) == 0).float().mean()
    near = ((h_seq - v_threshold).abs() < width).float().mean()
    return [s_seq.mean().item(), never.item(), near.item()]


@right("silent/build")
def as_tensors(h_seq, v_threshold, width):
    u = h_seq - v_threshold
    highest = u.amax((0, 1))
    return (
        (u >= 0).double().mean(),
        (highest < 0).double().mean(),
        (u.abs() < width).double().mean(),
    )


@right("silent/build")
def with_loops(h_seq, v_threshold, width):
    T, N, neurons = h_seq.shape
    values = h_seq.tolist()
    spikes = near = 0
    silent = set(range(neurons))
    for t in range(T):
        for n in range(N):
            for i in range(neurons):
                h = values[t][n][i]
                near += v_threshold - width < h < v_threshold + width
                if h >= v_threshold:
                    spikes += 1
                    silent.discard(i)
    return [spikes / (T * N * neurons), len(silent) / neurons, near / (T * N * neurons)]


@wrong("silent/build", ">=")
def strictly_above(h_seq, v_threshold, width):
    s_seq = h_seq > v_threshold
    return [
        s_seq.double().mean().item(),
        with_loops(h_seq, v_threshold, width)[1],
        with_loops(h_seq, v_threshold, width)[2],
    ]


@wrong("silent/build", "once for each sample")
def silent_for_a_sample(h_seq, v_threshold, width):
    s_seq = h_seq >= v_threshold
    never = (s_seq.sum(0) == 0).double().mean().item()
    return [s_seq.double().mean().item(), never, with_loops(h_seq, v_threshold, width)[2]]


@wrong("silent/build", "that of the others")
def those_that_fire(h_seq, v_threshold, width):
    rate, never, near = with_loops(h_seq, v_threshold, width)
    return [rate, 1 - never, near]


@wrong("silent/build", "absolute value")
def no_absolute_value(h_seq, v_threshold, width):
    rate, never, _ = with_loops(h_seq, v_threshold, width)
    return [rate, never, (h_seq - v_threshold < width).double().mean().item()]


@wrong("silent/build", "compare with `<`")
def a_closed_support(h_seq, v_threshold, width):
    rate, never, _ = with_loops(h_seq, v_threshold, width)
    return [rate, never, ((h_seq - v_threshold).abs() <= width).double().mean().item()]


@wrong("silent/build", "distance from 0")
def around_rest(h_seq, v_threshold, width):
    rate, never, _ = with_loops(h_seq, v_threshold, width)
    return [rate, never, (h_seq.abs() < width).double().mean().item()]


# ----------------------------------------------------------------------------------------- choose


@right("silent/choose")
def a_loop(rows):
    for number, (rate, near) in enumerate(rows):
        if rate < 0.01:
            return number, 1
        if rate > 0.8:
            return number, 2
        if near < 0.01:
            return number, 3
    return -1, 0


@right("silent/choose")
def a_list_of_all(rows):
    cures = [1 if r < 0.01 else 2 if r > 0.8 else 3 if near < 0.01 else 0 for r, near in rows]
    sick = [k for k, cure in enumerate(cures) if cure]
    return [sick[0], cures[sick[0]]] if sick else [-1, 0]


@wrong("silent/choose", "last sick layer")
def from_the_readout(rows):
    found = -1, 0
    for number, row in enumerate(rows):
        cure = a_loop([row])[1]
        if cure:
            found = number, cure
    return found


@wrong("silent/choose", "all rates first")
def rates_then_supports(rows):
    for number, (rate, _) in enumerate(rows):
        if rate < 0.01 or rate > 0.8:
            return number, 1 if rate < 0.01 else 2
    for number, (_, near) in enumerate(rows):
        if near < 0.01:
            return number, 3
    return -1, 0


@wrong("silent/choose", "Look at its rate first")
def support_first(rows):
    for number, (rate, near) in enumerate(rows):
        if near < 0.01:
            return number, 3
        if rate < 0.01 or rate > 0.8:
            return number, 1 if rate < 0.01 else 2
    return -1, 0


@wrong("silent/choose", "from 0")
def counted_from_one(rows):
    number, cure = a_loop(rows)
    return (number + 1, cure) if cure else (-1, 0)


@wrong("silent/choose", "rates alone")
def without_supports(rows):
    for number, (rate, _) in enumerate(rows):
        if rate < 0.01 or rate > 0.8:
            return number, 1 if rate < 0.01 else 2
    return -1, 0


@wrong("silent/choose", "lowest rate")
def the_quietest(rows):
    sick = [k for k, row in enumerate(rows) if a_loop([row])[1]]
    if not sick:
        return -1, 0
    number = min(sick, key=lambda k: rows[k][0])
    return number, a_loop([rows[number]])[1]


# ------------------------------------------------------------------------------------------ break


@right("silent/break")
def with_a_reset(net, x_seq, rate):
    found, s_seq = [], x_seq
    for linear, layer in zip(net[0::2], net[1::2], strict=True):
        current, low, high = linear(s_seq), 0.0, 100.0
        for _ in range(20):
            factor = (low + high) / 2
            layer.reset()
            if layer(factor * current).mean() > rate:
                high = factor
            else:
                low = factor
        layer.reset()
        s_seq = layer(factor * current)
        layer.reset()
        found.append(factor)
    return found


@right("silent/break")
def with_a_copy_of_the_net(net, x_seq, rate):
    net, found = copy.deepcopy(net), []
    for k in range(0, len(net), 2):
        first, low, high = net[k].weight.detach().clone(), 0.01, 50.0
        for _ in range(30):
            factor = (low * high) ** 0.5
            net[k].weight.data = factor * first
            functional.reset_net(net)
            fired = net[: k + 2](x_seq).mean().item()
            low, high = (low, factor) if fired > rate else (factor, high)
        found.append(torch.tensor(factor))
    return found


@wrong("silent/break", "Both faults")
def nothing_repaired(net, x_seq, rate):
    found, s_seq = [], x_seq
    for linear, layer in zip(net[0::2], net[1::2], strict=True):
        current, low, high = linear(s_seq), 0.0, 100.0
        s_seq = layer(current)
        for _ in range(20):
            factor = (low + high) / 2
            if layer(factor * current).mean() > rate:
                high = factor
            else:
                low = factor
        found.append(factor)
    return found


@wrong("silent/break", "potentials of the call before")
def without_a_reset(net, x_seq, rate):
    found, s_seq = [], x_seq
    for linear, layer in zip(net[0::2], net[1::2], strict=True):
        current, low, high = linear(s_seq), 0.0, 100.0
        for _ in range(20):
            factor = (low + high) / 2
            s_seq = layer(factor * current)
            if s_seq.mean() > rate:
                high = factor
            else:
                low = factor
        found.append(factor)
    return found


@wrong("silent/break", "without its factor")
def first_spikes_passed_on(net, x_seq, rate):
    found, s_seq = [], x_seq
    for linear, layer in zip(net[0::2], net[1::2], strict=True):
        current, low, high = linear(s_seq), 0.0, 100.0
        s_seq, _ = functional.run(layer, current)
        for _ in range(20):
            factor = (low + high) / 2
            if functional.run(layer, factor * current)[0].mean() > rate:
                high = factor
            else:
                low = factor
        found.append(factor)
    return found


@wrong("silent/break", "network's input")
def each_on_the_input(net, x_seq, rate):
    found = []
    for linear, layer in zip(net[0::2], net[1::2], strict=True):
        low, high = 0.0, 100.0
        for _ in range(20):
            factor = (low + high) / 2
            fired = functional.run(layer, factor * linear(x_seq))[0].mean()
            low, high = (low, factor) if fired > rate else (factor, high)
        found.append(factor)
    return found


@wrong("silent/break", "Wanted are 3")
def one_for_all(net, x_seq, rate):
    return with_a_reset(net, x_seq, rate)[:1]


@wrong("silent/break", "runs away")
def the_wrong_half(net, x_seq, rate):
    found, s_seq = [], x_seq
    for linear, layer in zip(net[0::2], net[1::2], strict=True):
        current, low, high = linear(s_seq), 0.0, 100.0
        for _ in range(20):
            factor = (low + high) / 2
            s_seq, _ = functional.run(layer, factor * current)
            low, high = (factor, high) if s_seq.mean() > rate else (low, factor)
        found.append(factor)
    return found
