"""How many replications would be enough to tell a figure from its bound with a confidence."""

from sim.analysis.over_replications import fewest_for_share, replications_to_tell
from sim.analysis.ranges import Range
from sim.scenario.expression_tree import Comparison, Probability, Statistic
from sim.tally.conditions import COMPARE

_DOWNWARDS = ("<", "<=")


def enough(
    comparison: Comparison, left: Range, right: Range, replications: int, confidence: float
) -> str:
    """Say how many replications it takes where some are too few, to stand behind that.

    Enough to tell it the way it looks now: met, or missed. Of a percentile and of a share at its
    end they are counted, of any other share estimated from the one observed. Empty where nothing
    can be said: of means, of sums, of a figure at its bound.
    """
    estimate, bound = left.estimate, right.low
    if comparison.operator in ("==", "!=") or bound != right.high or estimate is None:
        return ""
    if isinstance(comparison.left, Probability):
        return _for_share(estimate, bound, replications, confidence)
    if isinstance(comparison.left, Statistic):
        looks_met = COMPARE[comparison.operator](estimate, bound)
        share = _share_of(comparison.left)
        if share is not None:
            is_known_above = looks_met is (comparison.operator in _DOWNWARDS)
            return _at_least(share if is_known_above else 1 - share, replications, confidence)
    return ""


def _share_of(statistic: Statistic) -> float | None:
    """Return below which share of the replications a percentile lies; None for a mean."""
    if statistic.name == "median":
        return 0.5
    name = statistic.name.removeprefix("p")
    return float(name) / 100 if name.isdecimal() else None


def _for_share(share: float, bound: float, replications: int, confidence: float) -> str:
    if share not in (0.0, 1.0):
        likely = replications_to_tell(share, bound, confidence, replications)
        return f": about {likely} while the share is {share:.2g}" if likely else ""
    far = bound if share else 1 - bound
    if far >= 1:
        return "; no number is enough to be sure of that"
    return _at_least(far, replications, confidence)


def _at_least(share: float, replications: int, confidence: float) -> str:
    fewest = fewest_for_share(share, confidence)
    return f": {fewest} at least" if fewest > replications else ""
