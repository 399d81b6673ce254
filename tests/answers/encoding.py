"""Answers to the exercises of the chapter Encoding and decoding, as programs in their cells."""

from . import Cell, right, wrong

# ---------------------------------------------------------------------------------------- warm-up

right("encoding/warm-up", "plain")(
    Cell("""
spikes, step, digits = 7, 2, [1, 1, 0, 0]
""")
)
right("encoding/warm-up", "floats for integers")(
    Cell("""
spikes, step, digits = 7.0, 2.0, [1.0, 1.0, 0.0, 0.0]
""")
)
right("encoding/warm-up", "simulated in plain Python")(
    Cell("""
v = 0.0
spikes = 0
for _ in range(10):
    v += 0.75
    if v >= 1:
        spikes += 1
        v -= 1
step = round(9 * (1 - 0.75))
rest, digits = 0.75, []
for i in range(1, 5):
    bit = int(rest >= 2 ** -i)
    digits.append(bit)
    rest -= bit * 2 ** -i
""")
)
right("encoding/warm-up", "formulas, one line each")(
    Cell("""
pixel = 0.75
spikes = int(10 * pixel)
step = round((10 - 1) * (1 - pixel))
digits = [int(pixel * 2 ** (i + 1)) % 2 for i in range(4)]
""")
)
right("encoding/warm-up", "binary string turned into a list")(
    Cell("""
spikes, step, digits = 30 // 4, 2, [int(b) for b in format(12, "04b")]
""")
)
right("encoding/warm-up", "numpy scalars in the places of numbers")(
    Cell("""
import numpy as np

x = 0.75
spikes = np.floor(10 * x)
step = np.rint(9 * (1 - x)).astype(int)
digits = list((np.floor(x * 2.0 ** np.arange(1, 5)) % 2).astype(int))
""")
)
wrong(
    "encoding/warm-up",
    "Look at the number of spikes: it is the number",
    "expected number of spikes, not a whole number",
)(
    Cell("""
spikes, step, digits = 7.5, 2, [1, 1, 0, 0]
""")
)
wrong("encoding/warm-up", "Your number of spikes is rounded up. But the last", "rounded up spikes")(
    Cell("""
spikes, step, digits = 8, 2, [1, 1, 0, 0]
""")
)
wrong(
    "encoding/warm-up",
    "This is the number of spikes of a hard reset,",
    "hard reset: every second step",
)(
    Cell("""
spikes, step, digits = 5, 2, [1, 1, 0, 0]
""")
)
wrong(
    "encoding/warm-up", "Your step is one too late. The last of ten steps", "step counted from 1"
)(
    Cell("""
spikes, step, digits = 7, 3, [1, 1, 0, 0]
""")
)
wrong("encoding/warm-up", "which is not whole; wanted is a whole number: one", "step not rounded")(
    Cell("""
spikes, step, digits = 7, 9 * 0.25, [1, 1, 0, 0]
""")
)
wrong(
    "encoding/warm-up",
    "you let a large number fire late. It fires early",
    "latency the wrong way round (dark first)",
)(
    Cell("""
spikes, step, digits = 7, 7, [1, 1, 0, 0]
""")
)
wrong(
    "encoding/warm-up", "Your phase spikes come last digit first. The", "digits in reverse order"
)(
    Cell("""
spikes, step, digits = 7, 2, [0, 0, 1, 1]
""")
)
wrong(
    "encoding/warm-up",
    "before the point. The first spike is worth",
    "weights begin at 1 instead of 1/2",
)(
    Cell("""
spikes, step, digits = 7, 2, [0, 1, 1, 0]
""")
)
wrong(
    "encoding/warm-up",
    "Look at the phase spikes: it is a list of numbers",
    "weights in the places of spikes",
)(
    Cell("""
spikes, step, digits = 7, 2, [0.5, 0.25, 0, 0]
""")
)
wrong(
    "encoding/warm-up", "Three spikes of four steps are a rate of", "thermometer instead of binary"
)(
    Cell("""
spikes, step, digits = 7, 2, [1, 1, 1, 0]
""")
)
wrong("encoding/warm-up", "Look at the phase spikes: it is a text", "a string of digits")(
    Cell("""
spikes, step, digits = 7, 2, "1100"
""")
)
wrong("encoding/warm-up", "Look at the phase spikes: it is a list of texts", "a list of strings")(
    Cell("""
spikes, step, digits = 7, 2, ["1", "1", "0", "0"]
""")
)
wrong(
    "encoding/warm-up",
    "You have exchanged the number of spikes and the",
    "the first two answers swapped",
)(
    Cell("""
spikes, step, digits = 2, 7, [1, 1, 0, 0]
""")
)
wrong("encoding/warm-up", "Look at the phase spikes: it has", "only the digits that are needed")(
    Cell("""
spikes, step, digits = 7, 2, [1, 1]
""")
)
wrong("encoding/warm-up", "Look at the phase spikes: it has", "ten digits")(
    Cell("""
spikes, step, digits = 7, 2, [1, 1, 0, 0, 0, 0, 0, 0, 0, 0]
""")
)
wrong(
    "encoding/warm-up",
    "Look at the number of spikes: it is a list of",
    "the steps in which it fires",
)(
    Cell("""
spikes, step, digits = [1, 2, 3, 5, 6, 7, 9], 2, [1, 1, 0, 0]
""")
)
wrong("encoding/warm-up", "Look at the phase spikes: it is a list of", "digits nested once more")(
    Cell("""
spikes, step, digits = 7, 2, [[1, 1, 0, 0]]
""")
)
wrong(
    "encoding/warm-up", "Look at the phase spikes: it is the number", "binary number as one integer"
)(
    Cell("""
spikes, step, digits = 7, 2, 1100
""")
)
wrong("encoding/warm-up", "wanted is a whole number: how many spikes there", "numbers as strings")(
    Cell("""
spikes, step, digits = "7", "2", [1, 1, 0, 0]
""")
)
wrong("encoding/warm-up", "which is not a number; wanted is a whole number:", "nan")(
    Cell("""
spikes, step, digits = 7, float("nan"), [1, 1, 0, 0]
""")
)
wrong("encoding/warm-up", "Look at the phase spikes: it has", "empty list")(
    Cell("""
spikes, step, digits = 7, 2, []
""")
)
wrong(
    "encoding/warm-up", "Look at the number of spikes: it is the number", "rate instead of count"
)(
    Cell("""
spikes, step, digits = 0.7, 2, [1, 1, 0, 0]
""")
)
wrong("encoding/warm-up", "Look at the phase spikes: it has", "sets lose order and repeats")(
    Cell("""
spikes, step, digits = 7, 2, {1, 1, 0, 0}
""")
)
wrong("encoding/warm-up", "which is nothing; wanted is a list of spikes", "None")(
    Cell("""
spikes, step, digits = 7, 2, print([1, 1, 0, 0])
""")
)
# ----------------------------------------------------------------------------------------- derive

right("encoding/derive", "plain")(
    Cell("""
import math

def steps_for(x, error):
    return max(1, math.ceil(x * (1 - x) / error ** 2))
""")
)
right("encoding/derive", "if for 0 and 1, integer arithmetic of ceil")(
    Cell("""
def steps_for(x, error):
    if x == 0 or x == 1:
        return 1
    return int(-(-(x - x * x) // (error * error)))
""")
)
right("encoding/derive", "loop until the deviation is small enough")(
    Cell("""
def steps_for(x, error):
    T = 1
    while (x * (1 - x) / T) ** 0.5 > error:
        T += 1
    return T
""")
)
right("encoding/derive", "exact fractions from the decimals")(
    Cell("""
from fractions import Fraction
import math

def steps_for(x, error):
    p, e = Fraction(str(x)), Fraction(str(error))
    return max(1, math.ceil(p * (1 - p) / e ** 2))
""")
)
right("encoding/derive", "lambda")(
    Cell("""
import math

steps_for = lambda x, error: math.ceil(x * (1 - x) / error ** 2) or 1
""")
)
right("encoding/derive", "numpy, turned into an int")(
    Cell("""
import numpy as np

def steps_for(x, error):
    n = np.ceil((np.sqrt(x * (1 - x)) / error) ** 2)
    return int(np.maximum(n, 1))
""")
)
right("encoding/derive", "guard against rounding noise")(
    Cell("""
import math

def steps_for(x, error):
    return max(1, math.ceil(x * (1 - x) / error ** 2 - 1e-9))
""")
)
wrong("encoding/derive", "You round down. Then the error is a little too", "rounded down")(
    Cell("""
def steps_for(x, error):
    return max(1, int(x * (1 - x) / error ** 2))
""")
)
wrong(
    "encoding/derive", "Your result is right in some trials, and too small", "rounded to nearest"
)(
    Cell("""
def steps_for(x, error):
    return max(1, round(x * (1 - x) / error ** 2))
""")
)
wrong(
    "encoding/derive",
    "You take one step more than you need where the",
    "one too many where it is a whole number",
)(
    Cell("""
def steps_for(x, error):
    return int(x * (1 - x) / error ** 2) + 1
""")
)
wrong(
    "encoding/derive", "Your result is right in some trials, and too large", "one too many always"
)(
    Cell("""
import math

def steps_for(x, error):
    if x in (0, 1):
        return 1
    return math.ceil(x * (1 - x) / error ** 2) + 1
""")
)
wrong(
    "encoding/derive",
    "trials: look at the others. It was tried",
    "ceil as round(n + 0.5), fails at odd whole numbers",
)(
    Cell("""
def steps_for(x, error):
    return max(1, round(x * (1 - x) / error ** 2 + 0.5))
""")
)
wrong("encoding/derive", "Your formula is right. But a pixel of", "0 steps for a pixel of 0 or 1")(
    Cell("""
import math

def steps_for(x, error):
    return math.ceil(x * (1 - x) / error ** 2)
""")
)
wrong(
    "encoding/derive",
    "trials: look at the others. It was tried",
    "only 0 is treated, 1 gives 0",
)(
    Cell("""
import math

def steps_for(x, error):
    if x == 0:
        return 1
    return math.ceil(x * (1 - x) / error ** 2)
""")
)
wrong("encoding/derive", "Steps are whole numbers. Round: up or down", "not rounded")(
    Cell("""
def steps_for(x, error):
    return max(1, x * (1 - x) / error ** 2)
""")
)
wrong(
    "encoding/derive",
    "You divide by the error. But T stands under a",
    "error not squared (variance for deviation)",
)(
    Cell("""
import math

def steps_for(x, error):
    return max(1, math.ceil(x * (1 - x) / error))
""")
)
wrong(
    "encoding/derive",
    "and divide by the error. Square both sides before",
    "root forgotten to be squared",
)(
    Cell("""
import math

def steps_for(x, error):
    return max(1, math.ceil(math.sqrt(x * (1 - x)) / error))
""")
)
wrong(
    "encoding/derive", "Your variance is x. That of a spike that comes with", "Poisson: variance x"
)(
    Cell("""
import math

def steps_for(x, error):
    return 1 if x in (0, 1) else math.ceil(x / error ** 2)
""")
)
wrong(
    "encoding/derive",
    "You take the variance at x = 1/2, the largest one. Take",
    "worst case x = 0.5 for every x",
)(
    Cell("""
import math

def steps_for(x, error):
    return 1 if x in (0, 1) else math.ceil(0.25 / error ** 2)
""")
)
wrong(
    "encoding/derive",
    "Your result is too large in some trials, and too",
    "deviation of the count, not of the rate",
)(
    Cell("""
def steps_for(x, error):
    T = 1
    while (T + 1) * x * (1 - x) <= error ** 2 and T < 10000:
        T += 1
    return T
""")
)
wrong("encoding/derive", "Your result is right in some trials, and too large", "two deviations")(
    Cell("""
import math

def steps_for(x, error):
    return max(1, math.ceil(4 * x * (1 - x) / error ** 2))
""")
)
wrong(
    "encoding/derive",
    "You take one step more than you need where the",
    "strictly below in the loop",
)(
    Cell("""
def steps_for(x, error):
    T = 1
    while x * (1 - x) / T >= error ** 2:
        T += 1
    return T
""")
)
wrong("encoding/derive", "Your function is right when its arguments are", "arguments swapped")(
    Cell("""
import math

def steps_for(error, x):
    return max(1, math.ceil(x * (1 - x) / error ** 2))
""")
)
wrong(
    "encoding/derive",
    "Your result is right in some trials, and too large",
    "divides by T - 1 (sample deviation)",
)(
    Cell("""
def steps_for(x, error):
    if x in (0, 1):
        return 1
    T = 2
    while x * (1 - x) / (T - 1) > error ** 2:
        T += 1
    return T
""")
)
wrong("encoding/derive", "stays the same when `error` changes, but", "hard-coded error 0.05")(
    Cell("""
import math

def steps_for(x, error):
    return max(1, math.ceil(x * (1 - x) / 0.05 ** 2))
""")
)
wrong(
    "encoding/derive",
    "Your result is right in some trials, and too large",
    "steps doubled until enough",
)(
    Cell("""
def steps_for(x, error):
    T = 1
    while (x * (1 - x) / T) ** 0.5 > error:
        T *= 2
    return T
""")
)
wrong(
    "encoding/derive",
    "Your result is too small in every trial. It was",
    "answers the other question: deviation at x for `error` steps",
)(
    Cell("""
def steps_for(x, error):
    return (x * (1 - x) / error) ** 0.5
""")
)
wrong("encoding/derive", "Your code prints, but it returns", "prints")(
    Cell("""
import math

def steps_for(x, error):
    print(max(1, math.ceil(x * (1 - x) / error ** 2)))
""")
)
wrong("encoding/derive", "Look at your answer: it is a text", "a string")(
    Cell("""
import math

def steps_for(x, error):
    return str(max(1, math.ceil(x * (1 - x) / error ** 2)))
""")
)
wrong("encoding/derive", "Look at your answer: it is a list of whole", "a list of one number")(
    Cell("""
import math

def steps_for(x, error):
    return [max(1, math.ceil(x * (1 - x) / error ** 2))]
""")
)
wrong(
    "encoding/derive",
    "Your result is right in some trials, and too small",
    "^ for a power in the wrong place (1 - x squared)",
)(
    Cell("""
import math

def steps_for(x, error):
    return max(1, math.ceil(x * (1 - x) ** 2 / error ** 2))
""")
)
wrong(
    "encoding/derive",
    "The same arguments give another result each time:",
    "measured by simulation with the global random state",
)(
    Cell("""
import random

def steps_for(x, error):
    if x in (0, 1):
        return 1
    T = 1
    while True:
        rates = [sum(random.random() < x for _ in range(T)) / T for _ in range(100)]
        m = sum(rates) / 100
        if (sum((r - m) ** 2 for r in rates) / 100) ** 0.5 <= error or T > 2000:
            return T
        T += 1 + T // 20
""")
)
wrong(
    "encoding/derive",
    "You handed in the function's result; hand in the",
    "a number in place of a function",
)(
    Cell("""
steps_for = 100
""")
)
# ------------------------------------------------------------------------------------------ build

right("encoding/build", "argmax and a mask")(
    Cell("""
def from_first_spike(s_seq):
    T = s_seq.shape[0]
    first = s_seq.argmax(0).to(s_seq.dtype)
    fired = (s_seq > 0).any(0).to(s_seq.dtype)
    return (1 - first / (T - 1)) * fired
""")
)
right("encoding/build", "largest of the weighted spikes")(
    Cell("""
def from_first_spike(s_seq):
    told = torch.linspace(1, 0, len(s_seq), dtype=torch.float64).to(s_seq)
    return (s_seq * told[:, None]).amax(0)
""")
)
right("encoding/build", "two Python loops")(
    Cell("""
def from_first_spike(s_seq):
    T, N = s_seq.shape
    out = torch.zeros(N, dtype=s_seq.dtype, device=s_seq.device)
    for n in range(N):
        for t in range(T):
            if s_seq[t, n] != 0:
                out[n] = (T - 1 - t) / (T - 1)
                break
    return out
""")
)
right("encoding/build", "cumulative sum, steps since the first spike")(
    Cell("""
def from_first_spike(s_seq):
    last = s_seq.shape[0] - 1
    since = (s_seq.cumsum(0) > 0).sum(0)
    return (since - 1).clamp(min=0).to(s_seq.dtype) / last
""")
)
right("encoding/build", "numpy")(
    Cell("""
import numpy as np

def from_first_spike(s_seq):
    s = s_seq.detach().cpu().numpy() > 0
    T = len(s)
    value = np.where(s.any(axis=0), 1 - s.argmax(axis=0) / (T - 1), 0.0)
    return torch.as_tensor(value, dtype=s_seq.dtype, device=s_seq.device)
""")
)
right("encoding/build", "backwards in time, the earliest overwrites")(
    Cell("""
def from_first_spike(s_seq):
    T = s_seq.size(0)
    told = torch.zeros_like(s_seq[0])
    for t in reversed(range(T)):
        told[s_seq[t] > 0] = 1 - t / (T - 1)
    return told
""")
)
right("encoding/build", "lists and index()")(
    Cell("""
def from_first_spike(s_seq):
    T = len(s_seq)
    rows = [[v > 0 for v in row] for row in s_seq.T.tolist()]
    return s_seq.new_tensor([1 - row.index(True) / (T - 1) if True in row else 0.0 for row in rows])
""")
)
right("encoding/build", "silent neurons given the step T - 1")(
    Cell("""
def from_first_spike(s_seq):
    T = s_seq.shape[0]
    steps = torch.arange(T, device=s_seq.device).unsqueeze(1)
    first = torch.where(s_seq > 0, steps, T - 1).min(dim=0).values
    return 1 - first.to(s_seq.dtype) / (T - 1)
""")
)
right("encoding/build", "lambda")(
    Cell("""
from_first_spike = lambda s: (s * (1 - torch.arange(len(s), dtype=s.dtype, device=s.device) / (len(s) - 1)).view(-1, 1)).max(0)[0]
""")
)
wrong(
    "encoding/build", "Your function takes a neuron that never fires for", "silent neurons tell 1"
)(
    Cell("""
def from_first_spike(s_seq):
    T = s_seq.shape[0]
    return 1 - s_seq.argmax(0).to(s_seq.dtype) / (T - 1)
""")
)
wrong("encoding/build", "steps. Look at the numbers: wanted is", "divides by T")(
    Cell("""
def from_first_spike(s_seq):
    T = s_seq.shape[0]
    first = s_seq.argmax(0).to(s_seq.dtype)
    return (1 - first / T) * s_seq.amax(0)
""")
)
wrong("encoding/build", "is too small. Look at the numbers: wanted is", "the wrong way round")(
    Cell("""
def from_first_spike(s_seq):
    T = s_seq.shape[0]
    return s_seq.argmax(0).to(s_seq.dtype) / (T - 1) * s_seq.amax(0)
""")
)
wrong(
    "encoding/build",
    "You add up what all spikes are worth. After the",
    "sum of the weighted spikes (all spikes count)",
)(
    Cell("""
def from_first_spike(s_seq):
    T = s_seq.shape[0]
    w = torch.linspace(1, 0, T, dtype=s_seq.dtype, device=s_seq.device)
    return w @ s_seq
""")
)
wrong("encoding/build", "You read the last spike of each neuron, and", "the last spike")(
    Cell("""
def from_first_spike(s_seq):
    T = s_seq.shape[0]
    last = T - 1 - s_seq.flip(0).argmax(0)
    return (1 - last.to(s_seq.dtype) / (T - 1)) * s_seq.amax(0)
""")
)
wrong("encoding/build", "is too small. Look at the numbers: wanted is", "mean of the spike times")(
    Cell("""
def from_first_spike(s_seq):
    T = s_seq.shape[0]
    t = torch.arange(T, dtype=s_seq.dtype, device=s_seq.device)[:, None]
    mean = (s_seq * t).sum(0) / s_seq.sum(0).clamp(min=1)
    return (1 - mean / (T - 1)) * s_seq.amax(0)
""")
)
wrong("encoding/build", "Look at your answer: its dtype is torch.float", "always float32")(
    Cell("""
def from_first_spike(s_seq):
    T = s_seq.shape[0]
    first = s_seq.argmax(0).float()
    return (1 - first / (T - 1)) * s_seq.any(0).float()
""")
)
wrong(
    "encoding/build",
    "is too small. Look at the numbers: wanted is",
    "mask by `first > 0` silences those that fire in step 0",
)(
    Cell("""
def from_first_spike(s_seq):
    T = s_seq.shape[0]
    first = s_seq.argmax(0)
    return (1 - first.to(s_seq.dtype) / (T - 1)) * (first > 0)
""")
)
wrong("encoding/build", "that returns N numbers, in their dtype", "shape [1, N]")(
    Cell("""
def from_first_spike(s_seq):
    T = s_seq.shape[0]
    first = s_seq.argmax(0, keepdim=True).to(s_seq.dtype)
    return (1 - first / (T - 1)) * s_seq.amax(0, keepdim=True)
""")
)
wrong("encoding/build", "that returns N numbers, in their dtype", "along the wrong axis")(
    Cell("""
def from_first_spike(s_seq):
    T = s_seq.shape[1]
    first = s_seq.argmax(1).to(s_seq.dtype)
    return (1 - first / (T - 1)) * s_seq.amax(1)
""")
)
wrong(
    "encoding/build", "is too small. Look at the numbers: wanted is", "T taken from the wrong axis"
)(
    Cell("""
def from_first_spike(s_seq):
    T = s_seq.shape[-1]
    first = s_seq.argmax(0).to(s_seq.dtype)
    return (1 - first / (T - 1)) * s_seq.amax(0)
""")
)
wrong(
    "encoding/build",
    "is too small. Look at the numbers: wanted is",
    "returns the step, not the value",
)(
    Cell("""
def from_first_spike(s_seq):
    return s_seq.argmax(0).to(s_seq.dtype)
""")
)
wrong(
    "encoding/build", "Look at the numbers: it is not right. Look at the", "silent neurons tell nan"
)(
    Cell("""
def from_first_spike(s_seq):
    T = s_seq.shape[0]
    value = 1 - s_seq.argmax(0).to(s_seq.dtype) / (T - 1)
    value[s_seq.sum(0) == 0] = float("nan")
    return value
""")
)
wrong(
    "encoding/build",
    "in place: for the caller it is another one",
    "right result, but the later spikes of the input are erased",
)(
    Cell("""
def from_first_spike(s_seq):
    T = s_seq.shape[0]
    s_seq *= s_seq.cumsum(0) <= 1
    w = torch.linspace(1, 0, T, dtype=s_seq.dtype, device=s_seq.device)
    return w @ s_seq
""")
)
wrong(
    "encoding/build",
    "is too small. Look at the numbers: wanted is",
    "whole-number division: only 0 and 1",
)(
    Cell("""
def from_first_spike(s_seq):
    T = s_seq.shape[0]
    first = s_seq.argmax(0)
    return ((T - 1 - first) // (T - 1)).to(s_seq.dtype) * s_seq.amax(0)
""")
)
wrong("encoding/build", "is too large. Look at the numbers: wanted is", "T hard-coded as 10")(
    Cell("""
def from_first_spike(s_seq):
    first = s_seq.argmax(0).to(s_seq.dtype)
    return (1 - first / 9) * s_seq.amax(0)
""")
)
wrong("encoding/build", "Look at your answer: it is a list of numbers that", "a list of floats")(
    Cell("""
def from_first_spike(s_seq):
    T = s_seq.shape[0]
    first = s_seq.argmax(0).to(s_seq.dtype)
    return ((1 - first / (T - 1)) * s_seq.amax(0)).tolist()
""")
)
wrong(
    "encoding/build", "is too small. Look at the numbers: wanted is", "geometric instead of even"
)(
    Cell("""
def from_first_spike(s_seq):
    first = s_seq.argmax(0).to(s_seq.dtype)
    return 0.5 ** first * s_seq.amax(0)
""")
)
wrong(
    "encoding/build",
    "that returns N numbers, in their dtype",
    "nonzero() skips silent neurons: fewer than N numbers",
)(
    Cell("""
def from_first_spike(s_seq):
    T = s_seq.shape[0]
    out = {}
    for t, n in s_seq.nonzero().tolist():
        out.setdefault(n, 1 - t / (T - 1))
    return s_seq.new_tensor(list(out.values()))
""")
)
wrong(
    "encoding/build",
    "is too small. Look at the numbers: wanted is",
    "if any neuron is silent, all are zero",
)(
    Cell("""
def from_first_spike(s_seq):
    T = s_seq.shape[0]
    if not s_seq.any(0).all():
        return torch.zeros_like(s_seq[0])
    return 1 - s_seq.argmax(0).to(s_seq.dtype) / (T - 1)
""")
)
wrong(
    "encoding/build",
    "is too large. Look at the numbers: wanted is",
    "one for all: first spike of the layer",
)(
    Cell("""
def from_first_spike(s_seq):
    T = s_seq.shape[0]
    first = s_seq.amax(1).argmax().to(s_seq.dtype)
    return (1 - first / (T - 1)) * s_seq.amax(0)
""")
)
wrong(
    "encoding/build",
    "This is the rate. How often a neuron fires does",
    "rate instead of the first spike",
)(
    Cell("""
def from_first_spike(s_seq):
    return s_seq.mean(0)
""")
)
wrong("encoding/build", "Your code prints, but it returns", "prints")(
    Cell("""
def from_first_spike(s_seq):
    T = s_seq.shape[0]
    first = s_seq.argmax(0).to(s_seq.dtype)
    print((1 - first / (T - 1)) * s_seq.amax(0))
""")
)
wrong("encoding/build", "Look at the numbers: wanted is", "steps counted from 1")(
    Cell("""
def from_first_spike(s_seq):
    T = s_seq.shape[0]
    first = s_seq.argmax(0).to(s_seq.dtype) + 1
    return (1 - first / T) * s_seq.amax(0)
""")
)
# ------------------------------------------------------------------------------------------ break

right("encoding/break", "plain: noise of the full shape")(
    Cell("""
def encode(x, T, generator):
    noise = torch.rand(T, *x.shape, generator=generator).to(x.device)
    return (noise < x).to(x.dtype)
""")
)
right("encoding/break", "N and C by name, noise in the dtype of x")(
    Cell("""
def encode(x, T, generator):
    N, C = x.shape
    noise = torch.rand((T, N, C), generator=generator, dtype=x.dtype)
    return (noise.to(x.device) < x).type_as(x)
""")
)
right("encoding/break", "Bernoulli instead of rand")(
    Cell("""
def encode(x, T, generator):
    p = x.cpu().unsqueeze(0).expand(T, -1, -1).contiguous()
    return torch.bernoulli(p, generator=generator).to(x)
""")
)
right("encoding/break", "one step after the other")(
    Cell("""
def encode(x, T, generator):
    steps = []
    for t in range(T):
        grain = torch.rand(x.shape, generator=generator).to(x.device)
        steps.append((grain < x).to(x.dtype))
    return torch.stack(steps)
""")
)
right("encoding/break", "one picture after the other")(
    Cell("""
def encode(x, T, generator):
    noise = torch.stack([torch.rand(T, x.shape[1], generator=generator) for _ in x], dim=1)
    return (noise.to(x.device) < x).to(x.dtype)
""")
)
right("encoding/break", "uniform_ in place on an empty tensor, ones by where")(
    Cell("""
def encode(x, T, generator):
    noise = torch.empty(T, x.shape[0], x.shape[1]).uniform_(generator=generator).to(x.device)
    return torch.where(x > noise, 1.0, 0.0).to(x.dtype)
""")
)
right("encoding/break", "time drawn as the last axis, then moved")(
    Cell("""
def encode(x, T, generator):
    noise = torch.rand(*x.shape, T, generator=generator).movedim(-1, 0).to(x.device)
    return x.gt(noise).to(x.dtype)
""")
)
wrong("encoding/break", "Samples of a batch share the same noise. Draw random", "unchanged")(
    Cell("""
def encode(x, T, generator):
    noise = torch.rand(T, 1, x.shape[1], generator=generator).to(x.device)
    return (noise < x).to(x.dtype)
""")
)
wrong("encoding/break", "You draw without the generator, so nobody can", "global random state")(
    Cell("""
def encode(x, T, generator):
    noise = torch.rand(T, *x.shape).to(x.device)
    return (noise < x).to(x.dtype)
""")
)
wrong(
    "encoding/break", "You draw without the generator, so nobody can", "numpy's global random state"
)(
    Cell("""
import numpy as np

def encode(x, T, generator):
    noise = torch.from_numpy(np.random.rand(T, *x.shape)).to(x.device)
    return (noise < x).to(x.dtype)
""")
)
wrong(
    "encoding/break",
    "Samples of a batch share the same noise. Draw random",
    "same noise repeated for every picture",
)(
    Cell("""
def encode(x, T, generator):
    noise = torch.rand(T, 1, x.shape[1], generator=generator).repeat(1, x.shape[0], 1).to(x.device)
    return (noise < x).to(x.dtype)
""")
)
wrong(
    "encoding/break",
    "All pixels of a sample have the same noise. Draw",
    "same noise for every pixel",
)(
    Cell("""
def encode(x, T, generator):
    noise = torch.rand(T, x.shape[0], 1, generator=generator).to(x.device)
    return (noise < x).to(x.dtype)
""")
)
wrong(
    "encoding/break", "All steps have the same noise, so a pixel fires", "same noise in every step"
)(
    Cell("""
def encode(x, T, generator):
    noise = torch.rand(1, *x.shape, generator=generator).expand(T, -1, -1).to(x.device)
    return (noise < x).to(x.dtype)
""")
)
wrong(
    "encoding/break", "Wanted is a function of x, T and generator that", "forgets T: shape [N, C]"
)(
    Cell("""
def encode(x, T, generator):
    noise = torch.rand(x.shape, generator=generator).to(x.device)
    return (noise < x).to(x.dtype)
""")
)
wrong("encoding/break", "RuntimeError: The size of tensor a", "N and C swapped")(
    Cell("""
def encode(x, T, generator):
    noise = torch.rand(T, x.shape[1], x.shape[0], generator=generator).to(x.device)
    return (noise < x).to(x.dtype)
""")
)
wrong(
    "encoding/break",
    "Look at your answer: it has the shape",
    "noise transposed back to fit, but pictures and steps mixed: [N, T, C]",
)(
    Cell("""
def encode(x, T, generator):
    noise = torch.rand(x.shape[0], T, x.shape[1], generator=generator).to(x.device)
    return (noise < x[:, None]).to(x.dtype)
""")
)
wrong("encoding/break", "You fire where the noise is above x, with the", "the other sign")(
    Cell("""
def encode(x, T, generator):
    noise = torch.rand(T, *x.shape, generator=generator).to(x.device)
    return (noise > x).to(x.dtype)
""")
)
wrong("encoding/break", "Look at your answer: its dtype is torch.bool;", "booleans")(
    Cell("""
def encode(x, T, generator):
    noise = torch.rand(T, *x.shape, generator=generator).to(x.device)
    return noise < x
""")
)
wrong("encoding/break", "Look at your answer: its dtype is torch.float", "always float32")(
    Cell("""
def encode(x, T, generator):
    noise = torch.rand(T, *x.shape, generator=generator).to(x.device)
    return (noise < x).float()
""")
)
wrong("encoding/break", "It was tried with T=64, N=16. Look at the firing rates:", "normal noise")(
    Cell("""
def encode(x, T, generator):
    noise = torch.randn(T, *x.shape, generator=generator).to(x.device)
    return (noise < x).to(x.dtype)
""")
)
wrong(
    "encoding/break",
    "You set a seed of your own, so that each call gives the",
    "a fresh generator with a fixed seed",
)(
    Cell("""
def encode(x, T, generator):
    generator = torch.Generator().manual_seed(0)
    noise = torch.rand(T, *x.shape, generator=generator).to(x.device)
    return (noise < x).to(x.dtype)
""")
)
wrong(
    "encoding/break",
    "You set a seed of your own, so that each call gives the",
    "the given generator is seeded anew at each call",
)(
    Cell("""
def encode(x, T, generator):
    generator.manual_seed(42)
    noise = torch.rand(T, *x.shape, generator=generator).to(x.device)
    return (noise < x).to(x.dtype)
""")
)
wrong(
    "encoding/break",
    "Look at the same generator again: wanted is other",
    "global state seeded from the generator (touches torch's own seed)",
)(
    Cell("""
def encode(x, T, generator):
    torch.manual_seed(generator.initial_seed())
    noise = torch.rand(T, *x.shape).to(x.device)
    return (noise < x).to(x.dtype)
""")
)
wrong(
    "encoding/break",
    "Samples of a batch share the same noise. Draw random",
    "one seed for every picture: the same grain again",
)(
    Cell("""
def encode(x, T, generator):
    state = generator.get_state()
    grains = []
    for _ in x:
        generator.set_state(state)
        grains.append(torch.rand(T, x.shape[1], generator=generator))
    noise = torch.stack(grains, 1).to(x.device)
    return (noise < x).to(x.dtype)
""")
)
wrong(
    "encoding/break",
    "Look at the noise of a pixel of another sample:",
    "one grain, only rolled from picture to picture",
)(
    Cell("""
def encode(x, T, generator):
    base = torch.rand(T, x.shape[1], generator=generator).to(x.device)
    noise = torch.stack([base.roll(n, dims=1) for n in range(x.shape[0])], 1)
    return (noise < x).to(x.dtype)
""")
)
wrong(
    "encoding/break",
    "Samples of a batch share the same noise. Draw random",
    "one grain and its mirror image",
)(
    Cell("""
def encode(x, T, generator):
    noise = torch.rand(T, 1, x.shape[1], generator=generator).repeat(1, x.shape[0], 1)
    noise[:, 1::2] = 1 - noise[:, 1::2]
    return (noise.to(x.device) < x).to(x.dtype)
""")
)
wrong(
    "encoding/break",
    "Your spikes are the same for every seed: they come",
    "no noise at all: deterministic rate",
)(
    Cell("""
def encode(x, T, generator):
    t = torch.arange(1, T + 1, device=x.device).view(-1, 1, 1)
    return ((t * x).floor() - ((t - 1) * x).floor()).to(x.dtype)
""")
)
wrong(
    "encoding/break", "RuntimeError: The size of tensor a", "works only for batches of the size 32"
)(
    Cell("""
def encode(x, T, generator):
    noise = torch.rand(T, 32, x.shape[1], generator=generator).to(x.device)
    return (noise < x).to(x.dtype)
""")
)
wrong("encoding/break", "Look at your answer: it is a list or a tuple of", "a list of steps")(
    Cell("""
def encode(x, T, generator):
    return [(torch.rand(x.shape, generator=generator).to(x.device) < x).to(x.dtype) for _ in range(T)]
""")
)
wrong("encoding/break", "Look at your answer: it has the shape", "one step too few")(
    Cell("""
def encode(x, T, generator):
    return torch.stack([(torch.rand(x.shape, generator=generator).to(x.device) < x).to(x.dtype) for _ in range(1, T)])
""")
)
wrong(
    "encoding/break",
    "in place: for the caller it is another one",
    "right spikes, but the batch is overwritten",
)(
    Cell("""
def encode(x, T, generator):
    noise = torch.rand(T, *x.shape, generator=generator).to(x.device)
    s_seq = (noise < x).to(x.dtype)
    x.copy_(s_seq.mean(0))
    return s_seq
""")
)
wrong("encoding/break", "or what it returns is `None`", "nothing returned")(
    Cell("""
def encode(x, T, generator):
    noise = torch.rand(T, *x.shape, generator=generator).to(x.device)
    s_seq = (noise < x).to(x.dtype)
""")
)
wrong("encoding/break", "argument 'size' failed to unpack the object at", "half filled")(
    Cell("""
def encode(x, T, generator):
    noise = torch.rand(T, ..., generator=generator).to(x.device)
    return (noise < x).to(x.dtype)
""")
)
wrong(
    "encoding/break",
    "Look at the firing rates: wanted is x, and yours",
    "each pixel's own chance is lost: threshold 0.5",
)(
    Cell("""
def encode(x, T, generator):
    noise = torch.rand(T, *x.shape, generator=generator).to(x.device)
    return (noise * x > 0.5).to(x.dtype)
""")
)
wrong("encoding/break", "Look at the firing rate of a pixel of", "coarse noise of ten levels")(
    Cell("""
def encode(x, T, generator):
    noise = torch.randint(0, 10, (T, *x.shape), generator=generator).to(x.device) / 10
    return (noise < x).to(x.dtype)
""")
)

# ----------------------------------------------------------------------------------------- choose

right("encoding/choose", "plain")(
    Cell("""
choice = {"A": "phase", "B": "latency", "C": "soft reset"}
steps = {"T of A": 7, "T of B": 101, "T of C": 200}
""")
)
right("encoding/choose", "integers as floats")(
    Cell("""
choice = {"A": "phase", "B": "latency", "C": "soft reset"}
steps = {"T of A": 7.0, "T of B": 101.0, "T of C": 200.0}
""")
)
right("encoding/choose", "computed with math.ceil and math.log2")(
    Cell("""
import math

eps = 0.005
choice = {"A": "phase", "B": "latency", "C": "soft reset"}
steps = {
    "T of A": math.ceil(math.log2(1 / eps) - 1),
    "T of B": math.ceil(1 / (2 * eps)) + 1,
    "T of C": math.ceil(1 / eps),
}
""")
)
right("encoding/choose", "found by a loop over T with next()")(
    Cell("""
tol = 0.005
choice = {"A": "phase", "B": "latency", "C": "soft reset"}
steps = {
    "T of A": next(T for T in range(2, 1000) if 2 ** -(T + 1) <= tol),
    "T of B": next(T for T in range(2, 1000) if 1 / (2 * (T - 1)) <= tol),
    "T of C": next(T for T in range(2, 1000) if 1 / T <= tol),
}
""")
)
right("encoding/choose", "found by while loops")(
    Cell("""
T_A = 1
while 0.5 ** (T_A + 1) > 0.005:
    T_A += 1
T_B = 2
while 1 / (2 * (T_B - 1)) > 0.005:
    T_B += 1
T_C = 1
while 1 / T_C > 0.005:
    T_C += 1
choice = {"A": "phase", "B": "latency", "C": "soft reset"}
steps = {"T of A": T_A, "T of B": T_B, "T of C": T_C}
""")
)
right("encoding/choose", "dict(zip(...))")(
    Cell("""
choice = dict(zip("ABC", ["phase", "latency", "soft reset"]))
steps = dict(zip(["T of A", "T of B", "T of C"], [7, 101, 200]))
""")
)
right("encoding/choose", "dict comprehension from one table")(
    Cell("""
table = {"A": ("phase", 7), "B": ("latency", 101), "C": ("soft reset", 200)}
choice = {k: name for k, (name, T) in table.items()}
steps = {f"T of {k}": T for k, (name, T) in table.items()}
""")
)
right("encoding/choose", "filled in key by key")(
    Cell("""
choice, steps = {}, {}
choice["A"] = "phase"
steps["T of A"] = 7
choice["B"] = "latency"
steps["T of B"] = 101
choice["C"] = "soft reset"
steps["T of C"] = 200
""")
)
right("encoding/choose", "keys in another order")(
    Cell("""
choice = {"C": "soft reset", "A": "phase", "B": "latency"}
steps = {"T of B": 101, "T of C": 200, "T of A": 7}
""")
)
right("encoding/choose", "0-d torch tensors, integer")(
    Cell("""
import torch

choice = {"A": "phase", "B": "latency", "C": "soft reset"}
steps = {"T of A": torch.tensor(7), "T of B": torch.tensor(101), "T of C": torch.tensor(200)}
""")
)
right("encoding/choose", "torch.ceil of 0-d float tensors")(
    Cell("""
import torch

eps = torch.tensor(0.005, dtype=torch.float64)
choice = {"A": "phase", "B": "latency", "C": "soft reset"}
steps = {
    "T of A": torch.ceil(torch.log2(1 / eps)) - 1,
    "T of B": torch.tensor(101.0),
    "T of C": torch.tensor(200.0),
}
""")
)
right("encoding/choose", "numpy integer scalars")(
    Cell("""
import numpy as np

choice = {"A": "phase", "B": "latency", "C": "soft reset"}
steps = {"T of A": np.int64(7), "T of B": np.int32(101), "T of C": np.int64(200)}
""")
)
right("encoding/choose", "numpy ceil, so float64 scalars")(
    Cell("""
import numpy as np

choice = {"A": "phase", "B": "latency", "C": "soft reset"}
steps = {
    "T of A": np.ceil(np.log2(200)) - 1,
    "T of B": np.ceil(100.0) + 1,
    "T of C": np.ceil(200.0),
}
""")
)
right("encoding/choose", "numpy argmax over an array of T")(
    Cell("""
import numpy as np

T = np.arange(2, 1000)
choice = {"A": "phase", "B": "latency", "C": "soft reset"}
steps = {
    "T of A": T[np.argmax(0.5 ** (T + 1) <= 0.005)],
    "T of B": T[np.argmax(1 / (2 * (T - 1)) <= 0.005)],
    "T of C": T[np.argmax(1 / T <= 0.005)],
}
""")
)
right("encoding/choose", "steps of a torch tensor, zipped")(
    Cell("""
import torch

choice = dict(A="phase", B="latency", C="soft reset")
steps = dict(zip(["T of A", "T of B", "T of C"], torch.tensor([7, 101, 200])))
""")
)
right("encoding/choose", "steps of a numpy array, unpacked")(
    Cell("""
import numpy as np

choice = dict(A="phase", B="latency", C="soft reset")
steps = {f"T of {k}": T for k, T in zip("ABC", np.array([7, 101, 200]))}
""")
)
right("encoding/choose", "division that gives floats, no rounding needed")(
    Cell("""
choice = {"A": "phase", "B": "latency", "C": "soft reset"}
steps = {"T of A": 8 - 1, "T of B": 200 / 2 + 1, "T of C": 1 / 0.005}
""")
)
right("encoding/choose", "bit_length trick and floor division")(
    Cell("""
choice = {"A": "phase", "B": "latency", "C": "soft reset"}
steps = {"T of A": (200 - 1).bit_length() - 1, "T of B": 200 // 2 + 1, "T of C": 200}
""")
)
right("encoding/choose", "exact fractions")(
    Cell("""
from fractions import Fraction
import math

eps = Fraction(5, 1000)
choice = {"A": "phase", "B": "latency", "C": "soft reset"}
steps = {
    "T of A": min(T for T in range(1, 50) if Fraction(1, 2 ** (T + 1)) <= eps),
    "T of B": math.ceil(1 / (2 * eps) + 1),
    "T of C": math.ceil(1 / eps),
}
""")
)
right("encoding/choose", "minus floor for ceil, names from a list")(
    Cell("""
import math

names = ["Bernoulli", "soft reset", "hard reset", "latency", "phase"]
choice = {"A": names[4], "B": names[3], "C": names[1]}
steps = {"T of A": int(math.log2(100)) + 1, "T of B": 101, "T of C": round(1 / 0.005)}
""")
)
right("encoding/choose", "single quotes and torch .item()")(
    Cell("""
import torch

choice = {'A': 'phase', 'B': 'latency', 'C': 'soft reset'}
steps = {'T of A': torch.tensor(6.64).ceil().int().item(), 'T of B': 101, 'T of C': 200}
""")
)
wrong(
    "encoding/choose",
    "Look at A: the error of your code falls as 1/T. Which one",
    "latency for the fewest steps, with latency's T",
)(
    Cell("""
choice = {"A": "latency", "B": "latency", "C": "soft reset"}
steps = {"T of A": 101, "T of B": 101, "T of C": 200}
""")
)
wrong(
    "encoding/choose",
    "Look at A: the error of your code falls as 1/T. Which one",
    "latency for the fewest steps, with the right T",
)(
    Cell("""
choice = {"A": "latency", "B": "latency", "C": "soft reset"}
steps = {"T of A": 7, "T of B": 101, "T of C": 200}
""")
)
wrong(
    "encoding/choose",
    "Look at A: the error of your code falls as 1/T. Which one",
    "soft reset for A, with its own T",
)(
    Cell("""
choice = {"A": "soft reset", "B": "latency", "C": "soft reset"}
steps = {"T of A": 200, "T of B": 101, "T of C": 200}
""")
)
wrong(
    "encoding/choose",
    "Bernoulli.s spikes come by chance. No T promises that a number",
    "Bernoulli for A, T from its standard deviation",
)(
    Cell("""
choice = {"A": "Bernoulli", "B": "latency", "C": "soft reset"}
steps = {"T of A": 10000, "T of B": 101, "T of C": 200}
""")
)
wrong(
    "encoding/choose",
    "Bernoulli.s spikes come by chance. No T promises that a number",
    "Bernoulli for A, with the right T",
)(
    Cell("""
choice = {"A": "Bernoulli", "B": "latency", "C": "soft reset"}
steps = {"T of A": 7, "T of B": 101, "T of C": 200}
""")
)
wrong(
    "encoding/choose",
    "A hard reset is biased: no T makes its error small.",
    "hard reset for A, T of a soft reset",
)(
    Cell("""
choice = {"A": "hard reset", "B": "latency", "C": "soft reset"}
steps = {"T of A": 200, "T of B": 101, "T of C": 200}
""")
)
wrong(
    "encoding/choose",
    "A hard reset is biased: no T makes its error small.",
    "hard reset for A, with the right T",
)(
    Cell("""
choice = {"A": "hard reset", "B": "latency", "C": "soft reset"}
steps = {"T of A": 7, "T of B": 101, "T of C": 200}
""")
)
wrong(
    "encoding/choose",
    "Look at B: your code sends several spikes for most numbers.",
    "phase for the fewest spikes, with phase's T",
)(
    Cell("""
choice = {"A": "phase", "B": "phase", "C": "soft reset"}
steps = {"T of A": 7, "T of B": 7, "T of C": 200}
""")
)
wrong(
    "encoding/choose",
    "Look at B: your code sends several spikes for most numbers.",
    "phase for the fewest spikes, with the right T",
)(
    Cell("""
choice = {"A": "phase", "B": "phase", "C": "soft reset"}
steps = {"T of A": 7, "T of B": 101, "T of C": 200}
""")
)
wrong(
    "encoding/choose",
    "Look at B: your code sends several spikes for most numbers.",
    "soft reset for B, with its own T",
)(
    Cell("""
choice = {"A": "phase", "B": "soft reset", "C": "soft reset"}
steps = {"T of A": 7, "T of B": 200, "T of C": 200}
""")
)
wrong(
    "encoding/choose",
    "A hard reset is biased: no T makes its error small.",
    "hard reset for B (it fires less than soft), T 200",
)(
    Cell("""
choice = {"A": "phase", "B": "hard reset", "C": "soft reset"}
steps = {"T of A": 7, "T of B": 200, "T of C": 200}
""")
)
wrong(
    "encoding/choose",
    "Bernoulli.s spikes come by chance. No T promises that a number",
    "Bernoulli for B, T from its standard deviation",
)(
    Cell("""
choice = {"A": "phase", "B": "Bernoulli", "C": "soft reset"}
steps = {"T of A": 7, "T of B": 10000, "T of C": 200}
""")
)
wrong(
    "encoding/choose",
    "Look at C: if the spike of your code comes late, it tells",
    "latency for C, with its own T",
)(
    Cell("""
choice = {"A": "phase", "B": "latency", "C": "latency"}
steps = {"T of A": 7, "T of B": 101, "T of C": 101}
""")
)
wrong(
    "encoding/choose",
    "Look at C: if the spike of your code comes late, it tells",
    "latency for C, with the right T",
)(
    Cell("""
choice = {"A": "phase", "B": "latency", "C": "latency"}
steps = {"T of A": 7, "T of B": 101, "T of C": 200}
""")
)
wrong(
    "encoding/choose",
    "Look at C: if the spike of your code comes late, it tells",
    "latency for C, T long enough for some late steps",
)(
    Cell("""
choice = {"A": "phase", "B": "latency", "C": "latency"}
steps = {"T of A": 7, "T of B": 101, "T of C": 1001}
""")
)
wrong(
    "encoding/choose",
    "Look at C: a digit of your code that comes a step late is worth",
    "phase for C, with its own T",
)(
    Cell("""
choice = {"A": "phase", "B": "latency", "C": "phase"}
steps = {"T of A": 7, "T of B": 101, "T of C": 7}
""")
)
wrong(
    "encoding/choose",
    "Look at C: a digit of your code that comes a step late is worth",
    "phase for C, with the right T",
)(
    Cell("""
choice = {"A": "phase", "B": "latency", "C": "phase"}
steps = {"T of A": 7, "T of B": 101, "T of C": 200}
""")
)
wrong(
    "encoding/choose",
    "Your T of A is one too small: 6 steps leave an error of up to",
    "T of A one too small",
)(
    Cell("""
choice = {"A": "phase", "B": "latency", "C": "soft reset"}
steps = {"T of A": 6, "T of B": 101, "T of C": 200}
""")
)
wrong(
    "encoding/choose",
    "Your T of A is one too large. The decoder adds half of the last",
    "T of A one too large (forgotten half of the last digit: 2^-T)",
)(
    Cell("""
choice = {"A": "phase", "B": "latency", "C": "soft reset"}
steps = {"T of A": 8, "T of B": 101, "T of C": 200}
""")
)
wrong(
    "encoding/choose",
    "Your T of B is one too small: from step 0 to step T - 1 there",
    "T of B one too small (forgotten minus one: 1/(2T))",
)(
    Cell("""
choice = {"A": "phase", "B": "latency", "C": "soft reset"}
steps = {"T of A": 7, "T of B": 100, "T of C": 200}
""")
)
wrong("encoding/choose", "Look at T of B: it is too large.", "T of B one too large")(
    Cell("""
choice = {"A": "phase", "B": "latency", "C": "soft reset"}
steps = {"T of A": 7, "T of B": 102, "T of C": 200}
""")
)
wrong(
    "encoding/choose",
    "Your T of C is one too small: in 199 steps the error comes up",
    "T of C one too small",
)(
    Cell("""
choice = {"A": "phase", "B": "latency", "C": "soft reset"}
steps = {"T of A": 7, "T of B": 101, "T of C": 199}
""")
)
wrong(
    "encoding/choose",
    "Your T of C is one too large: the error is less than 1/T, so",
    "T of C one too large (latency's minus one carried over, or a strict bound)",
)(
    Cell("""
choice = {"A": "phase", "B": "latency", "C": "soft reset"}
steps = {"T of A": 7, "T of B": 101, "T of C": 201}
""")
)
wrong(
    "encoding/choose",
    "Your T of A is one too small: 6 steps leave an error of up to",
    "all T one too small",
)(
    Cell("""
choice = {"A": "phase", "B": "latency", "C": "soft reset"}
steps = {"T of A": 6, "T of B": 100, "T of C": 199}
""")
)
wrong(
    "encoding/choose",
    "Your T of A is one too large. The decoder adds half of the last",
    "all T one too large",
)(
    Cell("""
choice = {"A": "phase", "B": "latency", "C": "soft reset"}
steps = {"T of A": 8, "T of B": 102, "T of C": 201}
""")
)
wrong(
    "encoding/choose",
    "Your T of B is one too small: from step 0 to step T - 1 there",
    "index of the last step, T-1, for latency and rate",
)(
    Cell("""
choice = {"A": "phase", "B": "latency", "C": "soft reset"}
steps = {"T of A": 7, "T of B": 100, "T of C": 199}
""")
)
wrong(
    "encoding/choose",
    "Look at T of A: it is too small.",
    "T of A two too small (log2 floored, and one taken off twice)",
)(
    Cell("""
choice = {"A": "phase", "B": "latency", "C": "soft reset"}
steps = {"T of A": 5, "T of B": 101, "T of C": 200}
""")
)
wrong(
    "encoding/choose",
    "Look at T of A: it is too large.",
    "T of A with the sign of the +1 reversed: 2^-(T-1)",
)(
    Cell("""
choice = {"A": "phase", "B": "latency", "C": "soft reset"}
steps = {"T of A": 9, "T of B": 101, "T of C": 200}
""")
)
wrong("encoding/choose", "Look at T of A: it is too small.", "T of A by the natural logarithm")(
    Cell("""
import math

choice = {"A": "phase", "B": "latency", "C": "soft reset"}
steps = {"T of A": math.ceil(math.log(200)) - 1, "T of B": 101, "T of C": 200}
""")
)
wrong("encoding/choose", "Look at T of A: it is too small.", "T of A by the decimal logarithm")(
    Cell("""
import math

choice = {"A": "phase", "B": "latency", "C": "soft reset"}
steps = {"T of A": math.ceil(math.log10(200)), "T of B": 101, "T of C": 200}
""")
)
wrong(
    "encoding/choose",
    "Your T of A is one too small: 6 steps leave an error of up to",
    "T of A rounded down with int()",
)(
    Cell("""
import math

choice = {"A": "phase", "B": "latency", "C": "soft reset"}
steps = {"T of A": int(math.log2(200) - 1), "T of B": 101, "T of C": 200}
""")
)
wrong(
    "encoding/choose",
    "Look at T of A: it is the number 6.64386, which is not whole;",
    "T of A not rounded, log2(200) - 1 = 6.64",
)(
    Cell("""
import math

choice = {"A": "phase", "B": "latency", "C": "soft reset"}
steps = {"T of A": math.log2(200) - 1, "T of B": 101, "T of C": 200}
""")
)
wrong(
    "encoding/choose",
    "Look at T of A: it is the number 6.64, which is not whole;",
    "T of A a float 6.64",
)(
    Cell("""
choice = {"A": "phase", "B": "latency", "C": "soft reset"}
steps = {"T of A": 6.64, "T of B": 101, "T of C": 200}
""")
)
wrong(
    "encoding/choose",
    "Look at T of A: it is the number 7.64, which is not whole;",
    "T of A with 7.64 (forgotten half and not rounded)",
)(
    Cell("""
choice = {"A": "phase", "B": "latency", "C": "soft reset"}
steps = {"T of A": 7.64, "T of B": 101, "T of C": 200}
""")
)
wrong(
    "encoding/choose",
    "Look at T of A: it is too large.",
    "T of A is the number of digit levels, 128",
)(
    Cell("""
choice = {"A": "phase", "B": "latency", "C": "soft reset"}
steps = {"T of A": 128, "T of B": 101, "T of C": 200}
""")
)
wrong(
    "encoding/choose",
    "Your T of B is about twice too large. The spike stands in the",
    "T of B with forgotten half: 1/(T-1)",
)(
    Cell("""
choice = {"A": "phase", "B": "latency", "C": "soft reset"}
steps = {"T of A": 7, "T of B": 201, "T of C": 200}
""")
)
wrong(
    "encoding/choose",
    "Your T of B is about twice too large. The spike stands in the",
    "T of B with forgotten half and forgotten minus one: 1/T",
)(
    Cell("""
choice = {"A": "phase", "B": "latency", "C": "soft reset"}
steps = {"T of A": 7, "T of B": 200, "T of C": 200}
""")
)
wrong(
    "encoding/choose",
    "Look at T of B: it is the number 100.5, which is not whole;",
    "T of B from 1/(2T-1)",
)(
    Cell("""
choice = {"A": "phase", "B": "latency", "C": "soft reset"}
steps = {"T of A": 7, "T of B": 100.5, "T of C": 200}
""")
)
wrong(
    "encoding/choose",
    "Your T of C leaves an error of nearly 0.01: the neuron rounds",
    "T of C with a half that is not there",
)(
    Cell("""
choice = {"A": "phase", "B": "latency", "C": "soft reset"}
steps = {"T of A": 7, "T of B": 101, "T of C": 100}
""")
)
wrong(
    "encoding/choose",
    "Your T of C leaves an error of nearly 0.01: the neuron rounds",
    "T of C as latency: 1/(2(T-1))",
)(
    Cell("""
choice = {"A": "phase", "B": "latency", "C": "soft reset"}
steps = {"T of A": 7, "T of B": 101, "T of C": 101}
""")
)
wrong(
    "encoding/choose",
    "You have taken the steps for an error of 0.01. Wanted is 0.005.",
    "all T for an error of 0.01",
)(
    Cell("""
choice = {"A": "phase", "B": "latency", "C": "soft reset"}
steps = {"T of A": 6, "T of B": 51, "T of C": 100}
""")
)
wrong(
    "encoding/choose",
    "You have taken the steps for an error of 0.01. Wanted is 0.005.",
    "T of A and C right, T of B for 0.01",
)(
    Cell("""
choice = {"A": "phase", "B": "latency", "C": "soft reset"}
steps = {"T of A": 7, "T of B": 51, "T of C": 200}
""")
)
wrong(
    "encoding/choose",
    "You have taken the steps for an error of 0.0025. But a number",
    "all T for an error of 0.0025",
)(
    Cell("""
choice = {"A": "phase", "B": "latency", "C": "soft reset"}
steps = {"T of A": 8, "T of B": 201, "T of C": 400}
""")
)
wrong(
    "encoding/choose",
    "Look at T of A: it is the number 0.00390625, which is not",
    "T are the errors reached instead of the steps",
)(
    Cell("""
choice = {"A": "phase", "B": "latency", "C": "soft reset"}
steps = {"T of A": 2 ** -8, "T of B": 1 / 200, "T of C": 1 / 200}
""")
)
wrong(
    "encoding/choose",
    "Look at T of A: it is the number 0.005, which is not whole;",
    "T are 0.005 everywhere",
)(
    Cell("""
choice = {"A": "phase", "B": "latency", "C": "soft reset"}
steps = {"T of A": 0.005, "T of B": 0.005, "T of C": 0.005}
""")
)
wrong(
    "encoding/choose",
    "Your T of B is about twice too large. The spike stands in the",
    "one T for all three: 200",
)(
    Cell("""
choice = {"A": "phase", "B": "latency", "C": "soft reset"}
steps = {"T of A": 200, "T of B": 200, "T of C": 200}
""")
)
wrong(
    "encoding/choose",
    "Your T of C leaves an error of nearly 0.01: the neuron rounds",
    "numbers of spikes instead of steps",
)(
    Cell("""
choice = {"A": "phase", "B": "latency", "C": "soft reset"}
steps = {"T of A": 3.5, "T of B": 1, "T of C": 100}
""")
)
wrong(
    "encoding/choose",
    "Call each code by its name in .codes., as it is written there:",
    "Latency with a capital",
)(
    Cell("""
choice = {"A": "phase", "B": "Latency", "C": "soft reset"}
steps = {"T of A": 7, "T of B": 101, "T of C": 200}
""")
)
wrong(
    "encoding/choose",
    "Call each code by its name in .codes., as it is written there:",
    "all with capitals",
)(
    Cell("""
choice = {"A": "Phase", "B": "Latency", "C": "Soft reset"}
steps = {"T of A": 7, "T of B": 101, "T of C": 200}
""")
)
wrong(
    "encoding/choose",
    "Call each code by its name in .codes., as it is written there:",
    "soft instead of soft reset",
)(
    Cell("""
choice = {"A": "phase", "B": "latency", "C": "soft"}
steps = {"T of A": 7, "T of B": 101, "T of C": 200}
""")
)
wrong(
    "encoding/choose",
    "You handed in .encode_phase., which is code to be called, in",
    "the code objects (functions) instead of their names",
)(
    Cell("""
def encode_phase(x, T):
    return [int(x * 2 ** (t + 1)) % 2 for t in range(T)]


choice = {"A": encode_phase, "B": "latency", "C": "soft reset"}
steps = {"T of A": 7, "T of B": 101, "T of C": 200}
""")
)
wrong(
    "encoding/choose",
    "Look at A: it is a list of 2 things; wanted is a text.",
    "the pairs of encoder and decoder instead of their names",
)(
    Cell("""
codes = {name: (lambda x, T: x, lambda s: s) for name in ("Bernoulli", "soft reset", "hard reset", "latency", "phase")}
choice = {"A": codes["phase"], "B": codes["latency"], "C": codes["soft reset"]}
steps = {"T of A": 7, "T of B": 101, "T of C": 200}
""")
)
wrong(
    "encoding/choose",
    "You handed in .Phase., which is code to be called, in place of",
    "a class instead of a name",
)(
    Cell("""
class Phase: pass


class Latency: pass


class SoftReset: pass


choice = {"A": Phase, "B": Latency, "C": SoftReset}
steps = {"T of A": 7, "T of B": 101, "T of C": 200}
""")
)
wrong(
    "encoding/choose",
    "Look at A: it is the number 4; wanted is a text.",
    "positions in codes instead of names",
)(
    Cell("""
choice = {"A": 4, "B": 3, "C": 1}
steps = {"T of A": 7, "T of B": 101, "T of C": 200}
""")
)
wrong(
    "encoding/choose",
    "Look at A: it is the number 6.4, which is not whole; wanted is",
    "sections of the chapter instead of names",
)(
    Cell("""
choice = {"A": 6.4, "B": 6.4, "C": 6.3}
steps = {"T of A": 7, "T of B": 101, "T of C": 200}
""")
)
wrong(
    "encoding/choose",
    "Look at C: it is .None., which is nothing; wanted is a text.",
    "None for a code",
)(
    Cell("""
choice = {"A": "phase", "B": "latency", "C": None}
steps = {"T of A": 7, "T of B": 101, "T of C": 200}
""")
)
wrong(
    "encoding/choose",
    "Look at A: it is True, which is True or False and no number;",
    "True for a code",
)(
    Cell("""
choice = {"A": True, "B": "latency", "C": "soft reset"}
steps = {"T of A": 7, "T of B": 101, "T of C": 200}
""")
)
wrong(
    "encoding/choose",
    "Look at A: it is a list of texts, 1 of them; wanted is a text.",
    "lists with one name each",
)(
    Cell("""
choice = {"A": ["phase"], "B": ["latency"], "C": ["soft reset"]}
steps = {"T of A": 7, "T of B": 101, "T of C": 200}
""")
)
wrong(
    "encoding/choose",
    "Look at C: it is a list of texts, 2 of them; wanted is a text.",
    "two codes for C: both rates",
)(
    Cell("""
choice = {"A": "phase", "B": "latency", "C": ["soft reset", "Bernoulli"]}
steps = {"T of A": 7, "T of B": 101, "T of C": 200}
""")
)
wrong(
    "encoding/choose",
    "Look at C: it is an object of the type .set.; wanted is a text.",
    "a set of names",
)(
    Cell("""
choice = {"A": "phase", "B": "latency", "C": {"soft reset", "hard reset"}}
steps = {"T of A": 7, "T of B": 101, "T of C": 200}
""")
)
wrong(
    "encoding/choose",
    "Look at A: it is .nan., which is not a number; wanted is a text.",
    "nan for a code",
)(
    Cell("""
choice = {"A": float("nan"), "B": "latency", "C": "soft reset"}
steps = {"T of A": 7, "T of B": 101, "T of C": 200}
""")
)
wrong(
    "encoding/choose",
    "Look at A: it is a tensor of the shape ..; wanted is a text.",
    "a tensor for a code",
)(
    Cell("""
import torch

choice = {"A": torch.tensor(4), "B": "latency", "C": "soft reset"}
steps = {"T of A": 7, "T of B": 101, "T of C": 200}
""")
)
wrong(
    "encoding/choose",
    "Look at T of A: it is a text, .7.; wanted is a whole number.",
    "T of A as a text",
)(
    Cell("""
choice = {"A": "phase", "B": "latency", "C": "soft reset"}
steps = {"T of A": "7", "T of B": 101, "T of C": 200}
""")
)
wrong(
    "encoding/choose",
    "Look at T of A: it is a text, .7.; wanted is a whole number.",
    "all T as texts",
)(
    Cell("""
choice = {"A": "phase", "B": "latency", "C": "soft reset"}
steps = {"T of A": "7", "T of B": "101", "T of C": "200"}
""")
)
wrong(
    "encoding/choose",
    "Look at T of A: it is a text, .7 steps.; wanted is a whole",
    "T as a text with a unit",
)(
    Cell("""
choice = {"A": "phase", "B": "latency", "C": "soft reset"}
steps = {"T of A": "7 steps", "T of B": 101, "T of C": 200}
""")
)
wrong(
    "encoding/choose",
    "Look at T of B: it is .None., which is nothing; wanted is a",
    "None for T of B",
)(
    Cell("""
choice = {"A": "phase", "B": "latency", "C": "soft reset"}
steps = {"T of A": 7, "T of B": None, "T of C": 200}
""")
)
wrong(
    "encoding/choose",
    "Look at T of A: it is True, which is True or False and no",
    "True for T of A",
)(
    Cell("""
choice = {"A": "phase", "B": "latency", "C": "soft reset"}
steps = {"T of A": True, "T of B": 101, "T of C": 200}
""")
)
wrong(
    "encoding/choose",
    "Look at T of C: it is False, which is True or False and no",
    "False for T of C",
)(
    Cell("""
choice = {"A": "phase", "B": "latency", "C": "soft reset"}
steps = {"T of A": 7, "T of B": 101, "T of C": False}
""")
)
wrong(
    "encoding/choose",
    "Look at T of A: it is a tensor of the shape .7.; wanted is a",
    "the steps themselves as a tensor",
)(
    Cell("""
import torch

choice = {"A": "phase", "B": "latency", "C": "soft reset"}
steps = {"T of A": torch.arange(7), "T of B": 101, "T of C": 200}
""")
)
wrong(
    "encoding/choose",
    "Look at T of B: it is an array of the shape .101.; wanted is a",
    "the steps themselves as an array",
)(
    Cell("""
import numpy as np

choice = {"A": "phase", "B": "latency", "C": "soft reset"}
steps = {"T of A": 7, "T of B": np.arange(101), "T of C": 200}
""")
)
wrong(
    "encoding/choose",
    "Look at T of A: it is a tensor of the shape ..; wanted is a",
    "a boolean tensor for T of A",
)(
    Cell("""
import torch

choice = {"A": "phase", "B": "latency", "C": "soft reset"}
steps = {"T of A": torch.tensor(True), "T of B": 101, "T of C": 200}
""")
)
wrong(
    "encoding/choose",
    "Look at T of A: it is a tensor of the shape .0.; wanted is a",
    "an empty tensor for T of A",
)(
    Cell("""
import torch

choice = {"A": "phase", "B": "latency", "C": "soft reset"}
steps = {"T of A": torch.tensor([]), "T of B": 101, "T of C": 200}
""")
)
wrong(
    "encoding/choose",
    "Look at T of A: it is .nan., which is not a number; wanted is a",
    "nan for T of A",
)(
    Cell("""
choice = {"A": "phase", "B": "latency", "C": "soft reset"}
steps = {"T of A": float("nan"), "T of B": 101, "T of C": 200}
""")
)
wrong(
    "encoding/choose",
    "Look at T of B: it is a tensor of the shape ..; wanted is a",
    "nan tensor for T of B",
)(
    Cell("""
import torch

choice = {"A": "phase", "B": "latency", "C": "soft reset"}
steps = {"T of A": 7, "T of B": torch.tensor(float("nan")), "T of C": 200}
""")
)
wrong(
    "encoding/choose",
    "Look at T of C: it is inf, which is not finite; wanted is a",
    "inf for T of C",
)(
    Cell("""
choice = {"A": "phase", "B": "latency", "C": "soft reset"}
steps = {"T of A": 7, "T of B": 101, "T of C": float("inf")}
""")
)
wrong(
    "encoding/choose",
    "Look at T of A: it has the wrong sign.",
    "negative T of A, the sign of the exponent",
)(
    Cell("""
choice = {"A": "phase", "B": "latency", "C": "soft reset"}
steps = {"T of A": -7, "T of B": 101, "T of C": 200}
""")
)
wrong(
    "encoding/choose",
    "Look at T of A: it has the wrong sign.",
    "negative T of A from log2(0.005) without the minus",
)(
    Cell("""
import math

choice = {"A": "phase", "B": "latency", "C": "soft reset"}
steps = {"T of A": math.floor(math.log2(0.005)) + 1, "T of B": 101, "T of C": 200}
""")
)
wrong(
    "encoding/choose",
    "Look at T of A: it is a complex number, .7.0.5j.; wanted is a",
    "a complex number for T",
)(
    Cell("""
choice = {"A": "phase", "B": "latency", "C": "soft reset"}
steps = {"T of A": 7 + 0.5j, "T of B": 101, "T of C": 200}
""")
)
wrong(
    "encoding/choose",
    "You handed in .<lambda>., which is code to be called, in place",
    "a function for T",
)(
    Cell("""
choice = {"A": "phase", "B": "latency", "C": "soft reset"}
steps = {"T of A": lambda: 7, "T of B": 101, "T of C": 200}
""")
)
wrong(
    "encoding/choose",
    "You handed in .ceil., which is code to be called, in place of",
    "math.ceil handed over without a call",
)(
    Cell("""
import math

choice = {"A": "phase", "B": "latency", "C": "soft reset"}
steps = {"T of A": math.ceil, "T of B": 101, "T of C": 200}
""")
)
wrong(
    "encoding/choose",
    "Look at T of A: it is a dict with 1 entries; wanted is a whole",
    "a dictionary for T",
)(
    Cell("""
choice = {"A": "phase", "B": "latency", "C": "soft reset"}
steps = {"T of A": {"T": 7}, "T of B": 101, "T of C": 200}
""")
)
wrong(
    "encoding/choose",
    "Look at T of B: it is the number 100.9, which is not whole;",
    "T of B just below, 100.9",
)(
    Cell("""
choice = {"A": "phase", "B": "latency", "C": "soft reset"}
steps = {"T of A": 7, "T of B": 100.9, "T of C": 200}
""")
)
wrong(
    "encoding/choose", "Look at T of C: it is the number 200.5, which is not whole;", "T of C 200.5"
)(
    Cell("""
choice = {"A": "phase", "B": "latency", "C": "soft reset"}
steps = {"T of A": 7, "T of B": 101, "T of C": 200.5}
""")
)
wrong("encoding/choose", "Look at T of A: it is the number 7.4, which is not whole;", "T of A 7.4")(
    Cell("""
choice = {"A": "phase", "B": "latency", "C": "soft reset"}
steps = {"T of A": 7.4, "T of B": 101, "T of C": 200}
""")
)
wrong(
    "encoding/choose", "Your answer can.t be read: it raised an error, .OverflowError:", "a huge T"
)(
    Cell("""
choice = {"A": "phase", "B": "latency", "C": "soft reset"}
steps = {"T of A": 7, "T of B": 101, "T of C": 10 ** 400}
""")
)
wrong(
    "encoding/choose",
    "Your answer has no part C; wanted are A, B, C, T of A, T of B,",
    "C is missing in choice",
)(
    Cell("""
choice = {"A": "phase", "B": "latency"}
steps = {"T of A": 7, "T of B": 101, "T of C": 200}
""")
)
wrong(
    "encoding/choose",
    "Your answer has no part T of B; wanted are A, B, C, T of A, T",
    "T of B is missing in steps",
)(
    Cell("""
choice = {"A": "phase", "B": "latency", "C": "soft reset"}
steps = {"T of A": 7, "T of C": 200}
""")
)
wrong(
    "encoding/choose",
    "Your answer has no part T of A; wanted are A, B, C, T of A, T",
    "steps is empty",
)(
    Cell("""
choice = {"A": "phase", "B": "latency", "C": "soft reset"}
steps = {}
""")
)
wrong(
    "encoding/choose",
    "Your answer has no part A; wanted are A, B, C, T of A, T of B,",
    "both empty",
)(
    Cell("""
choice = {}
steps = {}
""")
)
wrong(
    "encoding/choose",
    "Your answer has no part A; wanted are A, B, C, T of A, T of B,",
    "choice is empty",
)(
    Cell("""
choice = {}
steps = {"T of A": 7, "T of B": 101, "T of C": 200}
""")
)
wrong(
    "encoding/choose",
    "Your answer has no part T of A; wanted are A, B, C, T of A, T",
    "steps with the keys A, B, C, which overwrite the codes",
)(
    Cell("""
choice = {"A": "phase", "B": "latency", "C": "soft reset"}
steps = {"A": 7, "B": 101, "C": 200}
""")
)
wrong(
    "encoding/choose",
    "Your answer has no part A; wanted are A, B, C, T of A, T of B,",
    "keys in small letters",
)(
    Cell("""
choice = {"a": "phase", "b": "latency", "c": "soft reset"}
steps = {"T of a": 7, "T of b": 101, "T of c": 200}
""")
)
wrong(
    "encoding/choose",
    "Your T of A is one too large. The decoder adds half of the last",
    "an extra budget D besides a wrong T of A",
)(
    Cell("""
choice = {"A": "phase", "B": "latency", "C": "soft reset", "D": "Bernoulli"}
steps = {"T of A": 8, "T of B": 101, "T of C": 200}
""")
)
wrong(
    "encoding/choose",
    "Your answer has no part C; wanted are A, B, C, T of A, T of B,",
    "zip with one name too few",
)(
    Cell("""
choice = dict(zip("ABC", ["phase", "latency"]))
steps = dict(zip(["T of A", "T of B", "T of C"], [7, 101]))
""")
)
wrong(
    "encoding/choose",
    "Look at A: it is the number 7; wanted is a text.",
    "choice and steps exchanged",
)(
    Cell("""
choice = {"A": 7, "B": 101, "C": 200}
steps = {"T of A": "phase", "T of B": "latency", "T of C": "soft reset"}
""")
)
wrong(
    "encoding/choose",
    "Your T of C is one too large: the error is less than 1/T, so",
    "a loop with < instead of <=",
)(
    Cell("""
choice = {"A": "phase", "B": "latency", "C": "soft reset"}
steps = {
    "T of A": next(T for T in range(2, 1000) if 2 ** -(T + 1) < 0.005),
    "T of B": next(T for T in range(2, 1000) if 1 / (2 * (T - 1)) < 0.005),
    "T of C": next(T for T in range(2, 1000) if 1 / T < 0.005),
}
""")
)
wrong(
    "encoding/choose",
    "Look at T of B: it is the number 1.0025, which is not whole;",
    "precedence slip: 1 / 2 * (T - 1) inverted",
)(
    Cell("""
choice = {"A": "phase", "B": "latency", "C": "soft reset"}
steps = {"T of A": 7, "T of B": 1 / 2 * 0.005 + 1, "T of C": 200}
""")
)
wrong(
    "encoding/choose",
    "You have exchanged the codes of A and B: which of them needs",
    "A and B exchanged, with their T",
)(
    Cell("""
choice = {"A": "latency", "B": "phase", "C": "soft reset"}
steps = {"T of A": 101, "T of B": 7, "T of C": 200}
""")
)
wrong(
    "encoding/choose",
    "You have exchanged the codes of A and B: which of them needs",
    "codes A and B exchanged, T left",
)(
    Cell("""
choice = {"A": "latency", "B": "phase", "C": "soft reset"}
steps = {"T of A": 7, "T of B": 101, "T of C": 200}
""")
)
wrong("encoding/choose", "You have exchanged the steps of B and C.", "T of B and T of C exchanged")(
    Cell("""
choice = {"A": "phase", "B": "latency", "C": "soft reset"}
steps = {"T of A": 7, "T of B": 200, "T of C": 101}
""")
)
wrong("encoding/choose", "You have exchanged T of A and T of B.", "T of A and T of B exchanged")(
    Cell("""
choice = {"A": "phase", "B": "latency", "C": "soft reset"}
steps = {"T of A": 101, "T of B": 7, "T of C": 200}
""")
)

# ---------------------------------------------------------------------------------------- warm-up

wrong(
    "encoding/warm-up",
    "Look at the step: it is a list of whole numbers",
    "slip: comma for a decimal point",
)(
    Cell("""
spikes, step, digits = 7, (2, 25), [1, 1, 0, 0]
""")
)
# ----------------------------------------------------------------------------------------- derive

wrong(
    "encoding/derive",
    "Look at your answer: it is a list of whole",
    "slip: trailing comma makes a tuple",
)(
    Cell("""
import math

def steps_for(x, error):
    return max(1, math.ceil(x * (1 - x) / error ** 2)),
""")
)
wrong("encoding/derive", "TypeError: unsupported operand type", "slip: ^ is not a power")(
    Cell("""
import math

def steps_for(x, error):
    return max(1, math.ceil(x * (1 - x) / error ^ 2))
""")
)
# ------------------------------------------------------------------------------------------ build

wrong("encoding/build", "is too small. Look at the numbers: wanted is", "slip: return in the loop")(
    Cell("""
def from_first_spike(s_seq):
    T, N = s_seq.shape
    out = torch.zeros(N, dtype=s_seq.dtype)
    for t in reversed(range(T)):
        out[s_seq[t] > 0] = 1 - t / (T - 1)
        return out
""")
)
# ------------------------------------------------------------------------------------------ break

wrong(
    "encoding/break",
    "things; wanted is a torch.Tensor. Wanted is a",
    "slip: trailing comma makes a tuple",
)(
    Cell("""
def encode(x, T, generator):
    noise = torch.rand(T, *x.shape, generator=generator).to(x.device)
    return (noise < x).to(x.dtype),
""")
)
