"""The two Jupyter kernels of the book: `snnbook-cpu` and `snnbook-gpu`.

Both run the Python that installed them. They differ in one environment variable,
`SNNBOOK_DEVICE`, which `snnbook.device.book_device` reads. Install both with

    python -m snnbook.kernelspecs            # for this environment
    python -m snnbook.kernelspecs --user     # for every Jupyter of this user

What starts a kernel, and its pictures in the menu, are those of ipykernel.
"""

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

__all__ = ["KERNELS", "install", "kernelspec", "main"]

#: Name of each kernel and the device it asks for.
KERNELS = {"snnbook-cpu": "cpu", "snnbook-gpu": "cuda"}


def kernelspec(name: str) -> dict[str, Any]:
    """Return the content of `kernel.json` for one of the two kernels.

    Args:
        name: `snnbook-cpu` or `snnbook-gpu`.

    Returns:
        A Jupyter kernelspec that starts this Python with `SNNBOOK_DEVICE` set.

    Raises:
        ValueError: The book has no kernel of that name.
    """
    if name not in [*KERNELS]:
        raise ValueError(f"no kernel {name!r}; the book's kernels are {', '.join(KERNELS)}")
    from ipykernel.kernelspec import get_kernel_dict

    return {
        # ERROR: ipykernel warns at every start that it listens on this machine's own network.
        **get_kernel_dict(["--log-level=ERROR"]),
        "display_name": f"snnbook ({name.removeprefix('snnbook-').upper()})",
        "env": {"SNNBOOK_DEVICE": KERNELS[name]},
    }


def install(prefix: str | Path | None = None, *, user: bool = False) -> list[Path]:
    """Install both kernelspecs, replacing earlier ones.

    Args:
        prefix: Install under this folder, in `share/jupyter/kernels`.
            Where it is `None`, under the folder of the running Python's environment.
        user: Install for the current user instead.

    Returns:
        The two folders that were written.

    Raises:
        ValueError: Both a prefix and `user` are given, or an empty prefix.
        ModuleNotFoundError: Jupyter is not installed.
    """
    given = isinstance(prefix, str | Path) and str(prefix).strip()
    if user not in (True, False) or (prefix is not None and (user or not given)):
        raise ValueError(f"give a folder as prefix or user=True, not both ({prefix=!s}, {user=})")
    from ipykernel.kernelspec import write_kernel_spec
    from jupyter_client.kernelspec import KernelSpecManager

    place, written = None if user else str(prefix or sys.prefix), []
    for name in KERNELS:
        with tempfile.TemporaryDirectory() as folder:
            spec = write_kernel_spec(Path(folder, name), overrides=kernelspec(name))
            written.append(KernelSpecManager().install_kernel_spec(spec, user=user, prefix=place))
    return [Path(target) for target in written]


def main(arguments: Sequence[str] | None = None) -> None:
    """Install both kernelspecs from the command line and say where they went.

    Args:
        arguments: The command line; that of the running process where it is `None`.
    """
    parser = argparse.ArgumentParser(prog="python -m snnbook.kernelspecs", description=__doc__)
    parser.add_argument("--user", action="store_true", help="for the current user")
    options = parser.parse_args(arguments)
    for folder in install(user=options.user):
        print(f"installed {folder.name} in {folder.parent}")


if __name__ == "__main__":
    main()
