"""The outline of plan steps: one verb, one kind of timing, `otherwise` only with `when`.

Judged on what is written, before the models, so that a misspelled verb is one problem and not
a list of unknown keys.

From a scenario file to a frozen scenario, or to every problem it has at once.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from sim.errors import Problem, UnusableInput, nearest
from sim.files import read_text
from sim.reference.assumptions import ASSUMPTIONS
from sim.scenario import reference_checks, time_checks, value_checks
from sim.scenario.check_context import CheckContext, Inconsistency
from sim.scenario.conditions import Conditions
from sim.scenario.model import Scenario
from sim.scenario.overrides import apply_overrides
from sim.scenario.places import NEVER_THE_VALUE, Places, is_secret_place
from sim.scenario.reading import ModelReading, read_models
from sim.scenario.steps import STEP_KINDS, Step
from sim.scenario.yaml_text import Loc, Node, YamlProblem, read_yaml

_TIMINGS = ("at", "after", "when")
_COMMON = tuple(Step.model_fields)


@dataclass(frozen=True, slots=True)
class StepShapeError:
    """A step whose outline is wrong; at *loc* in the tree."""

    loc: Loc
    what: str
    expected: str = ""
    suggestion: str = ""
    spoils: bool = False
    """Whether the models cannot make anything of the step."""


def misshapen_steps(root: Node) -> Iterator[StepShapeError]:
    """Yield what is wrong with the outline of each step of the plan."""
    plan = root.value.get("plan")
    if plan is None or not isinstance(plan.value, tuple):
        return
    for position, step in enumerate(plan.value):
        if isinstance(step.value, dict):
            yield from _outline(("plan", position), step)


def _outline(loc: Loc, step: Node) -> Iterator[StepShapeError]:
    keys = list(step.value)
    verbs = [key for key in keys if key in STEP_KINDS]
    yield from _verb(loc, verbs, keys)
    yield from _timing(loc, [key for key in keys if key in _TIMINGS])
    if "otherwise" in keys and "when" not in keys:
        yield StepShapeError((*loc, "otherwise"), "otherwise without when", "it belongs to a gate")
    for verb in verbs:
        wanted = STEP_KINDS[verb].at_least_one_of
        if wanted and not set(wanted) & set(keys):
            what = f"{verb} sets neither {' nor '.join(wanted)}"
            yield StepShapeError(loc, what, f"write {' or '.join(f'{key}:' for key in wanted)}")


def _verb(loc: Loc, verbs: list[str], keys: list[str]) -> Iterator[StepShapeError]:
    if len(verbs) > 1:
        what = f"two verbs: {' and '.join(verbs)}"
        yield StepShapeError(loc, what, "a step has exactly one", spoils=True)
    if verbs:
        return
    near = [nearest(key, tuple(STEP_KINDS)) for key in keys if key not in _COMMON]
    suggestion = next((verb for verb in near if verb), "")
    expected = f"one of {', '.join(STEP_KINDS)}"
    yield StepShapeError(loc, "a step without a known verb", expected, suggestion, spoils=True)


def _timing(loc: Loc, timings: list[str]) -> Iterator[StepShapeError]:
    if not timings:
        yield StepShapeError(loc, "a step without a time", "write at:, after: or when:")
    if len(timings) > 1:
        what = f"{' and '.join(timings)} at once"
        yield StepShapeError(loc, what, "a step has exactly one of at, after, when")


_CHECKS = (
    time_checks.unusable_horizon,
    time_checks.unknown_time_zones,
    reference_checks.fleet_source,
    reference_checks.mix,
    reference_checks.too_many_joining,
    reference_checks.repeated_names,
    reference_checks.unknown_references,
    reference_checks.collection_circles,
    reference_checks.circles_by_steps,
    reference_checks.unreadable_members,
    time_checks.windows_out_of_range,
    time_checks.steps_out_of_time,
    time_checks.steps_after_steps,
    value_checks.wrong_patches,
    reference_checks.support_desk,
    time_checks.wrong_expressions,
    time_checks.useless_confidence,
)


_EMPTY = Problem("the file is empty", expected="a scenario begins with format: 1")
_NO_TABLE = "the file is no table of keys"


@dataclass(frozen=True, slots=True)
class Loaded:
    """A scenario with what is needed to speak about its file."""

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


class UnsoundScenario(UnusableInput):
    """A scenario with mistakes, of which its fleet can be judged all the same."""

    def __init__(self, problems: Iterable[Problem], sound: Loaded | None = None) -> None:
        super().__init__(problems)
        self.sound = sound
        """What could be read; None where the fleet is not in it."""


def load_scenario(path: str | Path, overrides: Iterable[str] = ()) -> Loaded:
    """Read the scenario at *path*, changed by `PATH=VALUE` *overrides*.

    Raises UnusableInput with all problems: of the file, of its YAML, of its parts, and of what
    ties the parts together.
    """
    source = read_text(path)
    return load_text(source, str(path), Path(path).parent, overrides)


def load_text(
    source: str,
    file: str = "scenario",
    folder: Path | None = None,
    overrides: Iterable[str] = (),
) -> Loaded:
    """Read a scenario from its text; *file* names it in problems.

    Without a *folder* the files that the scenario names are not looked for. Raises UnusableInput.
    """
    root, flaws = read_yaml(source)
    if root is None or not isinstance(root.value, dict):
        raise UnusableInput(_no_tree(root, flaws, file))
    reading, problems = _judged(root, flaws, file, overrides)
    loaded = None
    if reading.scenario is not None:
        scene = CheckContext(reading.scenario, folder, reading.lost)
        problems.extend(_check_parts(scene, reading))
        conditions = Conditions(
            {loc: one for loc, one in scene.parsed.items() if not isinstance(one, UnusableInput)}
        )
        loaded = Loaded(
            reading.scenario, reading.places, folder or Path(), file, source, conditions
        )
    if problems or loaded is None:
        in_order = sorted(problems, key=lambda problem: problem.line)
        is_open = folder is None or any(one.path.startswith(_OF_FLEETS) for one in problems)
        raise UnsoundScenario(in_order, None if is_open else loaded)
    return loaded


_OF_FLEETS = ("fleet", "site")
"""What a fleet table is read with."""


def _judged(
    root: Node,
    flaws: tuple[YamlProblem, ...],
    file: str,
    overrides: Iterable[str],
) -> tuple[ModelReading, list[Problem]]:
    root, override_problems = apply_overrides(root, overrides)
    places = Places(root, file)
    problems = [*override_problems]
    spoiled: set[Loc] = set()
    for loc, problem in _outline_problems(flaws, places):
        spoiled.update(loc)
        problems.append(problem)
    reading = read_models(places, spoiled)
    problems.extend(reading.problems)
    return reading, problems


def _check_parts(scene: CheckContext, reading: ModelReading) -> Iterator[Problem]:
    """Yield every problem between the parts of a scenario.

    What concerns a place that was refused already is not repeated.
    """
    findings = chain.from_iterable(check(scene) for check in _CHECKS)
    assumed = value_checks.wrong_assumptions(scene.scenario, ASSUMPTIONS)
    for finding in chain(findings, assumed):
        if not _is_spoiled(finding, reading):
            yield reading.places.problem(
                finding.loc, finding.what, finding.expected, finding.suggestion
            )


def _is_spoiled(finding: Inconsistency, reading: ModelReading) -> bool:
    loc = reading.places.original(finding.loc)
    return any(loc[: len(bad)] == bad or bad[: len(loc)] == loc for bad in reading.spoiled if bad)


def _no_tree(root: Node | None, flaws: tuple[YamlProblem, ...], file: str) -> list[Problem]:
    if flaws:
        return [Problem(flaw.what, "", flaw.expected, "", file, flaw.line) for flaw in flaws]
    if root is None or root.value is None:
        return [Problem(_EMPTY.what, "", _EMPTY.expected, "", file, 1)]
    return [Problem(_NO_TABLE, "", _EMPTY.expected, "", file, root.line)]


def _outline_problems(
    flaws: tuple[YamlProblem, ...], places: Places
) -> Iterator[tuple[tuple[Loc, ...], Problem]]:
    plain = places.plain
    for flaw in flaws:
        if not (flaw.number_is_fine and _wants_number(flaw.loc)) and _still_there(flaw, places):
            yield (flaw.loc,), _of_flaw(flaw, places, plain)
    for loc in _empty_values(places.root, ()):
        what, expected = "nothing is written here", "write a value or remove the key"
        yield (loc,), places.problem(loc, what, expected)
    for step in misshapen_steps(places.root):
        spoiled = (step.loc,) if step.spoils else ()
        yield spoiled, places.problem(step.loc, step.what, step.expected, step.suggestion)


def _wants_number(loc: Loc) -> bool:
    return loc[0] == "assumptions" or "patch" in loc


def _still_there(flaw: YamlProblem, places: Places) -> bool:
    """Whether an override has not replaced what was wrong."""
    return not places.node(flaw.loc).origin


def _of_flaw(flaw: YamlProblem, places: Places, plain: object) -> Problem:
    problem = places.problem(flaw.loc, flaw.what, flaw.expected)
    secret = flaw.shows and is_secret_place(flaw.loc, plain)
    what = "not an accepted word" if secret else flaw.what
    expected = NEVER_THE_VALUE if secret else flaw.expected
    return Problem(what, problem.path, expected, "", problem.file, flaw.line)


def _empty_values(node: Node, loc: Loc) -> Iterator[Loc]:
    if node.value is None:
        yield loc
    elif isinstance(node.value, dict):
        for key, child in node.value.items():
            yield from _empty_values(child, (*loc, key))
    elif isinstance(node.value, tuple):
        for position, child in enumerate(node.value):
            yield from _empty_values(child, (*loc, position))
