"""Attendance is keyed by device and calendar day, and is the same drawn one by one."""

from datetime import datetime, timedelta
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.fleet.streams import Streams
from sim.scenario.calendar import SiteClock
from sim.schedules.office import AttendanceDraws, absences, attendance
from sim.units import DAY, MILLION
from tests.theory.places import ASSUMED, LONDON, days_of, keys_of

KEYS = keys_of(60)
RARE = np.arange(60) % 3 == 0
LAPTOPS = np.arange(60) % 2 == 0
OFTEN = ASSUMED | {"absence_share": 300_000, "absence_mean": 4 * DAY, "metered_share": 100_000}
"""Assumptions under which everything happens often."""


def luck(seed=5, chance=True, **assumed):
    return AttendanceDraws(Streams(seed, 1), Streams(seed, None), OFTEN | assumed, chance)


def drawn(days, dice, keys=KEYS, rare=RARE, laptops=LAPTOPS):
    masks = attendance(days, keys, rare, laptops, dice)
    return SimpleNamespace(on=[on for on, _ in masks], connected=[both for _, both in masks])


def bits(masks, days):
    """Return for each device and day whether the bit of the day is set."""
    return [[bool(mask >> day & 1) for day in days] for mask in masks]


def away(key, dice, noon):
    """Walk through the absences of one device, drawn one by one."""
    mean = dice.assumed["absence_mean"]
    cycle = max(mean, mean * MILLION // dice.assumed["absence_share"])
    phase = dice.streams.between("absence_phase", key, 0, cycle - 1)
    begins_ends = absences(np.array([key], np.uint64), dice.streams, dice.assumed, noon)
    for number, (begins, ends) in enumerate(begins_ends):
        begin, end = int(begins[0]), int(ends[0])
        offset = dice.streams.between("absence_start", key, 0, cycle - (end - begin), number)
        assert begin == number * cycle - phase + offset
        if begin <= noon < end:
            return True
    return False


@given(st.integers(0, 99), st.booleans())
def test_attendance_of_all_is_the_attendance_of_each(seed, chance):
    days, dice = days_of(12 * DAY), luck(seed, chance)
    found = drawn(days, dice)

    for place, key in enumerate(KEYS[:12].tolist()):
        share = OFTEN["rare_attendance_share" if RARE[place] else "attendance_share"]
        reach = dice.traits.happens("off_site_reach", key, OFTEN["off_site_reachable_share"])
        for day in range(len(days)):
            slot = days.ordinal(day)
            on = days.is_working(day) and dice.streams.happens("attendance", key, share, slot)
            on = on and not (chance and away(key, dice, days.noons[day]))
            off_site = dice.streams.happens("off_site", key, OFTEN["off_site_share"], slot)
            metered = dice.streams.happens("metered", key, OFTEN["metered_share"], slot)
            cut_off = (off_site and not reach) or (chance and metered)
            assert bool(found.on[place] >> day & 1) == on
            assert bool(found.connected[place] >> day & 1) == (
                on and not (LAPTOPS[place] and cut_off)
            )


@given(st.integers(0, 99), st.integers(0, 40), st.integers(0, 40))
def test_the_same_calendar_day_has_the_same_luck_for_another_start_of_the_run(seed, earlier, more):
    """Long absences apart, which lie in time counted from the start."""
    other = SiteClock(datetime(2026, 3, 2, 17, 5) - timedelta(days=earlier), "Europe/London")
    here, there = days_of(20 * DAY), days_of((25 + earlier + more) * DAY, other)
    dice = luck(seed, absence_share=0)
    one, two = drawn(here, dice), drawn(there, dice)
    same = range(here.first - there.first, here.first - there.first + len(here))

    assert bits(one.on, range(len(here))) == bits(two.on, same)
    assert bits(one.connected, range(len(here))) == bits(two.connected, same)


@pytest.mark.rule("FLT-7")
@given(st.integers(0, 99), st.integers(0, 60), st.integers(0, 60))
def test_a_longer_run_changes_nothing_of_the_days_before(seed, days, more):
    short, long = days_of(days * DAY), days_of((days + more) * DAY)
    one, two = drawn(short, luck(seed)), drawn(long, luck(seed))

    assert bits(one.on, range(len(short))) == bits(two.on, range(len(short)))
    assert bits(one.connected, range(len(short))) == bits(two.connected, range(len(short)))


@pytest.mark.rule("FLT-7")
@given(st.integers(0, 99), st.sets(st.integers(0, len(KEYS) - 1), min_size=1))
def test_a_device_added_or_removed_changes_no_device_s_attendance(seed, kept):
    days, kept = days_of(30 * DAY), sorted(kept)
    whole = drawn(days, luck(seed))
    part = drawn(days, luck(seed), KEYS[kept], RARE[kept], LAPTOPS[kept])

    assert part.on == [whole.on[place] for place in kept]
    assert part.connected == [whole.connected[place] for place in kept]


@pytest.mark.rule("FLT-7")
def test_absences_and_metered_links_are_faults():
    days = days_of(60 * DAY)
    faulty, without = drawn(days, luck()), drawn(days, luck(chance=False))
    quiet = drawn(days, luck(absence_share=0, metered_share=0))

    assert quiet == without
    assert faulty != without
    assert all(mask & ~more == 0 for mask, more in zip(faulty.on, without.on, strict=True))


def test_who_stays_in_the_office_is_connected_whenever_on():
    found = drawn(days_of(60 * DAY), luck(), laptops=np.zeros(len(KEYS), dtype=np.bool_))

    assert found.connected == found.on


def test_a_laptop_that_reaches_the_site_from_everywhere_is_connected_whenever_on():
    always = luck(off_site_reachable_share=MILLION, off_site_share=MILLION, metered_share=0)
    never = luck(off_site_reachable_share=0, off_site_share=MILLION, metered_share=0)

    assert drawn(days_of(60 * DAY), always).connected == drawn(days_of(60 * DAY), always).on
    connected = drawn(days_of(60 * DAY), never).connected
    assert {mask == 0 for mask, laptop in zip(connected, LAPTOPS, strict=True) if laptop} == {True}


@given(st.integers(0, 99), st.integers(0, MILLION), st.integers(0, MILLION))
def test_a_greater_share_keeps_the_days_of_a_smaller_one(seed, share, other):
    low, high = sorted((share, other))
    fewer, more = (
        drawn(days_of(30 * DAY), luck(seed, attendance_share=each)).on for each in (low, high)
    )

    assert all(few & ~many == 0 for few, many in zip(fewer, more, strict=True))


def test_no_computer_is_on_at_the_weekend():
    days = days_of(30 * DAY)
    free = [day for day in range(len(days)) if (LONDON.start.weekday() + day) % 7 >= 5]
    found = drawn(days, luck(attendance_share=MILLION, rare_attendance_share=MILLION))

    assert not any(flag for row in bits(found.on, free) for flag in row)
    assert len(free) == 8
