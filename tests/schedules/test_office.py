"""Office computers, compared with walking through the days of a place one by one."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sim.fleet.streams import Streams
from sim.language.moments import OnDate
from sim.scenario.calendar import SiteClock
from sim.schedules.local_days import local_days
from sim.schedules.office import FOREVER, Hours, Office, OfficeHours
from sim.schedules.recurrence import Grid, Slots, WhileOn
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
    return OfficeHours(Hours(office, KEY, since, until), mask), spans


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
        assert hours.span_from(moment) == next((one for one in spans if moment < one[1]), None)
        ended = [end for _, end in spans if end <= moment]
        assert hours.last_on_before(moment) == max(ended, default=None)


@given(computers(), st.integers(-HOUR, HORIZON + DAY))
def test_hours_of_work_agree_with_the_walk_at_any_second(computer, moment):
    hours, spans = computer

    assert hours.is_on(moment) == on_at(spans, moment)
    assert hours.span_from(moment) == next((one for one in spans if moment < one[1]), None)
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
    hours = OfficeHours(Hours(office, KEY), ALL)

    for day in range(8):
        start, end = (clock.datetime_at(edge) for edge in hours.span_on(day))
        assert start.replace(tzinfo=None) == datetime.combine(
            change + timedelta(days=day - 4), time(8, 30)
        )
        assert end.replace(tzinfo=None) - start.replace(tzinfo=None) == timedelta(hours=9)


def test_nobody_works_at_night():
    office = Office(days_of(3 * DAY), Streams(1, 1), 20 * HOUR, 0, 9 * HOUR)
    hours = OfficeHours(Hours(office, KEY), ALL)

    assert hours.span_on(0) == (20 * HOUR, DAY)
    assert hours.on_at_or_after(DAY) == DAY + 20 * HOUR


def test_late_hours_end_where_the_day_after_begins_though_the_clocks_change_at_midnight():
    """In Cairo 23 hours lie between the noons of Thursday 23 and Friday 24 April 2026."""
    clock = SiteClock(datetime(2026, 4, 23), "Africa/Cairo")
    office = Office(days_of(3 * DAY, clock), Streams(1, 1), 20 * HOUR, 0, 9 * HOUR)
    hours = OfficeHours(Hours(office, KEY), ALL)

    assert hours.span_on(0) == (20 * HOUR, 23 * HOUR)
    assert hours.on_at_or_after(23 * HOUR) == 43 * HOUR
    assert list(noons("Africa/Cairo", clock.datetime_at(0), DAY))[1] == (
        date(2026, 4, 24),
        35 * HOUR,
    )


def test_the_hours_of_a_place_are_those_that_are_assumed():
    office = Office.of(days_of(DAY), Streams(1, 1), ASSUMED | {"working_day_length": 0})

    assert (office.start, office.spread, office.length) == (8 * HOUR + 30 * MINUTE, HOUR, 1)


def naive_gaps(hours, days, since, longer_than):
    """Walk through the days from that of an instant on."""
    day, last = days.day_at(since), len(days)
    while day < last:
        until = next((n for n in range(day, last) if hours.is_used_on(n)), last)
        if until - day > longer_than:
            before = [hours.span_on(n)[1] for n in range(day) if hours.is_used_on(n)]
            found = hours.span_on(until)[0] if until < last else None
            yield (max([*before[-1:], since, 0]), found)
        day = until + 1


@example(0b1111111111, 8)
@example(0b0001101101, 8)
@example(0, 8)
@given(st.integers(0, (1 << 10) - 1), st.integers(0, 23))
def test_a_gap_is_a_run_of_more_free_days_than_asked_for(mask, start):
    """Asked for at any time, by any length."""
    days = days_of(7 * DAY)
    office = Office(days, Streams(1, 1), start * HOUR, HOUR, 9 * HOUR)
    hours = OfficeHours(Hours(office, KEY), mask)

    assert len(days) == 10
    for since in range(0, 8 * DAY, 7 * HOUR):
        for longer_than in (0, 1, 2, 4, 7, 10):
            expected = list(naive_gaps(hours, days, since, longer_than))
            assert list(hours.gaps(since, longer_than)) == expected


@given(st.integers(0, (1 << 33) - 1), st.integers(0, 30 * DAY), st.integers(0, 7))
def test_a_time_off_two_days_longer_than_a_gap_asked_for_is_found(mask, time, longer_than):
    """So ordinary nights need not be looked at for a silence of days."""
    days = days_of(30 * DAY)
    hours = OfficeHours(Hours(Office(days, Streams(1, 1), 0, 6 * HOUR, DAY), KEY), mask)
    since = hours.on_at_or_after(time)
    off = None if since is None else hours.off_after(since)
    while off is not None:
        found = hours.on_at_or_after(off)
        if found is not None and found - off >= (longer_than + 2) * DAY:
            assert (off, found) in list(hours.gaps(since, longer_than))
        off = None if found is None else hours.off_after(found)


def test_a_computer_that_joins_or_leaves_during_the_run_is_clipped():
    office = Office.of(days_of(3 * DAY), Streams(1, 1), ASSUMED)

    assert not OfficeHours(Hours(office, KEY), ALL).is_clipped
    assert OfficeHours(Hours(office, KEY, since=1), ALL).is_clipped
    assert OfficeHours(Hours(office, KEY, until=DAY), ALL).is_clipped


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

    here, there = (
        OfficeHours(Hours(office, KEY), ALL).span_on(number)
        for office, number in ((one, day), (two, same))
    )
    assert here == (there[0] + shift, there[1] + shift)
