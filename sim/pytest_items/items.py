"""A scenario as a file of tests: one item for each expectation, one simulation for all of them.

A failed item shows the lines of the scenario, what was expected and what was observed. The
simulation is shared by all workers of a run of pytest. A worker holds a lock of the operating
system while it simulates. The system releases the lock when the worker ends, for whatever reason,
so the others never wait without end. The result is JSON in a folder of this run alone.
"""

import contextlib
import hashlib
import json
import os
import re
import sys
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import pytest
from pydantic import TypeAdapter

from sim.baselines.comparator import Baselines
from sim.baselines.files import shared_name
from sim.baselines.tolerances import former_name_remark, read_tolerances
from sim.checking.checks import check_scenario, expectation_line_numbers
from sim.checking.results import BaselineResult, CheckResult
from sim.checking.scenario_files import find_scenarios
from sim.checking.text import MAX_DIFFERENCES
from sim.errors import FleetsimWarning, Problem, UnusableInput
from sim.files import read_text, write_text_whole
from sim.judging.expectations import ExpectationResult
from sim.pytest_items.settings import KEY, Settings
from sim.runs.loading import load_text_with_fleet
from sim.runs.processes import cores
from sim.scenario.loader import Loaded
from sim.scenario.places import one_line
from sim.text import expectations as words
from sim.text.numbers import NO_DATA

if sys.platform == "win32":
    import msvcrt
    import time

    def _lock(number: int) -> None:
        while True:
            try:
                msvcrt.locking(number, msvcrt.LK_NBLCK, 1)
                return
            except PermissionError:
                time.sleep(0.05)

else:
    import fcntl

    def _lock(number: int) -> None:
        fcntl.flock(number, fcntl.LOCK_EX)


def once(folder: Path | None, name: str, work: Callable[[], CheckResult]) -> CheckResult:
    """Return the result of *work*, from another worker if that did it under the same name.

    Without a folder, or if it cannot be reached (a worker on another machine), each worker does
    the work itself.
    """
    if folder is None or not folder.is_dir():
        return work()
    stem = hashlib.sha256(name.encode()).hexdigest()[:32]
    with _locked(folder / f"{stem}.lock"):
        path = folder / f"{stem}.json"
        result = _read(path)
        if result is None:
            result = work()
            with contextlib.suppress(UnusableInput):
                write_text_whole(path, json.dumps(asdict(result)))
        return result


@contextlib.contextmanager
def _locked(lock: Path) -> Iterator[None]:
    """Wait for the lock and hold it; on a file system without locks nobody waits."""
    with contextlib.ExitStack() as stack:
        with contextlib.suppress(OSError):
            _lock(stack.enter_context(lock.open("wb")).fileno())
        yield


def _read(path: Path) -> CheckResult | None:
    try:
        return TypeAdapter(CheckResult).validate_json(path.read_bytes())
    except (OSError, ValueError):
        return None


@dataclass
class Simulation:
    """A scenario and the result of checking it, which its first item computes."""

    loaded: Loaded
    path: Path
    settings: Settings
    _result: CheckResult | None = None
    _error: tuple[Exception, TracebackType | None] | None = None

    def result(self) -> CheckResult:
        """Return the result; simulates the first time, in one worker of all.

        Raises UnusableInput for problems of the fleet or the baselines. An internal error is raised
        again each time, because it would happen again.
        """
        if self._error is not None:
            error, trace = self._error
            raise error.with_traceback(trace)
        if self._result is None:
            try:
                self._result = once(self.settings.shared, str(self.path), self._simulate)
            except Exception as error:
                self._error = (error, error.__traceback__)
                raise
        if self._result.problems:
            raise UnusableInput(self._result.problems)
        return self._result

    def _simulate(self) -> CheckResult:
        folder, comparator = self.settings.baseline, None
        if folder is not None:
            comparator = Baselines(folder, read_tolerances(folder))
            unknown = comparator.unknown_scenarios(find_scenarios(self.settings.folders).files)
            if unknown:
                raise UnusableInput(unknown)
        return check_scenario(self.loaded, self.settings.jobs or cores(), comparator)


_CONTEXT_LINES = 3
"""How many lines of the scenario are shown before and after an expectation."""
_TOP_LEVEL = re.compile(r"[^\s#-]")


class Unmet(Exception):
    """An expectation or a baseline that is not met; the text of the error is the whole report."""


class UnusableMark(Exception):
    """A word that is not a mark of this project; its text says why."""


def add_mark(item: pytest.Item, word: str) -> None:
    """Add a mark to an item by its name; raises UnusableMark.

    `xfail` covers unmet expectations only: a scenario that cannot be used fails all the same.
    """
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        mark = _mark(word)
    if word == "xfail":
        mark = mark(raises=(Unmet, FleetsimWarning))
    item.add_marker(mark)
    try:
        for warning in caught:
            item.warn(
                warning.message
                if isinstance(warning.message, Warning)
                else UserWarning(warning.message)
            )
    except Warning as error:
        raise UnusableMark(f"{word}: {error}") from None


def _mark(word: str) -> pytest.MarkDecorator:
    if not word.isidentifier() or word.startswith("_"):
        raise UnusableMark(f"{word}: not a mark of pytest; write a word such as slow")
    try:
        mark: pytest.MarkDecorator = getattr(pytest.mark, word)
    except pytest.fail.Exception as error:
        raise UnusableMark(str(error)) from None
    return mark


class ScenarioItem(pytest.Item):
    """One thing that is tested about a scenario, at a line of its file."""

    def __init__(self, *, simulation: Simulation, line: int, **arguments: Any) -> None:
        super().__init__(**arguments)
        self.simulation = simulation
        self.line = line
        self.headline = ""

    def setup(self) -> None:
        """Simulate, the first time: a scenario that cannot be used is an error, not a failure."""
        problems: tuple[Problem, ...] = ()
        try:
            self.simulation.result()
        except UnusableInput as error:
            problems = error.problems
        if problems:
            pytest.fail(problems_text(problems), pytrace=False)

    def record(self, result: CheckResult, outcome: str, *figures: tuple[str, object]) -> None:
        """Set the properties for JUnit and other reports; a repeated run replaces them."""
        run = [("seed", result.seed), ("replications", result.replications)]
        self.user_properties[:] = [*run, ("outcome", outcome), *figures]

    def reportinfo(self) -> tuple[os.PathLike[str], int, str]:
        """Return file, line (from 0) and name, for reports and editors."""
        return self.path, self.line - 1, self.name

    def repr_failure(  # type: ignore[override]  # pytest itself widens what may be returned
        self, excinfo: pytest.ExceptionInfo[BaseException]
    ) -> Any:
        """Return the text of our own errors without a traceback, at its place in the scenario."""
        if self.config.getoption("fulltrace", False):
            return super().repr_failure(excinfo)
        if not isinstance(excinfo.value, Unmet | FleetsimWarning):
            return super().repr_failure(excinfo)
        shown = excinfo.getrepr(style="value")
        if shown.reprcrash is not None:
            shown.reprcrash.path = str(self.path)
            shown.reprcrash.lineno = self.line
            shown.reprcrash.message = self.headline
        return shown


class ExpectationItem(ScenarioItem):
    """One expectation of a scenario."""

    def __init__(self, *, place: int, **arguments: Any) -> None:
        super().__init__(**arguments)
        self.place = place

    def runtest(self) -> None:
        """Pass, warn, or raise Unmet; an inconclusive expectation does not pass."""
        result = self.simulation.result()
        expectation = result.expectations[self.place]
        self.headline = failure_headline(expectation)
        self.record(result, expectation.outcome, *_figures(expectation))
        if expectation.report_only:
            self._report(expectation)
        elif expectation.outcome == "warned":
            self.warn(FleetsimWarning(words.expectation_sentence(expectation)))
        elif expectation.outcome != "passed":
            raise Unmet(expectation_text(self.simulation.loaded, result, self.place))

    def _report(self, expectation: ExpectationResult) -> None:
        """Show an expectation that only reports: it never fails, even if warnings are errors."""
        self.add_report_section("call", "fleetsim", words.expectation_sentence(expectation))
        if expectation.outcome != "passed":
            with contextlib.suppress(FleetsimWarning):
                self.warn(FleetsimWarning(words.expectation_sentence(expectation)))


def _figures(expectation: ExpectationResult) -> list[tuple[str, object]]:
    figures = expectation.as_document()
    observed, margin = figures["observed"], figures["margin"]
    return [
        ("observed", NO_DATA if observed is None else observed),
        ("margin", NO_DATA if margin is None else margin + 0.0),  # never -0.0
    ]


class BaselineItem(ScenarioItem):
    """How a scenario compares with its baseline; a missing baseline is written, and fails."""

    def runtest(self) -> None:
        """Pass, or raise Unmet with the differences."""
        remark = former_name_remark(self.simulation.settings.baseline)
        if remark:
            with contextlib.suppress(FleetsimWarning):
                self.warn(FleetsimWarning(remark))
        result = self.simulation.result()
        baseline = result.baseline
        if baseline is None or baseline.outcome == "passed":
            self.record(result, "passed")
            return
        self.headline = baseline_headline(baseline)
        self.record(result, baseline.word)
        raise Unmet(baseline_text(result, baseline))


_FILES = pytest.StashKey[dict[str, Path]]()
"""The scenarios collected so far, by the name of their baseline."""


class ScenarioFile(pytest.File):
    """A YAML file whose expectations are items; collecting it simulates nothing."""

    def collect(self) -> Iterator[pytest.Item]:
        """Yield the items; raises CollectError with every problem of the file."""
        settings = self.config.stash[KEY]
        try:
            loaded = load_text_with_fleet(
                read_text(self.path), settings.shown(self.path), self.path.parent
            )
        except UnusableInput as error:
            raise self.CollectError(problems_text(error.problems)) from None
        simulation = Simulation(loaded, self.path, settings)
        yield from self._expectations(simulation)
        if settings.baseline is not None:
            self._refuse_shared_baseline()
            yield self._baseline(simulation)

    def _refuse_shared_baseline(self) -> None:
        """Raise CollectError if another scenario has the same baseline, as `check` would."""
        files = self.config.stash.setdefault(_FILES, {})
        other = files.setdefault(shared_name(self.path), self.path)
        if other != self.path:
            shown = self.config.stash[KEY].shown
            both = f"{shown(self.path)} and {shown(other)}"
            raise self.CollectError(f"{both} would have the same baseline; give them other names")

    def _expectations(self, simulation: Simulation) -> Iterator[pytest.Item]:
        loaded = simulation.loaded
        used: Counter[str] = Counter()
        lines = expectation_line_numbers(loaded)
        for place, expectation in enumerate(loaded.scenario.expect):
            name = " ".join(one_line(expectation.expr).split())
            used[name] += 1
            item: ExpectationItem = ExpectationItem.from_parent(
                self,
                name=name if used[name] == 1 else f"{name}[{used[name]}]",
                simulation=simulation,
                line=lines[place],
                place=place,
            )
            self._add_marks(item, loaded, ("marks",), loaded.scenario.marks)
            self._add_marks(item, loaded, ("expect", place, "marks"), expectation.marks)
            yield item

    def _baseline(self, simulation: Simulation) -> pytest.Item:
        """Return the item of the baseline; `xfail` is for expectations only."""
        item: BaselineItem = BaselineItem.from_parent(
            self, name="baseline", simulation=simulation, line=1
        )
        marks = tuple(mark for mark in simulation.loaded.scenario.marks if mark != "xfail")
        self._add_marks(item, simulation.loaded, ("marks",), marks)
        return item

    def _add_marks(
        self, item: pytest.Item, loaded: Loaded, where: tuple[str | int, ...], marks: Sequence[str]
    ) -> None:
        item.extra_keyword_matches.add(loaded.scenario.name)
        for place, mark in enumerate(marks):
            try:
                add_mark(item, mark)
            except UnusableMark as error:
                problem = loaded.lines.problem((*where, place), str(error))
                raise self.CollectError(problems_text([problem])) from None


def failure_headline(expectation: ExpectationResult) -> str:
    """Return the finding for a line of pytest's summary, which says failed already."""
    text = words.finding(expectation)
    return text if expectation.outcome == "failed" else f"{expectation.outcome}: {text}"


def expectation_text(loaded: Loaded, result: CheckResult, place: int) -> str:
    """Return the report on one expectation."""
    expectation = result.expectations[place]
    details = {
        "expected": words.bound_words(expectation) or words.expression(expectation),
        "observed": words.observed_words(expectation),
        "margin": words.margin_words(expectation),
        "interval": words.interval_words(expectation),
        "met": words.worst_words(expectation).removeprefix("met "),
        "why": words.why_words(expectation),
        "replay": one_line(result.replay(expectation)),
    }
    lines = [
        *_excerpt(loaded, result.lines[place]),
        "",
        f"{expectation.outcome}: {words.expression(expectation)}",
        *(f"  {label:<9} {words}" for label, words in details.items() if words),
    ]
    return "\n".join(lines)


def _excerpt(loaded: Loaded, line: int) -> Iterator[str]:
    """Yield the file and the numbered lines around one, within its top-level key."""
    yield f"{one_line(loaded.file)}:{line}"
    lines = loaded.source.rstrip().split("\n")
    first = max(1, line - _CONTEXT_LINES)
    keys = (n for n in range(line, first, -1) if _TOP_LEVEL.match(lines[n - 1]))
    begin, end = next(keys, first), min(len(lines), line + _CONTEXT_LINES)
    for number in range(begin, end + 1):
        text = lines[number - 1]
        if number > line and _TOP_LEVEL.match(text):
            return
        mark = ">" if number == line else " "
        yield f"{mark} {number:>4} | {one_line(text)}".rstrip()


def baseline_text(result: CheckResult, baseline: BaselineResult) -> str:
    """Return the report on how a scenario compares with its baseline."""
    lines = baseline.differences[:MAX_DIFFERENCES]
    more = len(baseline.differences) - len(lines)
    return "\n".join(
        [
            f"{one_line(result.file)}: {baseline_headline(baseline)}",
            *(f"  {one_line(line)}" for line in lines),
            *([f"  and {more:,} more"] if more else []),
            f"  replay    {one_line(result.replay())}",
        ]
    )


def baseline_headline(baseline: BaselineResult) -> str:
    """Return the outcome and what was compared, for a line of pytest's summary."""
    return one_line(f"{baseline.word}: {baseline.scope}" if baseline.scope else baseline.word)


def problems_text(problems: Sequence[Problem]) -> str:
    """Return the problems of a scenario that cannot be used, one line each."""
    return "\n".join(one_line(str(problem)) for problem in problems)
