"""The agents of down-level systems: which one is there, which is installed, which is removed."""

import re

OLDEST_WORKING_MMA = (10, 20, 18029)
"""First MMA that still reaches the service: older ones lack SHA-2 support (MMA-5)."""

_PARTS = {
    "": frozenset[str](),
    "none": frozenset[str](),
    "mma": frozenset({"mma"}),
    "mde_client": frozenset({"mde_client"}),
    "mma_and_mde_client": frozenset({"mma", "mde_client"}),
}
_WORDS = {parts: word for word, parts in _PARTS.items()}


def installs(agent_present: str, agent_needed: str) -> bool:
    """Say whether a needed agent is absent and must be installed (MMA-5, DWN-7, UPL-1).

    An agent that is there is neither updated nor installed again.
    """
    return not _PARTS[agent_needed] <= _PARTS[agent_present]


def with_agent(present: str, installed: str) -> str:
    """Return the agents after an installation; what was there stays (DWN-6)."""
    return _WORDS[_PARTS[present] | _PARTS[installed]]


def without_mma(agent: str) -> str:
    """Return the agents after MMA was removed; an MDE client stays (OFF-1)."""
    return _WORDS[_PARTS[agent] - {"mma"}]


def mma_outdated(version: str) -> bool:
    """Say whether an MMA is too old to reach the service (MMA-5); an unknown version is not.

    >>> mma_outdated("10.20.18018.0"), mma_outdated("10.20.18029")
    (True, False)
    """
    numbers = tuple(int(part) for part in re.findall(r"\d+", version))
    return bool(numbers) and numbers[:3] < OLDEST_WORKING_MMA
