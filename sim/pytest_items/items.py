"""The items of a scenario: one an expectation, judged when it runs."""

import contextlib
import os
from typing import Any

import pytest

from sim.analysis.expectations import Judged
from sim.errors import FleetsimWarning, Problem, UnusableInput
from sim.experiment.checked import Checked
from sim.output.judged_text import NO_DATA, sentence
from sim.pytest_items.marks import Unmet
from sim.pytest_items.simulation import Simulation
from sim.pytest_items.told import (
    baseline_headline,
    baseline_text,
    expectation_text,
    headline,
    problems_text,
)


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

    def tell(self, checked: Checked, outcome: str, *further: tuple[str, object]) -> None:
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
        self.headline = headline(judged)
        self.tell(checked, judged.outcome, *_figures(judged))
        if judged.report_only:
            self._report(judged)
        elif judged.outcome == "warned":
            self.warn(FleetsimWarning(sentence(judged)))
        elif judged.outcome != "passed":
            raise Unmet(expectation_text(self.simulation.loaded, checked, self.place))

    def _report(self, judged: Judged) -> None:
        """Show what only reports; it fails nothing, whatever a project makes of warnings."""
        self.add_report_section("call", "fleetsim", sentence(judged))
        if judged.outcome != "passed":
            with contextlib.suppress(FleetsimWarning):
                self.warn(FleetsimWarning(sentence(judged)))


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


def _figures(judged: Judged) -> list[tuple[str, object]]:
    figures = judged.as_document()
    observed, margin = figures["observed"], figures["margin"]
    return [
        ("observed", NO_DATA if observed is None else observed),
        ("margin", NO_DATA if margin is None else margin + 0.0),  # never -0.0
    ]
