"""What differs from a baseline, in words."""

import math
from collections.abc import Iterator

from sim.baselines.drift import Drift, Event, Value
from sim.comparison.devices import NAMED, DevicePairs, Shift
from sim.comparison.words import change_text
from sim.text.events import event_sentence
from sim.text.numbers import (
    NO_DATA,
    amount_text,
    count_text,
    length_text,
    names_text,
    plural,
    printable,
    signed_amount,
)
from sim.units import format_duration

_MOST_CHANGES = 8


def difference_lines(before: Event | None, after: Event | None) -> Iterator[str]:
    """Yield the first event in which two logs differ, as each of them tells it."""
    yield f"First difference: the baseline says {_told(before)}"
    yield f"  and this run says {_told(after)}"


def _told(event: Event | None) -> str:
    if event is None:
        return "nothing more: its log ends here"
    who = printable(event["device"]) or "the plan"
    rule = f" [{event['rule']}]" if event["rule"] else ""
    step = f" ({printable(event['step'])})" if event["step"] and not event["device"] else ""
    when, what = format_duration(event["time"]), printable(event_sentence(event))
    return f"after {when}, {who}: {what}{step}{rule}"


def device_lines(pairs: DevicePairs) -> Iterator[str]:
    """Yield which devices ended otherwise, and through which cause; the first ten by name."""
    changes = (*pairs.changes, *pairs.cause_changes)
    for change in changes[:_MOST_CHANGES]:
        named = names_text(change.names, NAMED)
        yield f"{_devices(len(change.names))} {change_text(change)}: {named}"
    rest = changes[_MOST_CHANGES:]
    if rest:
        count = sum(len(change.names) for change in rest)
        yield f"{_devices(count)} changed in {plural(len(rest), 'more way')}"
    for names, where in ((pairs.only_a, "this run"), (pairs.only_b, "the baseline")):
        if names:
            yield f"{_devices(len(names))} not in {where}: {names_text(names, NAMED)}"
    if not (changes or pairs.only_a or pairs.only_b):
        yield _only_times(pairs)


def _only_times(pairs: DevicePairs) -> str:
    later, earlier, once = len(pairs.later.devices), len(pairs.earlier.devices), pairs.timed_once
    told = [_by(pairs.later, later, "onboarded later"), _by(pairs.earlier, earlier, "earlier")]
    told = told if later or earlier else []
    told += [f"{once} at a time that one of the two alone knows"] if once else []
    return f"No device ended otherwise{'; ' if told else ''}{', '.join(told)}."


def _by(shift: Shift, count: int, way: str) -> str:
    median = shift.size(50)
    by = "" if median is None else f" by {length_text(round(median))} in the median"
    return f"{count_text(count)} {way}{by}"


def _devices(count: int) -> str:
    return "1 device" if count == 1 else f"{count_text(count)} devices"


def drift_line(drift: Drift) -> str:
    """Return one measure against its baseline: `coverage_pct at end: 95.2 % -> 91 %, ...`."""
    before, after = (value_text(one, drift.kind) for one in (drift.before, drift.after))
    if drift.reached is not None:
        before, after = (f"reached in {count} of {drift.of}" for count in drift.reached)
    values = f"{before} -> {after}"
    allowed = f"allowed {amount_text(drift.allowed, drift.kind)}"
    parts = [f"{printable(drift.measure)}: {values}", allowed]
    if drift.interval is not None:
        interval = _interval_text(*drift.interval, drift.kind)
        parts.append(f"difference {interval} over {drift.of} replications")
    if drift.why:
        parts.append(drift.why)
    return f"{drift.outcome}: {'; '.join(parts)}"


def value_text(value: Value | None, kind: str) -> str:
    """Return a value with its unit."""
    if value is None:
        return "not kept"
    if value.number is None:
        return NO_DATA
    text = amount_text(value.number, kind, " %")
    return f"not within {text}" if value.is_beyond else text


def _interval_text(low: float, high: float, kind: str) -> str:
    if math.isinf(low) and math.isinf(high):
        return "not known"
    if math.isinf(high):
        return f"{signed_amount(low, kind)} or more"
    if math.isinf(low):
        return f"{signed_amount(high, kind)} or less"
    return f"{signed_amount(low, kind)} to {signed_amount(high, kind)}"
