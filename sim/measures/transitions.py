"""What each event changes about a device: its state, and its milestones.

TRANSITIONS holds a pure function from one state to the next for each event, so that the result can
be cached. An event that is not in the table changes nothing.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from sim.fleet.device import Overrides
from sim.measures.status import DeviceView, Milestones, Policies, Reported, failure_of, kinds_of
from sim.reference.causes import CAUSE_TABLE
from sim.reference.routes import ROUTE_OF_RULE, with_agent, without_mma
from sim.units import Seconds

Milestone = Callable[[Milestones, Seconds], None]
"""Sets or counts one of a device's milestones at a time."""


def _first(name: str) -> Milestone:
    """Return what sets the time of a milestone, unless it is set already."""

    def set_first(milestones: Milestones, time: Seconds) -> None:
        if getattr(milestones, name) is None:
            setattr(milestones, name, time)

    return set_first


def _counted(name: str) -> Milestone:
    """Return what counts one more of a milestone."""
    return lambda milestones, time: setattr(milestones, name, getattr(milestones, name) + 1)


def _onboarded_last(milestones: Milestones, time: Seconds) -> None:
    milestones.attempts += 1
    milestones.onboarded_at = time
    milestones.reported_at = milestones.portal_at = None


MILESTONES: dict[str, Milestone] = {
    "targeted": _first("targeted_at"),
    "policy_applied": _first("policy_applied_at"),
    "policy_failed": _counted("attempts"),
    "install_failed": _counted("attempts"),
    "onboarding_failed": _counted("attempts"),
    "offboarding_failed": _counted("attempts"),
    "offboarded": _counted("attempts"),
    "onboarded": _onboarded_last,
    "reported": _first("reported_at"),
    "portal_seen": _first("portal_at"),
    "restarted": _counted("restarts"),
    "retired": _first("retired_at"),
}


class Event(NamedTuple):
    """One row of the log in words, without its device and time."""

    name: str
    cause: str
    rule: str
    policy: str
    payload: str
    collection: str
    sharing: str = ""
    """The sample-sharing choice that the row's plan step made."""
    package: str = ""
    """The package whose script the row's plan step deployed."""
    sets: Overrides = ()
    """The traits that the row's plan step sets, each with its value."""


Transition = Callable[[DeviceView, Event, Policies], DeviceView]
"""Returns the state after an event."""


def _joined(state: DeviceView, event: Event, policies: Policies) -> DeviceView:
    return state._replace(present=True, awaits_collection=event.cause == "awaiting_collection")


def _member_added(state: DeviceView, event: Event, policies: Policies) -> DeviceView:
    collections = (*state.collections, event.collection)
    return state._replace(collections=collections, awaits_collection=False)


def _member_removed(state: DeviceView, event: Event, policies: Policies) -> DeviceView:
    collections = tuple(name for name in state.collections if name != event.collection)
    return state._replace(collections=collections)


def _targeted(state: DeviceView, event: Event, policies: Policies) -> DeviceView:
    """A policy that is deployed again counts as new: its earlier result is dropped (TIM-2)."""
    if event.package:
        return state._replace(scripts=(*state.scripts, (event.package, event.collection)))
    is_new = event.policy not in state.policies
    progress = state.truth.progress if state.deployments else "awaiting_policy"
    state = state._replace(deployments=(*state.deployments, (event.policy, event.collection)))
    return state._replace(truth=_forget(state.truth, event.policy, progress)) if is_new else state


def _untargeted(state: DeviceView, event: Event, policies: Policies) -> DeviceView:
    """The failure of a withdrawn policy no longer counts (POL-7)."""
    if event.package:
        removed = (event.package, event.collection)
        return state._replace(scripts=tuple(pair for pair in state.scripts if pair != removed))
    withdrawn = (event.policy, event.collection)
    deployments = tuple(pair for pair in state.deployments if pair != withdrawn)
    state = state._replace(deployments=deployments)
    if event.policy in state.policies:
        return state
    truth = state.truth
    has_failed = truth.cause_policy == event.policy
    truth = _forget(truth, event.policy, "awaiting_evaluation" if has_failed else truth.progress)
    if truth.cause and not failure_of(state, truth, policies):
        truth = _without_failure(truth, "awaiting_evaluation")
    return state._replace(truth=truth)


def _policy_applied(state: DeviceView, event: Event, policies: Policies) -> DeviceView:
    truth = _without_failure(state.truth, "awaiting_report")
    truth = _with_state(truth, event.policy, "compliant" if truth.onboarded else "unknown")
    sharing = event.sharing or policies[event.policy].sample_sharing
    return state._replace(truth=truth._replace(policy_applied=True, sample_sharing=sharing))


def _policy_conflict(state: DeviceView, event: Event, policies: Policies) -> DeviceView:
    truth = _with_state(state.truth, event.policy, "conflict")
    if len(kinds_of(state, policies)) > 1:
        truth = _with_failure(truth, event)
    return state._replace(truth=truth)


def _went_inactive(state: DeviceView, event: Event, policies: Policies) -> DeviceView:
    """The site and the service notice by themselves that a device is silent (MON-3).

    After offboarding and retirement only the portal shows it (OFF-3, CON-5). Where the ConfigMgr
    client does not work, only the console does (CON-3).
    """
    portal = state.portal and state.portal._replace(inactive=True)
    if event.rule == "CON-3":
        return state._replace(console=state.console and state.console._replace(inactive=True))
    if event.rule in ("OFF-3", "CON-5"):
        return state._replace(portal=portal)
    return state._replace(
        truth=state.truth._replace(inactive=True),
        console=state.console and state.console._replace(inactive=True),
        portal=portal,
    )


def _active_again(state: DeviceView, event: Event, policies: Policies) -> DeviceView:
    """A ConfigMgr client recovers (FLT-1), or the service has contact again (MON-3).

    The console waits for the next state message.
    """
    if event.rule == "FLT-1":
        return _set_traits(state, (("client", "active"),))
    return state._replace(
        truth=state.truth._replace(inactive=False),
        portal=state.portal and state.portal._replace(inactive=False),
    )


def _remediated(state: DeviceView, event: Event, policies: Policies) -> DeviceView:
    """A ConfigMgr client was repaired (FLT-1); a patch or the support desk set traits (DWN-9)."""
    if state.ticket[0] == "in_work" and event.cause == state.ticket[1]:
        state = state._replace(ticket=("", ""), remediated=event.cause)
    if event.rule == "FLT-1":
        return _set_traits(state, (("client", "active"),))
    if event.rule in ("DWN-10", "DWN-11"):
        state = state._replace(truth=_awaits_restart(state.truth, event))
    return _set_traits(state, event.sets) if event.sets else state


def _awaits_restart(reported: Reported, event: Event) -> Reported:
    """Replace the reason that was repaired: a restart is what is missing now (DWN-10, DWN-11)."""
    repaired = [name for name, _ in event.sets]
    if event.cause:
        repaired.append(CAUSE_TABLE[event.cause].trait)
    if not reported.cause or CAUSE_TABLE[reported.cause].trait not in repaired:
        return reported
    return reported._replace(cause="restart_pending", rule=event.rule)


def _set_traits(state: DeviceView, sets: Overrides) -> DeviceView:
    """Set traits during the run; the agent that the device reports changes with them."""
    values = dict(state.overrides) | dict(sets)
    truth = state.truth
    if "agent" in dict(sets):
        truth = truth._replace(agent=values["agent"])
    return state._replace(overrides=tuple(sorted(values.items())), truth=truth)


def _of_truth(change: Callable[[Reported, Event], Reported]) -> Transition:
    """Return a transition of the device's own state; console and portal learn of it later."""
    return lambda state, event, policies: state._replace(truth=change(state.truth, event))


def _sets(**values: Any) -> Transition:
    """Return a transition that sets fields of the device's own state."""
    return _of_truth(lambda reported, event: reported._replace(**values))


def _forget(reported: Reported, policy: str, progress: str) -> Reported:
    """Drop a policy's deployment state, and the failure if it belongs to this policy."""
    policies = tuple(pair for pair in reported.policies if pair[0] != policy)
    reported = reported._replace(policies=policies)
    is_its_own = reported.cause_policy in ("", policy)
    return _without_failure(reported, progress) if is_its_own else reported


def _with_failure(reported: Reported, event: Event) -> Reported:
    return reported._replace(
        cause=event.cause,
        rule=event.rule,
        cause_policy=event.policy,
        is_new_registration=reported.onboarded and event.name == "onboarding_failed",
    )


def _without_failure(reported: Reported, progress: str) -> Reported:
    return reported._replace(
        cause="", rule="", cause_policy="", is_new_registration=False, progress=progress
    )


def _with_state(reported: Reported, policy: str, deployment_state: str) -> Reported:
    states = dict(reported.policies)
    states[policy] = deployment_state
    return reported._replace(policies=tuple(sorted(states.items())))


def _policy_evaluated(reported: Reported, event: Event) -> Reported:
    return _without_failure(reported, event.cause or "awaiting_content")._replace(
        route=ROUTE_OF_RULE.get(event.rule, reported.route),
        route_rule=event.rule,
    )


def _awaits_install(reported: Reported, event: Event) -> Reported:
    return reported._replace(progress=event.cause or "awaiting_install")


def _agent_installed(reported: Reported, event: Event) -> Reported:
    agent = with_agent(reported.agent, ROUTE_OF_RULE[event.rule])
    return reported._replace(agent=agent, progress="awaiting_report")


def _failed(reported: Reported, event: Event) -> Reported:
    return _with_failure(_with_state(reported, event.policy, "failed"), event)


def _onboarded(reported: Reported, event: Event) -> Reported:
    reported = _without_failure(reported, reported.progress)
    return _with_state(reported, event.policy, "compliant")._replace(
        onboarded=True,
        offboarded=False,
        payload=event.payload,
        payload_pending="",
        agent_running=True,
        impediment="",
        inactive=False,
    )


def _offboarded(reported: Reported, event: Event) -> Reported:
    reported = _without_failure(reported, reported.progress)
    return _with_state(reported, event.policy, "compliant")._replace(
        onboarded=False,
        offboarded=True,
        policy_applied=False,
        payload="",
        payload_pending="",
        sample_sharing="",
        agent_running=True,
        impediment="",
        inactive=False,
    )


def _agent_recovered(reported: Reported, event: Event) -> Reported:
    """The service runs again, also one that did not run at the start (FLT-6)."""
    impediment = "" if reported.impediment == "service_stopped" else reported.impediment
    return reported._replace(agent_running=True, impediment=impediment)


def _payload_waits(reported: Reported, event: Event) -> Reported:
    """A payload waits for a restart, unless it is the one in use (UPD-1)."""
    pending = "" if event.payload == reported.payload else event.payload
    return reported._replace(payload_pending=pending)


def _script_ran(reported: Reported, event: Event) -> Reported:
    failures = tuple(failure for failure in reported.scripts_failed if failure[0] != event.package)
    scripts = tuple(sorted({*reported.scripts, event.package}))
    return reported._replace(scripts=scripts, scripts_failed=failures)


def _script_failed(reported: Reported, event: Event) -> Reported:
    failure = event.package, event.cause, event.rule, event.payload
    failures = {*reported.scripts_failed, failure}
    return reported._replace(scripts_failed=tuple(sorted(failures)))


TRANSITIONS: dict[str, Transition] = {
    "joined": _joined,
    "retired": lambda state, event, policies: state._replace(present=False, retired=True),
    "member_added": _member_added,
    "member_removed": _member_removed,
    "targeted": _targeted,
    "untargeted": _untargeted,
    "policy_received": _sets(progress="awaiting_evaluation"),
    "policy_evaluated": _of_truth(_policy_evaluated),
    "content_downloaded": _of_truth(_awaits_install),
    "install_started": _of_truth(_awaits_install),
    "agent_installed": _of_truth(_agent_installed),
    "agent_removed": _of_truth(lambda r, event: r._replace(agent=without_mma(r.agent))),
    "policy_applied": _policy_applied,
    "policy_failed": _of_truth(_failed),
    "install_failed": _of_truth(_failed),
    "onboarding_failed": _of_truth(_failed),
    "offboarding_failed": _of_truth(_failed),
    "policy_conflict": _policy_conflict,
    "onboarded": _of_truth(_onboarded),
    "offboarded": _of_truth(_offboarded),
    "agent_stopped": _sets(agent_running=False),
    "agent_recovered": _of_truth(_agent_recovered),
    "contact_lost": _of_truth(lambda r, event: r._replace(impediment=event.cause)),
    "contact_restored": _sets(impediment=""),
    "portal_removed": lambda state, event, policies: state._replace(portal=None),
    "payload_received": _of_truth(_payload_waits),
    "payload_reverted": _of_truth(_payload_waits),
    "payload_applied": _of_truth(
        lambda r, event: r._replace(payload=event.payload, payload_pending="")
    ),
    "script_ran": _of_truth(_script_ran),
    "script_failed": _of_truth(_script_failed),
    "went_inactive": _went_inactive,
    "active_again": _active_again,
    "remediated": _remediated,
    "ticket_opened": lambda state, event, policies: state._replace(ticket=("waiting", event.cause)),
    "ticket_taken": lambda state, event, policies: state._replace(ticket=("in_work", event.cause)),
    "ticket_closed": lambda state, event, policies: state._replace(ticket=("", "")),
    "reported": lambda state, event, policies: state._replace(console=state.truth),
    "portal_seen": lambda state, event, policies: state._replace(portal=state.truth.as_record()),
}
