"""Devices that do not onboard in the rehearsal, that onboard late, or that no policy reaches."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

from sim.lint.analysis import Analysis, grouped
from sim.lint.catalogue import Finding
from sim.lint.gate_checks import other_runs
from sim.lint.rehearsal import Numbers
from sim.reference.causes import CAUSE_TABLE, CAUSES
from sim.scenario.steps import Deploy, Restart, RunScript
from sim.text.numbers import join_words, plural
from sim.units import Seconds


def devices_that_cannot(analysis: Analysis) -> Iterator[Finding]:
    """Yield the devices that have an obstacle to the end (MMA-2, DWN-4, DWN-5, OS-1).

    A device is listed under each obstacle. An obstacle is certainly a mistake of the plan if it was
    there from the start, and the plan prevents the device from onboarding in every run.
    """
    kept_out = other_runs(analysis).kept_out(analysis.scenario.horizon - 1, of_plan=True)
    repaired = _repaired(analysis)
    groups: dict[tuple[int, str, str, bool], list[int]] = defaultdict(list)
    for number, standing in analysis.witness.standings.items():
        has_onboarded = standing.was_onboarded or number in analysis.first_onboarded
        if has_onboarded or standing.cleared is not None:
            continue
        first = [decision for _, decision in standing.obstacles]
        for gate, decision in standing.left:
            if decision.cause not in repaired:
                of_plan = gate.is_of_plan and number in kept_out and decision in first
                key = standing.step, decision.cause, decision.rule, of_plan
                groups[key].append(number)
    for step, cause, rule, of_plan in sorted(groups, key=_in_order):
        devices, loc = groups[step, cause, rule, of_plan], analysis.steps[step].loc
        id, when = "LNT-102", "in this plan, even without bad luck"
        if of_plan:
            id, when = "LNT-101", "in any run of this plan"
        what = f"{plural(len(devices), 'device')} cannot onboard {when}: {_reason_of(cause)}"
        systems = {analysis.devices[number].os for number in devices}
        entry = CAUSE_TABLE[cause]
        advice = _low(entry.if_it_lasts or entry.remedy_on(systems))
        yield analysis.find(id, loc, what, advice, rule=rule, cause=cause, devices=devices)


def devices_that_wait_for_a_step(analysis: Analysis) -> Iterator[Finding]:
    """Yield the devices that fail until steps fix them (MMA-6, DWN-6, DWN-9).

    Each step stands with the reasons that it removes. A device that lacks several things may wait
    for several steps.
    """
    steps_on = _steps_on_devices(analysis)
    groups: dict[tuple[int, str, str, int, tuple[str, ...]], list[int]] = defaultdict(list)
    for number, standing in analysis.witness.standings.items():
        if standing.cleared is None:
            continue
        for before, after in pairwise(standing.history):
            step = after.after_step
            if step is None:
                during = [by for at, by in steps_on[number] if before.since <= at <= after.since]
                step = during[-1] if during else None
            left = {decision for _, decision in after.obstacles}
            gone = [decision for _, decision in before.obstacles if decision not in left]
            if step is not None and gone:
                causes = tuple(dict.fromkeys(decision.cause for decision in gone))
                key = standing.step, gone[0].cause, gone[0].rule, step, causes
                groups[key].append(number)
    for deployed_by, cause, rule, cleared_by, causes in sorted(groups, key=_in_order):
        devices = groups[deployed_by, cause, rule, cleared_by, causes]
        count, name = plural(len(devices), "device"), analysis.steps[cleared_by].name
        reasons = join_words(list(map(_reason_of, causes)))
        what = f'{count} cannot onboard before the step "{name}": {reasons}'
        advice = f'put "{name}" first, or accept that these devices onboard later'
        loc = analysis.steps[deployed_by].loc
        yield analysis.find("LNT-103", loc, what, advice, rule=rule, cause=cause, devices=devices)


def _steps_on_devices(analysis: Analysis) -> Mapping[int, list[tuple[Seconds, int]]]:
    """Return when a step of the plan changed or restarted each device, and its number, in order."""
    numbers = {step.name: step.number for step in analysis.steps}
    restarts = [(step, restart) for step, restart in analysis.steps_of(Restart) if step.came]
    found: dict[int, list[tuple[Seconds, int]]] = defaultdict(list)
    for row in analysis.rows("remediated", "restarted"):
        if row.step in numbers:  # without a step, the support desk repairs the device
            found[row.device].append((row.time, numbers[row.step]))
        for step, restart in restarts if row.event == "restarted" else ():
            members = Numbers().union(*(analysis.ever_members[name] for name in restart.restart))
            assert step.came is not None
            if row.device in members and 0 <= row.time - step.came < max(1, restart.within):
                found[row.device].append((row.time, step.number))
    return found


def scripts_that_fail(analysis: Analysis) -> Iterator[Finding]:
    """Yield the devices on which a script fails without bad luck (UPD-7, UPD-8, UPL-5)."""
    numbers = {step.name: step.number for step in analysis.steps}
    rows = analysis.rows("script_failed")
    groups = grouped(((numbers[row.step], row.cause, row.rule), row.device) for row in rows)
    for number, cause, rule in sorted(groups, key=lambda key: (key[0], CAUSES.index(key[1]))):
        devices, step = groups[number, cause, rule], analysis.steps[number]
        assert isinstance(step.step, RunScript)
        what = f"the script of {step.step.run_script} fails on {plural(len(devices), 'device')}"
        what += f", even without bad luck: {_reason_of(cause)}"
        advice = _low(CAUSE_TABLE[cause].remedy_on({analysis.devices[n].os for n in devices}))
        yield analysis.find(
            "LNT-505", step.loc, what, advice, rule=rule, cause=cause, devices=devices
        )


def devices_out_of_reach(analysis: Analysis) -> Iterator[Finding]:
    """Yield the devices that no policy reaches, at any time or for a time (FLT-1, FLT-7)."""
    off = other_runs(analysis).never_on
    pairs = [*_never_reached(analysis), *_reached_by_chance(analysis)]
    groups = grouped(((cause, number in off), number) for cause, number in pairs)
    for cause, is_off in sorted(groups, key=lambda key: (CAUSES.index(key[0]), key[1])):
        devices = groups[cause, is_off]
        if is_off:
            what, advice = f"{_off_words(len(devices))} ({cause})", _OFF_ADVICE
        else:
            until = "at any time"
            if analysis.has_chance and cause != "never_online":
                until = "until their client recovers, which depends on chance"
            what = f"the policies of the plan do not reach {plural(len(devices), 'device')} {until}"
            what += f": {_reason_of(cause)}"
            advice = _low(CAUSE_TABLE[cause].remedy)
        yield analysis.find("LNT-104", ("fleet",), what, advice, cause=cause, devices=devices)


_OFF_ADVICE = "retire their records, or leave them out of the fleet"


def _off_words(count: int) -> str:
    devices = plural(count, "device is", "devices are")
    return (
        f"{devices} never switched on, so no policy ever reaches {'it' if count == 1 else 'them'}"
    )


def _never_reached(analysis: Analysis) -> Iterator[tuple[str, int]]:
    arrived = {row.device for row in analysis.rows("policy_received")}
    for number, standing in analysis.witness.standings.items():
        profile = analysis.tally.profile_in(number, "device")
        if profile is None or profile.status != "waiting" or number in arrived:
            continue
        is_missing = profile.cause and not profile.cause.startswith("awaiting_")
        if is_missing and not standing.was_onboarded:  # without a cause, it is as it should be
            yield profile.cause, number


def _reached_by_chance(analysis: Analysis) -> Iterator[tuple[str, int]]:
    """Yield the devices whose ConfigMgr client recovers only after the policy came (FLT-1)."""
    repaired, standings = _repaired(analysis), analysis.witness.standings
    for row in analysis.rows("active_again", "remediated"):
        is_by_chance = row.rule == "FLT-1" and not row.step and row.cause not in repaired
        if is_by_chance and row.device in standings:
            standing = standings[row.device]
            if not standing.was_onboarded and row.time > standing.since:
                yield row.cause, row.device


def devices_for_the_desk(analysis: Analysis) -> Iterator[Finding]:
    """Yield the devices that onboard only when the support desk has repaired them (DWN-9)."""
    standings, repaired = analysis.witness.standings, _repaired(analysis)
    waiting = [(row.cause, row.device) for row in analysis.rows("ticket_opened")]
    for number, standing in standings.items():
        waiting += [(decision.cause, number) for _, decision in standing.left]
    groups = grouped(pair for pair in waiting if pair[0] in repaired and pair[1] in standings)
    for cause, devices in groups.items():
        what = plural(len(devices), "device waits", "devices wait")
        what += f" for the support desk: {_reason_of(cause)}"
        advice = "run the scenario to see how long the backlog takes"
        loc = ("support_desk", "repairs", cause)
        yield analysis.find("LNT-106", loc, what, advice, cause=cause, devices=devices)


def devices_left_out(analysis: Analysis) -> Iterator[Finding]:
    """Yield eligible devices that no onboarding policy or script ever reaches (MON-1)."""
    if not analysis.witness.standings:
        return
    reached = {row.device for row in analysis.rows("targeted")}
    for step in analysis.steps:
        if step.came is None and isinstance(step.step, Deploy | RunScript):
            names = step.step.to if isinstance(step.step, Deploy) else step.step.on
            reached.update(*(analysis.ever_members[name] for name in names))
    devices = Numbers()
    for profile, numbers in analysis.at_end["device"].items():
        if profile.eligible and profile.status != "onboarded":
            devices |= numbers - reached
    if devices:
        count, cause = plural(len(devices), "eligible device"), "not_targeted"
        what = f"no onboarding policy of the plan reaches {count}"
        advice = "deploy a policy to a collection that contains them, or expect less coverage"
        yield analysis.find("LNT-105", ("plan",), what, advice, cause=cause, devices=devices)


def _reason_of(cause: str) -> str:
    return f"{CAUSE_TABLE[cause].title} ({cause})"


def _repaired(analysis: Analysis) -> tuple[str, ...]:
    desk = analysis.scenario.support_desk
    return () if desk is None else tuple(desk.repairs)


def _in_order(key: tuple[int, str, str, Any, *tuple[Any, ...]]) -> tuple[int, int, str, str]:
    return key[0], CAUSES.index(key[1]), key[2], str(key[3:])


def _low(text: str) -> str:
    """Return an advice as part of a sentence: without its capital letter and full stop.

    >>> _low("Repair the client.")
    'repair the client'
    """
    return text[0].lower() + text[1:].removesuffix(".")
