"""What a check found, as annotations that GitHub shows beside the lines of the scenario files.

An annotation is a line that a step prints. GitHub shows ten errors, ten warnings and ten notices a
step and drops the rest, so no more are written; a last notice says how many were left out. They do
not decide whether the step fails: its exit code does.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from sim.errors import Problem
from sim.experiment.checked import AgainstBaseline, Checked
from sim.output.judged_text import expression, sentence
from sim.scenario.places import one_line

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
        with Path(place).open("a", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except OSError:
        return False
    return True


def annotations(checked: Sequence[Checked], workspace: Path | None) -> list[str]:
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


def _of_one(one: Checked) -> Iterator[_Annotation]:
    for problem in one.problems:
        yield _problem(one, problem)
    for judged, line in zip(one.judged, one.lines, strict=True):
        if judged.outcome == "passed":
            continue
        kind = "notice" if judged.report_only else _KINDS[judged.outcome]
        title = f"{judged.outcome.capitalize()}: {expression(judged)}"
        message = f"{sentence(judged)}\nreplay: {one_line(one.replay(judged))}"
        yield _Annotation(kind, title, message, one.file, line)
    if one.baseline is not None and one.baseline.outcome != "passed":
        yield _baseline(one, one.baseline)


def _problem(one: Checked, problem: Problem) -> _Annotation:
    said = one_line(str(replace(problem, file="", line=0)))
    return _Annotation(
        "error", "The scenario cannot be used", said, problem.file or one.file, problem.line
    )


def _baseline(one: Checked, against: AgainstBaseline) -> _Annotation:
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
