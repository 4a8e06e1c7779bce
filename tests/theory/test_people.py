"""People at their computers: absences, attendance and hours of work follow their laws."""

import math
from statistics import NormalDist

import numpy as np
import pytest

from sim.fleet.streams import Streams
from sim.schedules.office import AttendanceDraws, Office, absences, attendance
from sim.units import DAY, HOUR, MILLION
from tests.theory.laws import assert_law, assert_mean, assert_share, exponential_law
from tests.theory.places import ASSUMED, days_of, keys_of

DICE = Streams(20260302, 1)
TRAITS = Streams(20260302, None)
MANY = keys_of(100_000)
SHARE = ASSUMED["absence_share"] / MILLION
MEAN = ASSUMED["absence_mean"]
INSTANTS = (0, DAY, 45 * DAY, 260 * DAY, 600 * DAY)
"""From the start to the third cycle of an absence each 250 days."""


def around(instant, share=ASSUMED["absence_share"]):
    """Return who is away at an instant, and how long still and already."""
    away = np.zeros(len(MANY), dtype=bool)
    left, passed = np.zeros(len(MANY)), np.zeros(len(MANY))
    assumed = ASSUMED | {"absence_share": share}
    for begins, ends in absences(MANY, DICE, assumed, instant):
        now = (begins <= instant) & (instant < ends)
        assert not (away & now).any()
        away |= now
        left[now], passed[now] = (ends - instant)[now], (instant - begins)[now]
    return away, left[away], passed[away]


@pytest.mark.rule("FLT-7")
@pytest.mark.parametrize("instant", INSTANTS)
def test_at_any_instant_the_assumed_share_of_people_is_away(instant):
    assert_share(around(instant)[0], SHARE)


@pytest.mark.rule("FLT-7")
@pytest.mark.parametrize("instant", INSTANTS)
def test_what_is_left_of_an_absence_is_exponential_with_the_assumed_mean(instant):
    """It has no memory: what is left has the law of a whole one, and so has what has passed."""
    _, left, passed = around(instant)

    for some in (left, passed):
        assert_mean(some, MEAN, MEAN)
        assert_law(some, exponential_law(MEAN))
    for days in (1, 5, 10, 30):
        assert_share(left > days * DAY, math.exp(-days * DAY / MEAN))


@pytest.mark.rule("FLT-7")
def test_absences_that_fill_much_of_a_cycle_are_cut_to_it():
    """At 40 % a cycle is 2.5 means long: the share away is a little less than was assumed."""
    cycle = 1 / 0.4
    assert_share(around(100 * DAY, 400_000)[0], (1 - math.exp(-cycle)) / cycle)


@pytest.mark.rule("FLT-7")
def test_those_away_now_are_away_again_after_a_long_time_no_more_than_others():
    """Two instants a cycle and more apart are nearly independent; two close ones are not."""
    early, late = around(10 * DAY)[0], around(11 * DAY)[0]
    assert_share(late[early], math.exp(-DAY / MEAN))
    assert abs(around(600 * DAY)[0][early].mean() - SHARE) < 0.01


@pytest.fixture(scope="module")
def drawn():
    """Ten weeks of 20,000 devices: half of them rare, half of them laptops; with and without luck.

    Devices are independent of each other; the days of one are, but for its absences and traits.
    """
    keys, days = keys_of(20_000), days_of(70 * DAY)
    rare, laptops = np.arange(20_000) % 2 == 0, np.arange(20_000) % 4 < 2
    found = {}
    for chance in (True, False):
        masks = attendance(
            days, keys, rare, laptops, AttendanceDraws(DICE, TRAITS, ASSUMED, chance)
        )
        bits = [
            np.array([[mask >> day & 1 for mask in some] for day in range(70)], dtype=bool)
            for some in zip(*masks, strict=True)
        ]
        found[chance] = bits
    return rare, laptops, found


def share_of(name):
    return ASSUMED[name] / MILLION


@pytest.mark.rule("FLT-7")
@pytest.mark.parametrize("day", [0, 4, 9, 44, 67])
@pytest.mark.parametrize("chance", [True, False])
def test_on_a_working_day_the_assumed_share_of_computers_is_in_use(drawn, chance, day):
    rare, _, found = drawn
    here = 1 - SHARE if chance else 1.0

    assert_share(found[chance][0][day][~rare], share_of("attendance_share") * here)
    assert_share(found[chance][0][day][rare], share_of("rare_attendance_share") * here)


@pytest.mark.rule("FLT-7")
@pytest.mark.parametrize("day", [0, 4, 9, 44, 67])
@pytest.mark.parametrize("chance", [True, False])
def test_of_the_laptops_in_use_the_assumed_share_reaches_the_site(drawn, chance, day):
    _, laptops, found = drawn
    on, connected = (some[day] for some in found[chance])
    reached = 1 - share_of("off_site_share") * (1 - share_of("off_site_reachable_share"))
    metered = share_of("metered_share") if chance else 0.0

    assert_share(connected[on & laptops], reached * (1 - metered))
    assert (connected == on)[~laptops].all()


def test_whether_a_laptop_reaches_the_site_from_outside_is_a_trait(drawn):
    """Without metered links the same laptops are connected whenever on, the share that is assumed.

    In ten weeks every other one was away on some day of its many.
    """
    rare, laptops, found = drawn
    on, connected = found[False]
    some = laptops & ~rare
    never_cut_off = (on == connected)[:, some].all(axis=0)
    days = on[:, some].sum(axis=0)
    lucky = (1 - share_of("off_site_share")) ** days.mean()

    assert lucky < 1e-4
    assert_share(never_cut_off, share_of("off_site_reachable_share"))


def test_one_day_s_attendance_tells_nothing_of_the_next(drawn):
    rare, _, found = drawn
    on, share = found[False][0][:, ~rare], share_of("attendance_share")

    assert_share(on[1] & on[0], share * share)
    assert_share(on[7] & on[0], share * share)
    working = np.arange(70) % 7 < 5
    assert_share(on[working], share)


@pytest.mark.parametrize("day", [0, 3, 10])
def test_the_start_of_work_is_normal_about_the_assumed_hour(day):
    days, keys = days_of(14 * DAY), keys_of(8_000).tolist()
    office = Office.of(days, DICE, ASSUMED)
    hour, spread = ASSUMED["working_day_start"], ASSUMED["working_day_start_spread"]
    starts = np.array([office.start_on(day, key) for key in keys]) - day * DAY

    assert_mean(starts, hour, spread)
    assert starts.std() == pytest.approx(spread, rel=3.3 / math.sqrt(2 * len(keys)))
    assert_law(starts, NormalDist(hour, spread).cdf)
    assert abs(starts - hour).max() <= 3 * HOUR


def test_the_start_of_work_on_one_day_tells_nothing_of_the_next():
    days, keys = days_of(14 * DAY), keys_of(8_000).tolist()
    office = Office.of(days, DICE, ASSUMED)
    one, other = ([office.start_on(day, key) for key in keys] for day in (0, 1))

    assert abs(np.corrcoef(one, other)[0, 1]) < 3.2905 / math.sqrt(len(keys))
