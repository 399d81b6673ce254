"""The book's own extension `opening`: a page opens with a figure that its notebook has late."""

import opening
import pytest
from docutils import nodes
from docutils.utils import new_document
from sphinx.errors import ExtensionError

LIVE = (
    '<figure data-figure="f"><div></div><script>{"data": 1}</script></figure><script>go()</script>'
)


def page(comment):
    """Return a page with a comment, and a live figure below it."""
    document = new_document("page")
    document += nodes.raw("", comment, format="html")
    figure = nodes.figure(
        "", nodes.raw("", LIVE, format="html"), nodes.caption("", "What it shows")
    )
    figure["ids"] = figure["names"] = ["fig-live"]
    document += figure
    return document


def test_the_copy_has_no_data_and_the_figure_stays():
    document = page("<!-- opens: fig-live -->\n")
    opening.open_with_figure(None, document, "page")
    copy, figure = document.findall(nodes.figure)
    assert copy["ids"] == ["fig-live-opening"]
    assert copy.astext() == '<figure data-figure="f"><div></div></figure>\n\nWhat it shows'
    assert figure["ids"] == ["fig-live"]
    assert figure[0].astext() == LIVE
    assert not [raw for raw in document.findall(nodes.raw) if "opens" in raw.astext()]


def test_other_comments_stay():
    document = page("<!-- a note -->")
    opening.open_with_figure(None, document, "page")
    assert document[0].astext() == "<!-- a note -->"
    assert len([*document.findall(nodes.figure)]) == 1


def test_a_name_that_the_page_has_not_ends_the_build():
    with pytest.raises(ExtensionError, match="page opens with fig-other, but no figure there"):
        opening.open_with_figure(None, page("<!-- opens: fig-other -->"), "page")
