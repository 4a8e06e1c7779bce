"""Inverse transforms in integers follow their laws and never step back."""

import math
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.fleet.streams import exponential, exponential_of, normal_of

MOST = (1 << 32) - 1
EVEN = np.linspace(0, MOST, 200_001).astype(np.uint64)
"""Evenly spaced draws: what a law's every quantile is read at."""


def normal(draws, mean, spread):
    return np.array([normal_of(draw, mean, spread) for draw in draws.tolist()])


def test_normal_quantiles_have_the_mean_and_spread_they_were_asked_for():
    values = normal(EVEN, 30_600, 3_600)
    assert values.mean() == pytest.approx(30_600, abs=2)
    assert values.std() == pytest.approx(3_600, rel=0.005)


@pytest.mark.parametrize("share", [0.02, 0.25, 0.5, 0.75, 0.98])
def test_a_normal_quantile_lies_where_the_law_says(share):
    draw = np.array([int(share * 2**32)], dtype=np.uint64)
    expected = NormalDist(0, 10_000).inv_cdf(share)
    assert normal(draw, 0, 10_000)[0] == pytest.approx(expected, abs=150)


def test_normal_quantiles_are_cut_off_at_three_spreads():
    ends = normal(np.array([0, MOST], dtype=np.uint64), 100_000, 1_000)
    assert ends.tolist() == [97_001, 102_999]


@pytest.mark.parametrize("share", [0.01, 0.1, 0.5, 0.9, 0.99, 0.9999])
def test_an_exponential_quantile_lies_where_the_law_says(share):
    draw = np.array([int(share * 2**32)], dtype=np.uint64)
    expected = -math.log(1 - share) * 864_000
    assert exponential(draw, 864_000)[0] == pytest.approx(expected, rel=0.001, abs=60)


def test_exponential_quantiles_have_the_mean_they_were_asked_for():
    assert exponential(EVEN, 864_000).mean() == pytest.approx(864_000, rel=0.001)


@given(st.lists(st.integers(0, MOST), min_size=2, max_size=50))
def test_a_larger_draw_never_gives_a_smaller_quantile(draws):
    ordered = np.array(sorted(draws), dtype=np.uint64)
    assert (np.diff(normal(ordered, 0, 3_600)) >= 0).all()
    assert (np.diff(exponential(ordered, 864_000)) >= 0).all()


def test_exponential_quantiles_end_at_32_halvings_of_what_is_left():
    ends = exponential(np.array([0, MOST], dtype=np.uint64), 1_000_000)
    assert ends.tolist() == [0, 32 * 693_147]


EDGES = sorted({min(MOST, max(0, (1 << 32) - (1 << n) + d)) for n in range(33) for d in (-1, 0, 1)})
"""Draws where what is left is about a power of two: where a halving more is counted."""


def test_a_single_draw_has_the_same_quantile_as_one_of_many_at_every_halving():
    many = np.array(EDGES, dtype=np.uint64)
    assert exponential(many, 864_000).tolist() == [exponential_of(one, 864_000) for one in EDGES]


@given(st.integers(0, MOST), st.integers(1, 10**9))
def test_a_single_draw_has_the_same_quantile_as_one_of_many(draw, scale):
    many = np.array([draw], dtype=np.uint64)
    assert exponential_of(draw, scale) == exponential(many, scale)[0]
