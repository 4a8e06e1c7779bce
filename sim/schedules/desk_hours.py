"""When the support desk works: Monday to Friday, by the site's wall clock."""

from bisect import bisect_right
from dataclasses import dataclass

from sim.scenario.calendar import SiteClock
from sim.scenario.model import SupportDesk
from sim.schedules.local_days import local_days
from sim.schedules.presence import FOREVER
from sim.units import HOUR, MINUTE, Seconds


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
