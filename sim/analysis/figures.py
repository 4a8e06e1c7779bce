"""Figures over several replications, as ranges: what of them is known, and how surely.

Without a stated confidence a figure is its best estimate, with its 95 % interval to be shown beside
it; with one it is all the numbers of the interval.
"""

import math
from collections.abc import Sequence
from dataclasses import replace

from sim.analysis.over_replications import (
    fewest_for_percentile,
    fewest_for_share,
    half_width,
    mean,
    mean_interval,
    percentile_place,
    percentile_ranks,
    share_interval,
)
from sim.analysis.ranges import Missing, Range, exactly

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
