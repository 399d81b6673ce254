"""Where Chromium is, and what drives it: one answer for the tests and for the tools."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
# Chromium shows what it is told to show, and calls nobody of its own accord.
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
MISSING = (
    f"no browser: none of {', '.join(NAMES)} is on the PATH. Install Chromium: "
    "apt-get install chromium (Debian), or .venv/bin/playwright install chromium"
)


class NoBrowserError(Exception):
    """No browser can be looked at here; the message says why and what to do."""


@cache
def driver_fault() -> str | None:
    """Return why Playwright's driver doesn't run on this machine, or None; it is asked once."""
    command = [sys.executable, "-m", "playwright", "--version"]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode == 0:
        return None
    said = (done.stderr or done.stdout).strip() or f"exit code {done.returncode}"
    return (
        f"no browser: the driver that Playwright brings does not run ({said.splitlines()[-1]}). "
        "Install the library that it names; on a slim Debian: apt-get install libatomic1"
    )


@contextmanager
def driver() -> Iterator["Playwright"]:
    """Playwright, running; `NoBrowserError` where its driver can't."""
    if fault := driver_fault():
        raise NoBrowserError(fault)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        yield playwright


def find_browser(downloaded: str) -> str:
    """Return the path of Chromium: the system's, or else the one that Playwright downloaded.

    Args:
        downloaded: where Playwright would put its own, `playwright.chromium.executable_path`.

    Raises:
        NoBrowserError: there is neither.
    """
    system = next(filter(None, map(shutil.which, NAMES)), None)
    if system is None and not Path(downloaded).exists():
        raise NoBrowserError(MISSING)
    return system or downloaded
