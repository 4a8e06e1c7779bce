"""Measures over time, read from a complete tally at any instant."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from sim.scenario.expression_tree import Series
from sim.tally.judgement import Profile
from sim.tally.tally import Tally
from sim.units import Seconds
from sim.vocabulary import VIEWS

Counted = Callable[[Profile], bool]
"""Whether a device with a profile counts."""

Values = NDArray[np.float64]
"""One value an instant; NaN where the measure has no data (0 of 0)."""


class SeriesReader:
    """Reads series from a tally that has been fed a whole log."""

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

        The value at an instant counts everything before it and what the site did at it.
        """
        keys = self._changes[VIEWS.index(series.view)][0]
        return self._at(series, np.searchsorted(keys, 2 * instants, side="right"))

    def _at(self, series: Series, last: NDArray[np.int64]) -> Values:
        """Return the values after the first *last* changes."""
        numerator, denominator = self._tally.weights_of(series)
        top = self._counts(series.view, numerator, last)
        if denominator is None:
            return top
        whole = self._counts(series.view, denominator, last)
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(whole > 0, 100 * top / whole, np.nan)

    def values_after(self, series: Series, seconds: NDArray[np.int64]) -> Values:
        """Return the value of a series when each of some seconds [s] is over."""
        keys = self._changes[VIEWS.index(series.view)][0]
        return self._at(series, np.searchsorted(keys, 2 * seconds + 1, side="right"))

    def counts(self, counted: Counted, instants: NDArray[np.int64]) -> Values:
        """Return how many devices, as they truly are, count at each instant [s]."""
        return self._counts_of(counted, 2 * instants)

    def counts_after(self, counted: Counted, seconds: NDArray[np.int64]) -> Values:
        """Return how many devices, as they truly are, count when each of some seconds is over."""
        return self._counts_of(counted, 2 * seconds + 1)

    def _counts_of(self, counted: Counted, keys: NDArray[np.int64]) -> Values:
        weights = [int(counted(profile)) for profile in self._tally.profiles]
        changes = self._changes[VIEWS.index("device")][0]
        return self._counts("device", weights, np.searchsorted(changes, keys, side="right"))

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
