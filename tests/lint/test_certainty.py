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
