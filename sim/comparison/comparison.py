"""Which of two runs is better, and by how much: the first answer of a comparison.

Runs are compared by their goal: coverage, or what both plans bring to a fleet that is onboarded
already (a payload, offboarding, the MDE client), and by the times at which 95 and 90 % were
reached. If these are equal, the number of failed devices decides. With several replications a
difference counts only if its interval excludes zero.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sim.accounts.headline import LEVELS
from sim.comparison import estimates
from sim.comparison.devices import DevicePairs
from sim.judging.statistics import mean, percentile, required_for_percentile
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

    source: str
    """The scenario file or run folder, as the person typed it."""
    loaded: Loaded
    replications: tuple[int, ...]
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
    """When a level was first reached in both runs [s]."""

    level: int
    """[per cent]"""
    times: estimates.Estimate
    """Over the pairs of replications in which both reached it."""
    a: float | None
    """The mean over all replications in which A reached it [s]; None if it never did."""
    b: float | None
    reached_a: int
    """In how many of the replications A reached it."""
    reached_b: int
    of: int
    """How many pairs of replications there are."""
    p90_a: float | None = None
    """The P90 over all replications [s]; None if there are too few, or A did not reach it."""
    p90_b: float | None = None

    @property
    def sign(self) -> int:
        """1 if B is better, -1 if A is, 0 if no difference is certain.

        Reaching the level in more replications comes before reaching it earlier, because a time
        that was not reached is later than any other. If the two disagree, the sign is 0.
        """
        more, earlier = self._reached_more, -self.times.sign
        return 0 if more * earlier < 0 else more or earlier

    @property
    def _reached_more(self) -> int:
        """1 if B alone reached it more often than A alone, by more than chance explains."""
        only_a, only_b = self.reached_a - self.times.pairs, self.reached_b - self.times.pairs
        if self.of >= estimates.FEWEST and not estimates.surely_more(
            only_a, only_b, estimates.CONFIDENCE
        ):
            return 0
        return (only_b > only_a) - (only_b < only_a)


@dataclass(frozen=True, slots=True)
class Goal:
    """The share of devices in the desired state: at the end, and when it reached each of LEVELS."""

    about: str
    """`coverage`, `payload`, `offboarding` or `mde_client`."""
    payload: str
    """The payload that the plan deploys; empty for other goals."""
    percent: estimates.Estimate
    time_to: tuple[TimeToGoal, ...]


@dataclass(frozen=True)
class RunComparison:
    """Two runs, compared."""

    a: RunFacts
    b: RunFacts
    pairs: tuple[tuple[int, int], ...]
    """The numbers of the replications that were paired, A's and B's."""
    edits: tuple[Edit, ...]
    devices: DevicePairs
    """Of the first replication of each run."""
    measures: estimates.MeasureDifferences
    coverage: Goal
    headlines: tuple[str, str]
    """The goal of each run; `coverage` if it has no other."""
    headline: Goal | None
    """The goal of both runs, if it is the same and not coverage."""
    remarks: tuple[str, ...] = ()
    """Notes on how the two runs were made, each a sentence."""

    @property
    def goal(self) -> Goal:
        """The goal by which the runs are compared."""
        return self.headline or self.coverage

    @property
    def failed(self) -> estimates.Estimate:
        """Failed devices at the last common instant."""
        return self.measures.at_end(estimates.FAILED)

    @property
    def is_paired(self) -> bool:
        """Whether both runs drew the same random numbers: one seed, and the same replications."""
        same_seed = self.a.scenario.seed == self.b.scenario.seed
        return same_seed and all(a == b for a, b in self.pairs)

    @property
    def within(self) -> Seconds | None:
        """The horizon of the shorter run [s]; what came later does not count. None if equal."""
        return common_horizon(self.a.scenario, self.b.scenario)

    @property
    def differs(self) -> bool:
        """Whether anything in the results differs."""
        return not (self.devices.is_same and self.measures.is_same and self.within is None)

    @property
    def better(self) -> Better:
        """Which run is better: in some part of its goal, and worse in none.

        Failures decide only if the goal shows no difference. They come second because a device that
        nothing is deployed to cannot fail, and a failed device is missing from the goal anyway.
        """
        signs = {
            self.goal.percent.sign,
            *(time.sign for time in self.goal.time_to if time.level >= 90),
        }
        if not self.differs:
            return "same"
        if signs == {0}:
            signs = {-self.failed.sign}
        if {-1, 1} <= signs or signs == {0}:
            return "neither"
        return "b" if 1 in signs else "a"


def common_horizon(a: Scenario, b: Scenario) -> Seconds | None:
    """Return the horizon of the shorter scenario; None if both have the same."""
    return None if a.horizon == b.horizon else min(a.horizon, b.horizon)


def goals_of(
    measures: estimates.MeasureDifferences,
    summaries: Sequence[tuple[Summary, Summary]],
    within: Seconds | None = None,
) -> tuple[Goal, Goal | None]:
    """Return coverage at the last common instant, and the other goal that both runs share, if any.

    The first replications decide on the other goal; those with another one have no data. Its share
    is stored for the end of a run only, so runs that end at different times have no common share.
    """
    time_to = _time_to(summaries, within)
    coverage = Goal("coverage", "", measures.at_end(estimates.COVERAGE), time_to)
    about = _about(summaries[0][0])
    if about is None or about != _about(summaries[0][1]):
        return coverage, None
    goals = [(_headline(a, about), _headline(b, about)) for a, b in summaries]
    percents = [(None, None) if within else (a.get("percent"), b.get("percent")) for a, b in goals]
    percent = estimates.estimate(percents).in_points()
    return coverage, Goal(*about, percent, _time_to(goals, within))


def _about(summary: Summary) -> tuple[str, str] | None:
    goal = summary.get("headline")
    return None if goal is None else (str(goal["about"]), str(goal.get("payload", "")))


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
        rows.append(TimeToGoal(level, estimates.estimate(pairs), a, b, *counts, *p90s))
    return tuple(rows)


def _p90(times: Sequence[float | None]) -> float | None:
    if len(times) < required_for_percentile(90):
        return None
    p90 = percentile(sorted(math.inf if time is None else time for time in times), 90)
    return None if math.isinf(p90) else p90


def _mean_of(times: Iterable[float | None]) -> float | None:
    reached = [time for time in times if time is not None]
    return mean(reached) if reached else None


def _reached(summary: Summary, level: int, within: Seconds | None) -> float | None:
    time = summary.get("time_to", {}).get(str(level))
    return None if time is None or (within and time >= within) else float(time)
