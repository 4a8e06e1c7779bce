"""What lint says is held against runs of random scenarios: errors are so in every run."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.language.tree import Filter, Series
from sim.lint.analysis import analyze
from sim.lint.gate_checks import other_runs
from sim.lint.linting import lint
from sim.lint.outlook import Outlook
from sim.measures.series import SeriesReader
from sim.runs.preparation import prepare
from sim.runs.replication import run_prepared
from sim.scenario.loader import load_text
from sim.scenario.steps import step_names
from tests.lint.plans import plans
from tests.properties.generated import cases, rows_of

RUNS = 8
"""So many replications are held against the errors of lint."""
CASES = st.one_of(plans(), cases())


def linted(case, **changes):
    """Return what lint says of a random case, and its first replications."""
    with TemporaryDirectory() as folder:
        Path(folder, "fleet.csv").write_text(case.fleet, "utf-8")
        text = json.dumps({**case.scenario, **changes})
        loaded = load_text(text, "scenario.yaml", Path(folder))
        prepared = prepare(loaded)
        runs = [run_prepared(prepared, number) for number in range(1, RUNS + 1)]
        return lint(loaded, {}), runs


SERIES = (
    ("console", "onboarded"),
    ("device", "onboarded", Filter("collection", "Wide")),
    ("console", "onboarded", Filter("os", "server-2016", equal=False)),
    ("console", "coverage_pct"),
    ("console", "coverage_pct", Filter("collection", "Some", equal=False)),
    ("device", "coverage_pct", Filter("level", "down_level")),
    ("console", "onboarded_pct"),
    ("console", "onboarded_pct", Filter("collection", "Working")),
    ("portal", "onboarded_pct"),
    ("device", "onboarded_pct", Filter("policy", "Good")),
    ("console", "payload_in_use_pct"),
    ("console", "failed"),
    ("device", "failed", Filter("cause", "workspace_missing")),
    ("device", "failed", Filter("collection", "Servers")),
    ("console", "failed_pct"),
    ("device", "failed_pct", Filter("os", "server-2016")),
    ("console", "failed_pct", Filter("policy", "First")),
    ("device", "failed_pct", Filter("collection", "Working")),
    ("console", "script_succeeded_pct"),
    ("portal", "healthy_pct"),
)


@settings(max_examples=100, deadline=None)
@given(plans())
def test_measures_stay_within_their_bounds_in_every_run(case):
    with TemporaryDirectory() as folder:
        Path(folder, "fleet.csv").write_text(case.fleet, "utf-8")
        loaded = load_text(json.dumps(case.scenario), "scenario.yaml", Path(folder))
        analysis = analyze(loaded, {})
        found = Outlook(analysis, other_runs(analysis))
        prepared = prepare(loaded)
        runs = [run_prepared(prepared, number) for number in range(1, RUNS + 1)]
    instants = np.arange(0, prepared.scenario.horizon, 3600, dtype=np.int64)
    for view, measure, *filters in SERIES:
        series = Series(view, measure, tuple(filters))
        low, high = found.bounds(series, instants)
        for run in runs:
            values = SeriesReader(run.tally).values(series, instants)
            there = ~np.isnan(values)
            assert not np.isnan(low[there]).any(), series
            assert (low[there] <= values[there] + 1e-9).all(), series
            assert (values[there] <= high[there] + 1e-9).all(), series


def places(findings, *ids):
    """Return the step in whose place each finding with one of some ids stands, and its devices."""
    for finding in findings:
        if finding.id in ids:
            yield finding.path.split("[")[1].split("]")[0], finding


@settings(max_examples=60, deadline=None)
@given(CASES)
def test_devices_that_the_plan_keeps_out_do_not_onboard_in_any_run(case):
    findings, runs = linted(case)
    for run in runs:
        onboarded = {row["device"] for row in rows_of(run) if row["event"] == "onboarded"}
        for finding in findings:
            if finding.id == "LNT-101":
                assert onboarded.isdisjoint(finding.devices), finding


@settings(max_examples=60, deadline=None)
@given(CASES)
def test_devices_that_cannot_onboard_do_not_without_bad_luck(case):
    findings, runs = linted(case, faults="none")
    for finding in findings:
        if finding.id == "LNT-102":
            columns = runs[0].outcomes.columns
            statuses = dict(zip(columns["name"], columns["status"], strict=True))
            assert "onboarded" not in {statuses[name] for name in finding.devices}, finding


@settings(max_examples=100, deadline=None)
@given(CASES)
def test_a_gate_that_can_never_open_opens_in_no_run(case):
    findings, runs = linted(case)
    for run in runs:
        opened = {row["step"] for row in rows_of(run) if row["event"] == "gate_opened"}
        for step, finding in places(findings, "LNT-201", "LNT-202", "LNT-204"):
            assert step not in opened, finding


@settings(max_examples=40, deadline=None)
@given(CASES)
def test_gates_and_steps_are_as_the_run_without_faults_has_them(case):
    findings, runs = linted(case, faults="none")
    rows, names = rows_of(runs[0]), step_names(runs[0].prepared.scenario.plan)
    opened = {row["step"] for row in rows if row["event"] == "gate_opened"}
    came = {row["step"]: row["event"] for row in rows if str(row["event"]).startswith("step_")}
    shut = {step for step, _ in places(findings, "LNT-201", "LNT-202", "LNT-203", "LNT-204")}
    never = {step for step, _ in places(findings, "LNT-904")}
    refused = {step for step, _ in places(findings, "LNT-901", "LNT-902", "LNT-903")}

    done = {step for step, event in came.items() if event == "step_done"}

    assert shut.isdisjoint(opened)
    assert (never | refused).isdisjoint(done)
    assert set(names) - done <= shut | never | refused


@settings(max_examples=40, deadline=None)
@given(plans())
def test_devices_that_refuse_an_offboarding_file_are_not_offboarded_by_it(case):
    findings, runs = linted(case)
    for run in runs:
        offboarded = {row["device"] for row in rows_of(run) if row["event"] == "offboarded"}
        for _, finding in places(findings, "LNT-401", "LNT-404", "LNT-405"):
            assert offboarded.isdisjoint(finding.devices), finding


@settings(max_examples=40, deadline=None)
@given(CASES)
def test_the_rehearsal_of_lint_is_the_run_itself_where_nothing_happens_by_chance(case):
    with TemporaryDirectory() as folder:
        Path(folder, "fleet.csv").write_text(case.fleet, "utf-8")
        text = json.dumps({**case.scenario, "faults": "none"})
        loaded = load_text(text, "scenario.yaml", Path(folder))

        assert analyze(loaded, {}).log.digest == run_prepared(prepare(loaded)).log.digest
