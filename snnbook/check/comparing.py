"""Compare what was given with what is wanted, and say how the two differ.

`compare` finds the first difference. What it looks like as a whole says more about the mistake: the
functions `of_…` name it, where it has a name. They return a `Said`, a sentence's key and values.
"""

import functools
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, NamedTuple

import torch

from . import sentences
from .kinds import check_kind, kind_of, named, plain, reading, show
from .patterns import (
    ANYTHING,
    FINITE,
    LIST,
    WAYS,
    Pattern,
    above,
    below,
    counted,
    each,
    either,
    entries,
    every,
    flat,
    flattened,
    is_number,
    like_value,
    near,
    no,
    ordered,
    shape,
    shape_of,
    some,
)
from .sentences import Misfit, Unwritten, say

__all__ = [
    "READINGS",
    "TOLERANCE",
    "Difference",
    "Rule",
    "Said",
    "compare",
    "like",
    "of_numbers",
    "of_parts",
    "of_spikes",
    "of_value",
    "repeats",
    "rules_of",
    "rules_of_numbers",
]

TOLERANCE = 1e-5


class Said(NamedTuple):
    """A sentence's key, and what fills it."""

    key: str
    values: Mapping[str, Any] = MappingProxyType({})

    def text(self, own: Mapping[str, str] | None = None) -> str:
        """Return the sentence."""
        return say(self.key, own, **self.values)


@dataclass(frozen=True)
class Difference:
    """Where an answer differs from the right one.

    Attributes:
        said: says it.
        place: the part of the answer.
        index: the place in a tensor, if it is one.
        wanted: the right part.
        given: the reader's part, as plain numbers and lists.
    """

    said: Said
    place: str
    index: tuple[int, ...] = ()
    wanted: Any = None
    given: Any = None


# --- the first difference ------------------------------------------------------------------------


@reading()
def compare(
    wanted: Any,
    given: Any,
    tolerance: float = TOLERANCE,
    place: str = "",
    kinds: str | Mapping[str, str] = "",
) -> Difference | None:
    """Return the first difference between what is wanted and what was given, or None.

    Args:
        wanted: a number, bool, text, list or tensor, or a dict of these.
        given: anything. A number may be a tensor of one number, a list may be a tensor.
        tolerance: the largest difference of numbers, absolute or relative.
        place: how the message calls it; "" stands for the whole answer.
        kinds: what kind of value it is, a key of `sentences.KINDS`, or one for each part; without
            it, the kind that the right value shows.

    Raises:
        Misfit: it is of another kind, has another shape or dtype, or can't be read.
        Unwritten: it is still ``...``.
    """
    if isinstance(wanted, dict):
        parts = named(wanted, given)
        by_part = dict.fromkeys(wanted, kinds) if isinstance(kinds, str) else kinds
        each = (
            compare(wanted[name], parts[name], tolerance, name, by_part.get(name, ""))
            for name in wanted
        )
        if all(isinstance(part, torch.Tensor) for part in wanted.values()):  # a run: first in time
            return min(filter(None, each), key=lambda found: found.index[:1], default=None)
        return next(filter(None, each), None)
    place = place or sentences.YOUR_ANSWER
    if given is ...:
        raise Unwritten
    if isinstance(wanted, torch.Tensor):
        return _compare_tensors(wanted, like(wanted, given, place), tolerance, place)
    kind = kinds if isinstance(kinds, str) and kinds else kind_of(wanted)
    value = check_kind(kind, given, place)
    if _equal(plain(wanted), value, tolerance):
        return None
    expected, yours = _two(wanted, value)
    key = "DIFFERENT" if place == sentences.YOUR_ANSWER else "DIFFERENT_PART"
    said = Said(key, {"place": place, "expected": expected, "given": yours})
    return Difference(said, place, wanted=wanted, given=value)


def like(wanted: torch.Tensor, given: Any, place: str = "") -> torch.Tensor:
    """Return a given tensor, if it has the type, shape and dtype of the one that is wanted.

    Raises:
        Unwritten: it is ``...``.
        Misfit: it is None or no tensor, or has another shape or dtype.
    """
    place = place or sentences.YOUR_ANSWER
    if given is ...:
        raise Unwritten
    if given is None:
        raise Misfit("RETURNED_NONE")
    check_kind("tensor", given, place)
    tensor: torch.Tensor = given
    for key, name in (("WRONG_SHAPE", "shape"), ("WRONG_DTYPE", "dtype")):
        pair = (getattr(wanted, name), getattr(tensor, name))
        if pair[0] != pair[1]:
            expected, yours = (list(one) if name == "shape" else one for one in pair)
            raise Misfit(key, place=place, expected=expected, given=yours)
    return tensor


def _compare_tensors(
    wanted: torch.Tensor, given: torch.Tensor, tolerance: float, place: str
) -> Difference | None:
    wanted, given = wanted.detach().cpu().double(), given.detach().cpu().double()
    differs = (~torch.isclose(given, wanted, rtol=tolerance, atol=tolerance)).nonzero()
    if not len(differs):
        return None
    index = tuple(differs[0].tolist())
    expected, yours = _two(wanted[index].item(), given[index].item())
    values = {"place": place, "expected": expected, "given": yours}
    if not index:
        return Difference(Said("DIFFERENT_PART", values), place, (), wanted, given)
    at = "AT_STEP" if len(index) == 1 else "AT_NEURON"
    where = say(at, t=index[0], neuron=", ".join(map(str, index[1:])))
    return Difference(Said("DIFFERENT_AT", {**values, "where": where}), place, index, wanted, given)


def _equal(wanted: Any, given: Any, tolerance: float) -> bool:
    """Whether two plain values are the same."""
    if isinstance(wanted, list):
        pairs = isinstance(given, list) and len(given) == len(wanted)
        return pairs and all(_equal(a, b, tolerance) for a, b in zip(wanted, given, strict=True))
    if kind_of(wanted) != "number":
        return type(wanted) is type(given) and bool(wanted == given)
    if kind_of(given) != "number":
        return False
    return math.isclose(wanted, given, rel_tol=tolerance, abs_tol=tolerance)


def _two(wanted: Any, given: Any) -> tuple[str, str]:
    """Return two different values in so many characters that they look different."""
    pair = show(wanted), show(given)
    return pair if pair[0] != pair[1] else (repr(wanted)[:60], repr(given)[:60])


def repeats(one: Any, other: Any) -> bool:
    """Whether two results of the same call are the same; things that can't be compared are."""
    if isinstance(one, torch.Tensor) and isinstance(other, torch.Tensor):
        same = one.shape == other.shape and one.dtype == other.dtype
        return same and torch.equal(one.nan_to_num(nan=1.5), other.nan_to_num(nan=1.5))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(repeats(one[n], other[n]) for n in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(repeats, one, other))
    if kind_of(one) in ("number", "text", "truth"):
        return type(one) is type(other) and (one == other or one != one)
    return type(one) is type(other)


# --- what the difference looks like --------------------------------------------------------------


@dataclass(frozen=True)
class Rule:
    """What is said about a wrong value.

    Attributes:
        pattern: the values of which it is said.
        key: the sentence's key.
        values: what fills the sentence.
        readings: what of the reader's answer fills it: for each name in braces one of `READINGS`,
            and what that needs.
    """

    pattern: Pattern
    key: str
    values: Mapping[str, Any] = field(default_factory=dict)
    readings: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)

    def said(self, place: str, value: Any) -> Said:
        """Return the sentence about a value."""
        read = {
            name: show(READINGS[reading](value, *operands))
            for name, (reading, *operands) in self.readings.items()
        }
        return Said(self.key, {"place": place, **self.values, **read})

    def data(self, place: str, own: Mapping[str, str]) -> list[Any]:
        """Return the pattern, the sentence and what is yet to be read, as lists and texts."""
        sentence = Said(self.key, {"place": place, **self.values}).text(own)
        readings = {name: Pattern(how[0], how[1:]).data() for name, how in self.readings.items()}
        return [self.pattern.data(), sentence, readings]


READINGS: dict[str, Callable[..., Any]] = {
    "entry": lambda value, i: value[i],
    "unlike": lambda value, *patterns: next(
        x for pattern, x in zip(patterns, value, strict=True) if not pattern.fits(x)
    ),
    "count": counted,
    "offset": lambda value, i, x: abs(value[i] - x),
    "factor": lambda value, i, x: value[i] / x,
    "length": len,
    "shape": shape_of,
    "outside": lambda value, known: min(set(value) - set(known)),
}
"""What a sentence tells of a value. ``exercises.js`` has the same."""


Numbers = Sequence[float]


def _agree(one: Numbers, other: Numbers, tolerance: float = TOLERANCE) -> bool:
    return len(one) == len(other) and all(
        math.isclose(a, b, rel_tol=tolerance, abs_tol=tolerance)
        for a, b in zip(one, other, strict=True)
    )


def of_numbers(
    wanted: Numbers, given: Numbers, arguments: Sequence[Mapping[str, Any]]
) -> Said | None:
    """Say how a function's numbers in all trials differ from the right ones.

    Args:
        wanted: the right number of each trial.
        given: the reader's number of each trial.
        arguments: the arguments of each trial.
    """
    if _agree(wanted, given):
        return None
    rules = rules_of_numbers(wanted, arguments)
    return next(rule for rule in rules if rule.pattern.fits(given)).said("", given)


def rules_of_numbers(wanted: Numbers, arguments: Sequence[Mapping[str, Any]]) -> Iterator[Rule]:
    """Yield what is said about wrong numbers; the first rule that fits counts.

    Args:
        wanted: the right number of each trial.
        arguments: the arguments of each trial.
    """
    right = [like_value(x, TOLERANCE) for x in wanted]
    places = [i for i, x in enumerate(wanted) if math.isfinite(x)]
    finite = [wanted[i] for i in places]
    some = {"given": ("unlike", *right)}

    def there(test: str, *operands: Any) -> Pattern:  # where the right one is finite
        return Pattern("at", (places, Pattern(test, operands)))

    def numbers(values: Iterable[float], tolerance: float = TOLERANCE) -> Pattern:
        return there("entries", *(like_value(x, tolerance) for x in values))

    if len(places) < len(wanted):
        yield Rule(numbers(finite), "INFINITE_WANTED", readings=some)
    if not places:
        return
    if not _CONSTANT.fits(list(wanted)):
        yield Rule(_CONSTANT, "CONSTANT", readings=some)
    yield Rule(no(there("each", FINITE)), "INFINITE_GIVEN")
    roundings = [*WAYS.values(), *_DECIMALS]
    yield Rule(either(*(numbers(map(way, finite), 1e-9) for way in roundings)), "ROUNDED")
    yield Rule(numbers(-x for x in finite), "NEGATIVE")
    for key, test in (("OFFSET_MORE", above(0)), ("OFFSET_LESS", below(0))):
        by = {"by": ("offset", places[0], finite[0])}
        shifted = there("less", finite, every(_CONSTANT, each(test)))
        yield Rule(shifted, key, readings=by)
    if all(finite):
        yield Rule(numbers(1 / x for x in finite), "RECIPROCAL")
        factor = {"factor": ("factor", places[0], finite[0])}
        yield Rule(there("over", finite, _CONSTANT), "FACTOR", readings=factor)
    exact = entries(*(like_value(x, 1e-9) for x in finite))
    yield Rule(either(*(there("rounded", way, exact) for way in WAYS)), "NOT_WHOLE")
    yield from _rules_of_independence(wanted, arguments)
    least = len(wanted) - len(wanted) // 3
    count = {"right": ("count", *right)}
    few = Pattern("most", (least, *right))
    yield Rule(few, "SPECIAL_CASES", {"all": len(wanted)}, count)
    for key, test in (("TOO_LARGE_ALWAYS", above), ("TOO_SMALL_ALWAYS", below)):
        one_way = (
            every(no(like), test(x) if math.isfinite(x) else ANYTHING)
            for like, x in zip(right, wanted, strict=True)
        )
        yield Rule(entries(*one_way), key)
    yield Rule(ANYTHING, "OFTEN_WRONG")


_CONSTANT = Pattern("constant", (TOLERANCE,))
_DECIMALS: list[Callable[[float], float]] = [
    functools.partial(round, ndigits=n) for n in range(1, 5)
]


def _rules_of_independence(
    wanted: Numbers, arguments: Sequence[Mapping[str, Any]]
) -> Iterator[Rule]:
    """The same number, though an argument is another one, in each two such trials."""
    for name in arguments[0] if arguments else ():
        others = [{**case, name: None} for case in arguments]
        pairs = [
            Pattern("equal", (i, j, 1e-12))
            for i in range(len(others))
            for j in range(i)
            if others[i] == others[j] and not _agree([wanted[i]], [wanted[j]])
        ]
        if len(pairs) > 1:
            yield Rule(every(*pairs), "INDEPENDENT", {"name": name})


def of_parts(wanted: Mapping[str, Any], given: Mapping[str, Any]) -> Said | None:
    """Say which two parts of an answer are exchanged, if all would be right then."""
    wrong = [name for name in wanted if not _same(wanted[name], given[name])]
    if len(wrong) != 2:
        return None
    one, other = wrong
    if _same(wanted[one], given[other]) and _same(wanted[other], given[one]):
        return Said("EXCHANGED", {"one": one, "other": other})
    return None


def _same(wanted: Any, given: Any) -> bool:
    try:
        return compare(wanted, given) is None
    except (Misfit, Unwritten):
        return False


def of_value(kind: str, difference: Difference) -> Said:
    """Say what is wrong with a value that was handed in, and do not tell the right one.

    Args:
        kind: what kind of value it is.
        difference: where it differs; its `given` is of that kind.
    """
    rules = rules_of(kind, plain(difference.wanted))
    rule = next(rule for rule in rules if rule.pattern.fits(difference.given))
    return rule.said(difference.place, difference.given)


def rules_of(kind: str, wanted: Any) -> list[Rule]:
    """Return what is said about a wrong value of a kind; the first rule that fits counts.

    Args:
        kind: a key of `sentences.KINDS`.
        wanted: the right value, a plain one.
    """
    if kind == "steps":
        return _rules_of_steps(wanted)
    if isinstance(wanted, list):
        return [*_rules_of_list(kind, wanted), Rule(ANYTHING, "NOT_RIGHT")]
    if not is_number(wanted):
        return [Rule(ANYTHING, "OTHER_TRUTH")]
    sign = [Rule(near(-wanted, 1e-3 * abs(wanted)), "SIGN")] if wanted else []
    return [*sign, Rule(above(wanted), "TOO_LARGE"), Rule(ANYTHING, "TOO_SMALL")]


def _rules_of_steps(wanted: list[float]) -> list[Rule]:
    fires = [near(t, 0) for t in wanted]
    return [
        Rule(ordered(entries(*fires)), "ORDER"),
        Rule(like_value([t + 1 for t in wanted], 0), "FROM_ONE"),
        Rule(entries(), "STEPS_NONE"),
        Rule(each(either(*fires)), "STEPS_MISSING"),
        *([Rule(every(*map(some, fires)), "STEPS_MORE")] if wanted else []),
        Rule(ANYTHING, "STEPS_WRONG", readings={"given": ("outside", wanted)}),
    ]


def _rules_of_list(kind: str, wanted: list[Any]) -> Iterator[Rule]:
    if kind == "shape":
        return
    right = flattened(wanted)
    sizes = shape_of(wanted) or []
    if len(sizes) == 1:
        other = every(each(no(LIST)), no(shape(sizes)))
        yield Rule(other, "LENGTH", {"expected": len(wanted)}, {"given": ("length",)})
    yield Rule(no(shape(sizes)), "OTHER_SHAPE", readings={"given": ("shape",)})

    if not all(map(is_number, right)):
        return

    def rule(key: str, *patterns: Pattern, **values: Any) -> Rule:
        return Rule(flat(entries(*patterns)), key, values)

    as_wanted = [like_value(x, TOLERANCE) for x in right]
    yield rule("SIGN", *(like_value(-x, TOLERANCE) for x in right))
    if not set(right) <= {0, 1}:
        in_order = entries(*(like_value(x, TOLERANCE) for x in sorted(right)))
        yield Rule(flat(ordered(in_order)), "ORDER")
    if len(right) > 2:
        yield rule("ENTRIES_LATE", ANYTHING, *as_wanted[:-1])
        yield rule("ENTRIES_EARLY", *as_wanted[1:], ANYTHING)
    yield rule("ENTRIES_LARGE", *map(above, right))
    yield rule("ENTRIES_SMALL", *map(below, right))
    for i, x in enumerate(right):
        within = TOLERANCE * max(1.0, abs(x))
        rest = [ANYTHING] * (len(right) - i - 1)
        for wrong, how in (
            (above(x + within), sentences.LARGE),
            (below(x - within), sentences.SMALL),
        ):
            yield rule("ENTRY", *as_wanted[:i], wrong, *rest, index=i, how=how)


def of_spikes(difference: Difference) -> Said | None:
    """Say how spikes differ from the right ones, shape ``[T, N, *]``; None if they are none."""
    wanted, given = difference.wanted, difference.given
    if not difference.index or not ((wanted == 0) | (wanted == 1)).all():
        return None
    strange = given[(given != 0) & (given != 1)]
    if len(strange):
        return Said("NO_SPIKES", {"place": difference.place, "given": show(strange[0].item())})
    count, right = int(given.sum()), int(wanted.sum())
    same = wanted == given
    looks = {
        "SILENT": count == 0,
        "ALWAYS": count == given.numel(),
        "INVERTED": not same.any(),
        "STEP_LATE": torch.equal(given[1:], wanted[:-1]),
        "STEP_EARLY": torch.equal(given[:-1], wanted[1:]),
        "BACKWARDS": torch.equal(given.flip(0), wanted),
        "LAST_STEP": bool(same[:-1].all()),
        "FIRST_STEP": bool(same[1:].all()),
        "SOME_NEURONS": wanted.ndim > 1 and bool(same.all(0).any()),
        "MORE_SPIKES": count > right,
        "FEWER_SPIKES": count < right,
        "OTHER_SPIKES": True,
    }
    key = next(key for key, so in looks.items() if so)
    neuron = ", ".join(map(str, difference.index[1:]))
    return Said(key, {"given": count, "expected": right, "neuron": neuron})
