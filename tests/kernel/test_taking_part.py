"""Which devices take part in a rollout: subscription, client, administrators, systems."""

import pytest

from tests.kernel.telling import (
    DEPLOY,
    EVERYBODY,
    PACKAGE,
    POLICY,
    final,
    rehearsal,
    story,
    told,
    told_of_plan,
    verdict,
)

UP_LEVEL = {"os": "windows-11-24h2"}
SHORT = "2 d"


@pytest.mark.rule("PRE-1")
def test_without_a_subscription_every_evaluation_is_refused_and_no_device_counts(tmp_path):
    run = rehearsal(tmp_path, UP_LEVEL, horizon="9 d", site={"subscription": False})

    assert told(run) == story("""
        0 member_added TIM-4 All
        3600 targeted Onboard All
        3600 policy_received TIM-1 Onboard
        3601 policy_evaluated PRE-1 Onboard
        3601 policy_failed subscription_missing PRE-1 Onboard
        3602 reported TIM-3
        608401 policy_evaluated PRE-1 Onboard
        608401 policy_failed subscription_missing PRE-1 Onboard
    """)
    assert verdict(run) == ("not_eligible", "subscription_missing", "PRE-1")
    assert (run.summary["eligible"], run.summary["onboarded"]) == (0, 0)
    assert run.summary["onboarded_pct"] is None


@pytest.mark.rule("PRE-2")
def test_a_computer_without_the_client_receives_nothing(tmp_path):
    run = rehearsal(tmp_path, UP_LEVEL | {"client": "none"}, horizon=SHORT)

    assert told(run) == []
    assert verdict(run) == ("not_eligible", "not_managed", "PRE-2")
    assert run.summary["targeted"] == 0


@pytest.mark.rule("PRE-5")
def test_a_device_that_only_intune_manages_is_not_in_the_console_and_is_counted_apart(tmp_path):
    devices = [
        UP_LEVEL,
        UP_LEVEL | {"managed_by": "intune"},
        UP_LEVEL | {"managed_by": "co_managed"},
    ]
    run = rehearsal(tmp_path, devices, horizon=SHORT)

    assert told(run, "PC-2") == []
    assert verdict(run, "PC-2") == ("not_eligible", "not_managed", "PRE-5")
    assert verdict(run, "PC-3")[0] == "onboarded"
    assert (run.summary["devices"], run.summary["eligible"]) == (3, 2)
    assert run.summary["console"]["onboarded_pct"] == 100


@pytest.mark.rule("PRE-3")
@pytest.mark.parametrize(
    "step",
    [
        {"deploy": "Onboard", "to": ["Rest"]},
        {"undeploy": "Onboard", "from": ["All"]},
        {"set_workspace": "Onboard", "id": "present", "key": "present"},
        {"pause": "Onboard"},
        {"resume": "Onboard"},
    ],
    ids=lambda step: next(iter(step)),
)
def test_a_policy_step_without_the_role_is_refused_and_changes_nothing(tmp_path, step):
    names = [{"name": "first", "roles": ["Endpoint Protection Manager"]}, {"name": "reader"}]
    collections = [EVERYBODY, {"name": "Rest", "members": "managed"}]
    plan = [DEPLOY, {"name": "refused", "at": "2 h", "by": "reader"} | step]
    sections = {
        "collections": collections,
        "site": {"administrators": names},
        "horizon": "9 d",
    }
    run = rehearsal(tmp_path, {"os": "windows-8.1"}, plan=plan, **sections)
    without = rehearsal(tmp_path, {"os": "windows-8.1"}, plan=[DEPLOY], **sections)

    assert told_of_plan(run)[1] == "7200 step_refused role_missing PRE-3 Onboard refused"
    assert told(run) == told(without)


@pytest.mark.rule("PRE-4")
def test_a_client_setting_changed_without_the_right_is_refused_and_changes_nothing(tmp_path):
    setting = {"name": "New", "collection": "All", "priority": 1, "downlevel_client": "mma"}
    change = {"set_client_setting": "New", "downlevel_client": "mde_client"}
    names = [
        {"name": "protector", "roles": ["Endpoint Protection Manager"]},
        {"name": "settler", "rights": ["client_settings"]},
    ]
    plan = [
        {"name": "no", "at": "1 h", "by": "protector"} | change,
        {"name": "deployed", "at": "1 h", "deploy": "Onboard", "to": ["All"]},
        {"name": "yes", "at": "2 h", "by": "settler"} | change,
    ]
    run = rehearsal(
        tmp_path,
        {"os": "server-2016"},
        plan=plan,
        client_settings=[setting],
        site={"administrators": names},
    )

    assert told_of_plan(run) == story("""
        3600 step_refused role_missing PRE-4 no
        3600 step_done Onboard deployed
        7200 step_done yes
    """)
    assert "3601 policy_failed workspace_missing MMA-2 Onboard" in told(run)
    assert verdict(run) == ("onboarded", "", "DWN-2")


@pytest.mark.rule("OS-1")
@pytest.mark.parametrize(
    "system", ["windows-7", "server-2008-r2", "server-2012", "server-sac-1709"]
)
def test_a_system_on_no_list_is_not_eligible_and_refused_at_each_evaluation(tmp_path, system):
    run = rehearsal(tmp_path, {"os": system}, horizon="8 d")

    assert told(run)[2:] == story("""
        3600 policy_received TIM-1 Onboard
        3601 policy_evaluated OS-1 Onboard
        3601 policy_failed os_not_supported OS-1 Onboard
        3602 reported TIM-3
        608401 policy_evaluated OS-1 Onboard
        608401 policy_failed os_not_supported OS-1 Onboard
    """)
    assert verdict(run) == ("not_eligible", "os_not_supported", "OS-1")


@pytest.mark.rule("OS-2")
def test_the_oldest_windows_10_is_a_switch(tmp_path):
    by_default = rehearsal(tmp_path, {"os": "windows-10-1607"}, horizon=SHORT)
    lowered = rehearsal(
        tmp_path, {"os": "windows-10-1607"}, horizon=SHORT, rules={"windows_10_minimum": "1607"}
    )

    assert verdict(by_default) == ("not_eligible", "os_not_supported", "OS-2")
    assert verdict(lowered) == ("onboarded", "", "UPL-1")


EXPIRING = {"os": "windows-11-23h2", "edition": "enterprise"}
"""Supported through 2026-11-10."""


@pytest.mark.rule("OS-3")
@pytest.mark.parametrize(
    ("switch", "status"),
    [("enforce", "not_eligible"), ("warn", "onboarded"), ("ignore", "onboarded")],
)
def test_only_enforcing_puts_a_system_past_its_support_out(tmp_path, switch, status):
    run = rehearsal(
        tmp_path, {"os": "windows-8.1"} | {"agent": "mma"}, horizon=SHORT,
        rules={"end_of_support": switch}, policy={"workspace": {"id": "present", "key": "present"}},
    )  # fmt: skip

    assert verdict(run)[0] == status
    assert (run.summary["eligible"] == 1) == (switch != "enforce")


@pytest.mark.rule("OS-3")
def test_support_ends_after_its_last_day_in_the_middle_of_a_run(tmp_path):
    """Deployed on the last day and onboarded by then stays; the day after is too late."""
    collections = [
        {"name": "Today", "members": ["PC-1"]},
        {"name": "Tomorrow", "members": ["PC-2"]},
    ]
    plan = [
        {"at": "23 h", "deploy": "Onboard", "to": ["Today"]},
        {"at": "1 d", "deploy": "Onboard", "to": ["Tomorrow"]},
    ]
    run = rehearsal(
        tmp_path,
        [EXPIRING, EXPIRING],
        start="2026-11-10 00:00",
        horizon=SHORT,
        collections=collections,
        plan=plan,
        rules={"end_of_support": "enforce"},
    )

    assert verdict(run, "PC-1") == ("onboarded", "", "UPL-1")
    assert verdict(run, "PC-2") == ("not_eligible", "os_out_of_support", "OS-3")
    assert "86401 policy_failed os_out_of_support OS-3 Onboard" in told(run, "PC-2")
    assert run.summary["eligible"] == 1


@pytest.mark.rule("OS-3")
def test_a_failed_install_is_not_tried_again_once_support_has_ended(tmp_path):
    """Server 2016 is supported through 2027-01-12; the first attempt is on that day."""
    run = rehearsal(
        tmp_path,
        {"os": "server-2016", "antivirus": "disabled"},
        start="2027-01-12 20:00",
        horizon="3 d",
        rules={"end_of_support": "enforce"},
        client_settings=[
            {"name": "N", "collection": "All", "priority": 1, "downlevel_client": "mde_client"}
        ],
    )

    assert told(run)[3:] == story("""
        3601 policy_evaluated DWN-2 Onboard
        3612 content_downloaded DWN-2 Onboard
        3612 install_started DWN-2 Onboard
        3738 install_failed antivirus_disabled DWN-5 Onboard
        3739 reported TIM-3
        90138 policy_failed os_out_of_support OS-3 Onboard
        90139 reported TIM-3
    """)
    assert verdict(run) == ("not_eligible", "os_out_of_support", "OS-3")


@pytest.mark.rule("OS-4", "OS-5")
@pytest.mark.parametrize(
    ("build", "kind", "level", "route"),
    [
        ("9600", "client", "down_level", "mma"),
        ("9600", "server", "down_level", "mde_client"),
        ("14393", "server", "down_level", "mde_client"),
        ("14393", "domain_controller", "down_level", "mde_client"),
        ("17763", "client", "up_level", "config_file"),
        ("17763", "server", "up_level", "config_file"),
        ("26100", "client", "up_level", "config_file"),
        ("26100", "server", "up_level", "config_file"),
    ],
)
def test_a_build_takes_its_route_by_product_type(tmp_path, build, kind, level, route):
    run = rehearsal(
        tmp_path,
        {"build": build, "product_type": kind},
        horizon=SHORT,
        policy={"workspace": {"id": "present", "key": "present"}},
        client_settings=[
            {"name": "N", "collection": "All", "priority": 1, "downlevel_client": "mde_client"}
        ],
    )

    row = final(run)
    assert (row["status"], row["level"], row["route"]) == ("onboarded", level, route)


@pytest.mark.rule("OS-5")
def test_later_systems_take_part_with_a_remark(tmp_path):
    run = rehearsal(tmp_path, {"os": "server-2025"}, horizon=SHORT)

    assert verdict(run) == ("onboarded", "", "UPL-1")
    assert any("OS-5" in note for note in run.notes)


@pytest.mark.rule("UPD-7")
def test_a_device_of_another_organization_is_refused_again_and_again(tmp_path):
    foreign = UP_LEVEL | {"onboarded": "true", "organization": "fabrikam", "payload": "f"}
    run = rehearsal(tmp_path, foreign, horizon="8 d")

    assert told(run)[3:] == story("""
        3601 policy_evaluated UPL-1 Onboard
        3601 policy_failed other_organization UPD-7 Onboard
        3602 reported TIM-3
        608401 policy_evaluated UPL-1 Onboard
        608401 policy_failed other_organization UPD-7 Onboard
    """)
    assert verdict(run) == ("failed", "other_organization", "UPD-7")


@pytest.mark.rule("UPD-7")
def test_a_policy_of_another_organization_does_not_count_as_applied(tmp_path):
    ours = UP_LEVEL | {"onboarded": "true", "organization": "contoso", "payload": "a"}
    foreign = {"name": "onboarding-f", "organization": "fabrikam"}
    run = rehearsal(
        tmp_path,
        [ours, UP_LEVEL],
        horizon=SHORT,
        packages=[PACKAGE, foreign],
        policies=[POLICY | {"package": "onboarding-f"}],
    )

    failed = "3601 policy_failed other_organization UPD-7 Onboard"
    assert failed in told(run, "PC-1")
    assert failed in told(run, "PC-2")
    assert verdict(run, "PC-1")[0] == "onboarded"
