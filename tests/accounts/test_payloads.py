"""Payloads and scripts: shares of the onboarded devices, devices a script reached, its failures."""

from dataclasses import replace

import pytest

from sim.accounts.payloads import POINTS, payload_account
from sim.runs.replication import run_replication
from sim.scenario.loader import load_text
from tests.accounts.test_headline import HEAD, SCRIPT, old
from tests.measures.handmade import Handmade, device

STEP = {"step": "step"}


def log_of(*devices):
    log = Handmade(*devices)
    log.device_table = replace(log.device_table, scripts={"step": "script"})
    return log


def account(log, *steps):
    scenario = load_text((HEAD + "".join(steps)).replace("1000 s", "1 d")).scenario
    scenario = scenario.model_copy(update={"horizon": 1_000})
    return payload_account(scenario, log.finish(), log.tally())


def scripted(log, time, *names):
    for name in names:
        log.log(time, name, "targeted", rule="UPD-9", collection="All", **STEP)
    return log


def ran(log, time, name):
    log.log(time, name, "script_ran", rule="UPD-9", payload="b", **STEP)
    return log.log(time, name, "payload_received", rule="UPD-1", payload="b")


def test_a_run_with_one_payload_and_no_script_has_no_account():
    assert account(Handmade(old("A"), device("B"))) is None


def test_a_second_payload_is_enough_for_one():
    found = account(Handmade(old("A"), device("B", onboarded=True, payload="old")))

    assert [course.name for course in found.payloads] == ["a", "old"]


def test_a_script_is_enough_for_one():
    found = account(scripted(log_of(old("A")), 100, "A"))

    assert [course.package for course in found.scripts] == ["script"]


def test_the_payload_that_the_plan_brings_comes_first_even_where_few_use_it():
    log = ran(scripted(log_of(old("A"), old("B"), old("C")), 10, "A"), 20, "A")
    found = account(log, SCRIPT)

    assert [course.name for course in found.payloads] == ["b", "a"]


def test_a_payload_is_in_use_only_after_the_restart():
    log = ran(scripted(log_of(old("A"), old("B")), 100, "A"), 250, "A")
    log.log(750, "A", "payload_applied", payload="b")
    new, former = account(log, SCRIPT).payloads

    assert (new.used, new.pending, former.used) == (1, 0, 1)
    assert new.use[POINTS // 2] == 0
    assert new.wait[POINTS // 2] == 50
    assert (new.use[-1], new.wait[-1], former.use[0], former.use[-1]) == (50, 0, 100, 50)
    assert new.time_to == {50: 750, 90: None, 95: None}


def test_devices_that_are_not_eligible_are_in_no_share():
    outside = {"ineligible_cause": "os_not_supported"}
    log = log_of(old("A"), old("B", **outside), old("C", **outside))
    ran(ran(ran(scripted(log, 10, *"ABC"), 20, "A"), 20, "B"), 20, "C")
    log.log(30, "B", "payload_applied", payload="b")
    found = account(log, SCRIPT)

    assert (found.onboarded, found.payloads[0].used, found.payloads[0].pending) == (1, 0, 1)
    assert found.scripts[0].success[-1] == 100


def test_before_anybody_is_onboarded_there_is_no_share():
    log = scripted(log_of(device("A")), 100, "A")
    log.target(100, "A").onboard(500, "A")
    (course,) = account(log).payloads

    assert course.use[0] != course.use[0]
    assert course.use[-1] == 100


def test_a_payload_that_was_given_back_is_counted_by_device():
    log = ran(scripted(log_of(old("A"), old("B")), 10, "A"), 20, "A")
    log.log(30, "A", "payload_reverted", rule="UPD-4", payload="a")
    log.log(60, "A", "payload_reverted", rule="UPD-4", payload="a")
    found = {course.name: course.reverted for course in account(log, SCRIPT).payloads}

    assert found == {"a": 1, "b": 0}


def test_a_script_succeeds_fails_or_has_not_run_on_each_device_it_reached():
    log = scripted(log_of(*(old(name) for name in "ABCD"), old("E")), 10, *"ABCD")
    ran(log, 20, "A")
    log.log(30, "B", "script_failed", rule="UPD-8", cause="payload_not_eligible", **STEP)
    log.log(40, "C", "script_failed", rule="UPD-7", cause="other_organization", **STEP)
    ran(log, 50, "C")
    (course,) = account(log, SCRIPT).scripts

    assert (course.package, course.payload) == ("script", "b")
    assert (course.reached, course.succeeded, course.failed, course.missing) == (4, 2, 1, 1)
    assert course.success[-1] == 40


def test_a_device_that_has_retired_is_counted_no_more():
    log = scripted(log_of(old("A"), old("B")), 10, "A", "B")
    ran(log, 20, "A").log(30, "A", "retired")
    log.log(30, "B", "script_failed", rule="UPD-8", cause="payload_not_eligible", **STEP)
    log.log(40, "B", "retired")
    found = account(log, SCRIPT)

    assert (found.scripts[0].reached, found.scripts[0].succeeded, found.failures) == (0, 0, [])


def test_each_reason_of_failure_is_shown_with_its_devices_and_their_systems():
    log = log_of(old("A", os="server-2016"), old("B", os="windows-8.1"), old("C"), old("D"))
    scripted(log, 10, *"ABCD")
    for name in "AB":
        log.log(20, name, "script_failed", rule="UPD-8", cause="payload_not_eligible", **STEP)
    log.log(20, "C", "script_failed", rule="UPD-7", cause="other_organization", **STEP)
    first, second = account(log, SCRIPT).failures

    assert (first.cause, first.rule, first.devices) == ("payload_not_eligible", "UPD-8", 2)
    assert first.systems == ("server-2016", "windows-8.1")
    assert (second.cause, second.package) == ("other_organization", "script")


REAL = """\
format: 1
name: real
start: 2026-03-02
horizon: 20 d
faults: none
fleet:
  generate:
    devices: 60
    mix: {windows-11-24h2: 60 %, windows-8.1: 40 %}
    already_onboarded: {share: 100 %, payload: a, organization: contoso}
collections: [{name: All, members: managed}]
packages:
  - {name: p, payload: a, organization: contoso}
  - {name: script, payload: b, organization: contoso, method: group_policy}
plan:
  - {at: 1 d, run_script: script, on: [All]}
  - {name: again, at: 10 d, restart: [All], within: 1 d}
"""


@pytest.fixture(scope="module")
def run():
    return run_replication(load_text(REAL))


def test_of_a_real_script_the_account_agrees_with_the_summary(run):
    found = payload_account(run.prepared.scenario, run.log, run.tally)
    used = {course.name: course.used for course in found.payloads}
    (script,) = found.scripts

    assert used == run.summary["payload_in_use"]
    assert script.reached == 60 == script.succeeded + script.failed
    assert script.succeeded == used["b"] == run.summary["headline"]["devices"]
    assert [(row.cause, row.devices, row.systems) for row in found.failures] == [
        ("sensor_missing", script.failed, ("windows-8.1",))
    ]
