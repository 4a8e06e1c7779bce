"""Client settings and versions that change during a run: which agent is added to which."""

import pytest

from tests.kernel.telling import (
    DEPLOY,
    EVERYBODY,
    FIXED,
    MDE_CLIENT,
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
S2016, R2 = {"os": "server-2016"}, {"os": "server-2012-r2"}
CURRENT = S2016 | {"client_version": "2403"}
NEW = {"name": "New", "members": ["PC-1"]}
SETTING = {"name": "New agent", "collection": "New", "priority": 1, "downlevel_client": "mma"}
SWITCH = {"name": "switch", "at": "2 d", "set_client_setting": "New agent",
          "downlevel_client": "mde_client"}  # fmt: skip
RAISE = {"name": "raise", "at": "2 d", "set_site_version": "2403"}
UPGRADE = {"name": "upgrade", "at": "2 d", "set_client_version": "2403", "on": ["All"]}
OLD_SITE = {"site": {"version": "2203"}}


def ended(run, device="PC-1", first=11):
    """Return a story without the rows that install a server's agent and onboard it."""
    assert [line.split()[1] for line in told(run, device)][first - 2 : first] == [
        "reported",
        "portal_seen",
    ]
    return told(run, device)[first:]


@pytest.mark.rule("DWN-6", "DWN-2")
@pytest.mark.parametrize("server", [S2016, R2], ids=lambda server: server["os"])
def test_of_two_servers_on_mma_the_changed_setting_reaches_one_collections(tmp_path, server):
    """It gets the MDE client beside its MMA at its next evaluation, and stays onboarded."""
    run = rehearsal(
        tmp_path,
        [server, server],
        plan=[DEPLOY, SWITCH],
        collections=[EVERYBODY, NEW],
        client_settings=[SETTING],
        policy={"workspace": WORKSPACE},
        horizon="16 d",
    )

    assert told(run, "PC-1") == story("""
        0 member_added TIM-4 All
        0 member_added TIM-4 New
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
        608401 policy_evaluated DWN-2 Onboard
        608412 content_downloaded DWN-2 Onboard
        608412 install_started DWN-2 Onboard
        608538 agent_installed DWN-2 Onboard
        608538 policy_applied DWN-2 Onboard
        608568 onboarded DWN-2 Onboard a
        608569 reported TIM-3
        609168 portal_seen MON-4
    """)
    assert told(run, "PC-2") == [line for line in told(run, "PC-1")[:12] if "New" not in line]
    assert [final(run, name)["agent"] for name in ("PC-1", "PC-2")] == ["mma_and_mde_client", "mma"]
    assert verdict(run) == ("onboarded", "", "DWN-2")
    assert value_of(run, "device", "agents", agent="mma_and_mde_client", collection="New") == 1
    assert value_of(run, "device", "agents", agent="mma") == 1


@pytest.mark.rule("DWN-6", "TIM-1")
@pytest.mark.parametrize(("late", "agent"), [(-1, "mde_client"), (0, "mde_client"), (1, "mma")])
def test_a_changed_setting_is_known_from_the_next_poll_on(tmp_path, late, agent):
    """One poll a day; the first evaluation comes some hours after the one of the policy."""
    poll = DAY + phase("PC-1", "policy_poll_phase", DAY)
    run = rehearsal(
        tmp_path,
        S2016,
        plan=[DEPLOY | {"at": "1 d"}, SWITCH | {"at": f"{poll + late} s"}],
        collections=[EVERYBODY, NEW],
        client_settings=[SETTING],
        policy={"workspace": WORKSPACE},
        assumptions=FIXED | {"policy_poll_interval": "1 d", "first_evaluation_window": "6 h"},
        horizon="4 d",
    )

    assert poll + 1 < when(run, "policy_evaluated") < poll + DAY
    assert final(run)["agent"] == agent


@pytest.mark.rule("DWN-6", "MMA-5", "DWN-7")
def test_a_setting_changed_back_removes_no_agent_and_installs_none(tmp_path):
    """The MDE client stays in use; the policy's evaluation has nothing to do."""
    plan = [DEPLOY, SWITCH | {"downlevel_client": "mma"}]
    run = rehearsal(
        tmp_path,
        S2016,
        plan=plan,
        collections=[EVERYBODY, NEW],
        client_settings=[SETTING | {"downlevel_client": "mde_client"}],
        policy={"workspace": WORKSPACE},
    )

    assert ended(run, first=12) == []
    assert (final(run)["agent"], final(run)["route"]) == ("mde_client", "mde_client")


@pytest.mark.rule("DWN-6")
def test_of_two_settings_the_lower_number_wins_whichever_changes(tmp_path):
    """The setting with the higher number changes first, without effect; then the lower one."""
    first, last = SETTING, SETTING | {"name": "Old agent", "collection": "All", "priority": 7}
    plan = [
        DEPLOY,
        SWITCH | {"at": "1 d", "set_client_setting": "Old agent"},
        SWITCH | {"name": "then", "at": "9 d"},
    ]
    run = rehearsal(
        tmp_path,
        S2016,
        plan=plan,
        collections=[EVERYBODY, NEW],
        client_settings=[last, first],
        policy={"workspace": WORKSPACE},
    )

    assert ended(run, first=12) == story("""
        1213201 policy_evaluated DWN-2 Onboard
        1213212 content_downloaded DWN-2 Onboard
        1213212 install_started DWN-2 Onboard
        1213338 agent_installed DWN-2 Onboard
        1213338 policy_applied DWN-2 Onboard
        1213368 onboarded DWN-2 Onboard a
        1213369 reported TIM-3
        1213968 portal_seen MON-4
    """)


@pytest.mark.rule("DWN-3", "DWN-2")
def test_a_site_raised_under_way_installs_the_mde_client_at_the_next_evaluation(tmp_path):
    """The setting exists from the start; before 2207 it has no effect."""
    run = rehearsal(
        tmp_path,
        CURRENT,
        plan=[DEPLOY, RAISE],
        client_settings=MDE_CLIENT,
        horizon="9 d",
        **OLD_SITE,
    )

    assert told(run)[3:] == story("""
        3601 policy_evaluated DWN-3 Onboard
        3601 policy_failed workspace_missing DWN-3 Onboard
        3602 reported TIM-3
        608401 policy_evaluated DWN-2 Onboard
        608412 content_downloaded DWN-2 Onboard
        608412 install_started DWN-2 Onboard
        608538 agent_installed DWN-2 Onboard
        608538 policy_applied DWN-2 Onboard
        608568 onboarded DWN-2 Onboard a
        608569 reported TIM-3
        609168 portal_seen MON-4
    """)
    assert told_of_plan(run)[1] == "172800 step_done raise"


@pytest.mark.rule("DWN-3", "DWN-6")
def test_a_server_that_fell_back_gets_the_mde_client_beside_its_mma_when_the_site_is_raised(
    tmp_path,
):
    run = rehearsal(
        tmp_path,
        CURRENT,
        plan=[DEPLOY, RAISE],
        client_settings=MDE_CLIENT,
        policy={"workspace": WORKSPACE},
        **OLD_SITE,
    )

    assert told(run)[7] == "3665 policy_applied DWN-3 Onboard"
    assert ended(run) == story("""
        608401 policy_evaluated DWN-2 Onboard
        608412 content_downloaded DWN-2 Onboard
        608412 install_started DWN-2 Onboard
        608538 agent_installed DWN-2 Onboard
        608538 policy_applied DWN-2 Onboard
        608568 onboarded DWN-2 Onboard a
        608569 reported TIM-3
        609168 portal_seen MON-4
    """)
    assert final(run)["agent"] == "mma_and_mde_client"


@pytest.mark.rule("DWN-3")
def test_a_raised_site_needs_clients_that_are_raised_too(tmp_path):
    """The site is raised on day 2, the client on day 8, between the second and third evaluation."""
    run = rehearsal(
        tmp_path,
        S2016 | {"client_version": "2203"},
        plan=[DEPLOY, RAISE, UPGRADE | {"at": "8 d"}],
        client_settings=MDE_CLIENT,
        horizon="16 d",
        **OLD_SITE,
    )

    assert told(run)[3:] == story("""
        3601 policy_evaluated DWN-3 Onboard
        3601 policy_failed workspace_missing DWN-3 Onboard
        3602 reported TIM-3
        608401 policy_evaluated DWN-3 Onboard
        608401 policy_failed workspace_missing DWN-3 Onboard
        691201 remediated TIM-8 upgrade
        1213201 policy_evaluated DWN-2 Onboard
        1213212 content_downloaded DWN-2 Onboard
        1213212 install_started DWN-2 Onboard
        1213338 agent_installed DWN-2 Onboard
        1213338 policy_applied DWN-2 Onboard
        1213368 onboarded DWN-2 Onboard a
        1213369 reported TIM-3
        1213968 portal_seen MON-4
    """)


@pytest.mark.rule("DWN-3", "DWN-6")
def test_an_upgraded_client_lets_a_settled_server_be_evaluated_again(tmp_path):
    run = rehearsal(
        tmp_path,
        S2016 | {"client_version": "2203"},
        plan=[DEPLOY, UPGRADE],
        client_settings=MDE_CLIENT,
        policy={"workspace": WORKSPACE},
    )

    assert ended(run)[:2] == story("""
        172801 remediated TIM-8 upgrade
        608401 policy_evaluated DWN-2 Onboard
    """)
    assert final(run)["agent"] == "mma_and_mde_client"


@pytest.mark.rule("DWN-3", "TIM-1")
def test_a_client_is_upgraded_at_its_next_poll_once_policy_reaches_it(tmp_path):
    """The broken one when it is repaired; the one that has the version already not at all."""
    fix = {"name": "fix", "at": "5 d", "patch": {"client": "active"}, "on": ["All"],
           "within": "1 s"}  # fmt: skip
    old = S2016 | {"client_version": "2203"}
    run = rehearsal(
        tmp_path,
        [old, old | {"client": "broken"}, S2016 | {"client_version": "2403"}],
        plan=[UPGRADE, fix],
        assumptions=FIXED | {"policy_poll_interval": "1 d"},
        horizon="8 d",
    )
    polls = [phase(name, "policy_poll_phase", DAY) for name in ("PC-1", "PC-2")]

    assert told(run, "PC-1")[1:] == [f"{2 * DAY + polls[0] + 1} remediated TIM-8 upgrade"]
    assert told(run, "PC-2")[1:] == [
        f"{5 * DAY} remediated DWN-9 fix",
        f"{5 * DAY + polls[1] + 1} remediated TIM-8 upgrade",
    ]
    assert told(run, "PC-3")[1:] == []


@pytest.mark.rule("DWN-3", "DWN-6")
def test_the_new_setting_is_refused_until_the_site_is_raised(tmp_path):
    plan = [
        DEPLOY,
        SWITCH | {"name": "early", "at": "1 d"},
        RAISE | {"at": "3 d"},
        SWITCH | {"at": "3 d"},
    ]
    run = rehearsal(
        tmp_path,
        CURRENT,
        plan=plan,
        collections=[EVERYBODY, NEW],
        client_settings=[SETTING],
        horizon="8 d",
        **OLD_SITE,
    )

    assert told_of_plan(run)[1:] == story("""
        86400 step_refused site_version DWN-3 early
        259200 step_done raise
        259200 step_done switch
    """)
    assert told(run)[7:9] == story("""
        608401 policy_evaluated DWN-2 Onboard
        608412 content_downloaded DWN-2 Onboard
    """)


@pytest.mark.rule("DWN-3", "TIM-4")
def test_a_collection_by_client_version_takes_in_devices_that_an_upgrade_reached(tmp_path):
    """The query is evaluated at the first slot after the upgrade, which came with a poll."""
    current = {"name": "Current", "members": "client_version == '2403'",
               "evaluation": "incremental"}  # fmt: skip
    run = rehearsal(
        tmp_path,
        S2016 | {"client_version": "2203"},
        plan=[UPGRADE],
        collections=[EVERYBODY, current],
        horizon="4 d",
    )

    assert told(run)[1:] == story("""
        172801 remediated TIM-8 upgrade
        173100 member_added TIM-4 Current
    """)


@pytest.mark.rule("DWN-9", "DWN-6")
def test_what_a_patch_repairs_the_next_retry_of_the_new_agent_finds(tmp_path):
    """The setting changes, the MDE client fails because of a prerequisite, a patch fixes it."""
    fix = {"name": "fix", "at": "7 d 09:00", "patch": {"antivirus": "enabled"}, "on": ["All"],
           "within": "1 s"}  # fmt: skip
    run = rehearsal(
        tmp_path,
        S2016 | {"antivirus": "outdated"},
        plan=[DEPLOY, SWITCH, fix],
        collections=[EVERYBODY, NEW],
        client_settings=[SETTING],
        policy={"workspace": WORKSPACE},
        horizon="13 d",
    )

    assert ended(run, first=12) == story("""
        608401 policy_evaluated DWN-2 Onboard
        608412 content_downloaded DWN-2 Onboard
        608412 install_started DWN-2 Onboard
        608538 install_failed antivirus_outdated DWN-5 Onboard
        608539 reported TIM-3
        637200 remediated DWN-9 fix
        694938 install_started DWN-2 Onboard
        695064 agent_installed DWN-2 Onboard
        695064 policy_applied DWN-2 Onboard
        695094 onboarded DWN-2 Onboard a
        695095 reported TIM-3
        695694 portal_seen MON-4
    """)
    assert verdict(run) == ("onboarded", "", "DWN-2")
