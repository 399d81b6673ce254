"""Try README's commands as a stranger would: in a bare root of Debian, as a new user.

    python tools/fresh_root.py stable                 all steps, in a root made for it
    python tools/fresh_root.py testing --steps cheap,book
    python tools/fresh_root.py unstable --at /srv/root --steps test

The root is made with debootstrap. In it is what README names as needed, installed with the line
that README has, a user, and a clone of this repository's last commit. The steps:

    cheap   `pip install .` in an environment of its own, `import snnbook`, the tests of the package
    book    README's first command, as written
    faults  README's first command again, on a machine with a fault: see FAULTS
    test    README's second command, as written

Each is timed and weighed. Where the script may not run, it says why and ends well: it needs root,
debootstrap, unshare, and a mirror (--mirror, or the one of this machine's apt).
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

import other_versions

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text("utf-8")
USER, HOME = "reader", "home/reader"
CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
CHEAP = f"""
python3 -m venv ~/own
~/own/bin/pip install --quiet .
rm -rf ~/alone && mkdir ~/alone && cd ~/alone
~/own/bin/python -c 'import snnbook, torch; print(snnbook.__version__, torch.__version__)'
cp -r ~/snnbook/tests ~/snnbook/conftest.py ~/snnbook/pyproject.toml ~/snnbook/tools .
~/own/bin/pip install --quiet {" ".join(other_versions.TOOLS)} numba
~/own/bin/python -m pytest -q -p no:cacheprovider {" ".join(other_versions.TESTS)}
"""

SMALL, HARD = f"{HOME}/small", f"{HOME}/李 雷/snn book"


class Fault(NamedTuple):
    """A fault of a machine, and what must come of the commands all the same."""

    said: str  # what the last of the output says
    commands: str = "make book"
    mounts: str = ":"  # what root does before; $0 is the folder of the root
    network: bool = True
    code: int = 0


FAULTS = {
    "no network, no git, another time zone, the C locale": Fault(
        "The book is at",
        "export TZ=Pacific/Kiritimati LC_ALL=C LANG=C; make book",
        "mount --bind /dev/null $0/usr/bin/git",
        network=False,
    ),
    "a checkout that can't be written": Fault(
        "can't be written (Read-only file system): copy it to a place of your own",
        mounts=f"mount --bind $0/{HOME}/snnbook $0/{HOME}/snnbook; "
        f"mount -o remount,bind,ro $0/{HOME}/snnbook",
        code=2,
    ),
    "a disk without room": Fault(
        "make room there",
        f"git clone -q ~/snnbook /{SMALL}/snnbook; cd /{SMALL}/snnbook; make book",
        f"mkdir -p $0/{SMALL}; mount -t tmpfs -o size=300m,mode=777 small $0/{SMALL}",
        code=2,
    ),
    "two at once": Fault("The book is at", "make book & make book; wait $!"),
    "interrupted, in a home with a space and Chinese characters": Fault(
        "The book is at",
        f'export HOME=\'/{Path(HARD).parent}\'; rm -rf "$HOME"; mkdir -p "$HOME"; '
        f"git clone -q /{HOME}/snnbook '/{HARD}'; cd '/{HARD}'; "
        "for s in 3 30 90; do timeout -s INT $s make book || true; done; "
        "timeout -s KILL 150 make book || true; make book; timeout -s INT 20 make book || true; "
        "timeout -s KILL 40 make book || true; make book",
    ),
}


def skip(reason):
    """Say why nothing can be tried here, and end well."""
    print(f"SKIPPED: {reason}")
    raise SystemExit(0)


def apt_mirror():
    """Return the mirror that this machine's apt uses for Debian, or None."""
    printed = subprocess.run(
        ["apt-get", "indextargets", "--format", "$(REPO_URI)"], capture_output=True, text=True
    ).stdout
    return next((line for line in printed.split() if line.rstrip("/").endswith("/debian")), None)


def needs():
    """Return the packages of Debian that README names, from the line that a reader types."""
    (packages,) = re.findall(r"^On Debian: `apt-get install ([a-z0-9 -]+)`", README, re.MULTILINE)
    return packages.split()


def two_commands():
    """Return README's two commands."""
    return re.search(r"```\n(make book)\n(make test)\n```", README).groups()


class Bare:
    """A bare root in a folder."""

    def __init__(self, folder, torch):
        self.folder = folder
        self.torch = torch

    def make(self, suite, mirror):
        """Make it: a minimal Debian, what README names, a user, this machine's certificates."""
        subprocess.run(
            ["debootstrap", "--variant=minbase", suite, self.folder, mirror],
            check=True,
            stdout=subprocess.DEVNULL,
        )
        install = "apt-get install -q -y --no-install-recommends"
        packages = " ".join(needs())
        # A mirror may be a snapshot, older than a suite that changes daily allows.
        update = "apt-get update -q -o Acquire::Check-Valid-Until=false"
        self.run(f"{update} && {install} {packages}", user="root", check=True)
        self.run(f"useradd --create-home --shell /bin/bash {USER}", user="root", check=True)

    def clone(self):
        """Put a clone of the last commit into the user's home, and this machine's certificates."""
        home = self.folder / HOME
        if CERTIFICATES.is_file():
            shutil.copy(CERTIFICATES, home / CERTIFICATES.name)
        target = home / "snnbook"
        if target.exists():
            # The clone is the reader's, and this is root.
            trusted = ["git", "-c", "safe.directory=*", "-C", target]
            subprocess.run([*trusted, "fetch", "--quiet", ROOT, "HEAD"], check=True)
            subprocess.run([*trusted, "reset", "--quiet", "--hard", "FETCH_HEAD"], check=True)
        else:
            command = ["git", "clone", "--quiet", "--no-hardlinks", ROOT, target]
            subprocess.run(command, check=True)
        self.run(f"chown -R {USER}: /{HOME}", user="root", check=True)

    def command(self, commands, user=USER, folder="", mounts=":", network=True):
        """Return the command that runs shell commands in the root, with mounts that end with it."""
        environment = {
            "PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin",
            "HOME": f"/{HOME}" if user == USER else "/root",
            "TORCH": self.torch,
        }
        if CERTIFICATES.is_file():
            theirs = f"/{HOME}/{CERTIFICATES.name}"
            environment |= {"PIP_CERT": theirs, "NODE_EXTRA_CA_CERTS": theirs}
        outer = (
            "mount -t proc proc $0/proc; mount --rbind /dev $0/dev; "
            "mount -t tmpfs -o mode=1777 shm $0/dev/shm; "
            "cp /etc/resolv.conf $0/etc/resolv.conf; "
            f"if test -d '{self.torch}'; then mkdir -p $0{self.torch}; "
            f"mount --bind {self.torch} $0{self.torch}; fi; {mounts}; "
            'root=$0; user=$1; shift; exec chroot --userspec=$user:$user "$root" "$@"'
        )
        spaces = ["--mount", "--pid", "--fork", *([] if network else ["--net"])]
        inner = ["env", "-i", *(f"{name}={value}" for name, value in environment.items())]
        inner += ["sh", "-e", "-c", f"cd ~/{folder}\n{commands}"]
        return ["unshare", *spaces, "sh", "-e", "-c", outer, self.folder, user, *inner]

    def run(self, commands, check=False, **where):
        """Run shell commands in the root and return the exit code."""
        return subprocess.run(self.command(commands, **where), check=check).returncode

    def suffer(self, fault):
        """Run commands on a machine with a fault; return 0 where they end as they must."""
        command = self.command(
            fault.commands, folder="snnbook", mounts=fault.mounts, network=fault.network
        )
        done = subprocess.run(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if done.returncode == fault.code and fault.said in done.stdout[-2000:]:
            return 0
        print(done.stdout[-5000:])
        print(f"wanted {fault.code} and {fault.said!r}; it ended with {done.returncode}")
        return 1

    def size(self, place=""):
        """Return how many GB a folder takes."""
        printed = subprocess.run(
            ["du", "-sxk", self.folder / place], capture_output=True, text=True
        ).stdout
        return int(printed.split()[0]) * 1024 / 1e9 if printed else 0.0


def steps(bare, wanted):
    """Run the wanted steps; yield for each its name, exit code, and seconds."""
    book, test = two_commands()
    commands = {"cheap": CHEAP, "book": book, "test": test}
    for name in wanted:
        for fault in FAULTS if name == "faults" else [None]:
            start = time.monotonic()
            if fault:
                code = bare.suffer(FAULTS[fault])
            else:
                code = bare.run(commands[name], folder="snnbook")
            yield fault or name, code, time.monotonic() - start


def main():
    """Make a root, or take one that is there, and run the steps."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("suite", help="stable, testing, unstable")
    parser.add_argument("--at", type=Path, help="folder of the root; one that is there is taken")
    parser.add_argument("--mirror", default=os.environ.get("DEBIAN_MIRROR") or None)
    parser.add_argument("--torch", default="auto", help="which build: see tools/environment.py")
    parser.add_argument("--steps", default="cheap,book,test")
    asked = parser.parse_args()
    if os.geteuid():
        skip("only root can make a root and go into it")
    for tool in ("debootstrap", "unshare", "chroot"):
        if not shutil.which(tool):
            skip(f"{tool} is missing (Debian: apt-get install debootstrap)")
    bare = Bare((asked.at or Path("/tmp", f"snnbook-{asked.suite}")).resolve(), asked.torch)
    if not (bare.folder / "home" / USER).exists():
        mirror = asked.mirror or apt_mirror() or skip("no mirror is known: --mirror names one")
        start = time.monotonic()
        bare.make(asked.suite, mirror)
        print(f"{asked.suite}: a root of {bare.size():.2f} GB in {time.monotonic() - start:.0f} s")
    bare.clone()
    bare.run("python3 --version; git -C snnbook log --oneline -1", check=True)
    failed = 0
    for name, code, seconds in steps(bare, asked.steps.split(",")):
        venv, cache = f"{HOME}/snnbook/.venv", f"{HOME}/.cache/pip"
        print(
            f"{asked.suite}: {name}: {'passed' if code == 0 else f'failed ({code})'} in "
            f"{seconds:.0f} s; .venv {bare.size(venv):.2f} GB, pip's cache {bare.size(cache):.2f} "
            f"GB, the root {bare.size():.2f} GB",
            flush=True,
        )
        failed += code != 0
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
