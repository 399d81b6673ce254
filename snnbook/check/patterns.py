"""Patterns of values, which are data: a page without Python tries the same ones.

A pattern is the name of a test and what the test needs. The tests here are those that
``book/_static/exercises.js`` has under the same names; each is one line in both, and all else that
is known about an answer, which pattern goes with which sentence, is written in Python alone.
A value is what a reader can type: a number, True or False, a text, None, or a list of these.
"""

import math
import numbers
import sys
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np

__all__ = [
    "ANYTHING",
    "DISTINCT",
    "FINITE",
    "LIST",
    "NUMBER",
    "TEXT",
    "TRUTH",
    "WAYS",
    "WHOLE",
    "Pattern",
    "above",
    "at_least",
    "below",
    "counted",
    "each",
    "either",
    "entries",
    "every",
    "flat",
    "flattened",
    "is_bool",
    "is_number",
    "like_value",
    "near",
    "no",
    "ordered",
    "other_text",
    "part",
    "same",
    "shape",
    "shape_of",
    "some",
]


def is_bool(value: Any) -> bool:
    """Whether a value is True or False."""
    return isinstance(value, (bool, np.bool_))


def is_number(value: Any) -> bool:
    """Whether a value is a real number; True and False are none."""
    return isinstance(value, (numbers.Real, Decimal)) and not is_bool(value)


def shape_of(value: Any) -> list[int] | None:
    """Return the shape of a nested list, [] of what is no list, None of a ragged one."""
    if not isinstance(value, list):
        return []
    shapes = [shape_of(part) for part in value]
    if None in shapes or any(shape != shapes[0] for shape in shapes):
        return None
    return [len(value), *(shapes[0] or [] if shapes else [])]


def flattened(value: Any) -> list[Any]:
    """Return what stands in a nested list, one after the other."""
    if not isinstance(value, list):
        return [value]
    return [x for part in value for x in flattened(part)]


@dataclass(frozen=True)
class Pattern:
    """A test of a value.

    Attributes:
        test: its name, one of `TESTS`.
        operands: what it needs: numbers, texts or other patterns.
    """

    test: str
    operands: tuple[Any, ...] = ()

    def fits(self, value: Any) -> bool:
        """Whether a value is like this."""
        return TESTS[self.test](value, *self.operands)

    def data(self) -> list[Any]:
        """Return it as lists, numbers and texts: its name, then its operands."""
        return [self.test, *(o.data() if isinstance(o, Pattern) else o for o in self.operands)]


WAYS: dict[str, Callable[[float], float]] = {
    "down": math.floor,
    "up": math.ceil,
    "nearest": round,
}
"""The ways to round."""


def counted(value: list[Any], *patterns: Pattern) -> int:
    """Return how many entries of a list fit their patterns."""
    return sum(pattern.fits(x) for pattern, x in zip(patterns, value, strict=True))


def _room(x: float, tolerance: float) -> float:
    """The difference from a number that a tolerance, absolute or relative, allows."""
    return tolerance * max(1.0, abs(x)) if math.isfinite(x) else 0.0


TESTS: dict[str, Callable[..., bool]] = {
    "anything": lambda value: True,
    "number": is_number,
    "finite": lambda value: is_number(value) and math.isfinite(value),
    "whole": lambda value: is_number(value) and math.isfinite(value) and float(value) % 1 == 0,
    "truth": is_bool,
    "text": lambda value: isinstance(value, str),
    "list": lambda value: isinstance(value, list),
    "near": lambda value, x, within: (
        is_number(value) and (value == x or abs(float(value) - x) <= within)
    ),
    "above": lambda value, x: is_number(value) and float(value) > x,
    "below": lambda value, x: is_number(value) and float(value) < x,
    "same": lambda value, other: type(value) is type(other) and bool(value == other),
    "entries": lambda value, *patterns: (
        isinstance(value, list)
        and len(value) == len(patterns)
        and all(pattern.fits(x) for pattern, x in zip(patterns, value, strict=True))
    ),
    "each": lambda value, pattern: isinstance(value, list) and all(map(pattern.fits, value)),
    "some": lambda value, pattern: isinstance(value, list) and any(map(pattern.fits, value)),
    "part": lambda value, index, pattern: pattern.fits(value[index]),
    "distinct": lambda value: len(set(value)) == len(value),
    "shape": lambda value, *shape: shape_of(value) == list(shape),
    "flat": lambda value, pattern: pattern.fits(flattened(value)),
    "ordered": lambda value, pattern: all(map(is_number, value)) and pattern.fits(sorted(value)),
    "constant": lambda value, within: (
        len(value) > 1 and all(near(value[0], _room(value[0], within)).fits(x) for x in value)
    ),
    "equal": lambda value, i, j, within: near(value[j], _room(value[j], within)).fits(value[i]),
    "most": lambda value, count, *patterns: counted(value, *patterns) >= count,
    "at": lambda value, places, pattern: pattern.fits([value[i] for i in places]),
    "less": lambda value, numbers, pattern: pattern.fits(
        [x - w for x, w in zip(value, numbers, strict=True)]
    ),
    "over": lambda value, numbers, pattern: pattern.fits(
        [x / w for x, w in zip(value, numbers, strict=True)]
    ),
    "rounded": lambda value, way, pattern: pattern.fits([WAYS[way](x) for x in value]),
    "not": lambda value, pattern: not pattern.fits(value),
    "every": lambda value, *patterns: all(pattern.fits(value) for pattern in patterns),
    "either": lambda value, *patterns: any(pattern.fits(value) for pattern in patterns),
}
"""The tests by their names. ``exercises.js`` has the same."""

ANYTHING, NUMBER, FINITE, WHOLE = map(Pattern, ("anything", "number", "finite", "whole"))
TRUTH, TEXT, LIST, DISTINCT = map(Pattern, ("truth", "text", "list", "distinct"))


def near(x: float, within: float) -> Pattern:
    """A number that differs from x by at most `within`."""
    return Pattern("near", (x, within))


def above(x: float) -> Pattern:
    """A number greater than x."""
    return Pattern("above", (x,))


def below(x: float) -> Pattern:
    """A number less than x."""
    return Pattern("below", (x,))


def at_least(x: float) -> Pattern:
    """A finite number that is x or greater."""
    return every(FINITE, no(below(x)))


def same(value: str | bool | None) -> Pattern:
    """This text, this truth, or None."""
    return Pattern("same", (value,))


def entries(*patterns: Pattern) -> Pattern:
    """A list with as many entries as patterns, each of which fits."""
    return Pattern("entries", patterns)


def each(pattern: Pattern) -> Pattern:
    """A list whose entries all fit."""
    return Pattern("each", (pattern,))


def some(pattern: Pattern) -> Pattern:
    """A list in which an entry fits."""
    return Pattern("some", (pattern,))


def part(index: int, pattern: Pattern) -> Pattern:
    """An answer whose part at this place fits."""
    return Pattern("part", (index, pattern))


def shape(sizes: list[int]) -> Pattern:
    """A nested list of this shape."""
    return Pattern("shape", tuple(sizes))


def flat(pattern: Pattern) -> Pattern:
    """A nested list whose numbers, one after the other, fit."""
    return Pattern("flat", (pattern,))


def ordered(pattern: Pattern) -> Pattern:
    """A list of numbers that fits when they are put in order."""
    return Pattern("ordered", (pattern,))


def no(pattern: Pattern) -> Pattern:
    """What does not fit."""
    return Pattern("not", (pattern,))


def every(*patterns: Any) -> Pattern:
    """What fits all of these."""
    return Pattern("every", patterns)


def either(*patterns: Any) -> Pattern:
    """What fits one of these, or more."""
    return Pattern("either", patterns)


def other_text(*texts: str) -> Pattern:
    """A text that is none of these."""
    return every(TEXT, no(either(*map(same, texts))))


def like_value(value: Any, tolerance: float) -> Pattern:
    """Return the pattern of a value; a list may hold patterns too.

    Args:
        value: a plain value, or a pattern, which stays as it is.
        tolerance: the largest difference of numbers, absolute or relative.
    """
    if isinstance(value, Pattern):
        return value
    if isinstance(value, list):
        return entries(*(like_value(x, tolerance) for x in value))
    if is_number(value) and math.isinf(value):  # which is no number in JSON
        return above(sys.float_info.max) if value > 0 else below(-sys.float_info.max)
    if is_number(value):
        return near(value, _room(value, tolerance))
    return same(value)
