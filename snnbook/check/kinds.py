"""What kind of thing a value is: read it, name it in a few words, tell whether it is wanted.

A value comes from the reader and may be anything, so nothing here trusts its methods.
"""

import inspect
import math
import reprlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from torch import nn

from . import sentences as say
from .patterns import (
    ANYTHING,
    DISTINCT,
    FINITE,
    LIST,
    NUMBER,
    TEXT,
    TRUTH,
    WHOLE,
    Pattern,
    above,
    at_least,
    below,
    each,
    either,
    entries,
    every,
    is_number,
    near,
    no,
    same,
    some,
)
from .sentences import Misfit, Unwritten, filled

__all__ = [
    "FITS",
    "PATTERNS",
    "as_number",
    "check_kind",
    "error_text",
    "is_unwritten",
    "kind_of",
    "named",
    "plain",
    "plainly",
    "readable",
    "reading",
    "shortened",
    "show",
    "thing",
    "things_of",
]

_MOST = 1000
"""A tensor of more numbers than this is no list of numbers that somebody wrote down."""

_LISTS = {"steps", "train", "potentials", "shape", "list"}
"""The kinds that are lists."""

_REPR = reprlib.Repr()
_REPR.maxstring = _REPR.maxother = _REPR.maxlong = 40


# --- show it -------------------------------------------------------------------------------------


def shortened(text: str, most: int) -> str:
    """Return a text in at most so many characters."""
    return text if len(text) <= most else f"{text[: most - 2]} …"


def show(value: Any, most: int = 60) -> str:
    """Return a value in a few characters."""
    try:
        return shortened(_shown(value), most)
    except Exception:  # noqa: BLE001  the reader's own class may raise anything
        return shortened(f"<{type(value).__name__}>", most)


def _shown(value: Any) -> str:
    if isinstance(value, torch.Tensor):
        return f"tensor{list(value.shape)}"
    if isinstance(value, (list, tuple)):
        more = [", …"] if len(value) > 12 else []
        return f"[{', '.join(map(_shown, value[:12]))}{''.join(more)}]"
    if is_number(value):
        whole = WHOLE.fits(value) and abs(value) < 10**9
        return str(int(value)) if whole else f"{float(value):.6g}"
    if isinstance(value, str):
        return value
    return _REPR.repr(value)


def thing(value: Any, kind: str = "") -> str:
    """Say in a few words what a value is.

    Args:
        value: anything.
        kind: what was wanted. Of a list, the contents matter; else what holds them.
    """
    try:
        key, values = _recognized(value, kind)
        return shortened(filled(say.THINGS[key], **values), 120)
    except Exception:  # noqa: BLE001  the reader's own class may raise anything
        return filled(say.THINGS["object"], type=shortened(type(value).__name__, 40))


def _recognized(value: Any, kind: str) -> tuple[str, dict[str, Any]]:
    """Return the key of what a value is, and what fills its words."""
    array = isinstance(value, (torch.Tensor, np.ndarray))
    if array and (value.ndim > 1 or math.prod(value.shape) > _MOST or kind not in _LISTS):
        key = "tensor" if isinstance(value, torch.Tensor) else "array"
        return key, {"shape": list(value.shape)}
    several = isinstance(value, (list, tuple)) and len(value) > 1
    if several and all(isinstance(part, torch.Tensor) and part.ndim for part in value):
        return "tensors", {"n": len(value)}
    value = plain(value) if kind in _LISTS or not isinstance(value, (set, frozenset)) else value
    name = getattr(value, "__name__", type(value).__name__)
    tests = {
        **{key: pattern.fits(value) for key, pattern in things_of(kind).items()},
        "complex": isinstance(value, complex),
        "text": isinstance(value, (str, bytes)),
        "error": isinstance(value, BaseException),
        "dict": isinstance(value, Mapping),
        "class": inspect.isclass(value),
        "function": inspect.isroutine(value),
    }
    found = next((key for key, fits in tests.items() if fits), "")
    shown = shortened(name, 40) if found in ("class", "function") else show(value, 50)
    n = len(value) if found and isinstance(value, (list, Mapping)) else 0
    of_type = shortened(type(value).__name__, 40)
    return found or "object", {"value": shown, "n": n, "type": of_type}


_NAN = every(NUMBER, no(FINITE), no(above(0)), no(below(0)))
_NUMBERS = each(NUMBER)
_SPIKE = either(near(0, 0), near(1, 0))
_THINGS: dict[str, Pattern] = {
    "none": same(None),
    "truth": TRUTH,
    "nan": _NAN,
    "infinite": every(NUMBER, no(FINITE)),
    "fraction": every(NUMBER, no(WHOLE)),
    "number": NUMBER,
    "text": TEXT,
    "empty": entries(),
    "nones": some(same(None)),
    "truths": each(TRUTH),
    "texts": each(TEXT),
    "strange": every(_NUMBERS, no(each(FINITE))),
    "decimals": every(_NUMBERS, no(each(WHOLE))),
    "train": every(each(_SPIKE), no(entries(ANYTHING)), no(entries(ANYTHING, ANYTHING))),
    "twice": every(_NUMBERS, no(DISTINCT)),
    "wholes": _NUMBERS,
    "lists": each(LIST),
    "list": LIST,
}


def things_of(kind: str) -> dict[str, Pattern]:
    """Return which plain values are which of `sentences.THINGS`; the first that fits counts.

    Args:
        kind: what was wanted; that a number stands twice matters among steps only.
    """
    return {key: one for key, one in _THINGS.items() if kind == "steps" or key != "twice"}


# --- read it -------------------------------------------------------------------------------------


@contextmanager
def reading() -> Iterator[None]:
    """Turn every error about a value of the reader's into a Misfit: it can't be read."""
    try:
        yield
    except (Misfit, Unwritten):
        raise
    except (Exception, SystemExit) as error:  # noqa: BLE001  a value's own methods may raise it
        kind = shortened(type(error).__name__, 40)
        raise Misfit("UNREADABLE", type=kind, error=error_text(error)) from None


def error_text(error: BaseException) -> str:
    """Return what an error says, in one line and shortened."""
    try:
        return shortened(" ".join(str(error)[:1000].split()), 240)
    except Exception:  # noqa: BLE001  the error may be a class of the reader's
        return "…"


@reading()
def readable(value: Any) -> Any:
    """Return a value in plain dicts and lists, with its tensors dense and on the CPU.

    Raises:
        Misfit: a tensor holds no numbers, a number is too large, or the value contains itself.
    """
    return _readable(value)


def _readable(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _readable(part) for name, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_readable(part) for part in value]
    if isinstance(value, torch.Tensor):
        return value.detach().cpu().to_dense()
    if is_number(value):
        float(value)
    return value


def plain(value: Any) -> Any:
    """Return a small array or tensor, and what is like a list, as a number or as a list.

    The numbers of a set stand in their order.
    """
    if isinstance(value, (torch.Tensor, np.ndarray)):
        size = math.prod(value.shape)
        if size > _MOST:
            return value
        return value.item() if size == 1 and value.ndim == 0 else value.tolist()
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, (set, frozenset)) and all(map(is_number, value)):
        return sorted(value)
    if isinstance(value, (list, tuple, range)):
        return [plain(part) for part in value]
    return value


def as_number(value: Any) -> Any:
    """Return a tensor or an array of one number as the number."""
    one = isinstance(value, (torch.Tensor, np.ndarray)) and math.prod(value.shape) == 1
    return value.item() if one else plain(value)


def is_unwritten(value: Any) -> bool:
    """Return whether a value, or a part of it, is still ``...``."""
    if isinstance(value, Mapping):
        return any(map(is_unwritten, value.values()))
    if isinstance(value, (list, tuple)):
        return any(map(is_unwritten, value))
    return value is ...


def named(right: Any, answer: Any) -> Any:
    """Return a list as a dict of its parts, where the right answer is one.

    Raises:
        Misfit: it has another number of parts, or other parts.
    """
    if not isinstance(right, dict) or answer is ...:
        return answer
    names = ", ".join(right)
    rows = isinstance(answer, (np.ndarray, torch.Tensor)) and answer.ndim
    if rows or isinstance(answer, (list, tuple)):
        if len(answer) != len(right):
            raise Misfit("WRONG_COUNT", given=len(answer), expected=len(right), parts=names)
        return dict(zip(right, answer, strict=True))
    if not isinstance(answer, Mapping):
        expected = filled(say.KINDS["parts"], parts=names)
        place = say.YOUR_ANSWER
        raise Misfit("WRONG_KIND", place=place, given=thing(answer), expected=expected)
    for name in right:
        if name not in answer:
            raise Misfit("NO_PART", part=name, parts=names)
    return {name: answer[name] for name in right}


# --- is it wanted? -------------------------------------------------------------------------------


PATTERNS: dict[str, Pattern] = {
    "truth": TRUTH,
    "number": every(NUMBER, no(_NAN)),
    "finite": FINITE,
    "rate": every(at_least(0), no(above(1))),
    "count": every(WHOLE, at_least(0)),
    "step": every(WHOLE, at_least(0)),
    "whole": WHOLE,
    "steps": every(each(WHOLE), DISTINCT),
    "train": each(_SPIKE),
    "potentials": each(FINITE),
    "shape": each(WHOLE),
    "list": LIST,
    "text": TEXT,
}
"""For each kind in `sentences.KINDS` that a reader can type, which plain values are of it."""

FITS: dict[str, Callable[[Any], bool]] = {
    **{kind: pattern.fits for kind, pattern in PATTERNS.items()},
    "tensor": lambda value: isinstance(value, torch.Tensor),
    "layer": lambda value: isinstance(value, nn.Module),
}
"""For each kind in `sentences.KINDS`, whether a plain value is of that kind."""


def kind_of(wanted: Any) -> str:
    """Return the kind of a right value."""
    kinds = ("truth", "number", "list", "text", "tensor")
    return next((kind for kind in kinds if FITS[kind](plain(wanted))), "tensor")


def plainly(kind: str, value: Any) -> Any:
    """Return a value as plain numbers and lists, where it can be one of a kind.

    A tensor of one number is a number, and a column of numbers is a list.
    """
    if kind in ("tensor", "layer"):
        return value
    if kind in _LISTS - {"list"}:
        array = isinstance(value, (torch.Tensor, np.ndarray))
        flat = array and math.prod(value.shape) == max(value.shape, default=0)
        return plain(value.reshape(-1) if flat else value)
    return plain(value) if kind == "list" else as_number(value)


@reading()
def check_kind(kind: str, value: Any, place: str) -> Any:
    """Return a value as `plainly` does, if it is of a kind.

    Raises:
        Misfit: it is of another kind.
    """
    plain_value = plainly(kind, value)
    if not FITS[kind](plain_value):
        wanted = say.KINDS[kind]
        raise Misfit("WRONG_KIND", place=place, given=thing(value, kind), expected=wanted)
    return plain_value
