"""The book's own extension `two_at_once`: what has run is in the cache, and nothing else."""

from types import SimpleNamespace

import nbformat
import pytest
import two_at_once
from jupyter_cache import get_cache
from nbformat.v4 import new_code_cell, new_notebook


@pytest.fixture
def book(tmp_path):
    """A book of two notebooks, one of which fails, and what a build knows of it."""
    for name, code in (("good", "print(6 * 7)"), ("bad", "1 / 0")):
        kernel = {"name": "python3", "display_name": "Python 3"}
        notebook = new_notebook(cells=[new_code_cell(code)], metadata={"kernelspec": kernel})
        nbformat.write(notebook, tmp_path / f"{name}.ipynb")
    options = SimpleNamespace(
        execution_mode="cache",
        execution_cache_path=str(tmp_path / "cache"),
        execution_timeout=60,
        kernel_rgx_aliases={"python.": "snnbook-cpu"},
    )
    found = {"good": "good.ipynb", "bad": "bad.ipynb", "text": "text.md"}
    return SimpleNamespace(mystnb_config=options, doc2path=lambda name: tmp_path / found[name])


def kept(book, name):
    """A notebook with what the cache has of its results, as a build asks for it."""
    notebook = nbformat.read(book.doc2path(name), as_version=4)
    notebook.metadata.kernelspec.name = "snnbook-cpu"
    cache = get_cache(book.mystnb_config.execution_cache_path)
    try:
        return cache.merge_match_into_notebook(notebook)[1]
    finally:
        cache.db.dispose()


def test_what_has_run_is_found_and_runs_once(book, monkeypatch):
    two_at_once.run_notebooks(None, book, ["text", "good", "bad"])
    assert kept(book, "good").cells[0].outputs[0].text == "42\n"
    with pytest.raises(KeyError):  # it runs once more where its page is read
        kept(book, "bad")

    monkeypatch.setattr(two_at_once, "NotebookClient", None)  # nothing is run again
    two_at_once.run_notebooks(None, book, ["good"])


def test_a_build_without_a_cache_runs_them_itself(book, tmp_path):
    book.mystnb_config.execution_mode = "force"
    two_at_once.run_notebooks(None, book, ["good"])
    assert not (tmp_path / "cache").exists()
