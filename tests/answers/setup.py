"""Answers to the warm-ups of the page Set-up."""

from fractions import Fraction

import numpy as np
import torch

from . import right, wrong

THIRD, AGAIN = "setup/one-third", "setup/run-it-again"

for value in (0.4, 0.34, 0.49, 1 / 3, Fraction(2, 5), np.float32(0.4), torch.tensor([0.4])):
    right(THIRD)(value)

for value in (0.5, 0.7):
    wrong(THIRD, "too large")(value)
for value in (0.33, 0.3, 0.26, 0.1):
    wrong(THIRD, "too small")(value)
for value in (1.0, 3):
    wrong(THIRD, "every step")(value)
wrong(THIRD, "never")(0)
wrong(THIRD, "negative")(-0.4)
wrong(THIRD, "not a number")(float("nan"))
wrong(THIRD, "not finite")(float("inf"))
wrong(THIRD, "text")("0.4")
wrong(THIRD, "list")([0.4, 0.4, 0.4])
wrong(THIRD, "True")(True)
wrong(THIRD, "None")(None)
wrong(THIRD, "code to be called", "a function")(lambda: 0.4)
wrong(THIRD, "a tensor of the shape")(torch.tensor([0.3, 0.4]))
wrong(THIRD, "complex")(0.4 + 0j)
wrong(THIRD, "error", "a returned error")(ValueError("0.4"))

FIRST, SECOND = [0, 1, 0, 1, 0], [1, 0, 1, 0, 1]
right(AGAIN)([FIRST, SECOND])
right(AGAIN, "tuples of floats")((tuple(map(float, FIRST)), tuple(map(float, SECOND))))
right(AGAIN, "a tensor")(torch.tensor([FIRST, SECOND]))
right(AGAIN, "arrays")([np.array(FIRST), np.array(SECOND)])

wrong(AGAIN, "reset")([FIRST, FIRST])
wrong(AGAIN, "step 0|other way|exchanged")([SECOND, FIRST])
wrong(AGAIN, "each input")([[1] * 5, [1] * 5])
wrong(AGAIN, "never|no spike")([[0] * 5, [0] * 5])
wrong(AGAIN, "number|count")([2, 3])
wrong(AGAIN, "whole numbers.* wanted is a list of spikes")([[1, 3], [0, 2, 4]])
wrong(AGAIN, "potential|0 or 1")([[0.5, 0, 0.5, 0, 0.5], [0, 0.5, 0, 0.5, 0]])
wrong(AGAIN, "True")([[bool(s) for s in FIRST], [bool(s) for s in SECOND]])
wrong(AGAIN, "text")(["01010", "10101"])
wrong(AGAIN, "parts")(FIRST + SECOND)
wrong(AGAIN, "4")([FIRST[:4], SECOND[:4]])
wrong(AGAIN, "second")([FIRST, [1, 1, 0, 0, 1]])
wrong(AGAIN, "None")([FIRST, None])
