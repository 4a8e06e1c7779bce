"""Steps that the site refuses, steps that never come, and when the others do (PRE-3, UPL-3)."""

import json

import pytest

from tests.kernel.telling import DEPLOY, FAREWELL, OFFBOARD, PACKAGE, POLICY
from tests.lint.linted import MDE_CLIENT, SCRIPT, a_server, found, ids, one

STEPS = {"LNT-901", "LNT-902", "LNT-903", "LNT-904"}
HELPDESK = {"name": "desk", "roles": ["Read-only Analyst"]}


@pytest.mark.parametrize(
    ("step", "mended", "rule"),
    [
        (DEPLOY, {"roles": ["Endpoint Protection Manager"]}, "PRE-3"),
        ({"at": "1 d", "restart": ["All"], "within": "1 h"},
         {"roles": ["Full Administrator"]}, "PRE-4"),
        ({"at": "1 d", "set_client_setting": "New agent", "downlevel_client": "mma"},
         {"rights": ["client_settings"]}, "PRE-4"),
    ],
)  # fmt: skip
@pytest.mark.rule("PRE-3")
@pytest.mark.rule("PRE-4")
def test_a_step_of_an_administrator_without_the_role_is_refused(tmp_path, step, mended, rule):
    def linted(who):
        site = {"administrators": [who]}
        return found(tmp_path, plan=[step], client_settings=[MDE_CLIENT], site=site)

    finding = one(linted(HELPDESK), "LNT-901")
    assert (finding.severity, finding.rule) == ("error", rule)
    assert "LNT-901" not in {finding.id for finding in linted(HELPDESK | mended)}


def test_another_administrator_may_do_it(tmp_path):
    site = {"administrators": [HELPDESK, {"name": "boss", "roles": ["Full Administrator"]}]}

    assert one(found(tmp_path, site=site), "LNT-901").path.endswith("deploy")
    assert "LNT-901" not in ids(tmp_path, site=site, plan=[DEPLOY | {"by": "boss"}])


@pytest.mark.parametrize(
    ("package", "rule"),
    [({"method": "intune"}, "UPL-3"), ({"kind": "offboarding"}, "POL-6")],
)
@pytest.mark.rule("UPL-3")
@pytest.mark.rule("POL-6")
def test_a_policy_refuses_a_package_of_another_method_or_kind(tmp_path, package, rule):
    finding = one(found(tmp_path, packages=[PACKAGE | package]), "LNT-902")

    assert (finding.severity, finding.rule) == ("error", rule)
    update = {"at": "0 s", "update": "Onboard", "package": "good"}
    good = PACKAGE | {"name": "good"}
    mended = ids(tmp_path, packages=[PACKAGE | package, good], plan=[update, DEPLOY])
    assert "LNT-902" not in mended
    worse = update | {"package": "onboarding-a"}
    policies = [POLICY | {"package": "good"}]
    refused = found(
        tmp_path, packages=[PACKAGE | package, good], policies=policies, plan=[DEPLOY, worse]
    )
    assert one(refused, "LNT-902").rule == rule


@pytest.mark.rule("POL-6")
def test_an_offboarding_policy_refuses_an_onboarding_package(tmp_path):
    leave = {"at": "1 d", "deploy": "Offboard", "to": ["All"]}
    policies = [OFFBOARD | {"package": "onboarding-a"}]

    assert "LNT-902" in ids(tmp_path, policies=policies, plan=[leave])
    assert "LNT-902" not in ids(
        tmp_path, policies=[OFFBOARD], packages=[PACKAGE, FAREWELL], plan=[leave]
    )


@pytest.mark.rule("UPD-9")
def test_the_script_takes_a_group_policy_package_alone(tmp_path):
    run = {"at": "1 d", "run_script": "script-b", "on": ["All"]}
    wrong = SCRIPT | {"method": "configuration_manager"}

    assert one(found(tmp_path, packages=[PACKAGE, wrong], plan=[run]), "LNT-902").rule == "UPD-9"
    assert "LNT-902" not in ids(tmp_path, packages=[PACKAGE, SCRIPT], plan=[run])


@pytest.mark.rule("DWN-3")
def test_an_old_site_refuses_the_choice_of_the_mde_client(tmp_path):
    change = {"at": "1 d", "set_client_setting": "New agent", "downlevel_client": "mde_client"}
    settings = [MDE_CLIENT | {"downlevel_client": "mma"}]
    sections = {"client_settings": settings, "site": {"version": "2203"}}

    assert "LNT-903" in ids(tmp_path, a_server(), plan=[change], **sections)
    update = {"at": "2 h", "set_site_version": "2403"}
    assert "LNT-903" not in ids(tmp_path, a_server(), plan=[update, change], **sections)


def test_a_step_beyond_the_horizon_never_comes(tmp_path):
    deploy = DEPLOY | {"name": "first"}
    late = {"after": "first + 40 d", "pause": "Onboard"}

    finding = one(found(tmp_path, plan=[deploy, late]), "LNT-904")
    assert finding.what == ('the step "plan[1]" never comes: its time is after the horizon of 30 d')
    assert "LNT-904" not in ids(tmp_path, plan=[deploy, late], horizon="60 d")


GATED = [
    DEPLOY | {"name": "first"},
    {
        "name": "gated",
        "when": "WHEN",
        "pause": "Onboard",
        "otherwise": {"after": "5 d", "do": "DO"},
    },
    {"name": "follower", "after": "gated + 1 h", "resume": "Onboard"},
    {"name": "later", "at": "9 d", "pause": "Onboard"},
]


@pytest.mark.parametrize(
    ("when", "do", "never"),
    [
        ("coverage_pct >= 50", "stop", []),
        ("failed >= 1", "stop", ["follower", "later"]),
        ("failed >= 1", "skip", ["follower"]),
        ("failed >= 1", "proceed", []),
    ],
)
def test_what_follows_a_gate_comes_as_in_the_run(tmp_path, when, do, never):
    text = json.dumps(GATED).replace("WHEN", when).replace("DO", do)
    findings = found(tmp_path, plan=json.loads(text))

    missing = [one.path for one in findings if one.id == "LNT-904"]
    assert missing == [f"plan[{name}]" for name in never]


def _patch(at, name="fix", **traits):
    return {"name": name, "at": at, "patch": traits, "on": ["All"], "within": "1 h"}


@pytest.mark.rule("CON-1", "UPG-1")
@pytest.mark.parametrize(
    ("traits", "cause"),
    [
        ({"agent": "none"}, "agent_missing"),
        ({"network": "blocked"}, "network_blocked"),
        ({"os": "server-2019"}, "service_stopped"),
    ],
)
def test_a_patch_that_leaves_onboarded_devices_silent_is_an_error(tmp_path, traits, cause):
    """At the step, with the devices; not for devices that are not onboarded."""
    ours = {"onboarded": "true", "organization": "contoso", "payload": "a", "agent": "mde_client"}
    server = {"os": "server-2012-r2", "fully_updated": "true"}
    plan = [_patch("2 d", **traits)]

    finding = one(found(tmp_path, [server | ours], plan=plan), "LNT-905")
    assert (finding.severity, finding.rule, finding.cause) == ("error", "CON-1", cause)
    assert finding.path == "plan[fix].patch"
    assert "LNT-905" not in ids(tmp_path, [server], plan=plan)


@pytest.mark.rule("CON-1")
def test_a_network_that_the_plan_opens_again_is_no_error(tmp_path):
    ours = {"os": "windows-11-23h2", "onboarded": "true", "organization": "contoso", "payload": "a"}
    plan = [_patch("2 d", network="blocked"), _patch("4 d", "open", network="ok")]

    assert "LNT-905" not in ids(tmp_path, [ours], plan=plan)
