"""What each plan step does to the site, which devices it concerns, and when it is refused."""

from collections.abc import Callable, Iterable, Iterator, Sequence

from sim.eventlog import LogWriter
from sim.fleet.patches import patch_values
from sim.kernel.circumstances import Circumstances
from sim.kernel.client import Client
from sim.kernel.site import Site, WorkspaceState
from sim.reference.onboarding import (
    Decision,
    package_refusal,
    role_refusal,
    script_refusal,
    setting_refusal,
)
from sim.scenario import model
from sim.units import Seconds

Notify = Callable[[int], None]
"""Tells a device that its next poll will find something new."""


class Steps:
    """Carries out the steps that this version simulates; see SIMULATED_STEPS."""

    def __init__(
        self,
        scenario: model.Scenario,
        site: Site,
        log: LogWriter,
        clients: Sequence[Client],
        circumstances: Circumstances,
        notify: Notify,
        secret: Callable[[model.WorkspaceValue | None, str], str | None],
    ) -> None:
        self._site = site
        self._log = log
        self._clients = clients
        self._circumstances = circumstances
        self._notify = notify
        self._secret = secret
        self._administrators = {who.name: who for who in scenario.site.administrators}
        self._first = scenario.site.administrators[0] if self._administrators else None

    def refusal(self, step: model.Step) -> Decision | None:
        """Return why a step is refused: rights first, then the package, then the site's version."""
        who = self._first if step.by is None else self._administrators[step.by]
        roles, rights = (who.roles, who.rights) if who else ((), ())
        refused = role_refusal(model.step_verb(step) or "", roles, rights)
        if refused is None and isinstance(step, model.Deploy):
            package = self._site.package_of(step.deploy)
            kind = self._site.policies[step.deploy].kind
            refused = package_refusal(kind, package.kind, package.method)
        if refused is None and isinstance(step, model.RunScript):
            script = self._site.packages[step.run_script]
            refused = script_refusal(script.kind, script.method)
        if refused is None and isinstance(step, model.SetClientSetting):
            refused = setting_refusal(step.downlevel_client, self._site.version)
        return refused

    def carry_out(self, step: model.Step, name: str, now: Seconds) -> None:
        """Change the site as the step says and tell the devices that it concerns.

        *name* is the step's own or its place in the plan; draws of the step are keyed by it.
        """
        if isinstance(step, model.Deploy):
            self._deploy(step.deploy, step.to, now)
        elif isinstance(step, model.Undeploy):
            self._undeploy(step.undeploy, step.from_, now)
        elif isinstance(step, model.SetWorkspace):
            values: WorkspaceState | tuple[str | None, str | None]
            values = self._secret(step.id, "id"), self._secret(step.key, "key")
            self._site.set_workspace(step.set_workspace, now, *values)
        elif isinstance(step, model.Pause):
            self._site.set_paused(step.pause, True, now)
        elif isinstance(step, model.Resume):
            self._resume(step.resume, now)
        elif isinstance(step, model.SetClientSetting):
            collection = self._site.set_client_setting(
                step.set_client_setting, step.downlevel_client, now
            )
            self._tell(self._site.members[collection])
        elif isinstance(step, model.RunScript):
            self._run_script(step.run_script, step.on, name, now)
        elif isinstance(step, model.RemoveScript):
            self._remove_script(step.remove_script, step.from_, now)
        elif isinstance(step, model.Restart):
            for client in self._members_of(step.restart):
                self._circumstances.restart_within(client, name, step.within, now)
        elif isinstance(step, model.Patch):
            sets = patch_values(step.patch)
            for client in self._members_of(step.on):
                self._circumstances.patch_within(client, name, step.within, sets, now)
        else:
            raise TypeError(f"a step that is not simulated: {model.step_verb(step)}")

    def _members_of(self, collections: tuple[str, ...]) -> Iterator[Client]:
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
        for device in sorted(self._site.members[collection]):
            self._log.record(now, device, event, rule="UPD-9", collection=collection, step=step)
        self._tell(self._site.members[collection])

    def _resume(self, policy: str, now: Seconds) -> None:
        self._site.set_paused(policy, False, now)
        concerned: set[int] = set()
        for deployment in self._site.deployments:
            if deployment.policy == policy and deployment.is_active(now):
                concerned |= self._site.members[deployment.collection]
        self._tell(concerned)

    def _record_members(self, event: str, policy: str, collection: str, now: Seconds) -> None:
        for device in sorted(self._site.members[collection]):
            self._log.record(now, device, event, policy=policy, collection=collection)

    def _tell(self, devices: Iterable[int]) -> None:
        for device in sorted(devices):
            self._notify(device)
