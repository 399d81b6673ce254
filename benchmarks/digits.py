"""Train the classifiers of the chapter Training a classifier: ``python -m benchmarks.digits``.

scikit-learn's digits, 1,437 pictures to learn from and 360 to test, as the chapter splits them.
Settings are chosen by five-fold cross-validation within the 1,437. Then each recipe that was
chosen learns from all of them, with five seeds, and looks at the test once. One torch thread. A
time is the processor's for the training alone, without reading data or compiling the neurons: on a
machine that does nothing else it is the time that passes.
"""

import argparse
import json
import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import torch
from sklearn.datasets import load_digits
from sklearn.model_selection import StratifiedKFold, train_test_split
from torch import nn
from torch.nn import functional as F
from torch.optim.lr_scheduler import OneCycleLR

from snnbook import functional, layer, neuron, surrogate
from snnbook.record import Recorder

from . import harness, report

RESULTS = Path(__file__).parent / "results" / "digits"
SEEDS = range(5)
Part = tuple[torch.Tensor, torch.Tensor]


def spiking() -> neuron.LIFNode:
    """Return a layer of the neurons that all networks here have."""
    theta = surrogate.ATan()
    return neuron.LIFNode(v_reset=None, surrogate_function=theta, step_mode="m", backend="auto")


def dense(hidden: int) -> nn.Sequential:
    """Return the chapter's dense network."""
    readout = neuron.LINode(step_mode="m", backend="auto")
    return nn.Sequential(nn.Linear(64, hidden), spiking(), nn.Linear(hidden, 10), readout)


def conv(C: int) -> nn.Sequential:
    """Return the chapter's convolutional network."""

    def weights(inputs: int, outputs: int) -> list[nn.Module]:
        return [nn.Conv2d(inputs, outputs, 3, padding=1, bias=False), nn.BatchNorm2d(outputs)]

    fold = layer.SeqToANNContainer
    return nn.Sequential(
        fold(nn.Unflatten(1, (1, 8, 8)), *weights(1, C)),
        spiking(),
        fold(nn.AvgPool2d(2), *weights(C, 2 * C)),
        spiking(),
        fold(nn.AvgPool2d(2), *weights(2 * C, 4 * C)),
        spiking(),
        fold(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(0.2), nn.Linear(4 * C, 10)),
    )


class Recipe(NamedTuple):
    """A network and its training."""

    make: Callable[[int], nn.Sequential]
    size: int
    T: int
    epochs: int
    lr: float
    weight_decay: float = 0.0
    shift: int = 0


CANDIDATES = {
    "dense, 128 hidden": Recipe(dense, 128, 8, 40, 0.01),
    "dense, 256 hidden": Recipe(dense, 256, 8, 40, 0.01),
    "convolutional, 24 channels": Recipe(conv, 24, 4, 20, 0.004, 1e-3, 1),
    "convolutional, 32 channels": Recipe(conv, 32, 4, 20, 0.004, 1e-3, 1),
    "convolutional, 32 channels, 30 epochs": Recipe(conv, 32, 4, 30, 0.004, 1e-3, 1),
}
"""What cross-validation chooses from: one dense recipe, and one convolutional."""
WANTED = {"dense": (0.985, 5.0), "convolutional": (0.993, 20.0)}
"""The accuracy on the test and the seconds of training that were asked for."""


def data() -> tuple[Part, Part]:
    """Return the pictures to learn from and those of the test, as the chapter splits them."""
    digits = load_digits()
    x = torch.tensor(digits.data / 16, dtype=torch.float32)
    y = torch.tensor(digits.target)
    rows = torch.arange(len(y)).numpy()
    parts = train_test_split(rows, test_size=360, stratify=digits.target, random_state=0)
    known, test = ((x[part], y[part]) for part in map(torch.as_tensor, parts))
    return known, test


def shifted(x: torch.Tensor, most: int) -> torch.Tensor:
    """Move each picture by up to `most` pixels; what comes in at the edge is 0."""
    wide = F.pad(x.reshape(-1, 8, 8), [most] * 4)
    rows, columns = torch.randint(0, 2 * most + 1, (2, len(x), 1)) + torch.arange(8)
    moved = wide[torch.arange(len(x))[:, None, None], rows[:, :, None], columns[:, None, :]]
    return moved.reshape(x.shape)


def run(net: nn.Module, x: torch.Tensor, T: int) -> torch.Tensor:
    """Show pictures for T steps; return the mean of the outputs."""
    functional.reset_net(net)
    y_seq: torch.Tensor = net(x.expand(T, *x.shape))
    return y_seq.mean(0)


def trained(recipe: Recipe, part: Part, seed: int) -> tuple[nn.Sequential, float]:
    """Return a trained network, and the seconds that its training took the processor."""
    torch.manual_seed(seed)
    net, (x, y) = recipe.make(recipe.size), part
    run(net, x[:64], recipe.T).sum().backward()  # the neurons are compiled
    optimizer = torch.optim.AdamW(net.parameters(), weight_decay=recipe.weight_decay)
    steps = recipe.epochs * math.ceil(len(x) / 64)
    scheduler = OneCycleLR(optimizer, recipe.lr, total_steps=steps, pct_start=0.2)
    begin = time.process_time()
    for _ in range(recipe.epochs):
        for chosen in torch.randperm(len(x)).split(64):
            logits = run(net, shifted(x[chosen], recipe.shift), recipe.T)
            loss = F.cross_entropy(logits, y[chosen], label_smoothing=0.1)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            scheduler.step()
    return net.eval(), time.process_time() - begin


@torch.no_grad()
def tried(net: nn.Sequential, recipe: Recipe, part: Part) -> dict[str, float]:
    """Return the share of right answers, and the spikes that a picture takes."""
    x, y = part
    with Recorder(net, [n for n, m in net.named_children() if isinstance(m, neuron.LIFNode)]) as r:
        right = (run(net, x, recipe.T).argmax(1) == y).float().mean().item()
    return {"right": right, "spikes": sum(r[name].s.sum().item() for name in r) / len(x)}


def folds(part: Part) -> list[tuple[Part, Part]]:
    """Return the five ways to learn from four fifths and try on the rest."""
    x, y = part
    kept = StratifiedKFold(5, shuffle=True, random_state=0).split(x, y)
    pairs = [tuple(map(torch.as_tensor, pair)) for pair in kept]
    return [((x[a], y[a]), (x[b], y[b])) for a, b in pairs]


def measured(candidates: dict[str, Recipe], seeds: range) -> dict[str, Any]:
    """Choose a recipe of each kind, and return what each candidate and each chosen one did."""
    known, test = data()
    results: dict[str, Any] = {"candidates": {}, "digits": {}}
    for name, recipe in candidates.items():
        rounds = enumerate(folds(known))
        results["candidates"][name] = [
            tried(trained(recipe, four, k)[0], recipe, fifth)["right"]
            for k, (four, fifth) in rounds
        ]
        print(name, results["candidates"][name], flush=True)
    for name in chosen(results["candidates"]):
        recipe, found = candidates[name], []
        for seed in seeds:
            net, seconds = trained(recipe, known, seed)
            found.append({**tried(net, recipe, test), "seconds": seconds})
            print(name, found[-1], flush=True)
        results["digits"][name] = found
    return results


def chosen(candidates: dict[str, list[float]]) -> list[str]:
    """Return for each kind the candidate that cross-validation finds best."""
    kinds: dict[str, list[str]] = {}
    for name in candidates:
        kinds.setdefault(name.split(",")[0], []).append(name)
    return [max(names, key=lambda name: sum(candidates[name])) for names in kinds.values()]


def main(arguments: list[str] | None = None) -> dict[str, Any]:
    """Choose and train, and write or print the results."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dry", action="store_true", help="print the results, write no file")
    parser.add_argument("--quick", action="store_true", help="one epoch and one seed: a trial")
    options = parser.parse_args(arguments)
    torch.set_num_threads(1)
    candidates, seeds = CANDIDATES, SEEDS
    if options.quick:
        candidates = {n: r._replace(size=4, T=2, epochs=1) for n, r in CANDIDATES.items()}
        seeds = range(1)
    results = measured(candidates, seeds)
    results["machine"], results["versions"] = harness.machine(), harness.versions()
    print(report.markdown(results))
    if not options.dry:
        RESULTS.with_suffix(".json").write_text(json.dumps(results, indent=1) + "\n", "utf-8")
        RESULTS.with_suffix(".md").write_text(report.markdown(results), "utf-8")
    return results


if __name__ == "__main__":
    main()
