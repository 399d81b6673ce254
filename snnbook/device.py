"""Which device the book runs on, and which versions it found.

The environment variable `SNNBOOK_DEVICE` decides. The two Jupyter kernels of the book set it
(see `snnbook.kernelspecs`), so the same notebook runs on the CPU and on the GPU unchanged.
"""

import os
import platform
from dataclasses import dataclass
from importlib import metadata

import torch

__all__ = ["Versions", "book_device", "versions"]

VARIABLE = "SNNBOOK_DEVICE"


def book_device() -> torch.device:
    """Return the device that the environment variable `SNNBOOK_DEVICE` asks for.

    Never falls back in silence: where the GPU was asked for, the answer is the GPU or an error.

    Returns:
        `torch.device("cpu")` where the variable is not set or is `cpu`;
        `torch.device("cuda")` where it is `cuda`.

    Raises:
        ValueError: The variable holds anything else.
        RuntimeError: The variable is `cuda` and torch sees no GPU.
    """
    asked = os.environ.get(VARIABLE, "cpu")
    if asked not in ("cpu", "cuda"):
        raise ValueError(
            f"{VARIABLE} is {asked!r}; allowed are 'cpu' and 'cuda' (not set means 'cpu')"
        )
    if asked == "cuda" and not torch.cuda.is_available():
        build = f"CUDA {torch.version.cuda}" if torch.version.cuda else "no CUDA"
        raise RuntimeError(
            f"{VARIABLE} is 'cuda', but torch {torch.__version__} (built with {build}) sees "
            f"no GPU. Install a driver and a CUDA build of torch, or choose the CPU: "
            f"the kernel snnbook-cpu, or {VARIABLE}=cpu."
        )
    return torch.device(asked)


@dataclass(frozen=True)
class Versions:
    """The versions that a run of the book depends on; `print` shows one a line.

    Attributes:
        python: Version of Python.
        snnbook: Version of this package, or `not installed` where it runs from its source folder.
        torch: Version of PyTorch.
        cuda: Version of CUDA that torch was built with; `None` for a CPU build.
        gpu: Name of the GPU that torch would use; `None` where it sees none.
    """

    python: str
    snnbook: str
    torch: str
    cuda: str | None
    gpu: str | None

    def __str__(self) -> str:
        """Return one aligned line a version."""
        none = "none (torch is a CPU build)"
        found = self.python, self.snnbook, self.torch, self.cuda or none, self.gpu or "none"
        names = "Python", "snnbook", "PyTorch", "CUDA", "GPU"
        return "\n".join(f"{name:<9}{value}" for name, value in zip(names, found, strict=True))


def versions() -> Versions:
    """Return the versions of Python, snnbook, torch and CUDA, and the name of the GPU."""
    try:
        own = metadata.version("snnbook")
    except metadata.PackageNotFoundError:
        own = "not installed"
    return Versions(
        python=platform.python_version(),
        snnbook=own,
        torch=torch.__version__,
        cuda=torch.version.cuda,
        gpu=torch.cuda.get_device_name() if torch.cuda.is_available() else None,
    )
