"""Tiny logs written by hand, row by row, and the measures read from them."""

import numpy as np

from sim.eventlog import EventLog, LogTables, LogWriter, NameTable
from sim.language.expressions import parse_gate
from sim.language.tree import Series
from sim.language.types import Names
from sim.measures.device_table import DeviceKind, DeviceRecord, DeviceTable, PolicyRecord
from sim.measures.series import SeriesReader
from sim.measures.tally import Tally, replay
from sim.reference.rules import RULES

ANY = Names(None, None, None, None, None, None)
POLICIES = {
    "First": PolicyRecord("First", "onboarding", "a", "all_file_types"),
    "Second": PolicyRecord("Second", "onboarding", "b", "none"),
    "Leave": PolicyRecord("Leave", "offboarding", "farewell", "none"),
}
COLLECTIONS = ("All", "Some")
HORIZON = 1_000


def device(name, **changes) -> DeviceRecord:
    """Return a device as it stands at the start: a supported client, nothing done yet."""
    kind = {
        "os": "windows-11-24h2",
        "level": "up_level",
        "location": "LON",
        "route": "config_file",
        "in_console": True,
        "client": "active",
        "ineligible_cause": "",
    }
    record = {
        "route_rule": "UPL-1",
        "ineligible_rule": "",
        "support_ends": None,
        "agent": "none",
        "agent_version": "",
        "onboarded": False,
        "payload": "",
        "sensor_running": True,
    }
    fixed = DeviceKind(**{field: changes.pop(field, value) for field, value in kind.items()})
    return DeviceRecord(name=name, kind=fixed, **{**record, **changes})


class Handmade:
    """A log in the making: `log(time, device, event, ...)` adds a row."""

    def __init__(self, *devices: DeviceRecord, horizon: int = HORIZON) -> None:
        self.device_table = DeviceTable(devices, POLICIES)
        self.names = tuple(one.name for one in devices)
        self.tables = LogTables(
            self.names,
            NameTable(tuple(RULES)),
            NameTable(tuple(POLICIES)),
            NameTable(("a", "b", "old")),
            NameTable(COLLECTIONS),
            NameTable(("step",)),
        )
        self.writer = LogWriter(self.tables, horizon)

    def log(self, time, name, event, **words) -> "Handmade":
        number = self.names.index(name) if name else -1
        self.writer.record(time, number, event, **words)
        return self

    def target(self, time, *names, policy="First", collection="All") -> "Handmade":
        for name in names:
            self.log(time, name, "targeted", policy=policy, collection=collection)
        return self

    def onboard(self, time, *names, policy="First", payload="a", console=True) -> "Handmade":
        """Apply a policy and onboard in one second; the console shows it 10 seconds later."""
        for name in names:
            self.log(time, name, "policy_evaluated", policy=policy, rule="UPL-1")
            self.log(time, name, "policy_applied", policy=policy, rule="UPL-1")
            self.log(time, name, "onboarded", policy=policy, rule="UPL-1", payload=payload)
            if console:
                self.log(time + 10, name, "reported")
        return self

    def fail(self, time, name, cause, policy="First", rule="MMA-2", event="policy_failed"):
        self.log(time, name, event, policy=policy, cause=cause, rule=rule)
        return self.log(time + 10, name, "reported")

    def finish(self) -> EventLog:
        return self.writer.finish()

    def tally(self) -> Tally:
        return replay(self.finish(), self.device_table)

    def at(self, text: str, time: int = HORIZON) -> float | None:
        """Return a series' value at an instant; None when it has no data."""
        value = SeriesReader(self.tally()).values(series(text), np.array([time]))[0]
        return None if np.isnan(value) else float(value)


def series(text: str) -> Series:
    """Read a series such as `device.onboarded{collection='All'}`."""
    return parse_gate(f"{text} >= 0", ANY).left
