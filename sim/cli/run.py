"""`fleetsim run`: simulate a scenario, write its run folder, print a one-screen summary."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sim.cli.console import JOBS, PATH, Progress, naming_option, note, say, terminal_width

if TYPE_CHECKING:
    from sim.runs.experiment import Experiment
    from sim.scenario.loader import Loaded


@click.command()
@click.argument("scenario", type=PATH)
@click.option("--out", type=PATH, help="Folder for the results.")
@click.option("--seed", type=click.IntRange(0, 2**63 - 1), help="Replaces the scenario's seed.")
@click.option(
    "--replications",
    type=click.IntRange(min=1),
    help="Replaces the scenario's number of replications.",
)
@click.option("--replication", type=click.IntRange(min=1), help="Run only the K-th replication.")
@JOBS
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

    _check_options(cluster, replication, replications)
    overrides = [*changes, *_overrides(seed, replications, replication)]
    loaded = load_with_fleet(scenario, overrides)  # before slow imports: mistakes show at once

    from sim.run_folder.archive import check_place
    from sim.run_folder.story import is_run_folder

    folder = out or Path("results") / f"{scenario.stem}-{loaded.scenario.seed}"
    with naming_option("--out"):
        check_place(folder, loaded.files)
        is_replaced = is_run_folder(folder)
        experiment = simulate_with_progress(loaded, folder, jobs, replication or 1)

    from sim.text.summary import experiment_lines

    for line in experiment_lines(experiment, terminal_width() or 80, str(folder / "report.html")):
        say(line)
    for text in experiment.notes:
        say(f"Note: {text}", err=True)
    if is_replaced:
        note(f"This run replaced an earlier one in {folder}; --out keeps both.")


def simulate_with_progress(
    loaded: "Loaded", folder: Path, jobs: int | None, replication: int
) -> "Experiment":
    """Simulate a scenario into a run folder, with progress on the terminal."""
    from sim.run_folder.archive import simulate_into
    from sim.runs.preparation import prepare
    from sim.runs.processes import cores
    from sim.text.numbers import printable

    what = printable(f"Simulating {loaded.scenario.name}")
    count = loaded.scenario.replications
    with Progress() as progress:
        prepared = prepare(loaded)
        progress.begin(what if count == 1 else f"{what}, {count} replications")

        def on_count(number: int) -> None:
            progress.update(f"{what}: {number} of {count} replications")

        return simulate_into(prepared, folder, jobs or cores(), on_count, replication)


def _check_options(cluster: str | None, replication: int | None, replications: int | None) -> None:
    from sim.errors import NotSimulated, Problem, UnusableInput

    if cluster is not None:
        what = "running on a cluster is not possible yet"
        raise NotSimulated([Problem(what, path="--cluster", expected="leave it out")])
    if replication is not None and replications is not None and replication > replications:
        what = f"there is no replication {replication} of {replications}"
        raise UnusableInput([Problem(what, "--replication", f"a number up to {replications}")])


def _overrides(
    seed: int | None, replications: int | None, replication: int | None
) -> Iterator[str]:
    """Yield the options that replace a value of the scenario, as `--set` would write them."""
    if seed is not None:
        yield f"seed={seed}"
    if replication is not None:
        yield "replications=1"
    elif replications is not None:
        yield f"replications={replications}"
