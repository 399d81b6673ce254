"""Lock every version that the book is built and tested with, those of indirect needs too.

    python tools/lock.py              after a change of pyproject.toml: the rest stays as it is
    python tools/lock.py --upgrade    the newest versions that pyproject.toml allows

One lock for every platform and every Python that the book knows, with hashes. Only PyTorch stands
in a file of its own without them: its builds, for the CPU and for each CUDA, have one version and
different files. `make lock` runs this in an environment that has uv.
"""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TORCH = "requirements-torch.txt"
LOCKS = {
    "requirements.txt": ["--extra=numba", "--group=book"],
    "requirements-test.txt": [
        *("--extra=numba", "--extra=triton", "--group=book", "--group=test"),
        "--constraint=requirements.txt",
    ],
}
# What a build of PyTorch brings itself, in the versions that it was built with.
BROUGHT = re.compile(r"torch==|cuda-|nvidia-")
HEAD = """\
# Written by `make lock`. {}
"""
HEADS = {
    TORCH: "PyTorch alone, without a hash: each build of it is another file.",
    "requirements.txt": "To read and run the book, all but PyTorch.",
    "requirements-test.txt": "What the tests, the tools and the PDF need in addition.",
}


def compiled(output: str, *arguments: str) -> list[str]:
    """Ask uv for a lock and return its blocks: a requirement, its hashes, who needs it."""
    command = ["uv", "pip", "compile", "--quiet", "--universal", "--python-version=3.11"]
    subprocess.run(
        [*command, "--no-header", f"--output-file={output}", *arguments], cwd=ROOT, check=True
    )
    return re.split(r"^(?=\S)", (ROOT / output).read_text("utf-8"), flags=re.MULTILINE)[1:]


def write(output: str, blocks: list[str]) -> None:
    """Write a lock under its head."""
    (ROOT / output).write_text(HEAD.format(HEADS[output]) + "".join(blocks), "utf-8")


def main(upgrade: list[str]) -> None:
    """Write the three files: first PyTorch's version, then what goes with it."""
    bare = compiled(TORCH, "--no-deps", "--no-annotate", "pyproject.toml", *upgrade)
    write(TORCH, [block for block in bare if block.startswith("torch==")])
    locks: list[dict[str, str]] = []
    for output, arguments in LOCKS.items():
        exact = ["--generate-hashes", f"--constraint={TORCH}", "pyproject.toml"]
        blocks = compiled(output, *exact, *arguments, *upgrade)
        names = {block.split()[0]: block for block in blocks if not BROUGHT.match(block)}
        if "--extra=triton" not in arguments:  # a CUDA build of PyTorch brings it too
            names = {name: names[name] for name in names if not name.startswith("triton==")}
        locks.append(names)
    book, test = locks
    for name in book.keys() & test.keys():
        if book[name].split("\\")[0] != test[name].split("\\")[0]:
            book[name] = test[name]  # the book needs it on some systems, the tests on more
    write("requirements.txt", [*book.values()])
    write("requirements-test.txt", [block for name, block in test.items() if name not in book])


if __name__ == "__main__":
    main([argument for argument in sys.argv[1:] if argument == "--upgrade"])
