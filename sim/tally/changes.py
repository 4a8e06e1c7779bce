"""What each event changes in what is known of a device: one small function an event.

The table CHANGES maps event names to functions; an event that is not in it changes nothing.
"""

from collections.abc import Callable
from typing import NamedTuple

from sim.reference.onboarding import ROUTE_OF_RULE, with_agent, without_mma
from sim.tally.facts import Facts, Told
from sim.tally.roster import Roster
from sim.units import Seconds


class Row(NamedTuple):
    """One row of the log, in words."""

    time: Seconds
    event: str
    cause: str
    rule: str
    policy: str
    payload: str
    collection: str


Change = Callable[[Facts, Row, Roster], None]


def _joined(facts: Facts, row: Row, roster: Roster) -> None:
    facts.present = True


def _retired(facts: Facts, row: Row, roster: Roster) -> None:
    facts.present = False
    facts.retired_at = row.time


def _member_added(facts: Facts, row: Row, roster: Roster) -> None:
    facts.collections = (*facts.collections, row.collection)


def _member_removed(facts: Facts, row: Row, roster: Roster) -> None:
    facts.collections = tuple(name for name in facts.collections if name != row.collection)


def _targeted(facts: Facts, row: Row, roster: Roster) -> None:
    facts.policies[row.policy] = facts.policies.get(row.policy, 0) + 1
    if facts.targeted_at is None:
        facts.targeted_at = row.time


def _untargeted(facts: Facts, row: Row, roster: Roster) -> None:
    remaining = facts.policies.get(row.policy, 0) - 1
    if remaining > 0:
        facts.policies[row.policy] = remaining
        return
    facts.policies.pop(row.policy, None)
    kinds = {roster.policies[name].kind for name in facts.policies}
    if facts.truth.cause == "policy_conflict" and len(kinds) < 2:
        facts.truth = facts.truth._replace(cause="", rule="", progress="awaiting_evaluation")
    if not facts.policies:
        facts.truth = facts.truth._replace(cause="", rule="", progress="awaiting_policy")


def _policy_received(facts: Facts, row: Row, roster: Roster) -> None:
    if not facts.truth.cause:
        facts.truth = facts.truth._replace(progress="awaiting_evaluation")


def _policy_evaluated(facts: Facts, row: Row, roster: Roster) -> None:
    facts.truth = facts.truth._replace(
        route=ROUTE_OF_RULE.get(row.rule, facts.truth.route),
        route_rule=row.rule,
        cause="",
        rule="",
        progress="awaiting_content",
    )


def _content_downloaded(facts: Facts, row: Row, roster: Roster) -> None:
    facts.truth = facts.truth._replace(progress="awaiting_install")


def _agent_installed(facts: Facts, row: Row, roster: Roster) -> None:
    agent = with_agent(facts.truth.agent, ROUTE_OF_RULE[row.rule])
    facts.truth = facts.truth._replace(agent=agent, progress="awaiting_report")


def _agent_removed(facts: Facts, row: Row, roster: Roster) -> None:
    facts.truth = facts.truth._replace(agent=without_mma(facts.truth.agent))


def _policy_applied(facts: Facts, row: Row, roster: Roster) -> None:
    state = "compliant" if facts.truth.onboarded else "unknown"
    facts.truth = _with_state(facts.truth, row.policy, state)._replace(
        policy_applied=True,
        sample_sharing=roster.policies[row.policy].sample_sharing,
        cause="",
        rule="",
        progress="awaiting_report",
    )
    if facts.policy_applied_at is None:
        facts.policy_applied_at = row.time


def _failed(facts: Facts, row: Row, roster: Roster) -> None:
    facts.attempts += 1
    told = _with_state(facts.truth, row.policy, "failed")
    facts.truth = told._replace(cause=row.cause, rule=row.rule)


def _policy_conflict(facts: Facts, row: Row, roster: Roster) -> None:
    told = _with_state(facts.truth, row.policy, "conflict")
    kinds = {roster.policies[name].kind for name in facts.policies}
    if len(kinds) > 1:
        told = told._replace(cause=row.cause, rule=row.rule)
    facts.truth = told


def _onboarded(facts: Facts, row: Row, roster: Roster) -> None:
    facts.attempts += 1
    facts.onboarded_at = row.time
    facts.reported_at = facts.portal_at = None
    facts.truth = _with_state(facts.truth, row.policy, "compliant")._replace(
        onboarded=True,
        offboarded=False,
        cause="",
        rule="",
        payload=row.payload,
        payload_pending="",
        agent_running=True,
        inactive=False,
    )


def _offboarded(facts: Facts, row: Row, roster: Roster) -> None:
    facts.attempts += 1
    facts.truth = _with_state(facts.truth, row.policy, "compliant")._replace(
        onboarded=False,
        offboarded=True,
        policy_applied=False,
        cause="",
        rule="",
        payload="",
        payload_pending="",
        sample_sharing="",
    )


def _reported(facts: Facts, row: Row, roster: Roster) -> None:
    facts.console = facts.truth
    if facts.reported_at is None:
        facts.reported_at = row.time


def _portal_seen(facts: Facts, row: Row, roster: Roster) -> None:
    facts.portal = facts.truth
    if facts.portal_at is None:
        facts.portal_at = row.time


def _with_state(told: Told, policy: str, state: str) -> Told:
    states = dict(told.policies)
    states[policy] = state
    return told._replace(policies=tuple(sorted(states.items())))


CHANGES: dict[str, Change] = {
    "joined": _joined,
    "retired": _retired,
    "member_added": _member_added,
    "member_removed": _member_removed,
    "targeted": _targeted,
    "untargeted": _untargeted,
    "policy_received": _policy_received,
    "policy_evaluated": _policy_evaluated,
    "content_downloaded": _content_downloaded,
    "agent_installed": _agent_installed,
    "agent_removed": _agent_removed,
    "policy_applied": _policy_applied,
    "policy_failed": _failed,
    "install_failed": _failed,
    "onboarding_failed": _failed,
    "offboarding_failed": _failed,
    "policy_conflict": _policy_conflict,
    "onboarded": _onboarded,
    "offboarded": _offboarded,
    "reported": _reported,
    "portal_seen": _portal_seen,
}
