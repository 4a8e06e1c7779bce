"""What differs from a baseline: the first event, and how far each measure has drifted.

A measure is compared with a tolerance, or by the differences between paired replications; both come
with the line of text that says so.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.eventlog import COLUMNS
from sim.judging.statistics import mean, mean_interval, percentile_position
from sim.text.events import event_sentence
from sim.text.numbers import NO_DATA, amount_text, printable, signed_amount
from sim.units import format_duration

if TYPE_CHECKING:
    import pyarrow


Event = Mapping[str, Any]
"""A row of the log, under its columns."""


def first_difference(
    before: "pyarrow.Table", after: "pyarrow.Table"
) -> tuple[Event | None, Event | None] | None:
    """Return the first rows that differ between two tables of events, None if there are none.

    A log that has ended by then has no row (None).
    """
    length = min(before.num_rows, after.num_rows)
    differs = np.zeros(length, dtype=bool)
    for name in COLUMNS:
        differs |= _cells(before, name)[:length] != _cells(after, name)[:length]
    places = np.flatnonzero(differs)
    if not len(places) and before.num_rows == after.num_rows:
        return None
    place = int(places[0]) if len(places) else length
    return _row(before, place), _row(after, place)


def _cells(table: "pyarrow.Table", name: str) -> NDArray[Any]:
    import pyarrow

    kind = pyarrow.int64() if name == "time" else pyarrow.string()
    cells: NDArray[Any] = table[name].cast(kind).to_numpy(zero_copy_only=False)
    return cells


def _row(table: "pyarrow.Table", place: int) -> Event | None:
    return table.slice(place, 1).to_pylist()[0] if place < table.num_rows else None


def difference_lines(before: Event | None, after: Event | None) -> Iterator[str]:
    """Yield the first event that differs, as it stands in each of the two logs."""
    yield f"First difference: the baseline says {_event_text(before)}"
    yield f"  and this run says {_event_text(after)}"


def _event_text(event: Event | None) -> str:
    if event is None:
        return "nothing more: its log ends here"
    device = printable(event["device"]) or "the plan"
    rule = f" [{event['rule']}]" if event["rule"] else ""
    step = f" ({printable(event['step'])})" if event["step"] and not event["device"] else ""
    sentence = printable(event_sentence(event))
    return f"after {format_duration(event['time'])}, {device}: {sentence}{step}{rule}"


_ROUNDING = 1e-9
"""Room for floating-point error in a difference that is only just allowed."""


@dataclass(frozen=True, slots=True)
class Value:
    """The value of a measure in one replication, or over several."""

    number: float | None
    """None without data."""
    is_beyond: bool = False
    """Whether it is a time that was not reached, and lies beyond the number."""


@dataclass(frozen=True, slots=True)
class Drift:
    """One measure and its baseline."""

    measure: str
    kind: str
    """`percent`, `devices`, `duration`, `probability` or `number`."""
    outcome: str
    """`passed`, `regression` or `inconclusive`."""
    before: Value | None
    """None if the baseline does not contain this measure."""
    after: Value
    """The median, or the mean, of several replications."""
    allowed: float
    interval: tuple[float, float] | None = None
    """The confidence interval of the mean of the paired differences."""
    of: int = 1
    """How many replications were paired."""
    why: str = ""
    reached: tuple[int, int] | None = None
    """In how many replications a time was reached, before and now; None if in all of them."""


def tolerance_verdict(before: Value, after: Value, allowed: float, worse: str) -> tuple[str, str]:
    """Return the outcome of a measure under a tolerance, and why if it is inconclusive.

    A time that was reached before and is not any more, or the other way round, has drifted further
    than any tolerance. A measure without data never passes.
    """
    if before.number is None or after.number is None:
        where = "both" if before.number is after.number else "one of the two"
        return "inconclusive", f"no data in {where}"
    gap = _gap(before, after)
    if gap is None:
        return "inconclusive", "not reached in time, and how much later is unknown"
    is_drifted = abs(gap) > allowed + _ROUNDING
    counts = worse == "either" or (gap > 0) is (worse == "higher")
    return ("regression" if is_drifted and counts else "passed"), ""


def _gap(before: Value, after: Value) -> float | None:
    """Return by how much a measure is higher now; None if that is unknown."""
    gap = (after.number or 0.0) - (before.number or 0.0)
    if before.is_beyond and after.is_beyond:
        return None if gap else 0.0
    if after.is_beyond:
        return None if gap < 0 else math.inf
    if before.is_beyond:
        return None if gap > 0 else -math.inf
    return gap


@dataclass(frozen=True, slots=True)
class PairedVerdict:
    """The outcome of a measure by the differences between paired replications."""

    outcome: str
    interval: tuple[float, float] | None
    of: int
    why: str = ""


def paired_verdict(
    before: Sequence[Value], after: Sequence[Value], allowed: float, worse: str, confidence: float
) -> PairedVerdict:
    """Return the verdict on the mean of the paired differences, with a *confidence* of 0 to 1.

    It is a regression if the whole interval lies beyond what is allowed. It passes if no part of
    the interval does, or if nothing differs at all. Otherwise there are too few replications. A
    time that only one run of a pair reached differs by an unknown amount, so the interval is open
    on that side.
    """
    pairs = list(zip(before, after, strict=True))
    if not pairs or any(value.number is None for pair in pairs for value in pair):
        why = "no data in a replication" if pairs else "no replication is in both"
        return PairedVerdict("inconclusive", None, len(pairs), why)
    differences = [(b.number or 0.0) - (a.number or 0.0) for a, b in pairs]
    gaps = [_gap(a, b) for a, b in pairs]
    if not any(differences) and None not in gaps and not any(gaps):
        return PairedVerdict("passed", (0.0, 0.0), len(pairs))
    if len(pairs) < 2:
        return PairedVerdict("inconclusive", None, len(pairs), "it needs several replications")
    low, high = mean_interval(differences, confidence)
    low = -math.inf if None in gaps or -math.inf in gaps else low
    high = math.inf if None in gaps or math.inf in gaps else high
    outcome = _interval_outcome(low, high, allowed + _ROUNDING, worse)
    why = _why_inconclusive(gaps, allowed) if outcome == "inconclusive" else ""
    return PairedVerdict(outcome, (low, high), len(pairs), why)


def _interval_outcome(low: float, high: float, most: float, worse: str) -> str:
    """Return the outcome for an interval of differences; an unknown end is infinite."""
    if (low > most and worse != "lower") or (high < -most and worse != "higher"):
        return "regression"
    up_is_fine = high <= most or worse == "lower"
    down_is_fine = low >= -most or worse == "higher"
    return "passed" if up_is_fine and down_is_fine else "inconclusive"


def _why_inconclusive(gaps: Sequence[float | None], allowed: float) -> str:
    once = sum(gap is None or math.isinf(gap) for gap in gaps)
    if once:
        return f"reached in only one of the two, or unknown, in {once} of {len(gaps)}"
    if not allowed:
        return "a difference cannot be ruled out, and none is allowed"
    return f"{len(gaps)} replications are too few to tell"


def median_value(values: Sequence[Value]) -> Value:
    """Return the median; a time that was not reached is later than any other."""
    if not values or any(value.number is None for value in values):
        return Value(None)
    ordered = sorted((value.is_beyond, value.number or 0.0) for value in values)
    place, part = percentile_position(len(ordered), 50)
    low_is_beyond, low = ordered[place]
    if not part:
        return Value(low, low_is_beyond)
    high_is_beyond, high = ordered[place + 1]
    if high_is_beyond and not low_is_beyond:
        return Value(high, is_beyond=True)
    return Value(low + part * (high - low), low_is_beyond)


def mean_value(values: Sequence[Value]) -> Value:
    """Return the mean, for display; it is beyond if any value is."""
    numbers = [value.number for value in values if value.number is not None]
    if len(numbers) < len(values) or not numbers:
        return Value(None)
    return Value(mean(numbers), any(value.is_beyond for value in values))


def drift_line(drift: Drift) -> str:
    """Return one measure and its baseline: `coverage_pct at end: 95.2 % -> 91 %, ...`."""
    before, after = (value_text(value, drift.kind) for value in (drift.before, drift.after))
    if drift.reached is not None:
        before, after = (f"reached in {count} of {drift.of}" for count in drift.reached)
    parts = [
        f"{printable(drift.measure)}: {before} -> {after}",
        f"allowed {amount_text(drift.allowed, drift.kind)}",
    ]
    if drift.interval is not None:
        interval = _interval_text(*drift.interval, drift.kind)
        parts.append(f"difference {interval} over {drift.of} replications")
    return f"{drift.outcome}: {'; '.join(filter(None, (*parts, drift.why)))}"


def value_text(value: Value | None, kind: str) -> str:
    """Return a value with its unit."""
    if value is None:
        return "not stored"
    if value.number is None:
        return NO_DATA
    text = amount_text(value.number, kind, " %")
    return f"not within {text}" if value.is_beyond else text


def _interval_text(low: float, high: float, kind: str) -> str:
    if math.isinf(low) and math.isinf(high):
        return "unknown"
    if math.isinf(high):
        return f"{signed_amount(low, kind)} or more"
    if math.isinf(low):
        return f"{signed_amount(high, kind)} or less"
    return f"{signed_amount(low, kind)} to {signed_amount(high, kind)}"
