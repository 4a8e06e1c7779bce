"""Baselines on disk: a folder for each scenario, small enough for a repository.

`baseline.json` says what was simulated and holds its figures. `devices.csv` has one line for each
device, so that a review shows which devices changed. `events.parquet` is the log of the first
replication; it is read only if something differs.

Nothing that is read is trusted, because people edit these files and Git merges them: each file must
have the digest that `baseline.json` holds.
"""

import csv
import hashlib
import json
import math
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from sim.baselines.drift import Value, median_value
from sim.baselines.tolerances import Limit, Rules
from sim.checking.scenario_files import TOLERANCES_FILES
from sim.comparison.devices import COLUMNS, DeviceEnd, device_ends
from sim.errors import Problem, UnusableInput, refusal
from sim.eventlog import COLUMNS as EVENT_COLUMNS
from sim.files import whole_folder, write_json, write_parquet, write_text
from sim.fleet.cells import csv_line, neutralize, restore
from sim.judging.observations import experiment_terms
from sim.judging.ranges import Missing, Range
from sim.judging.verdicts import value_over, values_in_each
from sim.run_folder.provenance import scenario_text, text_digest
from sim.runs.experiment import Experiment
from sim.runs.replication import event_table
from sim.version import __version__

if TYPE_CHECKING:
    import pyarrow


FORMAT = 2
FILE = "baseline.json"
DEVICES = "devices.csv"
EVENTS = "events.parquet"

_PARQUET = b"PAR1"
"""The first and the last bytes of a whole Parquet file."""

_RESERVED_BY_WINDOWS = frozenset(
    ("con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(10)))
)

Plain = TypeVar("Plain", str, int)

Row = tuple[str, ...]
"""A device: the cells of COLUMNS, as text."""


class UnreadableBaseline(Exception):
    """A baseline that is damaged, or in a format that this version does not read."""


@dataclass(frozen=True)
class MeasureValues:
    """One measure of an experiment."""

    figure: Value
    """Over all replications."""
    each: tuple[Value, ...]
    """In each replication; empty for a figure over several."""


@dataclass(frozen=True)
class Baseline:
    """The results of a scenario at the time its baseline was written."""

    version: str
    """Of fleetsim."""
    scenario: str
    """The digest of the scenario with its defaults."""
    seed: int
    devices: int
    events: int
    digests: tuple[str, ...]
    """Of the event log of each replication."""
    measures: Mapping[str, MeasureValues]
    """By the text of the measure."""
    ends: tuple[DeviceEnd, ...]
    """How each device ended in the first replication."""
    folder: Path

    def log(self) -> "pyarrow.Table":
        """Return the events of the first replication; raises UnreadableBaseline."""
        import pyarrow
        from pyarrow import parquet

        kinds = {"time": pyarrow.int64()}
        fields = [
            pyarrow.field(name, kinds.get(name, pyarrow.string()), nullable=False)
            for name in EVENT_COLUMNS
        ]
        try:
            with (self.folder / EVENTS).open("rb") as file:
                table = parquet.read_table(file)
            table = table.cast(pyarrow.schema(fields))
        except (OSError, ValueError, pyarrow.ArrowException) as error:
            raise UnreadableBaseline(f"{EVENTS} is missing or damaged") from error
        if table_digest(table) != self.digests[0]:
            raise UnreadableBaseline(f"{EVENTS} does not belong to {FILE}")
        return table


def folder_name(stem: str) -> str:
    """Return the name of the folder for a scenario's baseline, one that Windows allows too.

    >>> folder_name("pilot"), folder_name("con"), folder_name("a.")
    ('pilot', 'con_', 'a._')
    """
    first = stem.partition(".")[0].strip().casefold()
    is_reserved = first in _RESERVED_BY_WINDOWS or stem.casefold() in TOLERANCES_FILES
    return f"{stem}_" if is_reserved or stem.endswith((".", " ")) else stem


def shared_name(file: Path) -> str:
    """Return the key of a scenario file's baseline: two files with one key would share it."""
    return folder_name(file.stem).casefold()


def check_replaceable(folder: Path) -> None:
    """Raise UnusableInput if the folder holds something other than a baseline."""
    if not folder.exists() or (folder / FILE).is_file():
        return
    if not folder.is_dir() or any(folder.iterdir()):
        what = f"{folder.as_posix()} exists and is not a baseline"
        raise UnusableInput([Problem(what, expected="another folder of baselines")])


def measure_values(limit: Limit, place: int, experiment: Experiment) -> MeasureValues:
    """Return a measure of an experiment; *place* is its place among the terms that were read."""
    readings = [result.term_observations[place] for result in experiment.results]
    if any(True for _ in experiment_terms(limit.term)):
        return MeasureValues(_value(value_over(limit.term, readings)), ())
    each = tuple(map(_value, values_in_each(limit.term, readings)))
    return MeasureValues(median_value(each), each)


def _value(reading: Range | Missing) -> Value:
    """Return a number, or the number that it lies beyond; a range with two ends has no value."""
    if isinstance(reading, Missing) or math.isinf(reading.low):
        return Value(None)
    if reading.low != reading.high and not math.isinf(reading.high):
        return Value(None)
    return Value(round(reading.low, 6), is_beyond=reading.low != reading.high)


class _Unchanged(Exception):
    """The folder holds the same baseline already."""


def write_baseline(folder: Path, experiment: Experiment, rules: Rules) -> bool:
    """Write the baseline of an experiment into a folder, whole or not at all.

    Return whether anything changed: an equal baseline is not written again. Other files in the
    folder, such as notes, stay. Raises UnusableInput if the folder holds something else, or cannot
    be written.
    """
    try:
        with whole_folder(folder, check_replaceable) as place:
            _write_files(place, experiment, rules)
            _copy_other_files(folder, place)
            if folder.is_dir() and _contents(place) == _contents(folder):
                raise _Unchanged
    except _Unchanged:
        return False
    return True


def _copy_other_files(folder: Path, place: Path) -> None:
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if path.name in (DEVICES, EVENTS, FILE):
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.copytree(path, place / path.name, symlinks=True)
        else:
            shutil.copy2(path, place / path.name, follow_symlinks=False)


def _contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def _write_files(folder: Path, experiment: Experiment, rules: Rules) -> None:
    run = experiment.first
    columns = run.outcomes.columns
    rows = [
        tuple("" if cell is None else str(cell) for cell in row)
        for row in zip(*(columns[name] for name in COLUMNS), strict=True)
    ]
    lines = (csv_line(map(neutralize, cells)) for cells in rows)
    write_text(folder / DEVICES, chain([csv_line(COLUMNS)], lines))
    write_parquet(folder / EVENTS, event_table(run.log))
    measures = {
        limit.text: _measure_json(measure_values(limit, place, experiment))
        for place, limit in enumerate(rules.limits)
    }
    document = {
        "fleetsim_baseline": FORMAT,
        "version": __version__,
        "name": run.prepared.scenario.name,
        "scenario": text_digest(scenario_text(run)),
        "seed": run.prepared.scenario.seed,
        "replications": len(experiment.results),
        "devices": len(run.outcomes),
        "table": rows_digest(rows),
        "events": len(run.log),
        "log": content_digest((folder / EVENTS).read_bytes()),
        "digests": [result.events for result in experiment.results],
        "measures": measures,
    }
    write_json(folder / FILE, document)


def _measure_json(values: MeasureValues) -> dict[str, Any]:
    return {"figure": _to_json(values.figure), "each": list(map(_to_json, values.each))}


def _to_json(value: Value) -> float | dict[str, float | None] | None:
    return {"beyond": value.number} if value.is_beyond else value.number


def _from_json(written: Any) -> Value:
    number = written["beyond"] if isinstance(written, dict) else written
    if number is not None and not math.isfinite(number):
        raise ValueError("not a finite number")
    return Value(None if number is None else float(number), is_beyond=isinstance(written, dict))


def read_baseline(folder: Path) -> Baseline | None:
    """Return the baseline in a folder, None if there is none.

    Raises UnreadableBaseline with the reason, also if the folder holds something else.
    """
    try:
        if not _is_there(folder):
            return None
    except OSError as error:
        raise UnreadableBaseline(refusal(error)) from error
    document = _document(folder / FILE)
    try:
        return _baseline(document, folder)
    except (ValueError, OverflowError, LookupError, TypeError, AttributeError) as error:
        raise UnreadableBaseline(f"{FILE} is damaged") from error


def _is_there(folder: Path) -> bool:
    """Return whether there is a baseline; raises UnreadableBaseline if only a part is there."""
    if not folder.exists():
        return False
    if not folder.is_dir():
        raise UnreadableBaseline("it is a file")
    if not (folder / FILE).exists():
        if any(folder.iterdir()):
            raise UnreadableBaseline(f"{FILE} is missing")
        return False
    for name in (FILE, DEVICES, EVENTS):  # reading a pipe would never end
        if (folder / name).exists() and not (folder / name).is_file():
            raise UnreadableBaseline(f"{name} is not an ordinary file")
    return True


def _document(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise UnreadableBaseline(f"{FILE} is damaged") from error
    if not isinstance(document, dict) or "fleetsim_baseline" not in document:
        raise UnreadableBaseline(f"{FILE} is not a baseline of fleetsim")
    form = document["fleetsim_baseline"]
    if form != FORMAT:
        raise UnreadableBaseline(
            f"it has format {form} and this version reads {FORMAT};"
            f" it was written by fleetsim {document.get('version', 'of another version')}"
        )
    return document


def _baseline(document: dict[str, Any], folder: Path) -> Baseline:
    digests = tuple(map(str, document["digests"]))
    if len(digests) != document["replications"] or not digests:
        raise ValueError("expected one digest for each replication")
    rows, ends = _read_rows(folder / DEVICES)
    if len(ends) != document["devices"] or rows_digest(rows) != document["table"]:
        raise UnreadableBaseline(f"{DEVICES} does not belong to {FILE}")
    try:
        content = (folder / EVENTS).read_bytes()
    except OSError:
        content = b""
    if len(content) <= 2 * len(_PARQUET) or not content[:4] == content[-4:] == _PARQUET:
        raise UnreadableBaseline(f"{EVENTS} is missing or damaged")
    if content_digest(content) != document["log"]:
        raise UnreadableBaseline(f"{EVENTS} does not belong to {FILE}")
    return Baseline(
        version=_typed(document["version"], str),
        scenario=_typed(document["scenario"], str),
        seed=_typed(document["seed"], int),
        devices=len(ends),
        events=_typed(document["events"], int),
        digests=digests,
        measures={
            text: MeasureValues(
                _from_json(written["figure"]), tuple(map(_from_json, written["each"]))
            )
            for text, written in document["measures"].items()
        },
        ends=ends,
        folder=folder,
    )


def _typed(value: object, kind: type[Plain]) -> Plain:
    """Return a value that must have exactly this type: an edited file may hold any."""
    if type(value) is not kind:
        raise TypeError(f"{value!r} is not a {kind.__name__}")
    return value


def _read_rows(path: Path) -> tuple[list[Row], tuple[DeviceEnd, ...]]:
    """Return the rows of the table of devices, and how each device ended."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = [tuple(restore(row[name]) for name in COLUMNS) for row in csv.DictReader(file)]
        columns = {name: [row[place] for row in rows] for place, name in enumerate(COLUMNS)}
        times = [int(cell) if cell else None for cell in columns["onboarded_at"]]
        return rows, device_ends({**columns, "onboarded_at": times})
    except (OSError, ValueError, LookupError, TypeError, AttributeError, csv.Error) as error:
        raise UnreadableBaseline(f"{DEVICES} is missing or damaged") from error


def rows_digest(rows: Iterable[Row]) -> str:
    """Return the digest of a table of devices, whatever its line ends."""
    return text_digest("\x1e".join("\x1f".join(cells) for cells in rows))


def content_digest(content: bytes) -> str:
    """Return the digest of a file's bytes."""
    return hashlib.blake2b(content, digest_size=16).hexdigest()


def table_digest(table: "pyarrow.Table") -> str:
    """Return the digest of an event log that was read from a file; see `EventLog.digest`."""
    import numpy as np

    total = hashlib.blake2b(digest_size=16)
    total.update(np.ascontiguousarray(table["time"].to_numpy(), dtype="<i8").tobytes())
    for name in EVENT_COLUMNS[1:]:
        column = table[name].combine_chunks().dictionary_encode()
        total.update("\x00".join(column.dictionary.to_pylist()).encode())
        codes = column.indices.to_numpy(zero_copy_only=False)
        total.update(np.ascontiguousarray(codes, dtype="<i8").tobytes())
    return total.hexdigest()
