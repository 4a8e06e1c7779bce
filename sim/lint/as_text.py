"""Findings as lines of text: one line a finding, then how many there are."""

from collections.abc import Callable, Iterator, Sequence

from sim.lint.catalogue import SEVERITIES
from sim.lint.finding import Finding
from sim.lint.judging import LintReport
from sim.scenario.places import one_line
from sim.text.numbers import join_words, plural

MOST_NAMED = 3
"""So many devices are named in a line; the others are counted."""

Paint = Callable[[str, str], str]
"""Returns a word as a terminal shows it; takes the word and a severity."""


def plain_word(word: str, severity: str) -> str:
    """Return a word without colour."""
    return word


def lint_lines(judged: Sequence[LintReport], paint: Paint = plain_word) -> Iterator[str]:
    """Yield `FILE:LINE: path: severity ID: sentence; what to do [RULE]`, then a summary."""
    for one in judged:
        for finding in one.findings:
            yield _line(finding, paint)
    yield summary(judged)


def _line(finding: Finding, paint: Paint) -> str:
    file = one_line(finding.file)
    place = f"{file}:{finding.line}: " if finding.line else f"{file}: "
    place += f"{finding.path}: " if finding.path else ""
    label = paint(f"{finding.severity} {finding.id}", finding.severity)
    said = "; ".join(filter(None, (finding.what + _named(finding.devices), finding.advice)))
    rule = f" [{finding.rule}]" if finding.rule else ""
    return f"{place}{label}: {said}{rule}"


def _named(devices: Sequence[str]) -> str:
    if not devices:
        return ""
    rest = len(devices) - MOST_NAMED
    more = f" and {rest} more" if rest > 0 else ""
    return f" ({', '.join(devices[:MOST_NAMED])}{more})"


def summary(judged: Sequence[LintReport]) -> str:
    """Return how many findings there are, by severity."""
    counts = {severity: sum(one.count(severity) for one in judged) for severity in SEVERITIES}
    found = [plural(number, severity) for severity, number in counts.items() if number]
    return f"{plural(len(judged), 'scenario')}: {join_words(found) if found else 'nothing to say'}"
