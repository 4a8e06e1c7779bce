"""A sheet: one file of an inventory, recognized, with what it says of each of its rows as text."""

import csv
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from operator import itemgetter
from pathlib import Path
from typing import Any

from sim.errors import UnusableInput
from sim.fleet.cells import restore
from sim.fleet.reading import quoted
from sim.inventories import texts
from sim.inventories.dates import order_of, with_dots
from sim.inventories.forms import MOMENTS, SYSTEM_DETAILS, SYSTEMS, Form, recognize, unrecognized
from sim.inventories.records import (
    SEPARATORS,
    Fault,
    Lines,
    NoRecords,
    Object,
    Record,
    header_line,
    objects,
    records,
    split,
    text_of,
)

Row = tuple[str, ...]
"""The cells of a row, in the order of the facts of its sheet."""

SOME = 5
"""So many columns that are not used are named."""
_KEYS_SOUGHT_IN = 100
"""Objects of an answer whose members are looked at: they all have the same."""
_MOST_REMEMBERED = 100_000
_SURROGATE = re.compile("[\ud800-\udfff]")
"""Half a sign, as only JSON can write it; no file can hold it."""


@dataclass(frozen=True)
class Sheet:
    """What one file says."""

    shown: str
    form: Form
    facts: tuple[str, ...]
    rows: list[Row]
    lines: list[int]
    faults: tuple[Fault, ...]
    """Lines that are no rows, each with its reason."""
    unused: tuple[str, ...]
    """Columns that say nothing we use."""
    remarks: tuple[str, ...]
    """What a reader must know of how the file was read, each a sentence."""

    @property
    def told_of_unused(self) -> str:
        """A sentence on the columns that are not used."""
        count = len(self.unused)
        names = ", ".join(map(quoted, self.unused[:SOME]))
        more = ", ..." if count > SOME else ""
        told = "1 column is" if count == 1 else f"{count} columns are"
        return f"{self.shown}: {told} not used: {names}{more}"

    def column(self, fact: str) -> list[str]:
        """Return the cells of a fact, one a row; an empty list when the sheet does not say it."""
        if fact not in self.facts:
            return []
        return list(map(itemgetter(self.facts.index(fact)), self.rows))


class _Cleaned(dict[str, str]):
    """Cells as they are meant: without blanks around, NULL as nothing, what was protected restored.

    Remembers what it has seen, so that equal cells are one object.
    """

    def __init__(self, restored: bool) -> None:
        super().__init__()
        self._restored = restored
        self.is_unreadable = False

    def __missing__(self, written: str) -> str:
        text = written.strip()
        if text == "NULL":
            text = ""
        if self._restored:
            text = restore(text)
        elif not text.isascii():
            text = _SURROGATE.sub(texts.UNREADABLE, text)
        if texts.UNREADABLE in text:
            self.is_unreadable = True
        if len(self) < _MOST_REMEMBERED:
            self[written] = text
        return text


def read_sheet(path: Path, shown: str) -> Sheet:
    """Read one export. Raises UnusableInput when it cannot be read or its header is of no form."""
    if texts.is_json(texts.beginning(path, shown)):
        return _json_sheet(path, shown)
    return _csv_sheet(path, shown)


def read_header(path: Path, shown: str) -> list[str] | None:
    """Return the header of a CSV file as it stands there, or None when the file is empty."""
    with texts.opened(path, shown) as file:
        found = header_line(Lines(file))
    return None if found is None else [cell.strip() for cell in _header(found[1])[0]]


def _csv_sheet(path: Path, shown: str) -> Sheet:
    with texts.opened(path, shown) as file:
        lines = Lines(file)
        found = header_line(lines)
        if found is None:
            raise texts.unusable(shown, "the file is empty")
        number, line = found
        written, separator = _header(line)
        header = [restore(name.strip()) for name in written]
        form = recognize(header)
        if form is None:
            raise UnusableInput([unrecognized(header, shown, number)])
        pick = _Picked(form, header, _Cleaned(restored=True))
        rows, numbers, faults = _rows(records(lines, separator, len(header)), pick.cells_of)
    return pick.sheet(shown, rows, numbers, faults)


def _header(line: str) -> tuple[list[str], str]:
    """Return the header's cells and its separator: by which it is recognized, or has most cells."""
    read = []
    for separator in SEPARATORS:
        try:
            read.append((split(line.removeprefix("\ufeff"), separator), separator))
        except csv.Error:
            continue
    if not read:
        return line.split(","), ","
    return max(read, key=lambda one: (recognize(one[0]) is not None, len(one[0])))


def _json_sheet(path: Path, shown: str) -> Sheet:
    with texts.opened(path, shown) as file:
        text = file.read()
    found = objects(text)
    try:
        first = list(islice(found, _KEYS_SOUGHT_IN))
    except NoRecords:
        expected = 'a list of records, or an object that holds one under "value"'
        raise texts.unusable(shown, "there is no list of records", expected) from None
    seen = [one for one in first if isinstance(one, Object)]
    header = list(dict.fromkeys(name for one in seen for name in one.members))
    header = [name for name in header if not name.startswith("@")]
    if not header:
        what = "no record of the list is whole" if first else "the list of records is empty"
        raise texts.unusable(shown, what, "one object for each device")
    form = recognize(header)
    if form is None:
        raise UnusableInput([unrecognized(header, shown, seen[0].line)])
    used = [name for name in header if form.knows(name)]
    unused = tuple(name for name in header if not form.knows(name))
    pick = _Picked(form, used, _Cleaned(restored=False), unused)
    rows, numbers, faults = _rows(chain(first, found), pick.members_of)
    return pick.sheet(shown, rows, numbers, faults)


def _rows(
    found: Iterator[Any], cells_of: Callable[[Any], Row]
) -> tuple[list[Row], list[int], tuple[Fault, ...]]:
    rows: list[Row] = []
    numbers: list[int] = []
    faults: list[Fault] = []
    for one in found:
        if isinstance(one, Fault):
            faults.append(one)
        else:
            rows.append(cells_of(one))
            numbers.append(one.line)
    return rows, numbers, tuple(faults)


class _Picked:
    """The columns that are used, and how a row's cells are taken from a record."""

    def __init__(
        self, form: Form, header: Sequence[str], cleaned: _Cleaned, unused: tuple[str, ...] = ()
    ) -> None:
        self._form = form
        self._header = header
        self._places = form.places(header)
        self._cleaned = cleaned
        held = {place for places in self._places.values() for place in places}
        more = (name for at, name in enumerate(header) if at not in held and name)
        self._unused = (*unused, *more)
        firsts = [places[0] for places in self._places.values()]
        self._take = itemgetter(*firsts)  # a form needs two columns at least: always a tuple
        self._others = [
            (at, places[1:]) for at, places in enumerate(self._places.values()) if places[1:]
        ]

    def cells_of(self, record: Record) -> Row:
        """Return the facts of a record; where its best column is empty, the next one counts."""
        clean = self._cleaned.__getitem__
        row = tuple(map(clean, self._take(record.cells)))
        if not self._others:
            return row
        filled = list(row)
        for at, places in self._others:
            if not filled[at]:
                held = (clean(record.cells[place]) for place in places)
                filled[at] = next(filter(None, held), "")
        return tuple(filled)

    def members_of(self, one: Object) -> Row:
        """Return the facts of an object of an answer."""
        held = [text_of(one.members.get(name)) for name in self._header]
        return self.cells_of(Record(one.line, held))

    def sheet(
        self, shown: str, rows: list[Row], lines: list[int], faults: tuple[Fault, ...]
    ) -> Sheet:
        """Return the sheet of what was read."""
        facts, form = tuple(self._places), self._form
        remarks = []
        if self._cleaned.is_unreadable:
            remarks.append(f"{shown} holds signs that are not of its encoding, shown as \ufffd.")
        dates = [facts.index(fact) for fact in MOMENTS if fact in facts]
        order = order_of(row[at] for at in dates for row in rows)
        if order.day_first:
            rows = [_with_dots(row, dates) for row in rows]
        if order.is_ambiguous:
            remarks.append(f"{shown} writes days that could be read either way: month first.")
        if form is SYSTEMS and "caption" in facts and _names_systems(facts, rows):
            form, facts = SYSTEM_DETAILS, tuple("" if f == "name" else f for f in facts)
        return Sheet(shown, form, facts, rows, lines, faults, self._unused, tuple(remarks))


def _with_dots(row: Row, dates: Sequence[int]) -> Row:
    return tuple(with_dots(cell) if at in dates else cell for at, cell in enumerate(row))


def _names_systems(facts: Sequence[str], rows: Sequence[Row]) -> bool:
    """Tell whether the column for the name holds what Windows calls an installation of itself."""
    at = facts.index("name")
    names = [row[at] for row in rows[:_KEYS_SOUGHT_IN] if row[at]]
    return bool(names) and all("|" in name for name in names)
