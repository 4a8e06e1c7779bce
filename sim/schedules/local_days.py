"""The calendar days of one place over a run: start, noon, and whether people work on them."""

from bisect import bisect_right
from dataclasses import dataclass
from datetime import date, time, timedelta

from sim.language.moments import OnDate
from sim.scenario.calendar import SiteClock
from sim.units import DAY, HOUR, Seconds

HALF_DAY = 12 * HOUR
_NOON = time(12)
_SATURDAY = 5


@dataclass(frozen=True, slots=True)
class LocalDays:
    """Days counted from that of second 0; each reaches from 12 h before its noon to 12 h after.

    Clocks change at night, so counting from noon keeps the hours of work where the wall clock has
    them. On such a day, the day and the calendar day differ by an hour at night. A day ends where
    the next begins, at the latest.
    """

    first: int
    """Ordinal of day 0 in the calendar."""
    noons: tuple[Seconds, ...]
    starts: tuple[Seconds, ...]

    def __len__(self) -> int:
        return len(self.noons)

    def day_at(self, moment: Seconds) -> int:
        """Return the day that holds an instant; the first or last one for instants beyond."""
        return max(0, bisect_right(self.starts, moment) - 1)

    def end(self, day: int) -> Seconds:
        """Return where a day ends: 12 h after its noon, or where the next one begins before."""
        last = self.starts[day] + DAY
        return min(last, self.starts[day + 1]) if day + 1 < len(self) else last

    def ordinal(self, day: int) -> int:
        """Return a day's number in the calendar: the nominal slot of its draws."""
        return self.first + day

    def is_working(self, day: int) -> bool:
        """Return whether a day is one of Monday to Friday; holidays are not modelled."""
        return (self.first + day - 1) % 7 < _SATURDAY


def local_days(clock: SiteClock, horizon: Seconds) -> LocalDays:
    """Return the days of a run on one wall clock, from the day of second 0 to past the horizon."""
    first = clock.date_at(0)
    count = horizon // DAY + 3
    noons = tuple(clock.seconds(OnDate(_day(first, n), _NOON)) for n in range(count))
    return LocalDays(first.toordinal(), noons, tuple(noon - HALF_DAY for noon in noons))


def _day(first: date, number: int) -> date:
    return first + timedelta(days=number)
