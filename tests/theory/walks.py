"""Spans, days and occurrences found the naive way: by walking through all of them."""

from datetime import UTC, date, datetime, time, timedelta

from sim.fleet.streams import normal_of
from sim.scenario.calendar import time_zone
from sim.units import DAY, HOUR

CHANGING = (
    ("Europe/London", date(2026, 3, 29)),
    ("Europe/London", date(2026, 10, 25)),
    ("America/New_York", date(2026, 3, 8)),
    ("America/New_York", date(2026, 11, 1)),
    ("Australia/Lord_Howe", date(2026, 4, 5)),
    ("Australia/Lord_Howe", date(2026, 10, 4)),
    ("Asia/Kathmandu", date(2026, 3, 29)),
    ("Africa/Cairo", date(2026, 4, 24)),
    ("Africa/Cairo", date(2026, 10, 30)),
)
"""Places and days on which their clocks change: by an hour, by half of one, at midnight, never."""


def wall_second(zone, zero, wall):
    """Return a wall time as seconds since *zero*; of a doubled one the first."""
    there = wall.replace(tzinfo=time_zone(zone)).astimezone(UTC)
    return (there - zero) // timedelta(seconds=1)


def noons(zone, zero, horizon):
    """Yield (calendar day, its noon) from the day of *zero* to past the horizon."""
    day = zero.astimezone(time_zone(zone)).date()
    while True:
        noon = wall_second(zone, zero, datetime.combine(day, time(12)))
        yield day, noon
        if noon > horizon + DAY:
            return
        day += timedelta(days=1)


def office_spans(zone, zero, horizon, used, office, key, since, until):
    """Return the spans of an office computer, day by day; *used* says on which days it is on."""
    days = list(noons(zone, zero, horizon))
    spans = []
    for place, (day, noon) in enumerate(days[:-1]):
        bits = office.streams.bits("working_day_start", key, day.toordinal())
        clock = sorted((0, normal_of(bits, office.start, office.spread), DAY - 1))[1]
        begin = noon - 12 * HOUR + clock
        midnight = min(noon, days[place + 1][1] - DAY) + 12 * HOUR
        start, end = max(begin, since), min(begin + office.length, midnight, until)
        if used(day) and start < end:
            spans.append((start, end))
    return spans


def on_at(spans, time):
    """Return whether a time lies within one of the spans."""
    return any(start <= time < end for start, end in spans)


def first_on(spans, time):
    """Return the first instant from *time* on within one of the spans."""
    return min((max(start, time) for start, end in spans if time < end), default=None)


def slots_while_on(grid, spans, last):
    """Return the slots of a grid up to *last* that fall into the spans."""
    return [slot for slot in range(grid.phase, last, grid.period) if on_at(spans, slot)]


def caught_up(grid, spans, delay):
    """Return when the slots that were missed before the spans are caught up, each once."""
    found, made_up = [], set()
    for start, end in spans:
        missed = (start - 1 - grid.phase) // grid.period * grid.period + grid.phase
        if missed < grid.phase or missed in made_up or on_at(spans, missed):
            continue
        if start + delay(missed) < end:
            made_up.add(missed)
            found.append(start + delay(missed))
    return found


def check_recurrence(recurring, occurrences, time):
    """Hold a recurrence against all its occurrences, from one instant."""
    ordered = sorted(occurrences)
    assert recurring.at_or_after(time) == next((one for one in ordered if one >= time), None)
    assert recurring.after(time) == next((one for one in ordered if one > time), None)
    assert recurring.at_or_before(time) == next(
        (one for one in reversed(ordered) if one <= time), None
    )
