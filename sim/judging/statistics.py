"""Figures over replications: percentiles, means, shares, and the intervals they are known to.

A value that lies beyond the horizon counts as greater than any other, so a percentile can be told
where a mean cannot. Percentiles are interpolated between the two nearest values, as spreadsheets
and numpy do. Intervals make no assumption about how values are spread, but for that of a mean
(Student's t): a share has Clopper and Pearson's, a percentile that of its order statistics.
"""

import math
from collections.abc import Sequence


def percentile_place(count: int, per_cent: float) -> tuple[int, float]:
    """Return between which of *count* ordered values a percentile lies: the lower's place, a part.

    The part is how far on the way to the next one, 0 where it meets the value itself.
    """
    place = per_cent / 100 * (count - 1)
    lower = math.floor(place)
    part = place - lower
    return (lower, 0.0) if part < 1e-12 else (lower, part)


def percentile(ordered: Sequence[float], per_cent: float) -> float:
    """Return a percentile of values in ascending order; infinite where it meets such a value.

    >>> percentile([1, 2, 4], 50), percentile([1, 2, 4], 90), percentile([1, math.inf], 50)
    (2, 3.6, inf)
    """
    place, part = percentile_place(len(ordered), per_cent)
    low = ordered[place]
    if not part or math.isinf(low):
        return low
    high = ordered[place + 1]
    return high if math.isinf(high) else low + part * (high - low)


def mean(values: Sequence[float]) -> float:
    """Return the mean, the same whatever the order of the values; infinite where one is."""
    infinite = next((one for one in values if math.isinf(one)), None)
    return math.fsum(values) / len(values) if infinite is None else infinite


def deviation(values: Sequence[float]) -> float:
    """Return the standard deviation of two values or more, estimated from them as a sample."""
    middle = mean(values)
    return math.sqrt(math.fsum((one - middle) ** 2 for one in values) / (len(values) - 1))


def half_width(values: Sequence[float], confidence: float) -> float:
    """Return half the width of the confidence interval of the mean of two values or more."""
    from scipy.special import stdtrit

    quantile = float(stdtrit(len(values) - 1, (1 + confidence) / 2))
    return quantile * deviation(values) / math.sqrt(len(values))


def mean_interval(values: Sequence[float], confidence: float) -> tuple[float, float]:
    """Return Student's interval for the mean; open upwards where a value is infinite."""
    if any(map(math.isinf, values)):
        return (-math.inf, math.inf)
    middle, half = mean(values), half_width(values, confidence)
    return (middle - half, middle + half)


def share_interval(count: float, of: int, confidence: float) -> tuple[float, float]:
    """Return Clopper and Pearson's interval for a share, which never promises too much.

    A count between two whole ones is that of a share expected of other numbers of replications.
    """
    from scipy.special import betaincinv

    tail = (1 - confidence) / 2
    low = float(betaincinv(count, of - count + 1, tail)) if count else 0.0
    high = float(betaincinv(count + 1, of - count, 1 - tail)) if count < of else 1.0
    return (low, high)


def fewest_for_share(bound: float, confidence: float) -> int:
    """Return how many replications show a share above *bound* if something holds in each of them.

    >>> fewest_for_share(0.9, 0.95), fewest_for_share(0.5, 0.9), fewest_for_share(0, 0.95)
    (36, 5, 2)
    """
    if bound <= 0:
        return 2
    return max(2, math.ceil(math.log((1 - confidence) / 2) / math.log(bound) - 1e-9))


_MOST = 100_000


def replications_to_tell(
    share: float, bound: float, confidence: float, beyond: int = 1
) -> int | None:
    """Return about how many replications tell a share from a bound, if they show the same share.

    More than *beyond*, which were not enough. None where more than 100,000 would be needed.

    >>> replications_to_tell(0.95, 0.9, 0.95), replications_to_tell(0.9, 0.9, 0.95)
    (142, None)
    """
    low, high = beyond, 2 * beyond
    while not _is_told(share, bound, high, confidence):
        low, high = high, 2 * high
        if low > _MOST:
            return None
    while high - low > 1:
        middle = (low + high) // 2
        if _is_told(share, bound, middle, confidence):
            high = middle
        else:
            low = middle
    return high if high <= _MOST else None


def _is_told(share: float, bound: float, of: int, confidence: float) -> bool:
    low, high = share_interval(share * of, of, confidence)
    return bound < low if share > bound else bound > high


def percentile_ranks(
    count: int, per_cent: float, confidence: float
) -> tuple[int | None, int | None]:
    """Return between which of *count* ordered values a percentile lies with a confidence.

    None on the side on which there are too few values.
    """
    from scipy.special import bdtr

    tail, share = (1 - confidence) / 2, per_cent / 100
    below = [float(bdtr(place, count, share)) for place in range(count)]
    lower = max((place for place in range(count) if below[place] <= tail), default=None)
    upper = min((place for place in range(count) if below[place] >= 1 - tail), default=None)
    return lower, upper


def fewest_for_percentile(per_cent: float) -> int:
    """Return how many replications a percentile needs: one value beyond it, on the average.

    >>> fewest_for_percentile(90), fewest_for_percentile(50), fewest_for_percentile(1)
    (10, 2, 100)
    """
    return fewest_to_tell(min(per_cent, 100 - per_cent) / 100)


def fewest_to_tell(difference: float) -> int:
    """Return how many replications can tell two shares apart that differ so; two at the least.

    A share of 0.9 differs by 0.1 from certainty: ten in which something holds are needed.

    >>> fewest_to_tell(0.1), fewest_to_tell(0.05), fewest_to_tell(0.99), fewest_to_tell(0)
    (10, 20, 2, 2)
    """
    return max(2, math.ceil(1 / difference - 1e-9)) if difference > 0 else 2
