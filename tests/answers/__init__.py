"""Answers to the book's exercises, as a reader would hand them in: wrong ones and right ones.

They were written from the text of the exercises alone, before their trials were looked at. Each
chapter has a module, found by its name.
"""

import importlib
import pkgutil
from dataclasses import dataclass
from typing import Any

from exercises import handed_in

ANSWERS: list["Answer"] = []


@dataclass(frozen=True)
class Cell:
    """An answer as the program that stands in the cell of its exercise."""

    program: str


@dataclass(frozen=True)
class Answer:
    """An answer; `says` is a pattern that the verdict's message holds, None for a right answer."""

    exercise: str
    mistake: str
    given: Any
    says: str | None

    @property
    def value(self) -> Any:
        """What the checker is given."""
        is_cell = isinstance(self.given, Cell)
        return handed_in(self.exercise, self.given.program) if is_cell else self.given

    @property
    def id(self) -> str:
        return f"{self.exercise}: {self.mistake}"


def wrong(exercise: str, says: str, mistake: str = ""):
    """Note the decorated function or class, or the value that it is called with, as wrong."""

    def note(value):
        name = mistake or getattr(value, "__name__", str(value))
        ANSWERS.append(Answer(exercise, name, value, says))
        return value

    return note


def right(exercise: str, form: str = ""):
    """Note the decorated function or class, or the value that it is called with, as right."""

    def note(value):
        name = form or getattr(value, "__name__", str(value))
        ANSWERS.append(Answer(exercise, name, value, None))
        return value

    return note


for module in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{module.name}")
