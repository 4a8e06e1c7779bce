"""Differences between two runs, paired by replication: means with Student's interval.

Every figure is B minus A, so that comparing the other way round mirrors each number exactly.

Measures over time are compared at the instants that both runs recorded. A measure without data in
one run (0 of 0, a collection that does not exist) has no difference; it never counts as 0. A cause
or payload that a run did not record never occurred in it: it is 0 there if the measure itself has
data.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from sim.judging.statistics import half_width, mean
from sim.units import Seconds
from sim.vocabulary import MEASURES, VIEWS

CONFIDENCE = 0.95

FEWEST = 2
"""How many replications an interval needs."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """One figure in both runs, and their difference over paired replications."""

    a: float | None
    """The mean in A over the pairs; None without data."""
    b: float | None
    difference: float | None
    """The mean of B minus A; None if no pair has data in both runs."""
    low: float | None
    """Lower end of the interval; None with fewer than FEWEST pairs."""
    high: float | None
    pairs: int
    """How many replications have data in both runs."""

    @property
    def sign(self) -> int:
        """1 if B is higher, -1 if A is, 0 if they are equal or the difference is not certain.

        With an interval the difference is certain if the interval excludes zero.
        """
        if self.difference is None:
            return 0
        if self.low is not None and self.high is not None and self.low <= 0 <= self.high:
            return 0
        return (self.difference > 0) - (self.difference < 0)

    def in_points(self) -> "Estimate":
        """Return the difference of two percentages: its interval ends at -100 and 100 points."""
        low, high = (
            None if end is None else min(max(end, -100), 100) for end in (self.low, self.high)
        )
        return replace(self, low=low, high=high)


NOTHING = Estimate(None, None, None, None, None, 0)


def estimate(pairs: Sequence[tuple[float | None, float | None]]) -> Estimate:
    """Return the difference of one figure over the pairs (A, B) with data in both runs.

    If there are none, each run has the mean of its own data, and there is no difference.
    """
    both = [(a, b) for a, b in pairs if a is not None and b is not None]
    if not both:
        sides = ([a for a, _ in pairs if a is not None], [b for _, b in pairs if b is not None])
        alone = [mean(side) if side else None for side in sides]
        return Estimate(alone[0], alone[1], None, None, None, 0)
    differences = [b - a for a, b in both]
    middle, low, high = mean(differences), None, None
    if len(both) >= FEWEST:
        half = half_width(differences, CONFIDENCE)
        low, high = middle - half, middle + half
    a, b = mean([a for a, _ in both]), mean([b for _, b in both])
    return Estimate(a, b, middle, low, high, len(both))


def surely_more(count: int, other: int, confidence: float) -> bool:
    """Return whether two counts differ by more than chance explains: the exact sign test.

    >>> surely_more(0, 6, 0.95), surely_more(0, 5, 0.95), surely_more(9, 0, 0.95)
    (True, False, True)
    """
    from scipy.special import bdtr

    return bool(2 * float(bdtr(min(count, other), count + other, 0.5)) <= 1 - confidence)


def half_widths(squares: NDArray[np.float64], n: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return half the width of the interval of each mean; NaN with fewer than FEWEST values.

    *squares* are the sums of squared deviations, *n* the numbers of values.
    """
    from scipy.special import stdtrit

    quantiles = stdtrit(np.maximum(n - 1, 1).astype(float), (1 + CONFIDENCE) / 2)
    with np.errstate(invalid="ignore", divide="ignore"):
        widths = quantiles * np.sqrt(squares / (n - 1) / n)
    return np.where(n >= FEWEST, widths, np.nan)


Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True, order=True)
class SeriesKey:
    """The key of a series in the table of measures."""

    measure: str
    view: str
    label: str
    """As in the table: `cause=workspace_missing`; empty when unsliced."""

    @property
    def is_share(self) -> bool:
        """Whether it is a percentage; else a count."""
        return self.measure.endswith("_pct")


COVERAGE = SeriesKey("coverage_pct", "device", "")
PROTECTED = SeriesKey("protected_pct", "device", "")
CONSOLE = SeriesKey("onboarded_pct", "console", "")
FAILED = SeriesKey("failed", "device", "")
WAITING = SeriesKey("waiting", "device", "")
MAIN = (COVERAGE, PROTECTED, CONSOLE, FAILED, WAITING)
"""The series that a planner looks at first."""


@dataclass(frozen=True)
class MeasureGrid:
    """A table of measures as a matrix: a row for each series, a column for each instant."""

    keys: tuple[SeriesKey, ...]
    instants: NDArray[np.int64]
    values: Numbers
    """NaN where a measure has no data."""


@dataclass(frozen=True)
class MeasureDifferences:
    """Every series in both runs, and the difference B minus A, at the common instants."""

    keys: tuple[SeriesKey, ...]
    instants: NDArray[np.int64]
    a: Numbers
    """The mean over the pairs with data in both runs; if there are none, A's own mean."""
    b: Numbers
    difference: Numbers
    half: Numbers
    """Half the width of the interval; NaN without one."""
    pairs: NDArray[np.int64]

    @property
    def end(self) -> Seconds | None:
        """The last common instant [s]; None if there is none."""
        return int(self.instants[-1]) if len(self.instants) else None

    def row(self, key: SeriesKey) -> int | None:
        """Return the row of a series; None if neither run recorded it."""
        return self.keys.index(key) if key in self.keys else None

    def at(self, row: int, column: int) -> Estimate:
        """Return a series at one of the common instants."""
        place = (row, column)
        difference, half = float(self.difference[place]), float(self.half[place])
        low, high = (difference - half, difference + half)
        figures = (float(self.a[place]), float(self.b[place]), difference, low, high)
        a, b, middle, low_end, high_end = (None if n != n else n for n in figures)
        found = Estimate(a, b, middle, low_end, high_end, int(self.pairs[place]))
        return found.in_points() if self.keys[row].is_share else found

    def at_end(self, key: SeriesKey) -> Estimate:
        """Return a series at the last common instant."""
        row = self.row(key)
        return NOTHING if row is None or self.end is None else self.at(row, len(self.instants) - 1)

    def largest(self, row: int) -> int | None:
        """Return the column of the largest difference, the earliest of several; None without data.

        For a series without any difference it is the first instant with data.
        """
        sizes = np.abs(self.difference[row])
        return None if np.isnan(sizes).all() else int(np.nanargmax(sizes))

    def columns(self, times: Sequence[Seconds]) -> list[int]:
        """Return the columns of the last common instants up to these times, and of the end."""
        places = np.searchsorted(self.instants, np.array(times, dtype=np.int64), side="right") - 1
        last = len(self.instants) - 1
        return sorted(
            {*(int(place) for place in places if place >= 0), *range(max(last, 0), last + 1)}
        )

    @property
    def is_same(self) -> bool:
        """Whether every series is the same at every common instant, and missing at the same."""
        equal = (self.a == self.b) | (np.isnan(self.a) & np.isnan(self.b))
        spread = (self.half == 0) | np.isnan(self.half)
        return bool(equal.all() and spread.all())


def ordered_keys(keys: Iterable[SeriesKey]) -> tuple[SeriesKey, ...]:
    """Return distinct series in the order of the vocabulary: by view, measure and label."""
    return tuple(sorted(dict.fromkeys(keys), key=_rank))


def _rank(key: SeriesKey) -> tuple[int, int, str, str]:
    names = list(MEASURES)
    measure = names.index(key.measure) if key.measure in names else len(names)
    view = VIEWS.index(key.view) if key.view in VIEWS else len(VIEWS)
    return (view, measure, key.measure, key.label)


def common_instants(grids: Iterable[NDArray[np.int64]]) -> NDArray[np.int64]:
    """Return the instants that all grids have [s]."""
    first, *others = grids
    for other in others:
        first = np.intersect1d(first, other)
    return first


def measure_differences(
    keys: tuple[SeriesKey, ...],
    instants: NDArray[np.int64],
    pairs: Iterable[tuple[MeasureGrid, MeasureGrid]],
) -> MeasureDifferences:
    """Return the differences of all *keys* at *instants* over pairs of replications (A, B).

    The pairs are read one by one, so that any number of replications fits in memory.
    """
    sums = _PairedSums((len(keys), len(instants)))
    for a, b in pairs:
        sums.add(_aligned(a, keys, instants), _aligned(b, keys, instants))
    return MeasureDifferences(
        keys,
        instants,
        a=sums.mean(0),
        b=sums.mean(1),
        difference=np.where(sums.pairs > 0, sums.middle, np.nan),
        half=half_widths(sums.squares, sums.pairs),
        pairs=sums.pairs,
    )


class _PairedSums:
    """Running sums over pairs: means of A and B, mean and spread of differences (Welford)."""

    def __init__(self, shape: tuple[int, int]) -> None:
        self.both = np.zeros((2, *shape))
        """Sums for A and B over pairs with data in both."""
        self.alone = np.zeros((2, *shape))
        """Sums for A and B over all of their own data."""
        self.counts = np.zeros((2, *shape), np.int64)
        self.pairs = np.zeros(shape, np.int64)
        self.middle, self.squares = np.zeros(shape), np.zeros(shape)

    def add(self, a: Numbers, b: Numbers) -> None:
        has_both = ~(np.isnan(a) | np.isnan(b))
        self.pairs += has_both
        for side, values in enumerate((a, b)):
            self.both[side] += np.where(has_both, values, 0)
            self.alone[side] += np.nan_to_num(values)
            self.counts[side] += ~np.isnan(values)
        difference = np.where(has_both, b - a, 0)
        step = np.where(has_both, difference - self.middle, 0)
        self.middle += step / np.maximum(self.pairs, 1)
        self.squares += step * np.where(has_both, difference - self.middle, 0)

    def mean(self, side: int) -> Numbers:
        with np.errstate(invalid="ignore", divide="ignore"):
            alone = self.alone[side] / self.counts[side]
            together: Numbers = self.both[side] / self.pairs
            return np.where(self.pairs > 0, together, alone)


def _aligned(
    grid: MeasureGrid, keys: tuple[SeriesKey, ...], instants: NDArray[np.int64]
) -> Numbers:
    """Return a grid's values for all keys at the instants; the module says what is missing."""
    rows = {key: row for row, key in enumerate(grid.keys)}
    columns = np.searchsorted(grid.instants, instants)
    values = np.full((len(keys), len(instants)), np.nan)
    for place, key in enumerate(keys):
        if key in rows:
            values[place] = grid.values[rows[key]][columns]
        elif key.label.startswith(("cause=", "payload=")):
            whole = rows.get(SeriesKey(key.measure, key.view, ""))
            if whole is not None:
                values[place] = np.where(np.isnan(grid.values[whole][columns]), np.nan, 0.0)
    return values
