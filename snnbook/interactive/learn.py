"""`learn` makes a figure in which networks learn, a `Learner`."""

import copy
from collections.abc import Collection, Mapping
from functools import partial
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import torch
from torch import nn

from ..backends import Run
from ..functional import reset_net
from ..layer import SynapseFilter
from ..node import BaseNode, Node
from ..surrogate import Surrogate
from ..visualizing import plot_1d_spikes, plot_one_neuron_v_s
from .figure import SCRIPT, Figure, bounded, written
from .network import NETWORK, packed, read_network, read_node, reference_copy
from .sliders import (
    Range,
    ranges,
    read,
    read_names,
    read_number,
    read_whole,
    speaker,
    speaks,
)
from .still import stacked
from .views import WORDS, filled, literal

if TYPE_CHECKING:
    from matplotlib.figure import SubFigure

__all__ = ["Learned", "Learner", "learn"]

_LEARN = Path(__file__).with_name("learn.js").read_text("utf-8")
_MOST = 100_000
"""The most numbers in the input: the page runs it, and goes back, at each step of learning."""


class Learned(NamedTuple):
    """What a network has learned.

    Attributes:
        losses: the loss before learning, and after each step of it.
        net: the network with its weights, in float64.
        run: what its neuron did with them; each sequence has shape ``[T, 1]``.
        stuck: its loss isn't 0, but its gradient is.
    """

    losses: list[float]
    net: nn.Sequential
    run: Run
    stuck: bool


class Scene(NamedTuple):
    """A figure that has learned: what the still picture is drawn from."""

    spec: Mapping[str, Any]
    values: Mapping[str, float]
    x_seq: torch.Tensor
    done: Mapping[str, Learned]


def _words(scene: Scene) -> str:
    """Return a figure in words, a sentence or two for each network."""
    said, sentences = scene.spec["words"], []
    for name, done in scene.done.items():
        spikes = done.run.s_seq[:, 0].nonzero()[:, 0].tolist()
        values = {"name": name, "round": len(done.losses) - 1, "loss": f"{done.losses[-1]:.3f}"}
        values |= {"target": int(scene.values["target"]), "spikes": ", ".join(map(str, spikes))}
        values["spikes"] = values["spikes"] or said["none"]
        end = f" {said['stuck']}" if done.stuck and len(done.losses) > 1 else ""
        sentences.append(filled(said, "learned", values) + end)
    return "\n".join(sentences)


def _picture(scene: Scene) -> bytes:
    """Return a figure as a WebP picture: the input, what each network does, the losses."""
    draw = [partial(_draw_trace, scene, name, done) for name, done in scene.done.items()]
    parts = [partial(_draw_input, scene), *draw, partial(_draw_losses, scene)]
    return stacked([1.6, *[3.0] * len(draw), 1.8], parts)


def _draw_input(scene: Scene, part: "SubFigure") -> None:
    title = scene.spec["words"]["input"]
    plot_1d_spikes(scene.x_seq, title, "", "", plot_firing_rate=False, axes=part.subplots())


def _draw_trace(scene: Scene, name: str, done: Learned, part: "SubFigure") -> None:
    axes, node = part.subplots(2, 1, sharex=True, height_ratios=(3, 1)), done.net[-1]
    target, label = scene.values["target"], scene.spec["words"]["step"]
    s, h, v = torch.stack([done.run.s_seq, done.run.h_seq, done.run.v_seq])[..., 0]  # type: ignore[list-item]
    values: Any = (v, s, node.v_threshold, node.v_reset, literal(name))
    plot_one_neuron_v_s(*values, h=h, axes=axes, xlabel=label)
    for ax in axes:
        ax.axvspan(target - 0.5, target + 0.5, color="0.9")
    axes[0].set_xlim(-0.5, len(s) - 0.5)


def _draw_losses(scene: Scene, part: "SubFigure") -> None:
    ax, said = part.subplots(), scene.spec["words"]
    for (name, done), style in zip(scene.done.items(), cycle(("-", "--", ":")), strict=False):
        ax.plot(done.losses, style, color="0.2", label=literal(name))
    ax.set(xlabel=said["round"], title=said["loss"])
    ax.legend()


class Learner(Figure):
    """A figure in which networks learn; `learn` makes one.

    Attributes:
        values: for each slider's name its value, as in `Explorer`.
    """

    kind, mounted = "learn", "mountLearner"
    whole = ("target",)
    script = SCRIPT + NETWORK + _LEARN
    _words, _picture = _words, _picture

    def __init__(
        self,
        nets: Mapping[str, nn.Sequential],
        x_seq: torch.Tensor,
        readout: Node,
        spec: Mapping[str, Any],
    ) -> None:
        self._nets, self._x_seq, self._readout = nets, x_seq, readout
        super().__init__(spec)

    @speaks
    def learned(
        self, rounds: int | None = None, values: Mapping[str, float] | None = None
    ) -> dict[str, Learned]:
        """Learn in PyTorch, in float64 on the CPU, from the first weights, as the page does.

        Args:
            rounds: how many steps; None means until every network has a loss or a gradient of 0,
                but not more than the figure's, as the button "Learn" does.
            values: a value for each slider, also beyond its range, but for the wanted step; None
                means the present ones.

        Returns:
            For each network's name what it has learned.

        Raises:
            TypeError: no dict of numbers by name, or rounds is no whole number.
            ValueError: a slider that there isn't, or that has no value; a value that isn't finite,
                or that a surrogate function refuses.
        """
        values = self._read(values)
        most = self.spec["rounds"] if rounds is None else read_whole("rounds", rounds, 0, 10**9)
        training = {name: _Training(net, self, values) for name, net in self._nets.items()}
        for _ in range(most):
            if rounds is None and not any(one.learns for one in training.values()):
                break
            for one in training.values():
                one.step()
        return {name: one.result() for name, one in training.items()}

    def _scene(self) -> Scene:
        return Scene(self.spec, self.values, self._x_seq, self.learned())


class _Training:
    """One network while it learns."""

    def __init__(self, net: nn.Sequential, figure: Learner, values: Mapping[str, float]) -> None:
        self.net, self.readout = copy.deepcopy(net), figure._readout
        _set_numbers(self.net, values)
        self.x = figure._x_seq[:, None].double()  # [T, 1, inputs]
        self.wanted = torch.zeros(len(self.x), 1, 1, dtype=torch.float64)
        self.wanted[int(values["target"])] = 1
        self.optimizer = torch.optim.Adam(self.net.parameters(), lr=figure.spec["lr"])
        self.losses: list[float] = []
        self.look()

    def look(self) -> None:
        """Run the network, measure, and go back."""
        reset_net(self.net)
        s_seq = self.net(self.x)
        loss = self.readout.run(s_seq - self.wanted).s_seq.square().sum()
        self.optimizer.zero_grad()
        loss.backward()
        self.losses.append(loss.item())

    @property
    def learns(self) -> bool:
        """Whether there is something to learn, and a gradient that leads to it."""
        gradients = [p.grad for p in self.net.parameters() if p.grad is not None]
        return self.losses[-1] > 0 and any(bool(g.count_nonzero()) for g in gradients)

    def step(self) -> None:
        """Change the weights, unless there is nothing to learn or no gradient that leads to it."""
        if self.learns:
            self.optimizer.step()
            self.look()
        else:
            self.losses.append(self.losses[-1])

    def result(self) -> Learned:
        """Return what the network does now."""
        node: Any = self.net[-1]
        with torch.no_grad():
            run = node.run(self.net[:-1](self.x), trace=True)
        seqs = (seq.flatten(1) for seq in (run.s_seq, run.h_seq, run.v_seq))
        s_seq, h_seq, v_seq = seqs
        done = Run(s_seq, run.state, h_seq, v_seq)
        return Learned(self.losses, self.net, done, self.losses[-1] > 0 and not self.learns)


def _set_numbers(net: nn.Sequential, values: Mapping[str, float]) -> None:
    """Give a network's surrogate functions the values of the sliders of their names."""
    for layer in net:
        theta = getattr(layer, "surrogate_function", None)
        for name in _numbers(theta):
            if name in values:
                setattr(theta, name, values[name])


def _numbers(theta: Any) -> dict[str, float]:
    """Return the numbers of a surrogate function."""
    names = theta.primitive.arguments[1:] if isinstance(theta, Surrogate) else ()
    return {name: getattr(theta, name) for name in names}


@speaks
def learn(
    nets: nn.Sequential | Mapping[str, nn.Sequential],
    x_seq: torch.Tensor,
    target: int,
    *,
    lr: float = 0.02,
    readout: Node | None = None,
    sliders: Mapping[str, Range | None] | Collection[str] = (),
    rounds: int = 500,
) -> Learner:
    r"""Make a figure in which a neuron learns to fire once, in the step that the reader wants.

    The reader presses "Learn" or "One step of learning": the page runs the network, measures how
    far its spikes are from the wanted one, goes back through all of it with the surrogate gradient,
    and takes a step of Adam, in double precision as PyTorch does in float64.

    The distance is van Rossum's (2001, doi:10.1162/089976601300014321): the squared difference of
    the two spike trains, each seen through `readout`, summed over time.

    Args:
        nets: a network, or several by name, which start from their present weights and all get the
            same input: a Sequential of Linear layers and neurons; see `read_network`. Its last
            layer is one neuron. Copies of them learn.
        x_seq: the input, shape ``[T, inputs]``: numbers, or spikes of 0 and 1.
        target: the step in which a spike is wanted at first.
        lr: Adam's step size.
        readout: what a spike looks like in the distance; None means ``SynapseFilter(tau=5.0)``,
            which decays.
        sliders: further sliders, by name, as in `explore`; each moves the number of its name in
            every surrogate function.
        rounds: after so many steps "Learn" stops by itself.

    Raises:
        TypeError: an argument of another type, or a network with other layers.
        ValueError: no networks; a network that doesn't end in one neuron; an input that isn't
            finite, is too large, or doesn't fit the network; a slider that moves nothing.
        EquationError: an equation can't be printed as JavaScript.
    """
    nets = {"net": nets} if isinstance(nets, nn.Sequential) else nets
    wanted = "wanted a torch.nn.Sequential, or a dict of some by name"
    read("nets", nets, Mapping, wanted, len)
    read_names("nets", [*nets])
    ours = {name: _copied(f"nets[{name!r}]", net, wanted) for name, net in nets.items()}
    x_seq = _input(x_seq, ours)
    T = len(x_seq)
    target = read_whole("target", target, 0, T - 1)
    lr = read_number("lr", lr, 1e-6, 10.0)
    rounds = read_whole("rounds", rounds, 1, 100_000)
    readout = SynapseFilter(5.0) if readout is None else copy.deepcopy(readout)
    read("readout", readout, Node, "wanted a readout, such as SynapseFilter(tau=5.0)")
    readout.reset()

    found: dict[str, float] = {}
    for layer in (layer for net in ours.values() for layer in net):
        found = {**_numbers(getattr(layer, "surrogate_function", None)), **found}
    given = (
        sliders if isinstance(sliders, Mapping) else dict.fromkeys(read_names("sliders", sliders))
    )
    usual: dict[str, Range | None] = {"target": (0, T - 1, target, 1)}
    chosen = ranges({}, {"target": target, **found}, {}, {**usual, **given})
    for net in ours.values():
        for end in ("low", "high"):
            _set_numbers(copy.deepcopy(net), {name: s[end] for name, s in chosen.items()})
    spec = {
        "T": T,
        "N": x_seq.shape[1],
        "nets": [
            {"name": name, "entries": read_network(net, learns=True)} for name, net in ours.items()
        ],
        "soft": {name: net[-1].v_reset is None for name, net in ours.items()},
        "readout": read_node("readout", readout, learns=True, double=True)[0],
        "x": packed("x_seq", x_seq),
        "lr": lr,
        "rounds": rounds,
        "sliders": [*chosen.values()],
        "start": {name: slider["start"] for name, slider in chosen.items()},
        "words": dict(WORDS),
    }
    bounded(written(spec))
    return Learner(ours, x_seq, readout, spec)


def _copied(place: str, net: Any, wanted: str) -> nn.Sequential:
    """Return a copy of a network: reset, in float64 on the CPU, run by the reference."""
    read(place, net, nn.Sequential, wanted)
    last = bool(len(net)) and isinstance(net[-1], BaseNode)
    read(place, net, nn.Sequential, "its last layer must be a neuron", lambda _: last)
    first = isinstance(net[0], nn.Linear) and net[0].weight.requires_grad
    wanted = "its first layer must be a torch.nn.Linear that learns"
    read(place, net, nn.Sequential, wanted, lambda _: first)
    return reference_copy(net)


def _input(x_seq: Any, nets: Mapping[str, nn.Sequential]) -> torch.Tensor:
    """Return the input in float64 on the CPU, if it fits the networks."""
    wanted = f"wanted a tensor of shape [T, inputs] with at most {_MOST} numbers"
    read("x_seq", x_seq, torch.Tensor, wanted, lambda x: x.ndim == 2 and 0 < x.numel() <= _MOST)
    x: torch.Tensor = x_seq.detach().cpu().double()
    for name, net in nets.items():
        dense = [layer for layer in net if isinstance(layer, nn.Linear)]
        ends = dense[0].in_features, dense[-1].out_features
        wanted = (
            f"it leads from {ends[0]} inputs to {ends[1]} neurons; wanted from {x.shape[1]} to 1"
        )
        if ends != (x.shape[1], 1):
            raise ValueError(f"{speaker()}: nets[{name!r}]: {wanted}")
    return x
