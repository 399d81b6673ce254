"""The extension that leaves out of the reference what says nothing."""

import importlib
import inspect
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

import pytest
from docutils import nodes
from plain_types import leave_out_aliases, plain_types, skip_counted
from sphinx.util.typing import stringify_annotation

from snnbook.neuron import LIFNode


def test_a_time_constant_is_a_number_or_a_tensor():
    checked = inspect.get_annotations(LIFNode)
    recorded: Any = {name: stringify_annotation(hint) for name, hint in checked.items()}
    assert "Annotated[" in recorded["tau"]
    app: Any = SimpleNamespace(env=SimpleNamespace(temp_data={"annotations": {"LIF": recorded}}))
    plain_types(app, "class", "LIF", LIFNode, None)
    assert recorded == {"tau": "float | torch.Tensor", "decay_input": "bool"}


@pytest.mark.parametrize("text", ["alias of Annotated[float, <function at 0x7f>]", "A number."])
def test_an_alias_is_left_to_its_words(text):
    content = nodes.container("", nodes.paragraph("", text))
    app: Any = None
    leave_out_aliases(app, "py", "data", content)
    assert content.astext() == ("" if "alias" in text else text)


class Pair(NamedTuple):
    """A first thing, and a second one."""

    first: int
    second: int = 0

    def both(self) -> tuple[int, int]:
        """Return both."""
        return self.first, self.second


def test_fields_that_are_only_counted_have_no_entry():
    app: Any = None
    kept = [n for n in vars(Pair) if not skip_counted(app, "class", n, vars(Pair)[n], False, None)]
    assert {"first", "second"}.isdisjoint(kept)
    assert "both" in kept


BOOK = Path(__file__).parents[1] / "book"
LISTED = re.compile(r"^\.\. automodule:: (\S+)\n +:members: (.+)$", re.MULTILINE)


def test_the_reference_lists_what_there_is():
    listed = [
        found for page in BOOK.glob("*.md") for found in LISTED.findall(page.read_text("utf-8"))
    ]
    assert listed
    for module, names in listed:
        have = dir(importlib.import_module(module))
        assert not {*names.split(", ")} - {*have}, module
