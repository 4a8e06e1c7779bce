"""Office computers: on for the hours of work on the days they are used; a pure schedule.

Which days those are is known beforehand (`attendance`) and kept as the bits of an integer; at what
time a computer is switched on is drawn for the one day that is asked about, keyed by that day.

When the support desk works: Monday to Friday, by the site's wall clock. A pure schedule.
"""

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sim.fleet.streams import Streams, normal_of
from sim.scenario.calendar import SiteClock
from sim.scenario.model import SupportDesk
from sim.schedules.local_days import LocalDays, local_days
from sim.schedules.presence import Span
from sim.units import DAY, HOUR, MINUTE, Seconds

Gap = tuple[Seconds, Seconds | None]
"""From when to when a computer is off; no end: for good."""

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


class Hours:
    """When one computer is on, for each day on which it is used, within [since, until).

    The days asked about last are kept: what happens on a day asks for it again and again.
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
        """Return start and end on a day; an empty span where none is left of it.

        The day ends at midnight: nobody works through the night.
        """
        if day != self._day:
            if day == self._day_before:
                found = self._before
            else:
                start = self.office.start_on(day, self.key)
                end = min(start + self.office.length, self.office.days.end(day))
                found = (max(start, self.since), min(end, self.until))
            self._day_before, self._before = self._day, self.span
            self._day, self.span = day, found
        return self.span


class OfficeHours:
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
        """Return start and end on a day that is used; an empty span where none is left of it."""
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

    def on_at_or_after(self, time: Seconds) -> Seconds | None:
        """Return the first instant from *time* on at which the computer is on; None if never."""
        span = self.span_from(time)
        return None if span is None else max(time, span[0])

    def is_on(self, time: Seconds) -> bool:
        """Return whether the computer is on at *time*."""
        return self.span_at(time) is not None

    def span_at(self, time: Seconds) -> Span | None:
        """Return start and end of the hours of work around *time*; None outside of them."""
        hours = self._hours
        day = hours.office.days.day_at(time)
        if not self._mask >> day & 1:
            return None
        start, end = span = hours.on(day)
        return span if start <= time < end else None

    def off_after(self, time: Seconds) -> Seconds | None:
        """Return when the computer goes off, given that it is on at *time*."""
        span = self.span_at(time)
        return None if span is None else span[1]

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
        """Yield the gaps from an instant on in which more than *days* whole days on end are free.

        Each from when the computer went off to when it is on again; no end for the last one. Read
        from the days, so that ordinary nights and weekends cost nothing.
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
            lost = hours.on(before)[1] if before >= 0 else 0
            if not after:
                yield (max(lost, since), None)
                return
            first += (after & -after).bit_length() - 1
            yield (max(lost, since), hours.on(first)[0])
            free &= -1 << first


@dataclass(frozen=True, slots=True)
class DeskHours:
    """The times in which technicians work, in order and apart [s since the start]."""

    starts: tuple[Seconds, ...]
    ends: tuple[Seconds, ...]
    until: Seconds = FOREVER
    """From when on nothing new is taken up; what was begun is finished."""

    def open_from(self, time: Seconds) -> Seconds | None:
        """Return the first instant from *time* on at which work is taken up; None without one."""
        place = bisect_right(self.ends, time)
        opens = max(time, self.starts[place]) if place < len(self.ends) else self.until
        return opens if opens < self.until else None

    def done(self, begin: Seconds, work: Seconds) -> Seconds | None:
        """Return when work that begins at an instant of work is done; nights do not count.

        None when it is not done in the run.
        """
        place = bisect_right(self.ends, begin)
        while place < len(self.ends):
            begin = max(begin, self.starts[place])
            if begin + work <= self.ends[place]:
                return begin + work
            work -= self.ends[place] - begin
            place += 1
        return None

    def worked(self, start: Seconds, end: Seconds) -> Seconds:
        """Return how long the desk works within [start, end)."""
        spans = zip(self.starts, self.ends, strict=True)
        return sum(max(0, min(end, to) - max(start, since)) for since, to in spans)

    def available(self, start: Seconds, end: Seconds) -> Seconds:
        """Return how long the desk takes up work within [start, end)."""
        return self.worked(start, min(end, self.until))


def desk_hours(desk: SupportDesk, clock: SiteClock, horizon: Seconds) -> DeskHours:
    """Return the hours of a support desk over a run."""
    opens, closes = (_seconds(text) for text in desk.hours.split("-"))
    begin = 0 if desk.from_ is None else clock.seconds(desk.from_)
    until = horizon if desk.until is None else min(horizon, clock.seconds(desk.until))
    days = local_days(clock, horizon)
    spans = [
        (max(begin, days.starts[day] + opens), min(horizon, days.starts[day] + closes))
        for day in range(len(days))
        if days.is_working(day)
    ]
    used = [(start, stop) for start, stop in spans if start < stop]
    return DeskHours(tuple(start for start, _ in used), tuple(stop for _, stop in used), until)


def _seconds(text: str) -> Seconds:
    hour, minute = text.split(":")
    return int(hour) * HOUR + int(minute) * MINUTE
