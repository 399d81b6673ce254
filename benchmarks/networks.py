"""Time a training step of two small networks, and an epoch: ``python -m benchmarks.networks``.

- digits: 64-128-10, fully connected, T = 16, batch 64, as a classifier of 8 x 8 pictures;
- conv: two convolutions with pooling and one linear layer, T = 8, batch 32, 28 x 28 pictures;
- epoch: Linear-LIF-Linear-LIF-Linear, 1,437 pictures in batches of 64, each repeated T times.

The networks differ in their spiking layers only. 'no neurons' leaves these out: it is the time
that no spiking layer can save. 'ReLU' has PyTorch's ReLU in their place.
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
for T, width in ((8, 128), (32, 256), (64, 128)):
    NETWORKS[f"epoch, T = {T}"] = {
        "T": T,
        "batch": (64, 64),
        "pictures": 1437,
        "readout": True,
        "parts": lambda width=width: [
            [nn.Linear(64, width)], [nn.Linear(width, width)], [nn.Linear(width, 10)]
        ],
    }  # fmt: skip
TINY = {
    "digits": {**NETWORKS["digits"], "T": 2, "batch": (3, 64)},
    "epoch": {**NETWORKS["epoch, T = 8"], "T": 2, "batch": (3, 64), "pictures": 7},
}


class Network(nn.Module):
    """Weights, then neurons, some times over; the output is the mean over time.

    Args:
        parts: the weights of each layer.
        neurons: makes the neurons of a layer.
        readout: whether the last layer has no neurons.
        scale: the neurons are given this multiple of what the weights give; it is in the weights.
    """

    def __init__(
        self,
        parts: Sequence[Sequence[nn.Module]],
        neurons: Callable[[], Neurons],
        readout: bool = False,
        scale: float = 1.0,
    ):
        super().__init__()
        self.parts = nn.ModuleList(nn.Sequential(*part) for part in parts)
        self.neurons = [neurons() for _ in parts]  # they have no parameters
        if readout:
            self.neurons[-1] = nn.Identity()
        with torch.no_grad():
            for part in list(self.parts)[: -1 if readout else None]:
                for parameter in part.parameters():
                    parameter.mul_(scale)

    def forward(self, x_seq: torch.Tensor) -> torch.Tensor:
        """Return the scores [N, classes] for x_seq [T, N, *]."""
        for part, neurons in zip(self.parts, self.neurons, strict=True):
            y = part(x_seq.flatten(0, 1))
            x_seq = neurons(y.unflatten(0, x_seq.shape[:2]))
        return x_seq.mean(0)


def training(
    network: Network, x: torch.Tensor, labels: torch.Tensor, T: int, batch: int
) -> Callable[[], Any]:
    """Return a call that trains on all pictures x [N, *] once, and returns the last loss."""
    optimizer = torch.optim.SGD(network.parameters(), lr=1e-3)

    def epoch() -> torch.Tensor:
        for some, wanted in zip(x.split(batch), labels.split(batch), strict=True):
            optimizer.zero_grad()
            scores = network(some.expand(T, *some.shape))
            loss = nn.functional.cross_entropy(scores, wanted)
            loss.backward()
            optimizer.step()
        return loss.detach()

    return epoch


def calls(name: str, title: str, device: str, tiny: bool = False) -> dict[str, Any]:
    """Return what is timed for one contestant."""
    network = (TINY if tiny else NETWORKS)[title]
    batch, *picture = network["batch"]
    torch.manual_seed(0)
    x = 3 * torch.rand(network.get("pictures", batch), *picture).to(device)
    labels = torch.randint(10, (len(x),)).to(device)
    layers: dict[str, Callable[[], Neurons]] = {**contestants.OURS, **contestants.PEERS}
    layers |= {"ReLU": nn.ReLU, "no neurons": nn.Identity}
    scale = contestants.SCALE.get(name, 1.0)
    made = Network(network["parts"](), layers[name], network.get("readout", False), scale)
    run = training(made.to(device), x, labels, network["T"], batch)
    # The loss is copied to the CPU, as for a progress bar; so a step ends when the GPU is done.
    return {"training": lambda: run().item()}


def main(arguments: Sequence[str] | None = None) -> dict[str, Any]:
    """Measure, and write the results down; return them too."""
    options = harness.options(__doc__, ("networks",), arguments)
    warnings.filterwarnings("ignore", module="spikingjelly")
    names = [
        name
        for name in contestants.available(options.device, ours_only=options.ours)
        if name.startswith(("snnbook", "SpikingJelly", "snnTorch"))
    ]
    names = [*contestants.working(names, options.device), "ReLU", "no neurons"]
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
                "pictures": network.get("pictures", network["batch"][0]),
                "first loss": losses,
                "training": harness.measure(turns, options.rounds, options.patience),
            }
            print(title, "measured, load", harness.load(), flush=True)
    return report.saved(results, options.out)


if __name__ == "__main__":
    main()
