"""A device and its traits: what a fleet table says of one computer, complete and fixed.

What a `patch` step sets: the traits of a device, from the values that a scenario writes.

From when to when a device is part of the fleet.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from sim.fleet.columns import COLUMNS, write_cell
from sim.fleet.streams import Keys, device_key
from sim.scenario.calendar import SiteClock
from sim.units import Seconds


@dataclass(frozen=True, slots=True)
class Device:
    """One computer. Every trait has a value; what a table left empty was drawn or defaulted."""

    name: str
    os: str
    """An id of the catalogue of operating systems."""
    build: int
    product_type: str
    edition: str
    chassis: str
    location: str
    managed_by: str
    client: str
    """State of the ConfigMgr client: `active`, `inactive`, `broken` or `none` (PRE-2, FLT-1)."""
    client_version: str
    presence: str
    agent: str
    agent_version: str
    onboarded: bool
    """Onboarded before the start, to `organization`, using `payload`."""
    organization: str
    payload: str
    sensor_running: bool
    last_contact: datetime | None
    esu: bool | date
    fully_updated: bool
    telemetry_update: bool
    universal_crt: bool
    servicing_stack: date | None
    cumulative_update: date | None
    antivirus: str
    dotnet: bool
    clock_ok: bool
    network: str
    restart_pending: bool
    joined_at: datetime | None
    retired_at: datetime | None
    labels: tuple[str, ...] = ()
    """Values of the fleet's label columns, in the order of `Fleet.label_names`."""

    @property
    def is_managed(self) -> bool:
        """Whether ConfigMgr manages the computer through a client of its own (PRE-2, PRE-5)."""
        return self.client != "none" and self.managed_by != "intune"


TRAITS = tuple(field.name for field in fields(Device) if field.name != "labels")
"""The columns of a fleet table, in the order in which they are written."""


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
        seen: dict[str, object] = {name: getattr(device, name) for name in TRAITS}
        seen.update(zip(self.label_names, device.labels, strict=True))
        return seen


Overrides = tuple[tuple[str, Any], ...]
"""Traits that a plan step or a repair has set during the run, each with its value now."""


def patch_values(patch: Mapping[str, Any]) -> Overrides:
    """Return the traits a patch sets with their values as a device holds them, in order of name.

    >>> patch_values({"network": "ok", "dotnet": True})
    (('dotnet', True), ('network', 'ok'))
    """
    return tuple((name, COLUMNS[name].read(write_cell(patch[name]))) for name in sorted(patch))


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
