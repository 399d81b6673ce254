"""Faults of a machine: each ends in the right result, or in one sentence that says what to do.

The package is tried in a process of its own, `tools/build.py` with a book of one page and one
notebook. What needs the rights of root, or Linux, is skipped elsewhere. `tools/fresh_root.py` tries
the whole of `make book` in the same ways, in a bare root.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pytest
from copies import copy_repository

GB = 2**30

WORK = """
import json, torch
from snnbook import interactive, neuron
sums = []
for backend in ("torch", "auto"):
    x = torch.linspace(0, 2, 60).reshape(20, 3).requires_grad_()
    layer = neuron.LIFNode(tau=3.0, step_mode="m", backend=backend)
    layer(x).sum().backward()
    sums.append(x.grad.sum().item())
figure = interactive.explore(neuron.EIFNode(), T=20)
print(json.dumps([*sums, len(figure.to_html()), figure.layer.equations()[0][1]]))
"""


def can_mount():
    """Whether this process may make a file system of its own."""
    if sys.platform != "linux" or not shutil.which("unshare"):
        return False
    return (
        subprocess.run(["unshare", "--mount", "--net", "true"], capture_output=True).returncode == 0
    )


as_root = pytest.mark.skipif(not can_mount(), reason="it mounts, which needs Linux and root")


def apart(command, *before, network=True):
    """Return a command that runs after shell commands, with mounts that end with it."""
    spaces = ["--mount", *([] if network else ["--net"])]
    shell = "; ".join([*before, 'exec "$0" "$@"'])
    return ["unshare", *spaces, "sh", "-e", "-c", shell, *map(str, command)]


def environment(home, **more):
    """Return what a process finds around it: little, and a home of its own."""
    kept = {n: t for n, t in os.environ.items() if n in ("PATH", "PYTHONPATH", "SYSTEMROOT")}
    return {**kept, "HOME": str(home), **more}


@pytest.fixture(scope="module")
def right(tmp_path_factory):
    """What the work gives on a machine without a fault."""
    home = tmp_path_factory.mktemp("home")
    done = subprocess.run(
        [sys.executable, "-c", WORK], env=environment(home), capture_output=True, check=True
    )
    return json.loads(done.stdout)


def worked(command, env, **options):
    done = subprocess.run(command, env=env, capture_output=True, text=True, **options)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.sweep
def test_a_strange_home_another_time_zone_and_the_c_locale(tmp_path, right):
    home = tmp_path / "李 雷" / "snn book"
    home.mkdir(parents=True)
    env = environment(home, TZ="Pacific/Kiritimati", LC_ALL="C", LANG="C")
    for _ in range(2):  # the second one finds the kernels of the first
        assert worked([sys.executable, "-c", WORK], env, cwd=home) == right
    assert list((home / ".cache" / "snnbook").rglob("*.py"))


@pytest.mark.sweep
def test_no_home_to_write_to(right):
    assert worked([sys.executable, "-c", WORK], environment("/dev/null")) == right


@as_root
def test_no_network(tmp_path, right):
    command = apart([sys.executable, "-c", WORK], network=False)
    assert worked(command, environment(tmp_path)) == right


@as_root
@pytest.mark.sweep
@pytest.mark.parametrize("size", ["4k", "64k"])
def test_a_full_disk_under_the_cache(tmp_path, right, size):
    home = tmp_path / "home"
    home.mkdir()
    full = f"mount -t tmpfs -o size={size} small '{home}'"
    for _ in range(2):
        assert worked(apart([sys.executable, "-c", WORK], full), environment(home)) == right


@pytest.mark.skipif(sys.platform != "linux", reason="it limits the memory as Linux does")
def test_two_gigabytes_of_memory(tmp_path, right):
    """All private memory counts, as on a machine without any to swap to."""
    import resource

    def limited():
        resource.setrlimit(resource.RLIMIT_DATA, (2 * GB, 2 * GB))

    command = [sys.executable, "-c", WORK]
    assert worked(command, environment(tmp_path), preexec_fn=limited) == right


# --- a small book --------------------------------------------------------------------------------

PAGE = """# A small book

```{{live-figure}}
from snnbook import interactive, neuron

interactive.explore(neuron.LIFNode())
```

Chapter: [](one.ipynb)
"""
CELLS = (
    nbformat.v4.new_markdown_cell("# One\n\nWords: τ, Θ, 李雷.", id="title"),
    nbformat.v4.new_code_cell(
        "from snnbook import interactive, neuron\n\nfigure = interactive.explore(neuron.IFNode())\n"
        "figure",
        id="figure",
    ),
)


def small_book(folder):
    """Copy the repository with a book of one page and one notebook, whose kernel is this Python."""
    copy_repository(folder)
    for path in (folder / "book").glob("*.*"):
        path.unlink()
    (folder / "book" / "index.md").write_text(PAGE.format(), "utf-8")
    (folder / "book" / "references.bib").touch()
    notebook = nbformat.v4.new_notebook(cells=[*CELLS])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
    nbformat.write(notebook, folder / "book" / "one.ipynb")
    toc = "format: jb-book\nroot: book/index\nchapters:\n  - file: book/one\n"
    (folder / "_toc.yml").write_text(toc, "utf-8")
    return folder


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    """A small book, and the environment in which its kernels are found."""
    folder = small_book(tmp_path_factory.mktemp("small") / "李 雷" / "book")
    home = tmp_path_factory.mktemp("home")
    env = environment(home, PYTHONPATH=str(folder), JUPYTER_DATA_DIR=str(home / "jupyter"))
    command = [sys.executable, "-m", "snnbook.kernelspecs", "--user"]
    subprocess.run(command, env=env, cwd=folder, check=True, capture_output=True)
    return folder, env


BUILD = [sys.executable, "tools/build.py"]


def built(book, command=BUILD, **options):
    """Build it; return the exit code and what was said."""
    folder, env = book
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    done = subprocess.run(command, cwd=folder, env=env, **pipes, **options)
    return done.returncode, done.stdout


def whole(folder):
    """Whether the pages and the archive are there, with the notebook's output."""
    text = (folder / "_build" / "html" / "book" / "one.html").read_text("utf-8")
    return "李雷" in text and "snn-explore" in text and (folder / "_build" / "snnbook.zip").exists()


@pytest.mark.sweep
def test_a_book_is_built_without_git_in_another_zone_and_the_c_locale(book, tmp_path):
    folder, env = book
    (tmp_path / "bin").mkdir()
    env = {**env, "PATH": str(tmp_path / "bin"), "TZ": "Pacific/Kiritimati", "LC_ALL": "C"}
    code, said = built((folder, env))
    assert code == 0, said
    assert whole(folder)
    page = (folder / "_build" / "html" / "book" / "one.html").read_text("utf-8")
    assert "Built without git, so the commit is not known." in page


@pytest.mark.sweep
def test_two_builds_at_once(book):
    folder, env = book
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    both = [subprocess.Popen(BUILD, cwd=folder, env=env, **pipes) for _ in range(2)]
    said = [one.communicate(timeout=300)[0] for one in both]
    assert [one.returncode for one in both] == [0, 0], said
    assert sum("Another make works in" in text for text in said) == 1
    assert whole(folder)


@pytest.mark.sweep
@pytest.mark.skipif(os.name == "nt", reason="it sends signals")
def test_a_build_that_was_interrupted_is_made_again(book):
    folder, env = book
    for seconds, sign in ((1, signal.SIGINT), (4, signal.SIGKILL), (8, signal.SIGTERM)):
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        one = subprocess.Popen(BUILD, cwd=folder, env=env, start_new_session=True, **quiet)
        time.sleep(seconds)
        os.killpg(one.pid, sign)
        assert one.wait(60) != 0
    code, said = built(book)
    assert code == 0, said
    assert whole(folder)


@pytest.mark.sweep
@as_root
def test_a_folder_that_cannot_be_written_is_one_sentence(book):
    folder, _ = book
    only_read = f"mount --bind '{folder}' '{folder}'", f"mount -o remount,bind,ro '{folder}'"
    code, said = built(book, apart(BUILD, *only_read, f"cd '{folder}'"))
    assert code == 1
    assert "can't be written" in said
    assert "copy it to a place of your own" in said
    assert "Traceback" not in said


@pytest.mark.sweep
@as_root
@pytest.mark.parametrize("size", ["20m", "260m"])
def test_a_disk_that_fills_up_is_one_sentence(book, tmp_path, size):
    """Too small from the first, and full in the middle: another program takes the rest."""
    folder, _ = book
    place = tmp_path / "disk"
    place.mkdir()
    shell = [f"mount -t tmpfs -o size={size} small '{place}'", f"cp -r '{folder}/.' '{place}'"]
    shell += [f"cd '{place}'", "rm -rf _build"]
    if size == "260m":
        shell += ["(sleep 3; head -c 300000000 /dev/zero > others 2> /dev/null) & true"]
    code, said = built(book, apart(BUILD, *shell))
    assert code == 1
    assert "make room" in said.splitlines()[-1]
    assert Path(place).is_dir()
