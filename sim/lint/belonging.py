"""Who is in which collection: as the plan means it, for certain, and possibly at any time.

What a query asks may change during a run: a patch sets it, an agent is installed, a client is
repaired. A device of which such a trait is asked is in the collection perhaps (TIM-4).
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache

from sim.lint.course import Coming, in_order
from sim.lint.ground import Edit, Ground
from sim.lint.undecided import matches_perhaps
from sim.reference.causes import REPAIRS
from sim.reference.systems import OPERATING_SYSTEMS, level
from sim.reference.traits import Device
from sim.scenario.steps import Exclude, Include, Patch, RemoveCollection, SetClientVersion, Step
from sim.units import Seconds

Numbers = frozenset[int]
NOBODY: Numbers = frozenset()
_EDITS = (Exclude, Include, RemoveCollection)


class Belonging:
    """The members of each collection over the whole plan."""

    def __init__(self, ground: Ground, comings: Sequence[Coming]) -> None:
        self._ground = ground
        acting = [one for one in in_order(comings) if one.acts]
        self._edits = [one for one in acting if isinstance(one.step, _EDITS)]
        self._patches = [one for one in acting if isinstance(one.step, Patch)]
        self._upgrades = [one for one in acting if isinstance(one.step, SetClientVersion)]
        edits = tuple(_edit(one.step) for one in self._edits)
        stages = [edits[:count] for count in range(len(edits) + 1)]
        self._memberships = [ground.rolls.membership(stage) for stage in stages]
        self.epochs = tuple(ground.rolls.members(stage) for stage in stages)
        """Members after each change of a collection's definition; first those of the start."""
        desk = ground.scenario.support_desk
        self._repaired = {name for one in (desk.repairs if desk else ()) for name in REPAIRS[one]}
        """The traits that the support desk may set on any device (DWN-9)."""
        self._closures = {one: self._closure(one) for one in ground.membership.order}
        self._asked = {one: self._asks(one) for one in ground.membership.order}
        self._open = self._open_collections()
        self._shaky = self._shaky_devices()
        self.certain: dict[str, Numbers] = {}
        """Devices that are members at every time of the run, once they are there."""
        self.possible: dict[str, Numbers] = {}
        """Devices that are members at any time of the run."""
        self._judge()

    def epoch(self, at: Seconds) -> int:
        """Return which of `epochs` is in force at *at*, if every step comes as early as it can."""
        return sum(1 for edit in self._edits if edit.since <= at)

    def meant(self, collection: str, at: Seconds) -> Numbers:
        """Return the members at *at* as the plan means it, those included that join later."""
        return self.epochs[self.epoch(at)][collection]

    def meant_of(self, collections: Sequence[str], at: Seconds) -> Numbers:
        """Return the members of some collections together."""
        return NOBODY.union(*(self.meant(name, at) for name in collections))

    def possible_of(self, collections: Sequence[str]) -> Numbers:
        """Return who may be a member of any of some collections."""
        return NOBODY.union(*(self.possible[name] for name in collections))

    def _closure(self, collection: str) -> frozenset[str]:
        """Return a collection with all that it depends on at any time."""
        waiting, seen = [collection], set[str]()
        while waiting:
            name = waiting.pop()
            if name not in seen:
                seen.add(name)
                for membership in self._memberships:
                    waiting.extend(membership.depends_on(name))
        return frozenset(seen)

    def _asks(self, collection: str) -> frozenset[str]:
        """Return the traits that decide about a collection, those of its dependencies too."""
        asks_for = self._ground.membership.asks_for
        return frozenset[str]().union(*(asks_for(name) for name in self._closures[collection]))

    def _open_collections(self) -> frozenset[str]:
        """Return the collections that are edited several times in an order nobody knows."""
        if len(self._edits) < 2 or all(edit.is_exact for edit in self._edits):
            return frozenset()
        edited = {_edit(edit.step)[2] for edit in self._edits}
        return frozenset(name for name, closure in self._closures.items() if closure & edited)

    def _shaky_devices(self) -> Mapping[int, frozenset[str]]:
        """Return which traits may change on which device during the run."""
        changing = self._changing()
        shaky: dict[int, set[str]] = {}
        for number, device in enumerate(self._ground.fleet.devices):
            traits = {*_by_itself(device, self._ground.has_chance), *self._repaired}
            if traits:
                shaky[number] = traits
        for coming in (*self._patches, *self._upgrades):
            step = coming.step
            assert isinstance(step, Patch | SetClientVersion)
            sets = set(step.patch) if isinstance(step, Patch) else {"client_version"}
            for number in self._reached_by(step.on, changing):
                shaky.setdefault(number, set()).update(sets)
        return {number: frozenset(traits) for number, traits in shaky.items()}

    def _changing(self) -> frozenset[str]:
        traits = {"agent", "agent_version", "client", "restart_pending"}
        for coming in self._patches:
            assert isinstance(coming.step, Patch)
            traits.update(coming.step.patch)
        traits |= self._repaired
        return frozenset(traits | ({"client_version"} if self._upgrades else set()))

    def _reached_by(self, collections: Sequence[str], changing: frozenset[str]) -> Numbers:
        """Return whom a step on collections may reach: everybody where their queries may move."""
        found: set[int] = set()
        for name in collections:
            if self._asked[name] & changing or name in self._open:
                return self._managed()
            found.update(*(epoch[name] for epoch in self.epochs))
        return frozenset(found)

    def _managed(self) -> Numbers:
        devices = self._ground.fleet.devices
        return frozenset(n for n, device in enumerate(devices) if device.is_managed)

    def _judge(self) -> None:
        leaving = self._leaving()
        for name in self._ground.membership.order:
            members = [epoch[name] for epoch in self.epochs]
            if name in self._open:
                self.possible[name], self.certain[name] = self._managed(), NOBODY
                continue
            possible = set(NOBODY.union(*members))
            certain = set(members[0].intersection(*members[1:])) - leaving
            for number, traits in self._shaky.items():
                if traits & self._asked[name]:
                    certain.discard(number)
                    if self._may_hold(name, number, traits):
                        possible.add(number)
            self.possible[name], self.certain[name] = frozenset(possible), frozenset(certain)

    def _leaving(self) -> Numbers:
        """Return devices that a patch may take out of the site's management."""
        leaving: set[int] = set()
        for coming in self._patches:
            step = coming.step
            assert isinstance(step, Patch)
            if step.patch.get("client") == "none" or step.patch.get("managed_by") == "intune":
                leaving |= self._reached_by(step.on, self._changing())
        return frozenset(leaving)

    def _may_hold(self, name: str, number: int, traits: frozenset[str]) -> bool:
        """Say whether a collection may hold a device some of whose traits may change."""
        collection = next(c for c in self._ground.scenario.collections if c.name == name)
        limit = collection.limit_to
        if limit is not None and number not in self.possible[limit]:
            return False
        if any(number in self.possible[other] for other in collection.include):
            return True
        query = self._ground.queries.get(name)
        if query is None:
            return True
        fleet = self._ground.fleet
        known = fleet.traits_of(fleet.devices[number])
        return matches_perhaps(query.node, known, traits) is not False


def _edit(step: Step) -> Edit:
    if isinstance(step, Exclude):
        return "exclude", step.exclude, step.from_
    if isinstance(step, Include):
        return "include", step.include, step.in_
    assert isinstance(step, RemoveCollection)
    return "remove_collection", step.remove_collection, step.remove_collection


@lru_cache(maxsize=256)
def _is_down_level(system: str) -> bool:
    return level(OPERATING_SYSTEMS[system]) == "down_level"


def _by_itself(device: Device, has_chance: bool) -> tuple[str, ...]:
    """Return the traits of a device that may change without any step of the plan."""
    traits: list[str] = []
    if _is_down_level(device.os) or "mma" in device.agent:
        traits += ["agent", "agent_version"]
    if has_chance and device.client in ("inactive", "broken"):
        traits.append("client")
    if device.restart_pending:
        traits.append("restart_pending")
    return tuple(traits)
