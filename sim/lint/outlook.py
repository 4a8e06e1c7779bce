"""What other runs of a scenario may bring: which devices never onboard, what measures can be.

Another run has the same fleet and the same plan. Chance differs, so steps behind gates come at
other times or not at all, and devices are slower or faster. What stands here holds in each of these
runs; where that is in doubt, nothing is claimed.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Set
from functools import cache, cached_property

import numpy as np
from numpy.typing import NDArray

from sim.kernel.collections import CHANGING_TRAITS
from sim.language.query import may_match
from sim.language.tree import Arithmetic, Combination, Condition, Filter, Number, Series, Term
from sim.lint.analysis import Analysis
from sim.lint.rehearsal import Numbers, Overlap, Refusal, Way, step_timing, way_of
from sim.measures.status import Profile
from sim.measures.weights import PERCENTAGES, weights
from sim.reference.attempts import ADMIT, EVALUATE, ONBOARDING, ONE_TIME_SCRIPT
from sim.reference.causes import CAUSE_TABLE
from sim.scenario.steps import Deploy, Patch, Pause, RunScript, Step
from sim.scenario.values import references
from sim.units import Seconds
from sim.vocabulary import SLICES

Values = NDArray[np.float64]
Bounds = tuple[Values, Values]
"""The least and the largest value at each instant; both NaN where no run has data."""

OF_ONBOARDED = ("onboarded", "payload_in_use")
"""The measures that count no device before it is onboarded."""
_NOBODY = Numbers()


class Outlook:
    """What holds in all runs in which the gates of the steps *shut* do not open."""

    def __init__(self, analysis: Analysis, shut: Set[int]) -> None:
        self.shut = frozenset(shut)
        self._analysis = analysis
        self._scenario = analysis.scenario
        self._records = analysis.prepared.device_table.devices
        self._everybody = frozenset(range(len(analysis.devices)))
        self._timing = step_timing(self._scenario.plan, shut)
        stops = [
            step.otherwise.after
            for number, step in enumerate(self._scenario.plan)
            if number not in shut and step.otherwise is not None and step.otherwise.do == "stop"
        ]
        self._may_stop: Seconds | None = min(stops, default=None)
        """When another run may stop the plan at the earliest; None where none does."""
        self.kept_out = cache(self._kept_out)
        self._may_belong = cache(self._find_members)
        self._ways = cache(self._find_ways)
        self._reached_by = cache(self._find_reached)

    # The plan in other runs

    def _comes(self, number: int, until: Seconds) -> bool:
        """Say whether a step may come up to *until* in any run."""
        came, timing = self._analysis.witness.came.get(number), self._timing[number]
        if timing == "fixed":
            return self._may_stop is not None if came is None else came <= until
        return timing == "gated"

    def is_sure(self, number: int) -> bool:
        """Say whether a step comes in every run at the time at which it came in the rehearsal."""
        came = self._analysis.witness.came.get(number)
        is_in_time = came is not None and (self._may_stop is None or came <= self._may_stop)
        return self._timing[number] == "fixed" and is_in_time

    def _gated(self, *concerns: str) -> bool:
        """Say whether a step behind a gate concerns any of these."""
        plan = zip(self._scenario.plan, self._timing, strict=True)
        return any(timing == "gated" and step.concerns in concerns for step, timing in plan)

    @cached_property
    def _is_settled(self) -> bool:
        """Whether the conditions to onboard change at the same times in every run."""
        settings = self._scenario.client_settings
        return not self._gated("conditions") and all(
            self._is_steady(setting.collection) for setting in settings
        )

    # Who is in which collection, and who is reached

    @cached_property
    def _patched(self) -> frozenset[str]:
        """The traits that steps or the support desk set."""
        desk = self._scenario.support_desk
        repaired = {CAUSE_TABLE[cause].trait for cause in (desk.repairs if desk else ())}
        patches = (step.patch for step in self._scenario.plan if isinstance(step, Patch))
        return frozenset(repaired).union(*patches)

    @cached_property
    def _unsteady(self) -> Set[str]:
        """The collections whose members may differ between runs."""
        membership = self._analysis.prepared.membership
        linked = {one.name: {*one.depends_on} for one in self._scenario.collections}
        uncertain = CHANGING_TRAITS | self._patched
        found = {name for name in linked if membership.asks_for(name) & uncertain}
        for step, timing in zip(self._scenario.plan, self._timing, strict=True):
            if step.right == "collections":
                names = _collections(step)
                for name in names:
                    linked[name] |= names
                found |= names if timing == "gated" else set()
        while more := {name for name in linked if linked[name] & found} - found:
            found |= more
        return found

    def _is_steady(self, collection: str) -> bool:
        return collection not in self._unsteady

    def _find_members(self, collection: str) -> Numbers:
        """Return the devices that may ever be members of a collection."""
        if self._is_steady(collection):
            return self._analysis.ever_members[collection]
        prepared, declared = self._analysis.prepared, self._scenario.collections
        query = prepared.membership.query(collection)
        includes = any(one.include for one in declared if one.name == collection) or any(
            step.right == "collections" and collection in _collections(step)
            for step in self._scenario.plan
        )
        if query is None or includes:
            return self._everybody
        unknown = CHANGING_TRAITS | self._patched
        return frozenset(
            number
            for number, device in enumerate(prepared.fleet.devices)
            if may_match(query.node, prepared.fleet.traits_of(device), unknown) is not False
        )

    def _always_belongs(self, number: int, collection: str) -> bool:
        is_first = number in self._analysis.prepared.members[collection]
        has_left = (number, collection) in self._left
        return self._is_steady(collection) and is_first and not has_left

    @cached_property
    def _left(self) -> Set[tuple[int, str]]:
        return {(row.device, row.collection) for row in self._analysis.rows("member_removed")}

    def _find_ways(self, until: Seconds) -> Mapping[Way, Numbers]:
        """Return how devices may be onboarded or offboarded up to *until*, and which devices."""
        refused = {
            row.step
            for row in self._analysis.rows("step_refused")
            if row.cause == "role_missing" or self._is_settled
        }
        found: dict[Way, Numbers] = defaultdict(Numbers)
        for one in self._analysis.steps:
            is_refused = one.name in refused and self._timing[one.number] == "fixed"
            may_come = self._comes(one.number, until) and not is_refused
            if isinstance(one.step, Deploy | RunScript) and may_come:
                for name in sorted(_collections(one.step)):
                    found[way_of(one.step)] |= self._may_belong(name)
        return found

    def _find_reached(self, until: Seconds, purpose: str) -> Numbers:
        """Return the devices that policies, or scripts, may reach up to *until*."""
        found = (numbers for way, numbers in self._ways(until).items() if way[0] == purpose)
        return _NOBODY.union(*found)

    @cached_property
    def _reached_from(self) -> dict[int, Seconds]:
        """When a policy reaches each device at the earliest in any run."""
        found: dict[int, Seconds] = {}
        for one in self._analysis.steps:
            if isinstance(one.step, Deploy) and self._comes(one.number, self._scenario.horizon):
                came = one.came if self._timing[one.number] == "fixed" else 0
                for name in one.step.to:
                    for number in self._may_belong(name):
                        found[number] = min(came or 0, found.get(number, self._scenario.horizon))
        return found

    @cached_property
    def _offboarded(self) -> Numbers:
        """The devices that an offboarding policy may reach."""
        ways = self._ways(self._scenario.horizon).items()
        return _NOBODY.union(*(numbers for way, numbers in ways if not self._is_onboarding(way)))

    @cached_property
    def _sure_since(self) -> dict[int, dict[str, Seconds]]:
        """Since when a policy reaches a device in every run, to the end: by device and policy."""
        found: dict[int, dict[str, Seconds]] = defaultdict(dict)
        if self._gated("reach", "conditions"):
            return found
        lost = {row.device for row in self._analysis.rows("untargeted")}
        for one in self._analysis.witness.deployed:
            if isinstance(self._scenario.plan[one.step], Deploy) and self.is_sure(one.step):
                for number in one.members - lost:
                    if self._always_belongs(number, one.collection):
                        found[number].setdefault(one.what, one.since)
        return found

    def is_certain_overlap(self, overlap: Overlap) -> bool:
        """Say whether two policies reach the same devices in every run."""
        return not self._gated("reach", "conditions") and all(
            self._is_steady(collection) and self.is_sure(step)
            for collection, step in overlap.deployments
        )

    # Which devices never onboard

    def _kept_out(self, until: Seconds, of_plan: bool = False) -> Numbers:
        """Return the devices that are not onboarded up to *until* in any run.

        Something refuses them on each way on which the plan may reach them, and no step, no
        technician and no chance removes it before; or no way reaches them at all; or they are
        never switched on. With *of_plan*, the plan itself is at fault on each way.
        """
        analysis = self._analysis
        onboarded = {row.device for row in analysis.rows("onboarded") if row.time <= until}
        found = set(self._everybody - analysis.onboarded_at_start - onboarded)
        lost = found & self._lost if not of_plan else set()
        reached: set[int] = set()
        for way, numbers in self._ways(until).items():
            if numbers and self._is_onboarding(way):
                reached |= numbers
                refused = analysis.witness.refused.get(way, {}) if self._is_settled else {}
                found -= {
                    number
                    for number in numbers & found
                    if number not in refused
                    or not self._stands(number, refused[number], until, of_plan)
                }
        return frozenset(found & reached if of_plan else found | lost)

    def _is_onboarding(self, way: Way) -> bool:
        kinds = {policy.name: policy.kind for policy in self._scenario.policies}
        return way[0] != ONBOARDING or kinds[way[1]] == "onboarding"

    def _stands(self, number: int, refusal: Refusal, until: Seconds, of_plan: bool) -> bool:
        """Say whether any cause keeps a device out up to *until*, whatever happens by chance."""
        return any(
            since_then >= until
            and (is_of_plan or not of_plan)
            and not self._may_vanish(number, cause, until)
            for (cause, is_of_plan), since_then in refusal.stood_until.items()
        )

    def _may_vanish(self, number: int, cause: str, until: Seconds) -> bool:
        """Say whether a cause may be gone in another run though it stood in the rehearsal."""
        desk, trait = self._scenario.support_desk, CAUSE_TABLE[cause].trait
        if (desk is not None and cause in desk.repairs) or trait in _BY_CHANCE:
            return True
        if cause == "other_organization" and number in self._offboarded:
            return True
        return any(
            number in devices and (traits is None or trait in traits)
            for step, traits, devices in self._delayed
            if self._comes(step, until)
        )

    @cached_property
    def _delayed(self) -> list[tuple[int, Set[str] | None, Numbers]]:
        """The steps that take their time on each device: number, traits, devices.

        Where the traits are None, the step may put anything right.
        """
        found: list[tuple[int, Set[str] | None, Numbers]] = []
        for number, step in enumerate(self._scenario.plan):
            names = _collections(step) if step.concerns == "conditions" else set()
            if names:
                traits = {*step.patch} if isinstance(step, Patch) else None
                narrow = traits if traits is not None and traits <= _OF_ONE_CAUSE else None
                devices = _NOBODY.union(*map(self._may_belong, sorted(names)))
                found.append((number, narrow, devices))
        return found

    @cached_property
    def _lost(self) -> set[int]:
        """The devices that hear of no policy: off for ever, or with a client that stays broken."""
        found: set[int] = set()
        if not self._is_settled or {"client", "presence"} & self._patched:
            return found
        for number in self._everybody:
            profile = self._analysis.tally.profile_in(number, "device")
            if profile is not None and profile.status != "onboarded":
                stays = profile.cause.startswith("client_") and not self._analysis.has_chance
                if stays or profile.cause == "never_online":
                    found.add(number)
        return found

    # What measures can be

    def bounds(self, series: Series, instants: NDArray[np.int64]) -> Bounds:
        """Return between which values a series lies at each instant [s] in any run."""
        until, nothing = int(instants[-1]), np.zeros(len(instants))
        fitting = {number for number in self._everybody if self._may_fit(number, series)}
        counted, whole = PERCENTAGES.get(series.measure, (series.measure, ""))
        kept_out = self.kept_out(until)
        least = nothing.copy()
        if counted == "failed":
            least = _reached(self._failing(series, kept_out), instants)
        if not whole:
            most = len(fitting - kept_out) if counted in OF_ONBOARDED else np.inf
            return least, nothing + most
        possible = {number for number in fitting if self._may_count(number, whole, until)}
        if not possible:
            return nothing + np.nan, nothing + np.nan
        shares = nothing + 100.0
        if counted in OF_ONBOARDED:
            since = {} if whole == "eligible" else self._reached_from
            others = (since.get(number, 0) for number in possible - kept_out)
            free = _reached(others, instants)
            fixed = _reached(self._counted_surely(series, whole, kept_out), instants)
            shares = np.where(free > 0, 100 * free / np.maximum(free + fixed, 1), 0.0)
        return 100 * least / len(possible), shares

    def _may_fit(self, number: int, series: Series) -> bool:
        """Say whether the slices of a series may hold a device."""
        return all(self._may_have(number, one) for one in series.filters if one.label in SLICES)

    def _may_have(self, number: int, chosen: Filter) -> bool:
        label, value = chosen.label, chosen.value
        if label == "collection":
            if chosen.equal:
                return number in self._may_belong(value)
            is_there = self._records[number].joins == 0
            return not (is_there and self._always_belongs(number, value))
        if label == "policy" and chosen.equal:
            return number in self._ways(self._scenario.horizon).get((ONBOARDING, value), ())
        if label in ("os", "level") and "os" not in self._patched:
            return (getattr(self._records[number].kind, label) == value) is chosen.equal
        return True

    def _may_count(self, number: int, whole: str, until: Seconds) -> bool:
        """Say whether a device may be one of those of which a percentage is taken."""
        if whole == "onboarded":
            return number not in self.kept_out(until)
        if whole == "reached_by_script":
            return number in self._reached_by(until, ONE_TIME_SCRIPT)
        if whole == "eligible_and_targeted" and number not in self._reached_by(until, ONBOARDING):
            return False
        if whole in ("eligible", "eligible_and_targeted"):
            return bool(self._patched) or not self._records[number].kind.ineligible_cause
        return True

    def _counted_surely(self, series: Series, whole: str, kept_out: Numbers) -> Iterator[Seconds]:
        """Yield since when each device that never onboards is one of the whole, in every run."""
        weight = weights(series)[1]
        assert weight is not None
        for number, _ in self._certain(series, kept_out, weight):
            joins = self._records[number].joins
            if whole == "eligible":
                yield joins
            elif whole == "eligible_and_targeted" and number in self._sure_since:
                yield max(joins, *self._sure_since[number].values())

    def _failing(self, series: Series, kept_out: Numbers) -> Iterator[Seconds]:
        """Yield since when each device that never onboards has failed, in every run.

        Those only that are always on, and that one policy reaches, which the site's own conditions
        or the policy's refuse at the first evaluation.
        """
        scenario, assumed = self._scenario, self._analysis.prepared.assumed
        waits = bool(scenario.maintenance_windows) and not scenario.rules.evaluation_outside_windows
        if waits or series.view == "portal" or any(isinstance(s, Pause) for s in scenario.plan):
            return
        lag = assumed["policy_poll_interval"] + assumed["first_evaluation_window"]
        lag += assumed["state_message_interval"] if series.view == "console" else 0
        causes: dict[int, set[str]] = defaultdict(set)
        for row in self._analysis.rows("policy_failed"):
            causes[row.device].add(row.cause)
        ways: dict[int, set[Way]] = defaultdict(set)
        for way, numbers in self._ways(scenario.horizon).items():
            for number in numbers:
                ways[number].add(way)
        delayed = _NOBODY.union(*(devices for _, _, devices in self._delayed))
        for number, profile in self._certain(series, kept_out, weights(series)[0]):
            device, since = self._analysis.devices[number], self._sure_since.get(number, {})
            is_plain = len(ways[number]) == len(since) == 1 and number not in delayed
            is_there = device.presence == "always_on" and device.client == "active"
            if not (is_plain and is_there) or self._records[number].joins:
                continue
            refused = self._analysis.witness.refused.get(next(iter(ways[number])), {})
            refusal = refused.get(number)
            if refusal is None or profile.status != "failed":
                continue
            gate, decision = refusal.first
            is_early = gate.stage in (ADMIT, EVALUATE) and decision.cause == profile.cause
            if is_early and causes[number] == {decision.cause}:
                yield min(since.values()) + lag + 1

    def _certain(
        self, series: Series, kept_out: Numbers, weight: Callable[[Profile], int]
    ) -> Iterator[tuple[int, Profile]]:
        """Yield the devices never onboarded that count at the end, and whose slices are certain."""
        slices = [one for one in series.filters if one.label in SLICES]
        patched = {row.device for row in self._analysis.rows("remediated")}
        for number in sorted(kept_out - patched):
            profile = self._analysis.tally.profile_in(number, series.view)
            is_counted = profile is not None and weight(profile)
            stays = self._records[number].retires is None
            if is_counted and stays and all(self._surely_has(number, one) for one in slices):
                assert profile is not None
                yield number, profile

    def _surely_has(self, number: int, chosen: Filter) -> bool:
        """Say whether a slice that fits a device at the end fits it in every run, all the time."""
        label, value = chosen.label, chosen.value
        if label == "collection":
            if chosen.equal:
                return self._records[number].joins == 0 and self._always_belongs(number, value)
            return number not in self._may_belong(value)
        if label == "policy":
            return chosen.equal and value in self._sure_since.get(number, {})
        return label in ("os", "level")

    def may_hold(self, condition: Condition, instants: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Return at which instants a gate's condition may hold in any run."""
        if isinstance(condition, Combination):
            parts = [self.may_hold(part, instants) for part in condition.parts]
            joined = np.logical_and if condition.operator == "and" else np.logical_or
            return np.asarray(joined.reduce(parts), dtype=np.bool_)
        (low, high) = self._term(condition.left, instants)
        (least, most) = self._term(condition.right, instants)
        may = _MAY[condition.operator](low, high, least, most)
        may &= ~(np.isnan(low) | np.isnan(least))
        return _held(may, instants, condition.hold or 0)

    def _term(self, term: Term, instants: NDArray[np.int64]) -> Bounds:
        """Return between which values a side of a comparison lies at each instant."""
        if isinstance(term, Series):
            return self.bounds(term, instants)
        if isinstance(term, Arithmetic):
            (a, b), (c, d) = self._term(term.left, instants), self._term(term.right, instants)
            return (a + c, b + d) if term.operator == "+" else (a - d, b - c)
        assert isinstance(term, Number)
        values = np.full(len(instants), float(term.value))
        return values, values


_BY_CHANCE = ("client", "restart_pending")
"""The traits that are put right without a step: by chance, by time, by a restart."""
_OF_ONE_CAUSE = {cause.trait for cause in CAUSE_TABLE.values()} - {"", "client", "agent_version"}
"""The traits that nothing but their own cause depends on."""


def _collections(step: Step) -> set[str]:
    """Return the collections that a step names."""
    found: set[str] = set()
    for key in references(type(step), "collections"):
        value = getattr(step, key.attribute)
        found |= {value} if isinstance(value, str) else {*value}
    return found


def _reached(times: Iterator[Seconds], instants: NDArray[np.int64]) -> Values:
    """Return how many of some times are over at each instant."""
    over = np.searchsorted(np.sort(np.fromiter(times, np.int64)), instants, side="right")
    return over.astype(np.float64)


_MAY = {
    "<": lambda low, high, least, most: low < most,
    "<=": lambda low, high, least, most: low <= most,
    ">": lambda low, high, least, most: high > least,
    ">=": lambda low, high, least, most: high >= least,
    "==": lambda low, high, least, most: (low <= most) & (least <= high),
    "!=": lambda low, high, least, most: ~((low == high) & (least == most) & (low == least)),
}
"""Whether any two values compare so, the left ones between *low* and *high*."""


def _held(may: NDArray[np.bool_], instants: NDArray[np.int64], hold: Seconds) -> NDArray[np.bool_]:
    """Return where something may have held at every instant for *hold* seconds."""
    if hold == 0:
        return may
    found, since = np.zeros(len(may), dtype=bool), -1
    for place, holds in enumerate(may.tolist()):
        since = (place if since < 0 else since) if holds else -1
        found[place] = holds and instants[place] - instants[since] >= hold
    return found
