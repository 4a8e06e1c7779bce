"""What policies and one-time scripts do to a device, in the order of the product page.

Onboarding decides eligibility, route and workspace values, installs an agent if the route needs
one, applies the configuration, starts the service and registers. Offboarding takes that back (OFF-1
to OFF-5). A script is deployed as required software, runs once, and gives the device its package's
payload (UPD-2, UPD-9, TIM-7). It also onboards a device that is not onboarded yet, if the device
needs no agent. Every decision comes from `reference`.
"""

from collections.abc import Generator
from dataclasses import dataclass
from functools import partial
from typing import Any

import simpy

from sim.kernel.contact import Contact
from sim.kernel.context import ReplicationContext
from sim.kernel.device_state import SCRIPT, Assignment, Attempt, DeviceState, Job, When
from sim.kernel.installation import Installation
from sim.kernel.payloads import Payloads
from sim.kernel.site import ScriptDeployment
from sim.reference.attempts import (
    ADMIT,
    EVALUATE,
    OFFBOARDING,
    ONBOARDING,
    ONE_TIME_SCRIPT,
    REGISTER,
    Facts,
    decide,
)
from sim.reference.decisions import Decision
from sim.reference.gates import removes_mma
from sim.reference.impediments import SENSOR, means_of
from sim.reference.routes import installs, without_mma
from sim.scenario.model import Package
from sim.schedules.recurrence import catch_up
from sim.units import Seconds

Story = Generator[simpy.Event, Any, None]


@dataclass(frozen=True)
class Policies:
    """Carries out the policies of one replication."""

    context: ReplicationContext
    contact: Contact
    installation: Installation
    payloads: Payloads

    def onboard(self, env: simpy.Environment, device: DeviceState, assignment: Assignment) -> Story:
        """Carry out an onboarding policy on a device (UPL-1, DWN-2, MMA-1, POL-2)."""
        now = int(env.now)
        attempt, facts = self._attempt(device, assignment, now)
        refusal = decide(ONBOARDING, facts, ADMIT)
        if refusal is not None:
            self._evaluated(device, assignment, now, refusal)
            self.context.fail(device, assignment, now, "policy_failed", refusal)
            return
        decision, refused = attempt.decision, decide(ONBOARDING, facts, EVALUATE)
        if facts.is_settled and refused is None:
            self._confirm(device, attempt, now)
            return
        waits_for = "" if refused else self._waits_for(device, attempt, now)
        self._evaluated(device, assignment, now, decision, waits_for)
        if refused is not None:
            assignment.is_applied = False
            self.installation.drop(device)
            self.context.fail(device, assignment, now, "policy_failed", refused)
            return
        yield from self._carry_out(env, device, attempt)

    def _attempt(
        self, device: DeviceState, assignment: Assignment, now: Seconds
    ) -> tuple[Attempt, Facts]:
        """Return an attempt under the site's settings at the last poll (DWN-6, TIM-2, MMA-6)."""
        polled = device.last_poll(now)
        decision = self.context.route(device, polled)
        workspace = self.context.site.workspace(assignment.policy, polled)
        package = self.context.package(device, assignment, now)
        facts = self.context.facts(
            device,
            package,
            now,
            route=decision,
            workspace=workspace,
            changes_payload=self._change_of_payload(device, package.payload_name)[0] != "",
        )
        return Attempt(assignment, decision, workspace), facts

    def _facts(self, device: DeviceState, attempt: Attempt, now: Seconds) -> Facts:
        """Return the facts that decide an attempt in progress (TIM-2)."""
        return self.context.facts(
            device,
            self.context.package(device, attempt.assignment, now),
            now,
            route=attempt.decision,
            workspace=attempt.workspace,
        )

    def _evaluated(
        self,
        device: DeviceState,
        assignment: Assignment,
        now: Seconds,
        decision: Decision,
        waits_for: str = "",
    ) -> None:
        """Log an evaluation; the outcome is reported even if the next message leaves before it."""
        self._expect_new_state(device, now)
        self.context.record_for(
            device, assignment, now, "policy_evaluated", decision.rule, waits_for
        )

    def _expect_new_state(self, device: DeviceState, now: Seconds) -> None:
        """Report the outcome even if it is the same as before.

        A message that is already due may leave before the outcome.
        """
        if device.last_report is not None and device.last_report > now:
            device.last_state = ()

    def _apply(
        self, device: DeviceState, assignment: Assignment, now: Seconds, decision: Decision
    ) -> None:
        assignment.is_applied = True
        assignment.sharing = self._sharing(device, assignment, now)
        self.context.record(
            device,
            now,
            "policy_applied",
            decision.rule,
            policy=assignment.policy,
            step=assignment.sharing[1],
        )

    def _sharing(
        self, device: DeviceState, assignment: Assignment, now: Seconds
    ) -> tuple[str, str]:
        return self.context.site.sharing[assignment.policy].at(device.last_poll(now))

    def _confirm(self, device: DeviceState, attempt: Attempt, now: Seconds) -> None:
        """Give an onboarded device the policy's sample sharing and payload, once (POL-2, UPD-2).

        A payload that a script wrote is replaced by the policy's, once (UPD-4). An MMA takes the
        policy's workspace values, and can lose its contact by them (MMA-4, CON-1).
        """
        assignment, decision = attempt.assignment, attempt.decision
        payload = self.context.package(device, assignment, now).payload_name
        choice = self._sharing(device, assignment, now)
        has_values = decision.agent != "mma" or attempt.workspace in ("missing", device.workspace)
        is_applied = assignment.is_applied and assignment.sharing[0] == choice[0] and has_values
        event, rule = self._change_of_payload(device, payload)
        if not is_applied or event:
            self._evaluated(device, assignment, now, decision)
        if not is_applied:
            self._apply(device, assignment, now, decision)
            self.context.report(device, now, "policy_applied", assignment.policy, *choice)
        if event:
            device.scripted = ""
            self.payloads.receive(device, payload, now, event, rule, assignment.policy)
        if not has_values:
            device.workspace = attempt.workspace
            self.contact.look(device, now)

    def _change_of_payload(self, device: DeviceState, payload: str) -> tuple[str, str]:
        """Return the event and rule if the policy's payload replaces the device's; else empty.

        The policy replaces a script's payload once (UPD-4). The payload of an updated policy
        reaches onboarded devices only if the switch is on (UPD-2, UPD-3).
        """
        switches = self.context.scenario.rules
        in_force = device.pending or device.payload
        if in_force == payload:
            return "", ""
        if device.scripted == in_force and switches.drift_reverted:
            return "payload_reverted", "UPD-4"
        if device.scripted != in_force and switches.update_reaches_onboarded:
            return "payload_received", "UPD-3"
        return "", ""

    def _waits_for(self, device: DeviceState, attempt: Attempt, now: Seconds) -> str:
        """Return the cause of the wait after an evaluation; empty if it is only the download."""
        decision = attempt.decision
        if not installs(device.agent, decision.agent) or decision.agent not in device.content:
            return ""
        return self.installation.waits_for_window(device, now)

    def _carry_out(self, env: simpy.Environment, device: DeviceState, attempt: Attempt) -> Story:
        """Install the agent of the route, unless the device has it, and register (MMA-5)."""
        if installs(device.agent, attempt.decision.agent):
            yield from self._install(env, device, attempt)
        else:
            if attempt.decision.agent == "mma":
                now = int(env.now)
                self.context.record_for(device, attempt.assignment, now, "install_skipped", "MMA-5")
            yield from self._register(env, device, attempt)

    def _install(self, env: simpy.Environment, device: DeviceState, attempt: Attempt) -> Story:
        """Download and install an agent as far as possible now; if it is installed, register.

        What has to wait becomes the device's job. Meanwhile the policy is evaluated as usual.
        """
        is_installed = yield from self.installation.install(env, device, attempt)
        if is_installed:
            self.contact.look(device, int(env.now))
            yield from self._register(env, device, attempt)
        elif device.job is not None and device.job.stage != "retry":
            attempt.assignment.evaluate_again(device.busy_since)

    def try_again(self, env: simpy.Environment, device: DeviceState, job: Job) -> Story:
        """Continue a job that waited for time, power or its next attempt (TIM-2, TIM-5).

        The device must still be eligible (OS-3).
        """
        now, device.job = int(env.now), None
        if job.stage == "register":
            yield from self._start_service(env, device, job.attempt)
            return
        refusal = decide(ONBOARDING, self._facts(device, job.attempt, now), ADMIT)
        if refusal is not None:
            self.context.fail(device, job.attempt.assignment, now, "policy_failed", refusal)
            return
        self._expect_new_state(device, now)
        yield from self._carry_out(env, device, job.attempt)

    def _register(self, env: simpy.Environment, device: DeviceState, attempt: Attempt) -> Story:
        """Apply the configuration, then start the service (UPL-1, DWN-2).

        A device that has registered by this route before goes on as it is (CON-1, CON-4).
        """
        assignment, decision = attempt.assignment, attempt.decision
        self._apply(device, assignment, int(env.now), decision)
        if self._facts(device, attempt, int(env.now)).is_settled:
            assignment.complete(device.busy_since)
            self.context.report(device, int(env.now), "policy_applied", device.agent)
            return
        yield from self._start_service(env, device, attempt)

    def _start_service(
        self, env: simpy.Environment, device: DeviceState, attempt: Attempt
    ) -> Story:
        """Start the service and register (MMA-4, FLT-2, FLT-3).

        If the computer is switched off before that, it starts the service at its next power-on.
        """
        assignment, decision = attempt.assignment, attempt.decision
        length = self.context.service_time(device, "service_start")
        is_done = yield from self.installation.work(env, device, length)
        if not is_done:
            on = device.timetable.on.on_at_or_after(int(env.now))
            device.job = Job(attempt, "register", on)
            assignment.evaluate_again(device.busy_since)
            return
        failure = decide(ONBOARDING, self._facts(device, attempt, int(env.now)), REGISTER)
        if failure is None and self._starts_late(device, decision):
            failure = Decision("FLT-3", cause="service_start_failed")
        if failure is None:
            self._finish(device, attempt, int(env.now))
        else:
            self.context.fail(device, assignment, int(env.now), "onboarding_failed", failure)

    def _starts_late(self, device: DeviceState, decision: Decision) -> bool:
        """Draw whether the service starts too late, on the MDE client's route (FLT-3)."""
        if decision.route != "mde_client":
            return False
        after_failure = device.started_late
        share = "service_start_retry_share" if after_failure else "service_start_failure_share"
        device.started_late = self.context.attempt_fails(device, share)
        return device.started_late

    def _finish(self, device: DeviceState, attempt: Attempt, now: Seconds) -> None:
        """Onboard a device: it uses the policy's payload at once, whatever waited (CON-4)."""
        assignment, decision = attempt.assignment, attempt.decision
        device.onboarded_to = self.context.organization
        device.pending = device.scripted = ""
        if decision.agent == "mma":
            device.workspace = attempt.workspace
        device.payload = self.context.package(device, assignment, now).payload_name
        assignment.complete(device.busy_since)
        self.context.record(
            device,
            now,
            "onboarded",
            decision.rule,
            policy=assignment.policy,
            payload=device.payload,
        )
        device.never_reports = self.context.has_fault(device, "status_not_written")
        self.contact.begin(device, now, decision.agent or SENSOR)
        self.context.report(device, now, "onboarded", assignment.policy, str(now))
        self.context.reach_portal(device, now, decision.route)

    def offboard(
        self, env: simpy.Environment, device: DeviceState, assignment: Assignment
    ) -> Story:
        """Offboard a device if its offboarding file is valid (OFF-1, OFF-2, OFF-4, OFF-5).

        The file runs on every eligible member, whether or not it ever onboarded. If the computer
        goes off meanwhile, the policy is evaluated again at power-on.
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
        length = self.context.service_time(device, "service_stop")
        is_done = yield from self.installation.work(env, device, length)
        if not is_done:
            assignment.expect(device.timetable.on.on_at_or_after(int(env.now)))
            assignment.is_interrupted = True
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


@dataclass(frozen=True)
class Scripts:
    """Runs the scripts of one replication."""

    context: ReplicationContext
    payloads: Payloads
    contact: Contact

    def receive(self, device: DeviceState, polled: Seconds, now: Seconds) -> None:
        """Receive, at a poll, the scripts that were deployed or removed (TIM-7).

        A script that is removed before it runs does not run. If it is deployed again after the
        device has noticed the removal, it runs again.
        """
        reaching = self.context.site.scripts_reaching(device.number, polled)
        if not reaching and not device.scripts:
            return
        device.scripts = {name: sent for name, sent in device.scripts.items() if name in reaching}
        for package, deployment in reaching.items():
            if package not in device.scripts:
                device.scripts[package] = deployment
                due = self._due(device, package, now)
                device.wait(SCRIPT, due, partial(self._run, device, deployment), now)

    def _due(self, device: DeviceState, package: str, now: Seconds) -> When:
        """Return when a script runs: within the window, or soon after power-on (TIM-7)."""
        window = max(1, self.context.assumed["script_window"])
        due = now + self.context.draw(device, f"script/{package}", 1, window)
        delay = self.context.draw(device, f"missed_script/{package}", 1, window)
        return lambda _: catch_up(device.timetable.on, due, delay)

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
        )

    def _write(self, device: DeviceState, package: Package, now: Seconds) -> None:
        """Give the device the payload: at its next restart, or at once if it is not onboarded."""
        payload = package.payload_name
        device.scripted = payload
        if not device.onboarded_to:
            device.onboarded_to = self.context.organization
            device.payload = payload
            self.context.record(device, now, "onboarded", "UPD-9", payload=payload)
            self.contact.begin(device, now, means_of(device.traits.os, device.agent))
            self.context.report(device, now, "onboarded", payload, str(now))
            self.context.reach_portal(device, now, "config_file")
        elif payload != (device.pending or device.payload):
            self.payloads.receive(device, payload, now, "payload_received", "UPD-1")
        self._expect_evaluations(device, now)

    def _expect_evaluations(self, device: DeviceState, now: Seconds) -> None:
        """Evaluate each policy again at its next run: the payload may differ from it (UPD-4)."""
        for assignment in device.assignments.values():
            if not assignment.is_awaited:
                assignment.expect(assignment.evaluations.after(now))
