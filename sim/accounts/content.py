"""The load of the distribution points: bytes by hour, and how long devices waited for content.

A location with its own distribution point downloads from it; all others download from the default
one. The log says when a download ended. Its bytes are spread evenly over the time that it needs at
the point's speed, before that end. So all bytes of an interrupted download (BITS) count at its end,
although some of them came earlier.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sim.accounts.stages import Stay
from sim.eventlog import EventLog
from sim.measures.device_table import DeviceTable
from sim.reference.routes import ROUTE_OF_RULE
from sim.scenario.model import DistributionPoint, Location
from sim.units import HOUR, Seconds

DEFAULT_POINT = ""
"""The name of the distribution point for all locations that do not have their own."""


@dataclass(frozen=True, slots=True)
class PointLoad:
    """The load of one distribution point."""

    name: str
    """Its location; DEFAULT_POINT for the shared one."""
    locations: int
    """The number of locations whose devices downloaded there."""
    downloads: int
    by_hour: tuple[int, ...]
    """Bytes in each hour since the start; the horizon may end the last hour early."""
    capacity: int
    """Bytes that it can send in an hour with all its slots in use."""
    longest_wait: Seconds
    """Longest time from the evaluation that needed an agent to the end of its download."""

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
        """The busiest hour, counted from the start; the first one of equals."""
        return self.by_hour.index(self.peak)

    @property
    def peak_share(self) -> float:
        """The load of the busiest hour, in per cent of the point's capacity."""
        return 100 * self.peak / self.capacity


def point_loads(
    log: EventLog,
    device_table: DeviceTable,
    places: Sequence[Location],
    assumed: Mapping[str, int],
    stays: Iterable[Stay],
) -> list[PointLoad]:
    """Return every distribution point with a download, the one nearest to its capacity first.

    *stays* come from `stages.stays` and give the waits.
    """
    default = DistributionPoint(
        slots=assumed["content_slots"],
        megabits_per_second=assumed["content_megabits_per_second"],
    )
    points = {DEFAULT_POINT: default}
    for place in places:
        if isinstance(place.distribution_point, DistributionPoint):
            points[place.name] = place.distribution_point
    waits = {(stay.device, stay.end): stay for stay in stays if stay.stage == "content"}
    downloads: dict[str, list[tuple[Seconds, int, str, int]]] = {}
    for end, device, rule in log.rows(("content_downloaded",), "time", "device", "rule"):
        location = device_table.devices[device].kind.location
        size = assumed[f"{ROUTE_OF_RULE[rule]}_content"]
        served = downloads.setdefault(location if location in points else DEFAULT_POINT, [])
        served.append((end, device, location, size))
    loads = []
    for name, served in downloads.items():
        speed, by_hour = points[name].megabits_per_second, [0] * -(-log.horizon // HOUR)
        for end, _, _, size in served:
            for hour, part in spread_bytes(end, size, speed):
                by_hour[hour] += part
        stayed = ((end, waits.get((device, end))) for end, device, _, _ in served)
        load = PointLoad(
            name,
            locations=len({location for _, _, location, _ in served}),
            downloads=len(served),
            by_hour=tuple(by_hour),
            capacity=points[name].slots * speed * 125_000 * HOUR,
            longest_wait=max(end - stay.start if stay else 0 for end, stay in stayed),
        )
        loads.append(load)
    return sorted(loads, key=lambda load: (-load.peak_share, load.name))


def spread_bytes(end: Seconds, size: int, megabits_per_second: int) -> Iterator[tuple[int, int]]:
    """Spread a download's bytes evenly over the hours before its end; yield hour and bytes.

    Rounding loses no byte, and no byte falls before the start.

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
