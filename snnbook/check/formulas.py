"""Judge formulas that are typed in a page, which can't run Python.

Where an exercise asks for a function of numbers that returns a number, one line is enough for it:
``1 / (1 - exp(-1 / tau))``. The page computes it in the exercise's own trials. What follows from
the numbers is known beforehand, as with values: patterns, and the sentences that go with them.
"""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import Any

from . import sentences
from .comparing import Said, rules_of_numbers
from .engine import right_outcomes, tried_with, wrong_outcomes
from .exercise import Exercise
from .kinds import PATTERNS, show
from .patterns import ANYTHING, Pattern, entries, every, is_number, like_value, no
from .sentences import say

__all__ = ["Formula", "formula_of"]


@dataclass(frozen=True)
class Formula:
    """All that is known about the answer to an exercise that asks for a function of numbers.

    Attributes:
        exercise: the exercise.
        names: the names of the function's arguments.
        cases: their values in each trial.
        wanted: the right number of each trial.
    """

    exercise: Exercise
    names: tuple[str, ...]
    cases: list[tuple[float, ...]]
    wanted: list[float]

    def data(self) -> dict[str, Any]:
        """Return it as lists, numbers and texts, its sentences filled in but for ``{given}``."""
        exercise, own = self.exercise, self.exercise.sentences
        right = [like_value(x, exercise.tolerance) for x in self.wanted]
        place, kind = sentences.YOUR_ANSWER, str(exercise.kinds) or "number"
        arguments = [exercise.arguments(case) for case in self.cases]
        misfit = {"place": place, "expected": sentences.KINDS[kind]}
        known = ((self._known(key, right), own[key]) for key in exercise.wrong)
        return {
            "names": self.names,
            "cases": self.cases,
            "wanted": own["wanted"],
            "passed": own["passed"],
            "right": [pattern.data() for pattern in right],
            "faults": [[pattern.data(), text] for pattern, text in known if pattern],
            "rules": [r.data("", own) for r in rules_of_numbers(self.wanted, arguments)],
            "fits": PATTERNS[kind].data(),
            "misfit": Said("WRONG_KIND", misfit).text(own),
            "tried": [tried_with(exercise, case) for case in self.cases],
            "different": [say("DIFFERENT", own, expected=show(x)) for x in self.wanted],
            "swapped": say("SWAPPED", arguments=", ".join(self.names)),
        }

    def _known(self, key: str, right: list[Pattern]) -> Pattern | None:
        """Return the pattern of what a known wrong answer gives, as far as it gives numbers."""
        outcomes = wrong_outcomes(self.exercise, key)
        given = [outcome.value for outcome in outcomes if outcome.error is None]
        rest = [ANYTHING] * (len(right) - len(given))
        if not all(map(is_number, given)) or not given:
            return None
        same = entries(*(like_value(x, self.exercise.tolerance) for x in given), *rest)
        return every(same, no(entries(*right[: len(given)], *rest)))


def formula_of(exercise: Exercise) -> Formula | None:
    """Return what is known about an exercise's answer, or None where no formula is asked for."""
    if exercise.run is not None or not inspect.isfunction(exercise.right):
        return None
    cases = list(exercise.cases())
    if not all(is_number(value) for case in cases for value in case):
        return None
    wanted = [outcome.value for outcome in right_outcomes(exercise)]
    if not all(map(is_number, wanted)):
        return None
    return Formula(exercise, tuple(exercise.arguments(cases[0])), cases, wanted)
