"""Siblings of the field cases: the same kind of thing with other traits, routes and steps."""

import pytest

from sim.units import DAY
from tests.kernel.telling import (
    DEPLOY,
    FAREWELL,
    MDE_CLIENT,
    OFFBOARD,
    PACKAGE,
    POLICY,
    WORKSPACE,
    final,
    rehearsal,
    rows,
    told,
    value_of,
    when,
)

SCRIPT = {"name": "script-a", "payload": "b", "organization": "contoso", "method": "group_policy"}
STREAMLINED = {**PACKAGE, "connectivity": "streamlined"}
UP_LEVEL = {"os": "windows-11-24h2"}
ON_MMA = {"os": "server-2016", "agent": "mma", "agent_version": "10.20.18069"}
ON_CLIENT = {"os": "server-2012-r2", "agent": "mde_client"}
BEFORE = {"onboarded": "true", "organization": "contoso", "payload": "a"}


def patch(at, **traits):
    return {"at": at, "patch": traits, "on": ["All"], "within": "0 s"}


def contact(run):
    """Return the rows of a device's contact: second, event, cause."""
    events = ("contact_lost", "contact_restored", "went_inactive", "active_again")
    return [(row["time"], row["event"], row["cause"]) for row in rows(run)
            if row["event"] in events]  # fmt: skip


@pytest.mark.rule("CON-1", "CON-2")
@pytest.mark.parametrize(
    ("device", "cut", "cause", "mend"),
    [
        (UP_LEVEL, {"network": "blocked"}, "network_blocked", {"network": "ok"}),
        (UP_LEVEL, {"sensor": "absent"}, "sensor_missing", {"sensor": "present"}),
        (UP_LEVEL, {"elam_driver": "disabled"}, "elam_driver_disabled", {"elam_driver": "enabled"}),
        (ON_MMA, {"agent": "none"}, "agent_missing", {"agent": "mma"}),
        (
            ON_MMA,
            {"agent_version": "10.20.18001"},
            "agent_outdated",
            {"agent_version": "10.20.18069"},
        ),
        (ON_MMA, {"elam_driver": "disabled"}, "elam_driver_disabled", {"elam_driver": "enabled"}),
        (ON_CLIENT, {"agent": "none"}, "agent_missing", {"agent": "mde_client"}),
        (ON_CLIENT, {"network": "blocked"}, "network_blocked", {"network": "ok"}),
    ],
)
def test_contact_ends_in_the_second_of_a_patch_and_returns_in_that_of_its_repair(
    tmp_path, device, cut, cause, mend
):
    plan = [patch("2 d", **cut), patch("12 d", **mend)]
    run = rehearsal(tmp_path, device | BEFORE, plan=plan)

    assert contact(run) == [
        (2 * DAY, "contact_lost", cause),
        (9 * DAY, "went_inactive", ""),
        (12 * DAY, "contact_restored", ""),
        (12 * DAY, "active_again", ""),
    ]
    assert final(run)["status"] == "onboarded"
    assert value_of(run, "device", "onboarded", 10 * DAY) == 1
    assert value_of(run, "portal", "inactive", 10 * DAY) == 1


@pytest.mark.rule("UPD-8", "CON-1")
@pytest.mark.parametrize(
    ("connectivity", "trait"), [("streamlined", "network_streamlined"), ("standard", "network")]
)
def test_a_device_is_cut_off_on_the_path_of_its_payload_alone(tmp_path, connectivity, trait):
    package = {**PACKAGE, "connectivity": connectivity}
    for cut in ("network", "network_streamlined"):
        plan = [DEPLOY, patch("2 d", **{cut: "blocked"})]
        run = rehearsal(tmp_path, UP_LEVEL, packages=[package], plan=plan)
        lost = [(2 * DAY, "contact_lost", "network_blocked"), (9 * DAY, "went_inactive", "")]

        assert contact(run) == (lost if cut == trait else [])


@pytest.mark.rule("UPG-1")
@pytest.mark.parametrize(
    ("device", "os", "cause"),
    [
        ({"os": "windows-10-22h2"}, "windows-11-24h2", ""),
        ({"os": "server-2019"}, "server-2022", ""),
        (ON_CLIENT, "server-2019", "service_stopped"),
        (ON_CLIENT, "server-2016", "service_stopped"),
        (ON_MMA, "server-2022", "service_stopped"),
    ],
)
def test_an_upgrade_in_place_keeps_what_the_sensor_onboarded_and_stops_what_an_agent_did(
    tmp_path, device, os, cause
):
    run = rehearsal(tmp_path, device | BEFORE, plan=[patch("2 d", os=os)])

    assert final(run)["cause"] == cause
    assert value_of(run, "portal", "inactive") == (1 if cause else 0)


@pytest.mark.rule("UPG-1")
def test_an_upgraded_server_reports_again_once_it_was_offboarded_and_onboarded_anew(tmp_path):
    plan = [
        patch("2 d", os="server-2019"),
        {"at": "4 d", "deploy": "Offboard", "to": ["All"]},
        {"at": "6 d", "undeploy": "Offboard", "from": ["All"]},
        {"at": "7 d", "deploy": "Onboard", "to": ["All"]},
    ]
    both = {"packages": [PACKAGE, FAREWELL], "policies": [POLICY, OFFBOARD]}
    run = rehearsal(tmp_path, ON_CLIENT | BEFORE, plan=plan, **both)

    assert (final(run)["status"], final(run)["cause"]) == ("onboarded", "")
    assert value_of(run, "console", "healthy") == 1


@pytest.mark.rule("DWN-10")
@pytest.mark.parametrize(
    ("os", "lacking", "repair", "setting"),
    [
        ("server-2012-r2", {"dotnet": "false"}, {"dotnet": True}, []),
        ("windows-8.1", {"dotnet": "false"}, {"dotnet": True}, []),
        ("server-2016", {"antivirus": "disabled"}, {"antivirus": "enabled"}, MDE_CLIENT),
    ],
)
def test_what_was_put_back_waits_for_the_restart(tmp_path, os, lacking, repair, setting):
    plan = [DEPLOY, patch("3 d", **repair), {"at": "5 d", "restart": ["All"], "within": "0 s"}]
    device = {"os": os, "agent": "none", **lacking}
    run = rehearsal(
        tmp_path, device, plan=plan, policy={"workspace": WORKSPACE}, client_settings=setting
    )

    assert value_of(run, "device", "blocked", 4 * DAY, cause="restart_pending") == 1
    assert when(run, "onboarded") > when(run, "restarted") >= 5 * DAY


@pytest.mark.rule("DWN-11")
def test_an_installer_defect_matters_to_the_mde_client_alone(tmp_path):
    device = {"os": "server-2012-r2", "agent": "none", "installer_defect": "true"}
    by_mma = rehearsal(tmp_path, device, policy={"workspace": WORKSPACE})
    by_client = rehearsal(tmp_path, device, client_settings=MDE_CLIENT)

    assert final(by_mma)["status"] == "onboarded"
    assert (final(by_client)["cause"], final(by_client)["rule"]) == ("installer_defect", "DWN-11")


@pytest.mark.rule("CON-4")
@pytest.mark.parametrize("reach", ["network", "elam_driver"])
def test_a_migrated_server_that_cannot_register_stays_onboarded_with_the_cause(tmp_path, reach):
    word = {"network": "blocked", "elam_driver": "disabled"}[reach]
    plan = [DEPLOY, patch("2 d", **{reach: "ok" if reach == "network" else "enabled"})]
    run = rehearsal(
        tmp_path, ON_MMA | BEFORE | {reach: word}, plan=plan, client_settings=MDE_CLIENT
    )
    failed = [row["cause"] for row in rows(run) if row["event"] == "onboarding_failed"]

    assert value_of(run, "device", "onboarded", DAY) == 1
    assert set(failed) == {{"network": "network_blocked"}.get(reach, "elam_driver_disabled")}
    assert final(run)["agent"] == "mma_and_mde_client"
    assert when(run, "onboarded") > 2 * DAY


@pytest.mark.rule("MMA-2")
def test_values_that_go_missing_fail_the_policy_and_leave_the_server_in_contact(tmp_path):
    plan = [
        DEPLOY,
        {"at": "2 d", "set_workspace": "Onboard", "key": "absent"},
        {"at": "16 d", "set_workspace": "Onboard", "key": "present"},
    ]
    run = rehearsal(tmp_path, ON_MMA | BEFORE, plan=plan, policy={"workspace": WORKSPACE})
    failed = [row for row in rows(run) if row["event"] == "policy_failed"]

    assert [row["cause"] for row in failed] == ["workspace_missing"] * 2
    assert contact(run) == []
    assert (final(run)["status"], final(run)["cause"]) == ("onboarded", "")


@pytest.mark.rule("CON-1", "MMA-4")
@pytest.mark.parametrize("value", ["swapped", "wrong"])
def test_wrong_values_reach_an_onboarded_server_at_its_next_evaluation(tmp_path, value):
    both = {"wrong": {"id": "wrong"}, "swapped": {"id": "present"}}[value]
    workspace = {"id": "present", "key": "present"} if value == "wrong" else "swapped"
    plan = [DEPLOY, {"at": "2 d", "set_workspace": "Onboard", **both}]
    run = rehearsal(tmp_path, ON_MMA | BEFORE, plan=plan, policy={"workspace": workspace})
    first = contact(run)[0]

    assert first[1:] == ("contact_lost", f"workspace_{value}")
    assert first[0] // DAY == (7 if value == "wrong" else 0)


@pytest.mark.rule("CON-5")
def test_the_portal_drops_a_record_in_the_end(tmp_path):
    retired = UP_LEVEL | BEFORE | {"retired_at": "2026-03-07"}
    rules = {"portal_retention": "20 d"}
    run = rehearsal(tmp_path, [retired, UP_LEVEL | {"name": "PC-2"}], rules=rules)
    left = [line for line in told(run) if int(line.split()[0]) >= 5 * DAY]

    assert left == [
        "432000 retired",
        "1036800 went_inactive CON-5",
        "2160000 portal_removed CON-5",
    ]
    assert value_of(run, "portal", "onboarded", 24 * DAY) == 2
    assert value_of(run, "portal", "onboarded", 26 * DAY) == 1
    assert value_of(run, "console", "onboarded", 24 * DAY) == 1


@pytest.mark.rule("CON-3")
def test_without_its_configmgr_client_a_device_ages_in_the_console_alone(tmp_path):
    plan = [patch("2 d", client="broken")]
    run = rehearsal(tmp_path, UP_LEVEL | BEFORE, plan=plan)

    assert "777600 went_inactive CON-3" in told(run)
    assert value_of(run, "console", "inactive") == 1
    assert value_of(run, "portal", "inactive") == value_of(run, "device", "inactive") == 0


@pytest.mark.rule("PRE-6")
@pytest.mark.parametrize(
    ("workload", "left"),
    [("configmgr", ()), ("intune", ("PC-1", "PC-2")), ({"pilot": "Pilot"}, ("PC-1",))],
)
def test_whom_the_workload_leaves_to_intune_the_site_does_not_touch(tmp_path, workload, left):
    shared = UP_LEVEL | {"managed_by": "co_managed"}
    run = rehearsal(
        tmp_path,
        [shared, shared, UP_LEVEL | {"managed_by": "configmgr"}],
        collections=[
            {"name": "All", "members": "managed"},
            {"name": "Pilot", "members": ["PC-1", "PC-3"]},
        ],
        site={"endpoint_protection_workload": workload},
    )
    stands = {name: final(run, name)["cause"] for name in ("PC-1", "PC-2", "PC-3")}

    assert stands == {name: "managed_by_intune" if name in left else "" for name in stands}
    assert value_of(run, "console", "eligible") == 3 - len(left)


@pytest.mark.rule("TIM-5")
@pytest.mark.parametrize(
    ("window", "first_day"),
    [
        ({"weekly": "Thursday 01:00"}, 3),
        ({"daily": "01:00"}, 1),
        ({"monthly": "second Sunday 01:00"}, 6),
        ({"monthly": "last Friday 01:00"}, 25),
        ({"monthly": "patch_tuesday + 5 d 01:00"}, 13),
    ],
)
def test_a_policy_is_evaluated_in_the_first_window_of_every_kind(tmp_path, window, first_day):
    windows = [{"collection": "All", "length": "2 h", **window}]
    plan = [{"at": "3 h", "deploy": "Onboard", "to": ["All"]}]
    run = rehearsal(tmp_path, UP_LEVEL, maintenance_windows=windows, plan=plan)

    assert when(run, "policy_evaluated") == first_day * DAY + 3600


@pytest.mark.rule("TIM-5")
@pytest.mark.parametrize("purpose", ["updates", "task_sequences"])
def test_windows_for_something_else_do_not_bind_a_policy(tmp_path, purpose):
    windows = [{"collection": "All", "length": "2 h", "daily": "20:00", "for": purpose}]
    run = rehearsal(tmp_path, UP_LEVEL, maintenance_windows=windows)

    assert when(run, "policy_evaluated") < 2 * 3600


@pytest.mark.rule("UPL-5", "UPL-4")
@pytest.mark.parametrize(
    ("traits", "cause"),
    [
        ({"sensor": "absent"}, "sensor_missing"),
        ({"elam_driver": "disabled"}, "elam_driver_disabled"),
    ],
)
def test_no_retry_onboards_a_computer_whose_service_cannot_start(tmp_path, traits, cause):
    mend = {"sensor": "present", "elam_driver": "enabled"}
    plan = [DEPLOY, patch("16 d", **{name: mend[name] for name in traits})]
    run = rehearsal(tmp_path, UP_LEVEL | traits, plan=plan)
    failed = [row["cause"] for row in rows(run) if row["event"] == "onboarding_failed"]

    assert failed == [cause] * 3
    assert when(run, "onboarded") > 16 * DAY


@pytest.mark.rule("OS-1")
@pytest.mark.parametrize(
    ("os", "edition", "cause"),
    [
        ("windows-10-1607", "ltsc", ""),
        ("windows-10-1507", "ltsc", "os_not_supported"),
        ("windows-11-24h2", "home", "os_not_supported"),
        ("windows-10-1607", "enterprise", "os_not_supported"),
    ],
)
def test_editions_decide_about_support(tmp_path, os, edition, cause):
    run = rehearsal(tmp_path, {"os": os, "edition": edition})

    assert final(run)["cause"] == cause
