"""Spiking neurons in PyTorch, for the readers of the tutorial book snnbook.

From the ground up: `fields` declare values and check them, such as a time constant of at least 1;
`equation` is the language of equations; `symbolic` prints one as LaTeX and takes its derivative;
`surrogate` has Θ and its slopes; `backends` run equations over time: `reference` step by step,
`numba` compiled for the CPU, `triton` for the GPU. `memory` keeps a module's state from call to
call, and resets it. `node` makes a layer of an equation and prints its formulas: derive from
`BaseNode` and write `charge`, or from `Node` where nothing fires. `neuron` is the list of neurons,
the readout too. `layer` has what networks need besides: time folded into the batch, feedback,
synapses, dropout; `encoding` turns numbers into spikes and back. `functional` works on whole nets,
`record` keeps what a run did, `visualizing` draws it. `interactive` has the figures with sliders,
`check` checks an exercise, `diagnosis` a network, like which it judges and is not needed to read
how a neuron runs; the three load when they are first used, as matplotlib, SymPy, Numba and Triton
do. Aside stand `device`, which device the book runs on, `kernelspecs`, the two Jupyter
kernels that choose it, and `compiling`, a word to torch.compile.
"""

from importlib import import_module, metadata
from typing import TYPE_CHECKING, Any

from . import encoding, equation, functional, layer, neuron, record, surrogate, visualizing
from .functional import reset_net, set_step_mode
from .neuron import *  # noqa: F403  the nodes, by their own list
from .record import Recorder

if TYPE_CHECKING:
    from . import check, diagnosis, interactive
    from .interactive import explore

__all__ = ["Recorder", "explore", "reset_net", "set_step_mode", *neuron.__all__]
__all__ += ["check", "diagnosis", "encoding", "equation", "functional", "interactive", "layer"]
__all__ += ["neuron", "record", "surrogate", "visualizing"]

try:
    __version__ = metadata.version("snnbook")
except metadata.PackageNotFoundError:  # a folder of sources that was never installed
    __version__ = "0+unknown"


def __getattr__(name: str) -> Any:
    if name in ("check", "diagnosis", "interactive"):
        return import_module(f".{name}", __name__)
    if name == "explore":
        return import_module(".interactive", __name__).explore
    raise AttributeError(f"module 'snnbook' has no attribute {name!r}")
