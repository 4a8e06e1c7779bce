"""What each event of the log means, told as a sentence about one device."""

from collections.abc import Mapping
from typing import Any

from sim.output.style_text import words
from sim.reference.remedies import REMEDIES

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
    "script_ran": "Runs the script of package {payload}",
    "script_failed": "The script of package {payload} fails",
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
    "went_inactive": "Counts as inactive from now on",
    "active_again": "Is active again",
    "remediated": "The support desk has put something right",
}


def sentence(event: Mapping[str, Any]) -> str:
    """Return what a row of the log says; what the row leaves out is left out."""
    known = {name: event[name] or "(unnamed)" for name in ("policy", "payload", "collection")}
    text = _SENTENCES.get(event["event"], words(event["event"])).format_map(known)
    return f"{text}: {cause_text(event['cause'])}" if event["cause"] else text


def cause_text(cause: str) -> str:
    """Return a cause as a person says it, with the word that results use for it."""
    title = REMEDIES[cause].title if cause in REMEDIES else words(cause)
    return f"{title} ({cause})"
