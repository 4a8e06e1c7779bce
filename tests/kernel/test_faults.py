"""What fails on devices: by their traits for certain, by chance if faults are drawn."""

import pytest

from sim.fleet.streams import Streams, device_key
from tests.kernel.telling import (
    CALM,
    DEPLOY,
    EVERYBODY,
    FIXED,
    MDE_CLIENT,
    WORKSPACE,
    final,
    rehearsal,
    story,
    told,
    verdict,
)

PC, S2016, OLD = {"os": "windows-11-24h2"}, {"os": "server-2016"}, {"os": "windows-8.1"}


@pytest.mark.rule("FLT-1")
@pytest.mark.parametrize("state", ["inactive", "broken"])
def test_no_policy_reaches_a_client_that_does_not_work(tmp_path, state):
    run = rehearsal(tmp_path, PC | {"client": state})

    assert told(run) == ["0 member_added TIM-4 All", "3600 targeted Onboard All"]
    assert verdict(run) == ("waiting", f"client_{state}", "FLT-1")
    assert run.summary["eligible"] == 1


@pytest.mark.rule("FLT-2")
@pytest.mark.parametrize("device", [PC, S2016, OLD], ids=lambda device: device["os"])
def test_behind_a_blocked_network_onboarding_fails_on_every_route(tmp_path, device):
    run = rehearsal(
        tmp_path,
        device | {"network": "blocked"},
        client_settings=MDE_CLIENT,
        policy={"workspace": WORKSPACE},
        horizon="2 d",
    )

    assert verdict(run) == ("failed", "network_blocked", "FLT-2")
    assert final(run)["health"] == "not_onboarded"


@pytest.mark.rule("FLT-2", "TIM-2")
def test_a_blocked_device_tries_again_each_week(tmp_path):
    run = rehearsal(tmp_path, PC | {"network": "blocked"}, horizon="8 d")

    assert told(run)[3:] == story("""
        3601 policy_evaluated UPL-1 Onboard
        3601 policy_applied UPL-1 Onboard
        3631 onboarding_failed network_blocked FLT-2 Onboard
        3632 reported TIM-3
        608401 policy_evaluated UPL-1 Onboard
        608401 policy_applied UPL-1 Onboard
        608431 onboarding_failed network_blocked FLT-2 Onboard
    """)


@pytest.mark.rule("FLT-2", "DWN-9")
def test_a_path_that_a_patch_opens_lets_a_device_in_at_its_next_evaluation(tmp_path):
    """Opened on the second day at a place; another place stays blocked."""
    collections = [EVERYBODY, {"name": "London", "members": "location == 'LON'"}]
    plan = [
        DEPLOY,
        {
            "name": "open",
            "at": "2 d",
            "patch": {"network": "ok"},
            "on": ["London"],
            "within": "1 s",
        },
    ]
    blocked = PC | {"network": "blocked"}
    run = rehearsal(
        tmp_path,
        [blocked | {"location": "LON"}, blocked | {"location": "PAR"}],
        collections=collections,
        plan=plan,
        horizon="9 d",
    )

    assert told(run)[4:] == story("""
        3601 policy_evaluated UPL-1 Onboard
        3601 policy_applied UPL-1 Onboard
        3631 onboarding_failed network_blocked FLT-2 Onboard
        3632 reported TIM-3
        172800 remediated DWN-9 open
        608401 policy_evaluated UPL-1 Onboard
        608401 policy_applied UPL-1 Onboard
        608431 onboarded UPL-1 Onboard a
        608432 reported TIM-3
        609031 portal_seen MON-4
    """)
    assert verdict(run, "PC-2") == ("failed", "network_blocked", "FLT-2")


@pytest.mark.rule("FLT-2")
def test_a_blocked_path_strikes_places(tmp_path):
    """Of ten places of ten devices some are affected, and in those nearly every device."""
    devices = [{"os": "windows-11-24h2", "location": f"L-{number % 10}"} for number in range(100)]
    share = {"network_blocked_share": "40 %", "network_blocked_within_share": "100 %"}
    run = rehearsal(tmp_path, devices, faults="drawn", assumptions=FIXED | CALM | share)

    columns = run.outcomes.columns
    failed = zip(columns["location"], columns["cause"], strict=True)
    struck = [place for place, cause in failed if cause == "network_blocked"]
    assert 0 < len(set(struck)) < 10
    assert len(struck) == 10 * len(set(struck))


@pytest.mark.rule("FLT-4")
@pytest.mark.parametrize("device", [S2016, OLD], ids=lambda device: device["os"])
def test_a_pending_restart_blocks_the_installer_of_an_agent(tmp_path, device):
    run = rehearsal(
        tmp_path,
        device | {"restart_pending": "true"},
        client_settings=MDE_CLIENT,
        policy={"workspace": WORKSPACE},
        horizon="2 d",
    )

    assert verdict(run) == ("failed", "restart_pending", "FLT-4")
    assert final(run)["agent"] == "none"


@pytest.mark.rule("FLT-4", "UPL-1")
def test_a_pending_restart_does_not_matter_where_nothing_is_installed(tmp_path):
    run = rehearsal(tmp_path, PC | {"restart_pending": "true"})

    assert verdict(run) == ("onboarded", "", "UPL-1")


@pytest.mark.rule("FLT-5")
def test_without_dotnet_mma_does_not_install(tmp_path):
    run = rehearsal(
        tmp_path, OLD | {"dotnet": "false"}, policy={"workspace": WORKSPACE}, horizon="1 d"
    )

    assert told(run)[4:] == story("""
        3605 content_downloaded MMA-1 Onboard
        3605 install_started MMA-1 Onboard
        3665 install_failed dotnet_missing FLT-5 Onboard
        3666 reported TIM-3
    """)
    assert verdict(run) == ("failed", "dotnet_missing", "FLT-5")


@pytest.mark.rule("FLT-5")
def test_with_a_wrong_clock_mma_installs_and_does_not_register(tmp_path):
    run = rehearsal(
        tmp_path, OLD | {"clock_ok": "false"}, policy={"workspace": WORKSPACE}, horizon="1 d"
    )

    assert verdict(run) == ("failed", "clock_skew", "FLT-5")
    assert final(run)["agent"] == "mma"


@pytest.mark.rule("FLT-5")
def test_dotnet_and_clock_matter_to_mma_alone(tmp_path):
    spoiled = {"clock_ok": "false", "dotnet": "false"}
    run = rehearsal(tmp_path, [PC | spoiled, S2016 | spoiled], client_settings=MDE_CLIENT)

    assert run.summary["onboarded"] == 2


CERTAIN = {
    "install_failure_share": "100 %",
    "service_start_failure_share": "0 %",
    "service_start_retry_share": "0 %",
}
HEALTHY = S2016 | {
    "client": "active", "client_version": "2403", "agent": "none", "network": "ok",
    "clock_ok": "true", "antivirus": "enabled", "servicing_stack": "2025-10-14",
    "cumulative_update": "2025-10-14",
}  # fmt: skip


@pytest.mark.rule("FLT-4", "TIM-2")
def test_an_installer_that_fails_by_chance_is_tried_again_after_24_hours(tmp_path):
    run = rehearsal(
        tmp_path,
        HEALTHY,
        client_settings=MDE_CLIENT,
        faults="drawn",
        assumptions=FIXED | CERTAIN,
        horizon="2 d",
    )

    assert told(run)[3:] == story("""
        3601 policy_evaluated DWN-2 Onboard
        3612 content_downloaded DWN-2 Onboard
        3612 install_started DWN-2 Onboard
        3738 install_failed install_failed FLT-4 Onboard
        3739 reported TIM-3
        90138 install_started DWN-2 Onboard
        90264 install_failed install_failed FLT-4 Onboard
    """)


@pytest.mark.rule("FLT-4", "TIM-2")
def test_an_installer_that_fails_by_chance_may_pass_the_next_time(tmp_path):
    """Half of all attempts fail; the device drawn for fails at its first two, not at its third."""
    draws = Streams(7, 1)
    name = next(
        name
        for name in (f"N-{number}" for number in range(100))
        if [draws.happens("install_failure_share", device_key(name), 500_000, n) for n in range(3)]
        == [True, True, False]
    )
    run = rehearsal(
        tmp_path,
        HEALTHY | {"name": name},
        client_settings=MDE_CLIENT,
        faults="drawn",
        assumptions=FIXED | CALM | {"install_failure_share": "50 %"},
        horizon="4 d",
    )

    assert told(run, name)[5:] == story("""
        3612 install_started DWN-2 Onboard
        3738 install_failed install_failed FLT-4 Onboard
        3739 reported TIM-3
        90138 install_started DWN-2 Onboard
        90264 install_failed install_failed FLT-4 Onboard
        176664 install_started DWN-2 Onboard
        176790 agent_installed DWN-2 Onboard
        176790 policy_applied DWN-2 Onboard
        176820 onboarded DWN-2 Onboard a
        176821 reported TIM-3
        177420 portal_seen MON-4
    """)


@pytest.mark.rule("FLT-4", "DWN-9")
def test_a_prerequisite_that_a_patch_puts_right_lets_the_next_attempt_pass(tmp_path):
    plan = [DEPLOY, {"name": "fix", "at": "12 h", "patch": {"antivirus": "enabled"}, "on": ["All"],
                     "within": "1 s"}]  # fmt: skip
    run = rehearsal(
        tmp_path, S2016 | {"antivirus": "outdated"}, plan=plan, client_settings=MDE_CLIENT
    )

    assert told(run)[6:10] == story("""
        3738 install_failed antivirus_outdated DWN-5 Onboard
        3739 reported TIM-3
        43200 remediated DWN-9 fix
        90138 install_started DWN-2 Onboard
    """)
    assert verdict(run)[0] == "onboarded"


@pytest.mark.rule("FLT-5", "DWN-9")
@pytest.mark.parametrize(
    ("trait", "rule", "tries"), [("dotnet", "DWN-10", 90_065), ("clock_ok", "DWN-9", 608_401)]
)
def test_dotnet_and_clock_can_be_fixed(tmp_path, trait, rule, tries):
    """A failed install is tried again after a day, a failed registration after a week."""
    plan = [
        DEPLOY,
        {"name": "fix", "at": "12 h", "patch": {trait: True}, "on": ["All"], "within": "1 s"},
        {"at": "13 h", "restart": ["All"], "within": "1 s"},
    ]
    run = rehearsal(tmp_path, OLD | {trait: "false"}, plan=plan, policy={"workspace": WORKSPACE})

    assert f"43200 remediated {rule} fix" in told(run)
    after = [line for line in told(run) if int(line.split()[0]) > 46_800]
    assert int(after[0].split()[0]) == tries
    assert verdict(run)[0] == "onboarded"


@pytest.mark.rule("FLT-3")
def test_a_service_that_started_too_late_has_its_own_chance_the_next_time(tmp_path):
    shares = {
        "install_failure_share": "0 %",
        "service_start_failure_share": "100 %",
        "service_start_retry_share": "0 %",
    }
    run = rehearsal(
        tmp_path,
        HEALTHY,
        client_settings=MDE_CLIENT,
        faults="drawn",
        assumptions=FIXED | shares,
        horizon="8 d",
    )

    assert told(run)[7:] == story("""
        3738 policy_applied DWN-2 Onboard
        3768 onboarding_failed service_start_failed FLT-3 Onboard
        3769 reported TIM-3
        608401 policy_evaluated DWN-7 Onboard
        608401 policy_applied DWN-7 Onboard
        608431 onboarded DWN-7 Onboard a
        608432 reported TIM-3
        609031 portal_seen MON-4
    """)


@pytest.mark.rule("FLT-3")
def test_another_failure_before_is_no_late_start(tmp_path):
    """The blocked attempts before never reached the service: its first start is a first one."""
    shares = {
        "install_failure_share": "0 %",
        "service_start_failure_share": "0 %",
        "service_start_retry_share": "100 %",
    }
    plan = [
        {"at": "1 h", "deploy": "Onboard", "to": ["All"]},
        {"at": "2 d", "set_client_setting": "New agent", "downlevel_client": "mde_client"},
    ]
    run = rehearsal(
        tmp_path,
        HEALTHY,
        plan=plan,
        client_settings=[MDE_CLIENT[0] | {"downlevel_client": "mma"}],
        faults="drawn",
        assumptions=FIXED | shares,
        horizon="8 d",
    )

    assert "3601 policy_failed workspace_missing MMA-2 Onboard" in told(run)
    assert verdict(run) == ("onboarded", "", "DWN-2")


@pytest.mark.rule("FLT-4")
def test_two_plans_meet_the_same_luck_at_the_same_attempt(tmp_path):
    """What fails before any install draws nothing: the later repair meets the first draw."""
    shares = {
        "install_failure_share": "50 %",
        "service_start_failure_share": "0 %",
        "service_start_retry_share": "0 %",
    }
    devices = [
        OLD | {"client": "active", "agent": "none", "network": "ok", "clock_ok": "true",
               "dotnet": "true"}
    ] * 20  # fmt: skip
    plan = [
        {"at": "1 h", "deploy": "Onboard", "to": ["All"]},
        {"at": "20 d", "set_workspace": "Onboard", "id": "present", "key": "present"},
    ]
    sections = {"faults": "drawn", "assumptions": FIXED | shares}
    late = rehearsal(tmp_path, devices, plan=plan, **sections)
    early = rehearsal(tmp_path, devices, policy={"workspace": WORKSPACE}, **sections)

    def first_installs(run):
        first = {}
        for number in range(1, 21):
            name = f"PC-{number}"
            lines = (line.split()[1] for line in told(run, name))
            first[name] = next(one for one in lines if one in ("agent_installed", "install_failed"))
        return first

    assert first_installs(late) == first_installs(early)
    assert set(first_installs(early).values()) == {"agent_installed", "install_failed"}
