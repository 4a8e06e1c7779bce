"""Steps of the plan: those that the site refuses, those that never come, slow collections."""

from collections import defaultdict
from collections.abc import Iterator

from sim.lint.analysis import Analysis, PlannedStep
from sim.lint.catalogue import Finding
from sim.lint.gate_checks import shut_steps, stops
from sim.reference.causes import CAUSE_TABLE
from sim.runs.refused_steps import refusal_words
from sim.scenario.steps import Patch, SetSiteVersion, Update, parse_after
from sim.text.numbers import join_words, plural
from sim.units import format_duration


def refused_steps(analysis: Analysis) -> Iterator[Finding]:
    """Yield each step that the site refuses (PRE-3, PRE-4, UPL-3, UPD-9, DWN-3).

    Whether the administrator has the role is always certain; the rest may depend on a step behind
    a gate.
    """
    steps = {step.name: step for step in analysis.steps}
    for row in analysis.rows("step_refused"):
        step = steps[row.step]
        refused = f'the step "{step.name}" is refused'
        id, loc = "LNT-902", step.loc
        _, why, advice = refusal_words(analysis.scenario, step.step, row.cause)
        what = f"{refused}: {why}"
        if row.cause == "role_missing":
            id, loc = "LNT-901", ("plan", step.number, "by" if step.step.by else step.step.verb)
        elif _depends_on_gate(analysis, step, row.cause):
            id, loc = "LNT-904", ("plan", step.number)
            what = f'the step "{step.name}" has no effect in the rehearsal: the site refuses it'
            what += f" ({row.cause})"
            advice = "plan the steps that it needs before it, with at: instead of a gate"
        elif row.cause == "site_version":
            id = "LNT-903"
        yield analysis.find(id, loc, what, advice, rule=row.rule)


def silencing_patches(analysis: Analysis) -> Iterator[Finding]:
    """Yield each patch that ends the contact of onboarded devices with the service (CON-1, UPG-1).

    Where contact returns before the end of the rehearsal, the plan may mean it, unless the patch
    removes the agent.
    """
    patches = {step.name: step for step, _ in analysis.steps_of(Patch)}
    latest: dict[int, tuple[int, str]] = {}
    silenced: dict[tuple[str, str], set[int]] = defaultdict(set)
    for row in analysis.rows("remediated", "contact_lost"):
        if row.event == "remediated":
            latest[row.device] = (row.time, row.step)
            continue
        time, name = latest.get(row.device, (-1, ""))
        lasts = analysis.tally.state_of(row.device).truth.contact_cause != ""
        if time == row.time and name in patches and (lasts or row.cause == "agent_missing"):
            silenced[name, row.cause].add(row.device)
    for (name, cause), devices in silenced.items():
        what = f'the step "{name}" leaves {plural(len(devices), "onboarded device")} silent:'
        what += f" {CAUSE_TABLE[cause].title} ({cause})"
        advice = "offboard them before it, or leave them out of its collections"
        loc = patches[name].loc
        yield analysis.find(
            "LNT-905", loc, what, advice, rule="CON-1", cause=cause, devices=devices
        )


def _depends_on_gate(analysis: Analysis, step: PlannedStep, cause: str) -> bool:
    """Say whether the site may carry out a refused step when gates open at other times."""
    kind = SetSiteVersion if cause == "site_version" else Update
    are_exact = all(
        other.is_exact
        for other in analysis.steps
        if other.number == step.number or isinstance(other.step, Update | SetSiteVersion)
    )
    return not are_exact and any(isinstance(other, kind) for other in analysis.scenario.plan)


def steps_that_never_come(analysis: Analysis) -> Iterator[Finding]:
    """Yield each step that does not come in the rehearsal; a closed gate has its own finding."""
    shut = {step.number for step in shut_steps(analysis)}
    for step in analysis.steps:
        if step.came is None and step.number not in shut:
            what = f'the step "{step.name}" never comes: {_reason(analysis, step)}'
            advice = "bring it forward, lengthen the horizon, or remove it"
            yield analysis.find("LNT-904", ("plan", step.number), what, advice)


def _reason(analysis: Analysis, step: PlannedStep) -> str:
    beyond = f"its time is after the horizon of {format_duration(analysis.scenario.horizon)}"
    if step.step.after is not None:
        name, delay = parse_after(step.step.after)
        before = next(other for other in analysis.steps if other.step.name == name)
        if before.came is None:
            return f'it follows the step "{name}", which never comes'
        if before.came + delay >= analysis.scenario.horizon:
            return beyond
    stopped = [f'"{other.name}"' for other in stops(analysis)]
    if stopped:
        return f"before that, the plan stops at the gate of {join_words(stopped)}"
    return beyond


def slow_collections(analysis: Analysis) -> Iterator[Finding]:
    """Yield deployments to collections that take in new devices at 04:00 only (TIM-4)."""
    scheduled = {
        one.name for one in analysis.scenario.collections if one.evaluation != "incremental"
    }
    joined = {row.device for row in analysis.rows("joined")}
    slow: dict[int, list[str]] = {}
    for reach in analysis.witness.deployed:
        if reach.collection in scheduled:
            slow.setdefault(reach.step, []).append(reach.collection)
    for step, names in slow.items():
        newcomers = {n for name in names for n in analysis.ever_members[name]} & joined
        if newcomers:
            who = plural(len(newcomers), "device that joins", "devices that join")
            waits = "waits" if len(newcomers) == 1 else "wait"
            what = f"{who} later {waits} up to 1 d for the site's full evaluation at 04:00, which"
            what += f" takes in the new devices of {join_words(names)}"
            advice = "set evaluation: incremental on the collection if new devices should not wait"
            loc, cause = analysis.steps[step].loc, "awaiting_collection"
            yield analysis.find("LNT-711", loc, what, advice, cause=cause, devices=newcomers)
