"""Instants of a plan: elapsed time, the site's wall clock on a day, or a date.

A moment is kept as written; a `SiteClock` (see `calendar`) turns it into seconds since the start.
"""

import re
from dataclasses import dataclass
from datetime import date, time

from sim.units import Seconds, format_duration, parse_duration

_ON_DAY = re.compile(r"(\d+)\s*d\s+(\d{1,2}):(\d{2})")
_ON_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:[ T](\d{1,2}):(\d{2})(?::(\d{2}))?)?")


@dataclass(frozen=True, slots=True)
class Elapsed:
    """A duration since the start of the scenario, such as `14 d`."""

    seconds: Seconds

    def __str__(self) -> str:
        return format_duration(self.seconds)


@dataclass(frozen=True, slots=True)
class OnDay:
    """The site's wall clock on a day after the start, such as `1 d 09:00`."""

    days: int
    clock: time

    def __str__(self) -> str:
        return f"{self.days} d {self.clock:%H:%M}"


@dataclass(frozen=True, slots=True)
class OnDate:
    """The site's wall clock on a calendar date; midnight when no time is written."""

    day: date
    clock: time = time()

    def __str__(self) -> str:
        return f"{self.day.isoformat()} {self.clock:%H:%M:%S}".removesuffix(":00")


Moment = Elapsed | OnDay | OnDate


def parse_moment(text: str) -> Moment:
    """Read `14 d`, `1 d 09:00`, `2026-03-20` or `2026-03-20 09:00`.

    Raises ValueError when *text* is none of these.

    >>> str(parse_moment("1 d 09:00")), str(parse_moment("14d"))
    ('1 d 09:00', '14 d')
    """
    text = text.strip()
    if match := _ON_DAY.fullmatch(text):
        days, hour, minute = (int(part) for part in match.groups())
        return OnDay(days, time(hour, minute))
    if match := _ON_DATE.fullmatch(text):
        year, month, day, hour, minute, second = (int(part or 0) for part in match.groups())
        return OnDate(date(year, month, day), time(hour, minute, second))
    return Elapsed(parse_duration(text))
