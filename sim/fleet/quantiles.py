"""From 32 random bits to a normal or exponential quantile, in integer arithmetic.

Tables of exact quantiles with straight lines between them: the same bits give the same seconds on
every processor, where `math.log` and its like differ in the last bit between C libraries. Each
distribution has two forms with the same values, for a numpy array of 32-bit draws and for a single
draw. A larger draw never gives a smaller quantile.
"""

import numpy as np
from numpy.typing import NDArray

from sim.units import MILLION

Bits = NDArray[np.uint64]
"""Draws: values below 2**32."""
Amounts = NDArray[np.int64]

_NORMAL_HALF = np.array(
    [
        0, 19_584, 39_176, 58_783, 78_412, 98_072, 117_770, 137_513, 157_311, 177_170,
        197_099, 217_107, 237_202, 257_394, 277_690, 298_102, 318_639, 339_312, 360_130,
        381_105, 402_250, 423_576, 445_097, 466_825, 488_776, 510_966, 533_410, 556_126,
        579_132, 602_449, 626_099, 650_104, 674_490, 699_283, 724_514, 750_215, 776_422,
        803_173, 830_511, 858_484, 887_147, 916_557, 946_782, 977_898, 1_009_990, 1_043_158,
        1_077_516, 1_113_194, 1_150_349, 1_189_164, 1_229_859, 1_272_699, 1_318_011,
        1_366_204, 1_417_797, 1_473_468, 1_534_121, 1_601_009, 1_675_940, 1_761_670,
        1_862_732, 1_987_428, 2_153_875, 2_417_559, 3_000_000,
    ],
    dtype=np.int64,
)  # fmt: skip
"""Quantiles of the standard normal distribution at 1/2 + i/128, in millionths; cut off at 3."""

_EXPONENTIAL = np.array(
    [
        0, 15_748, 31_749, 48_009, 64_539, 81_346, 98_440, 115_832, 133_531, 151_550,
        169_899, 188_591, 207_639, 227_057, 246_860, 267_063, 287_682, 308_735, 330_242,
        352_221, 374_693, 397_683, 421_213, 445_311, 470_004, 495_321, 521_297, 547_965,
        575_364, 603_535, 632_523, 662_376, 693_147,
    ],
    dtype=np.int64,
)  # fmt: skip
"""Quantiles of the exponential distribution with mean 1 at i/64 up to the median, in millionths."""
_LOG_2 = 693_147
_NORMAL_POINTS: tuple[int, ...] = tuple(_NORMAL_HALF.tolist())
_EXPONENTIAL_POINTS: tuple[int, ...] = tuple(_EXPONENTIAL.tolist())
_HALF, _WHOLE = 1 << 31, 1 << 32


def normal(bits: Bits, mean: int, spread: int) -> Amounts:
    """Return normal quantiles with a mean and a standard deviation, cut off at three of them."""
    upper = bits >= np.uint64(_HALF)
    distance = np.where(upper, bits - np.uint64(_HALF), np.uint64(_HALF - 1) - bits)
    millionths = _between_points(_NORMAL_HALF, distance.astype(np.int64), 25)
    steps = (millionths * spread) // MILLION
    return mean + np.where(upper, steps, -steps)


def exponential(bits: Bits, mean: int) -> Amounts:
    """Return exponential quantiles with a mean; never more than 22.2 times the mean.

    The tail is folded: each halving of what is left adds the logarithm of 2.
    """
    left = (np.uint64(_WHOLE) - bits).astype(np.int64)
    halvings = np.zeros(left.shape, dtype=np.int64)
    for shift in (16, 8, 4, 2, 1):
        fits = left <= (1 << (32 - shift))
        halvings += np.where(fits, shift, 0)
        left = np.where(fits, left << shift, left)
    share = _WHOLE - left
    millionths = halvings * _LOG_2 + _between_points(_EXPONENTIAL, share, 26)
    return (millionths * mean) // MILLION


def _between_points(table: NDArray[np.int64], position: Amounts, width: int) -> Amounts:
    """Interpolate in a table whose points lie 2**width apart."""
    index = np.minimum(position >> width, len(table) - 2)
    part = position - (index << width)
    value: Amounts = table[index] + (((table[index + 1] - table[index]) * part) >> width)
    return value


def normal_of(bits: int, mean: int, spread: int) -> int:
    """Return `normal` of a single draw."""
    upper = bits >= _HALF
    distance = bits - _HALF if upper else _HALF - 1 - bits
    steps = _between(_NORMAL_POINTS, distance, 25) * spread // MILLION
    return mean + steps if upper else mean - steps


def exponential_of(bits: int, mean: int) -> int:
    """Return `exponential` of a single draw."""
    left = _WHOLE - bits
    halvings = 32 - left.bit_length() + (left & (left - 1) == 0)
    millionths = halvings * _LOG_2 + _between(_EXPONENTIAL_POINTS, _WHOLE - (left << halvings), 26)
    return millionths * mean // MILLION


def _between(table: tuple[int, ...], position: int, width: int) -> int:
    index = min(position >> width, len(table) - 2)
    part = position - (index << width)
    return table[index] + ((table[index + 1] - table[index]) * part >> width)
