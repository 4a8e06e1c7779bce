"""The site server: collections, deployments, policies and client settings, with their history.

A device knows the site as it was at its last policy poll. So everything that can change has a
history and is read as of a time. Polls that receive no change need no simulation.
"""

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from typing import Generic, TypeVar

from sim.scenario.model import Package, Policy, Scenario
from sim.scenario.workspace import WorkspaceState
from sim.units import Seconds

DEFAULT_DOWNLEVEL_CLIENT = "mma"
"""The default client setting for Server 2012 R2 and 2016 (DWN-1)."""


Value = TypeVar("Value")


class History(Generic[Value]):
    """A value that changes over time; a change is in effect from its own second on."""

    def __init__(self, first: Value) -> None:
        self._times: list[Seconds] = [0]
        self._values: list[Value] = [first]

    def set(self, time: Seconds, value: Value) -> None:
        """Record a change; times must not decrease."""
        self._times.append(time)
        self._values.append(value)

    def at(self, time: Seconds) -> Value:
        """Return the value as of *time*."""
        return self._values[max(0, bisect_right(self._times, time) - 1)]

    @property
    def latest(self) -> Value:
        """The value after the last change."""
        return self._values[-1]


@dataclass(slots=True)
class Deployment:
    """A policy deployed to a collection, from `since` until it is withdrawn (POL-7)."""

    number: int
    policy: str
    collection: str
    since: Seconds
    until: Seconds | None = None
    evaluate_every: Seconds | None = None
    """The interval of its policy's evaluations; None for the usual one (TIM-10)."""

    def is_active(self, time: Seconds) -> bool:
        """Return whether the deployment is in force at *time*."""
        return self.since <= time and (self.until is None or time < self.until)


@dataclass(slots=True)
class ScriptDeployment:
    """A package's one-time script deployed to a collection by a step of the plan (UPD-9)."""

    package: str
    collection: str
    step: str
    since: Seconds
    until: Seconds | None = None

    def is_active(self, time: Seconds) -> bool:
        """Return whether the deployment is in force at *time*."""
        return self.since <= time and (self.until is None or time < self.until)


@dataclass(frozen=True, slots=True)
class _Setting:
    """A custom client setting, as deployed to its collection."""

    collection: str
    downlevel_client: History[str]
    install_outside_windows: bool


SharingChoice = tuple[str, str]
"""The sample-sharing choice, and the step that made it; empty for the policy's own choice."""


class SiteServer:
    """The data of the ConfigMgr site. Members and devices are device numbers."""

    def __init__(
        self,
        scenario: Scenario,
        members: Mapping[str, frozenset[int]],
        workspaces: Mapping[str, WorkspaceState],
        devices: int,
    ) -> None:
        self.version = History(scenario.site.version)
        self._workload = scenario.site.endpoint_protection_workload
        self.policies: dict[str, Policy] = {policy.name: policy for policy in scenario.policies}
        self.packages: dict[str, Package] = {package.name: package for package in scenario.packages}
        self.package_names = {policy.name: History(policy.package) for policy in scenario.policies}
        """The name of the package that each policy deploys (UPD-2)."""
        self.sharing = {
            policy.name: History[SharingChoice]((policy.sample_sharing, ""))
            for policy in scenario.policies
        }
        self.members: dict[str, Set[int]] = dict(members)
        """The members of each collection since its last evaluation."""
        self.deployments: list[Deployment] = []
        self.scripts: list[ScriptDeployment] = []
        self._collections_of = _collections_of(members, devices)
        self._moved: dict[int, History[tuple[str, ...]]] = {}
        """The collections over time of devices whose membership has changed."""
        self._workspaces = {name: History(state) for name, state in workspaces.items()}
        self.paused = {name: History(False) for name in self.policies}
        """Whether a policy is held back from devices that have not received it yet."""
        ranked = sorted(scenario.client_settings, key=lambda setting: setting.priority)
        self._settings = {
            setting.name: _Setting(
                setting.collection,
                History[str](setting.downlevel_client),
                setting.install_outside_windows,
            )
            for setting in ranked
        }

    def collections_at(self, device: int, time: Seconds) -> tuple[str, ...]:
        """Return the collections a device was a member of at *time*, in order of declaration."""
        moved = self._moved.get(device)
        return self._collections_of[device] if moved is None else moved.at(time)

    def set_members(self, collection: str, members: Set[int], time: Seconds) -> Iterator[int]:
        """Set the members of a collection from *time* on; yield the devices that this changes."""
        for device in sorted(members ^ self.members[collection]):
            history = self._moved.get(device)
            if history is None:
                history = self._moved[device] = History(self._collections_of[device])
            names = {*history.latest} ^ {collection}
            history.set(time, tuple(name for name in self.members if name in names))
            yield device
        self.members[collection] = members

    def is_left_to_intune(self, device: int, time: Seconds) -> bool:
        """Return whether Intune holds the Endpoint Protection workload of a device (PRE-6).

        If the device is co-managed; of another one nobody asks.
        """
        if isinstance(self._workload, str):
            return self._workload == "intune"
        return self._workload.pilot in self.collections_at(device, time)

    def version_at(self, time: Seconds) -> str:
        """Return the site's version as of *time* (DWN-3)."""
        return self.version.at(time)

    def package_of(self, policy: str, time: Seconds) -> Package:
        """Return the package that a policy deploys as of *time* (UPD-2)."""
        return self.packages[self.package_names[policy].at(time)]

    def deploy(
        self, policy: str, collection: str, time: Seconds, evaluate_every: Seconds | None = None
    ) -> bool:
        """Deploy a policy to a collection; return whether it was not deployed there before."""
        if any(known.policy == policy for known in self.deployments_to(collection, time)):
            return False
        number = len(self.deployments)
        deployment = Deployment(number, policy, collection, time, None, evaluate_every)
        self.deployments.append(deployment)
        return True

    def undeploy(self, policy: str, collection: str, time: Seconds) -> bool:
        """Withdraw a deployment; return whether there was one."""
        for deployment in self.deployments_to(collection, time):
            if deployment.policy == policy:
                deployment.until = time
                return True
        return False

    def deployments_to(self, collection: str, time: Seconds) -> list[Deployment]:
        """Return the policies' deployments to a collection, the earliest first."""
        return [d for d in self.deployments if d.collection == collection and d.is_active(time)]

    def reaching(self, device: int, time: Seconds) -> dict[str, Deployment]:
        """Return the policies that reach a device, each with its earliest active deployment."""
        mine = self.collections_at(device, time)
        reaching: dict[str, Deployment] = {}
        for deployment in self.deployments:
            if deployment.is_active(time) and deployment.collection in mine:
                reaching.setdefault(deployment.policy, deployment)
        return reaching

    def run_script(self, package: str, collection: str, step: str, time: Seconds) -> bool:
        """Deploy a package's script to a collection; return whether it was not there before."""
        if any(script.package == package for script in self.scripts_on(collection, time)):
            return False
        self.scripts.append(ScriptDeployment(package, collection, step, time))
        return True

    def remove_script(
        self, package: str, collection: str, time: Seconds
    ) -> ScriptDeployment | None:
        """Withdraw a script; return its deployment, None when there was none."""
        for script in self.scripts_on(collection, time):
            if script.package == package:
                script.until = time
                return script
        return None

    def scripts_on(self, collection: str, time: Seconds) -> list[ScriptDeployment]:
        """Return the scripts that are deployed to a collection."""
        return [s for s in self.scripts if s.collection == collection and s.is_active(time)]

    def scripts_reaching(self, device: int, time: Seconds) -> dict[str, ScriptDeployment]:
        """Return the scripts that reach a device, each with its earliest active deployment."""
        reaching: dict[str, ScriptDeployment] = {}
        if self.scripts:
            mine = self.collections_at(device, time)
            for script in self.scripts:
                if script.is_active(time) and script.collection in mine:
                    reaching.setdefault(script.package, script)
        return reaching

    def withdraw_all(self, collection: str, time: Seconds) -> None:
        """End all deployments to a collection that is deleted (POL-7)."""
        for deployment in self.deployments_to(collection, time):
            deployment.until = time
        for script in self.scripts_on(collection, time):
            script.until = time

    def set_workspace(
        self, policy: str, time: Seconds, identifier: str | None, key: str | None
    ) -> None:
        """Change a policy's workspace values; None leaves a value as it is (MMA-6)."""
        history = self._workspaces[policy]
        old_id, old_key = history.latest
        history.set(time, (identifier or old_id, key or old_key))

    def workspace(self, policy: str, time: Seconds) -> str:
        """Return `present`, `missing`, `swapped` or `wrong` as of *time* (MMA-2, MMA-4)."""
        values = self._workspaces[policy].at(time)
        for condition, word in (("absent", "missing"), ("swapped", "swapped"), ("wrong", "wrong")):
            if condition in values:
                return word
        return "present"

    def set_client_setting(self, name: str, downlevel_client: str, time: Seconds) -> str:
        """Change a client setting; return the collection it is deployed to."""
        setting = self._settings[name]
        setting.downlevel_client.set(time, downlevel_client)
        return setting.collection

    def downlevel_client(self, device: int, time: Seconds) -> str:
        """Return a device's choice of the agent as of *time* (DWN-6)."""
        setting = self._ruling_setting(device, time)
        return DEFAULT_DOWNLEVEL_CLIENT if setting is None else setting.downlevel_client.at(time)

    def installs_outside_windows(self, device: int, time: Seconds) -> bool:
        """Return whether a device's setting lets an agent be installed at any time (TIM-5)."""
        setting = self._ruling_setting(device, time)
        return setting is not None and setting.install_outside_windows

    def _ruling_setting(self, device: int, time: Seconds) -> _Setting | None:
        """Return the setting that rules a device: the lowest priority number wins (DWN-6)."""
        if not self._settings:
            return None
        mine = self.collections_at(device, time)
        return next((one for one in self._settings.values() if one.collection in mine), None)


def _collections_of(
    members: Mapping[str, frozenset[int]], devices: int
) -> tuple[tuple[str, ...], ...]:
    lists: list[list[str]] = [[] for _ in range(devices)]
    for collection, numbers in members.items():
        for number in sorted(numbers):
            lists[number].append(collection)
    # Most devices are in the same collections: they share one tuple.
    distinct: dict[tuple[str, ...], tuple[str, ...]] = {}
    return tuple(distinct.setdefault(tuple(names), tuple(names)) for names in lists)
