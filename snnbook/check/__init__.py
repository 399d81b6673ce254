"""Check the answers to the book's exercises, and say what is wrong with them.

Each exercise has a name, ``"chapter/exercise"``. Where its cell ends in ::

    check("state/warm-up", answer)

the answer's verdict stands below the cell. A wrong answer never raises an error: it gets a
sentence, and a picture where one helps.

The exercises of a chapter are a file in the folder ``exercises``. All that the checker says can be
translated: its own sentences are in `snnbook.check.sentences`, those of an exercise in its
attribute ``sentences``.
"""

import importlib
import pkgutil
import reprlib
from difflib import get_close_matches
from typing import Any

from . import exercises as _folder
from .engine import Exercise, examine
from .verdicts import Verdict

__all__ = ["CHAPTERS", "Exercise", "Verdict", "check", "exercises"]

CHAPTERS = tuple(sorted(module.name for module in pkgutil.iter_modules(_folder.__path__)))
"""The chapters that have exercises: the files of the folder ``exercises``."""


def exercises(chapter: str) -> dict[str, Exercise]:  # takes the place of the folder's name
    """Return the exercises of a chapter by their names, such as ``"state/warm-up"``.

    Args:
        chapter: one of `CHAPTERS`.

    Raises:
        TypeError: the chapter's name is no text.
        ValueError: there is no such chapter.
    """
    if not isinstance(chapter, str):
        raise TypeError(f"a chapter's name is a text, such as 'state', and not {_short(chapter)}")
    if chapter not in CHAPTERS:
        remedy = _nearest(chapter, CHAPTERS)
        raise ValueError(f"no chapter {_short(chapter)} has exercises; {remedy}")
    module = importlib.import_module(f"{_folder.__name__}.{chapter}")
    return {f"{chapter}/{name}": exercise for name, exercise in module.EXERCISES.items()}


def check(name: str, answer: Any = ...) -> Verdict:
    """Examine an answer to an exercise.

    Code that is handed in is called several times, and what it prints in the first trials is shown.

    Args:
        name: the exercise's name, ``"chapter/exercise"``.
        answer: what the exercise asks for: a number, a list, a tensor, a function or a class. It
            may lie on any device. ``...`` stands for what is not answered yet.

    Returns:
        The verdict. It is true where the answer is right, and a notebook displays it.

    Raises:
        TypeError: the name is no text.
        ValueError: there is no such exercise. (A wrong answer never raises an error.)
    """
    if not isinstance(name, str):
        hint = "; the answer comes second" if isinstance(answer, str) else ""
        raise TypeError(
            "the name of an exercise is a text, such as check('state/warm-up', after), and not "
            f"{_short(name)}{hint}"
        )
    chapter, slash, _ = name.partition("/")
    known = exercises(chapter) if slash or chapter in CHAPTERS else {}
    if name not in known:
        every = known or [other for each in CHAPTERS for other in exercises(each)]
        raise ValueError(f"no exercise {_short(name)}; {_nearest(name, every)}")
    return examine(name, known[name], answer)


def _nearest(name: str, known: Any) -> str:
    """Return the remedy for a wrong name."""
    near = get_close_matches(name[:100].lower(), known, n=1, cutoff=0.8)
    return f"did you mean {near[0]!r}?" if near else f"there are {_few(known)}"


def _few(names: Any) -> str:
    """Return names in a row, where they are many only the first."""
    names = [*names]
    return ", ".join(names if len(names) < 20 else [*names[:20], "…"])


def _short(value: Any) -> str:
    return reprlib.repr(value)
