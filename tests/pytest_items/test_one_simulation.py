"""A scenario is simulated once, however many items, workers and tries there are."""

import subprocess
import sys
import threading
from dataclasses import replace

import pytest

from sim.checking.results import BaselineResult, CheckResult
from sim.errors import Problem
from sim.pytest_items.items import once
from tests.checking.checks import DOUBTED, FAILED, NEVER, PASSED
from tests.pytest_items.projects import EMPTY, FAILS, HOLDS, scenario

pytest_plugins = ["pytester"]

FOUND = CheckResult(
    "plans/pilot.yaml",
    "Pilot",
    seed=7,
    replications=20,
    devices=12,
    expectations=(PASSED, FAILED, NEVER, DOUBTED, replace(DOUBTED, interval=(0.5, float("inf")))),
    lines=(3, 4, 5, 6, 7),
    log_digest="abc",
    baseline=BaselineResult("regression", "exact", ("one", "two")),
    notes=("a doubt", "a note"),
    doubts=("a doubt",),
)


def _never():
    raise AssertionError("it was found already")


def test_all_items_of_a_scenario_share_one_simulation(project, simulations):
    project.plan(scenario(HOLDS, FAILS, EMPTY))
    project.plan(scenario(HOLDS, HOLDS).replace("Small plan", "Another"), "another.yaml")

    project.run().assert_outcomes(passed=3, failed=2)
    assert simulations == ["Another", "Small plan"]


def test_each_replication_is_simulated_once(project, simulations):
    project.plan(scenario(HOLDS, HOLDS, replications=3))

    project.run("--fleetsim-jobs", "1").assert_outcomes(passed=2)
    assert len(simulations) == 3


def test_after_a_failure_that_expectation_alone_is_run_again(project):
    simulations = project.count_apart()
    project.plan(scenario(HOLDS, FAILS))
    project.plan(scenario(HOLDS), "other.yaml")
    project.run_apart().assert_outcomes(passed=2, failed=1)
    assert len(simulations()) == 2

    run = project.run_apart("--lf", "-v")

    run.assert_outcomes(failed=1)
    run.stdout.fnmatch_lines([f"plans/plan.yaml::{FAILS} FAILED*"])
    assert len(simulations()) == 3


def test_what_is_tried_again_is_not_simulated_again(project, simulations):
    project.plan(scenario(HOLDS, FAILS))
    run = project.run("-p", "rerunfailures", "--reruns", "2")

    assert run.parseoutcomes() == {"passed": 1, "failed": 1, "rerun": 2}
    assert len(simulations) == 1


def test_the_mark_of_flaky_tests_has_no_effect_on_what_is_certain(project, simulations):
    project.plan(scenario(FAILS, marks="[flaky]"))

    assert project.run().parseoutcomes() == {"failed": 1, "rerun": 1}
    assert len(simulations) == 1


@pytest.mark.parametrize("way", ["load", "loadfile"])
def test_workers_simulate_a_scenario_once_between_them(project, way):
    simulations = project.count_apart()
    for number in range(2):
        project.plan(scenario(*[HOLDS] * 6, FAILS), f"plan{number}.yaml")
    run = project.run_apart("-n", "2", "--dist", way, "-rf")

    run.assert_outcomes(passed=12, failed=2)
    assert len(simulations()) == 2
    run.stdout.fnmatch_lines([f"FAILED plans/plan0.yaml::{FAILS} - observed 0 %*"])
    run.stdout.fnmatch_lines(["  replay    fleetsim run plans/plan0.yaml --seed 7"])


def test_workers_share_what_cannot_be_used_too(project):
    simulations = project.count_apart()
    project.write("plans/fleet.csv", "name,os\na,windows-99\n")
    generated = "generate: {devices: 12, mix: {windows-11-24h2: 100 %}}"
    project.plan(scenario(*[HOLDS] * 6).replace(generated, "import: {file: fleet.csv}"))

    project.run_apart("-n", "2").assert_outcomes(errors=6)
    assert simulations() == []


def test_nothing_is_left_behind_by_workers(project, monkeypatch):
    left = project.path / "temporary"
    left.mkdir()
    monkeypatch.setenv("TMPDIR", str(left))
    project.plan(scenario(HOLDS))

    project.run_apart("-n", "1", "--basetemp", project.path / "base").assert_outcomes(passed=1)
    assert [path.name for path in left.iterdir() if "fleetsim" in path.name] == []


def test_what_one_worker_finds_the_others_read_to_the_last_value(tmp_path):
    assert once(tmp_path, "a", lambda: FOUND) == FOUND
    assert once(tmp_path, "a", _never) == FOUND
    with pytest.raises(AssertionError):
        once(tmp_path, "b", _never)


def test_a_scenario_that_cannot_be_used_is_read_as_one(tmp_path):
    problems = (Problem("wrong", "fleet", "right", "write", "f.csv", 3),)
    unusable = CheckResult("plans/pilot.yaml", "Pilot", problems=problems)
    once(tmp_path, "a", lambda: unusable)

    assert once(tmp_path, "a", _never) == unusable


def test_without_a_folder_that_is_here_everybody_works_for_himself(tmp_path):
    tries = []
    for folder in (None, tmp_path / "of another machine"):
        for _ in range(2):
            once(folder, "a", lambda: tries.append(1) or FOUND)

    assert len(tries) == 4


@pytest.mark.parametrize("content", ["", "{", "[]", '{"file": 3}', "null"])
def test_what_was_left_half_written_counts_as_nothing(tmp_path, content):
    once(tmp_path, "a", lambda: FOUND)
    (result,) = tmp_path.glob("*.json")
    result.write_text(content)

    assert once(tmp_path, "a", lambda: FOUND) == FOUND
    assert once(tmp_path, "a", _never) == FOUND


def test_who_waits_for_a_worker_that_dies_works_for_himself(tmp_path):
    program = (
        "import sys, time, pathlib; from sim.pytest_items.items import once\n"
        "once(pathlib.Path(sys.argv[1]), 'a', lambda: print('begun', flush=True) or time.sleep(99))"
    )
    command = [sys.executable, "-c", program, str(tmp_path)]
    found = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as first:
        assert first.stdout.readline() == "begun\n"
        second = threading.Thread(target=lambda: found.append(once(tmp_path, "a", lambda: FOUND)))
        second.start()
        second.join(0.3)
        waited = second.is_alive()
        first.kill()
        second.join(30)

    assert waited
    assert found == [FOUND]
