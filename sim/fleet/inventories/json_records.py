"""The records of the admin service's answers: objects in a list, or in the list under `value`.

Each object is read by itself, so that a file that was cut or damaged gives what is whole, and a
fault where it is not.
"""

import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from sim.fleet.inventories.csv_records import Fault

_BLANKS = re.compile(r"[ \t\r\n]*")
_END_OF_OBJECT = re.compile(r"\}\s*(?=,)")
_BROKEN = "the record is not whole JSON"


class Object(NamedTuple):
    """One object of the list: the line on which it begins, counted from 1, and its members."""

    line: int
    members: dict[str, Any]


class NoRecords(ValueError):
    """The text is JSON, or begins like it, and holds no list of records."""


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
            found = _END_OF_OBJECT.search(text, at)
            if found is None:
                return
            end = found.end()
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
    """Tell whether nothing but further members of the answer follows its list."""
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
    """Return the value that begins at a place and where it ends; None when it is not whole."""
    try:
        return _DECODER.raw_decode(text, at)
    except (ValueError, RecursionError):
        return None, None


def _after_blanks(text: str, at: int) -> int:
    found = _BLANKS.match(text, at)
    return found.end() if found else at


_DECODER = json.JSONDecoder(strict=False)
