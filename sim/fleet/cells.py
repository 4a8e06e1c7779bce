"""The cells of CSV tables: protected from spreadsheets, quoted, and written from values.

A spreadsheet would run a cell that begins with = + - @ or a control character. Such a cell is
written with an apostrophe before it, which is removed when the table is read.
"""

import re
from collections.abc import Iterable
from datetime import date, datetime

_WOULD_RUN = ("=", "+", "-", "@", "\t", "\r")
_BREAKS = re.compile('[,"\r\n]')


def neutralize(text: str) -> str:
    """Return a cell's text so that no spreadsheet runs it; `restore` undoes it.

    >>> neutralize("=1+1"), restore("'=1+1"), neutralize("PC-1")
    ("'=1+1", '=1+1', 'PC-1')
    """
    return f"'{text}" if text.startswith((*_WOULD_RUN, "'")) else text


def restore(text: str) -> str:
    """Return the text that `neutralize` protected."""
    return text[1:] if text.startswith("'") and text[1:].startswith((*_WOULD_RUN, "'")) else text


def csv_line(cells: Iterable[str]) -> str:
    r"""Return one line of a CSV file; every cell that breaks a line is quoted.

    The csv module of Python 3.11 leaves a lone carriage return bare, and reads it as a new line.

    >>> csv_line(["PC-1", 'a "b", c', ""])
    'PC-1,"a ""b"", c",\n'
    """
    return ",".join(map(csv_cell, cells)) + "\n"


def csv_cell(cell: str) -> str:
    """Return a cell as it stands in a line of a CSV file, quoted where it must be."""
    return quoted_cell(cell) if _BREAKS.search(cell) else cell


def quoted_cell(cell: str) -> str:
    """Return a cell in quotation marks."""
    return '"' + cell.replace('"', '""') + '"'


def write_cell(value: object) -> str:
    """Return the text of a trait's value in a table; reading it gives the value again."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.isoformat(" ", "seconds")
    if isinstance(value, date):
        return value.isoformat()
    return neutralize(str(value))
