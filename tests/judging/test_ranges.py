"""Ranges: what is true of them is true of all values in them."""

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sim.judging.ranges import Range, beyond, exactly, holds, margin, statistic
from sim.language.tree import COMPARE

NUMBERS = st.integers(-50, 50).map(float)


@st.composite
def within(draw):
    """Return a range and a value that lies in it."""
    value = draw(NUMBERS)
    kind = draw(st.sampled_from(["exact", "beyond", "below", "between"]))
    if kind == "exact":
        return exactly(value), value
    if kind == "beyond":
        return beyond(value - draw(st.integers(1, 9))), value
    if kind == "below":
        return beyond(-value - draw(st.integers(1, 9))).negated(), value
    low, high = value - draw(st.integers(0, 9)), value + draw(st.integers(0, 9))
    return Range(low, high, estimate=None), value


def lies_in(value, found):
    low = value > found.low - 1e-9 if found.low_is_open else value >= found.low - 1e-9
    high = value < found.high + 1e-9 if found.high_is_open else value <= found.high + 1e-9
    return low and high


@given(within(), within())
def test_sums_and_differences_lie_in_the_ranges_of_theirs(one, other):
    assert lies_in(one[1] + other[1], one[0].plus(other[0]))
    assert lies_in(one[1] - other[1], one[0].minus(other[0]))


@given(within(), within(), st.sampled_from(sorted(COMPARE)))
def test_what_is_said_of_a_comparison_is_so_of_the_values(one, other, comparator):
    said = holds(comparator, one[0], other[0])

    assert said is None or said is COMPARE[comparator](one[1], other[1])


@given(within(), within(), st.sampled_from(["<", "<=", ">", ">="]))
def test_a_margin_is_that_of_the_values_or_less(one, other, comparator):
    found = margin(comparator, one[0], other[0])
    gap = one[1] - other[1] if comparator in (">", ">=") else other[1] - one[1]

    if found is None:
        return
    if not found.is_least:
        assert found.size == gap
    else:
        assert gap >= found.size >= 0 or gap <= found.size <= 0


@given(
    st.lists(within(), min_size=10, max_size=30), st.sampled_from(["p10", "median", "p90", "mean"])
)
def test_the_figure_of_the_values_lies_in_the_figure_of_their_ranges(pairs, name):
    values = [value for _, value in pairs]
    figure = {
        "p10": np.percentile(values, 10),
        "median": np.median(values),
        "p90": np.percentile(values, 90),
        "mean": np.mean(values),
    }[name]

    found = statistic(name, [one for one, _ in pairs], None)

    assert not math.isnan(found.low)
    assert not math.isnan(found.high)
    assert lies_in(figure, found)


@given(
    st.lists(within(), min_size=12, max_size=30), st.sampled_from(["p10", "median", "p90", "mean"])
)
def test_a_stated_confidence_only_widens_a_figure(pairs, name):
    ranges = [one for one, _ in pairs]

    usual, sure = statistic(name, ranges, None), statistic(name, ranges, 0.95)

    assert sure.low <= usual.low + 1e-9
    assert sure.high >= usual.high - 1e-9
