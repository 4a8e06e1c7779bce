"""What the checks of a scenario work with: the scenario, its names, and what they yield."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from sim.errors import nearest
from sim.language.labels import Names
from sim.scenario.calendar import SiteClock, time_zone
from sim.scenario.conditions import ParsedConditions, names_of, parse_conditions
from sim.scenario.model import Scenario
from sim.scenario.yaml_text import Loc

_SHORT = 12
"""Lists of up to this many names are written out in a message."""


@dataclass(frozen=True, slots=True)
class Inconsistency:
    """Something that is wrong between parts of a scenario, with its place in the tree."""

    loc: Loc
    what: str
    expected: str = ""
    suggestion: str = ""


@dataclass(frozen=True)
class CheckContext:
    """A scenario to check, and what could not be read of it."""

    scenario: Scenario
    folder: Path | None = None
    """Where the scenario's files are looked for; None: they are not."""
    unreadable: frozenset[tuple[str, str]] = frozenset()
    """Section and name of items that were left out; the name `*` stands for a whole section."""

    def names_in(self, section: str) -> tuple[str, ...] | None:
        """Return the names declared in *section*; None when it could not be read."""
        if (section, "*") in self.unreadable:
            return None
        declared = [item.name for item in self.items(section) if item.name]
        return (*declared, *(name for place, name in self.unreadable if place == section))

    def items(self, section: str) -> tuple[Any, ...]:
        """Return the items of *section*, administrators included."""
        if section == "administrators":
            return self.scenario.site.administrators
        items: tuple[Any, ...] = getattr(self.scenario, section)
        return items

    @cached_property
    def names(self) -> Names:
        """What expressions may name, items that were left out included."""
        names = names_of(self.scenario)
        payloads = None if self._is_unreadable("packages", "fleet") else names.payloads
        locations = None if self._is_unreadable("locations", "fleet") else names.locations
        return Names(
            collections=self.names_in("collections"),
            policies=self.names_in("policies"),
            payloads=payloads,
            packages=self.names_in("packages"),
            locations=locations,
            operating_systems=names.operating_systems,
        )

    @cached_property
    def parsed(self) -> ParsedConditions:
        """The scenario's gates and expectations by their places, or what is wrong with them."""
        return parse_conditions(self.scenario, self.names)

    def _is_unreadable(self, *sections: str) -> bool:
        return any(section in sections for section, _ in self.unreadable)

    @cached_property
    def clock(self) -> SiteClock:
        """The site's clock; in UTC when its time zone is unknown."""
        zone = self.scenario.site.time_zone
        try:
            time_zone(zone)
        except ValueError:
            zone = "UTC"
        return SiteClock(self.scenario.start, zone)


def unknown(loc: Loc, kind: str, name: str, names: tuple[str, ...]) -> Inconsistency:
    """Return the finding that no *kind* has this *name*."""
    expected = f"one of {', '.join(names)}" if 0 < len(names) <= _SHORT else ""
    if not names:
        expected = f"the scenario has no {kind}"
    return Inconsistency(loc, f'unknown {kind} "{name}"', expected, nearest(name, names))


def circles(edges: Mapping[str, Sequence[str]]) -> Iterator[tuple[str, ...]]:
    """Yield each circle once, from its first name in order and back to it.

    >>> list(circles({"a": ["b"], "b": ["a"], "c": ["a"]}))
    [('a', 'b', 'a')]
    """
    done: set[str] = set()
    for name in edges:
        if name not in done:
            yield from _circles_from(name, edges, done)


def _circles_from(
    name: str, edges: Mapping[str, Sequence[str]], done: set[str]
) -> Iterator[tuple[str, ...]]:
    path = [name]
    waiting = [iter(edges[name])]
    while path:
        below = next(waiting[-1], None)
        if below is None:
            done.add(path.pop())
            waiting.pop()
        elif below in path:
            yield (*path[path.index(below) :], below)
        elif below in edges and below not in done:
            path.append(below)
            waiting.append(iter(edges[below]))
