"""The summary fits one screen, says what to do, and drops nothing silently."""

from datetime import datetime

import pytest

from sim.reference.causes import CAUSE_TABLE, CAUSES, Cause
from sim.runs.refused_steps import RefusedStep
from sim.text.numbers import percent_text, remedy_for, share_of, wall_time
from sim.text.summary import LINES, summary_lines
from sim.units import DAY
from tests.report.sample import START, expectation, summary

VIEW = "(in the console unless they name another view)"


def lines(width=90, report_path="results/x-7/report.html", start=START, **changes):
    figures = summary(**changes)
    return summary_lines(figures, figures["expectations"], start, width, report_path=report_path)


def test_the_statuses_stand_with_their_shares_and_the_console_beside():
    shown = lines()

    assert shown[0] == "Workspace key missing · seed 7"
    assert shown[1] == "2,000 devices at the end: 1,932 eligible, 68 not eligible"
    assert shown[2] == (
        "  Onboarded        1,645    85.1 % of eligible   (console 1,630, portal 1,628)"
    )
    assert shown[3] == (
        "  Protected        1,575    81.5 % of eligible   (onboarded and reporting)"
    )
    assert shown[4] == "  Failed             225    11.6 %"


def test_every_cause_has_its_remedy_and_failures_come_before_waits():
    shown = lines(expectations=summary()["expectations"][:2])
    places = [
        next(n for n, line in enumerate(shown) if f"({cause}, " in line)
        for cause in ("workspace_missing", "os_not_supported", "network_blocked", "never_online")
    ]

    assert places == sorted(places)
    assert CAUSE_TABLE["network_blocked"].remedy in shown[places[2] + 1]


def test_coverage_says_when_and_what_is_not_reached():
    assert (
        "Coverage, on the devices: 50 % 4.4 days (6 Mar) · 90 % not reached · 95 % not reached"
        in (lines(100))
    )


def test_unmet_expectations_come_first():
    shown = lines()
    place = shown.index(f"Expectations: 1 of 3 passed {VIEW}")

    assert shown[place + 1] == "  failed       coverage_pct at 30 d >= 95 (observed 85.14)"
    assert shown[place + 3].startswith("  passed ")


@pytest.mark.parametrize(
    ("text", "is_of_console"),
    [
        ("coverage_pct at end >= 95", True),
        ("time to (device.failed{cause=clock_skew} >= 9) <= 7 d", False),
        ("device.failed{collection='all failed'} at end < portal . onboarded at end", False),
        ("device.failed at end < 9 or failed at 3 d < 9", True),
    ],
)
def test_expectations_that_all_name_a_view_need_no_word_about_it(text, is_of_console):
    shown = lines(expectations=[expectation(text, "passed", "observed 1")])

    assert (f"Expectations: 1 of 1 passed {VIEW}" in shown) == is_of_console
    assert ("Expectations: 1 of 1 passed" in shown) != is_of_console


def test_the_report_is_named_last_and_whole():
    path = "results/" + "long" * 40 + "/report.html"

    assert lines(report_path=path)[-1] == f"Report: {path}"
    assert "Report" not in "".join(lines(report_path=""))


@pytest.mark.parametrize("width", [80, 100])
@pytest.mark.parametrize("causes", [{}, {"clock_skew": 1}, dict.fromkeys(CAUSES, 5)])
@pytest.mark.parametrize("times", [0, 1, 9])
def test_the_summary_fits_one_screen(width, causes, times):
    expectations = summary()["expectations"] * times
    times_to = {"50": 10 * DAY, "90": 20 * DAY, "95": 29 * DAY}

    shown = lines(width, causes=causes, expectations=expectations, time_to=times_to, offboarded=1)

    assert len(shown) <= LINES
    assert max(len(line) for line in shown) <= width


def test_what_does_not_fit_is_counted():
    shown = lines(causes=dict.fromkeys(CAUSES, 5), expectations=summary()["expectations"] * 9)
    told = sum(1 for line in shown if line.startswith("      5  "))

    assert (
        f"{5 * (len(CAUSES) - 1 - told):>7}  {len(CAUSES) - 1 - told} more causes, in the report"
        in shown
    )
    assert "  and 22 more, in the report" in shown


def test_one_cause_that_is_left_is_named_rather_than_counted():
    causes = {"clock_skew": 9, "dotnet_missing": 8, "install_failed": 7, "agent_outdated": 6}
    shown = lines(causes=causes, expectations=(summary()["expectations"] * 2)[:4])

    assert "      6  MMA too old (agent_outdated, MMA-5)" in shown
    assert not any("more cause" in line for line in shown)
    more = lines(
        causes=causes | {"network_blocked": 5}, expectations=(summary()["expectations"] * 2)[:5]
    )
    assert any(line.endswith("  2 more causes, in the report") for line in more)


def test_no_eligible_devices_show_no_percentages():
    shown = lines(eligible=0, onboarded=0, failed=0, waiting=0, not_targeted=0, causes={})

    assert "  Failed               0         –" in shown


def test_below_long_expectations_stands_what_was_observed():
    fits, long = "y" * 40 + " >= 7", "y" * 60 + " >= 7"
    asked = [expectation(text, "failed", "observed 1") for text in (fits, long)]
    shown = lines(80, expectations=asked)
    endless = lines(80, expectations=[expectation("x" * 200 + ">= 7", "failed", "observed 1")])

    assert f"  failed       {fits} (observed 1)" in shown
    place = shown.index(f"  failed       {long}")
    assert shown[place + 1] == "               observed 1"
    place = endless.index(f"  failed       {'x' * 65}")
    assert endless[place + 1 : place + 6] == [
        *[" " * 15 + "x" * 65] * 2,
        " " * 15 + "x" * 5 + ">= 7",
        " " * 15 + "observed 1",
        *endless[place + 5 : place + 6],
    ]


def test_expectations_that_one_replication_cannot_judge_are_counted():
    few = "too_few_replications"
    asked = [expectation(f"x{n}", "inconclusive", "few", reason=few) for n in range(2)]
    shown = lines(expectations=[*asked, expectation("failed at end > 0", "passed", "observed 1")])

    place = shown.index(f"Expectations: 1 of 3 passed {VIEW}")
    assert shown[place + 1 : place + 3] == [
        "  passed       failed at end > 0 (observed 1)",
        "  2 need several replications; set replications",
    ]
    alone = lines(expectations=asked[:1])
    place = alone.index("Expectations: 0 of 1 passed")
    assert alone[place + 1] == "  1 needs several replications; set replications"


def test_a_replication_that_is_not_the_first_is_named():
    figures = summary()
    told = summary_lines(figures, [], START, replication=12)

    assert told[0] == "Workspace key missing · seed 7 · replication 12"


def test_long_lines_are_wrapped_and_nothing_is_cut():
    shown = lines(80, scenario="y" * 100)

    assert shown[:2] == ["y" * 80, " " * 10 + "y" * 20 + " · seed 7"]
    assert not any("…" in line for line in lines(80, causes=dict.fromkeys(CAUSES, 5)))


def test_a_remedy_stands_whole_or_not_at_all():
    shown = "\n".join(lines(80, causes=dict.fromkeys(CAUSES, 5)))
    remedies = [
        " ".join(CAUSE_TABLE[cause].remedy.split()) for cause in CAUSES if cause in CAUSE_TABLE
    ]
    flat = " ".join(shown.split())
    begun = [text for text in remedies if " ".join(text.split()[:4]) in flat]

    assert begun
    assert all(text in flat for text in begun)


def test_a_name_cannot_steer_the_terminal():
    assert lines(scenario="\x1b[31mred\r\n")[0] == "[31mred · seed 7"


def test_a_start_without_a_zone_counts_plain_days():
    assert wall_time(datetime(2026, 3, 28), 2 * DAY) == datetime(2026, 3, 30)


def test_what_is_not_all_never_reads_as_all():
    assert percent_text(99.99) == "99.9 %"
    assert percent_text(100) == "100 %"
    assert percent_text(0.001) == "0.1 %"
    assert percent_text(0) == "0 %"


def test_a_share_of_nothing_or_of_the_unknown_is_none():
    assert share_of(0, 0) is None
    assert share_of(None, 5) is None


def test_a_cause_without_a_remedy_is_named():
    assert remedy_for("clock_skew", {}) == Cause("Clock skew", "", "")


def test_steps_that_the_site_refused_stand_before_the_figures_with_who_why_and_what_to_do():
    step = RefusedStep(
        "script",
        "plans",
        "the package local-a is of method local_script",
        "download a package of method group_policy and name that",
        "package_method",
        "UPD-9",
    )
    figures = summary()
    shown = summary_lines(figures, figures["expectations"], START, 100, refused=[(step, 1)])

    assert shown[1:4] == [
        '  Refused: step "script" by plans: the package local-a is of method local_script'
        " (package_method,",
        "          UPD-9)",
        "          Download a package of method group_policy and name that.",
    ]
    assert shown[4] == "2,000 devices at the end: 1,932 eligible, 68 not eligible"
    many = summary_lines(figures, figures["expectations"], START, refused=[(step, 1)] * 7)
    assert "  Refused: 4 more steps, in the report" in many
