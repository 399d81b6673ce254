"""The book's own extension `accessible`: tables and references that everybody can read."""

import pytest
from bs4 import BeautifulSoup
from sphinx.testing.util import SphinxTestApp

NARROW = """
Title
=====

=====  =========
\\      potential
=====  =========
hard   0
soft   what is left
=====  =========
"""

WIDE = """
Title
=====

.. list-table::
   :header-rows: 1

   * -
     - call <it>
     - :math:`V`
   * - one_name_that_is_long
     - another_name_that_is_long
     - 1
"""

WORKS = """
Title
=====

See [Ada]_ and [Bea]_.

.. [Ada] The first work.
.. [Bea] The second work.
"""


@pytest.fixture
def build(tmp_path):
    """Build one page with the extension, and return it."""

    def built(text):
        source = tmp_path / "source"
        source.mkdir()
        (source / "conf.py").write_text("extensions = ['accessible']\nhtml_theme = 'basic'\n")
        (source / "index.rst").write_text(text)
        app = SphinxTestApp("html", srcdir=source, freshenv=True)
        try:
            app.build()
            assert app.warning.getvalue() == ""
            return BeautifulSoup((app.outdir / "index.html").read_text("utf-8"), "html.parser")
        finally:
            app.cleanup()

    return built


def test_a_header_heads_its_column_and_an_empty_corner_is_none(build):
    corner, header = build(NARROW).select("thead tr > *")
    assert corner.name == "td"
    assert not corner.get_text(strip=True)
    assert header.name == "th"
    assert header["scope"] == "col"


def test_a_table_that_fits_a_phone_stays_a_table(build):
    page = build(NARROW)
    assert not page.select(".stack-on-phone, [data-header]")


def test_a_table_too_wide_for_a_phone_tells_each_cell_its_header(build):
    page = build(WIDE)
    assert page.select_one("table")["class"].count("stack-on-phone") == 1
    name, call, value = page.select("tbody td")
    assert "data-header" not in name.attrs
    assert call["data-header"] == "call <it>"
    assert value["data-header"] == "V"


def test_a_work_is_an_item_of_the_bibliography(build):
    page = build(WORKS)
    assert not page.select("[role=doc-biblioentry]")
    works = page.select("[role=list] > [role=listitem]")
    assert [work.p.get_text() for work in works] == ["The first work.", "The second work."]
