"""The checker knows a right answer, and it tells each wrong one what is wrong with it.

The answers come from the book: the stub stands in the exercise's cell, the right answer in its
folded solution. The wrong answers are written here as a learner would write them; the package has
wrong answers of its own, and both must meet.
"""

import ast
import copy
import dataclasses
import inspect
import linecache
import math
import random
import re
import subprocess
import sys
import textwrap
from collections import Counter
from fractions import Fraction
from pathlib import Path

import nbformat
import numpy as np
import pytest
import torch
from bs4 import BeautifulSoup
from exercises import ALL, BOOK, cells_of, run, solution_of, stub_of
from matplotlib import pyplot as plt
from nbclient import NotebookClient
from test_architecture import heavy_modules_after
from torch import nn

from snnbook import functional
from snnbook.check import CHAPTERS, Exercise, check, exercises
from snnbook.check import sentences as say
from snnbook.check.comparing import compare
from snnbook.check.engine import examine
from snnbook.check.patterns import Pattern
from snnbook.check.sentences import Misfit
from snnbook.check.watching import guarded
from snnbook.neuron import IFNode
from snnbook.surrogate import Surrogate


def calls_in(chapter):
    """The exercises that a chapter's cells check."""
    for cell in cells_of(chapter):
        if cell.cell_type == "code" and cell.id != "install":
            for node in ast.walk(ast.parse(cell.source)):
                if isinstance(node, ast.Call) and ast.unparse(node.func) == "check":
                    yield node.args[0].value


# --------------------------------------------------------------- every exercise, as the book has it


def test_every_exercise_stands_in_its_chapter_once():
    used = {path.stem: Counter(calls_in(path.stem)) for path in BOOK.glob("*.ipynb")}
    assert {chapter for chapter, names in used.items() if names} == set(CHAPTERS)
    for chapter in CHAPTERS:
        assert used[chapter] == dict.fromkeys(exercises(chapter), 1)


@pytest.mark.parametrize("chapter", [chapter for chapter in CHAPTERS if chapter != "setup"])
def test_a_chapter_warms_up_derives_builds_and_breaks(chapter):
    kinds = {name.split("/")[1].split("-")[0] for name in exercises(chapter)}
    assert kinds >= {"warm", "derive", "build", "break"}
    assert 3 <= len(exercises(chapter)) <= 6


# These begin with a program or a value to be repaired.
BROKEN = {
    "encoding/break": "same noise",
    "setup/one-third": "too large",
    "state/break": "starts from 0",
    "step_modes/break": "taken for steps",
    "step_modes/convert": "raised an error",
    "surrogate_gradients/break": "not exactly 0 or 1",
    "classifier/break": "potentials of the batch before",
    "time_and_credit/break": "Both faults",
    "silent/break": "Both faults",
}


CALLED = [name for name, one in ALL.items() if one.run is None and inspect.isfunction(one.right)]


@pytest.mark.parametrize("name", CALLED)
def test_arguments_are_called_as_in_the_stub(name):
    exercise = ALL[name]
    lines = ast.parse(stub_of(name)[0]).body
    stub = next(line for line in lines if isinstance(line, ast.FunctionDef))
    names = [argument.arg for argument in stub.args.args]
    for case in exercise.cases():
        assert list(exercise.arguments(case)) == names


def test_an_argument_with_a_default_is_none_of_a_trials():
    exercise = Exercise(
        wanted="",
        passed="",
        right=lambda a, b, c=1, *rest, d=2, **more: a + c,
        wrong={},
        cases=lambda: [(1, 2)],
        kinds="number",
    )
    assert exercise.arguments((1, 2)) == {"a": 1, "b": 2}
    assert "It was tried with a=1, b=2." in examine("a/b", exercise, lambda a, b: a).message


@pytest.mark.parametrize("name", ALL)
def test_stub_is_not_an_answer(name):
    verdict = run(name, *stub_of(name))
    assert not verdict
    assert not verdict.passed
    if name in BROKEN:
        assert verdict.heading == say.NOT_YET
        assert BROKEN[name] in verdict.message
    else:
        assert verdict.heading == say.YOUR_TURN
        assert verdict.message.endswith(ALL[name].wanted)
        assert verdict.drawing is None


@pytest.mark.parametrize("name", ALL)
def test_the_books_solution_passes(name):
    verdict = run(name, solution_of(name), stub_of(name)[1])
    assert verdict.message == ALL[name].passed
    assert verdict
    assert verdict.heading == say.RIGHT


# What learners write, and a word of the sentence that each of them must get.
LEARNERS = {
    "encoding/warm-up": (
        ("spikes, step, digits = 8, 2, [1, 1, 0, 0]", "stays in the membrane"),
        ("spikes, step, digits = 7, 7, (1, 1, 0, 0)", "It fires early"),
        ("spikes, step, digits = 7, 2, torch.tensor([0, 0, 1, 1])", "largest digit"),
        ("spikes, step, digits = 7, 2, [1, 1, 1, 0]", "are a rate of 0.75"),
        ("spikes, step, digits = 0.75, 2, [1, 1, 0, 0]", "how many spikes there are"),
    ),
    "encoding/derive": (
        ("def steps_for(x, error):\n    return x * (1 - x) / error**2", "whole"),
        ("def steps_for(x, error):\n    return math.ceil(0.25 / error**2)", "at x = 1/2"),
        (
            "def steps_for(x, error):\n    return math.ceil(x * (1 - x) / error**2)",
            "needs 1 step",
        ),
        (
            "def steps_for(x, error):\n    return max(1, math.ceil(x * (1 - x) / error))",
            "square the error",
        ),
    ),
    "encoding/build": (
        (
            "def from_first_spike(s_seq):\n"
            "    return 1 - s_seq.argmax(0).to(s_seq.dtype) / (len(s_seq) - 1)",
            "`argmax` of zeros is 0",
        ),
        (
            "def from_first_spike(s_seq):\n"
            "    first = encoding.first_spike(s_seq)\n"
            "    return 1 - first.to(s_seq.dtype) / len(s_seq)",
            "there are T - 1 steps",
        ),
        ("def from_first_spike(s_seq):\n    return s_seq.mean(0)", "This is the rate"),
        (
            "def from_first_spike(s_seq):\n    return encoding.first_spike(s_seq)",
            "its dtype is torch.int64",
        ),
    ),
    "encoding/break": (
        (
            """
            def encode(x, T, generator):
                noise = torch.rand(T, len(x), 1, generator=generator).to(x.device)
                return (noise < x).to(x.dtype)
            """,
            "for each pixel",
        ),
        (
            """
            def encode(x, T, generator):
                return (torch.rand(T, *x.shape).to(x.device) < x).to(x.dtype)
            """,
            "without the generator",
        ),
        (
            """
            def encode(x, T, generator):
                noise = torch.rand(T, *x.shape, generator=generator).to(x.device)
                return (noise >= x).to(x.dtype)
            """,
            "the probability 1 - x",
        ),
        (
            """
            def encode(x, T, generator):
                noise = torch.rand(T, *x.shape, generator=generator).to(x.device)
                return noise < x
            """,
            "its dtype is torch.bool",
        ),
    ),
    "setup/one-third": (
        ("every_third = 0.32", "too small"),
        ("every_third = 0.9", "too large"),
        ("every_third = 1", "alone reaches"),
        ("every_third = torch.tensor([1 / 12.5])", "never fires"),
    ),
    "setup/run-it-again": (
        ("first = second = [0, 1, 0, 1, 0]", "starts again from 0"),
        ("first, second = [1, 0, 1, 0, 1], [0, 1, 0, 1, 0]", "fires in step 0"),
        ("first = second = (1, 1, 1, 1, 1)", "of its own"),
    ),
    "setup/run-a-chapter": (
        ("printed = ['cuda', 2500, 2999]", "on the GPU"),
        ("printed = ['the CPU', 2500, 2999]", "the last word"),
        ("printed = ['cpu', 2500, 3000]", "exact number"),
        ("printed = ['cpu', 5, 6]", "first picture"),
        ("printed = ['cpu', 2500, 2990]", "it is too small"),
    ),
    "setup/draw-again": (
        ("same = [True, True, True]", "all three"),
        ("same = [True, True, False]", "starts again by itself"),
        ("same = [True, False, True]", "Another seed"),
        ("same = [False, True, True]", "the other way round in all"),
    ),
    "state/warm-up": (
        ("after = [0, [1] * 3, [2] * 3, 0, [[0.5, 0.5]] * 2]", "to reach it is enough"),
        ("after = [0, [1] * 3, [1] * 3, 0, [[0.5, 0.5]] * 2]", "added to the first"),
        ("after = [0, [1] * 3, [0] * 3, [0] * 3, [[0.5, 0.5]] * 2]", "forgets the shape"),
        ("after = [0, [1] * 3, [0] * 3, 0, [0.5] * 3]", "new shape"),
        ("after = [[0] * 3, [1] * 3, [0] * 3, 0, [[0.5] * 2] * 2]", "does not know yet"),
        ("after = [0, [1] * 3, [0] * 3, 0, [[1, 1], [1, 1]]]", "v after line 5"),
    ),
    "state/derive": (
        ("def slope(T, k):\n    return T", "first step"),
        ("def slope(T, k):\n    return k", "always count k"),
        ("def slope(T, k):\n    return T - k * (T // k)", "gives 0"),
        ("slope = lambda T, k: 1.0", "last step only"),
        ("slope = lambda T, k: T - k", "T=10, k=1. Wanted is 1, and yours is 9."),
    ),
    "state/build": (
        (
            """
            class MyIF(nn.Module):
                def forward(self, x):
                    s, v = if_step(x, 0.0)
                    return s
            """,
            "starts each call from 0",
        ),
        (
            """
            class MyIF(nn.Module):
                v = 0.0

                def reset(self):
                    self.v = 0.0

                def forward(self, x):
                    s, self.v = if_step(x, self.v)
                    return s
            """,
            "accepts an input of another shape",
        ),
        (
            """
            class MyIF(nn.Module):
                v = 0.0

                def reset(self):
                    self.v = 0.0

                def forward(self, x):
                    if torch.is_tensor(self.v) and self.v.shape != x.shape:
                        self.reset()
                    s, self.v = if_step(x, self.v)
                    return s
            """,
            "To start again from 0 is no help",
        ),
        (
            """
            class MyIF(nn.Module):
                v = 0.0

                def forward(self, x):
                    if torch.is_tensor(self.v) and self.v.shape != x.shape:
                        raise RuntimeError("another shape")
                    s, self.v = if_step(x, self.v)
                    return s
            """,
            "no method `reset()`, so `functional.reset_net` passes by",
        ),
        (
            """
            class MyIF(nn.Module):
                def forward(self, x):
                    return x, x
            """,
            "a list or a tuple of 2 tensors; wanted is a torch.Tensor",
        ),
    ),
    "state/break": (
        (
            """
            def save(layer):
                return {"v": layer.v}

            def load(saved):
                layer = neuron.IFNode()
                layer.v = saved["v"]
                functional.reset_net(layer)
                return layer
            """,
            "starts from 0",
        ),
        (
            """
            def save(layer):
                return layer.v.mean()

            def load(saved):
                layer = neuron.IFNode()
                layer.v = saved.item()
                return layer
            """,
            "for all neurons",
        ),
        (
            """
            def save(layer):
                return layer.v.half()

            def load(saved):
                layer = neuron.IFNode()
                layer.v = saved
                return layer
            """,
            "RuntimeError: IFNode: the state v is",
        ),
    ),
    "spikes/warm-up": (
        ("fires = [[4, 8, 12], [2, 4, 6, 8, 10, 12], [2, 4, 6], []]", "from 1"),
        ("fires = [[3, 6, 9], [1, 3, 5, 7, 9, 11], [1, 3], []]", "let neuron 1 keep"),
        ("fires = [[3, 7, 11], [1, 2, 3, 5, 6, 7, 9, 10, 11], [], []]", "let neuron 2 keep"),
        ("fires = [[3, 7, 11], [1, 3, 5, 7, 9, 11], range(12), []]", "let neuron 3 fire at once"),
        ("fires = [[3, 7, 11], *[[1, 3, 5, 7, 9, 11]] * 3]", "let neuron 4 add up"),
    ),
    "spikes/derive-decay": (
        ("def corrected(tau):\n    return tau", "tau itself"),
        ("def corrected(tau):\n    return 1 / 2 + tau", "exact value"),
        ("def corrected(tau):\n    return math.e ** (-1 / tau)", "what a step should leave"),
        ("def corrected(tau):\n    return 1 - math.e ** (-1 / tau)", "One step is left"),
        ("def corrected(tau):\n    return 2 * tau", "tau=2. Wanted is 2.54149, and yours is 4."),
    ),
    "spikes/derive-interval": (
        (
            "def interval_undivided(x, tau):\n    return interval(x, tau) if x > 1 else math.inf",
            "divided by tau",
        ),
        (
            "def interval_undivided(x, tau):\n"
            "    if tau * x <= 1:\n        return float('inf')\n"
            "    return math.floor(math.log(1 - 1 / tau / x) / math.log(1 - 1 / tau))",
            "one step early",
        ),
        ("def interval_undivided(x, tau):\n    return -(-1 // x)", "no leak"),
        (
            "def interval_undivided(x, tau):\n"
            "    return math.ceil(math.log(1 - 1 / x) / math.log(1 - 1 / tau))",
            "ValueError",
        ),
    ),
    "spikes/build": (
        (
            """
            from snnbook.equation import sqrt

            class Algebraic(surrogate.Surrogate):
                alpha: float = 2.0

                def primitive(u, alpha):
                    return alpha * u / (2 * sqrt(1 + (alpha * u) ** 2))
            """,
            "from -1/2 to 1/2",
        ),
        (
            """
            class Algebraic(surrogate.Surrogate):
                alpha: float = 2.0

                def primitive(u, alpha):
                    return 1 / 2 + alpha * u * (1 + (alpha * u) ** 2) ** -0.5
            """,
            "from -1/2 to 3/2",
        ),
        (
            """
            class Algebraic(surrogate.Surrogate):
                alpha: float = 2.0

                def primitive(u, alpha):
                    return 1 / 2 + u * (1 + 4 * u**2) ** -0.5
            """,
            "fixed value",
        ),
        (
            """
            class Algebraic(surrogate.Surrogate):
                alpha: float = 2.0

                def primitive(u, alpha):
                    return torch.sqrt(1 + (alpha * u) ** 2)
            """,
            "raised an error, `EquationError",
        ),
    ),
    "spikes/break": (
        ("first_spikes = math.inf, math.inf", "exact arithmetic"),
        ("first_spikes = [25, 54]", "step 0"),
        ("first_spikes = [24, 24]", "twice as many"),
        ("first_spikes = [24, 100]", "float64: it is too large"),
    ),
    "reset/warm-up": (
        ("spikes_hard, spikes_soft = 9, 6", "exchanged"),
        ("spikes_hard, spikes_soft = 9, 9", "hard reset keep"),
        ("spikes_hard, spikes_soft = 6, 6", "soft reset lose"),
        ("spikes_hard, spikes_soft = 12, 9", "less than the threshold"),
        ("spikes_hard, spikes_soft = 6, 8", "soft reset: it is too small"),
    ),
    "reset/derive": (
        ("def start_at(v_0, x, T):\n    return int(T * x), math.ceil(1 / x) - 1", "start from 0"),
        (
            "def start_at(v_0, x, T):\n    return int(v_0 + T * x), math.ceil((1 - v_0) / x)",
            "steps from 1",
        ),
        (
            "def start_at(v_0, x, T):\n    return int(T * x), math.ceil((1 - v_0) / x) - 1",
            "v_0 counts",
        ),
        (
            "def start_at(v_0, x, T):\n    return int(v_0 + T * x)",
            "the number 5; wanted is one value",
        ),
        ("def start_at(v_0, x, T):\n    return 1, 2, 3", "has 3 parts; wanted are 2"),
    ),
    "reset/build": (
        (
            """
            class PartialResetNode(neuron.IFNode):
                keep: float = 0.5

                def partial_reset(h, s, v_threshold, keep):
                    return s * keep * (h - v_threshold) + (1 - s) * h
            """,
            "called `hard_reset`",
        ),
        (
            """
            class PartialResetNode(neuron.IFNode):
                keep: float = 0.5

                def hard_reset(h, s, v_threshold, keep):
                    return keep * (h - s * v_threshold) + (1 - keep) * (1 - s) * h
            """,
            "",  # another way to write the right one
        ),
        (
            """
            class PartialResetNode(neuron.IFNode):
                keep: float = 0.5

                def hard_reset(h, s, v_threshold, keep):
                    return h - keep * v_threshold * s
            """,
            "a part of the threshold",
        ),
        (
            """
            class PartialResetNode(neuron.IFNode):
                keep: float = 0.5

                def hard_reset(h, s, v_threshold, keep):
                    return s * keep * h + (1 - s) * h
            """,
            "keeps a part of H",
        ),
        (
            """
            class PartialResetNode(neuron.IFNode):
                keep: float = 0.5

                def hard_reset(h, s, v_threshold, keep):
                    return s * keep * (h - v_threshold)
            """,
            "(1 - S) H is missing",
        ),
    ),
    "reset/measure": (
        ("euler_rate = 83.33", "as in the chapter"),
        ("euler_rate = 91.02", "analytic rate"),
        ("euler_rate = -4.07", "difference"),
        ("euler_rate = 11.5", "mean interval"),
        ("euler_rate = 90.0", "too large"),
    ),
    "reset/break": (
        ("fires_in = []", "wait for an input"),
        ("fires_in = [0]", "fire once"),
        ("fires_in = range(1, 11)", "from 1"),
        ("fires_in = [0, 2]", "some are missing"),
    ),
    "visualization/warm-up": (
        ("rate_weak, rate_strong, told_apart = 0.26, 0.3, True", "soft reset"),
        ("rate_weak, rate_strong, told_apart = 0.25, 1 / 3, True", "three of it are 0.9"),
        ("rate_weak, rate_strong, told_apart = 25, 25, False", "numbers of spikes"),
        ("rate_weak, rate_strong, told_apart = 0.25, 0.25, True", "two rasters"),
        (
            "rate_weak, rate_strong, told_apart = 0.25, 0.25, 'no'",
            "it is a text, `no`; wanted is True or False",
        ),
    ),
    "visualization/derive": (
        (
            "def expected_spikes(d, T):\n    return sum(1 - d / (T // m) for m in range(1, T + 1))",
            "below 0",
        ),
        ("def expected_spikes(d, T):\n    return T / d / 2", "mean input"),
        (
            "def expected_spikes(d, T):\n"
            "    return sum(max(0, 1 - d / (T / m)) for m in range(1, T + 1))",
            "whole number of steps",
        ),
        ("def expected_spikes(d, T):\n    return max(0, 1 - d / T)", "at least one spike"),
    ),
    "visualization/build": (
        (
            """
            def raster_and_fraction(s_seq):
                fig, (above, below) = plt.subplots(2, 1, sharex=True)
                plot_1d_spikes(s_seq, "", "", "", plot_firing_rate=False, axes=above)
                below.bar(range(s_seq.shape[1]), s_seq.mean(dim=0).tolist(), width=1)
                return above, below
            """,
            "firing rates",
        ),
        (
            """
            def raster_and_fraction(s_seq):
                fig, (above, below) = plt.subplots(2, 1, sharex=True)
                plot_1d_spikes(s_seq, "", "", "", plot_firing_rate=False, axes=above)
                below.bar(range(len(s_seq)), s_seq.sum(dim=1).tolist(), width=1)
                return above, below
            """,
            "numbers of spikes",
        ),
        (
            """
            def raster_and_fraction(s_seq):
                fig, (above, below) = plt.subplots(2, 1, sharex=True)
                plot_1d_spikes(s_seq, "", "", "", plot_firing_rate=False, axes=above)
                below.bar(range(len(s_seq)), s_seq.mean(dim=1).tolist())
                return above, below
            """,
            "narrower",
        ),
        (
            """
            def raster_and_fraction(s_seq):
                fig, (above, below) = plt.subplots(2, 1, sharex=True)
                plot_1d_spikes(s_seq, "", "", "", plot_firing_rate=False, axes=above)
                below.plot(s_seq.mean(dim=1).tolist())
                return above, below
            """,
            "No bars were found",
        ),
        (
            """
            def raster_and_fraction(s_seq):
                return plot_1d_spikes(s_seq, "", "", "", plot_firing_rate=False)
            """,
            "in place of two Axes",
        ),
    ),
    "visualization/break": (
        ("v_predicted = [0.0] * 10", "hard reset"),
        ("v_predicted = 10 * [1.5]", "begins at 0"),
        ("v_predicted = np.arange(1, 11) * 2.5", "without any reset"),
        ("v_predicted = 1.5 * torch.arange(10)", "one step early"),
        ("v_predicted = [15]", "it has 1 parts, and 10 are wanted"),
    ),
    "step_modes/warm-up": (
        ("shapes = [(8, 16, 3, 32, 32), (8, 3, 32, 32), (8, 3, 32, 32), ()]", "batch first"),
        ("shapes = [(16, 8, 3, 32, 32), (3, 32, 32), (8, 3, 32, 32), ()]", "step has no batch"),
        ("shapes = [(16, 8, 3, 32, 32), (8, 3, 32, 32), (3, 32, 32), ()]", "v has no batch"),
        (
            "shapes = [(16, 8, 3, 32, 32), (8, 3, 32, 32), (8, 3, 32, 32), (8, 3, 32, 32)]",
            "does not know about time",
        ),
        ("shapes = [(16, 8, 3, 32, 32)] * 3 + [(8, 3, 32, 32)]", "time dimension"),
    ),
    "step_modes/break": (
        (
            "def spikes_of(batch_first):\n"
            "    return functional.run(neuron.IFNode(), batch_first)[0].transpose(0, 1)",
            "after the run",
        ),
        (
            "def spikes_of(batch_first):\n"
            "    N, T, C = batch_first.shape\n"
            "    return functional.run(neuron.IFNode(), batch_first.view(T, N, C))[0]",
            "mixes the numbers",
        ),
        (
            "def spikes_of(batch_first):\n"
            "    return functional.run(neuron.IFNode(), batch_first.mT)[0]",
            "it has the shape [5, 3, 12]; wanted is [12, 5, 3]",
        ),
        (
            "def spikes_of(batch_first):\n"
            "    return functional.run(neuron.IFNode(), batch_first.transpose(0, 1))[0].bool()",
            "its dtype is torch.bool; wanted is torch.float32",
        ),
    ),
    "step_modes/derive": (
        ("def numbers_written(T, N):\n    return N * T**2", "write their sums too"),
        ("def numbers_written(T, N):\n    return 2 * N * T**2", "one addition less"),
        ("def numbers_written(T, N):\n    return N * (2 * T - 1)", "whole sequence"),
        ("def numbers_written(T, N):\n    return N * T", "`unbind`"),
        (
            "def numbers_written(T):\n    return T",
            "the arguments (T); it is called with (T, N)",
        ),
    ),
    "step_modes/build": (
        (
            "def inhibited(layer, x_seq, feedback):\n"
            "    return torch.stack([layer(x) for x in x_seq])",
            "without feedback",
        ),
        (
            """
            def inhibited(layer, x_seq, feedback):
                s, s_list = 0.0, []
                for x in x_seq:
                    s = layer(x + feedback * s)
                    s_list.append(s)
                return torch.stack(s_list)
            """,
            "wrong sign",
        ),
        (
            """
            def inhibited(layer, x_seq, feedback):
                s, s_list = 0.0, []
                for x in x_seq:
                    s_list.append(layer(x - feedback * s))
                    s = s + s_list[-1]
                return torch.stack(s_list)
            """,
            "adds up",
        ),
        (
            """
            def inhibited(layer, x_seq, feedback):
                s = 0.0
                for x in x_seq:
                    s = layer(x - feedback * s)
                return s
            """,
            "it has the shape [4]; wanted is [40, 4]",
        ),
    ),
    "surrogate_gradients/warm-up": (
        ("gradients = [0.8, 1, 0.694, 0.67]", "distance from the threshold"),
        ("gradients = [0.2, 1, 0.309, 0.202]", "outside"),
        ("gradients = [0.2, 0, 0.556, 0.202]", "square is missing"),
        ("gradients = [0.2, 0, 0.309, 0.449]", "missing in the exponent"),
        ("gradients = [0.2, 0, 0.309, 0.3]", "PiecewiseExp"),
    ),
    "surrogate_gradients/build": (
        (
            """
            def learned(w, x_seq, wanted):
                w = w.clone().requires_grad_()
                s_seq = layer((x_seq @ w)[:, None])
                return w
            """,
            "NameError",
        ),
        (
            """
            def learned(w, x_seq, wanted):
                leaf = w.clone().requires_grad_()
                layer = neuron.LIFNode(10.0, decay_input=False, step_mode="m")
                distance(layer((x_seq @ leaf)[:, None]), wanted).backward()
                return w - 0.001 * leaf.grad
            """,
            "alpha = 4",
        ),
        (
            """
            def learned(w, x_seq, wanted):
                leaf = w.clone().requires_grad_()
                theta = surrogate.Sigmoid(1.0)
                layer = neuron.LIFNode(10.0, surrogate_function=theta, step_mode="m")
                distance(layer((x_seq @ leaf)[:, None]), wanted).backward()
                return w - 0.001 * leaf.grad
            """,
            "decay_input",
        ),
    ),
    "surrogate_gradients/derive": (
        ("def alpha_for(c):\n    return 1 / c", "area is 2"),
        ("def alpha_for(c):\n    return 2 * c", "width of the box"),
        ("alpha_for = lambda c: 0.5", "c=0.3"),
        ("alpha_for = lambda c: 1 / (2 * c**2)", "c=0.3"),
    ),
    "surrogate_gradients/break": (
        ("spike = lambda u: torch.sigmoid(4 * u)", "returns p itself"),
        ("spike = lambda u: (u >= 0).to(u.dtype)", "No gradient"),
        (
            """
            def spike(u):
                p = torch.sigmoid(4 * u)
                return p + (u >= 0).to(u.dtype) - p.detach()
            """,
            "in which order",
        ),
        (
            """
            def spike(u):
                p = torch.sigmoid(4 * u)
                return (u > 0).to(u.dtype) + (p - p.detach())
            """,
            "the neuron fires",
        ),
    ),
    "surrogate_gradients/choose": (
        ("steepest = [1, 5.986, 6.334]", "triangle ends"),
        ("steepest = [0.99, 2.993, 6.334]", "alpha/2"),
        ("steepest = [0.99, 4.605, 6.334]", "tail alone"),
        ("steepest = [0.99, 5.986, 6.366]", "not 100"),
        ("steepest = [0.99, 5.986, 5.0]", "ATan: it is too small"),
    ),
    "classifier/warm-up": (
        ("shapes_and_sizes = [[32, 5, 784], [5, 32, 300], [32, 10], 238510, 1500]", "batch first"),
        ("shapes_and_sizes = [[5, 32, 784], [32, 300], [32, 10], 238510, 1500]", "have no time"),
        ("shapes_and_sizes = [[5, 32, 784], [5, 32, 300], [10], 238510, 1500]", "one picture"),
        ("shapes_and_sizes = [[5, 32, 784], [5, 32, 300], [32, 10], 238200, 1500]", "a bias"),
        ("shapes_and_sizes = [[5, 32, 784], [5, 32, 300], [32, 10], 238510, 300]", "one step"),
    ),
    "classifier/build": (
        (
            """
            def training_step(net, optimizer, x, y, T):
                functional.reset_net(net)
                y_seq = torch.stack([net(x) for _ in range(T)])
                loss = F.cross_entropy(y_seq.mean(0), y)
                loss.backward()
                optimizer.step()
                return loss.item()
            """,
            "`optimizer.zero_grad()`",
        ),
        (
            """
            def training_step(net, optimizer, x, y, T):
                optimizer.zero_grad()
                y_seq = functional.multi_step_forward(x.expand(T, *x.shape), net)
                loss = F.cross_entropy(y_seq.mean(0), y)
                loss.backward()
                optimizer.step()
                return loss.item()
            """,
            "potentials of the first",
        ),
        (
            """
            def training_step(net, optimizer, x, y, T):
                functional.reset_net(net)
                y_seq = torch.stack([net(x) for _ in range(T)])
                loss = F.cross_entropy(y_seq.mean(1), y)
                loss.backward()
                optimizer.step()
                return loss.item()
            """,
            "an error",
        ),
        (
            """
            def training_step(net, optimizer, x, y, T):
                functional.reset_net(net)
                y_seq = torch.stack([net(x) for _ in range(T)])
                loss = F.cross_entropy(y_seq.mean(0).softmax(1), y)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                return loss.item()
            """,
            "softmax stands before",
        ),
    ),
    "classifier/choose": (
        ("choose = lambda tried, give: max(tried, key=lambda p: tried[p][0])", "most accurate"),
        ("choose = lambda tried, give: min(tried, key=lambda p: tried[p][1])", "fewest spikes of"),
        ("choose = lambda tried, give: give", "the same when `tried` changes"),
        ("choose = lambda tried, give: tried[min(tried)][1]", "Wanted is 0.25"),
    ),
    "classifier/derive": (
        ("def least_loss(K):\n    return 0.0", "with one softmax"),
        ("def least_loss(K):\n    return math.log(K)", "guesses"),
        ("def least_loss(K):\n    return math.e / (math.e + K - 1)", "minus its logarithm"),
        ("def least_loss(K):\n    return 1.461", "Wanted is"),
    ),
    "classifier/break": (
        (
            """
            def evaluate(net, batches, T):
                right = count = 0
                for x, y in batches:
                    said = net(x.expand(T, *x.shape)).mean(0).argmax(1)
                    right += (said == y).sum().item()
                    count += len(y)
                return right / count
            """,
            "Reset it before each",
        ),
        (
            """
            def evaluate(net, batches, T):
                shares = []
                for x, y in batches:
                    functional.reset_net(net)
                    said = net(x.expand(T, *x.shape)).mean(0).argmax(1)
                    shares.append((said == y).float().mean().item())
                return sum(shares) / len(shares)
            """,
            "count more",
        ),
        (
            """
            def evaluate(net, batches, T):
                right = 0
                for x, y in batches:
                    functional.reset_net(net)
                    said = net(x.expand(T, *x.shape)).mean(0).argmax(1)
                    right += (said == y).sum().item()
                return right
            """,
            "Divide by",
        ),
    ),
    "time_and_credit/warm-up": (
        ("quiet, hard, soft, turned = 9 / 16, 0, 9 / 16, -9 / 16", "forget the way in"),
        ("quiet, hard, soft, turned = 0.140625, 0.140625, 0.140625, -0.140625", "pass a hard"),
        ("quiet, hard, soft, turned = 0.140625, 0, 0.140625, 0.140625", "wrong sign"),
        ("quiet, hard, soft, turned = [3 / 16, 0, 3 / 16, -3 / 16]", "a leak too few"),
    ),
    "time_and_credit/derive": (
        ("def share(tau, T, k):\n    return 1 - (1 - 1 / tau) ** k", "Which share"),
        ("def share(tau, T, k):\n    return k / T", "count alike"),
        (
            "def share(tau, T, k):\n    q = math.exp(-1 / tau)\n    return (1 - q**k) / (1 - q**T)",
            "continuous time",
        ),
        ("share = lambda tau, T, k: (1 - 1 / tau) ** (k - T)", "divide single terms"),
    ),
    "time_and_credit/build": (
        (
            """
            def truncated(layer, x_seq, k):
                state, s_list = None, []
                for piece in x_seq.split(k):
                    s_seq, state = functional.run(layer, piece, state)
                    state = {name: value.detach() for name, value in state.items()}
                    s_list.append(s_seq)
                return torch.cat(s_list)
            """,
            "counted from the start",
        ),
        ("def truncated(layer, x_seq, k):\n    return functional.run(layer, x_seq)[0]", "not cut"),
        (
            "def truncated(layer, x_seq, k):\n    return functional.run(layer, x_seq)[0].detach()",
            "No gradient reaches your spikes",
        ),
        ("def truncated(layer, x_seq, k):\n    return functional.run(layer, x_seq)", "wanted is"),
    ),
    "time_and_credit/break": (
        (
            """
            def train_piece(net, optimizer, x_seq, y_seq):
                loss = (net(x_seq) - y_seq).square().mean()
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                functional.reset_net(net)
                return loss.item()
            """,
            "Which call keeps them",
        ),
        (
            """
            def train_piece(net, optimizer, x_seq, y_seq):
                loss = (net(x_seq) - y_seq).square().mean()
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                functional.detach_net(net)
                return loss
            """,
            "Return a number",
        ),
        (
            """
            def train_piece(net, optimizer, x_seq, y_seq):
                loss = (net(x_seq) - y_seq).square().mean()
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                return loss.item()
            """,
            "Your pieces are linked",
        ),
    ),
    "silent/warm-up": (
        ("moments = [-2, 0.48, 0.36, 3.27]", "left out the mean"),
        ("moments = [-2, 1.6, 0.36, 2.143]", "leak is missing"),
        ("moments = [-2, 0.533, 1.8, 1.964]", "rate is squared"),
        ("moments = [-2, 0.533, 0.36, 4.108]", "noise alone"),
        ("moments = [-2, 0.533, 0.36, 3]", "too small"),
    ),
    "silent/derive": (
        (
            "def default_std(r, tau):\n    return math.sqrt(r * (1 - r) / (2 * tau - 1) + r**2)",
            "half the width",
        ),
        (
            "def default_std(r, tau):\n    return (r * (1 - r) / (2 * tau - 1) + r**2) / 3",
            "Wanted is its root",
        ),
        (
            "def default_std(r, tau):\n    return math.sqrt((r / (2 * tau - 1) + r**2) / 3)",
            "have the variance r",
        ),
        ("def default_std(r, tau):\n    return r / 3", "Wanted is"),
    ),
    "silent/build": (
        (
            """
            def shares(h_seq, v_threshold, width):
                s_seq = (h_seq >= v_threshold).float()
                never = (s_seq.mean(0) == 0).float().mean()
                near = ((h_seq - v_threshold).abs() < width).float().mean()
                return [s_seq.mean().item(), never.item(), near.item()]
            """,
            "once for each sample",
        ),
        (
            """
            def shares(h_seq, v_threshold, width):
                s_seq = (h_seq >= v_threshold).float()
                never = (s_seq.mean((0, 1)) == 0).float().mean()
                near = (h_seq - v_threshold < width).float().mean()
                return [s_seq.mean().item(), never.item(), near.item()]
            """,
            "absolute value",
        ),
        (
            """
            def shares(h_seq, v_threshold, width):
                s_seq = (h_seq >= v_threshold).float()
                never = (s_seq.mean((0, 1)) == 0).float().mean()
                near = ((h_seq - v_threshold).abs() < width).float().mean()
                return [s_seq.sum().item(), never.item(), near.item()]
            """,
            "too large",
        ),
    ),
    "silent/choose": (
        ("treat = lambda rows: (-1, 0)", "-1"),
        (
            """
            def treat(rows):
                for number, (rate, near) in enumerate(rows):
                    if rate < 0.01:
                        return number, 1
                return -1, 0
            """,
            "silent layers alone",
        ),
        (
            """
            def treat(rows):
                for number, (rate, near) in enumerate(rows):
                    if near < 0.01:
                        return number, 3
                    if not 0.01 <= rate <= 0.8:
                        return number, 1 + (rate > 0.8)
                return -1, 0
            """,
            "Look at its rate first",
        ),
    ),
    "silent/break": (
        (
            """
            def factors(net, x_seq, rate):
                found, s_seq = [], x_seq
                for linear, layer in zip(net[0::2], net[1::2], strict=True):
                    current, low, high = linear(s_seq), 0.0, 100.0
                    for _ in range(20):
                        factor = (low + high) / 2
                        s_seq = layer(factor * current)
                        if s_seq.mean() > rate:
                            high = factor
                        else:
                            low = factor
                    found.append(factor)
                return found
            """,
            "potentials of the call before",
        ),
        (
            """
            def factors(net, x_seq, rate):
                found, s_seq = [], x_seq
                for linear, layer in zip(net[0::2], net[1::2], strict=True):
                    current, low, high = linear(s_seq), 0.0, 100.0
                    s_seq, _ = functional.run(layer, current)
                    for _ in range(20):
                        factor = (low + high) / 2
                        if functional.run(layer, factor * current)[0].mean() > rate:
                            high = factor
                        else:
                            low = factor
                    found.append(factor)
                return found
            """,
            "without its factor",
        ),
        ("factors = lambda net, x_seq, rate: [1, 1, 1]", "leave the weights"),
    ),
}


LEARNERS["step_modes/convert"] = tuple(
    (
        f"""
        class WholeNet(nn.Module):
            def __init__(self):
                super().__init__()
                self.pool, self.flatten = nn.AvgPool2d(2), nn.Flatten()
                self.one = neuron.IFNode(v_threshold={first})
                self.two = neuron.IFNode(v_threshold=2.0)
                functional.set_step_mode({switched}, "m")

            def forward(self, x_seq):
                s_seq = self.one(functional.seq_to_ann_forward(x_seq, self.pool))
                {returned}
        """,
        words,
    )
    for first, switched, returned, words in (
        (0.5, "self.one", "return self.two(s_seq.flatten(2))", "gets two spikes together"),
        (0.5, "self.two", "return self.two(s_seq.flatten(2))", "first neuron is still"),
        (0.5, "self", "return s_seq.flatten(2)", "spikes of the first neuron"),
        (0.5, "self", "return self.two(self.flatten(s_seq))", "wanted is [6, 4, 32]"),
        (0.5, "self", "return self.two(s_seq.flatten(2))", ""),
        (0.75, "self", "return self.two(s_seq.flatten(2))", "Only some of your neurons"),
    )
)
LEARNERS["encoding/choose"] = tuple(
    (f"choice = {dict(zip('ABC', codes, strict=True))}\nsteps = {steps}", words)
    for codes, a, b, c, words in (
        (("latency", "phase", "soft reset"), 7, 101, 200, "the codes of A and B"),
        (("phase", "latency", "Bernoulli"), 7, 101, 10_000, "by chance"),
        (("phase", "latency", "hard reset"), 7, 101, 200, "biased"),
        (("phase", "latency", "latency"), 7, 101, 101, "comes late"),
        (("phase", "Latency", "soft reset"), 7, 101, 200, "by its name"),
        (("phase", "latency", "soft reset"), 8, 101, 200, "half of the last digit"),
        (("phase", "latency", "soft reset"), 7, 100, 200, "there are T - 1 steps"),
        (("phase", "latency", "soft reset"), 7, 101, 100, "rounds down"),
        (("phase", "latency", "soft reset"), 7, 101, 201, "the error is less than 1/T"),
        (("phase", "latency", "soft reset"), 7, 150, 200, "it is too large"),
        (("phase", "latency", "soft reset"), 7, 101, 200, ""),
    )
    for steps in [{"T of A": a, "T of B": b, "T of C": c}]
)
LEARNERS["reset/choose"] = tuple(
    (f'choice = {{"A": {a}, "B": {b}, "first step": {step}}}\nresets = {resets}', words)
    for a, b, step, resets, words in (
        (True, False, 16, {"C": "soft", "D": "hard"}, "exchanged the two"),
        (True, True, 16, {"C": "soft", "D": "hard"}, "reset of neuron A"),
        (False, False, 16, {"C": "soft", "D": "hard"}, "reset of neuron B"),
        (False, True, 15, {"C": "soft", "D": "hard"}, "step 15"),
        (False, True, 2, {"C": "soft", "D": "hard"}, "it is too small"),
        (False, True, 16, {"C": "hard", "D": "soft"}, "the resets of C and D"),
        (False, True, 16, {"C": "hard", "D": "hard"}, "Look at neuron C"),
        (False, True, 16, {"C": "soft", "D": "soft"}, "Look at neuron D"),
    )
)
LEARNERS["step_modes/choose"] = tuple(
    (f"modes = {modes}\nnumbers = {{\"numbers in 's'\": {s}, \"numbers in 'm'\": {m}}}", words)
    for modes, s, m, words in (
        (dict(zip("abcd", "smms", strict=True)), 16, 128, "in all four"),
        (dict(zip("abcd", "mssm", strict=True)), 128, 128, "means of its own"),
        (dict(zip("abcd", "mssm", strict=True)), 16, 16, "one batch of T·N rows"),
        (dict(zip("abcd", "msss", strict=True)), 16, 128, "Look at d"),
        (dict(zip("abcd", "mssm", strict=True)), 16, 127, "it is too small"),
    )
)


@pytest.mark.parametrize("name", ALL)
def test_learners_mistakes_get_sentences_of_their_own(name):
    said = {}
    for program, words in LEARNERS[name]:
        verdict = run(name, textwrap.dedent(program), stub_of(name)[1])
        assert verdict.passed == (not words), verdict
        assert words in verdict.message
        assert verdict.heading == (say.NOT_YET if words else say.RIGHT)
        said[verdict.message] = words
    assert len(said) == len(LEARNERS[name])
    known = [text.partition("{")[0] for text in ALL[name].sentences.values()]
    told = {text for text in known if any(message.startswith(text) for message in said)}
    assert len(told) >= 2, "fewer than two of the exercise's own mistakes were recognized"


def complete(right, wrong):
    """A wrong answer in full, where only the parts are listed that show the fault."""
    return {**right, **wrong} if isinstance(right, dict) else wrong


def patterned(wrong):
    """Whether a wrong answer is a pattern, or holds one."""
    parts = wrong.values() if isinstance(wrong, dict) else [wrong]
    return any(isinstance(part, Pattern) for part in parts)


@pytest.mark.parametrize("name", ALL)
def test_every_listed_mistake_is_told_from_the_others(name):
    exercise = ALL[name]
    assert len(exercise.wrong) >= 4
    for wrong, sentence in exercise.wrong.values():
        assert sentence.endswith((".", "?", ".)"))
        if patterned(wrong):
            continue
        verdict = check(name, complete(exercise.right, wrong))
        assert not verdict
        assert verdict.message.startswith(sentence), "an earlier mistake does the same"
    assert check(name, exercise.right)


def raising(right):
    """An answer of the right kind whose code raises an error."""

    def function(*arguments, **named):
        raise ZeroDivisionError("a fault of the reader's")

    if isinstance(right, dict):
        return dict.fromkeys(right, function)
    if not inspect.isclass(right):
        return function

    def primitive(u, alpha):
        raise ZeroDivisionError("a fault of the reader's")

    base = right.__mro__[1]
    body = {"__init__": function}
    if base is Surrogate:
        body = {"__annotations__": {"alpha": float}, "alpha": 2.0, "primitive": primitive}
    return type("Reader", (base,), body)


CODE = [
    name
    for name, exercise in ALL.items()
    if callable(exercise.right)
    or (isinstance(exercise.right, dict) and all(map(callable, exercise.right.values())))
]


@pytest.mark.parametrize("name", CODE)
def test_an_answer_that_raises_is_told_so(name):
    verdict = check(name, raising(ALL[name].right))
    assert verdict.heading == say.NOT_YET
    assert "ZeroDivisionError: a fault of the reader's" in verdict.message
    assert 'raise ZeroDivisionError("a fault of the reader\'s")' in verdict.message


class Strange:
    """A value that nobody expects."""

    def __repr__(self):
        raise RuntimeError("it can't even be shown")


STRANGE = (
    Strange(),
    object(),
    "text",
    b"",
    1 + 2j,
    10**400,
    float("nan"),
    True,
    {},
    {"a part": 3},
    set(),
    [],
    (),
    [[], [[]]],
    [Strange()] * 4,
    [1] * 9,
    torch.ones(0),
    torch.ones(3, 4, requires_grad=True),
    torch.ones(2, device="meta"),
    np.array(["a", "b"]),
    int,
    nn.Module,
    nn.ReLU(),
    print,
    lambda: None,
    lambda *arguments: Strange(),
    lambda *arguments: torch.ones(2),
    lambda *arguments: arguments,
)


@pytest.mark.parametrize("name", ALL)
@pytest.mark.filterwarnings("error")
def test_no_answer_raises_an_error(name, capsys):
    for answer in STRANGE:
        verdict = check(name, answer)
        assert not verdict
        assert verdict.message
        assert verdict._repr_html_()
        assert verdict.heading in (say.NOT_YET, say.YOUR_TURN)


@pytest.mark.parametrize("name", ALL)
def test_a_wrong_type_is_told(name):
    message = check(name, Strange()).message
    assert "an object of the type `Strange`" in message
    right = ALL[name].right
    if isinstance(right, dict):
        short = check(name, list(right.values())[:-1]).message
        assert f"has {len(right) - 1} parts; wanted are {len(right)}" in short
        *others, last = right
        lacking = check(name, {part: right[part] for part in others}).message
        assert f"no part {last}" in lacking
        missing = check(name, [*[*right.values()][:-1], ...])
        assert missing.heading == say.YOUR_TURN
        assert missing.message.startswith(f"Still missing: {last}.")
    elif inspect.isclass(right):
        assert "of your class; hand in the class" in check(name, right()).message
        assert "not derived from" in check(name, dict).message
    elif callable(right):
        assert "hand in the function itself" in check(name, torch.ones(2)).message
    else:
        assert "code to be called" in check(name, lambda: right).message


# ------------------------------------------------------------------------------------- the engine


def sums(*, right=lambda x_seq: x_seq.cumsum(0), **more):
    """An exercise about the running sum of a sequence [4, 2]."""
    cases = [(torch.arange(8.0).reshape(4, 2),)]
    more.setdefault("cases", lambda: [(x.clone(),) for (x,) in cases])
    return Exercise(wanted="Sum up.", passed="Well summed.", right=right, wrong={}, **more)


def test_the_first_difference_says_step_neuron_and_both_values():
    def late(x_seq):
        y = x_seq.cumsum(0)
        y[2:, 1] += 0.5
        return y

    verdict = examine("a/b", sums(), late)
    assert verdict.message == (
        "It first differs in your answer at t = 2, neuron 1: wanted is 9, yours is 9.5."
    )


def test_a_place_in_one_row_is_no_time():
    exercise = Exercise(
        wanted="", passed="", right=lambda n: torch.arange(n), wrong={}, cases=lambda: [(3,)]
    )
    message = examine("a/b", exercise, lambda n: torch.arange(n) ** 2).message
    assert message.endswith("in your answer at place 2, counted from 0: wanted is 2, yours is 4.")


@pytest.mark.parametrize(
    ("text", "known"),
    [("the graph is freed, of tensor 3", True), ("no gradient at all in tensor 2", False)],
)
def test_errors_of_one_type_are_told_apart_by_their_text(text, known):
    def fails(text):
        def function(x_seq):
            raise RuntimeError(text)

        return function

    wrong = {"linked": (fails("the graph is freed, of tensor 2"), "Cut the gradient.")}
    exercise = dataclasses.replace(sums(), wrong=wrong)
    message = examine("a/b", exercise, fails(text)).message
    assert message.startswith("Cut the gradient.") == known
    assert f"RuntimeError: {text}" in message


def test_not_a_number_differs():
    verdict = examine("a/b", sums(), lambda x_seq: x_seq.cumsum(0) * float("nan"))
    assert "t = 0, neuron 0: wanted is 0, yours is nan" in verdict.message


def test_an_answer_that_changes_its_input_is_told_so():
    def in_place(x_seq):
        for t in range(1, len(x_seq)):
            x_seq[t] += x_seq[t - 1]
        return x_seq

    message = examine("a/b", sums(), in_place).message
    assert message.startswith("Your code changes its input `x_seq` in place")


def test_the_line_of_an_error_is_the_readers():
    source = "def answer(x_seq):\n    return x_seq.reshape(3, 3)\n"
    linecache.cache["<cell>"] = len(source), None, source.splitlines(True), "<cell>"
    namespace = {}
    exec(compile(source, "<cell>", "exec"), namespace)
    message = examine("a/b", sums(), namespace["answer"]).message
    assert "`RuntimeError: shape '[3, 3]' is invalid for input of size 8`" in message
    assert message.endswith("It happened in line 2: `return x_seq.reshape(3, 3)`.")


def test_a_long_error_is_shortened():
    def long(x_seq):
        raise ValueError("very " * 500 + "long")

    assert len(examine("a/b", sums(), long).message) < 600


def test_an_unwritten_function_is_not_an_error():
    for answer in (lambda x_seq: ..., lambda x_seq: [x_seq, ...]):
        verdict = examine("a/b", sums(), answer)
        assert (verdict.heading, verdict.message) == (say.YOUR_TURN, f"{say.UNWRITTEN} Sum up.")
    assert examine("a/b", sums(), ...).message == f"{say.NOTHING} Sum up."


def test_an_unwritten_part_is_not_an_error():
    unwritten = [lambda layer: layer.v, lambda saved: ...]
    assert check("state/break", unwritten).message.startswith(say.UNWRITTEN)


def test_none_is_told():
    assert "which is nothing" in check("setup/one-third", None).message
    message = examine("a/b", sums(), lambda x_seq: None).message
    assert message == f"{say.RETURNED_NONE} Sum up."
    printing = examine("a/b", sums(), lambda x_seq: print(x_seq.cumsum(0)))
    assert printing.message == f"{say.PRINTED} Sum up."


class Endless(list):
    """A list whose own methods raise errors."""

    def __len__(self):
        raise ValueError("no length")

    def __iter__(self):
        raise ValueError("no end")


def within_itself(kind):
    """A list or a dict that contains itself."""
    value = kind()
    value.append(value) if kind is list else value.update(a=value)
    return value


@pytest.mark.parametrize(
    "value",
    [
        within_itself(list),
        within_itself(dict),
        Endless([1, 2]),
        np.array([10**400, 2], dtype=object),
        torch.ones(2, device="meta"),
    ],
    ids=["list", "dict", "endless", "huge", "meta"],
)
def test_a_value_that_cannot_be_read_gets_a_verdict(value):
    exercise = Exercise(
        wanted="Two numbers.", passed="Yes.", right=[1, 2], wrong={"turned": ([2, 1], "No.")}
    )
    for answer in (value, [1, value], {"a": value}):
        assert not examine("a/b", exercise, answer)
    assert "can't be read" in examine("a/b", exercise, value).message
    verdict = examine("a/b", sums(right=lambda x_seq: [1, 2]), lambda x_seq: value)
    assert verdict.message.startswith("Your answer can't be read")


def test_a_sparse_tensor_is_read():
    exercise = Exercise(wanted="", passed="", right={"a": 1.0, "b": 2.0}, wrong={})
    assert examine("a/b", exercise, torch.tensor([1.0, 2.0]).to_sparse())
    assert not examine("a/b", exercise, torch.tensor([1.0, 3.0]).to_sparse())
    assert examine("a/b", sums(), lambda x_seq: x_seq.cumsum(0).to_sparse())
    assert "yours is 4" in examine("a/b", sums(), lambda x_seq: 4 * x_seq.to_sparse()).message


def test_an_answer_that_exits_is_told_so():
    verdict = examine("a/b", sums(), lambda x_seq: sys.exit("bye"))
    assert verdict.message.startswith("Your code raised an error, `SystemExit: bye`.")


def test_an_error_without_words_is_told():
    class Wordless(Exception):
        def __str__(self):
            raise RuntimeError

    def answer(x_seq):
        raise Wordless

    assert "`Wordless: …`" in examine("a/b", sums(), answer).message


def test_an_interrupt_passes():
    def answer(x_seq):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        examine("a/b", sums(), answer)


def test_our_own_mistake_is_not_told_to_the_reader():
    def broken(x_seq):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        examine("a/b", sums(right=broken), lambda x_seq: x_seq)


@pytest.mark.parametrize(
    ("wanted", "given"),
    [
        (0.5, 0.5),
        (2, 2.0),
        (2, np.int64(2)),
        (0.5, Fraction(1, 2)),
        (0.5, torch.tensor(0.5)),
        (0.5, torch.tensor([0.5], requires_grad=True)),
        (float("inf"), np.inf),
        (True, np.bool_(True)),
        (True, torch.tensor(True)),
        ([1, 2], (1.0, 2.0)),
        ([0, 1, 2], range(3)),
        ([[1, 2], [3, 4]], torch.tensor([[1, 2], [3, 4]])),
        ([[1, 2], [3, 4]], [np.array([1, 2]), torch.tensor([3, 4])]),
        ([8, 3], torch.ones(8, 3).shape),
        ({"a": 1, "b": 2}, [1, 2]),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1, "c": 3}),
        (torch.ones(2), torch.ones(2).requires_grad_()),
        (torch.ones(2), torch.ones(2) + 1e-7),
    ],
)
def test_equal_values(wanted, given):
    assert compare(wanted, given) is None


@pytest.mark.parametrize(
    ("wanted", "given"),
    [
        (0.5, 0.51),
        (True, False),
        ("a", "b"),
        (float("inf"), 3.0),
        ([1, 2], [1, 2, 3]),
        ([1, 2], [1, "2"]),
        ([1, 2], [1, [2]]),
        ([1], [True]),
        ({"a": 1, "b": 2}, [2, 1]),
        (torch.ones(2), torch.tensor([1.0, 1.1])),
        (torch.tensor(1.0), torch.tensor(2.0)),
    ],
)
def test_different_values(wanted, given):
    assert compare(wanted, given).said.text()


@pytest.mark.parametrize(
    ("wanted", "given", "words"),
    [
        (1, True, "it is True, which is True or False and no number; wanted is a number"),
        (1, "1", "it is a text, `1`; wanted is a number"),
        (1, float("nan"), "it is `nan`, which is not a number; wanted is a number"),
        (1, torch.ones(2), "a tensor of the shape [2]; wanted is a number"),
        (True, 1, "it is the number 1; wanted is True or False"),
        ([1], 1, "it is the number 1; wanted is a list"),
        ({"a": 1}, 1, "it is the number 1; wanted is one value for each of its parts: a"),
        (torch.ones(2), np.ones(2), "an array of the shape [2]; wanted is a torch.Tensor"),
        (torch.ones(2), [1.0, 1.0], "a list of whole numbers, 2 of them; wanted is a torch.Tensor"),
        (torch.ones(2), torch.ones(1, 2), "shape [1, 2]; wanted is [2]"),
        (torch.ones(2), torch.ones(2).long(), "dtype is torch.int64; wanted is torch.float32"),
    ],
)
def test_other_kinds_of_values(wanted, given, words):
    with pytest.raises(Misfit, match=re.escape(words)):
        compare(wanted, given)


def test_values_that_look_alike_are_shown_in_full():
    sentence = compare(0.1, 0.1 + 2e-5, tolerance=1e-9).said.text()
    assert "0.10002" in sentence
    assert "wanted is 0.3," not in compare(0.3, 0.3 + 1e-8, tolerance=1e-12).said.text()


@pytest.mark.skipif(not torch.cuda.is_available(), reason="torch sees no GPU")
def test_an_answer_may_lie_on_the_gpu():
    assert compare(torch.ones(2), torch.ones(2, device="cuda")) is None
    assert check("setup/one-third", torch.tensor([0.4], device="cuda"))


# ------------------------------------------------------- what the code does besides its result


def life_of(layer=None, **more):
    """An exercise about running a given layer; the right answer calls it at each step."""
    make = layer or (lambda: IFNode(v_threshold=0.75))
    x_seq = torch.full((4, 2), 0.5)
    return Exercise(
        wanted="Run it.",
        passed="Well run.",
        right=lambda layer, x_seq: torch.stack([layer(x) for x in x_seq]),
        wrong={},
        cases=lambda: [(make(), x_seq.clone())],
        **more,
    )


def steps_of(layer, x_seq):
    return torch.stack([layer(x) for x in x_seq])


def in_mode_m(layer, x_seq):
    layer.step_mode = "m"
    return layer(x_seq)


def with_another(layer, x_seq):
    return steps_of(IFNode(v_threshold=0.75), x_seq)


def with_another_threshold(layer, x_seq):
    s_seq = steps_of(layer, x_seq)
    layer.v_threshold = 2.0
    return s_seq


def zeroes_its_input(layer, x_seq):
    s_seq = steps_of(layer, x_seq)
    x_seq.zero_()
    return s_seq


def turns_its_input(layer, x_seq):
    s_seq = steps_of(layer, x_seq)
    x_seq.transpose_(0, 1)
    return s_seq


def switches_gradients_off(layer, x_seq):
    torch.set_grad_enabled(False)
    return steps_of(layer, x_seq)


def changes_the_dtype(layer, x_seq):
    torch.set_default_dtype(torch.float64)
    return steps_of(layer, x_seq)


seen = []


def remembers(layer, x_seq):
    seen.append(1)
    return steps_of(layer, x_seq) * (len(seen) == 1)


def by_chance(layer, x_seq):
    return steps_of(layer, x_seq) + (torch.rand(4, 2) > 0.5).float()


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (in_mode_m, "`layer` changed: it came with step_mode=s, and now it has step_mode=m"),
        (with_another, "never runs the given `layer`"),
        (with_another_threshold, "it came with v_threshold=0.75, and now it has v_threshold=2"),
        (zeroes_its_input, "changes its input `x_seq` in place"),
        (turns_its_input, "changes its input `x_seq` in place"),
        (switches_gradients_off, "setting of torch"),
        (changes_the_dtype, "setting of torch"),
        (remembers, "keeps something from call to call"),
        (by_chance, "draws random numbers"),
    ],
)
def test_what_code_does_besides_its_result_is_seen(answer, words):
    verdict = examine("a/b", life_of(), answer)
    assert not verdict
    assert words in verdict.message
    assert torch.is_grad_enabled()
    assert torch.get_default_dtype() == torch.float32


@pytest.mark.parametrize(
    "answer",
    [
        steps_of,
        lambda layer, x_seq: steps_of(copy.deepcopy(layer), x_seq),
        lambda layer, x_seq: layer.run(x_seq).s_seq,
        lambda layer, x_seq: functional.run(layer, x_seq)[0],
        lambda layer, x_seq: functional.multi_step_forward(x_seq, nn.Sequential(layer)),
        lambda layer, x_seq: steps_of(layer, x_seq + 0 * torch.rand(4, 2)),
    ],
    ids=["call", "copy", "run", "functional", "sequential", "without effect"],
)
def test_each_way_to_run_a_layer_is_seen(answer):
    verdict = examine("a/b", life_of(), answer)
    assert verdict, verdict


def test_a_check_draws_no_random_numbers_and_leaves_no_hook():
    def dice():
        return torch.rand(1).item(), random.random(), np.random.rand()  # noqa: NPY002

    states = torch.get_rng_state(), random.getstate(), np.random.get_state()  # noqa: NPY002
    wanted = dice()
    torch.set_rng_state(states[0])
    random.setstate(states[1])
    np.random.set_state(states[2])  # noqa: NPY002
    assert not examine("a/b", life_of(), by_chance)
    assert not check("visualization/derive", lambda d, T: sum(dice()))
    assert dice() == wanted
    assert not torch.nn.modules.module._global_forward_pre_hooks


def test_what_the_code_prints_is_shown_in_part(capsys):
    def answer(x_seq):
        print("x" * 5000)
        return x_seq.cumsum(0)

    assert examine("a/b", sums(), answer)
    assert 1000 <= len(capsys.readouterr().out) <= 1001


# --------------------------------------------------------- what the numbers of all trials look like


def powers(answer, **more):
    """The verdict on a function of a and b; a ** b + 1/3 is right."""
    cases = [(a, b) for a in (2, 3, 5) for b in (1, 2, 4)]
    exercise = Exercise(
        wanted="",
        passed="",
        right=lambda a, b: a**b + 1 / 3,
        wrong={},
        cases=lambda: cases,
        kinds="number",
        **more,
    )
    return examine("a/b", exercise, answer).message


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (lambda a, b: b**a + 1 / 3, "right when its arguments are exchanged: they come as (a, b)"),
        (lambda a, b: 7, "the same, 7, in every trial"),
        (lambda a, b: a**2, "stays the same when `b` changes"),
        (lambda a, b: 2**b, "stays the same when `a` changes"),
        (lambda a, b: -(a**b) - 1 / 3, "wrong sign"),
        (lambda a, b: a**b + 4 / 3, "larger by 1 in every trial"),
        (lambda a, b: a**b - 2 / 3, "smaller by 1 in every trial"),
        (lambda a, b: 1 / (a**b + 1 / 3), "1 divided by the right one"),
        (lambda a, b: 3 * a**b + 1, "the right one times 3"),
        (lambda a, b: a**b, "round the result"),
        (lambda a, b: round(a**b + 1 / 3, 2), "round the result"),
        (lambda a, b: math.inf if b == 4 else a**b + 1 / 3, "infinite where the right one is"),
        (lambda a, b: a**b + (b == 4) + 1 / 3, "right in 6 of 9 trials: look at the others"),
        (lambda a, b: a**b + (b > 1) + 1 / 3, "right in some trials, and too large in the others"),
        (lambda a, b: a**b - (b > 1) + 1 / 3, "right in some trials, and too small in the others"),
        (lambda a, b: 2 * a**b + b, "too large in every trial"),
        (lambda a, b: a**b / (a + b), "too small in every trial"),
        (lambda a, b: 8 * a - b, "too large in some trials, and too small in others"),
    ],
)
def test_a_wrong_number_is_described(answer, words):
    assert words in powers(answer)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda s: 0 * s, "never fire"),
        (lambda s: 0 * s + 1, "fire in every step"),
        (lambda s: 1 - s, "inverted"),
        (lambda s: s.roll(1, 0), "one step late"),
        (lambda s: s.roll(-1, 0), "one step early"),
        (lambda s: s.flip(0), "reverse order"),
        (lambda s: torch.cat([s[:-1], 1 - s[-1:]]), "Only the last step"),
        (lambda s: torch.cat([1 - s[:1], s[1:]]), "Only the first step"),
        (lambda s: s * torch.tensor([1.0, 1.0, 0.0]), "among them neuron 2"),
        (lambda s: 0.5 * s, "spikes are 0 or 1, but there is 0.5"),
        (lambda s: s * float("nan"), "spikes are 0 or 1, but there is nan"),
        (lambda s: s.bool(), "dtype is torch.bool; wanted is torch.float32"),
        (lambda s: s.mT, "shape [3, 8]; wanted is [8, 3]"),
    ],
)
def test_wrong_spikes_are_described(change, words):
    torch.manual_seed(3)
    right = (torch.rand(8, 3) > 0.6).float()
    exercise = Exercise(wanted="", passed="", right=lambda n: right, wrong={}, cases=lambda: [(1,)])
    message = examine("a/b", exercise, lambda n: change(right)).message
    assert words in message


# ------------------------------------------------------------------------------ what a reader sees


def test_each_sentence_can_be_translated(monkeypatch):
    for name, text in vars(say).items():
        if name.isupper() and isinstance(text, str):
            monkeypatch.setattr(say, name, f"*{text}*")
    for table in (say.KINDS, say.THINGS):
        for key, text in table.items():
            monkeypatch.setitem(table, key, f"*{text}*")
    for answer in (0.4, 0.5, ..., None, "0.4", float("nan")):
        verdict = check("setup/one-third", answer)
        assert verdict.heading.startswith("*")
        assert verdict.heading in verdict._repr_html_()
        assert bool(verdict) == (answer == 0.4)
    assert "*a text, `0.4`*" in check("setup/one-third", "0.4").message


@pytest.mark.parametrize("slip", ["{nothing}", "{", "{given.x}", "{0}", "%s", ""])
def test_a_slip_in_a_translation_breaks_nothing(monkeypatch, slip):
    for name in ("WRONG_KIND", "DIFFERENT_AT", "CASE", "NOT_YET", "RAISED", "ALT_TRACE"):
        monkeypatch.setattr(say, name, slip)
    for answer in (0.5, "0.5", ...):
        assert not check("setup/one-third", answer)
        assert check("setup/one-third", answer)._repr_html_()
    assert not check("state/derive", lambda T, k: 1 / 0)


def test_the_sentences_of_an_exercise_can_be_translated(monkeypatch):
    own = ALL["setup/one-third"].sentences
    for key in own:
        monkeypatch.setitem(own, key, f"Satz {key}.")
    assert check("setup/one-third", 0.4).message == "Satz passed."
    assert check("setup/one-third", ...).message.endswith("Satz wanted.")
    assert check("setup/one-third", 0.5).message.startswith("Satz large.")
    own = ALL["state/break"].sentences
    monkeypatch.setitem(own, "no-data", "Keine Daten: {given}.")
    answer = [lambda layer: layer, lambda saved: saved]
    assert check("state/break", answer).message.startswith("Keine Daten: an object of the type")


@pytest.mark.parametrize("name", ALL)
def test_every_key_of_an_exercise_stands_for_a_sentence(name):
    exercise = ALL[name]
    keys = {"wanted", "passed", *exercise.says, *exercise.wrong}
    assert exercise.sentences.keys() == keys
    assert len(set(exercise.sentences.values())) >= len(keys) - 1
    assert all(len(sentence) <= 300 for sentence in exercise.sentences.values())


def test_two_sentences_of_an_exercise_have_two_keys():
    with pytest.raises(ValueError, match="same key"):
        Exercise(wanted="", passed="", right=1, wrong={"passed": (2, "No.")})


@pytest.mark.parametrize("settings", [{"text.usetex": True}, "dark_background"])
def test_a_picture_brings_its_own_settings(settings):
    verdict = check("setup/one-third", 0.5)
    usual = page(verdict).img["src"]
    with plt.style.context(settings):
        assert page(verdict).img["src"] == usual
        assert check("visualization/build", ALL["visualization/build"].right)


def page(verdict):
    """The verdict as a notebook shows it."""
    return BeautifulSoup(verdict._repr_html_(), "html.parser")


def test_readers_text_is_escaped():
    verdict = check("state/derive", "<script>alert('`x`')</script>")
    assert page(verdict).find("script") is None
    assert "<script>" in page(verdict).get_text()


def test_words_say_what_the_colour_says():
    assert page(check("setup/one-third", 0.4)).strong.get_text() == "Right."
    assert page(check("setup/one-third", 0.5)).strong.get_text() == "Not yet."
    assert page(check("setup/one-third", ...)).strong.get_text() == "Your turn."


def test_a_verdict_prints_as_text():
    text = repr(check("setup/one-third", 0.4))
    assert (
        text
        == "Right (setup/one-third). With this input the neuron fires in the steps 2, 5, 8 and 11."
    )


def test_a_wrong_run_is_drawn_beside_the_right_one():
    verdict = check("setup/one-third", 0.5)
    figure = verdict.drawing.draw()
    wanted, given = figure.axes[:2]
    assert (wanted.get_title(), given.get_title()) == ("wanted", "yours")
    assert max(wanted.lines[0].get_ydata()) == pytest.approx(1.2)
    assert max(given.lines[0].get_ydata()) == pytest.approx(1.0)
    image = page(verdict).img
    assert image["src"].startswith("data:image/png;base64,iVBOR")
    assert "step 1, where they first differ" in image["alt"]
    assert len(image["src"]) < 100_000


def test_spikes_alone_are_drawn_as_rasters():
    wrong, _ = ALL["state/break"].wrong["weights-only"]
    verdict = check("state/break", wrong)
    wanted, given = verdict.drawing.draw().axes
    assert len(wanted.collections[0].get_segments()) > 20
    assert (wanted.get_title(), given.get_title()) == ("wanted", "yours")
    assert "6 neurons over 20 steps" in page(verdict).img["alt"]


def test_what_is_not_finite_is_not_drawn():
    class Endless(ALL["state/build"].right):
        def forward(self, x):
            return super().forward(x) / 0.0

    verdict = check("state/build", Endless)
    assert "yours is nan" in verdict.message
    assert verdict.drawing is None


def test_a_check_leaves_no_figure_open():
    before = plt.get_fignums()
    check("visualization/build", ALL["visualization/build"].right)
    check("setup/one-third", 0.5)._repr_html_()
    assert plt.get_fignums() == before


# ---------------------------------------------------------------------------------- how it is used


def test_the_chapters_are_the_files_of_a_folder():
    folder = Path(inspect.getfile(examine)).with_name("exercises")
    assert set(CHAPTERS) == {path.stem for path in folder.glob("*.py")} - {"__init__"}


@pytest.mark.parametrize("name", [3, None, 0.5, ["state/warm-up"], b"state/warm-up"])
def test_a_name_that_is_no_text_is_an_error(name):
    with pytest.raises(TypeError, match=r"is a text, such as check\('state/warm-up', after\)"):
        check(name)
    with pytest.raises(TypeError, match=r"a chapter's name is a text, such as 'state'"):
        exercises(name)


def test_arguments_in_the_other_order_are_an_error():
    with pytest.raises(TypeError, match=r"and not \[1, 2\]; the answer comes second"):
        check([1, 2], "state/warm-up")


@pytest.mark.parametrize(
    ("change", "value"),
    [
        (lambda given: given.append(0), [1]),
        (lambda given: given.update(b=0), {"a": 1}),
        (lambda given: given["a"][0].mul_(2), {"a": [torch.ones(2)]}),
        (lambda given: given.nan_to_num_(nan=0.0), torch.tensor([math.nan, 1.0])),
        (torch.relu_, -torch.ones(2)),
        (lambda given: torch.nn.init.zeros_(given.weight), torch.nn.Linear(2, 1)),
    ],
)
def test_a_function_that_changes_what_it_is_given_is_seen(change, value):
    with pytest.raises(Misfit) as raised:
        guarded(change)(value)
    assert raised.value.key == "CHANGED_INPUT"


@pytest.mark.parametrize("followed", [False, True])
def test_a_function_that_switches_the_gradient_of_what_it_is_given_is_seen(followed):
    with pytest.raises(Misfit, match="changes `requires_grad` of its input `given`"):
        guarded(lambda given: given.requires_grad_(not followed))(
            torch.ones(2, requires_grad=followed)
        )


def test_a_function_may_read_all_and_teach_a_network():
    net, x = torch.nn.Linear(2, 1), torch.tensor([[math.nan, math.inf]])
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    learned = guarded(lambda net, x, *rest: torch.nn.init.ones_(net.weight) @ x.T)
    assert learned(net, x, optimizer, {"a": [x]}).shape == (1, 1)
    assert guarded(torch.relu)(-torch.ones(1)) == 0


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("", "no exercise ''; there are "),
        ("state", "no exercise 'state'; there are state/warm-up, "),
        ("warm-up", "no exercise 'warm-up'; there are "),
        ("State/Warm-up", "no chapter 'State' has exercises; did you mean 'state'?"),
        ("state/", "no exercise 'state/'; there are state/warm-up, "),
        ("/", "no chapter '' has exercises; there are "),
        ("step-modes/break", "no chapter 'step-modes' has exercises; did you mean 'step_modes'?"),
        ("__init__/x", "no chapter '__init__' has exercises; there are "),
        ("x" * 10_000, "no exercise 'xxx"),
    ],
)
def test_a_wrong_name_is_an_error_with_the_remedy(name, words):
    with pytest.raises(ValueError, match=re.escape(words)) as raised:
        check(name, 1)
    assert len(str(raised.value)) < 1000


def test_no_answer_is_no_answer_yet():
    assert check("state/warm-up").message.startswith(say.NOTHING)


def test_unknown_exercises_are_an_error():
    with pytest.raises(
        ValueError, match="no exercise 'state/warmup'; did you mean 'state/warm-up'"
    ):
        check("state/warmup", 1)
    with pytest.raises(ValueError, match="no exercise 'state/play'; there are state/warm-up, "):
        check("state/play", 1)
    with pytest.raises(ValueError, match="no chapter 'states' has exercises; did you mean 'state'"):
        check("states/warm-up", 1)


def test_importing_is_cheap():
    assert heavy_modules_after("import snnbook.check") == set()


def test_the_package_does_not_import_the_checker():
    program = "import sys, snnbook; print([name for name in sys.modules if 'check' in name])"
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, cwd=BOOK.parent, capture_output=True, text=True, check=True)
    assert "snnbook" not in done.stdout


def test_a_notebook_shows_the_verdict_and_the_readers_line():
    cells = [
        "from snnbook.check import check",
        "def slope(T, k):\n    half = T / 2\n    return half.real / (k - 1)\n\n"
        'check("state/derive", slope)',
        'check("setup/one-third", 0.5)',
    ]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code) for code in cells])
    done = NotebookClient(notebook, kernel_name="python3", timeout=120).execute()
    failed, drawn = (cell.outputs[0].data for cell in done.cells[1:])
    assert len(done.cells[2].outputs) == 1
    assert "ZeroDivisionError" in failed["text/html"]
    assert "in line 3: <code>return half.real / (k - 1)</code>" in failed["text/html"]
    assert failed["text/plain"].startswith("Not yet (state/derive). Your code raised")
    assert "<img" in drawn["text/html"]
