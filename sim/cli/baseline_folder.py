"""The folder of baselines that `check` and `baseline` are given: read, and remarked on."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sim.cli import exits
from sim.cli.printing import say

if TYPE_CHECKING:
    from sim.errors import Problem
    from sim.output.baselines import Baselines


def baselines_in(folder: Path, files: Sequence[Path]) -> "Baselines":
    """Return the baselines in a folder, for the scenarios in some files.

    Raises UnusableInput where two of them would have one baseline, or settings are wrong; then with
    all that is wrong with the scenarios, too.
    """
    from sim.errors import UnusableInput
    from sim.experiment.checking import problems_of
    from sim.experiment.judging_reading import read_judging
    from sim.output.baselines import Baselines

    problems = [*_shared(files), *_no_folder(folder)]
    try:
        judging = None if problems else read_judging(folder)
    except UnusableInput as error:
        problems += error.problems
    if problems or judging is None:
        raise UnusableInput([*problems, *problems_of(files)])
    return Baselines(folder, judging)


def _shared(files: Sequence[Path]) -> "Iterator[Problem]":
    from sim.errors import Problem
    from sim.output.baseline_files import shared_name

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
        raise click.exceptions.Exit(exits.INTERRUPTED) from None


def tell_remarks(against: "Baselines", files: Sequence[Path]) -> None:
    """Tell of baselines and settings that belong to no scenario that was checked."""
    from sim.output.style_text import printable

    unused = against.unused(files)
    if unused:
        told = f"Note: Baselines of no scenario that was checked: {', '.join(unused)}"
        say(printable(told), err=True)
    for problem in against.strangers(files):
        say(printable(f"Note: {problem}"), err=True)


def tell_if_new(folder: Path) -> None:
    """Tell that a folder of baselines will be a new one, beside another of nearly that name."""
    from sim.errors import nearest
    from sim.output.baselines import is_folder_of_baselines
    from sim.output.style_text import printable

    try:
        around = [] if folder.exists() else sorted(folder.parent.iterdir())
    except OSError:
        return
    meant = nearest(folder.name, [one.name for one in around if is_folder_of_baselines(one)])
    if meant:
        told = f'Note: {folder.as_posix()} is a new folder of baselines; did you mean "{meant}"?'
        say(printable(told), err=True)
