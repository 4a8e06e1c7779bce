"""Devices: who does not onboard in the rehearsal, who does so late, whom no policy reaches."""

from collections import defaultdict
from collections.abc import Iterator, Mapping

from sim.lint.analysis import Analysis
from sim.lint.catalogue import Finding
from sim.lint.gate_checks import other_runs
from sim.lint.rehearsal import Numbers
from sim.reference.causes import CAUSE_TABLE, CAUSES
from sim.scenario.steps import Deploy, RunScript
from sim.text.numbers import plural
from sim.units import Seconds


def devices_that_cannot(analysis: Analysis) -> Iterator[Finding]:
    """Yield the devices in whose way something stands to the end (MMA-2, DWN-4, DWN-5, OS-1).

    A device is listed under each thing that stands in its way. The plan is at fault for certain
    where it keeps the device out in every run.
    """
    kept_out = other_runs(analysis).kept_out(analysis.scenario.horizon - 1, of_plan=True)
    onboarded = analysis.first_onboarded
    repaired = _repaired(analysis)
    groups: dict[tuple[int, str, str, bool], list[int]] = defaultdict(list)
    for number, one in analysis.witness.standings.items():
        if one.was_onboarded or one.cleared is not None or number in onboarded:
            continue
        for gate, decision in one.left:
            if decision.cause not in repaired:
                of_plan = gate.is_of_plan and number in kept_out and decision in one.at_first
                groups[one.step, decision.cause, decision.rule, of_plan].append(number)
    for step, cause, rule, of_plan in sorted(groups, key=_in_order):
        devices = groups[step, cause, rule, of_plan]
        yield analysis.find(
            "LNT-101" if of_plan else "LNT-102",
            analysis.steps[step].loc,
            f"{plural(len(devices), 'device')} cannot onboard in this plan, even without bad luck:"
            f" {CAUSE_TABLE[cause].title} ({cause})",
            _low(CAUSE_TABLE[cause].remedy),
            rule=rule,
            cause=cause,
            devices=devices,
        )


def devices_that_wait_for_a_step(analysis: Analysis) -> Iterator[Finding]:
    """Yield the devices that fail until a step puts it right (MMA-6, DWN-6, DWN-9)."""
    patches, numbers = _patching_steps(analysis), {one.name: one.number for one in analysis.steps}
    groups: dict[tuple[int, str, str, int], list[int]] = defaultdict(list)
    for number, one in analysis.witness.standings.items():
        if one.cleared is None:
            continue
        step = one.cleared_by
        if step is None:
            during = [name for at, name in patches[number] if one.since <= at <= one.cleared]
            step = numbers.get(during[-1]) if during else None
        if step is not None:
            for _, decision in one.obstacles[:1]:
                groups[one.step, decision.cause, decision.rule, step].append(number)
    for step, cause, rule, cleared_by in sorted(groups, key=_in_order):
        devices, name = groups[step, cause, rule, cleared_by], analysis.steps[cleared_by].name
        yield analysis.find(
            "LNT-103",
            analysis.steps[step].loc,
            f"{plural(len(devices), 'device')} cannot onboard until the step {name}:"
            f" {CAUSE_TABLE[cause].title} ({cause})",
            f"let {name} come first, or accept that these devices come later",
            rule=rule,
            cause=cause,
            devices=devices,
        )


def _patching_steps(analysis: Analysis) -> Mapping[int, list[tuple[Seconds, str]]]:
    """Return when traits of each device were set, and by which step; empty for the support desk."""
    found: dict[int, list[tuple[Seconds, str]]] = defaultdict(list)
    for row in analysis.rows("remediated"):
        found[row.device].append((row.time, row.step))
    return found


def devices_out_of_reach(analysis: Analysis) -> Iterator[Finding]:
    """Yield the devices that no policy reaches, at any time or for a time (FLT-1, FLT-7)."""
    groups: dict[str, set[int]] = defaultdict(set)
    for number, cause in (*_never_reached(analysis), *_reached_by_chance(analysis)):
        groups[cause].add(number)
    for cause in sorted(groups, key=CAUSES.index):
        comes_back = analysis.has_chance and cause != "never_online"
        until = "until their client works again, by chance" if comes_back else "at any time"
        remedy, devices = CAUSE_TABLE[cause], groups[cause]
        yield analysis.find(
            "LNT-104",
            ("fleet",),
            f"the policies of the plan do not reach {plural(len(devices), 'device')} {until}:"
            f" {remedy.title} ({cause})",
            _low(remedy.remedy),
            rule=remedy.rule,
            cause=cause,
            devices=devices,
        )


def _never_reached(analysis: Analysis) -> Iterator[tuple[int, str]]:
    arrived = {row.device for row in analysis.rows("policy_received")}
    for number, one in analysis.witness.standings.items():
        profile = analysis.tally.profile_in(number, "device")
        if profile is None or profile.status != "waiting" or number in arrived:
            continue
        is_missing = profile.cause and not profile.cause.startswith("awaiting_")
        if is_missing and not one.was_onboarded:  # without a cause, the device is as it should be
            yield number, profile.cause


def _reached_by_chance(analysis: Analysis) -> Iterator[tuple[int, str]]:
    """Yield the devices whose ConfigMgr client works again only after the policy came (FLT-1)."""
    repaired, standings = _repaired(analysis), analysis.witness.standings
    for row in analysis.rows("active_again", "remediated"):
        is_by_chance = row.rule == "FLT-1" and not row.step and row.cause not in repaired
        one = standings.get(row.device)
        if is_by_chance and one is not None and not one.was_onboarded and row.time > one.since:
            yield row.device, row.cause


def devices_for_the_desk(analysis: Analysis) -> Iterator[Finding]:
    """Yield the devices that onboard only when the support desk has repaired them (DWN-9)."""
    repaired = _repaired(analysis)
    groups: dict[str, set[int]] = {cause: set() for cause in repaired}
    for row in analysis.rows("ticket_opened"):
        if row.device in analysis.witness.standings:
            groups[row.cause].add(row.device)
    for number, one in analysis.witness.standings.items():
        for _, decision in one.left:
            if decision.cause in groups:
                groups[decision.cause].add(number)
    for cause, devices in groups.items():
        if devices:
            what = f"{plural(len(devices), 'device waits', 'devices wait')} for the support desk:"
            what += f" {CAUSE_TABLE[cause].title} ({cause})"
            advice = "see with a run how long the backlog takes"
            loc = ("support_desk", "repairs", cause)
            yield analysis.find(
                "LNT-106", loc, what, advice, rule=CAUSE_TABLE[cause].rule, cause=cause,
                devices=devices,
            )  # fmt: skip


def devices_left_out(analysis: Analysis) -> Iterator[Finding]:
    """Yield eligible devices that no onboarding policy or script ever reaches (MON-1)."""
    if not analysis.witness.standings:
        return
    reached = {row.device for row in analysis.rows("targeted")} | _still_to_come(analysis)
    devices = Numbers()
    for profile, numbers in analysis.at_end["device"].items():
        if profile.eligible and profile.status != "onboarded":
            devices |= numbers - reached
    if devices:
        yield analysis.find(
            "LNT-105",
            ("plan",),
            f"no onboarding policy of the plan reaches {plural(len(devices), 'eligible device')}",
            "deploy a policy to a collection that holds them, or leave them out of coverage",
            cause="not_targeted",
            devices=devices,
        )


def _still_to_come(analysis: Analysis) -> set[int]:
    """Return the devices of the deployments that did not come in the rehearsal."""
    names: set[str] = set()
    for one in analysis.steps:
        if one.came is None and isinstance(one.step, Deploy | RunScript):
            names.update(one.step.to if isinstance(one.step, Deploy) else one.step.on)
    return {number for name in names for number in analysis.ever_members[name]}


def _repaired(analysis: Analysis) -> tuple[str, ...]:
    desk = analysis.scenario.support_desk
    return () if desk is None else tuple(desk.repairs)


def _in_order(key: tuple[int, str, str, object]) -> tuple[int, int, str, str]:
    return key[0], CAUSES.index(key[1]), key[2], str(key[3])


def _low(text: str) -> str:
    """Return an advice as it goes on in a sentence: without capital and stop.

    >>> _low("Repair the client.")
    'repair the client'
    """
    return text[0].lower() + text[1:].removesuffix(".")
