"""The site's clock: seconds and wall clock, through every turn of daylight saving."""

from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.language.moments import Elapsed, OnDate, OnDay, parse_moment
from sim.scenario.calendar import SiteClock, time_zone, time_zone_names
from sim.units import DAY, HOUR

MARCH = SiteClock(datetime(2026, 3, 28, 12), "Europe/London")
"""Noon of the day before clocks go forward at one."""
OCTOBER = SiteClock(datetime(2026, 10, 24, 12), "Europe/London")
"""Noon of the day before clocks go back at two."""


def test_elapsed_time_is_taken_as_it_is():
    """A duration since the start does not know of wall clocks."""
    assert MARCH.seconds(Elapsed(3 * DAY)) == 3 * DAY


def test_a_day_of_daylight_saving_has_another_length():
    """Noon to noon is 23 hours in spring and 25 in autumn."""
    noon = OnDay(1, time(12))

    assert MARCH.seconds(noon) == 23 * HOUR
    assert OCTOBER.seconds(noon) == 25 * HOUR


def test_a_skipped_time_moves_forward_by_the_gap():
    """01:30 does not exist when clocks go from one to two: it is 02:30."""
    at = MARCH.seconds(OnDay(1, time(1, 30)))

    assert at == MARCH.seconds(OnDay(1, time(2, 30)))
    assert MARCH.datetime_at(at).time() == time(2, 30)


def test_of_a_doubled_time_the_first_counts():
    """01:30 happens twice when clocks go back from two to one: the first counts."""
    at = OCTOBER.seconds(OnDay(1, time(1, 30)))

    assert at == 13 * HOUR + HOUR // 2
    assert OCTOBER.datetime_at(at).utcoffset() == timedelta(hours=1)


def test_a_date_may_lie_before_the_start():
    """A moment before the start is negative."""
    assert MARCH.seconds(OnDate(date(2026, 3, 27), time(12))) == -DAY


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [("Europe/London", 29, 12 + 23), ("UTC", 29, 36), ("Africa/Cairo", 29, 36)],
)
def test_a_day_ends_with_its_last_second(zone, day, hours):
    """The first second after a day is the midnight that ends it."""
    clock = SiteClock(datetime(2026, 3, 28, 12), zone)
    end = clock.end_of_day(date(2026, 3, day))

    assert end == hours * HOUR
    assert clock.date_at(end - 1) == date(2026, 3, day)
    assert clock.date_at(end) == date(2026, 3, day + 1)


def test_a_day_without_midnight_begins_later():
    """Where clocks go forward at midnight the day before ends all the same."""
    clock = SiteClock(datetime(2018, 11, 3), "America/Sao_Paulo")
    end = clock.end_of_day(date(2018, 11, 3))

    assert end == DAY
    assert clock.datetime_at(end).time() == time(1)


@given(
    st.datetimes(datetime(2015, 1, 1), datetime(2035, 1, 1)).map(
        lambda t: t.replace(microsecond=0)
    ),
    st.integers(0, 400 * DAY),
    st.sampled_from(["Europe/London", "America/Havana", "Australia/Lord_Howe", "UTC"]),
)
def test_every_second_lies_in_its_day(start, seconds, zone):
    """A second is before the end of its day and not before the end of the day before."""
    clock = SiteClock(start, zone)
    day = clock.date_at(seconds)

    assert clock.end_of_day(day - timedelta(days=1)) <= seconds < clock.end_of_day(day)


def test_zones_come_from_the_pinned_package():
    """A name that tzdata lacks is none, whatever the system knows."""
    assert "Europe/London" in time_zone_names()
    for name in ("Europe/Lndon", "../../etc/passwd", "", "posixrules"):
        with pytest.raises(ValueError, match="not a time zone"):
            time_zone(name)


@given(
    st.one_of(
        st.integers(0, 10**9).map(Elapsed),
        st.builds(OnDay, st.integers(0, 9999), st.builds(time, st.integers(0, 23))),
        st.builds(OnDate, st.dates(), st.times().map(lambda t: t.replace(microsecond=0, fold=0))),
    )
)
def test_a_moment_and_its_text_are_one(moment):
    """Writing a moment and reading it again gives the same moment."""
    assert parse_moment(str(moment)) == moment
