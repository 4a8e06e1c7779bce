"""What a measure can be at an instant: its least and its largest value, whatever chance brings.

A percentage of nobody has no value. Measures and labels that nothing certain is known of can be
anything. The same questions are answered twice: for certain, and by what is to be expected
(`expectation`).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import combinations
from math import inf
from operator import attrgetter
from typing import Any

from sim.language.tree import Filter, Series
from sim.lint.belonging import NOBODY, Belonging, Numbers
from sim.lint.failing import CertainFailures
from sim.lint.ground import Ground
from sim.lint.outcome import eligible
from sim.lint.prospects import Prospects
from sim.lint.site_history import Aimed, SiteHistory
from sim.reference.systems import OPERATING_SYSTEMS, level
from sim.reference.traits import Device
from sim.units import Seconds
from sim.vocabulary import MEASURES

MOST_UNCERTAIN = 4
"""So many deployments whose time is unknown are tried in every combination."""


@dataclass(frozen=True, slots=True)
class Range:
    """Where a value lies, both ends included."""

    low: float
    high: float


NO_DATA = Range(inf, -inf)
"""The range of what has no value: no number lies in it."""
ANYTHING = Range(-inf, inf)
PERCENT = Range(0, 100)

_ELIGIBLE_BY = ("client", "managed_by", "esu")
"""Traits by which a step may make a device eligible, or no more."""
_decisive = attrgetter("os", "edition", "managed_by", "client", "esu", "onboarded")

_SLICED = ("collection", "policy", "os", "level", "location")
_ONBOARDED = ("onboarded_pct", "failed_pct", "waiting_pct")
"""Percentages of the devices that are eligible and targeted (MON-1)."""


class Bounds:
    """The certain bounds of the measures of a plan."""

    def __init__(
        self,
        ground: Ground,
        site: SiteHistory,
        belonging: Belonging,
        prospects: Prospects,
        failures: CertainFailures,
    ) -> None:
        self._ground = ground
        self._site = site
        self._belonging = belonging
        self._prospects = prospects
        self._failures = failures
        self._known: dict[tuple[Filter, ...], tuple[Numbers, Numbers]] = {}
        self._first_day = ground.clock.date_at(0)
        self._last_day = ground.clock.date_at(ground.scenario.horizon)
        self._judged: dict[Any, bool] = {}
        self._able_by: dict[Seconds, Numbers] = {}
        self._firsts = {one.onboards_from for one in prospects.all if one.onboards_from is not None}
        self._made_eligible = [
            change
            for change in site.trait_changes
            if any(name in _ELIGIBLE_BY for name, _ in change.sets)
        ]
        devices = ground.fleet.devices
        self._steady = frozenset(n for n in range(len(devices)) if self._is_steady(n))
        self._may_be_eligible = frozenset(n for n, d in enumerate(devices) if self._may_count(n, d))
        self.certainly_eligible = frozenset(
            n for n in self._may_be_eligible if self._counts(devices[n]) and n in self._steady
        )
        """Devices that are there and eligible from the start to the end."""

    def instants(self) -> tuple[Seconds, ...]:
        """Return the seconds at which a bound may change, in order, the start first."""
        found = set(self._site.instants())
        found |= {one.latest + 1 for one in self._site.acting if one.latest is not None}
        for failing in self._failures.all.values():
            found |= {failing.since, failing.since + self._failures.reported(), failing.until}
        return tuple(sorted(at for at in found if at < self._ground.scenario.horizon))

    def at(self, series: Series, now: Seconds) -> Range:
        """Return what a series can be at an instant."""
        anything = PERCENT if MEASURES[series.measure].is_percentage else Range(0, inf)
        if any(not one.equal or one.label == "route" for one in series.filters):
            return anything
        if series.measure in _ONBOARDED:
            return self._of_targeted(series, now)
        if series.measure == "coverage_pct":
            return self._coverage(series, now)
        if series.measure == "payload_in_use_pct":
            able = self._able(self._sliced(series)[0] & self._may_be_eligible, now)
            return PERCENT if able else NO_DATA
        if series.measure == "script_succeeded_pct":
            return PERCENT if self._scripted(series, now) else NO_DATA
        return self._count(series, now)

    def stuck(self, series: Series, now: Seconds) -> Numbers:
        """Return the devices in a series that certainly are not onboarded at an instant."""
        certain = self._certain_whatever_is_deployed(series)
        return self._unable(certain & self.certainly_eligible, now)

    # what is counted

    def _count(self, series: Series, now: Seconds) -> Range:
        possible, certain = self._sliced(series)
        if series.measure == "onboarded":
            return Range(0, len(self._able(possible & self._may_be_eligible, now)))
        if series.measure == "failed":
            targeted = frozenset(self._failures.all)
            return Range(len(self._failed(series, now, certain & targeted)), inf)
        if series.measure in ("eligible", "targeted"):
            return Range(0, len(possible))
        return Range(0, inf)

    def _coverage(self, series: Series, now: Seconds) -> Range:
        possible, _ = self._sliced(series)
        able = self._able(possible & self._may_be_eligible, now)
        certain = self._certain_whatever_is_deployed(series)
        unable = self._unable(certain & self.certainly_eligible, now)
        if not possible & self._may_be_eligible:
            return NO_DATA
        return Range(0, _percent(len(able), len(unable)))

    def _of_targeted(self, series: Series, now: Seconds) -> Range:
        """Bound a percentage of the targeted over every way in which deployments may have come."""
        policies = [one.value for one in series.filters if one.label == "policy"]
        aimed = [one for one in self._site.deployments if not policies or one.what in policies]
        sure = [one for one in aimed if _is_there(one, now)]
        unsure = [one for one in aimed if one.since <= now and one not in sure]
        groups = list(dict.fromkeys(one.coming.number for one in unsure))
        if len(groups) > MOST_UNCERTAIN:
            return PERCENT
        ranges = [
            self._if_deployed(series, now, (*sure, *(o for o in unsure if o.coming.number in some)))
            for count in range(len(groups) + 1)
            for some in combinations(groups, count)
        ]
        found = [one for one in ranges if one is not NO_DATA]
        if not found:
            return NO_DATA
        return Range(min(one.low for one in found), max(one.high for one in found))

    def _if_deployed(self, series: Series, now: Seconds, aimed: Iterable[Aimed]) -> Range:
        possible, certain = self._sliced(series)
        collections = [one.collection for one in aimed]
        targeted = possible & self._belonging.possible_of(collections) & self._may_be_eligible
        surely = NOBODY.union(*(self._belonging.certain[name] for name in collections))
        surely &= certain & self.certainly_eligible
        if not targeted:
            return NO_DATA
        if series.measure == "onboarded_pct":
            able, unable = self._able(targeted, now), self._unable(surely, now)
            return Range(0, _percent(len(able), len(unable)))
        if series.measure == "failed_pct":
            failed = self._failed(series, now, surely)
            return Range(_percent(len(failed), len(targeted - failed)), 100)
        return PERCENT

    def _failed(self, series: Series, now: Seconds, among: Numbers) -> Numbers:
        """Return who has certainly failed, in the view of the series."""
        if series.view == "portal" or (series.view == "console" and self._ground.has_chance):
            return NOBODY
        lag = self._failures.reported() if series.view == "console" else 0
        causes = [one.value for one in series.filters if one.label == "cause"]
        policies = [one.value for one in series.filters if one.label == "policy"]
        return frozenset(
            n
            for n in among & self._failures.all.keys()
            if (failing := self._failures.all[n]).since + lag <= now < failing.until
            and (not causes or failing.cause in causes)
            and (not policies or failing.deployment.what in policies)
        )

    def _able(self, among: Numbers, now: Seconds) -> Numbers:
        return among & self._onboarded_by(now)

    def _unable(self, among: Numbers, now: Seconds) -> Numbers:
        return among - self._onboarded_by(now)

    def _onboarded_by(self, now: Seconds) -> Numbers:
        """Return the devices that can be onboarded by an instant."""
        latest = max((first for first in self._firsts if first <= now), default=-1)
        if latest not in self._able_by:
            self._able_by[latest] = frozenset(
                number
                for number, prospect in enumerate(self._prospects.all)
                if prospect.onboards_from is not None and prospect.onboards_from <= latest
            )
        return self._able_by[latest]

    def _scripted(self, series: Series, now: Seconds) -> Numbers:
        reached = [one.collection for one in self._site.scripts if one.since <= now]
        return self._sliced(series)[0] & self._belonging.possible_of(reached)

    # who is counted

    def _sliced(self, series: Series) -> tuple[Numbers, Numbers]:
        """Return who may be, and who certainly is, within the slices of a series.

        That a policy reaches a device is not looked at among the certain: deployments say that.
        """
        if series.filters not in self._known:
            possible: Numbers = frozenset(range(len(self._ground.fleet)))
            certain = self._steady
            for chosen in series.filters:
                if chosen.label in _SLICED:
                    inside, surely = self._slice(chosen)
                    possible, certain = possible & inside, certain & surely
            self._known[series.filters] = possible, certain
        return self._known[series.filters]

    def _certain_whatever_is_deployed(self, series: Series) -> Numbers:
        """Return who certainly is within a series; nobody where a policy has to reach them."""
        by_policy = any(one.label == "policy" for one in series.filters)
        return NOBODY if by_policy else self._sliced(series)[1]

    def _slice(self, chosen: Filter) -> tuple[Numbers, Numbers]:
        if chosen.label == "collection":
            return self._belonging.possible[chosen.value], self._belonging.certain[chosen.value]
        if chosen.label == "policy":
            aimed = [one for one in self._site.deployments if one.what == chosen.value]
            return self._belonging.possible_of([one.collection for one in aimed]), self._steady
        devices = self._ground.fleet.devices
        inside = frozenset(n for n, d in enumerate(devices) if _fits(d, chosen))
        if chosen.label != "location":
            return inside, inside
        moved = frozenset(self._may_move())
        return inside | moved, inside - moved

    def _may_move(self) -> Iterator[int]:
        for change in self._site.trait_changes:
            if any(name == "location" for name, _ in change.sets):
                yield from self._belonging.possible_of(change.on)

    def _is_steady(self, number: int) -> bool:
        here = self._ground.tenures[number]
        return here.joins == 0 and here.retires is None

    def _may_count(self, number: int, device: Device) -> bool:
        """Say whether a device may be eligible at some time; a patch may make it so."""
        return self._eligible(device, self._first_day) or any(
            number in self._belonging.possible_of(change.on) for change in self._made_eligible
        )

    def _counts(self, device: Device) -> bool:
        """Say whether a device is eligible from the start to the end, and no patch changes that."""
        return not self._made_eligible and self._eligible(device, self._last_day)

    def _eligible(self, device: Device, day: date) -> bool:
        key = (*_decisive(device), day)
        if key not in self._judged:
            refused = eligible(self._ground.scenario, device, day, device.onboarded).refused
            self._judged[key] = not refused
        return self._judged[key]


def _is_there(aimed: Aimed, now: Seconds) -> bool:
    """Say whether a deployment certainly is in force."""
    latest = aimed.coming.latest
    return latest is not None and latest < now and (aimed.ends is None or now < aimed.ends)


def _fits(device: Device, chosen: Filter) -> bool:
    if chosen.label == "os":
        return device.os == chosen.value
    if chosen.label == "level":
        return level(OPERATING_SYSTEMS[device.os]) == chosen.value
    return device.location == chosen.value


def _percent(part: int, rest: int) -> float:
    return 100 * part / (part + rest) if part + rest else 100.0
