"""The days of a place stand at its wall clock's noon, and one second 0 on all wall clocks."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.language.moments import Elapsed, OnDate, OnDay
from sim.scenario.calendar import SiteClock, time_zone
from sim.schedules.local_days import local_days
from sim.units import DAY, HOUR
from tests.theory.walks import CHANGING, noons, wall_second

ZONES = sorted({zone for zone, _ in CHANGING})


@st.composite
def clocks(draw):
    """A start within some days of a change of the clocks, at any second."""
    zone, change = draw(st.sampled_from(CHANGING))
    day = change - timedelta(days=draw(st.integers(-2, 9)))
    wall = datetime.combine(day, time()) + timedelta(seconds=draw(st.integers(0, DAY - 1)))
    return SiteClock(wall, zone)


def instant_of(clock, seconds=0):
    return clock.datetime_at(seconds).astimezone(UTC)


@given(clocks(), st.integers(0, 30 * DAY))
def test_days_are_the_calendar_days_of_the_place_with_their_noons(clock, horizon):
    days = local_days(clock, horizon)
    walked = list(noons(clock.time_zone, instant_of(clock), horizon))

    assert [days.ordinal(n) for n in range(len(days))][: len(walked)] == [
        day.toordinal() for day, _ in walked[: len(days)]
    ]
    assert list(days.noons[: len(walked)]) == [noon for _, noon in walked[: len(days)]]
    assert days.starts[-1] > horizon


@given(clocks(), st.integers(-5, 20 * DAY))
def test_the_day_of_an_instant_is_the_last_that_has_begun(clock, moment):
    days = local_days(clock, 14 * DAY)
    begun = [day for day, start in enumerate(days.starts) if start <= moment]

    assert days.day_at(moment) == (begun[-1] if begun else 0)


@given(clocks(), st.integers(0, 14 * DAY - 1))
def test_by_day_the_day_of_an_instant_is_its_calendar_day(clock, moment):
    """Between two and ten at night the clocks change; there the two may differ by an hour."""
    days = local_days(clock, 14 * DAY)
    there = clock.datetime_at(moment)

    if 2 <= there.hour < 22:
        assert days.ordinal(days.day_at(moment)) == there.date().toordinal()


@given(clocks())
def test_a_day_ends_where_the_next_begins_and_never_lasts_longer_than_24_hours(clock):
    days = local_days(clock, 14 * DAY)

    for day in range(len(days) - 1):
        assert days.end(day) == min(days.noons[day] + 12 * HOUR, days.starts[day + 1])
    assert days.end(len(days) - 1) == days.noons[-1] + 12 * HOUR


@given(clocks())
def test_working_days_are_monday_to_friday(clock):
    days = local_days(clock, 21 * DAY)

    for day in range(len(days)):
        assert days.is_working(day) == (date.fromordinal(days.ordinal(day)).isoweekday() <= 5)


@given(clocks(), st.sampled_from(ZONES), st.integers(-5 * DAY, 40 * DAY))
def test_one_second_is_one_instant_on_the_wall_clocks_of_all_places(site, zone, seconds):
    there = site.in_zone(zone)

    assert there.time_zone == zone
    assert instant_of(there, seconds) == instant_of(site, seconds)
    assert there.seconds(Elapsed(seconds)) == seconds
    assert instant_of(there.in_zone(site.time_zone), seconds) == instant_of(site, seconds)


@given(clocks(), st.sampled_from(ZONES), st.dates(date(2026, 3, 1), date(2026, 12, 1)), st.times())
def test_a_wall_time_of_another_place_is_counted_from_the_site_s_second_0(site, zone, day, clock):
    clock = clock.replace(microsecond=0, fold=0)
    there = site.in_zone(zone)
    expected = wall_second(zone, instant_of(site), datetime.combine(day, clock))

    assert there.seconds(OnDate(day, clock)) == expected
    assert there.end_of_day(day) == wall_second(
        zone, instant_of(site), datetime.combine(day + timedelta(days=1), time())
    )


@pytest.mark.parametrize(
    ("site", "zone", "wall"),
    [
        # 01:30 in London comes twice on 25 October; 21:30 of the day before in New York, once
        (SiteClock(datetime(2026, 10, 24, 20, 30), "America/New_York"), "Europe/London", (1, 30)),
        (SiteClock(datetime(2026, 10, 24, 21, 30), "America/New_York"), "Europe/London", (1, 30)),
        # Lord Howe sets its clocks back by half an hour: 01:30 to 02:00 comes twice
        (SiteClock(datetime(2026, 4, 4, 14, 45), "UTC"), "Australia/Lord_Howe", (1, 45)),
        (SiteClock(datetime(2026, 4, 4, 15, 15), "UTC"), "Australia/Lord_Howe", (1, 45)),
    ],
)
def test_a_start_within_a_doubled_hour_elsewhere_is_the_one_second_that_it_is(site, zone, wall):
    there = site.in_zone(zone)

    assert (there.start.hour, there.start.minute) == wall
    assert instant_of(there) == instant_of(site)
    noon = there.seconds(OnDay(0, time(12)))
    assert noon == wall_second(zone, instant_of(site), datetime.combine(there.start, time(12)))
    assert there.datetime_at(noon).time() == time(12)


def test_of_two_starts_an_hour_apart_in_a_doubled_hour_noon_is_an_hour_apart():
    """Both say 01:30 in London; only the second 0 tells them apart."""
    first, second = (
        SiteClock(datetime(2026, 10, 24, hour, 30), "America/New_York").in_zone("Europe/London")
        for hour in (20, 21)
    )

    assert first.start == second.start
    assert local_days(first, DAY).noons[0] - local_days(second, DAY).noons[0] == HOUR


def test_a_clock_in_its_own_zone_is_itself():
    site = SiteClock(datetime(2026, 3, 2), "Europe/London")

    assert site.in_zone("Europe/London") is site
    assert time_zone("Europe/London").key == site.time_zone
