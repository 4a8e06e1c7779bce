"""What all devices of one replication share, and how a device tells of itself.

Every row of the log that a device causes goes through `Shared`, and so does every state message.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
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
from sim.units import Seconds

LACKS_COMPONENT = ("windows-11-24h2",)
"""Systems that may lack the service's component, after an upgrade from Home."""


@dataclass(frozen=True)
class ReplicationContext:
    """The site, the clock, the dice, the log and the assumptions of one replication."""

    scenario: Scenario
    site: SiteServer
    clock: SiteClock
    streams: Streams
    traits: Streams
    """The dice of what is the same in every replication."""
    log: LogWriter
    assumed: Mapping[str, int]
    opportunities: Opportunities
    points: Callable[[DeviceState], ContentQueue]
    """Returns the distribution point of a device."""
    changed: Callable[[int, Seconds], None]
    """Tells the collections that a device has changed."""
    has_bad_luck: bool
    """Whether anything fails by chance in this run."""

    @cached_property
    def has_chance(self) -> bool:
        """Whether faults are drawn: what is out of order at the start, and when it works again."""
        return self.scenario.faults == "drawn"

    @cached_property
    def organization(self) -> str:
        """Whom devices should be onboarded to."""
        return self.scenario.organization

    def spoils(self, client: DeviceState, share: str) -> bool:
        """Draw whether chance spoils this attempt (FLT-3, FLT-4); never under `faults: none`."""
        if not self.has_bad_luck:
            return False
        number = _next_number(client, share)
        return self.streams.happens(share, client.key, self.assumed[share], number)

    def is_afflicted(self, client: DeviceState, purpose: str) -> bool:
        """Draw whether a lasting fault is true of a device, the same in every replication."""
        return self.has_chance and self.traits.happens(
            purpose, client.key, self.assumed[f"{purpose}_share"]
        )

    def lacks_component(self, client: DeviceState) -> bool:
        """Return whether the service can never start: its component is not there (FLT-3)."""
        return client.traits.os in LACKS_COMPONENT and self.is_afflicted(client, "sense_missing")

    def package(self, client: DeviceState, assignment: Assignment, now: Seconds) -> Package:
        """Return a policy's package as the site had it at a device's last poll (TIM-2, UPD-2)."""
        return self.site.package_of(assignment.policy, client.last_poll(now))

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
        client: DeviceState,
        package: Package,
        now: Seconds,
        *,
        route: Decision = NO_ROUTE,
        workspace: str = "present",
        changes_payload: bool = False,
        lacks_component: bool = False,
    ) -> Facts:
        """Return what an attempt of a device is decided from at present."""
        return Facts(
            self.terms,
            client.traits,
            client.agent,
            client.agent_version,
            client.onboarded_to,
            package,
            self.clock.date_at(now),
            route,
            workspace,
            changes_payload,
            lacks_component,
        )

    def route(self, client: DeviceState, known: Seconds) -> Decision:
        """Decide the route of a device by the site as it was at *known* (DWN-6)."""
        return route(
            client.traits,
            downlevel_client=self.site.downlevel_client(client.number, known),
            site_version=self.site.version_at(known),
            client_version=client.traits.client_version,
            agent=client.agent,
        )

    def draw(self, client: DeviceState, purpose: str, low: Seconds, high: Seconds) -> Seconds:
        """Draw a time for a purpose: the first, second, third ... of this device by itself."""
        number = _next_number(client, purpose)
        return self.streams.between(purpose, client.key, low, max(low, high), number)

    def service_time(self, client: DeviceState, purpose: str) -> Seconds:
        """Draw how long the service takes to start or stop this time."""
        low, high = self.assumed["sense_start_min"], self.assumed["sense_start_max"]
        return self.draw(client, purpose, low, high)

    def record(
        self,
        client: DeviceState,
        time: Seconds,
        event: str,
        rule: str,
        *,
        cause: str = "",
        policy: str = "",
        payload: str = "",
        step: str = "",
    ) -> None:
        """Log an event of a device; of a retired device nothing is heard any more."""
        if time < client.timetable.until:
            self.log.record(
                time,
                client.number,
                event,
                cause=cause,
                rule=rule,
                policy=policy,
                payload=payload,
                step=step,
            )

    def note(
        self,
        client: DeviceState,
        assignment: Assignment,
        now: Seconds,
        event: str,
        rule: str,
        cause: str = "",
    ) -> None:
        """Log an event of a device under a policy; *cause* tells what it waits for next."""
        self.record(client, now, event, rule, cause=cause, policy=assignment.policy)

    def fail(
        self,
        client: DeviceState,
        assignment: Assignment,
        now: Seconds,
        event: str,
        refusal: Decision,
    ) -> None:
        """Log a failure, report it, and come back at the next scheduled evaluation (TIM-2)."""
        assignment.expect_next(client.at_work_since)
        self.note(client, assignment, now, event, refusal.rule, refusal.cause)
        self.report(client, now, event, refusal.cause, assignment.policy, client.agent)

    def report(self, client: DeviceState, now: Seconds, *state: str) -> None:
        """Send a new state with the next state message, strictly later than now (TIM-3).

        The state that was sent last is not sent again: it would change nothing. While the ConfigMgr
        client does not work nothing is sent; what there is to tell is told when it works again.
        """
        if state == client.last_state or client.is_mute:
            return
        client.last_state = state
        if client.hears_from is None:
            client.is_untold = True
            return
        self.send(client, now)

    def send(self, client: DeviceState, now: Seconds) -> None:
        """Let a state message leave at the next slot after *now*, if the device is still there."""
        slot = client.timetable.messages.after(now)
        if slot is not None and slot != client.last_report:
            client.last_report = slot
            self.record(client, slot, "reported", "TIM-3")

    def reach_portal(self, client: DeviceState, now: Seconds, route: str) -> None:
        """Let the portal list a device some time after it onboarded (MON-4)."""
        longest = "mma_portal_delay_max" if route == "mma" else "portal_delay_max"
        low, high = self.assumed["portal_delay_min"], self.assumed[longest]
        delay = self.draw(client, "portal_delay", low, high)
        self.record(client, now + delay, "portal_seen", "MON-4")


def _next_number(client: DeviceState, purpose: str) -> int:
    number = client.draws.get(purpose, 0)
    client.draws[purpose] = number + 1
    return number
