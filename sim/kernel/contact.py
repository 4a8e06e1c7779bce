"""The contact of onboarded devices with the service: outages and silence (FLT-6, MON-3).

A device is in contact while it is on and its service runs. It becomes inactive when it has had no
contact for the inactive period. Computers are silent every night, so simulating each silence would
cost two events a day. Instead, when contact begins, the next silence that is long enough is read
from the device's schedules; a device without one causes no events.

Whatever begins or ends contact (an outage, a recovery, offboarding) raises the device's
`contact_number`. Appointments carry the number of their time, so those of an earlier contact do
nothing.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from sim.fleet.streams import exponential_of
from sim.kernel.context import ReplicationContext
from sim.kernel.device_state import SERVICE, SILENCE, DeviceState
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

    @property
    def _period(self) -> Seconds:
        return self.context.scenario.rules.inactive_after

    def begin(self, device: DeviceState, now: Seconds) -> None:
        """Start to follow a device that has just onboarded: its service runs."""
        device.contact_number += 1
        device.is_stopped = device.is_inactive = False
        self._schedule_outage(device, now)
        self._schedule_silence(device, now)

    def end(self, device: DeviceState, now: Seconds) -> None:
        """Stop following an offboarded device; the portal shows it as inactive later (OFF-3)."""
        device.contact_number += 1
        device.outage = None
        device.is_stopped = device.is_inactive = False
        mark = partial(self._mark_offboarded_inactive, device, device.contact_number)
        device.schedule(now + self._period, SILENCE, mark)

    def resume(self, device: DeviceState, is_silent: bool) -> None:
        """Start to follow a device that was onboarded before the start.

        *is_silent*: its last contact is so old that it starts as inactive.
        """
        since, last = device.timetable.since, self._last_contact(device)
        device.is_inactive = is_silent
        if device.is_stopped:
            self._resume_stopped(device, last)
            return
        self._schedule_outage(device, since)
        next_on = device.timetable.on.on_at_or_after(since)
        if next_on is None or is_silent or next_on - last >= self._period:
            self._schedule_inactive(device, last, next_on)
        else:
            self._schedule_silence(device, next_on)

    def _last_contact(self, device: DeviceState) -> Seconds:
        """Return the last contact of a device that was onboarded before the start.

        A device that joins later has contact when it joins.
        """
        since, last = device.timetable.since, device.traits.last_contact
        if since > 0 or last is None:
            return since
        return min(since, self.context.clock.wall_seconds(last))

    def _resume_stopped(self, device: DeviceState, last: Seconds) -> None:
        """Follow a device whose service does not run at the start; it may be repaired (FLT-6)."""
        next_contact = None
        if self.context.has_chance:
            bits = self.context.streams.bits("service_repair_at_start", device.key)
            repaired = exponential_of(bits, self.context.assumed["sensor_repair_mean"])
            device.outage = Outage(last, max(1, device.timetable.since + repaired))
            next_contact = device.timetable.on.on_at_or_after(device.outage.recovers)
            device.schedule(next_contact, SERVICE, partial(self._recover, device, device.outage))
        self._schedule_inactive_until_recovery(device, last, next_contact)

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

    def _schedule_inactive_until_recovery(
        self, device: DeviceState, last: Seconds, recovery: Seconds | None
    ) -> None:
        """Schedule the silence of an outage; its recovery, not this, ends it."""
        if not device.is_inactive and (recovery is None or recovery - last >= self._period):
            self._schedule_inactive(device, last, None)

    def _mark_inactive(
        self, device: DeviceState, contact_number: int, next_contact: Seconds | None, now: Seconds
    ) -> None:
        if device.contact_number == contact_number:
            device.is_inactive = True
            self.context.record(device, now, "went_inactive", "MON-3")
            end = partial(self._end_silence, device, contact_number)
            device.schedule(next_contact, SILENCE, end)

    def _mark_offboarded_inactive(
        self, device: DeviceState, contact_number: int, now: Seconds
    ) -> None:
        if device.contact_number == contact_number:
            self.context.record(device, now, "went_inactive", "OFF-3")

    def _end_silence(self, device: DeviceState, contact_number: int, now: Seconds) -> None:
        if device.contact_number == contact_number:
            self._mark_active(device, now)
            self._schedule_silence(device, now)

    def _mark_active(self, device: DeviceState, now: Seconds) -> None:
        device.is_inactive = False
        self.context.record(device, now, "active_again", "MON-3")
        self.context.report(device, now, "active_again", str(now))

    def _schedule_outage(self, device: DeviceState, since: Seconds) -> None:
        device.outage = None
        for outage in self.timetables.outages(device.number):
            stops = device.timetable.on.on_at_or_after(outage.stops)
            if outage.stops >= since and stops is not None and stops < outage.recovers:
                device.outage = outage
                device.schedule(stops, SERVICE, partial(self._stop, device, outage))
                return

    def _stop(self, device: DeviceState, outage: Outage, now: Seconds) -> None:
        if device.outage is not outage:
            return
        on = device.timetable.on
        device.is_stopped = True
        device.contact_number += 1
        self.context.record(device, now, "agent_stopped", "FLT-6")
        self.context.report(device, now, "agent_stopped", str(now))
        last = outage.stops if on.is_on(outage.stops) else on.last_on_before(outage.stops)
        recovery = on.on_at_or_after(outage.recovers)
        device.schedule(recovery, SERVICE, partial(self._recover, device, outage))
        # A service that stops in the second of its recovery had no contact in between.
        if device.recovered_at < now:
            device.last_contact = self._last_contact(device) if last is None else last
        self._schedule_inactive_until_recovery(device, device.last_contact, recovery)

    def _recover(self, device: DeviceState, outage: Outage, now: Seconds) -> None:
        if device.outage is not outage:
            return
        device.is_stopped, device.recovered_at = False, now
        device.contact_number += 1
        self.context.record(device, now, "agent_recovered", "FLT-6")
        self.context.report(device, now, "agent_recovered", str(now))
        self._schedule_outage(device, outage.recovers)
        restore = partial(self._restore, device, device.contact_number)
        device.schedule(now, SILENCE, restore)

    def _restore(self, device: DeviceState, contact_number: int, now: Seconds) -> None:
        """Restore contact, unless the service has stopped again in the same second."""
        if device.contact_number == contact_number:
            if device.is_inactive:
                self._mark_active(device, now)
            self._schedule_silence(device, now)


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
