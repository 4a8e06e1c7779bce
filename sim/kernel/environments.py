"""Where devices live: SimPy environments of a few thousand each, advanced together.

One large environment is bound by memory. Devices share nothing but distribution points, so all that
may download from the same one live together; the partition changes nothing.
"""

from collections.abc import Mapping

import simpy

from sim.errors import ReplicationError
from sim.fleet.device import Fleet
from sim.kernel.device_state import DeviceState
from sim.kernel.distribution_point import ContentQueue
from sim.reference.systems import OPERATING_SYSTEMS, level
from sim.reference.traits import Device
from sim.scenario.model import Scenario
from sim.scenario.steps import Patch
from sim.units import Seconds

DEVICES_TOGETHER = 5_000
"""Devices in one SimPy environment, apart from those that share a distribution point."""
_DEFAULT = ""
"""Stands for the distribution point of all places without one of their own."""


class Environments:
    """The environments of one replication, and the distribution points in them."""

    def __init__(self, scenario: Scenario, fleet: Fleet, assumed: Mapping[str, int]) -> None:
        self._own = {
            place.name: (
                place.distribution_point.slots,
                place.distribution_point.megabits_per_second,
            )
            for place in scenario.locations
            if place.distribution_point is not None
        }
        self._default = (assumed["content_slots"], assumed["content_megabits_per_second"])
        self._moves = any(
            isinstance(step, Patch) and "location" in step.patch for step in scenario.plan
        )
        self._environments: list[simpy.Environment] = []
        self._home = self._partition(fleet)
        self._points: dict[str, ContentQueue] = {}

    def _partition(self, fleet: Fleet) -> list[simpy.Environment]:
        """Return each device's environment: one for all that share content, any for the others."""
        sharing: dict[str, simpy.Environment] = {}
        homes, free, room = [], None, 0
        for device in fleet.devices:
            if level(OPERATING_SYSTEMS[device.os]) == "down_level":
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
        """Return whose content a device downloads; together where devices may move about."""
        return device.location if device.location in self._own and not self._moves else _DEFAULT

    def environment(self, client: DeviceState) -> simpy.Environment:
        """Return the environment in which a device lives."""
        return self._home[client.number]

    def point(self, client: DeviceState) -> ContentQueue:
        """Return the distribution point of a device's location, or the default one."""
        location = client.traits.location
        name = location if location in self._own else _DEFAULT
        if name not in self._points:
            slots, speed = self._own.get(name, self._default)
            self._points[name] = ContentQueue(self.environment(client), slots, speed)
        return self._points[name]

    def dissolve(self) -> None:
        """Let go of the environments with all that is still to come in them."""
        self._environments.clear()
        self._home.clear()
        self._points.clear()

    def advance(self, until: Seconds) -> None:
        """Let all devices live on up to an instant.

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
