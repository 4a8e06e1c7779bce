"""How each scenario is judged against its baseline: the settings, read for that scenario."""

import math
from dataclasses import dataclass
from typing import Any

from sim.analysis.readings import of_each, over_runs
from sim.errors import Problem, UnusableInput
from sim.experiment.judging_file import USUAL, Judge, JudgingFile, Measure, OfScenario
from sim.scenario.expression_tree import Term
from sim.scenario.expression_types import Kind, kind_of, kind_word
from sim.scenario.expressions import parse_number
from sim.scenario.model import Scenario
from sim.scenario.names import Names, names_of
from sim.scenario.places import Places
from sim.units import MILLION, parse_duration


@dataclass(frozen=True)
class Limit:
    """One measure of one scenario, read."""

    text: str
    term: Term
    kind: str
    """`percent`, `devices`, `duration`, `probability` or `number`."""
    absolute: float
    relative: float
    worse: str

    def allowed(self, baseline: float) -> float:
        """Return how far the measure may be from its baseline."""
        return max(self.absolute, self.relative * abs(baseline))


@dataclass(frozen=True)
class Rules:
    """How one scenario is judged against its baseline."""

    judge: Judge
    limits: tuple[Limit, ...]
    confidence: float
    """0 to 1."""

    @property
    def terms(self) -> tuple[Term, ...]:
        """The numbers to read in each replication."""
        return tuple(limit.term for limit in self.limits)


@dataclass(frozen=True)
class Judging:
    """The settings of a folder of baselines."""

    file: JudgingFile
    places: Places

    def rules(self, stem: str, scenario: Scenario) -> Rules:
        """Return how the scenario in the file *stem* is judged.

        Raises UnusableInput for measures that this scenario cannot have.
        """
        own = self.file.scenarios.get(stem, OfScenario())
        judge = own.judge or self.file.judge
        where: tuple[str, ...] = ("measures",)
        measures = self.file.measures
        if own.measures is not None:
            measures, where = own.measures, ("scenarios", stem, "measures")
        measures, is_usual = measures or USUAL, not measures
        limits: list[Limit] = []
        problems: list[Problem] = []
        for place, measure in enumerate(measures):
            try:
                limits.append(limit_of(measure, names_of(scenario), judge == "paired"))
            except UnusableInput as error:
                for one in error.problems:
                    loc = () if is_usual else (*where, place, one.path or "of")
                    problems.append(_placed(one, self.places, loc, stem))
        if problems:
            raise UnusableInput(problems)
        return Rules(judge, tuple(limits), self.file.confidence / MILLION)


def _placed(problem: Problem, places: Places, loc: tuple[Any, ...], stem: str) -> Problem:
    what = f"{problem.what} (for {stem})"
    return places.problem(loc, what, problem.expected, problem.suggestion)


def limit_of(measure: Measure, names: Names, each: bool) -> Limit:
    """Return a measure, read; with *each* it must have a value in each replication.

    Raises UnusableInput for a number that is none, and for amounts of another unit.
    """
    term = parse_number(measure.of, names, each)
    if any(over_runs(term)) and any(of_each(term)):
        what = "it mixes a figure over replications with a value that each has"
        raise UnusableInput([Problem(what, expected="write the one or the other")])
    kind = kind_of(term)
    keys = ("absolute", "floor")
    given = [_amount(getattr(measure, key), kind, key) for key in keys]
    relative = 0.0 if measure.relative is None else measure.relative / MILLION
    return Limit(measure.of, term, kind_word(term), max(given), relative, measure.worse)


def _amount(value: float | str | None, kind: Kind, key: str) -> float:
    """Return an amount in the unit of what it is an amount of, 0 where none is given.

    Raises UnusableInput with the *key* that it was given for.
    """
    if value is None:
        return 0.0
    is_time = kind is Kind.DURATION
    try:
        if isinstance(value, str) is not is_time:
            raise ValueError
        amount = float(parse_duration(value) if isinstance(value, str) else value)
        if not 0 <= amount < math.inf:
            raise ValueError
        return amount
    except ValueError:
        expected = "a duration such as 12 h" if is_time else "a number such as 0.5, without a unit"
        shown = value if isinstance(value, str) else f"{value:g}"
        raise UnusableInput([Problem(f"{shown} is no amount for it", key, expected)]) from None
