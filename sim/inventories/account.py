"""The account of an import: which rows became devices, which were left out, and what was ignored.

No row and no unreadable cell is dropped without being counted.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from sim.errors import Problem
from sim.files import begins_with, write_text
from sim.fleet.cells import csv_line, neutralize
from sim.fleet.tables import Table, quoted
from sim.reference.traits import read_boolean


class Misfit(NamedTuple):
    """One cell whose text cannot be used."""

    fact: str
    text: str
    expected: str


def truth(fact: str, text: str, misfits: list[Misfit]) -> bool | None:
    """Return what a cell says: true or false in any of the forms of exports; None for nothing."""
    if not text:
        return None
    try:
        return read_boolean(text)
    except ValueError:
        misfits.append(Misfit(fact, text, "True, False, 1 or 0"))
        return None


class IgnoredCells:
    """Counts the cells that were ignored, by what was expected of them."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, str]] = Counter()
        self._firsts: dict[tuple[str, str], tuple[str, tuple[str, int]]] = {}

    def note(self, misfit: Misfit, origin: tuple[str, int]) -> None:
        """Count a cell of the row that stands at *origin*, a file and a line."""
        key = (misfit.fact, misfit.expected)
        self._counts[key] += 1
        self._firsts.setdefault(key, (misfit.text, origin))

    def remarks(self) -> Iterator[str]:
        """Yield a sentence for each kind of cell, with the first of them."""
        for (fact, expected), count in self._counts.items():
            text, (file, line) = self._firsts[fact, expected]
            more = f" and {count - 1} more" if count > 1 else ""
            yield (
                f"{file}:{line}{more}: {fact.replace('_', ' ')} {quoted(text)} is ignored;"
                f" {expected} was expected."
            )


class Reason(Enum):
    """Why a row is left out, in the words of the summary: one row, several."""

    DAMAGED = ("line that is no row of its table", "lines that are no rows of their table")
    NO_NAME = ("row without a usable name", "rows without a usable name")
    OBSOLETE = ("obsolete record", "obsolete records")
    DECOMMISSIONED = ("decommissioned record", "decommissioned records")
    NO_SYSTEM = ("device whose system is unknown", "devices whose system is unknown")
    REPEATED = ("older record of a name that repeats", "older records of names that repeat")
    NO_DEVICE = ("row that belongs to no device", "rows that belong to no device")
    WITH_DEVICE = (
        "further row of a device that is left out",
        "further rows of devices that are left out",
    )


COUNTED_ONLY = (Reason.OBSOLETE, Reason.DECOMMISSIONED, Reason.WITH_DEVICE)
"""Reasons whose rows are counted in the summary; only the report lists them."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """One row that became no device."""

    file: str
    line: int
    name: str
    """The device's, where the row has one."""
    reason: Reason
    text: str

    def problem(self) -> Problem:
        """Return the row as a problem, with file and line."""
        return Problem(self.text, file=self.file, line=self.line)


@dataclass(frozen=True)
class Inventory:
    """The fleet that some files describe, and what became of each of their rows."""

    title: str
    """What the files were recognized as."""
    table: Table
    left_out: tuple[LeftOut, ...]
    read: int
    """Rows of all files."""
    joined: int
    """Rows that belong to the devices of the table; as many as devices when there is one file."""
    remarks: tuple[str, ...]
    """How cells were read, and which were ignored, each a sentence."""
    unused: tuple[str, ...]
    """Which columns are not used, a sentence for each file."""
    as_of: datetime | None
    """The latest moment in the files: when they were exported, or shortly before."""

    def __post_init__(self) -> None:
        assert self.read == self.joined + len(self.left_out), "a row went missing"

    def summary(self) -> Iterator[str]:
        """Yield the account line by line; a warning comes first if most rows are left out."""
        devices, out = len(self.table.rows), len(self.left_out)
        rows = _count(self.read, "row")
        if 2 * out > self.read:
            yield f"More than half is left out: {out:,} of {rows}."
        if self.joined == devices:
            placed = f"{devices:,} placed"
        else:
            placed = f"{self.joined:,} joined to {_count(devices, 'device')}"
        yield f"Read {rows} of {self.title}: {placed}, {out:,} left out."
        counts = Counter(row.reason for row in self.left_out)
        for reason in Reason:
            if counts[reason]:
                yield f"  {counts[reason]:,} {reason.value[counts[reason] > 1]}"

    def listed(self) -> list[LeftOut]:
        """Return the rows left out that are listed one by one beside the summary."""
        return [row for row in self.left_out if row.reason not in COUNTED_ONLY]


def write_report(left_out: Sequence[LeftOut], path: Path) -> None:
    """Write the rows left out as CSV, one line each."""
    rows = ((row.file, str(row.line), row.name, row.text) for row in left_out)
    lines = (csv_line(map(neutralize, cells)) for cells in rows)
    write_text(path, chain([_HEADER], lines))


def is_report(path: Path) -> bool:
    """Say whether a file begins as `write_report` writes it."""
    return begins_with(path, _HEADER)


_HEADER = csv_line(("file", "line", "name", "reason"))


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
