"""The events of a log as sentences about a device, and the story of a device made of them."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sim.reference.causes import CAUSE_TABLE
from sim.reference.rules import RULES
from sim.runs.replication import History
from sim.scenario.calendar import SiteClock
from sim.scenario.model import Scenario
from sim.text.numbers import date_text, printable, system_text, words, wrapped
from sim.units import DAY, HOUR, MINUTE, Seconds, format_duration

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
    "policy_conflict": "Policy {policy} is in conflict with another one",
    "content_downloaded": "Has downloaded the agent's installer",
    "install_started": "The agent's installer starts",
    "install_skipped": "Nothing to install: the agent is already there",
    "install_failed": "The agent's installer fails",
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
    "went_inactive": "No contact for too long: it counts as inactive from now on",
    "active_again": "The computer is in contact again",
    "contact_lost": "Loses contact with the service",
    "contact_restored": "The service hears from it again",
    "portal_removed": "The portal drops its record",
    "remediated": "Something is fixed",
    "ticket_opened": "The support desk sees it and opens a ticket",
    "ticket_taken": "A technician takes the ticket",
    "ticket_closed": "The ticket is closed: the problem went away by itself",
}

_BY_RULE: Mapping[tuple[str, str], str] = {
    ("restarted", "FLT-4"): "Restarts: no restart is pending any more",
    ("restarted", "UPD-1"): "Restarts, and applies the payload that waited for it",
    ("went_inactive", "OFF-3"): "The portal shows it as inactive from now on",
    ("went_inactive", "CON-3"): "The console shows it as inactive from now on",
    ("went_inactive", "CON-5"): "The portal shows the retired computer as inactive from now on",
    ("active_again", "FLT-1"): "The ConfigMgr client is active again",
    ("targeted", "UPD-9"): "The script of step {step} is deployed to it, through {collection}",
    ("untargeted", "UPD-9"): "The script of step {step} is removed from {collection}",
    ("ticket_closed", "FLT-7"): "The ticket is closed: the computer was not found",
    ("remediated", "FLT-1"): "The ConfigMgr client is repaired",
    ("remediated", "TIM-8"): "The step {step} upgrades its ConfigMgr client",
    ("remediated", "DWN-9"): "The step {step} of the plan changes a trait",
    ("remediated", "DWN-10"): "The step {step} of the plan changes a trait; a restart is pending",
    ("remediated", "DWN-11"): "The step {step} of the plan changes a trait; a restart is pending",
}
"""Events that mean one thing under one rule and another under another."""

_FIXED = frozenset(("active_again", "remediated", "agent_recovered", "restarted"))
"""Events that end their cause."""


def event_sentence(event: Mapping[str, Any], by_desk: bool = False) -> str:
    """Return a row of the log as a sentence.

    The cause of a failure follows a colon; what the device waits for, a semicolon. *by_desk* says
    that a technician of the support desk fixed something.
    """
    name, cause, rule = event["event"], event["cause"], event.get("rule", "")
    if name == "remediated" and cause and (by_desk or rule.startswith("DWN-")):
        rest = "" if rule in ("", "DWN-9", "FLT-1") else "; a restart is pending"
        return f"The support desk fixes it: {cause_text(cause)}{rest}"
    sentence = _BY_RULE.get((name, rule), _SENTENCES.get(name, words(name)))
    fields = ("policy", "payload", "collection", "step")
    text = sentence.format_map({field: event.get(field) or "(unnamed)" for field in fields})
    if not cause or name in _FIXED:
        return text
    if cause.startswith("awaiting_"):
        wait = cause_text(cause)
        return f"{text}; {wait[0].lower()}{wait[1:]}"
    return f"{text}: {cause_text(cause)}"


def gap_text(gap: Seconds) -> str:
    """Write how much later something happened, in days and hours; empty within two days.

    >>> gap_text(273600), gap_text(172800), gap_text(172799)
    ('3 d 4 h later', '2 d later', '')
    """
    return f"{format_duration(gap - gap % HOUR)} later" if gap >= 2 * DAY else ""


def cause_text(cause: str) -> str:
    """Write a cause in words, with its name in the results."""
    title = CAUSE_TABLE[cause].title if cause in CAUSE_TABLE else words(cause)
    return f"{title} ({cause})"


_TEXT_AT = 37
"""Where the text of a line begins."""

_MAX_ROUND = 4
_MIN_ROUNDS = 4

_ROUTES = {
    "config_file": "by the configuration file alone",
    "mde_client": "by the MDE client",
    "mma": "by the Microsoft Monitoring Agent (MMA)",
    "none": "by no route",
}


def stories(scenario: Scenario, histories: Sequence[History], width: int = 0) -> list[str]:
    """Return the lines of the stories of all computers of one name, one after the other."""
    lines = story_lines(scenario, *histories[0], width)
    for number, history in enumerate(histories[1:], start=2):
        lines += ["", "", f"Computer {number} of this name, another device to console and portal:"]
        lines += story_lines(scenario, *history, width)
    return lines


def story_lines(
    scenario: Scenario,
    row: Mapping[str, Any],
    events: Sequence[Mapping[str, Any]],
    width: int = 0,
) -> list[str]:
    """Return the lines of one device's story, wrapped at a *width* that is not 0.

    *row* is the device's row of `devices.parquet`, *events* are its rows of `events.parquet`.
    """
    clock = _clock_at(row["location"], scenario)
    lines = [*wrapped(map(printable, _heading(row)), width, 4), ""]
    if events:
        lines.append(f"{'When (' + clock.time_zone + ')':<22}  {'Since start':>11}  What, and why")
    lines += wrapped(map(printable, _lines(events, clock)), width, _TEXT_AT)
    if not events:
        lines.append("Nothing happened to this device.")
    ending = [*_ending(row), *_rules_behind(events, row)]
    return [*lines, "", *wrapped(map(printable, ending), width, 12)]


def _clock_at(location: str, scenario: Scenario) -> SiteClock:
    """Return the wall clock of a location; the site's if it has none of its own."""
    clock = SiteClock(scenario.start, scenario.site.time_zone)
    zones = {place.name: place.time_zone for place in scenario.locations}
    return clock.in_zone(zones.get(location) or clock.time_zone)


def _heading(row: Mapping[str, Any]) -> Iterator[str]:
    place = f" in {row['location']}" if row["location"] else ""
    yield f"{row['name']}: {system_text(row['os'])}{place}, onboards {_ROUTES[row['route']]}"
    if row["collections"]:
        yield f"Collections: {row['collections']}"


def _lines(events: Sequence[Mapping[str, Any]], clock: SiteClock) -> Iterator[str]:
    """Yield the events in order: a date stands once for its day, a gap of days on its own line."""
    date, before, ticket = "", None, ""
    for event, again in folded(events):
        moment = clock.datetime_at(event["time"])
        today = date_text(moment)
        if again:
            yield f"{'':<{_TEXT_AT}}... the same {again} more times, until {today} {moment:%H:%M}"
        else:
            gap = "" if before is None else gap_text(event["time"] - before)
            if gap:
                yield f"{'':<{_TEXT_AT}}... {gap}"
            if event["event"] == "ticket_taken":
                ticket = event["cause"]
            by_desk = event["event"] == "remediated" and ticket == event["cause"] != ""
            when = f"{'' if today == date and not gap else today:<15} {moment:%H:%M}"
            yield _line(event, when, by_desk)
        date, before = "" if again else today, event["time"]


def _line(event: Mapping[str, Any], when: str, by_desk: bool) -> str:
    rule = f"  [{event['rule']}]" if event["rule"] else ""
    return f"{when:<22}  {_since_start(event['time']):>11}  {event_sentence(event, by_desk)}{rule}"


def folded(events: Sequence[Mapping[str, Any]]) -> Iterator[tuple[Mapping[str, Any], int]]:
    """Yield (event, 0) in order; of a round that repeats, only the first.

    Then its last event follows, with the number of rounds that are left out. A round is up to four
    events that read the same each time, such as an install that starts and fails every day; it is
    folded from four rounds on.
    """
    sentences = [event_sentence(event) + event["rule"] for event in events]
    place = 0
    while place < len(events):
        length, rounds = _repeated(sentences, place)
        for event in events[place : place + length]:
            yield event, 0
        if rounds > 1:
            yield events[place + length * rounds - 1], rounds - 1
        place += length * rounds


def _repeated(sentences: Sequence[str], place: int) -> tuple[int, int]:
    """Return the length of the round that begins at a place, and how often it repeats in a row."""
    for length in range(1, _MAX_ROUND + 1):
        rounds = 1
        first = sentences[place : place + length]
        while sentences[place + rounds * length : place + (rounds + 1) * length] == first:
            rounds += 1
        if rounds >= _MIN_ROUNDS:
            return length, rounds
    return 1, 1


def _since_start(seconds: Seconds) -> str:
    """Write a time since the start to the minute.

    >>> _since_start(191520), _since_start(59)
    ('2 d 05:12', '0 d 00:00')
    """
    days, rest = divmod(seconds, DAY)
    return f"{days} d {rest // HOUR:02d}:{rest % HOUR // MINUTE:02d}"


def _ending(row: Mapping[str, Any]) -> Iterator[str]:
    cause = f". {cause_text(row['cause'])}" if row["cause"] else ""
    rule = f"  [{row['rule']}]" if row["rule"] else ""
    yield f"At the end: {words(row['status'])}{cause}{rule}"
    remedy = CAUSE_TABLE.get(row["cause"])
    if remedy is not None:
        yield f"What to do: {remedy.remedy_on([row['os']])}"
    for cause in filter(None, row.get("all_causes", "").split("; ")):
        if cause != row["cause"] and cause in CAUSE_TABLE:
            yield f"Also in the way: {cause_text(cause)}"
            yield f"What to do: {CAUSE_TABLE[cause].remedy_on([row['os']])}"


def _rules_behind(events: Sequence[Mapping[str, Any]], row: Mapping[str, Any]) -> Iterator[str]:
    """Yield each rule that the story refers to, in order of appearance."""
    ids = dict.fromkeys([*(event["rule"] for event in events), row["rule"]])
    rules = [RULES[id] for id in ids if id in RULES]
    if rules:
        yield ""
        yield "Rules (fleetsim explain ID says more):"
        yield from (f"  {rule.id:<7} {rule.title}" for rule in rules)
