"""Reading a run folder: its tables, and the story of one device."""

import csv
import io
import json
from pathlib import Path
from typing import Any

from sim.errors import Problem, UnusableInput
from sim.files import read_text
from sim.fleet.cells import neutralize
from sim.runs.replication import unknown_device
from sim.scenario.loader import load_scenario
from sim.text.events import story_lines


def story(folder: Path, device: str, width: int = 0) -> list[str]:
    """Return the lines of one device's story, wrapped at a *width* that is not 0.

    Raises UnusableInput when *folder* is no run folder, is damaged, or has no such device.
    """
    check_run_folder(folder)
    try:
        row = _row_of(folder, device)
        row["all_causes"] = _all_causes_of(folder, row["name"])
        events = stored_table(folder, "events.parquet", filters=[("device", "==", row["name"])])
        scenario = load_scenario(folder / "scenario.yaml").scenario
        return story_lines(scenario, row, events.to_pylist(), width)
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


def _row_of(folder: Path, device: str) -> dict[str, Any]:
    table = stored_table(folder, "devices.parquet")
    names = table["name"].to_pylist()
    places = {name.casefold(): place for place, name in enumerate(names)}
    if device.casefold() not in places:
        raise unknown_device(device, names, str(folder), "a name of devices.csv")
    row: dict[str, Any] = table.slice(places[device.casefold()], 1).to_pylist()[0]
    return row


def _all_causes_of(folder: Path, device: str) -> str:
    """Return all causes of a device: the list for people has them, that for programs does not.

    Empty where somebody has taken the list away.
    """
    path, name = folder / "devices.csv", neutralize(device)
    if not path.is_file():
        return ""
    rows = csv.DictReader(io.StringIO(read_text(path, "devices"), newline=""))
    return next((row.get("all_causes") or "" for row in rows if row.get("name") == name), "")


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
