"""Record what a run did: input X, potential H before firing, spikes S, potential V after reset."""

from collections.abc import Iterator, Mapping
from types import TracebackType
from typing import Self

import torch
from torch import nn

from .backends import Run
from .functional import spiking_layers
from .neuron import BaseNode


class LayerRecord:
    r"""What one layer did while it was recorded.

    Attributes:
        x: input, shape ``[T, N, *]``; integer input as the floating-point numbers it became.
        h: membrane potential before firing, shape ``[T, N, *]``.
        s: spikes, shape ``[T, N, *]``.
        v: membrane potential after reset, shape ``[T, N, *]``.

    All four are detached from the autograd graph and stay on the layer's device. T counts all the
    steps of the recording, in step mode 's' and in step mode 'm'.

    Raises:
        RuntimeError: nothing was recorded, or inputs of different shapes were.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._parts: dict[str, list[torch.Tensor]] = {"x": [], "h": [], "s": [], "v": []}

    def _add(self, layer: BaseNode, x_seq: torch.Tensor, done: Run) -> None:
        seqs = {"x": x_seq, "h": done.h_seq, "s": done.s_seq, "v": done.v_seq}
        for name, seq in seqs.items():
            if seq is not None:
                # A copy: a later layer may work in place, and a caller may use a buffer again.
                self._parts[name].append(seq.detach().clone())

    def _joined(self, name: str) -> torch.Tensor:
        parts = self._parts[name]
        shapes = sorted({tuple(part.shape[1:]) for part in parts})
        if len(shapes) != 1:
            what = f"inputs of different shapes {shapes}" if shapes else "no step"
            raise RuntimeError(
                f"layer {self._name} was recorded with {what}. Run the net inside the recorder's "
                "`with` block, with one shape of input in each recording."
            )
        return torch.cat(parts)

    @property
    def x(self) -> torch.Tensor:
        """Input X."""
        return self._joined("x")

    @property
    def h(self) -> torch.Tensor:
        """Membrane potential H, before firing."""
        return self._joined("h")

    @property
    def s(self) -> torch.Tensor:
        """Spikes S."""
        return self._joined("s")

    @property
    def v(self) -> torch.Tensor:
        """Membrane potential V, after reset."""
        return self._joined("v")


class Recorder(Mapping[str, LayerRecord]):
    """Record all spiking layers of a module inside a ``with`` block.

    Args:
        net: a spiking layer, or any module that contains some.

    Raises:
        ValueError: there is no spiking layer in `net`.

    Example:
        >>> with Recorder(net) as record:
        ...     net(x_seq)
        >>> record["0"].v  # the layer called "0" in net.named_modules()

    A recorder maps each layer's name to its `LayerRecord`. Where `net` is itself a spiking layer,
    its name is that of its class. With one layer in all, `only` gives its record.
    """

    def __init__(self, net: nn.Module) -> None:
        self._layers = dict(spiking_layers(net))
        if not self._layers:
            raise ValueError(f"there is no spiking layer in this {type(net).__name__} to record")
        self._records = {name: LayerRecord(name) for name in self._layers}

    @property
    def only(self) -> LayerRecord:
        """The record of the only layer.

        Raises:
            ValueError: there are several layers.
        """
        if len(self) > 1:
            raise ValueError(f"there are {len(self)} layers: choose one of {', '.join(self)}")
        return next(iter(self._records.values()))

    def __enter__(self) -> Self:
        for name, layer in self._layers.items():
            layer._observers.append(self._records[name]._add)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for name, layer in self._layers.items():
            layer._observers.remove(self._records[name]._add)

    def __getitem__(self, name: str) -> LayerRecord:
        if name not in self._records:
            raise KeyError(f"no spiking layer {name!r}; there are {', '.join(self)}")
        return self._records[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._records)

    def __len__(self) -> int:
        return len(self._records)
