"""When a computer is on, what recurs meanwhile on a grid, and in which maintenance windows.

A slot of the grid that was missed is caught up once, a little after the next power-on (TIM-1,
TIM-2), or not at all (TIM-3). Pure integer arithmetic, in seconds since the scenario's start.

Windows of several collections are merged: where they overlap or touch they are one. Their hours are
those of the device's own wall clock, also when daylight saving begins or ends (TIM-5).
"""

from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Protocol

from sim.language.moments import OnDate
from sim.scenario.calendar import SiteClock
from sim.units import DAY, WEEK, Seconds

Span = tuple[Seconds, Seconds | None]
"""Start and end of a time for which a computer is on; without an end, permanently."""


class Spans(Protocol):
    """When a computer is on, or connected to its site."""

    __slots__ = ()

    @property
    def is_always_on(self) -> bool:
        """Whether one span without an end covers the whole run."""

    def span_from(self, time: Seconds) -> Span | None:
        """Return the span around *time*, else the next one; None when there is none."""

    def span_at(self, time: Seconds) -> Span | None:
        """Return the span around *time*; None outside of any."""

    def last_on_before(self, time: Seconds) -> Seconds | None:
        """Return the end of the last span that ended at or before *time*; None without one."""

    def on_at_or_after(self, time: Seconds) -> Seconds | None:
        """Return the first instant from *time* on within a span; None if there is none."""
        span = self.span_from(time)
        return None if span is None else max(time, span[0])

    def is_on(self, time: Seconds) -> bool:
        """Return whether *time* lies within a span."""
        return self.span_at(time) is not None

    def off_after(self, time: Seconds) -> Seconds | None:
        """Return the end of the span around *time*; None outside of any, or without an end."""
        span = self.span_at(time)
        return None if span is None else span[1]


class Presence(Spans):
    """Spans in which a computer is on, in order and apart; without *starts* it is always on.

    No span begins before the start: at a negative instant every computer is off.
    """

    __slots__ = ("_ends", "_starts")

    def __init__(
        self, starts: "array[int] | None" = None, ends: "array[int] | None" = None
    ) -> None:
        self._starts = starts
        self._ends = ends if ends is not None else array("q")

    @property
    def is_always_on(self) -> bool:
        """Whether the computer is never off."""
        return self._starts is None

    def span_from(self, time: Seconds) -> Span | None:
        """Return the span around *time*, else the next one; None when there is none."""
        if self._starts is None:
            return (0, None)
        place = bisect_right(self._ends, time)
        return (self._starts[place], self._ends[place]) if place < len(self._ends) else None

    def span_at(self, time: Seconds) -> Span | None:
        """Return start and end of the span around *time*; no end if always on, None if off."""
        if self._starts is None:
            return (0, None) if time >= 0 else None
        place = bisect_right(self._starts, time) - 1
        if place < 0 or self._ends[place] <= time:
            return None
        return (self._starts[place], self._ends[place])

    def last_on_before(self, time: Seconds) -> Seconds | None:
        """Return the end of the last span that ended at or before *time*; None without one."""
        if self._starts is None:
            return None
        place = bisect_right(self._ends, time) - 1
        return self._ends[place] if place >= 0 else None

    def spans(self) -> list[tuple[Seconds, Seconds]]:
        """Return all spans; empty for a computer that is always on (or always off)."""
        return list(zip(self._starts or (), self._ends, strict=True))


ALWAYS_ON = Presence()

FOREVER: Seconds = 1 << 62
"""Later than any horizon."""


@dataclass(frozen=True, slots=True)
class Grid:
    """Recurring instants `phase + k * period` for k = 0, 1, 2 ..., in seconds since the start.

    Policy polls (TIM-1), scheduled evaluations (TIM-2) and state messages (TIM-3) of a computer
    that is always on are grids.
    """

    phase: Seconds
    period: Seconds

    def at_or_after(self, time: Seconds) -> Seconds:
        """Return the first instant that is not before *time*."""
        if time <= self.phase:
            return self.phase
        return time + (self.phase - time) % self.period

    def after(self, time: Seconds) -> Seconds:
        """Return the first instant strictly after *time*."""
        return self.at_or_after(time + 1)

    def at_or_before(self, time: Seconds) -> Seconds | None:
        """Return the last instant that is not after *time*; None when there is none yet."""
        if time < self.phase:
            return None
        return time - (time - self.phase) % self.period


Delay = Callable[[Seconds], Seconds]
"""How long after power-on a missed slot is caught up, by the slot's nominal time."""


class Recurrence(Protocol):
    """Instants at which something recurs, in order; None if there is no such instant."""

    __slots__ = ()

    def at_or_after(self, time: Seconds) -> Seconds | None:
        """Return the first instant from *time* on."""

    def after(self, time: Seconds) -> Seconds | None:
        """Return the first instant strictly after *time*."""
        return self.at_or_after(time + 1)

    def at_or_before(self, time: Seconds) -> Seconds | None:
        """Return the last instant not after *time*."""


@dataclass(frozen=True, slots=True)
class WhileOn(Recurrence):
    """A grid whose slots happen while the computer is on; a missed one is caught up.

    Between two power-ons at most one missed slot is caught up, however many were missed: *delay*
    seconds after power-on, if the computer is still on then.
    """

    grid: Grid
    presence: Spans
    delay: Delay

    def at_or_after(self, time: Seconds) -> Seconds | None:
        """Return the first occurrence from *time* on; None if there is none."""
        if self.presence.is_always_on:
            return self.grid.at_or_after(time)
        while True:
            span = self.presence.span_from(time)
            if span is None:
                return None
            start, end = span
            occurrence = self.grid.at_or_after(max(time, start))
            caught_up = self._caught_up(start, time, occurrence)
            if caught_up is not None:
                occurrence = caught_up
            if end is None or occurrence < end:
                return occurrence
            time = end

    def at_or_before(self, time: Seconds) -> Seconds | None:
        """Return the last occurrence not after *time*; None if there was none yet."""
        if self.presence.is_always_on:
            return self.grid.at_or_before(time)
        before: Seconds | None = time
        while before is not None:
            span = self.presence.span_at(before)
            if span is None:
                off = self.presence.last_on_before(before)
                before = None if off is None else off - 1
                continue
            last = self._last_in(span[0], before)
            if last is not None:
                return last
            before = span[0] - 1
        return None

    def _last_in(self, start: Seconds, until: Seconds) -> Seconds | None:
        """Return the last occurrence in a span from *start*, not after *until*."""
        slot = self.grid.at_or_before(until)
        if slot is not None and slot < start:
            slot = None
        caught_up = self._caught_up(start, start if slot is None else slot + 1, until + 1)
        return slot if caught_up is None else caught_up

    def _caught_up(self, start: Seconds, low: Seconds, high: Seconds) -> Seconds | None:
        """Return when a slot missed before a span's start is caught up, within [low, high).

        None if no slot was missed, or if it is caught up at another time or power-on.
        """
        missed = self.grid.at_or_before(start - 1)
        if missed is None or self.presence.is_on(missed):
            return None
        delay = self.delay(missed)
        if not low <= start + delay < high or self._was_caught_up(missed, start, delay):
            return None
        return start + delay

    def _was_caught_up(self, missed: Seconds, start: Seconds, delay: Seconds) -> bool:
        """Return whether the computer was on for long enough between a slot and a power-on."""
        end = self.presence.last_on_before(start)
        while end is not None and end > missed:
            span = self.presence.span_at(end - 1)
            assert span is not None
            if span[0] + delay < end:
                return True
            end = self.presence.last_on_before(span[0])
        return False


@dataclass(frozen=True, slots=True)
class Slots(Recurrence):
    """A grid whose slots happen while the computer is on; a missed slot is lost (TIM-3)."""

    grid: Grid
    presence: Spans

    def at_or_after(self, time: Seconds) -> Seconds | None:
        """Return the first slot from *time* on while on; None if there is none."""
        slot = self.grid.at_or_after(time)
        while True:
            span = self.presence.span_from(slot)
            if span is None:
                return None
            if span[0] <= slot:
                return slot
            slot = self.grid.at_or_after(span[0])

    def at_or_before(self, time: Seconds) -> Seconds | None:
        """Return the last slot not after *time* while on; None if there was none yet."""
        slot = self.grid.at_or_before(time)
        while slot is not None and not self.presence.is_on(slot):
            off = self.presence.last_on_before(slot)
            slot = None if off is None else self.grid.at_or_before(off - 1)
        return slot


def catch_up(presence: Spans, due: Seconds, delay: Seconds) -> Seconds | None:
    """Return when something due once happens: at *due* if on, else *delay* after a power-on.

    The computer has to stay on for the delay. None if it never happens.
    """
    if presence.is_on(due):
        return due
    on = presence.on_at_or_after(due)
    while on is not None:
        off = presence.off_after(on)
        if off is None or on + delay < off:
            return on + delay
        on = presence.on_at_or_after(off)
    return None


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
