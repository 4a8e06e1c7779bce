"""Statistics over replications: percentiles, means, shares, and their confidence intervals.

A value after the horizon is infinite, so a percentile may exist where a mean does not. Percentiles
are interpolated between the two nearest values, as spreadsheets and numpy do. The interval of a
share is Clopper and Pearson's, that of a percentile uses order statistics; neither assumes a
distribution. The interval of a mean is Student's t.
"""

import math
from collections.abc import Sequence


def percentile_position(count: int, per_cent: float) -> tuple[int, float]:
    """Return the index below a percentile of *count* ordered values, and the part to the next one.

    The part is 0 where the percentile is a value itself.
    """
    position = per_cent / 100 * (count - 1)
    lower = math.floor(position)
    part = position - lower
    return (lower, 0.0) if part < 1e-12 else (lower, part)


def percentile(ordered: Sequence[float], per_cent: float) -> float:
    """Return a percentile of values in ascending order; infinite if it depends on such a value.

    >>> percentile([1, 2, 4], 50), percentile([1, 2, 4], 90), percentile([1, math.inf], 50)
    (2, 3.6, inf)
    """
    position, part = percentile_position(len(ordered), per_cent)
    low = ordered[position]
    if not part or math.isinf(low):
        return low
    high = ordered[position + 1]
    return high if math.isinf(high) else low + part * (high - low)


def mean(values: Sequence[float]) -> float:
    """Return the mean, independent of the order of the values; infinite if one of them is."""
    infinite = next((value for value in values if math.isinf(value)), None)
    return math.fsum(values) / len(values) if infinite is None else infinite


def deviation(values: Sequence[float]) -> float:
    """Return the sample standard deviation of two values or more."""
    middle = mean(values)
    return math.sqrt(math.fsum((value - middle) ** 2 for value in values) / (len(values) - 1))


def half_width(values: Sequence[float], confidence: float) -> float:
    """Return half the width of the mean's confidence interval, for two values or more."""
    from scipy.special import stdtrit

    quantile = float(stdtrit(len(values) - 1, (1 + confidence) / 2))
    return quantile * deviation(values) / math.sqrt(len(values))


def mean_interval(values: Sequence[float], confidence: float) -> tuple[float, float]:
    """Return Student's interval for the mean; unbounded if a value is infinite."""
    if any(map(math.isinf, values)):
        return (-math.inf, math.inf)
    middle, half = mean(values), half_width(values, confidence)
    return (middle - half, middle + half)


def share_interval(count: float, of: int, confidence: float) -> tuple[float, float]:
    """Return Clopper and Pearson's interval for a share: its confidence is never overstated.

    *count* need not be whole: it may be the expected count for another number of replications.
    """
    from scipy.special import betaincinv

    tail = (1 - confidence) / 2
    low = float(betaincinv(count, of - count + 1, tail)) if count else 0.0
    high = float(betaincinv(count + 1, of - count, 1 - tail)) if count < of else 1.0
    return (low, high)


def required_for_share(bound: float, confidence: float) -> int:
    """Return the replications required to show a share above *bound* when all of them meet it.

    >>> required_for_share(0.9, 0.95), required_for_share(0.5, 0.9), required_for_share(0, 0.95)
    (36, 5, 2)
    """
    if bound <= 0:
        return 2
    return max(2, math.ceil(math.log((1 - confidence) / 2) / math.log(bound) - 1e-9))


_MAX_REPLICATIONS = 100_000


def estimated_to_distinguish(
    share: float, bound: float, confidence: float, beyond: int = 1
) -> int | None:
    """Estimate the replications required to distinguish an observed share from a bound.

    The result is more than *beyond*, which were too few; None when it is more than 100,000.

    >>> estimated_to_distinguish(0.95, 0.9, 0.95), estimated_to_distinguish(0.9, 0.9, 0.95)
    (142, None)
    """
    low, high = beyond, 2 * beyond
    while not _is_distinguished(share, bound, high, confidence):
        low, high = high, 2 * high
        if low > _MAX_REPLICATIONS:
            return None
    while high - low > 1:
        middle = (low + high) // 2
        if _is_distinguished(share, bound, middle, confidence):
            high = middle
        else:
            low = middle
    return high if high <= _MAX_REPLICATIONS else None


def _is_distinguished(share: float, bound: float, of: int, confidence: float) -> bool:
    low, high = share_interval(share * of, of, confidence)
    return bound < low if share > bound else bound > high


def percentile_ranks(
    count: int, per_cent: float, confidence: float
) -> tuple[int | None, int | None]:
    """Return the indices of the *count* ordered values that bound a percentile with a confidence.

    None on a side with too few values.
    """
    from scipy.special import bdtr

    tail, share = (1 - confidence) / 2, per_cent / 100
    below = [float(bdtr(index, count, share)) for index in range(count)]
    lower = max((index for index in range(count) if below[index] <= tail), default=None)
    upper = min((index for index in range(count) if below[index] >= 1 - tail), default=None)
    return lower, upper


def required_for_percentile(per_cent: float) -> int:
    """Return the replications that a percentile requires: one value beyond it on average.

    >>> required_for_percentile(90), required_for_percentile(50), required_for_percentile(1)
    (10, 2, 100)
    """
    return required_to_distinguish(min(per_cent, 100 - per_cent) / 100)


def required_to_distinguish(difference: float) -> int:
    """Return the replications required to distinguish two shares; at least two.

    A share of 0.9 differs from certainty by 0.1: that requires ten replications.

    >>> [required_to_distinguish(difference) for difference in (0.1, 0.05, 0.99, 0)]
    [10, 20, 2, 2]
    """
    return max(2, math.ceil(1 / difference - 1e-9)) if difference > 0 else 2
