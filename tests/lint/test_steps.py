"""Steps that the site refuses, steps that never come, and when the others do (PRE-3, UPL-3)."""

import pytest

from sim.lint.course import course
from sim.scenario.calendar import SiteClock
from sim.scenario.loader import load_text
from sim.units import DAY, HOUR
from tests.kernel.telling import DEPLOY, FAREWELL, OFFBOARD, PACKAGE, POLICY
from tests.lint.linted import MDE_CLIENT, SCRIPT, a_server, found, ids, one
from tests.scenario.texts import BASE, changed

STEPS = {"LNT-901", "LNT-902", "LNT-903", "LNT-904"}
HELPDESK = {"name": "desk", "roles": ["Operations Administrator"]}


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

    assert "beyond the horizon" in one(found(tmp_path, plan=[deploy, late]), "LNT-904").what
    assert "LNT-904" not in ids(tmp_path, plan=[deploy, late], horizon="60 d")


PLAN = """\
plan:
  - {name: a, at: 1 d, deploy: Onboard, to: [Pilot]}
  - {name: b, after: a + 2 h, pause: Onboard}
  - {name: c, when: coverage_pct >= 50, resume: Onboard, otherwise: {after: 5 d, do: DO}}
  - {name: d, after: c + 1 h, pause: Onboard}
  - {name: e, at: 9 d, resume: Onboard}
"""
BEFORE = BASE.index("plan:")


def times(ending, opening):
    text = BASE[:BEFORE] + PLAN.replace("DO", ending)
    scenario = load_text(changed(text=text)).scenario
    clock = SiteClock(scenario.start, "UTC")
    comings = course(scenario, clock, {2: opening})
    return {one.name: (one.earliest, one.latest) for one in comings}


EXACT = {"a": (DAY, DAY), "b": (DAY + 2 * HOUR, DAY + 2 * HOUR)}
NINE = (9 * DAY, 9 * DAY)


@pytest.mark.parametrize(
    ("ending", "opening", "c", "d", "e"),
    [
        ("stop", 2 * DAY, (2 * DAY + 1, None), (2 * DAY + 1 + HOUR, None), (9 * DAY, None)),
        ("stop", None, (None, None), (None, None), (None, None)),
        ("skip", None, (None, None), (None, None), NINE),
        ("skip", 2 * DAY + 5, (2 * DAY + HOUR + 1, None), (2 * DAY + 2 * HOUR + 1, None), NINE),
        ("proceed", 2 * DAY, (2 * DAY + 1, 5 * DAY + 1),
         (2 * DAY + 1 + HOUR, 5 * DAY + 1 + HOUR), NINE),
        ("proceed", None, (5 * DAY + 1,) * 2, (5 * DAY + 1 + HOUR,) * 2, NINE),
        ("skip", 5 * DAY + 1, (None, None), (None, None), NINE),
        ("skip", 5 * DAY, (5 * DAY + 1, None), (5 * DAY + 1 + HOUR, None), NINE),
    ],
)  # fmt: skip
def test_what_follows_a_gate_is_as_certain_as_the_gate(ending, opening, c, d, e):
    assert times(ending, opening) == EXACT | {"c": c, "d": d, "e": e}
