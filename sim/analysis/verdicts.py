"""What becomes of a condition in each replication, with the figures that are taken over all.

A figure over replications (a probability, a percentile, a mean) is one number for all; where a
confidence is stated it is all the numbers of its interval, so that a comparison which does not hold
for each of them cannot be said.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from sim.analysis.over_replications import (
    Interval,
    fewest_for_percentile,
    fewest_for_share,
    half_width,
    mean,
    mean_interval,
    percentile,
    percentile_interval,
    share_interval,
)
from sim.analysis.ranges import Missing, Range, exactly, holds, margin
from sim.analysis.readings import Reading, is_literal, over_runs
from sim.scenario.expression_tree import (
    Arithmetic,
    Comparator,
    Comparison,
    Condition,
    Number,
    Probability,
    SeriesAt,
    SeriesOver,
    Statistic,
    Term,
    TimeTo,
)

USUAL_CONFIDENCE = 0.95
"""Of intervals that are shown or compared where none is stated."""

_ONE_RUN = Missing("it needs several replications")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of a condition in one replication."""

    holds: bool | None
    """None: cannot be said."""
    left: Range | None = None
    right: Range | None = None
    comparison: Comparison | None = None
    why: str = ""
    is_empty: bool = False
    """Whether it cannot be said because a measure has no data."""

    @property
    def margin(self) -> float | None:
        """By how much the comparison that decided holds; None without a number."""
        if self.left is None or self.right is None or self.comparison is None:
            return None
        return margin(self.comparison.operator, self.left, self.right)


def verdicts(
    condition: Condition, readings: Sequence[Reading], confidence: float | None = None
) -> Iterator[Verdict]:
    """Yield what becomes of a condition in each replication, in order; *confidence* is 0 to 1."""
    figures = {
        part: _figure(part, readings, confidence) for part in dict.fromkeys(over_runs(condition))
    }
    for reading in readings:
        yield _Run(reading, figures, len(readings), confidence).judge(condition)


def values_of_each(term: Term, readings: Sequence[Reading]) -> list[Range | Missing]:
    """Return the value of a number in each replication; none over several may stand in it."""
    return [_Run(reading, {}).value(term) for reading in readings]


def value_over(term: Term, readings: Sequence[Reading]) -> Range | Missing:
    """Return the value of a number over some replications.

    That of one; of several the middle one, unless it is a figure over replications itself.
    """
    figures = {part: _figure(part, readings, None) for part in dict.fromkeys(over_runs(term))}
    if figures:
        return _Run(readings[0], figures, len(readings)).value(term)
    found = values_of_each(term, readings)
    return found[0] if len(found) == 1 else _statistic("median", found, None)


_MIRRORED: dict[Comparator, Comparator] = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


def _facing(comparison: Comparison) -> Comparison:
    """Return a comparison with what is observed on the left: `95 <= x` is `x >= 95`."""
    if not is_literal(comparison.left) or is_literal(comparison.right):
        return comparison
    operator = _MIRRORED.get(comparison.operator, comparison.operator)
    return Comparison(comparison.right, operator, comparison.left)


@dataclass(frozen=True)
class _Run:
    """Judges conditions in one replication, with the figures over all of them."""

    reading: Reading
    figures: Mapping[Probability | Statistic, Range | Missing]
    replications: int = 1
    confidence: float | None = None

    def judge(self, condition: Condition) -> Verdict:
        if isinstance(condition, Comparison):
            return self._comparison(_facing(condition))
        verdicts = [self.judge(part) for part in condition.parts]
        decisive = condition.operator == "or"
        for wanted in (decisive, None, not decisive):
            for verdict in verdicts:
                if verdict.holds is wanted:
                    return verdict
        raise AssertionError("a combination has parts")

    def _comparison(self, comparison: Comparison) -> Verdict:
        left, right = self.value(comparison.left), self.value(comparison.right)
        if isinstance(left, Missing) or isinstance(right, Missing):
            why = next(one.why for one in (left, right) if isinstance(one, Missing))
            known = [None if isinstance(one, Missing) else one for one in (left, right)]
            return Verdict(None, known[0], known[1], comparison, why, is_empty=True)
        found, why = holds(comparison.operator, left, right), ""
        if found is None:
            why = self._doubt(left)
        elif found and (fewest := self._fewest(comparison)) > self.replications:
            found, why = None, f"{self.replications} replications are too few: {fewest} at least"
        return Verdict(found, left, right, comparison, why)

    def _doubt(self, left: Range) -> str:
        if self.confidence is not None and not left.is_open and left.low != left.high:
            return f"{self.replications} replications are too few for the confidence stated"
        return "the run ends too early to tell"

    def _fewest(self, comparison: Comparison) -> int:
        """Return how many replications a comparison needs to be believed where it holds."""
        if self.confidence is not None:
            return 1
        sides = (comparison.left, comparison.right)
        for one, other in (sides, sides[::-1]):
            if isinstance(one, Probability) and is_literal(other):
                bound = self.value(other)
                return fewest_for_share(bound.low) if isinstance(bound, Range) else 1
        return 1

    def value(self, term: Term) -> Range | Missing:
        """Return where a term's value lies."""
        if isinstance(term, Number):
            return exactly(term.value)
        if isinstance(term, SeriesAt | SeriesOver | TimeTo):
            return self.reading.values[term]
        if isinstance(term, Probability | Statistic):
            return self.figures[term]
        if not isinstance(term, Arithmetic):
            raise TypeError(f"a series needs an instant: {term}")
        left, right = self.value(term.left), self.value(term.right)
        if isinstance(left, Missing) or isinstance(right, Missing):
            return left if isinstance(left, Missing) else right
        return left.plus(right) if term.operator == "+" else left.minus(right)


def _figure(
    term: Probability | Statistic, readings: Sequence[Reading], confidence: float | None
) -> Range | Missing:
    """Return a figure over replications; with a *confidence* the whole of its interval."""
    if len(readings) < 2:
        return _ONE_RUN
    runs = [_Run(reading, {}) for reading in readings]
    if isinstance(term, Probability):
        found = _probability([run.judge(term.condition) for run in runs], confidence)
    else:
        found = _statistic(term.name, [run.value(term.of) for run in runs], confidence)
    if isinstance(found, Missing) or confidence is None or found.interval is None:
        return found
    low, high = found.interval
    return replace(found, low=low, high=high, is_open=False)


def _probability(found: Sequence[Verdict], confidence: float | None) -> Range | Missing:
    empty = [one for one in found if one.is_empty]
    if empty:
        return _missing_in(len(empty), len(found), empty[0].why)
    count, of = sum(one.holds is True for one in found), len(found)
    doubtful = sum(one.holds is None for one in found)
    low, _ = share_interval(count, of, confidence or USUAL_CONFIDENCE)
    _, high = share_interval(count + doubtful, of, confidence or USUAL_CONFIDENCE)
    estimate = count / of if not doubtful else None
    return Range(count / of, (count + doubtful) / of, estimate=estimate, interval=(low, high))


def _statistic(
    name: str, found: Sequence[Range | Missing], confidence: float | None
) -> Range | Missing:
    known = [one for one in found if isinstance(one, Range)]
    if len(known) < len(found):
        why = next(one.why for one in found if isinstance(one, Missing))
        return _missing_in(len(found) - len(known), len(found), why)
    lows, highs = (sorted(ends) for ends in ([r.low for r in known], [r.high for r in known]))
    sure = confidence or USUAL_CONFIDENCE
    if name == "half width":
        if any(map(math.isinf, highs)):
            return Missing("not reached in each replication")
        return exactly(half_width(lows, sure))
    if name == "mean":
        low, high = mean(lows), mean(highs)
        interval: Interval = mean_interval(highs, sure)
    else:
        per_cent = 50.0 if name == "median" else float(name.removeprefix("p"))
        fewest = fewest_for_percentile(per_cent)
        if len(found) < fewest:
            return Missing(f"{len(found)} replications are too few for {name}: {fewest} at least")
        low, high = percentile(lows, per_cent), percentile(highs, per_cent)
        interval = (
            percentile_interval(lows, per_cent, sure)[0],
            percentile_interval(highs, per_cent, sure)[1],
        )
    estimate = low if low == high else None
    return Range(low, high, low != high, estimate, interval)


def _missing_in(count: int, of: int, why: str) -> Missing:
    return Missing(f"{why} in {count} of {of} replications")
