"""How long a policy waits for the next poll, deployed at a random time (TIM-1)."""

import math

import numpy as np
import pytest

from sim.fleet.streams import Streams
from sim.schedules.office import Hours, Office, OfficeHours
from sim.schedules.recurrence import ALWAYS_ON, Grid, WhileOn
from sim.units import DAY
from tests.theory.laws import assert_law, assert_mean, assert_share, uniform_law
from tests.theory.places import ASSUMED, days_of, keys_of

DICE = Streams(20260302, 1)
KEYS = keys_of(20_000)
PLACE = days_of(14 * DAY)
PERIOD = ASSUMED["policy_poll_interval"]
WINDOW = ASSUMED["missed_poll_window"]
HOURS = ASSUMED["working_day_length"]
PHASES = DICE.between_for_all("policy_poll_phase", KEYS, 0, PERIOD - 1)
EVERY_DAY = (1 << len(PLACE)) - 1
PUNCTUAL = Office.of(PLACE, DICE, ASSUMED | {"working_day_start_spread": 0})
START = PUNCTUAL.start


def polls(place, on):
    """Return the polls of a device as a replication makes them."""
    key, grid = int(KEYS[place]), Grid(int(PHASES[place]), PERIOD)

    def delay(slot):
        number = (slot - grid.phase) // PERIOD
        return DICE.between("missed_poll", key, 1, max(1, WINDOW), number)

    return WhileOn(grid, on, delay)


def office_polls(place):
    return polls(place, OfficeHours(Hours(PUNCTUAL, int(KEYS[place])), EVERY_DAY))


def random_times(first, last):
    """Return a time of deployment for each device, uniform from *first* to before *last*."""
    return DICE.between_for_all("deployed", KEYS, first, last - 1).tolist()


@pytest.mark.rule("TIM-1")
def test_on_a_computer_that_is_always_on_the_wait_is_uniform_over_the_interval():
    times = random_times(5 * DAY, 6 * DAY)
    waits = [polls(n, ALWAYS_ON).at_or_after(time) - time for n, time in enumerate(times)]

    assert_mean(waits, (PERIOD - 1) / 2, PERIOD / math.sqrt(12))
    assert_law(waits, uniform_law(PERIOD))


@pytest.mark.rule("TIM-1")
def test_overnight_the_wait_ends_soon_after_power_on():
    """With the earlier of a missed poll made up for within two minutes and the next slot."""
    night = random_times(5 * DAY + START + HOURS, 6 * DAY + START)
    power_on = 6 * DAY + START
    waits = [office_polls(n).at_or_after(time) - power_on for n, time in enumerate(night)]
    assert all(0 <= wait <= WINDOW for wait in waits)

    left = [(1 - second / WINDOW) * (1 - (second + 1) / PERIOD) for second in range(WINDOW)]
    assert_mean(waits, sum(left))
    for second in (0, 10, 30, 60, 110):
        assert_share(np.array(waits) > second, left[second])


@pytest.mark.rule("TIM-1")
def test_during_work_the_wait_is_uniform_until_the_last_hour():
    times = random_times(5 * DAY + START + WINDOW, 5 * DAY + START + HOURS - PERIOD)
    waits = [office_polls(n).at_or_after(time) - time for n, time in enumerate(times)]

    assert_law(waits, uniform_law(PERIOD))


def gaps(phase, delay):
    """Return the times between the polls of a day, the last to the first of the next day.

    *phase* counts the first slot and *delay* the poll made up for, both from power-on.
    """
    found = sorted({delay, *range(phase, HOURS, PERIOD)})
    return np.diff([*found, found[0] + DAY])


@pytest.mark.rule("TIM-1")
def test_over_the_whole_day_the_mean_wait_is_that_of_the_gaps_between_polls():
    """A random second falls into a gap by its length and waits half of it on average.

    The gap overnight ends with the delay of another day, which has the same law; only where the
    next slot comes before it do both count, a sixtieth of the devices.
    """
    assert HOURS % PERIOD == 0
    one_wait = [
        float((some * (some - 1) / 2).sum()) / DAY
        for phase in range(0, PERIOD, 15)
        for delay in range(1, WINDOW + 1, 7)
        for some in [gaps(phase, delay)]
    ]
    times = random_times(5 * DAY, 6 * DAY)
    waits = [office_polls(n).at_or_after(time) - time for n, time in enumerate(times)]

    assert_mean(waits, np.mean(one_wait))


@pytest.mark.rule("TIM-1")
def test_a_shorter_interval_shortens_the_wait_at_work_and_not_overnight():
    times = random_times(5 * DAY, 6 * DAY)
    on = [OfficeHours(Hours(PUNCTUAL, int(key)), EVERY_DAY) for key in KEYS[:4000]]

    def waits(period):
        return np.array(
            [
                WhileOn(Grid(int(phase) % period, period), here, lambda _: 60).at_or_after(time)
                - time
                for phase, here, time in zip(PHASES, on, times, strict=False)
            ]
        )

    hourly, often = waits(PERIOD), waits(PERIOD // 12)
    asleep = np.array([not here.is_on(time) for here, time in zip(on, times, strict=False)])
    assert (often <= hourly).all()
    assert hourly[~asleep].mean() > 4 * often[~asleep].mean()
    assert (hourly - often)[asleep].max() <= 60
