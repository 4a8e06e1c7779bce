"""A rehearsal in Python: run it, and read everything that it tells."""

import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from sim.errors import FleetsimWarning, Problem, UnusableInput
from sim.experiment.rehearsal import Rehearsal, rehearse
from sim.interface.frames import expectation_frame, frame
from sim.interface.scenarios import Scenario, load
from sim.output.archive import check_place, write_run
from sim.output.provenance import provenance
from sim.output.run_report import render_report
from sim.output.summary_text import summary_lines
from sim.output.tables import device_table, event_table
from sim.output.whole_folder import reason
from sim.output.written_scenario import scenario_text
from sim.reference.remedies import REMEDIES

if TYPE_CHECKING:
    from sim.analysis.expectations import Judged
    from sim.interface.pictures import Picture
    from sim.interface.series import Line


@dataclass(frozen=True, eq=False)
class Result:
    """One replication of a scenario, with all that it tells.

    `print(result)` shows the summary that `fleetsim run` prints.
    """

    scenario: Scenario
    rehearsal: Rehearsal = field(repr=False)
    """The run as the rest of the package works with it."""
    replication: int = 1

    @property
    def summary(self) -> dict[str, Any]:
        """The figures of `summary.json`: what the devices truly are, the other views beside it."""
        return self.rehearsal.summary

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader must know beside the figures, each a sentence."""
        return self.rehearsal.notes

    @cached_property
    def expectations(self) -> pd.DataFrame:
        """One row an expectation: `text`, `outcome`, `observed`."""
        return expectation_frame(self.summary)

    @cached_property
    def devices(self) -> pd.DataFrame:
        """One row a device, as in `devices.parquet`; times in seconds since the start."""
        return frame(device_table(self.rehearsal.outcomes))

    @cached_property
    def events(self) -> pd.DataFrame:
        """One row an event, as in `events.parquet`; the device of a step of the plan is empty."""
        return frame(event_table(self.rehearsal.log))

    @cached_property
    def measures(self) -> pd.DataFrame:
        """Every measure over time, as in `measures.parquet`."""
        return frame(self.rehearsal.measures)

    def series(self, expression: str) -> "Line":
        """Return a number over time by the time elapsed, such as `device.coverage_pct`.

        Whatever the language of gates and expectations calls a series can be asked for, sums
        and differences too. Without a prefix a measure is what the console shows. It is read at the
        reporting interval and at the end; NaN where it has no data. Raises UnusableInput.
        """
        from sim.interface.series import read_series

        return read_series(self.rehearsal, expression)

    def judge(self, text: str, **long_form: object) -> "Judged":
        """Judge an expectation such as `coverage_pct at 30 d >= 95` over this run.

        *long_form* gives what a scenario's long form has beside `expr`: `severity`, `min_devices`,
        `report_only`, `confidence`. Raises UnusableInput with what is wrong with it, and the
        nearest word.
        """
        from sim.interface.judgements import judged

        return judged(self.scenario, self.rehearsal, text, long_form)

    def assert_expectation(self, text: str, **long_form: object) -> None:
        """Raise AssertionError unless an expectation holds; one without data does not.

        With `severity="warn"` it warns with FleetsimWarning instead; with `report_only=True` it
        never raises. Raises UnusableInput for a wrong expectation.
        """
        __tracebackhide__ = True
        from sim.interface.judgements import unmet

        found = self.judge(text, **long_form)
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
        from sim.interface.stories import told

        return told(self.rehearsal, device)

    def plot(self, name: str = "onboarding", width: int = 840) -> "Picture":
        """Draw one of the report's pictures, *width* pixels wide.

        They are called onboarding, causes, health, systems, locations, collections, stages,
        content, payloads and desk. Raises UnusableInput for another name and where there is nothing
        to draw.
        """
        from sim.interface.pictures import draw

        return draw(self.rehearsal, name, width)

    def report(self, path: str | Path) -> Path:
        """Write the report as one HTML file and return where it is; raises UnusableInput."""
        path = Path(path)
        origin = provenance(self.rehearsal, scenario_text(self.rehearsal), self.replication)
        try:
            path.write_text(render_report(self.rehearsal, origin), "utf-8", newline="\n")
        except OSError as error:
            what = f"the report cannot be written to {path}: {reason(error)}"
            raise UnusableInput([Problem(what, expected="a name such as report.html")]) from None
        return path

    def save(self, folder: str | Path) -> Path:
        """Write the run folder that `fleetsim run` would write, and return where it is.

        Only a run folder is replaced. Raises UnusableInput when it cannot be written.
        """
        write_run(self.rehearsal, Path(folder), self.replication)
        return Path(folder)

    def __str__(self) -> str:
        start = self.rehearsal.setting.clock.datetime_at(0)
        expectations = self.summary["expectations"]
        return "\n".join(summary_lines(self.summary, REMEDIES, expectations, start))


def run(
    scenario: Scenario | str | Path,
    seed: int | None = None,
    replication: int = 1,
    out: str | Path | None = None,
) -> Result:
    """Rehearse one replication of a scenario, which may also be the name of its file.

    *seed* stands instead of the scenario's. *out* is the folder to write, as `fleetsim run` does;
    without it nothing is written. Raises UnusableInput when scenario, fleet or folder cannot be
    used, with every problem; NotSimulated for what this version does not simulate yet.
    """
    if out is not None:
        check_place(Path(out))
    read = scenario if isinstance(scenario, Scenario) else load(scenario)
    changes = _of_run(read, seed)
    read = read.changed(changes) if changes else read
    if replication < 1:
        raise UnusableInput([Problem("no such replication", "", "a number from 1")])
    result = Result(read, rehearse(read.loaded, replication), replication)
    if out is not None:
        result.save(out)
    return result


def _of_run(scenario: Scenario, seed: int | None) -> Mapping[str, object]:
    """Return what a run changes: one replication of a scenario has no others beside it."""
    changes: dict[str, object] = {}
    if seed is not None:
        changes["seed"] = seed
    if scenario.loaded.scenario.replications > 1:
        changes["replications"] = 1
    return changes
