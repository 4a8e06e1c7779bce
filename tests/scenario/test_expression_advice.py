"""Slips that people make in expressions are answered with what to write instead."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.errors import UnusableInput
from sim.scenario.expression_advice import advice
from sim.scenario.expressions import parse_expectation
from sim.scenario.names import Names

NAMES = Names(None, None, None, None, None, None)
PERCENTILES = "percentiles are p1 to p99, written small: p90 of (time to (coverage_pct >= 90))"
UNITS = "units are s, min, h, d and w, as in 14 d"
PERIOD = "of one run: max of failed from 1 d to 14 d, or failed at 14 d"
AND = 'write two comparisons with "and" between'


@pytest.mark.parametrize(
    ("text", "instead"),
    [
        ("P90 of (coverage_pct at end) >= 3", PERCENTILES),
        ("p100 of (coverage_pct at end) >= 3", PERCENTILES),
        ("p95.5 of (coverage_pct at end) >= 3", PERCENTILES),
        ("p90 (coverage_pct at end) >= 3", "write p90 of (...)"),
        ("half width (coverage_pct at end) < 3", "write half width of (...)"),
        ("average of (coverage_pct at end) > 3", 'write "mean of (...)"'),
        ("coverage_pct at end => 3", "write >="),
        ("coverage_pct at end =< 3", "write <="),
        ("coverage_pct at end \N{GREATER-THAN OR EQUAL TO} 3", "write >="),
        ("coverage_pct at end = 3", "write == for equal, >= for at least"),
        ("failed{cause=clock_skew} at end = 3", "write == for equal, >= for at least"),
        ("failed{cause==clock_skew} at end == 3", "in braces one = is enough"),
        ("failed(cause=clock_skew) at end == 3",
         "labels stand in braces: failed{collection='Pilot'}"),
        ("coverage_pct at 21 >= 3", "a time has a unit: at 21 d"),
        ("coverage_pct at 14 days >= 3", UNITS),
        ("time to (coverage_pct >= 90) <= 2 weeks", UNITS),
        ("coverage_pct at day 14 >= 3", UNITS),
        ("coverage_pct after 14 d >= 3", 'write "at 14 d" or "at end"'),
        ("coverage_pct at 15.3.2026 > 3", "a date is written 2026-03-20"),
        ("coverage_pct AT end > 3", 'write "at"'),
        ("max of (failed at end) < 3", PERIOD),
        ("mean of (coverage_pct at end >= 3) > 4",
         "it takes a number; of a condition there is the probability (...)"),
        ("probability coverage_pct at end >= 90 > 0.9", "write probability (...)"),
        ("time to coverage_pct >= 90 < 9 d", "write time to (...)"),
        ("time to (coverage_pct >= 90) <= 2026-04-01",
         "write a length of time since the start, such as 14 d"),
        ("not coverage_pct at end > 3", "turn the comparison round instead"),
        ("coverage_pct at end > 3 && failed at end < 3", 'write "and"'),
        ("coverage_pct at end > 3 || failed at end < 3", 'write "or"'),
        ("3 < coverage_pct at end < 5", AND),
        ("coverage_pct at end between 3 and 5", AND),
        ("coverage_pct at end is 3", "write =="),
        ("coverage_pct at end >= 9,5", "write decimals with a point"),
        ("coverage_pct * 2 at end > 3", "numbers are added and taken from each other, no more"),
    ],
)  # fmt: skip
def test_a_slip_is_answered_with_what_to_write(text, instead):
    with pytest.raises(UnusableInput) as refused:
        parse_expectation(text, NAMES)

    assert instead in [problem.expected for problem in refused.value.problems]


@given(st.text("=<>{}()p90 ofat,&|d", max_size=60), st.integers(0, 60))
def test_any_place_of_any_text_can_be_asked_about(text, position):
    assert isinstance(advice(text, position), str)
