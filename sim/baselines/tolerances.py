"""`tolerances.yaml` in a folder of baselines: how each scenario is compared with its baseline.

Without the file every comparison is exact: the same events, in the same seconds. With it a
scenario may drift within tolerances, or the paired differences of its replications are compared.
Every mistake in the file is reported at once.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError

from sim.checking.scenario_files import FORMER_TOLERANCES_FILE, TOLERANCES_FILE
from sim.errors import Problem, UnusableInput
from sim.files import read_text
from sim.judging.observations import experiment_terms, replication_terms
from sim.language.expressions import parse_number
from sim.language.tree import Term
from sim.language.types import ExpressionKind, Names, kind_of, kind_word
from sim.scenario.model import Scenario, names_of
from sim.scenario.places import Places
from sim.scenario.reading import complaint, written_loc
from sim.scenario.values import Name, ScenarioPart, Share
from sim.scenario.yaml_text import Loc, Node, read_yaml
from sim.units import MILLION, parse_duration

Judge = Literal["exact", "tolerances", "paired"]
_AMOUNTS = ("absolute", "floor")


def _check_amount(value: object) -> object:
    if isinstance(value, str) or (isinstance(value, int | float) and value is not True):
        return value
    raise ValueError("not an amount; an amount is written like 0.5, of a time like 12 h")


def _check_confidence(value: int) -> int:
    if not MILLION // 2 <= value < MILLION:
        raise ValueError("not a confidence; a confidence lies between 50 % and 99.99 %")
    return value


Amount = Annotated[float | str, BeforeValidator(_check_amount)]
"""In the unit of its measure: `0.5` (points, devices) or `12 h`."""


class MeasureTolerance(ScenarioPart):
    """A measure that may drift, and how far: the largest of the three amounts counts."""

    of: Name
    """A number in the language of expectations, such as `coverage_pct at 30 d`."""
    absolute: Amount | None = None
    """How far it may be from the value in the baseline."""
    relative: Share | None = None
    """The same as a share of the value in the baseline."""
    floor: Amount | None = None
    """The least that `relative` allows."""
    worse: Literal["higher", "lower", "either"] = "either"
    """The direction in which a drift is a regression."""


class ScenarioTolerances(ScenarioPart):
    """How one scenario is compared, if that differs from the others."""

    judge: Judge | None = None
    measures: tuple[MeasureTolerance, ...] | None = None


class TolerancesFile(ScenarioPart):
    """The whole file."""

    format: Literal[1]
    judge: Judge = "exact"
    confidence: Annotated[Share, AfterValidator(_check_confidence)] = 950_000
    """For `judge: paired`."""
    measures: tuple[MeasureTolerance, ...] = ()
    scenarios: dict[str, ScenarioTolerances] = Field(default_factory=dict)
    """By file name without its suffix."""


DEFAULT_MEASURES = tuple(
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
"""The measures if the file lists none."""


@dataclass(frozen=True)
class Limit:
    """One measure of one scenario and how far it may drift."""

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
    """How one scenario is compared with its baseline."""

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
    """The tolerances of a folder of baselines."""

    file: TolerancesFile
    places: Places

    def rules(self, stem: str, scenario: Scenario) -> Rules:
        """Return how the scenario with the file name *stem* is compared.

        Raises UnusableInput for measures that this scenario cannot have.
        """
        own = self.file.scenarios.get(stem, ScenarioTolerances())
        judge = own.judge or self.file.judge
        where: tuple[str, ...] = ("measures",)
        measures = self.file.measures
        if own.measures is not None:
            measures, where = own.measures, ("scenarios", stem, "measures")
        measures, is_default = measures or DEFAULT_MEASURES, not measures
        limits: list[Limit] = []
        problems: list[Problem] = []
        for place, measure in enumerate(measures):
            try:
                limits.append(limit_of(measure, names_of(scenario), judge == "paired"))
            except UnusableInput as error:
                for problem in error.problems:
                    loc: Loc = () if is_default else (*where, place, problem.path or "of")
                    of_one = replace(problem, what=f"{problem.what} (for {stem})")
                    problems.append(self.places.placed(loc, of_one))
        if problems:
            raise UnusableInput(problems)
        return Rules(judge, tuple(limits), self.file.confidence / MILLION)


def limit_of(measure: MeasureTolerance, names: Names, each: bool) -> Limit:
    """Parse a measure; with *each* it must have a value in each replication.

    Raises UnusableInput if it is not a number, and for amounts in another unit.
    """
    term = parse_number(measure.of, names, each)
    if any(experiment_terms(term)) and any(replication_terms(term)):
        what = "it mixes a figure over replications with a value of each replication"
        raise UnusableInput([Problem(what, expected="write the one or the other")])
    kind = kind_of(term)
    least = max(_amount(getattr(measure, key), kind, key) for key in _AMOUNTS)
    relative = 0.0 if measure.relative is None else measure.relative / MILLION
    return Limit(measure.of, term, kind_word(term), least, relative, measure.worse)


def _amount(value: float | str | None, kind: ExpressionKind, key: str) -> float:
    """Return an amount in the unit of its measure, 0 if there is none.

    Raises UnusableInput with the *key* of the amount.
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
        raise UnusableInput([Problem(f"{shown} is not an amount for it", key, expected)]) from None


_ANY = Names(None, None, None, None, None, None)
"""Accepts every name: the scenario is not known yet."""


def tolerances_path(folder: Path) -> Path:
    """Return where the tolerances of a folder of baselines are, or would be.

    Raises UnusableInput if the folder holds them under the new name and under the former one.
    """
    path, former = folder / TOLERANCES_FILE, folder / FORMER_TOLERANCES_FILE
    if not former.exists():
        return path
    if path.exists():
        what = f"{TOLERANCES_FILE} exists too, and only one of the two can apply"
        expected = f"keep what you need in {TOLERANCES_FILE} and delete {FORMER_TOLERANCES_FILE}"
        raise UnusableInput([Problem(what, expected=expected, file=former.as_posix())])
    return former


def former_name_remark(folder: Path | None) -> str:
    """Return what to say about a file that still has its former name; empty without one."""
    if folder is None or not (folder / FORMER_TOLERANCES_FILE).exists():
        return ""
    name = (folder / FORMER_TOLERANCES_FILE).as_posix()
    return f"{name} is now called {TOLERANCES_FILE}: please rename it; it is still read."


def read_tolerances(folder: Path) -> Tolerances:
    """Return the tolerances of a folder of baselines; the defaults if it has no such file.

    Raises UnusableInput with everything that is wrong with the file.
    """
    path = tolerances_path(folder)
    name = path.as_posix()
    if not path.exists():
        return Tolerances(TolerancesFile(format=1), Places(Node({}, 0), name))
    root, yaml_problems = read_yaml(read_text(path, "settings"))
    problems = [
        Problem(problem.what, "", problem.expected, "", name, problem.line)
        for problem in yaml_problems
        # An ambiguous value such as 1.10 is a number where one is expected.
        if not (problem.number_is_fine and problem.loc and problem.loc[-1] in _AMOUNTS)
    ]
    if root is None or not isinstance(root.value, dict):
        problem = Problem("the file is not a table of keys", expected="format: 1 first", file=name)
        raise UnusableInput(problems or [problem])
    places = Places(root, name)
    problems += _wrong_measures(root.plain(), places)
    try:
        settings = TolerancesFile.model_validate(root.plain(), by_alias=True)
    except ValidationError as error:
        for wrong in error.errors(include_url=False):
            problems.append(complaint(wrong, written_loc(wrong, root), places, TolerancesFile))
        in_order = sorted(dict.fromkeys(problems), key=lambda problem: problem.line)
        raise UnusableInput(in_order) from None
    if problems:
        raise UnusableInput(problems)
    return Tolerances(settings, places)


def _wrong_measures(plain: Any, places: Places) -> Iterator[Problem]:
    """Yield what is wrong with the measures for any scenario, so that it is reported at once."""
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
            for problem in error.problems:
                yield places.placed((*loc, problem.path or "of"), problem)


def _written_measures(plain: Any) -> Iterator[tuple[Loc, dict[str, Any]]]:
    own = plain.get("scenarios")
    scenarios = own.items() if isinstance(own, dict) else ()
    tables = [((), plain), *((("scenarios", name), table) for name, table in scenarios)]
    for loc, table in tables:
        measures = table.get("measures") if isinstance(table, dict) else None
        for place, written in enumerate(measures if isinstance(measures, tuple | list) else ()):
            if isinstance(written, dict):
                yield (*loc, "measures", place), written
