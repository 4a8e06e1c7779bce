"""What the distribution points carried: bytes by hour, and how long devices waited for them.

A location with a distribution point of its own downloads from it, every other from the default one.
The log says when a download was done; its bytes are laid evenly over the time that it takes over
the point's line, before that second. A download that was broken off and taken up again (BITS) so
counts at its end, where it should partly count earlier.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sim.accounts.journeys import Stay
from sim.eventlog import EVENT_CODE, EventLog
from sim.measures.device_table import DeviceTable
from sim.reference.routes import ROUTE_OF_RULE
from sim.scenario.model import DistributionPoint, Location
from sim.units import HOUR, Seconds

DEFAULT_POINT = ""
"""The name of the distribution point that serves all locations without one of their own."""


@dataclass(frozen=True, slots=True)
class PointLoad:
    """What one distribution point carried."""

    name: str
    """Its location; DEFAULT_POINT for the shared one."""
    locations: int
    """From how many locations devices downloaded there."""
    downloads: int
    by_hour: tuple[int, ...]
    """Bytes in each hour since the start, the last one perhaps cut by the horizon."""
    capacity: int
    """Bytes that it can carry in an hour with all its slots in use."""
    longest_wait: Seconds
    """Longest time from the evaluation that asked for an agent to the end of its download."""

    @property
    def total(self) -> int:
        """Bytes in the whole run."""
        return sum(self.by_hour)

    @property
    def peak(self) -> int:
        """Bytes in the busiest hour."""
        return max(self.by_hour)

    @property
    def peak_hour(self) -> int:
        """The first of the busiest hours, counted from the start."""
        return self.by_hour.index(self.peak)

    @property
    def peak_share(self) -> float:
        """What the busiest hour took of what the point can carry [per cent]."""
        return 100 * self.peak / self.capacity


@dataclass(slots=True)
class _Sum:
    """What is being added up of one distribution point."""

    by_hour: list[int]
    locations: set[str]
    downloads: int = 0
    longest_wait: Seconds = 0


def point_loads(
    log: EventLog,
    roster: DeviceTable,
    places: Sequence[Location],
    assumed: Mapping[str, int],
    stays: Iterable[Stay],
) -> list[PointLoad]:
    """Return every distribution point that carried anything, the nearest to its capacity first.

    *stays* are those of `stages.stays`: the waits come from them.
    """
    points = _points(places, assumed)
    waits = {(stay.device, stay.end): stay for stay in stays if stay.stage == "content"}
    sums: dict[str, _Sum] = {}
    for end, device, agent in _downloads(log):
        location = roster.devices[device].kind.location
        name = location if location in points else DEFAULT_POINT
        one = sums.setdefault(name, _Sum([0] * -(-log.horizon // HOUR), set()))
        size = assumed[f"{agent}_content"]
        for hour, part in spread_bytes(end, size, points[name].megabits_per_second):
            one.by_hour[hour] += part
        one.downloads += 1
        one.locations.add(location)
        wait = waits.get((device, end))
        one.longest_wait = max(one.longest_wait, end - wait.start if wait else 0)
    loads = [_load(name, one, points[name]) for name, one in sums.items()]
    return sorted(loads, key=lambda load: (-load.peak_share, load.name))


def _points(places: Sequence[Location], assumed: Mapping[str, int]) -> dict[str, DistributionPoint]:
    default = DistributionPoint(
        slots=assumed["content_slots"],
        megabits_per_second=assumed["content_megabits_per_second"],
    )
    own = {
        place.name: place.distribution_point
        for place in places
        if place.distribution_point is not None
    }
    return {DEFAULT_POINT: default, **own}


def _load(name: str, one: _Sum, point: DistributionPoint) -> PointLoad:
    capacity = point.slots * point.megabits_per_second * 125_000 * HOUR
    return PointLoad(
        name,
        locations=len(one.locations),
        downloads=one.downloads,
        by_hour=tuple(one.by_hour),
        capacity=capacity,
        longest_wait=one.longest_wait,
    )


def _downloads(log: EventLog) -> Iterator[tuple[Seconds, int, str]]:
    """Yield the end, the device and the agent of each download, in the log's order."""
    columns = log.columns
    rows = columns["event"] == EVENT_CODE["content_downloaded"]
    coded = (columns[name][rows].tolist() for name in ("time", "device", "rule"))
    for time, device, rule in zip(*coded, strict=True):
        yield time, device, ROUTE_OF_RULE[log.tables.rules.names[rule]]


def spread_bytes(end: Seconds, size: int, megabits_per_second: int) -> Iterator[tuple[int, int]]:
    """Lay a download's bytes evenly over the hours before its end; yield (hour, bytes).

    None are lost by rounding, none lies before the start.

    >>> list(spread_bytes(3605, 125_000_000, 100))
    [(0, 62500000), (1, 62500000)]
    """
    length = max(1, -(-8 * size // (megabits_per_second * 1_000_000)))
    begin = max(0, end - length)
    done = 0
    for hour in range(begin // HOUR, (end - 1) // HOUR + 1):
        until = min(end, (hour + 1) * HOUR)
        carried = size * (until - begin) // (end - begin)
        yield hour, carried - done
        done = carried
