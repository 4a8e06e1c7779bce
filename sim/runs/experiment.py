"""Many replications of one scenario: the fleet is built once, processes work side by side.

Each replication is read where it was simulated, and what its figures need is all that comes back,
in order of number. So results do not depend on how many processes there are, and memory does not
grow with the number of replications.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from sim.accounts.summary import summary_of
from sim.eventlog import EventLog, LogTables
from sim.judging.expectations import ExpectationResult
from sim.judging.readings import Observation
from sim.kernel.replication import Prepared
from sim.language.tree import Term
from sim.runs.notes import ClosedGates, run_notes
from sim.runs.processes import map_in_order, processes, submitted
from sim.runs.replication import Replication, judge_all, run_prepared

Keep = Callable[[Replication, int], None]
"""Writes what is to be kept of a replication, by its number, where it was simulated."""


@dataclass(frozen=True)
class ReplicationResult:
    """What is known of one replication afterwards."""

    number: int
    summary: dict[str, Any]
    readings: tuple[Observation, ...]
    """What it says to each expectation."""
    events: str
    """The digest of its log."""
    closed_gates: ClosedGates
    """The gates that did not open in it, and why."""
    term_readings: tuple[Observation, ...] = ()
    """What it says to each of the further terms that were asked for."""
    log: EventLog | None = None
    """Its log, where logs are kept."""


@dataclass(frozen=True)
class Experiment:
    """All replications of a scenario: the first whole, of each what it told."""

    first: Replication
    results: tuple[ReplicationResult, ...]
    expectations: tuple[ExpectationResult, ...]
    """Each expectation over all replications."""
    summary: dict[str, Any]
    """The figures of summary.json: of one replication, or `mean, p10, p50, p90` of several."""

    @property
    def notes(self) -> tuple[str, ...]:
        """Remarks that a reader must know, each a sentence."""
        return run_notes(self.first.prepared, [one.closed_gates for one in self.results])


def replicate(
    prepared: Prepared,
    jobs: int = 1,
    keep: Keep | None = None,
    tell: Callable[[int], None] | None = None,
    terms: Sequence[Term] = (),
    keep_logs: bool = False,
) -> Experiment:
    """Run all replications of a prepared scenario, *jobs* at a time.

    *keep* is called for each; *tell* with the number of those that are done; *terms* are numbers to
    be read beside the expectations; *keep_logs* keeps the log of each in memory. Raises
    ReplicationError when a process failed.
    """
    work = _Work(prepared, keep, tuple(terms), keep_logs)
    others = range(2, prepared.scenario.replications + 1)
    done: list[ReplicationResult] = []
    with _results(work, others, jobs) as results:
        first = run_prepared(prepared)
        done.append(work.told(first, 1))
        for result in results:
            if tell is not None:
                tell(len(done))
            done.append(_with_tables(result, first.log.tables))
    judged = judge_all(prepared, [one.readings for one in done])
    if len(done) == 1:
        return Experiment(first, tuple(done), judged, first.summary)
    summary = summary_of([one.summary for one in done])
    summary["expectations"] = [one.as_summary() for one in judged]
    return Experiment(first, tuple(done), judged, summary)


def _with_tables(told: ReplicationResult, tables: LogTables) -> ReplicationResult:
    """Let a log from another process share the names of ours: they are the same."""
    return told if told.log is None else replace(told, log=replace(told.log, tables=tables))


@dataclass(frozen=True)
class _Work:
    """What every process needs, sent to it once."""

    prepared: Prepared
    keep: Keep | None
    terms: tuple[Term, ...]
    keep_logs: bool

    def run(self, number: int) -> ReplicationResult:
        return self.told(run_prepared(self.prepared, number), number)

    def told(self, run: Replication, number: int) -> ReplicationResult:
        if self.keep is not None:
            self.keep(run, number)
        term_readings = tuple(map(run.reader.of, self.terms))
        log = run.log if self.keep_logs else None
        return ReplicationResult(
            number, run.summary, run.readings, run.log.digest, run.closed_gates, term_readings, log
        )


@contextmanager
def _results(
    work: _Work, numbers: Sequence[int], jobs: int
) -> Iterator[Iterator[ReplicationResult]]:
    """Give what replications tell, in order; they begin at once where there are processes."""
    jobs = min(jobs, len(numbers))
    if jobs <= 1:
        yield map(work.run, numbers)
        return
    with processes(jobs, _begin, work) as executor:
        yield map_in_order(submitted(executor, _run, [(number,) for number in numbers]))


_work: list[_Work] = []
"""Of this process, when it is one that works for another."""


def _begin(work: _Work) -> None:
    _work[:] = [work]


def _run(number: int) -> ReplicationResult:
    return _work[0].run(number)
