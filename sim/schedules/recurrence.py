"""When a computer is on, and what recurs meanwhile on a grid.

A slot of the grid that was missed is caught up once, a little after the next power-on (TIM-1,
TIM-2), or not at all (TIM-3). Pure integer arithmetic, in seconds since the scenario's start.
"""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from sim.units import Seconds

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
class Instants(Recurrence):
    """Instants in order, such as the same time of day by a wall clock."""

    times: tuple[Seconds, ...]

    def at_or_after(self, time: Seconds) -> Seconds | None:
        """Return the first instant that is not before *time*; None after the last."""
        place = bisect_left(self.times, time)
        return self.times[place] if place < len(self.times) else None

    def at_or_before(self, time: Seconds) -> Seconds | None:
        """Return the last instant that is not after *time*; None before the first."""
        place = bisect_right(self.times, time) - 1
        return self.times[place] if place >= 0 else None


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
