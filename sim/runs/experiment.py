"""An experiment: all replications of one scenario, which is prepared once for all of them.

Processes simulate replications side by side. Each replication is read in the process that simulated
it, and only its figures come back, in order of number. So the results do not depend on how many
processes there are, and memory does not grow with the number of replications.
"""

import shutil
import weakref
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import numpy as np

from sim.accounts.summary import summary_of
from sim.eventlog import COLUMNS, EventLog
from sim.files import interruption_later
from sim.judging.expectations import ExpectationResult
from sim.judging.observations import Observation
from sim.kernel.replication import Prepared
from sim.language.tree import Term
from sim.measures.tally import TallyCache, replay
from sim.runs.notes import ClosedGates, run_notes
from sim.runs.processes import map_in_order, processes, submitted
from sim.runs.replication import Replication, judge_all, run_prepared

Keep = Callable[[Replication, int], None]
"""Stores something of a replication, given with its number, in the process that simulated it."""

Progress = Callable[[int], None]
"""Called with the number of replications that are done."""


class LogFiles:
    """The event logs of an experiment, in a temporary folder that is deleted with this object."""

    def __init__(self) -> None:
        with interruption_later():  # no folder is left without an owner
            self.folder = Path(mkdtemp(prefix="fleetsim-"))
            weakref.finalize(self, shutil.rmtree, self.folder, ignore_errors=True)


def _log_file(folder: Path, number: int) -> Path:
    return folder / f"{number}.npz"


@dataclass(frozen=True)
class ReplicationResult:
    """The figures of one replication."""

    number: int
    summary: dict[str, Any]
    observations: tuple[Observation, ...]
    """The observation of each expectation."""
    events: str
    """The digest of its log."""
    closed_gates: ClosedGates
    """The gates that did not open in it, and why."""
    term_observations: tuple[Observation, ...] = ()
    """The observation of each further term that was requested."""


@dataclass(frozen=True)
class Experiment:
    """All replications of a scenario: the first one whole, the figures of each."""

    first: Replication
    results: tuple[ReplicationResult, ...]
    expectations: tuple[ExpectationResult, ...]
    """Each expectation over all replications."""
    summary: dict[str, Any]
    """The figures of summary.json: of one replication, or `mean, p10, p50, p90` of several."""
    logs: LogFiles | None = None
    """The event logs of all replications, where they are kept."""

    @property
    def is_single(self) -> bool:
        """Whether there is one replication only."""
        return len(self.results) == 1

    @property
    def notes(self) -> tuple[str, ...]:
        """Remarks that a reader must know, each a sentence."""
        return run_notes(self.first.prepared, [result.closed_gates for result in self.results])

    def replications(self) -> Iterator[Replication]:
        """Yield each replication, read again from its log; nothing is simulated.

        Needs the logs of all replications, if there are several.
        """
        prepared, log, cache = self.first.prepared, self.first.log, TallyCache()
        yield self.first
        for result in self.results[1:]:
            assert self.logs is not None
            with np.load(_log_file(self.logs.folder, result.number)) as stored:
                columns = {name: stored[name] for name in COLUMNS}
            log = EventLog(log.tables, log.horizon, columns)
            cache = TallyCache() if cache.is_large else cache
            yield Replication(prepared, log, replay(log, prepared.device_table, cache))


def replicate(
    prepared: Prepared,
    jobs: int = 1,
    keep: Keep | None = None,
    tell: Progress | None = None,
    terms: Sequence[Term] = (),
    keep_logs: bool = False,
) -> Experiment:
    """Run all replications of a prepared scenario, *jobs* at a time.

    *keep* is called for each replication, *tell* with the number of those that are done. *terms*
    are numbers to read beside the expectations. *keep_logs* stores the event logs, so that
    `Experiment.replications` can read them again. Raises ReplicationError when a process fails.
    """
    count = prepared.scenario.replications
    logs = LogFiles() if keep_logs and count > 1 else None
    work = _Work(prepared, keep, tuple(terms), None if logs is None else logs.folder)
    with _results(work, range(2, count + 1), jobs) as others:
        first = work.simulate(1)
        results = [work.result_of(first, 1)]
        for result in others:
            if tell is not None:
                tell(len(results))
            results.append(result)
    expectations = judge_all(prepared, [result.observations for result in results])
    summary = first.summary
    if count > 1:
        summary = summary_of([result.summary for result in results])
        summary["expectations"] = [each.as_summary() for each in expectations]
    return Experiment(first, tuple(results), expectations, summary, logs)


def experiment_of_one(run: Replication, number: int) -> Experiment:
    """Return the experiment that consists of one replication alone, the *number*-th."""
    result = ReplicationResult(
        number, run.summary, run.observations, run.log.digest, run.closed_gates
    )
    return Experiment(run, (result,), run.expectations, run.summary)


@dataclass
class _Work:
    """Everything that a process needs; it is sent to each process once."""

    prepared: Prepared
    keep: Keep | None
    terms: tuple[Term, ...]
    logs: Path | None
    cache: TallyCache = field(default_factory=TallyCache)
    """Shared by all replications that this process runs."""

    def run(self, number: int) -> ReplicationResult:
        return self.result_of(self.simulate(number), number)

    def simulate(self, number: int) -> Replication:
        if self.cache.is_large:
            self.cache = TallyCache()
        return run_prepared(self.prepared, number, self.cache)

    def result_of(self, run: Replication, number: int) -> ReplicationResult:
        if self.keep is not None:
            self.keep(run, number)
        if self.logs is not None and number > 1:  # the first replication stays in memory
            np.savez(_log_file(self.logs, number), **run.log.columns)  # type: ignore[arg-type]
        return ReplicationResult(
            number,
            run.summary,
            run.observations,
            run.log.digest,
            run.closed_gates,
            tuple(map(run.observer.observe, self.terms)),
        )


@contextmanager
def _results(
    work: _Work, numbers: Sequence[int], jobs: int
) -> Iterator[Iterator[ReplicationResult]]:
    """Give the results of replications, in order; where there are processes they begin at once."""
    jobs = min(jobs, len(numbers))
    if jobs <= 1:
        yield map(work.run, numbers)
        return
    with processes(jobs, _begin, work) as executor:
        yield map_in_order(submitted(executor, _run, [(number,) for number in numbers]))


_work: list[_Work] = []
"""The work of this process, when it works for another one."""


def _begin(work: _Work) -> None:
    _work[:] = [work]


def _run(number: int) -> ReplicationResult:
    return _work[0].run(number)
