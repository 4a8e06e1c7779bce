"""What becomes of an item, and what it says."""

import pytest

import sim.runs.replication as rehearsal
from tests.pytest_items.projects import EMPTY, FAILS, FIRST_LINE, HOLDS, long_form, scenario

pytest_plugins = ["pytester"]


def test_an_expectation_that_holds_passes(project):
    project.plan(scenario(HOLDS))

    project.run().assert_outcomes(passed=1)


def test_a_failure_shows_the_scenario_s_lines_what_was_expected_and_observed(project):
    project.plan(scenario(HOLDS, FAILS, EMPTY, marks="[]"))
    run = project.run("-k", "50")

    run.assert_outcomes(failed=1, deselected=2)
    before, failing, after = range(FIRST_LINE, FIRST_LINE + 3)
    shown = "\n".join(run.outlines)
    assert f"""\
plans/plan.yaml:{failing}
    {before - 1} | expect:
    {before} |   - {HOLDS}
>   {failing} |   - {FAILS}
    {after} |   - {EMPTY}

failed: {FAILS}
  expected  >= 50.0 %
  observed  0 %
  margin    short by 50 points
  replay    fleetsim run plans/plan.yaml --seed 7
""" in (shown + "\n")
    run.stdout.no_fnmatch_line("*Error*")
    run.stdout.no_fnmatch_line("*.py*")


def test_the_lines_of_a_failure_are_those_of_expect_alone(project):
    """Other parts of a scenario may hold what is nobody's business in a build's log."""
    project.plan(scenario(FAILS, marks="[]"))
    run = project.run()

    run.stdout.fnmatch_lines([f"*{FIRST_LINE - 1} | expect:"])
    run.stdout.no_fnmatch_line("*everybody*")
    run.stdout.no_fnmatch_line("*marks*")


def test_over_replications_it_says_in_how_many_it_is_met_and_which_to_run_again(project):
    project.plan(scenario(FAILS, "probability (coverage_pct at end >= 95) >= 0.9", replications=2))
    run = project.run()

    run.assert_outcomes(failed=2)
    run.stdout.fnmatch_lines(
        [
            "  met       in 0 of 2 replications; the worst is replication *",
            "  replay    fleetsim run plans/plan.yaml --seed 7 --replication *",
            "inconclusive: probability *",
            "  interval  *",
            "  why       2 replications are too few*",
        ]
    )


def test_what_only_warns_passes_with_a_warning_that_names_file_and_line(project):
    project.plan(scenario(long_form(FAILS, severity="warn")))
    run = project.run()

    run.assert_outcomes(passed=1, warnings=1)
    run.stdout.fnmatch_lines(
        [f"*plans/plan.yaml:{FIRST_LINE}: FleetsimWarning: {FAILS} warned: observed 0 %*"]
    )


def test_a_warning_made_an_error_fails_with_the_same_text(project):
    project.plan(scenario(long_form(FAILS, severity="warn")))
    run = project.run("-W", "error::sim.pytest_plugin.FleetsimWarning")

    run.assert_outcomes(failed=1)
    run.stdout.fnmatch_lines([f"{FAILS} warned: observed 0 %*"])
    run.stdout.no_fnmatch_line("*.py*")


def test_what_is_inconclusive_fails_and_says_why(project):
    project.plan(scenario(EMPTY, long_form(HOLDS, min_devices="13")))
    run = project.run()

    run.assert_outcomes(failed=2)
    run.stdout.fnmatch_lines(
        [
            f"inconclusive: {EMPTY}",
            "  observed  no data",
            f"inconclusive: {HOLDS}",
            "  why       12 eligible devices, fewer than min_devices: 13",
        ]
    )


@pytest.mark.parametrize("warnings", ["default", "error"])
def test_what_only_reports_never_fails_and_is_shown(project, warnings):
    project.plan(scenario(*(long_form(one, report_only="true") for one in (FAILS, EMPTY, HOLDS))))
    run = project.run("-rP", "-W", warnings)

    run.assert_outcomes(passed=3, warnings=2 if warnings == "default" else 0)
    run.stdout.fnmatch_lines(["*fleetsim call*", f"{FAILS} failed (report only): observed 0 %*"])


def test_an_expected_failure_is_one_and_an_unexpected_success_fails(project):
    project.plan(scenario(*(long_form(one, marks="[xfail]") for one in (FAILS, EMPTY, HOLDS))))
    run = project.run("-rx")

    run.assert_outcomes(xfailed=2, failed=1)
    run.stdout.fnmatch_lines([f"*{HOLDS}*", "*XPASS(strict)*"])


def test_marks_of_a_scenario_are_those_of_all_its_expectations(project, simulations):
    project.plan(scenario(HOLDS, FAILS, marks="[skip]"))

    project.run().assert_outcomes(skipped=2)
    assert simulations == []


def test_a_scenario_that_cannot_be_read_is_an_error_with_all_its_problems(project):
    project.plan(scenario("coverage_pc at end >= 5", "coverage_pct at 9 d > 0"))
    run = project.run()

    run.assert_outcomes(errors=1)
    run.stdout.fnmatch_lines(
        [
            f'plans/plan.yaml:{FIRST_LINE}: *unknown measure "coverage_pc"*"coverage_pct"?',
            f"plans/plan.yaml:{FIRST_LINE + 1}: *after the horizon*",
        ]
    )
    run.stdout.no_fnmatch_line("*Traceback*")
    run.stdout.no_fnmatch_line("*.py*")


def test_a_fleet_that_cannot_be_used_is_an_error_of_each_item_with_its_problems(project):
    """Also of one that is expected to fail: nothing is known about it."""
    project.write("plans/fleet.csv", "name,os\na,windows-99\n")
    text = scenario(HOLDS, long_form(FAILS, marks="[xfail]"))
    generated = "generate: {devices: 12, mix: {windows-11-24h2: 100 %}}"
    project.plan(text.replace(generated, "import: {file: fleet.csv}"))
    run = project.run("-rE")

    run.assert_outcomes(errors=2)
    run.stdout.fnmatch_lines(['*fleet.csv:2: os: *"windows-99"*'] * 2)
    run.stdout.no_fnmatch_line("*.py:*")
    run.stdout.no_fnmatch_line("*During handling*")


def test_an_error_inside_keeps_its_traceback_and_is_not_tried_again(project, monkeypatch):
    tries = []

    def broken(prepared, *others, **options):
        tries.append(prepared)
        raise ZeroDivisionError("inside")

    monkeypatch.setattr(rehearsal, "simulate", broken)
    project.plan(scenario(HOLDS, FAILS))
    run = project.run()

    run.assert_outcomes(errors=2)
    run.stdout.fnmatch_lines(["*raise ZeroDivisionError*", "*test_outcomes.py*"])
    assert len(tries) == 1


@pytest.mark.parametrize(
    ("option", "shown"),
    [
        ("--tb=line", f"*plan.yaml:{FIRST_LINE}: observed 0 %, short by 50 points"),
        ("--tb=no", f"FAILED plans/plan.yaml::{FAILS} - observed 0 %*"),
        ("--full-trace", "*Unmet*"),
    ],
)
def test_other_styles_of_traceback_are_honoured(project, option, shown):
    project.plan(scenario(FAILS))
    run = project.run("-q", option)

    run.assert_outcomes(failed=1)
    run.stdout.fnmatch_lines([shown])
