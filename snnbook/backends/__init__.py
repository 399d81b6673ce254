"""Ways to run a neuron's equations over time.

Each backend is a module with one function, `prepare`, which returns the run of a neuron. The
results of the reference, backend 'torch', define what is right; the others compile the same
equations to one loop over time.
"""

import functools
import importlib
import warnings
from typing import Protocol, cast

import torch

from ..equation import EquationError
from . import reference
from .dynamics import Dynamics, Run, Runner, State

__all__ = ["NAMES", "Backend", "Dynamics", "Run", "Runner", "State"]
__all__ += ["get", "prepare", "run_while_compiling"]

_MODULES = {"torch": "reference", "numba": "numba", "triton": "triton"}
_AUTOMATIC = {"cpu": "numba", "cuda": "triton"}
NAMES: tuple[str, ...] = (*_MODULES, "auto")
"""The names of the backends. 'auto' takes the fastest one that there is for the input's device."""


class Backend(Protocol):
    """What a backend's module offers."""

    def prepare(self, neuron: Dynamics) -> Runner:
        """Return the run of a neuron, ready to be called again and again.

        Raises:
            EquationError: the backend can't compile an equation.
        """


def get(name: str) -> Backend:
    """Import and return the backend called `name`.

    Raises:
        ValueError: there is no such backend.
        ImportError: its library is missing or broken.
    """
    if name not in _MODULES:
        raise ValueError(f"no backend {name!r}; there are {', '.join(map(repr, NAMES))}")
    try:
        return cast(Backend, importlib.import_module(f"{__name__}.{_MODULES[name]}"))
    except ImportError as error:
        raise ImportError(
            f"backend {name!r} can't be imported: {error}. Install it (pip install {name}), or use "
            "backend='torch'.",
            name=error.name,
        ) from error


def prepare(name: str, neuron: Dynamics, device: torch.device) -> Runner:
    """Return the run of `neuron` on the backend called `name`, for input on a device.

    Raises:
        ValueError: there is no such backend, or it doesn't run on the device.
        ImportError: the backend's library is missing.
        EquationError: the backend can't compile an equation.
    """
    chosen = _automatic(device.type) if name == "auto" else name
    try:
        return get(chosen).prepare(neuron)
    except EquationError as error:
        if name != "auto":
            raise
        warnings.warn(f"backend 'auto' runs 'torch' instead of {chosen!r}: {error}", stacklevel=2)
        return get("torch").prepare(neuron)


def run_while_compiling(
    name: str, neuron: Dynamics, x_seq: torch.Tensor, state: State, trace: bool
) -> Run:
    """Run `neuron` inside torch.compile or torch.export, which follow what is done here.

    An exported program runs the equations themselves, since it may go where no kernel is.
    """
    from ..compiling import really
    from .trace import marked

    chosen = really(__name__, "_automatic", x_seq.device.type) if name == "auto" else name
    if chosen == "torch" or torch.compiler.is_exporting():
        return reference.run(marked(neuron), x_seq, state, trace)
    from . import operator

    return operator.run(chosen, neuron, x_seq, state, trace)


@functools.cache
def _automatic(device: str) -> str:
    """Return the backend that 'auto' means on a device; say once where it is not the fast one."""
    name = _AUTOMATIC.get(device, "torch")
    try:
        get(name)
    except ImportError as error:
        warnings.warn(f"backend 'auto' chose 'torch': {error}", stacklevel=3)
        return "torch"
    return name
