"""What a failed item says: the scenario's own lines, what was expected, what was observed."""

import re
from collections.abc import Iterator, Sequence

from sim.checking.results import BaselineResult, CheckResult
from sim.checking.text import MOST_TOLD
from sim.errors import Problem
from sim.judging.expectations import ExpectationResult
from sim.scenario.loader import Loaded
from sim.scenario.places import one_line
from sim.text.expectations import (
    bound_words,
    expression,
    finding,
    interval_words,
    margin_words,
    observed_words,
    why_words,
    worst_words,
)

_AROUND = 3
"""So many lines are shown before and after."""
_TOP_LEVEL = re.compile(r"[^\s#-]")


def failure_headline(judged: ExpectationResult) -> str:
    """Return what was found, for a line of pytest's summary that says failed already."""
    found = finding(judged)
    return found if judged.outcome == "failed" else f"{judged.outcome}: {found}"


def expectation_text(loaded: Loaded, checked: CheckResult, place: int) -> str:
    """Return all that is to be said of one expectation."""
    judged = checked.judged[place]
    return "\n".join(
        [
            *_excerpt(loaded, checked.lines[place]),
            "",
            f"{judged.outcome}: {expression(judged)}",
            *(f"  {label:<9} {words}" for label, words in _labelled(checked, judged) if words),
        ]
    )


def _labelled(checked: CheckResult, judged: ExpectationResult) -> Iterator[tuple[str, str]]:
    yield "expected", bound_words(judged) or expression(judged)
    yield "observed", observed_words(judged)
    yield "margin", margin_words(judged)
    yield "interval", interval_words(judged)
    yield "held", worst_words(judged).removeprefix("held ")
    yield "why", why_words(judged)
    yield "replay", one_line(checked.replay(judged))


def _excerpt(loaded: Loaded, line: int) -> Iterator[str]:
    """Yield the file and the lines around one, numbered; none of other top-level keys."""
    yield f"{one_line(loaded.file)}:{line}"
    lines = loaded.source.rstrip().split("\n")
    begin = _first(lines, line)
    end = min(len(lines), line + _AROUND)
    for number in range(begin, end + 1):
        text = lines[number - 1]
        if number > line and _TOP_LEVEL.match(text):
            return
        mark = ">" if number == line else " "
        yield f"{mark} {number:>4} | {one_line(text)}".rstrip()


def _first(lines: Sequence[str], line: int) -> int:
    """Return the first line to show: not before the key that the line belongs to."""
    for number in range(line, max(1, line - _AROUND), -1):
        if _TOP_LEVEL.match(lines[number - 1]):
            return number
    return max(1, line - _AROUND)


def baseline_text(checked: CheckResult, against: BaselineResult) -> str:
    """Return all that is to be said of how a scenario compares with its baseline."""
    told = against.told[:MOST_TOLD]
    more = len(against.told) - len(told)
    lines = [
        f"{one_line(checked.file)}: {baseline_headline(against)}",
        *(f"  {one_line(one)}" for one in told),
        *([f"  and {more:,} more"] if more else []),
        f"  replay    {one_line(checked.replay())}",
    ]
    return "\n".join(lines)


def baseline_headline(against: BaselineResult) -> str:
    """Return how it compares, and what the baseline covers, for a line of pytest's summary."""
    outcome = "no baseline" if against.outcome == "missing" else against.outcome
    return one_line(f"{outcome}: {against.covers}" if against.covers else outcome)


def problems_text(problems: Sequence[Problem]) -> str:
    """Return the problems of a scenario that cannot be used, a line each."""
    return "\n".join(one_line(str(problem)) for problem in problems)
