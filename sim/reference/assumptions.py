"""Every number the simulation uses that the product page does not give: value, range, source.

Durations are whole seconds, shares parts per million, all integers, so that whatever decides an
event is exact everywhere. A scenario overrides any of them by name. Where no source was found, the
source is `assumption`; `documented` means a vendor page, `field report` somebody's measurement.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

from sim.reference.assumed_fleet import FLEET_ROWS
from sim.reference.assumed_timing import TIMING_ROWS
from sim.units import MINUTE

UNITS = ("s", "share", "bytes", "Mbit/s", "count", "version")
"""Units of the values; a share counts parts per million."""

_AT_LEAST_ONE = (
    "policy_poll_interval",
    "state_message_interval",
    "install_retry_interval",
    "collection_incremental_interval",
    "collection_full_interval",
    "content_megabits_per_second",
    "content_slots",
    "sensor_repair_mean",
    "client_return_mean",
    "client_repair_mean",
    "absence_mean",
    "working_day_length",
    "restart_interval_laptop",
    "restart_interval_desktop",
    "restart_interval_server",
    "update_restart_interval",
    "patch_cohort_count",
    "unit_count",
    "client_upgrade_cohort_count",
)
_LEAST = dict.fromkeys(_AT_LEAST_ONE, 1) | {
    "evaluation_interval": MINUTE,
    "old_client_version": 1511,
}


@dataclass(frozen=True, slots=True)
class Assumption:
    """One number the simulation rests on."""

    name: str
    value: int
    unit: str
    """A word of UNITS."""
    low: int
    """Lower end of the plausible range, for sweeps."""
    high: int
    """Upper end of the plausible range."""
    source: str
    """`assumption` where nobody says."""
    text: str
    """What the number is, in one sentence."""

    @property
    def least(self) -> int:
        """The least value that can be simulated; a period or a rate of nothing cannot."""
        return _LEAST.get(self.name, 0)


def _assumptions() -> Iterator[Assumption]:
    for row in chain(TIMING_ROWS, FLEET_ROWS):
        yield Assumption(*row)


ASSUMPTIONS: dict[str, Assumption] = {entry.name: entry for entry in _assumptions()}
"""Every assumption by name: first what takes time, then what a fleet is like."""
