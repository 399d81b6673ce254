"""Every misuse of the page `book/misuse.md` gets the error that stands there, from the package."""

import matplotlib as mpl
import misuse
import pytest

mpl.use("agg")
ROWS = misuse.rows()
PAGE = misuse.PAGE.read_text("utf-8")


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.code)
def test_a_misuse_gets_a_clear_word(row):
    got = misuse.outcome(row)
    assert got is not None, "it is accepted in silence"
    assert got.ours, f"the package let it pass: {got.error}"
    assert got.kept, "a refused call changed the state of a layer"
    assert misuse.entry(row, got) in PAGE, "python tools/misuse.py --write writes the page anew"


def test_the_page_has_no_other_lines_and_no_line_twice():
    code = [
        line
        for block in PAGE.split("```python\n")[2:]  # the first one is the head's
        for line in block.split("```")[0].splitlines()
        if line and not line.startswith("# ")
    ]
    assert code == [row.code for row in ROWS]
    assert len(set(code)) == len(code) >= 150


def test_what_is_no_misuse_is_found():
    assert misuse.outcome(misuse.Row("", "one(torch.ones(2))")) is None
    assert not misuse.outcome(misuse.Row("", "[][0]")).ours
    assert not misuse.outcome(misuse.Row("", "one(torch.ones(2)), 1 / 0")).kept
