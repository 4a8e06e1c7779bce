"""Dice: keyed, uniform, the same one by one and all at once."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.fleet.streams import Streams, device_key
from sim.scenario.loader import load_text
from sim.units import MILLION

KEYS = np.array([device_key(f"PC-{n:06d}") for n in range(50_000)], dtype=np.uint64)
CHI_SQUARE_99_9 = 149.449
"""The 99.9 % point of chi-square with 100 - 1 degrees of freedom: a fair die stays below it."""

streams = st.builds(Streams, st.integers(0, 2**63 - 1), st.none() | st.integers(1, 1000))
purposes = st.text(max_size=20)
keys = st.integers(0, 2**64 - 1)
numbers = st.integers(0, 10_000)


@given(streams, purposes, st.lists(keys, min_size=1, max_size=5), numbers)
def test_one_by_one_and_all_at_once_give_the_same_bits(dice, purpose, some, number):
    together = dice.bits_of_all(purpose, np.array(some, dtype=np.uint64), number)

    assert together.tolist() == [dice.bits(purpose, key, number) for key in some]
    assert all(0 <= bits < 2**32 for bits in together.tolist())


@given(streams, purposes, keys, st.integers(0, 10**6), st.integers(0, 10**6), numbers)
def test_between_includes_both_ends_and_nothing_else(dice, purpose, key, low, span, number):
    drawn = dice.between(purpose, key, low, low + span, number)
    together = dice.between_for_all(purpose, np.array([key], np.uint64), low, low + span, number)

    assert low <= drawn <= low + span
    assert together.tolist() == [drawn]


def test_between_reaches_both_ends():
    drawn = Streams(1, 1).between_for_all("die", KEYS[:500], 1, 6)

    assert set(drawn.tolist()) == {1, 2, 3, 4, 5, 6}


@given(streams, keys, st.integers(0, 1000), st.integers(0, 1000))
def test_a_wider_range_never_gives_an_earlier_time(dice, key, narrow, more):
    """The draw is an inverse transform: monotone in the width for the same luck."""
    assert dice.between("delay", key, 0, narrow) <= dice.between("delay", key, 0, narrow + more)


@given(streams, keys, st.integers(0, MILLION), st.integers(0, MILLION))
def test_what_happens_at_a_share_happens_at_every_greater_share(dice, key, share, other):
    low, high = sorted((share, other))

    assert dice.happens("fault", key, low) <= dice.happens("fault", key, high)
    assert not dice.happens("fault", key, 0)
    assert dice.happens("fault", key, MILLION)
    drawn = dice.millionths_of_all("fault", np.array([key], np.uint64))[0]
    assert dice.happens("fault", key, share) == (drawn < share)


@pytest.mark.parametrize("number", [0, 1, 7])
@pytest.mark.parametrize("replication", [None, 1, 2])
def test_draws_are_uniform(replication, number):
    drawn = Streams(3, replication).between_for_all("poll", KEYS, 0, 99, number)
    expected = len(KEYS) / 100
    statistic = float((((np.bincount(drawn, minlength=100) - expected) ** 2) / expected).sum())

    assert statistic < CHI_SQUARE_99_9


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ((Streams(3, 1), "a", 0), (Streams(3, 2), "a", 0)),
        ((Streams(3, 1), "a", 0), (Streams(4, 1), "a", 0)),
        ((Streams(3, 1), "a", 0), (Streams(3, 1), "b", 0)),
        ((Streams(3, 1), "a", 0), (Streams(3, 1), "a", 1)),
        ((Streams(3, 1), "a", 5), (Streams(3, None), "a", 5)),
    ],
    ids=["replication", "seed", "purpose", "number", "traits"],
)
def test_seed_replication_purpose_and_number_each_give_independent_draws(one, other):
    drawn = [dice.bits_of_all(purpose, KEYS, number) for dice, purpose, number in (one, other)]

    assert not (drawn[0] == drawn[1]).all()
    assert abs(np.corrcoef(drawn[0].astype(float), drawn[1].astype(float))[0, 1]) < 0.015


def test_neighbouring_names_and_numbers_are_independent():
    drawn = Streams(3, 1).bits_of_all("a", KEYS).astype(float)
    later = Streams(3, 1).bits_of_all("a", KEYS, 1).astype(float)

    assert abs(np.corrcoef(drawn[1:], drawn[:-1])[0, 1]) < 0.015
    assert abs(np.corrcoef(drawn[1:], later[:-1])[0, 1]) < 0.015


@given(st.text(min_size=1, max_size=30))
def test_a_name_means_the_same_device_in_any_case(name):
    assert device_key(name) == device_key(name.casefold())


@settings(max_examples=5)
@given(st.integers(0, 1000))
def test_a_device_has_the_same_traits_in_every_replication_and_in_a_larger_fleet(seed):
    from sim.runs.preparation import prepare

    def fleet(devices, replications=1):
        text = f"""format: 1
name: F
start: 2026-03-02
horizon: 1 d
seed: {seed}
replications: {replications}
fleet: {{generate: {{devices: {devices}, mix: servers}}}}
"""
        return prepare(load_text(text)).fleet

    assert set(fleet(30).names) < set(fleet(60).names)
    larger = {device.name: device for device in fleet(60).devices}
    for device in fleet(30).devices:
        named = larger[device.name]
        assert (device.os, device.network, device.client) == (named.os, named.network, named.client)


def test_the_draws_of_this_version_stay_as_they_are():
    """Golden values: another value here is another result for every scenario ever run."""
    assert device_key("PC-000001") == GOLDEN_KEY
    assert Streams(7, 1).bits("policy_poll_phase", GOLDEN_KEY) == GOLDEN_BITS
    assert Streams(7, None).bits("trait/laptop_share", GOLDEN_KEY, 3) == GOLDEN_TRAIT


GOLDEN_KEY = 16007756330802242101
GOLDEN_BITS = 2834227111
GOLDEN_TRAIT = 2294339004
