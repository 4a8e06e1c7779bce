"""Reading a fleet table from CSV or Parquet: every problem with its line, all at once."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from sim.errors import Problem, UnusableInput, nearest
from sim.fleet.columns import COLUMNS, restore
from sim.fleet.table_files import Line, table_lines
from sim.reference.platforms import OPERATING_SYSTEMS, classify

MOST_PROBLEMS = 50
"""Problems shown of one file; the rest is counted."""
LONGEST_SHOWN = 40
"""Letters of a cell that a problem repeats."""
_SYSTEM_IDS = tuple(OPERATING_SYSTEMS)
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")


@dataclass(frozen=True)
class Table:
    """A fleet table as it was read: the given traits of each row, and its labels."""

    rows: tuple[dict[str, object], ...]
    label_names: tuple[str, ...]
    labels: tuple[tuple[str, ...], ...]
    lines: tuple[int, ...]
    """Where each row stands in the file, counted from 1."""


def read_table(path: Path, shown: str) -> Table:
    """Read a fleet table; *shown* is the file's name in problems.

    Raises UnusableInput when the file cannot be read, lacks a column, or holds a row that cannot
    be used: a repeated or empty name, an unknown system, a cell that does not fit its column.
    """
    header, lines = table_lines(path, shown)
    return _Reader(shown, header).read(lines)


def quoted(text: str) -> str:
    """Return a cell's text as a problem repeats it: on one line, and not all of a long one."""
    text = "".join(sign if sign.isprintable() else " " for sign in text)
    return f'"{text[:LONGEST_SHOWN]}..."' if len(text) > LONGEST_SHOWN else f'"{text}"'


class _Reader:
    """Reads the rows of one table, collecting problems."""

    def __init__(self, shown: str, header: Line) -> None:
        self._shown = shown
        self._header = [restore(name) for name in header.cells]
        self._problems: list[Problem] = []
        self._total = 0
        self._names: dict[str, int] = {}
        self._cached = lru_cache(maxsize=None)(self._value)
        self._check_header(header.number)

    def _complain(self, what: str, line: int, column: str = "", **more: str) -> None:
        self._total += 1
        if len(self._problems) < MOST_PROBLEMS:
            self._problems.append(Problem(what, path=column, file=self._shown, line=line, **more))

    def _check_header(self, line: int) -> None:
        header = self._header
        for name in dict.fromkeys(name for name in header if name and header.count(name) > 1):
            self._complain(f"the column {quoted(name)} stands twice", line, expected="keep one")
        if "name" not in header:
            near = nearest("name", header)
            expected = f"rename {quoted(near)} to name" if near else "a column name"
            self._complain("the column name is missing", line, expected=expected)
        if "os" not in header and "build" not in header:
            expected = "a column os, such as windows-11-24h2"
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
        label_names = tuple(name for name in self._header if name not in COLUMNS)
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
            given = dict(zip(self._header, cells, strict=True))
            rows.append(self._row(given, line.number))
            labels.append(tuple(given[name] for name in label_names))
            numbers.append(line.number)
        if not rows and not self._problems:
            self._complain("the table has no devices", 1, expected="one line for each device")
        self._stop_on_problems()
        return Table(tuple(rows), label_names, tuple(labels), tuple(numbers))

    def _row(self, given: dict[str, str], line: int) -> dict[str, object]:
        row: dict[str, object] = {}
        for name, text in given.items():
            if name in COLUMNS and text and name not in ("name", "os", "build"):
                value, problem = self._cached(name, text)
                if problem:
                    what, expected, suggestion = problem
                    self._complain(what, line, name, expected=expected, suggestion=suggestion)
                row[name] = value
        row["name"] = self._name(given["name"], line)
        self._place(given, row, line)
        return row

    def _name(self, name: str, line: int) -> str:
        folded = name.casefold()
        if not name:
            self._complain("the device has no name", line, "name")
        elif _CONTROL.search(name):
            self._complain(
                f"the name {quoted(name)} holds a control character",
                line,
                "name",
                expected="one line of plain text",
            )
        elif folded in self._names:
            self._complain(
                f"the name {quoted(name)} stands on line {self._names[folded]} already",
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
            near = nearest(text[:LONGEST_SHOWN], kind.choices)
            return None, (f"{quoted(text)} does not fit", kind.expected, near)

    def _place(self, given: dict[str, str], row: dict[str, object], line: int) -> None:
        """Find the operating system by id, or by name, build and product type (OS-5)."""
        name, build = given.get("os", ""), given.get("build", "")
        kind = row.get("product_type")
        system = classify(name or None, build or None, None if kind is None else str(kind))
        if system is not None:
            row["os"], row["build"] = system.id, system.build
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
            suggestion="" if " " in name else nearest(name[:LONGEST_SHOWN], _SYSTEM_IDS),
        )


def _count(cells: Sequence[str]) -> str:
    return "1 cell" if len(cells) == 1 else f"{len(cells)} cells"
