"""The figures of a comparison in words, those of both runs side by side.

A comparison in one sentence: which run is better, and by how much.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sim.accounts.headline import HEADLINE_TEXTS
from sim.comparison.comparison import Goal, RunComparison, TimeToGoal
from sim.comparison.devices import OutcomeChange
from sim.comparison.estimates import CONSOLE, COVERAGE, FAILED, WAITING, Estimate, SeriesKey
from sim.text.numbers import (
    MISSING,
    NO_DATA,
    elapsed_text,
    length_text,
    number_text,
    percent_text,
    printable,
    signed_length,
    signed_number,
    signed_points,
)
from sim.units import Seconds

MAIN_TITLES = {
    COVERAGE: "Coverage of all eligible devices",
    CONSOLE: "Onboarded in the console, of eligible and targeted",
    FAILED: "Devices that fail",
    WAITING: "Devices that wait",
}
"""The measures that have a picture, with its title."""


@dataclass(frozen=True, slots=True)
class FigureRow:
    """One figure of both runs, as text."""

    title: str
    a: str
    b: str
    difference: str
    interval: str
    """Empty where there is none."""


def goal_text(goal: Goal) -> str:
    """Return what the devices that count are, to stand after a percentage."""
    return HEADLINE_TEXTS[goal.about].quality.format(payload=printable(goal.payload))


def figure_rows(c: RunComparison) -> list[FigureRow]:
    """Return the figures a planner asks for first, as they are at the time of `end_text`."""
    rows = [share_row("Coverage", c.coverage.percent)]
    if c.headline is not None and c.within is None:
        told = goal_text(c.headline)
        rows.append(share_row(f"{told[0].upper()}{told[1:]}", c.headline.percent))
    for one in c.goal.time_to:
        rows += [time_row(one, c), *_p90_rows(one)]
    rows.append(share_row("Console, of targeted", c.measures.at_end(CONSOLE)))
    for title, key in (("Failed", FAILED), ("Waiting", WAITING)):
        rows.append(count_row(title, c.measures.at_end(key)))
    return rows


def share_row(title: str, one: Estimate) -> FigureRow:
    """Return a percentage of both runs."""
    return _row(title, one, _share, lambda number: f"{signed_points(number)} points", signed_points)


def count_row(title: str, one: Estimate) -> FigureRow:
    """Return a count of both runs."""
    return _row(title, one, number_text, signed_number, signed_number)


def measure_row(title: str, key: SeriesKey, one: Estimate) -> FigureRow:
    """Return any measure of both runs."""
    return (share_row if key.measure.endswith("_pct") else count_row)(title, one)


def time_row(one: TimeToGoal, c: RunComparison) -> FigureRow:
    """Return when a level was reached in both runs."""
    title = f"{one.level} % {'covered' if c.goal.about == 'coverage' else 'reached'} after"
    row = _row(title, one.times, _duration, signed_length, signed_length)
    a, b = (
        "not reached" if mean is None else _counted(_duration(mean), n, one.of)
        for mean, n in ((one.a, one.reached_a), (one.b, one.reached_b))
    )
    apart = _counted(row.difference, one.times.pairs, one.of) if one.times.pairs else MISSING
    return FigureRow(title, a, b, apart, row.interval)


def _p90_rows(one: TimeToGoal) -> Iterator[FigureRow]:
    """Yield the P90 of the replications of both runs, where there are enough: what is promised."""
    if one.p90_a is None and one.p90_b is None:
        return
    a, b = ("not reached" if p90 is None else _duration(p90) for p90 in (one.p90_a, one.p90_b))
    apart = MISSING
    if one.p90_a is not None and one.p90_b is not None:
        apart = signed_length(one.p90_b - one.p90_a)
    yield FigureRow("  P90 of it", a, b, apart, "")


def _counted(text: str, n: int, of: int) -> str:
    """Write in how many of the replications, where it is not in all."""
    return text if n == of else f"{text} ({n} of {of})"


def _row(
    title: str,
    one: Estimate,
    value: Callable[[float], str],
    difference: Callable[[float], str],
    bound: Callable[[float], str],
) -> FigureRow:
    a, b = (NO_DATA if side is None else value(side) for side in (one.a, one.b))
    apart = MISSING if one.difference is None else difference(one.difference)
    known = one.low is not None and one.high is not None
    interval = f"{bound(one.low)} to {bound(one.high)}" if known else ""  # type: ignore[arg-type]
    return FigureRow(title, a, b, apart, interval)


def _share(number: float) -> str:
    return percent_text(number)


def _duration(number: float) -> str:
    return length_text(round(number)) if number else "at the start"


def change_text(change: OutcomeChange) -> str:
    """Write how devices changed: `onboarded -> failed (workspace_missing)`."""
    before = _state(change.before, change.cause_before)
    return f"{before} -> {_state(change.after, change.cause_after)}"


def _state(status: str, cause: str) -> str:
    return f"{printable(status)} ({printable(cause)})" if cause else printable(status)


def lead(c: RunComparison) -> str:
    """Return the answer in one sentence: which is better, and by how much."""
    better = c.better
    if better == "same":
        others = [edits_text(len(c.edits))] if c.edits else []
        others += ["the fleets are not the same"] if c.a.fleet != c.b.fleet else []
        though = f", though {' and '.join(others)}" if others else ""
        return f"Nothing differs: every device and every measure is the same in A and B{though}."
    if better == "neither":
        signs = {c.goal.percent.sign, *(one.sign for one in c.goal.time_to if one.level >= 90)}
        opening = "Neither is better throughout" if {-1, 1} <= signs else "Neither is better"
        return f"{opening}; B against A: {_clauses(c, 'b')}."
    return f"{better.upper()} is better: {_clauses(c, better)}."


def edits_text(number: int) -> str:
    """Say in how many places two scenarios differ.

    >>> edits_text(1), edits_text(3)
    ('the scenarios differ in 1 place', 'the scenarios differ in 3 places')
    """
    return f"the scenarios differ in {number} place{'' if number == 1 else 's'}"


def _clauses(c: RunComparison, subject: str) -> str:
    """Return what is said of one run as set against the other, what tells them apart first."""
    time = _decisive_time(c.goal)
    parts = [
        (c.goal.percent.sign, _percent_clause(c, subject)),
        (time.sign if time else 0, _time_clause(time, subject, c.within)),
        (c.failed.sign, _failed_clause(c, subject)),
    ]
    ordered = sorted(parts, key=lambda part: part[0] == 0)
    return ", ".join(text for _, text in ordered if text)


def _sides(one: Estimate, subject: str) -> tuple[float | None, float | None]:
    return (one.b, one.a) if subject == "b" else (one.a, one.b)


def _percent_clause(c: RunComparison, subject: str) -> str:
    own, other = _sides(c.goal.percent, subject)
    what = f"{goal_text(c.goal)} {end_text(c)}"
    if own is None and other is None:
        return ""
    if own == other:
        return f"{percent_text(own)} {what} in both"
    return f"{_apart(own, other, percent_text)} {what}{_unclear(c.goal.percent)}"


def _apart(own: float | None, other: float | None, text: Callable[[float | None], str]) -> str:
    told = [NO_DATA if one is None else text(one) for one in (own, other)]
    return f"{told[0]} against {told[1]}"


def _unclear(one: Estimate) -> str:
    """Mark a difference that its interval does not tell from none."""
    return " (not told apart)" if one.difference and not one.sign else ""


def end_text(c: RunComparison) -> str:
    """Return when the last common figures are of."""
    end = c.measures.end
    if c.within is None and (c.headline is not None or end == c.a.scenario.horizon):
        return "at the end"
    return f"after {elapsed_text(end or 0)}"


def _decisive_time(goal: Goal) -> TimeToGoal | None:
    """Return the highest level that either reached, of those from 90 % on."""
    reached = (one for one in reversed(goal.time_to) if one.reached_a or one.reached_b)
    return next((one for one in reached if one.level >= 90), None)


def _time_clause(one: TimeToGoal | None, subject: str, within: Seconds | None) -> str:
    if one is None:
        return f"neither reaches 90 %{_limit(within)}"
    return _reached_clause(one, subject, within)


def _limit(within: Seconds | None) -> str:
    return "" if within is None else f" within {elapsed_text(within)}"


def _reached_clause(one: TimeToGoal, subject: str, within: Seconds | None) -> str:
    own, other = (one.b, one.a) if subject == "b" else (one.a, one.b)
    level = f"{one.level} % reached"
    if own is None:
        never = f"not reached{_limit(within)}" if within else "never reached"
        return f"{one.level} % {never} (in {_other(subject)} {_after(other)})"
    if other is None:
        never = f"not{_limit(within)}" if within else "never"
        return f"{level} {_after(own)} (in {_other(subject)} {never})"
    if one.reached_a != one.reached_b:
        counts = (
            (one.reached_b, one.reached_a) if subject == "b" else (one.reached_a, one.reached_b)
        )
        clear = "" if one.sign else ", not told apart"
        beside = f"in {_other(subject)} {counts[1]}{clear}"
        return f"{level} in {counts[0]} of {one.of} replications ({beside})"
    own, other = _sides(one.times, subject)
    if own is None or other is None or own == other:
        return f"{level} at the same time" if own == other else f"{level} in other replications"
    way = "earlier" if own < other else "later"
    apart = elapsed_text(round(abs(own - other)))
    return f"{level} {apart} {way}{_unclear(one.times)}"


def _other(subject: str) -> str:
    return "A" if subject == "b" else "B"


def _after(time: float | None) -> str:
    return f"after {elapsed_text(round(time))}" if time else "at the start"


def _failed_clause(c: RunComparison, subject: str) -> str:
    own, other = _sides(c.failed, subject)
    if own is None or other is None:
        return ""
    if own == other:
        return f"as many devices fail ({number_text(own)})" if own else "no device fails in either"
    way = "fewer" if own < other else "more"
    number = number_text(abs(c.failed.difference or 0.0))
    noun = "device fails" if number == "1" else "devices fail"
    return f"{number} {way} {noun} in {subject.upper()}{_unclear(c.failed)}"
