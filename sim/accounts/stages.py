"""The time that devices spend in each stage until their first report, read from the log.

From the second in which a deployment reaches a device until the console shows it as onboarded, the
device is in exactly one stage: stages do not overlap and leave no gap (`journeys` defines them).
Devices that were onboarded before the start, or are never eligible, have no stages; nor has an
offboarding policy. A device that completes a stage in the second in which it begins counts, too,
with no time.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from sim.accounts.journeys import STAGES, STEPS, Journey, JourneyEvent, Stay, Walk
from sim.eventlog import PLAN, EventLog
from sim.measures.device_table import DeviceTable
from sim.units import Seconds

_OF_DEPLOYMENT = ("time", "device", "event", "policy", "collection")


@dataclass(frozen=True, slots=True)
class StageTime:
    """The time that all devices spent in one stage."""

    stage: str
    devices: int
    """Devices that have completed the stage."""
    median: Seconds | None
    """Median time of these devices, all stays of a device added up; None without a device."""
    p90: Seconds | None
    """The time that nine in ten of these devices did not exceed."""
    total: Seconds
    """Time of all these devices together."""
    waiting: int
    """Devices that are still in the stage at the horizon."""
    waiting_median: Seconds | None
    """Median time of these waiting devices so far, all stays of a device added up."""
    waiting_total: Seconds


def stage_times(stays: Iterable[Stay], horizon: Seconds) -> list[StageTime]:
    """Return the time of each stage with any device, in the order of STAGES.

    All stays of a device in a stage are added up. A device that is in the stage at the horizon
    counts only as waiting.
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
    complete = [time for device, time in spent.items() if device not in still]
    waiting = [time for device, time in spent.items() if device in still]
    return StageTime(
        stage,
        devices=len(complete),
        median=rank(complete, 50),
        p90=rank(complete, 90),
        total=sum(complete),
        waiting=len(waiting),
        waiting_median=rank(waiting, 50),
        waiting_total=sum(waiting),
    )


def rank(values: Iterable[Seconds], percent: int) -> Seconds | None:
    """Return the smallest value that *percent* of all values do not exceed; None without values.

    >>> rank([5, 1, 9, 7], 50), rank([5, 1, 9, 7], 90), rank([], 50)
    (5, 9, None)
    """
    ordered = sorted(values)
    return ordered[-(-percent * len(ordered) // 100) - 1] if ordered else None


def stays(log: EventLog, device_table: DeviceTable) -> list[Stay]:
    """Return every stay of every device in a stage, by device and in order of time."""
    every: list[Stay] = []
    kinds = {name: policy.kind for name, policy in device_table.policies.items()}
    first = _first_deployments(log)
    walk = Walk(kinds, first)
    since = min(
        (time for (policy, _), time in first.items() if kinds.get(policy) == "onboarding"),
        default=None,
    )
    for device, rows in _rows_by_device(log):
        record = device_table.devices[device]
        if record.kind.ineligible_cause:
            continue
        journey = Journey(device, is_onboarded=record.onboarded)
        for time, row in rows:
            walk.step(journey, time, row)
        every += journey.stays
        every += _last_stay(journey, since)
    return every


def _last_stay(journey: Journey, deployed: Seconds | None) -> Iterator[Stay]:
    """Yield the stage in which a device is at the horizon, if any.

    *deployed* is when the first onboarding policy was deployed [s].
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

    That is when the policy first reached a device through the collection. If the device was added
    to the collection in the same second, the collection was empty before: then it is when the plan
    first named the policy.
    """
    named: dict[str, Seconds] = {}
    for time, policy in log.rows(("step_done",), "time", "policy"):
        named.setdefault(policy, time)
    first: dict[tuple[str, str], Seconds] = {}
    added: dict[tuple[int, str], Seconds] = {}
    rows = log.rows(("targeted", "member_added"), *_OF_DEPLOYMENT)
    for time, device, event, policy, collection in rows:
        if event == "member_added":
            added[device, collection] = time
            continue
        is_late = added.get((device, collection)) == time
        first.setdefault((policy, collection), named.get(policy, time) if is_late else time)
    return first


def _rows_by_device(log: EventLog) -> list[tuple[int, list[tuple[Seconds, JourneyEvent]]]]:
    """Return each device with the rows that can change its stage and their times, in log order."""
    distinct: dict[JourneyEvent, JourneyEvent] = {}
    by_device: dict[int, list[tuple[Seconds, JourneyEvent]]] = {}
    for device, time, *row in log.rows(STEPS, "device", "time", *JourneyEvent._fields):
        event = JourneyEvent(*row)
        by_device.setdefault(device, []).append((time, distinct.setdefault(event, event)))
    by_device.pop(PLAN, None)
    return sorted(by_device.items())
