"""Differences between two runs, paired by replication: means with Student's interval.

Every figure is B minus A, so that comparing the other way round mirrors each number exactly.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.analysis.over_replications import half_width, mean

CONFIDENCE = 0.95

FEWEST = 2
"""As many replications give an interval at all."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """One figure in both runs, and their difference over paired replications."""

    a: float | None
    """The mean in A over the pairs; None without data."""
    b: float | None
    difference: float | None
    """The mean of B minus A; None where no pair has data on both sides."""
    low: float | None
    """Lower end of the interval; None with fewer than FEWEST pairs."""
    high: float | None
    pairs: int
    """How many replications have data on both sides."""

    @property
    def sign(self) -> int:
        """1 where B is higher, -1 where A is, 0 where they are equal or not told apart.

        With an interval they are told apart where it leaves out zero.
        """
        if self.difference is None:
            return 0
        if self.low is not None and self.high is not None and self.low <= 0 <= self.high:
            return 0
        return (self.difference > 0) - (self.difference < 0)


NOTHING = Estimate(None, None, None, None, None, 0)


def estimate(pairs: Sequence[tuple[float | None, float | None]]) -> Estimate:
    """Return the difference of one figure over pairs (A, B); pairs without data on a side left out.

    Where no pair has data on both sides, each side has the mean of what it has, and there is no
    difference.
    """
    both = [(a, b) for a, b in pairs if a is not None and b is not None]
    if not both:
        sides = ([a for a, _ in pairs if a is not None], [b for _, b in pairs if b is not None])
        alone = [mean(side) if side else None for side in sides]
        return Estimate(alone[0], alone[1], None, None, None, 0)
    differences = [b - a for a, b in both]
    middle, low, high = mean(differences), None, None
    if len(both) >= FEWEST:
        half = half_width(differences, CONFIDENCE)
        low, high = middle - half, middle + half
    a, b = mean([a for a, _ in both]), mean([b for _, b in both])
    return Estimate(a, b, middle, low, high, len(both))


def surely_more(one: int, other: int, confidence: float) -> bool:
    """Say whether of two counts one is more than chance makes it: the exact sign test.

    >>> surely_more(0, 6, 0.95), surely_more(0, 5, 0.95), surely_more(9, 0, 0.95)
    (True, False, True)
    """
    from scipy.special import bdtr

    return bool(2 * float(bdtr(min(one, other), one + other, 0.5)) <= 1 - confidence)


def half_widths(squares: NDArray[np.float64], n: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return half the interval of each of many means; NaN with fewer than FEWEST values.

    *squares* are the sums of squared deviations, *n* the numbers of values.
    """
    from scipy.special import stdtrit

    quantiles = stdtrit(np.maximum(n - 1, 1).astype(float), (1 + CONFIDENCE) / 2)
    with np.errstate(invalid="ignore", divide="ignore"):
        widths = quantiles * np.sqrt(squares / (n - 1) / n)
    return np.where(n >= FEWEST, widths, np.nan)
