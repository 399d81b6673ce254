"""The rooms of `snnbook.interactive`: each imports only from those below it."""

import ast
import subprocess
import sys
from pathlib import Path

import snnbook.interactive

FOLDER = Path(snnbook.interactive.__file__).parent

# From the ground up. Rooms on one floor do not import each other.
FLOORS = [
    {"account", "noise", "script", "steps"},
    {"views"},
    {"sliders", "still"},
    {"network", "figure"},
    {"explore", "learn", "credit", "depth", "calls", "sketch"},
    {"bricks", "coding"},
    {"__init__"},
]


def rooms_that(path):
    """The rooms that a file imports."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level == 1:
            yield from [node.module] if node.module else [name.name for name in node.names]


def test_each_room_imports_only_what_is_below():
    floor = {name: number for number, names in enumerate(FLOORS) for name in names}
    files = {path.stem: path for path in FOLDER.glob("*.py")}
    assert set(files) == set(floor)
    imported = {(name, room) for name, path in files.items() for room in rooms_that(path)}
    assert ("explore", "script") in imported
    assert not [pair for pair in imported if floor[pair[1]] >= floor[pair[0]]]


def test_the_door_names_the_rooms_in_their_order():
    text = snnbook.interactive.__doc__
    rooms = ["script", "steps", "noise", "sliders", "account", "views", "still", "network"]
    rooms += ["figure", "explore", "learn", "credit", "depth", "bricks", "calls", "coding"]
    rooms += ["sketch"]
    places = [text.index(f"- `{room}`:") for room in rooms]
    assert places == sorted(places)
    assert {*rooms, "__init__"} == {path.stem for path in FOLDER.glob("*.py")}


def test_the_parts_of_the_script_are_in_it():
    script = snnbook.interactive.Explorer.script
    for name in ("figure.js", "hands.js", "symbols.js", "views.js", "population.js"):
        assert (FOLDER / name).read_text("utf-8") in str(script)
    assert ".snn-explore svg .potential" in str(script)


def test_the_figures_load_when_they_are_used():
    code = "import snnbook, sys; print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = run.stdout.split()
    assert "snnbook.neuron" in loaded
    assert not [n for n in loaded if n.startswith(("snnbook.interactive", "anywidget", "IPython"))]
    code = "import snnbook.interactive, sys; print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"matplotlib", "sympy", "numba"} & {*run.stdout.split()}
