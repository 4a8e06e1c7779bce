"""What a check found, for people: a block a scenario, a line an expectation, then the totals."""

import textwrap
from collections.abc import Callable, Iterator, Sequence

from sim.checking.results import BaselineResult, CheckResult
from sim.judging.expectations import ExpectationResult
from sim.scenario.places import one_line
from sim.text.expectations import (
    expression,
    margin_words,
    observation_words,
    why_words,
    worst_words,
)
from sim.text.numbers import count_text, join_words, plural

WIDTH = 80
MOST_TOLD = 20
"""So many differences from a baseline are told; the others stand in the JSON."""
_MARK = 14
_INDENT = " " * (_MARK + 2)
OUTCOMES = ("passed", "warned", "failed", "inconclusive")
UNSURE = ("failed", "inconclusive")
"""The outcomes of an expectation that somebody will want to see again."""

Paint = Callable[[str, str], str]
"""Returns a word as a terminal shows it; takes the word and the outcome that it tells of: those of
`Checked.outcome`."""


def plain_outcome(word: str, outcome: str) -> str:
    """Return a word without colour."""
    return word


def check_lines(
    checked: Sequence[CheckResult], paint: Paint = plain_outcome, has_problems: bool = True
) -> list[str]:
    """Return all that was found, one block a scenario, then the totals.

    An expectation too long for a line of 80 columns has lines of its own, with what was observed
    below. Without *has_problems* they are only counted: they stand beside it anyway. A remark on
    several scenarios is told once.
    """
    told: set[str] = set()
    lines = [line for one in checked for line in (*_block(one, paint, told, has_problems), "")]
    return [*lines, totals(checked)]


def _block(one: CheckResult, paint: Paint, told: set[str], has_problems: bool) -> Iterator[str]:
    """Yield the lines of a scenario; *told* are the remarks that stand above, and grows."""
    yield f"{one_line(one.file)}: {one_line(one.name)}"
    if one.problems:
        yield f"  {paint('unusable', 'unusable')}: {plural(len(one.problems), 'problem')}"
        if has_problems:
            yield from (one_line(str(problem)) for problem in one.problems)
        return
    many = f", {count_text(one.replications)} replications" if one.replications > 1 else ""
    there = f", {plural_count(one.devices, 'device')}" if one.events else ""
    yield f"seed {one.seed}{many}{there}"
    for judged in one.judged:
        yield from _expectation(one, judged, paint)
    if one.baseline is not None:
        yield from _baseline(one, one.baseline, paint)
    if one.outcome == "not run":
        first, *rest = _wrapped(" ".join(one.notes) or "Nothing is expected.", _INDENT)
        yield _marked("not run", "not run", paint) + first.strip()
        yield from rest
        return
    notes = one.notes if _is_notable(one) else one.doubts
    for note in notes:
        if note not in told:
            yield from _wrapped(f"note: {note}", "  ")
    told.update(notes)


def _is_notable(one: CheckResult) -> bool:
    """Say whether something did not pass: then remarks may explain it; else they only get in the
    way, and stand in the JSON."""
    against = one.baseline.outcome if one.baseline else "passed"
    return any(outcome != "passed" for outcome in (against, *(j.outcome for j in one.judged)))


def _expectation(one: CheckResult, judged: ExpectationResult, paint: Paint) -> Iterator[str]:
    seen = ", ".join(filter(None, (observation_words(judged), margin_words(judged))))
    room = WIDTH - len(_INDENT) - 2 - len(seen)
    is_reported = judged.report_only and judged.outcome in UNSURE
    word, colour = ("reported", "warned") if is_reported else (judged.outcome, judged.outcome)
    first, *rest = _wrapped(expression(judged), _INDENT) or [""]
    first = first.removeprefix(_INDENT)
    is_short = not rest and len(first) <= room
    told = f"{first:<{room}}  {seen}" if is_short else first
    yield f"{_marked(word, colour, paint)}{told}"
    if not is_short:
        told = seen if judged.observed is None else f"observed {seen}"
        yield from (*rest, *_wrapped(told, _INDENT))
    if judged.report_only:
        yield f"{_INDENT}{judged.outcome}, but only reports: it decides nothing"
    if judged.outcome == "passed":
        return
    yield from _wrapped("; ".join(filter(None, (worst_words(judged), why_words(judged)))), _INDENT)
    if judged.outcome in UNSURE:
        yield f"{_INDENT}replay: {one_line(one.replay(judged))}"


def _baseline(one: CheckResult, against: BaselineResult, paint: Paint) -> Iterator[str]:
    word = "no baseline" if against.outcome == "missing" else against.outcome
    first, *rest = _wrapped(f"baseline: {against.covers}", _INDENT)
    yield _marked(word, word, paint) + first.strip()
    yield from rest
    for told in against.told[:MOST_TOLD]:
        yield from _wrapped(told, _INDENT)
    if len(against.told) > MOST_TOLD:
        yield f"{_INDENT}and {len(against.told) - MOST_TOLD:,} more, in the JSON"
    if against.outcome in ("regression", "inconclusive"):
        yield f"{_INDENT}replay: {one_line(one.replay())}"


def _marked(word: str, outcome: str, paint: Paint) -> str:
    """Return the first column; its padding is not painted."""
    return f"  {paint(word, outcome)}{' ' * (_MARK - len(word))}"


def _wrapped(text: str, indent: str) -> list[str]:
    return textwrap.wrap(
        one_line(text),
        WIDTH,
        initial_indent=indent,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


def plural_count(number: int, noun: str) -> str:
    """Return a count, thousands set apart, with its noun.

    >>> plural_count(2000, "device"), plural_count(1, "device")
    ('2,000 devices', '1 device')
    """
    return f"{count_text(number)} {noun if number == 1 else noun + 's'}"


def totals(checked: Sequence[CheckResult]) -> str:
    """Return how many scenarios there were and what became of all that was asked of them."""
    parts = [*_expectations(checked), *_baselines(checked)]
    unusable = sum(bool(one.problems) for one in checked)
    if unusable:
        parts.append(f"{plural(unusable, 'scenario')} unusable")
    idle = sum(one.outcome == "not run" for one in checked)
    if idle:
        parts.append(f"{plural(idle, 'scenario')} not run")
    return f"{plural(len(checked), 'scenario')}: {'; '.join(parts) or 'nothing checked'}"


def _expectations(checked: Sequence[CheckResult]) -> Iterator[str]:
    judged = [judged for one in checked for judged in one.judged]
    deciding = [one.outcome for one in judged if not one.report_only]
    counts = {outcome: deciding.count(outcome) for outcome in OUTCOMES}
    told = [f"{number} {outcome}" for outcome, number in counts.items() if number]
    if told:
        noun = plural(next(filter(None, counts.values())), "expectation")
        yield ", ".join([f"{noun} {told[0].partition(' ')[2]}", *told[1:]])
    if len(judged) > len(deciding):
        number = len(judged) - len(deciding)
        yield f"{number} that only report{'s' if number == 1 else ''}"


def _baselines(checked: Sequence[CheckResult]) -> Iterator[str]:
    found = [one.baseline.outcome for one in checked if one.baseline and not one.problems]
    words = {
        "passed": "as before",
        "regression": "with a regression",
        "inconclusive": "inconclusive",
        "missing": "without a baseline",
    }
    counts = [(found.count(outcome), word) for outcome, word in words.items()]
    told = [f"{plural(number, 'scenario')} {word}" for number, word in counts if number]
    if told:
        yield join_words(told)
