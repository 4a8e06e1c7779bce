"""Time in each stage: where it begins and ends, that stages never overlap, what is left open."""

from itertools import pairwise

import pytest

from sim.accounts.stages import STAGES, StageTime, rank, stage_times, stays
from sim.runs.replication import run_replication
from sim.scenario.loader import load_text
from tests.measures.handmade import Handmade, device

HORIZON = 1_000


def handmade(*rows, **traits):
    """Return the stays of one device with (time, event, words) in its log."""
    log = Handmade(device("D", **traits))
    for time, event, *words in rows:
        log.log(time, "D", event, **(words[0] if words else {}))
    return [(stay.stage, stay.start, stay.end) for stay in stays(log.finish(), log.device_table)]


def of(event, time, policy="First", collection="", **words):
    return (time, event, {"policy": policy, "collection": collection, **words})


def targeted(time, policy="First", collection="All"):
    return of("targeted", time, policy, collection)


UP_LEVEL = [
    targeted(10),
    of("policy_received", 30),
    of("policy_evaluated", 70, rule="UPL-1"),
    of("policy_applied", 70, rule="UPL-1"),
    of("onboarded", 75, rule="UPL-1", payload="a"),
    (80, "reported"),
]


def test_a_device_without_an_agent_polls_evaluates_registers_and_reports():
    assert handmade(*UP_LEVEL) == [
        ("poll", 10, 30),
        ("evaluation", 30, 70),
        ("registration", 70, 75),
        ("report", 75, 80),
    ]


def test_a_stage_that_is_completed_in_its_first_second_counts():
    assert handmade(
        targeted(10),
        of("policy_received", 10),
        of("policy_evaluated", 10, rule="DWN-2"),
        of("content_downloaded", 10, rule="DWN-2", cause="awaiting_maintenance_window"),
        of("install_started", 10, rule="DWN-2"),
        of("agent_installed", 10, rule="DWN-2"),
        of("onboarded", 10, rule="DWN-2", payload="a"),
    ) == [
        *((stage, 10, 10) for stage in ("poll", "evaluation", "content", "window", "install")),
        ("registration", 10, 10),
        ("report", 10, None),
    ]


def test_who_is_refused_at_once_has_not_completed_the_stage_that_would_have_come():
    """The policy needs an agent, and fails in the same second for another reason."""
    assert handmade(
        targeted(10),
        of("policy_received", 30),
        of("policy_evaluated", 70, rule="MMA-1"),
        of("policy_failed", 70, rule="MMA-2", cause="workspace_missing"),
    ) == [("poll", 10, 30), ("evaluation", 30, 70), ("retry", 70, None)]


def test_an_agent_is_downloaded_and_installed():
    assert handmade(
        targeted(10),
        of("policy_received", 30),
        of("policy_evaluated", 70, rule="DWN-2"),
        of("content_downloaded", 90, rule="DWN-2"),
        of("install_started", 100, rule="DWN-2"),
        of("agent_installed", 130, rule="DWN-2"),
        of("policy_applied", 130, rule="DWN-2"),
        of("onboarded", 140, rule="DWN-2", payload="a"),
        (150, "reported"),
    )[2:] == [
        ("content", 70, 90),
        ("install", 90, 130),
        ("registration", 130, 140),
        ("report", 140, 150),
    ]


def test_a_wait_for_a_window_lasts_until_the_installer_starts():
    waits = {"cause": "awaiting_maintenance_window", "rule": "DWN-2"}
    told = handmade(
        targeted(10),
        of("policy_received", 30),
        of("policy_evaluated", 70, rule="DWN-2"),
        of("content_downloaded", 90, **waits),
        of("policy_evaluated", 170, **waits),
        of("install_started", 300, rule="DWN-2"),
        of("agent_installed", 330, rule="DWN-2"),
    )

    assert told[2:] == [
        ("content", 70, 90),
        ("window", 90, 300),
        ("install", 300, 330),
        ("registration", 330, None),
    ]


def test_content_in_the_cache_is_not_waited_for_again():
    fetched = [
        targeted(10),
        of("policy_received", 30),
        of("policy_evaluated", 70, rule="DWN-2"),
        of("content_downloaded", 90, rule="DWN-2"),
        of("policy_failed", 100, cause="other_organization", rule="UPD-7"),
    ]

    assert handmade(*fetched, of("policy_evaluated", 200, rule="DWN-2"))[3:] == [
        ("install", 90, 100),
        ("retry", 100, 200),
        ("install", 200, None),
    ]
    waits = of("policy_evaluated", 200, cause="awaiting_maintenance_window", rule="DWN-2")
    assert handmade(*fetched, waits)[-1] == ("window", 200, None)


def test_failed_installs_and_the_waits_between_them_are_one_stay():
    assert handmade(
        targeted(10),
        of("policy_received", 30),
        of("policy_evaluated", 70, rule="DWN-2"),
        of("content_downloaded", 90, rule="DWN-2"),
        of("install_started", 90, rule="DWN-2"),
        of("install_failed", 100, cause="install_failed", rule="FLT-4"),
        of("policy_evaluated", 150, rule="DWN-2"),
        of("install_started", 150, rule="DWN-2"),
        of("agent_installed", 160, rule="DWN-2"),
    )[3:] == [("install", 90, 160), ("registration", 160, None)]


@pytest.mark.rule("FLT-4")
def test_a_pending_restart_is_waited_for_through_all_attempts_in_vain():
    pending = {"cause": "restart_pending", "rule": "FLT-4"}

    assert handmade(
        targeted(10),
        of("policy_received", 30),
        of("policy_evaluated", 70, rule="DWN-2"),
        of("content_downloaded", 90, rule="DWN-2"),
        of("install_started", 90, rule="DWN-2"),
        of("install_failed", 100, **pending),
        of("policy_evaluated", 200, rule="DWN-2"),
        of("install_started", 200, rule="DWN-2"),
        of("install_failed", 210, **pending),
        (300, "restarted", {"rule": "FLT-4"}),
        of("install_started", 320, rule="DWN-2"),
        of("agent_installed", 330, rule="DWN-2"),
    )[3:] == [
        ("install", 90, 100),
        ("restart", 100, 300),
        ("install", 300, 330),
        ("registration", 330, None),
    ]


@pytest.mark.rule("UPD-1")
def test_a_new_payload_waits_for_a_restart_but_for_the_first_report_before():
    received = (77, "payload_received", {"payload": "b"})
    applied = (200, "payload_applied", {"payload": "b"})

    assert handmade(*UP_LEVEL[:-1], received, UP_LEVEL[-1], applied)[3:] == [
        ("report", 75, 80),
        ("restart", 80, 200),
    ]
    late = (100, "payload_received", {"payload": "b"})
    assert handmade(*UP_LEVEL, late, applied)[4:] == [("restart", 100, 200)]


def test_a_report_that_was_on_its_way_does_not_tell_of_the_onboarding():
    assert handmade(*UP_LEVEL[:-1], (75, "reported"))[-1] == ("report", 75, None)


def test_a_failure_is_waited_out_until_the_next_evaluation():
    failed = {"cause": "workspace_missing", "rule": "MMA-2"}

    assert handmade(
        targeted(10),
        of("policy_received", 30),
        of("policy_evaluated", 70, rule="MMA-1"),
        of("policy_failed", 70, **failed),
        of("policy_evaluated", 500, rule="MMA-1"),
        of("policy_failed", 500, **failed),
    )[2:] == [("retry", 70, 500), ("retry", 500, None)]


def test_a_device_that_is_not_eligible_waits_for_nothing():
    gone = {"cause": "os_out_of_support", "rule": "OS-3"}
    refused = [*UP_LEVEL[:2], of("policy_evaluated", 70, rule="OS-3")]

    assert handmade(*refused, of("policy_failed", 70, **gone))[-1] == ("evaluation", 30, 70)
    assert handmade(*UP_LEVEL, ineligible_cause="os_not_supported") == []


def test_a_device_onboarded_before_the_start_has_no_stages():
    assert handmade(*UP_LEVEL[:4], onboarded=True, payload="a") == []


def test_an_offboarding_policy_has_no_stages():
    rows = [
        of(event, time, "Leave", "All") for event, time in (("targeted", 10), ("offboarded", 90))
    ]

    assert handmade(*rows) == []


@pytest.mark.rule("TIM-4")
def test_the_evaluation_of_a_collection_is_waited_for_from_joining():
    log = Handmade(device("New"), device("Old")).target(20, "Old")
    log.log(50, "New", "joined", cause="awaiting_collection")
    log.log(200, "New", "member_added", collection="All").target(200, "New")

    assert [stay[1:] for stay in stays(log.finish(), log.device_table)][:2] == [
        ("collection", 50, 200),
        ("poll", 200, None),
    ]


def test_a_collection_that_was_empty_was_deployed_to_when_the_plan_named_the_policy():
    log = Handmade(device("New")).log(80, "", "step_done", policy="First", step="step")
    log.log(50, "New", "joined", cause="awaiting_collection")
    log.log(200, "New", "member_added", collection="All").target(200, "New")

    assert stays(log.finish(), log.device_table)[0][1:] == ("collection", 80, 200)


@pytest.mark.rule("TIM-4")
def test_a_collection_costs_no_time_before_anything_is_deployed_to_it():
    log = Handmade(device("New"), device("Old")).log(
        50, "New", "joined", cause="awaiting_collection"
    )
    log.target(120, "Old")
    log.log(200, "New", "member_added", collection="All").target(200, "New")

    assert stays(log.finish(), log.device_table)[0][1:] == ("collection", 120, 200)


def test_a_member_before_the_deployment_waited_for_no_collection():
    joined = (50, "joined", {"cause": "awaiting_collection"})
    added = (60, "member_added", {"collection": "All", "rule": "TIM-4"})

    assert handmade(joined, added, targeted(200)) == [("poll", 200, None)]


def test_only_a_device_that_no_collection_has_taken_in_still_waits_for_one():
    joined = (50, "joined", {"cause": "awaiting_collection"})
    log = Handmade(device("In"), device("New"), device("Old")).target(120, "Old")
    log.log(50, "New", joined[1], **joined[2]).log(50, "In", joined[1], **joined[2])
    log.log(60, "In", "member_added", collection="Some")
    found = {stay.device: stay[1:] for stay in stays(log.finish(), log.device_table)}

    assert found == {1: ("collection", 120, None), 2: ("poll", 120, None)}
    assert handmade(joined) == []


def test_withdrawing_and_retiring_end_a_stage():
    assert handmade(targeted(10), of("untargeted", 60, collection="All")) == [("poll", 10, 60)]
    assert handmade(targeted(10), (70, "retired")) == [("poll", 10, 70)]


def test_only_policies_of_both_kinds_hold_a_device_back():
    conflict = {"cause": "policy_conflict", "rule": "POL-5"}
    before = [targeted(10), of("policy_received", 30)]

    assert handmade(*before, targeted(40, "Leave"), of("policy_conflict", 70, **conflict))[-1] == (
        "retry",
        70,
        None,
    )
    assert handmade(
        *before, targeted(40, "Second"), of("policy_conflict", 70, "Second", **conflict)
    )[-1] == ("evaluation", 30, None)


def test_the_times_of_one_device_in_one_stage_count_together():
    log = Handmade(device("A"), device("B"), device("C")).target(0, "A", "B", "C")
    for name, time in (("A", 10), ("B", 40)):
        log.log(time, name, "policy_received", policy="First")
    (poll, evaluation) = stage_times(stays(log.finish(), log.device_table), HORIZON)

    assert poll == StageTime("poll", 2, 10, 40, 50, 1, 1_000, 1_000)
    assert evaluation == StageTime("evaluation", 0, None, None, 0, 2, 960, 990 + 960)


def test_a_device_that_is_in_a_stage_again_at_the_end_has_not_left_it():
    failed = {"cause": "workspace_missing", "rule": "MMA-2"}
    log = Handmade(device("A")).target(0, "A")
    log.log(0, "A", "policy_received", policy="First")
    for time in (100, 400):
        log.log(time, "A", "policy_evaluated", policy="First", rule="MMA-1")
        log.log(time, "A", "policy_failed", policy="First", **failed)
    *_, retry = stage_times(stays(log.finish(), log.device_table), HORIZON)

    assert retry == StageTime("retry", 0, None, None, 0, 1, 900, 900)


def test_the_nine_in_ten_rank_is_a_value_that_occurred():
    assert rank(range(1, 11), 90) == 9
    assert rank([7], 90) == rank([7], 50) == 7


SCENARIO = """\
format: 1
name: stages
start: 2026-03-02
horizon: 25 d
fleet: {generate: {devices: 150, mix: servers}}
collections:
  - {name: All, members: managed}
  - {name: Older, members: "os in ['server-2012-r2', 'server-2016']"}
client_settings: [{name: New, collection: Older, priority: 1, downlevel_client: mma}]
packages: [{name: p, payload: a, organization: contoso}]
policies: [{name: Onboard, package: p}]
plan:
  - {at: 1 d, deploy: Onboard, to: [All]}
  - {at: 5 d, set_client_setting: New, downlevel_client: mde_client}
"""


def test_stages_leave_no_gap_and_never_overlap_from_deployment_to_report():
    run = run_replication(load_text(SCENARIO))
    found = stays(run.log, run.prepared.device_table)
    ways = {}
    for stay in found:
        ways.setdefault(stay.device, []).append(stay)
    columns = run.outcomes.columns

    assert {stay.stage for stay in found} >= {"poll", "evaluation", "content", "install", "retry"}
    for number, way in ways.items():
        assert all(before.end == after.start for before, after in pairwise(way))
        assert way[0].start == columns["targeted_at"][number]
        if columns["status"][number] == "onboarded" and columns["reported_at"][number]:
            assert way[-1].end is not None
    assert [row.stage for row in stage_times(found, HORIZON)] == [
        stage for stage in STAGES if any(stay.stage == stage for stay in found)
    ]
