"""`snnbook.fields`: declared values and their checks (the layers' own checks: test_neuron.py)."""

import inspect
from typing import ClassVar, Literal

import numpy as np
import pytest
import torch
from torch import nn

from snnbook.fields import Declared, Fraction, Number, OptionalNumber, Positive, TimeConstant


class Sample(Declared):
    """A module that declares one value of each kind."""

    count: ClassVar[int] = 3
    gain: Number = 1.0
    share: Fraction = 0.5
    width: Positive = 1.0
    floor: OptionalNumber = None
    tau: TimeConstant = 2.0
    flag: bool = False
    steps: int = 3
    word: str = "a"
    way: Literal["in", "out"] = "in"
    seed: int | None = None
    anything: object = None


def test_declared_values_become_attributes():
    sample = Sample(2, tau=np.float32(4), seed=np.int64(7))
    assert (sample.gain, sample.tau, sample.floor, sample.count) == (2.0, 4.0, None, 3)
    assert (sample.word, sample.way, sample.flag) == ("a", "in", False)
    for number, kind in ((sample.gain, float), (sample.steps, int), (sample.seed, int)):
        assert type(number) is kind
    assert "gain=2.0, share=0.5" in repr(sample)


class Either(Declared):
    """A module whose value may be of several kinds, each checked as if it stood alone."""

    much: int | float | torch.Tensor | None = 1


@pytest.mark.parametrize(
    ("value", "kind"),
    [(3, int), (np.int64(3), int), (0.5, float), (np.float32(0.5), float), (None, type(None))],
)
def test_one_of_several_kinds_is_kept(value, kind):
    kept = Either(value).much
    assert kept == value
    assert type(kept) is kind


def test_a_tensor_among_several_kinds_is_kept():
    value = torch.ones(2, dtype=torch.int64)
    assert Either(value).much is value


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (float("nan"), "wanted a number .*not NaN; or wanted a whole .*; None is possible too"),
        (
            "1",
            "wanted a whole number, not str; or wanted a number .*; or wanted Tensor, not str",
        ),
        (True, "wanted a whole number, not bool; or "),
    ],
)
def test_none_of_several_kinds_is_refused(value, message):
    with pytest.raises((TypeError, ValueError), match=f"^Either: much={value!r}: {message}"):
        Either(value)


def test_signature():
    assert list(inspect.signature(Sample).parameters) == list(Sample._fields)

    class Own(Sample):
        """A subclass with a constructor of its own."""

        def __init__(self, only):
            super().__init__(gain=only)

    assert list(inspect.signature(Own).parameters) == ["only"]
    assert Own(3).gain == 3.0


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("gain", "1", "wanted a number or a floating-point tensor, not str"),
        ("gain", 1j, "not complex"),
        ("gain", torch.ones(2, dtype=torch.bool), "dense, not .*bool"),
        ("share", 1.5, "of at least 0 and of at most 1"),
        ("width", 0, "above 0"),
        ("floor", "low", "not str; None is possible too"),
        ("tau", 0.99, "of at least 1"),
        ("flag", 0, "wanted True or False, not int"),
        ("steps", 2.5, "wanted a whole number, not float"),
        ("steps", True, "wanted a whole number, not bool"),
        ("word", 3, "wanted str, not int"),
        ("way", "inside", "wanted one of 'in', 'out'"),
        ("seed", "7", "wanted a whole number, not str; None is possible too"),
    ],
)
def test_bad_values(name, value, message):
    with pytest.raises((TypeError, ValueError), match=f"Sample: {name}=.*{message}"):
        Sample(**{name: value})


def test_too_many_values():
    with pytest.raises(TypeError, match="Sample: too many positional arguments; it takes gain"):
        Sample(*range(13))


def test_tensors_follow_the_module():
    sample = Sample(gain=torch.ones(2), tau=nn.Parameter(torch.tensor(2.0))).double()
    assert sample.gain.dtype == sample.tau.dtype == torch.float64
    assert [name for name, _ in sample.named_buffers()] == ["gain"]
    assert [name for name, _ in sample.named_parameters()] == ["tau"]


def test_a_module_as_a_value():
    sample = Sample(anything=nn.Identity())
    assert [name for name, _ in sample.named_children()] == ["anything"]
    sample.anything = 3
    assert list(sample.children()) == []
    assert sample.anything == 3


def test_a_tensor_without_data_is_not_compared():
    assert Sample(tau=torch.ones(2, device="meta")).tau.is_meta


def test_plain_float_annotations_are_numbers():
    class Plain(Declared):
        """A float."""

        size: float = 1.0

    assert type(Plain(size=2).size) is float
    with pytest.raises(TypeError, match="size='a'"):
        Plain(size="a")


def test_an_annotation_that_means_nothing_names_the_class():
    with pytest.raises(NameError, match="Lost: an annotation in the class body: name 'Nowhere'"):
        type("Lost", (Declared,), {"__annotations__": {"a": "Nowhere"}, "a": 1.0})
