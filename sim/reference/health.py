"""How the console and the results sort devices: health tiles and statuses."""

from sim.units import Seconds


def health(
    policy_applied: bool,
    onboarded: bool,
    sensor_running: bool,
    silent_for_seconds: Seconds,
    inactive_after: Seconds,
) -> str:
    """Return the console's health tile of a computer, the first that fits (MON-2, MON-3).

    `none` is a computer without a health record: it has neither a policy nor been onboarded.
    A computer without data for exactly the inactive period counts as inactive.
    """
    if not onboarded:
        return "not_onboarded" if policy_applied else "none"
    if not sensor_running:
        return "agent_stopped"
    return "inactive" if silent_for_seconds >= inactive_after else "healthy"


def status(
    *, eligible: bool, offboarded: bool, onboarded: bool, targeted: bool, failed: bool
) -> str:
    """Return the true status of a device: the first that fits, in this order (MON-4).

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
