"""Show the figures of a notebook at a size that can be read: wide on a desk, narrow on a phone.

While the book is built, the kernels load `drawing`, which draws each figure in two widths. A page
has both as one `<picture>`, and a browser fetches the one that it shows, when the reader comes
near. The picture is a link to the wide drawing, to be enlarged.
"""

from __future__ import annotations

import os
import re
import tempfile
from pathlib import Path
from typing import Any

from docutils import nodes
from myst_nb.core import render
from sphinx.application import Sphinx
from sphinx.writers.html5 import HTML5Translator

SVG = "image/svg+xml"
# As wide as this, in pixels, and a page shows the narrow drawing.
PHONE = 576
CONFIG = """
import sys
sys.path.append({folder!r})
get_config().IPKernelApp.extensions = ["drawing"]
"""

render_image = render.NbElementRenderer.render_image


class picture(nodes.General, nodes.Inline, nodes.Element):
    """One figure in two drawings: the narrow one, then the wide one.

    With the attribute `thumbnail` a page shows the narrow one alone, and no link.
    """


def both(self: render.NbElementRenderer, data: render.MimeData) -> list[nodes.Element]:
    """Render an image, and beside it its narrow drawing where there is one."""
    wide = render_image(self, data)
    narrow = data.output_metadata.get(SVG, {}).get("narrow")
    if data.mime_type != SVG or narrow is None:
        return wide
    other = render.MimeData(SVG, narrow, data.cell_metadata, line=data.line)
    return [picture("", *render_image(self, other), *wide)]


def size(builder_file: Path) -> tuple[int, int]:
    """Return the width and height of a drawing, as its view box has them."""
    box = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', builder_file.read_text("utf-8"))
    if box is None:
        raise ValueError(f"{builder_file} has no viewBox that begins at 0 0")
    return round(float(box[1])), round(float(box[2]))


def visit_picture(self: HTML5Translator, node: picture) -> None:
    """Write both drawings, each with its size, so that nothing moves when they come."""
    narrow, wide = node.children
    builder: Any = self.builder
    attributes = []
    for image in (narrow, wide):
        uri = f"{builder.imgpath}/{builder.images[image['uri']]}"
        width, height = size(Path(builder.srcdir, image["uri"]))
        attributes.append({"uri": uri, "size": {"width": width, "height": height}})
    small, large = attributes
    # The class keeps the theme from dimming what has the colours of the page.
    late = {"CLASS": "dark-light", "alt": wide.get("alt", "")}
    late |= {"loading": "lazy", "decoding": "async"}
    if node.get("thumbnail"):
        self.body.append(self.emptytag(node, "img", "", src=small["uri"], **late, **small["size"]))
        raise nodes.SkipNode
    self.body.append(f'<a class="enlarge" href="{large["uri"]}"><picture>')
    source = {"media": f"(max-width: {PHONE}px)", "srcset": small["uri"], **small["size"]}
    self.body.append(self.emptytag(node, "source", "", **source))
    self.body.append(self.emptytag(wide, "img", "", src=large["uri"], **late, **large["size"]))
    self.body.append("</picture></a>")
    raise nodes.SkipNode


def teach_kernels(app: Sphinx) -> None:
    """Have every kernel that this build starts load `drawing`, from a profile of its own."""
    profile = Path(tempfile.mkdtemp(prefix="snnbook-kernel-"), "profile_default")
    profile.mkdir()
    folder = str(Path(__file__).parent)
    (profile / "ipython_kernel_config.py").write_text(CONFIG.format(folder=folder), "utf-8")
    before = os.environ.get("IPYTHONDIR")
    os.environ["IPYTHONDIR"] = str(profile.parent)

    def clean(app: Sphinx, exception: Exception | None) -> None:
        """Leave the machine as it was."""
        import shutil

        shutil.rmtree(profile.parent, ignore_errors=True)
        if before is None:
            os.environ.pop("IPYTHONDIR", None)
        else:
            os.environ["IPYTHONDIR"] = before

    app.connect("build-finished", clean)


def setup(app: Sphinx) -> dict[str, Any]:
    """Render pictures, and teach the kernels before the first notebook is read."""
    render.NbElementRenderer.render_image = both
    app.add_node(picture, html=(visit_picture, None))
    app.connect("builder-inited", teach_kernels)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
