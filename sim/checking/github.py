"""The results of a check on GitHub: a step summary in Markdown, and annotations beside the files.

In the summary each sign of a name or an expression that Markdown or HTML would interpret is written
as a character reference, so that it appears as it is.

An annotation is a line that a step prints. GitHub shows ten errors, ten warnings and ten notices
of a step and drops the rest, so no more are written; a last notice says how many were left out.
Annotations do not decide whether the step fails: its exit code does.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import accumulate
from pathlib import Path

from sim.checking.results import BaselineResult, CheckResult, worst
from sim.checking.text import UNSURE, totals
from sim.files import write_text
from sim.judging.expectations import ExpectationResult
from sim.scenario.places import one_line
from sim.text import expectations as words
from sim.text.numbers import cut

MAX_BYTES = 900_000
"""GitHub refuses a summary beyond 1 MiB."""
_MAX_REPLAYS = 20
_MAX_WIDTH = 300
_REFERENCES = {ord(sign): f"&#{ord(sign)};" for sign in "\\`*_{}[]<>#|&~@$^!"}
_HEAD = "| Scenario | Line | Expectation | Outcome | Observed | Margin |"


def step_summary(results: Sequence[CheckResult]) -> str:
    """Return a table of all results, what did not pass first, and the commands to replay it.

    If it would be larger than GitHub accepts, the last rows are only counted.
    """
    rows = sorted((row for result in results for row in _rows(result)), key=lambda row: row[0])
    lines = [f"### fleetsim check: {worst(results)}", "", escaped(totals(results)), ""]
    if rows:
        ends = accumulate(len(text.encode()) + 1 for _, text in rows)
        fitting = [text for (_, text), end in zip(rows, ends, strict=True) if end <= MAX_BYTES]
        lines += [_HEAD, "|---|--:|---|---|---|---|", *fitting, ""]
        if len(fitting) < len(rows):
            lines += [f"{len(rows) - len(fitting):,} more rows are in the output of the step.", ""]
    return "\n".join([*lines, *_replays(results)]) + "\n"


def escaped(text: str) -> str:
    """Return *text* on one line, as Markdown that shows exactly this text.

    >>> escaped("a|b <c>")
    'a&#124;b &#60;c&#62;'
    """
    return one_line(text).translate(_REFERENCES)


def _rows(result: CheckResult) -> Iterator[tuple[bool, str]]:
    """Yield (whether it passed, row)."""
    for problem in result.problems:
        line = problem.line if problem.file in ("", result.file) else 0
        yield False, _row(result, line, str(problem), "**unusable**")
    for expectation, line in zip(result.expectations, result.lines, strict=True):
        yield expectation.outcome == "passed", _expectation_row(result, expectation, line)
    if result.baseline is not None:
        scope, outcome = f"baseline: {result.baseline.scope}", _bold(result.baseline.word)
        first = "".join(result.baseline.differences[:1])
        yield result.baseline.outcome == "passed", _row(result, 0, scope, outcome, first)
    if result.outcome == "not run":
        yield True, _row(result, 0, " ".join(result.notes), "not run")


def _expectation_row(result: CheckResult, expectation: ExpectationResult, line: int) -> str:
    is_passed = expectation.outcome == "passed"
    outcome = _bold(expectation.outcome)
    if expectation.report_only:
        outcome = f"{expectation.outcome} (report only)"
    parts = [words.observation_words(expectation)]
    if not is_passed:
        parts += [words.held_words(expectation), words.why_words(expectation)]
    observed = "; ".join(filter(None, parts))
    margin = words.margin_words(expectation)
    return _row(result, line, words.expression(expectation), outcome, observed, margin)


def _bold(outcome: str) -> str:
    return outcome if outcome == "passed" else f"**{outcome}**"


def _row(
    result: CheckResult, line: int, what: str, outcome: str, observed: str = "", margin: str = ""
) -> str:
    file, what, observed = (
        escaped(cut(text, _MAX_WIDTH)) for text in (result.file, what, observed)
    )
    return f"| {' | '.join((file, str(line or ''), what, outcome, observed, margin))} |"


def _replays(results: Sequence[CheckResult]) -> list[str]:
    """Return the commands that replay what did not pass, as a block of code."""
    commands = [
        one_line(result.replay(expectation))
        for result in results
        for expectation in result.expectations
        if expectation.outcome in UNSURE and not expectation.report_only
    ]
    commands += [
        one_line(result.replay())
        for result in results
        if result.baseline and result.baseline.outcome in ("regression", "inconclusive")
    ]
    shown = [cut(command, _MAX_WIDTH) for command in dict.fromkeys(commands)][:_MAX_REPLAYS]
    return ["To see it again:", "", *(f"    {command}" for command in shown), ""] if shown else []


MAX_ANNOTATIONS = 10
"""How many annotations of each kind GitHub shows for a step."""
_MAX_DIFFERENCES = 5
_KINDS = {"failed": "error", "inconclusive": "error", "warned": "warning"}
_TITLES = {
    "regression": "Regression against the baseline",
    "inconclusive": "Inconclusive against the baseline",
    "missing": "No baseline",
}


@dataclass(frozen=True)
class _Annotation:
    """One line for GitHub, before it is encoded."""

    kind: str
    """`error`, `warning` or `notice`."""
    title: str
    message: str
    file: str = ""
    line: int = 0

    def text(self, workspace: Path | None) -> str:
        file = self.file and relative_to(self.file, workspace)
        line = str(self.line) if file and self.line else ""
        values = {"file": file, "line": line, "title": self.title}.items()
        properties = ",".join(f"{name}={_property(value)}" for name, value in values if value)
        return f"::{self.kind} {properties}::{_data(self.message)}"


def runs_on_github(environment: Mapping[str, str]) -> bool:
    """Return whether this is a step of GitHub Actions."""
    return environment.get("GITHUB_ACTIONS") == "true"


def workspace_of(environment: Mapping[str, str]) -> Path | None:
    """Return the folder into which GitHub checked out the repository, None if it is unknown."""
    folder = environment.get("GITHUB_WORKSPACE")
    return Path(folder) if folder else None


def append_summary(text: str, environment: Mapping[str, str]) -> bool:
    """Append Markdown to the step summary; say whether there is one that can be written.

    A summary that cannot be written does not change the outcome of the check.
    """
    place = environment.get("GITHUB_STEP_SUMMARY")
    if not place:
        return False
    try:
        write_text(Path(place), text, append=True)
    except OSError:
        return False
    return True


def annotations(results: Sequence[CheckResult], workspace: Path | None) -> list[str]:
    """Return a line for everything that did not simply pass, with its place in the file.

    *workspace* is the root of the repository; GitHub needs file names relative to it.
    """
    every = [annotation for result in results for annotation in _annotations(result)]
    room = {"error": MAX_ANNOTATIONS, "warning": MAX_ANNOTATIONS, "notice": MAX_ANNOTATIONS - 1}
    shown = []
    for annotation in every:
        if room[annotation.kind]:
            room[annotation.kind] -= 1
            shown.append(annotation)
    if len(shown) < len(every):
        more = f"{len(every) - len(shown):,} more are in the output and the summary of the step"
        message = f"{more}: GitHub shows {MAX_ANNOTATIONS} annotations of a kind for each step."
        shown.append(_Annotation("notice", "More was found", message))
    return [annotation.text(workspace) for annotation in shown]


def _annotations(result: CheckResult) -> Iterator[_Annotation]:
    for problem in result.problems:
        title, file = "The scenario cannot be used", problem.file or result.file
        message = one_line(str(replace(problem, file="", line=0)))
        yield _Annotation("error", title, message, file, problem.line)
    for expectation, line in zip(result.expectations, result.lines, strict=True):
        if expectation.outcome == "passed":
            continue
        kind = "notice" if expectation.report_only else _KINDS[expectation.outcome]
        title = f"{expectation.outcome.capitalize()}: {words.expression(expectation)}"
        replay = one_line(result.replay(expectation))
        message = f"{words.expectation_sentence(expectation)}\nreplay: {replay}"
        yield _Annotation(kind, title, message, result.file, line)
    if result.baseline is not None and result.baseline.outcome != "passed":
        yield _baseline_annotation(result, result.baseline)


def _baseline_annotation(result: CheckResult, baseline: BaselineResult) -> _Annotation:
    lines = [baseline.scope, *baseline.differences[:_MAX_DIFFERENCES]]
    if len(baseline.differences) > _MAX_DIFFERENCES:
        lines.append(f"and {len(baseline.differences) - _MAX_DIFFERENCES:,} more")
    lines.append(f"replay: {result.replay()}")
    message = "\n".join(one_line(line) for line in lines)
    return _Annotation("error", _TITLES[baseline.outcome], message, result.file)


def relative_to(file: str, workspace: Path | None) -> str:
    """Return a file's name relative to the repository; unchanged if the file lies elsewhere."""
    if workspace is not None:
        for absolute in (os.path.abspath, os.path.realpath):
            with suppress(ValueError):
                return Path(absolute(file)).relative_to(absolute(workspace)).as_posix()
    return file


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(one_line(text)).replace(":", "%3A").replace(",", "%2C")
