"""What failed on the way and was fixed is in the report."""

from sim.accounts.outcomes import RecoveredFailures, recovered_failures
from sim.report.page import render, report_data
from sim.run_folder.provenance import provenance
from sim.runs.replication import run_replication
from sim.scenario.loader import load_text

SCENARIO = """\
format: 1
name: repaired
start: 2026-03-02
horizon: 14 d
faults: none
fleet: {generate: {devices: 12, mix: {windows-8.1: 50 %, windows-11-24h2: 50 %}}}
collections: [{name: All, members: managed}]
packages: [{name: p, payload: a, organization: contoso}]
policies: [{name: Onboard, package: p}]
plan:
  - {at: 0 d, deploy: Onboard, to: [All]}
  - {at: 1 d, set_workspace: Onboard, id: present, key: present}
"""


def test_devices_that_failed_and_onboarded_later_are_counted_by_cause_with_their_dates():
    run = run_replication(load_text(SCENARIO))
    old = [
        name
        for name, system in zip(
            run.outcomes.columns["name"], run.outcomes.columns["os"], strict=True
        )
        if system == "windows-8.1"
    ]
    times = run.outcomes.columns["onboarded_at"]
    names = run.outcomes.columns["name"]
    last = max(times[names.index(name)] for name in old)
    (row,) = recovered_failures(run.log, run.outcomes)
    assert row == RecoveredFailures("workspace_missing", len(old), row.first_failed, last)
    assert 0 < row.first_failed <= 3 * 3600


def test_the_report_shows_what_failed_at_first():
    run = run_replication(load_text(SCENARIO))
    page = render(report_data(run, None, provenance(run, "", 1)))
    assert "Failed at first, onboarded at the end" in page
    assert "workspace_missing" in page


def test_devices_that_never_onboard_are_not_counted_as_recovered():
    run = run_replication(load_text(SCENARIO.split("  - {at: 1 d, set")[0]))
    assert recovered_failures(run.log, run.outcomes) == []
