"""Fleet tables in CSV or Parquet: read with every problem and its line, and written.

A table file is first split into lines of text cells, then each cell is read as its trait says. A
fleet that is written as a table reads back to the same fleet.
"""

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

from sim.errors import Problem, UnusableInput, nearest
from sim.files import write_parquet, write_text
from sim.fleet.cells import csv_cell, csv_line, neutralize, restore, write_cell
from sim.fleet.device import Fleet
from sim.reference.systems import MULTI_SESSION, OPERATING_SYSTEMS, classify
from sim.reference.traits import TRAITS

SEPARATORS = {";": "semicolons", "\t": "tabs"}
"""Separators of tables that are not read as CSV, with their names."""
_EXPECTED = "a CSV or Parquet file"
_UTF_8 = "UTF-8 (Save as: CSV UTF-8)"


class Line(NamedTuple):
    """One line of a table: where it begins, counted from 1, and its cells."""

    number: int
    cells: list[str]


def table_lines(path: Path, shown: str) -> tuple[Line, list[Line]]:
    """Return the header and the lines below it that are not blank; *shown* names the file.

    A Parquet file is recognized by its first bytes, whatever its name; its rows count as lines
    below a header. Raises UnusableInput when the file cannot be read as a table.
    """
    return _parquet(path, shown) if _is_parquet(path) else _csv(path, shown)


def _is_parquet(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(4) == b"PAR1"
    except (OSError, ValueError):
        return False


def _csv(path: Path, shown: str) -> tuple[Line, list[Line]]:
    lines = [line for line in _split(_decode(path, shown), shown) if _is_filled(line)]
    if not lines:
        expected = "a header line and one line for each device"
        raise unusable(shown, "the file is empty", expected)
    number, cells = lines[0]
    header = Line(number, [cell.strip() for cell in cells])
    if len(cells) == 1:
        for separator, name in SEPARATORS.items():
            if separator in cells[0]:
                raise unusable(
                    shown, f"the columns are separated by {name}", "write commas", number
                )
    return header, lines[1:]


def _is_filled(line: Line) -> bool:
    return any(cell and not cell.isspace() for cell in line.cells)


def _split(text: str, shown: str) -> Iterator[Line]:
    """Yield the lines; one that holds quoted line breaks has the number of its first."""
    previous = csv.field_size_limit(max(len(text), 1))  # a cell may be as long as the file
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    begins = 1
    try:
        for cells in reader:
            yield Line(begins, cells)
            begins = reader.line_num + 1
    except csv.Error as error:
        raise unusable(shown, *_csv_complaint(error), begins) from None
    finally:
        csv.field_size_limit(previous)


def _csv_complaint(error: csv.Error) -> tuple[str, str]:
    """Return the complaint of the csv module in plain words, and what was expected."""
    if "unexpected end" in str(error):
        return "a quoted cell that begins here never ends", 'a closing "'
    if "expected after" in str(error):
        return "text follows a closing quotation mark", 'a comma, or "" for a quotation mark'
    return f"this is not a CSV table ({error})", _EXPECTED


def _decode(path: Path, shown: str) -> str:
    try:
        data = path.read_bytes()
    except (OSError, ValueError) as error:
        raise unreadable(error, shown, _EXPECTED) from None
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise unusable(shown, "the file is UTF-16", _UTF_8)
    if data.startswith(b"PK\x03\x04"):
        raise unusable(shown, "this is an Excel workbook", "a CSV table (Save as: CSV UTF-8)")
    if b"\x00" in data:
        raise unusable(shown, "the file is binary", _EXPECTED)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise unusable(shown, "the text is not UTF-8", _UTF_8, line) from None


def _parquet(path: Path, shown: str) -> tuple[Line, list[Line]]:
    import pyarrow
    from pyarrow import parquet

    try:
        with path.open("rb") as file:
            table = parquet.ParquetFile(file).read(use_threads=False)
        columns = [list(map(_text, column.to_pylist())) for column in table.columns]
    except (pyarrow.ArrowException, OSError, ValueError, OverflowError):
        raise unusable(shown, "the Parquet file cannot be read", "one that is whole") from None
    rows = (list(cells) for cells in zip(*columns, strict=True))
    lines = (Line(number, cells) for number, cells in enumerate(rows, start=2))
    header = [str(name).strip() for name in table.column_names]
    return Line(1, header), [line for line in lines if _is_filled(line)]


def _text(value: object) -> str:
    """Return a typed cell as CSV text: whole numbers without decimals, no value as empty text."""
    if isinstance(value, str):
        return value
    if value is None or value != value:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def unreadable(error: OSError | ValueError, shown: str, expected: str) -> UnusableInput:
    """Return the error of a file that the file system refuses to open."""
    if isinstance(error, FileNotFoundError):
        return unusable(shown, "there is no such file", expected)
    if isinstance(error, IsADirectoryError):
        return unusable(shown, "this is a folder", expected)
    reason = getattr(error, "strerror", None) or "not a file name"
    return unusable(shown, f"the file cannot be read ({reason})", expected)


def unusable(shown: str, what: str, expected: str, line: int = 0) -> UnusableInput:
    """Return the error of a file that cannot be used at all; *shown* is its name."""
    return UnusableInput([Problem(what, expected=expected, file=shown, line=line)])


MAX_PROBLEMS = 50
"""The most problems shown for one file; the rest is counted."""
MAX_SHOWN = 40
"""The most characters of a cell that a problem repeats."""
_SYSTEM_IDS = tuple(OPERATING_SYSTEMS)
CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")


@dataclass(frozen=True)
class Table:
    """A fleet table as it was read: the filled cells of each row as traits, and its labels."""

    rows: tuple[dict[str, object], ...]
    label_names: tuple[str, ...]
    labels: tuple[tuple[str, ...], ...]
    lines: tuple[int, ...]
    """Where each row stands in the file, counted from 1."""


def read_table(path: Path, shown: str) -> Table:
    """Read a fleet table; *shown* is the file's name in problems.

    Raises UnusableInput when the file cannot be read, lacks a column, or has a row that cannot be
    used: a repeated or empty name, an unknown system, a cell that does not fit its column.
    """
    header, lines = table_lines(path, shown)
    return _TableReader(shown, header).read(lines)


def quoted(text: str) -> str:
    """Return a cell's text as a problem repeats it: on one line, and shortened if it is long."""
    text = "".join(each if each.isprintable() else " " for each in text)
    return f'"{text[:MAX_SHOWN]}..."' if len(text) > MAX_SHOWN else f'"{text}"'


class _TableReader:
    """Reads the rows of one table, collecting problems."""

    def __init__(self, shown: str, header: Line) -> None:
        self._shown = shown
        self._header = [restore(name) for name in header.cells]
        self._problems: list[Problem] = []
        self._total = 0
        self._records: dict[str, list[tuple[int, datetime, datetime]]] = {}
        """The line of each record of a name, and from when until when it is in the fleet."""
        self._cached = lru_cache(maxsize=None)(self._value)
        self._check_header(header.number)

    def _complain(self, what: str, line: int, column: str = "", **more: str) -> None:
        self._total += 1
        if len(self._problems) < MAX_PROBLEMS:
            self._problems.append(Problem(what, path=column, file=self._shown, line=line, **more))

    def _check_header(self, line: int) -> None:
        header = self._header
        for name in dict.fromkeys(name for name in header if name and header.count(name) > 1):
            self._complain(f"the column {quoted(name)} appears twice", line, expected="keep one")
        if "name" not in header:
            near = nearest("name", header)
            expected = f"rename {quoted(near)} to name" if near else "a column name"
            self._complain("the column name is missing", line, expected=expected)
        if "os" not in header and "build" not in header:
            near = next((name for name in header if name.lower() in ("os", "build")), "")
            expected = "a column os, such as windows-11-24h2"
            if near:
                expected = f"rename {quoted(near)} to {near.lower()}"
            self._complain("the system is missing", line, expected=expected)
        for number, name in enumerate(header, start=1):
            if not name:
                what = f"column {number} has no name"
                self._complain(what, line, expected="a name, or no such column")
        self._stop_on_problems()

    def _stop_on_problems(self) -> None:
        if not self._problems:
            return
        rest = self._total - len(self._problems)
        if rest:
            more = "1 more problem" if rest == 1 else f"{rest} more problems"
            self._problems.append(Problem(f"and {more}", file=self._shown))
        raise UnusableInput(self._problems)

    def read(self, lines: Iterable[Line]) -> Table:
        """Return the table, or raise UnusableInput with what is wrong."""
        label_names = tuple(name for name in self._header if name not in TRAITS)
        rows, labels, numbers = [], [], []
        for line in lines:
            if len(line.cells) != len(self._header):
                self._complain(
                    f"the line has {_count(line.cells)}",
                    line.number,
                    expected=f"{_count(self._header)}, as many as the header",
                )
                continue
            cells = (restore(cell.strip()) for cell in line.cells)
            texts = dict(zip(self._header, cells, strict=True))
            rows.append(self._row(texts, line.number))
            labels.append(tuple(texts[name] for name in label_names))
            numbers.append(line.number)
        if not rows and not self._problems:
            self._complain("the table has no devices", 1, expected="one line for each device")
        self._stop_on_problems()
        return Table(tuple(rows), label_names, tuple(labels), tuple(numbers))

    def _row(self, texts: dict[str, str], line: int) -> dict[str, object]:
        row: dict[str, object] = {}
        for name, text in texts.items():
            if name in TRAITS and text and name not in ("name", "os", "build"):
                value, problem = self._cached(name, text)
                if problem:
                    what, expected, suggestion = problem
                    self._complain(what, line, name, expected=expected, suggestion=suggestion)
                row[name] = value
        row["name"] = self._name(texts["name"], row, line)
        self._place(texts, row, line)
        return row

    def _name(self, name: str, row: Mapping[str, object], line: int) -> str:
        if not name:
            self._complain("the device has no name", line, "name")
        elif CONTROL.search(name):
            self._complain(
                f"the name {quoted(name)} contains a control character",
                line,
                "name",
                expected="one line of plain text",
            )
        else:
            self._check_record(name, row, line)
        return name

    def _check_record(self, name: str, row: Mapping[str, object], line: int) -> None:
        """Refuse two records of one name, unless one computer follows the other (CON-5)."""
        joined, retired = row.get("joined_at"), row.get("retired_at")
        since = joined if isinstance(joined, datetime) else datetime.min
        until = retired if isinstance(retired, datetime) else datetime.max
        others = self._records.setdefault(name.casefold(), [])
        for other, other_since, other_until in others:
            if since < other_until and other_since < until:
                self._complain(
                    f"the name {quoted(name)} is already on line {other}",
                    line,
                    "name",
                    expected="each name once (upper and lower case are the same), or a computer"
                    " that joins when the earlier one of its name has retired",
                )
                return
        others.append((line, since, until))

    @staticmethod
    def _value(column: str, text: str) -> tuple[object, tuple[str, str, str] | None]:
        trait = TRAITS[column]
        try:
            return trait.read(text), None
        except ValueError:
            near = nearest(text[:MAX_SHOWN], trait.words)
            return None, (f"{quoted(text)} does not fit", trait.expected, near)

    def _place(self, texts: dict[str, str], row: dict[str, object], line: int) -> None:
        """Find the operating system by id, or by name, build and product type (OS-5)."""
        name, build = texts.get("os", ""), texts.get("build", "")
        product_type = row.get("product_type")
        is_multi_session = row.get("edition") == MULTI_SESSION
        known_type = None if product_type is None else str(product_type)
        system = classify(name or None, build or None, "client" if is_multi_session else known_type)
        if system is not None:
            row["os"], row["build"] = system.id, system.build
            if is_multi_session and system.product_type == "client":
                row["product_type"] = "client"
            return
        if not name and not build:
            expected = "an id such as windows-11-24h2, or a build"
            self._complain("the device has no system", line, "os", expected=expected)
            return
        self._complain(
            f"the system {quoted(' '.join(part for part in (name, build) if part))} is unknown",
            line,
            "os" if name else "build",
            expected="an id such as windows-11-24h2, or a name with its build",
            suggestion="" if " " in name else nearest(name[:MAX_SHOWN], _SYSTEM_IDS),
        )


def _count(cells: Sequence[str]) -> str:
    return "1 cell" if len(cells) == 1 else f"{len(cells)} cells"


def table_of(fleet: Fleet) -> Table:
    """Return the table of a fleet, with every trait, one row a device in order of name."""
    rows = tuple({name: getattr(device, name) for name in TRAITS} for device in fleet.devices)
    labels = tuple(device.labels for device in fleet.devices)
    return Table(rows, fleet.label_names, labels, tuple(range(2, len(rows) + 2)))


def write_table_csv(table: Table, path: Path) -> None:
    """Write a table as CSV: UTF-8, commas, one line a device; traits that it lacks are empty."""
    columns = columns_of(table)
    quoted = [_each(csv_cell, column) for column in columns.values()]
    lines = (",".join(cells) + "\n" for cells in zip(*quoted, strict=True))
    write_text(path, chain([csv_line(columns)], lines))


def write_table_parquet(table: Table, path: Path) -> None:
    """Write a table as Parquet; all columns are text, as in CSV."""
    import pyarrow

    arrays = {
        name: pyarrow.array(column, pyarrow.string()).dictionary_encode()
        for name, column in columns_of(table).items()
    }
    write_parquet(path, pyarrow.table(arrays))


def columns_of(table: Table) -> dict[str, list[str]]:
    """Return the cells of a written table by column: every trait, then the labels."""
    filled = set(chain.from_iterable(table.rows))
    empty = [""] * len(table.rows)
    columns = {
        name: _each(write_cell, [row.get(name) for row in table.rows]) if name in filled else empty
        for name in TRAITS
    }
    for place, name in enumerate(table.label_names):
        cells = [labels[place] for labels in table.labels]
        columns[neutralize(name)] = _each(write_cell, cells)
    return columns


def _each(write: Callable[[Any], str], values: list[Any]) -> list[str]:
    """Return the text of each value of one column; equal ones are written once."""
    written = {value: write(value) for value in set(values)}
    return list(map(written.__getitem__, values))
