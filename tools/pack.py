"""Pack the built book as one archive, to carry away and read without a network.

    python tools/pack.py

Names are sorted and times fixed: the same pages give the same archive. Needs nothing but Python.
"""

import sys
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

ROOT = Path(__file__).resolve().parents[1]
PAGES = ROOT / "_build" / "html"
ARCHIVE = ROOT / "_build" / "snnbook.zip"


def pack(folder: Path, archive: Path) -> None:
    """Write all files of a folder into an archive, under the archive's own name."""
    with ZipFile(archive, "w") as packed:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            # The time is the earliest that the format knows; everyone may read the file.
            entry = ZipInfo(f"{archive.stem}/{path.relative_to(folder).as_posix()}")
            entry.external_attr = 0o100644 << 16
            packed.writestr(entry, path.read_bytes(), ZIP_DEFLATED)


def main() -> int:
    """Pack the pages that `make book` has built."""
    if not (PAGES / "index.html").exists():
        print("The book is not built; `make book` builds it.", file=sys.stderr)
        return 1
    pack(PAGES, ARCHIVE)
    print(f"As one file, to carry away: {ARCHIVE} ({ARCHIVE.stat().st_size / 1e6:.1f} MB)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
