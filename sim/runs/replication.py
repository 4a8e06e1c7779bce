"""One rehearsal from end to end: simulate, tally, judge, summarize."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from sim.accounts.desk import desk_of
from sim.accounts.devices import Outcomes, outcomes
from sim.accounts.headline import headline
from sim.accounts.summary import summarize
from sim.eventlog import EventLog
from sim.fleet.streams import Streams
from sim.judging.expectations import ExpectationResult, judge
from sim.judging.readings import Observation, Observations
from sim.kernel.replication import Prepared, simulate
from sim.measures.series import SeriesReader, measure_table
from sim.measures.tally import Tally, replay
from sim.runs.notes import ClosedGates, closed_gates, run_notes
from sim.runs.preparation import prepare
from sim.scenario.loader import Loaded

if TYPE_CHECKING:
    import pyarrow


@dataclass(frozen=True)
class Replication:
    """One replication with all that can be read from its log; figures are worked out when asked."""

    prepared: Prepared
    log: EventLog
    tally: Tally

    @cached_property
    def reader(self) -> Observations:
        """Reads conditions and numbers from this replication."""
        return Observations(SeriesReader(self.tally), self.prepared.clock, self.log.horizon)

    @cached_property
    def readings(self) -> tuple[Observation, ...]:
        """What this replication says to each expectation, in the order of `expect:`."""
        conditions = self.prepared.conditions.expectations
        return tuple(self.reader.of(condition) for condition in conditions)

    @cached_property
    def outcomes(self) -> Outcomes:
        """What became of each device."""
        return outcomes(self.tally)

    @cached_property
    def measures(self) -> "pyarrow.Table":
        """Every measure at the reporting interval."""
        scenario = self.prepared.scenario
        collections = tuple(collection.name for collection in scenario.collections)
        interval = scenario.reporting.interval
        return measure_table(self.tally, collections, scenario.horizon, interval)

    @cached_property
    def expectations(self) -> tuple[ExpectationResult, ...]:
        """Each expectation, judged over this replication alone."""
        return judge_all(self.prepared, [self.readings])

    @cached_property
    def summary(self) -> dict[str, Any]:
        """The figures of summary.json."""
        scenario = self.prepared.scenario
        summary = summarize(
            self.tally,
            self.outcomes,
            scenario.horizon,
            name=scenario.name,
            seed=scenario.seed,
            events=len(self.log),
            headline=headline(scenario, self.tally),
            desk=desk_of(scenario, self.prepared.clock, self.log),
        )
        summary["expectations"] = [one.as_summary() for one in self.expectations]
        return summary

    @cached_property
    def notes(self) -> tuple[str, ...]:
        """Remarks that a reader must know, each a sentence."""
        return run_notes(self.prepared, [self.closed_gates])

    @cached_property
    def closed_gates(self) -> ClosedGates:
        """The gates that did not open, and why."""
        return closed_gates(self.prepared, self.log, self.tally)


def run_replication(loaded: Loaded, replication: int = 1) -> Replication:
    """Run one replication of a scenario and read its log.

    Raises UnusableInput when scenario or fleet cannot be used.
    """
    return run_prepared(prepare(loaded), replication)


def run_prepared(prepared: Prepared, replication: int = 1) -> Replication:
    """Run one replication of a scenario that has been prepared."""
    log = simulate(prepared, Streams(prepared.scenario.seed, replication))
    return Replication(prepared, log, replay(log, prepared.roster))


def judge_all(
    prepared: Prepared, readings: Sequence[Sequence[Observation]]
) -> tuple[ExpectationResult, ...]:
    """Judge every expectation over some replications, each with its readings in order."""
    scenario = prepared.scenario
    conditions = prepared.conditions.expectations
    return tuple(
        judge(expectation, condition, [of_one[place] for of_one in readings])
        for place, (expectation, condition) in enumerate(
            zip(scenario.expect, conditions, strict=True)
        )
    )
