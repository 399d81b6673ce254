"""Break the package on purpose, a little at a time: ``make mutants`` lists what no test notices.

A mutant is the package with one small mistake in one room, made by the same changes that test the
checkers of the exercises (`tests/mutants.py`). It is killed when a test that runs its line fails.
Which tests run which line is measured first. A survivor that stands in `mutants.json`, with the
reason why no test can tell it from the package, isn't counted. Fewer than 90 % killed in any room
is a failure.

Each mutant lives in a fork of this process, which has imported all but the package; so it costs the
tests alone. That needs an operating system with ``fork``.
"""

import argparse
import ast
import collections
import importlib.abc
import importlib.util
import json
import os
import random
import signal
import sys
import tempfile
import time
import traceback
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
REASONS = Path(__file__).with_suffix(".json")
ROOMS = ("equation", "symbolic", "surrogate", "memory", "node", "encoding")
ROOMS += ("backends/reference", "backends/program")
TESTS = ("equation", "fields", "surrogate", "memory", "neuron", "encoding", "layer", "functional")
TESTS += ("right_numbers", "clear_words", "misuse", "backends", "golden", "record", "saving")
TESTS += ("extensions", "plain_types", "visualizing", "numba", "triton")
QUIETLY = ("-q", "-p", "no:cacheprovider", "-W", "ignore::pytest.PytestAssertRewriteWarning")
LEAST = 0.9
LONG = 25.0
"""Seconds of tests, the quickest first, that a mutant has to survive."""
PATIENCE = 120
"""Seconds after which a mutant counts as killed: it hangs."""


class Mutated(importlib.abc.MetaPathFinder, importlib.abc.SourceLoader):
    """Finds one module of the package, and gives it another text."""

    def __init__(self, room: str, text: str) -> None:
        self.name, self.path, self.text = f"snnbook.{room.replace('/', '.')}", str(file(room)), text

    def find_spec(self, name, path=None, target=None):
        return importlib.util.spec_from_loader(name, self) if name == self.name else None

    def get_filename(self, name):
        return self.path

    def get_data(self, path):
        return self.text.encode()

    def path_stats(self, path):
        raise OSError("a mutant is not kept as bytecode")

    def set_data(self, path, data):
        """Write nothing."""


def file(room: str) -> Path:
    """Return the file of a room."""
    return ROOT / "snnbook" / f"{room}.py"


def plain(room: str) -> str:
    """Return a room's text as Python writes it from its tree, as a mutant is written.

    Types that do nothing are left out: all but those of fields.
    """
    tree = ast.parse(file(room).read_text("utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.arg):
            node.annotation = None
        elif isinstance(node, ast.FunctionDef):
            node.returns = None
        elif isinstance(node, ast.AnnAssign) and "ClassVar" in ast.unparse(node.annotation):
            node.annotation = ast.Name("ClassVar")
    return ast.unparse(tree)


class Times:
    """A plugin of pytest that notes how long each test takes, and which failed."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = collections.defaultdict(float)
        self.failed: set[str] = set()

    def pytest_runtest_logreport(self, report):
        self.seconds[report.nodeid] += report.duration
        if report.failed:
            self.failed.add(report.nodeid)


def forked(work, patience: float, log: str | os.PathLike = os.devnull) -> int:
    """Run a function in a fork, and return what it returns; -1 where it takes too long."""
    child = os.fork()
    if not child:
        os.setsid()
        there = os.open(log, os.O_WRONLY | os.O_CREAT)
        os.dup2(there, 1)
        os.dup2(there, 2)
        try:
            code = int(work())
        except BaseException:  # noqa: BLE001  whatever a mutant does, the fork ends here
            traceback.print_exc()
            code = 1
        os._exit(code)
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.02)
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return -1


def measured(folder: Path, tests: list[str]) -> tuple[dict[str, float], dict]:
    """Return how long each passing test takes, and for each room the tests that run its lines."""
    import coverage
    import pytest

    def run():
        sys.meta_path[:0] = [Mutated(room, plain(room)) for room in ROOMS]
        times = Times()
        kept = coverage.Coverage(folder / "data", source=["snnbook"], branch=False)

        class Contexts:
            @pytest.hookimpl(wrapper=True)
            def pytest_runtest_protocol(self, item):
                kept.switch_context(item.nodeid)
                try:
                    return (yield)
                finally:
                    kept.switch_context("")

        kept.start()
        pytest.main([*QUIETLY, *tests], plugins=[times, Contexts()])
        kept.stop()
        kept.save()
        good = {t: s for t, s in times.seconds.items() if t not in times.failed}
        (folder / "times.json").write_text(json.dumps(good), "utf-8")
        return 0

    if forked(run, 3600, folder / "log") or not (folder / "times.json").exists():
        sys.exit(f"The tests themselves don't run:\n{(folder / 'log').read_text('utf-8')[-3000:]}")
    data = coverage.CoverageData(folder / "data")
    data.read()
    lines = {room: data.contexts_by_lineno(str(file(room))) for room in ROOMS}
    return json.loads((folder / "times.json").read_text("utf-8")), lines


def made(room: str) -> list:
    """Return all mutants of a room: the line, what was changed, and what makes the text."""
    from tests import mutants

    text = plain(room)
    found = []
    for statement in ast.parse(text).body:
        if (names := mutants.defines(statement)) and names != {"__all__"}:
            place = min(names)
            for line, word, make in mutants.placed(text, names):
                found.append((line, f"{room}, {place}: {word}", make))
    return found


def chosen(line, seconds, lines, own) -> list[str]:
    """Return the tests that run a line, of its room and the quickest first; all at import."""
    by = [t for t in lines.get(line, []) if t in seconds] or seconds
    total, some = 0.0, []
    for test in sorted(by, key=lambda test: (not test.startswith(own), seconds[test])):
        total += seconds[test]
        if total > LONG and some:
            break
        some.append(test)
    return some


def main() -> None:
    """Make mutants, run the tests, list the survivors."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("rooms", nargs="*", default=ROOMS, help="default: %(default)s")
    parser.add_argument("--count", type=int, default=60, help="mutants of each room, 0 for all")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    os.chdir(ROOT)
    sys.path[:0] = [str(ROOT)]
    sys.dont_write_bytecode = True
    import hypothesis  # noqa: F401
    import matplotlib.pyplot  # noqa: F401
    import numba  # noqa: F401
    import pytest
    import sympy  # noqa: F401
    import torch

    torch.set_num_threads(1)
    reasons = json.loads(REASONS.read_text("utf-8"))
    short = []
    with tempfile.TemporaryDirectory() as folder:
        tests = [f"tests/test_{name}.py" for name in TESTS]
        seconds, lines = measured(Path(folder), tests)
        for room in options.rooms:
            all_of = made(room)
            random.Random(options.seed).shuffle(all_of)
            some, known, killed = 0, 0, 0
            for line, word, make in all_of:
                if some == (options.count or len(all_of)):
                    break
                text = make()
                if text == plain(room):
                    continue
                some += 1
                picked = chosen(line, seconds, lines[room], f"tests/test_{Path(room).name}")

                def work(room=room, text=text, picked=picked):
                    sys.meta_path.insert(0, Mutated(room, text))
                    return pytest.main(["-x", *QUIETLY, *picked])

                if forked(work, PATIENCE):
                    killed += 1
                    continue
                known += word in reasons
                print(f"  {word}: {reasons.get(word, f'SURVIVED {len(picked)} tests')}", flush=True)
            counted = some - known
            print(f"{room}: {killed} of {counted} killed, {known} can't be told; "
                  f"taken from {len(all_of)}", flush=True)  # fmt: skip
            if killed < LEAST * counted:
                short.append(room)
    if short:
        sys.exit(f"Fewer than {LEAST:.0%} are killed in: {', '.join(short)}")


if __name__ == "__main__":
    main()
