"""Inspecting a replication while it runs: what would refuse an attempt of a device now.

Nothing here changes the run. An inspector is called before and after each step of the plan and at
the end. It sees the site as it is then, even if the device has not polled since.
"""

from collections.abc import Iterator, Sequence, Set
from typing import Protocol

from sim.kernel.context import ReplicationContext
from sim.kernel.device_state import DeviceState
from sim.kernel.site import Deployment, ScriptDeployment, SiteServer
from sim.reference.attempts import (
    OFFBOARDING,
    ONBOARDING,
    ONE_TIME_SCRIPT,
    Facts,
    Gate,
    refusals,
)
from sim.reference.decisions import Decision
from sim.scenario.model import Package
from sim.units import Seconds


class Inspection:
    """Answers questions about the devices and the site of one replication as they are now."""

    def __init__(self, context: ReplicationContext, devices: Sequence[DeviceState]) -> None:
        self._context = context
        self._devices = devices

    @property
    def devices(self) -> int:
        """How many devices there are."""
        return len(self._devices)

    def deployments(self, now: Seconds) -> Iterator[tuple[Deployment, Set[int]]]:
        """Yield the active deployments of policies with their members, the earliest first."""
        site, gone = self._context.site, self._gone(now)
        for deployment in site.deployments:
            if deployment.is_active(now):
                yield deployment, site.members[deployment.collection] - gone

    def scripts(self, now: Seconds) -> Iterator[tuple[ScriptDeployment, Set[int]]]:
        """Yield the active deployments of scripts with their members, the earliest first."""
        site, gone = self._context.site, self._gone(now)
        for script in site.scripts:
            if script.is_active(now):
                yield script, site.members[script.collection] - gone

    def _gone(self, now: Seconds) -> Set[int]:
        """Return the devices that have retired: collections keep them until they are evaluated."""
        return {each.number for each in self._devices if each.timetable.until <= now}

    def package(self, policy: str, now: Seconds) -> Package:
        """Return the package of a policy."""
        return self._context.site.package_of(policy, now)

    def workspace(self, policy: str, now: Seconds) -> str:
        """Return `present`, `missing`, `swapped` or `wrong`."""
        return self._context.site.workspace(policy, now)

    def site_version(self, now: Seconds) -> str:
        """Return the version of the site."""
        return self._context.site.version_at(now)

    def facts(self, device: int, policy: str, now: Seconds) -> Facts:
        """Return the facts that would decide an attempt of a device under a policy."""
        site = self._context.site
        return self._facts(device, site.package_of(policy, now), site.workspace(policy, now), now)

    def script_facts(self, device: int, package: str, now: Seconds) -> Facts:
        """Return the facts that would decide a run of a package's script on a device."""
        return self._facts(device, self._context.site.packages[package], "present", now)

    def _facts(self, device: int, package: Package, workspace: str, now: Seconds) -> Facts:
        device_state = self._devices[device]
        return self._context.facts(
            device_state,
            package,
            now,
            route=self._context.route(device_state, now),
            workspace=workspace,
            known_at=now,
        )

    def obstacles(self, device: int, now: Seconds) -> Iterator[tuple[Gate, Decision]]:
        """Yield all that stands in the way of what the plan asks of a device (DWN-9)."""
        site = self._context.site
        for policy in site.reaching(device, now):
            facts, is_onboarding = self.facts(device, policy, now), _is_onboarding(site, policy)
            yield from refusals(ONBOARDING if is_onboarding else OFFBOARDING, facts)
        for package in site.scripts_reaching(device, now):
            yield from refusals(ONE_TIME_SCRIPT, self.script_facts(device, package, now))

    def is_onboarded(self, device: int) -> bool:
        """Return whether a device is onboarded to the site's organization."""
        return self._devices[device].onboarded_to == self._context.organization

    def agent(self, device: int) -> str:
        """Return the agents on a device."""
        return self._devices[device].agent


def _is_onboarding(site: SiteServer, policy: str) -> bool:
    return site.policies[policy].kind == "onboarding"


class Inspector(Protocol):
    """Follows a replication from step to step."""

    def before_step(self, number: int, now: Seconds, inspection: Inspection) -> None:
        """Inspect the replication just before a step of the plan is due."""

    def after_step(self, number: int, now: Seconds, inspection: Inspection) -> None:
        """Inspect it after the step is carried out or refused."""

    def at_end(self, now: Seconds, inspection: Inspection) -> None:
        """Inspect it at the end of the run."""
