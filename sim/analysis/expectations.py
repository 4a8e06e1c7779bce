"""Judging the expectations of a scenario against one replication.

Four outcomes: passed, warned, failed, inconclusive. A measure without data never passes; what
needs several replications (a probability, a percentile) is inconclusive with one.
"""

import math
import operator
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.analysis.series import SeriesReader
from sim.scenario.calendar import SiteClock
from sim.scenario.expression_tree import (
    Arithmetic,
    Combination,
    Comparator,
    Comparison,
    Condition,
    Number,
    Probability,
    Series,
    SeriesAt,
    SeriesOver,
    Statistic,
    Term,
    TimeTo,
)
from sim.scenario.model import Expectation
from sim.scenario.moments import Moment
from sim.tally.conditions import COMPARE, Watch
from sim.units import Seconds
from sim.vocabulary import SLICES


@dataclass(frozen=True, slots=True)
class Judged:
    """One expectation with its outcome and the value that decided it."""

    text: str
    outcome: str
    observed: float | None
    """The value on the left of the first comparison that decided; None without data."""
    report_only: bool = False

    def as_summary(self) -> dict[str, Any]:
        """Return the entry of summary.json."""
        observed = None if self.observed is None else round(self.observed, 6)
        return {"text": self.text, "outcome": self.outcome, "observed": observed}


@dataclass(frozen=True, slots=True)
class _Verdict:
    holds: bool | None
    """None: cannot be said."""
    observed: float | None


@dataclass(frozen=True, slots=True)
class _Range:
    """Where a value lies: a number, or what is known of a time that lies beyond the horizon."""

    low: float
    high: float
    is_open: bool = False
    """Whether the ends themselves are left out."""

    def plus(self, other: "_Range") -> "_Range":
        """Return where the sum lies."""
        is_open = self.is_open or other.is_open
        return _Range(self.low + other.low, self.high + other.high, is_open)

    def negated(self) -> "_Range":
        """Return where the negative lies."""
        return _Range(-self.high, -self.low, self.is_open)


def _exactly(value: float | None) -> _Range | None:
    return None if value is None else _Range(value, value)


def _holds(comparator: Comparator, left: _Range, right: _Range) -> bool | None:
    """Say whether a comparison holds for all values, for none, or cannot be said (None)."""
    gap = left.plus(right.negated())
    if gap.low == gap.high:
        return COMPARE[comparator](gap.low, 0)
    is_more = gap.low > 0 or (gap.is_open and gap.low == 0)
    is_less = gap.high < 0 or (gap.is_open and gap.high == 0)
    if not (is_more or is_less):
        return None
    return COMPARE[comparator](1 if is_more else -1, 0)


class Judge:
    """Judges conditions against the series of one run, to the second.

    The reporting interval does not matter here: gates alone are judged by it.
    """

    def __init__(self, reader: SeriesReader, clock: SiteClock, horizon: Seconds) -> None:
        self._reader = reader
        self._clock = clock
        self._horizon = horizon

    def judge(self, expectation: Expectation, condition: Condition) -> Judged:
        """Return the outcome of one expectation."""
        verdict = self._condition(condition)
        holds = verdict.holds if self._has_devices(expectation, condition) else None
        failed = "warned" if expectation.severity == "warn" else "failed"
        outcome = {True: "passed", False: failed, None: "inconclusive"}[holds]
        return Judged(expectation.expr, outcome, verdict.observed, expectation.report_only)

    def _has_devices(self, expectation: Expectation, condition: Condition) -> bool:
        """Say whether every series is about enough eligible devices."""
        for series in series_in(condition):
            slices = tuple(one for one in series.filters if one.label in SLICES)
            eligible = Series(series.view, "eligible", slices)
            if (self._value(eligible, self._horizon) or 0) < expectation.min_devices:
                return False
        return True

    def _condition(self, condition: Condition) -> _Verdict:
        if isinstance(condition, Comparison):
            return self._comparison(condition)
        verdicts = [self._condition(part) for part in condition.parts]
        decisive = condition.operator == "or"
        for wanted in (decisive, None, not decisive):
            for verdict in verdicts:
                if verdict.holds is wanted:
                    return verdict
        raise AssertionError("a combination has parts")

    def _comparison(self, comparison: Comparison) -> _Verdict:
        left, right = self._term(comparison.left), self._term(comparison.right)
        observed = None if left is None or left.low != left.high else left.low
        if left is None or right is None:
            return _Verdict(None, observed)
        return _Verdict(_holds(comparison.operator, left, right), observed)

    def _term(self, term: Term) -> _Range | None:
        """Return where a term's value lies; None without data."""
        if isinstance(term, Number):
            return _Range(term.value, term.value)
        if isinstance(term, SeriesAt):
            return _exactly(self._value(term.series, self._seconds(term.when)))
        if isinstance(term, SeriesOver):
            return _exactly(self._over(term))
        if isinstance(term, Arithmetic):
            left, right = self._term(term.left), self._term(term.right)
            if left is None or right is None:
                return None
            return left.plus(right) if term.operator == "+" else left.plus(right.negated())
        if isinstance(term, TimeTo):
            return self._time_to(term.condition)
        if isinstance(term, Probability | Statistic):
            return None
        raise TypeError(f"a series needs an instant: {term}")

    def _seconds(self, when: Moment | None) -> Seconds:
        return self._horizon if when is None else self._clock.seconds(when)

    def _value(self, series: Series, at: Seconds) -> float | None:
        value = float(self._reader.values(series, np.array([at], dtype=np.int64))[0])
        return None if math.isnan(value) else value

    def _over(self, term: SeriesOver) -> float | None:
        """Return the extreme or the time-weighted mean over a span; None where data is missing."""
        start, end = self._seconds(term.start), self._seconds(term.end)
        times = self._reader.change_times(term.series.view, start + 1, end)
        times = np.concatenate((np.array([start], dtype=np.int64), times))
        values = self._reader.values(term.series, times)
        if np.isnan(values).any():
            return None
        if term.function != "mean":
            return float(values.min() if term.function == "min" else values.max())
        lengths = np.diff(np.append(times, end)).tolist()
        parts = map(operator.mul, values.tolist(), lengths)
        return math.fsum(parts) / (end - start) if end > start else float(values[0])

    def _time_to(self, condition: Condition) -> _Range:
        """Return the second in which a condition first holds; later than the end if it never does.

        Values change in the seconds of `seconds_of_change` alone, and a hold ends its length after
        one of them: no other second can be the first.
        """
        chosen = series_in(condition)
        changes = [np.zeros(1, np.int64)]
        changes += [self._reader.seconds_of_change(one.view) for one in chosen]
        moments = np.concatenate(changes)
        moments = np.concatenate([moments, *(moments + hold for hold in _holds_in(condition))])
        moments = np.unique(moments[moments <= self._horizon])
        found = {one: self._reader.values_after(one, moments).tolist() for one in chosen}
        watch = Watch(condition)
        for place, second in enumerate(moments.tolist()):

            def read(series: Series, place: int = place) -> float | None:
                value = found[series][place]
                return None if math.isnan(value) else float(value)

            if watch.holds(second, read):
                return _Range(float(second), float(second))
        return _Range(self._horizon, math.inf, is_open=True)


def _holds_in(condition: Condition) -> set[Seconds]:
    if isinstance(condition, Combination):
        return set().union(*(_holds_in(part) for part in condition.parts))
    return {condition.hold} if condition.hold else set()


def series_in(node: Condition | Term) -> set[Series]:
    """Return all series that a condition or a term speaks of."""
    if isinstance(node, Series):
        return {node}
    if isinstance(node, Combination):
        return _all(node.parts)
    if isinstance(node, Comparison | Arithmetic):
        return series_in(node.left) | series_in(node.right)
    if isinstance(node, SeriesAt | SeriesOver):
        return {node.series}
    if isinstance(node, TimeTo | Probability):
        return series_in(node.condition)
    return series_in(node.of) if isinstance(node, Statistic) else set()


def _all(nodes: Iterable[Condition]) -> set[Series]:
    return set().union(*(series_in(node) for node in nodes))
