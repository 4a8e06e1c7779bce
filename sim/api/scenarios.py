"""Scenarios in Python: read from a file or a text, and changed without editing either."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sim.api.arguments import as_changes, as_path
from sim.errors import Problem, UnusableInput
from sim.runs.loading import load_text_with_fleet
from sim.scenario.calendar import SiteClock
from sim.scenario.loader import Loaded, read_source
from sim.scenario.overrides import ORIGIN
from sim.scenario.rendering import to_yaml

_CHANGES = "set"
"""Stands in place of a file in problems of changes."""


@dataclass(frozen=True)
class LoadedScenario:
    """A scenario without problems; it never changes.

    >>> pilot = load("scenarios/pilot.yaml")
    >>> pilot.name
    'Pilot, then everybody'
    >>> pilot.changed({"horizon": "90 d", "seed": 8}).horizon.days
    90
    """

    loaded: Loaded = field(repr=False)
    """The scenario with the lines of its file, as the rest of the package works with it."""
    changes: Mapping[str, object]
    """The values that differ from the file, by path."""

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
        """The seed of all random numbers."""
        return self.loaded.scenario.seed

    @property
    def start(self) -> datetime:
        """When it begins, by the site's clock."""
        scenario = self.loaded.scenario
        return SiteClock(scenario.start, scenario.site.time_zone).datetime_at(0)

    @property
    def horizon(self) -> timedelta:
        """Its length."""
        return timedelta(seconds=self.loaded.scenario.horizon)

    @property
    def values(self) -> dict[str, Any]:
        """The content of the file with the changes, as dictionaries and lists.

        A copy, to build changes from: `{"plan": [*scenario.values["plan"], another_step]}`.
        """
        content: dict[str, Any] = json.loads(json.dumps(self.loaded.lines.plain))
        return content

    @property
    def yaml(self) -> str:
        """The whole scenario as YAML, with the changes and every default."""
        return to_yaml(self.loaded.scenario)

    def changed(self, set: Mapping[str, object]) -> "LoadedScenario":
        """Return the scenario with values changed, as `load` would have read it.

        Raises UnusableInput with every problem.
        """
        loaded = self.loaded
        return _read(loaded.source, loaded.file, loaded.folder, {**self.changes, **as_changes(set)})

    def __str__(self) -> str:
        return f"{self.name} · seed {self.seed}"


def load(source: str | Path, set: Mapping[str, object] | None = None) -> LoadedScenario:
    """Load a scenario from a file, or from a text of several lines.

    *set* changes values by their path, such as `{"policies[Onboard].workspace.key": "present"}`.
    Values are those of Python: text, numbers, True and False, lists, dictionaries. Raises
    UnusableInput with every problem, each with its line.
    """
    changes = {} if set is None else as_changes(set)
    if isinstance(source, str) and "\n" in source:
        return _read(source, "scenario", Path(), changes)
    path = as_path(source, "scenario file", "scenarios/pilot.yaml, or the text of one")
    return _read(read_source(source), str(source), path.parent, changes)


def _read(source: str, file: str, folder: Path, changes: Mapping[str, object]) -> LoadedScenario:
    try:
        return LoadedScenario(
            load_text_with_fleet(source, file, folder, list(overrides(changes))), dict(changes)
        )
    except UnusableInput as error:
        problems = [
            replace(problem, file=_CHANGES) if problem.file == ORIGIN else problem
            for problem in error.problems
        ]
    raise UnusableInput(problems)


def overrides(changes: Mapping[str, object]) -> Iterator[str]:
    """Yield changes in the form of `--set`; as JSON, so that text stays text in YAML."""
    for path, value in changes.items():
        try:
            yield f"{path}={json.dumps(value, ensure_ascii=False, allow_nan=False)}"
        except (TypeError, ValueError):
            expected = "text, a number, True, False, a list or a dictionary of these"
            what = "a value that a scenario cannot hold"
            raise UnusableInput([Problem(what, str(path), expected, file=_CHANGES)]) from None
