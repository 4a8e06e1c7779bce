"""What a check found, in words and on a terminal."""

import math
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.checking.results import BaselineResult
from sim.checking.text import MAX_DIFFERENCES, WIDTH, check_lines, totals
from sim.judging.expectations import ExpectationResult
from sim.text.expectations import (
    bound_words,
    expectation_sentence,
    finding,
    interval_words,
    margin_words,
    observed_words,
    why_words,
)
from sim.units import DAY, HOUR
from tests.checking.checks import (
    ALL,
    DOUBTED,
    EMPTY,
    EVERYTHING,
    FAILED,
    LATE,
    LIKE_BEFORE,
    NEVER,
    NOTED,
    OPEN,
    PASSED,
    REGRESSED,
    REPLAY_OF_12,
    REPORTED,
    UNUSABLE,
    WARNED,
    WITHOUT_BASELINE,
    checked,
)


def judged(observed, bound, operator=">=", kind="number", outcome="failed", **changes):
    gap = observed - bound
    if operator in ("<", "<="):
        gap = -gap
    elif operator in ("==", "!="):
        gap = -abs(gap) if operator == "==" else abs(gap)
    return ExpectationResult(
        f"x at end {operator} {bound}", outcome, observed, False, bound, operator, gap, kind,
        **changes,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("observed", "bound", "kind", "words"),
    [
        (91.8, 95.0, "percent", "91.8 %"),
        (94.97, 95.0, "percent", "94.97 %"),
        (99.999, 95.0, "percent", "99.999 %"),
        (100.0, 95.0, "percent", "100 %"),
        (0.0, 95.0, "percent", "0 %"),
        (0.004, 95.0, "percent", "0.004 %"),
        (-3.0, -1.0, "percent", "-3.0 %"),
        (1.0, 3.0, "devices", "1 device"),
        (12034.0, 3.0, "devices", "12,034 devices"),
        (12.5, 3.0, "devices", "12.5 devices"),
        (3.5 * DAY, 7.0 * DAY, "duration", "3.5 days"),
        (7.0 * DAY + 1, 7.0 * DAY, "duration", "7 days 1 second"),
        (90.0, 7.0 * DAY, "duration", "1.5 minutes"),
        (9.0, 7.0 * DAY, "duration", "9 seconds"),
        (0.0, 7.0 * DAY, "duration", "0 seconds"),
        (-2.0 * HOUR, 7.0 * DAY, "duration", "-2 hours"),
        (0.85, 0.9, "probability", "0.85"),
        (0.8999, 0.9, "probability", "0.8999"),
        (1.0, 0.9, "probability", "1"),
        (2.25, 3.0, "number", "2.25"),
    ],
)
def test_what_was_observed_has_its_unit_and_never_reads_as_its_bound(observed, bound, kind, words):
    assert observed_words(judged(observed, bound, kind=kind)) == words


@pytest.mark.parametrize(
    ("observed", "bound", "operator", "kind", "words"),
    [
        (97.3, 95.0, ">=", "percent", "met by 2.3 points"),
        (91.8, 95.0, ">=", "percent", "short by 3.2 points"),
        (94.97, 95.0, ">=", "percent", "short by 0.03 points"),
        (6.0, 5.0, "<", "percent", "over by 1 point"),
        (8.5 * DAY, 7.0 * DAY, "<=", "duration", "over by 1.5 days"),
        (5.5 * DAY, 7.0 * DAY, "<=", "duration", "met by 1.5 days"),
        (13.0, 1.0, "<=", "devices", "12 devices too many"),
        (1.0, 2.0, ">=", "devices", "1 device too few"),
        (13.0, 1.0, "==", "devices", "off by 12 devices"),
        (1.0, 1.0, "==", "devices", "exactly"),
        (1.0, 1.0, "!=", "devices", "the same value"),
        (95.0, 95.0, ">=", "percent", "exactly at the bound"),
        (0.85, 0.9, ">=", "probability", "short by 0.05"),
    ],
)
def test_the_margin_says_by_how_much_it_is_met_or_missed(observed, bound, operator, kind, words):
    outcome = "passed" if words.startswith(("met", "exactly")) else "failed"

    assert margin_words(judged(observed, bound, operator, kind, outcome)) == words


def test_what_has_no_number_says_why():
    assert observed_words(EMPTY) == "no data"
    assert observed_words(NEVER) == "not reached"
    assert observed_words(OPEN) == "5.4 days or more"
    too_early = ExpectationResult(NEVER.text, "inconclusive", None, kind="duration", held=0,
                       why="the run ends too early to tell", reason="too_early",
                       at_least=30.0 * DAY)  # fmt: skip
    assert finding(too_early) == "not reached; the run ends too early to tell"
    unknown = ExpectationResult("probability (x) >= 0.9", "failed", None, kind="probability",
                     interval=(0.1, 0.4), of=20)  # fmt: skip
    assert finding(unknown) == "no single value, interval 0.1 to 0.4"
    assert margin_words(EMPTY) == ""
    assert margin_words(NEVER) == "over by 23 days or more"


def test_missing_data_in_some_replications_are_reported_whole():
    why = "no data in 2 of 5 replications: nobody is in it"
    some = ExpectationResult("x", "inconclusive", None, why=why, reason="no_data", of=5)

    assert why_words(some) == "in 2 of 5 replications: nobody is in it"
    assert finding(some) == "no data; in 2 of 5 replications: nobody is in it"


def test_what_is_about_too_few_devices_is_sure_of_what_it_saw():
    few = judged(0.0, 0.0, "==", "devices", "inconclusive", reason="too_few_devices",
                 why="it is about 0 devices, fewer than 1")  # fmt: skip

    assert margin_words(few) == "exactly"


def test_an_interval_may_be_open_at_its_ends():
    assert interval_words(DOUBTED) == "0.74 to 0.98"
    assert interval_words(OPEN) == "5.2 days or more"
    ends = {(-math.inf, 3.0): "3 or less", (-math.inf, math.inf): "", (0.96, 1.0): "0.96 to 1"}
    for interval, words in ends.items():
        assert interval_words(ExpectationResult("x", "passed", 2.0, interval=interval)) == words
    assert (
        interval_words(ExpectationResult("x", "passed", 2.0, interval=(0.0, math.nan)))
        == "0 to no data"
    )


def test_a_sentence_holds_everything_that_was_found():
    assert expectation_sentence(FAILED) == (
        "coverage_pct at 30 d >= 95 failed: met in 17 of 20 replications; the worst, replication"
        " 12, observed 91.8 %, short by 3.2 points"
    )
    assert expectation_sentence(LATE) == (
        "time to (coverage_pct >= 90) <= 7 d failed: observed 8.5 days, over by 1.5 days"
    )
    assert expectation_sentence(DOUBTED) == (
        "probability (coverage_pct at 30 d >= 95) >= 0.9 is inconclusive: observed 0.92, met by"
        " 0.02, not certain, interval 0.74 to 0.98; 20 replications are too few for the confidence"
        " stated"
    )
    assert expectation_sentence(REPORTED).startswith("inactive at end <= 40 failed (report only): ")


def test_an_expectation_held_everywhere_names_its_closest_replication():
    everywhere = judged(96.0, 95.0, ">=", "percent", "passed", held=20, of=20, replication=3)

    assert finding(everywhere).startswith("met in all 20 replications; the closest, replication 3")


def test_of_several_comparisons_the_one_that_decided_is_reported():
    text = "a at end >= 5 and b at end == 0"
    combined = ExpectationResult(
        text, "failed", 2.0, bound=0.0, operator="==", margin=-2.0, kind="devices", held=0
    )

    assert finding(combined) == "observed 2 devices, expected == 0 devices, off by 2 devices"
    assert bound_words(ExpectationResult("x", "failed", 2.0)) == ""


def test_each_expectation_stands_whole_with_its_mark_its_value_and_its_margin():
    lines = check_lines([checked(*ALL)])
    starts = [n for n, line in enumerate(lines) if line[:3].strip()]

    blocks = [" ".join(" ".join(lines[n:m]).split()) for n, m in pairwise([*starts, len(lines)])]

    for one in ALL:
        word = "reported" if one is REPORTED else one.outcome
        told = [block for block in blocks if block.startswith(f"{word} {one.text} ")]
        assert any(observed_words(one) in block and margin_words(one) in block for block in told)


def test_long_expectations_that_differ_at_one_place_read_differently():
    long = (
        "max of failed{collection='Pilot'} from 1 d to 20 d + coverage_pct{os='NAME'} at end >= 95"
    )
    lines = check_lines([checked(*(replace(PASSED, text=long.replace("NAME", n)) for n in "ab"))])

    assert any("os='a'" in line for line in lines)
    assert any("os='b'" in line for line in lines)
    assert sum(line == f"{' ' * 16}observed 97.3 %, met by 2.3 points" for line in lines) == 2


def test_lines_fit_80_columns_unless_a_value_or_a_command_is_longer():
    *lines, _ = check_lines([checked(*ALL)])
    longer = ("replay:", "5.2 days or more")

    wide = [line for line in lines if len(line) > WIDTH]
    assert [line for line in wide if not any(part in line for part in longer)] == []


def test_what_did_not_pass_says_how_to_see_it_again():
    text = "\n".join(check_lines([checked(FAILED, EMPTY, WARNED, PASSED)]))

    assert f"replay: {REPLAY_OF_12}\n" in text
    assert text.count("replay:") == 2
    assert "met in 17 of 20 replications; the worst is replication 12" in text


def test_what_only_reports_is_marked_and_not_counted():
    lines = check_lines([checked(PASSED, REPORTED)])

    assert any(line.strip() == "failed, but report only: it does not count" for line in lines)
    assert lines[-1] == "1 scenario: 1 expectation passed; 1 report only"


def test_an_unusable_scenario_shows_each_problem_unless_they_stand_beside_it():
    begin = ["scenarios/broken.yaml: broken", "  unusable: 2 problems"]
    end = ["", "1 scenario: 1 scenario unusable"]

    assert check_lines([UNUSABLE]) == [*begin, *map(str, UNUSABLE.problems), *end]
    assert check_lines([UNUSABLE], has_problems=False) == [*begin, *end]


def test_a_baseline_shows_what_it_covers_and_what_differs():
    text = "\n".join(check_lines([REGRESSED]))

    assert "  regression    baseline: 14 figures of 2 instants\n" in text
    assert " coverage_pct at 14 d fell from 97.3 to 91.8\n" in text
    assert "replay: fleetsim run scenarios/drift.yaml --seed 7\n" in text


def test_many_differences_are_counted():
    told = tuple(f"difference {number}" for number in range(MAX_DIFFERENCES + 1000))
    one = checked(PASSED, baseline=BaselineResult("regression", "much", told))

    assert "                and 1,000 more, in the JSON" in check_lines([one])


def test_the_last_line_adds_everything_up():
    assert totals(EVERYTHING) == (
        "7 scenarios: 5 expectations passed, 1 warned, 4 failed, 2 inconclusive; 1 report only;"
        " 1 scenario as before, 1 scenario with a regression, 1 scenario inconclusive and"
        " 1 scenario without a baseline; 1 scenario unusable; 1 scenario not run"
    )
    assert totals([NOTED]) == "1 scenario: 1 scenario not run"
    assert totals([]) == "0 scenarios: nothing checked"


def test_a_scenario_that_did_not_run_says_why_and_counts_no_devices():
    name, seed, note, _, _ = check_lines([NOTED])

    assert name == "scenarios/noted.yaml: Pilot, then everybody"
    assert seed == "seed 7"
    assert note == "  not run       Not run, because other scenarios are unusable."


@pytest.mark.parametrize(
    ("one", "is_told"),
    [
        (checked(PASSED), False),
        (LIKE_BEFORE, False),
        (checked(PASSED, WARNED), True),
        (checked(PASSED, REPORTED), True),
        (REGRESSED, True),
        (WITHOUT_BASELINE, True),
    ],
)
def test_remarks_are_made_only_where_something_did_not_pass(one, is_told):
    lines = check_lines([replace(one, notes=("Take heed.",))])

    assert ("  note: Take heed." in lines) is is_told


def test_only_the_mark_is_painted():
    lines = check_lines([checked(FAILED)], lambda word, outcome: f"<{outcome}:{word}>")

    assert lines[2].startswith("  <failed:failed>        coverage_pct")


@given(st.text(), st.text(), st.text(), st.text())
def test_no_text_breaks_a_line_or_steers_a_terminal(name, file, expression, why):
    one = ExpectationResult(expression, "inconclusive", None, why=why)
    against = BaselineResult("regression", why, (name,))

    lines = check_lines([checked(one, name=name, file=file, baseline=against, notes=(why,))])

    assert all(line.isprintable() for line in lines)
    assert expectation_sentence(one).isprintable()


@pytest.mark.parametrize(
    ("observed", "told"),
    [
        (7 * DAY + 0.4, "observed 7 days 0.4 seconds, over by 0.4 seconds"),
        (7 * DAY + 75.5, "observed 7 days 1 minute 16 seconds, over by 1.3 minutes"),
        (7 * DAY - 0.25, "observed 6 days 23 hours 59 minutes 59.75 seconds, met by 0.25 seconds"),
    ],
)
def test_a_time_is_distinguished_from_its_bound_by_the_parts_of_a_second(observed, told):
    late = ExpectationResult(
        "p90 of (time to (coverage_pct >= 90)) <= 7 d",
        "failed" if observed > 7 * DAY else "passed",
        observed,
        bound=7.0 * DAY,
        operator="<=",
        margin=7 * DAY - observed,
        kind="duration",
    )

    assert told in finding(late)


def test_a_level_that_the_horizon_cuts_off_is_not_at_its_bound():
    """`time to (...) <= 21 d` in a run of 21 days that does not reach it."""
    never = replace(NEVER, margin=0.0, margin_is_least=True)

    assert margin_words(never) == ""
    assert "exactly" not in finding(never)
