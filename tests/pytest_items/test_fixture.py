"""The fixture `fleet` of tests in Python."""

from tests.pytest_items.projects import FAILS, HOLDS, scenario

pytest_plugins = ["pytester"]


def test_a_test_runs_a_scenario_and_looks_at_it(project):
    project.plan(scenario())
    project.write(
        "test_it.py",
        f"""\
import pandas
from sim.pytest_plugin import Fleet

def test_it(fleet: Fleet):
    result = fleet.run("plan.yaml", seed=9, replication=2, set={{"fleet.generate.devices": 5}})
    assert (result.scenario.seed, result.replication) == (9, 2)
    assert isinstance(result.devices, pandas.DataFrame)
    assert len(result.devices) == 5
    result.assert_expectation({HOLDS!r})
""",
    )

    project.run().assert_outcomes(passed=1)


def test_an_expectation_that_does_not_hold_says_what_was_observed(project):
    path = project.plan(scenario(HOLDS))
    project.write(
        "test_it.py",
        f'def test_it(fleet):\n    fleet.run("plan.yaml").assert_expectation({FAILS!r})\n',
    )
    run = project.run("test_it.py")

    run.assert_outcomes(failed=1)
    run.stdout.fnmatch_lines(
        [
            f"E * failed: {FAILS}",
            "E * expected >= 50.0 %",
            "E * observed 0 %, short by 50 points",
            f"E * replay: fleetsim run {path} --seed 7",
        ]
    )
    run.stdout.no_fnmatch_line("*judgements.py*")


def test_a_scenario_is_looked_for_beside_the_test_then_in_the_folders_then_in_the_root(project):
    for place in ("tests", "plans", "."):
        name = place.replace(".", "root")
        text = scenario(HOLDS).replace("Small plan", f"of {name}")
        project.write(f"{place}/{name}.yaml", text)
        project.write(f"{place}/here.yaml", text)
    program = """\
import pytest

@pytest.fixture(scope="module")
def made(fleet):
    return fleet.run("here.yaml").scenario.name

def test_it(fleet, made):
    names = [fleet.run(name).scenario.name for name in ("root.yaml", "plans.yaml")]
    assert [made, *names] == ["of PLACE", "of root", "of plans"]
"""
    project.write("tests/test_a.py", program.replace("PLACE", "tests"))
    project.write("plans/test_b.py", program.replace("PLACE", "plans"))
    project.write("test_c.py", program.replace("PLACE", "root"))

    project.run("tests", "plans/test_b.py", "test_c.py").assert_outcomes(passed=3)


def test_a_scenario_that_is_not_there_is_reported_with_where_it_was_looked_for(project):
    project.write("tests/test_it.py", "def test_it(fleet):\n    fleet.run('pilto.yaml')\n")
    run = project.run()

    run.assert_outcomes(failed=1)
    here = project.path.as_posix()
    run.stdout.fnmatch_lines(
        [f"E *pilto.yaml: there is no such file; *{here}/tests, {here}/plans, {here}"]
    )


def test_a_module_simulates_once_for_many_tests(project, simulations):
    project.plan(scenario())
    project.write(
        "test_it.py",
        """\
import pytest

@pytest.fixture(scope="module")
def result(fleet):
    return fleet.run("plan.yaml")

def test_one(result): assert result.summary["devices"] == 12
def test_two(result): result.assert_expectation("eligible at end == 12")
""",
    )

    project.run().assert_outcomes(passed=2)
    assert len(simulations) == 1


def test_the_fixture_is_there_where_nothing_opts_in(project):
    project.plan(scenario(HOLDS))
    project.write("pytest.ini", "[pytest]\n")
    project.write("test_it.py", "def test_it(fleet):\n    fleet.run('plans/plan.yaml')\n")

    project.run().assert_outcomes(passed=1)


def test_an_expectation_is_asked_of_several_replications(project, simulations):
    project.plan(scenario())
    project.write(
        "test_it.py",
        """\
def test_it(fleet):
    result = fleet.run("plan.yaml", replications=3)
    result.assert_expectation("mean of (coverage_pct at end) == 100")
""",
    )

    project.run().assert_outcomes(passed=1)
    assert len(simulations) == 3
