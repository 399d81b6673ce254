"""The exercises of the chapter Time and credit."""

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import nn

from ...functional import detach_net, reset_net, run
from ...neuron import IFNode, LIFNode
from ...node import BaseNode
from ..comparing import like
from ..engine import Exercise
from ..kinds import check_kind
from ..sentences import YOUR_ANSWER, Misfit, Unwritten
from ..trials import sixty_fourths, step_by_step

__all__ = ["EXERCISES"]

# --- warm-up: three steps back -------------------------------------------------------------------

QUIET, HARD, SOFT, TURNED = "quiet", "hard", "soft", "turned"


def _all(slope: float) -> dict[str, float]:
    """Return the four answers of somebody for whom a path without spikes has this slope."""
    return {QUIET: slope, HARD: 0.0, SOFT: slope, TURNED: -slope}


# --- derive: what a cut leaves -------------------------------------------------------------------


def _share(tau: float, T: int, k: int) -> float:
    q = 1 - 1 / tau
    return float((1 - q**k) / (1 - q**T))


# --- build: count the pieces from the end --------------------------------------------------------

Ends = Callable[[int, int], range]


def _from_the_end(T: int, k: int) -> range:
    return range((T - 1) % k + 1, T + 1, k)


def _from_the_start(T: int, k: int) -> range:
    return range(k, T + k, k)


def _pieces(ends: Ends = _from_the_end, *, cut: bool = True, fresh: bool = False) -> Any:
    """Return a function that runs a layer in pieces."""

    def truncated(layer: BaseNode, x_seq: torch.Tensor, k: int) -> torch.Tensor:
        state, start, s_list = None, 0, []
        for end in ends(len(x_seq), k):
            s_seq, state = run(layer, x_seq[start:end], None if fresh else state)
            state = {name: v.detach() if cut else v for name, v in state.items()}
            s_list.append(s_seq)
            start = end
        return torch.cat(s_list)

    return truncated


def _ahead(layer: BaseNode, x_seq: torch.Tensor, k: int) -> torch.Tensor:
    """Cut off all but the last piece at once."""
    first, state = run(layer, x_seq[:-k]) if k < len(x_seq) else (x_seq[:0], None)
    state = state and {name: v.detach() for name, v in state.items()}
    return torch.cat([first.detach(), run(layer, x_seq[-k:], state)[0]])


def _reached(answer: Any, layer: BaseNode, x_seq: torch.Tensor, k: int) -> dict[str, torch.Tensor]:
    """Return the spikes, and the gradients of the last ones and of all."""
    x = x_seq.clone().requires_grad_()
    s_seq = like(x, answer(step_by_step(layer, 1, "called"), x, k))
    if not s_seq.requires_grad:
        raise Misfit("no-gradient")
    (of_last,) = torch.autograd.grad(s_seq[-1].sum(), x, retain_graph=True, materialize_grads=True)
    (of_all,) = torch.autograd.grad(s_seq.sum(), x, materialize_grads=True)
    return {SPIKES: s_seq, LAST: of_last, ALL: of_all}


SPIKES, LAST = "S", "the gradient of the last spikes"
ALL = "the gradient of all spikes"

# --- break: a stream that fills the memory -------------------------------------------------------


def _training(
    after: Callable[[nn.Module], None] = detach_net,
    *,
    zero: bool = True,
    steps: bool = True,
    graph: bool = False,
    **options: bool,
) -> Any:
    """Return a training step with or without its faults."""

    def train_piece(
        net: nn.Module, optimizer: Any, x_seq: torch.Tensor, y_seq: torch.Tensor
    ) -> Any:
        loss = (net(x_seq) - y_seq).square().mean()
        if zero:
            optimizer.zero_grad()
        loss.backward(**options)
        if steps:
            optimizer.step()
        after(net)
        return loss if graph else loss.item()

    return train_piece


def _nothing(net: nn.Module) -> None:
    """Leave the potentials linked."""


def _trained(answer: Any, seed: int, T: int, k: int) -> dict[str, Any]:
    """Train a small net on a stream, and say what came of it."""
    x_seq = sixty_fourths(T, 2, 3, seed=seed).double()
    y_seq = (sixty_fourths(T, 2, 2, seed=seed + 1) < 0.5).double()
    net = nn.Sequential(nn.Linear(3, 2), LIFNode(8.0, decay_input=False, step_mode="m"))
    net = net.double().to(x_seq.device)
    with torch.no_grad():
        net[0].weight.copy_(sixty_fourths(2, 3, seed=seed + 2))
        net[0].bias.zero_()
    optimizer = torch.optim.SGD(net.parameters(), lr=0.5)
    pieces = zip(x_seq.split(k), y_seq.split(k), strict=True)
    losses, holds = [], "no graph"
    for x_seq, y_seq in pieces:
        loss = answer(net, optimizer, x_seq, y_seq)
        if loss is ...:
            raise Unwritten
        if loss is None:
            raise Misfit("RETURNED_NONE")
        if isinstance(loss, torch.Tensor):
            holds = "its graph" if loss.requires_grad else holds
            loss = loss.detach()
        losses.append(check_kind("finite", loss, YOUR_ANSWER))
    return {
        LOSSES: losses,
        KEPT: holds,
        WEIGHTS: torch.cat([p.detach().flatten() for p in net.parameters()]).tolist(),
    }


LOSSES, KEPT, WEIGHTS = "the losses", "what a loss holds", "the weights after the training"

EXERCISES = {
    "warm-up": Exercise(
        wanted="Wanted are four numbers: quiet, hard, soft, turned.",
        passed="One factor for the way in, and one for each step from there.",
        right=_all(9 / 64),
        kinds=dict.fromkeys((QUIET, HARD, SOFT, TURNED), "finite"),
        wrong={
            "no-way-in": (
                _all(9 / 16),
                "You forget the way in: the charge multiplies the input by 1/τ.",
            ),
            "three-leaks": (
                _all(27 / 256),
                "You count a leak too many: from step 0 to step 2 there are two steps.",
            ),
            "one-leak": (
                _all(3 / 16),
                "You count a leak too few: from step 0 to step 2 there are two steps.",
            ),
            "no-leak": (
                _all(1 / 4),
                "You forget the leak: each step keeps the part 1 - 1/τ of the potential.",
            ),
            "what-leaks": (
                _all(1 / 64),
                "You multiply by 1/τ in each step. This is the part that leaks away; 1 - 1/τ is "
                "what is kept.",
            ),
            "hard-open": (
                {HARD: 9 / 64},
                "You let the gradient pass a hard reset. Detached, its factor is 1 - S, which is "
                "0 at a spike.",
            ),
            "soft-closed": (
                {QUIET: 9 / 64, SOFT: 0.0},
                "You let a soft reset stop the gradient. Detached, its factor is 1, spike or not.",
            ),
            "not-turned": (
                {TURNED: 9 / 64},
                "Your last number has the wrong sign: a factor of -1 turns it.",
            ),
            "closed-for-turned": (
                {TURNED: 0.0},
                "Your last number is that of a detached hard reset. Here a[1] is -1.",
            ),
        },
    ),
    "derive": Exercise(
        wanted="Wanted is a function of tau, T and k that returns the share that is left.",
        passed="With k = τ some 63 % are left, with k = 3 τ some 95 %.",
        right=_share,
        kinds="number",
        cases=lambda: [
            (2.0, 4, 1),
            (10.0, 100, 10),
            (5.0, 20, 20),
            (50.0, 60, 7),
            (1.5, 3, 2),
            (20.0, 10, 9),
        ],
        wrong={
            "no-end": (
                lambda tau, T, k: 1 - (1 - 1 / tau) ** k,
                "This is the gradient that is left. Which share is it of the whole one, over T "
                "steps?",
            ),
            "lost": (
                lambda tau, T, k: 1 - _share(tau, T, k),
                "This is the share that is lost. Wanted is what is left.",
            ),
            "terms": (
                lambda tau, T, k: (1 - 1 / tau) ** k / (1 - 1 / tau) ** T,
                "You divide single terms. But the gradient is a sum of terms, one for each step.",
            ),
            "even": (
                lambda tau, T, k: k / T,
                "You let all steps count alike. The leak makes the late ones count more.",
            ),
            "turned": (
                lambda tau, T, k: 1 / _share(tau, T, k),
                "Your fraction stands upside down, or T and k are exchanged: a share is at most 1.",
            ),
            "one-less": (
                lambda tau, T, k: (1 - (1 - 1 / tau) ** (k - 1)) / (1 - (1 - 1 / tau) ** (T - 1)),
                "You add up one term too few: a piece of k steps has k terms, the first of them "
                "without a leak.",
            ),
            "one-more": (
                lambda tau, T, k: (1 - (1 - 1 / tau) ** (k + 1)) / (1 - (1 - 1 / tau) ** (T + 1)),
                "You add up one term too many: a piece of k steps has k terms.",
            ),
            "one-less-in-k": (
                lambda tau, T, k: (1 - (1 - 1 / tau) ** (k - 1)) / (1 - (1 - 1 / tau) ** T),
                "You add up one term too few of those that are left: k steps have k terms, the "
                "first of them without a leak.",
            ),
            "one-more-in-k": (
                lambda tau, T, k: (1 - (1 - 1 / tau) ** (k + 1)) / (1 - (1 - 1 / tau) ** T),
                "You add up one term too many of those that are left: k steps have k terms.",
            ),
            "first-steps": (
                lambda tau, T, k: 1 - _share(tau, T, T - k),
                "You keep the first k steps. The cut leaves the last ones.",
            ),
            "continuous": (
                lambda tau, T, k: (1 - math.exp(-k / tau)) / (1 - math.exp(-T / tau)),
                "You take the exponential of continuous time. In steps a leak is the factor "
                "1 - 1/τ.",
            ),
            "beta": (
                lambda tau, T, k: (1 - tau**-k) / (1 - tau**-T),
                "You multiply by 1/τ in each step. What a step keeps is 1 - 1/τ.",
            ),
        },
    ),
    "build": Exercise(
        wanted="Wanted is a function of layer, x_seq and k that returns the spikes, [T, N].",
        passed="The state goes on, the gradient is cut, and the last piece has k steps.",
        right=_pieces(),
        run=_reached,
        cases=lambda: [
            (LIFNode(3.0, decay_input=False), sixty_fourths(11, 3).double(), 4),
            (LIFNode(5.0, decay_input=False, v_reset=None), sixty_fourths(12, 2).double(), 4),
            (IFNode(detach_reset=True), sixty_fourths(10, 2, seed=1).double(), 7),
            (LIFNode(3.0, decay_input=False), sixty_fourths(9, 2, seed=2).double(), 2),
            (IFNode(), sixty_fourths(5, 2, seed=3).double(), 8),
            (LIFNode(2.0), sixty_fourths(6, 2, high=3.0, seed=4).double(), 1),
        ],
        says={
            "called": "You call the layer itself, which takes your piece for one step, and "
            "remembers. Use `functional.run`, and hand on its state.",
            "no-gradient": "No gradient reaches your spikes at all. Cut the state between the "
            "pieces, and nothing else: neither the input nor the spikes.",
        },
        wrong={
            "uncut": (
                _pieces(cut=False),
                "Your gradient is not cut: it reaches back to the first step. Detach each tensor "
                "of the state between two pieces.",
            ),
            "from-the-start": (
                _pieces(_from_the_start),
                "Your pieces are counted from the start, so that the last one may be short. Make "
                "the first one short.",
            ),
            "fresh": (
                _pieces(fresh=True),
                "Each of your pieces starts from the first state. Hand on the state that "
                "`functional.run` returns.",
            ),
            "fresh-from-the-start": (
                _pieces(_from_the_start, fresh=True),
                "Each of your pieces starts from the first state, and they are counted from the "
                "start.",
            ),
            "every-step": (
                _pieces(lambda T, k: range(1, T + 1)),
                "Your gradient is cut after every step. Cut it after each piece of k steps.",
            ),
            "one-more": (
                _pieces(lambda T, k: _from_the_end(T, k + 1)),
                "Your pieces have one step more than k.",
            ),
            "one-cut": (
                _pieces(lambda T, k: _from_the_end(T, k) if k >= T else range(T - k, T + 1, k)),
                "You cut once only, before the last piece. The earlier pieces are to be cut from "
                "each other too.",
            ),
            "last-only": (
                _ahead,
                "Only your last piece has a gradient. Each piece is to have one, within itself.",
            ),
        },
    ),
    "break": Exercise(
        wanted="Wanted is a function of net, optimizer, x_seq and y_seq that returns the loss.",
        passed="The potential goes on, the graph does not.",
        right=_training(),
        run=_trained,
        cases=lambda: [(0, 24, 4), (3, 15, 5), (6, 12, 3)],
        wrong={
            "both": (
                _training(reset_net, graph=True),
                "Both faults are still there: each piece forgets what was before it, and each "
                "loss holds on to its graph.",
            ),
            "resets": (
                _training(reset_net),
                "Each of your pieces forgets what was before it: `reset_net` throws the "
                "potentials away. Which call keeps them and cuts the gradient?",
            ),
            "graph": (
                _training(graph=True),
                "Your loss is a tensor that holds on to its graph, so the memory grows with each "
                "of them. Return a number.",
            ),
            "linked": (
                _training(_nothing),
                "Your pieces are linked: the second backward pass runs into the first piece, "
                "whose graph is freed. Cut the gradient, and keep the potential.",
            ),
            "retained": (
                _training(_nothing, retain_graph=True),
                "You keep the graphs of all pieces, and each backward pass goes back to the "
                "beginning. Cut the gradient after each piece.",
            ),
            "retained-graph": (
                _training(_nothing, retain_graph=True, graph=True),
                "You keep the graphs of all pieces twice: for the backward pass, and in the "
                "losses.",
            ),
            "accumulated": (
                _training(zero=False),
                "Your gradients add up from piece to piece. Set them to zero before each backward "
                "pass.",
            ),
            "no-step": (
                _training(steps=False),
                "Your weights never change. The optimizer must step for each piece, and before the "
                "gradients are set to zero again.",
            ),
        },
    ),
}
