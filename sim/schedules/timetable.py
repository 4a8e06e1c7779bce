"""When each device of a fleet is on, reaches its site, polls, sends messages, and is out of order.

`Timetables` draws for all devices of a place at once what can be drawn together. All chance is
keyed by device and nominal slot. The service of an onboarded device stops by itself now and then,
and runs again some days later (FLT-6).
"""

from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from sim.fleet.device import Fleet, tenure
from sim.fleet.streams import Keys, Streams, exponential, exponential_of
from sim.reference.traits import Device
from sim.scenario.calendar import SiteClock
from sim.scenario.model import Scenario
from sim.schedules import recurrence
from sim.schedules.local_days import LocalDays, local_days
from sim.schedules.office import AttendanceDraws, Hours, Masks, Office, OfficeHours, attendance
from sim.units import DAY, MILLION, Seconds


class Outage(NamedTuple):
    """The service does not run in [stops, recovers)."""

    stops: Seconds
    recovers: Seconds


def outages(
    key: int, streams: Streams, assumed: Mapping[str, int], until: Seconds
) -> Iterator[Outage]:
    """Yield a device's outages that begin before *until*, in order.

    Time in service and time out of it are exponential: the risk is the same on every day.
    """
    risk = assumed["sensor_decay_per_day"]
    recovers, number = 0, 0
    while risk:
        lasts = exponential_of(streams.bits("service_stop", key, number), mean_service(risk))
        stops = recovers + lasts
        if stops >= until:
            return
        repair = exponential_of(
            streams.bits("service_repair", key, number), assumed["sensor_repair_mean"]
        )
        recovers = stops + max(1, repair)
        yield Outage(stops, recovers)
        number += 1


def mean_service(risk_a_day: int) -> Seconds:
    """Return the mean time in service at a risk of stopping each day [parts per million]."""
    return DAY * MILLION // risk_a_day


def with_outage(
    keys: Keys, streams: Streams, assumed: Mapping[str, int], until: Seconds
) -> list[bool]:
    """Return for each device whether an outage begins before *until*; most have none."""
    risk = assumed["sensor_decay_per_day"]
    if not risk:
        return [False] * len(keys)
    first = exponential(streams.bits_of_all("service_stop", keys, 0), mean_service(risk))
    early: list[bool] = (first < until).tolist()
    return early


IN_OFFICE = ("office", "rare")
"""Presences that follow the hours of work."""


@dataclass(frozen=True, slots=True)
class CatchUp:
    """How long after power-on a missed slot is caught up, keyed by the slot (TIM-1, TIM-2)."""

    streams: Streams
    purpose: str
    key: int
    grid: recurrence.Grid
    window: Seconds

    def __call__(self, slot: Seconds) -> Seconds:
        """Return the delay for a missed slot, at least a second."""
        number = (slot - self.grid.phase) // self.grid.period
        return self.streams.between(self.purpose, self.key, 1, max(1, self.window), number)


class ChangedSpans(recurrence.Spans):
    """The spans of a computer whose presence changes at an instant: the old ones, then the new.

    A computer that is off right before and on then is switched on in that second.
    """

    __slots__ = ("_before", "at", "latest")

    is_always_on = False

    def __init__(self, before: recurrence.Spans, latest: recurrence.Spans, at: Seconds) -> None:
        self._before = before
        self.latest = latest
        self.at = at

    def span_at(self, time: Seconds) -> recurrence.Span | None:
        """Return the span around *time*, whichever habits it follows; None outside of any."""
        if time < self.at:
            span = self._before.span_at(time)
            if span is None or (span[1] is not None and span[1] < self.at):
                return span
            later = self.latest.span_at(self.at)
            return (span[0], self.at if later is None else later[1])
        span = self.latest.span_at(time)
        if span is None or span[0] > self.at:
            return span
        earlier = self._before.span_at(self.at - 1)
        return (self.at if earlier is None else earlier[0], span[1])

    def span_from(self, time: Seconds) -> recurrence.Span | None:
        """Return the span around *time*, else the next one; None when there is none."""
        if time < self.at:
            span = self._before.span_from(time)
            if span is not None and span[0] < self.at:
                return self.span_at(max(time, span[0]))
            time = self.at
        span = self.latest.span_from(time)
        return span if span is None or span[0] > self.at else self.span_at(time)

    def last_on_before(self, time: Seconds) -> Seconds | None:
        """Return the end of the last span that ended at or before *time*; None without one."""
        if time < self.at:
            return self._before.last_on_before(time)
        last = self.latest.last_on_before(time)
        if last is not None and last > self.at:
            return last
        if self._before.is_on(self.at - 1) and not self.latest.is_on(self.at):
            return self.at
        return self._before.last_on_before(self.at - 1)


def _changed(before: recurrence.Spans, after: recurrence.Spans, at: Seconds) -> recurrence.Spans:
    if before.is_always_on and after.is_always_on:
        return after
    return ChangedSpans(before, after, at)


@dataclass(frozen=True, slots=True)
class Timetable:
    """When one device is on and in touch with its site."""

    on: recurrence.Spans
    """When the computer runs and reaches the Internet."""
    connected: recurrence.Spans
    """When it also reaches the site."""
    polls: recurrence.Recurrence
    messages: recurrence.Recurrence
    since: Seconds
    """When it joins; 0 for a device that is there from the start."""
    until: Seconds
    """When it retires; far beyond the horizon for one that stays."""


class Timetables:
    """Makes the timetables of a fleet for one replication."""

    def __init__(
        self,
        scenario: Scenario,
        fleet: Fleet,
        clock: SiteClock,
        streams: Streams,
        assumed: Mapping[str, int],
        *,
        chance: bool,
    ) -> None:
        self.clock = clock
        self.horizon = scenario.horizon
        self._fleet = fleet
        self._assumed = assumed
        self._chance = chance
        self._poll_interval = assumed["policy_poll_interval"]
        self._message_interval = assumed["state_message_interval"]
        self._draws = AttendanceDraws(streams, Streams(scenario.seed, None), assumed, self._chance)
        self._zones = {
            place.name: place.time_zone for place in scenario.locations if place.time_zone
        }
        self._offices: dict[str, Office] = {}
        self._clocks: dict[str, SiteClock] = {}

    @cached_property
    def _phases(self) -> tuple[list[int], list[int]]:
        """When within an interval each device polls for policy and sends its state messages."""
        streams, keys = self._draws.streams, self._fleet.keys
        poll, message = self._poll_interval, self._message_interval
        return (
            streams.between_for_all("policy_poll_phase", keys, 0, poll - 1).tolist(),
            streams.between_for_all("state_message_phase", keys, 0, message - 1).tolist(),
        )

    def clock_at(self, location: str) -> SiteClock:
        """Return the wall clock of a location: its own, or the site's."""
        if location not in self._clocks:
            zone = self._zones.get(location, self.clock.time_zone)
            self._clocks[location] = self.clock.in_zone(zone)
        return self._clocks[location]

    def office_at(self, location: str) -> Office:
        """Return the days and hours of work of a location."""
        clock = self.clock_at(location)
        zone = clock.time_zone
        if zone not in self._offices:
            days = local_days(clock, self.horizon)
            self._offices[zone] = Office.of(days, self._draws.streams, self._assumed)
        return self._offices[zone]

    def all(self) -> list[Timetable]:
        """Return the timetable of every device, in order."""
        devices = self._fleet.devices
        masks = self._masks()
        return [
            self.timetable(number, device, masks.get(number))
            for number, device in enumerate(devices)
        ]

    def _masks(self) -> dict[int, Masks]:
        """Draw on which days the office computers are on and connected, place by place."""
        by_zone: dict[str, list[int]] = {}
        for number, device in enumerate(self._fleet.devices):
            if device.presence in IN_OFFICE:
                zone = self.clock_at(device.location).time_zone
                by_zone.setdefault(zone, []).append(number)
        masks: dict[int, Masks] = {}
        for numbers in by_zone.values():
            devices = [self._fleet.devices[number] for number in numbers]
            days = self.office_at(devices[0].location).days
            drawn = self._attendance(numbers, devices, days)
            masks.update(zip(numbers, drawn, strict=True))
        return masks

    def _attendance(
        self, numbers: Sequence[int], devices: Sequence[Device], days: LocalDays
    ) -> list[Masks]:
        rare = np.array([device.presence == "rare" for device in devices])
        laptops = np.array([device.chassis == "laptop" for device in devices])
        return attendance(days, self._fleet.keys[list(numbers)], rare, laptops, self._draws)

    def changed(self, number: int, device: Device, before: Timetable, at: Seconds) -> Timetable:
        """Return the timetable of a device whose presence or place changes during the run."""
        mask = None
        if device.presence in IN_OFFICE:
            days = self.office_at(device.location).days
            (mask,) = self._attendance([number], [device], days)
        on, connected = self._spans(number, device, mask, before.since, before.until)
        on = _changed(before.on, on, at)
        connected = _changed(before.connected, connected, at)
        return self._timetable(number, on, connected, before.since, before.until)

    def timetable(self, number: int, device: Device, mask: Masks | None) -> Timetable:
        """Return a device's timetable; *mask* holds the days of an office computer."""
        joins, retires = tenure(device, self.clock)
        since, until = joins, recurrence.FOREVER if retires is None else retires
        on, connected = self._spans(number, device, mask, since, until)
        return self._timetable(number, on, connected, since, until)

    def _spans(
        self, number: int, device: Device, mask: Masks | None, since: Seconds, until: Seconds
    ) -> tuple[recurrence.Spans, recurrence.Spans]:
        """Return when a computer is on, and when it also reaches its site."""
        key = int(self._fleet.keys[number])
        on: recurrence.Spans
        connected: recurrence.Spans
        if mask is not None:
            hours = Hours(self.office_at(device.location), key, since, until)
            on = connected = OfficeHours(hours, mask[0])
            if mask[0] != mask[1]:
                connected = OfficeHours(hours, mask[1])
        elif device.presence == "off":
            on = connected = recurrence.Presence(array("q"), array("q"))
        elif since == 0 and until == recurrence.FOREVER:
            on = connected = recurrence.ALWAYS_ON
        else:
            on = connected = recurrence.Presence(array("q", [since]), array("q", [until]))
        return on, connected

    def _timetable(
        self,
        number: int,
        on: recurrence.Spans,
        connected: recurrence.Spans,
        since: Seconds,
        until: Seconds,
    ) -> Timetable:
        key = int(self._fleet.keys[number])
        poll_phases, message_phases = self._phases
        polls = recurrence.Grid(poll_phases[number], self._poll_interval)
        messages = recurrence.Grid(message_phases[number], self._message_interval)
        if connected.is_always_on:
            return Timetable(on, connected, polls, messages, since, until)
        window = self._assumed["missed_poll_window"]
        catch_up = CatchUp(self._draws.streams, "missed_poll", key, polls, window)
        caught_up = recurrence.WhileOn(polls, connected, catch_up)
        return Timetable(
            on, connected, caught_up, recurrence.Slots(messages, connected), since, until
        )

    def outages(self, number: int) -> Iterator[Outage]:
        """Yield when a device's service stops by itself; never under `faults: none` (FLT-6)."""
        if self._chance and self._has_outage[number]:
            key = int(self._fleet.keys[number])
            yield from outages(key, self._draws.streams, self._assumed, self.horizon)

    @cached_property
    def _has_outage(self) -> list[bool]:
        return with_outage(self._fleet.keys, self._draws.streams, self._assumed, self.horizon)
