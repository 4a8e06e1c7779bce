"""Which devices are members of which collection (TIM-4).

The members of a collection are the devices of its query, list or file, reduced to its sample, plus
those of the collections it includes, within its limiting collection, without those it excludes.
Only devices that ConfigMgr manages can be members. An evaluation uses the latest members of the
other collections, so one device can be evaluated at a time.
"""

from collections.abc import Collection, Mapping, Sequence, Set
from copy import copy

from sim.errors import Problem, UnusableInput, nearest
from sim.fleet.device import Fleet
from sim.fleet.streams import Streams
from sim.fleet.tables import MAX_PROBLEMS, MAX_SHOWN, quoted
from sim.language.query_parser import Query
from sim.reference.traits import Device
from sim.scenario import model

MAX_COMPARED = 5_000
"""In a larger fleet no similar name is searched for: it would take too long."""

Members = frozenset[int]


def check_names(fleet: Fleet, named: Mapping[str, tuple[str, ...]]) -> None:
    """Raise UnknownMembers when collections name devices that are not in the fleet."""
    existing = {name.casefold() for name in fleet.names}
    unknown = [
        (collection, number, name)
        for collection, names in named.items()
        for number, name in enumerate(names)
        if name.casefold() not in existing
    ]
    if unknown:
        raise UnknownMembers(unknown, fleet.names)


class UnknownMembers(UnusableInput):
    """Collections name devices that are not in the fleet."""

    def __init__(self, unknown: Sequence[tuple[str, int, str]], fleet_names: Sequence[str]) -> None:
        self.unknown = tuple(unknown)
        """Collection, place in its list counted from 0, and name of each; one problem for each."""
        candidates = fleet_names if len(fleet_names) <= MAX_COMPARED else ()
        super().__init__(
            Problem(
                f"no device {quoted(name)} in the fleet",
                path=f"collections[{collection}].members",
                suggestion=nearest(name[:MAX_SHOWN], candidates),
            )
            for collection, _, name in self.unknown[:MAX_PROBLEMS]
        )


class Membership:
    """The collections of a scenario, and whether a device belongs to them."""

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
        self._collections = {each.name: each for each in scenario.collections}
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
        """The names of all collections; those on which others depend come first."""

    def copy(self) -> "Membership":
        """Return the collections for one replication, which may change their definitions."""
        twin = copy(self)
        twin._collections = dict(self._collections)
        return twin

    def exclude(self, excluded: str, owner: str) -> None:
        """Exclude the members of one collection from another."""
        collection = self._collections[owner]
        self._redefine(collection, exclude=(*collection.exclude, excluded))

    def include(self, included: str, owner: str) -> None:
        """Include the members of one collection in another, or end their exclusion."""
        collection = self._collections[owner]
        if included in collection.exclude:
            exclude = tuple(name for name in collection.exclude if name != included)
            self._redefine(collection, exclude=exclude)
        else:
            self._redefine(collection, include=(*collection.include, included))

    def remove(self, name: str) -> None:
        """Delete a collection: it has no members any more.

        Collections that it limited have no members either.
        """
        self._removed = self._removed | {name}

    def _redefine(self, collection: model.Collection, **changes: object) -> None:
        self._collections[collection.name] = collection.model_copy(update=changes)
        self.order = _dependencies_first(self._collections)

    def query(self, name: str) -> Query | None:
        """Return the parsed query of a collection, if it has one."""
        return self._queries.get(name)

    def asks_for(self, name: str) -> frozenset[str]:
        """Return the traits and labels that a collection's query names."""
        query = self._queries.get(name)
        return frozenset() if query is None else query.traits

    def depends_on(self, name: str) -> tuple[str, ...]:
        """Return the collections on whose members a collection depends."""
        return self._collections[name].depends_on

    def first_members(self, present: Collection[int]) -> dict[str, Members]:
        """Evaluate every collection over the *present* devices; in order of declaration."""
        members: dict[str, Members] = {}
        devices = [(number, self.fleet.devices[number]) for number in sorted(present)]
        for name in self.order:
            members[name] = frozenset(
                number for number, device in devices if self.holds(name, number, device, members)
            )
        return {name: members[name] for name in self._collections}

    def holds(
        self, name: str, number: int, device: Device, members: Mapping[str, Set[int]]
    ) -> bool:
        """Return whether a collection holds a device with the traits of *device*.

        *members* are the latest members of the collections on which this one depends.
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
        """Return whether query, list or file include the device; without them, the limit does."""
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
