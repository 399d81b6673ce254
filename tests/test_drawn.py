"""Somebody draws into the built page of the chapter Training a classifier, and the page reads it.

The figure opens the chapter, and stands again at its end. The weights are those of this build's
training. `make book` builds the page.
"""

import json
import re
import sys
from pathlib import Path

import pytest
from playwright.sync_api import expect

sys.path.append(str(Path(__file__).parent / "interactive"))
from strokes import DIGITS, draw

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
