"""The exercises as the book has them: their texts, stubs and solutions, and a way to run them."""

import ast
import functools
import linecache
import re
import symtable
from pathlib import Path

import nbformat
from matplotlib import pyplot as plt

from snnbook.check import CHAPTERS, check, exercises

BOOK = Path(__file__).parents[1] / "book"
ALL = {name: exercise for chapter in CHAPTERS for name, exercise in exercises(chapter).items()}


@functools.cache
def cells_of(chapter):
    """The cells of a chapter."""
    return nbformat.read(BOOK / f"{chapter}.ipynb", as_version=4).cells


def cell_of(name, kind):
    """The source of an exercise's text (kind "exercise") or of its stub (kind "answer")."""
    chapter, short = name.split("/")
    return next(cell.source for cell in cells_of(chapter) if cell.id == f"{kind}-{short}")


def solution_of(name):
    """The code in an exercise's folded solution."""
    text = cell_of(name, "exercise")
    fold = re.search(r"<summary>Solution</summary>(.*?)</details>", text, re.DOTALL)[1]
    return "\n\n".join(re.findall(r"^```python\n(.*?)^```", fold, re.DOTALL | re.MULTILINE))


def stub_of(name):
    """The stub, and the call of the checker that stands below it."""
    lines = cell_of(name, "answer").splitlines()
    return "\n".join(lines[:-1]), lines[-1]


@functools.cache
def names_in(program):
    """The names that a program binds, and those that it needs from elsewhere."""
    bound, needed, later = set(), set(), set()
    for statement in ast.parse(program).body:
        top = symtable.symtable(ast.unparse(statement), "cell", "exec")
        new = {s.get_name() for s in top.get_symbols() if s.is_assigned() or s.is_imported()}
        used = set(names_used(top, is_global=True))
        if not isinstance(statement, ast.Assign):  # u = f(u) needs an earlier u
            used -= new
        if isinstance(statement, ast.FunctionDef | ast.ClassDef):  # needed when it is called
            later |= used
        else:
            needed |= used - bound
        bound |= new
    return frozenset(bound), frozenset(needed | (later - bound))


def names_used(table, is_global=False):
    """The global names that a block of code refers to."""
    for symbol in table.get_symbols():
        if symbol.is_referenced() and (is_global or symbol.is_global()):
            yield symbol.get_name()
    for child in table.get_children():
        yield from names_used(child)


def context_of(name, program):
    """The names that a program finds, once those cells of its chapter have run that it needs."""
    chapter, short = name.split("/")
    _, needed = names_in(program)
    chosen = []
    ids = [cell.id for cell in cells_of(chapter)]
    for cell in reversed(cells_of(chapter)[: ids.index(f"exercise-{short}")]):
        if cell.cell_type != "code" or "raises-exception" in cell.metadata.get("tags", []):
            continue
        bound, more = names_in(cell.source)
        if bound & needed and cell.id != "install":
            chosen.append(cell.source)
            needed = (needed - bound) | more
    namespace = {"check": check, "__name__": "__main__"}
    for number, source in enumerate(reversed(chosen)):
        execute(source, f"<{name} {number}>", namespace)
    return namespace


def execute(source, place, namespace):
    """Run a program, so that a class or an error in it can find its source."""
    linecache.cache[place] = len(source), None, source.splitlines(True), place
    exec(compile(source, place, "exec"), namespace)


@functools.cache
def handed_in(name, program):
    """What the checker is given when a program stands in the cell of an exercise."""
    call = ast.parse(stub_of(name)[1], mode="eval").body
    return run(name, program, ast.unparse(call.args[1]), f"<{name} {hash(program)}>")


def run(name, program, last, place=""):
    """Run a program after those cells of its chapter that it needs; return the last expression."""
    try:
        namespace = context_of(name, f"{program}\n{last}")
        execute(program, place or f"<{name}>", namespace)
        return eval(last, namespace)
    finally:
        plt.close("all")
