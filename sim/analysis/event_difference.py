"""The first event in which two logs differ."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.eventlog import COLUMNS

if TYPE_CHECKING:
    import pyarrow

Event = Mapping[str, Any]
"""A row of the log, under its columns."""


def first_difference(
    before: "pyarrow.Table", after: "pyarrow.Table"
) -> tuple[Event | None, Event | None] | None:
    """Return the first rows that differ, None where there are none.

    A log that has ended by then has no row (None). The tables are those of events.parquet.
    """
    length = min(before.num_rows, after.num_rows)
    differs = np.zeros(length, dtype=bool)
    for name in COLUMNS:
        differs |= _plain(before, name)[:length] != _plain(after, name)[:length]
    places = np.flatnonzero(differs)
    if not len(places) and before.num_rows == after.num_rows:
        return None
    place = int(places[0]) if len(places) else length
    return _row(before, place), _row(after, place)


def _plain(table: "pyarrow.Table", name: str) -> NDArray[Any]:
    import pyarrow

    kind = pyarrow.int64() if name == "time" else pyarrow.string()
    found: NDArray[Any] = table[name].cast(kind).to_numpy(zero_copy_only=False)
    return found


def _row(table: "pyarrow.Table", place: int) -> Event | None:
    return table.slice(place, 1).to_pylist()[0] if place < table.num_rows else None
