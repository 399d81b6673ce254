"""Time a whole training step of two small networks: ``python -m benchmarks.networks``.

- digits: 64-128-10, fully connected, T = 16, batch 64, as a classifier of 8 x 8 pictures;
- conv: two convolutions with pooling and one linear layer, T = 8, batch 32, 28 x 28 pictures.

The networks differ in their spiking layers only. 'no neurons' leaves these out: it is the time
that no spiking layer can save.
"""

import functools
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import nn

from . import contestants, harness, report

Neurons = Callable[[torch.Tensor], torch.Tensor]

NETWORKS: dict[str, Any] = {
    "digits": {
        "T": 16,
        "batch": (64, 64),
        "parts": lambda: [[nn.Linear(64, 128)], [nn.Linear(128, 10)]],
    },
    "conv": {
        "T": 8,
        "batch": (32, 1, 28, 28),
        "parts": lambda: [
            [nn.Conv2d(1, 16, 3, padding=1)],
            [nn.AvgPool2d(2), nn.Conv2d(16, 32, 3, padding=1)],
            [nn.AvgPool2d(2), nn.Flatten(), nn.Linear(32 * 7 * 7, 10)],
        ],
    },
}
TINY = {"digits": {**NETWORKS["digits"], "T": 2, "batch": (3, 64)}}


class Network(nn.Module):
    """Weights, then neurons, some times over; the output is the firing rate over time."""

    def __init__(self, parts: Sequence[Sequence[nn.Module]], neurons: Callable[[], Neurons]):
        super().__init__()
        self.parts = nn.ModuleList(nn.Sequential(*part) for part in parts)
        self.neurons = [neurons() for _ in parts]  # they have no parameters

    def forward(self, x_seq: torch.Tensor) -> torch.Tensor:
        """Return the rates [N, classes] for x_seq [T, N, *]."""
        for part, neurons in zip(self.parts, self.neurons, strict=True):
            y = part(x_seq.flatten(0, 1))
            x_seq = neurons(y.unflatten(0, x_seq.shape[:2]))
        return x_seq.mean(0)


def training_step(network: Network, x_seq: torch.Tensor, labels: torch.Tensor) -> Callable[[], Any]:
    """Return a call that does one step of training and returns the loss."""
    optimizer = torch.optim.SGD(network.parameters(), lr=1e-3)

    def step() -> torch.Tensor:
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(network(x_seq), labels)
        loss.backward()
        optimizer.step()
        return loss.detach()

    return step


def calls(name: str, title: str, device: str, tiny: bool = False) -> dict[str, Any]:
    """Return what is timed for one contestant."""
    network = (TINY if tiny else NETWORKS)[title]
    torch.manual_seed(0)
    x_seq = 3 * torch.rand(network["T"], *network["batch"]).to(device)
    labels = torch.randint(10, (x_seq.shape[1],)).to(device)
    layers: dict[str, Callable[[], Neurons]] = {**contestants.OURS, **contestants.PEERS}
    made = Network(network["parts"](), layers.get(name, nn.Identity)).to(device)
    step = training_step(made, x_seq, labels)
    # The loss is copied to the CPU, as for a progress bar; so a step ends when the GPU is done.
    return {"training": lambda: step().item()}


def main(arguments: Sequence[str] | None = None) -> dict[str, Any]:
    """Measure, and write the results down; return them too."""
    options = harness.options(__doc__, ("networks",), arguments)
    warnings.filterwarnings("ignore", module="spikingjelly")
    names = [
        name
        for name in contestants.available(options.device, ours_only=options.ours)
        if name.startswith(("snnbook", "SpikingJelly"))
    ]
    names = [*contestants.working(names, options.device), "no neurons"]
    results = report.opened(options.out)
    results["networks"] = {}
    with harness.workers(names, calls, options) as workers:
        for title, network in (TINY if options.quick else NETWORKS).items():
            make = functools.partial(calls, title=title, device=options.device, tiny=options.quick)
            losses = {name: make(name)["training"]() for name in names}
            for name, worker in workers.items():
                worker.make(name, title, options.device, options.quick)
            turns = {n: functools.partial(w.turn, "training") for n, w in workers.items()}
            results["networks"][title] = {
                "shape": [network["T"], *network["batch"]],
                "first loss": losses,
                "training": harness.measure(turns, options.rounds, options.patience),
            }
            print(title, "measured, load", harness.load(), flush=True)
    return report.saved(results, options.out)


if __name__ == "__main__":
    main()
