"""A browser, and the built book to look at with it.

`make book` builds the pages. A test that needs them, or a browser, is skipped where they are
missing and says so; with the environment variable `SNNBOOK_REQUIRE_BROWSER=1` that is an error.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import serve
import torch
from browser import ARGUMENTS, NoBrowserError, driver, find_browser

HTML = Path(__file__).parents[1] / "_build" / "html"


@pytest.fixture(autouse=True)
def _threads_of_torch():
    """Give torch its number of threads back after a test; a chapter's own cells change it."""
    threads = torch.get_num_threads()
    yield
    torch.set_num_threads(threads)


def missing(reason):
    """Skip the test, or fail it where `SNNBOOK_REQUIRE_BROWSER=1` asks for that."""
    if os.environ.get("SNNBOOK_REQUIRE_BROWSER") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="module")
def chromium():
    """Chromium without a window: a Playwright `Browser`, closed at the end of the module.

    Not for the whole session: as long as Playwright runs, so does its event loop in this thread,
    and the notebooks that pytest runs later need a loop of their own.
    """
    try:
        with driver() as playwright:
            path = find_browser(playwright.chromium.executable_path)
            browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
            yield browser
            browser.close()
    except NoBrowserError as error:
        missing(str(error))


@pytest.fixture(scope="module")
def site():
    """The built book on a local server, with the policy of README: its address."""
    if not (HTML / "index.html").exists():
        missing("the book is not built; `make book` builds it")
    # A process of its own: where coverage is measured, threads that begin at once are in each
    # other's way.
    command = [sys.executable, serve.__file__, str(HTML)]
    quiet = {"stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, text=True, **quiet) as server:
        yield server.stdout.readline().strip()
        server.terminate()
