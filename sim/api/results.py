"""A rehearsal in Python: run it, and read everything that it tells."""

import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeGuard

import pandas as pd

from sim.api.saved import expectation_frame, frame
from sim.api.scenarios import LoadedScenario, load
from sim.errors import FleetsimWarning, Problem, UnusableInput
from sim.reference.causes import REMEDIES
from sim.run_folder.archive import check_place, write_replications, write_run
from sim.runs.experiment import Experiment, replicate
from sim.runs.preparation import prepare
from sim.runs.replication import Replication, run_replication
from sim.runs.tables import device_table, event_table
from sim.text.expectations import outcome_text
from sim.text.promise import p90_interval
from sim.text.summary import several_lines, summary_lines

if TYPE_CHECKING:
    from sim.api.pictures import Picture
    from sim.api.series import Line
    from sim.judging.expectations import ExpectationResult


@dataclass(frozen=True, eq=False)
class Result:
    """A run of a scenario, with all that it tells: one replication, or several.

    `print(result)` shows the summary that `fleetsim run` prints. Of several replications frames,
    stories and pictures show the first; `summary`, `expectations`, `replications` and `bands` are
    about all.
    """

    scenario: LoadedScenario
    first: Replication = field(repr=False)
    """The (first) replication as the rest of the package works with it."""
    replication: int = 1
    experiment: Experiment | None = field(default=None, repr=False)
    """All replications; None for one alone."""

    @property
    def summary(self) -> dict[str, Any]:
        """The figures of `summary.json`: what the devices truly are, the other views beside it.

        Of several replications each figure is a dictionary `mean, p10, p50, p90`.
        """
        return self.first.summary if self.experiment is None else self.experiment.summary

    @cached_property
    def replications(self) -> pd.DataFrame:
        """One row a replication: its figures at the end, times in seconds since the start."""
        from sim.api.series import replication_frame

        return replication_frame(self._several("replications"))

    @cached_property
    def bands(self) -> pd.DataFrame:
        """Measures over time over several replications: mean, P10, P50 and P90."""
        from sim.api.series import band_frame

        return band_frame(self._several("bands"))

    def _several(self, what: str) -> Experiment:
        if self.experiment is None:
            expected = "replications=20 when it is run"
            raise UnusableInput([Problem(f"one replication has no {what}", expected=expected)])
        return self.experiment

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader must know beside the figures, each a sentence."""
        return self.first.notes if self.experiment is None else self.experiment.notes

    @cached_property
    def expectations(self) -> pd.DataFrame:
        """One row an expectation: `text`, `outcome`, `observed`."""
        return expectation_frame(self.summary)

    @cached_property
    def devices(self) -> pd.DataFrame:
        """One row a device, as in `devices.parquet`; times in seconds since the start."""
        return frame(device_table(self.first.outcomes))

    @cached_property
    def events(self) -> pd.DataFrame:
        """One row an event, as in `events.parquet`; the device of a step of the plan is empty."""
        return frame(event_table(self.first.log))

    @cached_property
    def measures(self) -> pd.DataFrame:
        """Every measure over time, as in `measures.parquet`."""
        return frame(self.first.measures)

    def series(self, expression: str) -> "Line":
        """Return a number over time by the time elapsed, such as `device.coverage_pct`.

        Whatever the language of gates and expectations calls a series can be asked for, sums
        and differences too. Without a prefix a measure is what the console shows. It is read at the
        reporting interval and at the end; NaN where it has no data. Raises UnusableInput.
        """
        from sim.api.series import read_series

        return read_series(self.first, expression)

    def judge(self, text: str, **long_form: object) -> "ExpectationResult":
        """Judge an expectation such as `coverage_pct at 30 d >= 95` over this run.

        *long_form* gives what a scenario's long form has beside `expr`: `severity`, `min_devices`,
        `report_only`, `confidence`. Raises UnusableInput with what is wrong with it, and the
        nearest word.
        """
        from sim.api.judgements import judged

        found = judged(self.scenario, self.experiment or self.first, text, long_form)
        return found if self.experiment else replace(found, replication=self.replication)

    def assert_expectation(self, text: str, **long_form: object) -> None:
        """Raise AssertionError unless an expectation holds; one without data does not.

        With `severity="warn"` it warns with FleetsimWarning instead; with `report_only=True` it
        never raises. Raises UnusableInput for a wrong expectation.
        """
        __tracebackhide__ = True
        from sim.api.judgements import unmet

        try:
            found = self.judge(text, **long_form)
        except UnusableInput as refused:
            problems = refused.problems
            raise UnusableInput(problems) from None
        if found.report_only or found.outcome == "passed":
            return
        if found.outcome == "warned":
            warnings.warn(unmet(self, found), FleetsimWarning, stacklevel=2)
            return
        raise AssertionError(unmet(self, found))

    def story(self, device: str) -> str:
        """Tell what befell a device, line by line, with the rules behind it.

        Raises UnusableInput when the fleet has no such device.
        """
        from sim.api.stories import story_text

        return story_text(self.first, device)

    def plot(self, name: str = "onboarding", width: int = 840) -> "Picture":
        """Draw one of the report's pictures, *width* pixels wide.

        They are called onboarding, causes, health, systems, locations, collections, stages,
        content, payloads and desk; of several replications also fan. Raises UnusableInput for
        another name and where there is nothing to draw.
        """
        from sim.api.pictures import draw

        return draw(self, name, width)

    def report(self, path: str | Path) -> Path:
        """Write the report as one HTML file and return where it is.

        An earlier page is replaced, no other file. Raises UnusableInput.
        """
        from sim.api.pages import write_page

        return write_page(self, Path(path))

    def save(self, folder: str | Path) -> Path:
        """Write the run folder that `fleetsim run` would write, and return where it is.

        Only a run folder is replaced. Raises UnusableInput when it cannot be written.
        """
        if self.experiment is None:
            write_run(self.first, Path(folder), self.replication)
        else:  # what each replication keeps is written where it is simulated: once more
            first = self.first
            write_replications(first.prepared, Path(folder), jobs=1)
        return Path(folder)

    def __str__(self) -> str:
        start = self.first.prepared.clock.datetime_at(0)
        one_or_all = self.first if self.experiment is None else self.experiment
        found = list(map(outcome_text, one_or_all.expectations))
        if self.experiment is not None:
            sure = p90_interval(self.experiment)
            lines = several_lines(self.summary, REMEDIES, found, start, promise=sure)
            return "\n".join(lines)
        which = self.replication
        return "\n".join(summary_lines(self.summary, REMEDIES, found, start, replication=which))


def run(
    scenario: LoadedScenario | str | Path,
    seed: int | None = None,
    replication: int | None = None,
    out: str | Path | None = None,
    *,
    replications: int | None = None,
    jobs: int = 1,
) -> Result:
    """Rehearse a scenario, which may also be the name of its file.

    As many replications as the scenario says, or *replications*; with *replication* that one alone.
    *seed* stands instead of the scenario's. *out* is the folder to write, as `fleetsim run` does;
    without it nothing is written. With more than one of *jobs* processes work side by side: a
    script must then keep what it does under `if __name__ == "__main__":`. Raises UnusableInput
    when scenario, fleet or folder cannot be used, with every problem.
    """
    if out is not None:
        check_place(Path(out))
    read = scenario if isinstance(scenario, LoadedScenario) else load(scenario)
    changes = _of_run(read, seed, replication, replications)
    read = read.changed(changes) if changes else read
    if _is_count(replication) and _is_count(replications) and replication > replications:
        what = f"there is no replication {replication} of {replications}"
        raise UnusableInput([Problem(what, "", f"a number up to {replications}")])
    counts = {"replication": 1 if replication is None else replication, "number of jobs": jobs}
    refused = [what for what, number in counts.items() if not _is_count(number)]
    if refused:
        expected = "a whole number from 1"
        raise UnusableInput([Problem(f"no such {what}", "", expected) for what in refused])
    if read.loaded.scenario.replications > 1:
        return _several(read, jobs, out)
    number = replication or 1
    result = Result(read, run_replication(read.loaded, number), number)
    if out is not None:
        result.save(out)
    return result


def _is_count(number: object) -> TypeGuard[int]:
    return isinstance(number, int) and not isinstance(number, bool) and number >= 1


def _several(read: LoadedScenario, jobs: int, out: str | Path | None) -> Result:
    prepared = prepare(read.loaded)
    if out is None:
        experiment = replicate(prepared, jobs, keep_logs=True)
    else:
        experiment = write_replications(prepared, Path(out), jobs, keep_logs=True)
    return Result(read, experiment.first, 1, experiment)


def _of_run(
    scenario: LoadedScenario, seed: int | None, replication: int | None, replications: int | None
) -> Mapping[str, object]:
    """Return what a run changes: one replication alone has no others beside it."""
    changes: dict[str, object] = {}
    if seed is not None:
        changes["seed"] = seed
    if replication is not None:
        replications = 1
    if replications is not None and replications != scenario.loaded.scenario.replications:
        changes["replications"] = replications
    return changes
