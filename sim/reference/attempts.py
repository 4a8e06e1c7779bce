"""The order of the gates of an attempt: to onboard by policy or by script, and to offboard.

This is the only such order. The kernel asks it stage by stage, as a device comes to each stage;
lint asks for everything that stands in the way at once. Chance plays no part here. A gate that is
added to GATES holds for both from then on.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from sim.reference.causes import CAUSES
from sim.reference.decisions import Decision
from sim.reference.gates import (
    install_refusals,
    last_valid_day,
    offboarding_refusals,
    organization_gate,
    payload_gate,
    registration_refusals,
    sensor_gate,
    workspace_form_gate,
    workspace_gate,
)
from sim.reference.routes import eligibility, installs, mma_outdated, workload_gate
from sim.reference.traits import Device
from sim.units import Seconds

ONBOARDING, ONE_TIME_SCRIPT, OFFBOARDING = "onboarding", "script", "offboarding"
"""The purposes of an attempt: an onboarding policy, the one-time script, an offboarding policy."""
ADMIT, EVALUATE, INSTALL, REGISTER = "admit", "evaluate", "install", "register"
"""The stages of an attempt that can refuse it, in order of time."""


NO_ROUTE = Decision("")
"""Where no route is asked for."""


class PackageTraits(Protocol):
    """The facts about a package that gates check."""

    @property
    def organization(self) -> str:
        """The organization that it was downloaded for (UPD-7, OFF-4)."""

    @property
    def connectivity(self) -> str:
        """`standard` or `streamlined` (UPD-8)."""

    @property
    def downloaded(self) -> date | None:
        """The day of the download; None: that of the start (OFF-2)."""

    @property
    def valid_until(self) -> date | None:
        """The last day on which an offboarding file works, if the file names it (OFF-2)."""

    @property
    def systems(self) -> str:
        """The choice of systems that an offboarding file was made for (OFF-5)."""


@dataclass(frozen=True, slots=True)
class SiteTerms:
    """What is the same for every attempt at a site."""

    organization: str
    """The organization to which devices should be onboarded."""
    subscription: bool
    windows_10_minimum: str
    end_of_support: str
    offboarding_validity: Seconds
    started: date
    """The first day of the run."""


@dataclass(frozen=True, slots=True)
class Facts:
    """The facts that decide an attempt: the device, and the site as of the device's last poll."""

    site: SiteTerms
    device: Device
    agent: str
    """What is installed by now."""
    agent_version: str
    onboarded_to: str
    """The organization that the device belongs to; empty when to none."""
    package: PackageTraits
    on: date
    """The site's day."""
    route: Decision = NO_ROUTE
    """The way that the device onboards; nothing asks for it when a device offboards."""
    workspace: str = "present"
    """`present`, `missing`, `swapped` or `wrong`."""
    changes_payload: bool = False
    """Whether the package would replace the payload of an onboarded device (UPD-2, UPD-4)."""
    is_left_to_intune: bool = False
    """Whether Intune holds the Endpoint Protection workload of co-managed devices (PRE-6)."""

    is_registered: bool = True
    """Whether an onboarded device has registered through what its route needs (CON-4)."""

    @property
    def needs_agent(self) -> bool:
        """Whether the route needs an agent that is not there."""
        return installs(self.agent, self.route.agent)

    @property
    def is_settled(self) -> bool:
        """Whether the device is onboarded to the site already, by the agent that it needs."""
        is_ours = self.onboarded_to == self.site.organization
        return is_ours and self.is_registered and not self.needs_agent


Ask = Callable[[Facts], Iterable[Decision]]


@dataclass(frozen=True, slots=True)
class Gate:
    """One thing that can refuse an attempt."""

    stage: str
    """ADMIT, EVALUATE, INSTALL or REGISTER."""
    ask: Ask
    """Returns why it refuses, the first obstacle first; without any, the attempt passes."""
    is_of_plan: bool = False
    """Whether a refusal is a mistake in the plan, whatever the device is like."""


def refusals(purpose: str, facts: Facts, *stages: str) -> Iterator[tuple[Gate, Decision]]:
    """Yield all that stands in the way of an attempt (UPL-1, DWN-2, UPD-9, OFF-1), in order.

    At all stages, or at some *stages* alone.
    *purpose* is ONBOARDING, ONE_TIME_SCRIPT or OFFBOARDING.
    """
    for gate in GATES[purpose]:
        if not stages or gate.stage in stages:
            for refusal in gate.ask(facts):
                yield gate, refusal


def decide(purpose: str, facts: Facts, *stages: str) -> Decision | None:
    """Return the first thing that stands in the way of an attempt (UPL-1, DWN-2, UPD-9, OFF-1).

    None lets it pass.
    """
    for _, refusal in refusals(purpose, facts, *stages):
        return refusal
    return None


def causes_of(obstacles: Iterable[tuple[Gate, Decision]]) -> tuple[str, ...]:
    """Return all causes of some refusals, each once, in the order in which causes count (DWN-9)."""
    return tuple(sorted({decision.cause for _, decision in obstacles}, key=CAUSES.index))


def _either(refusal: Decision | None) -> Iterable[Decision]:
    return () if refusal is None else (refusal,)


def _subscription(facts: Facts) -> Iterable[Decision]:
    return () if facts.site.subscription else (Decision("PRE-1", cause="subscription_missing"),)


def _eligible(facts: Facts) -> Iterable[Decision]:
    found = eligibility(
        facts.device,
        subscription=True,
        windows_10_minimum=facts.site.windows_10_minimum,
        end_of_support=facts.site.end_of_support,
        on=facts.on,
        onboarded=facts.onboarded_to != "",
        is_left_to_intune=facts.is_left_to_intune,
    )
    return (found,) if found.refused else ()


def _workload(facts: Facts) -> Iterable[Decision]:
    return _either(workload_gate(facts.device, facts.is_left_to_intune))


def _workspace(facts: Facts) -> Iterable[Decision]:
    """A policy without values fails on MMA devices, those that are onboarded too (MMA-2)."""
    return _either(workspace_gate(facts.route, facts.workspace))


def _organization_of_device(facts: Facts) -> Iterable[Decision]:
    return _either(organization_gate(facts.onboarded_to, facts.package.organization))


def _organization_of_site(facts: Facts) -> Iterable[Decision]:
    return _either(organization_gate(facts.site.organization, facts.package.organization))


def _payload_of_policy(facts: Facts) -> Iterable[Decision]:
    """A device that is onboarded and keeps its payload does not use the package (UPD-8)."""
    return _payload(facts) if facts.is_settled and facts.changes_payload else ()


def _payload_of_script(facts: Facts) -> Iterable[Decision]:
    """Where the device lacks the sensor, that is what it fails with (UPD-8)."""
    return _payload(facts) if facts.route.route != "mma" else ()


def _payload(facts: Facts) -> Iterable[Decision]:
    return _either(
        payload_gate(
            facts.device.os,
            facts.route.route,
            connectivity=facts.package.connectivity,
            onboarded=facts.onboarded_to != "",
        )
    )


def _installer(facts: Facts) -> Iterable[Decision]:
    return install_refusals(facts.device, facts.route.route) if facts.needs_agent else ()


def _registration(facts: Facts) -> Iterable[Decision]:
    """An MMA that is not installed yet will be a current one (MMA-5)."""
    is_outdated = not facts.needs_agent and mma_outdated(facts.agent_version)
    connectivity = facts.package.connectivity
    return registration_refusals(facts.device, facts.route.route, is_outdated, connectivity)


def _workspace_form(facts: Facts) -> Iterable[Decision]:
    return _either(workspace_form_gate(facts.route.route, facts.workspace))


def _route(facts: Facts) -> Iterable[Decision]:
    return (facts.route,) if facts.route.refused else ()


def _sensor_of_script(facts: Facts) -> Iterable[Decision]:
    """The script writes a payload and nothing else: the sensor has to be there (UPD-8, UPL-5).

    On a down-level system the sensor comes with the MDE client. A device that is onboarded through
    MMA has none, and a streamlined package is not meant for it in the first place.
    """
    lacks_client = facts.needs_agent or facts.route.route == "mma"
    if not lacks_client:
        return _either(sensor_gate(facts.device))
    is_streamlined = facts.package.connectivity == "streamlined"
    is_moved = facts.onboarded_to != "" and is_streamlined
    return (Decision("UPD-8", cause="payload_not_eligible" if is_moved else "sensor_missing"),)


def _of_newcomers(ask: Ask) -> Ask:
    """Ask only of devices that are not onboarded, to whatever organization."""
    return lambda facts: () if facts.onboarded_to else ask(facts)


def _registration_of_script(facts: Facts) -> Iterable[Decision]:
    connectivity = facts.package.connectivity
    for refusal in registration_refusals(facts.device, facts.route.route, False, connectivity):
        if refusal.cause != "sensor_missing":  # judged before, of every device
            yield refusal


def _offboarding_file(facts: Facts) -> Iterable[Decision]:
    package, site = facts.package, facts.site
    return offboarding_refusals(
        package_org=package.organization,
        device_org=facts.onboarded_to or package.organization,
        last_day=last_valid_day(
            package.downloaded or site.started, site.offboarding_validity, package.valid_until
        ),
        on=facts.on,
        systems=package.systems,
        os=facts.device.os,
    )


GATES: dict[str, tuple[Gate, ...]] = {
    ONBOARDING: (
        Gate(ADMIT, _subscription, is_of_plan=True),
        Gate(ADMIT, _eligible),
        Gate(EVALUATE, _workspace, is_of_plan=True),
        Gate(EVALUATE, _organization_of_device),
        Gate(EVALUATE, _organization_of_site, is_of_plan=True),
        Gate(EVALUATE, _payload_of_policy, is_of_plan=True),
        Gate(INSTALL, _installer),
        Gate(REGISTER, _workspace_form, is_of_plan=True),
        Gate(REGISTER, _registration),
    ),
    ONE_TIME_SCRIPT: (
        Gate(EVALUATE, _route),
        Gate(EVALUATE, _organization_of_device),
        Gate(EVALUATE, _organization_of_site, is_of_plan=True),
        Gate(EVALUATE, _sensor_of_script),
        Gate(EVALUATE, _payload_of_script, is_of_plan=True),
        Gate(EVALUATE, _of_newcomers(_subscription), is_of_plan=True),
        Gate(EVALUATE, _of_newcomers(_eligible)),
        Gate(REGISTER, _of_newcomers(_registration_of_script)),
    ),
    OFFBOARDING: (
        Gate(ADMIT, _of_newcomers(_subscription), is_of_plan=True),
        Gate(ADMIT, _workload),
        Gate(ADMIT, _of_newcomers(_eligible)),
        Gate(EVALUATE, _offboarding_file, is_of_plan=True),
    ),
}
"""Every gate of an attempt, in the order in which they count: the first refusal is the cause."""
