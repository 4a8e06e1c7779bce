"""`fleetsim run`: simulate a scenario, write its run folder, print a one-screen summary."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rich.status import Status


@click.command()
@click.argument("scenario", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), help="Folder for the results.")
@click.option("--seed", type=click.IntRange(0, 2**63 - 1), help="Instead of the scenario's seed.")
@click.option(
    "--replications", type=click.IntRange(min=1), help="Instead of the scenario's number."
)
@click.option("--replication", type=click.IntRange(min=1), help="Run the K-th replication alone.")
@click.option(
    "--jobs", type=click.IntRange(min=1), help="Processes side by side; one replication needs one."
)
@click.option("--cluster", metavar="ADDRESS", help="Not possible yet: refused.")
@click.option(
    "--set", "changes", multiple=True, metavar="PATH=VALUE", help="Change a value of the scenario."
)
def run(
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
    from sim.scenario.loader import load

    _refuse_cluster(cluster)
    overrides = [*changes, *_overrides(seed, replications, replication)]
    loaded = load(scenario, overrides)  # before anything heavy, so that a mistake is told at once

    from sim.experiment.preparation import prepare
    from sim.experiment.rehearsal import rehearse_prepared
    from sim.output.archive import check_place, is_run_folder, write_run
    from sim.output.style_text import printable

    folder = out or Path("results") / f"{scenario.stem}-{loaded.scenario.seed}"
    check_place(folder)
    is_replaced = is_run_folder(folder)
    with _Progress() as progress:
        setting = prepare(loaded)
        progress.tell(printable(f"Simulating {loaded.scenario.name}"))
        result = rehearse_prepared(loaded, setting, replication or 1)
        write_run(result, folder, replication or 1)
    _print_summary(result, folder)
    if is_replaced:
        told = f"Note: This run replaced an earlier one in {folder}; --out keeps both."
        click.echo(printable(told), err=True)


def _refuse_cluster(address: str | None) -> None:
    from sim.errors import NotSimulated, Problem

    if address is not None:
        what = "running on a cluster is not possible yet"
        raise NotSimulated([Problem(what, path="--cluster", expected="leave it out")])


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


class _Progress:
    """Says what is going on: a moving line on a terminal, plain lines elsewhere."""

    def __init__(self) -> None:
        self._status: Status | None = None

    def __enter__(self) -> "_Progress":
        if sys.stderr.isatty():
            from rich.console import Console

            self._status = Console(stderr=True).status("Preparing")
            self._status.start()
        return self

    def tell(self, text: str) -> None:
        """Say what begins now."""
        if self._status is None:
            click.echo(f"{text} ...", err=True)
            return
        from rich.markup import escape

        self._status.update(escape(text))

    def __exit__(self, *error: object) -> None:
        if self._status is not None:
            self._status.stop()


def _print_summary(result: object, folder: Path) -> None:
    from sim.experiment.rehearsal import Rehearsal
    from sim.output.summary_text import summary_lines
    from sim.reference.remedies import REMEDIES

    assert isinstance(result, Rehearsal)
    lines = summary_lines(
        result.summary,
        REMEDIES,
        result.summary["expectations"],
        result.setting.clock.datetime_at(0),
        report_path=str(folder / "report.html"),
    )
    for line in lines:
        click.echo(line)
    for note in result.notes:
        click.echo(f"Note: {note}", err=True)
