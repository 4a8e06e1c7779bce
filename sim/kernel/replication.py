"""One replication: scenario, fleet and streams in, event log out.

The devices run from one instant to the next at which the plan, a collection or the support desk
has something to do. Between two such instants, devices influence each other only through
distribution points.
"""

import gc
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import count

from sim.eventlog import EventLog, LogTables, LogWriter, NameTable
from sim.fleet.device import Fleet
from sim.fleet.membership import Membership
from sim.fleet.streams import Streams
from sim.kernel.attempts import Policies, Scripts
from sim.kernel.collections import CollectionEvaluations
from sim.kernel.contact import Contact
from sim.kernel.context import ReplicationContext
from sim.kernel.desk import Desk
from sim.kernel.device_state import DeviceState
from sim.kernel.environments import Environments
from sim.kernel.external_events import ExternalEvents
from sim.kernel.inspection import Inspection, Inspector
from sim.kernel.installation import Installation
from sim.kernel.lifecycle import Lifecycle
from sim.kernel.opportunities import Opportunities
from sim.kernel.payloads import Payloads
from sim.kernel.plan import PlanRunner
from sim.kernel.site import SiteServer
from sim.kernel.steps import Steps
from sim.measures.device_table import DeviceTable
from sim.measures.tally import LiveTally, TallyCache
from sim.reference.rules import RULES
from sim.reference.traits import Device
from sim.scenario.calendar import SiteClock
from sim.scenario.loader import Loaded
from sim.scenario.model import Conditions, Scenario
from sim.scenario.steps import step_names
from sim.scenario.workspace import workspace_condition, workspace_states
from sim.schedules.local_days import desk_hours
from sim.schedules.timetable import Timetables
from sim.units import Seconds


@dataclass(frozen=True)
class Prepared:
    """Everything that a replication needs: the scenario and what was derived from it."""

    loaded: Loaded
    """The scenario with the lines of its file."""
    fleet: Fleet
    device_table: DeviceTable
    clock: SiteClock
    membership: Membership
    """Decides which devices belong to each collection."""
    members: Mapping[str, frozenset[int]]
    """Who is in which collection at the start."""
    conditions: Conditions
    """The gates of the plan and the expectations, parsed."""
    assumed: Mapping[str, int]
    environment: Mapping[str, str]
    """The environment variables in which secrets are looked up."""
    never_there: tuple[Device, ...] = ()
    """Devices of the table that retired before the start or join after the end."""

    @property
    def scenario(self) -> Scenario:
        """What is simulated."""
        return self.loaded.scenario


def log_tables(prepared: Prepared) -> LogTables:
    """Return the tables of codes of a run's log."""
    scenario = prepared.scenario
    payloads = {package.payload_name for package in scenario.packages}
    payloads |= {device.payload for device in prepared.fleet.devices if device.payload}
    return LogTables(
        devices=prepared.fleet.names,
        rules=NameTable(tuple(RULES)),
        policies=NameTable(tuple(policy.name for policy in scenario.policies)),
        payloads=NameTable(tuple(sorted(payloads))),
        collections=NameTable(tuple(collection.name for collection in scenario.collections)),
        steps=NameTable(step_names(scenario.plan)),
    )


def simulate(
    prepared: Prepared,
    streams: Streams,
    cache: TallyCache | None = None,
    *,
    bad_luck: bool = True,
    inspector: Inspector | None = None,
) -> EventLog:
    """Run one replication from the start to the horizon and return its log.

    Without *bad_luck* nothing fails by chance: no installer, no service, and nobody is absent. The
    fleet stays as it was drawn, and what does not work at the start recovers when it does in any
    run. *inspector* looks at the run around each step of the plan and at the end. *cache* comes
    from other replications of the same preparation.

    Raises ReplicationError when a process fails: an internal error, never the user's.
    """
    with _without_cyclic_collection():
        replication = _Replication(prepared, streams, cache, bad_luck, inspector)
        log = replication.run()
        replication.dissolve()
        return log


class _Replication:
    def __init__(
        self,
        prepared: Prepared,
        streams: Streams,
        cache: TallyCache | None,
        bad_luck: bool,
        inspector: Inspector | None,
    ) -> None:
        scenario, fleet = prepared.scenario, prepared.fleet
        self._prepared = prepared
        self._cache = cache
        self._horizon = scenario.horizon
        self._writer = LogWriter(log_tables(prepared), scenario.horizon)
        workspaces = workspace_states(scenario, prepared.environment)
        self._site = SiteServer(scenario, prepared.members, workspaces, len(fleet))
        bad_luck = bad_luck and scenario.faults == "drawn"
        timetables = Timetables(
            scenario, fleet, prepared.clock, streams, prepared.assumed, chance=bad_luck
        )
        keys, schedules = fleet.keys.tolist(), timetables.all()
        self._devices = list(map(DeviceState, count(), fleet.devices, keys, schedules))
        self._environments = Environments(scenario, fleet, prepared.assumed)
        self._collections = self._collection_evaluations()
        context = self._context(streams, timetables, bad_luck)
        contact = Contact(context, timetables)
        installation = Installation(context, self._wake)
        payloads = Payloads(context, contact)
        policies = Policies(context, contact, installation, payloads)
        scripts = Scripts(context, payloads, contact)
        self._lifecycle = Lifecycle(context, contact, installation, policies, scripts)
        self._external_events = ExternalEvents(context, self._lifecycle, payloads, self._wake)
        self._inspector, self._inspection = inspector, Inspection(context, self._devices)
        self._plan = self._plan_runner()
        self._desk = self._support_desk()
        self._live: LiveTally | None = None
        self._joining: list[tuple[Seconds, int]] = []
        """Time and number of the devices that have yet to join, as a heap."""

    def _collection_evaluations(self) -> CollectionEvaluations:
        prepared = self._prepared
        return CollectionEvaluations(
            prepared.scenario,
            prepared.clock,
            prepared.membership,
            self._site,
            self._writer,
            prepared.assumed,
            self._devices,
            self._notify,
        )

    def _support_desk(self) -> Desk | None:
        scenario, clock = self._prepared.scenario, self._prepared.clock
        if scenario.support_desk is None:
            return None
        return Desk(
            scenario.support_desk,
            desk_hours(scenario.support_desk, clock, scenario.horizon),
            scenario.reporting.interval,
            self._writer,
            self._external_events,
        )

    def _context(
        self, streams: Streams, timetables: Timetables, bad_luck: bool
    ) -> ReplicationContext:
        prepared = self._prepared
        return ReplicationContext(
            scenario=prepared.scenario,
            site=self._site,
            clock=prepared.clock,
            streams=streams,
            traits=Streams(prepared.scenario.seed, None),
            log=self._writer,
            assumed=prepared.assumed,
            opportunities=Opportunities(
                prepared.scenario, self._site, timetables, streams, prepared.assumed
            ),
            points=self._environments.point,
            changed=self._collections.changed,
            has_bad_luck=bad_luck,
        )

    def _plan_runner(self) -> PlanRunner:
        prepared = self._prepared

        def secret(value: object, field: str) -> str | None:
            if value is None:
                return None
            return workspace_condition(value, field, prepared.environment)  # type: ignore[arg-type]

        steps = Steps(
            prepared.scenario.site.administrators,
            self._site,
            self._writer,
            self._devices,
            self._external_events,
            self._collections,
            self._notify,
            secret,
        )
        inspect = None if self._inspector is None else self._inspect
        gates = prepared.conditions.gates
        return PlanRunner(prepared.scenario, prepared.clock, gates, steps, self._writer, inspect)

    def _inspect(self, when: str, number: int, now: Seconds) -> None:
        getattr(self._inspector, when)(number, now, self._inspection)

    def run(self) -> EventLog:
        """Alternate between devices, collections, plan and support desk until the horizon."""
        self._begin()
        now: Seconds | None = 0
        while now is not None and now < self._horizon:
            self._join_before(now)
            self._environments.advance(now)
            self._collections.evaluate(now)
            self._plan.carry_out(now)
            self._join_before(now + 1)
            if self._plan.has_gates(now):
                self._plan.judge_gates(now, self._console(now).current)
            if self._desk is not None:
                self._serve(self._desk, now)
            now = self._next_instant(now)
        self._join_before(self._horizon)
        self._environments.advance(self._horizon)
        if self._inspector is not None:
            self._inspector.at_end(self._horizon, self._inspection)
        return self._writer.finish()

    def _console(self, now: Seconds) -> LiveTally:
        """Return the console as of *now*; it is followed from the first call on."""
        if self._live is None:
            table, watches = self._prepared.device_table, self._desk is not None
            self._live = LiveTally(table, self._writer, self._cache, watches=watches)
        self._live.advance(now)
        return self._live

    def _serve(self, desk: Desk, now: Seconds) -> None:
        console = self._console(now)
        devices = self._devices.__getitem__
        desk.act(now, lambda: map(devices, console.changed()), console.cause_in_console)

    def dissolve(self) -> None:
        """Drop the devices, so that no garbage collection has to find them: a sixth of a run."""
        for device in self._devices:
            device.dissolve()
        self._devices.clear()
        self._environments.dissolve()

    def _next_instant(self, now: Seconds) -> Seconds | None:
        instants = [self._plan.next_instant(now), self._collections.next_instant(now)]
        if self._desk is not None:
            instants.append(self._desk.next_instant(now))
        return min((instant for instant in instants if instant is not None), default=None)

    def _begin(self) -> None:
        """Log the members of each collection at the start, and schedule devices that join."""
        for device, record in zip(self._devices, self._prepared.device_table.devices, strict=True):
            if record.joins:
                self._collections.joins(device.number, device.timetable.since)
                heappush(self._joining, (device.timetable.since, device.number))
            for collection in self._site.collections_at(device.number, 0):
                self._writer.record(
                    0, device.number, "member_added", rule="TIM-4", collection=collection
                )
            if record.retires is not None:
                self._writer.record(record.retires, device.number, "retired")
            self._external_events.begin(device, record.is_silent)

    def _join_before(self, time: Seconds) -> None:
        """Log the devices that join before *time*, with the collections as they are by then."""
        while self._joining and self._joining[0][0] < time:
            joins, number = heappop(self._joining)
            waits = self._collections.will_contain(self._devices[number])
            cause = "awaiting_collection" if waits else ""
            self._writer.record(joins, number, "joined", cause=cause)

    def _notify(self, number: int) -> None:
        device = self._devices[number]
        self._lifecycle.notify(self._environments.environment(device), device)

    def _wake(self, device: DeviceState) -> None:
        self._lifecycle.wake(self._environments.environment(device), device)


@contextmanager
def _without_cyclic_collection() -> Iterator[None]:
    """Switch off the cyclic garbage collector: it doubles the time and frees almost nothing."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
