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

    context: ReplicationContext
    payloads: Payloads
    contact: Contact

    def receive(self, device: DeviceState, polled: Seconds, now: Seconds) -> None:
        """Take notice, at a poll, of scripts that are deployed or removed (TIM-7).

        One that is removed before it ran does not run any more; one that is deployed anew after
        its removal was noticed runs again.
        """
        reaching = self.context.site.scripts_reaching(device.number, polled)
        if not reaching and not device.scripts:
            return
        device.scripts = {name: known for name, known in device.scripts.items() if name in reaching}
        for package, deployment in reaching.items():
            if package not in device.scripts:
                device.scripts[package] = deployment
                due = self._due(device, package, now)
                device.schedule(due, SCRIPT, partial(self._run, device, deployment))

    def _due(self, device: DeviceState, package: str, now: Seconds) -> Seconds | None:
        """Return when a script that has arrived runs: soon, or a little after power-on (TIM-7)."""
        window = max(1, self.context.assumed["script_window"])
        due = now + self.context.draw(device, f"script/{package}", 1, window)
        delay = self.context.draw(device, f"missed_script/{package}", 1, window)
        return catch_up(device.timetable.on, due, delay)

    def _run(self, device: DeviceState, deployment: ScriptDeployment, now: Seconds) -> None:
        if device.scripts.get(deployment.package) is not deployment:
            return
        package = self.context.site.packages[deployment.package]
        refused = decide(ONE_TIME_SCRIPT, self._facts(device, package, now))
        event = "script_ran" if refused is None else "script_failed"
        cause, rule = ("", "UPD-9") if refused is None else (refused.cause, refused.rule)
        self.context.record(
            device,
            now,
            event,
            rule,
            cause=cause,
            payload=package.payload_name,
            step=deployment.step,
        )
        self.context.report(device, now, event, deployment.package, str(now))
        if refused is None:
            self._write(device, package, now)

    def _facts(self, device: DeviceState, package: Package, now: Seconds) -> Facts:
        return self.context.facts(
            device,
            package,
            now,
            route=self.context.route(device, device.last_poll(now)),
            lacks_component=self.context.lacks_component(device),
        )

    def _write(self, device: DeviceState, package: Package, now: Seconds) -> None:
        """Give the device the payload: at its next restart, or at once where it has none."""
        payload = package.payload_name
        device.scripted = payload
        if not device.onboarded_to:
            device.onboarded_to = self.context.organization
            device.payload = payload
            self.context.record(device, now, "onboarded", "UPD-9", payload=payload)
            self.contact.begin(device, now)
            self.context.report(device, now, "onboarded", payload, str(now))
            self.context.reach_portal(device, now, "config_file")
        elif payload != (device.pending or device.payload):
            self.payloads.receive(device, payload, now, "payload_received", "UPD-1")
        self._expect_evaluations(device, now)

    def _expect_evaluations(self, device: DeviceState, now: Seconds) -> None:
        """Let each policy look at the device at its next evaluation: it may differ (UPD-4)."""
        for assignment in device.assignments.values():
            if assignment.due is None:
                assignment.due = assignment.evaluations.after(now)
