"""One replication from end to end: simulate, tally, judge, summarize."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from sim.accounts.desk import desk_of
from sim.accounts.devices import Outcomes, outcomes
from sim.accounts.headline import headline
from sim.accounts.summary import summarize
from sim.errors import Problem, UnusableInput, nearest
from sim.eventlog import EventLog
from sim.fleet.streams import Streams
from sim.judging.expectations import ExpectationResult, judge
from sim.judging.observations import Observation, Observer
from sim.kernel.replication import Prepared, simulate
from sim.measures.series import SeriesReader, measure_table
from sim.measures.tally import Tally, TallyCache, replay
from sim.runs.notes import ClosedGates, closed_gates, run_notes
from sim.runs.preparation import prepare
from sim.runs.tables import event_rows
from sim.scenario.loader import Loaded

if TYPE_CHECKING:
    import pyarrow

_MAX_COMPARED = 20_000
"""The nearest name is looked for among so many."""


@dataclass(frozen=True)
class Replication:
    """One replication; its figures are computed from its log when they are first needed."""

    prepared: Prepared
    log: EventLog
    tally: Tally

    @cached_property
    def observer(self) -> Observer:
        """Observes conditions and terms in this replication."""
        return Observer(SeriesReader(self.tally), self.prepared.clock, self.log.horizon)

    @cached_property
    def observations(self) -> tuple[Observation, ...]:
        """The observation of each expectation, in the order of `expect:`."""
        conditions = self.prepared.conditions.expectations
        return tuple(self.observer.observe(condition) for condition in conditions)

    @cached_property
    def outcomes(self) -> Outcomes:
        """How each device ended."""
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
        return judge_all(self.prepared, [self.observations])

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
        summary["expectations"] = [each.as_summary() for each in self.expectations]
        return summary

    def device_history(self, device: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        """Return the row of a device in `devices.parquet`, and its rows in `events.parquet`.

        Raises UnusableInput when the fleet has no such device.
        """
        names = self.prepared.fleet.names
        numbers = {name.casefold(): number for number, name in enumerate(names)}
        number = numbers.get(device.casefold())
        if number is None:
            raise unknown_device(device, names, "this run", "a name of the fleet")
        row = {name: column[number] for name, column in self.outcomes.columns.items()}
        return row, event_rows(self.log, number)

    @cached_property
    def notes(self) -> tuple[str, ...]:
        """Remarks that a reader must know, each a sentence."""
        return run_notes(self.prepared, [self.closed_gates])

    @cached_property
    def closed_gates(self) -> ClosedGates:
        """The gates that did not open, and why."""
        return closed_gates(self.prepared, self.log, self.tally)


def unknown_device(device: str, names: Sequence[str], where: str, expected: str) -> UnusableInput:
    """Return the problem of a name that no device has, with the nearest one."""
    near = nearest(device, names[:_MAX_COMPARED])
    return UnusableInput([Problem(f'no device "{device}" in {where}', "", expected, near)])


def run_replication(loaded: Loaded, replication: int = 1) -> Replication:
    """Run one replication of a scenario and read its log.

    Raises UnusableInput when scenario or fleet cannot be used.
    """
    return run_prepared(prepare(loaded), replication)


def run_prepared(
    prepared: Prepared, replication: int = 1, cache: TallyCache | None = None
) -> Replication:
    """Run one replication of a prepared scenario; *cache* comes from its other replications."""
    cache = TallyCache() if cache is None else cache
    log = simulate(prepared, Streams(prepared.scenario.seed, replication), cache)
    return Replication(prepared, log, replay(log, prepared.device_table, cache))


def judge_all(
    prepared: Prepared, observations: Sequence[Sequence[Observation]]
) -> tuple[ExpectationResult, ...]:
    """Judge every expectation over the *observations* of some replications, in order."""
    expect, conditions = prepared.scenario.expect, prepared.conditions.expectations
    pairs = zip(expect, conditions, strict=True)
    return tuple(
        judge(expectation, condition, [of_each[place] for of_each in observations])
        for place, (expectation, condition) in enumerate(pairs)
    )
