"""Office computers, held against walking through the days of a place one by one."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sim.fleet.local_days import local_days
from sim.fleet.office import FOREVER, Office, OfficeHours
from sim.fleet.presence import Slots, WhileOn
from sim.fleet.schedules import Grid
from sim.fleet.streams import Streams
from sim.scenario.calendar import SiteClock
from sim.scenario.moments import OnDate
from sim.units import DAY, HOUR, MINUTE
from tests.theory.places import ASSUMED, LONDON, days_of
from tests.theory.walks import (
    CHANGING,
    caught_up,
    check_recurrence,
    first_on,
    noons,
    office_spans,
    on_at,
    slots_while_on,
)

HORIZON = 9 * DAY
KEY = 16007756330802242101
ALL = -1
"""A mask of days without a hole."""


@st.composite
def computers(draw):
    """A computer around a change of the clocks, and its spans found by walking through the days.

    The hours of work are drawn short and long, early and late, so that some are cut at midnight.
    """
    zone, change = draw(st.sampled_from(CHANGING))
    start = datetime.combine(change - timedelta(days=draw(st.integers(0, 7))), time())
    clock = SiteClock(start + timedelta(minutes=draw(st.integers(0, 24 * 60 - 1))), zone)
    days = local_days(clock, HORIZON)
    mask = draw(st.integers(0, (1 << len(days)) - 1) | st.just((1 << len(days)) - 1))
    office = Office(
        days,
        Streams(draw(st.integers(0, 9)), 1),
        start=draw(st.integers(0, DAY)),
        spread=draw(st.sampled_from([0, HOUR, 6 * HOUR])),
        length=draw(st.integers(1, DAY)),
    )
    since = draw(st.sampled_from([0, -DAY]) | st.integers(0, HORIZON))
    until = draw(st.just(FOREVER) | st.integers(0, HORIZON + DAY))
    first = clock.date_at(0).toordinal()
    spans = office_spans(
        zone,
        clock.datetime_at(0).astimezone(UTC),
        days.starts[-1],
        lambda day: mask >> (day.toordinal() - first) & 1,
        office,
        KEY,
        since,
        until,
    )
    return OfficeHours(office, KEY, mask, since, until), spans


def moments(spans):
    """Every instant at which something could change, and its neighbours."""
    edges = [-DAY, 0, HORIZON, HORIZON + 5 * DAY, *(edge for span in spans for edge in span)]
    return [edge + step for edge in edges for step in (-1, 0, 1)]


@given(computers())
def test_hours_of_work_are_the_spans_that_a_walk_through_the_days_finds(computer):
    hours, spans = computer

    assert not hours.is_always_on
    for moment in moments(spans):
        around = next((span for span in spans if span[0] <= moment < span[1]), None)
        assert hours.span_at(moment) == around
        assert hours.is_on(moment) == (around is not None)
        assert hours.off_after(moment) == (None if around is None else around[1])
        assert hours.on_at_or_after(moment) == first_on(spans, moment)
        ended = [end for _, end in spans if end <= moment]
        assert hours.last_on_before(moment) == max(ended, default=None)


@given(computers(), st.integers(-HOUR, HORIZON + DAY))
def test_hours_of_work_agree_with_the_walk_at_any_second(computer, moment):
    hours, spans = computer

    assert hours.is_on(moment) == on_at(spans, moment)
    assert hours.on_at_or_after(moment) == first_on(spans, moment)


@given(computers(), st.integers(0, 5 * HOUR), st.integers(MINUTE, 2 * DAY), st.data())
def test_slots_and_caught_up_ones_in_hours_of_work_are_those_of_the_walk(
    computer, phase, period, data
):
    hours, spans = computer
    grid = Grid(phase, period)
    edges = [edge + step for span in spans for edge in span for step in (-1, 0, 1)]
    time = data.draw(st.integers(-5, HORIZON + 3 * DAY) | st.sampled_from([0, *edges]))

    def delay(missed):
        return 1 + missed % (2 * HOUR)

    slots = slots_while_on(grid, spans, HORIZON + 5 * DAY)
    check_recurrence(Slots(grid, hours), slots, time)
    both = set(slots) | set(caught_up(grid, spans, delay))
    check_recurrence(WhileOn(grid, hours, delay), both, time)


@pytest.mark.parametrize(("zone", "change"), CHANGING)
def test_hours_of_work_stand_at_the_wall_clock_s_time(zone, change):
    """Before, on and after the day on which the clocks change."""
    clock = SiteClock(datetime.combine(change - timedelta(days=4), time(3)), zone)
    office = Office(days_of(8 * DAY, clock), Streams(1, 1), 8 * HOUR + 30 * MINUTE, 0, 9 * HOUR)
    hours = OfficeHours(office, KEY, ALL)

    for day in range(8):
        start, end = (clock.datetime_at(edge) for edge in hours.span_on(day))
        assert start.replace(tzinfo=None) == datetime.combine(
            change + timedelta(days=day - 4), time(8, 30)
        )
        assert end.replace(tzinfo=None) - start.replace(tzinfo=None) == timedelta(hours=9)


def test_nobody_works_through_the_night():
    office = Office(days_of(3 * DAY), Streams(1, 1), 20 * HOUR, 0, 9 * HOUR)
    hours = OfficeHours(office, KEY, ALL)

    assert hours.span_on(0) == (20 * HOUR, DAY)
    assert hours.on_at_or_after(DAY) == DAY + 20 * HOUR


def test_late_hours_end_where_the_day_after_begins_though_the_clocks_change_at_midnight():
    """In Cairo 23 hours lie between the noons of Thursday 23 and Friday 24 April 2026."""
    clock = SiteClock(datetime(2026, 4, 23), "Africa/Cairo")
    office = Office(days_of(3 * DAY, clock), Streams(1, 1), 20 * HOUR, 0, 9 * HOUR)
    hours = OfficeHours(office, KEY, ALL)

    assert hours.span_on(0) == (20 * HOUR, 23 * HOUR)
    assert hours.on_at_or_after(23 * HOUR) == 43 * HOUR
    assert list(noons("Africa/Cairo", clock.datetime_at(0), DAY))[1] == (
        date(2026, 4, 24),
        35 * HOUR,
    )


def test_the_hours_of_a_place_are_those_that_are_assumed():
    office = Office.of(days_of(DAY), Streams(1, 1), ASSUMED | {"working_day_length": 0})

    assert (office.start, office.spread, office.length) == (8 * HOUR + 30 * MINUTE, HOUR, 1)


@example(0b1111111, 0)
@example(0, 0)
@given(st.integers(0, (1 << 10) - 1), st.integers(0, 11))
def test_a_gap_is_a_run_of_more_free_days_than_asked_for(mask, days):
    place = days_of(7 * DAY)
    hours = OfficeHours(Office(place, Streams(1, 1), 0, 0, 1), KEY, mask)
    free = "".join(" x"[hours.is_used_on(day)] for day in range(len(place)))

    assert len(place) == 10
    assert hours.gaps(days) == (" " * (days + 1) in free)


@given(st.integers(0, 40), st.integers(0, 40), st.integers(1, 20 * DAY))
def test_the_same_calendar_day_has_the_same_hours_for_another_start_of_the_run(
    earlier, day, horizon
):
    dice = Streams(5, 1)
    other = SiteClock(datetime(2026, 3, 2) - timedelta(days=earlier, hours=5), "Europe/London")
    shift = LONDON.seconds(OnDate(other.start.date(), other.start.time()))
    one = Office.of(days_of(40 * DAY + horizon), dice, ASSUMED)
    two = Office.of(days_of(90 * DAY, other), dice, ASSUMED)
    same = one.days.ordinal(day) - two.days.first

    here, there = OfficeHours(one, KEY, ALL).span_on(day), OfficeHours(two, KEY, ALL).span_on(same)
    assert here == (there[0] + shift, there[1] + shift)
