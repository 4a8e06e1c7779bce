"""Result tables and the summary: exactly the columns, keys and labels of the contract."""

import json

import numpy as np
import pytest

from sim.accounts.outcomes import DEVICE_COLUMNS
from sim.measures.series import SeriesReader, instants_of
from sim.reference.causes import CAUSES
from sim.runs.replication import device_table, event_table, run_replication
from sim.scenario.loader import load_text
from sim.units import DAY, HOUR
from sim.vocabulary import HEALTH, MEASURES, STATUSES, VIEWS
from tests.measures.handmade import series

SCENARIO = """format: 1
name: Everything once
start: 2026-03-02
horizon: 3 d
seed: 4
fleet: {generate: {devices: 120, mix: servers}}
collections:
  - {name: All endpoints, members: managed}
  - {name: Old, members: "os in ['server-2012-r2', 'server-2016']"}
packages: [{name: onboarding-a, payload: a, organization: contoso}]
policies: [{name: Onboard, package: onboarding-a}]
plan: [{name: go, at: 1 h, deploy: Onboard, to: [All endpoints]}]
reporting: {interval: 5 h}
expect: [coverage_pct at end >= 10]
"""


@pytest.fixture(scope="module")
def run():
    return run_replication(load_text(SCENARIO))


def test_the_keys_of_the_summary_are_those_of_the_contract_in_its_order(run):
    assert ", ".join(run.summary) == (
        "scenario, seed, replications, devices, eligible, targeted, onboarded, onboarded_pct,"
        " coverage_pct, offboarded, failed, waiting, not_targeted, not_eligible, causes, agents,"
        " payload_in_use, protected, protected_pct, console, portal, time_to, events, expectations"
    )
    assert list(run.summary["console"]) == ["onboarded", "onboarded_pct", "gauge_pct", "health"]
    assert list(run.summary["console"]["health"]) == list(HEALTH)
    assert list(run.summary["portal"]) == ["onboarded", "inactive"]
    assert list(run.summary["time_to"]) == ["50", "90", "95"]
    assert [list(one) for one in run.summary["expectations"]] == [["text", "outcome", "observed"]]
    json.dumps(run.summary, allow_nan=False)


def test_the_summary_agrees_with_the_devices_and_with_the_measures_at_the_end(run):
    summary, reader = run.summary, SeriesReader(run.tally)

    def at_end(text):
        return float(reader.values(series(text), np.array([3 * DAY]))[0])

    for measure in ("eligible", "targeted", "onboarded", "offboarded", "failed", "waiting"):
        assert summary[measure] == at_end(f"device.{measure}")
    assert summary["coverage_pct"] == round(at_end("device.coverage_pct"), 6)
    assert summary["protected"] == at_end("device.protected")
    assert summary["protected_pct"] == round(at_end("device.protected_pct"), 6)
    assert summary["onboarded_pct"] == round(at_end("device.onboarded_pct"), 6)
    assert summary["console"]["gauge_pct"] == round(at_end("gauge_pct"), 6)
    assert summary["console"]["onboarded"] == at_end("onboarded")
    assert summary["portal"]["onboarded"] == at_end("portal.onboarded")
    for tile in set(HEALTH) - {"none"}:
        assert summary["console"]["health"][tile] == at_end(tile)
    for payload, count in summary["payload_in_use"].items():
        assert count == at_end(f"device.payload_in_use{{payload={payload}}}")
    for agent, count in summary["agents"].items():
        assert count == at_end(f"device.agents{{agent={agent}}}")
    for cause, count in summary["causes"].items():
        assert count == at_end(f"device.blocked{{cause={cause}}}")
    assert list(summary["causes"]) == sorted(summary["causes"], key=CAUSES.index)
    assert {status: summary[status] for status in STATUSES} == {
        status: run.outcomes.columns["status"].count(status) for status in STATUSES
    }


def test_time_to_is_the_second_in_which_that_share_of_the_eligible_had_onboarded(run):
    onboarded = sorted(time for time in run.outcomes.columns["onboarded_at"] if time is not None)
    eligible = run.summary["eligible"]

    for level, time in run.summary["time_to"].items():
        needed = -(-eligible * int(level) // 100)
        expected = onboarded[needed - 1] if needed <= len(onboarded) else None
        assert time == expected
    assert run.summary["time_to"]["50"] is not None


def test_the_tables_have_the_columns_of_the_contract_in_its_order(run):
    events = "time, device, event, cause, rule, policy, payload, collection, step"

    assert ", ".join(event_table(run.log).column_names) == events
    assert ", ".join(run.measures.column_names) == "time, measure, view, label, value"
    assert tuple(device_table(run.outcomes).column_names) == DEVICE_COLUMNS


def test_the_measure_table_holds_every_measure_and_its_slices_at_every_reporting_instant(run):
    rows = run.measures.to_pylist()
    instants = [*range(0, 3 * DAY, 5 * HOUR), 3 * DAY]
    labels = {}
    for row in rows:
        labels.setdefault(row["measure"], set()).add(row["label"])

    assert sorted({row["time"] for row in rows}) == instants
    assert [row["time"] for row in rows] == sorted(row["time"] for row in rows)
    assert {row["view"] for row in rows} == set(VIEWS)
    assert set(labels) == set(MEASURES)
    groups = {"collection=All endpoints", "collection=Old"}
    for measure, found in labels.items():
        own = {label for label in found - groups if label}
        assert {"", *groups} <= found
        assert {label.split("=")[0] for label in own} <= {"cause", "payload"} & {
            MEASURES[measure].label
        }
    assert "cause=workspace_missing" in labels["failed"]
    assert "payload=a" in labels["payload_in_use"]
    keys = [(row["time"], row["measure"], row["view"], row["label"]) for row in rows]
    assert len(keys) == len(set(keys))
    assert None in {row["value"] for row in rows if row["measure"] == "gauge_pct"}


@pytest.mark.parametrize(
    ("horizon", "interval", "expected"),
    [(10, 5, [0, 5, 10]), (11, 5, [0, 5, 10, 11]), (4, 5, [0, 4]), (5, 5, [0, 5])],
)
def test_the_reporting_instants_are_a_grid_and_the_end(horizon, interval, expected):
    assert instants_of(horizon, interval).tolist() == expected
