"""Answers to the warm-ups of the page Set-up."""

from fractions import Fraction

import numpy as np
import torch

from . import right, wrong

THIRD, AGAIN = "setup/one-third", "setup/run-it-again"
CHAPTER, DRAW = "setup/run-a-chapter", "setup/draw-again"

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


def printed(device="cpu", hard=2500, soft=2999):
    return {"device": device, "hard reset": hard, "soft reset": soft}


right(CHAPTER)(printed())
right(CHAPTER, "a list")(["cpu", 2500, 2999])
right(CHAPTER, "tensors")(printed(hard=torch.tensor(2500.0), soft=np.float32(2999)))

wrong(CHAPTER, "GPU.*snnbook \\(CPU\\)", "on the GPU")(printed("cuda"))
wrong(CHAPTER, "last word|one word", "the whole line")(printed("this book runs on cpu"))
wrong(CHAPTER, "last word|one word", "the kernel's name")(printed("snnbook-cpu"))
wrong(CHAPTER, "small letters|last word", "capitals")(printed("CPU"))
wrong(CHAPTER, "exact|3/10|float32")(printed(soft=3000))
wrong(CHAPTER, "exchanged")(printed(hard=2999, soft=2500))
wrong(CHAPTER, "rate.*how many|whole number: how many", "the rates")(
    printed(hard=0.25, soft=0.2999)
)
wrong(CHAPTER, "picture|20 steps", "those of the first picture")(printed(hard=5, soft=6))
wrong(CHAPTER, "hard reset.*large|both", "the same twice")(printed(hard=2999))
wrong(CHAPTER, "too small")(printed(hard=2499))
wrong(CHAPTER, "a text")(printed(hard="2500 spikes", soft="2999 spikes"))
wrong(CHAPTER, "an object of the type|wanted is a text", "a device")(printed(torch.device("cpu")))
wrong(CHAPTER, "parts", "the numbers alone")([2500, 2999])
wrong(CHAPTER, "no part device")({"hard reset": 2500, "soft reset": 2999})
wrong(CHAPTER, "value for each", "one word")("cpu")
wrong(CHAPTER, "None")(printed(soft=None))

right(DRAW)({"new, seed 7": True, "first, once more": False, "new, seed 8": False})
right(DRAW, "a list")([True, False, False])
right(DRAW, "numpy's truth")(np.array([True, False, False]))
right(DRAW, "torch's truth")(torch.tensor([True, False, False]))

wrong(DRAW, "each|every|all three", "all")([True, True, True])
wrong(DRAW, "none|chance", "none")([False, False, False])
wrong(DRAW, "goes on|moved on|where it was")([True, True, False])
wrong(DRAW, "another seed|other numbers|seed 8")([True, False, True])
wrong(DRAW, "starts|seed", "the first goes back, the new one does not")([False, True, False])
wrong(DRAW, "way round|opposite|differ", "which are different")([False, True, True])
wrong(DRAW, "seed 8|starts")([False, False, True])
wrong(DRAW, "wanted is True or False", "zeros and ones")([1, 0, 0])
wrong(DRAW, "text")(["yes", "no", "no"])
wrong(DRAW, "value for each|parts", "its name")("new, seed 7")
wrong(DRAW, "3|parts", "the name in a list")(["new, seed 7"])
wrong(DRAW, "True or False", "the numbers drawn")([torch.rand(3), torch.rand(3), torch.rand(3)])
wrong(DRAW, "None")([True, None, False])
wrong(DRAW, "no part new, seed 8")({"new, seed 7": True, "first, once more": False})
