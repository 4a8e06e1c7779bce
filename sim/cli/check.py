"""`fleetsim check`: run scenarios and check their expectations, for CI."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sim.cli import console
from sim.cli.baseline import baselines_in, baselines_stay, report_folder, report_leftovers
from sim.text.numbers import names_text

if TYPE_CHECKING:
    from sim.checking.results import CheckResult
    from sim.errors import Problem


_EXIT_CODES = {
    "unusable": console.UNUSABLE,
    "failed": console.FAILED,
    "regression": console.REGRESSION,
    "no baseline": console.NO_BASELINE,
    "inconclusive": console.INCONCLUSIVE,
    "warned": console.PASSED,
    "passed": console.PASSED,
    "not run": console.UNUSABLE,
}
_COLOURS = {
    "passed": "green",
    "warned": "yellow",
    "failed": "red",
    "inconclusive": "magenta",
    "not run": "bright_black",
}
_NOT_BOLD = ("passed", "not run")
_MAX_OTHERS = 5
"""How many YAML files that are not scenarios are named."""


@click.command()
@console.PATHS
@click.option(
    "--baseline",
    type=console.PATH,
    metavar="DIR",
    help="Also compare with the baselines in this folder; a missing one is written.",
)
@click.option(
    "--junit",
    type=console.PATH,
    metavar="FILE",
    help="Write JUnit XML: a suite for each scenario, a case for each expectation.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "github"]),
    default="text",
    help="Text for people, JSON for programs, annotations for GitHub (always written there).",
)
@console.JOBS
@click.pass_context
def check_command(
    context: click.Context,
    paths: tuple[Path, ...],
    baseline: Path | None,
    junit: Path | None,
    form: str,
    jobs: int | None,
) -> None:
    """Run scenarios and check their expectations.

    Each PATH is a scenario file, or a folder of scenario files.

    \b
    Exit codes: 0 passed, warnings allowed · 1 an expectation failed · 2 a scenario or an option
    cannot be used · 3 a regression against the baseline · 4 inconclusive · 5 no baseline yet, or
    none that can be read. If several apply, the first in the order 2, 1, 3, 5, 4.
    """
    from sim.checking.checks import check_files, scenarios_in
    from sim.checking.results import worst
    from sim.runs.processes import cores

    with _problems_in_form(form, None):
        _check_junit_place(junit)
    with _problems_in_form(form, junit):
        scenarios = scenarios_in(paths)
        baselines = None if baseline is None else baselines_in(baseline, scenarios.files)
    if baseline is not None:
        report_folder(baseline)
    files = scenarios.files
    with console.Progress() as progress, baselines_stay() if baselines else nullcontext():
        progress.begin(f"Checking {len(files)} scenario{'' if len(files) == 1 else 's'}")
        results = check_files(files, jobs or cores(), baselines, _counter(progress, len(files)))
    outcome = worst(results)
    code = _EXIT_CODES[outcome]
    if junit is not None and not _write_junit(results, junit):
        code = console.UNUSABLE
    _print_results(results, code, form)
    _print_problems(problem for result in results for problem in result.problems)
    if others := [path.as_posix() for path in scenarios.others]:
        console.note(f"Skipped, not scenarios: {names_text(others, _MAX_OTHERS)}")
    if outcome == "not run":
        console.say("Nothing was checked: no scenario here has expectations.", err=True)
    if baselines is not None:
        report_leftovers(baselines, files)
    context.exit(code)


def _counter(progress: console.Progress, total: int) -> "Callable[[CheckResult], None]":
    count = 0

    def on_result(result: "CheckResult") -> None:
        nonlocal count
        count += 1
        progress.update(f"Checked {count} of {total} scenarios")

    return on_result


@contextmanager
def _problems_in_form(form: str, junit: Path | None) -> Iterator[None]:
    """Report problems of names and settings to programs, too, before they end the command."""
    from sim.checking.results import CheckResult
    from sim.errors import UnusableInput

    try:
        yield
    except UnusableInput as error:
        by_file: dict[str, list[Problem]] = {}
        for problem in error.problems:
            by_file.setdefault(problem.file, []).append(problem)
        results = [
            CheckResult(name, Path(name).stem or "check", problems=tuple(problems))
            for name, problems in by_file.items()
        ]
        if junit is not None:
            _write_junit(results, junit)
        _print_results(results, console.UNUSABLE, "" if form == "text" else form)
        raise


def _check_junit_place(path: Path | None) -> None:
    """Refuse to replace anything but a JUnit file: `--junit plan.yaml` is a slip."""
    if path is None:
        return
    from sim.checking.junit import is_junit
    from sim.errors import UnusableInput
    from sim.files import overwriting_problems

    problems = overwriting_problems(
        path,
        "JUnit file",
        lambda place: is_junit(place.read_bytes()),
        "--junit",
        example="check.xml",
    )
    if found := list(problems):
        raise UnusableInput(found)


def _write_junit(results: "Sequence[CheckResult]", path: Path) -> bool:
    """Write the file and say whether that was possible; the results are printed in any case."""
    from sim.checking.junit import junit_text
    from sim.errors import UnusableInput
    from sim.files import write_text_whole
    from sim.version import __version__

    try:
        write_text_whole(path, junit_text(results, __version__))
    except UnusableInput as error:
        _print_problems(error.problems)
        return False
    return True


def _print_problems(problems: "Iterable[Problem]") -> None:
    from sim.scenario.places import one_line

    for line in dict.fromkeys(one_line(str(problem)) for problem in problems):
        console.say(line, err=True)


def _print_results(results: "Sequence[CheckResult]", code: int, form: str) -> None:
    """Print the results; on GitHub write annotations and a step summary as well."""
    import os

    from sim.checking.github import runs_on_github
    from sim.checking.json import check_document
    from sim.version import __version__

    if form == "json":
        console.echo_json(check_document(results, __version__, code))
    elif form == "text":
        _print_text(results)
    if form == "github" or runs_on_github(os.environ):
        _annotate(results, to_standard_error=form == "json")


def _print_text(results: "Sequence[CheckResult]") -> None:
    from sim.checking.text import check_lines

    def paint(word: str, outcome: str) -> str:
        return click.style(word, fg=_COLOURS.get(outcome, "red"), bold=outcome not in _NOT_BOLD)

    for line in check_lines(results, paint, has_problems=not console.shown_together()):
        console.say(line)


def _annotate(results: "Sequence[CheckResult]", to_standard_error: bool) -> None:
    import os

    from sim.checking.github import annotations, append_summary, step_summary, workspace_of

    for line in annotations(results, workspace_of(os.environ)):
        click.echo(line, err=to_standard_error)
    append_summary(step_summary(results), os.environ)
