"""Check the package, or the whole book, with other versions than those it is built with.

    python tools/other_versions.py oldest    the oldest that pyproject.toml allows
    python tools/other_versions.py colab     those that Colab brings, listed in `colab.txt`

Each in an environment of its own, `.venv-oldest` or `.venv-colab`. It needs a Python that those
versions know. On Linux PyTorch brings CUDA there, about 3 GB to download.
"""

import importlib.metadata
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
# The tests that need the package alone, and what runs them.
ROOMS = ("equation", "fields", "functional", "layer", "memory", "neuron", "numba")
TESTS = [f"tests/test_{room}.py" for room in (*ROOMS, "record", "surrogate")]
TOOLS = ["pytest", "hypothesis", "scipy", "nbformat"]
# What older versions themselves do is deprecated by now, for example SymPy's use of mpmath.
PYTEST = ["-m", "pytest", "-q", "-W", "ignore::DeprecationWarning"]


def lowest() -> list[str]:
    """Return the lower bounds of pyproject.toml as exact versions."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    bounds = project["dependencies"] + project["optional-dependencies"]["numba"]
    return [re.sub(r">=", "==", bound) for bound in bounds]


def colab() -> list[str]:
    """Return the versions that Colab brings."""
    lines = (ROOT / "tools" / "colab.txt").read_text("utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


class Versions(NamedTuple):
    """Versions of packages, the Pythons that know them, and what is run with them."""

    pythons: tuple[tuple[int, int], ...]
    exact: Callable[[], list[str]]
    more: list[str]
    runs: list[list[str]]


SETS = {
    "oldest": Versions(((3, 11), (3, 12)), lowest, TOOLS, [[*PYTEST, *TESTS]]),
    # Every chapter; and each exercise's solution, put into its cell, passes its checker.
    "colab": Versions(
        ((3, 12), (3, 13)),
        colab,
        ["nbmake", "hypothesis"],
        [
            [*PYTEST, "--nbmake", "--nbmake-kernel=python3", "book"],
            [*PYTEST, "tests/test_check.py", "-k", "the_books_solution_passes"],
        ],
    ),
}


def changed(exact: list[str]) -> list[str]:
    """Return those exact versions that aren't the installed ones, beside what is installed."""
    wanted = (line.split("==") for line in exact)
    found = {name: (version, importlib.metadata.version(name)) for name, version in wanted}
    return [
        f"{name} {version} became {now}"
        for name, (version, now) in found.items()
        if _plain(now) != _plain(version)
    ]


def _plain(version: str) -> str:
    """Return a version without what is the same version: 2.7.0+cpu is 2.7."""
    return re.sub(r"(\.0)*(\+.*)?$", "", version)


def main() -> int:
    """Make the environment anew, install snnbook into it, and run the tests in it."""
    if sys.argv[1:] == ["--changed"]:  # in the new environment, with the versions on the input
        print(*(found := changed(sys.stdin.read().split())), sep="\n")
        return bool(found)
    if len(sys.argv) != 2 or sys.argv[1] not in SETS:
        print(f"Give one of {', '.join(SETS)}.")
        return 2
    name, versions = sys.argv[1], SETS[sys.argv[1]]
    if sys.version_info[:2] not in versions.pythons:
        known = " and ".join(f"{major}.{minor}" for major, minor in versions.pythons)
        wanted = ".".join(map(str, versions.pythons[-1]))
        print(f"These versions know Python {known}: make PYTHON=python{wanted} test-{name}")
        return 1
    folder, exact = ROOT / f".venv-{name}", versions.exact()
    python = folder / "bin" / "python"
    print("Making the environment", folder.name, "with", *exact, flush=True)
    for command in (
        [sys.executable, "-m", "venv", "--clear", folder],
        [python, "-m", "pip", "install", *exact],
        # As in a chapter's first cell: what is there already must be good enough.
        [python, "-m", "pip", "install", "."],
    ):
        if code := subprocess.call(command, cwd=ROOT):
            return code
    check = [python, __file__, "--changed"]
    if code := subprocess.run(check, input="\n".join(exact), text=True).returncode:
        return code
    runs = [["-m", "pip", "install", *versions.more, *exact], *versions.runs]
    codes = [subprocess.call([python, *run], cwd=ROOT) for run in runs]
    return next(filter(None, codes), 0)


if __name__ == "__main__":
    sys.exit(main())
