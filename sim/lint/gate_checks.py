"""Gates and expectations that are not met in the rehearsal: in every run, or perhaps only there."""

from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from sim.judging.observations import Observer, experiment_terms
from sim.judging.verdicts import Verdict, verdicts
from sim.language.moments import Moment
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
from sim.units import format_duration
from sim.vocabulary import SLICES

_NO_DATA_ADVICE = "ask about a collection that has members and a deployment by then"
REPLICATIONS = 30
"""How many copies of the one rehearsal stand for the replications that an expectation is about."""


def gates(analysis: Analysis) -> Iterator[Finding]:
    """Yield each gate that stays closed in the rehearsal (MON-1)."""
    for step in shut_steps(analysis):
        comparison = _culprit(analysis, step)
        if step.number in other_runs(analysis).shut:
            yield _closed_in_every_run(analysis, step, comparison)
        elif not _is_helped_by_bad_luck(analysis, comparison):
            yield _closed_in_rehearsal(analysis, step, comparison)


def _culprit(analysis: Analysis, step: PlannedStep) -> Comparison:
    """Return the comparison that keeps a gate closed in every run; else the first one."""
    outlook, instants = _outlook(analysis), _instants(analysis, step)
    condition = analysis.conditions.gates[step.number]
    if isinstance(condition, Combination) and condition.operator == "and":
        parts = [p for p in condition.parts if not outlook.may_hold(p, instants).any()]
        condition = parts[0] if parts else condition
    found = list(comparisons(condition))
    never = (each for each in found if not outlook.may_hold(each, instants).any())
    return next(never, found[0])


@lru_cache(maxsize=1)
def other_runs(analysis: Analysis) -> OtherRuns:
    """Return what is the same in every run of the scenario, with the gates that open in none.

    Assume that no gate that stays closed in the rehearsal opens in another run. A gate that may
    open even so is removed from the assumption, and the others are checked again. Those that
    remain are certain: one of them would have to be the first to open.
    """
    waiting = {step.number: step for step in shut_steps(analysis)}
    while True:
        runs = OtherRuns(analysis, waiting.keys())
        may_hold = Outlook(analysis, runs).may_hold
        may_open = [
            number
            for number, step in waiting.items()
            if may_hold(analysis.conditions.gates[number], _instants(analysis, step)).any()
        ]
        if not may_open:
            return runs
        for number in may_open:
            del waiting[number]


@lru_cache(maxsize=1)
def _outlook(analysis: Analysis) -> Outlook:
    return Outlook(analysis, other_runs(analysis))


def _instants(analysis: Analysis, step: PlannedStep) -> NDArray[np.int64]:
    """Return the instants at which a gate is checked [s]."""
    end = analysis.scenario.horizon - 1
    if step.step.otherwise is not None:
        end = min(end, step.step.otherwise.after + 1)
    return np.arange(0, end, analysis.scenario.reporting.interval, dtype=np.int64)


def shut_steps(analysis: Analysis) -> Iterator[PlannedStep]:
    """Yield the steps whose gate was still closed when its time was over, or at the end."""
    opened = {row.step for row in analysis.rows("gate_opened")}
    timed_out = {row.step for row in analysis.rows("gate_timed_out")}
    has_stopped = any(True for _ in stops(analysis))
    for step in analysis.steps:
        is_checked = step.name in timed_out or not has_stopped
        if step.step.when is not None and step.name not in opened and is_checked:
            yield step


def stops(analysis: Analysis) -> Iterator[PlannedStep]:
    """Yield the step whose gate stopped the plan, if one did."""
    timed_out = {row.step for row in analysis.rows("gate_timed_out")}
    for step in analysis.steps:
        ends = step.step.otherwise
        if step.name in timed_out and ends is not None and ends.do == "stop":
            yield step


def _closed_in_every_run(analysis: Analysis, step: PlannedStep, comparison: Comparison) -> Finding:
    loc, ends = ("plan", step.number, "when"), step.step.otherwise
    empty = _series_without_data(analysis, step)
    if empty is not None:
        what = f"the gate can never open: {unparse(empty)} has no data while it waits"
        return analysis.find("LNT-204", loc, what, _NO_DATA_ADVICE)
    goes_on = ends is not None and ends.do != "stop" and ends.after < analysis.scenario.horizon
    reason = _limit(analysis, comparison, _instants(analysis, step))
    what = f"the gate can never open{_within(step)}: {reason}"
    advice = "ask for less, repair or exclude the devices that cannot onboard, or wait longer"
    devices = _in_the_way(analysis, comparison)
    id = "LNT-202" if goes_on else "LNT-201"
    return analysis.find(id, loc, what, advice, devices=devices)


def _closed_in_rehearsal(analysis: Analysis, step: PlannedStep, comparison: Comparison) -> Finding:
    reason, series = f"{unparse(comparison)} is not met", _first_series(comparison)
    if series is not None:
        value = float(analysis.reader.values(series, _instants(analysis, step)[-1:])[0])
        shown = "without data" if np.isnan(value) else f"{value:.1f}"
        reason = f"{unparse(series)} is {shown} when it is last checked"
    what = f"the gate does not open{_within(step)}, even without bad luck: {reason}"
    advice = "ask for less, repair the devices that hold it back, or wait longer"
    loc, devices = ("plan", step.number, "when"), _in_the_way(analysis, comparison)
    return analysis.find("LNT-203", loc, what, advice, devices=devices)


def _within(step: PlannedStep) -> str:
    ends = step.step.otherwise
    return "" if ends is None else f" within {format_duration(ends.after)}"


def _series_without_data(analysis: Analysis, step: PlannedStep) -> Series | None:
    """Return a series that has data in no run, if the whole condition must be met."""
    condition = analysis.conditions.gates[step.number]
    parts = condition.parts if isinstance(condition, Combination) else (condition,)
    if isinstance(condition, Combination) and condition.operator == "or":
        return None
    needed = [part for part in parts if isinstance(part, Comparison)]
    bounds, instants = _outlook(analysis).bounds, _instants(analysis, step)
    every = sorted({each for part in needed for each in series_in(part)}, key=repr)
    return next((each for each in every if np.isnan(bounds(each, instants)[0]).all()), None)


def _limit(analysis: Analysis, comparison: Comparison, instants: NDArray[np.int64]) -> str:
    """Return why no run meets a comparison at these instants: what its measure can be at last."""
    series, outlook = _first_series(comparison), _outlook(analysis)
    if series is None:
        return f"{unparse(comparison)} cannot be met"
    if outlook.may_hold(replace(comparison, hold=None), instants).any():
        return f"{unparse(comparison)} cannot be met for so long"
    low, high = (values[-1] for values in outlook.bounds(series, instants))
    if np.isnan(low):
        return f"{unparse(series)} has no data"
    if low == high:
        return f"{unparse(series)} is {low:.1f}"
    wants_more = _wants_more(comparison, series)
    other = comparison.right if comparison.left == series else comparison.left
    if comparison.operator == "==" and isinstance(other, Number):
        wants_more = high < other.value
    return f"{unparse(series)} " + (
        f"reaches {high:.1f} at most" if wants_more else f"is {low:.1f} at least"
    )


def _first_series(comparison: Comparison) -> Series | None:
    sides = (comparison.left, comparison.right)
    return next((term for term in sides if isinstance(term, Series)), None)


def _wants_more(comparison: Comparison, side: Term) -> bool:
    """Say whether a comparison is met if one of its sides is large."""
    larger = (">", ">=", "==") if comparison.left == side else ("<", "<=", "==")
    return comparison.operator in larger


def _in_the_way(analysis: Analysis, comparison: Comparison) -> Numbers:
    """Return the devices that a series does not count and should, or counts and should not."""
    series = _first_series(comparison)
    if series is None:
        return Numbers()
    wants_more, (counts, about) = _wants_more(comparison, series), weights(series)
    if about is None and wants_more:
        slices = tuple(one for one in series.filters if one.label in SLICES)
        about = weights(Series(series.view, "eligible", slices))[0]
    found = Numbers()
    for profile, numbers in analysis.at_end[series.view].items():
        if (about is None or about(profile)) and bool(counts(profile)) != wants_more:
            found |= numbers
    return found


def expectations(analysis: Analysis) -> Iterator[Finding]:
    """Yield each expectation that is not met in the rehearsal, or is inconclusive there (MON-1)."""
    horizon = analysis.scenario.horizon
    observer = Observer(analysis.reader, analysis.prepared.clock, horizon)
    for number, condition in enumerate(analysis.conditions.expectations):
        loc: Loc = ("expect", number)
        verdict = next(iter(verdicts(condition, [observer.observe(condition)] * REPLICATIONS)))
        if verdict.holds is None and verdict.reason == "no_data":
            what = f"{unparse(condition)} stays inconclusive, because one of its measures has no"
            what += " data at that time"
            yield analysis.find("LNT-207", loc, what, _NO_DATA_ADVICE)
        elif verdict.holds is False:
            yield from _missed(analysis, loc, condition, verdict)
        if analysis.scenario.replications == 1 and any(experiment_terms(condition)):
            what = "probabilities and statistics are inconclusive with one replication"
            yield analysis.find("LNT-209", loc, what, "write replications: 20 or more")


def _missed(
    analysis: Analysis, loc: Loc, condition: Condition, verdict: Verdict
) -> Iterator[Finding]:
    """Yield that an expectation is not met in the rehearsal, unless it may be met by bad luck."""
    comparison, devices, value = verdict.comparison, Numbers(), ""
    is_certain = not analysis.has_chance and analysis.scenario.replications == 1
    if comparison is not None and isinstance(comparison.left, SeriesAt):
        at_once = Comparison(comparison.left.series, comparison.operator, comparison.right)
        devices = _in_the_way(analysis, at_once)
        if verdict.left is not None and verdict.left.estimate is not None:
            value = f": the value is {verdict.left.estimate:.1f}"
        limit = _limit_at(analysis, at_once, comparison.left.when)
        if limit:
            is_certain, value = True, f": {limit}"
    if comparison is not None and not is_certain and _is_helped_by_bad_luck(analysis, comparison):
        return
    id, missed = "LNT-206", "is not met even without bad luck"
    if is_certain:
        id, missed = "LNT-205", "cannot be met in any run"
    what = f"{unparse(condition)} {missed}{value}"
    advice = "expect less, or fix what prevents it"
    yield analysis.find(id, loc, what, advice, devices=devices)


def _is_helped_by_bad_luck(analysis: Analysis, comparison: Comparison) -> bool:
    """Say whether a comparison may be met only because something fails by chance.

    With bad luck fewer devices onboard and all take longer; measures that count the other devices
    rise.
    """
    series = series_in(comparison)
    if not analysis.has_chance or not series:
        return False
    counts = weights(series[0])[0]
    profiles = analysis.tally.profiles
    falls = any(counts(each) for each in profiles if each.status == "onboarded")
    rises = isinstance(comparison.left, TimeTo) or not falls
    return _wants_more(comparison, comparison.left) == rises


def _limit_at(analysis: Analysis, comparison: Comparison, when: Moment | None) -> str:
    """Return what a series is at most, or at least, if no run meets a comparison with a number.

    Empty if another run may meet it.
    """
    series, horizon = comparison.left, analysis.scenario.horizon
    if not (isinstance(series, Series) and isinstance(comparison.right, Number)):
        return ""
    at = horizon if when is None else analysis.prepared.clock.seconds(when)
    instants = np.array([at], dtype=np.int64)
    if _outlook(analysis).may_hold(comparison, instants)[-1]:
        return ""
    return _limit(analysis, comparison, instants)
