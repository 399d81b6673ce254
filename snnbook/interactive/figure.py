"""What every live figure is: a widget in a notebook, HTML of its own in a page."""

import base64
import hashlib
import html
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, ClassVar

import anywidget
import traitlets
from IPython import get_ipython

from ..equation import Equation
from .script import apart
from .sliders import Values, read, read_values, speaker

__all__ = ["SCRIPT", "Figure", "bounded", "written"]

_STYLE, *_PARTS = (
    Path(__file__).with_name(name).read_text("utf-8")
    for name in ("figure.css", "figure.js", "hands.js", "symbols.js", "views.js", "population.js")
)
SCRIPT = "\n".join([f"const STYLE = {json.dumps(_STYLE)};", *_PARTS])
"""What the scripts of all figures begin with."""
_LARGEST = 500_000
"""The greatest size of a figure in a page, in bytes."""


class Figure(anywidget.AnyWidget):
    """A figure with sliders: a widget in a notebook, and in a page HTML that needs no kernel.

    Its functions, printed from equations, are part of its script: nothing evaluates a text.

    Attributes:
        kind: what `data-kind` is in the HTML: one page may hold figures of several kinds.
        script: what draws a figure of this kind.
        mounted: the function of the script that mounts it.
        whole: the sliders that count or choose something: their values are whole numbers.
        values: for each slider's name its value. What the reader sets arrives here, and a dict that
            you set here moves the sliders. It is refused with a TraitError unless it has a number
            for each slider, within its range.
    """

    kind: ClassVar[str]
    script: ClassVar[str]
    mounted: ClassVar[str]
    whole: ClassVar[tuple[str, ...]] = ()
    spec = traitlets.Dict(read_only=True).tag(sync=True)
    values = traitlets.Dict().tag(sync=True)

    def __init__(self, spec: Mapping[str, Any]) -> None:
        named, functions = apart(spec)
        self.set_trait("spec", named)
        self._code = f"const FUNCTIONS = {functions};\n{self.script}"
        self._esm = f"{self._code}export default renderer({self.mounted});\n"
        super().__init__(values=spec["start"])

    @traitlets.validate("values")
    def _checked(self, proposal: Any) -> dict[str, float]:
        try:
            return self._read(proposal["value"], within=True)
        except (TypeError, ValueError) as error:
            raise traitlets.TraitError(str(error)) from None

    def _read(self, values: Mapping[str, float] | None, *, within: bool = False) -> Values:
        """Return a value for each slider; None means the present ones."""
        given = self.values if values is None else values
        return read_values(given, self.spec["sliders"], within=within, whole=self.whole)

    _goal: Equation | None = None
    """The condition that says whether the reader has found what there is to find."""

    def _counts(self) -> Mapping[str, float]:
        """Return what a goal may name of the figure at the present values, besides these."""
        raise NotImplementedError

    @property
    def found(self) -> bool:
        """Whether the present values answer the question of the goal; False without a goal."""
        goal = self._goal
        return goal is not None and bool(goal.evaluate({**self.values, **self._counts()}))

    def _ask(self, goal: object, found: Equation) -> None:
        """Take a goal, and refuse one that there is nothing to do for."""
        self._goal = found
        remedy = "the start values answer it already; let the reader find something"
        read("goal", goal, object, remedy, lambda _: not self.found)

    def _scene(self) -> Any:
        """Return the figure at the present values: what it is drawn from without a script."""
        raise NotImplementedError

    _words: ClassVar[Callable[[Any], str]]
    """Returns a scene in words."""
    _picture: ClassVar[Callable[[Any], bytes]]
    """Returns a scene as a WebP picture."""

    def describe(self) -> str:
        """Return the figure at the present values in words, one sentence for each layer."""
        return type(self)._words(self._scene())

    def to_html(self) -> str:
        """Return the figure as HTML that needs no kernel and no other file.

        Raises:
            ValueError: it would take more than 500 kB of a page.
        """
        scene = self._scene()
        return self._html(scene, type(self)._words(scene))

    def _html(self, scene: Any, words: str) -> str:
        data = written({"spec": self.spec, "values": self.values})
        name = hashlib.sha256(f"{self._code}{data}".encode()).hexdigest()[:16]
        still = base64.b64encode(type(self)._picture(scene)).decode()
        texts = words, self.spec["words"]["label"], self.spec["words"]["broken"]
        shown, label, broken = map(html.escape, texts)
        return bounded(
            f'<figure class="snn-explore" data-kind="{self.kind}" data-figure="{name}" '
            f'aria-label="{label}" data-broken="{broken}">'
            '<div class="snn-live"></div>'
            f'<img class="snn-still" alt="{shown}" src="data:image/webp;base64,{still}">'
            f'<script type="application/json">{data}</script></figure>'
            f'<script type="module">{self._code}mountAll("{name}", {self.mounted});</script>'
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
        words = type(self)._words(scene)
        page = {"text/plain": words, "text/html": self._html(scene, words)}
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
            f"{speaker()}: the figure would take {size / 1000:.0f} kB of a page; at most "
            f"{_LARGEST / 1000:.0f} kB. Show fewer layers, or less of them."
        )
    return text
