"""Judging the expectations of a scenario against one replication or many.

Four outcomes: passed, warned, failed, inconclusive. A measure without data never passes. What is
not taken over replications must hold in each of them; a probability, a percentile or a mean is one
number for all, known with the confidence that an expectation states.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sim.judging.ranges import USUAL_CONFIDENCE, Range
from sim.judging.readings import Observation, of_each
from sim.judging.verdicts import Verdict, verdicts
from sim.language.tree import Comparison, Condition
from sim.language.types import kind_word
from sim.scenario.model import Expectation
from sim.units import MILLION


@dataclass(frozen=True, slots=True)
class ExpectationResult:
    """One expectation with its outcome and the value that decided it."""

    text: str
    outcome: str
    """`passed`, `warned`, `failed` or `inconclusive`."""
    observed: float | None
    """The value that the first comparison that decided is about, in the replication that decided;
    None without data."""
    report_only: bool = False
    bound: float | None = None
    """The value that it was compared with."""
    operator: str = ""
    margin: float | None = None
    """By how much that comparison holds; negative where it does not."""
    kind: str = "number"
    """What is compared: `devices`, `percent`, `duration` (in seconds), `probability`, `number`."""
    interval: tuple[float, float] | None = None
    """Where a figure over replications lies."""
    confidence: float | None = None
    """How surely it lies there, 0 to 1: as stated, or with 95 %; None without an interval."""
    held: int | None = None
    """In how many replications it held; None for a figure over all of them."""
    of: int = 1
    """How many replications were judged."""
    replication: int = 1
    """The one that decided, to be run again."""
    why: str = ""
    """Why it cannot be said, in words; empty otherwise."""
    margin_is_least: bool = False
    """Whether it may be more, on the same side: a time lies beyond the horizon."""
    at_least: float | None = None
    """What is known of the value where none was observed: it is at least so large."""
    reason: str = ""
    """Why it cannot be said: `no_data`, `too_early`, `too_few_devices`, `too_few_replications`;
    empty otherwise."""

    def as_summary(self) -> dict[str, Any]:
        """Return the entry of summary.json."""
        return {"text": self.text, "outcome": self.outcome, "observed": _rounded(self.observed)}

    def as_document(self) -> dict[str, Any]:
        """Return everything, for programs and for lines of text."""
        interval = None
        if self.interval is not None:
            interval = [_rounded(end) if math.isfinite(end) else None for end in self.interval]
        return {
            **self.as_summary(),
            "operator": self.operator,
            "bound": _rounded(self.bound),
            "margin": _rounded(self.margin),
            "margin_is_least": self.margin_is_least,
            "kind": self.kind,
            "at_least": _rounded(self.at_least),
            "interval": interval,
            "confidence": self.confidence,
            "held": self.held,
            "replications": self.of,
            "replication": self.replication,
            "report_only": self.report_only,
            "reason": self.reason,
            "why": self.why,
        }


def _rounded(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else round(value, 6)


def judge(
    expectation: Expectation, condition: Condition, readings: Sequence[Observation]
) -> ExpectationResult:
    """Return the outcome of one expectation over what each replication says to it, in order."""
    stated = expectation.confidence
    confidence = None if stated is None else stated / MILLION
    found = list(verdicts(condition, readings, confidence))
    place = _decisive(found)
    decisive = found[place]
    too_few = _too_few_devices(expectation, readings)
    holds = None if too_few else decisive.holds
    failed = "warned" if expectation.severity == "warn" else "failed"
    is_of_each = any(True for _ in of_each(condition))
    left, right = decisive.left, decisive.right
    interval, margin = (None if left is None else left.interval), decisive.margin
    return ExpectationResult(
        text=expectation.expr,
        outcome={True: "passed", False: failed, None: "inconclusive"}[holds],
        observed=None if left is None else left.estimate,
        report_only=expectation.report_only,
        bound=None if right is None else right.estimate,
        operator="" if decisive.comparison is None else decisive.comparison.operator,
        margin=None if margin is None else margin.size,
        margin_is_least=margin is not None and margin.is_least,
        at_least=_at_least(left),
        kind=_kind(decisive.comparison),
        interval=interval,
        confidence=None if interval is None else confidence or USUAL_CONFIDENCE,
        held=sum(one.holds is True for one in found) if is_of_each else None,
        of=len(readings),
        replication=place + 1,
        reason="" if holds is not None else "too_few_devices" if too_few else decisive.reason,
        why=(too_few or _why(decisive, readings)) if holds is None else "",
    )


def _why(decisive: Verdict, readings: Sequence[Observation]) -> str:
    """Return why it cannot be said; of what is without data also whether it is about nobody."""
    is_about_nobody = any(one.devices == 0 for one in readings)
    if decisive.reason == "no_data" and is_about_nobody:
        return f"{decisive.why}: no eligible device is in it at the end"
    return decisive.why


def _too_few_devices(expectation: Expectation, readings: Sequence[Observation]) -> str:
    """Return what to say where a series is about too few devices; empty where it is not."""
    fewest = min((one.devices for one in readings if one.devices is not None), default=None)
    if fewest is None or fewest >= expectation.min_devices:
        return ""
    return f"{fewest} eligible devices, fewer than min_devices: {expectation.min_devices}"


def _at_least(left: Range | None) -> float | None:
    """Return the least that a value can be of which there is no estimate."""
    if left is None or left.estimate is not None or not math.isfinite(left.low):
        return None
    return left.low


def _kind(comparison: Comparison | None) -> str:
    return "number" if comparison is None else kind_word(comparison.left)


def _decisive(verdicts: Sequence[Verdict]) -> int:
    """Return which replication decides: one that fails, else one in doubt, the worst of them."""
    order = {False: 0, None: 1, True: 2}

    def badness(place: int) -> tuple[int, bool, float, int]:
        verdict = verdicts[place]
        gap = verdict.margin
        return order[verdict.holds], gap is not None, 0.0 if gap is None else gap.size, place

    return min(range(len(verdicts)), key=badness)
