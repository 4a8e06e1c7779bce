"""How far a measure may drift from its baseline, by tolerances and by paired replications."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.baselines.drift import Value, mean_value, median_value, paired_verdict, tolerance_verdict

NONE = Value(None)
HORIZON = 100.0
NEVER = Value(HORIZON, is_beyond=True)
MIRROR = {"higher": "lower", "lower": "higher", "either": "either"}


def value(number):
    return Value(float(number))


def values(*numbers):
    return [value(number) for number in numbers]


@pytest.mark.parametrize(
    ("before", "after", "allowed", "worse", "outcome"),
    [
        (10, 10, 0, "either", "passed"),
        (10, 11, 1, "either", "passed"),
        (10, 11.001, 1, "either", "regression"),
        (10, 8.999, 1, "either", "regression"),
        (10, 20, 1, "lower", "passed"),
        (10, 20, 1, "higher", "regression"),
        (20, 10, 1, "higher", "passed"),
        (20, 10, 1, "lower", "regression"),
        (0.1, 0.4, 0.3, "either", "passed"),
    ],
)
def test_a_number_may_drift_as_far_as_is_allowed_in_the_way_that_counts(
    before, after, allowed, worse, outcome
):
    assert tolerance_verdict(value(before), value(after), allowed, worse) == (outcome, "")


@pytest.mark.parametrize(
    ("before", "after", "worse", "outcome"),
    [
        (value(99.5), NEVER, "either", "regression"),
        (value(99.5), NEVER, "higher", "regression"),
        (value(99.5), NEVER, "lower", "passed"),
        (NEVER, value(99.5), "either", "regression"),
        (NEVER, value(99.5), "lower", "regression"),
        (NEVER, value(99.5), "higher", "passed"),
        (NEVER, NEVER, "either", "passed"),
    ],
)
def test_a_time_that_one_run_alone_reached_has_drifted_however_much_is_allowed(
    before, after, worse, outcome
):
    assert tolerance_verdict(before, after, 50, worse) == (outcome, "")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (NEVER, Value(200.0, is_beyond=True)),
        (NEVER, value(150)),
        (value(150), NEVER),
    ],
)
def test_where_the_runs_end_at_different_times_nothing_is_shown_about_what_was_not_reached(
    before, after
):
    outcome, why = tolerance_verdict(before, after, 1000, "either")

    assert (outcome, why) == (
        "inconclusive",
        "not reached in time, and how much later is unknown",
    )


@pytest.mark.parametrize(
    ("before", "after", "where"),
    [(NONE, NONE, "both"), (NONE, value(1), "one of the two"), (NEVER, NONE, "one of the two")],
)
@pytest.mark.parametrize("worse", MIRROR)
def test_what_has_no_data_never_passes(before, after, where, worse):
    assert tolerance_verdict(before, after, math.inf, worse) == (
        "inconclusive",
        f"no data in {where}",
    )


@pytest.mark.parametrize(
    ("after", "allowed", "worse", "outcome"),
    [
        ((10, 20, 30), 0, "either", "passed"),
        ((13, 23, 33), 0, "either", "regression"),
        ((13, 23, 33), 3, "either", "passed"),
        ((13, 23, 33), 2.9, "higher", "regression"),
        ((13, 23, 33), 0, "lower", "passed"),
        ((7, 17, 27), 0, "lower", "regression"),
        ((7, 17, 27), 0, "higher", "passed"),
        ((20, 10, 35), 0, "either", "inconclusive"),
        ((20, 10, 35), 1, "either", "inconclusive"),
        ((10.1, 20.2, 30.3), 0.1, "higher", "inconclusive"),
    ],
)
def test_the_mean_of_the_paired_differences_decides(after, allowed, worse, outcome):
    found = paired_verdict(values(10, 20, 30), values(*after), allowed, worse, 0.95)

    assert found.outcome == outcome
    assert found.of == 3


def test_the_interval_is_students():
    """The differences 1, 2 and 3: mean 2, deviation 1, and 4.3027 of 1/sqrt(3) to each side."""
    found = paired_verdict(values(0, 0, 0), values(1, 2, 3), 0, "either", 0.95)

    assert found.interval == pytest.approx((2 - 2.484138, 2 + 2.484138), abs=1e-6)
    assert found.outcome == "inconclusive"
    assert found.why == "a difference cannot be ruled out, and none is allowed"
    surer = paired_verdict(values(0, 0, 0), values(1, 2, 3), 0, "either", 0.5)
    assert surer.outcome == "regression"


def test_one_replication_can_be_the_same_and_says_nothing_otherwise():
    assert paired_verdict(values(5), values(5), 0, "either", 0.95).outcome == "passed"
    found = paired_verdict(values(5), values(6), 0, "either", 0.95)
    assert (found.outcome, found.why) == ("inconclusive", "it needs several replications")


def test_no_replication_is_no_pass():
    found = paired_verdict([], [], 1e9, "either", 0.95)
    assert (found.outcome, found.why) == ("inconclusive", "no replication is in both")


@pytest.mark.parametrize("place", [0, 1])
def test_a_replication_without_data_makes_it_inconclusive(place):
    pair = [values(1, 2), values(1, 2)]
    pair[place][1] = NONE
    found = paired_verdict(*pair, 1e9, "either", 0.95)
    assert (found.outcome, found.why) == ("inconclusive", "no data in a replication")


def test_a_time_that_one_of_a_pair_alone_reached_never_passes_in_the_way_that_counts():
    before, after = values(99, 99, 99), [value(99), value(99), NEVER]

    for worse in ("higher", "either"):
        found = paired_verdict(before, after, 50, worse, 0.95)
        assert found.outcome == "inconclusive"
        assert found.interval[1] == math.inf
        assert found.why == "reached in only one of the two, or unknown, in 1 of 3"
        assert paired_verdict(before, after, 0, worse, 0.95).outcome == "inconclusive"
    assert paired_verdict(before, after, 50, "lower", 0.95).outcome == "passed"


def test_a_difference_that_is_certain_is_a_regression_even_where_some_were_not_reached():
    found = paired_verdict(values(9, 10, 11), [value(90), value(91), NEVER], 50, "higher", 0.95)

    assert found.outcome == "regression"


def test_what_neither_reached_is_the_same():
    assert paired_verdict([NEVER] * 3, [NEVER] * 3, 0, "either", 0.95).outcome == "passed"
    longer = Value(200.0, is_beyond=True)
    assert paired_verdict([NEVER] * 3, [longer] * 3, 1000, "either", 0.95).outcome == "inconclusive"


NUMBERS = st.integers(0, 100).map(value)
VALUES = NUMBERS | st.just(NEVER) | st.just(NONE)
PAIRS = st.lists(st.tuples(VALUES, VALUES), max_size=6)
ALLOWED = st.integers(0, 20).map(float)
WORSE = st.sampled_from(sorted(MIRROR))


@given(VALUES, VALUES, ALLOWED, WORSE)
def test_a_tolerance_seen_in_the_mirror_says_the_same(before, after, allowed, worse):
    assert (
        tolerance_verdict(before, after, allowed, worse)[0]
        == tolerance_verdict(after, before, allowed, MIRROR[worse])[0]
    )  # fmt: skip


@settings(max_examples=300)
@given(PAIRS, ALLOWED, WORSE, st.sampled_from([0.5, 0.9, 0.95, 0.999]))
def test_pairs_seen_in_the_mirror_say_the_same(pairs, allowed, worse, confidence):
    before, after = [a for a, _ in pairs], [b for _, b in pairs]

    there = paired_verdict(before, after, allowed, worse, confidence)
    back = paired_verdict(after, before, allowed, MIRROR[worse], confidence)

    assert (there.outcome, there.why, there.of) == (back.outcome, back.why, back.of)
    if there.interval is not None:
        low, high = back.interval
        assert there.interval == pytest.approx((-high, -low))


@given(PAIRS, ALLOWED, WORSE)
def test_what_is_the_same_in_every_pair_passes_unless_it_has_no_data(pairs, allowed, worse):
    same = [a for a, _ in pairs]
    found = paired_verdict(same, same, allowed, worse, 0.95)

    has_data = same and all(one.number is not None for one in same)
    assert found.outcome == ("passed" if has_data else "inconclusive")


@given(PAIRS, ALLOWED, WORSE)
def test_allowing_more_never_makes_a_regression(pairs, allowed, worse):
    before, after = [a for a, _ in pairs], [b for _, b in pairs]

    if paired_verdict(before, after, allowed, worse, 0.9).outcome != "regression":
        assert paired_verdict(before, after, allowed + 5, worse, 0.9).outcome != "regression"


def test_the_middle_is_the_mean_and_lies_beyond_where_any_does():
    assert mean_value(values(1, 2, 6)) == value(3)
    assert mean_value([value(0), NEVER]) == Value(50.0, is_beyond=True)
    assert mean_value([value(0), NONE]) == NONE
    assert mean_value([]) == NONE


def test_a_median_that_needs_a_time_not_reached_lies_beyond_the_horizon():
    horizon = Value(10.0, is_beyond=True)

    assert median_value([value(1), value(9), horizon, horizon]) == horizon
    assert median_value([value(1), value(9), value(9), horizon]) == value(9)
    assert median_value([value(1), horizon, horizon]) == horizon
