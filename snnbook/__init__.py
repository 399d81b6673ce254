"""Spiking neurons in PyTorch, for the readers of the tutorial book snnbook.

From the ground up: `fields` declare checked values, and `equation` is the language of equations;
`symbolic` prints them and takes their derivatives; `surrogate` has Θ and its slopes; `backends`
run equations over time; `memory` is what a module remembers from call to call; `node` makes a
layer of an equation, and `neuron` is the list of them. `layer` and `encoding` are what networks
need besides. `functional` works on whole nets, `record` keeps what a run did, `visualizing` draws
it. `interactive` plays with it, `check` checks an exercise; both load when they are first used, as
matplotlib, SymPy, Numba and Triton do.
"""

from importlib import import_module, metadata
from typing import TYPE_CHECKING, Any

from . import encoding, equation, functional, layer, neuron, record, surrogate, visualizing
from .functional import reset_net, set_step_mode
from .neuron import *  # noqa: F403  the nodes, by their own list
from .record import Recorder

if TYPE_CHECKING:
    from . import check, interactive
    from .interactive import explore

__all__ = ["Recorder", "explore", "reset_net", "set_step_mode", *neuron.__all__]
__all__ += ["check", "encoding", "equation", "functional", "interactive", "layer", "neuron"]
__all__ += ["record", "surrogate", "visualizing"]

try:
    __version__ = metadata.version("snnbook")
except metadata.PackageNotFoundError:  # a folder of sources that was never installed
    __version__ = "0+unknown"


def __getattr__(name: str) -> Any:
    if name in ("check", "interactive"):
        return import_module(f".{name}", __name__)
    if name == "explore":
        return import_module(".interactive", __name__).explore
    raise AttributeError(f"module 'snnbook' has no attribute {name!r}")
