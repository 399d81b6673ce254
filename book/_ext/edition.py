"""Say at the foot of each page which version of the book it is, and from which commit it was made.

The version is the package's, the commit is git's when the build starts.
"""

from __future__ import annotations

import subprocess
from importlib.metadata import version
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.config import Config


def git(folder: Path, *arguments: str) -> str:
    """Return what git answers about a folder.

    Raises:
        FileNotFoundError: git is not installed.
        subprocess.CalledProcessError: git does not know the folder.
    """
    command = ["git", "-C", str(folder), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def edition(folder: Path, *, anew: bool) -> str:
    """Return the sentence about the commit.

    Args:
        folder: The root of the book's repository.
        anew: Whether this build runs all notebooks itself, and takes no outputs of an earlier one.
    """
    try:
        # A copy without a history of its own may lie within some other repository.
        if Path(git(folder, "rev-parse", "--show-toplevel")).resolve() != folder.resolve():
            return "Built outside its git repository, so the commit is not known."
        commit = git(folder, "log", "-1", "--format=%h of %cs")
        changed = git(folder, "status", "--porcelain", "--untracked-files=no")
    except FileNotFoundError:
        return "Built without git, so the commit is not known."
    except subprocess.CalledProcessError:
        return "Built outside a git repository, so the commit is not known."
    made = "Executed and built" if anew else "Built, in part from the outputs of an earlier run,"
    return f"{made} at commit {commit}{', with changes since then' if changed else ''}."


def tell_templates(app: Sphinx, config: Config) -> None:
    """Give the version and the sentence to the page templates."""
    # MyST-NB keeps what the notebooks answered beside the pages.
    cache = Path(app.outdir).parent / ".jupyter_cache"
    config.html_context["snnbook_version"] = version("snnbook")
    config.html_context["edition"] = edition(Path(app.confdir), anew=not cache.exists())


def setup(app: Sphinx) -> dict[str, Any]:
    """Look at git when the build starts."""
    app.connect("config-inited", tell_templates)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
