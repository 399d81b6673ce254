"""In the kernel that runs a notebook for the book: draw each figure twice, for a desk and a phone.

`figures` loads this as an extension of IPython while the book is built; in a reader's notebook
nothing of it runs. A drawing is an SVG whose colours are variables, light or dark as the page
around it is, and whose letters are never small where it is shown.
"""

from __future__ import annotations

import io
import re
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from IPython.core.interactiveshell import InteractiveShell
    from matplotlib.figure import Figure

# Inches: so wide are all drawings, and no letter is less than so many points. On a page of 672 px
# 9.5 points become 11.1 px; on a phone of 342 px, 10 points become 11.3 px.
WIDE, NARROW = (8.0, 9.5), (4.2, 10.0)
PANEL = 2.5  # the height of a panel among others that stand below each other
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
    """Give a figure another width and larger letters for a while; where it is far narrower than it
    was, its panels may stand below each other, else its height stays.
    """
    from matplotlib.collections import QuadMesh
    from matplotlib.text import Text

    undo: list[Callable[[], None]] = []
    size, engine = figure.get_size_inches(), figure.get_layout_engine()
    letters = {text: text.get_size() for text in figure.findobj(Text)}
    try:
        figure.set_size_inches(width, size[1])
        if width < size[0] / 1.5:
            undo += stack(figure)
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
        undo += fit_words(figure)
        yield
    finally:
        for step in reversed(undo):
            step()
        for text, points in letters.items():
            text.set_size(points)
        figure.set_size_inches(size)
        figure.set_layout_engine(engine)


def stack(figure: Figure) -> list[Callable[[], None]]:
    """Put panels that stand in one row below each other; pictures stay side by side.

    Returns:
        What takes it back, one call for each change.
    """
    from matplotlib.gridspec import GridSpec

    panels = [axes for axes in figure.axes if axes.get_subplotspec()]
    places: list[Any] = [axes.get_subplotspec() for axes in panels]
    grids = {place.get_gridspec() for place in places}
    if len(grids) != 1 or any(axes.images or axes.name != "rectilinear" for axes in panels):
        return []
    (grid,) = grids
    if grid.nrows != 1 or not 2 <= grid.ncols == len(panels) <= 3:
        return []
    undo: list[Callable[[], None]] = []
    below = GridSpec(len(panels), 1, figure=figure)
    figure.set_figheight(PANEL * len(panels))
    for axes, place, new in zip(panels, places, below, strict=True):
        axes.set_subplotspec(new)
        undo.append(partial(axes.set_subplotspec, place))
        if not axes.yaxis.get_tick_params()["labelleft"]:  # it shared those at its left
            axes.tick_params(labelleft=True)
            undo.append(partial(axes.tick_params, labelleft=False))
            undo.append(partial(axes.set_ylabel, axes.get_ylabel()))
            axes.set_ylabel(axes.get_ylabel() or panels[0].get_ylabel())
    return undo


def fit_words(figure: Figure) -> list[Callable[[], None]]:
    """Make room for words: break long titles, leave out every other tick label where they meet.

    Returns:
        What takes it back, one call for each change.
    """
    from itertools import pairwise

    undo: list[Callable[[], None]] = []

    def change(artist: Any, name: str, value: Any) -> None:
        undo.append(partial(getattr(artist, f"set_{name}"), getattr(artist, f"get_{name}")()))
        getattr(artist, f"set_{name}")(value)

    figure.draw_without_rendering()
    for axes in figure.axes:
        if axes.name != "rectilinear":
            continue
        room = axes.get_window_extent().width
        for words in (axes.title, axes.xaxis.label):
            text = words.get_text()
            # A formula stays whole.
            if words.get_window_extent().width > 1.05 * room and "$" not in text:
                change(words, "text", text.replace(" ", "\n"))
        labels = [label for label in axes.get_xticklabels() if label.get_text()]
        boxes = [label.get_window_extent() for label in labels]
        if any(b.x0 < a.x1 + 2 and b.y0 < a.y1 and b.y1 > a.y0 for a, b in pairwise(boxes)):
            for label in labels[1::2]:
                change(label, "visible", False)
    return undo


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
