"""From when to when a device is part of the fleet."""

from typing import NamedTuple

from sim.fleet.device import Device
from sim.scenario.calendar import SiteClock
from sim.units import Seconds


class Tenure(NamedTuple):
    """A device is there in [joins, retires)."""

    joins: Seconds
    """0 for a device that is there from the start."""
    retires: Seconds | None
    """None when it stays; 0 when it had retired before the start."""

    def is_within(self, horizon: Seconds) -> bool:
        """Return whether the device is there at any time of a run."""
        return self.joins < horizon and (self.retires is None or self.retires > self.joins)


def tenure(device: Device, clock: SiteClock) -> Tenure:
    """Return when a device joins and retires, by the site's wall clock [s since the start]."""
    joins, retires = device.joined_at, device.retired_at
    return Tenure(
        0 if joins is None else max(0, clock.wall_seconds(joins)),
        None if retires is None else max(0, clock.wall_seconds(retires)),
    )
