"""How many replications would be enough to tell a figure from its bound with a confidence.

What becomes of a condition in each replication, with the figures that are taken over all.

A figure over replications (a probability, a percentile, a mean) is one number for all; where a
confidence is stated it is all the numbers of its interval, so that a comparison which does not hold
for each of them cannot be said.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from sim.judging.ranges import Margin, Missing, Range, exactly, holds, margin, share, statistic
from sim.judging.readings import Observation, is_literal, over_runs
from sim.judging.statistics import fewest_for_share, fewest_to_tell, replications_to_tell
from sim.language.tree import (
    Arithmetic,
    Comparator,
    Comparison,
    Condition,
    Number,
    Probability,
    SeriesAt,
    SeriesOver,
    Statistic,
    Term,
    TimeTo,
)
from sim.measures.conditions import COMPARE

_DOWNWARDS = ("<", "<=")


def required_replications(
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


_ONE_RUN = Missing("it needs several replications", "too_few_replications")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of a condition in one replication."""

    holds: bool | None
    """None: cannot be said."""
    left: Range | None = None
    right: Range | None = None
    comparison: Comparison | None = None
    why: str = ""
    """Why it cannot be said, in words."""
    reason: str = ""
    """Why it cannot be said: `no_data`, `too_early`, `too_few_replications`; empty otherwise."""

    @property
    def margin(self) -> Margin | None:
        """By how much the comparison that decided holds; None where nothing is known of it."""
        if self.left is None or self.right is None or self.comparison is None:
            return None
        return margin(self.comparison.operator, self.left, self.right)


def verdicts(
    condition: Condition, readings: Sequence[Observation], confidence: float | None = None
) -> Iterator[Verdict]:
    """Yield what becomes of a condition in each replication, in order; *confidence* is 0 to 1."""
    figures = {
        part: _figure(part, readings, confidence) for part in dict.fromkeys(over_runs(condition))
    }
    for reading in readings:
        yield _ReplicationFigures(reading, figures, len(readings), confidence).judge(condition)


def values_of_each(term: Term, readings: Sequence[Observation]) -> list[Range | Missing]:
    """Return the value of a number in each replication; none over several may stand in it."""
    return [_ReplicationFigures(reading, {}).value(term) for reading in readings]


def value_over(term: Term, readings: Sequence[Observation]) -> Range | Missing:
    """Return the value of a number over some replications.

    That of one; of several the middle one, unless it is a figure over replications itself.
    """
    figures = {part: _figure(part, readings, None) for part in dict.fromkeys(over_runs(term))}
    if figures:
        return _ReplicationFigures(readings[0], figures, len(readings)).value(term)
    found = values_of_each(term, readings)
    return found[0] if len(found) == 1 else _of_all("median", found, None)


_MIRRORED: dict[Comparator, Comparator] = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


def _facing(comparison: Comparison) -> Comparison:
    """Return a comparison with what is observed on the left: `95 <= x` is `x >= 95`."""
    if not is_literal(comparison.left) or is_literal(comparison.right):
        return comparison
    operator = _MIRRORED.get(comparison.operator, comparison.operator)
    return Comparison(comparison.right, operator, comparison.left)


@dataclass(frozen=True)
class _ReplicationFigures:
    """Judges conditions in one replication, with the figures over all of them."""

    reading: Observation
    figures: Mapping[Probability | Statistic, Range | Missing]
    replications: int = 1
    confidence: float | None = None

    def judge(self, condition: Condition) -> Verdict:
        if isinstance(condition, Comparison):
            return self._comparison(_facing(condition))
        verdicts = [self.judge(part) for part in condition.parts]
        decisive = condition.operator == "or"
        for wanted in (decisive, None, not decisive):
            for verdict in verdicts:
                if verdict.holds is wanted:
                    return verdict
        raise AssertionError("a combination has parts")

    def _comparison(self, comparison: Comparison) -> Verdict:
        left, right = self.value(comparison.left), self.value(comparison.right)
        if isinstance(left, Missing) or isinstance(right, Missing):
            gap = next(one for one in (left, right) if isinstance(one, Missing))
            known = [None if isinstance(one, Missing) else one for one in (left, right)]
            return Verdict(None, known[0], known[1], comparison, gap.why, gap.reason)
        found = Verdict(holds(comparison.operator, left, right), left, right, comparison)
        if found.holds is None:
            why, reason = self._doubt(found)
            return replace(found, why=why, reason=reason)
        return self._believed(found) if found.holds else found

    def _doubt(self, found: Verdict) -> tuple[str, str]:
        """Return why a comparison cannot be said, in words and as a reason."""
        assert found.left is not None
        assert found.right is not None
        if found.left.is_beyond or found.right.is_beyond:
            return "the run ends too early to tell", "too_early"
        assert found.comparison is not None
        why = f"{self.replications} replications are too few for the confidence stated"
        if self.confidence is not None:
            sides = found.comparison, found.left, found.right
            why += required_replications(*sides, self.replications, self.confidence)
        return why, "too_few_replications"

    def _believed(self, found: Verdict) -> Verdict:
        """Return a comparison that holds; in doubt where a further replication could undo it.

        What held in all of ten replications may be missed by the next one: a share of 1 is known to
        a tenth. A bound at that very end asks for just that.
        """
        comparison, margin = found.comparison, found.margin
        assert comparison is not None
        shares = [part for part in over_runs(comparison) if isinstance(part, Probability)]
        if self.confidence is not None or not shares or margin is None or not margin.size:
            return found
        known: dict[Probability | Statistic, Range | Missing] = {
            part: _to_one_more(self.figures[part], self.replications) for part in shares
        }
        sides = replace(self, figures={**self.figures, **known})
        left, right = sides.value(comparison.left), sides.value(comparison.right)
        assert isinstance(left, Range)
        assert isinstance(right, Range)
        if holds(comparison.operator, left, right):
            return found
        fewest = fewest_to_tell(abs(margin.size) / len(shares))
        if fewest == self.replications:  # the bound itself is not enough: it is left out
            fewest += 1
        why = f"{self.replications} replications are too few: {fewest} at least"
        return replace(found, holds=None, why=why, reason="too_few_replications")

    def value(self, term: Term) -> Range | Missing:
        """Return where a term's value lies."""
        if isinstance(term, Number):
            return exactly(term.value)
        if isinstance(term, SeriesAt | SeriesOver | TimeTo):
            return self.reading.values[term]
        if isinstance(term, Probability | Statistic):
            return self.figures[term]
        if not isinstance(term, Arithmetic):
            raise TypeError(f"a series needs an instant: {term}")
        left, right = self.value(term.left), self.value(term.right)
        if isinstance(left, Missing) or isinstance(right, Missing):
            return left if isinstance(left, Missing) else right
        return left.plus(right) if term.operator == "+" else left.minus(right)


def _to_one_more(share: Range | Missing, replications: int) -> Range | Missing:
    """Return what is known of a share of 0 or 1, to one replication; any other as it is."""
    if isinstance(share, Missing) or share.estimate not in (0.0, 1.0):
        return share
    return replace(
        share,
        low=max(0.0, share.low - 1 / replications),
        high=min(1.0, share.high + 1 / replications),
    )


def _figure(
    term: Probability | Statistic, readings: Sequence[Observation], confidence: float | None
) -> Range | Missing:
    """Return a figure over replications; with a *confidence* the whole of its interval."""
    if len(readings) < 2:
        return _ONE_RUN
    runs = [_ReplicationFigures(reading, {}) for reading in readings]
    if isinstance(term, Statistic):
        return _of_all(term.name, [run.value(term.of) for run in runs], confidence)
    found = [run.judge(term.condition) for run in runs]
    empty = [one for one in found if one.reason == "no_data"]
    if empty:
        return _missing_in(len(empty), len(found), empty[0].why)
    held = sum(one.holds is True for one in found)
    return share(held, sum(one.holds is None for one in found), len(found), confidence)


def _of_all(
    name: str, found: Sequence[Range | Missing], confidence: float | None
) -> Range | Missing:
    known = [one for one in found if isinstance(one, Range)]
    if len(known) == len(found):
        return statistic(name, known, confidence)
    why = next(one.why for one in found if isinstance(one, Missing))
    return _missing_in(len(found) - len(known), len(found), why)


def _missing_in(count: int, of: int, why: str) -> Missing:
    return Missing(f"{why} in {count} of {of} replications")
