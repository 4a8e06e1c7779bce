"""One rehearsal from end to end: simulate, tally, judge, summarize."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sim.analysis.expectations import Judge, Judged
from sim.analysis.measure_table import measure_table
from sim.analysis.outcomes import Outcomes, outcomes
from sim.analysis.series import SeriesReader
from sim.analysis.summary import summarize
from sim.eventlog import EventLog
from sim.experiment.not_simulated import PARTLY_SIMULATED, unused_assumptions
from sim.experiment.preparation import prepare
from sim.fleet.streams import Streams
from sim.kernel.replication import Setting, simulate
from sim.reference.platforms import OPERATING_SYSTEMS
from sim.reference.routes import is_out_of_support
from sim.scenario.expressions import conditions_of
from sim.scenario.loader import Loaded
from sim.tally.tally import Tally, replay

if TYPE_CHECKING:
    import pyarrow


@dataclass(frozen=True)
class Rehearsal:
    """One replication with all that was read from its log."""

    loaded: Loaded
    setting: Setting
    log: EventLog
    tally: Tally
    outcomes: Outcomes
    measures: "pyarrow.Table"
    judged: tuple[Judged, ...]
    summary: dict[str, Any]
    notes: tuple[str, ...]
    """Remarks a reader must know, each a sentence."""


def rehearse(loaded: Loaded, replication: int = 1) -> Rehearsal:
    """Run one replication of a scenario and read its log.

    Raises UnusableInput (or NotSimulated) when scenario or fleet cannot be used.
    """
    return rehearse_prepared(loaded, prepare(loaded), replication)


def rehearse_prepared(loaded: Loaded, setting: Setting, replication: int = 1) -> Rehearsal:
    """Run one replication of a scenario that has been prepared."""
    scenario = setting.scenario
    log = simulate(setting, Streams(scenario.seed, replication))
    tally = replay(log, setting.roster)
    results = outcomes(tally)
    judged = _judge(setting, tally)
    summary = summarize(
        tally, results, scenario.horizon, name=scenario.name, seed=scenario.seed, events=len(log)
    )
    summary["expectations"] = [one.as_summary() for one in judged]
    collections = tuple(collection.name for collection in scenario.collections)
    measures = measure_table(tally, collections, scenario.horizon, scenario.reporting.interval)
    return Rehearsal(
        loaded, setting, log, tally, results, measures, judged, summary, _notes(setting)
    )


def _judge(setting: Setting, tally: Tally) -> tuple[Judged, ...]:
    scenario = setting.scenario
    judge = Judge(SeriesReader(tally), setting.clock, scenario.horizon)
    conditions = conditions_of(scenario).expectations
    return tuple(
        judge.judge(expectation, condition)
        for expectation, condition in zip(scenario.expect, conditions, strict=True)
    )


def _notes(setting: Setting) -> tuple[str, ...]:
    """Return what a reader must know: late systems, ended support, faults left out."""
    devices = [device for device in setting.fleet.devices if device.is_managed]
    notes = []
    today = setting.clock.date_at(0)
    late = sum(OPERATING_SYSTEMS[device.os].later_than_page for device in devices)
    if late:
        what = "device runs a system" if late == 1 else "devices run systems"
        notes.append(f"{late} {what} released after the product page, treated as up-level (OS-5).")
    if setting.scenario.rules.end_of_support == "warn":
        ended = sum(is_out_of_support(device, today) for device in devices)
        if ended:
            what = "device is" if ended == 1 else "devices are"
            notes.append(
                f"{ended} {what} past the end of support of the system at the start;"
                " end_of_support is set to warn, so this keeps nobody out (OS-3)."
            )
    if setting.scenario.faults == "drawn":
        notes.append(f"Not simulated yet: {'; '.join(PARTLY_SIMULATED)}.")
    unused = unused_assumptions(setting.scenario)
    if unused:
        notes.append(f"Overridden, but not asked for yet: {', '.join(unused)}.")
    return tuple(notes)
