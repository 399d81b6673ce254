"""The exercises of the chapter Training a classifier."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import nn
from torch.nn import functional as F

from ...functional import detach_net, reset_net, set_step_mode
from ...neuron import BaseNode, IFNode, LIFNode, LINode
from ..engine import Exercise
from ..kinds import check_kind, readable
from ..sentences import Misfit, Unwritten
from ..trials import sixty_fourths

__all__ = ["EXERCISES"]

# --- build: a training step ----------------------------------------------------------------------

Potentials = list[torch.Tensor]


def _mean(y_list: Potentials) -> torch.Tensor:
    return torch.stack(y_list).mean(0)


def _step(
    net: nn.Module,
    optimizer: torch.optim.Optimizer,
    x: torch.Tensor,
    y: torch.Tensor,
    T: int,
    *,
    begin: Callable[[nn.Module], None] = reset_net,
    logits: Callable[[Potentials], torch.Tensor] = _mean,
    zero: bool = True,
    step: bool = True,
) -> float:
    """One training step of a network in step mode 's', or one with a fault."""
    begin(net)
    loss = F.cross_entropy(logits([net(x) for _ in range(T)]), y)
    if zero:
        optimizer.zero_grad()
    loss.backward()
    if step:
        optimizer.step()
    return loss.item()


def _with(**faults: Any) -> Callable[..., float]:
    return lambda net, optimizer, x, y, T: _step(net, optimizer, x, y, T, **faults)


def _reset_inside(
    net: nn.Module, optimizer: torch.optim.Optimizer, x: torch.Tensor, y: torch.Tensor, T: int
) -> float:
    y_list = []
    for _ in range(T):
        reset_net(net)
        y_list.append(net(x))
    return _step(net, optimizer, x, y, 0, logits=lambda _: _mean(y_list))


def _learns_inside(
    net: nn.Module, optimizer: torch.optim.Optimizer, x: torch.Tensor, y: torch.Tensor, T: int
) -> float:
    """A step of the optimizer at each step of time."""
    reset_net(net)
    losses = []
    for _ in range(T):
        losses.append(_step(net, optimizer, x, y, 1, begin=detach_net))
    return sum(losses) / T


def _network(seed: int, hidden: BaseNode) -> nn.Sequential:
    """A small network in float64 whose weights are multiples of 1/64."""
    net = nn.Sequential(nn.Linear(4, 6), hidden, nn.Linear(6, 3), LINode()).double()
    with torch.no_grad():
        for number, parameter in enumerate(net.parameters()):
            values = sixty_fourths(*parameter.shape, high=2.0, seed=100 * seed + number)
            parameter.copy_(values - (0.5 if number < 2 else 1.0))
    return net.to(sixty_fourths(1).device)


def _batch(N: int, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    x = sixty_fourths(N, 4, seed=seed)
    return x.double(), (64 * x.sum(1)).long() % 3


def _loss(given: Any) -> float:
    """Return the loss that a reader's function returned.

    Raises:
        Unwritten: it is ``...``.
        Misfit: it is None or no number.
    """
    if given is ...:
        raise Unwritten
    if given is None:
        raise Misfit("RETURNED_NONE")
    return float(check_kind("number", readable(given), "the loss"))


def _two_steps(answer: Any, T: int, seed: int) -> dict[str, Any]:
    """Two training steps in a row, on two batches."""
    net = _network(seed, LIFNode(v_reset=None))
    optimizer = torch.optim.SGD(net.parameters(), lr=0.25)
    optimizer.zero_grad()
    given = [answer(net, optimizer, *_batch(5, seed + k), T) for k in range(2)]
    if any(isinstance(loss, torch.Tensor) and loss.requires_grad for loss in given):
        raise Misfit("graph")
    losses = [_loss(loss) for loss in given]
    if any(getattr(module, "step_mode", "s") != "s" for module in net.modules()):
        raise Misfit("step-mode")
    weights = torch.cat([p.detach().flatten() for p in net.parameters()])
    return {LOSSES: losses, WEIGHTS: weights.tolist()}


# --- choose: what a point is worth ---------------------------------------------------------------

Tried = Mapping[float, tuple[float, float]]


def _choose(tried: Tried, give: float) -> float:
    best = max(share for share, _ in tried.values())
    enough = [price for price, (share, _) in tried.items() if share >= best - give]
    return min(enough, key=lambda price: tried[price][1])


def _first_enough(tried: Tried, give: float) -> float:
    best = max(share for share, _ in tried.values())
    return next(price for price, (share, _) in tried.items() if share >= best - give)


def _strictly(tried: Tried, give: float) -> float:
    best = max(share for share, _ in tried.values())
    enough = [p for p, (share, _) in tried.items() if share > best - give or share == best]
    return min(enough, key=lambda price: tried[price][1])


# --- break: an evaluation ------------------------------------------------------------------------

Batches = Sequence[tuple[torch.Tensor, torch.Tensor]]


def _shares(
    net: nn.Module, batches: Batches, T: int, *, reset: bool = True, over: str = "mean"
) -> list[tuple[int, int]]:
    """For each batch how many answers are right, and how many there are."""
    found = []
    for x, y in batches:
        if reset:
            reset_net(net)
        y_seq = net(x.expand(T, *x.shape))
        logits = {"mean": y_seq.mean(0), "last": y_seq[-1], "first": y_seq[0]}[over]
        found.append((int((logits.argmax(1) == y).sum()), len(y)))
    return found


def _evaluate(net: nn.Module, batches: Batches, T: int) -> float:
    right, count = map(sum, zip(*_shares(net, batches, T), strict=True))
    return right / count


def _mean_of_shares(net: nn.Module, batches: Batches, T: int) -> float:
    return sum(right / count for right, count in _shares(net, batches, T)) / len(batches)


def _of_last_step(net: nn.Module, batches: Batches, T: int) -> float:
    right, count = map(sum, zip(*_shares(net, batches, T, over="last"), strict=True))
    return right / count


def _as_it_stands(net: nn.Module, batches: Batches, T: int) -> float:
    shares = [right / count for right, count in _shares(net, batches, T, reset=False)]
    return sum(shares) / len(shares)


def _evaluation(answer: Any, T: int, sizes: Sequence[int], seed: int) -> Any:
    """An evaluation on batches of some sizes, with a network that has just seen another batch."""
    net = _network(seed, IFNode(v_reset=None))
    set_step_mode(net, "m")
    batches = []
    for k, N in enumerate(sizes):
        x, _ = _batch(N, seed + k)
        reset_net(net)
        said = net(x.expand(T, *x.shape)).mean(0).argmax(1)
        batches.append((x, (said + torch.arange(N, device=x.device) % (2 + k)) % 3))
    reset_net(net)
    net(torch.ones(2, sizes[0], 4, dtype=torch.float64, device=x.device))
    return answer(net, batches, T)


INPUT, SPIKES, LOGITS = "the input", "the hidden spikes", "the logits"
NUMBERS, MOST = "weights and biases", "most spikes of a picture"
LOSSES, WEIGHTS = "the losses of two training steps", "the weights after them"

EXERCISES = {
    "warm-up": Exercise(
        wanted="Wanted is a list: the shapes of the input, of the hidden spikes and of the logits, "
        "the number of weights and biases, and the most spikes that a picture can cost.",
        passed="Time comes first until the mean over it; the neurons have no weights of their own.",
        right={
            INPUT: [5, 32, 784],
            SPIKES: [5, 32, 300],
            LOGITS: [32, 10],
            NUMBERS: 784 * 300 + 300 + 300 * 10 + 10,
            MOST: 5 * 300,
        },
        kinds={INPUT: "shape", SPIKES: "shape", LOGITS: "shape", NUMBERS: "whole", MOST: "count"},
        tolerance=0.0,
        wrong={
            "batch-first": (
                {INPUT: [32, 5, 784]},
                "Your input has the batch first. Time comes first.",
            ),
            "input-without-time": (
                {INPUT: [32, 784]},
                "Your input has no time. The pictures are shown for 5 steps.",
            ),
            "input-unflattened": (
                {INPUT: [5, 32, 28, 28]},
                "Your input has rows and columns. `nn.Linear(784, 300)` wants 784 numbers in the "
                "last dimension.",
            ),
            "spikes-without-time": (
                {SPIKES: [32, 300]},
                "Your hidden spikes have no time. Each neuron may fire at each of the 5 steps.",
            ),
            "spikes-batch-first": (
                {SPIKES: [32, 5, 300]},
                "Your hidden spikes have the batch first. Time comes first.",
            ),
            "logits-with-time": (
                {LOGITS: [5, 32, 10]},
                "Your logits have a time dimension. They are the mean over it.",
            ),
            "logits-of-one": (
                {LOGITS: [10]},
                "Your logits are those of one picture. There are 32.",
            ),
            "logits-mean-of-batch": (
                {LOGITS: [5, 10]},
                "Your logits are a mean over the batch. It is time that they are averaged over.",
            ),
            "no-biases": (
                {NUMBERS: 784 * 300 + 300 * 10},
                "You count the weights. Each output of an `nn.Linear` has a bias as well.",
            ),
            "weights-for-each-step": (
                {NUMBERS: 5 * (784 * 300 + 300 + 300 * 10 + 10)},
                "You count the weights once for each step. All steps share them.",
            ),
            "weights-of-neurons": (
                {NUMBERS: 784 * 300 + 300 + 300 * 10 + 10 + 310},
                "You count a number for each neuron too. Neurons have no weights of their own.",
            ),
            "most-of-batch": (
                {MOST: 5 * 32 * 300},
                "You count the spikes of a whole batch. Wanted are those of one picture.",
            ),
            "most-of-step": (
                {MOST: 300},
                "You count the spikes of one step. There are 5.",
            ),
            "most-with-readout": (
                {MOST: 5 * 310},
                "You count the readout's neurons. They never fire.",
            ),
        },
    ),
    "build": Exercise(
        wanted="Wanted is a function of a network in step mode 's', its optimizer, x, y and T that "
        "makes one training step and returns the loss.",
        passed="The network is called once for each step, and learns once for each batch.",
        right=_with(),
        run=_two_steps,
        kinds={LOSSES: "list", WEIGHTS: "list"},
        cases=lambda: [(4, 1), (1, 2), (7, 3)],
        says={
            "graph": "You return the loss with its graph, and whoever keeps it keeps all of the "
            "network's memory. Return its number: `loss.item()`.",
            "step-mode": "Your function leaves the network in another step mode. Call it once for "
            "each step.",
        },
        wrong={
            "no-reset": (
                _with(begin=lambda net: None),
                "Your second batch begins with the potentials of the first, and `backward` goes "
                "back into it. Reset the network first.",
            ),
            "detached": (
                _with(begin=detach_net),
                "You cut the gradient between two batches, but you keep the potentials. Use "
                "`functional.reset_net`.",
            ),
            "reset-inside": (
                _reset_inside,
                "You reset the network before each step of time, so it remembers nothing. Reset it "
                "once, before the first.",
            ),
            "no-zero-grad": (
                _with(zero=False),
                "The gradients of your first batch are still there in the second. Call "
                "`optimizer.zero_grad()`.",
            ),
            "nothing-learned": (
                _with(step=False),
                "The weights stay as they were. Is there a `loss.backward()` and then an "
                "`optimizer.step()`, without a `zero_grad` between them?",
            ),
            "sum": (
                _with(logits=lambda y_list: torch.stack(y_list).sum(0)),
                "You add the potentials of all steps. The logits are their mean.",
            ),
            "last": (
                _with(logits=lambda y_list: y_list[-1]),
                "You take the potentials of the last step. The logits are the mean over all.",
            ),
            "softmax": (
                _with(logits=lambda y_list: _mean(y_list).softmax(1)),
                "Your softmax stands before a loss that applies it itself. Give `cross_entropy` "
                "the potentials as they are.",
            ),
            "learns-inside": (
                _learns_inside,
                "Your optimizer steps at each step of time. Run all T steps first, then learn "
                "once from their mean.",
            ),
        },
    ),
    "choose": Exercise(
        wanted="Wanted is a function of `tried` and `give` that returns a price, a key of `tried`.",
        passed="Good enough comes first, then thrift.",
        right=_choose,
        kinds="number",
        cases=lambda: (
            [
                (
                    {
                        0.0: (0.75, 300.0),
                        0.25: (0.875, 200.0),
                        0.5: (0.8125, 40.0),
                        1.0: (0.25, 0.0),
                    },
                    t,
                )
                for t in (0.0, 0.0625, 0.125, 1.0)
            ]
            + [
                (
                    {
                        0.5: (0.75, 30.0),
                        2.0: (0.875, 90.0),
                        1.0: (0.875, 60.0),
                        3.0: (0.8125, 70.0),
                    },
                    t,
                )
                for t in (0.0, 0.0625, 0.25)
            ]
        ),
        wrong={
            "most-accurate": (
                lambda tried, give: max(tried, key=lambda price: tried[price][0]),
                "You choose the most accurate. You may give up some accuracy for fewer spikes.",
            ),
            "fewest-spikes": (
                lambda tried, give: min(tried, key=lambda price: tried[price][1]),
                "You choose the fewest spikes of all, however bad the answers are. First take "
                "those that are accurate enough.",
            ),
            "first-enough": (
                _first_enough,
                "You choose the first that is accurate enough. Among those, take the one with the "
                "fewest spikes.",
            ),
            "highest-price": (
                lambda tried, give: max(
                    p
                    for p, (share, _) in tried.items()
                    if share >= max(s for s, _ in tried.values()) - give
                ),
                "You choose the highest price. It need not be the one with the fewest spikes: look "
                "at the spikes.",
            ),
            "strictly": (
                _strictly,
                "A network that gives up exactly `give` still counts: compare with `>=`.",
            ),
            "the-spikes": (
                lambda tried, give: tried[_choose(tried, give)][1],
                "You return the number of spikes. Return the price, the key of `tried`.",
            ),
            "the-accuracy": (
                lambda tried, give: tried[_choose(tried, give)][0],
                "You return the accuracy. Return the price, the key of `tried`.",
            ),
        },
    ),
    "derive": Exercise(
        wanted="Wanted is a function of K that returns the least loss.",
        passed="The best that it can say is a 1 and K - 1 zeros, and the second softmax makes "
        "e / (e + K - 1) of it.",
        right=lambda K: math.log(1 + (K - 1) / math.e),
        kinds="number",
        cases=lambda: [(10,), (2,), (3,), (100,), (1000,)],
        wrong={
            "zero": (
                lambda K: 0.0,
                "This is the least loss with one softmax. The second one can't reach a probability "
                "of 1: its inputs lie between 0 and 1.",
            ),
            "guessing": (
                lambda K: math.log(K),
                "This is the loss of a network that guesses: all K probabilities are the same. "
                "Let the first softmax give a 1 and K - 1 zeros.",
            ),
            "greatest": (
                lambda K: math.log(math.e + K - 1),
                "You have the logarithm of the sum, but not yet the logit of the right class, "
                "which is 1: it is subtracted.",
            ),
            "K-zeros": (
                lambda K: math.log(1 + K / math.e),
                "You count K zeros. One of the K numbers is the 1.",
            ),
            "probability": (
                lambda K: math.e / (math.e + K - 1),
                "This is the probability of the right class. The loss is minus its logarithm.",
            ),
        },
    ),
    "break": Exercise(
        wanted="Wanted is a function of a network, batches and T that returns the share of right "
        "answers, from 0 to 1.",
        passed="Each batch starts afresh, and each picture counts the same.",
        right=_evaluate,
        run=_evaluation,
        kinds="number",
        cases=lambda: [(4, (8, 8, 8), 5), (3, (9, 9, 4), 6), (6, (7, 2), 7), (2, (6,), 8)],
        wrong={
            "as-it-stands": (
                _as_it_stands,
                "The network still has the potentials of the batch before. Reset it before each "
                "batch.",
            ),
            "mean-of-shares": (
                _mean_of_shares,
                "You take the mean of the batches' shares. The last batch is smaller, so its "
                "pictures count more. Count right answers and pictures, and divide at the end.",
            ),
            "last-step": (
                _of_last_step,
                "You read the answer from the last step. Wanted is the mean over all steps.",
            ),
            "wrong-answers": (
                lambda net, batches, T: 1 - _evaluate(net, batches, T),
                "You return the share of wrong answers.",
            ),
            "percent": (
                lambda net, batches, T: 100 * _evaluate(net, batches, T),
                "You return a percentage. Wanted is a share from 0 to 1.",
            ),
            "count": (
                lambda net, batches, T: (
                    _evaluate(net, batches, T) * sum(len(y) for _, y in batches)
                ),
                "You return how many answers are right. Divide by the number of pictures.",
            ),
        },
    ),
}
