"""The figures of summary.json: the device view, with console and portal beside it.

The summary of several replications has mean, P10, P50 and P90 for each figure.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from sim.accounts.desk import DeskAccount
from sim.accounts.devices import Outcomes, count_by
from sim.accounts.headline import COVERAGE, LEVELS
from sim.judging.statistics import mean, percentile
from sim.language.tree import Series
from sim.measures.series import SeriesReader
from sim.measures.tally import Tally
from sim.reference.causes import CAUSES
from sim.units import Seconds
from sim.vocabulary import HEALTH


def summarize(
    tally: Tally,
    results: Outcomes,
    horizon: Seconds,
    *,
    name: str,
    seed: int,
    events: int,
    headline: Mapping[str, Any] | None = None,
    desk: DeskAccount | None = None,
) -> dict[str, Any]:
    """Return the summary without its expectations, in the order of the file.

    The headline is there only when it is not coverage, the support desk only when there is one.
    """
    reader = SeriesReader(tally)
    statuses = count_by(results, "status")
    causes = count_by(results, "cause")
    return {
        "scenario": name,
        "seed": seed,
        "replications": 1,
        "devices": sum(results.present),
        "eligible": results.eligible,
        "targeted": results.targeted,
        "onboarded": statuses.get("onboarded", 0),
        "onboarded_pct": _at_end(reader, "device", "onboarded_pct", horizon),
        "coverage_pct": _at_end(reader, "device", "coverage_pct", horizon),
        "protected": _count(reader, "device", "protected", horizon),
        "protected_pct": _at_end(reader, "device", "protected_pct", horizon),
        **{
            status: statuses.get(status, 0)
            for status in ("offboarded", "failed", "waiting", "not_targeted", "not_eligible")
        },
        "causes": {cause: causes[cause] for cause in CAUSES if cause in causes},
        "agents": count_by(results, "agent"),
        "payload_in_use": count_by(results, "payload_in_use"),
        "console": _console(reader, results, horizon),
        "portal": _portal(reader, horizon),
        "time_to": {str(level): reader.first_time(COVERAGE, level) for level in LEVELS},
        **({} if headline is None else {"headline": headline}),
        **({} if desk is None else {"support_desk": desk.as_summary()}),
        "events": events,
    }


def _console(reader: SeriesReader, results: Outcomes, horizon: Seconds) -> dict[str, Any]:
    tiles = count_by(results, "health")
    return {
        "onboarded": _count(reader, "console", "onboarded", horizon),
        "onboarded_pct": _at_end(reader, "console", "onboarded_pct", horizon),
        "gauge_pct": _at_end(reader, "console", "gauge_pct", horizon),
        "health": {tile: tiles.get(tile, 0) for tile in HEALTH},
    }


def _at_end(reader: SeriesReader, view: str, measure: str, horizon: Seconds) -> float | None:
    series = Series(view, measure)  # type: ignore[arg-type]
    value = float(reader.values(series, np.array([horizon], dtype=np.int64))[0])
    return None if np.isnan(value) else round(value, 6)


def _count(reader: SeriesReader, view: str, measure: str, horizon: Seconds) -> int:
    return int(_at_end(reader, view, measure, horizon) or 0)


def _portal(reader: SeriesReader, horizon: Seconds) -> dict[str, Any]:
    return {name: _count(reader, "portal", name, horizon) for name in ("onboarded", "inactive")}


_LEFT_OUT = frozenset(("scenario", "seed", "replications", "expectations"))
_TIMES = frozenset(("time_to", "cleared"))
"""Where null means "not within the horizon", so later than any number. Elsewhere: no data."""
_ORDER = {cause: place for place, cause in enumerate(CAUSES)}


def summary_of(summaries: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the summary of several replications, without its expectations.

    A percentage without data is left out. A time that was not reached counts as later than any
    other: a percentile is None when that replication did not reach it, the mean when any did not.
    A cause that a replication does not have counts as 0 there.
    """
    first = summaries[0]
    tables = [{key: each[key] for key in each if key not in _LEFT_OUT} for each in summaries]
    return {
        "scenario": first["scenario"],
        "seed": first["seed"],
        "replications": len(summaries),
        **_tables(tables, is_time=False),
    }


def _tables(tables: Sequence[Mapping[str, Any]], is_time: bool) -> dict[str, Any]:
    keys = list(dict.fromkeys(key for table in tables for key in table))
    if any(table.keys() != tables[0].keys() for table in tables):
        keys.sort(key=lambda key: (_ORDER.get(key, len(_ORDER)), key))
    return {
        key: _merged([table.get(key, 0) for table in tables], is_time or key in _TIMES)
        for key in keys
    }


def _merged(values: Sequence[Any], is_time: bool) -> Any:
    if any(isinstance(value, str) for value in values):
        return values[0]
    if any(isinstance(value, Mapping) for value in values):
        return _tables([value or {} for value in values], is_time)
    if any(isinstance(value, list) for value in values):
        rows = zip(*values, strict=True)
        return [{**_tables(of_all, is_time), "week": of_all[0]["week"]} for of_all in rows]
    return summary_figures(values, missing=math.inf if is_time else None)


def summary_figures(values: Sequence[float | None], missing: float | None = None) -> dict[str, Any]:
    """Return mean, P10, P50 and P90; *missing* replaces None, which is left out without it.

    >>> summary_figures([1, 2, 4])
    {'mean': 2.333333, 'p10': 1.2, 'p50': 2, 'p90': 3.6}
    """
    replaced = [missing if value is None else value for value in values]
    ordered = sorted(value for value in replaced if value is not None)
    if not ordered:
        return dict.fromkeys(("mean", "p10", "p50", "p90"))
    figures = {"mean": mean(ordered)}
    figures |= {f"p{share}": percentile(ordered, share) for share in (10, 50, 90)}
    return {name: _finite(value) for name, value in figures.items()}


def _finite(value: float) -> float | None:
    if not math.isfinite(value):
        return None
    return int(value) if value == int(value) else round(value, 6)
