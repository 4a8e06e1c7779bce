"""What a check found, as Markdown: the summary of a step on GitHub, or a comment.

Whatever stands in a name or an expression is shown as it is: each sign that Markdown or HTML could
take for its own is written as a character reference.

What a check found, as annotations that GitHub shows beside the lines of the scenario files.

An annotation is a line that a step prints. GitHub shows ten errors, ten warnings and ten notices a
step and drops the rest, so no more are written; a last notice says how many were left out. They do
not decide whether the step fails: its exit code does.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from sim.checking.results import BaselineResult, CheckResult, worst
from sim.checking.text import UNSURE, totals
from sim.errors import Problem
from sim.files import write_text
from sim.judging.expectations import ExpectationResult
from sim.scenario.places import one_line
from sim.text.expectations import (
    expectation_sentence,
    expression,
    held_words,
    margin_words,
    observation_words,
    why_words,
)
from sim.text.numbers import cut

MOST_BYTES = 900_000
"""GitHub refuses a summary beyond 1 MiB."""
_MOST_REPLAYS = 20
_WIDEST = 300
_REFERENCES = {ord(sign): f"&#{ord(sign)};" for sign in "\\`*_{}[]<>#|&~@$^!"}
_HEAD = "| Scenario | Line | Expectation | Outcome | Observed | Margin |"


def step_summary(checked: Sequence[CheckResult]) -> str:
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


def _rows(one: CheckResult) -> Iterator[tuple[bool, str]]:
    """Yield (whether it passed, row)."""
    for problem in one.problems:
        line = problem.line if problem.file in ("", one.file) else 0
        yield False, _row(one, line, str(problem), "**unusable**", "", "")
    for judged, line in zip(one.judged, one.lines, strict=True):
        yield judged.outcome == "passed", _expectation(one, judged, line)
    if one.baseline is not None:
        yield one.baseline.outcome == "passed", _baseline_row(one, one.baseline)
    if one.outcome == "not run":
        yield True, _row(one, 0, " ".join(one.notes), "not run", "", "")


def _expectation(one: CheckResult, judged: ExpectationResult, line: int) -> str:
    outcome = judged.outcome if judged.outcome == "passed" else f"**{judged.outcome}**"
    if judged.report_only:
        outcome = f"{judged.outcome} (only reports)"
    observed = observation_words(judged)
    if judged.outcome != "passed":
        observed = "; ".join(filter(None, (observed, held_words(judged), why_words(judged))))
    return _row(one, line, expression(judged), outcome, observed, margin_words(judged))


def _baseline_row(one: CheckResult, against: BaselineResult) -> str:
    word = "no baseline" if against.outcome == "missing" else against.outcome
    told = against.told[0] if against.told else ""
    outcome = word if word == "passed" else f"**{word}**"
    return _row(one, 0, f"baseline: {against.covers}", outcome, told, "")


def _row(one: CheckResult, line: int, what: str, outcome: str, observed: str, margin: str) -> str:
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


def _replays(checked: Sequence[CheckResult]) -> list[str]:
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


MOST = 10
"""So many annotations of a kind GitHub shows for each step."""
_MOST_TOLD = 5
_KINDS = {"failed": "error", "inconclusive": "error", "warned": "warning"}
_TITLES = {
    "regression": "Regression against the baseline",
    "inconclusive": "Inconclusive against the baseline",
    "missing": "No baseline",
}


@dataclass(frozen=True)
class _Annotation:
    """One line for GitHub, in plain words."""

    kind: str
    """`error`, `warning` or `notice`."""
    title: str
    message: str
    file: str = ""
    line: int = 0

    def text(self, workspace: Path | None) -> str:
        places = {"file": self.file and relative_to(self.file, workspace)}
        if places["file"] and self.line:
            places["line"] = str(self.line)
        told = {**places, "title": self.title}.items()
        properties = ",".join(f"{name}={_property(value)}" for name, value in told if value)
        return f"::{self.kind} {properties}::{_data(self.message)}"


def runs_on_github(environment: Mapping[str, str]) -> bool:
    """Say whether this is a step of GitHub Actions."""
    return environment.get("GITHUB_ACTIONS") == "true"


def workspace_of(environment: Mapping[str, str]) -> Path | None:
    """Return the folder that GitHub checked the repository out to, where it says so."""
    folder = environment.get("GITHUB_WORKSPACE")
    return Path(folder) if folder else None


def append_summary(text: str, environment: Mapping[str, str]) -> bool:
    """Append Markdown to the summary of the step; say whether there is one that can be written.

    A summary that cannot be written changes nothing of what was found.
    """
    place = environment.get("GITHUB_STEP_SUMMARY")
    if not place:
        return False
    try:
        write_text(Path(place), text, append=True)
    except OSError:
        return False
    return True


def annotations(checked: Sequence[CheckResult], workspace: Path | None) -> list[str]:
    """Return a line for each thing that did not simply pass, at its place in the file.

    *workspace* is the root of the repository; files below it are named from there, as GitHub needs.
    """
    found = [annotation for one in checked for annotation in _of_one(one)]
    shown, counts = [], {"error": MOST, "warning": MOST, "notice": MOST - 1}
    for annotation in found:
        if counts[annotation.kind]:
            counts[annotation.kind] -= 1
            shown.append(annotation)
    if len(shown) < len(found):
        more = f"{len(found) - len(shown):,} more are in the output and the summary of the step"
        message = f"{more}: GitHub shows {MOST} annotations of a kind for each step."
        shown.append(_Annotation("notice", "More was found", message))
    return [annotation.text(workspace) for annotation in shown]


def _of_one(one: CheckResult) -> Iterator[_Annotation]:
    for problem in one.problems:
        yield _problem(one, problem)
    for judged, line in zip(one.judged, one.lines, strict=True):
        if judged.outcome == "passed":
            continue
        kind = "notice" if judged.report_only else _KINDS[judged.outcome]
        title = f"{judged.outcome.capitalize()}: {expression(judged)}"
        message = f"{expectation_sentence(judged)}\nreplay: {one_line(one.replay(judged))}"
        yield _Annotation(kind, title, message, one.file, line)
    if one.baseline is not None and one.baseline.outcome != "passed":
        yield _baseline_annotation(one, one.baseline)


def _problem(one: CheckResult, problem: Problem) -> _Annotation:
    said = one_line(str(replace(problem, file="", line=0)))
    return _Annotation(
        "error", "The scenario cannot be used", said, problem.file or one.file, problem.line
    )


def _baseline_annotation(one: CheckResult, against: BaselineResult) -> _Annotation:
    told = against.told[:_MOST_TOLD]
    rest = len(against.told) - len(told)
    lines = [against.covers, *told, *([f"and {rest:,} more"] if rest else [])]
    lines.append(f"replay: {one.replay()}")
    message = "\n".join(one_line(line) for line in lines)
    return _Annotation("error", _TITLES[against.outcome], message, one.file)


def relative_to(file: str, workspace: Path | None) -> str:
    """Return a file's name from the root of the repository, or as it is where it lies elsewhere."""
    if workspace is not None:
        for absolute in (os.path.abspath, os.path.realpath):
            with suppress(ValueError):
                return Path(absolute(file)).relative_to(absolute(workspace)).as_posix()
    return file


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(one_line(text)).replace(":", "%3A").replace(",", "%2C")
