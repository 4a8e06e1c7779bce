"""The sheets of an inventory, and the records that they make together.

A sheet is one file, recognized by its header, with the facts of each row. Sheets are joined by
ResourceID: one kind of file names the devices, and the rows of the others add their facts. A device
that only another file names becomes a record of its own. A row that belongs to no device is left
out.
"""

import csv
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from operator import itemgetter
from pathlib import Path
from typing import Any

from sim.errors import Problem, UnusableInput
from sim.fleet.cells import restore
from sim.fleet.tables import quoted, unusable
from sim.inventories.account import LeftOut, Reason
from sim.inventories.dates import order_of, with_dots
from sim.inventories.forms import (
    MOMENTS,
    PORTAL_FORM,
    RESOURCES,
    SYSTEM_DETAILS,
    SYSTEMS,
    Form,
    recognize,
    unrecognized,
)
from sim.inventories.records import (
    SEPARATORS,
    UNREADABLE,
    WANTED,
    Fault,
    Lines,
    NoRecords,
    Object,
    Record,
    beginning,
    header_line,
    is_json,
    objects,
    opened,
    records,
    split,
    text_of,
)

Row = tuple[str, ...]
"""The cells of a row, in the order of the facts of its sheet."""

MAX_NAMED = 5
"""The number of unused columns that a remark names."""
_SAMPLE = 100
"""The number of records whose members or names are looked at; the others are alike."""
_MAX_CACHED = 100_000
_SURROGATE = re.compile("[\ud800-\udfff]")
"""Half a character, which only JSON can write and no text file can hold."""


@dataclass(frozen=True)
class Sheet:
    """The rows of one file, their facts and their faults."""

    shown: str
    form: Form
    facts: tuple[str, ...]
    rows: list[Row]
    lines: list[int]
    faults: tuple[Fault, ...]
    """Lines that are not rows, each with its reason."""
    unused: tuple[str, ...]
    """Columns that are not used."""
    remarks: tuple[str, ...]
    """How the file was read, where that is not obvious, each a sentence."""

    @property
    def unused_text(self) -> str:
        """A sentence on the columns that are not used."""
        count = len(self.unused)
        names = ", ".join(map(quoted, self.unused[:MAX_NAMED]))
        more = ", ..." if count > MAX_NAMED else ""
        columns = "1 column is" if count == 1 else f"{count} columns are"
        return f"{self.shown}: {columns} not used: {names}{more}"

    def column(self, fact: str) -> list[str]:
        """Return the cells of a fact, one a row; an empty list when the sheet does not hold it."""
        if fact not in self.facts:
            return []
        return list(map(itemgetter(self.facts.index(fact)), self.rows))


class _Cleaned(dict[str, str]):
    """The content of cells: no blanks around, NULL as empty, protection against formulas removed.

    Caches its answers, so that equal cells are one object.
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
            text = _SURROGATE.sub(UNREADABLE, text)
        if UNREADABLE in text:
            self.is_unreadable = True
        if len(self) < _MAX_CACHED:
            self[written] = text
        return text


def read_sheet(path: Path, shown: str) -> Sheet:
    """Read one export. Raises UnusableInput when it cannot be read or its header is of no form."""
    if is_json(beginning(path, shown)):
        return _json_sheet(path, shown)
    return _csv_sheet(path, shown)


def read_header(path: Path, shown: str) -> list[str] | None:
    """Return the header of a CSV file as it stands there, or None when the file is empty."""
    with opened(path, shown) as file:
        header = header_line(Lines(file))
    return None if header is None else [cell.strip() for cell in _header(header[1])[0]]


def _csv_sheet(path: Path, shown: str) -> Sheet:
    with opened(path, shown) as file:
        lines = Lines(file)
        first = header_line(lines)
        if first is None:
            raise unusable(shown, "the file is empty", WANTED)
        number, line = first
        names, separator = _header(line)
        header = [restore(name.strip()) for name in names]
        form = recognize(header)
        if form is None:
            raise UnusableInput([unrecognized(header, shown, number)])
        pick = _Columns(form, header, _Cleaned(restored=True))
        rows, numbers, faults = _rows(records(lines, separator, len(header)), pick.cells_of)
    return pick.sheet(shown, rows, numbers, faults)


def _header(line: str) -> tuple[list[str], str]:
    """Return the cells of a header, and the separator by which it is recognized, or longest."""
    candidates = []
    for separator in SEPARATORS:
        try:
            candidates.append((split(line.removeprefix("\ufeff"), separator), separator))
        except csv.Error:
            continue
    if not candidates:
        return line.split(","), ","
    return max(candidates, key=lambda each: (recognize(each[0]) is not None, len(each[0])))


def _json_sheet(path: Path, shown: str) -> Sheet:
    with opened(path, shown) as file:
        text = file.read()
    answer = objects(text)
    try:
        first = list(islice(answer, _SAMPLE))
    except NoRecords:
        expected = 'a list of records, or an object that contains one under "value"'
        raise unusable(shown, "there is no list of records", expected) from None
    sample = [each for each in first if isinstance(each, Object)]
    header = list(dict.fromkeys(name for record in sample for name in record.members))
    header = [name for name in header if not name.startswith("@")]
    if not header:
        what = "no record of the list is whole" if first else "the list of records is empty"
        raise unusable(shown, what, "one object for each device")
    form = recognize(header)
    if form is None:
        raise UnusableInput([unrecognized(header, shown, sample[0].line, is_json_header=True)])
    used = [name for name in header if form.knows(name)]
    unused = tuple(name for name in header if not form.knows(name))
    pick = _Columns(form, used, _Cleaned(restored=False), unused)
    rows, numbers, faults = _rows(chain(first, answer), pick.members_of)
    return pick.sheet(shown, rows, numbers, faults)


def _rows(
    records: Iterator[Any], cells_of: Callable[[Any], Row]
) -> tuple[list[Row], list[int], tuple[Fault, ...]]:
    rows: list[Row] = []
    numbers: list[int] = []
    faults: list[Fault] = []
    for record in records:
        if isinstance(record, Fault):
            faults.append(record)
        else:
            rows.append(cells_of(record))
            numbers.append(record.line)
    return rows, numbers, tuple(faults)


class _Columns:
    """The columns that are used, and how the facts of a row are taken from a record."""

    def __init__(
        self, form: Form, header: Sequence[str], cleaned: _Cleaned, unused: tuple[str, ...] = ()
    ) -> None:
        self._form = form
        self._header = header
        self._places = form.places(header)
        self._cleaned = cleaned
        used = {place for places in self._places.values() for place in places}
        rest = (name for at, name in enumerate(header) if at not in used and name)
        self._unused = (*unused, *rest)
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
                cells = (clean(record.cells[place]) for place in places)
                filled[at] = next(filter(None, cells), "")
        return tuple(filled)

    def members_of(self, record: Object) -> Row:
        """Return the facts of an object of an answer."""
        cells = [text_of(record.members.get(name)) for name in self._header]
        return self.cells_of(Record(record.line, cells))

    def sheet(
        self, shown: str, rows: list[Row], lines: list[int], faults: tuple[Fault, ...]
    ) -> Sheet:
        """Return the sheet of what was read."""
        facts, form = tuple(self._places), self._form
        remarks = []
        if self._cleaned.is_unreadable:
            remarks.append(f"{shown} contains characters outside its encoding, shown as \ufffd.")
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
    """Return whether the column for the name holds the name of a Windows installation."""
    at = facts.index("name")
    names = [row[at] for row in rows[:_SAMPLE] if row[at]]
    return bool(names) and all("|" in name for name in names)


Place = tuple[int, int]
"""A row: the number of its sheet, and its place in it."""


@dataclass(frozen=True)
class Records:
    """One record for each device, with all its facts."""

    sheets: tuple[Sheet, ...]
    facts: tuple[str, ...]
    rows: list[Row]
    origins: list[Place]
    """The row that names the device."""
    details: list[tuple[Place, ...]]
    """Rows of other files that belong to the device; empty when there is one file."""
    left_out: tuple[LeftOut, ...]
    """Lines that are no rows, and rows that belong to no device."""

    @property
    def read(self) -> int:
        """How many rows the files hold, damaged ones included."""
        return sum(len(sheet.rows) + len(sheet.faults) for sheet in self.sheets)


def join(sheets: Sequence[Sheet]) -> Records:
    """Return the devices of some files. Raises UnusableInput when they do not belong together."""
    _check(sheets)
    faults = [
        LeftOut(sheet.shown, fault.line, "", Reason.DAMAGED, fault.reason)
        for sheet in sheets
        for fault in sheet.faults
    ]
    sheets = tuple(sheets)
    if len({sheet.form for sheet in sheets}) > 1:
        return _Join(sheets).records(faults)
    facts = tuple(dict.fromkeys(fact for sheet in sheets for fact in sheet.facts))
    rows = [
        row
        for sheet in sheets
        for row in (sheet.rows if sheet.facts == facts else _in_order(sheet, facts))
    ]
    origins = [(number, at) for number, sheet in enumerate(sheets) for at in range(len(sheet.rows))]
    return Records(sheets, facts, rows, origins, [], tuple(faults))


def _in_order(sheet: Sheet, facts: Sequence[str]) -> list[Row]:
    places = [sheet.facts.index(fact) if fact in sheet.facts else -1 for fact in facts]
    return [tuple(row[at] if at >= 0 else "" for at in places) for row in sheet.rows]


def _check(sheets: Sequence[Sheet]) -> None:
    """Refuse files that name no device, or that have nothing to join them by."""
    if not any(sheet.form.names_devices for sheet in sheets):
        what = f"{sheets[0].form.title} does not name the devices"
        expected = "v_R_System or v_CombinedDeviceResources beside it"
        raise UnusableInput([Problem(what, expected=expected, file=sheets[0].shown)])
    forms = {sheet.form for sheet in sheets}
    if len(forms) == 1:
        return
    if PORTAL_FORM in forms:
        what = "an export of the portal and one of the site cannot be joined"
        raise UnusableInput([Problem(what, expected="one of them alone")])
    problems = [
        Problem(
            "the column ResourceID is missing",
            expected="it, because the files are joined by it",
            file=sheet.shown,
            line=1,
        )
        for sheet in sheets
        if "id" not in sheet.facts
    ]
    if problems:
        raise UnusableInput(problems)


class _Join:
    """Joins the rows of several forms by ResourceID."""

    def __init__(self, sheets: tuple[Sheet, ...]) -> None:
        self._sheets = sheets
        named = [n for n, sheet in enumerate(sheets) if sheet.form.names_devices]
        has_resources = any(sheets[n].form is RESOURCES for n in named)
        self._first = [n for n in named if not has_resources or sheets[n].form is RESOURCES]
        self._second = [n for n in named if n not in self._first]
        others = [n for n in range(len(sheets)) if n not in named]
        ordered = (*self._first, *self._second, *others)
        facts = dict.fromkeys(fact for n in ordered for fact in sheets[n].facts if fact)
        self._facts = tuple(facts)
        places = {fact: at for at, fact in enumerate(self._facts)}
        self._pairs = [
            [(places[fact], at) for at, fact in enumerate(sheet.facts) if fact] for sheet in sheets
        ]
        self._by_id: dict[str, list[Place]] = {}
        for number in (*self._second, *others):
            for at, id in enumerate(sheets[number].column("id")):
                self._by_id.setdefault(id, []).append((number, at))

    def records(self, left_out: list[LeftOut]) -> Records:
        """Return the devices, and the rows that belong to none."""
        rows, origins, details = [], [], []
        taken: set[str] = set()
        for number in (*self._first, *self._second):
            is_first = number in self._first
            for at, id in enumerate(self._sheets[number].column("id")):
                if not is_first and id in taken:
                    continue
                more: tuple[Place, ...] = ()
                if id:
                    more = tuple(p for p in self._by_id.get(id, ()) if p != (number, at))
                    taken.add(id)
                rows.append(self._merged((number, at), more))
                origins.append((number, at))
                details.append(more)
        left_out += self._without_device(taken)
        return Records(self._sheets, self._facts, rows, origins, details, tuple(left_out))

    def _merged(self, first: Place, more: Sequence[Place]) -> Row:
        """Return all facts of a device; an earlier row wins."""
        filled = [""] * len(self._facts)
        for number, at in (first, *more):
            row = self._sheets[number].rows[at]
            for to, place in self._pairs[number]:
                if not filled[to]:
                    filled[to] = row[place]
        return tuple(filled)

    def _without_device(self, taken: set[str]) -> list[LeftOut]:
        return [
            LeftOut(
                self._sheets[number].shown,
                self._sheets[number].lines[at],
                "",
                Reason.NO_DEVICE,
                f"no device has the ResourceID {id}" if id else "the row has no ResourceID",
            )
            for id, places in self._by_id.items()
            if id not in taken
            for number, at in places
            if id or number not in self._second
        ]
