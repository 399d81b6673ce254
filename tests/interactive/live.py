"""Inputs that many figures share, and what a page computes."""

import torch

from snnbook.equation import where

PAGE = """<!doctype html><html lang="en" data-theme="light"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width"><title>A figure</title></head>
<body>{}</body></html>"""


def noisy(noise, mean, spread):
    """An input of one random number for each step and neuron."""
    return mean + spread * noise


def pulse(t, i, x, until):
    """An input that stops after some steps, twice as strong for each further neuron."""
    return where(t < until, x * 2**i, 0.0)


def in_browser(page, values):
    """What the page's own code computes for some values: H, S and V of each layer."""
    answer = page.evaluate(
        """(values) => document.querySelector(".snn-explore").snnbook.run(values).layers.map(
             ({h, s, v}) => [h, s, v].map((seq) => [...seq].map(String)))""",
        values,
    )
    return [[torch.tensor([float(x) for x in seq]) for seq in layer] for layer in answer]


def settled(page):
    """Wait until what was moved is drawn."""
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")
