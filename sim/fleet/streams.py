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
