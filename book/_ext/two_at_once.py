"""Run two notebooks at once before the first page is read, which finds their results in the cache.

Sphinx reads one page after the other, and would leave all but one core idle. Each kernel computes
in one thread: two threads that share a core wait for each other actively. A notebook that fails
isn't kept, and fails once more where its page is read, with the words that a build has for that.
"""

from __future__ import annotations

import os
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import nbformat
from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn
from jupyter_cache.executors.utils import single_nb_execution
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging

AT_ONCE = 2
"""More would not fit into the memory of a small machine."""
LOGGER = logging.getLogger(__name__)


def run_notebooks(app: Sphinx, env: BuildEnvironment, names: list[str]) -> None:
    """Fill the cache from which MyST-NB takes the notebooks that have run."""
    options = env.mystnb_config  # type: ignore[attr-defined]
    cache = get_cache(options.execution_cache_path)

    def run(path: Path) -> tuple[Path, nbformat.NotebookNode, Any]:
        notebook = nbformat.read(path, as_version=4)
        kernel = notebook.metadata.kernelspec
        for pattern, alias in options.kernel_rgx_aliases.items():
            if re.fullmatch(pattern, kernel.name):
                kernel.name = alias
        limit = options.execution_timeout
        done = single_nb_execution(notebook, str(path.parent), limit, allow_errors=False)
        return path, notebook, done

    paths = [Path(env.doc2path(name)) for name in sorted(names)]
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for path, notebook, done in pool.map(run, [p for p in paths if p.suffix == ".ipynb"]):
            LOGGER.info("%s ran for %.0f s", path.name, done.time)
            if not done.err:
                bundle = CacheBundleIn(notebook, str(path), data={"execution_seconds": done.time})
                cache.cache_notebook_bundle(bundle, check_validity=False, overwrite=True)


def setup(app: Sphinx) -> dict[str, Any]:
    """Run the notebooks once it is known which of them are read."""
    app.connect("env-before-read-docs", run_notebooks)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
