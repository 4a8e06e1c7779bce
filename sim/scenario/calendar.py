"""The site's clock: from moments as written to whole seconds since the start, and back.

Time zones come from the pinned tzdata package, never from the system: the same scenario gives the
same seconds on every computer.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from importlib.resources import files
from zoneinfo import ZoneInfo

from sim.language.moments import Elapsed, Moment, OnDay
from sim.units import Seconds

_SECOND = timedelta(seconds=1)


@lru_cache(maxsize=1)
def time_zone_names() -> tuple[str, ...]:
    """Return the names of all time zones of the tzdata package."""
    return tuple((files("tzdata") / "zones").read_text("utf-8").split())


@lru_cache(maxsize=64)
def time_zone(name: str) -> ZoneInfo:
    """Return the time zone *name* from the tzdata package; ValueError when it has none."""
    if name not in time_zone_names():
        raise ValueError("not a time zone of the tzdata package")
    with files("tzdata").joinpath("zoneinfo", *name.split("/")).open("rb") as zone:
        return ZoneInfo.from_file(zone, key=name)


@dataclass(frozen=True, slots=True)
class SiteClock:
    """The wall clock of a place, counted in seconds since the scenario's start.

    A time that daylight saving skips moves forward by the gap; of a time that comes twice, the
    first is meant.
    """

    start: datetime
    """The wall clock at second 0, without a time zone."""
    time_zone: str
    """A name of the tzdata package."""
    zero: datetime | None = None
    """Second 0 in UTC, where `start` and `time_zone` are not those of the site; see `in_zone`."""

    def in_zone(self, time_zone_name: str) -> "SiteClock":
        """Return the wall clock of another place, counted from the same second 0."""
        if time_zone_name == self.time_zone:
            return self
        there = self._zero().astimezone(time_zone(time_zone_name))
        return SiteClock(there.replace(tzinfo=None), time_zone_name, self._zero())

    def seconds(self, moment: Moment) -> Seconds:
        """Return *moment* in seconds since the start, negative before it.

        Raises OverflowError when the moment lies outside the years 1 to 9999.
        """
        if isinstance(moment, Elapsed):
            return moment.seconds
        if isinstance(moment, OnDay):
            return self._at(self.start.date() + timedelta(days=moment.days), moment.clock)
        return self._at(moment.day, moment.clock)

    def wall_seconds(self, wall: datetime) -> Seconds:
        """Return what the wall clock shows in seconds since the start, negative before it."""
        return (self._instant(wall) - self._zero()) // _SECOND

    def datetime_at(self, seconds: Seconds) -> datetime:
        """Return the wall clock at *seconds*, with its time zone."""
        instant = self._zero() + timedelta(seconds=seconds)
        return instant.astimezone(time_zone(self.time_zone))

    def date_at(self, seconds: Seconds) -> date:
        """Return the calendar day at *seconds*."""
        return self.datetime_at(seconds).date()

    def end_of_day(self, day: date) -> Seconds:
        """Return the first second after the calendar day *day*."""
        return self._at(day + timedelta(days=1), time())

    def _at(self, day: date, clock: time) -> Seconds:
        return self.wall_seconds(datetime.combine(day, clock))

    def _zero(self) -> datetime:
        return self.zero or self._instant(self.start)

    def _instant(self, wall: datetime) -> datetime:
        # fold=0 reads a skipped time with the offset before the gap and a doubled one as the first.
        return wall.replace(tzinfo=time_zone(self.time_zone), fold=0).astimezone(UTC)
