"""The book's own extension `folded`: what a page folds of a cell's code."""

import folded
import pytest
from docutils import nodes

CELL = """\
x = run()  # the run

for name in x:
    print(name)
# It stays below.
assert x.ok
for part in x:
    assert part > 0
"""


@pytest.mark.parametrize(
    ("source", "shown", "hidden", "summary"),
    [
        (
            CELL,
            "x = run()  # the run\n\nfor name in x:\n    print(name)",
            "# It stays",
            "✓ 2 claims",
        ),
        ("assert a\nprint(a)", "print(a)", "assert a", "✓ 1 claim checked"),
        # Between two steps an assertion is part of the story.
        ("assert layer.v == 1\nlayer.reset()", None, "", ""),
        ("for x in xs:\n    later = x\n    assert x", None, "", ""),
        ("for x in xs:\n    assert x\n    print(x)", None, "", ""),
        ("assert a\nassert b", "", "assert a\nassert b", "✓ 2 claims checked"),
        ("import torch\n\ndevice = book_device()\ntorch.manual_seed(0)", "", "import", "Imports"),
        ("def draw(ax):\n    ax.plot(x)", "", "def draw", "How it is drawn"),
        ("import torch\n\nx = torch.zeros(2)", None, "", ""),
        ("x = 1", None, "", ""),
    ],
)
def test_what_only_checks_or_draws_is_folded(source, shown, hidden, summary):
    parts = folded.split(source, {"later"})
    assert parts.shown == (source if shown is None else shown)
    assert parts.folded.startswith(hidden)
    assert bool(parts.folded) == bool(hidden)
    assert parts.summary.startswith(summary)


def test_the_code_of_a_drawn_figure_is_folded():
    assert folded.split("plt.plot(x)", set(), figure=True).summary == "How it is drawn"


def cell(source, *more):
    """A cell as MyST-NB makes it."""
    place = nodes.container("", nodes.literal_block(source, source), nb_element="cell_code_source")
    made = nodes.container("", place, *more, nb_element="cell_code")
    made["cell_metadata"] = {}
    return made


def test_imports_in_a_row_are_one_fold():
    text = nodes.paragraph("", "between")
    output = nodes.literal_block("cpu", "cpu")
    cells = [
        cell("import math"),
        cell("import torch"),
        cell("from torch import nn"),
        cell("x = 1"),
        cell("import sys"),
        text,
        cell("import os"),
        cell("import"),  # an error that the chapter talks about
        cell("import re\n\nprint(book_device())", output),
    ]
    document = nodes.container("", *cells)
    folded.fold(None, document)
    left = [one.astext() for one in document.findall(nodes.literal_block)]
    assert left == [
        "import math\nimport torch\nfrom torch import nn",
        "x = 1",
        "import sys",
        "import os",
        "import",
        "import re\n\nprint(book_device())",
        "cpu",
    ]
    assert document.index(text) < document.index(cells[-2])
