"""Wrong answers are refused with a word about the kind of mistake, and right ones pass.

The answers are in the folder `answers`. They were written from the exercises' texts alone.
"""

import re
from collections import Counter

import answers
import numpy as np
import pytest
import torch
from exercises import ALL
from matplotlib import pyplot as plt
from torch import nn

from snnbook import neuron
from snnbook.check import check
from snnbook.check import sentences as say

# It runs the training of its chapter.
SLOW = "classifier/choose: the global by_price, not the argument"
FIRST = {answer.exercise: answer for answer in reversed(answers.ANSWERS) if answer.says}

given = pytest.mark.parametrize(
    "answer",
    [
        pytest.param(answer, id=answer.id, marks=[pytest.mark.sweep] * (answer.id == SLOW))
        for answer in answers.ANSWERS
    ],
)
# PyTorch only warns where a reader makes a number of a loss by `float`.
floats = pytest.mark.filterwarnings("ignore:Converting a tensor with requires_grad")


@floats
@given
def test_the_verdict_is_right_and_names_the_mistake(answer):
    value, before = answer.value, plt.get_fignums()
    verdict = check(answer.exercise, value)
    assert len(verdict.message) <= say.LIMIT
    assert plt.get_fignums() == before
    if answer.says is None:
        assert verdict, verdict
    else:
        assert not verdict
        assert verdict.heading == say.NOT_YET
        assert re.search(answer.says, verdict.message), verdict
        if answer is FIRST[answer.exercise]:  # a picture takes long
            assert verdict._repr_html_()


@pytest.mark.sweep
@floats
@given
def test_a_notebook_shows_every_verdict(answer):
    assert check(answer.exercise, answer.value)._repr_html_()


@pytest.mark.parametrize("name", ALL)
def test_each_exercise_has_answers_of_many_kinds(name):
    wrong = Counter(a.says for a in answers.ANSWERS if a.exercise == name and a.says is not None)
    assert all(wrong), "a pattern that every message holds"
    assert len(wrong) >= 5
    assert any(a.exercise == name and a.says is None for a in answers.ANSWERS)


def prints(*values):
    """A function that prints its result in place of returning it."""
    print(sum(1 for value in values if isinstance(value, int | float)))


def returns_an_error(*values):
    """A function that returns an error in place of raising it."""
    return RuntimeError("it has another shape")


def fails(*values):
    """A function with a fault in its second line."""
    values = list(values)
    return values[100]


KINDS = {
    "None": None,
    "a truth value": True,
    "a text": "0.5",
    "a complex number": 1j,
    "not a number": float("nan"),
    "infinite": float("inf"),
    "an error": ValueError("no"),
    "a class": dict,
    "a layer": neuron.IFNode(),
    "a module": nn.Linear(2, 2),
    "a large tensor": torch.zeros(7, 5, 100, 100),
    "a large array": np.zeros((300, 300)),
    "a long list": [0.5] * 10_000,
    "a long text": "0.5 " * 10_000,
    "a long dict": dict.fromkeys(range(10_000), 0.5),
    "a generator": (x for x in range(3)),
    "nested lists": [[[[1.0]]]],
    "a list of texts": ["a", "b"],
    "a list of None": [None, None],
    "two tensors": [torch.ones(3), torch.ones(3)],
    "a function that prints": prints,
    "a function that returns nothing": lambda *values: None,
    "a function that returns an error": returns_an_error,
    "a function that fails": fails,
    "a function that returns a text": lambda *values: "0.5",
    "a function that returns a large tensor": lambda *values: torch.rand(100, 100, 100),
    "a function that returns a long list": lambda *values: list(range(5_000)),
    "a function that returns a function": lambda *values: prints,
}


def numbers_in(value):
    """The numbers of a right answer that nobody hits on by chance."""
    if isinstance(value, dict | list):
        parts = value.values() if isinstance(value, dict) else value
        return {number for part in parts for number in numbers_in(part)}
    return {f"{value:.4g}"} if isinstance(value, int | float) and value > 12 else set()


def a_list(value):
    """A right answer's list as a message would show it."""
    return "[" + ", ".join(f"{x:g}" for x in value) + "]"


@pytest.mark.parametrize("name", ALL)
def test_a_wrong_kind_is_named_and_never_answered_with_the_solution(name):
    exercise = ALL[name]
    right = exercise.right
    parts = right if isinstance(right, dict) else {"": right}
    for kind, answer in KINDS.items():
        for handed_in in (answer, [answer] * len(parts), dict.fromkeys(parts, answer)):
            verdict = check(name, handed_in)
            assert not verdict, kind
            assert len(verdict.message) <= say.LIMIT, kind
            assert len(verdict.message) > 20, kind
            if not exercise.is_value:
                continue
            own = " ".join(exercise.sentences.values())
            for number in numbers_in(right):
                told = re.search(rf"(?<![\d.]){re.escape(number)}(?![\d.])", verdict.message)
                assert not told or number in own, (kind, verdict)
            flat = [part for part in parts.values() if isinstance(part, list) and len(part) > 1]
            for part in flat:
                if not isinstance(part[0], list):
                    assert a_list(part) not in verdict.message, (kind, verdict)


@pytest.mark.parametrize("name", [name for name in ALL if "nothing" not in name])
def test_none_is_named_wherever_it_stands(name):
    right = ALL[name].right
    assert "None" in check(name, None).message
    if isinstance(right, dict):
        for part in right:
            assert "None" in check(name, {**right, part: None}).message, part
            verdict = check(name, {**right, part: ...})
            assert (verdict.heading, part in verdict.message) == (say.YOUR_TURN, True)


FUNCTIONS = [
    name
    for name, exercise in ALL.items()
    if callable(exercise.right) and not isinstance(exercise.right, type)
]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_that_prints_or_fails_is_told_so(name, capsys):
    assert check(name, prints).message.startswith(say.PRINTED)
    message = check(name, fails).message
    assert "IndexError" in message
    assert "`return values[100]`" in message
    assert "an error, `RuntimeError`" in check(name, returns_an_error).message
    assert "has no length" not in capsys.readouterr().err


@pytest.mark.parametrize("name", ALL)
def test_the_right_answers_of_other_exercises_are_refused(name):
    same = {("state/derive", "step_modes/derive")}
    for other, exercise in ALL.items():
        if other != name and (name, other) not in same:
            verdict = check(name, exercise.right)
            assert not verdict, other
            assert len(verdict.message) <= say.LIMIT
