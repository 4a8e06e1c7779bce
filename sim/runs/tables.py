"""The tables of a run folder: events and devices, as Arrow tables and as CSV."""

from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.accounts.devices import COUNT_COLUMNS, DEVICE_COLUMNS, TIME_COLUMNS, Outcomes
from sim.eventlog import COLUMNS, EventLog
from sim.files import write_text
from sim.fleet.cells import csv_line, neutralize

if TYPE_CHECKING:
    import pyarrow


def event_table(log: EventLog) -> "pyarrow.Table":
    """Return one row an event, words instead of codes; the device of a plan row is empty."""
    import numpy as np
    import pyarrow

    columns = {"time": pyarrow.array(log.columns["time"].astype(np.int64))}
    for name in COLUMNS[1:]:
        words, codes = log.words_and_codes(name)
        columns[name] = pyarrow.DictionaryArray.from_arrays(codes.astype(np.int32), words)
    return pyarrow.table(columns)


def event_rows(log: EventLog, device: int) -> list[dict[str, Any]]:
    """Return the events of one device, or of the plan, a dictionary a row."""
    import numpy as np

    rows = np.flatnonzero(log.columns["device"] == device)
    columns = {name: column[rows] for name, column in log.columns.items()}
    events: list[dict[str, Any]] = event_table(replace(log, columns=columns)).to_pylist()
    return events


def device_table(outcomes: Outcomes) -> "pyarrow.Table":
    """Return one row a device; times are null when they never came."""
    import pyarrow

    def column(name: str) -> "pyarrow.Array":
        values = outcomes.columns[name]
        if name in TIME_COLUMNS or name in COUNT_COLUMNS:
            return pyarrow.array(values, pyarrow.int64())
        return pyarrow.array(values, pyarrow.string())

    return pyarrow.table({name: column(name) for name in DEVICE_COLUMNS})


def write_device_csv(outcomes: Outcomes, path: Path) -> None:
    """Write one line a device: UTF-8, commas, empty times, cells no spreadsheet runs."""
    columns = [outcomes.columns[name] for name in DEVICE_COLUMNS]
    lines = (csv_line(map(_cell, row)) for row in zip(*columns, strict=True))
    write_text(path, chain([csv_line(DEVICE_COLUMNS)], lines))


def _cell(value: object) -> str:
    if value is None:
        return ""
    return neutralize(value) if isinstance(value, str) else str(value)
