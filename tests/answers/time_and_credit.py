"""Answers to the exercises of the chapter Time and credit, as programs in their cells."""

from . import Cell, right, wrong

# ---------------------------------------------------------------------------------------- warm-up

right("time_and_credit/warm-up", "fractions of integers")(
    Cell("""
quiet, hard, soft, turned = 9 / 64, 0, 9 / 64, -9 / 64
""")
)
right("time_and_credit/warm-up", "decimals")(
    Cell("""
quiet, hard, soft, turned = 0.140625, 0.0, 0.140625, -0.140625
""")
)
right("time_and_credit/warm-up", "the chain as a function")(
    Cell("""
def chain(a, tau=4):
    g = 1 / tau * a[0]
    for factor in a[1:]:
        g *= (1 - 1 / tau) * factor
    return g

quiet, hard, soft, turned = chain([1, 1, 1]), chain([1, 0, 1]), chain([1, 1, 1]), chain([1, -1, 1])
""")
)
right("time_and_credit/warm-up", "one after the other")(
    Cell("""
tau = 4
quiet = (tau - 1) ** 2 / tau ** 3
hard = quiet * (1 - 1)
soft = quiet
turned = -quiet
""")
)
right("time_and_credit/warm-up", "numpy products")(
    Cell("""
import numpy as np

a = np.array([[1, 1, 1], [1, 0, 1], [1, 1, 1], [1, -1, 1]])
quiet, hard, soft, turned = 0.25 * 0.75 ** 2 * a.prod(axis=1)
""")
)
right("time_and_credit/warm-up", "difference quotient of a linear potential")(
    Cell("""
def last(x0, s1, mode):
    v = 0.0
    for t, x in enumerate([x0, 0.3, 0.1]):
        h = v + (x - v) / 4
        fires = s1 if t == 1 else 0
        v = h * (1 - fires) if mode == "hard" else h - fires
    return v

slope = lambda s1, mode: last(1.0, s1, mode) - last(0.0, s1, mode)
quiet, hard, soft = slope(0, "hard"), slope(1, "hard"), slope(1, "soft")
turned = quiet * -1
""")
)
wrong("time_and_credit/warm-up", "You count a leak too many: from step", "one leak too many")(
    Cell("""
quiet, hard, soft, turned = 27 / 256, 0, 27 / 256, -27 / 256
""")
)
wrong("time_and_credit/warm-up", "You count a leak too few: from step", "one leak too few")(
    Cell("""
quiet, hard, soft, turned = 3 / 16, 0, 3 / 16, -3 / 16
""")
)
wrong(
    "time_and_credit/warm-up",
    "/τ in each step. This is the part that leaks away",
    "leak 1/tau, not 1 - 1/tau",
)(
    Cell("""
quiet, hard, soft, turned = 1 / 64, 0, 1 / 64, -1 / 64
""")
)
wrong("time_and_credit/warm-up", "Look at quiet: it is too large", "exponential leak")(
    Cell("""
import math

quiet = math.exp(-2 / 4) / 4
hard, soft, turned = 0, quiet, -quiet
""")
)
wrong(
    "time_and_credit/warm-up",
    "You let a soft reset stop the gradient. Detached,",
    "soft reset cuts as well",
)(
    Cell("""
quiet, hard, soft, turned = 9 / 64, 0, 0, -9 / 64
""")
)
wrong(
    "time_and_credit/warm-up",
    "You let the gradient pass a hard reset. Detached,",
    "hard and soft swapped",
)(
    Cell("""
quiet, hard, soft, turned = 9 / 64, 9 / 64, 0, -9 / 64
""")
)
wrong(
    "time_and_credit/warm-up",
    "You let the gradient pass a hard reset. Detached,",
    "detached is taken for not cutting",
)(
    Cell("""
quiet, hard, soft, turned = 9 / 64, 9 / 64, 9 / 64, -9 / 64
""")
)
wrong(
    "time_and_credit/warm-up", "Your last number has the wrong sign: a factor of", "sign forgotten"
)(
    Cell("""
quiet, hard, soft, turned = 9 / 64, 0, 9 / 64, 9 / 64
""")
)
wrong("time_and_credit/warm-up", "Your last number is that of a detached hard", "turned is cut")(
    Cell("""
quiet, hard, soft, turned = 9 / 64, 0, 9 / 64, 0
""")
)
wrong(
    "time_and_credit/warm-up",
    "Look at soft: it is too small",
    "reset adds a step: soft minus threshold",
)(
    Cell("""
quiet, hard, soft, turned = 9 / 64, 0, 9 / 64 - 1, -9 / 64
""")
)
wrong("time_and_credit/warm-up", "Look at hard: it is too large", "hard leaves the last step")(
    Cell("""
quiet, hard, soft, turned = 9 / 64, 1 / 4, 9 / 64, -9 / 64
""")
)
wrong("time_and_credit/warm-up", "Look at turned: it is too small", "a[1] replaces the leak")(
    Cell("""
quiet, hard, soft, turned = 9 / 64, 0, 9 / 64, -3 / 16
""")
)
wrong("time_and_credit/warm-up", "Look at quiet: it is too large", "sum over all inputs")(
    Cell("""
quiet, hard, soft, turned = 37 / 64, 1 / 4, 37 / 64, 1 / 4 - 3 / 16 - 9 / 64
""")
)
wrong("time_and_credit/warm-up", "Look at quiet: it is a text", "strings")(
    Cell("""
quiet, hard, soft, turned = "9/64", "0", "9/64", "-9/64"
""")
)
wrong(
    "time_and_credit/warm-up",
    "Look at quiet: it is a list of numbers that are",
    "one list for the first",
)(
    Cell("""
quiet, hard, soft, turned = [9 / 64], [0], [9 / 64], [-9 / 64]
""")
)
wrong(
    "time_and_credit/warm-up",
    "You let a soft reset stop the gradient. Detached,",
    "whole-number division",
)(
    Cell("""
quiet, hard, soft, turned = 9 // 64, 0, 9 // 64, -9 // 64
""")
)
wrong(
    "time_and_credit/warm-up", "which is nothing; wanted is a number", "None where nothing is left"
)(
    Cell("""
quiet, hard, soft, turned = 9 / 64, None, 9 / 64, -9 / 64
""")
)
wrong("time_and_credit/warm-up", "Look at soft: it is too small", "soft halves")(
    Cell("""
quiet, hard, soft, turned = 9 / 64, 0, 9 / 128, -9 / 64
""")
)
wrong("time_and_credit/warm-up", "Look at turned: it is too small", "turned without anything else")(
    Cell("""
quiet, hard, soft, turned = 9 / 64, 0, 9 / 64, -1
""")
)
wrong("time_and_credit/warm-up", "Look at quiet: it is too small", "tau = 2, the default")(
    Cell("""
quiet, hard, soft, turned = 1 / 8, 0, 1 / 8, -1 / 8
""")
)
wrong("time_and_credit/warm-up", "which is not a number; wanted is a number", "nan")(
    Cell("""
quiet, hard, soft, turned = 9 / 64, float("nan"), 9 / 64, -9 / 64
""")
)
# ----------------------------------------------------------------------------------------- derive

right("time_and_credit/derive", "closed form")(
    Cell("""
def share(tau, T, k):
    leak = 1 - 1 / tau
    return (1 - leak ** k) / (1 - leak ** T)
""")
)
right("time_and_credit/derive", "two sums")(
    Cell("""
def share(tau, T, k):
    terms = [(1 - 1 / tau) ** j / tau for j in range(T)]
    return sum(terms[:k]) / sum(terms)
""")
)
right("time_and_credit/derive", "the derivative carried forward, step by step")(
    Cell("""
def share(tau, T, k):
    whole = cut = 0.0
    for t in range(T):
        if t == T - k:
            cut = 0.0
        whole = whole + (1 - whole) / tau
        cut = cut + (1 - cut) / tau
    return cut / whole
""")
)
right("time_and_credit/derive", "numpy, all at once")(
    Cell("""
import numpy as np

def share(tau, T, k):
    weights = np.power(1.0 - 1.0 / tau, np.arange(T))
    return float(weights[:k].sum() / weights.sum())
""")
)
right(
    "time_and_credit/derive",
    "powers of tau cleared, lambda (overflows for a float tau and a huge T)",
)(
    Cell("""
share = lambda tau, T, k: (tau ** k - (tau - 1) ** k) * tau ** (T - k) / (tau ** T - (tau - 1) ** T)
""")
)
right("time_and_credit/derive", "one minus what is lost")(
    Cell("""
def share(tau, T, k):
    a = (tau - 1) / tau
    lost = (a ** k - a ** T) / (1 - a ** T)
    return 1 - lost
""")
)
right("time_and_credit/derive", "expm1 of logs")(
    Cell("""
import math

def share(tau, T, k):
    if tau == 1:
        return 1.0
    log_leak = math.log1p(-1 / tau)
    return math.expm1(k * log_leak) / math.expm1(T * log_leak)
""")
)
wrong("time_and_credit/derive", "You let all steps count alike. The leak makes the", "k / T")(
    Cell("""
def share(tau, T, k):
    return k / T
""")
)
wrong(
    "time_and_credit/derive", "Your result is too small in every trial. It was", "one step too few"
)(
    Cell("""
def share(tau, T, k):
    leak = 1 - 1 / tau
    return (1 - leak ** (k - 1)) / (1 - leak ** T)
""")
)
wrong(
    "time_and_credit/derive", "Your result is too large in every trial. It was", "one step too many"
)(
    Cell("""
def share(tau, T, k):
    leak = 1 - 1 / tau
    return (1 - leak ** (k + 1)) / (1 - leak ** T)
""")
)
wrong("time_and_credit/derive", "Your fraction stands upside down: a share is at", "upside down")(
    Cell("""
def share(tau, T, k):
    leak = 1 - 1 / tau
    return (1 - leak ** T) / (1 - leak ** k)
""")
)
wrong(
    "time_and_credit/derive",
    "This is the share that is lost. Wanted is what is",
    "the share that is lost",
)(
    Cell("""
def share(tau, T, k):
    leak = 1 - 1 / tau
    return 1 - (1 - leak ** k) / (1 - leak ** T)
""")
)
wrong(
    "time_and_credit/derive",
    "This is the gradient that is left. Which share is",
    "T taken as endless",
)(
    Cell("""
def share(tau, T, k):
    return 1 - (1 - 1 / tau) ** k
""")
)
wrong(
    "time_and_credit/derive",
    "Your result is too large in some trials, and too",
    "the gradient, not the share",
)(
    Cell("""
def share(tau, T, k):
    return 1 - (1 - 1 / tau) ** T
""")
)
wrong(
    "time_and_credit/derive", "You take the exponential of continuous time. In", "leak exp(-1/tau)"
)(
    Cell("""
import math

def share(tau, T, k):
    return (1 - math.exp(-k / tau)) / (1 - math.exp(-T / tau))
""")
)
wrong("time_and_credit/derive", "/τ in each step. What a step keeps is", "leak 1/tau")(
    Cell("""
def share(tau, T, k):
    return (1 - (1 / tau) ** k) / (1 - (1 / tau) ** T)
""")
)
wrong(
    "time_and_credit/derive",
    "You keep the first k steps. The cut leaves the",
    "the first k steps instead of the last",
)(
    Cell("""
def share(tau, T, k):
    leak = 1 - 1 / tau
    return (leak ** (T - k) - leak ** T) / (1 - leak ** T)
""")
)
wrong(
    "time_and_credit/derive",
    "Your result is too large in some trials, and too",
    "only the path through T - k steps",
)(
    Cell("""
def share(tau, T, k):
    return (1 - 1 / tau) ** (T - k)
""")
)
wrong(
    "time_and_credit/derive",
    "You divide single terms. But the gradient is a",
    "leaks multiplied, not summed",
)(
    Cell("""
def share(tau, T, k):
    leak = 1 - 1 / tau
    return leak ** k / leak ** T
""")
)
wrong(
    "time_and_credit/derive", "in every trial: it does not depend on its", "whole-number division"
)(
    Cell("""
def share(tau, T, k):
    leak = (tau - 1) // tau
    return (1 - leak ** k) / (1 - leak ** T)
""")
)
wrong(
    "time_and_credit/derive",
    "Your result is too large in some trials, and too",
    "tau = 2 hard-coded",
)(
    Cell("""
def share(tau, T, k):
    return (1 - 0.5 ** k) / (1 - 0.5 ** T)
""")
)
wrong("time_and_credit/derive", "in every trial. Is a factor missing", "percent")(
    Cell("""
def share(tau, T, k):
    leak = 1 - 1 / tau
    return 100 * (1 - leak ** k) / (1 - leak ** T)
""")
)
wrong(
    "time_and_credit/derive",
    "Your fraction stands upside down: a share is at",
    "k and T swapped in the signature",
)(
    Cell("""
def share(tau, k, T):
    leak = 1 - 1 / tau
    return (1 - leak ** k) / (1 - leak ** T)
""")
)
wrong(
    "time_and_credit/derive",
    "You round the result, but the exact number is",
    "rounded to two decimals",
)(
    Cell("""
def share(tau, T, k):
    leak = 1 - 1 / tau
    return round((1 - leak ** k) / (1 - leak ** T), 2)
""")
)
wrong(
    "time_and_credit/derive",
    "Your result is too large in some trials, and too",
    "pieces: remainder of T by k",
)(
    Cell("""
def share(tau, T, k):
    leak = 1 - 1 / tau
    last = T % k or k
    return (1 - leak ** last) / (1 - leak ** T)
""")
)
wrong("time_and_credit/derive", "Your code prints, but it returns", "prints")(
    Cell("""
def share(tau, T, k):
    leak = 1 - 1 / tau
    print((1 - leak ** k) / (1 - leak ** T))
""")
)
wrong(
    "time_and_credit/derive",
    "Look at your answer: it is a list of numbers that",
    "both numbers, not their quotient",
)(
    Cell("""
def share(tau, T, k):
    leak = 1 - 1 / tau
    return 1 - leak ** T, 1 - leak ** k
""")
)
wrong(
    "time_and_credit/derive",
    "Your result is too small in every trial. It was",
    "brackets forgotten",
)(
    Cell("""
def share(tau, T, k):
    leak = 1 - 1 / tau
    return 1 - leak ** k / 1 - leak ** T
""")
)
wrong(
    "time_and_credit/derive",
    "Your result is too small in every trial. It was",
    "input not divided by tau in the whole only",
)(
    Cell("""
def share(tau, T, k):
    leak = 1 - 1 / tau
    return sum(leak ** j / tau for j in range(k)) / sum(leak ** j for j in range(T))
""")
)
wrong(
    "time_and_credit/derive",
    "You round the result, but the exact number is",
    "integrator without leak if k is T, else 0",
)(
    Cell("""
def share(tau, T, k):
    return 1.0 if k == T else 0.0
""")
)
# ------------------------------------------------------------------------------------------ build

right("time_and_credit/build", "a short first piece, then pieces of k (signature of run guessed)")(
    Cell("""
def cut(state):
    if isinstance(state, torch.Tensor):
        return state.detach()
    if isinstance(state, dict):
        return {name: cut(value) for name, value in state.items()}
    if isinstance(state, (list, tuple)):
        return type(state)(cut(value) for value in state)
    return state


def truncated(layer, x_seq, k):
    T = x_seq.shape[0]
    first = T % k or k
    state, pieces, start = None, [], 0
    for end in range(first, T + 1, k):
        spikes, state = functional.run(layer, x_seq[start:end], state)
        state = cut(state)
        pieces.append(spikes)
        start = end
    return torch.cat(pieces)
""")
)
right("time_and_credit/build", "split with a list of sizes (signature of run guessed)")(
    Cell("""
def cut(state):
    if hasattr(state, "detach"):
        return state.detach()
    if isinstance(state, dict):
        return {name: cut(value) for name, value in state.items()}
    if isinstance(state, (list, tuple)):
        return type(state)(map(cut, state))
    return state


def truncated(layer, x_seq, k):
    whole, rest = divmod(len(x_seq), k)
    sizes = [rest] * (rest > 0) + [k] * whole
    state = None
    out = []
    for piece in torch.split(x_seq, sizes):
        s, state = functional.run(layer, piece, cut(state))
        out.append(s)
    return torch.cat(out, dim=0)
""")
)
right(
    "time_and_credit/build",
    "single steps, cut where a multiple of k is left (signature of run guessed)",
)(
    Cell("""
def cut(state):
    if isinstance(state, torch.Tensor):
        return state.detach()
    if isinstance(state, dict):
        return {name: cut(value) for name, value in state.items()}
    if isinstance(state, (list, tuple)):
        return type(state)(cut(value) for value in state)
    return state


def truncated(layer, x_seq, k):
    T, state, out = x_seq.size(0), None, []
    for t in range(T):
        if (T - t) % k == 0:
            state = cut(state)
        s, state = functional.run(layer, x_seq[t:t + 1], state)
        out.append(s[0])
    return torch.stack(out)
""")
)
right(
    "time_and_credit/build",
    "borders counted down from T, then turned round (signature of run guessed)",
)(
    Cell("""
def cut(state):
    if isinstance(state, torch.Tensor):
        return state.detach()
    if isinstance(state, dict):
        return {name: cut(value) for name, value in state.items()}
    if isinstance(state, (list, tuple)):
        return type(state)(cut(value) for value in state)
    return state


def truncated(layer, x_seq, k):
    borders = [0] + list(range(len(x_seq), 0, -k))[::-1]
    s_seq = x_seq[:0]
    state = None
    for a, b in zip(borders, borders[1:]):
        s, state = functional.run(layer, x_seq[a:b], state)
        s_seq = torch.cat([s_seq, s])
        state = cut(state)
    return s_seq
""")
)
right(
    "time_and_credit/build",
    "recursion: all before the last k steps first (signature of run guessed)",
)(
    Cell("""
def cut(state):
    if isinstance(state, torch.Tensor):
        return state.detach()
    if isinstance(state, dict):
        return {name: cut(value) for name, value in state.items()}
    if isinstance(state, (list, tuple)):
        return type(state)(cut(value) for value in state)
    return state


def truncated(layer, x_seq, k):
    def until(end):
        if end <= 0:
            return [], None
        pieces, state = until(end - k)
        s, state = functional.run(layer, x_seq[max(0, end - k):end], cut(state))
        return pieces + [s], state

    return torch.cat(until(len(x_seq))[0])
""")
)
wrong(
    "time_and_credit/build",
    "Your pieces are counted from the start, so that",
    "counted from the start",
)(
    Cell("""
def cut(state):
    if isinstance(state, torch.Tensor):
        return state.detach()
    if isinstance(state, dict):
        return {name: cut(value) for name, value in state.items()}
    if isinstance(state, (list, tuple)):
        return type(state)(cut(value) for value in state)
    return state


def truncated(layer, x_seq, k):
    state, out = None, []
    for piece in x_seq.split(k):
        s, state = functional.run(layer, piece, state)
        state = cut(state)
        out.append(s)
    return torch.cat(out)
""")
)
wrong(
    "time_and_credit/build", "Your gradient is not cut: it reaches back to the", "not cut at all"
)(
    Cell("""
def truncated(layer, x_seq, k):
    spikes, state = functional.run(layer, x_seq, None)
    return spikes
""")
)
wrong(
    "time_and_credit/build",
    "Your gradient is not cut: it reaches back to the",
    "pieces, but the state is not detached",
)(
    Cell("""
def truncated(layer, x_seq, k):
    r = len(x_seq) % k
    state, out = None, []
    for piece in ([x_seq[:r]] if r else []) + list(x_seq[r:].split(k)):
        s, state = functional.run(layer, piece, state)
        out.append(s)
    return torch.cat(out)
""")
)
wrong(
    "time_and_credit/build",
    "Each of your pieces starts from the first state.",
    "each piece starts fresh: other spikes",
)(
    Cell("""
def truncated(layer, x_seq, k):
    r = len(x_seq) % k
    pieces = ([x_seq[:r]] if r else []) + list(x_seq[r:].split(k))
    return torch.cat([functional.run(layer, piece, None)[0] for piece in pieces])
""")
)
wrong(
    "time_and_credit/build",
    "You detach the input, so that no gradient reaches",
    "the spikes are detached, not the state",
)(
    Cell("""
def truncated(layer, x_seq, k):
    r = len(x_seq) % k
    state, out = None, []
    for piece in ([x_seq[:r]] if r else []) + list(x_seq[r:].split(k)):
        s, state = functional.run(layer, piece, state)
        out.append(s.detach())
    return torch.cat(out)
""")
)
wrong(
    "time_and_credit/build",
    "You detach the input, so that no gradient reaches",
    "the input is detached",
)(
    Cell("""
def cut(state):
    if isinstance(state, torch.Tensor):
        return state.detach()
    if isinstance(state, dict):
        return {name: cut(value) for name, value in state.items()}
    if isinstance(state, (list, tuple)):
        return type(state)(cut(value) for value in state)
    return state


def truncated(layer, x_seq, k):
    r = len(x_seq) % k
    state, out = None, []
    for piece in ([x_seq[:r]] if r else []) + list(x_seq[r:].split(k)):
        s, state = functional.run(layer, piece.detach(), cut(state))
        out.append(s)
    return torch.cat(out)
""")
)
wrong(
    "time_and_credit/build",
    "Wanted is a function of layer, x_seq and k that",
    "the remainder is dropped: too few steps",
)(
    Cell("""
def cut(state):
    if isinstance(state, torch.Tensor):
        return state.detach()
    if isinstance(state, dict):
        return {name: cut(value) for name, value in state.items()}
    if isinstance(state, (list, tuple)):
        return type(state)(cut(value) for value in state)
    return state


def truncated(layer, x_seq, k):
    r = len(x_seq) % k
    state, out = None, []
    for piece in x_seq[r:].split(k):
        s, state = functional.run(layer, piece, cut(state))
        out.append(s)
    return torch.cat(out)
""")
)
wrong("time_and_credit/build", "is invalid for input of size", "works only where k divides T")(
    Cell("""
def cut(state):
    if isinstance(state, torch.Tensor):
        return state.detach()
    if isinstance(state, dict):
        return {name: cut(value) for name, value in state.items()}
    if isinstance(state, (list, tuple)):
        return type(state)(cut(value) for value in state)
    return state


def truncated(layer, x_seq, k):
    state, out = None, []
    for piece in x_seq.view(-1, k, x_seq.shape[1]):
        s, state = functional.run(layer, piece, cut(state))
        out.append(s)
    return torch.cat(out)
""")
)
wrong(
    "time_and_credit/build",
    "RuntimeError: stack expects each tensor to be",
    "shape [pieces, k, N] (only where k divides T)",
)(
    Cell("""
def cut(state):
    if isinstance(state, torch.Tensor):
        return state.detach()
    if isinstance(state, dict):
        return {name: cut(value) for name, value in state.items()}
    if isinstance(state, (list, tuple)):
        return type(state)(cut(value) for value in state)
    return state


def truncated(layer, x_seq, k):
    r = len(x_seq) % k
    state, out = None, []
    for piece in ([x_seq[:r]] if r else []) + list(x_seq[r:].split(k)):
        s, state = functional.run(layer, piece, cut(state))
        out.append(s)
    return torch.stack(out)
""")
)
wrong(
    "time_and_credit/build", "Look at your answer: it is a list or a tuple of", "a list of pieces"
)(
    Cell("""
def cut(state):
    if isinstance(state, torch.Tensor):
        return state.detach()
    if isinstance(state, dict):
        return {name: cut(value) for name, value in state.items()}
    if isinstance(state, (list, tuple)):
        return type(state)(cut(value) for value in state)
    return state


def truncated(layer, x_seq, k):
    r = len(x_seq) % k
    state, out = None, []
    for piece in ([x_seq[:r]] if r else []) + list(x_seq[r:].split(k)):
        s, state = functional.run(layer, piece, cut(state))
        out.append(s)
    return out
""")
)
wrong(
    "time_and_credit/build",
    "Wanted is a function of layer, x_seq and k that",
    "only the last piece is returned",
)(
    Cell("""
def cut(state):
    if isinstance(state, torch.Tensor):
        return state.detach()
    if isinstance(state, dict):
        return {name: cut(value) for name, value in state.items()}
    if isinstance(state, (list, tuple)):
        return type(state)(cut(value) for value in state)
    return state


def truncated(layer, x_seq, k):
    r = len(x_seq) % k
    state = None
    for piece in ([x_seq[:r]] if r else []) + list(x_seq[r:].split(k)):
        s, state = functional.run(layer, piece, cut(state))
    return s
""")
)
wrong(
    "time_and_credit/build",
    "You cut once only, before the last piece. The",
    "only the last cut is made",
)(
    Cell("""
def cut(state):
    if isinstance(state, torch.Tensor):
        return state.detach()
    if isinstance(state, dict):
        return {name: cut(value) for name, value in state.items()}
    if isinstance(state, (list, tuple)):
        return type(state)(cut(value) for value in state)
    return state


def truncated(layer, x_seq, k):
    if k >= len(x_seq):
        return functional.run(layer, x_seq, None)[0]
    before, state = functional.run(layer, x_seq[:-k], None)
    last, state = functional.run(layer, x_seq[-k:], cut(state))
    return torch.cat([before, last])
""")
)
wrong(
    "time_and_credit/build",
    "Only your last piece has a gradient. Each piece",
    "no gradient before the last piece",
)(
    Cell("""
def truncated(layer, x_seq, k):
    if k >= len(x_seq):
        return functional.run(layer, x_seq, None)[0]
    with torch.no_grad():
        before, state = functional.run(layer, x_seq[:-k], None)
    last, state = functional.run(layer, x_seq[-k:], state)
    return torch.cat([before, last])
""")
)
wrong(
    "time_and_credit/build",
    "It first differs in the gradient of all spikes at",
    "cuts one step late",
)(
    Cell("""
def cut(state):
    if isinstance(state, torch.Tensor):
        return state.detach()
    if isinstance(state, dict):
        return {name: cut(value) for name, value in state.items()}
    if isinstance(state, (list, tuple)):
        return type(state)(cut(value) for value in state)
    return state


def truncated(layer, x_seq, k):
    T, state, out = len(x_seq), None, []
    for t in range(T):
        s, state = functional.run(layer, x_seq[t:t + 1], state)
        if (T - t) % k == 0:
            state = cut(state)
        out.append(s)
    return torch.cat(out)
""")
)
wrong(
    "time_and_credit/build",
    "Your pieces are counted from the start, so that",
    "single steps, cut at multiples of k from the start",
)(
    Cell("""
def cut(state):
    if isinstance(state, torch.Tensor):
        return state.detach()
    if isinstance(state, dict):
        return {name: cut(value) for name, value in state.items()}
    if isinstance(state, (list, tuple)):
        return type(state)(cut(value) for value in state)
    return state


def truncated(layer, x_seq, k):
    state, out = None, []
    for t in range(len(x_seq)):
        if t % k == 0:
            state = cut(state)
        s, state = functional.run(layer, x_seq[t:t + 1], state)
        out.append(s)
    return torch.cat(out)
""")
)
wrong(
    "time_and_credit/build",
    "Your pieces have one step more than k. It was",
    "pieces of k + 1 steps",
)(
    Cell("""
def cut(state):
    if isinstance(state, torch.Tensor):
        return state.detach()
    if isinstance(state, dict):
        return {name: cut(value) for name, value in state.items()}
    if isinstance(state, (list, tuple)):
        return type(state)(cut(value) for value in state)
    return state


def truncated(layer, x_seq, k):
    k = k + 1
    r = len(x_seq) % k
    state, out = None, []
    for piece in ([x_seq[:r]] if r else []) + list(x_seq[r:].split(k)):
        s, state = functional.run(layer, piece, cut(state))
        out.append(s)
    return torch.cat(out)
""")
)
wrong("time_and_credit/build", "It first differs in S at t =", "the sequence is run backwards")(
    Cell("""
def cut(state):
    if isinstance(state, torch.Tensor):
        return state.detach()
    if isinstance(state, dict):
        return {name: cut(value) for name, value in state.items()}
    if isinstance(state, (list, tuple)):
        return type(state)(cut(value) for value in state)
    return state


def truncated(layer, x_seq, k):
    state, out = None, []
    for piece in x_seq.flip(0).split(k):
        s, state = functional.run(layer, piece, cut(state))
        out.append(s)
    return torch.cat(out).flip(0)
""")
)
wrong(
    "time_and_credit/build",
    "RuntimeError: LIFNode: the state v is",
    "the layer is called itself and keeps its memory",
)(
    Cell("""
def truncated(layer, x_seq, k):
    r = len(x_seq) % k
    out = []
    for piece in ([x_seq[:r]] if r else []) + list(x_seq[r:].split(k)):
        out.append(layer(piece))
        functional.detach_net(layer)
    return torch.cat(out)
""")
)
wrong(
    "time_and_credit/build",
    "It first differs in the gradient of all spikes at",
    "reset between the pieces",
)(
    Cell("""
def truncated(layer, x_seq, k):
    r = len(x_seq) % k
    out = []
    for piece in ([x_seq[:r]] if r else []) + list(x_seq[r:].split(k)):
        functional.reset_net(layer)
        out.append(layer(piece))
    functional.reset_net(layer)
    return torch.cat(out)
""")
)
wrong(
    "time_and_credit/build",
    "RuntimeError: LIFNode: the state v is",
    "a deep copy runs: the layer's own weights get no gradient",
)(
    Cell("""
import copy

def truncated(layer, x_seq, k):
    layer = copy.deepcopy(layer)
    functional.reset_net(layer)
    r = len(x_seq) % k
    out = []
    for piece in ([x_seq[:r]] if r else []) + list(x_seq[r:].split(k)):
        out.append(layer(piece))
        functional.detach_net(layer)
    return torch.cat(out)
""")
)
wrong("time_and_credit/build", "things; wanted is a torch.Tensor. Wanted is a", "spikes and state")(
    Cell("""
def cut(state):
    if isinstance(state, torch.Tensor):
        return state.detach()
    if isinstance(state, dict):
        return {name: cut(value) for name, value in state.items()}
    if isinstance(state, (list, tuple)):
        return type(state)(cut(value) for value in state)
    return state


def truncated(layer, x_seq, k):
    r = len(x_seq) % k
    state, out = None, []
    for piece in ([x_seq[:r]] if r else []) + list(x_seq[r:].split(k)):
        s, state = functional.run(layer, piece, cut(state))
        out.append(s)
    return torch.cat(out), state
""")
)
wrong(
    "time_and_credit/build",
    "Wanted is a function of layer, x_seq and k that",
    "loops over k steps only",
)(
    Cell("""
def truncated(layer, x_seq, k):
    return functional.run(layer, x_seq[-k:], None)[0]
""")
)
# ------------------------------------------------------------------------------------------ break

right("time_and_credit/break", "detach for reset, item (detach_net is a guessed name)")(
    Cell("""
def train_piece(net, optimizer, x_seq, y_seq):
    loss = (net(x_seq) - y_seq).square().mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    functional.detach_net(net)
    return loss.item()
""")
)
right("time_and_credit/break", "detached before the piece, loss as a float")(
    Cell("""
def train_piece(net, optimizer, x_seq, y_seq):
    functional.detach_net(net)
    optimizer.zero_grad()
    error = net(x_seq) - y_seq
    loss = (error ** 2).mean()
    loss.backward()
    optimizer.step()
    return float(loss)
""")
)
right("time_and_credit/break", "the loss stays a tensor, but detached")(
    Cell("""
def train_piece(net, optimizer, x_seq, y_seq):
    loss = torch.nn.functional.mse_loss(net(x_seq), y_seq)
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    optimizer.step()
    functional.detach_net(net)
    return loss.detach()
""")
)
right("time_and_credit/break", "gradients by autograd.grad, put in place by hand")(
    Cell("""
def train_piece(net, optimizer, x_seq, y_seq):
    functional.detach_net(net)
    weights = [p for p in net.parameters() if p.requires_grad]
    loss = (net(x_seq) - y_seq).pow(2).mean()
    for p, g in zip(weights, torch.autograd.grad(loss, weights)):
        p.grad = g
    optimizer.step()
    return loss.item()
""")
)
right("time_and_credit/break", "detach before and after, tolist")(
    Cell("""
def train_piece(net, optimizer, x_seq, y_seq):
    functional.detach_net(net)
    out = net(x_seq)
    loss = torch.square(y_seq - out).mean()
    for p in net.parameters():
        p.grad = None
    loss.backward()
    optimizer.step()
    functional.detach_net(net)
    return loss.tolist()
""")
)
wrong("time_and_credit/break", "Both faults are still there: each piece forgets", "unchanged")(
    Cell("""
def train_piece(net, optimizer, x_seq, y_seq):
    loss = (net(x_seq) - y_seq).square().mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    functional.reset_net(net)
    return loss
""")
)
wrong(
    "time_and_credit/break",
    "Each of your pieces forgets what was before it",
    "only the memory is repaired",
)(
    Cell("""
def train_piece(net, optimizer, x_seq, y_seq):
    loss = (net(x_seq) - y_seq).square().mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    functional.reset_net(net)
    return loss.item()
""")
)
wrong(
    "time_and_credit/break",
    "Your loss is a tensor that holds on to its graph,",
    "only the reset is repaired",
)(
    Cell("""
def train_piece(net, optimizer, x_seq, y_seq):
    loss = (net(x_seq) - y_seq).square().mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    functional.detach_net(net)
    return loss
""")
)
wrong(
    "time_and_credit/break",
    "Your pieces are linked: the second backward pass",
    "reset taken out, nothing detached: the second call fails",
)(
    Cell("""
def train_piece(net, optimizer, x_seq, y_seq):
    loss = (net(x_seq) - y_seq).square().mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()
""")
)
wrong(
    "time_and_credit/break",
    "You keep the graphs of all pieces, and each",
    "retain_graph: the graph grows",
)(
    Cell("""
def train_piece(net, optimizer, x_seq, y_seq):
    loss = (net(x_seq) - y_seq).square().mean()
    optimizer.zero_grad()
    loss.backward(retain_graph=True)
    optimizer.step()
    return loss.item()
""")
)
wrong(
    "time_and_credit/break",
    "Each of your pieces forgets what was before it",
    "reset moved to the start",
)(
    Cell("""
def train_piece(net, optimizer, x_seq, y_seq):
    functional.reset_net(net)
    loss = (net(x_seq) - y_seq).square().mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()
""")
)
wrong(
    "time_and_credit/break",
    "Each of your pieces forgets what was before it",
    "detach and then reset all the same",
)(
    Cell("""
def train_piece(net, optimizer, x_seq, y_seq):
    loss = (net(x_seq) - y_seq).square().mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    functional.detach_net(net)
    functional.reset_net(net)
    return loss.item()
""")
)
wrong(
    "time_and_credit/break",
    "Your gradients add up from piece to piece. Set",
    "gradients of the pieces add up",
)(
    Cell("""
def train_piece(net, optimizer, x_seq, y_seq):
    loss = (net(x_seq) - y_seq).square().mean()
    loss.backward()
    optimizer.step()
    functional.detach_net(net)
    return loss.item()
""")
)
wrong(
    "time_and_credit/break",
    "Your weights never change. The optimizer must",
    "zero_grad between backward and step: nothing learned",
)(
    Cell("""
def train_piece(net, optimizer, x_seq, y_seq):
    loss = (net(x_seq) - y_seq).square().mean()
    loss.backward()
    optimizer.zero_grad()
    optimizer.step()
    functional.detach_net(net)
    return loss.item()
""")
)
wrong("time_and_credit/break", "Your weights never change. The optimizer must", "step forgotten")(
    Cell("""
def train_piece(net, optimizer, x_seq, y_seq):
    loss = (net(x_seq) - y_seq).square().mean()
    optimizer.zero_grad()
    loss.backward()
    functional.detach_net(net)
    return loss.item()
""")
)
wrong(
    "time_and_credit/break",
    "AttributeError: 'float' object has no attribute",
    "a number before the backward",
)(
    Cell("""
def train_piece(net, optimizer, x_seq, y_seq):
    loss = (net(x_seq) - y_seq).square().mean().item()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    functional.detach_net(net)
    return loss
""")
)
wrong(
    "time_and_credit/break",
    "Your pieces are linked: the second backward pass",
    "output detached: no gradient",
)(
    Cell("""
def train_piece(net, optimizer, x_seq, y_seq):
    loss = (net(x_seq).detach() - y_seq).square().mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    functional.detach_net(net)
    return loss.item()
""")
)
wrong(
    "time_and_credit/break", "Your weights never change. The optimizer must", "no_grad around all"
)(
    Cell("""
def train_piece(net, optimizer, x_seq, y_seq):
    with torch.no_grad():
        loss = (net(x_seq) - y_seq).square().mean()
        optimizer.zero_grad()
        optimizer.step()
    return loss.item()
""")
)
wrong("time_and_credit/break", "Look at the losses: its numbers are too large. It", "sum for mean")(
    Cell("""
def train_piece(net, optimizer, x_seq, y_seq):
    loss = (net(x_seq) - y_seq).square().sum()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    functional.detach_net(net)
    return loss.item()
""")
)
wrong(
    "time_and_credit/break",
    "Your loss is a tensor that holds on to its graph,",
    "clone does not cut the graph",
)(
    Cell("""
def train_piece(net, optimizer, x_seq, y_seq):
    loss = (net(x_seq) - y_seq).square().mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    functional.detach_net(net)
    return loss.clone()
""")
)
wrong(
    "time_and_credit/break",
    "Look at the losses: the number at place",
    "the net is copied: the optimizer's net never learns",
)(
    Cell("""
import copy

def train_piece(net, optimizer, x_seq, y_seq):
    work = copy.deepcopy(net)
    loss = (work(x_seq) - y_seq).square().mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    functional.detach_net(work)
    return loss.item()
""")
)
wrong(
    "time_and_credit/break",
    "Your pieces are linked: the second backward pass",
    "the weights are detached too",
)(
    Cell("""
def train_piece(net, optimizer, x_seq, y_seq):
    loss = (net(x_seq) - y_seq).square().mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    functional.detach_net(net)
    for p in net.parameters():
        p.detach_()
    return loss.item()
""")
)
wrong("time_and_credit/break", "wanted is a number. Wanted is a function of net,", "a string")(
    Cell("""
def train_piece(net, optimizer, x_seq, y_seq):
    loss = (net(x_seq) - y_seq).square().mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    functional.detach_net(net)
    return f"{loss.item():.4f}"
""")
)
wrong("time_and_credit/break", "Your code prints, but it returns", "prints")(
    Cell("""
def train_piece(net, optimizer, x_seq, y_seq):
    loss = (net(x_seq) - y_seq).square().mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    functional.detach_net(net)
    print(loss.item())
""")
)
wrong(
    "time_and_credit/break",
    "Look at the losses: the number at place",
    "loss after the step, and so another forward through the memory",
)(
    Cell("""
def train_piece(net, optimizer, x_seq, y_seq):
    loss = (net(x_seq) - y_seq).square().mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    functional.detach_net(net)
    with torch.no_grad():
        return (net(x_seq) - y_seq).square().mean().item()
""")
)
wrong(
    "time_and_credit/break",
    "Look at the losses: its numbers are too large. It",
    "root of the loss returned",
)(
    Cell("""
def train_piece(net, optimizer, x_seq, y_seq):
    loss = (net(x_seq) - y_seq).square().mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    functional.detach_net(net)
    return loss.item() ** 0.5
""")
)
wrong("time_and_credit/break", "Your pieces are linked: the second backward pass", "half filled")(
    Cell("""
def train_piece(net, optimizer, x_seq, y_seq):
    loss = (net(x_seq) - y_seq).square().mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    ...
    return loss.item()
""")
)
wrong(
    "time_and_credit/break",
    "Look at the losses: the number at place",
    "each step of the piece trained on its own",
)(
    Cell("""
def train_piece(net, optimizer, x_seq, y_seq):
    total = 0.0
    for t in range(len(x_seq)):
        loss = (net(x_seq[t:t + 1]) - y_seq[t:t + 1]).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        functional.detach_net(net)
        total += loss.item()
    return total / len(x_seq)
""")
)
# ---------------------------------------------------------------------------------------- warm-up

wrong(
    "time_and_credit/warm-up",
    "You let the gradient pass a hard reset. Detached,",
    "slip: one value for four names",
)(
    Cell("""
quiet = hard = soft = turned = 9 / 64
""")
)
# ----------------------------------------------------------------------------------------- derive

wrong("time_and_credit/derive", "TypeError: unsupported operand type", "slip: ^ is not a power")(
    Cell("""
def share(tau, T, k):
    leak = 1 - 1 / tau
    return (1 - leak ^ k) / (1 - leak ^ T)
""")
)
# ------------------------------------------------------------------------------------------ break

wrong(
    "time_and_credit/break",
    "wanted is a number. Wanted is a function of net,",
    "slip: item not called, step not called",
)(
    Cell("""
def train_piece(net, optimizer, x_seq, y_seq):
    loss = (net(x_seq) - y_seq).square().mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step
    functional.detach_net(net)
    return loss.item
""")
)
