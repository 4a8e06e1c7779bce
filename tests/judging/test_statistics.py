"""Figures over replications and their intervals: by hand, by other libraries, and by coverage."""

import math
import statistics

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats

from sim.judging.statistics import (
    deviation,
    estimated_to_distinguish,
    half_width,
    mean,
    mean_interval,
    percentile,
    percentile_ranks,
    required_for_percentile,
    required_for_share,
    required_to_distinguish,
    share_interval,
)

VALUES = st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=40)


@given(VALUES, st.integers(1, 99))
def test_a_percentile_is_the_one_that_numpy_interpolates(values, per_cent):
    ordered = sorted(values)

    assert percentile(ordered, per_cent) == pytest.approx(
        np.percentile(ordered, per_cent), rel=1e-9, abs=1e-6
    )


def test_a_percentile_beyond_the_horizon_is_infinite_and_one_before_it_is_not():
    ordered = [1.0, 2.0, 3.0, math.inf]

    assert percentile(ordered, 50) == 2.5
    assert percentile(ordered, 90) == math.inf
    assert percentile([math.inf, math.inf], 10) == math.inf
    assert mean(ordered) == math.inf


@given(VALUES)
def test_mean_and_deviation_do_not_depend_on_the_order(values):
    assert mean(values) == mean(values[::-1])
    assert deviation(values) == deviation(values[::-1])
    assert deviation(values) == pytest.approx(statistics.stdev(values), rel=1e-6, abs=1e-6)


def test_the_interval_of_a_mean_is_students():
    values = [4.0, 5.0, 7.0, 8.0]
    low, high = stats.t.interval(0.9, 3, loc=6.0, scale=stats.sem(values))

    assert mean_interval(values, 0.9) == pytest.approx((low, high))
    assert half_width(values, 0.9) == pytest.approx((high - low) / 2)


@pytest.mark.parametrize(("count", "of"), [(0, 7), (3, 7), (7, 7), (1, 2), (95, 100)])
def test_the_interval_of_a_share_is_clopper_and_pearsons(count, of):
    exact = stats.binomtest(count, of).proportion_ci(0.95, method="exact")

    assert share_interval(count, of, 0.95) == pytest.approx((exact.low, exact.high))


def test_29_of_29_are_needed_to_know_of_nine_in_ten_from_one_side_and_36_from_both():
    assert share_interval(35, 35, 0.95)[0] < 0.9 < share_interval(36, 36, 0.95)[0]


@pytest.mark.parametrize("per_cent", [10, 50, 90])
@pytest.mark.parametrize("count", [12, 40])
def test_the_interval_of_a_percentile_covers_it_as_often_as_promised(per_cent, count):
    """For any continuous law; here uniform, of which the percentile is known."""
    random = np.random.default_rng(5)
    inside = 0
    for sample in random.random((4000, count)):
        ordered = np.sort(sample)
        lower, upper = percentile_ranks(count, per_cent, 0.9)
        low = -math.inf if lower is None else ordered[lower]
        high = math.inf if upper is None else ordered[upper]
        inside += low <= per_cent / 100 <= high

    assert inside / 4000 > 0.9 - 3 * math.sqrt(0.9 * 0.1 / 4000)


def test_too_few_values_leave_the_interval_of_a_percentile_open():
    assert percentile_ranks(3, 90, 0.95)[1] is None
    assert percentile_ranks(3, 10, 0.95)[0] is None
    lower, upper = percentile_ranks(60, 90, 0.95)
    assert 0 < lower < 53 < upper < 60


def test_shares_need_as_many_replications_as_can_tell_them_apart():
    assert [required_to_distinguish(1 - share) for share in (0.5, 0.9, 0.95, 0.99, 0.01)] == [
        2,
        10,
        20,
        100,
        2,
    ]
    assert [required_for_percentile(per_cent) for per_cent in (1, 10, 50, 75, 99)] == [
        100,
        10,
        2,
        4,
        100,
    ]


@given(st.floats(0.01, 0.99), st.floats(0.5, 0.999))
def test_the_fewest_replications_that_show_a_share_are_the_fewest(bound, confidence):
    fewest = required_for_share(bound, confidence)

    assert share_interval(fewest, fewest, confidence)[0] >= bound - 1e-9
    if fewest > 2:
        assert share_interval(fewest - 1, fewest - 1, confidence)[0] < bound


@given(
    st.integers(2, 60).flatmap(lambda of: st.tuples(st.integers(1, of - 1), st.just(of))),
    st.sampled_from([0.05, 0.1, 0.3, 0.5, 0.8, 0.9, 0.99]),
    st.sampled_from([0.8, 0.9, 0.95, 0.99]),
)
def test_a_share_that_is_in_doubt_is_told_from_the_number_on_that_is_named(
    found, bound, confidence
):
    held, of = found
    low, high = share_interval(held, of, confidence)
    named = estimated_to_distinguish(held / of, bound, confidence, of)
    assume(low <= bound <= high and named is not None)

    def is_told(number):
        low, high = share_interval(held * number / of, number, confidence)
        return not low <= bound <= high

    assert named > of
    assert is_told(named)
    assert named == of + 1 or not is_told(named - 1)


def test_more_replications_than_a_hundred_thousand_are_not_named():
    assert estimated_to_distinguish(0.504, 0.5, 0.95) == 60_273
    assert estimated_to_distinguish(0.503, 0.5, 0.95) is None
