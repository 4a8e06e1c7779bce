"""What an event leaves among a device's milestones: when things happened, and how often."""

from collections.abc import Callable

from sim.tally.facts import Milestones
from sim.units import Seconds

Mark = Callable[[Milestones, Seconds], None]


def _mark_targeted(milestones: Milestones, time: Seconds) -> None:
    if milestones.targeted_at is None:
        milestones.targeted_at = time


def _mark_applied(milestones: Milestones, time: Seconds) -> None:
    if milestones.policy_applied_at is None:
        milestones.policy_applied_at = time


def _mark_attempt(milestones: Milestones, time: Seconds) -> None:
    milestones.attempts += 1


def _mark_onboarded(milestones: Milestones, time: Seconds) -> None:
    milestones.attempts += 1
    milestones.onboarded_at = time
    milestones.reported_at = milestones.portal_at = None


def _mark_reported(milestones: Milestones, time: Seconds) -> None:
    if milestones.reported_at is None:
        milestones.reported_at = time


def _mark_seen(milestones: Milestones, time: Seconds) -> None:
    if milestones.portal_at is None:
        milestones.portal_at = time


def _mark_restarted(milestones: Milestones, time: Seconds) -> None:
    milestones.restarts += 1


def _mark_retired(milestones: Milestones, time: Seconds) -> None:
    milestones.retired_at = time


MARKS: dict[str, Mark] = {
    "targeted": _mark_targeted,
    "policy_applied": _mark_applied,
    "policy_failed": _mark_attempt,
    "install_failed": _mark_attempt,
    "onboarding_failed": _mark_attempt,
    "offboarding_failed": _mark_attempt,
    "offboarded": _mark_attempt,
    "onboarded": _mark_onboarded,
    "reported": _mark_reported,
    "portal_seen": _mark_seen,
    "restarted": _mark_restarted,
    "retired": _mark_retired,
}
