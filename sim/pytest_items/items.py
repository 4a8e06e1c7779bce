"""Marks that a scenario gives its expectations, as pytest knows them.

The items of a scenario: one an expectation, judged when it runs.

A scenario as a file of tests: an item an expectation, one simulation for all of them.
"""

import contextlib
import os
import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from sim.baselines.files import shared_name
from sim.checking.checks import expectation_line_numbers
from sim.checking.results import CheckResult
from sim.errors import FleetsimWarning, Problem, UnusableInput
from sim.files import read_text
from sim.judging.expectations import ExpectationResult
from sim.pytest_items.failure_text import (
    baseline_headline,
    baseline_text,
    expectation_text,
    failure_headline,
    problems_text,
)
from sim.pytest_items.settings import KEY
from sim.pytest_items.simulation import Simulation
from sim.runs.loading import load_text_with_fleet
from sim.scenario.loader import Loaded
from sim.scenario.places import one_line
from sim.text.expectations import expectation_sentence
from sim.text.numbers import NO_DATA


class Unmet(Exception):
    """An expectation that does not hold, or a baseline that is not met; its text says all."""


class UnusableMark(Exception):
    """A word that is no mark of this project; its text says why."""


def add_mark(item: pytest.Item, word: str) -> None:
    """Give an item a mark by its name; raises UnusableMark.

    `xfail` is about what is expected alone: a scenario that cannot be used fails all the same.
    """
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        mark = _mark(word)
    if word == "xfail":
        mark = mark(raises=(Unmet, FleetsimWarning))
    item.add_marker(mark)
    try:
        for one in caught:
            item.warn(one.message if isinstance(one.message, Warning) else UserWarning(one.message))
    except Warning as refused:
        raise UnusableMark(f"{word}: {refused}") from None


def _mark(word: str) -> pytest.MarkDecorator:
    if not word.isidentifier() or word.startswith("_"):
        raise UnusableMark(f"{word}: no mark of pytest; write a word such as slow")
    try:
        mark: pytest.MarkDecorator = getattr(pytest.mark, word)
    except pytest.fail.Exception as unknown:
        raise UnusableMark(str(unknown)) from None
    return mark


class ScenarioItem(pytest.Item):
    """Something that is asked of a scenario; it stands on a line of its file."""

    def __init__(self, *, simulation: Simulation, line: int, **given: Any) -> None:
        super().__init__(**given)
        self.simulation = simulation
        self.line = line
        self.headline = ""

    def setup(self) -> None:
        """Simulate, the first time: a scenario that cannot be used is an error, no failure."""
        problems: tuple[Problem, ...] = ()
        try:
            self.simulation.checked()
        except UnusableInput as refused:
            problems = refused.problems
        if problems:
            pytest.fail(problems_text(problems), pytrace=False)

    def tell(self, checked: CheckResult, outcome: str, *further: tuple[str, object]) -> None:
        """Leave what JUnit and other reports want to know, once however often it runs."""
        run = [("seed", checked.seed), ("replications", checked.replications)]
        self.user_properties[:] = [*run, ("outcome", outcome), *further]

    def reportinfo(self) -> tuple[os.PathLike[str], int, str]:
        """Return file, line (from 0) and name, for reports and editors."""
        return self.path, self.line - 1, self.name

    def repr_failure(  # type: ignore[override]  # pytest itself widens what may be returned
        self, excinfo: pytest.ExceptionInfo[BaseException]
    ) -> Any:
        """Return what is to be read: of our own errors the text alone, without a traceback."""
        error = excinfo.value
        if self.config.getoption("fulltrace", False):
            return super().repr_failure(excinfo)
        if isinstance(error, Unmet | FleetsimWarning):
            return self._placed(excinfo, self.headline)
        return super().repr_failure(excinfo)

    def _placed(self, excinfo: pytest.ExceptionInfo[BaseException], headline: str) -> Any:
        """Return the text of an error, placed where the scenario says what was asked."""
        shown = excinfo.getrepr(style="value")
        if shown.reprcrash is not None:
            shown.reprcrash.path = str(self.path)
            shown.reprcrash.lineno = self.line
            shown.reprcrash.message = headline
        return shown


class ExpectationItem(ScenarioItem):
    """One expectation of a scenario."""

    def __init__(self, *, place: int, **given: Any) -> None:
        super().__init__(**given)
        self.place = place

    def runtest(self) -> None:
        """Pass, warn, or raise Unmet; what is inconclusive does not pass."""
        checked = self.simulation.checked()
        judged = checked.judged[self.place]
        self.headline = failure_headline(judged)
        self.tell(checked, judged.outcome, *_figures(judged))
        if judged.report_only:
            self._report(judged)
        elif judged.outcome == "warned":
            self.warn(FleetsimWarning(expectation_sentence(judged)))
        elif judged.outcome != "passed":
            raise Unmet(expectation_text(self.simulation.loaded, checked, self.place))

    def _report(self, judged: ExpectationResult) -> None:
        """Show what only reports; it fails nothing, whatever a project makes of warnings."""
        self.add_report_section("call", "fleetsim", expectation_sentence(judged))
        if judged.outcome != "passed":
            with contextlib.suppress(FleetsimWarning):
                self.warn(FleetsimWarning(expectation_sentence(judged)))


class BaselineItem(ScenarioItem):
    """How a scenario compares with its baseline; one that is missing is written, and fails."""

    def runtest(self) -> None:
        """Pass, or raise Unmet with what differs."""
        checked = self.simulation.checked()
        against = checked.baseline
        if against is None or against.outcome == "passed":
            self.tell(checked, "passed")
            return
        self.headline = baseline_headline(against)
        self.tell(checked, "no baseline" if against.outcome == "missing" else against.outcome)
        raise Unmet(baseline_text(checked, against))


def _figures(judged: ExpectationResult) -> list[tuple[str, object]]:
    figures = judged.as_document()
    observed, margin = figures["observed"], figures["margin"]
    return [
        ("observed", NO_DATA if observed is None else observed),
        ("margin", NO_DATA if margin is None else margin + 0.0),  # never -0.0
    ]


_STEMS = pytest.StashKey[dict[str, Path]]()
"""The scenarios collected so far, by the name that their baseline has."""


class ScenarioFile(pytest.File):
    """A YAML file whose expectations are items; nothing is simulated when it is collected."""

    def collect(self) -> Iterator[pytest.Item]:
        """Yield the items; raises CollectError with every problem of the file."""
        settings = self.config.stash[KEY]
        try:
            loaded = load_text_with_fleet(
                read_text(self.path), settings.shown(self.path), self.path.parent
            )
        except UnusableInput as refused:
            raise self.CollectError(problems_text(refused.problems)) from None
        simulation = Simulation(loaded, self.path, settings)
        yield from self._expectations(simulation)
        if settings.baseline is not None:
            self._refuse_shared_baseline()
            yield self._baseline(simulation)

    def _refuse_shared_baseline(self) -> None:
        """Raise CollectError where another scenario has the same baseline, as `check` would."""
        stems = self.config.stash.setdefault(_STEMS, {})
        other = stems.setdefault(shared_name(self.path), self.path)
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
            self._mark(item, loaded, ("marks",), loaded.scenario.marks)
            self._mark(item, loaded, ("expect", place, "marks"), expectation.marks)
            yield item

    def _baseline(self, simulation: Simulation) -> pytest.Item:
        """Return the item of the baseline; what is expected to fail are expectations alone."""
        item: BaselineItem = BaselineItem.from_parent(
            self, name="baseline", simulation=simulation, line=1
        )
        marks = tuple(one for one in simulation.loaded.scenario.marks if one != "xfail")
        self._mark(item, simulation.loaded, ("marks",), marks)
        return item

    def _mark(
        self, item: pytest.Item, loaded: Loaded, where: tuple[str | int, ...], marks: Sequence[str]
    ) -> None:
        item.extra_keyword_matches.add(loaded.scenario.name)
        for place, mark in enumerate(marks):
            try:
                add_mark(item, mark)
            except UnusableMark as refused:
                problem = loaded.lines.problem((*where, place), str(refused))
                raise self.CollectError(problems_text([problem])) from None
