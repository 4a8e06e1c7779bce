"""Dates as exports write them; whether day or month comes first is decided for a whole file.

ISO 8601 with or without a zone, `3/2/2026 9:00:00 AM`, `02.03.2026 09:00`, `/Date(1772442000000)/`.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

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
    """Return the order that fits all cells; month first when both fit, or neither does.

    >>> order_of(["3/2/2026 9:00:00 AM", "3/14/2026 9:00:00 AM"]).day_first
    False
    >>> order_of(["2/3/2026", "14/3/2026"]).day_first
    True
    """
    fits_month_first = fits_day_first = True
    differs = False
    for written in {cell.partition(" ")[0] for cell in cells}:
        match = _DAY.fullmatch(written)
        if match is None or match[2] == ".":
            continue
        first, second = int(match[1]), int(match[3])
        fits_month_first &= first <= 12
        fits_day_first &= second <= 12
        differs |= first != second
    day_first = fits_day_first and not fits_month_first
    return DateOrder(day_first, differs and fits_day_first and fits_month_first)


def with_dots(cell: str) -> str:
    """Return a moment whose day comes first in the form with dots, where it always does.

    >>> with_dots("2/3/2026 09:00"), with_dots("2026-03-02")
    ('2.3.2026 09:00', '2026-03-02')
    """
    day, blank, clock = cell.partition(" ")
    match = _DAY.fullmatch(day)
    return f"{match[1]}.{match[3]}.{match[4]}{blank}{clock}" if match else cell


def exported_moment(text: str, zone: ZoneInfo) -> datetime | None:
    """Return a moment to the second, in the wall clock of *zone* where it names a zone of its own.

    None when it says never. Days with slashes begin with the month. Raises ValueError.
    """
    moment = _moment(text)
    if moment.tzinfo is not None:
        try:
            moment = moment.astimezone(zone).replace(tzinfo=None)
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
    match = _DAY.fullmatch(text)
    if match is None:
        raise ValueError(text)
    first, second, year = int(match[1]), int(match[3]), int(match[4])
    return date(year, second, first) if match[2] == "." else date(year, first, second)


@lru_cache(maxsize=100_000)
def _time(text: str) -> time:
    text = text.strip()
    if not text:
        return time()
    match = _TIME.fullmatch(text)
    if match is None:
        raise ValueError(text)
    hour = int(match[1])
    if match[4]:
        if not 1 <= hour <= 12:
            raise ValueError(text)
        hour = hour % 12 + (12 if match[4].casefold() == "p" else 0)
    return time(hour, int(match[2]), int(match[3] or 0))


def latest_contact(rows: Iterable[Mapping[str, object]]) -> datetime | None:
    """Return the latest last contact among the traits of some devices; None without one."""
    contacts = (row.get("last_contact") for row in rows)
    return max((each for each in contacts if isinstance(each, datetime)), default=None)
