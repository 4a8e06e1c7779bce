"""`fleetsim compare`: two scenarios or run folders, paired device by device."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sim.cli.console import JOBS, PATH, json_text, say

if TYPE_CHECKING:
    from sim.comparison.comparison import RunComparison
    from sim.errors import Problem
    from sim.scenario.loader import Loaded

_FORMS = {".html": "html", ".htm": "html", ".json": "json"}
"""The default of --format, by the suffix of --out."""


@click.command()
@click.argument("a", metavar="A", type=PATH)
@click.argument("b", metavar="B", type=PATH)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "html"]),
    help="A screen for people, JSON for programs, a page with pictures; default: by --out.",
)
@click.option("--out", type=PATH, help="File to write; needed for html.")
@click.option(
    "--seed",
    type=click.IntRange(0, 2**63 - 1),
    help="For scenarios; default: the seed of the run folder, or of A.",
)
@click.option(
    "--replications",
    type=click.IntRange(min=1),
    help="For scenarios; default: those of the run folder, or of A.",
)
@JOBS
def compare_command(
    a: Path,
    b: Path,
    form: str | None,
    out: Path | None,
    seed: int | None,
    replications: int | None,
    jobs: int | None,
) -> None:
    """Compare two scenarios or run folders, device by device.

    Shows which is better and by how much, which devices finish earlier or later, which changed
    status and why, how each measure differs over time, and what was edited between the two.
    Scenarios are simulated first, both with the same seed; their results are not kept.
    """
    from sim.errors import UnusableInput
    from sim.files import temporary_folder

    form = form or _FORMS.get(out.suffix.lower() if out else "", "text")
    sides = (a, b)
    options = {"--seed": seed, "--replications": replications, "--jobs": jobs}
    given = [name for name, value in options.items() if value is not None]
    problems = [*_wrong_sides(sides, given), *_wrong_out(sides, form, out)]
    if problems:
        raise UnusableInput(problems)
    scenarios = _load_scenarios(sides)
    settings = _run_settings(sides, scenarios, seed, replications)
    notes = [text for side in zip("AB", scenarios, strict=True) for text in settings.notes(*side)]
    scenarios = [None if loaded is None else settings.apply(loaded) for loaded in scenarios]
    with temporary_folder() as temporary:
        folders = _run_folders(sides, scenarios, temporary, jobs, settings.replication)
        from sim.comparison.folders import compare_folders

        comparison = compare_folders(folders, (str(a), str(b)), tuple(notes))
    _print_or_write(_rendered(comparison, form), out)


def _wrong_sides(sides: tuple[Path, Path], scenario_options: Sequence[str]) -> "Iterator[Problem]":
    from sim.errors import Problem
    from sim.run_folder.story import is_run_folder

    for path in dict.fromkeys(sides):
        if not path.is_file() and not is_run_folder(path):
            what = f"{path} is neither a scenario nor a run folder"
            yield Problem(what, expected="a scenario file, or a folder that fleetsim run wrote")
    if all(is_run_folder(path) for path in sides):
        for option in scenario_options:
            what = f"{option} is for scenarios, and run folders are not simulated again"
            yield Problem(what, expected="leave it out")


def _wrong_out(sides: tuple[Path, Path], form: str, out: Path | None) -> "Iterator[Problem]":
    from sim.comparison.words import is_comparison
    from sim.errors import Problem
    from sim.files import overwriting_problems
    from sim.run_folder.story import is_run_folder

    if out is None:
        if form == "html":
            yield Problem("--format html writes a file", expected="write --out comparison.html")
    elif out.is_dir():
        yield Problem(f"--out {out} is a folder", expected="a file such as comparison.html")
    elif _real(out) in map(_real, sides) or any(map(is_run_folder, _real(out).parents)):
        what = f"--out {out} would change what is compared"
        yield Problem(what, expected="a file elsewhere")
    else:
        example = "comparison.html" if form == "html" else f"comparison.{form}"
        yield from overwriting_problems(
            out, "comparison", is_comparison, "--out", example=example.replace(".text", ".txt")
        )


def _real(path: Path) -> Path:
    import os

    return Path(os.path.realpath(path))


def _load_scenarios(sides: tuple[Path, Path]) -> "list[Loaded | None]":
    """Load the scenarios of the two sides; None for a run folder.

    A run folder beside a scenario is read here too, so that its problems are reported before
    anything is simulated. Raises UnusableInput with the problems of both sides.
    """
    from sim.comparison.folders import read_run
    from sim.errors import ProblemCollector
    from sim.run_folder.story import is_run_folder
    from sim.runs.loading import load_with_fleet

    scenarios: list[Loaded | None] = []
    collector = ProblemCollector()
    for path in sides:
        with collector.collected():
            if not is_run_folder(path):
                scenarios.append(load_with_fleet(path))
                continue
            scenarios.append(None)
            if not all(map(is_run_folder, sides)):
                read_run(path, str(path))
    collector.raise_all(once=True)
    return scenarios


@dataclass(frozen=True, slots=True)
class RunSettings:
    """What both scenarios of a comparison share, so that they meet the same chance events."""

    seed: int
    replications: int
    replication: int = 1
    """Which one, if it is a single one."""

    def notes(self, letter: str, loaded: "Loaded | None") -> Iterator[str]:
        """Yield where a scenario says otherwise."""
        if loaded is None:
            return
        scenario, count = loaded.scenario, self.replications
        if scenario.seed != self.seed:
            yield f"{letter} is run with seed {self.seed} instead of its own {scenario.seed}."
        if scenario.replications != count:
            many = f"{count} replication{'' if count == 1 else 's'}"
            yield f"{letter} is run with {many} instead of its own {scenario.replications}."
        if self.replication > 1:
            yield f"{letter} is run as replication {self.replication} alone, like the run folder."

    def apply(self, loaded: "Loaded") -> "Loaded":
        """Return a scenario with these settings."""
        update = {"seed": self.seed, "replications": self.replications}
        return replace(loaded, scenario=loaded.scenario.model_copy(update=update))


def _run_settings(
    sides: tuple[Path, Path],
    scenarios: "Sequence[Loaded | None]",
    seed: int | None,
    replications: int | None,
) -> RunSettings:
    """Return the settings of the options; else those of the run folder, if any; else of A."""
    place = scenarios.index(None) if None in scenarios else 0
    first = scenarios[place]
    if first is None:
        settings = _settings_of_folder(sides[place])
    else:
        settings = RunSettings(first.scenario.seed, first.scenario.replications)
    return RunSettings(
        settings.seed if seed is None else seed,
        replications or settings.replications,
        1 if replications else settings.replication,
    )


def _settings_of_folder(folder: Path) -> RunSettings:
    """Return the settings of a run folder; a damaged one is reported later."""
    import json

    from sim.comparison.folders import replication_folders

    origin = json.loads((folder / "provenance.json").read_text("utf-8"))
    seed, number = origin.get("seed"), origin.get("replication")
    return RunSettings(
        seed if isinstance(seed, int) else 0,
        len(replication_folders(folder, 1)),
        number if isinstance(number, int) and number > 0 else 1,
    )


def _run_folders(
    sides: tuple[Path, Path],
    scenarios: "Sequence[Loaded | None]",
    temporary: Path,
    jobs: int | None,
    replication: int,
) -> tuple[Path, Path]:
    """Return the run folder of each side; a scenario is simulated into a temporary one.

    The problems of both scenarios are reported together: after the first one nothing is simulated.
    """
    from sim.cli.run import simulate_with_progress
    from sim.errors import ProblemCollector
    from sim.runs.preparation import prepare

    folders: dict[Path, Path] = {}
    collector = ProblemCollector()
    for letter, path, loaded in zip("AB", sides, scenarios, strict=True):
        if loaded is None or path in folders:
            folders.setdefault(path, path)
            continue
        folders[path] = temporary / letter
        with collector.collected():
            if collector.problems:
                prepare(loaded)
            else:
                simulate_with_progress(loaded, folders[path], jobs, replication)
    collector.raise_all()
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


def _print_or_write(text: str, out: Path | None) -> None:
    from sim.files import write_text_whole

    if out is None:
        say(text.removesuffix("\n"))
        return
    write_text_whole(out, text)
    say(f"Wrote {out}")
