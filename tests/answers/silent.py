"""Answers to the exercises of the chapter When the network is silent, as programs in their cells."""

from . import Cell, right, wrong

# ---------------------------------------------------------------------------------------- warm-up

right("silent/warm-up", "literals")(
    Cell("""
moments = [-2.0, 0.533333, 0.36, 3.174055]
""")
)
right("silent/warm-up", "formulas")(
    Cell("""
import math

n, r, mu, sigma, tau = 100, 0.2, -0.1, 0.3, 2.0
mean = n * r * mu
noise = n * r * (1 - r) * (mu**2 + sigma**2) / (2 * tau - 1)
spread = n * r**2 * sigma**2
moments = [mean, noise, spread, (1 - mean) / math.sqrt(noise + spread)]
""")
)
right("silent/warm-up", "kernel summed numerically")(
    Cell("""
kappa = [0.5 * 0.5**k for k in range(60)]
one, two = sum(kappa), sum(k * k for k in kappa)
mean = 100 * 0.2 * -0.1 * one
noise = 100 * (0.2 * 0.8) * (0.1**2 + 0.3**2) * two
spread = 100 * (0.2 * 0.3) ** 2 * one**2
moments = [mean, noise, spread, (1.0 - mean) * (noise + spread) ** -0.5]
""")
)
right("silent/warm-up", "exact fractions, integers")(
    Cell("""
from fractions import Fraction

noise, spread = Fraction(8, 15), Fraction(9, 25)
moments = [-2, noise, spread, 3 / float(noise + spread) ** 0.5]
""")
)
right("silent/warm-up", "zero-dimensional tensors in the list")(
    Cell("""
import torch

noise, spread = torch.tensor(1.6) / 3, torch.tensor(0.36)
moments = [torch.tensor(-2.0), noise, spread, 3 / (noise + spread).sqrt()]
""")
)
wrong("silent/warm-up", "Look at the variance in time: it is too small", "rounded to one place")(
    Cell("""
moments = [-2.0, 0.5, 0.4, 3.2]
""")
)
wrong("silent/warm-up", "Look at the mean: it has the wrong sign", "sign of the mean")(
    Cell("""
moments = [2.0, 1.6 / 3, 0.36, 3 / (1.6 / 3 + 0.36) ** 0.5]
""")
)
wrong(
    "silent/warm-up", "Look at the mean: it has the wrong sign", "sign of the mean, carried through"
)(
    Cell("""
moments = [2.0, 1.6 / 3, 0.36, (1 - 2.0) / (1.6 / 3 + 0.36) ** 0.5]
""")
)
wrong(
    "silent/warm-up",
    "In the variance in time you left out the mean of",
    "noise without the squared mean of the weights",
)(
    Cell("""
noise = 100 * 0.2 * 0.8 * 0.3**2 / 3
moments = [-2.0, noise, 0.36, 3 / (noise + 0.36) ** 0.5]
""")
)
wrong(
    "silent/warm-up",
    "Your inputs have the variance r. That of a",
    "noise of a Poisson input, r for r(1-r)",
)(
    Cell("""
noise = 100 * 0.2 * (0.1**2 + 0.3**2) / 3
moments = [-2.0, noise, 0.36, 3 / (noise + 0.36) ** 0.5]
""")
)
wrong(
    "silent/warm-up",
    "In the variance in time the leak is missing:",
    "noise of the current, no filter",
)(
    Cell("""
noise = 100 * 0.2 * 0.8 * (0.1**2 + 0.3**2)
moments = [-2.0, noise, 0.36, 3 / (noise + 0.36) ** 0.5]
""")
)
wrong(
    "silent/warm-up",
    "Look at the variance in time: it is too small",
    "noise with the continuous 1/(2 tau)",
)(
    Cell("""
noise = 100 * 0.2 * 0.8 * (0.1**2 + 0.3**2) / 4
moments = [-2.0, noise, 0.36, 3 / (noise + 0.36) ** 0.5]
""")
)
wrong(
    "silent/warm-up",
    "In the variance from neuron to neuron the rate is",
    "spread with r for r squared",
)(
    Cell("""
spread = 100 * 0.2 * 0.3**2
moments = [-2.0, 1.6 / 3, spread, 3 / (1.6 / 3 + spread) ** 0.5]
""")
)
wrong(
    "silent/warm-up",
    "You divide the variance from neuron to neuron by",
    "spread filtered like the noise",
)(
    Cell("""
spread = 100 * 0.2**2 * 0.3**2 / 3
moments = [-2.0, 1.6 / 3, spread, 3 / (1.6 / 3 + spread) ** 0.5]
""")
)
wrong(
    "silent/warm-up",
    "Look at the variance from neuron to neuron: it is",
    "spread with mu squared added",
)(
    Cell("""
spread = 100 * 0.2**2 * (0.1**2 + 0.3**2)
moments = [-2.0, 1.6 / 3, spread, 3 / (1.6 / 3 + spread) ** 0.5]
""")
)
wrong(
    "silent/warm-up",
    "You gave standard deviations. Wanted are",
    "standard deviations for variances",
)(
    Cell("""
moments = [-2.0, (1.6 / 3) ** 0.5, 0.6, 3 / (1.6 / 3 + 0.36) ** 0.5]
""")
)
wrong(
    "silent/warm-up", "You have exchanged the variance in time and the", "noise and spread swapped"
)(
    Cell("""
moments = [-2.0, 0.36, 1.6 / 3, 3 / (1.6 / 3 + 0.36) ** 0.5]
""")
)
wrong("silent/warm-up", "Here the input is divided by tau", "decay_input=False")(
    Cell("""
noise, spread = 4 * 1.6 / 3, 4 * 0.36
moments = [-4.0, noise, spread, 5 / (noise + spread) ** 0.5]
""")
)
wrong("silent/warm-up", "Look at how many standard deviations: it has the", "distance negative")(
    Cell("""
moments = [-2.0, 1.6 / 3, 0.36, (-2 - 1) / (1.6 / 3 + 0.36) ** 0.5]
""")
)
wrong(
    "silent/warm-up", "You count the noise alone. The two variances add", "distance in noise alone"
)(
    Cell("""
moments = [-2.0, 1.6 / 3, 0.36, 3 / (1.6 / 3) ** 0.5]
""")
)
wrong(
    "silent/warm-up",
    "You add the standard deviations. It is the",
    "distance with the standard deviations added",
)(
    Cell("""
moments = [-2.0, 1.6 / 3, 0.36, 3 / ((1.6 / 3) ** 0.5 + 0.6)]
""")
)
wrong(
    "silent/warm-up",
    "You divide by the variance. Wanted is the number",
    "distance in variances, no root",
)(
    Cell("""
moments = [-2.0, 1.6 / 3, 0.36, 3 / (1.6 / 3 + 0.36)]
""")
)
wrong(
    "silent/warm-up",
    "Look at how many standard deviations: it is too",
    "distance from 0, not from the threshold",
)(
    Cell("""
moments = [-2.0, 1.6 / 3, 0.36, 2 / (1.6 / 3 + 0.36) ** 0.5]
""")
)
wrong("silent/warm-up", "the mean, the variance in time, the variance from", "three numbers")(
    Cell("""
moments = [-2.0, 1.6 / 3, 0.36]
""")
)
wrong("silent/warm-up", "the mean, the variance in time, the variance from", "five numbers")(
    Cell("""
moments = [-2.0, 1.6 / 3, 0.36, 1.6 / 3 + 0.36, 3 / (1.6 / 3 + 0.36) ** 0.5]
""")
)
wrong("silent/warm-up", "Look at how many standard deviations: it is", "nan")(
    Cell("""
moments = [-2.0, 1.6 / 3, 0.36, float("nan")]
""")
)
wrong("silent/warm-up", "which is not a number; wanted is a number", "all nan")(
    Cell("""
moments = [float("nan")] * 4
""")
)
wrong("silent/warm-up", "Look at the mean: it is a text", "strings")(
    Cell("""
moments = ["-2.0", "0.5333", "0.36", "3.174"]
""")
)
wrong("silent/warm-up", "which is not whole; wanted is one value for each", "one number")(
    Cell("""
moments = 3.174055
""")
)
# ----------------------------------------------------------------------------------------- derive

right("silent/derive", "math.sqrt")(
    Cell("""
import math


def default_std(r, tau):
    return math.sqrt((r * (1 - r) / (2 * tau - 1) + r**2) / 3)
""")
)
right("silent/derive", "one fraction")(
    Cell("""
def default_std(r, tau):
    return (r * (1 + 2 * r * (tau - 1)) / (3 * (2 * tau - 1))) ** 0.5
""")
)
right("silent/derive", "hypot")(
    Cell("""
from math import hypot


def default_std(r, tau):
    noise = (r * (1 - r) / (6 * tau - 3)) ** 0.5
    spread = r / 3**0.5
    return hypot(noise, spread)
""")
)
right("silent/derive", "with an n that cancels")(
    Cell("""
import numpy as np


def default_std(r, tau):
    n = 64
    sigma2 = (2 / np.sqrt(n)) ** 2 / 12
    noise = n * r * (1 - r) * sigma2 / (2 * tau - 1)
    spread = n * r**2 * sigma2
    return float(np.sqrt(noise + spread))
""")
)
right("silent/derive", "kernel summed step by step")(
    Cell("""
def default_std(r, tau):
    one = two = 0.0
    k = 1 / tau
    while k > 1e-12:
        one, two, k = one + k, two + k * k, k * (1 - 1 / tau)
    return ((r * (1 - r) * two + r * r * one**2) / 3) ** 0.5
""")
)
right("silent/derive", "a lambda")(
    Cell("""
default_std = lambda r, tau: ((r - r * r) / (2 * tau - 1) + r * r) ** 0.5 * 3**-0.5
""")
)
right("silent/derive", "returns a zero-dimensional tensor")(
    Cell("""
import torch


def default_std(r, tau):
    r, tau = torch.as_tensor(r), torch.as_tensor(tau)
    return ((r * (1 - r) / (2 * tau - 1) + r**2) / 3).sqrt()
""")
)
wrong(
    "silent/derive",
    "This is the variance. Wanted is its root. It was",
    "variance for standard deviation",
)(
    Cell("""
def default_std(r, tau):
    return (r * (1 - r) / (2 * tau - 1) + r**2) / 3
""")
)
wrong(
    "silent/derive",
    "/√n for the standard deviation of the weights.",
    "weights' variance taken as 1/n",
)(
    Cell("""
def default_std(r, tau):
    return (r * (1 - r) / (2 * tau - 1) + r**2) ** 0.5
""")
)
wrong(
    "silent/derive",
    "/√n for the width of the weights' range. They lie",
    "weights' variance taken as 1/(12 n)",
)(
    Cell("""
def default_std(r, tau):
    return ((r * (1 - r) / (2 * tau - 1) + r**2) / 12) ** 0.5
""")
)
wrong("silent/derive", "in every trial. Is a factor missing", "1/3 outside the root")(
    Cell("""
def default_std(r, tau):
    return (r * (1 - r) / (2 * tau - 1) + r**2) ** 0.5 / 3
""")
)
wrong("silent/derive", "You left out what differs from neuron to neuron.", "noise alone")(
    Cell("""
def default_std(r, tau):
    return (r * (1 - r) / (2 * tau - 1) / 3) ** 0.5
""")
)
wrong("silent/derive", "You left out the noise, what changes in time. The", "spread alone")(
    Cell("""
def default_std(r, tau):
    return r / 3**0.5
""")
)
wrong("silent/derive", "You add two standard deviations. It is the", "standard deviations added")(
    Cell("""
def default_std(r, tau):
    return (r * (1 - r) / (2 * tau - 1) / 3) ** 0.5 + r / 3**0.5
""")
)
wrong("silent/derive", "Your inputs have the variance r. That of a", "Poisson input, r for r(1-r)")(
    Cell("""
def default_std(r, tau):
    return ((r / (2 * tau - 1) + r**2) / 3) ** 0.5
""")
)
wrong(
    "silent/derive", "Your result is too large in some trials, and too", "the filter on both terms"
)(
    Cell("""
def default_std(r, tau):
    return ((r * (1 - r) + r**2) / (2 * tau - 1) / 3) ** 0.5
""")
)
wrong(
    "silent/derive",
    "From neuron to neuron, a weight meets the mean of",
    "spread with r for r squared",
)(
    Cell("""
def default_std(r, tau):
    return ((r * (1 - r) / (2 * tau - 1) + r) / 3) ** 0.5
""")
)
wrong("silent/derive", "Your result is too large in some trials, and too", "2 tau + 1")(
    Cell("""
def default_std(r, tau):
    return ((r * (1 - r) / (2 * tau + 1) + r**2) / 3) ** 0.5
""")
)
wrong(
    "silent/derive",
    "Your result is too large in some trials, and too",
    "continuous time, 1/(2 tau)",
)(
    Cell("""
def default_std(r, tau):
    return ((r * (1 - r) / (2 * tau) + r**2) / 3) ** 0.5
""")
)
wrong(
    "silent/derive", "Your result is too large in some trials, and too", "precedence, / 2 * tau - 1"
)(
    Cell("""
def default_std(r, tau):
    return abs((r * (1 - r) / 2 * tau - 1 + r**2) / 3) ** 0.5
""")
)
wrong(
    "silent/derive",
    "Your result is too large in some trials, and too",
    "difference of noise and spread",
)(
    Cell("""
def default_std(r, tau):
    return abs((r * (1 - r) / (2 * tau - 1) - r**2) / 3) ** 0.5
""")
)
wrong("silent/derive", "By default the input is divided by tau. It was", "decay_input=False")(
    Cell("""
def default_std(r, tau):
    return tau * ((r * (1 - r) / (2 * tau - 1) + r**2) / 3) ** 0.5
""")
)
wrong("silent/derive", "but it should. It was tried with noise=", "tau hard-coded to 2")(
    Cell("""
def default_std(r, tau):
    return ((r * (1 - r) / 3 + r**2) / 3) ** 0.5
""")
)
wrong("silent/derive", "but it should. It was tried with noise=", "r hard-coded to 0.2")(
    Cell("""
def default_std(r, tau):
    return ((0.16 / (2 * tau - 1) + 0.04) / 3) ** 0.5
""")
)
wrong(
    "silent/derive", "Your result is too large in some trials, and too", "works only for small r"
)(
    Cell("""
def default_std(r, tau):
    return (r / (3 * (2 * tau - 1))) ** 0.5
""")
)
wrong("silent/derive", "Your function is right when its arguments are", "arguments swapped")(
    Cell("""
def default_std(tau, r):
    return abs((r * (1 - r) / (2 * tau - 1) + r**2) / 3) ** 0.5
""")
)
wrong("silent/derive", "You left out the noise, what changes in time. The", "floor division")(
    Cell("""
def default_std(r, tau):
    return ((r * (1 - r) // (2 * tau - 1) + r**2) / 3) ** 0.5
""")
)
wrong("silent/derive", "Your code prints, but it returns", "prints, returns nothing")(
    Cell("""
def default_std(r, tau):
    print(((r * (1 - r) / (2 * tau - 1) + r**2) / 3) ** 0.5)
""")
)
wrong(
    "silent/derive",
    "Look at your answer: it is a list of numbers that",
    "returns noise and spread apart",
)(
    Cell("""
def default_std(r, tau):
    return (r * (1 - r) / (2 * tau - 1) / 3) ** 0.5, r / 3**0.5
""")
)
wrong("silent/derive", "which is not a number; wanted is a number", "nan")(
    Cell("""
def default_std(r, tau):
    return float("nan")
""")
)
wrong("silent/derive", "You handed in the function's result; hand in the", "a number, no function")(
    Cell("""
default_std = ((0.2 * 0.8 / 3 + 0.2**2) / 3) ** 0.5
""")
)
wrong("silent/derive", "in every trial. Is a factor missing", "a third argument n, not cancelled")(
    Cell("""
def default_std(r, tau, n=100):
    return ((r * (1 - r) / (2 * tau - 1) + r**2) / (3 * n)) ** 0.5
""")
)
# ------------------------------------------------------------------------------------------ build

right("silent/build", "plain torch")(
    Cell("""
def shares(h_seq, v_threshold, width):
    spikes = h_seq >= v_threshold
    silent = ~spikes.flatten(0, 1).any(dim=0)
    near = (h_seq - v_threshold).abs() < width
    return [spikes.float().mean().item(), silent.float().mean().item(), near.float().mean().item()]
""")
)
right("silent/build", "largest potential of a neuron")(
    Cell("""
def shares(h_seq, v_threshold, width):
    x = h_seq.detach() - v_threshold
    top = x.amax(dim=(0, 1))
    return [
        float((x >= 0).sum()) / x.numel(),
        float((top < 0).sum()) / top.numel(),
        float((x.abs() < width).sum()) / x.numel(),
    ]
""")
)
right("silent/build", "numpy")(
    Cell("""
import numpy as np


def shares(h_seq, v_threshold, width):
    x = h_seq.detach().cpu().numpy() - v_threshold
    fired = (x >= 0).sum(axis=(0, 1))
    return [float(np.mean(x >= 0)), float(np.mean(fired == 0)), float(np.mean(np.abs(x) < width))]
""")
)
right("silent/build", "loops over lists")(
    Cell("""
def shares(h_seq, v_threshold, width):
    total = spikes = near = 0
    fires = [False] * h_seq.shape[-1]
    for step in h_seq.tolist():
        for sample in step:
            for i, h in enumerate(sample):
                total += 1
                near += abs(h - v_threshold) < width
                if h - v_threshold >= 0:
                    spikes += 1
                    fires[i] = True
    return [spikes / total, fires.count(False) / len(fires), near / total]
""")
)
right("silent/build", "heaviside with 1 at 0")(
    Cell("""
import torch


def shares(h_seq, v_threshold, width):
    x = h_seq - v_threshold
    s = torch.heaviside(x, torch.ones_like(x))
    never = (s.sum(0).sum(0) == 0).double()
    return [float(s.mean()), float(never.mean()), float((x.abs() < width).double().mean())]
""")
)
right("silent/build", "two-sided comparison (differs at most by rounding at the edge)")(
    Cell("""
def shares(h_seq, v_threshold, width):
    s = (h_seq >= v_threshold).float()
    near = (h_seq > v_threshold - width) & (h_seq < v_threshold + width)
    return [s.mean().item(), 1 - s.amax((0, 1)).mean().item(), near.float().mean().item()]
""")
)
right("silent/build", "list of zero-dimensional tensors")(
    Cell("""
def shares(h_seq, v_threshold, width):
    x = h_seq - v_threshold
    s = (x >= 0).float()
    return [s.mean(), (s.sum((0, 1)) == 0).float().mean(), (x.abs() < width).float().mean()]
""")
)
wrong(
    "silent/build",
    "Look at your answer: the number at place",
    ">= in the rate, but a neuron at the threshold called silent",
)(
    Cell("""
def shares(h_seq, v_threshold, width):
    x = h_seq - v_threshold
    return [
        (x >= 0).float().mean().item(),
        (x.amax((0, 1)) <= 0).float().mean().item(),
        (x.abs() < width).float().mean().item(),
    ]
""")
)
wrong("silent/build", "A potential at the very end of the support is not", "<= in the support")(
    Cell("""
def shares(h_seq, v_threshold, width):
    s = (h_seq >= v_threshold).float()
    near = (h_seq - v_threshold).abs() <= width
    return [s.mean().item(), (s.sum((0, 1)) == 0).float().mean().item(), near.float().mean().item()]
""")
)
wrong(
    "silent/build",
    "You count a neuron once for each sample. It never",
    "silent per sample, over the steps only",
)(
    Cell("""
def shares(h_seq, v_threshold, width):
    s = h_seq >= v_threshold
    near = (h_seq - v_threshold).abs() < width
    return [
        s.float().mean().item(),
        (~s.any(0)).float().mean().item(),
        near.float().mean().item(),
    ]
""")
)
wrong(
    "silent/build",
    "Look at your answer: the number at place",
    "silent per step, over the samples only",
)(
    Cell("""
def shares(h_seq, v_threshold, width):
    s = h_seq >= v_threshold
    near = (h_seq - v_threshold).abs() < width
    return [
        s.float().mean().item(),
        (~s.any(1)).float().mean().item(),
        near.float().mean().item(),
    ]
""")
)
wrong(
    "silent/build",
    "Look at your answer: the number at place",
    "silent for some sample, any for all",
)(
    Cell("""
def shares(h_seq, v_threshold, width):
    s = h_seq >= v_threshold
    near = (h_seq - v_threshold).abs() < width
    return [
        s.float().mean().item(),
        (~s.any(0)).any(0).float().mean().item(),
        near.float().mean().item(),
    ]
""")
)
wrong("silent/build", "Look at your answer: the number at place", "silent over the neurons' axis")(
    Cell("""
def shares(h_seq, v_threshold, width):
    s = h_seq >= v_threshold
    near = (h_seq - v_threshold).abs() < width
    return [
        s.float().mean().item(),
        (~s.any(-1)).float().mean().item(),
        near.float().mean().item(),
    ]
""")
)
wrong(
    "silent/build",
    "You give the share of neurons that fire at some",
    "the share that fires, not the silent one",
)(
    Cell("""
def shares(h_seq, v_threshold, width):
    s = h_seq >= v_threshold
    near = (h_seq - v_threshold).abs() < width
    return [
        s.float().mean().item(),
        s.any(0).any(0).float().mean().item(),
        near.float().mean().item(),
    ]
""")
)
wrong("silent/build", "Look at your answer: the number at place", "silent as 1 - rate")(
    Cell("""
def shares(h_seq, v_threshold, width):
    rate = (h_seq >= v_threshold).float().mean().item()
    near = (h_seq - v_threshold).abs() < width
    return [rate, 1 - rate, near.float().mean().item()]
""")
)
wrong("silent/build", "Look at your answer: the number at place", "silent by the mean potential")(
    Cell("""
def shares(h_seq, v_threshold, width):
    x = h_seq - v_threshold
    return [
        (x >= 0).float().mean().item(),
        (x.mean((0, 1)) < 0).float().mean().item(),
        (x.abs() < width).float().mean().item(),
    ]
""")
)
wrong(
    "silent/build", "Look at your answer: the number at place", "silent as a mean rate below 0.2"
)(
    Cell("""
def shares(h_seq, v_threshold, width):
    s = (h_seq >= v_threshold).float()
    near = (h_seq - v_threshold).abs() < width
    return [s.mean().item(), (s.mean((0, 1)) < 0.2).float().mean().item(), near.float().mean().item()]
""")
)
wrong("silent/build", "Potentials far below the threshold are not near", "support without abs")(
    Cell("""
def shares(h_seq, v_threshold, width):
    s = (h_seq >= v_threshold).float()
    near = h_seq - v_threshold < width
    return [s.mean().item(), (s.sum((0, 1)) == 0).float().mean().item(), near.float().mean().item()]
""")
)
wrong(
    "silent/build", "Look at your answer: the number at place", "support below the threshold only"
)(
    Cell("""
def shares(h_seq, v_threshold, width):
    s = (h_seq >= v_threshold).float()
    near = (h_seq < v_threshold) & (h_seq > v_threshold - width)
    return [s.mean().item(), (s.sum((0, 1)) == 0).float().mean().item(), near.float().mean().item()]
""")
)
wrong("silent/build", "Wanted is that from the threshold. It was tried", "support around 0")(
    Cell("""
def shares(h_seq, v_threshold, width):
    s = (h_seq >= v_threshold).float()
    near = h_seq.abs() < width
    return [s.mean().item(), (s.sum((0, 1)) == 0).float().mean().item(), near.float().mean().item()]
""")
)
wrong(
    "silent/build", "You halve the width. It reaches that far to each", "half width halved again"
)(
    Cell("""
def shares(h_seq, v_threshold, width):
    s = (h_seq >= v_threshold).float()
    near = (h_seq - v_threshold).abs() < width / 2
    return [s.mean().item(), (s.sum((0, 1)) == 0).float().mean().item(), near.float().mean().item()]
""")
)
wrong("silent/build", "Look at your answer: the number at place", "outside the support")(
    Cell("""
def shares(h_seq, v_threshold, width):
    s = (h_seq >= v_threshold).float()
    far = (h_seq - v_threshold).abs() >= width
    return [s.mean().item(), (s.sum((0, 1)) == 0).float().mean().item(), far.float().mean().item()]
""")
)
wrong("silent/build", "Look at your answer: the number at place", "threshold hard-coded to 1")(
    Cell("""
def shares(h_seq, v_threshold, width):
    x = h_seq - 1.0
    s = (x >= 0).float()
    return [
        s.mean().item(),
        (s.sum((0, 1)) == 0).float().mean().item(),
        (x.abs() < width).float().mean().item(),
    ]
""")
)
wrong("silent/build", "Look at your answer: the number at place", "width hard-coded to 1")(
    Cell("""
def shares(h_seq, v_threshold, width):
    x = h_seq - v_threshold
    s = (x >= 0).float()
    return [
        s.mean().item(),
        (s.sum((0, 1)) == 0).float().mean().item(),
        (x.abs() < 1.0).float().mean().item(),
    ]
""")
)
wrong("silent/build", "in place: for the caller it is another one", "mutates h_seq")(
    Cell("""
def shares(h_seq, v_threshold, width):
    x = h_seq.detach().sub_(v_threshold)
    s = (x >= 0).float()
    return [
        s.mean().item(),
        (s.sum((0, 1)) == 0).float().mean().item(),
        (x.abs() < width).float().mean().item(),
    ]
""")
)
wrong(
    "silent/build", "Look at your answer: the numbers are right, but", "order: rate, near, silent"
)(
    Cell("""
def shares(h_seq, v_threshold, width):
    x = h_seq - v_threshold
    s = (x >= 0).float()
    return [
        s.mean().item(),
        (x.abs() < width).float().mean().item(),
        (s.sum((0, 1)) == 0).float().mean().item(),
    ]
""")
)
wrong("silent/build", "Look at your answer: its numbers are too large.", "counts for shares")(
    Cell("""
def shares(h_seq, v_threshold, width):
    x = h_seq - v_threshold
    s = x >= 0
    return [s.sum().item(), (s.sum((0, 1)) == 0).sum().item(), (x.abs() < width).sum().item()]
""")
)
wrong("silent/build", "Look at your answer: its numbers are too large.", "per cent")(
    Cell("""
def shares(h_seq, v_threshold, width):
    x = h_seq - v_threshold
    s = (x >= 0).float()
    return [
        100 * s.mean().item(),
        100 * (s.sum((0, 1)) == 0).float().mean().item(),
        100 * (x.abs() < width).float().mean().item(),
    ]
""")
)
wrong(
    "silent/build",
    "Look at your answer: the number at place",
    "silent count divided by all the potentials",
)(
    Cell("""
def shares(h_seq, v_threshold, width):
    x = h_seq - v_threshold
    s = x >= 0
    n = x.numel()
    silent = (s.sum((0, 1)) == 0).sum().item()
    return [s.sum().item() / n, silent / n, (x.abs() < width).sum().item() / n]
""")
)
wrong(
    "silent/build", "Look at your answer: the number at place", "works only for one sample, N = 1"
)(
    Cell("""
def shares(h_seq, v_threshold, width):
    x = h_seq[:, 0] - v_threshold
    s = (x >= 0).float()
    return [
        s.mean().item(),
        (s.sum(0) == 0).float().mean().item(),
        (x.abs() < width).float().mean().item(),
    ]
""")
)
wrong("silent/build", "Look at your answer: the number at place", "the last step only")(
    Cell("""
def shares(h_seq, v_threshold, width):
    x = h_seq[-1] - v_threshold
    s = (x >= 0).float()
    return [
        s.mean().item(),
        (s.sum(0) == 0).float().mean().item(),
        (x.abs() < width).float().mean().item(),
    ]
""")
)
wrong(
    "silent/build",
    "and that is not the right one. It was tried with",
    "shares per neuron, wrong shape",
)(
    Cell("""
def shares(h_seq, v_threshold, width):
    x = h_seq - v_threshold
    s = (x >= 0).float()
    return [s.mean((0, 1)), (s.sum((0, 1)) == 0).float(), (x.abs() < width).float().mean((0, 1))]
""")
)
wrong("silent/build", "are wanted. It was tried with width=", "two shares")(
    Cell("""
def shares(h_seq, v_threshold, width):
    x = h_seq - v_threshold
    return [(x >= 0).float().mean().item(), (x.abs() < width).float().mean().item()]
""")
)
wrong(
    "silent/build",
    "could not infer output dtype. Input dtype must be",
    "the mean of a bool tensor, raises",
)(
    Cell("""
def shares(h_seq, v_threshold, width):
    s = h_seq >= v_threshold
    near = (h_seq - v_threshold).abs() < width
    return [s.mean(), (~s.any(0).any(0)).mean(), near.mean()]
""")
)
wrong("silent/build", "Look at your answer: it is not right. It was", "nan in the third")(
    Cell("""
def shares(h_seq, v_threshold, width):
    s = (h_seq >= v_threshold).float()
    return [s.mean().item(), (s.sum((0, 1)) == 0).float().mean().item(), float("nan")]
""")
)
# ----------------------------------------------------------------------------------------- choose

right("silent/choose", "a loop")(
    Cell("""
def treat(rows):
    for i, (rate, near) in enumerate(rows):
        if rate < 0.01:
            return i, 1
        elif rate > 0.8:
            return i, 2
        elif near < 0.01:
            return i, 3
    return -1, 0
""")
)
right("silent/choose", "next of a generator")(
    Cell("""
def treat(rows):
    cure = lambda rate, near: 1 if rate < 0.01 else 2 if rate > 0.8 else 3 if near < 0.01 else 0
    return next(((i, cure(*row)) for i, row in enumerate(rows) if cure(*row)), (-1, 0))
""")
)
right("silent/choose", "recursion")(
    Cell("""
def treat(rows, number=0):
    if not rows:
        return (-1, 0)
    (rate, near), rest = rows[0], rows[1:]
    tests = [rate < 0.01, rate > 0.8, near < 0.01]
    if any(tests):
        return (number, tests.index(True) + 1)
    return treat(rest, number + 1)
""")
)
right("silent/choose", "backwards, the first overwrites")(
    Cell("""
def treat(rows):
    answer = (-1, 0)
    for i in reversed(range(len(rows))):
        rate, near = rows[i]
        if near < 0.01:
            cure = 3
        else:
            cure = 0
        if rate > 0.8:
            cure = 2
        if rate < 0.01:
            cure = 1
        if cure:
            answer = (i, cure)
    return answer
""")
)
right("silent/choose", "min of all sick pairs")(
    Cell("""
def treat(rows):
    sick = [(i, 1) for i, (r, _) in enumerate(rows) if r < 0.01]
    sick += [(i, 2) for i, (r, _) in enumerate(rows) if r > 0.8]
    sick += [(i, 3) for i, (_, n) in enumerate(rows) if n < 0.01]
    return min(sick, default=(-1, 0))
""")
)
right("silent/choose", "rows.index finds the first of equal rows")(
    Cell("""
def treat(rows):
    for row in rows:
        rate, near = row
        if rate < 0.01:
            return rows.index(row), 1
        if rate > 0.8:
            return rows.index(row), 2
        if near < 0.01:
            return rows.index(row), 3
    return -1, 0
""")
)
wrong("silent/choose", "still counts as healthy: compare with", "<= 0.01 for the rate")(
    Cell("""
def treat(rows):
    for i, (rate, near) in enumerate(rows):
        if rate <= 0.01:
            return i, 1
        if rate > 0.8:
            return i, 2
        if near < 0.01:
            return i, 3
    return -1, 0
""")
)
wrong("silent/choose", "Look at your answer: its numbers are too small.", ">= 0.8")(
    Cell("""
def treat(rows):
    for i, (rate, near) in enumerate(rows):
        if rate < 0.01:
            return i, 1
        if rate >= 0.8:
            return i, 2
        if near < 0.01:
            return i, 3
    return -1, 0
""")
)
wrong("silent/choose", "Look at your answer: the number at place", "<= 0.01 for near")(
    Cell("""
def treat(rows):
    for i, (rate, near) in enumerate(rows):
        if rate < 0.01:
            return i, 1
        if rate > 0.8:
            return i, 2
        if near <= 0.01:
            return i, 3
    return -1, 0
""")
)
wrong("silent/choose", "Count the layers from", "counted from 1")(
    Cell("""
def treat(rows):
    for i, (rate, near) in enumerate(rows, 1):
        if rate < 0.01:
            return i, 1
        if rate > 0.8:
            return i, 2
        if near < 0.01:
            return i, 3
    return -1, 0
""")
)
wrong("silent/choose", "You name the last sick layer. Those behind the", "the last sick layer")(
    Cell("""
def treat(rows):
    answer = (-1, 0)
    for i, (rate, near) in enumerate(rows):
        if rate < 0.01:
            answer = (i, 1)
        elif rate > 0.8:
            answer = (i, 2)
        elif near < 0.01:
            answer = (i, 3)
    return answer
""")
)
wrong(
    "silent/choose",
    "Look at your answer: the number at place",
    "cure 1 anywhere before cure 2 anywhere",
)(
    Cell("""
def treat(rows):
    for i, (rate, near) in enumerate(rows):
        if rate < 0.01:
            return i, 1
    for i, (rate, near) in enumerate(rows):
        if rate > 0.8:
            return i, 2
    for i, (rate, near) in enumerate(rows):
        if near < 0.01:
            return i, 3
    return -1, 0
""")
)
wrong("silent/choose", "In a layer that is silent or saturated hardly any", "near asked first")(
    Cell("""
def treat(rows):
    for i, (rate, near) in enumerate(rows):
        if near < 0.01:
            return i, 3
        if rate < 0.01:
            return i, 1
        if rate > 0.8:
            return i, 2
    return -1, 0
""")
)
wrong(
    "silent/choose",
    "Look at your answer: the number at place",
    "near asked before too high a rate only",
)(
    Cell("""
def treat(rows):
    for i, (rate, near) in enumerate(rows):
        if rate < 0.01:
            return i, 1
        if near < 0.01:
            return i, 3
        if rate > 0.8:
            return i, 2
    return -1, 0
""")
)
wrong("silent/choose", "In a layer that is silent or saturated hardly any", "later ifs overwrite")(
    Cell("""
def treat(rows):
    for i, (rate, near) in enumerate(rows):
        cure = 0
        if rate < 0.01:
            cure = 1
        if rate > 0.8:
            cure = 2
        if near < 0.01:
            cure = 3
        if cure:
            return i, cure
    return -1, 0
""")
)
wrong("silent/choose", "The number of the layer comes first, then that of", "pair swapped")(
    Cell("""
def treat(rows):
    for i, (rate, near) in enumerate(rows):
        if rate < 0.01:
            return 1, i
        if rate > 0.8:
            return 2, i
        if near < 0.01:
            return 3, i
    return 0, -1
""")
)
wrong("silent/choose", "Look at your answer: the number at place", "cures 1 and 2 swapped")(
    Cell("""
def treat(rows):
    for i, (rate, near) in enumerate(rows):
        if rate < 0.01:
            return i, 2
        if rate > 0.8:
            return i, 1
        if near < 0.01:
            return i, 3
    return -1, 0
""")
)
wrong("silent/choose", "Look at your answer: the number at place", "rate and near swapped")(
    Cell("""
def treat(rows):
    for i, (near, rate) in enumerate(rows):
        if rate < 0.01:
            return i, 1
        if rate > 0.8:
            return i, 2
        if near < 0.01:
            return i, 3
    return -1, 0
""")
)
wrong("silent/choose", "You look at the rates alone. In your healthy nets", "near forgotten")(
    Cell("""
def treat(rows):
    for i, (rate, near) in enumerate(rows):
        if rate < 0.01:
            return i, 1
        if rate > 0.8:
            return i, 2
    return -1, 0
""")
)
wrong(
    "silent/choose",
    "Look at your answer: its numbers are too small.",
    "only the first layer, else at the loop's first turn",
)(
    Cell("""
def treat(rows):
    for i, (rate, near) in enumerate(rows):
        if rate < 0.01:
            return i, 1
        elif rate > 0.8:
            return i, 2
        elif near < 0.01:
            return i, 3
        else:
            return -1, 0
    return -1, 0
""")
)
wrong("silent/choose", "Look at your answer: its numbers are too small.", "the readout skipped")(
    Cell("""
def treat(rows):
    for i, (rate, near) in enumerate(rows[:-1]):
        if rate < 0.01:
            return i, 1
        if rate > 0.8:
            return i, 2
        if near < 0.01:
            return i, 3
    return -1, 0
""")
)
wrong("silent/choose", "Look at your answer: the number at place", "from the readout to the input")(
    Cell("""
def treat(rows):
    for i, (rate, near) in enumerate(rows[::-1]):
        if rate < 0.01:
            return i, 1
        if rate > 0.8:
            return i, 2
        if near < 0.01:
            return i, 3
    return -1, 0
""")
)
wrong("silent/choose", "with the result. Wanted is a function of a list", "None if none is sick")(
    Cell("""
def treat(rows):
    for i, (rate, near) in enumerate(rows):
        if rate < 0.01:
            return i, 1
        if rate > 0.8:
            return i, 2
        if near < 0.01:
            return i, 3
""")
)
wrong("silent/choose", "Look at your answer: the number at place", "(0, 0) if none is sick")(
    Cell("""
def treat(rows):
    for i, (rate, near) in enumerate(rows):
        if rate < 0.01:
            return i, 1
        if rate > 0.8:
            return i, 2
        if near < 0.01:
            return i, 3
    return 0, 0
""")
)
wrong(
    "silent/choose",
    "Look at your answer: the number at place",
    "layer 0 taken for none: truth of the number",
)(
    Cell("""
def treat(rows):
    number, cure = 0, 0
    for i, (rate, near) in enumerate(rows):
        c = 1 if rate < 0.01 else 2 if rate > 0.8 else 3 if near < 0.01 else 0
        if c and not number:
            number, cure = i, c
    return (number, cure) if number else (-1, 0)
""")
)
wrong("silent/choose", "still counts as healthy: compare with", "0.1 for 0.01")(
    Cell("""
def treat(rows):
    for i, (rate, near) in enumerate(rows):
        if rate < 0.1:
            return i, 1
        if rate > 0.8:
            return i, 2
        if near < 0.1:
            return i, 3
    return -1, 0
""")
)
wrong("silent/choose", "Look at your answer: the number at place", "0.9 for 0.8")(
    Cell("""
def treat(rows):
    for i, (rate, near) in enumerate(rows):
        if rate < 0.01:
            return i, 1
        if rate > 0.9:
            return i, 2
        if near < 0.01:
            return i, 3
    return -1, 0
""")
)
wrong(
    "silent/choose",
    "in place: for the caller it is another one",
    "empties rows (mutates its input)",
)(
    Cell("""
def treat(rows):
    i = 0
    while rows:
        rate, near = rows.pop(0)
        if rate < 0.01:
            return i, 1
        if rate > 0.8:
            return i, 2
        if near < 0.01:
            return i, 3
        i += 1
    return -1, 0
""")
)
wrong("silent/choose", "and that is not the right one. Wanted is", "all sick layers")(
    Cell("""
def treat(rows):
    sick = []
    for i, (rate, near) in enumerate(rows):
        cure = 1 if rate < 0.01 else 2 if rate > 0.8 else 3 if near < 0.01 else 0
        if cure:
            sick.append((i, cure))
    return sick or (-1, 0)
""")
)
wrong(
    "silent/choose", "Look at your answer: the number at place", "the layer with the lowest rate"
)(
    Cell("""
def treat(rows):
    if not rows:
        return -1, 0
    i = min(range(len(rows)), key=lambda k: rows[k][0])
    rate, near = rows[i]
    cure = 1 if rate < 0.01 else 2 if rate > 0.8 else 3 if near < 0.01 else 0
    return (i, cure) if cure else (-1, 0)
""")
)
wrong(
    "silent/choose",
    "Look at your answer: it is not right. Wanted is",
    "the cure's name for its number",
)(
    Cell("""
def treat(rows):
    for i, (rate, near) in enumerate(rows):
        if rate < 0.01:
            return i, "larger weights"
        if rate > 0.8:
            return i, "smaller biases or weights"
        if near < 0.01:
            return i, "a wider surrogate"
    return -1, 0
""")
)
wrong("silent/choose", "Look at your answer: it is the number", "only the number")(
    Cell("""
def treat(rows):
    for i, (rate, near) in enumerate(rows):
        if rate < 0.01 or rate > 0.8 or near < 0.01:
            return i
    return -1
""")
)
wrong("silent/choose", "IndexError: list index out of range", "works for three layers only")(
    Cell("""
def treat(rows):
    for i in range(3):
        rate, near = rows[i]
        if rate < 0.01:
            return i, 1
        if rate > 0.8:
            return i, 2
        if near < 0.01:
            return i, 3
    return -1, 0
""")
)
wrong("silent/choose", "Look at your answer: the number at place", "a constant")(
    Cell("""
def treat(rows):
    return 0, 1
""")
)
# ------------------------------------------------------------------------------------------ break

right("silent/break", "reset before each run, run again with the factor")(
    Cell("""
def factors(net, x_seq, rate):
    found, s_seq = [], x_seq
    for linear, layer in zip(net[0::2], net[1::2], strict=True):
        current, factor = linear(s_seq), 50.0
        for k in range(2, 20):
            layer.reset()
            factor += 100 / 2**k * (1 if layer(factor * current).mean() < rate else -1)
        layer.reset()
        s_seq = layer(factor * current)
        found.append(factor)
    return found
""")
)
right("silent/break", "pure run (needs the name functional)")(
    Cell("""
def factors(net, x_seq, rate):
    found, s_seq = [], x_seq
    for linear, layer in zip(net[0::2], net[1::2], strict=True):
        current, factor = linear(s_seq), 50.0
        for k in range(2, 20):
            trial, _ = functional.run(layer, factor * current)
            factor += 100 / 2**k * (1 if trial.mean() < rate else -1)
        s_seq, _ = functional.run(layer, factor * current)
        found.append(factor)
    return found
""")
)
right("silent/break", "deep copies for each run")(
    Cell("""
import copy

import torch


@torch.no_grad()
def factors(net, x_seq, rate):
    def fire(layer, current):
        fresh = copy.deepcopy(layer)
        fresh.reset()
        return fresh(current)

    found, s_seq = [], x_seq
    for linear, layer in zip(net[0::2], net[1::2], strict=True):
        current = linear(s_seq)
        low, high = 0.0, 100.0
        for _ in range(18):
            middle = (low + high) / 2
            if fire(layer, middle * current).mean() < rate:
                low = middle
            else:
                high = middle
        found.append((low + high) / 2)
        s_seq = fire(layer, found[-1] * current)
    return found
""")
)
right("silent/break", "the whole net reset, also at the end (needs the name functional)")(
    Cell("""
def factors(net, x_seq, rate):
    found, s_seq = [], x_seq
    for linear, layer in zip(net[0::2], net[1::2], strict=True):
        current, factor = linear(s_seq), 50.0
        for k in range(2, 20):
            functional.reset_net(net)
            factor += 100 / 2**k * (1 if layer(factor * current).mean() < rate else -1)
        functional.reset_net(net)
        s_seq = layer(factor * current)
        functional.reset_net(net)
        found.append(factor)
    return found
""")
)
right("silent/break", "the scaled chain recomputed from x_seq for each layer")(
    Cell("""
import torch


def factors(net, x_seq, rate):
    found = []
    with torch.no_grad():
        for j in range(len(net) // 2):
            def run(candidates):
                s_seq = x_seq
                for i, f in enumerate(candidates):
                    net[2 * i + 1].reset()
                    s_seq = net[2 * i + 1](s_seq @ (f * net[2 * i].weight).t())
                return s_seq

            factor = 50.0
            for k in range(2, 20):
                step = 100 / 2**k
                factor += step if run(found + [factor]).mean() < rate else -step
            found.append(factor)
    return found
""")
)
right("silent/break", "the spikes of the last trial go on (its factor is off by 2e-4)")(
    Cell("""
def factors(net, x_seq, rate):
    found, s_seq = [], x_seq
    for linear, layer in zip(net[0::2], net[1::2], strict=True):
        current, factor = linear(s_seq), 50.0
        for k in range(2, 20):
            layer.reset()
            s_seq = layer(factor * current)
            factor += 100 / 2**k * (1 if s_seq.mean() < rate else -1)
        found.append(factor)
    return found
""")
)
right("silent/break", "weights multiplied for the search and put back")(
    Cell("""
import torch


@torch.no_grad()
def factors(net, x_seq, rate):
    found, s_seq = [], x_seq
    for linear, layer in zip(net[0::2], net[1::2], strict=True):
        before, factor = linear.weight.clone(), 50.0
        for k in range(2, 20):
            linear.weight.copy_(factor * before)
            layer.reset()
            factor += 100 / 2**k * (1 if layer(linear(s_seq)).mean() < rate else -1)
        linear.weight.copy_(factor * before)
        layer.reset()
        s_seq = layer(linear(s_seq))
        linear.weight.copy_(before)
        found.append(factor)
    return found
""")
)
wrong("silent/break", "Both faults are still there: a layer begins with", "unchanged")(
    Cell("""
def factors(net, x_seq, rate):
    found, s_seq = [], x_seq
    for linear, layer in zip(net[0::2], net[1::2], strict=True):
        current, factor = linear(s_seq), 50.0
        s_seq = layer(current)
        for k in range(2, 20):
            factor += 100 / 2**k * (1 if layer(factor * current).mean() < rate else -1)
        found.append(factor)
    return found
""")
)
wrong(
    "silent/break",
    "You pass on the spikes that a layer has without",
    "reset repaired, the next layer still sees unscaled spikes",
)(
    Cell("""
def factors(net, x_seq, rate):
    found, s_seq = [], x_seq
    for linear, layer in zip(net[0::2], net[1::2], strict=True):
        current, factor = linear(s_seq), 50.0
        layer.reset()
        s_seq = layer(current)
        for k in range(2, 20):
            layer.reset()
            factor += 100 / 2**k * (1 if layer(factor * current).mean() < rate else -1)
        found.append(factor)
    return found
""")
)
wrong(
    "silent/break", "Each call of a layer begins with the potentials", "spikes repaired, no reset"
)(
    Cell("""
def factors(net, x_seq, rate):
    found, s_seq = [], x_seq
    for linear, layer in zip(net[0::2], net[1::2], strict=True):
        current, factor = linear(s_seq), 50.0
        for k in range(2, 20):
            factor += 100 / 2**k * (1 if layer(factor * current).mean() < rate else -1)
        s_seq = layer(factor * current)
        found.append(factor)
    return found
""")
)
wrong(
    "silent/break",
    "Look at your answer: its numbers are too small.",
    "one reset for each layer, before its search",
)(
    Cell("""
def factors(net, x_seq, rate):
    found, s_seq = [], x_seq
    for linear, layer in zip(net[0::2], net[1::2], strict=True):
        current, factor = linear(s_seq), 50.0
        layer.reset()
        for k in range(2, 20):
            factor += 100 / 2**k * (1 if layer(factor * current).mean() < rate else -1)
        layer.reset()
        s_seq = layer(factor * current)
        found.append(factor)
    return found
""")
)
wrong(
    "silent/break",
    "Each call of a layer begins with the potentials",
    "one reset of the net, at the start (needs the name functional)",
)(
    Cell("""
def factors(net, x_seq, rate):
    functional.reset_net(net)
    found, s_seq = [], x_seq
    for linear, layer in zip(net[0::2], net[1::2], strict=True):
        current, factor = linear(s_seq), 50.0
        for k in range(2, 20):
            factor += 100 / 2**k * (1 if layer(factor * current).mean() < rate else -1)
        s_seq = layer(factor * current)
        found.append(factor)
    return found
""")
)
wrong(
    "silent/break",
    "Look at your answer: the number at place",
    "the next layer sees the spikes of the factor 50",
)(
    Cell("""
def factors(net, x_seq, rate):
    found, s_seq = [], x_seq
    for linear, layer in zip(net[0::2], net[1::2], strict=True):
        current, factor = linear(s_seq), 50.0
        layer.reset()
        s_seq = layer(factor * current)
        for k in range(2, 20):
            layer.reset()
            factor += 100 / 2**k * (1 if layer(factor * current).mean() < rate else -1)
        found.append(factor)
    return found
""")
)
wrong(
    "silent/break", "Look at your answer: the number at place", "spikes multiplied by the factor"
)(
    Cell("""
def factors(net, x_seq, rate):
    found, s_seq = [], x_seq
    for linear, layer in zip(net[0::2], net[1::2], strict=True):
        current, factor = linear(s_seq), 50.0
        for k in range(2, 20):
            layer.reset()
            factor += 100 / 2**k * (1 if layer(factor * current).mean() < rate else -1)
        layer.reset()
        s_seq = factor * layer(current)
        found.append(factor)
    return found
""")
)
wrong(
    "silent/break",
    "Look at your answer: the number at place",
    "the current goes on, not the spikes",
)(
    Cell("""
def factors(net, x_seq, rate):
    found, s_seq = [], x_seq
    for linear, layer in zip(net[0::2], net[1::2], strict=True):
        current, factor = linear(s_seq), 50.0
        for k in range(2, 20):
            layer.reset()
            factor += 100 / 2**k * (1 if layer(factor * current).mean() < rate else -1)
        s_seq = factor * current
        found.append(factor)
    return found
""")
)
wrong(
    "silent/break", "Your search runs away from the rate: where a", "search in the wrong direction"
)(
    Cell("""
def factors(net, x_seq, rate):
    found, s_seq = [], x_seq
    for linear, layer in zip(net[0::2], net[1::2], strict=True):
        current, factor = linear(s_seq), 50.0
        for k in range(2, 20):
            layer.reset()
            factor += 100 / 2**k * (1 if layer(factor * current).mean() > rate else -1)
        layer.reset()
        s_seq = layer(factor * current)
        found.append(factor)
    return found
""")
)
wrong(
    "silent/break", "Look at your answer: its numbers are too large.", "search cut to four steps"
)(
    Cell("""
def factors(net, x_seq, rate):
    found, s_seq = [], x_seq
    for linear, layer in zip(net[0::2], net[1::2], strict=True):
        current, factor = linear(s_seq), 50.0
        for k in range(2, 6):
            layer.reset()
            factor += 100 / 2**k * (1 if layer(factor * current).mean() < rate else -1)
        layer.reset()
        s_seq = layer(factor * current)
        found.append(factor)
    return found
""")
)
wrong(
    "silent/break",
    "Your search runs away from the rate: where a",
    "the step of 25 left out: reaches 25 to 75 only",
)(
    Cell("""
def factors(net, x_seq, rate):
    found, s_seq = [], x_seq
    for linear, layer in zip(net[0::2], net[1::2], strict=True):
        current, factor = linear(s_seq), 50.0
        for k in range(3, 20):
            layer.reset()
            factor += 100 / 2**k * (1 if layer(factor * current).mean() < rate else -1)
        layer.reset()
        s_seq = layer(factor * current)
        found.append(factor)
    return found
""")
)
wrong(
    "silent/break",
    "in place: for the caller it is another one",
    "weights of the net multiplied in place",
)(
    Cell("""
import torch


@torch.no_grad()
def factors(net, x_seq, rate):
    found, s_seq = [], x_seq
    for linear, layer in zip(net[0::2], net[1::2], strict=True):
        current, factor = linear(s_seq), 50.0
        for k in range(2, 20):
            layer.reset()
            factor += 100 / 2**k * (1 if layer(factor * current).mean() < rate else -1)
        linear.weight.mul_(factor)
        layer.reset()
        s_seq = layer(linear(s_seq))
        found.append(factor)
    return found
""")
)
wrong(
    "silent/break",
    "Look at your answer: its numbers are too small.",
    "current scaled in place, factors pile up",
)(
    Cell("""
import torch


@torch.no_grad()
def factors(net, x_seq, rate):
    found, s_seq = [], x_seq
    for linear, layer in zip(net[0::2], net[1::2], strict=True):
        current, factor = linear(s_seq), 50.0
        for k in range(2, 20):
            layer.reset()
            factor += 100 / 2**k * (1 if layer(current.mul_(factor)).mean() < rate else -1)
        layer.reset()
        s_seq = layer(current)
        found.append(factor)
    return found
""")
)
wrong(
    "silent/break", "Look at your answer: the number at place", "factors multiplied along the chain"
)(
    Cell("""
def factors(net, x_seq, rate):
    found, s_seq, product = [], x_seq, 1.0
    for linear, layer in zip(net[0::2], net[1::2], strict=True):
        current, factor = linear(s_seq), 50.0
        for k in range(2, 20):
            layer.reset()
            factor += 100 / 2**k * (1 if layer(factor * current).mean() < rate else -1)
        layer.reset()
        s_seq = layer(factor * current)
        product *= factor
        found.append(product)
    return found
""")
)
wrong("silent/break", "Look at your answer: its numbers are too small.", "rate hard-coded to 0.1")(
    Cell("""
def factors(net, x_seq, rate=0.1):
    rate = 0.1
    found, s_seq = [], x_seq
    for linear, layer in zip(net[0::2], net[1::2], strict=True):
        current, factor = linear(s_seq), 50.0
        for k in range(2, 20):
            layer.reset()
            factor += 100 / 2**k * (1 if layer(factor * current).mean() < rate else -1)
        layer.reset()
        s_seq = layer(factor * current)
        found.append(factor)
    return found
""")
)
wrong("silent/break", "one for each Linear layer", "returns in the loop, one factor")(
    Cell("""
def factors(net, x_seq, rate):
    found, s_seq = [], x_seq
    for linear, layer in zip(net[0::2], net[1::2], strict=True):
        current, factor = linear(s_seq), 50.0
        for k in range(2, 20):
            layer.reset()
            factor += 100 / 2**k * (1 if layer(factor * current).mean() < rate else -1)
        layer.reset()
        s_seq = layer(factor * current)
        found.append(factor)
        return found
""")
)
wrong("silent/break", "one for each Linear layer", "the readout left out")(
    Cell("""
def factors(net, x_seq, rate):
    found, s_seq = [], x_seq
    for linear, layer in list(zip(net[0::2], net[1::2], strict=True))[:-1]:
        current, factor = linear(s_seq), 50.0
        for k in range(2, 20):
            layer.reset()
            factor += 100 / 2**k * (1 if layer(factor * current).mean() < rate else -1)
        layer.reset()
        s_seq = layer(factor * current)
        found.append(factor)
    return found
""")
)
wrong(
    "silent/break", "one for each Linear layer", "two layers hard-coded, the first two of any net"
)(
    Cell("""
def factors(net, x_seq, rate):
    found, s_seq = [], x_seq
    for i in (0, 2):
        linear, layer = net[i], net[i + 1]
        current, factor = linear(s_seq), 50.0
        for k in range(2, 20):
            layer.reset()
            factor += 100 / 2**k * (1 if layer(factor * current).mean() < rate else -1)
        layer.reset()
        s_seq = layer(factor * current)
        found.append(factor)
    return found
""")
)
wrong(
    "silent/break",
    "You measure each layer on the network's input. It",
    "each layer fed with x_seq (fails, or wrong where the sizes fit)",
)(
    Cell("""
def factors(net, x_seq, rate):
    found = []
    for linear, layer in zip(net[0::2], net[1::2], strict=True):
        current, factor = linear(x_seq), 50.0
        for k in range(2, 20):
            layer.reset()
            factor += 100 / 2**k * (1 if layer(factor * current).mean() < rate else -1)
        found.append(factor)
    return found
""")
)
wrong(
    "silent/break",
    "You pass on the spikes that a layer has without",
    "parallel fit: unscaled net's spikes feed every layer",
)(
    Cell("""
def factors(net, x_seq, rate):
    inputs, s_seq = [], x_seq
    for module in net:
        inputs.append(s_seq)
        if hasattr(module, "reset"):
            module.reset()
        s_seq = module(s_seq)
    found = []
    for s, linear, layer in zip(inputs[0::2], net[0::2], net[1::2], strict=True):
        current, factor = linear(s), 50.0
        for k in range(2, 20):
            layer.reset()
            factor += 100 / 2**k * (1 if layer(factor * current).mean() < rate else -1)
        found.append(factor)
    return found
""")
)
wrong("silent/break", "Look at your answer: its numbers are too small.", "rates for factors")(
    Cell("""
def factors(net, x_seq, rate):
    found, s_seq = [], x_seq
    for linear, layer in zip(net[0::2], net[1::2], strict=True):
        current, factor = linear(s_seq), 50.0
        for k in range(2, 20):
            layer.reset()
            factor += 100 / 2**k * (1 if layer(factor * current).mean() < rate else -1)
        layer.reset()
        s_seq = layer(factor * current)
        found.append(s_seq.mean().item())
    return found
""")
)
wrong("silent/break", "which is not a number; wanted is a number. Wanted", "nan")(
    Cell("""
def factors(net, x_seq, rate):
    return [float("nan")] * (len(net) // 2)
""")
)
wrong("silent/break", "with the result. Wanted is a function of net,", "returns nothing")(
    Cell("""
def factors(net, x_seq, rate):
    found, s_seq = [], x_seq
    for linear, layer in zip(net[0::2], net[1::2], strict=True):
        current, factor = linear(s_seq), 50.0
        for k in range(2, 20):
            layer.reset()
            factor += 100 / 2**k * (1 if layer(factor * current).mean() < rate else -1)
        layer.reset()
        s_seq = layer(factor * current)
        found.append(factor)
""")
)
