"""The life of a device under policy, told in the order of the product page.

Receive policies at the next poll, evaluate, decide by the rules, install an agent where the route
needs one, apply the configuration, report. One SimPy process a device, woken only when something
can change. The rules decide (`reference`), the schedules say when, the streams hold the dice;
here is only what follows what.
"""

from collections.abc import Generator, Mapping
from typing import Any

import simpy

from sim.eventlog import LogWriter
from sim.fleet.schedules import Grid
from sim.fleet.streams import Streams
from sim.kernel.client import Assignment, Client, Retry
from sim.kernel.site import Deployment, Site
from sim.reference import onboarding as rules
from sim.scenario.calendar import SiteClock
from sim.scenario.model import Scenario
from sim.units import Seconds

Story = Generator[simpy.Event, Any, None]


class Lifecycle:
    """What all devices of one replication share: the site, the rules' switches and the dice."""

    def __init__(
        self,
        scenario: Scenario,
        site: Site,
        clock: SiteClock,
        streams: Streams,
        log: LogWriter,
        assumed: Mapping[str, int],
    ) -> None:
        self.scenario = scenario
        self.site = site
        self.clock = clock
        self.streams = streams
        self.log = log
        self.assumed = assumed
        self.chance = scenario.faults == "drawn"
        self.organization = scenario.organization

    def notify(self, env: simpy.Environment, client: Client) -> None:
        """Tell a device that its next poll will find something new; plan steps do this.

        A device whose ConfigMgr client does not work never hears of anything (PRE-2, FLT-1).
        """
        if not client.traits.is_managed or client.traits.client != "active":
            return
        now = int(env.now)
        client.news_at = now
        if client.next_poll is None:
            client.next_poll = client.polls.at_or_after(now)
        if client.process is None:
            client.process = env.process(self.follow_policies(env, client))
        elif client.news is not None and not client.news.triggered:
            client.news.succeed()

    def follow_policies(self, env: simpy.Environment, client: Client) -> Story:
        """Poll, evaluate and retry, one thing at a time (TIM-1, TIM-2)."""
        while True:
            yield from self._rest(env, client)
            now = int(env.now)
            if client.next_poll is not None and client.next_poll <= now:
                self.receive(client, now)
            for assignment in _due(client, now):
                yield from self.evaluate(env, client, assignment)
            if client.retry is not None and client.retry.due <= int(env.now):
                yield from self.try_again(env, client, client.retry)

    def _rest(self, env: simpy.Environment, client: Client) -> Story:
        """Wait for the next thing to do, or for news that brings it forward."""
        while True:
            due = client.next_due()
            if due is not None and due <= env.now:
                return
            client.news = env.event()
            if due is None:
                yield client.news
            else:
                yield client.news | env.timeout(due - int(env.now))
            client.news = None

    def receive(self, client: Client, now: Seconds) -> None:
        """Take notice, at a poll, of policies that arrived or were withdrawn (TIM-1, POL-7)."""
        polled = self._known(client, now)
        is_news_left = client.news_at > polled
        client.next_poll = client.polls.at_or_after(client.news_at) if is_news_left else None
        reaching = self.site.reaching(client.number, polled)
        for policy in [name for name in client.assignments if name not in reaching]:
            self._forget(client, policy)
        for policy, deployment in reaching.items():
            known = client.assignments.get(policy)
            if known is not None:
                known.deployment = deployment
                self._look_again(known, now)
            elif not self.site.is_paused(policy, polled):
                self._arrive(client, policy, deployment, now)

    def _arrive(self, client: Client, policy: str, deployment: Deployment, now: Seconds) -> None:
        number = client.arrivals.get(policy, 0)
        client.arrivals[policy] = number + 1
        window = self.assumed["first_evaluation_window"]
        delay = self.streams.between(f"first_evaluation/{policy}", client.key, 1, window, number)
        grid = Grid(now + delay, self.assumed["evaluation_interval"])
        client.assignments[policy] = Assignment(policy, deployment, grid, grid.phase)
        self.log.record(now, client.number, "policy_received", rule="TIM-1", policy=policy)

    @staticmethod
    def _forget(client: Client, policy: str) -> None:
        del client.assignments[policy]
        if client.retry is not None and client.retry.assignment.policy == policy:
            client.retry = None
        for other in client.assignments.values():
            other.in_conflict = False

    @staticmethod
    def _look_again(assignment: Assignment, now: Seconds) -> None:
        """Something about the site changed: see it at the next scheduled evaluation (TIM-2)."""
        if assignment.due is None:
            assignment.due = assignment.evaluations.at_or_after(now)

    def evaluate(self, env: simpy.Environment, client: Client, assignment: Assignment) -> Story:
        """Evaluate one policy: bring the device to what it wants, or fail (POL-5, TIM-2)."""
        assignment.due = None
        if self._conflicts(client, assignment, int(env.now)):
            return
        if self.site.policies[assignment.policy].kind == "onboarding":
            yield from self.onboard(env, client, assignment)
        else:
            yield from self.offboard(env, client, assignment)

    def _conflicts(self, client: Client, assignment: Assignment, now: Seconds) -> bool:
        """Say whether another policy forbids this one to act, and log it once (POL-5)."""
        kinds = {self.site.policies[name].kind for name in client.assignments}
        ruling = min(client.assignments.values(), key=lambda other: other.deployment.number)
        if len(kinds) == 1 and ruling is assignment:
            return False
        if not assignment.in_conflict:
            assignment.in_conflict = True
            self.log.record(
                now,
                client.number,
                "policy_conflict",
                cause="policy_conflict",
                rule="POL-5",
                policy=assignment.policy,
            )
            self.report(client, now, "policy_conflict", assignment.policy)
        return True

    def onboard(self, env: simpy.Environment, client: Client, assignment: Assignment) -> Story:
        """Decide eligibility, route and workspace values, then install and apply."""
        now = int(env.now)
        refusal = self._eligibility(client, now)
        if refusal.refused:
            self._evaluated(client, assignment, now, refusal)
            self._fail(client, assignment, now, "policy_failed", refusal)
            return
        decision = self._route(client, now)
        needs_agent = rules.installs(client.agent, decision.agent)
        if client.onboarded_to == self.organization and not needs_agent:
            self._confirm(client, assignment, now, decision)
            return
        self._evaluated(client, assignment, now, decision)
        workspace = self._workspace(client, assignment, now)
        refused = rules.workspace_gate(decision, workspace) or self._elsewhere(client, assignment)
        if refused is not None:
            self._fail(client, assignment, now, "policy_failed", refused)
            return
        yield from self.install(env, client, assignment, decision)

    def _eligibility(self, client: Client, now: Seconds) -> rules.Decision:
        return rules.eligibility(
            client.traits,
            subscription=self.scenario.site.subscription,
            windows_10_minimum=self.scenario.rules.windows_10_minimum,
            end_of_support=self.scenario.rules.end_of_support,
            on=self.clock.date_at(now),
            onboarded=client.onboarded_to != "",
        )

    def _route(self, client: Client, now: Seconds) -> rules.Decision:
        """Decide the route anew, as the site was at the last poll (DWN-6)."""
        return rules.route(
            client.traits,
            downlevel_client=self.site.downlevel_client(client.number, self._known(client, now)),
            site_version=self.site.version,
            client_version=client.traits.client_version,
            agent=client.agent,
        )

    def _workspace(self, client: Client, assignment: Assignment, now: Seconds) -> str:
        return self.site.workspace(assignment.policy, self._known(client, now))

    @staticmethod
    def _known(client: Client, now: Seconds) -> Seconds:
        """Return the last poll: the device knows the site as it was then (TIM-1)."""
        last = client.polls.at_or_before(now)
        return 0 if last is None else last

    def _elsewhere(self, client: Client, assignment: Assignment) -> rules.Decision | None:
        """Refuse what would need another organization than the site's (UPD-7)."""
        package = self.site.package_of(assignment.policy)
        held = rules.organization_gate(client.onboarded_to, package.organization)
        return held or rules.organization_gate(self.organization, package.organization)

    def _confirm(
        self, client: Client, assignment: Assignment, now: Seconds, decision: rules.Decision
    ) -> None:
        """A device that is onboarded already takes the policy's choices once (POL-2, UPD-2)."""
        if not assignment.is_applied:
            self._evaluated(client, assignment, now, decision)
            self._apply(client, assignment, now, decision)
            self.report(client, now, "policy_applied", assignment.policy)

    def install(
        self,
        env: simpy.Environment,
        client: Client,
        assignment: Assignment,
        decision: rules.Decision,
    ) -> Story:
        """Install the agent that the route needs, if it is not there (DWN-2, DWN-7, MMA-5)."""
        client.retry = None
        if rules.installs(client.agent, decision.agent):
            yield from self._fetch(env, client, assignment, decision)
            failure = yield from self._run_installer(env, client, assignment, decision)
            if failure is not None:
                self._fail(client, assignment, int(env.now), "install_failed", failure)
                due = int(env.now) + self.assumed["install_retry_interval"]
                client.retry = Retry(due, assignment, decision)
                return
        elif decision.agent == "mma":
            self._log(client, assignment, int(env.now), "install_skipped", "MMA-5")
        yield from self.register(env, client, assignment, decision)

    def _fetch(
        self,
        env: simpy.Environment,
        client: Client,
        assignment: Assignment,
        decision: rules.Decision,
    ) -> Story:
        """Download the installer once; it stays in the client's cache."""
        if decision.agent in client.content:
            return
        bits = 8 * self.assumed[f"{decision.agent}_content"]
        rate = 1_000_000 * self.assumed["content_megabits_per_second"]
        yield env.timeout(max(1, -(-bits // rate)))
        client.content.add(decision.agent)
        self._log(client, assignment, int(env.now), "content_downloaded", decision.rule)

    def _run_installer(
        self,
        env: simpy.Environment,
        client: Client,
        assignment: Assignment,
        decision: rules.Decision,
    ) -> Generator[simpy.Event, Any, rules.Decision | None]:
        """Run the installer and return why it failed, or None (DWN-4, DWN-5, FLT-4, FLT-5)."""
        self._log(client, assignment, int(env.now), "install_started", decision.rule)
        yield env.timeout(self.assumed[f"{decision.agent}_install"])
        failure = rules.install_gates(client.traits, decision.route)
        if failure is None and self._spoils(client, "install_failure_share"):
            failure = rules.Decision("FLT-4", cause="install_failed")
        if failure is None:
            client.agent = rules.with_agent(client.agent, decision.agent)
            client.agent_version = ""
            self._log(client, assignment, int(env.now), "agent_installed", decision.rule)
        return failure

    def try_again(self, env: simpy.Environment, client: Client, retry: Retry) -> Story:
        """Repeat a failed agent install, by the route that the last evaluation chose (TIM-2)."""
        yield from self.install(env, client, retry.assignment, retry.decision)

    def register(
        self,
        env: simpy.Environment,
        client: Client,
        assignment: Assignment,
        decision: rules.Decision,
    ) -> Story:
        """Apply the configuration, start the service and register (UPL-1, MMA-4, FLT-2, FLT-3)."""
        workspace = self._workspace(client, assignment, int(env.now))
        self._apply(client, assignment, int(env.now), decision)
        if client.onboarded_to == self.organization:
            self.report(client, int(env.now), "policy_applied", client.agent)
            return
        low, high = self.assumed["sense_start_min"], self.assumed["sense_start_max"]
        yield env.timeout(
            self.streams.between("sense_start", client.key, low, high, client.attempts)
        )
        failure = rules.registration_gates(
            client.traits, decision.route, workspace, rules.mma_outdated(client.agent_version)
        )
        if failure is None and self._service_fails(client, decision):
            failure = rules.Decision("FLT-3", cause="service_start_failed")
        if failure is None:
            self._finish(client, assignment, int(env.now), decision)
        else:
            self._fail(client, assignment, int(env.now), "onboarding_failed", failure)

    def _service_fails(self, client: Client, decision: rules.Decision) -> bool:
        share = "service_start_failure_share" if client.attempts == 0 else "service_start_retry_share"
        return decision.route == "mde_client" and self._spoils(client, share)

    def _spoils(self, client: Client, share: str) -> bool:
        """Draw whether chance spoils this attempt (FLT-3, FLT-4); never under `faults: none`."""
        number = client.attempts
        return self.chance and self.streams.happens(share, client.key, self.assumed[share], number)

    def _finish(
        self, client: Client, assignment: Assignment, now: Seconds, decision: rules.Decision
    ) -> None:
        client.onboarded_to = self.organization
        client.payload = self.site.package_of(assignment.policy).payload_name
        self.log.record(
            now,
            client.number,
            "onboarded",
            rule=decision.rule,
            policy=assignment.policy,
            payload=client.payload,
        )
        self.report(client, now, "onboarded", assignment.policy)
        self._reach_portal(client, now)

    def offboard(self, env: simpy.Environment, client: Client, assignment: Assignment) -> Story:
        """Offboard a device whose offboarding file is valid for it (OFF-1, OFF-2, OFF-4, OFF-5)."""
        now = int(env.now)
        if not client.onboarded_to:
            return
        package = self.site.package_of(assignment.policy)
        self._log(client, assignment, now, "policy_evaluated", "OFF-1")
        refused = rules.offboarding_gate(
            package_org=package.organization,
            device_org=client.onboarded_to,
            downloaded=package.downloaded or self.clock.date_at(0),
            on=self.clock.date_at(now),
            validity=self.scenario.rules.offboarding_validity,
            systems=package.systems,
            os=client.traits.os,
        )
        if refused is not None:
            self._fail(client, assignment, now, "offboarding_failed", refused)
            return
        low, high = self.assumed["sense_start_min"], self.assumed["sense_start_max"]
        yield env.timeout(self.streams.between("offboarding", client.key, low, high))
        now = int(env.now)
        client.onboarded_to = client.payload = ""
        self._log(client, assignment, now, "offboarded", "OFF-1")
        if "mma" in client.agent and rules.removes_mma(package.systems):
            client.agent = rules.without_mma(client.agent)
            self._log(client, assignment, now, "agent_removed", "OFF-1")
        self.report(client, now, "offboarded", assignment.policy)

    def _evaluated(
        self, client: Client, assignment: Assignment, now: Seconds, decision: rules.Decision
    ) -> None:
        self._log(client, assignment, now, "policy_evaluated", decision.rule)

    def _apply(
        self, client: Client, assignment: Assignment, now: Seconds, decision: rules.Decision
    ) -> None:
        assignment.is_applied = True
        self._log(client, assignment, now, "policy_applied", decision.rule)

    def _log(
        self, client: Client, assignment: Assignment, now: Seconds, event: str, rule: str
    ) -> None:
        self.log.record(now, client.number, event, rule=rule, policy=assignment.policy)

    def _fail(
        self,
        client: Client,
        assignment: Assignment,
        now: Seconds,
        event: str,
        refusal: rules.Decision,
    ) -> None:
        """Log a failure, report it, and come back at the next scheduled evaluation (TIM-2)."""
        client.attempts += 1
        assignment.due = assignment.evaluations.after(now)
        self.log.record(
            now,
            client.number,
            event,
            cause=refusal.cause,
            rule=refusal.rule,
            policy=assignment.policy,
        )
        self.report(client, now, event, refusal.cause, assignment.policy, client.agent)

    def report(self, client: Client, now: Seconds, *state: str) -> None:
        """Send a new state with the next state message, strictly later than now (TIM-3).

        A state that was sent before is not sent again: it would change nothing.
        """
        if state == client.last_state:
            return
        client.last_state = state
        slot = client.messages.after(now)
        if slot != client.last_report:
            client.last_report = slot
            self.log.record(slot, client.number, "reported", rule="TIM-3")

    def _reach_portal(self, client: Client, now: Seconds) -> None:
        low, high = self.assumed["portal_delay_min"], self.assumed["portal_delay_max"]
        delay = self.streams.between("portal_delay", client.key, low, high)
        self.log.record(now + delay, client.number, "portal_seen", rule="MON-4")


def _due(client: Client, now: Seconds) -> list[Assignment]:
    """Return the policies whose evaluation is due, in order of deployment."""
    due = [a for a in client.assignments.values() if a.due is not None and a.due <= now]
    return sorted(due, key=lambda assignment: assignment.deployment.number)
