"""Where each device's way to its first report spends its time, read from the log.

From the second in which a deployment reaches a device until the console hears that it is onboarded,
a device is in exactly one stage: stages never overlap and leave no gap (`journeys` defines each).
A device that was onboarded before the start, or can never be eligible, is on no such way; an
offboarding policy has no stages. What happens in the second in which a stage began takes no time.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from sim.accounts.journeys import STAGES, STEPS, Journey, JourneyEvent, Stay, Walk
from sim.eventlog import EVENT_CODE, PLAN, EventLog
from sim.measures.device_table import DeviceTable
from sim.units import Seconds

_OF_DEPLOYMENT = ("time", "device", "event", "policy", "collection")


@dataclass(frozen=True, slots=True)
class StageTime:
    """How much time one stage took from all devices."""

    stage: str
    devices: int
    """Devices that were in the stage and have left it for good."""
    median: Seconds | None
    """Of the time of each such device, all its stays together; None without a device."""
    p90: Seconds | None
    """Nine in ten of those devices took no longer."""
    total: Seconds
    """Of all those devices together."""
    waiting: int
    """Devices that are still in the stage at the horizon."""
    waiting_median: Seconds | None
    """How long the middle one of them has been in it, all its stays together."""
    waiting_total: Seconds


def stage_times(stays: Iterable[Stay], horizon: Seconds) -> list[StageTime]:
    """Return what each stage cost, in the order of STAGES; stages that nobody was in left out.

    All stays of one device in one stage count together; a device that is still there at the horizon
    counts with the waiting ones alone.
    """
    spent: dict[str, dict[int, Seconds]] = {stage: {} for stage in STAGES}
    still: dict[str, set[int]] = {stage: set() for stage in STAGES}
    for device, stage, start, end in stays:
        time = (horizon if end is None else end) - start
        spent[stage][device] = spent[stage].get(device, 0) + time
        if end is None:
            still[stage].add(device)
    rows = [_stage_time(stage, spent[stage], still[stage]) for stage in STAGES]
    return [row for row in rows if row.devices or row.waiting]


def _stage_time(stage: str, spent: Mapping[int, Seconds], still: set[int]) -> StageTime:
    over = [time for device, time in spent.items() if device not in still]
    so_far = [time for device, time in spent.items() if device in still]
    return StageTime(
        stage,
        devices=len(over),
        median=rank(over, 50),
        p90=rank(over, 90),
        total=sum(over),
        waiting=len(so_far),
        waiting_median=rank(so_far, 50),
        waiting_total=sum(so_far),
    )


def rank(values: Iterable[Seconds], percent: int) -> Seconds | None:
    """Return the smallest value that *percent* of all values do not exceed; None without values.

    >>> rank([5, 1, 9, 7], 50), rank([5, 1, 9, 7], 90), rank([], 50)
    (5, 9, None)
    """
    ordered = sorted(values)
    return ordered[-(-percent * len(ordered) // 100) - 1] if ordered else None


def stays(log: EventLog, roster: DeviceTable) -> list[Stay]:
    """Return every stay of every device in a stage, by device and in order of time."""
    found: list[Stay] = []
    kinds = {name: policy.kind for name, policy in roster.policies.items()}
    first = _first_deployments(log)
    walk = Walk(kinds, first)
    since = min(
        (time for (policy, _), time in first.items() if kinds.get(policy) == "onboarding"),
        default=None,
    )
    for device, rows in _rows_by_device(log):
        record = roster.devices[device]
        if record.kind.ineligible_cause:
            continue
        journey = Journey(device, is_onboarded=record.onboarded)
        for time, row in rows:
            walk.step(journey, time, row)
        found += journey.stays
        found += _last_stay(journey, since)
    return found


def _last_stay(journey: Journey, deployed: Seconds | None) -> Iterator[Stay]:
    """Yield the stage in which a device is left; one that no collection awaits is in none.

    *deployed* is when the first onboarding policy was deployed to anybody [s].
    """
    start = journey.since
    if journey.stage == "collection":
        if deployed is None or journey.added:
            return
        start = max(start, deployed)
    if journey.stage:
        yield Stay(journey.device, journey.stage, start, None)


def _first_deployments(log: EventLog) -> dict[tuple[str, str], Seconds]:
    """Return when each policy was first deployed to each collection [s].

    That is when it first reached a device through it. Where that device came into the collection
    only then, the collection had been empty: then it is when the plan first named the policy.
    """
    columns, tables = log.columns, log.tables
    named = _first_steps(log)
    events = np.isin(columns["event"], (EVENT_CODE["targeted"], EVENT_CODE["member_added"]))
    coded = (columns[name][events].tolist() for name in _OF_DEPLOYMENT)
    first: dict[tuple[str, str], Seconds] = {}
    added: dict[tuple[int, int], Seconds] = {}
    for time, device, event, policy, collection in zip(*coded, strict=True):
        if event == EVENT_CODE["member_added"]:
            added[device, collection] = time
            continue
        pair = (tables.policies.names[policy], tables.collections.names[collection])
        is_late = added.get((device, collection)) == time
        first.setdefault(pair, named.get(pair[0], time) if is_late else time)
    return first


def _first_steps(log: EventLog) -> dict[str, Seconds]:
    """Return when a step of the plan that names a policy was first done, by policy [s]."""
    rows = log.columns["event"] == EVENT_CODE["step_done"]
    found: dict[str, Seconds] = {}
    coded = (log.columns[name][rows].tolist() for name in ("time", "policy"))
    for time, policy in zip(*coded, strict=True):
        found.setdefault(log.tables.policies.names[policy], time)
    return found


def _rows_by_device(log: EventLog) -> Iterator[tuple[int, Iterable[tuple[Seconds, JourneyEvent]]]]:
    """Yield each device with the rows that move it on and their times, in the log's order."""
    columns = log.columns
    moving = np.isin(columns["event"], [EVENT_CODE[name] for name in STEPS])
    chosen = np.flatnonzero(moving & (columns["device"] != PLAN))
    chosen = chosen[np.argsort(columns["device"][chosen], kind="stable")]
    coded = zip(*(columns[name][chosen].tolist() for name in JourneyEvent._fields), strict=True)
    known: dict[tuple[int, ...], JourneyEvent] = {}
    said = [known.get(codes) or known.setdefault(codes, _in_words(codes, log)) for codes in coded]
    times, devices = columns["time"][chosen].tolist(), columns["device"][chosen]
    bounds = np.flatnonzero(np.diff(devices, prepend=-1, append=-1)).tolist()
    for start, end in pairwise(bounds):
        rows = zip(times[start:end], said[start:end], strict=True)
        yield int(devices[start]), rows


def _in_words(codes: tuple[int, ...], log: EventLog) -> JourneyEvent:
    names = zip(JourneyEvent._fields, codes, strict=True)
    return JourneyEvent(*(log.tables.names_of(column)[code] for column, code in names))
