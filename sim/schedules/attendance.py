"""On which days office computers are on, and on which of those they reach the site (FLT-7).

All devices of a place are drawn at once, day by day: attendance, work away from the office and
metered links are keyed by the calendar day. The days of a device are the bits of an integer: bit d
is day d of the run.

Long absences have cycles of their own. Each device's first cycle begins at a random point, and each
cycle holds one absence of exponential length, somewhere within it. So at any instant a device is
away with the assumed share, and what is left of an absence then is exponential again.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.fleet.quantiles import exponential
from sim.fleet.streams import Keys, Streams
from sim.schedules.local_days import LocalDays
from sim.units import MILLION, PartsPerMillion, Seconds

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
