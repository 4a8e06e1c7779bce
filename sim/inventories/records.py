"""The records of an export, in CSV or JSON: each line is a record, or a fault with its reason.

A stray quotation mark would make a CSV reader swallow all lines up to the next one. Here a cell may
span lines only where the record then has the right number of cells. Otherwise its first line is a
fault, and reading goes on with the second. The encoding of a text follows from its first bytes.

The admin service answers with objects in a list, or in the list under `value`. Each object is read
by itself: a file that was cut or damaged gives what is whole, and a fault where it is not.
"""

import codecs
import csv
import json
import re
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple, TextIO

from sim.fleet.tables import CONTROL, quoted, unreadable, unusable

WANTED = "an export in CSV or JSON, or a fleet table"
UNREADABLE = "\ufffd"
"""Stands for what is not text in the file's encoding."""
_HEAD_BYTES = 512


def encoding_of(head: bytes) -> str:
    """Return the encoding of a text that begins with *head*: UTF-8 or UTF-16, marked or not.

    >>> encoding_of("Name".encode("utf-16-le")), encoding_of(b"Name")
    ('utf-16-le', 'utf-8')
    """
    if head.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    pairs = len(head) // 2
    if pairs and head[1 : 2 * pairs : 2].count(0) > pairs // 2:
        return "utf-16-le"
    if pairs and head[0 : 2 * pairs : 2].count(0) > pairs // 2:
        return "utf-16-be"
    return "utf-8"


def beginning(path: Path, shown: str) -> bytes:
    """Return the first bytes of a file; raises UnusableInput when it cannot be read."""
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD_BYTES)
    except (OSError, ValueError) as error:
        raise unreadable(error, shown, WANTED) from None
    if head.startswith(b"PK\x03\x04"):
        raise unusable(shown, "this is an Excel workbook", "CSV (Save as: CSV UTF-8)")
    return head


@contextmanager
def opened(path: Path, shown: str) -> Iterator[TextIO]:
    """Open a file as text with its own line ends; bytes that are no text become `UNREADABLE`."""
    encoding = encoding_of(beginning(path, shown))
    try:
        with path.open(encoding=encoding, errors="replace", newline="") as file:
            yield file
    except OSError as error:
        raise unreadable(error, shown, WANTED) from None


def is_json(head: bytes) -> bool:
    """Return whether a text that begins with *head* is JSON: an object or a list."""
    text = head.decode(encoding_of(head), errors="replace").lstrip("\ufeff \t\r\n")
    return text.startswith(("{", "["))


LONGEST_NAME = 255


def unusable_name(name: str) -> str:
    """Return why a name cannot be used; an empty text when it can."""
    if not name:
        return "the row has no name"
    if UNREADABLE in name:
        return f"the name {quoted(name)} contains characters outside the file's encoding"
    if CONTROL.search(name):
        return f"the name {quoted(name)} contains a control character"
    if len(name) > LONGEST_NAME:
        return f"the name {quoted(name)} is longer than {LONGEST_NAME} letters"
    return ""


SEPARATORS = (",", ";", "\t")
MAX_LINES = 50
"""A quoted cell with more line breaks than this is taken to be one that never ends."""
_SKIPPED = ("#type ", "sep=")
"""How the lines begin that PowerShell and Excel write before the header."""


class Record(NamedTuple):
    """One line of a table: where it begins, counted from 1, and its cells."""

    line: int
    cells: list[str]


class Fault(NamedTuple):
    """A line that is no record of its table, and why."""

    line: int
    reason: str


class Lines:
    """The lines of a file with their numbers; lines can be put back."""

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
        """Put lines back, to be read again in their order before all others."""
        self._back.extendleft(reversed(lines))


def header_line(lines: Lines) -> tuple[int, str] | None:
    """Return the line of the header: the first that is neither blank nor written by a program."""
    for number, line in lines:
        is_skipped = line.casefold().lstrip('"').startswith(_SKIPPED)
        if not is_skipped and not line.isspace():
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
        record = None if line.isspace() else _record(number, line, separator, width)
        if record is not None:
            yield record


def _record(number: int, text: str, separator: str, width: int) -> Record | Fault | None:
    """Return a record or a fault; None if all cells are blank."""
    try:
        cells = split(text, separator)
    except csv.Error as error:
        return Fault(number, _csv_error_text(error))
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
            record = _record(number, text, separator, width)
            if isinstance(record, Record):
                return record
            break
        if len(more) == MAX_LINES:
            break
    lines.put_back(more)
    return Fault(number, 'a quoted cell that begins here never ends; a closing "')


def _csv_error_text(error: csv.Error) -> str:
    """Return the complaint of the csv module in plain words."""
    if "expected after" in str(error):
        return 'text follows a closing quotation mark; "" for a quotation mark'
    if "field larger" in str(error):
        return f"a cell is longer than {csv.field_size_limit()} letters"
    return f"the line is not CSV ({error})"


_BLANKS = re.compile(r"[ \t\r\n]*")
_END_OF_OBJECT = re.compile(r"\}\s*(?=,)")
_BROKEN = "the record is not whole JSON"


class Object(NamedTuple):
    """One object of the list: the line on which it begins, counted from 1, and its members."""

    line: int
    members: dict[str, Any]


class NoRecords(ValueError):
    """The text is JSON, or begins like JSON, but holds no list of records."""


def objects(text: str) -> Iterator[Object | Fault]:
    """Yield the objects of an answer in their order; raises NoRecords when there is no list."""
    text = text.removeprefix("\ufeff")
    at = _list_begins(text)
    line, counted = 1, 0
    while True:
        at = _after_blanks(text, at)
        if text.startswith(",", at):
            at = _after_blanks(text, at + 1)
        line, counted = line + text.count("\n", counted, at), at
        if at >= len(text):
            yield Fault(line, "the file ends before its list does")
            return
        if text.startswith("]", at):
            if not _ends_whole(text, at + 1):
                yield Fault(line, "what follows the list is not the end of the answer")
            return
        members, end = _value(text, at)
        if isinstance(members, dict):
            yield Object(line, members)
        else:
            yield Fault(line, _BROKEN if end is None else "the record is no object")
        if end is None:
            next_object = _END_OF_OBJECT.search(text, at)
            if next_object is None:
                return
            end = next_object.end()
        at = end


def text_of(value: object) -> str:
    """Return a member's value as a CSV export would write it.

    >>> text_of(True), text_of(None), text_of(["a", "b"]), text_of(19045)
    ('true', '', 'a, b', '19045')
    """
    if isinstance(value, str):
        return value
    if value is None or isinstance(value, dict):
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return ", ".join(map(text_of, value))
    return str(value)


def _list_begins(text: str) -> int:
    """Return the place after the bracket that opens the list of records."""
    at = _after_blanks(text, 0)
    if text.startswith("[", at):
        return at + 1
    at += 1
    while True:
        key, end = _value(text, _after_blanks(text, at))
        if not isinstance(key, str) or end is None:
            raise NoRecords
        at = _after_blanks(text, end)
        if not text.startswith(":", at):
            raise NoRecords
        at = _after_blanks(text, at + 1)
        if key == "value" and text.startswith("[", at):
            return at + 1
        _, end = _value(text, at)
        if end is None:
            raise NoRecords
        at = _after_blanks(text, end)
        if not text.startswith(",", at):
            raise NoRecords
        at += 1


def _ends_whole(text: str, at: int) -> bool:
    """Return whether only further members of the answer follow its list."""
    at = _after_blanks(text, at)
    if not text.startswith("{", _after_blanks(text, 0)):
        return at == len(text)
    while text.startswith(",", at):
        _, end = _value(text, _after_blanks(text, at + 1))
        at = _after_blanks(text, len(text) if end is None else end)
        if not text.startswith(":", at):
            return False
        _, end = _value(text, _after_blanks(text, at + 1))
        at = _after_blanks(text, len(text) if end is None else end)
    return text.startswith("}", at) and _after_blanks(text, at + 1) == len(text)


def _value(text: str, at: int) -> tuple[Any, int | None]:
    """Return the value that begins at a place, and where it ends; no end when it is not whole."""
    try:
        return _DECODER.raw_decode(text, at)
    except (ValueError, RecursionError):
        return None, None


def _after_blanks(text: str, at: int) -> int:
    blanks = _BLANKS.match(text, at)
    return blanks.end() if blanks else at


_DECODER = json.JSONDecoder(strict=False)
