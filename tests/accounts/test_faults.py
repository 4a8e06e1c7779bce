"""Rates of faults: the devices that each could affect, affected, and affects at the end."""

import pytest

from sim.accounts.faults import fault_rates
from sim.accounts.outcomes import outcomes
from sim.measures.tally import replay
from sim.reference.assumptions import ASSUMPTIONS
from sim.reference.causes import CAUSES
from sim.runs.replication import run_replication
from sim.scenario.loader import load_text
from tests.measures.handmade import Handmade, device


def rates(log):
    finished = log.finish()
    found = fault_rates(finished, log.device_table, outcomes(replay(finished, log.device_table)))
    return {
        (one.fault, one.among): (one.exposed, one.affected, one.affected_at_end) for one in found
    }


@pytest.mark.rule("FLT-3")
def test_a_fault_that_passed_affected_the_device_but_not_at_the_end():
    log = Handmade(*(device(name, os="server-2016", route="mde_client") for name in "ABC"))
    log.target(0, "A", "B", "C")
    for name in "ABC":
        log.log(10, name, "policy_evaluated", policy="First", rule="DWN-2")
    for name in "AB":
        log.fail(20, name, "service_start_failed", rule="FLT-3", event="onboarding_failed")
        log.fail(30, name, "service_start_failed", rule="FLT-3", event="onboarding_failed")
    log.log(40, "B", "onboarded", policy="First", rule="DWN-2", payload="a")
    log.log(40, "C", "onboarded", policy="First", rule="DWN-2", payload="a")

    found = rates(log)
    assert found["service_start_failed", "registrations with the MDE client"] == (3, 2, 1)
    assert found["network_blocked", "registrations"] == (3, 0, 0)


def test_only_devices_that_reached_the_step_are_exposed():
    log = Handmade(*(device(name, os="server-2016", route="mde_client") for name in "ABC"))
    log.target(0, "A", "B", "C")
    log.log(10, "A", "install_started", policy="First", rule="DWN-2")
    log.fail(20, "A", "antivirus_disabled", rule="DWN-5", event="install_failed")
    log.log(10, "B", "install_started", policy="First", rule="DWN-2")

    found = rates(log)
    assert found["antivirus_disabled", "installs on Server 2016"] == (2, 1, 1)
    assert ("network_blocked", "registrations") not in found
    assert not any(among == "installs on Server 2012 R2" for _, among in found)


@pytest.mark.rule("FLT-1")
def test_a_client_that_does_not_work_holds_as_long_as_the_device_waits_for_it():
    log = Handmade(device("A", client="inactive"), device("B", client="inactive"), device("C"))
    log.target(0, "A", "B", "C").onboard(50, "B")

    assert rates(log)["client_inactive", "ConfigMgr clients"] == (3, 2, 1)
    assert rates(log)["client_broken", "ConfigMgr clients"] == (3, 0, 0)


@pytest.mark.rule("FLT-6")
def test_a_service_that_runs_again_does_not_hold():
    log = Handmade(device("A"), device("B"), device("C", onboarded=True, payload="a"))
    log.target(0, "A", "B").onboard(50, "A", "B")
    for name in "AB":
        log.log(100, name, "agent_stopped", rule="FLT-6")
    log.log(200, "A", "agent_recovered", rule="FLT-6")
    log.log(300, "A", "agent_stopped", rule="FLT-6").log(400, "A", "agent_recovered", rule="FLT-6")

    assert rates(log)["agent_stopped", "onboarded devices"] == (3, 2, 1)


@pytest.mark.rule("MON-3")
def test_silence_after_offboarding_is_no_fault():
    log = Handmade(device("A"), device("B")).target(0, "A", "B").onboard(50, "A", "B")
    log.log(100, "A", "went_inactive", rule="MON-3").log(200, "A", "active_again", rule="MON-3")
    log.log(300, "B", "went_inactive", rule="OFF-3")

    assert rates(log)["went_inactive", "onboarded devices"] == (2, 1, 0)


def test_every_fault_names_an_assumption_of_the_table_and_a_word_of_the_vocabulary():
    text = """\
format: 1
name: faults
start: 2026-03-02
horizon: 20 d
fleet: {generate: {devices: 400, mix: {server-2016: 40 %, server-2012-r2: 30 %, windows-8.1: 30 %}}}
collections: [{name: All, members: managed}]
client_settings: [{name: New, collection: All, priority: 1, downlevel_client: mde_client}]
packages: [{name: p, payload: a, organization: contoso}]
policies: [{name: Onboard, package: p, workspace: {id: present, key: present}}]
plan: [{at: 0 d, deploy: Onboard, to: [All]}]
"""
    run = run_replication(load_text(text))
    found = fault_rates(run.log, run.prepared.device_table, run.outcomes)

    assert {one.fault for one in found} <= {*CAUSES, "agent_stopped", "went_inactive"}
    assert {one.assumption for one in found} - {""} <= set(ASSUMPTIONS)
    assert all(one.affected_at_end <= one.affected <= one.exposed for one in found)
    assert len([one for one in found if one.affected]) > 8
