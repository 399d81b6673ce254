"""Try an answer on the cases of its exercise, and find the sentence that helps most.

An exercise holds a right answer and some typical wrong ones, all of them as code. Reader's code,
right answer and wrong answers run on the same cases, and what they give is compared. So a mistake
is recognized by what it does, however it was written.
"""

from __future__ import annotations

import inspect
import itertools
import math
import numbers
import reprlib
import sysconfig
import textwrap
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from . import sentences as say
from .verdict import Drawing, Verdict, side_by_side

Case = tuple[Any, ...]


@dataclass(frozen=True, kw_only=True)
class Exercise:
    """One exercise.

    A part of an answer has a name where `right` (or what it gives) is a dict of values; the reader
    may hand in a list of them, in the same order.

    Attributes:
        wanted: what to hand in, a sentence.
        passed: what a right answer has shown, a sentence.
        right: a right answer: a value, a function, a class, or a dict of values or of functions.
        wrong: typical wrong answers, each with the sentence that names the fault. Of a dict of
            values, those parts suffice that show the fault.
        cases: makes the arguments of each trial, anew for each answer.
        run: ``run(answer, *case)`` gives what is compared; None means the answer itself where it
            is a value, and ``answer(*case)`` where it is a function.
        only: the part that is compared; the others are drawn. None means all parts.
        tolerance: the largest difference of numbers, absolute or relative.
    """

    wanted: str
    passed: str
    right: Any
    wrong: tuple[tuple[Any, str], ...]
    cases: Callable[[], Iterable[Case]] = lambda: [()]
    run: Callable[..., Any] | None = None
    only: str | None = None
    tolerance: float = 1e-5

    def outcomes(self, answer: Any) -> Iterator[tuple[Case, Any]]:
        """Yield each case with what an answer gives for it.

        Raises:
            Exception: whatever the answer's code raises.
        """
        for case in self.cases():
            if self.run is not None:
                yield case, self.run(answer, *case)
            else:
                yield case, answer(*case) if callable(answer) else answer

    def judged(self, outcome: Any) -> Any:
        """Return those parts of an outcome that are compared."""
        return outcome if self.only is None else {self.only: outcome[self.only]}

    def arguments(self, case: Case) -> dict[str, Any]:
        """Return the arguments of a case by name."""
        names = inspect.signature(self.run or self.right).parameters if case else ()
        return dict(zip(list(names)[-len(case) :], case, strict=True)) if case else {}


class NothingReturned(Exception):
    """The reader's code gave back None where a value was wanted: it isn't written yet."""


class Misfit(Exception):
    """The reader's code gave back a value of a wrong type, shape or dtype; the text says which."""


@dataclass(frozen=True)
class Difference:
    """Where an answer differs from the right one.

    Attributes:
        sentence: says it.
        case: the arguments with which it was seen.
        index: the place in a tensor, if it is one.
        drawing: a picture of it, or None.
    """

    sentence: str
    case: Case = ()
    index: tuple[int, ...] = ()
    drawing: Drawing | None = None


def examine(name: str, exercise: Exercise, answer: Any) -> Verdict:
    """Return the verdict on an answer.

    Args:
        name: the exercise's name.
        exercise: the exercise.
        answer: what the reader handed in, whatever it is.
    """

    try:
        with _reading():
            answer = _named(exercise.right, answer if callable(answer) else _readable(answer))
            missing = _missing_parts(answer)
            if not missing:
                _refuse_other_kinds(exercise.right, answer)
                _refuse_other_arguments(exercise, answer)
    except Misfit as misfit:
        return _not_yet(name, str(misfit), exercise.wanted)
    if missing:
        return _your_turn(name, exercise, missing)
    try:
        given = [(case, _read(outcome)) for case, outcome in exercise.outcomes(answer)]
    except NothingReturned:
        return _your_turn(name, exercise, say.RETURNS_NOTHING)
    except Misfit as misfit:
        return _not_yet(name, str(misfit), exercise.wanted)
    except (Exception, SystemExit) as error:  # noqa: BLE001  the reader's code, who is told
        return _not_yet(name, *_raised(error))
    if any(is_missing(outcome) for _, outcome in given):
        return _your_turn(name, exercise, say.RETURNS_NOTHING)
    return _judge(name, exercise, given)


def _judge(name: str, exercise: Exercise, given: list[tuple[Case, Any]]) -> Verdict:
    difference = _first_difference(exercise, given)
    if difference is None:
        return Verdict(name, True, say.RIGHT, exercise.passed)
    fault = _known_fault(exercise, given)
    if fault and exercise.run is None and not callable(exercise.right):
        return _not_yet(name, fault)  # it says enough, and the rest would tell the answer
    arguments = exercise.arguments(difference.case).items()
    short = {name: value for name, value in arguments if not isinstance(value, torch.Tensor)}
    tried = say.CASE.format(arguments=_call(short)) if short else ""
    return _not_yet(name, fault, tried, difference.sentence, drawing=difference.drawing)


def _your_turn(name: str, exercise: Exercise, sentence: str) -> Verdict:
    return Verdict(name, False, say.YOUR_TURN, f"{sentence} {exercise.wanted}")


def _not_yet(name: str, *said: str, drawing: Drawing | None = None) -> Verdict:
    return Verdict(name, False, say.NOT_YET, " ".join(filter(None, said)), drawing)


# --- what was handed in --------------------------------------------------------------------------


@contextmanager
def _reading() -> Iterator[None]:
    """Turn every error about a value of the reader's into a Misfit: it can't be read."""
    try:
        yield
    except (Misfit, NothingReturned):
        raise
    except (Exception, SystemExit) as error:  # noqa: BLE001  a value's own methods may raise it
        text = say.UNREADABLE.format(type=type(error).__name__, error=_text(error))
        raise Misfit(text) from None


def _text(error: BaseException) -> str:
    """Return what an error says, shortened."""
    try:
        return textwrap.shorten(str(error), 400, placeholder=" …")
    except Exception:  # noqa: BLE001  the error may be a class of the reader's
        return "…"


def _named(right: Any, answer: Any) -> Any:
    """Return a list as a dict of its parts, where the right answer is one."""
    if not isinstance(right, dict) or answer is None or answer is ...:
        return answer
    names = ", ".join(right)
    rows = isinstance(answer, (np.ndarray, torch.Tensor)) and answer.ndim
    if rows or isinstance(answer, (list, tuple)):
        if len(answer) != len(right):
            count = say.WRONG_COUNT.format(given=len(answer), expected=len(right), parts=names)
            raise Misfit(count)
        return dict(zip(right, answer, strict=True))
    if not isinstance(answer, Mapping):
        raise Misfit(_wrong_type(say.YOUR_ANSWER, "dict", answer))
    for name in right:
        if name not in answer:
            raise Misfit(say.NO_PART.format(part=name, parts=names))
    return {name: answer[name] for name in right}


def is_missing(value: Any) -> bool:
    """Return whether a value, or a part of it, is not written yet: it is ``...`` or None."""
    if isinstance(value, Mapping):
        return any(map(is_missing, value.values()))
    if isinstance(value, (list, tuple)):
        return any(map(is_missing, value))
    return value is None or value is ...


def _missing_parts(answer: Any) -> str:
    """Return a sentence about what is not written yet, or nothing."""
    if not isinstance(answer, dict):
        return say.NOTHING if is_missing(answer) else ""
    missing = [name for name, part in answer.items() if is_missing(part)]
    if not missing or len(missing) == len(answer):
        return say.NOTHING if missing else ""
    return say.PARTS_MISSING.format(parts=", ".join(missing))


def _refuse_other_kinds(right: Any, answer: Any) -> None:
    """Raise Misfit where a function, a class or a value was wanted, and another was given."""
    if isinstance(right, dict):
        for name, part in right.items():
            _refuse_other_kinds(part, answer[name])
        return
    given, kind = reprlib.repr(answer), type(answer).__name__
    if inspect.isclass(right):
        base = right.__mro__[1]
        if isinstance(answer, base):
            raise Misfit(say.OBJECT)
        if not inspect.isclass(answer):
            raise Misfit(say.NO_CLASS.format(given=given, type=kind))
        if not issubclass(answer, base):
            raise Misfit(say.NO_SUBCLASS.format(given=answer.__name__, base=base.__name__))
    elif callable(right):
        if isinstance(answer, torch.Tensor):
            raise Misfit(say.CALLED)
        if inspect.isclass(answer) or not callable(answer):
            raise Misfit(say.NO_FUNCTION.format(given=given, type=kind))
    elif callable(answer):
        raise Misfit(say.NO_VALUE.format(given=given))


def _refuse_other_arguments(exercise: Exercise, answer: Any) -> None:
    """Raise Misfit where a function can't be called with the arguments of a case."""
    if not inspect.isfunction(answer) or exercise.run is not None:
        return
    for case in exercise.cases():
        try:
            inspect.signature(answer).bind(*case)
        except TypeError as error:
            call = _call(exercise.arguments(case))
            text = say.NO_ARGUMENTS.format(given=answer.__name__, arguments=call, error=error)
            raise Misfit(text) from None


def _raised(error: BaseException) -> Iterator[str]:
    """Yield what is said about an error in the reader's code, and the reader's line."""
    yield say.RAISED.format(type=type(error).__name__, error=_text(error))
    libraries = [sysconfig.get_path(name) for name in ("stdlib", "purelib", "platlib")]
    libraries += [str(Path(__file__).parents[1]), "<frozen"]
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if frame.line and not frame.filename.startswith(tuple(libraries)):
            yield say.AT_LINE.format(line=frame.lineno, source=frame.line)
            return


@_reading()
def _read(value: Any) -> Any:
    """Return what the reader's code gave as `_readable` does, or raise Misfit."""
    return _readable(value)


def _readable(value: Any) -> Any:
    """Return a value in plain dicts and lists, with its tensors dense and on the CPU.

    Raises:
        Exception: a tensor holds no numbers, or a number is too large.
    """
    if isinstance(value, Mapping):
        return {name: _readable(part) for name, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_readable(part) for part in value]
    if isinstance(value, torch.Tensor):
        return value.detach().cpu().to_dense()
    if _kind(value) == "number":
        float(value)
    return value


# --- what it gives -------------------------------------------------------------------------------


def _first_difference(exercise: Exercise, given: list[tuple[Case, Any]]) -> Difference | None:
    for (case, yours), (_, wanted) in zip(given, exercise.outcomes(exercise.right), strict=True):
        try:
            difference = compare(exercise.judged(wanted), yours, exercise.tolerance)
        except Misfit as misfit:
            return Difference(str(misfit), case)
        if difference is not None:
            drawing = _drawing(wanted, yours, difference.index)
            return Difference(difference.sentence, case, difference.index, drawing)
    return None


def _known_fault(exercise: Exercise, given: list[tuple[Case, Any]]) -> str:
    """Return the sentence of the first wrong answer that does the same as the reader's."""
    yours = [outcome for _, outcome in given]
    for wrong, sentence in exercise.wrong:
        known = [exercise.judged(outcome) for _, outcome in exercise.outcomes(wrong)]
        if all(map(_same, known, yours, itertools.repeat(exercise.tolerance))):
            return sentence
    return ""


def _same(known: Any, given: Any, tolerance: float) -> bool:
    """Whether an outcome is that of a known wrong answer, which may tell some parts only."""
    if isinstance(known, dict):
        parts = given if isinstance(given, dict) else {}
        return all(n in parts and _same(known[n], parts[n], tolerance) for n in known)
    try:
        return compare(known, given, tolerance) is None
    except Misfit:
        return False


@_reading()
def compare(
    wanted: Any, given: Any, tolerance: float = 1e-5, place: str = say.YOUR_ANSWER
) -> Difference | None:
    """Return the first difference between what is wanted and what was given, or None.

    Args:
        wanted: a number, bool, text, list or tensor, or a dict of these.
        given: anything. A number may be a tensor of one number, a list may be a tensor.
        tolerance: the largest difference of numbers, absolute or relative.
        place: how the message calls it.

    Raises:
        Misfit: it has another type, shape or dtype, or can't be read.
    """
    if isinstance(wanted, dict):
        parts = _named(wanted, given)
        each = (compare(wanted[name], parts[name], tolerance, name) for name in wanted)
        if all(isinstance(part, torch.Tensor) for part in wanted.values()):  # a run: first in time
            return min(filter(None, each), key=lambda found: found.index[:1], default=None)
        return next(filter(None, each), None)
    if isinstance(wanted, torch.Tensor):
        return _compare_tensors(wanted, like(wanted, given, place), tolerance, place)
    plain = _plain(wanted, given)
    if _kind(plain) != _kind(wanted):
        raise Misfit(_wrong_type(place, _kind(wanted), given))
    if _equal(wanted, plain, tolerance):
        return None
    expected, yours = _shown(wanted, plain)
    sentence = say.DIFFERENT if place == say.YOUR_ANSWER else say.DIFFERENT_PART
    return Difference(sentence.format(place=place, expected=expected, given=yours))


def like(wanted: torch.Tensor, given: Any, place: str = say.YOUR_ANSWER) -> torch.Tensor:
    """Return a given tensor, if it has the type, shape and dtype of the one that is wanted.

    Raises:
        NothingReturned: it is None.
        Misfit: it has another type, shape or dtype.
    """
    if is_missing(given):
        raise NothingReturned
    if not isinstance(given, torch.Tensor):
        raise Misfit(_wrong_type(place, "tensor", given))
    for sentence, name in ((say.WRONG_SHAPE, "shape"), (say.WRONG_DTYPE, "dtype")):
        pair = (getattr(wanted, name), getattr(given, name))
        if pair[0] != pair[1]:
            expected, yours = (list(one) if name == "shape" else one for one in pair)
            raise Misfit(sentence.format(place=place, expected=expected, given=yours))
    return given


def steps(call: Callable[[torch.Tensor], Any], x_seq: torch.Tensor) -> torch.Tensor:
    """Return what a reader's layer gives for each step of a sequence, shape ``[T, N, *]``.

    Raises:
        NothingReturned: a step gives None.
        Misfit: a step gives no tensor of the input's shape and dtype.
    """
    return torch.stack([like(x, call(x)) for x in x_seq])


def _compare_tensors(
    wanted: torch.Tensor, given: torch.Tensor, tolerance: float, place: str
) -> Difference | None:
    wanted, given = wanted.detach().cpu().double(), given.detach().cpu().double()
    differs = (~torch.isclose(given, wanted, rtol=tolerance, atol=tolerance)).nonzero()
    if not len(differs):
        return None
    index = tuple(differs[0].tolist())
    expected, yours = _shown(wanted[index].item(), given[index].item())
    if not index:
        return Difference(say.DIFFERENT_PART.format(place=place, expected=expected, given=yours))
    at = say.AT_STEP if len(index) == 1 else say.AT_NEURON
    where = at.format(index[0], ", ".join(map(str, index[1:])))
    text = say.DIFFERENT_AT.format(place=place, where=where, expected=expected, given=yours)
    return Difference(text, index=index)


def _drawing(wanted: Any, given: Any, index: tuple[int, ...]) -> Drawing | None:
    """Return a picture of two runs, where there are two that can be drawn."""
    if not index or not isinstance(wanted, dict) or "S" not in wanted:
        return None
    runs = [
        {name: run[name].cpu() for name in wanted if name in ("H", "V", "S")}
        for run in (wanted, given)
    ]
    if not all(value.isfinite().all() for run in runs for value in run.values()):
        return None
    return side_by_side(runs[0], runs[1], index)


_TYPES: dict[str, Any] = {
    "bool": (bool, np.bool_),
    "number": numbers.Real,
    "list": (list, tuple),
    "str": str,
    "tensor": torch.Tensor,
}


def _kind(value: Any) -> str:
    """Return the name of the kind of a value: those of `sentences.KINDS`, or its type's."""
    for kind, types in _TYPES.items():
        if isinstance(value, types):
            return kind
    return type(value).__name__


def _plain(wanted: Any, given: Any) -> Any:
    """Return tensors and arrays as numbers or lists, where such are wanted."""
    if isinstance(given, (torch.Tensor, np.ndarray)):
        alone = not isinstance(wanted, (list, tuple)) and math.prod(given.shape) == 1
        return given.item() if alone else given.tolist()
    return list(given) if isinstance(given, (tuple, range)) else given


def _equal(wanted: Any, given: Any, tolerance: float) -> bool:
    if isinstance(wanted, (list, tuple)):
        given = _plain(wanted, given)
        pairs = isinstance(given, list) and len(given) == len(wanted)
        return pairs and all(_equal(a, b, tolerance) for a, b in zip(wanted, given, strict=True))
    given = _plain(wanted, given)
    if _kind(wanted) != _kind(given):
        return False
    if _kind(wanted) == "number":
        return math.isclose(wanted, given, rel_tol=tolerance, abs_tol=tolerance)
    return bool(wanted == given)


def _wrong_type(place: str, kind: str, given: Any) -> str:
    name = type(given).__name__
    return say.WRONG_TYPE.format(place=place, given=name, expected=say.KINDS[kind])


def _call(arguments: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={_show(value)}" for name, value in arguments.items())


def _show(value: Any) -> str:
    """Return a value in a few characters."""
    if isinstance(value, torch.Tensor):
        return f"tensor{list(value.shape)}"
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(_show, value))}]"
    if _kind(value) == "number":
        return f"{float(value):.6g}" if not isinstance(value, numbers.Integral) else str(int(value))
    return value if isinstance(value, str) else reprlib.repr(value)


def _shown(wanted: Any, given: Any) -> tuple[str, str]:
    """Return two different values in so many characters that they look different."""
    pair = _show(wanted), _show(given)
    return pair if pair[0] != pair[1] else (repr(wanted), repr(given))
