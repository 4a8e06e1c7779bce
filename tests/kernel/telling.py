"""Small runs for tests: a fleet and a plan in, stories as plain lines out.

`rehearsal` writes the fleet table, builds the scenario and runs it. By default all times
are fixed: every device polls each second, evaluates a second after a policy came, its service
takes 30 s to start, state messages leave each second, the portal follows after 10 min. No faults.
"""

import csv
import json
from pathlib import Path

import numpy as np

from sim.eventlog import COLUMNS
from sim.fleet.streams import Streams, device_key
from sim.language.tree import Filter, Series
from sim.measures.series import SeriesReader
from sim.reference.assumptions import ASSUMPTIONS
from sim.runs.preparation import prepare
from sim.runs.replication import Replication, run_prepared
from sim.scenario.loader import load_text

FIXED = {
    "policy_poll_interval": "1 s",
    "first_evaluation_window": "1 s",
    "client_upgrade_window": "1 s",
    "sense_start_min": "30 s",
    "sense_start_max": "30 s",
    "state_message_interval": "1 s",
    "portal_delay_min": "10 min",
    "portal_delay_max": "10 min",
    "mma_portal_delay_max": "10 min",
    "restart_interval_laptop": "36000 d",
    "restart_interval_desktop": "36000 d",
    "restart_interval_server": "36000 d",
    "update_restart_interval": "36000 d",
}
"""The clocks that have no chance in them; nothing restarts by itself."""
HOURS = {
    "working_day_start": "8 h",
    "working_day_start_spread": "0 s",
    "working_day_length": "9 h",
    "attendance_share": "100 %",
}
"""Hours of work without chance: eight to five on every working day; the start is a Monday."""
CALM = {name: "0 %" for name, entry in ASSUMPTIONS.items() if entry.unit == "share"} | {
    "attendance_share": "100 %",
    "server_on_share": "100 %",
}
"""Shares at which nothing fails although faults are drawn."""

PACKAGE = {"name": "onboarding-a", "payload": "a", "organization": "contoso"}
FAREWELL = {"name": "farewell", "kind": "offboarding", "organization": "contoso"}
POLICY = {"name": "Onboard", "package": "onboarding-a"}
OFFBOARD = {"name": "Offboard", "kind": "offboarding", "package": "farewell"}
EVERYBODY = {"name": "All", "members": "managed"}
DEPLOY = {"at": "1 h", "deploy": "Onboard", "to": ["All"]}
MDE_CLIENT = [
    {"name": "New agent", "collection": "All", "priority": 1, "downlevel_client": "mde_client"}
]
WORKSPACE = {"id": "present", "key": "present"}


def phase(name: str, purpose: str, interval: int) -> int:
    """Return where a device's polls or messages lie in their interval under seed 7."""
    return Streams(7, 1).between(purpose, device_key(name), 0, interval - 1)


def write_fleet(folder: Path, devices: list[dict[str, str]]) -> None:
    """Write a fleet table; columns that a device does not name stay empty."""
    columns = list(dict.fromkeys(column for device in devices for column in device))
    with (folder / "fleet.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(devices)


def prepared(folder: Path, devices, *, plan=(DEPLOY,), policy=None, environment=None, **sections):
    """Return what was loaded and prepared of a scenario over *devices*."""
    write_fleet(folder, devices)
    scenario = {
        "format": 1,
        "name": "Told",
        "start": "2026-03-02 00:00",
        "horizon": "30 d",
        "seed": 7,
        "fleet": {"import": {"file": "fleet.csv"}},
        "collections": [EVERYBODY],
        "packages": [PACKAGE],
        "policies": [POLICY | (policy or {})],
        "plan": list(plan),
        "faults": "none",
        "assumptions": FIXED,
    }
    scenario |= sections
    loaded = load_text(json.dumps(scenario), "told.yaml", folder)
    return prepare(loaded, environment or {})


def rehearsal(folder: Path, devices, **scenario) -> Replication:
    """Rehearse a scenario over *devices*; a single one may be given without a list."""
    if isinstance(devices, dict):
        devices = [devices]
    known = {"presence": "always_on", "restart_pending": "false"}
    devices = [
        {"name": f"PC-{number}"} | known | device for number, device in enumerate(devices, 1)
    ]
    return run_prepared(prepared(folder, devices, **scenario))


def rows(run: Replication) -> list[dict[str, object]]:
    """Return the rows of the log in words; the plan's rows have an empty device."""
    log = run.log
    columns = {"time": [int(time) for time in log.columns["time"]]}
    for name in COLUMNS[1:]:
        words, codes = log.words_and_codes(name)
        columns[name] = [words[code] for code in codes]
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def told(run: Replication, device: str = "PC-1") -> list[str]:
    """Return a device's whole story: time, event, and what else the row says, a line each."""
    return [_line(row) for row in rows(run) if row["device"] == device]


def told_of_plan(run: Replication) -> list[str]:
    """Return what the log says about the plan, one line for each row."""
    return [_line(row) for row in rows(run) if not row["device"]]


def _line(row: dict[str, object]) -> str:
    return " ".join(str(word) for name, word in row.items() if word != "" and name != "device")


def story(text: str) -> list[str]:
    """Return the lines of a story as a test writes it."""
    return [" ".join(line.split()) for line in text.strip().splitlines()]


def final(run: Replication, device: str = "PC-1") -> dict[str, object]:
    """Return a device's row of devices.csv."""
    columns = run.outcomes.columns
    place = columns["name"].index(device)
    return {name: values[place] for name, values in columns.items()}


def verdict(run: Replication, device: str = "PC-1") -> tuple[object, ...]:
    """Return status, cause and rule of a device at the horizon."""
    row = final(run, device)
    return row["status"], row["cause"], row["rule"]


def when(run: Replication, event: str, device: str = "PC-1") -> int:
    """Return the first second at which a device's story has an event."""
    return next(
        int(str(row["time"]))
        for row in rows(run)
        if (row["device"], row["event"]) == (device, event)
    )


def value_of(run: Replication, view: str, measure: str, at: int | None = None, **labels: str):
    """Return a measure at an instant (the horizon when none is given), filtered by labels."""
    filters = tuple(Filter(label, value) for label, value in labels.items())
    reader = SeriesReader(run.tally)
    instant = np.array([run.log.horizon if at is None else at], dtype=np.int64)
    value = float(reader.values(Series(view, measure, filters), instant)[0])
    return None if np.isnan(value) else value
