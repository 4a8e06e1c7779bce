"""What would become of one attempt to onboard a device, by the product's rules alone.

The decisions of `reference` in the order of the page, without time and chance: eligibility, route,
workspace values, package, installer, registration.
"""

from dataclasses import dataclass
from datetime import date

from sim.reference.decisions import Decision
from sim.reference.gates import (
    install_gates,
    organization_gate,
    payload_gate,
    registration_gates,
    workspace_gate,
)
from sim.reference.routes import eligibility, installs, mma_outdated, route
from sim.reference.traits import Device
from sim.scenario.model import Package, Scenario

PASSED = Decision("UPL-1")
"""The outcome of an attempt that nothing stands in the way of."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """What the site is like when a device is to be onboarded."""

    downlevel_client: str
    site_version: str
    workspace: str
    """`present`, `missing`, `swapped` or `wrong`."""
    package: Package
    onboarded_to: str
    """The organization that the device belongs to; empty when to none."""
    on: date


def eligible(scenario: Scenario, device: Device, on: date, onboarded: bool) -> Decision:
    """Say whether a device may take part on a day (PRE-1, PRE-2, OS-1, OS-2, OS-3)."""
    return eligibility(
        device,
        subscription=scenario.site.subscription,
        windows_10_minimum=scenario.rules.windows_10_minimum,
        end_of_support=scenario.rules.end_of_support,
        on=on,
        onboarded=onboarded,
    )


def route_of(device: Device, downlevel_client: str, site_version: str) -> Decision:
    """Return the route of a device as it is (UPL-1, DWN-2, DWN-3, MMA-1)."""
    return route(
        device,
        downlevel_client=downlevel_client,
        site_version=site_version,
        client_version=device.client_version,
        agent=device.agent,
    )


def by_policy(scenario: Scenario, device: Device, attempt: Attempt) -> Decision:
    """Return what a policy's evaluation comes to; a decision without a cause has passed."""
    refused = eligible(scenario, device, attempt.on, attempt.onboarded_to != "")
    if refused.refused:
        return refused
    decision = route_of(device, attempt.downlevel_client, attempt.site_version)
    needs_agent = installs(device.agent, decision.agent)
    if attempt.onboarded_to == scenario.organization and not needs_agent:
        return PASSED
    stopped = (
        workspace_gate(decision, attempt.workspace)
        or _of_package(scenario, device, attempt, decision)
        or (install_gates(device, decision.route) if needs_agent else None)
    )
    return stopped or _registered(device, attempt, decision, needs_agent)


def by_script(scenario: Scenario, device: Device, attempt: Attempt) -> Decision:
    """Return what the one-time script comes to on a device that is not onboarded (UPD-9)."""
    refused = eligible(scenario, device, attempt.on, attempt.onboarded_to != "")
    if refused.refused:
        return refused
    decision = route_of(device, attempt.downlevel_client, attempt.site_version)
    if decision.refused:
        return decision
    if installs(device.agent, decision.agent) or decision.route == "mma":
        return Decision("UPD-8", cause="payload_not_eligible")
    stopped = _of_package(scenario, device, attempt, decision)
    return stopped or _registered(device, attempt, decision, installs=False)


def _of_package(
    scenario: Scenario, device: Device, attempt: Attempt, decision: Decision
) -> Decision | None:
    """Refuse a package of another organization, or one that does not suit (UPD-7, UPD-8)."""
    organization = attempt.package.organization
    refused = organization_gate(attempt.onboarded_to, organization) or organization_gate(
        scenario.organization, organization
    )
    return refused or payload_gate(
        device.os,
        decision.route,
        connectivity=attempt.package.connectivity,
        onboarded=attempt.onboarded_to != "",
    )


def _registered(device: Device, attempt: Attempt, decision: Decision, installs: bool) -> Decision:
    """Register the device; an MMA that was just installed is a current one (MMA-5)."""
    is_new = installs and decision.agent == "mma"
    is_outdated = not is_new and mma_outdated(device.agent_version)
    refused = registration_gates(device, decision.route, attempt.workspace, is_outdated)
    return refused or PASSED
