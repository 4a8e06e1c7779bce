"""Two runs paired device by device: which ended differently, which onboarded earlier or later.

Devices are paired by name, ignoring case; several computers of one name in their order. A retired
device counts with its last status.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from sim.reference.causes import CAUSES
from sim.units import Seconds
from sim.vocabulary import STATUSES

COLUMNS = ("name", "status", "cause", "onboarded_at")
"""The columns of `devices.parquet` that are compared."""

MAX_NAMES = 10
"""How many of the counted devices are named."""


@dataclass(frozen=True, slots=True)
class DeviceEnd:
    """How a device ended in one run."""

    name: str
    status: str
    cause: str
    onboarded_at: Seconds | None
    """When it onboarded [s]; None if never, or before the start."""


@dataclass(frozen=True, slots=True)
class OutcomeChange:
    """Devices that ended differently in B, all with the same statuses and causes."""

    before: str
    """Their status in A."""
    after: str
    """Their status in B."""
    cause_before: str
    """The cause in A; empty if the device is in the desired state."""
    cause_after: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TimeChange:
    """A device that onboarded in both runs, at different times."""

    name: str
    a: Seconds
    b: Seconds

    @property
    def difference(self) -> Seconds:
        """How much later in B [s]; negative if earlier."""
        return self.b - self.a


@dataclass(frozen=True, slots=True)
class TimeChanges:
    """The devices that onboarded earlier, or later, in B, the largest difference first."""

    devices: tuple[TimeChange, ...]

    def size(self, per_cent: float) -> float | None:
        """Return a percentile of the differences [s]; None without devices. 100 is the largest."""
        if not self.devices:
            return None
        sizes = [abs(device.difference) for device in self.devices]
        return float(np.percentile(sizes, per_cent))


@dataclass(frozen=True)
class DevicePairs:
    """All devices of two runs, paired."""

    in_both: int
    only_a: tuple[str, ...]
    only_b: tuple[str, ...]
    changes: tuple[OutcomeChange, ...]
    """Devices with another status, the largest group first."""
    cause_changes: tuple[OutcomeChange, ...]
    """Devices with the same status but another cause, the largest group first."""
    newly_onboarded: tuple[str, ...]
    """Onboarded at the end of B but not of A."""
    no_longer_onboarded: tuple[str, ...]
    earlier: TimeChanges
    later: TimeChanges
    same_time: int
    """Devices that onboarded in both runs in the same second."""
    timed_once: int
    """Devices with the same status that have a time of onboarding in one run only."""

    @property
    def changed(self) -> int:
        """How many devices have another status."""
        return sum(len(change.names) for change in self.changes)

    @property
    def is_same(self) -> bool:
        """Whether every device is in both runs, ended the same and onboarded in the same second."""
        differences = (self.only_a, self.only_b, self.changes, self.cause_changes)
        return not any((*differences, self.earlier.devices, self.later.devices, self.timed_once))


def device_ends(columns: Mapping[str, Sequence[object]]) -> tuple[DeviceEnd, ...]:
    """Return the rows of `devices.parquet`, by its columns."""
    rows = zip(*(columns[name] for name in COLUMNS), strict=True)
    return tuple(
        DeviceEnd(str(name), str(status), str(cause or ""), None if at is None else int(str(at)))
        for name, status, cause, at in rows
    )


_Record = tuple[str, int]
"""A casefolded name, and how many computers had it before."""


def _by_record(ends: Iterable[DeviceEnd]) -> dict[_Record, DeviceEnd]:
    earlier: Counter[str] = Counter()
    records = {}
    for device in ends:
        name = device.name.casefold()
        records[name, earlier[name]] = device
        earlier[name] += 1
    return records


def pair_devices(a: Iterable[DeviceEnd], b: Iterable[DeviceEnd]) -> DevicePairs:
    """Return what differs between the devices of two runs."""
    ends_a, ends_b = _by_record(a), _by_record(b)
    pairs = [(ends_a[key], ends_b[key]) for key in sorted(ends_a.keys() & ends_b.keys())]
    time_changes = [
        TimeChange(left.name, left.onboarded_at, right.onboarded_at)
        for left, right in pairs
        if left.onboarded_at is not None and right.onboarded_at is not None
    ]
    changes = _changes(p for p in pairs if p[0].status != p[1].status)
    return DevicePairs(
        in_both=len(pairs),
        only_a=_names(ends_a, ends_b),
        only_b=_names(ends_b, ends_a),
        changes=changes,
        cause_changes=_changes(
            p for p in pairs if p[0].status == p[1].status and p[0].cause != p[1].cause
        ),
        newly_onboarded=_joined(change for change in changes if change.after == "onboarded"),
        no_longer_onboarded=_joined(change for change in changes if change.before == "onboarded"),
        earlier=_largest_first(change for change in time_changes if change.difference < 0),
        later=_largest_first(change for change in time_changes if change.difference > 0),
        same_time=sum(change.difference == 0 for change in time_changes),
        timed_once=sum(
            left.status == right.status
            and (left.onboarded_at is None) != (right.onboarded_at is None)
            for left, right in pairs
        ),
    )


def _names(
    ends: Mapping[_Record, DeviceEnd], others: Mapping[_Record, DeviceEnd]
) -> tuple[str, ...]:
    return tuple(ends[key].name for key in sorted(ends.keys() - others.keys()))


def _changes(pairs: Iterable[tuple[DeviceEnd, DeviceEnd]]) -> tuple[OutcomeChange, ...]:
    groups: dict[tuple[str, str, str, str], list[str]] = {}
    for a, b in pairs:
        groups.setdefault((a.status, b.status, a.cause, b.cause), []).append(a.name)
    changes = (OutcomeChange(*group, tuple(names)) for group, names in groups.items())
    return tuple(sorted(changes, key=_rank))


def _rank(change: OutcomeChange) -> tuple[int, ...]:
    """Return the order of changes: the largest first, then as in the vocabulary."""
    words = ((STATUSES, change.before), (STATUSES, change.after))
    causes = ((CAUSES, change.cause_before), (CAUSES, change.cause_after))
    places = (order.index(word) if word in order else -1 for order, word in (*words, *causes))
    return (-len(change.names), *places)


def _joined(changes: Iterable[OutcomeChange]) -> tuple[str, ...]:
    return tuple(sorted((name for change in changes for name in change.names), key=str.casefold))


def _largest_first(changes: Iterable[TimeChange]) -> TimeChanges:
    ordered = sorted(changes, key=lambda change: (-abs(change.difference), change.name.casefold()))
    return TimeChanges(tuple(ordered))
