"""Which procedure a deployment needs, policies that overlap, workspace values (COL-1, POL-5)."""

import pytest

from tests.kernel.telling import DEPLOY, FAREWELL, OFFBOARD, PACKAGE, POLICY
from tests.lint.linted import (
    MDE_CLIENT,
    VALUES,
    a_server,
    devices_of,
    found,
    ids,
    one,
    workstations,
)

GUID = "12345678-9abc-def0-1234-56789abcdef0"
KEY = "A1b2" * 22
EVERYBODY = {"name": "All", "members": "managed"}
FEW = {"name": "Few", "members": ["PC-001"]}


@pytest.mark.rule("COL-1")
def test_a_deployment_with_an_mma_member_needs_the_procedure_with_id_and_key(tmp_path):
    devices = [*workstations(2), *a_server()]
    with_values = found(tmp_path, devices, policies=[POLICY | {"workspace": VALUES}])

    assert "workspace ID and key" in one(with_values, "LNT-301").what
    assert devices_of(with_values, "LNT-301") == [3]
    assert "LNT-302" not in {finding.id for finding in with_values}


@pytest.mark.rule("COL-1")
def test_without_mma_members_a_deployment_needs_the_procedure_of_the_mde_client(tmp_path):
    devices = [*workstations(2), *a_server()]
    findings = found(tmp_path, devices, client_settings=[MDE_CLIENT])

    assert "the procedure of the MDE client" in one(findings, "LNT-301").what


@pytest.mark.parametrize("workspace", [{"id": "present", "key": "absent"}, "swapped"])
@pytest.mark.rule("COL-1")
def test_the_missing_step_of_the_needed_procedure_is_named(tmp_path, workspace):
    findings = found(tmp_path, a_server(), policies=[POLICY | {"workspace": workspace}])

    finding = one(findings, "LNT-302")
    assert finding.severity == "warning"
    assert "enter the workspace ID and key in the policy before you deploy it" in finding.advice
    assert "choose the MDE client" in finding.advice
    assert "LNT-301" not in {one.id for one in findings}


def test_the_needed_procedure_is_judged_when_the_deployment_comes(tmp_path):
    early = {"at": "0 s", "set_workspace": "Onboard", **VALUES}

    assert "LNT-302" not in ids(tmp_path, a_server(), plan=[early, DEPLOY])
    assert "LNT-302" in ids(tmp_path, a_server(), plan=[early | {"at": "2 h"}, DEPLOY])


def overlapping(tmp_path, *plan, collections=(EVERYBODY, FEW), policies=(POLICY, OFFBOARD)):
    return found(
        tmp_path,
        workstations(3),
        collections=list(collections),
        packages=[PACKAGE, FAREWELL],
        policies=list(policies),
        plan=list(plan),
    )


LEAVE = {"name": "leave", "at": "3 d", "deploy": "Offboard", "to": ["Few"]}


@pytest.mark.rule("POL-5")
def test_onboarding_and_offboarding_policies_on_the_same_devices_are_an_error(tmp_path):
    findings = overlapping(tmp_path, DEPLOY, LEAVE)

    assert one(findings, "LNT-303").severity == "error"
    assert devices_of(findings, "LNT-303") == [1]


@pytest.mark.rule("POL-5")
@pytest.mark.parametrize(
    "other",
    [
        {"name": "undeploy", "undeploy": "Onboard", "from": ["All"]},
        {"name": "exclude", "exclude": "Few", "from": "All"},
    ],
)
def test_an_overlap_that_a_gate_may_mend_in_another_run_is_a_warning(tmp_path, other):
    mended = other | {"when": "onboarded >= 3 for 6 d"}
    findings = overlapping(tmp_path, DEPLOY, mended, LEAVE)

    assert one(findings, "LNT-308").severity == "warning"
    assert devices_of(findings, "LNT-308") == [1]


@pytest.mark.parametrize(
    "mended",
    [
        {"name": "undeploy", "at": "2 d", "undeploy": "Onboard", "from": ["All"]},
        {"name": "exclude", "at": "2 d", "exclude": "Few", "from": "All"},
    ],
)
def test_a_withdrawal_or_an_exclusion_before_it_mends_the_overlap(tmp_path, mended):
    findings = overlapping(tmp_path, DEPLOY, mended, LEAVE)
    late = overlapping(tmp_path, DEPLOY, mended | {"at": "4 d"}, LEAVE)

    assert "LNT-303" not in {finding.id for finding in findings}
    assert "LNT-303" in {finding.id for finding in late}


@pytest.mark.rule("POL-5")
def test_two_onboarding_policies_on_the_same_devices_are_a_warning(tmp_path):
    second = {"name": "Second", "package": "onboarding-a"}
    deploy = {"at": "3 d", "deploy": "Second", "to": ["Few"]}
    findings = overlapping(tmp_path, DEPLOY, deploy, policies=(POLICY, second))

    assert one(findings, "LNT-304").severity == "warning"
    assert "Onboard applies, because it came first" in one(findings, "LNT-304").what
    apart = (EVERYBODY | {"exclude": ["Few"]}, FEW)
    mended = overlapping(tmp_path, DEPLOY, deploy, policies=(POLICY, second), collections=apart)
    assert "LNT-304" not in {finding.id for finding in mended}


def from_environment(tmp_path, identifier, key):
    policies = [
        POLICY | {"workspace": {"id": {"env": "WORKSPACE_ID"}, "key": {"env": "WORKSPACE_KEY"}}}
    ]
    environment = {"WORKSPACE_ID": identifier, "WORKSPACE_KEY": key}
    environment = {name: value for name, value in environment.items() if value is not None}
    return found(tmp_path, policies=policies, environment=environment)


@pytest.mark.parametrize(
    ("identifier", "key", "id", "place"),
    [
        (KEY, KEY, "LNT-305", "policies[Onboard].workspace.id"),
        (GUID, GUID, "LNT-305", "policies[Onboard].workspace.key"),
        ("no guid at all", KEY, "LNT-306", "policies[Onboard].workspace.id"),
        (GUID, "too short", "LNT-306", "policies[Onboard].workspace.key"),
        (None, KEY, "LNT-307", "policies[Onboard].workspace.id"),
    ],
)
@pytest.mark.rule("MMA-4")
def test_workspace_values_of_the_environment_are_judged_by_their_form(
    tmp_path, identifier, key, id, place
):
    assert one(from_environment(tmp_path, identifier, key), id).path == place


def test_a_variable_is_named_with_what_its_value_looks_like(tmp_path):
    swapped = from_environment(tmp_path, KEY, KEY)

    assert one(swapped, "LNT-305").what == (
        "the environment variable WORKSPACE_ID looks like the workspace key, not like the ID"
    )
    wrong = from_environment(tmp_path, GUID, "short")
    assert "does not look like a workspace key" in one(wrong, "LNT-306").what


@pytest.mark.rule("POL-3")
def test_a_name_so_long_that_it_may_be_a_secret_is_not_shown(tmp_path):
    name = "A1b2" * 10
    policies = [POLICY | {"workspace": {"id": {"env": name}, "key": "present"}}]
    finding = one(found(tmp_path, policies=policies), "LNT-307")

    assert name not in repr(finding)


@pytest.mark.rule("POL-3")
def test_values_of_the_right_form_are_fine_and_none_is_ever_shown(tmp_path):
    fine = from_environment(tmp_path, GUID, KEY)

    assert {finding.id for finding in fine} & {"LNT-305", "LNT-306", "LNT-307"} == set()
    for identifier, key in ((KEY, GUID), ("secret words", "more secret words"), (GUID, KEY)):
        told = repr(from_environment(tmp_path, identifier, key))
        assert identifier not in told
        assert key not in told
