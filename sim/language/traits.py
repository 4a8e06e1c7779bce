"""What a scenario may name of a fleet: mixes, operating systems, and the columns of its table.

Queries see what a device is and what inventory knows about it, never its status or health: a real
collection cannot see those either when the policy is deployed.
"""

from dataclasses import dataclass
from enum import Enum

from sim.reference.systems import OPERATING_SYSTEMS
from sim.vocabulary import (
    AGENTS,
    ANTIVIRUS,
    CHASSIS,
    CLIENTS,
    EDITIONS,
    MANAGED_BY,
    NETWORKS,
    PRESENCES,
    PRODUCT_TYPES,
)

MIXES = ("enterprise-2026", "enterprise-2023", "servers", "small-business")


def operating_systems() -> tuple[str, ...]:
    """Return the ids of all operating systems of the catalogue."""
    return tuple(OPERATING_SYSTEMS)


class TraitKind(Enum):
    """How the values of a trait are written and compared."""

    TEXT = "text"
    WORD = "one of a closed list"
    TRUTH = "true or false"
    DATE = "a date such as '2026-03-02'"
    TRUTH_OR_DATE = "true, false or a date such as '2026-03-02'"
    NUMBER = "a number"
    VERSION = "a version such as '2403' or '5.00.9128'"


ORDERED = (TraitKind.DATE, TraitKind.TRUTH_OR_DATE, TraitKind.NUMBER, TraitKind.VERSION)
"""Kinds that `<` and `>` make sense for."""


@dataclass(frozen=True, slots=True)
class Trait:
    """A column of the fleet table."""

    name: str
    kind: TraitKind
    words: tuple[str, ...] = ()
    """The closed list of a WORD."""
    patchable: bool = False
    """Whether a `patch` step may set it: what is installed, configured or reachable."""


def _traits() -> tuple[Trait, ...]:
    kind = TraitKind
    return (
        Trait("name", kind.TEXT),
        Trait("os", kind.WORD, operating_systems()),
        Trait("build", kind.NUMBER),
        Trait("product_type", kind.WORD, PRODUCT_TYPES),
        Trait("edition", kind.WORD, EDITIONS),
        Trait("chassis", kind.WORD, CHASSIS),
        Trait("location", kind.TEXT, patchable=True),
        Trait("managed_by", kind.WORD, MANAGED_BY, patchable=True),
        Trait("client", kind.WORD, CLIENTS, patchable=True),
        Trait("client_version", kind.VERSION, patchable=True),
        Trait("presence", kind.WORD, PRESENCES, patchable=True),
        Trait("agent", kind.WORD, AGENTS, patchable=True),
        Trait("agent_version", kind.VERSION, patchable=True),
        Trait("organization", kind.TEXT),
        Trait("payload", kind.TEXT),
        Trait("esu", kind.TRUTH_OR_DATE, patchable=True),
        Trait("fully_updated", kind.TRUTH, patchable=True),
        Trait("telemetry_update", kind.TRUTH, patchable=True),
        Trait("universal_crt", kind.TRUTH, patchable=True),
        Trait("servicing_stack", kind.DATE, patchable=True),
        Trait("cumulative_update", kind.DATE, patchable=True),
        Trait("antivirus", kind.WORD, ANTIVIRUS, patchable=True),
        Trait("dotnet", kind.TRUTH, patchable=True),
        Trait("clock_ok", kind.TRUTH, patchable=True),
        Trait("network", kind.WORD, NETWORKS, patchable=True),
        Trait("restart_pending", kind.TRUTH, patchable=True),
        Trait("joined_at", kind.DATE),
        Trait("retired_at", kind.DATE),
    )


TRAITS = {trait.name: trait for trait in _traits()}
"""Every column that queries may name."""

UNSEEN = ("onboarded", "sensor_running", "last_contact", "status", "cause", "health")
"""Columns of the fleet table or of results that no query sees: status and health."""
