"""What became of each device: the rows of devices.parquet and devices.csv.

What failed on the way and is as wanted at the end: the price of a mistake that was put right.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from sim.eventlog import CAUSE_NAMES, EVENT_CODE, EventLog
from sim.measures.device_table import DeviceRecord
from sim.measures.facts import Reported
from sim.measures.status import cause_of, health_in, is_eligible, status_of
from sim.measures.tally import Tally
from sim.reference.causes import CAUSE_TABLE
from sim.units import Seconds
from sim.vocabulary import CAUSES

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
    "targeted_at",
    "policy_applied_at",
    "onboarded_at",
    "reported_at",
    "portal_at",
    "retired_at",
    "attempts",
    "restarts",
)

TIME_COLUMNS = tuple(name for name in DEVICE_COLUMNS if name.endswith("_at"))
COUNT_COLUMNS = ("attempts", "restarts")


@dataclass(frozen=True)
class Outcomes:
    """One row a device, by column; times are seconds since the start or None."""

    columns: Mapping[str, list[object]]
    present: list[bool]
    """Whether the device is there at the horizon; retired devices are not."""
    eligible: int
    """How many of those present are eligible."""
    targeted: int
    """How many of those present an active deployment reaches."""

    def __len__(self) -> int:
        return len(self.present)


def outcomes(tally: Tally) -> Outcomes:
    """Return what each device truly is at the end of the run, in order of name."""
    devices = range(len(tally.roster.devices))
    rows = [_row(tally, device) for device in devices]
    columns = {name: [row[place] for row in rows] for place, name in enumerate(DEVICE_COLUMNS)}
    present = [device for device in devices if tally.known(device).present]
    return Outcomes(
        columns,
        present=[tally.known(device).present for device in devices],
        eligible=sum(is_eligible(tally.kind(device), tally.known(device)) for device in present),
        targeted=sum(bool(tally.known(device).deployments) for device in present),
    )


def _row(tally: Tally, device: int) -> tuple[object, ...]:
    record, known = tally.roster.devices[device], tally.known(device)
    policies, milestones = tally.roster.policies, tally.milestones[device]
    kind, told = tally.kind(device), known.truth
    status = status_of(kind, known, told, policies)
    cause = cause_of(kind, known, told, status, policies)
    policy = next(iter(known.policies), "")
    return (
        record.name,
        kind.os,
        kind.level,
        told.route,
        kind.location,
        "; ".join(known.collections),
        status,
        cause,
        _rule(record, told, status, cause),
        policy,
        tally.payloads[policy] if policy else "",
        told.payload,
        told.agent,
        record.agent_version if told.agent == record.agent else "",
        told.sample_sharing if told.onboarded else "",
        health_in(known.console),
        milestones.targeted_at,
        milestones.policy_applied_at,
        milestones.onboarded_at,
        milestones.reported_at,
        milestones.portal_at,
        milestones.retired_at,
        milestones.attempts,
        milestones.restarts,
    )


def _rule(record: DeviceRecord, told: Reported, status: str, cause: str) -> str:
    """Return the rule behind a device's status: that of its refusal, its cause or its route."""
    if status == "not_eligible":
        return record.ineligible_rule or "OS-3"
    if cause and cause == told.cause:
        return told.rule
    for _, why, rule in told.scripts_failed:
        if cause == why:
            return rule
    if cause:
        return CAUSE_TABLE[cause].rule
    return {"onboarded": told.route_rule, "offboarded": "OFF-1"}.get(status, "")


def count_by(outcomes: Outcomes, column: str, keep: Callable[[str], bool] = bool) -> dict[str, int]:
    """Count the devices present at the horizon by the words of a column, in order of words."""
    counts: dict[str, int] = {}
    for word, present in zip(outcomes.columns[column], outcomes.present, strict=True):
        if present and keep(str(word)):
            counts[str(word)] = counts.get(str(word), 0) + 1
    return dict(sorted(counts.items()))


_FAILURES = ("policy_failed", "install_failed", "onboarding_failed")


@dataclass(frozen=True, slots=True)
class RecoveredFailures:
    """One cause that held back devices which onboarded later."""

    cause: str
    devices: int
    first_failed: Seconds
    last_onboarded: Seconds
    """When the last of these devices onboarded."""


def recovered_failures(log: EventLog, outcomes: Outcomes) -> list[RecoveredFailures]:
    """Return the causes that onboarded devices failed with earlier, the most frequent first.

    A device that failed with several causes counts under each.
    """
    columns = log.columns
    failed = np.isin(columns["event"], [EVENT_CODE[name] for name in _FAILURES])
    onboarded_at = outcomes.columns["onboarded_at"]
    statuses = outcomes.columns["status"]
    first: dict[str, Seconds] = {}
    held: dict[str, set[int]] = {}
    rows = (columns[name][failed].tolist() for name in ("time", "device", "cause"))
    for time, device, code in zip(*rows, strict=True):
        if statuses[device] == "onboarded" and onboarded_at[device] is not None:
            cause = CAUSE_NAMES[code]
            first.setdefault(cause, time)
            held.setdefault(cause, set()).add(device)
    found = [
        RecoveredFailures(
            cause,
            len(devices),
            first[cause],
            max(int(str(onboarded_at[device])) for device in devices),
        )
        for cause, devices in held.items()
    ]
    return sorted(found, key=lambda row: (-row.devices, CAUSES.index(row.cause)))
