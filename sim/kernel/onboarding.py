"""What a policy's evaluation does to a device, in the order of the product page.

Decide eligibility, route and workspace values; install an agent where the route needs one; apply
the configuration; start the service and register. Every decision comes from `reference`.
"""

from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

import simpy

from sim.kernel.contact import Contact
from sim.kernel.context import ReplicationContext
from sim.kernel.device_state import Assignment, Attempt, DeviceState, Job
from sim.kernel.installation import Installation
from sim.kernel.payloads import Payloads
from sim.reference.attempts import ADMIT, EVALUATE, ONBOARDING, REGISTER, Facts, decide
from sim.reference.decisions import Decision
from sim.reference.routes import installs
from sim.units import Seconds

Story = Generator[simpy.Event, Any, None]


@dataclass(frozen=True)
class Onboarding:
    """Onboards the devices of one replication."""

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
            self._confirm(device, assignment, now, decision)
            return
        waits_for = "" if refused else self._waits_for(device, attempt, now)
        self._evaluated(device, assignment, now, decision, waits_for)
        if refused is not None:
            self.installation.drop(device)
            self.context.fail(device, assignment, now, "policy_failed", refused)
            return
        yield from self._carry_out(env, device, attempt)

    @property
    def _organization(self) -> str:
        return self.context.organization

    def _attempt(
        self, device: DeviceState, assignment: Assignment, now: Seconds
    ) -> tuple[Attempt, Facts]:
        """Return an attempt by the site as it was at the last poll (DWN-6, TIM-2, MMA-6)."""
        known = device.last_poll(now)
        decision = self.context.route(device, known)
        workspace = self.context.site.workspace(assignment.policy, known)
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
        """Return what an attempt that is under way is decided from (TIM-2)."""
        return self.context.facts(
            device,
            self.context.package(device, attempt.assignment, now),
            now,
            route=attempt.decision,
            workspace=attempt.workspace,
            lacks_component=self.context.lacks_component(device),
        )

    def _evaluated(
        self,
        device: DeviceState,
        assignment: Assignment,
        now: Seconds,
        decision: Decision,
        waits_for: str = "",
    ) -> None:
        """Log an evaluation; a report on its way now may leave before the outcome is known."""
        self._expect_new_state(device, now)
        self.context.record_for(
            device, assignment, now, "policy_evaluated", decision.rule, waits_for
        )

    def _expect_new_state(self, device: DeviceState, now: Seconds) -> None:
        """Let the outcome be told even if it is the old one: a message may leave before it."""
        if device.last_report is not None and device.last_report > now:
            device.last_state = ()

    def _apply(
        self, device: DeviceState, assignment: Assignment, now: Seconds, decision: Decision
    ) -> None:
        assignment.is_applied = True
        assignment.sharing = self.context.site.sharing(assignment.policy, device.last_poll(now))
        self.context.record(
            device,
            now,
            "policy_applied",
            decision.rule,
            policy=assignment.policy,
            step=assignment.sharing[1],
        )

    def _confirm(
        self, device: DeviceState, assignment: Assignment, now: Seconds, decision: Decision
    ) -> None:
        """A device that is onboarded already takes the policy's choices, once (POL-2, UPD-2).

        A payload that a script has put in place of the policy's is taken back, once (UPD-4).
        """
        payload = self.context.package(device, assignment, now).payload_name
        choice = self.context.site.sharing(assignment.policy, device.last_poll(now))
        is_applied = assignment.is_applied and assignment.sharing[0] == choice[0]
        event, rule = self._change_of_payload(device, payload)
        if not is_applied or event:
            self._evaluated(device, assignment, now, decision)
        if not is_applied:
            self._apply(device, assignment, now, decision)
            self.context.report(device, now, "policy_applied", assignment.policy, *choice)
        if event:
            device.scripted = ""
            self.payloads.receive(device, payload, now, event, rule, assignment.policy)

    def _change_of_payload(self, device: DeviceState, payload: str) -> tuple[str, str]:
        """Return the event and rule by which a policy's payload replaces a device's; empty: none.

        What a script wrote is taken back, once (UPD-4); what an updated policy hands out reaches
        devices already onboarded only where the switch says so (UPD-2, UPD-3).
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
        """Return what an evaluation lets the device wait for, where that is not the download."""
        decision = attempt.decision
        if not installs(device.agent, decision.agent) or decision.agent not in device.content:
            return ""
        return self.installation.waits_for_window(device, now)

    def _carry_out(self, env: simpy.Environment, device: DeviceState, attempt: Attempt) -> Story:
        """Install the agent that the route needs, if it is not there, and register (MMA-5)."""
        if installs(device.agent, attempt.decision.agent):
            yield from self._install(env, device, attempt)
        else:
            if attempt.decision.agent == "mma":
                now = int(env.now)
                self.context.record_for(device, attempt.assignment, now, "install_skipped", "MMA-5")
            yield from self._register(env, device, attempt)

    def _install(self, env: simpy.Environment, device: DeviceState, attempt: Attempt) -> Story:
        """Fetch and install an agent as far as that goes now; go on with what that makes possible.

        What has to wait is the device's job from now on, and the policy is evaluated meanwhile.
        """
        is_installed = yield from self.installation.install(env, device, attempt)
        if is_installed:
            yield from self._register(env, device, attempt)
        elif device.job is not None and device.job.stage != "retry":
            attempt.assignment.evaluate_again(device.busy_since)

    def try_again(self, env: simpy.Environment, device: DeviceState, job: Job) -> Story:
        """Go on with a job that waited for time, power or its next attempt (TIM-2, TIM-5).

        Only on a device that may still take part (OS-3).
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
        """Apply the configuration, then start the service (UPL-1, DWN-2)."""
        assignment, decision = attempt.assignment, attempt.decision
        self._apply(device, assignment, int(env.now), decision)
        if device.onboarded_to == self._organization:
            assignment.complete(device.busy_since)
            self.context.report(device, int(env.now), "policy_applied", device.agent)
            return
        yield from self._start_service(env, device, attempt)

    def _start_service(
        self, env: simpy.Environment, device: DeviceState, attempt: Attempt
    ) -> Story:
        """Start the service and register (MMA-4, FLT-2, FLT-3).

        A computer that goes off before that is done starts the service at its next power-on.
        """
        assignment, decision = attempt.assignment, attempt.decision
        lasts = self.context.service_time(device, "service_start")
        is_done = yield from self.installation.work(env, device, lasts)
        if not is_done:
            on = device.timetable.on.on_at_or_after(int(env.now))
            device.job = Job(attempt, "register", on)
            assignment.evaluate_again(device.busy_since)
            return
        failure = decide(ONBOARDING, self._facts(device, attempt, int(env.now)), REGISTER)
        if failure is None and self._starts_late(device, decision):
            failure = Decision("FLT-3", cause="service_start_failed")
        if failure is None:
            self._finish(device, assignment, int(env.now), decision)
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

    def _finish(
        self, device: DeviceState, assignment: Assignment, now: Seconds, decision: Decision
    ) -> None:
        device.onboarded_to = self._organization
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
        self.contact.begin(device, now)
        self.context.report(device, now, "onboarded", assignment.policy)
        self.context.reach_portal(device, now, decision.route)
