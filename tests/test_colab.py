"""The first code cell of a chapter installs snnbook where it is missing, and only there."""

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest
from copies import ROOT, copy_repository

ADDRESS = "https://forge.example/owner/snnbook"
CHAPTER = "state.ipynb"

EXECUTE = """
import sys, nbclient, nbformat
notebook = nbformat.read(sys.argv[1], 4)
nbclient.NotebookClient(notebook, timeout=300, kernel_name="python3").execute()
nbformat.write(notebook, sys.argv[1])
"""

REPORT = """
import importlib.metadata, json, snnbook, torch
origin = importlib.metadata.distribution("snnbook").read_text("direct_url.json")
print(json.dumps([json.loads(origin), snnbook.__file__, torch.__file__]))
"""


def run(*command: str | Path, **options) -> str:
    """Run a command and return what it printed; fail with all of it where the command fails."""
    done = subprocess.run(command, capture_output=True, text=True, **options)
    if done.returncode:
        pytest.fail(f"{command} failed:\n{done.stdout}{done.stderr}", pytrace=False)
    return done.stdout


def install_cell(folder: Path) -> str:
    """The text of the chapter's install cell."""
    notebook = json.loads((folder / "book" / CHAPTER).read_text("utf-8"))
    (cell,) = (cell for cell in notebook["cells"] if cell["id"] == "install")
    return "".join(cell["source"])


class Colab:
    """A clean environment that has this one's other packages, torch among them, but no snnbook."""

    def __init__(self, folder: Path, repository: Path):
        self.packages = folder / "packages"
        self.packages.mkdir(parents=True)
        for entry in map(Path, sys.path):
            if entry.name in ("site-packages", "dist-packages"):
                for package in entry.iterdir():
                    link = self.packages / package.name
                    if not package.name.startswith("snnbook") and not link.exists():
                        link.symlink_to(package)
        venv.create(folder / "env", with_pip=True)
        place = {"base": str(folder / "env")}
        self.python = Path(sysconfig.get_path("scripts", "venv", place), "python")
        self.site = Path(sysconfig.get_path("purelib", "venv", place))
        Path(self.site, "colab.pth").write_text(f"{self.packages}\n", "utf-8")
        self.content = folder / "content"
        self.content.mkdir()
        # Nothing of ours in its environment, and git finds the repository at its address.
        ours = ("PYTHON", "JUPYTER", "IPYTHON", "SNNBOOK", "VIRTUAL_ENV", "COV_", "GIT_")
        self.environment = {n: t for n, t in os.environ.items() if not n.startswith(ours)} | {
            "IPYTHONDIR": str(folder / "ipython"),
            "JUPYTER_DATA_DIR": str(folder / "jupyter"),
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": f"url.{repository}.insteadOf",
            "GIT_CONFIG_VALUE_0": ADDRESS,
        }

    def __call__(self, code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run Python code in the empty folder."""
        return subprocess.run(
            [self.python, "-c", code, *arguments],
            cwd=self.content,
            env=self.environment,
            capture_output=True,
            text=True,
        )


@pytest.fixture
def repository(tmp_path):
    """A repository with our files and one commit, whose address is set."""
    copy = copy_repository(tmp_path / "repository")
    run(sys.executable, "tools/address.py", ADDRESS, cwd=copy)
    run("git", "init", "--quiet", cwd=copy)
    run("git", "add", "--all", cwd=copy)
    who = ("-c", "user.name=Test", "-c", "user.email=test@forge.example", "-c", "commit.gpgsign=no")
    run("git", *who, "commit", "--quiet", "--message=All", cwd=copy)
    return copy


def test_a_chapter_runs_in_an_empty_folder(tmp_path, repository):
    colab = Colab(tmp_path / "colab", repository)
    missing = colab("import torch, snnbook")
    assert "No module named 'snnbook'" in missing.stderr

    shutil.copy(repository / "book" / CHAPTER, colab.content)
    executed = colab(EXECUTE, CHAPTER)
    assert executed.returncode == 0, executed.stdout + executed.stderr

    origin, package, torch = json.loads(colab(REPORT).stdout)
    assert origin["url"] == ADDRESS
    commit = run("git", "rev-parse", "HEAD", cwd=repository).strip()
    assert origin["vcs_info"]["commit_id"] == commit
    assert Path(package).is_relative_to(colab.site)
    assert Path(torch).is_relative_to(colab.packages), "the torch that was there must stay"
    assert not list(colab.site.glob("torch*"))
    cells = json.loads((colab.content / CHAPTER).read_text("utf-8"))["cells"]
    assert all(cell["execution_count"] for cell in cells if cell["cell_type"] == "code")


def test_an_address_without_the_repository_is_an_error(tmp_path, repository):
    colab = Colab(tmp_path / "colab", tmp_path / "nowhere")
    done = colab(install_cell(repository))
    assert done.returncode == 1
    assert "CalledProcessError" in done.stderr
    assert ADDRESS in done.stderr


def test_without_an_address_the_cell_says_what_to_do(tmp_path, repository):
    run(sys.executable, "tools/address.py", "--unset", cwd=repository)
    # -S: an interpreter without any installed package
    command = [sys.executable, "-I", "-S", "-c", install_cell(repository)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 1
    assert "ModuleNotFoundError: snnbook is not installed" in done.stderr
    assert "Run `pip install .`" in done.stderr


def test_where_snnbook_is_installed_the_cell_does_nothing(monkeypatch):
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: pytest.fail("the cell ran a command"))
    exec(install_cell(ROOT), {})
