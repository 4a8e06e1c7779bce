"""An error of lint holds in every run: small plans that go well in other runs than the rehearsal.

Each plan has a twin in which nothing can go well, so that the check still says what is certain.
"""

import pytest

from tests.kernel.telling import CALM, DEPLOY, FAREWELL, OFFBOARD, PACKAGE, POLICY
from tests.lint.linted import SCRIPT, VALUES, a_server, devices_of, found, ids, workstations

ALL = {"name": "All", "members": "managed"}
MORE = {"name": "More", "members": "managed"}
GOOD = {"name": "Good", "package": "onboarding-a", "workspace": VALUES}
UNDEPLOY = {"at": "2 d", "undeploy": "Onboard", "from": ["All"]}
SECOND = {"at": "2 d", "deploy": "Good", "to": ["All"]}
NEVER = {"LNT-201", "LNT-202", "LNT-204"}
DRAWN = {"faults": "drawn", "assumptions": CALM}


def gated(when, *others):
    gate = {"name": "more", "when": when, "deploy": "Onboard", "to": ["More"]}
    return [DEPLOY, *others, gate | {"otherwise": {"after": "9 d", "do": "stop"}}]


def said(tmp_path, devices, when, *others, **sections):
    sections = {"collections": [ALL, MORE], "plan": gated(when, *others)} | sections
    return ids(tmp_path, devices, **sections)


@pytest.mark.parametrize("horizon", ["30 d", "50 h"])
@pytest.mark.rule("MMA-2")
def test_a_second_policy_with_workspace_values_may_onboard_the_device(tmp_path, horizon):
    """Even if there is no time for it in the rehearsal."""
    sections = {"horizon": horizon, "plan": [DEPLOY, UNDEPLOY, SECOND]}
    inactive = a_server(client="inactive", managed_by="configmgr")
    for devices in (a_server(), inactive):
        good = ids(tmp_path, devices, policies=[POLICY, GOOD], **sections)
        bad = ids(tmp_path, devices, policies=[POLICY, GOOD | {"workspace": "swapped"}], **sections)

        assert "LNT-101" not in good
        assert "LNT-101" in bad or devices is inactive


@pytest.mark.rule("UPD-9")
def test_a_script_may_onboard_a_device_that_the_policy_cannot(tmp_path):
    """The policy's package is of another organization, and the script's is not."""
    script = {"at": "29 d", "run_script": "script-b", "on": ["All"]}

    def errors(organization):
        packages = [PACKAGE | {"organization": "fabrikam"}, SCRIPT | {"organization": organization}]
        plan = [DEPLOY, script]
        found_ids = ids(
            tmp_path, workstations(presence="office"), packages=packages, plan=plan,
            horizon="697 h", site={"organization": "contoso"},
        )  # fmt: skip
        return found_ids & {"LNT-101"}

    assert errors("contoso") == set()
    assert errors("fabrikam") == {"LNT-101"}


def test_a_gate_may_open_where_a_second_policy_onboards_the_devices(tmp_path):
    servers = [*a_server(client="inactive", managed_by="configmgr")] * 4
    when, policies = "onboarded >= 3", [POLICY, GOOD]

    assert said(tmp_path, servers, when, UNDEPLOY, SECOND, policies=policies, **DRAWN).isdisjoint(
        NEVER
    )
    assert "LNT-201" in said(tmp_path, servers, when, policies=policies, **DRAWN)


def test_a_gate_may_open_where_devices_join_the_collection_by_chance(tmp_path):
    """Whoever's ConfigMgr client works again is a member, and the policy comes."""
    working = {"name": "Working", "members": "client == 'active'"}
    devices = workstations(4, client="inactive", managed_by="configmgr")
    aimed = {"collections": [ALL, MORE, working], "horizon": "10 d", **DRAWN}
    plan = [DEPLOY | {"to": ["Working"]}, *gated("onboarded >= 3")[1:]]

    assert ids(tmp_path, devices, plan=plan, **aimed).isdisjoint(NEVER)
    assert "LNT-201" in ids(tmp_path, devices, plan=plan, **aimed | {"faults": "none"})


def test_a_measure_of_such_a_collection_may_have_any_of_the_devices(tmp_path):
    working = {"name": "Working", "members": "client == 'active'"}
    devices = [*a_server(), *workstations(2, client="inactive", managed_by="configmgr")]
    sections = {"collections": [ALL, MORE, working], **DRAWN}

    assert said(
        tmp_path, devices, "onboarded_pct{collection=Working} >= 60", **sections
    ).isdisjoint(NEVER)
    assert "LNT-201" in said(tmp_path, devices, "onboarded_pct{collection=All} >= 90", **sections)


def test_a_collection_that_is_empty_in_the_rehearsal_may_have_members_in_another_run(tmp_path):
    pending = {"name": "Pending", "members": "restart_pending"}
    nobody = {"name": "Nobody", "members": "os == 'server-2022'"}
    sections = {"collections": [ALL, MORE, pending, nobody]}
    when = "coverage_pct{{collection={}}} >= 50"

    assert said(tmp_path, workstations(3), when.format("Pending"), **sections).isdisjoint(NEVER)
    assert "LNT-204" in said(tmp_path, workstations(3), when.format("Nobody"), **sections)


@pytest.mark.rule("TIM-1")
def test_devices_fail_only_after_their_next_poll_however_long_that_takes(tmp_path):
    """With a poll a day, the failures may leave the gate a day to open."""
    when = "failed_pct{collection=All} < 20 for 20 h"
    slow = {"assumptions": {"policy_poll_interval": "24 h"}}

    assert said(tmp_path, a_server() * 5, when, **slow).isdisjoint(NEVER)
    assert "LNT-201" in said(tmp_path, a_server() * 5, when)


@pytest.mark.rule("MMA-2")
def test_what_stands_in_the_way_at_the_end_must_have_been_there_all_the_time(tmp_path):
    """The device has no .NET at first, and the values go away when it has been repaired."""
    plan = [
        DEPLOY,
        {"at": "2 d", "patch": {"dotnet": True}, "on": ["All"], "within": "20 d"},
        {"at": "3 d", "set_workspace": "Good", "key": "absent"},
    ]
    plan[0] = DEPLOY | {"deploy": "Good"}
    devices = a_server("windows-8.1", dotnet="false")
    findings = ids(tmp_path, devices, policies=[GOOD], plan=plan)

    assert "LNT-101" not in findings
    absent = {**GOOD, "workspace": {"id": "present", "key": "absent"}}
    assert "LNT-101" in ids(tmp_path, devices, policies=[absent], plan=plan)


@pytest.mark.rule("OFF-4")
def test_a_file_that_a_later_step_replaces_is_no_error(tmp_path):
    packages = [PACKAGE, FAREWELL | {"organization": "fabrikam"}, {**FAREWELL, "name": "ours"}]
    leave = {"at": "1 h", "deploy": "Offboard", "to": ["All"]}
    devices = workstations(2, onboarded="true", organization="contoso")
    sections = {"packages": packages, "policies": [OFFBOARD]}
    update = {"at": "29 d", "update": "Offboard", "package": "ours"}
    findings = found(tmp_path, devices, plan=[leave], **sections)

    assert devices_of(findings, "LNT-405") == [1, 2]
    assert "LNT-405" not in ids(tmp_path, devices, plan=[leave, update], **sections)


ONE_WAITS = [*workstations(1, client="inactive", managed_by="configmgr"), *a_server() * 2]
SLOW = {"faults": "drawn", "assumptions": CALM | {"client_return_mean": "6 d"}}


@pytest.mark.rule("MMA-6")
def test_a_plan_that_stops_in_the_rehearsal_alone_may_go_on_with_a_repair(tmp_path):
    gate = {"name": "g", "when": "onboarded >= 1", "pause": "Onboard"}
    gate["otherwise"] = {"after": "5 h", "do": "stop"}
    repair = {"at": "6 d", "set_workspace": "Onboard", **VALUES}

    assert "LNT-101" not in ids(tmp_path, ONE_WAITS, plan=[DEPLOY, gate, repair], **SLOW)
    assert "LNT-101" in ids(tmp_path, ONE_WAITS, plan=[DEPLOY, gate], **SLOW)


@pytest.mark.rule("DWN-6")
def test_a_client_setting_may_reach_devices_for_some_days_alone(tmp_path):
    """Devices that receive the policy in those days take the route that needs no values."""
    servers = [*a_server(client="inactive", managed_by="configmgr")] * 8
    server = {"name": "Servers", "members": "os == 'server-2016'"}
    chosen = {"name": "Chosen", "members": "os == 'server-2022'"}
    setting = {"name": "New", "collection": "Chosen", "priority": 1}
    sections = {
        "collections": [ALL, MORE, server, chosen],
        "client_settings": [setting | {"downlevel_client": "mde_client"}],
    } | SLOW
    days = (
        {"at": "2 d", "include": "Servers", "in": "Chosen"},
        {"at": "5 d", "exclude": "Servers", "from": "Chosen"},
    )

    assert said(tmp_path, servers, "onboarded >= 3", *days, **sections).isdisjoint(NEVER)
    assert "LNT-201" in said(tmp_path, servers, "onboarded >= 3", **sections)


def test_payloads_of_other_organizations_count(tmp_path):
    other = workstations(3, onboarded="true", organization="fabrikam", payload="b")
    late = workstations(4, client="inactive", managed_by="configmgr")
    sections = {"site": {"organization": "contoso"}} | SLOW

    assert said(tmp_path, [*other, *late], "device.payload_in_use >= 6", **sections).isdisjoint(
        NEVER
    )
    assert "LNT-201" in said(tmp_path, [*other, *late], "payload_in_use >= 8", **sections)


def leaving(tmp_path, *plan, devices=None):
    devices = devices or workstations(3, onboarded="true", organization="contoso")
    policies, packages = [POLICY, OFFBOARD], [PACKAGE, FAREWELL]
    found_ids = ids(tmp_path, devices, plan=list(plan), policies=policies, packages=packages)
    return found_ids & {"LNT-303", "LNT-308"}


LEAVE = {"at": "2 d", "deploy": "Offboard", "to": ["All"]}


@pytest.mark.rule("POL-5")
def test_policies_overlap_for_certain_only_if_both_are_there_after_the_second(tmp_path):
    pause = {"at": "1 h", "pause": "Onboard"}
    same_second = {"at": "2 d", "undeploy": "Onboard", "from": ["All"]}
    gone = workstations(2, retired_at="2026-03-03 00:00")

    assert leaving(tmp_path, DEPLOY, LEAVE) == {"LNT-303"}
    assert leaving(tmp_path, DEPLOY, pause, LEAVE) == {"LNT-308"}
    assert leaving(tmp_path, DEPLOY, LEAVE, same_second) == set()
    assert leaving(tmp_path, DEPLOY, LEAVE | {"at": "5 d"}, devices=[*workstations(), *gone]) == {
        "LNT-303"
    }


def test_devices_that_have_retired_are_in_nobodys_way(tmp_path):
    gone = a_server(retired_at="2026-03-03 00:00")
    later = DEPLOY | {"at": "5 d"}

    assert "LNT-101" not in ids(tmp_path, [*workstations(), *gone], plan=[later])
    assert "LNT-101" in ids(tmp_path, [*workstations(), *a_server()], plan=[later])


@pytest.mark.rule("OFF-4")
def test_a_device_that_may_not_have_onboarded_by_then_may_take_a_foreign_file(tmp_path):
    foreign = FAREWELL | {"organization": "fabrikam"}
    sections = {
        "site": {"organization": "contoso"},
        "packages": [PACKAGE, foreign],
        "policies": [POLICY, OFFBOARD],
        "plan": [DEPLOY, UNDEPLOY, LEAVE],
    } | SLOW
    new = workstations(6, client="inactive", managed_by="configmgr")
    old = workstations(2, onboarded="true", organization="contoso")

    assert "LNT-405" not in ids(tmp_path, new, **sections)
    assert devices_of(found(tmp_path, [*old, *new], **sections), "LNT-405") == [1, 2]


def test_a_measure_counts_no_more_devices_than_there_are(tmp_path):
    for measure in ("healthy", "eligible", "targeted"):
        assert "LNT-201" in said(tmp_path, workstations(3), f"{measure} >= 10")


@pytest.mark.parametrize(
    "step",
    [
        {"patch": {"location": "X"}, "on": ["All"], "within": "1 d"},
        {"set_client_version": "2403", "on": ["All"]},
    ],
)
def test_a_step_that_cannot_help_leaves_an_error_an_error(tmp_path, step):
    plan = [DEPLOY, {"at": "1 d", **step}]

    assert "LNT-101" in ids(tmp_path, a_server() * 3, plan=plan)


def told(tmp_path, when):
    findings = said_of_gate(tmp_path, when)
    return next(finding.what for finding in findings if finding.id in NEVER)


def said_of_gate(tmp_path, when):
    return found(
        tmp_path, [*workstations(3), *a_server() * 2], collections=[ALL, MORE, NOBODY],
        plan=gated(when),
    )  # fmt: skip


NOBODY = {"name": "Nobody", "members": "os == 'server-2022'"}


@pytest.mark.parametrize(
    ("when", "reason"),
    [
        ("device.failed == 99", "device.failed reaches 5.0 at most"),
        ("onboarded{os=server-2016} != 0", "onboarded{os='server-2016'} is 0.0"),
        ("onboarded >= 3 for 25 d", "onboarded >= 3 for 25 d cannot be met for so long"),
        (
            "(onboarded_pct{collection=Nobody} >= 50 or failed >= 0) and onboarded > 3",
            "onboarded reaches 3.0 at most",
        ),
    ],
)
def test_the_reason_is_what_keeps_the_gate_closed(tmp_path, when, reason):
    assert reason in told(tmp_path, when).replace('"', "'")
