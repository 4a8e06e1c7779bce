"""Observations: the values of a condition's terms in one replication, exact to the second.

An observation is all that an expectation needs from a replication. So many replications can be
judged together without their logs. The reporting interval matters to gates, not to expectations.
"""

import math
import operator
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from sim.judging.ranges import NO_DATA, Missing, Range, beyond, exactly
from sim.language import tree
from sim.language.moments import Moment
from sim.measures.conditions import Watch
from sim.measures.series import SeriesReader
from sim.scenario.calendar import SiteClock
from sim.units import Seconds
from sim.vocabulary import SLICES

ObservedTerm = tree.SeriesAt | tree.SeriesOver | tree.TimeTo
"""A term that has one value in each replication."""


@dataclass(frozen=True, slots=True)
class Observation:
    """The values of one condition's terms in one replication."""

    values: Mapping[ObservedTerm, Range | Missing]
    devices: int | None
    """Eligible devices at the end in the condition's smallest series; None without a series."""


@dataclass(frozen=True)
class Observer:
    """Observes conditions in the series of one run."""

    reader: SeriesReader
    clock: SiteClock
    horizon: Seconds

    def observe(self, condition: tree.Condition | tree.Term) -> Observation:
        """Return the observation of a condition or a term."""
        values = {term: self._term(term) for term in dict.fromkeys(observed_terms(condition))}
        counts = [self._eligible(series) for series in sorted(tree.series_in(condition), key=repr)]
        return Observation(values, min(counts, default=None))

    def _eligible(self, series: tree.Series) -> int:
        slices = tuple(each for each in series.filters if each.label in SLICES)
        eligible = tree.Series(series.view, "eligible", slices)
        return int(self._value(eligible, self.horizon) or 0)

    def _term(self, term: ObservedTerm) -> Range | Missing:
        if isinstance(term, tree.TimeTo):
            return self._time_to(term.condition)
        if isinstance(term, tree.SeriesAt):
            value = self._value(term.series, self._seconds(term.when))
        else:
            value = self._over(term)
        return NO_DATA if value is None else exactly(value)

    def _seconds(self, when: Moment | None) -> Seconds:
        return self.horizon if when is None else self.clock.seconds(when)

    def _value(self, series: tree.Series, at: Seconds) -> float | None:
        value = float(self.reader.values(series, np.array([at], dtype=np.int64))[0])
        return None if math.isnan(value) else value

    def _over(self, term: tree.SeriesOver) -> float | None:
        """Return the extreme or the time-weighted mean over a span; None when data is missing."""
        start, end = self._seconds(term.start), self._seconds(term.end)
        times = self.reader.change_times(term.series.view, start + 1, end)
        times = np.concatenate((np.array([start], dtype=np.int64), times))
        values = self.reader.values(term.series, times)
        if np.isnan(values).any():
            return None
        if term.function != "mean":
            return float(values.min() if term.function == "min" else values.max())
        lengths = np.diff(np.append(times, end)).tolist()
        parts = map(operator.mul, values.tolist(), lengths)
        return math.fsum(parts) / (end - start) if end > start else float(values[0])

    def _time_to(self, condition: tree.Condition) -> Range | Missing:
        """Return the first second in which a condition is met; after the end if it never is.

        There is no data if it is never met and one of its series never has data.
        """
        # Values change only in the seconds of `seconds_of_change`, and a `for` ends its length
        # after one of them. So the first second is among these.
        used = tree.series_in(condition)
        comparisons = (node for node in tree.walk(condition) if isinstance(node, tree.Comparison))
        holds = {each.hold for each in comparisons if each.hold}
        changes = [np.zeros(1, np.int64)]
        changes += [self.reader.seconds_of_change(series.view) for series in used]
        moments = np.concatenate(changes)
        moments = np.concatenate([moments, *(moments + hold for hold in holds)])
        moments = np.unique(moments[moments <= self.horizon])
        values = {series: self.reader.values_after(series, moments).tolist() for series in used}
        watch = Watch(condition)
        for index, second in enumerate(moments.tolist()):

            def read(series: tree.Series, index: int = index) -> float | None:
                value = values[series][index]
                return None if math.isnan(value) else float(value)

            if watch.holds(second, read):
                return exactly(float(second))
        if any(all(map(math.isnan, each)) for each in values.values()):
            return NO_DATA
        return beyond(self.horizon)


def observed_terms(node: tree.Node) -> Iterator[ObservedTerm]:
    """Yield the terms with one value in each replication, including those inside statistics."""
    return (term for term in tree.walk(node) if isinstance(term, ObservedTerm))


def experiment_terms(node: tree.Node) -> Iterator[tree.Probability | tree.Statistic]:
    """Yield the terms that are computed over several replications."""
    return (term for term in tree.walk(node) if isinstance(term, tree.Probability | tree.Statistic))


def replication_terms(node: tree.Node) -> Iterator[ObservedTerm]:
    """Yield the terms with one value in each replication that are not inside a statistic."""
    outside = tree.walk(node, skip=(tree.Probability, tree.Statistic))
    return (term for term in outside if isinstance(term, ObservedTerm))


def is_literal(term: tree.Term) -> bool:
    """Return whether a term consists of numbers only."""
    return all(isinstance(part, tree.Arithmetic | tree.Number) for part in tree.walk(term))
