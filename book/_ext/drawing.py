"""In the kernel that runs a notebook for the book: draw each figure twice, for a desk and a phone.

`figures` loads this as an extension of IPython while the book is built; in a reader's notebook
nothing of it runs. A drawing is an SVG whose colours are variables, light or dark as the page
around it is, and whose letters are never small where it is shown.
"""

from __future__ import annotations

import io
import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from IPython.core.interactiveshell import InteractiveShell
    from matplotlib.figure import Figure

# Inches: so wide are all drawings, and no letter is less than so many points. On a page of 740 px
# 9 points become 11.5 px; on a phone of 342 px, 10 points become 11.3 px.
WIDE, NARROW = (8.0, 9.0), (4.2, 10.0)
# What matplotlib writes, and what stands for it: a name, and its values on a light and a dark page.
COLORS = {
    "#000000": ("ink", "#000000", "#dddddd"),
    "#ffffff": ("ground", "#ffffff", "#121212"),
    "#0072b2": ("potential", "#0072b2", "#56b4e9"),
    "#d55e00": ("spike", "#d55e00", "#ff9d5c"),
    "#009e73": ("third", "#007a5a", "#4fd1a5"),
    "#333333": ("dark", "#333333", "#cccccc"),
    "#cccccc": ("faint", "#cccccc", "#4a4a4a"),
    "#d3d3d3": ("pale", "#d3d3d3", "#444444"),
}
# Letters that lie on a picture keep their colour: the picture keeps its own too.
KEPT = "kept"


def theme() -> str:
    """Return the stylesheet of a drawing."""
    light, dark = (
        "".join(f"--{name}:{values[i]};" for name, *values in COLORS.values()) for i in (0, 1)
    )
    return (
        f":root{{color-scheme:light dark;{light}}}"
        f"@media (prefers-color-scheme:dark){{:root{{{dark}}}}}"
        f"svg{{fill:var(--ink)}} [id^={KEPT}]{{fill:#000}}"
    )


def themed(svg: str) -> str:
    """Return a drawing of matplotlib's with variables for its colours, and without its preamble."""
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"\s*<metadata>.*?</metadata>|\s*<!--.*?-->", "", svg, flags=re.DOTALL)
    before, *kept = re.split(rf'(<g id="{KEPT}.*?</g>\s*</g>)', svg, flags=re.DOTALL)
    parts = [before, *kept]

    def variable(color: re.Match[str]) -> str:
        return f"{color[1]}var(--{COLORS[color[2]][0]})" if color[2] in COLORS else color[0]

    parts[::2] = [re.sub(r"((?:fill|stroke): )(#[0-9a-f]{6})", variable, p) for p in parts[::2]]
    svg = re.sub(r"\n\s*", "\n", "".join(parts))
    return svg.replace('<style type="text/css">', f'<style type="text/css">{theme()}', 1)


@contextmanager
def resized(figure: Figure, width: float, least: float) -> Iterator[None]:
    """Give a figure another width and larger letters for a while; its height stays."""
    from matplotlib.collections import QuadMesh
    from matplotlib.text import Text

    size, engine = figure.get_size_inches(), figure.get_layout_engine()
    letters = {text: text.get_size() for text in figure.findobj(Text)}
    try:
        figure.set_size_inches(width, size[1])
        if engine is None:
            figure.set_layout_engine("constrained")
        for number, axes in enumerate(figure.axes):
            for text in axes.texts if axes.images or axes.findobj(QuadMesh) else ():
                text.set_gid(f"{KEPT}-{number}-{axes.texts.index(text)}")
            for axis in axes._axis_map.values():
                axis.set_tick_params(
                    labelsize=max(axis.get_major_ticks(1)[0].label1.get_size(), least)
                )
        for text, points in letters.items():
            text.set_size(max(points, least))
        yield
    finally:
        for text, points in letters.items():
            text.set_size(points)
        figure.set_size_inches(size)
        figure.set_layout_engine(engine)


def drawn(figure: Figure, width: float, least: float) -> str:
    """Return a figure as SVG.

    Args:
        figure: what a cell shows; it is afterwards as it was.
        width: of the drawing, in inches.
        least: the size of its smallest letters, in points.
    """
    from matplotlib import rc_context

    file = io.StringIO()
    with resized(figure, width, least), rc_context({"svg.hashsalt": "snnbook"}):
        figure.savefig(file, format="svg", metadata={"Date": None})
    return themed(file.getvalue())


def both(figure: Figure) -> tuple[str, dict[str, str]] | None:
    """Return the wide drawing, and the narrow one as its metadata; nothing of an empty figure."""
    if not (figure.axes or figure.lines):
        return None
    return drawn(figure, *WIDE), {"narrow": drawn(figure, *NARROW)}


def load_ipython_extension(shell: InteractiveShell) -> None:
    """Let figures be shown by `both` in place of matplotlib's PNG."""
    from matplotlib.figure import Figure

    shell.run_line_magic("matplotlib", "inline")
    formatters: Any = shell.display_formatter.formatters
    formatters["image/png"].type_printers.pop(Figure, None)
    formatters["image/svg+xml"].for_type(Figure, both)
