"""What each event changes in what is known of a device: one small function an event.

CHANGES holds the functions from one state to the next: pure, so that a change met before need not
be computed again. MARKS holds what an event leaves among a device's milestones. An event in neither
table changes nothing.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from sim.reference.onboarding import ROUTE_OF_RULE, with_agent, without_mma
from sim.tally.facts import Known, Milestones, Told
from sim.tally.roster import PolicyRecord
from sim.units import Seconds


class News(NamedTuple):
    """What one row of the log says, in words, whomever it concerns and whenever it comes."""

    event: str
    cause: str
    rule: str
    policy: str
    payload: str
    collection: str


Policies = Mapping[str, PolicyRecord]
Change = Callable[[Known, News, Policies], Known]
Mark = Callable[[Milestones, Seconds], None]


def _joined(known: Known, news: News, policies: Policies) -> Known:
    return known._replace(present=True)


def _retired(known: Known, news: News, policies: Policies) -> Known:
    return known._replace(present=False)


def _member_added(known: Known, news: News, policies: Policies) -> Known:
    return known._replace(collections=(*known.collections, news.collection))


def _member_removed(known: Known, news: News, policies: Policies) -> Known:
    kept = tuple(name for name in known.collections if name != news.collection)
    return known._replace(collections=kept)


def _targeted(known: Known, news: News, policies: Policies) -> Known:
    return known._replace(deployments=(*known.deployments, (news.policy, news.collection)))


def _untargeted(known: Known, news: News, policies: Policies) -> Known:
    withdrawn = (news.policy, news.collection)
    known = known._replace(deployments=tuple(one for one in known.deployments if one != withdrawn))
    if news.policy in known.policies:
        return known
    kinds = {policies[name].kind for name in known.policies}
    truth = known.truth
    if truth.cause == "policy_conflict" and len(kinds) < 2:
        truth = truth._replace(cause="", rule="", progress="awaiting_evaluation")
    if not known.deployments:
        truth = truth._replace(cause="", rule="", progress="awaiting_policy")
    return known._replace(truth=truth)


def _policy_received(told: Told, news: News, known: Known, policies: Policies) -> Told:
    return told if told.cause else told._replace(progress="awaiting_evaluation")


def _policy_evaluated(told: Told, news: News, known: Known, policies: Policies) -> Told:
    return told._replace(
        route=ROUTE_OF_RULE.get(news.rule, told.route),
        route_rule=news.rule,
        cause="",
        rule="",
        progress="awaiting_content",
    )


def _content_downloaded(told: Told, news: News, known: Known, policies: Policies) -> Told:
    return told._replace(progress="awaiting_install")


def _agent_installed(told: Told, news: News, known: Known, policies: Policies) -> Told:
    agent = with_agent(told.agent, ROUTE_OF_RULE[news.rule])
    return told._replace(agent=agent, progress="awaiting_report")


def _agent_removed(told: Told, news: News, known: Known, policies: Policies) -> Told:
    return told._replace(agent=without_mma(told.agent))


def _policy_applied(told: Told, news: News, known: Known, policies: Policies) -> Told:
    state = "compliant" if told.onboarded else "unknown"
    return _with_state(told, news.policy, state)._replace(
        policy_applied=True,
        sample_sharing=policies[news.policy].sample_sharing,
        cause="",
        rule="",
        progress="awaiting_report",
    )


def _failed(told: Told, news: News, known: Known, policies: Policies) -> Told:
    return _with_state(told, news.policy, "failed")._replace(cause=news.cause, rule=news.rule)


def _policy_conflict(told: Told, news: News, known: Known, policies: Policies) -> Told:
    told = _with_state(told, news.policy, "conflict")
    if len({policies[name].kind for name in known.policies}) > 1:
        told = told._replace(cause=news.cause, rule=news.rule)
    return told


def _onboarded(told: Told, news: News, known: Known, policies: Policies) -> Told:
    return _with_state(told, news.policy, "compliant")._replace(
        onboarded=True,
        offboarded=False,
        cause="",
        rule="",
        payload=news.payload,
        payload_pending="",
        agent_running=True,
        inactive=False,
    )


def _offboarded(told: Told, news: News, known: Known, policies: Policies) -> Told:
    return _with_state(told, news.policy, "compliant")._replace(
        onboarded=False,
        offboarded=True,
        policy_applied=False,
        cause="",
        rule="",
        payload="",
        payload_pending="",
        sample_sharing="",
    )


def _with_state(told: Told, policy: str, state: str) -> Told:
    states = dict(told.policies)
    states[policy] = state
    return told._replace(policies=tuple(sorted(states.items())))


def _reported(known: Known, news: News, policies: Policies) -> Known:
    return known._replace(console=known.truth)


def _portal_seen(known: Known, news: News, policies: Policies) -> Known:
    return known._replace(portal=known.truth)


def _of_truth(tell: Callable[[Told, News, Known, Policies], Told]) -> Change:
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
    "content_downloaded": _of_truth(_content_downloaded),
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
    "reported": _reported,
    "portal_seen": _portal_seen,
}


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
    "retired": _mark_retired,
}
