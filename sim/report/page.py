"""The report: one HTML file that says how the rollout went, what failed and what to do.

The page has no script and needs no network: styles and pictures are in the file, and its content
policy forbids everything else. The template escapes whatever comes from a scenario or a fleet.
"""

import inspect
from collections.abc import Callable, Collection, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from sim.accounts.content import point_loads
from sim.accounts.desk import desk_of
from sim.accounts.faults import fault_rates
from sim.accounts.headline import HEADLINE_TEXTS, LEVELS, headline_of
from sim.accounts.outcomes import recovered_failures
from sim.accounts.parts import LEVEL, divisions
from sim.accounts.payloads import payload_account
from sim.accounts.stages import stage_times, stays
from sim.eventlog import PLAN
from sim.figures.axes import series, share_series
from sim.figures.lines import HEALTH_TILES
from sim.measures.series import SeriesReader
from sim.reference.assumptions import ASSUMPTIONS
from sim.reference.causes import CAUSE_TABLE
from sim.reference.rules import RULES
from sim.report import overview
from sim.report.data import AssumptionRow, PlanRow, ReplicationSummary, ReportData
from sim.report.pictures import report_pictures
from sim.runs.notes import UNUSED_ASSUMPTIONS, gate_reason
from sim.runs.replication import Replication, device_table, event_rows
from sim.scenario.model import RuleSwitches
from sim.scenario.steps import Step, step_names
from sim.scenario.values import FromEnvironment
from sim.text import numbers
from sim.text.expectations import outcome_text
from sim.text.numbers import count_text
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
        return ", ".join(f"{name} = {_value(each)}" for name, each in value.items())
    if isinstance(value, FromEnvironment):
        return f"from ${value.env}"
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _sources(run: Replication) -> Mapping[str, Callable[[], Any]]:
    """Return how the fields of ReportData that take time are read from a run."""
    prepared, log, outcomes = run.prepared, run.log, run.outcomes
    scenario, horizon = prepared.scenario, prepared.scenario.horizon
    collections = [collection.name for collection in scenario.collections]
    all_stays = cache(lambda: stays(log, prepared.device_table))
    has_faults = scenario.faults != "none"
    return {
        "measures": lambda: run.measures.to_pandas(),
        "devices": lambda: device_table(outcomes).to_pandas(),
        "all_causes": lambda: {
            name: causes
            for name, is_present, causes in zip(
                outcomes.columns["name"], outcomes.present, run.all_causes, strict=True
            )
            if len(causes) > 1 and is_present
        },
        "plan": lambda: plan_rows(run),
        "recovered": lambda: recovered_failures(log, outcomes),
        "payloads": lambda: payload_account(scenario, log, run.tally),
        "desk": lambda: desk_of(scenario, prepared.clock, log),
        "divisions": lambda: divisions(run.tally, collections, horizon),
        "stages": lambda: stage_times(all_stays(), horizon),
        "points": lambda: point_loads(
            log, prepared.device_table, scenario.locations, prepared.assumed, all_stays()
        ),
        "faults": lambda: fault_rates(log, prepared.device_table, outcomes) if has_faults else None,
        "assumptions": lambda: assumption_rows(run),
    }


def report_data(
    run: Replication,
    replications: ReplicationSummary | None = None,
    origin: Mapping[str, Any] | None = None,
    only: Collection[str] | None = None,
) -> ReportData:
    """Return what a report shows of a run; *only* some of the slow fields, the others empty.

    Where the run is the first of several, *replications* are the results of all of them. *origin*
    is the provenance.
    """
    scenario, whole = run.prepared.scenario, replications or run
    sources = _sources(run)
    return ReportData(
        name=scenario.name,
        question=scenario.question,
        start=run.prepared.clock.datetime_at(0),
        time_zone=scenario.site.time_zone,
        horizon=scenario.horizon,
        summary=run.summary,
        expectations=tuple(map(outcome_text, whole.expectations)),
        replications=replications,
        provenance={key: value for key, value in (origin or {}).items() if key != "assumptions"},
        notes=whole.notes,
        remedies=CAUSE_TABLE,
        **{name: read() for name, read in sources.items() if only is None or name in only},
    )


def plan_rows(run: Replication) -> list[PlanRow]:
    """Return the events of the plan in order, then the steps that were never reached."""
    rows = event_rows(run.log, PLAN)
    names = step_names(run.prepared.scenario.plan)
    what = dict(zip(names, map(step_words, run.prepared.scenario.plan), strict=True))
    reader = SeriesReader(run.tally)
    gates = {names[number]: gate for number, gate in run.prepared.conditions.gates.items()}
    happened = []
    for row in rows:
        step, time, event = row["step"], row["time"], row["event"]
        why = gate_reason(gates[step], reader, time) if event.startswith("gate_") else ""
        happened.append(PlanRow(time, step, event, row["cause"], row["rule"], what[step], why))
    carried_out = {row.step for row in happened if row.event.startswith("step_")}
    ahead = [PlanRow(None, name, "", what=what[name]) for name in names if name not in carried_out]
    return happened + ahead


def assumption_rows(run: Replication) -> list[AssumptionRow]:
    """Return the assumptions in force: numbers first, then the choices that fleetsim makes."""
    return [*_numbers(run), *_choices(run)]


_WRITTEN = {"s": format_duration, "share": format_share, "bytes": count_text}


def _numbers(run: Replication) -> Iterator[AssumptionRow]:
    for name, entry in ASSUMPTIONS.items():
        value = run.prepared.assumed[name]
        text = _WRITTEN.get(entry.unit, str)(value)
        unit = entry.unit if entry.unit in ("bytes", "Mbit/s") else ""
        overridden = name in run.prepared.scenario.assumptions
        source = "this scenario" if overridden else entry.source
        unused = "" if name not in UNUSED_ASSUMPTIONS else " It has no effect in this version."
        yield AssumptionRow(name, text, unit, source, overridden, f"{entry.text}{unused}")


def _choices(run: Replication) -> Iterator[AssumptionRow]:
    """Yield the rules that no source states in full, and every switch with its value."""
    switches = run.prepared.scenario.rules.model_dump()
    shipped = RuleSwitches().model_dump()
    for entry in RULES.values():
        if not entry.is_assumed:
            continue
        value = str(switches.get(entry.switch, "")).lower()
        overridden = switches.get(entry.switch) != shipped.get(entry.switch)
        source = "this scenario" if overridden else "our choice"
        stop = "" if entry.title.endswith("?") else "."
        yield AssumptionRow(entry.id, value, "", source, overridden, f"{entry.title}{stop}")


@cache
def template(name: str) -> Template:
    """Return a template of this folder; an unknown name in it is an error, not an empty place.

    Its filters are the functions of `sim.text.numbers`.
    """
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        undefined=StrictUndefined,
    )
    environment.filters |= dict(inspect.getmembers(numbers, inspect.isfunction))
    for function in (overview.hours_text, overview.point_title):
        environment.filters[function.__name__] = function
    environment.globals |= {
        "missing": numbers.MISSING,
        "levels": LEVELS,
        "status_order": overview.STATUS_ORDER,
        "headline_texts": HEADLINE_TEXTS,
        "part_level": LEVEL,
        "part_titles": overview.PART_TITLES,
        "stage_texts": overview.STAGE_TEXTS,
        "event_titles": overview.EVENT_TITLES,
        "script_advice": overview.SCRIPT_ADVICE,
    }
    return environment.get_template(name)


def render(report: ReportData) -> str:
    """Return the report as one HTML document, the same bytes for the same run."""
    summary, headline = report.summary, headline_of(report.summary)
    return template("report.html.jinja").render(
        report=report,
        summary=summary,
        headline=headline,
        dashboard=overview.dashboard(summary),
        dashboard_table=_dashboard_table(report),
        milestones=overview.milestones(headline["time_to"], report),
        expectations=report.expectations or summary.get("expectations", []),
        obstacles=overview.obstacles(report),
        plan=overview.numbered(report.plan),
        systems=overview.systems(report.devices),
        assumptions=sorted(report.assumptions, key=lambda row: not row.overridden),
        assumed_values={row.name: row.value for row in report.assumptions},
        provenance=list(overview.flattened(report.provenance)),
        drawn=report_pictures(report),
        replications=overview.replication_tables(report),
        onboarding_table=_onboarding_table(report),
    )


def _onboarding_table(report: ReportData) -> list[tuple[str, list[str]]]:
    """Return the picture's numbers at round times: time, three views, failed, waiting."""
    measures = report.measures
    lines = [series(measures, "coverage_pct", view) for view in ("device", "console", "portal")]
    lines += [share_series(measures, status, "device") for status in ("failed", "waiting")]
    return list(overview.at_round_times(lines, report))


def _dashboard_table(report: ReportData) -> list[tuple[str, list[str]]]:
    """Return the dashboard at round times: time, gauge, and the share of each tile."""
    names = ("gauge_pct", *(f"{tile}_pct" for tile, _, _ in HEALTH_TILES))
    lines = [series(report.measures, name, "console") for name in names]
    return list(overview.at_round_times(lines, report))
