"""A chapter's times are counted, and those without its exercises stay within an hour."""

import re

import pytest
import reading_time
from test_notebooks import NOTEBOOKS, code, markdown, read, source


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_the_times_are_counted(path):
    notebook = read(path)
    found, title = reading_time.times(notebook), source(notebook["cells"][0])
    remedy = "Remedy: `python tools/reading_time.py --write`"
    assert title == reading_time.written(title, found), remedy
    assert found["reading"] <= 60, "shorten it, or begin a title with Optional:"
    assert int(re.search(r"Running:\s+about (\d+) seconds", title)[1]) <= 60


def words(number):
    """A text of so many words."""
    return " ".join(["word"] * number)


def minutes(*cells):
    """The minutes of a chapter with these cells."""
    return reading_time.times({"cells": list(cells)})


def test_words_code_figures_formulas_and_play_are_counted():
    figure = {"mystnb": {"figure": {"caption": words(100)}}}
    assert reading_time.minutes_of(markdown("a", words(500))) == 2.5
    assert reading_time.minutes_of(markdown("a", "| a | b |\n|---|---|\n| - | c |")) == 3 / 200
    assert reading_time.minutes_of(markdown("a", f"$${words(500)}$$ x\n\n$$\ny\n$$")) == 1 + 1 / 200
    assert reading_time.minutes_of(markdown("a", "x **Sources** " + words(500))) == 1 / 200
    assert reading_time.minutes_of(code("a", "x = 1\n\n" * 30)) == 2
    assert reading_time.minutes_of(code("a", "x = 1\n" * 15, **figure)) == 1 + 0.5 + 0.5
    played = "explorer = explore(\n    layer,\n)\nexplorer"
    assert reading_time.minutes_of(code("a", played)) == 3 + 4 / 15
    learns = "learner = learn(nets, x_seq, 20)\nlearner"
    assert reading_time.minutes_of(code("a", learns)) == 3 + 2 / 15


def test_parts_are_told_apart():
    text = markdown("text", words(1900))
    assert minutes(text) == {"reading": 10, "exercises": 0, "optional": 0}
    optional = markdown("more", "## Optional: more")
    assert minutes(optional, text)["optional"] == 10
    assert minutes(optional, text, markdown("next", "## Next"), text)["reading"] == 10
    inner = markdown("inner", "### Optional: more")
    after = markdown("after", "### After")
    assert minutes(markdown("a", "## A"), inner, text, after, text) == {
        "reading": 10,
        "exercises": 0,
        "optional": 10,
    }
    exercises = markdown("exercises", "## Exercises")
    task = markdown("exercise-one", "### One\n\n" + words(1000))
    assert minutes(text, exercises, task, code("answer-one", "x = 1\n" * 99)) == {
        "reading": 10,
        "exercises": 5,
        "optional": 0,
    }


def test_times_are_written():
    title = "# A\n\nYou need: nothing · Reading: about 1 minutes · Running:\nabout 5 seconds."
    found = {"reading": 40, "exercises": 25, "optional": 10}
    line = title.replace("1 minutes", "40 minutes").removesuffix(".")
    wanted = f"{line} · Exercises: about 25 minutes · Optional sections: about 10 minutes."
    assert reading_time.written(title, found) == wanted
    assert reading_time.written(wanted, found) == wanted
    without = reading_time.written(wanted, {"reading": 40, "exercises": 0, "optional": 0})
    assert without == line + "."
    with pytest.raises(ValueError, match="no line 'Reading"):
        reading_time.written("# A", found)
