"""Judging an expectation over a run that is there already, and saying what is amiss."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from sim.api.scenarios import LoadedScenario, overrides
from sim.api.series import readings_of
from sim.checking.results import one_alone, run_command, shell_quoted
from sim.errors import Problem, UnusableInput
from sim.fleet.device import Fleet
from sim.judging.expectations import ExpectationResult, judge
from sim.runs.experiment import Experiment
from sim.runs.loading import refuse_unknown_label_values
from sim.runs.replication import Replication
from sim.scenario.yaml_text import read_yaml
from sim.text.expectations import asked_words, expression, finding

if TYPE_CHECKING:
    from sim.api.results import Result


_PLACES = ("expect[0].expr", "expect[0].", "expect[0]")
"""How the scenario calls what was asked; whoever asks has no list."""


def judged(
    scenario: LoadedScenario,
    run: Replication | Experiment,
    text: str,
    long_form: Mapping[str, object],
) -> ExpectationResult:
    """Judge an expectation as if it stood alone under `expect:`.

    Raises UnusableInput with everything that is wrong with it, as reading the scenario would.
    """
    first = run if isinstance(run, Replication) else run.first
    prepared = first.prepared
    everybody = replace(prepared.fleet, devices=(*prepared.fleet.devices, *prepared.never_there))
    asking = _asking(scenario, {"expr": text, **long_form}, everybody).loaded
    (condition,) = asking.conditions.expectations
    if isinstance(run, Replication):
        return judge(asking.scenario.expect[0], condition, [run.reader.of(condition)])
    return judge(asking.scenario.expect[0], condition, readings_of(run, condition))


def _asking(
    scenario: LoadedScenario, expectation: Mapping[str, object], fleet: Fleet
) -> LoadedScenario:
    try:
        asking = scenario.changed({"expect": [expectation]})
        refuse_unknown_label_values(asking.loaded, fleet)
        return asking
    except UnusableInput as refused:
        problems = [_of_the_expectation(problem) for problem in refused.problems]
    raise UnusableInput(problems)


def _of_the_expectation(problem: Problem) -> Problem:
    prefix = next((one for one in _PLACES if problem.path.startswith(one)), "")
    return replace(problem, path=problem.path.removeprefix(prefix), file="") if prefix else problem


def unmet(result: "Result", found: ExpectationResult) -> str:
    """Return what to say of an expectation that does not hold, with the command to run it again."""
    lines = [
        f"{found.outcome}: {expression(found)}",
        f"  expected {asked_words(found) or expression(found)}",
        f"  {finding(found)}",
        f"  {_replay(result, found)}",
    ]
    return "\n".join(lines)


def _replay(result: "Result", found: ExpectationResult) -> str:
    """Return the command for a scenario of a file, else how the run was made."""
    file, seed = result.scenario.loaded.file, result.scenario.seed
    if not file.lower().endswith((".yaml", ".yml")):
        return f"in replication {_number(result, found)} of {result.scenario}"
    return f"replay: {' '.join([run_command(file, seed), *_options(result, found)])}"


def _number(result: "Result", found: ExpectationResult) -> int:
    """Return the replication that decided."""
    return result.replication if result.experiment is None else found.replication


def _options(result: "Result", found: ExpectationResult) -> Iterator[str]:
    changes = dict(result.scenario.changes)
    changes.pop("seed", None)
    many = changes.pop("replications", None)
    if result.experiment is not None and found.held is None:
        if many is not None:
            yield f"--replications {many}"
    elif many is not None or result.experiment is not None or result.replication > 1:
        file, seed = result.scenario.loaded.file, result.scenario.seed
        yield one_alone(file, seed, _number(result, found))
    for path, value in changes.items():
        yield f"--set {shell_quoted(_change(path, value))}"


def _change(path: str, value: object) -> str:
    """Return a change as `--set` takes it, a text plainly where YAML reads it as that text."""
    if isinstance(value, str):
        node, flaws = read_yaml(value)
        if node is not None and not flaws and node.value == value:
            return f"{path}={value}"
    return next(overrides({path: value}))
