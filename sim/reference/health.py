"""How the console and the results sort devices: health tiles, deployment states, statuses."""

from collections.abc import Iterable

from sim.units import Seconds
from sim.vocabulary import CAUSES

_POSITION = {cause: position for position, cause in enumerate(CAUSES)}


def health(
    policy_applied: bool,
    onboarded: bool,
    sensor_running: bool,
    silent_for_seconds: Seconds,
    inactive_after: Seconds,
) -> str:
    """Return the console's health tile of a computer, the first that fits (MON-2, MON-3).

    `none` is a computer without a health record: neither policy nor onboarding ever reached it.
    A computer silent for exactly the inactive period counts as inactive.
    """
    if not onboarded:
        return "not_onboarded" if policy_applied else "none"
    if not sensor_running:
        return "agent_stopped"
    return "inactive" if silent_for_seconds >= inactive_after else "healthy"


def deployment_state(*, reported: bool, conflict: bool, failed: bool, applied: bool) -> str:
    """Return a device's state under one deployment as the console lists it (MON-5).

    Without a report nothing is known; a conflict (POL-5) comes before a failure.
    """
    if not reported:
        return "unknown"
    if conflict:
        return "conflict"
    if failed:
        return "failed"
    return "compliant" if applied else "unknown"


def status(
    *, eligible: bool, offboarded: bool, onboarded: bool, targeted: bool, failed: bool
) -> str:
    """Return what a device truly is, exactly one word, judged in this order (MON-4).

    *onboarded* means to the site's organization, *failed* that its latest attempt was refused or
    failed, whether or not it will be tried again.
    """
    if not eligible:
        return "not_eligible"
    if offboarded:
        return "offboarded"
    if onboarded:
        return "onboarded"
    if not targeted:
        return "not_targeted"
    return "failed" if failed else "waiting"


def first_cause(causes: Iterable[str]) -> str:
    """Return the cause that counts of several, or an empty text when there is none (MON-4)."""
    return min((cause for cause in causes if cause), key=_POSITION.__getitem__, default="")
