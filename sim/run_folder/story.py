"""Reading a run folder: its tables, and the story of one device."""

import csv
import io
import json
from collections.abc import Sequence
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

from sim.errors import Problem, UnusableInput
from sim.files import read_text
from sim.fleet.cells import neutralize
from sim.runs.replication import unknown_device
from sim.scenario.loader import load_scenario
from sim.text.events import stories


def story(folder: Path, device: str, width: int = 0) -> list[str]:
    """Return the lines of one device's story, wrapped at a *width* that is not 0.

    Raises UnusableInput when *folder* is no run folder, is damaged, or has no such device.
    """
    check_run_folder(folder)
    try:
        rows = _rows_of(folder, device)
        names = sorted({row["name"] for row in rows})
        stored = stored_table(folder, "events.parquet", filters=[("device", "in", names)])
        events = stored.to_pylist()
        histories = zip(rows, _by_computer(events, len(rows)), strict=True)
        scenario = load_scenario(folder / "scenario.yaml").scenario
        return stories(scenario, list(histories), width)
    except (KeyError, AttributeError, TypeError, OverflowError):
        raise damaged_file(folder) from None


def is_run_folder(folder: Path) -> bool:
    """Return whether a folder is one that fleetsim wrote."""
    origin = folder / "provenance.json"
    try:
        if not origin.is_file():  # a pipe would never end
            return False
        document = json.loads(origin.read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(document, dict) and document.get("tool") == "fleetsim"


def check_run_folder(folder: Path) -> None:
    """Raise UnusableInput when *folder* is not a run folder."""
    if not is_run_folder(folder):
        what = f"{folder} is not a run folder"
        raise UnusableInput([Problem(what, expected="a folder that fleetsim run wrote")])


def _rows_of(folder: Path, device: str) -> list[dict[str, Any]]:
    """Return the row of each computer of a name, with all causes.

    The list for people has those, that for programs does not. They are empty where somebody has
    taken the list away.
    """
    table = stored_table(folder, "devices.parquet")
    names = table["name"].to_pylist()
    places = [at for at, name in enumerate(names) if name.casefold() == device.casefold()]
    if not places:
        raise unknown_device(device, names, str(folder), "a name of devices.csv")
    rows: list[dict[str, Any]] = table.take(places).to_pylist()
    path, listed = folder / "devices.csv", []
    if path.is_file():
        text = read_text(path, "devices").removeprefix("\ufeff")
        listed = list(csv.DictReader(io.StringIO(text, newline="")))
    for name, same in groupby(rows, key=itemgetter("name")):
        causes = (each.get("all_causes") for each in listed if each.get("name") == neutralize(name))
        for row in same:
            row["all_causes"] = next(causes, "") or ""
    return rows


def _by_computer(events: Sequence[dict[str, Any]], computers: int) -> list[list[dict[str, Any]]]:
    """Return the events of a name by computer: each later one begins when it joins.

    The portal's record of an earlier one outlives it (CON-5): a row about that belongs to the first
    computer that has left and has no such row yet.
    """
    parts: list[list[dict[str, Any]]] = [[] for _ in range(computers)]
    joins = [at for at, event in enumerate(events) if event["event"] == "joined"]
    begins = joins[len(joins) - (computers - 1) :]
    for at, event in enumerate(events):
        owner = sum(begin <= at for begin in begins)
        if event["rule"] == "CON-5":
            has = [
                number
                for number in range(owner)
                if not any(
                    event["event"] == each["event"] and each["rule"] == "CON-5"
                    for each in parts[number]
                )
            ]
            owner = has[0] if has else owner
        parts[owner].append(event)
    return parts


def stored_table(folder: Path, file: str, **how: Any) -> Any:
    """Read a table of the run folder, or raise with the name of a damaged file."""
    import pyarrow
    from pyarrow import parquet

    try:
        with (folder / file).open("rb") as source:
            return parquet.read_table(source, use_threads=False, pre_buffer=False, **how)
    except (OSError, pyarrow.ArrowException):
        raise damaged_file(folder / file) from None


def damaged_file(file: Path) -> UnusableInput:
    """Return the problem of a file of a run folder that cannot be read."""
    what = f"{file} is missing or damaged"
    return UnusableInput([Problem(what, expected="a whole run folder; run the scenario again")])
