"""The reference's pages of neurons: one for each neuron of the package, made from its class.

    .. neuron:: LIFNode

    ```{neuron-list}
    ```

When a build begins, each neuron in `snnbook.neuron.__all__` gets a source of one such directive in
the folder that the setting `neuron_pages` names, which the contents take in as a whole. All that
stands on the page is read from the class: nothing is to be done for a new neuron. One whose
docstring doesn't say what a field means, or names no source, is an error.
"""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import drawing
import pybtex.database
import torch
from docutils import nodes
from figures import picture
from sphinx.application import Sphinx
from sphinx.ext.napoleon import Config
from sphinx.ext.napoleon.docstring import GoogleDocstring
from sphinx.util.docutils import SphinxDirective
from sphinx.writers.html5 import HTML5Translator

from snnbook import neuron
from snnbook.fields import Field
from snnbook.interactive import Explorer, explore
from snnbook.interactive.explore import neuron_entry
from snnbook.interactive.sliders import RANGES
from snnbook.node import BaseNode, Node

Neuron = type[Node]

# The figures: X is 0 until a step, then x; the curve needs steps enough for its lowest rates.
BEGINS, STEPS, LONG, XS = 10, 60, 100, (0.0, 2.0)
# `drawing` gives it the input's colour, on a light page and on a dark one.
GREEN = "#009e73"
# A longer sum has several lines.
LETTERS = 36
# Where a slider moves nothing as long as a field is 0, the figure starts with that field here.
AWAKE = 0.2
DOI = re.compile(r"\b(?:doi:(?P<doi>10\.\d+/\S+?)|arXiv:(?P<arxiv>\d+\.\d+))(?=[.,;]?(?:\s|$))")


def neurons() -> dict[str, Neuron]:
    """Return the package's neurons by name."""
    kinds = {name: getattr(neuron, name) for name in neuron.__all__}
    return {name: kind for name, kind in kinds.items() if kind is not BaseNode}


# --- what the docstring says ---------------------------------------------------------------------


class Told(NamedTuple):
    """What the docstring of a class says.

    Attributes:
        sentences: its first paragraph.
        more: the further ones, without the source.
        source: where the equation is from.
        meanings: what each field, and each other attribute, means.
        learned: the names of the other attributes.
    """

    sentences: str
    more: str
    source: str
    meanings: dict[str, str]
    learned: list[str]


def told(kind: type) -> Told:
    """Read the docstring of a class."""
    config = Config(napoleon_use_ivar=True, napoleon_use_param=True)
    text = str(GoogleDocstring(inspect.cleandoc(kind.__doc__ or ""), config))
    pattern = re.compile(r"^:(param|ivar) (\w+): (.*(?:\n[ ]+.*)*)", re.MULTILINE)
    found = [(what, name, " ".join(says.split())) for what, name, says in pattern.findall(text)]
    head = re.split(r"^:\w+", text, maxsplit=1, flags=re.MULTILINE)[0].strip()
    head, _, source = head.partition("Source:")
    first, _, more = head.strip().partition("\n\n")
    return Told(
        first,
        more.strip(),
        source.strip(),
        {name: says for _, name, says in found},
        [name for what, name, _ in found if what == "ivar"],
    )


def linked(source: str) -> str:
    """Return a source with its DOI as a link."""

    def link(found: re.Match[str]) -> str:
        doi = found["doi"] or f"10.48550/arXiv.{found['arxiv']}"
        return f"`{found[0]} <https://doi.org/{doi}>`__"

    return DOI.sub(link, source)


def dois(source: str) -> list[str]:
    """Return the DOIs of a source, in small letters."""
    return re.findall(r"https://doi\.org/(\S+)>", linked(source).lower())


# --- what the class says -------------------------------------------------------------------------


class Row(NamedTuple):
    """A field in the table: its name, its default, what it may be, what it means."""

    name: str
    default: str
    wanted: str
    meaning: str


def wanted(field: Field) -> str:
    """Return what a field may be, in the words with which it refuses everything else."""
    try:
        field.check(object())
    except (TypeError, ValueError) as error:
        words = str(error).removeprefix("wanted ")
    else:
        return "anything"
    words = words.replace(", not object", "").replace("; None is possible too", ", or None")
    words = words.replace("a number or a floating-point tensor", "number or tensor")
    words = words.replace("a number (no tensor)", "number")
    words = re.sub(r" of at least (\S+) and of at most (\S+)", r", from \1 to \2", words)
    return re.sub(r" (?:of )?(at least|at most|above) ", r", \1 ", words)


def own(kind: Neuron) -> list[str]:
    """Return the fields that make a neuron what it is: its own, and those its equations read."""
    shared = (BaseNode if issubclass(kind, BaseNode) else Node)._fields
    read = {name for one in kind().dynamics().equations() for name in one.arguments}
    return [name for name in kind._fields if name not in shared or name in read]


def rows(kind: Neuron) -> list[Row]:
    """Return the table of a neuron's own fields.

    Raises:
        ValueError: a field that no docstring says the meaning of.
    """
    found = []
    for name in own(kind):
        meanings = (told(base).meanings.get(name) for base in kind.__mro__)
        meaning = next(filter(None, meanings), None)
        if meaning is None:
            raise ValueError(f"the docstring of {kind.__name__} doesn't say what {name} means")
        field = kind._fields[name]
        found.append(Row(name, repr(field.default), wanted(field), meaning))
    return found


def terms(latex: str) -> list[str]:
    """Return the terms of a sum in LaTeX, each with its sign."""
    depth, start, found = 0, 0, []
    for token in re.finditer(r"\\left\b|\\right\b|[{}\[\]]| [+-] ", latex):
        depth += (token[0] in "{[\\left") - (token[0] in "}]\\right")
        if not depth and token[0] in (" + ", " - "):
            found.append(latex[start : token.start()])
            start = token.start() + 1
    return [*found, latex[start:]]


def length(latex: str) -> int:
    """Return about how many letters wide a formula is."""
    return len(re.sub(r"\\(left|right|text|frac)\b|[{}_\\ ]|\}\{", "", latex))


def broken(latex: str) -> str:
    """Return a sum that is too long for a phone in several lines, and so its long numerators."""
    if length(latex) <= LETTERS:
        return latex
    lines = []
    for term in terms(latex):
        fraction = re.fullmatch(
            r"([+-] )?\\frac\{(?P<above>.*)\}\{(?P<below>[^{}]*(?:\{\w*\})?)\}", term
        )
        if fraction and length(fraction["above"]) > LETTERS:
            *first, last = terms(fraction["above"])
            above = rf"\begin{{aligned}} & {' '.join(first)} \\ & {last} \end{{aligned}}"
            term = rf"{fraction[1] or ''}\frac{{{above}}}{{{fraction['below']}}}"
        lines.append(term)
    return r" \\ &\quad ".join(lines)


def aligned(formulas: Iterable[tuple[str, str]]) -> str:
    """Return formulas as one formula in LaTeX."""
    lines = r" \\ ".join(f"{left} &= {broken(right)}" for left, right in formulas)
    return rf"\begin{{aligned}} {lines} \end{{aligned}}"


def variants(kind: Neuron) -> Iterator[tuple[str, Any]]:
    """Yield each setting that changes the formulas, and those that it changes."""
    usual = kind().equations()
    fields = {name: kind._fields[name].default for name in own(kind)}
    settings = {n: not default for n, default in fields.items() if isinstance(default, bool)}
    for name, value in {**settings, **({"v_reset": None} if "v_reset" in fields else {})}.items():
        other = kind(**{name: value}).equations()
        if changed := [row for row in other if row not in usual]:
            yield f"{name}={value}", type(usual)(changed)


def call(kind: Neuron) -> str:
    """Return lines that make a layer of a neuron and call it in both step modes."""
    values = ", ".join(f"{row.name}={row.default}" for row in rows(kind))
    made = f"layer = neuron.{kind.__name__}({values})"
    if len(made) > 46:
        lines = textwrap.fill(values, 40, initial_indent="    ", subsequent_indent="    ")
        made = f"layer = neuron.{kind.__name__}(\n{lines},\n)"
    out = "s" if issubclass(kind, BaseNode) else "v"
    return (
        f"from snnbook import neuron\n\n{made}\n{out} = layer(x)  # one step, [N, *]\n\n"
        f'layer.reset()\nlayer.step_mode = "m"\n{out}_seq = layer(x_seq)  # T steps, [T, N, *]'
    )


def written(kind: type) -> str:
    """Return the source of a class without its docstrings."""
    source = textwrap.dedent(inspect.getsource(kind))
    lines = source.splitlines()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, (ast.ClassDef, ast.FunctionDef)) and ast.get_docstring(node):
            text = node.body[0]
            for number in range(text.lineno - 1, text.end_lineno or text.lineno):
                lines[number] = "\0"
    kept = "\n".join(line for line in lines if line != "\0")
    return re.sub(r"(class .*:\n)\n+", r"\1", kept).strip()


# --- its figures ---------------------------------------------------------------------------------


def span(kind: Neuron, name: str) -> tuple[float, float, float]:
    """Return the range of a field's slider, all of which the field may be, and its start."""
    field = kind._fields[name]
    start = float(field.default)
    size = 2 * abs(start) or 1.0
    low, high = RANGES.get(name, (-size if start < 0 else 0.0, size))
    bounds = re.search(r", (at least|above|from) (\S+?)(?: to (\S+?))?(?:,|$)", wanted(field))
    if bounds:
        least = float(bounds[2])
        # Not down to what it must be above.
        low = max(low, least + (start - least) / 10 * (bounds[1] == "above"))
        high = min(high, float(bounds[3] or high))
    return min(low, start), max(high, start), start


@torch.no_grad()
def rates(layer: BaseNode, xs: torch.Tensor) -> torch.Tensor:
    """Return the firing rate of a neuron at each of several constant inputs."""
    return layer.run(xs.expand(LONG, -1)).s_seq.mean(0)


def first_x(layer: BaseNode) -> float:
    """Return the least input at which a neuron fires at a third of its highest rate."""
    xs = torch.linspace(*XS, 41)
    curve = rates(layer, xs)
    return round(float(xs[curve >= curve.max() / 3][0]), 2)


def moved(figure: Explorer, name: str) -> bool:
    """Whether a slider moves what is shown when it goes from its start to an end of its range."""
    slider = next(one for one in figure.spec["sliders"] if one["name"] == name)
    end = slider["low"] if figure.values[name] == slider["high"] else slider["high"]
    before, there = dict(figure.values), {**figure.values, name: end}
    if "rate" in figure.spec["show"]:
        curves = []
        for figure.values in (there, before):
            curves.append(rates(figure.layer, torch.linspace(*XS, 41)))
        return name == "x" or not torch.equal(*curves)
    runs = [run for at in (before, there) for run in figure.run(at).values()]
    return name in BaseNode._fields or not torch.equal(runs[0].h_seq, runs[1].h_seq)


class Live(NamedTuple):
    """A neuron's two live figures: its answer to a step, and its f-I curve.

    Attributes:
        step: the first.
        rate: the second.
        woken: fields that start at `AWAKE` in both, since at 0 they keep some slider from moving
            anything, and these sliders.
    """

    step: Explorer
    rate: Explorer
    woken: Mapping[str, list[str]]


def live(kind: type[BaseNode]) -> Live:
    """Return the figures of a spiking neuron."""
    plain, name = kind(), kind.__name__
    numbers = [field for field in own(kind) if field in neuron_entry(name, plain)["moved"]]
    x = first_x(plain)
    starts: dict[str, Any] = {"x": (*XS, x), **{field: span(kind, field) for field in numbers}}

    def step(sliders: Mapping[str, Any]) -> Explorer:
        # The step is BEGINS: an equation says its numbers itself.
        show = ["input", "trace"]
        return explore({name: plain}, lambda t, x: x * (t >= 10), STEPS, sliders=sliders, show=show)

    figure, woken = step(starts), {}
    shared = {*BaseNode._fields, *kind.states.values()}
    for zero in [n for n in numbers if getattr(plain, n) == 0 and n not in shared]:
        asleep = [slider for slider in starts if not moved(figure, slider)]
        woke = (*starts[zero][:2], AWAKE)
        other = step({**starts, zero: woke})
        if freed := [slider for slider in asleep if moved(other, slider)]:
            woken[zero] = freed
            starts[zero], figure = woke, other
    curve = explore({name: plain}, x, LONG, sliders=starts, show=["rate"])
    starts = {slider: at for slider, at in starts.items() if moved(curve, slider)}
    return Live(figure, explore({name: plain}, x, LONG, sliders=starts, show=["rate"]), woken)


def answer(kind: Neuron) -> tuple[str, str, str]:
    """Return the answer of a neuron without spikes to a step, for several tau: drawn wide and
    narrow, and in words.
    """
    from matplotlib.figure import Figure

    from snnbook.visualizing import MEMBRANE

    x_seq = (torch.arange(STEPS) >= BEGINS).float()[:, None]
    figure = Figure(figsize=(8.0, 3.0), layout="constrained")
    axes = figure.subplots()
    axes.step(range(STEPS), x_seq[:, 0].tolist(), where="mid", color=GREEN, label="X[t]")
    ends = []
    for tau, style in ((2.0, "-"), (5.0, "--"), (20.0, ":")):
        v_seq = kind(tau=tau).run(x_seq).s_seq[:, 0].tolist()
        axes.plot(v_seq, style, color=MEMBRANE, label=f"V[t], tau = {tau:g}")
        ends.append(f"{v_seq[-1]:.2f} with tau = {tau:g}")
    axes.set(xlabel="step t", xlim=(0, STEPS - 1))
    axes.legend(frameon=False)
    wide, other = drawing.both(figure) or ("", {"narrow": ""})
    words = f"X is 0 for {BEGINS} steps, then 1. At step {STEPS - 1}, V is {', '.join(ends)}."
    return wide, other["narrow"], words


# --- the page ------------------------------------------------------------------------------------


def shared(kind: Neuron) -> str:
    """Return the sentence on the fields that all neurons share."""
    base = BaseNode if issubclass(kind, BaseNode) else Node
    others = ", ".join(f"`{name}`" for name in kind._fields if name not in own(kind))
    return f"As every :py:class:`~snnbook.node.{base.__name__}` it also takes {others}."


def formula(formulas: Iterable[tuple[str, str]]) -> str:
    """Return formulas in reStructuredText."""
    return f".. math::\n   :class: neuron-formula\n\n   {aligned(formulas)}\n"


def top(kind: Neuron) -> str:
    """Return what stands above the figure."""
    name, says = kind.__name__, told(kind)
    lines = [f".. py:class:: {name}", "   :module: snnbook.neuron", "", says.sentences, ""]
    lines += [formula(kind().equations())]
    for setting, formulas in variants(kind):
        lines += [f"With `{setting}`:", "", formula(formulas)]
    return "\n".join([*lines, says.more])


def table(rows: list[tuple[str, ...]], widths: str) -> str:
    """Return a table in reStructuredText; its first row is the head."""
    lines = [
        ".. list-table::",
        "   :class: neuron-fields",
        "   :header-rows: 1",
        f"   :widths: {widths}",
        "",
    ]
    for first, *others in rows:
        lines += [f"   * - {first}", *(f"     - {cell}" for cell in others)]
    return "\n".join(lines)


def below(kind: Neuron) -> str:
    """Return what stands below the figure.

    Raises:
        ValueError: the docstring names no source.
    """
    says = told(kind)
    if not says.source:
        raise ValueError(f"the docstring of {kind.__name__} names no source: write “Source: …”")
    head = ("Field", "Default", "May be", "Meaning")
    fields = [(f"`{r.name}`", f"`{r.default}`", r.wanted, r.meaning) for r in rows(kind)]
    states = " and ".join(f"`{name}`" for name in kind().initial_state(torch.zeros(1)))
    learned = "".join(f" It learns `{name}`: {says.meanings[name]}" for name in says.learned)
    return f"""
In code
-------

.. code-block:: python

{textwrap.indent(call(kind), "   ")}

Fields
------

{table([head, *fields], "18 14 26 42")}

{shared(kind)}
From call to call it keeps {states}.{learned}

As it is written
----------------

.. code-block:: python

{textwrap.indent(written(kind), "   ")}

Source
------

{linked(says.source)}
"""


class plain_figure(nodes.figure):
    """A figure without a number: nothing refers to it."""


class NeuronPage(SphinxDirective):
    """All that there is to say of a neuron, from its class."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Return the page below its title."""
        if self.arguments[0] not in (known := neurons()):
            raise self.error(f"{self.arguments[0]} is no neuron; there are {', '.join(known)}")
        kind = known[self.arguments[0]]
        self.env.note_dependency(__file__)
        for base in kind.__mro__[:-1]:
            if base.__module__.startswith("snnbook"):
                self.env.note_dependency(inspect.getfile(base))
        try:
            end = below(kind)
        except ValueError as error:
            raise self.error(str(error)) from None
        spiking = issubclass(kind, BaseNode)
        title = "Play\n----\n" if spiking else "See\n---\n"
        (shown,) = self.parse_text_to_nodes(title, allow_section_headings=True)
        shown += self.figures(kind) if spiking else self.still(kind)
        *sections, source = self.parse_text_to_nodes(end, allow_section_headings=True)
        source += self.work(kind)
        return [*self.parse_text_to_nodes(top(kind)), shown, *sections, source]

    def figures(self, kind: type[BaseNode]) -> list[nodes.Node]:
        """Return the live figures with their captions."""
        shown = live(kind)
        woken = "".join(
            f" It starts with `{name}={AWAKE}`: at 0, the default, "
            f"{' and '.join(f'`{slider}`' for slider in sliders)} would move nothing."
            for name, sliders in shown.woken.items()
        )
        step = f"The answer to a step: the input is 0 until step {BEGINS}, then `x`.{woken}"
        rate = (
            "The f-I curve: the firing rate, in spikes a step, against a constant input `x`, "
            f"counted over {LONG} steps."
        )
        return [
            self.captioned(nodes.raw("", figure.to_html(), format="html"), caption)
            for figure, caption in ((shown.step, step), (shown.rate, rate))
        ]

    def captioned(self, content: nodes.Node, caption: str) -> plain_figure:
        """Return a figure with its caption."""
        words, _ = self.parse_inline(caption)
        return plain_figure(
            "", content, nodes.caption(caption, "", *words), classes=["live-figure"]
        )

    def still(self, kind: Neuron) -> list[nodes.Node]:
        """Return the picture of a neuron without spikes."""
        *drawn, words = answer(kind)
        page = Path(self.env.doc2path(self.env.docname))
        images = []
        for size, svg in zip(("wide", "narrow"), drawn, strict=True):
            file = page.with_name(f"{kind.__name__}-{size}.svg")
            file.write_text(svg, "utf-8")
            images.append(nodes.image(uri=file.name, alt=words))
        wide, narrow = images
        caption = (
            "The answer to a step: the larger `tau`, the slower. It has no spikes, so no rate."
        )
        return [self.captioned(picture("", narrow, wide), caption)]

    def work(self, kind: Neuron) -> list[nodes.Node]:
        """Return a line that leads to the bibliography, where it has the source."""
        known: dict[str, str] = {}
        for file in getattr(self.config, "bibtex_bibfiles", ()):
            entries = pybtex.database.parse_file(Path(self.env.srcdir, file)).entries
            known |= {
                e.fields["doi"].lower(): key for key, e in entries.items() if "doi" in e.fields
            }
        keys = [known[doi] for doi in dois(told(kind).source) if doi in known]
        text = ", ".join(f":cite:t:`{key}`" for key in keys)
        return self.parse_text_to_nodes(f"In the bibliography: {text}.") if keys else []


class NeuronList(SphinxDirective):
    """Each neuron: a link to its page, its sentence, and the formula of its charge."""

    def run(self) -> list[nodes.Node]:
        """Return the list."""
        lines = []
        self.env.note_dependency(__file__)
        for name, kind in neurons().items():
            self.env.note_dependency(inspect.getfile(kind))
            formulas = dict(kind().equations())
            left = "H[t]" if "H[t]" in formulas else "V[t]"
            sentences = textwrap.indent(told(kind).sentences, "   ")
            lines += [f":doc:`{name} </{self.config.neuron_pages}/{name}>`", sentences, ""]
            lines.append(textwrap.indent(formula([(left, formulas[left])]), "   "))
        listed = self.parse_text_to_nodes("\n".join(lines))
        for entries in listed:
            entries["classes"].append("neuron-list")
        return listed


def write_sources(app: Sphinx) -> None:
    """Write the sources of the pages, and remove those of neurons that there are no more."""
    folder = Path(app.srcdir, app.config.neuron_pages)
    folder.mkdir(parents=True, exist_ok=True)
    wanted = {
        f"{name}.rst": f"{name}\n{'=' * len(name)}\n\n.. neuron:: {name}\n" for name in neurons()
    }
    for file in folder.iterdir():
        if file.suffix == ".rst" and file.name not in wanted:
            file.unlink()
    for file_name, text in wanted.items():
        file = folder / file_name
        if not file.exists() or file.read_text("utf-8") != text:
            file.write_text(text, "utf-8")


def setup(app: Sphinx) -> dict[str, Any]:
    """Write the sources before the first page is looked for."""
    app.add_config_value("neuron_pages", "neurons", "env")
    html = (HTML5Translator.visit_figure, HTML5Translator.depart_figure)
    app.add_node(plain_figure, html=html)
    app.add_directive("neuron", NeuronPage)
    app.add_directive("neuron-list", NeuronList)
    app.connect("builder-inited", write_sources)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
