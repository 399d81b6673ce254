"""The warm-ups of the page Set-up."""

import math
from fractions import Fraction
from typing import Any

import torch

from ...neuron import IFNode
from ..engine import Exercise
from ..patterns import at_least, below, every, other_text
from ..trials import constant, traced

__all__ = ["EXERCISES"]


def _twelve_steps(x: Any) -> dict[str, torch.Tensor]:
    return traced(IFNode(), constant(float(x), 12, torch.float64))


FIRST, SECOND = "the first run", "the second run"
DEVICE, HARD, SOFT = "device", "hard reset", "soft reset"
NEW, AGAIN, OTHER = "new, seed 7", "first, once more", "new, seed 8"


def _same_as_the_first() -> dict[str, bool]:
    """Return which of three generators draw what a first one with the seed 7 has drawn."""
    first, *others = (torch.Generator().manual_seed(seed) for seed in (7, 7, 8))
    numbers = torch.rand(3, generator=first)
    drawn = [torch.rand(3, generator=generator) for generator in (others[0], first, others[1])]
    same = [torch.equal(numbers, other) for other in drawn]
    return dict(zip((NEW, AGAIN, OTHER), same, strict=True))


EXERCISES = {
    "one-third": Exercise(
        wanted="Wanted is a number: the input of each step.",
        passed="With this input the neuron fires in the steps 2, 5, 8 and 11.",
        right=0.4,
        kinds="finite",
        run=_twelve_steps,
        only="S",
        accepts=every(at_least(1 / 3), below(1 / 2)),
        wrong={
            "negative": (
                below(0),
                "Your input is negative: the neuron moves away from its threshold.",
            ),
            "silent": (
                below(1 / 12),
                "Your input is much too small: in twelve steps the neuron never fires.",
            ),
            "small": (
                below(1 / 3),
                "Your input is too small: three of these inputs do not reach the threshold 1.",
            ),
            "every-step": (
                at_least(1),
                "Your input alone reaches the threshold, so the neuron fires in every step.",
            ),
            "large": (
                at_least(1 / 2),
                "Your input is too large: two of these inputs already reach the threshold 1.",
            ),
        },
    ),
    "run-it-again": Exercise(
        wanted="Wanted are two lists of five spikes, 0 or 1, one list for each run.",
        passed="The second run begins half way, at the potential 0.5 that the first run has left.",
        right={FIRST: [0, 1, 0, 1, 0], SECOND: [1, 0, 1, 0, 1]},
        kinds={FIRST: "train", SECOND: "train"},
        wrong={
            "reset": (
                {FIRST: [0, 1, 0, 1, 0], SECOND: [0, 1, 0, 1, 0]},
                "Your second run starts again from 0. But nobody has called `reset()`: at which "
                "potential has the first run ended?",
            ),
            "at-once": (
                {FIRST: [1, 0, 1, 0, 1]},
                "Your first run fires in step 0. But after this step the sum is 0.5, half of the "
                "threshold.",
            ),
            "each": (
                {FIRST: [1, 1, 1, 1, 1]},
                "You let each input make a spike of its own. But 0.5 is half of the threshold, and "
                "the neuron adds up.",
            ),
            "silent": (
                {FIRST: [0, 0, 0, 0, 0]},
                "Your neuron never fires. But it adds up its inputs, and two of them reach the "
                "threshold.",
            ),
        },
    ),
    "run-a-chapter": Exercise(
        wanted="Wanted are a word, the device, and two numbers of spikes: hard reset, soft reset.",
        passed="The chapter has run, and on the CPU. Its numbers are the same on every machine.",
        right={
            DEVICE: "cpu",
            HARD: 10_000 // math.ceil(1 / Fraction(0.3)),  # equations (3.1) and (3.2)
            SOFT: math.floor(10_000 * Fraction(0.3)),
        },
        kinds={DEVICE: "text", HARD: "count", SOFT: "count"},
        wrong={
            "gpu": (
                {DEVICE: "cuda"},
                "Your chapter has run on the GPU. Choose the kernel snnbook (CPU), and run it "
                "again.",
            ),
            "words": (
                {DEVICE: other_text("cpu")},
                "Look at the device: wanted is the last word of the first output, as it stands "
                "there.",
            ),
            "exchanged": (
                {HARD: 2999, SOFT: 2500},
                "You have exchanged the two resets.",
            ),
            "exact": (
                {SOFT: 3000},
                "This is what the exact number 3/10 would give, and a `float32`. Read what the "
                "cell has printed.",
            ),
            "picture": (
                {HARD: 5, SOFT: 6},
                'These are the spikes in the first picture, of 20 steps. The section "Check: the '
                'firing rate" comes after it.',
            ),
            "twice": (
                {HARD: 2999},
                "You have the same number for both. The hard reset stands in the first line.",
            ),
        },
    ),
    "draw-again": Exercise(
        wanted="Wanted are three times True or False: are these the numbers of the first draw?",
        passed="The seed says where a generator starts, and each draw moves it on.",
        right=_same_as_the_first(),
        kinds=dict.fromkeys((NEW, AGAIN, OTHER), "truth"),
        wrong={
            "all": (
                {NEW: True, AGAIN: True, OTHER: True},
                "You let all three draw the same. Then nothing would be random: is the place where "
                "a generator stands the same for all?",
            ),
            "none": (
                {NEW: False, AGAIN: False, OTHER: False},
                "You let none of them draw the same, as if chance alone decided. But a seed says "
                "where a generator starts.",
            ),
            "other-way": (
                {NEW: False, AGAIN: True, OTHER: True},
                "It is the other way round in all three. True stands for the same numbers.",
            ),
            "goes-on": (
                {AGAIN: True},
                "Your first generator starts again by itself. But it goes on from where it was.",
            ),
            "other-seed": (
                {OTHER: True},
                "Another seed is another start, so the seed 8 gives other numbers.",
            ),
        },
    ),
}
