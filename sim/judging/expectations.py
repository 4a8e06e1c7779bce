"""Judge the expectations of a scenario against one replication or many.

There are four outcomes: passed, warned, failed, inconclusive. A measure without data never passes.
An expectation must be met in each replication. Probabilities, percentiles and means are one number
for all replications, compared with the confidence that the expectation states.
"""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sim.judging.observations import Observation, replication_terms
from sim.judging.ranges import DEFAULT_CONFIDENCE, Range
from sim.judging.verdicts import Verdict, verdicts
from sim.language.tree import Condition
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
    """The left side of the deciding comparison, in the deciding replication; None without data."""
    report_only: bool = False
    bound: float | None = None
    """The value that it is compared with."""
    operator: str = ""
    margin: float | None = None
    """By how much the comparison is met; negative when it is not met."""
    kind: str = "number"
    """What is compared: `devices`, `percent`, `duration` (in seconds), `probability`, `number`."""
    interval: tuple[float, float] | None = None
    """The confidence interval of a probability, percentile or mean."""
    confidence: float | None = None
    """The confidence of the interval, 0 to 1: as stated, or 95 %; None without an interval."""
    held: int | None = None
    """The number of replications that meet it; None for one number over all of them."""
    of: int = 1
    """The number of replications."""
    replication: int = 1
    """The replication that decided; run this one again to see why."""
    why: str = ""
    """Why it is inconclusive, in words; else empty."""
    margin_is_least: bool = False
    """Whether the margin may be larger, because a time is after the horizon."""
    at_least: float | None = None
    """A lower bound of the value when it was not observed."""
    reason: str = ""
    """Why it is inconclusive: `no_data`, `too_early`, `too_few_devices`, `too_few_replications`;
    else empty."""

    def as_summary(self) -> dict[str, Any]:
        """Return the entry of summary.json."""
        return {"text": self.text, "outcome": self.outcome, "observed": _rounded(self.observed)}

    def as_document(self) -> dict[str, Any]:
        """Return all fields, for programs and for text."""
        fields = asdict(self)
        replications = fields.pop("of")
        numbers = ("bound", "margin", "at_least")
        return {
            **fields,
            **self.as_summary(),
            **{name: _rounded(fields[name]) for name in numbers},
            "interval": None if self.interval is None else list(map(_rounded, self.interval)),
            "replications": replications,
        }


def _rounded(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else round(value, 6)


def judge(
    expectation: Expectation, condition: Condition, observations: Sequence[Observation]
) -> ExpectationResult:
    """Return the result of one expectation from the observation of each replication, in order."""
    stated = expectation.confidence
    confidence = None if stated is None else stated / MILLION
    each = list(verdicts(condition, observations, confidence))
    index = _deciding(each)
    deciding = each[index]
    too_few = _too_few_devices(expectation, observations)
    holds = None if too_few else deciding.holds
    failed = "warned" if expectation.severity == "warn" else "failed"
    is_of_each = any(True for _ in replication_terms(condition))
    left, right = deciding.left, deciding.right
    interval, margin = (None if left is None else left.interval), deciding.margin
    return ExpectationResult(
        text=expectation.expr,
        outcome={True: "passed", False: failed, None: "inconclusive"}[holds],
        observed=None if left is None else left.estimate,
        report_only=expectation.report_only,
        bound=None if right is None else right.estimate,
        operator="" if deciding.comparison is None else deciding.comparison.operator,
        margin=None if margin is None else margin.size,
        margin_is_least=margin is not None and margin.is_least,
        at_least=_at_least(left),
        kind="number" if deciding.comparison is None else kind_word(deciding.comparison.left),
        interval=interval,
        confidence=None if interval is None else confidence or DEFAULT_CONFIDENCE,
        held=sum(verdict.holds is True for verdict in each) if is_of_each else None,
        of=len(observations),
        replication=index + 1,
        reason="" if holds is not None else "too_few_devices" if too_few else deciding.reason,
        why=(too_few or _why(deciding, observations)) if holds is None else "",
    )


def _why(deciding: Verdict, observations: Sequence[Observation]) -> str:
    """Return why it is inconclusive; without data also whether the series has no devices."""
    has_no_devices = any(observation.devices == 0 for observation in observations)
    if deciding.reason == "no_data" and has_no_devices:
        return f"{deciding.why}: no eligible device is in it at the end"
    return deciding.why


def _too_few_devices(expectation: Expectation, observations: Sequence[Observation]) -> str:
    """Return a message when a series covers fewer devices than `min_devices`; else empty."""
    fewest = min((each.devices for each in observations if each.devices is not None), default=None)
    if fewest is None or fewest >= expectation.min_devices:
        return ""
    return f"{fewest} eligible devices, fewer than min_devices: {expectation.min_devices}"


def _at_least(left: Range | None) -> float | None:
    """Return the lower bound of a value that has no estimate."""
    if left is None or left.estimate is not None or not math.isfinite(left.low):
        return None
    return left.low


def _deciding(verdicts: Sequence[Verdict]) -> int:
    """Return the index of the worst replication: failed first, then inconclusive, by margin."""
    order = {False: 0, None: 1, True: 2}

    def rank(index: int) -> tuple[int, bool, float, int]:
        verdict = verdicts[index]
        gap = verdict.margin
        return order[verdict.holds], gap is not None, 0.0 if gap is None else gap.size, index

    return min(range(len(verdicts)), key=rank)
