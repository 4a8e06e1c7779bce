"""`fleetsim check`: run scenarios and judge what they expect, for CI."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from sim.cli import exits
from sim.cli.progress import Progress

if TYPE_CHECKING:
    pass

_EXIT_CODES = {
    "unusable": exits.UNUSABLE,
    "failed": exits.FAILED,
    "regression": exits.REGRESSION,
    "no baseline": exits.NO_BASELINE,
    "inconclusive": exits.INCONCLUSIVE,
    "warned": exits.PASSED,
    "passed": exits.PASSED,
}
_COLOURS = {"passed": "green", "warned": "yellow", "failed": "red", "inconclusive": "magenta"}


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
def check(
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
    from sim.experiment.checked import worst
    from sim.experiment.checking import check_files
    from sim.experiment.replications import cores
    from sim.experiment.scenario_files import find_scenarios

    found = find_scenarios(paths)
    with Progress() as progress:
        progress.tell(f"Checking {len(found.files)} scenarios")
        checked = check_files(found.files, jobs or cores())
    code = _EXIT_CODES[worst(checked)]
    for one in checked:
        click.echo(f"{one.file}: {one.outcome}")
        for judged in one.judged:
            click.echo(f"  {judged.outcome} {judged.text} {judged.observed}")
    context.exit(code)
