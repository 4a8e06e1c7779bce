"""Devices that cannot onboard, that fail until a step, that no policy reaches (MMA-2, DWN-5)."""

import pytest

from sim.reference.causes import CAUSE_TABLE
from tests.kernel.telling import DEPLOY, FAREWELL, OFFBOARD, PACKAGE, POLICY
from tests.lint.linted import (
    MDE_CLIENT,
    SCRIPT,
    VALUES,
    a_server,
    devices_of,
    found,
    ids,
    one,
    workstations,
)


@pytest.mark.rule("MMA-2")
def test_servers_on_the_legacy_default_without_workspace_values_are_the_plans_fault(tmp_path):
    devices = [*a_server(), *workstations(2), *a_server("windows-8.1")]
    findings = found(tmp_path, devices)

    finding = one(findings, "LNT-101")
    assert devices_of(findings, "LNT-101") == [1, 4]
    assert (finding.severity, finding.rule, finding.cause) == (
        "error", "MMA-2", "workspace_missing",
    )  # fmt: skip
    assert finding.what == (
        "2 devices cannot onboard in any run of this plan:"
        " Workspace ID or key missing (workspace_missing)"
    )
    assert "LNT-101" not in ids(tmp_path, devices, policies=[POLICY | {"workspace": VALUES}])


@pytest.mark.parametrize("workspace", ["swapped", {"id": "wrong", "key": "present"}])
@pytest.mark.rule("MMA-4")
def test_swapped_and_wrong_values_keep_mma_devices_out(tmp_path, workspace):
    policies = [POLICY | {"workspace": workspace}]

    assert "LNT-101" in ids(tmp_path, a_server("windows-8.1"), policies=policies)
    assert "LNT-101" not in ids(tmp_path, policies=policies)


@pytest.mark.rule("MMA-6")
def test_a_later_step_with_workspace_values_turns_it_into_a_failure_until_that_step(tmp_path):
    repair = {"name": "repair", "at": "9 d", "set_workspace": "Onboard", **VALUES}
    findings = found(tmp_path, a_server(), plan=[DEPLOY, repair])

    assert 'cannot onboard before the step "repair"' in one(findings, "LNT-103").what
    assert "LNT-101" not in {finding.id for finding in findings}
    early = repair | {"at": "30 min"}
    assert ids(tmp_path, a_server(), plan=[DEPLOY, early]).isdisjoint({"LNT-101", "LNT-103"})


@pytest.mark.rule("OFF-1")
def test_a_device_that_only_an_offboarding_policy_reaches_in_the_end_is_out_of_no_policys_reach(
    tmp_path,
):
    """Its onboarding policy is withdrawn at once and it is off: all is as it should be."""
    plan = [
        DEPLOY | {"at": "0 s"},
        {"at": "0 s", "undeploy": "Onboard", "from": ["All"]},
        {"at": "0 s", "deploy": "Leave", "to": ["All"]},
    ]
    leave = OFFBOARD | {"name": "Leave"}

    assert "LNT-104" not in ids(
        tmp_path,
        workstations(presence="office"),
        horizon="1 h",
        packages=[PACKAGE, FAREWELL],
        policies=[POLICY, leave],
        plan=plan,
    )


@pytest.mark.rule("DWN-6")
def test_a_client_setting_that_changes_later_mends_the_servers_not_windows_8_1(tmp_path):
    settings = [MDE_CLIENT | {"downlevel_client": "mma"}]
    change = {"at": "9 d", "set_client_setting": "New agent", "downlevel_client": "mde_client"}
    devices = [*a_server(), *a_server("windows-8.1")]
    findings = found(tmp_path, devices, client_settings=settings, plan=[DEPLOY, change])

    assert devices_of(findings, "LNT-103") == [1]
    assert devices_of(findings, "LNT-101") == [2]


@pytest.mark.parametrize(
    ("system", "traits", "cause"),
    [
        ("server-2016", {"servicing_stack": "2020-01-01"}, "prerequisite_servicing_stack"),
        ("server-2016", {"cumulative_update": "2018-01-01"}, "prerequisite_cumulative_update"),
        ("server-2016", {"antivirus": "disabled"}, "antivirus_disabled"),
        (
            "server-2012-r2",
            {"fully_updated": "false", "telemetry_update": "false"},
            "prerequisite_telemetry",
        ),
        ("server-2019", {"network": "blocked"}, "network_blocked"),
        ("windows-7", {}, "os_not_supported"),
    ],
)
def test_what_devices_lack_is_a_warning_and_a_patch_mends_it(tmp_path, system, traits, cause):
    settings = [MDE_CLIENT]
    finding = one(found(tmp_path, a_server(system, **traits), client_settings=settings), "LNT-102")

    assert (finding.severity, finding.cause) == ("warning", cause)
    if not traits:
        assert "LNT-102" not in ids(tmp_path, client_settings=settings)
        return
    good = {"servicing_stack": "2025-01-01", "cumulative_update": "2025-01-01",
            "antivirus": "enabled", "fully_updated": True, "network": "ok"}  # fmt: skip
    patch = {"at": "3 d", "patch": good, "on": ["All"], "within": "1 d"}
    mended = found(
        tmp_path, a_server(system, **traits), client_settings=settings, plan=[DEPLOY, patch]
    )
    assert one(mended, "LNT-103").cause == cause
    assert "LNT-102" not in {finding.id for finding in mended}


def test_devices_that_cannot_onboard_are_never_told_to_wait(tmp_path):
    """Neither time nor another attempt removes what keeps them out."""
    missing = {"faults": "drawn", "assumptions": {"sense_missing_share": "100 %"}}
    finding = one(found(tmp_path, **missing), "LNT-102")
    causes = [entry for name, entry in CAUSE_TABLE.items() if not name.startswith("awaiting_")]

    assert (finding.cause, finding.advice) == (
        "sensor_missing",
        "add the sensor: trying again does not help. On Server 2012 R2 and 2016, install the MDE "
        "client first; on Windows 11 24H2, add the capability Microsoft.Windows.Sense.Client",
    )
    assert [entry.title for entry in causes if "wait" in entry.lasting_remedy.lower()] == []


def test_a_patch_on_other_devices_mends_nothing(tmp_path):
    devices = [*workstations(network="blocked"), *a_server("server-2019")]
    servers = {"name": "Servers", "members": "product_type == 'server'"}
    patch = {"at": "3 d", "patch": {"network": "ok"}, "on": ["Servers"], "within": "1 d"}
    everybody = {"name": "All", "members": "managed"}
    findings = found(tmp_path, devices, collections=[everybody, servers], plan=[DEPLOY, patch])

    assert devices_of(findings, "LNT-102") == [1]


@pytest.mark.rule("UPD-7")
def test_devices_of_another_organization_need_to_be_offboarded_first(tmp_path):
    devices = workstations(onboarded="true", organization="fabrikam", payload="x")
    finding = one(found(tmp_path, devices), "LNT-102")

    assert (finding.cause, finding.rule) == ("other_organization", "UPD-7")
    leave = {"at": "10 min", "deploy": "Offboard", "to": ["All"]}
    withdraw = {"at": "2 d", "undeploy": "Offboard", "from": ["All"]}
    mended = ids(
        tmp_path,
        devices,
        packages=[PACKAGE, FAREWELL | {"organization": "fabrikam"}],
        policies=[POLICY, OFFBOARD],
        plan=[leave, withdraw, DEPLOY | {"at": "3 d"}],
    )
    assert "LNT-102" not in mended


def test_a_package_of_another_organization_than_the_site_is_the_plans_fault(tmp_path):
    site = {"organization": "fabrikam"}

    assert one(found(tmp_path, site=site), "LNT-101").cause == "other_organization"
    assert "LNT-101" not in ids(tmp_path, site={"organization": "contoso"})


@pytest.mark.rule("UPD-8")
def test_a_streamlined_package_keeps_no_new_mma_device_out(tmp_path):
    """They use the workspace values and ignore what the file says about connectivity."""
    streamlined = [PACKAGE | {"connectivity": "streamlined"}]
    policies = [POLICY | {"workspace": VALUES}]
    devices = a_server("windows-8.1")

    said = ids(tmp_path, devices, packages=streamlined, policies=policies)
    assert not said & {"LNT-101", "LNT-102"}


@pytest.mark.rule("DWN-9")
def test_each_step_stands_with_the_reasons_that_it_removes(tmp_path):
    """The first step puts one of two things right; the device still waits for the other."""
    devices = a_server("server-2012-r2", fully_updated="false", telemetry_update="false",
                       universal_crt="false")  # fmt: skip
    some = {"name": "some", "at": "2 d", "patch": {"telemetry_update": True}}
    rest = {"name": "rest", "at": "9 d", "patch": {"universal_crt": True}}
    common = {"on": ["All"], "within": "1 h"}
    plan = [DEPLOY, some | common, rest | common]
    findings = found(tmp_path, devices, client_settings=[MDE_CLIENT], plan=plan)

    assert [each.what.partition(" before ")[2] for each in findings if each.id == "LNT-103"] == [
        'the step "rest": Universal C Runtime missing (prerequisite_universal_crt)',
        'the step "some": Telemetry update missing (prerequisite_telemetry)',
    ]


@pytest.mark.rule("DWN-9")
def test_a_step_that_removes_all_reasons_names_them_all(tmp_path):
    devices = a_server("server-2012-r2", fully_updated="false", telemetry_update="false",
                       universal_crt="false")  # fmt: skip
    rollup = {"name": "rollup", "at": "2 d", "patch": {"fully_updated": True}, "on": ["All"],
              "within": "1 h"}  # fmt: skip
    finding = one(
        found(tmp_path, devices, client_settings=[MDE_CLIENT], plan=[DEPLOY, rollup]), "LNT-103"
    )

    assert (
        "Telemetry update missing (prerequisite_telemetry) and Universal C Runtime" in finding.what
    )


@pytest.mark.rule("UPD-8")
@pytest.mark.parametrize(
    ("os", "traits", "package", "cause"),
    [
        ("server-2016", {}, {}, "sensor_missing"),
        ("server-2012-r2", {}, {}, "sensor_missing"),
        ("server-2016", {"agent": "mde_client"}, {}, ""),
        ("server-2019", {}, {}, ""),
        ("windows-10-1709", {"onboarded": "true", "organization": "contoso", "payload": "a"},
         {"connectivity": "streamlined"}, "payload_not_eligible"),
    ],
)  # fmt: skip
def test_a_script_that_fails_on_devices_for_certain_is_told_of(
    tmp_path, os, traits, package, cause
):
    plan = [{"at": "1 h", "run_script": "script-b", "on": ["All"]}]
    devices = a_server(os, **traits)
    findings = found(tmp_path, devices, packages=[PACKAGE, SCRIPT | package], plan=plan)

    assert [each.cause for each in findings if each.id == "LNT-505"] == ([cause] if cause else [])


@pytest.mark.rule("OS-1")
@pytest.mark.parametrize(
    ("os", "names_it"), [("server-2012", False), ("windows-10-1703", True), ("windows-7", False)]
)
def test_the_switch_for_windows_10_is_advice_for_windows_10_alone(tmp_path, os, names_it):
    finding = one(found(tmp_path, a_server(os)), "LNT-102")

    assert finding.cause == "os_not_supported"
    assert ("windows_10_minimum" in finding.advice) is names_it


@pytest.mark.rule("PRE-1")
def test_without_a_subscription_nobody_can(tmp_path):
    assert one(found(tmp_path, site={"subscription": False}), "LNT-101").rule == "PRE-1"


@pytest.mark.rule("FLT-1")
def test_clients_that_do_not_work_are_told_of_unless_a_patch_repairs_them(tmp_path):
    devices = [*workstations(client="broken"), *workstations(2)]
    findings = found(tmp_path, devices)

    assert devices_of(findings, "LNT-104") == [1]
    assert "at any time" in one(findings, "LNT-104").what
    assert (
        "until their client recovers, which depends on chance"
        in one(found(tmp_path, devices, faults="drawn"), "LNT-104").what
    )
    repair = {"at": "2 d", "patch": {"client": "active"}, "on": ["All"], "within": "1 d"}
    assert "LNT-104" not in ids(tmp_path, devices, plan=[DEPLOY, repair])
    rest = [{"name": "All", "members": "managed"}, {"name": "Rest", "members": ["PC-002"]}]
    elsewhere = [DEPLOY, repair | {"on": ["Rest"]}]
    assert "LNT-104" in ids(tmp_path, devices, collections=rest, plan=elsewhere)
    other = [DEPLOY, repair | {"patch": {"network": "ok"}}]
    assert "LNT-104" in ids(tmp_path, devices, plan=other)


@pytest.mark.rule("DWN-9")
def test_what_the_support_desk_repairs_is_no_more_than_a_wait(tmp_path):
    devices = [
        *workstations(network="blocked"),
        *workstations(client="broken"),
        *a_server("windows-10-22h2", network="blocked", client="inactive"),
    ]
    repairs = {"network_blocked": "1 h", "client_broken": "1 h"}
    desk = {"technicians": 1, "repairs": repairs}
    findings = found(tmp_path, devices, support_desk=desk)

    waiting = {one.cause: one.devices for one in findings if one.id == "LNT-106"}
    assert waiting == {"network_blocked": ("PC-001", "PC-003"), "client_broken": ("PC-002",)}
    assert devices_of(findings, "LNT-104") == [3]
    assert "LNT-102" not in {finding.id for finding in findings}
    without = ids(tmp_path, devices)
    assert {"LNT-102", "LNT-104"} <= without
    assert "LNT-106" not in without
    late = desk | {"from": "29 d"}
    expect = ["coverage_pct at 20 d > 34"]
    assert "LNT-205" in ids(tmp_path, devices, support_desk=late, expect=expect)
    assert "LNT-205" not in ids(tmp_path, devices, support_desk=desk, expect=expect)


def test_computers_that_are_never_on_are_told_of(tmp_path):
    assert one(found(tmp_path, workstations(presence="off")), "LNT-104").cause == "never_online"
    assert "LNT-104" not in ids(tmp_path, workstations(presence="office"))


@pytest.mark.parametrize("faults", ["none", "drawn"])
@pytest.mark.rule("FLT-7")
def test_a_device_that_is_never_on_does_not_wait_for_its_client(tmp_path, faults):
    devices = [
        *workstations(presence="off", client="inactive"),
        *workstations(2, presence="off"),
        *workstations(client="inactive"),
    ]

    findings = [one for one in found(tmp_path, devices, faults=faults) if one.id == "LNT-104"]
    texts = {finding.devices: finding.what for finding in findings}
    assert texts["PC-001",] == (
        "1 device is never switched on, so no policy ever reaches it (client_inactive)"
    )
    assert texts["PC-002", "PC-003"] == (
        "2 devices are never switched on, so no policy ever reaches them (never_online)"
    )
    until = "at any time" if faults == "none" else "until their client recovers"
    assert until in texts["PC-004",]
    assert len(texts) == 3
    assert {each.advice for each in findings if "never switched on" in each.what} == {
        "retire their records, or leave them out of the fleet"
    }


def test_a_device_that_a_step_may_switch_on_is_not_off_for_ever(tmp_path):
    devices = workstations(presence="off", client="broken")
    on = {"at": "2 d", "patch": {"presence": "office"}, "on": ["All"], "within": "1 d"}

    finding = one(found(tmp_path, devices, plan=[DEPLOY, on]), "LNT-104")
    assert "at any time" in finding.what
    assert "never switched on" not in finding.what


@pytest.mark.rule("MON-1")
def test_eligible_devices_that_no_onboarding_policy_reaches_are_listed(tmp_path):
    few = {"name": "Few", "members": ["PC-001"]}
    plan = [DEPLOY | {"to": ["Few"]}]
    everybody = {"name": "All", "members": "managed"}
    findings = found(tmp_path, workstations(3), collections=[everybody, few], plan=plan)

    assert devices_of(findings, "LNT-105") == [2, 3]
    assert "LNT-105" not in ids(tmp_path, workstations(3))


def test_nothing_is_claimed_of_a_workspace_value_whose_variable_is_not_set(tmp_path):
    policies = [POLICY | {"workspace": {"id": {"env": "WORKSPACE_ID"}, "key": "present"}}]

    assert "LNT-101" not in ids(tmp_path, a_server("windows-8.1"), policies=policies)
