"""Scenarios in Python: read from a file or a text, and changed without editing either."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sim.errors import Problem, UnusableInput
from sim.files import read_text
from sim.runs.loading import load_text_with_fleet
from sim.scenario.calendar import SiteClock
from sim.scenario.loader import Loaded
from sim.scenario.overrides import ORIGIN
from sim.scenario.rendering import to_yaml

_CHANGES = "set"
"""What problems of changes name in the place of a file."""


@dataclass(frozen=True)
class LoadedScenario:
    """A scenario that was read without a problem; it never changes.

    >>> pilot = load("scenarios/pilot.yaml")
    >>> pilot.name
    'Pilot, then everybody'
    >>> pilot.changed({"horizon": "90 d", "seed": 8}).horizon.days
    90
    """

    loaded: Loaded = field(repr=False)
    """The scenario with the lines of its file: what the rest of the package works with."""
    changes: Mapping[str, object]
    """What differs from the file, by path."""

    @property
    def name(self) -> str:
        """Its name."""
        return self.loaded.scenario.name

    @property
    def question(self) -> str:
        """What the planner wants to know."""
        return self.loaded.scenario.question

    @property
    def seed(self) -> int:
        """The number that decides all chance."""
        return self.loaded.scenario.seed

    @property
    def start(self) -> datetime:
        """When it begins, by the site's wall clock."""
        scenario = self.loaded.scenario
        return SiteClock(scenario.start, scenario.site.time_zone).datetime_at(0)

    @property
    def horizon(self) -> timedelta:
        """How long it lasts."""
        return timedelta(seconds=self.loaded.scenario.horizon)

    @property
    def values(self) -> dict[str, Any]:
        """What is written in the file, the changes made, as dictionaries and lists.

        A copy, to make changes from: `{"plan": [*scenario.values["plan"], further_step]}`.
        """
        written: dict[str, Any] = json.loads(json.dumps(self.loaded.lines.plain))
        return written

    @property
    def yaml(self) -> str:
        """The whole scenario as YAML, the changes made and every default filled in."""
        return to_yaml(self.loaded.scenario)

    def changed(self, set: Mapping[str, object]) -> "LoadedScenario":
        """Return the scenario with values changed, as `load` would have read it.

        Raises UnusableInput with every problem.
        """
        before = self.loaded
        return _read(before.source, before.file, before.folder, {**self.changes, **set})

    def __str__(self) -> str:
        return f"{self.name} · seed {self.seed}"


def load(source: str | Path, set: Mapping[str, object] | None = None) -> LoadedScenario:
    """Read the scenario in a file, or a text of several lines that is one.

    *set* changes values by their path, such as `{"policies[Onboard].workspace.key": "present"}`.
    Values are those of Python: text, numbers, True and False, lists, dictionaries. Raises
    UnusableInput with every problem, each with its line.
    """
    if isinstance(source, str) and "\n" in source:
        return _read(source, "scenario", Path(), set or {})
    return _read(read_text(source), str(source), Path(source).parent, set or {})


def _read(source: str, file: str, folder: Path, changes: Mapping[str, object]) -> LoadedScenario:
    try:
        return LoadedScenario(
            load_text_with_fleet(source, file, folder, list(overrides(changes))), dict(changes)
        )
    except UnusableInput as refused:
        problems = [_named(problem) for problem in refused.problems]
    raise UnusableInput(problems)


def _named(problem: Problem) -> Problem:
    """Return a problem of a change with the name that changes have in Python."""
    return replace(problem, file=_CHANGES) if problem.file == ORIGIN else problem


def overrides(changes: Mapping[str, object]) -> Iterator[str]:
    """Yield changes as `--set` writes them; JSON is YAML in which text stays text."""
    for path, value in changes.items():
        try:
            yield f"{path}={json.dumps(value, ensure_ascii=False, allow_nan=False)}"
        except (TypeError, ValueError):
            expected = "text, a number, True, False, a list or a dictionary of these"
            what = "a value that a scenario cannot hold"
            raise UnusableInput([Problem(what, str(path), expected, file=_CHANGES)]) from None
