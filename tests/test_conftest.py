"""The rules of the two conftest.py hold: no network, no silent fallback, no page left unseen."""

import contextlib
import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from snnbook import kernelspecs

CONFTEST = Path(__file__).parents[1] / "conftest.py"
# Addresses that are reserved for examples: no machine has them.
OUTSIDE = [("192.0.2.1", 9), ("host.invalid", 9), ("2001:db8::1", 9)]


@pytest.mark.parametrize("address", OUTSIDE)
def test_a_connection_to_another_host_is_an_error(address):
    with pytest.raises(RuntimeError, match="run without network") as error:
        socket.create_connection(address, timeout=1)
    assert address[0] in str(error.value)


def test_a_datagram_to_another_host_is_an_error():
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender,
        pytest.raises(RuntimeError, match="run without network"),
    ):
        sender.sendto(b"hello", OUTSIDE[0])


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_this_machine_may_be_reached(host):
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.create_connection((host, server.getsockname()[1]), timeout=5),
    ):
        server.accept()[0].close()


def test_this_machine_may_ask_for_its_own_name():
    # Older versions of Jupyter do, before the first cell runs. No network need know the name.
    with contextlib.suppress(socket.gaierror):
        assert socket.gethostbyname_ex(socket.gethostname())[0]


@pytest.fixture
def run_notebook(tmp_path):
    """Run one notebook in a project that has this conftest.py and a torch that pretends."""
    kernelspecs.install(tmp_path / "env")
    (tmp_path / "conftest.py").write_text(CONFTEST.read_text())

    def run(cell, *options, tags=(), gpu=False, memory=0, **environment):
        notebook = nbformat.v4.new_notebook(
            cells=[nbformat.v4.new_code_cell(cell, metadata={"tags": list(tags)})],
            metadata={"kernelspec": {"name": "python3", "display_name": "", "language": "python"}},
        )
        nbformat.write(notebook, tmp_path / "chapter.ipynb")
        (tmp_path / "torch.py").write_text(
            "class cuda:\n"
            f"    is_available = staticmethod(lambda: {gpu})\n"
            f"    max_memory_allocated = staticmethod(lambda: {memory})\n"
        )
        environment = {
            **{k: v for k, v in os.environ.items() if k != "SNNBOOK_REQUIRE_GPU"},
            "JUPYTER_PATH": str(tmp_path / "env" / "share" / "jupyter"),
            "PYTHONPATH": str(tmp_path),
            **environment,
        }
        return subprocess.run(
            [sys.executable, "-m", "pytest", "-ra", "--nbmake", *options, "chapter.ipynb"],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            timeout=120,
        )

    return run


ON_GPU = "--nbmake-kernel=snnbook-gpu"


def test_a_notebook_has_no_network_either(run_notebook):
    fetch = "import socket\nsocket.create_connection(('192.0.2.1', 9), timeout=1)"
    done = run_notebook(fetch)
    assert done.returncode == 1
    assert "tests and notebooks run without network" in done.stdout


def test_without_a_gpu_a_notebook_is_skipped_and_says_why(run_notebook):
    done = run_notebook("1 / 0", ON_GPU)
    assert done.returncode == 0
    assert "1 skipped" in done.stdout
    assert "the kernel snnbook-gpu needs a GPU, and torch sees none" in done.stdout


def test_without_a_gpu_that_is_required_a_notebook_is_an_error(run_notebook):
    done = run_notebook("pass", ON_GPU, SNNBOOK_REQUIRE_GPU="1")
    assert done.returncode == 1
    assert "1 error" in done.stdout
    assert "the kernel snnbook-gpu needs a GPU, and torch sees none" in done.stdout


def test_a_notebook_that_used_the_gpu_passes(run_notebook):
    check = "import os\nassert os.environ['SNNBOOK_DEVICE'] == 'cuda'"
    done = run_notebook(check, ON_GPU, gpu=True, memory=512)
    assert done.returncode == 0, done.stdout
    assert "1 passed" in done.stdout


def test_a_notebook_that_never_used_the_gpu_fails(run_notebook):
    done = run_notebook("pass", ON_GPU, gpu=True, memory=0)
    assert done.returncode == 1
    assert "this notebook never used the GPU" in done.stdout


def test_the_guard_is_never_written_into_a_notebook(run_notebook):
    done = run_notebook("pass", ON_GPU, "--overwrite", gpu=True, memory=512)
    assert done.returncode != 0
    assert "--overwrite would write the GPU guard into the notebooks" in done.stderr


@pytest.mark.parametrize(("cell", "passes"), [("1 / 0", True), ("1 / 1", False)])
def test_a_cell_that_promises_an_error_must_raise_it(run_notebook, cell, passes):
    done = run_notebook(cell, tags=["raises-exception"])
    assert (done.returncode == 0) is passes
    assert ("is tagged raises-exception but raised no error" in done.stdout) is not passes


@pytest.mark.parametrize(
    ("required", "summary"),
    [pytest.param("", "1 skipped", marks=pytest.mark.sweep), ("1", "1 error")],
)
def test_without_a_browser_a_page_is_skipped_or_an_error_and_says_what_to_do(
    tmp_path, required, summary
):
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "tests/test_pages.py", "-k", "the_first_page"],
        cwd=CONFTEST.parent,
        env={
            **os.environ,
            "PATH": str(tmp_path),
            "PLAYWRIGHT_BROWSERS_PATH": str(tmp_path),
            "SNNBOOK_REQUIRE_BROWSER": required,
        },
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert summary in done.stdout
    # Where the driver itself doesn't run, that is named first.
    assert re.search(r"apt-get install (chromium|libatomic1)", done.stdout)
    assert done.returncode == (1 if required else 0)
