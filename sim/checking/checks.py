"""Checking scenario files: simulate each, judge what it expects, compare it with its baseline.

Everything is read before anything runs: a mistake in one file is told at once, for all files.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from sim.checking.results import BaselineResult, CheckResult
from sim.checking.scenario_files import ScenarioFiles, find_scenarios
from sim.errors import Problem, UnusableInput
from sim.language.tree import Term
from sim.lint.number_checks import about_nothing, odd_percentages
from sim.runs.experiment import Experiment, replicate
from sim.runs.loading import load_with_fleet
from sim.runs.preparation import prepare
from sim.runs.processes import map_in_order, processes, submitted
from sim.scenario.loader import Loaded


class BaselineComparator(Protocol):
    """Compares what was simulated with its baseline."""

    def terms(self, loaded: Loaded) -> tuple[Term, ...]:
        """Return the numbers it wants of each replication; raises UnusableInput."""
        ...

    def __call__(self, experiment: Experiment) -> BaselineResult:
        """Compare."""
        ...


Tell = Callable[[CheckResult], None]
"""Told each scenario as soon as it is checked."""


def check_files(
    files: Sequence[Path],
    jobs: int,
    against: BaselineComparator | None = None,
    tell: Tell | None = None,
) -> tuple[CheckResult, ...]:
    """Check scenario files, side by side on as many processes as *jobs*.

    Where one of them cannot be read nothing runs. Without a baseline a scenario that expects
    nothing is not run. Raises ReplicationError when a process failed.
    """
    read = [_read(file, against) for file in files]
    if any(isinstance(one, CheckResult) for one in read):
        return tuple(one if isinstance(one, CheckResult) else _not_run(one) for one in read)
    loaded = [one for one in read if isinstance(one, Loaded)]
    found: dict[int, CheckResult] = {}
    for place, checked in _checked(loaded, jobs, against):
        found[place] = checked
        if tell is not None:
            tell(checked)
    return tuple(found[place] for place in range(len(loaded)))


def _read(file: Path, against: BaselineComparator | None) -> Loaded | CheckResult:
    try:
        loaded = load_with_fleet(file.as_posix())
        if against is not None:
            against.terms(loaded)
        return loaded
    except UnusableInput as error:
        return CheckResult(file.as_posix(), file.stem, problems=error.problems)


def scenarios_in(paths: Sequence[Path]) -> ScenarioFiles:
    """Return the scenarios that are meant by names of files and folders.

    Raises UnusableInput where nothing stands under one of them; then with all that is wrong with
    the others, too.
    """
    found = find_scenarios(paths)
    if found.problems:
        raise UnusableInput([*found.problems, *problems_of(found.files)])
    return found


def problems_of(files: Sequence[Path]) -> Iterator[Problem]:
    """Yield all that is wrong with scenario files and their fleets by themselves."""
    for file in files:
        read = _read(file, None)
        yield from (read if isinstance(read, CheckResult) else _not_run(read)).problems


def _not_run(loaded: Loaded) -> CheckResult:
    """Return what is told of a scenario where another one cannot be used: its own mistakes, too."""
    bare = _bare(loaded)
    try:
        prepare(loaded)
    except UnusableInput as error:
        return replace(bare, problems=tuple(_named(one, loaded) for one in error.problems))
    return replace(bare, notes=("Not run, because other scenarios cannot be used.",))


def _bare(loaded: Loaded) -> CheckResult:
    scenario = loaded.scenario
    return CheckResult(
        loaded.file, scenario.name, seed=scenario.seed, replications=scenario.replications
    )


def _checked(
    loaded: Sequence[Loaded], jobs: int, against: BaselineComparator | None
) -> Iterator[tuple[int, CheckResult]]:
    """Yield (place, what was found): those of one replication side by side, then the others."""
    single = [n for n, one in enumerate(loaded) if one.scenario.replications == 1]
    others = [n for n, one in enumerate(loaded) if one.scenario.replications > 1]
    if min(jobs, len(single)) > 1:
        with processes(min(jobs, len(single))) as executor:
            futures = submitted(executor, check_scenario, [(loaded[n], 1, against) for n in single])
            yield from zip(single, map_in_order(futures), strict=True)
    else:
        others = sorted(others + single)
    for place in others:
        yield place, check_scenario(loaded[place], jobs, against)


def check_scenario(
    loaded: Loaded, jobs: int = 1, against: BaselineComparator | None = None
) -> CheckResult:
    """Check one scenario that was read; problems of its fleet become part of what was found."""
    bare = _bare(loaded)
    if against is None and not loaded.scenario.expect:
        return replace(bare, notes=("It expects nothing, so there is nothing to check.",))
    try:
        terms = () if against is None else against.terms(loaded)
        experiment = replicate(prepare(loaded), jobs, terms=terms)
    except UnusableInput as error:
        return replace(bare, problems=tuple(_named(one, loaded) for one in error.problems))
    first, doubts = experiment.first, tuple(_doubts(loaded))
    return replace(
        bare,
        devices=sum(first.outcomes.present),
        judged=experiment.expectations,
        lines=expectation_line_numbers(loaded),
        events=first.log.digest,
        baseline=None if against is None else against(experiment),
        notes=(*doubts, *experiment.notes),
        doubts=doubts,
    )


def _doubts(loaded: Loaded) -> Iterator[str]:
    """Yield what hardly means what it says in expectations, as lint would tell it."""
    expectations = loaded.conditions.expectations
    for expectation, condition in zip(loaded.scenario.expect, expectations, strict=True):
        for what, advice in dict.fromkeys((*about_nothing(condition), *odd_percentages(condition))):
            yield f"In {expectation.expr}: {what}; {advice}."


def expectation_line_numbers(loaded: Loaded) -> tuple[int, ...]:
    """Return the line of the file on which each expectation stands."""
    return tuple(
        loaded.lines.node(("expect", place)).line for place in range(len(loaded.scenario.expect))
    )


def _named(problem: Problem, loaded: Loaded) -> Problem:
    return problem if problem.file else replace(problem, file=loaded.file)
