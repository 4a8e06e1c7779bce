"""One device's story from a run folder: what befell it, in order, with the rules behind it."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from sim.errors import Problem, UnusableInput, nearest
from sim.output.archive import is_run_folder
from sim.output.style_text import elapsed_text, moment_text, printable, wall_time, words
from sim.reference.remedies import REMEDIES
from sim.scenario.loader import load

_DETAILS = ("policy", "payload", "collection", "step")


def story(folder: Path, device: str) -> list[str]:
    """Return the lines that tell one device's story.

    Raises UnusableInput when *folder* is no run folder or has no such device.
    """
    if not is_run_folder(folder):
        raise UnusableInput(
            [Problem(f"{folder} is not a run folder", expected="a folder that fleetsim run wrote")]
        )
    row = _row_of(folder, device)
    scenario = load(folder / "scenario.yaml").scenario
    events = list(_events_of(folder, row["name"]))
    lines = [_heading(row), ""]
    lines += [_line(event, scenario.start) for event in events]
    if not events:
        lines.append("Nothing befell this device.")
    return [*lines, "", *_ending(row)]


def _row_of(folder: Path, device: str) -> dict[str, Any]:
    from pyarrow import parquet

    table = parquet.read_table(folder / "devices.parquet")
    names = table["name"].to_pylist()
    folded = {name.casefold(): number for number, name in enumerate(names)}
    if device.casefold() not in folded:
        raise UnusableInput(
            [
                Problem(
                    f"no device {device!r} in {folder}", suggestion=nearest(device, names[:20_000])
                )
            ]
        )
    row: dict[str, Any] = table.slice(folded[device.casefold()], 1).to_pylist()[0]
    return row


def _events_of(folder: Path, device: str) -> Iterator[dict[str, Any]]:
    from pyarrow import parquet

    table = parquet.read_table(folder / "events.parquet", filters=[("device", "==", device)])
    yield from table.to_pylist()


def _heading(row: dict[str, Any]) -> str:
    place = f", {row['location']}" if row["location"] else ""
    return printable(f"{row['name']}: {row['os']}{place}, route {row['route']}")


def _line(event: dict[str, Any], start: datetime) -> str:
    when = f"{moment_text(wall_time(start, event['time'])):<18} {elapsed_text(event['time']):>14}"
    details = [str(event[name]) for name in _DETAILS if event[name]]
    if event["cause"]:
        details.insert(0, words(event["cause"]))
    text = f"{words(event['event'])}" + (f": {', '.join(details)}" if details else "")
    rule = f"  [{event['rule']}]" if event["rule"] else ""
    return printable(f"{when}  {text}{rule}")


def _ending(row: dict[str, Any]) -> Iterator[str]:
    cause = f" ({words(row['cause'])})" if row["cause"] else ""
    rule = f"  [{row['rule']}]" if row["rule"] else ""
    yield f"At the end: {words(row['status'])}{cause}{rule}"
    remedy = REMEDIES.get(row["cause"])
    if remedy is not None and row["status"] != "onboarded":
        yield f"What to do: {remedy.remedy}"
