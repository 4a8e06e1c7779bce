"""Stories of down-level servers: the client setting, the MDE client and its prerequisites."""

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
    told_of_plan,
    verdict,
)

R2, S2016 = {"os": "server-2012-r2"}, {"os": "server-2016"}
SERVERS = [R2, S2016]
MMA = [MDE_CLIENT[0] | {"downlevel_client": "mma"}]
TO_MDE_CLIENT = {"set_client_setting": "New agent", "downlevel_client": "mde_client"}


@pytest.mark.rule("DWN-1", "MMA-1")
@pytest.mark.parametrize("server", SERVERS, ids=lambda server: server["os"])
def test_by_default_a_server_takes_the_legacy_agent(tmp_path, server):
    run = rehearsal(tmp_path, server, policy={"workspace": WORKSPACE})

    assert told(run)[3:] == story("""
        3601 policy_evaluated MMA-1 Onboard
        3605 content_downloaded MMA-1 Onboard
        3605 install_started MMA-1 Onboard
        3665 agent_installed MMA-1 Onboard
        3665 policy_applied MMA-1 Onboard
        3695 onboarded MMA-1 Onboard a
        3696 reported TIM-3
        4295 portal_seen MON-4
    """)
    row = final(run)
    assert (row["route"], row["agent"], row["rule"]) == ("mma", "mma", "MMA-1")


@pytest.mark.rule("DWN-2")
@pytest.mark.parametrize("server", SERVERS, ids=lambda server: server["os"])
def test_under_the_new_setting_an_evaluation_installs_the_mde_client_then_onboards(
    tmp_path, server
):
    """137 MB at 100 Mbit/s take 11 s, the installer 126 s."""
    run = rehearsal(tmp_path, server, client_settings=MDE_CLIENT)

    assert told(run)[3:] == story("""
        3601 policy_evaluated DWN-2 Onboard
        3612 content_downloaded DWN-2 Onboard
        3612 install_started DWN-2 Onboard
        3738 agent_installed DWN-2 Onboard
        3738 policy_applied DWN-2 Onboard
        3768 onboarded DWN-2 Onboard a
        3769 reported TIM-3
        4368 portal_seen MON-4
    """)
    row = final(run)
    assert (row["route"], row["agent"], row["rule"]) == ("mde_client", "mde_client", "DWN-2")


OLD_SITE = {"site": {"version": "2203"}}


@pytest.mark.rule("DWN-3")
@pytest.mark.parametrize("server", SERVERS, ids=lambda server: server["os"])
@pytest.mark.parametrize("old", ["site", "client"])
def test_before_2207_the_new_setting_falls_back_and_fails_without_workspace_values(
    tmp_path, server, old
):
    sections = OLD_SITE if old == "site" else {}
    device = server | ({"client_version": "2203"} if old == "client" else {})
    run = rehearsal(tmp_path, device, client_settings=MDE_CLIENT, horizon="2 d", **sections)

    assert told(run)[3:] == story("""
        3601 policy_evaluated DWN-3 Onboard
        3601 policy_failed workspace_missing DWN-3 Onboard
        3602 reported TIM-3
    """)
    assert verdict(run) == ("failed", "workspace_missing", "DWN-3")
    assert final(run)["route"] == "mma"


@pytest.mark.rule("DWN-3")
@pytest.mark.parametrize("old", ["site", "client"])
def test_before_2207_the_fall_back_onboards_with_workspace_values(tmp_path, old):
    sections = OLD_SITE if old == "site" else {}
    device = S2016 | ({"client_version": "5.00.9078"} if old == "client" else {})
    run = rehearsal(
        tmp_path, device, client_settings=MDE_CLIENT, policy={"workspace": WORKSPACE}, **sections
    )

    assert verdict(run) == ("onboarded", "", "DWN-3")
    assert final(run)["agent"] == "mma"
    assert "3665 agent_installed DWN-3 Onboard" in told(run)


@pytest.mark.rule("DWN-3")
@pytest.mark.parametrize("version", ["2207", "2211", "2403"])
def test_from_2207_on_the_mde_client_is_installed(tmp_path, version):
    run = rehearsal(tmp_path, S2016, client_settings=MDE_CLIENT, site={"version": version})

    assert verdict(run) == ("onboarded", "", "DWN-2")


@pytest.mark.rule("DWN-3")
def test_before_2207_a_plan_cannot_choose_the_mde_client(tmp_path):
    plan = [TO_MDE_CLIENT | {"name": "new", "at": "1 h"}, DEPLOY]
    run = rehearsal(tmp_path, S2016, plan=plan, client_settings=MMA, horizon="2 d", **OLD_SITE)

    assert told_of_plan(run)[0] == "3600 step_refused site_version DWN-3 new"
    assert verdict(run) == ("failed", "workspace_missing", "MMA-2")


@pytest.mark.rule("DWN-4")
@pytest.mark.parametrize(
    ("updated", "telemetry", "runtime", "cause"),
    [
        ("true", "false", "false", ""),
        ("false", "true", "true", ""),
        ("false", "false", "true", "prerequisite_telemetry"),
        ("false", "true", "false", "prerequisite_universal_crt"),
        ("false", "false", "false", "prerequisite_telemetry"),
    ],
)
def test_2012_r2_needs_both_updates_unless_it_is_fully_updated(
    tmp_path, updated, telemetry, runtime, cause
):
    device = R2 | {
        "fully_updated": updated, "telemetry_update": telemetry, "universal_crt": runtime,
    }  # fmt: skip
    run = rehearsal(tmp_path, device, client_settings=MDE_CLIENT, horizon="2 d")

    expected = ("failed", cause, "DWN-4") if cause else ("onboarded", "", "DWN-2")
    assert verdict(run) == expected


@pytest.mark.rule("DWN-5")
@pytest.mark.parametrize(
    ("trait", "value", "cause"),
    [
        ("servicing_stack", "2021-09-13", "prerequisite_servicing_stack"),
        ("servicing_stack", "2021-09-14", ""),
        ("cumulative_update", "2018-09-19", "prerequisite_cumulative_update"),
        ("cumulative_update", "2018-09-20", ""),
        ("antivirus", "disabled", "antivirus_disabled"),
        ("antivirus", "outdated", "antivirus_outdated"),
        ("antivirus", "not_installed", "antivirus_not_installed"),
    ],
)
def test_each_prerequisite_of_2016_is_a_cause_of_its_own(tmp_path, trait, value, cause):
    run = rehearsal(tmp_path, S2016 | {trait: value}, client_settings=MDE_CLIENT, horizon="2 d")

    expected = ("failed", cause, "DWN-5") if cause else ("onboarded", "", "DWN-2")
    assert verdict(run) == expected


@pytest.mark.rule("DWN-5", "TIM-2")
def test_a_failed_install_is_tried_again_each_day_and_its_download_is_kept(tmp_path):
    """Each retry comes 24 h after the failure; the weekly evaluation restarts the count."""
    device = S2016 | {"antivirus": "disabled"}
    run = rehearsal(tmp_path, device, client_settings=MDE_CLIENT, horizon="8 d")

    expected = ["3612 content_downloaded DWN-2 Onboard"]
    start = 3612
    for _ in range(7):
        expected += [
            f"{start} install_started DWN-2 Onboard",
            f"{start + 126} install_failed antivirus_disabled DWN-5 Onboard",
        ]
        start += 86_400 + 126
    weekly = 608_401
    expected += [
        f"{weekly} install_started DWN-2 Onboard",
        f"{weekly + 126} install_failed antivirus_disabled DWN-5 Onboard",
    ]
    assert [line for line in told(run) if "install" in line or "content" in line] == expected
    assert [line for line in told(run) if "reported" in line] == ["3739 reported TIM-3"]


@pytest.mark.rule("DWN-6")
def test_two_servers_of_one_version_take_different_routes_by_collection(tmp_path):
    collections = [
        EVERYBODY,
        {"name": "New", "members": "ring == 'new'"},
        {"name": "Rest", "members": ["PC-1", "PC-2"]},
    ]
    settings = [
        {"name": "Late", "collection": "Rest", "priority": 9, "downlevel_client": "mma"},
        {"name": "Early", "collection": "New", "priority": 1, "downlevel_client": "mde_client"},
    ]
    devices = [S2016 | {"ring": "new"}, S2016 | {"ring": "old"}, S2016 | {"ring": "old"}]
    run = rehearsal(
        tmp_path,
        devices,
        collections=collections,
        client_settings=settings,
        policy={"workspace": WORKSPACE},
    )

    agents = [final(run, name)["agent"] for name in ("PC-1", "PC-2", "PC-3")]
    assert agents == ["mde_client", "mma", "mma"]


@pytest.mark.rule("DWN-6")
def test_a_changed_setting_counts_from_the_next_poll_at_the_next_evaluation(tmp_path):
    """The onboarded MMA server gets the MDE client beside it; its MMA stays."""
    plan = [DEPLOY, TO_MDE_CLIENT | {"at": "2 d"}]
    run = rehearsal(
        tmp_path, S2016, plan=plan, client_settings=MMA, policy={"workspace": WORKSPACE}
    )

    assert told(run)[-7:] == story("""
        608412 content_downloaded DWN-2 Onboard
        608412 install_started DWN-2 Onboard
        608538 agent_installed DWN-2 Onboard
        608538 policy_applied DWN-2 Onboard
        608568 onboarded DWN-2 Onboard a
        608569 reported TIM-3
        609168 portal_seen MON-4
    """)
    row = final(run)
    assert (row["agent"], row["route"]) == ("mma_and_mde_client", "mde_client")
    assert (row["status"], row["onboarded_at"]) == ("onboarded", 608_568)
    assert run.summary["agents"] == {"mma_and_mde_client": 1}


@pytest.mark.rule("DWN-6", "TIM-2")
def test_a_setting_changed_before_the_retry_is_seen_at_the_evaluation_not_at_the_retry(tmp_path):
    """MMA fails without .NET; the retry still tries MMA, the weekly evaluation does not."""
    plan = [DEPLOY, TO_MDE_CLIENT | {"at": "6 h"}]
    run = rehearsal(
        tmp_path,
        R2 | {"dotnet": "false"},
        plan=plan,
        client_settings=MMA,
        policy={"workspace": WORKSPACE},
        horizon="8 d",
    )

    routes = [line.split()[2] for line in told(run) if "install_started" in line]
    assert routes == ["MMA-1"] * 7 + ["DWN-2"]
    assert verdict(run) == ("onboarded", "", "DWN-2")


@pytest.mark.rule("DWN-6", "MMA-2")
def test_an_evaluation_that_changes_the_route_ends_the_retries_of_the_old_one(tmp_path):
    back = {"set_client_setting": "New agent", "downlevel_client": "mma", "at": "2 d"}
    run = rehearsal(
        tmp_path,
        S2016 | {"antivirus": "disabled"},
        plan=[DEPLOY, back],
        client_settings=MDE_CLIENT,
        horizon="12 d",
    )

    assert told(run)[-3:] == story("""
        608401 policy_evaluated MMA-1 Onboard
        608401 policy_failed workspace_missing MMA-2 Onboard
        608402 reported TIM-3
    """)


@pytest.mark.rule("DWN-7")
@pytest.mark.parametrize("agent", ["mde_client", "mma_and_mde_client"])
@pytest.mark.parametrize("setting", ["mma", "mde_client"])
def test_an_mde_client_that_is_there_onboards_on_any_site_without_an_install(
    tmp_path, agent, setting
):
    run = rehearsal(
        tmp_path,
        S2016 | {"agent": agent, "antivirus": "disabled"},
        client_settings=[MDE_CLIENT[0] | {"downlevel_client": setting}],
        site={"version": "2107"},
    )

    assert told(run)[3:] == story("""
        3601 policy_evaluated DWN-7 Onboard
        3601 policy_applied DWN-7 Onboard
        3631 onboarded DWN-7 Onboard a
        3632 reported TIM-3
        4231 portal_seen MON-4
    """)
    assert final(run)["agent"] == agent


@pytest.mark.rule("DWN-8")
def test_the_setting_means_nothing_to_windows_8_1(tmp_path):
    run = rehearsal(
        tmp_path,
        {"os": "windows-8.1"},
        client_settings=MDE_CLIENT,
        policy={"workspace": WORKSPACE},
    )

    assert verdict(run) == ("onboarded", "", "DWN-8")
    assert final(run)["agent"] == "mma"
    assert "3665 agent_installed DWN-8 Onboard" in told(run)
