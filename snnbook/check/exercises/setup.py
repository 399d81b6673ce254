"""The warm-ups of the page Set-up."""

from typing import Any

import torch

from ...neuron import IFNode
from ..engine import Exercise, Where
from ..trials import constant, traced

__all__ = ["EXERCISES"]


def _twelve_steps(x: Any) -> dict[str, torch.Tensor]:
    return traced(IFNode(), constant(float(x), 12))


FIRST, SECOND = "the first run", "the second run"

EXERCISES = {
    "one-third": Exercise(
        wanted="Wanted is a number: the input of each step.",
        passed="With this input the neuron fires in the steps 2, 5, 8 and 11.",
        right=0.4,
        kinds="finite",
        run=_twelve_steps,
        only="S",
        wrong={
            "negative": (
                Where(lambda x: x < 0),
                "Your input is negative: the neuron moves away from its threshold.",
            ),
            "silent": (
                Where(lambda x: x * 12 < 1),
                "Your input is much too small: in twelve steps the neuron never fires.",
            ),
            "small": (
                Where(lambda x: x < 1 / 3),
                "Your input is too small: three of these inputs do not reach the threshold 1.",
            ),
            "every-step": (
                Where(lambda x: x >= 1),
                "Your input alone reaches the threshold, so the neuron fires in every step.",
            ),
            "large": (
                Where(lambda x: x >= 1 / 2),
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
}
