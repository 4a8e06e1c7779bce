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

    shared: ReplicationContext
    contact: Contact
    installation: Installation
    payloads: Payloads

    def onboard(self, env: simpy.Environment, client: DeviceState, assignment: Assignment) -> Story:
        """Carry out an onboarding policy on a device (UPL-1, DWN-2, MMA-1, POL-2)."""
        now = int(env.now)
        attempt, facts = self._attempt(client, assignment, now)
        refusal = decide(ONBOARDING, facts, ADMIT)
        if refusal is not None:
            self._evaluated(client, assignment, now, refusal)
            self.shared.fail(client, assignment, now, "policy_failed", refusal)
            return
        decision, refused = attempt.decision, decide(ONBOARDING, facts, EVALUATE)
        if facts.is_settled and refused is None:
            self._confirm(client, assignment, now, decision)
            return
        waits_for = "" if refused else self._waits_for(client, attempt, now)
        self._evaluated(client, assignment, now, decision, waits_for)
        if refused is not None:
            self.installation.drop(client)
            self.shared.fail(client, assignment, now, "policy_failed", refused)
            return
        yield from self._carry_out(env, client, attempt)

    @property
    def _organization(self) -> str:
        return self.shared.organization

    def _attempt(
        self, client: DeviceState, assignment: Assignment, now: Seconds
    ) -> tuple[Attempt, Facts]:
        """Return an attempt by the site as it was at the last poll (DWN-6, TIM-2, MMA-6)."""
        known = client.last_poll(now)
        decision = self.shared.route(client, known)
        workspace = self.shared.site.workspace(assignment.policy, known)
        package = self.shared.package(client, assignment, now)
        facts = self.shared.facts(
            client,
            package,
            now,
            route=decision,
            workspace=workspace,
            changes_payload=self._change_of_payload(client, package.payload_name)[0] != "",
        )
        return Attempt(assignment, decision, workspace), facts

    def _facts(self, client: DeviceState, attempt: Attempt, now: Seconds) -> Facts:
        """Return what an attempt that is under way is decided from (TIM-2)."""
        return self.shared.facts(
            client,
            self.shared.package(client, attempt.assignment, now),
            now,
            route=attempt.decision,
            workspace=attempt.workspace,
            lacks_component=self.shared.lacks_component(client),
        )

    def _evaluated(
        self,
        client: DeviceState,
        assignment: Assignment,
        now: Seconds,
        decision: Decision,
        waits_for: str = "",
    ) -> None:
        """Log an evaluation; a report on its way now may leave before the outcome is known."""
        self._expect_new_state(client, now)
        self.shared.note(client, assignment, now, "policy_evaluated", decision.rule, waits_for)

    def _expect_new_state(self, client: DeviceState, now: Seconds) -> None:
        """Let the outcome be told even if it is the old one: a message may leave before it."""
        if client.last_report is not None and client.last_report > now:
            client.last_state = ()

    def _apply(
        self, client: DeviceState, assignment: Assignment, now: Seconds, decision: Decision
    ) -> None:
        assignment.is_applied = True
        assignment.sharing = self.shared.site.sharing(assignment.policy, client.last_poll(now))
        self.shared.record(
            client,
            now,
            "policy_applied",
            decision.rule,
            policy=assignment.policy,
            step=assignment.sharing[1],
        )

    def _confirm(
        self, client: DeviceState, assignment: Assignment, now: Seconds, decision: Decision
    ) -> None:
        """A device that is onboarded already takes the policy's choices, once (POL-2, UPD-2).

        A payload that a script has put in place of the policy's is taken back, once (UPD-4).
        """
        payload = self.shared.package(client, assignment, now).payload_name
        choice = self.shared.site.sharing(assignment.policy, client.last_poll(now))
        is_applied = assignment.is_applied and assignment.sharing[0] == choice[0]
        event, rule = self._change_of_payload(client, payload)
        if not is_applied or event:
            self._evaluated(client, assignment, now, decision)
        if not is_applied:
            self._apply(client, assignment, now, decision)
            self.shared.report(client, now, "policy_applied", assignment.policy, *choice)
        if event:
            client.scripted = ""
            self.payloads.receive(client, payload, now, event, rule, assignment.policy)

    def _change_of_payload(self, client: DeviceState, payload: str) -> tuple[str, str]:
        """Return the event and rule by which a policy's payload replaces a device's; empty: none.

        What a script wrote is taken back, once (UPD-4); what an updated policy hands out reaches
        devices already onboarded only where the switch says so (UPD-2, UPD-3).
        """
        switches = self.shared.scenario.rules
        in_force = client.pending or client.payload
        if in_force == payload:
            return "", ""
        if client.scripted == in_force and switches.drift_reverted:
            return "payload_reverted", "UPD-4"
        if client.scripted != in_force and switches.update_reaches_onboarded:
            return "payload_received", "UPD-3"
        return "", ""

    def _waits_for(self, client: DeviceState, attempt: Attempt, now: Seconds) -> str:
        """Return what an evaluation lets the device wait for, where that is not the download."""
        decision = attempt.decision
        if not installs(client.agent, decision.agent) or decision.agent not in client.content:
            return ""
        return self.installation.waits_for_window(client, now)

    def _carry_out(self, env: simpy.Environment, client: DeviceState, attempt: Attempt) -> Story:
        """Install the agent that the route needs, if it is not there, and register (MMA-5)."""
        if installs(client.agent, attempt.decision.agent):
            yield from self._install(env, client, attempt)
        else:
            if attempt.decision.agent == "mma":
                now = int(env.now)
                self.shared.note(client, attempt.assignment, now, "install_skipped", "MMA-5")
            yield from self._register(env, client, attempt)

    def _install(self, env: simpy.Environment, client: DeviceState, attempt: Attempt) -> Story:
        """Fetch and install an agent as far as that goes now; go on with what that makes possible.

        What has to wait is the device's job from now on, and the policy is evaluated meanwhile.
        """
        is_installed = yield from self.installation.install(env, client, attempt)
        if is_installed:
            yield from self._register(env, client, attempt)
        elif client.job is not None and client.job.stage != "retry":
            attempt.assignment.expect_next(client.at_work_since)

    def try_again(self, env: simpy.Environment, client: DeviceState, job: Job) -> Story:
        """Go on with a job that waited for time, power or its next attempt (TIM-2, TIM-5).

        Only on a device that may still take part (OS-3).
        """
        now, client.job = int(env.now), None
        if job.stage == "register":
            yield from self._start_service(env, client, job.attempt)
            return
        refusal = decide(ONBOARDING, self._facts(client, job.attempt, now), ADMIT)
        if refusal is not None:
            self.shared.fail(client, job.attempt.assignment, now, "policy_failed", refusal)
            return
        self._expect_new_state(client, now)
        yield from self._carry_out(env, client, job.attempt)

    def _register(self, env: simpy.Environment, client: DeviceState, attempt: Attempt) -> Story:
        """Apply the configuration, then start the service (UPL-1, DWN-2)."""
        assignment, decision = attempt.assignment, attempt.decision
        self._apply(client, assignment, int(env.now), decision)
        if client.onboarded_to == self._organization:
            assignment.settle(client.at_work_since)
            self.shared.report(client, int(env.now), "policy_applied", client.agent)
            return
        yield from self._start_service(env, client, attempt)

    def _start_service(
        self, env: simpy.Environment, client: DeviceState, attempt: Attempt
    ) -> Story:
        """Start the service and register (MMA-4, FLT-2, FLT-3).

        A computer that goes off before that is done starts the service at its next power-on.
        """
        assignment, decision = attempt.assignment, attempt.decision
        lasts = self.shared.service_time(client, "service_start")
        is_done = yield from self.installation.work(env, client, lasts)
        if not is_done:
            on = client.timetable.on.on_at_or_after(int(env.now))
            client.job = Job(attempt, "register", on)
            assignment.expect_next(client.at_work_since)
            return
        failure = decide(ONBOARDING, self._facts(client, attempt, int(env.now)), REGISTER)
        if failure is None and self._starts_late(client, decision):
            failure = Decision("FLT-3", cause="service_start_failed")
        if failure is None:
            self._finish(client, assignment, int(env.now), decision)
        else:
            self.shared.fail(client, assignment, int(env.now), "onboarding_failed", failure)

    def _starts_late(self, client: DeviceState, decision: Decision) -> bool:
        """Draw whether the service starts too late, on the MDE client's route (FLT-3)."""
        if decision.route != "mde_client":
            return False
        after_failure = client.started_late
        share = "service_start_retry_share" if after_failure else "service_start_failure_share"
        client.started_late = self.shared.spoils(client, share)
        return client.started_late

    def _finish(
        self, client: DeviceState, assignment: Assignment, now: Seconds, decision: Decision
    ) -> None:
        client.onboarded_to = self._organization
        client.payload = self.shared.package(client, assignment, now).payload_name
        assignment.settle(client.at_work_since)
        self.shared.record(
            client,
            now,
            "onboarded",
            decision.rule,
            policy=assignment.policy,
            payload=client.payload,
        )
        client.is_mute = self.shared.is_afflicted(client, "status_not_written")
        self.contact.begin(client, now)
        self.shared.report(client, now, "onboarded", assignment.policy)
        self.shared.reach_portal(client, now, decision.route)
