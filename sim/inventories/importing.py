"""Importing an inventory: files of any known form, recognized by their headers, become a table."""

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from pathlib import Path

from sim.errors import Problem, UnusableInput
from sim.fleet.tables import MAX_PROBLEMS, Table, read_table, unusable
from sim.inventories.account import Inventory
from sim.inventories.dates import latest_contact
from sim.inventories.forms import is_fleet_table, likeness, nearest_form, recognize
from sim.inventories.placing import place
from sim.inventories.records import beginning, is_json
from sim.inventories.sheets import join, read_header, read_sheet
from sim.reference.traits import TRAITS

_LOG = logging.getLogger(__name__)
FILES = (".csv", ".json", ".txt")
"""The files of a folder that are read as parts of an inventory."""


def read_inventory(paths: Sequence[Path], time_zone: str = "UTC") -> Inventory:
    """Read the files of an inventory, or one fleet table; folders stand for their files.

    Moments with a time zone of their own are turned into the wall clock of *time_zone*. Raises
    UnusableInput when a file cannot be read or recognized. An inventory may have no row that could
    be placed: see `refuse_empty`.
    """
    files = inventory_files(paths)
    tables = [file for file in files if _is_table(file)]
    if not tables:
        return place(join([read_sheet(file, str(file)) for file in files]), time_zone)
    if len(files) > 1:
        what = "a fleet table is read alone"
        raise UnusableInput([Problem(what, expected="no other file", file=str(tables[0]))])
    table = read_table(tables[0], str(tables[0]))
    count = len(table.rows)
    return Inventory("a fleet table", table, (), count, count, (), (), latest_contact(table.rows))


def read_devices(path: Path, shown: str, time_zone: str) -> Table:
    """Return the table of one file: a fleet table, or an inventory; its account is logged."""
    if _is_table(path):
        return read_table(path, shown)
    inventory = place(join([read_sheet(path, shown)]), time_zone)
    refuse_empty(inventory)
    for remark in inventory.remarks:
        _LOG.warning("%s", remark)
    for line in inventory.summary() if inventory.left_out else ():
        _LOG.warning("%s: %s", shown, line)
    return inventory.table


def refuse_empty(inventory: Inventory) -> None:
    """Raise UnusableInput with the reasons when no row of an inventory became a device."""
    if inventory.table.rows:
        return
    problems = [row.problem() for row in inventory.left_out[:MAX_PROBLEMS]]
    rest = len(inventory.left_out) - len(problems)
    if rest:
        problems.append(Problem(f"and {rest} more that could not be placed"))
    what = f"{inventory.title} has no rows below the header"
    if problems:
        what = "no row could be placed"
    problems.append(Problem(what, expected="one row for each device"))
    raise UnusableInput(problems)


def moved_to(inventory: Inventory, start: date) -> tuple[Inventory, int]:
    """Move last contacts by whole days, so that the latest moment falls on the day before *start*.

    Returns the inventory and the number of days; 0 if no device has a last contact to move.
    """
    if inventory.as_of is None:
        return inventory, 0
    days = (start - inventory.as_of.date()).days - (inventory.as_of.time() > time())
    rows = inventory.table.rows
    moved = tuple(_moved(row, timedelta(days)) for row in rows)
    if all(row is before for row, before in zip(moved, rows, strict=True)):
        return inventory, 0
    return replace(inventory, table=replace(inventory.table, rows=moved)), days


def _moved(row: dict[str, object], by: timedelta) -> dict[str, object]:
    contact = row.get("last_contact")
    if not isinstance(contact, datetime):
        return row
    try:
        return row | {"last_contact": contact + by}
    except OverflowError:
        return row


def inventory_files(paths: Sequence[Path]) -> list[Path]:
    """Return the files that some paths stand for. Raises UnusableInput for an empty folder."""
    return [file for path in paths for file in _files(path)]


def _files(path: Path) -> list[Path]:
    """Return a file, or the files of a folder in order of name."""
    if not path.is_dir():
        return [path]
    files = sorted(file for file in path.iterdir() if file.suffix.lower() in FILES)
    if not files:
        raise unusable(str(path), "the folder contains no exports", "files in CSV or JSON")
    return files


def _is_table(path: Path) -> bool:
    """Return whether a file is a fleet table, or more like one than like any other form."""
    head = beginning(path, str(path))
    if head.startswith(b"PAR1"):
        return True
    if is_json(head):
        return False
    header = read_header(path, str(path))
    if header is None or is_fleet_table(header):
        return True
    if recognize(header):
        return False
    form = nearest_form(header)
    return form is None or likeness(header, form) <= sum(name in TRAITS for name in header)
