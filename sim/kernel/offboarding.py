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

    context: ReplicationContext
    contact: Contact
    installation: Installation

    def offboard(
        self, env: simpy.Environment, device: DeviceState, assignment: Assignment
    ) -> Story:
        """Offboard a device for which the offboarding file is valid (OFF-1, OFF-2, OFF-4, OFF-5).

        The file runs on every member that may take part, whether or not it ever onboarded.
        """
        now = int(env.now)
        package = self.context.package(device, assignment, now)
        facts = self.context.facts(device, package, now)
        if assignment.is_applied or decide(OFFBOARDING, facts, ADMIT) is not None:
            return
        self.context.record_for(device, assignment, now, "policy_evaluated", "OFF-1")
        refused = decide(OFFBOARDING, facts, EVALUATE)
        if refused is not None:
            self.context.fail(device, assignment, now, "offboarding_failed", refused)
            return
        lasts = self.context.service_time(device, "service_stop")
        is_done = yield from self.installation.work(env, device, lasts)
        if not is_done:
            assignment.due = device.timetable.on.on_at_or_after(int(env.now))
            return
        now = int(env.now)
        assignment.is_applied = True
        if device.onboarded_to:
            self.contact.end(device, now)
        device.onboarded_to = device.payload = device.pending = device.scripted = ""
        self.context.record_for(device, assignment, now, "offboarded", "OFF-1")
        systems = self.context.package(device, assignment, now).systems
        if "mma" in device.agent and removes_mma(systems):
            device.agent = without_mma(device.agent)
            self.context.record_for(device, assignment, now, "agent_removed", "OFF-1")
            self.context.changed(device.number, now)
        self.context.report(device, now, "offboarded", assignment.policy)
