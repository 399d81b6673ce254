"""Somebody draws into the built page of the chapter Training a classifier, and the page reads it.

The figure opens the chapter, and stands again at its end. The weights are those of this build's
training. `make book` builds the page.
"""

import base64
import json
import re
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from playwright.sync_api import expect
from torch import nn

from snnbook import functional, neuron

sys.path.append(str(Path(__file__).parent / "interactive"))
from strokes import DIGITS, STRANGERS, draw

FIGURES = ["fig-live-classifier-opening", "fig-live-classifier"]


@pytest.fixture(scope="module")
def page(chromium, site):
    """The chapter on a phone."""
    context = chromium.new_context(viewport={"width": 390, "height": 844})
    page = context.new_page()
    page.goto(f"{site}/book/classifier.html")
    page.wait_for_selector(".snn-alive .snn-pad")
    yield page
    context.close()


@pytest.mark.parametrize("name", FIGURES)
def test_the_page_reads_what_is_drawn(page, name):
    figure = page.locator(f"#{name}")
    said = {}
    for digit, strokes in DIGITS.items():
        figure.get_by_role("button", name="Clear", exact=True).click()
        expect(figure.locator(".snn-status")).to_have_text(re.compile("^No"))
        draw(figure, strokes)
        expect(figure.locator(".snn-status")).to_have_text(re.compile("^The"))
        said[digit] = figure.locator(".snn-seen strong").inner_text()
    assert said["3"] == "3"
    assert sum(answer == digit for digit, answer in said.items()) >= 8, said


READ = """([name, drawings]) => {
  const { read, pixelsOf } = document.querySelector(`#${name} .snn-explore`).snnbook;
  const readings = drawings.map((strokes) => read(pixelsOf(strokes)));
  return readings.map(({ sure, order }) => (sure ? order[0] : null));
}"""


def test_the_page_reads_what_a_stranger_drew(page):
    said = {
        int(digit): page.evaluate(READ, [FIGURES[0], drawings])
        for digit, drawings in STRANGERS.items()
    }
    assert {*said[3]} <= {3, None}, "unsure, but never wrong"
    assert said[3].count(3) >= 9  # of 12
    wrong = [one for digit, all in said.items() for one in all if one not in (digit, None)]
    assert len(wrong) <= 3, said
    assert sum(all.count(digit) for digit, all in said.items()) >= 40, said  # of 48


def linear(entry):
    """A layer as the page has it: whole numbers as text, times a step."""
    kinds = {"Int8Array": np.int8, "Int16Array": np.dtype("<i2")}
    weight, bias = (
        torch.tensor(np.frombuffer(base64.b64decode(e["numbers"]), kinds[e["type"]]) * e["step"])
        for e in (entry["weight"], entry["bias"])
    )
    layer = nn.Linear(entry["inputs"], len(bias)).double()
    layer.load_state_dict({"weight": weight.reshape(len(bias), -1), "bias": bias})
    return layer


@torch.no_grad()
def test_the_page_and_pytorch_agree_in_every_spike_on_the_twenty_pictures(page):
    data = page.evaluate("document.querySelector('.snn-explore script').textContent")
    spec = json.loads(data)["spec"]
    first, lif, second, readout = spec["entries"]
    assert (lif["values"]["tau"], readout["values"]["tau"]) == (2.0, 2.0)
    hidden = nn.Sequential(linear(first), neuron.LIFNode(v_reset=None, step_mode="m"))
    last = nn.Sequential(linear(second), neuron.LINode(step_mode="m"))
    there = page.evaluate(
        """(pictures) => pictures.map((pixels) => {
          const { hidden, outputs } = document.querySelector(".snn-explore").snnbook.read(pixels);
          return [[...hidden], [...outputs]];
        })""",
        spec["pictures"],
    )
    spikes = 0
    for pixels, (s_page, y_page) in zip(spec["pictures"], there, strict=True):
        functional.reset_net(hidden)
        functional.reset_net(last)
        s_seq = hidden(torch.tensor(pixels, dtype=torch.float64).expand(8, 1, 64) / 16)
        assert s_page == s_seq.flatten().tolist()
        assert y_page == last(s_seq).flatten().tolist()
        spikes += sum(s_page)
    assert len(there) == 20
    assert spikes > 1000


def test_the_weights_are_those_of_a_training_and_take_little_of_the_page(page):
    data = page.evaluate("document.querySelector('.snn-explore script').textContent")
    spec = json.loads(data)["spec"]
    assert len(json.dumps(spec["entries"])) < 60_000
    assert len(spec["pictures"]) == 20
    reads = page.evaluate(
        """(pictures) => pictures.map((pixels) => {
          const { snnbook } = document.querySelector(".snn-explore");
          return snnbook.read(pixels).order[0];
        })""",
        spec["pictures"],
    )
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    digits = load_digits()
    _, test = train_test_split(range(1797), test_size=360, stratify=digits.target, random_state=0)
    assert spec["pictures"] == digits.data[test[:20]].tolist()
    assert sum(reads == digits.target[test[:20]]) >= 18
