"""Office computers: on during the hours of work, on the days on which they are used.

The days are drawn beforehand (`attendance`), as the bits of an integer. The time at which a
computer is switched on is drawn when it is needed, keyed by the day.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sim.fleet.streams import Streams, normal_of
from sim.schedules.local_days import LocalDays
from sim.schedules.presence import FOREVER, Span, Spans
from sim.units import DAY, Seconds

Gap = tuple[Seconds, Seconds | None]
"""Start and end of a time for which a computer is off; no end: for good."""

_NO_SPAN = (0, 0)


@dataclass(frozen=True, slots=True)
class Office:
    """What all office computers of one place share: days, draws and hours of work."""

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
        """Return when the computer with a *key* is switched on, on a day of use."""
        days = self.days
        bits = self.streams.bits("working_day_start", key, days.ordinal(day))
        clock = normal_of(bits, self.start, self.spread)
        return days.starts[day] + min(max(clock, 0), DAY - 1)


class Hours:
    """When one computer is on, for each day on which it is used, within [since, until).

    The last two days are cached: the events of a day ask for the same day again and again.
    """

    __slots__ = ("_before", "_day", "_day_before", "key", "office", "since", "span", "until")

    def __init__(
        self, office: Office, key: int, since: Seconds = 0, until: Seconds = FOREVER
    ) -> None:
        self.office = office
        self.key = key
        self.since = since
        self.until = until
        self._day = self._day_before = -1
        self.span = self._before = _NO_SPAN

    def on(self, day: int) -> tuple[Seconds, Seconds]:
        """Return start and end on a day; an empty span where the fleet's times cut it off.

        The day ends at midnight: nobody works through the night.
        """
        if day != self._day:
            if day == self._day_before:
                span = self._before
            else:
                start = self.office.start_on(day, self.key)
                end = min(start + self.office.length, self.office.days.end(day))
                span = (max(start, self.since), min(end, self.until))
            self._day_before, self._before = self._day, self.span
            self._day, self.span = day, span
        return self.span


class OfficeHours(Spans):
    """The spans of one office computer: a `Spans` on the days of a mask."""

    __slots__ = ("_hours", "_mask")

    is_always_on = False

    def __init__(self, hours: Hours, mask: int) -> None:
        self._hours = hours
        self._mask = mask
        """Bit d is set when the computer is on on day d."""

    @property
    def is_clipped(self) -> bool:
        """Whether the computer is part of the fleet for a part of the run only."""
        return self._hours.since > 0 or self._hours.until < FOREVER

    def is_used_on(self, day: int) -> bool:
        """Return whether the computer is on on a day."""
        return bool(self._mask >> day & 1)

    def span_on(self, day: int) -> tuple[Seconds, Seconds]:
        """Return start and end on a day of use; an empty one where it is cut off."""
        return self._hours.on(day)

    def span_from(self, time: Seconds) -> Span | None:
        """Return the span around *time*, else the next one; None when there is none."""
        hours = self._hours
        day = hours.office.days.day_at(time)
        rest = self._mask >> day
        while rest:
            day += (rest & -rest).bit_length() - 1
            start, end = span = hours.on(day)
            if time < end and start < end:
                return span
            day += 1
            rest = self._mask >> day
        return None

    def span_at(self, time: Seconds) -> Span | None:
        """Return start and end of the hours of work around *time*; None outside of them."""
        hours = self._hours
        day = hours.office.days.day_at(time)
        if not self._mask >> day & 1:
            return None
        start, end = span = hours.on(day)
        return span if start <= time < end else None

    def last_on_before(self, time: Seconds) -> Seconds | None:
        """Return the end of the last span that ended at or before *time*; None without one."""
        day = self._hours.office.days.day_at(time)
        while day >= 0:
            day = (self._mask & ((1 << (day + 1)) - 1)).bit_length() - 1
            if day < 0:
                return None
            start, end = self._hours.on(day)
            if start < end <= time:
                return end
            day -= 1
        return None

    def gaps(self, since: Seconds, days: int) -> Iterator[Gap]:
        """Yield the gaps from an instant on that hold more than *days* unused days in a row.

        A gap reaches from the end of a day of use to the start of the next; the last has no end.
        """
        hours = self._hours
        free = ~self._mask & ((1 << len(hours.office.days)) - 1)
        for _ in range(min(days, len(hours.office.days))):
            free &= free >> 1
        free &= -1 << hours.office.days.day_at(since)
        while free:
            first = (free & -free).bit_length() - 1
            before = (self._mask & ((1 << first) - 1)).bit_length() - 1
            after = self._mask >> first
            off = hours.on(before)[1] if before >= 0 else 0
            if not after:
                yield (max(off, since), None)
                return
            first += (after & -after).bit_length() - 1
            yield (max(off, since), hours.on(first)[0])
            free &= -1 << first
