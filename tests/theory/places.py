"""A place with its days, its devices and what is assumed of them, for tests of schedules."""

from datetime import datetime

import numpy as np

from sim.fleet.streams import device_key
from sim.reference.assumptions import ASSUMPTIONS
from sim.reference.traits import Device
from sim.scenario.calendar import SiteClock
from sim.schedules.local_days import local_days

ASSUMED = {name: entry.value for name, entry in ASSUMPTIONS.items()}
LONDON = SiteClock(datetime(2026, 3, 2), "Europe/London")
"""A Monday."""


def keys_of(count):
    """Return the keys of so many devices."""
    return np.array([device_key(f"PC-{n:06d}") for n in range(count)], dtype=np.uint64)


def days_of(horizon, clock=LONDON):
    """Return the calendar days of a place up to a horizon."""
    return local_days(clock, horizon)


def device(os="windows-11-24h2", product_type="client", **traits):
    """Return a device of which nothing is known but what is said here."""
    return Device(
        **dict.fromkeys(Device.__dataclass_fields__, None)
        | {"name": "PC-000001", "os": os, "product_type": product_type, "labels": ()}
        | traits
    )
