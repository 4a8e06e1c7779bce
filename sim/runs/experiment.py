"""An experiment: all replications of one scenario, which is prepared once for all of them.

Processes simulate replications side by side. Each replication is read in the process that simulated
it, and only its figures come back, in order of number. So the results do not depend on how many
processes there are, and memory does not grow with the number of replications.
"""

import io
import tempfile
import weakref
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.accounts.outcomes import summary_of
from sim.errors import Problem, UnusableInput, refusal
from sim.eventlog import COLUMNS, EventLog
from sim.judging.expectations import ExpectationResult
from sim.judging.observations import Observation
from sim.kernel.replication import Prepared
from sim.language.tree import Term
from sim.measures.tally import TallyCache, replay
from sim.runs.notes import ClosedGates, run_notes
from sim.runs.processes import map_in_order, processes, submitted
from sim.runs.refused_steps import RefusedStep, refusals_over
from sim.runs.replication import Replication, judge_all, run_prepared

Keep = Callable[[Replication, int], None]
"""Stores something of a replication, given with its number, in the process that simulated it."""

Progress = Callable[[int], None]
"""Called with the number of replications that are done."""


_MEMORY = 32_000_000
"""How many bytes of compressed logs stay in memory."""


class LogStore:
    """The event logs of an experiment, compressed: in memory, and from a certain size in a file.

    The file has no name, so the system deletes it however the process ends.
    """

    def __init__(self) -> None:
        self._file = tempfile.SpooledTemporaryFile(_MEMORY)  # noqa: SIM115 (open as long as this)
        self._places: dict[int, tuple[int, int]] = {}
        weakref.finalize(self, self._file.close)

    def add(self, number: int, packed: bytes) -> None:
        """Store the log of a replication. Raises UnusableInput where there is no room."""
        try:
            place = self._file.seek(0, io.SEEK_END)
            self._file.write(packed)
            self._file.flush()
        except OSError as error:
            what = f"the event logs of the replications cannot be kept: {refusal(error)}"
            expected = "a folder for temporary files with room; TMPDIR names it"
            raise UnusableInput([Problem(what, expected=expected)]) from None
        self._places[number] = (place, len(packed))

    def columns(self, number: int) -> dict[str, NDArray[np.integer]]:
        """Return the columns of a log that was added."""
        place, length = self._places[number]
        self._file.seek(place)
        with np.load(io.BytesIO(zlib.decompress(self._file.read(length)))) as stored:
            return {name: stored[name] for name in COLUMNS}


def _packed(log: EventLog) -> bytes:
    """Return the columns of a log in a sixth of their size."""
    content = io.BytesIO()
    np.savez(content, **log.columns)  # type: ignore[arg-type]
    return zlib.compress(content.getbuffer(), level=1)


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
    refused_steps: tuple[RefusedStep, ...] = ()
    """The steps of the plan that the site refused in it."""
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
    logs: LogStore | None = None
    """The event logs of the further replications, where they are kept."""

    @property
    def is_single(self) -> bool:
        """Whether there is one replication only."""
        return len(self.results) == 1

    @property
    def notes(self) -> tuple[str, ...]:
        """Remarks that a reader must know, each a sentence."""
        return run_notes(self.first.prepared, [result.closed_gates for result in self.results])

    @property
    def refused_steps(self) -> tuple[tuple[RefusedStep, int], ...]:
        """Each step of the plan that the site refused, and in how many replications."""
        return tuple(refusals_over([result.refused_steps for result in self.results]))

    def replications(self) -> Iterator[Replication]:
        """Yield each replication, read again from its log; nothing is simulated.

        Needs the logs of all replications, if there are several.
        """
        prepared, log, cache = self.first.prepared, self.first.log, TallyCache()
        yield self.first
        for result in self.results[1:]:
            assert self.logs is not None
            log = EventLog(log.tables, log.horizon, self.logs.columns(result.number))
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
    logs = LogStore() if keep_logs and count > 1 else None
    work = _Work(prepared, keep, tuple(terms), keep_logs)
    with _results(work, range(2, count + 1), jobs) as others:
        first = work.simulate(1)
        results = [work.result_of(first, 1)]
        for result, log in others:
            if logs is not None:
                logs.add(result.number, log)
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
    result = _Work(run.prepared, None, (), keep_logs=False).result_of(run, number)
    return Experiment(run, (result,), run.expectations, run.summary)


@dataclass
class _Work:
    """Everything that a process needs; it is sent to each process once."""

    prepared: Prepared
    keep: Keep | None
    terms: tuple[Term, ...]
    keep_logs: bool
    cache: TallyCache = field(default_factory=TallyCache)
    """Shared by all replications that this process runs."""

    def run(self, number: int) -> tuple[ReplicationResult, bytes]:
        """Return the figures of a replication, and its log where logs are kept."""
        run = self.simulate(number)
        return self.result_of(run, number), _packed(run.log) if self.keep_logs else b""

    def simulate(self, number: int) -> Replication:
        if self.cache.is_large:
            self.cache = TallyCache()
        # Only the first replication has a table of devices.
        return run_prepared(self.prepared, number, self.cache, with_obstacles=number == 1)

    def result_of(self, run: Replication, number: int) -> ReplicationResult:
        if self.keep is not None:
            self.keep(run, number)
        return ReplicationResult(
            number,
            run.summary,
            run.observations,
            run.log.digest,
            run.closed_gates,
            run.refused_steps,
            tuple(map(run.observer.observe, self.terms)),
        )


@contextmanager
def _results(
    work: _Work, numbers: Sequence[int], jobs: int
) -> Iterator[Iterator[tuple[ReplicationResult, bytes]]]:
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


def _run(number: int) -> tuple[ReplicationResult, bytes]:
    return _work[0].run(number)
