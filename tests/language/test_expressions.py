"""Expressions: what they mean, how they are refused, and that text and tree are one."""

from datetime import date, time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.errors import UnusableInput
from sim.language.expressions import parse_expectation, parse_gate
from sim.language.moments import Elapsed, OnDate, OnDay
from sim.language.tree import (
    Arithmetic,
    Combination,
    Comparison,
    Filter,
    Number,
    Probability,
    Series,
    SeriesAt,
    SeriesOver,
    Statistic,
    TimeTo,
    unparse,
)
from sim.reference.causes import CAUSES
from sim.scenario.loader import load_text
from sim.units import DAY, HOUR
from sim.vocabulary import MEASURES
from tests.scenario.texts import BASE, NAMES

COVERAGE = Series("console", "coverage_pct")
AT_30 = SeriesAt(COVERAGE, Elapsed(30 * DAY))


def refusals(text, parse=parse_expectation):
    with pytest.raises(UnusableInput) as refused:
        parse(text, NAMES)
    return [str(problem) for problem in refused.value.problems]


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("coverage_pct at 30 d >= 95", Comparison(AT_30, ">=", Number(95.0))),
        ("coverage_pct at end<95%",
         Comparison(SeriesAt(COVERAGE, None), "<", Number(95.0, "%"))),
        ("failed{cause=workspace_missing} at 1 d 09:00 == 0",
         Comparison(SeriesAt(Series("console", "failed", (Filter("cause", "workspace_missing"),)),
                             OnDay(1, time(9))), "==", Number(0.0))),
        ("portal.onboarded{os!='server-2016', collection=\"It's\"} at 2026-03-20 > 1.5",
         Comparison(SeriesAt(Series("portal", "onboarded", (
             Filter("os", "server-2016", False), Filter("collection", "It's"))),
             OnDate(date(2026, 3, 20))), ">", Number(1.5))),
        ("time to (coverage_pct >= 90 for 24 h) <= 14 d",
         Comparison(TimeTo(Comparison(COVERAGE, ">=", Number(90.0), DAY)), "<=",
                    Number(14.0 * DAY, "duration"))),
        ("probability (coverage_pct at 30 d >= 95) >= 0.9",
         Comparison(Probability(Comparison(AT_30, ">=", Number(95.0))), ">=", Number(0.9))),
        ("p90 of (time to (coverage_pct >= 90)) < 1 d 12 h",
         Comparison(Statistic("p90", TimeTo(Comparison(COVERAGE, ">=", Number(90.0)))), "<",
                    Number(36.0 * HOUR, "duration"))),
        ("half width of (coverage_pct at 30 d) < 2",
         Comparison(Statistic("half width", AT_30), "<", Number(2.0))),
        ("median of (coverage_pct at 30 d) > mean of (coverage_pct at 30 d)",
         Comparison(Statistic("median", AT_30), ">", Statistic("mean", AT_30))),
        ("min of coverage_pct from 1 d to end > max of coverage_pct from 0 s to 1 d",
         Comparison(SeriesOver("min", COVERAGE, Elapsed(DAY), None), ">",
                    SeriesOver("max", COVERAGE, Elapsed(0), Elapsed(DAY)))),
        ("mean of device.coverage_pct from 1 d to 2 d != 5",
         Comparison(SeriesOver("mean", Series("device", "coverage_pct"), Elapsed(DAY),
                               Elapsed(2 * DAY)), "!=", Number(5.0))),
        ("coverage_pct at 30 d - (coverage_pct at 30 d + 1) - 2 > 0",
         Comparison(Arithmetic("-", Arithmetic("-", AT_30, Arithmetic("+", AT_30, Number(1.0))),
                               Number(2.0)), ">", Number(0.0))),
    ],
)  # fmt: skip
def test_an_expectation_is_read_as_it_is_meant(text, tree):
    """Each form of the grammar gives its tree."""
    assert parse_expectation(text, NAMES) == tree


def test_and_binds_tighter_than_or():
    """`a or b and c` is `a or (b and c)`; parentheses change it."""
    a, b, c = (Comparison(Series("console", "targeted"), ">", Number(n)) for n in (1.0, 2.0, 3.0))
    text = "targeted > 1 or targeted > 2 and targeted > 3"

    assert parse_gate(text, NAMES) == Combination("or", (a, Combination("and", (b, c))))
    assert parse_gate("(targeted > 1 or targeted > 2) and targeted > 3", NAMES) == Combination(
        "and", (Combination("or", (a, b)), c)
    )


def test_a_gate_speaks_of_now_and_may_hold():
    """In a gate a series alone means its value now, and `for` asks it to last."""
    gate = parse_gate("onboarded_pct{collection='Pilot'} >= 95 for 24 h", NAMES)

    assert gate == Comparison(
        Series("console", "onboarded_pct", (Filter("collection", "Pilot"),)),
        ">=",
        Number(95.0),
        DAY,
    )


@pytest.mark.parametrize(
    ("text", "messages"),
    [
        ("", ["column 1: the text ends too early; "
              'expected a measure, a number, a duration, "("']),
        ("coverage_pct at end >", ["column 22: the text ends too early; "
                                   'expected a measure, a number, a duration, "("']),
        ("coverage_pct at end = 5", ['column 21: "=" does not fit; '
                                     "write == for equal, >= for at least"]),
        ("coverage_pct ? 5", ['column 14: "?" does not fit; expected a comparison, "at"']),
        ("1 < 2 < 3", ['column 7: "<" does not fit; write two comparisons with "and" between']),
        ("onboarded at 30 > 5",
         ['column 14: "30" does not fit; a time has a unit: at 21 d']),
        ("onboarded{collection='Pilot} at end > 1",
         ['column 22: "\'" does not fit; expected a value, a quoted value']),
        ("cverage_pct at end > 1",
         ['column 1: unknown measure "cverage_pct"; did you mean "coverage_pct"?']),
        ("consle.onboarded at end > 0",
         ['column 1: unknown view "consle"; one of device, console, portal; '
          'did you mean "console"?']),
        ("failed{caus=x} at end > 0",
         ['column 8: failed has no label "caus"; one of collection, os, level, route, location, '
          'policy, cause; did you mean "cause"?']),
        ("onboarded{cause=workspace_missing} at end > 0",
         ['column 11: onboarded has no label "cause"; one of collection, os, level, route, '
          "location, policy"]),
        ("failed{cause=workspace_mising} at end > 0",
         ['column 14: unknown cause "workspace_mising"; did you mean "workspace_missing"?']),
        ("targeted{collection=Pilto, location=PAR} at end > 0",
         ['column 21: unknown collection "Pilto"; one of Pilot, Broad, It\'s; '
          'did you mean "Pilot"?',
          'column 37: unknown location "PAR"; one of LON']),
        ("xx{cause=y} at end > 0",
         ['column 1: unknown measure "xx"; one of ' + ", ".join(MEASURES)]),
        ("onboarded at 1 d 25:00 > 1",
         ['column 14: "1 d 25:00" is not a moment; write end, 14 d, 1 d 09:00 or 2026-03-20']),
        ("onboarded at 2026-13-45 > 1",
         ['column 14: "2026-13-45" is not a moment; write end, 14 d, 1 d 09:00 or 2026-03-20']),
        ("time to (onboarded > 1 for 0.1 s) < 2 d",
         ['column 28: "0.1 s" is not a whole number of seconds']),
        ("time to (onboarded > 1 for 0 s) < 2 d",
         ["column 28: a hold lasts at least one second"]),
        (" + ".join(["1"] * 60) + " > 1",
         ["column 1: the sum is too long; at most 40 terms"]),
        ("(" * 50, ["nested too deeply; at most 40 brackets in each other"]),
        ("1 > 1 and " * 500, ["the text is too long; at most 4000 characters"]),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_told_with_its_column(text, messages):
    """Syntax errors and unknown names say where they stand and what is near."""
    assert refusals(text) == messages


NOW = "a series means its value now"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("coverage_pct at end > 5", f"column 1: at cannot be used in when:; {NOW}"),
        ("time to (coverage_pct > 5) < 2 d", f"column 1: time to cannot be used in when:; {NOW}"),
        ("1 < min of coverage_pct from 1 d to 2 d",
         f"column 5: a value over a period cannot be used in when:; {NOW}"),
        ("probability (coverage_pct at end > 5) > 0.5",
         f"column 1: a probability cannot be taken in when:; {NOW}"),
        ("p90 of (coverage_pct at end) > 5",
         f"column 1: a statistic over replications cannot be taken in when:; {NOW}"),
    ],
)  # fmt: skip
def test_a_gate_knows_only_now(text, message):
    """Instants, periods and replications are type errors in a gate."""
    assert refusals(text, parse_gate) == [message]


ALONE = "a series alone has no value here; say when: add `at 30 d` or `at end`"
EACH = "inside a probability or a statistic; write a value of each replication"


@pytest.mark.parametrize(
    ("text", "messages"),
    [
        ("coverage_pct >= 95", [f"column 1: {ALONE}"]),
        ("probability (coverage_pct >= 95) > 0.9", [f"column 14: {ALONE}"]),
        ("p90 of (coverage_pct) > 5", [f"column 9: {ALONE}"]),
        ("coverage_pct at end > 5 for 2 h",
         ["column 1: for DURATION needs a value over time; "
          "write it inside time to (...)"]),
        ("time to (coverage_pct at end > 5) < 2 d",
         ["column 10: at cannot be used inside time to (...); "
          "a series is checked at every instant"]),
        ("time to (time to (coverage_pct > 5) < 2 d) < 2 d",
         ["column 10: time to cannot be used inside time to (...); "
          "a series is checked at every instant"]),
        ("probability (probability (coverage_pct at end > 5) > 0.5) > 0.5",
         [f"column 14: a probability cannot be taken {EACH}"]),
        ("p90 of (mean of (coverage_pct at end)) > 5",
         [f"column 9: a statistic over replications cannot be taken {EACH}"]),
        ("time to (coverage_pct >= 90) <= 14",
         ["column 33: a bare number is compared with a duration; write 14 d"]),
        ("14 >= time to (coverage_pct >= 90)",
         ["column 7: a duration is compared with a bare number; write 14 d"]),
        ("coverage_pct at end > 3 d",
         ["column 23: a duration is compared with a percentage; "
          "write the number without a unit of time"]),
        ("1 > 3 d", ["column 5: a duration is compared with a bare number; "
                     "compare it with a duration"]),
        ("probability (coverage_pct at 30 d >= 95) >= 90",
         ["column 45: a probability lies between 0 and 1; write 0.9 for 90 %"]),
        ("90 <= probability (coverage_pct at 30 d >= 95)",
         ["column 7: a probability lies between 0 and 1; write 0.9 for 90 %"]),
        ("probability (coverage_pct at 30 d >= 95) >= 90 %",
         ["column 45: a percentage is compared with a probability; write 0.9"]),
        ("onboarded at end >= 95 %",
         ["column 21: a percentage is compared with a number of devices; "
          "use the measure that ends in _pct for percentages"]),
        ("onboarded at end + coverage_pct at end > 1",
         ["column 20: a percentage is added to or subtracted from a number of devices; "
          "use the measure that ends in _pct for percentages"]),
        ("1 + onboarded at end > coverage_pct at end",
         ["column 24: a percentage is compared with a number of devices; "
          "use the measure that ends in _pct for percentages"]),
    ],
)  # fmt: skip
def test_types_are_checked_before_anything_runs(text, messages):
    """What cannot be compared, added or used in its place is refused with advice."""
    assert refusals(text) == messages


def test_all_problems_of_a_condition_come_at_once():
    """Unknown names and wrong types are reported together."""
    assert refusals("cverage_pct at end > 1 and onboarded > 3") == [
        'column 1: unknown measure "cverage_pct"; did you mean "coverage_pct"?',
        f"column 28: {ALONE}",
    ]


def test_the_conditions_of_a_scenario_are_parsed_once():
    """Gates by plan step and expectations in order."""
    text = BASE + "  - {when: targeted > 3, pause: Onboard}\nexpect: [coverage_pct at 30 d >= 95]\n"
    conditions = load_text(text).conditions

    assert conditions.gates == {1: Comparison(Series("console", "targeted"), ">", Number(3.0))}
    assert conditions.expectations == (Comparison(AT_30, ">=", Number(95.0)),)


NUMBERS = st.one_of(
    st.floats(0, 1e6).map(lambda value: Number(abs(value))),
    st.integers(0, 100).map(lambda value: Number(float(value), "%")),
    st.integers(0, 10**8).map(lambda value: Number(float(value), "duration")),
)
CLOCKS = st.builds(time, st.integers(0, 23), st.integers(0, 59))
MOMENTS = st.one_of(
    st.none(),
    st.integers(0, 10**8).map(Elapsed),
    st.builds(OnDay, st.integers(0, 999), CLOCKS),
    st.builds(OnDate, st.dates(), CLOCKS),
)
FILTERS = st.one_of(
    st.builds(Filter, st.just("collection"), st.sampled_from(NAMES.collections), st.booleans()),
    st.builds(Filter, st.just("os"), st.sampled_from(NAMES.operating_systems), st.booleans()),
    st.builds(Filter, st.just("cause"), st.sampled_from(CAUSES), st.booleans()),
)
SERIES = st.builds(
    Series,
    st.sampled_from(["device", "console", "portal"]),
    st.sampled_from(["failed", "waiting"]),
    st.lists(FILTERS, max_size=3).map(tuple),
)
OPERATORS = st.sampled_from(["==", "!=", "<", "<=", ">", ">="])


def conditions(terms, hold):
    """Any condition over *terms* that are all numbers of devices, as the parser would build it."""
    sums = st.recursive(
        terms | st.floats(0, 1e6).map(Number),
        lambda inner: st.builds(Arithmetic, st.sampled_from("+-"), inner, inner),
        max_leaves=4,
    )
    compared = st.builds(Comparison, sums, OPERATORS, sums, hold)
    return st.recursive(
        compared,
        lambda inner: st.builds(
            Combination,
            st.sampled_from(["and", "or"]),
            st.lists(inner, min_size=2, max_size=3).map(tuple),
        ),
        max_leaves=5,
    )


HOLDS = st.none() | st.integers(1, 10**6)
GATES = conditions(SERIES, HOLDS)
FIXED = st.one_of(
    st.builds(SeriesAt, SERIES, MOMENTS),
    st.builds(SeriesOver, st.sampled_from(["min", "max", "mean"]), SERIES, MOMENTS, MOMENTS),
)
DURATIONS = st.integers(0, 10**8).map(lambda value: Number(float(value), "duration"))
TIMES = st.builds(TimeTo, GATES)
NAMES_OF_STATISTICS = st.sampled_from(["p1", "p10", "p50", "p99", "mean", "median", "half width"])
EXPECTATIONS = st.one_of(
    conditions(FIXED | st.builds(Statistic, NAMES_OF_STATISTICS, FIXED), st.none()),
    st.builds(Comparison, TIMES | st.builds(Statistic, NAMES_OF_STATISTICS, TIMES), OPERATORS,
              DURATIONS),
    st.builds(Comparison, st.builds(Probability, conditions(FIXED, st.none())), OPERATORS,
              st.floats(0, 1).map(Number)),
)  # fmt: skip


@settings(max_examples=100)
@given(GATES)
def test_a_gate_and_its_text_are_one(tree):
    """Writing a gate and reading it again gives the same tree."""
    assert parse_gate(unparse(tree), NAMES) == tree


@settings(max_examples=100)
@given(EXPECTATIONS)
def test_an_expectation_and_its_text_are_one(tree):
    """Writing an expectation and reading it again gives the same tree."""
    assert parse_expectation(unparse(tree), NAMES) == tree


@settings(max_examples=50)
@given(NUMBERS)
def test_a_number_and_its_text_are_one(number):
    """Bare numbers, percentages and durations survive being written."""
    tree = Comparison(number, ">", number)

    assert parse_expectation(unparse(tree), NAMES) == tree
