"""Whether a device can onboard at all in a plan, from when on, and what stands in its way.

*Can* is generous: every value that a setting, a package, a workspace or a trait may have at some
time of the run is tried with every other. So what cannot onboard here cannot in any run. What is
*meant* is the plan as written, each step as early as it can come.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product
from operator import attrgetter
from typing import Any

from sim.fleet.device import Overrides
from sim.lint import outcome
from sim.lint.belonging import Belonging
from sim.lint.changes import distinct, meant, possible
from sim.lint.ground import Ground
from sim.lint.outcome import Attempt
from sim.lint.site_history import DEFAULT_CLIENT, Aimed, SiteHistory
from sim.lint.workspace import together
from sim.reference.decisions import Decision
from sim.reference.routes import installs, without_mma
from sim.reference.traits import TRAITS, Device
from sim.scenario.model import Package
from sim.units import Seconds

MOST_VARIANTS = 256
"""So many combinations of traits are tried; where there are more, nothing is claimed."""

_TRAITS = tuple(
    name
    for name in TRAITS
    if name not in ("name", "build", "chassis", "location", "presence", "payload")
    and name not in ("sensor_running", "last_contact", "joined_at", "retired_at")
)
"""The traits that decide; two devices with the same of these have the same prospects."""
_decisive = attrgetter(*_TRAITS)


@dataclass(frozen=True, slots=True)
class Prospect:
    """What is known of one device before the run."""

    onboards_from: Seconds | None
    """When it can be onboarded at the earliest; None: it cannot."""
    deployment: Aimed | None = None
    """The onboarding deployment that rules it, as the plan is meant."""
    route: Decision | None = None
    """Its route when that deployment comes."""
    installs: bool = False
    """Whether that route needs an agent that is not there."""
    failure: Decision | None = None
    """Why it does not onboard when the deployment comes; None where nothing is in the way."""
    mended_by: int | None = None
    """The number of the step after which nothing is in the way any more."""

    @property
    def can_onboard(self) -> bool:
        """Whether there is any run in which it onboards, or it is onboarded already."""
        return self.onboards_from is not None


class Prospects:
    """The prospects of all devices of a plan."""

    def __init__(self, ground: Ground, site: SiteHistory, belonging: Belonging) -> None:
        self._ground = ground
        self._scenario = ground.scenario
        self._site = site
        self._belonging = belonging
        self._instants = site.instants()
        self._known: dict[Any, Prospect] = {}
        self.all = tuple(self._of(number) for number in range(len(ground.fleet)))

    def _of(self, number: int) -> Prospect:
        device = self._ground.fleet.devices[number]
        key = (_decisive(device), self._where(number))
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = self._judge(number, device)
        return found

    def _where(self, number: int) -> tuple[tuple[str, ...], ...]:
        """Return what matters of a device's collections: two devices may share it."""
        sets = (self._belonging.possible, self._belonging.certain, *self._belonging.epochs)
        return tuple(
            tuple(name for name, members in one.items() if number in members) for one in sets
        )

    def _judge(self, number: int, device: Device) -> Prospect:
        first = self._first_onboarding(number, device)
        ruling = self._ruling(number)
        if ruling is None or self.is_onboarded(device):
            return Prospect(first, ruling)
        now = self.as_meant(number, device, ruling.since, changed=False)
        route = self.route_meant(number, now, ruling.since)
        needs_agent = installs(now.agent, route.agent)
        failure = self._attempt_meant(number, now, ruling, ruling.since)
        if not failure.refused:
            return Prospect(first, ruling, route, needs_agent)
        mended = None if first is None else self._mended_by(number, device, ruling)
        return Prospect(first, ruling, route, needs_agent, failure, mended)

    def is_onboarded(self, device: Device) -> bool:
        """Say whether a device is onboarded to the site's organization before the start."""
        return device.onboarded and device.organization == self._scenario.organization

    def _ruling(self, number: int) -> Aimed | None:
        for deployment in self._site.onboarding():
            if number in self._belonging.meant(deployment.collection, deployment.since):
                return deployment
        return None

    # what can be

    def _first_onboarding(self, number: int, device: Device) -> Seconds | None:
        if self.is_onboarded(device):
            return 0
        ways: list[tuple[Seconds, Callable[[Seconds], bool]]] = [
            (one.since, lambda end, one=one: self._may_pass(number, device, one, end))  # type: ignore[misc]
            for one in (*self._site.onboarding(), *self._site.scripts)
            if number in self._belonging.possible[one.collection]
        ]
        horizon = self._scenario.horizon
        found = [
            next(end for end in (since, *self._later(since), horizon) if passes(end))
            for since, passes in ways
            if passes(horizon)
        ]
        return min(found, default=None)

    def always_fails(
        self, number: int, device: Device, aimed: Aimed, until: Seconds | None
    ) -> bool:
        """Say whether a policy fails with one and the same cause, before *until*.

        Whatever may be in force by then is tried; *until* None means the horizon.
        """
        end = (self._scenario.horizon if until is None else until) - 1
        variants = self._variants(number, device, end)
        attempts = list(self._attempts(number, device, aimed, False, max(end, aimed.since)))
        found = {
            outcome.by_policy(self._scenario, variant, attempt).cause
            for variant in variants
            for attempt in attempts
        }
        return len(found) == 1 and len(variants) <= MOST_VARIANTS

    def _later(self, since: Seconds) -> Iterator[Seconds]:
        return (instant for instant in self._instants if instant > since)

    def _may_pass(self, number: int, device: Device, aimed: Aimed, end: Seconds) -> bool:
        """Say whether any combination of what may be lets the device onboard by *end*."""
        variants = self._variants(number, device, end)
        if len(variants) > MOST_VARIANTS:
            return True
        is_script = aimed.what in self._site.packages and aimed in self._site.scripts
        judge = outcome.by_script if is_script else outcome.by_policy
        return any(
            not judge(self._scenario, variant, attempt).refused
            for variant in variants
            for attempt in self._attempts(number, device, aimed, is_script, end)
        )

    def _attempts(
        self, number: int, device: Device, aimed: Aimed, is_script: bool, end: Seconds
    ) -> Iterator[Attempt]:
        """Yield every state that the site may be in between the deployment and *end*."""
        since, day = aimed.since, self._ground.clock.date_at(aimed.since)
        if is_script:
            packages: tuple[Package, ...] = (self._site.packages[aimed.what],)
            workspaces: tuple[str, ...] = ("present",)
        else:
            packages = possible(self._site.package_of[aimed.what], since, end)
            workspaces = self._workspaces(aimed.what, since, end)
        for setting, version, workspace, package, to in product(
            self._settings(number, since, end),
            possible(self._site.versions, since, end),
            workspaces,
            packages,
            self._organizations(number, device, end),
        ):
            yield Attempt(setting, version, workspace, package, to, day)

    def _settings(self, number: int, start: Seconds, end: Seconds) -> tuple[str, ...]:
        """Return every client setting that may be in force on the device (DWN-6)."""
        found: list[str] = []
        for setting in self._site.settings:
            values = self._site.setting_values[setting.name]
            if number in self._belonging.possible[setting.collection]:
                found += possible(values, start, end)
            if number in self._belonging.certain[setting.collection]:
                return distinct(found)
        return distinct((*found, DEFAULT_CLIENT))

    def _workspaces(self, policy: str, start: Seconds, end: Seconds) -> tuple[str, ...]:
        ids, keys = self._site.workspaces[policy]
        pairs = product(possible(ids, start, end), possible(keys, start, end))
        return distinct(word for pair in pairs for word in together(*pair))

    def _organizations(self, number: int, device: Device, end: Seconds) -> tuple[str, ...]:
        """Return whom the device may belong to: nobody once it may have been offboarded."""
        belongs = device.organization if device.onboarded else ""
        leaves = self._may_leave(number, end)
        return distinct((belongs, "")) if leaves else (belongs,)

    def _may_leave(self, number: int, end: Seconds) -> bool:
        return any(
            one.since <= end and number in self._belonging.possible[one.collection]
            for one in self._site.offboarding()
        )

    def _variants(self, number: int, device: Device, end: Seconds) -> list[Device]:
        """Return the device with every combination of traits that it may come to have."""
        values: dict[str, list[Any]] = {}
        for change in self._site.trait_changes:
            if change.since <= end and number in self._belonging.possible_of(change.on):
                for name, value in change.sets:
                    values.setdefault(name, [getattr(device, name)]).append(value)
        for repair in self._site.repairs_of(device):
            if repair.since <= end:
                for name, value in repair.sets:
                    values.setdefault(name, [getattr(device, name)]).append(value)
        if device.restart_pending:
            values.setdefault("restart_pending", [True]).append(False)
        if "mma" in device.agent and self._may_leave(number, end):
            values.setdefault("agent", [device.agent]).append(without_mma(device.agent))
        choices = {name: distinct(found) for name, found in values.items() if name in _TRAITS}
        combinations = product(*choices.values())
        found: list[Device] = []
        for combination in combinations:
            found.append(replace(device, **dict(zip(choices, combination, strict=True))))
            if len(found) > MOST_VARIANTS:
                break
        return found

    # what is meant

    def _mended_by(self, number: int, device: Device, ruling: Aimed) -> int | None:
        """Return the step after which the plan, as meant, lets the device onboard."""
        for coming in self._site.acting:
            at = coming.since
            if at < ruling.since:
                continue
            then = self.as_meant(number, device, at, changed=True)
            if not self._attempt_meant(number, then, ruling, at).refused:
                return coming.number
        return None

    def as_meant(self, number: int, device: Device, at: Seconds, *, changed: bool) -> Device:
        """Return the device with the traits that steps have given it by *at*.

        A patch that takes some time counts when it is over, with *changed* as soon as it begins. A
        pending restart counts as past: restarts come by themselves.
        """
        sets: Overrides = (("restart_pending", False),)
        for change in self._site.trait_changes:
            done = change.since + (0 if changed else change.within)
            if done <= at and number in self._belonging.meant_of(change.on, change.since):
                sets += change.sets
        return replace(device, **dict(sets))

    def route_meant(self, number: int, device: Device, at: Seconds) -> Decision:
        """Return the route of a device at *at*, as the plan is meant."""
        version = meant(self._site.versions, at)
        return outcome.route_of(device, self.setting_meant(number, at)[0], version)

    def setting_meant(self, number: int, at: Seconds) -> tuple[str, str]:
        """Return the client setting in force and its name; an empty name for the default."""
        for setting in self._site.settings:
            if number in self._belonging.meant(setting.collection, at):
                return meant(self._site.setting_values[setting.name], at), setting.name
        return DEFAULT_CLIENT, ""

    def workspace_meant(self, policy: str, at: Seconds) -> str:
        """Return the condition of a policy's workspace values; an unknown one counts as present."""
        ids, keys = self._site.workspaces[policy]
        return together(meant(ids, at), meant(keys, at))[0]

    def _attempt_meant(self, number: int, device: Device, ruling: Aimed, at: Seconds) -> Decision:
        attempt = Attempt(
            downlevel_client=self.setting_meant(number, at)[0],
            site_version=meant(self._site.versions, at),
            workspace=self.workspace_meant(ruling.what, at),
            package=meant(self._site.package_of[ruling.what], at),
            onboarded_to=device.organization if device.onboarded else "",
            on=self._ground.clock.date_at(at),
        )
        return outcome.by_policy(self._scenario, device, attempt)


def causes(prospects: Sequence[Prospect]) -> tuple[str, ...]:
    """Return the causes of failure among some prospects, each once."""
    return distinct(one.failure.cause for one in prospects if one.failure is not None)
