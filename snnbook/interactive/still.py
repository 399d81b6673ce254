"""A figure without a script: as a picture, and in words."""

import io
import math
from collections.abc import Mapping
from typing import Any

from .views import VIEWS, Scene, View

__all__ = ["picture", "words"]


def picture(scene: Scene, known: Mapping[str, View] = VIEWS) -> bytes:
    """Return a figure as a WebP picture, drawn with matplotlib's own settings."""
    import matplotlib
    from matplotlib.figure import Figure

    names = [*scene.done]
    views = [(known[view], names[k]) for view, k in scene.spec["panels"]]
    heights = [view.height for view, _ in views]
    fonts: Any = {name: matplotlib.rcParams[name] for name in ("font.family", "font.sans-serif")}
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(fonts)  # a translated edition needs its own letters
        figure = Figure(figsize=(7.6, sum(heights)), dpi=100, layout="constrained")
        parts = figure.subfigures(len(views), 1, height_ratios=heights, squeeze=False)
        for (view, name), part in zip(views, parts.flat, strict=True):
            view.draw(part, scene, name)
        file = io.BytesIO()
        figure.savefig(file, format="webp", pil_kwargs={"lossless": True})
    return file.getvalue()


def words(scene: Scene) -> str:
    """Return a figure in words, one sentence for each layer."""
    sentences = []
    for name, done in scene.done.items():
        total, steps, rate = float(done.s_seq.sum()), len(done.s_seq), float(done.s_seq.mean())
        spikes = int(total) if math.isfinite(total) else total
        values = {"name": name, "spikes": spikes, "steps": steps, "rate": f"{rate:.4f}"}
        sentences.append(scene.spec["words"]["count"].format(**values))
    return ". ".join(sentences)
