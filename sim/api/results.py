"""A run in Python: simulate a scenario, and read everything about its result."""

import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeGuard

import pandas as pd

from sim.api import frames
from sim.api.arguments import as_path, as_text
from sim.api.scenarios import LoadedScenario, load, overrides
from sim.checking.results import one_alone, replay_command, shell_quoted
from sim.errors import FleetsimWarning, Problem, UnusableInput, refusal
from sim.files import write_text_whole
from sim.fleet.device import Fleet
from sim.judging.expectations import ExpectationResult, judge
from sim.run_folder.archive import check_place, simulate_into, write_experiment
from sim.runs.experiment import Experiment, experiment_of_one, replicate
from sim.runs.loading import refuse_unknown_label_values
from sim.runs.preparation import prepare
from sim.runs.replication import Replication, device_table, event_table, run_prepared
from sim.scenario.yaml_text import read_yaml
from sim.text.expectations import bound_words, expression, finding
from sim.text.summary import experiment_lines

if TYPE_CHECKING:
    from sim.api.pictures import Picture
    from sim.judging.expectations import ExpectationResult
    from sim.report.data import ReplicationSummary


@dataclass(frozen=True, eq=False)
class Result:
    """The result of a run: of one replication, or of several.

    `print(result)` shows the summary that `fleetsim run` prints. Of several replications frames,
    stories and pictures show the first; `summary`, `expectations`, `replications` and `bands` are
    about all.
    """

    scenario: LoadedScenario
    experiment: Experiment = field(repr=False)
    """The replications as the rest of the package works with them."""

    @property
    def first(self) -> Replication:
        """The first replication, or the only one."""
        return self.experiment.first

    @property
    def replication(self) -> int:
        """The number of the first replication, or of the only one."""
        return self.experiment.results[0].number

    @property
    def summary(self) -> dict[str, Any]:
        """The figures of `summary.json`: what the devices really are, the other views beside it.

        Of several replications each figure is a dictionary `mean, p10, p50, p90`.
        """
        return self.experiment.summary

    @cached_property
    def replications(self) -> pd.DataFrame:
        """One row for each replication: figures at the end, times in seconds since the start."""
        self._refuse_single("replications")
        return frames.replication_frame(self.experiment)

    @cached_property
    def bands(self) -> pd.DataFrame:
        """Measures over time over several replications: mean, P10, P50 and P90."""
        self._refuse_single("bands")
        return frames.band_frame(self.experiment)

    def _refuse_single(self, what: str) -> None:
        if self.experiment.is_single:
            expected = "replications=20 when it is run"
            raise UnusableInput([Problem(f"one replication has no {what}", expected=expected)])

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader must know beside the figures, each a sentence."""
        return self.experiment.notes

    @cached_property
    def expectations(self) -> pd.DataFrame:
        """One row an expectation: `text`, `outcome`, `observed`."""
        return frames.expectation_frame(self.summary)

    @cached_property
    def devices(self) -> pd.DataFrame:
        """One row for each device, as in `devices.parquet`; times in seconds since the start."""
        return frames.frame(device_table(self.first.outcomes))

    @cached_property
    def events(self) -> pd.DataFrame:
        """One row an event, as in `events.parquet`; the device of a step of the plan is empty."""
        return frames.frame(event_table(self.first.log))

    @cached_property
    def measures(self) -> pd.DataFrame:
        """Every measure over time, as in `measures.parquet`."""
        return frames.frame(self.first.measures)

    def series(self, expression: str) -> frames.Line:
        """Return a number over time by the time elapsed, such as `device.coverage_pct`.

        Takes whatever the language of gates and expectations calls a series, sums and differences
        too. Without a prefix a measure is what the console shows. It is read at the reporting
        interval and at the end; NaN if it has no data. Raises UnusableInput.
        """
        text = as_text(expression, "number over time", "device.coverage_pct")
        return frames.read_series(self.first, text)

    def judge(self, text: str, **long_form: object) -> "ExpectationResult":
        """Judge an expectation such as `coverage_pct at 30 d >= 95` over this run.

        *long_form* takes the keys of a scenario's long form beside `expr`: `severity`,
        `min_devices`, `report_only`, `confidence`. Raises UnusableInput with each problem of the
        expectation, and the nearest word.
        """
        text = as_text(text, "expectation", "coverage_pct at end >= 95")
        prepared = self.first.prepared
        everybody = (*prepared.fleet.devices, *prepared.never_there)
        fleet = replace(prepared.fleet, devices=everybody, given_keys=None)
        extended = _with_expectation(self.scenario, {"expr": text, **long_form}, fleet).loaded
        (condition,) = extended.conditions.expectations
        observations = [run.observer.observe(condition) for run in self.experiment.replications()]
        result = judge(extended.scenario.expect[0], condition, observations)
        if self.experiment.is_single:
            return replace(result, replication=self.replication)
        return result

    def assert_expectation(self, text: str, **long_form: object) -> None:
        """Raise AssertionError unless an expectation is met; without data it is not met.

        With `severity="warn"` it warns with FleetsimWarning instead; with `report_only=True` it
        never raises. Raises UnusableInput for an expectation that cannot be read.
        """
        __tracebackhide__ = True
        try:
            result = self.judge(text, **long_form)
        except UnusableInput as error:
            problems = error.problems
            raise UnusableInput(problems) from None
        if result.report_only or result.outcome == "passed":
            return
        message = unmet_text(self.scenario, self.experiment, result)
        if result.outcome != "warned":
            raise AssertionError(message)
        warnings.warn(message, FleetsimWarning, stacklevel=2)

    def story(self, device: str) -> str:
        """Return the history of a device, line by line, with the rules behind it.

        Raises UnusableInput when the fleet has no such device.
        """
        from sim.text.events import stories

        histories = self.first.device_histories(as_text(device, "device", "WS-000001"))
        return "\n".join(stories(self.first.prepared.scenario, histories))

    def plot(self, name: str = "onboarding", width: int = 840) -> "Picture":
        """Draw one of the report's pictures, *width* pixels wide.

        They are called onboarding, causes, health, systems, locations, collections, stages,
        content, payloads and desk; of several replications also fan. Raises UnusableInput for
        another name and if there is nothing to draw.
        """
        from sim.api.pictures import draw

        return draw(self.first, self._replication_summary, name, width)

    def _replication_summary(self) -> "ReplicationSummary":
        from sim.report.overview import replication_summary

        return replication_summary(self.experiment, self.bands)

    def report(self, path: str | Path) -> Path:
        """Write the report as one HTML file and return its path.

        An earlier page is replaced, no other file. Raises UnusableInput.
        """
        from sim.report.page import render, report_data
        from sim.run_folder.provenance import provenance, scenario_text

        path, replications, digests = as_path(path, "file", "report.html"), None, []
        if _is_no_page(path):
            raise _page_refused(f"{path} exists and is not a page")
        if not self.experiment.is_single:
            replications = self._replication_summary()
            digests = [each.events for each in self.experiment.results]
        origin = provenance(self.first, scenario_text(self.first), self.replication, digests)
        page = render(report_data(self.first, replications, origin))
        try:
            path.resolve().parent.resolve(strict=True)
            write_text_whole(path, page)
        except (OSError, ValueError) as error:
            what = f"the report cannot be written to {path}: {refusal(error)}"
            raise _page_refused(what) from None
        return path

    def save(self, folder: str | Path) -> Path:
        """Write the run folder that `fleetsim run` would write, and return its path.

        Nothing is simulated again. Only a run folder is replaced, and only if all that it holds
        comes from fleetsim and is not read by the run. Raises UnusableInput when it cannot be
        written.
        """
        place = as_path(folder, "folder", "results/pilot-7")
        write_experiment(self.experiment, place)
        return place

    def __str__(self) -> str:
        return "\n".join(experiment_lines(self.experiment))


def _is_no_page(path: Path) -> bool:
    """Return whether a file exists that is not HTML."""
    try:
        begin = path.read_bytes()[:100] if path.is_file() else b""
    except (OSError, ValueError):
        return False  # writing the page fails with the reason
    return bool(begin.strip()) and b"<!doctype html" not in begin.lower()


def _page_refused(what: str) -> UnusableInput:
    return UnusableInput([Problem(what, expected="a name such as report.html")])


def run(
    scenario: LoadedScenario | str | Path,
    seed: int | None = None,
    replication: int | None = None,
    out: str | Path | None = None,
    *,
    replications: int | None = None,
    jobs: int = 1,
) -> Result:
    """Simulate a scenario, which may also be the name of its file.

    Runs as many replications as the scenario says, or *replications*; or only the one with the
    number *replication*. *seed* replaces the scenario's. *out* is the folder to write, as
    `fleetsim run` does; without it nothing is written. With *jobs* above 1, processes work side by
    side; a script must then keep its own code under `if __name__ == "__main__":`. Raises
    UnusableInput with every problem when scenario, fleet or folder cannot be used.
    """
    place = None if out is None else as_path(out, "folder", "results/pilot-7")
    read = scenario if isinstance(scenario, LoadedScenario) else load(scenario)
    changes = _of_run(read, seed, replication, replications)
    read = read.changed(changes) if changes else read
    if place is not None:
        check_place(place, read.loaded.files)
    if _is_count(replication) and _is_count(replications) and replication > replications:
        what = f"there is no replication {replication} of {replications}"
        raise UnusableInput([Problem(what, "", f"a number up to {replications}")])
    counts = {"replication": 1 if replication is None else replication, "number of jobs": jobs}
    refused = [what for what, number in counts.items() if not _is_count(number)]
    if refused:
        expected = "a whole number from 1"
        raise UnusableInput([Problem(f"no such {what}", "", expected) for what in refused])
    prepared, number = prepare(read.loaded), replication or 1
    if place is not None:
        return Result(read, simulate_into(prepared, place, jobs, None, number, keep_logs=True))
    if prepared.scenario.replications == 1:
        return Result(read, experiment_of_one(run_prepared(prepared, number), number))
    return Result(read, replicate(prepared, jobs, keep_logs=True))


def _is_count(number: object) -> TypeGuard[int]:
    return isinstance(number, int) and not isinstance(number, bool) and number >= 1


def _of_run(
    scenario: LoadedScenario, seed: int | None, replication: int | None, replications: int | None
) -> Mapping[str, object]:
    changes: dict[str, object] = {}
    if seed is not None:
        changes["seed"] = seed
    if replication is not None:
        replications = 1
    if replications is not None and replications != scenario.loaded.scenario.replications:
        changes["replications"] = replications
    return changes


_PLACES = ("expect[0].expr", "expect[0].", "expect[0]")
"""Paths of the expectation in the scenario; the caller passes no list."""


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
    """Describe an expectation that is not met, with the command that runs it again."""
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
