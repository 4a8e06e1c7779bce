"""Gates and expectations that the rehearsal misses: for certain, or but for the luck of others."""

from collections.abc import Iterator
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from sim.judging.observations import Observer, experiment_terms
from sim.judging.verdicts import Verdict, verdicts
from sim.language.tree import (
    Combination,
    Comparison,
    Condition,
    Number,
    Series,
    SeriesAt,
    Term,
    TimeTo,
    series_in,
    unparse,
)
from sim.lint.analysis import Analysis, Loc, PlannedStep
from sim.lint.catalogue import Finding
from sim.lint.expression_checks import comparisons
from sim.lint.other_runs import OtherRuns
from sim.lint.outlook import Outlook
from sim.lint.rehearsal import Numbers
from sim.measures.weights import weights
from sim.units import Seconds, format_duration
from sim.vocabulary import SLICES

_NO_DATA_ADVICE = "ask about a collection that has members and a deployment by then"
REPLICATIONS = 30
"""So often the one rehearsal stands for itself where an expectation is about many."""


def gates(analysis: Analysis) -> Iterator[Finding]:
    """Yield each gate that stays shut in the rehearsal (MON-1)."""
    for step in shut_steps(analysis):
        gate = _ShutGate(analysis, step)
        if gate.is_certain or not gate.waits_for_bad_luck:
            yield gate.finding()


def other_runs(analysis: Analysis) -> OtherRuns:
    """Return what holds in every run of the scenario."""
    return analysis.once(_other_runs)


def _other_runs(analysis: Analysis) -> OtherRuns:
    """Find the gates that open in no run.

    Suppose none of those that stay shut in the rehearsal opens elsewhere. If one of them still may,
    the supposition is dropped for it, and the others are looked at again. Those that remain are
    certain: one of them would have to be the first to open.
    """
    waiting = {one.number: one for one in shut_steps(analysis)}
    while True:
        runs = OtherRuns(analysis, waiting.keys())
        outlook = Outlook(analysis, runs)
        may_open = [
            number
            for number, one in waiting.items()
            if outlook.may_hold(analysis.conditions.gates[number], _judged(analysis, one)).any()
        ]
        if not may_open:
            return runs
        for number in may_open:
            del waiting[number]


def _judged(analysis: Analysis, step: PlannedStep) -> NDArray[np.int64]:
    """Return the instants at which a gate is judged [s]."""
    last = analysis.scenario.horizon - 2
    if step.step.otherwise is not None:
        last = min(last, step.step.otherwise.after)
    return _grid(analysis, last + 1)


def shut_steps(analysis: Analysis) -> Iterator[PlannedStep]:
    """Yield the steps whose gate was shut when its time was over, or at the end."""
    opened = {row.step for row in analysis.rows("gate_opened")}
    timed_out = {row.step for row in analysis.rows("gate_timed_out")}
    has_stopped = any(True for _ in stops(analysis))
    for one in analysis.steps:
        is_judged = one.name in timed_out or not has_stopped
        if one.step.when is not None and one.name not in opened and is_judged:
            yield one


def stops(analysis: Analysis) -> Iterator[PlannedStep]:
    """Yield the step whose gate stopped the plan, if one did."""
    timed_out = {row.step for row in analysis.rows("gate_timed_out")}
    for one in analysis.steps:
        ends = one.step.otherwise
        if one.name in timed_out and ends is not None and ends.do == "stop":
            yield one


class _ShutGate:
    """A gate that did not open in the rehearsal, and whether it could have in another run."""

    def __init__(self, analysis: Analysis, step: PlannedStep) -> None:
        self._analysis = analysis
        self._step = step
        self._condition = analysis.conditions.gates[step.number]
        self._instants = _judged(analysis, step)
        self._ends = step.step.otherwise
        self._outlook = Outlook(analysis, other_runs(analysis))
        self.is_certain = step.number in other_runs(analysis).shut
        """Whether it stays shut in every run: the fault is the plan's own."""

    @cached_property
    def _empty(self) -> Series | None:
        """A series without data in any run, where all of the condition must hold."""
        if isinstance(self._condition, Combination) and self._condition.operator == "or":
            return None
        for series in sorted(series_in(self._condition), key=repr):
            if np.isnan(self._outlook.bounds(series, self._instants)[0]).all():
                return series
        return None

    @property
    def waits_for_bad_luck(self) -> bool:
        """Whether what fails by chance may open it."""
        return _is_helped_by_bad_luck(self._analysis, self._culprit)

    def finding(self) -> Finding:
        """Return what there is to say of it."""
        is_certain = self.is_certain
        loc = ("plan", self._step.number, "when")
        if is_certain and self._empty is not None:
            what = f"the gate can never open: {unparse(self._empty)} has no data while it waits"
            return self._analysis.find("LNT-204", loc, what, _NO_DATA_ADVICE)
        until = "" if self._ends is None else f" within {format_duration(self._ends.after)}"
        if is_certain:
            goes_on = self._ends is not None and self._ends.do != "stop"
            is_over = self._ends is not None and self._ends.after < self._analysis.scenario.horizon
            id = "LNT-202" if goes_on and is_over else "LNT-201"
            what = f"the gate can never open{until}: {self._explained()}"
            advice = "ask for less, repair or leave out the devices that cannot, or wait longer"
            return self._analysis.find(id, loc, what, advice, devices=self._in_the_way())
        what = f"the gate does not open{until}, even without bad luck: {self._seen()}"
        advice = "ask for less, repair the clients and devices that are in the way, or wait longer"
        return self._analysis.find("LNT-203", loc, what, advice, devices=self._in_the_way())

    def _explained(self) -> str:
        """Return the least or the most that the measure in question can be."""
        comparison = self._culprit
        series = _first_series(comparison)
        if series is None:
            return unparse(comparison)
        low, high = self._outlook.bounds(series, self._instants)
        if _wants_more(comparison, series):
            return f"{unparse(series)} is at the most {high[-1]:.1f}"
        return f"{unparse(series)} is at least {low[-1]:.1f}"

    def _seen(self) -> str:
        """Return what the measure in question was when the gate was judged last."""
        series = _first_series(self._culprit)
        if series is None:
            return f"{unparse(self._culprit)} does not hold"
        value = float(self._analysis.reader.values(series, self._instants[-1:])[0])
        said = "without data" if np.isnan(value) else f"{value:.1f}"
        return f"{unparse(series)} is {said} when it is checked last"

    @cached_property
    def _culprit(self) -> Comparison:
        """The comparison that never holds by itself, else the first."""
        found = list(comparisons(self._condition))
        never = (one for one in found if not self._outlook.may_hold(one, self._instants).any())
        return next(never, found[0])

    def _in_the_way(self) -> Numbers:
        series = _first_series(self._culprit)
        if series is None:
            return frozenset()
        return _in_the_way(self._analysis, series, _wants_more(self._culprit, series))


def _first_series(comparison: Comparison) -> Series | None:
    sides = (comparison.left, comparison.right)
    return next((term for term in sides if isinstance(term, Series)), None)


def _wants_more(comparison: Comparison, side: Term) -> bool:
    """Say whether a comparison holds where one of its sides is large."""
    larger = (">", ">=", "==") if comparison.left == side else ("<", "<=", "==")
    return comparison.operator in larger


def _in_the_way(analysis: Analysis, series: Series, wants_more: bool) -> Numbers:
    """Return the devices that a series does not count and should, or counts and should not."""
    counts, about = weights(series)
    if about is None and wants_more:
        slices = tuple(one for one in series.filters if one.label in SLICES)
        about = weights(Series(series.view, "eligible", slices))[0]
    found = Numbers()
    for profile, numbers in analysis.at_end[series.view].items():
        if (about is None or about(profile)) and bool(counts(profile)) != wants_more:
            found |= numbers
    return found


def expectations(analysis: Analysis) -> Iterator[Finding]:
    """Yield each expectation that the rehearsal misses or cannot judge (MON-1)."""
    horizon = analysis.scenario.horizon
    observer = Observer(analysis.reader, analysis.prepared.clock, horizon)
    for number, condition in enumerate(analysis.conditions.expectations):
        loc: Loc = ("expect", number)
        verdict = next(iter(verdicts(condition, [observer.observe(condition)] * REPLICATIONS)))
        if verdict.holds is None and verdict.reason == "no_data":
            what = f"{unparse(condition)}: a measure in it has no data then, so it stays"
            what += " inconclusive"
            yield analysis.find("LNT-207", loc, what, _NO_DATA_ADVICE)
        elif verdict.holds is False:
            yield from _missed(analysis, loc, condition, verdict)
        if analysis.scenario.replications == 1 and any(experiment_terms(condition)):
            what = "probabilities and statistics are inconclusive with one replication"
            yield analysis.find("LNT-209", loc, what, "write replications: 20 or more")


def _grid(analysis: Analysis, end: Seconds) -> NDArray[np.int64]:
    return np.arange(0, end, analysis.scenario.reporting.interval, dtype=np.int64)


def _missed(
    analysis: Analysis, loc: Loc, condition: Condition, verdict: Verdict
) -> Iterator[Finding]:
    """Yield that the rehearsal misses an expectation, unless bad luck may let it hold."""
    comparison, devices, value = verdict.comparison, Numbers(), ""
    is_certain = not analysis.has_chance and analysis.scenario.replications == 1
    if comparison is not None and isinstance(comparison.left, SeriesAt):
        series, wants_more = comparison.left.series, _wants_more(comparison, comparison.left)
        devices = _in_the_way(analysis, series, wants_more)
        if verdict.left is not None and verdict.left.estimate is not None:
            value = f": the value is {verdict.left.estimate:.1f}"
        bound = _bound_that_fails(analysis, comparison, comparison.left)
        if bound is not None:
            is_certain = True
            value = f": {unparse(series)} is at {'the most' if wants_more else 'least'} {bound:.1f}"
    if comparison is not None and not is_certain and _is_helped_by_bad_luck(analysis, comparison):
        return
    what = f"{unparse(condition)} is missed even without bad luck{value}"
    advice = "expect less, or put right what is in the way"
    id = "LNT-205" if is_certain else "LNT-206"
    yield analysis.find(id, loc, what, advice, devices=devices)


def _is_helped_by_bad_luck(analysis: Analysis, comparison: Comparison) -> bool:
    """Say whether a comparison may hold only because something fails by chance.

    Bad luck leaves fewer devices onboarded and makes all take longer; it raises what counts others.
    """
    series = series_in(comparison)
    if not analysis.has_chance or not series:
        return False
    counts = weights(series[0])[0]
    profiles = (one for one in analysis.tally.profiles if one.status == "onboarded")
    falls = any(counts(one) for one in profiles)
    rises = isinstance(comparison.left, TimeTo) or not falls
    return _wants_more(comparison, comparison.left) == rises


def _bound_that_fails(analysis: Analysis, comparison: Comparison, left: SeriesAt) -> float | None:
    """Return what a series is at the most, or at the least, if no run meets a comparison with it.

    None where another run may meet it.
    """
    if not isinstance(comparison.right, Number):
        return None
    horizon, clock = analysis.scenario.horizon, analysis.prepared.clock
    at = horizon if left.when is None else clock.seconds(left.when)
    instants = np.array([at], dtype=np.int64)
    now = Comparison(left.series, comparison.operator, comparison.right)
    outlook = Outlook(analysis, other_runs(analysis))
    if outlook.may_hold(now, instants)[-1]:
        return None
    low, high = outlook.bounds(left.series, instants)
    return float((high if _wants_more(comparison, left) else low)[-1])
