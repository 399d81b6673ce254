"""Record what a run did: input X, potential H before firing, spikes S, potential V after reset."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any, Self

import torch
from torch import nn

from .backends import Run
from .fields import one_of, read, shown
from .functional import spiking_layers
from .node import Node

__all__ = ["LayerRecord", "Recorder"]

_QUANTITIES = ("x", "h", "s", "v")


class LayerRecord:
    r"""What one layer did while it was recorded.

    Attributes:
        x: input, shape ``[T, N, *]``; integer input as the floating-point numbers it became.
        h: membrane potential before firing, shape ``[T, N, *]``.
        s: spikes, shape ``[T, N, *]``; of a `LINode` its output.
        v: membrane potential after reset, shape ``[T, N, *]``.

    T counts all the steps of the recording, in step mode 's' and in step mode 'm'. The tensors stay
    on the layer's device. Each is joined when it is first asked for.

    Raises:
        RuntimeError: nothing was recorded, or inputs of different shapes were.
        AttributeError: another quantity than those that the recorder was asked for.
    """

    def __init__(self, name: str, quantities: Collection[str], detach: bool) -> None:
        self._name, self._detach = name, detach
        self._parts: dict[str, list[torch.Tensor]] = {name: [] for name in quantities}

    def _add(self, layer: Node, x_seq: torch.Tensor, done: Run) -> None:
        seqs: Any = {"x": x_seq, "h": done.h_seq, "s": done.s_seq, "v": done.v_seq}
        for name, parts in self._parts.items():
            # A copy: a later layer may work in place, and a caller may use a buffer again.
            parts.append((seqs[name].detach() if self._detach else seqs[name]).clone())

    x: torch.Tensor
    h: torch.Tensor
    s: torch.Tensor
    v: torch.Tensor

    def __getattr__(self, name: str) -> torch.Tensor:
        known = vars(self).get("_parts", {})  # empty while a copy is made
        if name not in known:
            raise AttributeError(
                f"layer {vars(self).get('_name')}: {name} was not recorded; "
                f"Recorder(net, quantities=…) was asked for {', '.join(known)}"
            )
        parts: list[torch.Tensor] = known[name]
        shapes = sorted({shown(part[0]) for part in parts})
        if len(shapes) != 1:
            what = f"different inputs, {' and '.join(shapes)}" if shapes else "no step"
            raise RuntimeError(
                f"layer {self._name} was recorded with {what}. Run the net inside the recorder's "
                "`with` block, with one shape of input in each recording."
            )
        if len(parts) > 1:
            parts[:] = [torch.cat(parts)]
        return parts[0]


class Recorder(Mapping[str, LayerRecord]):
    """Record the layers of a module inside a ``with`` block: their calls, and their pure runs.

    Several blocks in a row go on with the same recording. What is kept has four times the size of
    each layer's spikes, less with fewer layers or quantities.

    Args:
        net: a layer of `snnbook.neuron`, or any module that contains some.
        layers: the names of the layers to record, as in ``net.named_modules()``; None means all.
        quantities: what to record, of "x", "h", "s", "v".
        detach: cut what is recorded out of the autograd graph; with False a loss may use it, for
            example a penalty on the firing rate.

    Raises:
        TypeError: `net` is no module.
        ValueError: there is no spiking layer in `net`, or none of a name; an unknown quantity.

    Example:
        >>> with Recorder(net) as record:
        ...     net(x_seq)
        >>> record["0"].v  # the layer called "0" in net.named_modules()

    A recorder maps each layer's name to its `LayerRecord`. Where `net` is itself a layer, its name
    is that of its class. With one layer in all, `only` gives its record.
    """

    def __init__(
        self,
        net: nn.Module,
        layers: Collection[str] | None = None,
        quantities: Collection[str] = _QUANTITIES,
        *,
        detach: bool = True,
    ) -> None:
        found = dict(spiking_layers(net))
        if not found:
            raise ValueError(f"there is no spiking layer in this {type(net).__name__} to record")
        asked = {"layers": (layers, found), "quantities": (quantities, _QUANTITIES)}
        for what, (some, known) in asked.items():
            names: Any = [*known] if some is None else some
            listed = isinstance(names, Collection) and not isinstance(names, str)
            if not listed or not names or not all(name in [*known] for name in names):
                raise ValueError(
                    f"Recorder: {what}={shown(names)}; wanted a list of some of {', '.join(known)}"
                )
        detach = read("Recorder: detach", one_of(True, False), detach)
        self._layers = {name: found[name] for name in (found if layers is None else layers)}
        self._records = {name: LayerRecord(name, quantities, detach) for name in self._layers}

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
            if self._records[name]._add in layer._observers:
                raise RuntimeError("this recorder records already; make another Recorder(net)")
            layer._observers.append(self._records[name]._add)
        return self

    def __exit__(self, *error: object) -> None:
        for name, layer in self._layers.items():
            layer._observers.remove(self._records[name]._add)

    def __getitem__(self, name: str) -> LayerRecord:
        if name not in self._records:
            raise KeyError(f"no spiking layer {shown(name)}; there are {', '.join(self)}")
        return self._records[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._records)

    def __len__(self) -> int:
        return len(self._records)
