"""Baselines as they are read: everything is distrusted, for people and merges edit them.

The log is read only where something differs; then it must be the one whose digest is kept.
"""

import csv
import hashlib
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from sim.baselines.drift import Value
from sim.comparison.devices import COLUMNS, DeviceEnd, device_ends
from sim.errors import refusal
from sim.eventlog import COLUMNS as EVENT_COLUMNS
from sim.fleet.cells import restore
from sim.run_folder.provenance import text_digest

if TYPE_CHECKING:
    import pyarrow


FORMAT = 2
FILE = "baseline.json"
DEVICES = "devices.csv"
EVENTS = "events.parquet"

Plain = TypeVar("Plain", str, int)

_PARQUET = b"PAR1"
"""What a whole Parquet file begins and ends with."""


class UnreadableBaseline(Exception):
    """A baseline that is damaged, or of a form that this version does not know."""


@dataclass(frozen=True)
class Measured:
    """One measure of a baseline."""

    figure: Value
    """Over all replications."""
    each: tuple[Value, ...]
    """In each replication; empty for a figure over several."""


@dataclass(frozen=True)
class Baseline:
    """What a scenario gave when its baseline was written."""

    version: str
    """Of fleetsim."""
    scenario: str
    """The digest of the scenario with its defaults."""
    seed: int
    devices: int
    events: int
    digests: tuple[str, ...]
    """Of the event log of each replication."""
    measures: Mapping[str, Measured]
    """By the measure as written."""
    ends: tuple[DeviceEnd, ...]
    """What became of each device in the first replication."""
    folder: Path

    def log(self) -> "pyarrow.Table":
        """Return the events of the first replication; raises UnreadableBaseline."""
        import pyarrow
        from pyarrow import parquet

        try:
            with (self.folder / EVENTS).open("rb") as file:
                table = parquet.read_table(file)
            table = table.cast(_event_schema())
        except (OSError, ValueError, pyarrow.ArrowException) as error:
            raise UnreadableBaseline(f"{EVENTS} is missing or damaged") from error
        if table_digest(table) != self.digests[0]:
            raise UnreadableBaseline(f"{EVENTS} does not belong to {FILE}")
        return table


def _event_schema() -> "pyarrow.Schema":
    import pyarrow

    kinds = {"time": pyarrow.int64()}
    fields = [
        pyarrow.field(name, kinds.get(name, pyarrow.string()), nullable=False)
        for name in EVENT_COLUMNS
    ]
    return pyarrow.schema(fields)


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


def read_baseline(folder: Path) -> Baseline | None:
    """Return the baseline in a folder, None where there is none.

    Raises UnreadableBaseline with the reason, also where something else stands there.
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
    """Say whether there is a baseline; raises UnreadableBaseline where there is half of one."""
    if not folder.exists():
        return False
    if not folder.is_dir():
        raise UnreadableBaseline("it is a file")
    if not (folder / FILE).exists():
        if any(folder.iterdir()):
            raise UnreadableBaseline(f"{FILE} is missing")
        return False
    for name in (FILE, DEVICES, EVENTS):  # a pipe would never end
        if (folder / name).exists() and not (folder / name).is_file():
            raise UnreadableBaseline(f"{name} is no plain file")
    return True


def _document(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise UnreadableBaseline(f"{FILE} is damaged") from error
    if not isinstance(document, dict) or "fleetsim_baseline" not in document:
        raise UnreadableBaseline(f"{FILE} is no baseline of fleetsim")
    form = document["fleetsim_baseline"]
    if form != FORMAT:
        raise UnreadableBaseline(
            f"it has form {form} and this version knows {FORMAT};"
            f" it was written by fleetsim {document.get('version', 'of another version')}"
        )
    return document


def _baseline(document: dict[str, Any], folder: Path) -> Baseline:
    measures = {
        text: Measured(_read(one["figure"]), tuple(map(_read, one["each"])))
        for text, one in document["measures"].items()
    }
    digests = tuple(map(str, document["digests"]))
    if len(digests) != document["replications"] or not digests:
        raise ValueError("a digest for each replication")
    rows = _rows(folder / DEVICES)
    ends = _ends(rows)
    if len(ends) != document["devices"] or rows_digest(rows) != document["table"]:
        raise UnreadableBaseline(f"{DEVICES} does not belong to {FILE}")
    if not _is_whole(folder / EVENTS):
        raise UnreadableBaseline(f"{EVENTS} is missing or damaged")
    if file_digest(folder / EVENTS) != document["log"]:
        raise UnreadableBaseline(f"{EVENTS} does not belong to {FILE}")
    return Baseline(
        version=_typed(document["version"], str),
        scenario=_typed(document["scenario"], str),
        seed=_typed(document["seed"], int),
        devices=len(ends),
        events=_typed(document["events"], int),
        digests=digests,
        measures=measures,
        ends=ends,
        folder=folder,
    )


def _typed(value: object, kind: type[Plain]) -> Plain:
    """Return a value of just that type, for whoever edits a file may write any."""
    if type(value) is not kind:
        raise TypeError(f"{value!r} is no {kind.__name__}")
    return value


def _read(told: Any) -> Value:
    number = told["beyond"] if isinstance(told, dict) else told
    if number is not None and not math.isfinite(number):
        raise ValueError("no number")
    return Value(None if number is None else float(number), is_beyond=isinstance(told, dict))


Row = tuple[str, ...]
"""What is kept of a device: the cells of COLUMNS, as text."""


def rows_digest(rows: Iterable[Row]) -> str:
    """Return the digest of a table of devices, however its lines end."""
    return text_digest("\x1e".join("\x1f".join(cells) for cells in rows))


def _rows(path: Path) -> list[Row]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return [tuple(restore(row[name]) for name in COLUMNS) for row in csv.DictReader(file)]
    except (OSError, ValueError, LookupError, TypeError, AttributeError, csv.Error) as error:
        raise UnreadableBaseline(f"{DEVICES} is missing or damaged") from error


def _ends(rows: Sequence[Row]) -> tuple[DeviceEnd, ...]:
    columns: dict[str, list[Any]] = {
        name: [row[place] for row in rows] for place, name in enumerate(COLUMNS)
    }
    try:
        times = [int(cell) if cell else None for cell in columns["onboarded_at"]]
    except ValueError as error:
        raise UnreadableBaseline(f"{DEVICES} is missing or damaged") from error
    return device_ends({**columns, "onboarded_at": times})


def file_digest(path: Path) -> str:
    """Return the digest of a file's bytes."""
    return hashlib.blake2b(path.read_bytes(), digest_size=16).hexdigest()


def _is_whole(path: Path) -> bool:
    """Say whether a Parquet file was not cut off; what is in it is read when it is needed."""
    try:
        content = path.read_bytes()
    except OSError:
        return False
    return len(content) > 2 * len(_PARQUET) and content[:4] == content[-4:] == _PARQUET
