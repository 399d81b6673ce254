"""Pages without a script, a style or an event's handler of their own: all lies in files.

Themes, extensions and cells write such things into the pages. A strict content-security policy
allows none of them, since it can't tell them from what an attacker has written there. When a build
ends they are moved into files, which are named by their content, and the pages point there.
"""

from __future__ import annotations

import hashlib
import html
import os
import re
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

ATTRIBUTE = r"""\s+[^\s"'>/=]+(?:\s*=\s*(?:"[^"]*"|'[^']*'|[^\s"'=<>`]+))?"""
# What stands between the quotes, too.
NAMED = re.compile(r"""\s+([^\s"'>/=]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'=<>`]+)))?""")
PARTS = re.compile(
    rf"""<!--.*?-->
    | <script(?P<script>(?:{ATTRIBUTE})*)\s*>(?P<code>.*?)</script>
    | <style(?:{ATTRIBUTE})*\s*>(?P<rules>.*?)</style>
    | <(?P<tag>[a-zA-Z][^\s/>]*)(?P<attributes>(?:{ATTRIBUTE})*)\s*/?>""",
    re.DOTALL | re.VERBOSE,
)


class Files:
    """What pages had of their own, in files of a folder.

    Scripts have a file each. The styles and the handlers of events stand line by line in one file
    for all pages, which each page loads; lines that are there already stay, for pages that a later
    build doesn't write again.

    Args:
        folder: where they lie.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.lines: dict[str, dict[str, None]] = {}
        for kind in ("css", "js"):
            file = folder / f"inline.{kind}"
            text = file.read_text("utf-8") if file.exists() else ""
            self.lines[kind] = dict.fromkeys(text.splitlines())

    def file(self, text: str, kind: str) -> str:
        """Write a file, and return its name."""
        name = f"{digest(text)}.{kind}"
        (self.folder / "inline").mkdir(parents=True, exist_ok=True)
        (self.folder / "inline" / name).write_text(text, "utf-8")
        return f"inline/{name}"

    def write(self) -> None:
        """Write the styles and the handlers."""
        for kind, lines in self.lines.items():
            (self.folder / f"inline.{kind}").write_text("\n".join(lines), "utf-8")

    def page(self, text: str, way: str) -> str:
        """Return a page without code of its own; `way` leads from it to the folder."""

        def moved(part: re.Match[str]) -> str:
            if part["code"] is not None:
                return self.script(part, way)
            if part["rules"] is not None:
                return f'<link rel="stylesheet" href="{way}/{self.file(part["rules"], "css")}">'
            return self.element(part) if part["tag"] else part[0]

        return PARTS.sub(moved, text)

    def script(self, part: re.Match[str], way: str) -> str:
        """Return a script that is in a file; data, and what is in one already, stay as they are.

        From a folder a browser loads no modules. One that exports nothing is as well a function
        that runs when the page is there.
        """
        attributes, text = part["script"], part["code"]
        (kind,) = re.findall(r"""\btype\s*=\s*["']?([^\s"'>]+)""", attributes) or [""]
        if kind == "module":
            attributes, text = " defer", f'(() => {{\n"use strict";\n{text}\n}})();\n'
        elif kind not in ("", "text/javascript"):
            return part[0]
        if re.search(r"\bsrc\s*=", part["script"]) or not part["code"].strip():
            return part[0]
        return f'<script{attributes} src="{way}/{self.file(text, "js")}"></script>'

    def element(self, part: re.Match[str]) -> str:
        """Return an element's first tag with classes in the place of its style and its handlers."""
        left, classes, own = "", "", []
        for attribute in NAMED.finditer(part["attributes"]):
            name, text = attribute[1].lower(), html.unescape("".join(attribute.groups("")[1:]))
            if name == "style" or name.startswith("on"):
                own.append(f"{name}-{digest(text)}")
                self.keep(own[-1], name, " ".join(text.split()))
            elif name == "class":
                classes = f"{text} "
            else:
                left += attribute[0]
        if not own:
            return part[0]
        end = part[0][part.end("attributes") - part.start() :]
        return f'<{part["tag"]} class="{classes}{" ".join(own)}"{left}{end}'

    def keep(self, name: str, attribute: str, text: str) -> None:
        """Keep the style or the handler of a class."""
        if attribute == "style":  # such a style outdoes every rule, as three ids would
            self.lines["css"][f".{name}:not(#a#b#c) {{ {text} }}"] = None
            return
        self.lines["js"][
            f'for (const element of document.querySelectorAll(".{name}")) '
            f'element.addEventListener("{attribute[2:]}", function (event) {{ {text} }});'
        ] = None


def digest(text: str) -> str:
    """Return a name that stands for a text."""
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def move(app: Sphinx, exception: Exception | None) -> None:
    """Move what is in the pages into files, at the end of a build."""
    if exception or app.builder.format != "html":
        return
    root = Path(app.outdir)
    files = Files(root / "_static")
    for path in root.rglob("*.html"):
        if "_static" not in path.relative_to(root).parts:
            text = path.read_text("utf-8")
            way = Path(os.path.relpath(files.folder, path.parent)).as_posix()
            path.write_text(files.page(text, way), "utf-8")
    files.write()


def setup(app: Sphinx) -> dict[str, Any]:
    """Move at the end, after what else works on the written pages."""
    app.add_css_file("inline.css", priority=900)
    app.add_js_file("inline.js", loading_method="defer")
    app.connect("build-finished", move, priority=900)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
