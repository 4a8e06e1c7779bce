"""What is known of a number: itself, or between which bounds it lies.

A time that was not reached lies beyond the horizon; a figure over replications lies, with a stated
confidence, within an interval. A comparison that does not hold for all of a range, nor for none of
it, cannot be said.
"""

from dataclasses import dataclass

from sim.scenario.expression_tree import Comparator
from sim.tally.conditions import COMPARE


@dataclass(frozen=True, slots=True)
class Range:
    """Where a number lies."""

    low: float
    high: float
    is_open: bool = False
    """Whether the ends themselves are left out."""
    estimate: float | None = None
    """The one number to show for it; None where there is none."""
    interval: tuple[float, float] | None = None
    """Where a figure over replications lies with some confidence, to be shown beside it."""

    def plus(self, other: "Range") -> "Range":
        """Return where the sum lies."""
        estimate = None
        if self.estimate is not None and other.estimate is not None:
            estimate = self.estimate + other.estimate
        is_open = self.is_open or other.is_open
        return Range(self.low + other.low, self.high + other.high, is_open, estimate)

    def negated(self) -> "Range":
        """Return where the negative lies."""
        estimate = None if self.estimate is None else -self.estimate
        return Range(-self.high, -self.low, self.is_open, estimate)

    def minus(self, other: "Range") -> "Range":
        """Return where the difference lies."""
        return self.plus(other.negated())


@dataclass(frozen=True, slots=True)
class Missing:
    """There is no number, and why."""

    why: str


NO_DATA = Missing("no data")


def exactly(value: float) -> Range:
    """Return the range of a known number."""
    return Range(value, value, estimate=value)


def holds(comparator: Comparator, left: Range, right: Range) -> bool | None:
    """Say whether a comparison holds for all values, for none, or cannot be said (None)."""
    gap = left.minus(right)
    if gap.low == gap.high:
        return COMPARE[comparator](gap.low, 0)
    is_more = gap.low > 0 or (gap.is_open and gap.low == 0)
    is_less = gap.high < 0 or (gap.is_open and gap.high == 0)
    if is_more or is_less:
        return COMPARE[comparator](1 if is_more else -1, 0)
    if gap.low >= 0 and comparator in (">=", "<"):
        return comparator == ">="
    if gap.high <= 0 and comparator in ("<=", ">"):
        return comparator == "<="
    return None


def margin(comparator: Comparator, left: Range, right: Range) -> float | None:
    """Return by how much a comparison holds; negative where it does not, None without a number."""
    gap = left.minus(right).estimate
    if gap is None:
        return None
    if comparator in (">", ">=", "<", "<="):
        signed = gap if comparator in (">", ">=") else -gap
    else:
        signed = -abs(gap) if comparator == "==" else abs(gap)
    return signed + 0.0  # never a negative zero
