"""Conditions on the current values of measures, as a gate checks them at each reporting instant.

A condition without data (a percentage of no devices) is not met. A comparison with `for` is met
once it has been met at every checked instant for that long.
"""

from collections.abc import Callable

from sim.language.tree import (
    COMPARE,
    Arithmetic,
    Combination,
    Comparison,
    Condition,
    Number,
    Series,
    Term,
)
from sim.units import Seconds

ReadSeries = Callable[[Series], float | None]


def term_value(term: Term, read: ReadSeries) -> float | None:
    """Return the current value of a term; None when a series in it has no data."""
    if isinstance(term, Number):
        return term.value
    if isinstance(term, Series):
        return read(term)
    if isinstance(term, Arithmetic):
        left, right = term_value(term.left, read), term_value(term.right, read)
        if left is None or right is None:
            return None
        return left + right if term.operator == "+" else left - right
    raise TypeError(f"not a term of a gate: {term}")


class Watch:
    """One condition followed over time; remembers since when each comparison has been met."""

    def __init__(self, condition: Condition) -> None:
        self.condition = condition
        self._since: dict[int, Seconds] = {}

    def holds(self, now: Seconds, read: ReadSeries) -> bool:
        """Return whether the condition is met at *now*; call it in order of time."""
        return self._holds(self.condition, now, read, [0])

    def _holds(self, condition: Condition, now: Seconds, read: ReadSeries, at: list[int]) -> bool:
        if isinstance(condition, Combination):
            parts = [self._holds(part, now, read, at) for part in condition.parts]
            return all(parts) if condition.operator == "and" else any(parts)
        at[0] += 1
        return self._compare(condition, now, read, at[0])

    def _compare(self, comparison: Comparison, now: Seconds, read: ReadSeries, place: int) -> bool:
        left, right = term_value(comparison.left, read), term_value(comparison.right, read)
        if left is None or right is None or not COMPARE[comparison.operator](left, right):
            self._since.pop(place, None)
            return False
        since = self._since.setdefault(place, now)
        return now - since >= (comparison.hold or 0)
