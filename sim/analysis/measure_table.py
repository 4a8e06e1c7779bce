"""The measures at the reporting interval: the rows of measures.parquet."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from sim.analysis.series import SeriesReader
from sim.scenario.expression_tree import Filter, Series
from sim.tally.tally import Tally
from sim.units import Seconds
from sim.vocabulary import CAUSES, MEASURES, VIEWS

if TYPE_CHECKING:
    import pyarrow

MEASURE_COLUMNS = ("time", "measure", "view", "label", "value")


@dataclass(frozen=True, slots=True)
class Row:
    """One series of the table and the text of its label, empty when unsliced."""

    series: Series
    label: str


def instants_of(horizon: Seconds, interval: Seconds) -> NDArray[np.int64]:
    """Return the reporting instants: 0, interval, 2 * interval ... and the end of the run."""
    grid = np.arange(0, horizon, interval, dtype=np.int64)
    return np.append(grid, np.int64(horizon))


def recorded_series(tally: Tally, collections: tuple[str, ...]) -> Iterator[Row]:
    """Yield the series to record: unsliced, then by cause, collection and payload."""
    met = tally.profiles_met()
    causes = {profile.cause for profile in met}
    payloads = sorted({profile.payload for profile in met} - {""})
    for view in VIEWS:
        for name, measure in MEASURES.items():
            yield _row(view, name)
            values = {"cause": [c for c in CAUSES if c in causes], "payload": payloads}
            for value in values.get(measure.label or "", []):
                yield _row(view, name, measure.label or "", value)
            for collection in collections:
                yield _row(view, name, "collection", collection)


def _row(
    view: Literal["device", "console", "portal"] | str, name: str, label: str = "", value: str = ""
) -> Row:
    filters = (Filter(label, value),) if label else ()
    text = f"{label}={value}" if label else ""
    return Row(Series(view, name, filters), text)  # type: ignore[arg-type]


def measure_table(
    tally: Tally, collections: tuple[str, ...], horizon: Seconds, interval: Seconds
) -> "pyarrow.Table":
    """Return the table of measures; a value is null where the measure has no data."""
    import pyarrow

    reader = SeriesReader(tally)
    instants = instants_of(horizon, interval)
    rows = list(recorded_series(tally, collections))
    of_views = [[row.series for row in rows if row.series.view == view] for view in VIEWS]
    values = np.concatenate([reader.table(wanted, instants) for wanted in of_views])
    return pyarrow.table(
        {
            "time": pyarrow.array(np.repeat(instants, len(rows))),
            "measure": _words([row.series.measure for row in rows], len(instants)),
            "view": _words([row.series.view for row in rows], len(instants)),
            "label": _words([row.label for row in rows], len(instants)),
            "value": pyarrow.array(values.T.ravel(), from_pandas=True),
        }
    )


def _words(words: list[str], repeats: int) -> "pyarrow.DictionaryArray":
    import pyarrow

    known = list(dict.fromkeys(words))
    codes = np.array([known.index(word) for word in words], dtype=np.int32)
    return pyarrow.DictionaryArray.from_arrays(np.tile(codes, repeats), known)
