"""Judging the expectations of a scenario against one replication.

Four outcomes: passed, warned, failed, inconclusive. A measure without data never passes; what
needs several replications (a probability, a percentile) is inconclusive with one.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.analysis.measure_table import instants_of
from sim.analysis.series import SeriesReader
from sim.scenario.calendar import SiteClock
from sim.scenario.expression_tree import (
    Arithmetic,
    Combination,
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
        return {"text": self.text, "outcome": self.outcome, "observed": self.observed}


@dataclass(frozen=True, slots=True)
class _Verdict:
    holds: bool | None
    """None: cannot be said."""
    observed: float | None


class Judge:
    """Judges conditions against the series of one run."""

    def __init__(
        self, reader: SeriesReader, clock: SiteClock, horizon: Seconds, interval: Seconds
    ) -> None:
        self._reader = reader
        self._clock = clock
        self._horizon = horizon
        self._instants = instants_of(horizon, interval)

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
        observed = None if left is None or math.isinf(left) else left
        if left is None or right is None:
            return _Verdict(None, observed)
        if math.isinf(left) or math.isinf(right):
            bound = right if math.isinf(left) else left
            if not bound <= self._horizon:
                return _Verdict(None, observed)
        return _Verdict(COMPARE[comparison.operator](left, right), observed)

    def _term(self, term: Term) -> float | None:
        """Return a term's value; None without data, infinity for a level that was not reached."""
        if isinstance(term, Number):
            return term.value
        if isinstance(term, SeriesAt):
            return self._value(term.series, self._seconds(term.when))
        if isinstance(term, SeriesOver):
            return self._over(term)
        if isinstance(term, Arithmetic):
            left, right = self._term(term.left), self._term(term.right)
            if left is None or right is None or (math.isinf(left) and math.isinf(right)):
                return None
            return left + right if term.operator == "+" else left - right
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
        lengths: NDArray[np.int64] = np.diff(np.append(times, end))
        return float(values @ lengths / (end - start)) if end > start else float(values[0])

    def _time_to(self, condition: Condition) -> float:
        """Return the first reporting instant at which a condition holds; infinity without one."""
        found = {s: self._reader.values(s, self._instants) for s in series_in(condition)}
        watch = Watch(condition)
        for place, instant in enumerate(self._instants.tolist()):

            def read(series: Series, place: int = place) -> float | None:
                value = float(found[series][place])
                return None if math.isnan(value) else value

            if watch.holds(instant, read):
                return float(instant)
        return math.inf


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
