"""The folder of baselines that `check` and `baseline` are given: read, and remarked on.

`fleetsim baseline`: keep what scenarios give now, for `fleetsim check --baseline`.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sim.cli.console import INTERRUPTED, Progress, say
from sim.files import write_text_whole

if TYPE_CHECKING:
    from sim.baselines.comparator import Baselines
    from sim.errors import Problem
    from sim.scenario.loader import Loaded


def baselines_in(folder: Path, files: Sequence[Path]) -> "Baselines":
    """Return the baselines in a folder, for the scenarios in some files.

    Raises UnusableInput where two of them would have one baseline, or settings are wrong; then with
    all that is wrong with the scenarios, too.
    """
    from sim.baselines.comparator import Baselines
    from sim.baselines.tolerances import read_tolerances
    from sim.checking.checks import problems_of
    from sim.errors import UnusableInput

    problems = [*_shared(files), *_no_folder(folder)]
    try:
        judging = None if problems else read_tolerances(folder)
    except UnusableInput as error:
        problems += error.problems
    if problems or judging is None:
        raise UnusableInput([*problems, *problems_of(files)])
    return Baselines(folder, judging)


def _shared(files: Sequence[Path]) -> "Iterator[Problem]":
    from sim.baselines.files import shared_name
    from sim.errors import Problem

    names: dict[str, Path] = {}
    for file in files:
        other = names.setdefault(shared_name(file), file)
        if other != file:
            what = f"{file.as_posix()} and {other.as_posix()} would have the same baseline"
            yield Problem(what, expected="other names, or a folder of baselines each")


def _no_folder(folder: Path) -> "Iterator[Problem]":
    from sim.errors import Problem, refusal

    expected = "a folder of baselines"
    try:
        if folder.exists() and not folder.is_dir():
            yield Problem(f"{folder} is a file", expected=expected)
    except (OSError, ValueError) as error:
        yield Problem(f"{folder} cannot be used: {refusal(error)}", expected=expected)


@contextmanager
def telling_what_stays() -> Iterator[None]:
    """Say of an interruption that baselines may have been written before it."""
    try:
        yield
    except KeyboardInterrupt:
        told = "Interrupted; what was written of baselines before is whole and stays."
        say(told, err=True)
        raise click.exceptions.Exit(INTERRUPTED) from None


def tell_remarks(against: "Baselines", files: Sequence[Path]) -> None:
    """Tell of baselines and settings that belong to no scenario that was checked."""
    from sim.text.numbers import printable

    unused = against.unused(files)
    if unused:
        told = f"Note: Baselines of no scenario that was checked: {', '.join(unused)}"
        say(printable(told), err=True)
    for problem in against.strangers(files):
        say(printable(f"Note: {problem}"), err=True)


def tell_if_new(folder: Path) -> None:
    """Tell that a folder of baselines will be a new one, beside another of nearly that name."""
    from sim.baselines.comparator import is_folder_of_baselines
    from sim.errors import nearest
    from sim.text.numbers import printable

    try:
        around = [] if folder.exists() else sorted(folder.parent.iterdir())
    except OSError:
        return
    meant = nearest(folder.name, [one.name for one in around if is_folder_of_baselines(one)])
    if meant:
        told = f'Note: {folder.as_posix()} is a new folder of baselines; did you mean "{meant}"?'
        say(printable(told), err=True)


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
def baseline_group() -> None:
    """Keep what scenarios give now, to be compared with later."""


@baseline_group.command()
@_PATHS
@_FOLDER
@_JOBS
def save_command(paths: tuple[Path, ...], folder: Path, jobs: int | None) -> None:
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


@baseline_group.command()
@_PATHS
@_FOLDER
@_JOBS
def update_command(paths: tuple[Path, ...], folder: Path, jobs: int | None) -> None:
    """Write the baselines of the scenarios in PATHs anew, and those that are missing."""
    loaded, baselines = _read(paths, folder)
    tell_if_new(folder)
    _write(loaded, baselines, jobs)


def _read(paths: Sequence[Path], folder: Path) -> "tuple[list[Loaded], Baselines]":
    """Return the scenarios and the baselines; raises UnusableInput before anything runs."""
    from sim.checking.checks import scenarios_in
    from sim.errors import Problem, UnusableInput
    from sim.runs.loading import load_with_fleet

    files = scenarios_in(paths).files
    baselines = baselines_in(folder, files)
    loaded: list[Loaded] = []
    problems: list[Problem] = []
    for file in files:
        try:
            loaded.append(load_with_fleet(file.as_posix()))
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
    from sim.text.numbers import printable

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
    from sim.baselines.files import write_baseline
    from sim.runs.experiment import replicate
    from sim.runs.preparation import prepare
    from sim.runs.processes import cores

    rules, place = baselines.rules(one), baselines.place(one)
    experiment = replicate(prepare(one), jobs or cores(), terms=rules.terms)
    was = baselines.holds(one)
    is_new = write_baseline(place, experiment, rules)
    return (
        f"{'Updated' if was and is_new else 'Wrote' if is_new else 'Unchanged:'} {place.as_posix()}"
    )


def _starter() -> str:
    from importlib.resources import files

    return files("sim.baselines").joinpath("judging.yaml").read_text("utf-8")
