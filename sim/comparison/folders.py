"""Run folders read for a comparison: every file is judged first, all problems are told at once.

A run folder with several replications keeps the summary and the measures of each in
`replications/NNN`; its devices are those of the first. One replication at a time is held in memory.
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
from sim.comparison.comparison import RunFacts, Summary
from sim.comparison.devices import COLUMNS, DeviceEnd, device_ends
from sim.comparison.estimates import MeasureGrid, SeriesKey, common_instants
from sim.errors import Problem, UnusableInput
from sim.files import read_text
from sim.measures.series import MEASURE_COLUMNS
from sim.run_folder.archive import REPLICATIONS, replication_folder
from sim.scenario.loader import Loaded, load_text

if TYPE_CHECKING:
    import pyarrow


Read = TypeVar("Read")

_NUMBER = re.compile(r"\d{3,}")
_MOST_TOLD = 10
"""So many missing replications are told."""


@dataclass(frozen=True)
class ReadRun:
    """A run folder whose files are whole."""

    facts: RunFacts
    devices: tuple[DeviceEnd, ...]
    folders: Mapping[int, Path]
    """Where summary and measures of each replication stand, by its number."""
    summaries: Mapping[int, Summary]
    """The figures of each replication, by its number."""
    keys: Mapping[int, tuple[SeriesKey, ...]]
    """The series that each replication recorded, by its number."""
    instants: NDArray[np.int64]
    """When measures were recorded [s]."""

    def measures(self, number: int) -> MeasureGrid:
        """Return the measures of one replication."""
        return _grid(self.folders[number] / "measures.parquet")


def read_run(folder: Path, given: str) -> ReadRun:
    """Read a run folder; *given* is what the person called it.

    Raises UnusableInput with a problem for each file that is missing or damaged.
    """
    files = _Files()
    loaded = files.read(folder / "scenario.yaml", _scenario)
    origin = files.read(folder / "provenance.json", _origin)
    devices = files.read(folder / "devices.parquet", _devices)
    folders = replication_folders(folder, origin.replication if origin else 1)
    if loaded is not None:
        files.expect_all(folder, folders, loaded.scenario.replications)
    summaries = {n: files.read(at / "summary.json", _summary) for n, at in folders.items()}
    extents = {n: files.read(at / "measures.parquet", _extent) for n, at in folders.items()}
    if files.problems or loaded is None or origin is None or devices is None:
        raise UnusableInput(files.problems)
    whole = {number: extent for number, extent in extents.items() if extent is not None}
    return ReadRun(
        RunFacts(given, loaded, tuple(folders), origin.version, origin.fleet),
        devices,
        folders,
        {number: told for number, told in summaries.items() if told is not None},
        {number: keys for number, (keys, _) in whole.items()},
        common_instants(instants for _, instants in whole.values()),
    )


def replication_folders(folder: Path, alone: int) -> dict[int, Path]:
    """Return where each replication stands, by its number; *alone* is that of a single one."""
    below = folder / REPLICATIONS
    places = below.iterdir() if below.is_dir() else ()
    found = {int(place.name): place for place in places if _NUMBER.fullmatch(place.name)}
    return dict(sorted(found.items())) or {alone: folder}


class _Files:
    """Reads files and collects what is wrong with them."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def read(self, path: Path, reader: Callable[[Path], Read]) -> Read | None:
        """Return what a reader makes of a file; None, with a problem noted, where it fails."""
        import pyarrow

        damage = (
            *(OSError, ValueError, OverflowError, LookupError),
            *(TypeError, AttributeError, RecursionError),
        )
        try:
            if path.exists() and not path.is_file():
                raise ValueError("a pipe would never end")
            return reader(path)
        except (UnusableInput, pyarrow.ArrowException, *damage):
            self._note(path)
        return None

    def expect_all(self, folder: Path, folders: Mapping[int, Path], replications: int) -> None:
        """Note replications that the scenario has and the folder has not."""
        if replications > 1:
            missing = (n for n in range(1, replications + 1) if n not in folders)
            for number in islice(missing, _MOST_TOLD):
                self._note(replication_folder(folder, number))

    def _note(self, path: Path) -> None:
        what = f"{path} is missing or damaged"
        expected = "a whole run folder; run the scenario again"
        self.problems.append(Problem(what, expected=expected))


def _scenario(path: Path) -> Loaded:
    return load_text(read_text(path), str(path))


@dataclass(frozen=True, slots=True)
class _Origin:
    version: str
    fleet: str
    replication: int


def _origin(path: Path) -> _Origin:
    told = _json(path)
    return _Origin(str(told["version"]), str(told["digests"]["fleet"]), int(told["replication"]))


def _summary(path: Path) -> Summary:
    """Return the figures, after a look at those that a comparison reads."""
    told = _json(path)
    for goal in (told, headline_of(told)):
        for time in goal["time_to"].values():
            if not math.isfinite(time or 0):
                raise ValueError("no such time")
    return told


def _json(path: Path) -> dict[str, Any]:
    told = json.loads(path.read_text("utf-8"))
    if not isinstance(told, dict):
        raise TypeError("no table of keys")
    return told


def _devices(path: Path) -> tuple[DeviceEnd, ...]:
    table = _table(path, COLUMNS)
    columns = {name: table[name].to_pylist() for name in COLUMNS}
    names = [str(name or "").casefold() for name in columns["name"]]
    if not names or not all(names) or len(set(names)) < len(names) or None in columns["status"]:
        raise ValueError("no devices, or some without a name of their own or a status")
    return device_ends(columns)


def _table(path: Path, columns: tuple[str, ...]) -> "pyarrow.Table":
    from pyarrow import parquet

    with path.open("rb") as source:
        return parquet.read_table(source, columns=list(columns)).select(list(columns))


def _extent(path: Path) -> tuple[tuple[SeriesKey, ...], NDArray[np.int64]]:
    grid = _grid(path)
    return grid.keys, grid.instants


def _grid(path: Path) -> MeasureGrid:
    """Return a table of measures as a matrix, whatever the order of its rows."""
    table = _table(path, MEASURE_COLUMNS)
    numbers = table["value"].to_numpy()
    times = table["time"].to_numpy()
    if times.dtype.kind not in "iu" or np.isinf(numbers).any():
        raise ValueError("no such times or numbers")
    codes = np.zeros(len(table), dtype=np.int64)
    words = []
    for name in ("measure", "view", "label"):
        column = table[name].cast("string").combine_chunks().dictionary_encode()
        known = column.dictionary.to_pylist()
        codes = codes * max(len(known), 1) + column.indices.to_numpy()
        words.append(table[name])
    _, first, rows = np.unique(codes, return_index=True, return_inverse=True)
    keys = tuple(SeriesKey(*(str(word[int(at)].as_py()) for word in words)) for at in first)
    instants, columns = np.unique(times, return_inverse=True)
    values = np.full((len(keys), len(instants)), np.nan)
    values[rows, columns] = numbers
    return MeasureGrid(keys, instants.astype(np.int64), values)
