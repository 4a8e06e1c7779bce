"""Long absences: one a cycle, within it, each device's by itself."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.fleet.streams import Streams, exponential_of
from sim.schedules.office import absences
from sim.units import DAY, MILLION
from tests.theory.places import keys_of

KEYS = keys_of(40)
shares = st.integers(1, MILLION)
means = st.integers(1, 60 * DAY)
seeds = st.integers(0, 99)


def spans(keys, seed, share, mean, until):
    """Return the absences of each device in order, as pairs of seconds."""
    assumed = {"absence_share": share, "absence_mean": mean}
    rounds = [
        list(zip(begins.tolist(), ends.tolist(), strict=True))
        for begins, ends in absences(keys, Streams(seed, 1), assumed, until)
    ]
    return list(zip(*rounds, strict=True))


def cycle_of(share, mean):
    return max(mean, mean * MILLION // share)


@pytest.mark.rule("FLT-7")
@given(seeds, shares, means, st.integers(0, 400))
def test_absences_of_all_are_those_of_each_drawn_one_by_one(seed, share, mean, cycles):
    """Also where a cycle has more seconds than a draw has values."""
    dice, cycle = Streams(seed, 1), cycle_of(share, mean)
    until = min(cycles, 5) * cycle // 2

    for key, found in zip(
        KEYS[:6].tolist(), spans(KEYS[:6], seed, share, mean, until), strict=True
    ):
        phase = dice.between("absence_phase", key, 0, cycle - 1)
        for number, (begins, ends) in enumerate(found):
            drawn = exponential_of(dice.bits("absence_length", key, number), mean)
            length = min(cycle, max(1, drawn))
            offset = dice.between("absence_start", key, 0, cycle - length, number)
            assert (begins, ends - begins) == (number * cycle - phase + offset, length)


@given(seeds, st.integers(MILLION // 50, MILLION), means, st.integers(0, 200 * DAY))
def test_one_absence_lies_in_each_cycle_and_the_cycles_cover_the_run(seed, share, mean, until):
    cycle = cycle_of(share, mean)
    until = min(until, 50 * cycle)

    for key, found in zip(KEYS.tolist(), spans(KEYS, seed, share, mean, until), strict=True):
        phase = Streams(seed, 1).between("absence_phase", key, 0, cycle - 1)
        for number, (begins, ends) in enumerate(found):
            assert number * cycle - phase <= begins < ends <= (number + 1) * cycle - phase
        assert -phase <= 0
        assert len(found) * cycle - phase > until


@given(seeds, shares, means, st.integers(0, 9), st.integers(0, 9))
def test_a_longer_run_and_other_devices_change_no_absence(seed, share, mean, cycles, more):
    cycle = cycle_of(share, mean)
    short = spans(KEYS[5:9], seed, share, mean, cycles * cycle)
    long = spans(KEYS, seed, share, mean, (cycles + more) * cycle)

    assert short == [found[: len(short[0])] for found in long[5:9]]


def test_no_user_is_absent_at_a_share_of_0():
    assert spans(KEYS, 1, 0, 10 * DAY, 1000 * DAY) == []


def test_everybody_is_absent_half_the_time_of_a_cycle_of_two_means():
    found = spans(keys_of(4000), 3, MILLION // 2, 10 * DAY, 0)
    lengths = np.array([ends - begins for device in found for begins, ends in device])

    assert lengths.max() == 20 * DAY  # what is longer is cut to the cycle
    assert lengths.min() >= 1


@pytest.mark.rule("FLT-7")
@given(seeds, means)
def test_a_mean_of_nothing_is_one_second(seed, mean):
    assert spans(KEYS[:3], seed, MILLION, 0, 5) == spans(KEYS[:3], seed, MILLION, 1, 5)
