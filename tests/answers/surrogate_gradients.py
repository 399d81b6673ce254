"""Answers to the exercises of the chapter Surrogate gradients, as programs in their cells."""

from . import Cell, right, wrong

# ---------------------------------------------------------------------------------------- warm-up

right("surrogate_gradients/warm-up", "formulas")(
    Cell("""
import math

gradients = [0.2, 0, 1 / 1.8 ** 2, math.exp(-1.6)]
""")
)
right("surrogate_gradients/warm-up", "six decimals by hand")(
    Cell("""
gradients = [0.2, 0.0, 0.308642, 0.201897]
""")
)
right("surrogate_gradients/warm-up", "functions of u")(
    Cell("""
from math import e

u = abs(0.2 - 1)
functions = [
    lambda u: max(0, 1 - u),
    lambda u: 1 if u < 0.5 else 0,
    lambda u: (1 + u) ** -2,
    lambda u: e ** (-2 * u),
]
gradients = [g(u) for g in functions]
""")
)
right("surrogate_gradients/warm-up", "fractions where there are some")(
    Cell("""
from fractions import Fraction
from math import exp

gradients = [float(Fraction(1, 5)), 0, float(Fraction(25, 81)), exp(-8 / 5)]
""")
)
right("surrogate_gradients/warm-up", "numpy scalars")(
    Cell("""
import numpy as np

H, threshold = 0.2, 1.0
u = H - threshold
gradients = [
    np.maximum(0, 1 - np.abs(u)),
    np.where(np.abs(u) < 0.5, 1.0, 0.0).item(),
    1 / np.square(1 + np.abs(u)),
    2 / 2 * np.exp(-2 * np.abs(u)),
]
""")
)
wrong(
    "surrogate_gradients/warm-up",
    "You took H for u. But u is the distance from the",
    "threshold not subtracted: u = 0.2",
)(
    Cell("""
import math

gradients = [0.8, 1, 1 / 1.2 ** 2, math.exp(-0.4)]
""")
)
wrong(
    "surrogate_gradients/warm-up",
    "Look at PiecewiseExp: it is too large",
    "alpha / 2 read as alpha in the last",
)(
    Cell("""
import math

gradients = [0.2, 0, 1 / 1.8 ** 2, 2 * math.exp(-1.6)]
""")
)
wrong(
    "surrogate_gradients/warm-up",
    "With the fourth function alpha is missing in the",
    "alpha forgotten in the exponent",
)(
    Cell("""
import math

gradients = [0.2, 0, 1 / 1.8 ** 2, math.exp(-0.8)]
""")
)
wrong(
    "surrogate_gradients/warm-up",
    "With the first function you forgot the absolute",
    "|u| without the bars: sign",
)(
    Cell("""
import math

u = -0.8
gradients = [max(0, 1 - u), 1, 1 / (1 + u) ** 2, math.exp(-2 * u)]
""")
)
wrong(
    "surrogate_gradients/warm-up",
    "With the third function the square is missing",
    "square forgotten in SuperSpike",
)(
    Cell("""
import math

gradients = [0.2, 0, 1 / 1.8, math.exp(-1.6)]
""")
)
wrong(
    "surrogate_gradients/warm-up",
    "Look at SuperSpike: it is too large",
    "square on |u| instead of on the sum",
)(
    Cell("""
import math

gradients = [0.2, 0, 1 / (1 + 0.8 ** 2), math.exp(-1.6)]
""")
)
wrong(
    "surrogate_gradients/warm-up", "With the second function you gave the height of", "Rect inside"
)(
    Cell("""
import math

gradients = [0.2, 1, 1 / 1.8 ** 2, math.exp(-1.6)]
""")
)
wrong("surrogate_gradients/warm-up", "Look at Rect: it is too large", "Rect gives a half")(
    Cell("""
import math

gradients = [0.2, 0.5, 1 / 1.8 ** 2, math.exp(-1.6)]
""")
)
wrong(
    "surrogate_gradients/warm-up",
    "Look at PiecewiseQuadratic: it is too small",
    "all zero: the neuron does not fire",
)(
    Cell("""
gradients = [0, 0, 0, 0]
""")
)
wrong(
    "surrogate_gradients/warm-up", "Look at PiecewiseQuadratic: it is too small", "multiplied by H"
)(
    Cell("""
import math

gradients = [0.2 * g for g in (0.2, 0, 1 / 1.8 ** 2, math.exp(-1.6))]
""")
)
wrong(
    "surrogate_gradients/warm-up",
    "You have exchanged SuperSpike and PiecewiseExp",
    "the last two swapped",
)(
    Cell("""
import math

gradients = [0.2, 0, math.exp(-1.6), 1 / 1.8 ** 2]
""")
)
wrong(
    "surrogate_gradients/warm-up",
    "Look at PiecewiseQuadratic: it has the wrong sign",
    "negative sign, as below the threshold",
)(
    Cell("""
import math

gradients = [-0.2, 0, -1 / 1.8 ** 2, -math.exp(-1.6)]
""")
)
wrong("surrogate_gradients/warm-up", "PiecewiseQuadratic, Rect, SuperSpike,", "three numbers only")(
    Cell("""
gradients = [0.2, 0, 1 / 1.8 ** 2]
""")
)
wrong("surrogate_gradients/warm-up", "Look at PiecewiseQuadratic: it is a text", "strings")(
    Cell("""
gradients = ["0.2", "0", "0.308642", "0.201897"]
""")
)
wrong("surrogate_gradients/warm-up", "Look at SuperSpike: it is too small", "one decimal")(
    Cell("""
gradients = [0.2, 0.0, 0.3, 0.2]
""")
)
wrong("surrogate_gradients/warm-up", "PiecewiseQuadratic, Rect, SuperSpike,", "nested")(
    Cell("""
gradients = [[0.2, 0.0, 0.308642, 0.201897]]
""")
)
wrong(
    "surrogate_gradients/warm-up",
    "which is code to be called, in place of its",
    "functions in place of their values",
)(
    Cell("""
import math

gradients = [
    lambda u: max(0, 1 - abs(u)),
    lambda u: float(abs(u) < 0.5),
    lambda u: 1 / (1 + abs(u)) ** 2,
    lambda u: math.exp(-2 * abs(u)),
]
""")
)
wrong(
    "surrogate_gradients/warm-up",
    "With the second function you gave the height of",
    "u divided by two",
)(
    Cell("""
import math

u = 0.4
gradients = [1 - u, 1, 1 / (1 + u) ** 2, math.exp(-2 * u)]
""")
)
wrong(
    "surrogate_gradients/warm-up",
    "which is not a number; wanted is a number",
    "nan for the kink of Rect",
)(
    Cell("""
import math

gradients = [0.2, math.nan, 25 / 81, math.exp(-1.6)]
""")
)
# ------------------------------------------------------------------------------------------ build

right("surrogate_gradients/build", "autograd.grad by a detached copy")(
    Cell("""
def learned(w, x_seq, wanted):
    w = w.detach().clone().requires_grad_()
    node = neuron.LIFNode(10.0, decay_input=False, surrogate_function=surrogate.Sigmoid(1.0), step_mode="m")
    s_seq = node((x_seq @ w).unsqueeze(1))
    (gradient,) = torch.autograd.grad(distance(s_seq, wanted), w)
    return w.detach() - 0.001 * gradient
""")
)
right("surrogate_gradients/build", "SGD and a Parameter")(
    Cell("""
def learned(w, x_seq, wanted):
    p = torch.nn.Parameter(w.detach().clone())
    optimizer = torch.optim.SGD([p], lr=0.001)
    node = neuron.LIFNode(10.0, decay_input=False, surrogate_function=surrogate.Sigmoid(1.0), step_mode="m")
    optimizer.zero_grad()
    distance(node(x_seq @ p[:, None]), wanted).backward()
    optimizer.step()
    return p.detach()
""")
)
right("surrogate_gradients/build", "torch.nn.Linear holds the weights")(
    Cell("""
def learned(w, x_seq, wanted):
    linear = torch.nn.Linear(20, 1, bias=False).to(w)
    with torch.no_grad():
        linear.weight.copy_(w[None])
    node = neuron.LIFNode(10.0, decay_input=False, surrogate_function=surrogate.Sigmoid(1.0), step_mode="m")
    distance(node(linear(x_seq)), wanted).backward()
    return w.detach() - linear.weight.grad[0] * 0.001
""")
)
right("surrogate_gradients/build", "gradient by the input first, then by hand through the product")(
    Cell("""
def learned(w, x_seq, wanted):
    current = (x_seq @ w).detach()[:, None].requires_grad_()
    node = neuron.LIFNode(10.0, decay_input=False, surrogate_function=surrogate.Sigmoid(1.0), step_mode="m")
    by_current = torch.autograd.grad(distance(node(current), wanted), current)[0]
    gradient = x_seq.T @ by_current[:, 0]
    return w.detach() - 0.001 * gradient
""")
)
wrong(
    "surrogate_gradients/build",
    "ValueError: LIFNode: the input has shape",
    "[40] against [40, 1]: everything is compared with everything",
)(
    Cell("""
def learned(w, x_seq, wanted):
    v = w.detach().clone().requires_grad_()
    node = neuron.LIFNode(10.0, decay_input=False, surrogate_function=surrogate.Sigmoid(1.0), step_mode="m")
    g = torch.autograd.grad(distance(node(x_seq @ v), wanted), v)[0]
    return w.detach() - 0.001 * g
""")
)
wrong(
    "surrogate_gradients/build", "in place: for the caller it is another one", "changes w in place"
)(
    Cell("""
def learned(w, x_seq, wanted):
    v = w.detach().clone().requires_grad_()
    node = neuron.LIFNode(10.0, decay_input=False, surrogate_function=surrogate.Sigmoid(1.0), step_mode="m")
    g = torch.autograd.grad(distance(node((x_seq @ v)[:, None]), wanted), v)[0]
    with torch.no_grad():
        w -= 0.001 * g
    return w
""")
)
wrong(
    "surrogate_gradients/build",
    "in place: for the caller it is another one",
    "detach without clone: SGD changes w through the shared memory",
)(
    Cell("""
def learned(w, x_seq, wanted):
    v = w.detach().requires_grad_()
    optimizer = torch.optim.SGD([v], lr=0.001)
    node = neuron.LIFNode(10.0, decay_input=False, surrogate_function=surrogate.Sigmoid(1.0), step_mode="m")
    distance(node((x_seq @ v)[:, None]), wanted).backward()
    optimizer.step()
    return v.detach()
""")
)
wrong(
    "surrogate_gradients/build",
    "in place: for the caller it is another one",
    "w itself gets requires_grad and a growing .grad",
)(
    Cell("""
def learned(w, x_seq, wanted):
    w.requires_grad_()
    node = neuron.LIFNode(10.0, decay_input=False, surrogate_function=surrogate.Sigmoid(1.0), step_mode="m")
    distance(node((x_seq @ w)[:, None]), wanted).backward()
    return w.detach() - 0.001 * w.grad
""")
)
wrong("surrogate_gradients/build", "You went up: your step adds the gradient. To make", "uphill")(
    Cell("""
def learned(w, x_seq, wanted):
    v = w.detach().clone().requires_grad_()
    node = neuron.LIFNode(10.0, decay_input=False, surrogate_function=surrogate.Sigmoid(1.0), step_mode="m")
    g = torch.autograd.grad(distance(node((x_seq @ v)[:, None]), wanted), v)[0]
    return w.detach() + 0.001 * g
""")
)
wrong(
    "surrogate_gradients/build",
    "Your step is ten times as long: the factor is",
    "another learning rate",
)(
    Cell("""
def learned(w, x_seq, wanted):
    v = w.detach().clone().requires_grad_()
    node = neuron.LIFNode(10.0, decay_input=False, surrogate_function=surrogate.Sigmoid(1.0), step_mode="m")
    g = torch.autograd.grad(distance(node((x_seq @ v)[:, None]), wanted), v)[0]
    return w.detach() - 0.01 * g
""")
)
wrong(
    "surrogate_gradients/build",
    "Your step is the whole gradient. It is to be",
    "learning rate forgotten",
)(
    Cell("""
def learned(w, x_seq, wanted):
    v = w.detach().clone().requires_grad_()
    node = neuron.LIFNode(10.0, decay_input=False, surrogate_function=surrogate.Sigmoid(1.0), step_mode="m")
    g = torch.autograd.grad(distance(node((x_seq @ v)[:, None]), wanted), v)[0]
    return w.detach() - g
""")
)
wrong(
    "surrogate_gradients/build",
    "This is the gradient itself. Wanted are the new",
    "returns the gradient",
)(
    Cell("""
def learned(w, x_seq, wanted):
    v = w.detach().clone().requires_grad_()
    node = neuron.LIFNode(10.0, decay_input=False, surrogate_function=surrogate.Sigmoid(1.0), step_mode="m")
    return torch.autograd.grad(distance(node((x_seq @ v)[:, None]), wanted), v)[0]
""")
)
wrong(
    "surrogate_gradients/build",
    "Wanted is a function of w, x_seq and wanted that",
    "returns the loss",
)(
    Cell("""
def learned(w, x_seq, wanted):
    node = neuron.LIFNode(10.0, decay_input=False, surrogate_function=surrogate.Sigmoid(1.0), step_mode="m")
    return distance(node((x_seq @ w)[:, None]), wanted)
""")
)
wrong(
    "surrogate_gradients/build",
    "is missing. It first differs in your answer at t",
    "decay_input left at its default",
)(
    Cell("""
def learned(w, x_seq, wanted):
    v = w.detach().clone().requires_grad_()
    node = neuron.LIFNode(10.0, surrogate_function=surrogate.Sigmoid(1.0), step_mode="m")
    g = torch.autograd.grad(distance(node((x_seq @ v)[:, None]), wanted), v)[0]
    return w.detach() - 0.001 * g
""")
)
wrong(
    "surrogate_gradients/build", "It first differs in your answer at t =", "tau left at its default"
)(
    Cell("""
def learned(w, x_seq, wanted):
    v = w.detach().clone().requires_grad_()
    node = neuron.LIFNode(decay_input=False, surrogate_function=surrogate.Sigmoid(1.0), step_mode="m")
    g = torch.autograd.grad(distance(node((x_seq @ v)[:, None]), wanted), v)[0]
    return w.detach() - 0.001 * g
""")
)
wrong(
    "surrogate_gradients/build",
    "It first differs in your answer at t =",
    "surrogate with another alpha",
)(
    Cell("""
def learned(w, x_seq, wanted):
    v = w.detach().clone().requires_grad_()
    node = neuron.LIFNode(10.0, decay_input=False, surrogate_function=surrogate.Sigmoid(4.0), step_mode="m")
    g = torch.autograd.grad(distance(node((x_seq @ v)[:, None]), wanted), v)[0]
    return w.detach() - 0.001 * g
""")
)
wrong(
    "surrogate_gradients/build",
    "It first differs in your answer at t =",
    "step mode forgotten: 40 neurons in one step",
)(
    Cell("""
def learned(w, x_seq, wanted):
    v = w.detach().clone().requires_grad_()
    node = neuron.LIFNode(10.0, decay_input=False, surrogate_function=surrogate.Sigmoid(1.0))
    g = torch.autograd.grad(distance(node((x_seq @ v)[:, None]), wanted), v)[0]
    return w.detach() - 0.001 * g
""")
)
wrong(
    "surrogate_gradients/build",
    "The same arguments give another result when your",
    "one neuron for all calls, never reset",
)(
    Cell("""
node = neuron.LIFNode(10.0, decay_input=False, surrogate_function=surrogate.Sigmoid(1.0), step_mode="m")


def learned(w, x_seq, wanted):
    v = w.detach().clone().requires_grad_()
    g = torch.autograd.grad(distance(node((x_seq @ v)[:, None]), wanted), v, retain_graph=True)[0]
    return w.detach() - 0.001 * g
""")
)
wrong(
    "surrogate_gradients/build",
    "It first differs in your answer at t =",
    "mean squared error for the distance",
)(
    Cell("""
def learned(w, x_seq, wanted):
    v = w.detach().clone().requires_grad_()
    node = neuron.LIFNode(10.0, decay_input=False, surrogate_function=surrogate.Sigmoid(1.0), step_mode="m")
    loss = torch.nn.functional.mse_loss(node((x_seq @ v)[:, None]), wanted)
    return w.detach() - 0.001 * torch.autograd.grad(loss, v)[0]
""")
)
wrong(
    "surrogate_gradients/build",
    "of tensors does not require grad and does not",
    "no gradient asked for",
)(
    Cell("""
def learned(w, x_seq, wanted):
    w = w.detach().clone()
    node = neuron.LIFNode(10.0, decay_input=False, surrogate_function=surrogate.Sigmoid(1.0), step_mode="m")
    loss = distance(node((x_seq @ w)[:, None]), wanted)
    loss.backward()
    return w - 0.001 * w.grad
""")
)
wrong(
    "surrogate_gradients/build",
    "Your weights are the ones that came, unchanged.",
    "difference quotient of the spikes instead of the surrogate gradient",
)(
    Cell("""
def learned(w, x_seq, wanted):
    def loss(v):
        node = neuron.LIFNode(10.0, decay_input=False, surrogate_function=surrogate.Sigmoid(1.0), step_mode="m")
        return distance(node((x_seq @ v)[:, None]), wanted)

    with torch.no_grad():
        g = torch.zeros_like(w)
        for i in range(len(w)):
            d = torch.zeros_like(w)
            d[i] = 1e-3
            g[i] = (loss(w + d) - loss(w - d)) / 2e-3
        return w - 0.001 * g
""")
)
wrong("surrogate_gradients/build", "It first differs in your answer at t =", "two steps")(
    Cell("""
def learned(w, x_seq, wanted):
    for _ in range(2):
        v = w.detach().clone().requires_grad_()
        node = neuron.LIFNode(10.0, decay_input=False, surrogate_function=surrogate.Sigmoid(1.0), step_mode="m")
        g = torch.autograd.grad(distance(node((x_seq @ v)[:, None]), wanted), v)[0]
        w = w.detach() - 0.001 * g
    return w
""")
)
wrong(
    "surrogate_gradients/build", "Wanted is a function of w, x_seq and wanted that", "shape [20, 1]"
)(
    Cell("""
def learned(w, x_seq, wanted):
    v = w.detach().clone()[:, None].requires_grad_()
    node = neuron.LIFNode(10.0, decay_input=False, surrogate_function=surrogate.Sigmoid(1.0), step_mode="m")
    g = torch.autograd.grad(distance(node(x_seq @ v), wanted), v)[0]
    return v.detach() - 0.001 * g
""")
)
wrong(
    "surrogate_gradients/build",
    "It first differs in your answer at t =",
    "Adam instead of plain descent",
)(
    Cell("""
def learned(w, x_seq, wanted):
    v = w.detach().clone().requires_grad_()
    optimizer = torch.optim.Adam([v], lr=0.001)
    node = neuron.LIFNode(10.0, decay_input=False, surrogate_function=surrogate.Sigmoid(1.0), step_mode="m")
    distance(node((x_seq @ v)[:, None]), wanted).backward()
    optimizer.step()
    return v.detach()
""")
)
wrong(
    "surrogate_gradients/build",
    "Your weights are the ones that came, unchanged.",
    "w gets back its new values unchanged: step() forgotten",
)(
    Cell("""
def learned(w, x_seq, wanted):
    v = w.detach().clone().requires_grad_()
    node = neuron.LIFNode(10.0, decay_input=False, surrogate_function=surrogate.Sigmoid(1.0), step_mode="m")
    distance(node((x_seq @ v)[:, None]), wanted).backward()
    return v.detach()
""")
)
wrong(
    "surrogate_gradients/build",
    "Look at your answer: it is a list of numbers that",
    "a list of floats",
)(
    Cell("""
def learned(w, x_seq, wanted):
    v = w.detach().clone().requires_grad_()
    node = neuron.LIFNode(10.0, decay_input=False, surrogate_function=surrogate.Sigmoid(1.0), step_mode="m")
    g = torch.autograd.grad(distance(node((x_seq @ v)[:, None]), wanted), v)[0]
    return (w.detach() - 0.001 * g).tolist()
""")
)
wrong("surrogate_gradients/build", "Your code prints, but it returns", "prints")(
    Cell("""
def learned(w, x_seq, wanted):
    v = w.detach().clone().requires_grad_()
    node = neuron.LIFNode(10.0, decay_input=False, surrogate_function=surrogate.Sigmoid(1.0), step_mode="m")
    g = torch.autograd.grad(distance(node((x_seq @ v)[:, None]), wanted), v)[0]
    print(w.detach() - 0.001 * g)
""")
)
wrong(
    "surrogate_gradients/build",
    "It first differs in your answer at t =",
    "gradient normed to length 1",
)(
    Cell("""
def learned(w, x_seq, wanted):
    v = w.detach().clone().requires_grad_()
    node = neuron.LIFNode(10.0, decay_input=False, surrogate_function=surrogate.Sigmoid(1.0), step_mode="m")
    g = torch.autograd.grad(distance(node((x_seq @ v)[:, None]), wanted), v)[0]
    return w.detach() - 0.001 * g / g.norm()
""")
)
wrong("surrogate_gradients/build", "TypeError: unsupported operand type", "half filled")(
    Cell("""
def learned(w, x_seq, wanted):
    gradient = ...
    return w - 0.001 * gradient
""")
)
# ----------------------------------------------------------------------------------------- derive

right("surrogate_gradients/derive", "plain")(
    Cell("""
def alpha_for(c):
    return 1 / (2 * c)
""")
)
right("surrogate_gradients/derive", "a half divided by c")(
    Cell("""
def alpha_for(c):
    return 0.5 / c
""")
)
right("surrogate_gradients/derive", "negative power, lambda")(
    Cell("""
alpha_for = lambda c: (2 * c) ** -1
""")
)
right("surrogate_gradients/derive", "divided twice")(
    Cell("""
def alpha_for(c):
    return 1 / c / 2
""")
)
right("surrogate_gradients/derive", "slope of the chance to fire")(
    Cell("""
def alpha_for(c):
    def chance(u):
        return min(1.0, max(0.0, (u + c) / (2 * c)))

    return (chance(c) - chance(-c)) / (c - (-c))
""")
)
right("surrogate_gradients/derive", "numpy")(
    Cell("""
import numpy as np

def alpha_for(c):
    return float(np.reciprocal(np.float64(2.0 * c)))
""")
)
right("surrogate_gradients/derive", "exp and log")(
    Cell("""
import math

def alpha_for(c):
    width = c + c
    return math.exp(-math.log(width))
""")
)
wrong(
    "surrogate_gradients/derive",
    "Check the area of your box: from -c to c it is",
    "1 / c: width c instead of 2c (or PiecewiseQuadratic)",
)(
    Cell("""
def alpha_for(c):
    return 1 / c
""")
)
wrong(
    "surrogate_gradients/derive",
    "More noise must give a gentler slope. Yours grows",
    "missing brackets: c / 2",
)(
    Cell("""
def alpha_for(c):
    return 1 / 2 * c
""")
)
wrong(
    "surrogate_gradients/derive", "This is the width of the box. How high is it, if", "turned round"
)(
    Cell("""
def alpha_for(c):
    return 2 * c
""")
)
wrong(
    "surrogate_gradients/derive", "More noise must give a gentler slope. Yours grows", "c itself"
)(
    Cell("""
def alpha_for(c):
    return c
""")
)
wrong("surrogate_gradients/derive", "in every trial. Is a factor missing", "2 / c")(
    Cell("""
def alpha_for(c):
    return 2 / c
""")
)
wrong("surrogate_gradients/derive", "Your box is too low: from -c to c its area is", "1 / (4 c)")(
    Cell("""
def alpha_for(c):
    return 1 / (4 * c)
""")
)
wrong(
    "surrogate_gradients/derive",
    "in every trial: it does not depend on its",
    "only right for c = 1",
)(
    Cell("""
def alpha_for(c):
    return 0.5
""")
)
wrong(
    "surrogate_gradients/derive",
    "Your alpha is the same for all c. But more noise",
    "only right for c = 0.5",
)(
    Cell("""
def alpha_for(c):
    return 1
""")
)
wrong(
    "surrogate_gradients/derive",
    "You round the result, but the exact number is",
    "whole-number division",
)(
    Cell("""
def alpha_for(c):
    return 1 // (2 * c)
""")
)
wrong(
    "surrogate_gradients/derive", "in every trial. Is a factor missing", "by the standard deviation"
)(
    Cell("""
def alpha_for(c):
    return 3 ** 0.5 / (2 * c)
""")
)
wrong("surrogate_gradients/derive", "Your result is too large in some trials, and too", "square")(
    Cell("""
def alpha_for(c):
    return 1 / (2 * c) ** 2
""")
)
wrong(
    "surrogate_gradients/derive",
    "Your result is too large in every trial. It was",
    "by the variance",
)(
    Cell("""
def alpha_for(c):
    return 3 / c ** 2
""")
)
wrong("surrogate_gradients/derive", "Your results have the wrong sign. It was tried", "negative")(
    Cell("""
def alpha_for(c):
    return -1 / (2 * c)
""")
)
wrong(
    "surrogate_gradients/derive", "Look at your answer: it is a list of", "the name and the number"
)(
    Cell("""
def alpha_for(c):
    return "Rect", 1 / (2 * c)
""")
)
wrong(
    "surrogate_gradients/derive",
    "Look at your answer: it is an object of the type",
    "the surrogate function itself",
)(
    Cell("""
def alpha_for(c):
    return surrogate.Rect(alpha=1 / (2 * c))
""")
)
wrong(
    "surrogate_gradients/derive",
    "You round the result, but the exact number is",
    "rounded to two decimals",
)(
    Cell("""
def alpha_for(c):
    return round(1 / (2 * c), 2)
""")
)
wrong("surrogate_gradients/derive", "Your code prints, but it returns", "prints")(
    Cell("""
def alpha_for(c):
    print(1 / (2 * c))
""")
)
wrong("surrogate_gradients/derive", "Look at your answer: it is a text", "a string")(
    Cell("""
def alpha_for(c):
    return "1 / (2 * c)"
""")
)
wrong(
    "surrogate_gradients/derive",
    "You handed in the function's result; hand in the",
    "a number instead of a function",
)(
    Cell("""
c = 1.0
alpha_for = 1 / (2 * c)
""")
)
wrong("surrogate_gradients/derive", "Look at your answer: it is a text", "the name only")(
    Cell("""
def alpha_for(c):
    return "Rect"
""")
)
wrong(
    "surrogate_gradients/derive",
    "in every trial: it does not depend on its",
    "a global c, not the argument",
)(
    Cell("""
c = 1.0

def alpha_for(_):
    return 1 / (2 * c)
""")
)
wrong("surrogate_gradients/derive", "in every trial. Is a factor missing", "Gaussian noise")(
    Cell("""
import math

def alpha_for(c):
    return 1 / (math.sqrt(2 * math.pi) * c)
""")
)
wrong(
    "surrogate_gradients/derive",
    "Look at your answer: it is the function",
    "a function of a function",
)(
    Cell("""
def alpha_for(c):
    return lambda: 1 / (2 * c)
""")
)
# ------------------------------------------------------------------------------------------ break

right("surrogate_gradients/break", "brackets")(
    Cell("""
def spike(u):
    p = torch.sigmoid(4 * u)
    return (u >= 0).to(u.dtype) + (p - p.detach())
""")
)
right("surrogate_gradients/break", "the difference first")(
    Cell("""
def spike(u):
    p = torch.sigmoid(4 * u)
    return p - p.detach() + (u >= 0).to(u.dtype)
""")
)
right("surrogate_gradients/break", "minus the negative difference")(
    Cell("""
def spike(u):
    fires = (u >= 0).type_as(u)
    p = (4 * u).sigmoid()
    return fires - (p.detach() - p)
""")
)
right("surrogate_gradients/break", "a class of autograd after all")(
    Cell("""
class Spike(torch.autograd.Function):
    @staticmethod
    def forward(ctx, u):
        ctx.save_for_backward(u)
        return (u >= 0).to(u.dtype)

    @staticmethod
    def backward(ctx, grad):
        (u,) = ctx.saved_tensors
        p = torch.sigmoid(4 * u)
        return grad * 4 * p * (1 - p)


def spike(u):
    return Spike.apply(u)
""")
)
right("surrogate_gradients/break", "u minus u, times the slope")(
    Cell("""
def spike(u):
    with torch.no_grad():
        theta = (u >= 0).to(u.dtype)
        p = torch.sigmoid(4 * u)
        slope = 4 * p * (1 - p)
    return theta + (u - u.detach()) * slope
""")
)
right("surrogate_gradients/break", "the rest detached: exact, for 1 - p is (p between 1/2 and 1)")(
    Cell("""
def spike(u):
    p = torch.sigmoid(4 * u)
    rest = ((u >= 0).to(u.dtype) - p).detach()
    return rest + p
""")
)
right("surrogate_gradients/break", "lambda, sigmoid by exp is avoided, zero in a name of its own")(
    Cell("""
def spike(u):
    silent_gradient = lambda p: p - p.detach()
    return torch.where(u >= 0, torch.ones_like(u), torch.zeros_like(u)) + silent_gradient(torch.sigmoid(4 * u))
""")
)
right("surrogate_gradients/break", "heaviside and add_")(
    Cell("""
def spike(u):
    p = torch.sigmoid(4 * u)
    zero = p.sub(p.detach())
    return zero.add(torch.heaviside(u.detach(), u.new_ones(())))
""")
)
wrong("surrogate_gradients/break", "in which order are the three numbers added, and", "unchanged")(
    Cell("""
def spike(u):
    p = torch.sigmoid(4 * u)
    return (u >= 0).to(u.dtype) + p - p.detach()
""")
)
wrong(
    "surrogate_gradients/break",
    "in which order are the three numbers added, and",
    "brackets in the wrong place",
)(
    Cell("""
def spike(u):
    p = torch.sigmoid(4 * u)
    return ((u >= 0).to(u.dtype) + p) - p.detach()
""")
)
wrong(
    "surrogate_gradients/break", "It first differs in the gradient at t =", "rounded: gradient lost"
)(
    Cell("""
def spike(u):
    p = torch.sigmoid(4 * u)
    return torch.round((u >= 0).to(u.dtype) + p - p.detach())
""")
)
wrong(
    "surrogate_gradients/break",
    "in which order are the three numbers added, and",
    "clamped: still 0.99999994",
)(
    Cell("""
def spike(u):
    p = torch.sigmoid(4 * u)
    return ((u >= 0).to(u.dtype) + p - p.detach()).clamp(0, 1)
""")
)
wrong(
    "surrogate_gradients/break", "No gradient flows through your spikes. One of the", "no gradient"
)(
    Cell("""
def spike(u):
    return (u >= 0).to(u.dtype)
""")
)
wrong(
    "surrogate_gradients/break",
    "It first differs in the gradient at t =",
    "detach forgotten: gradient 0",
)(
    Cell("""
def spike(u):
    p = torch.sigmoid(4 * u)
    return (u >= 0).to(u.dtype) + (p - p)
""")
)
wrong(
    "surrogate_gradients/break",
    "No gradient flows through your spikes. One of the",
    "detach on both",
)(
    Cell("""
def spike(u):
    p = torch.sigmoid(4 * u).detach()
    return (u >= 0).to(u.dtype) + (p - p)
""")
)
wrong(
    "surrogate_gradients/break",
    "Your gradient has the wrong sign: the p that is",
    "detach on the wrong one: gradient negative",
)(
    Cell("""
def spike(u):
    p = torch.sigmoid(4 * u)
    return (u >= 0).to(u.dtype) + (p.detach() - p)
""")
)
wrong(
    "surrogate_gradients/break", "is missing. It first differs in the gradient at t", "alpha lost"
)(
    Cell("""
def spike(u):
    p = torch.sigmoid(u)
    return (u >= 0).to(u.dtype) + (p - p.detach())
""")
)
wrong(
    "surrogate_gradients/break", "It first differs in the spikes at t =", "silent at the threshold"
)(
    Cell("""
def spike(u):
    p = torch.sigmoid(4 * u)
    return (u > 0).to(u.dtype) + (p - p.detach())
""")
)
wrong(
    "surrogate_gradients/break",
    "in which order are the three numbers added, and",
    "through float64: helps float32 only, and float64 input is wrong as before",
)(
    Cell("""
def spike(u):
    p = torch.sigmoid(4 * u)
    d = p.double()
    return ((u >= 0).double() + d - d.detach()).to(u.dtype)
""")
)
wrong(
    "surrogate_gradients/break", "Look at your answer: its dtype is torch.float", "always float32"
)(
    Cell("""
def spike(u):
    p = torch.sigmoid(4 * u.float())
    return (u >= 0).float() + (p - p.detach())
""")
)
wrong(
    "surrogate_gradients/break", "Look at your answer: its dtype is torch.float", "always float64"
)(
    Cell("""
def spike(u):
    p = torch.sigmoid(4 * u.double())
    return (u >= 0).double() + (p - p.detach())
""")
)
wrong(
    "surrogate_gradients/break",
    "It first differs in the gradient at t =",
    "quotient: gradient divided by p",
)(
    Cell("""
def spike(u):
    p = torch.sigmoid(4 * u)
    return torch.where(u >= 0, p / p.detach(), p - p.detach())
""")
)
wrong(
    "surrogate_gradients/break",
    "where the neuron is silent. It must flow there",
    "product: silent neurons get no gradient",
)(
    Cell("""
def spike(u):
    p = torch.sigmoid(4 * u)
    return (u >= 0).to(u.dtype) * (1 + (p - p.detach()))
""")
)
wrong("surrogate_gradients/break", "Your function returns p itself, a number between", "p itself")(
    Cell("""
def spike(u):
    return torch.sigmoid(4 * u)
""")
)
wrong(
    "surrogate_gradients/break",
    "in which order are the three numbers added, and",
    "a small number added",
)(
    Cell("""
def spike(u):
    p = torch.sigmoid(4 * u)
    return (u >= 0).to(u.dtype) + p - p.detach() + 6e-8
""")
)
wrong(
    "surrogate_gradients/break",
    "No gradient flows through your spikes. One of the",
    "compared once more: gradient lost",
)(
    Cell("""
def spike(u):
    p = torch.sigmoid(4 * u)
    return (((u >= 0).to(u.dtype) + p - p.detach()) > 0.5).to(u.dtype)
""")
)
wrong(
    "surrogate_gradients/break",
    "It first differs in the gradient at t =",
    "gradient is straight-through, 1 everywhere",
)(
    Cell("""
def spike(u):
    return (u >= 0).to(u.dtype) + (u - u.detach())
""")
)
wrong(
    "surrogate_gradients/break",
    "RuntimeError: one of the variables needed for",
    "p changed in place: backward fails",
)(
    Cell("""
def spike(u):
    p = torch.sigmoid(4 * u)
    theta = (u >= 0).to(u.dtype)
    return theta + p.sub_(p.detach())
""")
)
wrong(
    "surrogate_gradients/break",
    "No gradient flows through your spikes. One of the",
    "p from a detached u",
)(
    Cell("""
def spike(u):
    u = u.detach()
    p = torch.sigmoid(4 * u)
    return (u >= 0).to(u.dtype) + (p - p.detach())
""")
)
wrong(
    "surrogate_gradients/break",
    "It first differs in the gradient at t =",
    "class without the factor 4 in backward",
)(
    Cell("""
class Spike(torch.autograd.Function):
    @staticmethod
    def forward(ctx, u):
        p = torch.sigmoid(4 * u)
        ctx.save_for_backward(p)
        return (u >= 0).to(u.dtype)

    @staticmethod
    def backward(ctx, grad):
        (p,) = ctx.saved_tensors
        return grad * p * (1 - p)


spike = Spike.apply
""")
)
wrong(
    "surrogate_gradients/break",
    "It first differs in the gradient at t =",
    "class that ignores the gradient from above",
)(
    Cell("""
class Spike(torch.autograd.Function):
    @staticmethod
    def forward(ctx, u):
        p = torch.sigmoid(4 * u)
        ctx.save_for_backward(p)
        return (u >= 0).to(u.dtype)

    @staticmethod
    def backward(ctx, grad):
        (p,) = ctx.saved_tensors
        return 4 * p * (1 - p)


def spike(u):
    return Spike.apply(u)
""")
)
wrong(
    "surrogate_gradients/break", "Wanted is a function of u that returns spikes", "shape lost: mean"
)(
    Cell("""
def spike(u):
    p = torch.sigmoid(4 * u)
    return ((u >= 0).to(u.dtype) + (p - p.detach())).mean()
""")
)
wrong("surrogate_gradients/break", "in place: for the caller it is another one", "u overwritten")(
    Cell("""
def spike(u):
    with torch.no_grad():
        theta = (u >= 0).to(u.dtype)
    p = torch.sigmoid(4 * u)
    out = theta + (p - p.detach())
    u.data = theta
    return out
""")
)
wrong("surrogate_gradients/break", "Your code prints, but it returns", "prints")(
    Cell("""
def spike(u):
    p = torch.sigmoid(4 * u)
    print((u >= 0).to(u.dtype) + (p - p.detach()))
""")
)
wrong("surrogate_gradients/break", "TypeError: unsupported operand type", "half filled")(
    Cell("""
def spike(u):
    p = torch.sigmoid(4 * u)
    return (u >= 0).to(u.dtype) + ...
""")
)
# ----------------------------------------------------------------------------------------- choose

right("surrogate_gradients/choose", "to three decimals")(
    Cell("""
steepest = [0.99, 5.986, 6.334]
""")
)
right("surrogate_gradients/choose", "formulas")(
    Cell("""
import math

steepest = [1 - 1 / 100, 2 * math.acosh(10), 2 * math.sqrt(99) / math.pi]
""")
)
right("surrogate_gradients/choose", "bisection of all three")(
    Cell("""
import math

def share_sigmoid(a):
    s = 1 / (1 + math.exp(a))
    return 4 * s * (1 - s)

shares = [lambda a: max(0.0, 1 - a), share_sigmoid, lambda a: 1 / (1 + (math.pi / 2 * a) ** 2)]
steepest = []
for share_of in shares:
    low, high = 0.0, 20.0
    for _ in range(80):
        mid = (low + high) / 2
        if share_of(mid) >= 0.01:
            low = mid
        else:
            high = mid
    steepest.append(round(low, 3))
""")
)
right("surrogate_gradients/choose", "quadratic equation of the sigmoid, its logit")(
    Cell("""
from math import log, pi, sqrt

s = (1 - sqrt(1 - 4 * 0.25 / 100)) / 2
steepest = [0.99, log((1 - s) / s), sqrt(100 - 1) * 2 / pi]
""")
)
right("surrogate_gradients/choose", "numpy, rounded")(
    Cell("""
import numpy as np

steepest = np.round([0.99, 2 * np.arccosh(10), 2 / np.pi * np.sqrt(99)], 3).tolist()
""")
)
right("surrogate_gradients/choose", "log of a sum of roots")(
    Cell("""
import math

steepest = [99 / 100, 2 * math.log(10 + math.sqrt(99)), math.sqrt(396) / math.pi]
""")
)
wrong(
    "surrogate_gradients/choose",
    "Look at Sigmoid: it is too large",
    "two decimals where three are asked for",
)(
    Cell("""
steepest = [0.99, 5.99, 6.33]
""")
)
wrong(
    "surrogate_gradients/choose",
    "You left a tenth. Wanted is a hundredth",
    "a tenth for a hundredth",
)(
    Cell("""
import math

steepest = [0.9, 2 * math.acosh(math.sqrt(10)), 2 * 3 / math.pi]
""")
)
wrong("surrogate_gradients/choose", "you found alpha/", "factor 2 of the sigmoid forgotten")(
    Cell("""
steepest = [0.99, 2.993, 6.334]
""")
)
wrong(
    "surrogate_gradients/choose",
    "Look at Sigmoid: it is too large",
    "sigmoid estimated by its tail: log 400",
)(
    Cell("""
steepest = [0.99, 5.991, 6.334]
""")
)
wrong(
    "surrogate_gradients/choose", "Look at Sigmoid: it is too small", "sigmoid itself 1/100: log 99"
)(
    Cell("""
steepest = [0.99, 4.595, 6.334]
""")
)
wrong(
    "surrogate_gradients/choose", "which is about four times as large there", "exp(-alpha) = 1/100"
)(
    Cell("""
steepest = [0.99, 4.605, 6.334]
""")
)
wrong(
    "surrogate_gradients/choose",
    "in front of alpha u is missing",
    "the factor pi / 2 of ATan forgotten",
)(
    Cell("""
steepest = [0.99, 5.986, 9.95]
""")
)
wrong(
    "surrogate_gradients/choose",
    "in the denominator counts too",
    "the 1 of ATan forgotten: 20 / pi",
)(
    Cell("""
steepest = [0.99, 5.986, 6.366]
""")
)
wrong("surrogate_gradients/choose", "Look at ATan: it is too small", "pi instead of pi / 2")(
    Cell("""
steepest = [0.99, 5.986, 3.167]
""")
)
wrong(
    "surrogate_gradients/choose", "the triangle ends at u =", "PiecewiseQuadratic up to its edge"
)(
    Cell("""
steepest = [1.0, 5.986, 6.334]
""")
)
wrong(
    "surrogate_gradients/choose", "which grows with alpha too", "g(-1) >= 1/100 instead of g(0)/100"
)(
    Cell("""
steepest = [0.99, 6.469, 20.244]
""")
)
wrong(
    "surrogate_gradients/choose",
    "Look at PiecewiseQuadratic: it is too small",
    "the smaller root of the quadratic",
)(
    Cell("""
steepest = [0.01, 5.986, 6.334]
""")
)
wrong("surrogate_gradients/choose", "Look at Sigmoid: it is too large", "order of the last two")(
    Cell("""
steepest = [0.99, 6.334, 5.986]
""")
)
wrong(
    "surrogate_gradients/choose",
    "PiecewiseQuadratic, Sigmoid, ATan. Wanted is a",
    "two numbers only",
)(
    Cell("""
steepest = [0.99, 5.986]
""")
)
wrong("surrogate_gradients/choose", "Look at Sigmoid: it is too small", "one number for all")(
    Cell("""
steepest = [0.99, 0.99, 0.99]
""")
)
wrong("surrogate_gradients/choose", "Look at PiecewiseQuadratic: it is a text", "strings")(
    Cell("""
steepest = ["0.990", "5.986", "6.334"]
""")
)
wrong("surrogate_gradients/choose", "the triangle ends at u =", "whole numbers")(
    Cell("""
steepest = [1, 6, 6]
""")
)
wrong("surrogate_gradients/choose", "the triangle ends at u =", "one decimal")(
    Cell("""
steepest = [1.0, 6.0, 6.3]
""")
)
wrong("surrogate_gradients/choose", "you forgot the root", "1 + u squared left without the root")(
    Cell("""
steepest = [0.99, 5.986, 63.025]
""")
)
wrong("surrogate_gradients/choose", "Look at PiecewiseQuadratic: it is too large", "inverse")(
    Cell("""
steepest = [1.01, 0.167, 0.158]
""")
)
wrong(
    "surrogate_gradients/choose",
    "Look at PiecewiseQuadratic: it is too small",
    "the gradients, not the alphas",
)(
    Cell("""
steepest = [0.0099, 0.01497, 0.03167]
""")
)
wrong(
    "surrogate_gradients/choose",
    "Look at ATan: it is inf, which is not finite;",
    "infinity for ATan",
)(
    Cell("""
steepest = [0.99, 5.986, float("inf")]
""")
)
wrong(
    "surrogate_gradients/choose",
    "You left a tenth. Wanted is a hundredth",
    "search in steps of 0.1, left at the grid",
)(
    Cell("""
import math

def last(share_of):
    a = 0.1
    while share_of(a + 0.1) >= 0.01:
        a += 0.1
    return a

steepest = [
    last(lambda a: 1 - a),
    last(lambda a: 1 / math.cosh(a / 2) ** 2),
    last(lambda a: 1 / (1 + (math.pi / 2 * a) ** 2)),
]
""")
)
# ---------------------------------------------------------------------------------------- warm-up

wrong(
    "surrogate_gradients/warm-up",
    "PiecewiseQuadratic, Rect, SuperSpike,",
    "slip: a missing comma multiplies",
)(
    Cell("""
gradients = [0.2, 0, 25 / 81 * 0.201897]
""")
)
# ------------------------------------------------------------------------------------------ build

wrong(
    "surrogate_gradients/build",
    "This is the step alone. Add it to the weights. It",
    "slip: =- for -=, result thrown away",
)(
    Cell("""
def learned(w, x_seq, wanted):
    v = w.detach().clone().requires_grad_()
    node = neuron.LIFNode(10.0, decay_input=False, surrogate_function=surrogate.Sigmoid(1.0), step_mode="m")
    g = torch.autograd.grad(distance(node((x_seq @ v)[:, None]), wanted), v)[0]
    new = w.detach().clone()
    new =- 0.001 * g
    return new
""")
)
# ----------------------------------------------------------------------------------------- derive

wrong(
    "surrogate_gradients/derive",
    "Look at your answer: it is a list of numbers that",
    "slip: trailing comma makes a tuple",
)(
    Cell("""
def alpha_for(c):
    return 1 / (2 * c),
""")
)
# ------------------------------------------------------------------------------------------ break

wrong(
    "surrogate_gradients/break",
    "for -: 'Tensor' and 'builtin_function_or_method",
    "slip: method not called",
)(
    Cell("""
def spike(u):
    p = torch.sigmoid(4 * u)
    return (u >= 0).to(u.dtype) + (p - p.detach)
""")
)
