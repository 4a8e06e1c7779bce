"""The first event in which two logs differ.

How far measures have drifted from a baseline: within tolerances, or by paired replications.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.eventlog import COLUMNS
from sim.judging.statistics import mean, mean_interval, percentile_place

if TYPE_CHECKING:
    import pyarrow


Event = Mapping[str, Any]
"""A row of the log, under its columns."""


def first_difference(
    before: "pyarrow.Table", after: "pyarrow.Table"
) -> tuple[Event | None, Event | None] | None:
    """Return the first rows that differ, None where there are none.

    A log that has ended by then has no row (None). The tables are those of events.parquet.
    """
    length = min(before.num_rows, after.num_rows)
    differs = np.zeros(length, dtype=bool)
    for name in COLUMNS:
        differs |= _plain(before, name)[:length] != _plain(after, name)[:length]
    places = np.flatnonzero(differs)
    if not len(places) and before.num_rows == after.num_rows:
        return None
    place = int(places[0]) if len(places) else length
    return _row(before, place), _row(after, place)


def _plain(table: "pyarrow.Table", name: str) -> NDArray[Any]:
    import pyarrow

    kind = pyarrow.int64() if name == "time" else pyarrow.string()
    found: NDArray[Any] = table[name].cast(kind).to_numpy(zero_copy_only=False)
    return found


def _row(table: "pyarrow.Table", place: int) -> Event | None:
    return table.slice(place, 1).to_pylist()[0] if place < table.num_rows else None


_ROUNDING = 1e-9
"""What arithmetic adds to a difference that is just allowed."""


@dataclass(frozen=True, slots=True)
class Value:
    """A number that was measured, in one replication or over several."""

    number: float | None
    """None without data."""
    is_beyond: bool = False
    """Whether it is a time that was not reached, and lies beyond the number."""


@dataclass(frozen=True, slots=True)
class Drift:
    """One measure against its baseline."""

    measure: str
    kind: str
    """`percent`, `devices`, `duration`, `probability` or `number`."""
    outcome: str
    """`passed`, `regression` or `inconclusive`."""
    before: Value | None
    """None where the baseline does not keep it."""
    after: Value
    """In the middle, or in the mean, of several replications."""
    allowed: float
    interval: tuple[float, float] | None = None
    """Where the mean of the paired differences lies."""
    of: int = 1
    """How many replications were paired."""
    why: str = ""
    """Why it cannot be said."""
    reached: tuple[int, int] | None = None
    """In how many replications a time was reached, before and now; None where all of it was."""


def within(before: Value, after: Value, allowed: float, worse: str) -> tuple[str, str]:
    """Return the outcome of a measure under a tolerance, and why where it cannot be said.

    A time that was reached and is not any more, or the other way round, has drifted further than
    anything allows. What has no data never passes.
    """
    if before.number is None or after.number is None:
        where = "both" if before.number is after.number else "one of the two"
        return "inconclusive", f"no data in {where}"
    gap = _gap(before, after)
    if gap is None:
        return "inconclusive", "not reached in time, and how much later cannot be told"
    is_drifted = abs(gap) > allowed + _ROUNDING
    return ("regression" if is_drifted and _counts(gap, worse) else "passed"), ""


def _gap(before: Value, after: Value) -> float | None:
    """Return by how much a measure is higher now; None where that cannot be told."""
    gap = (after.number or 0.0) - (before.number or 0.0)
    if before.is_beyond and after.is_beyond:
        return None if gap else 0.0
    if after.is_beyond:
        return None if gap < 0 else math.inf
    if before.is_beyond:
        return None if gap > 0 else -math.inf
    return gap


def _counts(gap: float, worse: str) -> bool:
    return worse == "either" or (gap > 0) is (worse == "higher")


@dataclass(frozen=True, slots=True)
class Paired:
    """The differences of a measure between paired replications."""

    outcome: str
    interval: tuple[float, float] | None
    of: int
    why: str = ""


def paired(
    before: Sequence[Value], after: Sequence[Value], allowed: float, worse: str, confidence: float
) -> Paired:
    """Return the verdict on the mean of the paired differences, with a *confidence* of 0 to 1.

    A time that is reached in one of two paired runs only differs by no known amount: the interval
    is open on that side. A regression when the whole interval lies beyond what is allowed; passed
    when none of it does, or nothing differs at all. Else the replications are too few.
    """
    pairs = list(zip(before, after, strict=True))
    if not pairs or any(one.number is None for pair in pairs for one in pair):
        why = "no data in a replication" if pairs else "no replication is in both"
        return Paired("inconclusive", None, len(pairs), why)
    gaps = [(b.number or 0.0) - (a.number or 0.0) for a, b in pairs]
    known = [_gap(a, b) for a, b in pairs]
    if not any(gaps) and None not in known and not any(known):
        return Paired("passed", (0.0, 0.0), len(gaps))
    if len(gaps) < 2:
        return Paired("inconclusive", None, len(gaps), "it needs several replications")
    low, high = mean_interval(gaps, confidence)
    low = -math.inf if None in known or -math.inf in known else low
    high = math.inf if None in known or math.inf in known else high
    outcome = _outcome(low, high, allowed, worse)
    return Paired(outcome, (low, high), len(gaps), _why(outcome, known, allowed))


def _outcome(low: float, high: float, allowed: float, worse: str) -> str:
    """Return what an interval of differences says; an end that is not known is infinite."""
    most = allowed + _ROUNDING
    if (low > most and worse != "lower") or (high < -most and worse != "higher"):
        return "regression"
    up_is_fine = high <= most or worse == "lower"
    down_is_fine = low >= -most or worse == "higher"
    return "passed" if up_is_fine and down_is_fine else "inconclusive"


def _why(outcome: str, known: Sequence[float | None], allowed: float) -> str:
    if outcome != "inconclusive":
        return ""
    once = sum(gap is None or math.isinf(gap) for gap in known)
    if once:
        return f"reached in one of the two only, or not known, in {once} of {len(known)}"
    if not allowed:
        return "a difference cannot be ruled out, and none is allowed"
    return f"{len(known)} replications are too few to tell"


def median(values: Sequence[Value]) -> Value:
    """Return the middle one of values; a time that was not reached is later than any other."""
    if not values or any(one.number is None for one in values):
        return Value(None)
    ordered = sorted((one.is_beyond, one.number or 0.0) for one in values)
    place, part = percentile_place(len(ordered), 50)
    low_is_beyond, low = ordered[place]
    if not part:
        return Value(low, low_is_beyond)
    high_is_beyond, high = ordered[place + 1]
    if high_is_beyond and not low_is_beyond:
        return Value(high, is_beyond=True)
    return Value(low + part * (high - low), low_is_beyond)


def middle(values: Sequence[Value]) -> Value:
    """Return the mean of values, for showing; beyond where any is."""
    known = [one.number for one in values if one.number is not None]
    if len(known) < len(values) or not known:
        return Value(None)
    return Value(mean(known), any(one.is_beyond for one in values))
