"""Two runs paired device by device: who is another at the end, who finishes earlier or later.

Devices are paired by their name, whatever its case. A device that retired counts with what it was
when it left.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from sim.units import Seconds
from sim.vocabulary import CAUSES, STATUSES

COLUMNS = ("name", "status", "cause", "onboarded_at")
"""What is compared of `devices.parquet`."""

NAMED = 10
"""As many devices are named, of any number that are counted."""


@dataclass(frozen=True, slots=True)
class DeviceEnd:
    """What became of a device in one run."""

    name: str
    status: str
    cause: str
    onboarded_at: Seconds | None
    """When it onboarded [s]; None when never, or before the start."""


@dataclass(frozen=True, slots=True)
class OutcomeChange:
    """Devices that ended otherwise in B than in A, in the same way and by the same causes."""

    before: str
    """Their status in A."""
    after: str
    """Their status in B."""
    cause_before: str
    """Why what is wanted is not so in A; empty when all is as wanted."""
    cause_after: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OutcomeMove:
    """A device that onboarded in both runs, at different times."""

    name: str
    a: Seconds
    b: Seconds

    @property
    def difference(self) -> Seconds:
        """By how much later in B [s]; negative when earlier."""
        return self.b - self.a


@dataclass(frozen=True, slots=True)
class Shift:
    """The devices that onboarded earlier, or later, in B, the largest difference first."""

    devices: tuple[OutcomeMove, ...]

    def size(self, per_cent: float) -> float | None:
        """Return a percentile of by how much [s]; None of no devices. 100 is the largest."""
        if not self.devices:
            return None
        return float(np.percentile([abs(one.difference) for one in self.devices], per_cent))


@dataclass(frozen=True)
class DevicePairs:
    """All devices of two runs, paired."""

    in_both: int
    only_a: tuple[str, ...]
    only_b: tuple[str, ...]
    changes: tuple[OutcomeChange, ...]
    """Status changed, the most frequent first."""
    cause_changes: tuple[OutcomeChange, ...]
    """Same status through another cause, the most frequent first."""
    newly_onboarded: tuple[str, ...]
    """Onboarded at the end of B and not of A."""
    no_longer_onboarded: tuple[str, ...]
    earlier: Shift
    later: Shift
    same_time: int
    """Devices that onboarded in both runs in the same second."""
    timed_once: int
    """Devices of one status that have a time of onboarding in one run only."""

    @property
    def changed(self) -> int:
        """How many devices changed status."""
        return sum(len(change.names) for change in self.changes)

    @property
    def is_same(self) -> bool:
        """Whether every device is in both runs, ended alike and onboarded in the same second."""
        apart = (self.only_a, self.only_b, self.changes, self.cause_changes)
        return not any((*apart, self.earlier.devices, self.later.devices, self.timed_once))


def device_ends(columns: Mapping[str, Sequence[object]]) -> tuple[DeviceEnd, ...]:
    """Return the rows of `devices.parquet`, by its columns."""
    rows = zip(*(columns[name] for name in COLUMNS), strict=True)
    return tuple(
        DeviceEnd(str(name), str(status), str(cause or ""), None if at is None else int(str(at)))
        for name, status, cause, at in rows
    )


def pair_devices(a: Iterable[DeviceEnd], b: Iterable[DeviceEnd]) -> DevicePairs:
    """Return what differs between the devices of two runs."""
    ends_a, ends_b = ({one.name.casefold(): one for one in ends} for ends in (a, b))
    pairs = [(ends_a[key], ends_b[key]) for key in sorted(ends_a.keys() & ends_b.keys())]
    moved = [
        OutcomeMove(left.name, left.onboarded_at, right.onboarded_at)
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
        newly_onboarded=_joined(one for one in changes if one.after == "onboarded"),
        no_longer_onboarded=_joined(one for one in changes if one.before == "onboarded"),
        earlier=_shift(one for one in moved if one.difference < 0),
        later=_shift(one for one in moved if one.difference > 0),
        same_time=sum(one.difference == 0 for one in moved),
        timed_once=sum(
            left.status == right.status
            and (left.onboarded_at is None) != (right.onboarded_at is None)
            for left, right in pairs
        ),
    )


def _names(ends: Mapping[str, DeviceEnd], others: Mapping[str, DeviceEnd]) -> tuple[str, ...]:
    return tuple(ends[key].name for key in sorted(ends.keys() - others.keys()))


def _changes(pairs: Iterable[tuple[DeviceEnd, DeviceEnd]]) -> tuple[OutcomeChange, ...]:
    groups: dict[tuple[str, str, str, str], list[str]] = {}
    for a, b in pairs:
        groups.setdefault((a.status, b.status, a.cause, b.cause), []).append(a.name)
    changes = (OutcomeChange(*group, tuple(names)) for group, names in groups.items())
    return tuple(sorted(changes, key=_rank))


def _rank(change: OutcomeChange) -> tuple[int, ...]:
    """Order changes by their number, then as the vocabulary orders what they are about."""
    words = ((STATUSES, change.before), (STATUSES, change.after))
    causes = ((CAUSES, change.cause_before), (CAUSES, change.cause_after))
    places = (known.index(word) if word in known else -1 for known, word in (*words, *causes))
    return (-len(change.names), *places)


def _joined(changes: Iterable[OutcomeChange]) -> tuple[str, ...]:
    return tuple(sorted((name for one in changes for name in one.names), key=str.casefold))


def _shift(moved: Iterable[OutcomeMove]) -> Shift:
    return Shift(tuple(sorted(moved, key=lambda one: (-abs(one.difference), one.name.casefold()))))
