"""The summary of several replications: each figure as mean, P10, P50 and P90."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from sim.analysis.over_replications import mean, percentile
from sim.vocabulary import CAUSES

_LEFT_OUT = frozenset(("scenario", "seed", "replications", "expectations"))
_TIMES = frozenset(("time_to", "cleared"))
"""Where no number means: not within the horizon, later than any number. Elsewhere: no data."""
_ORDER = {cause: place for place, cause in enumerate(CAUSES)}


def summary_of(summaries: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return one summary for several, without its expectations.

    A share of nobody is left out of its figures; a time that was not reached counts as later than
    any other, so that a percentile is None where it was not reached, and the mean where any was
    not. A cause that a replication does not name counts as 0 there.
    """
    first = summaries[0]
    tables = [{key: one[key] for key in one if key not in _LEFT_OUT} for one in summaries]
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
    if any(isinstance(one, str) for one in values):
        return values[0]
    if any(isinstance(one, Mapping) for one in values):
        return _tables([one or {} for one in values], is_time)
    if any(isinstance(one, list) for one in values):
        rows = zip(*values, strict=True)
        return [{**_tables(of_all, is_time), "week": of_all[0]["week"]} for of_all in rows]
    return figures(values, missing=math.inf if is_time else None)


def figures(values: Sequence[float | None], missing: float | None = None) -> dict[str, Any]:
    """Return mean, P10, P50 and P90; *missing* stands for None, which is left out without it.

    >>> figures([1, 2, 4])
    {'mean': 2.333333, 'p10': 1.2, 'p50': 2, 'p90': 3.6}
    """
    known = [missing if one is None else one for one in values]
    ordered = sorted(one for one in known if one is not None)
    if not ordered:
        return dict.fromkeys(("mean", "p10", "p50", "p90"))
    found = {"mean": mean(ordered)}
    found |= {f"p{share}": percentile(ordered, share) for share in (10, 50, 90)}
    return {name: _told(value) for name, value in found.items()}


def _told(value: float) -> float | None:
    if not math.isfinite(value):
        return None
    return int(value) if value == int(value) else round(value, 6)
