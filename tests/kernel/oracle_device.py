"""One device of the naive model, walked through every instant that could matter."""

from dataclasses import dataclass

from sim.reference import onboarding as decide
from tests.kernel.oracle_site import Deployed

NOBODY = ""


@dataclass
class Held:
    """A policy on the device."""

    deployment: Deployed
    next_evaluation: int
    applied: bool = False
    in_conflict: bool = False


@dataclass
class Again:
    """An install to be tried again."""

    due: int
    policy: str
    decision: object
    workspace: str


class NaiveDevice:
    def __init__(self, number, traits, key, site, setting, streams, horizon):
        self.number, self.traits, self.key = number, traits, key
        self.site, self.setting, self.streams, self.horizon = site, setting, streams, horizon
        self.scenario, self.assumed = setting.scenario, setting.assumed
        self.policies = {policy.name: policy for policy in self.scenario.policies}
        self.packages = {package.name: package for package in self.scenario.packages}
        self.rows = []
        self.agent, self.version = traits.agent, traits.agent_version
        self.organization = traits.organization if traits.onboarded else NOBODY
        self.held = {}
        self.again = None
        self.cache = set()
        self.counts = {}
        self.late = False
        self.work = None
        self.wakes = None
        self.noticed = -1
        self.told = None
        self.unsent = False
        self.now = 0

    # dice and clock

    def number_of(self, purpose):
        self.counts[purpose] = self.counts.get(purpose, -1) + 1
        return self.counts[purpose]

    def draw(self, purpose, low, high):
        number = self.number_of(purpose)
        return self.streams.between(purpose, self.key, low, max(low, high), number)

    def bad_luck(self, share):
        if self.scenario.faults == "none":
            return False
        number = self.number_of(share)
        return self.streams.happens(share, self.key, self.assumed[share], number)

    def phase(self, purpose, interval):
        return self.streams.between(purpose, self.key, 0, interval - 1)

    # the log

    def log(self, event, cause="", rule="", policy="", payload="", collection="", at=None):
        time = self.now if at is None else at
        if time < self.horizon:
            self.rows.append(
                (time, self.traits.name, event, cause, rule, policy, payload, collection, "")
            )

    def outcome(self, *told):
        if told != self.told:
            self.told, self.unsent = told, True

    # one device's life

    def live(self):
        poll_every = self.assumed["policy_poll_interval"]
        send_every = self.assumed["state_message_interval"]
        poll = self.phase("policy_poll_phase", poll_every)
        slot = self.phase("state_message_phase", send_every)
        news = False
        hears = self.traits.is_managed and self.traits.client == "active"
        while hears and (now := self.next_instant(poll, slot)) < self.horizon:
            self.now = now
            if now == slot:
                self.send()
                slot += send_every
            if now == poll:
                self.polled, news = now, True
                poll += poll_every
            if self.work is not None and self.wakes == now:
                self.go_on()
            while self.work is None:
                if news:
                    news = False
                    self.notice()
                elif (policy := self.due()) is not None:
                    self.work = self.evaluate(policy)
                    self.go_on()
                elif self.again is not None and self.again.due <= now:
                    self.work = self.try_again()
                    self.go_on()
                else:
                    break
        return self.rows

    def next_instant(self, poll, slot):
        if self.work is not None:
            return min(poll, slot, self.wakes)
        instants = [poll, slot, *(held.next_evaluation for held in self.held.values())]
        if self.again is not None:
            instants.append(self.again.due)
        return min(instants)

    def go_on(self):
        try:
            self.wakes = self.now + next(self.work)
        except StopIteration:
            self.work = None

    def send(self):
        if self.unsent:
            self.log("reported", rule="TIM-3")
            self.unsent = False
            if self.work is not None:
                self.told = None

    def due(self):
        due = [name for name, held in self.held.items() if held.next_evaluation <= self.now]
        return min(due, key=lambda name: self.held[name].deployment.number, default=None)

    def notice(self):
        then = self.site.at(self.polled)
        reaching = then.reaching(self.number)
        for policy in list(self.held):
            is_gone = policy not in reaching
            if is_gone or reaching[policy].since > self.noticed:
                del self.held[policy]
                if self.again is not None and self.again.policy == policy:
                    self.again = None
        for policy, deployment in reaching.items():
            if policy in self.held:
                self.held[policy].deployment = deployment
            elif policy not in then.paused:
                window = self.assumed["first_evaluation_window"]
                first = self.now + self.draw(f"first_evaluation/{policy}", 1, window)
                self.held[policy] = Held(deployment, first)
                self.log("policy_received", rule="TIM-1", policy=policy)
        self.noticed = self.polled

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
        while held.next_evaluation <= self.now:
            held.next_evaluation += self.assumed["evaluation_interval"]
        if self.again is not None and self.again.policy == policy:
            self.again = None
        if self.conflict(policy):
            return
        if self.policies[policy].kind == "onboarding":
            yield from self.onboard(policy, held)
        else:
            yield from self.offboard(policy, held)

    def may_take_part(self):
        return decide.eligibility(
            self.traits,
            subscription=self.scenario.site.subscription,
            windows_10_minimum=self.scenario.rules.windows_10_minimum,
            end_of_support=self.scenario.rules.end_of_support,
            on=self.setting.clock.date_at(self.now),
            onboarded=self.organization != NOBODY,
        )

    def fail(self, event, policy, decision):
        self.log(event, cause=decision.cause, rule=decision.rule, policy=policy)
        self.outcome(event, decision.cause, policy, self.agent)

    def onboard(self, policy, held):
        standing = self.may_take_part()
        if standing.refused:
            self.evaluated(policy, standing.rule)
            self.fail("policy_failed", policy, standing)
            return
        then = self.site.at(self.polled)
        way = decide.route(
            self.traits,
            downlevel_client=then.downlevel_client(self.number),
            site_version=self.scenario.site.version,
            client_version=self.traits.client_version,
            agent=self.agent,
        )
        package = self.packages[self.policies[policy].package]
        own = self.scenario.organization
        workspace = then.workspace(policy)
        has_agent = way.agent == "" or way.agent in self.agent.split("_and_")
        done = self.organization == own and has_agent
        refused = None
        if not done:
            refused = decide.workspace_gate(way, workspace)
        if refused is None and package.organization not in (self.organization or own,):
            refused = decide.Decision("UPD-7", cause="other_organization")
        if refused is None and package.organization != own:
            refused = decide.Decision("UPD-7", cause="other_organization")
        streamlined = package.connectivity == "streamlined"
        if refused is None and not self.organization and streamlined and way.route == "mma":
            refused = decide.Decision("UPD-8", cause="payload_not_eligible")
        if refused is not None:
            self.evaluated(policy, way.rule)
            self.fail("policy_failed", policy, refused)
        elif not done:
            self.evaluated(policy, way.rule)
            yield from self.install(policy, held, way, workspace)
        elif not held.applied:
            self.evaluated(policy, way.rule)
            held.applied = True
            self.log("policy_applied", rule=way.rule, policy=policy)
            self.outcome("policy_applied", policy)

    def evaluated(self, policy, rule):
        self.log("policy_evaluated", rule=rule, policy=policy)

    def try_again(self):
        again, self.again = self.again, None
        if self.conflict(again.policy):
            return
        standing = self.may_take_part()
        if standing.refused:
            self.fail("policy_failed", again.policy, standing)
            return
        held = self.held[again.policy]
        yield from self.install(again.policy, held, again.decision, again.workspace)

    def install(self, policy, held, way, workspace):
        if way.agent and way.agent not in self.agent.split("_and_"):
            if way.agent not in self.cache:
                bits = self.assumed[f"{way.agent}_content"] * 8
                speed = self.assumed["content_megabits_per_second"] * 1_000_000
                yield bits // speed + (1 if bits % speed else 0)
                self.cache.add(way.agent)
                self.log("content_downloaded", rule=way.rule, policy=policy)
            self.log("install_started", rule=way.rule, policy=policy)
            yield self.assumed[f"{way.agent}_install"]
            wrong = decide.install_gates(self.traits, way.route)
            if wrong is None and self.bad_luck("install_failure_share"):
                wrong = decide.Decision("FLT-4", cause="install_failed")
            if wrong is not None:
                self.fail("install_failed", policy, wrong)
                due = self.now + self.assumed["install_retry_interval"]
                self.again = Again(due, policy, way, workspace)
                return
            both = {*self.agent.split("_and_"), way.agent} - {"none"}
            self.agent = "mma_and_mde_client" if len(both) == 2 else way.agent
            self.version = "" if way.agent == "mma" else self.version
            self.log("agent_installed", rule=way.rule, policy=policy)
        elif way.agent == "mma":
            self.log("install_skipped", rule="MMA-5", policy=policy)
        held.applied = True
        self.log("policy_applied", rule=way.rule, policy=policy)
        if self.organization == self.scenario.organization:
            self.outcome("policy_applied", self.agent)
            return
        yield self.draw(
            "service_start", self.assumed["sense_start_min"], self.assumed["sense_start_max"]
        )
        yield from ()
        self.register(policy, way, workspace)

    def register(self, policy, way, workspace):
        old = decide.mma_outdated(self.version)
        wrong = decide.registration_gates(self.traits, way.route, workspace, old)
        if wrong is None and way.route == "mde_client":
            share = "service_start_retry_share" if self.late else "service_start_failure_share"
            self.late = self.bad_luck(share)
            if self.late:
                wrong = decide.Decision("FLT-3", cause="service_start_failed")
        if wrong is not None:
            self.fail("onboarding_failed", policy, wrong)
            return
        self.organization = self.scenario.organization
        payload = self.packages[self.policies[policy].package].payload_name
        self.log("onboarded", rule=way.rule, policy=policy, payload=payload)
        self.outcome("onboarded", policy)
        longest = "mma_portal_delay_max" if way.route == "mma" else "portal_delay_max"
        low, high = self.assumed["portal_delay_min"], self.assumed[longest]
        delay = self.draw("portal_delay", low, high)
        self.log("portal_seen", rule="MON-4", at=self.now + delay)

    def offboard(self, policy, held):
        takes_part = self.organization or not self.may_take_part().refused
        if held.applied or not takes_part:
            return
        package = self.packages[self.policies[policy].package]
        self.log("policy_evaluated", rule="OFF-1", policy=policy)
        refused = decide.offboarding_gate(
            package_org=package.organization,
            device_org=self.organization or package.organization,
            downloaded=package.downloaded or self.scenario.start.date(),
            on=self.setting.clock.date_at(self.now),
            validity=self.scenario.rules.offboarding_validity,
            systems=package.systems,
            os=self.traits.os,
        )
        if refused is not None:
            self.fail("offboarding_failed", policy, refused)
            return
        yield self.draw(
            "service_stop", self.assumed["sense_start_min"], self.assumed["sense_start_max"]
        )
        held.applied = True
        self.organization = NOBODY
        self.log("offboarded", rule="OFF-1", policy=policy)
        if "mma" in self.agent.split("_and_") and package.systems == "windows_10_11":
            self.agent = "mde_client" if "mde_client" in self.agent else "none"
            self.log("agent_removed", rule="OFF-1", policy=policy)
        self.outcome("offboarded", policy)
