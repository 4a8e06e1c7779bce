"""Judging another expectation over a run in memory, and describing one that does not hold."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from sim.api.scenarios import LoadedScenario, overrides
from sim.checking.results import one_alone, replay_command, shell_quoted
from sim.errors import Problem, UnusableInput
from sim.fleet.device import Fleet
from sim.judging.expectations import ExpectationResult, judge
from sim.runs.experiment import Experiment
from sim.runs.loading import refuse_unknown_label_values
from sim.scenario.yaml_text import read_yaml
from sim.text.expectations import bound_words, expression, finding

_PLACES = ("expect[0].expr", "expect[0].", "expect[0]")
"""Paths of the expectation in the scenario; the caller passes no list."""


def judge_over(
    scenario: LoadedScenario, experiment: Experiment, text: str, long_form: Mapping[str, object]
) -> ExpectationResult:
    """Judge an expectation as if it stood alone under `expect:`.

    Raises UnusableInput with all problems of the expectation, as loading the scenario would.
    """
    prepared = experiment.first.prepared
    everybody = replace(prepared.fleet, devices=(*prepared.fleet.devices, *prepared.never_there))
    extended = _with_expectation(scenario, {"expr": text, **long_form}, everybody).loaded
    (condition,) = extended.conditions.expectations
    observations = [run.observer.observe(condition) for run in experiment.replications()]
    result = judge(extended.scenario.expect[0], condition, observations)
    if experiment.is_single:
        return replace(result, replication=experiment.results[0].number)
    return result


def _with_expectation(
    scenario: LoadedScenario, expectation: Mapping[str, object], fleet: Fleet
) -> LoadedScenario:
    try:
        extended = scenario.changed({"expect": [expectation]})
        refuse_unknown_label_values(extended.loaded, fleet)
        return extended
    except UnusableInput as error:
        problems = [_of_the_expectation(problem) for problem in error.problems]
    raise UnusableInput(problems)


def _of_the_expectation(problem: Problem) -> Problem:
    prefix = next((path for path in _PLACES if problem.path.startswith(path)), "")
    return replace(problem, path=problem.path.removeprefix(prefix), file="") if prefix else problem


def unmet_text(scenario: LoadedScenario, experiment: Experiment, result: ExpectationResult) -> str:
    """Describe an expectation that does not hold, with the command that runs it again."""
    lines = [
        f"{result.outcome}: {expression(result)}",
        f"  expected {bound_words(result) or expression(result)}",
        f"  {finding(result)}",
        f"  {_replay(scenario, experiment, result)}",
    ]
    return "\n".join(lines)


def _replay(scenario: LoadedScenario, experiment: Experiment, result: ExpectationResult) -> str:
    """Return the command for a scenario in a file, otherwise how the run was made."""
    file, seed = scenario.loaded.file, scenario.seed
    if not file.lower().endswith((".yaml", ".yml")):
        return f"in replication {result.replication} of {scenario}"
    options = _options(scenario, experiment, result)
    return f"replay: {' '.join([replay_command(file, seed), *options])}"


def _options(
    scenario: LoadedScenario, experiment: Experiment, result: ExpectationResult
) -> Iterator[str]:
    changes = dict(scenario.changes)
    changes.pop("seed", None)
    count = changes.pop("replications", None)
    if not experiment.is_single and result.held is None:
        if count is not None:
            yield f"--replications {count}"
    elif count is not None or not experiment.is_single or result.replication > 1:
        yield one_alone(scenario.loaded.file, scenario.seed, result.replication)
    for path, value in changes.items():
        yield f"--set {shell_quoted(_change(path, value))}"


def _change(path: str, value: object) -> str:
    """Write a change as `--set` takes it, a text without quotes where YAML needs none."""
    if isinstance(value, str):
        node, problems = read_yaml(value)
        if node is not None and not problems and node.value == value:
            return f"{path}={value}"
    return next(overrides({path: value}))
