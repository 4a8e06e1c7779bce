"""Status, cause and health of a device in one view, and the profile under which it is counted.

A profile is everything that any measure or slice can ask of a device at one instant. Devices with
the same profile are counted together, so a measure is a weight for each profile.
"""

from typing import NamedTuple

from sim.reference import health
from sim.tally.facts import Facts, Told
from sim.tally.roster import Roster

_SILENT = Told(
    route="",
    route_rule="",
    onboarded=False,
    offboarded=False,
    policy_applied=False,
    cause="",
    rule="",
    progress="awaiting_report",
    payload="",
    payload_pending="",
    agent="none",
    sample_sharing="",
    policies=(),
    agent_running=True,
    inactive=False,
)
"""What a view shows of a device it has not heard of."""


class Profile(NamedTuple):
    """What measures and slices can ask of a device at one instant in one view."""

    eligible: bool
    targeted: bool
    status: str
    cause: str
    policy_applied: bool
    payload: str
    payload_pending: str
    agent: str
    sample_sharing: str
    health: str
    states: tuple[tuple[str, str], ...]
    os: str
    level: str
    route: str
    location: str
    collections: tuple[str, ...]
    policies: tuple[str, ...]


def told_in(facts: Facts, view: str) -> Told | None:
    """Return what a view has heard of a device; None when it has heard nothing."""
    if view == "device":
        return facts.truth
    return facts.console if view == "console" else facts.portal


def is_eligible(facts: Facts) -> bool:
    """Return whether a device counts as eligible (PRE-1, PRE-2, OS-1; OS-3 when enforced)."""
    if facts.record.ineligible_cause:
        return False
    return not facts.support_over or facts.truth.onboarded


def status_of(facts: Facts, told: Told) -> str:
    """Return the one status of a device, judged in the order of the closed list."""
    return health.status(
        eligible=is_eligible(facts),
        offboarded=told.offboarded,
        onboarded=told.onboarded,
        targeted=bool(facts.policies),
        failed=bool(told.cause),
    )


def cause_of(facts: Facts, told: Told, status: str, roster: Roster) -> str:
    """Return why what is wanted of a device is not so; empty when all is as wanted."""
    if status == "not_eligible":
        return facts.record.ineligible_cause or "os_out_of_support"
    if status == "not_targeted":
        return "not_targeted"
    if status in ("onboarded", "offboarded"):
        other = "offboarding" if status == "onboarded" else "onboarding"
        if all(roster.policies[name].kind != other for name in facts.policies):
            return ""
    if told.cause:
        return told.cause
    if facts.record.client != "active":
        return f"client_{facts.record.client}"
    return told.progress


def health_in(told: Told | None) -> str:
    """Return the health tile of a device from its record; `none` without a record (MON-2)."""
    if told is None or told.offboarded or not (told.policy_applied or told.onboarded):
        return "none"
    return health.health(
        policy_applied=told.policy_applied,
        onboarded=told.onboarded,
        sensor_running=told.agent_running,
        silent_for_seconds=int(told.inactive),
        inactive_after=1,
    )


def deployment_states(facts: Facts, told: Told) -> tuple[tuple[str, str], ...]:
    """Return each targeting policy's deployment state on a device (MON-5)."""
    known = dict(told.policies)
    return tuple((name, known.get(name, "unknown")) for name in facts.policies)


def profile_of(facts: Facts, view: str, roster: Roster) -> Profile | None:
    """Return a device's profile in one view; None when the view does not count it at all.

    The console leaves out what ConfigMgr does not manage (PRE-5), every view devices that have
    not joined yet or are retired.
    """
    record = facts.record
    if not facts.present or (view == "console" and not record.in_console):
        return None
    heard = told_in(facts, view)
    told = heard or _SILENT
    status = status_of(facts, told)
    return Profile(
        eligible=is_eligible(facts),
        targeted=bool(facts.policies),
        status=status,
        cause=cause_of(facts, told, status, roster),
        policy_applied=told.policy_applied,
        payload=told.payload,
        payload_pending=told.payload_pending,
        agent=told.agent,
        sample_sharing=told.sample_sharing if told.onboarded else "",
        health=health_in(heard),
        states=deployment_states(facts, told),
        os=record.os,
        level=record.level,
        route=told.route or record.route,
        location=record.location,
        collections=facts.collections,
        policies=tuple(facts.policies),
    )
