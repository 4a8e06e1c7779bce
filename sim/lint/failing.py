"""Which devices have certainly failed at an instant, and since when.

Only what nothing can delay or hide is counted: the computer is always on, its client works, one
policy alone can reach it, and the evaluation itself refuses, whatever the plan has changed by then.
"""

from dataclasses import dataclass

from sim.lint.belonging import Belonging
from sim.lint.ground import Ground
from sim.lint.outcome import eligible
from sim.lint.prospects import Prospects
from sim.lint.site_history import Aimed, SiteHistory
from sim.reference.traits import Device
from sim.units import Seconds

AT_EVALUATION = ("workspace_missing", "other_organization", "payload_not_eligible")
"""Causes for which an evaluation refuses at once, before anything is fetched or installed."""

_HIDDEN = ("presence", "client", "managed_by")
"""Traits that, when a step sets them, may keep a device from evaluating its policy."""


@dataclass(frozen=True, slots=True)
class Failing:
    """A device that has failed for certain within [since, until)."""

    device: int
    since: Seconds
    until: Seconds
    cause: str
    deployment: Aimed


class CertainFailures:
    """The devices of a plan that certainly fail at some time, by number."""

    def __init__(
        self, ground: Ground, site: SiteHistory, belonging: Belonging, prospects: Prospects
    ) -> None:
        self._ground = ground
        self._site = site
        self._belonging = belonging
        self._prospects = prospects
        self._is_bound = bool(ground.scenario.maintenance_windows) and not (
            ground.scenario.rules.evaluation_outside_windows
        )
        found = (self._of(number, device) for number, device in enumerate(ground.fleet.devices))
        self.all = {one.device: one for one in found if one is not None}

    def _of(self, number: int, device: Device) -> Failing | None:
        prospect = self._prospects.all[number]
        failure, deployment = prospect.failure, prospect.deployment
        if failure is None or deployment is None or failure.cause not in AT_EVALUATION:
            return None
        if not self._is_heard(number, device) or not self._is_alone(number, deployment):
            return None
        last_day = self._ground.clock.date_at(self._ground.scenario.horizon)
        if eligible(self._ground.scenario, device, last_day, device.onboarded).refused:
            return None
        latest = deployment.coming.latest
        if latest is None or not self._prospects.always_fails(
            number, device, deployment, prospect.onboards_from
        ):
            return None
        until = prospect.onboards_from or self._ground.scenario.horizon + 1
        return Failing(number, latest + self._until_evaluated(), until, failure.cause, deployment)

    def _is_heard(self, number: int, device: Device) -> bool:
        """Say whether nothing keeps the device from polling and evaluating."""
        if self._is_bound or device.presence != "always_on" or device.client != "active":
            return False
        here = self._ground.tenures[number]
        if here.joins or here.retires is not None:
            return False
        return not any(
            name in _HIDDEN and number in self._belonging.possible_of(change.on)
            for change in self._site.trait_changes
            for name, _ in change.sets
        )

    def _is_alone(self, number: int, deployment: Aimed) -> bool:
        """Say whether this deployment reaches the device for certain, and no other ever does."""
        others = [
            one
            for one in (*self._site.deployments, *self._site.scripts)
            if number in self._belonging.possible[one.collection] and one != deployment
        ]
        return (
            number in self._belonging.certain[deployment.collection]
            and deployment.ends is None
            and deployment.what not in self._site.paused
            and all(one.what == deployment.what for one in others)
            and not any(one in self._site.scripts for one in others)
        )

    def _until_evaluated(self) -> Seconds:
        """Return how long after a deployment every device has evaluated it (TIM-1, TIM-2)."""
        assumed = self._ground.assumed
        first = max(1, assumed["first_evaluation_window"])
        return assumed["policy_poll_interval"] + first + 1

    def reported(self) -> Seconds:
        """Return how much later the console knows at the latest (TIM-3)."""
        return self._ground.assumed["state_message_interval"] + 1
