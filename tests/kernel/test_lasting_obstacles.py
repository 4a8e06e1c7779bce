"""What no retry removes: driver, sensor, installer, workload, edition, workspace values, file.

Each story is the whole one of a device, from the failure to the repair and what follows it.
"""

import pytest

from tests.kernel.telling import (
    DEPLOY,
    EVERYBODY,
    FAREWELL,
    MDE_CLIENT,
    OFFBOARD,
    PACKAGE,
    WORKSPACE,
    final,
    rehearsal,
    story,
    told,
    value_of,
    verdict,
)

PC = {"os": "windows-10-22h2", "edition": "enterprise"}
R2 = {"os": "server-2012-r2", "fully_updated": "true"}
S2016 = {"os": "server-2016"}
OURS = {"onboarded": "true", "organization": "contoso", "payload": "a"}
SCRIPT = {"name": "script-b", "payload": "b", "organization": "contoso", "method": "group_policy"}
RUN = {"name": "move", "at": "1 h", "run_script": "script-b", "on": ["All"]}


def patch(at="12 h", on=("All",), **traits):
    return {"name": "fix", "at": at, "patch": traits, "on": list(on), "within": "1 s"}


def restart(at="1 d"):
    return {"at": at, "restart": ["All"], "within": "1 s"}


@pytest.mark.rule("UPL-4")
def test_a_disabled_early_launch_driver_fails_every_attempt_until_it_is_enabled(tmp_path):
    run = rehearsal(
        tmp_path,
        PC | {"elam_driver": "disabled"},
        plan=[DEPLOY, patch("8 d", elam_driver="enabled")],
        horizon="16 d",
    )

    assert told(run)[3:] == story("""
        3601 policy_evaluated UPL-1 Onboard
        3601 policy_applied UPL-1 Onboard
        3631 onboarding_failed elam_driver_disabled UPL-4 Onboard
        3632 reported TIM-3
        608401 policy_evaluated UPL-1 Onboard
        608401 policy_applied UPL-1 Onboard
        608431 onboarding_failed elam_driver_disabled UPL-4 Onboard
        691200 remediated DWN-9 fix
        1213201 policy_evaluated UPL-1 Onboard
        1213201 policy_applied UPL-1 Onboard
        1213231 onboarded UPL-1 Onboard a
        1213232 reported TIM-3
        1213831 portal_seen MON-4
    """)


@pytest.mark.rule("UPL-4")
@pytest.mark.parametrize("device", [PC, R2, S2016, {"os": "windows-8.1"}, {"os": "server-2025"}])
@pytest.mark.parametrize("settings", [[], MDE_CLIENT])
def test_the_driver_matters_on_every_system_and_route(tmp_path, device, settings):
    run = rehearsal(
        tmp_path,
        device | {"elam_driver": "disabled"},
        client_settings=settings,
        policy={"workspace": WORKSPACE},
        horizon="2 d",
    )

    assert verdict(run) == ("failed", "elam_driver_disabled", "UPL-4")


@pytest.mark.rule("UPL-5")
def test_without_the_sensor_no_retry_helps_and_adding_it_does(tmp_path):
    run = rehearsal(
        tmp_path,
        PC | {"sensor": "absent"},
        plan=[DEPLOY, patch("8 d", sensor="present")],
        horizon="16 d",
    )

    assert told(run)[3:] == story("""
        3601 policy_evaluated UPL-1 Onboard
        3601 policy_applied UPL-1 Onboard
        3631 onboarding_failed sensor_missing UPL-5 Onboard
        3632 reported TIM-3
        608401 policy_evaluated UPL-1 Onboard
        608401 policy_applied UPL-1 Onboard
        608431 onboarding_failed sensor_missing UPL-5 Onboard
        691200 remediated DWN-9 fix
        1213201 policy_evaluated UPL-1 Onboard
        1213201 policy_applied UPL-1 Onboard
        1213231 onboarded UPL-1 Onboard a
        1213232 reported TIM-3
        1213831 portal_seen MON-4
    """)


@pytest.mark.rule("UPL-5")
@pytest.mark.rule("UPD-8")
@pytest.mark.parametrize(
    ("device", "outcome"),
    [
        (PC | {"sensor": "absent"}, "script_failed sensor_missing UPL-5"),
        (PC | OURS | {"sensor": "absent"}, "script_failed sensor_missing UPL-5"),
        (S2016, "script_failed sensor_missing UPD-8"),
        (R2, "script_failed sensor_missing UPD-8"),
        ({"os": "windows-8.1", "agent": "mma"}, "script_failed sensor_missing UPD-8"),
        (S2016 | OURS | {"agent": "mma"}, "script_failed sensor_missing UPD-8"),
        (S2016 | {"agent": "mde_client"}, "script_ran UPD-9"),
        (S2016 | {"agent": "mde_client", "sensor": "absent"}, "script_ran UPD-9"),
        (PC | {"elam_driver": "disabled"}, "script_failed elam_driver_disabled UPL-4"),
        ({"os": "server-2019"}, "script_ran UPD-9"),
    ],
)
def test_a_script_needs_the_sensor_on_the_device(tmp_path, device, outcome):
    run = rehearsal(
        tmp_path,
        device,
        plan=[RUN],
        packages=[PACKAGE, SCRIPT],
        assumptions={"policy_poll_interval": "3 min", "script_window": "1 s"},
        horizon="2 d",
    )

    (line,) = [line for line in told(run) if "script_" in line]
    assert line.split(maxsplit=1)[1] == f"{outcome} b move"


@pytest.mark.rule("UPD-8")
@pytest.mark.parametrize("os", ["windows-8.1", "server-2016", "windows-10-1709"])
def test_a_streamlined_script_does_not_move_what_cannot_move_and_the_cause_stays(tmp_path, os):
    """The policy has the new payload by then: it stays wanted after the script is removed."""
    streamlined = SCRIPT | {"connectivity": "streamlined"}
    new = {"name": "onboarding-b", "payload": "b", "organization": "contoso"}
    agent = {} if os.startswith("windows-10") else {"agent": "mma"}
    remove = {"at": "3 d", "remove_script": "script-b", "from": ["All"]}
    plan = [
        DEPLOY,
        RUN | {"at": "1 d"},
        {"at": "2 d", "update": "Onboard", "package": "onboarding-b"},
    ]

    def run(*more):
        return rehearsal(
            tmp_path,
            {"os": os} | OURS | agent,
            plan=[*plan, remove, *more],
            packages=[PACKAGE, new, streamlined],
            policy={"workspace": WORKSPACE},
            horizon="20 d",
        )

    assert any("script_failed payload_not_eligible UPD-8 b move" in line for line in told(run()))
    assert verdict(run()) == ("onboarded", "payload_not_eligible", "UPD-8")
    leave = {"at": "4 d", "undeploy": "Onboard", "from": ["All"]}
    assert verdict(run(leave))[1] != "payload_not_eligible"


@pytest.mark.rule("DWN-10")
def test_antivirus_that_is_put_back_counts_from_the_next_restart(tmp_path):
    """A restart is pending from the second of the patch on; only then it is the cause."""
    run = rehearsal(
        tmp_path,
        S2016 | {"antivirus": "not_installed"},
        plan=[DEPLOY, patch(antivirus="enabled"), restart("36 h")],
        client_settings=MDE_CLIENT,
        horizon="4 d",
    )

    assert told(run)[3:] == story("""
        3601 policy_evaluated DWN-2 Onboard
        3612 content_downloaded DWN-2 Onboard
        3612 install_started DWN-2 Onboard
        3738 install_failed antivirus_not_installed DWN-5 Onboard
        3739 reported TIM-3
        43200 remediated DWN-10 fix
        43201 reported TIM-3
        90138 install_started DWN-2 Onboard
        90264 install_failed restart_pending FLT-4 Onboard
        90265 reported TIM-3
        129600 restarted FLT-4
        176664 install_started DWN-2 Onboard
        176790 agent_installed DWN-2 Onboard
        176790 policy_applied DWN-2 Onboard
        176820 onboarded DWN-2 Onboard a
        176821 reported TIM-3
        177420 portal_seen MON-4
    """)
    for view, since in (("device", 43_201), ("console", 43_202)):
        for cause, counts in (("antivirus_not_installed", (1, 0)), ("restart_pending", (0, 1))):
            seen = tuple(
                value_of(run, view, "failed", at, cause=cause) for at in (since - 1, since)
            )
            assert seen == counts, (view, cause)


@pytest.mark.rule("DWN-10")
def test_a_newer_dotnet_for_mma_counts_from_the_next_restart(tmp_path):
    run = rehearsal(
        tmp_path,
        {"os": "windows-8.1", "dotnet": "false"},
        plan=[DEPLOY, patch(dotnet=True), restart("36 h")],
        policy={"workspace": WORKSPACE},
        horizon="4 d",
    )

    assert told(run)[5:] == story("""
        3605 install_started MMA-1 Onboard
        3665 install_failed dotnet_missing FLT-5 Onboard
        3666 reported TIM-3
        43200 remediated DWN-10 fix
        43201 reported TIM-3
        90065 install_started MMA-1 Onboard
        90125 install_failed restart_pending FLT-4 Onboard
        90126 reported TIM-3
        129600 restarted FLT-4
        176525 install_started MMA-1 Onboard
        176585 agent_installed MMA-1 Onboard
        176585 policy_applied MMA-1 Onboard
        176615 onboarded MMA-1 Onboard a
        176616 reported TIM-3
        177215 portal_seen MON-4
    """)
    assert verdict(run) == ("onboarded", "", "MMA-1")


@pytest.mark.rule("DWN-10")
def test_what_needs_no_restart_does_not_wait_for_one(tmp_path):
    devices = [
        S2016 | {"antivirus": "outdated"},
        S2016 | {"servicing_stack": "2020-01-14", "antivirus": "enabled"},
    ]
    fix = patch(antivirus="enabled", servicing_stack="2026-01-01")
    run = rehearsal(tmp_path, devices, plan=[DEPLOY, fix], client_settings=MDE_CLIENT)

    assert [verdict(run, name)[0] for name in ("PC-1", "PC-2")] == ["onboarded"] * 2
    assert "43200 remediated DWN-9 fix" in told(run)


@pytest.mark.rule("DWN-11")
def test_an_installer_that_no_retry_cures_needs_a_clean_up_and_a_restart(tmp_path):
    run = rehearsal(
        tmp_path,
        R2 | {"installer_defect": "true"},
        plan=[DEPLOY, patch("36 h", installer_defect=False), restart("60 h")],
        client_settings=MDE_CLIENT,
        horizon="5 d",
    )

    assert told(run)[4:] == story("""
        3612 content_downloaded DWN-2 Onboard
        3612 install_started DWN-2 Onboard
        3738 install_failed installer_defect DWN-11 Onboard
        3739 reported TIM-3
        90138 install_started DWN-2 Onboard
        90264 install_failed installer_defect DWN-11 Onboard
        129600 remediated DWN-11 fix
        129601 reported TIM-3
        176664 install_started DWN-2 Onboard
        176790 install_failed restart_pending FLT-4 Onboard
        176791 reported TIM-3
        216000 restarted FLT-4
        263190 install_started DWN-2 Onboard
        263316 agent_installed DWN-2 Onboard
        263316 policy_applied DWN-2 Onboard
        263346 onboarded DWN-2 Onboard a
        263347 reported TIM-3
        263946 portal_seen MON-4
    """)


@pytest.mark.rule("DWN-9")
@pytest.mark.parametrize(
    ("traits", "causes"),
    [
        ({"telemetry_update": "false", "universal_crt": "false"},
         "prerequisite_telemetry; prerequisite_universal_crt"),
        ({"telemetry_update": "false", "universal_crt": "false", "installer_defect": "true",
          "network": "blocked", "elam_driver": "disabled", "restart_pending": "true"},
         "prerequisite_telemetry; prerequisite_universal_crt; restart_pending; installer_defect; "
         "elam_driver_disabled; network_blocked"),
        ({"universal_crt": "false"}, "prerequisite_universal_crt"),
        ({}, ""),
    ],
)  # fmt: skip
def test_all_that_stands_in_the_way_of_a_device_is_named_the_first_one_first(
    tmp_path, traits, causes
):
    run = rehearsal(
        tmp_path,
        R2 | {"fully_updated": "false"} | traits,
        client_settings=MDE_CLIENT,
        horizon="2 d",
    )
    ((row, _),) = run.device_histories("PC-1")

    assert row["all_causes"] == causes
    assert row["cause"] == causes.partition("; ")[0]


@pytest.mark.rule("MMA-2")
@pytest.mark.parametrize("os", ["windows-8.1", "server-2012-r2", "server-2016"])
def test_a_policy_without_values_fails_on_devices_that_onboarded_through_mma_earlier(tmp_path, os):
    """They stay onboarded, and fail again at each evaluation until the values come back."""
    values = {"at": "8 d", "set_workspace": "Onboard", "id": "present", "key": "present"}
    run = rehearsal(
        tmp_path, {"os": os, "agent": "mma"} | OURS, plan=[DEPLOY, values], horizon="16 d"
    )

    assert told(run)[2:] == story("""
        3600 policy_received TIM-1 Onboard
        3601 policy_evaluated MMA-1 Onboard
        3601 policy_failed workspace_missing MMA-2 Onboard
        3602 reported TIM-3
        608401 policy_evaluated MMA-1 Onboard
        608401 policy_failed workspace_missing MMA-2 Onboard
        1213201 policy_evaluated MMA-1 Onboard
        1213201 policy_applied MMA-1 Onboard
        1213202 reported TIM-3
    """)
    for at, cause, failed in ((7 * 86_400, 1, 1), (15 * 86_400, 0, 0)):
        assert value_of(run, "device", "onboarded", at) == 1
        assert value_of(run, "device", "blocked", at, cause="workspace_missing") == cause
        assert value_of(run, "console", "deployment", at, state="failed") == failed


@pytest.mark.rule("MMA-2")
def test_values_that_are_taken_away_fail_at_the_next_evaluation(tmp_path):
    away = {"at": "2 d", "set_workspace": "Onboard", "key": "absent"}
    run = rehearsal(
        tmp_path,
        [{"os": "windows-8.1"}, PC],
        plan=[DEPLOY, away],
        policy={"workspace": WORKSPACE},
        horizon="9 d",
    )

    assert told(run)[-3:] == story("""
        608401 policy_evaluated MMA-1 Onboard
        608401 policy_failed workspace_missing MMA-2 Onboard
        608402 reported TIM-3
    """)
    assert verdict(run) == ("onboarded", "workspace_missing", "MMA-2")
    assert verdict(run, "PC-2") == ("onboarded", "", "UPL-1")


PILOT = {"name": "Pilot", "members": ["PC-1", "PC-3"]}


def co_managed(tmp_path, workload, **scenario):
    """Run two co-managed computers and one of the site's own; the pilot has the first and last."""
    devices = [PC | {"managed_by": kind} for kind in ("co_managed", "co_managed", "configmgr")]
    return rehearsal(
        tmp_path,
        devices,
        site={"endpoint_protection_workload": workload},
        **{"collections": [EVERYBODY, PILOT], "horizon": "2 d"} | scenario,
    )


@pytest.mark.rule("PRE-6")
@pytest.mark.parametrize(
    ("workload", "left"),
    [("configmgr", ()), ("intune", ("PC-1", "PC-2")), ({"pilot": "Pilot"}, ("PC-1",))],
)
def test_who_holds_the_workload_onboards_co_managed_devices(tmp_path, workload, left):
    run = co_managed(tmp_path, workload)

    for name in ("PC-1", "PC-2", "PC-3"):
        is_left = name in left
        expected = ("not_eligible", "managed_by_intune", "PRE-6")
        assert verdict(run, name) == (expected if is_left else ("onboarded", "", "UPL-1"))
    for view in ("device", "console"):
        assert value_of(run, view, "eligible") == 3 - len(left)


@pytest.mark.rule("PRE-6")
def test_a_policy_leaves_alone_what_is_intunes(tmp_path):
    run = co_managed(tmp_path, "intune")

    assert told(run)[-3:] == story("""
        3601 policy_evaluated PRE-6 Onboard
        3601 policy_failed managed_by_intune PRE-6 Onboard
        3602 reported TIM-3
    """)


@pytest.mark.rule("PRE-6")
def test_an_offboarding_policy_leaves_it_alone_too(tmp_path):
    leave = {"at": "1 h", "deploy": "Offboard", "to": ["All"]}
    run = rehearsal(
        tmp_path,
        [PC | OURS | {"managed_by": kind} for kind in ("co_managed", "configmgr")],
        site={"endpoint_protection_workload": "intune"},
        plan=[leave],
        packages=[PACKAGE, FAREWELL],
        policies=[OFFBOARD],
    )

    assert verdict(run)[:2] == ("not_eligible", "managed_by_intune")
    assert not any("offboarded" in line for line in told(run))
    assert verdict(run, "PC-2")[0] == "offboarded"


@pytest.mark.rule("PRE-6")
def test_a_device_that_leaves_the_pilot_is_the_sites_again(tmp_path):
    """It counts as eligible at once and onboards at its next evaluation."""
    out = {"at": "2 d", "exclude": "Nobody", "from": "Pilot"}
    nobody = {"name": "Nobody", "members": ["PC-1"]}
    run = co_managed(
        tmp_path,
        {"pilot": "Pilot"},
        plan=[DEPLOY, out],
        collections=[EVERYBODY, PILOT, nobody],
        horizon="9 d",
    )

    days = (86_400, 3 * 86_400, 8 * 86_400)
    assert [value_of(run, "device", "eligible", at) for at in days] == [2, 3, 3]
    assert [value_of(run, "device", "onboarded", at) for at in days] == [2, 2, 3]


@pytest.mark.rule("OS-1")
@pytest.mark.parametrize(
    ("os", "edition", "cause", "rule"),
    [
        ("windows-10-1607", "ltsc", "", "UPL-1"),
        ("windows-10-1809", "ltsc", "", "UPL-1"),
        ("windows-10-1507", "ltsc", "os_not_supported", "OS-2"),
        ("windows-10-1607", "enterprise", "os_not_supported", "OS-2"),
        ("windows-10-22h2", "home", "os_not_supported", "OS-1"),
        ("windows-11-24h2", "home", "os_not_supported", "OS-1"),
        ("windows-10-22h2", "multi_session", "", "UPL-1"),
    ],
)
@pytest.mark.parametrize("minimum", ["1709", "22H2"])
def test_which_editions_are_supported(tmp_path, os, edition, cause, rule, minimum):
    run = rehearsal(
        tmp_path,
        {"os": os, "edition": edition},
        rules={"windows_10_minimum": minimum},
        horizon="2 d",
    )

    assert verdict(run) == ("not_eligible" if cause else "onboarded", cause, rule)


@pytest.mark.rule("OS-1")
def test_a_multi_session_windows_is_a_client_whatever_its_product_type_says(tmp_path):
    """Its build alone, with the product type of a server, would be an unknown server."""
    run = rehearsal(
        tmp_path,
        [
            {"build": "19045", "product_type": "server", "edition": "multi_session"},
            {"build": "26100", "product_type": "server", "edition": "multi_session"},
            {"build": "26100", "product_type": "server", "edition": "datacenter"},
        ],
        horizon="2 d",
    )

    systems = [final(run, name)["os"] for name in ("PC-1", "PC-2", "PC-3")]
    assert systems == ["windows-10-22h2", "windows-11-24h2", "server-2025"]
    kinds = [device.product_type for device in run.prepared.fleet.devices]
    assert kinds == ["client", "client", "server"]
    assert verdict(run)[0] == "onboarded"


@pytest.mark.rule("OFF-2")
@pytest.mark.parametrize(
    ("valid_until", "validity", "outcome"),
    [
        ("2026-03-02", "30 d", "offboarded"),
        ("2026-03-01", "30 d", "offboarding_failed"),
        ("2026-03-02", "1 d", "offboarded"),
        (None, "10 d", "offboarded"),
        (None, "9 d", "offboarding_failed"),
    ],
)
def test_the_last_day_that_a_file_names_stands_above_the_validity_of_all(
    tmp_path, valid_until, validity, outcome
):
    """Downloaded on 20 February; the device applies it on 2 March."""
    file = FAREWELL | {"downloaded": "2026-02-20"}
    run = rehearsal(
        tmp_path,
        PC | OURS,
        plan=[{"at": "1 h", "deploy": "Offboard", "to": ["All"]}],
        packages=[PACKAGE, file | ({"valid_until": valid_until} if valid_until else {})],
        policies=[OFFBOARD],
        rules={"offboarding_validity": validity},
        horizon="2 d",
    )

    assert any(f" {outcome} " in line for line in told(run))
