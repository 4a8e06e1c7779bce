"""Results as pandas frames and series: tables, figures of replications, numbers over time."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.accounts.headline import LEVELS
from sim.errors import Problem, UnusableInput
from sim.files import temporary_folder
from sim.language.expressions import parse_series
from sim.language.tree import Arithmetic, Number, Series, Term, series_in
from sim.measures.series import SeriesReader, Values, band_table, instants_of, store_values
from sim.runs.experiment import Experiment
from sim.runs.replication import Replication
from sim.scenario.model import names_of

if TYPE_CHECKING:
    import pyarrow

    Line = pd.Series[float]
else:
    Line = pd.Series


def frame(table: "pyarrow.Table") -> pd.DataFrame:
    """Return a table as a frame: words as text, missing times as NaN."""
    import pyarrow

    plain = [
        pyarrow.field(column.name, column.type.value_type)
        if pyarrow.types.is_dictionary(column.type)
        else column
        for column in table.schema
    ]
    as_frame: pd.DataFrame = table.cast(pyarrow.schema(plain)).to_pandas()
    return as_frame


def expectation_frame(summary: Mapping[str, Any]) -> pd.DataFrame:
    """Return one row an expectation: its text, its outcome, the value observed."""
    return pd.DataFrame(summary["expectations"], columns=["text", "outcome", "observed"])


def read_series(run: Replication, expression: str) -> Line:
    """Return a series at the reporting instants and at the end; NaN if it has no data.

    Raises UnusableInput with every problem of the expression.
    """
    scenario = run.prepared.scenario
    term = parse_series(expression, names_of(scenario))
    if not any(series_in(term)):
        what = f"{expression} is no number over time"
        raise UnusableInput([Problem(what, expected="a measure such as device.coverage_pct")])
    instants = instants_of(scenario.horizon, scenario.reporting.interval)
    values = _values(term, SeriesReader(run.tally), instants)
    elapsed = pd.to_timedelta(instants, unit="s").rename("elapsed")
    return pd.Series(values, index=elapsed, name=expression)


def _values(term: Term, reader: SeriesReader, instants: NDArray[np.int64]) -> Values:
    if isinstance(term, Arithmetic):
        left, right = (_values(part, reader, instants) for part in (term.left, term.right))
        return left + right if term.operator == "+" else left - right
    if isinstance(term, Number):
        return np.full(len(instants), term.value)
    assert isinstance(term, Series)
    return reader.values(term, instants)


_FIGURES = (
    *("devices", "eligible", "targeted", "onboarded", "onboarded_pct", "coverage_pct"),
    *("protected", "protected_pct"),
    *("offboarded", "failed", "waiting", "not_targeted", "not_eligible", "events"),
)


def replication_frame(experiment: Experiment) -> pd.DataFrame:
    """Return one row for each replication: number, figures at the end, times in seconds."""
    rows = [figures_row(each.number, each.summary, each.events) for each in experiment.results]
    return pd.DataFrame(rows)


def figures_row(number: int, summary: Mapping[str, Any], digest: str) -> dict[str, object]:
    """Return the row of one replication; *digest* is that of its event log."""
    return {
        "replication": number,
        **{name: summary.get(name) for name in _FIGURES},
        **{f"time_to_{level}": summary["time_to"][str(level)] for level in LEVELS},
        "digest": digest,
    }


def band_frame(experiment: Experiment) -> pd.DataFrame:
    """Return `time, measure, view, mean, p10, p50, p90` of the unsliced measures."""
    stored: list[Path] = []
    with temporary_folder() as folder:
        for run in experiment.replications():
            stored.append(folder / f"{len(stored)}.values")
            store_values(run.measures, stored[-1])
        return frame(band_table(experiment.first.measures, stored))
