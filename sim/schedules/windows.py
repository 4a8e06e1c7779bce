"""Maintenance windows: when an installation that needs one may begin (TIM-5).

Windows of several collections are merged: where they overlap or touch they are one. Their hours are
those of the device's own wall clock, also when daylight saving begins or ends.
"""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, time, timedelta

from sim.language.moments import OnDate
from sim.scenario.calendar import SiteClock
from sim.schedules.recurrence import Recurrence, Spans
from sim.units import DAY, WEEK, Seconds

_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@dataclass(frozen=True, slots=True)
class Weekly:
    """One weekly window: day of the week (Monday is 0), wall clock, length [s]."""

    weekday: int
    clock: time
    length: Seconds


def parse_weekly(text: str, length: Seconds) -> Weekly:
    """Read a window such as `Sunday 01:00`; the model has checked the form of *text*.

    >>> parse_weekly("Sunday 01:00", 10_800)
    Weekly(weekday=6, clock=datetime.time(1, 0), length=10800)
    """
    day, clock = text.split()
    return Weekly(_WEEKDAYS.index(day), time.fromisoformat(clock), length)


@dataclass(frozen=True, slots=True)
class Windows:
    """The merged windows of one device, in order: starts and ends [s since the start]."""

    starts: tuple[Seconds, ...]
    ends: tuple[Seconds, ...]

    def opens(self, time: Seconds, needed: Seconds) -> Seconds | None:
        """Return the first instant from *time* on with *needed* seconds of a window left.

        None when there is no such instant: the windows are too short, or over.
        """
        for place in range(bisect_right(self.ends, time), len(self.ends)):
            begin = max(time, self.starts[place])
            if self.ends[place] - begin >= needed:
                return begin
        return None


def installable(
    presence: Spans, windows: Windows | None, time: Seconds, needed: Seconds
) -> Seconds | None:
    """Return the first instant from *time* on with the computer on and enough of a window left.

    *windows* None: the device has none, and work may begin whenever it is on (TIM-5). None when
    there is no such instant.
    """
    on = presence.on_at_or_after(time)
    while windows is not None and on is not None:
        opens = windows.opens(on, needed)
        if opens is None or opens == on:
            return opens
        on = presence.on_at_or_after(opens)
    return on


@dataclass(frozen=True, slots=True)
class InWindows(Recurrence):
    """A recurrence that is put off until a window is open and the computer is on (TIM-5)."""

    recurrence: Recurrence
    presence: Spans
    windows: Windows

    def _moved(self, time: Seconds | None) -> Seconds | None:
        return None if time is None else installable(self.presence, self.windows, time, 1)

    def nominal(self, time: Seconds) -> Seconds:
        """Return when an occurrence was due, before it was put off to *time*."""
        due, earlier = time, self.recurrence.at_or_before(time)
        while earlier is not None and self._moved(earlier) == time:
            due, earlier = earlier, self.recurrence.at_or_before(earlier - 1)
        return due

    def at_or_after(self, time: Seconds) -> Seconds | None:
        """Return the first occurrence from *time* on; one due earlier may have been put off."""
        first = self._moved(self.recurrence.at_or_after(time))
        earlier = self.recurrence.at_or_before(time - 1)
        while earlier is not None:
            moved = self._moved(earlier)
            if moved is None or moved < time:
                break
            first = moved
            earlier = self.recurrence.at_or_before(earlier - 1)
        return first

    def at_or_before(self, time: Seconds) -> Seconds | None:
        """Return the last occurrence not after *time*."""
        due = self.recurrence.at_or_before(time)
        while due is not None:
            moved = self._moved(due)
            if moved is not None and moved <= time:
                return moved
            due = self.recurrence.at_or_before(due - 1)
        return None


def windows(weeklies: Iterable[Weekly], clock: SiteClock, horizon: Seconds) -> Windows:
    """Return all windows of a run on one wall clock, merged."""
    spans = sorted(
        (begin, begin + weekly.length)
        for weekly in weeklies
        for begin in _occurrences(weekly, clock, horizon)
    )
    merged: list[tuple[Seconds, Seconds]] = []
    for start, end in spans:
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return Windows(tuple(start for start, _ in merged), tuple(end for _, end in merged))


def _occurrences(weekly: Weekly, clock: SiteClock, horizon: Seconds) -> list[Seconds]:
    """Return when a weekly window begins, from the week before the start to the horizon."""
    first: date = clock.date_at(-WEEK)
    first += timedelta(days=(weekly.weekday - first.weekday()) % 7)
    weeks = (horizon + 2 * WEEK + DAY) // WEEK + 1
    begins = (
        clock.seconds(OnDate(first + timedelta(weeks=week), weekly.clock)) for week in range(weeks)
    )
    return [begin for begin in begins if begin < horizon]
