"""Where a project has baselines each scenario has an item more."""

import pytest

from tests.pytest_items.projects import BASE, FAILS, HOLDS, INI, scenario

pytest_plugins = ["pytester"]


@pytest.fixture
def kept(project):
    """Return a project with baselines."""
    project.write("pytest.ini", INI + "fleetsim_baseline = kept\n")
    return project


def test_the_first_run_writes_the_baseline_and_fails_the_next_one_passes(kept, simulations):
    kept.plan(scenario(HOLDS))

    run = kept.run()
    run.assert_outcomes(passed=1, failed=1)
    run.stdout.fnmatch_lines(
        ["plans/plan.yaml: no baseline*", "*There was no baseline. It is written to*"]
    )
    assert (kept.path / "kept" / "plan").is_dir()
    kept.run().assert_outcomes(passed=2)
    assert len(simulations) == 2


def test_what_differs_from_the_baseline_fails_and_is_reported(kept):
    kept.plan(scenario(HOLDS))
    kept.run()
    kept.plan(scenario(HOLDS).replace("at: 1 d", "at: 2 d"))
    run = kept.run("-rf")

    run.assert_outcomes(passed=1, failed=1)
    run.stdout.fnmatch_lines(
        [
            "plans/plan.yaml: regression: exact: *",
            "  The scenario has been edited since.",
            "  replay    fleetsim run plans/plan.yaml --seed 7",
            "FAILED plans/plan.yaml::baseline - regression: *",
        ]
    )


def test_a_scenario_that_expects_nothing_has_a_baseline_all_the_same(kept):
    kept.plan(BASE)
    kept.plan("measures: []\nformat: 1\n", "tolerances.yaml")
    kept.run().assert_outcomes(failed=1)

    kept.run().assert_outcomes(passed=1)


def test_an_expected_failure_is_none_of_the_baseline(kept):
    kept.plan(scenario(FAILS, marks="[xfail, slow]"))
    kept.run("-k", "baseline").assert_outcomes(failed=1, deselected=1)

    kept.run().assert_outcomes(passed=1, xfailed=1)
    kept.run("-m", "not slow").assert_outcomes(deselected=2)


def test_settings_that_are_wrong_are_reported_by_each_item(kept):
    kept.plan(scenario(HOLDS))
    kept.write("kept/tolerances.yaml", "format: 1\njudge: exactly\n")
    run = kept.run()

    run.assert_outcomes(errors=2)
    run.stdout.fnmatch_lines(["*kept/tolerances.yaml:2: judge: *"] * 2)
    run.stdout.no_fnmatch_line("*.py:*")


def test_tolerances_of_a_scenario_that_does_not_exist_are_reported_by_each_item(kept):
    kept.plan(scenario(HOLDS))
    kept.write("kept/tolerances.yaml", "format: 1\nscenarios:\n  plam: {judge: exact}\n")
    run = kept.run()

    run.assert_outcomes(errors=2)
    told = '*kept/tolerances.yaml:3: scenarios.plam: no scenario*did you mean "plan"?'
    run.stdout.fnmatch_lines([told] * 2)


def test_settings_under_their_former_name_are_read_with_a_warning(kept):
    kept.plan(scenario(HOLDS))
    kept.write("kept/judging.yaml", "format: 1\njudge: exact\n")
    kept.run().assert_outcomes(passed=1, failed=1, warnings=1)

    run = kept.run()
    run.assert_outcomes(passed=2, warnings=1)
    run.stdout.fnmatch_lines(["*kept/judging.yaml is now called tolerances.yaml*"])


def test_workers_write_a_baseline_once_and_then_compare_with_it(kept):
    kept.plan(scenario(*[HOLDS] * 4))

    kept.run_apart("-n", "2").assert_outcomes(passed=4, failed=1)
    kept.run().assert_outcomes(passed=5)


def test_two_scenarios_of_one_stem_do_not_share_a_baseline(kept):
    for folder in ("a", "b"):
        (kept.path / "plans" / folder).mkdir(parents=True)
        kept.write(f"plans/{folder}/same.yaml", scenario(HOLDS))

    run = kept.run()

    run.assert_outcomes(errors=1)
    run.stdout.fnmatch_lines(["*plans/b/same.yaml and plans/a/same.yaml would have the same*"])


def test_names_that_windows_makes_one_do_not_share_a_baseline(kept):
    kept.write("plans/con.yaml", scenario(HOLDS))
    kept.write("plans/con_.yaml", scenario(HOLDS))

    run = kept.run()

    run.assert_outcomes(errors=1)
    run.stdout.fnmatch_lines(["*plans/con_.yaml and plans/con.yaml would have the same*"])
