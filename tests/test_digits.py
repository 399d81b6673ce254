"""What the chapter Training a classifier says of many trainings is what benchmarks.digits found."""

import json
import statistics

import pytest
from test_notebooks import BOOK, read, source

from benchmarks import digits, report

RESULTS = json.loads(digits.RESULTS.with_suffix(".json").read_text("utf-8"))
TEXT = " ".join(source(cell) for cell in read(BOOK / "classifier.ipynb")["cells"])


@pytest.mark.parametrize("name", RESULTS["digits"])
def test_the_recipes_reach_what_was_wanted_and_the_text_says_so(name):
    runs = RESULTS["digits"][name]
    right, seconds = digits.WANTED[name.split(",")[0]]
    assert len(runs) == len(digits.SEEDS) == 5
    assert statistics.fmean(run["right"] for run in runs) >= right
    took = statistics.fmean(run["seconds"] for run in runs)
    assert took < seconds
    assert f"{report.share([run['right'] for run in runs])} %" in TEXT
    assert f"after {took:.1f} s of training" in TEXT


def test_cross_validation_chose_the_recipes():
    assert set(RESULTS["candidates"]) == set(digits.CANDIDATES)
    assert list(RESULTS["digits"]) == digits.chosen(RESULTS["candidates"])


def test_the_recipes_are_the_chapters():
    for name in RESULTS["digits"]:
        recipe = digits.CANDIDATES[name]
        unit = "hidden neurons" if name.startswith("dense") else "channels"
        assert f"{recipe.size} {unit}" in TEXT
        if recipe.weight_decay:  # not the chapter's own loop: the text says what differs
            rates = f"learning rate of {recipe.lr}, a weight decay of {recipe.weight_decay}"
            assert f"{recipe.epochs} epochs, a {rates}" in TEXT


def test_the_chapter_splits_as_the_benchmark_does():
    (known, _), (test, y) = digits.data()
    assert (len(known), len(test)) == (1437, 360)
    assert y.bincount().tolist() == [36, 36, 35, 37, 36, 37, 36, 36, 35, 36]
    assert (
        "train_test_split(numbers, test_size=360, stratify=digits.target, random_state=0)" in TEXT
    )
