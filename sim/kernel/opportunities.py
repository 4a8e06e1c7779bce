"""When a device may be worked on: maintenance windows, restarts, power, all read from schedules."""

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
from sim.schedules.timetable import CatchUp, Timetables
from sim.schedules.windows import InWindows, Weekly, Windows, installable, parse_weekly, windows
from sim.units import Seconds


class Opportunities:
    """Finds out when a device may be worked on, as its site is at the moment."""

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
        self.bind_evaluations = bool(self._weekly_windows(scenario)) and not (
            scenario.rules.evaluation_outside_windows
        )
        """Whether evaluations too have to wait for maintenance windows (TIM-5)."""
        self._needed = assumed["maintenance_window_minimum"]
        self._weeklies = self._weekly_windows(scenario)
        self._anchor = update_anchor(timetables.clock)
        self._known_windows: dict[tuple[tuple[str, ...], str], Windows] = {}

    @staticmethod
    def _weekly_windows(scenario: Scenario) -> dict[str, list[Weekly]]:
        weeklies: dict[str, list[Weekly]] = {}
        for window in scenario.maintenance_windows:
            weekly = parse_weekly(window.weekly, window.length)
            weeklies.setdefault(window.collection, []).append(weekly)
        return weeklies

    def windows(self, client: DeviceState, now: Seconds) -> Windows | None:
        """Return a device's maintenance windows as of its last poll, merged; None without (TIM-5).

        Their hours are the device's own wall clock.
        """
        if not self._weeklies:
            return None
        mine = self._site.collections_at(client.number, client.last_poll(now))
        having = tuple(name for name in mine if name in self._weeklies)
        if not having:
            return None
        clock = self._timetables.clock_at(client.traits.location)
        key = (having, clock.time_zone)
        if key not in self._known_windows:
            weeklies = [weekly for name in having for weekly in self._weeklies[name]]
            self._known_windows[key] = windows(weeklies, clock, self._timetables.horizon)
        return self._known_windows[key]

    def to_install(self, client: DeviceState, time: Seconds, now: Seconds) -> Seconds | None:
        """Return the first instant from *time* on at which an agent may be installed (TIM-5)."""
        open_windows = self.windows(client, now)
        return installable(client.timetable.on, open_windows, time, self._needed)

    def evaluations(self, client: DeviceState, policy: str, grid: Grid, now: Seconds) -> Recurrence:
        """Return when a policy that has arrived is evaluated, missed runs made up for (TIM-2)."""
        on = client.timetable.on
        recurrence: Recurrence = grid
        if not on.is_always_on:
            window = self._assumed["missed_evaluation_window"]
            purpose = f"missed_evaluation/{policy}"
            catch_up = CatchUp(self._streams, purpose, client.key, grid, window)
            recurrence = WhileOn(grid, on, catch_up)
        bound = self.windows(client, now) if self.bind_evaluations else None
        return recurrence if bound is None else InWindows(recurrence, on, bound)

    def to_evaluate(self, client: DeviceState, time: Seconds, now: Seconds) -> Seconds | None:
        """Return the first instant from *time* on at which a policy may be evaluated (TIM-5)."""
        return installable(client.timetable.on, self.windows(client, now), time, 1)

    def restarts(self, client: DeviceState, now: Seconds) -> Restarts:
        """Return when a device restarts by itself (UPD-1, TIM-6)."""
        device, key = client.traits, client.key
        since = client.timetable.since
        grid = update_grid(device, key, self._traits, self._assumed, self._anchor, since)
        moved = partial(self._restartable, client, now)
        return Restarts(self._shutdowns(client), UpdateRestarts(grid, moved))

    def _restartable(self, client: DeviceState, now: Seconds, time: Seconds) -> Seconds | None:
        return installable(
            client.timetable.on, self.windows(client, now), max(0, time), self._needed
        )

    def _shutdowns(self, client: DeviceState) -> Shutdowns | None:
        device, key = client.traits, client.key
        if device.product_type != "client" or device.presence == "off":
            return None
        share = self._assumed["fast_startup_share"]
        if self._chance and has_fast_startup(device, key, self._traits, share):
            return None
        kind = "laptop" if device.chassis == "laptop" else "desktop"
        chance = daily_chance(self._assumed[f"restart_interval_{kind}"])
        office = self._timetables.office_at(device.location)
        on = client.timetable.on

        def started_on(day: int) -> Seconds | None:
            if not isinstance(on, OfficeHours):
                start = office.start_on(day, key)
                return start if on.is_on(start) else None
            if not on.is_used_on(day):
                return None
            start, end = on.span_on(day)
            return start if start < end else None

        return Shutdowns(office.days, self._streams, key, chance, started_on)
