"""How far measures have drifted from a baseline: within tolerances, or by paired replications."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from sim.analysis.over_replications import mean, mean_interval


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
    before: Value
    after: Value
    """In the middle, or in the mean, of several replications."""
    allowed: float
    interval: tuple[float, float] | None = None
    """Where the mean of the paired differences lies."""
    of: int = 1
    """How many replications were paired."""
    why: str = ""
    """Why it cannot be said."""


def within(before: Value, after: Value, allowed: float, worse: str) -> tuple[str, str]:
    """Return the outcome of a measure under a tolerance, and why where it cannot be said.

    A time that was reached and is not any more, or the other way round, has drifted at least to the
    horizon.
    """
    if before.number is None or after.number is None:
        same = before.number is after.number
        return ("passed", "") if same else ("inconclusive", "no data in one of the two")
    gap = after.number - before.number
    if before.is_beyond != after.is_beyond and not abs(gap) > allowed:
        gap = math.copysign(math.inf, 1 if after.is_beyond else -1)
    drifted = abs(gap) > allowed + 1e-9
    return ("regression" if drifted and _counts(gap, worse) else "passed"), ""


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

    A regression when the whole interval lies beyond what is allowed; passed when none of it does,
    and, where nothing is allowed, when no difference is certain. Else the replications are too few.
    """
    pairs = list(zip(before, after, strict=True))
    if any(one.number is None for pair in pairs for one in pair):
        return Paired("inconclusive", None, len(pairs), "no data in a replication")
    gaps = [(b.number or 0.0) - (a.number or 0.0) for a, b in pairs]
    if not any(gaps) and all(a.is_beyond == b.is_beyond for a, b in pairs):
        return Paired("passed", (0.0, 0.0), len(gaps))
    if len(gaps) < 2:
        return Paired("inconclusive", None, len(gaps), "it needs several replications")
    low, high = mean_interval(gaps, confidence)
    is_worse_up = low > allowed and worse != "lower"
    is_worse_down = high < -allowed and worse != "higher"
    if is_worse_up or is_worse_down:
        return Paired("regression", (low, high), len(gaps))
    up_is_fine = high <= allowed or worse == "lower"
    down_is_fine = low >= -allowed or worse == "higher"
    if (up_is_fine and down_is_fine) or not allowed:
        return Paired("passed", (low, high), len(gaps))
    why = f"{len(gaps)} replications are too few to tell"
    return Paired("inconclusive", (low, high), len(gaps), why)


def middle(values: Sequence[Value]) -> Value:
    """Return the mean of values, for showing; beyond where any is."""
    known = [one.number for one in values if one.number is not None]
    if len(known) < len(values) or not known:
        return Value(None)
    return Value(mean(known), any(one.is_beyond for one in values))
