"""One replication: scenario, fleet and streams in, event log out.

Devices live in SimPy environments of a few thousand each (one large environment is bound by
memory), advanced together from one instant of the plan to the next. Between two instants no
device can influence another, so the partition changes nothing.
"""

import gc
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import simpy

from sim.errors import ReplicationError
from sim.eventlog import EventLog, LogTables, LogWriter, NameTable
from sim.fleet.device import Fleet
from sim.fleet.schedules import Grid
from sim.fleet.streams import Streams
from sim.kernel.client import Client
from sim.kernel.lifecycle import Lifecycle
from sim.kernel.plan import PlanRunner, instants, step_names
from sim.kernel.shared import Shared
from sim.kernel.site import Site
from sim.kernel.steps import Steps
from sim.kernel.workspace import condition, workspace_states
from sim.reference.rules import RULES
from sim.scenario.calendar import SiteClock
from sim.scenario.expression_tree import Condition
from sim.scenario.model import Scenario
from sim.tally.live import LiveTally
from sim.tally.roster import Roster
from sim.units import Seconds

DEVICES_TOGETHER = 5_000
"""Devices in one SimPy environment; see DESIGN.md for the measurement."""


@dataclass(frozen=True)
class Setting:
    """All that a replication needs, ready made: the scenario and what was derived from it."""

    scenario: Scenario
    fleet: Fleet
    roster: Roster
    clock: SiteClock
    members: Mapping[str, frozenset[int]]
    gates: Mapping[int, Condition]
    """The condition of each gated step, by the step's number."""
    assumed: Mapping[str, int]
    environment: Mapping[str, str]
    """The environment variables in which secrets are looked up."""


def log_tables(setting: Setting) -> LogTables:
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
        steps=NameTable(step_names(scenario)),
    )


def simulate(setting: Setting, streams: Streams) -> EventLog:
    """Run one replication from the start to the horizon and return its log.

    Raises ReplicationError when a process fails: an internal error, never the user's.
    """
    with _without_cyclic_collection():
        return _Replication(setting, streams).run()


class _Replication:
    def __init__(self, setting: Setting, streams: Streams) -> None:
        scenario = setting.scenario
        self._horizon = scenario.horizon
        self._writer = LogWriter(log_tables(setting), scenario.horizon)
        self._roster = setting.roster
        workspaces = workspace_states(scenario, setting.environment)
        self._site = Site(scenario, setting.members, workspaces, len(setting.fleet))
        self._lifecycle = Lifecycle(
            Shared(scenario, self._site, setting.clock, streams, self._writer, setting.assumed)
        )
        self._clients = _clients(setting, streams)
        parts = -(-len(self._clients) // DEVICES_TOGETHER)
        self._environments = [simpy.Environment() for _ in range(max(1, parts))]

        def secret(value: object, field: str) -> str | None:
            if value is None:
                return None
            return condition(value, field, setting.environment)  # type: ignore[arg-type]

        steps = Steps(scenario, self._site, self._writer, self._notify, secret)
        self._plan = PlanRunner(scenario, setting.clock, setting.gates, steps, self._writer)

    def run(self) -> EventLog:
        """Alternate between the devices and the plan until the horizon."""
        self._record_members()
        live: LiveTally | None = None
        for now in instants(self._plan, self._horizon):
            self._advance(now)
            self._plan.carry_out(now)
            if self._plan.has_gates(now):
                live = live or LiveTally(self._roster, self._writer)
                live.advance(now)
                self._plan.judge_gates(now, live.current)
        self._advance(self._horizon)
        return self._writer.finish()

    def _advance(self, until: Seconds) -> None:
        for environment in self._environments:
            if until > environment.now:
                try:
                    environment.run(until=until)
                except Exception as error:
                    raise ReplicationError(
                        f"a device's process failed at {environment.now} s: {error!r}"
                    ) from error

    def _notify(self, device: int) -> None:
        environment = self._environments[device // DEVICES_TOGETHER]
        self._lifecycle.notify(environment, self._clients[device])

    def _record_members(self) -> None:
        """Log who is in which collection at the first evaluation, at the start (TIM-4)."""
        for device in range(len(self._clients)):
            for collection in self._site.collections_of(device):
                self._writer.record(0, device, "member_added", rule="TIM-4", collection=collection)


def _clients(setting: Setting, streams: Streams) -> list[Client]:
    fleet, assumed = setting.fleet, setting.assumed
    poll, message = assumed["policy_poll_interval"], assumed["state_message_interval"]
    polls = streams.between_for_all("policy_poll_phase", fleet.keys, 0, poll - 1).tolist()
    messages = streams.between_for_all("state_message_phase", fleet.keys, 0, message - 1).tolist()
    keys = fleet.keys.tolist()
    return [
        Client(
            number, traits, keys[number], Grid(polls[number], poll), Grid(messages[number], message)
        )
        for number, traits in enumerate(fleet.devices)
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
