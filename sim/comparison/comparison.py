"""Which of two runs is better, and by how much: what a comparison says first.

Runs are judged by what they are about: coverage, or what both plans bring to a fleet that is
onboarded already (a payload, offboarding, the MDE client), and by when 95 and 90 % were reached;
where these tell nothing, by how many devices fail. Of what is random only what an interval tells
apart counts.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sim.accounts.headline import LEVELS, headline_of
from sim.comparison.devices import DevicePairs
from sim.comparison.estimates import (
    CONFIDENCE,
    COVERAGE,
    FAILED,
    FEWEST,
    Estimate,
    MeasureDifferences,
    estimate,
    surely_more,
)
from sim.judging.statistics import fewest_for_percentile, mean, percentile
from sim.scenario.edits import Edit
from sim.scenario.loader import Loaded
from sim.scenario.model import Scenario
from sim.units import Seconds

Better = Literal["a", "b", "neither", "same"]

Summary = Mapping[str, Any]
"""The figures of `summary.json` of one replication."""


@dataclass(frozen=True, slots=True)
class RunFacts:
    """One of the two runs."""

    given: str
    """As the person named it: a scenario file or a run folder."""
    loaded: Loaded
    replications: tuple[int, ...]
    """The numbers of all its replications."""
    version: str
    """The version of fleetsim that ran it."""
    fleet: str
    """The digest of its fleet."""

    @property
    def scenario(self) -> Scenario:
        """The scenario that was run."""
        return self.loaded.scenario


@dataclass(frozen=True, slots=True)
class TimeToGoal:
    """When a level was reached first in both runs [s]."""

    level: int
    """[per cent]"""
    times: Estimate
    """Over the pairs in which both reached it."""
    a: float | None
    """The mean over all replications in which A reached it [s]; None where it never did."""
    b: float | None
    reached_a: int
    """In how many of the replications A reached it."""
    reached_b: int
    of: int
    """How many pairs of replications there are."""
    p90_a: float | None = None
    """The P90 over all replications [s]; None where they are too few, or A has not reached it."""
    p90_b: float | None = None

    @property
    def sign(self) -> int:
        """1 where B is better, -1 where A is, 0 where they are not told apart.

        Reaching it in more replications comes before reaching it earlier: a time that was not
        reached is later than any other. What speaks for one and what for the other tells nothing.
        """
        more, earlier = self._reached_more, -self.times.sign
        return 0 if more * earlier < 0 else more or earlier

    @property
    def _reached_more(self) -> int:
        """1 where B alone reached it more often than A alone, by more than chance would."""
        only_a, only_b = self.reached_a - self.times.pairs, self.reached_b - self.times.pairs
        if self.of >= FEWEST and not surely_more(only_a, only_b, CONFIDENCE):
            return 0
        return (only_b > only_a) - (only_b < only_a)


@dataclass(frozen=True, slots=True)
class Goal:
    """A share of devices that are as wanted: at the end, and when it reached each of LEVELS."""

    about: str
    """`coverage`, `payload`, `offboarding` or `mde_client`."""
    payload: str
    """The payload that is brought; empty where it is about something else."""
    percent: Estimate
    time_to: tuple[TimeToGoal, ...]


@dataclass(frozen=True)
class RunComparison:
    """Two runs, compared."""

    a: RunFacts
    b: RunFacts
    pairs: tuple[tuple[int, int], ...]
    """The numbers of the replications that were set side by side, A's and B's."""
    edits: tuple[Edit, ...]
    devices: DevicePairs
    """Of the first replication of each run."""
    measures: MeasureDifferences
    coverage: Goal
    headlines: tuple[str, str]
    """What each run is about; `coverage` where it is about that."""
    headline: Goal | None
    """What both runs are about, where that is the same and not coverage."""
    remarks: tuple[str, ...] = ()
    """Notes on how the two runs came about, each a sentence."""

    @property
    def goal(self) -> Goal:
        """What the runs are judged by."""
        return self.headline or self.coverage

    @property
    def failed(self) -> Estimate:
        """Devices that fail at the last common instant."""
        return self.measures.at_end(FAILED)

    @property
    def is_paired(self) -> bool:
        """Whether both runs drew the same luck: one seed, and the same replications of it."""
        same_seed = self.a.scenario.seed == self.b.scenario.seed
        return same_seed and all(a == b for a, b in self.pairs)

    @property
    def within(self) -> Seconds | None:
        """Up to when both ran, where one of them ran on; what came later decides nothing."""
        return common_horizon(self.a.scenario, self.b.scenario)

    @property
    def differs(self) -> bool:
        """Whether anything in the results is not the same."""
        return not (self.devices.is_same and self.measures.is_same and self.within is None)

    @property
    def better(self) -> Better:
        """Which run is better: in something that it is about, and in nothing worse.

        Failures decide where that tells nothing: who is not deployed to cannot fail, and whoever
        fails is not as wanted.
        """
        signs = {
            self.goal.percent.sign,
            *(one.sign for one in self.goal.time_to if one.level >= 90),
        }
        if not self.differs:
            return "same"
        if signs == {0}:
            signs = {-self.failed.sign}
        if {-1, 1} <= signs or signs == {0}:
            return "neither"
        return "b" if 1 in signs else "a"


def common_horizon(a: Scenario, b: Scenario) -> Seconds | None:
    """Return up to when both scenarios run, where one runs on; None where both end at once."""
    return None if a.horizon == b.horizon else min(a.horizon, b.horizon)


def coverage_goal(
    measures: MeasureDifferences,
    summaries: Sequence[tuple[Summary, Summary]],
    within: Seconds | None = None,
) -> Goal:
    """Return coverage at the last common instant, and when it reached each level."""
    return Goal("coverage", "", measures.at_end(COVERAGE), _time_to(summaries, within))


def headlines(summaries: Sequence[tuple[Summary, Summary]]) -> tuple[str, str]:
    """Return what each run is about, by its first replication."""
    first = summaries[0]
    a, b = (str(headline_of(summary)["about"]) for summary in first)
    return a, b


def headline_goal(
    summaries: Sequence[tuple[Summary, Summary]], within: Seconds | None = None
) -> Goal | None:
    """Return what both runs are about other than coverage; None where that is not the same.

    That is judged by the first replications; others that are about something else have no data.
    The share is known at the end of each run alone: of runs that end at different times none is.
    """
    about = _about(summaries[0][0])
    if about is None or about != _about(summaries[0][1]):
        return None
    told = [(_headline(a, about), _headline(b, about)) for a, b in summaries]
    percents = [(None, None) if within else (a.get("percent"), b.get("percent")) for a, b in told]
    return Goal(*about, estimate(percents), _time_to(told, within))


def _about(summary: Summary) -> tuple[str, str] | None:
    told = summary.get("headline")
    return None if told is None else (str(told["about"]), str(told.get("payload", "")))


def _headline(summary: Summary, about: tuple[str, str]) -> Summary:
    return summary["headline"] if _about(summary) == about else {}


def _time_to(
    summaries: Sequence[tuple[Summary, Summary]], within: Seconds | None
) -> tuple[TimeToGoal, ...]:
    rows = []
    for level in LEVELS:
        pairs = [(_reached(a, level, within), _reached(b, level, within)) for a, b in summaries]
        reached = [sum(pair[side] is not None for pair in pairs) for side in (0, 1)]
        a, b = (_mean_of(pair[side] for pair in pairs) for side in (0, 1))
        counts = reached[0], reached[1], len(pairs)
        p90s = (_p90([pair[side] for pair in pairs]) for side in (0, 1))
        rows.append(TimeToGoal(level, estimate(pairs), a, b, *counts, *p90s))
    return tuple(rows)


def _p90(times: Sequence[float | None]) -> float | None:
    if len(times) < fewest_for_percentile(90):
        return None
    found = percentile(sorted(math.inf if one is None else one for one in times), 90)
    return None if math.isinf(found) else found


def _mean_of(times: Iterable[float | None]) -> float | None:
    known = [time for time in times if time is not None]
    return mean(known) if known else None


def _reached(told: Summary, level: int, within: Seconds | None) -> float | None:
    time = told.get("time_to", {}).get(str(level))
    return None if time is None or (within and time >= within) else float(time)
