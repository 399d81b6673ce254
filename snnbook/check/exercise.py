"""What an exercise is: a right answer, typical wrong ones, and what they are tried on."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .comparing import TOLERANCE, Difference, compare
from .patterns import Pattern

__all__ = ["Case", "Exercise"]

Case = tuple[Any, ...]


@dataclass(frozen=True, kw_only=True, eq=False)
class Exercise:
    """One exercise.

    A part of an answer has a name where `right` (or what it gives) is a dict of values; the reader
    may hand in a list of them, in the same order.

    Attributes:
        wanted: what to hand in, a sentence.
        passed: what a right answer has shown, a sentence.
        right: a right answer: a value, a function, a class, or a dict of values or of functions.
        wrong: typical wrong answers by the key of their sentence, each with the sentence that names
            the fault. Of a dict of values, those parts suffice that show the fault. In place of a
            value, or of an entry of a list, a `Pattern` may stand; ``either`` also takes dicts.
        says: more sentences by their keys, for the `Misfit` that `run` may raise.
        cases: makes the arguments of each trial, anew for each answer.
        run: ``run(answer, *case)`` gives what is compared; None means the answer itself where it
            is a value, and ``answer(*case)`` where it is a function.
        only: the part that is compared; the others are drawn. None means all parts.
        tolerance: the largest difference of numbers, absolute or relative.
        kinds: the kind of value that is wanted, a key of `sentences.KINDS`, or one for each part;
            without it, the kind that the right value shows.
        accepts: all right answers, where the answer is a value that `run` tries. The book's page,
            which can't run it, knows them so.
        sentences: all the exercise's sentences by their keys, "wanted" and "passed" among them. Put
            another text in the place of one, and the checker says that.
    """

    wanted: str
    passed: str
    right: Any
    wrong: Mapping[str, tuple[Any, str]]
    says: Mapping[str, str] = field(default_factory=dict)
    cases: Callable[[], Iterable[Case]] = lambda: [()]
    run: Callable[..., Any] | None = None
    only: str | None = None
    tolerance: float = TOLERANCE
    kinds: str | Mapping[str, str] = ""
    accepts: Pattern | None = None
    sentences: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        own = {key: sentence for key, (_, sentence) in self.wrong.items()}
        every = {"wanted": self.wanted, "passed": self.passed, **self.says, **own}
        if len(every) != 2 + len(self.says) + len(own):
            raise ValueError("two sentences of an exercise have the same key")
        object.__setattr__(self, "sentences", every)

    @property
    def is_value(self) -> bool:
        """Whether a value is to be handed in, or a dict of values, and no code."""
        parts = self.right.values() if isinstance(self.right, dict) else [self.right]
        return not any(map(callable, parts))

    def give(self, answer: Any, case: Case) -> Any:
        """Return what an answer gives for a case.

        Raises:
            Exception: whatever the answer's code raises.
        """
        if self.run is not None:
            return self.run(answer, *case)
        return answer(*case) if callable(answer) else answer

    def judged(self, outcome: Any) -> Any:
        """Return those parts of an outcome that are compared."""
        return outcome if self.only is None else {self.only: outcome[self.only]}

    def compare(self, wanted: Any, given: Any) -> Difference | None:
        """Return the first difference of an outcome from the right one, or None."""
        kinds = "" if self.run is not None and self.is_value else self.kinds
        return compare(self.judged(wanted), given, self.tolerance, kinds=kinds)

    def arguments(self, case: Case) -> dict[str, Any]:
        """Return the arguments of a case by name."""
        names = inspect.signature(self.run or self.right).parameters if case else ()
        return dict(zip(list(names)[-len(case) :], case, strict=True)) if case else {}
