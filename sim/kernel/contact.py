"""The contact of onboarded devices with the service: what ends it, and silence (CON-1, MON-3).

A device is in contact while it is on and nothing keeps it from reporting: `reference.impediments`
says what could. It becomes inactive when it has had no contact for the inactive period. Computers
are silent every night, so simulating each silence would cost two events a day. Instead, when
contact begins, the next silence that is long enough is read from the device's schedules; a device
without one causes no events.

Whatever begins or ends contact (an impediment, its end, offboarding, retirement) raises the
device's `contact_number`. Appointments carry the number of their time, so those of an earlier
contact do nothing.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, partial

from sim.fleet.streams import exponential_of
from sim.kernel.context import ReplicationContext
from sim.kernel.device_state import AGING, SERVICE, SILENCE, DeviceState
from sim.reference.impediments import MDE_CLIENT, MMA, ContactFacts, impediment
from sim.schedules.office import OfficeHours
from sim.schedules.recurrence import Spans
from sim.schedules.timetable import Outage, Timetables
from sim.units import DAY, Seconds

DAY_OFF_SILENCE = 2 * DAY
"""A silence of this length includes a whole day off; a shorter one may be a night."""

Silence = tuple[Seconds, Seconds | None]
"""Last contact and next contact; None: there is no next contact."""


@dataclass(frozen=True)
class Contact:
    """Follows the contact of devices with the service."""

    context: ReplicationContext
    timetables: Timetables

    @cached_property
    def _streamlined(self) -> frozenset[str]:
        """The payloads of streamlined packages; the first package of a payload counts (UPD-8)."""
        packages = reversed(self.context.scenario.packages)
        carried = {package.payload_name: package.connectivity for package in packages}
        return frozenset(name for name, kind in carried.items() if kind == "streamlined")

    @property
    def _period(self) -> Seconds:
        return self.context.scenario.rules.inactive_after

    def begin(self, device: DeviceState, now: Seconds, means: str) -> None:
        """Start to follow a device that has just registered through *means*: its service runs."""
        device.means |= {means}
        device.impediment = ""
        device.is_stopped = device.is_inactive = False
        device.outages_since = device.contact_since = device.last_contact = now
        self._schedule_outage(device, now)
        self._follow(device, now, now)

    def end(self, device: DeviceState, now: Seconds) -> None:
        """Stop following an offboarded device; the portal keeps its record (OFF-3, CON-5)."""
        device.last_contact = self.last_contact(device, now)
        device.contact_number += 1
        device.outage, device.means, device.impediment = None, frozenset(), ""
        device.is_stopped = device.is_inactive = device.is_upgraded = False
        self._keep_record(device, "OFF-3", now)

    def retire(self, device: DeviceState, now: Seconds) -> None:
        """Stop following a device that has left the fleet; the portal keeps its record (CON-5)."""
        device.last_contact = self.last_contact(device, now)
        device.contact_number += 1
        if device.is_listed and device.listed_from < now:
            self._keep_record(device, "CON-5", now)

    def _keep_record(self, device: DeviceState, rule: str, now: Seconds) -> None:
        """Show a record as inactive after the period, and drop it in the end (CON-5, OFF-3)."""
        last, number = device.last_contact, device.contact_number
        if not device.is_record_inactive:
            mark = partial(self._mark_record_inactive, device, rule, number)
            device.schedule(max(now, last + self._period), SILENCE, mark)
        removed = max(now, last + self.context.scenario.rules.portal_retention)
        device.schedule(removed, AGING, partial(self._remove_record, device, number))

    def _mark_record_inactive(
        self, device: DeviceState, rule: str, contact_number: int, now: Seconds
    ) -> None:
        if device.contact_number == contact_number:
            device.is_record_inactive = True
            self.context.record_in_portal(device, now, "went_inactive", rule)

    def _remove_record(self, device: DeviceState, contact_number: int, now: Seconds) -> None:
        if device.contact_number == contact_number:
            device.contact_number += 1
            device.is_listed = False
            self.context.record_in_portal(device, now, "portal_removed", "CON-5")

    def resume(self, device: DeviceState, is_silent: bool) -> None:
        """Start to follow a device that was onboarded before the start.

        *is_silent*: its last contact is so old that it starts as inactive.
        """
        since = device.timetable.since
        device.is_inactive = device.is_record_inactive = is_silent
        device.outages_since = device.contact_since = since
        device.last_contact = self._last_contact_at_start(device)
        if device.is_stopped:
            self._schedule_first_repair(device)
        else:
            self._schedule_outage(device, since)
        if self._impediment(device):
            device.schedule(since, SERVICE, partial(self.look, device))
        self._follow(device, since, device.last_contact)

    def _last_contact_at_start(self, device: DeviceState) -> Seconds:
        """Return the last contact of a device that was onboarded before the start.

        A device that joins later has contact when it joins.
        """
        since, last = device.timetable.since, device.traits.last_contact
        if since > 0 or last is None:
            return since
        return min(since, self.context.clock.wall_seconds(last))

    def last_contact(self, device: DeviceState, at: Seconds) -> Seconds:
        """Return a device's last contact before an instant, which is not in the future.

        A computer that is switched on in that second has had no contact yet.
        """
        if not device.onboarded_to or device.impediment or at <= device.contact_since:
            return device.last_contact
        on = device.timetable.on
        last = at if on.is_on(at - 1) else on.last_on_before(at)
        return device.last_contact if last is None or last < device.contact_since else last

    def look(self, device: DeviceState, now: Seconds) -> None:
        """Look again at whether an onboarded device can report: something has changed (CON-1).

        A computer that is off has contact again when it is switched on.
        """
        if not device.onboarded_to or now >= device.timetable.until:
            return
        cause = self._impediment(device)
        if cause == device.impediment:
            return
        if not cause and not device.timetable.on.is_on(now):
            device.wait(SERVICE, device.when_on(now), partial(self.look, device), now)
            return
        self._change(device, cause, now, now)
        event = "contact_lost" if cause else "contact_restored"
        self.context.record(device, now, event, "CON-1", cause=cause)
        self.context.report(device, now, event, cause, str(now))

    def _impediment(self, device: DeviceState) -> str:
        return impediment(
            ContactFacts(
                device.traits,
                device.agent,
                device.agent_version,
                device.means,
                device.workspace,
                device.payload in self._streamlined,
                service_runs=not (device.is_stopped or device.is_upgraded),
            )
        )

    def _change(self, device: DeviceState, cause: str, at: Seconds, now: Seconds) -> None:
        """Set what keeps a device from reporting since *at*; without a cause contact is back."""
        if not device.impediment:
            device.last_contact = self.last_contact(device, at)
        had_contact, device.impediment = not device.impediment, cause
        if not cause:
            device.contact_since = now
            self._follow(device, now, now)
        elif had_contact:
            self._follow(device, now, device.last_contact)

    def _follow(self, device: DeviceState, now: Seconds, last: Seconds) -> None:
        """Schedule the next silence of a device whose last contact was at *last*."""
        device.contact_number += 1
        next_on = None if device.impediment else device.timetable.on.on_at_or_after(now)
        if next_on is None or device.is_inactive or next_on - last >= self._period:
            self._schedule_inactive(device, last, next_on)
        else:
            self._schedule_silence(device, next_on)

    def reschedule(self, device: DeviceState, now: Seconds) -> None:
        """Follow a device by its new timetable."""
        if not device.onboarded_to or now >= device.timetable.until:
            return
        if device.is_stopped and device.outage is not None:
            self._schedule_recovery(device, Outage(*device.outage), now)
        elif not (device.is_stopped or device.is_upgraded):
            self._schedule_outage(device, now)
        self._follow(device, now, self.last_contact(device, now))

    def upgrade(self, device: DeviceState) -> None:
        """Stop the service of a device that has registered by an agent: its system is new (UPG-1).

        It does not run until the device is offboarded and onboarded anew.
        """
        if device.means & {MMA, MDE_CLIENT}:
            device.is_upgraded, device.is_stopped, device.outage = True, False, None

    def begin_aging(self, device: DeviceState, now: Seconds) -> None:
        """Let the console's picture of a device age: its ConfigMgr client does not work (CON-3)."""
        device.client_number += 1
        if device.onboarded_to:
            ages = partial(self._age, device, device.client_number)
            has_contact = now > device.contact_since and not device.impediment
            is_heard = has_contact and device.timetable.on.is_on(now)
            last = now if is_heard else self.last_contact(device, now)
            device.schedule(max(now, last + self._period), AGING, ages)

    def end_aging(self, device: DeviceState) -> None:
        """Stop the aging: the ConfigMgr client works (again)."""
        device.client_number += 1

    def _age(self, device: DeviceState, client_number: int, now: Seconds) -> None:
        is_outdated = device.client_number != client_number
        if not is_outdated and device.onboarded_to and not device.is_inactive:
            device.has_unsent_state = not device.never_reports
            self.context.record(device, now, "went_inactive", "CON-3")

    def _schedule_silence(self, device: DeviceState, since: Seconds) -> None:
        silence = next_silence(device.timetable.on, since, self._period)
        if silence is not None:
            self._schedule_inactive(device, *silence)

    def _schedule_inactive(
        self, device: DeviceState, last: Seconds, next_contact: Seconds | None
    ) -> None:
        number = device.contact_number
        if device.is_inactive:
            device.schedule(next_contact, SILENCE, partial(self._end_silence, device, number))
        elif last + self._period < self.timetables.horizon:
            mark = partial(self._mark_inactive, device, number, next_contact)
            device.schedule(last + self._period, SILENCE, mark)

    def _mark_inactive(
        self, device: DeviceState, contact_number: int, next_contact: Seconds | None, now: Seconds
    ) -> None:
        if device.contact_number == contact_number:
            device.is_inactive = device.is_record_inactive = True
            self.context.record(device, now, "went_inactive", "MON-3")
            end = partial(self._end_silence, device, contact_number)
            device.schedule(next_contact, SILENCE, end)

    def _end_silence(self, device: DeviceState, contact_number: int, now: Seconds) -> None:
        if device.contact_number == contact_number:
            device.is_inactive = device.is_record_inactive = False
            self.context.record(device, now, "active_again", "MON-3")
            self.context.report(device, now, "active_again", str(now))
            self._schedule_silence(device, now)

    def _schedule_first_repair(self, device: DeviceState) -> None:
        """Schedule the repair of a service that does not run at the start (FLT-6)."""
        if self.context.has_chance:
            bits = self.context.streams.bits("service_repair_at_start", device.key)
            repaired = exponential_of(bits, self.context.assumed["sensor_repair_mean"])
            since = device.timetable.since
            outage = Outage(device.last_contact, max(1, since + repaired))
            self._schedule_recovery(device, outage, since)

    def _schedule_outage(self, device: DeviceState, now: Seconds) -> None:
        """Schedule the next outage that the device is on for, also one that has begun already."""
        device.outage = None
        for outage in self.timetables.outages(device.number):
            if outage.stops < device.outages_since:
                continue
            stops = device.timetable.on.on_at_or_after(max(now, outage.stops))
            if stops is not None and stops < outage.recovers:
                device.outage = outage
                device.schedule(stops, SERVICE, partial(self._stop, device, outage))
                return

    def _schedule_recovery(self, device: DeviceState, outage: Outage, now: Seconds) -> None:
        device.outage = outage
        recovery = device.timetable.on.on_at_or_after(max(now, outage.recovers))
        device.schedule(recovery, SERVICE, partial(self._recover, device, outage))

    def _stop(self, device: DeviceState, outage: Outage, now: Seconds) -> None:
        if device.outage is not outage:
            return
        device.is_stopped = True
        self.context.record(device, now, "agent_stopped", "FLT-6", cause="service_stopped")
        self.context.report(device, now, "agent_stopped", str(now))
        self._schedule_recovery(device, outage, now)
        cause = self._impediment(device)
        if cause != device.impediment:
            self._change(device, cause, outage.stops, now)

    def _recover(self, device: DeviceState, outage: Outage, now: Seconds) -> None:
        """The service runs again; something else may keep the device from reporting (CON-1)."""
        if device.outage is not outage:
            return
        device.is_stopped, device.outages_since = False, outage.recovers
        self.context.record(device, now, "agent_recovered", "FLT-6", cause="service_stopped")
        self.context.report(device, now, "agent_recovered", str(now))
        self._schedule_outage(device, now)
        if self._impediment(device):
            self.look(device, now)
        elif device.impediment:
            self._change(device, "", now, now)


def next_silence(on: Spans, since: Seconds, period: Seconds) -> Silence | None:
    """Return the next silence of at least *period* of a computer that is on at *since*."""
    if on.is_always_on:
        return None
    if isinstance(on, OfficeHours) and not on.is_clipped and period >= DAY_OFF_SILENCE:
        silences: Iterator[Silence] = on.gaps(since, max(0, period // DAY - 2))
    else:
        silences = _gaps(on, since)
    for last, next_contact in silences:
        if next_contact is None or next_contact - last >= period:
            return (last, next_contact)
    return None


def _gaps(on: Spans, since: Seconds) -> Iterator[Silence]:
    last = on.off_after(since)
    while last is not None:
        next_contact = on.on_at_or_after(last)
        yield (last, next_contact)
        last = None if next_contact is None else on.off_after(next_contact)
