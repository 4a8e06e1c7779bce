"""Plan steps that the site refuses: roles, packages, versions."""

import pytest

from sim.reference.decisions import Decision
from sim.reference.refusals import package_refusal, role_refusal, script_refusal, setting_refusal
from sim.scenario.steps import STEP_KINDS

MANAGER = "Endpoint Protection Manager"
FULL = "Full Administrator"
POLICY_STEPS = [
    "deploy",
    "undeploy",
    "update",
    "set_workspace",
    "set_sample_sharing",
    "pause",
    "resume",
]
RIGHTS = {
    "set_client_setting": "client_settings",
    "exclude": "collections",
    "include": "collections",
    "remove_collection": "collections",
    "run_script": "scripts",
    "remove_script": "scripts",
}
SITE_STEPS = ["set_site_version", "set_client_version", "patch", "restart"]


def test_every_plan_step_is_covered():
    """The three groups hold every step that a plan can have."""
    assert {*POLICY_STEPS, *RIGHTS, *SITE_STEPS} == set(STEP_KINDS)


@pytest.mark.rule("PRE-3")
@pytest.mark.rule("PRE-4")
@pytest.mark.rule("PRE-4")
@pytest.mark.parametrize("role", [FULL, "Operations Administrator"])
@pytest.mark.parametrize("verb", STEP_KINDS)
def test_a_full_and_an_operations_administrator_may_carry_out_every_step(verb, role):
    """The one holds every right, the other every right but security, which no step changes."""
    assert role_refusal(STEP_KINDS[verb].right, (role,), ()) is None


@pytest.mark.rule("PRE-3")
@pytest.mark.parametrize("verb", POLICY_STEPS)
def test_policies_need_the_manager(verb):
    """Steps on policies need Endpoint Protection Manager; no right stands in for it."""
    everything = ("client_settings", "collections", "scripts")
    right = STEP_KINDS[verb].right

    assert role_refusal(right, (MANAGER,), ()) is None
    assert role_refusal(right, ("Read-only Analyst",), everything) == Decision(
        "PRE-3", cause="role_missing"
    )
    assert role_refusal(right, (), ()).refused


@pytest.mark.rule("PRE-4")
@pytest.mark.parametrize("verb", [*RIGHTS, *SITE_STEPS])
def test_other_steps_need_their_right(verb):
    """The manager of policies needs a right for each other kind of step."""
    refusal = Decision("PRE-4", cause="role_missing")

    assert role_refusal(STEP_KINDS[verb].right, (MANAGER,), ()) == refusal
    for right in ("client_settings", "collections", "scripts"):
        expected = None if RIGHTS.get(verb) == right else refusal
        assert role_refusal(STEP_KINDS[verb].right, (MANAGER,), (right,)) == expected


@pytest.mark.rule("UPL-3")
@pytest.mark.rule("POL-6")
@pytest.mark.parametrize("policy_kind", ["onboarding", "offboarding"])
@pytest.mark.parametrize("package_kind", ["onboarding", "offboarding"])
@pytest.mark.parametrize(
    "method", ["configuration_manager", "group_policy", "intune", "local_script", "vdi"]
)
def test_a_policy_takes_a_package_that_fits(policy_kind, package_kind, method):
    """Method first, then kind: a policy takes only what was downloaded for it."""
    refusal = package_refusal(policy_kind, package_kind, method)

    if method != "configuration_manager":
        assert refusal == Decision("UPL-3", cause="package_method")
    elif policy_kind != package_kind:
        assert refusal == Decision("POL-6", cause="package_kind")
    else:
        assert refusal is None


@pytest.mark.rule("UPD-9")
@pytest.mark.parametrize(
    ("kind", "method", "cause"),
    [
        ("onboarding", "group_policy", ""),
        ("onboarding", "configuration_manager", "package_method"),
        ("onboarding", "local_script", "package_method"),
        ("offboarding", "group_policy", "package_kind"),
        ("offboarding", "configuration_manager", "package_method"),
    ],
)
def test_the_script_takes_a_group_policy_package(kind, method, cause):
    """The one-time script comes from an onboarding package of method Group Policy."""
    refusal = script_refusal(kind, method)

    assert refusal == (Decision("UPD-9", cause=cause) if cause else None)


@pytest.mark.rule("DWN-3")
@pytest.mark.parametrize(
    ("setting", "site", "refused"),
    [
        ("mma", "2107", False),
        ("mma", "2403", False),
        ("mde_client", "2107", True),
        ("mde_client", "2203", True),
        ("mde_client", "2207", False),
        ("mde_client", "2403", False),
    ],
)
def test_an_old_site_does_not_know_the_setting(setting, site, refused):
    """Before 2207 the MDE client cannot be chosen."""
    refusal = setting_refusal(setting, site)

    assert refusal == (Decision("DWN-3", cause="site_version") if refused else None)
