"""Drawing traits by their assumed shares: device by device, or by group (`groups`).

All devices are drawn at once for each share, as vectors. The draws are keyed by the seed and by
the names of devices and groups: no device or group changes the draws of another.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from sim.fleet.groups import GROUPED
from sim.fleet.streams import Keys, Streams
from sim.units import MILLION, PartsPerMillion

Causes = Sequence[tuple[str, str]]
"""Exclusive faults, each a word with the assumption that holds its share of all devices."""


class Chances:
    """What an assumed share is true of, device by device; never a fault without chance."""

    def __init__(
        self,
        streams: Streams,
        keys: Keys,
        groups: Mapping[str, Keys],
        assumed: Mapping[str, int],
        *,
        chance: bool,
    ) -> None:
        self.is_drawn = chance
        """Whether faults are drawn at all."""
        self._streams = streams
        self._keys = keys
        self._groups = groups
        self._assumed = assumed
        self._millionths: dict[str, list[int]] = {}
        self._outcomes: dict[str, list[bool]] = {}

    def happens(self, share: str, device: int, *, fault: bool = True) -> bool:
        """Return whether an assumed share is true of a device."""
        if fault and not self.is_drawn:
            return False
        return self._of_all(share, self._assumed[share])[device]

    def happens_within(self, share: str, whole: str, device: int) -> bool:
        """Return it for a device of which *whole* is true, *share* being one of all devices.

        As far as *whole* reaches: a share as large as it is true of each such device.
        """
        part = _part(self._assumed[share], self._assumed[whole])
        return self.is_drawn and self._of_all(share, part)[device]

    def one_of(self, causes: Causes, device: int, otherwise: str) -> str:
        """Return which of several exclusive faults a device has: one draw decides between them."""
        if not self.is_drawn:
            return otherwise
        drawn = self._drawn(causes[0][1])[device]
        for word, share in causes:
            drawn -= self._assumed[share]
            if drawn < 0:
                return word
        return otherwise

    def first_of(self, causes: Causes, device: int, otherwise: str) -> str:
        """Return it where the faults are drawn by different groups: one after the other.

        Each is drawn among the devices that those before it left, so that its share is one of all.
        """
        if not self.is_drawn:
            return otherwise
        left = MILLION
        for word, share in causes:
            assumed = self._assumed[share]
            if self._of_all(share, _part(assumed, left))[device]:
                return word
            left -= assumed
        return otherwise

    def _drawn(self, purpose: str) -> list[int]:
        if purpose not in self._millionths:
            values = self._streams.millionths_of_all(f"trait/{purpose}", self._keys)
            self._millionths[purpose] = values.tolist()
        return self._millionths[purpose]

    def _of_all(self, purpose: str, share: PartsPerMillion) -> list[bool]:
        """Return for each device whether *share* is true of it; a purpose has one share."""
        if purpose not in self._outcomes:
            drawn = self._streams.millionths_of_all(f"trait/{purpose}", self._keys)
            self._outcomes[purpose] = self._struck(purpose, share, drawn).tolist()
        return self._outcomes[purpose]

    def _struck(
        self, purpose: str, share: PartsPerMillion, drawn: NDArray[np.int64]
    ) -> NDArray[np.bool_]:
        """Return whom a share strikes: where it is drawn by group, those of a struck group.

        A group is struck with the chance share / within, a device in it with the share within. A
        share as large as that strikes every group, and then each device by itself.
        """
        grouping = GROUPED.get(purpose)
        if grouping is None or share >= self._assumed[grouping.within]:
            return drawn < share
        within = self._assumed[grouping.within]
        bits = self._streams.bits_of_all(f"group/{purpose}", self._groups[grouping.kind])
        return (bits < np.uint64((share << 32) // within)) & (drawn < within)


def _part(share: PartsPerMillion, whole: PartsPerMillion) -> PartsPerMillion:
    """Return which part of *whole* a share of all devices is, rounded; all when it is as large."""
    return MILLION if share >= whole else (share * MILLION + whole // 2) // whole
