"""`fleetsim lint`: check scenarios and their fleets in one rehearsal without bad luck."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from sim.cli.console import PASSED, PATH, UNUSABLE, FileName, echo_json, say

if TYPE_CHECKING:
    from sim.lint.forms import DeviceList
    from sim.lint.linting import LintReport


_COLOURS = {"error": "red", "warning": "yellow", "note": "cyan"}


@click.command()
@click.argument("scenarios", metavar="SCENARIO...", nargs=-1, required=True, type=FileName())
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "sarif"]),
    default="text",
    help="Lines for people, JSON for programs, SARIF for code hosts.",
)
@click.option("--out", type=PATH, help="Folder for the device lists, one CSV for each finding.")
@click.pass_context
def lint_command(
    context: click.Context, scenarios: tuple[str, ...], form: str, out: Path | None
) -> None:
    """Check SCENARIOs and their fleets in one rehearsal without bad luck.

    Says what goes wrong even without bad luck: devices that cannot onboard, gates that cannot open,
    policies that contradict each other. Ends with 2 when there is an error, with 0 when there are
    only warnings and notes.
    """
    from sim.lint.forms import device_lists
    from sim.lint.linting import lint_file

    judged = [lint_file(path) for path in scenarios]
    lists = () if out is None else device_lists(judged)
    if out is not None:
        _write(lists, out, scenarios)
    if form == "text":
        _tell(judged)
        if out is not None:
            say(f"Wrote {len(lists)} device list{'' if len(lists) == 1 else 's'} to {out}")
    else:
        _print_document(judged, lists, form)
    context.exit(UNUSABLE if any(one.count("error") for one in judged) else PASSED)


def _write(lists: "tuple[DeviceList, ...]", folder: Path, scenarios: tuple[str, ...]) -> None:
    """Write all lists, or none where one of them would replace another kind of file."""
    from sim.errors import UnusableInput
    from sim.files import begins_with, overwriting_problems, write_text_whole

    there = [folder / one.name for one in lists if (folder / one.name).exists()]
    read = _files_of(scenarios) if there else []
    problems = [
        problem
        for path in there
        for problem in overwriting_problems(
            path,
            "list of devices",
            lambda place: begins_with(place, "name\n"),
            "--out",
            read=read,
        )
    ]
    if problems:
        raise UnusableInput(problems)
    for one in lists:
        write_text_whole(folder / one.name, one.text)


def _files_of(scenarios: tuple[str, ...]) -> list[Path]:
    """Return the files of the scenarios; one that cannot be read has no device list."""
    from contextlib import suppress

    from sim.errors import UnusableInput
    from sim.scenario.loader import load_scenario

    read: list[Path] = []
    for scenario in scenarios:
        with suppress(UnusableInput):
            read += load_scenario(scenario).files
    return read


def _tell(judged: "list[LintReport]") -> None:
    """Print the lines; click leaves the colours out where no terminal shows them."""
    from sim.lint.forms import lint_lines

    def paint(word: str, severity: str) -> str:
        return click.style(word, fg=_COLOURS[severity], bold=severity == "error")

    for line in lint_lines(judged, paint):
        say(line)


def _print_document(judged: "list[LintReport]", lists: "tuple[DeviceList, ...]", form: str) -> None:
    from sim.lint.forms import lint_document, sarif_document
    from sim.version import __version__

    if form == "json":
        document = lint_document(judged, {id(one.finding): one.name for one in lists})
    else:
        document = sarif_document(judged, __version__)
    echo_json(document)
