"""Try an answer on the cases of its exercise, and find the sentence that helps most.

An exercise holds a right answer and some typical wrong ones, all of them as code. Reader's code,
right answer and wrong answers run on the same cases, and what they give is compared. So a mistake
is recognized by what it does, however it was written. Where no wrong answer does the same, the
difference itself is looked at: is it a sign, a factor, a step too late?
"""

from __future__ import annotations

import functools
import inspect
import sysconfig
import traceback
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import permutations
from pathlib import Path
from typing import Any

import torch

from . import sentences
from .comparing import (
    TOLERANCE,
    Difference,
    Said,
    compare,
    of_numbers,
    of_parts,
    of_spikes,
    of_value,
    repeats,
)
from .exercise import Case, Exercise
from .kinds import (
    check_kind,
    error_text,
    is_unwritten,
    kind_of,
    named,
    readable,
    reading,
    shortened,
    show,
    thing,
)
from .patterns import Pattern, is_number
from .sentences import LIMIT, Misfit, Unwritten, say
from .values import sheet_of
from .verdicts import Drawing, Verdict, side_by_side
from .watching import Watch, alone, guarded, shuffle, watched

__all__ = [
    "Case",
    "Exercise",
    "examine",
    "right_outcomes",
    "tried_with",
    "wrong_outcomes",
]

_PACKAGE, _, _ = __name__.partition(".")
_OURS = __name__.rpartition(".")[0]  # the exercises' own classes are no reader's


@dataclass(frozen=True)
class _Outcome:
    """What an answer gives for a case: a value, or the error that it raises."""

    case: Case
    value: Any = None
    error: BaseException | None = None

    def same(self, other: _Outcome, exercise: Exercise) -> bool:
        """Whether another answer gives the same, at least in the parts that this one tells."""
        if self.error is None and other.error is None:
            return _same(exercise.judged(self.value), other.value, exercise.tolerance)
        keys = [getattr(one.error, "key", type(one.error)) for one in (self, other)]
        return keys[0] == keys[1]


def _same(known: Any, given: Any, tolerance: float) -> bool:
    """Whether an outcome is that of a known wrong answer, which may tell some parts only."""
    if isinstance(known, dict):
        parts = given if isinstance(given, dict) else {}
        if isinstance(given, list) and len(given) == len(known):
            parts = dict(zip(known, given, strict=True))
        return all(n in parts and _same(known[n], parts[n], tolerance) for n in known)
    try:
        return compare(known, given, tolerance) is None
    except (Misfit, Unwritten):
        return False


def _outcome(exercise: Exercise, answer: Any, case: Case) -> _Outcome:
    """Return what an answer gives for a case.

    Raises:
        Unwritten: something is still ``...``.
    """
    try:
        with watched(exercise.arguments(case)):
            value = exercise.give(guarded(answer), case)
        if value is None:
            raise Misfit("RETURNED_NONE")
        value = readable(value)
        if is_unwritten(value):
            raise Unwritten
        return _Outcome(case, value)
    except Unwritten:
        raise
    except (Exception, SystemExit) as error:  # noqa: BLE001  the reader's code, who is told
        return _Outcome(case, error=error)


def _outcomes(exercise: Exercise, answer: Any) -> list[_Outcome]:
    """Return what an answer gives for the cases, up to the first error."""
    outcomes: list[_Outcome] = []
    for case in exercise.cases():
        outcomes.append(_outcome(exercise, answer, case))
        if outcomes[-1].error is not None:
            break
    return outcomes


# --- the verdict ---------------------------------------------------------------------------------


def examine(name: str, exercise: Exercise, answer: Any) -> Verdict:
    """Return the verdict on an answer.

    Args:
        name: the exercise's name.
        exercise: the exercise.
        answer: what the reader handed in, whatever it is.
    """
    own = exercise.sentences
    try:
        missing, answer = _handed_in(exercise, answer)
        if missing:
            return _your_turn(name, exercise, missing)
        sheet = sheet_of(exercise) if exercise.run is None else None
        if sheet is not None:
            kind, said = sheet.judge(answer)
            return _verdict(name, kind, *said)
        with alone() as watch:
            given = _outcomes(exercise, answer)
        return _judge(name, exercise, answer, given, watch)
    except Unwritten:
        return _your_turn(name, exercise, Said("UNWRITTEN"))
    except Misfit as misfit:
        return _not_yet(name, misfit.text(own), own["wanted"])


def _judge(
    name: str, exercise: Exercise, answer: Any, given: list[_Outcome], watch: Watch
) -> Verdict:
    own, right = exercise.sentences, right_outcomes(exercise)
    fault = _known_fault(exercise, answer, given, right)
    for outcome, wanted in zip(given, right, strict=False):
        tried = tried_with(exercise, outcome.case)
        if outcome.error is not None:
            _try_again(exercise, answer, given, watch)
        if isinstance(outcome.error, Misfit):
            return _not_yet(name, fault, *_of_misfit(exercise, outcome.error, watch))
        if outcome.error is not None:
            hint = fault or _hint_of_order(exercise, answer, right)
            return _not_yet(name, hint, *_of_error(outcome.error), tried)
        try:
            difference = exercise.compare(wanted.value, outcome.value)
        except Misfit as misfit:
            return _not_yet(name, fault or misfit.text(own), fault and tried)
        if difference is None:
            continue
        _try_again(exercise, answer, given, watch)
        hint = fault or _hint_for_code(exercise, answer, given, right, difference)
        drawing = _drawing(wanted.value, outcome.value, difference.index)
        return _not_yet(name, hint, tried, difference.said.text(own), drawing=drawing)
    _try_again(exercise, answer, given, watch)
    return Verdict(name, "RIGHT", own["passed"])


def _try_again(exercise: Exercise, answer: Any, given: list[_Outcome], watch: Watch) -> None:
    """Call the reader's code once more where it gave a value, with the cases in reverse order.

    Raises:
        Misfit: it gives something else than the first time.
    """
    if exercise.is_value:
        return
    cases = exercise.cases()
    pairs = [(case, one) for case, one in zip(cases, given, strict=False) if one.error is None]
    with alone(quiet=True):
        shuffle()
        for case, one in reversed(pairs):
            other = _outcome(exercise, answer, case)
            if other.error is not None or not repeats(one.value, other.value):
                raise Misfit("RANDOM" if watch.drew else "REMEMBERED")


@functools.cache
def right_outcomes(exercise: Exercise) -> list[_Outcome]:
    """Return what the right answer gives. An error in it is ours, and no reader's."""
    with alone():
        return [_Outcome(case, exercise.give(exercise.right, case)) for case in exercise.cases()]


@functools.cache
def wrong_outcomes(exercise: Exercise, key: str) -> list[_Outcome]:
    """Return what a typical wrong answer gives."""
    with alone(quiet=True):
        return _outcomes(exercise, exercise.wrong[key][0])


def tried_with(exercise: Exercise, case: Case) -> str:
    """Return the sentence that tells a case's numbers, or "" if it has none."""
    arguments = exercise.arguments(case).items()
    short = {name: value for name, value in arguments if is_number(value)}
    return say("CASE", arguments=_call(short)) if short else ""


def _your_turn(name: str, exercise: Exercise, said: Said) -> Verdict:
    return _verdict(name, "YOUR_TURN", said.text(), exercise.sentences["wanted"])


def _not_yet(name: str, *said: str, drawing: Drawing | None = None) -> Verdict:
    return _verdict(name, "NOT_YET", *said, drawing=drawing)


def _verdict(name: str, kind: str, *said: str, drawing: Drawing | None = None) -> Verdict:
    return Verdict(name, kind, shortened(" ".join(filter(None, said)), LIMIT), drawing)


# --- what was handed in --------------------------------------------------------------------------


@reading()
def _handed_in(exercise: Exercise, answer: Any) -> tuple[Said | None, Any]:
    """Return what is still missing, and the answer: its parts by name, and values as plain ones.

    Raises:
        Misfit: it is of another kind than the right answer, or can't be read.
    """
    right = exercise.right
    if answer is None:
        raise Misfit("NONE")
    answer = named(right, answer if callable(answer) else readable(answer))
    if isinstance(right, dict) and answer is not ...:
        missing = [name for name, part in answer.items() if is_unwritten(part)]
        if 0 < len(missing) < len(answer):
            return Said("PARTS_MISSING", {"parts": ", ".join(missing)}), answer
    if is_unwritten(answer):
        return Said("NOTHING"), answer
    _refuse_other_kinds(right, answer)
    if exercise.is_value and exercise.run is not None and not isinstance(right, dict):
        answer = check_kind(str(exercise.kinds) or kind_of(right), answer, sentences.YOUR_ANSWER)
    return None, answer


def _refuse_other_kinds(right: Any, answer: Any) -> None:
    """Raise Misfit where a function, a class or a value was wanted, and another was given."""
    if isinstance(right, dict):
        for name, part in right.items():
            _refuse_other_kinds(part, answer[name])
    elif inspect.isclass(right):
        base = right.__mro__[1]
        if isinstance(answer, base):
            raise Misfit("OBJECT")
        if not inspect.isclass(answer):
            raise Misfit("NO_CLASS", given=thing(answer))
        called = shortened(answer.__name__, 60)
        if not issubclass(answer, base):
            raise Misfit("NO_SUBCLASS", given=called, base=base.__name__)
        package = answer.__module__.partition(".")[0]
        if package in ("torch", _PACKAGE) and not answer.__module__.startswith(_OURS):
            raise Misfit("NOT_YOURS", given=called)
        _refuse_other_arguments((), answer)
        for name in vars(right).keys() & vars(answer).keys() - {"__init__"}:
            if inspect.isfunction(vars(right)[name]):
                _refuse_other_arguments(_names(vars(right)[name]), vars(answer)[name])
    elif callable(right):
        if isinstance(answer, torch.Tensor) or is_number(answer):
            raise Misfit("CALLED")
        if inspect.isclass(answer) or not callable(answer):
            raise Misfit("NO_FUNCTION", given=thing(answer))
        _refuse_other_arguments(_names(right), answer)
    elif callable(answer):
        raise Misfit("NO_VALUE", given=show(getattr(answer, "__name__", answer)))


def _names(function: Any) -> tuple[str, ...]:
    """Return the names of those arguments that a function needs."""
    parameters = inspect.signature(function).parameters.values()
    return tuple(p.name for p in parameters if p.default is p.empty)


def _refuse_other_arguments(wanted: tuple[str, ...], function: Any) -> None:
    """Raise Misfit where a function or a class can't be called with so many arguments."""
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):  # some built-in functions do not tell
        return
    try:
        signature.bind(*wanted)
    except TypeError:
        takes, called = ", ".join(signature.parameters), ", ".join(wanted)
        name = shortened(getattr(function, "__name__", type(function).__name__), 60)
        values = {"takes": shortened(takes, 80), "arguments": called}
        raise Misfit("NO_ARGUMENTS", given=name, **values) from None


# --- what is wrong with it -----------------------------------------------------------------------


def _of_misfit(exercise: Exercise, misfit: Misfit, watch: Watch) -> Iterator[str]:
    """Yield what is said about what the reader's code gave, or did besides."""
    if misfit.key == "RETURNED_NONE" and watch.printed:
        misfit = Misfit("PRINTED")
    yield misfit.text(exercise.sentences)
    if misfit.key not in exercise.sentences:
        yield exercise.sentences["wanted"]


def _of_error(error: BaseException) -> Iterator[str]:
    """Yield what is said about an error of the reader's code, and the reader's line."""
    yield say("RAISED", type=shortened(type(error).__name__, 60), error=error_text(error))
    libraries = [sysconfig.get_path(name) for name in ("stdlib", "purelib", "platlib")]
    libraries += [str(Path(__file__).parents[1]), "<frozen"]
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if frame.line and not frame.filename.startswith(tuple(libraries)):
            yield say("AT_LINE", line=frame.lineno, source=shortened(frame.line, 100))
            return


def _known_fault(
    exercise: Exercise, answer: Any, given: list[_Outcome], right: list[_Outcome]
) -> str:
    """Return the sentence of the first wrong answer that does the same as the reader's.

    The first wrong result must be the same, and every other one where both have one.
    """
    pairs = zip(right, given, strict=False)
    first = next((i for i, (a, b) in enumerate(pairs) if not a.same(b, exercise)), None)
    if first is None:
        return ""
    for key, (wrong, _) in exercise.wrong.items():
        if isinstance(wrong, Pattern):
            same = wrong.fits(answer)
        else:
            known = wrong_outcomes(exercise, key)
            both = [
                (a, b)
                for i, (a, b) in enumerate(zip(known, given, strict=False))
                if i <= first or a.error is b.error is None
            ]
            same = len(known) > first and all(a.same(b, exercise) for a, b in both)
        if same:
            return exercise.sentences[key]
    return ""


def _hint_for_code(
    exercise: Exercise,
    answer: Any,
    given: list[_Outcome],
    right: list[_Outcome],
    difference: Difference,
) -> str:
    """Say what the difference of the reader's results from the right ones looks like."""
    if isinstance(difference.wanted, torch.Tensor):
        said = of_spikes(difference)
    else:
        order = _hint_of_order(exercise, answer, right)
        if order or given[-1].error is not None:
            return order
        said = _exchanged(right, given)
        if said is None and isinstance(difference.wanted, list):
            said = of_value("list", difference)
        said = said or _in_numbers(exercise, given, right, difference)
    return said.text(exercise.sentences) if said else ""


def _exchanged(right: list[_Outcome], given: list[_Outcome]) -> Said | None:
    """Say so where all would be right if the two results were exchanged."""
    parts = right[0].value
    if not isinstance(parts, dict) or len(parts) != 2:
        return None
    pairs = [(a.value, named(parts, b.value)) for a, b in zip(right, given, strict=True)]
    if all(of_parts(wanted, value) or _same(wanted, value, TOLERANCE) for wanted, value in pairs):
        one, other = parts
        return Said("EXCHANGED", {"one": one, "other": other})
    return None


def _hint_of_order(exercise: Exercise, answer: Any, right: list[_Outcome]) -> str:
    """Say so where the answer is right if its arguments are exchanged."""
    if exercise.run is not None or not 1 < len(right[0].case) < 4:
        return ""
    names = tuple(exercise.arguments(right[0].case))
    for order in permutations(range(len(names))):
        if list(order) != sorted(order) and _right_in_order(exercise, answer, right, order):
            return say("SWAPPED", arguments=", ".join(names))
    return ""


def _right_in_order(
    exercise: Exercise, answer: Any, right: list[_Outcome], order: tuple[int, ...]
) -> bool:
    def turned(*case: Any) -> Any:
        return answer(*(case[i] for i in order))

    # Up to the first difference only: a loop may never end on arguments that were not meant.
    with alone(quiet=True):
        return all(
            wanted.same(_outcome(exercise, turned, case), exercise)
            for wanted, case in zip(right, exercise.cases(), strict=True)
        )


def _in_numbers(
    exercise: Exercise, given: list[_Outcome], right: list[_Outcome], difference: Difference
) -> Said | None:
    """Say how the numbers of all trials differ, of the part that differs first."""

    def part(outcome: _Outcome, parts: Any) -> Any:
        value = named(parts, outcome.value)
        value = value[difference.place] if isinstance(value, dict) else value
        return check_kind("number", value, "")

    try:
        wanted = [part(outcome, outcome.value) for outcome in right]
        yours = [part(outcome, wish.value) for outcome, wish in zip(given, right, strict=True)]
    except Misfit:
        return None
    return of_numbers(wanted, yours, [exercise.arguments(outcome.case) for outcome in right])


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


def _call(arguments: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={show(value)}" for name, value in arguments.items())
