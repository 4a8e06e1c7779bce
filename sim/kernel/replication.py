"""One replication: scenario, fleet and streams in, event log out.

The devices' lives go on from one instant to the next at which the plan or a collection has
something to do; between two such instants no device can influence another but through a
distribution point.
"""

import gc
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from heapq import heappop, heappush

from sim.eventlog import EventLog, LogTables, LogWriter, NameTable
from sim.fleet.device import Fleet
from sim.fleet.membership import Membership
from sim.fleet.streams import Streams
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
from sim.kernel.offboarding import Offboarding
from sim.kernel.onboarding import Onboarding
from sim.kernel.opportunities import Opportunities
from sim.kernel.payloads import Payloads
from sim.kernel.plan import PlanRunner
from sim.kernel.scripts import Scripts
from sim.kernel.site import SiteServer
from sim.kernel.steps import Steps
from sim.measures.device_table import DeviceTable
from sim.measures.tally import LiveTally
from sim.reference.rules import RULES
from sim.reference.traits import Device
from sim.scenario.calendar import SiteClock
from sim.scenario.conditions import Conditions
from sim.scenario.loader import Loaded
from sim.scenario.model import Scenario
from sim.scenario.steps import step_names
from sim.scenario.workspace import workspace_condition, workspace_states
from sim.schedules.desk_hours import desk_hours
from sim.schedules.timetable import Timetables
from sim.units import Seconds


@dataclass(frozen=True)
class Prepared:
    """All that a replication needs, ready made: the scenario and what was derived from it."""

    loaded: Loaded
    """The scenario with the lines of its file."""
    fleet: Fleet
    roster: DeviceTable
    clock: SiteClock
    membership: Membership
    """What each collection asks of a device."""
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


def log_tables(setting: Prepared) -> LogTables:
    """Return the tables of codes of a run's log."""
    scenario = setting.scenario
    payloads = {package.payload_name for package in scenario.packages}
    payloads |= {device.payload for device in setting.fleet.devices if device.payload}
    return LogTables(
        devices=setting.fleet.names,
        rules=NameTable(tuple(RULES)),
        policies=NameTable(tuple(policy.name for policy in scenario.policies)),
        payloads=NameTable(tuple(sorted(payloads))),
        collections=NameTable(tuple(collection.name for collection in scenario.collections)),
        steps=NameTable(step_names(scenario.plan)),
    )


def simulate(
    setting: Prepared,
    streams: Streams,
    *,
    bad_luck: bool = True,
    inspector: Inspector | None = None,
) -> EventLog:
    """Run one replication from the start to the horizon and return its log.

    Without *bad_luck* nothing fails by chance: no installer, no service, and nobody is absent. The
    fleet stays as it was drawn, and what is out of order at the start works again when it does in
    any run. *inspector* looks at the run around each step of the plan and at the end.

    Raises ReplicationError when a process fails: an internal error, never the user's.
    """
    with _without_cyclic_collection():
        replication = _Replication(setting, streams, bad_luck, inspector)
        log = replication.run()
        replication.dissolve()
        return log


class _Replication:
    def __init__(
        self, setting: Prepared, streams: Streams, bad_luck: bool, inspector: Inspector | None
    ) -> None:
        scenario, fleet = setting.scenario, setting.fleet
        self._setting = setting
        self._horizon = scenario.horizon
        self._writer = LogWriter(log_tables(setting), scenario.horizon)
        workspaces = workspace_states(scenario, setting.environment)
        self._site = SiteServer(scenario, setting.members, workspaces, len(fleet))
        bad_luck = bad_luck and scenario.faults == "drawn"
        timetables = Timetables(
            scenario, fleet, setting.clock, streams, setting.assumed, chance=bad_luck
        )
        self._clients = _clients(fleet, timetables)
        self._room = Environments(scenario, fleet, setting.assumed)
        self._collections = CollectionEvaluations(
            scenario,
            setting.membership,
            self._site,
            self._writer,
            setting.assumed,
            self._clients,
            self._notify,
        )
        shared = self._shared(streams, timetables, bad_luck)
        contact = Contact(shared, timetables)
        installation = Installation(shared, self._wake)
        payloads = Payloads(shared)
        onboarding = Onboarding(shared, contact, installation, payloads)
        scripts = Scripts(shared, payloads, contact)
        offboarding = Offboarding(shared, contact, installation)
        self._lifecycle = Lifecycle(shared, contact, installation, onboarding, offboarding, scripts)
        self._circumstances = ExternalEvents(shared, self._lifecycle, payloads, self._wake)
        self._inspector, self._inspection = inspector, Inspection(shared, self._clients)
        self._plan = self._plan_runner()
        self._desk = self._support_desk()
        self._live: LiveTally | None = None
        self._joining: list[tuple[Seconds, int]] = []
        """Who has yet to join, as a heap."""

    def _support_desk(self) -> Desk | None:
        scenario, clock = self._setting.scenario, self._setting.clock
        if scenario.support_desk is None:
            return None
        return Desk(
            scenario.support_desk,
            desk_hours(scenario.support_desk, clock, scenario.horizon),
            scenario.reporting.interval,
            self._writer,
            self._circumstances,
        )

    def _shared(
        self, streams: Streams, timetables: Timetables, bad_luck: bool
    ) -> ReplicationContext:
        setting = self._setting
        return ReplicationContext(
            scenario=setting.scenario,
            site=self._site,
            clock=setting.clock,
            streams=streams,
            traits=Streams(setting.scenario.seed, None),
            log=self._writer,
            assumed=setting.assumed,
            opportunities=Opportunities(
                setting.scenario, self._site, timetables, streams, setting.assumed
            ),
            points=self._room.point,
            changed=self._collections.changed,
            has_bad_luck=bad_luck,
        )

    def _plan_runner(self) -> PlanRunner:
        setting = self._setting

        def secret(value: object, field: str) -> str | None:
            if value is None:
                return None
            return workspace_condition(value, field, setting.environment)  # type: ignore[arg-type]

        steps = Steps(
            setting.scenario,
            self._site,
            self._writer,
            self._clients,
            self._circumstances,
            self._collections,
            self._notify,
            secret,
        )
        inspect = None if self._inspector is None else self._inspect
        gates = setting.conditions.gates
        return PlanRunner(setting.scenario, setting.clock, gates, steps, self._writer, inspect)

    def _inspect(self, when: str, number: int, now: Seconds) -> None:
        getattr(self._inspector, when)(number, now, self._inspection)

    def run(self) -> EventLog:
        """Alternate between the devices, their collections and the plan until the horizon."""
        self._begin()
        now: Seconds | None = 0
        while now is not None and now < self._horizon:
            self._join_before(now)
            self._room.advance(now)
            self._collections.evaluate(now)
            self._plan.carry_out(now)
            self._join_before(now + 1)
            if self._plan.has_gates(now):
                self._plan.judge_gates(now, self._console(now).current)
            if self._desk is not None:
                self._serve(self._desk, now)
            now = self._next_instant(now)
        self._join_before(self._horizon)
        self._room.advance(self._horizon)
        if self._inspector is not None:
            self._inspector.at_end(self._horizon, self._inspection)
        return self._writer.finish()

    def _console(self, now: Seconds) -> LiveTally:
        """Return what the console shows at *now*; it is followed from the first look on."""
        if self._live is None:
            watches = self._desk is not None
            self._live = LiveTally(self._setting.roster, self._writer, watches=watches)
        self._live.advance(now)
        return self._live

    def _serve(self, desk: Desk, now: Seconds) -> None:
        console = self._console(now)

        def doubtful() -> Iterator[DeviceState]:
            for number in console.changed():
                yield self._clients[number]

        desk.act(now, doubtful, console.cause_in_console)

    def dissolve(self) -> None:
        """Let go of the devices, so that they need not be searched for: a sixth of a run."""
        for client in self._clients:
            client.dissolve()
        self._clients.clear()
        self._room.dissolve()

    def _next_instant(self, now: Seconds) -> Seconds | None:
        """Return the next instant at which the plan or a collection has something to do."""
        instants = [self._plan.next_instant(now), self._collections.next_instant(now)]
        if self._desk is not None:
            instants.append(self._desk.next_instant(now))
        return min((instant for instant in instants if instant is not None), default=None)

    def _begin(self) -> None:
        """Log who is there and in which collection; let the rest join when it is time."""
        for client, record in zip(self._clients, self._setting.roster.devices, strict=True):
            if record.joins:
                self._collections.changed(client.number, client.timetable.since)
                heappush(self._joining, (client.timetable.since, client.number))
            for collection in self._site.collections_at(client.number, 0):
                self._writer.record(
                    0, client.number, "member_added", rule="TIM-4", collection=collection
                )
            if record.retires is not None:
                self._writer.record(record.retires, client.number, "retired")
            self._circumstances.begin(client, record.is_silent)

    def _join_before(self, time: Seconds) -> None:
        """Log who joins before *time*, by the collections as they are defined by then."""
        while self._joining and self._joining[0][0] < time:
            joins, number = heappop(self._joining)
            waits = self._collections.will_hold(self._clients[number])
            cause = "awaiting_collection" if waits else ""
            self._writer.record(joins, number, "joined", cause=cause)

    def _notify(self, device: int) -> None:
        client = self._clients[device]
        self._lifecycle.notify(self._room.environment(client), client)

    def _wake(self, client: DeviceState) -> None:
        self._lifecycle.wake(self._room.environment(client), client)


def _clients(fleet: Fleet, timetables: Timetables) -> list[DeviceState]:
    keys = fleet.keys.tolist()
    return [
        DeviceState(number, traits, key, timetable)
        for number, (traits, key, timetable) in enumerate(
            zip(fleet.devices, keys, timetables.all(), strict=True)
        )
    ]


@contextmanager
def _without_cyclic_collection() -> Iterator[None]:
    """Switch the cyclic garbage collector off: it doubles a run and frees next to nothing."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
