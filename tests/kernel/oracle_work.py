"""What the policies do to a device of the naive model: download, install, register, offboard."""

from dataclasses import dataclass

from sim.reference.decisions import Decision
from tests.kernel.oracle_points import Download
from tests.reference.first_refusals import install_gates


@dataclass
class Pending:
    """An install that waits: for its content, for a window, or to be tried again."""

    policy: str
    way: object
    workspace: str
    due: int
    has_failed: bool = False
    """Whether its outcome is known: it failed, and nothing was started since."""


class Work:
    """A part of `NaiveDevice`; generators yield how many seconds something takes."""

    def begin_to_work(self):
        self.organization = self.traits.organization if self.traits.onboarded else ""
        self.held, self.noticed = {}, -1
        self.pending, self.download, self.cache = None, None, set()
        self.late = False
        self.work, self.wakes = None, None

    def works_later(self):
        """Yield the instants, as far as they are known now, at which there is something to do."""
        if self.download is not None and self.download.done is not None:
            yield self.download.done
        if self.work is None:
            yield from self.evaluations_later()
            if self.pending is not None and self._is_fetched():
                yield self.free_for_work(max(self.pending.due, self.now))

    # content

    def _is_fetched(self):
        return self.pending.way.agent in self.cache

    def look_after_download(self):
        download = self.download
        if download is None:
            return
        wanted = self.pending is not None and self.pending.way.agent == download.agent
        if not wanted or not self.is_there():
            download.point.leave(self)
            self.download = None
        elif download.since is None:
            if not download.point.has(self) and self.connected.holds(self.now):
                download.point.ask(self.now, self)
        elif download.done <= self.now:
            download.point.leave(self)
        elif not self.connected.holds(self.now):
            download.left -= self.now - download.since
            download.since = None
            download.point.leave(self)

    def _fetch(self, agent):
        """Request an agent's content, unless the download has started already."""
        if self.download is not None and self.download.agent == agent:
            return
        if self.download is not None:
            self.download.point.leave(self)
        point = self._point()
        self.download = Download(agent, point, point.seconds(self.assumed[f"{agent}_content"]))

    def _point(self):
        points = self.world.points
        return points.get(self.traits.location) or points[""]

    def move_download(self):
        """Go on with a download at the distribution point of another place."""
        download = self.download
        if download is None or download.done == self.now:
            return
        left, was_empty = download.left, download.point.is_empty
        if download.since is not None:
            left -= self.now - download.since
        download.point.leave(self)
        self.download = None
        self._fetch(download.agent)
        if not was_empty and not self.download.point.is_empty:
            self.download.left = left

    def is_pending_due(self):
        if self.pending is None:
            return False
        if not self._is_fetched():
            done = self.download and self.download.done
            return done is not None and done <= self.now
        return self.free_for_work(max(self.pending.due, self.now)) == self.now

    def take_up(self):
        """Go on with what waited: after a download too it is asked whether it is still allowed."""
        pending = self.pending
        if not self._is_fetched():
            self.cache.add(pending.way.agent)
            self.download = None
            self.log(
                "content_downloaded",
                cause=self._cause_of_waiting(),
                rule=pending.way.rule,
                policy=pending.policy,
            )
        self.pending = None
        self.work = self._go_through(pending)
        self.go_on()

    def _cause_of_waiting(self):
        windows = self.windows_of_installs()
        if windows is None:
            return ""
        open_now = windows.around(self.now)
        is_open = open_now is not None and self.now + self.least <= open_now[1]
        return "" if is_open else "awaiting_maintenance_window"

    # onboarding

    def onboard(self, policy, held):
        standing = self.may_take_part()
        if standing.refused:
            self._evaluated(policy, standing.rule)
            self._fail("policy_failed", policy, standing)
            return
        way = self.way()
        workspace = self.then.workspace(policy)
        done = self.is_settled(way)
        refused = self.refusal(policy, way, workspace, done)
        has_values = way.route != "mma" or self.mma_values == workspace
        if refused is not None:
            held.applied = False
            self._evaluated(policy, way.rule)
            self._fail("policy_failed", policy, refused)
        elif not done:
            waits = self.lacks(way.agent) and way.agent in self.cache
            self._evaluated(policy, way.rule, self._cause_of_waiting() if waits else "")
            yield from self._bring(Pending(policy, way, workspace, self.now))
        elif not held.applied or not has_values or self.is_drifted(policy):
            self._evaluated(policy, way.rule)
            if not held.applied or not has_values:
                self._apply(policy, way)
                self.outcome("policy_applied", policy)
            if self.is_drifted(policy):
                self.revert(policy)
            if not has_values:
                self.mma_values = workspace
                self.look()

    def is_settled(self, way):
        """Return whether it is onboarded by what its route needs; else it registers (CON-4)."""
        is_registered = way.agent == "" or way.agent in self.means
        return self.organization == self.own and is_registered and not self.lacks(way.agent)

    def lacks(self, agent):
        return agent != "" and agent not in self.traits.agent.split("_and_")

    def _evaluated(self, policy, rule, cause=""):
        self.log("policy_evaluated", cause=cause, rule=rule, policy=policy)

    def _apply(self, policy, way):
        self.held[policy].applied = True
        self.log("policy_applied", rule=way.rule, policy=policy)

    def _fail(self, event, policy, decision):
        self.log(event, cause=decision.cause, rule=decision.rule, policy=policy)
        self.outcome(event, decision.cause, policy, self.traits.agent)

    def _go_through(self, pending):
        """Continue an install that waited, unless it is no longer allowed."""
        if self.conflict(pending.policy):
            return
        standing = self.may_take_part()
        if standing.refused:
            self._fail("policy_failed", pending.policy, standing)
            return
        yield from self._bring(pending)

    def _bring(self, pending):
        """Install the agent that is needed, as soon as possible, then register."""
        way = pending.way
        if not self.lacks(way.agent):
            if way.agent == "mma":
                self.log("install_skipped", rule="MMA-5", policy=pending.policy)
            yield from self._register(pending)
        elif way.agent not in self.cache:
            self.pending = pending
            self._fetch(way.agent)
        elif self.free_for_work(self.now) > self.now:
            self.pending = pending
        else:
            yield from self._install(pending)

    def _install(self, pending):
        policy, way = pending.policy, pending.way
        self.log("install_started", rule=way.rule, policy=policy)
        takes, left = max(1, self.assumed[f"{way.agent}_install"]), self.on.end(self.now) - self.now
        yield min(takes, left)
        if takes > left:
            self.pending = Pending(policy, way, pending.workspace, self.now)
        else:
            yield from self._installed(pending)

    def _installed(self, pending):
        policy, way = pending.policy, pending.way
        wrong = install_gates(self.traits, way.route)
        if wrong is None and self.bad_luck("install_failure_share"):
            wrong = Decision("FLT-4", cause="install_failed")
        if wrong is not None:
            self._fail("install_failed", policy, wrong)
            due = self.now + self.assumed["install_retry_interval"]
            self.pending = Pending(policy, way, pending.workspace, due, has_failed=True)
            return
        both = {*self.traits.agent.split("_and_"), way.agent} - {"none"}
        version = "" if way.agent == "mma" else self.traits.agent_version
        self.change(
            agent="mma_and_mde_client" if len(both) == 2 else way.agent, agent_version=version
        )
        self.log("agent_installed", rule=way.rule, policy=policy)
        self.look()
        yield from self._register(pending)

    def _register(self, pending):
        policy, way = pending.policy, pending.way
        self._apply(policy, way)
        if self.is_settled(way):
            self.outcome("policy_applied", self.traits.agent)
            return
        yield from self._switch("service_start")
        wrong = self.registration_refusal(way, pending)
        if wrong is not None:
            self._fail("onboarding_failed", policy, wrong)
            return
        payload, self.written = self.packages[self.policies[policy].package].payload_name, ""
        if way.route == "mma":
            self.mma_values = pending.workspace
        self.onboarded_with(payload, way.rule, way.route, way.agent or "sensor", policy)
        self.outcome("onboarded", policy, self.now)

    def onboarded_with(self, payload, rule, route, means, policy=""):
        self.organization = self.own
        self.payload, self.waiting_payload = payload, ""
        self.log("onboarded", rule=rule, policy=policy, payload=payload)
        self.joins_the_service(means)
        self.is_unwritten = self.is_unwritten or self.is_fated("status_not_written_share")
        longest = "mma_portal_delay_max" if route == "mma" else "portal_delay_max"
        low, high = self.assumed["portal_delay_min"], self.assumed[longest]
        delay = self.draw("portal_delay", low, high)
        self.listed_from = min(self.listed_from, self.now + delay)
        self.is_record_inactive = False
        self.log("portal_seen", rule="MON-4", at=self.now + delay)

    def _switch(self, purpose):
        """Let the service start or stop; begin again at power-on if the computer goes off."""
        is_done = False
        while not is_done:
            is_done = yield from self._switch_once(purpose)

    def _switch_once(self, purpose):
        """Return whether the service started or stopped; else the computer is on again."""
        low, high = self.assumed["sense_start_min"], self.assumed["sense_start_max"]
        takes, left = self.draw(purpose, low, high), self.on.end(self.now) - self.now
        yield min(takes, left)
        if takes <= left:
            return True
        while not self.on.holds(self.now):
            self.sleeps = True
            yield self.on.first(self.now) - self.now
        self.sleeps = False
        return False

    # offboarding

    def offboard(self, policy, held):
        is_left = self.traits.managed_by == "co_managed" and self.is_left_to_intune()
        takes_part = self.organization or not self.may_take_part().refused
        if held.applied or is_left or not takes_part:
            return
        is_done = False
        while not is_done:
            self.log("policy_evaluated", rule="OFF-1", policy=policy)
            refused = self.offboarding_refusal(policy)
            if refused is not None:
                self._fail("offboarding_failed", policy, refused)
                return
            is_done = yield from self._switch_once("service_stop")
        held.applied = True
        was_onboarded = self.organization != ""
        self.organization = self.payload = self.waiting_payload = self.written = ""
        self.log("offboarded", rule="OFF-1", policy=policy)
        if was_onboarded:
            self.leaves_the_service()
        systems = self.packages[self.policies[policy].package].systems
        if "mma" in self.traits.agent.split("_and_") and systems == "windows_10_11":
            left = "mde_client" if "mde_client" in self.traits.agent else "none"
            self.change(agent=left)
            self.log("agent_removed", rule="OFF-1", policy=policy)
        self.outcome("offboarded", policy)
