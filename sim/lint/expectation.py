"""What a measure is likely to be: the expected value, with room for twice its deviation.

Devices whose ConfigMgr client does not work come back by chance; the others count as onboarded as
soon as nothing certain is in their way. So even what is likely here is still generous.
"""

from collections import Counter
from functools import cached_property
from math import exp, sqrt

from sim.language.tree import Series
from sim.lint.belonging import NOBODY, Numbers
from sim.lint.bounds import NO_DATA, PERCENT, Bounds, Range
from sim.lint.site_history import Aimed
from sim.units import DAY, Seconds

_RETURNS = {"inactive": "client_return_mean", "broken": "client_repair_mean"}
"""The mean time until a client works again, by what is wrong with it (FLT-1)."""
_NARROWED = ("collection", "policy", "os", "level", "location")


_Kind = tuple[Seconds | None, Seconds]

_LOOKS = 60
"""At so many instants of a run the chances are looked at, daily at the most."""


class Expectation(Bounds):
    """The likely bounds of the measures of a plan, each step as early as it can come."""

    @cached_property
    def _counters(self) -> dict[Numbers, Counter[_Kind]]:
        return {}

    @property
    def _step(self) -> Seconds:
        return max(DAY, self._ground.scenario.horizon // _LOOKS)

    def instants(self) -> tuple[Seconds, ...]:
        """Return the seconds at which a bound may change or chances are looked at."""
        looks = range(0, self._ground.scenario.horizon, self._step)
        failing = {at for at, _ in self._fail_later.values()}
        later = {at for at in failing if at < self._ground.scenario.horizon}
        return tuple(sorted({*super().instants(), *looks, *later}))

    def at(self, series: Series, now: Seconds) -> Range:
        """Return what a series is likely to be at an instant, within its certain bounds."""
        certain = super().at(series, now)
        if certain is NO_DATA or any(not one.equal for one in series.filters):
            return certain
        if any(one.label not in (*_NARROWED, "cause") for one in series.filters):
            return certain
        if series.measure in ("coverage_pct", "onboarded_pct"):
            counted = self._denominator(series, now)
            return Range(certain.low, min(certain.high, self._likely_share(counted, now)))
        if series.measure == "failed_pct":
            return Range(max(certain.low, self._likely_failures(series, now)), certain.high)
        return certain

    def _denominator(self, series: Series, now: Seconds) -> Numbers:
        members = self._meant_slice(series, now) & self.certainly_eligible
        if series.measure == "coverage_pct":
            return members
        policies = [one.value for one in series.filters if one.label == "policy"]
        aimed = [
            one
            for one in self._site.deployments
            if one.since <= now and (not policies or one.what in policies)
        ]
        return members & NOBODY.union(*(self._members(one, now) for one in aimed))

    def _members(self, aimed: Aimed, now: Seconds) -> Numbers:
        return self._belonging.meant(aimed.collection, now)

    def _meant_slice(self, series: Series, now: Seconds) -> Numbers:
        possible, _ = self._sliced(series)
        for chosen in series.filters:
            if chosen.label == "collection":
                possible &= self._belonging.meant(chosen.value, now)
        return possible

    def _likely_share(self, counted: Numbers, now: Seconds) -> float:
        if not counted:
            return PERCENT.high
        mean = variance = 0.0
        for (first, returns), number in self._kinds(counted).items():
            chance = _chance(first, returns, now, self._step)
            mean += number * chance
            variance += number * chance * (1 - chance)
        return min(100.0, 100 * (mean + 2 * sqrt(variance)) / len(counted))

    def _kinds(self, counted: Numbers) -> Counter[_Kind]:
        if counted not in self._counters:
            self._counters[counted] = Counter(self._kind(number) for number in counted)
        return self._counters[counted]

    def _kind(self, number: int) -> _Kind:
        """Return when a device can be onboarded, and the mean time until its client works."""
        first = self._prospects.all[number].onboards_from
        device = self._ground.fleet.devices[number]
        if self._prospects.is_onboarded(device) or self._is_repaired(number):
            return first, 0
        if device.presence == "off":
            return None, 0
        mean = self._ground.assumed.get(_RETURNS.get(device.client, ""), 0)
        return (None, 0) if mean and not self._ground.has_chance else (first, mean)

    def _is_repaired(self, number: int) -> bool:
        device = self._ground.fleet.devices[number]
        if any("client" in dict(repair.sets) for repair in self._site.repairs_of(device)):
            return True
        return any(
            name in ("client", "presence") and number in self._belonging.possible_of(change.on)
            for change in self._site.trait_changes
            for name, _ in change.sets
        )

    def _likely_failures(self, series: Series, now: Seconds) -> float:
        """Return the share of devices that have failed a day after their deployment.

        Those that are still in the way then: an installer fails for them, or a registration.
        """
        counted = self._denominator(series, now)
        wanted = [one.value for one in series.filters if one.label == "cause"]
        failed = [
            n
            for n in counted & self._fail_later.keys()
            if self._fail_later[n][0] <= now and (not wanted or self._fail_later[n][1] in wanted)
        ]
        return 100 * len(failed) / len(counted) if counted else 0.0

    @cached_property
    def _fail_later(self) -> dict[int, tuple[Seconds, str]]:
        """Devices that are likely to have failed from an instant on, and why."""
        found: dict[int, tuple[Seconds, str]] = {}
        for number, prospect in enumerate(self._prospects.all):
            device = self._ground.fleet.devices[number]
            works = device.client == "active" and device.presence == "always_on"
            stays = not prospect.can_onboard and works
            if stays and prospect.failure is not None and prospect.deployment is not None:
                found[number] = prospect.deployment.since + DAY, prospect.failure.cause
        return found


def _chance(first: Seconds | None, returns: Seconds, now: Seconds, step: Seconds) -> float:
    """Return how likely a device can be onboarded within *step* seconds of an instant."""
    if first is None or first > now:
        return 0.0
    return 1.0 - exp(-(now + step) / returns) if returns else 1.0
