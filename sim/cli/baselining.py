"""`fleetsim baseline`: keep what scenarios give now, for `fleetsim check --baseline`."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sim.cli.baseline_folder import baselines_in, tell_if_new, telling_what_stays
from sim.cli.files import write_text_whole
from sim.cli.printing import say
from sim.cli.progress import Progress

if TYPE_CHECKING:
    from sim.output.baselines import Baselines
    from sim.scenario.loader import Loaded

_PATHS = click.argument(
    "paths", metavar="PATH...", nargs=-1, required=True, type=click.Path(path_type=Path)
)
_FOLDER = click.option(
    "--baseline",
    "--out",
    "folder",
    type=click.Path(path_type=Path),
    default=Path("baselines"),
    metavar="DIR",
    show_default=True,
    help="The folder of baselines.",
)
_JOBS = click.option(
    "--jobs",
    type=click.IntRange(min=1),
    help="Processes side by side; as many as there are cores unless given.",
)


@click.group()
def baseline() -> None:
    """Keep what scenarios give now, to be compared with later."""


@baseline.command()
@_PATHS
@_FOLDER
@_JOBS
def save(paths: tuple[Path, ...], folder: Path, jobs: int | None) -> None:
    """Write a baseline for each scenario in PATHs, files or folders, that has none yet."""
    from sim.errors import Problem, UnusableInput

    loaded, baselines = _read(paths, folder)
    there = [one for one in loaded if baselines.holds(one)]
    if there:
        advice = "fleetsim baseline update, once you know why it differs"
        raise UnusableInput(
            Problem(f"{baselines.place(one).as_posix()} exists already", expected=advice)
            for one in there
        )
    tell_if_new(folder)
    _write(loaded, baselines, jobs)


@baseline.command()
@_PATHS
@_FOLDER
@_JOBS
def update(paths: tuple[Path, ...], folder: Path, jobs: int | None) -> None:
    """Write the baselines of the scenarios in PATHs anew, and those that are missing."""
    loaded, baselines = _read(paths, folder)
    tell_if_new(folder)
    _write(loaded, baselines, jobs)


def _read(paths: Sequence[Path], folder: Path) -> "tuple[list[Loaded], Baselines]":
    """Return the scenarios and the baselines; raises UnusableInput before anything runs."""
    from sim.errors import Problem, UnusableInput
    from sim.experiment.checking import scenarios_in
    from sim.fleet.loading import load

    files = scenarios_in(paths).files
    baselines = baselines_in(folder, files)
    loaded: list[Loaded] = []
    problems: list[Problem] = []
    for file in files:
        try:
            loaded.append(load(file.as_posix()))
            baselines.terms(loaded[-1])
            baselines.check_place(loaded[-1])
        except UnusableInput as error:
            problems += error.problems
    if problems:
        raise UnusableInput(problems)
    return loaded, baselines


def _write(loaded: "Sequence[Loaded]", baselines: "Baselines", jobs: int | None) -> None:
    """Simulate and write; a fleet that cannot be used is told when the others are written."""
    from sim.errors import Problem, UnusableInput
    from sim.output.style_text import printable

    problems: list[Problem] = []
    with Progress() as progress, telling_what_stays():
        for one in loaded:
            progress.tell(printable(f"Simulating {one.scenario.name}"))
            try:
                say(printable(_written(one, baselines, jobs)))
            except UnusableInput as error:
                problems += [replace(each, file=each.file or one.file) for each in error.problems]
    settings = baselines.folder / "judging.yaml"
    if not settings.exists() and baselines.folder.is_dir():
        write_text_whole(settings, _starter())
        say(printable(f"Wrote {settings.as_posix()}, which says how baselines are judged"))
    if problems:
        raise UnusableInput(problems)


def _written(one: "Loaded", baselines: "Baselines", jobs: int | None) -> str:
    """Simulate a scenario, write its baseline, and return what was done."""
    from sim.experiment.preparation import prepare
    from sim.experiment.processes import cores
    from sim.experiment.replications import replicate
    from sim.output.baseline_files import write_baseline

    rules, place = baselines.rules(one), baselines.place(one)
    ensemble = replicate(one, prepare(one), jobs or cores(), terms=rules.terms)
    was = baselines.holds(one)
    is_new = write_baseline(place, ensemble, rules)
    return (
        f"{'Updated' if was and is_new else 'Wrote' if is_new else 'Unchanged:'} {place.as_posix()}"
    )


def _starter() -> str:
    from importlib.resources import files

    return files("sim.output").joinpath("judging.yaml").read_text("utf-8")
