"""What one replication says to a condition: the values that it speaks of, read to the second.

A reading is all that an expectation needs of a replication, so that many replications can be judged
together without keeping their logs. The reporting interval does not matter here: gates alone are
judged by it.
"""

import math
import operator
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from sim.judging.ranges import NO_DATA, Missing, Range, beyond, exactly
from sim.language.moments import Moment
from sim.language.tree import (
    Arithmetic,
    Comparison,
    Condition,
    Node,
    Number,
    Probability,
    Series,
    SeriesAt,
    SeriesOver,
    Statistic,
    Term,
    TimeTo,
    series_in,
    walk,
)
from sim.measures.conditions import Watch
from sim.measures.series import SeriesReader
from sim.scenario.calendar import SiteClock
from sim.units import Seconds
from sim.vocabulary import SLICES

Leaf = SeriesAt | SeriesOver | TimeTo
"""A part of a condition that has one value in each replication."""


@dataclass(frozen=True, slots=True)
class Observation:
    """What one replication says to one condition."""

    values: Mapping[Leaf, Range | Missing]
    devices: int | None
    """The fewest eligible devices at the end that a series of the condition is about; None without
    a series."""


class Observations:
    """Reads conditions from the series of one run."""

    def __init__(self, reader: SeriesReader, clock: SiteClock, horizon: Seconds) -> None:
        self._reader = reader
        self._clock = clock
        self._horizon = horizon

    def of(self, condition: Condition | Term) -> Observation:
        """Return what the run says to a condition or a number."""
        values = {leaf: self._leaf(leaf) for leaf in dict.fromkeys(leaves(condition))}
        counts = [self._eligible(series) for series in sorted(series_in(condition), key=repr)]
        return Observation(values, min(counts, default=None))

    def _eligible(self, series: Series) -> int:
        slices = tuple(one for one in series.filters if one.label in SLICES)
        eligible = Series(series.view, "eligible", slices)
        return int(self._value(eligible, self._horizon) or 0)

    def _leaf(self, leaf: Leaf) -> Range | Missing:
        if isinstance(leaf, TimeTo):
            return self._time_to(leaf.condition)
        if isinstance(leaf, SeriesAt):
            value = self._value(leaf.series, self._seconds(leaf.when))
        else:
            value = self._over(leaf)
        return NO_DATA if value is None else exactly(value)

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

    def _time_to(self, condition: Condition) -> Range | Missing:
        """Return the second in which a condition first holds; later than the end if it never does.

        Where it never does and a series in it never has data, nothing is known. Values change in
        the seconds of `seconds_of_change` alone, and a hold ends its length after one of them: no
        other second can be the first.
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
                return exactly(float(second))
        if any(all(map(math.isnan, values)) for values in found.values()):
            return NO_DATA
        return beyond(self._horizon)


def leaves(node: Node) -> Iterator[Leaf]:
    """Yield the parts that have one value in each replication, those of statistics too."""
    return (one for one in walk(node) if isinstance(one, Leaf))


def over_runs(node: Node) -> Iterator[Probability | Statistic]:
    """Yield the parts that are taken over several replications."""
    return (one for one in walk(node) if isinstance(one, Probability | Statistic))


def of_each(node: Node) -> Iterator[Leaf]:
    """Yield the parts that have one value in each replication, those of statistics left out."""
    outside = walk(node, skip=(Probability, Statistic))
    return (one for one in outside if isinstance(one, Leaf))


def is_literal(term: Term) -> bool:
    """Tell whether a term is made of numbers alone."""
    return all(isinstance(one, Arithmetic | Number) for one in walk(term))


def _holds_in(condition: Condition) -> set[Seconds]:
    comparisons = (one for one in walk(condition) if isinstance(one, Comparison))
    return {one.hold for one in comparisons if one.hold}
