"""Stories of MMA: workspace values, agents that are there, mixed collections."""

import pytest

from tests.kernel.telling import DEPLOY, WORKSPACE, final, rehearsal, story, told, verdict

OLD = {"os": "windows-8.1"}
GUID = "01234567-89ab-cdef-0123-456789abcdef"
KEY = "A" * 86 + "=="
HALVES = [
    {"id": "present", "key": "absent"},
    {"id": "absent", "key": "present"},
    {"id": "absent", "key": "absent"},
]


@pytest.mark.rule("MMA-1")
@pytest.mark.parametrize("system", ["windows-8.1", "server-2012-r2", "server-2016"])
def test_under_the_legacy_setting_every_down_level_system_takes_mma(tmp_path, system):
    run = rehearsal(tmp_path, {"os": system}, policy={"workspace": WORKSPACE})

    assert verdict(run) == ("onboarded", "", "MMA-1")
    assert final(run)["agent"] == "mma"


@pytest.mark.rule("MMA-2")
@pytest.mark.parametrize("workspace", HALVES)
@pytest.mark.parametrize("system", ["windows-8.1", "server-2012-r2", "server-2016"])
def test_without_both_values_the_policy_fails_before_any_install_and_each_week(
    tmp_path, workspace, system
):
    run = rehearsal(tmp_path, {"os": system}, policy={"workspace": workspace}, horizon="16 d")

    assert told(run)[3:] == story("""
        3601 policy_evaluated MMA-1 Onboard
        3601 policy_failed workspace_missing MMA-2 Onboard
        3602 reported TIM-3
        608401 policy_evaluated MMA-1 Onboard
        608401 policy_failed workspace_missing MMA-2 Onboard
        1213201 policy_evaluated MMA-1 Onboard
        1213201 policy_failed workspace_missing MMA-2 Onboard
    """)
    assert verdict(run) == ("failed", "workspace_missing", "MMA-2")
    assert final(run)["attempts"] == 3


@pytest.mark.rule("MMA-2")
def test_an_agent_that_is_there_does_not_replace_the_values(tmp_path):
    run = rehearsal(tmp_path, OLD | {"agent": "mma"}, horizon="2 d")

    assert verdict(run) == ("failed", "workspace_missing", "MMA-2")


@pytest.mark.rule("MMA-3", "MMA-7")
@pytest.mark.parametrize("workspace", [*HALVES, "swapped", {"id": "wrong", "key": "wrong"}])
def test_devices_off_the_mma_route_do_not_mind_the_values(tmp_path, workspace):
    setting = {"name": "N", "collection": "All", "priority": 1, "downlevel_client": "mde_client"}
    systems = ("windows-11-24h2", "server-2022", "server-2012-r2", "server-2016", "windows-8.1")
    run = rehearsal(
        tmp_path,
        [{"os": system} for system in systems],
        client_settings=[setting],
        policy={"workspace": workspace},
        horizon="2 d",
    )

    assert [verdict(run, f"PC-{n}")[0] for n in range(1, 6)] == ["onboarded"] * 4 + ["failed"]


@pytest.mark.rule("MMA-4")
@pytest.mark.parametrize(
    ("workspace", "cause"),
    [
        ("swapped", "workspace_swapped"),
        ({"id": "wrong", "key": "present"}, "workspace_wrong"),
        ({"id": "present", "key": "wrong"}, "workspace_wrong"),
    ],
)
def test_with_swapped_or_wrong_values_mma_installs_and_registration_is_refused(
    tmp_path, workspace, cause
):
    run = rehearsal(tmp_path, OLD, policy={"workspace": workspace}, horizon="8 d")

    assert told(run)[3:] == story(f"""
        3601 policy_evaluated MMA-1 Onboard
        3605 content_downloaded MMA-1 Onboard
        3605 install_started MMA-1 Onboard
        3665 agent_installed MMA-1 Onboard
        3665 policy_applied MMA-1 Onboard
        3695 onboarding_failed {cause} MMA-4 Onboard
        3696 reported TIM-3
        608401 policy_evaluated MMA-1 Onboard
        608401 install_skipped MMA-5 Onboard
        608401 policy_applied MMA-1 Onboard
        608431 onboarding_failed {cause} MMA-4 Onboard
    """)
    assert verdict(run) == ("failed", cause, "MMA-4")
    assert (final(run)["agent"], final(run)["health"]) == ("mma", "not_onboarded")


@pytest.mark.rule("MMA-4", "POL-3")
@pytest.mark.parametrize(
    ("first", "second", "cause"),
    [
        (GUID, KEY, ""),
        (KEY, GUID, "workspace_swapped"),
        ("mistyped", KEY, "workspace_wrong"),
        (GUID, "", "workspace_missing"),
    ],
)
def test_values_from_the_environment_are_judged_by_their_form(tmp_path, first, second, cause):
    workspace = {"id": {"env": "WORKSPACE_ID"}, "key": {"env": "WORKSPACE_KEY"}}
    run = rehearsal(
        tmp_path,
        OLD,
        policy={"workspace": workspace},
        environment={"WORKSPACE_ID": first, "WORKSPACE_KEY": second},
        horizon="2 d",
    )

    assert final(run)["cause"] == cause


@pytest.mark.rule("MMA-5")
def test_an_mma_that_is_there_is_used_as_it_is(tmp_path):
    device = OLD | {"agent": "mma", "agent_version": "10.20.18069"}
    run = rehearsal(tmp_path, device, policy={"workspace": WORKSPACE})

    assert told(run)[3:] == story("""
        3601 policy_evaluated MMA-1 Onboard
        3601 install_skipped MMA-5 Onboard
        3601 policy_applied MMA-1 Onboard
        3631 onboarded MMA-1 Onboard a
        3632 reported TIM-3
        4231 portal_seen MON-4
    """)
    assert final(run)["agent_version"] == "10.20.18069"


@pytest.mark.rule("MMA-5")
def test_an_old_mma_stays_old_and_silent(tmp_path):
    device = OLD | {"agent": "mma", "agent_version": "10.20.18011"}
    run = rehearsal(tmp_path, device, policy={"workspace": WORKSPACE}, horizon="8 d")

    assert told(run)[3:] == story("""
        3601 policy_evaluated MMA-1 Onboard
        3601 install_skipped MMA-5 Onboard
        3601 policy_applied MMA-1 Onboard
        3631 onboarding_failed agent_outdated MMA-5 Onboard
        3632 reported TIM-3
        608401 policy_evaluated MMA-1 Onboard
        608401 install_skipped MMA-5 Onboard
        608401 policy_applied MMA-1 Onboard
        608431 onboarding_failed agent_outdated MMA-5 Onboard
    """)
    assert final(run)["agent_version"] == "10.20.18011"


@pytest.mark.rule("MMA-5", "DWN-6")
def test_the_mde_client_beside_an_old_mma_onboards(tmp_path):
    setting = {"name": "N", "collection": "All", "priority": 1, "downlevel_client": "mde_client"}
    device = {"os": "server-2016", "agent": "mma", "agent_version": "10.20.18011"}
    run = rehearsal(tmp_path, device, client_settings=[setting])

    assert verdict(run) == ("onboarded", "", "DWN-2")
    assert final(run)["agent"] == "mma_and_mde_client"


def repaired(at, **values):
    return {"at": at, "set_workspace": "Onboard"} | values


@pytest.mark.rule("MMA-6", "TIM-2")
def test_values_supplied_let_a_failed_device_onboard_at_its_next_evaluation(tmp_path):
    plan = [DEPLOY, repaired("3 d", id="present"), repaired("5 d", key="present")]
    run = rehearsal(tmp_path, OLD, plan=plan)

    assert told(run)[4:] == story("""
        3601 policy_failed workspace_missing MMA-2 Onboard
        3602 reported TIM-3
        608401 policy_evaluated MMA-1 Onboard
        608405 content_downloaded MMA-1 Onboard
        608405 install_started MMA-1 Onboard
        608465 agent_installed MMA-1 Onboard
        608465 policy_applied MMA-1 Onboard
        608495 onboarded MMA-1 Onboard a
        608496 reported TIM-3
        609095 portal_seen MON-4
    """)


@pytest.mark.rule("MMA-6")
@pytest.mark.parametrize("workspace", ["swapped", {"id": "wrong", "key": "wrong"}])
def test_corrected_values_let_the_refused_agent_register_at_its_next_evaluation(
    tmp_path, workspace
):
    plan = [DEPLOY, repaired("3 d", id="present", key="present")]
    run = rehearsal(tmp_path, OLD, plan=plan, policy={"workspace": workspace})

    assert told(run)[10:] == story("""
        608401 policy_evaluated MMA-1 Onboard
        608401 install_skipped MMA-5 Onboard
        608401 policy_applied MMA-1 Onboard
        608431 onboarded MMA-1 Onboard a
        608432 reported TIM-3
        609031 portal_seen MON-4
    """)


@pytest.mark.rule("MMA-6", "TIM-1")
@pytest.mark.parametrize(("early", "evaluation"), [(1, 1), (0, 1), (-1, 2)])
def test_repaired_values_are_known_from_the_poll_before_the_evaluation(tmp_path, early, evaluation):
    """Polls and evaluations coincide here: both come each day at the same second."""
    assumptions = {
        "policy_poll_interval": "1 d",
        "evaluation_interval": "1 d",
        "first_evaluation_window": "1 s",
    }
    first = rehearsal(tmp_path, OLD, assumptions=assumptions, horizon="4 d")
    polled, *_ = (int(line.split()[0]) for line in told(first) if "policy_received" in line)
    plan = [DEPLOY, repaired(f"{polled + 86_400 - early} s", id="present", key="present")]
    run = rehearsal(tmp_path, OLD, plan=plan, assumptions=assumptions, horizon="6 d")

    installed, *_ = (int(line.split()[0]) for line in told(run) if "agent_installed" in line)
    assert (installed - polled) // 86_400 == evaluation


@pytest.mark.rule("MMA-4", "TIM-2")
@pytest.mark.parametrize(
    ("before", "after", "status"),
    [("wrong", "present", "failed"), ("present", "wrong", "onboarded")],
)
def test_an_install_under_way_goes_by_the_values_of_its_evaluation(tmp_path, before, after, status):
    plan = [DEPLOY, repaired("3650 s", key=after)]
    policy = {"workspace": {"id": "present", "key": before}}
    run = rehearsal(tmp_path, OLD, plan=plan, policy=policy, horizon="2 d")

    assert verdict(run)[0] == status


@pytest.mark.rule("MMA-8")
def test_one_pair_of_values_serves_every_mma_system(tmp_path):
    systems = ("windows-8.1", "server-2012-r2", "server-2016")
    run = rehearsal(
        tmp_path, [{"os": system} for system in systems], policy={"workspace": WORKSPACE}
    )

    assert run.summary["agents"] == {"mma": 3}
    assert run.summary["onboarded_pct"] == 100
