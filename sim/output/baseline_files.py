"""Baselines as they are kept: a folder for each scenario, small enough for a repository.

`baseline.json` says what was simulated and holds its figures, `devices.csv` what became of each
device, one line each, so that a review shows who changed; `events.parquet` is the log of the first
replication.
"""

import csv
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim import __version__
from sim.analysis.comparison_devices import DeviceEnd, device_ends
from sim.analysis.drift import Value
from sim.analysis.ranges import Missing, Range
from sim.analysis.readings import over_runs
from sim.analysis.verdicts import value_over, values_of_each
from sim.errors import Problem, UnusableInput
from sim.experiment.judging import Limit, Rules
from sim.experiment.replications import Ensemble
from sim.fleet.columns import csv_line, neutralize, restore
from sim.output.json_file import write_json
from sim.output.provenance import text_digest
from sim.output.tables import event_table
from sim.output.whole_folder import whole_folder
from sim.output.written_scenario import scenario_text
from sim.parquet_file import write_parquet

if TYPE_CHECKING:
    import pyarrow

FORMAT = 1
FILE = "baseline.json"
COLUMNS = ("name", "status", "cause", "onboarded_at")


class UnreadableBaseline(Exception):
    """A baseline that is damaged, or of a form that this version does not know."""


@dataclass(frozen=True)
class Measured:
    """One measure of a baseline."""

    figure: Value
    """Over all replications."""
    each: tuple[Value, ...]
    """In each replication; empty for a figure over several."""


@dataclass(frozen=True)
class Baseline:
    """What a scenario gave when its baseline was written."""

    version: str
    """Of fleetsim."""
    scenario: str
    """The digest of the scenario with its defaults."""
    seed: int
    devices: int
    events: int
    digests: tuple[str, ...]
    """Of the event log of each replication."""
    measures: Mapping[str, Measured]
    """By the measure as written."""
    ends: tuple[DeviceEnd, ...]
    """What became of each device in the first replication."""
    folder: Path

    def log(self) -> "pyarrow.Table":
        """Return the events of the first replication; raises UnreadableBaseline."""
        import pyarrow
        from pyarrow import parquet

        try:
            with (self.folder / "events.parquet").open("rb") as file:
                return parquet.read_table(file)
        except (OSError, pyarrow.ArrowException) as error:
            raise UnreadableBaseline("events.parquet is missing or damaged") from error


def measured(limit: Limit, place: int, ensemble: Ensemble) -> Measured:
    """Return what a measure is in a run; *place* is its place among the terms that were read."""
    readings = [one.further[place] for one in ensemble.told]
    is_over = any(True for _ in over_runs(limit.term))
    each = () if is_over else tuple(map(_value, values_of_each(limit.term, readings)))
    return Measured(_value(value_over(limit.term, readings)), each)


def _value(found: Range | Missing) -> Value:
    if isinstance(found, Missing):
        return Value(None)
    return Value(round(found.low, 6), is_beyond=found.low != found.high)


def write_baseline(folder: Path, ensemble: Ensemble, rules: Rules) -> None:
    """Write the baseline of what was simulated into a folder, whole or not at all.

    Raises UnusableInput where something else stands there, or nothing can be written.
    """
    with whole_folder(folder, _check_replaceable) as place:
        _write(place, ensemble, rules)


def _check_replaceable(folder: Path) -> None:
    if not (folder / FILE).exists() and (not folder.is_dir() or any(folder.iterdir())):
        what = f"{folder.as_posix()} is there and holds no baseline"
        raise UnusableInput([Problem(what, expected="another folder of baselines")])


def _write(folder: Path, ensemble: Ensemble, rules: Rules) -> None:
    run = ensemble.first
    with (folder / "devices.csv").open("w", encoding="utf-8", newline="") as file:
        file.writelines(_lines(run.outcomes.columns))
    write_parquet(folder / "events.parquet", event_table(run.log))
    limits = enumerate(rules.limits)
    document = {
        "fleetsim_baseline": FORMAT,
        "version": __version__,
        "name": run.setting.scenario.name,
        "scenario": text_digest(scenario_text(run)),
        "seed": run.setting.scenario.seed,
        "replications": len(ensemble.told),
        "devices": len(run.outcomes),
        "events": len(run.log),
        "digests": [one.events for one in ensemble.told],
        "measures": {one.text: _stored(measured(one, at, ensemble)) for at, one in limits},
    }
    write_json(folder / FILE, document)


def _lines(columns: Mapping[str, list[object]]) -> Iterator[str]:
    yield csv_line(COLUMNS)
    for row in zip(*(columns[name] for name in COLUMNS), strict=True):
        cells = ("" if cell is None else neutralize(str(cell)) for cell in row)
        yield csv_line(cells)


def _stored(found: Measured) -> dict[str, Any]:
    return {"figure": _told(found.figure), "each": [_told(one) for one in found.each]}


def _told(value: Value) -> float | dict[str, float | None] | None:
    return {"beyond": value.number} if value.is_beyond else value.number


def read_baseline(folder: Path) -> Baseline | None:
    """Return the baseline in a folder, None where there is none.

    Raises UnreadableBaseline with the reason.
    """
    if not (folder / FILE).exists():
        return None
    try:
        document = json.loads((folder / FILE).read_text("utf-8"))
        if not isinstance(document, dict) or "fleetsim_baseline" not in document:
            raise UnreadableBaseline(f"{FILE} is not a baseline of fleetsim")
        if document["fleetsim_baseline"] != FORMAT:
            raise UnreadableBaseline(
                f"it has form {document['fleetsim_baseline']} and this version knows {FORMAT};"
                f" it was written by fleetsim {document.get('version', 'of another version')}"
            )
        return _baseline(document, folder)
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise UnreadableBaseline("a file is missing or damaged") from error


def _baseline(document: dict[str, Any], folder: Path) -> Baseline:
    measures = {
        text: Measured(_read(one["figure"]), tuple(map(_read, one["each"])))
        for text, one in document["measures"].items()
    }
    return Baseline(
        version=str(document["version"]),
        scenario=str(document["scenario"]),
        seed=int(document["seed"]),
        devices=int(document["devices"]),
        events=int(document["events"]),
        digests=tuple(map(str, document["digests"])),
        measures=measures,
        ends=_ends(folder / "devices.csv"),
        folder=folder,
    )


def _read(told: Any) -> Value:
    if isinstance(told, dict):
        return Value(float(told["beyond"]), is_beyond=True)
    return Value(None if told is None else float(told))


def _ends(path: Path) -> tuple[DeviceEnd, ...]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    columns: dict[str, list[object]] = {
        name: [restore(row[name]) for row in rows] for name in COLUMNS
    }
    columns["onboarded_at"] = [int(str(cell)) if cell else None for cell in columns["onboarded_at"]]
    return device_ends(columns)
