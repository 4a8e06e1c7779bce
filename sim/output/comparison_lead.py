"""A comparison in one sentence: which run is better, and by how much."""

from collections.abc import Callable

from sim.analysis.comparison import Comparison, Goal, TimeTo
from sim.analysis.comparison_estimates import Estimate
from sim.output.comparison_words import NO_DATA, goal_text, number_text
from sim.output.style_text import elapsed_text, percent_text
from sim.units import Seconds


def lead(c: Comparison) -> str:
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


def _clauses(c: Comparison, subject: str) -> str:
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


def _percent_clause(c: Comparison, subject: str) -> str:
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


def end_text(c: Comparison) -> str:
    """Return when the last common figures are of."""
    end = c.measures.end
    if c.within is None and (c.headline is not None or end == c.a.scenario.horizon):
        return "at the end"
    return f"after {elapsed_text(end or 0)}"


def _decisive_time(goal: Goal) -> TimeTo | None:
    """Return the highest level that either reached, of those from 90 % on."""
    reached = (one for one in reversed(goal.time_to) if one.reached_a or one.reached_b)
    return next((one for one in reached if one.level >= 90), None)


def _time_clause(one: TimeTo | None, subject: str, within: Seconds | None) -> str:
    if one is None:
        return f"neither reaches 90 %{_limit(within)}"
    return _reached_clause(one, subject, within)


def _limit(within: Seconds | None) -> str:
    return "" if within is None else f" within {elapsed_text(within)}"


def _reached_clause(one: TimeTo, subject: str, within: Seconds | None) -> str:
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


def _failed_clause(c: Comparison, subject: str) -> str:
    own, other = _sides(c.failed, subject)
    if own is None or other is None:
        return ""
    if own == other:
        return f"as many devices fail ({number_text(own)})" if own else "no device fails in either"
    way = "fewer" if own < other else "more"
    number = number_text(abs(c.failed.difference or 0.0))
    noun = "device fails" if number == "1" else "devices fail"
    return f"{number} {way} {noun} in {subject.upper()}{_unclear(c.failed)}"
