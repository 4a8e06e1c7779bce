"""What is known of a number: itself, or between which bounds it lies.

A time that was not reached lies beyond the horizon; a figure over replications lies, with a stated
confidence, within an interval. A comparison that does not hold for all of a range, nor for none of
it, cannot be said.

Figures over several replications, as ranges: what of them is known, and how surely.

Without a stated confidence a figure is its best estimate, with its 95 % interval to be shown beside
it; with one it is all the numbers of the interval.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sim.judging.statistics import (
    fewest_for_percentile,
    fewest_for_share,
    half_width,
    mean,
    mean_interval,
    percentile_place,
    percentile_ranks,
    share_interval,
)
from sim.language.tree import Comparator
from sim.measures.conditions import COMPARE

Interval = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Range:
    """Where a number lies."""

    low: float
    high: float
    low_is_open: bool = False
    """Whether the low end itself is left out."""
    high_is_open: bool = False
    estimate: float | None = None
    """The one number to show for it; None where there is none."""
    interval: Interval | None = None
    """Where a figure over replications lies with some confidence, to be shown beside it."""
    is_beyond: bool = False
    """Whether a time that was not reached within the horizon is in it."""

    def plus(self, other: "Range") -> "Range":
        """Return where the sum lies."""
        return Range(
            self.low + other.low,
            self.high + other.high,
            self.low_is_open or other.low_is_open,
            self.high_is_open or other.high_is_open,
            _sum(self.estimate, other.estimate),
            _moved(self, other) or _moved(other, self),
            self.is_beyond or other.is_beyond,
        )

    def negated(self) -> "Range":
        """Return where the negative lies."""
        return Range(
            -self.high,
            -self.low,
            self.high_is_open,
            self.low_is_open,
            None if self.estimate is None else -self.estimate,
            None if self.interval is None else (-self.interval[1], -self.interval[0]),
            self.is_beyond,
        )

    def minus(self, other: "Range") -> "Range":
        """Return where the difference lies."""
        return self.plus(other.negated())


def _sum(one: float | None, other: float | None) -> float | None:
    return None if one is None or other is None else one + other


def _moved(one: Range, exact: Range) -> Interval | None:
    """Return the interval of a sum with an exact number; of two figures none is known."""
    if one.interval is None or exact.interval is not None or exact.low != exact.high:
        return None
    return one.interval[0] + exact.low, one.interval[1] + exact.low


@dataclass(frozen=True, slots=True)
class Missing:
    """There is no number, and why."""

    why: str
    reason: str = "no_data"
    """One of `Judged.reason`."""


NO_DATA = Missing("no data")


def exactly(value: float) -> Range:
    """Return the range of a known number."""
    return Range(value, value, estimate=value)


def beyond(horizon: float) -> Range:
    """Return where a time lies that was not reached within the horizon [s]."""
    return Range(horizon, math.inf, low_is_open=True, high_is_open=True, is_beyond=True)


_ROUNDING = 1e-9
"""What sums of floating-point numbers may be off by, relative to what is added."""


def _gap(left: Range, right: Range) -> Range:
    """Return the difference of two sides; what rounding alone makes of it is none."""
    gap = left.minus(right)
    ends = (left.low, left.high, right.low, right.high)
    size = max((abs(end) for end in ends if math.isfinite(end)), default=0.0)

    def cleared(value: float) -> float:
        return 0.0 if abs(value) <= _ROUNDING * max(1.0, size) else value

    estimate = None if gap.estimate is None else cleared(gap.estimate)
    return replace(gap, low=cleared(gap.low), high=cleared(gap.high), estimate=estimate)


def holds(comparator: Comparator, left: Range, right: Range) -> bool | None:
    """Say whether a comparison holds for all values, for none, or cannot be said (None)."""
    gap = _gap(left, right)
    if gap.low == gap.high:
        return COMPARE[comparator](gap.low, 0)
    is_more = gap.low > 0 or (gap.low_is_open and gap.low == 0)
    is_less = gap.high < 0 or (gap.high_is_open and gap.high == 0)
    if is_more or is_less:
        return COMPARE[comparator](1 if is_more else -1, 0)
    if gap.low >= 0 and comparator in (">=", "<"):
        return comparator == ">="
    if gap.high <= 0 and comparator in ("<=", ">"):
        return comparator == "<="
    return None


@dataclass(frozen=True, slots=True)
class Margin:
    """By how much a comparison holds; negative where it does not."""

    size: float
    is_least: bool = False
    """Whether it may be more, on the same side: a time lies beyond the horizon."""


def margin(comparator: Comparator, left: Range, right: Range) -> Margin | None:
    """Return by how much a comparison holds; None where nothing is known of it."""
    gap = _gap(left, right)
    if comparator in ("<", "<="):
        gap = gap.negated()
    if gap.estimate is not None:
        size = gap.estimate
        if comparator in ("==", "!="):
            size = -abs(size) if comparator == "==" else abs(size)
        return Margin(size + 0.0)  # never a negative zero
    if comparator in ("==", "!="):
        return None
    if gap.low >= 0 and math.isfinite(gap.low):
        return Margin(gap.low + 0.0, is_least=True)
    if gap.high <= 0 and math.isfinite(gap.high):
        return Margin(gap.high + 0.0, is_least=True)
    return None


USUAL_CONFIDENCE = 0.95
"""Of intervals that are shown or compared where none is stated."""

_End = tuple[float, bool]
"""An end of a range, and whether it is left out."""


def share(held: int, doubtful: int, of: int, confidence: float | None) -> Range:
    """Return the share of replications in which something holds; in some it cannot be said."""
    sure = confidence or USUAL_CONFIDENCE
    low, _ = share_interval(held, of, sure)
    _, high = share_interval(held + doubtful, of, sure)
    found = Range(
        held / of,
        (held + doubtful) / of,
        estimate=None if doubtful else held / of,
        interval=(low, high),
        is_beyond=doubtful > 0,
    )
    return found if confidence is None else replace(found, low=low, high=high)


def statistic(name: str, of_each: Sequence[Range], confidence: float | None) -> Range | Missing:
    """Return a percentile, the median, the mean or its half width over replications."""
    if name == "half width":
        return _half_width(of_each, confidence or USUAL_CONFIDENCE)
    if name == "mean":
        return _mean(of_each, confidence)
    return _percentile(name, of_each, confidence)


def _half_width(of_each: Sequence[Range], confidence: float) -> Range | Missing:
    if any(one.low != one.high for one in of_each):
        return Missing("not reached in each replication", "too_early")
    return exactly(half_width([one.low for one in of_each], confidence))


def _mean(of_each: Sequence[Range], confidence: float | None) -> Range:
    lows, highs = [one.low for one in of_each], [one.high for one in of_each]
    low, high = mean(lows), mean(highs)
    sure = confidence or USUAL_CONFIDENCE
    interval = (mean_interval(lows, sure)[0], mean_interval(highs, sure)[1])
    found = Range(
        low,
        high,
        any(one.low_is_open for one in of_each),
        any(one.high_is_open for one in of_each),
        low if low == high else None,
        interval,
        any(one.is_beyond for one in of_each),
    )
    return found if confidence is None else _as_interval(found, *((end, False) for end in interval))


def _percentile(name: str, of_each: Sequence[Range], confidence: float | None) -> Range | Missing:
    per_cent = 50.0 if name == "median" else float(name.removeprefix("p"))
    count, fewest = len(of_each), fewest_for_percentile(per_cent)
    if count < fewest:
        why = f"{count} replications are too few for {name}: {fewest} at least"
        if confidence is not None:
            sure = fewest_for_share(max(per_cent, 100 - per_cent) / 100, confidence)
            why += f", up to {sure} for the confidence stated" if sure > fewest else ""
        return Missing(why, "too_few_replications")
    lows = sorted((one.low, one.low_is_open) for one in of_each)
    highs = sorted((one.high, one.high_is_open) for one in of_each)
    low, low_is_open = _between(lows, per_cent)
    high, high_is_open = _between(highs, per_cent)
    lower, upper = percentile_ranks(count, per_cent, confidence or USUAL_CONFIDENCE)
    ends = (
        (-math.inf, True) if lower is None else lows[lower],
        (math.inf, True) if upper is None else highs[upper],
    )
    found = Range(
        low,
        high,
        low_is_open,
        high_is_open,
        low if low == high else None,
        (ends[0][0], ends[1][0]),
        is_beyond=any(one.is_beyond for one in of_each),
    )
    return found if confidence is None else _as_interval(found, *ends)


def _between(ordered: Sequence[_End], per_cent: float) -> _End:
    """Return a percentile of ends in ascending order: left out where one that it needs is."""
    place, part = percentile_place(len(ordered), per_cent)
    (low, low_is_open), part = ordered[place], part
    if not part or math.isinf(low):
        return low, low_is_open
    high, high_is_open = ordered[place + 1]
    value = high if math.isinf(high) else low + part * (high - low)
    return value, low_is_open or high_is_open


def _as_interval(found: Range, low: _End, high: _End) -> Range:
    """Return a figure as all the numbers of its interval."""
    return replace(found, low=low[0], high=high[0], low_is_open=low[1], high_is_open=high[1])
