"""Judge values that are handed in: numbers, lists, words, True and False.

All that is known about the answer to an exercise is a `Sheet`: patterns, and the sentences that go
with them. The checker goes through it from top to bottom; so does the page, which has it as data,
and a script that tries the same patterns (``book/_static/exercises.js``).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from . import sentences
from .comparing import TOLERANCE, Rule, Said, rules_of
from .exercise import Exercise
from .kinds import PATTERNS, kind_of, plain, plainly, readable, reading, thing, things_of
from .patterns import ANYTHING, Pattern, every, like_value, part
from .sentences import say

__all__ = ["Sheet", "sheet_of", "words"]


@dataclass(frozen=True)
class Part:
    """A part of an answer.

    Attributes:
        name: how the sentences call it.
        kind: the kind of value that is wanted, a key of `sentences.KINDS`.
        wanted: a right value.
        right: the right values.
        rules: what is said about a wrong one; their patterns are of the whole answer.
    """

    name: str
    kind: str
    wanted: Any
    right: Pattern
    rules: tuple[Rule, ...]


@dataclass(frozen=True)
class Sheet:
    """All that is known about the answer to an exercise. An answer is a list of its parts' values.

    Attributes:
        exercise: the exercise.
        parts: its parts; one where the answer is a single value.
        faults: the known mistakes: a pattern of the answer, and the key of the sentence.
    """

    exercise: Exercise
    parts: tuple[Part, ...]
    faults: tuple[tuple[Pattern, str], ...]

    @property
    def single(self) -> bool:
        """Whether the answer is one value without a name."""
        return not isinstance(self.exercise.right, dict)

    def read(self, answer: Any) -> list[Any]:
        """Return the values of the parts as plain numbers, texts and lists.

        Raises:
            Misfit: one can't be read.
        """
        values = [answer] if self.single else [answer[one.name] for one in self.parts]
        with reading():
            parts = zip(self.parts, values, strict=True)
            plain_values: list[Any] = readable([plainly(p.kind, value) for p, value in parts])
        return plain_values

    def fault(self, values: list[Any]) -> str:
        """Return the sentence of the first known mistake, or "" if there is none."""
        if all(one.right.fits(value) for one, value in zip(self.parts, values, strict=True)):
            return ""
        keys = (key for pattern, key in self.faults if pattern.fits(values))
        return self.exercise.sentences.get(next(keys, ""), "")

    def judge(self, answer: Any) -> tuple[str, list[str]]:
        """Return the verdict on an answer: the key of its heading, and what is said.

        Raises:
            Misfit: the answer can't be read.
        """
        own = self.exercise.sentences
        values = self.read(answer)
        fault = self.fault(values)
        given = [answer] if self.single else [answer[one.name] for one in self.parts]
        for one, value, raw in zip(self.parts, values, given, strict=True):
            if not PATTERNS[one.kind].fits(value):
                misfit = _misfit(one, given=thing(raw, one.kind)).text(own)
                return "NOT_YET", [misfit, own["wanted"]] if self.single else [fault or misfit]
            if not one.right.fits(value):
                rule = next(rule for rule in one.rules if rule.pattern.fits(values))
                return "NOT_YET", [fault or rule.said(one.name, value).text(own)]
        return "RIGHT", [own["passed"]]

    def data(self) -> dict[str, Any]:
        """Return it as lists, numbers and texts, its sentences filled in but for ``{given}``."""
        own = self.exercise.sentences
        return {
            "single": self.single,
            "wanted": own["wanted"],
            "passed": own["passed"],
            "faults": [[pattern.data(), own[key]] for pattern, key in self.faults],
            "parts": [
                {
                    "name": one.name,
                    "kind": one.kind,
                    "fits": PATTERNS[one.kind].data(),
                    "misfit": _misfit(one).text(own),
                    "right": one.right.data(),
                    "rules": [rule.data(one.name, own) for rule in one.rules],
                }
                for one in self.parts
            ],
        }


def _misfit(one: Part, **given: str) -> Said:
    """What is said about a value of another kind, which may be filled in later."""
    values = {"place": one.name, "expected": sentences.KINDS[one.kind], **given}
    return Said("WRONG_KIND", values)


def sheet_of(exercise: Exercise) -> Sheet | None:
    """Return what is known about an exercise's answer, or None where code is to be tried.

    Where the answer is a value that is tried in a run, its right values must be known as a
    pattern, the exercise's `accepts`.
    """
    if not exercise.is_value or (exercise.run is not None and exercise.accepts is None):
        return None
    single = not isinstance(exercise.right, dict)
    right = {sentences.YOUR_ANSWER: exercise.right} if single else exercise.right
    wanted = {name: plain(value) for name, value in right.items()}
    names = list(wanted)
    kinds = (
        dict.fromkeys(names, exercise.kinds) if isinstance(exercise.kinds, str) else exercise.kinds
    )
    exact = [like_value(value, TOLERANCE) for value in wanted.values()]
    parts = []
    for i, (name, value) in enumerate(wanted.items()):
        kind = kinds.get(name) or kind_of(value)
        rules = [
            Rule(_exchanged(exact, i, j), "EXCHANGED", {"one": name, "other": names[j]})
            for j in range(i + 1, len(names))
        ]
        if exercise.accepts is None:
            rules += [replace(r, pattern=part(i, r.pattern)) for r in rules_of(kind, value)]
        rules.append(Rule(ANYTHING, "NOT_RIGHT"))
        accepted = exercise.accepts or like_value(value, exercise.tolerance)
        parts.append(Part(name, kind, value, accepted, tuple(rules)))
    faults = [
        (_of_parts(names, wrong, exercise.tolerance), key)
        for key, (wrong, _) in exercise.wrong.items()
    ]
    return Sheet(exercise, tuple(parts), tuple(faults))


def _exchanged(right: list[Pattern], one: int, other: int) -> Pattern:
    """An answer that would be right if two of its parts were exchanged."""
    places = list(range(len(right)))
    places[one], places[other] = other, one
    return every(*(part(i, right[place]) for i, place in enumerate(places)))


def _of_parts(names: list[str], wrong: Any, tolerance: float) -> Pattern:
    """Return the pattern of an answer from a wrong one, which may tell some parts only."""
    if isinstance(wrong, dict):
        told = ((names.index(name), value) for name, value in wrong.items())
        return every(*(part(i, like_value(value, tolerance)) for i, value in told))
    if isinstance(wrong, Pattern) and any(isinstance(o, dict) for o in wrong.operands):
        return Pattern(wrong.test, tuple(_of_parts(names, o, tolerance) for o in wrong.operands))
    return part(0, like_value(plain(wrong), tolerance))


def words() -> dict[str, Any]:
    """Return the sentences that are the same for every exercise, as data for a page."""
    keys = ("RIGHT", "NOT_YET", "YOUR_TURN", "NOTHING", "PARTS_MISSING", "NONE", "RAISED")
    among_all = things_of("")
    things = [
        [pattern.data(), sentences.THINGS[key], "" if key in among_all else "steps"]
        for key, pattern in things_of("steps").items()
    ]
    return {**{key: say(key) for key in keys}, "things": things}
