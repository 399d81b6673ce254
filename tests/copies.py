"""A copy of this repository that a test may change."""

import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def tracked_files() -> list[Path]:
    """The repository's files, relative to its root; new ones too, but none that git ignores."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listing = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    files = (Path(name) for name in listing.split("\0") if name)
    return [file for file in files if (ROOT / file).is_file()]


def copy_repository(target: Path) -> Path:
    """Copy the repository's files as they are now, without its history."""
    for file in tracked_files():
        (target / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / file, target / file)
    return target
