"""What became of each device: the rows of devices.parquet and devices.csv."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sim.reference.remedies import REMEDIES
from sim.tally.facts import Facts
from sim.tally.judgement import cause_of, health_in, is_eligible, status_of
from sim.tally.roster import Roster
from sim.tally.tally import Tally
from sim.units import Seconds

DEVICE_COLUMNS = (
    "name",
    "os",
    "level",
    "route",
    "location",
    "collections",
    "status",
    "cause",
    "rule",
    "policy",
    "payload_desired",
    "payload_in_use",
    "agent",
    "agent_version",
    "sample_sharing",
    "health",
    "targeted_at",
    "policy_applied_at",
    "onboarded_at",
    "reported_at",
    "portal_at",
    "retired_at",
    "attempts",
    "restarts",
)

TIME_COLUMNS = tuple(name for name in DEVICE_COLUMNS if name.endswith("_at"))
COUNT_COLUMNS = ("attempts", "restarts")


@dataclass(frozen=True)
class Outcomes:
    """One row a device, by column; times are seconds since the start or None."""

    columns: Mapping[str, list[object]]
    present: list[bool]
    """Whether the device is there at the horizon; retired devices are not."""

    def __len__(self) -> int:
        return len(self.present)


def outcomes(tally: Tally) -> Outcomes:
    """Return what each device truly is at the end of the run, in order of name."""
    rows = [_row(facts, tally.roster) for facts in tally.facts]
    columns = {name: [row[place] for row in rows] for place, name in enumerate(DEVICE_COLUMNS)}
    return Outcomes(columns, [facts.present for facts in tally.facts])


def _row(facts: Facts, roster: Roster) -> tuple[object, ...]:
    told, record = facts.truth, facts.record
    status = status_of(facts, told)
    cause = cause_of(facts, told, status, roster)
    policy = next(iter(facts.policies), "")
    return (
        record.name,
        record.os,
        record.level,
        told.route,
        record.location,
        "; ".join(facts.collections),
        status,
        cause,
        _rule(facts, status, cause),
        policy,
        roster.policies[policy].payload if policy else "",
        told.payload,
        told.agent,
        record.agent_version if told.agent == record.agent else "",
        told.sample_sharing if told.onboarded else "",
        health_in(facts.console),
        facts.targeted_at,
        facts.policy_applied_at,
        facts.onboarded_at,
        facts.reported_at,
        facts.portal_at,
        facts.retired_at,
        facts.attempts,
        facts.restarts,
    )


def _rule(facts: Facts, status: str, cause: str) -> str:
    """Return the rule behind a device's status: that of its refusal, its cause or its route."""
    told = facts.truth
    if status == "not_eligible":
        return facts.record.ineligible_rule or "OS-3"
    if cause and cause == told.cause:
        return told.rule
    if cause:
        return REMEDIES[cause].rule
    return {"onboarded": told.route_rule, "offboarded": "OFF-1"}.get(status, "")


def count_by(outcomes: Outcomes, column: str, keep: Callable[[str], bool] = bool) -> dict[str, int]:
    """Count the devices present at the horizon by the words of a column, in order of words."""
    counts: dict[str, int] = {}
    for word, present in zip(outcomes.columns[column], outcomes.present, strict=True):
        if present and keep(str(word)):
            counts[str(word)] = counts.get(str(word), 0) + 1
    return dict(sorted(counts.items()))


def eligible_count(tally: Tally) -> int:
    """Count the eligible devices present at the horizon."""
    return sum(facts.present and is_eligible(facts) for facts in tally.facts)


def targeted_count(tally: Tally) -> int:
    """Count the devices present at the horizon that an active deployment reaches."""
    return sum(facts.present and bool(facts.policies) for facts in tally.facts)


def first_instant(times: list[Seconds], needed: int) -> Seconds | None:
    """Return when the *needed*-th of some instants came; None when there are fewer."""
    return sorted(times)[needed - 1] if 0 < needed <= len(times) else None
