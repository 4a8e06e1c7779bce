"""One rehearsal from end to end: simulate, tally, judge, summarize."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sim.analysis.desk import desk_of
from sim.analysis.expectations import Judge, Judged
from sim.analysis.headline import headline
from sim.analysis.measure_table import measure_table
from sim.analysis.outcomes import Outcomes, outcomes
from sim.analysis.series import SeriesReader
from sim.analysis.summary import summarize
from sim.eventlog import EventLog
from sim.experiment.notes import notes
from sim.experiment.preparation import prepare
from sim.fleet.streams import Streams
from sim.kernel.replication import Setting, simulate
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
        tally,
        results,
        scenario.horizon,
        name=scenario.name,
        seed=scenario.seed,
        events=len(log),
        headline=headline(scenario, tally),
        desk=desk_of(scenario, setting.clock, log),
    )
    summary["expectations"] = [one.as_summary() for one in judged]
    collections = tuple(collection.name for collection in scenario.collections)
    measures = measure_table(tally, collections, scenario.horizon, scenario.reporting.interval)
    return Rehearsal(
        loaded, setting, log, tally, results, measures, judged, summary, notes(setting, log, tally)
    )


def _judge(setting: Setting, tally: Tally) -> tuple[Judged, ...]:
    scenario = setting.scenario
    judge = Judge(SeriesReader(tally), setting.clock, scenario.horizon)
    conditions = conditions_of(scenario).expectations
    return tuple(
        judge.judge(expectation, condition)
        for expectation, condition in zip(scenario.expect, conditions, strict=True)
    )
