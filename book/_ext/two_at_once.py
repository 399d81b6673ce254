"""Run two notebooks at once before the first page is read, which finds their results in the cache.

Sphinx reads one page after the other, and would leave all but one core idle. Each kernel computes
in one thread: two threads that share a core wait for each other actively. A notebook that fails
isn't kept, and fails once more where its page is read, with the words that a build has for that.
"""

from __future__ import annotations

import asyncio
import os
import re
import time
from pathlib import Path
from typing import Any

import nbformat
from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn
from jupyter_cache.cache.main import JupyterCacheBase
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging

AT_ONCE = 2
"""More would not fit into the memory of a small machine."""
LOGGER = logging.getLogger(__name__)


def run_notebooks(app: Sphinx, env: BuildEnvironment, names: list[str]) -> None:
    """Fill the cache from which MyST-NB takes the notebooks that have run."""
    options = env.mystnb_config  # type: ignore[attr-defined]
    if options.execution_mode != "cache":
        return
    cache = get_cache(options.execution_cache_path)
    try:
        fill(cache, env, names)
    finally:
        cache.db.dispose()  # or its file stays open


def fill(cache: JupyterCacheBase, env: BuildEnvironment, names: list[str]) -> None:
    """Run the notebooks that the cache doesn't know, and keep what they print and draw."""
    options = env.mystnb_config  # type: ignore[attr-defined]
    notebooks = {}
    for path in (Path(env.doc2path(name)) for name in sorted(names)):
        if path.suffix == ".ipynb":
            notebook = nbformat.read(path, as_version=4)
            kernel = notebook.metadata.kernelspec
            for pattern, alias in options.kernel_rgx_aliases.items():
                if re.fullmatch(pattern, kernel.name):
                    kernel.name = alias
            if not _is_known(cache, notebook):
                notebooks[path] = notebook

    os.environ.setdefault("OMP_NUM_THREADS", "1")
    for path, seconds in zip(notebooks, asyncio.run(_run(notebooks, options)), strict=True):
        if seconds is not None:
            LOGGER.info("%s ran for %.0f s", path.name, seconds)
            bundle = CacheBundleIn(notebooks[path], str(path), data={"execution_seconds": seconds})
            cache.cache_notebook_bundle(bundle, check_validity=False, overwrite=True)


async def _run(notebooks: dict[Path, nbformat.NotebookNode], options: Any) -> list[float | None]:
    """Run notebooks in place, each in its folder; return how long each took, None if it failed."""
    free = asyncio.Semaphore(AT_ONCE)

    async def run(path: Path) -> float | None:
        async with free:
            start = time.perf_counter()
            where = {"metadata": {"path": str(path.parent)}}
            limit = options.execution_timeout
            client = NotebookClient(
                notebooks[path], timeout=limit, resources=where, record_timing=False
            )
            try:
                await client.async_execute()
            except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
                LOGGER.info("%s failed: %s", path.name, type(error).__name__)
                return None
            return time.perf_counter() - start

    return await asyncio.gather(*map(run, notebooks))


def _is_known(cache: JupyterCacheBase, notebook: nbformat.NotebookNode) -> bool:
    try:
        cache.match_cache_notebook(notebook)
    except KeyError:
        return False
    return True


def setup(app: Sphinx) -> dict[str, Any]:
    """Run the notebooks once it is known which of them are read."""
    app.connect("env-before-read-docs", run_notebooks)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
