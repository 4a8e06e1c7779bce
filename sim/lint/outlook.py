"""What a measure can be in any run: at each instant, a least and a largest value.

Devices that never onboard are certain; every other device may onboard or not.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from sim.language.tree import Arithmetic, Combination, Condition, Filter, Number, Series, Term
from sim.lint.analysis import Analysis
from sim.lint.other_runs import OtherRuns
from sim.lint.rehearsal import Numbers, Way
from sim.measures.status import Profile
from sim.measures.weights import PERCENTAGES, weights
from sim.reference.attempts import ADMIT, EVALUATE, ONBOARDING, ONE_TIME_SCRIPT
from sim.scenario.steps import Pause
from sim.units import Seconds
from sim.vocabulary import SLICES

Values = NDArray[np.float64]
Bounds = tuple[Values, Values]
"""The least and the largest value at each instant; both NaN where no run has data."""


_ONLY_ONBOARDED = frozenset(("onboarded", "protected"))
"""The counts to which a device that never onboards adds nothing."""


class Outlook:
    """Bounds of measures in all runs in which the gates of some steps do not open."""

    def __init__(self, analysis: Analysis, runs: OtherRuns) -> None:
        self._analysis = analysis
        self._scenario = analysis.scenario
        self._records = analysis.prepared.device_table.devices
        self._runs = runs
        self._bounds: dict[tuple[Series, bytes], Bounds] = {}

    def bounds(self, series: Series, instants: NDArray[np.int64]) -> Bounds:
        """Return between which values a series lies at each instant [s] in any run."""
        key = series, instants.tobytes()
        if key not in self._bounds:
            self._bounds[key] = self._find_bounds(series, instants)
        return self._bounds[key]

    def _find_bounds(self, series: Series, instants: NDArray[np.int64]) -> Bounds:
        until, nothing = int(instants[-1]), np.zeros(len(instants))
        fitting = {number for number in self._runs.everybody if self._may_fit(number, series)}
        counted, whole = PERCENTAGES.get(series.measure, (series.measure, ""))
        kept_out = self._runs.kept_out(until)
        least = nothing.copy()
        is_for_onboarded = counted in _ONLY_ONBOARDED
        if counted == "failed":
            least = _reached(self._failing(series, kept_out), instants)
        if not whole:
            counts = len(fitting - kept_out if is_for_onboarded else fitting)
            # A device counts once for each of its policies in `deployment`.
            return least, nothing + (np.inf if counted == "deployment" else counts)
        possible = {number for number in fitting if self._may_count(number, whole, until)}
        if not possible:
            return nothing + np.nan, nothing + np.nan
        shares = nothing + 100.0
        if is_for_onboarded:
            since = {} if whole == "eligible" else self._runs.reached_from
            others = (since.get(number, 0) for number in possible - kept_out)
            free = _reached(others, instants)
            if not free.any():
                return nothing, nothing
            fixed = _reached(self._counted_surely(series, whole, kept_out), instants)
            shares = 100 * free / np.maximum(free + fixed, 1)
        return 100 * least / len(possible), shares

    def _may_fit(self, number: int, series: Series) -> bool:
        """Say whether the slices of a series may contain a device."""
        return all(self._may_have(number, one) for one in series.filters if one.label in SLICES)

    def _may_have(self, number: int, chosen: Filter) -> bool:
        label, value = chosen.label, chosen.value
        if label == "collection":
            if chosen.equal:
                return number in self._runs.may_belong(value)
            is_there = self._records[number].joins == 0
            return not (is_there and self._runs.always_belongs(number, value))
        if label == "policy" and chosen.equal:
            return number in self._runs.ways(self._scenario.horizon).get((ONBOARDING, value), ())
        if label in ("os", "level") and "os" not in self._runs.patched:
            return (getattr(self._records[number].kind, label) == value) is chosen.equal
        return True

    def _may_count(self, number: int, whole: str, until: Seconds) -> bool:
        """Say whether a device may be one of those of which a percentage is taken."""
        if whole == "onboarded":
            return number not in self._runs.kept_out(until)
        if whole == "reached_by_script":
            return number in self._runs.reached_by(until, ONE_TIME_SCRIPT)
        if whole == "eligible_and_targeted" and number not in self._runs.reached_by(
            until, ONBOARDING
        ):
            return False
        if whole in ("eligible", "eligible_and_targeted"):
            return bool(self._runs.patched) or not self._records[number].kind.ineligible_cause
        return True

    def _counted_surely(self, series: Series, whole: str, kept_out: Numbers) -> Iterator[Seconds]:
        """Yield from when on a device that never onboards is among those counted, in every run."""
        weight = weights(series)[1]
        assert weight is not None
        for number, _ in self._certain(series, kept_out, weight):
            joins = self._records[number].joins
            if whole == "eligible":
                yield joins
            elif whole == "eligible_and_targeted" and number in self._runs.sure_since:
                yield max(joins, *self._runs.sure_since[number].values())

    def _failing(self, series: Series, kept_out: Numbers) -> Iterator[Seconds]:
        """Yield from when on a device that never onboards has failed, in every run.

        Only devices that are always on, that one policy reaches, and that the site or the policy
        refuses at the first evaluation.
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
        for way, numbers in self._runs.ways(scenario.horizon).items():
            for number in numbers:
                ways[number].add(way)
        delayed = Numbers().union(*(devices for _, _, devices in self._runs.delayed))
        for number, profile in self._certain(series, kept_out, weights(series)[0]):
            device, since = self._analysis.devices[number], self._runs.sure_since.get(number, {})
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
        for profile, numbers in self._analysis.at_end[series.view].items():
            if weight(profile):
                for number in sorted(numbers & kept_out - self._runs.changed):
                    if all(self._surely_has(number, one) for one in slices):
                        yield number, profile

    def _surely_has(self, number: int, chosen: Filter) -> bool:
        """Say whether a slice that contains a device at the end always does, in every run."""
        label, value = chosen.label, chosen.value
        if label == "collection":
            if chosen.equal:
                return self._records[number].joins == 0 and self._runs.always_belongs(number, value)
            return number not in self._runs.may_belong(value)
        if label == "policy":
            return chosen.equal and value in self._runs.sure_since.get(number, {})
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


def _reached(times: Iterator[Seconds], instants: NDArray[np.int64]) -> Values:
    """Return how many of the times have come at each instant."""
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
