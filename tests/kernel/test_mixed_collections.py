"""One policy over a mixed collection, device by device: what each needs and ignores."""

import pytest

from tests.kernel.telling import (
    DEPLOY,
    EVERYBODY,
    MDE_CLIENT,
    WORKSPACE,
    final,
    rehearsal,
    story,
    told,
    verdict,
)

UP_LEVEL = ("windows-10-22h2", "windows-11-24h2", "server-sac-20h2", "server-2019", "server-2022")
NEW_AGENT = ("server-2012-r2", "server-2016")
MIXED = [{"os": system} for system in (*UP_LEVEL, *NEW_AGENT, "windows-8.1")]
BY_THE_FILE = story("""
    0 member_added TIM-4 All
    3600 targeted Onboard All
    3600 policy_received TIM-1 Onboard
    3601 policy_evaluated UPL-1 Onboard
    3601 policy_applied UPL-1 Onboard
    3631 onboarded UPL-1 Onboard a
    3632 reported TIM-3
    4231 portal_seen MON-4
""")
BY_THE_MDE_CLIENT = story("""
    0 member_added TIM-4 All
    3600 targeted Onboard All
    3600 policy_received TIM-1 Onboard
    3601 policy_evaluated DWN-2 Onboard
    3612 content_downloaded DWN-2 Onboard
    3612 install_started DWN-2 Onboard
    3738 agent_installed DWN-2 Onboard
    3738 policy_applied DWN-2 Onboard
    3768 onboarded DWN-2 Onboard a
    3769 reported TIM-3
    4368 portal_seen MON-4
""")
NAMES = [f"PC-{number}" for number in range(1, 9)]


def stories(run):
    return [told(run, name) for name in NAMES]


def mixed(tmp_path, workspace, **sections):
    sections = {"client_settings": MDE_CLIENT, "horizon": "2 d"} | sections
    return rehearsal(tmp_path, MIXED, policy={"workspace": workspace}, **sections)


@pytest.mark.rule("MMA-3", "MMA-2", "UPL-2")
def test_without_workspace_values_all_but_the_devices_on_mma_onboard(tmp_path):
    run = mixed(tmp_path, {"id": "absent", "key": "absent"})

    assert stories(run)[:7] == [BY_THE_FILE] * 5 + [BY_THE_MDE_CLIENT] * 2
    assert told(run, "PC-8")[3:] == story("""
        3601 policy_evaluated DWN-8 Onboard
        3601 policy_failed workspace_missing MMA-2 Onboard
        3602 reported TIM-3
    """)


@pytest.mark.rule("MMA-7", "DWN-8")
def test_with_workspace_values_all_onboard_each_by_its_own_route(tmp_path):
    run = mixed(tmp_path, WORKSPACE)

    assert stories(run)[:7] == [BY_THE_FILE] * 5 + [BY_THE_MDE_CLIENT] * 2
    assert told(run, "PC-8")[3:] == story("""
        3601 policy_evaluated DWN-8 Onboard
        3605 content_downloaded DWN-8 Onboard
        3605 install_started DWN-8 Onboard
        3665 agent_installed DWN-8 Onboard
        3665 policy_applied DWN-8 Onboard
        3695 onboarded DWN-8 Onboard a
        3696 reported TIM-3
        4295 portal_seen MON-4
    """)


@pytest.mark.rule("MMA-7", "MMA-4")
@pytest.mark.parametrize("workspace", ["swapped", {"id": "wrong", "key": "present"}])
def test_off_the_mma_route_swapped_and_wrong_values_are_not_minded(tmp_path, workspace):
    run = mixed(tmp_path, workspace)

    assert stories(run)[:7] == [BY_THE_FILE] * 5 + [BY_THE_MDE_CLIENT] * 2
    assert verdict(run, "PC-8")[0] == "failed"


@pytest.mark.rule("MMA-8", "MMA-1", "DWN-1")
def test_one_pair_of_values_serves_all_that_need_mma_under_the_default_setting(tmp_path):
    """The fourth device ignores it: without a setting, the legacy agent is the default."""
    run = mixed(tmp_path, WORKSPACE, client_settings=[])
    by_mma = story("""
        0 member_added TIM-4 All
        3600 targeted Onboard All
        3600 policy_received TIM-1 Onboard
        3601 policy_evaluated MMA-1 Onboard
        3605 content_downloaded MMA-1 Onboard
        3605 install_started MMA-1 Onboard
        3665 agent_installed MMA-1 Onboard
        3665 policy_applied MMA-1 Onboard
        3695 onboarded MMA-1 Onboard a
        3696 reported TIM-3
        4295 portal_seen MON-4
    """)

    assert stories(run) == [BY_THE_FILE] * 5 + [by_mma] * 3


@pytest.mark.rule("MMA-6", "MMA-3")
def test_values_supplied_later_change_nothing_for_those_who_are_in(tmp_path):
    plan = [DEPLOY, {"at": "1 d", "set_workspace": "Onboard", "id": "present", "key": "present"}]
    run = mixed(tmp_path, {"id": "absent", "key": "absent"}, plan=plan, horizon="9 d")

    assert stories(run)[:7] == [BY_THE_FILE] * 5 + [BY_THE_MDE_CLIENT] * 2
    assert verdict(run, "PC-8") == ("onboarded", "", "DWN-8")


PREREQUISITES = [
    ("server-2012-r2", {"fully_updated": "false", "telemetry_update": "false"},
     "prerequisite_telemetry", "DWN-4", {"telemetry_update": True}),
    ("server-2012-r2", {"fully_updated": "false", "universal_crt": "false"},
     "prerequisite_universal_crt", "DWN-4", {"universal_crt": True}),
    ("server-2012-r2", {"fully_updated": "false", "universal_crt": "false"},
     "prerequisite_universal_crt", "DWN-4", {"fully_updated": True}),
    ("server-2016", {"servicing_stack": "2021-09-13"},
     "prerequisite_servicing_stack", "DWN-5", {"servicing_stack": "2021-09-14"}),
    ("server-2016", {"cumulative_update": "2018-09-19"},
     "prerequisite_cumulative_update", "DWN-5", {"cumulative_update": "2018-09-20"}),
    ("server-2016", {"antivirus": "outdated"},
     "antivirus_outdated", "DWN-5", {"antivirus": "enabled"}),
]  # fmt: skip


@pytest.mark.rule("DWN-4", "DWN-5", "DWN-9")
@pytest.mark.parametrize(("system", "traits", "cause", "rule", "patch"), PREREQUISITES)
def test_a_missing_prerequisite_fails_the_install_until_it_is_there(
    tmp_path, system, traits, cause, rule, patch
):
    """Tried a day after each failure; the patch comes between the second and the third attempt."""
    fix = {"name": "fix", "at": "2 d", "patch": patch, "on": ["All"], "within": "1 s"}
    run = rehearsal(
        tmp_path,
        {"os": system, "fully_updated": "true", "telemetry_update": "true", "universal_crt": "true"}
        | traits,
        plan=[DEPLOY, fix],
        client_settings=MDE_CLIENT,
        horizon="6 d",
    )

    assert told(run)[3:] == story(f"""
        3601 policy_evaluated DWN-2 Onboard
        3612 content_downloaded DWN-2 Onboard
        3612 install_started DWN-2 Onboard
        3738 install_failed {cause} {rule} Onboard
        3739 reported TIM-3
        90138 install_started DWN-2 Onboard
        90264 install_failed {cause} {rule} Onboard
        172800 remediated DWN-9 fix
        176664 install_started DWN-2 Onboard
        176790 agent_installed DWN-2 Onboard
        176790 policy_applied DWN-2 Onboard
        176820 onboarded DWN-2 Onboard a
        176821 reported TIM-3
        177420 portal_seen MON-4
    """)
    assert final(run)["attempts"] == 3


@pytest.mark.rule("DWN-5")
def test_of_several_missing_prerequisites_the_first_is_reported_and_then_the_next(tmp_path):
    """One is fixed each day, in the order in which they appear."""
    order = ("servicing_stack", "cumulative_update", "antivirus")
    good = {"servicing_stack": "2021-09-14", "cumulative_update": "2018-09-20",
            "antivirus": "enabled"}  # fmt: skip
    plan = [DEPLOY] + [
        {"at": f"{day} d 12:00", "patch": {trait: good[trait]}, "on": ["All"], "within": "1 s"}
        for day, trait in enumerate(order)
    ]
    run = rehearsal(
        tmp_path,
        {"os": "server-2016", "servicing_stack": "2020-01-01", "cumulative_update": "2018-01-01",
         "antivirus": "outdated"},
        plan=plan,
        client_settings=MDE_CLIENT,
        horizon="6 d",
    )  # fmt: skip
    failed = [line.split()[2] for line in told(run) if "install_failed" in line]

    assert failed == [
        "prerequisite_servicing_stack",
        "prerequisite_cumulative_update",
        "antivirus_outdated",
    ]
    assert verdict(run) == ("onboarded", "", "DWN-2")


@pytest.mark.rule("PRE-5", "PRE-2")
def test_a_device_that_only_intune_manages_has_no_story_whatever_the_plan_does(tmp_path):
    """No collection contains it, so no step reaches it: not even the one that would manage it."""
    enrol = {"name": "enrol", "at": "1 d", "patch": {"managed_by": "co_managed"}, "on": ["Named"],
             "within": "1 s"}  # fmt: skip
    run = rehearsal(
        tmp_path,
        [{"os": "windows-11-24h2", "managed_by": "intune"}, {"os": "windows-11-24h2"}],
        plan=[DEPLOY, enrol],
        collections=[EVERYBODY, {"name": "Named", "members": ["PC-1"]}],
        horizon="9 d",
    )

    assert told(run, "PC-1") == []
    assert verdict(run, "PC-1") == ("not_eligible", "not_managed", "PRE-5")
    assert told(run, "PC-2") == BY_THE_FILE
    assert run.summary["eligible"] == 1
