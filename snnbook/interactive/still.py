"""A figure without a script: as a picture, and in words."""

import io
import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from .views import VIEWS, Scene, View, accounted, filled, rounded

if TYPE_CHECKING:
    from matplotlib.figure import SubFigure

__all__ = ["picture", "stacked", "words"]


def stacked(heights: Sequence[float], draw: Sequence[Callable[["SubFigure"], None]]) -> bytes:
    """Return a WebP picture of parts below each other, drawn with matplotlib's own settings.

    Args:
        heights: of each part, in inches.
        draw: draws each part.
    """
    import matplotlib
    from matplotlib.figure import Figure

    fonts: Any = {name: matplotlib.rcParams[name] for name in ("font.family", "font.sans-serif")}
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(fonts)  # a translated edition needs its own letters
        figure = Figure(figsize=(7.6, sum(heights)), dpi=100, layout="constrained")
        parts = figure.subfigures(len(heights), 1, height_ratios=heights, squeeze=False)
        for one, part in zip(draw, parts.flat, strict=True):
            one(part)
        file = io.BytesIO()
        figure.savefig(file, format="webp", pil_kwargs={"lossless": True})
    return file.getvalue()


def picture(scene: Scene, known: Mapping[str, View] = VIEWS) -> bytes:
    """Return a figure of some known views as a WebP picture."""
    names = [*scene.done]
    views = [(known[view], names[k]) for view, k in scene.spec["panels"]]
    draw = [partial(_view, view, scene, name) for view, name in views]
    return stacked([view.height for view, _ in views], draw)


def _view(view: View, scene: Scene, name: str, part: "SubFigure") -> None:
    view.draw(part, scene, name)


def words(scene: Scene) -> str:
    """Return a figure in words, one sentence for each layer, with its account where it is shown."""
    sentences, known = [], scene.spec["words"]
    accounts = scene.accounts() if "account" in scene.spec["show"] else {}
    for name, done in scene.done.items():
        total, steps, rate = float(done.s_seq.sum()), len(done.s_seq), float(done.s_seq.mean())
        spikes: float | int = total
        if total.is_integer():
            spikes, rate = int(total), total / done.s_seq.numel()
        values = {"name": name, "spikes": spikes, "steps": steps, "rate": rounded(rate)}
        said = [filled(known, "count", values)]
        if name in accounts and math.isfinite(sum(accounts[name])):
            parts = [accounted(known, *part) for part in accounts[name].parts().items()]
            total_input = accounted(known, "input", accounts[name].input)
            said.append(f"{total_input} = {' + '.join(parts)}")
        sentences.append("; ".join(said))
    return ". ".join(sentences)
