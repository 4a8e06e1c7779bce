"""Who is a member of which collection (TIM-4).

A collection's members are: what its query, list or file names, thinned by its sample, joined with
what it includes, within the collection that limits it, without what it excludes. Only devices that
ConfigMgr manages can be members. Of other collections the members known last are asked, so that one
device can be judged anew whenever a collection is evaluated.
"""

from collections.abc import Collection, Mapping, Sequence, Set
from copy import copy

from sim.errors import Problem, UnusableInput, nearest
from sim.fleet.device import Fleet
from sim.fleet.reading import LONGEST_SHOWN, MAX_PROBLEMS, quoted
from sim.fleet.streams import Streams
from sim.language.query_parser import Query
from sim.reference.traits import Device
from sim.scenario import model

MAX_COMPARED = 5_000
"""In a larger fleet no nearest name is looked for: it would take too long."""

Members = frozenset[int]


def check_names(fleet: Fleet, named: Mapping[str, tuple[str, ...]]) -> None:
    """Raise UnknownMembers when collections name devices that are not in the fleet."""
    known = {name.casefold() for name in fleet.names}
    unknown = [
        (collection, number, name)
        for collection, names in named.items()
        for number, name in enumerate(names)
        if name.casefold() not in known
    ]
    if unknown:
        raise UnknownMembers(unknown, fleet.names)


class UnknownMembers(UnusableInput):
    """Collections name devices that are not in the fleet."""

    def __init__(self, unknown: Sequence[tuple[str, int, str]], fleet_names: Sequence[str]) -> None:
        self.unknown = tuple(unknown)
        """Collection, place in its list counted from 0, and name of each; one problem for each."""
        known = fleet_names if len(fleet_names) <= MAX_COMPARED else ()
        super().__init__(
            Problem(
                f"no device {quoted(name)} in the fleet",
                path=f"collections[{collection}].members",
                suggestion=nearest(name[:LONGEST_SHOWN], known),
            )
            for collection, _, name in self.unknown[:MAX_PROBLEMS]
        )


class Membership:
    """The collections of a scenario, each ready to be asked whether it holds a device."""

    def __init__(
        self,
        scenario: model.Scenario,
        fleet: Fleet,
        queries: Mapping[str, Query],
        named: Mapping[str, tuple[str, ...]],
    ) -> None:
        """Take *queries*, the parsed query of each collection that has one, and *named*.

        *named* holds the device names of each that lists them; `check_names` judges those first.
        """
        self._collections = {one.name: one for one in scenario.collections}
        self.fleet = fleet
        self._queries = queries
        self._named = {
            collection: frozenset(name.casefold() for name in names)
            for collection, names in named.items()
        }
        streams = Streams(scenario.seed, None)
        self._thresholds = streams.millionths_of_all("collection_sample", fleet.keys).tolist()
        self._removed: frozenset[str] = frozenset()
        self.order = _dependencies_first(self._collections)
        """The names of all collections, those that others depend on first."""

    def copy(self) -> "Membership":
        """Return the collections for one replication, which may change their definitions."""
        twin = copy(self)
        twin._collections = dict(self._collections)
        return twin

    def exclude(self, excluded: str, owner: str) -> None:
        """Let a collection leave out the members of another."""
        collection = self._collections[owner]
        self._redefine(collection, exclude=(*collection.exclude, excluded))

    def include(self, included: str, owner: str) -> None:
        """Let a collection take in the members of another, or leave them out no more."""
        collection = self._collections[owner]
        if included in collection.exclude:
            kept = tuple(name for name in collection.exclude if name != included)
            self._redefine(collection, exclude=kept)
        else:
            self._redefine(collection, include=(*collection.include, included))

    def remove(self, name: str) -> None:
        """Delete a collection: nobody is a member any more, and nobody asks for it.

        What it limited holds nobody either.
        """
        self._removed = self._removed | {name}

    def _redefine(self, collection: model.Collection, **changes: object) -> None:
        self._collections[collection.name] = collection.model_copy(update=changes)
        self.order = _dependencies_first(self._collections)

    def asks_for(self, name: str) -> frozenset[str]:
        """Return the traits and labels that a collection's query names."""
        query = self._queries.get(name)
        return frozenset() if query is None else query.traits

    def depends_on(self, name: str) -> tuple[str, ...]:
        """Return the collections whose members a collection asks for."""
        return self._collections[name].depends_on

    def first_members(self, present: Collection[int]) -> dict[str, Members]:
        """Evaluate every collection over the devices that are there; in order of declaration."""
        found: dict[str, Members] = {}
        devices = [(number, self.fleet.devices[number]) for number in sorted(present)]
        for name in self.order:
            found[name] = frozenset(
                number for number, device in devices if self.holds(name, number, device, found)
            )
        return {name: found[name] for name in self._collections}

    def holds(
        self, name: str, number: int, device: Device, members: Mapping[str, Set[int]]
    ) -> bool:
        """Return whether a collection holds a device, asked with the traits it has by now.

        *members* are the last known members of the collections that this one depends on.
        """
        collection = self._collections[name]
        limit = collection.limit_to
        if name in self._removed:
            return False
        if not device.is_managed or (limit is not None and number not in members[limit]):
            return False
        if any(number in members[excluded] for excluded in collection.exclude):
            return False
        sample = collection.sample
        sampled = sample is None or self._thresholds[number] < sample
        if sampled and self._in_base(collection, device):
            return True
        return any(number in members[included] for included in collection.include)

    def _in_base(self, collection: model.Collection, device: Device) -> bool:
        """Return whether query, list or file name the device; without them, the limit does."""
        if collection.name in self._named:
            return device.name.casefold() in self._named[collection.name]
        if collection.name in self._queries:
            return self._queries[collection.name].matches(self.fleet.traits_of(device))
        is_container = collection.include and not (collection.members or collection.limit_to)
        return not is_container


def _dependencies_first(collections: Mapping[str, model.Collection]) -> tuple[str, ...]:
    ordered: dict[str, None] = {}

    def visit(name: str) -> None:
        if name not in ordered:
            for other in collections[name].depends_on:
                visit(other)
            ordered[name] = None

    for name in collections:
        visit(name)
    return tuple(ordered)
