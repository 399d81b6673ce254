"""Compare what was given with what is wanted, and say how the two differ.

`compare` finds the first difference. What it looks like as a whole says more about the mistake: the
functions `of_…` name it, where it has a name. They return a `Said`, a sentence's key and values.
"""

import functools
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, NamedTuple

import torch

from . import sentences
from .kinds import check_kind, kind_of, named, plain, reading, shape_of, show
from .sentences import Misfit, Unwritten, say

__all__ = [
    "TOLERANCE",
    "Difference",
    "Said",
    "compare",
    "like",
    "of_numbers",
    "of_parts",
    "of_spikes",
    "of_value",
    "repeats",
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
    wrong = [i for i in range(len(wanted)) if not _agree([wanted[i]], [given[i]])]
    if not wrong:
        return None
    some = given[wrong[0]]
    if all(math.isinf(wanted[i]) for i in wrong):
        return Said("INFINITE_WANTED", {"given": show(some)})
    if _constant(given) and not _constant(wanted):
        return Said("CONSTANT", {"given": show(some)})
    both = [(w, g) for w, g in zip(wanted, given, strict=True) if math.isfinite(w)]
    if not all(math.isfinite(g) for _, g in both):
        return Said("INFINITE_GIVEN")
    w, g = [w for w, _ in both], [g for _, g in both]
    return (
        _rounded(w, g)
        or _scaled(w, g)
        or _not_rounded(w, g)
        or _independent(wanted, given, arguments)
        or _counted(w, g, len(wrong), len(wanted))
    )


def _constant(values: Numbers) -> bool:
    return len(values) > 1 and _agree(values, [values[0]] * len(values))


def _scaled(w: Numbers, g: Numbers) -> Said | None:
    """The right numbers, negative, shifted, upside down, or times a factor."""
    if _agree(g, [-x for x in w]):
        return Said("NEGATIVE")
    offsets = [b - a for a, b in zip(w, g, strict=True)]
    if _constant(offsets):
        key = "OFFSET_MORE" if offsets[0] > 0 else "OFFSET_LESS"
        return Said(key, {"by": show(abs(offsets[0]))})
    if all(w) and _agree(g, [1 / x for x in w]):
        return Said("RECIPROCAL")
    factors = [b / a for a, b in zip(w, g, strict=True) if a]
    if len(factors) == len(w) and _constant(factors):
        return Said("FACTOR", {"factor": show(factors[0])})
    return None


def _rounded(w: Numbers, g: Numbers) -> Said | None:
    """The right numbers, rounded."""
    rounded = any(_agree(g, [way(x) for x in w], 1e-9) for way in _WHOLE + _DECIMALS)
    return Said("ROUNDED") if rounded else None


def _not_rounded(w: Numbers, g: Numbers) -> Said | None:
    """Numbers that would be right if they were rounded."""
    unrounded = any(_agree(w, [way(x) for x in g], 1e-9) for way in _WHOLE)
    return Said("NOT_WHOLE") if unrounded else None


_WHOLE: list[Callable[[float], float]] = [math.floor, math.ceil, round]
_DECIMALS: list[Callable[[float], float]] = [
    functools.partial(round, ndigits=n) for n in range(1, 5)
]


def _independent(
    wanted: Numbers, given: Numbers, arguments: Sequence[Mapping[str, Any]]
) -> Said | None:
    """The same number, though an argument is another one, in each two such trials."""
    for name in arguments[0] if arguments else ():
        others = [{**case, name: None} for case in arguments]
        pairs = [
            (i, j)
            for i in range(len(others))
            for j in range(i)
            if others[i] == others[j] and not _agree([wanted[i]], [wanted[j]])
        ]
        if len(pairs) > 1 and all(_agree([given[i]], [given[j]], 1e-12) for i, j in pairs):
            return Said("INDEPENDENT", {"name": name})
    return None


def _counted(w: Numbers, g: Numbers, wrong: int, trials: int) -> Said:
    """In which trials it is wrong, and in which direction."""
    if wrong <= trials / 3:
        return Said("SPECIAL_CASES", {"right": trials - wrong, "all": trials})
    signs = {math.copysign(1, b - a) for a, b in zip(w, g, strict=True) if not _agree([a], [b])}
    return Said(
        {1.0: "TOO_LARGE_ALWAYS", -1.0: "TOO_SMALL_ALWAYS"}[signs.pop()]
        if len(signs) == 1 and wrong == trials
        else "OFTEN_WRONG"
    )


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
    place, wanted, given = difference.place, plain(difference.wanted), difference.given

    def said(key: str, values: Mapping[str, Any] | None = None, **more: Any) -> Said:
        return Said(key, {"place": place, **(values or {}), **more})

    if not isinstance(wanted, list):
        if kind_of(wanted) != "number":
            return said("OTHER_TRUTH")
        if wanted and math.isclose(given, -wanted, rel_tol=1e-3):
            return said("SIGN")
        return said("TOO_LARGE" if given > wanted else "TOO_SMALL")
    if kind == "steps":
        return said(*_of_steps(wanted, given))
    if shape_of(given) != shape_of(wanted) and kind != "shape":
        flat = shape_of(given) is not None and len(shape_of(given) or []) == 1
        if flat and len(shape_of(wanted) or []) == 1:
            return said("LENGTH", given=len(given), expected=len(wanted))
        return said("OTHER_SHAPE", given=shape_of(given))
    if kind == "shape":
        return said("NOT_RIGHT")
    return said(*_of_list(_flat(wanted), _flat(given)))


def _flat(value: Any) -> list[Any]:
    """Return the numbers of a nested list, one after the other."""
    return [x for part in value for x in _flat(part)] if isinstance(value, list) else [value]


def _of_steps(wanted: list[float], given: list[float]) -> tuple[str, dict[str, Any]]:
    if sorted(given) == wanted:
        return "ORDER", {}
    if given and _agree(given, [t + 1 for t in wanted]):
        return "FROM_ONE", {}
    if not given:
        return "STEPS_NONE", {}
    if set(given) < set(wanted):
        return "STEPS_MISSING", {}
    if wanted and set(given) > set(wanted):
        return "STEPS_MORE", {}
    return "STEPS_WRONG", {"given": show(min(set(given) - set(wanted)))}


def _of_list(wanted: list[float], given: list[float]) -> tuple[str, dict[str, Any]]:
    if _agree(given, [-x for x in wanted]):
        return "SIGN", {}
    if _agree(sorted(given), sorted(wanted)) and not set(wanted) <= {0, 1}:
        return "ORDER", {}
    if len(wanted) > 2 and _agree(given[1:], wanted[:-1]):
        return "ENTRIES_LATE", {}
    if len(wanted) > 2 and _agree(given[:-1], wanted[1:]):
        return "ENTRIES_EARLY", {}
    directions = {
        math.copysign(1, g - w) if g != w else 0 for w, g in zip(wanted, given, strict=True)
    }
    if directions in ({1}, {-1}):
        return "ENTRIES_LARGE" if 1 in directions else "ENTRIES_SMALL", {}
    index = next(i for i in range(len(wanted)) if not _agree([wanted[i]], [given[i]]))
    how = sentences.LARGE if given[index] > wanted[index] else sentences.SMALL
    return "ENTRY", {"index": index, "how": how}


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
