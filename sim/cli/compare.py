"""The luck that both scenarios of a comparison meet: one seed, as many replications.

`fleetsim compare`: two scenarios or run folders, paired device by device.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sim.cli.console import json_text, say

if TYPE_CHECKING:
    from sim.comparison.comparison import RunComparison
    from sim.errors import Problem
    from sim.scenario.loader import Loaded


@dataclass(frozen=True, slots=True)
class RunSettings:
    """What decides chance in every scenario that is simulated."""

    seed: int
    replications: int
    alone: int = 1
    """The number of the replication, where it is a single one."""


def run_settings_of_all(
    sides: tuple[Path, Path],
    read: "Sequence[Loaded | None]",
    seed: int | None,
    replications: int | None,
) -> RunSettings:
    """Return what the options say; else that of the run folder there is, else that of A."""
    lucks = [
        _luck_of_folder(path) if one is None else _luck_of(one)
        for path, one in zip(sides, read, strict=True)
    ]
    first = lucks[read.index(None) if None in read else 0]
    return RunSettings(
        first.seed if seed is None else seed,
        replications or first.replications,
        1 if replications else first.alone,
    )


def _luck_of(loaded: "Loaded") -> RunSettings:
    return RunSettings(loaded.scenario.seed, loaded.scenario.replications)


def _luck_of_folder(folder: Path) -> RunSettings:
    """Return seed and number of replications of a run folder; of a damaged one whatever."""
    import json

    from sim.comparison.folders import replication_folders

    origin = json.loads((folder / "provenance.json").read_text("utf-8"))
    seed, alone = origin.get("seed"), origin.get("replication")
    return RunSettings(
        seed if isinstance(seed, int) else 0,
        len(replication_folders(folder, 1)),
        alone if isinstance(alone, int) and alone > 0 else 1,
    )


def remarks_on(letter: str, loaded: "Loaded | None", luck: RunSettings) -> Iterator[str]:
    """Yield where a scenario is run with another luck than it says itself."""
    if loaded is None:
        return
    own = loaded.scenario
    if own.seed != luck.seed:
        yield f"{letter} is run with seed {luck.seed} instead of its own {own.seed}."
    if own.replications != luck.replications:
        count = luck.replications
        many = f"{count} replication{'' if count == 1 else 's'}"
        yield f"{letter} is run with {many} instead of its own {own.replications}."
    if luck.alone > 1:
        yield f"{letter} is run as replication {luck.alone} alone, like the run folder."


def with_run_settings(loaded: "Loaded", luck: RunSettings) -> "Loaded":
    """Return a scenario that will meet that luck."""
    from dataclasses import replace

    update = {"seed": luck.seed, "replications": luck.replications}
    return replace(loaded, scenario=loaded.scenario.model_copy(update=update))


_FORMS = {".html": "html", ".htm": "html", ".json": "json"}
"""By the ending of the file to write."""


@click.command()
@click.argument("a", metavar="A", type=click.Path(path_type=Path))
@click.argument("b", metavar="B", type=click.Path(path_type=Path))
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "html"]),
    help="A screen for people, JSON for programs, a page with pictures; default: as --out ends.",
)
@click.option("--out", type=click.Path(path_type=Path), help="File to write; needed for html.")
@click.option(
    "--seed",
    type=click.IntRange(0, 2**63 - 1),
    help="Of scenarios; default: that of the run folder, else of A.",
)
@click.option(
    "--replications", type=click.IntRange(min=1), help="Of scenarios, instead of their number."
)
@click.option("--jobs", type=click.IntRange(min=1), help="Of scenarios: processes side by side.")
def compare_command(
    a: Path,
    b: Path,
    form: str | None,
    out: Path | None,
    seed: int | None,
    replications: int | None,
    jobs: int | None,
) -> None:
    """Compare A and B: scenarios or run folders, paired device by device.

    Says which is better and by how much, who finishes earlier or later, who changed status and
    through which cause, how each measure differs over time, and what was edited between them.
    Scenarios are simulated first, both with the same seed; nothing of that is kept.
    """
    import tempfile

    form = form or _FORMS.get(out.suffix.lower() if out else "", "text")
    wanted = _Wanted(seed, replications, jobs)
    sides = (a, b)
    _refuse(sides, form, out, wanted)
    loaded, remarks, alone = _loaded(sides, wanted)
    with tempfile.TemporaryDirectory(prefix="fleetsim-") as temporary:
        folders = _folders(sides, loaded, Path(temporary), jobs, alone)
        from sim.comparison.pairing import compare_folders

        comparison = compare_folders(folders, (str(a), str(b)), remarks)
    _hand_over(_rendered(comparison, form), out)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What the options ask of scenarios."""

    seed: int | None
    replications: int | None
    jobs: int | None

    @property
    def given(self) -> list[str]:
        """The options that were given."""
        values = {"--seed": self.seed, "--replications": self.replications, "--jobs": self.jobs}
        return [option for option, value in values.items() if value is not None]


def _refuse(sides: tuple[Path, Path], form: str, out: Path | None, wanted: _Wanted) -> None:
    """Raise UnusableInput with all that is wrong with arguments and options."""
    from sim.errors import UnusableInput

    problems = [*_wrong_sides(sides, wanted), *_wrong_out(sides, form, out)]
    if problems:
        raise UnusableInput(problems)


def _wrong_sides(sides: tuple[Path, Path], wanted: _Wanted) -> "Iterator[Problem]":
    from sim.errors import Problem
    from sim.run_folder.archive import is_run_folder

    for path in dict.fromkeys(sides):
        if not path.is_file() and not is_run_folder(path):
            what = f"{path} is neither a scenario nor a run folder"
            yield Problem(what, expected="a scenario file, or a folder that fleetsim run wrote")
    if all(is_run_folder(path) for path in sides):
        for option in wanted.given:
            what = f"{option} is for scenarios, and run folders are not simulated again"
            yield Problem(what, expected="leave it out")


def _wrong_out(sides: tuple[Path, Path], form: str, out: Path | None) -> "Iterator[Problem]":
    from sim.errors import Problem, UnusableInput
    from sim.files import place_of
    from sim.run_folder.archive import is_run_folder

    if out is None:
        if form == "html":
            yield Problem("--format html writes a file", expected="write --out comparison.html")
    elif out.is_dir():
        yield Problem(f"--out {out} is a folder", expected="a file such as comparison.html")
    elif _real(out) in map(_real, sides) or any(map(is_run_folder, _real(out).parents)):
        what = f"--out {out} would change what is compared"
        yield Problem(what, expected="a file elsewhere")
    else:
        try:
            place_of(out)
        except UnusableInput as error:
            yield from error.problems


def _real(path: Path) -> Path:
    import os

    return Path(os.path.realpath(path))


def _loaded(
    sides: tuple[Path, Path], wanted: _Wanted
) -> "tuple[list[Loaded | None], tuple[str, ...], int]":
    """Read the scenarios of the two, both with one seed and number of replications; None for a run.

    With notes on the scenarios for which that is another than they say themselves, and with the
    number of the replication where it is a single one. A run folder beside a scenario is judged
    here, too, before anything is simulated.
    """
    from sim.errors import Problem, UnusableInput

    read: list[Loaded | None] = []
    problems: list[Problem] = []
    for path in sides:
        try:
            read.append(_read_side(path, sides))
        except UnusableInput as error:
            problems += [one for one in error.problems if one not in problems]
    if problems:
        raise UnusableInput(problems)
    luck = run_settings_of_all(sides, read, wanted.seed, wanted.replications)
    remarks = [note for one in zip("AB", read, strict=True) for note in remarks_on(*one, luck)]
    scenarios = [None if one is None else with_run_settings(one, luck) for one in read]
    return scenarios, tuple(remarks), luck.alone


def _read_side(path: Path, sides: tuple[Path, Path]) -> "Loaded | None":
    from sim.comparison.folders import read_run
    from sim.run_folder.archive import is_run_folder
    from sim.runs.loading import load_with_fleet

    if not is_run_folder(path):
        return load_with_fleet(path)
    if not all(map(is_run_folder, sides)):
        read_run(path, str(path))
    return None


def _folders(
    sides: tuple[Path, Path],
    loaded: "list[Loaded | None]",
    temporary: Path,
    jobs: int | None,
    alone: int,
) -> tuple[Path, Path]:
    """Return the run folder of each side, simulated where it is a scenario.

    What two scenarios refuse is told together: after the first refusal nothing is simulated.
    """
    from sim.cli.run import simulate_with_progress
    from sim.errors import UnusableInput
    from sim.runs.preparation import prepare

    folders: dict[Path, Path] = {}
    problems: list[Problem] = []
    for letter, path, one in zip("AB", sides, loaded, strict=True):
        if one is None or path in folders:
            folders.setdefault(path, path)
            continue
        folders[path] = temporary / letter
        try:
            if problems:
                prepare(one)
            else:
                simulate_with_progress(one, folders[path], jobs, alone)
        except UnusableInput as error:
            problems += error.problems
    if problems:
        raise UnusableInput(problems)
    return folders[sides[0]], folders[sides[1]]


def _rendered(comparison: "RunComparison", form: str) -> str:
    """Return the comparison in one of the forms, with the end of its last line."""
    if form == "json":
        from sim.comparison.json import comparison_document

        return json_text(comparison_document(comparison)) + "\n"
    if form == "html":
        from sim.comparison.report import render_comparison

        return render_comparison(comparison)
    from sim.comparison.text import comparison_lines

    return "\n".join(comparison_lines(comparison)) + "\n"


def _hand_over(text: str, out: Path | None) -> None:
    """Print a text, or write it to a file and say so."""
    from sim.files import write_text_whole

    if out is None:
        say(text.removesuffix("\n"))
        return
    write_text_whole(out, text)
    say(f"Wrote {out}")
