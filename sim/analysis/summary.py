"""The figures of summary.json: what the devices truly are, the other views beside it."""

from typing import Any

import numpy as np

from sim.analysis.desk import DeskAccount
from sim.analysis.headline import Headline
from sim.analysis.outcomes import Outcomes, count_by
from sim.analysis.series import SeriesReader
from sim.scenario.expression_tree import Series
from sim.tally.tally import Tally
from sim.units import Seconds
from sim.vocabulary import CAUSES, HEALTH

LEVELS_OF_COVERAGE = (50, 90, 95)
COVERAGE = Series("device", "coverage_pct")


def summarize(
    tally: Tally,
    results: Outcomes,
    horizon: Seconds,
    *,
    name: str,
    seed: int,
    events: int,
    headline: Headline | None = None,
    desk: DeskAccount | None = None,
) -> dict[str, Any]:
    """Return the summary without its expectations, in the order in which it is written.

    A headline other than coverage, and a support desk, are told only where there is one.
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
        **{
            status: statuses.get(status, 0)
            for status in ("offboarded", "failed", "waiting", "not_targeted", "not_eligible")
        },
        "causes": {cause: causes[cause] for cause in CAUSES if cause in causes},
        "agents": count_by(results, "agent"),
        "payload_in_use": count_by(results, "payload_in_use"),
        "console": _console(reader, results, horizon),
        "portal": _portal(reader, horizon),
        "time_to": {str(level): reader.first_time(COVERAGE, level) for level in LEVELS_OF_COVERAGE},
        **({} if headline is None else {"headline": headline.as_summary()}),
        **({} if desk is None else {"support_desk": desk.as_summary()}),
        "events": events,
    }


def _portal(reader: SeriesReader, horizon: Seconds) -> dict[str, int]:
    return {name: _count(reader, "portal", name, horizon) for name in ("onboarded", "inactive")}


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
