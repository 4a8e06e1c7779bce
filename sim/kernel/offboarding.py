"""What an offboarding policy's evaluation does to a device (OFF-1 to OFF-5)."""

from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

import simpy

from sim.kernel.contact import Contact
from sim.kernel.context import ReplicationContext
from sim.kernel.device_state import Assignment, DeviceState
from sim.kernel.installation import Installation
from sim.reference.attempts import ADMIT, EVALUATE, OFFBOARDING, decide
from sim.reference.gates import removes_mma
from sim.reference.routes import without_mma

Story = Generator[simpy.Event, Any, None]


@dataclass(frozen=True)
class Offboarding:
    """Offboards the devices of one replication."""

    shared: ReplicationContext
    contact: Contact
    installation: Installation

    def offboard(
        self, env: simpy.Environment, client: DeviceState, assignment: Assignment
    ) -> Story:
        """Offboard a device for which the offboarding file is valid (OFF-1, OFF-2, OFF-4, OFF-5).

        The file runs on every member that may take part, whether or not it ever onboarded.
        """
        now = int(env.now)
        package = self.shared.package(client, assignment, now)
        facts = self.shared.facts(client, package, now)
        if assignment.is_applied or decide(OFFBOARDING, facts, ADMIT) is not None:
            return
        self.shared.note(client, assignment, now, "policy_evaluated", "OFF-1")
        refused = decide(OFFBOARDING, facts, EVALUATE)
        if refused is not None:
            self.shared.fail(client, assignment, now, "offboarding_failed", refused)
            return
        lasts = self.shared.service_time(client, "service_stop")
        is_done = yield from self.installation.work(env, client, lasts)
        if not is_done:
            assignment.due = client.timetable.on.on_at_or_after(int(env.now))
            return
        now = int(env.now)
        assignment.is_applied = True
        if client.onboarded_to:
            self.contact.end(client, now)
        client.onboarded_to = client.payload = client.pending = client.scripted = ""
        self.shared.note(client, assignment, now, "offboarded", "OFF-1")
        systems = self.shared.package(client, assignment, now).systems
        if "mma" in client.agent and removes_mma(systems):
            client.agent = without_mma(client.agent)
            self.shared.note(client, assignment, now, "agent_removed", "OFF-1")
            self.shared.changed(client.number, now)
        self.shared.report(client, now, "offboarded", assignment.policy)
