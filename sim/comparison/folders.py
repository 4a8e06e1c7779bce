"""Run folders read and compared; the problems of all files are reported at once.

A run folder with several replications holds the summary and the measures of each in
`replications/NNN`; its devices are those of the first. Only one replication at a time is in memory.
"""

import json
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from sim.accounts.headline import headline_of
from sim.comparison import comparison, estimates
from sim.comparison.devices import COLUMNS, DeviceEnd, device_ends, pair_devices
from sim.errors import Problem, ProblemCollector, UnusableInput
from sim.files import read_text
from sim.measures.series import MEASURE_COLUMNS
from sim.run_folder.archive import REPLICATIONS, replication_folder
from sim.scenario.edits import plan_edits
from sim.scenario.loader import load_text

if TYPE_CHECKING:
    import pyarrow


Content = TypeVar("Content")

_NUMBER = re.compile(r"\d{3,}")
_MAX_MISSING = 10
"""How many missing replications are reported."""


@dataclass(frozen=True)
class ReadRun:
    """The content of a run folder whose files are all readable."""

    facts: comparison.RunFacts
    devices: tuple[DeviceEnd, ...]
    folders: Mapping[int, Path]
    """The folder with summary and measures of each replication, by its number."""
    summaries: Mapping[int, comparison.Summary]
    """The figures of each replication, by its number."""
    keys: Mapping[int, tuple[estimates.SeriesKey, ...]]
    """The series of each replication, by its number."""
    instants: NDArray[np.int64]
    """When measures were recorded [s]."""

    def measures(self, number: int) -> estimates.MeasureGrid:
        """Return the measures of one replication."""
        return _grid(self.folders[number] / "measures.parquet")


def read_run(folder: Path, name: str) -> ReadRun:
    """Read a run folder; *name* is its path as the person typed it.

    Raises UnusableInput with a problem for each file that is missing or damaged.
    """
    files = _Files()
    loaded = files.read(
        folder / "scenario.yaml", lambda path: load_text(read_text(path), str(path))
    )
    version, fleet, number = files.read(folder / "provenance.json", _origin) or ("", "", 1)
    devices = files.read(folder / "devices.parquet", _devices)
    folders = replication_folders(folder, number)
    if loaded is not None:
        files.expect_all(folder, folders, loaded.scenario.replications)
    summaries = {n: files.read(at / "summary.json", _summary) for n, at in folders.items()}
    extents = {n: files.read(at / "measures.parquet", _extent) for n, at in folders.items()}
    if files.problems or loaded is None or devices is None:
        raise UnusableInput(files.problems)
    whole = {number: extent for number, extent in extents.items() if extent is not None}
    return ReadRun(
        comparison.RunFacts(name, loaded, tuple(folders), version, fleet),
        devices,
        folders,
        {number: summary for number, summary in summaries.items() if summary is not None},
        {number: keys for number, (keys, _) in whole.items()},
        estimates.common_instants(instants for _, instants in whole.values()),
    )


def replication_folders(folder: Path, alone: int) -> dict[int, Path]:
    """Return the folder of each replication by number; *alone* is the number of a single one."""
    below = folder / REPLICATIONS
    places = below.iterdir() if below.is_dir() else ()
    folders = {int(place.name): place for place in places if _NUMBER.fullmatch(place.name)}
    return dict(sorted(folders.items())) or {alone: folder}


class _Files:
    """Reads files and collects their problems."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def read(self, path: Path, reader: Callable[[Path], Content]) -> Content | None:
        """Return the content of a file; None, with a problem, if that fails."""
        import pyarrow

        damage = (
            *(OSError, ValueError, OverflowError, LookupError),
            *(TypeError, AttributeError, RecursionError),
        )
        try:
            if path.exists() and not path.is_file():
                raise ValueError("reading a pipe would never end")
            return reader(path)
        except (UnusableInput, pyarrow.ArrowException, *damage):
            self._add(path)
        return None

    def expect_all(self, folder: Path, folders: Mapping[int, Path], replications: int) -> None:
        """Add a problem for each replication of the scenario that the folder lacks."""
        if replications > 1:
            missing = (n for n in range(1, replications + 1) if n not in folders)
            for number in islice(missing, _MAX_MISSING):
                self._add(replication_folder(folder, number))

    def _add(self, path: Path) -> None:
        what = f"{path} is missing or damaged"
        expected = "a whole run folder; run the scenario again"
        self.problems.append(Problem(what, expected=expected))


def _origin(path: Path) -> tuple[str, str, int]:
    """Return the version of fleetsim, the digest of the fleet, and the replication."""
    origin = _json(path)
    digest, number = origin["digests"]["fleet"], origin["replication"]
    return str(origin["version"]), str(digest), int(number)


def _summary(path: Path) -> comparison.Summary:
    """Return the figures, after checking those that a comparison reads."""
    summary = _json(path)
    for goal in (summary, headline_of(summary)):
        for time in goal["time_to"].values():
            if not math.isfinite(time or 0):
                raise ValueError("not a time")
    return summary


def _json(path: Path) -> dict[str, Any]:
    document = json.loads(path.read_text("utf-8"))
    if not isinstance(document, dict):
        raise TypeError("not a table of keys")
    return document


def _devices(path: Path) -> tuple[DeviceEnd, ...]:
    table = _table(path, COLUMNS)
    columns = {name: table[name].to_pylist() for name in COLUMNS}
    if not columns["name"] or not all(columns["name"]) or None in columns["status"]:
        raise ValueError("no devices, or some without a name or a status")
    return device_ends(columns)


def _table(path: Path, columns: tuple[str, ...]) -> "pyarrow.Table":
    from pyarrow import parquet

    with path.open("rb") as source:
        return parquet.read_table(source, columns=list(columns)).select(list(columns))


def _extent(path: Path) -> tuple[tuple[estimates.SeriesKey, ...], NDArray[np.int64]]:
    grid = _grid(path)
    return grid.keys, grid.instants


def _grid(path: Path) -> estimates.MeasureGrid:
    """Return a table of measures as a matrix; its rows may have any order."""
    frame = _table(path, MEASURE_COLUMNS).to_pandas()
    if frame["time"].dtype.kind not in "iu" or np.isinf(frame["value"]).any():
        raise ValueError("not times and numbers")
    names = ["measure", "view", "label"]
    frame[names] = frame[names].astype(str)
    grid = frame.pivot(index=names, columns="time", values="value")
    keys = tuple(estimates.SeriesKey(*key) for key in grid.index)
    return estimates.MeasureGrid(keys, grid.columns.to_numpy(np.int64), grid.to_numpy())


def compare_folders(
    folders: tuple[Path, Path], names: tuple[str, str], remarks: tuple[str, ...] = ()
) -> comparison.RunComparison:
    """Compare two run folders; *names* are their paths as the person typed them.

    *remarks* are notes on the two runs, shown before those of the comparison. Raises UnusableInput
    with a problem for each file of either folder that is missing or damaged.
    """
    runs, collector = [], ProblemCollector()
    for folder, name in zip(folders, names, strict=True):
        with collector.collected():
            runs.append(read_run(folder, name))
    collector.raise_all(once=True)
    return compare_runs(runs[0], runs[1], remarks)


def compare_runs(a: ReadRun, b: ReadRun, remarks: tuple[str, ...] = ()) -> comparison.RunComparison:
    """Compare two runs; raises UnusableInput if they share no time at which measures were taken."""
    instants = estimates.common_instants((a.instants, b.instants))
    if not len(instants):
        what = "the two runs recorded their measures at no common time"
        raise UnusableInput([Problem(what, expected="whole run folders; run the scenarios again")])
    pairs = paired_replications(a.facts.replications, b.facts.replications)
    summaries = [(a.summaries[left], b.summaries[right]) for left, right in pairs]
    keys = estimates.ordered_keys(
        key for left, right in pairs for key in (*a.keys[left], *b.keys[right])
    )
    grids = ((a.measures(left), b.measures(right)) for left, right in pairs)
    measures = estimates.measure_differences(keys, instants, grids)
    within = comparison.common_horizon(a.facts.scenario, b.facts.scenario)
    coverage, headline = comparison.goals_of(measures, summaries, within)
    first, second = (str(headline_of(summary)["about"]) for summary in summaries[0])
    return comparison.RunComparison(
        a=a.facts,
        b=b.facts,
        pairs=pairs,
        edits=plan_edits(a.facts.loaded, b.facts.loaded),
        devices=pair_devices(a.devices, b.devices),
        measures=measures,
        coverage=coverage,
        headlines=(first, second),
        headline=headline,
        remarks=remarks,
    )


def paired_replications(a: tuple[int, ...], b: tuple[int, ...]) -> tuple[tuple[int, int], ...]:
    """Return the pairs of replications: those with the same number, or else in order.

    >>> paired_replications((1, 2, 3), (2, 3, 4)), paired_replications((1,), (3,))
    (((2, 2), (3, 3)), ((1, 3),))
    """
    common = [number for number in a if number in b]
    return tuple((number, number) for number in common) or tuple(zip(a, b, strict=False))
