"""The results of a check for people: a block for each scenario, then the totals."""

import textwrap
from collections.abc import Callable, Iterator, Sequence

from sim.checking.results import BaselineResult, CheckResult
from sim.judging.expectations import ExpectationResult
from sim.scenario.places import one_line
from sim.text import expectations as words
from sim.text.numbers import count_text, join_words, plural

WIDTH = 80
MAX_DIFFERENCES = 20
"""How many differences from a baseline are listed; the JSON has all of them."""
_MARK = 14
_INDENT = " " * (_MARK + 2)
OUTCOMES = ("passed", "warned", "failed", "inconclusive")
UNSURE = ("failed", "inconclusive")
"""The outcomes of an expectation that somebody will want to replay."""

Paint = Callable[[str, str], str]
"""Returns a word as a terminal shows it; takes the word and an outcome of CheckResult."""


def check_lines(
    results: Sequence[CheckResult], paint: Paint = lambda word, _: word, has_problems: bool = True
) -> list[str]:
    """Return all results, a block for each scenario, then the totals.

    An expectation too long for a line of 80 columns has its observed value on the next line.
    Without *has_problems* problems are only counted, for a terminal that shows standard error too.
    A note on several scenarios appears once.
    """
    shown_notes: set[str] = set()
    lines: list[str] = []
    for result in results:
        lines += [*_block(result, paint, has_problems), *_new_notes(result, shown_notes), ""]
    return [*lines, totals(results)]


def _block(result: CheckResult, paint: Paint, has_problems: bool) -> Iterator[str]:
    yield f"{one_line(result.file)}: {one_line(result.name)}"
    if result.problems:
        count = plural(len(result.problems), "problem")
        yield f"  {paint('unusable', 'unusable')}: {count}"
        if has_problems:
            yield from (one_line(str(problem)) for problem in result.problems)
        return
    many = f", {count_text(result.replications)} replications" if result.replications > 1 else ""
    devices = f", {plural(result.devices, 'device')}" if result.log_digest else ""
    yield f"seed {result.seed}{many}{devices}"
    for expectation in result.expectations:
        yield from _expectation(result, expectation, paint)
    if result.baseline is not None:
        yield from _baseline(result, result.baseline, paint)
    if result.outcome == "not run":
        first, *rest = _wrapped(" ".join(result.notes) or "It has no expectations.", _INDENT)
        yield _mark("not run", "not run", paint) + first.strip()
        yield from rest


def _new_notes(result: CheckResult, shown: set[str]) -> Iterator[str]:
    """Yield the notes that are not shown yet; if everything passed, only the doubts."""
    if result.outcome in ("unusable", "not run"):
        return
    outcomes = [expectation.outcome for expectation in result.expectations]
    outcomes += [result.baseline.outcome] if result.baseline else []
    is_all_passed = all(outcome == "passed" for outcome in outcomes)
    for note in result.doubts if is_all_passed else result.notes:
        if note not in shown:
            yield from _wrapped(f"note: {note}", "  ")
            shown.add(note)


def _expectation(
    result: CheckResult, expectation: ExpectationResult, paint: Paint
) -> Iterator[str]:
    outcome = expectation.outcome
    observed_text = ", ".join(
        filter(None, (words.observation_words(expectation), words.margin_words(expectation)))
    )
    room = WIDTH - len(_INDENT) - 2 - len(observed_text)
    is_reported = expectation.report_only and outcome in UNSURE
    word, colour = ("reported", "warned") if is_reported else (outcome, outcome)
    first, *rest = _wrapped(words.expression(expectation), _INDENT) or [""]
    first = first.removeprefix(_INDENT)
    if not rest and len(first) <= room:
        yield f"{_mark(word, colour, paint)}{first:<{room}}  {observed_text}"
    else:
        observed = observed_text if expectation.observed is None else f"observed {observed_text}"
        yield f"{_mark(word, colour, paint)}{first}"
        yield from (*rest, *_wrapped(observed, _INDENT))
    if expectation.report_only:
        yield f"{_INDENT}{outcome}, but report only: it does not count"
    if outcome == "passed":
        return
    details = filter(None, (words.worst_words(expectation), words.why_words(expectation)))
    yield from _wrapped("; ".join(details), _INDENT)
    if outcome in UNSURE:
        yield f"{_INDENT}replay: {one_line(result.replay(expectation))}"


def _baseline(result: CheckResult, baseline: BaselineResult, paint: Paint) -> Iterator[str]:
    first, *rest = _wrapped(f"baseline: {baseline.scope}", _INDENT)
    yield _mark(baseline.word, baseline.word, paint) + first.strip()
    yield from rest
    for line in baseline.differences[:MAX_DIFFERENCES]:
        yield from _wrapped(line, _INDENT)
    if len(baseline.differences) > MAX_DIFFERENCES:
        yield f"{_INDENT}and {len(baseline.differences) - MAX_DIFFERENCES:,} more, in the JSON"
    if baseline.outcome in ("regression", "inconclusive"):
        yield f"{_INDENT}replay: {one_line(result.replay())}"


def _mark(word: str, outcome: str, paint: Paint) -> str:
    """Return the first column; its padding has no colour."""
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


def totals(results: Sequence[CheckResult]) -> str:
    """Return how many scenarios there were, and the outcomes of their expectations."""
    parts = [*_expectation_totals(results), *_baseline_totals(results)]
    unusable = sum(bool(result.problems) for result in results)
    if unusable:
        parts.append(f"{plural(unusable, 'scenario')} unusable")
    not_run = sum(result.outcome == "not run" for result in results)
    if not_run:
        parts.append(f"{plural(not_run, 'scenario')} not run")
    return f"{plural(len(results), 'scenario')}: {'; '.join(parts) or 'nothing checked'}"


def _expectation_totals(results: Sequence[CheckResult]) -> Iterator[str]:
    expectations = [expectation for result in results for expectation in result.expectations]
    outcomes = [expectation.outcome for expectation in expectations if not expectation.report_only]
    counts = {outcome: outcomes.count(outcome) for outcome in OUTCOMES if outcome in outcomes}
    if counts:
        first, *rest = counts.items()
        head = f"{plural(first[1], 'expectation')} {first[0]}"
        yield ", ".join([head, *(f"{number} {outcome}" for outcome, number in rest)])
    if len(expectations) > len(outcomes):
        number = len(expectations) - len(outcomes)
        yield f"{number} report only"


def _baseline_totals(results: Sequence[CheckResult]) -> Iterator[str]:
    outcomes = [
        result.baseline.outcome for result in results if result.baseline and not result.problems
    ]
    words = {
        "passed": "as before",
        "regression": "with a regression",
        "inconclusive": "inconclusive",
        "missing": "without a baseline",
    }
    counts = [(outcomes.count(outcome), word) for outcome, word in words.items()]
    if outcomes:
        yield join_words(
            [f"{plural(number, 'scenario')} {word}" for number, word in counts if number]
        )
