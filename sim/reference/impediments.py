"""What keeps an onboarded device from reporting to the service (CON-1).

A device reports through any of the means that it has registered with, as long as that one is on
the device and able. Without a way to report, its contact ends in that second. When all holds again,
it goes on reporting without a new onboarding.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from sim.reference.causes import CAUSES
from sim.reference.routes import installs, mma_outdated
from sim.reference.systems import OPERATING_SYSTEMS, level
from sim.reference.traits import Device

MMA, MDE_CLIENT, SENSOR = "mma", "mde_client", "sensor"
NEWEST_FIRST = (SENSOR, MDE_CLIENT, MMA)
"""Through what the service hears of a device: the system's own sensor, or an agent."""

SERVICE_CAUSES = frozenset(("sensor_missing", "elam_driver_disabled", "service_stopped"))
"""Impediments that count as "service not running" in the health tiles (MON-2)."""


@dataclass(frozen=True, slots=True)
class ContactFacts:
    """The facts that decide whether an onboarded device can report."""

    device: Device
    agent: str
    """What is installed by now."""
    agent_version: str
    means: Collection[str]
    """Through what it has registered."""
    workspace: str
    """The workspace values that its MMA uses: `present`, `swapped` or `wrong`."""
    is_streamlined: bool
    """Whether the payload in use asks for streamlined connectivity, which has its own path."""
    service_runs: bool
    """Whether the service runs (FLT-6, UPG-1)."""


def means_of(os: str, agent: str) -> str:
    """Return through what a device reports that was onboarded before the start (CON-1).

    >>> means_of("server-2022", "none"), means_of("server-2016", "mma")
    ('sensor', 'mma')
    """
    if _is_up_level(os):
        return SENSOR
    return MMA if installs(agent, MDE_CLIENT) else MDE_CLIENT


def impediment(facts: ContactFacts) -> str:
    """Return what keeps an onboarded device from reporting; empty when nothing does (CON-1).

    If it has registered by several means and none is able, the newest one says why. Of several
    causes the first in CAUSES counts.
    """
    causes = list(_of_every_means(facts))
    own = [_of_means(facts, means) for means in NEWEST_FIRST if means in facts.means]
    if all(own):
        causes += own[:1]
    return min(causes, key=CAUSES.index, default="")


def _of_every_means(facts: ContactFacts) -> Iterator[str]:
    if not facts.service_runs:
        yield "service_stopped"
    if facts.device.elam_driver == "disabled":
        yield "elam_driver_disabled"


def _of_means(facts: ContactFacts, means: str) -> str:
    """Return what keeps one means from working, the first in CAUSES order; empty when nothing does.

    Its path to the service is part of it; MMA never takes the streamlined one (MMA-5, UPD-8).
    """
    device = facts.device
    if means == MMA and facts.workspace != "present":
        return f"workspace_{facts.workspace}"
    if means != SENSOR and installs(facts.agent, means):
        return "agent_missing"
    if means == MMA and mma_outdated(facts.agent_version):
        return "agent_outdated"
    if means == SENSOR and device.sensor == "absent":
        return "sensor_missing"
    is_streamlined = means != MMA and facts.is_streamlined
    path = device.network_streamlined if is_streamlined else device.network
    return "network_blocked" if path == "blocked" else ""


def _is_up_level(os: str) -> bool:
    return level(OPERATING_SYSTEMS.get(os)) == "up_level"
