"""Maintenance windows: when they are open, and what is put off into them (TIM-5).

Windows of several collections are merged: where they overlap or touch they are one. Their hours are
those of the device's own wall clock or of UTC, also when daylight saving begins or ends. Pure
integer arithmetic, in seconds since the scenario's start.
"""

from bisect import bisect_right
from calendar import Calendar
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, time, timedelta

from sim.language.moments import OnDate
from sim.scenario.calendar import SiteClock
from sim.scenario.model import MaintenanceWindow
from sim.scenario.values import NTH, PATCH_TUESDAY, WEEKDAYS
from sim.schedules.recurrence import Recurrence, Spans
from sim.units import DAY, WEEK, Seconds

_TUESDAY, _SECOND = 1, 1


@dataclass(frozen=True, slots=True)
class Opening:
    """When one kind of window begins, by the wall clock, and for how long it is open [s].

    Without a weekday it begins every day, without a place in the month every week.
    """

    clock: time
    length: Seconds
    weekday: int | None = None
    """Monday is 0."""
    place: int | None = None
    """Which of these weekdays of a month: 0 is the first, -1 the last."""
    offset: int = 0
    """Days from that weekday to the window."""
    in_utc: bool = False

    def days(self, first: date, last: date) -> Iterator[date]:
        """Yield the days from *first* to *last* on which a window begins."""
        if self.place is not None:
            yield from self._monthly(first, last)
            return
        ahead = 0 if self.weekday is None else (self.weekday - first.weekday()) % 7
        step = 1 if self.weekday is None else 7
        for ordinal in range(first.toordinal() + ahead, last.toordinal() + 1, step):
            yield date.fromordinal(ordinal)

    def _monthly(self, first: date, last: date) -> Iterator[date]:
        """An offset may carry a window into the next month, so the walk begins before *first*."""
        assert self.weekday is not None
        assert self.place is not None
        offset = timedelta(days=self.offset)
        month = (first - offset).replace(day=1)
        while month <= last:
            weekday = nth_weekday(month.year, month.month, self.weekday, self.place)
            if first <= weekday + offset <= last:
                yield weekday + offset
            month = (month + timedelta(days=31)).replace(day=1)


def nth_weekday(year: int, month: int, weekday: int, place: int) -> date:
    """Return one of a month's days of a weekday (Monday is 0): place 0 is the first, -1 the last.

    >>> nth_weekday(2026, 3, 1, 1), nth_weekday(2026, 2, 6, -1)
    (datetime.date(2026, 3, 10), datetime.date(2026, 2, 22))
    """
    days = Calendar().itermonthdates(year, month)
    return [day for day in days if day.month == month and day.weekday() == weekday][place]


def patch_tuesday(year: int, month: int) -> date:
    """Return the second Tuesday of a month, on which Microsoft publishes its updates."""
    return nth_weekday(year, month, _TUESDAY, _SECOND)


def opening_of(window: MaintenanceWindow) -> Opening:
    """Read when a window of the scenario begins; the model has checked the form of its texts."""
    length, in_utc = window.length, window.clock == "utc"
    if window.daily is not None:
        return Opening(time.fromisoformat(window.daily), length, in_utc=in_utc)
    if window.weekly is not None:
        day, clock = window.weekly.split()
        weekday = WEEKDAYS.index(day)
        return Opening(time.fromisoformat(clock), length, weekday, in_utc=in_utc)
    days, clock = (window.monthly or "").rsplit(maxsplit=1)
    at = time.fromisoformat(clock)
    if days.startswith(PATCH_TUESDAY):
        offset = int("".join(filter(str.isdecimal, days)) or 0)
        return Opening(at, length, _TUESDAY, _SECOND, offset, in_utc)
    nth, day = days.split()
    place = -1 if nth == NTH[-1] else NTH.index(nth)
    return Opening(at, length, WEEKDAYS.index(day), place, 0, in_utc)


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

    def closes(self, time: Seconds) -> Seconds:
        """Return when the window that is open at *time* closes; *time* itself if none is open."""
        place = bisect_right(self.starts, time) - 1
        return max(time, self.ends[place]) if place >= 0 else time


def windows(openings: Iterable[Opening], clock: SiteClock, horizon: Seconds) -> Windows:
    """Return all windows of a run on one wall clock, merged."""
    spans = sorted(
        (begin, begin + opening.length)
        for opening in openings
        for begin in _begins(opening, clock, horizon)
    )
    merged: list[tuple[Seconds, Seconds]] = []
    for start, end in spans:
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return Windows(tuple(start for start, _ in merged), tuple(end for _, end in merged))


def _begins(opening: Opening, clock: SiteClock, horizon: Seconds) -> list[Seconds]:
    """Return when a window begins, from the week before the start to the horizon."""
    if opening.in_utc:
        clock = clock.in_zone("UTC")
    days = opening.days(clock.date_at(-WEEK), clock.date_at(horizon + DAY))
    begins = (clock.seconds(OnDate(day, opening.clock)) for day in days)
    return [begin for begin in begins if begin < horizon]


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
        earlier = self._moved(self.recurrence.at_or_before(time - 1))
        if earlier is not None and earlier >= time:
            return earlier
        return self._moved(self.recurrence.at_or_after(time))

    def at_or_before(self, time: Seconds) -> Seconds | None:
        """Return the last occurrence not after *time*."""
        due = self.recurrence.at_or_before(time)
        while due is not None:
            moved = self._moved(due)
            if moved is not None and moved <= time:
                return moved
            due = self.recurrence.at_or_before(due - 1)
        return None
