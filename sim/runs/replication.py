"""One replication from end to end: simulate, tally, judge, summarize; and its tables of events and
devices, as Arrow tables and as CSV.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.accounts.desk import desk_of
from sim.accounts.headline import headline
from sim.accounts.outcomes import (
    BETWEEN,
    COUNT_COLUMNS,
    DEVICE_COLUMNS,
    TIME_COLUMNS,
    Outcomes,
    outcomes,
    summarize,
)
from sim.errors import Problem, UnusableInput, nearest
from sim.eventlog import COLUMNS, EventLog
from sim.files import write_text
from sim.fleet.cells import csv_line, neutralize
from sim.fleet.streams import Streams
from sim.judging.expectations import ExpectationResult, judge
from sim.judging.observations import Observation, Observer
from sim.kernel.inspection import Inspection
from sim.kernel.replication import Prepared, simulate
from sim.measures.series import SeriesReader, measure_table
from sim.measures.tally import Tally, TallyCache, replay
from sim.reference.attempts import causes_of
from sim.runs.notes import ClosedGates, closed_gates, run_notes
from sim.runs.preparation import prepare
from sim.runs.refused_steps import RefusedStep, refused_in
from sim.scenario.loader import Loaded
from sim.units import Seconds

if TYPE_CHECKING:
    import pyarrow


def event_table(log: EventLog) -> "pyarrow.Table":
    """Return one row an event, words instead of codes; the device of a plan row is empty."""
    import numpy as np
    import pyarrow

    columns = {"time": pyarrow.array(log.columns["time"].astype(np.int64))}
    for name in COLUMNS[1:]:
        words, codes = log.words_and_codes(name)
        columns[name] = pyarrow.DictionaryArray.from_arrays(codes.astype(np.int32), words)
    return pyarrow.table(columns)


def event_rows(log: EventLog, device: int) -> list[dict[str, Any]]:
    """Return the events of one device, or of the plan, a dictionary a row."""
    import numpy as np

    rows = np.flatnonzero(log.columns["device"] == device)
    columns = {name: column[rows] for name, column in log.columns.items()}
    events: list[dict[str, Any]] = event_table(replace(log, columns=columns)).to_pylist()
    return events


def device_table(outcomes: Outcomes) -> "pyarrow.Table":
    """Return one row for each device; times are null when they never came."""
    import pyarrow

    def column(name: str) -> "pyarrow.Array":
        values = outcomes.columns[name]
        if name in TIME_COLUMNS or name in COUNT_COLUMNS:
            return pyarrow.array(values, pyarrow.int64())
        return pyarrow.array(values, pyarrow.string())

    return pyarrow.table({name: column(name) for name in DEVICE_COLUMNS})


def write_device_csv(run: "Replication", path: Path) -> None:
    """Write one line for each device, for people: a spreadsheet shows it as it is.

    UTF-8 with a byte-order mark, commas, cells no spreadsheet runs. Times are the site's wall
    clock, empty where they never came. All causes stand beside the first one.
    """
    clock = run.prepared.clock

    def moment(time: Seconds | None) -> str:
        return "" if time is None else f"{clock.datetime_at(time):%Y-%m-%d %H:%M:%S}"

    columns = {name: run.outcomes.columns[name] for name in DEVICE_COLUMNS}
    columns |= {name: list(map(moment, columns[name])) for name in TIME_COLUMNS}
    columns["all_causes"] = list(map(BETWEEN.join, run.all_causes))
    after = DEVICE_COLUMNS.index("cause") + 1
    names = (*DEVICE_COLUMNS[:after], "all_causes", *DEVICE_COLUMNS[after:])
    rows = zip(*(columns[name] for name in names), strict=True)
    lines = (csv_line(map(_cell, row)) for row in rows)
    write_text(path, chain(["\ufeff", csv_line(names)], lines))


def _cell(value: object) -> str:
    if value is None:
        return ""
    return neutralize(value) if isinstance(value, str) else str(value)


class _Obstacles:
    """Notes at the end of a run what stands in the way of each device (DWN-9)."""

    def __init__(self) -> None:
        self.causes: dict[int, tuple[str, ...]] = {}

    def before_step(self, number: int, now: Seconds, inspection: Inspection) -> None:
        """Look at nothing."""

    def after_step(self, number: int, now: Seconds, inspection: Inspection) -> None:
        """Look at nothing."""

    def at_end(self, now: Seconds, inspection: Inspection) -> None:
        """Note the causes of each device for which anything is in the way."""
        for device in range(inspection.devices):
            if causes := causes_of(inspection.obstacles(device, now)):
                self.causes[device] = causes


History = tuple[Mapping[str, Any], Sequence[Mapping[str, Any]]]
"""The row of a device in `devices.parquet`, with `all_causes`, and its rows in `events.parquet`."""

_MAX_COMPARED = 20_000
"""The nearest name is looked for among so many."""


@dataclass(frozen=True)
class Replication:
    """One replication; its figures are computed from its log when they are first needed."""

    prepared: Prepared
    log: EventLog
    tally: Tally
    obstacles: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    """All causes that stand in the way of each device at the end, where any does (DWN-9). Empty
    where the replication was read again from its log."""

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
    def all_causes(self) -> tuple[tuple[str, ...], ...]:
        """Why each device is not as wanted at the end: its cause, then all else in the way (DWN-9).

        Empty for a device that is as wanted.
        """
        return tuple(
            tuple(dict.fromkeys((cause, *self.obstacles.get(number, ())))) if cause else ()
            for number, cause in enumerate(self.outcomes.columns["cause"])
        )

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

    def device_histories(self, device: str) -> list[History]:
        """Return the history of each computer of a name: several if it was reimaged.

        Raises UnusableInput when the fleet has no such device.
        """
        names = self.prepared.fleet.names
        numbers = [at for at, name in enumerate(names) if name.casefold() == device.casefold()]
        if not numbers:
            raise unknown_device(device, names, "this run", "a name of the fleet")
        histories: list[History] = []
        for number in numbers:
            row = {name: column[number] for name, column in self.outcomes.columns.items()}
            row["all_causes"] = BETWEEN.join(self.all_causes[number])
            histories.append((row, event_rows(self.log, number)))
        return histories

    @cached_property
    def notes(self) -> tuple[str, ...]:
        """Remarks that a reader must know, each a sentence."""
        return run_notes(self.prepared, [self.closed_gates])

    @cached_property
    def refused_steps(self) -> tuple[RefusedStep, ...]:
        """The steps of the plan that the site refused."""
        return refused_in(self.prepared.scenario, self.log)

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
    prepared: Prepared,
    replication: int = 1,
    cache: TallyCache | None = None,
    *,
    with_obstacles: bool = True,
) -> Replication:
    """Run one replication of a prepared scenario; *cache* comes from its other replications.

    Without *with_obstacles* it knows only the first cause of each device, which takes less time.
    """
    cache = TallyCache() if cache is None else cache
    found = _Obstacles() if with_obstacles else None
    streams = Streams(prepared.scenario.seed, replication)
    log = simulate(prepared, streams, cache, inspector=found)
    causes = {} if found is None else found.causes
    return Replication(prepared, log, replay(log, prepared.device_table, cache), causes)


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
