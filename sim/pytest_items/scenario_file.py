"""A scenario as a file of tests: an item an expectation, one simulation for all of them."""

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from sim.errors import UnusableInput
from sim.experiment.checking import expectation_lines
from sim.fleet.loading import load_text
from sim.output.baseline_files import shared_name
from sim.pytest_items.items import BaselineItem, ExpectationItem
from sim.pytest_items.marks import UnusableMark, add_mark
from sim.pytest_items.settings import KEY
from sim.pytest_items.simulation import Simulation
from sim.pytest_items.told import problems_text
from sim.scenario.loader import Loaded
from sim.scenario.places import one_line
from sim.scenario.text_files import read_text

_STEMS = pytest.StashKey[dict[str, Path]]()
"""The scenarios collected so far, by the name that their baseline has."""


class ScenarioFile(pytest.File):
    """A YAML file whose expectations are items; nothing is simulated when it is collected."""

    def collect(self) -> Iterator[pytest.Item]:
        """Yield the items; raises CollectError with every problem of the file."""
        settings = self.config.stash[KEY]
        try:
            loaded = load_text(read_text(self.path), settings.shown(self.path), self.path.parent)
        except UnusableInput as refused:
            raise self.CollectError(problems_text(refused.problems)) from None
        simulation = Simulation(loaded, self.path, settings)
        yield from self._expectations(simulation)
        if settings.baseline is not None:
            self._refuse_shared_baseline()
            yield self._baseline(simulation)

    def _refuse_shared_baseline(self) -> None:
        """Raise CollectError where another scenario has the same baseline, as `check` would."""
        stems = self.config.stash.setdefault(_STEMS, {})
        other = stems.setdefault(shared_name(self.path), self.path)
        if other != self.path:
            shown = self.config.stash[KEY].shown
            both = f"{shown(self.path)} and {shown(other)}"
            raise self.CollectError(f"{both} would have the same baseline; give them other names")

    def _expectations(self, simulation: Simulation) -> Iterator[pytest.Item]:
        loaded = simulation.loaded
        used: Counter[str] = Counter()
        lines = expectation_lines(loaded)
        for place, expectation in enumerate(loaded.scenario.expect):
            name = " ".join(one_line(expectation.expr).split())
            used[name] += 1
            item: ExpectationItem = ExpectationItem.from_parent(
                self,
                name=name if used[name] == 1 else f"{name}[{used[name]}]",
                simulation=simulation,
                line=lines[place],
                place=place,
            )
            self._mark(item, loaded, ("marks",), loaded.scenario.marks)
            self._mark(item, loaded, ("expect", place, "marks"), expectation.marks)
            yield item

    def _baseline(self, simulation: Simulation) -> pytest.Item:
        """Return the item of the baseline; what is expected to fail are expectations alone."""
        item: BaselineItem = BaselineItem.from_parent(
            self, name="baseline", simulation=simulation, line=1
        )
        marks = tuple(one for one in simulation.loaded.scenario.marks if one != "xfail")
        self._mark(item, simulation.loaded, ("marks",), marks)
        return item

    def _mark(
        self, item: pytest.Item, loaded: Loaded, where: tuple[str | int, ...], marks: Sequence[str]
    ) -> None:
        item.extra_keyword_matches.add(loaded.scenario.name)
        for place, mark in enumerate(marks):
            try:
                add_mark(item, mark)
            except UnusableMark as refused:
                problem = loaded.lines.problem((*where, place), str(refused))
                raise self.CollectError(problems_text([problem])) from None
