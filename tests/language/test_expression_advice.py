"""Slips that people make in expressions are answered with what to write instead."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.errors import UnusableInput
from sim.language.expressions import advice, parse_expectation
from sim.language.types import Names
from sim.reference.systems import OPERATING_SYSTEMS

NAMES = Names(None, None, None, None, None, None)
PERCENTILES = "percentiles are p1 to p99, in lower case: p90 of (time to (coverage_pct >= 90))"
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
         "labels go in braces: failed{collection='Pilot'}"),
        ("coverage_pct at 21 >= 3", "a time has a unit: at 21 d"),
        ("coverage_pct at 14 days >= 3", UNITS),
        ("time to (coverage_pct >= 90) <= 2 weeks", UNITS),
        ("coverage_pct at day 14 >= 3", UNITS),
        ("coverage_pct after 14 d >= 3", 'write "at 14 d" or "at end"'),
        ("coverage_pct at 15.3.2026 > 3", "a date is written 2026-03-20"),
        ("coverage_pct AT end > 3", 'write "at"'),
        ("max of (failed at end) < 3", PERIOD),
        ("mean of (coverage_pct at end >= 3) > 4",
         "it takes a number; for a condition write probability (...)"),
        ("probability coverage_pct at end >= 90 > 0.9", "write probability (...)"),
        ("time to coverage_pct >= 90 < 9 d", "write time to (...)"),
        ("time to (coverage_pct >= 90) <= 2026-04-01",
         "write a length of time since the start, such as 14 d"),
        ("not coverage_pct at end > 3", "reverse the comparison instead"),
        ("coverage_pct at end > 3 && failed at end < 3", 'write "and"'),
        ("coverage_pct at end > 3 || failed at end < 3", 'write "or"'),
        ("3 < coverage_pct at end < 5", AND),
        ("coverage_pct at end between 3 and 5", AND),
        ("coverage_pct at end is 3", "write =="),
        ("coverage_pct at end >= 9,5", "write decimals with a point"),
        ("p90 time to (coverage_pct >= 90) < 9 d", "write p90 of (...)"),
        ("p90 of time to (coverage_pct >= 90) < 9 d", "write p90 of (...)"),
        ("mean of failed at end < 3", "write mean of (...)"),
        ("half width of coverage_pct at end < 3", "write half width of (...)"),
        ("max (failed) < 3", PERIOD),
        ("max of failed at end < 3", PERIOD),
        ("coverage_pct >= 85 at 21 d", "the time comes first: coverage_pct at 21 d >= 85"),
        ("failed at end == 0 devices", "leave the unit out"),
        ("max of failed <= 3", PERIOD),
        ("probabilty (failed at end < 3) > 0.5", 'did you mean "probability"?'),
        ("failed at end < 3 and propability(failed at end < 3) > 0.5",
         'did you mean "probability"?'),
        ("tme to (coverage_pct >= 90) < 3 d", 'did you mean "time to"?'),
        ("medain of (failed at end) < 3", 'did you mean "median of"?'),
        ("failed at end < 1,000",
         "write 1000, without separators, or 1.000 if the comma stands for decimals"),
        ("probability (failed at end < 3) >= 0,950", "write decimals with a point"),
        ("failed at end <= 0,125", "write decimals with a point"),
        ("failed at end <= 1000,125", "write decimals with a point"),
        ("failed at end < 1,000,000 and waiting at end < 3",
         "write 1000000, without separators"),
        ("coverage_pct at end >= 95,5", "write decimals with a point"),
        ("coverage_pct at end >= 0,9375", "write decimals with a point"),
        ("coverage_pct at end >= 95 percent", "write %"),
        ("coverage_pct at end >= -1", "a number has no sign: write 0 - 1 for -1"),
        ("coverage_pct at end >= 1e3", "write the number out"),
        ("coverage_pct{collection=All endpoints} at end > 3",
         "a value with a space needs quotes: failed{collection='All endpoints'}"),
        ("coverage_pct[location=London] at end > 3",
         "labels go in braces: failed{collection='Pilot'}"),
        ("coverage_pct * 2 at end > 3", "numbers can only be added and subtracted"),
    ],
)  # fmt: skip
def test_a_slip_is_answered_with_what_to_write(text, instead):
    with pytest.raises(UnusableInput) as refused:
        parse_expectation(text, NAMES)

    assert instead in [problem.expected for problem in refused.value.problems]


@pytest.mark.parametrize(
    "text",
    [
        "p90 of (time to (coverage_pct >= 90)) <= 14 d",
        "max of failed from 1 d to 14 d < 3",
        "failed at 14 d < 3",
        "failed{collection='Pilot'} at end == 0",
        "failed{collection='All endpoints'} at end >= 0 - 1",
        "coverage_pct at 21 d >= 85",
        "mean of (failed at end) < 3",
        "half width of (failed at end) < 3",
        "coverage_pct at 2026-03-20 > 3 and coverage_pct at end < 5",
        "probability (coverage_pct at end > 3) >= 0.5",
        "probability (failed at end < 3) + probability (failed at end < 9) >= 1.5",
    ],
)
def test_what_is_advised_can_be_read(text):
    parse_expectation(text, NAMES)


def test_a_number_that_no_fleet_can_have_is_refused():
    with pytest.raises(UnusableInput, match="the number is too large"):
        parse_expectation("failed at end < " + "9" * 400, NAMES)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("windows-11", "one of windows-11-21h2, windows-11-22h2, "),
        ("Windows 11", "one of windows-11-21h2, windows-11-22h2, "),
        ("windows-10", "one of windows-10-1507, "),
        ("windows-2022", 'did you mean "server-2022"?'),
        ("Windows Server 2019", 'did you mean "server-2019"?'),
        ("windows_10_22h2", 'did you mean "windows-10-22h2"?'),
        ("windos-8.1", 'did you mean "windows-8.1"?'),
    ],
)
def test_an_unknown_system_is_answered_with_the_systems_it_fits(value, message):
    names = Names(operating_systems=tuple(OPERATING_SYSTEMS))
    with pytest.raises(UnusableInput) as refused:
        parse_expectation(f"failed{{os='{value}'}} at end == 0", names)

    assert message in str(refused.value)


@pytest.mark.parametrize(
    ("label", "expected"),
    [("site", "location"), ("loc", "location"), ("system", "os"), ("colection", "collection")],
)
def test_a_synonym_of_a_label_is_answered_with_the_label(label, expected):
    with pytest.raises(UnusableInput, match=f'did you mean "{expected}"'):
        parse_expectation(f"failed{{{label}=x}} at end == 0", NAMES)


@given(st.text("=<>{}()p90 ofat,&|d", max_size=60), st.integers(0, 60))
def test_any_place_of_any_text_can_be_asked_about(text, position):
    assert isinstance(advice(text, position), str)
