"""On which days office computers are on, on which of those they reach the site, and at which hours.

All devices of a place are drawn at once, day by day: attendance, work away from the office and
metered links are keyed by the calendar day (FLT-7). The days of a device are the bits of an
integer: bit d is day d of the run. The time at which a computer is switched on is drawn when it is
needed, keyed by the day.

Long absences have cycles of their own. Each device's first cycle begins at a random point, and each
cycle holds one absence of exponential length, somewhere within it. So at any instant a device is
away with the assumed share, and what is left of an absence then is exponential again.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.fleet.streams import Keys, Streams, exponential, normal_of
from sim.schedules.local_days import LocalDays
from sim.schedules.recurrence import FOREVER, Span, Spans
from sim.units import DAY, MILLION, PartsPerMillion, Seconds

Gap = tuple[Seconds, Seconds | None]
"""Start and end of a time for which a computer is off; without an end, permanently."""

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

        The day ends at midnight: nobody works at night.
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


Instants = NDArray[np.int64]
"""One instant a device [s since the start]."""


def absences(
    keys: Keys, streams: Streams, assumed: Mapping[str, int], until: Seconds
) -> Iterator[tuple[Instants, Instants]]:
    """Yield begin and end of every device's first, second, third ... absence up to *until*.

    An absence covers [begin, end); one under way at the start begins before second 0.
    """
    share, mean = assumed["absence_share"], max(1, assumed["absence_mean"])
    if share == 0:
        return
    cycle = max(mean, mean * MILLION // share)
    phase = _scaled(streams.bits_of_all("absence_phase", keys), np.uint64(cycle))
    for number in range(until // cycle + 2):
        bits = streams.bits_of_all("absence_length", keys, number)
        lengths = np.minimum(cycle, np.maximum(1, exponential(bits, mean)))
        room = (cycle - lengths + 1).astype(np.uint64)
        drawn = streams.bits_of_all("absence_start", keys, number)
        offset = _scaled(drawn, room)
        begins = number * cycle - phase + offset
        yield begins, begins + lengths


def _scaled(bits: Keys, size: NDArray[np.uint64] | np.uint64) -> Instants:
    """Return integers below *size*, uniformly: (bits * size) >> 32 without overflow."""
    low = np.uint64((1 << 32) - 1)
    high_part = bits * (size >> np.uint64(32))
    low_part = (bits * (size & low)) >> np.uint64(32)
    scaled: Instants = (high_part + low_part).astype(np.int64)
    return scaled


Flags = NDArray[np.bool_]
"""One yes or no a device."""


Masks = tuple[int, int]
"""The days of one device: those on which it is on, and those on which it also reaches the site."""


@dataclass(frozen=True, slots=True)
class AttendanceDraws:
    """The streams and the assumptions with which attendance is drawn."""

    streams: Streams
    traits: Streams
    assumed: Mapping[str, int]
    chance: bool
    """Whether faults are drawn: long absences and metered links are faults (FLT-7)."""


def attendance(
    days: LocalDays, keys: Keys, rare: Flags, laptops: Flags, draws: AttendanceDraws
) -> list[Masks]:
    """Return the days on which each device of one place is on and connected, in order.

    *rare* marks the devices that are seldom used, *laptops* those that leave the office.
    """
    assumed, streams = draws.assumed, draws.streams
    shares = np.where(rare, assumed["rare_attendance_share"], assumed["attendance_share"])
    away = _absent(days, keys, draws)
    unreachable = laptops & ~_happens(
        draws.traits, "off_site_reach", keys, assumed["off_site_reachable_share"], 0
    )
    on = np.zeros((len(days), len(keys)), dtype=np.bool_)
    connected = np.zeros_like(on)
    for day in range(len(days)):
        if not days.is_working(day):
            continue
        slot = days.ordinal(day)
        used = streams.millionths_of_all("attendance", keys, slot) < shares
        on[day] = used & ~away[day]
        off_site = _happens(streams, "off_site", keys, assumed["off_site_share"], slot)
        cut_off = unreachable & off_site
        if draws.chance:
            metered = _happens(streams, "metered", keys, assumed["metered_share"], slot)
            cut_off |= laptops & metered
        connected[day] = on[day] & ~cut_off
    return list(zip(_masks(on), _masks(connected), strict=True))


def _happens(
    streams: Streams, purpose: str, keys: Keys, share: PartsPerMillion, number: int
) -> Flags:
    happens: Flags = streams.millionths_of_all(purpose, keys, number) < share
    return happens


def _absent(days: LocalDays, keys: Keys, draws: AttendanceDraws) -> Flags:
    """Return for each day which devices are away on a long absence at noon (FLT-7)."""
    away = np.zeros((len(days), len(keys)), dtype=np.bool_)
    if not draws.chance:
        return away
    noons = np.array(days.noons, dtype=np.int64)
    for begins, ends in absences(keys, draws.streams, draws.assumed, days.noons[-1]):
        first, last = np.searchsorted(noons, begins), np.searchsorted(noons, ends)
        for device in np.flatnonzero(first < last):
            away[first[device] : last[device], device] = True
    return away


def _masks(days: Flags) -> list[int]:
    """Return the days of each device as the bits of an integer, day 0 the lowest."""
    packed = np.packbits(days, axis=0, bitorder="little").T
    rows: Sequence[bytes] = [row.tobytes() for row in np.ascontiguousarray(packed)]
    return [int.from_bytes(row, "little") for row in rows]
