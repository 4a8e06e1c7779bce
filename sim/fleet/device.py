"""A fleet, what a `patch` step sets on its devices, and when a device is part of it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from sim.fleet.cells import write_cell
from sim.fleet.streams import Keys, device_key
from sim.reference.systems import OPERATING_SYSTEMS, default_edition
from sim.reference.traits import TRAITS, Device
from sim.scenario.calendar import SiteClock
from sim.units import Seconds


@dataclass(frozen=True)
class Fleet:
    """All devices, ordered by name: a device's number is its place in this order."""

    devices: tuple[Device, ...]
    label_names: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.devices)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names of all devices, in order."""
        return tuple(device.name for device in self.devices)

    @cached_property
    def keys(self) -> Keys:
        """The keys of all devices for draws, as uint64."""
        return np.array([device_key(name) for name in self.names], dtype=np.uint64)

    def traits_of(self, device: Device) -> Mapping[str, object]:
        """Return what a query sees of a device: its traits and its labels, by name."""
        traits: dict[str, object] = {name: getattr(device, name) for name in TRAITS}
        traits.update(zip(self.label_names, device.labels, strict=True))
        return traits


Overrides = tuple[tuple[str, Any], ...]
"""Traits that a plan step or a repair has set during the run, each with its value now."""


def patch_values(patch: Mapping[str, Any]) -> Overrides:
    """Return the traits a patch sets with their values as a device holds them, in order of name.

    >>> patch_values({"network": "ok", "dotnet": True})
    (('dotnet', True), ('network', 'ok'))
    """
    return tuple((name, TRAITS[name].read(write_cell(patch[name]))) for name in sorted(patch))


def with_values(device: Device, values: Mapping[str, Any]) -> Device:
    """Return a device with other traits; with another system its build and kind follow (UPG-1).

    The product type and the edition stay if the new system has them too.
    """
    changed = replace(device, **values)
    os = OPERATING_SYSTEMS.get(changed.os)
    if os is None or changed.os == device.os:
        return changed
    stays = (device.product_type == "client") == (os.product_type == "client")
    return replace(
        changed,
        build=os.build,
        product_type=device.product_type if stays else os.product_type,
        edition=device.edition if stays else default_edition(os),
    )


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
