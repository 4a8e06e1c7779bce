"""Series of one run by elapsed time: any expression of the language that is a number over time."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.analysis.measure_table import instants_of
from sim.analysis.series import SeriesReader, Values
from sim.errors import Problem, UnusableInput
from sim.experiment.rehearsal import Rehearsal
from sim.scenario.expression_builder import build
from sim.scenario.expression_tree import Arithmetic, Comparison, Number, Series, Term
from sim.scenario.expression_types import Context, type_problems
from sim.scenario.names import names_of

if TYPE_CHECKING:
    Line = pd.Series[float]
else:
    Line = pd.Series

_AGAINST_NOTHING = " >= 0"
"""Makes a condition of a number over time: the language has no other place for one."""


def read_series(run: Rehearsal, expression: str) -> Line:
    """Return a series at the reporting instants and at the end; NaN where it has no data.

    Raises UnusableInput with every problem of the expression.
    """
    scenario = run.setting.scenario
    term = _parsed(expression, run)
    instants = instants_of(scenario.horizon, scenario.reporting.interval)
    values = _values(term, SeriesReader(run.tally), instants)
    elapsed = pd.to_timedelta(instants, unit="s").rename("elapsed")
    return pd.Series(values, index=elapsed, name=expression)


def _parsed(expression: str, run: Rehearsal) -> Term:
    built = build(expression + _AGAINST_NOTHING, names_of(run.setting.scenario))
    condition = built.condition
    if condition is None:
        alone = build(expression, names_of(run.setting.scenario))
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
