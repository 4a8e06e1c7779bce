"""Outages of the service: in order, apart, the same one by one and in a longer run."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.fleet.streams import Streams
from sim.schedules.timetable import mean_service, outages, with_outage
from sim.units import DAY, MILLION
from tests.theory.places import ASSUMED, keys_of

KEYS = keys_of(300)
seeds = st.integers(0, 99)
risks = st.integers(1, MILLION)
horizons = st.integers(0, 200 * DAY)


def stops_of(key, seed, risk, until):
    return list(outages(key, Streams(seed, 1), ASSUMED | {"sensor_decay_per_day": risk}, until))


@pytest.mark.rule("FLT-6")
@given(seeds, risks, horizons)
def test_outages_begin_before_the_end_of_the_run_in_order_and_apart(seed, risk, until):
    found = stops_of(KEYS.tolist()[0], seed, risk, until)

    assert all(0 <= outage.stops < min(outage.recovers, until) for outage in found)
    assert all(one.recovers <= other.stops for one, other in pairwise(found))


@given(seeds, risks, horizons, horizons)
def test_a_longer_run_only_adds_outages(seed, risk, until, more):
    key = KEYS.tolist()[0]
    long = stops_of(key, seed, risk, until + more)

    assert stops_of(key, seed, risk, until) == [one for one in long if one.stops < until]


@given(seeds, st.integers(0, 5_000), horizons)
def test_those_with_an_outage_are_those_whose_first_begins_in_the_run(seed, risk, until):
    assumed = ASSUMED | {"sensor_decay_per_day": risk}
    found = with_outage(KEYS, Streams(seed, 1), assumed, until)

    assert found == [bool(stops_of(key, seed, risk, until)) for key in KEYS.tolist()]


def test_an_outage_counts_that_begins_in_the_last_second_of_a_run_and_none_after_it():
    key, dice = KEYS.tolist()[0], Streams(1, 1)
    stops = next(outages(key, dice, ASSUMED, 10**9)).stops

    for until, count in ((stops, 0), (stops + 1, 1)):
        assert len(list(outages(key, dice, ASSUMED, until))) == count
        assert with_outage(KEYS[:1], dice, ASSUMED, until) == [bool(count)]


@given(seeds, st.sets(st.integers(0, len(KEYS) - 1), min_size=1))
def test_a_device_added_or_removed_changes_no_device_s_outages(seed, kept):
    whole = with_outage(KEYS, Streams(seed, 1), ASSUMED, 300 * DAY)
    part = with_outage(KEYS[sorted(kept)], Streams(seed, 1), ASSUMED, 300 * DAY)

    assert part == [whole[place] for place in sorted(kept)]


@given(seeds, risks, st.integers(0, MILLION))
def test_a_greater_risk_never_stops_the_service_later_the_first_time(seed, risk, more):
    low, high = risk, min(MILLION, risk + more)
    first, other = (stops_of(KEYS.tolist()[0], seed, each, 9000 * DAY)[:1] for each in (high, low))

    assert not other or first[0].stops <= other[0].stops


def test_a_service_at_no_risk_never_stops():
    assert stops_of(KEYS.tolist()[0], 1, 0, 9000 * DAY) == []
    assert not any(with_outage(KEYS, Streams(1, 1), ASSUMED | {"sensor_decay_per_day": 0}, DAY))


@pytest.mark.rule("FLT-6")
def test_a_risk_of_one_in_two_thousand_a_day_is_a_mean_of_two_thousand_days():
    assert mean_service(500) == 2_000 * DAY
