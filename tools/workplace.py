"""What `make` needs of the folder that it works in: it alone, a disk that can be written and room.

Needs nothing but Python, of any version that may meet it: it runs before anything is installed.
"""

import errno
import os
import shutil
import sqlite3
import sys
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
GB = 10**9


def free(folder):
    """Return how many bytes are free on the disk of a folder."""
    return shutil.disk_usage(str(folder)).free


def need(folder, size, what):
    """Stop in one sentence where the disk of `folder` has no room for `size` bytes."""
    left = free(folder)
    if left < size:
        raise SystemExit(
            f"{what} takes {size / GB:.1f} GB, and the disk of {folder} has {left / GB:.1f} GB "
            "left: make room there, or put this folder on another disk, and run the same command "
            "again."
        )


def full(folder):
    """Return the sentence for a full disk."""
    return f"The disk of {folder} is full: make room, and run the same command again."


def explain(error, folder):
    """Return the sentence for an error of the disk, or None where it is another one."""
    if error.errno == errno.ENOSPC:
        return full(folder)
    if error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
        return (
            f"The folder {folder} can't be written ({os.strerror(error.errno)}): copy it to a "
            "place of your own, and run the same command there."
        )
    return None


@contextmanager
def alone(folder=ROOT):
    """Work in a folder while no other make does; a second one says that it waits, and waits.

    The lock is SQLite's, which every Python brings and every system knows; it ends with the
    process, however that ends. An error of the disk becomes one sentence that says what to do.

    Args:
        folder: the folder that is worked in.
    """
    try:
        # To write a file is the one test that is right for root too.
        lock = folder / ".make.lock"
        lock.open("ab").close()
        connection = sqlite3.connect(str(lock), timeout=0, isolation_level=None)
        try:
            begin(connection, folder)
            yield
        finally:
            connection.close()
    except OSError as error:
        sentence = explain(error, folder)
        if sentence is None:
            raise
        raise SystemExit(sentence) from error


def begin(connection, folder):
    """Take the lock, and say where another one has it."""
    try:
        connection.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError as error:
        if "locked" not in str(error):
            raise
        print(f"Another make works in {folder}; waiting for its end.", file=sys.stderr, flush=True)
        connection.execute(f"PRAGMA busy_timeout = {24 * 3600 * 1000}")
        connection.execute("BEGIN EXCLUSIVE")
