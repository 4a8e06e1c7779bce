"""The names of fleet mixes and the ids of operating systems that a scenario may use."""

from sim.reference.platforms import OPERATING_SYSTEMS

MIXES = ("enterprise-2026", "enterprise-2023", "servers", "small-business")


def operating_systems() -> tuple[str, ...]:
    """Return the ids of all operating systems of the catalogue."""
    return tuple(OPERATING_SYSTEMS)
