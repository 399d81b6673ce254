"""The built book as one archive."""

import importlib.util
import os
from pathlib import Path
from zipfile import ZipFile

import pytest

TOOL = Path(__file__).parents[1] / "tools" / "pack.py"


@pytest.fixture
def tool():
    """The tool as a module: it is no part of the package."""
    spec = importlib.util.spec_from_file_location("pack", TOOL)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def write(folder, *names):
    """Write small files, in this order."""
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"this is {name}")


def test_the_same_pages_give_the_same_archive(tool, tmp_path):
    names = ["index.html", "book/state.html", "_static/snnbook.css"]
    archives = []
    for time, order in ((1, names), (2_000_000_000, names[::-1])):
        folder = tmp_path / str(time)
        write(folder / "html", *order)
        for path in folder.rglob("*"):
            os.utime(path, (time, time))
        tool.pack(folder / "html", folder / "snnbook.zip")
        archives.append((folder / "snnbook.zip").read_bytes())
    assert archives[0] == archives[1]


def test_the_archive_unpacks_into_one_folder(tool, tmp_path):
    write(tmp_path / "html", "index.html", "book/state.html")
    tool.pack(tmp_path / "html", tmp_path / "snnbook.zip")
    with ZipFile(tmp_path / "snnbook.zip") as packed:
        assert packed.namelist() == ["snnbook/book/state.html", "snnbook/index.html"]
        assert packed.read("snnbook/book/state.html") == b"this is book/state.html"
        packed.extractall(tmp_path / "there")
    assert os.access(tmp_path / "there" / "snnbook" / "index.html", os.R_OK)


def test_without_pages_it_says_what_to_do(tool, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(tool, "PAGES", tmp_path)
    assert tool.main() == 1
    assert "make book" in capsys.readouterr().err
