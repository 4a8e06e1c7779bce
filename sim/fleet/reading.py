"""Reading a fleet table from CSV or Parquet: every problem with its line, all at once."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from sim.errors import Problem, UnusableInput, nearest
from sim.fleet.columns import COLUMNS, restore
from sim.reference.platforms import OPERATING_SYSTEMS, classify

MOST_PROBLEMS = 50
"""Problems shown of one file; the rest is counted."""


@dataclass(frozen=True)
class Table:
    """A fleet table as it was read: the given traits of each row, and its labels."""

    rows: tuple[dict[str, object], ...]
    label_names: tuple[str, ...]
    labels: tuple[tuple[str, ...], ...]


def read_table(path: Path, shown: str) -> Table:
    """Read a fleet table; *shown* is the file's name in problems.

    Raises UnusableInput when the file cannot be read, lacks a column, or holds a row that cannot
    be used: a repeated or empty name, an unknown system, a cell that does not fit its column.
    """
    header, lines = _parquet(path, shown) if _is_parquet(path) else _csv(path, shown)
    return _Reader(shown, header).read(lines)


def _is_parquet(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(4) == b"PAR1"
    except OSError:
        return False


def _csv(path: Path, shown: str) -> tuple[list[str], list[tuple[int, list[str]]]]:
    text = _decode(path, shown)
    try:
        reader = csv.reader(io.StringIO(text, newline=""), strict=True)
        lines = [(reader.line_num, cells) for cells in reader]
    except csv.Error as error:
        raise _unusable(shown, f"this is not a CSV table: {error}", line=1) from None
    if not lines or not any(cell.strip() for cell in lines[0][1]):
        raise _unusable(shown, "the file is empty", "a header line and one line for each device")
    header = [cell.strip() for cell in lines[0][1]]
    if len(header) == 1 and ";" in header[0]:
        raise _unusable(shown, "the columns are separated by semicolons", "commas", line=1)
    return header, [(line, cells) for line, cells in lines[1:] if any(cells)]


def _decode(path: Path, shown: str) -> str:
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise _unusable(shown, "there is no such file", "a CSV or Parquet file") from None
    except IsADirectoryError:
        raise _unusable(shown, "this is a folder", "a CSV or Parquet file") from None
    except OSError as error:
        raise _unusable(shown, f"the file cannot be read: {error.strerror}") from None
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise _unusable(shown, "the file is UTF-16", "UTF-8 (Save as: CSV UTF-8)")
    if b"\x00" in data:
        raise _unusable(shown, "the file is binary", "a CSV or Parquet file")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise _unusable(
            shown, "the text is not UTF-8", "UTF-8 (Save as: CSV UTF-8)", line=line
        ) from None


def _parquet(path: Path, shown: str) -> tuple[list[str], list[tuple[int, list[str]]]]:
    import pyarrow
    from pyarrow import parquet

    try:
        table = parquet.read_table(path)
    except (pyarrow.ArrowException, OSError):
        raise _unusable(shown, "this is not a readable Parquet file") from None
    columns = [[_cell(value) for value in column.to_pylist()] for column in table.columns]
    rows = zip(*columns, strict=True)
    return list(table.column_names), [(number, list(cells)) for number, cells in enumerate(rows, 2)]


def _cell(value: object) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _unusable(shown: str, what: str, expected: str = "", line: int = 0) -> UnusableInput:
    return UnusableInput([Problem(what, expected=expected, file=shown, line=line)])


class _Reader:
    """Reads the rows of one table, collecting problems."""

    def __init__(self, shown: str, header: Sequence[str]) -> None:
        self._shown = shown
        self._header = header
        self._problems: list[Problem] = []
        self._total = 0
        self._names: dict[str, int] = {}
        self._cached = lru_cache(maxsize=None)(self._value)
        self._check_header()

    def _complain(self, what: str, line: int, column: str = "", **more: str) -> None:
        self._total += 1
        if len(self._problems) < MOST_PROBLEMS:
            self._problems.append(Problem(what, path=column, file=self._shown, line=line, **more))

    def _check_header(self) -> None:
        for column in sorted({name for name in self._header if self._header.count(name) > 1}):
            self._complain(f"the column {column!r} stands twice", 1)
        if "name" not in self._header:
            near = nearest("name", self._header)
            self._complain("the column name is missing", 1, expected=_like(near))
        if "os" not in self._header and "build" not in self._header:
            self._complain(
                "the system is missing", 1, expected="a column os, such as windows-11-24h2"
            )
        if "" in self._header:
            self._complain("a column has no name", 1)
        self._stop_on_problems()

    def _stop_on_problems(self) -> None:
        if not self._problems:
            return
        if self._total > len(self._problems):
            rest = self._total - len(self._problems)
            self._problems.append(Problem(f"and {rest} more problems", file=self._shown))
        raise UnusableInput(self._problems)

    def read(self, lines: Iterable[tuple[int, list[str]]]) -> Table:
        """Return the table, or raise UnusableInput with what is wrong."""
        label_names = tuple(name for name in self._header if name not in COLUMNS)
        rows, labels = [], []
        for line, cells in lines:
            if len(cells) != len(self._header):
                self._complain(
                    f"the line has {len(cells)} cells", line, expected=f"{len(self._header)} cells"
                )
                continue
            given = dict(zip(self._header, (restore(cell.strip()) for cell in cells), strict=True))
            rows.append(self._row(given, line))
            labels.append(tuple(given[name] for name in label_names))
        if not rows and not self._problems:
            self._complain("the table has no devices", 1, expected="one line for each device")
        self._stop_on_problems()
        return Table(tuple(rows), label_names, tuple(labels))

    def _row(self, given: dict[str, str], line: int) -> dict[str, object]:
        row: dict[str, object] = {}
        for name, text in given.items():
            if name in COLUMNS and text and name not in ("name", "os", "build"):
                value, problem = self._cached(name, text)
                if problem:
                    self._complain(
                        problem[0], line, name, expected=problem[1], suggestion=problem[2]
                    )
                row[name] = value
        row["name"] = self._name(given["name"], line)
        self._place(given, row, line)
        return row

    def _name(self, name: str, line: int) -> str:
        folded = name.casefold()
        if not name:
            self._complain("the device has no name", line, "name")
        elif folded in self._names:
            self._complain(
                f"the name {name!r} stands on line {self._names[folded]} already",
                line,
                "name",
                expected="each name once (upper and lower case are the same)",
            )
        else:
            self._names[folded] = line
        return name

    @staticmethod
    def _value(column: str, text: str) -> tuple[object, tuple[str, str, str] | None]:
        kind = COLUMNS[column]
        try:
            return kind.read(text), None
        except ValueError:
            return None, (f"{text!r} does not fit", kind.expected, nearest(text, kind.choices))

    def _place(self, given: dict[str, str], row: dict[str, object], line: int) -> None:
        """Find the operating system by id, or by name, build and product type (OS-5)."""
        name, build = given.get("os", ""), given.get("build", "")
        kind = row.get("product_type")
        system = classify(name or None, build or None, None if kind is None else str(kind))
        if system is None:
            shown = " ".join(part for part in (name, build) if part) or "an empty cell"
            self._complain(
                f"the system {shown!r} is unknown",
                line,
                "os",
                expected="an id such as windows-11-24h2, or a name with its build",
                suggestion=nearest(name, tuple(OPERATING_SYSTEMS)),
            )
            return
        row["os"] = system.id
        row["build"] = system.build


def _like(near: str) -> str:
    return f"it is called {near!r} here: rename it to name" if near else "a column name"
