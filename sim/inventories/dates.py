"""Dates as exports write them: which of day and month comes first is decided for a file at once.

ISO 8601 with or without a zone, `3/2/2026 9:00:00 AM`, `02.03.2026 09:00`, `/Date(1772442000000)/`.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from sim.scenario.calendar import time_zone

NEVER_BEFORE = 1990
"""Earlier years mean that something never happened: 1601, 1753, 1980."""
_DAY = re.compile(r"(\d{1,2})([/.-])(\d{1,2})\2(\d{4})")
_TIME = re.compile(r"(\d{1,2})[:.](\d{2})(?:[:.](\d{2})(?:[.,]\d+)?)?(?:\s*([ap])\.?m\.?)?", re.I)
_JSON = re.compile(r"/Date\((-?\d{1,15})(?:[+-]\d{4})?\)/")
_ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True)
class DateOrder:
    """How a file writes days with slashes or hyphens."""

    day_first: bool
    is_ambiguous: bool = False
    """Whether each of its dates could be read the other way too, and some would change."""


def order_of(cells: Iterable[str]) -> DateOrder:
    """Return the one reading that fits all cells; month/day when both fit, or neither does.

    >>> order_of(["3/2/2026 9:00:00 AM", "3/14/2026 9:00:00 AM"]).day_first
    False
    >>> order_of(["2/3/2026", "14/3/2026"]).day_first
    True
    """
    fits_month_first = fits_day_first = True
    differs = False
    for written in {cell.partition(" ")[0] for cell in cells}:
        found = _DAY.fullmatch(written)
        if found is None or found.group(2) == ".":
            continue
        one, other = int(found.group(1)), int(found.group(3))
        fits_month_first &= one <= 12
        fits_day_first &= other <= 12
        differs |= one != other
    day_first = fits_day_first and not fits_month_first
    return DateOrder(day_first, differs and fits_day_first and fits_month_first)


def with_dots(cell: str) -> str:
    """Return a moment whose day comes first as it is written with dots, which always means that.

    >>> with_dots("2/3/2026 09:00"), with_dots("2026-03-02")
    ('2.3.2026 09:00', '2026-03-02')
    """
    day, blank, clock = cell.partition(" ")
    found = _DAY.fullmatch(day)
    return f"{found[1]}.{found[3]}.{found[4]}{blank}{clock}" if found else cell


@dataclass(frozen=True)
class MomentReader:
    """Reads moments in the wall clock of a time zone; days with slashes begin with the month."""

    time_zone: str
    """Moments that say their own zone are turned into this one's wall clock."""
    _zone: ZoneInfo = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_zone", time_zone(self.time_zone))

    def read(self, text: str) -> datetime | None:
        """Return a moment to the second; None when it says never. Raises ValueError."""
        moment = _moment(text)
        if moment.tzinfo is not None:
            try:
                moment = moment.astimezone(self._zone).replace(tzinfo=None)
            except OverflowError:
                moment = moment.replace(tzinfo=None)
        if moment.year < NEVER_BEFORE:
            return None
        return moment.replace(microsecond=0, fold=0)


def _moment(text: str) -> datetime:
    if _ISO_DAY.match(text):
        return datetime.fromisoformat(text)
    written = _JSON.fullmatch(text)
    if written:
        try:
            return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=int(written[1]))
        except OverflowError:
            raise ValueError(text) from None
    day, _, clock = text.partition(" ")
    return datetime.combine(_day(day), _time(clock))


@lru_cache(maxsize=10_000)
def _day(text: str) -> date:
    found = _DAY.fullmatch(text)
    if found is None:
        raise ValueError(text)
    one, other, year = int(found[1]), int(found[3]), int(found[4])
    return date(year, other, one) if found[2] == "." else date(year, one, other)


@lru_cache(maxsize=100_000)
def _time(text: str) -> time:
    text = text.strip()
    if not text:
        return time()
    found = _TIME.fullmatch(text)
    if found is None:
        raise ValueError(text)
    hour = int(found[1])
    if found[4]:
        if not 1 <= hour <= 12:
            raise ValueError(text)
        hour = hour % 12 + (12 if found[4].casefold() == "p" else 0)
    return time(hour, int(found[2]), int(found[3] or 0))
