"""When computers restart: after a shutdown, and for updates.

A workstation is shut down now and then and starts again on its next day; with Fast Startup that is
no restart (TIM-6). Updates restart every computer about once a month, some days after the second
Tuesday of the month; servers restart inside a maintenance window.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import time, timedelta
from decimal import Decimal, localcontext
from functools import lru_cache

from sim.fleet.streams import Streams
from sim.language.moments import OnDate
from sim.reference.traits import Device
from sim.scenario.calendar import SiteClock
from sim.schedules.local_days import LocalDays
from sim.schedules.recurrence import Grid
from sim.schedules.windows import patch_tuesday
from sim.units import DAY, MILLION, PartsPerMillion, Seconds

UPDATE_RINGS = 14 * DAY
"""Restarts for updates are spread over this time after the second Tuesday."""
_HAS_FAST_STARTUP = ("windows-10-", "windows-11-")
_WEEK_PER_WORKING_WEEK = (7, 5)
_EVENING = time(18)

Moved = Callable[[Seconds], Seconds | None]
"""The first instant from a nominal one on at which the computer may be restarted."""


@lru_cache(maxsize=64)
def daily_chance(median: Seconds) -> PartsPerMillion:
    """Return the chance of a shutdown on a working day that gives a median interval.

    *median* [s] counts calendar time of a computer used on every working day.

    >>> daily_chance(7 * DAY)
    129449
    """
    calendar, working = _WEEK_PER_WORKING_WEEK
    with localcontext(prec=28):
        no_shutdown = Decimal(2) ** (Decimal(-calendar * DAY) / Decimal(working * max(1, median)))
        return MILLION - int((no_shutdown * MILLION).to_integral_value())


def update_anchor(clock: SiteClock) -> Seconds:
    """Return the evening of the last second Tuesday of a month at or before second 0."""
    today = clock.date_at(0)
    month = today.replace(day=1)
    while True:
        tuesday = patch_tuesday(month.year, month.month)
        seconds = clock.seconds(OnDate(tuesday, _EVENING))
        if seconds <= 0:
            return seconds
        month = (month - timedelta(days=1)).replace(day=1)


def has_fast_startup(device: Device, key: int, traits: Streams, share: PartsPerMillion) -> bool:
    """Draw whether a computer's shutdown is not a restart (TIM-6): a trait, equal in every run."""
    may = device.os.startswith(_HAS_FAST_STARTUP) and device.product_type == "client"
    return may and traits.happens("fast_startup", key, share)


@dataclass(frozen=True, slots=True)
class Shutdowns:
    """Restarts of a workstation that is shut down now and then."""

    days: LocalDays
    streams: Streams
    key: int
    chance: PartsPerMillion
    """Of a shutdown before a working day."""
    started_on: Callable[[int], Seconds | None]
    """When the computer starts on a day; None if it does not."""

    def after(self, moment: Seconds) -> Seconds | None:
        """Return the first restart after an instant; None when there is none in the run."""
        for day in range(self.days.day_at(moment), len(self.days)):
            slot = self.days.ordinal(day)
            if self.days.is_working(day) and self.streams.happens(
                "restart", self.key, self.chance, slot
            ):
                start = self.started_on(day)
                if start is not None and start > moment:
                    return start
        return None


@dataclass(frozen=True, slots=True)
class UpdateRestarts:
    """Restarts that updates force: nominal slots, each moved to when it may happen."""

    grid: Grid
    moved: Moved

    def after(self, moment: Seconds) -> Seconds | None:
        """Return the first restart after an instant; None when there is none.

        A slot before the instant may have been moved behind it, by a long absence or because no
        window was open.
        """
        slot = self.grid.at_or_before(moment)
        slot = self.grid.phase if slot is None else slot
        while slot > self.grid.phase and _is_after(self.moved(slot - self.grid.period), moment):
            slot -= self.grid.period
        while True:
            happens = self.moved(slot)
            if happens is None or happens > moment:
                return happens
            slot = self.grid.after(slot)


def _is_after(happens: Seconds | None, moment: Seconds) -> bool:
    return happens is not None and happens > moment


def update_grid(
    device: Device,
    key: int,
    traits: Streams,
    assumed: Mapping[str, int],
    anchor: Seconds,
    since: Seconds = 0,
) -> Grid:
    """Return the nominal slots of a device's restarts for updates, from when it joins.

    How many days after the second Tuesday it restarts is a trait.
    """
    is_server = device.product_type != "client"
    interval = "restart_interval_server" if is_server else "update_restart_interval"
    period = max(1, assumed[interval])
    ring = traits.between("update_ring", key, 0, UPDATE_RINGS)
    return Grid(Grid(anchor + ring, period).at_or_after(since), period)


@dataclass(frozen=True, slots=True)
class Restarts:
    """All restarts of one device."""

    shutdowns: Shutdowns | None
    """None if a shutdown is not a restart, or never comes."""
    updates: UpdateRestarts

    def after(self, moment: Seconds) -> Seconds | None:
        """Return the first restart after an instant; None when there is none in the run."""
        first = self.updates.after(moment)
        second = None if self.shutdowns is None else self.shutdowns.after(moment)
        if first is None or second is None:
            return second if first is None else first
        return min(first, second)
