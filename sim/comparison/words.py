"""A comparison in words: the answer in one sentence, the figures side by side, and notes.

The notes say what a reader must know before trusting it: chance, replications, times, fleets.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from sim.accounts.headline import HEADLINE_TEXTS
from sim.comparison.comparison import Goal, RunComparison, TimeToGoal
from sim.comparison.devices import OutcomeChange
from sim.comparison.estimates import (
    CONSOLE,
    COVERAGE,
    FAILED,
    FEWEST,
    PROTECTED,
    WAITING,
    Estimate,
)
from sim.scenario.workspace import variable_names
from sim.text.numbers import (
    MISSING,
    NO_DATA,
    amount_text,
    count_text,
    elapsed_text,
    length_text,
    number_text,
    percent_text,
    printable,
    signed_length,
    signed_number,
    signed_points,
)
from sim.units import HOUR, Seconds, format_duration

Side = TypeVar("Side")

MAIN_TITLES = {
    COVERAGE: "Coverage of all eligible devices",
    PROTECTED: "Protected, of all eligible devices",
    CONSOLE: "Onboarded in the console, of eligible and targeted",
    FAILED: "Devices that fail",
    WAITING: "Devices that wait",
}
"""The titles of the pictures, by measure."""


@dataclass(frozen=True, slots=True)
class FigureRow:
    """One figure of both runs, as text."""

    title: str
    a: str
    b: str
    difference: str
    interval: str
    """Empty without an interval."""


def goal_text(goal: Goal) -> str:
    """Return the state of the devices that a goal counts, for use after a percentage."""
    return HEADLINE_TEXTS[goal.about].quality.format(payload=printable(goal.payload))


def figure_rows(c: RunComparison) -> list[FigureRow]:
    """Return the figures that a planner asks for first, at the time of `end_text`."""
    rows = [figure_row("Coverage", c.coverage.percent, is_share=True)]
    if c.measures.row(PROTECTED) is not None:
        rows.append(figure_row("Protected", c.measures.at_end(PROTECTED), is_share=True))
    if c.headline is not None and c.within is None:
        title = goal_text(c.headline)
        title = f"{title[0].upper()}{title[1:]}"
        rows.append(figure_row(title, c.headline.percent, is_share=True))
    for time in c.goal.time_to:
        rows += [time_row(time, c), *_p90_rows(time)]
    keys = {"Console, of targeted": CONSOLE, "Failed": FAILED, "Waiting": WAITING}
    ends = ((title, key, c.measures.at_end(key)) for title, key in keys.items())
    return [*rows, *(figure_row(title, end, is_share=key.is_share) for title, key, end in ends)]


def figure_row(title: str, figure: Estimate, *, is_share: bool) -> FigureRow:
    """Return a percentage, or a count, of both runs."""
    if is_share:
        return _row(title, figure, percent_text, signed_points, " points")
    return _row(title, figure, number_text, signed_number)


def time_row(time: TimeToGoal, c: RunComparison) -> FigureRow:
    """Return when a level was reached in both runs."""
    title = f"{time.level} % {'covered' if c.goal.about == 'coverage' else 'reached'} after"
    row = _row(title, time.times, _duration, signed_length)
    a, b = (
        "not reached" if mean is None else _counted(_duration(mean), n, time.of)
        for mean, n in ((time.a, time.reached_a), (time.b, time.reached_b))
    )
    apart = _counted(row.difference, time.times.pairs, time.of) if time.times.pairs else MISSING
    return FigureRow(title, a, b, apart, row.interval)


def _p90_rows(time: TimeToGoal) -> Iterator[FigureRow]:
    """Yield the P90 of both runs, the time to promise, if there are enough replications."""
    if time.p90_a is None and time.p90_b is None:
        return
    a, b = ("not reached" if p90 is None else _duration(p90) for p90 in (time.p90_a, time.p90_b))
    apart = MISSING
    if time.p90_a is not None and time.p90_b is not None:
        apart = signed_length(time.p90_b - time.p90_a)
    yield FigureRow("  P90 of it", a, b, apart, "")


def _counted(text: str, n: int, of: int) -> str:
    """Add in how many of the replications, unless in all."""
    return text if n == of else f"{text} ({n} of {of})"


def _row(
    title: str,
    figure: Estimate,
    value: Callable[[float], str],
    signed: Callable[[float], str],
    unit: str = "",
) -> FigureRow:
    a, b = (NO_DATA if side is None else value(side) for side in (figure.a, figure.b))
    apart = MISSING if figure.difference is None else f"{signed(figure.difference)}{unit}"
    interval = ""
    if figure.low is not None and figure.high is not None:
        interval = f"{signed(figure.low)} to {signed(figure.high)}"
    return FigureRow(title, a, b, apart, interval)


def _duration(number: float) -> str:
    return length_text(round(number)) if number else "at the start"


def change_text(change: OutcomeChange) -> str:
    """Return how devices changed: `onboarded -> failed (workspace_missing)`."""
    before = _state(change.before, change.cause_before)
    return f"{before} -> {_state(change.after, change.cause_after)}"


def _state(status: str, cause: str) -> str:
    return f"{printable(status)} ({printable(cause)})" if cause else printable(status)


_OPENINGS = {
    "a": "A is better: ",
    "b": "B is better: ",
    "neither": "Neither is better",
    "same": "Nothing differs: ",
}
"""How the answer begins; a comparison that was written as text is known by it."""


def is_comparison(path: Path) -> bool:
    """Say whether a file holds a comparison, in any of its forms. Raises OSError."""
    content = path.read_bytes()
    if content.startswith(b"{"):
        try:
            return {"format", "a", "b", "answer"} <= set(json.loads(content))
        except (ValueError, RecursionError):
            return False
    openings = tuple(opening.encode() for opening in _OPENINGS.values())
    return content.startswith(openings) or b">Comparison of two rollouts<" in content


def answer_sentence(c: RunComparison) -> str:
    """Return the answer in one sentence: which run is better, and by how much."""
    better = c.better
    if better == "same":
        others = [edits_text(len(c.edits))] if c.edits else []
        others += ["the fleets are not the same"] if c.a.fleet != c.b.fleet else []
        though = f", though {' and '.join(others)}" if others else ""
        same = "every device and every measure is the same in A and B"
        return f"{_OPENINGS[better]}{same}{though}."
    if better == "neither":
        signs = {c.goal.percent.sign, *(time.sign for time in c.goal.time_to if time.level >= 90)}
        throughout = " throughout" if {-1, 1} <= signs else ""
        return f"{_OPENINGS[better]}{throughout}; B against A: {_clauses(c, 'b')}."
    return f"{_OPENINGS[better]}{_clauses(c, better)}."


def edits_text(number: int) -> str:
    """Return in how many places two scenarios differ.

    >>> edits_text(1), edits_text(3)
    ('the scenarios differ in 1 place', 'the scenarios differ in 3 places')
    """
    return f"the scenarios differ in {number} place{'' if number == 1 else 's'}"


def _clauses(c: RunComparison, subject: str) -> str:
    """Return the figures of one run compared with the other, those that differ first."""
    times = _times_to_name(c.goal)
    parts = [
        (c.goal.percent.sign, _percent_clause(c, subject)),
        *((time.sign, _time_clause(time, subject, c.within)) for time in times),
        *([] if times else [(0, f"neither reaches 90 %{_limit(c.within)}")]),
        (c.failed.sign, _failed_clause(c, subject)),
    ]
    ordered = sorted(parts, key=lambda part: part[0] == 0)
    return ", ".join(text for _, text in ordered if text)


def _sides(a: Side, b: Side, subject: str) -> tuple[Side, Side]:
    """Return the subject's own value first."""
    return (b, a) if subject == "b" else (a, b)


def _percent_clause(c: RunComparison, subject: str) -> str:
    own, other = _sides(c.goal.percent.a, c.goal.percent.b, subject)
    what = f"{goal_text(c.goal)} {end_text(c)}"
    if own is None and other is None:
        return ""
    if own == other:
        return f"{percent_text(own)} {what} in both"
    own_text, other_text = (NO_DATA if one is None else percent_text(one) for one in (own, other))
    if own is not None and other is not None and own_text == other_text:
        size = f"{amount_text(abs(own - other), 'percent')} {'more' if own > other else 'less'}"
        by_chance = ", which could be chance" if _unclear(c.goal.percent) else ""
        return f"{own_text} {what} in both when rounded ({subject.upper()} has {size}{by_chance})"
    return f"{own_text} against {other_text} {what}{_unclear(c.goal.percent)}"


def _unclear(figure: Estimate) -> str:
    """Mark a difference whose interval includes zero."""
    return " (could be chance)" if figure.difference and not figure.sign else ""


def end_text(c: RunComparison) -> str:
    """Return the time of the last common figures."""
    end = c.measures.end
    if c.within is None and (c.headline is not None or end == c.a.scenario.horizon):
        return "at the end"
    return f"after {elapsed_text(end or 0)}"


def _times_to_name(goal: Goal) -> list[TimeToGoal]:
    """Return the highest level from 90 % on that either run reached, and others that decide.

    A lower level that says the same as the highest decides nothing.
    """
    reached = [time for time in reversed(goal.time_to) if time.reached_a or time.reached_b]
    levels = [time for time in reached if time.level >= 90]
    return [*levels[:1], *(time for time in levels[1:] if time.sign not in (0, levels[0].sign))]


def _limit(within: Seconds | None) -> str:
    return "" if within is None else f" within {elapsed_text(within)}"


def _time_clause(time: TimeToGoal, subject: str, within: Seconds | None) -> str:
    limit = _limit(within)
    own, other = _sides(time.a, time.b, subject)
    level = f"{time.level} % reached"
    if own is None:
        never = f"not reached{limit}" if within else "never reached"
        return f"{time.level} % {never} (in {_other(subject)} {_after(other)})"
    if other is None:
        never = f"not{limit}" if within else "never"
        return f"{level} {_after(own)} (in {_other(subject)} {never})"
    if time.reached_a != time.reached_b:
        counts = _sides(time.reached_a, time.reached_b, subject)
        clear = "" if time.sign else ", could be chance"
        beside = f"in {_other(subject)} {counts[1]}{clear}"
        return f"{level} in {counts[0]} of {time.of} replications ({beside})"
    own, other = _sides(time.times.a, time.times.b, subject)
    if own is None or other is None or own == other:
        return f"{level} at the same time" if own == other else f"{level} in other replications"
    way = "earlier" if own < other else "later"
    size = round(abs(own - other))
    apart = elapsed_text(size) if size >= HOUR else length_text(size)
    both = f"{_after(own)}, in {_other(subject)} {_after(other)}"
    return f"{level} {apart} {way} ({both}){_unclear(time.times)}"


def _other(subject: str) -> str:
    return "A" if subject == "b" else "B"


def _after(time: float | None) -> str:
    return f"after {elapsed_text(round(time))}" if time else "at the start"


def _failed_clause(c: RunComparison, subject: str) -> str:
    own, other = _sides(c.failed.a, c.failed.b, subject)
    if own is None or other is None:
        return ""
    if own == other:
        return f"as many devices fail ({number_text(own)})" if own else "no device fails in either"
    way = "fewer" if own < other else "more"
    number = number_text(abs(c.failed.difference or 0.0))
    noun = "device fails" if number == "1" else "devices fail"
    both = f"{number_text(own)} against {number_text(other)}"
    return f"{number} {way} {noun} in {subject.upper()} ({both}){_unclear(c.failed)}"


def comparison_notes(comparison: RunComparison) -> tuple[str, ...]:
    """Return the notes of a comparison, each a sentence or two, the most important first."""
    parts = (_chance, _replications, _times, _fleets, _headlines, _versions)
    return (*comparison.remarks, *(note for part in parts for note in part(comparison)))


def _chance(c: RunComparison) -> Iterator[str]:
    """Note what is not paired: the runs, or only their devices."""
    seeds, (a, b) = (c.a.scenario.seed, c.b.scenario.seed), _first(c)
    if not c.is_paired:
        why = "no replication has the same number in both"
        why = f"A has seed {seeds[0]}, B seed {seeds[1]}" if seeds[0] != seeds[1] else why
        yield (
            f"The runs are not paired by common random numbers: {why}. Part of every difference is"
            " chance."
        )
    elif a != b:
        yield (
            f"Devices are those of replication {a} of A and {b} of B, which differ by chance: part"
            " of every difference between them is chance."
        )


def _first(c: RunComparison) -> tuple[int, int]:
    """Return the numbers of the replications whose devices are compared."""
    return c.a.replications[0], c.b.replications[0]


def _replications(c: RunComparison) -> Iterator[str]:
    counts, pairs = (len(c.a.replications), len(c.b.replications)), len(c.pairs)
    if counts != (pairs, pairs):
        yield f"A has {counts[0]} and B {counts[1]} replications; {pairs} of each are compared."
    if c.differs and pairs < FEWEST:
        yield (
            "One replication of each is compared, so no interval shows how much of a difference is"
            f" chance. {FEWEST} replications give an interval, 10 or more a useful one."
        )
    elif c.differs:
        a, b = _first(c)
        which = f"{a}" if a == b else f"{a} of A and {b} of B"
        yield f"Devices are those of replication {which}; everything else is the mean of {pairs}."


def _times(c: RunComparison) -> Iterator[str]:
    a, b = c.a.scenario, c.b.scenario
    if a.horizon != b.horizon:
        yield (
            f"A ends after {format_duration(a.horizon)}, B after {format_duration(b.horizon)}:"
            f" measures are compared up to {format_duration(c.measures.end or 0)}, devices at the"
            " end of each."
        )
    if a.reporting.interval != b.reporting.interval:
        count = count_text(len(c.measures.instants))
        yield f"The reporting intervals differ: measures are compared at {count} common times."
    if a.start != b.start:
        yield "The starts differ: all times count from the start of each run."


def _fleets(c: RunComparison) -> Iterator[str]:
    """Note that the devices, or environment variables, may explain a difference."""
    if c.a.fleet != c.b.fleet:
        yield (
            "The fleets are not the same: a device may differ because of its traits, not because"
            " of the plan."
        )
    names = {*variable_names(c.a.scenario), *variable_names(c.b.scenario)}
    if names and c.differs and not c.edits:
        yield (
            f"The values of {', '.join(sorted(map(printable, names)))} are not stored: they may"
            " have differed between the two runs."
        )


def _headlines(c: RunComparison) -> Iterator[str]:
    if c.headline is not None:
        about = _about(c.headline.about, c.headline.payload)
        yield f"Both are about {about}, and are compared by it."
    elif set(c.headlines) != {"coverage"}:
        a, b = (_about(goal) for goal in c.headlines)
        goals = f"A is about {a}, B about {b}" if a != b else f"Both bring {a}, but not the same"
        yield f"{goals}: they are compared by coverage."


def _about(about: str, payload: str = "") -> str:
    if about == "payload" and not payload:
        return "a payload"
    return HEADLINE_TEXTS[about].topic.format(payload=printable(payload))


def _versions(c: RunComparison) -> Iterator[str]:
    if c.a.version != c.b.version:
        a, b = printable(c.a.version), printable(c.b.version)
        yield f"A was run by version {a} of fleetsim, B by {b}: results may differ because of that."
