"""The text of an export: its encoding, which follows from its first bytes, and usable names."""

import codecs
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from sim.errors import Problem, UnusableInput
from sim.fleet.reading import quoted

WANTED = "an export in CSV or JSON, or a fleet table"
UNREADABLE = "\ufffd"
"""Stands for what is not text in the file's encoding."""
_HEAD_BYTES = 512


def unusable(shown: str, what: str, expected: str = WANTED, line: int = 0) -> UnusableInput:
    """Return the error of a file that cannot be used at all."""
    return UnusableInput([Problem(what, expected=expected, file=shown, line=line)])


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
        raise unreadable(error, shown) from None
    if head.startswith(b"PK\x03\x04"):
        raise unusable(shown, "this is an Excel workbook", "CSV (Save as: CSV UTF-8)")
    return head


def unreadable(error: OSError | ValueError, shown: str) -> UnusableInput:
    """Return the error of a file that the file system refuses to open."""
    if isinstance(error, FileNotFoundError):
        return unusable(shown, "there is no such file")
    if isinstance(error, IsADirectoryError):
        return unusable(shown, "this is a folder")
    reason = getattr(error, "strerror", None) or "not a file name"
    return unusable(shown, f"the file cannot be read ({reason})")


@contextmanager
def opened(path: Path, shown: str) -> Iterator[TextIO]:
    """Open a file as text with its own line ends; bytes that are no text become `UNREADABLE`."""
    encoding = encoding_of(beginning(path, shown))
    try:
        with path.open(encoding=encoding, errors="replace", newline="") as file:
            yield file
    except OSError as error:
        raise unreadable(error, shown) from None


def is_json(head: bytes) -> bool:
    """Return whether a text that begins with *head* is JSON: an object or a list."""
    text = head.decode(encoding_of(head), errors="replace").lstrip("\ufeff \t\r\n")
    return text.startswith(("{", "["))


LONGEST_NAME = 255
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def unusable_name(name: str) -> str:
    """Return why a name cannot be used; an empty text when it can."""
    if not name:
        return "the row has no name"
    if UNREADABLE in name:
        return f"the name {quoted(name)} holds characters outside the file's encoding"
    if _CONTROL.search(name):
        return f"the name {quoted(name)} holds a control character"
    if len(name) > LONGEST_NAME:
        return f"the name {quoted(name)} is longer than {LONGEST_NAME} letters"
    return ""
