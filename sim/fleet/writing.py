"""Writing a fleet as a table (CSV or Parquet) that reads back to the same fleet."""

from pathlib import Path

from sim.fleet.columns import csv_line, neutralize, write_cell
from sim.fleet.device import TRAITS, Fleet
from sim.parquet_file import write_parquet


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
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(csv_line(header(fleet)))
        file.writelines(map(csv_line, rows(fleet)))


def write_fleet_parquet(fleet: Fleet, path: Path) -> None:
    """Write a fleet as Parquet; all columns are text, as in CSV."""
    import pyarrow

    columns = list(zip(*rows(fleet), strict=True))
    arrays = [pyarrow.array(column, pyarrow.string()).dictionary_encode() for column in columns]
    write_parquet(path, pyarrow.table(dict(zip(header(fleet), arrays, strict=True))))
