"""Checking scenario files as a value: in which order, what runs, what is told meanwhile."""

from pathlib import Path

import pytest

from sim.checking import checks as checking
from sim.checking.checks import check_files, check_scenario, expectation_line_numbers
from sim.checking.results import BaselineResult, worst
from sim.errors import Problem, UnusableInput
from sim.scenario.loader import load_scenario, load_text
from tests.cli.commands import SCENARIO, changed, write

MET = changed(("coverage_pct at end >= 99", "device.coverage_pct at end >= 10"))
NOTHING = SCENARIO[: SCENARIO.index("expect:")]


@pytest.fixture
def files(tmp_path, monkeypatch):
    """Return a function that writes scenarios and returns their names."""
    monkeypatch.chdir(tmp_path)

    def put(**texts):
        return [write(Path(), text, f"{name}.yaml") for name, text in texts.items()]

    return put


class Comparing:
    """A comparison that asks for the same number of each scenario."""

    def __init__(self, *terms, problems=()):
        self.wanted, self.problems = terms, problems

    def terms(self, loaded):
        if self.problems:
            raise UnusableInput(self.problems)
        return self.wanted

    def __call__(self, experiment):
        read = sum(len(one.term_observations) for one in experiment.results)
        return BaselineResult("passed", f"{read} numbers")


def test_results_come_in_the_order_of_the_files_whatever_ran_first(files):
    several = MET.replace("seed: 7", "seed: 7\nreplications: 2")
    given = files(c=MET, a=several, b=SCENARIO, d=NOTHING)
    done = []

    one, two = check_files(given, 1, on_result=done.append), check_files(given, 3)

    assert one == two
    assert [found.file for found in one] == ["c.yaml", "a.yaml", "b.yaml", "d.yaml"]
    assert [found.outcome for found in one] == ["passed", "passed", "failed", "not run"]
    assert sorted(found.file for found in done) == sorted(found.file for found in one)


def test_nothing_is_no_pass():
    assert check_files([], 4) == ()
    assert worst(()) == "not run"


def test_what_cannot_be_read_keeps_the_others_from_running(files, monkeypatch):
    monkeypatch.setattr(checking, "replicate", None)
    given = files(a=MET, b="format: 1\n", c=NOTHING)

    found = check_files([*given, Path("gone.yaml")], 2)

    assert [one.outcome for one in found] == ["not run", "unusable", "not run", "unusable"]
    assert [one.name for one in found] == ["Small rollout", "b", "Small rollout", "gone"]
    assert found[3].problems[0].file == "gone.yaml"
    assert found[0].notes == ("Not run, because other scenarios cannot be used.",)
    assert worst(found) == "unusable"


def test_settings_that_do_not_fit_a_scenario_make_it_unusable_before_anything_runs(
    files, monkeypatch
):
    monkeypatch.setattr(checking, "prepare", None)
    (found,) = check_files(files(a=MET), 1, Comparing(problems=[Problem("no such number")]))

    assert (found.outcome, str(found.problems[0])) == ("unusable", "no such number")


def test_with_a_baseline_a_scenario_that_expects_nothing_runs(files):
    (found,) = check_files(files(a=NOTHING), 1, Comparing())

    assert (found.outcome, found.baseline.scope, bool(found.log_digest)) == (
        "passed", "0 numbers", True,
    )  # fmt: skip


def test_a_problem_of_the_fleet_has_the_file_it_came_from(files):
    text = changed(("generate: {devices: 30, mix: servers}", "import: {file: f.csv}"))
    files(a=text)
    Path("f.csv").write_text("name,os\nA,windows-11-24h2\nA,windows-11-24h2\n", "utf-8")

    found = check_scenario(load_scenario("a.yaml"))

    assert (found.outcome, found.expectations) == ("unusable", ())
    assert [problem.file for problem in found.problems] == ["f.csv"]


def test_each_expectation_knows_its_line():
    text = SCENARIO + "\n\n  - {expr: failed at end <= 9, severity: warn}\n  - >-\n    1 > 0\n"

    assert expectation_line_numbers(load_text(text)) == (18, 21, 22)


def test_only_what_ran_has_devices_and_a_digest(files):
    ran, idle = check_files(files(a=MET, b=NOTHING), 1)

    assert (ran.devices, len(ran.log_digest), ran.lines) == (30, 32, (18,))
    assert (idle.devices, idle.log_digest, idle.lines) == (0, "", ())


def test_what_only_reports_decides_nothing(files):
    expr = "{expr: device.coverage_pct at end >= 99, report_only: true}"
    text = changed(("coverage_pct at end >= 99", expr))
    (found,) = check_files(files(a=text), 1)

    assert (found.outcome, found.expectations[0].outcome) == ("passed", "failed")
