"""Serve the built book on this machine, with the content-security policy that README states.

    python tools/serve.py [FOLDER] [PORT]

It says its address. A page that needs more than the policy allows shows it in the browser's
console, and the tests of the pages fail: they read the book from here.
"""

import functools
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

HTML = Path(__file__).resolve().parents[1] / "_build" / "html"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)


class Strict(SimpleHTTPRequestHandler):
    """Serves files with the policy, and doesn't write a line about each of them."""

    def end_headers(self) -> None:
        """Add the policy to what is sent before each file."""
        self.send_header("Content-Security-Policy", POLICY)
        super().end_headers()

    def log_message(self, *arguments: object) -> None:
        """Say nothing."""


def server(folder: Path, port: int = 0) -> ThreadingHTTPServer:
    """Return a server of a folder; port 0 is any that is free."""
    handler = functools.partial(Strict, directory=folder)
    return ThreadingHTTPServer(("127.0.0.1", port), handler)


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve a folder meanwhile; the address."""
    with server(folder) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{running.server_port}"
        running.shutdown()


def main(folder: str = str(HTML), port: str = "0") -> None:
    """Serve a folder until it is interrupted."""
    with server(Path(folder), int(port)) as running:
        print(f"http://127.0.0.1:{running.server_port}", flush=True)
        with suppress(KeyboardInterrupt):
            running.serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
