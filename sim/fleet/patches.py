"""What a `patch` step sets: the traits of a device, from the values that a scenario writes."""

from collections.abc import Mapping
from typing import Any

from sim.fleet.columns import COLUMNS, write_cell

Overrides = tuple[tuple[str, Any], ...]
"""Traits that a plan step or a repair has set during the run, each with its value now."""


def patch_values(patch: Mapping[str, Any]) -> Overrides:
    """Return the traits a patch sets with their values as a device holds them, in order of name.

    >>> patch_values({"network": "ok", "dotnet": True})
    (('dotnet', True), ('network', 'ok'))
    """
    return tuple((name, COLUMNS[name].read(write_cell(patch[name]))) for name in sorted(patch))
