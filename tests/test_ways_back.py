"""The book's own extensions `term_lists` and `cited`: to the glossary, and the ways back."""

import pytest
from bs4 import BeautifulSoup
from sphinx.testing.util import SphinxTestApp


@pytest.fixture
def build(tmp_path):
    """Build pages with the extensions; return one page by name, and the warnings."""

    def built(**pages):
        source = tmp_path / "source"
        source.mkdir()
        (source / "conf.py").write_text(
            "extensions = ['term_lists', 'cited']\nroot_doc = 'index'\nhtml_theme = 'basic'\n"
        )
        for name, content in pages.items():
            (source / f"{name}.rst").write_text(content)
        app = SphinxTestApp("html", srcdir=source, freshenv=True)
        try:
            app.build()
            page = {
                name: BeautifulSoup((app.outdir / f"{name}.html").read_text("utf-8"), "html.parser")
                for name in pages
            }
            return page, app.warning.getvalue()
        finally:
            app.cleanup()

    return built


COVER = """
Cover
=====

.. toctree::
   :numbered:

   chapter
   other
   glossary
"""
CHAPTER = """
Chapter
=======

A charge in the claim is no use of the term.

First section
-------------

Before its charges, a **soft reset** and ``reset()``.

A **charge** is the one in bold, the time
constant is here. See `Ada (1843) <https://doi.org/10.1/ADA>`_.

Second section
--------------

See `Ada <https://doi.org/10.1/ada>`_, twice: `here <https://doi.org/10.1/ada>`__.

**Terms**, in the :doc:`glossary`: charge, reset(), time constant.
"""
OTHER = """
Other
=====

Only section
------------

A **charge**, and a glow, see [Ada]_ and [Bea]_.

**Terms**, in the :doc:`glossary`: charge, glow.

.. [Ada] The first. `doi <https://doi.org/10.1/ada>`__
.. [Bea] The second.
"""
GLOSSARY = """
Glossary
========

.. glossary::

   charge
      One. And more.

   glow
      A `light`.

   reset()
      The potential becomes 0.

   time constant
      Two.
"""
PAGES = {"index": COVER, "chapter": CHAPTER, "other": OTHER, "glossary": GLOSSARY}


def test_the_first_use_of_a_term_leads_to_the_glossary(build):
    pages, warnings = build(**PAGES)
    assert warnings == ""
    call, charge, constant = pages["chapter"].select(".term-use")
    assert charge.find_parent("strong")
    assert [" ".join(use.text.split()) for use in (call, charge, constant)] == [
        "reset()",
        "charge",
        "time constant",
    ]
    assert [use["data-sentence"] for use in (call, charge, constant)] == [
        "The potential becomes 0.",
        "One.",
        "Two.",
    ]
    assert [use.find_parent("a")["href"] for use in (charge, constant)] == [
        "glossary.html#term-charge",
        "glossary.html#term-time-constant",
    ]


def test_an_entry_leads_back_to_the_first_use_in_the_book(build):
    pages, _ = build(**PAGES)
    lines = pages["glossary"].select(".way-back")
    assert [line.text for line in lines] == [
        "First in 1.1 First section.",
        "First in 2.1 Only section.",
        "First in 1.1 First section.",
        "First in 1.1 First section.",
    ]
    for line in lines:
        page, _, name = line.a["href"].partition("#")
        assert pages[page.removesuffix(".html")].find(id=name)


def test_a_term_that_is_used_nowhere_has_no_way_back(build):
    pages, _ = build(**{**PAGES, "other": OTHER.replace("glow, see", "see").replace(", glow", "")})
    assert len(pages["glossary"].select(".way-back")) == 3


def test_a_work_leads_back_to_the_sections_that_cite_it(build):
    pages, _ = build(**PAGES)
    (line,) = pages["other"].select(".citation .way-back")
    assert line.text == "Cited in 1.1 First section, 1.2 Second section."
    assert [link["href"] for link in line.select("a")] == [
        "chapter.html#first-section",
        "chapter.html#second-section",
    ]
