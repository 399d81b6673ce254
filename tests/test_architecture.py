"""The floors of the house: each module imports only from floors below its own."""

import ast
import graphlib
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import pytest
import rooms

ROOT = Path(__file__).resolve().parents[1]
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text("utf-8")

# From the ground up. Modules on one floor do not import each other.
FLOORS = [
    {"compiling", "device", "equation", "fields", "kernelspecs", "visualizing"},
    {"encoding", "symbolic"},
    {"surrogate"},
    {"backends"},
    {"memory"},
    {"node"},
    {"layer", "neuron"},
    {"functional"},
    {"record"},
    {"check", "diagnosis", "interactive"},
]
FLOOR = {name: number for number, names in enumerate(FLOORS) for name in names}

HEAVY = {"anywidget", "ipywidgets", "matplotlib", "numba", "sympy", "triton"}


def imports(path: str, text: str) -> Iterator[str]:
    """The full dotted names that a file imports, inside functions and for type checks too."""
    package = PurePosixPath(path).parent.parts
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else ()
            base = ".".join([*above, *filter(None, [node.module])])
            yield from (f"{base}.{name.name}" for name in node.names)


def floor_faults(sources: dict[str, str]) -> Iterator[str]:
    """Where files of the package, given by path, break the rule. The roof, __init__, may not."""
    for path, text in sources.items():
        name = PurePosixPath(path).with_suffix("").parts[1]
        if name == "__init__":
            continue
        if name not in FLOOR:
            yield f"{path} stands on no floor: give it one in FLOORS"
            continue
        for target in imports(path, text):
            top, *rest = target.split(".")
            if top == "torch" and name in ("equation", "symbolic", "visualizing"):
                yield f"{path} imports {target}, but this floor knows nothing of torch"
            if top != "snnbook" or rest[:1] == [name]:
                continue
            if not rest or rest[0] not in FLOOR:
                yield f"{path} imports {target}: import from the module that defines it"
            elif FLOOR[rest[0]] >= FLOOR[name]:
                yield f"{path} imports {target}, which is not below it"


def test_floors_import_only_from_below():
    files = sorted((ROOT / "snnbook").rglob("*.py"))
    sources = {path.relative_to(ROOT).as_posix(): path.read_text("utf-8") for path in files}
    assert "snnbook/equation.py" in sources
    faults = list(floor_faults(sources))
    assert not faults, "\n".join(faults)


def circles(sources: dict[str, str]) -> list[str]:
    """A circle of imports between files of the package, those inside functions included, or []."""
    files = {
        path.removesuffix(".py").removesuffix("/__init__").replace("/", "."): path
        for path in sources
    }
    graph = {
        name: {
            target if target in files else target.rpartition(".")[0]
            for target in imports(path, sources[path])
        }
        & files.keys() - {name}
        for name, path in files.items()
    }
    try:
        graphlib.TopologicalSorter(graph).prepare()
    except graphlib.CycleError as error:
        return list(error.args[1])
    return []


def test_no_circles():
    files = sorted((ROOT / "snnbook").rglob("*.py"))
    sources = {path.relative_to(ROOT).as_posix(): path.read_text("utf-8") for path in files}
    assert circles(sources) == []


def test_a_circle_is_found():
    sources = {
        "snnbook/a/__init__.py": "",
        "snnbook/a/b.py": "from .c import f",
        "snnbook/a/c.py": "def f():\n    from . import b",
    }
    assert set(circles(sources)) == {"snnbook.a.b", "snnbook.a.c"}


# --- the size ------------------------------------------------------------------------------------

MOST = 2_500
"""Lines of code that the package may have without the deep rooms: they are read in one evening."""


def test_the_package_does_not_grow():
    counted = {name: code for name, (code, _) in rooms.rooms().items()}
    assert sum(counted.values()) <= MOST, counted


def test_contributing_names_the_rooms():
    assert rooms.table() in CONTRIBUTING, "python tools/rooms.py writes the table"


def test_lines_of_code():
    text = '"""Doc."""\n\nx = 1  # one\n# none\ny = (\n    2,\n)\n\n\ndef f():\n    """Doc."""\n'
    assert rooms.lines_of_code(text) == 5


def test_every_module_says_what_is_public():
    for path in sorted((ROOT / "snnbook").rglob("*.py")):
        assert re.search(r"^__all__", path.read_text("utf-8"), re.M), path


def test_contributing_shows_these_floors():
    rows = re.findall(r"^\| (\d+) \| (.+?) \|", CONTRIBUTING, re.M)
    shown = {int(number): set(re.findall(r"`(\w+)`", modules)) for number, modules in rows}
    assert shown == dict(enumerate(FLOORS, start=1))


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("snnbook/equation.py", "from .neuron import LIFNode"),
        ("snnbook/equation.py", "from . import neuron"),
        ("snnbook/equation.py", "import snnbook.neuron"),
        ("snnbook/equation.py", "from snnbook.neuron import LIFNode"),
        ("snnbook/equation.py", "from snnbook import neuron"),
        ("snnbook/equation.py", "def lazy():\n    from . import neuron"),
        ("snnbook/equation.py", "import torch.nn"),
        ("snnbook/equation.py", "def lazy():\n    from torch import nn"),
        ("snnbook/backends/reference.py", "from ..neuron import LIFNode"),
        ("snnbook/backends/__init__.py", "from ..neuron import LIFNode"),
        ("snnbook/record.py", "from .interactive import explore"),
        ("snnbook/kernelspecs.py", "from .device import book_device"),
        ("snnbook/memory.py", "def lazy():\n    from .node import Node"),
        ("snnbook/record.py", "import snnbook"),
        ("snnbook/record.py", "from snnbook import LIFNode"),
        ("snnbook/helpers.py", ""),
    ],
)
def test_a_broken_floor_is_found(path, text):
    assert len(list(floor_faults({path: text}))) == 1


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("snnbook/__init__.py", "from . import neuron"),
        ("snnbook/neuron.py", "import torch\nfrom . import backends\nfrom .equation import exp"),
        ("snnbook/backends/__init__.py", "from ..equation import Equation\nfrom . import numba"),
        ("snnbook/backends/reference.py", "from . import State\nfrom .other import f"),
        ("snnbook/equation.py", "def lazy():\n    import sympy"),
    ],
)
def test_a_sound_floor_passes(path, text):
    assert list(floor_faults({path: text})) == []


def heavy_modules_after(statement: str) -> set[str]:
    """Those of the heavy libraries that a fresh interpreter has loaded after a statement."""
    code = f"{statement}\nimport sys\nprint(*sys.modules)"
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return HEAVY & set(done.stdout.split())


def test_importing_the_package_is_cheap():
    assert heavy_modules_after("import snnbook") == set()


def test_a_dear_import_is_found():
    assert heavy_modules_after("import snnbook, sympy") == {"sympy"}
