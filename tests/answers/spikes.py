"""Answers to the exercises of the chapter Spikes."""

import math

import numpy as np
import torch

from snnbook import neuron, surrogate
from snnbook.equation import exp, sqrt

from . import right, wrong


def interval(x, tau, x_min=1.0):
    return math.ceil(math.log(1 - x_min / x) / math.log(1 - 1 / tau))


# --- warm-up -------------------------------------------------------------------------------------

WARM_UP = "spikes/warm-up"
ODD = [1, 3, 5, 7, 9, 11]

right(WARM_UP)([[3, 7, 11], ODD, ODD, []])
right(WARM_UP, "ranges")([range(3, 12, 4), range(1, 12, 2), range(1, 12, 2), range(0)])
right(WARM_UP, "tensors")([torch.tensor(x) for x in ([3, 7, 11], ODD, ODD, [])])
right(WARM_UP, "arrays")([np.array(x) for x in ([3, 7, 11], ODD, ODD, [])])
right(WARM_UP, "tuples")(((3, 7, 11), tuple(ODD), tuple(ODD), ()))
right(WARM_UP, "sets")([{3, 7, 11}, set(ODD), set(ODD), set()])


def train(steps):
    return [int(t in steps) for t in range(12)]


wrong(WARM_UP, "0 or 1|steps", "trains")([train(s) for s in ([3, 7, 11], ODD, ODD, [])])
wrong(WARM_UP, "count|how many|number", "counts")([3, 6, 6, 0])
wrong(WARM_UP, "from 0|begins with|first step is", "counted from 1")(
    [[4, 8, 12], [2, 4, 6, 8, 10, 12], [2, 4, 6, 8, 10, 12], []]
)
wrong(WARM_UP, "lost|hard|soft", "soft reset")([[3, 6, 9], [1, 2, 3, 5, 6, 7, 9, 10, 11], ODD, []])
wrong(WARM_UP, "0.9|settle|never|never reaches")([[3, 7, 11], ODD, ODD, [11]])
wrong(WARM_UP, "None", "None for never")([[3, 7, 11], ODD, ODD, None])
wrong(WARM_UP, "text", "a text for never")([[3, 7, 11], ODD, ODD, "never"])
wrong(WARM_UP, "order", "backwards")([[11, 7, 3], ODD, ODD, []])
wrong(WARM_UP, "half of the way", "LIF like IF")([[3, 7, 11], ODD, list(range(12)), ODD])
wrong(WARM_UP, "end|12|missing|fewer", "too short")([[3, 7], ODD[:-1], ODD[:-1], []])
wrong(WARM_UP, "too many", "too long")([[3, 7, 11, 15], [*ODD, 13], [*ODD, 13], []])
wrong(WARM_UP, "rate|number", "rates")([0.25, 0.5, 0.5, 0.0])
wrong(WARM_UP, "on and on", "never resets")([list(range(3, 12)), list(range(1, 12)), ODD, []])
wrong(WARM_UP, "parts", "three")([[3, 7, 11], ODD, ODD])
wrong(WARM_UP, "True", "truth values")([[bool(s) for s in train([3, 7, 11])]] * 4)
wrong(WARM_UP, "whole|potential", "potentials")(
    [[0.3, 0.6, 0.9, 0.0] * 3, [0.75, 0.0] * 6, [0.75, 0.0] * 6, [0.495, 0.7425]]
)


# --- derive decay --------------------------------------------------------------------------------

DECAY = "spikes/derive-decay"


@right(DECAY)
def the_formula(tau):
    return 1 / (1 - math.exp(-1 / tau))


@right(DECAY)
def by_expm1(tau):
    return -1 / math.expm1(-1 / tau)


@right(DECAY)
def other_side(tau):
    e = np.exp(1 / tau)
    return e / (e - 1)


@right(DECAY)
def as_a_tensor(tau):
    return 1 / (1 - torch.exp(torch.tensor(-1 / tau, dtype=torch.float64)))


@wrong(DECAY, "tau|unchanged")
def unchanged(tau):
    return tau


@wrong(DECAY, "recipro|1 /|inverse")
def the_reciprocal(tau):
    return 1 - math.exp(-1 / tau)


@wrong(DECAY, "exact value")
def about_a_half_more(tau):
    return tau + 0.5


@wrong(DECAY, "sign")
def wrong_sign(tau):
    return 1 / (math.exp(-1 / tau) - 1)


@wrong(DECAY, "leave|factor")
def what_a_step_leaves(tau):
    return math.exp(-1 / tau)


@wrong(DECAY, "upside down")
def exponent_upside_down(tau):
    return 1 / (1 - math.exp(-tau))


@wrong(DECAY, "wrong sign")
def plus(tau):
    return 1 / (1 + math.exp(-1 / tau))


@wrong(DECAY, "wrong sign")
def positive_exponent(tau):
    return 1 / (1 - math.exp(1 / tau))


@wrong(DECAY, "round")
def rounded(tau):
    return round(1 / (1 - math.exp(-1 / tau)), 2)


@wrong(DECAY, "depend|same")
def only_for_five(tau):
    return 1 / (1 - math.exp(-1 / 5))


@wrong(DECAY, "too large in every trial")
def base_two(tau):
    return 1 / (1 - 2 ** (-1 / tau))


@wrong(DECAY, "print")
def prints(tau):
    print(1 / (1 - math.exp(-1 / tau)))


@wrong(DECAY, "TypeError")
def torch_of_a_number(tau):
    return 1 / (1 - torch.exp(-1 / tau))


@wrong(DECAY, "layer|LIFNode")
def a_layer(tau):
    return neuron.LIFNode(tau=1 / (1 - math.exp(-1 / tau)))


@wrong(DECAY, "text|str")
def a_text(tau):
    return f"{1 / (1 - math.exp(-1 / tau))}"


@wrong(DECAY, "whole|round")
def ceil(tau):
    return math.ceil(1 / (1 - math.exp(-1 / tau)))


# --- derive interval -----------------------------------------------------------------------------

INTERVAL = "spikes/derive-interval"


@right(INTERVAL)
def the_solution(x, tau):
    return interval(tau * x, tau) if tau * x > 1 else math.inf


@right(INTERVAL)
def by_simulation(x, tau):
    if x * tau <= 1:
        return math.inf
    v, n = 0.0, 0
    while v < 1:
        v, n = v - v / tau + x, n + 1
    return n


@right(INTERVAL)
def with_numpy(x, tau):
    if x * tau <= 1:
        return np.inf
    return np.ceil(np.log1p(-1 / (tau * x)) / np.log1p(-1 / tau))


@wrong(INTERVAL, "infinite")
def by_the_error(x, tau):
    try:
        return math.ceil(math.log(1 - 1 / (tau * x)) / math.log(1 - 1 / tau))
    except (ValueError, ZeroDivisionError):
        return math.inf


@wrong(INTERVAL, "divide|decay_input|tau")
def with_the_divided_input(x, tau):
    return interval(x, tau) if x > 1 else math.inf


@wrong(INTERVAL, "border|exactly|just")
def fires_at_the_border(x, tau):
    return interval(tau * x, tau) if tau * x >= 1 else math.inf


@wrong(INTERVAL, "right result is infinite")
def a_number_at_the_border(x, tau):
    if tau * x < 1:
        return math.inf
    return math.ceil(math.log(1 - 1 / (tau * x) + 1e-12) / math.log(1 - 1 / tau))


@wrong(INTERVAL, "math.inf|infinite|never")
def without_the_infinite_case(x, tau):
    return interval(tau * x, tau)


@wrong(INTERVAL, "round|whole|ceil")
def floor(x, tau):
    return interval(tau * x, tau) - 1 if tau * x > 1 else math.inf


@wrong(INTERVAL, "one|1")
def one_too_many(x, tau):
    return interval(tau * x, tau) + 1 if tau * x > 1 else math.inf


@wrong(INTERVAL, "round|whole")
def without_ceil(x, tau):
    return math.log(1 - 1 / (tau * x)) / math.log(1 - 1 / tau) if tau * x > 1 else math.inf


@wrong(INTERVAL, "nothing|None")
def none_for_never(x, tau):
    return interval(tau * x, tau) if tau * x > 1 else None


@wrong(INTERVAL, "inf|never")
def minus_one_for_never(x, tau):
    return interval(tau * x, tau) if tau * x > 1 else -1


@wrong(INTERVAL, "inf|never")
def zero_for_never(x, tau):
    return interval(tau * x, tau) if tau * x > 1 else 0


@wrong(INTERVAL, "inf|never|nan")
def nan_for_never(x, tau):
    return interval(tau * x, tau) if tau * x > 1 else math.nan


@wrong(INTERVAL, "text|str")
def a_text_for_never(x, tau):
    return interval(tau * x, tau) if tau * x > 1 else "never"


@wrong(INTERVAL, "divided the input")
def divided_by_tau(x, tau):
    return interval(x / tau, tau) if x / tau > 1 else math.inf


@wrong(INTERVAL, "border of silence")
def limit_of_the_other_neuron(x, tau):
    return interval(tau * x, tau) if x > 1 else math.inf


@wrong(INTERVAL, "1 divided by")
def reciprocal(x, tau):
    return 1 / interval(tau * x, tau) if tau * x > 1 else 0.0


@wrong(INTERVAL, "too small in others")
def logarithms_swapped(x, tau):
    return (
        math.ceil(math.log(1 - 1 / tau) / math.log(1 - 1 / (tau * x))) if tau * x > 1 else math.inf
    )


@wrong(INTERVAL, "two|pair|tuple|list")
def both_results(x, tau):
    return (interval(tau * x, tau) if tau * x > 1 else math.inf), 1 / tau


@wrong(INTERVAL, "order|exchang")
def swapped_arguments(tau, x):
    return interval(tau * x, tau) if tau * x > 1 else math.inf


@wrong(INTERVAL, "argument")
def three_arguments(x, tau, x_min):
    return interval(tau * x, tau, x_min)


# --- build ---------------------------------------------------------------------------------------

BUILD = "spikes/build"


@right(BUILD)
class TheSolution(surrogate.Surrogate):
    alpha: float = 2.0

    def primitive(u, alpha):
        return (1 + alpha * u / sqrt(1 + (alpha * u) ** 2)) / 2


@right(BUILD)
class AsPrinted(surrogate.Surrogate):
    alpha: float = 2.0

    def primitive(u, alpha):
        return 1 / 2 + alpha * u / (2 * sqrt(1 + (alpha * u) * (alpha * u)))


@right(BUILD)
class WithAPower(surrogate.Surrogate):
    alpha: float = 2

    def primitive(u, alpha):
        return 0.5 + 0.5 * alpha * u * (1 + (alpha * u) ** 2) ** -0.5


@wrong(BUILD, "default|alpha")
class DefaultOne(surrogate.Surrogate):
    alpha: float = 1.0

    def primitive(u, alpha):
        return 0.5 + alpha * u / (2 * sqrt(1 + (alpha * u) ** 2))


@wrong(BUILD, "half|1/2|0.5|twice|factor")
class NotHalved(surrogate.Surrogate):
    alpha: float = 2.0

    def primitive(u, alpha):
        return 0.5 + alpha * u / sqrt(1 + (alpha * u) ** 2)


@wrong(BUILD, "1/2|half|0.5|shift")
class WithoutTheHalf(surrogate.Surrogate):
    alpha: float = 2.0

    def primitive(u, alpha):
        return alpha * u / (2 * sqrt(1 + (alpha * u) ** 2))


@wrong(BUILD, "alpha")
class AlphaNotInTheRoot(surrogate.Surrogate):
    alpha: float = 2.0

    def primitive(u, alpha):
        return 0.5 + alpha * u / (2 * sqrt(1 + u**2))


@wrong(BUILD, "square")
class AlphaNotSquared(surrogate.Surrogate):
    alpha: float = 2.0

    def primitive(u, alpha):
        return 0.5 + alpha * u / (2 * sqrt(1 + alpha * u**2))


@wrong(BUILD, "sign|fall")
class WrongSign(surrogate.Surrogate):
    alpha: float = 2.0

    def primitive(u, alpha):
        return 0.5 - alpha * u / (2 * sqrt(1 + (alpha * u) ** 2))


@wrong(BUILD, "root|sqrt")
class WithoutTheRoot(surrogate.Surrogate):
    alpha: float = 2.0

    def primitive(u, alpha):
        return 0.5 + alpha * u / (2 * (1 + (alpha * u) ** 2))


@wrong(BUILD, "gradient|derivative")
class TheGradient(surrogate.Surrogate):
    alpha: float = 2.0

    def primitive(u, alpha):
        return alpha / 2 * (1 + (alpha * u) ** 2) ** -1.5


@wrong(BUILD, "alpha")
class AlphaTypedIn(surrogate.Surrogate):
    alpha: float = 2.0

    def primitive(u):
        return 0.5 + 2 * u / (2 * sqrt(1 + (2 * u) ** 2))


@wrong(BUILD, "sigmoid|another|differ|other")
class ASigmoid(surrogate.Surrogate):
    alpha: float = 2.0

    def primitive(u, alpha):
        return 1 / (1 + exp(-alpha * u))


@wrong(BUILD, "sqrt|symbol|torch")
class WithTorch(surrogate.Surrogate):
    alpha: float = 2.0

    def primitive(u, alpha):
        return 0.5 + alpha * u / (2 * torch.sqrt(1 + (alpha * u) ** 2))


@wrong(BUILD, "math|sqrt|TypeError|Error")
class WithMath(surrogate.Surrogate):
    alpha: float = 2.0

    def primitive(u, alpha):
        return 0.5 + alpha * u / (2 * math.sqrt(1 + (alpha * u) ** 2))


@wrong(BUILD, "derived|Surrogate")
class NoSurrogate:
    alpha = 2.0

    def primitive(u, alpha):
        return 0.5 + alpha * u / (2 * sqrt(1 + (alpha * u) ** 2))


wrong(BUILD, "object", "an object")(TheSolution())
wrong(BUILD, "class", "another class")(surrogate.ATan)
wrong(BUILD, "place of a class", "a function")(TheSolution.primitive)


# --- break ---------------------------------------------------------------------------------------

BREAK = "spikes/break"

right(BREAK)([24, 53])
right(BREAK)((24.0, 53.0))
right(BREAK)(torch.tensor([24, 53]))

wrong(BREAK, "from 0|first step is|index")([25, 54])
wrong(BREAK, "exchang|order|swap")([53, 24])
wrong(BREAK, "never|does fire|fires")([math.inf, math.inf])
wrong(BREAK, "-1; wanted is a whole number")([-1, -1])
wrong(BREAK, "None")([None, None])
wrong(BREAK, "float64|digits")([24, 24])
wrong(BREAK, "float32|digits")([53, 53])
wrong(BREAK, "digit|one|small")([23, 52])
wrong(BREAK, "list|first")([list(range(24, 150, 25)), list(range(53, 150, 54))])
wrong(BREAK, "numbers of spikes")([6, 2])
wrong(BREAK, "too small")([0, 0])
wrong(BREAK, "bits|digits")([32, 64])
wrong(BREAK, "text")(["24", "53"])
wrong(BREAK, "2|parts")(24)
wrong(BREAK, "past|150|large|late")([149, 150])
