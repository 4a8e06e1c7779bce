"""`fleetsim check`: run scenarios and judge what they expect, for CI."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sim.cli.baseline import baselines_in, tell_if_new, tell_remarks, telling_what_stays
from sim.cli.console import (
    FAILED,
    INCONCLUSIVE,
    NO_BASELINE,
    PASSED,
    REGRESSION,
    UNUSABLE,
    Progress,
    echo_json,
    say,
)
from sim.cli.streams import shown_together

if TYPE_CHECKING:
    from sim.checking.results import CheckResult
    from sim.errors import Problem


_EXIT_CODES = {
    "unusable": UNUSABLE,
    "failed": FAILED,
    "regression": REGRESSION,
    "no baseline": NO_BASELINE,
    "inconclusive": INCONCLUSIVE,
    "warned": PASSED,
    "passed": PASSED,
    "not run": UNUSABLE,
}
_COLOURS = {
    "passed": "green",
    "warned": "yellow",
    "failed": "red",
    "inconclusive": "magenta",
    "not run": "bright_black",
}
_CALM = ("passed", "not run")


@click.command()
@click.argument(
    "paths", metavar="PATH...", nargs=-1, required=True, type=click.Path(path_type=Path)
)
@click.option(
    "--baseline",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Compare with the baselines in this folder too; one that is missing is written.",
)
@click.option(
    "--junit",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write JUnit XML: a suite a scenario, a case an expectation.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "github"]),
    default="text",
    help="Lines for people, JSON for programs, annotations for GitHub (made there anyway).",
)
@click.option(
    "--jobs",
    type=click.IntRange(min=1),
    help="Processes side by side; as many as there are cores unless given.",
)
@click.pass_context
def check_command(
    context: click.Context,
    paths: tuple[Path, ...],
    baseline: Path | None,
    junit: Path | None,
    form: str,
    jobs: int | None,
) -> None:
    """Run the scenarios in PATHs, files or folders, and judge what they expect.

    \b
    Exit codes: 0 passed, warnings allowed · 1 an expectation failed · 2 a scenario or an option
    cannot be used · 3 a regression against the baseline · 4 inconclusive · 5 no baseline yet, or
    none that can be read. Of several the first in the order 2, 1, 3, 5, 4.
    """
    from sim.checking.checks import check_files, scenarios_in
    from sim.checking.results import worst
    from sim.runs.processes import cores

    with _refused_in_form(form, None):
        _check_junit_place(junit)
    with _refused_in_form(form, junit):
        found = scenarios_in(paths)
        against = None if baseline is None else baselines_in(baseline, found.files)
    if baseline is not None:
        tell_if_new(baseline)
    many = len(found.files)
    with Progress() as progress:
        progress.tell(f"Checking {many} scenario{'' if many == 1 else 's'}")
        with telling_what_stays() if against else nullcontext():
            checked = check_files(found.files, jobs or cores(), against, _counting(progress, many))
    outcome = worst(checked)
    code = _EXIT_CODES[outcome]
    if junit is not None and not _write_junit(checked, junit):
        code = UNUSABLE
    _show(checked, code, form)
    _tell_problems(problem for one in checked for problem in one.problems)
    _tell_notes(checked, found.others)
    if outcome == "not run":
        say("Nothing was checked: no scenario here expects anything.", err=True)
    if against is not None:
        tell_remarks(against, found.files)
    context.exit(code)


def _counting(progress: Progress, many: int) -> "Callable[[CheckResult], None]":
    done = []

    def tell(checked: "CheckResult") -> None:
        done.append(checked.file)
        progress.update(f"Checked {len(done)} of {many} scenarios")

    return tell


@contextmanager
def _refused_in_form(form: str, junit: Path | None) -> Iterator[None]:
    """Tell what is wrong with names and settings to programs too, then on standard error."""
    from sim.checking.results import CheckResult
    from sim.errors import UnusableInput

    try:
        yield
    except UnusableInput as error:
        names = dict.fromkeys(problem.file for problem in error.problems)
        of_each = {name: [one for one in error.problems if one.file == name] for name in names}
        checked = [
            CheckResult(name, Path(name).stem or "check", problems=tuple(problems))
            for name, problems in of_each.items()
        ]
        if junit is not None:
            _write_junit(checked, junit)
        _show(checked, UNUSABLE, "" if form == "text" else form)
        raise


def _check_junit_place(path: Path | None) -> None:
    """Refuse a place where something else stands: with the name forgotten it is a scenario."""
    if path is None:
        return
    from sim.checking.junit import is_junit
    from sim.errors import Problem, UnusableInput, refusal
    from sim.files import place_of

    expected = "a name such as check.xml"
    try:
        place = place_of(path)
        content = place.read_bytes() if place.exists() else b""
    except OSError as error:
        what = f"{path} cannot be written: {refusal(error)}"
        raise UnusableInput([Problem(what, "--junit", expected)]) from None
    if content.strip() and not is_junit(content):
        what = f"{path} is there, and is no JUnit file"
        raise UnusableInput([Problem(what, "--junit", expected)])


def _write_junit(checked: "Sequence[CheckResult]", path: Path) -> bool:
    """Write the file and say whether that was possible; what was found is not lost by it."""
    from sim.checking.junit import junit_text
    from sim.errors import UnusableInput
    from sim.files import write_text_whole
    from sim.version import __version__

    try:
        write_text_whole(path, junit_text(checked, __version__))
    except UnusableInput as error:
        _tell_problems(error.problems)
        return False
    return True


def _tell_problems(problems: "Iterable[Problem]") -> None:
    """Tell each problem on a line of standard error, once."""
    from sim.scenario.places import one_line

    for line in dict.fromkeys(one_line(str(problem)) for problem in problems):
        say(line, err=True)


def _show(checked: "Sequence[CheckResult]", code: int, form: str) -> None:
    """Print what was found; on GitHub annotations and a step summary are made beside it."""
    import os

    from sim.checking.github import runs_on_github

    if form == "json":
        _print_json(checked, code)
    elif form == "text":
        _print_text(checked)
    if form == "github" or runs_on_github(os.environ):
        _annotate(checked, to_standard_error=form == "json")


def _print_json(checked: "Sequence[CheckResult]", code: int) -> None:
    from sim.checking.json import check_document
    from sim.version import __version__

    echo_json(check_document(checked, __version__, code))


def _print_text(checked: "Sequence[CheckResult]") -> None:
    from sim.checking.text import check_lines

    def paint(word: str, outcome: str) -> str:
        return click.style(word, fg=_COLOURS.get(outcome, "red"), bold=outcome not in _CALM)

    for line in check_lines(checked, paint, has_problems=not shown_together()):
        say(line)


def _annotate(checked: "Sequence[CheckResult]", to_standard_error: bool) -> None:
    import os

    from sim.checking.github import annotations, append_summary, step_summary, workspace_of

    for line in annotations(checked, workspace_of(os.environ)):
        click.echo(line, err=to_standard_error)
    append_summary(step_summary(checked), os.environ)


def _tell_notes(checked: "Sequence[CheckResult]", others: Sequence[Path]) -> None:
    from sim.text.numbers import printable

    if others:
        names = ", ".join(path.as_posix() for path in others[:5])
        more = f" and {len(others) - 5} more" if len(others) > 5 else ""
        say(printable(f"Note: Passed over, no scenarios: {names}{more}"), err=True)
