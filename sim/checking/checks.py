"""Checking scenario files: simulate each, judge its expectations, compare it with its baseline.

All files are read before anything runs, so that mistakes in all of them are reported at once.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from sim.checking.results import BaselineResult, CheckResult
from sim.checking.scenario_files import ScenarioFiles, find_scenarios
from sim.errors import Problem, UnusableInput
from sim.language.tree import Term
from sim.lint.expression_checks import about_nothing, odd_percentages
from sim.runs.experiment import Experiment, replicate
from sim.runs.loading import load_with_fleet
from sim.runs.preparation import prepare
from sim.runs.processes import map_in_order, processes, submitted
from sim.scenario.loader import Loaded


class BaselineComparator(Protocol):
    """Compares an experiment with its baseline."""

    def terms(self, loaded: Loaded) -> tuple[Term, ...]:
        """Return the numbers that it needs from each replication; raises UnusableInput."""
        ...

    def __call__(self, experiment: Experiment) -> BaselineResult:
        """Compare."""
        ...


OnResult = Callable[[CheckResult], None]
"""Called with each result as soon as there is one."""


def scenarios_in(paths: Sequence[Path]) -> ScenarioFiles:
    """Return the scenarios in files and folders.

    Raises UnusableInput if a path leads to none; then with every problem of the others, too.
    """
    files = find_scenarios(paths)
    if files.problems:
        raise UnusableInput([*files.problems, *problems_of(files.files)])
    return files


def problems_of(files: Sequence[Path]) -> Iterator[Problem]:
    """Yield every problem of scenario files and their fleets."""
    for file in files:
        loaded = _load(file, None)
        yield from (loaded if isinstance(loaded, CheckResult) else _not_run(loaded)).problems


def check_files(
    files: Sequence[Path],
    jobs: int,
    comparator: BaselineComparator | None = None,
    on_result: OnResult | None = None,
) -> tuple[CheckResult, ...]:
    """Check scenario files, in parallel in up to *jobs* processes.

    If one of them cannot be read, none is run. Without a baseline a scenario that expects nothing
    is not run either. Raises ReplicationError if a process failed.
    """
    read = [_load(file, comparator) for file in files]
    if any(isinstance(scenario, CheckResult) for scenario in read):
        return tuple(
            scenario if isinstance(scenario, CheckResult) else _not_run(scenario)
            for scenario in read
        )
    scenarios = [scenario for scenario in read if isinstance(scenario, Loaded)]
    results: dict[int, CheckResult] = {}
    for place, result in _check_all(scenarios, jobs, comparator):
        results[place] = result
        if on_result is not None:
            on_result(result)
    return tuple(results[place] for place in range(len(scenarios)))


def _load(file: Path, comparator: BaselineComparator | None) -> Loaded | CheckResult:
    try:
        loaded = load_with_fleet(file.as_posix())
        if comparator is not None:
            comparator.terms(loaded)
        return loaded
    except UnusableInput as error:
        return CheckResult(file.as_posix(), file.stem, problems=error.problems)


def _not_run(loaded: Loaded) -> CheckResult:
    """Return the result of a scenario that another one keeps from running: its own problems."""
    result = _empty_result(loaded)
    try:
        prepare(loaded)
    except UnusableInput as error:
        return replace(result, problems=_with_file(error.problems, loaded))
    return replace(result, notes=("Not run, because other scenarios cannot be used.",))


def _empty_result(loaded: Loaded) -> CheckResult:
    scenario = loaded.scenario
    return CheckResult(
        loaded.file, scenario.name, seed=scenario.seed, replications=scenario.replications
    )


def _with_file(problems: Sequence[Problem], loaded: Loaded) -> tuple[Problem, ...]:
    return tuple(
        problem if problem.file else replace(problem, file=loaded.file) for problem in problems
    )


def _check_all(
    scenarios: Sequence[Loaded], jobs: int, comparator: BaselineComparator | None
) -> Iterator[tuple[int, CheckResult]]:
    """Yield each result with its place: first the scenarios of one replication, in parallel.

    The others come one by one, because their replications run in parallel.
    """
    single = [n for n, loaded in enumerate(scenarios) if loaded.scenario.replications == 1]
    others = [n for n, loaded in enumerate(scenarios) if loaded.scenario.replications > 1]
    if min(jobs, len(single)) > 1:
        with processes(min(jobs, len(single))) as executor:
            tasks = [(scenarios[n], 1, comparator) for n in single]
            futures = submitted(executor, check_scenario, tasks)
            yield from zip(single, map_in_order(futures), strict=True)
    else:
        others = sorted(others + single)
    for place in others:
        yield place, check_scenario(scenarios[place], jobs, comparator)


def check_scenario(
    loaded: Loaded, jobs: int = 1, comparator: BaselineComparator | None = None
) -> CheckResult:
    """Check one scenario; problems of its fleet become part of the result."""
    result = _empty_result(loaded)
    if comparator is None and not loaded.scenario.expect:
        return replace(result, notes=("It has no expectations, so there is nothing to check.",))
    try:
        terms = () if comparator is None else comparator.terms(loaded)
        experiment = replicate(prepare(loaded), jobs, terms=terms)
    except UnusableInput as error:
        return replace(result, problems=_with_file(error.problems, loaded))
    first, doubts = experiment.first, tuple(_doubts(loaded))
    refused = (step.sentence for step, _ in experiment.refused_steps)
    return replace(
        result,
        devices=sum(first.outcomes.present),
        expectations=experiment.expectations,
        lines=expectation_line_numbers(loaded),
        log_digest=first.log.digest,
        baseline=None if comparator is None else comparator(experiment),
        notes=(*doubts, *refused, *experiment.notes),
        doubts=doubts,
    )


def _doubts(loaded: Loaded) -> Iterator[str]:
    """Yield what lint would say about numbers in the expectations that look like mistakes."""
    expectations = loaded.conditions.expectations
    for expectation, condition in zip(loaded.scenario.expect, expectations, strict=True):
        for what, advice in dict.fromkeys((*about_nothing(condition), *odd_percentages(condition))):
            yield f"In {expectation.expr}: {what}; {advice}."


def expectation_line_numbers(loaded: Loaded) -> tuple[int, ...]:
    """Return the line of the file on which each expectation is."""
    return tuple(
        loaded.lines.node(("expect", place)).line for place in range(len(loaded.scenario.expect))
    )
