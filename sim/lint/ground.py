"""The ground that lint stands on: fleet, collections, clock and assumptions, before any run.

Everything that cannot be used is told at once, as a run would tell it.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property

from sim.errors import Problem, UnusableInput
from sim.fleet.device import Fleet, Tenure, tenure
from sim.fleet.membership import Members, Membership, check_names
from sim.language.query_parser import Query, parse_query
from sim.reference.assumptions import ASSUMPTIONS
from sim.runs.loading import refuse_unknown_label_values
from sim.runs.preparation import build_fleet
from sim.scenario.calendar import SiteClock
from sim.scenario.loader import Loaded
from sim.scenario.member_files import read_member_file
from sim.scenario.model import MemberFile, Scenario
from sim.scenario.value_checks import assumption_overrides


@dataclass(frozen=True)
class Ground:
    """A scenario with its fleet, as far as no step of the plan matters."""

    loaded: Loaded
    fleet: Fleet
    """The devices that are there at any time of the run."""
    clock: SiteClock
    assumed: Mapping[str, int]
    membership: Membership
    queries: Mapping[str, Query]
    """The parsed query of each collection that has one."""
    tenures: tuple[Tenure, ...]
    environment: Mapping[str, str]

    @cached_property
    def rolls(self) -> "Rolls":
        """The members of all collections, remembered for each change of their definitions."""
        return Rolls(self.membership, len(self.fleet))

    @property
    def scenario(self) -> Scenario:
        """The scenario."""
        return self.loaded.scenario

    @property
    def has_chance(self) -> bool:
        """Whether anything is drawn in this scenario."""
        return self.scenario.faults == "drawn"


Edit = tuple[str, str, str]
"""A verb (`exclude`, `include` or `remove_collection`), the collection named, and the edited."""


class Rolls:
    """The members of all collections, those included that join later, worked out once."""

    def __init__(self, membership: Membership, devices: int) -> None:
        self._devices = devices
        self._memberships: dict[tuple[Edit, ...], Membership] = {(): membership}
        self._members: dict[tuple[Edit, ...], dict[str, Members]] = {}

    def membership(self, edits: tuple[Edit, ...]) -> Membership:
        """Return the collections as some steps of the plan have changed them."""
        if edits not in self._memberships:
            twin = self.membership(edits[:-1]).copy()
            verb, named, edited = edits[-1]
            if verb == "exclude":
                twin.exclude(named, edited)
            elif verb == "include":
                twin.include(named, edited)
            else:
                twin.remove(named)
            self._memberships[edits] = twin
        return self._memberships[edits]

    def members(self, edits: tuple[Edit, ...]) -> dict[str, Members]:
        """Return the members of each collection after some steps of the plan."""
        if edits not in self._members:
            everybody = range(self._devices)
            self._members[edits] = self.membership(edits).first_members(everybody)
        return self._members[edits]


def ground(loaded: Loaded, environment: Mapping[str, str]) -> Ground:
    """Build the fleet and read queries and member lists.

    Raises UnusableInput with everything that is wrong with them.
    """
    scenario = loaded.scenario
    shipped = {name: entry.value for name, entry in ASSUMPTIONS.items()}
    assumed = shipped | assumption_overrides(scenario, ASSUMPTIONS)
    clock = SiteClock(scenario.start, scenario.site.time_zone)
    whole = build_fleet(scenario, loaded.folder, assumed)
    problems: list[Problem] = []
    queries: dict[str, Query] = {}
    for collection in scenario.collections:
        members = collection.members
        if isinstance(members, str) and members != "managed":
            with _collected(problems, loaded, collection.name):
                queries[collection.name] = parse_query(members, whole.label_names)
    named = dict(_named(loaded))
    with _collected(problems, loaded, ""):
        check_names(whole, named)
    try:
        refuse_unknown_label_values(loaded, whole)
    except UnusableInput as error:
        problems += error.problems
    if problems:
        raise UnusableInput(problems)
    fleet = _within(whole, clock, scenario)
    membership = Membership(scenario, fleet, queries, named)
    tenures = tuple(tenure(device, clock) for device in fleet.devices)
    return Ground(loaded, fleet, clock, assumed, membership, queries, tenures, environment)


@contextmanager
def _collected(problems: list[Problem], loaded: Loaded, collection: str) -> Iterator[None]:
    try:
        yield
    except UnusableInput as error:
        for problem in error.problems:
            path = f"collections[{collection}].members" if collection else problem.path
            file, line = loaded.lines.origin(path)
            problems.append(replace(problem, path=path, file=file, line=line))


def _named(loaded: Loaded) -> Iterator[tuple[str, tuple[str, ...]]]:
    for collection in loaded.scenario.collections:
        members = collection.members
        if isinstance(members, MemberFile):
            yield collection.name, read_member_file(loaded.folder / members.file)
        elif isinstance(members, tuple):
            yield collection.name, members


def _within(fleet: Fleet, clock: SiteClock, scenario: Scenario) -> Fleet:
    devices = tuple(
        device for device in fleet.devices if tenure(device, clock).is_within(scenario.horizon)
    )
    return fleet if len(devices) == len(fleet) else replace(fleet, devices=devices)
