"""Make the environment that the book is read and run with, or tested with.

    python tools/environment.py           to build, read and run the book
    python tools/environment.py --test    and what the tests, the tools and the PDF need

    --torch=auto     the CPU build of PyTorch where there is no NVIDIA GPU and pip can reach one
    --torch=cpu      the CPU build
    --torch=default  the build that pip finds by itself; on Linux it brings CUDA
    --torch=PLACE    the CPU build from this index or this folder of wheels

The versions are those of requirements*.txt, to the last hash, but for PyTorch's builds. Nothing
is done where the environment is there already. An interrupted one is made again from nothing.
Needs nothing but Python: this is what `make` runs first.
"""

import argparse
import hashlib
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

import workplace

ROOT = workplace.ROOT
OLDEST, NEWEST = (3, 11), (3, 14)  # pyproject.toml names the same
CPU_INDEX = "https://download.pytorch.org/whl/cpu"

# What an environment is made of: where one of these changes, it is brought up to date.
LOCKS = {"book": ["pyproject.toml", "requirements-torch.txt", "requirements.txt"]}
LOCKS["test"] = [*LOCKS["book"], "requirements-test.txt"]

# Measured with tools/fresh_root.py: GB to download and in .venv, with the book's other needs.
SIZES = {"cpu": (0.4, 1.9), "cuda": (3.0, 5.8), "test": (0.3, 1.0)}


def check_python(version=sys.version_info[:2]):
    """Refuse a Python that is too old; warn of one that the book was never tried with."""
    ours, least, most = (".".join(map(str, v)) for v in (version, OLDEST, NEWEST))
    other = f"Choose another one: make PYTHON=python{most} ..."
    if tuple(version) < OLDEST:
        raise SystemExit(
            f"snnbook needs Python {least} or newer, and {sys.executable} is {ours}. {other}"
        )
    if tuple(version) > NEWEST:
        print(
            f"Warning: Python {ours} is newer than any that snnbook was tried with ({least} to "
            f"{most}). If a package can't be installed: {other}",
            file=sys.stderr,
        )


def has_nvidia_gpu():
    """Return whether this machine has the driver of an NVIDIA GPU."""
    return bool(shutil.which("nvidia-smi")) or Path("/proc/driver/nvidia/version").exists()


def brings_cuda():
    """Return whether the PyTorch that pip finds by itself brings CUDA on this machine."""
    return sys.platform == "linux" and platform.machine() in ("x86_64", "aarch64")


class Environment:
    """A virtual environment in a folder, and what it was made of.

    Args:
        folder: where it is.
        torch: which build of PyTorch: auto, cpu, default, or a place.
    """

    def __init__(self, folder, torch="auto"):
        self.folder = folder
        self.torch = torch
        self.python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")

    def stamp(self, group):
        """Return the file that is there where a group, book or test, is complete."""
        return self.folder / f".complete-{group}"

    def made_of(self, group):
        """Return what a complete group is made of: the Python, and a digest of its locks."""
        text = "".join((ROOT / name).read_text("utf-8") for name in LOCKS[group])
        return f"{sys.version}\n{hashlib.sha256(text.encode()).hexdigest()}\n"

    def is_complete(self, group):
        """Return whether nothing has to be done."""
        stamp = self.stamp(group)
        if not stamp.is_file():
            return False
        made, _, torch = stamp.read_text("utf-8").rpartition("torch: ")
        return made == self.made_of(group) and self.torch in ("auto", torch.strip())

    def pip(self, *arguments, **options):
        """Run pip in the environment and return whether it could."""
        command = [str(self.python), "-m", "pip", "--disable-pip-version-check", *arguments]
        return subprocess.run(command, cwd=str(ROOT), **options).returncode == 0

    def install(self, *arguments):
        """Install; where pip can't, end with one sentence, after pip's own words."""
        if not self.pip("install", *arguments):
            if workplace.free(self.folder) < workplace.GB // 10:
                raise SystemExit(workplace.full(self.folder))
            raise SystemExit(
                "pip could not install (its words are above); often the network is the reason. "
                "Run the same command again when that is mended."
            )

    def choose_torch(self):
        """Return the requirement of PyTorch, and the options with which pip finds it."""
        lock = (ROOT / "requirements-torch.txt").read_text("utf-8").splitlines()
        (torch,) = (line.strip() for line in lock if line.startswith("torch=="))
        if self.torch == "default" or not brings_cuda():
            return torch, []
        if self.torch == "auto" and has_nvidia_gpu():
            print("An NVIDIA GPU is here, so PyTorch comes with CUDA. Without: make TORCH=cpu ...")
            return torch, []
        cpu = f"{torch}+cpu"
        place = CPU_INDEX if self.torch in ("auto", "cpu") else self.torch
        kind = "--find-links" if Path(place).is_dir() else "--extra-index-url"
        options = [kind, place, "--no-deps", "--retries=1", "--timeout=20"]
        print(f"Looking for a CPU build of PyTorch in {place} ...", flush=True)
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        if self.pip("install", "--dry-run", *options, cpu, **quiet):
            return cpu, options
        fault = f"pip reaches no CPU build of PyTorch ({cpu} in {place})."
        download, disk = SIZES["cuda"]
        if self.torch == "auto":
            print(f"{fault} So it takes the one with CUDA. The other way: stop this with Ctrl-C,")
            print("then make TORCH=PLACE ..., an index or a folder of wheels that has it.")
            return torch, []
        raise SystemExit(
            f"{fault} Name another index or folder of wheels, make TORCH=PLACE ..., or take the "
            f"build with CUDA, make TORCH=default ... ({download} GB to download, {disk} GB on "
            "the disk)."
        )

    def begin(self):
        """Make the bare environment, unless a complete one is there to be brought up to date."""
        stamp = self.stamp("book")
        made = stamp.read_text("utf-8") if stamp.is_file() else ""
        for each in map(self.stamp, LOCKS):
            each.unlink(missing_ok=True)
        if made.startswith(sys.version) and self.torch in (
            "auto",
            made.rpartition(": ")[2].strip(),
        ):
            return
        print(f"Making the environment {self.folder}.", flush=True)
        # Debian's own words say which of its packages is missing where venv can't.
        command = [sys.executable, "-m", "venv", "--clear", str(self.folder)]
        if subprocess.run(command).returncode:
            raise SystemExit("Python's module venv could not make the environment (see above).")

    def announce(self, size):
        """Say how much is downloaded and stored, before it is; stop where there is no room."""
        download, disk = SIZES[size]
        print(f"To download: about {download} GB. On the disk: about {disk} GB.", flush=True)
        workplace.need(self.folder, disk * workplace.GB, "The environment")

    def install_book(self):
        """Install what the book needs; the build of PyTorch is the user's choice."""
        self.begin()
        torch, options = self.choose_torch()
        self.announce("cpu" if options or not brings_cuda() else "cuda")
        self.install("--no-deps", "--require-hashes", "--requirement=requirements.txt")
        self.install(*options, torch)
        self.install("--no-deps", "--no-build-isolation", "--editable=.")

    def install_test(self):
        """Install what the tests need in addition."""
        print("The tests' tools.", end=" ")
        self.announce("test")
        self.install("--no-deps", "--require-hashes", "--requirement=requirements-test.txt")

    def make(self, group):
        """Make what a group needs, where it isn't there; test includes book.

        A stamp is there only while all is well: an interrupted environment has none, and the next
        run makes it from nothing.
        """
        if self.is_complete(group):
            return
        if group == "test":
            self.make("book")
        before = self.stamp("book")
        kept = before.with_suffix(".kept") if group == "test" else None
        if kept:
            before.replace(kept)
        getattr(self, f"install_{group}")()
        if kept:
            kept.replace(before)  # with its old time: what was made of it stays
        self.stamp(group).write_text(f"{self.made_of(group)}torch: {self.torch}\n", "utf-8")


def main(arguments=None):
    """Make the environment that was asked for."""
    check_python()
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--test", action="store_true", help="what the tests need, too")
    parser.add_argument("--torch", default="auto", help="auto, cpu, default, or a place")
    parser.add_argument("--venv", default=".venv", type=Path, help="its folder")
    asked = parser.parse_args(arguments)
    with workplace.alone():
        Environment(ROOT / asked.venv, asked.torch).make("test" if asked.test else "book")


if __name__ == "__main__":
    main()
