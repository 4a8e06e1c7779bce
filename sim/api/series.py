"""Series of one run by elapsed time: any expression of the language that is a number over time.

What several replications tell together, from their logs in memory.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.accounts.headline import LEVELS
from sim.api.saved import frame
from sim.errors import Problem, UnusableInput
from sim.judging.readings import Observation, Observations
from sim.language.expressions import build_tree
from sim.language.tree import Arithmetic, Comparison, Condition, Number, Series, Term
from sim.language.types import Context, type_problems
from sim.measures.bands import band_table, store_values
from sim.measures.series import SeriesReader, Values, instants_of
from sim.measures.tally import replay
from sim.runs.experiment import Experiment
from sim.runs.replication import Replication
from sim.scenario.conditions import names_of

if TYPE_CHECKING:
    Line = pd.Series[float]
else:
    Line = pd.Series

_AGAINST_NOTHING = " >= 0"
"""Makes a condition of a number over time: the language has no other place for one."""


def read_series(run: Replication, expression: str) -> Line:
    """Return a series at the reporting instants and at the end; NaN where it has no data.

    Raises UnusableInput with every problem of the expression.
    """
    scenario = run.prepared.scenario
    term = _parsed(expression, run)
    instants = instants_of(scenario.horizon, scenario.reporting.interval)
    values = _values(term, SeriesReader(run.tally), instants)
    elapsed = pd.to_timedelta(instants, unit="s").rename("elapsed")
    return pd.Series(values, index=elapsed, name=expression)


def _parsed(expression: str, run: Replication) -> Term:
    built = build_tree(expression + _AGAINST_NOTHING, names_of(run.prepared.scenario))
    condition = built.condition
    if condition is None:
        alone = build_tree(expression, names_of(run.prepared.scenario))
        raise UnusableInput(alone.problems) if alone.condition is None else _no_series()
    if not isinstance(condition, Comparison) or not _is_series(condition.left):
        raise _no_series()
    wrong = (*built.problems, *type_problems(condition, Context.GATE, built.columns))
    if wrong:
        raise UnusableInput(wrong)
    return condition.left


def _no_series() -> UnusableInput:
    what = "this is no number over time"
    expected = "write a measure, such as onboarded_pct{collection='Pilot'}, or a sum of such"
    return UnusableInput([Problem(what, expected=expected)])


def _is_series(term: Term) -> bool:
    if isinstance(term, Arithmetic):
        return _is_series(term.left) and _is_series(term.right)
    return isinstance(term, Series | Number)


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
    *("offboarded", "failed", "waiting", "not_targeted", "not_eligible", "events"),
)


def replication_frame(experiment: Experiment) -> pd.DataFrame:
    """Return one row a replication: its number and its figures at the end, times in seconds."""
    rows = [figures_row(one.number, one.summary, one.events) for one in experiment.results]
    return pd.DataFrame(rows)


def figures_row(number: int, summary: Mapping[str, Any], digest: str) -> dict[str, object]:
    """Return the row of one replication; *digest* is that of its event log."""
    return {
        "replication": number,
        **{name: summary[name] for name in _FIGURES},
        **{f"time_to_{level}": summary["time_to"][str(level)] for level in LEVELS},
        "digest": digest,
    }


def band_frame(experiment: Experiment) -> pd.DataFrame:
    """Return `time, measure, view, mean, p10, p50, p90` of the unsliced measures."""
    stored: list[Path] = []
    with TemporaryDirectory() as folder:
        for run in _runs(experiment):
            stored.append(Path(folder) / f"{len(stored)}.values")
            store_values(run.measures, stored[-1])
        return frame(band_table(experiment.first.measures, stored))


def readings_of(experiment: Experiment, condition: Condition) -> list[Observation]:
    """Return what each replication says to a condition, in order."""
    return [
        Observations(SeriesReader(run.tally), run.prepared.clock, run.log.horizon).of(condition)
        for run in _runs(experiment)
    ]


def _runs(experiment: Experiment) -> Iterator[Replication]:
    """Yield each replication, read again from its log."""
    first = experiment.first
    for one in experiment.results:
        assert one.log is not None
        tally = first.tally if one.number == 1 else replay(one.log, first.prepared.roster)
        yield Replication(first.prepared, one.log, tally)
