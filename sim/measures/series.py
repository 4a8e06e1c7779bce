"""Measures over time, read from a complete tally; the tables of one replication and of many.

The values of all replications do not fit in memory at once, so they are read from files, a few
instants at a time.
"""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.language.tree import Filter, Series
from sim.measures.status import Profile
from sim.measures.tally import ABSENT, Tally
from sim.reference.causes import CAUSES
from sim.units import Seconds
from sim.vocabulary import MEASURES, VIEWS

if TYPE_CHECKING:
    import pyarrow


Counted = Callable[[Profile], bool]
"""Whether a device with a profile counts."""

Values = NDArray[np.float64]
"""One value for each instant; NaN where the measure has no data (0 of 0)."""

_ProfileChanges = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]
"""Keys (see `ViewCounts`), and the profile before and after each change."""

_MAX_CELLS = 4_000_000
"""Counts of profiles at instants in memory at once: 32 MB."""


class SeriesReader:
    """Reads series from the tally of a whole log."""

    def __init__(self, tally: Tally) -> None:
        self._tally = tally
        self._changes = [
            (
                np.array(view.keys, dtype=np.int64),
                np.array(view.before, dtype=np.int64),
                np.array(view.after, dtype=np.int64),
            )
            for view in tally.views
        ]

    def values(self, series: Series, instants: NDArray[np.int64]) -> Values:
        """Return the value of a series at each instant [s].

        The value includes everything before the instant and what the site did at it.
        """
        return self._at(series, self._until(series.view, 2 * instants))

    def _until(self, view: str, keys: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return how many changes of a view have a key up to each of some keys."""
        return np.searchsorted(self._changes[VIEWS.index(view)][0], keys, side="right")

    def parts(self, series: Series, instants: NDArray[np.int64]) -> tuple[Values, Values | None]:
        """Return the devices that a series counts at each instant, and those it counts them of.

        The latter is None for a series that is not a percentage.
        """
        return self._parts(series, self._until(series.view, 2 * instants))

    def _parts(self, series: Series, last: NDArray[np.int64]) -> tuple[Values, Values | None]:
        """Return `parts` after that many changes."""
        numerator, denominator = self._tally.weights_of(series)
        top = self._counts(series.view, numerator, last)
        return top, None if denominator is None else self._counts(series.view, denominator, last)

    def table(self, series: Sequence[Series], instants: NDArray[np.int64]) -> Values:
        """Return `values` of many series of one view: a row for each series, a column an instant.

        The devices with each profile are counted once for all series together.
        """
        weights = [self._tally.weights_of(each) for each in series]
        sums = _SeriesSums()
        tops = [sums.place(top) for top, _ in weights]
        wholes = [-1 if whole is None else sums.place(whole) for _, whole in weights]
        used, changes = self._compact(VIEWS.index(series[0].view))
        counted = sums.weights()[:, used]
        values = np.empty((len(series), len(instants)))
        for start, counts in _profile_counts(changes, len(used), instants):
            totals = counted @ counts
            for row, (top, whole) in enumerate(zip(tops, wholes, strict=True)):
                part = totals[top] if whole < 0 else percentages(totals[top], totals[whole])
                values[row, start : start + counts.shape[1]] = part
        return values

    def _compact(self, view: int) -> tuple[NDArray[np.int64], _ProfileChanges]:
        """Return the profiles that occur in a view, and its changes between their places."""
        keys, before, after = self._changes[view]
        used = np.unique(np.concatenate((before, after)))
        used = used[used != ABSENT]
        places = np.full(len(self._tally.profiles) + 1, ABSENT)  # the last place is ABSENT's
        places[used] = np.arange(len(used))
        return used, (keys, places[before], places[after])

    def _at(self, series: Series, last: NDArray[np.int64]) -> Values:
        """Return the values after that many changes."""
        top, whole = self._parts(series, last)
        return top if whole is None else percentages(top, whole)

    def values_after(self, series: Series, seconds: NDArray[np.int64]) -> Values:
        """Return the value of a series when each of some seconds [s] is over."""
        return self._at(series, self._until(series.view, 2 * seconds + 1))

    def counts(self, counted: Counted, instants: NDArray[np.int64]) -> Values:
        """Return how many devices count at each instant [s], in the device view."""
        return self._counts_of(counted, 2 * instants)

    def counts_after(self, counted: Counted, seconds: NDArray[np.int64]) -> Values:
        """Return how many devices count at the end of each second [s], in the device view."""
        return self._counts_of(counted, 2 * seconds + 1)

    def _counts_of(self, counted: Counted, keys: NDArray[np.int64]) -> Values:
        weights = [int(counted(profile)) for profile in self._tally.profiles]
        return self._counts("device", weights, self._until("device", keys))

    def seconds_of_change(self, view: str) -> NDArray[np.int64]:
        """Return the seconds in which something changes in a view [s]."""
        return np.unique(self._changes[VIEWS.index(view)][0] // 2)

    def change_times(self, view: str, start: Seconds, end: Seconds) -> NDArray[np.int64]:
        """Return the instants within [start, end] at which a view's values can change [s]."""
        keys = self._changes[VIEWS.index(view)][0]
        times = np.unique((keys + 1) // 2)
        return times[(times >= start) & (times <= end)]

    def first_time(self, series: Series, level: float) -> Seconds | None:
        """Return the second in which a series first reached *level*; None if it never did."""
        keys, last = np.unique(self._changes[VIEWS.index(series.view)][0], return_index=True)
        last = np.append(last[1:], len(self._changes[VIEWS.index(series.view)][0]))
        reached = np.flatnonzero(self._at(series, last) >= level)
        return int(keys[reached[0]]) // 2 if len(reached) else None

    def _counts(self, view: str, weights: list[int], last: NDArray[np.int64]) -> Values:
        _, before, after = self._changes[VIEWS.index(view)]
        weight = np.array([*weights, 0], dtype=np.int64)
        steps = weight[after] - weight[before]
        totals = np.concatenate(([0], np.cumsum(steps)))
        return totals[last].astype(np.float64)


def _profile_counts(
    changes: _ProfileChanges, profiles: int, instants: NDArray[np.int64]
) -> Iterator[tuple[int, Values]]:
    """Yield the first column and the devices with each profile, for a block of instants."""
    keys, before, after = changes
    columns = max(1, _MAX_CELLS // max(1, profiles))
    current = np.zeros(profiles)
    done = 0
    for start in range(0, len(instants), columns):
        moments = instants[start : start + columns]
        upto = int(np.searchsorted(keys, 2 * moments[-1], side="right"))
        place = np.searchsorted(2 * moments, keys[done:upto])
        steps = _tallied(after[done:upto], place, (profiles, len(moments)))
        steps -= _tallied(before[done:upto], place, (profiles, len(moments)))
        counts = current[:, None] + np.cumsum(steps, axis=1)
        current, done = counts[:, -1], upto
        yield start, counts


class _SeriesSums:
    """The distinct sums over profiles that a table needs: many series share them."""

    def __init__(self) -> None:
        self._rows: dict[bytes, int] = {}

    def place(self, weights: list[int]) -> int:
        """Return the row of the sum with these weights."""
        row = np.array(weights, dtype=np.int16).tobytes()
        return self._rows.setdefault(row, len(self._rows))

    def weights(self) -> Values:
        """Return the weights: a row for each sum, a column for each profile."""
        rows = [np.frombuffer(row, dtype=np.int16) for row in self._rows]
        return np.array(rows, dtype=np.float64)


def percentages(part: Values, whole: Values) -> Values:
    """Return parts of wholes [per cent]; NaN where the whole is 0."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(whole > 0, 100 * part / whole, np.nan)


def _tallied(
    profiles: NDArray[np.int64], places: NDArray[np.int64], shape: tuple[int, int]
) -> Values:
    """Return how often each profile occurs at each place, without ABSENT."""
    is_counted = profiles != ABSENT
    cells = profiles[is_counted] * shape[1] + places[is_counted]
    return np.bincount(cells, minlength=shape[0] * shape[1]).reshape(shape).astype(np.float64)


MEASURE_COLUMNS = ("time", "measure", "view", "label", "value")


def instants_of(horizon: Seconds, interval: Seconds) -> NDArray[np.int64]:
    """Return the reporting instants: 0, interval, 2 * interval ... and the end of the run."""
    grid = np.arange(0, horizon, interval, dtype=np.int64)
    return np.append(grid, np.int64(horizon))


def recorded_series(tally: Tally, collections: tuple[str, ...]) -> Iterator[Series]:
    """Yield the series to record: unsliced, then by cause, collection and payload."""
    profiles = tally.run_profiles()
    causes = {profile.cause for profile in profiles}
    payloads = sorted({profile.payload for profile in profiles} - {""})
    values = {"cause": [cause for cause in CAUSES if cause in causes], "payload": payloads}
    for view in VIEWS:
        for name, measure in MEASURES.items():
            label = measure.label or ""
            own = [Filter(label, value) for value in values.get(label, [])]
            slices = [Filter("collection", value) for value in collections]
            yield Series(view, name)  # type: ignore[arg-type]
            yield from (Series(view, name, (one,)) for one in (*own, *slices))  # type: ignore[arg-type]


def measure_table(
    tally: Tally, collections: tuple[str, ...], horizon: Seconds, interval: Seconds
) -> "pyarrow.Table":
    """Return the table of measures; a value is null where the measure has no data."""
    import pyarrow

    reader = SeriesReader(tally)
    instants = instants_of(horizon, interval)
    rows = list(recorded_series(tally, collections))
    of_views = [[series for series in rows if series.view == view] for view in VIEWS]
    labels = ["".join(f"{one.label}={one.value}" for one in series.filters) for series in rows]
    values = np.concatenate([reader.table(series, instants) for series in of_views])
    return pyarrow.table(
        {
            "time": pyarrow.array(np.repeat(instants, len(rows))),
            "measure": _words([series.measure for series in rows], len(instants)),
            "view": _words([series.view for series in rows], len(instants)),
            "label": _words(labels, len(instants)),
            "value": pyarrow.array(values.T.ravel(), from_pandas=True),
        }
    )


def _words(words: list[str], repeats: int) -> "pyarrow.DictionaryArray":
    import pyarrow

    distinct = list(dict.fromkeys(words))
    codes = np.array([distinct.index(word) for word in words], dtype=np.int32)
    return pyarrow.DictionaryArray.from_arrays(np.tile(codes, repeats), distinct)


BAND_COLUMNS = ("mean", "p10", "p50", "p90")
_SHARES = (10, 50, 90)
_MAX_VALUES = 2_000_000
"""Values of all replications in memory at once: 16 MB."""


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
