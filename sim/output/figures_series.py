"""Lines out of the table of measures: one measure in one view, few enough points to draw."""

import pandas as pd

MOST_POINTS = 300
"""More than a picture's pixels can tell apart."""


def series(measures: pd.DataFrame, measure: str, view: str, label: str = "") -> pd.Series:
    """Return the values of one measure in one view by time [s]; moments without data left out.

    An empty series when the run did not keep that measure, or it never had data (0 of 0).
    """
    chosen = measures[
        (measures["measure"] == measure) & (measures["view"] == view) & (measures["label"] == label)
    ]
    values = pd.Series(
        chosen["value"].to_numpy(dtype="float64"), index=chosen["time"].to_numpy(dtype="int64")
    )
    return values.dropna().sort_index()


def share_series(measures: pd.DataFrame, measure: str, view: str) -> pd.Series:
    """Return a count as a percentage of all eligible devices, by time [s]."""
    counts = series(measures, measure, view)
    eligible = series(measures, "eligible", view).reindex(counts.index)
    return (100 * counts / eligible.where(eligible > 0)).dropna()


def thinned(values: pd.Series) -> pd.Series:
    """Return about MOST_POINTS of the values at most, evenly spaced, always with the last one."""
    every = -(-len(values) // MOST_POINTS)
    if every <= 1:
        return values
    kept = values.iloc[::every]
    return kept if kept.index[-1] == values.index[-1] else pd.concat([kept, values.iloc[-1:]])


def value_at(values: pd.Series, time: int) -> float | None:
    """Return what a measure shows at a time: its latest value, or None before the first."""
    known = values[values.index <= time]
    return float(known.iloc[-1]) if len(known) else None
