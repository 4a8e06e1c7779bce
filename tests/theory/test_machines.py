"""Restarts and outages of the service follow the laws that are assumed."""

import math

import numpy as np
import pytest

from sim.fleet.streams import Streams
from sim.schedules.recurrence import ALWAYS_ON
from sim.schedules.restarts import (
    Restarts,
    Shutdowns,
    UpdateRestarts,
    daily_chance,
    has_fast_startup,
    update_grid,
)
from sim.schedules.timetable import mean_service, outages, with_outage
from sim.units import DAY, MILLION
from tests.theory.laws import assert_law, assert_mean, assert_share, exponential_law, uniform_law
from tests.theory.places import ASSUMED, days_of, device, keys_of

DICE = Streams(20260302, 1)
TRAITS = Streams(20260302, None)
KEYS = keys_of(4_000).tolist()
PLACE = days_of(200 * DAY)
REPAIR = ASSUMED["sensor_repair_mean"]


def shutdowns(key, chance):
    """Return the shutdowns of a computer that is used on every working day."""
    return Shutdowns(PLACE, DICE, key, chance, lambda day: PLACE.starts[day] + 8 * 3600)


def working_days(first, last):
    """Count the working days after day *first*, to *last*."""
    return sum(PLACE.is_working(day) for day in range(first + 1, last + 1))


@pytest.fixture(scope="module", params=["laptop", "desktop"])
def intervals(request):
    """Working days to the first shutdown of each computer, and from it to the next."""
    chance = daily_chance(ASSUMED[f"restart_interval_{request.param}"])
    found = []
    for key in KEYS:
        restarts = shutdowns(key, chance)
        first = restarts.after(-1)
        days = [PLACE.day_at(first), PLACE.day_at(restarts.after(first))]
        found.append((working_days(-1, days[0]), working_days(*days), days[1] - days[0]))
    return ASSUMED[f"restart_interval_{request.param}"], chance / MILLION, np.array(found)


@pytest.mark.rule("UPD-1")
@pytest.mark.parametrize("days", [1, 2, 5, 10, 20])
def test_so_many_working_days_pass_without_a_shutdown_as_independent_days_imply(intervals, days):
    _, chance, found = intervals

    for which in (0, 1):
        assert_share(found[:, which] > days, (1 - chance) ** days)
    assert_mean(found[:, 0], 1 / chance, math.sqrt(1 - chance) / chance)


@pytest.mark.rule("UPD-1")
def test_half_of_the_computers_restart_within_the_median(intervals):
    """The median counts calendar time; in working days it is five sevenths of it."""
    median, chance, found = intervals
    days = math.ceil(median * 5 / 7 / DAY)

    assert (1 - chance) ** (median * 5 / 7 / DAY) == pytest.approx(0.5, abs=1e-5)
    assert (found[:, 1] <= days).mean() >= 0.5 - 3.3 * 0.5 / math.sqrt(len(KEYS))
    assert (found[:, 1] < days).mean() <= 0.5
    assert abs(np.median(found[:, 2]) - median / DAY) <= 1


@pytest.mark.rule("TIM-6")
def test_the_assumed_share_has_fast_startup_and_restarts_for_updates_alone():
    share = ASSUMED["fast_startup_share"]
    computer = device("windows-11-24h2")
    fast = [has_fast_startup(computer, key, TRAITS, share) for key in KEYS]
    assert_share(fast, share / MILLION)

    chance = daily_chance(ASSUMED["restart_interval_desktop"])
    grids = [update_grid(computer, key, TRAITS, ASSUMED, -9 * DAY) for key in KEYS]
    updates = [UpdateRestarts(grid, ALWAYS_ON.on_at_or_after) for grid in grids]
    firsts = [
        Restarts(None if is_fast else shutdowns(key, chance), own).after(0)
        for key, is_fast, own in zip(KEYS, fast, updates, strict=True)
    ]
    for is_fast, first, own in zip(fast, firsts, updates, strict=True):
        assert first == own.after(0) if is_fast else first <= own.after(0)
    assert np.mean(np.array(firsts)[fast]) > 2 * np.mean(np.array(firsts)[~np.array(fast)])


@pytest.mark.rule("UPD-1")
@pytest.mark.parametrize(
    ("kind", "assumption"),
    [("client", "update_restart_interval"), ("server", "restart_interval_server")],
)
def test_restarts_for_updates_come_each_period_spread_evenly_over_two_weeks(kind, assumption):
    """Of a computer that is always on; the second Tuesday was at second 0."""
    period, computer = ASSUMED[assumption], device(product_type=kind)
    fortnight = 14 * DAY
    assert period > fortnight
    positions = []
    for key in KEYS:
        grid = update_grid(computer, key, TRAITS, ASSUMED, 0)
        restarts = UpdateRestarts(grid, ALWAYS_ON.on_at_or_after)
        first = restarts.after(-1)
        second = restarts.after(first)
        assert second - first == restarts.after(second) - second == period
        positions.append(first)

    assert_law(positions, uniform_law(fortnight))
    assert_mean(positions, fortnight / 2, fortnight / math.sqrt(12))


@pytest.mark.rule("FLT-6")
@pytest.mark.parametrize("risk", [500, 5_000])
def test_a_service_runs_on_for_some_time_with_exponential_chance(risk):
    keys, assumed = keys_of(100_000), ASSUMED | {"sensor_decay_per_day": risk}

    for days in (1, 30, 365, 2_000):
        stopped = with_outage(keys, DICE, assumed, days * DAY)
        assert_share(stopped, 1 - math.exp(-days * risk / MILLION))


RISK = 20_000
"""Of stopping on a day: the service runs for 50 days in the mean."""


@pytest.fixture(scope="module")
def services():
    assumed = ASSUMED | {"sensor_decay_per_day": RISK}
    return [list(outages(key, DICE, assumed, 700 * DAY)) for key in KEYS]


@pytest.mark.rule("FLT-6")
def test_stopped_services_are_fixed_after_an_exponential_time(services):
    repairs = np.array([one.recovers - one.stops for found in services for one in found[:3]])

    assert_mean(repairs, REPAIR, REPAIR)
    assert_law(repairs, exponential_law(REPAIR))
    for days in (1, 5, 10, 30):
        assert_share(repairs > days * DAY, math.exp(-days * DAY / REPAIR))


@pytest.mark.rule("FLT-6")
def test_a_repaired_service_runs_on_as_if_it_were_new(services):
    early = [found for found in services if found and found[0].recovers < 100 * DAY]
    lasting = [len(found) < 2 or found[1].stops - found[0].recovers > 30 * DAY for found in early]

    assert_share(lasting, math.exp(-30 * DAY / mean_service(RISK)))


@pytest.mark.rule("FLT-6")
@pytest.mark.parametrize("days", [2, 10, 30, 100, 650])
def test_the_share_out_of_service_tends_to_that_of_a_machine_with_repair(services, days):
    """Transient and, late, repair / (repair + mean time in service)."""
    lasts = mean_service(RISK)
    late = REPAIR / (REPAIR + lasts)
    share = late * (1 - math.exp(-days * DAY * (1 / REPAIR + 1 / lasts)))
    down = [any(one.stops <= days * DAY < one.recovers for one in found) for found in services]

    assert_share(down, share)
