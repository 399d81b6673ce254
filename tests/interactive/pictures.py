"""The book's live figures, and what is drawn in them, read back from the picture into numbers."""

import re
from pathlib import Path

import nbformat
import numpy as np

from snnbook import neuron

BOOK = Path(__file__).parents[2] / "book"


def figures_of_the_book(pages="*"):
    """The figures of `explore` in the chapters and on the cover, by the name of their page."""
    found = {}
    for path in sorted(BOOK.glob(f"{pages}.ipynb")):
        for cell in nbformat.read(path, as_version=4).cells:
            if cell.cell_type == "code" and re.search(
                r"\bexplore\((.|\n)*\nexplorer$", cell.source
            ):
                names = {"neuron": neuron}
                exec(cell.source, names)
                found[path.stem] = names["explorer"]
    (cover,) = re.findall(
        r"```\{live-figure\}.*?\n(?:\n|:.*\n)*((?:.|\n)*?)```",
        (BOOK / "index.md").read_text("utf-8"),
    )
    names = {}
    exec(re.sub(r"^(?=interactive\.explore)", "explorer = ", cover, flags=re.MULTILINE), names)
    found["cover"] = names["explorer"]
    return found


READ = """(values) => {
  const kind = (e) => e.getAttribute("class") ?? "", at = (e, name) => Number(e.getAttribute(name));
  const { snnbook } = document.querySelector(".snn-explore");
  if (values) { snnbook.set(values); snnbook.draw(); }
  return [...document.querySelectorAll(".snn-live g.panel")].map((panel) => ({
    view: panel.classList[1],
    texts: [...panel.querySelectorAll("text")].map(
      (e) => [kind(e), at(e, "x"), at(e, "y"), e.textContent]),
    paths: [...panel.querySelectorAll("path")].map((e) => [kind(e), e.getAttribute("d")]),
    dots: [...panel.querySelectorAll("circle")].map((e) => [kind(e), at(e, "cx"), at(e, "cy")]),
    balances: [...panel.querySelectorAll("g.balance")].map((e) => [
      [...e.querySelectorAll("path.block")].map((e) => [kind(e), e.getAttribute("d")]),
      [...e.querySelectorAll("text")].map((e) => [kind(e), e.textContent])]),
    excesses: [...panel.querySelectorAll("svg[role=presentation] path.block")].map(
      (e) => [kind(e), e.getAttribute("d")]),
  }));
}"""


class Panel:
    """One panel of a picture. Its axes are those that a reader sees: ticks with their numbers."""

    def __init__(self, drawn):
        self.view, self.texts, self.dots = drawn["view"], drawn["texts"], drawn["dots"]
        self.balances, self.excesses = drawn["balances"], drawn["excesses"]
        self.paths = {}
        for name, d in drawn["paths"]:
            self.paths.setdefault(name, []).append(d)
        self.ticks = [(x, y, number(words)) for kind, x, y, words in self.texts if kind == "y"]
        self.steps = [(x, number(words)) for kind, x, _, words in self.texts if kind == "x"]
        lines = [float(d.split("H")[0].split()[1]) for d in self.paths.get("grid", []) if "H" in d]
        if self.ticks:
            places = lines or [y - 4 for _, y, _ in self.ticks]
            self._y = fitted(places, [v for *_, v in self.ticks])
        if len(self.steps) > 1:
            self._x = fitted(*zip(*self.steps, strict=True))

    @property
    def resolution(self):
        """What a tenth of a pixel is worth on the y axis."""
        return abs(self._y[0]) / 10

    def y(self, place):
        """The value at a height."""
        return self._y[0] * np.asarray(place) + self._y[1]

    def x(self, place):
        """The value at a place on the x axis."""
        return self._x[0] * np.asarray(place) + self._x[1]

    def words(self, kind):
        """The texts of a kind."""
        return [words for name, _, _, words in self.texts if name.split()[:1] == [kind]]

    def level(self, name):
        """The value at which a level's line is drawn."""
        (path,) = self.paths[f"level {name}"]
        return float(self.y(float(re.match(r"M\S+ (\S+)H", path)[1])))


def number(words):
    """The number in a text, with the typographer's minus."""
    return float(words.replace("−", "-"))


def fitted(places, values):
    """The line through ticks and their numbers; they lie on it."""
    slope, start = np.polyfit(places, values, 1)
    assert np.allclose(slope * np.asarray(places) + start, values, atol=abs(slope) * 0.1)
    return slope, start


def pieces(d):
    """The commands of a path: pairs of a letter and its numbers."""
    found = re.findall(r"([MLHVhvl])([^MLHVhvl]*)", d)
    return [(letter, [float(n) for n in numbers.split()]) for letter, numbers in found]


def panels(page, values=None):
    """The panels of a page's figure, at some values of its sliders."""
    return [Panel(drawn) for drawn in page.evaluate(READ, values)]


def corners(block):
    """The left, upper, right and lower end of a block."""
    (_, (left, top)), (_, (right,)), (_, (bottom,)), (_, (back,)) = pieces(block.strip("Z"))
    assert back == left < right
    assert top <= bottom
    return left, top, right, bottom


def trace_of(panel, k=None):
    """H and V at each step, and the places of the spikes, as a trace shows them.

    Of several layers in one frame it is that of layer k.
    """
    h, v = [], []
    kind = "" if k is None else f" style{k % 3}"
    line = next(d for d in panel.paths[f"potential{kind}"] if "h" not in d)  # not the sample's
    for letter, numbers in pieces(line):
        if letter in "ML":
            h.append(numbers[1])
            v.append(numbers[1])
        else:
            v[-1] = numbers[0]
    if k is None:
        up, marks = panel.paths["spike"]
    else:
        (up,), marks = panel.paths[f"spike{kind}"], panel.paths["spike"][k]
    fired = [numbers[0] for letter, numbers in pieces(up) if letter == "M"]
    below = [numbers[0] for letter, numbers in pieces(marks) if letter == "M"]
    assert fired == below
    return panel.y(h), panel.y(v), fired


def height_at(path, place):
    """The height of stairs, made of H and V, at a place."""
    x = y = None
    for letter, numbers in pieces(path):
        if letter == "M":
            x, y = numbers
        elif letter == "V":
            y = numbers[0]
        else:
            if x - 0.05 <= place <= numbers[0] + 0.05:
                return y
            x = numbers[0]
    raise AssertionError(f"nothing is drawn at {place}")
