"""`snnbook.interactive.noise`: standard normal numbers from a seed."""

import numpy as np
import pytest
import torch

from snnbook.interactive.noise import SEEDS, normal


def test_each_seed_gives_its_own_numbers_and_always_the_same():
    seeds = [0, 1, 2, 1000, 2**31, SEEDS - 1]
    runs = np.stack([normal(seed, 20, 50) for seed in seeds])
    assert runs.dtype == np.float32
    assert runs.shape == (6, 20, 50)
    assert np.array_equal(runs[2], normal(2, 20, 50))
    assert len(np.unique(runs)) > 0.99 * runs.size
    assert np.array_equal(normal(3, 4, 50), normal(3, 20, 50)[:4])


def test_the_first_numbers_stay_what_they_are():
    # A page in print shows the same spikes as ever.
    first = [0.4715862572193146, 1.221900463104248, -0.16568820178508759, 0.8832051753997803]
    assert normal(0, 1, 4).tolist() == [first]


def test_they_are_standard_normal():
    z = torch.from_numpy(normal(7, 2000, 500)).double()
    count = z.numel()
    assert abs(z.mean()) < 4 / count**0.5
    assert abs(z.var() - 1) < 4 * (2 / count) ** 0.5
    assert abs((z**3).mean()) < 4 * (15 / count) ** 0.5
    assert abs((z**4).mean() - 3) < 4 * (96 / count) ** 0.5
    below = torch.special.ndtr(z.flatten().sort().values)
    steps = torch.arange(1, count + 1) / count
    assert (below - steps).abs().max() * count**0.5 < 1.95  # Kolmogorov and Smirnov, one in 1000


@pytest.mark.parametrize("lag", [1, 2, 500, 501])
def test_neighbours_have_nothing_in_common(lag):
    z = torch.from_numpy(normal(7, 2000, 500)).double().flatten()
    assert abs((z[lag:] * z[:-lag]).mean()) < 4 / len(z) ** 0.5


def test_seeds_that_differ_by_little_have_nothing_in_common():
    runs = torch.stack([torch.from_numpy(normal(seed, 100, 100)).double() for seed in range(8)])
    products = (runs.flatten(1) @ runs.flatten(1).T / 10_000).fill_diagonal_(0)
    assert products.abs().max() < 4 / 100


def test_a_uniform_number_becomes_the_normal_one(monkeypatch):
    words = np.concatenate(
        [np.arange(2000), np.arange(0, 2**32, 99991), 2**32 - 1 - np.arange(2000)]
    )
    words = words.astype(np.uint32)
    monkeypatch.setattr("snnbook.interactive.noise._mixed", lambda word: words * (len(word) > 1))
    z = torch.from_numpy(normal(0, len(words), 1)).double().flatten()
    wanted = torch.special.ndtri(torch.from_numpy((words + 0.5) / 2**32))
    error = (z - wanted).abs()
    assert error[wanted.abs() < 5].max() < 1e-6
    assert error.max() < 0.003
