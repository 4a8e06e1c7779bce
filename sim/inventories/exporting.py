"""Writing a fleet as the exports of the site and the portal, to try dashboards and scripts with.

Reading an export gives the traits of `CARRIED` again. Cells that a spreadsheet would run are
neutralized in CSV.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path

from sim.errors import Problem, UnusableInput
from sim.files import begins_with, overwriting_problems, whole_folder, write_text, write_whole
from sim.fleet.cells import csv_cell, neutralize, quoted_cell
from sim.fleet.tables import Table, write_table_csv, write_table_parquet
from sim.inventories import exported
from sim.inventories.dates import latest_contact
from sim.inventories.exported import Cells, Traits
from sim.reference.systems import OPERATING_SYSTEMS
from sim.reference.traits import TRAITS
from sim.scenario.calendar import time_zone

_OF_RESOURCE = (
    "name", "os", "build", "product_type", "location", "managed_by", "client", "client_version",
    "onboarded", "organization", "sensor_running", "last_contact", "restart_pending",
)  # fmt: skip

CARRIED: Mapping[str, tuple[str, ...]] = {
    "table": tuple(TRAITS),
    "cmdevice": _OF_RESOURCE,
    "sql": (*_OF_RESOURCE, "edition", "chassis", "esu"),
    "adminservice": _OF_RESOURCE,
    "portal": (
        "name", "os", "build", "location", "managed_by", "onboarded", "sensor_running",
        "last_contact",
    ),
}  # fmt: skip
"""The traits that each format carries; docs/inventories.md says what of them is coarser."""

FORMATS = tuple(CARRIED)
_SUFFIXES = {
    "table": (".csv", ".parquet"),
    "cmdevice": (".csv",),
    "adminservice": (".json",),
    "portal": (".csv",),
}
"""How the names of files end; `sql` is a folder."""

_BEFORE_JSON = '{"@odata.context": "$metadata#SMS_CombinedDeviceResources", "value": ['

VIEWS: Mapping[str, Callable[[Traits, int], Cells]] = {
    "v_R_System": exported.system_view,
    "v_CombinedDeviceResources": exported.combined_view,
    "v_GS_OPERATING_SYSTEM": exported.operating_system_view,
    "v_GS_SYSTEM_ENCLOSURE": exported.enclosure_view,
    "vSMS_G_System_AdvancedThreatProtectionHealthStatus": exported.health_view,
}
"""The views of the format `sql`, one file each."""


def check_name(format: str, out: Path) -> None:
    """Raise UnusableInput when a file of this format cannot have the name *out*."""
    endings = _SUFFIXES.get(format, ())
    if endings and out.suffix.lower() not in endings:
        wrong = "neither CSV nor Parquet" if format == "table" else f"no file of {format}"
        what = f"{out} is {wrong}"
        expected = f"a name ending in {' or '.join(endings)}"
        raise UnusableInput([Problem(what, expected=expected)])


def out_problems(format: str, out: Path, read: Iterable[Path]) -> Iterator[Problem]:
    """Yield why an export must not be written to *out*: see `overwriting_problems`."""
    kind = "fleet table" if format == "table" else f"file of {format}"
    kind = f"{kind} as fleetsim writes it"
    if format != "sql":
        check = partial(is_written, format=format)
        yield from overwriting_problems(out, kind, check, "--out", read=read)
        return
    _refuse_other_files(out)
    for view in VIEWS if out.is_dir() else ():
        check = partial(is_written, format=view)
        yield from overwriting_problems(out / f"{view}.csv", kind, check, "--out", read=read)


def is_written(path: Path, format: str) -> bool:
    """Say whether a file begins as fleetsim writes a table, an export or a view."""
    if format == "table" and path.suffix.lower() == ".parquet":
        return _parquet_columns(path)[: len(TRAITS)] == list(TRAITS)
    if format == "table":
        return any(begins_with(path, ",".join(TRAITS) + end) for end in (",", "\n"))
    if format == "adminservice":
        return begins_with(path, _BEFORE_JSON)
    sample: Traits = {"name": "", "os": next(iter(OPERATING_SYSTEMS))}
    if format == "cmdevice":
        return begins_with(path, ",".join(map(quoted_cell, exported.resource(sample, 0))) + "\r\n")
    cells = exported.portal_row(sample, None) if format == "portal" else VIEWS[format](sample, 0)
    return begins_with(path, ",".join(map(csv_cell, cells)) + "\n")


def _parquet_columns(path: Path) -> list[str]:
    from pyarrow import ArrowException, parquet

    try:
        return list(parquet.read_schema(path).names)
    except ArrowException:
        return []


@dataclass(frozen=True)
class Export:
    """The devices of a table, and the format in which they are written."""

    table: Table
    format: str
    time_zone: str
    """The time zone of the moments in the table; some formats write them in UTC."""

    def write(self, out: Path, suffix: str = ".csv") -> None:
        """Write the file, or fill the folder, *out*; *suffix* is that of the file in the end."""
        rows = self.table.rows
        if self.format == "table":
            write = write_table_parquet if suffix == ".parquet" else write_table_csv
            write(self.table, out)
        elif self.format == "cmdevice":
            resources = (exported.resource(row, number) for number, row in enumerate(rows))
            _write_csv(out, resources, _by_powershell, cell=quoted_cell, end="\r\n")
        elif self.format == "adminservice":
            write_text(out, self._json())
        elif self.format == "portal":
            as_of = latest_contact(rows)
            _write_csv(out, (exported.portal_row(row, as_of) for row in rows), self._by_portal)
        else:
            for view, cells_of in VIEWS.items():
                cells = (cells_of(row, number) for number, row in enumerate(rows))
                _write_csv(out / f"{view}.csv", cells, _by_sql)

    def _json(self) -> Iterator[str]:
        yield _BEFORE_JSON
        for number, row in enumerate(self.table.rows):
            members = json.dumps(exported.resource(row, number), default=self._in_json)
            yield ("," if number else "") + "\n" + members
        yield "\n]}\n"

    def _in_json(self, value: date) -> str:
        if isinstance(value, datetime):
            return f"{self._utc(value):%Y-%m-%dT%H:%M:%SZ}"
        return value.isoformat()

    def _by_portal(self, value: object) -> str:
        if isinstance(value, datetime):
            return f"{self._utc(value):%Y-%m-%dT%H:%M:%S.000Z}"
        return "" if value is None else neutralize(str(value))

    def _utc(self, moment: datetime) -> datetime:
        try:
            return moment.replace(tzinfo=time_zone(self.time_zone)).astimezone(UTC)
        except OverflowError:
            return moment


def write_out(export: Export, out: Path) -> None:
    """Write an export, a file or a folder of views, whole or not at all.

    A folder is replaced only where it holds nothing but views. Raises UnusableInput when *out*
    cannot be written or replaced.
    """
    if export.format == "sql":
        _refuse_other_files(out)
        with whole_folder(out, _refuse_other_files) as folder:
            export.write(folder)
    else:
        write_whole(out, lambda place: export.write(place, out.suffix.lower()))


def _refuse_other_files(out: Path) -> None:
    expected = "a new folder, or one of views to replace"
    if out.is_file():
        raise UnusableInput([Problem(f"{out} is a file", expected=expected)])
    views = {f"{view}.csv" for view in VIEWS}
    if out.is_dir() and any(path.name not in views for path in out.iterdir()):
        raise UnusableInput([Problem(f"{out} contains other files", expected=expected)])


def _write_csv(
    path: Path,
    rows: Iterable[Cells],
    text: Callable[[object], str],
    cell: Callable[[str], str] = csv_cell,
    end: str = "\n",
) -> None:
    def lines() -> Iterator[str]:
        for number, row in enumerate(rows):
            if not number:
                yield ",".join(map(cell, row)) + end
            yield ",".join(cell(text(value)) for value in row.values()) + end

    write_text(path, lines())


def _by_powershell(value: object) -> str:
    """Write a value as Export-Csv does on an American computer."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        clock = f"{value.hour % 12 or 12}:{value:%M:%S} {'PM' if value.hour >= 12 else 'AM'}"
        return f"{value.month}/{value.day}/{value.year} {clock}"
    return neutralize(str(value))


def _by_sql(value: object) -> str:
    """Write a value as a query's results are saved: NULL, 1 and 0, ISO dates."""
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, datetime):
        return f"{value.isoformat(' ', 'seconds')}.000"
    return value.isoformat() if isinstance(value, date) else neutralize(str(value))
