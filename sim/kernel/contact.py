"""Whether the service hears of an onboarded device: outages of it, and silence (FLT-6, MON-3).

A device is in contact while it is on and its service runs. Nothing is done for a device that is
never silent for long: when contact begins, the next long silence is read from its schedules.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from sim.fleet.quantiles import exponential_of
from sim.kernel.context import ReplicationContext
from sim.kernel.device_state import SERVICE, SILENCE, DeviceState
from sim.schedules.office import OfficeHours
from sim.schedules.outages import Outage
from sim.schedules.presence import Spans
from sim.schedules.timetable import Timetables
from sim.units import DAY, Seconds

SEEN_IN_DAYS = 2 * DAY
"""A silence of this length has a whole free day in it; a shorter one may be a night."""

Silence = tuple[Seconds, Seconds | None]
"""Last contact and next one; None: there is no next one."""


@dataclass(frozen=True)
class Contact:
    """Follows the contact of devices with the service."""

    shared: ReplicationContext
    timetables: Timetables

    @property
    def _period(self) -> Seconds:
        return self.shared.scenario.rules.inactive_after

    def begin(self, client: DeviceState, now: Seconds) -> None:
        """A device has just onboarded: its service runs and was heard of."""
        client.contact += 1
        client.is_stopped = client.is_inactive = False
        self._expect_outage(client, now)
        self._watch(client, now)

    def end(self, client: DeviceState, now: Seconds) -> None:
        """A device was offboarded: nothing is heard any more, which the portal shows (OFF-3)."""
        client.contact += 1
        client.outage = None
        client.is_stopped = client.is_inactive = False
        fades = partial(self._fade, client, client.contact)
        client.appoint(now + self._period, SILENCE, fades)

    def resume(self, client: DeviceState, is_silent: bool) -> None:
        """A device was onboarded before the start, and was heard of at some time before.

        *is_silent*: so long ago that it starts as inactive.
        """
        since, lost = client.timetable.since, self._last_contact(client)
        client.is_inactive = is_silent
        if client.is_stopped:
            self._resume_stopped(client, lost)
            return
        self._expect_outage(client, since)
        found = client.timetable.on.on_at_or_after(since)
        if found is None or is_silent or found - lost >= self._period:
            self._fall_silent(client, lost, found)
        else:
            self._watch(client, found)

    def _last_contact(self, client: DeviceState) -> Seconds:
        """Return when a device onboarded before the start was heard of last, as far as known.

        A device that joins later is heard of when it joins.
        """
        since, last = client.timetable.since, client.traits.last_contact
        if since > 0 or last is None:
            return since
        return min(since, self.shared.clock.wall_seconds(last))

    def _resume_stopped(self, client: DeviceState, lost: Seconds) -> None:
        """The service did not run at the start; by chance somebody repairs it (FLT-6)."""
        found = None
        if self.shared.has_chance:
            bits = self.shared.streams.bits("service_repair_at_start", client.key)
            repaired = exponential_of(bits, self.shared.assumed["sensor_repair_mean"])
            client.outage = Outage(lost, max(1, client.timetable.since + repaired))
            found = client.timetable.on.on_at_or_after(client.outage.recovers)
            client.appoint(found, SERVICE, partial(self._recover, client, client.outage))
        if not client.is_inactive and (found is None or found - lost >= self._period):
            self._fall_silent(client, lost, None)

    def _watch(self, client: DeviceState, since: Seconds) -> None:
        """Look for the next long silence of a device that is in contact at *since*."""
        silence = next_silence(client.timetable.on, since, self._period)
        if silence is not None:
            self._fall_silent(client, *silence)

    def _fall_silent(self, client: DeviceState, lost: Seconds, found: Seconds | None) -> None:
        contact = client.contact
        if client.is_inactive:
            client.appoint(found, SILENCE, partial(self._find, client, contact))
        elif lost + self._period < self.timetables.horizon:
            lose = partial(self._lose, client, contact, found)
            client.appoint(lost + self._period, SILENCE, lose)

    def _lose(self, client: DeviceState, contact: int, found: Seconds | None, now: Seconds) -> None:
        if client.contact == contact:
            client.is_inactive = True
            self.shared.record(client, now, "went_inactive", "MON-3")
            client.appoint(found, SILENCE, partial(self._find, client, contact))

    def _find(self, client: DeviceState, contact: int, now: Seconds) -> None:
        if client.contact == contact:
            self._hear(client, now)
            self._watch(client, now)

    def _hear(self, client: DeviceState, now: Seconds) -> None:
        client.is_inactive = False
        self.shared.record(client, now, "active_again", "MON-3")
        self.shared.report(client, now, "active_again", str(now))

    def _fade(self, client: DeviceState, contact: int, now: Seconds) -> None:
        if client.contact == contact:
            self.shared.record(client, now, "went_inactive", "OFF-3")

    def _expect_outage(self, client: DeviceState, since: Seconds) -> None:
        """Find the next outage that a device will feel: one during which it is on at all."""
        client.outage = None
        for outage in self.timetables.outages(client.number):
            felt = client.timetable.on.on_at_or_after(outage.stops)
            if outage.stops >= since and felt is not None and felt < outage.recovers:
                client.outage = outage
                client.appoint(felt, SERVICE, partial(self._stop, client, outage))
                return

    def _stop(self, client: DeviceState, outage: Outage, now: Seconds) -> None:
        if client.outage is not outage:
            return
        on = client.timetable.on
        client.is_stopped = True
        client.contact += 1
        self.shared.record(client, now, "agent_stopped", "FLT-6")
        self.shared.report(client, now, "agent_stopped", str(now))
        lost = outage.stops if on.is_on(outage.stops) else on.last_on_before(outage.stops)
        found = on.on_at_or_after(outage.recovers)
        client.appoint(found, SERVICE, partial(self._recover, client, outage))
        lost = self._last_contact(client) if lost is None else lost
        if client.recovered < now:
            client.lost = lost
        lost = client.lost  # one that stops at once was not heard of in between
        if not client.is_inactive and (found is None or found - lost >= self._period):
            self._fall_silent(client, lost, None)

    def _recover(self, client: DeviceState, outage: Outage, now: Seconds) -> None:
        if client.outage is not outage:
            return
        client.is_stopped, client.recovered = False, now
        client.contact += 1
        self.shared.record(client, now, "agent_recovered", "FLT-6")
        self.shared.report(client, now, "agent_recovered", str(now))
        self._expect_outage(client, outage.recovers)
        client.appoint(now, SILENCE, partial(self._hear_again, client, client.contact))

    def _hear_again(self, client: DeviceState, contact: int, now: Seconds) -> None:
        """The service runs again, unless it has stopped once more in the same second."""
        if client.contact == contact:
            if client.is_inactive:
                self._hear(client, now)
            self._watch(client, now)


def next_silence(on: Spans, since: Seconds, period: Seconds) -> Silence | None:
    """Return the next silence of at least *period* of a computer that is on at *since*."""
    if on.is_always_on:
        return None
    if isinstance(on, OfficeHours) and not on.is_clipped and period >= SEEN_IN_DAYS:
        silences: Iterator[Silence] = on.gaps(since, max(0, period // DAY - 2))
    else:
        silences = _gaps(on, since)
    for lost, found in silences:
        if found is None or found - lost >= period:
            return (lost, found)
    return None


def _gaps(on: Spans, since: Seconds) -> Iterator[Silence]:
    lost = on.off_after(since)
    while lost is not None:
        found = on.on_at_or_after(lost)
        yield (lost, found)
        lost = None if found is None else on.off_after(found)
