"""The SimPy environments of a replication: a few thousand devices each, advanced together.

Each environment has its own events and processes. 100,000 devices in one environment are bound by
memory: several small environments take half the time. This changes no result, because devices share
nothing but distribution points, and all devices that may use the same one share an environment.
"""

from collections.abc import Mapping

import simpy

from sim.errors import ReplicationError
from sim.fleet.device import Fleet
from sim.kernel.device_state import DeviceState
from sim.kernel.distribution_point import ContentQueue
from sim.reference.systems import OPERATING_SYSTEMS, level
from sim.reference.traits import Device
from sim.scenario.model import DistributionPoint, Scenario
from sim.scenario.steps import Patch
from sim.units import Seconds

DEVICES_TOGETHER = 5_000
"""Devices in one SimPy environment, unless they share a distribution point."""
_DEFAULT = ""
"""The distribution point of all locations that do not have their own."""


def _downloads(os: str) -> bool:
    return level(OPERATING_SYSTEMS.get(os)) == "down_level"


class Environments:
    """The environments of one replication, and the distribution points in them."""

    def __init__(self, scenario: Scenario, fleet: Fleet, assumed: Mapping[str, int]) -> None:
        self._own = {
            place.name: (
                place.distribution_point.slots,
                place.distribution_point.megabits_per_second,
            )
            for place in scenario.locations
            if isinstance(place.distribution_point, DistributionPoint)
        }
        self._without_content = frozenset(
            place.name for place in scenario.locations if place.distribution_point == "none"
        )
        self._default = (assumed["content_slots"], assumed["content_megabits_per_second"])
        patches = [step.patch for step in scenario.plan if isinstance(step, Patch)]
        self._moves = any("location" in patch for patch in patches)
        self._changes_systems = any(_downloads(str(patch.get("os"))) for patch in patches)
        self._environments: list[simpy.Environment] = []
        self._home = self._partition(fleet)
        self._points: dict[str, ContentQueue] = {}

    def _partition(self, fleet: Fleet) -> list[simpy.Environment]:
        """Return each device's environment: one for all devices that share content."""
        # Only down-level systems download an agent. All others fill environments in turn, unless
        # a patch may make a down-level system of them.
        sharing: dict[str, simpy.Environment] = {}
        homes, free, room = [], None, 0
        for device in fleet.devices:
            if self._changes_systems or _downloads(device.os):
                point = self._point_of(device)
                if point not in sharing:
                    sharing[point] = self._new()
                homes.append(sharing[point])
                continue
            if free is None or room == 0:
                free, room = self._new(), DEVICES_TOGETHER
            homes.append(free)
            room -= 1
        return homes

    def _new(self) -> simpy.Environment:
        environment = simpy.Environment()
        self._environments.append(environment)
        return environment

    def _point_of(self, device: Device) -> str:
        """Return the distribution point of a device; the default one for all if devices move."""
        return device.location if device.location in self._own and not self._moves else _DEFAULT

    def environment(self, device: DeviceState) -> simpy.Environment:
        """Return the environment of a device."""
        return self._home[device.number]

    def point(self, device: DeviceState) -> ContentQueue | None:
        """Return the distribution point of a device's current location, or the default one.

        None where the content was not distributed (DWN-2).
        """
        location = device.traits.location
        if location in self._without_content:
            return None
        name = location if location in self._own else _DEFAULT
        if name not in self._points:
            slots, speed = self._own.get(name, self._default)
            self._points[name] = ContentQueue(self.environment(device), slots, speed)
        return self._points[name]

    def dissolve(self) -> None:
        """Drop the environments with all their future events."""
        self._environments.clear()
        self._home.clear()
        self._points.clear()

    def advance(self, until: Seconds) -> None:
        """Run all environments up to a time.

        Raises ReplicationError when a device's process fails: an internal error.
        """
        for environment in self._environments:
            if until > environment.now:
                try:
                    environment.run(until=until)
                except Exception as error:
                    raise ReplicationError(
                        f"a device's process failed at {environment.now} s: {error!r}"
                    ) from error
