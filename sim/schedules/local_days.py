"""The calendar days of one place: start, noon, whether people work, and when the desk works."""

from bisect import bisect_right
from dataclasses import dataclass
from datetime import time, timedelta

from sim.language.moments import OnDate
from sim.scenario.calendar import SiteClock
from sim.scenario.model import SupportDesk
from sim.schedules.recurrence import FOREVER, Instants
from sim.units import DAY, HOUR, MINUTE, Seconds

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
    noons = tuple(clock.seconds(OnDate(first + timedelta(days=n), _NOON)) for n in range(count))
    return LocalDays(first.toordinal(), noons, tuple(noon - HALF_DAY for noon in noons))


def every_day(clock: SiteClock, at: time, horizon: Seconds) -> Instants:
    """Return a time of day on each day of a run, by the wall clock (TIM-4)."""
    first, count = clock.date_at(0), horizon // DAY + 3
    days = (first + timedelta(days=number) for number in range(count))
    return Instants(tuple(clock.seconds(OnDate(day, at)) for day in days))


@dataclass(frozen=True, slots=True)
class DeskHours:
    """The times in which technicians work, in order and apart [s since the start]."""

    starts: tuple[Seconds, ...]
    ends: tuple[Seconds, ...]
    until: Seconds = FOREVER
    """From then on the desk takes up no new work; it finishes what it has begun."""

    def open_from(self, time: Seconds) -> Seconds | None:
        """Return the first instant from *time* on at which work is taken up; None without one."""
        place = bisect_right(self.ends, time)
        opens = max(time, self.starts[place]) if place < len(self.ends) else self.until
        return opens if opens < self.until else None

    def done(self, begin: Seconds, work: Seconds) -> Seconds | None:
        """Return when work that begins during working hours is done; nights do not count.

        None when it is not done within the run.
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
    opens, closes = map(_seconds, desk.hours.split("-"))
    begin = 0 if desk.from_ is None else clock.seconds(desk.from_)
    until = horizon if desk.until is None else min(horizon, clock.seconds(desk.until))
    days = local_days(clock, horizon)
    spans = [
        (max(begin, days.starts[day] + opens), min(horizon, days.starts[day] + closes))
        for day in range(len(days))
        if days.is_working(day)
    ]
    open_spans = [(start, stop) for start, stop in spans if start < stop]
    starts = tuple(start for start, _ in open_spans)
    return DeskHours(starts, tuple(end for _, end in open_spans), until)


def _seconds(clock: str) -> Seconds:
    hour, minute = clock.split(":")
    return int(hour) * HOUR + int(minute) * MINUTE
