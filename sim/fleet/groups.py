"""Groups of devices that share faults: locations, patch cohorts, units, client upgrade cohorts.

A fault with a common reason is drawn by group: a group is affected or not, and in an affected group
most devices are (FLT-2, DWN-3 to DWN-5). The share of all devices is still the assumed one. Drawn
device by device, runs would differ less from each other than they do in reality.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from sim.fleet.streams import Keys, Streams, device_key

COHORTS: Mapping[str, str] = {
    "unit": "unit_count",
    "patch_cohort": "patch_cohort_count",
    "client_upgrade_cohort": "client_upgrade_cohort_count",
}
"""Kinds of groups beside locations, each with the assumption that says how many there are.

A label column of that name says which group a device is in; without one a keyed draw does.
"""

MAX_GROUPS = 1_000_000
"""The most groups of a kind; with more groups than devices, each device has its own anyway."""


class Grouping(NamedTuple):
    """By which kind of group a share is drawn, and the share within an affected group."""

    kind: str
    within: str
    """The assumption that holds the share of devices in an affected group."""


_BY_PATCH_COHORT = Grouping("patch_cohort", "patch_within_share")

GROUPED: Mapping[str, Grouping] = {
    "network_blocked_share": Grouping("location", "network_blocked_within_share"),
    "network_streamlined_blocked_share": Grouping("location", "network_blocked_within_share"),
    "not_fully_updated_share": _BY_PATCH_COHORT,
    "telemetry_update_missing_share": _BY_PATCH_COHORT,
    "universal_crt_missing_share": _BY_PATCH_COHORT,
    "servicing_stack_missing_share": _BY_PATCH_COHORT,
    "cumulative_update_missing_share": _BY_PATCH_COHORT,
    "antivirus_outdated_share": _BY_PATCH_COHORT,
    "antivirus_disabled_share": Grouping("unit", "policy_within_share"),
    "old_client_share": Grouping("client_upgrade_cohort", "client_upgrade_within_share"),
}
"""Every assumed share that is drawn by group; all others are drawn device by device."""


def group_key(kind: str, name: str) -> int:
    """Return the 64-bit key of a group: a digest of its kind and its casefolded name."""
    return device_key(f"{kind}/{name}")


def group_count(kind: str, assumed: Mapping[str, int]) -> int:
    """Return how many groups of a kind there are if the fleet does not say."""
    return max(1, min(assumed[COHORTS[kind]], MAX_GROUPS))


def groups_of_all(
    locations: Sequence[str],
    labels: Mapping[str, Sequence[str]],
    keys: Keys,
    streams: Streams,
    assumed: Mapping[str, int],
) -> dict[str, Keys]:
    """Return for each kind of group the key of the group of each device.

    *labels* are the fleet's label columns by name. A device without a location is a group of its
    own. A keyed draw puts a device without a label into a numbered cohort or unit.
    """
    groups = {"location": _named("location", locations, keys)}
    for kind in COHORTS:
        numbered = _numbered(kind, keys, streams, group_count(kind, assumed))
        groups[kind] = _named(kind, labels[kind], numbered) if kind in labels else numbered
    return groups


def _named(kind: str, names: Sequence[str], unnamed: Keys) -> Keys:
    """Return the keys of groups by name, and those of *unnamed* if the name is empty."""
    key_of = {name: group_key(kind, name) for name in set(names)}
    named = np.array([key_of[name] for name in names], dtype=np.uint64)
    is_named = np.array([name != "" for name in names], dtype=bool)
    return np.where(is_named, named, unnamed)


def _numbered(kind: str, keys: Keys, streams: Streams, count: int) -> Keys:
    numbers = streams.between_for_all(f"group/{kind}", keys, 1, count)
    distinct, places = np.unique(numbers, return_inverse=True)
    by_number = [group_key(kind, str(number)) for number in distinct.tolist()]
    return np.array(by_number, dtype=np.uint64)[places]
