"""When installs, evaluations and restarts may take place, read from windows and power schedules."""

from collections.abc import Mapping
from functools import partial

from sim.fleet.streams import Streams
from sim.kernel.device_state import DeviceState
from sim.kernel.site import SiteServer
from sim.scenario.model import Scenario
from sim.schedules.office import OfficeHours
from sim.schedules.recurrence import Grid, Recurrence, WhileOn
from sim.schedules.restarts import (
    Restarts,
    Shutdowns,
    UpdateRestarts,
    daily_chance,
    has_fast_startup,
    update_anchor,
    update_grid,
)
from sim.schedules.timetable import CatchUp, ChangedSpans, Timetables
from sim.schedules.windows import InWindows, Opening, Windows, installable, opening_of, windows
from sim.units import Seconds

_Declared = Mapping[str, list[Opening]]
"""The windows of each collection that has some."""


def _openings(scenario: Scenario, *purposes: str) -> _Declared:
    """Return the windows for some purposes by collection."""
    declared: dict[str, list[Opening]] = {}
    for window in scenario.maintenance_windows:
        if window.for_ in purposes:
            declared.setdefault(window.collection, []).append(opening_of(window))
    return declared


class Opportunities:
    """Finds the times for installs, evaluations and restarts, as the site is now."""

    def __init__(
        self,
        scenario: Scenario,
        site: SiteServer,
        timetables: Timetables,
        streams: Streams,
        assumed: Mapping[str, int],
    ) -> None:
        self._site = site
        self._timetables = timetables
        self._streams = streams
        self._traits = Streams(scenario.seed, None)
        self._assumed = assumed
        self._chance = scenario.faults == "drawn"
        self._for_deployments = _openings(scenario, "all")
        self._for_restarts = _openings(scenario, "all", "updates")
        self.has_windows = bool(self._for_restarts)
        """Whether any device may have to wait for a maintenance window (TIM-5)."""
        outside = scenario.rules.evaluation_outside_windows
        self.bind_evaluations = bool(self._for_deployments) and not outside
        """Whether evaluations too have to wait for maintenance windows (TIM-5)."""
        self._minimum = assumed["maintenance_window_minimum"]
        self._anchor = update_anchor(timetables.clock)
        self._cached: dict[tuple[int, tuple[str, ...], str], Windows] = {}
        """Merged windows by what they are for, collections and time zone."""

    def windows(self, device: DeviceState, now: Seconds) -> Windows | None:
        """Return a device's merged windows for all deployments as of its last poll (TIM-5).

        None when it has no windows.
        """
        return self._merged(self._for_deployments, device, now)

    def _merged(self, declared: _Declared, device: DeviceState, now: Seconds) -> Windows | None:
        if not declared:
            return None
        mine = self._site.collections_at(device.number, device.last_poll(now))
        collections = tuple(name for name in mine if name in declared)
        if not collections:
            return None
        clock = self._timetables.clock_at(device.traits.location)
        key = (id(declared), collections, clock.time_zone)
        if key not in self._cached:
            openings = [opening for name in collections for opening in declared[name]]
            self._cached[key] = windows(openings, clock, self._timetables.horizon)
        return self._cached[key]

    def to_install(self, device: DeviceState, time: Seconds, now: Seconds) -> Seconds | None:
        """Return the first instant from *time* on at which an agent may be installed (TIM-5).

        A client setting may let it be installed outside maintenance windows.
        """
        limits = self._limits_of_installs(device, now)
        return installable(device.timetable.on, limits, time, self._minimum)

    def bind_installs(self, device: DeviceState, now: Seconds) -> bool:
        """Return whether agents have to wait for a device's maintenance windows (TIM-5)."""
        return self._limits_of_installs(device, now) is not None

    def _limits_of_installs(self, device: DeviceState, now: Seconds) -> Windows | None:
        limits = self.windows(device, now)
        if limits is None or not self._site.installs_outside_windows(
            device.number, device.last_poll(now)
        ):
            return limits
        return None

    def to_upgrade(self, device: DeviceState, time: Seconds, now: Seconds) -> Seconds | None:
        """Return the first instant from *time* on at which a ConfigMgr client is installed (TIM-8).

        Maintenance windows bind it whatever the client setting says about agents.
        """
        return installable(device.timetable.on, self.windows(device, now), time, self._minimum)

    def evaluations(self, device: DeviceState, policy: str, grid: Grid, now: Seconds) -> Recurrence:
        """Return when a device evaluates a policy, with catch-up of missed runs (TIM-2)."""
        on = device.timetable.on
        recurrence: Recurrence = grid
        if not on.is_always_on:
            window = self._assumed["missed_evaluation_window"]
            purpose = f"missed_evaluation/{policy}"
            catch_up = CatchUp(self._streams, purpose, device.key, grid, window)
            recurrence = WhileOn(grid, on, catch_up)
        limits = self.windows(device, now) if self.bind_evaluations else None
        return recurrence if limits is None else InWindows(recurrence, on, limits)

    def to_evaluate(self, device: DeviceState, time: Seconds, now: Seconds) -> Seconds | None:
        """Return the first instant from *time* on at which a policy may be evaluated (TIM-5)."""
        return installable(device.timetable.on, self.windows(device, now), time, 1)

    def restarts(self, device: DeviceState, now: Seconds) -> Restarts:
        """Return when a device restarts without a step of the plan (UPD-1, TIM-6)."""
        traits, key = device.traits, device.key
        since = device.timetable.since
        grid = update_grid(traits, key, self._traits, self._assumed, self._anchor, since)
        allowed = partial(self._restartable, device, now)
        return Restarts(self._shutdowns(device), UpdateRestarts(grid, allowed))

    def _restartable(self, device: DeviceState, now: Seconds, time: Seconds) -> Seconds | None:
        limits = self._merged(self._for_restarts, device, now)
        return installable(device.timetable.on, limits, max(0, time), self._minimum)

    def _shutdowns(self, device: DeviceState) -> Shutdowns | None:
        traits, key = device.traits, device.key
        if traits.product_type != "client" or traits.presence == "off":
            return None
        share = self._assumed["fast_startup_share"]
        if self._chance and has_fast_startup(traits, key, self._traits, share):
            return None
        kind = "laptop" if traits.chassis == "laptop" else "desktop"
        chance = daily_chance(self._assumed[f"restart_interval_{kind}"])
        office = self._timetables.office_at(traits.location)
        on = device.timetable.on
        if isinstance(on, ChangedSpans):
            on = on.latest

        def started_on(day: int) -> Seconds | None:
            if not isinstance(on, OfficeHours):
                start = office.start_on(day, key)
                return start if on.is_on(start) else None
            if not on.is_used_on(day):
                return None
            start, end = on.span_on(day)
            return start if start < end else None

        return Shutdowns(office.days, self._streams, key, chance, started_on)
