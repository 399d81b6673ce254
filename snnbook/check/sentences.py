"""What the checker says, in whole sentences, so that each can be translated as it stands.

A name in braces is filled in. The sentences about one exercise stand beside it, in the module of
its chapter.
"""

RIGHT = "Right"
NOT_YET = "Not yet"
YOUR_TURN = "Your turn"

# Nothing to examine.
NOTHING = "Nothing handed in yet."
RETURNS_NOTHING = "So far your code returns nothing."
PARTS_MISSING = "Still missing: {parts}."

# The wrong kind of answer.
NO_FUNCTION = "You handed in `{given}`, of the type {type}, in place of a function."
CALLED = "You handed in the function's result; hand in the function itself, without brackets."
NO_CLASS = "You handed in `{given}`, of the type {type}, in place of a class."
OBJECT = "You handed in an object of your class; hand in the class itself, without brackets."
NO_SUBCLASS = "Your class `{given}` is not derived from `{base}`."
NO_VALUE = "You handed in `{given}`, which is code to be called, in place of its result."
NO_ARGUMENTS = "`{given}` could not be called with the arguments ({arguments}): {error}."
RAISED = "Your code raised an error, `{type}: {error}`."
AT_LINE = "It happened in line {line}: `{source}`."

# The wrong kind of value. {place} names a part of the answer, or is YOUR_ANSWER.
YOUR_ANSWER = "your answer"
UNREADABLE = "Your answer can't be read: it raised an error, `{type}: {error}`."
WRONG_TYPE = "Look at {place}: it is of the type {given}; wanted is {expected}."
WRONG_SHAPE = "Look at {place}: it has the shape {given}; wanted is {expected}."
WRONG_DTYPE = "Look at {place}: its dtype is {given}; wanted is {expected}."
WRONG_COUNT = "Your answer has {given} parts; wanted are {expected}: {parts}."
NO_PART = "Your answer has no part {part}; wanted are {parts}."
KINDS = {
    "bool": "True or False",
    "number": "a number",
    "list": "a list",
    "str": "a text",
    "tensor": "a torch.Tensor",
    "dict": "one value for each of its parts",
}

# The wrong value.
CASE = "It was tried with {arguments}."
DIFFERENT = "Wanted is {expected}, and yours is {given}."
DIFFERENT_PART = "Look at {place}: wanted is {expected}, and yours is {given}."
DIFFERENT_AT = "It first differs in {place} at {where}: wanted is {expected}, yours is {given}."
AT_STEP = "t = {0}"
AT_NEURON = "t = {0}, neuron {1}"

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
