"""What the plan makes of the site: settings, versions, packages, workspace values, deployments.

Each is kept as the changes that may come, in the order of their earliest seconds.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sim.fleet.device import Overrides, patch_values
from sim.lint.changes import Change, Changes, first
from sim.lint.course import Coming, in_order
from sim.lint.ground import Ground
from sim.lint.workspace import condition, first_conditions
from sim.reference.causes import REPAIRS
from sim.reference.traits import Device
from sim.scenario import model
from sim.scenario.steps import (
    Deploy,
    Patch,
    Pause,
    RemoveCollection,
    RemoveScript,
    RunScript,
    SetClientSetting,
    SetClientVersion,
    SetSiteVersion,
    SetWorkspace,
    Step,
    Undeploy,
    Update,
)
from sim.units import Seconds

DEFAULT_CLIENT = "mma"
"""The default client setting for Server 2012 R2 and 2016 (DWN-1)."""


@dataclass(frozen=True, slots=True)
class Aimed:
    """A policy or a script that a step aims at one collection."""

    coming: Coming
    what: str
    """The policy, or the package of the script."""
    collection: str
    ends: Seconds | None
    """When it is withdrawn at the earliest; None: never."""

    @property
    def since(self) -> Seconds:
        """When it is there at the earliest."""
        return self.coming.since


@dataclass(frozen=True, slots=True)
class TraitChange:
    """A step that sets traits on the members of collections."""

    coming: Coming
    sets: Overrides
    on: tuple[str, ...]
    within: Seconds

    @property
    def since(self) -> Seconds:
        """When the first device may be changed."""
        return self.coming.since


@dataclass(frozen=True, slots=True)
class DeskRepair:
    """A cause that the support desk puts right, on whichever device the console shows it."""

    cause: str
    since: Seconds
    sets: Overrides


class SiteHistory:
    """Everything of the site that steps change."""

    def __init__(self, ground: Ground, comings: Sequence[Coming]) -> None:
        scenario = ground.scenario
        self._environment = ground.environment
        self.acting = tuple(one for one in in_order(comings) if one.acts)
        """The steps that may come and are not refused for certain, in order."""
        self.packages = {package.name: package for package in scenario.packages}
        self.policies = {policy.name: policy for policy in scenario.policies}
        self.settings = tuple(sorted(scenario.client_settings, key=lambda one: one.priority))
        """The client settings, the one that wins first."""
        self.versions: Changes[str] = [
            first(scenario.site.version),
            *(
                Change(one.since, one.latest, one.step.set_site_version)
                for one in self.acting
                if isinstance(one.step, SetSiteVersion)
            ),
        ]
        self.setting_values = {one.name: self._setting(one) for one in scenario.client_settings}
        self.package_of = {one.name: self._package(one) for one in scenario.policies}
        self.workspaces = {one.name: self._workspace(one) for one in scenario.policies}
        self.trait_changes = tuple(self._trait_changes())
        self.repairs = tuple(_desk_repairs(ground))
        """What the support desk may put right on devices (DWN-9, FLT-1)."""
        self.deployments = tuple(self._aimed(Deploy))
        self.scripts = tuple(self._aimed(RunScript))
        self.paused = {one.step.pause for one in self.acting if isinstance(one.step, Pause)}
        """The policies that the plan may hold back at some time."""

    def instants(self) -> tuple[Seconds, ...]:
        """Return the seconds at which something may change, in order, the start first."""
        desk = (repair.since for repair in self.repairs)
        return tuple(sorted({0, *(one.since for one in self.acting), *desk}))

    def repairs_of(self, device: Device) -> Iterator[DeskRepair]:
        """Yield the repairs that may befall a device; a client that is there alone is repaired."""
        for repair in self.repairs:
            if repair.cause == f"client_{device.client}" or "client" not in dict(repair.sets):
                yield repair

    def kind(self, policy: str) -> str:
        """Return what a policy is for: `onboarding` or `offboarding`."""
        return self.policies[policy].kind

    def onboarding(self) -> tuple[Aimed, ...]:
        """Return the deployments of onboarding policies, the earliest first."""
        return tuple(one for one in self.deployments if self.kind(one.what) == "onboarding")

    def offboarding(self) -> tuple[Aimed, ...]:
        """Return the deployments of offboarding policies, the earliest first."""
        return tuple(one for one in self.deployments if self.kind(one.what) == "offboarding")

    def _setting(self, setting: model.ClientSetting) -> Changes[str]:
        changes: list[Change[str]] = [
            Change(one.since, one.latest, str(one.step.downlevel_client))
            for one in self.acting
            if isinstance(one.step, SetClientSetting)
            and one.step.set_client_setting == setting.name
        ]
        return [first(str(setting.downlevel_client)), *changes]

    def _package(self, policy: model.Policy) -> Changes[model.Package]:
        changes = [
            Change(one.since, one.latest, self.packages[one.step.package])
            for one in self.acting
            if isinstance(one.step, Update) and one.step.update == policy.name
        ]
        return [first(self.packages[policy.package]), *changes]

    def _workspace(self, policy: model.Policy) -> tuple[Changes[str], Changes[str]]:
        """Return the changes of the ID and of the key; a step may leave one as it is (MMA-6)."""
        identifier, key = first_conditions(policy, self._environment)
        ids, keys = [first(identifier)], [first(key)]
        for one in self.acting:
            step = one.step
            if isinstance(step, SetWorkspace) and step.set_workspace == policy.name:
                if step.id is not None:
                    value = condition(step.id, "id", self._environment)
                    ids.append(Change(one.since, one.latest, value))
                if step.key is not None:
                    value = condition(step.key, "key", self._environment)
                    keys.append(Change(one.since, one.latest, value))
        return ids, keys

    def _trait_changes(self) -> Iterator[TraitChange]:
        for one in self.acting:
            step = one.step
            if isinstance(step, Patch):
                yield TraitChange(one, patch_values(step.patch), step.on, step.within)
            elif isinstance(step, SetClientVersion):
                sets = (("client_version", step.set_client_version),)
                yield TraitChange(one, sets, step.on, 0)

    def _aimed(self, kind: type[Deploy] | type[RunScript]) -> Iterator[Aimed]:
        for one in self.acting:
            step = one.step
            if type(step) is not kind:
                continue
            what, on = _target(step)
            for collection in on:
                ends = (end for end in self._ends(step, what, collection, one))
                yield Aimed(one, what, collection, min(ends, default=None))

    def _ends(self, step: Step, what: str, collection: str, since: Coming) -> Iterator[Seconds]:
        """Yield when a deployment or a script may be withdrawn after it began."""
        for one in self.acting:
            if (one.since) < (since.earliest or 0):
                continue
            other = one.step
            withdraws = (
                isinstance(other, RemoveCollection) and other.remove_collection == collection
            )
            if isinstance(step, Deploy) and isinstance(other, Undeploy):
                withdraws = other.undeploy == what and collection in other.from_
            if isinstance(step, RunScript) and isinstance(other, RemoveScript):
                withdraws = other.remove_script == what and collection in other.from_
            if withdraws:
                yield one.since


def _desk_repairs(ground: Ground) -> Iterator[DeskRepair]:
    desk = ground.scenario.support_desk
    if desk is not None:
        begins = 0 if desk.from_ is None else max(0, ground.clock.seconds(desk.from_))
        for cause in desk.repairs:
            yield DeskRepair(cause, begins, tuple(REPAIRS[cause].items()))


def _target(step: Step) -> tuple[str, tuple[str, ...]]:
    if isinstance(step, Deploy):
        return step.deploy, step.to
    assert isinstance(step, RunScript)
    return step.run_script, step.on
