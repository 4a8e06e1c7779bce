"""Run folders: written whole or not at all, replaced only where a run folder stood before.

To replace a folder is to delete all that it holds: neither what the run reads may lie in it, nor
anything that fleetsim did not write.
"""

import json
import os
import re
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, suppress
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
from sim.run_folder.provenance import FLEET_FILE, provenance, scenario_text, text_digest
from sim.run_folder.story import is_run_folder
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
_FILES = frozenset(
    {
        "scenario.yaml",
        FLEET_FILE,
        "provenance.json",
        "summary.json",
        "devices.parquet",
        "devices.csv",
        "events.parquet",
        "measures.parquet",
        "report.html",
        "bands.parquet",
    }
)
_FOLDER_OF_OURS = re.compile(rf"{REPLICATIONS}(/\d{{3,}})?")
_FILE_OF_ONE = re.compile(rf"{REPLICATIONS}/\d{{3,}}/(summary\.json|measures\.parquet)")
_OF_THE_SYSTEM = frozenset({".DS_Store", "Thumbs.db", "desktop.ini"})
"""Files that a file manager leaves in each folder that it shows; nobody misses them."""
_MAX_NAMES = 3


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


def check_place(folder: Path, read: Iterable[Path]) -> None:
    """Raise UnusableInput when results must not or cannot be written to a folder.

    *read* are the files of the run's scenario; none of them may lie in a folder that is replaced.
    """
    folder = normalized(folder)
    try:
        folder.exists()  # a name that is too long, or a folder that nobody may look into
        if os.path.lexists(folder):
            _check_replaceable(folder, read)
        elif (blocking := _not_a_folder_above(folder)) is not None:
            raise _refused(f"{folder} cannot be made: {blocking} is a file", "another folder")
    except (OSError, ValueError) as error:
        what = f"{folder} cannot be used: {refusal(error)}"
        raise _refused(what, "another folder") from None


def _check_replaceable(folder: Path, read: Iterable[Path]) -> None:
    if not folder.is_dir():
        raise _refused(f"{folder} is a file", "a folder")
    if any(folder.iterdir()) and not is_run_folder(folder):
        what = f"{folder} exists and is not a run folder"
        raise _refused(what, "another folder; only run folders are replaced")
    if _is_current(folder):
        what = f"{folder} is the current folder, and would be replaced"
        raise _refused(what, "another folder, or run it elsewhere")
    inputs = [file for file in read if _lies_in(file, folder)]
    if _is_repeated(folder, inputs):
        inputs = []
    if problems := [*_lost_inputs(folder, inputs), *_lost_files(folder, inputs)]:
        raise UnusableInput(problems)


def _lies_in(file: Path, folder: Path) -> bool:
    """Say whether a file, or the link that leads to it, would go with a folder."""
    places = (file.parent.resolve(), file.resolve().parent)
    around = {above for place in places for above in (place, *place.parents)}
    return any(above.exists() and above.samefile(folder) for above in around)


def _is_repeated(folder: Path, inputs: Sequence[Path]) -> bool:
    """Say whether a run is read from the folder's own scenario, as fleetsim wrote it.

    Scenario and fleet are then written again, and nothing is lost.
    """
    scenario = (folder / "scenario.yaml").resolve()
    own, paths = {scenario, (folder / FLEET_FILE).resolve()}, {path.resolve() for path in inputs}
    if scenario not in paths or not paths <= own:
        return False
    origin = json.loads((folder / "provenance.json").read_text("utf-8"))
    digests = origin.get("digests")
    digest = digests.get("scenario") if isinstance(digests, dict) else None
    return text_digest(scenario.read_text("utf-8")) == digest


def _lost_inputs(folder: Path, inputs: Sequence[Path]) -> Iterator[Problem]:
    for file in inputs:
        what = f"{file} is read by this run and lies in {folder}, which would be replaced"
        yield Problem(what, expected="choose another folder or move the file")


def _lost_files(folder: Path, inputs: Sequence[Path]) -> Iterator[Problem]:
    """Yield a problem if the folder holds anything else that fleetsim did not write."""
    known = {file.resolve() for file in inputs}
    lost = [name for name in _foreign_names(folder) if (folder / name).resolve() not in known]
    if not lost:
        return
    rest, is_one = len(lost) - _MAX_NAMES, len(lost) == 1
    named = [*lost[:_MAX_NAMES], f"{rest:,} more"] if rest > 0 else lost
    names = " and ".join(filter(None, (", ".join(named[:-1]), named[-1])))
    what = f"{names} in {folder} {'was' if is_one else 'were'} not written by fleetsim"
    advice = f"another folder, or move {'it' if is_one else 'them'} elsewhere"
    yield Problem(f"{what}, and would be deleted", expected=advice)


def _foreign_names(folder: Path, inside: str = "") -> Iterator[str]:
    """Yield what fleetsim did not write in a run folder; of a folder the name alone."""
    for path in sorted(folder.iterdir()):
        name = f"{inside}{path.name}"
        if path.is_dir():
            if _FOLDER_OF_OURS.fullmatch(name):
                yield from _foreign_names(path, f"{name}/")
            else:
                yield name
        elif not (name in _FILES or _FILE_OF_ONE.fullmatch(name) or path.name in _OF_THE_SYSTEM):
            yield name


def _is_current(folder: Path) -> bool:
    with suppress(OSError):
        return Path.cwd().is_relative_to(folder.resolve())
    return False


def _not_a_folder_above(folder: Path) -> Path | None:
    above = next((path for path in folder.parents if path.exists()), Path())
    return None if above.is_dir() else above


def _refused(what: str, expected: str) -> UnusableInput:
    return UnusableInput([Problem(what, expected=expected)])


def _replaced_whole(folder: Path, prepared: Prepared) -> AbstractContextManager[Path]:
    """Give the folder to fill, which becomes the run folder of a prepared scenario."""
    read = prepared.loaded.files
    check_place(folder, read)
    return whole_folder(folder, lambda place: _check_replaceable(place, read))


def write_run(run: Replication, folder: Path, replication: int = 1) -> None:
    """Write the run folder of one replication, replacing an earlier one in one move.

    Raises UnusableInput when the folder cannot be written; then nothing of it is left.
    """
    with _replaced_whole(folder, run.prepared) as place:
        origin = provenance(run, scenario_text(run), replication)
        _write_files(run, place, run.summary, origin)
        write_text(place / "report.html", render(report_data(run, None, origin)))


def write_experiment(experiment: Experiment, folder: Path) -> None:
    """Write the run folder of an experiment that has run and keeps its logs; see `write_run`."""
    if experiment.is_single:
        write_run(experiment.first, folder, experiment.results[0].number)
        return
    with _replaced_whole(folder, experiment.first.prepared) as place:
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
    with _replaced_whole(folder, prepared) as place:
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
    write_device_csv(run, place / "devices.csv")
    write_parquet(place / "events.parquet", event_table(run.log))
    write_parquet(place / "measures.parquet", run.measures)
