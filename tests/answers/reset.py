"""Answers to the exercises of the chapter Reset modes."""

import math

import numpy as np
import torch

from snnbook import neuron

from . import right, wrong

# --- warm-up -------------------------------------------------------------------------------------

WARM_UP = "reset/warm-up"

right(WARM_UP)([6, 9])
right(WARM_UP)((6.0, 9.0))
right(WARM_UP)(torch.tensor([6.0, 9.0]))
right(WARM_UP)([np.int64(6), torch.tensor(9)])
right(WARM_UP)({"soft reset": 9, "hard reset": 6})

wrong(WARM_UP, "rate|between 0 and 1")([0.5, 0.75])
wrong(WARM_UP, "exchang|order|swap")([9, 6])
wrong(WARM_UP, "lost|hard")([9, 9])
wrong(WARM_UP, "soft")([6, 6])
wrong(WARM_UP, "each|every")([12, 12])
wrong(WARM_UP, "list|steps|how many")([[1, 3, 5, 7, 9, 11], [1, 2, 3, 5, 6, 7, 9, 10, 11]])
wrong(WARM_UP, "list|how many")([[0, 1] * 6, [0, 1, 1, 1] * 3])
wrong(WARM_UP, "small|one")([5, 8])
wrong(WARM_UP, "large|one")([7, 10])
wrong(WARM_UP, "text")(["6", "9"])
wrong(WARM_UP, "None")([6, None])
wrong(WARM_UP, "never|no spike|none|small")([0, 0])
wrong(WARM_UP, "2|parts")(6)
wrong(WARM_UP, "soft")([6, 8])
wrong(WARM_UP, "hard")([8, 9])
wrong(WARM_UP, "-6; wanted is a whole number")([-6, -9])


# --- derive --------------------------------------------------------------------------------------

DERIVE = "reset/derive"


@right(DERIVE)
def the_solution(v_0, x, T):
    return math.floor(v_0 + T * x), math.ceil((1 - v_0) / x) - 1


@right(DERIVE)
def by_simulation(v_0, x, T):
    v, steps = v_0, []
    for t in range(T):
        v += x
        if v >= 1:
            v -= 1
            steps.append(t)
    return len(steps), steps[0]


@right(DERIVE)
def whole_division(v_0, x, T):
    return [(v_0 + T * x) // 1, -((v_0 - 1) // x) - 1]


@right(DERIVE)
def tensors(v_0, x, T):
    number = torch.tensor(v_0 + T * x).floor()
    return number, torch.tensor((1 - v_0) / x).ceil() - 1


@wrong(DERIVE, "v_0|start")
def forgets_the_start(v_0, x, T):
    return math.floor(T * x), math.ceil(1 / x) - 1


@wrong(DERIVE, "v_0|start")
def forgets_the_start_in_the_count(v_0, x, T):
    return math.floor(T * x), math.ceil((1 - v_0) / x) - 1


@wrong(DERIVE, "v_0|start")
def forgets_the_start_in_the_step(v_0, x, T):
    return math.floor(v_0 + T * x), math.ceil(1 / x) - 1


@wrong(DERIVE, "from 0|index|one")
def counts_from_one(v_0, x, T):
    return math.floor(v_0 + T * x), math.ceil((1 - v_0) / x)


@wrong(DERIVE, "round|one")
def floor_for_ceil(v_0, x, T):
    return math.floor(v_0 + T * x), math.floor((1 - v_0) / x)


@wrong(DERIVE, "round|one")
def ceil_for_floor(v_0, x, T):
    return math.ceil(v_0 + T * x), math.ceil((1 - v_0) / x) - 1


@wrong(DERIVE, "exchang|order")
def in_the_other_order(v_0, x, T):
    return math.ceil((1 - v_0) / x) - 1, math.floor(v_0 + T * x)


@wrong(DERIVE, "parts|two|2")
def the_count_alone(v_0, x, T):
    return math.floor(v_0 + T * x)


@wrong(DERIVE, "round|whole")
def without_rounding(v_0, x, T):
    return v_0 + T * x, (1 - v_0) / x - 1


@wrong(DERIVE, "hard")
def hard_reset(v_0, x, T):
    first = math.ceil((1 - v_0) / x)
    return 1 + (T - first) // math.ceil(1 / x), first - 1


@wrong(DERIVE, "rate")
def the_rate(v_0, x, T):
    return math.floor(v_0 + T * x) / T, math.ceil((1 - v_0) / x) - 1


@wrong(DERIVE, "sign|v_0")
def start_subtracted(v_0, x, T):
    return math.floor(T * x - v_0), math.ceil((1 + v_0) / x) - 1


@wrong(DERIVE, "To reach it is enough")
def strictly_above(v_0, x, T):
    return math.ceil(v_0 + T * x) - 1, math.floor((1 - v_0) / x)


@wrong(DERIVE, "print")
def prints(v_0, x, T):
    print(math.floor(v_0 + T * x), math.ceil((1 - v_0) / x) - 1)


@wrong(DERIVE, "list|number")
def the_steps(v_0, x, T):
    v, steps = v_0, []
    for t in range(T):
        v += x
        if v >= 1:
            v -= 1
            steps.append(t)
    return steps, steps[0]


@wrong(DERIVE, "arguments")
def without_T(v_0, x):
    return math.floor(v_0 + x), math.ceil((1 - v_0) / x) - 1


@wrong(DERIVE, "Error")
def divides_by_the_start(v_0, x, T):
    return math.floor(v_0 + T * x), math.ceil((1 - v_0) / x / v_0 * v_0) - 1


# --- build ---------------------------------------------------------------------------------------

BUILD = "reset/build"


@right(BUILD)
class TheSolution(neuron.IFNode):
    keep: float = 0.5

    def hard_reset(h, s, v_threshold, keep):
        return s * keep * (h - v_threshold) + (1 - s) * h


@right(BUILD)
class Factored(neuron.IFNode):
    keep: float = 0.5

    def hard_reset(h, s, v_threshold, keep):
        return h - s * (h - keep * (h - v_threshold))


@right(BUILD)
class WithAHelper(neuron.IFNode):
    keep: float = 0.5

    def hard_reset(h, s, keep, v_threshold):
        rest = 1.0 - s
        excess = h - v_threshold
        return rest * h + keep * excess * s


@wrong(BUILD, "default")
class AnotherDefault(neuron.IFNode):
    keep: float = 1.0

    def hard_reset(h, s, v_threshold, keep):
        return s * keep * (h - v_threshold) + (1 - s) * h


@wrong(BUILD, "threshold")
class ThresholdTypedIn(neuron.IFNode):
    keep: float = 0.5

    def hard_reset(h, s, keep):
        return s * keep * (h - 1.0) + (1 - s) * h


@wrong(BUILD, "keep")
class KeepTypedIn(neuron.IFNode):
    keep: float = 0.5

    def hard_reset(h, s, v_threshold):
        return s * 0.5 * (h - v_threshold) + (1 - s) * h


@wrong(BUILD, "hard")
class HardReset(neuron.IFNode):
    keep: float = 0.5

    def hard_reset(h, s, v_threshold, keep):
        return (1 - s) * h


@wrong(BUILD, "soft")
class SoftReset(neuron.IFNode):
    keep: float = 0.5

    def hard_reset(h, s, v_threshold, keep):
        return h - s * v_threshold


@wrong(BUILD, "which part is lost")
class KeepsTheOtherPart(neuron.IFNode):
    keep: float = 0.5

    def hard_reset(h, s, v_threshold, keep):
        return s * (1 - keep) * (h - v_threshold) + (1 - s) * h


@wrong(BUILD, "silent|no spike|without a spike|does not fire")
class ForgetsTheSilentNeurons(neuron.IFNode):
    keep: float = 0.5

    def hard_reset(h, s, v_threshold, keep):
        return s * keep * (h - v_threshold)


@wrong(BUILD, "excess|threshold")
class KeepsAPartOfH(neuron.IFNode):
    keep: float = 0.5

    def hard_reset(h, s, v_threshold, keep):
        return s * keep * h + (1 - s) * h


@wrong(BUILD, "sign|V_th|threshold")
class WrongSign(neuron.IFNode):
    keep: float = 0.5

    def hard_reset(h, s, v_threshold, keep):
        return s * keep * (h + v_threshold) + (1 - s) * h


@wrong(BUILD, "bracket|excess|threshold")
class BracketsForgotten(neuron.IFNode):
    keep: float = 0.5

    def hard_reset(h, s, v_threshold, keep):
        return s * (keep * h - v_threshold) + (1 - s) * h


@wrong(BUILD, "exchang|s and|without a spike")
class SpikeExchanged(neuron.IFNode):
    keep: float = 0.5

    def hard_reset(h, s, v_threshold, keep):
        return (1 - s) * keep * (h - v_threshold) + s * h


@wrong(BUILD, "silent")
class ExcessOfAll(neuron.IFNode):
    keep: float = 0.5

    def hard_reset(h, s, v_threshold, keep):
        return keep * (h - v_threshold) + (1 - s) * h


@wrong(BUILD, "not derived from `IFNode`")
class ALeakyNeuron(neuron.LIFNode):
    keep: float = 0.5

    def hard_reset(h, s, v_threshold, keep):
        return s * keep * (h - v_threshold) + (1 - s) * h


@wrong(BUILD, "hard_reset|soft_reset|hard")
class TheOtherEquation(neuron.IFNode):
    keep: float = 0.5

    def soft_reset(h, s, v_threshold, keep):
        return s * keep * (h - v_threshold) + (1 - s) * h


@wrong(BUILD, "derived|IFNode")
class NoNeuron:
    keep = 0.5

    def hard_reset(h, s, v_threshold, keep):
        return s * keep * (h - v_threshold) + (1 - s) * h


@wrong(BUILD, "keep")
class AnotherName(neuron.IFNode):
    c: float = 0.5

    def hard_reset(h, s, v_threshold, c):
        return s * c * (h - v_threshold) + (1 - s) * h


wrong(BUILD, "object", "an object")(TheSolution())
wrong(BUILD, "place of a class", "the rate")(2 / 7)
wrong(BUILD, "place of a class", "a function")(TheSolution.hard_reset)


# --- choose --------------------------------------------------------------------------------------

CHOOSE = "reset/choose"

right(CHOOSE)({"A": False, "B": True, "first step": 16, "C": "soft", "D": "hard"})
right(CHOOSE, "a list")([False, True, 16, "soft", "hard"])
right(CHOOSE, "other types")(
    (np.bool_(False), torch.tensor(True), torch.tensor(16.0), "soft", "hard")
)

wrong(CHOOSE, "exchanged")({"A": True, "B": False, "first step": 16, "C": "soft", "D": "hard"})
wrong(CHOOSE, "neuron A.*(slope|rate)")(
    {"A": True, "B": True, "first step": 16, "C": "soft", "D": "hard"}
)
wrong(CHOOSE, "neuron B.*figure")(
    {"A": False, "B": False, "first step": 16, "C": "soft", "D": "hard"}
)
wrong(CHOOSE, "hard reset.*closes")(
    {"A": False, "B": True, "first step": 0, "C": "soft", "D": "hard"}
)
wrong(CHOOSE, "step 15")([False, True, 15, "soft", "hard"])
wrong(CHOOSE, "step 19.*(before|first)")([False, True, 19, "soft", "hard"])
wrong(CHOOSE, "(before|after|itself).*step 19", "nothing is reached")(
    [False, True, 20, "soft", "hard"]
)
wrong(CHOOSE, "from 1|index")([False, True, 17, "soft", "hard"])
wrong(CHOOSE, "first step.*small|fires once more")([False, True, 12, "soft", "hard"])
wrong(CHOOSE, "how far|number of steps|four")([False, True, 4, "soft", "hard"])
wrong(CHOOSE, "text")(["no", "yes", 16, "soft", "hard"])
wrong(CHOOSE, "a text", "the words False and True")(["False", "True", 16, "soft", "hard"])
wrong(CHOOSE, "wanted is True or False")([0, 1, 16, "soft", "hard"])
wrong(CHOOSE, "parts")([False, True])
wrong(CHOOSE, "no part first step")({"A": False, "B": True, "C": "soft", "D": "hard"})
wrong(CHOOSE, "list")([False, True, [16, 17, 18, 19], "soft", "hard"])
wrong(CHOOSE, "None")([False, True, None, "soft", "hard"])
wrong(CHOOSE, "no number")([False, True, True, "soft", "hard"])
wrong(CHOOSE, "code to be called|value for each", "a function")(
    lambda: [False, True, 16, "soft", "hard"]
)
wrong(CHOOSE, "exchanged.*C and D")([False, True, 16, "hard", "soft"])
wrong(CHOOSE, "neuron C.*excess")([False, True, 16, "hard", "hard"])
wrong(CHOOSE, "neuron D.*excess")([False, True, 16, "soft", "soft"])
wrong(CHOOSE, "'hard' or 'soft'", "the values of v_reset as text")([False, True, 16, "None", "0.0"])
wrong(CHOOSE, "text", "the values of v_reset")([False, True, 16, None, 0.0])


# --- measure -------------------------------------------------------------------------------------

MEASURE = "reset/measure"

right(MEASURE)(1000 / 11.5)
right(MEASURE)(86.96)
right(MEASURE)(torch.tensor(1000 / 11.5, dtype=torch.float64))
right(MEASURE)(torch.tensor([86.9565]))
right(MEASURE)(86.957)
right(MEASURE)(86.95)

wrong(MEASURE, "exact|1 - e|exponential")(1000 / 12)
wrong(MEASURE, "analytic|without a step|exact|formula")(91.02)
wrong(MEASURE, "same step")(1000 / 11)
wrong(MEASURE, "Hz|second|ms")(0.0869565)
wrong(MEASURE, "interval")(11.5)
wrong(MEASURE, "error|difference")(-4.07)
wrong(MEASURE, "error|difference")(4.07)
wrong(MEASURE, "near.*two decimals")(87)
wrong(MEASURE, "near.*two decimals")(86.9)
wrong(MEASURE, "near.*long run")(87.5)
wrong(MEASURE, "10 steps")(100.0)
wrong(MEASURE, "number")([86.96])
wrong(MEASURE, "text")("86.96 Hz")
wrong(MEASURE, "None")(None)
wrong(MEASURE, "sign|negative")(-86.96)
wrong(MEASURE, "small")(0.0)
wrong(MEASURE, "not a number")(math.nan)
wrong(MEASURE, "too large")(90.0)


# --- break ---------------------------------------------------------------------------------------

BREAK = "reset/break"

right(BREAK)(list(range(10)))
right(BREAK)(range(10))
right(BREAK)(tuple(range(10)))
right(BREAK)(torch.arange(10))
right(BREAK)(np.arange(10.0))
right(BREAK)(set(range(10)))

wrong(BREAK, "wait for an input")([])
wrong(BREAK, "once|again|each reset")([0])
wrong(BREAK, "count the steps from 1")(list(range(1, 11)))
wrong(BREAK, "last|missing|step 9")(list(range(9)))
wrong(BREAK, "step 0|first|before")(list(range(1, 10)))
wrong(BREAK, "list|count")(10)
wrong(BREAK, "zeros and ones")([1] * 10)
wrong(BREAK, "zeros and ones")([0] * 10)
wrong(BREAK, "True")([True] * 10)
wrong(BREAK, "potential|whole")([1.5] * 10)
wrong(BREAK, "text")("all")
wrong(BREAK, "only ten steps")(list(range(11)))
wrong(BREAK, "every|second|again")([0, 2, 4, 6, 8])
wrong(BREAK, "order|twice")(list(range(9, -1, -1)))
wrong(BREAK, "order|twice")([0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
wrong(BREAK, "parts|inside|nested|list")([list(range(10))])
