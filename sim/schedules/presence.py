"""When a computer is on: spans [start, end) in seconds since the scenario's start.

No span begins before the start: at a negative instant every computer is off, one that is always on
too. The kernel never asks about one.
"""

from array import array
from bisect import bisect_right
from typing import Protocol

from sim.units import Seconds

Span = tuple[Seconds, Seconds | None]
"""Start and end of a time for which a computer is on; no end: for good."""


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
    """Spans in which a computer is on, in order and apart; without *starts* it is always on."""

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
