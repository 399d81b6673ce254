"""Check the answers to the book's exercises, and say what is wrong with them.

Each exercise has a name, ``"chapter/exercise"``. Where its cell ends in ::

    check("state/warm-up", answer)

the answer's verdict stands below the cell. A wrong answer never raises an error: it gets a
sentence, and a picture where one helps.
"""

import importlib
from difflib import get_close_matches
from typing import Any

from .engine import Exercise, examine
from .verdict import Verdict

__all__ = ["CHAPTERS", "Exercise", "Verdict", "check", "exercises"]

CHAPTERS = ("setup", "state", "spikes", "reset", "visualization", "step_modes")
"""The chapters that have exercises, in the order of the book."""


def exercises(chapter: str) -> dict[str, Exercise]:
    """Return the exercises of a chapter by their names, such as ``"state/warm-up"``.

    Args:
        chapter: one of `CHAPTERS`.

    Raises:
        ValueError: there is no such chapter.
    """
    if chapter not in CHAPTERS:
        raise ValueError(f"no chapter {chapter!r} has exercises; there are {', '.join(CHAPTERS)}")
    module = importlib.import_module(f"{__name__}.{chapter}")
    return {f"{chapter}/{name}": exercise for name, exercise in module.EXERCISES.items()}


def check(name: str, answer: Any) -> Verdict:
    """Examine an answer to an exercise.

    Args:
        name: the exercise's name, ``"chapter/exercise"``.
        answer: what the exercise asks for: a number, a list, a tensor, a function or a class. It
            may lie on any device. ``...`` stands for what is not answered yet.

    Returns:
        The verdict. It is true where the answer is right, and a notebook displays it.

    Raises:
        ValueError: there is no such exercise. (A wrong answer never raises an error.)
    """
    chapter, _, short = name.partition("/")
    known = exercises(chapter)
    if name not in known:
        near = get_close_matches(short, [other.partition("/")[2] for other in known], n=1)
        remedy = f"did you mean '{chapter}/{near[0]}'?" if near else f"there are {', '.join(known)}"
        raise ValueError(f"no exercise {name!r}; {remedy}")
    return examine(name, known[name], answer)
