"""Small scenarios for lint: devices and a plan in, findings out.

Without other wishes there are no faults, everything is always on, and one policy is deployed to all
managed devices an hour after the start, Monday 2 March 2026.
"""

import json
from pathlib import Path

from sim.lint.linting import lint
from sim.scenario.loader import load_text
from tests.kernel.telling import DEPLOY, EVERYBODY, FAREWELL, OFFBOARD, PACKAGE, POLICY, write_fleet

__all__ = [
    "DEPLOY",
    "EVERYBODY",
    "FAREWELL",
    "MDE_CLIENT",
    "OFFBOARD",
    "PACKAGE",
    "POLICY",
    "SCRIPT",
    "VALUES",
    "a_server",
    "devices_of",
    "found",
    "ids",
    "one",
    "workstations",
]

VALUES = {"id": "present", "key": "present"}
SCRIPT = {
    "name": "script-b", "payload": "b", "organization": "contoso", "method": "group_policy",
}  # fmt: skip
MDE_CLIENT = {
    "name": "New agent", "collection": "All", "priority": 1, "downlevel_client": "mde_client",
}  # fmt: skip
WORKSTATION = {"os": "windows-11-24h2"}


def workstations(number=1, **traits):
    """Return some devices that nothing is wrong with, but for their *traits*."""
    return [WORKSTATION | traits for _ in range(number)]


def a_server(os="server-2016", **traits):
    """Return a list of one older server."""
    return [{"os": os} | traits]


def scenario_of(folder, devices, **sections):
    """Write the fleet table and return the scenario as plain values."""
    known = {"presence": "always_on", "restart_pending": "false"}
    rows = [{"name": f"PC-{n:03d}"} | known | device for n, device in enumerate(devices, 1)]
    write_fleet(folder, rows)
    return {
        "format": 1,
        "name": "Linted",
        "start": "2026-03-02 00:00",
        "horizon": "30 d",
        "fleet": {"import": {"file": "fleet.csv"}},
        "collections": [EVERYBODY],
        "packages": [PACKAGE],
        "policies": [POLICY],
        "plan": [DEPLOY],
        "faults": "none",
    } | sections


def found(folder: Path, devices=None, *, environment=None, **sections):
    """Return every finding about a scenario over *devices*, one workstation when none are given."""
    scenario = scenario_of(folder, devices or workstations(), **sections)
    return lint(load_text(json.dumps(scenario), "linted.yaml", folder), environment or {})


def ids(*arguments, **sections):
    """Return the ids of the findings about a scenario."""
    return {finding.id for finding in found(*arguments, **sections)}


def one(findings, id):
    """Return the one finding with an id."""
    (finding,) = [finding for finding in findings if finding.id == id]
    return finding


def devices_of(findings, id):
    """Return the devices of the one finding with an id, by number."""
    return [int(name.removeprefix("PC-")) for name in one(findings, id).devices]
