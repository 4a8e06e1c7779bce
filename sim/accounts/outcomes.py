"""The outcome of each device, and the figures of summary.json: one replication, and several.

The rows of devices.parquet and devices.csv; the causes that devices failed with before they
onboarded, the price of a mistake that was fixed later; and the summary: the device view, with
console and portal beside it. For several replications each figure is mean, P10, P50 and P90.
"""

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import compress
from typing import Any

import numpy as np

from sim.accounts.desk import DeskAccount
from sim.accounts.headline import COVERAGE, LEVELS
from sim.eventlog import EventLog
from sim.judging.statistics import mean, percentile
from sim.language.tree import Series
from sim.measures.device_table import DeviceRecord
from sim.measures.series import SeriesReader
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
from sim.vocabulary import HEALTH

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


_OTHERS = ("offboarded", "failed", "waiting", "not_targeted", "not_eligible")
"""The statuses but onboarded, in the order of the file."""


def summarize(
    tally: Tally,
    results: Outcomes,
    horizon: Seconds,
    *,
    name: str,
    seed: int,
    events: int,
    headline: Mapping[str, Any] | None = None,
    desk: DeskAccount | None = None,
) -> dict[str, Any]:
    """Return the summary without its expectations, in the order of the file.

    The headline is there only when it is not coverage, the support desk only when there is one.
    """
    reader = SeriesReader(tally)
    at_end = partial(_at_end, horizon, reader)
    statuses, causes = count_by(results, "status"), count_by(results, "cause")
    return {
        "scenario": name,
        "seed": seed,
        "replications": 1,
        "devices": sum(results.present),
        "eligible": results.eligible,
        "targeted": results.targeted,
        "onboarded": statuses.get("onboarded", 0),
        "onboarded_pct": at_end(Series("device", "onboarded_pct")),
        "coverage_pct": at_end(COVERAGE),
        **{status: statuses.get(status, 0) for status in _OTHERS},
        "causes": {cause: causes[cause] for cause in CAUSES if cause in causes},
        "agents": count_by(results, "agent"),
        "payload_in_use": count_by(results, "payload_in_use"),
        "protected": int(at_end(Series("device", "protected")) or 0),
        "protected_pct": at_end(Series("device", "protected_pct")),
        **_views(at_end, count_by(results, "health")),
        "time_to": {str(level): reader.first_time(COVERAGE, level) for level in LEVELS},
        **({} if headline is None else {"headline": headline}),
        **({} if desk is None else {"support_desk": desk.as_summary()}),
        "events": events,
    }


def _views(at_end: Callable[[Series], float | None], tiles: Mapping[str, int]) -> dict[str, Any]:
    portal = {name: at_end(Series("portal", name)) for name in ("onboarded", "inactive")}
    return {
        "console": {
            "onboarded": int(at_end(Series("console", "onboarded")) or 0),
            "onboarded_pct": at_end(Series("console", "onboarded_pct")),
            "gauge_pct": at_end(Series("console", "gauge_pct")),
            "health": {tile: tiles.get(tile, 0) for tile in HEALTH},
        },
        "portal": {name: int(number or 0) for name, number in portal.items()},
    }


def _at_end(horizon: Seconds, reader: SeriesReader, series: Series) -> float | None:
    value = float(reader.values(series, np.array([horizon], dtype=np.int64))[0])
    return None if np.isnan(value) else round(value, 6)


_LEFT_OUT = frozenset(("scenario", "seed", "replications", "expectations"))
_TIMES = frozenset(("time_to", "cleared"))
"""Where null means "not within the horizon", so later than any number. Elsewhere: no data."""
_ORDER = {cause: place for place, cause in enumerate(CAUSES)}


def summary_of(summaries: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the summary of several replications, without its expectations.

    A percentage without data is left out. A time that was not reached counts as later than any
    other: a percentile is None when that replication did not reach it, the mean when any did not.
    A cause that a replication does not have counts as 0 there.
    """
    first = summaries[0]
    tables = [{key: each[key] for key in each if key not in _LEFT_OUT} for each in summaries]
    return {
        "scenario": first["scenario"],
        "seed": first["seed"],
        "replications": len(summaries),
        **_tables(tables, is_time=False),
    }


def _tables(tables: Sequence[Mapping[str, Any]], is_time: bool) -> dict[str, Any]:
    keys = list(dict.fromkeys(key for table in tables for key in table))
    if any(table.keys() != tables[0].keys() for table in tables):
        keys.sort(key=lambda key: (_ORDER.get(key, len(_ORDER)), key))
    return {
        key: _merged([table.get(key, 0) for table in tables], is_time or key in _TIMES)
        for key in keys
    }


def _merged(values: Sequence[Any], is_time: bool) -> Any:
    if any(isinstance(value, str) for value in values):
        return values[0]
    if any(isinstance(value, Mapping) for value in values):
        return _tables([value or {} for value in values], is_time)
    if any(isinstance(value, list) for value in values):
        rows = zip(*values, strict=True)
        return [{**_tables(of_all, is_time), "week": of_all[0]["week"]} for of_all in rows]
    return summary_figures(values, missing=math.inf if is_time else None)


def summary_figures(values: Sequence[float | None], missing: float | None = None) -> dict[str, Any]:
    """Return mean, P10, P50 and P90; *missing* replaces None, which is left out without it.

    >>> summary_figures([1, 2, 4])
    {'mean': 2.333333, 'p10': 1.2, 'p50': 2, 'p90': 3.6}
    """
    replaced = [missing if value is None else value for value in values]
    ordered = sorted(value for value in replaced if value is not None)
    if not ordered:
        return dict.fromkeys(("mean", "p10", "p50", "p90"))
    figures = {"mean": mean(ordered)}
    figures |= {f"p{share}": percentile(ordered, share) for share in (10, 50, 90)}
    return {name: _finite(value) for name, value in figures.items()}


def _finite(value: float) -> float | None:
    if not math.isfinite(value):
        return None
    return int(value) if value == int(value) else round(value, 6)
