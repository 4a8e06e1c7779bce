"""Random draws: every draw has a key of its own, so none depends on the order of the others.

A draw is the splitmix64 hash of (seed, replication, purpose), of the device's key and of a number
(nominal slot, or attempt). A device that is added, removed or moved changes no other device's
draws, and two plans compared under one seed get common random numbers. All arithmetic is on
integers, the same on every processor. The scalar and the vector form give the same values.
"""

import hashlib
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from sim.units import MILLION, PartsPerMillion

_MASK = (1 << 64) - 1
_GOLDEN = 0x9E3779B97F4A7C15
_FIRST = 0xBF58476D1CE4E5B9
_SECOND = 0x94D049BB133111EB

Keys = NDArray[np.uint64]


def device_key(name: str) -> int:
    """Return the 64-bit key of a device: a digest of its casefolded name."""
    digest = hashlib.blake2b(name.casefold().encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big")


def _mix(state: int) -> int:
    state = ((state ^ (state >> 30)) * _FIRST) & _MASK
    state = ((state ^ (state >> 27)) * _SECOND) & _MASK
    return state ^ (state >> 31)


def _mix_all(state: Keys) -> Keys:
    state = (state ^ (state >> np.uint64(30))) * np.uint64(_FIRST)
    state = (state ^ (state >> np.uint64(27))) * np.uint64(_SECOND)
    return state ^ (state >> np.uint64(31))


@dataclass(frozen=True, slots=True)
class Streams:
    """All draws of one replication.

    With `replication` None the seed alone keys the draws: traits are the same in all replications.
    """

    seed: int
    replication: int | None
    _purposes: dict[str, int] = field(default_factory=dict, repr=False, compare=False)

    def _purpose(self, purpose: str) -> int:
        key = self._purposes.get(purpose)
        if key is None:
            text = f"fleetsim/{self.seed}/{self.replication}/{purpose}"
            digest = hashlib.blake2b(text.encode(), digest_size=8).digest()
            key = self._purposes[purpose] = int.from_bytes(digest, "big")
        return key

    def bits(self, purpose: str, key: int, number: int = 0) -> int:
        """Return 32 random bits for a purpose, a device key and a slot or attempt number."""
        state = _mix((self._purpose(purpose) + key) & _MASK)
        return _mix((state + (number + 1) * _GOLDEN) & _MASK) >> 32

    def between(self, purpose: str, key: int, low: int, high: int, number: int = 0) -> int:
        """Return an integer from *low* to *high*, both included, uniformly (inverse transform)."""
        return low + ((self.bits(purpose, key, number) * (high - low + 1)) >> 32)

    def happens(self, purpose: str, key: int, share: PartsPerMillion, number: int = 0) -> bool:
        """Return whether something with the probability *share* happens."""
        return (self.bits(purpose, key, number) * MILLION) >> 32 < share

    def bits_of_all(self, purpose: str, keys: Keys, number: int = 0) -> Keys:
        """Return `bits` for many devices at once (uint64 array, values below 2**32)."""
        with np.errstate(over="ignore"):
            state = _mix_all(keys + np.uint64(self._purpose(purpose)))
            return _mix_all(state + np.uint64(((number + 1) * _GOLDEN) & _MASK)) >> np.uint64(32)

    def between_for_all(
        self, purpose: str, keys: Keys, low: int, high: int, number: int = 0
    ) -> NDArray[np.int64]:
        """Return `between` for many devices at once."""
        bits = self.bits_of_all(purpose, keys, number)
        return (low + ((bits * np.uint64(high - low + 1)) >> np.uint64(32))).astype(np.int64)

    def millionths_of_all(self, purpose: str, keys: Keys, number: int = 0) -> NDArray[np.int64]:
        """Return for each device an integer below one million, to compare with a share."""
        bits = self.bits_of_all(purpose, keys, number)
        return ((bits * np.uint64(MILLION)) >> np.uint64(32)).astype(np.int64)


Bits = NDArray[np.uint64]
"""Draws: values below 2**32."""
Amounts = NDArray[np.int64]

_NORMAL_HALF = (
    0, 19_584, 39_176, 58_783, 78_412, 98_072, 117_770, 137_513, 157_311, 177_170,
    197_099, 217_107, 237_202, 257_394, 277_690, 298_102, 318_639, 339_312, 360_130,
    381_105, 402_250, 423_576, 445_097, 466_825, 488_776, 510_966, 533_410, 556_126,
    579_132, 602_449, 626_099, 650_104, 674_490, 699_283, 724_514, 750_215, 776_422,
    803_173, 830_511, 858_484, 887_147, 916_557, 946_782, 977_898, 1_009_990, 1_043_158,
    1_077_516, 1_113_194, 1_150_349, 1_189_164, 1_229_859, 1_272_699, 1_318_011,
    1_366_204, 1_417_797, 1_473_468, 1_534_121, 1_601_009, 1_675_940, 1_761_670,
    1_862_732, 1_987_428, 2_153_875, 2_417_559, 3_000_000,
)  # fmt: skip
"""Quantiles of the standard normal distribution at 1/2 + i/128, in millionths; cut off at 3."""

_EXPONENTIAL_POINTS = (
    0, 15_748, 31_749, 48_009, 64_539, 81_346, 98_440, 115_832, 133_531, 151_550,
    169_899, 188_591, 207_639, 227_057, 246_860, 267_063, 287_682, 308_735, 330_242,
    352_221, 374_693, 397_683, 421_213, 445_311, 470_004, 495_321, 521_297, 547_965,
    575_364, 603_535, 632_523, 662_376, 693_147,
)  # fmt: skip
"""Quantiles of the exponential distribution with mean 1 at i/64 up to the median, in millionths."""
_LOG_2 = 693_147
_EXPONENTIAL = np.array(_EXPONENTIAL_POINTS, dtype=np.int64)
_HALF, _WHOLE = 1 << 31, 1 << 32


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
    """Return a normal quantile with a mean and a standard deviation, cut off at three of them."""
    upper = bits >= _HALF
    distance = bits - _HALF if upper else _HALF - 1 - bits
    steps = _between(_NORMAL_HALF, distance, 25) * spread // MILLION
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
