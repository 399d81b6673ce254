"""Answers to the exercises of the chapter Surrogate gradients."""

import math

import numpy as np
import torch

from snnbook import neuron, surrogate
from snnbook.layer import SynapseFilter

from . import right, wrong

# --- warm-up -------------------------------------------------------------------------------------

WARM_UP = "surrogate_gradients/warm-up"

right(WARM_UP)([0.2, 0.0, 1 / 1.8**2, math.exp(-1.6)])
right(WARM_UP, "rounded")([0.2, 0, 0.309, 0.202])
right(WARM_UP, "a tensor")(torch.tensor([0.2, 0.0, 0.30864, 0.2019]))
right(WARM_UP, "an array")(np.array([0.2, 0.0, 0.3086, 0.2019]))

wrong(WARM_UP, "distance from the threshold", "g(H)")([0.8, 1.0, 1 / 1.44, math.exp(-0.4)])
wrong(WARM_UP, "absolute value", "no absolute value")([1.8, 0.0, 1 / 0.04, math.exp(1.6)])
wrong(WARM_UP, "outside", "inside the box")([0.2, 1.0, 1 / 1.8**2, math.exp(-1.6)])
wrong(WARM_UP, "square is missing", "not squared")([0.2, 0.0, 1 / 1.8, math.exp(-1.6)])
wrong(WARM_UP, "primitive", "primitives")([0.02, 0.0, -0.8 / 1.8, math.exp(-1.6) / 2])
wrong(WARM_UP, "missing in the exponent", "alpha forgotten")([0.2, 0.0, 0.309, math.exp(-0.8)])
wrong(WARM_UP, "alpha/2 is 1", "half")([0.2, 0.0, 0.309, math.exp(-1.6) / 2])
wrong(WARM_UP, "exponent has the wrong sign", "grows")([0.2, 0.0, 0.309, math.exp(1.6)])
wrong(WARM_UP, "parts", "three")([0.2, 0.0, 0.309])
wrong(WARM_UP, "None", "None for nothing")([0.2, None, 0.309, 0.202])
wrong(WARM_UP, "sign", "falling")([-0.2, 0.0, -0.309, -0.202])
wrong(WARM_UP, "text", "texts")(["0.2", "0", "0.309", "0.202"])

# --- build ---------------------------------------------------------------------------------------

BUILD = "surrogate_gradients/build"


def distance(s_seq, wanted):
    return SynapseFilter(5.0, step_mode="m")(s_seq - wanted).square().sum(0)


def node(**options):
    theta = surrogate.Sigmoid(1.0)
    defaults = {"decay_input": False, "surrogate_function": theta, "step_mode": "m"}
    return neuron.LIFNode(10.0, **{**defaults, **options})


def gradient(w, x_seq, wanted, **options):
    leaf = w.clone().requires_grad_()
    loss = distance(node(**options)((x_seq @ leaf)[:, None]), wanted)
    return torch.autograd.grad(loss.sum(), leaf)[0]


@right(BUILD)
def with_grad(w, x_seq, wanted):
    return w - 0.001 * gradient(w, x_seq, wanted)


@right(BUILD)
def with_backward(w, x_seq, wanted):
    leaf = w.detach().clone().requires_grad_(True)
    distance(node()((x_seq @ leaf).unsqueeze(1)), wanted).sum().backward()
    with torch.no_grad():
        return leaf - 0.001 * leaf.grad


@right(BUILD)
def with_an_optimizer(w, x_seq, wanted):
    leaf = torch.nn.Parameter(w.clone())
    optimizer = torch.optim.SGD([leaf], lr=0.001)
    distance(node()((x_seq @ leaf)[:, None]), wanted).sum().backward()
    optimizer.step()
    return leaf


@right(BUILD)
def step_by_step(w, x_seq, wanted):
    leaf, layer = w.clone().requires_grad_(), node(step_mode="s")
    s_seq = torch.stack([layer(x) for x in (x_seq @ leaf)[:, None]])
    return w - 0.001 * torch.autograd.grad(distance(s_seq, wanted).sum(), leaf)[0]


@wrong(BUILD, "in place")
def asks_w_for_its_gradient(w, x_seq, wanted):
    w.requires_grad_()
    return w.detach() - 0.001 * gradient(w, x_seq, wanted)


@wrong(BUILD, "subtract")
def uphill(w, x_seq, wanted):
    return w + 0.001 * gradient(w, x_seq, wanted)


@wrong(BUILD, "0.001")
def the_whole_gradient(w, x_seq, wanted):
    return w - gradient(w, x_seq, wanted)


@wrong(BUILD, "ten times")
def too_long(w, x_seq, wanted):
    return w - 0.01 * gradient(w, x_seq, wanted)


@wrong(BUILD, "gradient itself")
def only_the_gradient(w, x_seq, wanted):
    return gradient(w, x_seq, wanted)


@wrong(BUILD, "step alone")
def only_the_step(w, x_seq, wanted):
    return -0.001 * gradient(w, x_seq, wanted)


@wrong(BUILD, "alpha = 4")
def the_default_surrogate(w, x_seq, wanted):
    return w - 0.001 * gradient(w, x_seq, wanted, surrogate_function=None)


@wrong(BUILD, "decay_input")
def a_divided_input(w, x_seq, wanted):
    return w - 0.001 * gradient(w, x_seq, wanted, decay_input=True)


@wrong(BUILD, "soft reset")
def a_soft_reset(w, x_seq, wanted):
    return w - 0.001 * gradient(w, x_seq, wanted, v_reset=None)


@wrong(BUILD, "through the reset")
def a_detached_reset(w, x_seq, wanted):
    return w - 0.001 * gradient(w, x_seq, wanted, detach_reset=True)


@wrong(BUILD, "bare spikes")
def without_a_filter(w, x_seq, wanted):
    leaf = w.clone().requires_grad_()
    loss = (node()((x_seq @ leaf)[:, None]) - wanted).square().sum()
    return w - 0.001 * torch.autograd.grad(loss, leaf)[0]


@wrong(BUILD, "changes|changed|in place")
def in_place(w, x_seq, wanted):
    w -= 0.001 * gradient(w, x_seq, wanted)
    return w


@wrong(BUILD, "RuntimeError")
def without_a_leaf(w, x_seq, wanted):
    loss = distance(node()((x_seq @ w)[:, None]), wanted)
    return w - 0.001 * torch.autograd.grad(loss.sum(), w)[0]


@wrong(BUILD, "unchanged")
def nothing_happens(w, x_seq, wanted):
    gradient(w, x_seq, wanted)
    return w.clone()


@wrong(BUILD, "shape")
def the_loss(w, x_seq, wanted):
    return distance(node()((x_seq @ w)[:, None]), wanted)


# --- derive --------------------------------------------------------------------------------------

DERIVE = "surrogate_gradients/derive"


@right(DERIVE)
def the_formula(c):
    return 1 / (2 * c)


@right(DERIVE)
def a_power(c):
    return 0.5 * c**-1


@right(DERIVE)
def a_tensor(c):
    return torch.tensor(0.5, dtype=torch.float64) / c


@wrong(DERIVE, "area is 2")
def one_over_c(c):
    return 1 / c


@wrong(DERIVE, "width of the box")
def the_width(c):
    return 2 * c


@wrong(DERIVE, "gentler")
def grows(c):
    return c / 2


@wrong(DERIVE, "gentler")
def c_itself(c):
    return c


@wrong(DERIVE, "`Erf`")
def as_if_normal(c):
    sigma = c / math.sqrt(3)
    return 1 / (math.sqrt(2) * sigma)


@wrong(DERIVE, "too low")
def a_quarter(c):
    return 1 / (4 * c)


@wrong(DERIVE, "the same for all c")
def always_one(c):
    return 1.0


@wrong(DERIVE, "print")
def printed(c):
    print(1 / (2 * c))


@wrong(DERIVE, "sign")
def negative(c):
    return -1 / (2 * c)


@wrong(DERIVE, "Rect|number|layer|module")
def a_function(c):
    return surrogate.Rect(1 / (2 * c))


# --- break ---------------------------------------------------------------------------------------

BREAK = "surrogate_gradients/break"


@right(BREAK)
def brackets(u):
    p = torch.sigmoid(4 * u)
    return (u >= 0).to(u.dtype) + (p - p.detach())


@right(BREAK)
def another_order(u):
    p = torch.sigmoid(4 * u)
    return p - p.detach() + (u >= 0).to(u.dtype)


@right(BREAK)
def the_package(u):
    return surrogate.Sigmoid()(u)


class Spike(torch.autograd.Function):
    """A class after all."""

    @staticmethod
    def forward(ctx, u):
        """Θ."""
        ctx.save_for_backward(u)
        return (u >= 0).to(u.dtype)

    @staticmethod
    def backward(ctx, g):
        """The slope of the logistic function."""
        p = torch.sigmoid(4 * ctx.saved_tensors[0])
        return g * 4 * p * (1 - p)


@right(BREAK)
def with_a_class(u):
    return Spike.apply(u)


@wrong(BREAK, "not exactly 0 or 1")
def as_it_was(u):
    p = torch.sigmoid(4 * u)
    return (u >= 0).to(u.dtype) + p - p.detach()


@wrong(BREAK, "No gradient")
def without_a_gradient(u):
    return (u >= 0).to(u.dtype)


@wrong(BREAK, "No gradient")
def both_detached(u):
    p = torch.sigmoid(4 * u).detach()
    return (u >= 0).to(u.dtype) + (p - p)


@wrong(BREAK, "No gradient")
def rounded(u):
    p = torch.sigmoid(4 * u)
    return ((u >= 0).to(u.dtype) + p - p.detach()).detach().round()


@wrong(BREAK, "returns p itself")
def smooth(u):
    return torch.sigmoid(4 * u)


@wrong(BREAK, "wrong sign")
def falling(u):
    p = torch.sigmoid(4 * u)
    return (u >= 0).to(u.dtype) + (p.detach() - p)


@wrong(BREAK, "Θ\\(0\\) = 1")
def strict(u):
    p = torch.sigmoid(4 * u)
    return (u > 0).to(u.dtype) + (p - p.detach())


@wrong(BREAK, "4 is missing")
def gentle(u):
    p = torch.sigmoid(u)
    return (u >= 0).to(u.dtype) + (p - p.detach())


@wrong(BREAK, "dtype|bool|truth")
def truth_values(u):
    return u >= 0


@wrong(BREAK, "None")
def forgets_to_return(u):
    torch.sigmoid(4 * u)


class _Deaf(torch.autograd.Function):
    @staticmethod
    def forward(ctx, u):
        ctx.save_for_backward(torch.sigmoid(4 * u))
        return (u >= 0).to(u.dtype)

    @staticmethod
    def backward(ctx, grad):
        (p,) = ctx.saved_tensors
        return 4 * p * (1 - p)


@wrong(BREAK, "gradient")
def ignores_what_comes_from_above(u):
    return _Deaf.apply(u)


@wrong(BREAK, "in place")
def overwrites_u(u):
    p = torch.sigmoid(4 * u)
    s = (u >= 0).to(u.dtype) + (p - p.detach())
    u.data = s.detach()
    return s


# --- choose --------------------------------------------------------------------------------------

CHOOSE = "surrogate_gradients/choose"

right(CHOOSE)([0.99, 2 * math.acosh(10), 2 * math.sqrt(99) / math.pi])
right(CHOOSE, "rounded")([0.99, 5.986, 6.334])
right(CHOOSE, "a tensor")(torch.tensor([0.99, 5.9865, 6.3343]))
right(CHOOSE, "a tuple")((0.99, math.log(10 + math.sqrt(99)) * 2, 6.3343))

wrong(CHOOSE, "share of g\\(0\\)", "absolute")([0.9899, 6.472, 20.244])
wrong(CHOOSE, "left a tenth", "a tenth")([0.9, 2 * math.acosh(math.sqrt(10)), 6 / math.pi])
wrong(CHOOSE, "triangle ends", "at the corner")([1.0, 5.986, 6.334])
wrong(CHOOSE, "alpha/2", "half")([0.99, math.acosh(10), 6.334])
wrong(CHOOSE, "tail alone", "the tail")([0.99, math.log(100), 6.334])
wrong(CHOOSE, "π/2", "without pi")([0.99, 5.986, math.sqrt(99)])
wrong(CHOOSE, "root", "not rooted")([0.99, 5.986, 2 * 99 / math.pi])
wrong(CHOOSE, "not 100", "a hundred")([0.99, 5.986, 20 / math.pi])
wrong(CHOOSE, "second|Sigmoid", "two decimals")([0.99, 5.99, 6.334])
wrong(CHOOSE, "second|Sigmoid", "log 400")([0.99, math.log(400), 6.3343])
wrong(CHOOSE, "parts", "two")([0.99, 5.986])
wrong(CHOOSE, "None", "None")([0.99, None, 6.334])
wrong(CHOOSE, "too large", "another order")([6.334, 5.986, 0.99])
