"""Show a neuron of the package in its two spellings: the printed formula, and the line of code.

    ```{one-equation} LIFNode
    ```

The formula is printed from the function that runs; the line is the one that the function returns
with the neuron's default settings. Where the two don't agree, the build says so.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective


def returned(neuron: type) -> str:
    """Return the first expression that a neuron's `charge` returns, as it stands in the source."""
    source = textwrap.dedent(inspect.getsource(neuron))
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef) and node.name == "charge":
            returns = [part for part in ast.walk(node) if isinstance(part, ast.Return)]
            first = min(returns, key=lambda part: part.lineno).value
            if first is not None:
                return ast.get_source_segment(source, first) or ""
    raise ValueError(f"{neuron.__name__} has no `charge` of its own that returns something")


def formula(neuron: type) -> str:
    """Return the printed formula of a neuron's charge, with its default settings."""
    printed: dict[str, str] = dict(neuron().equations())
    return printed["H[t]"]


def formula_of(line: str) -> str:
    """Return the formula of an expression in v, x and other names."""
    from snnbook.equation import Equation
    from snnbook.symbolic import latex

    names = {n.id for n in ast.walk(ast.parse(line)) if isinstance(n, ast.Name)} - {"v", "x"}
    space: dict[str, Any] = {}
    exec(f"def charge({', '.join(['v', 'x', *sorted(names)])}):\n    return {line}", space)
    return latex(Equation(space["charge"]), {"v": "V[t-1]", "x": "X[t]"})


class OneEquation(SphinxDirective):
    """The formula and the line of code of one neuron."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Return both, one above the other."""
        from snnbook import neuron

        layer = getattr(neuron, self.arguments[0])
        line, printed = returned(layer), formula(layer)
        if formula_of(line) != printed:
            raise self.error(f"{layer.__name__} returns {line}, but its formula is {printed}")
        latex = f"H[t] = {printed}"
        block = nodes.math_block(latex, latex, nowrap=False, number=None, label=None)
        code = nodes.literal_block(line, line, language="python")
        spellings = (("page", "the page prints", block), ("code", "PyTorch runs", code))
        parts = [
            nodes.container("", nodes.paragraph("", words), shown, classes=[f"spelling-{name}"])
            for name, words, shown in spellings
        ]
        return [nodes.container("", *parts, classes=["one-equation"])]


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the directive."""
    app.add_directive("one-equation", OneEquation)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
