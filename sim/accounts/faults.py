"""Faults that happen by chance: how many devices each one affects, and how many at the end.

A plan has to cope with the rate after retries and repairs. The assumed share alone does not give
this rate.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.accounts.outcomes import Outcomes
from sim.eventlog import CAUSE_CODE, EVENT_CODE, EventLog
from sim.measures.device_table import DeviceTable

Devices = NDArray[np.bool_]
"""One truth value for each device, by number."""


@dataclass(frozen=True, slots=True)
class FaultRate:
    """How many devices one fault affected, and how many it still affects at the end."""

    fault: str
    """A cause, or one of the events `agent_stopped` and `went_inactive`."""
    among: str
    """The devices that the fault could affect, in words."""
    assumption: str
    """The assumption with the fault's share; empty when there is not exactly one."""
    exposed: int
    """Devices that the fault could affect: those that reached the step in which it occurs."""
    affected: int
    """The exposed devices that it affected at least once."""
    affected_at_end: int
    """The affected devices that it still holds back at the end, after all retries and repairs."""


class _FaultScan:
    """Questions about each device, answered from the log and the outcomes."""

    def __init__(self, log: EventLog, device_table: DeviceTable, outcomes: Outcomes) -> None:
        self._log = log
        self._device_table = device_table
        self._outcomes = outcomes
        self.present = np.array(outcomes.present, dtype=bool)
        self.managed = np.array([record.is_managed for record in device_table.devices], dtype=bool)
        onboarded = np.array([record.onboarded for record in device_table.devices], dtype=bool)
        self.onboarded = onboarded | self.had("onboarded")
        self.installing = self.had("install_started", "install_failed")
        self.registering = self.had("onboarded", "onboarding_failed")

    def had(self, *events: str, cause: str = "", rule: str = "") -> Devices:
        """Return the devices with a row of any of the events, with this cause and this rule."""
        devices = np.zeros(len(self.managed), dtype=bool)
        devices[self._log.columns["device"][self._rows(events, cause, rule)]] = True
        return devices

    def _rows(self, events: tuple[str, ...], cause: str, rule: str) -> NDArray[np.bool_]:
        columns = self._log.columns
        rows: Devices = np.isin(columns["event"], [EVENT_CODE[event] for event in events])
        if cause:
            rows &= columns["cause"] == CAUSE_CODE[cause]
        if rule:
            rows &= columns["rule"] == self._log.tables.rules.codes[rule]
        return rows

    def is_in(self, column: str, *words: str) -> Devices:
        """Return the devices whose outcome has one of the words in a column."""
        return np.array([word in words for word in self._outcomes.columns[column]], dtype=bool)

    def has_client(self, state: str) -> Devices:
        """Return the managed devices whose ConfigMgr client starts in a state."""
        starts = [record.kind.client == state for record in self._device_table.devices]
        devices: Devices = self.managed & np.array(starts, dtype=bool)
        return devices

    def has_open(self, begins: str, ends: str, rule: str) -> Devices:
        """Return the devices present at the end whose last event is *begins*, not *ends*."""
        rows = self._rows((begins, ends), "", rule)
        last = np.full(len(self.managed), EVENT_CODE[ends])
        last[self._log.columns["device"][rows]] = self._log.columns["event"][rows]
        devices: Devices = self.present & (last == EVENT_CODE[begins])
        return devices


Scan = Callable[[_FaultScan], Devices]


@dataclass(frozen=True, slots=True)
class _Fault:
    """One fault: its cause, the devices that it can affect, and the assumption with its share."""

    cause: str
    among: str
    exposed: Scan
    assumption: str = ""
    affected: Scan | None = None
    """None for the devices of which an attempt failed with the cause."""
    at_end: Scan | None = None
    """None for the devices present at the end with the cause."""


def _client(state: str) -> _Fault:
    """Return the fault of ConfigMgr clients that do not work from the start (FLT-1)."""
    cause = f"client_{state}"
    return _Fault(
        cause,
        "ConfigMgr clients",
        lambda r: r.managed,
        f"{cause}_share",
        lambda r: r.has_client(state),
        lambda r: r.is_in("cause", cause),
    )


def _installing(*systems: str) -> Scan:
    return lambda run: run.installing & run.is_in("os", *systems)


def _registering(route: str, *systems: str) -> Scan:
    return lambda run: (
        run.registering
        & run.is_in("route", route)
        & (run.is_in("os", *systems) if systems else run.managed)
    )


_2012_R2 = _installing("server-2012-r2")
_2016 = _installing("server-2016")
_INSTALLS = "installs of an agent"

_FAULTS = (
    _client("inactive"),
    _client("broken"),
    _Fault("network_blocked", "registrations", lambda r: r.registering, "network_blocked_share"),
    _Fault(
        "service_start_failed",
        "registrations with the MDE client",
        _registering("mde_client"),
        "service_start_failure_share",
    ),
    _Fault(
        "service_start_failed",
        "registrations of Windows 11 24H2",
        _registering("config_file", "windows-11-24h2"),
        "sense_missing_share",
    ),
    _Fault("install_failed", _INSTALLS, lambda r: r.installing, "install_failure_share"),
    _Fault(
        "restart_pending",
        "installs on servers",
        lambda r: r.installing & ~r.is_in("os", "windows-8.1"),
        "restart_pending_share",
    ),
    _Fault("prerequisite_telemetry", "installs on Server 2012 R2", _2012_R2),
    _Fault("prerequisite_universal_crt", "installs on Server 2012 R2", _2012_R2),
    *(
        _Fault(cause, "installs on Server 2016", _2016, assumption)
        for cause, assumption in (
            ("prerequisite_servicing_stack", "servicing_stack_missing_share"),
            ("prerequisite_cumulative_update", "cumulative_update_missing_share"),
            ("antivirus_disabled", "antivirus_disabled_share"),
            ("antivirus_outdated", "antivirus_outdated_share"),
            ("antivirus_not_installed", "antivirus_not_installed_share"),
        )
    ),
    _Fault(
        "dotnet_missing",
        "installs of MMA",
        lambda r: r.installing & r.is_in("route", "mma"),
        "dotnet_missing_share",
    ),
    _Fault("clock_skew", "registrations of MMA", _registering("mma"), "clock_skew_share"),
    _Fault(
        "agent_outdated",
        "devices with an MMA of their own",
        lambda r: r.had("install_skipped"),
        "agent_outdated_share",
    ),
    _Fault(
        "agent_stopped",
        "onboarded devices",
        lambda r: r.onboarded,
        "sensor_decay_per_day",
        lambda r: r.had("agent_stopped"),
        lambda r: r.has_open("agent_stopped", "agent_recovered", "FLT-6"),
    ),
    _Fault(
        "went_inactive",
        "onboarded devices",
        lambda r: r.onboarded,
        affected=lambda r: r.had("went_inactive", rule="MON-3"),
        at_end=lambda r: r.has_open("went_inactive", "active_again", "MON-3"),
    ),
)
"""Faults of clients, of attempts (the last one of an attempt first), and of onboarded devices."""

_FAILURES = ("policy_failed", "install_failed", "onboarding_failed")


def fault_rates(log: EventLog, device_table: DeviceTable, outcomes: Outcomes) -> list[FaultRate]:
    """Return the rate of each fault that could affect any device, in a fixed order."""
    run = _FaultScan(log, device_table, outcomes)
    return [rate for rate in (_rate(fault, run) for fault in _FAULTS) if rate.exposed]


def _rate(fault: _Fault, run: _FaultScan) -> FaultRate:
    exposed, cause = fault.exposed(run), fault.cause
    had = fault.affected(run) if fault.affected else run.had(*_FAILURES, cause=cause)
    has = fault.at_end(run) if fault.at_end else run.present & run.is_in("cause", cause)
    return FaultRate(
        cause,
        fault.among,
        fault.assumption,
        exposed=int(exposed.sum()),
        affected=int((exposed & had).sum()),
        affected_at_end=int((exposed & had & has).sum()),
    )
