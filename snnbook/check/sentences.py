"""What the checker says, in whole sentences, so that each can be translated as it stands.

Each sentence has a key: its name here, or its key in `KINDS` or `THINGS`. Put another text in its
place, and the checker says that. A name in braces is filled in; a sentence need not use all of its
names. The sentences about one exercise are in its `snnbook.check.engine.Exercise.sentences`.
"""

from collections.abc import Mapping
from typing import Any

__all__ = ["KINDS", "LIMIT", "THINGS", "Misfit", "Unwritten", "filled", "say"]

LIMIT = 600
"""The longest message, in characters."""

# The headings.
RIGHT = "Right"
NOT_YET = "Not yet"
YOUR_TURN = "Your turn"

# Nothing to examine.
NOTHING = "Nothing handed in yet."
UNWRITTEN = "So far your code returns nothing."
PARTS_MISSING = "Still missing: {parts}."

# The wrong kind of answer.
NONE = "You handed in `None`, which is nothing."
NO_FUNCTION = "You handed in {given}, in place of a function."
CALLED = "You handed in the function's result; hand in the function itself, without brackets."
NO_CLASS = "You handed in {given}, in place of a class."
OBJECT = "You handed in an object of your class; hand in the class itself, without brackets."
NO_SUBCLASS = "Your class `{given}` is not derived from `{base}`."
NO_VALUE = "You handed in `{given}`, which is code to be called, in place of its result."
NO_ARGUMENTS = "`{given}` takes the arguments ({takes}); it is called with ({arguments})."
NOT_YOURS = "`{given}` is a class of the library. Hand in one of your own."
WRONG_COUNT = "Your answer has {given} parts; wanted are {expected}: {parts}."
NO_PART = "Your answer has no part {part}; wanted are {parts}."
UNREADABLE = "Your answer can't be read: it raised an error, `{type}: {error}`."

# What the code did.
RAISED = "Your code raised an error, `{type}: {error}`."
AT_LINE = "It happened in line {line}: `{source}`."
RETURNED_NONE = "Your code returned `None`: there is no `return` with the result."
PRINTED = "Your code prints, but it returns `None`. Write `return` in place of `print`."
CHANGED_INPUT = (
    "Your code changes its input `{name}` in place: for the caller it is another one afterwards. "
    "Make a new one: `x = x + y`, and not `x += y`."
)
CHANGED_LAYER = (
    "You leave the given `{name}` changed: it came with {field}={before}, and now it has "
    "{field}={after}."
)
NOT_RUN = "Your code never runs the given `{name}`."
CHANGED_TORCH = "Your code changes a setting of torch for the whole program, and leaves it so."
REMEMBERED = (
    "The same arguments give another result when your code is called again: it keeps something "
    "from call to call, perhaps in a global name or in the class."
)
RANDOM = "The same arguments give another result each time: your code draws random numbers."

# The wrong kind of value. {place} names a part of the answer, or is YOUR_ANSWER.
YOUR_ANSWER = "your answer"
WRONG_KIND = "Look at {place}: it is {given}; wanted is {expected}."
WRONG_SHAPE = "Look at {place}: it has the shape {given}; wanted is {expected}."
WRONG_DTYPE = "Look at {place}: its dtype is {given}; wanted is {expected}."
NO_SPIKES = "Look at {place}: spikes are 0 or 1, but there is {given}. Is it a potential?"
KINDS = {
    "truth": "True or False",
    "number": "a number",
    "finite": "a number",
    "rate": "a rate, the spikes divided by the steps, which lies between 0 and 1",
    "count": "a whole number: how many spikes there are",
    "step": "a whole number: one step, counted from 0",
    "whole": "a whole number",
    "steps": "a list of those steps in which it fires, counted from 0",
    "train": "a list of spikes, 0 or 1 for each step",
    "potentials": "a list of numbers, the potential after each step",
    "shape": "a shape, a list of whole numbers",
    "list": "a list",
    "text": "a text",
    "tensor": "a torch.Tensor",
    "layer": "a layer",
    "parts": "one value for each of its parts: {parts}",
}
THINGS = {
    "none": "`None`, which is nothing",
    "truth": "{value}, which is True or False and no number",
    "nan": "`nan`, which is not a number",
    "infinite": "{value}, which is not finite",
    "fraction": "the number {value}, which is not whole",
    "number": "the number {value}",
    "complex": "a complex number, {value}",
    "text": "a text, `{value}`",
    "error": "an error, `{type}`, which is not raised but returned",
    "empty": "an empty list",
    "train": "a list of zeros and ones, {n} of them",
    "truths": "a list of values True and False, {n} of them",
    "texts": "a list of texts, {n} of them",
    "twice": "a list in which a number stands twice",
    "decimals": "a list of numbers that are not all whole, {n} of them",
    "strange": "a list in which a number is infinite or none at all",
    "wholes": "a list of whole numbers, {n} of them",
    "tensors": "a list or a tuple of {n} tensors",
    "lists": "a list of {n} lists",
    "nones": "a list in which `None` stands",
    "list": "a list of {n} things",
    "tuple": "a tuple of {n} things",
    "dict": "a dict with {n} entries",
    "tensor": "a tensor of the shape {shape}",
    "array": "an array of the shape {shape}",
    "class": "the class `{value}`",
    "function": "the function `{value}`",
    "object": "an object of the type `{type}`",
}

# The wrong value. A function's numbers in all trials:
CONSTANT = "Your result is the same, {given}, in every trial: it does not depend on its arguments."
INDEPENDENT = "Your result does not depend on `{name}`, but it should."
SWAPPED = "Your function is right when its arguments are exchanged: they come as ({arguments})."
INFINITE_WANTED = "Where the right result is infinite, yours is {given}."
INFINITE_GIVEN = "Your result is infinite where the right one is finite."
NEGATIVE = "Your results have the wrong sign."
OFFSET_MORE = "Your result is larger by {by} in every trial."
OFFSET_LESS = "Your result is smaller by {by} in every trial."
RECIPROCAL = "Your result is 1 divided by the right one."
FACTOR = "Your result is the right one times {factor} in every trial. Is a factor missing?"
ROUNDED = "You round the result, but the exact number is wanted."
NOT_WHOLE = "Your result is not a whole number yet: it must be rounded, up or down."
SPECIAL_CASES = "Your result is right in {right} of {all} trials: look at the special cases."
TOO_LARGE_ALWAYS = "Your result is too large in every trial."
TOO_SMALL_ALWAYS = "Your result is too small in every trial."
OFTEN_WRONG = "Your result is too large in some trials, and too small in others."

# A value that was handed in. These do not tell the answer.
TOO_LARGE = "Look at {place}: it is too large."
TOO_SMALL = "Look at {place}: it is too small."
SIGN = "Look at {place}: it has the wrong sign."
EXCHANGED = "You have exchanged {one} and {other}."
OTHER_TRUTH = "Look at {place}: it is the other way round."
NOT_RIGHT = "Look at {place}: it is not right."
FROM_ONE = "Look at {place}: you count the steps from 1, but the first step is step 0."
ORDER = "Look at {place}: the numbers are right, but they stand in another order."
STEPS_MISSING = "Look at {place}: it fires in all of these steps, but some are missing."
STEPS_MORE = "Look at {place}: the right steps are among yours, but there are too many."
STEPS_NONE = "Look at {place}: you let it never fire, but it does."
STEPS_WRONG = "Look at {place}: it does not fire in step {given}."
LENGTH = "Look at {place}: it has {given} parts, and {expected} are wanted."
OTHER_SHAPE = "Look at {place}: it has the shape {given}, and that is not the right one."
ENTRY = "Look at {place}: the number at place {index}, counted from 0, is {how}."
LARGE = "too large"
SMALL = "too small"
ENTRIES_LARGE = "Look at {place}: its numbers are too large."
ENTRIES_SMALL = "Look at {place}: its numbers are too small."
ENTRIES_LATE = "Look at {place}: the numbers are right, but they stand one place too late."
ENTRIES_EARLY = "Look at {place}: the numbers are right, but they stand one place too early."

# Spikes.
SILENT = "Your neurons never fire, but they should."
ALWAYS = "Your neurons fire in every step, but they should not."
INVERTED = "Your spikes are inverted: 1 stands for silence."
STEP_LATE = "Your spikes are right, but they come one step late."
STEP_EARLY = "Your spikes are right, but they come one step early."
BACKWARDS = "Your spikes are right, but the steps stand in reverse order."
LAST_STEP = "Only the last step of yours is wrong."
FIRST_STEP = "Only the first step of yours is wrong."
SOME_NEURONS = "Only some of your neurons are wrong, among them neuron {neuron}."
MORE_SPIKES = "Your neurons fire too often: {given} spikes in place of {expected}."
FEWER_SPIKES = "Your neurons fire too rarely: {given} spikes in place of {expected}."
OTHER_SPIKES = "Your neurons fire in other steps."

# The trial in which it was seen.
CASE = "It was tried with {arguments}."
DIFFERENT = "Wanted is {expected}, and yours is {given}."
DIFFERENT_PART = "Look at {place}: wanted is {expected}, and yours is {given}."
DIFFERENT_AT = "It first differs in {place} at {where}: wanted is {expected}, yours is {given}."
AT_STEP = "t = {t}"
AT_NEURON = "t = {t}, neuron {neuron}"

# The picture of a wrong run.
WANTED_PANEL = "wanted"
GIVEN_PANEL = "yours"
TIME_AXIS = "time step"
NEURON_AXIS = "neuron"
ALT_TRACE = (
    "Two membrane potentials over {T} steps, each above its spikes: on the left what is wanted, on "
    "the right yours, for neuron {neuron}. A dotted line marks step {t}, where they first differ."
)
ALT_RASTER = (
    "Two rasters of {N} neurons over {T} steps: on the left what is wanted, on the right yours. "
    "A dotted line marks step {t}, where they first differ."
)


class _Values(dict[str, Any]):
    """The values of a sentence's names. A name that has no value stays as it stands."""

    def __missing__(self, name: str) -> str:
        return f"{{{name}}}"


def filled(sentence: str, **values: Any) -> str:
    """Return a sentence with its names filled in, or as it stands if its braces are no names."""
    try:
        return sentence.format_map(_Values(values))
    except (ValueError, IndexError, AttributeError, KeyError, TypeError):  # a translator's slip
        return sentence


def say(key: str, own: Mapping[str, str] | None = None, **values: Any) -> str:
    """Return the sentence of a key with its names filled in.

    Args:
        key: the name of a sentence.
        own: sentences of one exercise, which come first.
        values: for the names in braces.
    """
    sentence = own[key] if own and key in own else globals()[key]
    return filled(sentence, **values)


class Misfit(Exception):
    """An answer can't be right, and a sentence says why.

    Args:
        key: the sentence's key, here or in the exercise's `sentences`.
        values: what fills it.
    """

    def __init__(self, key: str, **values: Any) -> None:
        super().__init__(key, values)
        self.key, self.values = key, values

    def text(self, own: Mapping[str, str] | None = None) -> str:
        """Return what is wrong, in words."""
        return say(self.key, own, **self.values)

    def __str__(self) -> str:
        return self.text()


class Unwritten(Exception):
    """The answer, or what it gives, is still ``...``."""
