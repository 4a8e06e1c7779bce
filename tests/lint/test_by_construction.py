"""Lint knows what the run knows: what is added to the language or the rules needs no change."""

import json

import pytest

from sim.kernel.steps import Steps
from sim.lint.linting import lint
from sim.reference.attempts import (
    ADMIT,
    EVALUATE,
    GATES,
    INSTALL,
    OFFBOARDING,
    ONBOARDING,
    ONE_TIME_SCRIPT,
    REGISTER,
    Gate,
)
from sim.reference.causes import CAUSES, REPAIRS
from sim.reference.decisions import Decision
from sim.runs.preparation import prepare
from sim.runs.replication import run_prepared
from sim.scenario.loader import load_text
from sim.scenario.model import Scenario
from sim.scenario.steps import STEP_KINDS, Step
from sim.scenario.values import SettingName
from tests.lint.linted import (
    DEPLOY,
    FAREWELL,
    MDE_CLIENT,
    OFFBOARD,
    PACKAGE,
    SCRIPT,
    a_server,
    devices_of,
    found,
    one,
    scenario_of,
    workstations,
)


@pytest.fixture
def _set_priority():
    """Declare a step that gives a client setting the first priority, and what it does."""

    class SetPriority(Step):
        right = "client_settings"
        set_priority: SettingName

    def carry_out(steps, step, name, now):
        settings = steps.site._settings
        others = {**settings}
        first = others.pop(step.set_priority)
        settings.clear()
        settings.update({step.set_priority: first} | others)
        steps._notify_all(steps.site.members[first.collection])

    Steps.carry_out.register(SetPriority, carry_out)
    Scenario.model_rebuild(force=True)  # the model was built before this test declared the step
    yield
    del STEP_KINDS["set_priority"]
    Scenario.model_rebuild(force=True)


def loaded_with(folder, devices, **sections):
    return load_text(json.dumps(scenario_of(folder, devices, **sections)), "s.yaml", folder)


@pytest.mark.rule("DWN-6")
@pytest.mark.usefixtures("_set_priority")
def test_a_step_that_lint_was_never_told_of_is_followed(tmp_path):
    legacy = MDE_CLIENT | {"name": "Legacy", "downlevel_client": "mma"}
    settings = [legacy, MDE_CLIENT | {"priority": 2}]

    def linted(at):
        step = {"name": "first", "at": at, "set_priority": "New agent"}
        plan = [DEPLOY, *([step] if at else [])]
        loaded = loaded_with(tmp_path, a_server(), client_settings=settings, plan=plan)
        return lint(loaded, {}), run_prepared(prepare(loaded))

    findings, run = linted(None)
    assert devices_of(findings, "LNT-101") == [1]
    assert run.outcomes.columns["status"] == ["failed"]
    findings, run = linted("9 d")
    assert 'cannot onboard before the step "first"' in one(findings, "LNT-103").what
    assert run.outcomes.columns["status"] == ["onboarded"]
    findings, _ = linted("30 min")
    assert {finding.id for finding in findings}.isdisjoint({"LNT-101", "LNT-102", "LNT-103"})


@pytest.mark.rule("PRE-4")
@pytest.mark.usefixtures("_set_priority")
def test_the_right_that_a_step_declares_is_known_too(tmp_path):
    site = {"administrators": [{"name": "desk", "roles": ["Read-only Analyst"]}]}
    step = {"at": "9 d", "set_priority": "New agent"}
    finding = one(found(tmp_path, client_settings=[MDE_CLIENT], plan=[step], site=site), "LNT-901")

    assert "does not have the role for set_priority" in finding.what
    assert "the right client_settings" in finding.advice


def laptops_are_refused(facts):
    return (Decision("FLT-5", cause="clock_skew"),) if facts.device.chassis == "laptop" else ()


def with_gate(monkeypatch, purpose, gate):
    gates = list(GATES[purpose])
    place = next((n for n, other in enumerate(gates) if other.stage == gate.stage), len(gates))
    monkeypatch.setitem(GATES, purpose, (*gates[:place], gate, *gates[place:]))


@pytest.mark.parametrize("stage", [ADMIT, EVALUATE, INSTALL, REGISTER])
@pytest.mark.parametrize("is_of_plan", [True, False])
def test_a_gate_that_is_added_holds_in_the_run_and_in_lint_alike(
    tmp_path, monkeypatch, stage, is_of_plan
):
    with_gate(monkeypatch, ONBOARDING, Gate(stage, laptops_are_refused, is_of_plan))
    devices = [*a_server(chassis="laptop"), *a_server(chassis="server")]
    loaded = loaded_with(tmp_path, devices, client_settings=[MDE_CLIENT])
    run = run_prepared(prepare(loaded))

    findings = lint(loaded, {})
    finding = one(findings, "LNT-101" if is_of_plan else "LNT-102")
    assert (finding.cause, finding.devices) == ("clock_skew", ("PC-001",))
    assert run.outcomes.columns["cause"] == ["clock_skew", ""]
    assert run.outcomes.columns["status"] == ["failed", "onboarded"]


def test_a_gate_of_the_script_and_of_offboarding_holds_alike(tmp_path, monkeypatch):
    with_gate(monkeypatch, ONE_TIME_SCRIPT, Gate(EVALUATE, laptops_are_refused))
    with_gate(monkeypatch, OFFBOARDING, Gate(EVALUATE, laptops_are_refused))
    plan = [{"at": "1 h", "run_script": "script-b", "on": ["All"]},
            {"at": "3 d", "deploy": "Offboard", "to": ["All"]}]  # fmt: skip
    loaded = loaded_with(
        tmp_path,
        [*workstations(chassis="laptop"), *workstations(chassis="desktop")],
        packages=[PACKAGE, SCRIPT, FAREWELL],
        policies=[OFFBOARD],
        plan=plan,
    )
    run = run_prepared(prepare(loaded))

    assert one(lint(loaded, {}), "LNT-407").devices == ("PC-001",)
    assert run.outcomes.columns["status"] == ["failed", "offboarded"]


BROKEN = {
    "client_inactive": {"client": "inactive"},
    "client_broken": {"client": "broken"},
    "prerequisite_telemetry": {"fully_updated": "false", "telemetry_update": "false"},
    "prerequisite_universal_crt": {"fully_updated": "false", "universal_crt": "false"},
    "prerequisite_servicing_stack": {"servicing_stack": "2020-01-01"},
    "prerequisite_cumulative_update": {"cumulative_update": "2018-01-01"},
    "antivirus_disabled": {"antivirus": "disabled"},
    "antivirus_outdated": {"antivirus": "outdated"},
    "antivirus_not_installed": {"antivirus": "not_installed"},
    "dotnet_missing": {"os": "windows-8.1", "dotnet": "false"},
    "restart_pending": {"restart_pending": "true"},
    "agent_outdated": {"os": "windows-8.1", "agent": "mma", "agent_version": "10.20.18011"},
    "clock_skew": {"os": "windows-8.1", "clock_ok": "false"},
    "network_blocked": {"network": "blocked"},
    "installer_defect": {"installer_defect": "true"},
    "sensor_missing": {"os": "windows-11-24h2", "sensor": "absent"},
    "elam_driver_disabled": {"elam_driver": "disabled"},
}
"""Traits that let a server fail with each cause that a single device can have repaired."""
COUNT_FROM_THE_RESTART = (
    "antivirus_disabled",
    "antivirus_not_installed",
    "dotnet_missing",
    "installer_defect",
)
"""What counts only after a restart once it is repaired (DWN-10, DWN-11)."""


@pytest.mark.parametrize("cause", REPAIRS)
def test_every_repairable_cause_is_known_with_what_repairs_it(tmp_path, cause):
    older = "server-2012-r2" if "fully_updated" in BROKEN[cause] else "server-2016"
    devices = a_server(older, **BROKEN[cause]) if "os" not in BROKEN[cause] else [BROKEN[cause]]
    never = {"restart_interval_server": "36000 d", "update_restart_interval": "36000 d"}
    values = {"name": "Onboard", "package": "onboarding-a",
              "workspace": {"id": "present", "key": "present"}}  # fmt: skip
    sections = {"client_settings": [MDE_CLIENT], "assumptions": never, "policies": [values]}
    sets = {name: value if isinstance(value, bool) else str(value)
            for name, value in REPAIRS[cause].items()}  # fmt: skip
    patch = {"name": "repair", "at": "3 d", "patch": sets, "on": ["All"], "within": "1 d"}
    restart = {"at": "5 d", "restart": ["All"], "within": "1 h"}
    plan = [DEPLOY, patch, restart] if cause in COUNT_FROM_THE_RESTART else [DEPLOY, patch]
    findings = found(tmp_path, devices, **sections)
    mended = found(tmp_path, devices, plan=plan, **sections)

    keeping = {"LNT-102", "LNT-104"}
    assert [one.cause for one in findings if one.id in keeping] == [cause]
    assert not [one for one in mended if one.id in keeping]
    if not cause.startswith("client_"):
        by_steps = [finding for finding in mended if finding.id == "LNT-103"]
        assert 'cannot onboard before the step "repair"' in by_steps[-1].what
        assert [finding.cause for finding in by_steps[:-1]] == ["restart_pending"] * (len(plan) - 2)
    assert cause in CAUSES
