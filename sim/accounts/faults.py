"""Faults that happen by chance: how many devices each one affects, and how many at the end.

A plan has to cope with the rate after retries and repairs. The assumed share alone does not give
this rate.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.accounts.devices import Outcomes
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


@dataclass(frozen=True, slots=True)
class _Fault:
    """One fault: its cause, the devices that it can affect, and the assumption with its share."""

    cause: str
    among: str
    exposed: Callable[[_FaultScan], Devices]
    assumption: str = ""


def _installing(*systems: str) -> Callable[[_FaultScan], Devices]:
    return lambda run: run.installing & run.is_in("os", *systems)


def _registering(route: str, *systems: str) -> Callable[[_FaultScan], Devices]:
    return lambda run: (
        run.registering
        & run.is_in("route", route)
        & (run.is_in("os", *systems) if systems else run.managed)
    )


_2012_R2 = _installing("server-2012-r2")
_2016 = _installing("server-2016")
_INSTALLS = "installs of an agent"

_AT_ATTEMPTS = (
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
)
"""The faults that an attempt can meet, the last one of an attempt first."""

_FAILURES = ("policy_failed", "install_failed", "onboarding_failed")


def fault_rates(log: EventLog, device_table: DeviceTable, outcomes: Outcomes) -> list[FaultRate]:
    """Return the rate of each fault that could affect any device, in a fixed order."""
    run = _FaultScan(log, device_table, outcomes)
    rates = [*_of_clients(run), *(_of_attempts(run, fault) for fault in _AT_ATTEMPTS)]
    rates += _of_onboarded(run)
    return [rate for rate in rates if rate.exposed]


def _of_clients(run: _FaultScan) -> list[FaultRate]:
    """Return the rates of ConfigMgr clients that do not work from the start (FLT-1)."""
    rates = []
    for state in ("inactive", "broken"):
        cause = f"client_{state}"
        fault = _Fault(cause, "ConfigMgr clients", lambda r: r.managed, f"{cause}_share")
        rates.append(_rate(fault, run.managed, run.has_client(state), run.is_in("cause", cause)))
    return rates


def _of_attempts(run: _FaultScan, fault: _Fault) -> FaultRate:
    affected = run.had(*_FAILURES, cause=fault.cause)
    return _rate(fault, fault.exposed(run), affected, run.present & run.is_in("cause", fault.cause))


def _of_onboarded(run: _FaultScan) -> list[FaultRate]:
    """Return the rates of faults on onboarded devices (FLT-6, MON-3)."""
    stopped = _Fault(
        "agent_stopped", "onboarded devices", lambda r: r.onboarded, "sensor_decay_per_day"
    )
    silent = _Fault("went_inactive", "onboarded devices", lambda r: r.onboarded)
    return [
        _rate(
            stopped,
            run.onboarded,
            run.had("agent_stopped"),
            run.has_open("agent_stopped", "agent_recovered", "FLT-6"),
        ),
        _rate(
            silent,
            run.onboarded,
            run.had("went_inactive", rule="MON-3"),
            run.has_open("went_inactive", "active_again", "MON-3"),
        ),
    ]


def _rate(fault: _Fault, exposed: Devices, affected: Devices, at_end: Devices) -> FaultRate:
    affected = exposed & affected
    return FaultRate(
        fault.cause,
        fault.among,
        fault.assumption,
        exposed=int(exposed.sum()),
        affected=int(affected.sum()),
        affected_at_end=int((affected & at_end).sum()),
    )
