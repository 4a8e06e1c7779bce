"""Restarts: shutdowns by working day, updates after the second Tuesday, moved to when it may be."""

import calendar
from array import array
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.fleet.streams import Streams
from sim.language.moments import OnDate
from sim.scenario.calendar import SiteClock
from sim.schedules.office import Hours, Office, OfficeHours
from sim.schedules.recurrence import ALWAYS_ON, Grid, Presence
from sim.schedules.restarts import (
    UPDATE_RINGS,
    Restarts,
    Shutdowns,
    UpdateRestarts,
    daily_chance,
    has_fast_startup,
    update_anchor,
    update_grid,
)
from sim.schedules.windows import Opening, installable, windows
from sim.units import DAY, HOUR, MILLION, MINUTE
from tests.theory.places import ASSUMED, LONDON, days_of, device, keys_of
from tests.theory.walks import CHANGING, wall_second

LAST = 300
KEY = keys_of(1).tolist()[0]
STARTS = st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1)).map(
    lambda t: t.replace(microsecond=0)
)
ZONES = sorted({zone for zone, _ in CHANGING})
FAST = ("windows-10-22h2", "windows-11-24h2")
OTHERS = (("windows-8.1", "client"), ("windows-7-sp1", "client"), ("server-2022", "server"))


def walked(restarts, last):
    """Return all restarts up to *last*, one after the other."""
    found = [restarts.after(-(10**9))]
    while found[-1] is not None and found[-1] < last:
        found.append(restarts.after(found[-1]))
    return [one for one in found if one is not None and one < last]


@given(STARTS, st.sampled_from(ZONES))
def test_updates_count_from_the_evening_of_the_last_second_tuesday(start, zone):
    """Walks back through the days, to the first Tuesday from the 8th to the 14th of a month."""
    clock = SiteClock(start, zone)
    zero, day = clock.datetime_at(0).astimezone(UTC), start.date() + timedelta(days=1)
    while True:
        evening = wall_second(zone, zero, datetime.combine(day, time(18)))
        if day.weekday() == calendar.TUESDAY and 8 <= day.day <= 14 and evening <= 0:
            break
        day -= timedelta(days=1)

    assert update_anchor(clock) == evening


@pytest.mark.parametrize(
    ("start", "tuesday"),
    [
        (datetime(2026, 3, 10, 18), date(2026, 3, 10)),
        (datetime(2026, 3, 10, 17, 59), date(2026, 2, 10)),
        (datetime(2026, 1, 13), date(2025, 12, 9)),
    ],
)
def test_a_second_tuesday_counts_from_six_in_the_evening(start, tuesday):
    clock = SiteClock(start, "Europe/London")

    assert update_anchor(clock) == clock.seconds(OnDate(tuesday, time(18)))


@pytest.mark.rule("UPD-1")
@pytest.mark.parametrize(
    ("kind", "assumption"),
    [("client", "update_restart_interval"), ("server", "restart_interval_server")],
)
def test_a_computer_restarts_for_updates_at_the_period_of_its_kind(kind, assumption):
    traits = Streams(3, None)
    assumed = ASSUMED | {assumption: 17 * DAY}
    grid = update_grid(device(product_type=kind), KEY, traits, assumed, -5 * DAY)

    assert grid.period == 17 * DAY
    ring = traits.between("update_ring", KEY, 0, UPDATE_RINGS)
    assert grid.at_or_after(0) == Grid(-5 * DAY + ring, 17 * DAY).at_or_after(0)
    assert 0 <= ring <= 14 * DAY


def test_a_period_of_nothing_is_a_second():
    assumed = ASSUMED | {"update_restart_interval": 0}

    assert update_grid(device(), KEY, Streams(3, None), assumed, 0).period == 1


@given(st.integers(0, 10**6), STARTS, st.integers(0, 20))
def test_a_start_later_between_the_same_two_tuesdays_changes_no_slot(seed, start, later):
    one, two = SiteClock(start, "UTC"), SiteClock(start + timedelta(days=later), "UTC")
    anchors = update_anchor(one), update_anchor(two) + later * DAY
    first, other = (
        update_grid(device(), KEY, Streams(seed, None), ASSUMED, update_anchor(clock))
        for clock in (one, two)
    )

    if anchors[0] == anchors[1]:
        assert first.at_or_after(later * DAY) == other.at_or_after(0) + later * DAY
    else:
        assert anchors[1] - anchors[0] in (28 * DAY, 35 * DAY)


@st.composite
def presences(draw):
    cuts = sorted(draw(st.sets(st.integers(0, LAST - 1), max_size=12)))
    cuts = cuts[: len(cuts) // 2 * 2]
    return Presence(array("q", cuts[::2]), array("q", cuts[1::2]))


@pytest.mark.rule("UPD-1")
@given(
    st.builds(Grid, st.integers(-60, 40), st.integers(1, 60)),
    presences() | st.just(ALWAYS_ON),
    st.integers(-70, LAST + 5),
)
def test_restarts_for_updates_wait_until_the_computer_is_on(grid, presence, moment):
    slots = range(grid.phase, LAST + 70, grid.period)
    moved = {presence.on_at_or_after(slot) for slot in slots} - {None}
    later = [one for one in sorted(moved) if one > moment]

    assert UpdateRestarts(grid, presence.on_at_or_after).after(moment) == (
        later[0] if later else None
    )


@pytest.mark.rule("TIM-5")
def test_restarts_of_servers_wait_for_a_window():
    made = windows([Opening(time(1), 3 * HOUR, 6)], LONDON, 60 * DAY)
    updates = UpdateRestarts(
        Grid(DAY, 10 * DAY),
        lambda slot: installable(ALWAYS_ON, made, slot, 30 * MINUTE),
    )

    assert walked(updates, 35 * DAY) == [
        6 * DAY + HOUR,
        13 * DAY + HOUR,
        27 * DAY + HOUR,
        34 * DAY,  # one in the morning of summer time
    ]


def all_of(days):
    """Return the mask of a computer that is used every day."""
    return (1 << len(days)) - 1


def naive_shutdowns(days, dice, chance, hours):
    """Walk through the days."""
    return [
        hours.span_on(day)[0]
        for day in range(len(days))
        if date.fromordinal(days.ordinal(day)).isoweekday() <= 5
        and hours.is_used_on(day)
        and dice.happens("restart", KEY, chance, days.ordinal(day))
    ]


def shutdowns(days, dice, chance, hours):
    return Shutdowns(
        days,
        dice,
        KEY,
        chance,
        lambda day: hours.span_on(day)[0] if hours.is_used_on(day) else None,
    )


@pytest.mark.rule("UPD-1")
@given(
    st.integers(0, 99),
    st.integers(0, MILLION),
    st.integers(0, (1 << 30) - 1),
    st.integers(-DAY, 30 * DAY),
)
def test_a_shutdown_is_a_restart_at_the_next_start_of_work(seed, chance, mask, moment):
    days, dice = days_of(27 * DAY), Streams(seed, 1)
    hours = OfficeHours(Hours(Office.of(days, dice, ASSUMED), KEY), mask)
    expected = naive_shutdowns(days, dice, chance, hours)
    restarts = shutdowns(days, dice, chance, hours)

    assert walked(restarts, 99 * DAY) == expected
    assert restarts.after(moment) == next((one for one in expected if one > moment), None)


@given(st.integers(0, 99), st.integers(0, 40), st.integers(0, 40))
def test_the_same_calendar_day_has_the_same_shutdown_for_another_start_of_the_run(
    seed, earlier, more
):
    dice, start = Streams(seed, 1), LONDON.start - timedelta(days=earlier)
    found = []
    for clock, horizon in ((LONDON, 20), (SiteClock(start, "Europe/London"), 30 + earlier + more)):
        days = days_of(horizon * DAY, clock)
        hours = OfficeHours(Hours(Office.of(days, dice, ASSUMED), KEY), all_of(days))
        zero = clock.datetime_at(0)
        restarts = walked(shutdowns(days, dice, 300_000, hours), horizon * DAY)
        found.append({zero.astimezone(UTC) + timedelta(seconds=one) for one in restarts})

    begins = LONDON.datetime_at(0).astimezone(UTC)
    assert {one for one in found[1] if begins <= one < begins + timedelta(days=20)} == found[0]


@given(st.integers(0, 99), st.integers(1, 90), st.integers(1, 90))
def test_a_longer_median_keeps_only_shutdowns_of_a_shorter_one(seed, one, other):
    short, long = sorted((one, other))
    days, dice = days_of(60 * DAY), Streams(seed, 1)
    hours = OfficeHours(Hours(Office.of(days, dice, ASSUMED), KEY), all_of(days))
    often, seldom = (
        walked(shutdowns(days, dice, daily_chance(median * DAY), hours), 99 * DAY)
        for median in (short, long)
    )

    assert set(seldom) <= set(often)


@given(st.integers(0, 99), st.integers(-DAY, 40 * DAY))
def test_the_restarts_of_a_device_are_those_of_both_kinds(seed, moment):
    days, dice = days_of(40 * DAY), Streams(seed, 1)
    hours = OfficeHours(Hours(Office.of(days, dice, ASSUMED), KEY), all_of(days))
    first = shutdowns(days, dice, 200_000, hours)
    second = UpdateRestarts(Grid(3 * DAY, 9 * DAY), hours.on_at_or_after)
    both = walked(Restarts(first, second), 40 * DAY)

    assert both == sorted({*walked(first, 40 * DAY), *walked(second, 40 * DAY)})
    assert all(one < later for one, later in pairwise(both))
    assert Restarts(None, second).after(moment) == second.after(moment)
    never = UpdateRestarts(Grid(3 * DAY, 9 * DAY), lambda slot: None)
    assert Restarts(first, never).after(moment) == first.after(moment)
    assert Restarts(None, never).after(moment) is None


@pytest.mark.rule("TIM-6")
def test_only_windows_10_and_11_for_clients_can_have_fast_startup():
    traits = Streams(1, None)

    assert all(has_fast_startup(device(os), KEY, traits, MILLION) for os in FAST)
    assert not any(has_fast_startup(device(os), KEY, traits, 0) for os in FAST)
    assert not any(has_fast_startup(device(os, kind), KEY, traits, MILLION) for os, kind in OTHERS)
    multi_session = device("windows-11-24h2", "server")
    assert not has_fast_startup(multi_session, KEY, traits, MILLION)


@pytest.mark.parametrize(("days", "chance"), [(5, 176_409), (7, 129_449)])
def test_the_chance_of_a_shutdown_halves_those_left_within_the_median(days, chance):
    """Of a computer used on five of seven days: the median is 5/7 as many days of work."""
    assert daily_chance(days * DAY) == chance
    assert (1 - chance / MILLION) ** (days * 5 / 7) == pytest.approx(0.5, abs=1e-5)
    assert daily_chance(0) == MILLION
