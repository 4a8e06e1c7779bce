"""Collections over time: evaluated at their intervals, when something has changed (TIM-4).

All collections are evaluated at the start. Later a collection evaluates a device again only if the
device has changed, or if a collection that it limits, includes or excludes has changed. A device
that joins does not wait for a collection's own schedule: the site's full evaluation at 04:00 finds
it, and what is limited by the collections that take it in follows in the same second.
"""

from collections.abc import Callable, Mapping, Sequence, Set
from datetime import time as clock_time
from heapq import heappop, heappush

from sim.eventlog import LogWriter
from sim.fleet.membership import Membership
from sim.kernel.device_state import DeviceState
from sim.kernel.site import SiteServer
from sim.scenario.calendar import SiteClock
from sim.scenario.model import Scenario
from sim.schedules.local_days import every_day
from sim.schedules.recurrence import Grid, Recurrence
from sim.units import Seconds

CHANGING_TRAITS = frozenset(
    ("agent", "agent_version", "client", "client_version", "restart_pending")
)
"""Traits that can change at any time, because they depend on what happens on the device."""
FULL_EVALUATION = clock_time(4)
"""When the site evaluates all its collections for devices that have joined (TIM-4)."""


class CollectionEvaluations:
    """Evaluates collections, and says when the next evaluation can change members."""

    def __init__(
        self,
        scenario: Scenario,
        clock: SiteClock,
        membership: Membership,
        site: SiteServer,
        log: LogWriter,
        assumed: Mapping[str, int],
        devices: Sequence[DeviceState],
        notify: Callable[[int], None],
    ) -> None:
        self._membership = membership.copy()
        self._site = site
        self._log = log
        self._devices = devices
        self._notify = notify
        self._daily = every_day(clock, FULL_EVALUATION, scenario.horizon)
        schedules: dict[str, Recurrence] = {
            "incremental": Grid(0, max(1, assumed["collection_incremental_interval"])),
            "daily": self._daily,
            "scheduled": Grid(0, max(1, assumed["collection_full_interval"])),
        }
        self._schedules = {each.name: schedules[each.evaluation] for each in scenario.collections}
        self._distinct = tuple(dict.fromkeys(self._schedules.values()))
        self._watched = tuple(
            name for name in self._schedules if membership.asks_for(name) & CHANGING_TRAITS
        )
        self._changes: list[tuple[Seconds, int]] = []
        """Time and device of each change, as a heap; a change may lie in the future."""
        self._pending: dict[str, set[int]] = {name: set() for name in self._schedules}
        """The devices that each collection has to evaluate again."""
        self._joining: set[int] = set()
        """The devices that the site's full evaluation has not seen yet."""

    def joins(self, number: int, time: Seconds) -> None:
        """Record that a device joins at *time*, now or in the future."""
        self._joining.add(number)
        self.changed(number, time)

    def changed(self, number: int, time: Seconds) -> None:
        """Record that a device changes at *time*, now or in the future."""
        heappush(self._changes, (time, number))

    def will_contain(self, device: DeviceState) -> bool:
        """Return whether a device that joins will be a member of any collection."""
        holds = self._membership.holds
        return any(
            holds(name, device.number, device.traits, self._site.members)
            for name in self._membership.order
        )

    def next_instant(self, now: Seconds) -> Seconds | None:
        """Return the next instant after *now* at which a collection may have new members."""
        schedules = [self._schedules[name] for name in self._watched]
        schedules += [self._schedules[name] for name, due in self._pending.items() if due]
        instants = [schedule.after(now) for schedule in schedules]
        if any(not self._joining.isdisjoint(due) for due in self._pending.values()):
            instants.append(self._daily.after(now))
        if self._changes:
            since = max(now, self._changes[0][0])
            instants += [schedule.after(since) for schedule in self._distinct]
            instants.append(self._daily.after(since))
        return min((instant for instant in instants if instant is not None), default=None)

    def evaluate(self, now: Seconds) -> None:
        """Evaluate the collections that are due, those that others depend on first."""
        while self._changes and self._changes[0][0] < now:
            number = heappop(self._changes)[1]
            for pending in self._pending.values():
                pending.add(number)
        is_full = self._daily.at_or_after(now) == now
        for name in self._membership.order:
            if self._pending[name] and self._schedules[name].at_or_after(now) == now:
                self._evaluate(name, now)
            elif is_full:
                self._evaluate(name, now, self._pending[name] & self._joining)
        if is_full:
            waiting = frozenset[int]().union(*self._pending.values())
            devices = self._devices
            self._joining -= {
                number
                for number in self._joining
                if devices[number].timetable.since < now and number not in waiting
            }

    def exclude(self, excluded: str, owner: str, now: Seconds) -> None:
        """Make a collection exclude another; editing a collection evaluates it at once."""
        self._membership.exclude(excluded, owner)
        self._reevaluate(owner, self._site.members[excluded], now)

    def include(self, included: str, owner: str, now: Seconds) -> None:
        """Make a collection include another, or stop excluding it; evaluated at once."""
        self._membership.include(included, owner)
        self._reevaluate(owner, self._site.members[included], now)

    def remove(self, name: str, now: Seconds) -> None:
        """Delete a collection: its members leave it at once."""
        self._membership.remove(name)
        self._reevaluate(name, self._site.members[name], now)

    def _reevaluate(self, name: str, devices: Set[int], now: Seconds) -> None:
        self._pending[name].update(devices)
        self._evaluate(name, now)

    def _evaluate(self, name: str, now: Seconds, some: Set[int] | None = None) -> None:
        """Evaluate *some* of the devices that a collection has to look at; without it all."""
        pending = self._pending[name] if some is None else some
        self._pending[name] = self._pending[name] - pending
        members = set(self._site.members[name])
        for number in sorted(pending):
            device = self._devices[number]
            if not device.timetable.since <= now < device.timetable.until:
                continue
            if device.has_overdue(now):
                self._pending[name].add(number)
            if self._membership.holds(name, number, device.as_is(), self._site.members):
                members.add(number)
            else:
                members.discard(number)
        moved = list(self._site.set_members(name, frozenset(members), now))
        for number in moved:
            self._record(name, number, number in members, now)
            self._notify(number)
        for other in self._membership.order:
            if name in self._membership.depends_on(other):
                self._pending[other].update(moved)

    def _record(self, name: str, number: int, is_member: bool, now: Seconds) -> None:
        """Log that a device joined or left, and the deployments that this starts or ends."""
        event = "member_added" if is_member else "member_removed"
        self._log.record(now, number, event, rule="TIM-4", collection=name)
        event = "targeted" if is_member else "untargeted"
        for deployment in self._site.deployments_to(name, now):
            self._log.record(now, number, event, policy=deployment.policy, collection=name)
        for script in self._site.scripts_on(name, now):
            self._log.record(now, number, event, rule="UPD-9", collection=name, step=script.step)
