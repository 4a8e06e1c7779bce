"""A policy that changes during a run: another payload, another choice of sample sharing."""

import pytest

from tests.kernel.telling import (
    DEPLOY,
    EVERYBODY,
    FIXED,
    MDE_CLIENT,
    PACKAGE,
    WORKSPACE,
    final,
    phase,
    rehearsal,
    story,
    told,
    told_of_plan,
    value_of,
    verdict,
    when,
)

DAY = 86_400
PC = {"os": "windows-11-24h2", "chassis": "desktop"}
OLD_10 = {"os": "windows-10-1803", "chassis": "desktop"}
MMA = {"os": "windows-8.1", "chassis": "desktop"}
NEW = PACKAGE | {"name": "onboarding-b", "payload": "b"}
STREAMLINED = NEW | {"connectivity": "streamlined"}
FOREIGN = {"name": "onboarding-f", "payload": "f", "organization": "fabrikam"}
SCRIPT = {
    "name": "script-b", "payload": "b", "organization": "contoso", "method": "group_policy",
}  # fmt: skip
UPDATE = {"name": "update", "at": "2 d", "update": "Onboard", "package": "onboarding-b"}
RESTART = {"name": "restart", "at": "9 d", "restart": ["All"], "within": "1 s"}
REACHES = {"update_reaches_onboarded": True}


def updated(tmp_path, devices, *steps, packages=(PACKAGE, NEW), **sections):
    """Run a plan that deploys, updates and restarts, over a little more than two weeks."""
    sections = {"horizon": "16 d"} | sections
    plan = list(steps) or [DEPLOY, UPDATE, RESTART]
    return rehearsal(tmp_path, devices, plan=plan, packages=list(packages), **sections)


@pytest.mark.rule("UPD-2", "UPD-3")
def test_an_update_leaves_devices_that_are_onboarded_as_they_are(tmp_path):
    run = updated(tmp_path, PC)

    assert told(run) == story("""
        0 member_added TIM-4 All
        3600 targeted Onboard All
        3600 policy_received TIM-1 Onboard
        3601 policy_evaluated UPL-1 Onboard
        3601 policy_applied UPL-1 Onboard
        3631 onboarded UPL-1 Onboard a
        3632 reported TIM-3
        4231 portal_seen MON-4
    """)
    assert told_of_plan(run)[1] == "172800 step_done Onboard update"
    assert verdict(run) == ("onboarded", "", "UPL-1")


@pytest.mark.rule("UPD-3", "UPD-1")
def test_where_the_switch_says_so_an_update_reaches_them_at_their_next_evaluation(tmp_path):
    run = updated(tmp_path, PC, rules=REACHES)

    assert told(run)[8:] == story("""
        608401 policy_evaluated UPL-1 Onboard
        608401 payload_received UPD-3 Onboard b
        608402 reported TIM-3
        777600 restarted UPD-1
        777600 payload_applied UPD-1 b
        777601 reported TIM-3
    """)
    assert value_of(run, "device", "blocked", 8 * DAY, cause="awaiting_restart") == 1
    assert verdict(run) == ("onboarded", "", "UPL-1")


@pytest.mark.rule("UPD-2")
def test_whoever_onboards_after_an_update_gets_the_new_payload(tmp_path):
    """One joins; the other was blocked and onboards at its second evaluation."""
    late = PC | {"joined_at": "2026-03-06 00:00"}
    opened = {"name": "open", "at": "3 d", "patch": {"network": "ok"}, "on": ["All"],
              "within": "1 s"}  # fmt: skip
    run = updated(
        tmp_path,
        [late, PC | {"network": "blocked"}],
        DEPLOY,
        UPDATE,
        opened,
        collections=[EVERYBODY | {"evaluation": "incremental"}],
    )

    assert told(run, "PC-1") == story("""
        345600 joined awaiting_collection
        345900 member_added TIM-4 All
        345900 targeted Onboard All
        345900 policy_received TIM-1 Onboard
        345901 policy_evaluated UPL-1 Onboard
        345901 policy_applied UPL-1 Onboard
        345931 onboarded UPL-1 Onboard b
        345932 reported TIM-3
        346531 portal_seen MON-4
    """)
    assert told(run, "PC-2")[2:] == story("""
        3600 policy_received TIM-1 Onboard
        3601 policy_evaluated UPL-1 Onboard
        3601 policy_applied UPL-1 Onboard
        3631 onboarding_failed network_blocked FLT-2 Onboard
        3632 reported TIM-3
        259200 remediated DWN-9 open
        608401 policy_evaluated UPL-1 Onboard
        608401 policy_applied UPL-1 Onboard
        608431 onboarded UPL-1 Onboard b
        608432 reported TIM-3
        609031 portal_seen MON-4
    """)


@pytest.mark.rule("UPD-2", "TIM-1")
@pytest.mark.parametrize(("late", "payload"), [(-1, "b"), (0, "b"), (1, "a")])
def test_a_device_onboards_with_the_package_that_its_last_poll_knew(tmp_path, late, payload):
    """One poll a day; the first evaluation comes some hours after the one that brought the policy.

    A step is felt from its own second on, so an update in the second of the poll is known by it.
    """
    slow = FIXED | {"policy_poll_interval": "1 d", "first_evaluation_window": "6 h"}
    poll = DAY + phase("PC-1", "policy_poll_phase", DAY)
    run = updated(tmp_path, PC, DEPLOY | {"at": "1 d"}, UPDATE | {"at": f"{poll + late} s"},
                  assumptions=slow)  # fmt: skip

    assert when(run, "policy_received") == poll
    assert poll + 1 < when(run, "policy_evaluated") < poll + DAY
    assert final(run)["payload_in_use"] == payload


@pytest.mark.rule("UPD-3")
def test_an_update_taken_back_before_the_evaluation_changes_nothing(tmp_path):
    back = {"at": "3 d", "update": "Onboard", "package": "onboarding-a"}
    run = updated(tmp_path, PC, DEPLOY, UPDATE, back, RESTART, rules=REACHES)

    assert told(run)[-1] == "4231 portal_seen MON-4"


@pytest.mark.rule("UPD-3", "UPD-1")
def test_an_update_taken_back_before_the_restart_needs_none(tmp_path):
    """Received a week after the onboarding, taken back a week later, restarted the day after."""
    back = {"at": "8 d", "update": "Onboard", "package": "onboarding-a"}
    restart = RESTART | {"at": "15 d"}
    run = updated(tmp_path, PC, DEPLOY, UPDATE, back, restart, rules=REACHES)

    assert told(run)[8:] == story("""
        608401 policy_evaluated UPL-1 Onboard
        608401 payload_received UPD-3 Onboard b
        608402 reported TIM-3
        1213201 policy_evaluated UPL-1 Onboard
        1213201 payload_received UPD-3 Onboard a
        1213202 reported TIM-3
    """)
    assert verdict(run) == ("onboarded", "", "UPL-1")


@pytest.mark.rule("UPD-3", "UPD-4")
def test_the_switch_of_updates_does_not_excuse_drift(tmp_path):
    """A script's payload is drift; if drift is not reverted, an update does not replace it."""
    run_script = {"name": "move", "at": "2 d", "run_script": "script-b", "on": ["All"]}
    runs = [
        updated(
            tmp_path,
            PC,
            DEPLOY,
            run_script,
            packages=[PACKAGE, SCRIPT],
            rules=REACHES | {"drift_reverted": reverted},
            assumptions=FIXED | {"script_window": "1 s"},
        )
        for reverted in (True, False)
    ]

    assert [[line for line in told(run) if "608401" in line] for run in runs] == [
        story("""
            608401 policy_evaluated UPL-1 Onboard
            608401 payload_reverted UPD-4 Onboard a
        """),
        [],
    ]


@pytest.mark.rule("UPD-3", "UPD-4")
def test_what_an_update_brought_is_no_drift_although_a_script_once_brought_the_same(tmp_path):
    """Reverted after a week; brought by the policy after two, replaced by it after three."""
    plan = [
        DEPLOY,
        {"name": "move", "at": "2 d", "run_script": "script-b", "on": ["All"]},
        UPDATE | {"at": "8 d"},
        {"name": "back", "at": "15 d", "update": "Onboard", "package": "onboarding-a"},
    ]
    run = updated(
        tmp_path,
        PC,
        *plan,
        packages=[PACKAGE, NEW, SCRIPT],
        rules=REACHES,
        assumptions=FIXED | {"script_window": "1 s"},
        horizon="23 d",
    )

    assert [line for line in told(run) if "payload" in line] == story("""
        172801 payload_received UPD-1 b
        608401 payload_reverted UPD-4 Onboard a
        1213201 payload_received UPD-3 Onboard b
        1818001 payload_received UPD-3 Onboard a
    """)


@pytest.mark.rule("UPD-7")
@pytest.mark.parametrize("rules", [{}, REACHES])
def test_an_update_to_another_organizations_package_fails_and_moves_no_device(tmp_path, rules):
    run = updated(
        tmp_path,
        PC,
        DEPLOY,
        UPDATE | {"package": "onboarding-f"},
        RESTART,
        packages=[PACKAGE, FOREIGN],
        rules=rules,
    )

    assert told(run)[8:] == story("""
        608401 policy_evaluated UPL-1 Onboard
        608401 policy_failed other_organization UPD-7 Onboard
        608402 reported TIM-3
        1213201 policy_evaluated UPL-1 Onboard
        1213201 policy_failed other_organization UPD-7 Onboard
    """)
    assert verdict(run) == ("onboarded", "other_organization", "UPD-7")
    assert final(run)["payload_in_use"] == "a"


@pytest.mark.rule("UPD-7", "OFF-4")
def test_a_device_of_another_organization_onboards_once_it_is_fully_offboarded(tmp_path):
    """Only that organization's own file offboards it."""
    farewell = {"name": "farewell-f", "kind": "offboarding", "organization": "fabrikam"}
    plan = [
        DEPLOY,
        {"at": "1 d", "undeploy": "Onboard", "from": ["All"]},
        {"at": "2 d", "deploy": "Leave", "to": ["All"]},
        {"at": "3 d", "undeploy": "Leave", "from": ["All"]},
        DEPLOY | {"at": "4 d"},
    ]
    run = rehearsal(
        tmp_path,
        PC | {"onboarded": "true", "organization": "fabrikam", "payload": "f"},
        plan=plan,
        packages=[PACKAGE, farewell],
        policies=[
            {"name": "Onboard", "package": "onboarding-a"},
            {"name": "Leave", "kind": "offboarding", "package": "farewell-f"},
        ],
        horizon="6 d",
    )

    assert told(run)[2:] == story("""
        3600 policy_received TIM-1 Onboard
        3601 policy_evaluated UPL-1 Onboard
        3601 policy_failed other_organization UPD-7 Onboard
        3602 reported TIM-3
        86400 untargeted Onboard All
        172800 targeted Leave All
        172800 policy_received TIM-1 Leave
        172801 policy_evaluated OFF-1 Leave
        172831 offboarded OFF-1 Leave
        172832 reported TIM-3
        259200 untargeted Leave All
        345600 targeted Onboard All
        345600 policy_received TIM-1 Onboard
        345601 policy_evaluated UPL-1 Onboard
        345601 policy_applied UPL-1 Onboard
        345631 onboarded UPL-1 Onboard a
        345632 reported TIM-3
        346231 portal_seen MON-4
    """)


@pytest.mark.rule("UPD-8")
@pytest.mark.parametrize("system", ["1607", "1703", "1709", "1803"])
def test_a_streamlined_update_does_not_move_an_old_windows_10_in_place(tmp_path, system):
    run = updated(
        tmp_path,
        PC | {"os": f"windows-10-{system}"},
        packages=[PACKAGE, STREAMLINED],
        rules=REACHES | {"windows_10_minimum": "1607"},
    )

    assert told(run)[7:] == story("""
        4231 portal_seen MON-4
        608401 policy_evaluated UPL-1 Onboard
        608401 policy_failed payload_not_eligible UPD-8 Onboard
        608402 reported TIM-3
        1213201 policy_evaluated UPL-1 Onboard
        1213201 policy_failed payload_not_eligible UPD-8 Onboard
    """)
    assert verdict(run) == ("onboarded", "payload_not_eligible", "UPD-8")


@pytest.mark.rule("UPD-8")
def test_a_streamlined_package_onboards_an_old_windows_10_that_is_new(tmp_path):
    """A device in place is not moved, and if updates reach no device it is not even tried."""
    run = updated(tmp_path, OLD_10, DEPLOY, packages=[PACKAGE | {"connectivity": "streamlined"}])

    assert verdict(run) == ("onboarded", "", "UPL-1")

    run = updated(tmp_path, OLD_10, packages=[PACKAGE, STREAMLINED])

    assert told(run)[-1] == "4231 portal_seen MON-4"


@pytest.mark.rule("UPD-8", "MMA-1")
def test_a_streamlined_update_does_not_reach_mma_but_the_mde_client(tmp_path):
    servers = [MMA, {"os": "server-2016"}]
    run = updated(
        tmp_path,
        servers,
        packages=[PACKAGE, STREAMLINED],
        policy={"workspace": WORKSPACE},
        client_settings=MDE_CLIENT,
        rules=REACHES,
    )

    assert told(run, "PC-1")[10:] == story("""
        4295 portal_seen MON-4
        608401 policy_evaluated DWN-8 Onboard
        608401 policy_failed payload_not_eligible UPD-8 Onboard
        608402 reported TIM-3
        1213201 policy_evaluated DWN-8 Onboard
        1213201 policy_failed payload_not_eligible UPD-8 Onboard
    """)
    assert told(run, "PC-2")[10:] == story("""
        4368 portal_seen MON-4
        608401 policy_evaluated DWN-7 Onboard
        608401 payload_received UPD-3 Onboard b
        608402 reported TIM-3
        777600 restarted UPD-1
        777600 payload_applied UPD-1 b
        777601 reported TIM-3
    """)


@pytest.mark.rule("UPL-3", "POL-6")
@pytest.mark.parametrize(
    ("package", "cause", "rule"),
    [
        ({"method": "group_policy"}, "package_method", "UPL-3"),
        ({"method": "local_script"}, "package_method", "UPL-3"),
        ({"kind": "offboarding"}, "package_kind", "POL-6"),
        ({"kind": "offboarding", "method": "group_policy"}, "package_method", "UPL-3"),
    ],
)
def test_an_update_takes_what_a_deployment_takes_and_changes_nothing_when_refused(
    tmp_path, package, cause, rule
):
    run = updated(tmp_path, PC, packages=[PACKAGE, NEW | package], rules=REACHES)
    plain = updated(tmp_path, PC, DEPLOY, RESTART, rules=REACHES)

    assert told_of_plan(run)[1] == f"172800 step_refused {cause} {rule} Onboard update"
    assert told(run) == told(plain)
    assert run.outcomes == plain.outcomes


@pytest.mark.rule("UPD-9", "POL-6")
def test_a_script_of_an_offboarding_package_is_refused(tmp_path):
    run = updated(
        tmp_path,
        PC,
        {"name": "move", "at": "1 h", "run_script": "script-b", "on": ["All"]},
        packages=[PACKAGE, SCRIPT | {"kind": "offboarding"}],
    )

    assert told_of_plan(run) == ["3600 step_refused package_kind UPD-9 move"]
    assert told(run) == ["0 member_added TIM-4 All"]
