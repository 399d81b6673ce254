"""The repository's public address: kept in the file ADDRESS, written from there everywhere else.

    python tools/address.py https://forge.example/owner/snnbook    set it
    python tools/address.py --unset                                unset it
    python tools/address.py                                        rewrite the derived places
    python tools/address.py --check                                only say whether they agree

Derived are the blocks between "address NAME" and "/address" comments in the files of BLOCKS,
and the first code cell of every notebook that imports snnbook. Needs nothing but Python.
"""

import argparse
import json
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
ADDRESS = ROOT / "ADDRESS"
BRANCH = "main"
COLAB = "https://colab.research.google.com"  # opens notebooks that lie on GitHub only
GITHUB = "https://github.com/"

INSTALL = """\
# Where snnbook is missing, as on Colab, install it from the book's own repository.
import importlib.util
import subprocess
import sys

ADDRESS = "{address}"

if importlib.util.find_spec("snnbook") is None:
    if not ADDRESS:
        raise ModuleNotFoundError(
            "snnbook is not installed, and this book has no public address to install it from. "
            "Run `pip install .` in the book's folder, then restart the kernel."
        )
    subprocess.run([sys.executable, "-m", "pip", "install", f"git+{{ADDRESS}}"], check=True)
    importlib.invalidate_caches()
    importlib.import_module("snnbook")
"""


def notebooks() -> list[Path]:
    """The chapters on disk."""
    return sorted((ROOT / "book").glob("*.ipynb"))


def source(cell: dict[str, Any]) -> str:
    """A cell's text: the format allows one string or a list of lines."""
    return "".join(cell["source"])


def needs_package(cell: dict[str, Any]) -> bool:
    """Whether a code cell imports snnbook."""
    imports = re.search(r"^\s*(from|import) snnbook\b", source(cell), re.MULTILINE)
    return cell["cell_type"] == "code" and imports is not None


def title(path: Path) -> str:
    """A chapter's title: the heading in its first line."""
    return source(json.loads(path.read_text("utf-8"))["cells"][0]).splitlines()[0].lstrip("# ")


def with_install_cell(notebook: dict[str, Any], address: str) -> dict[str, Any]:
    """The notebook with the install cell after its title, where it imports snnbook at all."""
    cells = [cell for cell in notebook["cells"] if cell["id"] != "install"]
    if any(map(needs_package, cells)):
        cell = {
            "cell_type": "code",
            "execution_count": None,
            "id": "install",
            "metadata": {"tags": ["remove-cell"]},
            "outputs": [],
            "source": INSTALL.format(address=address).rstrip().splitlines(keepends=True),
        }
        cells.insert(1, cell)
    return notebook | {"cells": cells}


def badge(address: str) -> str:
    """README: the state of the tests, where the forge draws it."""
    tests = f"{address}/actions/workflows/test.yml"
    return f"[![tests]({tests}/badge.svg)]({tests})" if address.startswith(GITHUB) else ""


def clone(address: str) -> str:
    """README: how to get the repository."""
    return f"```\ngit clone {address}\ncd {address.rsplit('/', 1)[1]}\n```" if address else ""


def colab(address: str) -> str:
    """README: the chapters on Colab."""
    if not address.startswith(GITHUB):
        return "The chapters have no address that Colab can open. `make address URL=…` sets one."
    view = f"{COLAB}/github/{address.removeprefix(GITHUB)}/blob/{BRANCH}"
    return "\n".join(f"- [{title(path)}]({view}/book/{path.name})" for path in notebooks())


def repository(address: str) -> str:
    """_config.yml: where the book's notebooks lie, and Colab's button."""
    if not address.startswith(GITHUB):
        return ""
    return (
        f"repository:\n  url: {address}\n  branch: {BRANCH}\nlaunch_buttons:\n  colab_url: {COLAB}"
    )


def button(address: str) -> str:
    """_config.yml, under html: the button that leads to the repository."""
    return "  use_repository_button: true" if address.startswith(GITHUB) else ""


def citation(address: str) -> str:
    """CITATION.cff: where the work can be found."""
    return f"repository-code: {address}" if address else ""


def urls(address: str) -> str:
    """pyproject.toml: the package's home."""
    return f'[project.urls]\nRepository = "{address}"' if address else ""


BLOCKS: dict[str, list[Callable[[str], str]]] = {
    "README.md": [badge, clone, colab],
    "CITATION.cff": [citation],
    "_config.yml": [repository, button],
    "pyproject.toml": [urls],
}


def with_block(text: str, name: str, content: str) -> str:
    """The text with the one block of that name filled anew."""
    block = re.compile(
        rf"^(?P<open>[ ]*(?:#|<!--) address {name}\b.*\n)"
        r"(?:.*\n)*?(?P<close>[ ]*(?:#|<!--) /address\b)",
        re.MULTILINE,
    )
    if len(block.findall(text)) != 1:
        raise ValueError(f'needs one block "address {name}" … "/address" in comments')
    lines = content + "\n" if content else ""
    return block.sub(lambda match: match["open"] + lines + match["close"], text)


def derived(address: str) -> Iterator[tuple[Path, str, str]]:
    """Every file that carries the address: its path, its text, and what its text should be."""
    for name, blocks in BLOCKS.items():
        path = ROOT / name
        text = wanted = path.read_text("utf-8")
        for block in blocks:
            try:
                wanted = with_block(wanted, block.__name__, block(address))
            except ValueError as fault:
                raise ValueError(f"{name} {fault}") from fault
        yield path, text, wanted
    for path in notebooks():
        text = path.read_text("utf-8")
        notebook = json.loads(text)
        wanted = with_install_cell(notebook, address)
        if wanted == notebook:
            yield path, text, text
        else:  # written as Jupyter itself writes notebooks
            form = json.dumps(wanted, indent=1, ensure_ascii=False, sort_keys=True)
            yield path, text, form + "\n"


def cleaned(url: str) -> str:
    """An https address without a trailing slash or .git."""
    address = url.rstrip("/").removesuffix(".git")
    if not re.fullmatch(r"https://[\w.:-]+(/[\w.~-]+){2,}", address):
        raise argparse.ArgumentTypeError(f"{url!r} is not like https://forge.example/owner/snnbook")
    return address


def main() -> int:
    """Set, unset, refresh or check, as asked on the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    action = parser.add_mutually_exclusive_group()
    action.add_argument("address", nargs="?", type=cleaned, metavar="URL")
    action.add_argument("--unset", action="store_true")
    action.add_argument("--check", action="store_true")
    options = parser.parse_args()
    kept = "" if options.unset else ADDRESS.read_text("utf-8").strip()
    address = options.address or kept
    stale = [(path, wanted) for path, text, wanted in derived(address) if text != wanted]
    if options.check:
        for path, _ in stale:
            print(f"{path.relative_to(ROOT)} disagrees with the file ADDRESS: run `make address`")
        return int(bool(stale))
    ADDRESS.write_text(f"{address}\n" if address else "", "utf-8")
    for path, wanted in stale:
        path.write_text(wanted, "utf-8")
        print(f"{path.relative_to(ROOT)} rewritten")
    print(f"The address is {address}" if address else "The address is not set")
    return 0


if __name__ == "__main__":
    sys.exit(main())
