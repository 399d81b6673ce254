"""Answers to the exercises of the chapter Time and credit."""

import math

import numpy as np
import torch

from snnbook import functional

from . import right, wrong

# --- warm-up -------------------------------------------------------------------------------------

WARM_UP = "time_and_credit/warm-up"
PATH = 9 / 64

right(WARM_UP)([PATH, 0, PATH, -PATH])
right(WARM_UP, "rounded")([0.140625, 0.0, 0.140625, -0.140625])
right(WARM_UP, "tensors in a tuple")(tuple(torch.tensor([PATH, 0.0, PATH, -PATH])))
right(WARM_UP, "an array")(np.array([PATH, 0.0, PATH, -PATH]))

wrong(WARM_UP, "way in", "without 1/tau")([9 / 16, 0, 9 / 16, -9 / 16])
wrong(WARM_UP, "too many", "a leak more")([27 / 256, 0, 27 / 256, -27 / 256])
wrong(WARM_UP, "too few", "a leak less")([3 / 16, 0, 3 / 16, -3 / 16])
wrong(WARM_UP, "leaks away", "one quarter each step")([1 / 64, 0, 1 / 64, -1 / 64])
wrong(WARM_UP, "hard reset", "hard lets through")([PATH, PATH, PATH, -PATH])
wrong(WARM_UP, "soft reset", "soft lets nothing through")([PATH, 0, 0, -PATH])
wrong(WARM_UP, "sign", "no sign")([PATH, 0, PATH, PATH])
wrong(WARM_UP, "detached", "closed once more")([PATH, 0, PATH, 0])
wrong(WARM_UP, "parts", "three numbers")([PATH, 0, PATH])
wrong(WARM_UP, "text", "as texts")(["9/64", "0", "9/64", "-9/64"])
wrong(WARM_UP, "None", "one left out")([PATH, 0, None, -PATH])
wrong(WARM_UP, "list", "for each step")([[9 / 64, 3 / 16, 1 / 4], 0, PATH, -PATH])


# --- derive --------------------------------------------------------------------------------------

DERIVE = "time_and_credit/derive"


@right(DERIVE)
def the_formula(tau, T, k):
    return (1 - (1 - 1 / tau) ** k) / (1 - (1 - 1 / tau) ** T)


@right(DERIVE)
def summed(tau, T, k):
    terms = [(1 - 1 / tau) ** n / tau for n in range(T)]
    return sum(terms[:k]) / sum(terms)


@right(DERIVE)
def as_a_tensor(tau, T, k):
    path = (1 - 1 / tau) ** torch.arange(T, dtype=torch.float64)
    return path[:k].sum() / path.sum()


@right(DERIVE)
def with_logarithms(tau, T, k):
    leak = math.log1p(-1 / tau)
    return math.expm1(k * leak) / math.expm1(T * leak)


@wrong(DERIVE, "[Ww]hich share")
def not_divided(tau, T, k):
    q = 1 - 1 / tau
    return 1 - q**k


@wrong(DERIVE, "lost")
def what_is_lost(tau, T, k):
    q = 1 - 1 / tau
    return 1 - (1 - q**k) / (1 - q**T)


@wrong(DERIVE, "alike")
def without_a_leak(tau, T, k):
    return k / T


@wrong(DERIVE, "single terms|sum")
def a_quotient_of_terms(tau, T, k):
    q = 1 - 1 / tau
    return q ** (k - T)


@wrong(DERIVE, "upside down")
def upside_down(tau, T, k):
    q = 1 - 1 / tau
    return (1 - q**T) / (1 - q**k)


@wrong(DERIVE, "first k|last ones")
def the_first_steps(tau, T, k):
    q = 1 - 1 / tau
    return sum(q ** (T - 1 - t) for t in range(k)) / sum(q ** (T - 1 - t) for t in range(T))


@wrong(DERIVE, "too few")
def a_term_too_few(tau, T, k):
    q = 1 - 1 / tau
    return (1 - q ** (k - 1)) / (1 - q ** (T - 1))


@wrong(DERIVE, "continuous")
def in_continuous_time(tau, T, k):
    return (1 - math.exp(-k / tau)) / (1 - math.exp(-T / tau))


@wrong(DERIVE, "1/τ in each")
def with_one_over_tau(tau, T, k):
    return (1 - (1 / tau) ** k) / (1 - (1 / tau) ** T)


@wrong(DERIVE, "print|nothing|None")
def prints_it(tau, T, k):
    q = 1 - 1 / tau
    print((1 - q**k) / (1 - q**T))


@wrong(DERIVE, "arguments")
def forgets_k(tau, T):
    return 1 - (1 - 1 / tau) ** T


# --- build ---------------------------------------------------------------------------------------

BUILD = "time_and_credit/build"


def cut(state):
    return {name: value.detach() for name, value in state.items()}


@right(BUILD)
def with_split(layer, x_seq, k):
    first = len(x_seq) % k
    sizes = ([first] if first else []) + [k] * (len(x_seq) // k)
    state, parts = layer.initial_state(x_seq[0]), []
    for piece in x_seq.split(sizes):
        s_seq, state = functional.run(layer, piece, cut(state))
        parts.append(s_seq)
    return torch.cat(parts)


@right(BUILD)
def step_by_step(layer, x_seq, k):
    T, state, parts = len(x_seq), None, []
    for t in range(T):
        s_seq, state = functional.run(layer, x_seq[t : t + 1], state)
        parts.append(s_seq)
        if (T - 1 - t) % k == 0:
            state = cut(state)
    return torch.cat(parts)


@right(BUILD)
def by_recursion(layer, x_seq, k):
    def whole(x_seq):
        if len(x_seq) <= k:
            return functional.run(layer, x_seq)
        before, state = whole(x_seq[:-k])
        after, state = functional.run(layer, x_seq[-k:], cut(state))
        return torch.cat([before, after]), state

    return whole(x_seq)[0]


@wrong(BUILD, "not cut")
def never_cut(layer, x_seq, k):
    return functional.run(layer, x_seq)[0]


@wrong(BUILD, "from the start")
def from_the_start(layer, x_seq, k):
    state, parts = None, []
    for piece in x_seq.split(k):
        s_seq, state = functional.run(layer, piece, state)
        state = cut(state)
        parts.append(s_seq)
    return torch.cat(parts)


@wrong(BUILD, "first state")
def forgets_the_state(layer, x_seq, k):
    first = (len(x_seq) - 1) % k + 1
    pieces = [x_seq[:first], *(x_seq[first:].split(k) if first < len(x_seq) else ())]
    return torch.cat([functional.run(layer, piece)[0] for piece in pieces])


@wrong(BUILD, "every step")
def after_every_step(layer, x_seq, k):
    state, parts = None, []
    for x in x_seq:
        s_seq, state = functional.run(layer, x[None], state)
        state = cut(state)
        parts.append(s_seq)
    return torch.cat(parts)


@wrong(BUILD, "detach the input|neither the input")
def detaches_the_input(layer, x_seq, k):
    return functional.run(layer, x_seq.detach())[0]


@wrong(BUILD, "neither the input|no gradient|No gradient")
def without_gradients(layer, x_seq, k):
    with torch.no_grad():
        return functional.run(layer, x_seq)[0]


@wrong(BUILD, "last piece")
def only_the_last_piece(layer, x_seq, k):
    T, parts, state = len(x_seq), [], None
    if k < T:
        with torch.no_grad():
            s_seq, state = functional.run(layer, x_seq[: T - k])
        parts.append(s_seq)
    parts.append(functional.run(layer, x_seq[max(0, T - k) :], state)[0])
    return torch.cat(parts)


@wrong(BUILD, "cut once|once only")
def one_cut(layer, x_seq, k):
    if k >= len(x_seq):
        return functional.run(layer, x_seq)[0]
    before, state = functional.run(layer, x_seq[:-k])
    return torch.cat([before, functional.run(layer, x_seq[-k:], cut(state))[0]])


@wrong(BUILD, "shape")
def drops_the_rest(layer, x_seq, k):
    state, parts = None, [x_seq[:0]]
    for start in range(len(x_seq) % k, len(x_seq), k):
        s_seq, state = functional.run(layer, x_seq[start : start + k], state)
        state = cut(state)
        parts.append(s_seq)
    return torch.cat(parts)


@wrong(BUILD, "list|tuple")
def returns_the_state_too(layer, x_seq, k):
    return functional.run(layer, x_seq)


@wrong(BUILD, "list")
def a_list_of_pieces(layer, x_seq, k):
    state, parts = None, []
    for piece in x_seq.split(k):
        s_seq, state = functional.run(layer, piece, state)
        parts.append(s_seq)
    return parts


@wrong(BUILD, "AttributeError")
def detaches_the_dict(layer, x_seq, k):
    state, parts = None, []
    for piece in x_seq.split(k):
        s_seq, state = functional.run(layer, piece, state)
        state = state.detach()
        parts.append(s_seq)
    return torch.cat(parts)


# --- break ---------------------------------------------------------------------------------------

BREAK = "time_and_credit/break"


@right(BREAK)
def repaired(net, optimizer, x_seq, y_seq):
    loss = (net(x_seq) - y_seq).square().mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    functional.detach_net(net)
    return loss.item()


@right(BREAK)
def cuts_before_the_piece(net, optimizer, x_seq, y_seq):
    functional.detach_net(net)
    loss = torch.nn.functional.mse_loss(net(x_seq), y_seq)
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
    return loss.detach()


@right(BREAK)
def one_layer_by_hand(net, optimizer, x_seq, y_seq):
    linear, layer = net
    optimizer.zero_grad(set_to_none=False)
    loss = (layer(linear(x_seq)) - y_seq).pow(2).sum() / y_seq.numel()
    loss.backward()
    optimizer.step()
    layer.v = layer.v.detach()
    return loss.tolist()


def with_other_ends(after, told, **options):
    """The colleague's function with another line or two."""

    def train_piece(net, optimizer, x_seq, y_seq):
        loss = (net(x_seq) - y_seq).square().mean()
        optimizer.zero_grad()
        loss.backward(**options)
        optimizer.step()
        after(net)
        return told(loss)

    return train_piece


def as_it_is(value):
    return value


wrong(BREAK, "[Bb]oth faults", "as it stands")(with_other_ends(functional.reset_net, as_it_is))
wrong(BREAK, "forgets", "resets")(with_other_ends(functional.reset_net, torch.Tensor.item))
wrong(BREAK, "holds on", "keeps tensors")(with_other_ends(functional.detach_net, as_it_is))
wrong(BREAK, "linked", "drops the line")(with_other_ends(as_it_is, torch.Tensor.item))
wrong(BREAK, "graphs of all pieces", "retains")(
    with_other_ends(as_it_is, torch.Tensor.item, retain_graph=True)
)


@wrong(BREAK, "add up")
def never_zeroes(net, optimizer, x_seq, y_seq):
    loss = (net(x_seq) - y_seq).square().mean()
    loss.backward()
    optimizer.step()
    functional.detach_net(net)
    return loss.item()


@wrong(BREAK, "set to zero")
def zeroes_too_late(net, optimizer, x_seq, y_seq):
    loss = (net(x_seq) - y_seq).square().mean()
    loss.backward()
    optimizer.zero_grad()
    optimizer.step()
    functional.detach_net(net)
    return loss.item()


@wrong(BREAK, "never change")
def never_steps(net, optimizer, x_seq, y_seq):
    loss = (net(x_seq) - y_seq).square().mean()
    optimizer.zero_grad()
    loss.backward()
    functional.detach_net(net)
    return loss.item()


@wrong(BREAK, "None|nothing")
def returns_nothing(net, optimizer, x_seq, y_seq):
    repaired(net, optimizer, x_seq, y_seq)


@wrong(BREAK, "tensor")
def returns_the_spikes(net, optimizer, x_seq, y_seq):
    functional.detach_net(net)
    s_seq = net(x_seq)
    optimizer.zero_grad()
    (s_seq - y_seq).square().mean().backward()
    optimizer.step()
    return s_seq.detach()


@wrong(BREAK, "losses|weights")
def sums_the_loss(net, optimizer, x_seq, y_seq):
    loss = (net(x_seq) - y_seq).square().sum()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    functional.detach_net(net)
    return loss.item()


@wrong(BREAK, "Error")
def detaches_a_list(net, optimizer, x_seq, y_seq):
    loss = repaired(net, optimizer, x_seq, y_seq)
    net.detach()
    return loss


@wrong(BREAK, "arguments")
def takes_a_pair(net, optimizer, piece):
    return repaired(net, optimizer, *piece)
