"""`sketch` makes a figure in which a reader draws and a trained network reads, a `Sketch`."""

import copy
from collections.abc import Collection, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import torch
from torch import nn

from ..functional import reset_net
from ..node import BaseNode
from ..visualizing import MEMBRANE, plot_1d_spikes
from .figure import SCRIPT, Figure, bounded, written
from .network import NETWORK, power_of_two, read_network, reference_copy
from .sliders import ranges, read, read_names, read_number, read_whole, speaks
from .still import stacked
from .views import WORDS, filled

if TYPE_CHECKING:
    from matplotlib.figure import SubFigure

__all__ = ["Reading", "Sketch", "sketch"]

_SKETCH = Path(__file__).with_name("sketch.js").read_text("utf-8")
_SIDE, _LEVELS, _BITS = 8, 16, 8
_LONGEST = 100


class Reading(NamedTuple):
    """What a network made of a picture.

    Attributes:
        hidden: the spikes of the first layer of neurons, shape ``[T, neurons]``.
        outputs: the network's outputs, shape ``[T, classes]``.
        shares: the probability of each class: the softmax of the mean output, ``[classes]``.
        best: the name of the most probable class.
        sure: its probability is at least what the figure asks for, and something is drawn.
    """

    hidden: torch.Tensor
    outputs: torch.Tensor
    shares: torch.Tensor
    best: str
    sure: bool


class Scene(NamedTuple):
    """A figure at the present values: what the still picture is drawn from."""

    spec: Mapping[str, Any]
    picture: torch.Tensor
    reading: Reading


def _words(scene: Scene) -> str:
    """Return a figure in words."""
    said, reading = scene.spec["words"], scene.reading
    if not scene.picture.any():
        return str(said["empty"])
    order = reading.shares.argsort(descending=True).tolist()
    (best, share), (second, other) = (
        (scene.spec["classes"][k], f"{float(reading.shares[k]):.2f}") for k in order[:2]
    )
    values = {"best": best, "share": share, "second": second, "other": other}
    values["spikes"] = int(reading.hidden.sum())
    return filled(said, "says" if reading.sure else "unsure", values)


def _picture(scene: Scene) -> bytes:
    """Return a figure as a WebP picture."""
    draw = [partial(one, scene) for one in (_draw_seen, _draw_hidden, _draw_outputs)]
    return stacked([2.2, 3.0, 2.4], draw)


def _draw_seen(scene: Scene, part: "SubFigure") -> None:
    left, right = part.subplots(1, 2, width_ratios=(1, 2))
    left.imshow(scene.picture.reshape(_SIDE, _SIDE).numpy(), cmap="gray_r", vmin=0, vmax=1)
    left.set(title=scene.spec["words"]["seen"], xticks=[], yticks=[])
    right.bar(scene.spec["classes"], scene.reading.shares.numpy(), color="0.4")
    right.set(title=scene.spec["words"]["shares"], ylim=(0, 1))


def _draw_hidden(scene: Scene, part: "SubFigure") -> None:
    said = scene.spec["words"]
    labels = (said["hidden"], said["step"], "")
    plot_1d_spikes(scene.reading.hidden, *labels, plot_firing_rate=False, axes=part.subplots())


def _draw_outputs(scene: Scene, part: "SubFigure") -> None:
    ax, reading = part.subplots(), scene.reading
    for name, values in zip(scene.spec["classes"], reading.outputs.T.numpy(), strict=True):
        ax.plot(values, color=MEMBRANE if name == reading.best else "0.7")
        ax.annotate(name, (len(values) - 1, float(values[-1])), (4, -4), textcoords="offset points")
    ax.set(title=scene.spec["words"]["outputs"], xlabel=scene.spec["words"]["step"])


class Sketch(Figure):
    """A figure in which a reader draws and a network reads; `sketch` makes one.

    Attributes:
        values: for each slider's name its value: the number of the picture, and how many steps of
            the run are shown.
        net: the network as the page has it: its weights have 8 bits.
    """

    kind, mounted = "sketch", "mountSketch"
    whole = "picture", "steps"
    script = SCRIPT + NETWORK + _SKETCH
    _words, _picture = _words, _picture

    def __init__(self, net: nn.Sequential, pictures: torch.Tensor, spec: Mapping[str, Any]) -> None:
        self.net, self._pictures = net, pictures
        super().__init__(spec)

    @speaks
    def read(self, picture: torch.Tensor) -> Reading:
        """Show the page's network a picture, in float64 on the CPU, as the page does.

        Args:
            picture: shape ``[64]``, 16ths from 0 to 1.

        Raises:
            TypeError: no tensor.
            ValueError: another shape, or other numbers.
        """
        x = _pictures("picture", picture, 1)
        net = copy.deepcopy(self.net).cpu().double()
        reset_net(net)
        spikes: torch.Tensor | None = None
        with torch.no_grad():
            hidden = x.double().expand(self.spec["T"], 1, -1)
            for layer in net:
                hidden = layer(hidden)
                if spikes is None and isinstance(layer, BaseNode):
                    spikes = hidden[:, 0]
        assert spikes is not None
        shares = hidden[:, 0].mean(0).softmax(0)
        best = int(shares.argmax())
        sure = bool(shares[best] >= self.spec["sure"]) and bool(x.any())
        return Reading(spikes, hidden[:, 0], shares, self.spec["classes"][best], sure)

    def _scene(self) -> Scene:
        picture = self._pictures[int(self.values["picture"])]
        return Scene(self.spec, picture, self.read(picture))


@speaks
def sketch(
    net: nn.Sequential,
    pictures: torch.Tensor,
    T: int = 8,
    *,
    classes: Collection[str] = "0123456789",
    sure: float = 0.6,
    ink: float = 19.5,
) -> Sketch:
    r"""Make a figure in which the reader draws a digit, and a trained network reads it.

    What is drawn becomes a picture as scikit-learn's digits were made: a bitmap of 32 x 32 pixels,
    black or white, which the drawing fills from top to bottom, cut into blocks of 4 x 4 whose black
    pixels are counted. It is shown to the network for T steps, and the page follows each stroke:
    the hidden spikes, the outputs and the answer, the class with the largest mean output.

    The page gets a copy of the network, whose weights are rounded to 8 bits times a power of two,
    and its biases to as fine steps as 16ths allow. So all sums of weights are exact, and where the
    neurons only add, multiply and halve, page and PyTorch agree to the bit.

    Args:
        net: Linear layers and neurons, from 64 inputs to as many outputs as there are classes; see
            `read_network`.
        pictures: pictures to choose from, shape ``[number, 64]``, 16ths from 0 to 1.
        T: number of time steps, at most 100.
        classes: the names of the classes, at least two.
        sure: an answer with a smaller probability is called unsure.
        ink: the sum of a drawing's numbers, that of an average picture of the data set: it decides
            how broad the pen is.

    Raises:
        TypeError: an argument of another type, or a network with other layers.
        ValueError: a network that doesn't lead from 64 inputs to the classes or has no neuron that
            fires; pictures of another shape or with other numbers; a number out of its range.
        EquationError: an equation can't be printed as JavaScript.
    """
    read("net", net, nn.Sequential, "wanted a torch.nn.Sequential of Linear layers and neurons")
    names = tuple(classes) if isinstance(classes, str) else read_names("classes", classes)
    read("classes", names, tuple, "wanted at least two names", lambda names: len(names) > 1)
    T = read_whole("T", T, 1, _LONGEST)
    sure = read_number("sure", sure, 0.0, 1.0)
    ink = read_number("ink", ink, 1.0, 64.0)
    x = _pictures("pictures", pictures, 2)
    ours = _rounded(net)
    entries = read_network(ours)
    wanted = f"wanted one from 64 inputs to {len(names)} classes, with a neuron that fires"
    read("net", ours, nn.Sequential, wanted, lambda net: _leads(net, len(names)))
    usual = {"picture": (0, max(1, len(x) - 1), 0, 1), "steps": (0, T, T, 1)}
    chosen = ranges({}, {"picture": 0, "steps": T}, {}, usual)
    spec = {
        "T": T,
        "entries": entries,
        "hidden": next(k for k, layer in enumerate(ours) if isinstance(layer, BaseNode)),
        "pictures": (x * _LEVELS).long().tolist(),
        "classes": list(names),
        "sure": sure,
        "ink": ink * _LEVELS,
        "sliders": [*chosen.values()],
        "start": {name: slider["start"] for name, slider in chosen.items()},
        "words": dict(WORDS),
    }
    bounded(written(spec))
    return Sketch(ours, x, spec)


def _pictures(name: str, given: Any, ndim: int) -> torch.Tensor:
    """Return pictures in float32 on the CPU, if they are such as the data set has."""
    wanted = f"wanted a tensor of shape {['[64]', '[number, 64]'][ndim - 1]} of 16ths from 0 to 1"

    def fits(x: torch.Tensor) -> bool:
        if x.ndim != ndim or x.shape[-1] != _SIDE**2 or not x.numel():
            return False
        whole = x.detach().cpu().double() * _LEVELS
        return bool(((whole == whole.round()) & (whole >= 0) & (whole <= _LEVELS)).all())

    tensor: torch.Tensor = read(name, given, torch.Tensor, wanted, fits)
    return tensor.detach().cpu().float()


def _rounded(net: nn.Sequential) -> nn.Sequential:
    """Return a copy of a network on the CPU, with weights of 8 bits times a power of two."""
    ours = reference_copy(net).float()
    for layer in ours:
        if isinstance(layer, nn.Linear):
            step = power_of_two(layer.weight.detach(), _BITS)
            with torch.no_grad():
                layer.weight.copy_((layer.weight / step).round() * step)
                if layer.bias is not None:  # as fine as the sums of weights times 16ths
                    fine = max(step / _LEVELS, power_of_two(layer.bias.detach(), 16))
                    layer.bias.copy_((layer.bias / fine).round() * fine)
    return ours


def _leads(net: nn.Sequential, classes: int) -> bool:
    dense = [layer for layer in net if isinstance(layer, nn.Linear)]
    fires = any(isinstance(layer, BaseNode) for layer in net)
    ends = bool(dense) and (dense[0].in_features, dense[-1].out_features) == (_SIDE**2, classes)
    return fires and ends
