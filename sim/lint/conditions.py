"""When a gate may open and an expectation may hold, by the bounds of the measures in it."""

from dataclasses import dataclass
from math import inf

from sim.language.moments import Moment
from sim.language.tree import (
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
from sim.lint.bounds import ANYTHING, NO_DATA, Bounds, Range
from sim.lint.spans import Spans, after_holding, both, joined
from sim.scenario.calendar import SiteClock
from sim.units import Seconds

_MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}


@dataclass(frozen=True)
class Possibilities:
    """Judges conditions by bounds of measures: what may be so, and when."""

    bounds: Bounds
    clock: SiteClock
    horizon: Seconds

    def spans(self, condition: Condition) -> Spans:
        """Return when a condition over values of the moment may hold, holds included."""
        if isinstance(condition, Combination):
            parts = [self.spans(part) for part in condition.parts]
            if condition.operator == "or":
                return joined(span for part in parts for span in part)
            found = parts[0]
            for part in parts[1:]:
                found = both(found, part)
            return found
        starts = self.bounds.instants()
        ends = (*starts[1:], self.horizon + 1)
        may_hold = joined(
            (start, end)
            for start, end in zip(starts, ends, strict=True)
            if self.may_hold_now(condition, start)
        )
        return after_holding(may_hold, condition.hold or 0)

    def may_hold_now(self, comparison: Comparison, now: Seconds) -> bool:
        """Say whether a comparison of values of the moment may hold at an instant."""
        left, right = self._now(comparison.left, now), self._now(comparison.right, now)
        return may_compare(left, comparison.operator, right)

    def may_pass(self, condition: Condition) -> bool:
        """Say whether an expectation may hold, for one replication at least."""
        if isinstance(condition, Combination):
            judged = [self.may_pass(part) for part in condition.parts]
            return all(judged) if condition.operator == "and" else any(judged)
        left, right = self.range_of(condition.left), self.range_of(condition.right)
        return may_compare(left, condition.operator, right)

    def lacks_data(self, condition: Condition) -> bool:
        """Say whether some value that an expectation asks for certainly does not exist."""
        if isinstance(condition, Combination):
            return any(self.lacks_data(part) for part in condition.parts)
        return NO_DATA in (self.range_of(condition.left), self.range_of(condition.right))

    def range_of(self, term: Term) -> Range:
        """Return where a value of an expectation lies."""
        if isinstance(term, Number):
            return Range(term.value, term.value)
        if isinstance(term, SeriesAt):
            return self.bounds.at(term.series, self._seconds(term.when))
        if isinstance(term, SeriesOver):
            return self._over(term)
        if isinstance(term, Arithmetic):
            return _together(term, self.range_of(term.left), self.range_of(term.right))
        if isinstance(term, TimeTo):
            return self._time_to(term.condition)
        if isinstance(term, Probability):
            return Range(0, 1) if self.may_pass(term.condition) else Range(0, 0)
        if isinstance(term, Statistic) and term.name != "half width":
            return self.range_of(term.of)
        return ANYTHING

    def _now(self, term: Term, now: Seconds) -> Range:
        if isinstance(term, Number):
            return Range(term.value, term.value)
        if isinstance(term, Series):
            return self.bounds.at(term, now)
        if isinstance(term, Arithmetic):
            return _together(term, self._now(term.left, now), self._now(term.right, now))
        return ANYTHING

    def _over(self, term: SeriesOver) -> Range:
        """Bound the extremes and the mean of a span: no value lies outside all its bounds."""
        start, end = self._seconds(term.start), self._seconds(term.end)
        inner = [at for at in self.bounds.instants() if start < at < end]
        found = [self.bounds.at(term.series, at) for at in (start, *inner, end)]
        if NO_DATA in found:
            return NO_DATA
        low, high = min(one.low for one in found), max(one.high for one in found)
        if term.function == "min":
            high = min(one.high for one in found)
        if term.function == "max":
            low = max(one.low for one in found)
        return Range(low, high)

    def _time_to(self, condition: Condition) -> Range:
        spans = self.spans(condition)
        return Range(spans[0][0] if spans else inf, inf)

    def _seconds(self, when: Moment | None) -> Seconds:
        return self.horizon if when is None else self.clock.seconds(when)


def may_compare(left: Range, operator: str, right: Range) -> bool:
    """Say whether any two values of two ranges compare so; never without data."""
    if NO_DATA in (left, right):
        return False
    if operator in ("<", "<="):
        return left.low < right.high or (operator == "<=" and left.low <= right.high)
    if operator in (">", ">="):
        return may_compare(right, _MIRRORED[operator], left)
    if operator == "==":
        return left.low <= right.high and right.low <= left.high
    return not left.low == left.high == right.low == right.high


def _together(term: Arithmetic, left: Range, right: Range) -> Range:
    if NO_DATA in (left, right):
        return NO_DATA
    if term.operator == "+":
        return Range(left.low + right.low, left.high + right.high)
    return Range(left.low - right.high, left.high - right.low)
