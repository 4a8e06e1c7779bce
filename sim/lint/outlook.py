"""What a measure could be in other runs: devices that certainly fail stay as they are, others not.

A gate that stays shut in the rehearsal is the plan's fault for certain only if it stays shut
whatever becomes of the other devices. So each measure lies between two values: in one the other
devices count as little as possible, in one as much as possible.
"""

from collections.abc import Iterable
from dataclasses import replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from sim.language.tree import (
    Arithmetic,
    Combination,
    Condition,
    Number,
    Series,
    Term,
)
from sim.lint.analysis import Analysis
from sim.lint.rehearsal import Numbers
from sim.measures.series import SeriesReader
from sim.measures.tally import Tally, replay
from sim.units import HOUR, Seconds
from sim.vocabulary import SLICES

SLACK = 12 * HOUR
"""By how much a device that is always on may come to fail earlier or later in another run."""

Values = NDArray[np.float64]
Bounds = tuple[Values, Values]
"""The least and the largest value at each instant; both NaN where there is no data."""


def fixed_devices(analysis: Analysis, until: Seconds) -> Numbers:
    """Return the devices that certainly are not onboarded before *until*, in any run.

    Something stands in their way that no step, no technician and no chance removes before; or they
    are never switched on; or no step reaches them, and no other gate decides about that.
    """
    gates = [one for one in analysis.steps if one.step.when is not None]
    is_plain = len(gates) <= 1
    standings = analysis.witness.standings
    found = set(_stuck_until(analysis, until))
    for number in range(len(analysis.devices)):
        profile = analysis.tally.profile_in(number, "device")
        if profile is None or profile.status == "onboarded":
            continue
        is_lost = profile.cause.startswith("client_") and not analysis.has_chance
        if is_lost or profile.cause == "never_online":
            found.add(number)
        standing = standings.get(number)
        if is_plain and (standing is None or standing.since > until):
            found.add(number)
    return frozenset(found) - _onboarded_before(analysis, until)


def _stuck_until(analysis: Analysis, until: Seconds) -> Iterable[int]:
    desk = analysis.scenario.support_desk
    repaired = frozenset(desk.repairs) if desk is not None else frozenset()
    for number, one in analysis.witness.standings.items():
        if not one.obstacles or {decision.cause for _, decision in one.obstacles} & repaired:
            continue
        is_exact = one.cleared_by is not None and analysis.is_exact[one.cleared_by]
        if one.is_stuck or (is_exact and one.cleared is not None and one.cleared > until):
            yield number


def _onboarded_before(analysis: Analysis, until: Seconds) -> Numbers:
    return analysis.onboarded_at_start | {
        row.device for row in analysis.rows("onboarded") if row.time <= until
    }


class Outlook:
    """Bounds of measures at some instants, at most one interval of reporting apart."""

    def __init__(self, analysis: Analysis, instants: NDArray[np.int64]) -> None:
        interval = analysis.scenario.reporting.interval
        self.instants = instants
        self.fixed = fixed_devices(analysis, int(instants[-1]))
        self._analysis = analysis
        self._order = sorted(self.fixed)
        is_steady = all(self._is_steady(number) for number in self.fixed)
        self._reach = SLACK // interval if is_steady else len(instants)

    def _is_steady(self, number: int) -> bool:
        """Say whether a device meets a policy at about the same time in every run."""
        standing = self._analysis.witness.standings.get(number)
        is_awake = self._analysis.devices[number].presence in ("always_on", "off")
        return is_awake and (standing is None or self._analysis.is_exact[standing.step])

    @cached_property
    def tally(self) -> Tally:
        """The rehearsal of the fixed devices alone."""
        log, table = self._analysis.log, self._analysis.prepared.device_table
        place = np.full(len(table.devices) + 1, -2)
        place[self._order] = np.arange(len(self._order))
        place[-1] = -1  # rows of the plan
        devices = place[log.columns["device"]]
        kept = devices != -2
        columns = {name: column[kept] for name, column in log.columns.items()}
        few = replace(
            table,
            devices=tuple(table.devices[number] for number in self._order),
            kind_after=lambda number, sets: table.kind(self._order[number], sets),
        )
        return replay(replace(log, columns=columns | {"device": devices[kept]}), few)

    @cached_property
    def _fixed_reader(self) -> SeriesReader:
        return SeriesReader(self.tally)

    def bounds(self, series: Series) -> Bounds:
        """Return between which values a series lies at each instant."""
        top, whole = self._fixed_reader.parts(series, self.instants)
        least, most = self._moved(top)
        if whole is None:
            slices = tuple(one for one in series.filters if one.label in SLICES)
            others = Series(series.view, "eligible", slices)
            return least, most + self._others(others)
        free = self._others(series)
        total = whole + free
        with np.errstate(invalid="ignore", divide="ignore"):
            share = [
                np.where(total > 0, 100 * part / total, np.nan) for part in (least, most + free)
            ]
        return share[0], np.minimum(share[1], 100.0)

    def _others(self, series: Series) -> Values:
        """Return how many of the other devices a series is about at each instant."""
        counts = []
        for reader in (self._analysis.reader, self._fixed_reader):
            top, whole = reader.parts(series, self.instants)
            counts.append(top if whole is None else whole)
        return counts[0] - counts[1]

    def _moved(self, values: Values) -> Bounds:
        """Return the least and the largest of the values around each instant."""
        reach = min(self._reach, len(values))
        if reach == 0 or (values == values[0]).all():
            return values, values
        padded = np.concatenate((np.full(reach, values[0]), values, np.full(reach, values[-1])))
        around = np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1)
        return around.min(axis=1), around.max(axis=1)

    def term(self, term: Term) -> Bounds:
        """Return between which values a side of a comparison lies at each instant."""
        if isinstance(term, Series):
            return self.bounds(term)
        if isinstance(term, Arithmetic):
            (a, b), (c, d) = self.term(term.left), self.term(term.right)
            return (a + c, b + d) if term.operator == "+" else (a - d, b - c)
        assert isinstance(term, Number)
        values = np.full(len(self.instants), float(term.value))
        return values, values

    def may_hold(self, condition: Condition) -> NDArray[np.bool_]:
        """Return at which instants a gate's condition could hold in another run."""
        if isinstance(condition, Combination):
            parts = [self.may_hold(part) for part in condition.parts]
            joined = np.logical_and if condition.operator == "and" else np.logical_or
            return np.asarray(joined.reduce(parts), dtype=np.bool_)
        (low, high), (least, most) = self.term(condition.left), self.term(condition.right)
        may = _MAY[condition.operator](low, high, least, most)
        may &= ~(np.isnan(low) | np.isnan(least))
        return _held(may, self.instants, condition.hold or 0)


_MAY = {
    "<": lambda low, high, least, most: low < most,
    "<=": lambda low, high, least, most: low <= most,
    ">": lambda low, high, least, most: high > least,
    ">=": lambda low, high, least, most: high >= least,
    "==": lambda low, high, least, most: (low <= most) & (least <= high),
    "!=": lambda low, high, least, most: ~((low == high) & (least == most) & (low == least)),
}
"""Whether any two values compare so, the left ones between *low* and *high*."""


def _held(may: NDArray[np.bool_], instants: NDArray[np.int64], hold: Seconds) -> NDArray[np.bool_]:
    """Return where something may have held at every instant for *hold* seconds."""
    if hold == 0:
        return may
    found, since = np.zeros(len(may), dtype=bool), -1
    for place, holds in enumerate(may.tolist()):
        since = (place if since < 0 else since) if holds else -1
        found[place] = holds and instants[place] - instants[since] >= hold
    return found
