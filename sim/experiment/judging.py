"""How baselines are judged: the file `judging.yaml` in a folder of baselines.

Without it every baseline is exact: the same events, in the same seconds. With it a scenario may
drift within tolerances, or is judged by the paired differences of its replications.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError
from pydantic_core import ErrorDetails

from sim.analysis.readings import of_each, over_runs
from sim.errors import Problem, UnusableInput, nearest
from sim.scenario.complaints import complaint, written_loc
from sim.scenario.expression_tree import Term
from sim.scenario.expression_types import Kind, kind_of, kind_word
from sim.scenario.expressions import parse_number
from sim.scenario.model import Scenario
from sim.scenario.names import names_of
from sim.scenario.places import Places
from sim.scenario.text_files import read_text
from sim.scenario.written import Name, Part, Share
from sim.scenario.yaml_text import Flaw, Loc, Node, read_yaml
from sim.units import MILLION, parse_duration

JUDGING_FILE = "judging.yaml"
_NUMBERS = ("absolute", "floor")

Judge = Literal["exact", "tolerances", "paired"]


def _amount_written(value: object) -> object:
    if isinstance(value, str) or (isinstance(value, int | float) and value is not True):
        return value
    raise ValueError("no amount; an amount is written like 0.5, of a time like 12 h")


def _confidence(value: int) -> int:
    if not MILLION // 2 <= value < MILLION:
        raise ValueError("no confidence; a confidence lies between 50 % and 99.99 %")
    return value


Amount = Annotated[float | str, BeforeValidator(_amount_written)]
"""In the unit of what it is an amount of: `0.5` (points, devices) or `12 h`."""


class Measure(Part):
    """A number that may drift, and how far: by the largest of what is given."""

    of: Name
    """A number of the language of expectations, such as `coverage_pct at 30 d`."""
    absolute: Amount | None = None
    """How far it may be from the baseline's value."""
    relative: Share | None = None
    """Of the baseline's value."""
    floor: Amount | None = None
    """The least that is allowed where `relative` is given."""
    worse: Literal["higher", "lower", "either"] = "either"
    """Which way a drift counts."""


class OfScenario(Part):
    """How one scenario is judged; what is left out is as for all."""

    judge: Judge | None = None
    measures: tuple[Measure, ...] | None = None


class JudgingFile(Part):
    """The whole file."""

    format: Literal[1]
    judge: Judge = "exact"
    confidence: Annotated[Share, AfterValidator(_confidence)] = 950_000
    """Of paired verdicts."""
    measures: tuple[Measure, ...] = ()
    scenarios: dict[str, OfScenario] = Field(default_factory=dict)
    """By the file name without its suffix."""


USUAL = tuple(
    map(
        Measure.model_validate,
        (
            {"of": "device.coverage_pct at end", "absolute": 0.5},
            {"of": "device.failed at end", "relative": "5 %", "floor": 1.0},
            {"of": "time to (device.coverage_pct >= 50)", "relative": "5 %", "floor": "12 h"},
            {"of": "time to (device.coverage_pct >= 90)", "relative": "5 %", "floor": "12 h"},
        ),
    )
)
"""What is judged by tolerances where the file lists no measures."""


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
                limits.append(_limit(measure, scenario, judge == "paired"))
            except UnusableInput as error:
                loc = () if is_usual else (*where, place, "of")
                problems += [_placed(one, self.places, loc, stem) for one in error.problems]
        if problems:
            raise UnusableInput(problems)
        return Rules(judge, tuple(limits), self.file.confidence / MILLION)


def _placed(problem: Problem, places: Places, loc: tuple[Any, ...], stem: str) -> Problem:
    what = f"{problem.what} (for {stem})"
    return places.problem(loc, what, problem.expected, problem.suggestion)


def _limit(measure: Measure, scenario: Scenario, each: bool) -> Limit:
    term = parse_number(measure.of, names_of(scenario), each)
    if any(over_runs(term)) and any(of_each(term)):
        what = "it mixes a figure over replications with a value that each has"
        raise UnusableInput([Problem(what, expected="write the one or the other")])
    kind = kind_of(term)
    given = [_amount(one, kind) for one in (measure.absolute, measure.floor) if one is not None]
    relative = 0.0 if measure.relative is None else measure.relative / MILLION
    return Limit(
        measure.of, term, kind_word(term), max(given, default=0.0), relative, measure.worse
    )


def _amount(value: float | str, kind: Kind) -> float:
    """Return an amount in the unit of what it is an amount of; raises UnusableInput."""
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
        raise UnusableInput([Problem(f"{value} is no amount for it", expected=expected)]) from None


def read_judging(folder: Path) -> Judging:
    """Return the settings of a folder of baselines; those without a file where there is none.

    Raises UnusableInput with everything that is wrong with the file.
    """
    path = folder / JUDGING_FILE
    if not path.exists():
        return Judging(JudgingFile(format=1), Places(Node({}, 0), path.as_posix()))
    name = path.as_posix()
    root, flaws = read_yaml(read_text(path, "settings"))
    flaws = tuple(flaw for flaw in flaws if not _is_fine(flaw))
    if root is None or flaws or not isinstance(root.value, dict):
        problems = [Problem(one.what, "", one.expected, "", name, one.line) for one in flaws]
        what = Problem("the file is no table of keys", expected="format: 1 first", file=name)
        raise UnusableInput(problems or [what])
    places = Places(root, name)
    try:
        return Judging(JudgingFile.model_validate(root.plain(), by_alias=True), places)
    except ValidationError as error:
        raise UnusableInput(_problems(error.errors(include_url=False), places)) from None


def _is_fine(flaw: Flaw) -> bool:
    """Say whether a number only looks like a text, as 1.10 does, where a number is wanted."""
    return flaw.number_is_fine and bool(flaw.loc) and flaw.loc[-1] in _NUMBERS


def _problems(errors: Sequence[ErrorDetails], places: Places) -> Iterable[Problem]:
    problems: dict[Problem, None] = {}
    for error in errors:
        loc = written_loc(error, places.root)
        if error["type"] == "extra_forbidden":
            known = _keys(loc[:-1])
            expected = f"known here: {', '.join(known)}"
            found = places.problem(loc, "unknown key", expected, nearest(str(loc[-1]), known))
        else:
            found = complaint(error, loc, places)
        problems[found] = None
    return sorted(problems, key=lambda problem: problem.line)


def _keys(loc: Loc) -> tuple[str, ...]:
    """Return the keys of the table at a place."""
    if loc and isinstance(loc[-1], int):
        return tuple(Measure.model_fields)
    return tuple((OfScenario if loc else JudgingFile).model_fields)
