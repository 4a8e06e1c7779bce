"""Turnover of a made-up fleet: when devices join and which are retired, week by week.

Weeks count from the start; in each exactly as many join and leave as asked for. What would come at
the horizon or after it is left out.
"""

from dataclasses import dataclass
from datetime import datetime
from itertools import count

import numpy as np
from numpy.typing import NDArray

from sim.fleet.streams import Keys, Streams, device_key
from sim.scenario.calendar import SiteClock
from sim.units import WEEK, Seconds

Instant = tuple[Seconds, datetime]
"""Seconds since the start, and the site's wall clock then, as a fleet table holds it."""


@dataclass(frozen=True, slots=True)
class Turnover:
    """How many devices come and go each week of a run."""

    joins_per_week: int
    retires_per_week: int
    clock: SiteClock
    horizon: Seconds

    def joining(self, streams: Streams) -> list[Instant]:
        """Return when devices join, in order."""
        instants = [
            self._instant(streams, "generated/joined_at", _joiner(week, number), week)
            for week in range(self._weeks)
            for number in range(self.joins_per_week)
        ]
        return sorted(instant for instant in instants if instant[0] < self.horizon)

    def retiring(
        self, keys: Keys, joined: NDArray[np.int64], streams: Streams
    ) -> dict[int, Instant]:
        """Return when devices are retired, by their place in *keys*; each at most once.

        Each week those who were there when it began are ranked by keyed draws, and the first leave
        at some second of it. *joined* holds when each device joined [s], 0 for those of the start.
        """
        retired: dict[int, Instant] = {}
        stays = np.ones(len(keys), dtype=bool)
        for week in range(self._weeks if self.retires_per_week else 0):
            there = np.flatnonzero(stays & (joined <= week * WEEK))
            ranks = streams.bits_of_all("generated/retires", keys[there], week)
            chosen = there[np.argsort(ranks, kind="stable")[: self.retires_per_week]]
            stays[chosen] = False
            for device in chosen.tolist():
                key = int(keys[device])
                retired[device] = self._instant(streams, "generated/retired_at", key, week)
        return {device: at for device, at in retired.items() if at[0] < self.horizon}

    @property
    def _weeks(self) -> int:
        return -(-self.horizon // WEEK)

    def _instant(self, streams: Streams, purpose: str, key: int, week: int) -> Instant:
        """Draw a second within a week, after its first.

        Where the end of daylight saving doubles an hour, a table's wall clock means its first
        pass; a second of the second pass is drawn again.
        """
        drawn = (
            week * WEEK + streams.between(purpose, key, 1, WEEK - 1, attempt) for attempt in count()
        )
        instants = ((second, self.clock.datetime_at(second)) for second in drawn)
        second, wall = next((second, wall) for second, wall in instants if not wall.fold)
        return second, wall.replace(tzinfo=None)


def _joiner(week: int, number: int) -> int:
    return device_key(f"generated/joins/{week}/{number}")
