"""What lint calls certain is so in every run: held against the simulation on random scenarios."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.language.tree import Filter, Series
from sim.lint.bounds import NO_DATA
from sim.lint.ground import ground
from sim.lint.judging import lint
from sim.lint.survey import survey
from sim.measures.series import SeriesReader
from sim.runs.replication import run_replication
from sim.scenario.loader import load_text
from sim.scenario.steps import step_names
from tests.lint.plans import plans
from tests.properties.generated import COLLECTIONS, POLICIES, cases, rows_of

MEASURES = (
    *("onboarded_pct", "failed_pct", "waiting_pct", "coverage_pct", "payload_in_use_pct"),
    *("onboarded", "failed", "eligible", "targeted", "script_succeeded_pct", "healthy_pct"),
)
FILTERS = (
    (),
    *((Filter("collection", name),) for name in COLLECTIONS),
    *((Filter("policy", name),) for name in POLICIES),
    (Filter("os", "server-2016"),),
    (Filter("level", "down_level"), Filter("collection", "Everybody")),
    (Filter("location", "LON"),),
    (Filter("location", "PAR", equal=False),),
)
SERIES = [
    Series(view, measure, filters)
    for view in ("device", "console", "portal")
    for measure in MEASURES
    for filters in FILTERS
] + [
    Series(view, "failed", (Filter("cause", cause),))
    for view in ("device", "console")
    for cause in ("workspace_missing", "payload_not_eligible")
]


def both(case):
    """Return the run of a random case, what lint surveyed, and what it found."""
    with TemporaryDirectory() as folder:
        Path(folder, "fleet.csv").write_text(case.fleet, "utf-8")
        loaded = load_text(json.dumps(case.scenario), "scenario.yaml", Path(folder))
        return run_replication(loaded), survey(ground(loaded, {})), lint(loaded, {})


@settings(max_examples=40, deadline=None)
@given(st.one_of(plans(), cases()))
def test_devices_that_lint_says_cannot_onboard_never_do(case):
    run, _, findings = both(case)
    onboarded = {row["device"] for row in rows_of(run) if row["event"] == "onboarded"}
    statuses = dict(zip(run.outcomes.columns["name"], run.outcomes.columns["status"], strict=True))
    for finding in findings:
        if finding.id in ("LNT-101", "LNT-102"):
            assert onboarded.isdisjoint(finding.devices), finding
            assert "onboarded" not in {statuses[name] for name in finding.devices}, finding


@settings(max_examples=40, deadline=None)
@given(st.one_of(plans(), cases()))
def test_steps_come_when_lint_says_and_are_refused_when_lint_says(case):
    run, known, _ = both(case)
    names = step_names(run.prepared.scenario.plan)
    told = {row["step"]: row for row in rows_of(run) if str(row["event"]).startswith("step_")}
    opened = {row["step"]: row["time"] for row in rows_of(run) if row["event"] == "gate_opened"}
    for coming in known.comings:
        row = told.get(names[coming.number])
        if coming.latest is not None:
            assert row is not None, coming
        if row is not None:
            assert coming.earliest is not None, coming
            assert coming.earliest <= row["time"] <= (coming.latest or run.log.horizon), coming
            assert coming.refusal is None or row["event"] == "step_refused", coming
    for number, opens in known.openings.items():
        at = opened.get(names[number])
        assert at is None or (opens is not None and opens <= at), number


@settings(max_examples=40, deadline=None)
@given(st.one_of(plans(), cases()), st.randoms(use_true_random=False))
def test_measures_stay_within_the_bounds_that_lint_calls_certain(case, chosen):
    run, known, _ = both(case)
    horizon = run.log.horizon
    reader = SeriesReader(run.tally)
    instants = sorted(
        {0, horizon, *known.certain.bounds.instants()}
        | {chosen.randrange(horizon) for _ in range(8)}
    )
    for series in chosen.sample(SERIES, 40):
        values = reader.values(series, np.array(instants, dtype=np.int64)).tolist()
        for at, value in zip(instants, values, strict=True):
            bound = known.certain.bounds.at(series, at)
            if np.isnan(value):
                continue
            assert bound is not NO_DATA, (series, at, value)
            assert bound.low <= value + 1e-9, (series, at, value, bound)
            assert value - 1e-9 <= bound.high, (series, at, value, bound)


@pytest.mark.rule("MMA-2")
@settings(max_examples=40, deadline=None)
@given(plans())
def test_devices_that_certainly_fail_have_failed_in_the_simulation(case):
    case.scenario["faults"] = "none"
    run, known, _ = both(case)
    reader = SeriesReader(run.tally)
    for failing in known._failures.all.values():
        until = min(failing.until, run.log.horizon)
        if failing.since >= until:
            continue
        instants = np.array([failing.since, (failing.since + until) // 2, until - 1], np.int64)
        status = known.ground.fleet.devices[failing.device]
        counted = reader.values(
            Series("device", "failed", (Filter("cause", failing.cause),)), instants
        )
        assert (counted >= 1).all(), (status, failing, counted)
