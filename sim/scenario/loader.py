"""From a scenario file to a frozen scenario, or to all its problems.

The file is read as YAML, changed by overrides, and its plan steps are checked for their shape (one
verb, one kind of timing), so that a misspelled verb is one problem and not a list of unknown keys.
Then the models read it, and the checks compare its parts with each other.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from sim.errors import Problem, UnusableInput, nearest
from sim.files import read_text
from sim.reference.assumptions import ASSUMPTIONS
from sim.scenario import reference_checks, value_checks
from sim.scenario.model import Conditions, MemberFile, Scenario
from sim.scenario.overrides import apply_overrides
from sim.scenario.places import NEVER_THE_VALUE, Places, is_secret_place
from sim.scenario.reading import ModelReading, read_models
from sim.scenario.steps import STEP_KINDS, Step
from sim.scenario.value_checks import CheckContext, Inconsistency
from sim.scenario.yaml_text import Loc, Node, YamlProblem, read_yaml

_TIMINGS = ("at", "after", "when")
_FIRST_LINE = "a scenario begins with format: 1"
_FLEET_PARTS = ("fleet", "site")
"""Reading a fleet table needs these parts; it is not read if they have problems."""
_CHECKS = (
    value_checks.unusable_horizon,
    value_checks.unknown_time_zones,
    reference_checks.fleet_source,
    reference_checks.mix,
    reference_checks.too_many_joining,
    reference_checks.repeated_names,
    reference_checks.unknown_references,
    reference_checks.collection_circles,
    reference_checks.circles_by_steps,
    reference_checks.unreadable_members,
    value_checks.unusable_windows,
    value_checks.packages_out_of_time,
    value_checks.rushed_evaluations,
    value_checks.steps_out_of_time,
    value_checks.steps_after_steps,
    value_checks.wrong_patches,
    reference_checks.support_desk,
    value_checks.wrong_expressions,
    value_checks.useless_confidence,
)


@dataclass(frozen=True, slots=True)
class Loaded:
    """A scenario with its file, for messages and later steps."""

    scenario: Scenario
    lines: Places
    """`lines.line("policies[Onboard].package")` is the line where that is written."""
    folder: Path
    """File names in the scenario are relative to it."""
    file: str
    """The file as the caller named it."""
    source: str
    conditions: Conditions
    """Its gates and expectations, parsed once for everything that reads the scenario."""

    @property
    def files(self) -> tuple[Path, ...]:
        """The files that it is read from: its own, its fleet, its lists of devices."""
        source, collections = self.scenario.fleet.import_, self.scenario.collections
        lists = [one.members for one in collections if isinstance(one.members, MemberFile)]
        names = [*([source.file] if source else []), *(members.file for members in lists)]
        return (Path(self.file), *(self.folder / name for name in names))


class UnsoundScenario(UnusableInput):
    """A scenario with mistakes whose fleet can still be checked."""

    def __init__(self, problems: Iterable[Problem], sound: Loaded | None = None) -> None:
        super().__init__(problems)
        self.sound = sound
        """What could be read; None if the fleet is not in it."""


def load_scenario(path: str | Path, overrides: Iterable[str] = ()) -> Loaded:
    """Read the scenario at *path*, changed by `PATH=VALUE` *overrides*.

    Raises UnusableInput with all problems: of the file, of its YAML, of its parts, and of what
    ties the parts together.
    """
    return load_text(read_source(path), str(path), Path(path).parent, overrides)


def read_source(path: str | Path) -> str:
    """Return the text of a scenario file. Raises UnusableInput, also for a table of devices."""
    place = Path(path)
    if place.suffix.lower() in _TABLES and place.is_file():
        what = "this is a table of devices, no scenario"
        expected = f"a scenario that reads it: fleet: {{import: {{file: {place.name}}}}}"
        raise UnusableInput([Problem(what, expected=expected, file=str(path))])
    return read_text(path)


_TABLES = (".csv", ".parquet")


def load_text(
    source: str,
    file: str = "scenario",
    folder: Path | None = None,
    overrides: Iterable[str] = (),
) -> Loaded:
    """Read a scenario from its text; *file* names it in problems.

    Without a *folder* the files that the scenario names are not looked for. Raises UnusableInput.
    """
    root, yaml_problems = read_yaml(source)
    if root is None or not isinstance(root.value, dict):
        raise UnusableInput(_no_table(root, yaml_problems, file))
    reading, problems = _read_parts(root, yaml_problems, file, overrides)
    loaded = None
    if reading.scenario is not None:
        context = CheckContext(reading.scenario, folder, reading.unreadable)
        problems.extend(_check_parts(context, reading))
        conditions = Conditions(
            {
                loc: condition
                for loc, condition in context.parsed.items()
                if not isinstance(condition, UnusableInput)
            }
        )
        places = reading.places
        loaded = Loaded(reading.scenario, places, folder or Path(), file, source, conditions)
    if problems or loaded is None:
        in_order = sorted(problems, key=lambda problem: problem.line)
        is_fleet_wrong = any(problem.path.startswith(_FLEET_PARTS) for problem in problems)
        sound = None if folder is None or is_fleet_wrong else loaded
        raise UnsoundScenario(in_order, sound)
    return loaded


def _no_table(
    root: Node | None, yaml_problems: tuple[YamlProblem, ...], file: str
) -> list[Problem]:
    if yaml_problems:
        return [Problem(bad.what, "", bad.expected, "", file, bad.line) for bad in yaml_problems]
    if root is None or root.value is None:
        return [Problem("the file is empty", "", _FIRST_LINE, "", file, 1)]
    return [Problem("the file is not a table of keys", "", _FIRST_LINE, "", file, root.line)]


def _read_parts(
    root: Node, yaml_problems: tuple[YamlProblem, ...], file: str, overrides: Iterable[str]
) -> tuple[ModelReading, list[Problem]]:
    root, override_problems = apply_overrides(root, overrides)
    places = Places(root, file)
    problems = [*override_problems]
    refused: set[Loc] = set()
    for loc, problem in _written_problems(yaml_problems, places):
        refused.update(loc)
        problems.append(problem)
    reading = read_models(places, refused)
    problems.extend(reading.problems)
    return reading, problems


def _check_parts(context: CheckContext, reading: ModelReading) -> Iterator[Problem]:
    """Yield every problem between the parts of a scenario.

    What concerns a place that was refused already is not repeated.
    """
    findings = chain.from_iterable(check(context) for check in _CHECKS)
    assumptions = value_checks.wrong_assumptions(context.scenario, ASSUMPTIONS)
    for finding in chain(findings, assumptions):
        if not _is_refused(finding, reading):
            yield reading.places.problem(
                finding.loc, finding.what, finding.expected, finding.suggestion
            )


def _is_refused(finding: Inconsistency, reading: ModelReading) -> bool:
    loc = reading.places.original(finding.loc)
    return any(loc[: len(bad)] == bad or bad[: len(loc)] == loc for bad in reading.refused if bad)


def _written_problems(
    yaml_problems: tuple[YamlProblem, ...], places: Places
) -> Iterator[tuple[tuple[Loc, ...], Problem]]:
    """Yield what is wrong before the models read the file, and places that they must not read."""
    for problem in yaml_problems:
        is_number = problem.number_is_fine and (
            problem.loc[0] == "assumptions" or "patch" in problem.loc
        )
        is_overridden = bool(places.node(problem.loc).origin)
        if not is_number and not is_overridden:
            yield (problem.loc,), _without_secret(problem, places)
    for loc in _empty_values(places.root, ()):
        what, expected = "nothing is written here", "write a value or remove the key"
        yield (loc,), places.problem(loc, what, expected)
    for error in step_shape_errors(places.root):
        refused = (error.loc,) if error.is_unusable else ()
        yield refused, places.problem(error.loc, error.what, error.expected, error.suggestion)


def _without_secret(problem: YamlProblem, places: Places) -> Problem:
    placed = places.problem(problem.loc, problem.what, problem.expected)
    is_secret = problem.shows_value and is_secret_place(problem.loc, places.plain)
    what = "not an accepted word" if is_secret else problem.what
    expected = NEVER_THE_VALUE if is_secret else problem.expected
    return Problem(what, placed.path, expected, "", placed.file, problem.line)


def _empty_values(node: Node, loc: Loc) -> Iterator[Loc]:
    if node.value is None:
        yield loc
    elif isinstance(node.value, dict):
        for key, child in node.value.items():
            yield from _empty_values(child, (*loc, key))
    elif isinstance(node.value, tuple):
        for position, child in enumerate(node.value):
            yield from _empty_values(child, (*loc, position))


@dataclass(frozen=True, slots=True)
class StepShapeError(Inconsistency):
    """A step whose keys do not fit together."""

    is_unusable: bool = False
    """Whether no model can read the step."""


def step_shape_errors(root: Node) -> Iterator[StepShapeError]:
    """Yield what is wrong with the keys of each step of the plan."""
    plan = root.value.get("plan")
    if plan is None or not isinstance(plan.value, tuple):
        return
    for position, step in enumerate(plan.value):
        if isinstance(step.value, dict):
            yield from _shape_errors(("plan", position), list(step.value))


def _shape_errors(loc: Loc, keys: list[str]) -> Iterator[StepShapeError]:
    verbs = [key for key in keys if key in STEP_KINDS]
    timings = [key for key in keys if key in _TIMINGS]
    if not verbs:
        near = [nearest(key, tuple(STEP_KINDS)) for key in keys if key not in Step.model_fields]
        suggestion = next((verb for verb in near if verb), "")
        expected = f"one of {', '.join(STEP_KINDS)}"
        yield StepShapeError(loc, "a step without a known verb", expected, suggestion, True)
    if len(verbs) > 1:
        what = f"two verbs: {' and '.join(verbs)}"
        yield StepShapeError(loc, what, "a step has exactly one", is_unusable=True)
    if not timings:
        yield StepShapeError(loc, "a step without a time", "write at:, after: or when:")
    if len(timings) > 1:
        what = f"{' and '.join(timings)} at once"
        yield StepShapeError(loc, what, "a step has exactly one of at, after, when")
    if "otherwise" in keys and "when" not in keys:
        yield StepShapeError((*loc, "otherwise"), "otherwise without when", "it belongs to a gate")
    for verb in verbs:
        wanted = STEP_KINDS[verb].at_least_one_of
        if wanted and not set(wanted) & set(keys):
            what = f"{verb} sets neither {' nor '.join(wanted)}"
            yield StepShapeError(loc, what, f"write {' or '.join(f'{key}:' for key in wanted)}")
