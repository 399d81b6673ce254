"""Check the package with the oldest versions that pyproject.toml allows.

    python tools/oldest.py

In an environment of its own, `.venv-oldest`. It needs a Python that those versions know: 3.11 or
3.12. On Linux the oldest PyTorch brings CUDA, about 3 GB to download.
"""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / ".venv-oldest"
PYTHON = FOLDER / "bin" / "python"
# The tests that need the package alone, and what runs them.
ROOMS = ("equation", "fields", "functional", "layer", "memory", "neuron", "numba")
TESTS = [f"tests/test_{room}.py" for room in (*ROOMS, "record", "surrogate")]
TOOLS = ["pytest", "hypothesis", "scipy", "nbformat"]


def lowest() -> list[str]:
    """Return the lower bounds of pyproject.toml as exact versions."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    bounds = project["dependencies"] + project["optional-dependencies"]["numba"]
    return [re.sub(r">=", "==", bound) for bound in bounds]


def main() -> int:
    """Make the environment anew, and run the tests in it."""
    if sys.version_info >= (3, 13):
        print("The oldest versions know Python 3.11 and 3.12: make PYTHON=python3.12 test-oldest")
        return 1
    print("Making the environment", FOLDER.name, "with", *lowest(), flush=True)
    commands = (
        [sys.executable, "-m", "venv", "--clear", FOLDER],
        [PYTHON, "-m", "pip", "install", "--editable", ".[numba]", *lowest(), *TOOLS],
        # What they themselves do is deprecated by now, for example SymPy's use of mpmath.
        [PYTHON, "-m", "pytest", "-q", "-W", "ignore::DeprecationWarning", *TESTS],
    )
    return next((code for command in commands if (code := subprocess.call(command, cwd=ROOT))), 0)


if __name__ == "__main__":
    sys.exit(main())
