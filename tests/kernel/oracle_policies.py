"""Policies on a device of the naive model: polls, evaluations, conflicts, decisions."""

from bisect import bisect_right
from dataclasses import dataclass
from datetime import timedelta

from sim.reference.decisions import Decision
from sim.reference.gates import offboarding_refusals, workspace_gate
from sim.reference.routes import eligibility, mma_outdated, route
from sim.units import DAY
from tests.kernel.oracle_scripts import NOT_MOVED
from tests.kernel.oracle_site import Deployed
from tests.kernel.oracle_spans import NEVER, occurrences


@dataclass
class Held:
    """A policy on the device."""

    deployment: Deployed
    first: int
    """When it is first due."""
    every: int
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
                self._follow(self.held[policy], deployment)
            elif policy not in self.then.paused:
                window = self.assumed["first_evaluation_window"]
                first = self.now + self.draw(f"first_evaluation/{policy}", 1, window)
                every = self._interval_of(deployment)
                evaluations = self.evaluations_from(first, every, policy)
                self.held[policy] = Held(deployment, first, every, evaluations, self.now)
                self.log("policy_received", rule="TIM-1", policy=policy)
        self.noticed = self.polled

    def _interval_of(self, deployment):
        return deployment.evaluate_every or self.assumed["evaluation_interval"]

    def _follow(self, held, deployment):
        """Keep to the schedule of the deployment that rules; one that is due stays (TIM-10)."""
        held.deployment, every = deployment, self._interval_of(deployment)
        if every == held.every:
            return
        policy, is_due = deployment.policy, self._evaluation_of(deployment.policy) <= self.now
        overdue = held.evaluations[bisect_right(held.evaluations, held.evaluated) :][:1]
        held.every, held.evaluations = every, self.evaluations_from(held.first, every, policy)
        if is_due:
            held.evaluations = sorted({*held.evaluations, *overdue})
            return
        for slot in held.evaluations:
            if slot > held.evaluated and self._allowed(slot) > self.now:
                held.evaluated = slot - 1
                break

    def evaluations_from(self, first, every, policy):
        """Return all evaluations of a policy, also those that are made up for (TIM-2)."""
        longest = max(1, self.assumed["missed_evaluation_window"])

        def late(number):
            return self.streams.between(f"missed_evaluation/{policy}", self.key, 1, longest, number)

        return occurrences(self.on, first, every, self.scenario.horizon, late)

    def due(self):
        """Return the policy to evaluate now, the one deployed first."""
        due = [name for name in self.held if self._evaluation_of(name) == self.now]
        return min(due, key=lambda name: self.held[name].deployment.number, default=None)

    def _evaluation_of(self, policy):
        held = self.held[policy]
        place = bisect_right(held.evaluations, held.evaluated)
        if place == len(held.evaluations):
            return NEVER
        return self._allowed(max(held.evaluations[place], self.now))

    def _allowed(self, instant):
        """Return from when on a policy may be evaluated: windows bind it by default (TIM-5)."""
        outside = self.scenario.rules.evaluation_outside_windows
        return self.free(instant, 1, None if outside else self.windows())

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
            is_left_to_intune=self.is_left_to_intune(),
        )

    def is_left_to_intune(self):
        """Return whether Intune holds the workload, as the last poll found it (PRE-6)."""
        workload = self.scenario.site.endpoint_protection_workload
        if isinstance(workload, str):
            return workload == "intune"
        return workload.pilot in self.then.collections_of(self.number)

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
        """Return why the attempt fails before anything is installed.

        Without workspace values it fails on the MMA route, also where it is done (MMA-2).
        """
        package = self.packages[self.policies[policy].package]
        refused = workspace_gate(way, workspace)
        if refused is None and package.organization not in (self.organization or self.own,):
            refused = Decision("UPD-7", cause="other_organization")
        if refused is None and package.organization != self.own:
            refused = Decision("UPD-7", cause="other_organization")
        cannot_move = way.route == "mma" or self.traits.os in NOT_MOVED
        is_moved = done and self.is_drifted(policy) and package.connectivity == "streamlined"
        if refused is None and is_moved and cannot_move:
            refused = Decision("UPD-8", cause="payload_not_eligible")
        return refused

    def offboarding_refusal(self, policy):
        """Return why a file does not offboard the device; its own last day rules (OFF-2)."""
        package = self.packages[self.policies[policy].package]
        downloaded = package.downloaded or self.scenario.start.date()
        valid = timedelta(days=self.scenario.rules.offboarding_validity // DAY)
        refusals = offboarding_refusals(
            package_org=package.organization,
            device_org=self.organization or package.organization,
            last_day=package.valid_until or downloaded + valid,
            on=self.setting.clock.date_at(self.now),
            systems=package.systems,
            os=self.traits.os,
        )
        return next(refusals, None)

    def registration_refusal(self, way, pending):
        """Return why the service does not start or does not register this time."""
        wrong = self._lasting_refusal(way, pending)
        if wrong is None and way.route == "mde_client":
            share = "service_start_retry_share" if self.late else "service_start_failure_share"
            self.late = self.bad_luck(share)
            if self.late:
                wrong = Decision("FLT-3", cause="service_start_failed")
        return wrong

    def _lasting_refusal(self, way, pending):
        """Return what would refuse every attempt, in the order of causes."""
        traits, uses_mma = self.traits, way.route == "mma"
        streamlined = self.packages[self.policies[pending.policy].package].connectivity
        path = "network" if uses_mma or streamlined == "standard" else "network_streamlined"
        if uses_mma and pending.workspace in ("swapped", "wrong"):
            return Decision("MMA-4", cause=f"workspace_{pending.workspace}")
        if uses_mma and mma_outdated(traits.agent_version):
            return Decision("MMA-5", cause="agent_outdated")
        if uses_mma and not traits.clock_ok:
            return Decision("FLT-5", cause="clock_skew")
        if self.is_up_level() and traits.sensor == "absent":
            return Decision("UPL-5", cause="sensor_missing")
        if traits.elam_driver == "disabled":
            return Decision("UPL-4", cause="elam_driver_disabled")
        if getattr(traits, path) == "blocked":
            return Decision("FLT-2", cause="network_blocked")
        return None
