"""Status, cause and health of a device in one view, and the profile under which it is counted.

A profile is everything that any measure or slice can ask of a device at one instant. Devices with
the same profile are counted together, so a measure is a weight for each profile.
"""

from collections.abc import Mapping
from typing import NamedTuple

from sim.measures.device_table import DeviceKind, PolicyRecord
from sim.measures.facts import DeviceView, Reported
from sim.reference import health
from sim.vocabulary import CAUSES

Policies = Mapping[str, PolicyRecord]

_SILENT = Reported(
    route="",
    route_rule="",
    onboarded=False,
    offboarded=False,
    policy_applied=False,
    cause="",
    rule="",
    cause_policy="",
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
    scripts: tuple[str, ...] = ()
    """The packages whose script has succeeded."""
    ticket: tuple[str, str] = ("", "")
    """`waiting` or `in_work` at the support desk, and for which cause."""
    remediated: str = ""
    """The cause that the support desk has put right last."""
    awaits_script: bool = False
    """Whether any script reaches the device, run or not."""


def told_in(known: DeviceView, view: str) -> Reported | None:
    """Return what a view has heard of a device; None when it has heard nothing."""
    if view == "device":
        return known.truth
    return known.console if view == "console" else known.portal


def is_eligible(kind: DeviceKind, known: DeviceView) -> bool:
    """Return whether a device counts as eligible (PRE-1, PRE-2, OS-1; OS-3 when enforced)."""
    if kind.ineligible_cause:
        return False
    return not known.support_over or known.truth.is_onboarded_anywhere


def failure_of(known: DeviceView, told: Reported, policies: Policies) -> str:
    """Return why the latest attempt failed, as long as the policy that failed reaches the device.

    A conflict counts as long as policies of both kinds reach it (POL-5).
    """
    if told.cause_policy not in known.policies:
        return ""
    if told.cause == "policy_conflict" and len(kinds_of(known, policies)) < 2:
        return ""
    return told.cause


def kinds_of(known: DeviceView, policies: Policies) -> set[str]:
    """Return what the policies that reach a device want: onboarding, offboarding, or both."""
    return {policies[name].kind for name in known.policies}


def status_of(kind: DeviceKind, known: DeviceView, told: Reported, policies: Policies) -> str:
    """Return the one status of a device, judged in the order of the closed list."""
    return health.status(
        eligible=is_eligible(kind, known),
        offboarded=told.offboarded,
        onboarded=told.onboarded,
        targeted=bool(known.deployments),
        failed=bool(failure_of(known, told, policies)),
    )


def cause_of(
    kind: DeviceKind, known: DeviceView, told: Reported, status: str, policies: Policies
) -> str:
    """Return why what is wanted of a device is not so; empty when all is as wanted.

    An onboarded device has a cause too where a policy failed on it: an offboarding file that has
    expired, the installer of another agent.
    """
    if status == "not_eligible":
        return kind.ineligible_cause or "os_out_of_support"
    if status == "not_targeted":
        return "awaiting_collection" if known.awaits_collection else "not_targeted"
    failure = failure_of(known, told, policies) or _script_failure(known, told)
    if failure:
        return failure
    if _is_as_wanted(told, kinds_of(known, policies)):
        return _waiting_payload(known, told)
    if kind.client != "active":
        return f"client_{kind.client}"
    return "never_online" if kind.never_on else told.progress


def _script_failure(known: DeviceView, told: Reported) -> str:
    """Return why a script that still reaches the device has failed there."""
    reaching = {package for package, _ in known.scripts}
    causes = [cause for package, cause, _ in told.scripts_failed if package in reaching]
    return min(causes, key=CAUSES.index, default="")


def _waiting_payload(known: DeviceView, told: Reported) -> str:
    """Return what a device waits for that is onboarded, but not with the payload it shall have."""
    if not told.onboarded:
        return ""
    done = {*told.scripts, *(package for package, *_ in told.scripts_failed)}
    if any(package not in done for package, _ in known.scripts):
        return "awaiting_script"
    return "awaiting_restart" if told.payload_pending else ""


def _is_as_wanted(told: Reported, kinds: set[str]) -> bool:
    if told.onboarded:
        return not kinds - {"onboarding"}
    return not kinds - {"offboarding"} and not told.is_onboarded_anywhere


def health_in(told: Reported | None) -> str:
    """Return the health tile of a device from its record; `none` without a record (MON-2)."""
    if told is None or not (told.policy_applied or told.onboarded):
        return "none"
    return health.health(
        policy_applied=told.policy_applied,
        onboarded=told.onboarded,
        sensor_running=told.agent_running,
        silent_for_seconds=int(told.inactive),
        inactive_after=1,
    )


def deployment_states(known: DeviceView, told: Reported) -> tuple[tuple[str, str], ...]:
    """Return each targeting policy's deployment state on a device (MON-5)."""
    states = dict(told.policies)
    return tuple((name, states.get(name, "unknown")) for name in known.policies)


def profile_of(
    kind: DeviceKind, known: DeviceView, view: str, policies: Policies
) -> Profile | None:
    """Return a device's profile in one view; None when the view does not count it at all.

    The console leaves out what ConfigMgr does not manage (PRE-5), every view devices that have
    not joined yet or are retired.
    """
    if not known.present or (view == "console" and not kind.in_console):
        return None
    heard = told_in(known, view)
    told = heard or _SILENT
    status = status_of(kind, known, told, policies)
    return Profile(
        eligible=is_eligible(kind, known),
        targeted=bool(known.deployments),
        status=status,
        cause=cause_of(kind, known, told, status, policies),
        policy_applied=told.policy_applied,
        payload=told.payload,
        payload_pending=told.payload_pending,
        agent=told.agent,
        sample_sharing=told.sample_sharing if told.onboarded else "",
        health=health_in(heard),
        states=deployment_states(known, told),
        os=kind.os,
        level=kind.level,
        route=told.route or kind.route,
        location=kind.location,
        collections=known.collections,
        policies=known.policies,
        scripts=told.scripts,
        ticket=known.ticket,
        remediated=known.remediated,
        awaits_script=bool(known.scripts),
    )
