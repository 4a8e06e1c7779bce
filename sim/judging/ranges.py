"""Numbers that are known exactly or only within bounds, and statistics over replications.

A time that was not reached lies after the horizon. A statistic over replications lies within an
interval. A comparison that is met for a part of a range only is inconclusive.

Without a stated confidence, a statistic is its estimate, with the 95 % interval shown beside it.
With a stated confidence, it is the whole interval.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sim.judging import statistics
from sim.language.tree import COMPARE, Comparator

Interval = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Range:
    """The bounds of a number."""

    low: float
    high: float
    low_is_open: bool = False
    """Whether the range excludes `low` itself."""
    high_is_open: bool = False
    """Whether the range excludes `high` itself."""
    estimate: float | None = None
    """The number to show; None when there is none."""
    interval: Interval | None = None
    """The confidence interval of a statistic, shown beside the estimate."""
    is_beyond: bool = False
    """Whether it includes a time that was not reached within the horizon."""

    def plus(self, other: "Range") -> "Range":
        """Return the range of the sum."""
        return Range(
            self.low + other.low,
            self.high + other.high,
            self.low_is_open or other.low_is_open,
            self.high_is_open or other.high_is_open,
            _sum(self.estimate, other.estimate),
            _shifted(self, other) or _shifted(other, self),
            self.is_beyond or other.is_beyond,
        )

    def negated(self) -> "Range":
        """Return the range of the negative."""
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
        """Return the range of the difference."""
        return self.plus(other.negated())


def _sum(left: float | None, right: float | None) -> float | None:
    return None if left is None or right is None else left + right


def _shifted(statistic: Range, exact: Range) -> Interval | None:
    """Return the interval of a sum with an exact number; the sum of two statistics has none."""
    if statistic.interval is None or exact.interval is not None or exact.low != exact.high:
        return None
    return statistic.interval[0] + exact.low, statistic.interval[1] + exact.low


@dataclass(frozen=True, slots=True)
class Missing:
    """A number that does not exist, and why."""

    why: str
    reason: str = "no_data"
    """One of the words of `ExpectationResult.reason`."""


NO_DATA = Missing("no data")


def exactly(value: float) -> Range:
    """Return the range of a known number."""
    return Range(value, value, estimate=value)


def beyond(horizon: float) -> Range:
    """Return the range of a time that was not reached within the horizon [s]."""
    return Range(horizon, math.inf, low_is_open=True, high_is_open=True, is_beyond=True)


_ROUNDING = 1e-9
"""The rounding error of a sum of floating-point numbers, relative to the largest summand."""


def _gap(left: Range, right: Range) -> Range:
    """Return the difference of two sides; a difference within the rounding error is 0."""
    gap = left.minus(right)
    ends = (left.low, left.high, right.low, right.high)
    size = max((abs(end) for end in ends if math.isfinite(end)), default=0.0)

    def cleared(value: float) -> float:
        return 0.0 if abs(value) <= _ROUNDING * max(1.0, size) else value

    estimate = None if gap.estimate is None else cleared(gap.estimate)
    return replace(gap, low=cleared(gap.low), high=cleared(gap.high), estimate=estimate)


def holds(comparator: Comparator, left: Range, right: Range) -> bool | None:
    """Return whether a comparison is met for all values, for no value, or for some (None)."""
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
    """By how much a comparison is met; negative when it is not met."""

    size: float
    is_least: bool = False
    """Whether it may be larger, because a time is after the horizon."""


def margin(comparator: Comparator, left: Range, right: Range) -> Margin | None:
    """Return by how much a comparison is met; None when that is unknown."""
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


DEFAULT_CONFIDENCE = 0.95
"""The confidence of intervals when an expectation states none."""

_End = tuple[float, bool]
"""An end of a range, and whether the range excludes it."""


def share(held: int, doubtful: int, of: int, confidence: float | None) -> Range:
    """Return the share of *of* replications that meet a condition; *doubtful* are inconclusive."""
    level = confidence or DEFAULT_CONFIDENCE
    low, _ = statistics.share_interval(held, of, level)
    _, high = statistics.share_interval(held + doubtful, of, level)
    figure = Range(
        held / of,
        (held + doubtful) / of,
        estimate=None if doubtful else held / of,
        interval=(low, high),
        is_beyond=doubtful > 0,
    )
    return figure if confidence is None else replace(figure, low=low, high=high)


def statistic(name: str, values: Sequence[Range], confidence: float | None) -> Range | Missing:
    """Return a percentile, the median, the mean or its half width over replications."""
    if name == "half width":
        return _half_width(values, confidence or DEFAULT_CONFIDENCE)
    if name == "mean":
        return _mean(values, confidence)
    return _percentile(name, values, confidence)


def _half_width(values: Sequence[Range], confidence: float) -> Range | Missing:
    if any(value.low != value.high for value in values):
        return Missing("not reached in each replication", "too_early")
    return exactly(statistics.half_width([value.low for value in values], confidence))


def _mean(values: Sequence[Range], confidence: float | None) -> Range:
    lows, highs = [value.low for value in values], [value.high for value in values]
    low, high = statistics.mean(lows), statistics.mean(highs)
    level = confidence or DEFAULT_CONFIDENCE
    interval = (statistics.mean_interval(lows, level)[0], statistics.mean_interval(highs, level)[1])
    figure = Range(
        low,
        high,
        any(value.low_is_open for value in values),
        any(value.high_is_open for value in values),
        low if low == high else None,
        interval,
        any(value.is_beyond for value in values),
    )
    ends = ((end, False) for end in interval)
    return figure if confidence is None else _as_interval(figure, *ends)


def _percentile(name: str, values: Sequence[Range], confidence: float | None) -> Range | Missing:
    per_cent = 50.0 if name == "median" else float(name.removeprefix("p"))
    count, required = len(values), statistics.required_for_percentile(per_cent)
    if count < required:
        why = f"{count} replications are too few for {name}: {required} at least"
        if confidence is not None:
            most = statistics.required_for_share(max(per_cent, 100 - per_cent) / 100, confidence)
            why += f", up to {most} for the confidence stated" if most > required else ""
        return Missing(why, "too_few_replications")
    lows = sorted((value.low, value.low_is_open) for value in values)
    highs = sorted((value.high, value.high_is_open) for value in values)
    low, low_is_open = _between(lows, per_cent)
    high, high_is_open = _between(highs, per_cent)
    lower, upper = statistics.percentile_ranks(count, per_cent, confidence or DEFAULT_CONFIDENCE)
    ends = (
        (-math.inf, True) if lower is None else lows[lower],
        (math.inf, True) if upper is None else highs[upper],
    )
    figure = Range(
        low,
        high,
        low_is_open,
        high_is_open,
        low if low == high else None,
        (ends[0][0], ends[1][0]),
        is_beyond=any(value.is_beyond for value in values),
    )
    return figure if confidence is None else _as_interval(figure, *ends)


def _between(ordered: Sequence[_End], per_cent: float) -> _End:
    """Return a percentile of ends in ascending order, and whether it depends on an open end."""
    position, part = statistics.percentile_position(len(ordered), per_cent)
    low, low_is_open = ordered[position]
    if not part or math.isinf(low):
        return low, low_is_open
    high, high_is_open = ordered[position + 1]
    value = high if math.isinf(high) else low + part * (high - low)
    return value, low_is_open or high_is_open


def _as_interval(figure: Range, low: _End, high: _End) -> Range:
    """Return a statistic as its whole interval."""
    return replace(figure, low=low[0], high=high[0], low_is_open=low[1], high_is_open=high[1])
