"""`fleetsim baseline`: store the results of scenarios, for `fleetsim check --baseline`."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sim.cli.console import INTERRUPTED, JOBS, PATH, PATHS, Progress, note, say
from sim.files import write_text_whole

if TYPE_CHECKING:
    from sim.baselines.comparator import Baselines
    from sim.errors import Problem
    from sim.scenario.loader import Loaded


def baselines_in(folder: Path, files: Sequence[Path]) -> "Baselines":
    """Return the baselines in a folder, for these scenario files.

    Raises UnusableInput if two of them would share a baseline, or for mistakes in the tolerances,
    such as a scenario that does not exist; then with every problem of the scenarios, too.
    """
    from sim.baselines.comparator import Baselines
    from sim.baselines.tolerances import read_tolerances
    from sim.checking.checks import problems_of
    from sim.errors import UnusableInput

    problems = [*_shared_names(files), *_folder_problems(folder)]
    baselines = None
    try:
        if not problems:
            baselines = Baselines(folder, read_tolerances(folder))
            problems += baselines.unknown_scenarios(files)
    except UnusableInput as error:
        problems += error.problems
    if problems or baselines is None:
        raise UnusableInput([*problems, *problems_of(files)])
    return baselines


def _shared_names(files: Sequence[Path]) -> "Iterator[Problem]":
    from sim.baselines.files import shared_name
    from sim.errors import Problem

    names: dict[str, Path] = {}
    for file in files:
        other = names.setdefault(shared_name(file), file)
        if other != file:
            what = f"{file.as_posix()} and {other.as_posix()} would have the same baseline"
            yield Problem(what, expected="other names, or a folder of baselines each")


def _folder_problems(folder: Path) -> "Iterator[Problem]":
    from sim.errors import Problem, refusal

    expected = "a folder of baselines"
    try:
        if folder.exists() and not folder.is_dir():
            yield Problem(f"{folder} is a file", expected=expected)
    except (OSError, ValueError) as error:
        yield Problem(f"{folder} cannot be used: {refusal(error)}", expected=expected)


@contextmanager
def baselines_stay() -> Iterator[None]:
    """Say after an interruption that the baselines written before it are whole and stay."""
    try:
        yield
    except KeyboardInterrupt:
        say("Interrupted; baselines that were written before are whole and stay.", err=True)
        raise click.exceptions.Exit(INTERRUPTED) from None


def report_leftovers(baselines: "Baselines", files: Sequence[Path]) -> None:
    """Note baselines that belong to no scenario of the check."""
    unused = baselines.unused(files)
    if unused:
        note(f"Baselines of scenarios that were not checked: {', '.join(unused)}")


def report_folder(folder: Path) -> None:
    """Note a folder that will be new although one with a similar name holds baselines.

    And a file of tolerances that still has its former name.
    """
    from sim.baselines.comparator import is_folder_of_baselines
    from sim.baselines.tolerances import former_name_remark
    from sim.errors import nearest

    try:
        others = [] if folder.exists() else sorted(folder.parent.iterdir())
        remark = former_name_remark(folder)
    except OSError:
        return
    similar = nearest(folder.name, [path.name for path in others if is_folder_of_baselines(path)])
    if similar:
        note(f'{folder.as_posix()} is a new folder of baselines; did you mean "{similar}"?')
    if remark:
        note(remark)


_FOLDER = click.option(
    "--baseline",
    "--out",
    "folder",
    type=PATH,
    default=Path("baselines"),
    metavar="DIR",
    show_default=True,
    help="The folder of baselines.",
)


@click.group()
def baseline_group() -> None:
    """Store the results of scenarios, to compare later runs with them."""


@baseline_group.command()
@PATHS
@_FOLDER
@JOBS
def save_command(paths: tuple[Path, ...], folder: Path, jobs: int | None) -> None:
    """Write baselines for scenarios that have none yet.

    Each PATH is a scenario file, or a folder of scenario files.
    """
    from sim.errors import Problem, UnusableInput

    scenarios, baselines = _load(paths, folder)
    existing = [loaded for loaded in scenarios if baselines.has(loaded)]
    if existing:
        advice = "fleetsim baseline update, once you know why it differs"
        raise UnusableInput(
            Problem(f"{baselines.folder_of(loaded).as_posix()} exists already", expected=advice)
            for loaded in existing
        )
    _write(scenarios, baselines, jobs)


@baseline_group.command()
@PATHS
@_FOLDER
@JOBS
def update_command(paths: tuple[Path, ...], folder: Path, jobs: int | None) -> None:
    """Replace the baselines of scenarios; write missing ones.

    Each PATH is a scenario file, or a folder of scenario files.
    """
    scenarios, baselines = _load(paths, folder)
    _write(scenarios, baselines, jobs)


def _load(paths: Sequence[Path], folder: Path) -> "tuple[list[Loaded], Baselines]":
    """Return the scenarios and the baselines; raises UnusableInput before anything runs."""
    from sim.checking.checks import scenarios_in
    from sim.errors import ProblemCollector
    from sim.runs.loading import load_with_fleet

    files = scenarios_in(paths).files
    baselines = baselines_in(folder, files)
    scenarios: list[Loaded] = []
    collector = ProblemCollector()
    for file in files:
        with collector.collected():
            scenarios.append(load_with_fleet(file.as_posix()))
            baselines.terms(scenarios[-1])
            baselines.check_writable(scenarios[-1])
    collector.raise_all()
    return scenarios, baselines


def _write(scenarios: "Sequence[Loaded]", baselines: "Baselines", jobs: int | None) -> None:
    """Simulate and write; an unusable fleet is reported after the other baselines are written."""
    from importlib.resources import files

    from sim.baselines.tolerances import tolerances_path
    from sim.errors import Problem, UnusableInput
    from sim.text.numbers import printable

    report_folder(baselines.folder)
    problems: list[Problem] = []
    with Progress() as progress, baselines_stay():
        for loaded in scenarios:
            progress.begin(printable(f"Simulating {loaded.scenario.name}"))
            try:
                say(printable(_write_one(loaded, baselines, jobs)))
            except UnusableInput as error:
                problems += [
                    replace(problem, file=problem.file or loaded.file) for problem in error.problems
                ]
    path = tolerances_path(baselines.folder)
    if not path.exists() and baselines.folder.is_dir():
        write_text_whole(path, (files("sim.baselines") / "tolerances.yaml").read_text("utf-8"))
        say(printable(f"Wrote {path.as_posix()}, which says how baselines are compared"))
    if problems:
        raise UnusableInput(problems)


def _write_one(loaded: "Loaded", baselines: "Baselines", jobs: int | None) -> str:
    """Simulate a scenario, write its baseline, and return what was done."""
    from sim.baselines.files import write_baseline
    from sim.runs.experiment import replicate
    from sim.runs.preparation import prepare
    from sim.runs.processes import cores

    rules, folder = baselines.rules(loaded), baselines.folder_of(loaded)
    experiment = replicate(prepare(loaded), jobs or cores(), terms=rules.terms)
    existed = baselines.has(loaded)
    is_changed = write_baseline(folder, experiment, rules)
    word = "Unchanged:" if not is_changed else "Updated" if existed else "Wrote"
    return f"{word} {folder.as_posix()}"
