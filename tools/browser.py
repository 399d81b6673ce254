"""Where Chromium is: one answer for the tests and for the tools."""

import shutil
from pathlib import Path

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


def find_browser(downloaded: str) -> str | None:
    """Return the path of Chromium: the system's, or else the one that Playwright downloaded.

    Args:
        downloaded: where Playwright would put its own, `playwright.chromium.executable_path`.
    """
    system = next(filter(None, map(shutil.which, NAMES)), None)
    return system or (downloaded if Path(downloaded).exists() else None)
