"""The repository's address is kept in one place, and all other places agree with it."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from copies import ROOT, copy_repository, tracked_files

GITHUB = "https://github.com/example/snnbook"
ELSEWHERE = "https://forge.example/owner/snnbook"


def address(repository: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the address tool of that copy of the repository."""
    command = [sys.executable, "tools/address.py", *arguments]
    return subprocess.run(command, cwd=repository, capture_output=True, text=True)


@pytest.fixture
def repository(tmp_path):
    """A copy of the repository in which the address is not set."""
    copy = copy_repository(tmp_path)
    done = address(copy, "--unset")
    assert done.returncode == 0, done.stderr
    return copy


def contents(repository: Path) -> dict[Path, bytes]:
    """Every file and its bytes."""
    files = (path for path in repository.rglob("*") if path.is_file())
    return {file: file.read_bytes() for file in files}


def test_every_place_agrees_with_the_file_address():
    done = address(ROOT, "--check")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("url", [GITHUB, ELSEWHERE])
def test_set_and_unset_undo_each_other(repository, url):
    unset = contents(repository)
    assert address(repository, url).returncode == 0
    was_set = contents(repository)
    assert was_set != unset
    assert address(repository, "--check").returncode == 0
    assert address(repository, url + ".git").returncode == 0
    assert address(repository).returncode == 0
    assert contents(repository) == was_set
    assert address(repository, "--unset").returncode == 0
    assert contents(repository) == unset


def test_the_address_reaches_every_place(repository):
    address(repository, GITHUB)
    config = yaml.safe_load((repository / "_config.yml").read_text("utf-8"))
    assert config["repository"] == {"url": GITHUB, "branch": "main"}
    assert config["launch_buttons"] == {"colab_url": "https://colab.research.google.com"}
    assert config["html"]["use_repository_button"] is True
    citation = yaml.safe_load((repository / "CITATION.cff").read_text("utf-8"))
    assert citation["repository-code"] == GITHUB
    assert f'Repository = "{GITHUB}"' in (repository / "pyproject.toml").read_text("utf-8")
    readme = (repository / "README.md").read_text("utf-8")
    assert f"git clone {GITHUB}\n" in readme
    for path in (repository / "book").glob("*.ipynb"):
        assert f"/github/example/snnbook/blob/main/book/{path.name})" in readme


def test_no_colab_while_the_address_is_unset_or_not_on_github(repository):
    for arguments in (["--unset"], [ELSEWHERE]):
        address(repository, *arguments)
        for name in ("README.md", "_config.yml"):
            assert "colab.research" not in (repository / name).read_text("utf-8")


@pytest.mark.parametrize("name", ["README.md", "_config.yml", "CITATION.cff", "ADDRESS"])
def test_check_finds_a_place_that_disagrees(repository, name):
    address(repository, GITHUB)
    text = (repository / name).read_text("utf-8")
    assert "/example/" in text
    (repository / name).write_text(text.replace("/example/", "/stranger/"), "utf-8")
    before = contents(repository)
    done = address(repository, "--check")
    assert done.returncode == 1
    assert "run `make address`" in done.stdout
    assert contents(repository) == before, "--check changes nothing"


def test_check_finds_a_changed_install_cell(repository):
    path = repository / "book" / "state.ipynb"
    notebook = json.loads(path.read_text("utf-8"))
    (cell,) = (cell for cell in notebook["cells"] if cell["id"] == "install")
    cell["source"] = "import snnbook"
    path.write_text(json.dumps(notebook), "utf-8")
    done = address(repository, "--check")
    assert done.returncode == 1
    assert "book/state.ipynb" in done.stdout


@pytest.mark.parametrize("url", ["snnbook", "http://forge.example/a/b", "https://forge.example/a"])
def test_what_is_no_address_changes_nothing(repository, url):
    before = contents(repository)
    done = address(repository, url)
    assert done.returncode == 2
    assert "is not like https://" in done.stderr
    assert contents(repository) == before


def test_a_missing_block_is_named_and_nothing_is_written(repository):
    (repository / "CITATION.cff").write_text("cff-version: 1.2.0\n", "utf-8")
    before = contents(repository)
    done = address(repository, GITHUB)
    assert done.returncode != 0
    assert 'CITATION.cff needs one block "address citation"' in done.stderr
    assert contents(repository) == before


# The name on the package index is not ours: whoever follows such a line gets a stranger's code.
FROM_INDEX = re.compile(r"""pip3?["',]*\s+["']?install(?:\s+-\S+)*["',\s]+snnbook\b""")


@pytest.mark.parametrize("line", ["pip install snnbook", "%pip install -q --upgrade snnbook==1"])
def test_the_pattern_finds_an_install_from_the_index(line):
    assert FROM_INDEX.search(line)


def test_nobody_is_told_to_install_from_the_index():
    here = Path(__file__).relative_to(ROOT)
    texts = {".md", ".ipynb", ".py", ".yml", ".toml", ".txt", ".cff", ""}
    for file in tracked_files():
        if file.suffix in texts and file != here:
            assert not FROM_INDEX.search((ROOT / file).read_text("utf-8")), file
