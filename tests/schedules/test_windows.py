"""Maintenance windows merge, follow the wall clock and leave enough time or do not count."""

from array import array
from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sim.scenario.calendar import SiteClock
from sim.scenario.model import MaintenanceWindow
from sim.schedules.recurrence import ALWAYS_ON, Grid, Presence, Slots, WhileOn
from sim.schedules.windows import InWindows, Opening, Windows, installable, opening_of, windows
from sim.units import DAY, HOUR, MINUTE
from tests.theory.walks import CHANGING, check_recurrence, wall_second

LONDON = SiteClock(datetime(2026, 3, 2), "Europe/London")
"""A Monday; the clocks go forward on Sunday 29 March, day 27."""
AUTUMN = SiteClock(datetime(2026, 10, 19), "Europe/London")
"""A Monday; the clocks go back on Sunday 25 October, day 6."""
LAST = 200


def opening(length, **keys):
    """Return a window as a scenario writes it."""
    return opening_of(MaintenanceWindow(collection="All", length=f"{length} s", **keys))


def weekly(text, length):
    return opening(length, weekly=text)


def spans(made):
    return list(zip(made.starts, made.ends, strict=True))


@st.composite
def some_windows(draw):
    cuts = sorted(draw(st.sets(st.integers(-20, LAST - 1), max_size=10)))
    cuts = cuts[: len(cuts) // 2 * 2]
    return Windows(tuple(cuts[::2]), tuple(cuts[1::2]))


@st.composite
def presences(draw):
    cuts = sorted(draw(st.sets(st.integers(0, LAST - 1), max_size=12)))
    cuts = cuts[: len(cuts) // 2 * 2]
    return Presence(array("q", cuts[::2]), array("q", cuts[1::2]))


grids = st.builds(Grid, st.integers(0, 30), st.integers(1, 60))


def first_moment(presence, made, time, needed):
    """Walk through every second."""
    for second in range(time, LAST):
        left = max((end - second for start, end in spans(made) if start <= second), default=0)
        if presence.is_on(second) and left >= needed:
            return second
    return None


@pytest.mark.rule("TIM-5")
def test_a_weekly_window_comes_on_its_day_every_week():
    made = windows([weekly("Sunday 01:00", 3 * HOUR)], LONDON, 21 * DAY)
    assert spans(made) == [(day * DAY + HOUR, day * DAY + 4 * HOUR) for day in (-1, 6, 13, 20)]


def test_windows_that_overlap_or_touch_are_one():
    weeklies = [
        weekly("Sunday 01:00", 3 * HOUR),
        weekly("Sunday 03:30", HOUR),
        weekly("Sunday 04:30", HOUR),
    ]
    made = windows(weeklies, LONDON, 10 * DAY)
    assert spans(made)[-1] == (6 * DAY + HOUR, 6 * DAY + 5 * HOUR + 30 * MINUTE)


def test_a_window_within_a_longer_one_takes_nothing_from_it():
    """Windows of two collections: the longer one applies, in whichever order they come."""
    weeklies = [weekly("Sunday 01:00", 5 * HOUR), weekly("Sunday 02:00", HOUR)]
    made = windows(weeklies, LONDON, 10 * DAY)
    assert spans(made)[-1] == (6 * DAY + HOUR, 6 * DAY + 6 * HOUR)
    assert windows(reversed(weeklies), LONDON, 10 * DAY) == made


def test_a_window_follows_the_wall_clock_across_daylight_saving():
    made = windows([weekly("Monday 02:00", HOUR)], LONDON, 40 * DAY)
    before, after = [start for start in made.starts if 20 * DAY < start < 30 * DAY]
    assert before == 21 * DAY + 2 * HOUR
    assert after == 28 * DAY + HOUR


def test_a_window_follows_the_wall_clock_when_the_clocks_go_back():
    made = windows([weekly("Monday 02:00", HOUR)], AUTUMN, 10 * DAY)
    assert made.starts == (-7 * DAY + 2 * HOUR, 2 * HOUR, 7 * DAY + 3 * HOUR)


def test_a_window_that_begins_in_the_skipped_hour_begins_an_hour_later_by_the_clock():
    made = windows([weekly("Sunday 01:30", HOUR)], LONDON, 30 * DAY)
    assert (27 * DAY + HOUR + 30 * MINUTE, 27 * DAY + 2 * HOUR + 30 * MINUTE) in spans(made)


def test_a_window_that_begins_in_the_doubled_hour_begins_with_its_first_and_comes_once():
    made = windows([weekly("Sunday 01:30", HOUR)], AUTUMN, 8 * DAY)
    assert spans(made)[-1] == (6 * DAY + HOUR + 30 * MINUTE, 6 * DAY + 2 * HOUR + 30 * MINUTE)
    assert len(made.starts) == 2


def test_a_window_across_a_change_of_the_clocks_keeps_its_length():
    """Three hours from midnight are four on the clock in spring and two in autumn."""
    for clock, day, ends in ((LONDON, 27, time(4)), (AUTUMN, 6, time(2))):
        made = windows([weekly("Sunday 00:00", 3 * HOUR)], clock, 30 * DAY)
        assert (day * DAY, day * DAY + 3 * HOUR) in spans(made)
        assert clock.datetime_at(day * DAY + 3 * HOUR).time() == ends


weeklies = st.lists(
    st.builds(
        Opening,
        st.builds(time, st.integers(0, 23), st.sampled_from([0, 15, 30, 45])),
        st.integers(1, 48).map(lambda half_hours: half_hours * 30 * MINUTE),
        st.none() | st.integers(0, 6),
    ),
    max_size=5,
)


@given(st.sampled_from(CHANGING), st.integers(0, 8), st.integers(1, 12 * 24), weeklies)
def test_merged_windows_are_open_when_one_of_them_is(place, early, hours, some):
    """Walks through the days for where windows begin, then through every quarter of an hour."""
    zone, change = place
    start = datetime.combine(change - timedelta(days=early), time())
    zero, horizon = SiteClock(start, zone).datetime_at(0).astimezone(UTC), hours * HOUR
    quarters = set()
    for number in range(-7, 15):
        day = start.date() + timedelta(days=number)
        for one in some:
            begin = wall_second(zone, zero, datetime.combine(day, one.clock))
            if one.weekday in (None, day.weekday()) and begin < horizon:
                quarters |= set(range(begin, begin + one.length, 15 * MINUTE))

    made = windows(some, SiteClock(start, zone), horizon)
    assert all(one[1] < other[0] for one, other in zip(spans(made), spans(made)[1:], strict=False))
    for quarter in range(0, horizon + DAY, 15 * MINUTE):
        assert (made.opens(quarter, 1) == quarter) == (quarter in quarters)


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


@given(some_windows(), st.integers(0, LAST), st.integers(1, 60))
def test_a_window_opens_at_the_first_second_with_enough_of_it_left(made, time, needed):
    assert made.opens(time, needed) == first_moment(ALWAYS_ON, made, time, needed)


@pytest.mark.rule("TIM-5")
@given(st.integers(5, 29), st.integers(-5 * DAY, 20 * DAY), st.integers(30, 180))
def test_a_window_shorter_than_the_minimum_never_opens(minutes, time, needed):
    made = windows([weekly("Sunday 01:00", minutes * MINUTE)], LONDON, 21 * DAY)
    assert made.opens(time, needed * MINUTE) is None
    assert installable(ALWAYS_ON, made, time, needed * MINUTE) is None


@pytest.mark.rule("TIM-5")
def test_two_windows_too_short_alone_are_long_enough_where_they_touch():
    short = [weekly("Sunday 01:00", 20 * MINUTE), weekly("Sunday 01:20", 20 * MINUTE)]
    made = windows(short, LONDON, 7 * DAY)
    assert made.opens(0, 30 * MINUTE) == 6 * DAY + HOUR


@pytest.mark.rule("TIM-5")
@example(ALWAYS_ON, Windows((-1,), (0,)), -1, 1)
@example(ALWAYS_ON, Windows((-9,), (9,)), -5, 3)
@given(presences() | st.just(ALWAYS_ON), some_windows(), st.integers(-5, LAST), st.integers(1, 40))
def test_work_begins_at_the_first_second_that_is_on_and_in_a_window(presence, made, time, needed):
    assert installable(presence, made, time, needed) == first_moment(presence, made, time, needed)


@given(presences(), st.integers(-5, LAST), st.integers(1, 40))
def test_work_on_a_device_without_windows_begins_when_it_is_on(presence, time, needed):
    assert installable(presence, None, time, needed) == presence.on_at_or_after(time)


def delay(missed):
    return 1 + missed * 7 % 5


@example(
    Grid(0, 10), Presence(array("q", [50]), array("q", [60])), Windows((0,), (LAST,)), Slots, 55
)
@example(
    Grid(0, 10), Presence(array("q", [0]), array("q", [LAST])), Windows((50,), (60,)), Slots, 49
)
@given(
    grids,
    presences(),
    some_windows(),
    st.sampled_from([Slots, lambda grid, presence: WhileOn(grid, presence, delay)]),
    st.integers(-5, LAST + 5),
)
def test_what_recurs_is_put_off_into_the_windows(grid, presence, made, recurring, time):
    """Walks through every occurrence and from it through every second; windows wide and narrow."""
    recurrence = recurring(grid, presence)
    moved, due = set(), recurrence.at_or_after(0)
    while due is not None and due < LAST:
        moved |= {first_moment(presence, made, due, 1)}
        due = recurrence.after(due)
    check_recurrence(InWindows(recurrence, presence, made), moved - {None}, time)


@given(grids, some_windows(), st.integers(-5, LAST + 5))
def test_what_recurs_on_a_computer_that_is_always_on_is_put_off_alike(grid, made, time):
    due = range(grid.phase, LAST, grid.period)
    moved = {first_moment(ALWAYS_ON, made, slot, 1) for slot in due} - {None}
    check_recurrence(InWindows(grid, ALWAYS_ON, made), moved, time)


@pytest.mark.rule("TIM-5")
def test_evaluations_put_off_together_happen_once():
    """Four slots wait for one window; the computer goes off before it closes and comes back."""
    on = Presence(array("q", [0, 80]), array("q", [60, 200]))
    bound = InWindows(Grid(10, 10), on, Windows((50,), (90,)))

    assert [bound.at_or_after(0), bound.after(50)] == [50, 80]
    assert bound.at_or_before(79) == 50
    assert bound.after(80) is None


longer = st.lists(st.integers(0, 30), min_size=5, max_size=5)


@given(some_windows(), longer, presences(), grids, st.integers(-30, LAST), st.integers(1, 40))
def test_a_longer_window_never_opens_later(made, more, presence, grid, time, needed):
    wider = merged((s, e + m) for (s, e), m in zip(spans(made), more, strict=False))

    def not_later(one, other):
        return other is None or (one is not None and one <= other)

    assert not_later(wider.opens(time, needed), made.opens(time, needed))
    assert not_later(
        installable(presence, wider, time, needed), installable(presence, made, time, needed)
    )
    narrow, wide = (InWindows(Slots(grid, presence), presence, each) for each in (made, wider))
    first, other = narrow.at_or_after(-1), wide.at_or_after(-1)
    assert not_later(other, first)


def merged(some):
    """Return windows of spans in order that may overlap."""
    joined = []
    for start, end in some:
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return Windows(tuple(s for s, _ in joined), tuple(e for _, e in joined))


@pytest.mark.parametrize(
    ("keys", "read"),
    [
        ({"weekly": "Friday 22:30"}, Opening(time(22, 30), HOUR, 4)),
        ({"daily": "22:30"}, Opening(time(22, 30), HOUR)),
        ({"daily": "22:30", "clock": "utc"}, Opening(time(22, 30), HOUR, in_utc=True)),
        ({"monthly": "first Monday 01:00"}, Opening(time(1), HOUR, 0, 0)),
        ({"monthly": "second Sunday 01:00"}, Opening(time(1), HOUR, 6, 1)),
        ({"monthly": "last Sunday 01:00"}, Opening(time(1), HOUR, 6, -1)),
        ({"monthly": "patch_tuesday 22:00"}, Opening(time(22), HOUR, 1, 1)),
        ({"monthly": "patch_tuesday + 0 d 22:00"}, Opening(time(22), HOUR, 1, 1)),
        ({"monthly": "patch_tuesday + 5 d 22:00"}, Opening(time(22), HOUR, 1, 1, 5)),
        ({"monthly": "patch_tuesday + 25d 22:00"}, Opening(time(22), HOUR, 1, 1, 25)),
    ],
)
def test_the_forms_of_windows_are_read(keys, read):
    assert opening(HOUR, **keys) == read
