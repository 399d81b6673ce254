"""What every figure is: a widget in a notebook, and HTML that needs no kernel."""

import base64
import html
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import anywidget
import traitlets
from IPython import get_ipython

from .sliders import read_values
from .still import picture
from .views import VIEWS, Scene, View

__all__ = ["Figure", "bounded", "written"]

_STYLE, _FIGURE = (
    Path(__file__).with_name(f"figure.{kind}").read_text("utf-8") for kind in ("css", "js")
)
_SCRIPT = f"const STYLE = {json.dumps(_STYLE)};\n{_FIGURE}"
_LARGEST = 500_000
"""The greatest size of a figure in a page, in bytes."""


class Figure(anywidget.AnyWidget):
    """A figure with sliders.

    Attributes:
        values: for each slider's name its value. What the reader sets arrives here, and a dict that
            you set here moves the sliders. It is refused with a TraitError unless it has a number
            for each slider, within its range.
    """

    _esm = _SCRIPT
    _views: ClassVar[Mapping[str, View]] = VIEWS
    spec = traitlets.Dict(read_only=True).tag(sync=True)
    values = traitlets.Dict().tag(sync=True)

    def __init__(self, spec: Mapping[str, Any]) -> None:
        self.set_trait("spec", dict(spec))
        super().__init__(values=spec["start"])

    @traitlets.validate("values")
    def _checked(self, proposal: Any) -> dict[str, float]:
        try:
            return read_values(proposal["value"], self.spec["sliders"], within=True)
        except (TypeError, ValueError) as error:
            raise traitlets.TraitError(str(error)) from None

    def _scene(self) -> Scene:
        """Return what is drawn at the present values."""
        raise NotImplementedError

    def _words(self, scene: Scene) -> str:
        """Return a scene in words."""
        raise NotImplementedError

    def describe(self) -> str:
        """Return the figure at the present values in words, one sentence for each layer."""
        return self._words(self._scene())

    # --- showing it ------------------------------------------------------------------------------

    def to_html(self) -> str:
        """Return the figure as HTML that needs no kernel and no other file.

        Raises:
            ValueError: it would take more than 500 kB of a page.
        """
        return self._html(self._scene())

    def _html(self, scene: Scene) -> str:
        data = {"spec": self.spec, "values": scene.values}
        still = base64.b64encode(picture(scene, self._views)).decode()
        texts = self._words(scene), self.spec["words"]["label"], self.spec["words"]["broken"]
        shown, label, broken = map(html.escape, texts)
        return bounded(
            f'<div class="snn-explore" role="group" aria-label="{label}" data-broken="{broken}">'
            '<div class="snn-live"></div>'
            f'<img class="snn-still" alt="{shown}" src="data:image/webp;base64,{still}">'
            f'<script type="application/json">{written(data)}</script></div>'
            f'<script type="module">{_SCRIPT}mountAll();</script>'
        )

    def open(self) -> None:
        """Connect the widget with the notebook, where somebody is there to move its sliders."""
        if not _nobody_is_there():
            super().open()

    @property
    def model_id(self) -> str:
        """The widget's name in the notebook; who asks for it wants the widget connected."""
        super().open()
        return str(super().model_id)

    def _repr_mimebundle_(self, **options: Any) -> Any:
        """Return a page of its own and, where somebody can move its sliders, the widget."""
        self.open()
        scene = self._scene()
        page = {"text/plain": self._words(scene), "text/html": self._html(scene)}
        if self.comm is None:
            return page, {}
        data, metadata = super()._repr_mimebundle_(**options) or ({}, {})
        return {**data, **page}, metadata


def _nobody_is_there() -> bool:
    """Return whether the kernel runs a notebook for a program: nbconvert, or a book's build.

    Where a reader sits in front of it, each request allows the kernel to ask for input; a program
    forbids it. It would keep the widget, and put that into its page, where nothing revives it.
    """
    kernel = getattr(get_ipython(), "kernel", None)
    request: Mapping[str, Any] = getattr(kernel, "get_parent", dict)()
    return request.get("content", {}).get("allow_stdin") is False


def written(data: Any) -> str:
    """Return data as JSON that may stand in a page; it has no infinity and no NaN."""
    return json.dumps(data, allow_nan=False).replace("<", "\\u003c")


def bounded(text: str) -> str:
    """Return what is to stand in a page, or refuse it for its size."""
    size = len(text.encode())
    if size > _LARGEST:
        raise ValueError(
            f"explore: the figure would take {size / 1000:.0f} kB of a page; at most "
            f"{_LARGEST / 1000:.0f} kB. Show fewer layers, or less of them."
        )
    return text
