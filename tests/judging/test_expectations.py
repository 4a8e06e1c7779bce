"""Expectations checked on a handmade run: every form of the grammar, and what is inconclusive."""

from datetime import datetime

import pytest

from sim.judging.expectations import judge as judge_expectation
from sim.judging.observations import Observer
from sim.language.expressions import parse_expectation
from sim.measures.series import SeriesReader
from sim.scenario.calendar import SiteClock
from sim.scenario.model import Expectation
from sim.units import DAY
from tests.measures.handmade import ANY, Handmade, device

HORIZON = 10 * DAY


def run():
    """Return ten targeted devices; one onboards at the start of each of the days 1 to 8."""
    made = Handmade(*(device(f"pc-{n}") for n in range(10)), horizon=HORIZON)
    made.target(0, *made.names)
    for day in range(1, 9):
        made.onboard(day * DAY, f"pc-{day}")
    made.log(0, "pc-1", "member_added", collection="Some")
    return made


@pytest.fixture(scope="module")
def judge():
    clock = SiteClock(datetime(2026, 3, 2), "Europe/London")
    return Observer(SeriesReader(run().tally()), clock, HORIZON)


def judged(judge, text, **options):
    expectation = Expectation(expr=text, **options)
    condition = parse_expectation(text, ANY)
    return judge_expectation(expectation, condition, [judge.observe(condition)])


@pytest.mark.parametrize(
    ("text", "outcome", "observed"),
    [
        # a value at an instant: elapsed, wall clock on a day, date, end
        ("device.coverage_pct at 4 d >= 30", "passed", 30),
        ("device.coverage_pct at 4 d > 30", "failed", 30),
        ("device.coverage_pct at 4 d 00:01 == 40", "passed", 40),
        ("device.coverage_pct at 2026-03-06 12:00 == 40", "passed", 40),
        ("device.coverage_pct at 2026-03-06 <= 29", "failed", 30),
        ("device.coverage_pct at end == 80", "passed", 80),
        ("onboarded at end != 8", "failed", 8),
        ("onboarded{collection=Some} at end < 2", "passed", 1),
        # the console hears ten seconds later
        ("onboarded at 1 d 5 s == 0", "passed", 0),
        ("onboarded at 1 d 11 s == 1", "passed", 1),
        # over a period
        ("min of device.onboarded from 3 d to 5 d == 2", "passed", 2),
        ("max of device.onboarded from 3 d to 5 d == 4", "passed", 4),
        ("max of device.onboarded from 3 d to 3 d == 2", "passed", 2),
        ("mean of device.onboarded from 2 d 1 s to 4 d 1 s == 2.5", "passed", 2.5),
        ("mean of device.onboarded from 9 d to end == 8", "passed", 8),
        # sums and differences
        ("onboarded at end + waiting at end == 10", "passed", 10),
        ("device.onboarded at 5 d - device.onboarded at 3 d >= 3", "failed", 2),
        ("device.onboarded at 5 d - (device.onboarded at 3 d + 1) == 1", "passed", 1),
        # times
        ("time to (device.onboarded >= 3) <= 3 d", "passed", 3 * DAY),
        ("time to (device.onboarded >= 3) < 3 d", "failed", 3 * DAY),
        ("time to (onboarded >= 3) == 3 d 10 s", "passed", 3 * DAY + 10),
        ("time to (device.onboarded >= 0) == 0 s", "passed", 0),
        ("time to (device.onboarded == 3 for 6 h) == 3 d 6 h", "passed", 3 * DAY + DAY / 4),
        ("time to (device.onboarded == 3 for 24 h) <= 10 d", "failed", None),
        ("time to (device.onboarded >= 8 for 2 d) == 10 d", "passed", 10 * DAY),
        ("time to (device.onboarded >= 8 for 49 h) <= 10 d", "failed", None),
        ("time to (device.onboarded >= 3 and onboarded >= 2) == 3 d", "passed", 3 * DAY),
        ("time to (device.onboarded >= 7 or onboarded >= 2) == 2 d 10 s", "passed", 2 * DAY + 10),
        (
            "time to (device.onboarded >= 5) - time to (device.onboarded >= 2) <= 3 d",
            "passed",
            3 * DAY,
        ),
    ],
)
def test_each_form_of_the_grammar(judge, text, outcome, observed):
    found = judged(judge, text)

    assert (found.outcome, found.observed) == (outcome, observed)
    assert found.text == text


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        ("time to (device.onboarded >= 9) <= 9 d", "failed"),
        ("time to (device.onboarded >= 9) <= 10 d", "failed"),
        ("time to (device.onboarded >= 9) <= 11 d", "inconclusive"),
        ("time to (device.onboarded >= 9) < 10 d 1 s", "inconclusive"),
        ("time to (device.onboarded >= 9) >= 9 d", "passed"),
        ("time to (device.onboarded >= 9) >= 11 d", "inconclusive"),
        ("10 d < time to (device.onboarded >= 9)", "passed"),
        ("10 d >= time to (device.onboarded >= 9)", "failed"),
        ("time to (device.onboarded >= 9) == 9 d", "failed"),
        ("time to (device.onboarded >= 9) == 12 d", "inconclusive"),
        ("time to (device.onboarded >= 9) != 9 d", "passed"),
        # the level came no earlier than day 10, so nine days or more after the first
        ("time to (device.onboarded >= 9) - time to (device.onboarded >= 1) <= 8 d", "failed"),
        ("time to (device.onboarded >= 9) - time to (device.onboarded >= 1) <= 9 d", "failed"),
        (
            "time to (device.onboarded >= 9) - time to (device.onboarded >= 1) <= 10 d",
            "inconclusive",
        ),
        ("time to (device.onboarded >= 1) - time to (device.onboarded >= 9) <= 1 d", "passed"),
        (
            "time to (device.onboarded >= 9) - time to (device.onboarded >= 10) <= 1 d",
            "inconclusive",
        ),
        ("time to (device.onboarded >= 9) <= time to (device.onboarded >= 10)", "inconclusive"),
        ("time to (device.onboarded >= 1) <= time to (device.onboarded >= 9)", "passed"),
    ],
)
def test_a_level_not_reached_fails_inside_the_horizon_and_is_open_beyond_it(judge, text, outcome):
    assert judged(judge, text).outcome == outcome


NO_DATA = "coverage_pct{os=windows-7}"


@pytest.mark.parametrize(
    "text",
    [
        f"{NO_DATA} at end >= 0",
        f"{NO_DATA} at end <= 100",
        f"{NO_DATA} at end != 50",
        f"min of {NO_DATA} from 1 d to end >= 0",
        f"max of {NO_DATA} from 1 d to end >= 0",
        f"mean of {NO_DATA} from 1 d to end <= 100",
        f"{NO_DATA} at end + 5 >= 0",
        f"coverage_pct at end - {NO_DATA} at end <= 100",
        f"100 >= {NO_DATA} at end",
        "gauge_pct at 0 s >= 0",
        "mean of gauge_pct from 0 s to end >= 0",
        f"probability ({NO_DATA} at end >= 0) >= 0",
    ],
)
def test_no_data_never_passes(judge, text):
    assert judged(judge, text).outcome == "inconclusive"


@pytest.mark.parametrize("bound", ["<= 1 d", ">= 1 d", "<= 90 d", ">= 0 s"])
def test_of_the_time_to_a_level_of_nothing_nothing_can_be_said(bound, judge):
    one = judged(judge, f"time to ({NO_DATA} >= 0) {bound}")

    assert (one.outcome, one.reason) == ("inconclusive", "no_data")
    assert one.why == "no data: no eligible device is in it at the end"


def test_what_has_data_can_be_reached_beside_what_has_none(judge):
    assert judged(judge, f"time to ({NO_DATA} <= 100 or onboarded >= 1) == 1 d 10 s").outcome == (
        "passed"
    )


@pytest.mark.parametrize(
    "text",
    [
        "probability (onboarded at end >= 8) >= 0.5",
        "p10 of (onboarded at end) >= 0",
        "p90 of (time to (onboarded >= 1)) <= 9 d",
        "mean of (onboarded at end) >= 0",
        "median of (onboarded at end) >= 0",
        "half width of (onboarded at end) <= 100",
    ],
)
def test_what_needs_several_replications_is_inconclusive_with_one(judge, text):
    assert judged(judge, text).outcome == "inconclusive"


TRUE, FALSE, OPEN = "onboarded at end == 8", "onboarded at end == 9", f"{NO_DATA} at end >= 0"


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        (f"{TRUE} and {TRUE}", "passed"),
        (f"{TRUE} and {FALSE}", "failed"),
        (f"{OPEN} and {FALSE}", "failed"),
        (f"{OPEN} and {TRUE}", "inconclusive"),
        (f"{FALSE} or {TRUE}", "passed"),
        (f"{OPEN} or {TRUE}", "passed"),
        (f"{OPEN} or {FALSE}", "inconclusive"),
        (f"{FALSE} or {FALSE}", "failed"),
        (f"{TRUE} or {TRUE} and {FALSE}", "passed"),
        (f"({TRUE} or {TRUE}) and {FALSE}", "failed"),
        (f"{FALSE} and {OPEN} or {TRUE}", "passed"),
        (f"{OPEN} or {TRUE} and {FALSE}", "inconclusive"),
    ],
)
def test_and_binds_tighter_than_or_and_a_doubt_decides_only_where_it_matters(judge, text, outcome):
    assert judged(judge, text).outcome == outcome


def test_the_value_shown_is_that_of_the_comparison_that_decided(judge):
    assert judged(judge, f"{TRUE} and waiting at end == 5").observed == 2
    assert judged(judge, f"{OPEN} or waiting at end == 2").observed == 2


def test_too_few_devices_make_an_expectation_inconclusive_whatever_it_would_be(judge):
    assert judged(judge, TRUE, min_devices=10).outcome == "passed"
    assert judged(judge, TRUE, min_devices=11).outcome == "inconclusive"
    assert judged(judge, FALSE, min_devices=11).outcome == "inconclusive"
    sliced = "onboarded{collection=Some} at end == 1"
    assert judged(judge, sliced, min_devices=1).outcome == "passed"
    assert judged(judge, sliced, min_devices=2).outcome == "inconclusive"
    assert judged(
        judge, f"time to ({TRUE.replace(' at end', '')}) <= 9 d", min_devices=11
    ).outcome == ("inconclusive")


def test_a_warning_is_given_instead_of_a_failure_only(judge):
    assert judged(judge, FALSE, severity="warn").outcome == "warned"
    assert judged(judge, TRUE, severity="warn").outcome == "passed"
    assert judged(judge, OPEN, severity="warn").outcome == "inconclusive"
    assert judged(judge, FALSE, report_only=True).report_only


def test_the_summary_shows_text_outcome_and_a_rounded_value(judge):
    text = "mean of device.onboarded from 0 s to 7 d == 3"
    shown = judged(judge, text).as_summary()

    assert list(shown.items()) == [("text", text), ("outcome", "failed"), ("observed", 2.99999)]
