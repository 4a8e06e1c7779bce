"""The changing state of one device, its status, cause and health in one view, and its profile.

`Reported` is the state that a device can report. The console and the portal show the value that it
had at the last state message. `DeviceView` adds what the site knows. Both are immutable, so that
devices in the same state share one value. `Milestones` holds the times and counts that differ from
device to device.

A profile holds every property that a measure or slice uses. Devices with the same profile are
counted together, so a measure is a weight for each profile.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import NamedTuple

from sim.fleet.device import Overrides
from sim.measures.device_table import DeviceKind, DeviceRecord, PolicyRecord
from sim.reference import health
from sim.reference.causes import CAUSES
from sim.reference.impediments import SERVICE_CAUSES
from sim.units import Seconds


class Reported(NamedTuple):
    """The state that a device would report at one instant."""

    route: str = ""
    route_rule: str = ""
    onboarded: bool = False
    offboarded: bool = False
    policy_applied: bool = False
    cause: str = ""
    """Why the latest attempt failed; empty when none failed since the last evaluation."""
    rule: str = ""
    cause_policy: str = ""
    """The policy whose attempt failed."""
    is_new_registration: bool = False
    """Whether the attempt was to register an onboarded device anew, by the MDE client (CON-4)."""
    progress: str = ""
    """What the device waits for."""
    payload: str = ""
    payload_pending: str = ""
    agent: str = "none"
    sample_sharing: str = ""
    policies: tuple[tuple[str, str], ...] = ()
    """Each policy that was evaluated and its deployment state, in order of name (MON-5)."""
    agent_running: bool = True
    """Whether the service runs, as far as chance decides it (FLT-6)."""
    impediment: str = ""
    """What keeps an onboarded device from reporting; empty when nothing else does (CON-1)."""
    inactive: bool = False
    scripts: tuple[str, ...] = ()
    """The packages whose script has succeeded, in order of name (UPD-10)."""
    scripts_failed: tuple[tuple[str, str, str, str], ...] = ()
    """Package, cause, rule and payload of each script that has failed."""

    @property
    def is_onboarded_anywhere(self) -> bool:
        """Whether the device is onboarded, to the site's organization or to another."""
        return self.onboarded or bool(self.payload)

    @property
    def contact_cause(self) -> str:
        """Why the service does not hear of the device, whether or not it is on (CON-2)."""
        causes = [self.impediment] if self.impediment else []
        if not self.agent_running:
            causes.append("service_stopped")
        return min(causes, key=CAUSES.index, default="")

    @property
    def runs_service(self) -> bool:
        """Whether the service runs, as the health tiles have it (MON-2)."""
        return self.agent_running and self.impediment not in SERVICE_CAUSES

    def as_record(self) -> "Reported":
        """Return what the portal has of it: silence, and never its cause (CON-5)."""
        return self._replace(agent_running=True, impediment="")


class DeviceView(NamedTuple):
    """All that changes about a device: at the site, on the device, in the console and portal."""

    present: bool
    support_over: bool
    collections: tuple[str, ...]
    deployments: tuple[tuple[str, str], ...]
    """Policy and collection of each deployment that reaches the device, the earliest first."""
    truth: Reported
    console: Reported | None
    """The state in the last state message; None when there was none."""
    portal: Reported | None
    scripts: tuple[tuple[str, str], ...] = ()
    """Package and collection of each script that reaches the device."""
    overrides: Overrides = ()
    """Traits that were set during the run."""
    ticket: tuple[str, str] = ("", "")
    """The open ticket at the support desk: `waiting` or `in_work`, and its cause."""
    remediated: str = ""
    """The cause that the support desk fixed last."""
    awaits_collection: bool = False
    """Whether it has joined and will be in some collection after the next evaluation."""
    retired: bool = False
    """Whether it has left the fleet: the portal may still have a record of it (CON-5)."""

    @property
    def policies(self) -> tuple[str, ...]:
        """The policies that reach the device, each once, the earliest deployment first."""
        return tuple(dict.fromkeys(policy for policy, _ in self.deployments))


@dataclass(slots=True)
class Milestones:
    """Times of one device in seconds since the start, and counts."""

    targeted_at: Seconds | None = None
    policy_applied_at: Seconds | None = None
    onboarded_at: Seconds | None = None
    reported_at: Seconds | None = None
    portal_at: Seconds | None = None
    retired_at: Seconds | None = None
    attempts: int = 0
    restarts: int = 0


MILESTONE_NAMES = tuple(field.name for field in fields(Milestones))


def view_at_start(record: DeviceRecord) -> DeviceView:
    """Return the state of a device before the run starts."""
    truth = Reported(
        route=record.kind.route,
        route_rule=record.route_rule,
        onboarded=record.onboarded,
        progress="awaiting_policy",
        payload=record.payload,
        agent=record.agent,
        agent_running=record.sensor_running,
        inactive=record.is_silent,
    )
    in_portal = truth.as_record() if record.onboarded else None
    in_console = truth if record.onboarded and record.is_managed else None
    return DeviceView(record.is_there(0), False, (), (), truth, in_console, in_portal)


Policies = Mapping[str, PolicyRecord]

_NEVER_REPORTED = Reported(progress="awaiting_report")
"""What a view shows of a device that has never reported."""


class Profile(NamedTuple):
    """The properties of a device at one instant in one view that measures and slices use."""

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
    """Each policy that reaches the device and its deployment state (MON-5)."""
    os: str
    level: str
    route: str
    location: str
    collections: tuple[str, ...]
    policies: tuple[str, ...]
    scripts: tuple[str, ...] = ()
    """The packages whose script has succeeded."""
    ticket: tuple[str, str] = ("", "")
    """The open ticket at the support desk: `waiting` or `in_work`, and its cause."""
    remediated: str = ""
    """The cause that the support desk fixed last."""
    awaits_script: bool = False
    """Whether any script reaches the device, whether or not it has run."""


def is_eligible(kind: DeviceKind, state: DeviceView) -> bool:
    """Return whether a device counts as eligible (PRE-1, PRE-2, PRE-6, OS-1; OS-3 enforced)."""
    if ineligible_cause_of(kind, state):
        return False
    return not state.support_over or state.truth.is_onboarded_anywhere


def ineligible_cause_of(kind: DeviceKind, state: DeviceView) -> str:
    """Return why a device cannot be eligible as it is now; empty when it can.

    A co-managed device is left to Intune while it belongs to the pilot collection of the workload
    (PRE-6).
    """
    if kind.pilot and kind.pilot in state.collections:
        return min(filter(None, ("managed_by_intune", kind.ineligible_cause)), key=CAUSES.index)
    return kind.ineligible_cause


def failure_of(state: DeviceView, reported: Reported, policies: Policies) -> str:
    """Return the cause of the latest failure, as long as the failed policy reaches the device.

    A conflict counts as long as policies of both kinds reach the device (POL-5).
    """
    if reported.cause_policy not in state.policies:
        return ""
    if reported.cause == "policy_conflict" and len(kinds_of(state, policies)) < 2:
        return ""
    return reported.cause


def kinds_of(state: DeviceView, policies: Policies) -> set[str]:
    """Return the kinds of the policies that reach a device: onboarding, offboarding, or both."""
    return {policies[name].kind for name in state.policies}


def status_of(kind: DeviceKind, state: DeviceView, reported: Reported, policies: Policies) -> str:
    """Return the status of a device: the first of the closed list that applies."""
    return health.status(
        eligible=is_eligible(kind, state),
        offboarded=reported.offboarded,
        onboarded=reported.onboarded,
        targeted=bool(state.deployments),
        failed=bool(failure_of(state, reported, policies)),
    )


def cause_of(
    kind: DeviceKind, state: DeviceView, reported: Reported, status: str, policies: Policies
) -> str:
    """Return why a device is not as its policies want it; empty when it is.

    An onboarded device has a cause too when a policy failed on it, for example an expired
    offboarding file or the installer of another agent.
    """
    if status == "not_eligible":
        return ineligible_cause_of(kind, state) or "os_out_of_support"
    if status == "not_targeted":
        untargeted = "awaiting_collection" if state.awaits_collection else "not_targeted"
        return _script_failure(state, reported, policies) or untargeted
    failure = _first_failure(state, reported, policies)
    if failure:
        return failure
    if _is_compliant(reported, kinds_of(state, policies)):
        return _awaited_payload(state, reported)
    if kind.client != "active":
        return f"client_{kind.client}"
    return "never_online" if kind.never_on else reported.progress


def _first_failure(state: DeviceView, reported: Reported, policies: Policies) -> str:
    """Return the first of the causes of a failed policy, a failed script, and lost contact (CON-2).

    Where a new registration fails, that is the cause, whatever ails the old agent (CON-4).
    """
    failure = failure_of(state, reported, policies)
    if failure and reported.is_new_registration:
        return failure
    causes = (failure, _script_failure(state, reported, policies), reported.contact_cause)
    return min(filter(None, causes), key=CAUSES.index, default="")


def _script_failure(state: DeviceView, reported: Reported, policies: Policies) -> str:
    """Return why a script that still reaches the device failed.

    A package that does not fit the device counts after the script is removed too, as long as a
    policy of the device has its payload and the device uses another (UPD-8).
    """
    reaching = {package for package, _ in state.scripts}
    wanted = {payload for name in state.policies for payload in policies[name].payloads}
    causes = [
        cause
        for package, cause, _, payload in reported.scripts_failed
        if package in reaching
        or (cause == "payload_not_eligible" and payload in wanted - {reported.payload})
    ]
    return min(causes, key=CAUSES.index, default="")


def _awaited_payload(state: DeviceView, reported: Reported) -> str:
    """Return what an onboarded device waits for before it uses its new payload."""
    if not reported.onboarded:
        return ""
    done = {*reported.scripts, *(package for package, *_ in reported.scripts_failed)}
    if any(package not in done for package, _ in state.scripts):
        return "awaiting_script"
    return "awaiting_restart" if reported.payload_pending else ""


def _is_compliant(reported: Reported, kinds: set[str]) -> bool:
    if reported.onboarded:
        return not kinds - {"onboarding"}
    return not kinds - {"offboarding"} and not reported.is_onboarded_anywhere


def health_in(reported: Reported | None) -> str:
    """Return the health tile of a device from its reported state; `none` without one (MON-2)."""
    if reported is None or not (reported.policy_applied or reported.onboarded):
        return "none"
    return health.health(
        policy_applied=reported.policy_applied,
        onboarded=reported.onboarded,
        sensor_running=reported.runs_service,
        silent_for_seconds=int(reported.inactive),
        inactive_after=1,
    )


def profile_of(
    kind: DeviceKind, state: DeviceView, view: str, policies: Policies
) -> Profile | None:
    """Return a device's profile in one view; None when the view does not count the device.

    No view counts devices that have not joined yet. Of retired devices only the portal counts
    those that it still has a record of (CON-5). The console does not count devices that ConfigMgr
    does not manage (PRE-5).
    """
    has_record = view == "portal" and state.retired and state.portal is not None
    if not (state.present or has_record) or (view == "console" and not kind.in_console):
        return None
    views = {"device": state.truth, "console": state.console, "portal": state.portal}
    reported = views[view] or _NEVER_REPORTED
    states = dict(reported.policies)
    status = status_of(kind, state, reported, policies)
    return Profile(
        eligible=is_eligible(kind, state),
        targeted=bool(state.deployments),
        status=status,
        cause=cause_of(kind, state, reported, status, policies),
        policy_applied=reported.policy_applied,
        payload=reported.payload,
        payload_pending=reported.payload_pending,
        agent=reported.agent,
        sample_sharing=reported.sample_sharing if reported.onboarded else "",
        health=health_in(reported),
        states=tuple((name, states.get(name, "unknown")) for name in state.policies),
        os=kind.os,
        level=kind.level,
        route=reported.route or kind.route,
        location=kind.location,
        collections=state.collections,
        policies=state.policies,
        scripts=reported.scripts,
        ticket=state.ticket,
        remediated=state.remediated,
        awaits_script=bool(state.scripts),
    )
