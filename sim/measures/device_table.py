"""The device table: the properties of devices and policies that a run does not change.

A tally needs nothing but this table and the rows of the log.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import NamedTuple

from sim.fleet.device import Fleet, Overrides, patch_values, tenure, with_values
from sim.reference.decisions import Decision
from sim.reference.routes import eligibility, route
from sim.reference.systems import OPERATING_SYSTEMS, level, support_end
from sim.reference.traits import Device
from sim.scenario.calendar import SiteClock
from sim.scenario.model import Policy, Scenario
from sim.scenario.steps import Patch, RunScript, SetSampleSharing, Update, step_names
from sim.units import Seconds


class DeviceKind(NamedTuple):
    """The fixed properties of a device that measures use; many devices share one kind."""

    os: str
    level: str
    location: str
    route: str
    """The route by its operating system and the client settings at the start."""
    in_console: bool
    """Whether ConfigMgr has the device at all (PRE-5)."""
    client: str
    ineligible_cause: str
    """Why the device can never be eligible; empty when it can."""
    never_on: bool = False
    """Whether the computer is never switched on."""
    pilot: str = ""
    """The collection whose co-managed members are left to Intune; empty for others (PRE-6)."""


@dataclass(frozen=True, slots=True)
class DeviceRecord:
    """One device as the tally sees it at the start."""

    name: str
    kind: DeviceKind
    route_rule: str
    ineligible_rule: str
    support_ends: Seconds | None
    """When the end of support makes it not eligible; None if that is not enforced (OS-3)."""
    agent: str
    agent_version: str
    onboarded: bool
    """Onboarded to the site's organization before the start."""
    payload: str
    sensor_running: bool
    is_managed: bool = True
    """Whether the device has a ConfigMgr client that reports to the console."""
    is_silent: bool = False
    """Whether its last contact with the service is older than the inactive period at the start."""
    joins: Seconds = 0
    """When it joins the fleet; 0 for a device that is there from the start."""
    retires: Seconds | None = None

    def is_there(self, time: Seconds) -> bool:
        """Return whether the device is part of the fleet at *time*."""
        return self.joins <= time and (self.retires is None or time < self.retires)


@dataclass(frozen=True, slots=True)
class PolicyRecord:
    """One policy as the tally sees it."""

    name: str
    kind: str
    payload: str
    sample_sharing: str
    payloads: tuple[str, ...] = ()
    """Every payload that the policy has in this plan: its first, and those of its updates."""


@dataclass(frozen=True)
class DeviceTable:
    """All devices by number and all policies by name."""

    devices: tuple[DeviceRecord, ...]
    policies: dict[str, PolicyRecord]
    patches: Mapping[str, Overrides] = field(default_factory=dict)
    """What each `patch` step of the plan sets, by the step's name."""
    sharing: Mapping[str, str] = field(default_factory=dict)
    """The choice that each `set_sample_sharing` step makes, by the step's name."""
    updates: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """The policy that each `update` step changes and its payload then, by the step's name."""
    scripts: Mapping[str, str] = field(default_factory=dict)
    """The package whose script each `run_script` step deploys, by the step's name."""
    kind_after: Callable[[int, Overrides], DeviceKind] | None = None
    """Returns the kind of a device after the run has set some of its traits."""

    def kind(self, device: int, overrides: Overrides) -> DeviceKind:
        """Return the kind of a device with the traits that the run has set."""
        if not overrides or self.kind_after is None:
            return self.devices[device].kind
        return self.kind_after(device, overrides)


def take_device_table(
    scenario: Scenario, fleet: Fleet, clock: SiteClock, downlevel_clients: tuple[str, ...]
) -> DeviceTable:
    """Return the table of a fleet; *downlevel_clients* is each device's setting at the start."""
    packages = {package.name: package for package in scenario.packages}
    policies = {
        policy.name: PolicyRecord(
            policy.name,
            policy.kind,
            packages[policy.package].payload_name,
            policy.sample_sharing,
            _payloads(scenario, policy),
        )
        for policy in scenario.policies
    }
    records = tuple(
        _record(scenario, device, clock, downlevel_client)
        for device, downlevel_client in zip(fleet.devices, downlevel_clients, strict=True)
    )
    named = list(zip(step_names(scenario.plan), scenario.plan, strict=True))
    return DeviceTable(
        records,
        policies,
        patches={name: patch_values(s.patch) for name, s in named if isinstance(s, Patch)},
        sharing={name: s.to for name, s in named if isinstance(s, SetSampleSharing)},
        updates={
            name: (s.update, packages[s.package].payload_name)
            for name, s in named
            if isinstance(s, Update)
        },
        scripts={name: s.run_script for name, s in named if isinstance(s, RunScript)},
        kind_after=partial(_kind_after, scenario, fleet, clock, downlevel_clients),
    )


def _payloads(scenario: Scenario, policy: Policy) -> tuple[str, ...]:
    carried = {package.name: package.payload_name for package in scenario.packages}
    updates = (step for step in scenario.plan if isinstance(step, Update))
    names = [policy.package, *(step.package for step in updates if step.update == policy.name)]
    return tuple(dict.fromkeys(carried[name] for name in names))


def _kind_after(
    scenario: Scenario,
    fleet: Fleet,
    clock: SiteClock,
    downlevel_clients: tuple[str, ...],
    device: int,
    overrides: Overrides,
) -> DeviceKind:
    changed = with_values(fleet.devices[device], dict(overrides))
    return _record(scenario, changed, clock, downlevel_clients[device]).kind


def _record(
    scenario: Scenario, device: Device, clock: SiteClock, downlevel_client: str
) -> DeviceRecord:
    eligible = _eligibility(scenario, device, clock)
    decision = route(
        device,
        downlevel_client=downlevel_client,
        site_version=scenario.site.version,
        client_version=device.client_version,
        agent=device.agent,
    )
    supported = not (eligible.refused and eligible.cause == "os_not_supported")
    kind = DeviceKind(
        os=device.os,
        level=level(OPERATING_SYSTEMS[device.os]),
        location=device.location,
        route=decision.route if supported else "none",
        in_console=device.managed_by != "intune",
        client=device.client,
        ineligible_cause=eligible.cause,
        never_on=device.presence == "off",
        pilot=_pilot(scenario, device),
    )
    here = tenure(device, clock)
    return DeviceRecord(
        name=device.name,
        kind=kind,
        route_rule=decision.rule,
        ineligible_rule=eligible.rule if eligible.refused else "",
        support_ends=_support_ends(scenario, device, clock),
        agent=device.agent,
        agent_version=device.agent_version,
        onboarded=device.onboarded and device.organization == scenario.organization,
        payload=device.payload if device.onboarded else "",
        sensor_running=device.sensor_running,
        is_managed=device.is_managed,
        is_silent=_is_silent(scenario, device, clock),
        joins=here.joins,
        retires=here.retires,
    )


def _pilot(scenario: Scenario, device: Device) -> str:
    """Return the collection that leaves a co-managed device to Intune; empty if none (PRE-6)."""
    workload = scenario.site.endpoint_protection_workload
    is_co_managed = device.managed_by == "co_managed"
    return workload.pilot if is_co_managed and not isinstance(workload, str) else ""


def _is_silent(scenario: Scenario, device: Device, clock: SiteClock) -> bool:
    """Return whether an onboarded device starts as inactive: its last contact is too old (MON-3).

    A device that joins later has contact when it joins.
    """
    if not device.onboarded or device.last_contact is None or tenure(device, clock).joins:
        return False
    return -clock.wall_seconds(device.last_contact) >= scenario.rules.inactive_after


def _eligibility(scenario: Scenario, device: Device, clock: SiteClock) -> Decision:
    """Decide whether a device can take part; the end of support is checked over time instead."""
    return eligibility(
        device,
        subscription=scenario.site.subscription,
        windows_10_minimum=scenario.rules.windows_10_minimum,
        end_of_support="ignore",
        on=clock.date_at(0),
        onboarded=device.onboarded,
        is_left_to_intune=scenario.site.endpoint_protection_workload == "intune",
    )


def _support_ends(scenario: Scenario, device: Device, clock: SiteClock) -> Seconds | None:
    if scenario.rules.end_of_support != "enforce":
        return None
    last_day = support_end(OPERATING_SYSTEMS[device.os], device.edition, device.esu)
    return None if last_day is None else clock.end_of_day(last_day)
