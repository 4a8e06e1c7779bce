"""Values that a plan changes: which may be in force in a span of time, which one is meant to be."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from sim.units import Seconds

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Change(Generic[Value]):
    """A value that comes into force at some second."""

    earliest: Seconds
    latest: Seconds | None
    """None: it may never come into force."""
    value: Value


Changes = Sequence[Change[Value]]
"""In the order of their earliest seconds; the first is what the scenario begins with."""


def first(value: Value) -> Change[Value]:
    """Return the change that a scenario begins with."""
    return Change(0, 0, value)


def possible(changes: Changes[Value], start: Seconds, end: Seconds) -> tuple[Value, ...]:
    """Return every value that may be in force at some second from *start* to *end*, once."""
    found = (
        change.value
        for place, change in enumerate(changes)
        if change.earliest <= end and not _is_over(change, changes[place + 1 :], start)
    )
    return distinct(found)


def _is_over(change: Change[Value], later: Changes[Value], at: Seconds) -> bool:
    """Say whether another value has replaced this one for certain by *at*."""
    if change.latest is None:
        return False
    return any(
        other.latest is not None and other.latest <= at and other.earliest >= change.latest
        for other in later
    )


def meant(changes: Changes[Value], at: Seconds) -> Value:
    """Return the value in force at *at* if every step comes as early as it can."""
    return [change.value for change in changes if change.earliest <= at][-1]


def distinct(values: Iterable[Value]) -> tuple[Value, ...]:
    """Return each of some values once, in order; they need not be hashable."""
    found: list[Value] = []
    for value in values:
        if value not in found:
            found.append(value)
    return tuple(found)
