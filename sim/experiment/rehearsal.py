"""One rehearsal from end to end: simulate, tally, judge, summarize."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sim.analysis.desk import desk_of
from sim.analysis.expectations import Judged, judge
from sim.analysis.headline import headline
from sim.analysis.measure_table import measure_table
from sim.analysis.outcomes import Outcomes, outcomes
from sim.analysis.readings import Reading, Readings
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
    readings: tuple[Reading, ...]
    """What this replication says to each expectation, in the order of `expect:`."""
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
    readings = _readings(setting, tally)
    judged = judge_all(setting, [readings])
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
        loaded,
        setting,
        log,
        tally,
        results,
        measures,
        readings,
        judged,
        summary,
        notes(setting, log, tally),
    )


def _readings(setting: Setting, tally: Tally) -> tuple[Reading, ...]:
    read = Readings(SeriesReader(tally), setting.clock, setting.scenario.horizon)
    return tuple(read.of(condition) for condition in conditions_of(setting.scenario).expectations)


def judge_all(setting: Setting, readings: Sequence[Sequence[Reading]]) -> tuple[Judged, ...]:
    """Judge every expectation over some replications, each with its readings in order."""
    scenario = setting.scenario
    conditions = conditions_of(scenario).expectations
    return tuple(
        judge(expectation, condition, [of_one[place] for of_one in readings])
        for place, (expectation, condition) in enumerate(
            zip(scenario.expect, conditions, strict=True)
        )
    )
