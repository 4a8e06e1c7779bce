"""When a device of the naive model is on, connected, in a window or restarted: day by day."""

from datetime import time, timedelta

from sim.fleet.streams import exponential_of, normal_of
from sim.language.moments import OnDate
from sim.units import DAY, MILLION, WEEK
from tests.kernel.oracle_spans import NEVER, Spans

MARGIN = 10 * WEEK
"""How far beyond the horizon spans are listed."""
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


class Calendar:
    """The days of one device, by the wall clock of its place."""

    def __init__(self, traits, key, setting, streams, trait_streams):
        self.traits, self.key, self.setting = traits, key, setting
        self.luck, self.fate = streams, trait_streams
        self.assumed = setting.assumed
        self.drawn = setting.scenario.faults == "drawn"
        self.site_clock = setting.clock
        zones = {place.name: place.time_zone for place in setting.scenario.locations}
        zone = zones.get(traits.location) or setting.scenario.site.time_zone
        self.clock = setting.clock.in_zone(zone)
        self.until = setting.scenario.horizon + MARGIN
        self.joined = max(0, self.site_second(traits.joined_at, 0))
        self.retired = self.site_second(traits.retired_at, NEVER)
        self.is_client = traits.product_type == "client"
        self.days = list(self._days())

    def site_second(self, moment, otherwise):
        if moment is None:
            return otherwise
        return self.site_clock.seconds(OnDate(moment.date(), moment.time()))

    def _days(self):
        day = self.setting.scenario.start.date() - timedelta(days=3)
        while self.clock.seconds(OnDate(day)) < self.until:
            yield day
            day += timedelta(days=1)

    def noon(self, day):
        return self.clock.seconds(OnDate(day, time(12)))

    # on and connected

    def on(self):
        return self._clipped(span for _, span in self._spans())

    def connected(self):
        return self._clipped(span for day, span in self._spans() if self._reaches_the_site(day))

    def _clipped(self, spans):
        return Spans(spans).clipped(self.joined, self.retired)

    def _spans(self):
        """Yield day and span of each day on which the device is on."""
        if self.traits.presence == "always_on":
            yield None, (0, self.until)
        elif self.traits.presence in ("office", "rare"):
            for day in self.days:
                if self._attends(day):
                    start = self.working_day_start(day)
                    length = max(1, self.assumed["working_day_length"])
                    yield day, (start, min(start + length, self.noon(day) + DAY // 2))

    def _attends(self, day):
        shares = {"office": "attendance_share", "rare": "rare_attendance_share"}
        share = self.assumed[shares[self.traits.presence]]
        if day.weekday() >= 5 or not self.luck.happens(
            "attendance", self.key, share, day.toordinal()
        ):
            return False
        return not self._is_away(self.noon(day))

    def working_day_start(self, day):
        bits = self.luck.bits("working_day_start", self.key, day.toordinal())
        mean, spread = (self.assumed["working_day_start" + end] for end in ("", "_spread"))
        clock = min(max(normal_of(bits, mean, spread), 0), DAY - 1)
        return self.noon(day) - DAY // 2 + clock

    def _is_away(self, instant):
        """Return whether the user is on a long absence."""
        mean, share = self.assumed["absence_mean"], self.assumed["absence_share"]
        if not self.drawn or share == 0:
            return False
        cycle = max(mean, mean * MILLION // share)
        phase = self.luck.between("absence_phase", self.key, 0, cycle - 1)
        for number in range((instant + phase) // cycle + 1):
            bits = self.luck.bits("absence_length", self.key, number)
            length = min(cycle, max(1, exponential_of(bits, mean)))
            start = number * cycle - phase
            start += self.luck.between("absence_start", self.key, 0, cycle - length, number)
            if start <= instant < start + length:
                return True
        return False

    def _reaches_the_site(self, day):
        if day is None or self.traits.chassis != "laptop":
            return True
        number, assumed = day.toordinal(), self.assumed
        off_site = self.luck.happens("off_site", self.key, assumed["off_site_share"], number)
        reaches = self.fate.happens("off_site_reach", self.key, assumed["off_site_reachable_share"])
        metered = self.luck.happens("metered", self.key, assumed["metered_share"], number)
        return not (off_site and not reaches) and not (self.drawn and metered)

    # maintenance windows

    def windows(self, collections, purposes):
        """Return the windows of all these collections that are for one of these purposes."""
        spans = []
        for window in self.setting.scenario.maintenance_windows:
            if window.collection in collections and window.for_ in purposes:
                utc = window.clock == "utc"
                clock = self.site_clock.in_zone("UTC") if utc else self.clock
                for day, hour in self._openings(window):
                    start = clock.seconds(OnDate(day, time.fromisoformat(hour)))
                    spans.append((start, start + window.length))
        return Spans(spans)

    def _openings(self, window):
        """Yield each day on which a window opens, and the hour; walk through all days (TIM-5)."""
        if window.daily is not None:
            yield from ((day, window.daily) for day in self.days)
        elif window.weekly is not None:
            weekday, hour = window.weekly.split()
            yield from ((day, hour) for day in self.days if WEEKDAYS[day.weekday()] == weekday)
        else:
            words, hour = window.monthly.rsplit(maxsplit=1)
            yield from ((day, hour) for day in self.days if _is_in_month(day, words))

    # restarts

    def daily_restarts(self):
        """Return when people shut the computer down and start it again (TIM-6)."""
        if not self.is_client or self.traits.presence == "off" or self._starts_fast():
            return []
        chassis = "laptop" if self.traits.chassis == "laptop" else "desktop"
        median = self.assumed[f"restart_interval_{chassis}"]
        share = round((1 - 2 ** (-(7 * DAY) / (5 * median))) * MILLION)
        found = []
        for day in self.days:
            is_used = day.weekday() < 5
            if self.traits.presence != "always_on":
                is_used = self._attends(day)
            if is_used and self.luck.happens("restart", self.key, share, day.toordinal()):
                found.append(self.working_day_start(day))
        return [instant for instant in found if self.joined <= instant < self.retired]

    def _starts_fast(self):
        may = self.traits.os.startswith(("windows-10-", "windows-11-"))
        share = self.assumed["fast_startup_share"]
        return may and self.drawn and self.fate.happens("fast_startup", self.key, share)

    def update_restarts(self):
        """Return when updates want the computer restarted."""
        period = self.assumed[
            "update_restart_interval" if self.is_client else "restart_interval_server"
        ]
        first = self._patch_tuesday()
        first += self.fate.between("update_ring", self.key, 0, 14 * DAY)
        found = range(first, self.until, period)
        return [instant for instant in found if self.joined <= instant < self.retired]

    def _patch_tuesday(self):
        """Return the last second Tuesday of a month at 18:00 that is not after the start."""
        day = self.setting.scenario.start.date()
        while True:
            instant = self.site_clock.seconds(OnDate(day, time(18)))
            if instant <= 0 and day.weekday() == 1 and 8 <= day.day <= 14:
                return instant
            day -= timedelta(days=1)

    # the ConfigMgr client and the service

    def first_repair(self):
        """Return when a service that does not run at the start is repaired (FLT-6)."""
        if not self.drawn:
            return NEVER
        bits = self.luck.bits("service_repair_at_start", self.key)
        repaired = self.joined + exponential_of(bits, self.assumed["sensor_repair_mean"])
        return max(1, repaired)

    def client_return(self, client):
        """Return from when on an inactive or broken client may work again (FLT-1)."""
        words = {"inactive": "client_return", "broken": "client_repair"}
        if not self.drawn or client not in words:
            return NEVER
        bits = self.luck.bits(words[client], self.key)
        return self.joined + 1 + exponential_of(bits, self.assumed[f"{words[client]}_mean"])

    def outages(self):
        """Yield when the service stops and when it is repaired, again and again (FLT-6)."""
        decay, repair = self.assumed["sensor_decay_per_day"], self.assumed["sensor_repair_mean"]
        if not self.drawn or decay == 0:
            return
        recovery, number = 0, 0
        while recovery < self.until:
            bits = self.luck.bits("service_stop", self.key, number)
            stop = recovery + exponential_of(bits, DAY * MILLION // decay)
            bits = self.luck.bits("service_repair", self.key, number)
            recovery = stop + max(1, exponential_of(bits, repair))
            yield stop, recovery
            number += 1


def _is_in_month(day, words):
    """Return whether a day is `second Sunday`, `last Friday` or `patch_tuesday + 5 d`."""
    if words.startswith("patch_tuesday"):
        later = int(words.removeprefix("patch_tuesday").strip(" +d") or 0)
        tuesday = day - timedelta(days=later)
        return tuesday.weekday() == 1 and 8 <= tuesday.day <= 14
    place, weekday = words.split()
    if WEEKDAYS[day.weekday()] != weekday:
        return False
    if place == "last":
        return (day + timedelta(days=7)).month != day.month
    return (day.day - 1) // 7 == ("first", "second", "third", "fourth").index(place)
