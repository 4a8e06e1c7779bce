"""Made-up results of a check, one of each kind."""

import math

from sim.checking.results import BaselineResult, CheckResult
from sim.errors import Problem
from sim.judging.expectations import ExpectationResult
from sim.units import DAY

PASSED = ExpectationResult(
    "coverage_pct at 30 d >= 95",
    "passed",
    97.3,
    bound=95.0,
    operator=">=",
    margin=2.3,
    kind="percent",
    held=1,
)
FAILED = ExpectationResult(
    "coverage_pct at 30 d >= 95",
    "failed",
    91.8,
    bound=95.0,
    operator=">=",
    margin=-3.2,
    kind="percent",
    held=17,
    of=20,
    replication=12,
)
LATE = ExpectationResult(
    "time to (coverage_pct >= 90) <= 7 d",
    "failed",
    8.5 * DAY,
    bound=7.0 * DAY,
    operator="<=",
    margin=-1.5 * DAY,
    kind="duration",
    held=0,
)
NEVER = ExpectationResult(
    "time to (coverage_pct >= 90) <= 7 d",
    "failed",
    None,
    bound=7.0 * DAY,
    operator="<=",
    kind="duration",
    held=0,
    margin=-23.0 * DAY,
    margin_is_least=True,
    at_least=30.0 * DAY,
)
WARNED = ExpectationResult(
    "failed{cause=workspace_missing} at end <= 1",
    "warned",
    13.0,
    bound=1.0,
    operator="<=",
    margin=-12.0,
    kind="devices",
    held=0,
)
DOUBTED = ExpectationResult(
    "probability (coverage_pct at 30 d >= 95) >= 0.9",
    "inconclusive",
    0.92,
    bound=0.9,
    operator=">=",
    margin=0.02,
    kind="probability",
    interval=(0.74, 0.98),
    of=20,
    why="20 replications are too few for the confidence stated",
    reason="too_few_replications",
)
EMPTY = ExpectationResult(
    "failed_pct at end <= 5",
    "inconclusive",
    None,
    bound=5.0,
    operator="<=",
    kind="percent",
    held=0,
    why="no data",
    reason="no_data",
)
OPEN = ExpectationResult(
    "mean of (time to (coverage_pct >= 90)) <= 5 d",
    "failed",
    None,
    bound=5.0 * DAY,
    operator="<=",
    kind="duration",
    interval=(5.2 * DAY, math.inf),
    of=20,
    margin=-0.4 * DAY,
    margin_is_least=True,
    at_least=5.4 * DAY,
)
REPORTED = ExpectationResult(
    "inactive at end <= 40",
    "failed",
    41.0,
    report_only=True,
    bound=40.0,
    operator="<=",
    margin=-1.0,
    kind="devices",
    held=0,
)
ALL = (PASSED, FAILED, LATE, NEVER, WARNED, DOUBTED, EMPTY, OPEN, REPORTED)

DIGEST = "ab" * 32
REPLAY_OF_12 = (
    "fleetsim run scenarios/pilot.yaml --seed 7 --replication 12"
    " --out results/pilot-7-replication-12"
)


def checked(*judged, file="scenarios/pilot.yaml", **changes):
    """Return one scenario with these expectations on lines 31, 32 ..."""
    values = {
        "name": "Pilot, then everybody",
        "seed": 7,
        "replications": max((one.of for one in judged), default=1),
        "devices": 2000,
        "expectations": judged,
        "lines": tuple(range(31, 31 + len(judged))),
        "log_digest": DIGEST,
    }
    return CheckResult(file, **(values | changes))


UNUSABLE = CheckResult(
    "scenarios/broken.yaml",
    "broken",
    problems=(
        Problem(
            'no measure is called "coverge_pct"',
            "expect[0]",
            "a measure",
            "coverage_pct",
            "scenarios/broken.yaml",
            12,
        ),
        Problem("the fleet is empty", file="scenarios/broken.yaml"),
    ),
)
REGRESSED = checked(
    PASSED,
    file="scenarios/drift.yaml",
    baseline=BaselineResult(
        "regression",
        "14 figures of 2 instants",
        ("coverage_pct at 14 d fell from 97.3 to 91.8", "the event log differs"),
    ),
)
LIKE_BEFORE = checked(
    PASSED,
    file="scenarios/same.yaml",
    baseline=BaselineResult("passed", "14 figures of 2 instants"),
)
WITHOUT_BASELINE = checked(
    PASSED, file="scenarios/new.yaml", baseline=BaselineResult("missing", "nothing is stored")
)
UNCLEAR = checked(
    PASSED,
    file="scenarios/few.yaml",
    baseline=BaselineResult("inconclusive", "5 of 20 replications"),
)
NOTED = checked(
    file="scenarios/noted.yaml",
    log_digest="",
    notes=("Not run, because other scenarios are unusable.",),
)

EVERYTHING = (
    checked(*ALL),
    UNUSABLE,
    REGRESSED,
    LIKE_BEFORE,
    WITHOUT_BASELINE,
    UNCLEAR,
    NOTED,
)
