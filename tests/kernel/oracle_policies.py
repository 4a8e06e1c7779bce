"""Policies on a device of the naive model: polls, evaluations, conflicts, decisions."""

from bisect import bisect_right
from dataclasses import dataclass

from sim.reference.decisions import Decision
from sim.reference.gates import workspace_gate
from sim.reference.routes import eligibility, mma_outdated, route
from tests.kernel.oracle_site import Deployed
from tests.kernel.oracle_spans import NEVER, occurrences
from tests.reference.first_refusals import offboarding_gate, registration_gates


@dataclass
class Held:
    """A policy on the device."""

    deployment: Deployed
    evaluations: list
    """When it would be evaluated, were there no maintenance windows."""
    evaluated: int
    applied: bool = False
    in_conflict: bool = False


class Policies:
    """A part of `NaiveDevice`."""

    def notice(self):
        """Receive what the last poll brought."""
        reaching = self.then.reaching(self.number)
        for policy in list(self.held):
            is_gone = policy not in reaching
            if is_gone or reaching[policy].since > self.noticed:
                del self.held[policy]
                if self.pending is not None and self.pending.policy == policy:
                    self.pending = None
        for policy, deployment in reaching.items():
            if policy in self.held:
                self.held[policy].deployment = deployment
            elif policy not in self.then.paused:
                self.held[policy] = Held(deployment, self._evaluations(policy), self.now)
                self.log("policy_received", rule="TIM-1", policy=policy)
        self.noticed = self.polled

    def _evaluations(self, policy):
        window = self.assumed["first_evaluation_window"]
        first = self.now + self.draw(f"first_evaluation/{policy}", 1, window)
        longest = max(1, self.assumed["missed_evaluation_window"])

        def late(number):
            return self.streams.between(f"missed_evaluation/{policy}", self.key, 1, longest, number)

        interval, until = self.assumed["evaluation_interval"], self.scenario.horizon
        return occurrences(self.on, first, interval, until, late)

    def due(self):
        """Return the policy to evaluate now, the one deployed first."""
        due = [name for name in self.held if self._evaluation_of(name) == self.now]
        return min(due, key=lambda name: self.held[name].deployment.number, default=None)

    def _evaluation_of(self, policy):
        held = self.held[policy]
        place = bisect_right(held.evaluations, held.evaluated)
        if place == len(held.evaluations):
            return NEVER
        instant = max(held.evaluations[place], self.now)
        if self.scenario.rules.evaluation_outside_windows:
            return self.on.first(instant)
        return self.free(instant, 1)

    def evaluations_later(self):
        return [self._evaluation_of(policy) for policy in self.held]

    def conflict(self, policy):
        held = self.held[policy]
        kinds = {self.policies[name].kind for name in self.held}
        first = min(self.held, key=lambda name: self.held[name].deployment.number)
        if len(kinds) == 1 and first == policy:
            held.in_conflict = False
            return False
        if not held.in_conflict:
            held.in_conflict, held.applied = True, False
            self.log("policy_conflict", cause="policy_conflict", rule="POL-5", policy=policy)
            self.outcome("policy_conflict", policy)
        return True

    def evaluate(self, policy):
        held = self.held[policy]
        held.evaluated = self.now
        if self.pending is not None and self.pending.policy == policy:
            self.pending = None
        if self.conflict(policy):
            return
        if self.policies[policy].kind == "onboarding":
            yield from self.onboard(policy, held)
        else:
            yield from self.offboard(policy, held)

    def may_take_part(self):
        return eligibility(
            self.traits,
            subscription=self.scenario.site.subscription,
            windows_10_minimum=self.scenario.rules.windows_10_minimum,
            end_of_support=self.scenario.rules.end_of_support,
            on=self.setting.clock.date_at(self.now),
            onboarded=self.organization != "",
        )

    def way(self):
        """Decide the route again, as the site was at the last poll."""
        return route(
            self.traits,
            downlevel_client=self.then.downlevel_client(self.number),
            site_version=self.scenario.site.version,
            client_version=self.traits.client_version,
            agent=self.traits.agent,
        )

    def refusal(self, policy, way, workspace, done):
        """Return why the attempt fails before anything is installed."""
        package = self.packages[self.policies[policy].package]
        own = self.own
        refused = None
        if not done:
            refused = workspace_gate(way, workspace)
        if refused is None and package.organization not in (self.organization or own,):
            refused = Decision("UPD-7", cause="other_organization")
        if refused is None and package.organization != own:
            refused = Decision("UPD-7", cause="other_organization")
        streamlined = package.connectivity == "streamlined"
        if refused is None and not self.organization and streamlined and way.route == "mma":
            refused = Decision("UPD-8", cause="payload_not_eligible")
        return refused

    def offboarding_refusal(self, policy):
        package = self.packages[self.policies[policy].package]
        return offboarding_gate(
            package_org=package.organization,
            device_org=self.organization or package.organization,
            downloaded=package.downloaded or self.scenario.start.date(),
            on=self.setting.clock.date_at(self.now),
            validity=self.scenario.rules.offboarding_validity,
            systems=package.systems,
            os=self.traits.os,
        )

    def registration_refusal(self, way, workspace):
        """Return why the service does not start or does not register this time."""
        wrong = self.lasting_refusal(way, workspace)
        if wrong is None and way.route == "mde_client":
            share = "service_start_retry_share" if self.late else "service_start_failure_share"
            self.late = self.bad_luck(share)
            if self.late:
                wrong = Decision("FLT-3", cause="service_start_failed")
        return wrong

    def lasting_refusal(self, way, workspace):
        """Return what would refuse every attempt."""
        if self.traits.os == "windows-11-24h2" and self.is_fated("sense_missing_share"):
            return Decision("FLT-3", cause="service_start_failed")
        old = mma_outdated(self.traits.agent_version)
        return registration_gates(self.traits, way.route, workspace, old)
