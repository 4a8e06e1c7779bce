"""Reading `judging.yaml`: its settings, or everything that is wrong with it at once."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from sim.errors import Problem, UnusableInput, nearest
from sim.experiment.judging import Judging, limit_of
from sim.experiment.judging_file import JUDGING_FILE, JudgingFile, Measure, OfScenario
from sim.scenario.complaints import complaint, written_loc
from sim.scenario.expressions import parse_number
from sim.scenario.names import Names
from sim.scenario.places import Places
from sim.scenario.text_files import read_text
from sim.scenario.yaml_text import Flaw, Loc, Node, read_yaml

_NUMBERS = ("absolute", "floor")
_ANY = Names(None, None, None, None, None, None)
"""Before a scenario is known any name is accepted."""


def read_judging(folder: Path) -> Judging:
    """Return the settings of a folder of baselines; those without a file where there is none.

    Raises UnusableInput with everything that is wrong with the file.
    """
    path = folder / JUDGING_FILE
    if not path.exists():
        return Judging(JudgingFile(format=1), Places(Node({}, 0), path.as_posix()))
    name = path.as_posix()
    root, flaws = read_yaml(read_text(path, "settings"))
    problems = [
        Problem(one.what, "", one.expected, "", name, one.line)
        for one in flaws
        if not _is_fine(one)
    ]
    if root is None or not isinstance(root.value, dict):
        what = Problem("the file is no table of keys", expected="format: 1 first", file=name)
        raise UnusableInput(problems or [what])
    places = Places(root, name)
    problems += _wrong_measures(root.plain(), places)
    try:
        settings = JudgingFile.model_validate(root.plain(), by_alias=True)
    except ValidationError as error:
        problems += _problems(error.errors(include_url=False), places)
        raise UnusableInput(sorted(problems, key=lambda problem: problem.line)) from None
    if problems:
        raise UnusableInput(problems)
    return Judging(settings, places)


def _wrong_measures(plain: Any, places: Places) -> Iterator[Problem]:
    """Yield what is wrong with measures whatever the scenario, so that it is told at once."""
    for loc, written in _written_measures(plain):
        of = written.get("of")
        if not isinstance(of, str):
            continue
        try:
            try:
                limit_of(Measure.model_validate(written), _ANY, each=False)
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
