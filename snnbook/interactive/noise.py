"""Random numbers that Python and a page make alike, to the bit, from a seed.

So a page is sent the seed, not the numbers. A number depends on the seed and its place alone: an
integer hash makes a uniform number, and the inverse of the error function a normal one. This takes
+ - * / and square roots only, which IEEE 754 defines to the last bit. ``normal`` in ``figure.js``
does the same; a test compares the two.
"""

from collections.abc import Sequence
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["SEEDS", "normal"]

SEEDS = 2**32
"""The number of seeds: they are the whole numbers from 0 to one less."""

# Giles 2010, Approximating the erfinv function, GPU Computing Gems 2, single precision.
_MIDDLE: tuple[float, ...]
_MIDDLE = (2.81022636e-08, 3.43273939e-07, -3.5233877e-06, -4.39150654e-06, 0.00021858087)
_MIDDLE += (-0.00125372503, -0.00417768164, 0.246640727, 1.50140941)
_TAIL: tuple[float, ...]
_TAIL = (-0.000200214257, 0.000100950558, 0.00134934322, -0.00367342844, 0.00573950773)
_TAIL += (-0.0076224613, 0.00943887047, 1.00167406, 2.83297682)
_ATANH = (1 / 13, 1 / 11, 1 / 9, 1 / 7, 1 / 5, 1 / 3, 1.0)


def normal(seed: int, T: int, N: int) -> NDArray[np.float32]:
    """Return standard normal numbers, float32, shape ``[T, N]``.

    They are right to 1e-6 up to 5 standard deviations, and to 0.003 up to 6.3, the greatest.

    Args:
        seed: from 0 to 2**32 - 1. Each gives other numbers.
        T: number of time steps.
        N: number of neurons; ``T * N`` is at most 2**32.
    """
    key = _mixed(np.array([seed], np.uint32) + np.uint32(0x9E3779B9))
    word = _mixed(_mixed(np.arange(T * N, dtype=np.uint32)) ^ key)
    x = 2 * ((word + 0.5) / 2**32) - 1
    w = -_log((1 - x) * (1 + x))
    root = np.where(w < 5, _polynomial(_MIDDLE, w - 2.5), _polynomial(_TAIL, np.sqrt(w) - 3))
    z: NDArray[np.float64] = root * x * 1.4142135623730951
    return z.astype(np.float32).reshape(T, N)


def _mixed(word: NDArray[Any]) -> NDArray[Any]:
    """Return a word for each word, without any visible pattern, and never the same for two.

    Source: lowbias32 of C. Wellons 2018, github.com/skeeto/hash-prospector.
    """
    word = (word ^ (word >> 16)) * np.uint32(0x7FEB352D)
    word = (word ^ (word >> 15)) * np.uint32(0x846CA68B)
    word ^= word >> 16
    return word


def _log(y: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the natural logarithm of numbers above 0 and up to 1, right to 1e-11."""
    m, e = np.frexp(y / 2)  # y = 2 m 2^e, where m is from 0.5 to 1
    s = (m - 0.75) / (m + 0.75)
    value: NDArray[np.float64] = (
        (e + 1) * 0.6931471805599453 - 0.2876820724517809 + 2 * s * _polynomial(_ATANH, s * s)
    )
    return value


def _polynomial(coefficients: Sequence[float], x: Any) -> Any:
    return reduce(lambda total, coefficient: total * x + coefficient, coefficients, 0.0)
