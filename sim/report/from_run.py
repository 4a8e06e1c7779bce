"""A plan step in words, as the report and the plan's table show it.

From a rehearsal to its report page.
"""

from collections.abc import Iterator
from dataclasses import astuple
from typing import Any

from sim.accounts.content import point_loads
from sim.accounts.desk import desk_of
from sim.accounts.devices import recovered_failures
from sim.accounts.faults import FaultRate, fault_rates
from sim.accounts.parts import divisions
from sim.accounts.payloads import payload_account
from sim.accounts.stages import stage_times, stays
from sim.eventlog import PLAN
from sim.measures.series import SeriesReader
from sim.reference.assumptions import ASSUMPTIONS
from sim.reference.causes import REMEDIES
from sim.reference.rules import RULES
from sim.report.data import AssumptionRow, OvercomeRow, PlanRow, ReportData, SeveralRuns
from sim.report.page import render
from sim.runs.notes import UNUSED_ASSUMPTIONS, gate_reason
from sim.runs.replication import Replication
from sim.runs.tables import device_table, event_table
from sim.scenario.model import RuleSwitches
from sim.scenario.steps import Step, step_names
from sim.scenario.values import FromEnvironment
from sim.text.expectations import outcome_text
from sim.units import format_duration, format_share

_SMALL_WORDS = {"to", "from", "on", "in", "within"}


def step_words(step: Step) -> str:
    """Return what a step does, such as `deploy Onboard to Pilot, Broad`; never a secret's value."""
    verb = step.verb
    written = {
        (field.alias or name): getattr(step, name)
        for name, field in type(step).model_fields.items()
        if name not in Step.model_fields
    }
    parts = [f"{verb.replace('_', ' ')} {_value(written.pop(verb))}"]
    for key, value in written.items():
        if value is not None:
            joint = " " if key in _SMALL_WORDS else ", "
            value = format_duration(value) if key == "within" else value
            parts.append(f"{joint}{key.replace('_', ' ')} {_value(value)}")
    return "".join(parts)


def _value(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    if isinstance(value, dict):
        return ", ".join(f"{name} = {_value(one)}" for name, one in value.items())
    if isinstance(value, FromEnvironment):
        return f"from ${value.env}"
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def render_report(
    run: Replication, origin: dict[str, Any], several: SeveralRuns | None = None
) -> str:
    """Return the HTML report of a rehearsal; *origin* is its provenance.

    Where it is the first of several replications, *several* is what they say together.
    """
    prepared, scenario = run.prepared, run.prepared.scenario
    collections = [collection.name for collection in scenario.collections]
    ways = stays(run.log, prepared.roster)
    return render(
        ReportData(
            name=scenario.name,
            question=scenario.question,
            start=run.prepared.clock.datetime_at(0),
            time_zone=scenario.site.time_zone,
            horizon=scenario.horizon,
            summary=run.summary,
            measures=run.measures.to_pandas(),
            devices=device_table(run.outcomes).to_pandas(),
            plan=plan_rows(run),
            overcome=[
                OvercomeRow(*astuple(row)) for row in recovered_failures(run.log, run.outcomes)
            ],
            expectations=tuple(map(outcome_text, (several or run).expectations)),
            several=several,
            payloads=payload_account(scenario, run.log, run.tally),
            desk=desk_of(scenario, prepared.clock, run.log),
            divisions=divisions(run.tally, collections, scenario.horizon),
            stages=stage_times(ways, scenario.horizon),
            points=point_loads(
                run.log, prepared.roster, scenario.locations, prepared.assumed, ways
            ),
            faults=_faults(run),
            remedies=REMEDIES,
            assumptions=assumption_rows(run),
            provenance={key: origin[key] for key in origin if key != "assumptions"},
            notes=several.notes if several else run.notes,
        )
    )


def _faults(run: Replication) -> list[FaultRate] | None:
    """Return how often each fault struck; None when the scenario lets none be drawn."""
    if run.prepared.scenario.faults == "none":
        return None
    return fault_rates(run.log, run.prepared.roster, run.outcomes)


def plan_rows(run: Replication) -> list[PlanRow]:
    """Return what happened to the plan, in order, then the steps that never came."""
    import numpy as np

    at = np.flatnonzero(run.log.columns["device"] == PLAN)
    rows = event_table(run.log).take(at).to_pylist()
    names = step_names(run.prepared.scenario.plan)
    what = dict(zip(names, map(step_words, run.prepared.scenario.plan), strict=True))
    reader = SeriesReader(run.tally)
    gates = {names[number]: gate for number, gate in run.prepared.conditions.gates.items()}
    happened = []
    for row in rows:
        step, time = row["step"], row["time"]
        is_gate = row["event"].startswith("gate_")
        why = gate_reason(gates[step], reader, time) if is_gate else ""
        told = (row["event"], row["cause"], row["rule"])
        happened.append(PlanRow(time, step, *told, what[step], why))
    carried_out = {row.step for row in happened if row.event.startswith("step_")}
    ahead = [PlanRow(None, name, "", what=what[name]) for name in names if name not in carried_out]
    return happened + ahead


def assumption_rows(run: Replication) -> list[AssumptionRow]:
    """Return the assumptions in force, as a person reads them: numbers, then choices of ours."""
    return [*_numbers(run), *_choices(run)]


def _numbers(run: Replication) -> Iterator[AssumptionRow]:
    for name, entry in ASSUMPTIONS.items():
        value = run.prepared.assumed[name]
        text = {"s": format_duration, "share": format_share}.get(entry.unit, str)(value)
        unit = "" if entry.unit in ("s", "share") else entry.unit
        overridden = name in run.prepared.scenario.assumptions
        source = "this scenario" if overridden else entry.source
        unused = "" if name not in UNUSED_ASSUMPTIONS else " Without effect in this version."
        yield AssumptionRow(name, text, unit, source, overridden, f"{entry.text}{unused}")


def _choices(run: Replication) -> Iterator[AssumptionRow]:
    """Yield the rules that nobody documents, and every switch with its value."""
    switches = run.prepared.scenario.rules.model_dump()
    shipped = RuleSwitches().model_dump()
    for entry in RULES.values():
        if "ours" not in entry.basis and not entry.switch:
            continue
        value = str(switches.get(entry.switch, "")).lower()
        overridden = switches.get(entry.switch) != shipped.get(entry.switch)
        source = "this scenario" if overridden else "our choice"
        yield AssumptionRow(entry.id, value, "", source, overridden, f"{entry.title}.")
