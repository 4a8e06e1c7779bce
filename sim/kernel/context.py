"""What all devices of one replication share, and how a device logs and reports its state.

Every row of the log that a device causes goes through here, and so does every state message.
"""

from bisect import bisect_right
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

from sim.eventlog import LogWriter
from sim.fleet.streams import Streams
from sim.kernel.device_state import Assignment, DeviceState
from sim.kernel.distribution_point import ContentQueue
from sim.kernel.opportunities import Opportunities
from sim.kernel.site import SiteServer
from sim.reference.attempts import NO_ROUTE, Facts, SiteTerms
from sim.reference.decisions import Decision
from sim.reference.routes import route
from sim.scenario.calendar import SiteClock
from sim.scenario.model import Package, Scenario
from sim.schedules.recurrence import FOREVER
from sim.units import DAY, Seconds


@dataclass(frozen=True)
class ReplicationContext:
    """The site, the clock, the random streams, the log and the assumptions of one replication."""

    scenario: Scenario
    site: SiteServer
    clock: SiteClock
    streams: Streams
    traits: Streams
    """The streams of what is the same in every replication."""
    log: LogWriter
    assumed: Mapping[str, int]
    opportunities: Opportunities
    points: Callable[[DeviceState], ContentQueue | None]
    """Returns the distribution point of a device; None where the content was not distributed."""
    changed: Callable[[int, Seconds], None]
    """Tells the collections that a device has changed."""
    has_bad_luck: bool
    """Whether anything fails by chance in this run."""

    @cached_property
    def has_chance(self) -> bool:
        """Whether faults are drawn: what does not work at the start, and when it recovers."""
        return self.scenario.faults == "drawn"

    @cached_property
    def organization(self) -> str:
        """The organization that devices should be onboarded to."""
        return self.scenario.organization

    def attempt_fails(self, device: DeviceState, share: str) -> bool:
        """Draw whether an attempt fails by chance (FLT-3, FLT-4); never under `faults: none`."""
        if not self.has_bad_luck:
            return False
        number = _next_number(device, share)
        return self.streams.happens(share, device.key, self.assumed[share], number)

    def has_fault(self, device: DeviceState, purpose: str) -> bool:
        """Draw whether a device has a permanent fault, the same in every replication."""
        return self.has_chance and self.traits.happens(
            purpose, device.key, self.assumed[f"{purpose}_share"]
        )

    def package(self, device: DeviceState, assignment: Assignment, now: Seconds) -> Package:
        """Return a policy's package as the site had it at a device's last poll (TIM-2, UPD-2)."""
        return self.site.package_of(assignment.policy, device.last_poll(now))

    @cached_property
    def terms(self) -> SiteTerms:
        """What is the same for every attempt."""
        scenario = self.scenario
        return SiteTerms(
            organization=scenario.organization,
            subscription=scenario.site.subscription,
            windows_10_minimum=scenario.rules.windows_10_minimum,
            end_of_support=scenario.rules.end_of_support,
            offboarding_validity=scenario.rules.offboarding_validity,
            started=self.clock.date_at(0),
        )

    def facts(
        self,
        device: DeviceState,
        package: Package,
        now: Seconds,
        *,
        route: Decision = NO_ROUTE,
        workspace: str = "present",
        changes_payload: bool = False,
        known_at: Seconds | None = None,
    ) -> Facts:
        """Return the facts that decide an attempt of a device now.

        The device has the site's policy of its last poll, or of *known_at*.
        """
        is_left = device.traits.managed_by == "co_managed" and self.site.is_left_to_intune(
            device.number, device.last_poll(now) if known_at is None else known_at
        )
        is_registered = (
            not route.agent or route.agent in device.means or device.is_upgraded  # (UPG-1)
        )
        return Facts(
            self.terms,
            device.traits,
            device.agent,
            device.agent_version,
            device.onboarded_to,
            package,
            self._date_at(now),
            route,
            workspace,
            changes_payload,
            is_left,
            is_registered,
        )

    def _date_at(self, now: Seconds) -> date:
        """Return the site's day; the clock itself takes ten times as long for each attempt."""
        return self.terms.started + timedelta(days=bisect_right(self._midnights, now))

    @cached_property
    def _midnights(self) -> list[Seconds]:
        """When each day of the run is over."""
        days = range(self.scenario.horizon // DAY + 2)
        return [self.clock.end_of_day(self.terms.started + timedelta(days=day)) for day in days]

    def route(self, device: DeviceState, polled: Seconds) -> Decision:
        """Decide the route of a device under the site's settings at its poll (DWN-6)."""
        return route(
            device.traits,
            downlevel_client=self.site.downlevel_client(device.number, polled),
            site_version=self.site.version_at(polled),
            client_version=device.traits.client_version,
            agent=device.agent,
        )

    def draw(self, device: DeviceState, purpose: str, low: Seconds, high: Seconds) -> Seconds:
        """Draw a time for a purpose; the draws of a device for a purpose are independent."""
        number = _next_number(device, purpose)
        return self.streams.between(purpose, device.key, low, max(low, high), number)

    def service_time(self, device: DeviceState, purpose: str) -> Seconds:
        """Draw how long the service takes to start or stop."""
        low, high = self.assumed["sense_start_min"], self.assumed["sense_start_max"]
        return self.draw(device, purpose, low, high)

    def record(
        self,
        device: DeviceState,
        time: Seconds,
        event: str,
        rule: str,
        *,
        cause: str = "",
        policy: str = "",
        payload: str = "",
        step: str = "",
    ) -> None:
        """Log an event of a device, unless it has retired by then."""
        # Passing the names on as a dictionary takes twice as long, for every row of a log.
        if time < device.timetable.until:
            self.log.record(
                time,
                device.number,
                event,
                cause=cause,
                rule=rule,
                policy=policy,
                payload=payload,
                step=step,
            )

    def record_for(
        self,
        device: DeviceState,
        assignment: Assignment,
        now: Seconds,
        event: str,
        rule: str,
        cause: str = "",
    ) -> None:
        """Log an event of a device under a policy; *cause* is what it waits for next."""
        self.record(device, now, event, rule, cause=cause, policy=assignment.policy)

    def fail(
        self,
        device: DeviceState,
        assignment: Assignment,
        now: Seconds,
        event: str,
        refusal: Decision,
    ) -> None:
        """Log a failure, report it, and retry at the next scheduled evaluation (TIM-2)."""
        assignment.evaluate_again(device.busy_since)
        self.record_for(device, assignment, now, event, refusal.rule, refusal.cause)
        self.report(device, now, event, refusal.cause, assignment.policy, device.agent)

    def report(self, device: DeviceState, now: Seconds, *state: str) -> None:
        """Send a new state with the next state message, strictly later than now (TIM-3).

        The last sent state is not sent again: it would change nothing. While the ConfigMgr client
        does not work, nothing is sent; the state is sent when it works again.
        """
        if state == device.last_state or device.never_reports:
            return
        device.last_state = state
        if device.policy_reachable_since is None:
            device.has_unsent_state = True
            return
        self.send(device, now)

    def send(self, device: DeviceState, now: Seconds) -> None:
        """Send a state message at the next slot after *now*."""
        device.state_since = now
        self._send_at(device, device.timetable.messages.after(now))

    def _send_at(self, device: DeviceState, slot: Seconds | None) -> None:
        slot = FOREVER if slot is None else slot
        if slot != device.last_report:
            device.last_report, rows = slot, len(self.log)
            if slot < FOREVER:
                self.record(device, slot, "reported", "TIM-3")
            device.report_row = rows if len(self.log) > rows else None

    def resend(self, device: DeviceState, now: Seconds) -> None:
        """Send a state that has not left yet at another slot: the timetable has changed (TIM-3)."""
        if self._withdraw(device, now):
            since = max(now - 1, device.state_since)
            self._send_at(device, device.timetable.messages.after(since))

    def withhold(self, device: DeviceState, now: Seconds) -> None:
        """Keep a state that has not left yet until the ConfigMgr client works again (FLT-1)."""
        device.has_unsent_state |= self._withdraw(device, now)

    def _withdraw(self, device: DeviceState, now: Seconds) -> bool:
        """Withdraw a message that has not left yet; return whether there was one."""
        if device.last_report is None or device.last_report <= now:
            return False
        if device.report_row is not None:
            self.log.withdraw(device.report_row)
        device.last_report = device.report_row = None
        return True

    def reach_portal(self, device: DeviceState, now: Seconds, route: str) -> None:
        """Make the portal list a device some time after it has onboarded (MON-4)."""
        longest = "mma_portal_delay_max" if route == "mma" else "portal_delay_max"
        low, high = self.assumed["portal_delay_min"], self.assumed[longest]
        delay = self.draw(device, "portal_delay", low, high)
        if not device.is_listed:
            device.is_listed, device.listed_from = True, now + delay
        device.is_record_inactive = False
        self.record(device, now + delay, "portal_seen", "MON-4")

    def record_in_portal(self, device: DeviceState, time: Seconds, event: str, rule: str) -> None:
        """Log what happens to a device's portal record, also after it has retired (CON-5)."""
        self.log.record(time, device.number, event, rule=rule)


def _next_number(device: DeviceState, purpose: str) -> int:
    number = device.draws.get(purpose, 0)
    device.draws[purpose] = number + 1
    return number
