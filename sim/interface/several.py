"""What several replications tell together, from their logs in memory."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd

from sim.analysis.bands import band_table, store_values
from sim.analysis.readings import Reading, Readings
from sim.analysis.series import SeriesReader
from sim.experiment.rehearsal import Rehearsal
from sim.experiment.replications import Ensemble
from sim.interface.frames import frame
from sim.scenario.expression_tree import Condition
from sim.tally.tally import replay

_FIGURES = (
    *("devices", "eligible", "targeted", "onboarded", "onboarded_pct", "coverage_pct"),
    *("offboarded", "failed", "waiting", "not_targeted", "not_eligible", "events"),
)
_LEVELS = ("50", "90", "95")


def replication_frame(ensemble: Ensemble) -> pd.DataFrame:
    """Return one row a replication: its number and its figures at the end, times in seconds."""
    rows = [figures_row(one.number, one.summary, one.events) for one in ensemble.told]
    return pd.DataFrame(rows)


def figures_row(number: int, summary: Mapping[str, Any], digest: str) -> dict[str, object]:
    """Return the row of one replication; *digest* is that of its event log."""
    return {
        "replication": number,
        **{name: summary[name] for name in _FIGURES},
        **{f"time_to_{level}": summary["time_to"][level] for level in _LEVELS},
        "digest": digest,
    }


def band_frame(ensemble: Ensemble) -> pd.DataFrame:
    """Return `time, measure, view, mean, p10, p50, p90` of the unsliced measures."""
    stored: list[Path] = []
    with TemporaryDirectory() as folder:
        for run in _runs(ensemble):
            stored.append(Path(folder) / f"{len(stored)}.values")
            store_values(run.measures, stored[-1])
        return frame(band_table(ensemble.first.measures, stored))


def readings_of(ensemble: Ensemble, condition: Condition) -> list[Reading]:
    """Return what each replication says to a condition, in order."""
    return [
        Readings(SeriesReader(run.tally), run.setting.clock, run.log.horizon).of(condition)
        for run in _runs(ensemble)
    ]


def _runs(ensemble: Ensemble) -> Iterator[Rehearsal]:
    """Yield each replication, read again from its log."""
    first = ensemble.first
    for one in ensemble.told:
        assert one.log is not None
        tally = first.tally if one.number == 1 else replay(one.log, first.setting.roster)
        yield Rehearsal(first.loaded, first.setting, one.log, tally)
