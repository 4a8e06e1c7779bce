"""What a check found, as Markdown: the summary of a step on GitHub, or a comment.

Whatever stands in a name or an expression is shown as it is: each sign that Markdown or HTML could
take for its own is written as a character reference.
"""

from collections.abc import Iterator, Sequence

from sim.analysis.expectations import Judged
from sim.experiment.checked import AgainstBaseline, Checked, worst
from sim.output.check_text import UNSURE, totals
from sim.output.judged_text import (
    expression,
    held_words,
    margin_words,
    seen_words,
    why_words,
)
from sim.output.style_text import cut
from sim.scenario.places import one_line

MOST_BYTES = 900_000
"""GitHub refuses a summary beyond 1 MiB."""
_MOST_REPLAYS = 20
_WIDEST = 300
_REFERENCES = {ord(sign): f"&#{ord(sign)};" for sign in "\\`*_{}[]<>#|&~@$^!"}
_HEAD = "| Scenario | Line | Expectation | Outcome | Observed | Margin |"


def step_summary(checked: Sequence[Checked]) -> str:
    """Return a table of everything that was judged, what did not pass first, and how to see it.

    Where it would be larger than GitHub takes, the last rows are counted instead.
    """
    rows = sorted((row for one in checked for row in _rows(one)), key=lambda row: row[0])
    lines = [f"### fleetsim check: {worst(checked)}", "", escaped(totals(checked)), ""]
    if rows:
        fitting = _fitting([text for _, text in rows])
        lines += [_HEAD, "|---|--:|---|---|---|---|", *fitting, ""]
        if len(fitting) < len(rows):
            lines += [f"{len(rows) - len(fitting):,} more rows are in the output of the step.", ""]
    return "\n".join([*lines, *_replays(checked)]) + "\n"


def escaped(text: str) -> str:
    """Return *text* on one line, as Markdown that shows just that.

    >>> escaped("a|b <c>")
    'a&#124;b &#60;c&#62;'
    """
    return one_line(text).translate(_REFERENCES)


def _rows(one: Checked) -> Iterator[tuple[bool, str]]:
    """Yield (whether it passed, row)."""
    for problem in one.problems:
        line = problem.line if problem.file in ("", one.file) else 0
        yield False, _row(one, line, str(problem), "**unusable**", "", "")
    for judged, line in zip(one.judged, one.lines, strict=True):
        yield judged.outcome == "passed", _expectation(one, judged, line)
    if one.baseline is not None:
        yield one.baseline.outcome == "passed", _baseline(one, one.baseline)
    if one.outcome == "not run":
        yield True, _row(one, 0, " ".join(one.notes), "not run", "", "")


def _expectation(one: Checked, judged: Judged, line: int) -> str:
    outcome = judged.outcome if judged.outcome == "passed" else f"**{judged.outcome}**"
    if judged.report_only:
        outcome = f"{judged.outcome} (only reports)"
    observed = seen_words(judged)
    if judged.outcome != "passed":
        observed = "; ".join(filter(None, (observed, held_words(judged), why_words(judged))))
    return _row(one, line, expression(judged), outcome, observed, margin_words(judged))


def _baseline(one: Checked, against: AgainstBaseline) -> str:
    word = "no baseline" if against.outcome == "missing" else against.outcome
    told = against.told[0] if against.told else ""
    outcome = word if word == "passed" else f"**{word}**"
    return _row(one, 0, f"baseline: {against.covers}", outcome, told, "")


def _row(one: Checked, line: int, what: str, outcome: str, observed: str, margin: str) -> str:
    what, observed = (escaped(cut(text, _WIDEST)) for text in (what, observed))
    cells = (escaped(cut(one.file, _WIDEST)), str(line or ""), what, outcome, observed, margin)
    return f"| {' | '.join(cells)} |"


def _fitting(rows: Sequence[str]) -> list[str]:
    """Return as many rows as there is room for."""
    fitting, room = [], MOST_BYTES
    for row in rows:
        room -= len(row.encode()) + 1
        if room < 0:
            break
        fitting.append(row)
    return fitting


def _replays(checked: Sequence[Checked]) -> list[str]:
    """Return the commands that run again what did not pass, as a block of code."""
    commands = [
        one_line(one.replay(judged))
        for one in checked
        for judged in one.judged
        if judged.outcome in UNSURE and not judged.report_only
    ]
    commands += [
        one_line(one.replay())
        for one in checked
        if one.baseline and one.baseline.outcome in ("regression", "inconclusive")
    ]
    shown = [cut(command, _WIDEST) for command in dict.fromkeys(commands)][:_MOST_REPLAYS]
    return ["To see it again:", "", *(f"    {command}" for command in shown), ""] if shown else []
