"""How many replications would be enough to tell a figure from its bound with a confidence."""

from sim.analysis.over_replications import fewest_for_share, replications_to_tell
from sim.analysis.ranges import Range
from sim.scenario.expression_tree import Comparison, Probability, Statistic

_UPWARDS, _DOWNWARDS = (">", ">="), ("<", "<=")


def enough(
    comparison: Comparison, left: Range, right: Range, replications: int, confidence: float
) -> str:
    """Say how many replications it takes where some are too few, to stand behind that.

    Of a percentile and of a share at its end they are counted, of any other share estimated from
    the one observed. Empty where nothing can be said: of means, of sums, of a figure at its bound.
    """
    if comparison.operator not in (*_UPWARDS, *_DOWNWARDS) or right.low != right.high:
        return ""
    is_at_most = comparison.operator in _DOWNWARDS
    if isinstance(comparison.left, Probability):
        return _for_share(left.estimate, right.low, is_at_most, replications, confidence)
    if isinstance(comparison.left, Statistic):
        share = _share_of(comparison.left)
        if share is not None:
            fewest = fewest_for_share(share if is_at_most else 1 - share, confidence)
            return f": {fewest} at least" if fewest > replications else ""
    return ""


def _share_of(statistic: Statistic) -> float | None:
    """Return below which share of the replications a percentile lies; None for a mean."""
    if statistic.name == "median":
        return 0.5
    name = statistic.name.removeprefix("p")
    return float(name) / 100 if name.isdecimal() else None


def _for_share(
    share: float | None, bound: float, is_at_most: bool, replications: int, confidence: float
) -> str:
    far = 1 - bound if is_at_most else bound
    if far >= 1:
        return "; no number is enough to be sure of that"
    fewest = fewest_for_share(far, confidence)
    if share in (0.0, 1.0) or share is None:
        return f": {fewest} at least" if fewest > replications else ""
    likely = replications_to_tell(share, bound, confidence)
    return f": about {likely} while the share is {share:.2g}" if likely else ""
