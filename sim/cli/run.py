"""`fleetsim run`: simulate a scenario, write its run folder, print a one-screen summary."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sim.cli.console import Progress, say

if TYPE_CHECKING:
    from sim.runs.experiment import Experiment
    from sim.runs.replication import Replication
    from sim.scenario.loader import Loaded


_WIDTH = 80


@click.command()
@click.argument("scenario", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), help="Folder for the results.")
@click.option("--seed", type=click.IntRange(0, 2**63 - 1), help="Instead of the scenario's seed.")
@click.option(
    "--replications", type=click.IntRange(min=1), help="Instead of the scenario's number."
)
@click.option("--replication", type=click.IntRange(min=1), help="Run the K-th replication alone.")
@click.option(
    "--jobs",
    type=click.IntRange(min=1),
    help="Processes side by side; as many as there are cores unless given.",
)
@click.option("--cluster", metavar="ADDRESS", help="Not possible yet: refused.")
@click.option(
    "--set", "changes", multiple=True, metavar="PATH=VALUE", help="Change a value of the scenario."
)
def run_command(
    scenario: Path,
    out: Path | None,
    seed: int | None,
    replications: int | None,
    replication: int | None,
    jobs: int | None,
    cluster: str | None,
    changes: tuple[str, ...],
) -> None:
    """Simulate SCENARIO and write a run folder.

    The folder is results/<scenario>-<seed> unless --out says otherwise.
    """
    from sim.runs.loading import load_with_fleet

    _refuse_cluster(cluster)
    _refuse_beyond(replication, replications)
    overrides = [*changes, *_overrides(seed, replications, replication)]
    loaded = load_with_fleet(
        scenario, overrides
    )  # before anything heavy, so that a mistake is told at once

    from sim.run_folder.archive import check_place, is_run_folder
    from sim.text.numbers import printable

    folder = out or Path("results") / f"{scenario.stem}-{loaded.scenario.seed}"
    check_place(folder)
    is_replaced = is_run_folder(folder)
    if loaded.scenario.replications > 1:
        _run_several(loaded, folder, jobs)
    else:
        _run_one(loaded, folder, replication or 1)
    if is_replaced:
        told = f"Note: This run replaced an earlier one in {folder}; --out keeps both."
        say(printable(told), err=True)


def _run_one(loaded: "Loaded", folder: Path, replication: int) -> None:
    from sim.run_folder.archive import write_run
    from sim.runs.preparation import prepare
    from sim.runs.replication import run_prepared
    from sim.text.numbers import printable

    with Progress() as progress:
        prepared = prepare(loaded)
        progress.tell(printable(f"Simulating {loaded.scenario.name}"))
        result = run_prepared(prepared, replication)
        write_run(result, folder, replication)
    _print_summary(result, folder, replication)


def _run_several(loaded: "Loaded", folder: Path, jobs: int | None) -> None:
    from sim.run_folder.archive import write_replications
    from sim.runs.preparation import prepare
    from sim.runs.processes import cores
    from sim.text.numbers import printable

    what = printable(f"Simulating {loaded.scenario.name}")
    many = loaded.scenario.replications
    with Progress() as progress:
        prepared = prepare(loaded)
        progress.tell(f"{what}, {many} replications")

        def tell(done: int) -> None:
            progress.update(f"{what}: {done} of {many} replications")

        experiment = write_replications(prepared, folder, jobs or cores(), tell)
    _print_all(experiment, folder)


def _refuse_cluster(address: str | None) -> None:
    from sim.errors import NotSimulated, Problem

    if address is not None:
        what = "running on a cluster is not possible yet"
        raise NotSimulated([Problem(what, path="--cluster", expected="leave it out")])


def _refuse_beyond(replication: int | None, replications: int | None) -> None:
    from sim.errors import Problem, UnusableInput

    if replication is not None and replications is not None and replication > replications:
        what = f"there is no replication {replication} of {replications}"
        raise UnusableInput([Problem(what, "--replication", f"a number up to {replications}")])


def _overrides(
    seed: int | None, replications: int | None, replication: int | None
) -> Iterator[str]:
    """Yield the options that stand for a value of the scenario, as `--set` would write them."""
    if seed is not None:
        yield f"seed={seed}"
    if replication is not None:
        yield "replications=1"
    elif replications is not None:
        yield f"replications={replications}"


def _print_summary(result: "Replication", folder: Path, replication: int) -> None:
    from sim.reference.causes import REMEDIES
    from sim.text.expectations import outcome_text
    from sim.text.summary import summary_lines

    start = result.prepared.clock.datetime_at(0)
    found = list(map(outcome_text, result.expectations))
    where = _terminal_width(), str(folder / "report.html")
    _tell(summary_lines(result.summary, REMEDIES, found, start, *where, replication), result.notes)


def _print_all(experiment: "Experiment", folder: Path) -> None:
    from sim.reference.causes import REMEDIES
    from sim.text.expectations import outcome_text
    from sim.text.promise import p90_interval
    from sim.text.summary import several_lines

    start = experiment.first.prepared.clock.datetime_at(0)
    found = list(map(outcome_text, experiment.expectations))
    where = _terminal_width(), str(folder / "report.html")
    sure = p90_interval(experiment)
    _tell(several_lines(experiment.summary, REMEDIES, found, start, *where, sure), experiment.notes)


def _tell(lines: Iterable[str], notes: Iterable[str]) -> None:
    for line in lines:
        say(line)
    for note in notes:
        say(f"Note: {note}", err=True)


def _terminal_width() -> int:
    """Return how wide lines may be: as a terminal shows them, 80 columns elsewhere."""
    import shutil
    import sys

    if sys.stdout is None or not sys.stdout.isatty():
        return _WIDTH
    return min(max(shutil.get_terminal_size((_WIDTH, 24)).columns, _WIDTH), 2 * _WIDTH)
