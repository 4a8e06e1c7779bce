"""Stories of up-level devices, and of policies that meet on a device."""

import pytest

from tests.kernel.telling import (
    DEPLOY,
    EVERYBODY,
    FAREWELL,
    FIXED,
    OFFBOARD,
    PACKAGE,
    POLICY,
    WORKSPACE,
    final,
    rehearsal,
    story,
    told,
    told_of_plan,
    value_of,
    verdict,
    when,
)

PC = {"os": "windows-10-22h2"}
OURS = PC | {"onboarded": "true", "organization": "contoso", "payload": "old"}
BOTH = {"packages": [PACKAGE, FAREWELL], "policies": [POLICY, OFFBOARD]}
SECOND = {"name": "Second", "package": "onboarding-a", "sample_sharing": "none"}


def deploy(policy, at, to="All"):
    return {"at": at, "deploy": policy, "to": [to]}


def undeploy(policy, at, to="All"):
    return {"at": at, "undeploy": policy, "from": [to]}


@pytest.mark.rule("UPL-1")
@pytest.mark.parametrize(
    "system",
    ["windows-10-22h2", "windows-11-24h2", "server-sac-20h2", "server-2019", "server-2022"],
)
def test_an_up_level_device_needs_the_file_and_nothing_else(tmp_path, system):
    run = rehearsal(tmp_path, {"os": system})

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
    row = final(run)
    assert (row["route"], row["agent"], row["restarts"]) == ("config_file", "none", 0)
    assert (row["status"], row["cause"], row["rule"]) == ("onboarded", "", "UPL-1")


@pytest.mark.rule("UPL-2")
def test_one_file_serves_clients_up_level_servers_and_servers_on_the_mde_client(tmp_path):
    setting = {"name": "N", "collection": "All", "priority": 1, "downlevel_client": "mde_client"}
    systems = ("windows-11-24h2", "server-2022", "server-2012-r2", "server-2016")
    run = rehearsal(tmp_path, [{"os": system} for system in systems], client_settings=[setting])

    assert run.summary["payload_in_use"] == {"a": 4}
    assert run.summary["onboarded_pct"] == 100


@pytest.mark.rule("UPL-3")
def test_a_package_of_another_method_is_refused_and_nothing_changes(tmp_path):
    package = PACKAGE | {"method": "group_policy"}
    run = rehearsal(tmp_path, PC, packages=[package])

    assert told_of_plan(run) == ["3600 step_refused package_method UPL-3 Onboard plan[0]"]
    assert told(run) == ["0 member_added TIM-4 All"]
    assert verdict(run) == ("not_targeted", "not_targeted", "MON-1")


@pytest.mark.rule("POL-6")
@pytest.mark.parametrize(
    ("kind", "package"), [("onboarding", "farewell"), ("offboarding", "onboarding-a")]
)
def test_a_policy_takes_only_a_package_of_its_own_kind(tmp_path, kind, package):
    policies = [POLICY | {"kind": kind, "package": package}]
    run = rehearsal(tmp_path, OURS, packages=[PACKAGE, FAREWELL], policies=policies)

    assert told_of_plan(run) == ["3600 step_refused package_kind POL-6 Onboard plan[0]"]
    assert told(run) == ["0 member_added TIM-4 All"]


@pytest.mark.rule("POL-1")
def test_a_policy_in_several_collections_is_one_policy_on_the_device(tmp_path):
    collections = [EVERYBODY, {"name": "Twin", "members": "managed"}]
    plan = [{"at": "1 h", "deploy": "Onboard", "to": ["All", "Twin"]}, undeploy("Onboard", "2 h")]
    run = rehearsal(tmp_path, PC, collections=collections, plan=plan, horizon="9 d")

    assert told(run) == story("""
        0 member_added TIM-4 All
        0 member_added TIM-4 Twin
        3600 targeted Onboard All
        3600 targeted Onboard Twin
        3600 policy_received TIM-1 Onboard
        3601 policy_evaluated UPL-1 Onboard
        3601 policy_applied UPL-1 Onboard
        3631 onboarded UPL-1 Onboard a
        3632 reported TIM-3
        4231 portal_seen MON-4
        7200 untargeted Onboard All
    """)
    assert final(run)["policy"] == "Onboard"


@pytest.mark.rule("POL-2")
@pytest.mark.parametrize("choice", ["none", "all_file_types"])
def test_an_onboarded_device_carries_the_policys_sample_sharing(tmp_path, choice):
    run = rehearsal(tmp_path, [PC, OURS, {"os": "windows-8.1"}], policy={"sample_sharing": choice})

    assert [final(run, name)["sample_sharing"] for name in ("PC-1", "PC-2", "PC-3")] == [
        choice,
        choice,
        "",
    ]


@pytest.mark.rule("UPD-2", "UPD-3")
def test_a_device_already_onboarded_takes_the_policy_and_keeps_its_payload(tmp_path):
    run = rehearsal(tmp_path, OURS)

    assert told(run)[2:] == story("""
        3600 policy_received TIM-1 Onboard
        3601 policy_evaluated UPL-1 Onboard
        3601 policy_applied UPL-1 Onboard
        3602 reported TIM-3
    """)
    assert final(run)["payload_in_use"] == "old"


@pytest.mark.rule("POL-4")
def test_nothing_but_polls_and_evaluations_drives_a_policy(tmp_path):
    """A blocked device fails every week without end: no deadline, no restart, no escalation."""
    run = rehearsal(tmp_path, PC | {"network": "blocked"}, horizon="23 d")

    weekly = [f"{3601 + week * 604_800} policy_evaluated UPL-1 Onboard" for week in range(4)]
    assert [line for line in told(run) if "policy_evaluated" in line] == weekly
    assert not any("restarted" in line for line in told(run))


@pytest.mark.rule("POL-5")
def test_under_both_kinds_an_onboarded_device_stays_and_the_conflict_is_logged_once(tmp_path):
    plan = [DEPLOY, deploy("Offboard", "2 h")]
    run = rehearsal(tmp_path, PC, plan=plan, **BOTH)

    assert told(run)[7:] == story("""
        4231 portal_seen MON-4
        7200 targeted Offboard All
        7200 policy_received TIM-1 Offboard
        7201 policy_conflict policy_conflict POL-5 Offboard
        7202 reported TIM-3
        608401 policy_conflict policy_conflict POL-5 Onboard
        608402 reported TIM-3
    """)
    assert verdict(run) == ("onboarded", "policy_conflict", "POL-5")


@pytest.mark.rule("POL-5")
def test_under_both_kinds_at_once_a_new_device_keeps_its_state_too(tmp_path):
    run = rehearsal(
        tmp_path, PC, plan=[deploy("Offboard", "1 h"), deploy("Onboard", "1 h")], **BOTH
    )

    assert told(run)[5:] == story("""
        3601 policy_conflict policy_conflict POL-5 Offboard
        3601 policy_conflict policy_conflict POL-5 Onboard
        3602 reported TIM-3
    """)
    assert verdict(run) == ("failed", "policy_conflict", "POL-5")


@pytest.mark.rule("POL-5", "MON-5")
def test_when_a_conflict_is_over_the_policy_is_applied_and_reported_again(tmp_path):
    plan = [DEPLOY, deploy("Offboard", "8 d"), undeploy("Offboard", "15 d")]
    run = rehearsal(tmp_path, PC, plan=plan, **BOTH)

    assert told(run)[-10:] == story("""
        691200 targeted Offboard All
        691200 policy_received TIM-1 Offboard
        691201 policy_conflict policy_conflict POL-5 Offboard
        691202 reported TIM-3
        1213201 policy_conflict policy_conflict POL-5 Onboard
        1213202 reported TIM-3
        1296000 untargeted Offboard All
        1818001 policy_evaluated UPL-1 Onboard
        1818001 policy_applied UPL-1 Onboard
        1818002 reported TIM-3
    """)
    states = ("compliant", "conflict")
    counts = [value_of(run, "console", "deployment", state=state) for state in states]
    assert counts == [1, 0]


@pytest.mark.rule("POL-5")
def test_an_install_is_not_tried_again_while_policies_conflict(tmp_path):
    setting = {"name": "N", "collection": "All", "priority": 1, "downlevel_client": "mde_client"}
    run = rehearsal(
        tmp_path,
        {"os": "server-2016", "antivirus": "disabled"},
        plan=[DEPLOY, deploy("Offboard", "2 h")],
        client_settings=[setting],
        horizon="5 d",
        **BOTH,
    )

    assert [line for line in told(run) if "install" in line] == story("""
        3612 install_started DWN-2 Onboard
        3738 install_failed antivirus_disabled DWN-5 Onboard
    """)
    assert "90138 policy_conflict policy_conflict POL-5 Onboard" in told(run)


@pytest.mark.rule("POL-5")
def test_of_two_onboarding_policies_the_earliest_deployment_rules(tmp_path):
    plan = [deploy("Second", "1 h"), deploy("Onboard", "1 h")]
    run = rehearsal(tmp_path, PC, plan=plan, policies=[POLICY, SECOND])

    assert told(run)[3:] == story("""
        3600 policy_received TIM-1 Second
        3600 policy_received TIM-1 Onboard
        3601 policy_evaluated UPL-1 Second
        3601 policy_applied UPL-1 Second
        3631 onboarded UPL-1 Second a
        3631 policy_conflict policy_conflict POL-5 Onboard
        3632 reported TIM-3
        4231 portal_seen MON-4
    """)
    assert final(run)["sample_sharing"] == "none"
    assert verdict(run) == ("onboarded", "", "UPL-1")


@pytest.mark.rule("POL-5", "POL-7")
def test_when_the_ruling_policy_is_withdrawn_the_other_rules_at_its_next_evaluation(tmp_path):
    plan = [deploy("Second", "1 h"), deploy("Onboard", "1 h"), undeploy("Second", "2 d")]
    run = rehearsal(tmp_path, PC, plan=plan, policies=[POLICY, SECOND])

    assert told(run)[-4:] == story("""
        172800 untargeted Second All
        608401 policy_evaluated UPL-1 Onboard
        608401 policy_applied UPL-1 Onboard
        608402 reported TIM-3
    """)
    assert final(run)["sample_sharing"] == "all_file_types"


@pytest.mark.rule("POL-7")
def test_withdrawing_a_policy_offboards_no_device_and_leaves_the_payload(tmp_path):
    run = rehearsal(tmp_path, PC, plan=[DEPLOY, undeploy("Onboard", "2 d")])

    assert told(run)[-2:] == ["4231 portal_seen MON-4", "172800 untargeted Onboard All"]
    row = final(run)
    assert (row["status"], row["payload_in_use"], row["policy"]) == ("onboarded", "a", "")


@pytest.mark.rule("POL-7", "TIM-1")
@pytest.mark.parametrize(("before", "evaluations"), [(0, 0), (-1, 1)])
def test_a_withdrawal_is_known_at_the_next_poll(tmp_path, before, evaluations):
    """Withdrawn at the second of the poll before an evaluation it is prevented; a second later

    the device has not heard of it when it evaluates.
    """
    slow = FIXED | {"policy_poll_interval": "1 h", "first_evaluation_window": "2 h"}
    first = rehearsal(tmp_path, PC, assumptions=slow)
    received, evaluated = (when(first, event) for event in ("policy_received", "policy_evaluated"))
    last_poll = evaluated - (evaluated - received) % 3600
    plan = [DEPLOY, undeploy("Onboard", f"{last_poll - before} s")]
    run = rehearsal(tmp_path, PC, plan=plan, assumptions=slow)

    assert sum("policy_evaluated" in line for line in told(run)) == evaluations


@pytest.mark.rule("TIM-2", "POL-7")
def test_a_policy_deployed_again_counts_as_new(tmp_path):
    plan = [DEPLOY, undeploy("Onboard", "2 d"), deploy("Onboard", "3 d")]
    run = rehearsal(tmp_path, {"os": "windows-8.1"}, plan=plan, horizon="5 d")

    assert told(run)[-5:] == story("""
        172800 untargeted Onboard All
        259200 targeted Onboard All
        259200 policy_received TIM-1 Onboard
        259201 policy_evaluated MMA-1 Onboard
        259201 policy_failed workspace_missing MMA-2 Onboard
    """)


@pytest.mark.rule("TIM-2")
def test_a_policy_withdrawn_and_deployed_between_two_polls_counts_as_new(tmp_path):
    assumptions = {"policy_poll_interval": "1 d"}
    plan = [DEPLOY, undeploy("Onboard", "3 d"), deploy("Onboard", "3 d")]
    run = rehearsal(
        tmp_path, {"os": "windows-8.1"}, plan=plan, horizon="5 d", assumptions=assumptions
    )

    assert sum("policy_received" in line for line in told(run)) == 2


@pytest.mark.rule("TIM-2")
def test_another_collection_for_a_policy_that_is_there_makes_it_no_newer(tmp_path):
    collections = [EVERYBODY, {"name": "Twin", "members": "managed"}]
    plan = [DEPLOY, deploy("Onboard", "2 d", "Twin"), undeploy("Onboard", "3 d")]
    run = rehearsal(tmp_path, {"os": "windows-8.1"}, plan=plan, collections=collections)

    assert sum("policy_received" in line for line in told(run)) == 1
    assert "608401 policy_evaluated MMA-1 Onboard" in told(run)


@pytest.mark.rule("UPD-8")
def test_a_first_onboarding_on_the_mma_route_ignores_the_connectivity_of_the_file(tmp_path):
    """Its own path counts, not that of the streamlined destinations."""
    run = rehearsal(
        tmp_path,
        [
            {"os": "windows-8.1", "network_streamlined": "blocked"},
            {"os": "windows-8.1", "network": "blocked"},
            PC | {"network": "blocked"},
            PC | {"network_streamlined": "blocked"},
        ],
        packages=[PACKAGE | {"connectivity": "streamlined"}],
        policy={"workspace": WORKSPACE},
    )

    assert verdict(run, "PC-1") == ("onboarded", "", "MMA-1")
    assert verdict(run, "PC-2") == ("failed", "network_blocked", "FLT-2")
    assert verdict(run, "PC-3") == ("onboarded", "", "UPL-1")
    assert verdict(run, "PC-4") == ("failed", "network_blocked", "FLT-2")
