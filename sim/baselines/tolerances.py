"""What `judging.yaml` in a folder of baselines may hold: how they are judged.

Without it every baseline is exact: the same events, in the same seconds. With it a scenario may
drift within tolerances, or is judged by the paired differences of its replications.

How each scenario is judged against its baseline: the settings, read for that scenario.

Reading `judging.yaml`: its settings, or everything that is wrong with it at once.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError
from pydantic_core import ErrorDetails

from sim.checking.scenario_files import JUDGING_FILE
from sim.errors import Problem, UnusableInput, nearest
from sim.files import read_text
from sim.judging.readings import of_each, over_runs
from sim.language.expressions import parse_number
from sim.language.labels import Names
from sim.language.tree import Term
from sim.language.types import ExpressionKind, kind_of, kind_word
from sim.scenario.conditions import names_of
from sim.scenario.model import Scenario
from sim.scenario.model_problems import complaint, written_loc
from sim.scenario.places import Places
from sim.scenario.values import Name, ScenarioPart, Share
from sim.scenario.yaml_text import Loc, Node, YamlProblem, read_yaml
from sim.units import MILLION, parse_duration

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


class MeasureTolerance(ScenarioPart):
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


class ScenarioTolerances(ScenarioPart):
    """How one scenario is judged; what is left out is as for all."""

    judge: Judge | None = None
    measures: tuple[MeasureTolerance, ...] | None = None


class TolerancesFile(ScenarioPart):
    """The whole file."""

    format: Literal[1]
    judge: Judge = "exact"
    confidence: Annotated[Share, AfterValidator(_confidence)] = 950_000
    """Of paired verdicts."""
    measures: tuple[MeasureTolerance, ...] = ()
    scenarios: dict[str, ScenarioTolerances] = Field(default_factory=dict)
    """By the file name without its suffix."""


USUAL = tuple(
    map(
        MeasureTolerance.model_validate,
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
class Tolerances:
    """The settings of a folder of baselines."""

    file: TolerancesFile
    places: Places

    def rules(self, stem: str, scenario: Scenario) -> Rules:
        """Return how the scenario in the file *stem* is judged.

        Raises UnusableInput for measures that this scenario cannot have.
        """
        own = self.file.scenarios.get(stem, ScenarioTolerances())
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


def limit_of(measure: MeasureTolerance, names: Names, each: bool) -> Limit:
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


def _amount(value: float | str | None, kind: ExpressionKind, key: str) -> float:
    """Return an amount in the unit of what it is an amount of, 0 where none is given.

    Raises UnusableInput with the *key* that it was given for.
    """
    if value is None:
        return 0.0
    is_time = kind is ExpressionKind.DURATION
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


_NUMBERS = ("absolute", "floor")
_ANY = Names(None, None, None, None, None, None)
"""Before a scenario is known any name is accepted."""


def read_tolerances(folder: Path) -> Tolerances:
    """Return the settings of a folder of baselines; those without a file where there is none.

    Raises UnusableInput with everything that is wrong with the file.
    """
    path = folder / JUDGING_FILE
    if not path.exists():
        return Tolerances(TolerancesFile(format=1), Places(Node({}, 0), path.as_posix()))
    name = path.as_posix()
    root, flaws = read_yaml(read_text(path, "settings"))
    problems = [
        Problem(one.what, "", one.expected, "", name, one.line)
        for one in flaws
        if not _is_fine(one)
    ]
    if root is None or not isinstance(root.value, dict):
        what = Problem("the file is not a table of keys", expected="format: 1 first", file=name)
        raise UnusableInput(problems or [what])
    places = Places(root, name)
    problems += _wrong_measures(root.plain(), places)
    try:
        settings = TolerancesFile.model_validate(root.plain(), by_alias=True)
    except ValidationError as error:
        problems += _problems(error.errors(include_url=False), places)
        raise UnusableInput(sorted(problems, key=lambda problem: problem.line)) from None
    if problems:
        raise UnusableInput(problems)
    return Tolerances(settings, places)


def _wrong_measures(plain: Any, places: Places) -> Iterator[Problem]:
    """Yield what is wrong with measures whatever the scenario, so that it is told at once."""
    for loc, written in _written_measures(plain):
        of = written.get("of")
        if not isinstance(of, str):
            continue
        try:
            try:
                limit_of(MeasureTolerance.model_validate(written), _ANY, each=False)
            except ValidationError:
                parse_number(of, _ANY)
        except UnusableInput as error:
            for one in error.problems:
                at = (*loc, one.path or "of")
                yield places.problem(at, one.what, one.expected, one.suggestion)


def _written_measures(plain: Any) -> Iterator[tuple[Loc, dict[str, Any]]]:
    """Yield each measure as it is written, with its place."""
    own = plain.get("scenarios")
    of_each = own.items() if isinstance(own, dict) else ()
    tables = [((), plain), *((("scenarios", name), table) for name, table in of_each)]
    for loc, table in tables:
        measures = table.get("measures") if isinstance(table, dict) else None
        for place, written in enumerate(measures if isinstance(measures, tuple | list) else ()):
            if isinstance(written, dict):
                yield (*loc, "measures", place), written


def _is_fine(flaw: YamlProblem) -> bool:
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
        return tuple(MeasureTolerance.model_fields)
    return tuple((ScenarioTolerances if loc else TolerancesFile).model_fields)
