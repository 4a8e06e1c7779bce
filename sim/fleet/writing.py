"""Writing a fleet as a table (CSV or Parquet) that reads back to the same fleet."""

from collections.abc import Callable
from itertools import chain
from pathlib import Path
from typing import Any

from sim.files import write_parquet, write_text
from sim.fleet.cells import csv_cell, csv_line, neutralize, write_cell
from sim.fleet.device import Fleet
from sim.fleet.reading import Table
from sim.reference.traits import TRAITS


def header(fleet: Fleet) -> tuple[str, ...]:
    """Return the columns of a written fleet: every trait, then the labels."""
    return (*TRAITS, *map(neutralize, fleet.label_names))


def rows(fleet: Fleet) -> list[list[str]]:
    """Return the cells of a written fleet, one row a device, in order of name."""
    return [
        [
            *(write_cell(getattr(device, name)) for name in TRAITS),
            *(write_cell(label) for label in device.labels),
        ]
        for device in fleet.devices
    ]


def write_csv(fleet: Fleet, path: Path) -> None:
    """Write a fleet as CSV: UTF-8, commas, one line a device."""
    write_text(path, map(csv_line, (header(fleet), *rows(fleet))))


def write_fleet_parquet(fleet: Fleet, path: Path) -> None:
    """Write a fleet as Parquet; all columns are text, as in CSV."""
    import pyarrow

    columns = list(zip(*rows(fleet), strict=True))
    arrays = [pyarrow.array(column, pyarrow.string()).dictionary_encode() for column in columns]
    write_parquet(path, pyarrow.table(dict(zip(header(fleet), arrays, strict=True))))


def write_table_csv(table: Table, path: Path) -> None:
    """Write a table as it was read; traits that it lacks are empty. See `write_csv`."""
    names, columns = _columns(table)
    quoted = [_each(csv_cell, column) for column in columns]
    lines = (",".join(cells) + "\n" for cells in zip(*quoted, strict=True))
    write_text(path, chain([csv_line(names)], lines))


def write_table_parquet(table: Table, path: Path) -> None:
    """Write a table as it was read, as Parquet; see `write_fleet_parquet`."""
    import pyarrow

    names, columns = _columns(table)
    arrays = [pyarrow.array(column, pyarrow.string()).dictionary_encode() for column in columns]
    write_parquet(path, pyarrow.table(dict(zip(names, arrays, strict=True))))


def _columns(table: Table) -> tuple[list[str], list[list[str]]]:
    """Return the columns of a table by name: every trait, then the labels."""
    filled = set(chain.from_iterable(table.rows))
    empty = [""] * len(table.rows)
    traits = [
        _each(write_cell, [row.get(name) for row in table.rows]) if name in filled else empty
        for name in TRAITS
    ]
    labels = [_each(write_cell, list(column)) for column in zip(*table.labels, strict=True)]
    return [*TRAITS, *map(neutralize, table.label_names)], [*traits, *labels]


def _each(write: Callable[[Any], str], values: list[Any]) -> list[str]:
    """Return the text of each value of one column; equal ones are written once."""
    written = {value: write(value) for value in set(values)}
    return list(map(written.__getitem__, values))
