"""Collections over time: evaluated on their grids, when something has changed before (TIM-4).

Everything is evaluated at the start. Later a device is judged anew by a collection only where it
has changed, or where a collection has changed that the other limits, includes or excludes.
"""

from collections.abc import Callable, Mapping, Sequence, Set
from heapq import heappop, heappush

from sim.eventlog import LogWriter
from sim.fleet.membership import Membership
from sim.kernel.device_state import DeviceState
from sim.kernel.site import SiteServer
from sim.scenario.model import Scenario
from sim.schedules.recurrence import Grid
from sim.units import Seconds

CHANGING_TRAITS = frozenset(
    ("agent", "agent_version", "client", "client_version", "restart_pending")
)
"""Traits that change by what happens on a device, at times that nobody knows beforehand."""


class CollectionEvaluations:
    """Who has to be judged anew by which collection, and when that happens next."""

    def __init__(
        self,
        scenario: Scenario,
        membership: Membership,
        site: SiteServer,
        log: LogWriter,
        assumed: Mapping[str, int],
        clients: Sequence[DeviceState],
        notify: Callable[[int], None],
    ) -> None:
        self._membership = membership.copy()
        self._site = site
        self._log = log
        self._clients = clients
        self._notify = notify
        intervals = {
            "incremental": assumed["collection_incremental_interval"],
            "scheduled": assumed["collection_full_interval"],
        }
        self._grids = {
            one.name: Grid(0, max(1, intervals[one.evaluation])) for one in scenario.collections
        }
        self._watched = tuple(
            name for name in self._grids if membership.asks_for(name) & CHANGING_TRAITS
        )
        self._changes: list[tuple[Seconds, int]] = []
        """When which device changes or has changed, as a heap: known ahead, or just told."""
        self._doubtful: dict[str, set[int]] = {name: set() for name in self._grids}
        """Devices that each collection has yet to judge anew."""

    def changed(self, device: int, time: Seconds) -> None:
        """Note that a device changes at *time*, at present or in the future."""
        heappush(self._changes, (time, device))

    def will_hold(self, client: DeviceState) -> bool:
        """Return whether any collection, as it is defined now, will hold a device that joins."""
        held = self._membership.holds
        return any(
            held(name, client.number, client.traits, self._site.members)
            for name in self._membership.order
        )

    def next_instant(self, now: Seconds) -> Seconds | None:
        """Return the next instant after *now* at which a collection may have new members."""
        instants = [self._grids[name].after(now) for name in self._watched]
        instants += [self._grids[name].after(now) for name, who in self._doubtful.items() if who]
        if self._changes:
            since = max(now, self._changes[0][0])
            instants += [grid.after(since) for grid in self._grids.values()]
        return min(instants, default=None)

    def evaluate(self, now: Seconds) -> None:
        """Evaluate the collections whose time has come, those that others depend on first."""
        while self._changes and self._changes[0][0] < now:
            device = heappop(self._changes)[1]
            for doubtful in self._doubtful.values():
                doubtful.add(device)
        for name in self._membership.order:
            if self._doubtful[name] and self._grids[name].at_or_after(now) == now:
                self._evaluate(name, now)

    def exclude(self, excluded: str, owner: str, now: Seconds) -> None:
        """Let a collection leave out another; a step that edits one evaluates it at once."""
        self._membership.exclude(excluded, owner)
        self._judge_anew(owner, self._site.members[excluded], now)

    def include(self, included: str, owner: str, now: Seconds) -> None:
        """Let a collection take in another, or leave it out no more; evaluated at once."""
        self._membership.include(included, owner)
        self._judge_anew(owner, self._site.members[included], now)

    def remove(self, name: str, now: Seconds) -> None:
        """Delete a collection: its members leave it at once."""
        self._membership.remove(name)
        self._judge_anew(name, self._site.members[name], now)

    def _judge_anew(self, name: str, devices: Set[int], now: Seconds) -> None:
        self._doubtful[name].update(devices)
        self._evaluate(name, now)

    def _evaluate(self, name: str, now: Seconds) -> None:
        doubtful, self._doubtful[name] = self._doubtful[name], set()
        members = set(self._site.members[name])
        for number in sorted(doubtful):
            client = self._clients[number]
            if not client.timetable.since <= now < client.timetable.until:
                continue
            if client.is_behind(now):
                self._doubtful[name].add(number)
            if self._membership.holds(name, number, client.as_is(), self._site.members):
                members.add(number)
            else:
                members.discard(number)
        moved = list(self._site.set_members(name, frozenset(members), now))
        for number in moved:
            self._record(name, number, number in members, now)
            self._notify(number)
        for other in self._membership.order:
            if name in self._membership.depends_on(other):
                self._doubtful[other].update(moved)

    def _record(self, name: str, number: int, is_member: bool, now: Seconds) -> None:
        """Log who came or went, and the deployments that reach the device thereby or no more."""
        event = "member_added" if is_member else "member_removed"
        self._log.record(now, number, event, rule="TIM-4", collection=name)
        event = "targeted" if is_member else "untargeted"
        for policy in self._site.deployed_to(name, now):
            self._log.record(now, number, event, policy=policy, collection=name)
        for one in self._site.scripts_on(name, now):
            self._log.record(now, number, event, rule="UPD-9", collection=name, step=one.step)
