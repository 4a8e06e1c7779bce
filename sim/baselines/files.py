"""Baselines as they are written: a folder for each scenario, small enough for a repository.

`baseline.json` says what was simulated and holds its figures, `devices.csv` what became of each
device, one line each, so that a review shows who changed; `events.parquet` is the log of the first
replication.
"""

import math
import shutil
from collections.abc import Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import Any

from sim.baselines.drift import Value, median
from sim.baselines.reading import (
    DEVICES,
    EVENTS,
    FILE,
    FORMAT,
    Measured,
    Row,
    file_digest,
    rows_digest,
)
from sim.baselines.tolerances import Limit, Rules
from sim.checking.scenario_files import JUDGING_FILE
from sim.comparison.devices import COLUMNS
from sim.errors import Problem, UnusableInput
from sim.files import whole_folder, write_json, write_parquet, write_text
from sim.fleet.cells import csv_line, neutralize
from sim.judging.ranges import Missing, Range
from sim.judging.readings import over_runs
from sim.judging.verdicts import value_over, values_of_each
from sim.run_folder.provenance import text_digest
from sim.run_folder.scenario import scenario_text
from sim.runs.experiment import Experiment
from sim.runs.tables import event_table
from sim.version import __version__

_DEVICES_OF_WINDOWS = frozenset(
    ("con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(10)))
)


class _Unchanged(Exception):
    """What would be written stands there already."""


def folder_name(stem: str) -> str:
    """Return the name of the folder for a scenario file's baseline, one that Windows can have too.

    >>> folder_name("pilot"), folder_name("con"), folder_name("a.")
    ('pilot', 'con_', 'a._')
    """
    first = stem.partition(".")[0].strip().casefold()
    is_taken = first in _DEVICES_OF_WINDOWS or stem.casefold() == JUDGING_FILE
    return f"{stem}_" if is_taken or stem.endswith((".", " ")) else stem


def shared_name(file: Path) -> str:
    """Return what two scenario files have in common that would have one baseline."""
    return folder_name(file.stem).casefold()


def check_replaceable(folder: Path) -> None:
    """Raise UnusableInput where something stands that is no baseline."""
    if not folder.exists() or (folder / FILE).is_file():
        return
    if not folder.is_dir() or any(folder.iterdir()):
        what = f"{folder.as_posix()} is there and holds no baseline"
        raise UnusableInput([Problem(what, expected="another folder of baselines")])


def write_baseline(folder: Path, experiment: Experiment, rules: Rules) -> bool:
    """Write the baseline of what was simulated into a folder, whole or not at all.

    Return whether anything changed: the same baseline is not written again. Raises UnusableInput
    where something else stands there, or nothing can be written.
    """
    try:
        with whole_folder(folder, check_replaceable) as place:
            _write(place, experiment, rules)
            _keep_others(folder, place)
            if folder.is_dir() and _contents(place) == _contents(folder):
                raise _Unchanged
    except _Unchanged:
        return False
    return True


def _keep_others(folder: Path, place: Path) -> None:
    """Copy what people keep beside a baseline, such as notes."""
    others = sorted(folder.iterdir()) if folder.is_dir() else []
    for path in others:
        if path.name in (DEVICES, EVENTS, FILE):
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.copytree(path, place / path.name, symlinks=True)
        else:
            shutil.copy2(path, place / path.name, follow_symlinks=False)


def _contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def _write(folder: Path, experiment: Experiment, rules: Rules) -> None:
    run = experiment.first
    rows = list(_rows(run.outcomes.columns))
    lines = (csv_line(map(neutralize, cells)) for cells in rows)
    write_text(folder / DEVICES, chain([csv_line(COLUMNS)], lines))
    write_parquet(folder / EVENTS, event_table(run.log))
    limits = enumerate(rules.limits)
    document = {
        "fleetsim_baseline": FORMAT,
        "version": __version__,
        "name": run.prepared.scenario.name,
        "scenario": text_digest(scenario_text(run)),
        "seed": run.prepared.scenario.seed,
        "replications": len(experiment.results),
        "devices": len(run.outcomes),
        "table": rows_digest(rows),
        "events": len(run.log),
        "log": file_digest(folder / EVENTS),
        "digests": [one.events for one in experiment.results],
        "measures": {one.text: _stored(measured(one, at, experiment)) for at, one in limits},
    }
    write_json(folder / FILE, document)


def _rows(columns: Mapping[str, list[object]]) -> Iterator[Row]:
    for row in zip(*(columns[name] for name in COLUMNS), strict=True):
        yield tuple("" if cell is None else str(cell) for cell in row)


def measured(limit: Limit, place: int, experiment: Experiment) -> Measured:
    """Return what a measure is in a run; *place* is its place among the terms that were read."""
    readings = [one.term_readings[place] for one in experiment.results]
    if any(True for _ in over_runs(limit.term)):
        return Measured(_value(value_over(limit.term, readings)), ())
    each = tuple(map(_value, values_of_each(limit.term, readings)))
    return Measured(median(each), each)


def _value(found: Range | Missing) -> Value:
    """Return a number, or beyond which it lies; of what has no lower end nothing is known."""
    if isinstance(found, Missing) or math.isinf(found.low):
        return Value(None)
    if found.low != found.high and not math.isinf(found.high):
        return Value(None)
    return Value(round(found.low, 6), is_beyond=found.low != found.high)


def _stored(found: Measured) -> dict[str, Any]:
    return {"figure": _told(found.figure), "each": [_told(one) for one in found.each]}


def _told(value: Value) -> float | dict[str, float | None] | None:
    return {"beyond": value.number} if value.is_beyond else value.number
