"""What each plan step does to the site, which devices it concerns, and when it is refused."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from sim.eventlog import LogWriter
from sim.fleet.device import patch_values
from sim.kernel.collections import CollectionEvaluations
from sim.kernel.device_state import DeviceState
from sim.kernel.external_events import ExternalEvents
from sim.kernel.site import SiteServer
from sim.reference.decisions import Decision
from sim.reference.refusals import package_refusal, role_refusal, script_refusal, setting_refusal
from sim.scenario import model
from sim.scenario.steps import (
    Deploy,
    Exclude,
    Include,
    Patch,
    Pause,
    RemoveCollection,
    RemoveScript,
    Restart,
    Resume,
    RunScript,
    SetClientSetting,
    SetClientVersion,
    SetSampleSharing,
    SetSiteVersion,
    SetWorkspace,
    Step,
    Undeploy,
    Update,
    step_verb,
)
from sim.scenario.values import WorkspaceValue
from sim.units import Seconds

Notify = Callable[[int], None]
"""Tells a device that its next poll will find something new."""


Act = Callable[[Any, str, Seconds], None]
"""Carries out one kind of step; takes the step, its name and the present time."""


class Steps:
    """Carries out the steps of a plan."""

    def __init__(
        self,
        scenario: model.Scenario,
        site: SiteServer,
        log: LogWriter,
        clients: Sequence[DeviceState],
        circumstances: ExternalEvents,
        collections: CollectionEvaluations,
        notify: Notify,
        secret: Callable[[WorkspaceValue | None, str], str | None],
    ) -> None:
        self._site = site
        self._log = log
        self._clients = clients
        self._circumstances = circumstances
        self._collections = collections
        self._notify = notify
        self._secret = secret
        self._administrators = {who.name: who for who in scenario.site.administrators}
        self._acts: dict[type[Step], Act] = {
            Deploy: self._deploy_step,
            Undeploy: self._undeploy_step,
            Update: self._update,
            SetWorkspace: self._set_workspace,
            SetSampleSharing: self._set_sharing,
            Pause: self._pause,
            Resume: self._resume,
            RunScript: self._run_script_step,
            RemoveScript: self._remove_script_step,
            Exclude: self._exclude,
            Include: self._include,
            RemoveCollection: self._remove_collection,
            SetClientSetting: self._set_client_setting,
            SetSiteVersion: self._set_site_version,
            SetClientVersion: self._set_client_version,
            Restart: self._restart,
            Patch: self._patch,
        }
        self._first = scenario.site.administrators[0] if self._administrators else None

    def _package_refusal(self, policy: str, package: model.Package) -> Decision | None:
        kind = self._site.policies[policy].kind
        return package_refusal(kind, package.kind, package.method)

    def refusal(self, step: Step, now: Seconds) -> Decision | None:
        """Return why a step is refused: rights first, then the package, then the site's version."""
        who = self._first if step.by is None else self._administrators[step.by]
        roles, rights = (who.roles, who.rights) if who else ((), ())
        refused = role_refusal(step_verb(step) or "", roles, rights)
        if refused is None and isinstance(step, Deploy):
            refused = self._package_refusal(step.deploy, self._site.package_of(step.deploy, now))
        if refused is None and isinstance(step, Update):
            refused = self._package_refusal(step.update, self._site.packages[step.package])
        if refused is None and isinstance(step, RunScript):
            script = self._site.packages[step.run_script]
            refused = script_refusal(script.kind, script.method)
        if refused is None and isinstance(step, SetClientSetting):
            refused = setting_refusal(step.downlevel_client, self._site.version)
        return refused

    def carry_out(self, step: Step, name: str, now: Seconds) -> None:
        """Change the site as the step says and tell the devices that it concerns.

        *name* is the step's own or its place in the plan; draws of the step are keyed by it.
        """
        act = self._acts[type(step)]
        act(step, name, now)

    def _deploy_step(self, step: Deploy, name: str, now: Seconds) -> None:
        self._deploy(step.deploy, step.to, now)

    def _undeploy_step(self, step: Undeploy, name: str, now: Seconds) -> None:
        self._undeploy(step.undeploy, step.from_, now)

    def _update(self, step: Update, name: str, now: Seconds) -> None:
        """Devices see the new package at their next scheduled evaluation (UPD-2, TIM-2)."""
        self._site.update(step.update, step.package, now)
        self._tell_of_policy(step.update, now)

    def _set_workspace(self, step: SetWorkspace, name: str, now: Seconds) -> None:
        """Nobody need be told: the devices that failed for it come back by themselves (MMA-6)."""
        values = self._secret(step.id, "id"), self._secret(step.key, "key")
        self._site.set_workspace(step.set_workspace, now, *values)

    def _set_sharing(self, step: SetSampleSharing, name: str, now: Seconds) -> None:
        self._site.set_sharing(step.set_sample_sharing, step.to, name, now)
        self._tell_of_policy(step.set_sample_sharing, now)

    def _pause(self, step: Pause, name: str, now: Seconds) -> None:
        self._site.set_paused(step.pause, True, now)

    def _resume(self, step: Resume, name: str, now: Seconds) -> None:
        self._site.set_paused(step.resume, False, now)
        self._tell_of_policy(step.resume, now)

    def _run_script_step(self, step: RunScript, name: str, now: Seconds) -> None:
        self._run_script(step.run_script, step.on, name, now)

    def _remove_script_step(self, step: RemoveScript, name: str, now: Seconds) -> None:
        self._remove_script(step.remove_script, step.from_, now)

    def _exclude(self, step: Exclude, name: str, now: Seconds) -> None:
        self._collections.exclude(step.exclude, step.from_, now)

    def _include(self, step: Include, name: str, now: Seconds) -> None:
        self._collections.include(step.include, step.in_, now)

    def _remove_collection(self, step: RemoveCollection, name: str, now: Seconds) -> None:
        self._collections.remove(step.remove_collection, now)
        self._site.withdraw_all(step.remove_collection, now)

    def _set_client_setting(self, step: SetClientSetting, name: str, now: Seconds) -> None:
        collection = self._site.set_client_setting(
            step.set_client_setting, step.downlevel_client, now
        )
        self._tell(self._site.members[collection])

    def _set_site_version(self, step: SetSiteVersion, name: str, now: Seconds) -> None:
        """What the site can do changes; devices decide their route by it (DWN-3)."""
        self._site.set_version(step.set_site_version, now)
        self._tell(range(len(self._clients)))

    def _set_client_version(self, step: SetClientVersion, name: str, now: Seconds) -> None:
        for client in self._members_of(step.on):
            self._circumstances.upgrade(client, step.set_client_version, name, now)

    def _restart(self, step: Restart, name: str, now: Seconds) -> None:
        for client in self._members_of(step.restart):
            self._circumstances.restart_within(client, name, step.within, now)

    def _patch(self, step: Patch, name: str, now: Seconds) -> None:
        sets = patch_values(step.patch)
        for client in self._members_of(step.on):
            self._circumstances.patch_within(client, name, step.within, sets, now)

    def _members_of(self, collections: tuple[str, ...]) -> Iterator[DeviceState]:
        """Yield the devices of some collections, each once, in order of name."""
        numbers = frozenset[int]().union(*(self._site.members[name] for name in collections))
        for number in sorted(numbers):
            yield self._clients[number]

    def _deploy(self, policy: str, collections: tuple[str, ...], now: Seconds) -> None:
        concerned: set[int] = set()
        for collection in collections:
            if self._site.deploy(policy, collection, now):
                self._record_members("targeted", policy, collection, now)
                concerned |= self._site.members[collection]
        self._tell(concerned)

    def _undeploy(self, policy: str, collections: tuple[str, ...], now: Seconds) -> None:
        concerned: set[int] = set()
        for collection in collections:
            if self._site.undeploy(policy, collection, now):
                self._record_members("untargeted", policy, collection, now)
                concerned |= self._site.members[collection]
        self._tell(concerned)

    def _run_script(
        self, package: str, collections: tuple[str, ...], step: str, now: Seconds
    ) -> None:
        for collection in collections:
            if self._site.run_script(package, collection, step, now):
                self._record_script("targeted", collection, step, now)

    def _remove_script(self, package: str, collections: tuple[str, ...], now: Seconds) -> None:
        for collection in collections:
            deployment = self._site.remove_script(package, collection, now)
            if deployment is not None:
                self._record_script("untargeted", collection, deployment.step, now)

    def _record_script(self, event: str, collection: str, step: str, now: Seconds) -> None:
        """Log whom a script reaches or no more; the row names the step that deployed it."""
        for device in self._still_there(collection, now):
            self._log.record(now, device, event, rule="UPD-9", collection=collection, step=step)
        self._tell(self._site.members[collection])

    def _tell_of_policy(self, policy: str, now: Seconds) -> None:
        """Tell the devices that a policy reaches of something about it."""
        concerned: set[int] = set()
        for deployment in self._site.deployments:
            if deployment.policy == policy and deployment.is_active(now):
                concerned |= self._site.members[deployment.collection]
        self._tell(concerned)

    def _record_members(self, event: str, policy: str, collection: str, now: Seconds) -> None:
        for device in self._still_there(collection, now):
            self._log.record(now, device, event, policy=policy, collection=collection)

    def _still_there(self, collection: str, now: Seconds) -> Iterator[int]:
        """Yield the members of a collection that have not retired, in order of name."""
        for device in sorted(self._site.members[collection]):
            if now < self._clients[device].timetable.until:
                yield device

    def _tell(self, devices: Iterable[int]) -> None:
        for device in sorted(devices):
            self._notify(device)
