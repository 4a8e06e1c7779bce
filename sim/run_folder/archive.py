"""Run folders: written whole or not at all, replaced only where a run folder stood before."""

import json
import os
import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sim.errors import Problem, UnusableInput, refusal
from sim.files import normalized, whole_folder, write_json, write_parquet, write_text
from sim.fleet.tables import table_of, write_table_parquet
from sim.kernel.replication import Prepared
from sim.measures.series import band_table, store_values
from sim.report.overview import replication_summary
from sim.report.page import render, report_data
from sim.run_folder.provenance import FLEET_FILE, provenance, scenario_text
from sim.runs.experiment import Experiment, Progress, experiment_of_one, replicate
from sim.runs.replication import (
    Replication,
    device_table,
    event_table,
    run_prepared,
    write_device_csv,
)

REPLICATIONS = "replications"
"""The folder in a run folder."""


def replication_folder(folder: Path, number: int) -> Path:
    """Return where a replication is kept in a run folder: `replications/007`."""
    return folder / REPLICATIONS / f"{number:03}"


@dataclass(frozen=True)
class ReplicationFiles:
    """Writes the summary and the measures of each replication, and its values for the bands."""

    folder: Path
    """The run folder."""

    def make_folders(self) -> None:
        """Make the folders. Once they are deleted, a process that still works ends."""
        (self.folder / REPLICATIONS).mkdir()
        self._values.mkdir()

    @property
    def _values(self) -> Path:
        return self.folder / ".values"

    def __call__(self, run: Replication, number: int) -> None:
        """Write the files of one replication."""
        place = replication_folder(self.folder, number)
        place.mkdir()
        write_json(place / "summary.json", run.summary)
        write_parquet(place / "measures.parquet", run.measures)
        store_values(run.measures, self._file(number))

    def _file(self, number: int) -> Path:
        return self._values / f"{number:03}.values"

    def finish(self, experiment: Experiment) -> None:
        """Write everything that is not of a single replication."""
        first, results = experiment.first, experiment.results
        bands = band_table(first.measures, [self._file(result.number) for result in results])
        shutil.rmtree(self._values)
        digests = [result.events for result in results]
        origin = provenance(first, scenario_text(first), 1, digests)
        _write_files(first, self.folder, experiment.summary, origin)
        write_parquet(self.folder / "bands.parquet", bands)
        summary = replication_summary(experiment, bands.to_pandas())
        page = render(report_data(first, summary, origin))
        write_text(self.folder / "report.html", page)


def is_run_folder(folder: Path) -> bool:
    """Return whether a folder is one that fleetsim wrote."""
    origin = folder / "provenance.json"
    try:
        if not origin.is_file():  # a pipe would never end
            return False
        document = json.loads(origin.read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(document, dict) and document.get("tool") == "fleetsim"


def check_place(folder: Path) -> None:
    """Raise UnusableInput when results must not or cannot be written to a folder."""
    folder = normalized(folder)
    try:
        folder.exists()  # a name that is too long, or a folder that nobody may look into
        if os.path.lexists(folder):
            _check_replaceable(folder)
        elif (blocking := _not_a_folder_above(folder)) is not None:
            raise _refused(f"{folder} cannot be made: {blocking} is a file", "another folder")
    except (OSError, ValueError) as error:
        what = f"{folder} cannot be used: {refusal(error)}"
        raise _refused(what, "another folder") from None


def _check_replaceable(folder: Path) -> None:
    if not folder.is_dir():
        raise _refused(f"{folder} is a file", "a folder")
    if any(folder.iterdir()) and not is_run_folder(folder):
        what = f"{folder} exists and is not a run folder"
        raise _refused(what, "another folder; only run folders are replaced")
    if _is_current(folder):
        what = f"{folder} is the current folder, and would be replaced"
        raise _refused(what, "another folder, or run it elsewhere")


def _is_current(folder: Path) -> bool:
    with suppress(OSError):
        return Path.cwd().is_relative_to(folder.resolve())
    return False


def _not_a_folder_above(folder: Path) -> Path | None:
    above = next((path for path in folder.parents if path.exists()), Path())
    return None if above.is_dir() else above


def _refused(what: str, expected: str) -> UnusableInput:
    return UnusableInput([Problem(what, expected=expected)])


def write_run(run: Replication, folder: Path, replication: int = 1) -> None:
    """Write the run folder of one replication, replacing an earlier one in one move.

    Raises UnusableInput when the folder cannot be written; then nothing of it is left.
    """
    check_place(folder)
    with whole_folder(folder, _check_replaceable) as place:
        origin = provenance(run, scenario_text(run), replication)
        _write_files(run, place, run.summary, origin)
        write_text(place / "report.html", render(report_data(run, None, origin)))


def write_experiment(experiment: Experiment, folder: Path) -> None:
    """Write the run folder of an experiment that has run and keeps its logs; see `write_run`."""
    if experiment.is_single:
        write_run(experiment.first, folder, experiment.results[0].number)
        return
    check_place(folder)
    with whole_folder(folder, _check_replaceable) as place:
        files = ReplicationFiles(place)
        files.make_folders()
        for result, run in zip(experiment.results, experiment.replications(), strict=True):
            files(run, result.number)
        files.finish(experiment)


def simulate_into(
    prepared: Prepared,
    folder: Path,
    jobs: int = 1,
    tell: Progress | None = None,
    replication: int = 1,
    keep_logs: bool = False,
) -> Experiment:
    """Run a prepared scenario and write its run folder, replications while they run.

    *replication* is the number of the one that is run if there is one only. Devices, events and
    measures beside the folder of the replications are those of the first. Raises UnusableInput when
    the folder cannot be written; then nothing of it is left.
    """
    if prepared.scenario.replications == 1:
        run = run_prepared(prepared, replication)
        write_run(run, folder, replication)
        return experiment_of_one(run, replication)
    check_place(folder)
    with whole_folder(folder, _check_replaceable) as place:
        files = ReplicationFiles(place)
        files.make_folders()
        experiment = replicate(prepared, jobs, files, tell, keep_logs=keep_logs)
        files.finish(experiment)
    return experiment


def _write_files(
    run: Replication, place: Path, summary: dict[str, Any], origin: dict[str, Any]
) -> None:
    write_text(place / "scenario.yaml", scenario_text(run))
    write_table_parquet(table_of(run.prepared.fleet), place / FLEET_FILE)
    write_json(place / "provenance.json", origin)
    write_json(place / "summary.json", summary)
    write_parquet(place / "devices.parquet", device_table(run.outcomes))
    write_device_csv(run.outcomes, place / "devices.csv")
    write_parquet(place / "events.parquet", event_table(run.log))
    write_parquet(place / "measures.parquet", run.measures)
