"""Rules for every test and every notebook: no network, and no silent fallback to the CPU.

Notebooks run by `pytest --nbmake book/` obey the same rules as the unit tests:

- A connection to another host is an error, in this process and in every notebook kernel.
- On the kernel `snnbook-gpu` each notebook must have used the GPU. Where there is none, it is
  skipped and says why; with the environment variable `SNNBOOK_REQUIRE_GPU=1` that is an error.
- A cell that is meant to raise an error, tagged `raises-exception`, must raise one.
"""

import inspect
import os
import tempfile
from pathlib import Path

import nbformat
import pytest


def forbid_network():
    """Make every connection from this process to another host an error, for good."""
    import ipaddress
    import socket
    import sys

    own = socket.gethostname()  # Jupyter looks up its machine's name
    names = (None, "", b"", "localhost", b"localhost", own, f"{own}.local")

    def is_local(host):
        if host in names:
            return True
        try:
            return ipaddress.ip_address(
                host.decode() if isinstance(host, bytes) else host
            ).is_loopback
        except ValueError:
            return False

    def refuse(event, arguments):
        if event in ("socket.connect", "socket.sendto", "socket.sendmsg"):
            address = arguments[1]
            # A path in the file system (a Unix socket), or none (a connected one), is local.
            host = address[0] if isinstance(address, tuple) else None
        elif event in ("socket.getaddrinfo", "socket.gethostbyname"):
            host = arguments[0]
        else:
            return
        if not is_local(host):
            raise RuntimeError(f"tests and notebooks run without network; {event} to {host!r}")

    sys.addaudithook(refuse)


GUARD = """
import torch
assert torch.cuda.max_memory_allocated() > 0, "this notebook never used the GPU"
"""


DEPRECATED = "ignore::DeprecationWarning"  # as `pytest -W` takes it, and for the notebooks:
IGNORED = "warnings.simplefilter('ignore', DeprecationWarning)"


def on_gpu_kernel(config):
    """Return whether the notebooks run on the kernel `snnbook-gpu`."""
    return config.getoption("nbmake", False) and config.getoption("nbmake_kernel") == "snnbook-gpu"


def pytest_configure(config):
    """Lay the rules on this process and on every notebook kernel that it starts."""
    forbid_network()

    # IPython runs the files of its startup folder in each new kernel. A folder of our own also
    # keeps the reader's personal IPython settings out of the tests.
    folder = tempfile.TemporaryDirectory(prefix="snnbook-ipython-")
    startup = Path(folder.name, "profile_default", "startup")
    startup.mkdir(parents=True)
    (startup / "no_network.py").write_text(
        f"{inspect.getsource(forbid_network)}\nforbid_network()\ndel forbid_network\n"
        # What the book shows as good makes no library warn, those included that Jupyter hides.
        "import warnings\nwarnings.filterwarnings('error', module=r'(matplotlib|numpy|torch)\\b')\n"
        # With other versions libraries may use of each other what is deprecated by now.
        f"{IGNORED if DEPRECATED in (config.getoption('pythonwarnings') or []) else ''}\n"
        "del warnings\n"
    )
    os.environ["IPYTHONDIR"] = folder.name
    config.add_cleanup(folder.cleanup)

    # Compiled kernels stay in the repository, and `make clean` removes them.
    os.environ.setdefault("SNNBOOK_CACHE", str(config.rootpath / ".pytest_cache" / "kernels"))

    if config.getoption("nbmake", False):
        guarded = on_gpu_kernel(config)
        if guarded and config.getoption("overwrite"):
            raise pytest.UsageError("--overwrite would write the GPU guard into the notebooks")
        import nbmake.nb_run

        nbmake.nb_run.NotebookClient = strict_client(nbmake.nb_run.NotebookClient, guarded)


def strict_client(client, guarded):
    """Return a kind of `client` that checks what a run of a notebook did.

    Args:
        client: nbclient's class, which runs a notebook.
        guarded: run the guard of the GPU as the notebook's last cell.
    """

    class StrictClient(client):
        """Runs a notebook; complains of cells that didn't raise the error they promise."""

        def __init__(self, nb, **options):
            if guarded:
                nb.cells.append(nbformat.v4.new_code_cell(GUARD.strip()))
            super().__init__(nb, **options)

        def execute(self, **options):
            done = super().execute(**options)
            for cell in done.cells:
                promised = "raises-exception" in cell.metadata.get("tags", [])
                if promised and all(o.output_type != "error" for o in cell.outputs):
                    raise AssertionError(
                        f"cell {cell.id} is tagged raises-exception but raised no error"
                    )
            return done

    return StrictClient


def pytest_runtest_setup(item):
    """Skip a notebook that asks for a GPU where there is none, or fail it where that is asked."""
    if getattr(item, "nbmake", False) and on_gpu_kernel(item.config):
        import torch

        if not torch.cuda.is_available():
            reason = "the kernel snnbook-gpu needs a GPU, and torch sees none"
            if os.environ.get("SNNBOOK_REQUIRE_GPU") == "1":
                pytest.fail(reason)
            pytest.skip(reason)
