"""The verdict on a condition in each replication, with statistics over all replications.

A statistic (a probability, a percentile, a mean) is one number for all replications. When an
expectation states a confidence, the statistic is its whole interval: a comparison that is not met
for all of the interval is inconclusive. Then the verdict says how many replications are required.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from sim.judging.observations import Observation, experiment_terms, is_literal
from sim.judging.ranges import Margin, Missing, Range, exactly, holds, margin, share, statistic
from sim.judging.statistics import (
    estimated_to_distinguish,
    required_for_share,
    required_to_distinguish,
)
from sim.language import tree
from sim.language.tree import COMPARE

_DOWNWARDS = ("<", "<=")


def required_replications(
    comparison: tree.Comparison, left: Range, right: Range, replications: int, confidence: float
) -> str:
    """Return the end of a message: how many replications the comparison requires.

    That many are enough if the estimate stays as it is. The number is exact for percentiles and for
    shares of 0 or 1, and an estimate for other shares. Empty for means, sums, and an estimate that
    equals its bound.
    """
    estimate, bound = left.estimate, right.low
    if comparison.operator in ("==", "!=") or bound != right.high or estimate is None:
        return ""
    if isinstance(comparison.left, tree.Probability):
        return _for_share(estimate, bound, replications, confidence)
    if isinstance(comparison.left, tree.Statistic):
        looks_met = COMPARE[comparison.operator](estimate, bound)
        share = _share_of(comparison.left)
        if share is not None:
            is_below_bound = looks_met is (comparison.operator in _DOWNWARDS)
            return _at_least(share if is_below_bound else 1 - share, replications, confidence)
    return ""


def _share_of(statistic: tree.Statistic) -> float | None:
    """Return the share of replications below a percentile; None for a mean."""
    if statistic.name == "median":
        return 0.5
    name = statistic.name.removeprefix("p")
    return float(name) / 100 if name.isdecimal() else None


def _for_share(share: float, bound: float, replications: int, confidence: float) -> str:
    if share not in (0.0, 1.0):
        likely = estimated_to_distinguish(share, bound, confidence, replications)
        return f": about {likely} while the share is {share:.2g}" if likely else ""
    far = bound if share else 1 - bound
    if far >= 1:
        return "; no number is enough to be sure of that"
    return _at_least(far, replications, confidence)


def _at_least(share: float, replications: int, confidence: float) -> str:
    required = required_for_share(share, confidence)
    return f": {required} at least" if required > replications else ""


_ONE_RUN = Missing("it needs several replications", "too_few_replications")


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether one replication meets a condition, and the comparison that decided it."""

    holds: bool | None
    """None: inconclusive."""
    left: Range | None = None
    right: Range | None = None
    comparison: tree.Comparison | None = None
    why: str = ""
    """Why it is inconclusive, in words."""
    reason: str = ""
    """Why it is inconclusive: `no_data`, `too_early`, `too_few_replications`; else empty."""

    @property
    def margin(self) -> Margin | None:
        """By how much the deciding comparison is met; None when that is unknown."""
        if self.left is None or self.right is None or self.comparison is None:
            return None
        return margin(self.comparison.operator, self.left, self.right)


def verdicts(
    condition: tree.Condition, observations: Sequence[Observation], confidence: float | None = None
) -> Iterator[Verdict]:
    """Yield the verdict of each replication on a condition, in order; *confidence* is 0 to 1."""
    figures = {
        part: _figure(part, observations, confidence)
        for part in dict.fromkeys(experiment_terms(condition))
    }
    for observation in observations:
        yield _ReplicationFigures(observation, figures, len(observations), confidence).judge(
            condition
        )


def values_in_each(term: tree.Term, observations: Sequence[Observation]) -> list[Range | Missing]:
    """Return the value of a term in each replication; the term must not contain statistics."""
    return [_ReplicationFigures(observation, {}).value(term) for observation in observations]


def value_over(term: tree.Term, observations: Sequence[Observation]) -> Range | Missing:
    """Return the value of a term over some replications: its median, unless it is a statistic."""
    figures = {
        part: _figure(part, observations, None) for part in dict.fromkeys(experiment_terms(term))
    }
    if figures:
        return _ReplicationFigures(observations[0], figures, len(observations)).value(term)
    values = values_in_each(term, observations)
    return values[0] if len(values) == 1 else _over_all("median", values, None)


_MIRRORED: dict[tree.Comparator, tree.Comparator] = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


def _facing(comparison: tree.Comparison) -> tree.Comparison:
    """Return a comparison with the observed side on the left: `95 <= x` becomes `x >= 95`."""
    if not is_literal(comparison.left) or is_literal(comparison.right):
        return comparison
    operator = _MIRRORED.get(comparison.operator, comparison.operator)
    return tree.Comparison(comparison.right, operator, comparison.left)


@dataclass(frozen=True)
class _ReplicationFigures:
    """Judges conditions in one replication, with the statistics over all replications."""

    observation: Observation
    figures: Mapping[tree.Probability | tree.Statistic, Range | Missing]
    replications: int = 1
    confidence: float | None = None

    def judge(self, condition: tree.Condition) -> Verdict:
        if isinstance(condition, tree.Comparison):
            return self._comparison(_facing(condition))
        verdicts = [self.judge(part) for part in condition.parts]
        deciding = condition.operator == "or"
        for outcome in (deciding, None, not deciding):
            for verdict in verdicts:
                if verdict.holds is outcome:
                    return verdict
        raise AssertionError("a combination has parts")

    def _comparison(self, comparison: tree.Comparison) -> Verdict:
        left, right = self.value(comparison.left), self.value(comparison.right)
        if isinstance(left, Missing) or isinstance(right, Missing):
            missing = next(side for side in (left, right) if isinstance(side, Missing))
            sides = [None if isinstance(side, Missing) else side for side in (left, right)]
            return Verdict(None, sides[0], sides[1], comparison, missing.why, missing.reason)
        verdict = Verdict(holds(comparison.operator, left, right), left, right, comparison)
        if verdict.holds is None:
            why, reason = self._doubt(comparison, left, right)
            return replace(verdict, why=why, reason=reason)
        return self._confirmed(verdict, comparison) if verdict.holds else verdict

    def _doubt(self, comparison: tree.Comparison, left: Range, right: Range) -> tuple[str, str]:
        """Return why a comparison is inconclusive, in words and as a reason."""
        if left.is_beyond or right.is_beyond:
            return "the run ends too early to tell", "too_early"
        why = f"{self.replications} replications are too few for the confidence stated"
        if self.confidence is not None:
            sides = comparison, left, right
            why += required_replications(*sides, self.replications, self.confidence)
        return why, "too_few_replications"

    def _confirmed(self, verdict: Verdict, comparison: tree.Comparison) -> Verdict:
        """Return a verdict that is met; inconclusive if one more replication could change it.

        A condition that all of ten replications meet may fail in the next one: its share of 1 is
        exact to a tenth only. A bound of exactly 0 or 1 needs no more replications.
        """
        margin = verdict.margin
        shares = [
            part for part in experiment_terms(comparison) if isinstance(part, tree.Probability)
        ]
        if self.confidence is not None or not shares or margin is None or not margin.size:
            return verdict
        widened: dict[tree.Probability | tree.Statistic, Range | Missing] = {
            part: _to_one_more(self.figures[part], self.replications) for part in shares
        }
        sides = replace(self, figures={**self.figures, **widened})
        left, right = sides.value(comparison.left), sides.value(comparison.right)
        assert isinstance(left, Range)
        assert isinstance(right, Range)
        if holds(comparison.operator, left, right):
            return verdict
        required = required_to_distinguish(abs(margin.size) / len(shares))
        if required == self.replications:  # the comparison excludes the bound itself
            required += 1
        why = f"{self.replications} replications are too few: {required} at least"
        return replace(verdict, holds=None, why=why, reason="too_few_replications")

    def value(self, term: tree.Term) -> Range | Missing:
        """Return the value of a term."""
        if isinstance(term, tree.Number):
            return exactly(term.value)
        if isinstance(term, tree.SeriesAt | tree.SeriesOver | tree.TimeTo):
            return self.observation.values[term]
        if isinstance(term, tree.Probability | tree.Statistic):
            return self.figures[term]
        if not isinstance(term, tree.Arithmetic):
            raise TypeError(f"a series needs an instant: {term}")
        left, right = self.value(term.left), self.value(term.right)
        if isinstance(left, Missing) or isinstance(right, Missing):
            return left if isinstance(left, Missing) else right
        return left.plus(right) if term.operator == "+" else left.minus(right)


def _to_one_more(share: Range | Missing, replications: int) -> Range | Missing:
    """Return a share of 0 or 1, widened by one replication; any other share as it is."""
    if isinstance(share, Missing) or share.estimate not in (0.0, 1.0):
        return share
    return replace(
        share,
        low=max(0.0, share.low - 1 / replications),
        high=min(1.0, share.high + 1 / replications),
    )


def _figure(
    term: tree.Probability | tree.Statistic,
    observations: Sequence[Observation],
    confidence: float | None,
) -> Range | Missing:
    """Return a statistic over replications; with a *confidence* its whole interval."""
    if len(observations) < 2:
        return _ONE_RUN
    runs = [_ReplicationFigures(observation, {}) for observation in observations]
    if isinstance(term, tree.Statistic):
        return _over_all(term.name, [run.value(term.of) for run in runs], confidence)
    each = [run.judge(term.condition) for run in runs]
    empty = [verdict for verdict in each if verdict.reason == "no_data"]
    if empty:
        return _missing_in(len(empty), len(each), empty[0].why)
    held = sum(verdict.holds is True for verdict in each)
    doubtful = sum(verdict.holds is None for verdict in each)
    return share(held, doubtful, len(each), confidence)


def _over_all(
    name: str, values: Sequence[Range | Missing], confidence: float | None
) -> Range | Missing:
    ranges = [value for value in values if isinstance(value, Range)]
    missing = [value for value in values if isinstance(value, Missing)]
    if missing:
        return _missing_in(len(missing), len(values), missing[0].why)
    return statistic(name, ranges, confidence)


def _missing_in(count: int, of: int, why: str) -> Missing:
    return Missing(f"{why} in {count} of {of} replications")
