"""The records of a CSV export, each line accounted for: a record, or a fault with its reason.

A stray quotation mark would let a CSV reader swallow all lines up to the next one. Here a cell may
span some lines only where the record then has the right number of cells; else the first of them is
a fault, and reading goes on with the second.
"""

import csv
from collections import deque
from collections.abc import Iterator
from typing import NamedTuple, TextIO

SEPARATORS = (",", ";", "\t")
MOST_LINES = 50
"""A quoted cell with more line breaks is taken for one that never ends."""
_SKIPPED = ("#type ", "sep=")
"""How lines before the header begin: what PowerShell and Excel write there."""


class Record(NamedTuple):
    """One line of a table: where it begins, counted from 1, and its cells."""

    line: int
    cells: list[str]


class Fault(NamedTuple):
    """A line that is no record of its table, and why."""

    line: int
    reason: str


class Lines:
    """The lines of a file, each with its number; some can be put back."""

    def __init__(self, file: TextIO) -> None:
        self._numbered = enumerate(file, start=1)
        self._back: deque[tuple[int, str]] = deque()

    def __iter__(self) -> "Lines":
        return self

    def __next__(self) -> tuple[int, str]:
        if self._back:
            return self._back.popleft()
        return next(self._numbered)

    def put_back(self, lines: list[tuple[int, str]]) -> None:
        """Let lines come again, in their order, before all others."""
        self._back.extendleft(reversed(lines))


def header_line(lines: Lines) -> tuple[int, str] | None:
    """Return the line of the header: the first that is not blank and no remark of a program."""
    for number, line in lines:
        is_remark = line.casefold().lstrip('"').startswith(_SKIPPED)
        if not is_remark and not line.isspace():
            return number, line
    return None


def split(line: str, separator: str) -> list[str]:
    """Return the cells of one record; raises csv.Error when quotation marks are misplaced."""
    return next(csv.reader((line,), delimiter=separator, strict=True), [])


def records(lines: Lines, separator: str, width: int) -> Iterator[Record | Fault]:
    """Yield every line below the header as a record of *width* cells, or as a fault."""
    for number, line in lines:
        if line.count('"') % 2:
            yield _spanning(number, line, lines, separator, width)
            continue
        found = None if line.isspace() else _record(number, line, separator, width)
        if found is not None:
            yield found


def _record(number: int, text: str, separator: str, width: int) -> Record | Fault | None:
    """Return a record; None where all its cells are blank, so that there is no row."""
    try:
        cells = split(text, separator)
    except csv.Error as error:
        return Fault(number, _told(error))
    if not any(map(str.strip, cells)):
        return None
    if len(cells) == width:
        return Record(number, cells)
    if len(cells) > width and not any(cells[width:]):
        return Record(number, cells[:width])
    counted = "1 cell" if len(cells) == 1 else f"{len(cells)} cells"
    return Fault(number, f"the line has {counted}; {width}, as many as the header")


def _spanning(number: int, line: str, lines: Lines, separator: str, width: int) -> Record | Fault:
    """Return the record that begins on a line with an odd number of quotation marks."""
    more: list[tuple[int, str]] = []
    for next_number, next_line in lines:
        more.append((next_number, next_line))
        if next_line.count('"') % 2:
            text = "".join((line, *(text for _, text in more)))
            found = _record(number, text, separator, width)
            if isinstance(found, Record):
                return found
            break
        if len(more) == MOST_LINES:
            break
    lines.put_back(more)
    return Fault(number, 'a quoted cell that begins here never ends; a closing "')


def _told(error: csv.Error) -> str:
    """Return what the csv module complains of, in plain words."""
    if "expected after" in str(error):
        return 'text follows a closing quotation mark; "" for a quotation mark'
    if "field larger" in str(error):
        return f"a cell is longer than {csv.field_size_limit()} letters"
    return f"the line is not CSV ({error})"
