"""Run every notebook and build the book; `make book` calls it.

    python tools/build.py

It starts from nothing each time: Jupyter Book's cache knows the notebooks' code, not the
package's. Two at once wait for each other.
"""

import shutil
import subprocess
import sys
from pathlib import Path

import pack
import workplace

ROOT = workplace.ROOT
BUILD = ROOT / "_build"
# With what a build needs of temporary room; the pages themselves are a tenth of it.
ROOM = workplace.GB // 5


def main() -> int:
    """Build the book, pack it, and say where it is."""
    with workplace.alone():
        workplace.need(ROOT, ROOM, "A build of the book")
        if BUILD.exists():
            shutil.rmtree(BUILD)
        tool = Path(sys.executable).with_name("jupyter-book")
        done = subprocess.run([tool, "build", ".", "-W", "--keep-going", "-n"], cwd=ROOT)
        if done.returncode:
            if workplace.free(ROOT) < ROOM // 10:
                print(workplace.full(ROOT), file=sys.stderr)
            return done.returncode
        print(f"The book is at {BUILD / 'html' / 'index.html'}")
        return pack.main()


if __name__ == "__main__":
    sys.exit(main())
