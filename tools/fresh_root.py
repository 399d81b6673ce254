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

import oldest

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
~/own/bin/pip install --quiet {" ".join(oldest.TOOLS)} numba
~/own/bin/python -m pytest -q -p no:cacheprovider {" ".join(oldest.TESTS)}
"""

# What breaks on a machine, as commands before `make book`, and the words that it must end with.
FAULTS = {
    "another time zone": ("export TZ=Pacific/Kiritimati", "The book is at"),
    "the C locale": ("export LC_ALL=C", "The book is at"),
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

    def __init__(self, folder):
        self.folder = folder

    def make(self, suite, mirror):
        """Make it: a minimal Debian, what README names, a user, this machine's certificates."""
        subprocess.run(
            ["debootstrap", "--variant=minbase", suite, self.folder, mirror],
            check=True,
            stdout=subprocess.DEVNULL,
        )
        install = "apt-get install -q -y --no-install-recommends"
        packages = " ".join(needs())
        self.run(f"apt-get update -q && {install} {packages}", user="root", check=True)
        self.run(f"useradd --create-home --shell /bin/bash {USER}", user="root", check=True)

    def clone(self):
        """Put a clone of the last commit into the user's home, and this machine's certificates."""
        home = self.folder / HOME
        if CERTIFICATES.is_file():
            shutil.copy(CERTIFICATES, home / "certificates.crt")
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

    def run(self, commands, user=USER, folder="", check=False):
        """Run shell commands in the root, with mounts that end with it; return the exit code."""
        inner = ["env", "-i", "PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"]
        inner += [f"HOME={'/' + HOME if user == USER else '/root'}"]
        if CERTIFICATES.is_file() and user == USER:
            inner += [f"PIP_CERT=/{HOME}/certificates.crt"]
        inner += ["sh", "-e", "-c", f"cd ~/{folder}\n{commands}"]
        outer = (
            "mount -t proc proc $0/proc; mount --rbind /dev $0/dev; "
            "mount -t tmpfs -o mode=1777 shm $0/dev/shm; "
            "cp /etc/resolv.conf $0/etc/resolv.conf; "
            'root=$0; user=$1; shift; exec chroot --userspec=$user:$user "$root" "$@"'
        )
        command = ["unshare", "--mount", "--pid", "--fork", "sh", "-c", outer, self.folder, user]
        return subprocess.run([*command, *inner], check=check).returncode

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
        start = time.monotonic()
        code = bare.run(commands[name], folder="snnbook")
        yield name, code, time.monotonic() - start


def main():
    """Make a root, or take one that is there, and run the steps."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("suite", help="stable, testing, unstable")
    parser.add_argument("--at", type=Path, help="folder of the root; one that is there is taken")
    parser.add_argument("--mirror", default=os.environ.get("DEBIAN_MIRROR") or None)
    parser.add_argument("--steps", default="cheap,book,test")
    asked = parser.parse_args()
    if os.geteuid():
        skip("only root can make a root and go into it")
    for tool in ("debootstrap", "unshare", "chroot"):
        if not shutil.which(tool):
            skip(f"{tool} is missing (Debian: apt-get install debootstrap)")
    bare = Bare((asked.at or Path("/tmp", f"snnbook-{asked.suite}")).resolve())
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
