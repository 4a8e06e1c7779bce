"""Who is a member of which collection (TIM-4).

A collection's members are: what its query, list or file names, thinned by its sample, joined with
what it includes, within the collection that limits it, without what it excludes. Only devices that
ConfigMgr manages can be members.
"""

from collections.abc import Callable, Mapping, Sequence

from sim.errors import Problem, UnusableInput, nearest
from sim.fleet.device import Fleet
from sim.fleet.reading import LONGEST_SHOWN, MOST_PROBLEMS, quoted
from sim.fleet.streams import Streams
from sim.scenario.model import Collection, Scenario

MOST_COMPARED = 5_000
"""In a larger fleet no nearest name is looked for: it would take too long."""

Members = frozenset[int]
Matches = Callable[[Mapping[str, object]], bool]


def members_of(
    scenario: Scenario,
    fleet: Fleet,
    queries: Mapping[str, Matches],
    named: Mapping[str, tuple[str, ...]],
) -> dict[str, Members]:
    """Return the members of each collection, by number, in order of declaration.

    *queries* holds the parsed query of each collection that has one, *named* the device names of
    each that lists them; `check_names` judges those first.
    """
    return _Membership(scenario, fleet, queries, named).all_members()


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
        known = fleet_names if len(fleet_names) <= MOST_COMPARED else ()
        super().__init__(
            Problem(
                f"no device {quoted(name)} in the fleet",
                path=f"collections[{collection}].members",
                suggestion=nearest(name[:LONGEST_SHOWN], known),
            )
            for collection, _, name in self.unknown[:MOST_PROBLEMS]
        )


class _Membership:
    def __init__(
        self,
        scenario: Scenario,
        fleet: Fleet,
        queries: Mapping[str, Matches],
        named: Mapping[str, tuple[str, ...]],
    ) -> None:
        self._collections = {collection.name: collection for collection in scenario.collections}
        self._fleet = fleet
        self._queries = queries
        self._named = named
        self._known: dict[str, Members] = {}
        self._managed = frozenset(
            number for number, device in enumerate(fleet.devices) if device.is_managed
        )
        streams = Streams(scenario.seed, None)
        self._thresholds = streams.millionths_of_all("collection_sample", fleet.keys).tolist()

    def all_members(self) -> dict[str, Members]:
        """Evaluate every collection, those it depends on first."""
        return {name: self._members(name) for name in self._collections}

    def _members(self, name: str) -> Members:
        if name not in self._known:
            self._known[name] = self._evaluate(self._collections[name])
        return self._known[name]

    def _evaluate(self, collection: Collection) -> Members:
        within = self._members(collection.limit_to) if collection.limit_to else self._managed
        members = self._base(collection, within) & within
        if collection.sample is not None:
            share = collection.sample
            members = frozenset(n for n in members if self._thresholds[n] < share)
        for included in collection.include:
            members |= self._members(included) & within
        for excluded in collection.exclude:
            members -= self._members(excluded)
        return members

    def _base(self, collection: Collection, within: Members) -> Members:
        if collection.name in self._named:
            wanted = {name.casefold() for name in self._named[collection.name]}
            names = self._fleet.names
            return frozenset(n for n in self._managed if names[n].casefold() in wanted)
        if collection.name in self._queries:
            matches = self._queries[collection.name]
            devices = self._fleet.devices
            return frozenset(n for n in within if matches(self._fleet.traits_of(devices[n])))
        if collection.members is None and collection.limit_to is None and collection.include:
            return frozenset()
        return within
