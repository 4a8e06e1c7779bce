"""A second, naive kernel to hold the first against: no shortcuts, no SimPy, one device at a time.

It walks through every poll, every scheduled evaluation and every state message slot of a device,
whether or not anything can change there, and asks each time anew what the site was like at the
last poll. Only the pure decisions of `sim.reference` and the keyed draws are shared.
"""

from dataclasses import dataclass

from sim.reference import onboarding as decide

NOBODY = ""


@dataclass
class Deployed:
    number: int
    policy: str
    collection: str
    since: int
    until: int | None = None


class SiteHistory:
    """The site at any instant: the plan's steps up to it, carried out from the beginning."""

    def __init__(self, scenario, members, steps):
        self.scenario = scenario
        self.members = members
        self.steps = steps
        """(second, step) in order."""
        self.known = {}

    def at(self, time):
        done = sum(second <= time for second, _ in self.steps)
        if done not in self.known:
            self.known[done] = SiteThen(self.scenario, self.members, self.steps[:done])
        return self.known[done]


class SiteThen:
    def __init__(self, scenario, members, steps):
        self.members = members
        self.deployments = []
        self.paused = set()
        self.workspaces = {}
        for policy in scenario.policies:
            values = policy.workspace
            both = ("swapped", "swapped") if values == "swapped" else (values.id, values.key)
            self.workspaces[policy.name] = list(both)
        ranked = sorted(scenario.client_settings, key=lambda setting: setting.priority)
        self.settings = {one.name: [one.collection, one.downlevel_client] for one in ranked}
        for second, step in steps:
            getattr(self, _verb(step))(second, step)

    def active(self, policy, collection):
        for one in self.deployments:
            if one.until is None and (one.policy, one.collection) == (policy, collection):
                return one
        return None

    def deploy(self, second, step):
        for collection in step.to:
            if self.active(step.deploy, collection) is None:
                number = len(self.deployments)
                self.deployments.append(Deployed(number, step.deploy, collection, second))

    def undeploy(self, second, step):
        for collection in step.from_:
            if self.active(step.undeploy, collection) is not None:
                self.active(step.undeploy, collection).until = second

    def set_workspace(self, second, step):
        for place, value in enumerate((step.id, step.key)):
            if value is not None:
                self.workspaces[step.set_workspace][place] = value

    def pause(self, second, step):
        self.paused.add(step.pause)

    def resume(self, second, step):
        self.paused.discard(step.resume)

    def set_client_setting(self, second, step):
        self.settings[step.set_client_setting][1] = step.downlevel_client

    def reaching(self, device):
        found = {}
        for one in self.deployments:
            if one.until is None and device in self.members[one.collection]:
                found.setdefault(one.policy, one)
        return found

    def workspace(self, policy):
        for value, word in (("absent", "missing"), ("swapped", "swapped"), ("wrong", "wrong")):
            if value in self.workspaces[policy]:
                return word
        return "present"

    def downlevel_client(self, device):
        for collection, choice in self.settings.values():
            if device in self.members[collection]:
                return choice
        return "mma"


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


def naive_log(setting, streams):
    """Return all rows of a run, as `ordered` puts them; the plan has `at:` steps only."""
    scenario, members = setting.scenario, setting.members
    timed = [(setting.clock.seconds(step.at), n, step) for n, step in enumerate(scenario.plan)]
    steps = sorted(timed, key=lambda one: one[:2])
    allowed = [(second, n, step) for second, n, step in steps if _is_allowed(scenario, step)]
    site = SiteHistory(scenario, members, [(second, step) for second, _, step in allowed])
    rows = []
    for second, number, step in steps:
        policy = getattr(step, _verb(step))
        name = step.name or f"plan[{number}]"
        policy = policy if _verb(step) != "set_client_setting" else ""
        if (second, number, step) in allowed:
            rows.append((second, "", "step_done", "", "", policy, "", "", name))
        else:
            rule = "PRE-4" if _verb(step) == "set_client_setting" else "PRE-3"
            rows.append((second, "", "step_refused", "role_missing", rule, policy, "", "", name))
    names = setting.fleet.names
    for number in range(len(names)):
        for collection in (one.name for one in scenario.collections):
            if number in members[collection]:
                rows.append((0, names[number], "member_added", "", "TIM-4", "", "", collection, ""))
    rows += _targeting(allowed, scenario, members, names)
    keys = setting.fleet.keys.tolist()
    for number, traits in enumerate(setting.fleet.devices):
        device = NaiveDevice(number, traits, keys[number], site, setting, streams, scenario.horizon)
        rows += device.live()
    return ordered(rows)


def _targeting(allowed, scenario, members, names):
    for place, (second, _, step) in enumerate(allowed):
        before = SiteThen(scenario, members, [(at, one) for at, _, one in allowed[:place]])
        verb = _verb(step)
        if verb not in ("deploy", "undeploy"):
            continue
        policy = getattr(step, verb)
        for collection in step.to if verb == "deploy" else step.from_:
            is_there = before.active(policy, collection) is not None
            if is_there != (verb == "undeploy"):
                continue
            event = "targeted" if verb == "deploy" else "untargeted"
            for number in sorted(members[collection]):
                yield (second, names[number], event, "", "", policy, "", collection, "")


def _verb(step):
    words = {"SetWorkspace": "set_workspace", "SetClientSetting": "set_client_setting"}
    return words.get(type(step).__name__, type(step).__name__.lower())


def _is_allowed(scenario, step):
    who = step.by or scenario.site.administrators[0].name
    roles = {one.name: one.roles for one in scenario.site.administrators}[who]
    if "Full Administrator" in roles:
        return True
    return _verb(step) != "set_client_setting" and "Endpoint Protection Manager" in roles


def ordered(rows):
    """Order by time and device; what a device sent ahead of what it does in the same second."""
    sent = ("reported", "portal_seen")
    first = {"member_added": -2, "targeted": -1, "untargeted": -1}

    def key(row):
        ahead = row[2] in sent
        place = -3 if ahead else first.get(row[2], 0)
        return (row[0], row[1], place, row[2] if ahead else "")

    return sorted(rows, key=key)
