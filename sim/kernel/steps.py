"""What each plan step does to the site, which devices it concerns, and when it is refused."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import singledispatchmethod

from sim.eventlog import LogWriter
from sim.fleet.device import patch_values
from sim.kernel.collections import CollectionEvaluations
from sim.kernel.device_state import DeviceState
from sim.kernel.external_events import ExternalEvents
from sim.kernel.site import SiteServer
from sim.reference.decisions import Decision
from sim.reference.refusals import package_refusal, role_refusal, script_refusal, setting_refusal
from sim.scenario import model, steps
from sim.scenario.values import WorkspaceValue
from sim.units import Seconds

Notify = Callable[[int], None]
"""Tells a device that its next poll will find something new."""


@dataclass(frozen=True)
class Steps:
    """Carries out the steps of a plan."""

    administrators: Sequence[model.Administrator]
    """Who carries out the steps; the first one where a step names nobody."""
    site: SiteServer
    log: LogWriter
    devices: Sequence[DeviceState]
    external_events: ExternalEvents
    collections: CollectionEvaluations
    notify: Notify
    secret: Callable[[WorkspaceValue | None, str], str | None]

    def refusal(self, step: steps.Step, now: Seconds) -> Decision | None:
        """Return why a step is refused: rights first, then the package, then the site's version."""
        who = next(each for each in self.administrators if step.by in (None, each.name))
        return role_refusal(step.right, who.roles, who.rights) or self._own_refusal(step, now)

    @singledispatchmethod
    def _own_refusal(self, step: steps.Step, now: Seconds) -> Decision | None:
        """Return why the site refuses a step, whichever administrator carries it out."""
        return None

    @_own_refusal.register
    def _(self, step: steps.Deploy, now: Seconds) -> Decision | None:
        return self._package_refusal(step.deploy, self.site.package_of(step.deploy, now))

    @_own_refusal.register
    def _(self, step: steps.Update, now: Seconds) -> Decision | None:
        return self._package_refusal(step.update, self.site.packages[step.package])

    @_own_refusal.register
    def _(self, step: steps.RunScript, now: Seconds) -> Decision | None:
        script = self.site.packages[step.run_script]
        return script_refusal(script.kind, script.method)

    @_own_refusal.register
    def _(self, step: steps.SetClientSetting, now: Seconds) -> Decision | None:
        return setting_refusal(step.downlevel_client, self.site.version.latest)

    def _package_refusal(self, policy: str, package: model.Package) -> Decision | None:
        kind = self.site.policies[policy].kind
        return package_refusal(kind, package.kind, package.method)

    @singledispatchmethod
    def carry_out(self, step: steps.Step, name: str, now: Seconds) -> None:
        """Change the site as the step says and notify the devices that it concerns.

        *name* is the step's own or its place in the plan; draws of the step are keyed by it. A
        step means what the method registered for its class does.
        """
        raise TypeError(f"no method is registered for the step {step.verb}")

    @carry_out.register
    def _(self, step: steps.Deploy, name: str, now: Seconds) -> None:
        affected: set[int] = set()
        for collection in step.to:
            if self.site.deploy(step.deploy, collection, now, step.evaluate_every):
                self._record_members("targeted", collection, now, policy=step.deploy)
                affected |= self.site.members[collection]
        self._notify_all(affected)

    @carry_out.register
    def _(self, step: steps.Undeploy, name: str, now: Seconds) -> None:
        affected: set[int] = set()
        for collection in step.from_:
            if self.site.undeploy(step.undeploy, collection, now):
                self._record_members("untargeted", collection, now, policy=step.undeploy)
                affected |= self.site.members[collection]
        self._notify_all(affected)

    @carry_out.register
    def _(self, step: steps.Update, name: str, now: Seconds) -> None:
        """Devices see the new package at their next scheduled evaluation (UPD-2, TIM-2)."""
        self.site.package_names[step.update].set(now, step.package)
        self._notify_of_policy(step.update, now)

    @carry_out.register
    def _(self, step: steps.SetWorkspace, name: str, now: Seconds) -> None:
        """Devices see the values at their next scheduled evaluation (MMA-6, CON-1, TIM-2)."""
        values = self.secret(step.id, "id"), self.secret(step.key, "key")
        self.site.set_workspace(step.set_workspace, now, *values)
        self._notify_of_policy(step.set_workspace, now)

    @carry_out.register
    def _(self, step: steps.SetSampleSharing, name: str, now: Seconds) -> None:
        self.site.sharing[step.set_sample_sharing].set(now, (step.to, name))
        self._notify_of_policy(step.set_sample_sharing, now)

    @carry_out.register
    def _(self, step: steps.Pause, name: str, now: Seconds) -> None:
        self.site.paused[step.pause].set(now, True)

    @carry_out.register
    def _(self, step: steps.Resume, name: str, now: Seconds) -> None:
        self.site.paused[step.resume].set(now, False)
        self._notify_of_policy(step.resume, now)

    @carry_out.register
    def _(self, step: steps.RunScript, name: str, now: Seconds) -> None:
        for collection in step.on:
            if self.site.run_script(step.run_script, collection, name, now):
                self._record_members("targeted", collection, now, rule="UPD-9", step=name)
                self._notify_all(self.site.members[collection])

    @carry_out.register
    def _(self, step: steps.RemoveScript, name: str, now: Seconds) -> None:
        for collection in step.from_:
            deployment = self.site.remove_script(step.remove_script, collection, now)
            if deployment is not None:
                step_of = deployment.step  # rows name the step that ran the script
                self._record_members("untargeted", collection, now, rule="UPD-9", step=step_of)
                self._notify_all(self.site.members[collection])

    @carry_out.register
    def _(self, step: steps.Exclude, name: str, now: Seconds) -> None:
        self.collections.exclude(step.exclude, step.from_, now)

    @carry_out.register
    def _(self, step: steps.Include, name: str, now: Seconds) -> None:
        self.collections.include(step.include, step.in_, now)

    @carry_out.register
    def _(self, step: steps.RemoveCollection, name: str, now: Seconds) -> None:
        self.collections.remove(step.remove_collection, now)
        self.site.withdraw_all(step.remove_collection, now)

    @carry_out.register
    def _(self, step: steps.SetClientSetting, name: str, now: Seconds) -> None:
        collection = self.site.set_client_setting(
            step.set_client_setting, step.downlevel_client, now
        )
        self._notify_all(self.site.members[collection])

    @carry_out.register
    def _(self, step: steps.SetSiteVersion, name: str, now: Seconds) -> None:
        """Every device is notified: the site's version decides their route (DWN-3)."""
        self.site.version.set(now, step.set_site_version)
        self._notify_all(range(len(self.devices)))

    @carry_out.register
    def _(self, step: steps.SetClientVersion, name: str, now: Seconds) -> None:
        for device in self._members_of(step.on):
            self.external_events.upgrade(device, step.set_client_version, name, now)

    @carry_out.register
    def _(self, step: steps.Restart, name: str, now: Seconds) -> None:
        for device in self._members_of(step.restart):
            self.external_events.restart_within(device, name, step.within, now)

    @carry_out.register
    def _(self, step: steps.Patch, name: str, now: Seconds) -> None:
        sets = patch_values(step.patch)
        for device in self._members_of(step.on):
            self.external_events.patch_within(device, name, step.within, sets, now)

    def _members_of(self, collections: tuple[str, ...]) -> Iterator[DeviceState]:
        """Yield the devices of some collections, each once, in order of name."""
        numbers = frozenset[int]().union(*(self.site.members[name] for name in collections))
        for number in sorted(numbers):
            yield self.devices[number]

    def _notify_of_policy(self, policy: str, now: Seconds) -> None:
        affected: set[int] = set()
        for deployment in self.site.deployments:
            if deployment.policy == policy and deployment.is_active(now):
                affected |= self.site.members[deployment.collection]
        self._notify_all(affected)

    def _record_members(self, event: str, collection: str, now: Seconds, **names: str) -> None:
        """Log an event of the members of a collection that have not retired, in order of name."""
        for number in sorted(self.site.members[collection]):
            if now < self.devices[number].timetable.until:
                self.log.record(now, number, event, collection=collection, **names)

    def _notify_all(self, devices: Iterable[int]) -> None:
        for number in sorted(devices):
            self.notify(number)
