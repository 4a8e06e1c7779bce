"""The lines of a table file, CSV or Parquet, as text: what each cell means is not judged here."""

import csv
import io
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from sim.errors import Problem, UnusableInput

SEPARATORS = {";": "semicolons", "\t": "tabs"}
"""What tables are separated by that are not CSV as we read it."""
_WANTED = "a CSV or Parquet file"
_UTF_8 = "UTF-8 (Save as: CSV UTF-8)"


class Line(NamedTuple):
    """One line of a table: where it begins, counted from 1, and its cells."""

    number: int
    cells: list[str]


def table_lines(path: Path, shown: str) -> tuple[Line, list[Line]]:
    """Return the header and the lines below it that are not blank; *shown* names the file.

    Parquet is told by how the file begins, whatever its name; its rows count as lines below a
    header. Raises UnusableInput when the file cannot be read as a table.
    """
    return _parquet(path, shown) if _is_parquet(path) else _csv(path, shown)


def _is_parquet(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(4) == b"PAR1"
    except (OSError, ValueError):
        return False


def _csv(path: Path, shown: str) -> tuple[Line, list[Line]]:
    lines = [line for line in _split(_decode(path, shown), shown) if _is_written(line)]
    if not lines:
        expected = "a header line and one line for each device"
        raise _unusable(shown, "the file is empty", expected)
    number, cells = lines[0]
    header = Line(number, [cell.strip() for cell in cells])
    if len(cells) == 1:
        for separator, name in SEPARATORS.items():
            if separator in cells[0]:
                raise _unusable(
                    shown, f"the columns are separated by {name}", "write commas", number
                )
    return header, lines[1:]


def _is_written(line: Line) -> bool:
    return any(cell and not cell.isspace() for cell in line.cells)


def _split(text: str, shown: str) -> Iterator[Line]:
    """Yield the lines; one that holds quoted line breaks has the number of its first."""
    most = max(len(text), 1)
    previous = csv.field_size_limit(most)  # a cell as long as the file is unusual and no error
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    begins = 1
    try:
        for cells in reader:
            yield Line(begins, cells)
            begins = reader.line_num + 1
    except csv.Error as error:
        raise _unusable(shown, *_told(error), begins) from None
    finally:
        csv.field_size_limit(previous)


def _told(error: csv.Error) -> tuple[str, str]:
    """Return what the csv module complains of, in plain words, and what was expected."""
    if "unexpected end" in str(error):
        return "a quoted cell that begins here never ends", 'a closing "'
    if "expected after" in str(error):
        return "text follows a closing quotation mark", 'a comma, or "" for a quotation mark'
    return f"this is not a CSV table ({error})", _WANTED


def _decode(path: Path, shown: str) -> str:
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise _unusable(shown, "there is no such file", _WANTED) from None
    except IsADirectoryError:
        raise _unusable(shown, "this is a folder", _WANTED) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "not a file name"
        raise _unusable(shown, f"the file cannot be read ({reason})", _WANTED) from None
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise _unusable(shown, "the file is UTF-16", _UTF_8)
    if data.startswith(b"PK\x03\x04"):
        raise _unusable(shown, "this is an Excel workbook", "a CSV table (Save as: CSV UTF-8)")
    if b"\x00" in data:
        raise _unusable(shown, "the file is binary", _WANTED)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise _unusable(shown, "the text is not UTF-8", _UTF_8, line) from None


def _parquet(path: Path, shown: str) -> tuple[Line, list[Line]]:
    import pyarrow
    from pyarrow import parquet

    try:
        with path.open("rb") as file:
            table = parquet.ParquetFile(file).read(use_threads=False)
        columns = [_texts(column.to_pylist()) for column in table.columns]
    except (pyarrow.ArrowException, OSError, ValueError, OverflowError):
        raise _unusable(shown, "the Parquet file cannot be read", "one that is whole") from None
    rows = (list(cells) for cells in zip(*columns, strict=True))
    lines = (Line(number, cells) for number, cells in enumerate(rows, start=2))
    header = [str(name).strip() for name in table.column_names]
    return Line(1, header), [line for line in lines if _is_written(line)]


def _texts(values: Iterable[object]) -> list[str]:
    return [value if isinstance(value, str) else _text(value) for value in values]


def _text(value: object) -> str:
    """Write a typed cell as CSV would hold it; whole numbers without decimals, no value empty."""
    if value is None or value != value:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _unusable(shown: str, what: str, expected: str = "", line: int = 0) -> UnusableInput:
    return UnusableInput([Problem(what, expected=expected, file=shown, line=line)])
