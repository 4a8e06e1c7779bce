"""The outcome of each device: the rows of devices.parquet and devices.csv.

Also the causes that devices failed with before they onboarded: the price of a mistake that was
fixed later.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import compress
from typing import Any

from sim.eventlog import EventLog
from sim.measures.device_table import DeviceRecord
from sim.measures.status import (
    MILESTONE_NAMES,
    Reported,
    cause_of,
    health_in,
    is_eligible,
    status_of,
)
from sim.measures.tally import Tally
from sim.reference.causes import CAUSE_TABLE, CAUSES
from sim.units import Seconds

DEVICE_COLUMNS = (
    "name",
    "os",
    "level",
    "route",
    "location",
    "collections",
    "status",
    "cause",
    "rule",
    "policy",
    "payload_desired",
    "payload_in_use",
    "agent",
    "agent_version",
    "sample_sharing",
    "health",
    *MILESTONE_NAMES,
)

BETWEEN = "; "
"""What separates the words of a cell that holds several."""
TIME_COLUMNS = tuple(name for name in DEVICE_COLUMNS if name.endswith("_at"))
COUNT_COLUMNS = ("attempts", "restarts")


@dataclass(frozen=True)
class Outcomes:
    """One row for each device, by column; times are seconds since the start, or None."""

    columns: Mapping[str, list[Any]]
    present: list[bool]
    """Whether the device is in the fleet at the horizon; retired devices are not."""
    eligible: int
    """Eligible devices present at the horizon."""
    targeted: int
    """Devices present at the horizon that an active deployment reaches."""

    def __len__(self) -> int:
        return len(self.present)


def outcomes(tally: Tally) -> Outcomes:
    """Return the outcome of each device at the end of the run, in order of name."""
    devices = range(len(tally.device_table.devices))
    rows = [_row(tally, device) for device in devices]
    columns = {name: [row[index] for row in rows] for index, name in enumerate(DEVICE_COLUMNS)}
    present = [device for device in devices if tally.state_of(device).present]
    return Outcomes(
        columns,
        present=[tally.state_of(device).present for device in devices],
        eligible=sum(is_eligible(tally.kind(device), tally.state_of(device)) for device in present),
        targeted=sum(bool(tally.state_of(device).deployments) for device in present),
    )


def _row(tally: Tally, device: int) -> tuple[object, ...]:
    record, state = tally.device_table.devices[device], tally.state_of(device)
    policies, milestones = tally.device_table.policies, tally.milestones[device]
    kind, reported = tally.kind(device), state.truth
    status = status_of(kind, state, reported, policies)
    cause = cause_of(kind, state, reported, status, policies)
    policy = next(iter(state.policies), "")
    return (
        record.name,
        kind.os,
        kind.level,
        reported.route,
        kind.location,
        BETWEEN.join(state.collections),
        status,
        cause,
        _rule(record, reported, status, cause),
        policy,
        tally.payloads[policy] if policy else "",
        reported.payload,
        reported.agent,
        record.agent_version if reported.agent == record.agent else "",
        reported.sample_sharing if reported.onboarded else "",
        health_in(state.console),
        *(getattr(milestones, name) for name in MILESTONE_NAMES),
    )


def _rule(record: DeviceRecord, reported: Reported, status: str, cause: str) -> str:
    """Return the rule behind a device's status: the rule of its refusal, cause or route."""
    if status == "not_eligible":
        is_as_ever = cause == record.kind.ineligible_cause
        return record.ineligible_rule if is_as_ever else CAUSE_TABLE[cause].rule
    if cause and cause == reported.cause:
        return reported.rule
    for _, script_cause, rule, _ in reported.scripts_failed:
        if cause == script_cause:
            return rule
    if cause and cause == reported.impediment:
        return "CON-1"
    if cause == "service_stopped":
        return "FLT-6"
    if cause:
        return CAUSE_TABLE[cause].rule
    return {"onboarded": reported.route_rule, "offboarded": "OFF-1"}.get(status, "")


def count_by(outcomes: Outcomes, column: str) -> dict[str, int]:
    """Count the devices present at the horizon by the words of a column, in order of words."""
    return dict(Counter(sorted(filter(None, compress(outcomes.columns[column], outcomes.present)))))


_FAILURES = ("policy_failed", "install_failed", "onboarding_failed")


@dataclass(frozen=True, slots=True)
class RecoveredFailures:
    """One cause that devices failed with before they onboarded."""

    cause: str
    devices: int
    first_failed: Seconds
    last_onboarded: Seconds
    """When the last one of these devices onboarded."""


def recovered_failures(log: EventLog, outcomes: Outcomes) -> list[RecoveredFailures]:
    """Return the causes that onboarded devices failed with earlier, the most frequent first.

    A device that failed with several causes counts for each.
    """
    onboarded_at = outcomes.columns["onboarded_at"]
    statuses = outcomes.columns["status"]
    first: dict[str, Seconds] = {}
    failed_devices: dict[str, set[int]] = {}
    for time, device, cause in log.rows(_FAILURES, "time", "device", "cause"):
        if statuses[device] == "onboarded" and onboarded_at[device] is not None:
            first.setdefault(cause, time)
            failed_devices.setdefault(cause, set()).add(device)
    failures = [
        RecoveredFailures(
            cause,
            len(devices),
            first[cause],
            max(onboarded_at[device] for device in devices),
        )
        for cause, devices in failed_devices.items()
    ]
    return sorted(failures, key=lambda row: (-row.devices, CAUSES.index(row.cause)))
