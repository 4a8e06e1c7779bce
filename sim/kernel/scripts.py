"""The one-time script of a Group Policy package: how it reaches a device, and what it does there.

It comes as required software, runs once, and gives the device the package's payload (UPD-2, UPD-9,
TIM-7). A device that never onboarded is onboarded by it, where nothing but the payload is missing.
"""

from dataclasses import dataclass
from functools import partial

from sim.kernel.contact import Contact
from sim.kernel.context import ReplicationContext
from sim.kernel.device_state import SCRIPT, DeviceState
from sim.kernel.payloads import Payloads
from sim.kernel.site import ScriptDeployment
from sim.reference.attempts import ONE_TIME_SCRIPT, Facts, decide
from sim.scenario.model import Package
from sim.schedules.recurrence import catch_up
from sim.units import Seconds


@dataclass(frozen=True)
class Scripts:
    """Runs the scripts of one replication."""

    shared: ReplicationContext
    payloads: Payloads
    contact: Contact

    def receive(self, client: DeviceState, polled: Seconds, now: Seconds) -> None:
        """Take notice, at a poll, of scripts that are deployed or removed (TIM-7).

        One that is removed before it ran does not run any more; one that is deployed anew after
        its removal was noticed runs again.
        """
        reaching = self.shared.site.scripts_reaching(client.number, polled)
        if not reaching and not client.scripts:
            return
        client.scripts = {name: known for name, known in client.scripts.items() if name in reaching}
        for package, deployment in reaching.items():
            if package not in client.scripts:
                client.scripts[package] = deployment
                due = self._due(client, package, now)
                client.appoint(due, SCRIPT, partial(self._run, client, deployment))

    def _due(self, client: DeviceState, package: str, now: Seconds) -> Seconds | None:
        """Return when a script that has arrived runs: soon, or a little after power-on (TIM-7)."""
        window = max(1, self.shared.assumed["script_window"])
        due = now + self.shared.draw(client, f"script/{package}", 1, window)
        delay = self.shared.draw(client, f"missed_script/{package}", 1, window)
        return catch_up(client.timetable.on, due, delay)

    def _run(self, client: DeviceState, deployment: ScriptDeployment, now: Seconds) -> None:
        if client.scripts.get(deployment.package) is not deployment:
            return
        package = self.shared.site.packages[deployment.package]
        refused = decide(ONE_TIME_SCRIPT, self._facts(client, package, now))
        event = "script_ran" if refused is None else "script_failed"
        cause, rule = ("", "UPD-9") if refused is None else (refused.cause, refused.rule)
        self.shared.record(
            client,
            now,
            event,
            rule,
            cause=cause,
            payload=package.payload_name,
            step=deployment.step,
        )
        self.shared.report(client, now, event, deployment.package, str(now))
        if refused is None:
            self._write(client, package, now)

    def _facts(self, client: DeviceState, package: Package, now: Seconds) -> Facts:
        return self.shared.facts(
            client,
            package,
            now,
            route=self.shared.route(client, client.last_poll(now)),
            lacks_component=self.shared.lacks_component(client),
        )

    def _write(self, client: DeviceState, package: Package, now: Seconds) -> None:
        """Give the device the payload: at its next restart, or at once where it has none."""
        payload = package.payload_name
        client.scripted = payload
        if not client.onboarded_to:
            client.onboarded_to = self.shared.organization
            client.payload = payload
            self.shared.record(client, now, "onboarded", "UPD-9", payload=payload)
            self.contact.begin(client, now)
            self.shared.report(client, now, "onboarded", payload, str(now))
            self.shared.reach_portal(client, now, "config_file")
        elif payload != (client.pending or client.payload):
            self.payloads.receive(client, payload, now, "payload_received", "UPD-1")
        self._expect_evaluations(client, now)

    def _expect_evaluations(self, client: DeviceState, now: Seconds) -> None:
        """Let each policy look at the device at its next evaluation: it may differ (UPD-4)."""
        for assignment in client.assignments.values():
            if assignment.due is None:
                assignment.due = assignment.evaluations.after(now)
