"""Office computers: on for the hours of work on the days they are used; a pure schedule.

Which days those are is known beforehand (`attendance`) and kept as the bits of an integer; at what
time a computer is switched on is drawn for the one day that is asked about, keyed by that day.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from sim.fleet.local_days import LocalDays
from sim.fleet.presence import Span
from sim.fleet.quantiles import normal_of
from sim.fleet.streams import Streams
from sim.units import DAY, Seconds

_NO_SPAN = (0, 0)
FOREVER: Seconds = 1 << 62


@dataclass(frozen=True, slots=True)
class Office:
    """What all office computers of one place share: its days, the dice, how long they work."""

    days: LocalDays
    streams: Streams
    start: Seconds
    """Mean time of day at which a computer is switched on."""
    spread: Seconds
    length: Seconds

    @classmethod
    def of(cls, days: LocalDays, streams: Streams, assumed: Mapping[str, int]) -> "Office":
        """Return the office of a place under the assumptions in force."""
        return cls(
            days,
            streams,
            assumed["working_day_start"],
            assumed["working_day_start_spread"],
            max(1, assumed["working_day_length"]),
        )

    def start_on(self, day: int, key: int) -> Seconds:
        """Return when the computer with a *key* is switched on on a day, if it is."""
        days = self.days
        bits = self.streams.bits("working_day_start", key, days.ordinal(day))
        clock = normal_of(bits, self.start, self.spread)
        return days.starts[day] + min(max(clock, 0), DAY - 1)


class OfficeHours:
    """The spans of one office computer: a `Spans` within [since, until)."""

    __slots__ = ("_day", "_key", "_mask", "_office", "_since", "_span", "_until")

    is_always_on = False

    def __init__(
        self, office: Office, key: int, mask: int, since: Seconds = 0, until: Seconds = FOREVER
    ) -> None:
        self._office = office
        self._key = key
        self._mask = mask
        """Bit d is set when the computer is on on day d."""
        self._since = since
        self._until = until
        self._day, self._span = -1, _NO_SPAN

    def is_used_on(self, day: int) -> bool:
        """Return whether the computer is on on a day."""
        return bool(self._mask >> day & 1)

    def span_on(self, day: int) -> tuple[Seconds, Seconds]:
        """Return start and end on a day that is used; an empty span where none is left of it.

        The day ends at midnight: nobody works through the night.
        """
        if day != self._day:
            start = self._office.start_on(day, self._key)
            end = min(start + self._office.length, self._office.days.end(day))
            self._day, self._span = day, (max(start, self._since), min(end, self._until))
        return self._span

    def on_at_or_after(self, time: Seconds) -> Seconds | None:
        """Return the first instant from *time* on at which the computer is on; None if never."""
        day = self._office.days.day_at(time)
        rest = self._mask >> day
        while rest:
            day += (rest & -rest).bit_length() - 1
            start, end = self.span_on(day)
            if time < end and start < end:
                return max(time, start)
            day += 1
            rest = self._mask >> day
        return None

    def is_on(self, time: Seconds) -> bool:
        """Return whether the computer is on at *time*."""
        return self.span_at(time) is not None

    def span_at(self, time: Seconds) -> Span | None:
        """Return start and end of the hours of work around *time*; None outside of them."""
        day = self._office.days.day_at(time)
        if not self._mask >> day & 1:
            return None
        start, end = self.span_on(day)
        return (start, end) if start <= time < end else None

    def off_after(self, time: Seconds) -> Seconds | None:
        """Return when the computer goes off, given that it is on at *time*."""
        span = self.span_at(time)
        return None if span is None else span[1]

    def last_on_before(self, time: Seconds) -> Seconds | None:
        """Return the end of the last span that ended at or before *time*; None without one."""
        day = self._office.days.day_at(time)
        while day >= 0:
            day = (self._mask & ((1 << (day + 1)) - 1)).bit_length() - 1
            if day < 0:
                return None
            start, end = self.span_on(day)
            if start < end <= time:
                return end
            day -= 1
        return None

    def gaps(self, days: int) -> bool:
        """Return whether the computer is off for more than *days* whole days on end."""
        free = ~self._mask & ((1 << len(self._office.days)) - 1)
        for _ in range(days):
            free &= free >> 1
        return free != 0
