"""What each event of the log means, told as a sentence about one device."""

from collections.abc import Mapping
from typing import Any

from sim.reference.causes import REMEDIES
from sim.text.numbers import words
from sim.units import DAY, HOUR, Seconds, format_duration

_SENTENCES: Mapping[str, str] = {
    "joined": "Joins the fleet",
    "retired": "Retires",
    "member_added": "Becomes a member of the collection {collection}",
    "member_removed": "Leaves the collection {collection}",
    "targeted": "Policy {policy} is deployed to it, through {collection}",
    "untargeted": "Policy {policy} is withdrawn from it, through {collection}",
    "policy_received": "Receives policy {policy}",
    "policy_evaluated": "Evaluates policy {policy}",
    "policy_applied": "Policy {policy} is applied",
    "policy_failed": "Policy {policy} fails",
    "policy_conflict": "Policy {policy} contradicts another one",
    "content_downloaded": "Has downloaded the agent's installer",
    "install_started": "The installer of the agent starts",
    "install_skipped": "Nothing to install: the agent is there already",
    "install_failed": "The installer of the agent fails",
    "agent_installed": "The agent is installed",
    "agent_removed": "The agent is removed",
    "script_ran": "Runs the one-time script, which brings payload {payload}",
    "script_failed": "The one-time script, which brings payload {payload}, fails",
    "payload_received": "Receives payload {payload}",
    "restarted": "Restarts",
    "payload_applied": "Uses payload {payload} from now on",
    "payload_reverted": "Gets payload {payload} back from policy {policy}",
    "onboarded": "Onboarded, with payload {payload}",
    "onboarding_failed": "Onboarding fails",
    "offboarded": "Offboarded",
    "offboarding_failed": "Offboarding fails",
    "reported": "Reports its state: the console shows it now",
    "portal_seen": "The portal shows it now",
    "agent_stopped": "The agent's service stops",
    "agent_recovered": "The agent's service runs again",
    "went_inactive": "Nothing was heard of it for too long: it counts as inactive from now on",
    "active_again": "The computer is in contact again",
    "remediated": "Something is put right",
    "ticket_opened": "The support desk sees it and opens a ticket",
    "ticket_taken": "A technician takes the ticket up",
    "ticket_closed": "The ticket is closed: it has come right by itself",
}

_BY_RULE: Mapping[tuple[str, str], str] = {
    ("restarted", "FLT-4"): "Restarts: an installer finds no pending restart any more",
    ("restarted", "UPD-1"): "Restarts, and takes over the payload that waited for it",
    ("went_inactive", "OFF-3"): "The portal shows it as inactive from now on",
    ("active_again", "FLT-1"): "The ConfigMgr client is active again",
    ("targeted", "UPD-9"): "The script of step {step} is deployed to it, through {collection}",
    ("untargeted", "UPD-9"): "The script of step {step} is removed from {collection}",
    ("ticket_closed", "FLT-7"): "The ticket is closed: the computer was not found",
    ("remediated", "FLT-1"): "The ConfigMgr client is repaired",
    ("remediated", "DWN-9"): "The step {step} of the plan puts a trait right",
}
"""Events that mean one thing under one rule and another under another."""

_PUT_RIGHT = frozenset(("active_again", "remediated", "agent_recovered", "restarted"))
"""Events whose cause is over with them."""


def event_sentence(event: Mapping[str, Any]) -> str:
    """Return what a row of the log says; what the row leaves out is left out.

    The cause of a failure follows a colon; what the device has to wait for, a semicolon.
    """
    name, cause = event["event"], event["cause"]
    told = _BY_RULE.get((name, event.get("rule", "")), _SENTENCES.get(name, words(name)))
    fields = ("policy", "payload", "collection", "step")
    text = told.format_map({field: event.get(field) or "(unnamed)" for field in fields})
    if not cause or name in _PUT_RIGHT:
        return text
    if cause.startswith("awaiting_"):
        waits = cause_text(cause)
        return f"{text}; {waits[0].lower()}{waits[1:]}"
    return f"{text}: {cause_text(cause)}"


def gap_text(gap: Seconds) -> str:
    """Tell how much later something happened, in days and hours; empty within two days.

    >>> gap_text(273600), gap_text(172800), gap_text(172799)
    ('3 d 4 h later', '2 d later', '')
    """
    return f"{format_duration(gap - gap % HOUR)} later" if gap >= 2 * DAY else ""


def cause_text(cause: str) -> str:
    """Return a cause as a person says it, with the word that results use for it."""
    title = REMEDIES[cause].title if cause in REMEDIES else words(cause)
    return f"{title} ({cause})"
