"""Maintenance windows merge, follow the wall clock and leave enough time or do not count."""

from datetime import datetime, time

import pytest

from sim.fleet.windows import Weekly, Windows, parse_weekly, windows
from sim.scenario.calendar import SiteClock
from sim.units import DAY, HOUR, MINUTE

LONDON = SiteClock(datetime(2026, 3, 2), "Europe/London")
"""A Monday; the clocks go forward on Sunday 29 March, day 27."""


def spans(made):
    return list(zip(made.starts, made.ends, strict=True))


@pytest.mark.rule("TIM-5")
def test_a_weekly_window_comes_on_its_day_every_week():
    made = windows([parse_weekly("Sunday 01:00", 3 * HOUR)], LONDON, 21 * DAY)
    assert spans(made) == [(day * DAY + HOUR, day * DAY + 4 * HOUR) for day in (-1, 6, 13, 20)]


def test_windows_that_overlap_or_touch_are_one():
    weeklies = [
        parse_weekly("Sunday 01:00", 3 * HOUR),
        parse_weekly("Sunday 03:30", HOUR),
        parse_weekly("Sunday 04:30", HOUR),
    ]
    made = windows(weeklies, LONDON, 10 * DAY)
    assert spans(made)[-1] == (6 * DAY + HOUR, 6 * DAY + 5 * HOUR + 30 * MINUTE)


def test_a_window_follows_the_wall_clock_across_daylight_saving():
    made = windows([parse_weekly("Monday 02:00", HOUR)], LONDON, 40 * DAY)
    before, after = [start for start in made.starts if 20 * DAY < start < 30 * DAY]
    assert before == 21 * DAY + 2 * HOUR
    assert after == 28 * DAY + HOUR


def test_a_window_that_begins_in_the_skipped_hour_begins_an_hour_later_by_the_clock():
    made = windows([parse_weekly("Sunday 01:30", HOUR)], LONDON, 30 * DAY)
    assert (27 * DAY + HOUR + 30 * MINUTE, 27 * DAY + 2 * HOUR + 30 * MINUTE) in spans(made)


@pytest.mark.rule("TIM-5")
@pytest.mark.parametrize(
    ("time", "needed", "opens"),
    [
        (0, 30, 100),  # before the first window: at its beginning
        (120, 30, 120),  # within one, with enough of it left
        (171, 30, 300),  # too little left: the next
        (170, 30, 170),  # exactly enough left
        (0, 150, None),  # no window is so long
        (400, 1, None),  # the last is over
    ],
)
def test_work_begins_only_where_enough_of_a_window_is_left(time, needed, opens):
    assert Windows((100, 300), (200, 400)).opens(time, needed) == opens


def test_the_form_of_a_weekly_window_is_read():
    assert parse_weekly("Friday 22:30", HOUR) == Weekly(4, time(22, 30), HOUR)
