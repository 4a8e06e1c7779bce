"""What an event leaves among a device's milestones: when things happened, and how often.

What each event changes in what is known of a device: one small function an event.

CHANGES holds the functions from one state to the next: pure, so that a change met before need not
be computed again. An event that is not in the table changes nothing.
"""

from collections.abc import Callable
from typing import NamedTuple

from sim.fleet.device import Overrides
from sim.measures.facts import DeviceView, Milestones, Reported
from sim.measures.status import Policies, failure_of, kinds_of
from sim.reference.routes import ROUTE_OF_RULE, with_agent, without_mma
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


class Event(NamedTuple):
    """What one row of the log says, in words, whomever it concerns and whenever it comes."""

    event: str
    cause: str
    rule: str
    policy: str
    payload: str
    collection: str
    sharing: str = ""
    """The sample-sharing choice that the row's plan step has made."""
    package: str = ""
    """The package whose script the row's plan step has deployed."""
    sets: Overrides = ()
    """The traits that the row's plan step sets, each with its value."""


Change = Callable[[DeviceView, Event, Policies], DeviceView]


def _joined(known: DeviceView, news: Event, policies: Policies) -> DeviceView:
    return known._replace(present=True, awaits_collection=news.cause == "awaiting_collection")


def _retired(known: DeviceView, news: Event, policies: Policies) -> DeviceView:
    return known._replace(present=False)


def _member_added(known: DeviceView, news: Event, policies: Policies) -> DeviceView:
    collections = (*known.collections, news.collection)
    return known._replace(collections=collections, awaits_collection=False)


def _member_removed(known: DeviceView, news: Event, policies: Policies) -> DeviceView:
    kept = tuple(name for name in known.collections if name != news.collection)
    return known._replace(collections=kept)


def _targeted(known: DeviceView, news: Event, policies: Policies) -> DeviceView:
    """A policy deployed anew counts as new: what it did on the device before is over (TIM-2)."""
    if news.package:
        return known._replace(scripts=(*known.scripts, (news.package, news.collection)))
    is_new = news.policy not in known.policies
    progress = known.truth.progress if known.deployments else "awaiting_policy"
    known = known._replace(deployments=(*known.deployments, (news.policy, news.collection)))
    return known._replace(truth=_forget(known.truth, news.policy, progress)) if is_new else known


def _untargeted(known: DeviceView, news: Event, policies: Policies) -> DeviceView:
    """A policy withdrawn wants nothing more, and a failure of its own counts no more (POL-7)."""
    if news.package:
        removed = (news.package, news.collection)
        return known._replace(scripts=tuple(one for one in known.scripts if one != removed))
    withdrawn = (news.policy, news.collection)
    known = known._replace(deployments=tuple(one for one in known.deployments if one != withdrawn))
    if news.policy in known.policies:
        return known
    truth = known.truth
    has_failed = truth.cause_policy == news.policy
    truth = _forget(truth, news.policy, "awaiting_evaluation" if has_failed else truth.progress)
    if truth.cause and not failure_of(known, truth, policies):
        truth = _without_failure(truth, "awaiting_evaluation")
    return known._replace(truth=truth)


def _forget(told: Reported, policy: str, progress: str) -> Reported:
    """Drop a policy's deployment state, and its failure if the latest was its own."""
    told = told._replace(policies=tuple(one for one in told.policies if one[0] != policy))
    return _without_failure(told, progress) if told.cause_policy in ("", policy) else told


def _policy_received(
    told: Reported, news: Event, known: DeviceView, policies: Policies
) -> Reported:
    return told._replace(progress="awaiting_evaluation")


def _policy_evaluated(
    told: Reported, news: Event, known: DeviceView, policies: Policies
) -> Reported:
    return _without_failure(told, news.cause or "awaiting_content")._replace(
        route=ROUTE_OF_RULE.get(news.rule, told.route),
        route_rule=news.rule,
    )


def _awaits_install(told: Reported, news: Event, known: DeviceView, policies: Policies) -> Reported:
    return told._replace(progress=news.cause or "awaiting_install")


def _agent_installed(
    told: Reported, news: Event, known: DeviceView, policies: Policies
) -> Reported:
    agent = with_agent(told.agent, ROUTE_OF_RULE[news.rule])
    return told._replace(agent=agent, progress="awaiting_report")


def _agent_removed(told: Reported, news: Event, known: DeviceView, policies: Policies) -> Reported:
    return told._replace(agent=without_mma(told.agent))


def _policy_applied(told: Reported, news: Event, known: DeviceView, policies: Policies) -> Reported:
    state = "compliant" if told.onboarded else "unknown"
    told = _without_failure(told, "awaiting_report")
    return _with_state(told, news.policy, state)._replace(
        policy_applied=True,
        sample_sharing=news.sharing or policies[news.policy].sample_sharing,
    )


def _failed(told: Reported, news: Event, known: DeviceView, policies: Policies) -> Reported:
    return _with_failure(_with_state(told, news.policy, "failed"), news)


def _policy_conflict(
    told: Reported, news: Event, known: DeviceView, policies: Policies
) -> Reported:
    told = _with_state(told, news.policy, "conflict")
    return _with_failure(told, news) if len(kinds_of(known, policies)) > 1 else told


def _onboarded(told: Reported, news: Event, known: DeviceView, policies: Policies) -> Reported:
    told = _without_failure(told, told.progress)
    return _with_state(told, news.policy, "compliant")._replace(
        onboarded=True,
        offboarded=False,
        payload=news.payload,
        payload_pending="",
        agent_running=True,
        inactive=False,
    )


def _offboarded(told: Reported, news: Event, known: DeviceView, policies: Policies) -> Reported:
    told = _without_failure(told, told.progress)
    return _with_state(told, news.policy, "compliant")._replace(
        onboarded=False,
        offboarded=True,
        policy_applied=False,
        payload="",
        payload_pending="",
        sample_sharing="",
        agent_running=True,
        inactive=False,
    )


def _agent_stopped(told: Reported, news: Event, known: DeviceView, policies: Policies) -> Reported:
    return told._replace(agent_running=False)


def _agent_recovered(
    told: Reported, news: Event, known: DeviceView, policies: Policies
) -> Reported:
    return told._replace(agent_running=True)


def _payload_waits(told: Reported, news: Event, known: DeviceView, policies: Policies) -> Reported:
    """A payload waits for a restart, unless it is the one in use (UPD-1)."""
    return told._replace(payload_pending="" if news.payload == told.payload else news.payload)


def _payload_applied(
    told: Reported, news: Event, known: DeviceView, policies: Policies
) -> Reported:
    return told._replace(payload=news.payload, payload_pending="")


def _script_ran(told: Reported, news: Event, known: DeviceView, policies: Policies) -> Reported:
    failed = tuple(one for one in told.scripts_failed if one[0] != news.package)
    done = tuple(sorted({*told.scripts, news.package}))
    return told._replace(scripts=done, scripts_failed=failed)


def _script_failed(told: Reported, news: Event, known: DeviceView, policies: Policies) -> Reported:
    failed = {*told.scripts_failed, (news.package, news.cause, news.rule)}
    return told._replace(scripts_failed=tuple(sorted(failed)))


def _went_inactive(known: DeviceView, news: Event, policies: Policies) -> DeviceView:
    """Site and service find out by themselves, from what they did not hear (MON-3, OFF-3).

    After offboarding only the portal shows it: the device has nothing to tell any more.
    """
    portal = known.portal and known.portal._replace(inactive=True)
    if news.rule == "OFF-3":
        return known._replace(portal=portal)
    return known._replace(
        truth=known.truth._replace(inactive=True),
        console=known.console and known.console._replace(inactive=True),
        portal=portal,
    )


def _active_again(known: DeviceView, news: Event, policies: Policies) -> DeviceView:
    """A ConfigMgr client works again (FLT-1), or the service hears of the device (MON-3).

    The console waits for the next state message.
    """
    if news.rule == "FLT-1":
        return _set_traits(known, (("client", "active"),))
    return known._replace(
        truth=known.truth._replace(inactive=False),
        portal=known.portal and known.portal._replace(inactive=False),
    )


def _remediated(known: DeviceView, news: Event, policies: Policies) -> DeviceView:
    """A ConfigMgr client was repaired (FLT-1), a patch or the support desk set traits (DWN-9)."""
    if known.ticket[0] == "in_work" and news.cause == known.ticket[1]:
        known = known._replace(ticket=("", ""), remediated=news.cause)
    if news.rule == "FLT-1":
        return _set_traits(known, (("client", "active"),))
    return _set_traits(known, news.sets) if news.sets else known


def _ticket_opened(known: DeviceView, news: Event, policies: Policies) -> DeviceView:
    return known._replace(ticket=("waiting", news.cause))


def _ticket_taken(known: DeviceView, news: Event, policies: Policies) -> DeviceView:
    return known._replace(ticket=("in_work", news.cause))


def _ticket_closed(known: DeviceView, news: Event, policies: Policies) -> DeviceView:
    return known._replace(ticket=("", ""))


def _set_traits(known: DeviceView, sets: Overrides) -> DeviceView:
    """Note traits set during the run; what the device tells of itself changes with them."""
    values = dict(known.overrides) | dict(sets)
    truth = known.truth
    if "agent" in dict(sets):
        truth = truth._replace(agent=values["agent"])
    return known._replace(overrides=tuple(sorted(values.items())), truth=truth)


def _with_failure(told: Reported, news: Event) -> Reported:
    return told._replace(cause=news.cause, rule=news.rule, cause_policy=news.policy)


def _without_failure(told: Reported, progress: str) -> Reported:
    return told._replace(cause="", rule="", cause_policy="", progress=progress)


def _with_state(told: Reported, policy: str, state: str) -> Reported:
    states = dict(told.policies)
    states[policy] = state
    return told._replace(policies=tuple(sorted(states.items())))


def _reported(known: DeviceView, news: Event, policies: Policies) -> DeviceView:
    return known._replace(console=known.truth)


def _portal_seen(known: DeviceView, news: Event, policies: Policies) -> DeviceView:
    return known._replace(portal=known.truth)


def _of_truth(tell: Callable[[Reported, Event, DeviceView, Policies], Reported]) -> Change:
    """Return a change of the device's own state; the console and the portal hear of it later."""
    return lambda known, news, policies: known._replace(
        truth=tell(known.truth, news, known, policies)
    )


CHANGES: dict[str, Change] = {
    "joined": _joined,
    "retired": _retired,
    "member_added": _member_added,
    "member_removed": _member_removed,
    "targeted": _targeted,
    "untargeted": _untargeted,
    "policy_received": _of_truth(_policy_received),
    "policy_evaluated": _of_truth(_policy_evaluated),
    "content_downloaded": _of_truth(_awaits_install),
    "install_started": _of_truth(_awaits_install),
    "agent_installed": _of_truth(_agent_installed),
    "agent_removed": _of_truth(_agent_removed),
    "policy_applied": _of_truth(_policy_applied),
    "policy_failed": _of_truth(_failed),
    "install_failed": _of_truth(_failed),
    "onboarding_failed": _of_truth(_failed),
    "offboarding_failed": _of_truth(_failed),
    "policy_conflict": _of_truth(_policy_conflict),
    "onboarded": _of_truth(_onboarded),
    "offboarded": _of_truth(_offboarded),
    "agent_stopped": _of_truth(_agent_stopped),
    "agent_recovered": _of_truth(_agent_recovered),
    "payload_received": _of_truth(_payload_waits),
    "payload_reverted": _of_truth(_payload_waits),
    "payload_applied": _of_truth(_payload_applied),
    "script_ran": _of_truth(_script_ran),
    "script_failed": _of_truth(_script_failed),
    "went_inactive": _went_inactive,
    "active_again": _active_again,
    "remediated": _remediated,
    "ticket_opened": _ticket_opened,
    "ticket_taken": _ticket_taken,
    "ticket_closed": _ticket_closed,
    "reported": _reported,
    "portal_seen": _portal_seen,
}
