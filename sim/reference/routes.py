"""The agents of down-level systems: which one is there, which is installed, which is removed.

Who may onboard, and by which route.

Eligibility is judged before anything else (PRE, OS); the route follows from the system's level,
the client setting in force, the versions of site and client, and the agent that is there already.
"""

import re
from datetime import date

from sim.reference import systems
from sim.reference.decisions import Decision
from sim.reference.traits import Device
from sim.reference.versions import client_version_number

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
    """Return whether a needed agent is absent and must be installed (MMA-5, DWN-7, UPL-1).

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
    """Return whether an MMA is too old to reach the service (MMA-5); an unknown version is not.

    >>> mma_outdated("10.20.18018.0"), mma_outdated("10.20.18029")
    (True, False)
    """
    numbers = tuple(int(part) for part in re.findall(r"\d+", version))
    return bool(numbers) and numbers[:3] < OLDEST_WORKING_MMA


MDE_CLIENT_SINCE = 2207
"""First version of site and client that installs the MDE client by itself (DWN-3)."""

ROUTE_OF_RULE = {
    "UPL-1": "config_file",
    "DWN-2": "mde_client",
    "DWN-7": "mde_client",
    "MMA-1": "mma",
    "DWN-3": "mma",
    "DWN-8": "mma",
    "OS-1": "none",
}
"""The route each deciding rule leads to."""


def eligibility(
    device: Device,
    *,
    subscription: bool,
    windows_10_minimum: str,
    end_of_support: str,
    on: date,
    onboarded: bool,
    is_left_to_intune: bool = False,
) -> Decision:
    """Return whether a device may take part at all (PRE-1, PRE-2, PRE-5, PRE-6, OS-1 to OS-3).

    The first obstacle counts. *on* is the simulated day; the last day in support is still in
    support. An *onboarded* device stays eligible; only `enforce` refuses old systems.
    *is_left_to_intune*: the workload of a co-managed device is Intune's.
    """
    if not subscription:
        return Decision("PRE-1", cause="subscription_missing")
    if device.managed_by == "intune":
        return Decision("PRE-5", cause="not_managed")
    if device.client == "none":
        return Decision("PRE-2", cause="not_managed")
    if (left := workload_gate(device, is_left_to_intune)) is not None:
        return left
    os = systems.OPERATING_SYSTEMS.get(device.os)
    if os is None or not systems.is_supported(os, windows_10_minimum, device.edition):
        is_too_old = device.os.startswith("windows-10-") and device.edition != "home"
        return Decision("OS-2" if is_too_old else "OS-1", cause="os_not_supported")
    if end_of_support == "enforce" and not onboarded and is_out_of_support(device, on):
        return Decision("OS-3", cause="os_out_of_support")
    return Decision("OS-1")


def workload_gate(device: Device, is_left_to_intune: bool) -> Decision | None:
    """Refuse a co-managed device whose Endpoint Protection workload Intune holds (PRE-6)."""
    if is_left_to_intune and device.managed_by == "co_managed":
        return Decision("PRE-6", cause="managed_by_intune")
    return None


def is_out_of_support(device: Device, on: date) -> bool:
    """Return whether the device's system is past its last day of support, ESU counted (OS-3)."""
    os = systems.OPERATING_SYSTEMS[device.os]
    edition = device.edition or systems.default_edition(os)
    end = systems.support_end(os, edition, device.esu)
    return end is not None and on > end


def route(
    device: Device,
    *,
    downlevel_client: str,
    site_version: str,
    client_version: str,
    agent: str,
) -> Decision:
    """Choose the route of a device (UPL-1, DWN-2, DWN-3, DWN-7, DWN-8, MMA-1; none: OS-1).

    *downlevel_client* is the client setting in force, `mma` or `mde_client`; *agent* what is on
    the device now. Raises ValueError when a version that matters cannot be read.
    """
    os = systems.OPERATING_SYSTEMS.get(device.os)
    level = systems.level(os)
    if level == "none":
        return Decision("OS-1", "none", cause="os_not_supported")
    if level == "up_level":
        return Decision("UPL-1", "config_file")
    wants_mde_client = downlevel_client == "mde_client"
    if device.os not in systems.DOWN_LEVEL_SERVERS:
        return Decision("DWN-8" if wants_mde_client else "MMA-1", "mma", "mma")
    if agent in ("mde_client", "mma_and_mde_client"):
        return Decision("DWN-7", "mde_client", "mde_client")
    if not wants_mde_client:
        return Decision("MMA-1", "mma", "mma")
    oldest = min(client_version_number(site_version), client_version_number(client_version))
    if oldest >= MDE_CLIENT_SINCE:
        return Decision("DWN-2", "mde_client", "mde_client")
    return Decision("DWN-3", "mma", "mma")
