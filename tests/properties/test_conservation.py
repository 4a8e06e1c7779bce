"""Whatever the fleet and the plan: nothing is lost, nothing comes too early, all views agree."""

import json
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.accounts.outcomes import TIME_COLUMNS
from sim.eventlog import LogWriter
from sim.language.expressions import parse_gate
from sim.language.tree import Series
from sim.measures.conditions import Watch
from sim.measures.series import SeriesReader
from sim.measures.tally import LiveTally
from sim.reference.causes import CAUSES
from sim.reference.rules import RULES
from sim.scenario.model import names_of
from sim.vocabulary import (
    AGENTS,
    DEVICE_EVENTS,
    HEALTH,
    LEVELS,
    PLAN_EVENTS,
    REFUSALS,
    ROUTES,
    STATUSES,
)
from tests.properties.generated import COLLECTIONS, cases, rows_of, series_texts
from tests.properties.recount import FAILURES, SITE, TILES, lives, recount

few = settings(max_examples=15)
WINDOW = ("awaiting_maintenance_window",)
TOLD_BY = {
    "joined": ("awaiting_collection",),
    "policy_evaluated": WINDOW,
    "content_downloaded": WINDOW,
    "active_again": ("client_inactive",),
    "remediated": ("client_broken",),
    "agent_stopped": ("service_stopped",),
    "agent_recovered": ("service_stopped",),
    "contact_lost": (
        *("workspace_swapped", "workspace_wrong", "agent_missing", "agent_outdated"),
        *("sensor_missing", "elam_driver_disabled", "service_stopped", "network_blocked"),
    ),
}
"""Rows that tell what a device waits for next, or what is over now."""


def by_device(rows):
    """Return the rows of each device, in order."""
    found: dict[str, list[dict]] = {}
    for row in rows:
        if row["device"]:
            found.setdefault(row["device"], []).append(row)
    return found


@few
@given(cases())
def test_the_six_statuses_add_up_and_every_word_is_of_the_vocabulary(case):
    run = case.run()
    summary, columns = run.summary, run.outcomes.columns

    there = run.outcomes.present
    assert sum(summary[status] for status in STATUSES) == summary["devices"] == sum(there)
    assert sum(summary["console"]["health"].values()) == summary["devices"]
    assert sum(summary["agents"].values()) == summary["devices"]
    causes = [c for c, is_there in zip(columns["cause"], there, strict=True) if is_there and c]
    assert sum(summary["causes"].values()) == len(causes)
    assert summary["events"] == len(run.log)
    assert set(columns["status"]) <= set(STATUSES)
    assert set(columns["cause"]) <= {"", *CAUSES}
    assert set(columns["rule"]) <= {"", *RULES}
    assert set(columns["route"]) <= set(ROUTES)
    assert set(columns["level"]) <= set(LEVELS)
    assert set(columns["agent"]) <= set(AGENTS)
    assert set(columns["health"]) <= set(HEALTH)
    for status, cause in zip(columns["status"], columns["cause"], strict=True):
        assert cause or status not in ("failed", "not_targeted", "not_eligible")


@few
@given(cases())
def test_the_log_is_in_order_inside_the_horizon_and_in_words_of_the_vocabulary(case):
    run = case.run()
    rows = rows_of(run)
    order = [(row["time"], row["device"]) for row in rows]

    assert order == sorted(order)
    assert all(0 <= time < run.prepared.scenario.horizon for time, _ in order)
    assert {row["event"] for row in rows if row["device"]} <= set(DEVICE_EVENTS)
    assert {row["event"] for row in rows if not row["device"]} <= set(PLAN_EVENTS)
    assert {row["cause"] for row in rows} <= {"", *CAUSES, *REFUSALS}
    assert {row["rule"] for row in rows} <= {"", *RULES}
    for row in rows:
        if row["event"] in (*FAILURES, "policy_conflict", "step_refused"):
            assert row["cause"]
        elif row["cause"]:
            assert row["cause"] in TOLD_BY.get(row["event"], ())


@few
@given(cases())
def test_what_a_device_does_follows_from_what_reached_it(case):
    for rows in by_device(rows_of(case.run())).values():
        events = [row["event"] for row in rows]
        for place, row in enumerate(rows):
            before = events[:place]
            if row["event"] in ("policy_evaluated", "policy_applied", "onboarded", *FAILURES):
                policy = row["policy"]
                assert ("policy_received", policy) in [
                    (r["event"], r["policy"]) for r in rows[:place]
                ]
            if row["event"] == "policy_received":
                assert ("targeted", row["policy"]) in [
                    (r["event"], r["policy"]) for r in rows if r["time"] <= row["time"]
                ]
            if row["event"] == "reported":
                assert set(before) - set(SITE) - {"reported", "portal_seen", "policy_received"}
            if row["event"] == "portal_seen":
                assert before.count("portal_seen") < before.count("onboarded")


@few
@given(cases())
def test_attempts_are_failures_and_successes(case):
    run = case.run()
    rows = by_device(rows_of(run))
    columns = run.outcomes.columns

    for name, attempts in zip(columns["name"], columns["attempts"], strict=True):
        tried = Counter(row["event"] for row in rows.get(name, []))
        succeeded = tried["onboarded"] + tried["offboarded"]
        assert attempts == sum(tried[event] for event in FAILURES) + succeeded


@few
@given(cases())
def test_the_milestones_of_a_device_are_in_its_rows(case):
    run = case.run()
    rows = by_device(rows_of(run))
    events = {"targeted_at": "targeted", "policy_applied_at": "policy_applied"}
    events |= {"onboarded_at": "onboarded", "reported_at": "reported", "portal_at": "portal_seen"}
    columns = run.outcomes.columns

    for place, name in enumerate(columns["name"]):
        own = rows.get(name, [])
        last = max((r["time"] for r in own if r["event"] == "onboarded"), default=None)
        for column, event in events.items():
            times = [row["time"] for row in own if row["event"] == event]
            if column == "onboarded_at":
                expected = last
            elif column in ("reported_at", "portal_at") and last is not None:
                expected = next((time for time in times if time > last), None)
            else:
                expected = next(iter(times), None)
            assert columns[column][place] == expected, (name, column)
        left = [row["time"] for row in own if row["event"] == "retired"]
        assert columns["retired_at"][place] == next(iter(left), None)
    assert set(events) | {"retired_at"} == set(TIME_COLUMNS)


@pytest.mark.rule("MON-1")
@pytest.mark.rule("MON-2")
@few
@given(cases())
def test_measures_are_what_a_plain_count_of_the_log_gives(case):
    run = case.run()
    rows, devices, scenario = rows_of(run), run.prepared.fleet.devices, run.prepared.scenario
    table = {
        (row["time"], row["measure"], row["view"], row["label"]): row["value"]
        for row in run.measures.to_pylist()
    }
    instants = sorted({time for time, *_ in table})

    assert instants[-1] == scenario.horizon
    for at in instants[:: max(1, len(instants) // 12)] + instants[-1:]:
        told = lives(rows, devices, scenario, at)
        for view in ("device", "console", "portal"):
            for (measure, label), value in recount(told, devices, scenario, at, view).items():
                assert table[at, measure, view, label] == value, (at, measure, view, label)
            for group in COLLECTIONS:
                counted = recount(told, devices, scenario, at, view, group)
                for (measure, label), value in counted.items():
                    if not label:
                        place = (at, measure, view, f"collection={group}")
                        assert table[place] == value, place


@few
@given(cases())
def test_the_tiles_of_a_view_add_up_to_the_computers_that_report(case):
    run = case.run()
    table = {
        (row["time"], row["view"], row["measure"]): row["value"]
        for row in run.measures.to_pylist()
        if not row["label"]
    }
    for time, view in {(time, view) for time, view, _ in table}:
        shares = [table[time, view, f"{tile}_pct"] for tile in TILES]
        if shares[0] is None:
            assert shares == [None] * 4
        else:
            assert sum(shares) == pytest.approx(100)


@few
@given(cases())
def test_protected_devices_are_onboarded_and_onboarded_ones_eligible_at_every_instant(case):
    run = case.run()
    reader = SeriesReader(run.tally)
    for view in ("device", "console", "portal"):
        instants = reader.seconds_of_change(view)
        protected, onboarded, eligible = (
            reader.values_after(Series(view, name), instants)
            for name in ("protected", "onboarded", "eligible")
        )
        assert (protected <= onboarded).all()
        assert (onboarded <= eligible).all()


@few
@given(cases(), st.lists(series_texts(), min_size=5, max_size=15))
def test_a_live_tally_and_the_replayed_log_give_the_same_values(case, texts):
    run = case.run()
    names = names_of(run.prepared.scenario)
    wanted = [parse_gate(f"{text} >= 0", names).left for text in texts]
    horizon, step = run.prepared.scenario.horizon, run.prepared.scenario.reporting.interval
    writer = LogWriter(run.log.tables, horizon)
    live = LiveTally(run.prepared.device_table, writer)
    reader = SeriesReader(run.tally)
    taken = 0

    for now in range(0, horizon, step):
        ahead = int(np.searchsorted(run.log.columns["time"], now + 3 * step))
        for column, values in zip(writer.columns, run.log.columns.values(), strict=True):
            column.extend(values[taken:ahead].tolist())
        taken = max(taken, ahead)
        live.advance(now)
        for series in wanted:
            value = reader.values(series, np.array([now]))[0]
            assert live.current(series) == (None if np.isnan(value) else value), (now, series)


@few
@given(cases())
def test_gates_open_at_the_first_reporting_instant_at_which_their_condition_holds(case):
    run = case.run()
    scenario = run.prepared.scenario
    reader = SeriesReader(run.tally)
    told = {row["step"]: row for row in rows_of(run) if row["event"].startswith("gate_")}
    stopped = min(
        (
            row["time"]
            for name, row in told.items()
            if row["event"] == "gate_timed_out"
            and next(s for s in scenario.plan if s.name == name).otherwise.do == "stop"
        ),
        default=scenario.horizon,
    )
    for number, condition in run.prepared.conditions.gates.items():
        step = scenario.plan[number]
        watch = Watch(condition)
        end = min(step.otherwise.after, stopped, scenario.horizon - 1)
        opened = None
        for now in range(0, end + 1, scenario.reporting.interval):

            def read(series, now=now):
                value = reader.values(series, np.array([now]))[0]
                return None if np.isnan(value) else value

            if watch.holds(now, read):
                opened = now
                break
        row = told.get(step.name)
        if opened is not None and opened < stopped:
            assert (row["event"], row["time"]) == ("gate_opened", opened)
        elif row is not None and row["time"] < stopped:
            assert (row["event"], row["time"]) == ("gate_timed_out", step.otherwise.after)


@few
@given(cases(with_gates=False), st.data())
def test_another_device_changes_no_other_devices_story(case, data):
    """Without a gate nothing is shared: rows and outcomes of all others stay as they were."""
    lines = case.fleet.splitlines()
    gone = data.draw(st.integers(1, len(lines) - 1))
    name = lines[gone].split(",")[0]
    smaller = type(case)(case.scenario, "\n".join(lines[:gone] + lines[gone + 1 :]) + "\n")
    if len(lines) == 2:
        return
    run, other = case.run(), smaller.run()

    assert [row for row in rows_of(run) if row["device"] != name] == rows_of(other)
    rows = zip(*run.outcomes.columns.values(), strict=True)
    assert [row for row in rows if row[0] != name] == list(
        zip(*other.outcomes.columns.values(), strict=True)
    )


@few
@given(cases(), st.randoms(use_true_random=False))
def test_the_order_of_lists_and_of_the_fleet_file_means_nothing(case, chance):
    header, *devices = case.fleet.splitlines()
    chance.shuffle(devices)
    shuffled = type(case)(case.scenario, "\n".join([header, *devices]) + "\n")
    run = case.run()
    keys = list(case.scenario)
    chance.shuffle(keys)
    other = shuffled.run(**{key: json.loads(json.dumps(case.scenario[key])) for key in keys})

    assert run.log.digest == other.log.digest
    assert run.outcomes == other.outcomes
    assert run.measures.equals(other.measures)
    assert run.summary == other.summary
