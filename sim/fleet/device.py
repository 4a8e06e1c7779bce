"""A fleet, what a `patch` step sets on its devices, and when a device is part of it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
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
    """All devices, in order of name and of time: a device's number is its place in this order."""

    devices: tuple[Device, ...]
    label_names: tuple[str, ...] = ()
    given_keys: Keys | None = field(default=None, compare=False)
    """Their keys, where they are known: a part of a fleet keeps those of the whole."""

    def __len__(self) -> int:
        return len(self.devices)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names of all devices, in order."""
        return tuple(device.name for device in self.devices)

    @cached_property
    def keys(self) -> Keys:
        """The keys of all devices for draws, as uint64."""
        if self.given_keys is not None:
            return self.given_keys
        return record_keys((device.name, device.joined_at) for device in self.devices)

    def part(self, numbers: Sequence[int]) -> "Fleet":
        """Return the fleet of some devices, in order; each keeps its key."""
        devices = tuple(self.devices[number] for number in numbers)
        return replace(self, devices=devices, given_keys=self.keys[list(numbers)])

    def traits_of(self, device: Device) -> Mapping[str, object]:
        """Return what a query sees of a device: its traits and its labels, by name."""
        traits: dict[str, object] = {name: getattr(device, name) for name in TRAITS}
        traits.update(zip(self.label_names, device.labels, strict=True))
        return traits


Record = tuple[str, datetime | None]
"""The name of a device, and when it joins; several records of one name are several computers."""


def record_order(records: Sequence[Record]) -> list[int]:
    """Return the places of records in the order of their fleet.

    Names are ordered as they are written; computers of one name stand together, ordered by time.
    """
    first = _first_records(records)

    def order(number: int) -> tuple[str, datetime]:
        name, joined = records[number]
        return first[name.casefold()][1], joined or datetime.min

    return sorted(range(len(records)), key=order)


def record_keys(records: Iterable[Record]) -> Keys:
    """Return the keys of all records of a fleet for draws, as uint64.

    The first computer of a name is keyed by the name alone. Each later one, a reimaged computer,
    is keyed by its name and the time at which it joins, so that it draws its own chances.
    """
    records = list(records)
    first = _first_records(records)
    times = ((name, joined or datetime.min) for name, joined in records)
    keys = (
        device_key(name if time == first[name.casefold()][0] else f"{name}\n{time.isoformat()}")
        for name, time in times
    )
    return np.fromiter(keys, dtype=np.uint64, count=len(records))


def _first_records(records: Iterable[Record]) -> dict[str, tuple[datetime, str]]:
    """Return the time and the spelling of the first computer of each casefolded name."""
    first: dict[str, tuple[datetime, str]] = {}
    for name, joined in records:
        record, folded = (joined or datetime.min, name), name.casefold()
        first[folded] = min(record, first.get(folded, record))
    return first


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
