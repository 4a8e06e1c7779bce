"""Onboarding over time in parts of the fleet: by operating system, by location, by collection.

The measure is `coverage_pct` in the device view: the onboarded share of the eligible devices of a
part. A part with no eligible device at the horizon is not shown.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from sim.accounts.headline import by_frequency
from sim.language.tree import Filter, Series
from sim.measures.series import SeriesReader, Values, percentages
from sim.measures.tally import Tally
from sim.reference.systems import OPERATING_SYSTEMS
from sim.units import Seconds

MAX_PARTS = 8
"""The most pictures side by side that a reader can compare."""
POINTS = 121
"""Instants at which a line is read, evenly spaced over the run."""
LEVEL = 90
"""The coverage whose first time is reported for each part [per cent]."""

Selection = tuple[tuple[Filter, ...], ...]
"""The devices of a part: those that match all filters of one of the alternatives.

The alternatives must not overlap.
"""


@dataclass(frozen=True, slots=True)
class FleetPart:
    """The onboarding of one part of the fleet."""

    name: str
    eligible: int
    """Eligible devices at the horizon."""
    onboarded: int
    protected: int
    """Onboarded, and reporting to the service."""
    failed: int
    waiting: int
    reached: Seconds | None
    """When its coverage first reached LEVEL; None when it never did."""
    coverage: tuple[float, ...]
    """Coverage at each instant [per cent]; NaN where no device is eligible."""


@dataclass(frozen=True, slots=True)
class Division:
    """The fleet, divided into parts in one way."""

    by: str
    """`os`, `location` or `collection`."""
    instants: tuple[Seconds, ...]
    whole: FleetPart
    """The whole fleet, to compare with."""
    parts: tuple[FleetPart, ...]
    left_out: int = 0
    """The number of parts that are not shown."""


def divisions(tally: Tally, names: Sequence[str], horizon: Seconds) -> list[Division]:
    """Return the fleet by system family, by location and by collection; *names* are collections'.

    A division with only one part is left out: the part would be the whole fleet.
    """
    reader = _Parts(tally, horizon)
    whole, instants = reader.part("All devices", ((),)), tuple(reader.instants.tolist())
    divided = []
    for by, parts, left_out in (
        ("os", reader.families(), 0),
        ("location", reader.locations(), 0),
        ("collection", reader.collections(names), max(0, len(names) - MAX_PARTS)),
    ):
        shown = tuple(part for part in parts if part.eligible)
        if len(shown) > 1 or (by == "collection" and shown):
            divided.append(Division(by, instants, whole, shown, left_out))
    return divided


class _Parts:
    """Reads the parts of one run."""

    def __init__(self, tally: Tally, horizon: Seconds) -> None:
        kinds = [record.kind for record in tally.device_table.devices]
        self._kinds = [kind for kind in kinds if not kind.ineligible_cause]
        self._reader = SeriesReader(tally)
        self.instants = np.arange(POINTS, dtype=np.int64) * horizon // (POINTS - 1)
        self._seconds = self._reader.seconds_of_change("device")

    def families(self) -> list[FleetPart]:
        """Return the largest families of systems, in the order of the catalogue, then the rest."""
        order = list(dict.fromkeys(family_of(system) for system in OPERATING_SYSTEMS))
        largest, rest = _largest(family_of(kind.os) for kind in self._kinds)
        parts = [
            self.part(family, tuple((Filter("os", system, True),) for system in _systems(family)))
            for family in sorted(largest, key=order.index)
        ]
        others = tuple((Filter("os", one, True),) for family in rest for one in _systems(family))
        return [*parts, self.part("Others", others)] if rest else parts

    def locations(self) -> list[FleetPart]:
        """Return the locations with the most devices, the largest first, then the rest."""
        largest, rest = _largest(kind.location for kind in self._kinds)
        parts = [
            self.part(name or "No location", ((Filter("location", name, True),),))
            for name in largest
        ]
        parts.sort(key=lambda part: (-part.eligible, part.name))
        others = tuple(Filter("location", name, False) for name in largest)
        title = f"{len(rest)} other locations"
        return [*parts, self.part(title, (others,))] if rest else parts

    def collections(self, names: Sequence[str]) -> list[FleetPart]:
        """Return the first collections of the scenario, which may overlap."""
        return [
            self.part(name, ((Filter("collection", name, True),),)) for name in names[:MAX_PARTS]
        ]

    def part(self, name: str, selection: Selection) -> FleetPart:
        onboarded = self._counts("onboarded", selection, at=True)
        eligible = self._counts("eligible", selection, at=True)
        later = (
            self._counts(measure, selection, at=False) for measure in ("onboarded", "eligible")
        )
        reached = np.flatnonzero(percentages(*later) >= LEVEL)
        return FleetPart(
            name,
            eligible=int(eligible[-1]),
            onboarded=int(onboarded[-1]),
            protected=int(self._counts("protected", selection, at=True)[-1]),
            failed=int(self._counts("failed", selection, at=True)[-1]),
            waiting=int(self._counts("waiting", selection, at=True)[-1]),
            reached=int(self._seconds[reached[0]]) if len(reached) else None,
            coverage=tuple(percentages(onboarded, eligible).tolist()),
        )

    def _counts(self, measure: str, selection: Selection, *, at: bool) -> Values:
        """Return a count over a selection at the instants, or after each second of change."""
        total = np.zeros(len(self.instants if at else self._seconds))
        for filters in selection:
            series = Series("device", measure, filters)
            if at:
                total += self._reader.values(series, self.instants)
            else:
                total += self._reader.values_after(series, self._seconds)
        return total


def _largest(names: Iterable[str]) -> tuple[list[str], list[str]]:
    """Return the most frequent names, and the rest: none, or at least two."""
    ordered = by_frequency(names)
    if len(ordered) <= MAX_PARTS:
        return ordered, []
    return ordered[: MAX_PARTS - 1], ordered[MAX_PARTS - 1 :]


def family_of(system: str) -> str:
    """Return the family of an operating system: all releases of Windows 11 are one family.

    >>> family_of("windows-11-24h2"), family_of("server-2012-r2"), family_of("server-sac-1909")
    ('Windows 11', 'Server 2012 R2', 'Server SAC')
    """
    first, *rest = system.split("-")
    if rest[0] in ("10", "11", "sac"):
        rest = rest[:1]
    return " ".join([first.capitalize(), *(word.upper() for word in rest)])


def _systems(family: str) -> Iterable[str]:
    return (system for system in OPERATING_SYSTEMS if family_of(system) == family)
