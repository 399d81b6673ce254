"""Each small mistake in the book's own solutions, made by machine, is refused."""

import ast

import pytest
from exercises import ALL, context_of, execute, solution_of, stub_of
from matplotlib import pyplot as plt
from mutants import defines, mutants

SHAPE = "the text of an error is free"
EMPTY = "an IFNode has no weights, so its `state_dict` is empty"
HERE = "the noise is drawn on the CPU, and without a GPU all the rest is there too"
NUMBER = "a tensor of one number is a number"
DRESS = "labels, colours and proportions are free"
SEARCH = "another search finds the same factors"

EQUIVALENT = {
    "encoding/break": {
        "method dropped: torch.rand(T, *x.shape, generator=generator).to(x.device)": HERE,
        "x -> generator: x.device": HERE,
    },
    "encoding/derive": {
        "arguments exchanged: max(1, math.ceil(x * (1 - x) / error ** 2))": (
            "a maximum has no order"
        ),
    },
    "reset/break": {"call dropped: list(range(10))": "a range is a list of steps"},
    "state/build": {
        "call dropped: list(self.v.shape)": SHAPE,
        "call dropped: list(x.shape)": SHAPE,
    },
    "state/break": {
        "line dropped: layer.load_state_dict(saved['weights'])": EMPTY,
        "call dropped: layer.load_state_dict(saved['weights'])": EMPTY,
        "method dropped: layer.load_state_dict(saved['weights'])": EMPTY,
        "method dropped: neuron.IFNode().to(device)": "an IFNode has no tensors to move",
    },
    "step_modes/break": {
        "arguments exchanged: batch_first.transpose(0, 1)": "a transposition has no direction"
    },
    "step_modes/build": {
        "method dropped: x_seq.unbind(0)": "to run through a tensor is to unbind it",
        "0 -> -1: x_seq[0]": "every step has the same shape",
    },
    "surrogate_gradients/build": {
        "arguments exchanged: distance(layer((x_seq @ leaf)[:, None]), wanted)": (
            "a distance is the same in both directions"
        ),
        "method dropped: w.clone()": "the weights that came keep their values",
    },
    "surrogate_gradients/break": {
        "method dropped: (u >= 0).to(u.dtype)": "a truth value is added as 0 or 1",
    },
    "visualization/derive": {
        "arguments exchanged: max(0, 1 - d / (T // m))": "a maximum has no order"
    },
    "visualization/build": {
        "line dropped: ax_mean.set(xlabel='time step', ylabel='fraction')": DRESS,
        "method dropped: ax_mean.set(xlabel='time step', ylabel='fraction')": DRESS,
        "without xlabel: ax_mean.set(xlabel='time step', ylabel='fraction')": DRESS,
        "without ylabel: ax_mean.set(xlabel='time step', ylabel='fraction')": DRESS,
        "without height_ratios: plt.subplots(2, 1, sharex=True, height_ratios=(3, 1))": DRESS,
        "3 -> 2: (3, 1)": DRESS,
        "3 -> 4: (3, 1)": DRESS,
        "1 -> 2: (3, 1)": DRESS,
        "without color: ax_mean.bar(np.arange(len(s_seq)), fraction, width=1, color='#0072B2')": (
            DRESS
        ),
        "method dropped: s_seq.mean(dim=1).tolist()": "`ax.bar` takes a tensor too",
        "1 -> -1: dim=1": "of two dimensions, the second is the last",
    },
    "classifier/build": {
        "method dropped: loss.item()": NUMBER,
        "optimizer -> net: optimizer.zero_grad": "the optimizer holds all weights of the network",
    },
    "classifier/choose": {"1 -> -1: tried[price][1]": "of two numbers, the second is the last"},
    "classifier/break": {
        "method dropped: (said == y).sum().item()": NUMBER,
        "1 -> -1: net(x.expand(T, *x.shape)).mean(0).argmax(1)": (
            "of two dimensions, the second is the last"
        ),
    },
    "silent/build": {
        "method dropped: part.double().mean().item()": NUMBER,
        "0 -> 1: fires.any(0)": "steps and samples may be taken in any order",
    },
    "silent/break": {
        "without strict: zip(net[0::2], net[1::2], strict=True)": "both have the same length",
        "the other truth: strict=True": "both have the same length",
        "50.0 -> 49.0: (linear(s_seq), 50.0)": SEARCH,
        "2 -> 1: range(2, 20)": SEARCH,
        "20 -> 19: range(2, 20)": SEARCH,
        "20 -> 21: range(2, 20)": SEARCH,
        "100 -> 101: 100 / 2 ** k": SEARCH,
        "Lt -> LtE: s_seq.mean() < rate": SEARCH,
        "Mult -> Div: 100 / 2 ** k * (1 if s_seq.mean() < rate else -1)": (
            "to divide by 1 or -1 is to multiply by it"
        ),
    },
    "time_and_credit/break": {
        "optimizer -> net: optimizer.zero_grad": "the net has the same gradients, and sets them",
    },
    "time_and_credit/build": {
        "arguments exchanged: max(0, end - k)": "a maximum has no order",
    },
}
"""Mutants that are right answers too, each with the reason."""


def answered(name):
    """Those lines of a solution that answer, without the ones that check it; and their names."""
    last = stub_of(name)[1]
    names = {node.id for node in ast.walk(ast.parse(last)) if isinstance(node, ast.Name)}
    lines = [
        line
        for line in ast.parse(solution_of(name)).body
        if isinstance(line, ast.Import | ast.ImportFrom) or defines(line) & names
    ]
    return "\n".join(map(ast.unparse, lines)), names, last


@pytest.mark.sweep
@pytest.mark.parametrize("name", ALL)
@pytest.mark.filterwarnings("ignore")  # a mutant may do what warns
def test_every_mutant_of_the_solution_is_refused(name):
    program, names, last = answered(name)
    context = context_of(name, f"{program}\n{last}")
    survivors, number = set(), 0
    for number, (mistake, mutant) in enumerate(mutants(program, names), start=1):
        namespace = dict(context)
        try:
            execute(mutant, f"<{name}, mutant {number}>", namespace)
        except Exception:  # noqa: BLE001  a mutant that doesn't run is no answer
            continue
        finally:
            plt.close("all")
        if eval(last, namespace):
            survivors.add(mistake)
    assert number >= 3
    assert survivors == EQUIVALENT.get(name, {}).keys()
