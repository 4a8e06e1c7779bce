"""Measures over time for several replications: mean, P10, P50 and P90 at each instant.

The values of all replications do not fit in memory at once, so they are read from files, a few
instants at a time.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pyarrow


BAND_COLUMNS = ("mean", "p10", "p50", "p90")
_SHARES = (10, 50, 90)
_MAX_VALUES = 2_000_000
"""Values of all replications in memory at once: 16 MB."""

Values = NDArray[np.float64]


def unsliced(measures: "pyarrow.Table") -> "pyarrow.Table":
    """Return the rows of a table of measures that have no label."""
    import pyarrow.compute as compute

    return measures.filter(compute.equal(measures["label"], ""))


def store_values(measures: "pyarrow.Table", path: Path) -> None:
    """Write the unsliced measures of one replication to a file; NaN where there is no data."""
    import pyarrow

    values = unsliced(measures)["value"].cast(pyarrow.float64()).to_numpy(zero_copy_only=False)
    path.write_bytes(np.ascontiguousarray(values, dtype=np.float64).tobytes())


def band_table(measures: "pyarrow.Table", stored: Sequence[Path]) -> "pyarrow.Table":
    """Return `time, measure, view, mean, p10, p50, p90` of the unsliced measures.

    *measures* is the table of any replication; *stored* are the files of `store_values`, one for
    each. A row has no figures where a replication has no data. Percentiles are interpolated
    linearly.
    """
    import pyarrow

    rows = unsliced(measures).drop_columns(["label", "value"])
    bands = np.concatenate(list(_bands(stored, rows.num_rows)), axis=1)
    for name, column in zip(BAND_COLUMNS, bands, strict=True):
        rows = rows.append_column(name, pyarrow.array(column, from_pandas=True))
    return rows


def _bands(stored: Sequence[Path], rows: int) -> Iterator[Values]:
    """Yield the four figures for a block of rows at a time."""
    step = max(1, _MAX_VALUES // len(stored))
    for start in range(0, rows, step):
        count = min(step, rows - start)
        offset = start * np.dtype(np.float64).itemsize
        parts = [np.fromfile(path, np.float64, count, offset=offset) for path in stored]
        yield _bands_of(np.stack(parts))


def _bands_of(values: Values) -> Values:
    """Return mean, P10, P50 and P90 of each column; *values* has one row for each replication."""
    bands = np.tile(values[0], (len(BAND_COLUMNS), 1))
    varied = np.flatnonzero((values != values[0]).any(axis=0))
    ordered = np.sort(values[:, varied], axis=0)
    bands[0, varied] = ordered.mean(axis=0)
    for row, share in enumerate(_SHARES, start=1):
        position = share / 100 * (len(ordered) - 1)
        low = int(position)
        high = min(low + 1, len(ordered) - 1)
        bands[row, varied] = ordered[low] + (position - low) * (ordered[high] - ordered[low])
    has_no_data = np.isnan(values).any(axis=0)
    bands[:, has_no_data] = np.nan
    return bands
