"""Watch what a reader's code does besides returning a result.

It may change the tensors and layers that it is given, not use them at all, print, draw random
numbers, or leave a setting of torch changed. None of this shows in the result.
"""

import functools
import inspect
import io
import random
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn.modules.module import register_module_forward_pre_hook

from .kinds import show
from .sentences import Misfit

__all__ = ["Watch", "alone", "guarded", "kept", "shuffle", "watched"]

_ROOM = 1000
"""So many characters that the reader's code prints are shown."""


class _Printed(io.TextIOBase):
    """A place to print to, which keeps in mind that there was something."""

    def __init__(self, out: Any) -> None:
        self.out, self.room, self.any = out, _ROOM, False

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        self.any = True
        if self.out is not None and self.room > 0:
            self.out.write(text[: self.room])
        self.room -= len(text)
        return len(text)


class Watch:
    """What was seen while the reader's code ran.

    Attributes:
        printed: it printed something.
        drew: it drew random numbers.
    """

    printed = False
    drew = False


def _dice() -> tuple[Any, ...]:
    """The states of all generators of random numbers."""
    numpy = np.random.get_state(legacy=False)  # noqa: NPY002  the one that others may use
    return torch.get_rng_state().tolist(), random.getstate(), str(numpy)


def shuffle() -> None:
    """Make every generator of random numbers go on with other numbers."""
    torch.rand(17)
    random.random()
    np.random.random(17)  # noqa: NPY002


@contextmanager
def alone(*, quiet: bool = False) -> Iterator[Watch]:
    """Run the reader's code so that it leaves no trace: random numbers, figures, settings.

    Args:
        quiet: show nothing of what it prints.

    Raises:
        Misfit: it leaves a setting of torch changed.
    """
    watch, printed = Watch(), _Printed(None if quiet else sys.stdout)
    generators = torch.get_rng_state(), random.getstate(), np.random.get_state()  # noqa: NPY002
    before, settings = _dice(), _settings()
    figures = _figures()
    try:
        with redirect_stdout(printed):
            yield watch
        if _settings() != settings:
            raise Misfit("CHANGED_TORCH")
    finally:
        watch.printed, watch.drew = printed.any, _dice() != before
        torch.set_rng_state(generators[0])
        random.setstate(generators[1])
        np.random.set_state(generators[2])  # noqa: NPY002
        torch.set_default_dtype(settings[0])
        torch.set_grad_enabled(settings[1])
        if torch.get_default_device() != settings[2]:
            torch.set_default_device(settings[2])
        for number in _figures() - figures:
            sys.modules["matplotlib.pyplot"].close(number)


def _settings() -> tuple[Any, ...]:
    """The settings of torch that hold for the whole program."""
    return torch.get_default_dtype(), torch.is_grad_enabled(), torch.get_default_device()


def _figures() -> set[int]:
    """The numbers of the open figures, where anything has drawn at all."""
    pyplot = sys.modules.get("matplotlib.pyplot")
    return set(pyplot.get_fignums()) if pyplot else set()


@contextmanager
def watched(given: Mapping[str, Any]) -> Iterator[None]:
    """Look after the arguments that the reader's code is given.

    Args:
        given: the arguments by name.

    Raises:
        Misfit: the code has changed a tensor, a list or the values of a layer, or it has not run a
            layer.
    """
    before = {name: kept(value) for name, value in given.items()}
    layers = {name: layer for name, layer in given.items() if isinstance(layer, nn.Module)}
    with _noting_runs(layers) as run:
        yield
    for name, value in given.items():
        _compare_kept(name, before[name], kept(value))
    for name in layers:
        if name not in run:
            raise Misfit("NOT_RUN", name=name)


def guarded(answer: Any) -> Any:
    """Return the reader's function; each call must leave what it is given as it is.

    An exercise gives it values that `watched` doesn't see. A call raises Misfit where it has
    changed the numbers of one, or whether autograd follows it. Of a network it may change what is
    remembered, and where an optimizer is given along with it, the weights too.
    """
    if not callable(answer) or inspect.isclass(answer) or isinstance(answer, nn.Module):
        return answer

    @functools.wraps(answer)
    def call(*values: Any, **named: Any) -> Any:
        given = {**dict(zip(_named(answer, len(values)), values, strict=True)), **named}
        taught = any(isinstance(v, torch.optim.Optimizer) for v in given.values())
        for name, v in given.items():
            if isinstance(v, nn.Module):
                given[name] = {} if taught else dict(v.named_parameters())
        before = {name: (kept(v), getattr(v, "requires_grad", None)) for name, v in given.items()}
        result = answer(*values, **named)
        for name, v in given.items():
            _compare_kept(name, before[name][0], kept(v))
            if getattr(v, "requires_grad", None) is not before[name][1]:
                raise Misfit("CHANGED_INPUT", name=name)
        return result

    return call


def _named(function: Any, count: int) -> list[str]:
    """Return the names of so many arguments of a function; those that have none get a number."""
    try:
        names = list(inspect.signature(function).parameters)
    except (TypeError, ValueError):  # some built-in functions do not tell
        names = []
    return [names[k] if k < len(names) else f"argument {k + 1}" for k in range(count)]


@contextmanager
def _noting_runs(layers: Mapping[str, Any]) -> Iterator[set[str]]:
    """Collect the names of those layers that run, by a call or by their method `run`."""
    run: set[str] = set()

    def note(module: nn.Module, *inputs: Any) -> None:
        run.add(getattr(module, "_given_as", ""))

    def noted(name: str, call: Any) -> Any:
        def noting(*values: Any, **named: Any) -> Any:
            run.add(name)
            return call(*values, **named)

        return noting

    for name, layer in layers.items():  # a copy of the layer has these attributes too
        object.__setattr__(layer, "_given_as", name)
        if hasattr(layer, "run"):
            object.__setattr__(layer, "run", noted(name, layer.run))
    hook = register_module_forward_pre_hook(note)
    try:
        yield run
    finally:
        hook.remove()


class _Values(dict[str, Any]):
    """The values of a layer, by name."""


def kept(value: Any) -> Any:
    """Return a copy of what must not change."""
    if isinstance(value, torch.Tensor):
        return value.detach().clone()
    if isinstance(value, nn.Module):
        names = inspect.signature(type(value)).parameters
        return _Values({name: kept(getattr(value, name, None)) for name in names})
    if isinstance(value, (list, tuple)):
        return [kept(part) for part in value]
    if isinstance(value, dict):
        return {name: kept(part) for name, part in value.items()}
    return value


def _compare_kept(name: str, before: Any, after: Any) -> None:
    if isinstance(before, _Values):
        for field in before:
            if not _unchanged(before[field], after[field]):
                pair = {"before": show(before[field], 40), "after": show(after[field], 40)}
                raise Misfit("CHANGED_LAYER", name=name, field=field, **pair)
    elif not _unchanged(before, after):
        raise Misfit("CHANGED_INPUT", name=name)


def _unchanged(before: Any, after: Any) -> bool:
    if isinstance(before, torch.Tensor):
        return (
            isinstance(after, torch.Tensor)
            and before.shape == after.shape
            and before.dtype == after.dtype
            and bool(torch.isclose(before, after, rtol=0, atol=0, equal_nan=True).all())
        )
    if isinstance(before, list):
        return len(before) == len(after) and all(map(_unchanged, before, after))
    if isinstance(before, dict):
        return [*before] == [*after] and all(_unchanged(before[n], after[n]) for n in before)
    return bool(before == after)
